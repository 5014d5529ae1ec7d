// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

namespace taffrail {

/// One line on a pane, from its last good values: "v2.14.3, 31 min ago by ci-1", "2 pending", "full 5 h ago",
/// "2 of 41 bad". Says "not read yet" or why it cannot be read where there is no value.
QString summaryOf(const Facts &facts, PaneKind pane);

} // namespace taffrail
