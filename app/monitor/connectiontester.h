// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "connectiontest.h"
#include "inventory.h"
#include "mailbox.h"
#include "pgpool.h"
#include "sshpool.h"

#include <QObject>
#include <QThreadPool>

#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace taffrail {

/// Tests connections stage by stage. Each test has transports of its own, so the connection is made from nothing and a
/// warm one is neither used nor disturbed; when the host answers, one read probe is run. Nothing here blocks but the
/// destructor.
class ConnectionTester : public QObject {
    Q_OBJECT
public:
    struct Options {
        ssh::Settings ssh; ///< as the pool in use has them: files, who is asked
        std::function<void(QString subject, std::function<void(QByteArray)>)> askPassword;
        pg::SecretResolver resolveSecret;
        std::chrono::milliseconds probeLimit{10'000}; ///< for the shell and for the read probe, each
        int atOnce = 4; ///< further tests wait in line
    };

    ConnectionTester(const std::vector<EnvironmentSpecPtr> &environments, Options options, QObject *parent = nullptr);
    ~ConnectionTester() override;

    /// Begins a test, or puts it in line; nothing when one of this connection is under way, or nobody knows it.
    void test(const QString &environment, const QString &subject, bool isDatabase);

signals:
    /// A test was put in line, came further, or ended.
    void changed(const taffrail::ConnectionTestPtr &test);

private:
    struct Run;
    using Key = QString;

    void begin();
    void start(Run &run);
    void startShell(Run &run);
    void startProbe(Run &run);
    void startDatabase(Run &run);
    void openWay(Run &run);
    void shellDone(Run &run, const QByteArray &nonce, const Result<ExecReply> &reply);
    void probeDone(Run &run, const QByteArray &nonce, const Result<ExecReply> &reply);
    void databaseDone(Run &run, const Result<pg::BatchReply> &reply);
    void loginStage(Run &run, const ssh::StageEvent &event);
    void connectStage(Run &run, const pg::StageEvent &event);
    void watchLimit(Run &run, TestStage stage, const char *step, const QString &text);
    void passed(Run &run, StageMoment moment);
    void finish(Run &run, std::optional<Error> error);
    void close(Run &run);
    void show(const Run &run);
    template <typename Reply>
    Done<Reply> answered(const Run &run, std::function<void(ConnectionTester &, Run &, const Result<Reply> &)> then);
    Run *running(const Key &key, quint64 number);

    std::vector<EnvironmentSpecPtr> m_environments;
    Options m_options;
    std::shared_ptr<Mailbox<ConnectionTester>> m_mailbox;
    std::deque<Key> m_waiting;
    std::map<Key, std::unique_ptr<Run>> m_runs; ///< waiting and under way
    int m_underWay = 0;
    quint64 m_lastNumber = 0;
    QThreadPool m_closers; ///< closing a pool joins its threads
};

} // namespace taffrail
