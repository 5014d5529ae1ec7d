// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

namespace taffrail {

/// Rows by (file, key), in the order in which they were first seen. Keys are shared with what they came from.
class KeyIndex {
public:
    struct Row {
        int file;
        QString key;
    };

    explicit KeyIndex(qsizetype expected);

    /// The row of this key, made when there is none. `hint` is the row that is likely: that of the entry before,
    /// plus 1.
    int rowOf(int file, const QString &key, int hint);
    const std::vector<Row> &rows() const { return m_rows; }

private:
    void grow(size_t places);

    size_t m_seed; ///< keys come from hosts: nobody may choose ones that collide
    std::vector<Row> m_rows;
    std::vector<size_t> m_hashes; ///< by row
    std::vector<int> m_slots; ///< row or -1; a power of two of them, at most half taken
};

} // namespace taffrail
