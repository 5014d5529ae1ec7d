// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <vector>

namespace taffrail {

/// Plain columns for a terminal. Every cell is made safe (no control characters, one line) and padded by code points
/// that take a column; the last column is never padded or cut.
class TextTable {
public:
    explicit TextTable(QStringList headings);
    void add(QStringList cells);
    /// The table, each line indented by `indent` blanks; cells longer than `widest` are cut with "…" (not the last
    /// column).
    QString text(int indent = 0, int widest = 60) const;
    bool isEmpty() const { return m_rows.empty(); }

private:
    QStringList m_headings;
    std::vector<QStringList> m_rows;
};

} // namespace taffrail
