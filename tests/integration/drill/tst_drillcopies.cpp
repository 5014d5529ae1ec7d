// SPDX-License-Identifier: GPL-3.0-or-later
// Drills of dumps, base backups, Barman, and of dumps that restic and Borg keep; good ones, and such that look good.
#include "drillworld.h"

using namespace taffrail::test;

class TestDrillCopies : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void dumps_data();
    void dumps();
    void baseBackups_data();
    void baseBackups();
    void archives_data();
    void archives();

private:
    void make(const QString &script)
    {
        const QString wrong = m_world->shell(QStringLiteral("set -e; ") + script);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    }
    void judge(const CliResult &result, int exitCode, const QString &problem);

    std::unique_ptr<DrillWorld> m_world;
};

void TestDrillCopies::initTestCase()
{
    m_world = std::make_unique<DrillWorld>();
    QVERIFY2(m_world->trouble().isEmpty(), qPrintable(m_world->trouble()));
}

void TestDrillCopies::cleanup()
{
    QCOMPARE(m_world->scratch(), QStringList());
    QCOMPARE(m_world->strays(), QStringList());
}

void TestDrillCopies::judge(const CliResult &result, int exitCode, const QString &problem)
{
    QVERIFY2(result.exitCode == exitCode, result.out + result.err);
    const QJsonObject found = result.json()[QStringLiteral("result")].toObject();
    QVERIFY2(found[QStringLiteral("teardown_proven")].toBool(), result.out);
    QCOMPARE(found[QStringLiteral("backup_at_fault")].toBool(), exitCode == 2);
    QVERIFY2(result.json()[QStringLiteral("message")].toString().contains(problem), result.out);
}

void TestDrillCopies::dumps_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("problem");
    const QString dump = QStringLiteral("$B/pg_dump -h $W/sock -p 54321 -U postgres ");
    QTest::newRow("custom") << dump + QStringLiteral("-Fc shop > dumps/shop-1.dump") << "shop-1.dump" << 0 << "";
    QTest::newRow("directory") << dump + QStringLiteral("-Fd -f dumps/shop-2 shop") << "shop-2" << 0 << "";
    QTest::newRow("tar") << dump + QStringLiteral("-Ft shop > dumps/shop-3.tar") << "shop-3.tar" << 0 << "";
    QTest::newRow("plain") << dump + QStringLiteral("shop > dumps/shop-4.sql") << "shop-4.sql" << 0 << "";
    QTest::newRow("packed") << dump + QStringLiteral("shop | gzip > dumps/shop-5.sql.gz") << "shop-5.sql.gz" << 0 << "";
    QTest::newRow("with create") << dump + QStringLiteral("-C shop | gzip > dumps/shop-6.sql.gz") << "shop-6.sql.gz"
                                 << 0 << "";
    QTest::newRow("cluster") << QStringLiteral("$B/pg_dumpall -h $W/sock -p 54321 -U postgres > dumps/all.sql")
                             << "all.sql" << 0 << "";
    QTest::newRow("custom, cut") << dump
            + QStringLiteral("-Fc shop > d; head -c $(($(stat -c %s d) * 2 / 3)) d > dumps/cut.dump; rm d")
                                 << "cut.dump" << 2 << "";
    QTest::newRow("plain, cut, packed anew")
        << dump + QStringLiteral("shop | head -c 900000 | gzip > dumps/cut.sql.gz || true") << "cut.sql.gz" << 2
        << "no end";
}

void TestDrillCopies::dumps()
{
    QFETCH(QString, make);
    QFETCH(QString, name);
    QFETCH(int, exitCode);
    QFETCH(QString, problem);
    // What was written just now may be written yet.
    this->make(QStringLiteral("mkdir -p dumps; ") + make + QStringLiteral("; touch -d '1 hour ago' dumps/") + name);
    const QJsonObject entry{{QStringLiteral("source"), QStringLiteral("pg_dump")},
                            {QStringLiteral("path"), m_world->path(QStringLiteral("dumps"))}};
    const QJsonObject policy{
        {QStringLiteral("tables"), QJsonArray{QStringLiteral("orders"), QStringLiteral("public.migrations")}}};
    judge(m_world->drill(m_world->inventory(entry, policy), {QStringLiteral("--backup"), name}), exitCode, problem);
}

