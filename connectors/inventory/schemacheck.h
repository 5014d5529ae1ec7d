// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventoryproblem.h"
#include "jsontree.h"

#include <nlohmann/json.hpp>

#include <QHash>
#include <QRegularExpression>

namespace taffrail::inventory {

/// Checks a tree against the part of JSON Schema that the inventory uses: type, const, enum, pattern, minLength,
/// minimum, maximum, minItems, maxItems, items, required, properties, additionalProperties, anyOf of required, oneOf
/// told apart by the const of "source" or by type, $ref into $defs. Collects every mistake.
class SchemaCheck {
public:
    SchemaCheck(const nlohmann::ordered_json &schema, QString file, Problems &problems);

    void check(const JsonNode &node);

private:
    using Json = nlohmann::ordered_json;
    void checkNode(const JsonNode &node, const Json &schema, const QString &path);
    void checkString(const JsonNode &node, const Json &schema, const QString &path);
    void checkNumber(const JsonNode &node, const Json &schema, const QString &path);
    void checkArray(const JsonNode &node, const Json &schema, const QString &path);
    void checkObject(const JsonNode &node, const Json &schema, const QString &path);
    void checkChoice(const JsonNode &node, const Json &branches, const QString &path);
    void checkSource(const JsonNode &node, const Json &branches, const QString &path);
    const Json &resolved(const Json &schema) const;
    bool matchesPattern(const QString &text, const QString &pattern);
    void add(const JsonNode &node, const QString &path, const QString &expected, const QString &found,
             const QString &hint = {});

    const Json &m_schema;
    QString m_file;
    Problems &m_problems;
    QHash<QString, QRegularExpression> m_patterns;
};

/// "the text \"x\"", "the number 5", "a list" …
QString describe(const JsonNode &node);
/// `path` with a member: ".name", or "[\"odd name\"]".
QString memberPath(const QString &path, const QString &key);
QString itemPath(const QString &path, size_t index);

} // namespace taffrail::inventory
