// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

namespace taffrail::comparecases {

inline QString text(const char *utf8)
{
    return QString::fromUtf8(utf8);
}

inline QDateTime now()
{
    return QDateTime({2026, 11, 21}, {4, 0}, Qt::UTC);
}

struct EntryDraft {
    const char *key = "";
    const char *value = "";
    ConfigType type = ConfigType::Text;
    const char *host = "web1";
    const char *unit = "";
    bool secret = false;
    const char *fingerprint = "";
};

inline ConfigEntry entryOf(const EntryDraft &draft)
{
    ConfigEntry entry;
    entry.host = text(draft.host);
    entry.file = QStringLiteral("/srv/shop/.env");
    entry.line = 1;
    entry.key = text(draft.key);
    entry.value = text(draft.value);
    entry.type = draft.type;
    entry.unit = text(draft.unit);
    entry.secret = draft.secret;
    entry.fingerprint = text(draft.fingerprint);
    return entry;
}

inline ConfigFile fileOf(const char *host, const char *path = "/srv/shop/.env", const char *name = "")
{
    ConfigFile file;
    file.host = text(host);
    file.path = text(path);
    file.name = text(name);
    return file;
}

/// One set with one file on each host that the entries name.
inline ConfigSet setOf(const std::vector<EntryDraft> &drafts, const char *source = "dotenv")
{
    ConfigSet set;
    set.source = text(source);
    QStringList hosts{QStringLiteral("web1")};
    for (const EntryDraft &draft : drafts) {
        if (!hosts.contains(text(draft.host)))
            hosts << text(draft.host);
        set.entries.push_back(entryOf(draft));
    }
    for (const QString &host : hosts)
        set.files.push_back(fileOf(host.toUtf8().constData()));
    return set;
}

inline ComparedSource sourceOf(const ConfigSet &set, const char *entry = "app-config")
{
    ComparedSource source;
    source.entry = text(entry);
    source.source = set.source;
    source.set = std::make_shared<const ConfigSet>(set);
    source.readAt = now();
    return source;
}

using EnvironmentPtr = std::shared_ptr<const ComparedEnvironment>;

inline EnvironmentPtr environmentWith(const char *id, const std::vector<ComparedSource> &sources)
{
    auto environment = std::make_shared<ComparedEnvironment>();
    environment->id = text(id);
    environment->name = text(id);
    environment->sources = sources;
    return environment;
}

inline EnvironmentPtr environmentOf(const char *id, const std::vector<EntryDraft> &drafts,
                                    const char *source = "dotenv")
{
    return environmentWith(id, {sourceOf(setOf(drafts, source))});
}

inline ExpectedDifference expectedOf(const char *key, const QStringList &environments, int days = 30)
{
    ExpectedDifference expected;
    expected.entry = QStringLiteral("*");
    expected.key = text(key);
    expected.environments = environments;
    expected.reason = QStringLiteral("smaller machines");
    expected.author = QStringLiteral("ada");
    expected.since = now().addDays(-10);
    expected.until = now().addDays(days);
    return expected;
}

inline Matrix compared(std::vector<EnvironmentPtr> environments, const Normalisers &normalisers = {},
                       const std::vector<ExpectedDifference> &expected = {}, int reference = 0)
{
    return compareConfigs(std::move(environments), reference, normalisers, expected, now());
}

inline qsizetype rowOf(const Matrix &matrix, const char *key)
{
    for (size_t i = 0; i < matrix.rows.size(); ++i) {
        if (matrix.rows[i].key == text(key))
            return qsizetype(i);
    }
    return -1;
}

inline QString stateAt(const Matrix &matrix, const char *key, int column = 1)
{
    const qsizetype row = rowOf(matrix, key);
    return row < 0 ? QStringLiteral("no such row") : cellStateWord(matrix.cell(row, column).state);
}

inline QString textAt(const Matrix &matrix, const char *key, int column = 1)
{
    const qsizetype row = rowOf(matrix, key);
    return row < 0 ? QStringLiteral("no such row") : cellText(matrix, row, column);
}

} // namespace taffrail::comparecases
