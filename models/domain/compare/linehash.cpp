// SPDX-License-Identifier: GPL-3.0-or-later
#include "linediff.h"

#include <QHashFunctions>

#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace taffrail {

namespace {

constexpr quint64 firstOdd = 0xA0761D6478BD642FULL;
constexpr quint64 secondOdd = 0xE7037ED1A0B428DBULL;

/// The two halves of a 128-bit product, folded.
inline quint64 folded(quint64 a, quint64 b)
{
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide(a) * b;
    return quint64(product) ^ quint64(product >> 64);
}

inline quint64 wordAt(const char *from)
{
    quint64 word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// Every byte counts; lines of the same hash are compared nevertheless.
inline quint64 hashOf(const char *from, size_t bytes, quint64 seed)
{
    quint64 left = seed ^ (bytes * firstOdd);
    if (bytes < 16) {
        std::array<char, 16> padded{};
        std::memcpy(padded.data(), from, bytes);
        return folded(wordAt(padded.data()) ^ firstOdd, wordAt(padded.data() + 8) ^ left);
    }
    quint64 right = left;
    size_t at = 0;
    for (; at + 32 <= bytes; at += 32) {
        left = folded(wordAt(from + at) ^ firstOdd, wordAt(from + at + 8) ^ left);
        right = folded(wordAt(from + at + 16) ^ secondOdd, wordAt(from + at + 24) ^ right);
    }
    if (at + 16 <= bytes)
        left = folded(wordAt(from + at) ^ firstOdd, wordAt(from + at + 8) ^ left);
    right = folded(wordAt(from + bytes - 16) ^ secondOdd, wordAt(from + bytes - 8) ^ right);
    return folded(left ^ firstOdd, right ^ secondOdd);
}

#if defined(__SSE2__)
/// Bit i: character i of the 64 from `from` on is a newline.
inline quint64 newlinesIn(const char16_t *from)
{
    const __m128i newline = _mm_set1_epi16('\n');
    const auto block = [&](int at) {
        const auto *place = reinterpret_cast<const __m128i *>(from + at);
        const __m128i low = _mm_cmpeq_epi16(_mm_loadu_si128(place), newline);
        const __m128i high = _mm_cmpeq_epi16(_mm_loadu_si128(place + 1), newline);
        return quint64(unsigned(_mm_movemask_epi8(_mm_packs_epi16(low, high)))) << at;
    };
    return block(0) | block(16) | block(32) | block(48);
}
#else
inline quint64 newlinesIn(const char16_t *from)
{
    quint64 bits = 0;
    for (int i = 0; i < 64; ++i)
        bits |= quint64(from[i] == u'\n') << i;
    return bits;
}
#endif

} // namespace

class LineSplitter {
public:
    LineSplitter(QStringView text, bool ignoreCr) : m_from(text.utf16()), m_size(text.size())
    {
        m_result.lines = LineList(text, ignoreCr);
    }

    HashedLines split()
    {
        if (m_size == 0)
            return {};
        reserve();
        m_result.lines.m_begins.push_back(0);
        qsizetype at = 0;
        for (; at + 64 <= m_size; at += 64) {
            for (quint64 bits = newlinesIn(m_from + at); bits != 0; bits &= bits - 1)
                add(at + std::countr_zero(bits));
        }
        for (; at < m_size; ++at) {
            if (m_from[at] == u'\n')
                add(at);
        }
        if (m_begin < m_size) // the last line without its newline
            add(m_size);
        return std::move(m_result);
    }

private:
    /// A guess from the first lines, so that the lists rarely grow.
    void reserve()
    {
        const qsizetype seen = std::min<qsizetype>(m_size, 8192);
        const qsizetype lines = QStringView(m_from, seen).count(QLatin1Char('\n')) + 1;
        const auto guess = size_t(double(m_size) / double(seen) * double(lines) * 1.05) + 16;
        m_result.lines.m_begins.reserve(guess);
    }

    void add(qsizetype end)
    {
        m_begin = end + 1;
        m_result.lines.m_begins.push_back(quint32(m_begin));
    }

    const char16_t *m_from;
    qsizetype m_size;
    qsizetype m_begin = 0;
    HashedLines m_result;
};

LineList LineList::slice(size_t begin, size_t end) const
{
    LineList part(m_text, m_ignoreCr);
    if (begin < end)
        part.m_begins.assign(m_begins.begin() + qsizetype(begin), m_begins.begin() + qsizetype(end) + 1);
    return part;
}

size_t LineList::countWithin(size_t line, qsizetype length) const
{
    const auto from = m_begins.begin() + qsizetype(line);
    const auto limit = quint64(*from) + quint64(length);
    // Mostly near: doubles its step before it halves.
    qsizetype step = 1;
    while (step < m_begins.end() - from && *(from + step) <= limit)
        step *= 2;
    const auto last = from + std::min<qsizetype>(step, m_begins.end() - from);
    return size_t(std::upper_bound(from + step / 2, last, limit) - from - 1);
}

quint64 lineHash(QStringView line)
{
    return hashOf(reinterpret_cast<const char *>(line.utf16()), size_t(line.size()) * sizeof(char16_t),
                  QHashSeed::globalSeed());
}

HashedLines hashedLines(QStringView text, bool ignoreCr)
{
    return LineSplitter(text, ignoreCr).split();
}

} // namespace taffrail
