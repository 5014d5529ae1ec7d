// SPDX-License-Identifier: GPL-3.0-or-later
#include "boarddelegate.h"

#include "bandpainter.h"
#include "boardmodel.h"
#include "words.h"

#include <QPainter>

namespace taffrail::ui {

void BoardDelegate::paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                                 const QModelIndex &index) const
{
    if (index.column() != items::BoardModel::Environment) {
        StatusDelegate::paintContent(painter, area, option, index);
        return;
    }
    const auto tier = Tier(index.data(items::TierRole).toInt());
    const QString word = items::tierTitle(tier).toUpper();
    QFont small = option.font;
    small.setPointSizeF(std::max(6.0, small.pointSizeF() * 0.8));
    const QFontMetrics metrics(small);
    const int width = metrics.horizontalAdvance(word) + 14;
    const int height = metrics.height() + 4;
    const QRect chip(area.left(), area.top() + (area.height() - height) / 2, width, height);
    paintChip(painter, chip, tier, themeOf(option.palette));
    painter.setPen(themeOf(option.palette).band(tier).text);
    shaped().draw(painter, chip, Qt::AlignCenter, word, small, Qt::ElideNone);
    QStyleOptionViewItem named = option;
    named.font.setBold(true);
    named.fontMetrics = QFontMetrics(named.font);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    paintText(painter, area.adjusted(width + 8, 0, 0, 0), named, option.text,
              option.palette.color(QPalette::Active, selected ? QPalette::HighlightedText : QPalette::Text));
}

} // namespace taffrail::ui
