// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "actionregistry.h"
#include "boardpage.h"
#include "commandpalette.h"
#include "connectionspage.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentsdock.h"
#include "mainwindow.h"
#include "opstable.h"
#include "paneframe.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTimer>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::ui;

class TestMainWindow : public QObject {
    Q_OBJECT

    bool isPatient() const
    {
        const auto timers = m_window->findChildren<QTimer *>();
        return std::any_of(timers.begin(), timers.end(), [](const QTimer *timer) {
            return timer->isActive() && timer->isSingleShot() && timer->interval() == 300;
        });
    }

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_models = std::make_unique<WindowModels>(*m_console);
        m_window = std::make_unique<MainWindow>(*m_models, QString());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }

    void cleanup()
    {
        m_window.reset();
        m_models.reset();
        m_console.reset();
    }

    void opensOnTheBoardWithFocus()
    {
        QCOMPARE(m_window->currentPage(), m_window->boardPage());
        QVERIFY(m_window->boardPage()->mainTable()->hasFocus());
        QVERIFY(m_window->windowTitle().endsWith(QStringLiteral("Board \u2014 Taffrail")));
    }

    void keysGoToScreens()
    {
        QTest::keyClick(focus(), Qt::Key_Return); // the worst environment
        QCOMPARE(m_window->currentPage(), m_window->environmentPage());
        QCOMPARE(m_console->selected(), QStringLiteral("billing-production"));
        QVERIFY(m_window->windowTitle().startsWith(QStringLiteral("Billing production \u2014 Environment")));
        QTest::keyClick(focus(), Qt::Key_8, Qt::ControlModifier);
        QCOMPARE(m_window->currentPage(), m_window->connectionsPage());
        QTest::keyClick(focus(), Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(m_window->currentPage(), m_window->environmentPage());
        QTest::keyClick(focus(), Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(m_window->currentPage(), m_window->boardPage());
        QTest::keyClick(focus(), Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(m_window->currentPage(), m_window->environmentPage());
        QTest::keyClick(focus(), Qt::Key_PageDown, Qt::ControlModifier);
        QVERIFY(m_console->selected() != QStringLiteral("billing-production"));
        QTest::keyClick(focus(), Qt::Key_PageUp, Qt::ControlModifier);
        QCOMPARE(m_console->selected(), QStringLiteral("billing-production"));
        QTest::keyClick(focus(), Qt::Key_1, Qt::ControlModifier);
        QVERIFY(m_window->boardPage()->mainTable()->hasFocus());
        QVERIFY(!m_window->showPage(QStringLiteral("nowhere")));
    }

    void refreshKeysAreWishes()
    {
        QSignalSpy refreshed(m_models.get(), &WindowModels::refreshRequested);
        QTest::keyClick(focus(), Qt::Key_F5);
        m_window->openEnvironment(QStringLiteral("shop-production"));
        QTest::keyClick(focus(), Qt::Key_F5);
        QTest::keyClick(focus(), Qt::Key_F5, Qt::ShiftModifier);
        QCOMPARE(refreshed.size(), 3);
        QCOMPARE(refreshed[0][0].toString(), QString());
        QCOMPARE(refreshed[1][0].toString(), QStringLiteral("shop-production"));
        QCOMPARE(refreshed[2][0].toString(), QString());
    }

    void keysWorkWhileFiltering()
    {
        QTest::keyClick(focus(), Qt::Key_F, Qt::ControlModifier);
        QVERIFY(qobject_cast<QLineEdit *>(focus()));
        QTest::keyClicks(focus(), QStringLiteral("shop/c"));
        QCOMPARE(qobject_cast<QLineEdit *>(focus())->text(), QStringLiteral("shop/c"));
        QSignalSpy refreshed(m_models.get(), &WindowModels::refreshRequested);
        QTest::keyClick(focus(), Qt::Key_F5);
        QCOMPARE(refreshed.size(), 1);
        QTest::keyClick(focus(), Qt::Key_K, Qt::ControlModifier);
        QVERIFY(m_window->commandPalette()->isVisible());
    }

    void copyKeys()
    {
        QTest::keyClick(focus(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("Environment\tOverall")));
        QTest::keyClick(focus(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("| Environment | Overall")));
    }

    void zoneKeySwitches()
    {
        QTest::keyClick(focus(), Qt::Key_F8);
        QVERIFY(m_models->time.isLocal());
        auto *clock = m_window->findChild<QLabel *>(QStringLiteral("clock"));
        QVERIFY(clock->text().contains(QLatin1Char('+')));
        QTest::keyClick(focus(), Qt::Key_F8);
        QVERIFY(clock->text().endsWith(QLatin1Char('Z')));
    }

    void panesCycleByKey()
    {
        m_window->openEnvironment(QStringLiteral("shop-staging"));
        QVERIFY(m_window->environmentPage()->pane(PaneKind::Deployments)->table()->hasFocus());
        QTest::keyClick(focus(), Qt::Key_F6);
        QVERIFY(m_window->environmentPage()->pane(PaneKind::Migrations)->table()->hasFocus());
        QTest::keyClick(focus(), Qt::Key_F6, Qt::ShiftModifier);
        QVERIFY(m_window->environmentPage()->pane(PaneKind::Deployments)->table()->hasFocus());
        QTest::keyClick(focus(), Qt::Key_M, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!m_window->environmentPage()->pane(PaneKind::Health)->isVisible());
    }

    void detailsFollowTheRow()
    {
        m_window->openEnvironment(QStringLiteral("shop-staging"));
        PaneFrame *health = m_window->environmentPage()->pane(PaneKind::Health);
        health->table()->setFocus();
        QTest::keyClick(focus(), Qt::Key_Space);
        QVERIFY(m_window->detailsDock()->isVisible());
        QVERIFY(m_window->detailsDock()->text().contains(QStringLiteral("Check: host.disk")));
        QTest::keyClick(focus(), Qt::Key_Down);
        QVERIFY(!m_window->detailsDock()->text().contains(QStringLiteral("host.disk")));
        m_window->openEnvironment(QStringLiteral("ledger-staging"));
        QTest::mouseClick(health->actionButtons().at(1), Qt::LeftButton);
        QVERIFY(m_window->detailsDock()->text().contains(QStringLiteral("Code: bad-data")));
    }

    void paletteFindsAndRuns()
    {
        QTest::keyClick(focus(), Qt::Key_K, Qt::ControlModifier);
        CommandPalette *palette = m_window->commandPalette();
        QTest::keyClicks(palette->field(), QStringLiteral("@shpr"));
        QVERIFY(palette->list()->currentIndex().data().toString().contains(QStringLiteral("Shop production")));
        QTest::keyClick(palette->field(), Qt::Key_Return);
        QVERIFY(!palette->isVisible());
        QCOMPARE(m_console->selected(), QStringLiteral("shop-production"));
        m_window->popUpPalette(QStringLiteral("> connections"));
        QTest::keyClick(palette->field(), Qt::Key_Return);
        QCOMPARE(m_window->currentPage(), m_window->connectionsPage());
        m_window->popUpPalette(QStringLiteral("#2.14.1"));
        QTest::keyClick(palette->field(), Qt::Key_Return);
        OpsTable *deployments = m_window->environmentPage()->pane(PaneKind::Deployments)->table();
        QVERIFY(deployments->currentId().contains(QStringLiteral("2.14.1")));
        m_window->popUpPalette(QStringLiteral("zzzzzz"));
        QTest::keyClick(palette->field(), Qt::Key_Return); // nothing found, nothing run
        QTest::keyClick(palette->field(), Qt::Key_Escape);
        QVERIFY(!palette->isVisible());
    }

    void fuzzyOrder()
    {
        QVERIFY(fuzzyScore(QStringLiteral("sp"), QStringLiteral("Shop production"))
                > fuzzyScore(QStringLiteral("sp"), QStringLiteral("Ship")));
        QCOMPARE(fuzzyScore(QStringLiteral("xy"), QStringLiteral("yx")), -1);
        QVERIFY(fuzzyScore({}, QStringLiteral("anything")) == 0);
    }

    void noShortcutTwice()
    {
        const ActionRegistry &registry = m_window->actions();
        QVERIFY2(registry.refused().isEmpty(), qPrintable(registry.refused().join(QLatin1Char(' '))));
        QHash<QString, QString> seen;
        for (const QAction *action : registry.actions()) {
            const ActionSpec &spec = registry.specOf(action);
            QVERIFY(!spec.mutating || spec.shortcuts.isEmpty());
            for (const QKeySequence &keys : action->shortcuts()) {
                const QString key = spec.scope + keys.toString();
                QVERIFY2(!seen.contains(key), qPrintable(key));
                seen.insert(key, spec.id);
                QVERIFY(keys.toString() != QStringLiteral("Ctrl+E") && keys.toString() != QStringLiteral("Ctrl+U"));
            }
        }
        ActionRegistry another(m_window.get());
        another.add(
            {QStringLiteral("a"), QStringLiteral("A"), {QKeySequence(Qt::Key_F2)}, QStringLiteral("window"), false},
            [] {});
        another.add(
            {QStringLiteral("b"), QStringLiteral("B"), {QKeySequence(Qt::Key_F2)}, QStringLiteral("window"), false},
            [] {});
        another.add(
            {QStringLiteral("c"), QStringLiteral("C"), {QKeySequence(Qt::Key_F3)}, QStringLiteral("window"), true},
            [] {});
        QCOMPARE(another.refused().size(), 2);
    }

    void tabWalksEveryScreen()
    {
        for (const char *page : {"board", "environment", "compare", "connections", "setup"}) {
            QVERIFY(m_window->showPage(QString::fromLatin1(page)));
            int focusable = 0;
            for (const QWidget *widget : m_window->findChildren<QWidget *>())
                focusable
                    += widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) ? 1 : 0;
            QWidget *start = focus();
            QSet<QWidget *> visited;
            int presses = 0;
            do {
                QTest::keyClick(focus(), Qt::Key_Tab);
                visited.insert(focus());
                ++presses;
            } while (focus() != start && presses <= focusable);
            QVERIFY2(focus() == start && presses <= focusable, page);
            QVERIFY(visited.size() > 5);
        }
    }

    void everythingFocusableHasAName()
    {
        for (const char *page : {"board", "environment", "compare", "connections", "setup"}) {
            m_window->showPage(QString::fromLatin1(page));
            for (const QWidget *widget : m_window->findChildren<QWidget *>()) {
                const bool stop = widget->isVisible() && (widget->focusPolicy() & Qt::TabFocus)
                    && !widget->objectName().startsWith(QStringLiteral("qt_"));
                if (!stop || widget->inherits("QTabBar"))
                    continue;
                QVERIFY2(!widget->accessibleName().isEmpty(),
                         qPrintable(QLatin1String(widget->metaObject()->className()) + widget->objectName()));
            }
        }
    }

    void everyLabelIsPlain()
    {
        m_window->openEnvironment(QStringLiteral("hostile-testing"));
        for (const QLabel *label : m_window->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
    }

    void enterIsNeverADefaultButton()
    {
        for (const QPushButton *button : m_window->findChildren<QPushButton *>())
            QVERIFY(!button->isDefault() && !button->autoDefault());
    }

    void largeFontAndSmallWindowClipNoButton()
    {
        const QFont usual = QApplication::font();
        QFont large = usual;
        large.setPointSizeF(usual.pointSizeF() * 2);
        QApplication::setFont(large);
        m_window->resize(800, 600);
        for (const char *id :
             {"shop-production", "ledger-staging", "billing-testing", "search-development", "tools-development"}) {
            m_window->openEnvironment(QString::fromLatin1(id));
            QTRY_VERIFY(!isPatient()); // a first load is told only after a moment
            QTRY_COMPARE(cutButton(), QString()); // once the layouts have settled
        }
        m_window->showBoard();
        QTRY_COMPARE(cutButton(), QString());
        m_window->showConnections();
        QTRY_COMPARE(cutButton(), QString());
        QApplication::setFont(usual);
    }

    void treeOpensAndFollows()
    {
        m_window->openEnvironment(QStringLiteral("shop-staging"));
        QTreeView *tree = m_window->environmentsDock()->tree();
        QCOMPARE(tree->currentIndex().data(items::IdRole).toString(), QStringLiteral("shop-staging"));
        tree->setFocus();
        QTest::keyClick(tree, Qt::Key_Up);
        QTest::keyClick(tree, Qt::Key_Return);
        QCOMPARE(m_console->selected(), QStringLiteral("shop-production"));
    }

    void statusBarSpeaks()
    {
        bool found = false;
        for (const QToolButton *button : m_window->statusBar()->findChildren<QToolButton *>())
            found = found || button->text() == QStringLiteral("Connections 23 of 24");
        QVERIFY(found);
        m_console->activity.append({demo::now(), Status::Critical, {}, QStringLiteral("billing went critical"), {}});
        QCOMPARE(m_window->findChild<QLabel *>(QStringLiteral("latestEvent"))->accessibleName(),
                 QStringLiteral("Latest event: billing went critical"));
    }

    void retryFromConnections()
    {
        QSignalSpy retried(m_models.get(), &WindowModels::retryRequested);
        m_window->showConnections();
        OpsTable *table = m_window->connectionsPage()->mainTable();
        QCOMPARE(table->currentIndex().data(items::EnvironmentRole).toString(),
                 QStringLiteral("billing-testing")); // the only one down
        for (QToolButton *button : m_window->connectionsPage()->findChildren<QToolButton *>()) {
            if (button->text() == QStringLiteral("Retry now"))
                QTest::mouseClick(button, Qt::LeftButton);
        }
        QCOMPARE(retried.size(), 1);
        QCOMPARE(retried[0][0].toString(), QStringLiteral("billing-testing"));
    }

    void wallModeAndBack()
    {
        const double usual = QApplication::font().pointSizeF();
        QTest::keyClick(focus(), Qt::Key_F11);
        QVERIFY(QApplication::font().pointSizeF() > usual * 1.5);
        QVERIFY(!m_window->environmentsDock()->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_F11);
        QCOMPARE(QApplication::font().pointSizeF(), usual);
        QTRY_VERIFY(m_window->environmentsDock()->isVisible());
    }

    void keysListOpensWithoutBlocking()
    {
        QTest::keyClick(focus(), Qt::Key_F1);
        auto *box = m_window->findChild<QMessageBox *>();
        QVERIFY(box && box->isVisible());
        QVERIFY(box->text().contains(QStringLiteral("Ctrl+K")));
        box->close();
    }

    void closingAsksToQuit()
    {
        QSignalSpy quit(m_models.get(), &WindowModels::quitRequested);
        QTest::keyClick(focus(), Qt::Key_Q, Qt::ControlModifier);
        QCOMPARE(quit.size(), 1);
    }

private:
    QWidget *focus() const
    {
        QWidget *widget = QApplication::focusWidget();
        return widget ? widget : m_window.get();
    }

    /// The first button whose words don't fit or that reaches out of a layout above it; "" = none. What scrolls may be
    /// out of sight, but never cut.
    QString cutButton() const
    {
        for (const QToolButton *button : m_window->centralWidget()->findChildren<QToolButton *>()) {
            if (!button->isVisible() || button->text().isEmpty() || button->inherits("QLineEditIconButton"))
                continue;
            if (button->width() < button->fontMetrics().horizontalAdvance(button->text())
                || button->height() < button->fontMetrics().height())
                return button->text();
            for (const QWidget *above = button->parentWidget(); above != m_window->centralWidget();
                 above = above->parentWidget()) {
                if (above->objectName() == QStringLiteral("qt_scrollarea_viewport"))
                    break;
                if (!above->rect().contains(QRect(button->mapTo(above, QPoint(0, 0)), button->size())))
                    return button->text();
            }
        }
        return {};
    }

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
