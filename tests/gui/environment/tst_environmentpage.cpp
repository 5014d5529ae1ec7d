// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "environmentband.h"
#include "environmentpage.h"
#include "filterline.h"
#include "opstable.h"
#include "paneframe.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSplitter>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestEnvironmentPage : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_models = std::make_unique<WindowModels>(*m_console);
        m_page = std::make_unique<EnvironmentPage>(*m_models, nullptr);
        m_page->resize(1000, 640);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    }

    void cleanup()
    {
        m_page.reset();
        m_models.reset();
        m_console.reset();
    }

    void everyStateIsShown_data()
    {
        QTest::addColumn<QString>("environment");
        QTest::addColumn<int>("pane");
        QTest::addColumn<QString>("state");
        QTest::addColumn<QString>("sentence");
        QTest::addColumn<QString>("notice");
        QTest::addColumn<QStringList>("buttons");
        const auto row = [](const char *name, const char *id, PaneKind pane, const char *sentence, const char *notice,
                            const QStringList &buttons) {
            QTest::newRow(name) << QString::fromLatin1(id) << int(pane) << QString::fromLatin1(name)
                                << QString::fromUtf8(sentence) << QString::fromUtf8(notice) << buttons;
        };
        const QString retry = QStringLiteral("Retry now"), details = QStringLiteral("Details"),
                      copy = QStringLiteral("Copy");
        row("ready", "shop-production", PaneKind::Health, "", "", {});
        row("not-set-up", "tools-development", PaneKind::Health, "No source of health is set up", "",
            {QStringLiteral("Copy example entry")});
        row("first-load", "search-development", PaneKind::Backups, "Reading backups from web1", "",
            {QStringLiteral("Cancel")});
        row("empty", "search-testing", PaneKind::Migrations, "No rows in public.alembic_version", "", {retry});
        row("partial", "search-production", PaneKind::Health, "", "answered 503", {retry, details, copy});
        row("stale", "ledger-production", PaneKind::Backups, "", "Not read since the console was started", {retry});
        row("offline", "billing-testing", PaneKind::Deployments, "", "web1 offline since 13:56:06Z. Retrying in 20 s.",
            {retry, details});
        row("error", "ledger-staging", PaneKind::Health, "expected a number", "", {retry, details, copy});
        row("not-allowed", "ledger-staging", PaneKind::Migrations,
            "GRANT SELECT ON public.alembic_version TO taffrail;", "",
            {QStringLiteral("Copy statement"), retry, details});
        row("limited", "ledger-staging", PaneKind::Backups, "no answer within 8 s", "", {retry, details, copy});
    }

    void everyStateIsShown()
    {
        QFETCH(QString, environment);
        QFETCH(int, pane);
        QFETCH(QString, state);
        QFETCH(QString, sentence);
        QFETCH(QString, notice);
        QFETCH(QStringList, buttons);
        m_console->select(environment);
        PaneFrame *frame = m_page->pane(PaneKind(pane));
        QCOMPARE(items::paneStateWord(frame->condition().state), state);
        QTRY_VERIFY2(frame->sentence().contains(sentence),
                     qPrintable(frame->sentence())); // the first load has patience
        QVERIFY2(frame->noticeText().contains(notice), qPrintable(frame->noticeText()));
        QCOMPARE(frame->table()->isVisible(), sentence.isEmpty());
        QStringList offered;
        for (const QToolButton *button : frame->actionButtons()) {
            QVERIFY(button->isVisible());
            offered << button->text();
        }
        QCOMPARE(offered, buttons);
    }

    void refreshingMovesNothing()
    {
        m_console->select(QStringLiteral("shop-production"));
        PaneFrame *frame = m_page->pane(PaneKind::Health);
        const QRect before = frame->table()->geometry();
        m_console->setRefreshing(QStringLiteral("shop-production"), true);
        QCOMPARE(items::paneStateWord(frame->condition().state), QStringLiteral("refreshing"));
        QVERIFY(frame->noticeText().isEmpty() && frame->sentence().isEmpty());
        QCOMPARE(frame->table()->geometry(), before);
    }

    void filteredToNothingAndCleared()
    {
        m_console->select(QStringLiteral("archive-staging"));
        PaneFrame *frame = m_page->pane(PaneKind::Deployments);
        frame->table()->setFocus();
        QTest::keyClick(frame->table(), Qt::Key_Slash);
        QVERIFY(frame->filter()->hasFocus());
        QTest::keyClicks(frame->filter(), QStringLiteral("zebra"));
        QCOMPARE(frame->sentence(), QStringLiteral("0 of 304 shown"));
        QCOMPARE(frame->actionButtons().size(), 1);
        QTest::mouseClick(frame->actionButtons().first(), Qt::LeftButton);
        QVERIFY(frame->table()->isVisible());
        QCOMPARE(frame->table()->model()->rowCount(), 304);
        QVERIFY(!frame->filter()->isVisible()); // shown only while used
    }

    void actionsAreWishes()
    {
        QSignalSpy retried(m_models.get(), &WindowModels::retryRequested);
        QSignalSpy cancelled(m_models.get(), &WindowModels::cancelRequested);
        QSignalSpy failures(m_page.get(), &Page::failureRequested);
        m_console->select(QStringLiteral("ledger-staging"));
        PaneFrame *frame = m_page->pane(PaneKind::Migrations);
        QTest::mouseClick(frame->actionButtons().at(0), Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(),
                 QStringLiteral("GRANT SELECT ON public.alembic_version TO taffrail;"));
        QTest::mouseClick(frame->actionButtons().at(1), Qt::LeftButton);
        QCOMPARE(retried.size(), 1);
        QCOMPARE(retried[0][0].toString(), QStringLiteral("ledger-staging"));
        QTest::mouseClick(frame->actionButtons().at(2), Qt::LeftButton);
        QCOMPARE(failures.size(), 1);
        QVERIFY(!failures[0][0].value<items::DetailLines>().empty());
        m_console->select(QStringLiteral("search-development"));
        PaneFrame *loading = m_page->pane(PaneKind::Health);
        QTRY_COMPARE(loading->actionButtons().size(), 1);
        QTest::mouseClick(loading->actionButtons().first(), Qt::LeftButton);
        QCOMPARE(cancelled.size(), 1);
    }

    void refreshKeepsCurrentSelectionScroll()
    {
        m_console->select(QStringLiteral("archive-staging"));
        OpsTable *table = m_page->pane(PaneKind::Deployments)->table();
        table->setCurrentIndex(table->model()->index(200, 0));
        table->scrollTo(table->currentIndex(), QAbstractItemView::PositionAtTop);
        const QString id = table->currentId();
        const int scroll = table->verticalScrollBar()->value();
        QSignalSpy resets(table->model(), &QAbstractItemModel::modelReset);
        demo::Draft next = demo::large();
        DeploymentHistory history = demo::deployments(300);
        history.releases[50].note = QStringLiteral("pruned soon");
        next.snapshot.generation = 8;
        demo::good(next, PaneKind::Deployments, history, 1, Status::Ok, QStringLiteral("2.14.3"));
        m_console->apply(demo::stateOf(next));
        QCoreApplication::processEvents();
        QCOMPARE(table->currentId(), id);
        QCOMPARE(table->chosenRows().size(), 1);
        QCOMPARE(table->verticalScrollBar()->value(), scroll);
        QCOMPARE(resets.size(), 0);
    }

    void newestMigrationAndWorstCheckComeFirst()
    {
        m_console->select(QStringLiteral("shop-staging"));
        const QAbstractItemModel *migrations = m_page->pane(PaneKind::Migrations)->table()->model();
        QCOMPARE(migrations->index(0, items::MigrationModel::State).data().toString(), QStringLiteral("Pending"));
        const QAbstractItemModel *health = m_page->pane(PaneKind::Health)->table()->model();
        QCOMPARE(health->index(0, items::HealthModel::State).data().toString(), QStringLiteral("Warning"));
    }

    void aChosenReleaseMarksTheOtherPanes()
    {
        m_console->select(QStringLiteral("shop-staging"));
        PaneFrame *deployments = m_page->pane(PaneKind::Deployments), *migrations = m_page->pane(PaneKind::Migrations),
                  *backups = m_page->pane(PaneKind::Backups);
        deployments->table()->setFocus();
        QVERIFY(m_console->selection.isEmpty()); // the focus alone chooses nothing
        const QImage quiet
            = migrations->table()->viewport()->grab().toImage().convertToFormat(QImage::Format_Grayscale8);
        QSignalSpy resets(migrations->table()->model(), &QAbstractItemModel::modelReset);
        QTest::keyClick(deployments->table(), Qt::Key_Down);
        QTest::keyClick(deployments->table(), Qt::Key_Up); // the newest, which all migrations name
        QCOMPARE(m_console->selection.id(), deployments->table()->currentId());
        QCOMPARE(migrations->linkedText(), QStringLiteral("4 of 4 linked"));
        QCOMPARE(backups->linkedText(), QStringLiteral("1 of 4 linked")); // none was made since
        const QModelIndex cell = migrations->table()->model()->index(0, 1);
        QCOMPARE(cell.data(items::MarkRole).toString(), QStringLiteral("belongs to the selected release 2.14.3"));
        QVERIFY(migrations->table()->viewport()->grab().toImage().convertToFormat(QImage::Format_Grayscale8) != quiet);
        QTest::mouseClick(backups->table()->viewport(), Qt::LeftButton, {},
                          backups->table()->visualRect(backups->table()->model()->index(1, 0)).center());
        QCOMPARE(migrations->linkedText(), QString());
        QCOMPARE(m_console->selection.pane(), PaneKind::Backups);
        QTest::keyClick(backups->table(), Qt::Key_Escape);
        QVERIFY(m_console->selection.isEmpty());
        QVERIFY(backups->table()->selectionModel()->selectedRows().isEmpty());
        QVERIFY(migrations->table()->viewport()->grab().toImage().convertToFormat(QImage::Format_Grayscale8) == quiet);
        QCOMPARE(resets.size(), 0);
    }

    void aChosenMigrationMarksItsRelease()
    {
        m_console->select(QStringLiteral("shop-staging"));
        OpsTable *table = m_page->pane(PaneKind::Migrations)->table();
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Down);
        QCOMPARE(m_page->pane(PaneKind::Deployments)->linkedText(), QStringLiteral("1 of 4 linked"));
        m_console->select(QStringLiteral("shop-production")); // another environment: nothing is chosen there
        QVERIFY(m_console->selection.isEmpty());
        QCOMPARE(m_page->pane(PaneKind::Deployments)->linkedText(), QString());
    }

    void theHostOfACheckIsInSight()
    {
        m_page->resize(1010, 640); // what is left of 1280 beside the environments
        m_console->select(QStringLiteral("shop-production"));
        OpsTable *table = m_page->pane(PaneKind::Health)->table();
        QCoreApplication::processEvents();
        const int right
            = table->columnViewportPosition(items::HealthModel::Host) + table->columnWidth(items::HealthModel::Host);
        QVERIFY2(right <= table->viewport()->width(), qPrintable(QString::number(right - table->viewport()->width())));
    }

    void panesCycleAndMaximise()
    {
        m_console->select(QStringLiteral("ledger-staging")); // three panes without rows
        m_page->mainTable()->setFocus();
        QSet<PaneFrame *> visited;
        for (int i = 0; i < 4; ++i) {
            m_page->cyclePane(true);
            for (PaneFrame *pane : m_page->panes()) {
                if (pane->isAncestorOf(QApplication::focusWidget()))
                    visited.insert(pane);
            }
        }
        QCOMPARE(visited.size(), 4);
        m_page->pane(PaneKind::Health)->takeFocus(Qt::TabFocusReason);
        m_page->toggleMaximized();
        QVERIFY(m_page->pane(PaneKind::Health)->isVisible());
        QVERIFY(!m_page->pane(PaneKind::Deployments)->isVisible());
        QCOMPARE(m_page->maximized(), m_page->pane(PaneKind::Health));
        m_page->cyclePane(true);
        QCOMPARE(m_page->maximized(), m_page->pane(PaneKind::Deployments));
        m_page->toggleMaximized();
        for (PaneFrame *pane : m_page->panes())
            QVERIFY(pane->isVisible());
        QWidget *title = m_page->pane(PaneKind::Backups)->findChild<QWidget *>();
        QVERIFY(title);
        QTest::mouseDClick(title, Qt::LeftButton, {}, QPoint(4, 4));
        QCOMPARE(m_page->maximized(), m_page->pane(PaneKind::Backups));
    }

    void bandSaysWhere()
    {
        m_console->select(QStringLiteral("shop-production"));
        QVERIFY(m_page->band()->text().startsWith(QStringLiteral("PRODUCTION  Shop production")));
        QVERIFY(m_page->band()->text().contains(QStringLiteral("deploy@10.0.0.5:22")));
        QVERIFY(m_page->band()->text().contains(QStringLiteral("Guarded")));
        QCOMPARE(m_page->band()->accessibleName(), m_page->band()->text());
        m_console->select(QStringLiteral("billing-testing"));
        QVERIFY(m_page->band()->text().contains(QStringLiteral("1 offline")));
        m_models->isDemo = true;
        m_console->select(QStringLiteral("shop-production"));
        QVERIFY(m_page->band()->text().contains(QStringLiteral("Demo data")));
    }

    void zoneSwitchChangesNotices()
    {
        qputenv("TZ", "Europe/Vienna");
        m_console->select(QStringLiteral("billing-testing"));
        PaneFrame *frame = m_page->pane(PaneKind::Backups);
        QVERIFY(frame->noticeText().contains(QStringLiteral("13:56:06Z")));
        m_models->time.toggle();
        QVERIFY(frame->noticeText().contains(QStringLiteral("14:56:06 +01:00")));
        QVERIFY(frame->condition().asOf.contains(QStringLiteral("+01:00")));
        m_models->time.toggle();
        qunsetenv("TZ");
    }

private:
    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<EnvironmentPage> m_page;
};

QTEST_MAIN(TestEnvironmentPage)
#include "tst_environmentpage.moc"
