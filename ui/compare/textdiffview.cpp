// SPDX-License-Identifier: GPL-3.0-or-later
#include "textdiffview.h"

#include "theme.h"
#include "widgets.h"

#include <QApplication>
#include <QClipboard>
#include <QFontMetrics>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace taffrail::ui {

using items::TextLine;
using items::TextRowState;

TextDiffView::TextDiffView(QWidget *parent) : QAbstractScrollArea(parent)
{
    setObjectName(QStringLiteral("textDiff"));
    setAccessibleName(tr("Texts side by side"));
    setFocusPolicy(Qt::StrongFocus);
    setFont(fixedFont(font()));
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
}

void TextDiffView::show(const items::TextComparisonPtr &comparison)
{
    m_comparison = comparison;
    m_unfolded.clear();
    m_rows.clear();
    m_current = 0;
    fold();
    horizontalScrollBar()->setValue(0);
    if (comparison && !comparison->differences.empty())
        setCurrentLine(lineOfRow(comparison->differences.front()));
    else
        setCurrentLine(0);
    viewport()->update();
}

void TextDiffView::setContext(int lines)
{
    if (std::exchange(m_context, lines) == lines)
        return;
    const int row = m_current < lineCount() ? m_lines[size_t(m_current)].row : 0;
    m_unfolded.clear();
    fold();
    setCurrentLine(lineOfRow(row));
}

void TextDiffView::fold()
{
    m_lines = m_comparison ? items::foldedLines(*m_comparison, m_context, m_unfolded) : std::vector<TextLine>();
    updateBars();
    viewport()->update();
}

int TextDiffView::lineHeight() const
{
    return fontMetrics().height() + 2;
}

int TextDiffView::linesInSight() const
{
    return std::max(1, viewport()->height() / lineHeight());
}

int TextDiffView::gutterWidth() const
{
    size_t most = 1;
    for (size_t side = 0; m_comparison && side < m_comparison->lines.size(); ++side)
        most = std::max(most, m_comparison->lines[side].lines.size());
    const auto digits = QString::number(most).size();
    return fontMetrics().horizontalAdvance(QLatin1Char('0')) * int(digits + 3);
}

void TextDiffView::updateBars()
{
    verticalScrollBar()->setPageStep(linesInSight());
    verticalScrollBar()->setRange(0, std::max(0, lineCount() - linesInSight()));
    const int sides = m_comparison ? std::max(1, int(m_comparison->sides.size())) : 1;
    const int room = std::max(1, viewport()->width() / sides - gutterWidth());
    const int letter = std::max(1, fontMetrics().horizontalAdvance(QLatin1Char('0')));
    const int longest = m_comparison ? int(std::min<qsizetype>(m_comparison->longest + 12, longestShown + 12)) : 0;
    horizontalScrollBar()->setPageStep(room);
    horizontalScrollBar()->setSingleStep(letter * 4);
    horizontalScrollBar()->setRange(0, std::max(0, longest * letter - room));
}

int TextDiffView::lineOfRow(int row) const
{
    const auto after = std::ranges::upper_bound(m_lines, row, {}, [](const TextLine &line) { return line.row; });
    return std::max(0, int(after - m_lines.begin()) - 1);
}

int TextDiffView::differenceCount() const
{
    return m_comparison ? int(m_comparison->differences.size()) : 0;
}

int TextDiffView::currentDifference() const
{
    if (!m_comparison || m_lines.empty())
        return 0;
    const std::vector<int> &starts = m_comparison->differences;
    return int(std::ranges::upper_bound(starts, m_lines[size_t(m_current)].row) - starts.begin());
}

bool TextDiffView::goToNext()
{
    const int next = currentDifference();
    if (next >= differenceCount())
        return false;
    setCurrentLine(lineOfRow(m_comparison->differences[size_t(next)]));
    return true;
}

bool TextDiffView::goToPrevious()
{
    if (m_lines.empty())
        return false;
    const int row = m_lines[size_t(m_current)].row;
    const std::vector<int> &starts = m_comparison->differences;
    const auto place = std::ranges::lower_bound(starts, row);
    if (place == starts.begin())
        return false;
    setCurrentLine(lineOfRow(*(place - 1)));
    return true;
}

void TextDiffView::setCurrentLine(int line)
{
    m_current = std::clamp(line, 0, std::max(0, lineCount() - 1));
    QScrollBar *bar = verticalScrollBar();
    const int sight = linesInSight();
    if (m_current < bar->value() || m_current >= bar->value() + sight)
        bar->setValue(m_current - sight / 3);
    setAccessibleDescription(spokenLine(m_current));
    viewport()->update();
    emit currentChanged();
}

void TextDiffView::unfold(int line)
{
    if (line < 0 || line >= lineCount() || m_lines[size_t(line)].folded == 0)
        return;
    m_unfolded.insert(m_lines[size_t(line)].row);
    const int top = verticalScrollBar()->value();
    fold();
    verticalScrollBar()->setValue(top);
    setCurrentLine(line);
}

