// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QStringView>

#include <algorithm>
#include <iterator>
#include <span>
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

/// The lines of a text without their ends, in four bytes each: a view, good as long as the text. A text has less than
/// 2^32 characters.
class LineList {
public:
    LineList() = default;
    LineList(QStringView text, bool ignoreCr) : m_text(text), m_ignoreCr(ignoreCr) {}

    size_t size() const { return m_begins.empty() ? 0 : m_begins.size() - 1; }
    bool empty() const { return size() == 0; }
    QStringView operator[](size_t line) const
    {
        const auto begin = qsizetype(m_begins[line]);
        auto end = qsizetype(m_begins[line + 1]) - 1;
        if (m_ignoreCr && end > begin && end < m_text.size() && m_text[end - 1] == QLatin1Char('\r'))
            --end;
        return m_text.sliced(begin, end - begin);
    }
    LineList slice(size_t begin, size_t end) const;
    /// How many lines from `line` on lie within the `length` characters from its begin on, line ends included.
    size_t countWithin(size_t line, qsizetype length) const;
    /// The text from a line's begin on, to the end of all lines.
    QStringView textFrom(size_t line) const
    {
        const auto begin = qsizetype(m_begins[line]);
        return m_text.sliced(begin, std::min(m_text.size(), qsizetype(m_begins.back())) - begin);
    }

    class Iterator {
    public:
        using value_type = QStringView;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        Iterator() = default;
        Iterator(const LineList *list, size_t at) : m_list(list), m_at(at) {}
        QStringView operator*() const { return (*m_list)[m_at]; }
        Iterator &operator++()
        {
            ++m_at;
            return *this;
        }
        Iterator operator++(int)
        {
            Iterator before = *this;
            ++m_at;
            return before;
        }
        bool operator==(const Iterator &) const = default;

    private:
        const LineList *m_list = nullptr;
        size_t m_at = 0;
    };
    Iterator begin() const { return {this, 0}; }
    Iterator end() const { return {this, size()}; }

private:
    friend class LineSplitter;
    QStringView m_text;
    bool m_ignoreCr = true;
    std::vector<quint32> m_begins; ///< of each line, and one behind the last one's end; empty = no lines
};

/// A text ready to be told apart from others by its lines; "\r\n" counts as "\n" when `ignoreCr`.
struct HashedLines {
    /// Of the lines. May be empty: diffLines() then makes those that it needs, which in similar texts are few.
    std::vector<quint64> hashes;
    LineList lines; ///< into the text that was given
};
/// A hash of a line's characters, good within this process.
quint64 lineHash(QStringView line);
HashedLines hashedLines(QStringView text, bool ignoreCr = true);

/// The shortest edit script's runs (Myers; unique lines are matched first where long parts differ; bounded: very
/// different texts fall back to coarser runs, which are still correct). Lines with equal hashes are compared, so that
/// no hash collision hides a difference.
std::vector<LineRun> diffLines(const HashedLines &a, const HashedLines &b);

/// Rows of line numbers, one per side, all in one block.
class LineTable {
public:
    explicit LineTable(size_t sides = 0) : m_sides(sides) {}

    size_t size() const { return m_sides == 0 ? 0 : m_lines.size() / m_sides; }
    bool empty() const { return size() == 0; }
    std::span<const int> operator[](size_t row) const { return {m_lines.data() + row * m_sides, m_sides}; }
    std::span<int> add() ///< a row of -1
    {
        m_lines.resize(m_lines.size() + m_sides, -1);
        return {m_lines.data() + m_lines.size() - m_sides, m_sides};
    }
    void reserve(size_t rows) { m_lines.reserve(rows * m_sides); }

private:
    size_t m_sides;
    std::vector<int> m_lines;
};

/// N texts against the first: rows of an aligned table; -1 = no line there.
struct AlignedLines {
    LineTable rows; ///< rows[i][side] = line index or -1
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
