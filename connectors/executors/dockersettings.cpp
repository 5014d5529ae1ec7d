// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockersettings.h"

namespace taffrail::executors::docker {

using nlohmann::json;

const json &at(const json &object, const char *key)
{
    static const json nothing;
    if (!object.is_object())
        return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

QString textOf(const json &value)
{
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    return value.is_number() || value.is_boolean() ? QString::fromStdString(value.dump()) : QString();
}

QStringList wordsOf(const json &list)
{
    QStringList words;
    for (const json &each : list.is_array() ? list : json::array())
        words << textOf(each);
    return words;
}

bool isUnset(const json &value)
{
    return value.is_null() || value == json("") || value == json(0) || value == json(false) || value == json("default")
        || ((value.is_array() || value.is_object()) && value.empty());
}

} // namespace taffrail::executors::docker
