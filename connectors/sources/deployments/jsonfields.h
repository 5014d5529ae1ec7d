// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <vector>

/// Fields of JSON that other programs wrote. What is absent or of another type is empty, never an exception.
namespace taffrail::sources::fields {

using Json = nlohmann::json;

/// The value at the end of a path of keys; a null value when a key is absent.
const Json &at(const Json &value, std::initializer_list<const char *> path);
/// A text, sanitised, on one line; "" when it is none. Numbers are taken as text, too.
QString text(const Json &value, const char *key, int limit = 200);
QString textOf(const Json &value, int limit = 200);
/// A whole number, also one written as text ("7"); nothing when it is none or does not fit.
std::optional<qint64> number(const Json &value, const char *key);
std::optional<qint64> numberOf(const Json &value);
/// Whether the key holds true.
bool isTrue(const Json &value, const char *key);
/// RFC 3339, UTC; invalid when it is none, or the zero time that Go writes.
QDateTime time(const Json &value, const char *key);
/// Nanoseconds since 1970, UTC; invalid for 0 and less.
QDateTime nanoTime(const Json &value, const char *key);

/// JSON documents one after the other, as some tools print them. At most `mostDocuments`; nested at most 100 deep.
struct Documents {
    std::vector<Json> values;
    QString trouble; ///< where and why the text is not JSON; "" = it is, as a whole
};
Documents documents(const QByteArray &text);

/// SHA-256 in hex of a value, the same for the same content whatever the order of its keys.
QString digest(const Json &value);

} // namespace taffrail::sources::fields
