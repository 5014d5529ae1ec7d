// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <QDateTime>
#include <QString>

#include <optional>

/// Members of what a backup tool printed as JSON: whatever is missing or of another type reads as nothing.
namespace taffrail::sources {

/// The document; discarded when it is none. Bytes that are no UTF-8 are replaced first.
nlohmann::json jsonOf(const QByteArray &text);
/// As above, from the first line that begins with [ or { to the last ] or }: tools print warnings around it.
nlohmann::json jsonWithin(const QByteArray &text);
/// The objects of a text with one JSON object a line; other lines are left out.
std::vector<nlohmann::json> jsonLinesOf(const QByteArray &text);

const nlohmann::json &member(const nlohmann::json &object, const char *key);
/// The first of these members that is there and not null: tools rename their keys.
const nlohmann::json &anyMember(const nlohmann::json &object, std::initializer_list<const char *> keys);
QByteArray bytesOf(const nlohmann::json &value);
QString textOf(const nlohmann::json &value, int limit = 120);
/// A text, cleaned; or a number as text with all its digits (system identifiers are above 2^53).
QString numberText(const nlohmann::json &value);
/// Whole numbers exactly, also those written as text.
std::optional<qint64> integerOf(const nlohmann::json &value);
/// A number rounded to a whole one, or a text of one.
std::optional<qint64> roundedOf(const nlohmann::json &value);
bool isTrue(const nlohmann::json &value);
const nlohmann::json::array_t &arrayOf(const nlohmann::json &value);

} // namespace taffrail::sources