void TestDrillCopies::baseBackups_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("problem");
    const QString take = QStringLiteral(
        "rm -rf base; mkdir base; $B/pg_basebackup -h $W/sock -p 54321 -U postgres -c fast -D base/b1 ");
    QTest::newRow("files") << take + QStringLiteral("-X stream") << 0 << "";
    QTest::newRow("archives") << take + QStringLiteral("-Ft -z -X stream") << 0 << "";
    QTest::newRow("a file changed") << take
            + QStringLiteral("-X stream; f=$(find base/b1/base -name 1259 | tail -n 1); printf x | dd of=$f bs=1 "
                             "seek=9000 conv=notrunc 2>/dev/null")
                                    << 2 << "checksum mismatch";
    QTest::newRow("no wal") << take + QStringLiteral("-X none") << 2 << "";
}

void TestDrillCopies::baseBackups()
{
    QFETCH(QString, make);
    QFETCH(int, exitCode);
    QFETCH(QString, problem);
    this->make(make);
    const QJsonObject entry{{QStringLiteral("source"), QStringLiteral("pg_basebackup")},
                            {QStringLiteral("path"), m_world->path(QStringLiteral("base"))}};
    judge(m_world->drill(m_world->inventory(entry), {QStringLiteral("--backup"), QStringLiteral("b1")}), exitCode,
          problem);
}

void TestDrillCopies::archives_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("make");
    QTest::addColumn<int>("exitCode");
    const QString dump = QStringLiteral("$B/pg_dump -h $W/sock -p 54321 -U postgres -Fc shop");
    const QString cut = QStringLiteral("$B/pg_dump -h $W/sock -p 54321 -U postgres -Fc shop | head -c 60000");
    const QString restic
        = QStringLiteral("export RESTIC_REPOSITORY=$W/restic RESTIC_PASSWORD_FILE=$W/key; rm -rf restic; echo secret > "
                         "key; restic init -q; (%1) | restic backup -q --stdin --stdin-filename shop.dump");
    const QString borg = QStringLiteral(
        "export BORG_PASSCOMMAND=\"cat $W/key\" BORG_BASE_DIR=$W; rm -rf borg; echo secret > key; borg init -e repokey "
        "borg 2>/dev/null; (%1) | borg create --stdin-name shop.dump borg::shop-1 -");
    QTest::newRow("restic") << "restic" << restic.arg(dump) << 0;
    QTest::newRow("restic, a cut dump") << "restic" << restic.arg(cut) << 2;
    QTest::newRow("borg") << "borg" << borg.arg(dump) << 0;
    QTest::newRow("borg, a cut dump") << "borg" << borg.arg(cut) << 2;
}

void TestDrillCopies::archives()
{
    QFETCH(QString, source);
    QFETCH(QString, make);
    QFETCH(int, exitCode);
    this->make(QStringLiteral(
                   "echo \"RESTIC_PASSWORD_FILE=$W/key BORG_BASE_DIR=$W BORG_PASSCOMMAND='cat $W/key'\" > key.env; ")
               + make);
    const QJsonObject entry{{QStringLiteral("source"), source},
                            {QStringLiteral("repository"), m_world->path(source)},
                            {QStringLiteral("environment_file"), m_world->path(QStringLiteral("key.env"))}};
    judge(m_world->drill(m_world->inventory(entry)), exitCode, {});
}

QTEST_GUILESS_MAIN(TestDrillCopies)
#include "tst_drillcopies.moc"
