// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readiness.h"

namespace taffrail {

/// The scorecard for a terminal of 80 columns: per group a line each with its verdict and age, below it the evidence of
/// what does not pass and the fix.
QString readinessText(const ReadinessReport &report, const QDateTime &now);
/// The same as a Markdown section with a table; safe against Markdown in what hosts say.
QString readinessMarkdown(const ReadinessReport &report, const QDateTime &now);

} // namespace taffrail
