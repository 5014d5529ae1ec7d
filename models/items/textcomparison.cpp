// SPDX-License-Identifier: GPL-3.0-or-later
#include "textcomparison.h"

#include "normalise.h"
#include "text.h"

#include <algorithm>

namespace taffrail::items {

namespace {

constexpr int tabWidth = 4;
constexpr int leastFold = 4; // fewer equal rows are not worth a line that says so

bool isCommentOrBlank(QStringView line, const QString &source)
{
    return line.trimmed().isEmpty() || isCommentLine(line, source);
}

TextRowState stateOf(const TextComparison &made, int row, bool ignoreComments)
{
    if (!made.aligned.differs[size_t(row)])
        return TextRowState::Equal;
    for (int side = 0; ignoreComments && side < int(made.sides.size()); ++side) {
        if (made.lineOf(row, side) >= 0 && !isCommentOrBlank(made.textOf(row, side), made.sides[size_t(side)].source))
            return TextRowState::Differs;
    }
    return ignoreComments ? TextRowState::Comment : TextRowState::Differs;
}

} // namespace

QStringView TextComparison::textOf(int row, int side) const
{
    const int line = lineOf(row, side);
    return line < 0 ? QStringView() : lines[size_t(side)].lines[size_t(line)];
}

TextComparisonPtr compareTexts(std::vector<TextSide> sides, bool ignoreComments)
{
    const auto made = std::make_shared<TextComparison>();
    made->sides = std::move(sides);
    for (const TextSide &side : made->sides)
        made->lines.push_back(hashedLines(side.text));
    for (const HashedLines &lines : made->lines) {
        for (const QStringView line : lines.lines)
            made->longest = std::max(made->longest, line.size());
    }
    made->aligned = alignLines(made->lines);
    made->states.resize(size_t(made->rowCount()));
    bool inside = false;
    for (int row = 0; row < made->rowCount(); ++row) {
        made->states[size_t(row)] = stateOf(*made, row, ignoreComments);
        const bool differs = made->states[size_t(row)] == TextRowState::Differs;
        if (differs && !inside)
            made->differences.push_back(row);
        inside = differs;
    }
    return made;
}

std::vector<TextLine> foldedLines(const TextComparison &comparison, int context, const std::set<int> &unfolded)
{
    std::vector<TextLine> lines;
    const int count = comparison.rowCount();
    for (int row = 0; row < count;) {
        if (comparison.states[size_t(row)] != TextRowState::Equal) {
            lines.push_back({row++, 0});
            continue;
        }
        int end = row;
        while (end < count && comparison.states[size_t(end)] == TextRowState::Equal)
            ++end;
        const int first = row == 0 ? row : std::min(end, row + context);
        const int last = end == count ? end : std::max(first, end - context);
        const bool folds = last - first >= leastFold && !unfolded.contains(first);
        for (; row < end; ++row) {
            if (folds && row == first) {
                lines.push_back({row, last - first});
                row = last - 1;
            } else {
                lines.push_back({row, 0});
            }
        }
    }
    return lines;
}

QString shownLine(QStringView line, int limit)
{
    QString text = sanitized(line.left(limit).toString());
    text.replace(QLatin1Char('\t'), QString(tabWidth, QLatin1Char(' ')));
    text.replace(QLatin1Char('\n'), QLatin1Char(' '));
    if (line.size() > limit)
        text += QStringLiteral(" \u2026 +%1").arg(line.size() - limit);
    return text;
}

} // namespace taffrail::items
