// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparedemo.h"

#include "comparecells.h"
#include "comparechoice.h"
#include "comparedetails.h"
#include "comparemodel.h"
#include "comparestate.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

int rowOfKey(const CompareModel &model, const QString &key)
{
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.index(row, 0).data().toString() == key)
            return row;
    }
    return -1;
}

QStringList keysOf(const CompareModel &model)
{
    QStringList keys;
    for (int row = 0; row < model.rowCount(); ++row) {
        if (!model.index(row, 0).data(SectionRole).toBool())
            keys << model.index(row, 0).data().toString();
    }
    return keys;
}

CompareLook lookOf(MatrixView view, const QString &filter = {})
{
    CompareLook look;
    look.view = view;
    look.filter = TableFilter(filter);
    return look;
}

} // namespace

class TestCompareModel : public QObject {
    Q_OBJECT

    std::unique_ptr<CompareModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;

    void settle() { QTRY_VERIFY(!m_model->isBusy()); }

private slots:
    void init()
    {
        m_model = std::make_unique<CompareModel>();
        m_tester = std::make_unique<QAbstractItemModelTester>(m_model.get(),
                                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
    }
    void cleanup()
    {
        m_tester.reset();
        m_model.reset();
    }

    void emptyAtFirst()
    {
        QCOMPARE(m_model->rowCount(), 0);
        QCOMPARE(m_model->columnCount(), 0);
        m_model->setComparison(nullptr);
        settle();
        QCOMPARE(m_model->columnCount(), 0);
    }

    void referenceStandsFirst()
    {
        m_model->setComparison(demo::comparison(demo::comparedShops(), {}, 1));
        settle();
        QCOMPARE(m_model->columnCount(), 4);
        QCOMPARE(m_model->headerData(0, Qt::Horizontal).toString(), QStringLiteral("Key"));
        QCOMPARE(m_model->headerData(1, Qt::Horizontal).toString(), QStringLiteral("shop staging (reference)"));
        QCOMPARE(m_model->headerData(2, Qt::Horizontal).toString(), QStringLiteral("shop production"));
        QCOMPARE(m_model->matrixColumn(1), 1);
        QCOMPARE(m_model->matrixColumn(2), 0);
        QCOMPARE(m_model->matrixColumn(0), -1);
    }

    void groupsByFile()
    {
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        QCOMPARE(m_model->rowCount(), 12);
        QVERIFY(m_model->index(0, 0).data(SectionRole).toBool());
        QCOMPARE(m_model->index(0, 0).data().toString(), QStringLiteral("app-config \u00b7 app.yaml (7)"));
        QCOMPARE(m_model->index(8, 0).data().toString(), QStringLiteral("sites-enabled/shop \u00b7 nginx (3)"));
        QCOMPARE(m_model->matrixRow(0), -1);
        QVERIFY(m_model->matrixRow(1) >= 0);
    }

    void cellsSayTheirState_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("spoken");
        const auto row = [](const char *key, int column, const char *text, const char *spoken) {
            QTest::addRow("%s %d", key, column)
                << QString::fromUtf8(key) << column << QString::fromUtf8(text) << QString::fromUtf8(spoken);
        };
        row("pool.max", 1, "40", "40, reference");
        row("pool.max", 2, "≠ 10", "10, changed");
        row("pool.max", 3, "≈ 5 (expected)", "5, expected");
        row("pool.idle_timeout", 2, "MISSING", "MISSING");
        row("auth.signing_key", 1, "••••", "••••, secret same");
        row("auth.signing_key", 2, "•••• differs", "•••• differs, secret differs");
        row("auth.signing_key", 3, "•••• same", "•••• same, secret same");
        row("server.client_max_body_size", 2, "8m", "8m, equal");
    }

    void cellsSayTheirState()
    {
        QFETCH(QString, key);
        QFETCH(int, column);
        QFETCH(QString, text);
        QFETCH(QString, spoken);
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        const QModelIndex cell = m_model->index(rowOfKey(*m_model, key), column);
        QCOMPARE(cell.data().toString(), text);
        if (column != 1 || key == QLatin1String("pool.max"))
            QCOMPARE(cell.data(Qt::AccessibleTextRole).toString(), spoken);
    }

