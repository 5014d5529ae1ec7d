// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <algorithm>
#include <stdexcept>

namespace taffrail::test {

using namespace std::chrono_literals;

QString text(const char *utf8)
{
    return QString::fromUtf8(utf8);
}

QDateTime noon()
{
    return QDateTime(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);
}

QDateTime ago(std::chrono::seconds age)
{
    return noon().addSecs(-age.count());
}

World::World(Tier tier)
{
    environment.id = QStringLiteral("shop");
    environment.name = QStringLiteral("Shop");
    environment.tier = tier;
    environment.hosts = {{text("web1"), false, {}}, {text("web2"), false, {}}, {text("db1"), false, {}}};
    environment.databases = {{text("main"), text("host=10.0.0.9 dbname=shop user=taffrail"), {}, text("db1")}};
    snapshot.environment = environment.id;
    snapshot.generation = 7;
    snapshot.takenAt = noon();
}

World &World::addEntry(PaneKind pane, const QString &id, const QString &source)
{
    SourceEntry entry;
    entry.id = id;
    entry.pane = pane;
    entry.source = source;
    if (pane == PaneKind::Deployments)
        entry.hosts = QStringList{text("web1"), text("web2")};
    if (pane == PaneKind::Migrations || pane == PaneKind::Backups)
        entry.database = text("main");
    environment.entries.push_back(entry);
    return *this;
}

World &World::add(PaneKind pane, const QString &id, const QString &source, const Value &value)
{
    addEntry(pane, id, source);
    Observation observation;
    observation.pane = pane;
    observation.entry = id;
    observation.source = source;
    observation.subject = pane == PaneKind::Migrations || pane == PaneKind::Backups ? text("main") : text("web1");
    observation.lastGood = Attempt{ago(5s), 80ms, ValuePtr(std::make_shared<const Value>(value))};
    observation.lastAttempt = observation.lastGood;
    snapshot.observations.push_back(observation);
    return *this;
}

World &World::link(const QString &subject, bool isDatabase, LinkState state, const QString &why)
{
    Link link;
    link.subject = subject;
    link.isDatabase = isDatabase;
    link.state = state;
    link.since = ago(40s);
    if (!why.isEmpty())
        link.error = Error{ErrorKind::Timeout, text("connect"), subject, why, text("Check the network.")};
    snapshot.links.push_back(link);
    return *this;
}

World &World::previous(const QString &entry, std::chrono::seconds age, const Value &value)
{
    Observation earlier = observation(entry);
    earlier.lastGood = Attempt{ago(age), 80ms, ValuePtr(std::make_shared<const Value>(value))};
    earlier.lastAttempt = earlier.lastGood;
    if (!before)
        before = Snapshot();
    before->observations.push_back(earlier);
    return *this;
}

World &World::sibling(const QString &environment_, PaneKind pane, const Value &value)
{
    World other(Tier::Staging);
    other.add(pane, paneWord(pane), text("x"), value);
    other.snapshot.environment = environment_;
    siblings.push_back(std::make_shared<const Snapshot>(other.snapshot));
    return *this;
}

SourceEntry &World::entry(const QString &id)
{
    return *std::ranges::find(environment.entries, id, &SourceEntry::id);
}

Observation &World::observation(const QString &id)
{
    return *std::ranges::find(snapshot.observations, id, &Observation::entry);
}

World &World::fail(const QString &id, const Error &error)
{
    observation(id).lastAttempt = Attempt{ago(1s), 2s, failure(error)};
    return *this;
}

Facts World::facts() const
{
    return Facts{environment, snapshot, before ? &*before : nullptr, siblings, noon(), baseline ? &*baseline : nullptr,
                 ago(48h),    &expected};
}

QStringList described(const std::vector<Finding> &findings)
{
    QStringList lines;
    for (const Finding &finding : findings)
        lines << QStringLiteral("%1 %2 %3").arg(statusWord(finding.severity), finding.code, finding.subject).trimmed();
    return lines;
}

std::vector<RuleCase> allCases()
{
    std::vector<RuleCase> cases;
    for (auto *table : {deploymentCases, migrationCases, backupCases, healthCases, configCases}) {
        for (RuleCase &each : table())
            cases.push_back(std::move(each));
    }
    return cases;
}

} // namespace taffrail::test
