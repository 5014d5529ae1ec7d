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

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly | QIODevice::Truncate), qPrintable(path));
    file.write(content);
}

/// Overwrites four bytes in the middle of the largest file below a folder.
void damageLargest(const QString &folder)
{
    QString largest;
    QDirIterator each(folder, QDir::Files, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        const QString path = each.next();
        if (largest.isEmpty() || QFileInfo(path).size() > QFileInfo(largest).size())
            largest = path;
    }
    QFile::setPermissions(largest, QFile::ReadOwner | QFile::WriteOwner);
    QFile file(largest);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(file.size() / 2));
    file.write("\xde\xad\xbe\xef");
}

} // namespace

/// Repositories made by the real tools, whole and broken on purpose, read by the scripts that the sources send.
class BackupRepositoriesTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    PgCluster m_cluster;

    QString path(const QString &name) const { return m_folder.filePath(name); }

    /// Runs a shell line in the folder; its output.
    QByteArray sh(const QByteArray &line)
    {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral("/bin/sh"),
                      {QStringLiteral("-c"),
                       QString::fromLocal8Bit("export RESTIC_PASSWORD=sesame BORG_PASSPHRASE=sesame "
                                              "RESTIC_CACHE_DIR=$PWD/cache BORG_BASE_DIR=$PWD/borgbase; ")
                           + QString::fromLocal8Bit(line)});
        process.waitForFinished(60'000);
        const QByteArray said = process.readAll();
        if (process.exitCode() != 0)
            qWarning().noquote() << line << "→" << process.exitCode() << said;
        return said;
    }

    SourceEntry entryOf(const QVariantMap &options) const
    {
        SourceEntry entry;
        entry.hosts = {here};
        entry.options = options;
        if (!options.contains(QStringLiteral("environment_file")))
            entry.options.insert(QStringLiteral("environment_file"), path(QStringLiteral("tools.env")));
        return entry;
    }

    static BackupSet setOf(const Source &source, const SourceEntry &entry, std::optional<Lane> lane = std::nullopt)
    {
        const Result<Value> value
            = source.parse(entry, runParts(source, entry, here, {QStringLiteral("/bin/sh")}, lane),
                           {QDateTime::currentDateTimeUtc(), {}});
        if (!value)
            qWarning().noquote() << value.error().text;
        return value ? std::get<BackupSet>(*value) : BackupSet();
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        write(path(QStringLiteral("tools.env")),
              "RESTIC_PASSWORD=sesame\nBORG_PASSPHRASE=sesame\nRESTIC_CACHE_DIR="
                  + path(QStringLiteral("cache")).toUtf8()
                  + "\nBORG_BASE_DIR=" + path(QStringLiteral("borgbase")).toUtf8() + "\necho this must not be seen\n");
        write(path(QStringLiteral("wrong.env")),
              "RESTIC_PASSWORD=open\nBORG_PASSPHRASE=open\nBORG_BASE_DIR=" + path(QStringLiteral("borgbase")).toUtf8()
                  + '\n');
        QDir(m_folder.path()).mkdir(QStringLiteral("data"));
        QByteArray content(3'000'000, '\0');
        quint32 state = 7;
        for (char &byte : content)
            byte = char((state = state * 1664525U + 1013904223U) >> 24);
        write(path(QStringLiteral("data/file")), content);
    }

    void restic()
    {
        sh("restic init -q -r restic && restic backup -q -r restic data && restic backup -q -r restic data");
        const QVariantMap options{{QStringLiteral("repository"), path(QStringLiteral("restic"))},
                                  {QStringLiteral("verify"), QStringLiteral("all")},
                                  {QStringLiteral("keep"), QStringList{QStringLiteral("last=1")}}};
        const BackupSet good = setOf(resticSource, entryOf(options));
        QCOMPARE(good.assessment.problem, QStringLiteral("none"));
        QCOMPARE(good.assessment.count.value_or(-1), 2);
        QVERIFY(good.expiring.has_value());
        QCOMPARE(good.expiring->size(), 1);
        QVERIFY(good.locations.size() == 1 && good.locations[0].readable);
        QVERIFY2(!QDir(path(QStringLiteral("restic/locks"))).exists()
                     || QDir(path(QStringLiteral("restic/locks"))).isEmpty(),
                 "reading leaves no lock");

        QVariantMap wrong = options;
        wrong.insert(QStringLiteral("environment_file"), path(QStringLiteral("wrong.env")));
        const BackupSet refused = setOf(resticSource, entryOf(wrong));
        QCOMPARE(refused.assessment.problem, QStringLiteral("wrong_password"));
        QVERIFY(!refused.assessment.count);
        QVERIFY(refused.locations.size() == 1 && !refused.locations[0].readable);

        damageLargest(path(QStringLiteral("restic/data")));
        const BackupSet damaged = setOf(resticSource, entryOf(options));
        QVERIFY(!damaged.assessment.ok);
        QCOMPARE(damaged.assessment.problem, QStringLiteral("checksum_mismatch"));
        QVERIFY(damaged.backups.front().trust < Trust::AllBytes);

        QVariantMap gone = options;
        gone.insert(QStringLiteral("repository"), path(QStringLiteral("nosuch")));
        QCOMPARE(setOf(resticSource, entryOf(gone)).assessment.problem, QStringLiteral("repo_missing"));
    }

    void anEnvironmentFileThatIsNotThereIsSaid()
    {
        const SourceEntry entry = entryOf({{QStringLiteral("repository"), path(QStringLiteral("restic"))},
                                           {QStringLiteral("environment_file"), path(QStringLiteral("no.env"))}});
        const Result<Value> value
            = resticSource.parse(entry, runParts(resticSource, entry, here), {QDateTime::currentDateTimeUtc(), {}});
        QVERIFY(!value);
        QCOMPARE(value.error().kind, ErrorKind::Denied);
        QVERIFY(value.error().text.contains(QStringLiteral("no.env")));
    }

    void borg()
    {
        sh("borg init -e repokey borg && borg create --timestamp 2026-01-01T00:00:00 borg::files-1 data && printf x | "
           "borg create borg::pg-1 - && "
           "true | borg create borg::pg-2 -");
        const QVariantMap options{{QStringLiteral("repository"), path(QStringLiteral("borg"))},
                                  {QStringLiteral("verify"), QStringLiteral("data")},
                                  {QStringLiteral("keep"), QStringList{QStringLiteral("last=1")}}};
        const BackupSet set = setOf(borgSource, entryOf(options));
        QCOMPARE(set.backups.size(), size_t(3));
        // The newest archive is empty: what was piped into it had nothing to say.
        QCOMPARE(set.assessment.problem, QStringLiteral("empty_content"));
        QCOMPARE(set.assessment.count.value_or(-1), 2);
        QCOMPARE(set.locations.at(0).cipher, QStringLiteral("repokey"));
        QVERIFY(set.backups.front().encrypted == true);
        QCOMPARE(set.backups.back().trust, Trust::AllBytes);
        QVERIFY(set.expiring.has_value());
        QCOMPARE(set.expiring->size(), 2);

        QVariantMap wrong = options;
        wrong.insert(QStringLiteral("environment_file"), path(QStringLiteral("wrong.env")));
        QCOMPARE(setOf(borgSource, entryOf(wrong)).assessment.problem, QStringLiteral("wrong_password"));

        QProcess holder;
        holder.setWorkingDirectory(m_folder.path());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("BORG_PASSPHRASE"), QStringLiteral("sesame"));
        environment.insert(QStringLiteral("BORG_BASE_DIR"), path(QStringLiteral("borgbase")));
        holder.setProcessEnvironment(environment);
        holder.start(
            QStringLiteral("borg"),
            {QStringLiteral("with-lock"), QStringLiteral("borg"), QStringLiteral("sleep"), QStringLiteral("60")});
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path(QStringLiteral("borg/lock.roster"))), 20'000);
        QVariantMap listing = options;
        listing.remove(QStringLiteral("verify"));
        const BackupSet locked = setOf(borgSource, entryOf(listing), Lane::Fast);
        QCOMPARE(locked.assessment.problem, QStringLiteral("locked"));
        QVERIFY(locked.assessment.ok);
        QVERIFY2(locked.notes.join(QLatin1Char(' ')).contains(QStringLiteral("locked by")),
                 qPrintable(locked.notes.join(QLatin1Char(' '))));
        holder.terminate();
        QVERIFY(holder.waitForFinished(20'000));
        sh("borg break-lock borg");

        damageLargest(path(QStringLiteral("borg/data")));
        const BackupSet damaged = setOf(borgSource, entryOf(options));
        QVERIFY(!damaged.assessment.ok);
        QVERIFY(damaged.assessment.problem == QLatin1String("checksum_mismatch")
                || damaged.assessment.problem == QLatin1String("empty_content"));
        QVERIFY(damaged.backups.back().trust < Trust::Checksums);
    }

    void borgmaticAsksEachRepositoryAlone()
    {
        sh("borg init -e none plain && borg create plain::app-1 data");
        write(path(QStringLiteral("borgmatic.yaml")),
              QByteArray("location:\n    source_directories:\n        - PLACE/data\n    repositories:\n        # two\n"
                         "        - PLACE/plain\n        - \"PLACE/away\"\nretention:\n    keep_daily: 7\n")
                  .replace("PLACE", m_folder.path().toUtf8()));
        const BackupSet set
            = setOf(borgmaticSource, entryOf({{QStringLiteral("config"), path(QStringLiteral("borgmatic.yaml"))}}));
        QCOMPARE(set.backups.size(), size_t(1));
        QCOMPARE(set.locations.size(), size_t(2));
        QVERIFY(set.locations[0].readable && !set.locations[1].readable);
        QCOMPARE(set.locations[0].cipher, QStringLiteral("none"));
        QCOMPARE(set.assessment.problem, QStringLiteral("repo_mixed"));
    }

    void baseBackups()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        const QString base = path(QStringLiteral("bases"));
        QVERIFY(QDir().mkpath(base));
        const QByteArray dsn = m_cluster.socketDsn().toUtf8();
        const QByteArray take
            = PgCluster::program(QStringLiteral("pg_basebackup")).toUtf8() + " -c fast -d '" + dsn + "' -D ";
        sh(take + "bases/plain -l good && " + take
           + "bases/tar -Ft -z && cp -a bases/plain bases/hurt && cp -a "
             "bases/plain bases/cut && rm bases/cut/backup_manifest && find bases/cut -exec touch -d '2 hours ago' {} "
             "+ ");
        damageLargest(base + QStringLiteral("/hurt/base"));
        const SourceEntry entry = entryOf({{QStringLiteral("path"), base}});
        const BackupSet set = setOf(basebackupSource, entry);
        QCOMPARE(set.backups.size(), size_t(4));
        QHash<QString, Backup> found;
        for (const Backup &backup : set.backups)
            found.insert(backup.id, backup);
        QVERIFY2(isUsable(found[QStringLiteral("plain")]), qPrintable(found[QStringLiteral("plain")].detail));
        QVERIFY2(isUsable(found[QStringLiteral("tar")]), qPrintable(found[QStringLiteral("tar")].detail));
        QVERIFY(!found[QStringLiteral("plain")].walStart.isEmpty() && !found[QStringLiteral("tar")].walStart.isEmpty());
        QVERIFY(found[QStringLiteral("plain")].systemId.size() > 10);
        QVERIFY(found[QStringLiteral("plain")].sizeBytes > 1'000'000);
        QCOMPARE(found[QStringLiteral("cut")].problem, QStringLiteral("manifest_missing"));
        // Each alone, so that the slow lane reads it.
        const auto alone = [&](const char *name) {
            const BackupSet one
                = setOf(basebackupSource,
                        entryOf({{QStringLiteral("path"), base + QLatin1Char('/') + QString::fromLatin1(name)}}));
            return one.backups.empty() ? Backup() : one.backups.front();
        };
        QCOMPARE(alone("plain").trust, Trust::AllBytes);
        QCOMPARE(alone("tar").trust, Trust::Checksums);
        QCOMPARE(alone("hurt").problem, QStringLiteral("checksum_mismatch"));

        write(base + QStringLiteral("/plain/backup_manifest"), "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n");
        QCOMPARE(alone("plain").problem, QStringLiteral("manifest_corrupt"));
        QFile(base + QStringLiteral("/tar/base.tar.gz")).resize(100'000);
        QCOMPARE(alone("tar").problem, QStringLiteral("truncated"));
        QCOMPARE(setOf(basebackupSource, entryOf({{QStringLiteral("path"), path(QStringLiteral("none"))}}))
                     .assessment.problem,
                 QStringLiteral("no_backups"));
    }
};

QTEST_GUILESS_MAIN(BackupRepositoriesTest)
#include "tst_backuprepositories.moc"
