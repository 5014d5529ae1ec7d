// SPDX-License-Identifier: GPL-3.0-or-later
#include "statuslabel.h"

#include "statusglyph.h"
#include "theme.h"

#include <QPainter>

namespace taffrail::ui {

StatusLabel::StatusLabel(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(statusTitle(m_status));
}

void StatusLabel::setStatus(Status status)
{
    if (std::exchange(m_status, status) == status)
        return;
    setAccessibleName(statusTitle(status));
    updateGeometry();
    update();
}

QSize StatusLabel::sizeHint() const
{
    const int side = glyphSide(fontMetrics());
    return {side + 6 + fontMetrics().horizontalAdvance(statusTitle(m_status)) + 14,
            std::max(side, fontMetrics().height() + 2)};
}

void StatusLabel::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeOf(palette());
    const QString word = statusTitle(m_status);
    const int side = glyphSide(fontMetrics());
    QPainter painter(this);
    paintStatus(painter, QRectF(0, (height() - side) / 2.0, side, side), m_status, theme.statusColor(m_status));
    QRect text(side + 6, 0, fontMetrics().horizontalAdvance(word), height());
    painter.setPen(theme.statusColor(m_status));
    if (m_status == Status::Critical) {
        const int pillHeight = std::min(height(), fontMetrics().height() + 2);
        const QRectF pill(side + 4, (height() - pillHeight) / 2.0, text.width() + 12, pillHeight);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(theme.criticalPill.background);
        painter.setPen(Qt::NoPen);
        painter.drawRoundedRect(pill, pillHeight / 2.0, pillHeight / 2.0);
        painter.setPen(theme.criticalPill.text);
        text.translate(4, 0);
    }
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, word);
}

} // namespace taffrail::ui
