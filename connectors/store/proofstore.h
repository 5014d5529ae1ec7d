// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupproof.h"
#include "sqlitefile.h"

#include <memory>

namespace taffrail {

/// What was proved of backups, and the journals of restore drills, in one SQLite file (durable). Several processes may
/// use one file. Belongs to the thread that opened it; blocks for a disk sync, so it is not for the UI thread.
class ProofStore {
public:
    /// $XDG_STATE_HOME/taffrail/proofs.db
    static QString defaultPath();
    /// Opens or makes the file (0600). A damaged one is moved aside, and notice() says so. Errors: Denied, Busy,
    /// Unsupported (a newer schema), ToolFailed (disk full …).
    static Result<std::unique_ptr<ProofStore>> open(const QString &path);
    Q_DISABLE_COPY_MOVE(ProofStore)

    QString notice() const { return m_notice; }

    /// Writes the journal of a drill, new or changed. One that has ended is never made to run again.
    Result<void> keep(const DrillRun &run);
    /// Nothing when there is no such drill.
    Result<std::optional<DrillRun>> find(const QString &id);
    /// Newest first; `environment` "" = all.
    Result<std::vector<DrillRun>> drills(const QString &environment, int limit = 100);

    /// Remembers proofs; one that is known already (same backup, depth, moment) is not written again.
    Result<void> remember(const std::vector<BackupProof> &proofs);
    /// All that is remembered, newest first: of each backup and depth the last five.
    Result<std::vector<BackupProof>> proofs(const QString &environment = {});

private:
    explicit ProofStore(const QString &path) : m_file(path) {}
    Result<void> prepare();

    SqliteFile m_file;
    QString m_notice;
};

} // namespace taffrail
