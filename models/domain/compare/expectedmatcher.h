// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "expecteddifference.h"

#include <QHash>

#include <vector>

namespace taffrail {

/// Whether `text` fits a pattern in which '*' stands for any text and '?' for one character. Case matters.
bool fitsPattern(QStringView text, QStringView pattern);

/// Expected differences made ready to be asked for every row.
class ExpectedMatcher {
public:
    /// Those past their time at `now` cover nothing. `environments` are the columns' ids.
    ExpectedMatcher(const std::vector<ExpectedDifference> &expected, const QStringList &environments,
                    const QDateTime &now);

    /// Those that speak of this key, in their order. Valid until the next call.
    const std::vector<int> &of(const QString &entry, const QString &file, const QString &key);
    /// The first of `candidates` that covers this column, or -1; it counts as used.
    int covering(const std::vector<int> &candidates, int column);

    const std::vector<int> &expired() const { return m_expired; }
    /// Neither expired nor used so far.
    std::vector<int> unused() const;

private:
    bool isOf(const ExpectedDifference &each, const QString &entry, const QString &file) const;

    const std::vector<ExpectedDifference> &m_expected;
    QHash<QString, std::vector<int>> m_exact; ///< by key, those without wildcards
    std::vector<int> m_patterns;
    std::vector<std::vector<bool>> m_columns; ///< by expected difference
    std::vector<bool> m_used;
    std::vector<int> m_expired;
    std::vector<int> m_found;
};

} // namespace taffrail
