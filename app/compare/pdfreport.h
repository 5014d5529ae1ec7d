// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace taffrail {

/// A report's HTML laid out on A4 pages, across, with page numbers. Loads nothing that the HTML names. Needs a
/// QGuiApplication for its fonts; may run in any one thread.
QByteArray pdfOf(const QString &html, const QString &title);

} // namespace taffrail
