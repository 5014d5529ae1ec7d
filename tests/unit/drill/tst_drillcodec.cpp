// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillcases.h"
#include "drillcodec.h"
#include "proofstore.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;

class TestDrillCodec : public QObject {
    Q_OBJECT

private slots:
    void roundTrip();
    void digestCoversWhatDecides();
    void journalsAreKept();
    void proofsAreKept();
    void aDamagedFileIsSetAside();

private:
    static DrillRun ended()
    {
        DrillRun run = drillcases::run();
        applyReports(run, drillcases::goodReports());
        judge(run, 0, drillcases::at(60));
        return run;
    }
};

void TestDrillCodec::roundTrip()
{
    for (const DrillRun &run : {drillcases::run(), ended(), DrillRun()}) {
        const auto back = codec::fromJson<DrillRun>(codec::toJson(run));
        QVERIFY2(back, qPrintable(back ? QString() : sentence(back.error())));
        QCOMPARE(codec::jsonText(codec::toJson(*back)), codec::jsonText(codec::toJson(run)));
    }
    QVERIFY(*codec::fromJson<DrillRun>(codec::toJson(ended())) == ended());
    QVERIFY(*codec::fromJson<DrillPlan>(codec::toJson(drillcases::plan())) == drillcases::plan());
}

void TestDrillCodec::digestCoversWhatDecides()
{
    const DrillPlan plan = drillcases::plan();
    const QString digest = codec::drillDigest(plan);
    DrillPlan other = plan;
    other.madeAt = other.madeAt.addSecs(60);
    other.needBytes += 1;
    other.gates[0].answer = QStringLiteral("other words");
    QCOMPARE(codec::drillDigest(other), digest);
    const auto differs = [&](auto change) {
        DrillPlan next = plan;
        change(next);
        return codec::drillDigest(next) != digest;
    };
    QVERIFY(differs([](DrillPlan &next) { next.host = QStringLiteral("db2"); }));
    QVERIFY(differs([](DrillPlan &next) { next.backup += QLatin1Char('x'); }));
    QVERIFY(differs([](DrillPlan &next) { next.scratch += QLatin1Char('x'); }));
    QVERIFY(differs([](DrillPlan &next) { next.checks[0].minimum = QStringLiteral("2"); }));
    QVERIFY(differs([](DrillPlan &next) { next.steps[0].command += QLatin1Char('x'); }));
    QVERIFY(differs([](DrillPlan &next) { next.gates[0].verdict = Verdict::Warn; }));
    QVERIFY(differs([](DrillPlan &next) { next.target = DrillTarget::Immediate; }));
}

void TestDrillCodec::journalsAreKept()
{
    QTemporaryDir folder;
    const auto store = ProofStore::open(folder.filePath(QStringLiteral("proofs.db")));
    QVERIFY2(store, qPrintable(store ? QString() : sentence(store.error())));
    QVERIFY((*store)->keep(drillcases::run()));
    QVERIFY((*store)->keep(ended()));
    QVERIFY((*store)->keep(drillcases::run())); // what has ended is never made to run again
    const auto found = (*store)->find(ended().id);
    QVERIFY(found && *found && **found == ended());
    const auto none = (*store)->find(QStringLiteral("none"));
    QVERIFY(none && !*none);
    QCOMPARE((*store)->drills(QStringLiteral("shop-production"))->size(), size_t(1));
    QCOMPARE((*store)->drills(QString())->size(), size_t(1));
    QCOMPARE((*store)->drills(QStringLiteral("other"))->size(), size_t(0));
}

void TestDrillCodec::proofsAreKept()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("proofs.db"));
    const BackupProof proof = *proofOf(ended());
    {
        const auto store = ProofStore::open(path);
        QVERIFY(store);
        QVERIFY((*store)->remember({proof, proof}));
        std::vector<BackupProof> many;
        for (int day = 1; day <= 9; ++day) {
            many.push_back(proof);
            many.back().at = proof.at.addDays(day);
        }
        QVERIFY((*store)->remember(many));
    }
    const auto store = ProofStore::open(path);
    const auto proofs = (*store)->proofs();
    QVERIFY(proofs);
    QCOMPARE(proofs->size(), size_t(5)); // the last five of one backup and depth
    BackupProof newest = proof;
    newest.at = proof.at.addDays(9);
    QVERIFY(proofs->front() == newest);
}

void TestDrillCodec::aDamagedFileIsSetAside()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("proofs.db"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, 'x'));
    file.close();
    const auto store = ProofStore::open(path);
    QVERIFY(store);
    QVERIFY((*store)->notice().contains(QLatin1String("damaged")));
    QVERIFY((*store)->proofs()->empty());
}

QTEST_APPLESS_MAIN(TestDrillCodec)
#include "tst_drillcodec.moc"
