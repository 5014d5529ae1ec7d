// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "rules.h"

#include <algorithm>
#include <cmath>

namespace taffrail::rules {

namespace {

// Design decision 10: from here a clock is worth a word, needs care, makes ages of what it stamped unusable.
constexpr double offsetNotice = 2;
constexpr double offsetWarning = 30;
constexpr double offsetUnusable = 60;

QString subjectOf(const HealthCheck &check)
{
    if (check.subject.isEmpty() || check.subject == check.host)
        return check.host;
    return check.host.isEmpty() ? check.subject : QStringLiteral("%1 %2").arg(check.host, check.subject);
}

} // namespace

/// One finding per check that is not ok; the source has held the fact against the thresholds that it documents, and
/// they come along as evidence. Checks without an answer because their host is down are counted there.
std::vector<Finding> healthChecks(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<HealthReport>(facts, [&](const Observation &observation, const HealthReport &report) {
        for (const HealthCheck &check : report.checks) {
            if (check.status <= Status::Ok)
                continue;
            const bool cut = isHostDown(facts, check.host) || isDatabaseDown(facts, check.host);
            if (cut && (check.status == Status::Unknown || check.status == Status::Offline))
                continue;
            const QString subject = subjectOf(check);
            Finding finding
                = findingOn(observation, "", check.status, subject,
                            check.text.isEmpty() ? QStringLiteral("%1 of %2").arg(check.code, subject) : check.text);
            finding.code = check.code;
            if (check.value)
                finding.evidence.insert(QStringLiteral("value"), *check.value);
            if (!check.unit.isEmpty())
                finding.evidence.insert(QStringLiteral("unit"), check.unit);
            if (check.warning)
                finding.evidence.insert(QStringLiteral("warning"), *check.warning);
            if (check.critical)
                finding.evidence.insert(QStringLiteral("critical"), *check.critical);
            if (check.dataAt.isValid())
                finding.evidence.insert(QStringLiteral("data_at"), check.dataAt);
            finding.hint = check.hint;
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// The clock of the other side against ours, less what the measurement may be wrong by: notice over 2 s, warning over
/// 30 s, unknown over 60 s, because no age of what it stamped can be trusted then (design decision 10). A source that
/// judges its clock itself ("host.clock") has said the first two already.
std::vector<Finding> clockOffsets(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<HealthReport>(facts, [&](const Observation &observation, const HealthReport &report) {
        if (!report.clockOffsetSeconds || !std::isfinite(*report.clockOffsetSeconds))
            return;
        const double offset = *report.clockOffsetSeconds;
        const double sure = std::abs(offset) - std::max(0.0, report.clockErrorSeconds);
        if (sure <= offsetNotice)
            return;
        const Status severity = sure > offsetUnusable ? Status::Unknown
            : sure > offsetWarning                    ? Status::Warning
                                                      : Status::Notice;
        const bool isJudged = std::ranges::any_of(
            report.checks, [](const HealthCheck &check) { return check.code.endsWith(QLatin1String(".clock")); });
        if (isJudged && severity != Status::Unknown)
            return;
        const QString subject = observation.subject.isEmpty() ? observation.entry : observation.subject;
        Finding finding
            = findingOn(observation, "clock.offset", severity, subject,
                        QStringLiteral("The clock of %1 is %2 s %3")
                            .arg(subject, QString::number(std::abs(offset), 'f', std::abs(offset) < 10 ? 1 : 0),
                                 offset > 0 ? QStringLiteral("ahead") : QStringLiteral("behind")));
        finding.evidence.insert(QStringLiteral("offset_s"), offset);
        finding.evidence.insert(QStringLiteral("error_s"), report.clockErrorSeconds);
        finding.hint = severity == Status::Unknown
            ? QStringLiteral(
                "Ages of what it stamped cannot be trusted. Set the clock right (chrony, systemd-timesyncd).")
            : QStringLiteral("Check chrony or systemd-timesyncd there.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

} // namespace taffrail::rules
