// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QFrame>
#include <QIcon>

class QBoxLayout;
class QLabel;
class QToolButton;

namespace taffrail::ui {

class FlowLayout;

/// A notice in the layout, above what it concerns, never over it: silhouette, sentence, at most three buttons.
/// None of them is a default button: Enter does nothing unless a button has the focus.
class InlineMessage : public QFrame {
    Q_OBJECT

public:
    explicit InlineMessage(QWidget *parent);

    /// Shows the sentence; an empty one hides the notice. Buttons are kept when the same ids come again.
    void showMessage(Status severity, const QString &text, const QList<QPair<int, QString>> &buttons = {});
    void clear() { showMessage(Status::None, {}); }
    QString text() const;
    QSize minimumSizeHint() const override;
    QList<QToolButton *> buttons() const { return m_buttons; }

signals:
    void pressed(int button);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void setButtons(const QList<QPair<int, QString>> &buttons);
    void updateGlyph();
    void arrange();

    Status m_severity = Status::None;
    QList<QPair<int, QString>> m_specs;
    QLabel *m_glyph;
    QLabel *m_text;
    QBoxLayout *m_row; // beside each other, or in a narrow place above each other
    FlowLayout *m_buttonRow;
    QList<QToolButton *> m_buttons;
};

} // namespace taffrail::ui
