// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"
#include "status.h"

#include <QColor>
#include <QPalette>

class QApplication;

namespace taffrail::ui {

enum class Scheme { Light, Dark };

/// Text on a background.
struct ColorPair {
    QColor text;
    QColor background;
};

/// Every colour of the window beyond QPalette. All pairs reach 4.5:1 as text and 3:1 as lines, also on a selected row.
struct Theme {
    Scheme scheme = Scheme::Light;
    QPalette palette;
    QColor secondary; ///< placeholder, stale and less important text
    QColor border; ///< outlines of inputs and tables
    QColor focus; ///< 2 px focus ring
    ColorPair criticalPill;
    ColorPair noticeError, noticeStale;
    ColorPair bandProduction, bandStaging, bandTesting, bandDevelopment;
    QColor bandStripes; ///< of the production band
    /// Grounds of cells and lines that differ, and of the words inside a line that do; text in the usual colour.
    QColor changed, changedInside, missing, expected;

    /// Colour of the silhouette and word of a status.
    QColor statusColor(Status status) const;
    const ColorPair &band(Tier tier) const;
};

const Theme &themeOf(Scheme scheme);
/// The theme that a palette belongs to, told by how light its base is: widgets need no other channel.
const Theme &themeOf(const QPalette &palette);
/// Fusion with the palette of the scheme, for the whole application.
void applyTheme(QApplication &application, Scheme scheme);

/// WCAG 2 contrast ratio of two opaque colours, 1 to 21.
double contrastRatio(const QColor &a, const QColor &b);

} // namespace taffrail::ui
