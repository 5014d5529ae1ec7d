// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"
#include "words.h"

#include "assessment.h"
#include "drillrun.h"

namespace taffrail::items {

Worded worded(DrillStage stage);
Worded worded(CheckVerdict verdict);
/// "Restore"
QString drillPhaseTitle(DrillPhase phase);

/// The backup behind a row of BackupModel; empty for another id.
struct BackupPlace {
    QString entry, backup;
};
BackupPlace backupOfRow(const EnvironmentState &state, const QString &rowId);

/// The phases of a drill: before it runs what each does, then how it stands and how long it took.
class DrillPhaseModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Phase, Took, What, ColumnCount };
    Q_ENUM(Column)
    explicit DrillPhaseModel(QObject *parent = nullptr);
    void show(const DrillPlan &plan);
    void show(const DrillRun &run);
};

/// The questions to the copy: what is expected, what came.
class DrillCheckModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Check, Seen, Live, Expected, ColumnCount };
    Q_ENUM(Column)
    explicit DrillCheckModel(QObject *parent = nullptr);
    void show(const DrillPlan &plan);
    void show(const DrillRun &run);
};

/// What a drill found, a line each: recovered to, loss, integrity, teardown.
DetailLines drillFacts(const DrillRun &run);

} // namespace taffrail::items
