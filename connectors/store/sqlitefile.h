// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QSqlQuery>
#include <QVariantList>

#include <memory>

namespace taffrail {

/// One connection to a SQLite file. Belongs to the thread that made it; no function throws.
class SqliteFile {
public:
    /// How sure a commit must be: Batched survives a killed program, Durable also a power cut (one sync per commit).
    enum class Sync { Batched, Durable };

    explicit SqliteFile(QString path);
    ~SqliteFile();
    Q_DISABLE_COPY_MOVE(SqliteFile)

    const QString &path() const { return m_path; }
    /// Connects and looks for damage (quick_check). Errors: BadData (damaged), Denied, Unsupported, ToolFailed.
    Result<void> open();
    /// The schema version that the file says, 0 = new. Error Unsupported when it is above `known`.
    Result<int> schemaVersion(int known);
    /// Journal and sync modes; where there is no WAL (a network file system), only a full sync keeps the file whole.
    Result<void> setModes(Sync sync);
    /// Runs each statement inside one transaction that takes the write lock at once.
    Result<void> transaction(const QStringList &statements);
    Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {});

private:
    QString m_path;
    QString m_connection;
};

} // namespace taffrail
