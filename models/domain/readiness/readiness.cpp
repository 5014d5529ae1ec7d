// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesssupport.h"

#include "text.h"
#include "wordtable.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr WordTable<ReadinessVerdict, 4> verdictWords{{
    {ReadinessVerdict::Pass, "pass"},
    {ReadinessVerdict::Fail, "fail"},
    {ReadinessVerdict::NotApplicable, "not-applicable"},
    {ReadinessVerdict::Unknown, "unknown"},
}};

} // namespace

QString readinessWord(ReadinessVerdict verdict)
{
    return wordOf(verdictWords, verdict);
}

ReadinessVerdict readinessFromWord(const QString &word)
{
    return valueOf(verdictWords, word, ReadinessVerdict::Unknown);
}

namespace readiness {

const std::vector<Criterion> &allCriteria()
{
    static const std::vector<Criterion> all = [] {
        std::vector<Criterion> table;
        for (const auto *group : {&securityCriteria(), &accessCriteria(), &healthCriteria(), &deploymentCriteria(),
                                  &schemaCriteria(), &databaseCriteria(), &backupCriteria()})
            table.insert(table.end(), group->begin(), group->end());
        return table;
    }();
    return all;
}

} // namespace readiness

ReadinessReport readinessOf(const ReadinessFacts &facts)
{
    const ReadinessPolicy policy = readinessPolicyOf(facts.facts.environment);
    ReadinessReport report;
    report.environment = facts.facts.environment.id;
    report.judgedAt = facts.facts.now;
    for (const readiness::Criterion &criterion : readiness::allCriteria()) {
        ReadinessResult result = criterion.judge(facts);
        result.code = QString::fromLatin1(criterion.code);
        result.group = QString::fromLatin1(criterion.group);
        result.title = QString::fromUtf8(criterion.title);
        result.offReason = sanitizedLine(policy.off.value(result.code).toUtf8(), 300);
        if (result.offReason.isEmpty() && result.verdict != ReadinessVerdict::NotApplicable) {
            ++report.counted;
            report.passed += result.verdict == ReadinessVerdict::Pass ? 1 : 0;
        }
        report.results.push_back(std::move(result));
    }
    return report;
}

ReadinessReport readinessOf(const Facts &facts)
{
    return readinessOf(ReadinessFacts{facts, {}, {}});
}

QStringList readinessCodes()
{
    QStringList codes;
    for (const readiness::Criterion &criterion : readiness::allCriteria())
        codes << QString::fromLatin1(criterion.code);
    return codes;
}

int countOf(const ReadinessReport &report, ReadinessVerdict verdict)
{
    return int(std::ranges::count_if(report.results, [&](const ReadinessResult &result) {
        return result.offReason.isEmpty() && result.verdict == verdict;
    }));
}

int exitCode(const ReadinessReport &report)
{
    if (countOf(report, ReadinessVerdict::Fail) > 0)
        return 1;
    return countOf(report, ReadinessVerdict::Unknown) > 0 ? 3 : 0;
}

} // namespace taffrail
