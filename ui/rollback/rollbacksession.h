// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plandifference.h"
#include "rollbackdesk.h"

#include "assessment.h"

#include <QMap>
#include <QPointer>

namespace taffrail::ui {

class WindowModels;

/// What the pages of one rollback window share: the choice, the plan as it stands, what a person answered, the run.
/// Nothing is started that missing() speaks against.
class RollbackSession : public QObject {
    Q_OBJECT

public:
    /// Warnings of one code: accepted together, with one reason.
    struct Warning {
        QString code;
        QString question;
        QStringList answers; ///< "web1: 4 % free"

        bool operator==(const Warning &) const = default;
    };

    RollbackSession(WindowModels &models, const QString &environment, QObject *parent);

    WindowModels &models() const { return m_models; }
    items::RollbackDesk *desk() const { return m_desk; }
    const QString &environment() const { return m_environment; }
    /// Null when the environment is gone from the inventory.
    EnvironmentStatePtr state() const;

    /// Another entry or target drops the plan and every answer.
    void choose(const QString &entry, const QString &target);
    const QString &entry() const { return m_entry; }
    const QString &target() const { return m_target; }

    void makePlan();
    bool isPlanning() const { return m_planning; }
    const QString &planningText() const { return m_planningText; }
    const RollbackPlanPtr &plan() const { return m_plan; }
    /// Why there is no plan, in one sentence; "" = none was refused.
    const QString &refusal() const { return m_refusal; }
    /// What changed since the plan that a person saw; empty once it was looked at.
    const items::PlanDifference &difference() const { return m_difference; }
    void acknowledgeDifference();

    std::vector<Warning> warnings() const;
    /// What nobody can set aside here, one sentence each.
    QStringList closed() const;
    void accept(const QString &code, bool ticked, const QString &reason);
    bool isTicked(const QString &code) const { return m_accepted.value(code).ticked; }
    QString reasonFor(const QString &code) const { return m_accepted.value(code).reason; }
    /// What preflight still asks for; "" = nothing.
    QString missingAnswers() const;

    void setReason(const QString &reason);
    void setTyped(const QString &typed);
    const QString &reason() const { return m_reason; }
    const QString &typed() const { return m_typed; }
    /// What still stands between a person and the start, in words; "" = nothing.
    QString missing() const;
    /// Starts the plan, once; nothing while missing() says something.
    void start();
    bool isStarting() const { return m_starting; }
    /// Why the start was refused, "" = it was not.
    const QString &startTrouble() const { return m_startTrouble; }

    const RollbackRunPtr &run() const { return m_run; }
    /// Watches a run that was started before.
    void follow(const RollbackRunPtr &run);

signals:
    void planningChanged(); ///< planning began, went on, or was refused
    /// `differs`: not the plan that a person saw.
    void planChanged(bool differs);
    void answersChanged();
    void startChanged();
    void started();
    void runChanged();

private:
    struct Answer {
        bool ticked = false;
        QString reason;
    };

    void takePlan(const RollbackPlanPtr &plan);
    void dropAnswers(const RollbackPlan &before);
    void takeRefusal(const QString &environment, const QString &entry, const Error &error);
    void takeStartRefusal(const QString &digest, const Error &error);
    void takeRun(const RollbackRunPtr &run);
    void checkInputs(const EnvironmentStatePtr &after);
    std::vector<Override> overrides() const;

    WindowModels &m_models;
    QPointer<items::RollbackDesk> m_desk;
    QString m_environment, m_entry, m_target;
    bool m_planning = false;
    QString m_planningText, m_refusal;
    RollbackPlanPtr m_plan;
    RollbackPlanPtr m_seen; // the plan that a person passed preflight with, or the first one
    items::PlanDifference m_difference;
    QMap<QString, Answer> m_accepted; // by code
    QString m_reason, m_typed, m_startTrouble;
    bool m_starting = false;
    QString m_startDigest; // of the plan whose start was asked
    QStringList m_runsBefore; // ids known when the start was asked
    RollbackRunPtr m_run;
};

} // namespace taffrail::ui
