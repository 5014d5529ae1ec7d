// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "connectiontester.h"
#include "monitor.h"
#include "questionbroker.h"
#include "snapshotstore.h"

#include <QThread>

namespace taffrail {

/// Everything below the window: transports, the monitor in its own thread, what is remembered. The one place where the
/// parts are put together, for the console and for the command line alike.
class Backend : public QObject {
    Q_OBJECT
public:
    struct Options {
        bool once = false;
        bool acceptNewHostKeys = false;
        bool askPeople = false; ///< a window is there to answer questions
        bool askOnTerminal = false; ///< ask for passphrases on the terminal, if there is one
        QString stateFile; ///< where snapshots are kept; "" = they are not
        QString expectedFile; ///< differences that people accepted; "" = none
        QString baselineFolder; ///< where settings were saved to be compared with; "" = nowhere
        QString proofsFile; ///< what was proved of backups, as ProofStore keeps it; "" = nothing is remembered
    };

    Backend(const std::vector<EnvironmentSpecPtr> &environments, const Options &options, QObject *parent = nullptr);
    ~Backend() override;

    Monitor &monitor() { return *m_monitor; } ///< lives in another thread: connect, or call its slots by invokeMethod
    /// For who acts beside the monitor; they end before this object.
    Transports transports() { return {*m_ssh, *m_local, *m_postgres, *m_http}; }
    /// Tests connections beside those in use.
    ConnectionTester &tester() { return *m_tester; }
    QuestionBroker &questions() { return m_questions; }
    void start();
    void refresh(const QString &environment);
    /// Connect again now, without waiting for back-off, and read anew.
    void retry(const QString &environment);
    /// Last known states, judged now: to be shown before anything was read.
    const std::shared_ptr<ProofBook> &proofs() const { return m_proofs; } ///< null without a file
    const std::vector<EnvironmentStatePtr> &remembered() const { return m_remembered; }
    /// What could not be remembered, in words; "" = all well.
    QString storeTrouble() const { return m_storeTrouble; }

signals:
    /// What is observed can't be remembered at present, in words; "" = it can again.
    void storeFailed(const QString &words);

private:
    void openStore(const QString &file, Monitor::Options &monitoring);

    QuestionBroker m_questions;
    std::unique_ptr<SnapshotStore> m_store;
    std::shared_ptr<ProofBook> m_proofs;
    QString m_storeTrouble;
    std::vector<EnvironmentStatePtr> m_remembered;
    std::unique_ptr<ssh::Pool> m_ssh;
    std::unique_ptr<LocalShell> m_local;
    std::unique_ptr<pg::Pool> m_postgres;
    std::unique_ptr<http::Client> m_http;
    QThread m_thread;
    Monitor *m_monitor = nullptr;
    std::unique_ptr<ConnectionTester> m_tester; ///< asks through m_questions
};

} // namespace taffrail
