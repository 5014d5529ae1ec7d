// SPDX-License-Identifier: GPL-3.0-or-later
#include "linediff.h"

#include "myers.h"

#include <QHash>

#include <cstring>

namespace taffrail {

namespace {

/// Together this many lines are always told apart by the shortest script there is.
constexpr int exactLines = 1000;
/// Most edits of a script within a larger part: its cost grows with their square.
constexpr int maxGapEdits = 512;
/// While walking side by side: most edits of one difference, and the matches in a row that end it.
constexpr int maxStepEdits = 48;
constexpr int stepRun = 8;
/// How often unique lines are looked for inside the gaps between unique lines.
constexpr int maxDepth = 8;

struct Part {
    int aBegin, aEnd, bBegin, bEnd;
    bool isEmpty() const { return aBegin == aEnd || bBegin == bEnd; }
    int size() const { return (aEnd - aBegin) + (bEnd - bBegin); }
};

class LineDiffer {
public:
    LineDiffer(const HashedLines &a, const HashedLines &b) : m_a(a), m_b(b) {}

    std::vector<LineRun> runs()
    {
        solve({0, int(m_a.lines.size()), 0, int(m_b.lines.size())});
        return m_runs;
    }

private:
    bool equal(int i, int j) const { return m_a.lines[size_t(i)] == m_b.lines[size_t(j)]; }

    /// How many lines from here on are equal, at most `limit`.
    int equalLines(int i, int j, int limit) const
    {
        int same = 0;
        while (same < limit) {
            // Whole stretches of characters first; then a line by itself, whose end alone may be another.
            const qsizetype length
                = commonLength(m_a.lines.textFrom(size_t(i + same)), m_b.lines.textFrom(size_t(j + same)));
            const auto lines = m_a.lines.countWithin(size_t(i + same), length);
            same = int(std::min(size_t(limit), size_t(same) + lines));
            if (same == limit || !equal(i + same, j + same))
                break;
            ++same;
        }
        return same;
    }

    /// Characters that both texts begin with.
    static qsizetype commonLength(QStringView a, QStringView b)
    {
        constexpr qsizetype block = 512;
        const qsizetype most = std::min(a.size(), b.size());
        qsizetype at = 0;
        while (at + block <= most && std::memcmp(a.utf16() + at, b.utf16() + at, size_t(block) * sizeof(char16_t)) == 0)
            at += block;
        for (; at + 4 <= most; at += 4) {
            quint64 left, right;
            std::memcpy(&left, a.utf16() + at, sizeof left);
            std::memcpy(&right, b.utf16() + at, sizeof right);
            if (left != right)
                break;
        }
        while (at < most && a[at] == b[at])
            ++at;
        return at;
    }

    void match(int a, int b, int length)
    {
        if (length == 0)
            return;
        if (!m_runs.empty() && m_runs.back().equal && m_runs.back().aEnd == a && m_runs.back().bEnd == b) {
            m_runs.back().aEnd += length;
            m_runs.back().bEnd += length;
        } else {
            m_runs.push_back({a, a + length, b, b + length, true});
        }
    }

    void differ(const Part &part)
    {
        if (part.size() == 0)
            return;
        if (!m_runs.empty() && !m_runs.back().equal) {
            m_runs.back().aEnd = part.aEnd;
            m_runs.back().bEnd = part.bEnd;
        } else {
            m_runs.push_back({part.aBegin, part.aEnd, part.bBegin, part.bEnd, false});
        }
    }

    /// Takes equal lines off both ends; returns how many are to be matched behind the rest.
    int trim(Part &part)
    {
        const int most = std::min(part.aEnd - part.aBegin, part.bEnd - part.bBegin);
        const int front = equalLines(part.aBegin, part.bBegin, most);
        match(part.aBegin, part.bBegin, front);
        part.aBegin += front;
        part.bBegin += front;
        int back = 0;
        while (back < most - front && equal(part.aEnd - 1 - back, part.bEnd - 1 - back))
            ++back;
        part.aEnd -= back;
        part.bEnd -= back;
        return back;
    }

    void solve(Part part)
    {
        const int back = trim(part);
        const int a = part.aEnd;
        const int b = part.bEnd;
        if (part.size() <= exactLines)
            solveShort(part, exactLines);
        else
            walk(part);
        match(a, b, back);
    }

    bool solveShort(const Part &part, int maxEdits)
    {
        if (part.isEmpty()) {
            differ(part);
            return true;
        }
        const auto equalHere = [&](int i, int j) { return equal(part.aBegin + i, part.bBegin + j); };
        if (!m_script.find(part.aEnd - part.aBegin, part.bEnd - part.bBegin, maxEdits, 0, equalHere))
            return false;
        take(part, part);
        return true;
    }

