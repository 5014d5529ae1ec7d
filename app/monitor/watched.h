// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "monitor.h"

#include <map>
#include <tuple>

namespace taffrail {

/// One environment at run time.
struct Monitor::Watched {
    EnvironmentSpecPtr spec;
    std::vector<const Watched *> siblings; ///< other environments of the same service, in inventory order
    SnapshotPtr snapshot; ///< the newest made
    SnapshotPtr before; ///< the last one of an earlier refresh, for rates
    std::vector<Observation> observations;
    std::vector<Link> links;
    SlowReplies slow;
    /// Slow requests that the run under way found due, by entry, subject and name: sent when its fast ones are
    /// answered.
    std::map<std::tuple<size_t, QString, QString>, sources::Request> slowWishes;
    std::unique_ptr<EnvironmentRun> run;
    EnvironmentStatePtr shown;
    quint64 generation = 0;
    QString liveRelease; ///< when it changes, slow facts are read anew
    bool changed = false; ///< a snapshot is due
    bool judging = false;
    bool judgeAgain = false;
    bool rerun = false; ///< a person asked while a run was under way
    bool settled = false;
    bool remembered = false;
};

} // namespace taffrail
