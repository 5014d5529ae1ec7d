// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "linkedrows.h"
#include "text.h"
#include "words.h"

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

QString orderText(const Migration &migration, const MigrationHistory &history, bool several)
{
    const QString number = QString::number(migration.order + 1);
    return several ? history.source + QLatin1Char(' ') + number : number;
}

CellRow migrationRow(const EnvironmentState &state, const Observation &observation, const MigrationHistory &history,
                     const Migration &migration, bool several)
{
    const Worded words = worded(migration.state);
    CellRow row;
    row.id = migrationRowId(observation.entry, history, migration);
    row.status = words.status;
    row.stale = state.assessment.pane(PaneKind::Migrations).stale;
    Cell order = numberCell(orderText(migration, history, several), {});
    order.sort = several ? QVariant(history.source + padded(migration.order)) : QVariant(migration.order);
    const bool timeless = !migration.appliedAt.isValid() && migration.state == MigrationState::Applied;
    row.cells = {order,
                 textCell(migration.version),
                 textCell(migration.name),
                 statusCell(words.status, words.text),
                 timeless ? textCell(MigrationModel::tr("not recorded")) : timeCell(migration.appliedAt),
                 migration.took ? numberCell(durationText(*migration.took), qlonglong(migration.took->count()))
                                : numberCell({}, -1),
                 textCell(migration.appliedBy),
                 textCell(reversibleTitle(migration.reversible)),
                 textCell(migration.release)};
    if (timeless)
        row.cells[MigrationModel::Applied].sort = QDateTime();
    row.extras = {{MigrationModel::tr("Age"), relativeText(migration.appliedAt, state.now), {}},
                  {MigrationModel::tr("Everything that holds"), flagsText(migration.flags), {}},
                  {MigrationModel::tr("Kinds of change"), kindsText(migration.kinds), {}},
                  {MigrationModel::tr("Checksum"), migration.checksum, {}},
                  {MigrationModel::tr("History table"), joined({history.database, history.table}), {}},
                  {MigrationModel::tr("Files from"), history.filesFrom, {}},
                  {MigrationModel::tr("Note"), migration.note, {}}};
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
                 {tr("Version"), 16},
                 {tr("Description"), 26, true},
                 {tr("State"), 16},
                 {tr("Applied"), 18},
                 {tr("Took"), 8},
                 {tr("By"), 10},
                 {tr("Reversible"), 10},
                 {tr("Release"), 16}},
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
            for (const Migration &migration : history.migrations)
                rows.push_back(migrationRow(state, *observation, history, migration, histories > 1));
        }
    }
    return rows;
}

} // namespace taffrail::items