    void everyCellIsReadable()
    {
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        for (int row = 0; row < m_model->rowCount(); ++row) {
            for (int column = 0; column < m_model->columnCount(); ++column)
                QVERIFY(!m_model->index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
            QVERIFY(!m_model->index(row, 0).data(DetailRole).value<DetailLines>().empty());
        }
    }

    void viewsAndFilters_data()
    {
        QTest::addColumn<int>("view");
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QStringList>("keys");
        const auto row = [](const char *name, MatrixView view, const char *filter, const QStringList &keys) {
            QTest::newRow(name) << int(view) << QString::fromLatin1(filter) << keys;
        };
        const auto q = [](const char *text) { return QString::fromLatin1(text); };
        row("missing", MatrixView::Missing, "", {q("pool.idle_timeout"), q("server.limit_req")});
        row("secrets", MatrixView::Secrets, "", {q("auth.signing_key")});
        row("word of a key", MatrixView::Everything, "POOL", {q("pool.max"), q("pool.idle_timeout"), q("pool.min")});
        row("word of a cell", MatrixView::Everything, "staging.shop", {q("server.server_name")});
        row("state", MatrixView::Differences, "state:missing", {q("pool.idle_timeout"), q("server.limit_req")});
        row("set", MatrixView::Unexpected, "set:nginx server_name", {q("server.server_name")});
        row("negated", MatrixView::Missing, "-pool", {q("server.limit_req")});
        row("nothing", MatrixView::Everything, "no-such-thing", {});
    }

    void viewsAndFilters()
    {
        QFETCH(int, view);
        QFETCH(QString, filter);
        QFETCH(QStringList, keys);
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        m_model->setLook(lookOf(MatrixView(view), filter));
        settle();
        QCOMPARE(keysOf(*m_model), keys);
        m_model->setLook(lookOf(MatrixView::Everything));
        settle();
        QCOMPARE(keysOf(*m_model).size(), 10);
    }

    void countsAreOfTheChosenSet()
    {
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        QCOMPARE(m_model->shown().counts[size_t(MatrixView::Everything)], 10);
        QCOMPARE(hiddenText(m_model->shown()), QStringLiteral("hidden: 1 expected, 2 equal"));
        CompareLook look = lookOf(MatrixView::Unexpected);
        look.entry = QStringLiteral("nginx");
        m_model->setLook(look);
        settle();
        QCOMPARE(m_model->shown().counts[size_t(MatrixView::Everything)], 3);
        QCOMPARE(m_model->shown().keys, 3);
        QCOMPARE(hiddenText(m_model->shown()), QString());
    }

    void aLookMovesRowsAndKeepsTheCurrentOne()
    {
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        QItemSelectionModel selection(m_model.get());
        selection.setCurrentIndex(m_model->index(rowOfKey(*m_model, QStringLiteral("server.limit_req")), 2),
                                  QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
        for (const MatrixView view : {MatrixView::Missing, MatrixView::Everything, MatrixView::Unexpected}) {
            m_model->setLook(lookOf(view));
            settle();
            QCOMPARE(selection.currentIndex().siblingAtColumn(0).data().toString(), QStringLiteral("server.limit_req"));
            QCOMPARE(selection.currentIndex().column(), 2);
            QCOMPARE(selection.selectedRows().size(), 1);
        }
        m_model->setLook(lookOf(MatrixView::Secrets));
        settle();
        QVERIFY(!selection.currentIndex().isValid()); // it is not there any more
        QCOMPARE(resets.size(), 0);
    }

    void aNewerComparisonMovesRows()
    {
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        const QPersistentModelIndex kept = m_model->index(rowOfKey(*m_model, QStringLiteral("server.limit_req")), 1);
        QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        QSignalSpy moved(m_model.get(), &QAbstractItemModel::layoutChanged);
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        QCOMPARE(changed.size(), 1); // the same rows
        QCOMPARE(moved.size(), 0);
        auto rules = demo::rules();
        rules.push_back(
            demo::rule(QStringLiteral("feature.*"), {QStringLiteral("shop-staging"), QStringLiteral("shop-testing")}));
        m_model->setComparison(demo::comparison(demo::comparedShops(), rules));
        settle();
        QCOMPARE(rowOfKey(*m_model, QStringLiteral("feature.new_checkout")), -1);
        QCOMPARE(kept.sibling(kept.row(), 0).data().toString(), QStringLiteral("server.limit_req"));
        QCOMPARE(resets.size(), 0);
        m_model->setComparison(demo::comparison(demo::comparedShops(), rules, 2));
        settle();
        QCOMPARE(resets.size(), 1); // other columns
    }

    void foldsFiles()
    {
        m_model->setComparison(demo::comparison(demo::comparedShops()));
        settle();
        const int all = m_model->rowCount();
        m_model->toggle(0);
        settle();
        QCOMPARE(m_model->rowCount(), all - 4);
        QVERIFY(m_model->index(0, 0).data(FoldedRole).toBool());
        QVERIFY(m_model->index(1, 0).data(SectionRole).toBool());
        QVERIFY(m_model->index(0, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("folded")));
        m_model->toggle(0);
        settle();
        QCOMPARE(m_model->rowCount(), all);
        m_model->toggle(1); // no section
        QVERIFY(!m_model->isBusy());
    }

    void idsFindTheirRows()
    {
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(demo::comparison(demo::manyShops(3, 500), {}));
        settle();
        for (int row = 0; row < m_model->rowCount(); ++row)
            QCOMPARE(m_model->rowOf(m_model->index(row, 0).data(IdRole).toString()), row);
        QCOMPARE(m_model->rowOf(QStringLiteral("nowhere")), -1);
        QCOMPARE(m_model->rowOf(QString()), -1);
    }

    void lastWishWins()
    {
        m_model->setComparison(demo::comparison(demo::manyShops(5, 5000), {}));
        QSignalSpy settled(m_model.get(), &CompareModel::settled);
        for (int i = 0; i < 30; ++i)
            m_model->setLook(lookOf(MatrixView::Everything, QStringLiteral("option_%1").arg(4970 + i)));
        settle();
        QCOMPARE(keysOf(*m_model), QStringList{QStringLiteral("section4.group19.option_4999")});
        QVERIFY(settled.size() <= 2);
    }

    void goesWhileBusy()
    {
        const ComparisonPtr made = demo::comparison(demo::manyShops(3, 3000), {});
        for (int i = 0; i < 10; ++i) {
            CompareModel model;
            model.setComparison(made);
            model.setLook(lookOf(MatrixView::Everything, QStringLiteral("value")));
        }
        QCoreApplication::processEvents();
    }

    void hostileKeysStayOnOneLine()
    {
        auto shops = demo::comparedShops();
        demo::SettingsFile file{"app-config", "/srv/a\n.yaml", "", {{"<b>x</b>\n\xE2\x80\xAEy", "1\n2"}}, {}};
        auto other = file;
        other.settings[0].value = "<script>";
        shops.resize(2);
        shops[0] = demo::compared(QStringLiteral("a"), QStringLiteral("<i>a\n\u202E"), Tier::Testing,
                                  {demo::sourceOf(file, QStringLiteral("web1"))});
        shops[1] = demo::compared(QStringLiteral("b"), QString(), Tier::Testing,
                                  {demo::sourceOf(other, QStringLiteral("web1"))});
        m_model->setComparison(demo::comparison(shops, {}));
        settle();
        QCOMPARE(m_model->rowCount(), 2);
        for (int row = 0; row < m_model->rowCount(); ++row) {
            for (int column = 0; column < m_model->columnCount(); ++column) {
                for (const int role : {int(Qt::DisplayRole), int(Qt::AccessibleTextRole)}) {
                    const QString text = m_model->index(row, column).data(role).toString();
                    QVERIFY(!text.contains(QLatin1Char('\n')) && !text.contains(QChar(0x202E)));
                }
            }
        }
        QVERIFY(!m_model->headerData(1, Qt::Horizontal).toString().contains(QChar(0x202E)));
    }

    void whatOneEnvironmentHidesNoOtherShows()
    {
        demo::SettingsFile secret{"app-config", "/srv/a.yaml", "", {{"db.pin", "", 1, ConfigType::Text, "a"}}, {}};
        demo::SettingsFile plain{"app-config", "/srv/a.yaml", "", {{"db.pin", "plain-4711"}}, {}};
        const QString host = QStringLiteral("web1");
        const ComparisonPtr made
            = demo::comparison({demo::compared(QStringLiteral("a"), {}, Tier::Testing, {demo::sourceOf(secret, host)}),
                                demo::compared(QStringLiteral("b"), {}, Tier::Testing, {demo::sourceOf(plain, host)})},
                               {});
        m_model->setLook(lookOf(MatrixView::Everything));
        m_model->setComparison(made);
        settle();
        CompareValuesModel values;
        values.show(made, 0);
        QStringList all;
        for (int row = 0; row < 2; ++row) {
            for (int column = 0; column < 3; ++column) {
                for (const int role : {int(Qt::DisplayRole), int(Qt::AccessibleTextRole), int(Qt::ToolTipRole)})
                    all << m_model->index(row, column).data(role).toString();
            }
            for (const DetailLine &line : m_model->index(row, 0).data(DetailRole).value<DetailLines>())
                all << line.value;
            for (int column = 0; column < values.columnCount(); ++column)
                all << values.index(row, column).data().toString();
            all << values.fullValue(values.rowAt(row).id);
        }
        QVERIFY(!all.join(QLatin1Char('\n')).contains(QStringLiteral("4711")));
        QVERIFY(all.join(QLatin1Char('\n')).contains(maskMark));
    }

    void valuesOfAKey()
    {
        const ComparisonPtr made = demo::comparison(demo::comparedShops());
        m_model->setComparison(made);
        settle();
        CompareValuesModel values;
        QAbstractItemModelTester tester(&values, QAbstractItemModelTester::FailureReportingMode::QtTest);
        values.show(made, m_model->matrixRow(rowOfKey(*m_model, QStringLiteral("pool.idle_timeout"))));
        QCOMPARE(values.rowCount(), 3);
        QCOMPARE(values.index(0, CompareValuesModel::State).data().toString(), QStringLiteral("reference"));
        QCOMPARE(values.index(0, CompareValuesModel::Place).data().toString(),
                 QStringLiteral("/srv/shop/shared/config/app.yaml:4"));
        QCOMPARE(values.index(0, CompareValuesModel::FileChanged).data(TimeRole).toDateTime(), demo::before(3 * 86400));
        QCOMPARE(values.index(1, CompareValuesModel::State).data().toString(), QStringLiteral("missing"));
        QCOMPARE(values.index(1, CompareValuesModel::Value).data().toString(), QStringLiteral("MISSING"));
        values.show(made, -1);
        QCOMPARE(values.rowCount(), 0);
    }

    void proposesARule()
    {
        const ComparisonPtr made = demo::comparison(demo::comparedShops());
        m_model->setComparison(made);
        settle();
        const int row = m_model->matrixRow(rowOfKey(*m_model, QStringLiteral("pool.max")));
        ExpectedDifference rule = proposedRule(made->matrix, row, QStringLiteral("ada"), demo::now());
        QCOMPARE(rule.key, QStringLiteral("pool.max"));
        QCOMPARE(rule.environments, QStringList{QStringLiteral("shop-staging")}); // testing is agreed on
        QCOMPARE(rule.until, demo::now().addDays(30));
        QVERIFY(!ruleTrouble(rule, demo::now()).isEmpty()); // no reason
        rule.reason = QStringLiteral("small machines");
        QCOMPARE(ruleTrouble(rule, demo::now()), QString());
        rule.until = demo::now();
        QVERIFY(!ruleTrouble(rule, demo::now()).isEmpty());
    }

    void relativesStandInTheOrderOfPromotion()
    {
        std::vector<EnvironmentSpecPtr> all;
        for (const EnvironmentStatePtr &state : demo::comparableStates())
            all.push_back(state->environment);
        QCOMPARE(comparable(all).size(), size_t(4));
        const QStringList relatives = relativesOf(all, QStringLiteral("shop-testing"));
        QCOMPARE(relatives,
                 QStringList({QStringLiteral("shop-production"), QStringLiteral("shop-staging"),
                              QStringLiteral("shop-testing")}));
        QCOMPARE(usualReference(all, {relatives[2], relatives[0]}), QStringLiteral("shop-production"));
        QCOMPARE(relativesOf(all, QStringLiteral("nowhere")), QStringList());
        QCOMPARE(configEntries(all, relatives), QStringList({QStringLiteral("app-config"), QStringLiteral("nginx")}));
    }
};

QTEST_GUILESS_MAIN(TestCompareModel)
#include "tst_comparemodel.moc"
