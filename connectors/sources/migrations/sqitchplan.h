// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>

#include <vector>

/// sqitch.plan: the changes of a project in their order.
namespace taffrail::sources::migrations {

struct PlannedChange {
    QByteArray name;
    QByteArrayList needs, conflicts; ///< as written: "other", "project:other", "other@tag"
    QByteArray planned; ///< "2026-11-20T15:53:14Z"
    QByteArray planner; ///< "Name <address>"
    QByteArray note;
    QByteArrayList tags; ///< "@v1.0"
    QByteArray id; ///< SHA-1 over all of it and the change before it
    QByteArray reworkedAt; ///< "@v1.0" when a later change has the same name: its scripts are called name@v1.0
};

struct SqitchPlan {
    QByteArray project, uri;
    std::vector<PlannedChange> changes;
    QByteArrayList faults; ///< lines that are none of a plan
};
SqitchPlan sqitchPlanOf(const QByteArray &text);

} // namespace taffrail::sources::migrations
