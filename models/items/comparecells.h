// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparerows.h"
#include "report.h"
#include "roles.h"

/// The words of a comparison: what the table, its details and a reader of the screen say of a cell. All sanitised.
namespace taffrail::items {

/// The text of a cell with its mark, and the word where the mark alone would say it: "≠ 20", "≈ 5 (expected)".
QString markedText(const Matrix &matrix, qsizetype row, int column);
/// "changed", "missing", "secret differs" … for people.
QString cellStateTitle(CellState state);
/// "Production · eu", or the name alone where it names the tier itself.
QString columnTitle(const ComparedEnvironment &environment);
QString viewWord(MatrixView view); ///< "Unexpected"

/// What is read of a cell: "20, changed"; `column` of the matrix, -1 = the key.
QString spokenCell(const Matrix &matrix, qsizetype row, int column);
/// One line for each environment, and where the value stands.
DetailLines cellDetails(const Matrix &matrix, qsizetype row);

/// "app.yaml · shop-config (7)"
QString sectionTitle(const Matrix &matrix, const CompareSection &section);
/// How the reading of one environment went: "" or "? not read"; `inFull` never "".
QString sourceTitle(const Matrix &matrix, const CompareSection &section, int column, bool inFull);
DetailLines sectionDetails(const Matrix &matrix, const CompareSection &section);

/// "/etc/shop/app.yaml:41", "" for an entry without file.
QString placeOf(const ConfigEntry &entry);
/// The file of an entry; null when its set does not list it.
const ConfigFile *fileOf(const ConfigSet &set, const ConfigEntry &entry);

/// Why one cell is unknown, as far as the reading says; "" when it says nothing.
QString unknownReason(const Matrix &matrix, qsizetype row, int column);

} // namespace taffrail::items
