// SPDX-License-Identifier: GPL-3.0-or-later
#include "matrixbuilder.h"

#include <algorithm>

namespace taffrail {

namespace {

int rankOf(CellState state)
{
    switch (state) {
    case CellState::Equal: return 0;
    case CellState::SecretSame: return 1;
    case CellState::Expected: return 2;
    case CellState::Unknown: return 3;
    case CellState::Extra: return 4;
    case CellState::TypeDiffers: return 5;
    case CellState::Changed: return 6;
    case CellState::SecretDiffers: return 7;
    case CellState::Missing: return 8;
    }
    return 3;
}

bool isSame(CellState state)
{
    return state == CellState::Equal || state == CellState::SecretSame;
}

} // namespace

CellState worseState(CellState a, CellState b)
{
    return rankOf(a) < rankOf(b) ? b : a;
}

bool isDifference(CellState state)
{
    return rankOf(state) > rankOf(CellState::Unknown);
}

void MatrixBuilder::judge(const Group &group)
{
    // Values of a cell's hosts are looked up by the cell while judging.
    std::stable_sort(
        m_matrix.hostValues.begin() + group.firstHostValue, m_matrix.hostValues.end(),
        [](const HostValue &a, const HostValue &b) { return a.cell != b.cell ? a.cell < b.cell : a.host < b.host; });
    for (auto row = group.firstRow; row < qsizetype(m_matrix.rows.size()); ++row)
        judgeRow(group, row);
}

std::vector<const ConfigEntry *> MatrixBuilder::valuesOf(qsizetype row, int column) const
{
    std::vector<const ConfigEntry *> values;
    for (const HostValue *each : hostValuesOf(m_matrix, row, column)) {
        if (each->entry)
            values.push_back(each->entry);
    }
    if (values.empty() && m_matrix.cell(row, column).entry)
        values.push_back(m_matrix.cell(row, column).entry);
    return values;
}

bool MatrixBuilder::isMixed(const Group &group, qsizetype row, int column) const
{
    const MatrixCell &cell = m_matrix.cell(row, column);
    const quint8 traits = traitsOf(group, row, column);
    if (cell.entry && (traits & Absent))
        return true;
    if (!(traits & Varied))
        return false;
    const UnitRules rules = group.sides[size_t(column)].rules();
    const bool hidden = m_matrix.rows[size_t(row)].secret;
    const std::vector<const ConfigEntry *> values = valuesOf(row, column);
    return std::ranges::any_of(values, [&](const ConfigEntry *each) {
        return isDifference(m_judge.judge(*cell.entry, rules, *each, rules, hidden).state);
    });
}

Verdict MatrixBuilder::judgeReference(const Group &group, qsizetype row) const
{
    const int column = m_matrix.reference;
    const EntrySide &side = group.sides[size_t(column)];
    const MatrixCell &cell = m_matrix.cell(row, column);
    const quint8 traits = traitsOf(group, row, column);
    if (!side.isInInventory())
        return {CellState::Unknown, CellNote::NotInInventory};
    if (!side.set())
        return {CellState::Unknown, CellNote::NotRead};
    if (cell.mixed)
        return {m_matrix.rows[size_t(row)].secret ? CellState::SecretDiffers : CellState::Changed, CellNote::Mixed};
    if (traits & Unread)
        return {CellState::Unknown, cell.entry ? CellNote::HostNotRead : CellNote::FileNotRead};
    return {CellState::Equal, CellNote::None};
}

Verdict MatrixBuilder::judgeValues(const Group &group, qsizetype row, int column) const
{
    const UnitRules rules = group.sides[size_t(m_matrix.reference)].rules();
    const UnitRules otherRules = group.sides[size_t(column)].rules();
    const bool hidden = m_matrix.rows[size_t(row)].secret;
    const bool isVaried = (traitsOf(group, row, column) | traitsOf(group, row, m_matrix.reference)) & Varied;
    if (!isVaried)
        return m_judge.judge(*m_matrix.cell(row, m_matrix.reference).entry, rules, *m_matrix.cell(row, column).entry,
                             otherRules, hidden);
    // What is the same to a normaliser need not be the same to the next value: each pair is looked at.
    Verdict worst{hidden ? CellState::SecretSame : CellState::Equal, CellNote::None};
    for (const ConfigEntry *reference : valuesOf(row, m_matrix.reference)) {
        for (const ConfigEntry *value : valuesOf(row, column)) {
            const Verdict verdict = m_judge.judge(*reference, rules, *value, otherRules, hidden);
            if (rankOf(verdict.state) > rankOf(worst.state) || worst.note == CellNote::None)
                worst = verdict;
        }
    }
    return worst;
}

Verdict MatrixBuilder::judgeCell(const Group &group, qsizetype row, int column) const
{
    const EntrySide &side = group.sides[size_t(column)];
    const MatrixCell &reference = m_matrix.cell(row, m_matrix.reference);
    const MatrixCell &cell = m_matrix.cell(row, column);
    const quint8 referenceTraits = traitsOf(group, row, m_matrix.reference);
    const quint8 traits = traitsOf(group, row, column);
    if (!side.isInInventory())
        return {CellState::Unknown, CellNote::NotInInventory};
    if (!side.set())
        return {CellState::Unknown, CellNote::NotRead};
    if (!group.sides[size_t(m_matrix.reference)].set() || (!reference.entry && !(referenceTraits & Absent)))
        return {CellState::Unknown, CellNote::ReferenceNotRead};
    if (!cell.entry && !(traits & Absent))
        return {CellState::Unknown, CellNote::FileNotRead};
    if (!cell.entry && !reference.entry) {
        if (traits & Unread)
            return {CellState::Unknown, CellNote::HostNotRead};
        if (referenceTraits & Unread)
            return {CellState::Unknown, CellNote::ReferenceNotRead};
        return {CellState::Equal, CellNote::AbsentInBoth};
    }
    if (!cell.entry)
        return {CellState::Missing, CellNote::None};
    if (!reference.entry)
        return {CellState::Extra, cell.mixed ? CellNote::Mixed : CellNote::None};
    const bool hidden = m_matrix.rows[size_t(row)].secret;
    if (cell.mixed || reference.mixed)
        return {hidden ? CellState::SecretDiffers : CellState::Changed, cell.mixed ? CellNote::Mixed : CellNote::None};
    Verdict verdict = judgeValues(group, row, column);
    if (isSame(verdict.state) && (traits & Unread))
        return {CellState::Unknown, CellNote::HostNotRead};
    if (isSame(verdict.state) && (referenceTraits & Unread))
        return {CellState::Unknown, CellNote::ReferenceNotRead};
    if (isSame(verdict.state) && verdict.note == CellNote::None && (traits & Moved))
        verdict.note = CellNote::Order;
    return verdict;
}

void MatrixBuilder::judgeRow(const Group &group, qsizetype at)
{
    MatrixRow &row = m_matrix.rows[size_t(at)];
    m_areCandidatesKnown = false;
    for (int column = 0; column < m_columns; ++column)
        cellAt(at, column).mixed = isMixed(group, at, column);
    const bool referenceIsSetUp = group.sides[size_t(m_matrix.reference)].isInInventory();
    row.state = CellState::Equal;
    for (int column = 0; column < m_columns; ++column) {
        MatrixCell &cell = cellAt(at, column);
        const Verdict verdict = column == m_matrix.reference ? judgeReference(group, at) : judgeCell(group, at, column);
        cell.state = verdict.state;
        cell.note = verdict.note;
        count(verdict);
        expect(row, cell, column);
        row.hasMissing = row.hasMissing || verdict.state == CellState::Missing || verdict.state == CellState::Extra;
        row.state = worseState(row.state, cell.state);
        const bool saidOnce = cell.note == CellNote::NotInInventory || !referenceIsSetUp;
        if (isDifference(cell.state) || (cell.state == CellState::Unknown && !saidOnce))
            row.unexpected = true;
    }
}

/// An agreement covers what is known to differ, and a secret that nobody can compare; never what could not be read.
void MatrixBuilder::expect(MatrixRow &row, MatrixCell &cell, int column)
{
    const bool isCoverable = isDifference(cell.state) || cell.note == CellNote::NotComparable;
    if (!isCoverable || m_matrix.expected.empty())
        return;
    if (!m_areCandidatesKnown)
        m_candidates = m_expected.of(row.entry, row.file, row.key);
    m_areCandidatesKnown = true;
    cell.expected = m_expected.covering(m_candidates, column);
    if (cell.expected >= 0)
        cell.state = CellState::Expected;
}

void MatrixBuilder::count(const Verdict &verdict)
{
    if (!isSame(verdict.state))
        return;
    NormaliserCounts &counts = m_matrix.normalised;
    counts.order += verdict.note == CellNote::Order;
    counts.quoting += verdict.note == CellNote::Quoting;
    counts.units += verdict.note == CellNote::Units;
    counts.booleans += verdict.note == CellNote::Booleans;
    counts.hostNames += verdict.note == CellNote::HostNames;
}

} // namespace taffrail
