// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "linkedrows.h"
#include "text.h"
#include "words.h"

#include <limits>

namespace taffrail::items {

namespace {

QString flagsText(const std::set<MigrationState> &flags)
{
    QStringList words;
    for (const MigrationState flag : flags)
        words << worded(flag).text;
    return words.join(QStringLiteral(", "));
}

QString kindsText(const std::set<MigrationKind> &kinds)
{
    QStringList words;
    for (const MigrationKind kind : kinds)
        words << migrationKindWord(kind);
    return words.isEmpty() ? MigrationModel::tr("not classified") : words.join(QStringLiteral(", "));
}

/// "contract, not taken back" is for the details; a cell has room for the worst one.
QString kindCellText(const Migration &migration)
{
    return migration.kinds.empty() ? MigrationModel::tr("not classified")
                                   : migrationKindWord(worstKind(migration.kinds));
}

QString provenanceText(Provenance provenance)
{
    switch (provenance) {
    case Provenance::Recorded: return MigrationModel::tr("recorded by the tool");
    case Provenance::Inferred: return MigrationModel::tr("inferred: the tool records only the newest");
    case Provenance::NotRecorded: return MigrationModel::tr("told by the files alone");
    }
    return {};
}

QString failuresText(const MigrationHistory &history)
{
    return history.recordsFailures
        ? MigrationModel::tr("kept by the tool")
        : MigrationModel::tr("this tool keeps no failure record: a failed migration shows as pending");
}

/// Several histories stand one after the other, also two of one tool.
QVariant orderOf(const MigrationHistory &history, const QString &place)
{
    return QVariant(joined({history.source, history.database, history.table, place}));
}

CellRow emptyRow(const EnvironmentState &state, const Observation &observation, const MigrationHistory &history,
                 const QString &key, Status status, bool several)
{
    CellRow row;
    row.id = joined({observation.entry, history.database, history.table, key});
    row.status = status;
    row.stale = state.assessment.pane(PaneKind::Migrations).stale;
    row.cells.assign(MigrationModel::ColumnCount, textCell({}));
    // The pane begins with the newest: before even that.
    row.cells[MigrationModel::Order].sort
        = several ? orderOf(history, QStringLiteral("~")) : QVariant(std::numeric_limits<int>::max());
    row.filterFields
        = {QStringLiteral("status:") + statusWord(status), QStringLiteral("tool:") + history.source.toLower()};
    return row;
}

void addOrigin(CellRow &row, const Observation &observation, const MigrationHistory &history)
{
    row.extras.push_back({MigrationModel::tr("History table"), joined({history.database, history.table}), {}});
    const DetailLines provenance = provenanceLines(observation);
    row.extras.insert(row.extras.end(), provenance.begin(), provenance.end());
}

/// Who holds the tool's lock. The command that removes it is a text to copy: nothing here runs it.
CellRow lockRow(const EnvironmentState &state, const Observation &observation, const MigrationHistory &history,
                bool several)
{
    const HeldLock &lock = *history.lock;
    const bool isOrphan = lock.by.isEmpty();
    const Status status = isOrphan ? Status::Warning : Status::Running;
    CellRow row = emptyRow(state, observation, history, QStringLiteral("\nlock"), status, several);
    row.cells[MigrationModel::Version] = textCell(MigrationModel::tr("Lock"));
    row.cells[MigrationModel::Description]
        = textCell(QStringLiteral("%1: %2").arg(history.source, lock.reason.section(QLatin1Char(';'), 0, 0)));
    row.cells[MigrationModel::State]
        = statusCell(status, isOrphan ? MigrationModel::tr("Locked, by nobody seen") : MigrationModel::tr("Locked"));
    row.cells[MigrationModel::Applied]
        = lock.since.isValid() ? timeCell(lock.since) : textCell(MigrationModel::tr("not recorded"));
    row.cells[MigrationModel::By] = textCell(lock.by);
    row.extras = {
        {MigrationModel::tr("Held by"), isOrphan ? MigrationModel::tr("nobody that is seen") : lock.by, {}},
        {MigrationModel::tr("Age"), relativeText(lock.since, state.now), {}},
        {MigrationModel::tr("About it"), QString(lock.reason).replace(QLatin1String("; "), QLatin1String("\n")), {}}};
    addOrigin(row, observation, history);
    return row;
}

/// A history of which only the place is known: it must not look as if there were nothing.
CellRow unreadRow(const EnvironmentState &state, const Observation &observation, const MigrationHistory &history,
                  bool several)
{
    CellRow row = emptyRow(state, observation, history, QStringLiteral("\nunread"), Status::Unknown, several);
    row.cells[MigrationModel::Version] = textCell(history.table);
    row.cells[MigrationModel::Description]
        = textCell(history.source.isEmpty() ? MigrationModel::tr("a migration history") : history.source);
    row.cells[MigrationModel::State] = statusCell(
        Status::Unknown, history.supported ? MigrationModel::tr("Cannot be read") : MigrationModel::tr("Not read yet"));
    row.extras = {{MigrationModel::tr("Note"), history.notes.join(QLatin1Char('\n')), {}}};
    addOrigin(row, observation, history);
    return row;
}

CellRow migrationRow(const EnvironmentState &state, const Observation &observation, const MigrationHistory &history,
                     const Migration &migration, bool several)
{
    const Worded words = worded(migration.state);
    CellRow row;
    row.id = migrationRowId(observation.entry, history, migration);
    row.status = words.status;
    row.stale = state.assessment.pane(PaneKind::Migrations).stale;
    Cell order = numberCell(QString::number(migration.order + 1), {});
    order.sort = several ? orderOf(history, padded(migration.order)) : QVariant(migration.order);
    // Which history it is of must be seen where there are several.
    const QString name = several ? joined({history.source, migration.name}) : migration.name;
    const bool timeless = !migration.appliedAt.isValid() && migration.state == MigrationState::Applied;
    row.cells = {order,
                 statusCell(words.status, words.text),
                 textCell(migration.version),
                 textCell(name),
                 timeless ? textCell(MigrationModel::tr("not recorded")) : timeCell(migration.appliedAt),
                 migration.took ? numberCell(durationText(*migration.took), qlonglong(migration.took->count()))
                                : numberCell({}, -1),
                 textCell(migration.appliedBy),
                 textCell(reversibleTitle(migration.reversible)),
                 textCell(migration.release),
                 textCell(kindCellText(migration))};
    if (timeless)
        row.cells[MigrationModel::Applied].sort = QDateTime();
    row.extras = {{MigrationModel::tr("Age"), relativeText(migration.appliedAt, state.now), {}},
                  {MigrationModel::tr("Everything that holds"), flagsText(migration.flags), {}},
                  {MigrationModel::tr("Kinds of change"), kindsText(migration.kinds), {}},
                  {MigrationModel::tr("Why"), migration.note, {}},
                  {MigrationModel::tr("Known how"), provenanceText(migration.provenance), {}},
                  {MigrationModel::tr("Failure record"), failuresText(history), {}},
                  {MigrationModel::tr("Checksum"), migration.checksum, {}},
                  {MigrationModel::tr("History table"), joined({history.database, history.table}), {}},
                  {MigrationModel::tr("Files from"),
                   history.filesFrom.isEmpty() ? MigrationModel::tr("none compared: what is pending is not known")
                                               : history.filesFrom,
                   {}},
                  {MigrationModel::tr("Notes"), history.notes.join(QLatin1Char('\n')), {}}};
    const DetailLines provenance = provenanceLines(observation);
    row.extras.insert(row.extras.end(), provenance.begin(), provenance.end());
    row.filterFields
        = {QStringLiteral("state:") + migrationStateWord(migration.state),
           QStringLiteral("status:") + statusWord(words.status), QStringLiteral("tool:") + history.source.toLower()};
    return row;
}

} // namespace

MigrationModel::MigrationModel(QObject *parent)
    : PaneModel({{tr("Order"), 6},
                 {tr("State"), 16},
                 {tr("Version"), 16},
                 {tr("Description"), 26, true},
                 {tr("Applied"), 18},
                 {tr("Took"), 8},
                 {tr("By"), 10},
                 {tr("Reversible"), 10},
                 {tr("Release"), 16},
                 {tr("Kind"), 12}},
                parent)
{
}

std::vector<CellRow> MigrationModel::rowsOf(const EnvironmentState &state) const
{
    std::vector<CellRow> rows;
    size_t histories = 0;
    for (const Observation *observation : observationsOf(state, PaneKind::Migrations)) {
        if (const auto *found = valueAs<MigrationHistories>(*observation))
            histories += found->histories.size();
    }
    for (const Observation *observation : observationsOf(state, PaneKind::Migrations)) {
        const auto *found = valueAs<MigrationHistories>(*observation);
        if (!found)
            continue;
        for (const MigrationHistory &history : found->histories) {
            if (history.lock)
                rows.push_back(lockRow(state, *observation, history, histories > 1));
            if (!history.readable)
                rows.push_back(unreadRow(state, *observation, history, histories > 1));
            for (const Migration &migration : history.migrations)
                rows.push_back(migrationRow(state, *observation, history, migration, histories > 1));
        }
    }
    return rows;
}

} // namespace taffrail::items
