// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "assessment.h"
#include "rules.h"
#include "text.h"

#include <algorithm>

namespace taffrail::rules {

namespace {

/// How many entries rest on this host or database and have nothing to say while it is down.
int hiddenBehind(const Facts &facts, const Link &link)
{
    return int(std::ranges::count_if(facts.environment.entries, [&](const SourceEntry &entry) {
        if (link.isDatabase)
            return entry.database == link.subject;
        const DatabaseSpec *database = facts.environment.database(entry.database);
        return entry.hosts.contains(link.subject) || (database && database->via == link.subject);
    }));
}

QString readingFailed(const Observation &observation)
{
    QString what = paneWord(observation.pane);
    if (!observation.subject.isEmpty())
        what += QStringLiteral(" on ") + observation.subject;
    return QStringLiteral("Cannot read %1").arg(what);
}

Finding failed(const Facts &facts, const Observation &observation, const Error &error)
{
    const SourceEntry *entry = facts.environment.entry(observation.entry);
    const bool tolerated = entry && observation.value()
        && (entry->onNoData == QLatin1String("keep") || entry->onNoData == QLatin1String("ok"));
    const QString why = error.text.isEmpty() ? errorKindWord(error.kind) : error.text;
    Finding finding = findingOn(observation, "observation.failed", tolerated ? Status::Notice : Status::Unknown,
                                observation.subject.isEmpty() ? observation.entry : observation.subject,
                                QStringLiteral("%1: %2").arg(readingFailed(observation), why));
    finding.evidence.insert(QStringLiteral("error"), errorKindWord(error.kind));
    if (!error.step.isEmpty())
        finding.evidence.insert(QStringLiteral("step"), error.step);
    finding.evidence.insert(QStringLiteral("attempted_at"), observation.lastAttempt->at);
    if (observation.lastGood)
        finding.evidence.insert(QStringLiteral("last_good_at"), observation.lastGood->at);
    finding.hint = error.hint;
    return finding;
}

} // namespace

/// Connections that are down: one finding each, which counts what rests on it instead of repeating it there (fold by
/// dependency). A database reached through a host that is down is counted with that host.
std::vector<Finding> offlineLinks(const Facts &facts)
{
    std::vector<Finding> findings;
    for (const Link &link : facts.snapshot.links) {
        if (link.state != LinkState::Down)
            continue;
        const DatabaseSpec *database = link.isDatabase ? facts.environment.database(link.subject) : nullptr;
        if (database && !database->via.isEmpty() && isHostDown(facts, database->via))
            continue;
        Finding finding;
        finding.code = link.isDatabase ? QStringLiteral("database.offline") : QStringLiteral("host.offline");
        finding.pane = PaneKind::Health;
        finding.severity = Status::Offline;
        finding.subject = link.subject;
        const QString why = link.error ? link.error->text : QString();
        finding.title = link.isDatabase ? QStringLiteral("No connection to database %1").arg(link.subject)
                                        : QStringLiteral("No connection to %1").arg(link.subject);
        if (!why.isEmpty())
            finding.title += QStringLiteral(": ") + why;
        finding.evidence.insert(QStringLiteral("hidden"), hiddenBehind(facts, link));
        if (link.since.isValid())
            finding.evidence.insert(QStringLiteral("since"), link.since);
        if (link.retryAt.isValid())
            finding.evidence.insert(QStringLiteral("retry_at"), link.retryAt);
        if (link.error) {
            finding.evidence.insert(QStringLiteral("error"), errorKindWord(link.error->kind));
            finding.hint = link.error->hint;
        }
        finding.observedAt = link.since;
        findings.push_back(std::move(finding));
    }
    return findings;
}

/// Databases whose role lacks a right that the self-test at connect looked for: what rests on it is partial or hidden,
/// and the GRANT that opens it is known word for word (health reference B1). No threshold. A connection that is down
/// speaks for itself.
std::vector<Finding> missingRights(const Facts &facts)
{
    std::vector<Finding> findings;
    for (const Link &link : facts.snapshot.links) {
        if (!link.isDatabase || link.state == LinkState::Down || link.missingGrants.isEmpty())
            continue;
        Finding finding;
        finding.code = QStringLiteral("database.rights");
        finding.pane = PaneKind::Health;
        finding.severity = Status::Notice;
        finding.subject = link.subject;
        finding.title = QStringLiteral("The role that reads database %1 lacks rights: some of what it shows is partial "
                                       "or hidden")
                            .arg(link.subject);
        const QString statements = link.missingGrants.join(QLatin1Char(' '));
        finding.evidence.insert(QStringLiteral("statements"), statements);
        finding.evidence.insert(QStringLiteral("where"), link.peer.isEmpty() ? link.subject : link.peer);
        finding.hint = QStringLiteral("As a superuser of that server, run: %1 It counts from the next refresh; nothing "
                                      "needs a restart.")
                           .arg(statements);
        finding.observedAt = link.since;
        findings.push_back(std::move(finding));
    }
    return findings;
}

/// Sources whose newest try failed, in the words of the failure, and entries that were never read. What cannot be read
/// because its host or database is down is counted there. A try that was superseded says nothing.
std::vector<Finding> failedObservations(const Facts &facts)
{
    std::vector<Finding> findings;
    for (const SourceEntry &entry : facts.environment.entries) {
        const Observation *observation = facts.snapshot.observation(entry.id);
        const bool wasTried = observation && (observation->lastGood || observation->lastAttempt);
        if (isCutOff(facts, entry) || (!wasTried && entry.pane == PaneKind::Configs))
            continue;
        const Error *error = observation ? observation->error() : nullptr;
        if (error && error->kind != ErrorKind::Cancelled) {
            findings.push_back(failed(facts, *observation, *error));
        } else if (!observation || !observation->value()) {
            Observation missing;
            missing.pane = entry.pane;
            missing.entry = entry.id;
            const QString subject = observation && !observation->subject.isEmpty() ? observation->subject : entry.id;
            findings.push_back(
                findingOn(missing, "observation.pending", Status::Unknown, subject,
                          QStringLiteral("The %1 of %2 %3 not read yet")
                              .arg(paneWord(entry.pane), subject,
                                   entry.pane == PaneKind::Health ? QStringLiteral("is") : QStringLiteral("are"))));
        }
    }
    return findings;
}

/// Values older than max(3 × interval, 90 s): they are no good news any more. A source that fails says so itself.
std::vector<Finding> staleObservations(const Facts &facts)
{
    std::vector<Finding> findings;
    for (const Observation &observation : facts.snapshot.observations) {
        const SourceEntry *entry = facts.environment.entry(observation.entry);
        const bool failing = observation.error() && observation.error()->kind != ErrorKind::Cancelled;
        if (!observation.value() || failing || (entry && isCutOff(facts, *entry)) || !isStale(observation, facts.now))
            continue;
        const std::chrono::seconds age = ageOf(observation.lastGood->at, facts.now);
        Finding finding
            = findingOn(observation, "observation.stale", Status::Stale,
                        observation.subject.isEmpty() ? observation.entry : observation.subject,
                        QStringLiteral("The %1 were last read %2 ago").arg(paneWord(observation.pane), ageText(age)));
        finding.evidence.insert(QStringLiteral("age_s"), qint64(age.count()));
        finding.evidence.insert(QStringLiteral("interval_s"), double(observation.interval.count()) / 1000);
        findings.push_back(std::move(finding));
    }
    return findings;
}

} // namespace taffrail::rules
