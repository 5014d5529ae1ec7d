// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgplan.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::pg;

namespace {

Target targetFor(const QString &dsn, bool production = false, bool tunnelled = false)
{
    Target target;
    target.spec.id = QStringLiteral("main");
    target.spec.dsn = dsn;
    target.production = production;
    if (tunnelled)
        target.tunnel = [](const QString &, int, int, const Done<bool> &) { /* never used here */ };
    return target;
}

QByteArray parameter(const ConnectPlan &plan, const char *key)
{
    for (const auto &[name, value] : plan.parameters) {
        if (name == key)
            return value;
    }
    return "-";
}

} // namespace

/// What a dsn turns into before anything is sent.
class TestPgPlan : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void endpoints_data();
    void endpoints();
    void guardsAreAlwaysThere();
    void productionVerifies_data();
    void productionVerifies();
    void environmentFillsGaps();
    void keysTellTargetsApart();
    void addresses();
};

void TestPgPlan::initTestCase()
{
    for (const char *name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSSLMODE",
                             "PGPASSWORD", "PGOPTIONS"})
        qunsetenv(name);
    qputenv("PGPASSFILE", "/nonexistent/passfile");
}

void TestPgPlan::endpoints_data()
{
    QTest::addColumn<QString>("dsn");
    QTest::addColumn<bool>("tunnelled");
    QTest::addColumn<QString>("found"); // "host/address/port …" or "!KIND"
    QTest::newRow("name") << "host=db.test" << false << "db.test//5432";
    QTest::newRow("address") << "host=10.0.0.9 port=6000" << false << "10.0.0.9/10.0.0.9/6000";
    QTest::newRow("v6") << "host=::1" << false << "::1/::1/5432";
    QTest::newRow("both") << "host=db.test hostaddr=10.0.0.9" << false << "db.test/10.0.0.9/5432";
    QTest::newRow("two, one port") << "host=a,b port=7" << false << "a//7 b//7";
    QTest::newRow("two, two ports") << "host=a,b port=7,8" << false << "a//7 b//8";
    QTest::newRow("empty port") << "host=a,b port=7," << false << "a//7 b//5432";
    QTest::newRow("url") << "postgresql://me@db.test:6000/shop" << false << "db.test//6000";
    QTest::newRow("socket") << "host=/run/pg" << false << "/run/pg//5432";
    QTest::newRow("default socket") << "dbname=x" << false << "//5432";
    QTest::newRow("far side's own") << "dbname=x" << true << "127.0.0.1/127.0.0.1/5432";
    QTest::newRow("far socket") << "host=/run/pg" << true << "!unsupported";
    QTest::newRow("uneven") << "host=a,b hostaddr=1.1.1.1" << false << "!bad-config";
    QTest::newRow("three ports") << "host=a,b port=1,2,3" << false << "!bad-config";
    QTest::newRow("no port") << "host=a port=0" << false << "!bad-config";
    QTest::newRow("words") << "host=a port=x" << false << "!bad-config";
    QTest::newRow("not a dsn") << "=" << false << "!bad-config";
}

void TestPgPlan::endpoints()
{
    QFETCH(QString, dsn);
    QFETCH(bool, tunnelled);
    QFETCH(QString, found);
    const auto plan = readPlan(targetFor(dsn, false, tunnelled));
    QStringList words;
    if (plan) {
        for (const Endpoint &endpoint : plan->endpoints)
            words << QString::fromUtf8(endpoint.host + '/' + endpoint.address + '/' + endpoint.port);
    } else {
        words << QLatin1Char('!') + errorKindWord(plan.error().kind);
    }
    QCOMPARE(words.join(QLatin1Char(' ')), found);
}

