// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <QStringList>

/// Reading what the engine prints of a container's settings. Nothing here throws.
namespace taffrail::executors::docker {

/// The member, or null when there is none.
const nlohmann::json &at(const nlohmann::json &object, const char *key);
/// A text as it is; numbers and truth values as the engine wrote them; "" for anything else.
QString textOf(const nlohmann::json &value);
QStringList wordsOf(const nlohmann::json &list);
/// Whether the engine would have the same without being told.
bool isUnset(const nlohmann::json &value);

} // namespace taffrail::executors::docker
