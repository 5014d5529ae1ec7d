// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsizes.h"
#include "walcontinuity.h"

#include <QTest>

using namespace taffrail;

namespace {

QString name(quint32 timeline, quint32 log, quint32 number)
{
    return walSegmentName({timeline, log, number});
}

/// Segments 0 … count-1 of one timeline in log 0, without those in `without`.
QStringList run(quint32 timeline, quint32 first, quint32 last, const QList<quint32> &without = {})
{
    QStringList names;
    for (quint32 number = first; number <= last; ++number) {
        if (!without.contains(number))
            names.append(name(timeline, number / 256, number % 256) + QStringLiteral(".gz"));
    }
    return names;
}

Backup needing(const char *id, const QString &start, const QString &stop)
{
    Backup backup;
    backup.id = QString::fromLatin1(id);
    backup.walStart = start;
    backup.walStop = stop;
    return backup;
}

Backup sized(const char *id, BackupType type, qint64 bytes)
{
    Backup backup;
    backup.id = QString::fromLatin1(id);
    backup.type = type;
    backup.sizeBytes = bytes;
    return backup;
}

} // namespace

class WalContinuityTest : public QObject {
    Q_OBJECT

private slots:
    void names_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("segment"); // "" = none
        const QString plain = QStringLiteral("00000001000000000000000B");
        QTest::newRow("bare") << plain << plain;
        QTest::newRow("pgBackRest") << plain + QStringLiteral("-da39a3ee5e6b4b0d3255bfef95601890afd80709.gz") << plain;
        QTest::newRow("folder") << QStringLiteral("15-1/0000000100000000/") + plain + QStringLiteral(".zst") << plain;
        QTest::newRow("compressed and encrypted") << plain + QStringLiteral(".lz4.gpg") << plain;
        QTest::newRow("history file trap") << plain + QStringLiteral(".00000028.backup") << QString();
        QTest::newRow("history file trap, compressed") << plain + QStringLiteral(".00000028.backup.gz") << QString();
        QTest::newRow("partial") << plain + QStringLiteral(".partial") << QString();
        QTest::newRow("temporary") << plain + QStringLiteral(".gz.tmp") << QString();
        QTest::newRow("timeline history") << QStringLiteral("00000002.history") << QString();
        QTest::newRow("lower case") << plain.toLower() << QString();
        QTest::newRow("too long") << plain + QStringLiteral("0") << QString();
        QTest::newRow("timeline 0") << QStringLiteral("00000000000000000000000B") << QString();
        QTest::newRow("nothing") << QString() << QString();
    }

    void names()
    {
        QFETCH(QString, file);
        QFETCH(QString, segment);
        const std::optional<WalSegment> found = walSegmentOf(file);
        QCOMPARE(found ? walSegmentName(*found) : QString(), segment);
    }

    void anUnbrokenArchiveHasNoGap()
    {
        const std::vector<Backup> backups{needing("f1", name(1, 0, 2), name(1, 0, 3))};
        QVERIFY(walGaps(run(1, 2, 600), backups, {}).empty());
        QVERIFY(walGaps(run(1, 2, 3), backups, {}).empty());
        QVERIFY(walGaps({}, {}, {}).empty());
    }

    void aHoleInsideABackupBreaksIt()
    {
        const std::vector<Backup> backups{needing("f2", name(1, 0, 20), name(1, 0, 21)),
                                          needing("f1", name(1, 0, 4), name(1, 0, 6))};
        const std::vector<WalGap> gaps = walGaps(run(1, 4, 30, {5}), backups, QStringLiteral("repository 1"));
        QCOMPARE(gaps.size(), size_t(1));
        QVERIFY(gaps[0].insideBackup);
        QCOMPARE(gaps[0].first, name(1, 0, 5));
        QCOMPARE(gaps[0].last, name(1, 0, 5));
        QCOMPARE(gaps[0].breaks, QStringList{QStringLiteral("f1")});
        QCOMPARE(gaps[0].location, QStringLiteral("repository 1"));
    }

    void aHoleAfterABackupEndsItsRecovery()
    {
        const std::vector<Backup> backups{needing("f2", name(1, 0, 20), name(1, 0, 21)),
                                          needing("f1", name(1, 0, 4), name(1, 0, 6))};
        const std::vector<WalGap> gaps = walGaps(run(1, 4, 30, {9, 10, 25}), backups, {});
        QCOMPARE(gaps.size(), size_t(2));
        QVERIFY(!gaps[0].insideBackup && !gaps[1].insideBackup);
        QCOMPARE(gaps[0].first, name(1, 0, 9));
        QCOMPARE(gaps[0].last, name(1, 0, 10));
        QCOMPARE(gaps[0].count, 2);
        QCOMPARE(gaps[0].breaks, QStringList{QStringLiteral("f1")});
        QCOMPARE(gaps[1].breaks, (QStringList{QStringLiteral("f2"), QStringLiteral("f1")}));
    }

    /// The history file of a backup bears the name of the first segment that it needs.
    void aHistoryFileIsNoSegment()
    {
        QStringList names = run(1, 4, 12, {7});
        names.append(name(1, 0, 7) + QStringLiteral(".00000028.backup"));
        const std::vector<WalGap> gaps = walGaps(names, {needing("f1", name(1, 0, 7), name(1, 0, 7))}, {});
        QCOMPARE(gaps.size(), size_t(1));
        QVERIFY(gaps[0].insideBackup);
        QCOMPARE(gaps[0].first, name(1, 0, 7));
    }

    /// Also where nothing that is newer shows it: the last segments of the newest backup.
    void theEndOfABackupMustBeThere()
    {
        const std::vector<WalGap> gaps = walGaps(run(1, 4, 8), {needing("f1", name(1, 0, 8), name(1, 0, 10))}, {});
        QCOMPARE(gaps.size(), size_t(1));
        QVERIFY(gaps[0].insideBackup);
        QCOMPARE(gaps[0].count, 2);
        QCOMPARE(walGaps({}, {needing("f1", name(1, 0, 8), name(1, 0, 8))}, {}).size(), size_t(1));
    }

    void whatRetentionLeftIsNoGap()
    {
        QVERIFY(walGaps(run(1, 2, 30, {5, 6}), {needing("f1", name(1, 0, 10), name(1, 0, 11))}, {}).empty());
        Backup failed = needing("f0", name(1, 0, 2), name(1, 0, 7));
        failed.state = BackupState::Failed;
        QVERIFY(walGaps(run(1, 2, 30, {5}), {failed, needing("f1", name(1, 0, 10), name(1, 0, 11))}, {}).empty());
    }

    void aTimelineSwitch()
    {
        const std::vector<Backup> backups{needing("f1", name(1, 0, 4), name(1, 0, 4))};
        // It may begin within the last segment of the old timeline, or with the next one.
        const QStringList history{QStringLiteral("00000002.history")};
        QVERIFY(walGaps(run(1, 4, 9) + run(2, 9, 12) + history, backups, {}).empty());
        QVERIFY(walGaps(run(1, 4, 9) + run(2, 10, 12) + history, backups, {}).empty());
        QVERIFY(walGaps(run(1, 4, 12) + run(2, 9, 12) + history, backups, {}).empty());
        const std::vector<WalGap> hole = walGaps(run(1, 4, 9) + run(2, 12, 14) + history, backups, {});
        QCOMPARE(hole.size(), size_t(1));
        QCOMPARE(hole[0].count, 2);
        const std::vector<WalGap> lost = walGaps(run(1, 4, 9) + run(2, 9, 12) + run(3, 12, 13) + history, backups, {});
        QCOMPARE(lost.size(), size_t(1));
        QCOMPARE(lost[0].first, QStringLiteral("00000003.history"));
    }

    void segmentSizes()
    {
        QCOMPARE(walSegmentBytesOf(run(1, 2, 600)), qint64(16) << 20);
        QCOMPARE(walSegmentBytesOf({}), qint64(16) << 20);
        QStringList large; // 64 MiB: 64 segments a log
        for (quint32 number = 50; number < 64; ++number)
            large.append(name(1, 1, number));
        for (quint32 number = 0; number < 5; ++number)
            large.append(name(1, 2, number));
        QCOMPARE(walSegmentBytesOf(large), qint64(64) << 20);
        QVERIFY(walGaps(large, {needing("f1", name(1, 1, 60), name(1, 2, 1))}, {}).empty());
        const QStringList small{name(1, 0, 1023), name(1, 1, 0)}; // 4 MiB
        QCOMPARE(walSegmentBytesOf(small), qint64(4) << 20);
        QVERIFY(walGaps(small, {}, {}).empty());
        // A hole at the end of a log is no other size.
        QCOMPARE(walGaps(run(1, 240, 300, {254, 255}), {needing("f1", name(1, 0, 241), name(1, 0, 242))}, {}).size(),
                 size_t(1));
    }

    void hugeHolesAreCountedNotWalked()
    {
        const QStringList names{name(1, 0, 1), name(1, 0xffffffff, 254)};
        const std::vector<WalGap> gaps = walGaps(names, {needing("f1", name(1, 0, 1), name(1, 0, 1))}, {});
        QCOMPARE(gaps.size(), size_t(1));
        QVERIFY(gaps[0].count > 1'000'000'000);
        QVERIFY(!walGaps(names, {needing("f1", name(1, 0, 1), name(1, 0xffffffff, 200))}, {}).empty());
    }

    void sizes_data()
    {
        QTest::addColumn<QList<qint64>>("megabytes"); // newest first
        QTest::addColumn<bool>("isOdd");
        QTest::newRow("20 to 22") << QList<qint64>{22, 20, 20, 21, 20, 19, 20} << false;
        QTest::newRow("halved") << QList<qint64>{500, 1000, 1010, 990, 1005, 1000} << true;
        QTest::newRow("grows evenly") << QList<qint64>{1060, 1050, 1040, 1030, 1020, 1010} << false;
        QTest::newRow("doubled") << QList<qint64>{2000, 1000, 1010, 990, 1005, 1000} << true;
        QTest::newRow("few points, a third less") << QList<qint64>{700, 1000, 1000} << false;
        QTest::newRow("few points, a tenth") << QList<qint64>{100, 1000, 1000} << true;
        QTest::newRow("one before") << QList<qint64>{100, 1000} << false;
        QTest::newRow("empty, alone") << QList<qint64>{0} << true;
    }

    void sizes()
    {
        QFETCH(QList<qint64>, megabytes);
        QFETCH(bool, isOdd);
        BackupSet set;
        for (const qint64 each : megabytes)
            set.backups.push_back(sized("f", BackupType::Full, each << 20));
        QCOMPARE(!oddSizes(set).empty(), isOdd);
        for (Backup &backup : set.backups)
            backup.type = BackupType::Incremental; // those follow the WAL
        QVERIFY(oddSizes(set).empty());
    }

    void dumpsOfSeveralDatabasesAreComparedApart()
    {
        BackupSet set;
        for (int day = 20; day > 10; --day) {
            set.backups.push_back(
                sized(qPrintable(QStringLiteral("shop-202611%1.dump").arg(day)), BackupType::Logical, 900LL << 20));
            set.backups.push_back(
                sized(qPrintable(QStringLiteral("blog-202611%1.dump").arg(day)), BackupType::Logical, 5LL << 20));
        }
        QVERIFY(oddSizes(set).empty());
        set.backups[1].sizeBytes = 900LL << 20;
        QCOMPARE(oddSizes(set).size(), size_t(1));
        QCOMPARE(oddSizes(set)[0].backup, QStringLiteral("blog-20261120.dump"));
    }
};

QTEST_GUILESS_MAIN(WalContinuityTest)
#include "tst_walcontinuity.moc"
