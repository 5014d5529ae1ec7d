// SPDX-License-Identifier: GPL-3.0-or-later
#include "matrixbuilder.h"

#include "unorderedlists.h"

#include <algorithm>
#include <numeric>

namespace taffrail {

namespace {

QStringList idsOf(const Matrix &matrix)
{
    QStringList ids;
    for (const auto &environment : matrix.environments)
        ids << environment->id;
    return ids;
}

const ComparedSource *sourceOf(const ComparedEnvironment &environment, const QString &entry)
{
    const auto found = std::ranges::find(environment.sources, entry, &ComparedSource::entry);
    return found == environment.sources.end() ? nullptr : &*found;
}

} // namespace

MatrixBuilder::MatrixBuilder(Matrix &matrix, const QDateTime &now)
    : m_matrix(matrix),
      m_columns(int(matrix.environments.size())),
      m_judge(matrix.normalisers),
      m_expected(matrix.expected, idsOf(matrix), now)
{
}

MatrixCell &MatrixBuilder::cellAt(qsizetype row, int column)
{
    return m_matrix.cells[size_t(row) * size_t(m_columns) + size_t(column)];
}

quint8 MatrixBuilder::traitsOf(const Group &group, qsizetype row, int column) const
{
    return group.traits[size_t(row - group.firstRow) * size_t(m_columns) + size_t(column)];
}

void MatrixBuilder::add(const QString &entry)
{
    Group group;
    group.entry = entry;
    group.firstRow = qsizetype(m_matrix.rows.size());
    group.firstHostValue = qsizetype(m_matrix.hostValues.size());
    for (int column = 0; column < m_columns; ++column) {
        group.sides.emplace_back(column, sourceOf(*m_matrix.environments[size_t(column)], entry));
        if (const ConfigSet *set = group.sides.back().set())
            group.files.look(*set);
    }
    placeRows(group);
    for (int column = 0; column < m_columns; ++column)
        fill(group, column);
    judge(group);
    noteSimilarKeys(group);
    noteReading(group);
}

/// The reference first: its files and keys give the order.
void MatrixBuilder::placeRows(Group &group)
{
    std::vector<int> order(size_t(m_columns), 0);
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin(), order.begin() + m_matrix.reference, order.begin() + m_matrix.reference + 1);
    UnorderedLists lists(m_matrix.normalisers.order ? m_matrix.normalisers.unorderedKeys : QStringList());
    size_t most = 0;
    for (const EntrySide &side : group.sides)
        most = std::max(most, side.set() ? side.set()->entries.size() : 0);
    KeyIndex index{qsizetype(most)};
    group.rows.resize(size_t(m_columns));
    group.moved.resize(size_t(m_columns));
    for (const int column : order) {
        EntrySide &side = group.sides[size_t(column)];
        side.numberFiles(group.files);
        if (!side.set())
            continue;
        const std::vector<ConfigEntry> &entries = side.set()->entries;
        const std::vector<QString> keys = lists.keysOf(*side.set(), side.files());
        std::vector<int> &rows = group.rows[size_t(column)];
        rows.reserve(entries.size());
        if (!keys.empty())
            group.moved[size_t(column)].reserve(entries.size());
        int row = -1;
        for (size_t i = 0; i < entries.size(); ++i) {
            row = index.rowOf(side.fileOf(i), keys.empty() ? entries[i].key : keys[i], row + 1);
            rows.push_back(row);
            if (!keys.empty())
                group.moved[size_t(column)].push_back(keys[i] != entries[i].key);
        }
    }
    orderRows(group, index);
}

