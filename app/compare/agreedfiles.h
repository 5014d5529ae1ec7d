// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparecodec.h"
#include "expecteddifference.h"

#include <optional>

/// The files in which people keep what they agreed to: expected differences and saved baselines.
namespace taffrail {

/// Where differences that people accept are kept, for an inventory read from these files: "expected-differences.json"
/// beside the first (beside its folder, for one of inventory.d). "" without files.
QString expectedFileFor(const QStringList &inventoryFiles);
/// Nothing when there is no such file; an error when it can't be read.
Result<std::optional<std::vector<ExpectedDifference>>> expectedIn(const QString &path);

/// Where the baseline of an environment lies in the folder of them.
QString baselinePath(const QString &folder, const QString &environment);
/// Nothing when none was saved; an error when it can't be read.
Result<std::optional<codec::SavedBaseline>> baselineIn(const QString &folder, const QString &environment);

} // namespace taffrail
