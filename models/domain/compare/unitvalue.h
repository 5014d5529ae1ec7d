// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

namespace taffrail {

/// Whose rules of units a text follows.
enum class UnitRules {
    Common, ///< PostgreSQL's words: us ms s min h d, and B kB MB GB TB by 1024; no single letter but s, h, d and B
    Nginx, ///< ms s m h d w M y as times, k m g as sizes; "m" alone is either
    Systemd, ///< its own list of words (us ms s sec m min h hr d day w …); no sizes
};
UnitRules unitRulesOf(const QString &source);

/// Whether two values are the same amount in different units: "60s" and "1min", 16384 of "8kB" and "128MB". Exact (no
/// floating point); what is too large to be exact, has no unit on either side or reads in more than one way is not the
/// same. Units that the sources state win over those in the text.
bool isSameAmount(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules);

} // namespace taffrail
