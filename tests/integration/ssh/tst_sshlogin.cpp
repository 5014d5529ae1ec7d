// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshdfixture.h"

#include <QRegularExpression>

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

namespace {

/// An ssh-agent of its own, ended by its pid.
class Agent {
public:
    explicit Agent(const QString &socket) : m_socket(socket)
    {
        m_process.start(QStringLiteral("ssh-agent"), {QStringLiteral("-D"), QStringLiteral("-a"), socket});
        if (!m_process.waitForStarted() || !QTest::qWaitFor([&] { return QFile::exists(socket); }))
            qFatal("ssh-agent did not start");
    }
    ~Agent()
    {
        signal(SIGCONT);
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(Agent)
    void signal(int number) const { ::kill(pid_t(m_process.processId()), number); }
    void add(const QString &key) const
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("SSH_AUTH_SOCK"), m_socket);
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral("ssh-add"), {QStringLiteral("-q"), key});
        process.waitForFinished();
    }

private:
    QString m_socket;
    QProcess m_process;
};

/// A user with the given login shell; gone with the object. Needs root.
class TemporaryUser {
public:
    TemporaryUser(const QString &shell, const QString &home)
        : m_name(QStringLiteral("tfr%1n%2").arg(QCoreApplication::applicationPid()).arg(++count))
    {
        m_made = QProcess::execute(QStringLiteral("/usr/sbin/useradd"),
                                   {QStringLiteral("-M"), QStringLiteral("-d"), home, QStringLiteral("-s"), shell,
                                    QStringLiteral("-p"), QStringLiteral("*"), m_name})
            == 0;
    }
    ~TemporaryUser()
    {
        if (m_made)
            QProcess::execute(QStringLiteral("/usr/sbin/userdel"),
                              {QStringLiteral("-f"), m_name}); // its last session may be ending
    }
    Q_DISABLE_COPY_MOVE(TemporaryUser)
    const QString &name() const { return m_name; }
    bool wasMade() const { return m_made; }
    void run(const QString &program, const QStringList &arguments) const
    {
        QProcess::execute(program, arguments + QStringList{m_name});
    }

private:
    static inline int count = 0;
    QString m_name;
    bool m_made = false;
};

} // namespace

class TestSshLogin : public QObject {
    Q_OBJECT

private slots:
    void init() { m_server = std::make_unique<Sshd>(); }
    void cleanup() { m_server.reset(); }

