// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizardfixture.h"

#include "inlinemessage.h"
#include "logview.h"

#include <QComboBox>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTextBlock>

using namespace taffrail;
using namespace taffrail::ui;

/// The pages of a run that was started: what is shown, and what may be done.
class TestRollbackRun : public QObject {
    Q_OBJECT

    std::unique_ptr<demo::WizardFixture> m_all;
    RollbackWizard &wizard() { return *m_all->wizard; }
    demo::FakeDesk &desk() { return m_all->desk; }
    RunPage &page() { return *wizard().runPage(); }
    RollbackRun current() { return m_all->current; }

    RollbackRun failedRun()
    {
        RollbackRun run = current();
        run.stage = RunStage::Failed;
        run.endedAt = demo::now();
        run.hosts[1].stage = HostStage::Failed;
        run.hosts[1].steps[1].stage = StepState::Stage::Failed;
        run.hosts[1].steps[1].exitCode = 1;
        run.hosts[1].trouble = QStringLiteral("Permission denied");
        run.message = QStringLiteral("web2 failed at step 2");
        return run;
    }

private slots:
    void init()
    {
        m_all = std::make_unique<demo::WizardFixture>();
        m_all->start();
        QTRY_VERIFY(wizard().stopButton()->isEnabled());
    }
    void cleanup() { m_all.reset(); }

    void showsStepsAndNoPercentage()
    {
        QVERIFY(page().progress()->text().contains(QStringLiteral("4 of 9 steps")));
        QVERIFY(page().progress()->text().contains(QStringLiteral("host 2 of 3")));
        const QList<QLabel *> labels = wizard().findChildren<QLabel *>();
        for (const QLabel *label : labels)
            QVERIFY(!label->isVisible() || !label->text().contains(QLatin1Char('%')));
        QCOMPARE(page().table()->model()->rowCount(), 9);
    }

    void keepsTheCurrentRow()
    {
        page().table()->setCurrentIndex(page().table()->model()->index(5, 0));
        const QString id = page().table()->currentId();
        RollbackRun run = current();
        run.hosts[1].steps[1].stage = StepState::Stage::Done;
        run.hosts[1].steps[2].stage = StepState::Stage::Running;
        m_all->tell(run);
        QCOMPARE(page().table()->currentId(), id);
    }

    void enterNeverActs()
    {
        const auto pressAll = [this] {
            const QList<QWidget *> all = wizard().findChildren<QWidget *>();
            for (QWidget *widget : all) {
                if (!widget->isVisible() || !widget->isEnabled() || widget->focusPolicy() == Qt::NoFocus)
                    continue;
                widget->setFocus();
                QTest::keyClick(widget, Qt::Key_Return);
                QTest::keyClick(widget, Qt::Key_Enter);
            }
            QVERIFY(wizard().isVisible());
        };
        const int acts = desk().acts();
        pressAll();
        page().abort()->click();
        QTRY_VERIFY(page().abortNow()->isEnabled());
        pressAll();
        RollbackRun paused = current();
        paused.stage = RunStage::Paused;
        m_all->tell(paused);
        QTRY_VERIFY(page().proceed()->isEnabled());
        pressAll();
        m_all->tell(failedRun());
        QTRY_VERIFY(page().retry()->isEnabled());
        pressAll();
        wizard().next();
        QTRY_VERIFY(wizard().verifyPage()->retry()->isEnabled());
        pressAll();
        QCOMPARE(desk().acts(), acts);
    }

    void stopsAfterTheHost()
    {
        QTest::mouseClick(wizard().stopButton(), Qt::LeftButton);
        QCOMPARE(desk().calls.count(QStringLiteral("stop ") + current().id), 1);
        RollbackRun run = current();
        run.stopAsked = true;
        m_all->tell(run);
        QVERIFY(!wizard().stopButton()->isEnabled());
        QVERIFY(wizard().stopButton()->text().startsWith(QStringLiteral("Stopping")));
        QVERIFY(page().notice()->text().contains(QStringLiteral("stops after the host")));
    }

    void abortHasASecondStep()
    {
        m_all->beImpatient(ArmedButton::armMs);
        QVERIFY(page().abort()->isVisible());
        QVERIFY(!page().abortNow()->isVisible());
        QTest::mouseDClick(page().abort(), Qt::LeftButton);
        QTest::mouseClick(page().abort(), Qt::LeftButton);
        QVERIFY(page().abortNow()->isVisible());
        QVERIFY(!page().abortNow()->isEnabled());
        QTest::mouseClick(page().abortNow(), Qt::LeftButton);
        QVERIFY(!desk().calls.contains(QStringLiteral("abort ") + current().id));
        QTRY_VERIFY(page().abortNow()->isEnabled());
        QTest::mouseClick(page().abortNow(), Qt::LeftButton);
        QCOMPARE(desk().calls.count(QStringLiteral("abort ") + current().id), 1);
        QVERIFY(!page().abortNow()->isVisible());
    }