/// By file, then as they were first seen. Turns the row numbers of the group into their final ones.
void MatrixBuilder::orderRows(Group &group, const KeyIndex &index)
{
    const std::vector<KeyIndex::Row> &found = index.rows();
    std::vector<int> next(size_t(group.files.names().size()) + 1, 0);
    for (const KeyIndex::Row &row : found)
        ++next[size_t(row.file) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<int> place(found.size());
    m_matrix.rows.resize(m_matrix.rows.size() + found.size());
    for (size_t i = 0; i < found.size(); ++i) {
        place[i] = next[size_t(found[i].file)]++;
        MatrixRow &row = m_matrix.rows[size_t(group.firstRow) + size_t(place[i])];
        row.entry = group.entry;
        row.file = group.files.names().at(found[i].file);
        row.key = found[i].key;
    }
    for (std::vector<int> &rows : group.rows) {
        for (int &row : rows)
            row = place[size_t(row)];
    }
    m_matrix.cells.resize(m_matrix.rows.size() * size_t(m_columns));
    group.traits.assign(found.size() * size_t(m_columns), 0);
}

void MatrixBuilder::fill(Group &group, int column)
{
    const EntrySide &side = group.sides[size_t(column)];
    const ConfigSet *set = side.set();
    const qsizetype rows = qsizetype(m_matrix.rows.size()) - group.firstRow;
    const qsizetype hosts = side.hosts().size();
    std::vector<bool> seen(hosts > 1 ? size_t(rows * hosts) : 0, false);
    for (size_t i = 0; set && i < set->entries.size(); ++i) {
        const ConfigEntry &entry = set->entries[i];
        const int row = group.rows[size_t(column)][i];
        MatrixCell &cell = cellAt(group.firstRow + row, column);
        quint8 &traits = group.traits[size_t(row) * size_t(m_columns) + size_t(column)];
        if (!cell.entry)
            cell.entry = &entry;
        else if (!isIdentical(*cell.entry, entry))
            traits |= Varied;
        if (!group.moved[size_t(column)].empty() && group.moved[size_t(column)][i])
            traits |= Moved;
        if (entry.secret)
            m_matrix.rows[size_t(group.firstRow + row)].secret = true;
        if (hosts > 1)
            seen[size_t(row * hosts + side.hostOf(i))] = true;
    }
    markAbsent(group, column, seen);
    listHosts(group, column, seen);
}

void MatrixBuilder::markAbsent(Group &group, int column, const std::vector<bool> &seen)
{
    const EntrySide &side = group.sides[size_t(column)];
    const qsizetype hosts = side.hosts().size();
    QHash<QString, int> numbers;
    for (int file = 0; file < group.files.names().size(); ++file)
        numbers.insert(group.files.names().at(file), file);
    const QString *name = nullptr;
    int file = 0;
    const auto rows = qsizetype(m_matrix.rows.size()) - group.firstRow;
    for (qsizetype row = 0; row < rows; ++row) {
        const QString &own = m_matrix.rows[size_t(group.firstRow + row)].file;
        if (!name || *name != own)
            file = numbers.value(own);
        name = &own;
        quint8 &traits = group.traits[size_t(row) * size_t(m_columns) + size_t(column)];
        if (hosts <= 1) {
            if (!cellAt(group.firstRow + row, column).entry)
                traits |= side.isAbsenceKnown(file) ? Absent : Unread;
            continue;
        }
        for (int host = 0; host < hosts; ++host) {
            if (!seen[size_t(row * hosts + host)])
                traits |= side.isAbsenceKnown(host, file) ? Absent : Unread;
        }
    }
}

/// For cells whose hosts are not all the same: what each of them has.
void MatrixBuilder::listHosts(Group &group, int column, const std::vector<bool> &seen)
{
    const EntrySide &side = group.sides[size_t(column)];
    const auto rows = qsizetype(m_matrix.rows.size()) - group.firstRow;
    const auto isUneven = [&](qsizetype row) {
        const quint8 traits = group.traits[size_t(row) * size_t(m_columns) + size_t(column)];
        const bool here = cellAt(group.firstRow + row, column).entry != nullptr;
        return (traits & Varied) || (here && (traits & (Absent | Unread)));
    };
    std::vector<bool> uneven(size_t(rows), false);
    bool any = false;
    for (qsizetype row = 0; row < rows; ++row) {
        uneven[size_t(row)] = isUneven(row);
        any = any || uneven[size_t(row)];
    }
    if (!any)
        return;
    const auto cellOf = [&](qsizetype row) { return (group.firstRow + row) * m_columns + column; };
    for (size_t i = 0; i < side.set()->entries.size(); ++i) {
        const int row = group.rows[size_t(column)][i];
        const ConfigEntry &entry = side.set()->entries[i];
        if (uneven[size_t(row)])
            m_matrix.hostValues.push_back({cellOf(row), entry.host, &entry, true});
    }
    const qsizetype hosts = side.hosts().size();
    QHash<QString, int> numbers;
    for (int file = 0; file < group.files.names().size(); ++file)
        numbers.insert(group.files.names().at(file), file);
    for (qsizetype row = 0; row < rows && hosts > 1; ++row) {
        if (!uneven[size_t(row)])
            continue;
        const int file = numbers.value(m_matrix.rows[size_t(group.firstRow + row)].file);
        for (int host = 0; host < hosts; ++host) {
            if (!seen[size_t(row * hosts + host)])
                m_matrix.hostValues.push_back(
                    {cellOf(row), side.hosts().at(host), nullptr, side.isAbsenceKnown(host, file)});
        }
    }
}

} // namespace taffrail
