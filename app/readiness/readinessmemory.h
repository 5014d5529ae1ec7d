// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readinesshistory.h"
#include "runstore.h"

#include <QHash>

#include <optional>

namespace taffrail {

/// What is remembered for scorecards: rollbacks that were carried through, totals, and how full file systems were. Each
/// file is opened once and kept open; what was read is read again only when its file has changed. Belongs to one
/// thread.
class ReadinessMemory {
public:
    const std::vector<RehearsedRollback> &rollbacks();
    const std::vector<CapacitySample> &capacity(const QString &environment);
    const std::vector<ReadinessPoint> &trend(const QString &environment);
    void remember(const ReadinessReport &report, const std::vector<CapacitySample> &room);

    /// What could not be read or kept, and what was moved aside, in words; each of them once until it is mended.
    QStringList takeTroubles();

private:
    /// What tells one state of a SQLite file from another, without opening it.
    struct Stamp {
        qint64 bytes = -1, logBytes = -1;
        QDateTime changedAt, logChangedAt;
        bool operator==(const Stamp &) const = default;
    };
    static Stamp stampOf(const QString &path);
    template <typename Store> Store *opened(std::unique_ptr<Store> &store);
    void say(const QString &words);
    /// Lets go of what was read when another process, or a person, has changed the file.
    ReadinessHistory *history();

    std::unique_ptr<RunStore> m_runs;
    std::unique_ptr<ReadinessHistory> m_history;
    std::optional<Stamp> m_runStamp, m_historyStamp;
    std::vector<RehearsedRollback> m_rollbacks;
    QHash<QString, std::vector<CapacitySample>> m_capacity; ///< by environment
    QHash<QString, std::vector<ReadinessPoint>> m_trends; ///< by environment
    QStringList m_troubles, m_said;
};

} // namespace taffrail
