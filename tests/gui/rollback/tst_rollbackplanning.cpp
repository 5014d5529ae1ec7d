// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizardfixture.h"

#include "environmentband.h"
#include "inlinemessage.h"

#include <QPlainTextEdit>
#include <QTabWidget>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestRollbackPlanning : public QObject {
    Q_OBJECT

    std::unique_ptr<demo::WizardFixture> m_all;
    RollbackWizard &wizard() { return *m_all->wizard; }
    demo::FakeDesk &desk() { return m_all->desk; }
    QWidget *next() { return wizard().button(QWizard::NextButton); }

private slots:
    void init() { m_all = std::make_unique<demo::WizardFixture>(); }
    void cleanup() { m_all.reset(); }

    void suggestsWhatWasLiveBefore()
    {
        m_all->open();
        QCOMPARE(wizard().currentId(), int(TargetId));
        QCOMPARE(wizard().session().target(), QStringLiteral("20262.14.2"));
        QVERIFY(next()->isEnabled());
        QVERIFY(wizard().targetPage()->verdict()->text().contains(QStringLiteral("20262.14.2")));
        QVERIFY(!wizard().isModal());
        QVERIFY(desk().plans.empty());
    }

    void anImpossibleTargetSaysWhy()
    {
        wizard().openAt(QStringLiteral("capistrano"), QStringLiteral("20262.14.1"));
        QVERIFY(!next()->isEnabled());
        QVERIFY(wizard().targetPage()->verdict()->text().contains(QStringLiteral("its deploy failed")));
        wizard().next();
        QCOMPARE(wizard().currentId(), int(TargetId));
    }

    void nothingToGoBackTo()
    {
        demo::Draft draft = demo::rollbackEnvironment();
        demo::slotOf(draft, PaneKind::Deployments).lastGood.reset();
        m_all = std::make_unique<demo::WizardFixture>(draft);
        m_all->open();
        QVERIFY(!next()->isEnabled());
        QVERIFY(!wizard().targetPage()->notice()->text().isEmpty());
    }

    void theSuggestionComesWithTheFirstRead_data()
    {
        QTest::addColumn<QString>("asked");
        QTest::addColumn<QString>("target");
        QTest::newRow("the suggested one") << QString() << QStringLiteral("20262.14.2");
        QTest::newRow("one that was asked for") << QStringLiteral("20262.14.0") << QStringLiteral("20262.14.0");
    }
    void theSuggestionComesWithTheFirstRead()
    {
        QFETCH(QString, asked);
        QFETCH(QString, target);
        demo::Draft draft = demo::rollbackEnvironment();
        demo::slotOf(draft, PaneKind::Deployments).lastGood.reset();
        m_all = std::make_unique<demo::WizardFixture>(draft);
        wizard().openAt(asked.isEmpty() ? QString() : QStringLiteral("capistrano"), asked);
        QVERIFY(!next()->isEnabled());
        demo::feed(m_all->console, {demo::stateOf(demo::rollbackEnvironment())});
        QCOMPARE(wizard().session().target(), target);
        QVERIFY(next()->isEnabled());
        // What a person has chosen since stays chosen.
        auto *table = wizard().targetPage()->table();
        const QModelIndex other = table->model()->index(table->currentIndex().row() == 0 ? 1 : 0, 0);
        table->setCurrentIndex(other);
        const QString chosen = table->currentId();
        demo::feed(m_all->console, {demo::stateOf(demo::rollbackEnvironment())});
        QCOMPARE(table->currentId(), chosen);
    }

    void theBandIsOnEveryPage()
    {
        for (const int id : wizard().pageIds()) {
            const auto *page = qobject_cast<RollbackPage *>(wizard().page(id));
            QVERIFY(page->band()->text().startsWith(QStringLiteral("PRODUCTION  Shop production")));
            QVERIFY(page->accessibleName().contains(QStringLiteral("PRODUCTION")));
        }
        QVERIFY(wizard().accessibleName().contains(QStringLiteral("PRODUCTION")));
    }

    void plansWhenThePageOpens()
    {
        m_all->open();
        wizard().next();
        QCOMPARE(desk().plans.size(), size_t(1));
        QCOMPARE(desk().plans[0].environment, QStringLiteral("shop-production"));
        QCOMPARE(desk().plans[0].entry, QStringLiteral("capistrano"));
        QCOMPARE(desk().plans[0].target, QStringLiteral("20262.14.2"));
        QVERIFY(!next()->isEnabled());
        emit desk().planning(m_all->environment, QStringLiteral("capistrano"), QStringLiteral("reading web2"));
        QCOMPARE(wizard().changesPage()->notice()->text(), QStringLiteral("reading web2"));
        emit desk().planning(QStringLiteral("other"), QStringLiteral("capistrano"), QStringLiteral("not ours"));
        QCOMPARE(wizard().changesPage()->notice()->text(), QStringLiteral("reading web2"));

        RollbackPlan other = demo::plan(demo::goodGates());
        other.environment = QStringLiteral("shop-staging");
        desk().answer(other);
        QVERIFY(!wizard().session().plan());
        desk().answer(demo::plan(demo::goodGates()));
        QVERIFY(next()->isEnabled());
        QVERIFY(wizard().changesPage()->notice()->isHidden());
    }

    void showsExactCommandsAndTheWayBack()
    {
        m_all->goTo(ChangesId);
        ChangesPage *page = wizard().changesPage();
        QVERIFY(page->tabs()->tabText(1).contains(QStringLiteral("9")));
        page->tabs()->setCurrentIndex(1);
        page->steps()->setCurrentIndex(page->steps()->model()->index(4, 0));
        QVERIFY(page->commands()->toPlainText().startsWith(QStringLiteral("# web2")));
        QVERIFY(
            page->commands()->toPlainText().contains(QStringLiteral("mv -T /srv/shop/.current.new /srv/shop/current")));
        QVERIFY(page->undo()->toPlainText().contains(QStringLiteral("ln -sfn /srv/shop/releases/20262.14.3")));
        QVERIFY(page->undo()->toPlainText().contains(QStringLiteral("# web3")));
    }

    void aRefusedPlanCanBeAskedForAgain()
    {
        m_all->open();
        wizard().next();
        emit desk().planRefused(m_all->environment, QStringLiteral("capistrano"), demo::unreachable());
        ChangesPage *page = wizard().changesPage();
        QVERIFY(page->notice()->text().contains(QStringLiteral("no answer within 10 s")));
        QVERIFY(!next()->isEnabled());
        page->notice()->buttons().first()->click();
        QCOMPARE(desk().plans.size(), size_t(2));
        desk().answer(demo::plan(demo::goodGates()));
        QVERIFY(next()->isEnabled());
    }

    void anotherTargetDropsThePlan()
    {
        m_all->goTo(PreflightId);
        wizard().back();
        wizard().back();
        wizard().targetPage()->choose(QStringLiteral("capistrano"), QStringLiteral("20262.14.0"));
        QVERIFY(!wizard().session().plan());
        wizard().next();
        QCOMPARE(desk().plans.back().target, QStringLiteral("20262.14.0"));
        desk().answer(demo::plan(demo::goodGates())); // late: of the target before
        QVERIFY(!wizard().session().plan());
        QVERIFY(!next()->isEnabled());
    }

    void aWarningNeedsATickAndAReason()
    {
        m_all->open();
        wizard().next();
        desk().answer(demo::plan(demo::warningGates()));
        wizard().next();
        QCOMPARE(wizard().currentId(), int(PreflightId));
        const auto &acceptances = wizard().preflightPage()->acceptances();
        QCOMPARE(acceptances.size(), 1);
        QVERIFY(!next()->isEnabled());
        acceptances[0].tick->click();
        QVERIFY(!next()->isEnabled());
        m_all->type(*acceptances[0].reason, QStringLiteral("   "));
        QVERIFY(!next()->isEnabled());
        m_all->type(*acceptances[0].reason, QStringLiteral("watched by hand"));
        QVERIFY(next()->isEnabled());
        QVERIFY(acceptances[0].reason->hasFocus()); // typing keeps its place
        acceptances[0].tick->click();
        QVERIFY(!next()->isEnabled());
        wizard().next();
        QCOMPARE(wizard().currentId(), int(PreflightId));
    }

    void whatBlocksIsNotPassedBy_data()
    {
        QTest::addColumn<int>("verdict");
        QTest::addColumn<bool>("overridable");
        QTest::newRow("block") << int(Verdict::Block) << false;
        QTest::newRow("block, overridable with a second person") << int(Verdict::Block) << true;
        QTest::newRow("unknown") << int(Verdict::Unknown) << false;
        QTest::newRow("unknown, overridable with a second person") << int(Verdict::Unknown) << true;
        QTest::newRow("warning that nobody may accept") << int(Verdict::Warn) << false;
    }

    void whatBlocksIsNotPassedBy()
    {
        QFETCH(int, verdict);
        QFETCH(bool, overridable);
        std::vector<Gate> gates = demo::goodGates();
        gates[3].verdict = Verdict(verdict);
        gates[3].overridable = overridable;
        gates[3].answer = QStringLiteral("ci-1 deploys");
        m_all->open();
        wizard().next();
        desk().answer(demo::plan(gates));
        wizard().next();
        QVERIFY(!next()->isEnabled());
        QVERIFY(wizard().preflightPage()->acceptances().isEmpty());
        const QString said = wizard().preflightPage()->missing()->text();
        QVERIFY(said.contains(QStringLiteral("not possible")) && said.contains(QStringLiteral("ci-1 deploys")));
        QCOMPARE(said.contains(QStringLiteral("second person")), overridable && Verdict(verdict) != Verdict::Warn);
        wizard().next();
        QCOMPARE(wizard().currentId(), int(PreflightId));
    }

    void theWorstQuestionStandsFirstAndIsReadWhole()
    {
        m_all->goTo(PreflightId);
        const OpsTable *table = wizard().preflightPage()->table();
        QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("Warn"));
        QVERIFY(wizard().preflightPage()->chosen()->text().contains(QStringLiteral("worse afterwards cannot be told")));
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            for (int column = 0; column < table->model()->columnCount(); ++column) {
                QVERIFY(!table->model()->index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
            }
        }
    }

    void planAgainAsksTheDesk()
    {
        m_all->goTo(PreflightId);
        wizard().preflightPage()->planAgain()->click();
        QCOMPARE(desk().plans.size(), size_t(2));
        QVERIFY(!next()->isEnabled());
        desk().answer(demo::plan(demo::warningGates()));
        QVERIFY(next()->isEnabled()); // the same plan: what was answered holds
    }

    void theFrozenPlanIsShown()
    {
        m_all->goTo(ApprovalId);
        const QString text = wizard().approvalPage()->text();
        for (const char *part : {"shop-production", "20262.14.3 \u2192 20262.14.2", "9 steps on 3 hosts", "ac1e-90ab",
                                 "watched by hand", "1 min"})
            QVERIFY2(text.contains(QString::fromUtf8(part)), part);
    }

    void aChangedPlanGoesBackToPreflight_data()
    {
        QTest::addColumn<int>("page");
        QTest::newRow("approval") << int(ApprovalId);
        QTest::newRow("confirm") << int(ConfirmId);
    }

    void aChangedPlanGoesBackToPreflight()
    {
        QFETCH(int, page);
        m_all->goTo(page);
        std::vector<Gate> gates = demo::warningGates();
        gates[3].verdict = Verdict::Block;
        desk().answer(demo::plan(gates, 'b'));
        QCOMPARE(wizard().currentId(), int(PreflightId));
        const PreflightPage *shown = wizard().preflightPage();
        QVERIFY(shown->notice()->text().contains(QStringLiteral("The plan changed")));
        QVERIFY(shown->notice()->text().contains(QStringLiteral("was Pass")));
        const QModelIndex worst = shown->table()->model()->index(0, 0);
        QCOMPARE(worst.data().toString(), QStringLiteral("Block"));
        QCOMPARE(worst.data(items::MarkRole).toString(), QStringLiteral("was Pass"));
        QVERIFY(!next()->isEnabled());
    }

    void marksHoldAgainstThePlanThatWasSeen()
    {
        m_all->goTo(ConfirmId);
        std::vector<Gate> gates = demo::warningGates();
        gates[3].verdict = Verdict::Block;
        desk().answer(demo::plan(gates, 'b'));
        gates[4].verdict = Verdict::Block;
        desk().answer(demo::plan(gates, 'c'));
        const QString said = wizard().preflightPage()->notice()->text();
        QVERIFY(said.contains(QStringLiteral("Is the lock free")));
        QVERIFY(said.contains(QStringLiteral("fit the schema")));
        desk().answer(demo::plan(demo::warningGates())); // as it was
        QVERIFY(wizard().preflightPage()->notice()->isHidden());
        QCOMPARE(wizard().currentId(), int(PreflightId));
    }

    void anotherWarningIsAcceptedAnew()
    {
        m_all->goTo(ConfirmId);
        std::vector<Gate> gates = demo::goodGates();
        gates[5].verdict = Verdict::Warn;
        desk().answer(demo::plan(gates, 'b'));
        QCOMPARE(wizard().preflightPage()->acceptances().size(), 1);
        QCOMPARE(wizard().preflightPage()->acceptances()[0].code, QStringLiteral("rollback.loss-now"));
        QVERIFY(!wizard().preflightPage()->acceptances()[0].tick->isChecked());
        QVERIFY(!next()->isEnabled());
        desk().answer(demo::plan(demo::warningGates())); // the first warning is new again
        QVERIFY(!wizard().preflightPage()->acceptances()[0].tick->isChecked());
    }

    void theSamePlanAgainChangesNothing()
    {
        m_all->goTo(ApprovalId);
        RollbackPlan again = demo::plan(demo::warningGates());
        again.madeAt = again.madeAt.addSecs(30);
        desk().answer(again);
        QCOMPARE(wizard().currentId(), int(ApprovalId));
    }

    void anotherLiveReleaseMakesANewPlan()
    {
        m_all->goTo(ConfirmId);
        QCOMPARE(desk().plans.size(), size_t(1));
        demo::Draft moved = demo::rollbackEnvironment();
        auto history = *valueAs<DeploymentHistory>(demo::slotOf(moved, PaneKind::Deployments));
        history.hosts[1].live = QStringLiteral("20262.14.4");
        demo::good(moved, PaneKind::Deployments, history, 0, Status::Ok, QStringLiteral("moved"));
        ++moved.snapshot.generation;
        m_all->console.apply(demo::stateOf(moved)); // read before the plan was made
        QCOMPARE(desk().plans.size(), size_t(1));
        moved.snapshot.takenAt = demo::now().addSecs(20);
        ++moved.snapshot.generation;
        m_all->console.apply(demo::stateOf(moved));
        QCOMPARE(desk().plans.size(), size_t(2));
        QVERIFY(!wizard().startButton()->isEnabled());
    }

    void hostileTextStaysText()
    {
        std::vector<Gate> gates = demo::warningGates();
        gates[7].answer = QStringLiteral("<img src=/etc/passwd><b>fine</b>");
        gates[7].subject = QStringLiteral("<i>web3</i>");
        m_all->goTo(ConfirmId, gates);
        const QList<QLabel *> labels = wizard().findChildren<QLabel *>();
        QVERIFY(labels.size() > 20);
        for (const QLabel *label : labels) {
            if (label->objectName().startsWith(QLatin1String("qt_")) || label->text().isEmpty())
                continue;
            QCOMPARE(label->textFormat(), Qt::PlainText);
        }
        QVERIFY(wizard().confirmPage()->text().contains(QStringLiteral("<b>fine</b>")));
    }
};

QTEST_MAIN(TestRollbackPlanning)
#include "tst_rollbackplanning.moc"
