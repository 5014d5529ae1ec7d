// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"

#include "assessment.h"

#include <functional>

namespace taffrail::items {

/// What a pane is in: one at a time, the most useful to say.
enum class PaneState {
    Ready,
    NotSetUp,
    FirstLoad,
    Refreshing,
    Empty,
    FilteredToNothing,
    Partial,
    Stale,
    Offline,
    Error,
    NotAllowed,
    Limited, ///< timed out or too large
};

enum class PaneAction { CopyExample, Cancel, ClearFilter, RetryNow, Details, CopyError, CopyGrant };

/// What the window knows beside the state.
struct PaneView {
    bool refreshing = false; ///< a read is under way
    int shown = -1; ///< rows left by the filter; -1 = no filter is set
    int total = 0; ///< rows of the model
    QDateTime now; ///< UTC; invalid = EnvironmentState::now
    std::function<QString(const QDateTime &)> clockText; ///< writes a time of day in the chosen zone; empty = UTC
};

/// What the pane says and offers.
struct PaneCondition {
    PaneState state = PaneState::Ready;
    Status status = Status::None; ///< of the pane's title
    bool showsData = true; ///< rows are shown (else only the sentence)
    bool refreshing = false; ///< a small mark in the title
    QString sentence; ///< in place of rows; "" when rows are shown
    QString notice; ///< above the rows; "" = none
    QString copyText; ///< what CopyExample, CopyError or CopyGrant puts on the clipboard
    QString asOf; ///< "as of 14:03:22Z, 7 min"; "" when nothing was read
    DetailLines details; ///< failures in full, for the Details action
    QString age; ///< "7 min", where there is no room for asOf
    std::vector<PaneAction> actions;

    bool operator==(const PaneCondition &) const = default;
};

/// The condition of one pane of one environment. Pure.
PaneCondition paneState(const EnvironmentState &state, PaneKind pane, const PaneView &view = {});

QString paneStateWord(PaneState state); ///< "filtered-to-nothing", for tests and logs
QString paneActionText(PaneAction action); ///< "Retry now"

} // namespace taffrail::items
