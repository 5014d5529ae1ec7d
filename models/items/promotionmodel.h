// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "promotion.h"

namespace taffrail::items {

/// What a step of the order of promotion would bring, and what was never tried before it.
class PromotionModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Area, What, State, From, To, Words, ColumnCount };
    static constexpr size_t mostRows = 2000; ///< shown of one step; settings beyond stand in the matrix

    explicit PromotionModel(QObject *parent = nullptr);
    void show(const PromotionStep *step);
};

QString promotionAreaTitle(PromotionArea area); ///< "Release"
/// "Would come", "Never tried before it" …, and the status key that it maps to.
Cell promotionStateCell(PromotionState state);
/// "3 would come, 1 was never tried before it, 2 differ"; "Nothing differs."
QString promotionText(const PromotionStep &step);

} // namespace taffrail::items
