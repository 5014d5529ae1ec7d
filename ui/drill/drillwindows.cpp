// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillwindows.h"

#include "drillwindow.h"
#include "windowmodels.h"

namespace taffrail::ui {

DrillWindows::DrillWindows(WindowModels &models, QWidget *parent) : QObject(parent), m_models(models), m_parent(parent)
{
}

DrillWindow *DrillWindows::open(const QString &environment, const QString &entry, const QString &backup)
{
    if (!m_models.drillDesk() || !m_models.console.state(environment))
        return nullptr;
    DrillWindow *window = m_windows.value(environment);
    if (!window) {
        window = new DrillWindow(m_models, environment, m_parent);
        window->setAttribute(Qt::WA_DeleteOnClose);
        m_windows.insert(environment, window);
    }
    // A drill that has not ended is what a person must see first.
    DrillRunPtr running;
    for (const DrillRunPtr &run : m_models.drillDesk()->runs()) {
        if (!running && run->plan.environment == environment && run->stage == DrillStage::Running)
            running = run;
    }
    if (running && (!window->run() || window->run()->id != running->id))
        window->follow(running);
    else if (!running)
        window->planFor(entry, backup);
    window->bringUp();
    return window;
}

} // namespace taffrail::ui
