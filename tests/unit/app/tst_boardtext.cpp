// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardtext.h"
#include "texttable.h"

#include <QTest>

using namespace taffrail;

namespace {

const QDateTime now = QDateTime::fromString(QStringLiteral("2026-11-20T12:00:00Z"), Qt::ISODate);

EnvironmentState stateOf(Status status, std::vector<Finding> findings)
{
    auto spec = std::make_shared<EnvironmentSpec>();
    spec->id = QStringLiteral("shop");
    spec->name = QStringLiteral("Shop");
    EnvironmentState state;
    state.environment = spec;
    state.snapshot = std::make_shared<Snapshot>();
    state.assessment.status = status;
    state.assessment.findings = std::move(findings);
    state.assessment.panes[0] = {PaneKind::Deployments, status, false, QStringLiteral("v1"), now.addSecs(-4)};
    state.assessment.observedAt = now.addSecs(-4);
    state.now = now;
    return state;
}

} // namespace

class TestBoardText : public QObject {
    Q_OBJECT
private slots:
    void checkLineIsOneLineWithPerformanceData()
    {
        Finding bad;
        bad.severity = Status::Critical;
        bad.title = QStringLiteral("two hosts | differ\nreally\x1b[31m");
        const QString line = checkLine(stateOf(Status::Critical, {bad}), now);
        QVERIFY2(line.startsWith(QStringLiteral("TAFFRAIL CRITICAL - shop: two hosts / differ really|")),
                 qPrintable(line));
        QCOMPARE(line.count(QLatin1Char('\n')), 0);
        QCOMPARE(line.count(QLatin1Char('|')), 1);
        QVERIFY(line.contains(QStringLiteral("deployments=2;;;0;3")));
        QVERIFY(line.contains(QStringLiteral("critical=1;;;0")));
        QVERIFY(line.endsWith(QStringLiteral("age=4s;;;0")));
    }

    void aNoticeIsToldAfterWhatIsWrong()
    {
        Finding rights;
        rights.severity = Status::Notice;
        rights.title = QStringLiteral("The role lacks rights");
        const QString line = checkLine(stateOf(Status::Notice, {rights}), now);
        QVERIFY2(line.startsWith(QStringLiteral("TAFFRAIL OK - shop: all panes are fine; The role lacks rights|")),
                 qPrintable(line));
        Finding bad;
        bad.severity = Status::Warning;
        bad.title = QStringLiteral("late");
        QVERIFY(checkLine(stateOf(Status::Warning, {bad, rights}), now)
                    .contains(QStringLiteral("shop: late; The role lacks rights|")));
    }

    void staleIsUnknownForNagios()
    {
        const QString line = checkLine(stateOf(Status::Stale, {}), now);
        QVERIFY2(line.startsWith(QStringLiteral("TAFFRAIL UNKNOWN")), qPrintable(line));
    }

    void aTableNeverLetsControlCharactersOut()
    {
        TextTable table({QStringLiteral("A"), QStringLiteral("B")});
        table.add({QStringLiteral("x\x1b[2Jy"), QStringLiteral("one\ntwo")});
        const QString text = table.text();
        QVERIFY(!text.contains(QChar(0x1b)));
        QCOMPARE(text.count(QLatin1Char('\n')), 2);
        QVERIFY(text.contains(QStringLiteral("xy")));
    }

    void worstComesFirst()
    {
        auto good = std::make_shared<EnvironmentState>(stateOf(Status::Ok, {}));
        auto bad = std::make_shared<EnvironmentState>(stateOf(Status::Critical, {}));
        auto named = std::make_shared<EnvironmentSpec>(*bad->environment);
        named->id = QStringLiteral("burning");
        bad->environment = named;
        const QString text = boardText({good, bad}, now);
        QVERIFY(text.indexOf(QStringLiteral("burning")) < text.indexOf(QStringLiteral("shop")));
    }
};

QTEST_GUILESS_MAIN(TestBoardText)
#include "tst_boardtext.moc"
