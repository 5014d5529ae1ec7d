// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackgates.h"
#include "ruleworld.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <functional>

using namespace taffrail;
using namespace std::chrono_literals;
using test::ago;
using test::World;

namespace {

DeploymentHistory deployments()
{
    DeploymentHistory history;
    history.app = QStringLiteral("shop");
    history.live = QStringLiteral("2");
    for (const char *host : {"web1", "web2"}) {
        HostRelease each;
        each.host = QString::fromLatin1(host);
        each.live = QStringLiteral("2");
        each.freeBytes = 10LL << 30;
        history.hosts.push_back(each);
    }
    for (const char *id : {"2", "1"}) {
        Release release;
        release.id = QString::fromLatin1(id);
        release.revision = QStringLiteral("rev") + release.id;
        release.presentOn = {QStringLiteral("web1"), QStringLiteral("web2")};
        history.releases.push_back(release);
        DeployEvent event;
        event.release = release.id;
        event.from = release.id == QLatin1String("2") ? QStringLiteral("1") : QString();
        event.kind = ReleaseKind::Deploy;
        event.outcome = release.id == QLatin1String("2") ? ReleaseStatus::Live : ReleaseStatus::Superseded;
        history.events.push_back(event);
    }
    return history;
}

MigrationHistories migrations(MigrationKind newest = MigrationKind::Expand)
{
    MigrationHistory history;
    history.source = QStringLiteral("rails");
    history.database = QStringLiteral("main");
    history.table = QStringLiteral("public.schema_migrations");
    for (const char *version : {"10", "20"}) {
        Migration migration;
        migration.version = QString::fromLatin1(version);
        migration.kinds = {migration.version == QLatin1String("20") ? newest : MigrationKind::Irreversible};
        migration.appliedAt = migration.version == QLatin1String("20") ? ago(1h) : ago(24h * 30);
        history.migrations.push_back(migration);
    }
    return {{history}};
}

BackupSet backups(bool archives = true)
{
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    Backup full;
    full.id = QStringLiteral("full-1");
    full.startedAt = ago(5h);
    full.finishedAt = ago(4h);
    set.backups = {full};
    set.assessment.count = 1;
    if (archives) {
        ArchiveState archive;
        archive.mode = QStringLiteral("on");
        archive.lag = 30s;
        archive.serverNow = test::noon();
        archive.lastArchivedAt = ago(30s);
        set.archive = archive;
    }
    return set;
}

HealthReport health(Status status = Status::Ok)
{
    HealthReport report;
    HealthCheck check;
    check.code = QStringLiteral("http.status");
    check.status = status;
    report.checks = {check};
    return report;
}

/// An environment in which everything allows going from release 2 back to release 1.
struct Scene {
    Scene()
    {
        world.environment.mode = Mode::Guarded;
        world.add(PaneKind::Deployments, QStringLiteral("capistrano"), QStringLiteral("capistrano"), deployments());
        world.add(PaneKind::Migrations, QStringLiteral("auto"), QStringLiteral("auto"), migrations());
        world.add(PaneKind::Backups, QStringLiteral("pgbackrest"), QStringLiteral("pgbackrest"), backups());
        world.add(PaneKind::Health, QStringLiteral("http"), QStringLiteral("http"), health());
        carried = {{QStringLiteral("main"),
                    QStringLiteral("public.schema_migrations"),
                    {QStringLiteral("10")},
                    {},
                    QStringLiteral("web1:/srv")}};
    }

    std::vector<Gate> gates()
    {
        const Facts facts = world.facts();
        const Observation &observation = *facts.snapshot.observation(QStringLiteral("capistrano"));
        const std::vector<Gate> all = rollbackGates(
            {facts, observation, *valueAs<DeploymentHistory>(observation), policy, QStringLiteral("1"), carried});
        for (const Gate &gate : all)
            checkAgainstCatalog(gate);
        return all;
    }
    /// resources/findings.json says of each gate which verdicts and evidence it has, and whether a block may be set
    /// aside.
    static void checkAgainstCatalog(const Gate &gate)
    {
        static const QJsonArray rows = [] {
            QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/findings.json"));
            return file.open(QIODevice::ReadOnly)
                ? QJsonDocument::fromJson(file.readAll()).object()[QStringLiteral("findings")].toArray()
                : QJsonArray();
        }();
        static const QHash<Verdict, QString> severities{{Verdict::Pass, QStringLiteral("ok")},
                                                        {Verdict::Warn, QStringLiteral("warning")},
                                                        {Verdict::Unknown, QStringLiteral("unknown")},
                                                        {Verdict::Block, QStringLiteral("critical")}};
        const auto row = std::ranges::find_if(rows, [&](const QJsonValueConstRef &each) {
            return each.toObject()[QStringLiteral("code")].toString() == gate.code;
        });
        QVERIFY2(row != rows.end(), qPrintable(gate.code));
        const QJsonObject found = row->toObject();
        QVERIFY2(found[QStringLiteral("severities")].toArray().contains(severities.value(gate.verdict)),
                 qPrintable(gate.code + QLatin1Char(' ') + verdictWord(gate.verdict)));
        if (gate.verdict == Verdict::Block || gate.verdict == Verdict::Unknown)
            QVERIFY2(gate.overridable == found[QStringLiteral("overridable")].toBool(), qPrintable(gate.code));
        for (const QString &key : gate.evidence.keys())
            QVERIFY2(found[QStringLiteral("evidence")].toArray().contains(key),
                     qPrintable(gate.code + QLatin1Char(' ') + key));
    }
    void set(const QString &entry, const Value &value)
    {
        world.observation(entry).lastGood->result = std::make_shared<const Value>(value);
    }

