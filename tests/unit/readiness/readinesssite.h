// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readinesssupport.h"
#include "ruleworld.h"

#include <functional>

/// Worlds for the scorecard: one host, one database, and what was observed of them.
namespace taffrail::test {

using Pairs = QList<QPair<const char *, const char *>>;

inline ConfigSet postureSet(const QString &host, const Pairs &values, const Pairs &troubles = {})
{
    ConfigSet set;
    for (const auto &[key, value] : values) {
        ConfigEntry entry;
        entry.host = host;
        entry.key = text(key);
        entry.value = text(value).section(QLatin1Char('|'), 0, 0);
        entry.note = text(value).section(QLatin1Char('|'), 1);
        set.entries.push_back(entry);
    }
    for (const auto &[part, why] : troubles) {
        ConfigFile file;
        file.host = host;
        file.name = text(part);
        file.error = Error{ErrorKind::Denied, text(part), host, text(why), {}};
        set.files.push_back(file);
    }
    return set;
}

/// One host, one database; nothing observed.
struct Site : World {
    explicit Site(Tier tier = Tier::Production) : World(tier)
    {
        environment.hosts = {{text("web1"), false, {}}};
        environment.databases = {{text("main"), text("host=10.0.0.9 sslmode=verify-full dbname=shop"), {}, {}}};
    }
    Site &host(const Pairs &values, const Pairs &troubles = {}, const char *id = "web1")
    {
        const QString entryId = text("posture-") + text(id);
        add(PaneKind::Configs, entryId, text("posture"), postureSet(text(id), values, troubles));
        entry(entryId).hosts = QStringList{text(id)};
        return *this;
    }
    Site &database(const Pairs &values, const Pairs &troubles = {})
    {
        add(PaneKind::Configs, text("pg"), text("pg_posture"), postureSet({}, values, troubles));
        entry(text("pg")).database = text("main");
        return *this;
    }
    Site &web(const Pairs &values, const Pairs &troubles = {}, const char *url = "https://shop.example.com/healthz")
    {
        add(PaneKind::Configs, text("web"), text("web_posture"), postureSet({}, values, troubles));
        entry(text("web")).options.insert(text("url"), text(url));
        return *this;
    }
    Site &health(const char *source, std::vector<HealthCheck> checks, const char *option = nullptr,
                 const char *value = "")
    {
        HealthReport report;
        report.checks = std::move(checks);
        add(PaneKind::Health, text(source), text(source), report);
        if (option)
            entry(text(source)).options.insert(text(option), text(value));
        if (qstrcmp(source, "postgres") == 0)
            entry(text(source)).database = text("main");
        return *this;
    }
    Site &up(const char *subject, bool isDatabase, LinkState state = LinkState::Up)
    {
        link(text(subject), isDatabase, state, state == LinkState::Down ? text("refused the connection") : QString());
        if (state == LinkState::Down)
            snapshot.links.back().error->kind = ErrorKind::Unreachable;
        return *this;
    }
    Site &with(const std::function<void(Site &)> &change)
    {
        change(*this);
        return *this;
    }
    Site &value(PaneKind pane, const char *id, const Value &value)
    {
        add(pane, text(id), text(id), value);
        return *this;
    }
};

inline HealthCheck check(const char *code, Status status, const char *words, double value = 0)
{
    HealthCheck made;
    made.code = text(code);
    made.status = status;
    made.text = text(words);
    made.value = value;
    made.host = text("web1");
    return made;
}

struct Case {
    const char *code;
    const char *name;
    Site site;
    ReadinessVerdict verdict;
    const char *evidence = "";
};

inline constexpr auto Pass = ReadinessVerdict::Pass;
inline constexpr auto Fail = ReadinessVerdict::Fail;
inline constexpr auto Unknown = ReadinessVerdict::Unknown;
inline constexpr auto Apart = ReadinessVerdict::NotApplicable;

inline Site bare()
{
    Site site;
    site.environment.databases.clear();
    return site;
}

std::vector<Case> securityVerdicts();
std::vector<Case> accessVerdicts();
std::vector<Case> healthVerdicts();
std::vector<Case> deploymentVerdicts();
std::vector<Case> dataVerdicts();

} // namespace taffrail::test
