// SPDX-License-Identifier: GPL-3.0-or-later
#include "storeworld.h"

#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace taffrail;
using namespace taffrail::test;

class TestSnapshotStore : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString newPath() { return m_folder.filePath(QStringLiteral("%1/taffrail/history.db").arg(++m_count)); }

private slots:
    void remembers()
    {
        const QString path = newPath();
        {
            const auto store = opened(path);
            QVERIFY(store);
            QCOMPARE(store->notice(), QString());
            QVERIFY(store->loadAll().empty());
            store->save(snapshotOf(utf8("shop"), 7));
            store->save(snapshotOf(utf8("blog"), 3));
        } // closing writes what waits
        const auto store = opened(path);
        const std::vector<SnapshotPtr> all = store->loadAll();
        QCOMPARE(all.size(), size_t(2));
        const SnapshotPtr shop = all[1];
        QCOMPARE(shop->environment, utf8("shop"));
        QCOMPARE(shop->generation, quint64(7));
        QVERIFY(shop->remembered);
        QCOMPARE(shop->takenAt, noon.addSecs(7));
        QCOMPARE(shop->observations[0].lastGood->at, noon.addSecs(7));
        QCOMPARE(liveOf(shop), utf8("r1"));
        QCOMPARE(shop->links[0].state, LinkState::Idle); // nothing is connected at start
        QVERIFY(!shop->links[0].error);
        QVERIFY(!shop->links[0].since.isValid());
        QCOMPARE(shop->links[0].peer, utf8("deploy@10.0.0.5:22"));
    }

    void keepsToItself()
    {
        const QString path = newPath();
        const mode_t before = ::umask(0);
        const auto store = opened(path);
        store->save(snapshotOf(utf8("shop"), 1));
        QVERIFY(store->flush());
        ::umask(before);
        QCOMPARE(modeOf(QFileInfo(path).absolutePath()), 0700U);
        for (const QString &name : filesBeside(path)) {
            if (name.startsWith(utf8("history.db")) && !name.endsWith(utf8(".lock")))
                QCOMPARE(modeOf(QFileInfo(path).absolutePath() + QLatin1Char('/') + name), 0600U);
        }
        QCOMPARE(ask(path, utf8("PRAGMA journal_mode")).toString(), utf8("wal"));
        QCOMPARE(ask(path, utf8("PRAGMA user_version")).toInt(), 1);
    }

    void narrowsAFileThatIsTooOpen()
    {
        const QString path = newPath();
        opened(path).reset();
        QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0644), 0);
        opened(path).reset();
        QCOMPARE(modeOf(path), 0600U);
    }

    void followsTheDesktopRule()
    {
        qputenv("XDG_STATE_HOME", "/tmp/state");
        QCOMPARE(SnapshotStore::defaultPath(), utf8("/tmp/state/taffrail/history.db"));
        qputenv("XDG_STATE_HOME", "not/absolute");
        QCOMPARE(SnapshotStore::defaultPath(), QDir::homePath() + utf8("/.local/state/taffrail/history.db"));
        qunsetenv("XDG_STATE_HOME");
        QCOMPARE(SnapshotStore::defaultPath(), QDir::homePath() + utf8("/.local/state/taffrail/history.db"));
    }

    void writesOnlyTheNewestOfABatch()
    {
        const QString path = newPath();
        const auto store = opened(path, {200ms, 1s, {}});
        for (quint64 generation = 1; generation <= 500; ++generation)
            store->save(snapshotOf(utf8("shop"), generation));
        QTRY_COMPARE(ask(path, utf8("SELECT taken_at FROM snapshots")).toLongLong(),
                     noon.addSecs(500).toMSecsSinceEpoch());
        QVERIFY(ask(path, utf8("SELECT revision FROM snapshots")).toLongLong() <= 3); // far fewer writes than saves
    }

    void doesNotWriteWhatItRemembers()
    {
        const QString path = newPath();
        const auto store = opened(path);
        const auto old = snapshotOf(utf8("shop"), 7);
        old->remembered = true;
        store->save(old);
        store->save(nullptr);
        QVERIFY(store->flush());
        QVERIFY(store->loadAll().empty());
    }

    void aFailedTryForgetsNothing()
    {
        const QString path = newPath();
        {
            const auto store = opened(path);
            store->save(snapshotOf(utf8("shop"), 1, utf8("r1")));
        }
        const auto store = opened(path); // another run, which never had an answer
        const auto failing = snapshotOf(utf8("shop"), 2);
        failing->observations[0].lastGood.reset();
        failing->observations[0].lastAttempt
            = Attempt{noon, 1s, failure(ErrorKind::Timeout, {}, {}, utf8("no answer"))};
        store->save(failing);
        QVERIFY(store->flush());
        const SnapshotPtr kept = store->loadAll().at(0);
        QCOMPARE(liveOf(kept), utf8("r1"));
        QCOMPARE(kept->observations[0].lastGood->at, noon.addSecs(1));
        QVERIFY(kept->observations[0].error());
    }

    void recordsChanges()
    {
        const auto store = opened(newPath());
        for (const auto &[generation, live] :
             {std::pair(1, "r1"), std::pair(2, "r2"), std::pair(3, "r2"), std::pair(4, "r1")}) {
            store->save(snapshotOf(utf8("shop"), quint64(generation), utf8(live)));
            QVERIFY(store->flush());
        }
        store->save(snapshotOf(utf8("blog"), 9));
        QVERIFY(store->flush());
        const std::vector<StateChange> changes = store->changes(utf8("shop"), {});
        QCOMPARE(changes.size(), size_t(2));
        QCOMPARE(changes[0],
                 (StateChange{noon.addSecs(4), utf8("shop"), utf8("release"), utf8("shop"), utf8("r2"), utf8("r1")}));
        QCOMPARE(changes[1].after, utf8("r2"));
        QCOMPARE(store->changes({}, {}).size(), size_t(2));
        QCOMPARE(store->changes({}, noon.addSecs(3)).size(), size_t(1));
        QCOMPARE(store->changes({}, {}, 1).size(), size_t(1));
        QVERIFY(store->changes(utf8("blog"), {}).empty());
    }

    void anOlderProcessDoesNotOverwriteANewer()
    {
        const QString path = newPath();
        const auto window = opened(path);
        const auto command = opened(path);
        window->save(snapshotOf(utf8("shop"), 10, utf8("new")));
        QVERIFY(window->flush());
        command->save(snapshotOf(utf8("shop"), 5, utf8("old")));
        QVERIFY(command->flush());
        QCOMPARE(liveOf(command->loadAll().at(0)), utf8("new"));
        command->save(snapshotOf(utf8("shop"), 11, utf8("newest")));
        QVERIFY(command->flush());
        window->save(snapshotOf(utf8("shop"), 12, utf8("newest")));
        QVERIFY(window->flush());
        QCOMPARE(window->changes(utf8("shop"), {}).size(), size_t(1)); // each change is recorded once, whoever saw it
    }

    void dropsWhatLeftTheInventory()
    {
        const QString path = newPath();
        QDateTime now = noon;
        const SnapshotStore::Options options{0ms, 1s, [&now] { return now; }};
        const auto store = opened(path, options);
        store->save(snapshotOf(utf8("gone"), 1));
        store->save(snapshotOf(utf8("shop"), 1));
        QVERIFY(store->flush());
        now = noon.addDays(89);
        store->keep({utf8("shop")});
        QCOMPARE(store->loadAll().size(), size_t(2));
        now = noon.addDays(91);
        store->keep({utf8("shop")});
        const std::vector<SnapshotPtr> all = store->loadAll();
        QCOMPARE(all.size(), size_t(1));
        QCOMPARE(all[0]->environment, utf8("shop"));
    }

    void savesFromManyThreads()
    {
        const auto store = opened(newPath(), {0ms, 1s, {}});
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&store, i] {
                for (quint64 generation = 1; generation <= 100; ++generation)
                    store->save(snapshotOf(QStringLiteral("env-%1").arg(i), generation));
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(store->flush());
        const std::vector<SnapshotPtr> all = store->loadAll();
        QCOMPARE(all.size(), size_t(8));
        for (const SnapshotPtr &snapshot : all)
            QCOMPARE(snapshot->generation, quint64(100));
    }
};

QTEST_GUILESS_MAIN(TestSnapshotStore)
#include "tst_snapshotstore.moc"
