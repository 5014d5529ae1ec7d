// SPDX-License-Identifier: GPL-3.0-or-later
#include "linediff.h"

#include <algorithm>

namespace taffrail {

namespace {

HashedLines sliceOf(const HashedLines &side, int begin, int end)
{
    HashedLines slice;
    if (!side.hashes.empty())
        slice.hashes.assign(side.hashes.begin() + begin, side.hashes.begin() + end);
    slice.lines = side.lines.slice(size_t(begin), size_t(end));
    return slice;
}

class Aligner {
public:
    explicit Aligner(const std::vector<HashedLines> &sides) : m_sides(sides)
    {
        m_result.rows = LineTable(sides.size());
    }

    AlignedLines align()
    {
        if (m_sides.empty())
            return AlignedLines();
        for (size_t side = 1; side < m_sides.size(); ++side)
            m_runs.push_back(diffLines(m_sides.front(), m_sides[side]));
        m_at.assign(m_runs.size(), 0);
        const auto lines = int(m_sides.front().lines.size());
        m_result.rows.reserve(size_t(lines) + 16);
        m_result.differs.reserve(size_t(lines) + 16);
        addExtras(0);
        for (int line = 0; line < lines;) {
            int end = lines;
            for (size_t i = 0; i < m_runs.size(); ++i)
                end = std::min(end, m_runs[i][m_at[i]].aEnd);
            addLines(line, end);
            line = end;
            addExtras(line);
        }
        return std::move(m_result);
    }

private:
    /// Lines of the first text that lie in one run of every side.
    void addLines(int begin, int end)
    {
        for (int line = begin; line < end; ++line) {
            const std::span<int> row = m_result.rows.add();
            row[0] = line;
            bool differs = false;
            for (size_t i = 0; i < m_runs.size(); ++i) {
                const LineRun &run = m_runs[i][m_at[i]];
                const int at = run.bBegin + line - run.aBegin;
                row[i + 1] = at < run.bEnd ? at : -1;
                differs = differs || !run.equal;
            }
            m_result.differs.push_back(differs);
        }
    }

    /// Lines that only other sides have before this one, aligned among themselves; and on to the runs that hold it.
    void addExtras(int line)
    {
        struct Extra {
            size_t side;
            int begin;
        };
        std::vector<Extra> who;
        std::vector<HashedLines> slices;
        for (size_t i = 0; i < m_runs.size(); ++i) {
            for (; m_at[i] < m_runs[i].size() && m_runs[i][m_at[i]].aEnd <= line; ++m_at[i]) {
                const LineRun &run = m_runs[i][m_at[i]];
                const int begin = run.bBegin + run.aEnd - run.aBegin;
                if (begin < run.bEnd) {
                    who.push_back({i + 1, begin});
                    slices.push_back(sliceOf(m_sides[i + 1], begin, run.bEnd));
                }
            }
        }
        if (who.empty())
            return;
        const AlignedLines inner = alignLines(slices);
        for (size_t i = 0; i < inner.rows.size(); ++i) {
            const std::span<int> row = m_result.rows.add();
            for (size_t j = 0; j < who.size(); ++j) {
                if (inner.rows[i][j] >= 0)
                    row[who[j].side] = who[j].begin + inner.rows[i][j];
            }
            m_result.differs.push_back(true);
        }
    }

    const std::vector<HashedLines> &m_sides;
    std::vector<std::vector<LineRun>> m_runs; ///< by side behind the first
    std::vector<size_t> m_at; ///< the run that holds the present line, by side behind the first
    AlignedLines m_result;
};

} // namespace

AlignedLines alignLines(const std::vector<HashedLines> &sides)
{
    return Aligner(sides).align();
}

} // namespace taffrail
