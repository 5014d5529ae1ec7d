// SPDX-License-Identifier: GPL-3.0-or-later
#include "summary.h"

#include "backupfacts.h"
#include "drift.h"
#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

using rules::counted;

/// At most this many parts of one line, such as the apps of an environment.
constexpr int maxParts = 2;

QString releaseText(const Facts &facts, const DeploymentHistory &history)
{
    QStringList live;
    for (const HostRelease &host : history.hosts) {
        if (!host.error)
            live << host.live;
    }
    live.removeDuplicates();
    if (live.size() > 1)
        return QStringLiteral("mixed: %1 on %2")
            .arg(counted(live.size(), "release"), counted(qsizetype(history.hosts.size()), "host"));
    const QString id = history.live.isEmpty() ? live.value(0) : history.live;
    if (id.isEmpty())
        return QStringLiteral("no live release");
    QString text = rules::releaseName(history, id);
    if (const Release *release = rules::releaseOf(history, id)) {
        if (release->deployedAt.isValid())
            text += QStringLiteral(", %1 ago").arg(ageText(ageOf(release->deployedAt, facts.now)));
        if (!release->deployedBy.isEmpty())
            text += QStringLiteral(" by ") + release->deployedBy;
    }
    return text;
}

QString historyText(const MigrationHistory &history)
{
    if (!history.readable)
        return QStringLiteral("cannot read %1").arg(history.table);
    constexpr std::array<std::pair<MigrationState, const char *>, 8> bad{{
        {MigrationState::Failed, "failed"},
        {MigrationState::Dirty, "dirty"},
        {MigrationState::Mismatch, "changed"},
        {MigrationState::Missing, "without a file"},
        {MigrationState::OutOfOrder, "out of order"},
        {MigrationState::Blocked, "blocked"},
        {MigrationState::Pending, "pending"},
        {MigrationState::Outdated, "outdated"},
    }};
    QStringList parts;
    for (const auto &[state, word] : bad) {
        const auto count = std::ranges::count(history.migrations, state, &Migration::state);
        if (count > 0)
            parts << QStringLiteral("%1 %2").arg(QString::number(count), QLatin1String(word));
    }
    if (!parts.isEmpty())
        return parts.mid(0, 3).join(QStringLiteral(", "));
    const QString head
        = history.current.isEmpty() ? QStringLiteral("nothing applied") : QStringLiteral("head ") + history.current;
    return history.filesFrom.isEmpty() ? head + QStringLiteral(", pending not known") : head;
}

QString migrationText(const MigrationHistories &histories)
{
    if (histories.histories.empty())
        return QStringLiteral("no history found");
    QStringList parts;
    for (const MigrationHistory &history : histories.histories)
        parts << historyText(history);
    return rules::listed(parts, maxParts);
}

QString backupText(const Facts &facts, const BackupSet &set)
{
    QString text;
    const auto ago = [&](const QString &type, const QDateTime &at) {
        return QStringLiteral("%1 %2 ago").arg(type, ageText(ageOf(at, facts.now)));
    };
    if (const Backup *newest = rules::newestUsable(set, facts.now, false))
        text = ago(backupTypeWord(newest->type), rules::freshnessTime(*newest));
    else if (set.backups.empty() && set.assessment.latestFinishedAt.isValid())
        text = ago(set.assessment.type ? backupTypeWord(*set.assessment.type) : QStringLiteral("backup"),
                   set.assessment.latestFinishedAt);
    else if (rules::isUnreachableProblem(set.assessment.problem))
        text = QStringLiteral("repository not readable");
    else if (rules::listsBackups(set))
        text = set.backups.empty() ? QStringLiteral("no backup") : QStringLiteral("no usable backup");
    if (!set.archive)
        return text;
    const QString archive = set.archive->mode == QLatin1String("off") ? QStringLiteral("no WAL archive")
        : !set.archive->lag                                           ? QStringLiteral("WAL archive not known")
        : set.archive->lag->count() == 0                              ? QStringLiteral("WAL all archived")
                                         : QStringLiteral("WAL %1 behind").arg(ageText(*set.archive->lag));
    return text.isEmpty() ? archive : text + QStringLiteral(", ") + archive;
}