    void aPausedRunIsContinued()
    {
        m_all->beImpatient(ArmedButton::armMs);
        QVERIFY(!page().proceed()->isVisible());
        RollbackRun run = current();
        run.stage = RunStage::Paused;
        run.hosts[1].stage = HostStage::Switched;
        run.message = QStringLiteral("web3 waits");
        m_all->tell(run);
        QVERIFY(page().proceed()->isVisible() && !page().proceed()->isEnabled());
        QVERIFY(page().notice()->text().contains(QStringLiteral("web3 waits")));
        QTRY_VERIFY(page().proceed()->isEnabled());
        QTest::mouseClick(page().proceed(), Qt::LeftButton);
        QTest::mouseClick(page().proceed(), Qt::LeftButton);
        QCOMPARE(desk().calls.count(QStringLiteral("proceed ") + current().id), 1);
    }

    void aFailedRunIsTriedAgainOrTakenForward()
    {
        QSignalSpy forward(&wizard(), &RollbackWizard::rollForwardRequested);
        m_all->tell(failedRun());
        QCOMPARE(wizard().currentId(), int(RunId)); // the log is what one reads now
        QVERIFY(page().notice()->text().contains(QStringLiteral("web2 failed at step 2")));
        QVERIFY(!wizard().stopButton()->isEnabled());
        QVERIFY(!page().abort()->isVisible());
        page().forward()->click();
        QCOMPARE(forward.size(), 1);
        QCOMPARE(forward[0][2].toString(), QStringLiteral("20262.14.3"));
        QTRY_VERIFY(page().retry()->isEnabled());
        QTest::mouseClick(page().retry(), Qt::LeftButton);
        QTest::mouseClick(page().retry(), Qt::LeftButton);
        QCOMPARE(desk().calls.count(QStringLiteral("retry ") + current().id), 1);
    }

    void aLostRunMayBeRetriedOrEnded()
    {
        RollbackRun run = current();
        run.stage = RunStage::Lost;
        run.hosts[1].stage = HostStage::Lost;
        m_all->tell(run);
        QVERIFY(page().notice()->text().contains(QStringLiteral("not known")));
        for (const QPushButton *button : {page().forward(), static_cast<QPushButton *>(page().proceed())})
            QVERIFY(!button->isVisible());
        QVERIFY(page().abort()->isVisible()); // it holds the locks until a person has looked and says what it is
        QTRY_VERIFY(page().retry()->isEnabled());
    }

    void olderStatesAreDropped()
    {
        m_all->tell(failedRun());
        RollbackRun late = demo::runAt(demo::run(current().plan), 1, 1);
        late.version = 1;
        desk().tell(late);
        QCOMPARE(int(wizard().session().run()->stage), int(RunStage::Failed));
        RollbackRun other = demo::run(current().plan, QStringLiteral("other"));
        other.version = 99;
        desk().tell(other);
        QCOMPARE(wizard().session().run()->id, current().id);
    }

    void theLogFollowsTheHost()
    {
        QVERIFY(desk().calls.contains(QStringLiteral("watch web2")));
        emit desk().logGrew(current().id, QStringLiteral("web2"), 0, QStringLiteral("one\ntw"));
        emit desk().logGrew(current().id, QStringLiteral("web2"), 6, QStringLiteral("o\nthree\n"));
        emit desk().logGrew(current().id, QStringLiteral("web2"), 6, QStringLiteral("o\nthree\n")); // twice
        emit desk().logGrew(current().id, QStringLiteral("web1"), 0, QStringLiteral("not shown"));
        QTRY_COMPARE(page().log()->toPlainText(), QStringLiteral("one\ntwo\nthree\n"));
        RollbackRun run = current();
        run.hosts[1].stage = HostStage::Switched;
        run.hosts[2].stage = HostStage::Running;
        m_all->tell(run);
        QCOMPARE(desk().calls.mid(desk().calls.size() - 2),
                 (QStringList{QStringLiteral("unwatch web2"), QStringLiteral("watch web3")}));
        QVERIFY(page().log()->toPlainText().isEmpty());
    }

