// SPDX-License-Identifier: GPL-3.0-or-later
#include "unorderedlists.h"

#include "expectedmatcher.h"

#include <algorithm>
#include <map>

namespace taffrail {

namespace {

/// One item of one list of one host, by where it stands.
struct Place {
    QString host;
    QString list; ///< with its file
    int index;
    auto operator<=>(const Place &other) const
    {
        if (const int by = host.compare(other.host); by != 0)
            return by <=> 0;
        if (const int by = list.compare(other.list); by != 0)
            return by <=> 0;
        return index <=> other.index;
    }
    bool operator==(const Place &) const = default;
};

struct Content {
    QStringList parts;
    std::vector<size_t> entries;
};

constexpr QChar fieldEnd(0x1F);

QString partOf(const ConfigEntry &entry, qsizetype rest)
{
    return entry.key.mid(rest) + fieldEnd + QString::number(int(entry.type)) + fieldEnd + entry.value + fieldEnd
        + entry.unit + fieldEnd + entry.fingerprint;
}

} // namespace

UnorderedLists::UnorderedLists(const QStringList &patterns)
{
    for (QString pattern : patterns) {
        if (pattern.endsWith(QLatin1String("[*]")))
            pattern.chop(3);
        else if (pattern.endsWith(QLatin1String("[]")))
            pattern.chop(2);
        if (!pattern.isEmpty())
            m_patterns << pattern;
    }
}

bool UnorderedLists::isNamed(QStringView list) const
{
    return std::ranges::any_of(m_patterns, [list](const QString &pattern) { return fitsPattern(list, pattern); });
}

UnorderedLists::Item UnorderedLists::itemOf(const QString &key) const
{
    bool quoted = false;
    for (qsizetype at = 0; at < key.size(); ++at) {
        const QChar each = key.at(at);
        if (quoted && each == QLatin1Char('\\')) {
            ++at;
        } else if (each == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (!quoted && each == QLatin1Char('[')) {
            const qsizetype end = key.indexOf(QLatin1Char(']'), at);
            bool isIndex = false;
            const int index = end < 0 ? 0 : QStringView(key).mid(at + 1, end - at - 1).toInt(&isIndex);
            if (isIndex && isNamed(QStringView(key).left(at)))
                return {at, end + 1, index};
        }
    }
    return {};
}

int UnorderedLists::slotOf(const QString &list, const QString &content, QSet<int> &taken)
{
    QList<int> &same = m_slots[list][content];
    for (const int slot : std::as_const(same)) {
        if (!taken.contains(slot)) {
            taken.insert(slot);
            return slot;
        }
    }
    const int slot = m_slotCounts[list]++;
    same << slot;
    taken.insert(slot);
    return slot;
}

std::vector<QString> UnorderedLists::keysOf(const ConfigSet &set, const std::vector<int> &files)
{
    if (m_patterns.isEmpty())
        return {};
    std::map<Place, Content> items;
    std::vector<Item> places(set.entries.size());
    for (size_t i = 0; i < set.entries.size(); ++i) {
        const ConfigEntry &entry = set.entries[i];
        const Item item = places[i] = itemOf(entry.key);
        if (item.list < 0)
            continue;
        const QString list = QString::number(files[i]) + fieldEnd + entry.key.left(item.list);
        Content &content = items[{entry.host, list, item.index}];
        content.parts << partOf(entry, item.rest);
        content.entries.push_back(i);
    }
    if (items.empty())
        return {};
    std::vector<QString> keys;
    keys.reserve(set.entries.size());
    for (const ConfigEntry &entry : set.entries)
        keys.push_back(entry.key);
    QSet<int> taken;
    const Place *before = nullptr;
    for (auto &[place, content] : items) {
        if (!before || before->host != place.host || before->list != place.list)
            taken.clear();
        before = &place;
        content.parts.sort();
        const int slot = slotOf(place.list, content.parts.join(QChar(0x1E)), taken);
        for (const size_t i : content.entries) {
            const QString &key = set.entries[i].key;
            keys[i] = joinIndex(key.left(places[i].list), slot) + key.mid(places[i].rest);
        }
    }
    return keys;
}

} // namespace taffrail
