// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "courier.h"
#include "observation.h"
#include "slowreplies.h"

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <set>

namespace taffrail {

/// One refresh of one environment: asks every entry's source in up to four stages, parses on worker threads, and hands
/// out each observation as it is complete. Entries don't wait for each other.
class EnvironmentRun : public QObject {
    Q_OBJECT
public:
    /// `entries` are indices into environment->entries. Slow facts that are due are wished for by slowWanted(), and
    /// what is kept of them is used meanwhile; with `waitForSlow` they are asked and waited for like the others.
    EnvironmentRun(EnvironmentSpecPtr environment, std::vector<size_t> entries, Courier &courier, SlowReplies &slow,
                   QThreadPool &workers, bool waitForSlow, QObject *parent = nullptr);
    ~EnvironmentRun() override; ///< cancels what is under way

    /// Entries for which a fast answer alone could be false good news (a backup that was listed but not read), or says
    /// nothing (settings): without any slow answer they are postponed, not observed.
    void holdUntilSlow(std::set<size_t> entries) { m_held = std::move(entries); }
    void start();
    const std::vector<size_t> &entries() const { return m_entries; }

signals:
    void slowWanted(size_t entry, const taffrail::sources::Request &request);
    void observed(size_t entry, const taffrail::Attempt &attempt);
    /// Nothing is said of the entry yet: it was never observed, and what decides about it is still being read.
    void postponed(size_t entry);
    void finished(); ///< every entry was observed

private:
    struct EntryRun {
        const SourceEntry *entry = nullptr;
        const sources::Source *source = nullptr;
        sources::Replies replies;
        std::vector<sources::Request> asked; ///< of the present stage
        std::vector<sources::Request> kept; ///< those that an answer kept from earlier stands for
        size_t waitingFor = 0;
        int stage = 0;
        bool lacksSlow = false; ///< a slow answer is not there, not even an old one
        std::chrono::steady_clock::time_point startedAt;
    };

    void advance(size_t run);
    void replied(size_t run, size_t index, sources::Reply reply);
    void parse(size_t run);
    void wishForOutdated(size_t run);
    void observe(size_t run, const Attempt &attempt);
    void finishOne();

    EnvironmentSpecPtr m_environment;
    std::vector<size_t> m_entries;
    Courier &m_courier;
    SlowReplies &m_slow;
    QThreadPool &m_workers;
    std::vector<EntryRun> m_runs;
    std::vector<Courier::Ticket> m_tickets;
    bool m_waitForSlow;
    std::set<size_t> m_held;
    size_t m_left = 0;
    std::shared_ptr<std::atomic<bool>> m_alive;
};

/// What an observation of this entry is about, in words for a row: its hosts, its database, its URL.
QString subjectOf(const SourceEntry &entry);

} // namespace taffrail
