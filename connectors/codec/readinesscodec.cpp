// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesscodec.h"

#include "jsonreader.h"
#include "jsonwriting.h"

namespace taffrail::codec {

namespace {

Json resultJson(const ReadinessResult &result)
{
    return {{"code", result.code.toStdString()},
            {"group", result.group.toStdString()},
            {"title", result.title.toStdString()},
            {"verdict", readinessWord(result.verdict).toStdString()},
            {"evidence", listOf(result.evidence)},
            {"fix", textOrNull(result.fix)},
            {"observed_at", timeOrNull(result.observedAt)},
            {"off", textOrNull(result.offReason)}};
}

ReadinessResult readResult(const JsonReader &reader)
{
    ReadinessResult result;
    result.code = reader.text("code");
    result.group = reader.text("group");
    result.title = reader.text("title");
    result.verdict = reader.word("verdict", readinessFromWord, readinessWord, ReadinessVerdict::Unknown);
    result.evidence = reader.words("evidence");
    result.fix = reader.text("fix");
    result.observedAt = reader.time("observed_at");
    result.offReason = reader.text("off");
    return result;
}

} // namespace

Json toJson(const ReadinessReport &report)
{
    Json results = Json::array();
    for (const ReadinessResult &result : report.results)
        results.push_back(resultJson(result));
    return {{"environment", report.environment.toStdString()},
            {"judged_at", timeOrNull(report.judgedAt)},
            {"passed", report.passed},
            {"counted", report.counted},
            {"results", std::move(results)}};
}

template <> Result<ReadinessReport> fromJson<ReadinessReport>(const Json &json)
{
    return readAll<ReadinessReport>(json, [](const JsonReader &reader) {
        ReadinessReport report;
        report.environment = reader.text("environment");
        report.judgedAt = reader.time("judged_at");
        report.passed = reader.smallCount("passed");
        report.counted = reader.smallCount("counted");
        reader.each("results", [&](const JsonReader &each) { report.results.push_back(readResult(each)); });
        return report;
    });
}

Json readinessJson(const std::vector<ReadinessReport> &reports)
{
    Json list = Json::array();
    for (const ReadinessReport &report : reports)
        list.push_back(toJson(report));
    return {{"version", version}, {"environments", std::move(list)}};
}

} // namespace taffrail::codec
