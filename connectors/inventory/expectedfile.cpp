// SPDX-License-Identifier: GPL-3.0-or-later
#include "expectedfile.h"

#include "inventoryschema.h"
#include "jsontree.h"
#include "schemacheck.h"
#include "text.h"

namespace taffrail::inventory {

namespace {

using Json = nlohmann::ordered_json;

QString textOf(const JsonNode &node, const char *key)
{
    const JsonNode *member = node.member(QString::fromLatin1(key));
    return member ? member->text : QString();
}

ExpectedDifference differenceOf(const JsonNode &node)
{
    ExpectedDifference difference;
    difference.entry = textOf(node, "entry");
    difference.file = textOf(node, "file");
    difference.key = textOf(node, "key");
    if (const JsonNode *environments = node.member(QStringLiteral("environments"))) {
        for (const JsonNode &each : environments->items)
            difference.environments << each.text;
    }
    difference.reason = textOf(node, "reason");
    difference.author = textOf(node, "author");
    difference.since = fromRfc3339(textOf(node, "since"));
    difference.until = fromRfc3339(textOf(node, "until"));
    return difference;
}

std::string bytes(const QString &text)
{
    return text.toStdString();
}

Json jsonOf(const ExpectedDifference &difference)
{
    Json json{{"entry", bytes(difference.entry)}};
    if (!difference.file.isEmpty())
        json["file"] = bytes(difference.file);
    json["key"] = bytes(difference.key);
    json["environments"] = Json::array();
    for (const QString &environment : difference.environments)
        json["environments"].push_back(bytes(environment));
    json["reason"] = bytes(difference.reason);
    if (!difference.author.isEmpty())
        json["author"] = bytes(difference.author);
    if (difference.since.isValid())
        json["since"] = bytes(rfc3339(difference.since));
    json["until"] = bytes(rfc3339(difference.until));
    return json;
}

} // namespace

Result<std::vector<ExpectedDifference>> readExpected(const QByteArray &text, const QString &name)
{
    Problems problems;
    const JsonReading reading = readJson(text);
    for (const JsonFault &fault : reading.faults)
        problems.push_back({name, fault.line, fault.column, {}, fault.expected, fault.found, {}});
    const QByteArray schemaText = resourceText(QStringLiteral("expected.schema.json"));
    const Json schema = Json::parse(schemaText.constData(), schemaText.constData() + schemaText.size(), nullptr, false);
    if (problems.empty())
        SchemaCheck(schema, name, problems).check(reading.root);
    std::vector<ExpectedDifference> expected;
    if (const JsonNode *list = problems.empty() ? reading.root.member(QStringLiteral("expected")) : nullptr) {
        for (const JsonNode &node : list->items) {
            expected.push_back(differenceOf(node));
            if (!expected.back().until.isValid())
                problems.push_back({name,
                                    node.line,
                                    node.column,
                                    QStringLiteral("until"),
                                    QStringLiteral("a day of the calendar"),
                                    textOf(node, "until"),
                                    {}});
        }
    }
    if (!problems.empty()) {
        const QString more
            = problems.size() > 1 ? QStringLiteral("There are %1 more.").arg(problems.size() - 1) : QString();
        return failure(ErrorKind::BadConfig, QStringLiteral("read expected differences"), {},
                       problemText(problems.front()), more);
    }
    return expected;
}

QByteArray expectedText(const std::vector<ExpectedDifference> &expected)
{
    Json list = Json::array();
    for (const ExpectedDifference &difference : expected)
        list.push_back(jsonOf(difference));
    const Json json{{"version", 1}, {"expected", std::move(list)}};
    return QByteArray::fromStdString(json.dump(2, ' ', false, Json::error_handler_t::replace)) + '\n';
}

} // namespace taffrail::inventory
