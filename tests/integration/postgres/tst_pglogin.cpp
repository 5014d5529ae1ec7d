// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgasking.h"
#include "pgfixture.h"
#include "tlsfixture.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

/// Every way in that can go wrong, and the words that it gives.
class TestPgLogin : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void connectFailures_data();
    void connectFailures();
    void secretsStayOutOfErrors();
    void missingGrantIsSaid();
    void deniedObjectsNameTheGrant_data();
    void deniedObjectsNameTheGrant();
    void grantShowsAtTheNextBatch();
    void tooManyConnections();
    void passfile();
    void passfileThroughATunnelMatchesTheRealPort();
    void serviceFile();
    void environmentPassword();
    void verifyFull();
    void verifyFullThroughATunnel();
    void promptIsAskedOnce();
    void declinedPromptIsNotAskedAgain();
    void lateAnswerServesTheNextBatch();
    void failingSecretIsTold();

private:
    QString writeOwn(const QString &name, const QByteArray &text, mode_t mode)
    {
        QFile file(m_own.filePath(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(text);
        file.close();
        chmod(QFile::encodeName(file.fileName()).constData(), mode);
        return file.fileName();
    }
    QString tcp(const QString &more) const
    {
        return QStringLiteral("host=127.0.0.1 port=%1 ").arg(m_cluster.port()) + more;
    }

    PgCluster m_cluster;
    CertificateAuthority m_authority;
    QTemporaryDir m_own;
};

void TestPgLogin::initTestCase()
{
    QVERIFY2(m_authority.isGood() && m_authority.issue(QStringLiteral("db"), QStringLiteral("DNS:db.test")),
             m_authority.log().constData());
    const QString certificate = m_cluster.writeFile(
        QStringLiteral("server.pem"), m_authority.bytes(QStringLiteral("db.pem")) + m_authority.intermediate(), 0644);
    const QString key
        = m_cluster.writeFile(QStringLiteral("server.key"), m_authority.bytes(QStringLiteral("db.key")), 0600);
    QVERIFY2(m_cluster.create({QStringLiteral("ssl = on"), QStringLiteral("ssl_cert_file = '%1'").arg(certificate),
                               QStringLiteral("ssl_key_file = '%1'").arg(key), QStringLiteral("max_connections = 20")}),
             m_cluster.log().constData());
    m_cluster.execute("CREATE ROLE reader LOGIN PASSWORD 'letmein'");
    m_cluster.execute("CREATE ROLE shut LOGIN PASSWORD 'letmein' CONNECTION LIMIT 1");
    m_cluster.execute("CREATE DATABASE closed");
    m_cluster.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    m_cluster.execute("CREATE TABLE public.secret (id int)");
    m_cluster.execute("CREATE SCHEMA vault");
    m_cluster.execute("CREATE TABLE vault.gold (id int)");
}

void TestPgLogin::init()
{
    for (const char *name : {"PGPASSFILE", "PGSERVICEFILE", "PGPASSWORD", "PGSERVICE"})
        qunsetenv(name);
    qputenv("PGPASSFILE", "/nonexistent/passfile");
}

void TestPgLogin::connectFailures_data()
{
    QTest::addColumn<QString>("dsn"); // PORT stands for the cluster's
    QTest::addColumn<QString>("password");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("words"); // in the error's text or hint
    // clang-format off
    QTest::newRow("refused") << "host=127.0.0.1 port=1 user=x dbname=x" << "" << int(ErrorKind::Unreachable) << "127.0.0.1:1 refused the connection";
    QTest::newRow("no such socket") << "host=/nonexistent/folder user=x dbname=x" << "" << int(ErrorKind::Unreachable) << "there is no socket";
    QTest::newRow("unknown name") << "host=no-such-host.invalid user=x dbname=x" << "" << int(ErrorKind::NameNotFound) << "no-such-host.invalid";
    QTest::newRow("wrong password") << "host=127.0.0.1 port=PORT user=postgres dbname=postgres" << "test:wrong" << int(ErrorKind::AuthRefused) << "the password of \"postgres\" was not accepted";
    QTest::newRow("no password") << "host=127.0.0.1 port=PORT user=postgres dbname=postgres" << "" << int(ErrorKind::AnswerNeeded) << "wants a password";
    QTest::newRow("unknown user") << "host=127.0.0.1 port=PORT user=nobody dbname=postgres" << "test:x" << int(ErrorKind::AuthRefused) << "nobody";
    QTest::newRow("unknown database") << "host=127.0.0.1 port=PORT user=postgres dbname=none" << "test:sesame" << int(ErrorKind::NotFound) << "there is no database \"none\"";
    QTest::newRow("closed database") << "host=127.0.0.1 port=PORT user=reader dbname=closed" << "test:letmein" << int(ErrorKind::Denied) << "GRANT CONNECT ON DATABASE \"closed\" TO \"reader\";";
    QTest::newRow("password in dsn") << "host=127.0.0.1 password=hunter2" << "" << int(ErrorKind::BadConfig) << "holds a password";
    QTest::newRow("unknown keyword") << "hots=127.0.0.1" << "" << int(ErrorKind::BadConfig) << "hots";
    QTest::newRow("not a port") << "host=127.0.0.1 port=70000" << "" << int(ErrorKind::BadConfig) << "70000";
    QTest::newRow("uneven lists") << "host=a,b,c port=1,2" << "" << int(ErrorKind::BadConfig) << "equally many";
    QTest::newRow("unknown service") << "service=nowhere" << "" << int(ErrorKind::BadConfig) << "no service \"nowhere\"";
    QTest::newRow("needs TLS file") << "host=127.0.0.1 port=PORT user=x sslmode=verify-full sslrootcert=/nonexistent.crt" << "test:x" << int(ErrorKind::CertificateRefused) << "/nonexistent.crt";
    // clang-format on
}

void TestPgLogin::connectFailures()
{
    QFETCH(QString, dsn);
    QFETCH(QString, password);
    QFETCH(int, kind);
    QFETCH(QString, words);
    dsn.replace(QLatin1String("PORT"), QString::number(m_cluster.port()));
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome = answerOf(pool, targetOf(dsn, password), batchOf({"SELECT 1"}));
    QVERIFY(!outcome);
    const QString said = sentence(outcome.error());
    QVERIFY2(said.contains(words), qPrintable(said));
    QVERIFY2(int(outcome.error().kind) == kind,
             qPrintable(errorKindWord(outcome.error().kind) + QStringLiteral(": ") + said));
    QCOMPARE(outcome.error().subject, QStringLiteral("main"));
}

void TestPgLogin::secretsStayOutOfErrors()
{
    pg::Pool pool(1, {}, testSecret);
    for (const QString &dsn :
         {QStringLiteral("host=127.0.0.1 password=hunter2"), QStringLiteral("host=127.0.0.1 password=my hunter2"),
          QStringLiteral("postgresql://me:hunter2@127.0.0.1:1/x"), QStringLiteral("postgresql://me:hunter2@[::1/x")}) {
        const Outcome outcome = answerOf(pool, targetOf(dsn), batchOf({"SELECT 1"}));
        QVERIFY(!outcome);
        QVERIFY2(!sentence(outcome.error()).contains(QLatin1String("hunter2")), qPrintable(sentence(outcome.error())));
    }
    QVERIFY(!pg::Pool::keyOf(targetOf(QStringLiteral("host=a password=hunter2"))).contains(QLatin1String("hunter2")));
    const Outcome wrong = answerOf(pool, targetOf(tcp(QStringLiteral("user=postgres")), QStringLiteral("test:hunter2")),
                                   batchOf({"SELECT 1"}));
    QVERIFY(!sentence(wrong.error()).contains(QLatin1String("hunter2")));
}

void TestPgLogin::missingGrantIsSaid()
{
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome
        = answerOf(pool, targetOf(tcp(QStringLiteral("user=reader dbname=postgres")), QStringLiteral("test:letmein")),
                   batchOf({"SELECT 1"}));
    QCOMPARE(cellOf(outcome), "1");
    QCOMPARE(outcome->session.missingGrants, QStringList{QStringLiteral("GRANT pg_monitor TO \"reader\";")});
    QCOMPARE(outcome->session.user, QStringLiteral("reader"));
    QVERIFY(outcome->session.tls); // sslmode=prefer found it
    m_cluster.execute("CREATE ROLE aside LOGIN NOINHERIT PASSWORD 'letmein' IN ROLE pg_monitor");
    const Outcome aside
        = answerOf(pool, targetOf(tcp(QStringLiteral("user=aside dbname=postgres")), QStringLiteral("test:letmein")),
                   batchOf({"SELECT 1"}));
    QCOMPARE(aside->session.missingGrants, QStringList{QStringLiteral("ALTER ROLE \"aside\" INHERIT;")});
}

void TestPgLogin::deniedObjectsNameTheGrant_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("grant");
    QTest::newRow("table") << QByteArray("SELECT * FROM public.secret")
                           << "GRANT SELECT ON \"public\".\"secret\" TO \"reader\";";
    QTest::newRow("schema") << QByteArray("SELECT * FROM vault.gold")
                            << "GRANT USAGE ON SCHEMA \"vault\" TO \"reader\";";
    QTest::newRow("function") << QByteArray("SELECT count(*) FROM pg_ls_waldir()") << "GRANT pg_monitor TO \"reader\";";
}

