// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "promotionfacts.h"
#include "rules.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace taffrail::rules {

namespace {

using namespace std::chrono_literals;

/// Longer than migrations take: a lock of this age was left behind by a run that was killed (own choice).
constexpr std::chrono::seconds migrationTime = 1h;

QString subjectOf(const Observation &observation, const MigrationHistory &history)
{
    const QString database = history.database.isEmpty() ? observation.subject : history.database;
    return history.table.isEmpty() ? database : QStringLiteral("%1 %2").arg(database, history.table).trimmed();
}

/// Calls `use` with each history that could be read.
template <typename Use> void forEachReadable(const Facts &facts, Use use)
{
    forEach<MigrationHistories>(facts, [&](const Observation &observation, const MigrationHistories &histories) {
        for (const MigrationHistory &history : histories.histories) {
            if (history.readable)
                use(observation, history);
        }
    });
}

bool holds(const Migration &migration, MigrationState state)
{
    return migration.state == state || migration.flags.contains(state);
}

struct StateRule {
    MigrationState state;
    const char *code;
    Status severity;
    const char *text; ///< after "1 migration "
    const char *hint;
};

constexpr std::array<StateRule, 8> stateRules{{
    {MigrationState::Failed, "migration.failed", Status::Critical, "failed",
     "The schema may be half changed: look at it before running anything again."},
    {MigrationState::Dirty, "migration.dirty", Status::Critical, "left the history dirty",
     "The tool refuses to run until a person has put the schema and the record right."},
    {MigrationState::Mismatch, "migration.mismatch", Status::Warning, "changed after being applied",
     "The file is not the one that ran. Compare it with the file of the deployed commit."},
    {MigrationState::Missing, "migration.missing", Status::Warning, "applied without a file",
     "The checkout that is compared does not carry it: an older release, or a deleted file."},
    {MigrationState::OutOfOrder, "migration.out-of-order", Status::Warning, "out of order", ""},
    {MigrationState::Blocked, "migration.blocked", Status::Warning, "pending that the tool will not run", ""},
    {MigrationState::Outdated, "migration.outdated", Status::Notice, "repeatable with newer content", ""},
    {MigrationState::Pending, "migration.pending", Status::Notice, "pending", ""},
}};

QString quotedName(const QString &table)
{
    static const QRegularExpression plain(QStringLiteral("\\A[a-z_][a-z0-9_]*\\z"));
    QStringList parts = table.split(QLatin1Char('.'));
    for (QString &part : parts) {
        if (!plain.match(part).hasMatch() && !part.startsWith(QLatin1Char('"')))
            part = QLatin1Char('"') + part.replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"');
    }
    return parts.join(QLatin1Char('.'));
}

/// The login of a database as far as its connection string names one.
QString roleOf(const Facts &facts, const QString &database)
{
    static const QRegularExpression user(QStringLiteral("(?:\\A|\\s)user\\s*=\\s*'?([^\\s']+)"));
    const DatabaseSpec *spec = facts.environment.database(database);
    const QRegularExpressionMatch match = spec ? user.match(spec->dsn) : QRegularExpressionMatch();
    return match.hasMatch() ? quotedName(match.captured(1)) : QStringLiteral("the monitoring role");
}

/// Tools that store nothing but the head: which older migrations ran is an inference from the files.
} // namespace

