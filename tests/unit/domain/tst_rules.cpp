// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <QTest>

#include <algorithm>

using namespace taffrail;
using namespace std::chrono_literals;

class TestRules : public QObject {
    Q_OBJECT
private slots:
    void findsExactlyThis_data()
    {
        QTest::addColumn<int>("index");
        const std::vector<test::RuleCase> cases = test::allCases();
        QVERIFY(cases.size() > 100);
        for (size_t i = 0; i < cases.size(); ++i)
            QTest::newRow(cases[i].name.constData()) << int(i);
    }

    void findsExactlyThis()
    {
        QFETCH(int, index);
        static const std::vector<test::RuleCase> cases = test::allCases();
        const test::RuleCase &each = cases[size_t(index)];
        const std::vector<Finding> findings = each.world.findings();
        QCOMPARE(test::described(findings), each.expected);
        for (const Finding &finding : findings) {
            QVERIFY2(!finding.title.isEmpty(), qPrintable(finding.code));
            for (const char *hole : {"%1", "%2", "%3"})
                QVERIFY2(!finding.title.contains(QLatin1String(hole)), qPrintable(finding.title));
            QVERIFY2(
                finding.observedAt.isValid() || finding.code == QLatin1String("observation.pending")
                    || (finding.code == QLatin1String("observation.failed") && each.name.contains("nothing to keep")),
                qPrintable(finding.code));
        }
        QCOMPARE(each.world.findings(), findings); // pure: the same facts, the same findings
    }

    void countsWhatADownHostHides()
    {
        test::World world;
        world.addEntry(PaneKind::Health, test::text("host"), test::text("host"));
        world.addEntry(PaneKind::Migrations, test::text("auto"), test::text("auto")); // through db1
        world.addEntry(PaneKind::Backups, test::text("pgbackrest"), test::text("pgbackrest"));
        world.entry(test::text("host")).hosts = QStringList{test::text("db1")};
        world.link(test::text("db1"), false, LinkState::Down, test::text("timed out after 10 s"));
        const std::vector<Finding> findings = world.findings();
        QCOMPARE(test::described(findings), QStringList{test::text("offline host.offline db1")});
        QCOMPARE(findings[0].evidence.value(test::text("hidden")).toInt(), 3);
        QCOMPARE(findings[0].title, test::text("No connection to db1: timed out after 10 s"));
        QCOMPARE(findings[0].hint, test::text("Check the network."));
    }

    void namesTheMissingGrant()
    {
        MigrationHistory history;
        history.source = test::text("flyway");
        history.database = test::text("main");
        history.table = test::text("App.flyway_schema_history");
        history.readable = false;
        test::World world;
        world.add(PaneKind::Migrations, test::text("auto"), test::text("auto"), MigrationHistories{{history}});
        const std::vector<Finding> findings = world.findings();
        QCOMPARE(findings.size(), size_t(1));
        QVERIFY2(findings[0].hint.contains(test::text("GRANT SELECT ON \"App\".flyway_schema_history TO taffrail;")),
                 qPrintable(findings[0].hint));
    }

    void namesTheStatementsThatWouldShowMore()
    {
        test::World world;
        world.link(test::text("main"), true, LinkState::Up);
        world.snapshot.links.back().peer = test::text("shop at 10.0.0.9:5432 (primary)");
        world.snapshot.links.back().missingGrants << test::text("GRANT pg_monitor TO \"reader\";");
        const std::vector<Finding> findings = world.findings();
        QCOMPARE(test::described(findings), QStringList{test::text("notice database.rights main")});
        QCOMPARE(findings[0].pane, PaneKind::Health);
        QCOMPARE(findings[0].evidence.value(test::text("statements")).toString(),
                 test::text("GRANT pg_monitor TO \"reader\";"));
        QCOMPARE(findings[0].evidence.value(test::text("where")).toString(),
                 test::text("shop at 10.0.0.9:5432 (primary)"));
        QVERIFY(findings[0].hint.contains(test::text("GRANT pg_monitor TO \"reader\";")));
        world.snapshot.links.back().missingGrants.clear();
        QVERIFY(world.findings().empty());
    }

    void isSortedWorstFirst()
    {
        std::vector<Finding> all;
        test::World world;
        for (const test::RuleCase &each : test::allCases()) {
            const std::vector<Finding> findings = each.world.findings();
            QVERIFY(std::ranges::is_sorted(findings,
                                           [](const Finding &a, const Finding &b) { return a.severity > b.severity; }));
        }
    }

    /// A generation comes with each answer: rates must still be taken against the look before, and stay for a while.
    void takesRatesAgainstAnEarlierLook()
    {
        const auto look = [](std::chrono::seconds age, double kills, const char *epoch = "boot-1") {
            HealthReport report;
            report.source = test::text("host");
            report.epoch = test::text(epoch);
            report.counters = {{test::text("oom_kill"), kills}};
            Observation observation;
            observation.entry = test::text("host");
            observation.lastGood = Attempt{test::ago(age), 1ms, ValuePtr(std::make_shared<const Value>(report))};
            auto snapshot = std::make_shared<Snapshot>();
            snapshot->observations = {observation};
            return SnapshotPtr(snapshot);
        };
        const auto ageIn = [](const SnapshotPtr &base) {
            return base->observations.empty() ? qint64(-1) : base->observations[0].lastGood->at.secsTo(test::noon());
        };
        const SnapshotPtr first = look(900s, 1);
        const SnapshotPtr second = look(870s, 2);
        SnapshotPtr base = rateBase(nullptr, nullptr, *first);
        QCOMPARE(ageIn(base), qint64(-1));
        base = rateBase(base, first, *second);
        QCOMPARE(ageIn(base), qint64(900));
        base = rateBase(base, second, *second); // a generation in which only another source answered
        QCOMPARE(ageIn(base), qint64(900));
        const SnapshotPtr third = look(840s, 2);
        base = rateBase(base, second, *third); // the growth from 1 to 2 is still seen
        QCOMPARE(ageIn(base), qint64(900));
        const SnapshotPtr late = look(240s, 2);
        base = rateBase(base, third, *late); // more than ten minutes later it is not
        QCOMPARE(ageIn(base), qint64(840));
        const SnapshotPtr restarted = look(200s, 0, "boot-2");
        base = rateBase(base, late, *restarted);
        const SnapshotPtr after = look(170s, 1, "boot-2");
        base = rateBase(base, restarted, *after);
        QCOMPARE(ageIn(base), qint64(200));
    }
};

QTEST_GUILESS_MAIN(TestRules)
#include "tst_rules.moc"
