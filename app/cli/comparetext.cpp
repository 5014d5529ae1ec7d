// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparetext.h"

#include "report.h"
#include "texttable.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr int widestCell = 34;

QStringList headings(const Matrix &matrix)
{
    QStringList words{QStringLiteral("KEY")};
    for (size_t column = 0; column < matrix.environments.size(); ++column)
        words << matrix.environments[column]->id
                + (int(column) == matrix.reference ? QStringLiteral(" (reference)") : QString());
    return words;
}

} // namespace

QString comparisonText(const Matrix &matrix, MatrixView view)
{
    QString text;
    QString group;
    qsizetype shown = 0;
    TextTable table(headings(matrix));
    const auto flush = [&] {
        if (!table.isEmpty())
            text += group + QLatin1Char('\n') + table.text(2, widestCell) + QLatin1Char('\n');
        table = TextTable(headings(matrix));
    };
    for (size_t index = 0; index < matrix.rows.size(); ++index) {
        const MatrixRow &row = matrix.rows[index];
        if (!isShown(row, view))
            continue;
        if (groupTitle(row) != group) {
            flush();
            group = groupTitle(row);
        }
        QStringList cells{row.key};
        for (size_t column = 0; column < matrix.environments.size(); ++column)
            cells << cellMark(matrix.cell(qsizetype(index), int(column)).state)
                    + cellText(matrix, qsizetype(index), int(column));
        table.add(cells);
        ++shown;
    }
    flush();
    if (shown == 0)
        text += view == MatrixView::Unexpected ? QStringLiteral("No unexpected difference.\n")
                                               : QStringLiteral("Nothing to show.\n");
    text += QStringLiteral("%1 of %2 keys shown: %3\n").arg(shown).arg(matrix.rows.size()).arg(countsText(matrix));
    for (const QString &note : reportNotes(matrix))
        text += note + QLatin1Char('\n');
    return text;
}

int exitCodeOf(const Matrix &matrix)
{
    const bool isPartial = std::ranges::any_of(matrix.environments, [](const auto &environment) {
        return std::ranges::any_of(environment->sources, [](const ComparedSource &each) { return !each.set; });
    });
    const auto unexpected = [&matrix](CellState state, bool is) {
        return std::ranges::any_of(
            matrix.rows, [state, is](const MatrixRow &row) { return row.unexpected && (row.state == state) == is; });
    };
    if (isPartial || unexpected(CellState::Unknown, true))
        return 3;
    return unexpected(CellState::Unknown, false) ? 1 : 0;
}

} // namespace taffrail
