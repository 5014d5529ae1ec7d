// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

namespace taffrail {

/// `length` elements from `a` on are those from `b` on.
struct MatchRun {
    int a, b, length;
    bool operator==(const MatchRun &) const = default;
};

/// The greedy shortest edit script (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986) of two lists
/// of `n` and `m` elements.
class GreedyScript {
public:
    /// Looks for a way from (0, 0) to (n, m) with at most `maxEdits` insertions and removals, or, when `longRun` > 0,
    /// to the first place behind `longRun` matches in a row. `equal(i, j)` compares elements. False when there is none.
    template <typename Equal> bool find(int n, int m, int maxEdits, int longRun, Equal equal)
    {
        m_furthest.clear();
        const int limit = std::min(maxEdits, n + m);
        for (int edits = 0; edits <= limit; ++edits) {
            const size_t row = m_furthest.size();
            m_furthest.resize(row + size_t(2 * edits) + 1, -1);
            for (int k = -edits; k <= edits; k += 2) {
                int x = startOf(edits, k);
                int y = x - k;
                if (x > n || y > m) // left the field
                    continue;
                int run = 0;
                while (x < n && y < m && (longRun == 0 || run < longRun) && equal(x, y)) {
                    ++x;
                    ++y;
                    ++run;
                }
                m_furthest[row + size_t(k + edits)] = x;
                if ((x == n && y == m) || (longRun > 0 && run == longRun)) {
                    m_edits = edits;
                    m_x = x;
                    m_y = y;
                    return true;
                }
            }
        }
        return false;
    }

    int endA() const { return m_x; } ///< where the way that was found ends
    int endB() const { return m_y; }
    /// The matches on the way, in order.
    std::vector<MatchRun> matches() const
    {
        std::vector<MatchRun> found;
        int x = m_x;
        int y = m_y;
        for (int edits = m_edits; edits >= 0; --edits) {
            const int k = x - y;
            const int start = startOf(edits, k);
            if (x > start)
                found.push_back({start, start - k, x - start});
            if (edits == 0)
                break;
            const bool isInsertion = comesFromAbove(edits, k);
            x = isInsertion ? start : start - 1;
            y = x - (isInsertion ? k + 1 : k - 1);
        }
        std::ranges::reverse(found);
        return found;
    }

private:
    /// Furthest x on diagonal k with this many edits; -1 = none. Rows lie one after the other: row e begins at e².
    int furthest(int edits, int k) const
    {
        return k < -edits || k > edits ? -1 : m_furthest[size_t(edits) * size_t(edits) + size_t(k + edits)];
    }
    bool comesFromAbove(int edits, int k) const { return furthest(edits - 1, k + 1) > furthest(edits - 1, k - 1); }
    /// Where the run of matches on diagonal k begins after `edits` edits.
    int startOf(int edits, int k) const
    {
        if (edits == 0)
            return 0;
        const int above = furthest(edits - 1, k + 1);
        const int left = furthest(edits - 1, k - 1);
        if (above < 0 && left < 0)
            return 1 << 30; // no way leads here
        return comesFromAbove(edits, k) ? above : left + 1;
    }

    std::vector<int> m_furthest;
    int m_edits = 0;
    int m_x = 0;
    int m_y = 0;
};

} // namespace taffrail
