// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sqlitefile.h"
#include "statechange.h"

#include <QHash>

namespace taffrail {

/// The SQLite file behind the store. Belongs to the thread that made it; no function throws.
class StateDatabase {
public:
    /// Opens, checks, makes the tables. `notice` gets what a person should know (a damaged file was moved aside).
    static Result<std::unique_ptr<StateDatabase>> open(const QString &path, const QDateTime &now, QString &notice);
    Q_DISABLE_COPY_MOVE(StateDatabase)

    /// One transaction for all. On an error nothing of it is written.
    Result<void> write(const std::vector<SnapshotPtr> &snapshots, const QDateTime &now);
    /// Every remembered snapshot; what cannot be read is appended to `errors`.
    std::vector<SnapshotPtr> load(std::vector<Error> &errors);
    Result<void> keep(const QStringList &environments, const QDateTime &now);
    Result<std::vector<StateChange>> changes(const QString &environment, const QDateTime &since, int limit);

private:
    struct Known {
        qint64 revision = 0;
        SnapshotPtr snapshot;
    };

    explicit StateDatabase(const QString &path);
    Result<void> prepare();
    Result<void> writeOne(const SnapshotPtr &snapshot, const QDateTime &now);
    Result<SnapshotPtr> stored(const QString &environment, qint64 &revision, qint64 &takenAt);
    Result<void> run(const QString &sql, const QVariantList &values = {});

    SqliteFile m_file;
    QHash<QString, Known> m_known; ///< what this process wrote or read last, so that it is not decoded again
};

} // namespace taffrail
