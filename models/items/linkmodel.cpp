// SPDX-License-Identifier: GPL-3.0-or-later
#include "linkmodel.h"

#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

Link linkOf(const EnvironmentState *state, const QString &subject, bool isDatabase)
{
    const Link *known = state && state->snapshot ? state->snapshot->link(subject, isDatabase) : nullptr;
    if (known)
        return *known;
    Link idle;
    idle.subject = subject;
    idle.isDatabase = isDatabase;
    return idle;
}

CellRow linkRow(const EnvironmentSpec &spec, const Link &link, bool local)
{
    const Worded words = local ? Worded{LinkModel::tr("This machine"), Status::Ok} : worded(link.state);
    CellRow row;
    row.id = spec.id + (link.isDatabase ? QStringLiteral("/database/") : QStringLiteral("/host/")) + link.subject;
    row.environment = spec.id;
    row.tier = int(spec.tier);
    row.status = words.status;
    const bool down = link.state == LinkState::Down;
    row.cells = {textCell(spec.name.isEmpty() ? spec.id : spec.name),
                 textCell(link.isDatabase ? LinkModel::tr("Database") : LinkModel::tr("Host")),
                 textCell(link.subject),
                 statusCell(words.status, words.text),
                 textCell(link.error ? sentence(*link.error) : QString()),
                 ageCell(link.since),
                 ageCell(down ? link.retryAt : QDateTime()),
                 textCell(link.peer)};
    if (link.error) {
        row.extras = {{LinkModel::tr("Failed step"), link.error->step, {}},
                      {LinkModel::tr("On"), link.error->subject, {}},
                      {LinkModel::tr("Why"), link.error->text, {}},
                      {LinkModel::tr("Next"), link.error->hint, {}},
                      {LinkModel::tr("Code"), errorKindWord(link.error->kind), {}}};
    }
    row.filterFields = {QStringLiteral("env:") + spec.id.toLower(), QStringLiteral("tier:") + tierWord(spec.tier),
                        QStringLiteral("status:") + statusWord(words.status),
                        link.isDatabase ? QStringLiteral("kind:database") : QStringLiteral("kind:host")};
    return row;
}

std::vector<CellRow> rowsOf(const EnvironmentSpec &spec, const EnvironmentState *state)
{
    std::vector<CellRow> rows;
    for (const HostSpec &host : spec.hosts)
        rows.push_back(linkRow(spec, linkOf(state, host.id, false), host.local));
    for (const DatabaseSpec &database : spec.databases)
        rows.push_back(linkRow(spec, linkOf(state, database.id, true), false));
    return rows;
}

} // namespace

LinkModel::LinkModel(QObject *parent)
    : CellTable({{tr("Environment"), 20},
                 {tr("Kind"), 9},
                 {tr("Name"), 10},
                 {tr("State"), 14},
                 {tr("Why"), 30, true},
                 {tr("Since"), 8},
                 {tr("Next try"), 8},
                 {tr("Reached as"), 20}},
                parent)
{
}

void LinkModel::setEnvironments(const std::vector<EnvironmentSpecPtr> &environments)
{
    m_environments = environments;
    QHash<QString, std::vector<CellRow>> kept;
    for (const EnvironmentSpecPtr &spec : environments)
        kept.insert(spec->id, rowsOf(*spec, m_states.value(spec->id).get()));
    m_states.removeIf([&kept](const auto &entry) { return !kept.contains(entry.key()); });
    m_rows = std::move(kept);
    rebuild();
}

void LinkModel::applyState(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment || !m_rows.contains(state->environment->id))
        return;
    m_states.insert(state->environment->id, state);
    std::vector<CellRow> rows = rowsOf(*state->environment, state.get());
    std::vector<CellRow> &known = m_rows[state->environment->id];
    if (rows == known)
        return; // the usual case of a refresh: nothing to merge
    const bool sameRows = std::ranges::equal(rows, known, {}, &CellRow::id, &CellRow::id);
    known = std::move(rows);
    if (!sameRows) {
        rebuild();
        return;
    }
    int up = m_up;
    for (const CellRow &row : known) {
        up -= rowAt(rowOf(row.id)).status == Status::Ok ? 1 : 0;
        up += row.status == Status::Ok ? 1 : 0;
        applyRow(row);
    }
    if (std::exchange(m_up, up) != up)
        emit countsChanged();
}

void LinkModel::rebuild()
{
    std::vector<CellRow> all;
    for (const std::vector<CellRow> &rows : std::as_const(m_rows))
        all.insert(all.end(), rows.begin(), rows.end());
    const int up = int(std::ranges::count(all, Status::Ok, &CellRow::status));
    const int before = rowCount();
    apply(std::move(all));
    if (std::exchange(m_up, up) != up || before != rowCount())
        emit countsChanged();
}

} // namespace taffrail::items