void TestPgLogin::deniedObjectsNameTheGrant()
{
    QFETCH(QByteArray, sql);
    QFETCH(QString, grant);
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome
        = answerOf(pool, targetOf(tcp(QStringLiteral("user=reader dbname=postgres")), QStringLiteral("test:letmein")),
                   batchOf({sql, "SELECT 2"}));
    QVERIFY(outcome && !outcome->results[0]);
    QCOMPARE(outcome->results[0].error().kind, ErrorKind::Denied);
    QVERIFY2(outcome->results[0].error().hint.endsWith(grant), qPrintable(outcome->results[0].error().hint));
    QCOMPARE(cellOf(outcome, 1), "2");
}

void TestPgLogin::grantShowsAtTheNextBatch()
{
    m_cluster.execute("CREATE ROLE later LOGIN PASSWORD 'letmein'");
    pg::Pool pool(1, {}, testSecret);
    const pg::Target target
        = targetOf(tcp(QStringLiteral("user=later dbname=postgres")), QStringLiteral("test:letmein"));
    QCOMPARE(answerOf(pool, target, batchOf({"SELECT 1"}))->session.missingGrants.size(), 1);
    m_cluster.execute("GRANT pg_monitor TO later");
    QVERIFY(answerOf(pool, target, batchOf({"SELECT 1"}))->session.missingGrants.isEmpty());
}

