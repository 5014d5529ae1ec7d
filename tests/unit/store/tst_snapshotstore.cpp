// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"
#include "limits.h"
#include "snapshotstore.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <thread>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

const QDateTime noon(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);

DeploymentHistory history(const QString &live)
{
    DeploymentHistory result;
    result.source = utf8("capistrano");
    result.app = utf8("shop");
    result.live = live;
    result.hosts.resize(1);
    result.hosts[0].host = utf8("web1");
    result.hosts[0].live = live;
    return result;
}

/// One entry that shows this release; the connection is up.
std::shared_ptr<Snapshot> snapshotOf(const QString &environment, quint64 generation, const QString &live = utf8("r1"))
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->environment = environment;
    snapshot->generation = generation;
    snapshot->takenAt = noon.addSecs(qint64(generation));
    Observation observation;
    observation.pane = PaneKind::Deployments;
    observation.entry = utf8("cap");
    observation.source = utf8("capistrano");
    observation.subject = utf8("web1");
    observation.lastGood = Attempt {snapshot->takenAt, 80ms, ValuePtr(std::make_shared<const Value>(history(live)))};
    observation.lastAttempt = observation.lastGood;
    snapshot->observations = {observation};
    Link link;
    link.subject = utf8("web1");
    link.state = LinkState::Down;
    link.since = noon;
    link.error = Error {ErrorKind::Timeout, {}, {}, utf8("no answer"), {}};
    link.peer = utf8("deploy@10.0.0.5:22");
    snapshot->links = {link};
    return snapshot;
}

std::unique_ptr<SnapshotStore> opened(const QString &path, SnapshotStore::Options options = {})
{
    Result<std::unique_ptr<SnapshotStore>> store = SnapshotStore::open(path, std::move(options));
    if (!store)
        qCritical("%s", qPrintable(sentence(store.error())));
    return store ? std::move(*store) : nullptr;
}

QString liveOf(const SnapshotPtr &snapshot)
{
    const Observation *observation = snapshot->observation(utf8("cap"));
    const auto *value = observation ? valueAs<DeploymentHistory>(*observation) : nullptr;
    return value ? value->live : utf8("<none>");
}

unsigned modeOf(const QString &path)
{
    struct stat facts {};
    return ::stat(QFile::encodeName(path).constData(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

/// Runs one statement on the file, as another program would.
QVariant ask(const QString &path, const QString &sql)
{
    QVariant answer;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(utf8("QSQLITE"), utf8("probe"));
        database.setDatabaseName(path);
        if (database.open()) {
            QSqlQuery query(database);
            if (query.exec(sql) && query.next())
                answer = query.value(0);
        }
    }
    QSqlDatabase::removeDatabase(utf8("probe"));
    return answer;
}

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

class TestSnapshotStore : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString newPath() { return m_folder.filePath(QStringLiteral("%1/taffrail/history.db").arg(++m_count)); }
    static QStringList files(const QString &path)
    {
        return QDir(QFileInfo(path).absolutePath()).entryList(QDir::Files | QDir::Hidden);
    }

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
        for (const QString &name : files(path)) {
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
        QTRY_COMPARE(ask(path, utf8("SELECT taken_at FROM snapshots")).toLongLong(), noon.addSecs(500).toMSecsSinceEpoch());
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
        failing->observations[0].lastAttempt = Attempt {noon, 1s, failure(ErrorKind::Timeout, {}, {}, utf8("no answer"))};
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
        for (const auto &[generation, live] : {std::pair(1, "r1"), std::pair(2, "r2"), std::pair(3, "r2"), std::pair(4, "r1")}) {
            store->save(snapshotOf(utf8("shop"), quint64(generation), utf8(live)));
            QVERIFY(store->flush());
        }
        store->save(snapshotOf(utf8("blog"), 9));
        QVERIFY(store->flush());
        const std::vector<StateChange> changes = store->changes(utf8("shop"), {});
        QCOMPARE(changes.size(), size_t(2));
        QCOMPARE(changes[0], (StateChange {noon.addSecs(4), utf8("shop"), utf8("release"), utf8("shop"), utf8("r2"), utf8("r1")}));
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
        const SnapshotStore::Options options {0ms, 1s, [&now] { return now; }};
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
        QCOMPARE(files(path).filter(utf8(".damaged-")).size(), 1);
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
        QCOMPARE(files(path).filter(utf8(".damaged-")).size(), 0);
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
            child.start(QCoreApplication::applicationFilePath(), {utf8("--write"), path, QStringLiteral("env-%1").arg(round)});
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
            children[i].start(QCoreApplication::applicationFilePath(), {utf8("--write"), path, QStringLiteral("child-%1").arg(i)});
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

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 4 && qstrcmp(argv[1], "--write") == 0)
        return writeForever(utf8(argv[2]), utf8(argv[3]));
    TestSnapshotStore test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_snapshotstore.moc"
