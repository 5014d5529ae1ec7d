// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits.h"
#include "savefile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace taffrail;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<unreadable>");
}

unsigned modeOf(const QString &path)
{
    struct stat facts {};
    return ::stat(QFile::encodeName(path).constData(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

QStringList listOf(const QString &folder)
{
    return QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

} // namespace

class TestSaveFile : public QObject {
    Q_OBJECT
private slots:
    void writesAndReplaces()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("state.json"));
        QVERIFY(saveFile(path, "one"));
        QCOMPARE(contentOf(path), QByteArray("one"));
        QCOMPARE(modeOf(path), 0600U);
        QVERIFY(saveFile(path, QByteArray(3'000'000, 'x'), 0644));
        QCOMPARE(contentOf(path).size(), 3'000'000);
        QCOMPARE(modeOf(path), 0644U);
        QVERIFY(saveFile(path, {}));
        QCOMPARE(contentOf(path), QByteArray());
        QCOMPARE(listOf(folder.path()), QStringList{QStringLiteral("state.json")});
    }

    void ignoresTheMask()
    {
        QTemporaryDir folder;
        const mode_t before = ::umask(0777);
        const bool saved = saveFile(folder.filePath(QStringLiteral("x")), "x", 0640).has_value();
        ::umask(before);
        QVERIFY(saved);
        QCOMPARE(modeOf(folder.filePath(QStringLiteral("x"))), 0640U);
    }

    void keepsLinks()
    {
        QTemporaryDir folder;
        const QString real = folder.filePath(QStringLiteral("real"));
        const QString link = folder.filePath(QStringLiteral("link"));
        QVERIFY(saveFile(real, "old"));
        QVERIFY(QFile::link(QStringLiteral("real"), link));
        QVERIFY(saveFile(link, "new"));
        QVERIFY(QFileInfo(link).isSymLink());
        QCOMPARE(contentOf(real), QByteArray("new"));
    }

    void aFullDiskLeavesTheOldFile_data()
    {
        QTest::addColumn<int>("size"); // QSaveFile got the small ones wrong
        for (const int size : {5'000, 16'000, 17'000, 1'000'000})
            QTest::addRow("%d bytes", size) << size;
    }

    void aFullDiskLeavesTheOldFile()
    {
        QFETCH(int, size);
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("state.json"));
        QVERIFY(saveFile(path, "precious"));
        Result<void> saved;
        {
            const test::SmallFiles full(4'096);
            saved = saveFile(path, QByteArray(size, 'x'));
        }
        QVERIFY(!saved);
        QCOMPARE(saved.error().kind, ErrorKind::ToolFailed);
        QCOMPARE(saved.error().subject, path);
        QVERIFY(!saved.error().hint.isEmpty());
        QCOMPARE(contentOf(path), QByteArray("precious"));
        QCOMPARE(listOf(folder.path()), QStringList{QStringLiteral("state.json")}); // no draft left behind
    }

    void saysWhyNot()
    {
        QTemporaryDir folder;
        const Result<void> noFolder = saveFile(folder.filePath(QStringLiteral("a/b")), "x");
        QVERIFY(!noFolder);
        QCOMPARE(noFolder.error().kind, ErrorKind::NotFound);
        QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("d")));
        QVERIFY(!saveFile(folder.filePath(QStringLiteral("d")), "x"));
        QVERIFY(QFileInfo(folder.filePath(QStringLiteral("d"))).isDir());
        QCOMPARE(::chmod(QFile::encodeName(folder.path()).constData(), 0555), 0);
        Result<void> denied;
        {
            const test::Unprivileged stranger;
            QVERIFY(!stranger.hasFailed());
            denied = saveFile(folder.filePath(QStringLiteral("x")), "x");
        }
        ::chmod(QFile::encodeName(folder.path()).constData(), 0700);
        QVERIFY(!denied);
        QCOMPARE(denied.error().kind, ErrorKind::Denied);
    }
};

QTEST_GUILESS_MAIN(TestSaveFile)
#include "tst_savefile.moc"
