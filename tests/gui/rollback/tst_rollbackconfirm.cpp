// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizardfixture.h"

#include "inlinemessage.h"

#include <QAbstractButton>
#include <QElapsedTimer>

using namespace taffrail;
using namespace taffrail::ui;

/// What may start a rollback, and what must not.
class TestRollbackConfirm : public QObject {
    Q_OBJECT

    std::unique_ptr<demo::WizardFixture> m_all;
    RollbackWizard &wizard() { return *m_all->wizard; }
    demo::FakeDesk &desk() { return m_all->desk; }

    // Enter on everything of the shown page that can have the focus.
    void pressEnterEverywhere()
    {
        const QList<QWidget *> all = wizard().findChildren<QWidget *>();
        for (QWidget *widget : all) {
            if (!widget->isVisible() || !widget->isEnabled() || widget->focusPolicy() == Qt::NoFocus)
                continue;
            const int page = wizard().currentId();
            widget->setFocus();
            for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
                QTest::keyClick(widget, key);
                QTest::keyClick(widget, key);
            }
            QCOMPARE(wizard().currentId(), page);
            QVERIFY(wizard().isVisible());
        }
    }

private slots:
    void init() { m_all = std::make_unique<demo::WizardFixture>(); }
    void cleanup() { m_all.reset(); }

    void enterNeverActs_data()
    {
        QTest::addColumn<int>("page");
        for (int page = TargetId; page <= ConfirmId; ++page)
            QTest::newRow(qPrintable(RollbackPage::nameOf(RollbackPageId(page)))) << page;
    }

    void enterNeverActs()
    {
        QFETCH(int, page);
        m_all->goTo(page);
        if (page == ConfirmId)
            m_all->arm();
        pressEnterEverywhere();
        QCOMPARE(desk().acts(), 0);
    }

    void noButtonIsDefault()
    {
        m_all->goTo(ConfirmId);
        const QList<QPushButton *> buttons = wizard().findChildren<QPushButton *>();
        QVERIFY(buttons.size() > 10);
        for (const QPushButton *button : buttons) {
            QVERIFY2(!button->isDefault(), qPrintable(button->text()));
            QVERIFY2(!button->autoDefault(), qPrintable(button->text()));
        }
    }

    void startsOnceWithEverything()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        QCOMPARE(wizard().startButton()->text(), QStringLiteral("Roll back now"));
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        QCOMPARE(desk().starts.size(), size_t(1));
        const demo::FakeDesk::Start &start = desk().starts[0];
        QCOMPARE(start.plan->digest, demo::plan(demo::warningGates()).digest);
        QCOMPARE(start.words.typed, QStringLiteral("shop-production"));
        QCOMPARE(start.words.reason, QStringLiteral("5xx after 2.14.3"));
        QCOMPARE(start.words.overrides.size(), size_t(1));
        QCOMPARE(start.words.overrides[0].code, QStringLiteral("rollback.health"));
        QCOMPARE(start.words.overrides[0].reason, QStringLiteral("watched by hand"));
        QCOMPARE(wizard().currentId(), int(ConfirmId)); // nothing is known yet
        QVERIFY(wizard().confirmPage()->notice()->text().contains(QStringLiteral("Nothing is known yet")));
        desk().tell(demo::run(*start.plan));
        QCOMPARE(wizard().currentId(), int(RunId));
    }

    void spaceStartsOnceArmed()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        wizard().startButton()->setFocus();
        QTest::keyClick(wizard().startButton(), Qt::Key_Space);
        QCOMPARE(desk().starts.size(), size_t(1));
    }

    void whatIsMissingIsSaid_data()
    {
        QTest::addColumn<QString>("reason");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("said");
        const QString good = QStringLiteral("shop-production"), why = QStringLiteral("5xx");
        QTest::newRow("nothing") << QString() << QString() << QStringLiteral("Say why");
        QTest::newRow("no reason") << QString() << good << QStringLiteral("Say why");
        QTest::newRow("blank reason") << QStringLiteral("  ") << good << QStringLiteral("Say why");
        QTest::newRow("no word") << why << QString() << QStringLiteral("Type shop-production");
        QTest::newRow("half a word") << why << QStringLiteral("shop-product") << QStringLiteral("Type shop-production");
        QTest::newRow("other case") << why << QStringLiteral("Shop-Production")
                                    << QStringLiteral("Type shop-production");
        QTest::newRow("a blank more") << why << QStringLiteral("shop-production ")
                                      << QStringLiteral("Type shop-production");
        QTest::newRow("another environment")
            << why << QStringLiteral("shop-staging") << QStringLiteral("Type shop-production");
        QTest::newRow("its name") << why << QStringLiteral("Shop production") << QStringLiteral("Type shop-production");
    }

    void whatIsMissingIsSaid()
    {
        QFETCH(QString, reason);
        QFETCH(QString, typed);
        QFETCH(QString, said);
        m_all->goTo(ConfirmId);
        m_all->type(*wizard().confirmPage()->reason(), reason);
        m_all->type(*wizard().confirmPage()->typed(), typed);
        QTRY_VERIFY(wizard().startButton()->isArmed());
        QVERIFY(!wizard().startButton()->isEnabled());
        QVERIFY(wizard().confirmPage()->missing()->text().startsWith(said));
        wizard().startButton()->click();
        wizard().next();
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        QCOMPARE(desk().acts(), 0);
    }

    void waitsBeforeItArms()
    {
        m_all->beImpatient(ArmedButton::armMs);
        m_all->goTo(ConfirmId);
        QElapsedTimer since;
        since.start();
        m_all->typeAll();
        QVERIFY(!wizard().startButton()->isEnabled());
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        wizard().startButton()->click();
        wizard().next();
        QCOMPARE(desk().acts(), 0);
        QTRY_VERIFY(wizard().startButton()->isEnabled());
        QVERIFY(since.elapsed() >= ArmedButton::armMs - 100);
    }

    void aChangeOfThePlanDisarms()
    {
        m_all->beImpatient(ArmedButton::armMs);
        m_all->goTo(ConfirmId);
        m_all->arm();
        RollbackPlan again = demo::plan(demo::warningGates());
        again.madeAt = again.madeAt.addSecs(30);
        desk().answer(again); // the same digest: the page stays, the button waits
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        QVERIFY(!wizard().startButton()->isEnabled());
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        QCOMPARE(desk().acts(), 0);
        QTRY_VERIFY(wizard().startButton()->isEnabled());

        desk().answer(demo::plan(demo::goodGates(), 'b'));
        QCOMPARE(wizard().currentId(), int(PreflightId));
        wizard().next();
        wizard().next();
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        QVERIFY(wizard().confirmPage()->typed()->text().isEmpty()); // typed for another plan
        QVERIFY(!wizard().startButton()->isEnabled());
    }

    void aDoubleClickDoesNotPassThrough()
    {
        m_all->beImpatient(ArmedButton::armMs);
        m_all->goTo(ApprovalId);
        QAbstractButton *next = wizard().button(QWizard::NextButton);
        const QPoint place = next->mapTo(&wizard(), next->rect().center());
        // What lies under the pointer after the first click gets the second.
        QTest::mouseClick(next, Qt::LeftButton);
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        QWidget *under = wizard().childAt(place);
        QVERIFY(under);
        QTest::mouseClick(under, Qt::LeftButton, {}, under->mapFrom(&wizard(), place));
        QTest::mouseDClick(wizard().startButton(), Qt::LeftButton);
        QCOMPARE(desk().acts(), 0);
        m_all->arm();
        QTest::mouseDClick(wizard().startButton(), Qt::LeftButton);
        QVERIFY(desk().starts.size() <= 1);
    }

    void theButtonStandsApart()
    {
        m_all->goTo(ConfirmId);
        for (const int width : {640, 900, 1280}) {
            wizard().resize(width, 600);
            QCoreApplication::processEvents();
            const QRect start(wizard().startButton()->mapTo(&wizard(), QPoint()), wizard().startButton()->size());
            for (const auto which : {QWizard::CancelButton, QWizard::BackButton}) {
                const QWidget *other = wizard().button(which);
                const QRect rect(other->mapTo(&wizard(), QPoint()), other->size());
                QVERIFY2(start.left() - rect.right() >= 24, qPrintable(QString::number(width)));
            }
        }
    }

    void aRefusalIsShownAndPlansAnew()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        emit desk().startRefused(demo::plan(demo::warningGates()).digest,
                                 {ErrorKind::Busy,
                                  QStringLiteral("lock"),
                                  QStringLiteral("web1"),
                                  QStringLiteral("ci-1 holds the lock"),
                                  {}});
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        QCOMPARE(desk().plans.size(), size_t(2));
        std::vector<Gate> gates = demo::warningGates();
        gates[3].verdict = Verdict::Block;
        desk().answer(demo::plan(gates, 'b'));
        QCOMPARE(wizard().currentId(), int(PreflightId));
        QVERIFY(wizard().preflightPage()->notice()->text().contains(QStringLiteral("ci-1 holds the lock")));
        QCOMPARE(desk().starts.size(), size_t(1));
    }

    void whileTheStartIsAskedNothingMoves()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        desk().answer(demo::plan(demo::goodGates(), 'b'));
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        wizard().back();
        desk().tell(demo::run(demo::plan(demo::warningGates())));
        QCOMPARE(wizard().currentId(), int(RunId));
        QCOMPARE(desk().starts.size(), size_t(1));
    }

    void closingWhileTheStartIsAskedLeavesIt()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        wizard().reject();
        QVERIFY(!wizard().isVisible());
        emit desk().startRefused(desk().starts[0].plan->digest, demo::unreachable());
        const auto &activity = m_all->console.activity;
        QVERIFY(activity.activityAt(activity.rowCount() - 1).text.contains(QStringLiteral("was not started")));
    }

    void anEnvironmentThatIsGoneIsNotRolledBack()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        m_all->console.setEnvironments({});
        wizard().startButton()->click();
        wizard().next();
        QCOMPARE(desk().acts(), 0);
    }

    void anOldRunIsNotTakenForTheNewOne()
    {
        RollbackRun old = demo::run(demo::plan(demo::warningGates()), QStringLiteral("old"));
        old.stage = RunStage::Failed;
        desk().tell(old);
        m_all->goTo(ConfirmId);
        m_all->arm();
        QTest::mouseClick(wizard().startButton(), Qt::LeftButton);
        ++old.version;
        desk().tell(old);
        QCOMPARE(wizard().currentId(), int(ConfirmId));
        desk().tell(demo::run(demo::plan(demo::warningGates()), QStringLiteral("new")));
        QCOMPARE(wizard().currentId(), int(RunId));
        QCOMPARE(wizard().session().run()->id, QStringLiteral("new"));
    }

    void outsideProductionNothingIsTyped()
    {
        demo::Draft draft = demo::rollbackEnvironment();
        draft.spec.tier = Tier::Staging;
        m_all = std::make_unique<demo::WizardFixture>(draft);
        m_all->open();
        wizard().next();
        RollbackPlan plan = demo::plan(demo::goodGates());
        plan.tier = Tier::Staging;
        desk().answer(plan);
        while (wizard().currentId() < ConfirmId)
            wizard().next();
        QVERIFY(!wizard().confirmPage()->typed()->isVisible());
        m_all->type(*wizard().confirmPage()->reason(), QStringLiteral("5xx"));
        QTRY_VERIFY(wizard().startButton()->isEnabled());
    }

    void escapeChangesNothing()
    {
        m_all->goTo(ConfirmId);
        m_all->arm();
        QTest::keyClick(wizard().confirmPage()->typed(), Qt::Key_Escape);
        QVERIFY(!wizard().isVisible());
        QCOMPARE(desk().acts(), 0);
    }

    void everythingIsReachedByTab_data() { enterNeverActs_data(); }

    void everythingIsReachedByTab()
    {
        QFETCH(int, page);
        m_all->goTo(page);
        if (page == ConfirmId)
            m_all->arm();
        QSet<QWidget *> wanted, reached;
        const QList<QWidget *> all = wizard().findChildren<QWidget *>();
        for (QWidget *widget : all) {
            const bool isPart = widget->focusProxy() || widget->objectName().startsWith(QLatin1String("qt_"));
            if (widget->isVisible() && widget->isEnabled() && !isPart && (widget->focusPolicy() & Qt::TabFocus))
                wanted << widget;
        }
        QVERIFY(wanted.size() >= 2);
        QVERIFY(QApplication::focusWidget()->isVisible());
        for (qsizetype presses = 0; presses <= wanted.size(); ++presses) {
            reached << QApplication::focusWidget();
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        for (QWidget *widget : std::as_const(wanted)) {
            const auto *button = qobject_cast<QAbstractButton *>(widget);
            QVERIFY2(reached.contains(widget),
                     qPrintable(QLatin1String(widget->metaObject()->className()) + QLatin1Char(' ')
                                + widget->accessibleName() + (button ? button->text() : QString())));
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty())
                         || widget->objectName() == QLatin1String("qt_tabwidget_tabbar"),
                     widget->metaObject()->className());
        }
    }
};

QTEST_MAIN(TestRollbackConfirm)
#include "tst_rollbackconfirm.moc"
