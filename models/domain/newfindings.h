// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <QSet>

namespace taffrail {

/// Remembers which bad findings of one environment were seen, so that each is told once.
class NewFindings {
public:
    /// The findings at or above `from` that were not there before, worst first. Accepted ones don't count. One that is
    /// gone is forgotten only when its pane was read and is not old: a lost connection mends nothing.
    std::vector<Finding> take(const EnvironmentState &state, Status from);

private:
    QHash<QString, PaneKind> m_known;
};

} // namespace taffrail
