// SPDX-License-Identifier: GPL-3.0-or-later
#include "consolemodels.h"

namespace taffrail::items {

ConsoleModels::ConsoleModels(QObject *parent) : QObject(parent) {}

PaneModel *ConsoleModels::pane(PaneKind kind)
{
    switch (kind) {
    case PaneKind::Deployments: return &deployments;
    case PaneKind::Migrations: return &migrations;
    case PaneKind::Backups: return &backups;
    case PaneKind::Health: return &health;
    case PaneKind::Configs: break; // compared side by side on a screen of its own
    }
    return nullptr;
}

void ConsoleModels::setEnvironments(const std::vector<EnvironmentSpecPtr> &environments)
{
    QHash<QString, EnvironmentStatePtr> states;
    m_order.clear();
    for (const EnvironmentSpecPtr &spec : environments) {
        m_order << spec->id;
        const EnvironmentStatePtr known = m_states.value(spec->id);
        EnvironmentState next = known ? *known : EnvironmentState{spec, {}, {}, m_now};
        next.environment = spec;
        if (!next.snapshot) {
            next.assessment.status = Status::Unknown;
            for (const SourceEntry &entry : spec->entries)
                next.assessment.panes[size_t(entry.pane)].status = Status::Unknown;
        }
        states.insert(spec->id, std::make_shared<const EnvironmentState>(std::move(next)));
    }
    m_states = std::move(states);
    m_refreshing.removeIf([this](const QString &id) { return !m_states.contains(id); });
    board.setEnvironments(environments);
    tree.setEnvironments(environments);
    links.setEnvironments(environments);
    emit environmentsChanged();
    if (!m_states.contains(m_selected))
        select({});
    else
        showSelected();
}

void ConsoleModels::apply(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment)
        return;
    const auto known = m_states.find(state->environment->id);
    if (known == m_states.end())
        return;
    const SnapshotPtr before = (*known)->snapshot;
    if (before && state->snapshot && !before->remembered && state->snapshot->generation < before->generation)
        return;
    const EnvironmentStatePtr replaced = std::exchange(*known, state);
    board.applyState(state);
    tree.applyState(state);
    links.applyState(state);
    if (state->environment->id == m_selected)
        showSelected();
    emit applied(replaced, state);
}

void ConsoleModels::setNow(const QDateTime &now)
{
    m_now = now;
    board.setNow(now);
    tree.setNow(now);
    links.setNow(now);
    deployments.setNow(now);
    migrations.setNow(now);
    backups.setNow(now);
    health.setNow(now);
    findings.setNow(now);
    if (!m_selected.isEmpty())
        emit selectedChanged();
    emit clockMoved();
}

void ConsoleModels::setRefreshing(const QString &environment, bool refreshing)
{
    if (refreshing == m_refreshing.contains(environment))
        return;
    if (refreshing)
        m_refreshing.insert(environment);
    else
        m_refreshing.remove(environment);
    if (environment == m_selected)
        emit selectedChanged();
}

void ConsoleModels::select(const QString &environment)
{
    const QString wanted = m_states.contains(environment) ? environment : QString();
    if (wanted == m_selected)
        return;
    m_selected = wanted;
    showSelected();
    emit selectionChanged(m_selected);
}

void ConsoleModels::showSelected()
{
    const EnvironmentStatePtr shown = m_states.value(m_selected);
    deployments.show(shown);
    migrations.show(shown);
    backups.show(shown);
    health.show(shown);
    findings.show(shown);
    emit selectedChanged();
}

} // namespace taffrail::items
