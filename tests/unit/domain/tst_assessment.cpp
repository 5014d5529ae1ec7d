// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

HealthReport reportWith(std::initializer_list<Status> statuses)
{
    HealthReport report;
    report.source = utf8("host");
    int number = 0;
    for (const Status status : statuses) {
        HealthCheck check;
        check.code = utf8("host.fact");
        check.subject = QString::number(++number);
        check.host = utf8("web1");
        check.status = status;
        check.text = utf8("fact");
        report.checks.push_back(check);
    }
    return report;
}

test::World healthWorld(std::initializer_list<Status> statuses)
{
    test::World world;
    world.add(PaneKind::Health, utf8("host"), utf8("host"), reportWith(statuses));
    world.entry(utf8("host")).hosts = QStringList{utf8("web1")};
    return world;
}

Error error(ErrorKind kind, const char *text)
{
    return {kind, utf8("probe"), utf8("web1"), utf8(text), {}};
}

DeploymentHistory history(const char *version, const char *by)
{
    DeploymentHistory result;
    result.app = utf8("shop");
    result.live = utf8("20261120112900");
    Release live;
    live.id = result.live;
    live.version = utf8(version);
    live.deployedBy = utf8(by);
    live.deployedAt = test::ago(31min);
    live.status = ReleaseStatus::Live;
    Release older;
    older.id = utf8("20261117000000");
    result.releases = {live, older};
    return result;
}

} // namespace

class TestAssessment : public QObject {
    Q_OBJECT
private slots:
    /// Age of the last good value, how the newest try ended, the connection: what a pane says.
    void judgesAge_data()
    {
        QTest::addColumn<int>("value"); // status of the one check
        QTest::addColumn<int>("ageSeconds");
        QTest::addColumn<QString>("trouble"); // "" | denied | timeout | down | remembered
        QTest::addColumn<QString>("status");
        QTest::addColumn<bool>("stale");
        const auto row
            = [](const char *name, Status value, int age, const char *trouble, const char *status, bool stale) {
                  QTest::newRow(name) << int(value) << age << utf8(trouble) << utf8(status) << stale;
              };
        row("fresh", Status::Ok, 5, "", "ok", false);
        row("fresh notice", Status::Notice, 5, "", "notice", false);
        row("at the limit", Status::Ok, 90, "", "ok", false);
        row("old ok", Status::Ok, 91, "", "stale", true);
        row("old notice", Status::Notice, 91, "", "stale", true);
        row("old warning stays", Status::Warning, 91, "", "warning", true);
        row("old critical stays", Status::Critical, 91, "", "critical", true);
        row("old unknown stays", Status::Unknown, 91, "", "unknown", true);
        row("very old without a try", Status::Ok, 4000, "", "stale", true);
        row("remembered from yesterday", Status::Ok, 90000, "remembered", "stale", true);
        row("remembered critical", Status::Critical, 90000, "remembered", "critical", true);
        row("fresh but the try failed", Status::Ok, 5, "denied", "unknown", false);
        row("fresh critical and the try failed", Status::Critical, 5, "denied", "critical", false);
        row("gone: no connection for ten intervals", Status::Ok, 301, "timeout", "offline", true);
        row("not yet gone", Status::Ok, 300, "timeout", "unknown", true);
        row("gone by refusal is unknown, not offline", Status::Ok, 301, "denied", "unknown", true);
        row("connection down", Status::Ok, 5, "down", "offline", false);
        row("connection down, last seen critical", Status::Critical, 5, "down", "critical", false);
    }

    void judgesAge()
    {
        QFETCH(int, value);
        QFETCH(int, ageSeconds);
        QFETCH(QString, trouble);
        QFETCH(QString, status);
        QFETCH(bool, stale);
        test::World world = healthWorld({Status(value)});
        Observation &observation = world.observation(utf8("host"));
        observation.lastGood->at = test::ago(std::chrono::seconds(ageSeconds));
        observation.lastAttempt = observation.lastGood;
        if (trouble == utf8("denied"))
            world.fail(utf8("host"), error(ErrorKind::Denied, "Permission denied"));
        if (trouble == utf8("timeout"))
            world.fail(utf8("host"), error(ErrorKind::Timeout, "no answer"));
        if (trouble == utf8("down"))
            world.link(utf8("web1"), false, LinkState::Down, utf8("no answer"));
        world.snapshot.remembered = trouble == utf8("remembered");
        const Assessment result = assess(world.facts());
        const PaneAssessment &pane = result.pane(PaneKind::Health);
        QCOMPARE(statusWord(pane.status), status);
        QCOMPARE(pane.stale, stale);
        QCOMPARE(pane.observedAt, test::ago(std::chrono::seconds(ageSeconds)));
        QCOMPARE(statusWord(result.status), status); // the only pane that is set up
        QCOMPARE(result.stale, stale);
    }

