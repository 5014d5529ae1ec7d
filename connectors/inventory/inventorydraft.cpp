// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventorydraft.h"

#include "inventoryreader.h"

#include <nlohmann/json.hpp>

namespace taffrail::inventory {

namespace {

using Json = nlohmann::ordered_json;

std::string bytes(const QString &text)
{
    return text.toStdString();
}

Json hostOf(const EnvironmentDraft &draft)
{
    const QString id = idFromName(draft.host);
    Json host{{"id", bytes(id.isEmpty() ? QStringLiteral("host1") : id)}};
    if (draft.user.isEmpty())
        host["ssh"] = bytes(draft.host);
    else
        host["ssh"] = Json{{"host", bytes(draft.host)}, {"user", bytes(draft.user)}};
    return host;
}

Json environmentOf(const EnvironmentDraft &draft)
{
    Json environment{{"id", bytes(draft.id)}};
    if (!draft.name.isEmpty())
        environment["name"] = bytes(draft.name);
    environment["tier"] = bytes(tierWord(draft.tier.value_or(Tier::Development)));
    if (!draft.tier) // nobody said that it may be changed
        environment["mode"] = "locked";
    Json health = Json::array();
    if (!draft.host.isEmpty()) {
        environment["hosts"] = Json::array({hostOf(draft)});
        health.push_back(Json{{"source", "host"}, {"hosts", Json::array({"*"})}});
    }
    if (!draft.dsn.isEmpty()) {
        environment["databases"] = Json::array({Json{{"id", "main"}, {"dsn", bytes(draft.dsn)}}});
        health.push_back(Json{{"source", "postgres"}, {"database", "main"}});
    }
    if (!draft.capistranoPath.isEmpty()) {
        environment["deployments"] = Json::array(
            {Json{{"source", "capistrano"}, {"hosts", Json::array({"*"})}, {"path", bytes(draft.capistranoPath)}}});
    }
    if (!draft.dsn.isEmpty()) {
        environment["migrations"] = Json::array({Json{{"source", "auto"}, {"database", "main"}}});
        environment["backups"] = Json::array({Json{{"source", "postgres"}, {"database", "main"}}});
    }
    if (!health.empty())
        environment["health"] = std::move(health);
    return environment;
}

} // namespace

Result<QByteArray> inventoryTextOf(const std::vector<EnvironmentDraft> &drafts)
{
    Json root{{"version", 1}, {"environments", Json::array()}};
    for (const EnvironmentDraft &draft : drafts)
        root["environments"].push_back(environmentOf(draft));
    // QString holds UTF-16 that may be broken; replace makes it text instead of throwing.
    const QByteArray text = QByteArray::fromStdString(root.dump(2, ' ', false, Json::error_handler_t::replace)) + '\n';
    const InventoryReading reading = readInventoryText(QStringLiteral("inventory.json"), text);
    if (reading)
        return text;
    QStringList lines;
    for (const Problem &problem : reading.error()) {
        QString line = QStringLiteral("%1: expected %2, found %3").arg(problem.path, problem.expected, problem.found);
        if (!problem.hint.isEmpty())
            line += QStringLiteral(". ") + problem.hint;
        lines << line;
    }
    return failure(ErrorKind::BadConfig, QStringLiteral("check"), QStringLiteral("the new inventory"),
                   lines.join(QLatin1Char('\n')));
}

} // namespace taffrail::inventory