/// What the migrations of each history are, one finding per history and state (states: migrations reference 1). A
/// failed or dirty one is critical; pending is a warning in production (a deploy is half done), a notice elsewhere.
std::vector<Finding> migrationStates(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        for (const StateRule &rule : stateRules) {
            QStringList versions;
            for (const Migration &migration : history.migrations) {
                // A pending one that is blocked or out of order is counted there, not twice.
                if (rule.state == MigrationState::Pending ? migration.state == rule.state
                                                          : holds(migration, rule.state))
                    versions << migrationName(migration);
            }
            if (versions.isEmpty())
                continue;
            const bool raised = rule.state == MigrationState::Pending && facts.environment.tier == Tier::Production;
            Finding finding = findingOn(
                observation, rule.code, raised ? Status::Warning : rule.severity, subjectOf(observation, history),
                QStringLiteral("%1 %2: %3")
                    .arg(counted(versions.size(), "migration"), QLatin1String(rule.text), listed(versions, 3)));
            finding.evidence.insert(QStringLiteral("count"), int(versions.size()));
            finding.evidence.insert(QStringLiteral("versions"), listed(versions, 20));
            finding.evidence.insert(QStringLiteral("source"), history.source);
            finding.hint = QString::fromLatin1(rule.hint);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// A history table that is there but is not known: unknown, with the grant that opens it, or because its tool is
/// recognised but not read.
std::vector<Finding> unreadableHistories(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<MigrationHistories>(facts, [&](const Observation &observation, const MigrationHistories &histories) {
        for (const MigrationHistory &history : histories.histories) {
            if (history.readable && history.supported)
                continue;
            Finding finding = findingOn(
                observation, history.supported ? "migration.unreadable" : "migration.unsupported", Status::Unknown,
                subjectOf(observation, history),
                history.supported
                    ? QStringLiteral("Cannot read the history in %1").arg(history.table)
                    : QStringLiteral("%1 is a history of %2, which is not read").arg(history.table, history.source));
            finding.evidence.insert(QStringLiteral("table"), history.table);
            if (!history.notes.isEmpty())
                finding.title += QStringLiteral(": ") + history.notes.first();
            const QString grant = QStringLiteral("GRANT SELECT ON %1 TO %2;")
                                      .arg(quotedName(history.table), roleOf(facts, history.database));
            // The note names the GRANT itself, or says that it was something else (a lock, a time limit).
            const bool told = std::ranges::any_of(history.notes, [](const QString &note) {
                return note.contains(QLatin1String("GRANT ")) || note.contains(QLatin1String("could not be read"));
            });
            if (history.supported && !told)
                finding.hint = QStringLiteral("If the right is missing: ") + grant;
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// No history table at all: a notice where any tool was looked for, unknown where one tool was named.
std::vector<Finding> missingHistories(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<MigrationHistories>(facts, [&](const Observation &observation, const MigrationHistories &histories) {
        if (!histories.histories.empty())
            return;
        const bool isNamed = observation.source != QLatin1String("auto");
        const QString subject = observation.subject.isEmpty() ? observation.entry : observation.subject;
        Finding finding = findingOn(
            observation, "migration.none", isNamed ? Status::Unknown : Status::Notice, subject,
            isNamed ? QStringLiteral("No migration history of %1 found in %2").arg(observation.source, subject)
                    : QStringLiteral("No migration history found in %1").arg(subject));
        finding.evidence.insert(QStringLiteral("source"), observation.source);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Somebody is migrating: running for an hour, then a warning, because some tools leave their lock row behind when
/// killed (migrations reference 6).
std::vector<Finding> migrationLocks(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        if (!history.lock)
            return;
        const HeldLock &lock = *history.lock;
        const bool isOld = lock.since.isValid() && ageOf(lock.since, facts.now) >= migrationTime;
        // A lock row that names nobody, and nobody is there: running would be a guess.
        const bool isOrphan = lock.by.isEmpty() && !lock.since.isValid()
            && lock.reason.contains(QLatin1String("no session has the history open"));
        const QString by = lock.by.isEmpty() ? QStringLiteral("somebody") : lock.by;
        Finding finding = findingOn(
            observation, isOld || isOrphan ? "migration.stale-lock" : "migration.locked",
            isOld || isOrphan ? Status::Warning : Status::Running, subjectOf(observation, history),
            isOrphan    ? QStringLiteral("The migration lock is set, but nobody is seen who migrates")
                : isOld ? QStringLiteral("The migration lock is held by %1 since %2").arg(by, rfc3339(lock.since))
                        : QStringLiteral("Migrations are being run by %1").arg(by));
        finding.evidence.insert(QStringLiteral("by"), lock.by);
        if (lock.since.isValid())
            finding.evidence.insert(QStringLiteral("since"), lock.since);
        if (!lock.reason.isEmpty())
            finding.evidence.insert(QStringLiteral("reason"), lock.reason);
        if (isOld || isOrphan)
            finding.hint = QStringLiteral(
                "Make sure that nobody migrates before removing the lock with the tool's own command.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// What may go wrong when a pending migration runs: the source notes it behind "risk: " (its statement and why).
/// A warning in production, a notice elsewhere, where it can still be changed.
std::vector<Finding> migrationRisks(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        QStringList versions;
        QString first;
        for (const Migration &migration : history.migrations) {
            const qsizetype at = migration.note.indexOf(QLatin1String("risk: "));
            if (at < 0 || migration.flags.contains(MigrationState::Applied))
                continue;
            versions << migrationName(migration);
            if (first.isEmpty())
                first = migration.note.mid(at + 6);
        }
        if (versions.isEmpty())
            return;
        const bool isProduction = facts.environment.tier == Tier::Production;
        Finding finding = findingOn(observation, "migration.risk", isProduction ? Status::Warning : Status::Notice,
                                    subjectOf(observation, history),
                                    QStringLiteral("%1 may disturb what runs: %2")
                                        .arg(counted(versions.size(), "pending migration"), listed(versions, 3)));
        finding.evidence.insert(QStringLiteral("count"), int(versions.size()));
        finding.evidence.insert(QStringLiteral("versions"), listed(versions, 20));
        finding.evidence.insert(QStringLiteral("first"), first);
        finding.hint = first;
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Indexes that an aborted CREATE INDEX CONCURRENTLY left invalid, constraints that nobody validated: the source notes
/// them behind "left behind: ". A notice; no tool's status shows them.
std::vector<Finding> migrationDebris(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        for (const QString &note : history.notes) {
            if (!note.startsWith(QLatin1String("left behind: ")))
                continue;
            Finding finding = findingOn(observation, "migration.debris", Status::Notice,
                                        subjectOf(observation, history), QStringLiteral("Left ") + note.mid(5));
            finding.hint = QStringLiteral("Drop and build an invalid index anew; VALIDATE a constraint.");
            finding.evidence.insert(QStringLiteral("source"), history.source);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

/// Several heads that the tool refuses to upgrade past until they are merged (Alembic, Django). The source notes it.
std::vector<Finding> migrationHeads(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        const auto note = std::ranges::find_if(history.notes, [](const QString &each) {
            return each.contains(QLatin1String("merge needed"), Qt::CaseInsensitive);
        });
        if (note == history.notes.end())
            return;
        Finding finding
            = findingOn(observation, "migration.merge-needed", Status::Warning, subjectOf(observation, history), *note);
        finding.evidence.insert(QStringLiteral("current"), history.current);
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// No files were compared: what is pending, missing or changed is not known. A notice, so that a quiet pane is not read
/// as "nothing pending".
std::vector<Finding> uncomparedFiles(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &history) {
        if (!history.filesFrom.isEmpty())
            return;
        Finding finding = findingOn(observation, "migration.no-files", Status::Notice, subjectOf(observation, history),
                                    QStringLiteral("Pending migrations are not known: no files were compared"));
        finding.evidence.insert(QStringLiteral("source"), history.source);
        finding.hint = QStringLiteral(
            "Name the folder of the migrations in the inventory: \"files\": {\"host\": …, \"path\": …}.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Migrations applied here that the environment this one promotes from has not: they were never tried there. No
/// threshold.
std::vector<Finding> aheadOfStaging(const Facts &facts)
{
    std::vector<Finding> findings;
    const Snapshot *source = promotionSource(facts);
    if (!source)
        return findings;
    forEachReadable(facts, [&](const Observation &observation, const MigrationHistory &ours) {
        const MigrationHistory *theirs = sameHistory(*source, ours);
        if (!theirs || !canCompareMigrations(ours, *theirs))
            return;
        const QStringList ahead = appliedOnlyHere(ours, *theirs);
        if (ahead.isEmpty())
            return;
        Finding finding
            = findingOn(observation, "migration.ahead-of-staging", Status::Warning, subjectOf(observation, ours),
                        QStringLiteral("%1 applied here but not in %2: %3")
                            .arg(counted(ahead.size(), "migration"), source->environment, listed(ahead, 3)));
        finding.evidence.insert(QStringLiteral("count"), int(ahead.size()));
        finding.evidence.insert(QStringLiteral("versions"), listed(ahead, 20));
        finding.evidence.insert(QStringLiteral("environment"), source->environment);
        findings.push_back(std::move(finding));
    });
    return findings;
}

} // namespace taffrail::rules
