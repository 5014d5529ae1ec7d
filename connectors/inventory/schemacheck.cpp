// SPDX-License-Identifier: GPL-3.0-or-later
#include "schemacheck.h"

#include "text.h"

#include <QStringList>

#include <algorithm>

namespace taffrail::inventory {

namespace {

using Json = nlohmann::ordered_json;

const Json noSchema = Json::object();

const Json &part(const Json &schema, const char *key)
{
    const auto found = schema.find(key);
    return found == schema.end() ? noSchema : *found;
}

QString textOf(const Json &value)
{
    return value.is_string() ? QString::fromStdString(value.get<std::string>()) : QString::fromStdString(value.dump());
}

QString quoted(const QString &text)
{
    return QLatin1Char('"') + sanitizedLine(text.toUtf8(), 60) + QLatin1Char('"');
}

/// "a", "b" or "c"
QString quotedChoice(const QStringList &words)
{
    QStringList parts;
    for (const QString &word : words)
        parts << quoted(word);
    if (parts.size() < 2)
        return parts.join(QString());
    const QString last = parts.takeLast();
    return parts.join(QStringLiteral(", ")) + QStringLiteral(" or ") + last;
}

QStringList keysOf(const Json &object)
{
    QStringList keys;
    for (const auto &[key, value] : object.items())
        keys << QString::fromStdString(key);
    return keys;
}

bool hasType(const JsonNode &node, const QString &type)
{
    switch (node.type) {
    case JsonNode::Type::Null: return type == QLatin1String("null");
    case JsonNode::Type::Boolean: return type == QLatin1String("boolean");
    case JsonNode::Type::Number:
        return type == QLatin1String("number") || (type == QLatin1String("integer") && node.isInteger());
    case JsonNode::Type::String: return type == QLatin1String("string");
    case JsonNode::Type::Array: return type == QLatin1String("array");
    case JsonNode::Type::Object: return type == QLatin1String("object");
    }
    return false;
}

QString typeText(const QString &type)
{
    static const QHash<QString, QString> words{{QStringLiteral("string"), QStringLiteral("a text")},
                                               {QStringLiteral("integer"), QStringLiteral("a whole number")},
                                               {QStringLiteral("number"), QStringLiteral("a number")},
                                               {QStringLiteral("boolean"), QStringLiteral("true or false")},
                                               {QStringLiteral("array"), QStringLiteral("a list")},
                                               {QStringLiteral("object"), QStringLiteral("an object")},
                                               {QStringLiteral("null"), QStringLiteral("null")}};
    return words.value(type, type);
}

QStringList typesOf(const Json &schema)
{
    const Json &type = part(schema, "type");
    QStringList types;
    if (type.is_string())
        types << textOf(type);
    else if (type.is_array()) {
        for (const Json &each : type)
            types << textOf(each);
    }
    return types;
}

QString typesText(const QStringList &types)
{
    QStringList words;
    for (const QString &type : types)
        words << typeText(type);
    return words.join(QStringLiteral(" or "));
}

/// What a whole number must be, with its bounds.
QString rangeText(const Json &schema)
{
    QString text = typesText(typesOf(schema));
    const Json &least = part(schema, "minimum");
    const Json &most = part(schema, "maximum");
    if (least.is_number() && most.is_number())
        text += QStringLiteral(" from %1 to %2").arg(textOf(least), textOf(most));
    else if (least.is_number())
        text += QStringLiteral(" of at least %1").arg(textOf(least));
    else if (most.is_number())
        text += QStringLiteral(" of at most %1").arg(textOf(most));
    return text;
}

bool equals(const JsonNode &node, const Json &value)
{
    if (value.is_string())
        return node.isString() && node.text == textOf(value);
    if (value.is_number_integer())
        return node.isInteger() && node.text.toLongLong() == value.get<qint64>();
    if (value.is_boolean())
        return node.type == JsonNode::Type::Boolean && node.boolean == value.get<bool>();
    return value.is_null() && node.type == JsonNode::Type::Null;
}

} // namespace

QString describe(const JsonNode &node)
{
    switch (node.type) {
    case JsonNode::Type::Null: return QStringLiteral("null");
    case JsonNode::Type::Boolean: return node.boolean ? QStringLiteral("true") : QStringLiteral("false");
    case JsonNode::Type::Number: return QStringLiteral("the number ") + sanitizedLine(node.text.toUtf8(), 40);
    case JsonNode::Type::String:
        return node.text.isEmpty() ? QStringLiteral("an empty text") : QStringLiteral("the text ") + quoted(node.text);
    case JsonNode::Type::Array: return QStringLiteral("a list");
    case JsonNode::Type::Object: return QStringLiteral("an object");
    }
    return {};
}

QString memberPath(const QString &path, const QString &key)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z_$][A-Za-z0-9_$]*$"));
    return plain.match(key).hasMatch() ? path + QLatin1Char('.') + key
                                       : path + QStringLiteral("[") + quoted(key) + QLatin1Char(']');
}

