// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "assessment.h"

namespace taffrail::items {

/// A table of one environment. `show` merges the rows of a new state; null shows nothing.
class PaneModel : public CellTable {
    Q_OBJECT

public:
    using CellTable::CellTable;

    void show(const EnvironmentStatePtr &state);
    /// The column and order that the pane starts with.
    virtual int defaultSortColumn() const = 0;
    virtual Qt::SortOrder defaultSortOrder() const { return Qt::DescendingOrder; }

protected:
    virtual std::vector<CellRow> rowsOf(const EnvironmentState &state) const = 0;
};

/// Releases of every app of the environment.
class DeploymentModel : public PaneModel {
    Q_OBJECT

public:
    enum Column { State, Release, Commit, Deployed, Age, By, Hosts, Migrations, Note, ColumnCount };
    Q_ENUM(Column)
    explicit DeploymentModel(QObject *parent = nullptr);
    int defaultSortColumn() const override { return Deployed; }

protected:
    std::vector<CellRow> rowsOf(const EnvironmentState &state) const override;
};

/// Migrations of every history found; before them one row per lock that is held, and per history that is not known.
class MigrationModel : public PaneModel {
    Q_OBJECT

public:
    enum Column { Order, State, Version, Description, Applied, Took, By, Reversible, Release, Kind, ColumnCount };
    Q_ENUM(Column)
    explicit MigrationModel(QObject *parent = nullptr);
    int defaultSortColumn() const override { return Order; }

protected:
    std::vector<CellRow> rowsOf(const EnvironmentState &state) const override;
};

/// Backups and, one row per database, the state of the WAL archive.
class BackupModel : public PaneModel {
    Q_OBJECT

public:
    enum Column { State, Kind, Finished, Age, Size, Took, Verified, AfterDeploy, Place, ColumnCount };
    Q_ENUM(Column)
    explicit BackupModel(QObject *parent = nullptr);
    int defaultSortColumn() const override { return Finished; }

protected:
    std::vector<CellRow> rowsOf(const EnvironmentState &state) const override;
};

/// Health checks, worst first.
class HealthModel : public PaneModel {
    Q_OBJECT

public:
    enum Column { State, Check, Value, Limit, Since, LastRun, Host, Runbook, Reading, ColumnCount };
    Q_ENUM(Column)
    explicit HealthModel(QObject *parent = nullptr);
    int defaultSortColumn() const override { return State; }

protected:
    std::vector<CellRow> rowsOf(const EnvironmentState &state) const override;
};

/// The findings that the status rests on.
class FindingModel : public PaneModel {
    Q_OBJECT

public:
    enum Column { State, Pane, Subject, Title, Next, Observed, ColumnCount };
    Q_ENUM(Column)
    explicit FindingModel(QObject *parent = nullptr);
    int defaultSortColumn() const override { return State; }

protected:
    std::vector<CellRow> rowsOf(const EnvironmentState &state) const override;
};

/// When the newest live release of the environment was deployed; invalid = not known.
QDateTime lastDeployOf(const EnvironmentState &state);

} // namespace taffrail::items
