// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationfiles.h"
#include "posixshell.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

// The shell text on real folders, in every shell of this machine, and its reader on what a hostile host may send.
class TestMigrationFiles : public QObject {
    Q_OBJECT

private:
    static void write(const QTemporaryDir &folder, const QByteArray &name, const QByteArray &text)
    {
        const QString path = folder.path() + QLatin1Char('/') + QString::fromUtf8(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    static FileRoot read(const QString &path, const QStringList &shell = {QStringLiteral("/bin/sh")},
                         const QString &tool = {})
    {
        const FilesSpec spec{QStringLiteral("web1"), path, {}};
        return readFiles(spec, replyFrom(QStringLiteral("web1"), runShell(filesScript(path, tool), shell)));
    }

    static FileRoot readBytes(const QByteArray &out, int exitCode = 0)
    {
        return readFiles({QStringLiteral("web1"), QStringLiteral("/srv"), {}},
                         replyFrom(QStringLiteral("web1"), {exitCode, out, {}}));
    }

    static QByteArrayList pathsOf(const FileRoot &root)
    {
        QByteArrayList paths;
        for (const MigrationFile &file : root.files)
            paths << file.path;
        return paths;
    }

    static void addShells()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }

private slots:
    void contentsArriveUnchanged_data() { addShells(); }
    void contentsArriveUnchanged()
    {
        QFETCH(QStringList, shell);
        const QTemporaryDir folder;
        const QByteArray nasty
            = "DONE\r\n\nENDBATCH\nBATCH 1\n5 x.sql\n\xff\xfe\x00\x01" + QByteArray("'\"$(x)`\n\n\n");
        write(folder, "V1__nasty.sql", nasty);
        write(folder, "empty.sql", {});
        write(folder, "no_end.sql", "SELECT 1");
        write(folder, "odd\nDONE\nBATCH 1\n3 a.sql", "SELECT 2;\n");
        write(folder, "it's $(x) \"q\".sql", "SELECT 3;\n");
        const FileRoot root = read(folder.path(), shell);
        QVERIFY(!root.error);
        QCOMPARE(pathsOf(root),
                 (QByteArrayList{"V1__nasty.sql", "empty.sql", "it's $(x) \"q\".sql", "no_end.sql",
                                 "odd\nDONE\nBATCH 1\n3 a.sql"}));
        QCOMPARE(root.files[0].content, nasty);
        QVERIFY(root.files[0].isWhole);
        QCOMPARE(root.files[1].content, QByteArray());
        QVERIFY(root.files[1].isWhole);
        QCOMPARE(root.files[3].content, QByteArray("SELECT 1"));
        QCOMPARE(root.files[4].content, QByteArray("SELECT 2;\n"));
    }

    void onlyMigrationFilesAreRead_data()
    {
        QTest::addColumn<QString>("tool");
        QTest::addColumn<QByteArrayList>("paths");
        QTest::newRow("auto") << QString()
                              << QByteArrayList{"app/migrations/0001_a.py", "db/migrate/1_a.rb", "manage.py",
                                                "sql/V1__a.sql", "x/versions/a.py"};
        QTest::newRow("rails") << QStringLiteral("rails") << QByteArrayList{"db/migrate/1_a.rb"};
        QTest::newRow("flyway") << QStringLiteral("flyway") << QByteArrayList{"sql/V1__a.sql"};
        QTest::newRow("django") << QStringLiteral("django")
                                << QByteArrayList{"app/migrations/0001_a.py", "manage.py", "x/versions/a.py"};
    }
    void onlyMigrationFilesAreRead()
    {
        QFETCH(QString, tool);
        QFETCH(QByteArrayList, paths);
        const QTemporaryDir folder;
        for (const char *name :
             {"app/migrations/0001_a.py", "db/migrate/1_a.rb", "manage.py", "sql/V1__a.sql", "x/versions/a.py",
              "app/models.py", "lib/thing.rb", ".git/V2__b.sql", "node_modules/m/V3__c.sql",
              "venv/lib/migrations/0001.py", "a/b/c/d/e/f/g/V4__deep.sql", "README"})
            write(folder, name, "x");
        QCOMPARE(pathsOf(read(folder.path(), {QStringLiteral("/bin/sh")}, tool)), paths);
    }

    // A current -> releases/X link on the way, and linked files inside.
    void linksAreFollowed_data() { addShells(); }
    void linksAreFollowed()
    {
        QFETCH(QStringList, shell);
        const QTemporaryDir folder;
        write(folder, "releases/1/db/V1__a.sql", "a");
        QVERIFY(::symlink("releases/1", qPrintable(folder.filePath(QStringLiteral("current")))) == 0);
        QVERIFY(::symlink("V1__a.sql", qPrintable(folder.filePath(QStringLiteral("releases/1/db/V2__b.sql")))) == 0);
        QVERIFY(::symlink("..", qPrintable(folder.filePath(QStringLiteral("releases/1/db/loop")))) == 0);
        QVERIFY(::symlink("gone.sql", qPrintable(folder.filePath(QStringLiteral("releases/1/db/V3__c.sql")))) == 0);
        const FileRoot root = read(folder.path() + QStringLiteral("/current/db"), shell);
        QVERIFY(!root.error);
        QCOMPARE(pathsOf(root), (QByteArrayList{"V1__a.sql", "V2__b.sql"}));
    }

    void muchTextIsCutFairly_data() { addShells(); }
    void muchTextIsCutFairly()
    {
        QFETCH(QStringList, shell);
        const QTemporaryDir folder;
        for (int i = 0; i < 40; ++i)
            write(folder, "V" + QByteArray::number(100 + i) + "__a.sql", QByteArray(60'000, 'x'));
        write(folder, "V1__small.sql", "SELECT 1;\n");
        const FileRoot root = read(folder.path(), shell);
        QVERIFY(!root.error);
        QCOMPARE(root.files.size(), size_t(41));
        QVERIFY(root.files[0].isRead && !root.files[0].isWhole);
        QCOMPARE(root.files[0].size, 60'000);
        QCOMPARE(root.files[0].content.size(), 1024);
        const auto small = std::ranges::find(root.files, "V1__small.sql", &MigrationFile::path);
        QVERIFY(small->isWhole);
        QVERIFY(!root.notes.isEmpty());
    }

    void aLongFileIsReadInPart()
    {
        const QTemporaryDir folder;
        write(folder, "V1__long.sql", QByteArray(200'000, 'y'));
        const FileRoot root = read(folder.path());
        QCOMPARE(root.files[0].content.size(), 65536);
        QVERIFY(!root.files[0].isWhole);
    }

    void manyFiles_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("isError");
        QTest::newRow("two thousand") << 2000 << false;
        QTest::newRow("too many") << 5001 << true;
    }
    void manyFiles()
    {
        QFETCH(int, count);
        QFETCH(bool, isError);
        const QTemporaryDir folder;
        for (int i = 0; i < count; ++i) {
            QFile file(folder.filePath(QStringLiteral("V%1__%2.sql").arg(i).arg(QString(60, QLatin1Char('n')))));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray(700, 's'));
        }
        const FileRoot root = read(folder.path());
        QCOMPARE(root.error.has_value(), isError);
        QCOMPARE(root.files.size(), isError ? size_t(0) : size_t(count));
        if (isError)
            QCOMPARE(root.error->kind, ErrorKind::TooLarge);
    }

    void placesThatAreNone_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("missing") << QStringLiteral("/nowhere/at all") << ErrorKind::NotFound;
        QTest::newRow("a file") << QStringLiteral("/etc/passwd") << ErrorKind::NotFound;
    }
    void placesThatAreNone()
    {
        QFETCH(QString, path);
        QFETCH(ErrorKind, kind);
        for (const QStringList &shell : shells()) {
            const FileRoot root = read(path, shell);
            QVERIFY(root.error);
            QCOMPARE(root.error->kind, kind);
        }
    }

    void emptyFolderIsNoError()
    {
        const QTemporaryDir folder;
        const FileRoot root = read(folder.path());
        QVERIFY(!root.error);
        QVERIFY(root.files.empty());
    }

    void theStampTellsEveryChange_data() { addShells(); }
    void theStampTellsEveryChange()
    {
        QFETCH(QStringList, shell);
        const QTemporaryDir folder;
        const auto stamp = [&](const QString &path) {
            return stampOf(replyFrom(QStringLiteral("web1"), runShell(stampScript(path, {}), shell)));
        };
        QByteArrayList seen{stamp(folder.path())};
        const auto isNew = [&] {
            const QByteArray now = stamp(folder.path());
            const bool isSeen = now.isEmpty() || seen.contains(now) || now != stamp(folder.path());
            seen << now;
            return !isSeen;
        };
        write(folder, "V1__a.sql", "SELECT 1;\n");
        QVERIFY(isNew());
        write(folder, "V1__a.sql", "SELECT 22;\n");
        QVERIFY(isNew()); // another size
        write(folder, "sub/V2__b c.sql", "SELECT 2;\n");
        QVERIFY(isNew());
        QVERIFY(
            QFile::rename(folder.filePath(QStringLiteral("V1__a.sql")), folder.filePath(QStringLiteral("V3__a.sql"))));
        QVERIFY(isNew());
        write(folder, "notes.txt", "no migration\n");
        QCOMPARE(stamp(folder.path()), seen.last());
        QVERIFY(QFile::remove(folder.filePath(QStringLiteral("V3__a.sql"))));
        QVERIFY(isNew());
        // The same text under the same name in the next release is another file.
        const QTemporaryDir other;
        write(other, "sub/V2__b c.sql", "SELECT 2;\n");
        QVERIFY(stamp(other.path()) != seen.last());
        QCOMPARE(stamp(QStringLiteral("/no/such/folder")), "none");
        // What was read carries the stamp of that moment.
        const taffrail::sources::Reply read
            = replyFrom(QStringLiteral("web1"), runShell(filesScript(folder.path(), {}), shell));
        QCOMPARE(stampOf(read), seen.last());
        QVERIFY(stampOf(replyFrom(QStringLiteral("web1"), {0, "BATCH 1\n", {}})).isEmpty());
    }

    // Nothing that doesn't fit is taken: a cut answer has no files rather than some.
    void cutAnswers()
    {
        const QTemporaryDir folder;
        write(folder, "V1__a.sql", "SELECT 1;\n");
        write(folder, "V2__b.sql", "SELECT 2;\n");
        const QByteArray out = runShell(filesScript(folder.path(), {})).out;
        QVERIFY(!readBytes(out).error);
        for (qsizetype length = 0; length < out.size() - 5; ++length) {
            const FileRoot root = readBytes(out.left(length));
            QVERIFY(root.error);
            QVERIFY(root.files.empty());
        }
        QCOMPARE(readBytes(out.left(20), 124).error->kind, ErrorKind::Timeout);
    }

    void forgedFrames_data()
    {
        QTest::addColumn<QByteArray>("out");
        // clang-format off
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("huge count") << QByteArray("BATCH 99999999999\n1 a\nLIMIT 65536\n1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("negative size") << QByteArray("BATCH 1\n1 a\nLIMIT 65536\n-1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("size too big") << QByteArray("BATCH 1\n1 a\nLIMIT 65536\n9223372036854775807\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("limit too big") << QByteArray("BATCH 1\n1 a\nLIMIT 9999999\n1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("length too long") << QByteArray("BATCH 1\n900 a\nLIMIT 65536\n1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("length wrong") << QByteArray("BATCH 1\n2 a\nLIMIT 65536\n1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("grown meanwhile") << QByteArray("BATCH 1\n1 a\nLIMIT 65536\n1\nDATA\nxy\nENDBATCH\nDONE\n");
        QTest::newRow("a banner before") << QByteArray("Welcome\nBATCH 1\n1 a\nLIMIT 65536\n1\nDATA\nx\nENDBATCH\nDONE\n");
        QTest::newRow("binary") << QByteArray("\x00\xff\n\x80", 4);
        // clang-format on
    }
    void forgedFrames()
    {
        QFETCH(QByteArray, out);
        const FileRoot root = readBytes(out);
        QVERIFY(root.error);
        QVERIFY(root.files.empty());
    }

    void optionShapes()
    {
        SourceEntry entry;
        QVERIFY(filesOf(entry)->empty());
        const QVariantMap one{{QStringLiteral("host"), QStringLiteral("web1")},
                              {QStringLiteral("path"), QStringLiteral("/srv/x/")}};
        entry.options.insert(QStringLiteral("files"), one);
        QCOMPARE(filesOf(entry)->size(), size_t(1));
        QCOMPARE((*filesOf(entry))[0].path, QStringLiteral("/srv/x"));
        entry.options.insert(QStringLiteral("files"), QVariantList{one, one});
        QCOMPARE(filesOf(entry)->size(), size_t(2));
        entry.options.insert(QStringLiteral("files"), QVariantMap{{QStringLiteral("path"), QStringLiteral("srv")}});
        QVERIFY(!filesOf(entry));
    }
};

QTEST_GUILESS_MAIN(TestMigrationFiles)
#include "tst_migrationfiles.moc"
