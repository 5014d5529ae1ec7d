// SPDX-License-Identifier: GPL-3.0-or-later
#include "../rollback/runcases.h"
#include "runstore.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;

class TestRunStore : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void aJournalComesBack();
    void oneConsoleWinsTheSwap();
    void oneRunOfAnAppAtATime();
    void aNewerJournalIsAdopted();
    void unfinishedRunsComeFirst();
    void aDamagedFileIsSetAside();
    void nobodyElseReadsIt();

private:
    std::unique_ptr<RunStore> open()
    {
        auto store = RunStore::open(path());
        return store ? std::move(*store) : nullptr;
    }
    QString path() const { return m_folder->filePath(QStringLiteral("runs.db")); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRunStore::aJournalComesBack()
{
    RollbackRun run = runcases::run();
    QVERIFY(open()->insert(run));
    QCOMPARE(run.version, 1);
    const auto found = open()->find(run.id);
    QVERIFY(found && *found);
    QCOMPARE(**found, run);
    const auto none = open()->find(QStringLiteral("no such run"));
    QVERIFY(none && !*none);
}

void TestRunStore::oneConsoleWinsTheSwap()
{
    const auto store = open(), other = open();
    RollbackRun run = runcases::run();
    QVERIFY(store->insert(run));
    RollbackRun theirs = **other->find(run.id);
    theirs.message = QStringLiteral("theirs");
    QVERIFY(other->replace(theirs));
    run.message = QStringLiteral("mine");
    const auto late = store->replace(run);
    QVERIFY(!late);
    QCOMPARE(late.error().kind, ErrorKind::Busy);
    QCOMPARE(run.version, 1);
    QCOMPARE((*store->find(run.id))->message, QStringLiteral("theirs"));
    QCOMPARE((*store->find(run.id))->version, 2);
}

void TestRunStore::oneRunOfAnAppAtATime()
{
    const auto store = open();
    RollbackRun first = runcases::run();
    QVERIFY(store->insert(first));
    RollbackRun second = runcases::run();
    second.id = QStringLiteral("22222222-d9cb-469f-a165-70867728950e");
    const auto refused = store->insert(second);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::Busy);
    first.stage = RunStage::Failed;
    QVERIFY(store->replace(first));
    QVERIFY(store->insert(second));
}

void TestRunStore::aNewerJournalIsAdopted()
{
    const auto store = open();
    RollbackRun run = runcases::run();
    run.version = 5;
    QVERIFY(store->adopt(run));
    QCOMPARE((*store->find(run.id))->version, 5);
    run.version = 4;
    run.message = QStringLiteral("older");
    QVERIFY(store->adopt(run));
    QVERIFY((*store->find(run.id))->message.isEmpty());
}

void TestRunStore::unfinishedRunsComeFirst()
{
    const auto store = open();
    RollbackRun old = runcases::run();
    QVERIFY(store->insert(old));
    RollbackRun newer = runcases::run();
    newer.id = QStringLiteral("22222222-d9cb-469f-a165-70867728950e");
    newer.plan.entry = QStringLiteral("other");
    newer.startedAt = newer.startedAt.addSecs(60);
    newer.stage = RunStage::Succeeded;
    QVERIFY(store->insert(newer));
    const auto list = store->heads();
    QVERIFY(list);
    QCOMPARE(list->size(), size_t(2));
    QCOMPARE(list->front().id, old.id);
}

void TestRunStore::aDamagedFileIsSetAside()
{
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("SQLite format 3\0", 16) + QByteArray(4096, 'x'));
    }
    const auto store = open();
    QVERIFY(store);
    QVERIFY(store->notice().contains(QStringLiteral("damaged")));
    RollbackRun run = runcases::run();
    QVERIFY(store->insert(run));
    QCOMPARE(QDir(m_folder->path()).entryList({QStringLiteral("runs.db?*damaged*"), QStringLiteral("runs*2*")}).size()
                 > 0,
             true);
}

void TestRunStore::nobodyElseReadsIt()
{
    QVERIFY(open());
    QCOMPARE(QFile::permissions(path()) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

QTEST_GUILESS_MAIN(TestRunStore)
#include "tst_runstore.moc"