QString itemPath(const QString &path, size_t index)
{
    return QStringLiteral("%1[%2]").arg(path, QString::number(index));
}

SchemaCheck::SchemaCheck(const Json &schema, QString file, Problems &problems)
    : m_schema(schema),
      m_file(std::move(file)),
      m_problems(problems)
{
}

void SchemaCheck::check(const JsonNode &node)
{
    checkNode(node, m_schema, QStringLiteral("$"));
}

void SchemaCheck::add(const JsonNode &node, const QString &path, const QString &expected, const QString &found,
                      const QString &hint)
{
    m_problems.push_back({m_file, node.line, node.column, path, expected, found, hint});
}

const Json &SchemaCheck::resolved(const Json &schema) const
{
    // definitions point at definitions at most a few steps deep; a circle would be a defect of the schema
    const Json *current = &schema;
    for (int step = 0; step < 8; ++step) {
        const Json &reference = part(*current, "$ref");
        if (!reference.is_string())
            return *current;
        const QString name = textOf(reference).section(QLatin1Char('/'), 2);
        current = &part(part(m_schema, "$defs"), name.toUtf8().constData());
    }
    return noSchema;
}

bool SchemaCheck::matchesPattern(const QString &text, const QString &pattern)
{
    auto found = m_patterns.find(pattern);
    if (found == m_patterns.end()) {
        // JSON Schema's $ is the very end of the text; Qt's also matches before a last newline
        QString exact = pattern;
        if (exact.endsWith(QLatin1Char('$')) && !exact.endsWith(QLatin1String("\\$")))
            exact = exact.chopped(1) + QStringLiteral("\\z");
        found = m_patterns.insert(pattern, QRegularExpression(exact));
    }
    return found->match(text).hasMatch();
}

void SchemaCheck::checkNode(const JsonNode &node, const Json &unresolved, const QString &path)
{
    const Json &schema = resolved(unresolved);
    if (const Json &branches = part(schema, "oneOf"); branches.is_array())
        return checkChoice(node, branches, path);
    if (const auto constant = schema.find("const"); constant != schema.end()) {
        if (!equals(node, *constant))
            add(node, path, constant->is_string() ? quoted(textOf(*constant)) : textOf(*constant), describe(node));
        return;
    }
    const QStringList types = typesOf(schema);
    if (!types.isEmpty() && std::ranges::none_of(types, [&](const QString &type) { return hasType(node, type); })) {
        const bool isSecret = part(schema, "writeOnly") == true && node.isString();
        const QString expected = part(schema, "minimum").is_number() ? rangeText(schema) : typesText(types);
        return add(node, path, expected, isSecret ? QStringLiteral("another value") : describe(node));
    }
    switch (node.type) {
    case JsonNode::Type::String: return checkString(node, schema, path);
    case JsonNode::Type::Number: return checkNumber(node, schema, path);
    case JsonNode::Type::Array: return checkArray(node, schema, path);
    case JsonNode::Type::Object: return checkObject(node, schema, path);
    case JsonNode::Type::Null:
    case JsonNode::Type::Boolean: return;
    }
}

void SchemaCheck::checkString(const JsonNode &node, const Json &schema, const QString &path)
{
    if (const Json &choice = part(schema, "enum"); choice.is_array()) {
        QStringList words;
        for (const Json &word : choice)
            words << textOf(word);
        if (!words.contains(node.text)) {
            const QString nearest = nearestWord(node.text, words);
            add(node, path, quotedChoice(words), describe(node),
                nearest.isEmpty() ? QString() : QStringLiteral("Did you mean %1?").arg(quoted(nearest)));
        }
        return;
    }
    if (const Json &least = part(schema, "minLength"); least.is_number() && node.text.size() < least.get<qint64>())
        add(node, path, QStringLiteral("a text of at least %1 characters").arg(textOf(least)), describe(node));
    const Json &pattern = part(schema, "pattern");
    if (!pattern.is_string() || matchesPattern(node.text, textOf(pattern)))
        return;
    const Json &words = part(schema, "patternErrorMessage");
    const bool isSecret = part(schema, "writeOnly") == true; // what stands here by mistake may be the secret itself
    add(node, path, words.is_string() ? textOf(words) : QStringLiteral("a text like %1").arg(textOf(pattern)),
        isSecret ? QStringLiteral("a text of another form (not shown: it may be a secret)") : describe(node));
}