    void aChosenHostStays()
    {
        page().hosts()->setFocus();
        QTest::keyClick(page().hosts(), Qt::Key_Up);
        QCOMPARE(page().hosts()->currentText(), QStringLiteral("web1"));
        QVERIFY(desk().calls.contains(QStringLiteral("watch web1")));
        m_all->tell(current());
        QCOMPARE(page().hosts()->currentText(), QStringLiteral("web1"));
    }

    void aHugeLogNeitherStopsNorFills()
    {
        LogView &log = *page().log();
        QString line(9'000, QLatin1Char('x'));
        line += QLatin1Char('\n');
        qint64 offset = 0;
        for (int i = 0; i < 3'000; ++i) {
            emit desk().logGrew(current().id, QStringLiteral("web2"), offset, line);
            offset += line.size();
        }
        QTRY_VERIFY(log.toPlainText().contains(QStringLiteral("characters are left out here")));
        QVERIFY(log.blockCount() <= LogView::mostLines);
        for (QTextBlock block = log.document()->begin(); block.isValid(); block = block.next())
            QVERIFY(block.length() <= LogView::longestLine + 1);
    }

    void verifiesUntilItHolds()
    {
        m_all->tell(demo::verifying(current()));
        QCOMPARE(wizard().currentId(), int(VerifyId));
        VerifyPage *verify = wizard().verifyPage();
        QCOMPARE(verify->headline()->text(), QStringLiteral("Not verified yet"));
        QVERIFY(verify->hold()->text().contains(QStringLiteral("43 s left")));
        m_all->console.setNow(demo::now().addSecs(13));
        QVERIFY(verify->hold()->text().contains(QStringLiteral("30 s left")));
        m_all->console.setNow(demo::now().addSecs(50));
        QVERIFY(!verify->hold()->text().contains(QStringLiteral("left:")));
        QCOMPARE(verify->headline()->text(), QStringLiteral("Not verified yet")); // time alone proves nothing
        QVERIFY(!verify->forward()->isVisible());
        RollbackRun run = current();
        run.verification.problems = QStringList{QStringLiteral("web1: 5xx 4.1 %")};
        m_all->tell(run);
        QCOMPARE(verify->problems()->toPlainText(), QStringLiteral("web1: 5xx 4.1 %"));
        run.verification.problems.clear();
        run.stage = RunStage::Succeeded;
        run.endedAt = demo::now();
        m_all->tell(run);
        QCOMPARE(verify->headline()->text(), QStringLiteral("Verified"));
        QVERIFY(!verify->problems()->isVisible());
        QVERIFY(verify->forward()->isVisible());
        verify->stepsAndLog()->click();
        QCOMPARE(wizard().currentId(), int(RunId));
    }

    void failsWithNextSteps()
    {
        m_all->tell(demo::verifying(current()));
        RollbackRun run = current();
        run.stage = RunStage::Failed;
        run.endedAt = demo::now();
        run.message = QStringLiteral("5xx did not get better");
        m_all->tell(run);
        VerifyPage *verify = wizard().verifyPage();
        QCOMPARE(wizard().currentId(), int(VerifyId));
        QCOMPARE(verify->headline()->text(), QStringLiteral("Failed: next steps"));
        QVERIFY(verify->notice()->text().contains(QStringLiteral("roll forward again")));
        QVERIFY(verify->forward()->isVisible());
        QVERIFY(!verify->retry()->isVisible()); // no host failed
    }

    void aRetryGoesBackToTheSteps()
    {
        m_all->tell(failedRun());
        wizard().next();
        QCOMPARE(wizard().currentId(), int(VerifyId));
        RollbackRun run = current();
        run.stage = RunStage::Running;
        run.endedAt = {};
        run.hosts[1].stage = HostStage::Running;
        run.hosts[1].attempt = 1;
        m_all->tell(run);
        QCOMPARE(wizard().currentId(), int(RunId));
    }

    void closingLeavesTheRun()
    {
        const int acts = desk().acts();
        wizard().reject();
        QVERIFY(!wizard().isVisible());
        QCOMPARE(desk().acts(), acts);
        QCOMPARE(m_all->models.runs.open().size(), size_t(1));
    }

    void noWayBackIntoThePlan()
    {
        QVERIFY(!wizard().button(QWizard::BackButton)->isVisible());
        wizard().back();
        QVERIFY(desk().starts.size() == 1);
        const auto stays = demo::plan(demo::goodGates(), 'c');
        desk().answer(stays); // a plan that comes late changes nothing
        QCOMPARE(wizard().session().run()->id, current().id);
    }
};

QTEST_MAIN(TestRollbackRun)
#include "tst_rollbackrunpage.moc"
