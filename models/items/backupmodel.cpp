// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "backupproof.h"
#include "linkedrows.h"
#include "text.h"
#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

QString afterDeployText(const QDateTime &finished, const QDateTime &deployed)
{
    if (!finished.isValid() || !deployed.isValid())
        return BackupModel::tr("Unknown");
    return finished > deployed ? BackupModel::tr("Yes") : BackupModel::tr("No");
}

QString verifiedText(const Backup &backup, const QDateTime &now)
{
    const QString how = trustTitle(backup.trust);
    const QString age = relativeText(backup.verifiedAt, now);
    return age.isEmpty() ? how : BackupModel::tr("%1, %2 ago").arg(how, age);
}

std::optional<std::chrono::milliseconds> tookOf(const Backup &backup)
{
    if (!backup.startedAt.isValid() || !backup.finishedAt.isValid() || backup.finishedIsStart
        || backup.finishedAt < backup.startedAt)
        return std::nullopt;
    return std::chrono::milliseconds(backup.startedAt.msecsTo(backup.finishedAt));
}

void addProvenance(CellRow &row, const Observation &observation)
{
    const DetailLines provenance = provenanceLines(observation);
    row.extras.insert(row.extras.end(), provenance.begin(), provenance.end());
}

CellRow backupRow(const EnvironmentState &state, const Observation &observation, const BackupSet &set,
                  const Backup &backup)
{
    const Worded words = worded(backup.state);
    const auto took = tookOf(backup);
    CellRow row;
    row.id = backupRowId(observation.entry, backup);
    row.status = words.status;
    row.stale = state.assessment.pane(PaneKind::Backups).stale;
    row.cells
        = {statusCell(words.status, words.text),
           textCell(backupTypeTitle(backup.type)),
           timeCell(backup.finishedAt.isValid() ? backup.finishedAt : backup.startedAt),
           ageCell(backup.finishedAt.isValid() ? backup.finishedAt : backup.startedAt),
           numberCell(backup.sizeBytes < 0 ? QString() : bytesText(backup.sizeBytes), qlonglong(backup.sizeBytes)),
           took ? numberCell(durationText(*took), qlonglong(took->count())) : numberCell({}, -1),
           textCell(verifiedText(backup, state.now)),
           textCell(afterDeployText(backup.finishedAt, lastDeployOf(state))),
           textCell(backup.location.isEmpty() ? set.repository : backup.location)};
    row.cells[BackupModel::Verified].sort = int(backup.trust);
    if (!backup.problem.isEmpty() && backup.problem != QLatin1String("none"))
        row.reason = backup.detail.isEmpty() ? backup.problem : backup.detail;
    row.extras
        = {{BackupModel::tr("Backup id"), backup.id, {}},
           {BackupModel::tr("Started"), utcText(backup.startedAt), backup.startedAt},
           {BackupModel::tr("Stored size"), backup.storedBytes < 0 ? QString() : bytesText(backup.storedBytes), {}},
           {BackupModel::tr("Depends on"), backup.parent, {}},
           {BackupModel::tr("WAL needed"), joined({backup.walStart, backup.walStop}), {}},
           {BackupModel::tr("Encrypted"),
            !backup.encrypted       ? BackupModel::tr("Unknown")
                : *backup.encrypted ? BackupModel::tr("Yes")
                                    : BackupModel::tr("No"),
            {}},
           {BackupModel::tr("Next retention"),
            !set.expiring                           ? QString()
                : set.expiring->contains(backup.id) ? BackupModel::tr("removes it")
                                                    : BackupModel::tr("keeps it"),
            {}},
           {BackupModel::tr("Verified at"), utcText(backup.verifiedAt), backup.verifiedAt},
           {BackupModel::tr("Verified by"), backup.verifiedBy, {}},
           {BackupModel::tr("A restore takes"), restoreNoteOf(set, backup.id), {}},
           {BackupModel::tr("Repository"), set.repository, {}}};
    if (backup.finishedIsStart)
        row.extras.push_back(
            {BackupModel::tr("Time"), BackupModel::tr("only the start is known; age counts from it"), {}});
    addProvenance(row, observation);
    row.filterFields
        = {QStringLiteral("state:") + backupStateWord(backup.state),
           QStringLiteral("status:") + statusWord(words.status), QStringLiteral("kind:") + backupTypeWord(backup.type)};
    return row;
}

