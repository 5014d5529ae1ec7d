// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "statusdelegate.h"

namespace taffrail::ui {

/// Paints cells of a comparison: what differs by a mark, a word and a ground, never by colour alone; missing ones
/// hatched; rows of files as a band; a ring around the current cell, because its column matters.
class CompareDelegate : public StatusDelegate {
    Q_OBJECT

public:
    using StatusDelegate::StatusDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;

protected:
    void paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                      const QModelIndex &index) const override;

private:
    void paintGround(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;
    void paintSection(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                      const QModelIndex &index) const;
};

} // namespace taffrail::ui
