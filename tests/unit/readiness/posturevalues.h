// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "posixshell.h"
#include "posturereader.h"
#include "posturescript.h"
#include "registry.h"

#include <algorithm>

namespace taffrail::tests {

using namespace sources;

inline QByteArray scriptOf(const char *part, const QVariantMap &options)
{
    SourceEntry entry;
    entry.options = options;
    for (const PosturePart &each : postureParts(entry)) {
        if (qstrcmp(each.name, part) == 0)
            return each.part.script;
    }
    return {};
}
inline ConfigSet parsed(const char *part, const QByteArray &out)
{
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("web1")};
    const auto value
        = postureSource.parse(entry, {replyFrom(QStringLiteral("web1"), {0, out, {}}, QString::fromLatin1(part))}, {});
    return value ? std::get<ConfigSet>(*value) : ConfigSet();
}
inline QString valueOf(const ConfigSet &set, const QString &key)
{
    const auto found = std::ranges::find(set.entries, key, &ConfigEntry::key);
    return found == set.entries.end() ? QStringLiteral("-") : found->value;
}
inline QString noteOf(const ConfigSet &set, const QString &key)
{
    const auto found = std::ranges::find(set.entries, key, &ConfigEntry::key);
    return found == set.entries.end() ? QStringLiteral("-") : found->note;
}

} // namespace taffrail::tests