Status archiveStatus(const ArchiveState &archive)
{
    if (archive.mode.isEmpty())
        return Status::Unknown;
    if (archive.mode == QLatin1String("off"))
        return Status::Notice;
    const bool failing = archive.lastFailedAt.isValid()
        && (!archive.lastArchivedAt.isValid() || archive.lastFailedAt > archive.lastArchivedAt);
    return failing ? Status::Warning : archive.lag ? Status::Ok : Status::Unknown;
}

QString archiveText(const ArchiveState &archive)
{
    if (archive.mode == QLatin1String("off"))
        return BackupModel::tr("archiving is off");
    if (!archive.lag)
        return BackupModel::tr("lag unknown");
    if (archive.lag->count() == 0)
        return BackupModel::tr("idle, nothing at risk");
    return BackupModel::tr("%1 behind").arg(durationText(*archive.lag));
}

/// What would be lost now, in seconds and bytes.
QString atRiskText(const ArchiveState &archive)
{
    const QString bytes = archive.unarchivedBytes < 0 ? QString() : bytesText(archive.unarchivedBytes);
    if (!archive.lag)
        return bytes.isEmpty() ? BackupModel::tr("Unknown") : BackupModel::tr("unknown time, %1 of WAL").arg(bytes);
    if (archive.lag->count() == 0)
        return BackupModel::tr("idle, nothing at risk");
    const QString seconds = durationText(*archive.lag);
    return bytes.isEmpty() ? seconds : BackupModel::tr("%1, %2 of WAL").arg(seconds, bytes);
}

QString targetText(const EnvironmentState &state, const Observation &observation)
{
    const SourceEntry *entry = state.environment ? state.environment->entry(observation.entry) : nullptr;
    return entry && entry->target.rpo ? durationText(*entry->target.rpo) : BackupModel::tr("none set");
}

/// Where backups lie: readable or not, how encrypted, and what lies there.
CellRow placeRow(const EnvironmentState &state, const Observation &observation, const BackupSet &set,
                 const BackupLocation &place)
{
    const QString name = place.name.isEmpty() ? set.repository : place.name;
    CellRow row;
    row.id = observation.entry + QStringLiteral("/place/") + name;
    row.status = !place.readable ? Status::Unknown : place.problem.isEmpty() ? Status::Ok : Status::Warning;
    row.stale = state.assessment.pane(PaneKind::Backups).stale;
    row.cells
        = {statusCell(row.status, place.readable ? QString() : BackupModel::tr("Not readable")),
           textCell(place.kind.isEmpty() ? BackupModel::tr("Place") : BackupModel::tr("Place, %1").arg(place.kind)),
           timeCell(place.newestWalAt),
           ageCell(place.newestWalAt),
           numberCell(place.storedBytes < 0 ? QString() : bytesText(place.storedBytes), qlonglong(place.storedBytes)),
           numberCell({}, -1),
           textCell(place.cipher.isEmpty()                      ? BackupModel::tr("cipher unknown")
                        : place.cipher == QLatin1String("none") ? BackupModel::tr("not encrypted")
                                                                : place.cipher),
           textCell({}),
           textCell(name)};
    row.cells[BackupModel::Verified].sort = -1;
    row.reason = place.problem;
    row.extras = {{BackupModel::tr("Newest WAL"), place.newestWal, place.newestWalAt},
                  {BackupModel::tr("Free"), place.freeBytes < 0 ? QString() : bytesText(place.freeBytes), {}}};
    addProvenance(row, observation);
    row.filterFields = {QStringLiteral("kind:place"), QStringLiteral("status:") + statusWord(row.status)};
    return row;
}

