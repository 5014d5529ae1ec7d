// SPDX-License-Identifier: GPL-3.0-or-later
// How texts side by side are painted; what they do is in textdiffview.cpp.
#include "textdiffview.h"

#include "theme.h"

#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace taffrail::ui {

using items::TextLine;
using items::TextRowState;

namespace {

constexpr int padding = 4;

} // namespace

void TextDiffView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    painter.setFont(font());
    const Theme &theme = themeOf(palette());
    const int height = lineHeight(), width = viewport()->width();
    const int first = verticalScrollBar()->value();
    for (int line = first; line < lineCount() && (line - first) * height < viewport()->height(); ++line) {
        const QRect area(0, (line - first) * height, width, height);
        const TextLine &place = m_lines[size_t(line)];
        if (place.folded > 0)
            paintFold(painter, area, place);
        else
            paintRow(painter, area, place.row);
        if (line == m_current) {
            painter.setPen(QPen(hasFocus() ? theme.focus : theme.border, hasFocus() ? 2 : 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(area.adjusted(1, 1, -1, -1));
        }
    }
    if (!m_comparison)
        return;
    const int sides = std::max(1, int(m_comparison->sides.size()));
    painter.setPen(QPen(theme.border, 1));
    for (int side = 1; side < sides; ++side)
        painter.drawLine(width * side / sides, 0, width * side / sides, viewport()->height());
}

void TextDiffView::paintFold(QPainter &painter, const QRect &area, const TextLine &line) const
{
    painter.fillRect(area, palette().color(QPalette::Window));
    painter.setPen(themeOf(palette()).secondary);
    painter.drawText(area.adjusted(gutterWidth() + padding, 0, 0, 0), int(Qt::AlignLeft | Qt::AlignVCenter),
                     QStringLiteral("\u22EF  ") + foldText(line));
}

void TextDiffView::paintRow(QPainter &painter, const QRect &area, int row)
{
    const Row &texts = rowAt(row);
    const int sides = int(m_comparison->sides.size());
    for (int side = 0; side < sides; ++side) {
        const int left = area.width() * side / sides, right = area.width() * (side + 1) / sides;
        paintSide(painter, QRect(left, area.top(), right - left, area.height()), row, side, texts);
    }
}

void TextDiffView::paintSide(QPainter &painter, const QRect &area, int row, int side, const Row &texts)
{
    const Theme &theme = themeOf(palette());
    const TextRowState state = m_comparison->states[size_t(row)];
    const int number = m_comparison->lineOf(row, side);
    const int gutter = gutterWidth();
    const std::span<const int> aligned = m_comparison->aligned.rows[size_t(row)];
    const bool isAlone = side > 0 ? aligned[0] < 0 : std::ranges::any_of(aligned, [](int line) { return line < 0; });
    const bool asReference = side > 0 && number >= 0 && !isAlone && texts.texts[size_t(side)] == texts.texts[0]
        && m_comparison->textOf(row, side) == m_comparison->textOf(row, 0);
    const QRect text = area.adjusted(gutter, 0, 0, 0);
    if (state == TextRowState::Comment) {
        painter.fillRect(area, theme.expected);
    } else if (state == TextRowState::Differs) {
        if (number < 0) {
            QColor line = theme.border;
            line.setAlphaF(0.45F);
            painter.fillRect(area, theme.missing);
            painter.fillRect(text, QBrush(line, Qt::BDiagPattern));
        } else if (!asReference) {
            painter.fillRect(area, theme.changed);
        }
    }
    painter.save();
    painter.setClipRect(area);
    painter.setPen(theme.secondary);
    const int letter = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    if (number >= 0)
        painter.drawText(QRect(area.left(), area.top(), gutter - 2 * letter - padding, area.height()),
                         int(Qt::AlignRight | Qt::AlignVCenter), QString::number(number + 1));
    const QString mark = state == TextRowState::Equal || asReference ? QString()
        : state == TextRowState::Comment                             ? QStringLiteral("\u2248")
        : number < 0                                                 ? QStringLiteral("\u2212")
        : isAlone                                                    ? QStringLiteral("+")
                                                                     : QStringLiteral("\u2260");
    painter.setPen(palette().color(QPalette::Active, QPalette::Text));
    painter.drawText(QRect(area.left() + gutter - 2 * letter, area.top(), 2 * letter, area.height()),
                     int(Qt::AlignLeft | Qt::AlignVCenter), mark);
    painter.restore();
    if (number >= 0)
        paintText(painter, text.adjusted(padding, 0, 0, 0), texts.texts[size_t(side)], texts.marks[size_t(side)]);
}

void TextDiffView::paintText(QPainter &painter, const QRect &area, const QString &text,
                             const std::vector<InlineRange> &marks)
{
    const Theme &theme = themeOf(palette());
    painter.save();
    painter.setClipRect(area);
    painter.setPen(palette().color(QPalette::Active, QPalette::Text));
    QFont strong = font();
    strong.setBold(true);
    strong.setUnderline(true);
    const QFontMetrics usualMetrics(font()), strongMetrics(strong);
    int x = area.left() - horizontalScrollBar()->value();
    const auto piece = [&](int begin, int end, bool isMarked) {
        if (begin >= end || x > area.right())
            return;
        const QString part = text.mid(begin, end - begin);
        const int width = (isMarked ? strongMetrics : usualMetrics).horizontalAdvance(part);
        const QRect place(x, area.top(), width, area.height());
        x += width;
        if (place.right() < area.left())
            return;
        if (isMarked)
            painter.fillRect(place, theme.changedInside);
        painter.setFont(isMarked ? strong : font());
        painter.drawText(place.adjusted(0, 0, 2, 0), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextDontClip, part);
    };
    int at = 0;
    const int size = int(text.size());
    for (const InlineRange &mark : marks) {
        const int begin = std::clamp(mark.begin, at, size), end = std::clamp(mark.end, begin, size);
        piece(at, begin, false);
        piece(begin, end, true);
        at = end;
    }
    piece(at, size, false);
    painter.restore();
}

} // namespace taffrail::ui
