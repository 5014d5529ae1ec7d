// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectiontester.h"

#include "pgfixture.h"
#include "sshdfixture.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;
using tests::PgCluster;

namespace {

/// "Resolve:Passed …", one word a row.
QString rowsText(const ConnectionTest &test)
{
    static const char *const stages[]
        = {"way", "resolve", "tcp", "hostkey", "tls", "signin", "shell", "database", "probe"};
    static const char *const states[] = {"waiting", "running", "passed", "failed", "unreached", "unused"};
    QStringList words;
    for (const StageRow &row : test.rows)
        words << QString::fromLatin1(stages[int(row.stage)]) + QLatin1Char(':')
                + QString::fromLatin1(states[int(row.state)]);
    return words.join(QLatin1Char(' '));
}

const StageRow *failedRow(const ConnectionTest &test)
{
    const auto found = std::ranges::find(test.rows, StageState::Failed, &StageRow::state);
    return found == test.rows.end() ? nullptr : &*found;
}

/// A port that takes connections and says nothing.
class SilentPort {
public:
    SilentPort()
    {
        sockaddr_in name{};
        m_fd = test::Sshd::bindTo(QStringLiteral("127.0.0.1"), 0, name);
        ::listen(m_fd, 16);
        m_port = ntohs(name.sin_port);
    }
    ~SilentPort() { ::close(m_fd); }
    Q_DISABLE_COPY_MOVE(SilentPort)
    quint16 port() const { return m_port; }

private:
    int m_fd = -1;
    quint16 m_port = 0;
};

} // namespace