void TestPgLogin::tooManyConnections()
{
    pqxx::connection holder(tcp(QStringLiteral("user=shut password=letmein dbname=postgres")).toStdString());
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome
        = answerOf(pool, targetOf(tcp(QStringLiteral("user=shut dbname=postgres")), QStringLiteral("test:letmein")),
                   batchOf({"SELECT 1"}));
    QCOMPARE(outcome.error().kind, ErrorKind::Busy);
    QVERIFY(outcome.error().text.contains(QLatin1String("too many connections")));
}

void TestPgLogin::passfile()
{
    const QByteArray text
        = "# comment\nother:*:*:*:no\n127.0.0.1:" + QByteArray::number(m_cluster.port()) + ":*:postgres:sesame\n";
    const QString path = writeOwn(QStringLiteral("passfile"), text, 0600);
    qputenv("PGPASSFILE", path.toUtf8());
    pg::Pool pool(1);
    const pg::Target target = targetOf(m_cluster.dsn());
    QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
    chmod(QFile::encodeName(path).constData(), 0640);
    pool.wake();
    const Outcome open = answerOf(pool, target, batchOf({"SELECT 1"}));
    QVERIFY(!open);
    QCOMPARE(open.error().kind, ErrorKind::BadConfig);
    QVERIFY2(open.error().hint.contains(QStringLiteral("chmod 600 ") + path), qPrintable(open.error().hint));
}

