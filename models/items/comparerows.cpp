// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparerows.h"

#include <algorithm>

namespace taffrail::items {

namespace {

constexpr QChar between(0x1F);
constexpr size_t cancelMask = 0xFF; // how often a long loop looks whether it is still wanted

// A value that equals the one before it in its row has the same text: it need not be made and looked at again.
bool isRepeated(const MatrixCell &cell, const MatrixCell &before)
{
    return cell.state == before.state && !cell.mixed && !before.mixed && cell.entry && before.entry
        && cell.entry->value == before.entry->value && cell.entry->type == before.entry->type
        && cell.entry->unit == before.entry->unit;
}

class RowFilter {
public:
    RowFilter(const Matrix &matrix, const TableFilter &filter)
        : m_matrix(matrix),
          m_filter(filter),
          m_needsFields(
              std::ranges::any_of(filter.terms(), [](const TableFilter::Term &term) { return !term.field.isEmpty(); }))
    {
    }

    bool matches(qsizetype index) const
    {
        if (m_filter.isEmpty())
            return true;
        const MatrixRow &row = m_matrix.rows[size_t(index)];
        QStringList cells{row.key, row.file, row.entry};
        QStringList fields;
        if (m_needsFields) {
            fields = {QStringLiteral("key:") + row.key.toLower(), QStringLiteral("file:") + row.file.toLower(),
                      QStringLiteral("set:") + row.entry.toLower()};
        }
        const int columns = int(m_matrix.environments.size());
        for (int column = 0; column < columns; ++column) {
            const MatrixCell &cell = m_matrix.cell(index, column);
            if (m_needsFields)
                fields << QStringLiteral("state:") + cellStateWord(cell.state);
            if (column == 0 || !isRepeated(cell, m_matrix.cell(index, column - 1)))
                cells << cellText(m_matrix, index, column);
        }
        return m_filter.matches(fields, cells);
    }

private:
    const Matrix &m_matrix;
    const TableFilter &m_filter;
    bool m_needsFields;
};

void countHidden(CompareShown &shown, const MatrixRow &row)
{
    if (row.state == CellState::Expected)
        ++shown.hiddenExpected;
    else if (row.state == CellState::Equal || row.state == CellState::SecretSame)
        ++shown.hiddenEqual;
    else
        ++shown.hiddenOther;
}

} // namespace

QString CompareSection::id() const
{
    return entry + between + file + between;
}

QString CompareShown::id(int row) const
{
    if (isSection(row))
        return section(row).id();
    const MatrixRow &found = matrixRow(row);
    return found.entry + between + found.file + between + found.key + between;
}

size_t CompareShown::nameOf(int row) const
{
    if (isSection(row))
        return qHashMulti(0, section(row).entry, section(row).file);
    const MatrixRow &found = matrixRow(row);
    return qHashMulti(0, found.entry, found.file, found.key);
}

int CompareShown::rowOf(const QString &id) const
{
    const QStringList parts = id.split(between);
    if (parts.size() < 3)
        return -1;
    const size_t name
        = parts.size() == 3 ? qHashMulti(0, parts[0], parts[1]) : qHashMulti(0, parts[0], parts[1], parts[2]);
    for (auto place = std::ranges::lower_bound(m_places, std::pair(name, qint32(0)));
         place != m_places.end() && place->first == name; ++place) {
        if (this->id(place->second) == id)
            return place->second;
    }
    return -1;
}

CompareShownPtr shownRows(const ComparisonPtr &comparison, const CompareLook &look, const std::atomic_bool *cancelled)
{
    const auto shown = std::make_shared<CompareShown>();
    shown->comparison = comparison;
    shown->look = look;
    if (!comparison)
        return shown;
    const Matrix &matrix = comparison->matrix;
    const RowFilter filter(matrix, look.filter);
    for (size_t i = 0; i < matrix.rows.size(); ++i) {
        if (cancelled && (i & cancelMask) == 0 && *cancelled)
            return nullptr;
        const MatrixRow &row = matrix.rows[i];
        if (!look.entry.isEmpty() && row.entry != look.entry)
            continue;
        ++shown->keys;
        for (const MatrixView view : allMatrixViews)
            shown->counts[size_t(view)] += isShown(row, view) ? 1 : 0;
        if (!isShown(row, look.view) || !filter.matches(qsizetype(i))) {
            countHidden(*shown, row);
            continue;
        }
        ++shown->kept;
        std::vector<CompareSection> &sections = shown->sections;
        if (sections.empty() || sections.back().entry != row.entry || sections.back().file != row.file) {
            sections.push_back({row.entry, row.file, int(i), int(i), 0});
            shown->rows.push_back(-int(sections.size()));
        }
        sections.back().end = int(i) + 1;
        ++sections.back().shown;
        if (look.folded.isEmpty() || !look.folded.contains(sections.back().id()))
            shown->rows.push_back(qint32(i));
    }
    shown->m_places.reserve(shown->rows.size());
    for (int row = 0; row < shown->count(); ++row)
        shown->m_places.emplace_back(shown->nameOf(row), row);
    std::ranges::sort(shown->m_places);
    return shown;
}

bool haveSameRows(const CompareShown &a, const CompareShown &b)
{
    if (a.count() != b.count())
        return false;
    if (a.comparison == b.comparison && a.look.folded == b.look.folded && a.rows == b.rows)
        return true;
    for (int row = 0; row < a.count(); ++row) {
        if (a.isSection(row) != b.isSection(row))
            return false;
        const bool same = a.isSection(row)
            ? a.section(row).entry == b.section(row).entry && a.section(row).file == b.section(row).file
            : a.matrixRow(row).key == b.matrixRow(row).key && a.matrixRow(row).file == b.matrixRow(row).file
                && a.matrixRow(row).entry == b.matrixRow(row).entry;
        if (!same)
            return false;
    }
    return true;
}

std::vector<int> columnOrder(const Matrix &matrix)
{
    std::vector<int> order;
    const int count = int(matrix.environments.size());
    if (matrix.reference >= 0 && matrix.reference < count)
        order.push_back(matrix.reference);
    for (int column = 0; column < count; ++column) {
        if (column != matrix.reference)
            order.push_back(column);
    }
    return order;
}

const ComparedSource *comparedSource(const ComparedEnvironment &environment, const QString &entry)
{
    const auto found = std::ranges::find(environment.sources, entry, &ComparedSource::entry);
    return found == environment.sources.end() ? nullptr : &*found;
}

} // namespace taffrail::items
