// SPDX-License-Identifier: GPL-3.0-or-later
#include "verifier.h"

#include "../rollback/runcases.h"

#include <QTest>

#include <functional>

using namespace taffrail;

namespace {

/// What is read after a switch, good as it stands.
struct Scene {
    RollbackPlan plan = runcases::plan({QStringLiteral("web1"), QStringLiteral("web2")});
    EnvironmentSpec environment;
    DeploymentHistory history;
    HealthReport health;
    MigrationHistories migrations;
    QStringList before;

    Scene()
    {
        plan.badBefore = {QStringLiteral("load web1")};
        const auto entry = [this](PaneKind pane, const char *id) {
            SourceEntry each;
            each.pane = pane;
            each.id = QString::fromLatin1(id);
            environment.entries.push_back(each);
        };
        entry(PaneKind::Deployments, "capistrano");
        entry(PaneKind::Health, "http");
        entry(PaneKind::Migrations, "auto");
        for (const HostPlan &host : plan.hosts) {
            HostRelease release;
            release.host = host.host;
            release.live = release.running = plan.target;
            release.revision = plan.targetRevision;
            history.hosts.push_back(release);
        }
        HealthCheck good, known;
        good.code = QStringLiteral("http.status");
        good.status = Status::Ok;
        known.code = QStringLiteral("load");
        known.subject = QStringLiteral("web1");
        known.status = Status::Critical;
        health.checks = {good, known};
        MigrationHistory tool;
        tool.database = QStringLiteral("main");
        tool.table = QStringLiteral("public.schema_migrations");
        tool.current = QStringLiteral("7");
        migrations.histories = {tool};
        before = {QStringLiteral("main public.schema_migrations 7")};
    }
    static Observation seen(const SourceEntry &entry, Value value)
    {
        Observation observation;
        observation.pane = entry.pane;
        observation.entry = entry.id;
        Attempt attempt;
        attempt.at = QDateTime::currentDateTimeUtc();
        attempt.result = std::make_shared<const Value>(std::move(value));
        observation.lastGood = observation.lastAttempt = attempt;
        return observation;
    }
    VerificationLook look() const
    {
        return lookOf(plan, environment,
                      {seen(environment.entries[0], history), seen(environment.entries[1], health),
                       seen(environment.entries[2], migrations)},
                      before);
    }
};

using Change = std::function<void(Scene &)>;

} // namespace
Q_DECLARE_METATYPE(Change)

class TestVerifier : public QObject {
    Q_OBJECT

private slots:
    void goodIsGoodAndProved();
    void whatIsNotAsItMustBe_data();
    void whatIsNotAsItMustBe();
    void nothingReadIsNothingProved();
};

void TestVerifier::goodIsGoodAndProved()
{
    const VerificationLook look = Scene().look();
    QCOMPARE(look.problems, QStringList());
    QCOMPARE(look.proofs.size(), 2);
    QVERIFY(look.proofs.value(QStringLiteral("web1")).contains(QStringLiteral("its process runs")));
    QCOMPARE(look.histories, Scene().before);
}

void TestVerifier::whatIsNotAsItMustBe_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char *name, const char *problem, const Change &change) {
        QTest::newRow(name) << change << QString::fromLatin1(problem);
    };
    row("another release", "web2 has 1 live", [](Scene &scene) { scene.history.hosts[1].live = QStringLiteral("1"); });
    row("no release", "web2 has nothing live", [](Scene &scene) { scene.history.hosts[1].live.clear(); });
    row("dangling", "web1 has", [](Scene &scene) { scene.history.hosts[0].dangling = true; });
    row("the old process", "still runs 1", [](Scene &scene) { scene.history.hosts[0].running = QStringLiteral("1"); });
    row("another revision", "another revision",
        [](Scene &scene) { scene.history.hosts[0].revision = QString(40, QLatin1Char('f')); });
    row("a host that is silent", "web1 can't be read", [](Scene &scene) {
        scene.history.hosts[0].error
            = Error{ErrorKind::Timeout, {}, QStringLiteral("web1"), QStringLiteral("silence"), {}};
    });
    row("ill", "http.status is critical", [](Scene &scene) { scene.health.checks[0].status = Status::Critical; });
    row("the named gate warns", "http.status is warning",
        [](Scene &scene) { scene.health.checks[0].status = Status::Warning; });
    row("not known", "http.status is unknown", [](Scene &scene) { scene.health.checks[0].status = Status::Unknown; });
    row("somebody migrated", "the migrations changed",
        [](Scene &scene) { scene.migrations.histories[0].current = QStringLiteral("8"); });
}

void TestVerifier::whatIsNotAsItMustBe()
{
    QFETCH(Change, change);
    QFETCH(QString, problem);
    Scene scene;
    change(scene);
    const VerificationLook look = scene.look();
    QCOMPARE(look.problems.size(), 1);
    QVERIFY2(look.problems.first().contains(problem), qPrintable(look.problems.first()));
}

void TestVerifier::nothingReadIsNothingProved()
{
    const Scene scene;
    QVERIFY(!lookOf(scene.plan, scene.environment, {}, {}).problems.isEmpty());
    // A warning elsewhere wakes nobody, unless it was named as the gate.
    Scene open;
    open.plan.healthGate.clear();
    open.health.checks[0].status = Status::Warning;
    QCOMPARE(open.look().problems, QStringList());
}

QTEST_GUILESS_MAIN(TestVerifier)
#include "tst_verifier.moc"
