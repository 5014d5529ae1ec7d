// SPDX-License-Identifier: GPL-3.0-or-later
#include "expectedmatcher.h"

#include <algorithm>

namespace taffrail {

namespace {

bool hasWildcard(const QString &pattern)
{
    return pattern.contains(QLatin1Char('*')) || pattern.contains(QLatin1Char('?'));
}

} // namespace

bool fitsPattern(QStringView text, QStringView pattern)
{
    // Steps back to the last star only, so that it costs text × pattern at most.
    qsizetype at = 0;
    qsizetype in = 0;
    qsizetype star = -1;
    qsizetype mark = 0;
    while (at < text.size()) {
        if (in < pattern.size() && pattern[in] == QLatin1Char('*')) {
            star = in++;
            mark = at;
        } else if (in < pattern.size() && pattern[in] == QLatin1Char('?')) {
            ++in;
            at += text[at].isHighSurrogate() && at + 1 < text.size() && text[at + 1].isLowSurrogate() ? 2 : 1;
        } else if (in < pattern.size() && pattern[in] == text[at]) {
            ++in;
            ++at;
        } else if (star >= 0) {
            in = star + 1;
            at = ++mark;
        } else {
            return false;
        }
    }
    while (in < pattern.size() && pattern[in] == QLatin1Char('*'))
        ++in;
    return in == pattern.size();
}

ExpectedMatcher::ExpectedMatcher(const std::vector<ExpectedDifference> &expected, const QStringList &environments,
                                 const QDateTime &now)
    : m_expected(expected),
      m_columns(expected.size()),
      m_used(expected.size(), false)
{
    for (size_t i = 0; i < expected.size(); ++i) {
        const ExpectedDifference &each = expected[i];
        // Without a time that has not come yet it covers nothing: an open end is no agreement.
        if (!each.until.isValid() || !now.isValid() || each.until <= now) {
            m_expired.push_back(int(i));
            continue;
        }
        m_columns[i].reserve(size_t(environments.size()));
        for (const QString &environment : environments)
            m_columns[i].push_back(each.environments.contains(environment));
        if (hasWildcard(each.key))
            m_patterns.push_back(int(i));
        else
            m_exact[each.key].push_back(int(i));
    }
}

bool ExpectedMatcher::isOf(const ExpectedDifference &each, const QString &entry, const QString &file) const
{
    return fitsPattern(entry, each.entry) && (each.file.isEmpty() || fitsPattern(file, each.file));
}

const std::vector<int> &ExpectedMatcher::of(const QString &entry, const QString &file, const QString &key)
{
    m_found.clear();
    if (const auto exact = m_exact.constFind(key); exact != m_exact.constEnd()) {
        for (const int i : *exact) {
            if (isOf(m_expected[size_t(i)], entry, file))
                m_found.push_back(i);
        }
    }
    const auto exactEnd = qsizetype(m_found.size());
    for (const int i : m_patterns) {
        const ExpectedDifference &each = m_expected[size_t(i)];
        if (isOf(each, entry, file) && fitsPattern(key, each.key))
            m_found.push_back(i);
    }
    std::inplace_merge(m_found.begin(), m_found.begin() + exactEnd, m_found.end());
    return m_found;
}

int ExpectedMatcher::covering(const std::vector<int> &candidates, int column)
{
    int first = -1;
    for (const int i : candidates) {
        const std::vector<bool> &columns = m_columns[size_t(i)];
        if (size_t(column) >= columns.size() || !columns[size_t(column)])
            continue;
        m_used[size_t(i)] = true; // a second one that says the same is no stale one
        if (first < 0)
            first = i;
    }
    return first;
}

std::vector<int> ExpectedMatcher::unused() const
{
    std::vector<int> result;
    for (size_t i = 0; i < m_used.size(); ++i) {
        if (!m_used[i] && !std::ranges::binary_search(m_expired, int(i)))
            result.push_back(int(i));
    }
    return result;
}

} // namespace taffrail
