// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

namespace taffrail {

/// The rows of one view as a page of its own: no script, nothing loaded, light and dark. `forPaper`: without the dark
/// colours, in the subset of HTML that QTextDocument lays out.
QString htmlReport(const Matrix &matrix, MatrixView view, bool forPaper = false);
/// As Markdown, for a ticket or the incident channel.
QString markdownReport(const Matrix &matrix, MatrixView view);
/// As RFC 4180. `spreadsheetSafe`: cells that a spreadsheet would compute get a leading apostrophe.
QString csvReport(const Matrix &matrix, MatrixView view, bool spreadsheetSafe = true);

/// The mark before a cell's text: "≠ ", "+ ", "≈ ", "? ", or "" where the text has a word of its own.
QString cellMark(CellState state);
/// "env", "nginx: sites-enabled/shop"
QString groupTitle(const MatrixRow &row);
QString viewTitle(MatrixView view); ///< "Unexpected differences"
/// "4 changed, 1 missing, 120 equal"; "no keys"
QString countsText(const Matrix &matrix);
/// Everything that a reader must know besides the rows, a line each: what was in use, what could not be read, which
/// agreements have expired or are stale. Sanitised.
QStringList reportNotes(const Matrix &matrix);

} // namespace taffrail
