// SPDX-License-Identifier: GPL-3.0-or-later
#include "linediff.h"

#include <algorithm>

namespace taffrail {

namespace {

/// One side against the first text: where each of its lines stands, and its lines that stand before one.
struct SideMap {
    std::vector<int> at; ///< by line of the first text: line of this side or -1
    std::vector<bool> same; ///< by line of the first text
    std::vector<std::pair<int, int>>
        extra; ///< by line of the first text, and one behind its end: [begin, end) of this side
};

SideMap mapOf(const HashedLines &base, const HashedLines &side)
{
    SideMap map;
    map.at.assign(base.lines.size(), -1);
    map.same.assign(base.lines.size(), false);
    map.extra.assign(base.lines.size() + 1, {0, 0});
    for (const LineRun &run : diffLines(base, side)) {
        const int pairs = std::min(run.aEnd - run.aBegin, run.bEnd - run.bBegin);
        for (int i = 0; i < pairs; ++i) {
            map.at[size_t(run.aBegin + i)] = run.bBegin + i;
            map.same[size_t(run.aBegin + i)] = run.equal;
        }
        if (run.bBegin + pairs < run.bEnd)
            map.extra[size_t(run.aEnd)] = {run.bBegin + pairs, run.bEnd};
    }
    return map;
}

HashedLines sliceOf(const HashedLines &side, std::pair<int, int> range)
{
    HashedLines slice;
    slice.hashes.assign(side.hashes.begin() + range.first, side.hashes.begin() + range.second);
    slice.lines.assign(side.lines.begin() + range.first, side.lines.begin() + range.second);
    return slice;
}

class Aligner {
public:
    explicit Aligner(const std::vector<HashedLines> &sides) : m_sides(sides) {}

    AlignedLines align()
    {
        if (m_sides.empty())
            return {};
        for (size_t side = 1; side < m_sides.size(); ++side)
            m_maps.push_back(mapOf(m_sides.front(), m_sides[side]));
        const size_t lines = m_sides.front().lines.size();
        m_result.rows.reserve(lines);
        for (size_t line = 0; line < lines; ++line) {
            addExtras(line);
            addLine(line);
        }
        addExtras(lines);
        return std::move(m_result);
    }

private:
    void addLine(size_t line)
    {
        std::vector<int> row{int(line)};
        row.reserve(m_sides.size());
        bool differs = false;
        for (const SideMap &map : m_maps) {
            row.push_back(map.at[line]);
            differs = differs || !map.same[line];
        }
        m_result.rows.push_back(std::move(row));
        m_result.differs.push_back(differs);
    }

    /// Lines that only other sides have here: aligned among themselves.
    void addExtras(size_t line)
    {
        std::vector<size_t> who;
        std::vector<HashedLines> slices;
        for (size_t i = 0; i < m_maps.size(); ++i) {
            const std::pair<int, int> range = m_maps[i].extra[line];
            if (range.first == range.second)
                continue;
            who.push_back(i);
            slices.push_back(sliceOf(m_sides[i + 1], range));
        }
        if (who.empty())
            return;
        for (const std::vector<int> &inner : alignLines(slices).rows) {
            std::vector<int> row(m_sides.size(), -1);
            for (size_t i = 0; i < who.size(); ++i) {
                if (inner[i] >= 0)
                    row[who[i] + 1] = m_maps[who[i]].extra[line].first + inner[i];
            }
            m_result.rows.push_back(std::move(row));
            m_result.differs.push_back(true);
        }
    }

    const std::vector<HashedLines> &m_sides;
    std::vector<SideMap> m_maps;
    AlignedLines m_result;
};

} // namespace

AlignedLines alignLines(const std::vector<HashedLines> &sides)
{
    return Aligner(sides).align();
}

} // namespace taffrail