    void missingIsNeverOk()
    {
        test::World empty;
        const Assessment none = assess(empty.facts());
        QCOMPARE(none.status, Status::None);
        for (const PaneAssessment &pane : none.panes) {
            QCOMPARE(pane.status, Status::None);
            QCOMPARE(pane.summary, utf8("Not set up"));
        }
        test::World unread;
        unread.addEntry(PaneKind::Backups, utf8("pgbackrest"), utf8("pgbackrest"));
        const Assessment pending = assess(unread.facts());
        QCOMPARE(pending.pane(PaneKind::Backups).status, Status::Unknown);
        QCOMPARE(pending.pane(PaneKind::Backups).summary, utf8("not read yet"));
        QVERIFY(!pending.pane(PaneKind::Backups).observedAt.isValid());
        QCOMPARE(pending.status, Status::Unknown);
        unread.addEntry(PaneKind::Configs, utf8("dotenv"), utf8("dotenv"));
        QCOMPARE(assess(unread.facts()).pane(PaneKind::Configs).status, Status::None);
    }

    void settingsDoNotMakeAnEnvironmentLookOld()
    {
        test::World world = healthWorld({Status::Ok});
        const QDateTime fresh = assess(world.facts()).observedAt;
        world.add(PaneKind::Configs, utf8("env"), utf8("dotenv"), ConfigSet());
        world.observation(utf8("env")).lastGood->at = test::ago(std::chrono::minutes(4));
        const Assessment result = assess(world.facts());
        QCOMPARE(result.observedAt, fresh);
        QCOMPARE(result.pane(PaneKind::Configs).observedAt, test::ago(std::chrono::minutes(4)));
    }

