// SPDX-License-Identifier: GPL-3.0-or-later
// Each criterion held against worlds in which it passes, fails, is not known, and does not apply.
#include "readinessentries.h"
#include "readinesssite.h"

#include <QSet>
#include <QTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::test;
using namespace std::chrono_literals;

namespace {

std::vector<Case> allVerdicts()
{
    std::vector<Case> cases;
    for (auto *table : {securityVerdicts, accessVerdicts, healthVerdicts, deploymentVerdicts, dataVerdicts}) {
        for (Case &each : table())
            cases.push_back(std::move(each));
    }
    return cases;
}

const ReadinessResult &resultOf(const ReadinessReport &report, const QString &code)
{
    return *std::ranges::find(report.results, code, &ReadinessResult::code);
}

} // namespace

class TestReadiness : public QObject {
    Q_OBJECT

private slots:
    void criteria_data();
    void criteria();
    void everyCriterionHasCases();
    void nothingObservedPassesNothing();
    void oldPostureIsUnknown();
    void totalsAndSwitchedOff();
    void exitCodes();
    void forecast_data();
    void forecast();
    void secretsInEvidenceAreMasked();
    void entries();
};

void TestReadiness::criteria_data()
{
    QTest::addColumn<int>("index");
    const std::vector<Case> cases = allVerdicts();
    for (size_t i = 0; i < cases.size(); ++i)
        QTest::addRow("%s: %s", cases[i].code, cases[i].name) << int(i);
}

void TestReadiness::criteria()
{
    QFETCH(int, index);
    static const std::vector<Case> cases = allVerdicts();
    const Case &each = cases[size_t(index)];
    const ReadinessReport report = readinessOf(each.site.facts());
    const ReadinessResult &result = resultOf(report, text(each.code));
    const QString evidence = result.evidence.join(QLatin1Char('\n'));
    QVERIFY2(result.verdict == each.verdict, qPrintable(readinessWord(result.verdict) + QLatin1Char('\n') + evidence));
    QVERIFY2(evidence.contains(text(each.evidence)), qPrintable(evidence));
    QVERIFY(!result.evidence.isEmpty());
    const bool needsFix = result.verdict == Fail || result.verdict == Unknown;
    QCOMPARE(result.fix.isEmpty(), !needsFix);
}

void TestReadiness::everyCriterionHasCases()
{
    QMap<QString, QSet<int>> verdicts;
    for (const Case &each : allVerdicts())
        verdicts[text(each.code)].insert(int(each.verdict));
    QStringList codes = readinessCodes();
    codes.removeDuplicates();
    QCOMPARE(codes.size(), readinessCodes().size());
    for (const QString &code : codes) {
        const bool canOnlyBeUnknown = code == QLatin1String("capacity.forecast");
        QVERIFY2(verdicts[code].contains(int(Unknown)) || code == QLatin1String("ssh.host-keys-pinned"),
                 qPrintable(code));
        QVERIFY2(canOnlyBeUnknown || verdicts[code].contains(int(Pass)), qPrintable(code));
        QVERIFY2(canOnlyBeUnknown || verdicts[code].contains(int(Fail)) || code == QLatin1String("metrics.exposed")
                     || code == QLatin1String("deploy.no-downtime"),
                 qPrintable(code));
    }
}

void TestReadiness::nothingObservedPassesNothing()
{
    for (const bool withEntries : {false, true}) {
        Site site;
        if (withEntries)
            site.environment = withReadinessEntries(site.environment);
        const ReadinessReport report = readinessOf(site.facts());
        QCOMPARE(report.passed, 0);
        QVERIFY(report.counted > 30);
    }
}

void TestReadiness::oldPostureIsUnknown()
{
    Site site = Site().host({{"updates.tool", "apt"}, {"updates.enabled", "true"}});
    QCOMPARE(resultOf(readinessOf(site.facts()), text("updates.unattended")).verdict, Pass);
    site.observation(text("posture-web1")).lastGood->at = ago(25h);
    const ReadinessReport report = readinessOf(site.facts());
    const ReadinessResult &result = resultOf(report, text("updates.unattended"));
    QCOMPARE(result.verdict, Unknown);
    QVERIFY(result.evidence.first().contains(text("25 h")));
}

