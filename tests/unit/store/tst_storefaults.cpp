// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits.h"
#include "storeworld.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;
using namespace taffrail::test;

namespace {

/// The child of two tests: writes generation after generation and says which ones are safe.
int writeForever(const QString &path, const QString &environment)
{
    const std::unique_ptr<SnapshotStore> store = opened(path, {0ms, 1s, {}});
    if (!store)
        return 1;
    for (quint64 generation = 1;; ++generation) {
        store->save(snapshotOf(environment, generation, QString::number(generation)));
        if (!store->flush())
            return 2;
        std::printf("%llu\n", static_cast<unsigned long long>(generation));
        std::fflush(stdout);
    }
}

} // namespace

class TestStoreFaults : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString newPath() { return m_folder.filePath(QStringLiteral("%1/taffrail/history.db").arg(++m_count)); }

private slots:
    void movesADamagedFileAside_data()
    {
        QTest::addColumn<QString>("damage");
        for (const char *damage : {"garbage", "header", "middle", "cut"})
            QTest::newRow(damage) << utf8(damage);
    }

    void movesADamagedFileAside()
    {
        QFETCH(QString, damage);
        const QString path = newPath();
        {
            const auto store = opened(path);
            for (int i = 0; i < 60; ++i)
                store->save(snapshotOf(QStringLiteral("environment-%1").arg(i), 1, QString(500, QChar(u'a' + i % 26))));
        }
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        const qint64 size = file.size();
        QVERIFY(size > 20'000);
        if (damage == utf8("garbage")) {
            file.resize(0);
            file.write(QByteArray(20'000, 'x'));
        } else if (damage == utf8("header")) {
            file.write("broken header");
        } else if (damage == utf8("middle")) {
            file.seek(4096);
            file.write(QByteArray(int(size - 8192), '\xff'));
        } else {
            file.resize(size / 2 + 100);
        }
        file.close();
        const auto store = opened(path);
        QVERIFY(store);
        QVERIFY2(store->notice().contains(utf8("damaged")), qPrintable(store->notice()));
        QVERIFY(store->notice().contains(utf8("moved to")));
        QVERIFY(store->loadAll().empty());
        QCOMPARE(filesBeside(path).filter(utf8(".damaged-")).size(), 1);
        store->save(snapshotOf(utf8("shop"), 1)); // and life goes on
        QVERIFY(store->flush());
        QCOMPARE(store->loadAll().size(), size_t(1));
    }

    void oneBadRowDoesNotHideTheOthers()
    {
        const QString path = newPath();
        auto store = opened(path);
        store->save(snapshotOf(utf8("blog"), 1));
        store->save(snapshotOf(utf8("shop"), 1));
        QVERIFY(store->flush());
        ask(path, utf8("UPDATE snapshots SET body = x'00112233', revision = 99 WHERE environment = 'blog'"));
        QSignalSpy failed(store.get(), &SnapshotStore::failed);
        const std::vector<SnapshotPtr> all = store->loadAll();
        QCOMPARE(all.size(), size_t(1));
        QCOMPARE(all[0]->environment, utf8("shop"));
        QTRY_COMPARE(failed.size(), 1);
        store->save(snapshotOf(utf8("blog"), 2)); // the row is replaced
        QVERIFY(store->flush());
        QCOMPARE(store->loadAll().size(), size_t(2));
    }

    void leavesANewerFileAlone()
    {
        const QString path = newPath();
        opened(path).reset();
        ask(path, utf8("PRAGMA user_version = 2"));
        const auto store = SnapshotStore::open(path);
        QVERIFY(!store);
        QCOMPARE(store.error().kind, ErrorKind::Unsupported);
        QCOMPARE(filesBeside(path).filter(utf8(".damaged-")).size(), 0);
    }

    void saysWhyItCannotOpen()
    {
        QTemporaryDir folder;
        QCOMPARE(::chmod(QFile::encodeName(folder.path()).constData(), 0555), 0);
        const QString file = folder.filePath(utf8("file"));
        Result<std::unique_ptr<SnapshotStore>> denied = failure(Error());
        {
            const test::Unprivileged stranger;
            QVERIFY(!stranger.hasFailed());
            denied = SnapshotStore::open(folder.filePath(utf8("sub/history.db")));
        }
        ::chmod(QFile::encodeName(folder.path()).constData(), 0700);
        QVERIFY(!denied);
        QCOMPARE(denied.error().kind, ErrorKind::Denied);
        QVERIFY(!denied.error().hint.isEmpty());
        QFile plain(file);
        QVERIFY(plain.open(QIODevice::WriteOnly));
        const auto below = SnapshotStore::open(file + utf8("/sub/history.db"));
        QVERIFY(!below);
        QCOMPARE(below.error().kind, ErrorKind::NotFound);
    }

    void aFullDiskIsToldAndGotOver()
    {
        const QString path = newPath();
        const auto store = opened(path, {10ms, 50ms, {}});
        store->save(snapshotOf(utf8("shop"), 1));
        QVERIFY(store->flush());
        QSignalSpy failed(store.get(), &SnapshotStore::failed);
        QSignalSpy recovered(store.get(), &SnapshotStore::recovered);
        QString noise; // does not compress away
        for (int i = 0; i < 200'000; ++i)
            noise += QChar(ushort(0x4E00 + (i * 7919 + i / 3) % 20000));
        {
            const test::SmallFiles full(100'000);
            store->save(snapshotOf(utf8("blog"), 1, noise));
            QTRY_COMPARE(failed.size(), 1);
            const auto error = failed[0][0].value<Error>();
            QVERIFY2(!error.text.isEmpty() && !error.hint.isEmpty(), qPrintable(sentence(error)));
            QVERIFY(!store->flush());
            QCOMPARE(store->loadAll().size(), size_t(1)); // what is there can still be read
        }
        QTRY_COMPARE(recovered.size(), 1); // retried by itself
        QCOMPARE(store->loadAll().size(), size_t(2));
        QCOMPARE(failed.size(), 1); // told once, not at every try
        QCOMPARE(ask(path, utf8("PRAGMA integrity_check")).toString(), utf8("ok"));
    }

    void survivesAKill()
    {
        const QString path = newPath();
        for (int round = 0; round < 5; ++round) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(),
                        {utf8("--write"), path, QStringLiteral("env-%1").arg(round)});
            QVERIFY(child.waitForStarted());
            QByteArray said;
            const auto safe = [&said] { // the last whole line
                const QList<QByteArray> lines = said.split('\n');
                return lines.size() < 2 ? 0ULL : lines[lines.size() - 2].toULongLong();
            };
            while (safe() < quint64(20 + round * 7) && child.waitForReadyRead(30'000))
                said += child.readAllStandardOutput();
            child.kill();
            QVERIFY(child.waitForFinished());
            said += child.readAllStandardOutput();
            QVERIFY(safe() >= 20);
            const auto store = opened(path);
            QVERIFY(store);
            QCOMPARE(store->notice(), QString());
            const std::vector<SnapshotPtr> all = store->loadAll();
            QCOMPARE(all.size(), size_t(round) + 1);
            QVERIFY2(all.back()->generation >= safe(), QByteArray::number(all.back()->generation).constData());
            QCOMPARE(liveOf(all.back()), QString::number(all.back()->generation));
        }
    }

    void severalProcessesWriteAtOnce()
    {
        const QString path = newPath();
        const auto store = opened(path, {0ms, 1s, {}});
        QSignalSpy failed(store.get(), &SnapshotStore::failed);
        QProcess children[2];
        for (int i = 0; i < 2; ++i)
            children[i].start(QCoreApplication::applicationFilePath(),
                              {utf8("--write"), path, QStringLiteral("child-%1").arg(i)});
        for (quint64 generation = 1; generation <= 60; ++generation) {
            store->save(snapshotOf(utf8("ours"), generation));
            QVERIFY(store->flush());
        }
        for (QProcess &child : children) {
            QVERIFY(child.bytesAvailable() > 0 || child.waitForReadyRead(30'000));
            QCOMPARE(child.state(), QProcess::Running); // a lock was never too long for it
            child.kill();
            QVERIFY(child.waitForFinished());
        }
        QCOMPARE(failed.size(), 0);
        QCOMPARE(store->loadAll().size(), size_t(3));
        QCOMPARE(ask(path, utf8("PRAGMA integrity_check")).toString(), utf8("ok"));
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 4 && qstrcmp(argv[1], "--write") == 0)
        return writeForever(utf8(argv[2]), utf8(argv[3]));
    TestStoreFaults test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_storefaults.moc"
