// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

#include <QMap>
#include <QTest>

#include <algorithm>

namespace taffrail::tests {

/// Rows as a database would answer; "NULL" stands for SQL NULL.
inline sources::SqlReply rowsOf(const QByteArray &columns, const QList<QByteArrayList> &rows)
{
    sources::SqlReply reply;
    reply.columns = columns.split(' ');
    for (const QByteArrayList &row : rows) {
        std::vector<std::optional<QByteArray>> cells;
        for (const QByteArray &cell : row)
            cells.push_back(cell == "NULL" ? std::nullopt : std::optional<QByteArray>(cell));
        reply.rows.push_back(cells);
    }
    return reply;
}

using Files = QMap<QByteArray, QByteArray>; ///< path → content

inline sources::migrations::FileRoot rootOf(const Files &files, const QString &path = QStringLiteral("/srv/shop"))
{
    sources::migrations::FileRoot root;
    root.spec = {QStringLiteral("web1"), path, {}};
    for (auto file = files.begin(); file != files.end(); ++file)
        root.files.push_back({file.key(), file->size(), *file, true, true});
    return root;
}

inline sources::migrations::HistoryInput inputOf(const sources::SqlReply *rows,
                                                 const sources::migrations::FileRoot *root)
{
    sources::migrations::HistoryInput input;
    input.database = QStringLiteral("main");
    input.table = {QStringLiteral("public"), QStringLiteral("history")};
    input.rows = rows;
    if (root)
        input.roots.push_back(root);
    return input;
}

/// "version state+flag+flag" per migration, in order; the headline first.
inline QStringList statesOf(const MigrationHistory &history)
{
    QStringList words;
    for (const Migration &migration : history.migrations) {
        QString text = migration.version + QLatin1Char(' ') + migrationStateWord(migration.state);
        for (const MigrationState flag : migration.flags) {
            if (flag != migration.state)
                text += QLatin1Char('+') + migrationStateWord(flag);
        }
        words << text;
    }
    return words;
}

inline const Migration *migrationOf(const MigrationHistory &history, const QString &version)
{
    const auto found = std::ranges::find(history.migrations, version, &Migration::version);
    return found == history.migrations.end() ? nullptr : &*found;
}

inline QString notesOf(const MigrationHistory &history)
{
    return history.notes.join(QLatin1Char('\n'));
}

/// Words of a test row, separated by ", ".
inline QStringList listOf(const char *text)
{
    return QString::fromUtf8(text).split(QStringLiteral(", "), Qt::SkipEmptyParts);
}

} // namespace taffrail::tests
