// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "comparison.h"

/// A small world for rules: one environment, what was observed in it, its neighbours, a clock that stands still.
namespace taffrail::test {

QDateTime noon(); ///< 2026-11-20 12:00:00 UTC, the "now" of every case
QDateTime ago(std::chrono::seconds age);

struct World {
    explicit World(Tier tier = Tier::Production);

    /// Adds an entry, and an observation with this value, read 5 s ago.
    World &add(PaneKind pane, const QString &id, const QString &source, const Value &value);
    /// Adds an entry without any observation.
    World &addEntry(PaneKind pane, const QString &id, const QString &source);
    World &link(const QString &subject, bool isDatabase, LinkState state, const QString &why = {});
    World &previous(const QString &entry, std::chrono::seconds age, const Value &value);
    World &sibling(const QString &environment, PaneKind pane, const Value &value);
    SourceEntry &entry(const QString &id);
    Observation &observation(const QString &id);
    World &fail(const QString &id, const Error &error);

    Facts facts() const;
    std::vector<Finding> findings() const { return findingsOf(facts()); }

    EnvironmentSpec environment;
    Snapshot snapshot;
    std::optional<Snapshot> before;
    std::vector<SnapshotPtr> siblings;
    std::optional<ComparedEnvironment> baseline;
    std::vector<ExpectedDifference> expected;
};

struct RuleCase {
    QByteArray name;
    World world;
    QStringList expected; ///< "severity code subject" of every finding, in order
};

/// Every case of every pane.
std::vector<RuleCase> allCases();
std::vector<RuleCase> deploymentCases();
std::vector<RuleCase> migrationCases();
std::vector<RuleCase> backupCases();
std::vector<RuleCase> healthCases();
std::vector<RuleCase> configCases();

QStringList described(const std::vector<Finding> &findings);
QString text(const char *utf8);

} // namespace taffrail::test
