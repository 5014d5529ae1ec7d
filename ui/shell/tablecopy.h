// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QModelIndexList>
#include <QString>

#include <vector>

namespace taffrail::ui {

/// Header and rows with tabs between cells. Times are written as absolute UTC, then the age.
QString tabSeparated(const QAbstractItemModel &model, const QModelIndexList &rows, const std::vector<int> &columns);
/// A Markdown table; what would break it is escaped. The reason of a row stands in an extra column where there is one.
QString markdown(const QAbstractItemModel &model, const QModelIndexList &rows, const std::vector<int> &columns);

} // namespace taffrail::ui
