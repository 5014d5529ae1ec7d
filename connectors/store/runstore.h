// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackrun.h"
#include "sqlitefile.h"

#include <memory>
#include <optional>
#include <vector>

namespace taffrail {

/// The run journals of this person's consoles, in one SQLite file (durable: a journal is on disk before a function
/// returns). Several processes may use one file. Belongs to the thread that opened it; blocks for a disk sync, so it is
/// not for the UI thread.
class RunStore {
public:
    /// $XDG_STATE_HOME/taffrail/runs.db
    static QString defaultPath();

    /// Opens or makes the file (0600). A damaged one is moved aside, and notice() says so: the hosts still have the
    /// journals. Errors: Denied, Busy, Unsupported (a newer schema), ToolFailed (disk full …).
    static Result<std::unique_ptr<RunStore>> open(const QString &path);
    Q_DISABLE_COPY_MOVE(RunStore)

    QString notice() const { return m_notice; }

    /// A new journal; its version becomes 1. Busy: another run of this app in this environment has not ended.
    Result<void> insert(RollbackRun &run);
    /// A journal read from a host: kept when it is newer than ours.
    Result<void> adopt(const RollbackRun &run);
    /// Writes the journal if nobody changed it since it was read, and counts its version up. Busy: somebody did.
    Result<void> replace(RollbackRun &run);
    /// Nothing when there is no such run.
    Result<std::optional<RollbackRun>> find(const QString &id);
    struct Head {
        QString id;
        qint64 version = 0;
    };
    /// Which runs there are: those that have not ended, then the newest others; `limit` in all.
    Result<std::vector<Head>> heads(int limit = 100);

private:
    explicit RunStore(const QString &path) : m_file(path) {}
    Result<void> prepare();

    SqliteFile m_file;
    QString m_notice;
};

} // namespace taffrail
