// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupproof.h"
#include "observation.h"

#include <QElapsedTimer>
#include <QHash>
#include <QMutex>
#include <QSet>
#include <QThreadPool>

namespace taffrail {

/// What is remembered of backups, put into what their tools say, and what their tools say of it remembered: no tool
/// keeps when a backup was verified or restored. Every function may be called from any thread; the disk is waited for
/// in a thread of its own, but for the constructor.
class ProofBook {
public:
    /// Reads the file, if it is there. `path`: as ProofStore takes it.
    explicit ProofBook(QString path);
    ~ProofBook();
    Q_DISABLE_COPY_MOVE(ProofBook)

    QString trouble() const; ///< why nothing is remembered, in words; "" = it is
    /// The attempt, its backups with what is known of them. Anything but backups comes back as it is.
    Attempt merged(const QString &environment, const QString &entry, const Attempt &attempt);
    /// What is remembered of one entry, newest first.
    std::vector<BackupProof> proofs(const QString &environment, const QString &entry) const;
    /// What another part of the program has read or written since.
    void replace(const std::vector<BackupProof> &proofs);

private:
    using Key = std::pair<QString, QString>;

    void take(const std::vector<BackupProof> &proofs); // with the mutex held
    void rememberSoon(std::vector<BackupProof> proofs); // with the mutex held
    void readSoon(); // with the mutex held

    QString m_path;
    mutable QMutex m_mutex;
    QString m_trouble;
    QHash<Key, std::vector<BackupProof>> m_proofs;
    QSet<QString> m_told; ///< what is known to be in the file
    QElapsedTimer m_sinceRead;
    QThreadPool m_disk; ///< last: its thread uses the rest
};

} // namespace taffrail
