// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

/// The words of Active Record.
namespace taffrail::schema {

/// t.X of a change_table as the command that says the same; "" when there is none.
QByteArray railsCommandOf(const QByteArray &inBlock);
bool isRailsColumnType(const QByteArray &word);
bool isRubyConstant(const QByteArray &word);
/// What a model does to rows, or to each of them.
bool isRowMethod(const QByteArray &name);
/// What only chooses or reads rows.
bool isReadMethod(const QByteArray &name);

template <typename... Words> bool isAnyOf(const QByteArray &word, const Words &...words)
{
    return ((word == words) || ...);
}

} // namespace taffrail::schema
