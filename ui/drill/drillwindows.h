// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

#include <QHash>
#include <QObject>
#include <QPointer>

namespace taffrail::ui {

class DrillWindow;
class WindowModels;

/// The windows of restore drills that are open: one for each environment.
class DrillWindows : public QObject {
    Q_OBJECT

public:
    DrillWindows(WindowModels &models, QWidget *parent);

    /// Opens a plan for a backup, or brings the drill under way to the front. Empty entry and backup = the suggested
    /// ones. Null when there is no desk or no such environment.
    DrillWindow *open(const QString &environment, const QString &entry = {}, const QString &backup = {});

private:
    WindowModels &m_models;
    QWidget *m_parent;
    QHash<QString, QPointer<DrillWindow>> m_windows;
};

} // namespace taffrail::ui
