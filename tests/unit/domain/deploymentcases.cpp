// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <functional>

namespace taffrail::test {

namespace {

using namespace std::chrono_literals;

Release release(const char *id, ReleaseStatus status, std::chrono::seconds age)
{
    Release result;
    result.id = text(id);
    result.status = status;
    result.deployedAt = ago(age);
    result.deployedBy = text("ci-1");
    result.presentOn = {text("web1"), text("web2")};
    return result;
}

/// Two hosts on r3, r2 and r1 behind it, all well.
DeploymentHistory wellHistory()
{
    DeploymentHistory history;
    history.source = text("capistrano");
    history.app = text("shop");
    history.live = text("r3");
    for (const char *host : {"web1", "web2"}) {
        HostRelease each;
        each.host = text(host);
        each.live = text("r3");
        each.revision = text("9f31c2aa01");
        each.switchedAt = ago(1h);
        history.hosts.push_back(each);
    }
    history.releases = {release("r3", ReleaseStatus::Live, 1h), release("r2", ReleaseStatus::Available, 48h),
                        release("r1", ReleaseStatus::Available, 96h)};
    history.releases[0].revision = text("9f31c2aa01");
    history.releases[0].liveOn = {text("web1"), text("web2")};
    history.releases[1].deploysUntilPruned = 3;
    DeployEvent event;
    event.release = text("r3");
    event.kind = ReleaseKind::Deploy;
    event.outcome = ReleaseStatus::Live;
    event.at = ago(1h);
    history.events = {event};
    history.keepReleases = 5;
    return history;
}

World worldOf(const DeploymentHistory &history, Tier tier = Tier::Production)
{
    return World(tier).add(PaneKind::Deployments, text("cap"), text("capistrano"), history);
}

RuleCase change(const char *name, const std::function<void(DeploymentHistory &)> &edit, const QStringList &expected,
                Tier tier = Tier::Production)
{
    DeploymentHistory history = wellHistory();
    edit(history);
    return {name, worldOf(history, tier), expected};
}

HealthReport reporting(const char *version)
{
    HealthReport report;
    report.source = text("http");
    report.version = text(version);
    return report;
}

RuleCase reported(const char *name, const char *version, const std::function<void(DeploymentHistory &)> &edit,
                  const QStringList &expected)
{
    RuleCase result = change(name, edit, expected);
    result.world.add(PaneKind::Health, text("http"), text("http"), reporting(version));
    return result;
}

RuleCase promoted(const char *name, const std::function<void(DeploymentHistory &)> &edit, const QStringList &expected)
{
    RuleCase result = change(
        name, [](DeploymentHistory &) {}, expected);
    DeploymentHistory theirs = wellHistory();
    edit(theirs);
    result.world.environment.promotesFrom = text("shop-staging");
    result.world.sibling(text("shop-staging"), PaneKind::Deployments, theirs);
    return result;
}

void failNewest(DeploymentHistory &history, ReleaseStatus status, std::chrono::seconds age)
{
    history.releases.insert(history.releases.begin(), release("r4", status, age));
}

void addStateCases(std::vector<RuleCase> &cases)
{
    cases.push_back(change("all well", [](DeploymentHistory &) {}, {}));
    cases.push_back(change("hosts disagree",
                           [](DeploymentHistory &h) {
                               h.live.clear();
                               h.hosts[1].live = text("r2");
                           },
                           {text("critical deploy.mixed shop")}));
    cases.push_back(change("one host runs nothing",
                           [](DeploymentHistory &h) {
                               h.live.clear();
                               h.hosts[1].live.clear();
                           },
                           {text("critical deploy.mixed shop")}));
    cases.push_back(change("same id, other contents",
                           [](DeploymentHistory &h) { h.hosts[1].revision = text("77ab10"); },
                           {text("critical deploy.mixed shop")}));
    cases.push_back(
        change("a host that cannot be read does not make it mixed",
               [](DeploymentHistory &h) {
                   h.hosts[1].live.clear();
                   h.hosts[1].revision.clear();
                   h.hosts[1].error = Error{ErrorKind::Denied, {}, {}, text("Permission denied"), text("chmod")};
               },
               {text("unknown deploy.host-unreadable web2")}));
    cases.push_back(change("dangling link", [](DeploymentHistory &h) { h.hosts[0].dangling = true; },
                           {text("critical deploy.dangling web1")}));
    cases.push_back(change("nothing live",
                           [](DeploymentHistory &h) {
                               h.live.clear();
                               h.hosts[0].live.clear();
                               h.hosts[1].live.clear();
                           },
                           {text("unknown deploy.unknown-live shop")}));
    cases.push_back(change("nothing recorded",
                           [](DeploymentHistory &h) {
                               h = {};
                               h.app = text("shop");
                           },
                           {text("unknown deploy.none shop")}));
    cases.push_back(change("live in no record",
                           [](DeploymentHistory &h) {
                               h.live = text("r9");
                               h.hosts[0].live = h.hosts[1].live = h.live;
                           },
                           {text("unknown deploy.unknown-live shop")}));
    cases.push_back(change("live reconciled against the log",
                           [](DeploymentHistory &h) { h.releases[0].confidence = Confidence::Reconciled; },
                           {text("warning deploy.out-of-band shop")}));
    cases.push_back(change("switched by hand",
                           [](DeploymentHistory &h) {
                               DeployEvent event;
                               event.release = text("r3");
                               event.kind = ReleaseKind::OutOfBand;
                               event.confidence = Confidence::Reconciled;
                               h.events.insert(h.events.begin(), event);
                           },
                           {text("warning deploy.out-of-band shop")}));
    cases.push_back(change("an older hand switch does not matter",
                           [](DeploymentHistory &h) {
                               DeployEvent event;
                               event.release = text("r2");
                               event.kind = ReleaseKind::OutOfBand;
                               h.events.push_back(event);
                           },
                           {}));
    cases.push_back(change("process not restarted",
                           [](DeploymentHistory &h) {
                               h.hosts[1].running = text("r2");
                               h.hosts[0].running = text("r3");
                           },
                           {text("warning deploy.not-restarted web2")}));
}

void addRunCases(std::vector<RuleCase> &cases)
{
    cases.push_back(change("newest failed in production",
                           [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Failed, 30min); },
                           {text("warning deploy.failed-latest shop")}));
    cases.push_back(change(
        "newest failed in staging", [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Failed, 30min); },
        {text("notice deploy.failed-latest shop")}, Tier::Staging));
    cases.push_back(change("failed and rolled back",
                           [](DeploymentHistory &h) {
                               failNewest(h, ReleaseStatus::Failed, 30min);
                               DeployEvent event;
                               event.release = text("r3");
                               event.kind = ReleaseKind::Rollback;
                               event.at = ago(10min);
                               h.events.insert(h.events.begin(), event);
                           },
                           {text("notice deploy.failed-latest shop")}));
    cases.push_back(change("a rollback before the failure does not answer it",
                           [](DeploymentHistory &h) {
                               failNewest(h, ReleaseStatus::Failed, 30min);
                               h.events[0].kind = ReleaseKind::Rollback;
                           },
                           {text("warning deploy.failed-latest shop")}));
    cases.push_back(change("running", [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Running, 2min); },
                           {text("running deploy.running shop")}));
    cases.push_back(change("unfinished for minutes",
                           [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Unfinished, 2min); },
                           {text("running deploy.running shop")}));
    cases.push_back(change("unfinished for an hour",
                           [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Unfinished, 1h); },
                           {text("warning deploy.unfinished shop")}));
    cases.push_back(change("a removed failure is history",
                           [](DeploymentHistory &h) { failNewest(h, ReleaseStatus::Removed, 1h); }, {}));
    cases.push_back(change("locked just now",
                           [](DeploymentHistory &h) {
                               h.locked = HeldLock{text("ada"), ago(2min), text("release day")};
                           },
                           {text("running deploy.locked shop")}));
    cases.push_back(change("locked for long",
                           [](DeploymentHistory &h) {
                               h.locked = HeldLock{text("ada"), ago(3h), {}};
                           },
                           {text("notice deploy.locked shop")}));
    cases.push_back(change("locked without a time", [](DeploymentHistory &h) { h.locked = HeldLock{}; },
                           {text("notice deploy.locked shop")}));
    cases.push_back(change("way back closes with the next deploy",
                           [](DeploymentHistory &h) { h.releases[1].deploysUntilPruned = 1; },
                           {text("notice deploy.prune-horizon shop")}));
    cases.push_back(change("only the oldest is pruned next",
                           [](DeploymentHistory &h) { h.releases[2].deploysUntilPruned = 1; }, {}));
    cases.push_back(change("no way back", [](DeploymentHistory &h) { h.releases.resize(1); },
                           {text("notice deploy.no-target shop")}));
    cases.push_back(
        change("only failed ones behind",
               [](DeploymentHistory &h) { h.releases[1].status = h.releases[2].status = ReleaseStatus::Failed; },
               {text("notice deploy.no-target shop")}));
}

