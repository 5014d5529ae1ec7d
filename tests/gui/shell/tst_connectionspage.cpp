// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"
#include "demotests.h"

#include "actionregistry.h"
#include "commandpalette.h"
#include "connectionspage.h"
#include "detailsdock.h"
#include "mainwindow.h"
#include "opstable.h"
#include "windowmodels.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

/// The connections page before a test double that answers its wishes.
class TestConnectionsPage : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_models = std::make_unique<WindowModels>(*m_console);
        m_window = std::make_unique<MainWindow>(*m_models, QString());
        m_window->resize(1280, 800);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        m_window->showConnections();
        m_page = m_window->connectionsPage();
        connect(m_models.get(), &WindowModels::testRequested, this,
                [this](const QString &environment, const QString &subject, bool isDatabase) {
                    m_asked << (environment + QLatin1Char('/') + subject
                                + (isDatabase ? QStringLiteral("/database") : QString()));
                });
        m_asked.clear();
    }
    void cleanup()
    {
        m_window.reset();
        m_models.reset();
        m_console.reset();
    }

    void columnsSayHowItIsReached()
    {
        const items::LinkModel &links = m_console->links;
        QStringList titles;
        for (int i = 0; i < links.columnCount(); ++i)
            titles << links.headerData(i, Qt::Horizontal).toString();
        for (const char *title : {"Name", "Kind", "SSH or database", "Mode", "Last test", "Source"})
            QVERIFY2(titles.contains(QString::fromLatin1(title)), title);
        const QString id = QStringLiteral("billing-testing/host/web1");
        QCOMPARE(cell(id, items::LinkModel::LastTest), items::absentText());
        QCOMPARE(cell(id, items::LinkModel::Source), QStringLiteral("Typed"));
        QVERIFY(!cell(id, items::LinkModel::Address).isEmpty());
        m_console->links.setConfigAliases({m_console->state(QStringLiteral("billing-testing"))
                                               ->environment->host(QStringLiteral("web1"))
                                               ->ssh.alias});
        QCOMPARE(cell(id, items::LinkModel::Source), QStringLiteral("SSH config"));
    }

    void sourceOfADatabase_data()
    {
        QTest::addColumn<QString>("dsn");
        QTest::addColumn<QString>("source");
        QTest::newRow("typed") << QStringLiteral("host=db dbname=shop") << QStringLiteral("Typed");
        QTest::newRow("service") << QStringLiteral("service=shop") << QStringLiteral("Service file");
        QTest::newRow("with blanks") << QStringLiteral("dbname=x service = shop") << QStringLiteral("Service file");
        QTest::newRow("in quotes") << QStringLiteral("dbname='a service=b'") << QStringLiteral("Typed");
        QTest::newRow("another word") << QStringLiteral("krbsrvname=x myservice=y") << QStringLiteral("Typed");
    }
    void sourceOfADatabase()
    {
        QFETCH(QString, dsn);
        QFETCH(QString, source);
        EnvironmentSpec spec;
        spec.id = QStringLiteral("one");
        spec.databases.push_back({QStringLiteral("main"), dsn, {}, {}});
        items::LinkModel links;
        links.setEnvironments({std::make_shared<const EnvironmentSpec>(spec)});
        QCOMPARE(links.index(0, items::LinkModel::Source).data().toString(), source);
    }

    void buttonsAndKeysAreWishes()
    {
        QTest::mouseClick(m_page->testButton(), Qt::LeftButton);
        QCOMPARE(m_asked, QStringList{QStringLiteral("billing-testing/web1")}); // the only one down is current
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(m_asked.size(), 2);
        m_asked.clear();
        QTest::mouseClick(m_page->testAllButton(), Qt::LeftButton);
        QCOMPARE(m_asked.size(), qsizetype(m_console->links.totalCount()));
        QVERIFY(m_asked.filter(QStringLiteral("/database")).size() > 0);
        QCOMPARE(QSet<QString>(m_asked.begin(), m_asked.end()).size(), m_asked.size());
    }

    void elsewhereTheActionGoesToThePage()
    {
        m_window->showBoard();
        m_window->actions().action(QStringLiteral("environment.test"))->trigger();
        QCOMPARE(m_window->currentPage(), m_page);
        QVERIFY(m_asked.isEmpty());
        m_window->popUpPalette(QStringLiteral("> test all"));
        QTest::keyClick(m_window->commandPalette()->field(), Qt::Key_Return);
        QCOMPARE(m_asked.size(), qsizetype(m_console->links.totalCount()));
    }

    void stagesComeOneByOne()
    {
        const QString id = QStringLiteral("billing-testing/host/web1");
        QVERIFY(!m_page->stageTable()->isVisible());
        const QAbstractItemModelTester tester(&m_console->links,
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_models->takeTest(demo::testUnderWay());
        QVERIFY(m_page->stageTable()->isVisible());
        QCOMPARE(stages(),
                 (QStringList{QStringLiteral("Resolve Passed"), QStringLiteral("TCP Passed"),
                              QStringLiteral("Host key Running"), QStringLiteral("Sign-in Waiting"),
                              QStringLiteral("Shell Waiting"), QStringLiteral("Read probe Waiting")}));
        QCOMPARE(cell(id, items::LinkModel::LastTest), QStringLiteral("Testing"));
        QCOMPARE(m_console->activity.rowCount(), 0);

        m_models->takeTest(demo::failedTest());
        QCOMPARE(stages()[2], QStringLiteral("Host key Failed"));
        QCOMPARE(stages()[3], QStringLiteral("Sign-in Not reached"));
        QCOMPARE(cell(id, items::LinkModel::LastTest), QStringLiteral("Failed: Host key"));
        QCOMPARE(cell(id, items::LinkModel::Tested), QStringLiteral("2 min"));
        auto *remedy = m_page->findChild<QLabel *>(QStringLiteral("connectionRemedy"));
        QVERIFY(remedy->isVisible());
        QVERIFY2(remedy->text().contains(QStringLiteral("Ask who runs the host")), qPrintable(remedy->text()));
        QCOMPARE(m_console->activity.rowCount(), 1);

        m_models->takeTest(demo::passedTest());
        QVERIFY(stages().filter(QStringLiteral("Passed")).size() == 6);
        QVERIFY(cell(id, items::LinkModel::LastTest).startsWith(QStringLiteral("Passed in 8")));
        QVERIFY(!remedy->isVisible());
        const auto lines
            = m_console->links.index(m_console->links.rowOf(id), 0).data(items::DetailRole).value<items::DetailLines>();
        QVERIFY(std::ranges::any_of(lines, [](const items::DetailLine &line) {
            return line.name == QStringLiteral("Test: Host key") && line.value.contains(QStringLiteral("SHA256:"));
        }));
    }

    void everyCellIsReadAloud()
    {
        m_models->takeTest(demo::failedTest());
        const QAbstractItemModel *model = m_page->stageTable()->model();
        for (int row = 0; row < model->rowCount(); ++row) {
            for (int column = 0; column < model->columnCount(); ++column)
                QVERIFY(!model->index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
        }
        QCOMPARE(model->index(2, items::StageModel::State).data(items::StatusRole).toInt(), int(Status::Critical));
        QVERIFY(model->index(2, items::StageModel::State).data(items::HasStatusRole).toBool());
    }

    void anotherRowShowsItsOwnTest()
    {
        m_models->takeTest(demo::failedTest());
        QVERIFY(m_page->stageTable()->isVisible());
        QTest::keyClick(m_page->mainTable(), Qt::Key_End, Qt::ControlModifier);
        QVERIFY(m_page->mainTable()->currentId() != QStringLiteral("billing-testing/host/web1"));
        QVERIFY(!m_page->stageTable()->isVisible());
        // A test of a row that is not shown changes nothing here, and a new judgement keeps the result.
        m_console->apply(demo::stateOf(demo::offline()));
        QCOMPARE(cell(QStringLiteral("billing-testing/host/web1"), items::LinkModel::LastTest),
                 QStringLiteral("Failed: Host key"));
        m_models->takeTest(demo::ofNobody());
        QVERIFY(!m_page->stageTable()->isVisible());
    }

    void panesCycle()
    {
        m_models->takeTest(demo::failedTest());
        QVERIFY(m_page->mainTable()->hasFocus());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_F6);
        QVERIFY(m_page->stageTable()->hasFocus());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_F6);
        QVERIFY(m_page->mainTable()->hasFocus());
    }

private:
    QString cell(const QString &id, int column) const
    {
        return m_console->links.index(m_console->links.rowOf(id), column).data().toString();
    }
    QStringList stages() const
    {
        QStringList words;
        const QAbstractItemModel *model = m_page->stageTable()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            words << model->index(row, items::StageModel::Stage).data().toString() + QLatin1Char(' ')
                    + model->index(row, items::StageModel::State).data().toString();
        return words;
    }

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
    ConnectionsPage *m_page = nullptr;
    QStringList m_asked;
};

QTEST_MAIN(TestConnectionsPage)
#include "tst_connectionspage.moc"
