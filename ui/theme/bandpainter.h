// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme.h"

class QPainter;
class QRect;

namespace taffrail::ui {

/// Fills with the colour of a tier; production gets diagonal stripes as well, so that it is told without colour.
void paintBand(QPainter &painter, const QRect &rect, Tier tier, const Theme &theme);
/// The ground of a small label in the look of the band: stripes at its ends for production, plain in the middle.
void paintChip(QPainter &painter, const QRect &rect, Tier tier, const Theme &theme);

} // namespace taffrail::ui
