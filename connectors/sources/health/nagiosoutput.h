// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"
#include "status.h"

#include <optional>

namespace taffrail::sources {

/// One figure behind the "|": 'label'=value[unit];warn;crit;min;max
struct NagiosValue {
    QString label;
    std::optional<double> value; ///< empty: "U", the plugin does not know
    QString shown; ///< the value as it was printed
    QString unit;
    std::optional<double> warning, critical; ///< upper limits only: other ranges are the plugin's own matter
};

/// What a plugin says: exit code 0 to 3, a line, further lines, figures (Monitoring Plugins Development Guidelines).
struct NagiosOutput {
    Status status = Status::Unknown;
    QString text; ///< the first line
    QString details; ///< the further lines, cut
    std::vector<NagiosValue> values;
    bool isCut = false; ///< more than 200 figures
};

/// Any output and exit code. Exit codes that no plugin has, a time limit that passed and a plugin without a word are
/// unknown: silence proves nothing.
NagiosOutput readNagiosOutput(const ShellReply &reply);

} // namespace taffrail::sources