void SchemaCheck::checkNumber(const JsonNode &node, const Json &schema, const QString &path)
{
    const double value = node.text.toDouble();
    const Json &least = part(schema, "minimum");
    const Json &most = part(schema, "maximum");
    if ((least.is_number() && value < least.get<double>()) || (most.is_number() && value > most.get<double>()))
        add(node, path, rangeText(schema), describe(node));
    if (const Json &choice = part(schema, "enum");
        choice.is_array() && std::ranges::none_of(choice, [&](const Json &each) { return equals(node, each); }))
        add(node, path, textOf(choice), describe(node));
}

void SchemaCheck::checkArray(const JsonNode &node, const Json &schema, const QString &path)
{
    const Json &least = part(schema, "minItems");
    const Json &most = part(schema, "maxItems");
    if (least.is_number() && qint64(node.items.size()) < least.get<qint64>())
        add(node, path, QStringLiteral("a list of at least %1").arg(textOf(least)),
            QStringLiteral("%1").arg(node.items.size()));
    if (most.is_number() && qint64(node.items.size()) > most.get<qint64>())
        return add(node, path,
                   most == 0 ? QStringLiteral("no entry: this version has no source of this kind")
                             : QStringLiteral("a list of at most %1").arg(textOf(most)),
                   QStringLiteral("%1").arg(node.items.size()));
    for (size_t i = 0; i < node.items.size(); ++i)
        checkNode(node.items[i], part(schema, "items"), itemPath(path, i));
}

void SchemaCheck::checkObject(const JsonNode &node, const Json &schema, const QString &path)
{
    const Json &properties = part(schema, "properties");
    const Json &others = part(schema, "additionalProperties");
    for (const JsonMember &member : node.members) {
        const QString memberAt = memberPath(path, member.key);
        const auto known = properties.find(member.key.toStdString());
        if (known != properties.end()) {
            checkNode(member.value, *known, memberAt);
        } else if (others == false) {
            QStringList keys = keysOf(properties);
            const QString nearest = nearestWord(member.key, keys);
            m_problems.push_back(
                {m_file, member.line, member.column, memberAt, QStringLiteral("one of ") + quotedChoice(keys),
                 QStringLiteral("the unknown key ") + quoted(member.key),
                 nearest.isEmpty() ? QString() : QStringLiteral("Did you mean %1?").arg(quoted(nearest))});
        } else if (others.is_object()) {
            checkNode(member.value, others, memberAt);
        }
    }
    for (const Json &key : part(schema, "required")) {
        if (key.is_string() && !node.member(textOf(key)))
            add(node, path, QStringLiteral("the key ") + quoted(textOf(key)), QStringLiteral("no such key"));
    }
    const Json &alternatives = part(schema, "anyOf");
    QStringList wanted;
    for (const Json &branch : alternatives) {
        for (const Json &key : part(branch, "required"))
            wanted << textOf(key);
    }
    if (!wanted.isEmpty() && std::ranges::none_of(wanted, [&](const QString &key) { return node.member(key); }))
        add(node, path, QStringLiteral("the key ") + quotedChoice(wanted), QStringLiteral("none of them"));
}

void SchemaCheck::checkChoice(const JsonNode &node, const Json &branches, const QString &path)
{
    const Json &first = branches.empty() ? noSchema : resolved(branches.front());
    if (part(part(part(first, "properties"), "source"), "const").is_string())
        return checkSource(node, branches, path);
    QStringList types;
    for (const Json &each : branches) {
        const Json &branch = resolved(each);
        const QStringList own = typesOf(branch);
        if (std::ranges::any_of(own, [&](const QString &type) { return hasType(node, type); }))
            return checkNode(node, branch, path);
        types << own;
    }
    add(node, path, typesText(types), describe(node));
}

void SchemaCheck::checkSource(const JsonNode &node, const Json &branches, const QString &path)
{
    if (!node.isObject())
        return add(node, path, QStringLiteral("an object"), describe(node));
    const JsonNode *source = node.member(QStringLiteral("source"));
    if (!source)
        return add(node, path, QStringLiteral("the key \"source\""), QStringLiteral("no such key"));
    QStringList names;
    for (const Json &each : branches) {
        const Json &branch = resolved(each);
        const QString name = textOf(part(part(part(branch, "properties"), "source"), "const"));
        if (source->isString() && source->text == name)
            return checkNode(node, branch, path);
        names << name;
    }
    const QString nearest = source->isString() ? nearestWord(source->text, names) : QString();
    add(*source, memberPath(path, QStringLiteral("source")), quotedChoice(names), describe(*source),
        nearest.isEmpty() ? QString() : QStringLiteral("Did you mean %1?").arg(quoted(nearest)));
}

} // namespace taffrail::inventory
