// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

namespace taffrail {

/// The rows of one view as a page of its own: no script, nothing loaded, light and dark.
QString htmlReport(const Matrix &matrix, MatrixView view);
/// As Markdown, for a ticket or the incident channel.
QString markdownReport(const Matrix &matrix, MatrixView view);
/// As RFC 4180. `spreadsheetSafe`: cells that a spreadsheet would compute get a leading apostrophe.
QString csvReport(const Matrix &matrix, MatrixView view, bool spreadsheetSafe = true);

} // namespace taffrail
