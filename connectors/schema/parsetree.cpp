// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsetree.h"

#include <QStringList>

namespace taffrail::schema {

const Json &member(const Json &node, const char *key)
{
    static const Json nothing;
    if (!node.is_object())
        return nothing;
    const auto found = node.find(key);
    return found == node.end() ? nothing : *found;
}

QString textMember(const Json &node, const char *key)
{
    const Json &value = member(node, key);
    return value.is_string() ? QString::fromStdString(value.get_ref<const std::string &>()) : QString();
}

bool flagMember(const Json &node, const char *key)
{
    const Json &value = member(node, key);
    return value.is_boolean() && value.get<bool>();
}

QString relationName(const Json &rangeVar)
{
    const QString schema = textMember(rangeVar, "schemaname");
    const QString name = textMember(rangeVar, "relname");
    return schema.isEmpty() ? name : schema + QLatin1Char('.') + name;
}

QString dottedName(const Json &names)
{
    QStringList parts;
    for (const Json &each : names)
        parts << textMember(member(each, "String"), "sval");
    return parts.join(QLatin1Char('.'));
}

} // namespace taffrail::schema
