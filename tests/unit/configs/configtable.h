// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configentries.h"

#include <QFile>

/// Words for tests of parsers.
namespace taffrail::tests {

inline QString text(const char *utf8)
{
    return QString::fromUtf8(utf8);
}

inline SourceEntry entryWith(const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.id = QStringLiteral("test");
    entry.hosts = QStringList{QStringLiteral("web1")};
    entry.options = options;
    return entry;
}

/// "key=value" lines, in order.
inline QStringList tableOf(const sources::ParsedConfig &parsed)
{
    QStringList rows;
    for (const ConfigEntry &entry : parsed.entries)
        rows << entry.key + QLatin1Char('=') + entry.value;
    return rows;
}

inline const ConfigEntry *find(const std::vector<ConfigEntry> &entries, const QString &key)
{
    for (const ConfigEntry &entry : entries) {
        if (entry.key == key)
            return &entry;
    }
    return nullptr;
}

inline QString valueOf(const sources::ParsedConfig &parsed, const char *key)
{
    const ConfigEntry *entry = find(parsed.entries, text(key));
    return entry ? entry->value : QStringLiteral("(missing)");
}

inline QByteArray dataFile(const char *name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/configs/data/") + QLatin1String(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline sources::Reply shellReply(const QByteArray &out, int exitCode = 0, const char *name = "files")
{
    sources::Reply reply;
    reply.name = QLatin1String(name);
    reply.subject = QStringLiteral("web1");
    reply.result = sources::ShellReply{exitCode, out, {}};
    return reply;
}

} // namespace taffrail::tests
