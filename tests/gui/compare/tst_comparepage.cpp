// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparefixture.h"

#include "commandpalette.h"
#include "comparepatterns.h"
#include "environmentpicker.h"
#include "filterline.h"
#include "mainwindow.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QClipboard>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;
using items::PaneState;

class TestComparePage : public QObject {
    Q_OBJECT

    std::unique_ptr<CompareFixture> m_it;

    ComparePage &page() { return *m_it->page; }
    demo::FakeCompareDesk &desk() { return m_it->desk; }
    QToolButton *sentenceButton(const QString &text)
    {
        for (QToolButton *button : page().sentenceButtons()) {
            if (button->accessibleName() == text)
                return button;
        }
        return nullptr;
    }

private slots:
    void init()
    {
        m_it = std::make_unique<CompareFixture>();
        QVERIFY(QTest::qWaitForWindowActive(m_it->page.get()));
    }
    void cleanup() { m_it.reset(); }

    void asksForEnvironmentsAtFirst()
    {
        QCOMPARE(page().condition().state, PaneState::NotSetUp);
        QVERIFY(page().sentence().contains(QStringLiteral("Choose the environments")));
        QVERIFY(desk().compares.empty()); // nothing is read by itself
        QVERIFY(!page().tabs()->isVisible());
        QVERIFY(!page().bar()->exportButton()->isEnabled());
    }

