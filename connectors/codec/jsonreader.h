// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"

#include <nlohmann/json.hpp>

#include <QStringList>

#include <optional>

namespace taffrail::codec {

/// Reads members of one JSON object. The first thing that does not fit is kept as an error with its path; everything
/// read after that is a default, so that callers check once, at the end.
class JsonReader {
public:
    /// What one whole read shares.
    struct Outcome {
        std::optional<Error> error;
    };

    JsonReader(const Json &json, QString path, Outcome &outcome);

    QString text(const char *key) const; ///< null or absent = ""
    QDateTime time(const char *key) const; ///< null or absent = invalid
    bool flag(const char *key) const; ///< null or absent = false
    std::optional<bool> optionalFlag(const char *key) const;
    std::optional<double> number(const char *key) const; ///< null or absent = nothing
    std::optional<qint64> integer(const char *key) const;
    qint64 count(const char *key) const; ///< null or absent = -1
    int smallCount(const char *key) const; ///< as count(), within int
    std::optional<std::chrono::milliseconds> seconds(const char *key) const;
    QStringList words(const char *key) const;
    quint64 unsignedText(const char *key) const; ///< a 64-bit number as text

    /// A word of a fixed list; absent takes `fallback`, another word is an error.
    template <typename Enum>
    Enum word(const char *key, Enum (*fromWord)(const QString &), QString (*toWord)(Enum), Enum fallback) const
    {
        const QString found = text(key);
        if (found.isEmpty())
            return fallback;
        const Enum value = fromWord(found);
        if (toWord(value) != found)
            fail(key, QStringLiteral("another word than \"%1\"").arg(found.left(40)));
        return value;
    }

    bool has(const char *key) const; ///< present and not null
    JsonReader object(const char *key) const;
    /// Calls `use` with a reader of each element, which must be an object.
    template <typename Use> void each(const char *key, Use use) const
    {
        const Json *list = array(key);
        for (size_t i = 0; list && i < list->size() && !m_outcome.error; ++i)
            use(JsonReader((*list)[i],
                           QStringLiteral("%1.%2[%3]").arg(m_path, QString::fromUtf8(key), QString::number(i)),
                           m_outcome));
    }
    const Json *find(const char *key) const; ///< the member, or null when absent or null
    const Json &json() const { return m_json; }
    QString pathOf(const char *key) const;

    void fail(const char *key, const QString &expected) const;
    bool hasFailed() const { return m_outcome.error.has_value(); }

private:
    const Json *array(const char *key) const;

    const Json &m_json;
    QString m_path;
    Outcome &m_outcome;
};

/// Runs `read` over the root and returns its value or the first error.
template <typename T, typename Read> Result<T> readAll(const Json &json, Read read)
{
    JsonReader::Outcome outcome;
    T value = read(JsonReader(json, QStringLiteral("$"), outcome));
    if (outcome.error)
        return failure(*outcome.error);
    return value;
}

std::optional<HeldLock> readLock(const JsonReader &reader, const char *key);
std::optional<Error> readOptionalError(const JsonReader &reader, const char *key);
Error readError(const JsonReader &reader);
QVariantMap readEvidence(const JsonReader &reader, const char *key); ///< text that reads as a UTC time becomes one
Value readValue(const JsonReader &reader);
DeploymentHistory readDeployments(const JsonReader &reader);
MigrationHistories readMigrations(const JsonReader &reader);
BackupSet readBackups(const JsonReader &reader);
HealthReport readHealth(const JsonReader &reader);
ConfigSet readConfig(const JsonReader &reader);

} // namespace taffrail::codec
