// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <QString>

namespace taffrail::schema {

/// Nodes of a parse tree of libpg_query. It leaves out members with default values, so absent ones read as empty.
using Json = nlohmann::json;

/// A member of a tree node; null when absent (libpg_query leaves out default values).
const Json &member(const Json &node, const char *key);
QString textMember(const Json &node, const char *key);
bool flagMember(const Json &node, const char *key);
/// "schema.name" or "name" of a RangeVar.
QString relationName(const Json &rangeVar);
/// "a.b" of a list of String nodes.
QString dottedName(const Json &names);

} // namespace taffrail::schema
