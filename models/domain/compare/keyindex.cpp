// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyindex.h"

#include <QHash>

#include <bit>

namespace taffrail {

KeyIndex::KeyIndex(qsizetype expected) : m_seed(QHashSeed::globalSeed())
{
    m_rows.reserve(size_t(expected));
    m_hashes.reserve(size_t(expected));
    grow(std::bit_ceil(2 * size_t(expected) + 16));
}

void KeyIndex::grow(size_t places)
{
    m_slots.assign(places, -1);
    for (size_t row = 0; row < m_rows.size(); ++row) {
        size_t at = m_hashes[row] & (places - 1);
        while (m_slots[at] >= 0)
            at = (at + 1) & (places - 1);
        m_slots[at] = int(row);
    }
}

int KeyIndex::rowOf(int file, const QString &key, int hint)
{
    if (hint >= 0 && size_t(hint) < m_rows.size() && m_rows[size_t(hint)].file == file
        && m_rows[size_t(hint)].key == key)
        return hint;
    const size_t hash = qHash(QStringView(key), m_seed ^ (size_t(file) * 0x9E3779B97F4A7C15ULL));
    size_t at = hash & (m_slots.size() - 1);
    for (; m_slots[at] >= 0; at = (at + 1) & (m_slots.size() - 1)) {
        const auto row = size_t(m_slots[at]);
        if (m_hashes[row] == hash && m_rows[row].file == file && m_rows[row].key == key)
            return int(row);
    }
    m_slots[at] = int(m_rows.size());
    m_rows.push_back({file, key});
    m_hashes.push_back(hash);
    if (m_rows.size() * 2 > m_slots.size())
        grow(m_slots.size() * 2);
    return int(m_rows.size()) - 1;
}

} // namespace taffrail