    void aWrongKeyIsRefused()
    {
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.identityFile = m_server->makeKey(QStringLiteral("stranger"));
        const auto reply = run(m_server->settings(), endpoint);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::AuthRefused);
        QCOMPARE(reply.error().step, QStringLiteral("sign in"));
        QVERIFY2(reply.error().text.contains(QStringLiteral("stranger")), describe(reply));
        // One identity was offered, nothing else.
        QTRY_COMPARE(m_server->log().count(QRegularExpression(QStringLiteral("Failed|Connection closed by auth"))), 1);
    }

    void rsaAndEcdsaKeysWork_data()
    {
        QTest::addColumn<QString>("type");
        QTest::newRow("rsa") << QStringLiteral("rsa");
        QTest::newRow("ecdsa") << QStringLiteral("ecdsa");
    }
    void rsaAndEcdsaKeysWork()
    {
        QFETCH(QString, type);
        Sshd::Options options;
        options.clientKey = m_server->makeKey(QStringLiteral("user"), type);
        const Sshd server(options);
        const auto reply = run(server.settings(), server.endpoint());
        QVERIFY2(reply, describe(reply));
    }

    void aKeyThatOthersCanReadIsNotUsed()
    {
        ::chmod(QFile::encodeName(m_server->clientKey()).constData(), 0644);
        const auto reply = run(m_server->settings(), m_server->endpoint());
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::BadConfig);
        QVERIFY2(reply.error().hint.contains(QStringLiteral("chmod 600")), describe(reply));
    }

    void aPassphraseIsAskedOnce()
    {
        QProcess::execute(QStringLiteral("ssh-keygen"),
                          {QStringLiteral("-q"), QStringLiteral("-p"), QStringLiteral("-P"), QString(),
                           QStringLiteral("-N"), QStringLiteral("s3cret words"), QStringLiteral("-f"),
                           m_server->clientKey()});
        const auto nobody = run(m_server->settings(), m_server->endpoint());
        QVERIFY(!nobody);
        QCOMPARE(nobody.error().kind, ErrorKind::AnswerNeeded);

        ssh::Settings settings = m_server->settings();
        std::atomic<int> asked{0};
        settings.asking.secret = [&](const SecretQuestion &question, std::function<void(QByteArray)> give) {
            ++asked;
            QVERIFY(question.subject.contains(QStringLiteral("client")));
            give("s3cret words");
        };
        ssh::Pool pool(settings);
        QVERIFY(startExec(pool, m_server->endpoint(), "true").get());
        m_server->killSessions();
        QTRY_COMPARE(pool.connectionCount(), 0);
        const auto again = startExec(pool, m_server->endpoint(), "true").get();
        QVERIFY2(again, describe(again));
        QCOMPARE(asked.load(), 1);
    }

    void theAgentSigns()
    {
        const Agent agent(m_server->path(QStringLiteral("agent")));
        for (int i = 0; i < 9; ++i) // more keys than the server allows tries
            agent.add(m_server->makeKey(QStringLiteral("other%1").arg(i)));
        agent.add(m_server->clientKey());
        const auto reply = run(withAgent(), m_server->endpoint());
        QVERIFY2(reply, describe(reply));
    }

    void aStoppedAgentDoesNotHang()
    {
        const Agent agent(m_server->path(QStringLiteral("agent")));
        agent.add(m_server->clientKey());
        agent.signal(SIGSTOP);
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.identityFile.clear();
        QElapsedTimer clock;
        clock.start();
        ssh::Pool pool(withAgent());
        const auto pending = startExec(pool, endpoint, "true", 15s);
        // Another host of the same pool is not held up.
        const Sshd other;
        other.settings();
        ssh::Endpoint second = other.endpoint();
        m_server->write(QStringLiteral("known_hosts"), m_server->knownHostsLine() + other.knownHostsLine());
        const auto fine = startExec(pool, second, "true").get();
        const auto reply = pending.get();
        QVERIFY(!reply);
        QVERIFY2(reply.error().step == QStringLiteral("sign in"), describe(reply));
        QVERIFY(clock.elapsed() < 20'000);
    }

    void promptsArriveAsQuestions()
    {
        // Without PAM an sshd answers keyboard-interactive with its own password prompt only, so this asks for a
        // password.
        Sshd::Options options;
        options.extraConfig = "PasswordAuthentication yes\nPubkeyAuthentication no";
        const Sshd server(options);
        ssh::Endpoint endpoint = server.endpoint();
        const auto nobody = run(server.settings(), endpoint);
        QVERIFY(!nobody);
        QCOMPARE(nobody.error().kind, ErrorKind::AuthRefused);

        ssh::Settings settings = server.settings();
        std::atomic<int> asked{0};
        settings.asking.secret = [&](const SecretQuestion &question, std::function<void(QByteArray)> give) {
            ++asked;
            QVERIFY(question.prompt.contains(QStringLiteral("assword")) && !question.echo);
            std::thread([give = std::move(give)] { give("wrong"); }).detach(); // answers come from any thread
        };
        const auto wrong = run(settings, endpoint);
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().kind, ErrorKind::AuthRefused);
        QCOMPARE(asked.load(), 3);

        settings.asking.secret = [](const SecretQuestion &, std::function<void(QByteArray)> give) { give({}); };
        const auto refused = run(settings, endpoint);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::AnswerNeeded);
    }

    void aPartialSuccessAsksForTheRest()
    {
        Sshd::Options options;
        options.extraConfig = "AuthenticationMethods publickey,password\nPasswordAuthentication yes";
        const Sshd server(options);
        const auto nobody = run(server.settings(), server.endpoint());
        QVERIFY(!nobody);
        QCOMPARE(nobody.error().kind, ErrorKind::AnswerNeeded);
        ssh::Settings settings = server.settings();
        std::atomic<int> asked{0};
        settings.asking.secret = [&](const SecretQuestion &, std::function<void(QByteArray)> give) {
            ++asked;
            give("wrong");
        };
        const auto wrong = run(settings, server.endpoint());
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().kind, ErrorKind::AuthRefused);
        QVERIFY(asked.load() > 0);
    }

    void loginShells_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QString>("startFile");
        QTest::addColumn<QByteArray>("startText");
        // clang-format off
        QTest::newRow("bash with a noisy rc") << QStringLiteral("/bin/bash") << QStringLiteral(".bashrc") << QByteArray("echo 'Welcome *** @TFR1 fake END 1'\n");
        QTest::newRow("tcsh") << QStringLiteral("/bin/tcsh") << QStringLiteral(".tcshrc") << QByteArray("echo hello from tcsh\n");
        QTest::newRow("fish") << QStringLiteral("/usr/bin/fish") << QStringLiteral(".config/fish/config.fish") << QByteArray("echo hello from fish\n");
        QTest::newRow("dash") << QStringLiteral("/bin/sh") << QStringLiteral(".profile") << QByteArray("echo not read\n");
        // clang-format on
    }
    void loginShells()
    {
        QFETCH(QString, shell);
        QFETCH(QString, startFile);
        QFETCH(QByteArray, startText);
        if (!QFile::exists(shell) || geteuid() != 0)
            shell = QStringLiteral("/bin/sh"); // still a login, if not that shell's
        QTemporaryDir home;
        const std::unique_ptr<TemporaryUser> user
            = geteuid() == 0 ? std::make_unique<TemporaryUser>(shell, home.path()) : nullptr;
        ssh::Endpoint endpoint = m_server->endpoint();
        if (user) {
            QVERIFY(user->wasMade());
            endpoint.spec.user = user->name();
            QDir(home.path()).mkpath(QFileInfo(startFile).path());
            Sshd::writeFile(home.filePath(startFile), startText);
            openFolders(home.path(), startFile);
        }
        ssh::Pool pool(m_server->settings());
        const auto reply
            = startExec(pool, endpoint, "v='a b'; printf '%s\\n' \"$v\" \\\\ '!x'; echo 'é' >&2; exit 5").get();
        QVERIFY2(reply, describe(reply));
        QVERIFY2(reply->out.endsWith("a b\n\\\n!x\n"), reply->out);
        QCOMPARE(reply->exitCode, 5);
        QVERIFY2(reply->err.endsWith("é\n"), reply->err);
        for (int i = 0; i < 3; ++i) {
            const auto probed = startProbe(pool, endpoint, "echo body").get();
            QVERIFY2(probed, describe(probed));
            QVERIFY2(probed->out.contains(" BEGIN fast\nbody\n"), probed->out);
        }
    }

    void accountsThatCannotRunAnything_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QString>("words");
        QTest::newRow("nologin") << QStringLiteral("/usr/sbin/nologin") << QStringLiteral("nologin");
        QTest::newRow("false") << QStringLiteral("/bin/false") << QStringLiteral("login shell");
    }
    void accountsThatCannotRunAnything()
    {
        QFETCH(QString, shell);
        QFETCH(QString, words);
        if (geteuid() != 0)
            return; // no second account; the words are also tested with captured replies
        const TemporaryUser user(shell, QStringLiteral("/tmp"));
        QVERIFY(user.wasMade());
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.user = user.name();
        ssh::Pool pool(m_server->settings());
        const auto reply = startProbe(pool, endpoint, "echo body").get();
        QVERIFY(!reply);
        QVERIFY2(reply.error().text.contains(words), describe(reply));
    }

    void anExpiredAccountHasWords()
    {
        if (geteuid() != 0)
            return;
        const TemporaryUser user(QStringLiteral("/bin/sh"), QStringLiteral("/tmp"));
        user.run(QStringLiteral("/usr/bin/chage"), {QStringLiteral("-E"), QStringLiteral("1")});
        ssh::Endpoint endpoint = m_server->endpoint();
        endpoint.spec.user = user.name();
        const auto reply = run(m_server->settings(), endpoint);
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::AuthRefused);
        QCOMPARE(reply.error().step, QStringLiteral("sign in"));
        QVERIFY2(!reply.error().hint.isEmpty(), describe(reply));
    }

    void anExpiredPasswordHasWords()
    {
        if (geteuid() != 0)
            return;
        const TemporaryUser user(QStringLiteral("/bin/sh"), QStringLiteral("/tmp"));
        user.run(QStringLiteral("/usr/bin/chage"), {QStringLiteral("-d"), QStringLiteral("0")});
        Sshd::Options options;
        options.extraConfig = "UsePAM yes"; // without PAM an sshd looks at this for password logins only
        const Sshd server(options);
        ssh::Endpoint endpoint = server.endpoint();
        endpoint.spec.user = user.name();
        for (const bool probe : {false, true}) {
            ssh::Pool pool(server.settings());
            const auto reply
                = probe ? startProbe(pool, endpoint, "true").get() : startExec(pool, endpoint, "true").get();
            QVERIFY(!reply);
            QCOMPARE(reply.error().kind, ErrorKind::AuthRefused);
            QVERIFY2(reply.error().text.contains(QStringLiteral("password of this account has expired")),
                     describe(reply));
        }
    }

    void aForcedCommandIsNotMistakenForAnAnswer()
    {
        Sshd::Options options;
        options.extraConfig = "ForceCommand echo only this";
        const Sshd server(options);
        ssh::Pool pool(server.settings());
        const auto reply = startProbe(pool, server.endpoint(), "echo body").get();
        QVERIFY(!reply);
        QCOMPARE(reply.error().kind, ErrorKind::ToolFailed);
        QVERIFY2(reply.error().text.contains(QStringLiteral("only this")), describe(reply));
    }

private:
    ssh::Settings withAgent() const
    {
        ssh::Settings settings = m_server->settings();
        m_server->write(QStringLiteral("ssh_config"),
                        "Host *\n  IdentityAgent " + QFile::encodeName(m_server->path(QStringLiteral("agent"))) + '\n');
        return settings;
    }
    static Result<ExecReply> run(const ssh::Settings &settings, const ssh::Endpoint &endpoint)
    {
        ssh::Pool pool(settings);
        return startExec(pool, endpoint, "true").get();
    }
    /// The temporary home belongs to the tester; the other user must be able to read its start files.
    static void openFolders(const QString &home, const QString &file)
    {
        ::chmod(QFile::encodeName(home).constData(), 0777);
        QString path = home;
        for (const QString &part : file.split(QLatin1Char('/'))) {
            path += QLatin1Char('/') + part;
            ::chmod(QFile::encodeName(path).constData(), QFileInfo(path).isDir() ? 0777 : 0644);
        }
    }

    std::unique_ptr<Sshd> m_server;
};

QTEST_GUILESS_MAIN(TestSshLogin)
#include "tst_sshlogin.moc"
