// SPDX-License-Identifier: GPL-3.0-or-later
#include "armedbutton.h"

#include <QKeyEvent>
#include <QTimer>

namespace taffrail::ui {

ArmedButton::ArmedButton(const QString &text, QWidget *parent) : QPushButton(text, parent), m_wait(new QTimer(this))
{
    setAutoDefault(false);
    setDefault(false);
    setEnabled(false);
    setMinimumHeight(24);
    setAccessibleName(text);
    m_wait->setSingleShot(true);
    m_wait->setInterval(armMs);
    connect(m_wait, &QTimer::timeout, this, [this] { setArmed(isVisible()); });
}

void ArmedButton::setReady(bool ready)
{
    m_ready = ready;
    setEnabled(m_ready && m_armed);
}

void ArmedButton::arm()
{
    setArmed(false);
    m_wait->start();
}

void ArmedButton::setArmed(bool armed)
{
    const bool differs = std::exchange(m_armed, armed) != armed;
    if (!armed)
        setDown(false); // a press that began before does not count
    setEnabled(m_ready && m_armed);
    if (differs)
        emit armedChanged();
}

void ArmedButton::showEvent(QShowEvent *event)
{
    QPushButton::showEvent(event);
    if (!m_armed && !m_wait->isActive())
        arm();
}

// A wizard hides and shows all of itself while it sets its buttons: only what stays hidden counts.
void ArmedButton::hideEvent(QHideEvent *event)
{
    QPushButton::hideEvent(event);
    QTimer::singleShot(0, this, [this] {
        if (isVisible())
            return;
        m_wait->stop();
        setArmed(false);
    });
}

void ArmedButton::keyPressEvent(QKeyEvent *event)
{
    // Some desktops press buttons by Enter as well, and a held Space repeats.
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->isAutoRepeat()) {
        event->accept();
        return;
    }
    QPushButton::keyPressEvent(event);
}

void ArmedButton::mouseDoubleClickEvent(QMouseEvent *event)
{
    event->accept();
}

ButtonGap::ButtonGap(QWidget *parent) : QAbstractButton(parent)
{
    setFocusPolicy(Qt::NoFocus);
    setEnabled(false);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

} // namespace taffrail::ui
