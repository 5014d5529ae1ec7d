// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <functional>

namespace taffrail::test {

namespace {

using namespace std::chrono_literals;

HealthReport report(const QHash<QString, double> &counters = {}, const char *epoch = "boot-1")
{
    HealthReport result;
    result.source = text("host");
    result.counters = counters;
    result.epoch = text(epoch);
    return result;
}

World hostWorld(const HealthReport &value)
{
    World world;
    world.add(PaneKind::Health, text("host"), text("host"), value);
    world.entry(text("host")).hosts = QStringList{text("web1")};
    return world;
}

RuleCase checked(const char *name, Status status, const char *expected)
{
    HealthReport value = report();
    HealthCheck check;
    check.code = text("host.disk");
    check.subject = text("/srv");
    check.host = text("web1");
    check.status = status;
    check.value = 4.5;
    check.unit = text("%");
    check.warning = 10;
    check.critical = 5;
    check.text = text("4.5 % free on /srv");
    check.dataAt = ago(1min);
    value.checks = {check};
    return {name, hostWorld(value), *expected ? QStringList{text(expected)} : QStringList()};
}

RuleCase offset(const char *name, double seconds, double error, const char *expected)
{
    HealthReport value = report();
    value.clockOffsetSeconds = seconds;
    value.clockErrorSeconds = error;
    return {name, hostWorld(value), *expected ? QStringList{text(expected)} : QStringList()};
}

/// A counter that went from one value to another between two looks, 30 s apart unless told.
RuleCase grew(const char *name, const char *counter, double from, double to, const char *expected,
              std::chrono::seconds span = 30s, const char *epochBefore = "boot-1")
{
    World world = hostWorld(report({{text(counter), to}}));
    world.previous(text("host"), 5s + span, report({{text(counter), from}}, epochBefore));
    return {name, world, *expected ? QStringList{text(expected)} : QStringList()};
}

RuleCase busy(const char *name, double percent, const char *expected)
{
    World world = hostWorld(report({{text("cpu.busy"), 1000 + percent * 30}, {text("cpu.total"), 9000 + 3000}}));
    world.previous(text("host"), 35s, report({{text("cpu.busy"), 1000}, {text("cpu.total"), 9000}}));
    return {name, world, *expected ? QStringList{text(expected)} : QStringList()};
}

Error timedOut()
{
    return {ErrorKind::Timeout, text("probe"), text("web1"), text("no answer within 20 s"), text("Look at the host.")};
}

void addCheckCases(std::vector<RuleCase> &cases)
{
    cases.push_back(checked("check ok", Status::Ok, ""));
    cases.push_back(checked("check muted", Status::Muted, ""));
    cases.push_back(checked("check notice", Status::Notice, "notice host.disk web1 /srv"));
    cases.push_back(checked("check warning", Status::Warning, "warning host.disk web1 /srv"));
    cases.push_back(checked("check critical", Status::Critical, "critical host.disk web1 /srv"));
    cases.push_back(checked("check unknown stays unknown", Status::Unknown, "unknown host.disk web1 /srv"));
    RuleCase folded = checked("an unknown behind a host that is down is counted there", Status::Unknown,
                              "offline host.offline web1");
    folded.world.link(text("web1"), false, LinkState::Down, text("timed out"));
    cases.push_back(folded);
    RuleCase bad = checked("a known bad check stays beside the host that is down", Status::Critical,
                           "critical host.disk web1 /srv");
    bad.world.link(text("web1"), false, LinkState::Down, text("timed out"));
    bad.expected << text("offline host.offline web1");
    cases.push_back(bad);

    cases.push_back(offset("clock right", 0.4, 1, ""));
    cases.push_back(offset("clock off within the bound", 2.9, 1, ""));
    cases.push_back(offset("clock 4 s ahead", 4, 1, "notice clock.offset web1"));
    cases.push_back(offset("clock 4 s behind", -4, 1, "notice clock.offset web1"));
    cases.push_back(offset("clock half a minute off", -32, 1, "warning clock.offset web1"));
    cases.push_back(offset("clock 5 minutes off", 300, 1, "unknown clock.offset web1"));
    for (const double seconds : {32.0, 300.0}) { // the source has its own word for it
        HealthReport value = report();
        value.clockOffsetSeconds = seconds;
        HealthCheck check;
        check.code = text("host.clock");
        check.host = text("web1");
        check.status = Status::Warning;
        value.checks = {check};
        QStringList expected{text("warning host.clock web1")};
        if (seconds > 60)
            expected.prepend(text("unknown clock.offset web1"));
        cases.push_back(
            {"clock judged by its source, " + QByteArray::number(seconds) + " s", hostWorld(value), expected});
    }
}

void addRateCases(std::vector<RuleCase> &cases)
{
    cases.push_back(grew("oom kill", "oom_kill", 3, 4, "critical host.oom-kill web1"));
    cases.push_back(grew("no oom kill", "oom_kill", 4, 4, ""));
    cases.push_back(grew("oom counter of one of several hosts", "web2/oom_kill", 0, 1, "critical host.oom-kill web2"));
    cases.push_back(grew("another counter with such a name", "my_oom_kills", 0, 9, ""));
    cases.push_back(grew("counter ran backwards", "oom_kill", 9, 1, ""));
    cases.push_back(grew("the machine was restarted between", "oom_kill", 0, 5, "", 30s, "boot-0"));
    cases.push_back(grew("the same look", "oom_kill", 0, 5, "", 0s));
    cases.push_back(grew("a unit restarts again and again", "restarts.shop.service", 3, 9,
                         "warning host.restart-loop shop.service"));
    cases.push_back(grew("one restart", "restarts.shop.service", 3, 4, ""));
    cases.push_back(grew("two restarts in ten minutes", "restarts.shop.service", 3, 5, "", 600s));
    cases.push_back(grew("deadlocks", "deadlocks", 10, 14, "warning postgres.deadlocks web1"));
    cases.push_back(grew("a deadlock", "deadlocks", 10, 11, ""));
    cases.push_back(grew("deadlocks of one database", "db.shop.deadlocks", 10, 14, "warning postgres.deadlocks shop"));
    cases.push_back(grew("restarts on one of several hosts", "web2/restarts.shop.service", 3, 9,
                         "warning host.restart-loop web2 shop.service"));
    cases.push_back(grew("connections dropped", "nginx.dropped", 3, 9, "warning nginx.dropped-now web1"));
    cases.push_back(grew("turned read-only", "mount.readonly./srv", 0, 1, "critical host.turned-readonly /srv"));
    cases.push_back(grew("was read-only before", "mount.readonly./srv", 1, 1, ""));
    cases.push_back(grew("much spilled to disk", "db.shop.temp_bytes", 0, 2e9, "warning postgres.temp-files shop"));
    cases.push_back(grew("little spilled to disk", "db.shop.temp_bytes", 0, 2e8, ""));
    cases.push_back(
        grew("checksum failure", "checksum_failures.shop", 0, 1, "critical postgres.checksum-failures shop"));
    cases.push_back(busy("processors busy", 97, "notice host.cpu web1"));
    cases.push_back(busy("processors working", 60, ""));
    RuleCase first = {"first look", hostWorld(report({{text("oom_kill"), 7}})), {}};
    cases.push_back(first);
}

void addObservationCases(std::vector<RuleCase> &cases)
{
    RuleCase failed{"a try failed", hostWorld(report()), {text("unknown observation.failed web1")}};
    failed.world.fail(text("host"), timedOut());
    cases.push_back(failed);
    RuleCase cancelled{"a superseded try says nothing", hostWorld(report()), {}};
    cancelled.world.fail(text("host"), {ErrorKind::Cancelled, {}, {}, {}, {}});
    cases.push_back(cancelled);
    RuleCase keep{"on_no_data keep", hostWorld(report()), {text("notice observation.failed web1")}};
    keep.world.fail(text("host"), timedOut());
    keep.world.entry(text("host")).onNoData = text("keep");
    cases.push_back(keep);
    RuleCase keepNothing{
        "on_no_data keep has nothing to keep", hostWorld(report()), {text("unknown observation.failed web1")}};
    keepNothing.world.fail(text("host"), timedOut());
    keepNothing.world.entry(text("host")).onNoData = text("keep");
    keepNothing.world.observation(text("host")).lastGood.reset();
    cases.push_back(keepNothing);
    RuleCase folded{"a failure behind a host that is down is counted there",
                    hostWorld(report()),
                    {text("offline host.offline web1")}};
    folded.world.fail(text("host"), timedOut()).link(text("web1"), false, LinkState::Down, text("timed out"));
    cases.push_back(folded);
    RuleCase partly{"one of two hosts down: the entry still speaks",
                    hostWorld(report()),
                    {text("offline host.offline web1"), text("unknown observation.failed web1")}};
    partly.world.fail(text("host"), timedOut()).link(text("web1"), false, LinkState::Down, text("timed out"));
    partly.world.entry(text("host")).hosts << text("web2");
    cases.push_back(partly);
    RuleCase pending{"never read", World(), {text("unknown observation.pending host")}};
    pending.world.addEntry(PaneKind::Health, text("host"), text("host"));
    cases.push_back(pending);
    RuleCase config{"configs are not read in this version", World(), {}};
    config.world.addEntry(PaneKind::Configs, text("dotenv"), text("dotenv"));
    cases.push_back(config);
    RuleCase stale{"old data", hostWorld(report()), {text("stale observation.stale web1")}};
    stale.world.observation(text("host")).lastGood->at = ago(91s);
    cases.push_back(stale);
    RuleCase fresh{"three intervals are not old yet", hostWorld(report()), {}};
    fresh.world.observation(text("host")).lastGood->at = ago(90s);
    cases.push_back(fresh);
    RuleCase slow{"a slow source is held against its own interval", hostWorld(report()), {}};
    slow.world.observation(text("host")).lastGood->at = ago(14min);
    slow.world.observation(text("host")).interval = 5min;
    cases.push_back(slow);
    RuleCase future{
        "a value from the future is no fresh value", hostWorld(report()), {text("stale observation.stale web1")}};
    future.world.observation(text("host")).lastGood->at = ago(-10min);
    cases.push_back(future);
    RuleCase database{"database down", World(), {text("offline database.offline main")}};
    database.world.add(PaneKind::Health, text("postgres"), text("postgres"), report());
    database.world.entry(text("postgres")).database = text("main");
    database.world.fail(text("postgres"), timedOut()).link(text("main"), true, LinkState::Down, text("refused"));
    cases.push_back(database);
    RuleCase through = database;
    through.name = "a database behind a host that is down is counted there";
    through.world.link(text("db1"), false, LinkState::Down, text("timed out"));
    through.expected = QStringList{text("offline host.offline db1")};
    cases.push_back(through);
    RuleCase rights{"a role without pg_monitor", World(), {text("notice database.rights main")}};
    rights.world.link(text("main"), true, LinkState::Up);
    rights.world.snapshot.links.back().missingGrants << text("GRANT pg_monitor TO \"reader\";");
    cases.push_back(rights);
    RuleCase lost{
        "a database that is down is not told to be without rights", World(), {text("offline database.offline main")}};
    lost.world = rights.world;
    lost.world.snapshot.links.back().state = LinkState::Down;
    cases.push_back(lost);
    RuleCase connecting{"connecting is not down", hostWorld(report()), {}};
    connecting.world.link(text("web1"), false, LinkState::Connecting).link(text("web2"), false, LinkState::Up);
    cases.push_back(connecting);
}

} // namespace

std::vector<RuleCase> healthCases()
{
    std::vector<RuleCase> cases;
    addCheckCases(cases);
    addRateCases(cases);
    addObservationCases(cases);
    return cases;
}

} // namespace taffrail::test