    void choosesEnvironmentsByKeys()
    {
        page().takeFocus();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space); // "Choose environments…"
        EnvironmentPicker *picker = page().bar()->picker();
        QVERIFY(picker->isVisible());
        QCOMPARE(picker->list()->count(), 4); // only those with config entries
        QVERIFY(!picker->compareButton()->isEnabled());
        QTest::keyClick(picker->list(), Qt::Key_Return); // ticks nothing, reads nothing
        QVERIFY(desk().compares.empty());
        for (int i = 0; i < 3; ++i) {
            if (i > 0)
                QTest::keyClick(picker->list(), Qt::Key_Space);
            QTest::keyClick(picker->list(), Qt::Key_Down);
        }
        QCOMPARE(picker->ticked(), QStringList({QStringLiteral("shop-production"), QStringLiteral("shop-staging")}));
        QVERIFY(picker->counts()->text().startsWith(QStringLiteral("2 chosen")));
        QTest::mouseClick(picker->compareButton(), Qt::LeftButton);
        QCOMPARE(desk().compares.size(), size_t(1));
        QCOMPARE(desk().compares[0].environments,
                 QStringList({QStringLiteral("shop-production"), QStringLiteral("shop-staging")}));
        QCOMPARE(desk().compares[0].reference, QStringLiteral("shop-production"));
        QVERIFY(!desk().compares[0].baseline);
    }

    void escapeLeavesTheChoice()
    {
        page().bar()->openPicker();
        EnvironmentPicker *picker = page().bar()->picker();
        QTest::keyClick(picker->list(), Qt::Key_Space);
        QTest::keyClick(picker->list(), Qt::Key_Escape);
        QTRY_VERIFY(!picker->isVisible());
        QVERIFY(desk().compares.empty());
        QCOMPARE(page().bar()->question().environments, QStringList());
    }

    void everyState()
    {
        page().compareWith(QStringLiteral("shop-production"));
        QCOMPARE(page().condition().state, PaneState::FirstLoad);
        emit desk().reading(QStringLiteral("Reading nginx of shop-staging: 2 of 3"));
        QCOMPARE(page().sentence(), QStringLiteral("Reading nginx of shop-staging: 2 of 3"));
        const QList<QPair<ErrorKind, PaneState>> refusals{{ErrorKind::Denied, PaneState::NotAllowed},
                                                          {ErrorKind::Timeout, PaneState::Limited},
                                                          {ErrorKind::TooLarge, PaneState::Limited},
                                                          {ErrorKind::Unreachable, PaneState::Offline},
                                                          {ErrorKind::BadConfig, PaneState::Error}};
        for (const auto &[kind, state] : refusals) {
            emit desk().refused(Error{kind, QStringLiteral("read"), QStringLiteral("web1"), QStringLiteral("why not"),
                                      QStringLiteral("do this")});
            QCOMPARE(page().condition().state, state);
            QVERIFY(page().sentence().contains(QStringLiteral("why not")));
            QVERIFY(page().sentence().contains(QStringLiteral("do this")));
        }
        const size_t before = desk().compares.size();
        QVERIFY(sentenceButton(QStringLiteral("Retry now")));
        sentenceButton(QStringLiteral("Retry now"))->click();
        QCOMPARE(desk().compares.size(), before + 1);
        m_it->answer(demo::comparison(demo::comparedShops()));
        QCOMPARE(page().condition().state, PaneState::Ready);
        QCOMPARE(page().sentence(), QString());
        QVERIFY(page().tabs()->isVisible());
        page().bar()->again()->click();
        QCOMPARE(page().condition().state, PaneState::Refreshing);
        QVERIFY(page().condition().showsData);
        emit desk().refused(
            Error{ErrorKind::Timeout, QStringLiteral("ssh"), QStringLiteral("web1"), QStringLiteral("no answer"), {}});
        QCOMPARE(page().condition().state, PaneState::Limited);
        QVERIFY(page().condition().showsData); // what was read stays
        QVERIFY(page().notice()->text().contains(QStringLiteral("no answer")));
        m_it->answer(demo::comparison(demo::comparedShops()));
        m_it->console.setNow(demo::now().addSecs(3600));
        QCOMPARE(page().condition().state, PaneState::Stale);
        QVERIFY(page().notice()->text().contains(QStringLiteral("Not fresh")));
    }

    void equalSaysSo()
    {
        page().compareWith(QStringLiteral("shop-production"));
        const auto shops = demo::comparedShops();
        m_it->answer(demo::comparison({shops[0], shops[0]}, {}));
        QCOMPARE(page().condition().state, PaneState::Empty);
        QCOMPARE(page().sentence(), QStringLiteral("No differences in 10 keys."));
        QCOMPARE(page().condition().status, Status::Ok);
        emit desk().refused(
            Error{ErrorKind::Timeout, QStringLiteral("ssh"), QStringLiteral("web1"), QStringLiteral("no answer"), {}});
        QVERIFY(page().condition().status != Status::Ok); // no good news without fresh evidence
        QVERIFY(page().sentence().contains(QStringLiteral("as of")));
    }

    void anEnvironmentThatWasNotReadIsNamed()
    {
        page().compareWith(QStringLiteral("shop-production"));
        auto shops = demo::comparedShops();
        shops.resize(2);
        shops[1] = demo::compared(
            QStringLiteral("shop-staging"), QStringLiteral("shop staging"), Tier::Staging,
            {demo::failedSource(QStringLiteral("app-config"),
                                Error{ErrorKind::Denied, QStringLiteral("read"), QStringLiteral("web1"),
                                      QStringLiteral("permission denied"), QStringLiteral("grant it")}),
             shops[1]->sources[1]});
        m_it->answer(demo::comparison(shops, {}));
        QCOMPARE(page().condition().state, PaneState::Partial);
        QVERIFY(page().notice()->text().contains(QStringLiteral("shop staging")));
        QVERIFY(page().notice()->text().contains(QStringLiteral("permission denied")));
        QVERIFY(page().notice()->text().contains(QStringLiteral("grant it")));
        QCOMPARE(page().model().index(0, 2).data().toString(), QStringLiteral("? not read"));
        // Nothing of it counts as equal.
        m_it->chooseView(MatrixView::Everything);
        const QModelIndex cell = page().model().index(m_it->rowOf(QStringLiteral("pool.min")), 2);
        QCOMPARE(CellState(cell.data(items::CellStateRole).toInt()), CellState::Unknown);
        QVERIFY(cell.data().toString().startsWith(QLatin1Char('?')));
    }

    void filteredToNothing()
    {
        m_it->compareShops();
        page().bar()->filter()->setText(QStringLiteral("no-such-key"));
        QVERIFY(m_it->settle());
        QCOMPARE(page().condition().state, PaneState::FilteredToNothing);
        QCOMPARE(page().sentence(), QStringLiteral("0 of 7 shown"));
        sentenceButton(QStringLiteral("Clear filter"))->click();
        QVERIFY(m_it->settle());
        QCOMPARE(page().condition().state, PaneState::Ready);
    }

    void offersNothingWithoutADesk()
    {
        WindowModels models(m_it->console);
        ComparePage bare(models, nullptr);
        QCOMPARE(bare.condition().state, PaneState::NotSetUp);
        QVERIFY(!bare.bar()->isEnabled());
        QVERIFY(!bare.sentence().isEmpty());
    }

    void viewsShowTheirCounts()
    {
        m_it->compareShops();
        QComboBox *view = page().bar()->view();
        QCOMPARE(view->currentText(), QStringLiteral("Unexpected (7)"));
        QCOMPARE(page().bar()->hidden()->text(), QStringLiteral("hidden: 1 expected, 2 equal"));
        QTest::keyClick(view, Qt::Key_Down);
        QVERIFY(m_it->settle());
        QCOMPARE(view->currentText(), QStringLiteral("All differences (8)"));
        m_it->chooseView(MatrixView::Everything);
        QCOMPARE(page().bar()->hidden()->text(), QString());
    }

    void filterByKeys()
    {
        m_it->compareShops();
        m_it->chooseView(MatrixView::Everything);
        page().table()->setFocus();
        QTest::keyClick(page().table(), Qt::Key_Slash);
        QCOMPARE(QApplication::focusWidget(), page().bar()->filter());
        QTest::keyClicks(page().bar()->filter(), QStringLiteral("pool"));
        QVERIFY(m_it->settle());
        QCOMPARE(page().model().rowCount(), 4);
        QTest::keyClick(page().bar()->filter(), Qt::Key_Escape);
        QVERIFY(m_it->settle());
        QCOMPARE(page().model().rowCount(), 12);
        QTest::keyClick(page().bar()->filter(), Qt::Key_Escape);
        QCOMPARE(QApplication::focusWidget(), page().table());
    }

    void setAndReferenceAndRules()
    {
        m_it->compareShops();
        QComboBox *entries = page().bar()->entries();
        QCOMPARE(entries->count(), 3);
        entries->setCurrentIndex(2);
        emit entries->activated(2);
        QVERIFY(m_it->settle());
        QCOMPARE(page().model().rowCount(), 4); // nginx
        QComboBox *reference = page().bar()->reference();
        QCOMPARE(reference->currentText(), QStringLiteral("shop production"));
        reference->setCurrentIndex(1);
        emit reference->activated(1);
        QCOMPARE(desk().judgements.size(), size_t(1)); // nothing is read again
        QCOMPARE(desk().judgements[0].reference, QStringLiteral("shop-staging"));
        QCOMPARE(desk().compares.size(), size_t(1));
        page().bar()->normalisers()->actions().at(3)->trigger();
        QCOMPARE(desk().judgements.size(), size_t(2));
        QVERIFY(!desk().judgements[1].normalisers.units && desk().judgements[1].normalisers.booleans);
        reference->setCurrentIndex(reference->findText(QStringLiteral("Baseline of shop staging")));
        emit reference->activated(reference->currentIndex());
        QVERIFY(desk().compares.back().baseline);
        QCOMPARE(desk().compares.back().environments, QStringList{QStringLiteral("shop-staging")});
        reference->setCurrentIndex(0);
        emit reference->activated(0);
        QVERIFY(!desk().compares.back().baseline);
        QCOMPARE(desk().compares.back().environments.size(), 3);
    }

    void takesPatterns()
    {
        m_it->compareShops();
        page().bar()->normalisers()->actions().back()->trigger();
        ui::ComparePatterns *patterns = page().bar()->patterns();
        QTRY_VERIFY(patterns->isVisible());
        patterns->hostNames()->setPlainText(QStringLiteral("web(\n"));
        QVERIFY(!patterns->applyButton()->isEnabled());
        QVERIFY(patterns->trouble()->text().contains(QStringLiteral("web(")));
        patterns->hostNames()->setPlainText(QStringLiteral("web\\d+\n\n  web\\d+ \ndb1"));
        patterns->lists()->setPlainText(QStringLiteral("*.hosts"));
        patterns->applyButton()->click();
        QCOMPARE(desk().judgements.size(), size_t(1));
        QCOMPARE(desk().judgements[0].normalisers.hostNames,
                 QStringList({QStringLiteral("web\\d+"), QStringLiteral("db1")}));
        QCOMPARE(desk().judgements[0].normalisers.unorderedKeys, QStringList{QStringLiteral("*.hosts")});
        patterns->close();
    }

    void savesABaseline()
    {
        m_it->compareShops();
        emit page().bar()->baselineMenu()->aboutToShow();
        QCOMPARE(page().bar()->baselineMenu()->actions().size(), 3);
        page().bar()->baselineMenu()->actions().at(0)->trigger();
        QCOMPARE(desk().baselines.size(), 1);
        emit desk().baselineSaved(desk().baselines[0], QStringLiteral("disk full"));
        QVERIFY(page().done()->text().contains(QStringLiteral("disk full")));
    }

    void enterNeverActs()
    {
        m_it->compareShops();
        QSet<QWidget *> stops;
        page().bar()->environmentsButton()->setFocus();
        for (int presses = 0; presses < 40; ++presses) {
            QWidget *focus = QApplication::focusWidget();
            if (!focus || stops.contains(focus))
                break;
            stops << focus;
            QTest::keyClick(focus, Qt::Key_Return);
            QTest::keyClick(focus, Qt::Key_Enter);
            QVERIFY2(desk().acts() == 0, qPrintable(focus->accessibleName()));
            focus->setFocus();
            QTest::keyClick(focus, Qt::Key_Tab);
        }
        QVERIFY(stops.size() > 10);
        QVERIFY(stops.contains(page().table()));
        for (const QWidget *stop : std::as_const(stops)) {
            if (!stop->inherits("QTabBar"))
                QVERIFY2(!stop->accessibleName().isEmpty(), stop->metaObject()->className());
        }
    }

    void keysFoldFiles()
    {
        m_it->compareShops();
        const int all = page().model().rowCount();
        page().table()->setFocus();
        page().table()->setCurrentIndex(page().model().index(0, 0));
        QTest::keyClick(page().table(), Qt::Key_Left);
        QVERIFY(m_it->settle());
        QCOMPARE(page().model().rowCount(), all - 4);
        QCOMPARE(page().table()->currentIndex().row(), 0);
        QTest::keyClick(page().table(), Qt::Key_Return);
        QVERIFY(m_it->settle());
        QCOMPARE(page().model().rowCount(), all);
    }

    void keysStayInSight()
    {
        m_it->page->resize(500, 600);
        m_it->compareShops();
        CompareTable *table = page().table();
        QVERIFY(table->frozen()->isVisible());
        table->setFocus();
        table->setCurrentIndex(page().model().index(1, 0));
        for (int i = 0; i < 3; ++i)
            QTest::keyClick(table, Qt::Key_Right);
        QCOMPARE(table->currentIndex().column(), 3);
        QVERIFY(table->horizontalScrollBar()->value() > 0);
        QTest::keyClick(table, Qt::Key_Left);
        QVERIFY(table->visualRect(table->currentIndex()).left() >= table->frozen()->width() - 2);
        QCOMPARE(table->frozen()->columnAt(5), 0);
        QCOMPARE(table->frozen()->width(), table->columnWidth(0));
    }

    void aNewerComparisonLeavesPlaceAndChoice()
    {
        page().compareWith(QStringLiteral("shop-production"));
        m_it->answer(demo::comparison(demo::manyShops(3, 2000), {}));
        m_it->chooseView(MatrixView::Everything);
        CompareTable *table = page().table();
        table->setCurrentIndex(page().model().index(1500, 2));
        table->verticalScrollBar()->setValue(1490);
        const QString id = table->currentId();
        m_it->answer(demo::comparison(demo::manyShops(3, 2000), {}));
        QCOMPARE(table->currentId(), id);
        QCOMPARE(table->currentIndex().column(), 2);
        QCOMPARE(table->verticalScrollBar()->value(), 1490);
        QCOMPARE(table->frozen()->verticalScrollBar()->value(), 1490);
    }

    void copiesAsMarkdown()
    {
        m_it->compareShops();
        QVERIFY(m_it->choose(QStringLiteral("auth.signing_key"), 0));
        const QString copied = page().table()->asMarkdown();
        QVERIFY(copied.contains(QStringLiteral("| auth.signing\\_key |")));
        QVERIFY(copied.contains(QStringLiteral("| \u2022\u2022\u2022\u2022 differs |")));
        QVERIFY(copied.contains(QStringLiteral("(reference)")));
    }

    void exportsByTheSuffix_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("format");
        for (const auto &[name, format] :
             {std::pair("a.html", "html"), std::pair("a.MD", "markdown"), std::pair("a.csv", "csv"),
              std::pair("a.json", "json"), std::pair("a.pdf", "pdf"), std::pair("a.exe", "")})
            QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(format);
    }

    void exportsByTheSuffix()
    {
        QFETCH(QString, name);
        QFETCH(QString, format);
        m_it->compareShops();
        page().bar()->exportButton()->click();
        auto *dialog = page().findChild<QFileDialog *>(QStringLiteral("compareExport"));
        QVERIFY(dialog);
        const QString path = QStringLiteral("/tmp/") + name;
        emit dialog->fileSelected(path);
        QCOMPARE(desk().exports.size(), size_t(format.isEmpty() ? 0 : 1));
        if (format.isEmpty())
            return;
        QCOMPARE(desk().exports[0].format, format);
        QCOMPARE(desk().exports[0].path, path);
        QCOMPARE(desk().exports[0].view, MatrixView::Unexpected);
        emit desk().exported(path, QString());
        QVERIFY(page().done()->text().contains(path));
        emit desk().exported(path, QStringLiteral("no space left"));
        QVERIFY(page().done()->accessibleName().startsWith(QStringLiteral("Critical")));
    }

    void theWindowHasThePage()
    {
        MainWindow window(*m_it->models, {});
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_4, Qt::ControlModifier);
        QCOMPARE(window.currentPage(), window.comparePage());
        QVERIFY(window.windowTitle().startsWith(QStringLiteral("Compare")));
        window.showBoard();
        QVERIFY(window.showPage(QStringLiteral("compare")));
        window.openEnvironment(QStringLiteral("shop-testing"));
        window.compareSelected();
        QCOMPARE(window.currentPage(), window.comparePage());
        QCOMPARE(desk().compares.back().environments,
                 QStringList({QStringLiteral("shop-production"), QStringLiteral("shop-staging"),
                              QStringLiteral("shop-testing")}));
        QCOMPARE(desk().compares.back().reference, QStringLiteral("shop-production"));
        desk().answer(demo::comparison(demo::comparedShops()));
        ComparePage *compare = window.comparePage();
        QTRY_VERIFY(!compare->model().isBusy());
        window.popUpPalette(QStringLiteral("#limit_req"));
        QTest::keyClick(window.commandPalette()->field(), Qt::Key_Return);
        QCOMPARE(compare->table()->currentIndex().siblingAtColumn(0).data().toString(),
                 QStringLiteral("server.limit_req"));
    }
};

QTEST_MAIN(TestComparePage)
#include "tst_comparepage.moc"
