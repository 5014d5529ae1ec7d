// SPDX-License-Identifier: GPL-3.0-or-later
#include "elidelabel.h"

#include <QPainter>

namespace taffrail::ui {

ElideLabel::ElideLabel(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElideLabel::setTexts(const QString &text, const QString &shorter)
{
    if (text == m_text && shorter == m_short)
        return;
    const bool sized = text.size() != m_text.size();
    m_text = text;
    m_short = shorter;
    setAccessibleName(text);
    if (sized)
        updateGeometry();
    update();
}

QSize ElideLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 2, fontMetrics().height() + 2};
}

QSize ElideLabel::minimumSizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_short) + 2, sizeHint().height()};
}

void ElideLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const bool fits = fontMetrics().horizontalAdvance(m_text) <= width();
    const QString shown = fits ? m_text : fontMetrics().elidedText(m_short, Qt::ElideRight, width());
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, shown);
}

} // namespace taffrail::ui
