// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparerows.h"
#include "panestate.h"

namespace taffrail::items {

/// What the compare page knows of its comparison.
struct CompareView {
    bool offered = true; ///< the application can compare
    int environments = 0; ///< in the inventory that have config entries
    int chosen = 0;
    QString reading; ///< words of a read that is under way, "" = none
    std::optional<Error> refused; ///< the last answer was a refusal
    const CompareShown *shown = nullptr; ///< null or without a comparison: nothing was compared yet
    QDateTime now; ///< UTC
    std::function<QString(const QDateTime &)> clockText; ///< writes a time of day in the chosen zone; empty = UTC
};

/// How long a comparison counts as fresh.
inline constexpr std::chrono::minutes comparisonFresh{15};

/// What the page says and offers. Pure.
PaneCondition compareState(const CompareView &view);

/// "hidden: 12 expected, 203 equal", "" when nothing is hidden.
QString hiddenText(const CompareShown &shown);

} // namespace taffrail::items
