// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackplan.h"

#include <QHash>
#include <QStringList>

namespace taffrail::items {

/// What a person must look at again when a plan took the place of another.
struct PlanDifference {
    QHash<QString, QString> gates; ///< key of gateRowIds() → what changed, in words
    QHash<QString, QString> changes; ///< key of changeRowIds() → what changed
    QStringList lines; ///< one sentence each, gates and changes among them

    bool isEmpty() const { return lines.isEmpty(); }
    bool operator==(const PlanDifference &) const = default;
};

/// The difference by content: times and ages are none. An answer that says the same in other words with the same
/// verdict is none either.
PlanDifference planDifference(const RollbackPlan &before, const RollbackPlan &after);
/// The keys of gates and of changes in their tables, each once: what has the same subject twice is counted.
QStringList gateRowIds(const std::vector<Gate> &gates);
QStringList changeRowIds(const std::vector<PlannedChange> &changes);

} // namespace taffrail::items
