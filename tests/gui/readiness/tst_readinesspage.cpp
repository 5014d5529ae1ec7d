// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "inlinemessage.h"
#include "opstable.h"
#include "readinesspage.h"
#include "tableaccessible.h"
#include "windowmodels.h"

#include <QApplication>
#include <QFileDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

namespace {

class FakeReadinessDesk : public items::ReadinessDesk {
public:
    void read(const QStringList &environments) override { reads << environments; }
    void exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path) override
    {
        exports << QStringLiteral("%1 %2").arg(reports.size()).arg(path);
    }

    QList<QStringList> reads;
    QStringList exports;
};

items::ReadinessCardPtr card(const QString &environment, ReadinessVerdict verdict)
{
    auto made = std::make_shared<items::ReadinessCard>();
    made->report.environment = environment;
    made->report.judgedAt = QDateTime::currentDateTimeUtc();
    made->report.results = {{QStringLiteral("tls.valid"),
                             QStringLiteral("Security"),
                             QStringLiteral("TLS is valid"),
                             verdict,
                             {QStringLiteral("evidence of ") + environment},
                             QStringLiteral("Renew it"),
                             made->report.judgedAt,
                             {}},
                            {QStringLiteral("db.roles"),
                             QStringLiteral("Security"),
                             QStringLiteral("No superuser"),
                             ReadinessVerdict::Pass,
                             {QStringLiteral("roles of ") + environment},
                             {},
                             made->report.judgedAt,
                             {}}};
    made->report.counted = 2;
    made->report.passed = verdict == ReadinessVerdict::Pass ? 2 : 1;
    return made;
}

} // namespace

class TestReadinessPage : public QObject {
    Q_OBJECT

    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<FakeReadinessDesk> m_desk;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<ReadinessPage> m_page;

    OpsTable *table() { return m_page->mainTable(); }
    void judgeAll(ReadinessVerdict verdict)
    {
        for (const QString &environment : m_console->environments())
            emit m_desk->judged(card(environment, verdict));
    }

private slots:
    void init()
    {
        TableAccessible::install();
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_desk = std::make_unique<FakeReadinessDesk>();
        m_models = std::make_unique<WindowModels>(*m_console);
        m_models->setReadiness(m_desk.get());
        m_page = std::make_unique<ReadinessPage>(*m_models, nullptr);
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

    void readsOnceWhenFirstShown()
    {
        QCOMPARE(m_desk->reads.size(), 1);
        QCOMPARE(m_desk->reads[0], m_console->environments());
        QVERIFY(m_page->banner()->text().startsWith(QStringLiteral("Reading what decides")));
        m_page->hide();
        m_page->show();
        QCOMPARE(m_desk->reads.size(), 1);
        QTest::mouseClick(m_page->checkButton(), Qt::LeftButton);
        QCOMPARE(m_desk->reads.size(), 2);
    }

    void theBannerCountsAll()
    {
        judgeAll(ReadinessVerdict::Pass);
        QVERIFY2(m_page->banner()->text().startsWith(QStringLiteral("0 fail, 0 are unknown")),
                 qPrintable(m_page->banner()->text()));
        judgeAll(ReadinessVerdict::Unknown);
        QVERIFY2(m_page->banner()->text().startsWith(
                     QStringLiteral("0 fail, %1 are unknown").arg(m_console->environments().size())),
                 qPrintable(m_page->banner()->text()));
        judgeAll(ReadinessVerdict::Fail);
        QVERIFY2(m_page->banner()->text().startsWith(
                     QStringLiteral("%1 fail, 0 are unknown").arg(m_console->environments().size())),
                 qPrintable(m_page->banner()->text()));
        QVERIFY(m_page->totals()->text().contains(QStringLiteral("1 of 2")));
    }

    void aCellShowsItsEvidence()
    {
        judgeAll(ReadinessVerdict::Fail);
        QCOMPARE(table()->model()->rowCount(), 2);
        const QString second = m_console->environments().value(1);
        table()->setCurrentIndex(table()->model()->index(0, items::ReadinessModel::FirstEnvironment + 1));
        QVERIFY(m_page->evidence()->toPlainText().contains(QStringLiteral("evidence of ") + second));
        QVERIFY(m_page->evidence()->toPlainText().contains(QStringLiteral("Fix: Renew it")));
        QVERIFY(!m_page->evidence()->toPlainText().contains(QStringLiteral("evidence of ")
                                                            + m_console->environments().value(0)));
        table()->setCurrentIndex(table()->model()->index(1, 0));
        for (const QString &environment : m_console->environments())
            QVERIFY(m_page->evidence()->toPlainText().contains(QStringLiteral("roles of ") + environment));
    }

    void exports()
    {
        QVERIFY(!m_page->exportButton()->isEnabled());
        judgeAll(ReadinessVerdict::Pass);
        QTest::mouseClick(m_page->exportButton(), Qt::LeftButton);
        auto *dialog = m_page->findChild<QFileDialog *>(QStringLiteral("readinessExport"));
        QVERIFY(dialog);
        emit dialog->fileSelected(QStringLiteral("/tmp/x.md"));
        QCOMPARE(m_desk->exports, QStringList{QStringLiteral("%1 /tmp/x.md").arg(m_console->environments().size())});
    }
};

QTEST_MAIN(TestReadinessPage)
#include "tst_readinesspage.moc"
