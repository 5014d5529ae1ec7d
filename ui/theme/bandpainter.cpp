// SPDX-License-Identifier: GPL-3.0-or-later
#include "bandpainter.h"

#include <QPainter>

namespace taffrail::ui {

void paintBand(QPainter &painter, const QRect &rect, Tier tier, const Theme &theme)
{
    const ColorPair &colors = theme.band(tier);
    painter.fillRect(rect, colors.background);
    if (tier != Tier::Production)
        return;
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.bandStripes, 4));
    for (int x = rect.left() - rect.height(); x < rect.right() + rect.height(); x += 12)
        painter.drawLine(QPointF(x, rect.bottom() + 1), QPointF(x + rect.height(), rect.top() - 1));
    painter.restore();
}

void paintChip(QPainter &painter, const QRect &rect, Tier tier, const Theme &theme)
{
    painter.save();
    painter.fillRect(rect, theme.band(tier).background);
    if (tier == Tier::Production) {
        paintBand(painter, QRect(rect.left(), rect.top(), 5, rect.height()), tier, theme);
        paintBand(painter, QRect(rect.right() - 4, rect.top(), 5, rect.height()), tier, theme);
    }
    painter.restore();
}

} // namespace taffrail::ui
