// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

class QTimer;

namespace taffrail::ui {

/// A button that acts on other machines. It can be pressed 800 ms after it appeared or was armed anew at the earliest,
/// so that no double click passes through to it; Enter never presses it, Space and the mouse do.
class ArmedButton : public QPushButton {
    Q_OBJECT

public:
    static constexpr int armMs = 800;

    ArmedButton(const QString &text, QWidget *parent);

    /// Whether everything else that it needs is there.
    void setReady(bool ready);
    /// Waits anew.
    void arm();
    bool isArmed() const { return m_armed; }

signals:
    void armedChanged();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;

private:
    void setArmed(bool armed);

    QTimer *m_wait;
    bool m_ready = false;
    bool m_armed = false;
};

/// Empty room of at least 24 px between two buttons of a wizard's row, which takes nothing but buttons.
class ButtonGap : public QAbstractButton {
    Q_OBJECT

public:
    explicit ButtonGap(QWidget *parent);
    QSize sizeHint() const override { return {24, 1}; }

protected:
    void paintEvent(QPaintEvent *) override {}
};

} // namespace taffrail::ui