void TestPgLogin::passfileThroughATunnelMatchesTheRealPort()
{
    const QByteArray text = "db.internal:" + QByteArray::number(m_cluster.port()) + ":postgres:postgres:sesame\n";
    qputenv("PGPASSFILE", writeOwn(QStringLiteral("tunnelled"), text, 0600).toUtf8());
    SocketTunnel tunnel;
    pg::Pool pool(1);
    pg::Target target
        = targetOf(QStringLiteral("host=db.internal port=%1 user=postgres dbname=postgres").arg(m_cluster.port()));
    target.tunnel = tunnel.function();
    QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
}

void TestPgLogin::serviceFile()
{
    const QByteArray text = "[other]\nhost=nowhere\n[shop]\nhost=127.0.0.1\nport="
        + QByteArray::number(m_cluster.port()) + "\nuser=postgres\ndbname=none\npassword=sesame\n";
    const QString path = writeOwn(QStringLiteral("services"), text, 0600);
    qputenv("PGSERVICEFILE", path.toUtf8());
    pg::Pool pool(1);
    // What the dsn says itself goes before the service.
    const pg::Target target = targetOf(QStringLiteral("service=shop dbname=postgres"));
    const Outcome outcome = answerOf(pool, target, batchOf({"SELECT current_database()"}));
    QCOMPARE(cellOf(outcome), "postgres");
    for (const auto &[mode, words] :
         {std::pair(0644, "holds a password"), std::pair(0622, "can be changed by other users")}) {
        chmod(QFile::encodeName(path).constData(), mode_t(mode));
        pool.wake();
        const Outcome refused = answerOf(pool, target, batchOf({"SELECT 1"}));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::BadConfig);
        QVERIFY2(refused.error().text.contains(QLatin1String(words)), qPrintable(refused.error().text));
        QVERIFY(refused.error().hint.contains(QStringLiteral("chmod")));
    }
}

void TestPgLogin::environmentPassword()
{
    qputenv("PGPASSWORD", "sesame");
    pg::Pool pool(1);
    QCOMPARE(cellOf(answerOf(pool, targetOf(m_cluster.dsn()), batchOf({"SELECT 1"}))), "1");
}

void TestPgLogin::verifyFull()
{
    pg::Pool pool(1, {}, testSecret);
    const auto outcomeOf = [&](const QString &more) {
        return answerOf(
            pool,
            targetOf(QStringLiteral("hostaddr=127.0.0.1 port=%1 user=postgres dbname=postgres sslmode=verify-full ")
                             .arg(m_cluster.port())
                         + more,
                     QStringLiteral("test:sesame")),
            batchOf({"SELECT 1"}));
    };
    const QString root = QStringLiteral(" sslrootcert=") + m_authority.path(QStringLiteral("root.pem"));
    const Outcome good = outcomeOf(QStringLiteral("host=db.test") + root);
    QCOMPARE(cellOf(good), "1");
    QVERIFY(good->session.tls);
    const Outcome otherName = outcomeOf(QStringLiteral("host=other.test") + root);
    QCOMPARE(otherName.error().kind, ErrorKind::CertificateRefused);
    QVERIFY2(otherName.error().hint.contains(QLatin1String("other.test")), qPrintable(sentence(otherName.error())));
    const Outcome noRoot = outcomeOf(QStringLiteral("host=db.test"));
    QCOMPARE(noRoot.error().kind, ErrorKind::CertificateRefused);
    QVERIFY2(noRoot.error().hint.contains(QLatin1String("sslrootcert")), qPrintable(sentence(noRoot.error())));
}

