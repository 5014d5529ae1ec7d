// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackwindows.h"

#include "rollbacksession.h"
#include "rollbackwizard.h"
#include "windowmodels.h"

namespace taffrail::ui {

RollbackWindows::RollbackWindows(WindowModels &models, QWidget *parent)
    : QObject(parent),
      m_models(models),
      m_parent(parent)
{
}

RollbackWizard *RollbackWindows::make(const QString &environment)
{
    if (RollbackWizard *old = m_windows.take(environment)) {
        old->hide();
        old->deleteLater();
    }
    auto *window = new RollbackWizard(m_models, environment, m_parent);
    m_windows.insert(environment, window);
    connect(window, &QDialog::finished, this, [this, environment, window] {
        if (m_windows.value(environment) == window)
            m_windows.remove(environment);
        window->deleteLater();
    });
    connect(window, &RollbackWizard::rollForwardRequested, this,
            [this](const QString &which, const QString &entry, const QString &target) {
                make(which)->openAt(entry, target);
            });
    return window;
}

RollbackWizard *RollbackWindows::window(const QString &environment) const
{
    return m_windows.value(environment);
}

RollbackWizard *RollbackWindows::open(const QString &environment, const QString &entry, const QString &target)
{
    if (!m_models.desk() || !m_models.console.state(environment))
        return nullptr;
    // A run that has not ended is what a person must see first.
    for (const RollbackRunPtr &run : m_models.runs.open()) {
        if (run->plan.environment == environment)
            return openRun(run->id);
    }
    RollbackWizard *window = m_windows.value(environment);
    if (window && !window->session().run()) {
        // Another release was asked for by name: what is planned for the one before is not what is wanted.
        const bool isOther = !target.isEmpty() && target != window->session().target();
        if (!isOther || window->session().isStarting()) {
            window->bringUp();
            return window;
        }
    }
    window = make(environment);
    window->openAt(entry, target);
    return window;
}

RollbackWizard *RollbackWindows::openRun(const QString &id)
{
    const RollbackRunPtr run = m_models.runs.run(id);
    if (!run || !m_models.desk())
        return nullptr;
    RollbackWizard *window = m_windows.value(run->plan.environment);
    if (window && window->session().run() && window->session().run()->id == id) {
        window->bringUp();
        return window;
    }
    window = make(run->plan.environment);
    window->openRun(run);
    return window;
}

} // namespace taffrail::ui