    World world{Tier::Production};
    RollbackPolicy policy;
    std::vector<CarriedMigrations> carried;
};

/// "block rollback.lock": every gate that does not pass.
QStringList notPassed(const std::vector<Gate> &gates)
{
    QStringList words;
    for (const Gate &gate : gates) {
        if (gate.verdict != Verdict::Pass)
            words << verdictWord(gate.verdict) + QLatin1Char(' ') + gate.code;
    }
    return words;
}

/// Whether every gate passes, but for those of `setAside` (codes) that somebody may set aside.
bool mayStart(const std::vector<Gate> &gates, const QStringList &setAside)
{
    return std::ranges::all_of(gates, [&](const Gate &gate) {
        const GateDemand demand = demandOf(gate);
        return demand == GateDemand::Nothing || (demand != GateDemand::Closed && setAside.contains(gate.code));
    });
}

using Change = std::function<void(Scene &)>;

} // namespace
Q_DECLARE_METATYPE(Change)

class TestRollbackGates : public QObject {
    Q_OBJECT

private slots:
    void aGoodSceneMayStart()
    {
        const std::vector<Gate> gates = Scene().gates();
        QCOMPARE(notPassed(gates), QStringList());
        QVERIFY(mayStart(gates, {}));
        for (const Gate &gate : gates)
            QVERIFY2(!gate.answer.isEmpty(), qPrintable(gate.code));
    }

