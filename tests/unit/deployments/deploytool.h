// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "posixshell.h"
#include "registry.h"
#include "text.h"

#include <QFile>

#include <algorithm>

namespace taffrail::tests {

/// JSON in test files is written with single quotes.
inline QByteArray quoted(QByteArray text)
{
    return text.replace('\'', '"');
}

inline QByteArray sample(const char *name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/deployments/data/") + QLatin1String(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// One captured output, read as `taffrail parse` does.
struct Captured {
    QByteArray out;
    int exitCode = 0;
    QByteArray err = {};
    QVariantMap options = {};
    QString part = {};
    QString at = QStringLiteral("2026-11-20T16:00:00Z");
};

inline Result<Value> parsed(const sources::Source &source, const Captured &captured)
{
    SourceEntry entry;
    entry.id = entry.source = QLatin1String(source.name);
    entry.pane = PaneKind::Deployments;
    entry.hosts = QStringList{QStringLiteral("web1")};
    entry.options = captured.options;
    const sources::Reply reply
        = replyFrom(QStringLiteral("web1"), {captured.exitCode, captured.out, captured.err}, captured.part);
    return source.parse(entry, {reply}, {fromRfc3339(captured.at), {}});
}

/// The same, or an empty history and the error as its only note.
inline DeploymentHistory historyOf(const sources::Source &source, const Captured &captured)
{
    const Result<Value> value = parsed(source, captured);
    if (value)
        return std::get<DeploymentHistory>(*value);
    DeploymentHistory history;
    history.notes << QStringLiteral("ERROR %1: %2").arg(errorKindWord(value.error().kind), value.error().text);
    return history;
}

inline Release releaseIn(const DeploymentHistory &history, const char *id)
{
    const auto found = std::ranges::find(history.releases, QLatin1String(id), &Release::id);
    return found == history.releases.end() ? Release() : *found;
}

inline QStringList idsOf(const DeploymentHistory &history)
{
    QStringList ids;
    for (const Release &release : history.releases)
        ids << release.id;
    return ids;
}

inline bool says(const DeploymentHistory &history, const char *words)
{
    return history.notes.join(QLatin1Char('\n')).contains(QLatin1String(words));
}

/// Garbage of all kinds must give an error or a value, and never a crash; cut answers must never be read as whole ones.
inline QList<QByteArray> hostileTexts(const QByteArray &good)
{
    QList<QByteArray> texts{{},
                            "\n\n",
                            "null",
                            "[]",
                            "{}",
                            "[[[[[",
                            "\"text\"",
                            "42",
                            QByteArray(200'000, '['),
                            QByteArray("{\"a\":").repeated(50'000),
                            "\xff\xfe\x00\x80",
                            QByteArray(1 << 20, 'x'),
                            "[null,1,\"a\",{},[]]",
                            "Error from server (Forbidden): x",
                            QByteArray(good).replace("\"", "")};
    for (int i = 1; i < 12; ++i)
        texts << good.left(good.size() * i / 12);
    return texts;
}

} // namespace taffrail::tests
