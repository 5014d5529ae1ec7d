// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include "configsecrets.h"

namespace taffrail::test {

namespace {

using namespace std::chrono_literals;

ConfigEntry setting(const char *key, const char *value, const char *host = "web1")
{
    ConfigEntry entry;
    entry.host = text(host);
    entry.file = text("/srv/shop/.env");
    entry.line = 1;
    entry.key = text(key);
    entry.value = text(value);
    return entry;
}

ConfigSet settings(const std::vector<ConfigEntry> &entries)
{
    ConfigSet set;
    set.source = text("dotenv");
    QStringList hosts;
    for (const ConfigEntry &entry : entries) {
        if (hosts.contains(entry.host))
            continue;
        hosts << entry.host;
        ConfigFile file;
        file.host = entry.host;
        file.path = entry.file;
        set.files.push_back(file);
    }
    set.entries = entries;
    return set;
}

World configWorld(const ConfigSet &set, Tier tier = Tier::Production)
{
    World world(tier);
    world.add(PaneKind::Configs, text("env"), text("dotenv"), set);
    world.entry(text("env")).hosts = QStringList{text("web1"), text("web2")};
    return world;
}

World &withBaseline(World &world, const ConfigSet &set)
{
    ComparedSource source;
    source.entry = text("env");
    source.source = text("dotenv");
    source.set = std::make_shared<const ConfigSet>(set);
    world.baseline = ComparedEnvironment{world.environment.id, {}, world.environment.tier, {source}};
    return world;
}

World unreadable(ErrorKind kind, const char *host = "web1")
{
    ConfigSet set = settings({setting("A", "1")});
    set.files.front().error = Error{kind, {}, {}, text("line 2: what is this"), {}};
    set.files.front().host = text(host);
    return configWorld(set);
}

ExpectedDifference agreement(const char *key, std::chrono::seconds untilAgo)
{
    ExpectedDifference each;
    each.entry = text("*");
    each.key = text(key);
    each.environments = QStringList{text("shop")};
    each.reason = text("as wished");
    each.until = ago(untilAgo);
    return each;
}

std::vector<RuleCase> driftCases()
{
    const ConfigSet was = settings({setting("A", "1"), setting("B", "1"), setting("C", "60s")});
    const ConfigSet is = settings({setting("A", "2"), setting("C", "1min"), setting("D", "1")});
    ConfigEntry secret = setting("TOKEN", "");
    secret.value = maskMark.toString();
    secret.secret = true;
    std::vector<RuleCase> cases;
    World same = configWorld(was);
    cases.push_back({"config: as saved", withBaseline(same, was), {}});
    World none = configWorld(is);
    cases.push_back({"config: nothing was saved", none, {}});
    World drifted = configWorld(is);
    cases.push_back({"config: drifted", withBaseline(drifted, was), {text("warning config.drift env")}});
    World staging = configWorld(is, Tier::Staging);
    cases.push_back({"config: drifted in staging", withBaseline(staging, was), {text("notice config.drift env")}});
    World secrets = configWorld(settings({secret}));
    cases.push_back(
        {"config: secrets cannot be held against what was saved", withBaseline(secrets, settings({secret})), {}});
    World notRead = configWorld(is);
    notRead.observation(text("env")).lastGood.reset();
    notRead.fail(text("env"), {ErrorKind::Denied, {}, {}, text("no right"), {}});
    cases.push_back({"config: drift of what was not read is not known, nothing to keep",
                     withBaseline(notRead, was),
                     {text("unknown observation.failed web1")}});
    return cases;
}

} // namespace

std::vector<RuleCase> configCases()
{
    std::vector<RuleCase> cases = driftCases();
    const ConfigSet differing = settings({setting("A", "1"), setting("A", "2", "web2")});
    cases.push_back({"config: hosts agree", configWorld(settings({setting("A", "1"), setting("A", "1", "web2")})), {}});
    cases.push_back({"config: hosts differ", configWorld(differing), {text("warning config.hosts-differ env")}});
    cases.push_back({"config: a host lacks a key",
                     configWorld(settings({setting("A", "1"), setting("A", "1", "web2"), setting("B", "1")})),
                     {text("warning config.hosts-differ env")}});
    World accepted = configWorld(differing);
    accepted.expected = {agreement("A", -1h)};
    cases.push_back({"config: hosts may differ", accepted, {}});
    World over = configWorld(differing);
    over.expected = {agreement("A", 1h)};
    cases.push_back({"config: hosts were allowed to differ",
                     over,
                     {text("warning config.hosts-differ env"), text("notice config.agreement-expired shop")}});
    cases.push_back({"config: malformed", unreadable(ErrorKind::BadData), {text("warning config.unreadable env")}});
    cases.push_back({"config: no right", unreadable(ErrorKind::Denied), {text("unknown config.unreadable env")}});
    World down = unreadable(ErrorKind::Unreachable);
    down.link(text("web1"), false, LinkState::Down);
    cases.push_back({"config: on a host that is down", down, {text("offline host.offline web1")}});
    ConfigEntry pending = setting("shared_buffers", "16384");
    pending.note = text("default; pending restart");
    cases.push_back(
        {"config: pending restart", configWorld(settings({pending})), {text("notice config.pending-restart web1")}});
    return cases;
}

} // namespace taffrail::test