    void oneThingWrong_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("gate");
        QTest::addColumn<bool>("overridable");
        const auto row = [](const char *name, const char *gate, bool overridable, const Change &change) {
            QTest::newRow(name) << change << QString::fromLatin1(gate) << overridable;
        };
        const auto onHistory = [](const std::function<void(DeploymentHistory &)> &edit) -> Change {
            return [edit](Scene &scene) {
                DeploymentHistory history = deployments();
                edit(history);
                scene.set(QStringLiteral("capistrano"), history);
            };
        };
        row("target gone", "block rollback.target", false,
            onHistory([](auto &history) { history.releases[1].presentOn.clear(); }));
        row("target failed", "block rollback.target", false,
            onHistory([](auto &history) { history.releases[1].status = ReleaseStatus::Failed; }));
        row("same content", "block rollback.target", false,
            onHistory([](auto &history) { history.releases[1].revision = history.releases[0].revision; }));
        row("never live", "warn rollback.target", true, onHistory([](auto &history) { history.events.clear(); }));
        row("host unreadable", "block rollback.host", false, onHistory([](auto &history) {
                history.hosts[1].error = Error{ErrorKind::Unreachable,
                                               QStringLiteral("connect"),
                                               QStringLiteral("web2"),
                                               QStringLiteral("no route"),
                                               {}};
            }));
        row("dangling", "warn rollback.host", true, onHistory([](auto &history) { history.hosts[1].dangling = true; }));
        row("locked", "block rollback.lock", false, onHistory([](auto &history) {
                history.locked = HeldLock{QStringLiteral("mary"), ago(10min), QStringLiteral("deploying")};
            }));
        row("no room", "block rollback.disk", true,
            onHistory([](auto &history) { history.hosts[0].freeBytes = 1000; }));
        row("room unknown", "warn rollback.disk", true,
            onHistory([](auto &history) { history.hosts[0].freeBytes = -1; }));
        row("migrations run", "block rollback.migration-lock", false, [](Scene &scene) {
            MigrationHistories all = migrations();
            all.histories[0].lock = HeldLock{QStringLiteral("app"), ago(1min), {}};
            scene.set(QStringLiteral("auto"), all);
        });
        row("old data", "unknown rollback.fresh", false,
            [](Scene &scene) { scene.world.observation(QStringLiteral("auto")).lastGood->at = ago(1h); });
        row("remembered", "unknown rollback.fresh", false,
            [](Scene &scene) { scene.world.snapshot.remembered = true; });
        row("files not read", "unknown rollback.schema", true, [](Scene &scene) { scene.carried.clear(); });
        row("rpo missed", "warn rollback.loss-now", true,
            [](Scene &scene) { scene.world.entry(QStringLiteral("pgbackrest")).target.rpo = 10s; });
        row("loss unknown", "unknown rollback.loss-now", true, [](Scene &scene) {
            BackupSet none = backups(false);
            none.backups.clear();
            scene.set(QStringLiteral("pgbackrest"), none);
        });
        row("no health", "unknown rollback.health", true,
            [](Scene &scene) { scene.world.observation(QStringLiteral("http")).lastGood.reset(); });
        row("clock off", "warn rollback.clock", true, [](Scene &scene) {
            HealthReport report = health();
            report.clockOffsetSeconds = 45;
            scene.set(QStringLiteral("http"), report);
        });
        row("clock far off", "block rollback.clock", true, [](Scene &scene) {
            HealthReport report = health();
            report.clockOffsetSeconds = -90;
            scene.set(QStringLiteral("http"), report);
        });
        row("window closed", "block rollback.window", true,
            [](Scene &scene) { scene.policy.window = QStringLiteral("Mon 08:00-09:00"); });
        row("window unreadable", "unknown rollback.window", true,
            [](Scene &scene) { scene.policy.window = QStringLiteral("soon"); });
        row("needs another person", "block rollback.approval", false, [](Scene &scene) { scene.policy.approvals = 1; });
        row("locked environment", "block rollback.approval", false,
            [](Scene &scene) { scene.world.environment.mode = Mode::Locked; });
    }

    void oneThingWrong()
    {
        QFETCH(Change, change);
        QFETCH(QString, gate);
        QFETCH(bool, overridable);
        Scene scene;
        change(scene);
        const std::vector<Gate> gates = scene.gates();
        QCOMPARE(notPassed(gates), QStringList{gate});
        QVERIFY(!mayStart(gates, {}));
        QCOMPARE(mayStart(gates, {gate.section(QLatin1Char(' '), 1)}), overridable);
    }

    void badHealthIsWhyOneRollsBack()
    {
        Scene scene;
        scene.set(QStringLiteral("http"), health(Status::Critical));
        const std::vector<Gate> gates = scene.gates();
        QVERIFY(mayStart(gates, {}));
        const auto found = std::ranges::find(gates, QStringLiteral("rollback.health"), &Gate::code);
        QVERIFY(found != gates.end());
        QVERIFY2(found->answer.contains(QLatin1String("http.status")), qPrintable(found->answer));
    }

    void aContractingMigrationBlocksAndNeedsAWayBack_data()
    {
        QTest::addColumn<bool>("archives");
        QTest::addColumn<bool>("isOld");
        QTest::addColumn<QStringList>("gates");
        QTest::newRow("backup and wal") << true << true << QStringList{QStringLiteral("block rollback.schema")};
        QTest::newRow("backup without wal")
            << false << true
            << QStringList{QStringLiteral("block rollback.schema"), QStringLiteral("block rollback.undo-point")};
        QTest::newRow("backup made after it")
            << true << false
            << QStringList{QStringLiteral("block rollback.schema"), QStringLiteral("block rollback.undo-point")};
    }

    void aContractingMigrationBlocksAndNeedsAWayBack()
    {
        QFETCH(bool, archives);
        QFETCH(bool, isOld);
        Scene scene;
        scene.set(QStringLiteral("auto"), migrations(MigrationKind::Contract));
        BackupSet set = backups(archives);
        if (!isOld) {
            set.backups[0].startedAt = ago(30min);
            set.backups[0].finishedAt = ago(20min);
        }
        scene.set(QStringLiteral("pgbackrest"), set);
        QTEST(notPassed(scene.gates()), "gates");
    }

    void onlyNamedEntriesCount()
    {
        Scene scene;
        scene.world.add(PaneKind::Migrations, QStringLiteral("other"), QStringLiteral("auto"),
                        migrations(MigrationKind::Contract));
        scene.policy.migrations = {QStringLiteral("auto")};
        QCOMPARE(notPassed(scene.gates()), QStringList());
    }
};

QTEST_GUILESS_MAIN(TestRollbackGates)
#include "tst_rollbackgates.moc"
