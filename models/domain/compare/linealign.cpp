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

constexpr int mostPaired = 2500; // lines of one side times those of the other: what is looked at line by line
constexpr int leastAlike = 50; // percent

/// How much two lines are the same, in percent: the same setting, or the same begin and end.
int likeness(QStringView a, QStringView b)
{
    a = a.trimmed();
    b = b.trimmed();
    if (a.isEmpty() || b.isEmpty())
        return 0;
    const auto keyEnd = [](QStringView line) {
        qsizetype at = 0;
        while (at < line.size() && line[at] != QLatin1Char('=') && line[at] != QLatin1Char(':'))
            ++at;
        return at;
    };
    const qsizetype key = keyEnd(a);
    if (key > 0 && key < a.size() && key == keyEnd(b) && key < b.size() && a.left(key) == b.left(key))
        return 100;
    const qsizetype least = std::min(a.size(), b.size());
    qsizetype front = 0, back = 0;
    while (front < least && a[front] == b[front])
        ++front;
    while (back < least - front && a[a.size() - 1 - back] == b[b.size() - 1 - back])
        ++back;
    return int((front + back) * 100 / std::max(a.size(), b.size()));
}

/// Pairs of lines of a run that are alike, in order, so that all of them together are as much alike as can be.
std::vector<std::pair<int, int>> alikeLines(const HashedLines &a, const HashedLines &b, const LineRun &run)
{
    const int rows = run.aEnd - run.aBegin, columns = run.bEnd - run.bBegin;
    const auto width = size_t(columns) + 1;
    std::vector<int> alike(size_t(rows) * size_t(columns)), best((size_t(rows) + 1) * width, 0);
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < columns; ++j) {
            const int percent = likeness(a.lines[size_t(run.aBegin + i)], b.lines[size_t(run.bBegin + j)]);
            alike[size_t(i) * size_t(columns) + size_t(j)] = percent >= leastAlike ? percent : 0;
        }
    }
    // best: of what stands from line i and line j on.
    for (int i = rows - 1; i >= 0; --i) {
        for (int j = columns - 1; j >= 0; --j) {
            const size_t here = size_t(i) * width + size_t(j);
            const int percent = alike[size_t(i) * size_t(columns) + size_t(j)];
            best[here]
                = std::max({best[here + 1], best[here + width], percent > 0 ? percent + best[here + width + 1] : 0});
        }
    }
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0, j = 0; i < rows && j < columns;) {
        const size_t here = size_t(i) * width + size_t(j);
        const int percent = alike[size_t(i) * size_t(columns) + size_t(j)];
        if (percent > 0 && best[here] == percent + best[here + width + 1]) {
            pairs.emplace_back(run.aBegin + i++, run.bBegin + j++);
        } else if (best[here] == best[here + width]) {
            ++i;
        } else {
            ++j;
        }
    }
    return pairs;
}

/// A line that was put between changed ones must not push each of them beside another: runs of different lengths are
/// split where lines are alike.
std::vector<LineRun> split(std::vector<LineRun> runs, const HashedLines &a, const HashedLines &b)
{
    std::vector<LineRun> result;
    result.reserve(runs.size());
    for (const LineRun &run : runs) {
        const qint64 rows = run.aEnd - run.aBegin, columns = run.bEnd - run.bBegin;
        if (run.equal || rows == columns || rows == 0 || columns == 0 || rows * columns > mostPaired) {
            result.push_back(run);
            continue;
        }
        LineRun rest = run;
        for (const auto &[left, right] : alikeLines(a, b, run)) {
            if (left > rest.aBegin || right > rest.bBegin) {
                LineRun before = rest;
                before.aEnd = left;
                before.bEnd = right;
                result.push_back(before);
            }
            LineRun pair = rest;
            pair.aBegin = left;
            pair.bBegin = right;
            pair.aEnd = rest.aBegin = left + 1;
            pair.bEnd = rest.bBegin = right + 1;
            pair.equal = a.lines[size_t(left)] == b.lines[size_t(right)];
            result.push_back(pair);
        }
        if (rest.aBegin < rest.aEnd || rest.bBegin < rest.bEnd)
            result.push_back(rest);
    }
    return result;
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
            m_runs.push_back(split(diffLines(m_sides.front(), m_sides[side]), m_sides.front(), m_sides[side]));
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
