// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

#include <QVariantMap>

namespace taffrail {

/// Accepted by a person, on record, until a time.
struct Expected {
    QString by;
    QString reason;
    QDateTime until;

    bool operator==(const Expected &) const = default;
};

/// One judgement with evidence: the only currency of status. Codes, severities and evidence keys are rows of
/// resources/findings.json.
struct Finding {
    QString code; ///< "backup.stale"
    PaneKind pane = PaneKind::Health;
    Status severity = Status::Unknown;
    QString subject; ///< which database, host, release
    QString entry; ///< SourceEntry::id it rests on, or ""
    QString title; ///< one line, plain words
    QVariantMap evidence; ///< key → number, text or UTC QDateTime
    QString hint; ///< what to do next
    QDateTime observedAt; ///< of the observation it rests on
    std::optional<Expected> expected;

    bool operator==(const Finding &) const = default;
};

struct ComparedEnvironment;
struct ExpectedDifference;

/// Everything a rule may look at. Rules are pure: same facts, same findings.
struct Facts {
    const EnvironmentSpec &environment;
    const Snapshot &snapshot;
    const Snapshot *previous = nullptr; ///< the generation before, for rates; null at first
    std::vector<SnapshotPtr> siblings; ///< other environments of the same service
    QDateTime now; ///< UTC
    const ComparedEnvironment *baseline = nullptr; ///< the environment's settings as a person saved them; null = never
    QDateTime baselineAt{}; ///< UTC, when they were saved
    const std::vector<ExpectedDifference> *expected = nullptr; ///< all that people agreed to; null = not read
};

using Rule = std::vector<Finding> (*)(const Facts &);
/// All rules of all panes, in the order in which they run.
const std::vector<Rule> &allRules();
/// Runs every rule; the result is sorted worst first, then by pane, code, subject.
std::vector<Finding> findingsOf(const Facts &facts);

} // namespace taffrail
