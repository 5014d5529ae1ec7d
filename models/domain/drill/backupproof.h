// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

namespace taffrail {

/// What was proved of one backup once. No tool remembers it, so the console does.
struct BackupProof {
    QString environment, entry, location, backup; ///< as in the inventory and in Backup
    Trust depth = Trust::Listed; ///< how far it was proved, or tried
    bool passed = false;
    bool backupAtFault = false; ///< it failed, and the backup is why
    QDateTime at; ///< UTC
    QString by; ///< "drill by mary@laptop on db1", "pgbackrest verify"
    QString detail; ///< one sentence, or ""
    std::chrono::milliseconds took{-1}; ///< negative = not known
    std::chrono::milliseconds restoreTook{-1}, recoveryTook{-1}, otherTook{-1}; ///< of a drill
    qint64 bytes = -1; ///< restored; -1 = not known
    qint64 walBytes = -1; ///< replayed; -1 = not known
    QDateTime recoveredTo; ///< UTC; invalid = not known

    bool operator==(const BackupProof &) const = default;
};

/// What a drill that ended proved; nothing for one that is under way or lost, or that never reached the backup.
std::optional<BackupProof> proofOf(const DrillRun &run);
/// What a source itself read of its backups: those whose contents were verified, with when and by what.
std::vector<BackupProof> proofsIn(const QString &environment, const QString &entry, const BackupSet &set);
/// The set with what is remembered of its backups: trust, verifiedAt and verifiedBy of the deepest proof that still
/// holds; a backup whose newest drill failed through its own fault is flawed. `proofs`: of this environment and entry,
/// in any order. The assessment is made anew.
BackupSet withProofs(BackupSet set, const std::vector<BackupProof> &proofs);

/// How long a restore would take. Best and worst by the last five drills of the same place; `isGuess`: none was done.
struct RestoreEstimate {
    std::chrono::milliseconds best{0}, worst{0};
    bool isGuess = false;
    int drills = 0;
    QString dominatedBy; ///< "fetching", "replay", "start and checks"

    bool operator==(const RestoreEstimate &) const = default;
};
/// `bytes`: logical size; `walBytes`: since the backup's end, 0 when none is replayed; `copyRate`: bytes a second at
/// which the backup was made, for a guess; 0 = not known. Nothing when there is neither drill nor rate, or no size.
std::optional<RestoreEstimate> restoreEstimate(qint64 bytes, qint64 walBytes, double copyRate,
                                               const std::vector<BackupProof> &proofs, const QString &location);
/// What a set says of how long the restore of a backup takes: one note each for the newest usable backup of each place.
QStringList restoreNotes(const BackupSet &set, const std::vector<BackupProof> &proofs);
/// The words of such a note for this backup; "" = there is none.
QString restoreNoteOf(const BackupSet &set, const QString &backup);
/// "4 min to 6 min (5 drills)", "about 12 min (guess)"
QString estimateText(const RestoreEstimate &estimate);

} // namespace taffrail
