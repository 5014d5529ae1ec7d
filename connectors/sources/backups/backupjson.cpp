// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupjson.h"

#include "text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace taffrail::sources {

using nlohmann::json;

json jsonOf(const QByteArray &text)
{
    const QByteArray utf8 = QString::fromUtf8(text).toUtf8();
    return json::parse(utf8.begin(), utf8.end(), nullptr, false);
}

json jsonWithin(const QByteArray &text)
{
    json whole = jsonOf(text);
    if (!whole.is_discarded())
        return whole;
    qsizetype begin = -1;
    for (qsizetype at = 0; begin < 0 && at >= 0 && at < text.size(); at = text.indexOf('\n', at) + 1) {
        if (text[at] == '[' || text[at] == '{')
            begin = at;
        if (text.indexOf('\n', at) < 0)
            break;
    }
    if (begin < 0)
        return json(json::value_t::discarded);
    const qsizetype end = std::max(text.lastIndexOf(']'), text.lastIndexOf('}'));
    return end < begin ? json(json::value_t::discarded) : jsonOf(text.mid(begin, end - begin + 1));
}

std::vector<json> jsonLinesOf(const QByteArray &text)
{
    constexpr size_t most = 20'000;
    std::vector<json> objects;
    for (const QByteArray &line : text.split('\n')) {
        if (!line.trimmed().startsWith('{') || objects.size() >= most)
            continue;
        json object = jsonOf(line);
        if (object.is_object())
            objects.push_back(std::move(object));
    }
    return objects;
}

const json &member(const json &object, const char *key)
{
    static const json nothing;
    if (!object.is_object())
        return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

const json &anyMember(const json &object, std::initializer_list<const char *> keys)
{
    for (const char *key : keys) {
        if (const json &found = member(object, key); !found.is_null())
            return found;
    }
    return member(object, "");
}

QByteArray bytesOf(const json &value)
{
    return value.is_string() ? QByteArray::fromStdString(value.get_ref<const std::string &>()) : QByteArray();
}

QString textOf(const json &value, int limit)
{
    return sanitizedLine(bytesOf(value), limit);
}

QString numberText(const json &value)
{
    if (value.is_number_unsigned())
        return QString::number(value.get<quint64>());
    return value.is_number_integer() ? QString::number(value.get<qint64>()) : textOf(value, 40);
}

std::optional<qint64> integerOf(const json &value)
{
    if (value.is_number_unsigned()) {
        const quint64 number = value.get<quint64>();
        return number <= quint64(std::numeric_limits<qint64>::max()) ? std::optional<qint64>(qint64(number))
                                                                     : std::nullopt;
    }
    if (value.is_number_integer())
        return value.get<qint64>();
    bool isNumber = false;
    const qint64 number = value.is_string() ? bytesOf(value).toLongLong(&isNumber) : 0;
    return isNumber ? std::optional<qint64>(number) : std::nullopt;
}

std::optional<qint64> roundedOf(const json &value)
{
    if (const std::optional<qint64> whole = integerOf(value))
        return whole;
    bool isNumber = value.is_number_float();
    const double number = isNumber ? value.get<double>() : bytesOf(value).toDouble(&isNumber);
    return isNumber && std::isfinite(number) && std::abs(number) < 9e15 ? std::optional<qint64>(std::llround(number))
                                                                        : std::nullopt;
}

bool isTrue(const json &value)
{
    return value.is_boolean() && value.get<bool>();
}

const json::array_t &arrayOf(const json &value)
{
    static const json::array_t nothing;
    return value.is_array() ? value.get_ref<const json::array_t &>() : nothing;
}

} // namespace taffrail::sources
