// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"
#include "sqitchplan.h"

/// Sqitch's files: plans with the scripts of their changes.
namespace taffrail::sources::migrations {

/// A plan and where it lies.
struct Planned {
    SqitchPlan plan;
    FoundFile file;
};

std::vector<Planned> plansOf(const Roots &roots);
/// "project:change"
QByteArray keyFor(const QByteArray &project, const QByteArray &name);
/// One per planned change, in the order of the plans.
std::vector<DiskMigration> diskSqitch(const Roots &roots);
/// Of a registry with one project the history knows the change alone, of one with several "project:change".
void adoptSqitch(std::vector<DiskMigration> &disk, const QStringList &versions);

} // namespace taffrail::sources::migrations
