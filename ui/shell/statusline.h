// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QLabel;
class QStatusBar;
class QToolButton;

namespace taffrail::ui {

class WindowModels;

/// The parts of the status bar: mode, connections, next poll, latest event, clock and the zone switch.
class StatusLine : public QObject {
    Q_OBJECT

public:
    StatusLine(WindowModels &models, QStatusBar *bar);

    /// Names of the latest event reach assistive programs by the change of a name.
    void announce(const QString &event);

signals:
    void connectionsRequested();

private:
    void updateConnections();
    void updateClock();

    WindowModels &m_models;
    QToolButton *m_connections;
    QLabel *m_poll;
    QLabel *m_event;
    QLabel *m_clock;
    QToolButton *m_zone;
};

} // namespace taffrail::ui
