// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakedesk.h"

#include "auditpage.h"
#include "inlinemessage.h"
#include "mainwindow.h"
#include "opstable.h"
#include "tableaccessible.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestAuditPage : public QObject {
    Q_OBJECT

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<demo::FakeDesk> m_desk;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<AuditPage> m_page;

    std::vector<AuditEntry> entries(qint64 newest, qint64 oldest)
    {
        std::vector<AuditEntry> page;
        for (qint64 seq = newest; seq >= oldest; --seq) {
            page.push_back(demo::auditEntry(seq, QStringLiteral("rollback.start"), R"({"reason":"5xx","n":1})",
                                            seq % 100 == 0 ? QStringLiteral("ledger-production")
                                                           : QStringLiteral("shop-production")));
        }
        return page;
    }
    OpsTable *table() { return m_page->mainTable(); }
    int shown() { return table()->model()->rowCount(); }

private slots:
    void init()
    {
        TableAccessible::install();
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_desk = std::make_unique<demo::FakeDesk>();
        m_models = std::make_unique<WindowModels>(*m_console);
        m_models->setDesk(m_desk.get());
        m_page = std::make_unique<AuditPage>(*m_models, nullptr);
        m_page->resize(1000, 640);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }

    void cleanup()
    {
        m_page.reset();
        m_models.reset();
        m_desk.reset();
        m_console.reset();
    }

    void asksForTheNewestOnce()
    {
        QCOMPARE(m_desk->lists.size(), 1);
        QCOMPARE(m_desk->lists[0].first, 0);
        m_page->hide();
        m_page->show();
        QCOMPARE(m_desk->lists.size(), 1);
    }

    void showsEntriesNewestFirst()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        QCOMPARE(table()->model()->index(0, 0).data().toString(), QStringLiteral("420"));
        QVERIFY(m_page->detail()->toPlainText().contains(QStringLiteral("#420")));
        QVERIFY(m_page->detail()->toPlainText().contains(QStringLiteral("\"reason\": \"5xx\"")));
        QVERIFY(m_page->counts()->text().contains(QStringLiteral("back to #221")));
        table()->setCurrentIndex(table()->model()->index(3, 0));
        QVERIFY(m_page->detail()->toPlainText().contains(QStringLiteral("#417")));
    }

    void readsOlderPages()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        QVERIFY(m_page->olderButton()->isVisible());
        m_desk->lists.clear();
        table()->scrollToBottom(); // the view asks by itself, or the button does
        if (m_desk->lists.isEmpty())
            m_page->olderButton()->click();
        QCOMPARE(m_desk->lists.size(), 1);
        QCOMPARE(m_desk->lists[0].first, 221);
        emit m_desk->auditListed(entries(220, 1), 221, false);
        QCOMPARE(shown(), 420);
        QVERIFY(!m_page->olderButton()->isVisible());
    }

    void newEntriesLeaveTheCurrentRow()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        table()->setCurrentIndex(table()->model()->index(5, 0));
        const QString id = table()->currentId();
        m_desk->lists.clear();
        emit m_desk->auditGrew(421);
        QCOMPARE(m_desk->lists.size(), 1);
        emit m_desk->auditListed(entries(421, 222), 0, true);
        QCOMPARE(shown(), 201);
        QCOMPARE(table()->currentId(), id);
    }

    void aGapIsClosed()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        m_desk->lists.clear();
        emit m_desk->auditGrew(900);
        emit m_desk->auditListed(entries(900, 701), 0, true);
        QCOMPARE(m_desk->lists.last().first, 701);
        emit m_desk->auditListed(entries(700, 501), 701, true);
        QCOMPARE(m_desk->lists.last().first, 501);
        emit m_desk->auditListed(entries(500, 301), 501, true);
        QCOMPARE(shown(), 680);
        QCOMPARE(m_desk->lists.last().first, 501); // whole again
    }

    void filtersByEnvironmentAndReadsOn()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        m_desk->lists.clear();
        m_page->environments()->setCurrentIndex(m_page->environments()->findData(QStringLiteral("ledger-production")));
        QCOMPARE(shown(), 2);
        QCOMPARE(m_desk->lists.size(), 1); // two rows are few: older ones are looked for
        emit m_desk->auditListed(entries(220, 1), 221, false);
        QCOMPARE(shown(), 4);
        QVERIFY(m_page->counts()->text().contains(QStringLiteral("4 of 420")));
        m_page->environments()->setCurrentIndex(0);
        QCOMPARE(shown(), 420);
    }

    void bannerTellsTheChain()
    {
        emit m_desk->auditListed(entries(20, 1), 0, false);
        QCOMPARE(m_page->banner()->text(), QStringLiteral("The chain is not verified yet."));
        m_page->banner()->buttons().first()->click();
        m_page->banner()->buttons().value(0);
        QCOMPARE(m_desk->calls, QStringList{QStringLiteral("verify")});
        QVERIFY(m_page->banner()->text().contains(QStringLiteral("being verified")));
        emit m_desk->auditVerified({20, {}}, {}, demo::before(125));
        QCOMPARE(m_page->banner()->text(), QStringLiteral("Chain verified to #20, 2 min ago."));
        emit m_desk->auditGrew(22);
        QVERIFY(m_page->banner()->text().contains(QStringLiteral("not verified yet: 2")));
        emit m_desk->auditVerified({6, {}}, {7, QStringLiteral("its bytes are others")}, demo::before(2));
        QVERIFY(m_page->banner()->text().startsWith(QStringLiteral("Chain broken at #7: its bytes are others")));
        QVERIFY(m_page->banner()->accessibleName().startsWith(QStringLiteral("Critical")));
        const QModelIndex broken = table()->model()->index(13, items::AuditModel::Chain);
        QCOMPARE(broken.data().toString(), QStringLiteral("Broken here"));
    }

    void trouble()
    {
        emit m_desk->auditTrouble(QStringLiteral("the audit can't be opened: disk full"));
        QVERIFY(m_page->findChildren<InlineMessage *>().at(1)->text().contains(QStringLiteral("disk full")));
    }

    void exports_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("suffix");
        QTest::newRow("json lines") << QStringLiteral("jsonl") << QStringLiteral("jsonl");
        QTest::newRow("markdown") << QStringLiteral("markdown") << QStringLiteral("md");
    }

    void exports()
    {
        QFETCH(QString, format);
        QFETCH(QString, suffix);
        QTemporaryDir folder;
        m_page->askExport(format);
        auto *dialog = m_page->findChild<QFileDialog *>(QStringLiteral("auditExport"));
        QVERIFY(dialog);
        QCOMPARE(dialog->defaultSuffix(), suffix);
        const QString path = folder.filePath(QStringLiteral("audit.") + suffix);
        emit dialog->fileSelected(path);
        QCOMPARE(m_desk->calls, QStringList{QStringLiteral("export %1 %2").arg(format, path)});
        emit m_desk->auditExported(path, {});
        InlineMessage *notice = m_page->findChildren<InlineMessage *>().at(1);
        QVERIFY(notice->text().contains(path));
        emit m_desk->auditExported(path, QStringLiteral("no space left"));
        QVERIFY(notice->text().contains(QStringLiteral("no space left")));
        QVERIFY(notice->accessibleName().startsWith(QStringLiteral("Critical")));
    }

    void hostileEntriesStayText()
    {
        AuditEntry entry = demo::auditEntry(1, QStringLiteral("<b>x</b>"), "{\"a\":\"\\u202e\"}");
        entry.actor = QStringLiteral("mary\n\u202Eevil");
        emit m_desk->auditListed({entry}, 0, false);
        const QString actor = table()->model()->index(0, items::AuditModel::Actor).data().toString();
        QVERIFY(!actor.contains(QLatin1Char('\n')) && !actor.contains(QChar(0x202E)));
        QVERIFY(!m_page->detail()->toPlainText().contains(QChar(0x202E)));
        QVERIFY(m_page->detail()->toPlainText().contains(QStringLiteral("<b>x</b>")));
    }

    void everyCellIsReadable()
    {
        emit m_desk->auditListed(entries(3, 1), 0, false);
        for (int row = 0; row < shown(); ++row) {
            for (int column = 0; column < table()->model()->columnCount(); ++column)
                QVERIFY(!table()->model()->index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
        }
    }

    void tabCrossesThePage()
    {
        emit m_desk->auditListed(entries(420, 221), 0, true);
        m_page->environments()->setFocus();
        QSet<QWidget *> reached;
        for (int presses = 0; presses < 12; ++presses) {
            reached << QApplication::focusWidget();
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        for (QWidget *widget :
             {static_cast<QWidget *>(m_page->environments()), static_cast<QWidget *>(m_page->exportButton()),
              static_cast<QWidget *>(table()), static_cast<QWidget *>(m_page->detail()),
              static_cast<QWidget *>(m_page->banner()->buttons().first())})
            QVERIFY2(reached.contains(widget), qPrintable(widget->accessibleName()));
    }

    void theWindowHasThePage()
    {
        MainWindow window(*m_models, {});
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_6, Qt::ControlModifier);
        QCOMPARE(window.currentPage(), window.auditPage());
        QVERIFY(window.windowTitle().startsWith(QStringLiteral("Audit")));
        QVERIFY(window.showPage(QStringLiteral("audit")));
    }
};

QTEST_MAIN(TestAuditPage)
#include "tst_auditpage.moc"
