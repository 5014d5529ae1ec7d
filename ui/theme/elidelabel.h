// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace taffrail::ui {

/// One line that gives way: the long text, else the short one, else the short one cut with "…". Right-aligned, plain.
class ElideLabel : public QWidget {
    Q_OBJECT

public:
    explicit ElideLabel(QWidget *parent);

    void setTexts(const QString &text, const QString &shorter);
    QString text() const { return m_text; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    QString m_short;
};

} // namespace taffrail::ui
