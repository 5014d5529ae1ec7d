// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentselection.h"

#include "consolemodels.h"

namespace taffrail::items {

EnvironmentSelection::EnvironmentSelection(ConsoleModels &models) : m_models(models)
{
    connect(&models, &ConsoleModels::selectedChanged, this, [this] {
        if (!m_id.isEmpty() && m_models.state(m_models.selected()) != m_linked)
            update();
    });
}

void EnvironmentSelection::choose(PaneKind pane, const QString &id)
{
    if (pane == m_pane && id == m_id)
        return;
    m_pane = pane;
    m_id = id;
    update();
}

void EnvironmentSelection::update()
{
    m_linked = m_models.state(m_models.selected());
    PaneModel *chosen = m_models.pane(m_pane);
    if (!m_linked || !chosen || chosen->rowOf(m_id) < 0)
        m_id.clear();
    const LinkedRows linked = m_id.isEmpty() ? LinkedRows() : linkedRows(*m_linked, m_pane, m_id);
    for (const PaneKind kind : {PaneKind::Deployments, PaneKind::Migrations, PaneKind::Backups, PaneKind::Health})
        m_models.pane(kind)->setMarks(linked[size_t(kind)]);
    emit changed();
}

} // namespace taffrail::items
