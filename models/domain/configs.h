// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QDateTime>
#include <QStringList>

#include <optional>
#include <vector>

namespace taffrail {

/// What a value is in its own format: `port: 5432` is an Integer, `port: "5432"` Text. Formats without types (dotenv,
/// ini, …) have only Text. An empty map or list is a value of its own; a filled one shows as the keys below it.
enum class ConfigType { Text, Integer, Number, Boolean, Null, Time, EmptyMap, EmptyList };

QString configTypeWord(ConfigType type); ///< "text" | "integer" | "number" | "boolean" | "null" | "time" | …
ConfigType configTypeFromWord(const QString &word);

/// What stands for a secret in a value that is shown: "postgres://shop:••••@db/shop", "••••".
inline constexpr QStringView maskMark = u"\u2022\u2022\u2022\u2022";

/// One setting. A secret's value never gets here: its place in `value` shows maskMark.
struct ConfigEntry {
    QString host; ///< host id it was read on; "" = from a database
    QString file; ///< path on the host; "" = it has none
    int line = 0; ///< in that file, from 1; 0 = not known
    QString key; ///< joined by joinKey(): "pool.max", "hosts[0].name", "\"a.b\".c"; unique within host and file
    QString value; ///< as parsed: unquoted, unescaped, secrets masked; text as the format's own canonical form
    ConfigType type = ConfigType::Text;
    QString unit; ///< of the number, when the source says so: "8kB", "ms"; else ""
    bool secret = false; ///< all or a part of the value is masked
    /// Keyed digest of the masked part, 64 hex digits (several joined by ','), good within one comparison only: equal
    /// digests = equal secrets. "" = the secret cannot be compared (no key was sent, or it is too short to be safe).
    QString fingerprint;
    QString note; ///< one line: "pending restart", "set twice, the last one counts", "too short to be compared"

    bool operator==(const ConfigEntry &) const = default;
};

/// One file that was read, or why it was not. A source without files has none.
struct ConfigFile {
    QString host;
    QString path; ///< on the host
    /// What makes it the same file in another environment: "" when the entry names one file, else the path below the
    /// part of the pattern before its first wildcard: "sites-enabled/shop".
    QString name;
    qint64 sizeBytes = -1;
    QDateTime modifiedAt; ///< UTC
    QString mode; ///< "0640"
    QString owner; ///< "root:www-data"
    std::optional<Error> error; ///< it was not read, or not all of it is understood; entries before the error stay
    /// All of it, for the comparison by lines; only when that was asked for. From a source: as the host masked it, with
    /// tokens. In a comparison: with the marks of maskedText().
    QString text;
    bool binary = false;
    /// Not all that belongs to it was read, though nothing failed: a key that it does not show may be there.
    bool partial = false;

    bool operator==(const ConfigFile &) const = default;
};

/// All settings that one source of kind configs reads.
struct ConfigSet {
    QString source;
    std::vector<ConfigFile> files; ///< by host, then path
    std::vector<ConfigEntry> entries; ///< by host, file, then as they stand there
    QStringList notes; ///< for people: "only the first 500 of 812 files", "has comments"
    /// Not all was read, beyond what the errors and marks of files say: a key that is not here may be there.
    bool partial = false;

    bool operator==(const ConfigSet &) const = default;
};

/// `prefix` + '.' + `name`, the name in quotes where it is not plain (empty, or with . [ ] " or a control character).
QString joinKey(const QString &prefix, const QString &name);
/// `prefix` + "[3]"
QString joinIndex(const QString &prefix, int index);
/// The names and indices of a key: {"hosts", "[0]", "a.b"} of `hosts[0]."a.b"`. The other way round of joinKey().
QStringList keySegments(const QString &key);

} // namespace taffrail
