// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "statechange.h"

#include <QObject>

#include <functional>
#include <memory>

namespace taffrail {

class SnapshotStoreThread;

/// Remembers the last snapshot of each environment and the changes seen, in one SQLite file, in a thread of its own.
/// Several processes may use one file. Every function may be called from any thread. What cannot be remembered is told
/// by failed(), and the program goes on.
class SnapshotStore : public QObject {
    Q_OBJECT
public:
    struct Options {
        std::chrono::milliseconds batch{1'000}; ///< saves within this time become one transaction
        std::chrono::milliseconds retry{30'000}; ///< pause after a write that failed
        std::function<QDateTime()> now; ///< the clock; empty = the machine's
    };

    /// $XDG_STATE_HOME/taffrail/history.db, or ~/.local/state/taffrail/history.db.
    static QString defaultPath();

    /// Opens or makes the file (0600, a folder it has to make 0700), checks it and returns when it is ready. A damaged
    /// file is moved aside under a dated name, and notice() says so. Errors: Denied, NotFound, Unsupported (a newer
    /// schema), Busy, ToolFailed (disk full …), each in words.
    static Result<std::unique_ptr<SnapshotStore>> open(const QString &path, Options options);
    static Result<std::unique_ptr<SnapshotStore>> open(const QString &path) { return open(path, Options()); }
    ~SnapshotStore() override; ///< writes what still waits

    /// What a person should know about opening the file; "" = nothing.
    QString notice() const;

    /// Remembers the snapshot soon and returns at once; of several of one environment only the newest is written.
    /// Remembered snapshots are not written again. An entry without a good value keeps the one that the file has.
    void save(SnapshotPtr snapshot);
    /// Waits until everything saved so far is written, and says whether it is.
    Result<void> flush();
    /// The last snapshot of every environment: remembered, connections idle. A row that cannot be read is left out and
    /// told by failed(). Blocks for as long as reading takes: about a millisecond per environment.
    std::vector<SnapshotPtr> loadAll();
    /// Marks these environments as in use. Others are dropped 90 days after they were last saved or named here.
    void keep(const QStringList &environments);
    /// Changes noticed in one environment ("" = all) since `since`, newest first.
    std::vector<StateChange> changes(const QString &environment, const QDateTime &since, int limit = 1000);

signals:
    void failed(const taffrail::Error &error);
    void recovered(); ///< a write worked again after failed()

private:
    SnapshotStore();
    std::unique_ptr<SnapshotStoreThread> m_thread;
};

} // namespace taffrail
