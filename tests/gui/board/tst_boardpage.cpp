// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "boardpage.h"
#include "countstrip.h"
#include "filterline.h"
#include "opstable.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QLabel>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;
using items::BoardModel;

class TestBoardPage : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_models = std::make_unique<WindowModels>(*m_console);
        m_page = std::make_unique<BoardPage>(*m_models, nullptr);
        m_page->resize(1000, 500);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        m_page->mainTable()->setFocus();
    }

    void cleanup()
    {
        m_page.reset();
        m_models.reset();
        m_console.reset();
    }

    void worstFirstThenProductionThenName()
    {
        const QStringList ids = shownIds();
        QCOMPARE(ids.first(), QStringLiteral("billing-production")); // critical, production
        QCOMPARE(ids.last(), QStringLiteral("tools-development")); // nothing set up
        QVERIFY(ids.indexOf(QStringLiteral("search-production"))
                < ids.indexOf(QStringLiteral("ledger-staging"))); // both unknown
        QVERIFY(ids.indexOf(QStringLiteral("billing-testing"))
                < ids.indexOf(QStringLiteral("search-production"))); // offline first
        m_page->mainTable()->sortByColumn(BoardModel::Overall, Qt::AscendingOrder);
        const QStringList turned = shownIds();
        QVERIFY(turned.indexOf(QStringLiteral("search-production")) < turned.indexOf(QStringLiteral("ledger-staging")));
    }

    void countsAreToggles()
    {
        QToolButton *critical = m_page->countStrip()->button(Status::Critical);
        QCOMPARE(critical->text(), QStringLiteral("3 Critical"));
        QVERIFY(!m_page->countStrip()->button(Status::Muted)->isVisible());
        QTest::mouseClick(critical, Qt::LeftButton);
        QCOMPARE(shownIds().size(), 3);
        QTest::mouseClick(m_page->countStrip()->button(Status::Stale), Qt::LeftButton);
        QCOMPARE(shownIds().size(), 4);
        QTest::mouseClick(critical, Qt::LeftButton);
        QCOMPARE(shownIds(), (QStringList{QStringLiteral("ledger-production")}));
    }

    void filterByKeysAndBack()
    {
        OpsTable *table = m_page->mainTable();
        QTest::keyClick(table, Qt::Key_Slash);
        auto *filter = m_page->findChild<FilterLine *>();
        QVERIFY(filter->hasFocus());
        QTest::keyClicks(filter, QStringLiteral("tier:prod status:crit"));
        QCOMPARE(shownIds(), (QStringList{QStringLiteral("billing-production")}));
        QTest::keyClick(filter, Qt::Key_Escape);
        QCOMPARE(filter->text(), QString());
        QCOMPARE(shownIds().size(), m_console->board.rowCount());
        QTest::keyClick(filter, Qt::Key_Escape);
        QVERIFY(table->hasFocus());
    }

    void filteredToNothingSaysSo()
    {
        auto *filter = m_page->findChild<FilterLine *>();
        filter->setText(QStringLiteral("no such thing"));
        QVERIFY(!m_page->mainTable()->isVisible());
        QVERIFY(hasVisibleText(QStringLiteral("0 of 12 shown")));
        for (QToolButton *button : m_page->findChildren<QToolButton *>()) {
            if (button->text() == QStringLiteral("Clear filter"))
                QTest::mouseClick(button, Qt::LeftButton);
        }
        QVERIFY(m_page->mainTable()->isVisible());
    }

    void emptyInventorySaysSo()
    {
        m_models->inventoryFiles = QStringList{QStringLiteral("/etc/taffrail/inventory.json")};
        m_console->setEnvironments({});
        QVERIFY(hasVisibleText(
            QStringLiteral("No environment is set up. The inventory was read from /etc/taffrail/inventory.json.")));
    }

    void enterOpensSpaceShowsDetails()
    {
        QSignalSpy opened(m_page.get(), &Page::environmentOpened);
        QSignalSpy details(m_page.get(), &Page::detailsRequested);
        QTest::keyClick(m_page->mainTable(), Qt::Key_Down);
        QTest::keyClick(m_page->mainTable(), Qt::Key_Space);
        QCOMPARE(details.size(), 1);
        QCOMPARE(opened.size(), 0);
        QTest::keyClick(m_page->mainTable(), Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toString(), shownIds().at(1));
        QCOMPARE(m_console->selected(), shownIds().at(1)); // its findings are shown
    }

    void refreshKeepsCurrentSelectionAndScroll()
    {
        m_page->resize(1000, 260);
        OpsTable *table = m_page->mainTable();
        const int at = int(shownIds().indexOf(QStringLiteral("shop-staging")));
        table->setCurrentIndex(table->model()->index(at, 0));
        table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() / 2);
        const int scroll = table->verticalScrollBar()->value();
        QVERIFY(scroll > 0);
        for (int round = 1; round <= 5; ++round) {
            m_console->setNow(demo::now().addSecs(round));
            for (const EnvironmentStatePtr &state : demo::allStates())
                m_console->apply(state);
            QCoreApplication::processEvents();
        }
        QCOMPARE(table->currentId(), QStringLiteral("shop-staging"));
        QCOMPARE(table->chosenRows().size(), 1);
        QCOMPARE(table->verticalScrollBar()->value(), scroll);
    }

    void currentRowMovesAlongWhenItGetsWorse()
    {
        OpsTable *table = m_page->mainTable();
        const int at = int(shownIds().indexOf(QStringLiteral("shop-production")));
        table->setCurrentIndex(table->model()->index(at, 0));
        demo::Draft worse = demo::well();
        demo::good(worse, PaneKind::Health, demo::health(Status::Critical), 1, Status::Critical,
                   QStringLiteral("1 of 3 bad"));
        m_console->apply(demo::stateOf(worse));
        QCOMPARE(table->currentId(), QStringLiteral("shop-production"));
        QVERIFY(table->currentIndex().row() < at);
    }

    void twoLinesOnlyWhereThereIsAReason()
    {
        OpsTable *table = m_page->mainTable();
        QCoreApplication::processEvents();
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            const bool reason = !table->model()->index(row, 0).data(items::ReasonRole).toString().isEmpty();
            QCOMPARE(table->rowHeight(row) > 40, reason);
        }
    }

    void copyIsAbsolute()
    {
        OpsTable *table = m_page->mainTable();
        table->setCurrentIndex(table->model()->index(0, 0));
        const QString tabs = table->asTabSeparated();
        QCOMPARE(tabs.count(QLatin1Char('\n')), 2);
        QVERIFY(tabs.startsWith(QStringLiteral("Environment\tOverall\tRelease")));
        QVERIFY(tabs.contains(QStringLiteral("Billing production\tCritical")));
        QVERIFY(tabs.contains(QStringLiteral("2026-11-20 14:34:22Z (4 s)")));
        const int hostile = int(shownIds().indexOf(QStringLiteral("hostile-testing")));
        table->setCurrentIndex(table->model()->index(hostile, 0));
        const QString markdown = table->asMarkdown();
        QVERIFY(markdown.contains(QStringLiteral("\\<b\\>ALL GREEN")));
        QVERIFY(markdown.contains(QStringLiteral("| --- |")));
        QVERIFY(markdown.contains(QStringLiteral("| Reason |")));
    }

    void noOkAfterTheConnectionIsLost()
    {
        m_console->setNow(demo::now().addSecs(3600)); // nothing was applied since
        OpsTable *table = m_page->mainTable();
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            for (int column = BoardModel::Overall; column < BoardModel::ColumnCount; ++column)
                QVERIFY(table->model()->index(row, column).data(items::StatusRole).toInt() != int(Status::Ok)
                        || !table->model()->index(row, column).data(items::HasStatusRole).toBool());
        }
        QVERIFY(!m_page->countStrip()->button(Status::Ok)->isVisible());
    }

    void themesAndGreyKeepTheWord()
    {
        for (const Scheme scheme : {Scheme::Light, Scheme::Dark}) {
            applyTheme(*qApp, scheme);
            QCoreApplication::processEvents();
            OpsTable *table = m_page->mainTable();
            const int row = int(shownIds().indexOf(QStringLiteral("shop-staging")));
            const QRect cell = table->visualRect(table->model()->index(row, BoardModel::Overall));
            const QImage picture = table->viewport()->grab(cell).toImage().convertToFormat(QImage::Format_Grayscale8);
            // Word and silhouette differ from the ground: right of the glyph there is ink.
            QCOMPARE(table->model()->index(row, BoardModel::Overall).data().toString(), QStringLiteral("Warning"));
            QVERIFY(ink(picture.copy(30, 0, picture.width() - 30, picture.height() / 2)) > 30);
            QVERIFY(ink(picture.copy(0, 0, 30, picture.height() / 2)) > 30);
        }
        applyTheme(*qApp, Scheme::Light);
    }

private:
    QStringList shownIds() const
    {
        QStringList ids;
        const QAbstractItemModel *model = m_page->mainTable()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            ids << model->index(row, 0).data(items::IdRole).toString();
        return ids;
    }

    bool hasVisibleText(const QString &text) const
    {
        for (const QLabel *label : m_page->findChildren<QLabel *>()) {
            if (label->isVisible() && label->text() == text)
                return true;
        }
        return false;
    }

    static int ink(const QImage &picture)
    {
        const int ground = qGray(picture.pixel(0, 0));
        int count = 0;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x)
                count += std::abs(qGray(picture.pixel(x, y)) - ground) > 60 ? 1 : 0;
        }
        return count;
    }

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<BoardPage> m_page;
};

QTEST_MAIN(TestBoardPage)
#include "tst_boardpage.moc"
