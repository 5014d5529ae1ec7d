// SPDX-License-Identifier: GPL-3.0-or-later
#include "promotionfacts.h"

#include "rulesupport.h"

#include <set>

namespace taffrail::rules {

namespace {

bool storesHeadOnly(const MigrationHistory &history)
{
    return history.source == QLatin1String("alembic") || history.source == QLatin1String("golang-migrate");
}

} // namespace

QString withoutV(const QString &version)
{
    return version.startsWith(QLatin1Char('v'), Qt::CaseInsensitive) ? version.mid(1) : version;
}

std::vector<LiveRelease> liveReleases(const Snapshot &snapshot)
{
    std::vector<LiveRelease> found;
    for (const Observation &observation : snapshot.observations) {
        const auto *history = valueAs<DeploymentHistory>(observation);
        if (!history)
            continue;
        if (const Release *release = releaseOf(*history, history->live))
            found.push_back({&observation, history, release});
    }
    return found;
}

bool isSameRelease(const Release &a, const Release &b)
{
    if (!a.revision.isEmpty() && !b.revision.isEmpty())
        return a.revision.startsWith(b.revision) || b.revision.startsWith(a.revision);
    if (!a.version.isEmpty() && !b.version.isEmpty())
        return withoutV(a.version) == withoutV(b.version);
    return a.id == b.id;
}

QString releaseTitle(const Release &release)
{
    return release.version.isEmpty() ? release.id : release.version;
}

bool isApplied(const Migration &migration)
{
    switch (migration.state) {
    case MigrationState::Applied:
    case MigrationState::Baseline:
    case MigrationState::Mismatch:
    case MigrationState::Missing:
    case MigrationState::Outdated: return true;
    case MigrationState::OutOfOrder: return !migration.flags.contains(MigrationState::Pending);
    case MigrationState::Failed:
    case MigrationState::Dirty:
    case MigrationState::Blocked:
    case MigrationState::Pending:
    case MigrationState::RolledBack: return false;
    }
    return false;
}

QString migrationName(const Migration &migration)
{
    return migration.name.isEmpty() || migration.name == migration.version
        ? migration.version
        : QStringLiteral("%1 %2").arg(migration.version, migration.name);
}

const MigrationHistory *sameHistory(const Snapshot &other, const MigrationHistory &history)
{
    for (const Observation &observation : other.observations) {
        const auto *histories = valueAs<MigrationHistories>(observation);
        for (size_t i = 0; histories && i < histories->histories.size(); ++i) {
            const MigrationHistory &each = histories->histories[i];
            if (each.readable && each.source == history.source && each.table == history.table)
                return &each;
        }
    }
    return nullptr;
}

bool canCompareMigrations(const MigrationHistory &a, const MigrationHistory &b)
{
    return !storesHeadOnly(a) || (!a.filesFrom.isEmpty() && !b.filesFrom.isEmpty());
}

QStringList appliedOnlyHere(const MigrationHistory &ours, const MigrationHistory &theirs)
{
    std::set<QString> known;
    for (const Migration &migration : theirs.migrations) {
        if (isApplied(migration))
            known.insert(migration.version);
    }
    QStringList names;
    for (const Migration &migration : ours.migrations) {
        if (isApplied(migration) && !known.contains(migration.version))
            names << migrationName(migration);
    }
    return names;
}

} // namespace taffrail::rules
