// SPDX-License-Identifier: GPL-3.0-or-later
#include "statusdelegate.h"

#include "roles.h"
#include "statusglyph.h"
#include "theme.h"

#include <QApplication>
#include <QHeaderView>
#include <QPainter>
#include <QTableView>

namespace taffrail::ui {

namespace {

constexpr int margin = 6;

QColor textColor(const QStyleOptionViewItem &option, bool stale)
{
    if (stale)
        return themeOf(option.palette).secondary;
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    return option.palette.color(QPalette::Active, selected ? QPalette::HighlightedText : QPalette::Text);
}

} // namespace

StatusDelegate::StatusDelegate(const TimeFormat &time, QObject *parent) : QStyledItemDelegate(parent), m_time(time) {}

int StatusDelegate::lineHeight(const QFontMetrics &metrics)
{
    return std::max(24, metrics.height() + 6);
}

QSize StatusDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QSize hint = QStyledItemDelegate::sizeHint(option, index);
    const int line = lineHeight(option.fontMetrics);
    hint.setHeight(index.data(items::ReasonRole).toString().isEmpty() ? line : 2 * line);
    if (index.data(items::HasStatusRole).toBool())
        hint.rwidth() += int(glyphSide(option.fontMetrics) * m_glyphScale) + margin;
    hint.rwidth() += 2 * margin;
    return hint;
}

void StatusDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const QDateTime time = index.data(items::TimeRole).toDateTime();
    if (time.isValid())
        option->text = m_time.cell(time);
    option->features &= ~QStyleOptionViewItem::HasDecoration;
}

void StatusDelegate::paint(QPainter *painter, const QStyleOptionViewItem &base, const QModelIndex &index) const
{
    QStyleOptionViewItem option = base;
    initStyleOption(&option, index);
    const QWidget *widget = option.widget;
    const QStyle *style = widget ? widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, widget);

    painter->save();
    painter->setClipRect(option.rect, Qt::IntersectClip);
    const QString reason = index.data(items::ReasonRole).toString();
    const int line
        = reason.isEmpty() ? option.rect.height() : std::min(option.rect.height() / 2, lineHeight(option.fontMetrics));
    const QRect first(option.rect.left() + margin, option.rect.top(), option.rect.width() - 2 * margin, line);
    paintContent(*painter, first, option, index);
    if (!reason.isEmpty())
        paintReason(
            *painter,
            QRect(option.rect.left(), option.rect.top() + line, option.rect.width(), option.rect.height() - line),
            option, index);
    painter->restore();
    // A selected row shows where one is; the ring is for a current row that is not selected.
    if (option.state.testFlag(QStyle::State_HasFocus) && !option.state.testFlag(QStyle::State_Selected)) {
        painter->save();
        painter->setPen(QPen(themeOf(option.palette).focus, 2));
        painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
        painter->restore();
    }
}

void StatusDelegate::paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                                  const QModelIndex &index) const
{
    const Theme &theme = themeOf(option.palette);
    const bool stale = index.data(items::StaleRole).toBool();
    if (!index.data(items::HasStatusRole).toBool()) {
        paintText(painter, area, option, option.text,
                  textColor(option, stale || index.data(items::DimmedRole).toBool()));
        return;
    }
    const auto status = Status(index.data(items::StatusRole).toInt());
    const int side = std::min(int(glyphSide(option.fontMetrics) * m_glyphScale), area.height() - 4);
    const QRect glyph(area.left(), area.top() + (area.height() - side) / 2, side, side);
    painter.drawPixmap(
        glyph.topLeft(),
        cachedStatusPixmap(status, side, theme.statusColor(status), painter.device()->devicePixelRatioF()));
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (stale && (status == Status::Warning || status == Status::Critical)) {
        const QRectF badge(glyph.right() - side * 0.45, glyph.bottom() - side * 0.45, side * 0.5, side * 0.5);
        paintClockBadge(painter, badge, theme.secondary,
                        option.palette.color(selected ? QPalette::Highlight : QPalette::Base));
    }
    QRect text = area.adjusted(side + margin, 0, 0, 0);
    const bool isStatusWord = option.text == statusTitle(status);
    if (status == Status::Critical && isStatusWord) {
        const int width = std::min(option.fontMetrics.horizontalAdvance(option.text) + 2 * margin, text.width());
        const int height = option.fontMetrics.height() + 2;
        const QRect pill(text.left(), text.top() + (text.height() - height) / 2, width, height);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.criticalPill.background);
        painter.drawRoundedRect(pill, height / 2.0, height / 2.0);
        paintText(painter, pill.adjusted(margin, 0, -margin + 1, 0), option, option.text, theme.criticalPill.text);
        return;
    }
    const bool colored = status >= Status::Warning || status == Status::Stale || isStatusWord;
    paintText(painter, text, option, option.text, colored ? theme.statusColor(status) : textColor(option, stale));
}

void StatusDelegate::paintText(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                               const QString &text, const QColor &color) const
{
    painter.setPen(color);
    m_shaped.draw(painter, area, option.displayAlignment, text, option.font, option.textElideMode);
}

// Each cell paints its piece of one line that starts under the first column and runs across the row.
void StatusDelegate::paintReason(QPainter &painter, const QRect &line, const QStyleOptionViewItem &option,
                                 const QModelIndex &index) const
{
    const auto *view = qobject_cast<const QTableView *>(option.widget);
    if (!view)
        return;
    const QHeaderView *header = view->horizontalHeader();

    const int indent = margin + int(glyphSide(option.fontMetrics));
    const int right = std::min(header->length() - header->offset(), view->viewport()->width());
    const QRect whole(-header->offset() + indent, line.top(), right + header->offset() - indent - margin,
                      line.height());
    QStyleOptionViewItem plain = option;
    plain.displayAlignment = Qt::AlignLeft | Qt::AlignVCenter;
    plain.textElideMode = Qt::ElideRight;
    paintText(painter, whole, plain, index.data(items::ReasonRole).toString(), textColor(option, false));
}

} // namespace taffrail::ui
