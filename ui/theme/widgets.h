// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QString>

class QLabel;
class QToolButton;
class QWidget;

namespace taffrail::ui {

/// The one way to make a label: its text is plain whatever it holds, because it may come from another machine.
QLabel *plainLabel(const QString &text, QWidget *parent);
/// As above, wrapping and selectable with the mouse and the keyboard: sentences, errors, fingerprints.
QLabel *plainTextBlock(const QString &text, QWidget *parent);
/// A button with text in the tab order, at least 24 × 24, never a default button.
QToolButton *textButton(const QString &text, QWidget *parent);
/// The desktop's font with figures of one width, as large as another font.
QFont fixedFont(const QFont &like);
/// The text of an action, tab or button that shows outside data: "&" is doubled.
QString withoutMnemonic(const QString &text);
/// Text of a tool tip or another place that guesses rich text.
QString plainToolTip(const QString &text);

} // namespace taffrail::ui
