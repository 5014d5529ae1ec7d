// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

namespace taffrail {

/// A comparison for a terminal: the rows of a view, what is hidden, what could not be read.
QString comparisonText(const Matrix &matrix, MatrixView view);
/// 0 no difference that is not expected, 1 some, 3 when something could not be read or compared.
int exitCodeOf(const Matrix &matrix);

} // namespace taffrail
