// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "finding.h"
#include "since.h"

#include <array>

namespace taffrail {

/// Old after max(3 × interval, 90 s): the last value no longer counts as good news.
bool isStale(const Observation &observation, const QDateTime &now);
/// Gone after 10 × interval without a good answer.
bool isGone(const Observation &observation, const QDateTime &now);

/// One pane of one environment, judged.
struct PaneAssessment {
    PaneKind pane = PaneKind::Health;
    Status status = Status::None;
    bool stale = false; ///< also true beside a warning or critical that is old
    QString summary; ///< one line: "v2.14.3, 31 min ago by ci-1", "2 pending", "full 5 h ago", "2 of 41 bad"
    QDateTime observedAt; ///< the oldest good observation it rests on; invalid = none
};

/// One environment, judged: what the board shows and `status --json` prints.
struct Assessment {
    Status status = Status::None; ///< the worst pane that is not muted
    bool stale = false;
    std::array<PaneAssessment, paneCount> panes;
    std::vector<Finding> findings; ///< as findingsOf() orders them
    QDateTime observedAt;

    const PaneAssessment &pane(PaneKind kind) const { return panes[static_cast<size_t>(kind)]; }
};

/// Whether a person would see any difference: statuses, staleness, summaries, findings by code and title. Evidence such
/// as an age in seconds may differ.
bool looksTheSame(const Assessment &a, const Assessment &b);

/// Status of every pane from the findings and the age of what they rest on. Missing data is unknown, old data is stale,
/// neither is ever ok.
Assessment assess(const Facts &facts);

/// Everything that a model or the command line shows of one environment, at one moment.
struct EnvironmentState {
    EnvironmentSpecPtr environment;
    SnapshotPtr snapshot;
    Assessment assessment;
    QDateTime now; ///< when it was judged
    SinceTable since{}; ///< of the health checks; empty = not followed
};
using EnvironmentStatePtr = std::shared_ptr<const EnvironmentState>;

} // namespace taffrail