void TestPgLogin::verifyFullThroughATunnel()
{
    SocketTunnel tunnel;
    pg::Pool pool(1, {}, testSecret);
    pg::Target target
        = targetOf(QStringLiteral("host=db.test port=%1 user=postgres dbname=postgres sslrootcert=%2")
                       .arg(QString::number(m_cluster.port()), m_authority.path(QStringLiteral("root.pem"))),
                   QStringLiteral("test:sesame"));
    target.tunnel = tunnel.function();
    target.production = true; // verify-full without being asked for
    const Outcome good = answerOf(pool, target, batchOf({"SELECT 1"}));
    QCOMPARE(cellOf(good), "1");
    QVERIFY(good->session.tls);
    target.spec.dsn.replace(QLatin1String("db.test"), QLatin1String("db.example"));
    QCOMPARE(answerOf(pool, target, batchOf({"SELECT 1"})).error().kind, ErrorKind::CertificateRefused);
}

void TestPgLogin::promptIsAskedOnce()
{
    std::atomic<int> asked{0};
    pg::Pool pool(1, [&](const QString &subject, const std::function<void(QByteArray)> &answer) {
        ++asked;
        answer(subject == QLatin1String("main") && asked > 1 ? QByteArray("sesame") : QByteArray("wrong"));
    });
    const pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("prompt"));
    QCOMPARE(answerOf(pool, target, batchOf({"SELECT 1"})).error().kind, ErrorKind::AuthRefused);
    pool.wake();
    QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
    pool.wake();
    QCOMPARE(cellOf(answerOf(pool, target, batchOf({"SELECT 1"}))), "1");
    QCOMPARE(asked.load(), 2);
}

void TestPgLogin::declinedPromptIsNotAskedAgain()
{
    std::atomic<int> asked{0};
    pg::Pool pool(1, [&](const QString &, const std::function<void(QByteArray)> &answer) {
        ++asked;
        answer({});
    });
    const pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("prompt"));
    QCOMPARE(answerOf(pool, target, batchOf({"SELECT 1"})).error().kind, ErrorKind::AnswerNeeded);
    QCOMPARE(answerOf(pool, target, batchOf({"SELECT 1"})).error().kind, ErrorKind::AnswerNeeded);
    QCOMPARE(asked.load(), 1);
    pg::Pool nobody(1);
    QCOMPARE(answerOf(nobody, target, batchOf({"SELECT 1"})).error().kind, ErrorKind::AnswerNeeded);
}

void TestPgLogin::lateAnswerServesTheNextBatch()
{
    std::promise<std::function<void(QByteArray)>> question;
    pg::Pool pool(1,
                  [&](const QString &, const std::function<void(QByteArray)> &answer) { question.set_value(answer); });
    const pg::Target target = targetOf(m_cluster.dsn(), QStringLiteral("prompt"));
    pg::Batch hasty = batchOf({"SELECT 1"});
    hasty.deadline = 50ms;
    QCOMPARE(answerOf(pool, target, hasty).error().kind, ErrorKind::AnswerNeeded);
    auto second = ask(pool, target, batchOf({"SELECT 2"}));
    question.get_future().get()("sesame");
    QCOMPARE(cellOf(second.get()), "2");
}

void TestPgLogin::failingSecretIsTold()
{
    pg::Pool pool(1, {}, testSecret);
    const Outcome outcome = answerOf(pool, targetOf(m_cluster.dsn(), QStringLiteral("vault:x")), batchOf({"SELECT 1"}));
    QCOMPARE(outcome.error().kind, ErrorKind::BadConfig);
    QCOMPARE(outcome.error().subject, QStringLiteral("main"));
    pg::Pool without(1);
    QCOMPARE(answerOf(without, targetOf(m_cluster.dsn(), QStringLiteral("env:X")), batchOf({"SELECT 1"})).error().kind,
             ErrorKind::Unsupported);
}

QTEST_GUILESS_MAIN(TestPgLogin)
#include "tst_pglogin.moc"
