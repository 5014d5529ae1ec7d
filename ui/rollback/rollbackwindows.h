// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackrun.h"

#include <QHash>
#include <QObject>
#include <QPointer>

namespace taffrail::ui {

class RollbackWizard;
class WindowModels;

/// The rollback windows that are open: one for each environment.
class RollbackWindows : public QObject {
    Q_OBJECT

public:
    RollbackWindows(WindowModels &models, QWidget *parent);

    /// Opens the window of an environment, or brings it to the front. Empty entry and target = the suggested ones. Null
    /// when there is no desk or no such environment.
    RollbackWizard *open(const QString &environment, const QString &entry = {}, const QString &target = {});
    /// Opens a run of the desk by its id. A plan that is being made for the environment gives way.
    RollbackWizard *openRun(const QString &run);
    RollbackWizard *window(const QString &environment) const;

private:
    RollbackWizard *make(const QString &environment);

    WindowModels &m_models;
    QWidget *m_parent;
    QHash<QString, QPointer<RollbackWizard>> m_windows;
};

} // namespace taffrail::ui