void TestPgPlan::guardsAreAlwaysThere()
{
    // A dsn cannot take the guards away: the last setting in "options" is the one that holds.
    const auto plan = readPlan(targetFor(QStringLiteral(
        "host=db options='-c default_transaction_read_only=off -c geqo=off' application_name=x gssencmode=require")));
    QVERIFY(plan);
    const QByteArray options = parameter(*plan, "options");
    QVERIFY(options.startsWith("-c default_transaction_read_only=off -c geqo=off "));
    QVERIFY(options.lastIndexOf("default_transaction_read_only=on")
            > options.lastIndexOf("default_transaction_read_only=off"));
    QVERIFY(options.contains("search_path=pg_catalog"));
    QCOMPARE(parameter(*plan, "application_name"), "taffrail");
    QCOMPARE(parameter(*plan, "gssencmode"), "disable");
    QCOMPARE(parameter(*plan, "tcp_user_timeout"), "10000");
    QCOMPARE(parameter(*plan, "keepalives_idle"), "5");
    QCOMPARE(parameter(*plan, "password"), "-");
    QCOMPARE(plan->connectTimeout, std::chrono::milliseconds(5'000));
    const auto own = readPlan(targetFor(QStringLiteral("host=db connect_timeout=2 keepalives_idle=60")));
    QCOMPARE(own->connectTimeout, std::chrono::milliseconds(2'000));
    QCOMPARE(parameter(*own, "keepalives_idle"), "60");
}

void TestPgPlan::productionVerifies_data()
{
    QTest::addColumn<QString>("dsn");
    QTest::addColumn<bool>("production");
    QTest::addColumn<QByteArray>("mode");
    QTest::newRow("production") << "host=db.test" << true << QByteArray("verify-full");
    QTest::newRow("said otherwise") << "host=db.test sslmode=require" << true << QByteArray("require");
    QTest::newRow("staging") << "host=db.test" << false << QByteArray("-");
    QTest::newRow("loopback") << "host=127.0.0.1" << true << QByteArray("-");
    QTest::newRow("localhost") << "host=localhost" << true << QByteArray("-");
    QTest::newRow("a name that looks like it") << "host=127.0.0.1.evil.test" << true << QByteArray("verify-full");
    QTest::newRow("socket") << "host=/run/pg" << true << QByteArray("-");
    QTest::newRow("one of two leaves") << "host=localhost,db.test" << true << QByteArray("verify-full");
}

void TestPgPlan::productionVerifies()
{
    QFETCH(QString, dsn);
    QFETCH(bool, production);
    QFETCH(QByteArray, mode);
    const auto plan = readPlan(targetFor(dsn, production));
    QVERIFY(plan);
    QCOMPARE(parameter(*plan, "sslmode"), mode);
    QCOMPARE(plan->verifiesName, mode == "verify-full");
    if (mode == "verify-full")
        QVERIFY(parameter(*plan, "sslrootcert") != "-"
                || QFile::exists(QDir::home().filePath(QStringLiteral(".postgresql/root.crt"))));
}

void TestPgPlan::environmentFillsGaps()
{
    qputenv("PGHOST", "from-environment");
    qputenv("PGHOSTADDR", "10.9.9.9");
    qputenv("PGUSER", "someone");
    const auto plain = readPlan(targetFor(QStringLiteral("dbname=shop")));
    QCOMPARE(plain->endpoints[0].host, "from-environment");
    QCOMPARE(plain->endpoints[0].address, "10.9.9.9");
    QCOMPARE(plain->user, "someone");
    const auto named = readPlan(targetFor(QStringLiteral("host=db.test user=me")));
    QCOMPARE(named->endpoints[0].host, "db.test");
    QCOMPARE(named->endpoints[0].address, QByteArray()); // the environment's would lead elsewhere
    QCOMPARE(named->user, "me");
    QCOMPARE(named->database, "me");
    for (const char *name : {"PGHOST", "PGHOSTADDR", "PGUSER"})
        qunsetenv(name);
}

void TestPgPlan::keysTellTargetsApart()
{
    const auto keyOf = [](const QString &dsn, const QString &tunnelKey = {}, bool production = false) {
        Target target = targetFor(dsn, production);
        target.tunnelKey = tunnelKey;
        return Pool::keyOf(target);
    };
    const QString key = keyOf(QStringLiteral("host=a dbname=b"));
    QCOMPARE(keyOf(QStringLiteral("dbname='b'   host=a")), key);
    QVERIFY(keyOf(QStringLiteral("host=a dbname=c")) != key);
    QVERIFY(keyOf(QStringLiteral("host=a dbname=b"), QStringLiteral("web1")) != key);
    QVERIFY(keyOf(QStringLiteral("host=a dbname=b"), {}, true) != key);
}

void TestPgPlan::addresses()
{
    const auto plan = withAddresses(*readPlan(targetFor(QStringLiteral("host=localhost,10.0.0.9,/run/pg port=7,8,9"))),
                                    QStringLiteral("main"));
    QVERIFY(plan);
    QVERIFY(plan->endpoints.size() >= 3);
    QCOMPARE(plan->endpoints.front().host, "localhost");
    QVERIFY(!plan->endpoints.front().address.isEmpty());
    QCOMPARE(plan->endpoints[plan->endpoints.size() - 2].address, "10.0.0.9");
    QCOMPARE(plan->endpoints.back().address, QByteArray());
    const auto nowhere
        = withAddresses(*readPlan(targetFor(QStringLiteral("host=no-such-host.invalid"))), QStringLiteral("main"));
    QCOMPARE(nowhere.error().kind, ErrorKind::NameNotFound);
}

QTEST_GUILESS_MAIN(TestPgPlan)
#include "tst_pgplan.moc"
