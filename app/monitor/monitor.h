// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agreements.h"
#include "assessment.h"
#include "courier.h"
#include "environmentrun.h"
#include "mailbox.h"
#include "proofbook.h"
#include "schedule.h"

#include <QHash>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <map>
#include <memory>

namespace taffrail {

/// Keeps the board true: refreshes every environment on schedule, makes snapshots, judges them, and says what changed.
/// Lives in one thread of its own (or the only one, on the command line); every signal is emitted there. Nothing
/// blocks.
class Monitor : public QObject {
    Q_OBJECT
public:
    struct Options {
        bool once = false; ///< refresh every environment once, then `settled`
        std::vector<SnapshotPtr> remembered; ///< last known, shown as stale until observed
        int workers = 2; ///< parsing and judging threads
        QString expectedFile; ///< differences that people accepted; "" = none
        QString baselineFolder; ///< where settings were saved to be compared with; "" = nowhere
        std::shared_ptr<ProofBook> proofs; ///< what was proved of backups; null = nothing is remembered
    };

    Monitor(const std::vector<EnvironmentSpecPtr> &environments, Transports transports, Options options,
            QObject *parent = nullptr);
    ~Monitor() override;

public slots:
    void start();
    /// A person asked: the environment ("" = all) is read anew, slow facts included.
    void refresh(const QString &environment);
    /// A person does not want to wait: what is being read of the environment ("" = all) is dropped until its next time.
    void cancel(const QString &environment);
    /// After sleep or a network change: nothing known is fresh, everything is read again.
    void wake();

signals:
    void stateChanged(taffrail::EnvironmentStatePtr state);
    void refreshing(const QString &environment, bool active);
    /// One line for people: what was noticed, about what, how bad.
    void activity(const QDateTime &at, const QString &environment, const QString &text, taffrail::Status severity);
    /// A snapshot worth remembering.
    void snapshotMade(taffrail::SnapshotPtr snapshot);
    void nextRefresh(const QDateTime &at);
    void allRead(); ///< every environment was read for the first time, slow facts included
    void settled(); ///< Options::once: every environment was read and judged

private:
    struct Watched; // one environment at run time

    void linkChanged(const ssh::LinkEvent &event);
    void databaseLinkChanged(const QString &key, const Link &link);
    void setLink(Watched &watched, const Link &link);
    void schedule();
    void startDue();
    void begin(Watched &watched, std::vector<size_t> entries);
    void observed(Watched &watched, size_t entry, const Attempt &attempt);
    void expireSlow(Watched &watched);
    void askSlow(Watched &watched, size_t entry, const sources::Request &request);
    void runFinished(Watched &watched);
    void markChanged(Watched &watched);
    void publish();
    void judge(Watched &watched);
    void judged(const QString &environment, const EnvironmentStatePtr &state);
    void tick();
    void noteChanges(const Watched &watched, const EnvironmentState &state);

    Transports m_transports;
    Options m_options;
    Courier m_courier;
    Agreements m_agreements;
    Schedule m_schedule;
    std::map<QString, std::unique_ptr<Watched>> m_watched;
    std::vector<QString> m_order; ///< environments in inventory order
    QMultiHash<QString, std::pair<QString, QString>> m_hostsOfKey; ///< connection key → environment, host
    QMultiHash<QString, std::pair<QString, QString>> m_databasesOfKey;
    QTimer m_dueTimer;
    QTimer m_publishTimer;
    QTimer m_tickTimer;
    std::chrono::steady_clock::time_point m_lastTick;
    qint64 m_lastBootMs = 0;
    size_t m_unsettled = 0;
    int m_slowUnderWay = 0;
    bool m_allRead = false;
    bool m_started = false;
    std::shared_ptr<Mailbox<Monitor>> m_mailbox; ///< for what transports tell: on foreign threads, perhaps late
    std::unique_ptr<QThreadPool> m_workers; ///< last: its threads use the rest
};

} // namespace taffrail
