// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"

#include "text.h"

#include <cmath>
#include <limits>

namespace taffrail::codec {

namespace {

const Json &nothing()
{
    static const Json empty = Json::object();
    return empty;
}

/// Longest duration that is read, about 30 000 years: what is longer is no duration.
constexpr double maxSeconds = 1e12;

} // namespace

JsonReader::JsonReader(const Json &json, QString path, Outcome &outcome)
    : m_json(json.is_object() ? json : nothing()),
      m_path(std::move(path)),
      m_outcome(outcome)
{
    if (!json.is_object() && !m_outcome.error)
        m_outcome.error
            = Error{ErrorKind::BadData, QStringLiteral("parse"), m_path, QStringLiteral("expected an object"), {}};
}

QString JsonReader::pathOf(const char *key) const
{
    return QStringLiteral("%1.%2").arg(m_path, QString::fromUtf8(key));
}

void JsonReader::fail(const char *key, const QString &expected) const
{
    if (!m_outcome.error)
        m_outcome.error = Error{
            ErrorKind::BadData, QStringLiteral("parse"), pathOf(key), QStringLiteral("expected ") + expected, {}};
}

const Json *JsonReader::find(const char *key) const
{
    const auto found = m_json.find(key);
    return found == m_json.end() || found->is_null() ? nullptr : &*found;
}

bool JsonReader::has(const char *key) const
{
    return find(key) != nullptr;
}

QString JsonReader::text(const char *key) const
{
    const Json *found = find(key);
    if (!found)
        return {};
    const auto *string = found->get_ptr<const Json::string_t *>();
    if (!string) {
        fail(key, QStringLiteral("a text"));
        return {};
    }
    return QString::fromUtf8(string->data(), qsizetype(string->size()));
}

QDateTime JsonReader::time(const char *key) const
{
    const QString found = text(key);
    if (found.isEmpty())
        return {};
    QDateTime time = fromRfc3339(found);
    if (!time.isValid())
        fail(key, QStringLiteral("an RFC 3339 time"));
    return time;
}

std::optional<bool> JsonReader::optionalFlag(const char *key) const
{
    const Json *found = find(key);
    if (!found)
        return std::nullopt;
    if (!found->is_boolean()) {
        fail(key, QStringLiteral("true or false"));
        return std::nullopt;
    }
    return found->get<bool>();
}

bool JsonReader::flag(const char *key) const
{
    return optionalFlag(key).value_or(false);
}

std::optional<double> JsonReader::number(const char *key) const
{
    const Json *found = find(key);
    if (!found)
        return std::nullopt;
    if (!found->is_number() || !std::isfinite(found->get<double>())) {
        fail(key, QStringLiteral("a number"));
        return std::nullopt;
    }
    return found->get<double>();
}

std::optional<qint64> JsonReader::integer(const char *key) const
{
    const Json *found = find(key);
    if (!found)
        return std::nullopt;
    const bool fits = found->is_number_unsigned() ? found->get<quint64>() <= quint64(std::numeric_limits<qint64>::max())
                                                  : found->is_number_integer();
    if (!fits) {
        fail(key, QStringLiteral("a whole number"));
        return std::nullopt;
    }
    return found->get<qint64>();
}

qint64 JsonReader::count(const char *key) const
{
    const qint64 found = integer(key).value_or(-1);
    if (found < -1)
        fail(key, QStringLiteral("a number that is not negative"));
    return found;
}

int JsonReader::smallCount(const char *key) const
{
    const qint64 found = count(key);
    if (found > std::numeric_limits<int>::max()) {
        fail(key, QStringLiteral("a smaller number"));
        return -1;
    }
    return int(found);
}

std::optional<std::chrono::milliseconds> JsonReader::seconds(const char *key) const
{
    const std::optional<double> found = number(key);
    if (!found)
        return std::nullopt;
    if (std::abs(*found) > maxSeconds) {
        fail(key, QStringLiteral("a duration in seconds"));
        return std::nullopt;
    }
    return std::chrono::milliseconds(std::llround(*found * 1000));
}

QStringList JsonReader::words(const char *key) const
{
    QStringList result;
    const Json *list = array(key);
    for (size_t i = 0; list && i < list->size(); ++i) {
        const auto *string = (*list)[i].get_ptr<const Json::string_t *>();
        if (!string) {
            fail(key, QStringLiteral("a list of texts"));
            return {};
        }
        result << QString::fromUtf8(string->data(), qsizetype(string->size()));
    }
    return result;
}

quint64 JsonReader::unsignedText(const char *key) const
{
    const QString found = text(key);
    if (found.isEmpty())
        return 0;
    bool ok = false;
    const quint64 value = found.toULongLong(&ok);
    if (!ok)
        fail(key, QStringLiteral("a number as text"));
    return value;
}

JsonReader JsonReader::object(const char *key) const
{
    const Json *found = find(key);
    if (!found)
        fail(key, QStringLiteral("an object"));
    return JsonReader(found ? *found : nothing(), pathOf(key), m_outcome);
}

const Json *JsonReader::array(const char *key) const
{
    const Json *found = find(key);
    if (found && !found->is_array()) {
        fail(key, QStringLiteral("a list"));
        return nullptr;
    }
    return found;
}

std::optional<HeldLock> readLock(const JsonReader &reader, const char *key)
{
    if (!reader.has(key))
        return std::nullopt;
    const JsonReader lock = reader.object(key);
    return HeldLock{lock.text("by"), lock.time("since"), lock.text("reason")};
}

std::optional<Error> readOptionalError(const JsonReader &reader, const char *key)
{
    if (!reader.has(key))
        return std::nullopt;
    return readError(reader.object(key));
}

} // namespace taffrail::codec