QString valueText(const Facts &facts, const Value &value)
{
    if (const auto *history = std::get_if<DeploymentHistory>(&value))
        return releaseText(facts, *history);
    if (const auto *histories = std::get_if<MigrationHistories>(&value))
        return migrationText(*histories);
    if (const auto *set = std::get_if<BackupSet>(&value))
        return backupText(facts, *set);
    return {};
}

/// The checks of all health entries together: "2 of 41 bad, 1 unknown", "41 of 41 ok".
QString healthText(const Facts &facts)
{
    qsizetype all = 0;
    qsizetype bad = 0;
    qsizetype unknown = 0;
    rules::forEach<HealthReport>(facts, [&](const Observation &observation, const HealthReport &report) {
        if (observation.pane != PaneKind::Health)
            return;
        for (const HealthCheck &check : report.checks) {
            ++all;
            bad += check.status == Status::Warning || check.status == Status::Critical;
            unknown
                += check.status == Status::Unknown || check.status == Status::Offline || check.status == Status::Stale;
        }
    });
    if (all == 0)
        return {};
    QStringList parts;
    if (bad > 0)
        parts << QStringLiteral("%1 of %2 bad").arg(bad).arg(all);
    if (unknown > 0)
        parts << (bad > 0 ? QStringLiteral("%1 unknown").arg(unknown)
                          : QStringLiteral("%1 of %2 unknown").arg(unknown).arg(all));
    return parts.isEmpty() ? QStringLiteral("%1 of %1 ok").arg(all) : parts.join(QStringLiteral(", "));
}

/// The settings of all entries together: "214 keys in 3 files, 2 changed since 11-18".
QString configText(const Facts &facts)
{
    qsizetype keys = 0;
    qsizetype files = 0;
    bool isRead = false;
    rules::forEach<ConfigSet>(facts, [&](const Observation &, const ConfigSet &set) {
        isRead = true;
        keys += qsizetype(set.entries.size());
        files += std::ranges::count_if(set.files, [](const ConfigFile &file) { return !file.path.isEmpty(); });
    });
    if (!isRead)
        return {};
    QString text = counted(keys, "key");
    if (files > 0)
        text += QStringLiteral(" in ") + counted(files, "file");
    if (facts.baseline)
        text += QStringLiteral(", %1 changed since %2")
                    .arg(changedSince(*facts.baseline, facts).size())
                    .arg(facts.baselineAt.toUTC().toString(QStringLiteral("MM-dd")));
    return text;
}

QString missingText(const Observation *observation)
{
    const Error *error = observation ? observation->error() : nullptr;
    if (!error || error->kind == ErrorKind::Cancelled)
        return QStringLiteral("not read yet");
    return QStringLiteral("cannot read: ") + (error->text.isEmpty() ? errorKindWord(error->kind) : error->text);
}

} // namespace

QString summaryOf(const Facts &facts, PaneKind pane)
{
    QStringList parts;
    QStringList missing;
    int unread = 0;
    for (const SourceEntry &entry : facts.environment.entries) {
        if (entry.pane != pane)
            continue;
        const Observation *observation = facts.snapshot.observation(entry.id);
        const Value *value = observation ? observation->value() : nullptr;
        if (!value) {
            missing << missingText(observation);
            ++unread;
        } else if (pane != PaneKind::Health && pane != PaneKind::Configs) {
            parts << valueText(facts, *value);
        }
    }
    if (pane == PaneKind::Health)
        parts << healthText(facts);
    if (pane == PaneKind::Configs)
        parts << configText(facts);
    parts.removeAll(QString());
    missing.removeDuplicates();
    if (parts.isEmpty())
        return rules::listed(missing, 1);
    const QString line = rules::listed(parts, maxParts);
    return unread == 0 ? line : QStringLiteral("%1 (%2 not read)").arg(line, counted(unread, "source"));
}

} // namespace taffrail