    void worstPaneDecides()
    {
        test::World world = healthWorld({Status::Ok, Status::Warning});
        world.add(PaneKind::Deployments, utf8("cap"), utf8("capistrano"), history("2.14.3", "ci-1"));
        Assessment result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Deployments).status, Status::Ok);
        QCOMPARE(result.pane(PaneKind::Health).status, Status::Warning);
        QCOMPARE(result.status, Status::Warning);
        world.fail(utf8("cap"), error(ErrorKind::BadData, "line 3 is cut off"));
        result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Deployments).status, Status::Unknown);
        QCOMPARE(result.status, Status::Unknown); // above warning in the table of words
    }

    void mutedCountsForNothing()
    {
        test::World world = healthWorld({Status::Ok, Status::Muted});
        QCOMPARE(assess(world.facts()).status, Status::Ok);
    }

    void aHostThatIsDownMarksEveryPaneOnIt()
    {
        test::World world = healthWorld({Status::Ok});
        world.add(PaneKind::Deployments, utf8("cap"), utf8("capistrano"), history("2.14.3", "ci-1"));
        world.entry(utf8("cap")).hosts = QStringList{utf8("web1")};
        world.add(PaneKind::Migrations, utf8("auto"), utf8("auto"), MigrationHistories{});
        world.link(utf8("web1"), false, LinkState::Down, utf8("timed out"));
        const Assessment result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Deployments).status, Status::Offline);
        QCOMPARE(result.pane(PaneKind::Health).status, Status::Offline);
        QCOMPARE(result.pane(PaneKind::Migrations).status, Status::Notice); // through db1
        QCOMPARE(result.status, Status::Offline);
    }

    void aHostDownWithoutAHealthPaneIsStillSeen()
    {
        test::World world;
        world.add(PaneKind::Deployments, utf8("cap"), utf8("capistrano"), history("2.14.3", "ci-1"));
        world.link(utf8("web2"), false, LinkState::Down, utf8("timed out"));
        const Assessment result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Health).status, Status::None);
        QCOMPARE(result.status, Status::Offline);
    }

    void oldestObservationIsTheAge()
    {
        test::World world = healthWorld({Status::Ok});
        world.add(PaneKind::Health, utf8("http"), utf8("http"), reportWith({Status::Ok}));
        world.observation(utf8("http")).lastGood->at = test::ago(40s);
        const Assessment result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Health).observedAt, test::ago(40s));
        QCOMPARE(result.observedAt, test::ago(40s));
    }

    void summarizesDeployments()
    {
        const auto summary = [](const DeploymentHistory &value) {
            test::World world;
            world.add(PaneKind::Deployments, utf8("cap"), utf8("capistrano"), value);
            return assess(world.facts()).pane(PaneKind::Deployments).summary;
        };
        QCOMPARE(summary(history("v2.14.3", "ci-1")), utf8("v2.14.3, 31 min ago by ci-1"));
        QCOMPARE(summary(history("", "")), utf8("20261120112900, 31 min ago"));
        DeploymentHistory mixed = history("v2.14.3", "ci-1");
        mixed.live.clear();
        for (const char *id : {"20261120112900", "20261117000000", "20261117000000"}) {
            HostRelease host;
            host.host = utf8("web");
            host.live = utf8(id);
            mixed.hosts.push_back(host);
        }
        QCOMPARE(summary(mixed), utf8("mixed: 2 releases on 3 hosts"));
        QCOMPARE(summary({}), utf8("no live release"));
    }

    void summarizesMigrations()
    {
        const auto summary = [](const MigrationHistories &value) {
            test::World world;
            world.add(PaneKind::Migrations, utf8("auto"), utf8("auto"), value);
            return assess(world.facts()).pane(PaneKind::Migrations).summary;
        };
        MigrationHistory one;
        one.current = utf8("118");
        one.filesFrom = utf8("web1:/srv");
        QCOMPARE(summary({{one}}), utf8("head 118"));
        MigrationHistory pending = one;
        pending.migrations.resize(3);
        pending.migrations[1].state = pending.migrations[2].state = MigrationState::Pending;
        QCOMPARE(summary({{pending}}), utf8("2 pending"));
        pending.migrations[0].state = MigrationState::Failed;
        QCOMPARE(summary({{pending}}), utf8("1 failed, 2 pending"));
        one.filesFrom.clear();
        QCOMPARE(summary({{one}}), utf8("head 118, pending not known"));
        QCOMPARE(summary({}), utf8("no history found"));
        one.readable = false;
        one.table = utf8("public.x");
        QCOMPARE(summary({{one}}), utf8("cannot read public.x"));
    }

    void summarizesBackups()
    {
        const auto summary = [](const BackupSet &value) {
            test::World world;
            world.add(PaneKind::Backups, utf8("b"), utf8("pgbackrest"), value);
            return assess(world.facts()).pane(PaneKind::Backups).summary;
        };
        BackupSet set;
        Backup full;
        full.finishedAt = test::ago(5h);
        set.backups = {full};
        QCOMPARE(summary(set), utf8("full 5 h ago"));
        set.archive = ArchiveState();
        set.archive->lag = 0s;
        QCOMPARE(summary(set), utf8("full 5 h ago, WAL all archived"));
        set.archive->lag = 12min;
        QCOMPARE(summary(set), utf8("full 5 h ago, WAL 12 min behind"));
        set.archive->lag.reset();
        QCOMPARE(summary(set), utf8("full 5 h ago, WAL archive not known"));
        set.archive.reset();
        set.backups[0].state = BackupState::Flawed;
        QCOMPARE(summary(set), utf8("no usable backup"));
        set.backups.clear();
        QCOMPARE(summary(set), utf8("no backup"));
        set.assessment.problem = utf8("repo_error");
        QCOMPARE(summary(set), utf8("repository not readable"));
    }

    void summarizesHealth()
    {
        const auto summary = [](std::initializer_list<Status> statuses) {
            const test::World world = healthWorld(statuses);
            return assess(world.facts()).pane(PaneKind::Health).summary;
        };
        QCOMPARE(summary({Status::Ok, Status::Ok}), utf8("2 of 2 ok"));
        QCOMPARE(summary({Status::Ok, Status::Critical, Status::Warning}), utf8("2 of 3 bad"));
        QCOMPARE(summary({Status::Ok, Status::Critical, Status::Unknown}), utf8("1 of 3 bad, 1 unknown"));
        QCOMPARE(summary({Status::Ok, Status::Unknown}), utf8("1 of 2 unknown"));
    }

    void saysWhatCannotBeRead()
    {
        test::World world = healthWorld({Status::Ok});
        world.observation(utf8("host")).lastGood.reset();
        world.fail(utf8("host"), error(ErrorKind::Timeout, "no answer within 20 s"));
        Assessment result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Health).summary, utf8("cannot read: no answer within 20 s"));
        QCOMPARE(result.pane(PaneKind::Health).status, Status::Unknown);
        world.add(PaneKind::Health, utf8("http"), utf8("http"), reportWith({Status::Ok}));
        result = assess(world.facts());
        QCOMPARE(result.pane(PaneKind::Health).summary, utf8("1 of 1 ok (1 source not read)"));
    }
};

QTEST_GUILESS_MAIN(TestAssessment)
#include "tst_assessment.moc"
