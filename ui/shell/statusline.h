// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QObject>

class QLabel;
class QStatusBar;
class QTimer;
class QToolButton;

namespace taffrail::ui {

class WindowModels;

/// The parts of the status bar: mode, connections, next poll, latest event, clock and the zone switch.
class StatusLine : public QObject {
    Q_OBJECT

public:
    StatusLine(WindowModels &models, QStatusBar *bar);

    /// Shows the event at once. Its name, by whose change assistive programs speak it, changes at most once in 5 s:
    /// then the latest of the worst that came meanwhile.
    void announce(const QString &event, Status severity);

signals:
    void connectionsRequested();

private:
    void speak();
    void fitEvent();
    void updateConnections();
    void updateClock();

    WindowModels &m_models;
    QToolButton *m_connections;
    QLabel *m_poll;
    QLabel *m_event;
    QLabel *m_clock;
    QToolButton *m_zone;
    QTimer *m_silence; // active = something was spoken just now
    QString m_shown; // whole
    QString m_waiting;
    Status m_waitingSeverity = Status::None;
};

} // namespace taffrail::ui