/// Whether the WAL is unbroken where somebody looked.
CellRow continuityRow(const EnvironmentState &state, const Observation &observation, const BackupSet &set)
{
    const bool inside
        = std::any_of(set.gaps.begin(), set.gaps.end(), [](const WalGap &gap) { return gap.insideBackup; });
    CellRow row;
    row.id = observation.entry + QStringLiteral("/continuity");
    row.status = set.gaps.empty() ? Status::Ok : inside ? Status::Critical : Status::Warning;
    row.stale = state.assessment.pane(PaneKind::Backups).stale;
    row.cells = {statusCell(row.status, set.gaps.empty() ? QString() : BackupModel::tr("Broken")),
                 textCell(BackupModel::tr("WAL continuity")),
                 timeCell({}),
                 ageCell({}),
                 numberCell({}, -1),
                 numberCell({}, -1),
                 textCell(set.gaps.empty() ? BackupModel::tr("unbroken")
                                           : BackupModel::tr("%n hole(s)", nullptr, int(set.gaps.size()))),
                 textCell({}),
                 textCell(set.repository)};
    row.cells[BackupModel::Verified].sort = -1;
    for (const WalGap &gap : set.gaps) {
        const QString range = gap.first == gap.last ? gap.first : gap.first + QStringLiteral(" – ") + gap.last;
        const QString words = gap.insideBackup ? BackupModel::tr("inside a backup, breaks %1")
                                               : BackupModel::tr("recovery ends before it: %1");
        row.extras.push_back({range, gap.breaks.isEmpty() ? QString() : words.arg(joined(gap.breaks)), {}});
        if (row.extras.size() >= 20)
            break;
    }
    if (!set.gaps.empty())
        row.reason = BackupModel::tr("%1 is missing.").arg(set.gaps.front().first);
    addProvenance(row, observation);
    row.filterFields = {QStringLiteral("kind:wal"), QStringLiteral("status:") + statusWord(row.status)};
    return row;
}

CellRow archiveRow(const EnvironmentState &state, const Observation &observation, const ArchiveState &archive)
{
    CellRow row;
    row.id = observation.entry + QStringLiteral("/wal");
    row.status = archiveStatus(archive);
    row.stale = state.assessment.pane(PaneKind::Backups).stale;
    const bool failing = row.status == Status::Warning;
    row.cells = {statusCell(row.status, failing ? BackupModel::tr("Failing") : QString()),
                 textCell(BackupModel::tr("WAL archive")),
                 timeCell(archive.lastArchivedAt),
                 ageCell(archive.lastArchivedAt),
                 numberCell(archive.unarchivedBytes < 0 ? QString() : bytesText(archive.unarchivedBytes),
                            qlonglong(archive.unarchivedBytes)),
                 numberCell({}, -1),
                 textCell(archiveText(archive)),
                 textCell({}),
                 textCell(observation.subject)};
    row.cells[BackupModel::Verified].sort = -1;
    if (failing)
        row.reason = BackupModel::tr("The archiver fails at %1.").arg(archive.lastFailedWal);
    row.extras = {{BackupModel::tr("Mode"), archive.mode, {}},
                  {BackupModel::tr("Last archived"), archive.lastArchivedWal, {}},
                  {BackupModel::tr("Last failed"), archive.lastFailedWal, {}},
                  {BackupModel::tr("Last failed at"), utcText(archive.lastFailedAt), archive.lastFailedAt},
                  {BackupModel::tr("At risk now"), atRiskText(archive), {}},
                  {BackupModel::tr("Target"), targetText(state, observation), {}},
                  {BackupModel::tr("Failed count"),
                   archive.failedCount < 0 ? BackupModel::tr("Unknown") : QString::number(archive.failedCount),
                   {}}};
    addProvenance(row, observation);
    row.filterFields = {QStringLiteral("kind:archive"), QStringLiteral("status:") + statusWord(row.status)};
    return row;
}

} // namespace

BackupModel::BackupModel(QObject *parent)
    : PaneModel({{tr("State"), 12},
                 {tr("Kind"), 12},
                 {tr("Finished"), 18},
                 {tr("Age"), 8},
                 {tr("Size"), 10},
                 {tr("Took"), 12},
                 {tr("Verified"), 22},
                 {tr("After last deploy"), 16},
                 {tr("Place"), 20, true}},
                parent)
{
}

std::vector<CellRow> BackupModel::rowsOf(const EnvironmentState &state) const
{
    std::vector<CellRow> rows;
    for (const Observation *observation : observationsOf(state, PaneKind::Backups)) {
        const auto *set = valueAs<BackupSet>(*observation);
        if (!set)
            continue;
        if (set->archive)
            rows.push_back(archiveRow(state, *observation, *set->archive));
        if (set->walChecked)
            rows.push_back(continuityRow(state, *observation, *set));
        for (const BackupLocation &place : set->locations)
            rows.push_back(placeRow(state, *observation, *set, place));
        for (const Backup &backup : set->backups)
            rows.push_back(backupRow(state, *observation, *set, backup));
    }
    return rows;
}

} // namespace taffrail::items
