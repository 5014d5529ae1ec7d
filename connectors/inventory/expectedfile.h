// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "expecteddifference.h"
#include "result.h"

#include <QByteArray>

#include <vector>

namespace taffrail::inventory {

/// The file of expected differences (resources/schema/expected.schema.json). The error is BadConfig and names file,
/// line and path of the first mistake, and how many more there are; unknown members are mistakes. `name` is for that.
Result<std::vector<ExpectedDifference>> readExpected(const QByteArray &text, const QString &name);

/// The same as text, in the given order: one member a line, so that a review sees what was added. Times are UTC.
QByteArray expectedText(const std::vector<ExpectedDifference> &expected);

} // namespace taffrail::inventory
