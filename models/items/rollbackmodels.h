// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"
#include "plandifference.h"

#include "assessment.h"
#include "rollbackrun.h"
#include "rollbacktarget.h"

namespace taffrail::items {

/// The history of one deployments entry, and the release of a row of the deployments pane.
struct ReleasePlace {
    QString entry;
    QString release; ///< Release::id
};

/// The deployments entries of an environment whose history was read.
QStringList rollbackEntries(const EnvironmentState &state);
/// Of one entry; null when it was not read.
const DeploymentHistory *historyOf(const EnvironmentState &state, const QString &entry);
/// What people call a release of the history.
QString nameIn(const DeploymentHistory &history, const QString &release);
/// The release behind a row of DeploymentModel; empty for another id.
ReleasePlace releaseOfRow(const EnvironmentState &state, const QString &rowId);

/// The releases of one entry as targets, newest first; those that can't be gone to are dimmed, with the reason.
class TargetModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Possible, Release, State, Why, Deployed, By, LiveOn, Revision, ColumnCount };
    Q_ENUM(Column)
    explicit TargetModel(QObject *parent = nullptr);
    /// Null shows nothing.
    void show(const DeploymentHistory *history);
    /// Release::id of a row id; "" for another.
    QString releaseOf(const QString &rowId) const { return m_releases.value(rowId); }
    /// The row of a release, or -1.
    int rowOfRelease(const QString &release) const;
    /// Nothing = not among the targets.
    std::optional<RollbackTarget> targetOf(const QString &release) const;
    /// What people call a release of the list.
    QString nameOf(const QString &release) const { return m_names.value(release, release); }

private:
    QHash<QString, QString> m_releases; // by row id
    QHash<QString, QString> m_names; // by release
    std::vector<RollbackTarget> m_targets;
};

/// The questions of a plan with their answers.
class GateModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Verdict, Question, About, Answer, Evidence, Age, ColumnCount };
    Q_ENUM(Column)
    explicit GateModel(QObject *parent = nullptr);
    /// `marks` by gateRowIds().
    void show(const std::vector<Gate> &gates, const QHash<QString, QString> &marks = {});
    /// All of a row's gate in words: question, verdict, answer, evidence, what would turn it; "" for another id.
    QString wordsOf(const QString &rowId) const { return m_words.value(rowId); }

private:
    QHash<QString, QString> m_words; // by row id
};

/// What will be different afterwards.
class ChangeModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Kind, Subject, Before, After, ColumnCount };
    Q_ENUM(Column)
    explicit ChangeModel(QObject *parent = nullptr);
    /// `marks` by changeRowIds().
    void show(const std::vector<PlannedChange> &changes, const QHash<QString, QString> &marks = {});
};

/// The steps that are planned, host by host in the order in which they are switched.
class PlannedStepModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Host, Order, Step, Command, ColumnCount };
    Q_ENUM(Column)
    explicit PlannedStepModel(QObject *parent = nullptr);
    void show(const std::vector<HostPlan> &hosts);
    /// Host of a row, "" = none.
    QString hostAt(int row) const;
};

/// The steps of a run on every host. Hosts without steps have one row for themselves.
class RunStepModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Step, Host, Started, Took, ColumnCount };
    Q_ENUM(Column)
    explicit RunStepModel(QObject *parent = nullptr);
    void show(const RollbackRun &run);
    QString hostAt(int row) const;
};

/// What every host runs now, with its proof; what is wrong there stands under it.
class ProofModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Host, Proof, ColumnCount };
    Q_ENUM(Column)
    explicit ProofModel(QObject *parent = nullptr);
    void show(const RollbackRun &run);
};

/// Runs of this console, newest first. Keeps those that have not ended, and those that ended.
class RunModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Environment, Progress, Move, App, Started, By, Message, ColumnCount };
    Q_ENUM(Column)
    explicit RunModel(QObject *parent = nullptr);

    void show(const std::vector<RollbackRunPtr> &runs);
    void take(const RollbackRunPtr &run);
    /// Null for an unknown id.
    RollbackRunPtr run(const QString &id) const { return m_runs.value(id); }
    /// The run behind a row id; null for another.
    RollbackRunPtr runOfRow(const QString &rowId) const { return m_runs.value(m_ids.value(rowId)); }
    /// Those that have not ended, newest first.
    std::vector<RollbackRunPtr> open() const;

signals:
    /// A run came, or stands otherwise: `before` is null at first.
    void stageChanged(const taffrail::RollbackRunPtr &before, const taffrail::RollbackRunPtr &after);

private:
    static CellRow rowOf(const RollbackRun &run);

    QHash<QString, RollbackRunPtr> m_runs;
    QHash<QString, QString> m_ids; // row id → run id
};

} // namespace taffrail::items
