// SPDX-License-Identifier: GPL-3.0-or-later
// Restore drills of a pgBackRest repository: a good one, and those that list, verify and restore call good.
#include "drillworld.h"

using namespace taffrail::test;

class TestDrill : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void aGoodBackupPasses();
    void theLossIsMeasured();
    void aHoleInTheWalIsFound();
    void aDamagedPageIsFound();
    void aCheckThatFailsFails();

private:
    CliResult drill(const QStringList &more = {}, const QJsonObject &policy = {})
    {
        return m_world->drill(m_world->inventory(m_world->pgbackrestEntry(), policy), more);
    }
    static QJsonObject resultOf(const CliResult &result)
    {
        return result.json().value(QStringLiteral("result")).toObject();
    }

    std::unique_ptr<DrillWorld> m_world;
};

void TestDrill::initTestCase()
{
    m_world = std::make_unique<DrillWorld>();
    QVERIFY2(m_world->trouble().isEmpty(), qPrintable(m_world->trouble()));
    const QString wrong = m_world->pgbackrest(QStringLiteral("backup --type=full"));
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

void TestDrill::cleanup()
{
    QCOMPARE(m_world->scratch(), QStringList());
    QCOMPARE(m_world->strays(), QStringList());
    // A backup that failed a drill is not suggested again, though it was mended since.
    QVERIFY(QDir(m_world->path(QStringLiteral("home/state"))).removeRecursively());
}

void TestDrill::aGoodBackupPasses()
{
    const QJsonObject policy{
        {QStringLiteral("tables"), QJsonArray{QStringLiteral("orders")}},
        {QStringLiteral("checks"),
         QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("migration")},
                                {QStringLiteral("sql"), QStringLiteral("select max(version) from migrations")},
                                {QStringLiteral("equals"), QStringLiteral("0042")}}}}};
    const CliResult result = drill({}, policy);
    QVERIFY2(result.exitCode == 0, result.out + result.err);
    const QJsonObject found = resultOf(result);
    QCOMPARE(result.json()[QStringLiteral("outcome")].toString(), QStringLiteral("passed"));
    QCOMPARE(found[QStringLiteral("amcheck")].toString(), QStringLiteral("ok"));
    QCOMPARE(found[QStringLiteral("checksums")].toString(), QStringLiteral("ok"));
    QCOMPARE(found[QStringLiteral("teardown_proven")].toBool(), true);
    QCOMPARE(found[QStringLiteral("checks")].toArray().size(), 3);
    for (const QJsonValue &check : found[QStringLiteral("checks")].toArray())
        QCOMPARE(check[QStringLiteral("verdict")].toString(), QStringLiteral("passed"));
    for (const QJsonValue &phase : result.json()[QStringLiteral("phases")].toArray())
        QCOMPARE(phase[QStringLiteral("state")].toString(), QStringLiteral("done"));
    QCOMPARE(found[QStringLiteral("system_id")].toString(),
             m_world->psql(QStringLiteral("select system_identifier::text from pg_control_system()")));
    // The live server was not touched: it still archives under its own name.
    QCOMPARE(m_world->psql(QStringLiteral("select current_setting('cluster_name')")), QString());
}

void TestDrill::theLossIsMeasured()
{
    QCOMPARE(m_world->psql(QStringLiteral("insert into orders select n, 'late' from generate_series(20001, 20010) n")),
             QString());
    const CliResult before = drill({QStringLiteral("--target"), QStringLiteral("latest")});
    QVERIFY2(before.exitCode == 0, before.out + before.err);
    QVERIFY(resultOf(before)[QStringLiteral("loss_bytes")].toDouble() > 0); // the open segment was not archived
    QVERIFY(m_world->psql(QStringLiteral("select pg_switch_wal()")).contains(QLatin1Char('/')));
    QTRY_VERIFY_WITH_TIMEOUT(
        m_world->psql(QStringLiteral(
            "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) from pg_stat_archiver"))
            == QLatin1String("t"),
        120'000);
    const QJsonObject rows{
        {QStringLiteral("checks"),
         QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("rows")},
                                {QStringLiteral("sql"), QStringLiteral("select count(*) from public.orders")},
                                {QStringLiteral("within"), QStringLiteral("0%")}}}}};
    const CliResult after = drill({QStringLiteral("--target"), QStringLiteral("latest")}, rows);
    QVERIFY2(after.exitCode == 0, after.out + after.err);
    QVERIFY(resultOf(after)[QStringLiteral("loss_bytes")].toDouble()
            < resultOf(before)[QStringLiteral("loss_bytes")].toDouble());
    QVERIFY(!resultOf(after)[QStringLiteral("recovered_to")].isNull());
}

