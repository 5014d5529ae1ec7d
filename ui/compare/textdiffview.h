// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "textcomparison.h"

#include <QAbstractScrollArea>
#include <QCache>

namespace taffrail::ui {

/// Two or three texts side by side, aligned by lines: both scroll bars move all sides. Runs of equal lines are folded.
/// What differs inside a line is bold, underlined and on a ground of its own. Only what is in sight is laid out.
/// Keys: arrows and pages move the line, Enter unfolds, N and P (or Alt+Down, Alt+Up) go from difference to difference.
class TextDiffView : public QAbstractScrollArea {
    Q_OBJECT

public:
    static constexpr int longestShown = 2000; ///< characters of one line

    explicit TextDiffView(QWidget *parent);

    void show(const items::TextComparisonPtr &comparison);
    const items::TextComparisonPtr &comparison() const { return m_comparison; }
    void setContext(int lines);
    int context() const { return m_context; }

    int differenceCount() const;
    /// Place of the difference that the current line is in or behind, from 1; 0 = before the first.
    int currentDifference() const;
    bool goToNext();
    bool goToPrevious();
    int lineCount() const { return int(m_lines.size()); }
    const items::TextLine &lineAt(int line) const { return m_lines[size_t(line)]; }
    int currentLine() const { return m_current; }
    void setCurrentLine(int line);
    void unfold(int line);
    /// What a reader of the screen hears of a line.
    QString spokenLine(int line) const;
    /// The difference at the current line, sides after one another, for the clipboard.
    QString differenceText() const;

signals:
    void currentChanged();

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void changeEvent(QEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void scrollContentsBy(int, int) override { viewport()->update(); }

private:
    struct Row {
        std::vector<QString> texts;
        std::vector<std::vector<InlineRange>> marks;
    };

    void fold();
    void updateBars();
    int lineHeight() const;
    int linesInSight() const;
    int lineOfRow(int row) const;
    int gutterWidth() const;
    const Row &rowAt(int row);
    void paintFold(QPainter &painter, const QRect &area, const items::TextLine &line) const;
    void paintRow(QPainter &painter, const QRect &area, int row);
    void paintSide(QPainter &painter, const QRect &area, int row, int side, const Row &texts);
    void paintText(QPainter &painter, const QRect &area, const QString &text, const std::vector<InlineRange> &marks);
    QString foldText(const items::TextLine &line) const;

    items::TextComparisonPtr m_comparison;
    std::vector<items::TextLine> m_lines;
    std::set<int> m_unfolded;
    QCache<int, Row> m_rows{400};
    int m_context = 3;
    int m_current = 0;
};

} // namespace taffrail::ui