QString TextDiffView::foldText(const TextLine &line) const
{
    return tr("%n equal line(s)", nullptr, line.folded)
        .replace(QLatin1String("(s)"), line.folded == 1 ? QString() : QStringLiteral("s"));
}

QString TextDiffView::spokenLine(int line) const
{
    if (!m_comparison || line < 0 || line >= lineCount())
        return {};
    const TextLine &place = m_lines[size_t(line)];
    if (place.folded > 0)
        return tr("%1, folded").arg(foldText(place));
    QStringList parts;
    const TextRowState state = m_comparison->states[size_t(place.row)];
    const int sides = state == TextRowState::Equal ? 1 : int(m_comparison->sides.size());
    for (int side = 0; side < sides; ++side) {
        const int number = m_comparison->lineOf(place.row, side);
        const QString text = number < 0
            ? tr("no line")
            : tr("line %1: %2").arg(number + 1).arg(items::shownLine(m_comparison->textOf(place.row, side), 200));
        parts << (sides > 1 ? m_comparison->sides[size_t(side)].title + QLatin1Char(' ') + text : text);
    }
    parts.prepend(state == TextRowState::Equal         ? tr("equal")
                      : state == TextRowState::Differs ? tr("differs")
                                                       : tr("comment differs"));
    return parts.join(QStringLiteral(", "));
}

QString TextDiffView::differenceText() const
{
    if (!m_comparison || m_lines.empty())
        return {};
    int first = m_lines[size_t(m_current)].row, end = first;
    const auto differs = [&](int row) { return m_comparison->states[size_t(row)] == TextRowState::Differs; };
    while (first > 0 && differs(first) && differs(first - 1))
        --first;
    while (end < m_comparison->rowCount() && (end == first || (differs(first) && differs(end))))
        ++end;
    QString text;
    for (int side = 0; side < int(m_comparison->sides.size()); ++side) {
        const items::TextSide &from = m_comparison->sides[size_t(side)];
        text += from.title + QStringLiteral("  ") + from.place + QLatin1Char('\n');
        for (int row = first; row < end; ++row) {
            const int number = m_comparison->lineOf(row, side);
            if (number >= 0)
                text += QStringLiteral("%1: %2\n")
                            .arg(number + 1)
                            .arg(items::shownLine(m_comparison->textOf(row, side), longestShown));
        }
    }
    return text;
}

const TextDiffView::Row &TextDiffView::rowAt(int row)
{
    if (const Row *known = m_rows.object(row))
        return *known;
    auto made = std::make_unique<Row>();
    const size_t sides = m_comparison->sides.size();
    for (size_t side = 0; side < sides; ++side)
        made->texts.push_back(items::shownLine(m_comparison->textOf(row, int(side)), longestShown));
    made->marks.resize(sides);
    if (m_comparison->states[size_t(row)] != TextRowState::Equal && m_comparison->lineOf(row, 0) >= 0) {
        for (size_t side = sides - 1; side > 0; --side) {
            const bool there = m_comparison->lineOf(row, int(side)) >= 0;
            if (!there || made->texts[side] == made->texts[0])
                continue;
            InlineDiff inside = diffInside(made->texts[0], made->texts[side]);
            made->marks[0] = std::move(inside.a);
            made->marks[side] = std::move(inside.b);
        }
    }
    Row *kept = made.release();
    m_rows.insert(row, kept);
    return *kept;
}

bool TextDiffView::event(QEvent *event)
{
    // The window copies table rows with the same keys: here they copy what differs.
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent *>(event)->matches(QKeySequence::Copy)) {
        event->accept();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

void TextDiffView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateBars();
}

void TextDiffView::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        QApplication::clipboard()->setText(differenceText());
        return;
    }
    const bool alt = event->modifiers().testFlag(Qt::AltModifier);
    const int page = std::max(1, linesInSight() - 2);
    switch (event->key()) {
    case Qt::Key_N: goToNext(); return;
    case Qt::Key_P: goToPrevious(); return;
    case Qt::Key_Down: alt ? void(goToNext()) : setCurrentLine(m_current + 1); return;
    case Qt::Key_Up: alt ? void(goToPrevious()) : setCurrentLine(m_current - 1); return;
    case Qt::Key_PageDown: setCurrentLine(m_current + page); return;
    case Qt::Key_PageUp: setCurrentLine(m_current - page); return;
    case Qt::Key_Home: setCurrentLine(0); return;
    case Qt::Key_End: setCurrentLine(lineCount() - 1); return;
    case Qt::Key_Left: horizontalScrollBar()->triggerAction(QScrollBar::SliderSingleStepSub); return;
    case Qt::Key_Right: horizontalScrollBar()->triggerAction(QScrollBar::SliderSingleStepAdd); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: unfold(m_current); return;
    default: event->ignore();
    }
}

void TextDiffView::mousePressEvent(QMouseEvent *event)
{
    const int line = verticalScrollBar()->value() + int(event->position().y()) / lineHeight();
    if (line >= lineCount())
        return;
    if (m_lines[size_t(line)].folded > 0)
        unfold(line);
    else
        setCurrentLine(line);
}

void TextDiffView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateBars();
}

void TextDiffView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TextDiffView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

} // namespace taffrail::ui