void addReportCases(std::vector<RuleCase> &cases)
{
    const auto nothing = [](DeploymentHistory &) {};
    const auto versions = [](DeploymentHistory &h) {
        h.releases[0].version = text("2.14.3");
        h.releases[1].version = text("2.14.2");
    };
    const QStringList differs{text("warning deploy.health-version-differs web1")};
    cases.push_back(reported("reports the live version", "2.14.3", versions, {}));
    cases.push_back(reported("reports it with a v", "v2.14.3", versions, {}));
    cases.push_back(reported("reports the version before", "2.14.2", versions, differs));
    cases.push_back(reported("reports the live revision, shortened", "9f31c2a", nothing, {}));
    cases.push_back(reported("reports another revision", "77ab10f", nothing, differs));
    cases.push_back(reported("reports a version that the tool never sees", "2.14.3", nothing, {}));
    cases.push_back(reported("reports the release before by its id", "r2", nothing, differs));

    cases.push_back(promoted("staging runs the same", nothing, {}));
    cases.push_back(promoted("staging is ahead",
                             [](DeploymentHistory &h) {
                                 h.live = text("s9");
                                 h.releases.insert(h.releases.begin(), release("s9", ReleaseStatus::Live, 10min));
                                 h.releases[0].revision = text("abcdef0123");
                             },
                             {text("notice deploy.behind-promotion shop")}));
    cases.push_back(promoted("staging is older",
                             [](DeploymentHistory &h) {
                                 h.live = text("r2");
                                 h.releases[1].revision = text("77ab10");
                             },
                             {}));

    RuleCase down = change("host down",
                           [](DeploymentHistory &h) {
                               h.hosts[1] = {};
                               h.hosts[1].host = text("web2");
                               h.hosts[1].error = Error{ErrorKind::Timeout, {}, {}, text("timed out"), {}};
                           },
                           {text("offline deploy.host-unreadable web2"), text("offline host.offline web2")});
    down.world.link(text("web2"), false, LinkState::Down, text("timed out after 10 s"));
    cases.push_back(down);
}

} // namespace

std::vector<RuleCase> deploymentCases()
{
    std::vector<RuleCase> cases;
    addStateCases(cases);
    addRunCases(cases);
    addReportCases(cases);
    return cases;
}

} // namespace taffrail::test