    /// The script that was found, from the begin of `part` to the end of `whole` or where the script ends.
    void take(const Part &part, const Part &whole)
    {
        int a = part.aBegin;
        int b = part.bBegin;
        for (const MatchRun &run : m_script.matches()) {
            differ({a, part.aBegin + run.a, b, part.bBegin + run.b});
            match(part.aBegin + run.a, part.bBegin + run.b, run.length);
            a = part.aBegin + run.a + run.length;
            b = part.bBegin + run.b + run.length;
        }
        differ({a, std::min(whole.aEnd, part.aBegin + m_script.endA()), b,
                std::min(whole.bEnd, part.bBegin + m_script.endB())});
    }

    /// Side by side through both: what differs is mostly short, and behind it the texts are in step again.
    void walk(Part part)
    {
        while (!part.isEmpty()) {
            const int most = std::min(part.aEnd - part.aBegin, part.bEnd - part.bBegin);
            const int same = equalLines(part.aBegin, part.bBegin, most);
            match(part.aBegin, part.bBegin, same);
            part.aBegin += same;
            part.bBegin += same;
            if (part.isEmpty())
                break;
            const auto equalHere = [&](int i, int j) { return equal(part.aBegin + i, part.bBegin + j); };
            if (!m_script.find(part.aEnd - part.aBegin, part.bEnd - part.bBegin, maxStepEdits, stepRun, equalHere)) {
                anchor(part, 0);
                return;
            }
            take(part, part);
            part.aBegin += m_script.endA();
            part.bBegin += m_script.endB();
        }
        differ(part);
    }

    /// Matches lines that are in each text once, as many as keep their order, then what is left between them.
    void anchor(const Part &part, int depth)
    {
        const std::vector<MatchRun> anchors = depth < maxDepth ? uniqueLines(part) : std::vector<MatchRun>();
        if (anchors.empty()) {
            if (!solveShort(part, maxGapEdits))
                differ(part);
            return;
        }
        int a = part.aBegin;
        int b = part.bBegin;
        for (const MatchRun &each : anchors) {
            gap({a, each.a, b, each.b}, depth);
            match(each.a, each.b, 1);
            a = each.a + 1;
            b = each.b + 1;
        }
        gap({a, part.aEnd, b, part.bEnd}, depth);
    }

    void gap(Part part, int depth)
    {
        const int back = trim(part);
        const int a = part.aEnd;
        const int b = part.bEnd;
        if (part.isEmpty())
            differ(part);
        else if (part.size() <= exactLines)
            solveShort(part, exactLines);
        else
            anchor(part, depth + 1);
        match(a, b, back);
    }

    std::vector<MatchRun> uniqueLines(const Part &part) const;
    static quint64 hashOf(const HashedLines &side, int line)
    {
        return side.hashes.empty() ? lineHash(side.lines[size_t(line)]) : side.hashes[size_t(line)];
    }

    const HashedLines &m_a;
    const HashedLines &m_b;
    std::vector<LineRun> m_runs;
    GreedyScript m_script;
};

/// The longest list of matches that rises on both sides. `found` rises by b.
std::vector<MatchRun> longestRising(const std::vector<MatchRun> &found)
{
    std::vector<int> piles; // index of the match with the smallest a that ends a list of this length
    std::vector<int> before(found.size(), -1);
    for (size_t i = 0; i < found.size(); ++i) {
        const auto pile = std::ranges::lower_bound(piles, found[i].a, {}, [&](int at) { return found[size_t(at)].a; });
        if (pile != piles.begin())
            before[i] = *(pile - 1);
        if (pile == piles.end())
            piles.push_back(int(i));
        else
            *pile = int(i);
    }
    std::vector<MatchRun> rising;
    for (int at = piles.empty() ? -1 : piles.back(); at >= 0; at = before[size_t(at)])
        rising.push_back(found[size_t(at)]);
    std::ranges::reverse(rising);
    return rising;
}

std::vector<MatchRun> LineDiffer::uniqueLines(const Part &part) const
{
    struct Seen {
        int inA = 0, inB = 0, a = 0;
    };
    QHash<quint64, Seen> seen;
    seen.reserve(part.aEnd - part.aBegin);
    for (int i = part.aBegin; i < part.aEnd; ++i) {
        Seen &each = seen[hashOf(m_a, i)];
        ++each.inA;
        each.a = i;
    }
    for (int j = part.bBegin; j < part.bEnd; ++j) {
        if (const auto each = seen.find(hashOf(m_b, j)); each != seen.end())
            ++each->inB;
    }
    std::vector<MatchRun> found;
    for (int j = part.bBegin; j < part.bEnd; ++j) {
        const auto each = seen.constFind(hashOf(m_b, j));
        if (each != seen.constEnd() && each->inA == 1 && each->inB == 1 && equal(each->a, j))
            found.push_back({each->a, j, 1});
    }
    return longestRising(found);
}

} // namespace

std::vector<LineRun> diffLines(const HashedLines &a, const HashedLines &b)
{
    return LineDiffer(a, b).runs();
}

} // namespace taffrail
