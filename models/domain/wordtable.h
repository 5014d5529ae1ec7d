// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <array>
#include <utility>

namespace taffrail {

/// The words of an enumeration in JSON and on the command line, one row per value.
template <typename T, size_t N> using WordTable = std::array<std::pair<T, const char *>, N>;

/// The word of a value; "" for one without a row.
template <typename T, size_t N> QString wordOf(const WordTable<T, N> &words, T value)
{
    for (const auto &[key, word] : words) {
        if (key == value)
            return QString::fromLatin1(word);
    }
    return {};
}

/// The value of a word, or `otherwise`: the caller names one that never looks better than it is.
template <typename T, size_t N> T valueOf(const WordTable<T, N> &words, const QString &text, T otherwise)
{
    for (const auto &[key, word] : words) {
        if (text == QLatin1String(word))
            return key;
    }
    return otherwise;
}

} // namespace taffrail
