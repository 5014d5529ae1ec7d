// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QVariant>

#include <vector>

namespace taffrail::inventory {

struct JsonMember;

/// A JSON value that knows where it stands in its file.
struct JsonNode {
    enum class Type { Null, Boolean, Number, String, Array, Object };
    Type type = Type::Null;
    int line = 1, column = 1; ///< of its first character, from 1; columns count characters
    QString text; ///< a string's value, a number's spelling
    bool boolean = false;
    std::vector<JsonNode> items;
    std::vector<JsonMember> members; ///< in file order

    bool isString() const { return type == Type::String; }
    bool isArray() const { return type == Type::Array; }
    bool isObject() const { return type == Type::Object; }
    /// A number without fraction and exponent that fits 64 bits.
    bool isInteger() const;
    /// The first member with this key, or null.
    const JsonNode *member(const QString &key) const;
    /// Numbers become qlonglong where they are whole, else double.
    QVariant toVariant() const;
};

struct JsonMember {
    QString key;
    int line = 1, column = 1;
    JsonNode value;
};

/// Where and why a text is not JSON.
struct JsonFault {
    int line = 1, column = 1;
    QString expected, found;
};

struct JsonReading {
    JsonNode root;
    std::vector<JsonFault> faults; ///< empty = good
};

/// Strict JSON (RFC 8259) with at most 64 levels; a UTF-8 byte order mark is passed over. Says where the first mistake
/// is, and every key that an object has twice.
JsonReading readJson(const QByteArray &utf8);

} // namespace taffrail::inventory
