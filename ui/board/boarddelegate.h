// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "statusdelegate.h"

namespace taffrail::ui {

/// The first column as a chip with the kind word, patterned for production, and the name of the environment.
class BoardDelegate : public StatusDelegate {
    Q_OBJECT

public:
    using StatusDelegate::StatusDelegate;

protected:
    void paintContent(QPainter &painter, const QRect &area, const QStyleOptionViewItem &option,
                      const QModelIndex &index) const override;
};

} // namespace taffrail::ui
