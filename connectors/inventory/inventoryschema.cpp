// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventoryschema.h"

#include <QFile>

#include <nlohmann/json.hpp>

#include <string>

/// A resource of a static library is linked in only when it is named, and only from outside of a namespace.
static void useResources()
{
    Q_INIT_RESOURCE(inventory);
}

namespace taffrail::inventory {

namespace {

using Json = nlohmann::ordered_json;

Json optionSchema(const sources::Option &option)
{
    Json schema = Json::object();
    if (*option.type != '\0') // else its schema says so
        schema["type"] = option.type;
    schema["description"] = option.description;
    if (option.schema) {
        const Json more = Json::parse("{" + std::string(option.schema) + "}", nullptr, false);
        if (more.is_object())
            schema.update(more);
        else
            qWarning("the schema of the option \"%s\" is not JSON", option.name);
    }
    return schema;
}

Json requiring(const char *key)
{
    Json schema = Json::object();
    schema["required"] = Json::array({key});
    return schema;
}

/// One branch of a pane's oneOf: the keys that all entries of the pane have, and the source's own.
Json sourceBranch(const Json &common, const sources::Source &source)
{
    Json branch = Json::object();
    branch["title"] = source.title;
    branch["type"] = "object";
    Json required = Json::array({"source"});
    Json properties = common.at("properties");
    properties["source"] = Json::object();
    properties["source"]["const"] = source.name;
    for (const sources::Option &option : source.options) {
        properties[option.name] = optionSchema(option);
        if (option.required)
            required.push_back(option.name);
    }
    if (source.needsDatabase)
        required.push_back("database");
    branch["required"] = std::move(required);
    if (source.needsHosts)
        branch["anyOf"] = Json::array({requiring("hosts"), requiring("host")});
    branch["additionalProperties"] = false;
    branch["properties"] = std::move(properties);
    return branch;
}

Json buildSchema(const std::vector<const sources::Source *> &sources)
{
    const QByteArray base = resourceText(QStringLiteral("inventory.schema.json"));
    Json schema = Json::parse(base.constData(), base.constData() + base.size());
    Json &definitions = schema.at("$defs");
    for (int index = 0; index < paneCount; ++index) {
        const PaneKind pane = PaneKind(index);
        const std::string name = paneWord(pane).toStdString();
        Json branches = Json::array();
        for (const sources::Source *source : sources) {
            if (source->pane == pane)
                branches.push_back(sourceBranch(definitions.at(name), *source));
        }
        if (branches.empty())
            definitions.at("environment").at("properties").at(name)["maxItems"] = 0;
        else
            definitions[name] = Json::object({{"oneOf", std::move(branches)}});
    }
    return schema;
}

} // namespace

QByteArray resourceText(const QString &name)
{
    useResources();
    QFile file(QStringLiteral(":/taffrail/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray inventorySchema(const std::vector<const sources::Source *> &sources)
{
    try {
        return QByteArray::fromStdString(buildSchema(sources).dump(2)) + '\n';
    } catch (const nlohmann::json::exception &exception) {
        qCritical("the inventory schema is broken: %s", exception.what());
        return "{}\n";
    }
}

} // namespace taffrail::inventory