void TestDrill::aHoleInTheWalIsFound()
{
    QCOMPARE(m_world->shell(QStringLiteral(
                 "cp -a repo repo.good; f=$(ls repo/archive/main/*/*/*.backup | tail -n 1); s=${f%%.*}; rm \"$s\"-*")),
             QString());
    QCOMPARE(m_world->pgbackrest(QStringLiteral("verify --output=text")), QString());
    QByteArray label;
    QCOMPARE(m_world->shell(QStringLiteral("pgbackrest --config=$W/pgbackrest.conf --stanza=main info | grep -oE "
                                           "'[0-9]{8}-[0-9]{6}F' | tail -n 1"),
                            &label),
             QString());
    // The list of segments shows it already: nothing is suggested any more, but a person may name the backup.
    const CliResult suggested = drill();
    const CliResult result = drill({QStringLiteral("--backup"), QString::fromUtf8(label.trimmed())});
    QCOMPARE(m_world->shell(QStringLiteral("rm -rf repo; mv repo.good repo")), QString());
    QVERIFY2(suggested.exitCode != 0 && suggested.err.contains("no usable backup is listed"), suggested.err);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY2(resultOf(result)[QStringLiteral("backup_at_fault")].toBool(), result.out);
    QCOMPARE(result.json()[QStringLiteral("exit_code")].toInt(), 23);
}

void TestDrill::aDamagedPageIsFound()
{
    QByteArray file;
    m_world->psql(QStringLiteral("checkpoint"));
    file = m_world->psql(QStringLiteral("select pg_relation_filepath('orders')")).toUtf8();
    QCOMPARE(m_world->shell(
                 QStringLiteral("$B/pg_ctl -D live -m fast -w stop >/dev/null; cp live/%1 page.good; printf 'XXXX' | "
                                "dd of=live/%1 bs=1 "
                                "seek=8300 conv=notrunc 2>/dev/null; $B/pg_ctl -D live -w -l live.log start >/dev/null")
                     .arg(QString::fromUtf8(file))),
             QString());
    QCOMPARE(m_world->pgbackrest(QStringLiteral("backup --type=full")), QString());
    const QString damaged = QStringLiteral(
        "$(pgbackrest --config=$W/pgbackrest.conf --stanza=main info | grep -oE '[0-9]{8}-[0-9]{6}F' | tail -n 1)");
    QByteArray label;
    QCOMPARE(m_world->shell(QStringLiteral("echo ") + damaged, &label), QString());
    const CliResult result = drill({QStringLiteral("--backup"), QString::fromUtf8(label.trimmed())});
    QCOMPARE(m_world->shell(
                 QStringLiteral("$B/pg_ctl -D live -m fast -w stop >/dev/null; cp page.good live/%1; $B/pg_ctl "
                                "-D live -w -l live.log start "
                                ">/dev/null; pgbackrest --config=$W/pgbackrest.conf --stanza=main --set=%2 expire")
                     .arg(QString::fromUtf8(file), QString::fromUtf8(label.trimmed()))),
             QString());
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QCOMPARE(resultOf(result)[QStringLiteral("checksums")].toString(), QStringLiteral("bad"));
    QVERIFY(resultOf(result)[QStringLiteral("backup_at_fault")].toBool());
}

void TestDrill::aCheckThatFailsFails()
{
    const QJsonObject policy{
        {QStringLiteral("checks"),
         QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("orders")},
                                {QStringLiteral("sql"), QStringLiteral("select count(*) from public.orders")},
                                {QStringLiteral("min"), 1000000}}}}};
    const CliResult result = drill({}, policy);
    QVERIFY2(result.exitCode == 2, result.out + result.err);
    QVERIFY(!resultOf(result)[QStringLiteral("backup_at_fault")].toBool());
    QVERIFY(resultOf(result)[QStringLiteral("teardown_proven")].toBool());
}

QTEST_GUILESS_MAIN(TestDrill)
#include "tst_drill.moc"
