// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgfixture.h"
#include "sourceruns.h"

#include <QTest>

#include <utime.h>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString here = QStringLiteral("here");

BackupSet setOf(const QString &path, const QStringList &shell = {QStringLiteral("/bin/sh")})
{
    SourceEntry entry;
    entry.hosts = {here};
    entry.options.insert(QStringLiteral("path"), path);
    const Replies replies = runParts(pgdumpSource, entry, here, shell);
    const Result<Value> value = pgdumpSource.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}});
    if (!value)
        qWarning().noquote() << value.error().text;
    return value ? std::get<BackupSet>(*value) : BackupSet();
}

const Backup *find(const BackupSet &set, const QString &id)
{
    for (const Backup &backup : set.backups) {
        if (backup.id == id)
            return &backup;
    }
    return nullptr;
}

} // namespace

/// Real dumps of a real server: good, cut, corrupt, empty, growing, in all formats.
class DumpFilesTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;
    QTemporaryDir m_folder;

    QString dump(const QString &name, const QStringList &arguments)
    {
        const QString path = m_folder.filePath(name);
        QProcess process;
        process.start(PgCluster::program(QStringLiteral("pg_dump")),
                      QStringList{QStringLiteral("-d"), m_cluster.socketDsn(), QStringLiteral("-f"), path} + arguments);
        return process.waitForFinished() && process.exitCode() == 0 ? path : QString();
    }

    /// Makes a file old, so that it is not taken for one being written.
    static void age(const QString &path, int seconds)
    {
        const time_t at = time_t(QDateTime::currentSecsSinceEpoch() - seconds);
        const utimbuf times{at, at};
        utime(QFile::encodeName(path).constData(), &times);
    }

    QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    void write(const QString &name, const QByteArray &bytes, int old = 600)
    {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        age(file.fileName(), old);
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        m_cluster.execute(
            "create table orders as select g as id, md5(g::text) as text from generate_series(1, 20000) g");
    }

    void init()
    {
        for (const QFileInfo &entry : QDir(m_folder.path()).entryInfoList(QDir::AllEntries | QDir::NoDotAndDotDot)) {
            if (entry.isDir())
                QDir(entry.filePath()).removeRecursively();
            else
                QFile::remove(entry.filePath());
        }
    }

    void goodDumpsOfAllFormats_data()
    {
        QTest::addColumn<QStringList>("shell");
        QTest::newRow("sh") << QStringList{QStringLiteral("/bin/sh")};
        QTest::newRow("bash") << QStringList{QStringLiteral("bash"), QStringLiteral("--posix")};
        QTest::newRow("busybox") << QStringList{QStringLiteral("busybox"), QStringLiteral("sh")};
    }

    void goodDumpsOfAllFormats()
    {
        QFETCH(QStringList, shell);
        const QString custom = dump(QStringLiteral("a b'c.dump"), {QStringLiteral("-Fc")});
        const QString plain = dump(QStringLiteral("plain.sql"), {QStringLiteral("-v")});
        const QString directory = dump(QStringLiteral("folder.dir"), {QStringLiteral("-Fd")});
        QVERIFY(!custom.isEmpty() && !plain.isEmpty() && !directory.isEmpty());
        QProcess::execute(QStringLiteral("gzip"), {QStringLiteral("-k"), plain});
        for (const QString &path : {custom, plain, directory, plain + QStringLiteral(".gz")})
            age(path, 300);
        const BackupSet set = setOf(m_folder.path(), shell);
        QCOMPARE(int(set.backups.size()), 4);
        for (const Backup &backup : set.backups)
            QVERIFY2(isUsable(backup),
                     qPrintable(backup.id + QLatin1Char(' ') + backup.problem + QLatin1Char(' ') + backup.detail));
        QVERIFY(set.assessment.ok);
        QCOMPARE(set.assessment.count.value_or(0), 4);
        const Backup *one = find(set, QStringLiteral("a b'c.dump"));
        QVERIFY(one && one->finishedIsStart);
        QVERIFY(qAbs(one->finishedAt.secsTo(QDateTime::currentDateTimeUtc())) < 120);
        QCOMPARE(one->trust, Trust::AllBytes);
        QCOMPARE(one->sizeBytes, QFileInfo(custom).size());
        QCOMPARE(find(set, QStringLiteral("plain.sql.gz"))->trust, Trust::AllBytes);
        QVERIFY(find(set, QStringLiteral("plain.sql"))->finishedIsStart); // told by "Started on"
        QVERIFY(find(set, QStringLiteral("folder.dir"))->sizeBytes > 1000);
    }

    void badDumps_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("problem");
        QTest::newRow("custom cut in half") << "cut"
                                            << "truncated";
        QTest::newRow("custom with a flipped byte") << "flip"
                                                    << "checksum_mismatch";
        QTest::newRow("empty file") << "zero"
                                    << "zero_bytes";
        QTest::newRow("empty gzip") << "gzip"
                                    << "empty_content";
        QTest::newRow("plain without its end") << "plain"
                                               << "truncated";
        QTest::newRow("gzip without its end") << "plaingz"
                                              << "truncated";
        QTest::newRow("gzip cut") << "cutgz"
                                  << "truncated";
        QTest::newRow("no dump") << "text"
                                 << "not_a_dump";
    }

    void badDumps()
    {
        QFETCH(QString, kind);
        QFETCH(QString, problem);
        const QByteArray custom = content(dump(QStringLiteral("source"), {QStringLiteral("-Fc")}));
        const QByteArray plain = content(dump(QStringLiteral("source"), {}));
        QFile::remove(m_folder.filePath(QStringLiteral("source")));
        QVERIFY(custom.size() > 1000 && plain.size() > 1000);
        if (kind == QStringLiteral("cut")) {
            write(QStringLiteral("x.dump"), custom.left(custom.size() / 2));
        } else if (kind == QStringLiteral("flip")) {
            QByteArray bytes = custom;
            bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 0x40);
            write(QStringLiteral("x.dump"), bytes);
        } else if (kind == QStringLiteral("zero")) {
            write(QStringLiteral("x.dump"), {});
        } else if (kind == QStringLiteral("plain")) {
            write(QStringLiteral("x.sql"), plain.left(plain.size() / 2));
        } else if (kind == QStringLiteral("text")) {
            write(QStringLiteral("x.dump"), "hello, this is not a dump\n");
        } else {
            write(QStringLiteral("x.sql"),
                  kind == QStringLiteral("gzip")
                      ? QByteArray()
                      : plain.left(kind == QStringLiteral("plaingz") ? plain.size() / 2 : plain.size()));
            QProcess::execute(QStringLiteral("gzip"),
                              {QStringLiteral("-n"), m_folder.filePath(QStringLiteral("x.sql"))});
            if (kind == QStringLiteral("cutgz"))
                write(QStringLiteral("x.sql.gz"), content(m_folder.filePath(QStringLiteral("x.sql.gz"))).chopped(200));
            age(m_folder.filePath(QStringLiteral("x.sql.gz")), 600);
        }
        const BackupSet set = setOf(m_folder.path());
        QCOMPARE(int(set.backups.size()), 1);
        QCOMPARE(set.backups[0].problem, problem);
        QVERIFY(!set.assessment.ok);
        QCOMPARE(set.assessment.problem, problem);
        QCOMPARE(set.assessment.count.value_or(-1), 0);
    }

    void aNewerBadDumpDoesNotHideTheOlderGoodOne()
    {
        const QString good = dump(QStringLiteral("good.dump"), {QStringLiteral("-Fc")});
        age(good, 7200);
        write(QStringLiteral("newer.dump"), {}, 600);
        const BackupSet set = setOf(m_folder.path() + QStringLiteral("/*.dump"));
        QCOMPARE(set.assessment.count.value_or(0), 1);
        QVERIFY(set.assessment.latestFinishedAt.isValid());
        QVERIFY(find(set, QStringLiteral("good.dump")) && isUsable(*find(set, QStringLiteral("good.dump"))));
    }

    void aDirectoryWithoutItsDataOrItsContents()
    {
        const QString first = dump(QStringLiteral("first.dir"), {QStringLiteral("-Fd")});
        for (const QFileInfo &data : QDir(first).entryInfoList({QStringLiteral("*.dat.gz")}))
            QFile::remove(data.filePath());
        const QString second = dump(QStringLiteral("second.dir"), {QStringLiteral("-Fd")});
        QFile::remove(second + QStringLiteral("/toc.dat"));
        age(first, 600);
        age(second, 300);
        const BackupSet set = setOf(m_folder.path());
        QCOMPARE(find(set, QStringLiteral("first.dir"))->problem, QStringLiteral("file_missing"));
        QCOMPARE(find(set, QStringLiteral("second.dir"))->problem, QStringLiteral("manifest_missing"));
    }

    void aFileBeingWrittenIsRunning()
    {
        const QByteArray plain = content(dump(QStringLiteral("source"), {}));
        QFile::remove(m_folder.filePath(QStringLiteral("source")));
        write(QStringLiteral("now.sql"), plain.left(5000), 1);
        write(QStringLiteral("later.dump.partial"), plain.left(5000), 600);
        const BackupSet set = setOf(m_folder.path());
        QCOMPARE(find(set, QStringLiteral("now.sql"))->state, BackupState::Running);
        QCOMPARE(find(set, QStringLiteral("later.dump.partial"))->state, BackupState::Running);
        QCOMPARE(set.assessment.problem, QStringLiteral("in_progress"));
        QVERIFY(set.assessment.ok);
    }

    void nothingThere()
    {
        QCOMPARE(setOf(m_folder.path()).assessment.problem, QStringLiteral("no_backups"));
        QCOMPARE(setOf(m_folder.path() + QStringLiteral("/absent")).assessment.problem, QStringLiteral("no_backups"));
    }
};

QTEST_GUILESS_MAIN(DumpFilesTest)
#include "tst_dumpfiles.moc"
