// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operationlog.h"
#include "rubycalls.h"

namespace taffrail::schema {

/// One command of a Rails migration: add_column :t, … or, in a block of change_table, t.column ….
struct RailsCall {
    const RubyFile &file;
    const RubyCall &call;
    const RubyTexts &texts;
    std::optional<QString> blockTable; ///< of change_table: the commands inside do not name it
};

/// Judges it; nothing when it is no command that this knows. Else whether `change` can turn it round.
std::optional<Reversible> judgeRailsCommand(const RailsCall &call, OperationLog &log);
/// The table that a command names first; "?" when it is made when it runs.
QString railsTable(const RubyFile &file, const RubyCall &call, const RubyTexts &texts);

} // namespace taffrail::schema
