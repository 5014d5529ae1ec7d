// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "textcomparison.h"

namespace taffrail::items {

/// The file of a row as one environment has it. Without a text `trouble` says why: a text that was not read is never
/// taken for an empty one. A plain value of a key that is secret in another environment is masked here, too, with a
/// mark of its own: `hidden` is shared among the sides, so that other values never look equal. Any thread.
TextSide textSide(const Matrix &matrix, int row, int column, QStringList &hidden);

/// The columns whose texts are of most interest beside one another for a cell: the reference, and the cell's own or
/// the first that differs. Fewer than two when there is only one environment.
std::vector<int> textColumns(const Matrix &matrix, int row, int column);

} // namespace taffrail::items
