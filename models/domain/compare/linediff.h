// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QStringView>

#include <vector>

/// Differences of texts by lines, and inside lines.
namespace taffrail {

/// A run of lines: [aBegin, aEnd) of the first text against [bBegin, bEnd) of the second. `equal` runs have the same
/// length on both sides.
struct LineRun {
    int aBegin, aEnd, bBegin, bEnd;
    bool equal;
    bool operator==(const LineRun &) const = default;
};

/// Lines of a text as hashes and places; "\r\n" counts as "\n" when `ignoreCr`.
struct HashedLines {
    std::vector<quint64> hashes;
    std::vector<QStringView> lines; ///< into the text that was given
};
HashedLines hashedLines(QStringView text, bool ignoreCr = true);

/// The shortest edit script's runs (Myers over hashes, unique lines matched first; bounded: very different texts fall
/// back to coarser runs, which are still correct). Lines with equal hashes are compared, so that no hash collision
/// hides a difference.
std::vector<LineRun> diffLines(const HashedLines &a, const HashedLines &b);

/// N texts against the first: rows of an aligned table; -1 = no line there.
struct AlignedLines {
    std::vector<std::vector<int>> rows; ///< rows[i][side] = line index or -1
    std::vector<bool> differs; ///< per row
};
AlignedLines alignLines(const std::vector<HashedLines> &sides);

/// Parts of two lines that differ, by words, then characters: half-open ranges in UTF-16 units.
struct InlineRange {
    int begin, end;
    bool operator==(const InlineRange &) const = default;
};
struct InlineDiff {
    std::vector<InlineRange> a, b;
};
InlineDiff diffInside(QStringView a, QStringView b);

} // namespace taffrail
