// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "linediff.h"

#include <QString>

#include <memory>
#include <set>
#include <vector>

namespace taffrail::items {

/// One text of a comparison by lines.
struct TextSide {
    QString title; ///< "staging"
    QString place; ///< "web1:/etc/shop/app.yaml"
    QString text; ///< secrets masked
    QString trouble; ///< why there is no text, or not all of it; "" = all is there
    QString source; ///< what reads it, "ini": says which lines are comments
};

enum class TextRowState : quint8 {
    Equal,
    Differs,
    Comment, ///< differs, but only in comments and blank lines, which do not count
};

/// Two or three texts aligned line by line. Immutable; owns all that its lines point to.
struct TextComparison {
    std::vector<TextSide> sides;
    std::vector<HashedLines> lines;
    AlignedLines aligned;
    std::vector<TextRowState> states; ///< one per row
    std::vector<int> differences; ///< first row of each run of rows that differ
    qsizetype longest = 0; ///< characters of the longest line

    int rowCount() const { return int(aligned.rows.size()); }
    int lineOf(int row, int side) const { return aligned.rows[size_t(row)][size_t(side)]; }
    QStringView textOf(int row, int side) const; ///< null where the side has no line
};
using TextComparisonPtr = std::shared_ptr<const TextComparison>;

/// `ignoreComments`: blank lines, and those that the side's format takes for comments, are shown, but are no
/// difference. Any thread.
TextComparisonPtr compareTexts(std::vector<TextSide> sides, bool ignoreComments);

/// What is on the screen: rows, and runs of equal rows folded into one line.
struct TextLine {
    int row = 0;
    int folded = 0; ///< rows that this line stands for; 0 = it is the row itself

    bool operator==(const TextLine &) const = default;
};
/// `unfolded`: first rows of folds that a person opened. `context` rows stay around each difference.
std::vector<TextLine> foldedLines(const TextComparison &comparison, int context, const std::set<int> &unfolded);

/// A line fit to be painted: sanitised, tabs as blanks, at most `limit` characters.
QString shownLine(QStringView line, int limit);

} // namespace taffrail::items
