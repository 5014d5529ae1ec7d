// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgfixture.h"
#include "sourceruns.h"

#include <QDirIterator>
#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString here = QStringLiteral("here");

} // namespace

/// A pgBackRest repository with a backup and its WAL, whole and with segments taken out.
class ArchiveHolesTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;

    QString config() const { return m_cluster.path(QStringLiteral("pgbackrest.conf")); }

    /// As the user of the server; false when it fails.
    bool pgbackrest(const QStringList &words)
    {
        QStringList command{QStringLiteral("pgbackrest"), QStringLiteral("--config=") + config(),
                            QStringLiteral("--stanza=main"), QStringLiteral("--log-level-console=warn")};
        command += words;
        if (geteuid() == 0)
            command = QStringList{QStringLiteral("setpriv"), QStringLiteral("--reuid=postgres"),
                                  QStringLiteral("--regid=postgres"), QStringLiteral("--clear-groups")}
                + command;
        QProcess process;
        process.setWorkingDirectory(QStringLiteral("/"));
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(command.first(), command.mid(1));
        const bool isDone = process.waitForFinished(60'000) && process.exitCode() == 0;
        if (!isDone)
            qWarning().noquote() << command << process.readAll() << m_cluster.log().right(1000);
        return isDone;
    }

    BackupSet read() const
    {
        SourceEntry entry;
        entry.hosts = {here};
        entry.options = {{QStringLiteral("stanza"), QStringLiteral("main")}, {QStringLiteral("config"), config()}};
        const Result<Value> value = pgbackrestSource.parse(entry, runParts(pgbackrestSource, entry, here),
                                                           {QDateTime::currentDateTimeUtc(), {}});
        if (!value)
            qWarning().noquote() << value.error().text;
        return value ? std::get<BackupSet>(*value) : BackupSet();
    }

    /// The file of a segment in the repository.
    QString fileOf(const QString &segment) const
    {
        QDirIterator each(m_cluster.path(QStringLiteral("repo1")), QDir::Files, QDirIterator::Subdirectories);
        while (each.hasNext()) {
            const QString path = each.next();
            if (each.fileName().startsWith(segment + QLatin1Char('-')))
                return path;
        }
        return {};
    }

    static void give(const QString &path)
    {
        if (const passwd *user = geteuid() == 0 ? getpwnam("postgres") : nullptr)
            QVERIFY(chown(QFile::encodeName(path).constData(), user->pw_uid, user->pw_gid) == 0);
    }

private slots:
    void initTestCase()
    {
        QByteArray text = "[global]\nlog-level-file=off\nstart-fast=y\narchive-timeout=30\nrepo1-retention-full=9\n";
        for (const char *name : {"repo1", "lock", "spool", "log"}) {
            QVERIFY(QDir().mkpath(m_cluster.path(QString::fromLatin1(name))));
            give(m_cluster.path(QString::fromLatin1(name)));
            text += QByteArray(name) + "-path=" + m_cluster.path(QString::fromLatin1(name)).toUtf8() + '\n';
        }
        QVERIFY2(
            m_cluster.create({QStringLiteral("archive_mode = on"), QStringLiteral("wal_level = replica"),
                              QStringLiteral("archive_command = 'pgbackrest --config=%1 --stanza=main archive-push %p'")
                                  .arg(config())}),
            m_cluster.log().constData());
        text += "[main]\npg1-path=" + m_cluster.dataFolder().toUtf8()
            + "\npg1-socket-path=" + m_cluster.folder().toUtf8() + "\npg1-port=" + QByteArray::number(m_cluster.port())
            + "\npg1-user=postgres\n";
        m_cluster.writeFile(QStringLiteral("pgbackrest.conf"), text, 0644);
        QVERIFY(pgbackrest({QStringLiteral("stanza-create")}));
        QVERIFY(pgbackrest({QStringLiteral("backup"), QStringLiteral("--type=full")}));
        m_cluster.execute("create table t (i int)");
        for (int i = 0; i < 3; ++i)
            m_cluster.execute("insert into t select 1; select pg_switch_wal()");
        QTRY_VERIFY_WITH_TIMEOUT(
            m_cluster.value("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'") == "0", 30'000);
    }

    void aWholeArchiveIsUnbroken()
    {
        const BackupSet set = read();
        QCOMPARE(set.assessment.problem, QStringLiteral("none"));
        QVERIFY(set.walChecked);
        QVERIFY(set.gaps.empty());
        QCOMPARE(set.locations.size(), size_t(1));
        QVERIFY(!set.locations[0].newestWal.isEmpty() && set.locations[0].newestWalAt.isValid());
    }

    /// pgBackRest itself lists such a backup, verifies it and restores it; only the start of the server fails.
    void aHoleIsFoundInsideAndBehindABackup()
    {
        const BackupSet whole = read();
        QCOMPARE(whole.backups.size(), size_t(1));
        const QString inside = fileOf(whole.backups[0].walStart);
        QVERIFY(!inside.isEmpty());
        QVERIFY(QFile::rename(inside, m_cluster.path(QStringLiteral("away"))));
        const BackupSet broken = read();
        QCOMPARE(broken.assessment.problem, QStringLiteral("wal_gap"));
        QCOMPARE(broken.assessment.count.value_or(-1), 0);
        QVERIFY(!broken.gaps.empty() && broken.gaps[0].insideBackup);
        QCOMPARE(broken.gaps[0].first, whole.backups[0].walStart);
        QVERIFY(QFile::rename(m_cluster.path(QStringLiteral("away")), inside));
        QCOMPARE(read().assessment.problem, QStringLiteral("none"));

        // The one before the newest: recovery ends there, the backup itself stands.
        QString name = whole.locations[0].newestWal;
        const uint last = name.right(8).toUInt(nullptr, 16) - 1;
        name = name.left(16) + QStringLiteral("%1").arg(last, 8, 16, QLatin1Char('0')).toUpper();
        QVERIFY2(name > whole.backups[0].walStop, qPrintable(name));
        QVERIFY(QFile::remove(fileOf(name)));
        const BackupSet cut = read();
        QCOMPARE(cut.assessment.problem, QStringLiteral("wal_gap"));
        QCOMPARE(cut.assessment.count.value_or(-1), 1);
        QCOMPARE(cut.gaps.size(), size_t(1));
        QVERIFY(!cut.gaps[0].insideBackup);
        QCOMPARE(cut.gaps[0].first, name);
        QCOMPARE(cut.gaps[0].breaks, QStringList{whole.backups[0].id});
    }

    void aLostInfoFileIsNoMissingBackup()
    {
        const QString info = m_cluster.path(QStringLiteral("repo1/backup/main/backup.info"));
        QVERIFY(QFile::remove(info) && QFile::remove(info + QStringLiteral(".copy")));
        const BackupSet set = read();
        QVERIFY(!set.assessment.ok);
        QVERIFY2(set.assessment.problem == QLatin1String("repo_error"), qPrintable(set.assessment.problem));
    }
};

QTEST_GUILESS_MAIN(ArchiveHolesTest)
#include "tst_archiveholes.moc"