/// Staged tests against a real sshd and a real PostgreSQL.
class TestConnectionTester : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        m_cluster.execute("CREATE ROLE reader LOGIN PASSWORD 'letmein'");
        for (const char *name : {"PGPASSFILE", "PGSERVICEFILE", "PGPASSWORD", "PGSERVICE"})
            qunsetenv(name);
        qputenv("PGPASSFILE", "/nonexistent");
    }

    void goodHost()
    {
        const ConnectionTest test = tested(host(m_sshd.endpoint().spec));
        QCOMPARE(rowsText(test),
                 QStringLiteral("resolve:passed tcp:passed hostkey:passed signin:passed shell:passed probe:passed"));
        QVERIFY(test.hasPassed());
        std::chrono::microseconds sum{0};
        for (const StageRow &row : test.rows) {
            QVERIFY2(row.took, "every stage has its time");
            sum += *row.took;
        }
        QVERIFY(sum <= test.took);
        QCOMPARE(test.rows[0].text, m_sshd.address());
        QCOMPARE(test.rows[1].text, m_sshd.address());
        QCOMPARE(test.rows[2].text, m_sshd.fingerprint());
        QVERIFY2(test.rows[5].text.startsWith(QStringLiteral("Linux ")), qPrintable(test.rows[5].text));
    }

    void hostFailures_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("rows");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const auto row = [](const char *what, const char *rows, ErrorKind kind, const char *words) {
            QTest::newRow(what) << QString::fromLatin1(what) << QString::fromLatin1(rows) << int(kind)
                                << QString::fromLatin1(words);
        };
        row("wrong key", "resolve:passed tcp:passed hostkey:passed signin:failed shell:unreached probe:unreached",
            ErrorKind::AuthRefused, "");
        row("changed host key",
            "resolve:passed tcp:passed hostkey:failed signin:unreached shell:unreached probe:unreached",
            ErrorKind::HostKeyChanged, "SHA256:");
        row("unknown host key",
            "resolve:passed tcp:passed hostkey:failed signin:unreached shell:unreached probe:unreached",
            ErrorKind::HostKeyUnknown, "SHA256:");
        row("refused port",
            "resolve:passed tcp:failed hostkey:unreached signin:unreached shell:unreached probe:unreached",
            ErrorKind::Unreachable, "refused");
        row("silent port", "resolve:passed tcp:passed hostkey:failed signin:unreached shell:unreached probe:unreached",
            ErrorKind::Unreachable, "said nothing");
        row("unknown name",
            "resolve:failed tcp:unreached hostkey:unreached signin:unreached shell:unreached probe:unreached",
            ErrorKind::NameNotFound, "no-such-host.invalid");
        row("user not allowed",
            "resolve:passed tcp:passed hostkey:passed signin:failed shell:unreached probe:unreached",
            ErrorKind::AuthRefused, "");
        row("no login shell", "resolve:passed tcp:passed hostkey:passed signin:passed shell:failed probe:unreached",
            ErrorKind::AuthRefused, "no login shell");
        row("forced command", "resolve:passed tcp:passed hostkey:passed signin:passed shell:failed probe:unreached",
            ErrorKind::ToolFailed, "backups only");
        row("hanging shell", "resolve:passed tcp:passed hostkey:passed signin:passed shell:failed probe:unreached",
            ErrorKind::Timeout, "no answer");
    }
    void hostFailures()
    {
        QFETCH(QString, what);
        QFETCH(QString, rows);
        QFETCH(int, kind);
        QFETCH(QString, words);
        SshSpec spec = m_sshd.endpoint().spec;
        ssh::Settings settings = m_sshd.settings();
        settings.connectTimeout = 1500ms;
        const SilentPort silent;
        std::unique_ptr<test::Sshd> other;
        const auto otherWith = [&other, this](const QByteArray &config) {
            test::Sshd::Options options;
            options.hostKeyFile = m_sshd.hostKeyFile();
            options.clientKey = m_sshd.clientKey();
            options.extraConfig = config;
            other = std::make_unique<test::Sshd>(options);
        };
        if (what == QLatin1String("wrong key")) {
            spec.identityFile = m_sshd.makeKey(QStringLiteral("stranger"));
        } else if (what == QLatin1String("changed host key")) {
            m_sshd.write(QStringLiteral("known_hosts"), knownWith(m_sshd.makeKey(QStringLiteral("elder"))));
        } else if (what == QLatin1String("unknown host key")) {
            m_sshd.write(QStringLiteral("known_hosts"), {});
        } else if (what == QLatin1String("refused port")) {
            spec.port = test::Sshd::freePort(m_sshd.address());
        } else if (what == QLatin1String("silent port")) {
            spec.port = silent.port();
        } else if (what == QLatin1String("unknown name")) {
            spec.alias = QStringLiteral("no-such-host.invalid");
        } else {
            static const QHash<QString, QByteArray> configs{
                {QStringLiteral("user not allowed"), "AllowUsers somebody-else\n"},
                {QStringLiteral("no login shell"),
                 "ForceCommand sh -c 'echo This account is currently not available.; exit 1'\n"},
                {QStringLiteral("forced command"), "ForceCommand echo backups only\n"},
                {QStringLiteral("hanging shell"), "ForceCommand sleep 60\n"}};
            otherWith(configs.value(what));
            spec = other->endpoint().spec;
            settings = other->settings();
        }
        const ConnectionTest test = tested(host(spec), false, settings);
        QCOMPARE(rowsText(test), rows);
        QVERIFY(test.error);
        QCOMPARE(errorKindWord(test.error->kind), errorKindWord(ErrorKind(kind)));
        const StageRow *failed = failedRow(test);
        QVERIFY(failed && !failed->text.isEmpty());
        QVERIFY2(failed->text.contains(words), qPrintable(failed->text));
        QVERIFY2(!failed->hint.isEmpty(), "each failure says what to do");
        QFile::remove(m_sshd.path(QStringLiteral("stranger_ed25519")));
        QFile::remove(m_sshd.path(QStringLiteral("elder_ed25519")));
    }

    void throughAJumpHost()
    {
        SshSpec spec = m_sshd.endpoint().spec;
        test::Sshd::Options options;
        options.hostKeyFile = m_sshd.hostKeyFile();
        options.clientKey = m_sshd.clientKey();
        auto bastion = std::make_unique<test::Sshd>(options);
        spec.jump = QStringList{QStringLiteral("%1@127.0.0.1:%2").arg(spec.user).arg(bastion->port())};
        ssh::Settings settings = m_sshd.settings();
        m_sshd.write(QStringLiteral("known_hosts"), m_sshd.knownHostsLine() + bastion->knownHostsLine());
        m_sshd.write(QStringLiteral("ssh_config"),
                     "Host *\n  IdentityAgent none\n  IdentityFile " + m_sshd.clientKey().toUtf8() + '\n');
        const ConnectionTest good = tested(host(spec), false, settings);
        QCOMPARE(rowsText(good),
                 QStringLiteral("way:passed resolve:unused tcp:passed hostkey:passed signin:passed shell:passed "
                                "probe:passed"));
        bastion.reset();
        const ConnectionTest bad = tested(host(spec), false, settings);
        QVERIFY2(rowsText(bad).startsWith(QStringLiteral("way:failed resolve:unreached")), qPrintable(rowsText(bad)));
    }

    /// A test neither uses nor disturbs what is connected.
    void warmConnectionsAreLeftAlone()
    {
        ssh::Pool pool(m_sshd.settings());
        QVERIFY(test::startExec(pool, m_sshd.endpoint(), "exit 0\n").get());
        const int before = m_sshd.sessionCount();
        const auto running = test::startExec(pool, m_sshd.endpoint(), "read line; echo over\n", 20s);
        const ConnectionTest test = tested(host(m_sshd.endpoint().spec));
        QVERIFY(test.hasPassed());
        QVERIFY(test.rows[3].took.value() > 0us); // signed in by itself
        QTRY_COMPARE(m_sshd.sessionCount(), before); // its own connection is closed again
        QCOMPARE(pool.connectionCount(), 1);
        const auto reply = running.get();
        QVERIFY(reply && reply->out == "over\n");
    }

    void thisMachine()
    {
        EnvironmentSpec spec = environment();
        spec.hosts.push_back({QStringLiteral("here"), true, {}});
        const ConnectionTest test = tested(spec);
        QCOMPARE(rowsText(test), QStringLiteral("shell:passed probe:passed"));
    }

    void goodDatabase()
    {
        const ConnectionTest test = tested(database(m_cluster.dsn(QStringLiteral("reader"))), true);
        QCOMPARE(rowsText(test),
                 QStringLiteral("resolve:passed tcp:passed tls:unused signin:passed database:passed probe:passed"));
        QVERIFY2(test.rows[5].text.contains(QStringLiteral("PostgreSQL 15")), qPrintable(test.rows[5].text));
        QVERIFY2(test.rows[5].hint.contains(QStringLiteral("GRANT")), "what the role can't see is named");
        QVERIFY(test.rows[3].took && test.rows[4].took);
        QCOMPARE(test.rows[3].text, QStringLiteral("reader"));
        QCOMPARE(test.rows[4].text, QStringLiteral("postgres"));
    }

    void databaseOverItsSocket()
    {
        const ConnectionTest test = tested(database(m_cluster.socketDsn(), {}), true);
        QCOMPARE(rowsText(test),
                 QStringLiteral("resolve:unused tcp:passed tls:unused signin:passed database:passed probe:passed"));
    }

    void databaseFailures_data()
    {
        QTest::addColumn<QString>("dsn");
        QTest::addColumn<QString>("password");
        QTest::addColumn<QString>("rows");
        QTest::addColumn<QString>("words");
        const auto at = [](int port, const char *more) {
            return QStringLiteral("host=127.0.0.1 port=%1 %2 connect_timeout=2").arg(port).arg(QLatin1String(more));
        };
        const int port = m_cluster.port();
        QTest::newRow("refused") << at(tests::freePort(), "user=reader dbname=postgres")
                                 << QStringLiteral("env:TF_GOOD")
                                 << QStringLiteral("resolve:passed tcp:failed tls:unreached signin:unreached "
                                                   "database:unreached probe:unreached")
                                 << QStringLiteral("refused");
        QTest::newRow("wrong password")
            << at(port, "user=reader dbname=postgres") << QStringLiteral("env:TF_WRONG")
            << QStringLiteral("resolve:passed tcp:passed tls:unused signin:failed database:unreached probe:unreached")
            << QStringLiteral("not accepted");
        QTest::newRow("no such database")
            << at(port, "user=reader dbname=nowhere") << QStringLiteral("env:TF_GOOD")
            << QStringLiteral("resolve:passed tcp:passed tls:unused signin:passed database:failed probe:unreached")
            << QStringLiteral("no database \"nowhere\"");
        QTest::newRow("unknown name")
            << QStringLiteral("host=no-such-host.invalid user=reader dbname=postgres") << QStringLiteral("env:TF_GOOD")
            << QStringLiteral("resolve:failed tcp:unreached tls:unreached signin:unreached database:unreached "
                              "probe:unreached")
            << QStringLiteral("no-such-host.invalid");
        QTest::newRow("silent") << at(m_silent.port(), "user=reader dbname=postgres") << QStringLiteral("env:TF_GOOD")
                                << QStringLiteral("resolve:passed tcp:passed tls:failed signin:unreached "
                                                  "database:unreached probe:unreached")
                                << QStringLiteral("did not answer");
        QTest::newRow("secret that is not there")
            << at(port, "user=reader dbname=postgres") << QStringLiteral("env:TF_MISSING")
            << QStringLiteral("resolve:unreached tcp:unreached tls:unreached signin:failed database:unreached "
                              "probe:unreached")
            << QStringLiteral("TF_MISSING");
    }
    void databaseFailures()
    {
        QFETCH(QString, dsn);
        QFETCH(QString, password);
        QFETCH(QString, rows);
        QFETCH(QString, words);
        const ConnectionTest test = tested(database(dsn, password), true);
        QCOMPARE(rowsText(test), rows);
        QVERIFY2(failedRow(test)->text.contains(words), qPrintable(failedRow(test)->text));
    }

    void databaseThroughAHost()
    {
        EnvironmentSpec spec = database(m_cluster.dsn(QStringLiteral("reader")));
        spec.hosts = host(m_sshd.endpoint().spec).hosts;
        spec.databases.front().via = QStringLiteral("web1");
        const ConnectionTest good = tested(spec, true);
        QCOMPARE(rowsText(good),
                 QStringLiteral("way:passed resolve:unused tcp:passed tls:unused signin:passed database:passed "
                                "probe:passed"));
        spec.databases.front().dsn.replace(QString::number(m_cluster.port()), QString::number(tests::freePort()));
        const ConnectionTest refused = tested(spec, true);
        QVERIFY2(rowsText(refused).startsWith(QStringLiteral("way:passed resolve:unused tcp:failed tls:unreached")),
                 qPrintable(rowsText(refused)));
        spec.hosts.front().ssh.port = test::Sshd::freePort(m_sshd.address());
        const ConnectionTest cut = tested(spec, true);
        QVERIFY2(rowsText(cut).startsWith(QStringLiteral("way:failed resolve:unreached tcp:unreached")),
                 qPrintable(rowsText(cut)));
        QVERIFY(failedRow(cut)->text.contains(QStringLiteral("refused")));
    }

    void manyWaitInLineAndOneIsNotBegunTwice()
    {
        EnvironmentSpec spec = environment();
        for (int i = 0; i < 9; ++i)
            spec.hosts.push_back({QStringLiteral("h%1").arg(i), false, m_sshd.endpoint().spec});
        ConnectionTester::Options options;
        options.ssh = m_sshd.settings();
        options.atOnce = 2;
        ConnectionTester tester({std::make_shared<const EnvironmentSpec>(spec)}, options);
        QHash<QString, int> over;
        QSet<QString> begun;
        qsizetype mostAtOnce = 0;
        connect(&tester, &ConnectionTester::changed, this, [&](const ConnectionTestPtr &test) {
            if (test->isOver()) {
                ++over[test->subject];
                begun.remove(test->subject);
            } else if (test->startedAt.isValid()) {
                begun.insert(test->subject);
            }
            mostAtOnce = std::max(mostAtOnce, begun.size());
        });
        for (const HostSpec &each : spec.hosts) {
            tester.test(spec.id, each.id, false);
            tester.test(spec.id, each.id, false);
        }
        tester.test(spec.id, QStringLiteral("nobody"), false);
        tester.test(QStringLiteral("nowhere"), QStringLiteral("h1"), false);
        QTRY_COMPARE_WITH_TIMEOUT(over.size(), qsizetype(9), 30'000);
        QCOMPARE(over.values(), QList<int>(9, 1));
        QVERIFY(mostAtOnce <= 2);
        // A test that ends with its owner is no trouble.
        tester.test(spec.id, QStringLiteral("h1"), false);
        QTRY_VERIFY(begun.contains(QStringLiteral("h1")));
    }

private:
    static EnvironmentSpec environment()
    {
        EnvironmentSpec spec;
        spec.id = QStringLiteral("shop");
        return spec;
    }
    static EnvironmentSpec host(const SshSpec &ssh)
    {
        EnvironmentSpec spec = environment();
        spec.hosts.push_back({QStringLiteral("web1"), false, ssh});
        return spec;
    }
    static EnvironmentSpec database(const QString &dsn, const QString &password = QStringLiteral("env:TF_GOOD"))
    {
        EnvironmentSpec spec = environment();
        spec.databases.push_back({QStringLiteral("main"), dsn, password, {}});
        return spec;
    }
    QByteArray knownWith(const QString &keyFile) const
    {
        const QByteArrayList words = test::Sshd::read(keyFile + QStringLiteral(".pub")).split(' ');
        return '[' + m_sshd.address().toLatin1() + "]:" + QByteArray::number(m_sshd.port()) + ' ' + words.value(0) + ' '
            + words.value(1) + '\n';
    }
    /// Tests the first host or database and waits for the end.
    ConnectionTest tested(const EnvironmentSpec &spec, bool isDatabase = false)
    {
        return tested(spec, isDatabase, m_sshd.settings());
    }
    ConnectionTest tested(const EnvironmentSpec &spec, bool isDatabase, const ssh::Settings &settings)
    {
        ConnectionTester::Options options;
        options.ssh = settings;
        options.probeLimit = 2s;
        options.resolveSecret = [](const QString &reference) -> Result<QByteArray> {
            if (reference == QLatin1String("env:TF_MISSING"))
                return failure(ErrorKind::NotFound, QStringLiteral("password"), reference,
                               QStringLiteral("there is no variable TF_MISSING"));
            return QByteArray(reference == QLatin1String("env:TF_GOOD") ? "letmein" : "sesame, open");
        };
        ConnectionTester tester({std::make_shared<const EnvironmentSpec>(spec)}, options);
        ConnectionTestPtr last;
        int seen = 0;
        connect(&tester, &ConnectionTester::changed, this, [&](const ConnectionTestPtr &test) {
            last = test;
            ++seen;
        });
        tester.test(spec.id, isDatabase ? spec.databases.front().id : spec.hosts.front().id, isDatabase);
        [&] { QTRY_VERIFY_WITH_TIMEOUT(last && last->isOver(), 30'000); }();
        [&] { QVERIFY(seen > 2); }(); // it told of the stages on the way
        return last ? *last : ConnectionTest();
    }

    test::Sshd m_sshd;
    PgCluster m_cluster;
    SilentPort m_silent;
};

QTEST_GUILESS_MAIN(TestConnectionTester)
#include "tst_connectiontester.moc"
