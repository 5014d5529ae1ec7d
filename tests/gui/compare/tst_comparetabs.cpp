// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparefixture.h"

#include "expectedtab.h"
#include "opstable.h"
#include "promotiontab.h"
#include "textdiffview.h"

#include <QCheckBox>
#include <QClipboard>
#include <QDateEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestCompareTabs : public QObject {
    Q_OBJECT

    std::unique_ptr<CompareFixture> m_it;

    ComparePage &page() { return *m_it->page; }
    demo::FakeCompareDesk &desk() { return m_it->desk; }
    ExpectedTab &expected() { return *page().expectedTab(); }
    TextDiffView &text() { return *page().textTab()->view(); }

    void openText()
    {
        page().tabs()->setCurrentIndex(1);
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 2));
    }

private slots:
    void init()
    {
        m_it = std::make_unique<CompareFixture>();
        QVERIFY(QTest::qWaitForWindowActive(m_it->page.get()));
        m_it->compareShops();
    }
    void cleanup() { m_it.reset(); }

    void valuesFollowTheCell()
    {
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 2));
        QCOMPARE(page().values()->model()->rowCount(), 3);
        QCOMPARE(page().values()->currentIndex().row(), 1);
        QCOMPARE(page().fullValue()->toPlainText(), QStringLiteral("10"));
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 3));
        QCOMPARE(page().fullValue()->toPlainText(), QStringLiteral("5"));
        page().values()->setCurrentIndex(page().values()->model()->index(0, 0));
        QCOMPARE(page().fullValue()->toPlainText(), QStringLiteral("40"));
    }

    void textShowsWhatDiffers()
    {
        openText();
        QCOMPARE(page().textTab()->side(0)->currentText(), QStringLiteral("shop production"));
        QCOMPARE(page().textTab()->side(1)->currentText(), QStringLiteral("shop staging"));
        QCOMPARE(text().differenceCount(), 2);
        QCOMPARE(text().currentDifference(), 1);
        QVERIFY(text().spokenLine(text().currentLine()).contains(QStringLiteral("max: 40")));
        QVERIFY(text().spokenLine(text().currentLine()).startsWith(QStringLiteral("differs")));
        QCOMPARE(page().textTab()->summary()->text(), QStringLiteral("Difference 1 of 2"));
    }

    void keysGoThroughTheText()
    {
        openText();
        text().setFocus();
        QTest::keyClick(&text(), Qt::Key_N);
        QCOMPARE(text().currentDifference(), 2);
        QCOMPARE(page().textTab()->summary()->text(), QStringLiteral("Difference 2 of 2"));
        QTest::keyClick(&text(), Qt::Key_N); // the last one
        QCOMPARE(text().currentDifference(), 2);
        QTest::keyClick(&text(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(text().currentDifference(), 1);
        page().textTab()->nextButton()->click();
        QCOMPARE(text().currentDifference(), 2);
        QTest::keyClick(&text(), Qt::Key_Home);
        QCOMPARE(text().currentLine(), 0);
        int fold = -1;
        for (int line = 0; line < text().lineCount() && fold < 0; ++line)
            fold = text().lineAt(line).folded > 0 ? line : -1;
        QVERIFY(fold > 0);
        QVERIFY(text().spokenLine(fold).contains(QStringLiteral("equal lines, folded")));
        const int before = text().lineCount(), hidden = text().lineAt(fold).folded;
        text().setCurrentLine(fold);
        QTest::keyClick(&text(), Qt::Key_Return);
        QCOMPARE(text().lineCount(), before + hidden - 1);
        QTest::keyClick(&text(), Qt::Key_End);
        QCOMPARE(text().currentLine(), text().lineCount() - 1);
        QCOMPARE(desk().acts(), size_t(0));
    }

    void copiesADifference()
    {
        openText();
        text().setFocus();
        QTest::keyClick(&text(), Qt::Key_C, Qt::ControlModifier);
        const QString copied = QApplication::clipboard()->text();
        QVERIFY(copied.contains(QStringLiteral("3:   max: 40")) && copied.contains(QStringLiteral("3:   max: 10")));
    }

    void threeTexts()
    {
        openText();
        QComboBox *third = page().textTab()->side(2);
        third->setCurrentIndex(third->findText(QStringLiteral("shop testing")));
        emit third->activated(third->currentIndex());
        QVERIFY(m_it->settle());
        QCOMPARE(text().comparison()->sides.size(), size_t(3));
        QVERIFY(!text().grab().isNull());
    }

    void aTextThatWasNotReadIsNoDifference()
    {
        auto shops = demo::comparedShops();
        ConfigSet set = *shops[1]->sources[0].set;
        set.files[0].text.clear();
        ComparedSource source = shops[1]->sources[0];
        source.set = std::make_shared<const ConfigSet>(set);
        shops[1] = demo::compared(QStringLiteral("shop-staging"), QStringLiteral("shop staging"), Tier::Staging,
                                  {source, shops[1]->sources[1]});
        m_it->answer(demo::comparison(shops));
        openText();
        QVERIFY(!text().comparison());
        QCOMPARE(text().lineCount(), 0);
        QStringList said;
        for (const QLabel *label : page().textTab()->findChildren<QLabel *>())
            said << label->text();
        QVERIFY(said.join(QLatin1Char('\n')).contains(QStringLiteral("not kept")));
    }

    void longTextsOpenWhileTheWindowLives()
    {
        QString text, other;
        for (int line = 0; line < 60000; ++line) {
            text += QStringLiteral("option_%1 = value\n").arg(line);
            other += line % 100 == 3 ? QStringLiteral("option_%1 = other\n").arg(line)
                                     : QStringLiteral("option_%1 = value\n").arg(line);
        }
        auto shops = demo::comparedShops();
        shops.resize(2);
        for (int i = 0; i < 2; ++i) {
            ConfigSet set = *shops[size_t(i)]->sources[0].set;
            set.files[0].text = i == 0 ? text : other;
            ComparedSource source = shops[size_t(i)]->sources[0];
            source.set = std::make_shared<const ConfigSet>(set);
            shops[size_t(i)] = demo::compared(shops[size_t(i)]->id, {}, Tier::Staging, {source});
        }
        m_it->answer(demo::comparison(shops, {}));
        page().tabs()->setCurrentIndex(1);
        QVERIFY(page().textTab()->isBusy()); // asked for, not waited for
        QVERIFY(m_it->settle());
        QCOMPARE(this->text().differenceCount(), 600);
        QVERIFY(this->text().verticalScrollBar()->maximum() > 1000);
    }

    void marksAsExpected()
    {
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 2));
        QVERIFY(expected().sentence()->text().contains(QStringLiteral("smaller machines")));
        QVERIFY(!expected().form()->isVisible());
        expected().openButton()->click();
        QVERIFY(expected().form()->isVisible());
        QCOMPARE(expected().key()->text(), QStringLiteral("pool.max"));
        QCOMPARE(expected().until()->date(), demo::now().addDays(30).date());
        QCOMPARE(expected().environments().size(), 2);
        QVERIFY(expected().environments()[0]->isChecked()); // staging differs
        QVERIFY(!expected().environments()[1]->isChecked());
        QVERIFY(!expected().acceptButton()->isEnabled()); // no reason yet
        QTest::keyClicks(expected().reason(), QStringLiteral("half the traffic"));
        QVERIFY(expected().acceptButton()->isEnabled());
        for (QWidget *field :
             {static_cast<QWidget *>(expected().reason()), static_cast<QWidget *>(expected().key()),
              static_cast<QWidget *>(expected().until()), static_cast<QWidget *>(expected().acceptButton())}) {
            field->setFocus();
            QTest::keyClick(field, Qt::Key_Return);
            QTest::keyClick(field, Qt::Key_Enter);
            QCOMPARE(desk().acts(), size_t(0));
        }
        expected().key()->setText(QStringLiteral("pool.*"));
        QTest::mouseClick(expected().acceptButton(), Qt::LeftButton);
        QCOMPARE(desk().expects.size(), size_t(1));
        const ExpectedDifference made = desk().expects[0];
        QCOMPARE(made.key, QStringLiteral("pool.*"));
        QCOMPARE(made.entry, QStringLiteral("app-config"));
        QCOMPARE(made.environments, QStringList{QStringLiteral("shop-staging")});
        QCOMPARE(made.reason, QStringLiteral("half the traffic"));
        QCOMPARE(made.author, QStringLiteral("ada"));
        QVERIFY(made.until > demo::now().addDays(29));
        QVERIFY(!expected().form()->isVisible());
        QVERIFY(page().done()->text().isEmpty()); // not said before it is so
        auto rules = demo::rules();
        rules.push_back(made);
        m_it->answer(demo::comparison(demo::comparedShops(), rules));
        QVERIFY(page().done()->text().contains(QStringLiteral("pool.* may differ in shop-staging")));
        QCOMPARE(page().done()->buttons().first()->text(), QStringLiteral("Undo"));
        page().done()->buttons().first()->click();
        QCOMPARE(desk().withdrawals.size(), size_t(1));
        QCOMPARE(desk().withdrawals[0], made);
    }

    void aRefusedRuleIsSaid()
    {
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("feature.new_checkout"), 2));
        expected().openForm();
        expected().reason()->setText(QStringLiteral("trial"));
        expected().acceptButton()->click();
        emit desk().refused(Error{ErrorKind::Denied,
                                  QStringLiteral("write"),
                                  QStringLiteral("expected.json"),
                                  QStringLiteral("permission denied"),
                                  {}});
        QVERIFY(page().notice()->text().contains(QStringLiteral("permission denied")));
        QVERIFY(page().condition().showsData);
        m_it->answer(demo::comparison(demo::comparedShops()));
        QVERIFY(page().done()->text().isEmpty()); // nothing was accepted
    }

    void takesBack()
    {
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 3));
        QCOMPARE(expected().rules()->model()->rowCount(), 3);
        QCOMPARE(expected().rules()->currentIndex().siblingAtColumn(1).data().toString(), QStringLiteral("pool.max"));
        QVERIFY(expected().takeBackButton()->isEnabled());
        QTest::mouseClick(expected().takeBackButton(), Qt::LeftButton);
        QCOMPARE(desk().withdrawals.size(), size_t(1));
        QCOMPARE(desk().withdrawals[0].key, QStringLiteral("pool.max"));
        const QModelIndex stale = expected().rules()->model()->index(2, 0);
        QCOMPARE(stale.data().toString(), QStringLiteral("Covers nothing"));
    }

    void anEqualKeyCannotBeMarked()
    {
        m_it->chooseView(MatrixView::Everything);
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("pool.min"), 1));
        QVERIFY(!expected().openButton()->isEnabled());
        QVERIFY(expected().sentence()->text().contains(QStringLiteral("no difference")));
    }

    void withoutAFileNothingIsAccepted()
    {
        items::Comparison made = *demo::comparison(demo::comparedShops());
        made.expectedFile.clear();
        m_it->answer(demo::comparison(demo::comparedShops()));
        const auto bare = std::make_shared<items::Comparison>();
        bare->question = made.question;
        bare->matrix = compareConfigs(demo::comparedShops(), 0, {}, {}, demo::now());
        m_it->answer(bare);
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 2));
        QVERIFY(!expected().openButton()->isEnabled());
        QVERIFY(expected().sentence()->text().contains(QStringLiteral("names no file")));
    }

    void aNewerComparisonLeavesTheForm()
    {
        page().tabs()->setCurrentIndex(2);
        QVERIFY(m_it->choose(QStringLiteral("pool.max"), 2));
        expected().openForm();
        expected().reason()->setText(QStringLiteral("half typed"));
        m_it->answer(demo::comparison(demo::comparedShops()));
        QVERIFY(expected().form()->isVisible());
        QCOMPARE(expected().reason()->text(), QStringLiteral("half typed"));
        QVERIFY(m_it->choose(QStringLiteral("feature.new_checkout"), 2));
        QVERIFY(!expected().form()->isVisible()); // it was about another key
    }

    void promotionTellsWhatWouldCome()
    {
        PromotionTab &tab = *page().promotionTab();
        page().tabs()->setCurrentIndex(3);
        QTRY_VERIFY(!tab.isBusy());
        QCOMPARE(tab.steps()->count(), 2);
        QCOMPARE(tab.steps()->currentText(), QStringLiteral("shop staging \u2192 shop production"));
        const QAbstractItemModel &rows = *tab.table()->model();
        QVERIFY(rows.rowCount() > 0);
        QStringList what;
        for (int row = 0; row < rows.rowCount(); ++row) {
            what << rows.index(row, items::PromotionModel::What).data().toString();
            for (int column = 0; column < rows.columnCount(); ++column)
                QVERIFY(!rows.index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
        }
        QVERIFY(what.join(QLatin1Char('\n')).contains(QStringLiteral("pool.idle_timeout")));
        QVERIFY(!what.join(QLatin1Char('\n')).contains(QStringLiteral("pool.min"))); // the same in both
        QVERIFY(!tab.summary()->text().isEmpty());
        tab.steps()->setCurrentIndex(0);
        emit tab.steps()->activated(0);
        QVERIFY(tab.table()->model()->rowCount() > 0);
        const auto shops = demo::comparedShops();
        m_it->answer(demo::comparison({shops[0], shops[2]}, {}));
        QTRY_VERIFY(!tab.isBusy());
        QCOMPARE(tab.steps()->count(), 0);
        QVERIFY(tab.summary()->text().contains(QStringLiteral("promotes_from")));
    }
};

QTEST_MAIN(TestCompareTabs)
#include "tst_comparetabs.moc"
