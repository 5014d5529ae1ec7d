// SPDX-License-Identifier: GPL-3.0-or-later
#include "linediff.h"

#include "myers.h"

#include <QString>

namespace taffrail {

namespace {

/// Most words and edits that are looked at; longer lines differ from the first to the last place that does.
constexpr int maxPieces = 4000;
constexpr int maxEdits = 400;

/// Pieces of a text by where they end: the words of a line, or the characters of a word.
using Pieces = std::vector<InlineRange>;

bool isWordPart(QChar each)
{
    return each.isLetterOrNumber() || each == QLatin1Char('_') || each.isSurrogate() || each.isMark();
}

/// A character with its low surrogate and combining marks, so that a mark never falls between them.
int characterEnd(QStringView text, int at)
{
    const auto size = int(text.size());
    at += text[at].isHighSurrogate() && at + 1 < size && text[at + 1].isLowSurrogate() ? 2 : 1;
    while (at < size && text[at].isMark())
        ++at;
    return at;
}

Pieces wordsOf(QStringView text)
{
    Pieces words;
    const auto size = int(text.size());
    for (int at = 0; at < size;) {
        const int begin = at;
        if (isWordPart(text[at])) {
            while (at < size && isWordPart(text[at]))
                ++at;
        } else {
            at = characterEnd(text, at);
        }
        words.push_back({begin, at});
    }
    return words;
}

Pieces charactersOf(QStringView text, InlineRange range)
{
    Pieces characters;
    for (int at = range.begin; at < range.end;) {
        const int end = std::min(characterEnd(text, at), range.end);
        characters.push_back({at, end});
        at = end;
    }
    return characters;
}

QStringView textOf(QStringView text, InlineRange range)
{
    return text.sliced(range.begin, range.end - range.begin);
}

void mark(std::vector<InlineRange> &marks, int begin, int end)
{
    if (begin >= end)
        return;
    if (!marks.empty() && marks.back().end == begin)
        marks.back().end = end;
    else
        marks.push_back({begin, end});
}

class InlineDiffer {
public:
    InlineDiffer(QStringView a, QStringView b) : m_a(a), m_b(b) {}

    InlineDiff diff()
    {
        compare(wordsOf(m_a), wordsOf(m_b), true);
        return std::move(m_result);
    }

private:
    /// Marks what differs between two lists of pieces; `isWords`: a word against a word is looked into.
    void compare(const Pieces &a, const Pieces &b, bool isWords)
    {
        const auto equal = [&](int i, int j) { return textOf(m_a, a[size_t(i)]) == textOf(m_b, b[size_t(j)]); };
        const auto n = int(a.size());
        const auto m = int(b.size());
        GreedyScript script;
        std::vector<MatchRun> matches;
        if (n + m <= maxPieces && script.find(n, m, maxEdits, 0, equal))
            matches = script.matches();
        else
            matches = endsOf(n, m, equal);
        matches.push_back({n, m, 0});
        int i = 0;
        int j = 0;
        for (const MatchRun &run : matches) {
            replace(a, i, run.a, b, j, run.b, isWords);
            i = run.a + run.length;
            j = run.b + run.length;
        }
    }

    template <typename Equal> static std::vector<MatchRun> endsOf(int n, int m, Equal equal)
    {
        int front = 0;
        while (front < std::min(n, m) && equal(front, front))
            ++front;
        int back = 0;
        while (back < std::min(n, m) - front && equal(n - 1 - back, m - 1 - back))
            ++back;
        return {{0, 0, front}, {n - back, m - back, back}};
    }

    void replace(const Pieces &a, int aBegin, int aEnd, const Pieces &b, int bBegin, int bEnd, bool isWords)
    {
        if (aBegin == aEnd && bBegin == bEnd)
            return;
        if (isWords && aEnd - aBegin == 1 && bEnd - bBegin == 1) {
            compareWords(a[size_t(aBegin)], b[size_t(bBegin)]);
            return;
        }
        if (aBegin < aEnd)
            mark(m_result.a, a[size_t(aBegin)].begin, a[size_t(aEnd - 1)].end);
        if (bBegin < bEnd)
            mark(m_result.b, b[size_t(bBegin)].begin, b[size_t(bEnd - 1)].end);
    }

    /// Two words that share at least half of the shorter one differ in their characters, others as a whole.
    void compareWords(InlineRange a, InlineRange b)
    {
        const Pieces left = charactersOf(m_a, a);
        const Pieces right = charactersOf(m_b, b);
        const auto equal = [&](int i, int j) { return textOf(m_a, left[size_t(i)]) == textOf(m_b, right[size_t(j)]); };
        const std::vector<MatchRun> ends = endsOf(int(left.size()), int(right.size()), equal);
        const int shared = ends.front().length + ends.back().length;
        if (2 * shared < int(std::min(left.size(), right.size()))) {
            mark(m_result.a, a.begin, a.end);
            mark(m_result.b, b.begin, b.end);
            return;
        }
        const auto cut = [&](const Pieces &pieces, std::vector<InlineRange> &marks) {
            const size_t begin = size_t(ends.front().length);
            const size_t end = pieces.size() - size_t(ends.back().length);
            if (begin < end)
                mark(marks, pieces[begin].begin, pieces[end - 1].end);
        };
        cut(left, m_result.a);
        cut(right, m_result.b);
    }

    QStringView m_a;
    QStringView m_b;
    InlineDiff m_result;
};

} // namespace

InlineDiff diffInside(QStringView a, QStringView b)
{
    return InlineDiffer(a, b).diff();
}

} // namespace taffrail
