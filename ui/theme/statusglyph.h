// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QIcon>
#include <QPainterPath>

class QFontMetrics;

namespace taffrail::ui {

/// The silhouette of a status on a 16 × 16 grid. Shapes differ without colour; the inner mark is cut out.
const QPainterPath &statusPath(Status status);
/// Paints the silhouette to fill a square.
void paintStatus(QPainter &painter, const QRectF &square, Status status, const QColor &color);
/// The side of a glyph beside text: max(16, font height).
int glyphSide(const QFontMetrics &metrics);
/// A drawn silhouette, kept: tables paint the same few again and again. GUI thread only.
const QPixmap &cachedStatusPixmap(Status status, int side, const QColor &color, qreal devicePixelRatio);
QPixmap statusPixmap(Status status, int side, const QColor &color, qreal devicePixelRatio);
QIcon statusIcon(Status status, int side, const QColor &color);
/// The small clock that marks a warning or critical whose evidence is old.
void paintClockBadge(QPainter &painter, const QRectF &square, const QColor &color, const QColor &background);

} // namespace taffrail::ui
