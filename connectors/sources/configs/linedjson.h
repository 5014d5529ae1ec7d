// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>

#include <optional>
#include <vector>

namespace taffrail::sources {

/// A JSON value with the line on which it begins. Numbers keep their own spelling, so that no digit of a big one is
/// lost; members keep their order; of members with one name the last one counts, as everywhere.
struct LinedJson {
    enum class Kind { Null, Boolean, Number, String, Array, Object };
    struct Member;

    Kind kind = Kind::Null;
    int line = 0; ///< from 1
    QString text; ///< of a String, unescaped; of a Number, as written; "true" or "false"
    std::vector<LinedJson> items; ///< of an Array
    std::vector<Member> members; ///< of an Object; names are unique

    bool isObject() const { return kind == Kind::Object; }
    bool isArray() const { return kind == Kind::Array; }
    /// The member of an object, or null.
    const LinedJson *find(QStringView name) const;
    /// The text of a member that is a string, else "".
    QString string(QStringView name) const;
    /// The text of a member that is a string or a number, else "".
    QString scalar(QStringView name) const;
    bool isTrue(QStringView name) const;
};
struct LinedJson::Member {
    QString name;
    LinedJson value;
};

struct ReadJson {
    LinedJson root;
    int errorLine = 0; ///< from 1; 0 = no error
    QString error; ///< "a name in quotes is expected"
    QStringList repeated; ///< "line 4: \"port\" is set twice", at most 20
};

/// Strict RFC 8259 with a byte order mark allowed; at most 256 levels deep. A value behind the first is an error.
ReadJson readJson(const QByteArray &bytes);

} // namespace taffrail::sources
