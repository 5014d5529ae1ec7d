// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shapedtext.h"
#include "timeformat.h"

#include <QStyledItemDelegate>

namespace taffrail::ui {

/// Paints cells with a silhouette before a status word, a filled pill for Critical, times in the chosen zone, stale
/// rows in the secondary colour, and the reason as a second line across the row.
class StatusDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    StatusDelegate(const TimeFormat &time, QObject *parent);

    /// Glyphs are larger by this factor on the board.
    void setGlyphScale(qreal scale) { m_glyphScale = scale; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// Height of one line of a row.
    static int lineHeight(const QFontMetrics &metrics);

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;
    /// Paints what stands in the first line; `area` excludes margins.
    virtual void paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                              const QModelIndex &index) const;
    void paintText(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option, const QString &text,
                   const QColor &color) const;
    ShapedText &shaped() const { return m_shaped; }

private:
    void paintReason(QPainter &painter, const QRect &line, const QStyleOptionViewItem &option,
                     const QModelIndex &index) const;

    const TimeFormat &m_time;
    mutable ShapedText m_shaped;
    qreal m_glyphScale = 1.0;
};

} // namespace taffrail::ui
