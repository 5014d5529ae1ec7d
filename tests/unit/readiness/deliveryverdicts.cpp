// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesssite.h"

using namespace std::chrono_literals;

namespace taffrail::test {

namespace {

DeploymentHistory history(const QStringList &live, int releases = 3)
{
    DeploymentHistory made;
    made.app = text("shop");
    made.live = live.size() > 1 && live[0] != live[1] ? QString() : live.value(0);
    for (qsizetype i = 0; i < live.size(); ++i) {
        HostRelease host;
        host.host = QStringLiteral("web%1").arg(i + 1);
        host.live = live[i];
        host.switchedAt = ago(std::chrono::seconds(3600 - i * 30));
        made.hosts.push_back(host);
    }
    for (int i = 0; i < releases; ++i) {
        Release release;
        release.id = QStringLiteral("r%1").arg(3 - i);
        release.deployedAt = ago(std::chrono::hours(i + 1));
        release.status = i == 0 ? ReleaseStatus::Live : ReleaseStatus::Available;
        for (const HostRelease &host : made.hosts) {
            release.presentOn << host.host;
            if (host.live == release.id)
                release.liveOn << host.host;
        }
        made.releases.push_back(release);
        DeployEvent event;
        event.release = release.id;
        event.at = release.deployedAt;
        event.kind = ReleaseKind::Deploy;
        made.events.push_back(event);
    }
    return made;
}

DeploymentHistory withRollback(std::chrono::hours age)
{
    DeploymentHistory made = history({text("r3")});
    DeployEvent event;
    event.release = text("r2");
    event.kind = ReleaseKind::Rollback;
    event.at = ago(age);
    event.actor = text("ada");
    made.events.insert(made.events.begin(), event);
    return made;
}

/// As Capistrano logs it: no time of its own, only between two deploys.
DeploymentHistory withBoundedRollback(std::chrono::hours earliest)
{
    DeploymentHistory made = withRollback(earliest);
    made.events.front().notBefore = std::exchange(made.events.front().at, {});
    made.events.front().notAfter = ago(1h);
    return made;
}

MigrationHistories migrations(const QList<QPair<const char *, MigrationState>> &list, std::chrono::hours age = 24h,
                              bool withFiles = true)
{
    MigrationHistory made;
    made.source = text("flyway");
    made.database = text("main");
    made.table = text("public.flyway_schema_history");
    made.filesFrom = withFiles ? text("web1:/srv") : QString();
    for (const auto &[version, state] : list) {
        Migration migration;
        migration.version = text(version);
        migration.state = state;
        migration.flags = {state};
        migration.appliedAt = state == MigrationState::Pending || age == 0h ? QDateTime() : ago(age);
        made.migrations.push_back(migration);
    }
    return {{made}};
}

BackupSet backups(std::chrono::hours age, const QStringList &places, Trust trust = Trust::Checksums)
{
    BackupSet set;
    set.source = text("pgbackrest");
    for (const QString &place : places) {
        Backup backup;
        backup.id = place;
        backup.startedAt = ago(age);
        backup.finishedAt = ago(age);
        backup.location = place;
        backup.trust = trust;
        backup.verifiedAt = ago(age);
        set.backups.push_back(backup);
    }
    set.assessment.ok = true;
    set.assessment.latestFinishedAt = ago(age);
    set.assessment.count = int(places.size());
    return set;
}

void targeted(Site &site, std::optional<std::chrono::seconds> every = 86400s * 7)
{
    site.entry(text("pgbackrest")).target.fullEvery = every;
}

QString day(int days)
{
    return ago(std::chrono::hours(0)).addDays(days).toString(Qt::ISODate);
}

/// With these keys of "readiness" in its inventory.
Site written(const QVariantMap &keys)
{
    Site site;
    site.environment.readiness = keys;
    return site;
}

/// With a Terraform state that holds these values and was last written so many days ago.
Site stated(const Pairs &values, const QVariantMap &keys = {}, int writtenDays = -60)
{
    Site site = written(keys);
    ConfigSet set = postureSet(text("web1"), values);
    ConfigFile file;
    file.host = text("web1");
    file.path = text("/srv/terraform.tfstate");
    file.modifiedAt = ago(std::chrono::hours(0)).addDays(writtenDays);
    set.files.push_back(file);
    site.add(PaneKind::Configs, text("state"), text("terraform"), set);
    return site;
}

} // namespace

std::vector<Case> healthVerdicts()
{
    const auto http = [](Status status, const char *words, Status body = Status::Ok) {
        return std::vector<HealthCheck>{check("http.status", status, words, 200), check("http.body", body, "says")};
    };
    const char *url = "https://shop.example.com/healthz";
    return {
        {"connections.tested", "up", Site().up("web1", false).up("main", true), Pass},
        {"connections.tested", "down", Site().up("web1", false).up("main", true, LinkState::Down), Fail,
         "database main"},
        {"connections.tested", "not tried", Site().up("web1", false), Unknown, "not tried"},
        {"connections.tested", "nothing", bare().with([](Site &site) { site.environment.hosts.clear(); }), Apart},
        {"health.endpoint", "there", Site().health("http", http(Status::Ok, "answers 200"), "url", url), Pass},
        {"health.endpoint", "says nothing",
         Site().health("http", http(Status::Ok, "answers 200", Status::Unknown), "url", url), Fail,
         "nothing of its health"},
        {"health.endpoint", "sick but there",
         Site().health("http", http(Status::Critical, "answers 503", Status::Critical), "url", url), Pass},
        {"health.endpoint", "none named", Site(), Unknown},
        {"health.honest", "lies",
         Site().up("main", true, LinkState::Down).health("http", http(Status::Ok, "answers 200"), "url", url), Fail,
         "while the database is away"},
        {"health.honest", "red with it",
         Site().up("main", true, LinkState::Down).health("http", http(Status::Critical, "answers 503"), "url", url),
         Pass},
        {"health.honest", "names its database",
         Site()
             .up("main", true)
             .health("http", http(Status::Ok, "answers 200"), "url", url)
             .web({{"health.components", "cache, db:ping"}}),
         Pass, "db:ping"},
        {"health.honest", "names others",
         Site()
             .up("main", true)
             .health("http", http(Status::Ok, "answers 200"), "url", url)
             .web({{"health.components", "disk, adb-server-thing"}}),
         Unknown},
        {"health.honest", "silent", Site().up("main", true).health("http", http(Status::Ok, "answers 200"), "url", url),
         Unknown},
        {"health.honest", "no database", bare(), Apart},
        {"metrics.exposed", "by address", Site().web({{"metrics.state", "exposed"}}), Pass},
        {"metrics.exposed", "by port", Site().host({{"listen.ports", "22,9100"}}), Pass, "node_exporter"},
        {"metrics.exposed", "another port", Site().host({{"listen.ports", "22,19100"}}), Unknown},
        {"alerts.tested", "not set up", Site(), Apart, "not set up"},
        {"alerts.tested", "lately", written({{text("alerts_tested_at"), day(-20)}}), Pass, "20 d ago"},
        {"alerts.tested", "long ago", written({{text("alerts_tested_at"), day(-100)}}), Fail, "100 d ago"},
        {"alerts.tested", "long ago, and seldom asked for",
         written({{text("alerts_tested_at"), day(-100)}, {text("alerts_tested_every"), text("365d")}}), Pass},
        {"alerts.tested", "to come", written({{text("alerts_tested_at"), day(3)}}), Unknown, "still to come"},
        {"alerts.tested", "a channel alone",
         Site().health("alertmanager", {check("alertmanager.alerts", Status::Ok, "none")}), Unknown, "no test"},
        {"alerts.tested", "a channel, tested",
         written({{text("alerts_tested_at"), day(-1)}})
             .health("alertmanager", {check("alertmanager.alerts", Status::Ok, "none")}),
         Pass},
        {"db.connections-watched", "watched",
         Site().health("postgres", {check("postgres.connections", Status::Ok, "3 of 97")}), Pass, "3 of 97"},
        {"db.connections-watched", "not watched", Site(), Fail},
        {"db.connections-watched", "hidden",
         Site().health("postgres", {check("postgres.connections", Status::Unknown, "hidden")}), Unknown},
        {"clock.in-step", "in step", Site().health("host", {check("host.clock", Status::Ok, "agrees")}), Pass},
        {"clock.in-step", "off", Site().health("host", {check("host.clock", Status::Notice, "4 s ahead")}), Fail,
         "4 s"},
        {"clock.in-step", "not read", Site(), Unknown},
        {"runbook.reachable", "none", Site(), Fail},
        {"runbook.reachable", "there", Site().with([](Site &site) {
             site.environment.runbook = text("https://r/");
             site.add(PaneKind::Configs, text("r"), text("reachable"),
                      postureSet({}, {{"reachable.state", "yes|answers 200"}}));
         }),
         Pass},
        {"runbook.reachable", "away", Site().with([](Site &site) {
             site.environment.runbook = text("https://r/");
             site.add(PaneKind::Configs, text("r"), text("reachable"),
                      postureSet({}, {{"reachable.state", "no|answers 404"}}));
         }),
         Fail, "404"},
        {"runbook.reachable", "not asked",
         Site().with([](Site &site) { site.environment.runbook = text("https://r/"); }), Unknown},
    };
}

std::vector<Case> deploymentVerdicts()
{
    const auto deployed
        = [](const DeploymentHistory &made) { return Site().value(PaneKind::Deployments, "capistrano", made); };
    const auto applied = MigrationState::Applied;
    const auto staged = [](const MigrationHistories &here, const MigrationHistories &there) {
        return Site().value(PaneKind::Migrations, "auto", here).with([&](Site &site) {
            site.environment.promotesFrom = text("shop-staging");
            site.sibling(text("shop-staging"), PaneKind::Migrations, there);
        });
    };
    return {
        {"deploy.same-everywhere", "same", deployed(history({text("r3"), text("r3")})), Pass},
        {"deploy.same-everywhere", "mixed", deployed(history({text("r3"), text("r2")})), Fail, "web2 runs r2"},
        {"deploy.same-everywhere", "not read",
         Site().with([](Site &site) { site.addEntry(PaneKind::Deployments, text("c"), text("capistrano")); }), Unknown},
        {"deploy.same-everywhere", "not named", Site(), Unknown},
        {"deploy.way-back", "kept", deployed(history({text("r3")})), Pass, "r2"},
        {"deploy.way-back", "not named", Site(), Unknown},
        {"deploy.way-back", "none", deployed(history({text("r3")}, 1)), Fail},
        {"deploy.no-downtime", "one by one", deployed(history({text("r3"), text("r3")})), Pass, "30 s apart"},
        {"deploy.no-downtime", "one host", deployed(history({text("r3")})), Unknown},
        {"config.separate", "linked", Site().host({{"code./a.scanned", "3"}, {"code./a.config_linked", ".env"}}), Pass},
        {"config.separate", "inside",
         Site().host({{"code./a.scanned", "3"}, {"code./a.config_inside", "config/database.yml"}}), Fail,
         "database.yml"},
        {"config.separate", "neither", Site().host({{"code./a.scanned", "3"}}), Unknown},
        {"deploy.balancer-checks", "checked",
         Site().host({{"nginx_upstream.app.servers", "2"}, {"nginx_upstream.app.unchecked", "0"}}), Pass},
        {"deploy.balancer-checks", "unchecked",
         Site().host({{"haproxy_backend.app.servers", "2"}, {"haproxy_backend.app.unchecked", "1"}}), Fail},
        {"deploy.balancer-checks", "one host", Site().host({}), Apart},
        {"deploy.balancer-checks", "not seen", deployed(history({text("r3"), text("r3")})).host({}), Unknown},
        {"containers.pinned", "pinned", Site().host({{"containers.shop.image", "shop@sha256:abc"}}), Pass},
        {"containers.pinned", "by tag", Site().host({{"containers.shop.image", "shop:42"}}), Fail, "shop:42"},
        {"containers.pinned", "no right", Site().host({}, {{"containers", "permission denied"}}), Unknown},
        {"containers.pinned", "none", Site().host({}), Apart},
        {"infrastructure.in-step", "not set up", Site(), Apart, "not set up"},
        {"infrastructure.in-step", "a state alone", stated({{"aws_instance.web.id", "i-1"}}), Unknown, "no plan"},
        {"infrastructure.in-step", "planned lately",
         stated({{"aws_instance.web.id", "i-1"}}, {{text("infrastructure_in_step_at"), day(-2)}}), Pass, "2 d ago"},
        {"infrastructure.in-step", "planned long ago",
         stated({{"aws_instance.web.id", "i-1"}}, {{text("infrastructure_in_step_at"), day(-40)}}), Fail},
        {"infrastructure.in-step", "changed after the plan",
         stated({{"aws_instance.web.id", "i-1"}}, {{text("infrastructure_in_step_at"), day(-20)}}, -10), Unknown,
         "after that plan"},
        {"infrastructure.in-step", "tainted",
         stated({{"aws_instance.web.status", "tainted"}}, {{text("infrastructure_in_step_at"), day(-2)}}), Fail,
         "aws_instance.web is tainted"},
        {"infrastructure.in-step", "deposed", stated({{"aws_instance.web.deposed.ab12.id", "i-0"}}), Fail, "deposed"},
        {"infrastructure.in-step", "a check fails", stated({{"checks.\"aws_lb.front\"", "fail"}}), Fail,
         "aws_lb.front"},
        {"rollback.rehearsed", "lately", deployed(withRollback(48h)), Pass, "by ada"},
        {"rollback.rehearsed", "long ago", deployed(withRollback(24h * 200)), Fail},
        {"rollback.rehearsed", "lately by its bounds", deployed(withBoundedRollback(48h)), Pass, "by ada"},
        {"rollback.rehearsed", "perhaps long ago", deployed(withBoundedRollback(24h * 200)), Fail},
        {"rollback.rehearsed", "never", deployed(history({text("r3")})), Fail},
        {"rollback.rehearsed", "not read", Site(), Unknown},
        {"migrations.automated", "kept", Site().value(PaneKind::Migrations, "auto", migrations({{"1", applied}})),
         Pass},
        {"migrations.automated", "none", Site().value(PaneKind::Migrations, "auto", MigrationHistories()), Fail},
        {"migrations.automated", "not named", Site(), Unknown},
        {"migrations.automated", "no database", bare(), Apart},
        {"migrations.clean", "clean", Site().value(PaneKind::Migrations, "auto", migrations({{"1", applied}})), Pass},
        {"migrations.clean", "pending",
         Site().value(PaneKind::Migrations, "auto", migrations({{"1", applied}, {"2", MigrationState::Pending}})),
         Fail},
        {"migrations.clean", "dirty",
         Site().value(PaneKind::Migrations, "auto", migrations({{"1", MigrationState::Dirty}})), Fail},
        {"migrations.clean", "no files",
         Site().value(PaneKind::Migrations, "auto", migrations({{"1", applied}}, 24h, false)), Unknown},
        {"migrations.staging-first", "first there",
         staged(migrations({{"1", applied}}, 1h), migrations({{"1", applied}}, 9h)), Pass},
        {"migrations.staging-first", "later there",
         staged(migrations({{"1", applied}}, 9h), migrations({{"1", applied}}, 1h)), Fail, "before"},
        {"migrations.staging-first", "not there",
         staged(migrations({{"1", applied}}), migrations({{"1", MigrationState::Pending}})), Fail, "not in"},
        {"migrations.staging-first", "no times",
         staged(migrations({{"1", applied}}, 0h), migrations({{"1", applied}}, 0h)), Unknown},
        {"migrations.staging-first", "not said",
         Site().value(PaneKind::Migrations, "auto", migrations({{"1", applied}})), Unknown},
        {"migrations.staging-first", "staging itself",
         Site(Tier::Staging).value(PaneKind::Migrations, "auto", migrations({{"1", applied}})), Apart},
    };
}

std::vector<Case> dataVerdicts()
{
    const auto backed = [](const BackupSet &set, std::optional<std::chrono::seconds> every = 86400s * 7) {
        return Site().value(PaneKind::Backups, "pgbackrest", set).with([&](Site &site) { targeted(site, every); });
    };
    const QStringList two{text("repo1"), text("repo2")};
    return {
        {"db.foreign-keys", "indexed", Site().database({{"indexes.counted_s", "9"}}), Pass},
        {"db.foreign-keys", "lacking", Site().database({{"indexes.foreign_keys.k1", "payments has no index"}}), Fail,
         "payments"},
        {"db.foreign-keys", "unread", Site().database({}, {{"indexes", "timed out"}}), Unknown},
        {"db.foreign-keys", "no database", bare(), Apart},
        {"db.unused-indexes", "used", Site().database({{"indexes.counted_s", "9999999"}}), Pass},
        {"db.unused-indexes", "unused",
         Site().database({{"indexes.counted_s", "9999999"}, {"indexes.unused.u1", "a was never used"}}), Fail},
        {"db.unused-indexes", "too early",
         Site().database({{"indexes.counted_s", "60"}, {"indexes.unused.u1", "a was never used"}}), Unknown, "a week"},
        {"db.unused-indexes", "standbys",
         Site().database({{"indexes.counted_s", "9999999"}, {"indexes.standbys", "1"}}), Unknown},
        {"db.large-scans", "none", Site().database({{"indexes.counted_s", "9999999"}}), Pass},
        {"db.large-scans", "some",
         Site().database({{"indexes.counted_s", "60"}, {"indexes.scans.s1", "orders: 400 whole reads"}}), Fail,
         "orders"},
        {"db.large-scans", "too early", Site().database({{"indexes.counted_s", "60"}}), Unknown},
        {"capacity.forecast", "no looks", Site(), Unknown},
        {"backup.policy", "fresh", backed(backups(5h, two)), Pass},
        {"backup.policy", "old", backed(backups(24h * 9, two)), Fail},
        {"backup.policy", "no target", backed(backups(5h, two), std::nullopt), Unknown, "no target"},
        {"backup.policy", "not named", Site(), Fail},
        {"backup.policy", "not read",
         Site().with([](Site &site) { site.addEntry(PaneKind::Backups, text("p"), text("pgbackrest")); }), Unknown},
        {"backup.policy", "no database", bare(), Apart},
        {"backup.places", "two", backed(backups(5h, two)), Pass},
        {"backup.places", "one", backed(backups(5h, {text("repo1")})), Fail, "1 place"},
        {"backup.places", "not named", Site(), Unknown},
        {"backup.restore-tested", "restored", backed(backups(5h, two, Trust::Restored)), Pass},
        {"backup.restore-tested", "long ago", backed(backups(24h * 200, two, Trust::Queried)), Fail},
        {"backup.restore-tested", "a checksum is none", backed(backups(5h, two)), Unknown, "checksums"},
    };
}

} // namespace taffrail::test
