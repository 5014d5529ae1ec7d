// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparedelegate.h"

#include "comparecells.h"
#include "comparemodel.h"
#include "theme.h"

#include <QPainter>

#include <optional>

namespace taffrail::ui {

namespace {

std::optional<CellState> stateOf(const QModelIndex &index)
{
    const QVariant value = index.data(items::CellStateRole);
    return value.isValid() ? std::optional(CellState(value.toInt())) : std::nullopt;
}

// A triangle that points right for a folded section, down for an open one.
void paintFold(QPainter &painter, const QRect &box, bool folded, const QColor &ink)
{
    const QPointF middle = QRectF(box).center();
    const qreal half = box.width() * 0.3;
    const QPolygonF shape = folded
        ? QPolygonF{middle + QPointF(-half / 2, -half), middle + QPointF(half, 0), middle + QPointF(-half / 2, half)}
        : QPolygonF{middle + QPointF(-half, -half / 2), middle + QPointF(half, -half / 2), middle + QPointF(0, half)};
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawPolygon(shape);
    painter.restore();
}

} // namespace

void CompareDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    paintGround(*painter, option, index);
    StatusDelegate::paint(painter, option, index);
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->save();
        painter->setPen(QPen(themeOf(option.palette).focus, 2));
        painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
        painter->restore();
    }
}

void CompareDelegate::paintGround(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = themeOf(option.palette);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (index.data(items::SectionRole).toBool()) {
        if (!selected)
            painter.fillRect(option.rect, option.palette.color(QPalette::Window));
        return;
    }
    const std::optional<CellState> state = stateOf(index);
    if (!state || selected)
        return; // the row's own ground is painted next; the mark says it there
    switch (*state) {
    case CellState::Changed:
    case CellState::TypeDiffers:
    case CellState::SecretDiffers:
    case CellState::Extra: painter.fillRect(option.rect, theme.changed); break;
    case CellState::Missing: painter.fillRect(option.rect, theme.missing); break;
    case CellState::Expected: painter.fillRect(option.rect, theme.expected); break;
    case CellState::Unknown:
    case CellState::Equal:
    case CellState::SecretSame: break;
    }
}

void CompareDelegate::paintSection(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                                   const QModelIndex &index) const
{
    QStyleOptionViewItem bold = option;
    bold.font.setBold(index.column() == 0);
    QRect text = area;
    const QColor ink = option.palette.color(QPalette::Active, QPalette::Text);
    if (index.column() == 0) {
        const int side = option.fontMetrics.height();
        paintFold(painter, QRect(area.left() - 2, area.center().y() - side / 2, side, side),
                  index.data(items::FoldedRole).toBool(), ink);
        text.setLeft(area.left() + side + 2);
    }
    paintText(painter, text, bold, option.text, index.column() == 0 ? ink : themeOf(option.palette).secondary);
}

void CompareDelegate::paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                                   const QModelIndex &index) const
{
    if (index.data(items::SectionRole).toBool()) {
        paintSection(painter, area, option, index);
        return;
    }
    const Theme &theme = themeOf(option.palette);
    const QColor ink = option.palette.color(QPalette::Active, QPalette::Text);
    const std::optional<CellState> state = stateOf(index);
    if (!state) {
        const int indent = option.fontMetrics.height();
        paintText(painter, area.adjusted(indent, 0, 0, 0), option, option.text, ink);
        return;
    }
    if (*state == CellState::Missing) {
        painter.save();
        QColor line = theme.border;
        line.setAlphaF(0.55F);
        painter.fillRect(option.rect, QBrush(line, Qt::BDiagPattern));
        painter.restore();
    }
    const QString mark = cellMark(*state);
    QRect text = area;
    QStyleOptionViewItem strong = option;
    strong.font.setBold(true);
    if (*state == CellState::Missing) {
        // The word on a plain ground, so that the hatch does not run through it.
        const int width = std::min(QFontMetrics(strong.font).horizontalAdvance(option.text) + 8, area.width() + 8);
        painter.fillRect(QRect(area.left() - 4, area.top() + 3, width, area.height() - 6),
                         option.state.testFlag(QStyle::State_Selected) ? option.palette.color(QPalette::Highlight)
                                                                       : theme.missing);
        paintText(painter, text, strong, option.text, ink);
        return;
    }
    QString words = option.text;
    if (!mark.isEmpty() && words.startsWith(mark)) {
        const int width = QFontMetrics(strong.font).horizontalAdvance(QLatin1Char('W'));
        paintText(painter, QRect(area.left(), area.top(), width, area.height()), strong, mark.trimmed(), ink);
        text.setLeft(area.left() + width + 2);
        words.remove(0, mark.size());
    }
    const bool quiet = *state == CellState::Expected || *state == CellState::Unknown;
    paintText(painter, text, option, words, quiet ? theme.secondary : ink);
}

} // namespace taffrail::ui
