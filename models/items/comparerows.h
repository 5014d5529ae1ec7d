// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "tablefilter.h"

#include <QSet>

#include <array>
#include <atomic>

namespace taffrail::items {

inline constexpr std::array allMatrixViews{MatrixView::Unexpected, MatrixView::Differences, MatrixView::Everything,
                                           MatrixView::Missing, MatrixView::Secrets};

/// What of a comparison is wanted on the screen.
struct CompareLook {
    MatrixView view = MatrixView::Unexpected;
    TableFilter filter; ///< fields: key, file, set, state; a bare word looks at the key, its file and every cell
    QString entry; ///< config entry id, "" = all
    QSet<QString> folded; ///< CompareSection::id() of those whose keys are not shown

    bool operator==(const CompareLook &) const = default;
};

/// The keys of one file of one config entry.
struct CompareSection {
    QString entry, file;
    int first = 0, end = 0; ///< rows of the matrix
    int shown = 0; ///< rows that the look lets through, folded or not

    QString id() const;
};

/// The rows that a look lets through, computed away from the GUI thread. Immutable.
struct CompareShown {
    ComparisonPtr comparison;
    CompareLook look;
    std::vector<qint32> rows; ///< row of the matrix, or -1 - index of a section
    std::vector<CompareSection> sections;
    std::array<int, 5> counts{}; ///< rows of each view in the chosen entry, whatever the filter
    int keys = 0; ///< of the chosen entry
    int kept = 0; ///< rows that the look lets through, folded ones included
    int hiddenExpected = 0, hiddenEqual = 0, hiddenOther = 0;

    int count() const { return int(rows.size()); }
    bool isSection(int row) const { return rows[size_t(row)] < 0; }
    const CompareSection &section(int row) const { return sections[size_t(-1 - rows[size_t(row)])]; }
    const MatrixRow &matrixRow(int row) const { return comparison->matrix.rows[size_t(rows[size_t(row)])]; }
    /// Stable over comparisons.
    QString id(int row) const;
    /// The row with this id, or -1.
    int rowOf(const QString &id) const;

private:
    friend std::shared_ptr<const CompareShown> shownRows(const ComparisonPtr &, const CompareLook &,
                                                         const std::atomic_bool *);
    size_t nameOf(int row) const;
    std::vector<std::pair<size_t, qint32>> m_places; // hash of the id and row, sorted
};
using CompareShownPtr = std::shared_ptr<const CompareShown>;

/// Null when `cancelled` turned true meanwhile. Any thread.
CompareShownPtr shownRows(const ComparisonPtr &comparison, const CompareLook &look,
                          const std::atomic_bool *cancelled = nullptr);
/// Whether both have the same rows by id, in the same order. Any thread.
bool haveSameRows(const CompareShown &a, const CompareShown &b);

/// The columns of the matrix in the order of the screen: the reference, then the others as they were asked for.
std::vector<int> columnOrder(const Matrix &matrix);
/// What an environment gave for a config entry; null when it has none of that id.
const ComparedSource *comparedSource(const ComparedEnvironment &environment, const QString &entry);

} // namespace taffrail::items
