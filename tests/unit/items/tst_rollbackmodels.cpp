// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackdemo.h"

#include "auditmodel.h"
#include "rollbackmodels.h"
#include "rollbackwords.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::items;

namespace {

QStringList column(const QAbstractItemModel &model, int number)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts << model.index(row, number).data().toString();
    return texts;
}

DeploymentHistory history()
{
    DeploymentHistory made = demo::deployments();
    made.live = QStringLiteral("20262.14.3");
    made.hosts[0].live = made.live;
    made.releases[1].revision = QStringLiteral("77ab10c9d2e84b1fa0");
    return made;
}

} // namespace

class TestRollbackModels : public QObject {
    Q_OBJECT

    // A model may change in any way, but never by a reset: the current row would be lost.
    template <typename Model> struct Watched {
        Model model;
        QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};
        QSignalSpy resets{&model, &QAbstractItemModel::modelReset};
    };

private slots:
    void targetsSayWhyNot()
    {
        Watched<TargetModel> watched;
        const DeploymentHistory known = history();
        watched.model.show(&known);
        QCOMPARE(watched.model.rowCount(), 4);
        QCOMPARE(column(watched.model, TargetModel::Release),
                 (QStringList{QStringLiteral("2.14.3"), QStringLiteral("2.14.2"), QStringLiteral("2.14.1"),
                              QStringLiteral("2.14.0")}));
        const int live = watched.model.rowOfRelease(QStringLiteral("20262.14.3"));
        QCOMPARE(watched.model.index(live, 0).data(DimmedRole).toBool(), true);
        QCOMPARE(watched.model.index(live, TargetModel::Possible).data().toString(), QStringLiteral("Not possible"));
        QVERIFY(!watched.model.index(live, TargetModel::Why).data().toString().isEmpty());
        const int before = watched.model.rowOfRelease(QStringLiteral("20262.14.2"));
        QCOMPARE(watched.model.index(before, 0).data(DimmedRole).toBool(), false);
        const QString row = watched.model.index(before, 0).data(IdRole).toString();
        QCOMPARE(watched.model.releaseOf(row), QStringLiteral("20262.14.2"));
        QVERIFY(watched.model.targetOf(QStringLiteral("20262.14.2"))->isPossible);
        QVERIFY(!watched.model.targetOf(QStringLiteral("nothing")));
        watched.model.show(nullptr);
        QCOMPARE(watched.model.rowCount(), 0);
        QVERIFY(watched.resets.isEmpty());
    }

    void gatesOfOneSubjectAreAllShown()
    {
        Watched<GateModel> watched;
        std::vector<Gate> gates = demo::warningGates();
        gates.push_back(gates.front());
        gates.back().verdict = Verdict::Block;
        watched.model.show(gates);
        QCOMPARE(watched.model.rowCount(), int(gates.size()));
        QVERIFY(column(watched.model, GateModel::Verdict).contains(QStringLiteral("Block")));
        const int schema
            = int(column(watched.model, GateModel::Question).indexOf(gateQuestion(QStringLiteral("rollback.schema"))));
        QCOMPARE(watched.model.index(schema, GateModel::Evidence).data().toString(),
                 QStringLiteral("beyond 1 \u00b7 rule expand"));
        QVERIFY(
            watched.model.index(schema, 0).data(Qt::AccessibleTextRole).toString().startsWith(QStringLiteral("Pass")));
        QVERIFY(watched.resets.isEmpty());
    }

    void whatAPersonMayDo_data()
    {
        QTest::addColumn<int>("verdict");
        QTest::addColumn<bool>("overridable");
        QTest::addColumn<int>("demand");
        const auto row = [](const char *name, Verdict verdict, bool overridable, GateDemand demand) {
            QTest::newRow(name) << int(verdict) << overridable << int(demand);
        };
        row("pass", Verdict::Pass, false, GateDemand::Nothing);
        row("warning", Verdict::Warn, true, GateDemand::Reason);
        row("hard warning", Verdict::Warn, false, GateDemand::Closed);
        row("block", Verdict::Block, true, GateDemand::SecondPerson);
        row("hard block", Verdict::Block, false, GateDemand::Closed);
        row("unknown", Verdict::Unknown, true, GateDemand::SecondPerson);
        row("hard unknown", Verdict::Unknown, false, GateDemand::Closed);
    }

    void whatAPersonMayDo()
    {
        QFETCH(int, verdict);
        QFETCH(bool, overridable);
        QFETCH(int, demand);
        const Gate gate = demo::gate("rollback.disk", Verdict(verdict), QStringLiteral("web1"),
                                     QStringLiteral("2 % free"), overridable);
        QCOMPARE(int(demandOf(gate)), demand);
        const bool closes = demand >= int(GateDemand::SecondPerson);
        QCOMPARE(closedText(gate).isEmpty(), !closes);
        if (closes)
            QVERIFY(closedText(gate).contains(QStringLiteral("web1"))
                    && closedText(gate).contains(QStringLiteral("2 % free")));
    }

    void everyCodeOfAGateHasAQuestion()
    {
        for (const Gate &gate : demo::warningGates())
            QVERIFY2(gateQuestion(gate.code).endsWith(QLatin1Char('?')), qPrintable(gate.code));
        QCOMPARE(gateQuestion(QStringLiteral("rollback.other")), QStringLiteral("rollback.other"));
    }

    void differenceOfPlans()
    {
        const RollbackPlan before = demo::plan(demo::goodGates());
        RollbackPlan after = before;
        after.madeAt = after.madeAt.addSecs(40);
        after.gates[3].observedAt = {};
        QVERIFY(planDifference(before, after).isEmpty());

        after.gates[3].verdict = Verdict::Block;
        after.gates.push_back(demo::warningGates().back());
        after.hosts[1].from = QStringLiteral("20262.14.9");
        after.changes[3].after = QStringLiteral("25");
        after.digest = QString(64, QLatin1Char('b'));
        const PlanDifference difference = planDifference(before, after);
        QCOMPARE(difference.gates.size(), 2);
        QCOMPARE(difference.changes.size(), 1);
        QCOMPARE(difference.lines.size(), 4);
        QVERIFY(difference.lines.join(QLatin1Char('\n'))
                    .contains(QStringLiteral("web2 runs 20262.14.9 now, it ran 20262.14.3")));

        RollbackPlan batches = before;
        batches.batch = 2;
        batches.digest = QString(64, QLatin1Char('c'));
        QCOMPARE(planDifference(before, batches).lines.size(), 1);
    }

    void stepsOfAPlan()
    {
        Watched<PlannedStepModel> watched;
        const RollbackPlan plan = demo::plan(demo::goodGates());
        watched.model.show(plan.hosts);
        QCOMPARE(watched.model.rowCount(), 9);
        QCOMPARE(watched.model.hostAt(3), QStringLiteral("web2"));
        QCOMPARE(watched.model.hostAt(99), QString());
        QVERIFY(watched.model.index(1, PlannedStepModel::Command).data().toString().endsWith(QStringLiteral("\u2026")));
        QVERIFY(
            !watched.model.index(2, PlannedStepModel::Command).data().toString().endsWith(QStringLiteral("\u2026")));
        Watched<ChangeModel> changes;
        changes.model.show(plan.changes);
        QCOMPARE(changes.model.rowCount(), 5);
    }

    void stepsOfARunChangeOneRowAtATime()
    {
        Watched<RunStepModel> watched;
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 1, 1);
        watched.model.show(run);
        QCOMPARE(watched.model.rowCount(), 9);
        QCOMPARE(column(watched.model, RunStepModel::State).mid(3, 3),
                 (QStringList{QStringLiteral("Done"), QStringLiteral("Running"), QStringLiteral("Waiting")}));
        QCOMPARE(stepsText(run), QStringLiteral("4 of 9 steps"));
        QCOMPARE(hostsText(run), QStringLiteral("host 2 of 3"));
        QSignalSpy changed(&watched.model, &QAbstractItemModel::dataChanged);
        run.hosts[1].steps[1].stage = StepState::Stage::Failed;
        run.hosts[1].steps[1].exitCode = 4;
        run.hosts[1].stage = HostStage::Failed;
        run.hosts[1].trouble = QStringLiteral("mv: cannot move: Permission denied");
        watched.model.show(run);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex().row(), 4);
        QCOMPARE(changed[0][1].toModelIndex().row(), 4);
        QCOMPARE(watched.model.index(4, RunStepModel::State).data().toString(), QStringLiteral("Failed, code 4"));
        QCOMPARE(watched.model.index(4, 0).data(ReasonRole).toString(), run.hosts[1].trouble);
        QVERIFY(watched.resets.isEmpty());
    }

    void aLostJobIsNotRunning()
    {
        RunStepModel model;
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 0, 1);
        run.hosts[0].stage = HostStage::Lost;
        model.show(run);
        QVERIFY(!column(model, RunStepModel::State).contains(QStringLiteral("Running")));
        QVERIFY(column(model, RunStepModel::State).contains(QStringLiteral("Not known")));
    }

    void proofIsNeverAssumed()
    {
        Watched<ProofModel> watched;
        RollbackRun run = demo::runAt(demo::run(demo::plan(demo::goodGates())), 3, 0);
        watched.model.show(run);
        QCOMPARE(column(watched.model, ProofModel::State), QStringList(3, QStringLiteral("Not read yet")));
        watched.model.show(demo::verifying(run));
        QCOMPARE(column(watched.model, ProofModel::State), QStringList(3, QStringLiteral("Proved")));
    }

    void runsKeepTheirRowAndNeverGoBack()
    {
        Watched<RunModel> watched;
        QSignalSpy stages(&watched.model, &RunModel::stageChanged);
        const RollbackPlan plan = demo::plan(demo::goodGates());
        RollbackRun run = demo::runAt(demo::run(plan), 1, 1);
        watched.model.take(std::make_shared<const RollbackRun>(run));
        RollbackRun old = demo::run(plan, QStringLiteral("00000000-0000-4000-8000-000000000001"));
        old.startedAt = demo::before(90'000);
        old.stage = RunStage::Succeeded;
        watched.model.take(std::make_shared<const RollbackRun>(old));
        QCOMPARE(column(watched.model, RunModel::State),
                 (QStringList{QStringLiteral("Running"), QStringLiteral("Verified")}));
        QCOMPARE(watched.model.open().size(), size_t(1));
        QCOMPARE(watched.model.index(0, RunModel::Progress).data().toString(),
                 QStringLiteral("host 2 of 3, 4 of 9 steps"));
        RollbackRun paused = run;
        ++paused.version;
        paused.stage = RunStage::Paused;
        watched.model.take(std::make_shared<const RollbackRun>(paused));
        watched.model.take(std::make_shared<const RollbackRun>(run)); // came late
        QCOMPARE(watched.model.index(0, RunModel::State).data().toString(), QStringLiteral("Paused"));
        QCOMPARE(watched.model.rowCount(), 2);
        QCOMPARE(stages.size(), 3);
        QVERIFY(watched.resets.isEmpty());
    }

    void auditPages()
    {
        AuditModel model; // the tester of models asks for pages itself
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QSignalSpy wanted(&model, &AuditModel::pageWanted);
        std::vector<AuditEntry> page;
        for (qint64 seq = 400; seq > 200; --seq)
            page.push_back(demo::auditEntry(seq, QStringLiteral("rollback.start"), R"({"reason":"5xx"})"));
        QVERIFY(!model.canFetchMore({}));
        model.add(page, 0, true);
        QCOMPARE(model.index(0, AuditModel::Seq).data().toString(), QStringLiteral("400"));
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        model.fetchMore({}); // one at a time
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].toLongLong(), 201);
        page.clear();
        for (qint64 seq = 200; seq > 0; --seq)
            page.push_back(demo::auditEntry(seq, QStringLiteral("rollback.end"), R"({"outcome":"failed"})",
                                            QStringLiteral("ledger")));
        model.add(page, 201, false);
        QCOMPARE(model.rowCount(), 400);
        QVERIFY(!model.canFetchMore({}));
        model.add({demo::auditEntry(401, QStringLiteral("audit.export"), "{}")}, 0, true);
        QVERIFY(!model.canFetchMore({})); // the newest say nothing of the oldest
        QCOMPARE(model.newest(), 401);
        QCOMPARE(model.environments().size(), 2);
        QVERIFY(resets.isEmpty());
    }

    void auditChain()
    {
        Watched<AuditModel> watched;
        std::vector<AuditEntry> page;
        for (qint64 seq = 5; seq > 0; --seq)
            page.push_back(demo::auditEntry(seq, QStringLiteral("rollback.start"), "{}"));
        watched.model.add(page, 0, false);
        QCOMPARE(column(watched.model, AuditModel::Chain), QStringList(5, QStringLiteral("Not verified")));
        watched.model.setChain({true, {4, {}}, {}, demo::now()});
        QCOMPARE(column(watched.model, AuditModel::Chain)[0], QStringLiteral("Not verified")); // written since
        QCOMPARE(column(watched.model, AuditModel::Chain)[1], QStringLiteral("Verified"));
        watched.model.setChain({true, {2, {}}, {3, QStringLiteral("its hash is another")}, demo::now()});
        QCOMPARE(column(watched.model, AuditModel::Chain),
                 (QStringList{QStringLiteral("After the break"), QStringLiteral("After the break"),
                              QStringLiteral("Broken here"), QStringLiteral("Verified"), QStringLiteral("Verified")}));
        QVERIFY(watched.resets.isEmpty());
    }

    void auditDetailIsFitToShow()
    {
        const QString text = readableDetail("{\"reason\":\"a\\u202eb\",\"n\":1}");
        QVERIFY(text.contains(QStringLiteral("<U+202E>")));
        QVERIFY(text.count(QLatin1Char('\n')) >= 3);
        QCOMPARE(readableDetail("no json \x1b[31mred"), QStringLiteral("no json red"));
        QVERIFY(readableDetail(QByteArray(300'000, 'x')).size() < 101'000);
        AuditModel model;
        model.add({demo::auditEntry(1, QStringLiteral("a"), "{\"reason\":\"line\\nbreak\",\"target\":\"2.14.2\"}")}, 0,
                  false);
        QCOMPARE(model.index(0, AuditModel::Detail).data().toString(), QStringLiteral("line break \u00b7 2.14.2"));
    }
};

QTEST_GUILESS_MAIN(TestRollbackModels)
#include "tst_rollbackmodels.moc"
