// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "activitymodel.h"
#include "boardmodel.h"
#include "environmentselection.h"
#include "environmenttreemodel.h"
#include "linkmodel.h"
#include "panemodels.h"

#include <QHash>
#include <QSet>

namespace taffrail::items {

/// All item models of one console, fed together, so that no two views show different polls. Lives in the GUI thread.
class ConsoleModels : public QObject {
    Q_OBJECT

public:
    explicit ConsoleModels(QObject *parent = nullptr);

    /// The environments of the inventory, at start and after it changed.
    void setEnvironments(const std::vector<EnvironmentSpecPtr> &environments);
    /// A newly judged state; one of an older generation than the shown is dropped.
    void apply(const EnvironmentStatePtr &state);
    /// The clock that ages are counted to, UTC. Call it once a second or less often.
    void setNow(const QDateTime &now);
    /// Whether a read of this environment is under way.
    void setRefreshing(const QString &environment, bool refreshing);
    /// The environment whose panes are filled; "" = none.
    void select(const QString &environment);

    QDateTime now() const { return m_now; }
    QString selected() const { return m_selected; }
    /// Of an environment of the inventory, also before anything was read; null for another.
    EnvironmentStatePtr state(const QString &environment) const { return m_states.value(environment); }
    bool isRefreshing(const QString &environment) const { return m_refreshing.contains(environment); }
    QStringList environments() const { return m_order; }
    PaneModel *pane(PaneKind kind);

    BoardModel board;
    EnvironmentTreeModel tree;
    LinkModel links;
    ActivityModel activity;
    DeploymentModel deployments;
    MigrationModel migrations;
    BackupModel backups;
    HealthModel health;
    FindingModel findings;
    EnvironmentSelection selection{*this}; ///< the row chosen in one pane and what it marks in the others

signals:
    /// Another environment is selected.
    void selectionChanged(const QString &environment);
    /// The state, the clock or the refreshing mark of the selected environment changed: notices and ages may differ.
    void selectedChanged();
    void environmentsChanged();
    /// The clock that ages are counted to went on.
    void clockMoved();
    /// A state took the place of another (null at first).
    void applied(const taffrail::EnvironmentStatePtr &before, const taffrail::EnvironmentStatePtr &after);

private:
    void showSelected();

    QStringList m_order;
    QHash<QString, EnvironmentStatePtr> m_states;
    QSet<QString> m_refreshing;
    QString m_selected;
    QDateTime m_now;
};

} // namespace taffrail::items