void TestReadiness::totalsAndSwitchedOff()
{
    Site site;
    const ReadinessReport before = readinessOf(site.facts());
    site.environment.readiness
        = {{text("off"), QVariantMap{{text("runbook.reachable"), text("one page, known to all")}}}};
    const ReadinessReport after = readinessOf(site.facts());
    QCOMPARE(after.counted, before.counted - 1);
    QCOMPARE(countOf(after, Fail), countOf(before, Fail) - 1);
    QCOMPARE(resultOf(after, text("runbook.reachable")).verdict, Fail); // still told as it is
    QCOMPARE(resultOf(after, text("runbook.reachable")).offReason, text("one page, known to all"));
    int sum = 0;
    for (const ReadinessVerdict verdict : {Pass, Fail, Unknown, Apart})
        sum += countOf(after, verdict);
    QCOMPARE(sum, int(after.results.size()) - 1);
    QCOMPARE(after, readinessOf(site.facts()));
}

void TestReadiness::exitCodes()
{
    ReadinessReport report;
    QCOMPARE(exitCode(report), 0);
    report.results.resize(2);
    report.results[0].verdict = Pass;
    report.results[1].verdict = Unknown;
    QCOMPARE(exitCode(report), 3);
    report.results[0].verdict = Fail;
    QCOMPARE(exitCode(report), 1);
    report.results[0].offReason = text("why");
    QCOMPARE(exitCode(report), 3);
}

void TestReadiness::forecast_data()
{
    QTest::addColumn<QList<double>>("used"); // percent, one a day, the last now
    QTest::addColumn<int>("verdict");
    QTest::newRow("steady") << QList<double>{50, 50, 50, 50, 50} << int(Pass);
    QTest::newRow("shrinking") << QList<double>{60, 58, 55, 54, 50} << int(Pass);
    QTest::newRow("fast") << QList<double>{50, 55, 60, 65, 70} << int(Fail);
    QTest::newRow("slow") << QList<double>{50, 50.1, 50.2, 50.3, 50.4} << int(Pass);
    QTest::newRow("full already") << QList<double>{95, 96, 97, 98, 99} << int(Fail);
    QTest::newRow("too short") << QList<double>{50, 60} << int(Unknown);
}

void TestReadiness::forecast()
{
    QFETCH(QList<double>, used);
    const Site site;
    const Facts facts = site.facts();
    ReadinessFacts all{facts, {}, {}};
    for (qsizetype i = 0; i < used.size(); ++i)
        all.capacity.push_back({ago(24h * (used.size() - 1 - i)), text("db1"), text("/"), used[i]});
    QTEST(int(resultOf(readinessOf(all), text("capacity.forecast")).verdict), "verdict");
}

void TestReadiness::secretsInEvidenceAreMasked()
{
    const Site site = Site().database({}, {{"roles", "cannot reach postgres://shop:hunter22@db/shop\x1b[31m\nnext"}});
    const ReadinessReport report = readinessOf(site.facts());
    const QString evidence = resultOf(report, text("db.roles")).evidence.join(QLatin1Char('\n'));
    QVERIFY(!evidence.contains(text("hunter22")));
    QVERIFY(!evidence.contains(QChar(0x1b)) && !evidence.contains(QLatin1Char('\n')));
}

void TestReadiness::entries()
{
    EnvironmentSpec environment;
    environment.hosts = {{text("web1"), false, {}}, {text("web2"), false, {}}};
    environment.databases = {{text("main"), text("host=x"), {}, {}}};
    environment.runbook = text("https://r/");
    SourceEntry deployed;
    deployed.pane = PaneKind::Deployments;
    deployed.hosts = QStringList{text("web1")};
    deployed.options.insert(text("path"), text("/srv/shop"));
    SourceEntry dotenv;
    dotenv.pane = PaneKind::Configs;
    dotenv.source = text("dotenv");
    dotenv.hosts = QStringList{text("web1")};
    dotenv.options.insert(text("path"), text("/srv/shop/shared/.env"));
    SourceEntry own;
    own.pane = PaneKind::Configs;
    own.source = text("posture");
    own.hosts = QStringList{text("web2")};
    environment.entries = {deployed, dotenv, own};
    const std::vector<SourceEntry> made = readinessEntries(environment);
    QCOMPARE(made.size(), size_t(3)); // web1, main, the runbook; web2 has one already
    QCOMPARE(made[0].options.value(text("apps")).toStringList(), QStringList{text("/srv/shop")});
    QCOMPARE(made[0].options.value(text("files")).toStringList(), QStringList{text("/srv/shop/shared/.env")});
    QCOMPARE(made[1].database, text("main"));
    QCOMPARE(made[2].options.value(text("url")).toString(), text("https://r/"));
    for (const SourceEntry &entry : made)
        QVERIFY(isReadinessEntry(entry.id));
    // Once added, they are not added again, and are none that a person wrote.
    QCOMPARE(readinessEntries(withReadinessEntries(environment)).size(), size_t(0));
}

QTEST_GUILESS_MAIN(TestReadiness)
#include "tst_readiness.moc"
