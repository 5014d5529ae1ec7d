// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

#include <cmath>

namespace taffrail::codec {

namespace {

Json checkJson(const HealthCheck &check)
{
    return {
        {"code", textOrNull(check.code)},         {"subject", textOrNull(check.subject)},
        {"host", textOrNull(check.host)},         {"status", statusWord(check.status).toStdString()},
        {"value", numberOrNull(check.value)},     {"unit", textOrNull(check.unit)},
        {"warning", numberOrNull(check.warning)}, {"critical", numberOrNull(check.critical)},
        {"text", textOrNull(check.text)},         {"data_at", timeOrNull(check.dataAt)},
        {"hint", textOrNull(check.hint)},
    };
}

HealthCheck readCheck(const JsonReader &reader)
{
    HealthCheck check;
    check.code = reader.text("code");
    check.subject = reader.text("subject");
    check.host = reader.text("host");
    check.status = reader.word("status", statusFromWord, statusWord, Status::Unknown);
    check.value = reader.number("value");
    check.unit = reader.text("unit");
    check.warning = reader.number("warning");
    check.critical = reader.number("critical");
    check.text = reader.text("text");
    check.dataAt = reader.time("data_at");
    check.hint = reader.text("hint");
    return check;
}

} // namespace

Json healthJson(const HealthReport &report)
{
    Json checks = Json::array();
    for (const HealthCheck &check : report.checks)
        checks.push_back(checkJson(check));
    Json counters = Json::object();
    for (auto each = report.counters.constBegin(); each != report.counters.constEnd(); ++each) {
        if (std::isfinite(each.value()))
            counters[each.key().toStdString()] = each.value();
    }
    return {
        {"kind", "health"},
        {"source", textOrNull(report.source)},
        {"checks", std::move(checks)},
        {"counters", std::move(counters)},
        {"epoch", textOrNull(report.epoch)},
        {"clock_offset_s", numberOrNull(report.clockOffsetSeconds)},
        {"clock_error_s", numberOrNull(report.clockErrorSeconds)},
        {"version", textOrNull(report.version)},
        {"notes", listOf(report.notes)},
    };
}

HealthReport readHealth(const JsonReader &reader)
{
    HealthReport report;
    report.source = reader.text("source");
    reader.each("checks", [&](const JsonReader &check) { report.checks.push_back(readCheck(check)); });
    if (reader.has("counters")) {
        const JsonReader counters = reader.object("counters");
        for (const auto &[key, value] : counters.json().items()) {
            if (value.is_number())
                report.counters.insert(QString::fromStdString(key), value.get<double>());
            else
                counters.fail(key.c_str(), QStringLiteral("a number"));
        }
    }
    report.epoch = reader.text("epoch");
    report.clockOffsetSeconds = reader.number("clock_offset_s");
    report.clockErrorSeconds = reader.number("clock_error_s").value_or(0);
    report.version = reader.text("version");
    report.notes = reader.words("notes");
    return report;
}

} // namespace taffrail::codec
