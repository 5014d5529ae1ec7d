// SPDX-License-Identifier: GPL-3.0-or-later
#include "liquibasechangelog.h"

#include "diskmigration.h"
#include "text.h"
#include "yamltree.h"

#include <QXmlStreamReader>

#include <algorithm>
#include <functional>

namespace taffrail::sources::migrations {

namespace {

constexpr int mostDepth = 40;
constexpr int mostNodes = 200'000;

bool isYes(const QByteArray &value)
{
    return value.compare("true", Qt::CaseInsensitive) == 0;
}

/// Reads elements with a stack of its own.
bool readXml(const QByteArray &content, ChangeNode &root, QString &fault)
{
    QXmlStreamReader xml(content);
    std::vector<ChangeNode> open{ChangeNode()};
    int count = 0;
    while (!xml.atEnd()) {
        switch (xml.readNext()) {
        case QXmlStreamReader::StartElement: {
            if (open.size() == 1 && xml.name() != QLatin1String("databaseChangeLog"))
                return false;
            ChangeNode node;
            node.name = xml.name().toUtf8();
            for (const QXmlStreamAttribute &attribute : xml.attributes())
                node.attributes.emplace_back(attribute.name().toUtf8(), attribute.value().toUtf8());
            open.push_back(std::move(node));
            break;
        }
        case QXmlStreamReader::EndElement: {
            ChangeNode node = std::move(open.back());
            open.pop_back();
            open.back().children.push_back(std::move(node));
            break;
        }
        case QXmlStreamReader::Characters: open.back().text += xml.text().toUtf8(); break;
        default: break;
        }
        if (open.size() > mostDepth || ++count > mostNodes) {
            fault = QStringLiteral("it is nested too deep, or too long");
            break;
        }
    }
    if (xml.hasError() && fault.isEmpty())
        fault = QStringLiteral("line %1: it is not well-formed XML").arg(xml.lineNumber());
    while (open.size() > 1) { // what stands before an error counts
        ChangeNode node = std::move(open.back());
        open.pop_back();
        open.back().children.push_back(std::move(node));
    }
    if (open.front().children.empty())
        return false;
    root = std::move(open.front().children.front());
    return true;
}

class YamlReader {
public:
    explicit YamlReader(const YamlTree &tree) : m_tree(tree) {}

    ChangeNode read(const QByteArray &name, int index, int depth)
    {
        ChangeNode node;
        node.name = name;
        const YamlNode &from = m_tree.at(m_tree.resolved(index));
        if (depth > mostDepth || ++m_count > mostNodes)
            return node;
        if (from.kind == YamlNode::Kind::Scalar)
            node.text = from.text.toUtf8();
        else if (from.kind == YamlNode::Kind::Map)
            readMap(node, from, depth);
        else if (from.kind == YamlNode::Kind::List)
            readList(node, from, depth);
        return node;
    }

private:
    const YamlNode &nodeAt(int index) const { return m_tree.at(m_tree.resolved(index)); }

    void readMap(ChangeNode &node, const YamlNode &from, int depth)
    {
        for (size_t i = 0; i + 1 < from.items.size(); i += 2) {
            const QByteArray key = nodeAt(from.items[i]).text.toUtf8();
            const YamlNode &value = nodeAt(from.items[i + 1]);
            if (value.kind == YamlNode::Kind::Scalar)
                node.attributes.emplace_back(key, value.text.toUtf8());
            else
                node.children.push_back(read(key, from.items[i + 1], depth + 1));
        }
    }

    // An item "- createTable: {…}" is one named node.
    void readList(ChangeNode &node, const YamlNode &from, int depth)
    {
        for (const int item : from.items) {
            const YamlNode &value = nodeAt(item);
            if (value.kind == YamlNode::Kind::Map && value.items.size() >= 2) {
                for (size_t i = 0; i + 1 < value.items.size(); i += 2)
                    node.children.push_back(read(nodeAt(value.items[i]).text.toUtf8(), value.items[i + 1], depth + 1));
            } else {
                node.children.push_back(read({}, item, depth + 1));
            }
        }
    }

    const YamlTree &m_tree;
    int m_count = 0;
};

bool readYaml(const QByteArray &content, ChangeNode &root, QString &fault)
{
    const YamlTree tree = readYamlTree(content);
    if (tree.documents.empty())
        return false;
    const YamlNode &top = tree.at(tree.resolved(tree.documents.front()));
    if (top.kind != YamlNode::Kind::Map)
        return false;
    for (size_t i = 0; i + 1 < top.items.size(); i += 2) {
        if (tree.at(tree.resolved(top.items[i])).text != QLatin1String("databaseChangeLog"))
            continue;
        if (tree.error)
            fault = tree.error->text;
        root = YamlReader(tree).read("databaseChangeLog", top.items[i + 1], 0);
        return true;
    }
    return false;
}

/// What is no change, but stands among them.
bool isSideWord(const QByteArray &name)
{
    static const QByteArrayList words{
        "comment",          "preConditions", "rollback", "validCheckSum",        "property", "changes", "modifySql",
        "rollbackOnUpdate", "tagDatabase",   "empty",    "objectQuotingStrategy"};
    return words.contains(name);
}

LiquibaseSql rawOf(const ChangeNode &node)
{
    LiquibaseSql raw;
    const QByteArray inner = node.value("sql");
    raw.text = (inner.isEmpty() ? node.text : inner).trimmed();
    if (const QByteArray delimiter = node.value("endDelimiter"); !delimiter.isEmpty())
        raw.delimiter = delimiter;
    if (const QByteArray splits = node.value("splitStatements"); !splits.isEmpty())
        raw.splits = isYes(splits);
    if (const QByteArray strips = node.value("stripComments"); !strips.isEmpty())
        raw.strips = isYes(strips);
    else
        raw.strips = false;
    return raw;
}

void takeRollback(LiquibaseChangeSet &set, const ChangeNode &node)
{
    std::vector<const ChangeNode *> ways;
    for (const ChangeNode &child : node.children) {
        if (child.name == "rollback")
            ways.push_back(&child);
    }
    if (ways.empty() && node.value("rollback").isEmpty())
        return;
    QByteArray statements = node.value("rollback") + '\n';
    bool isEmpty = statements.trimmed().isEmpty();
    bool isKnown = true;
    for (const ChangeNode *way : ways) {
        statements += way->text + '\n';
        isEmpty = isEmpty && way->text.trimmed().isEmpty() && way->children.empty() && way->attributes.empty();
        isKnown = isKnown && way->attributes.empty();
        for (const ChangeNode &change : way->children) {
            const auto one = statementsOf(change);
            isKnown = isKnown && one.has_value();
            statements += one.value_or(QByteArray()) + ";\n";
        }
    }
    set.reversible = isEmpty ? Reversible::No : Reversible::Yes;
    set.wayBack = isEmpty ? QStringLiteral("its rollback is declared empty") : QString();
    if (!isEmpty && isKnown)
        set.down = statements;
}

LiquibaseChangeSet setOf(const ChangeNode &node)
{
    LiquibaseChangeSet set;
    set.id = node.value("id");
    set.author = node.value("author");
    set.logicalPath = node.value("logicalFilePath");
    set.dbms = node.value("dbms");
    set.contexts = node.value("context") + node.value("contextFilter");
    set.labels = node.value("labels");
    set.comment = node.value("comment");
    set.runsOnChange = isYes(node.value("runOnChange"));
    set.runsAlways = isYes(node.value("runAlways"));
    set.isIgnored = isYes(node.value("ignore"));
    for (const ChangeNode *valid : node.all("validCheckSum"))
        set.validSums << valid->text.trimmed();
    if (const QByteArray valid = node.value("validCheckSum"); !valid.isEmpty())
        set.validSums << valid.trimmed();
    QByteArray statements;
    bool canTurn = true;
    const ChangeNode *list = node.child("changes");
    for (const ChangeNode &change : list ? list->children : node.children) {
        if (isSideWord(change.name))
            continue;
        if (change.name == "sql")
            set.raw.push_back(rawOf(change));
        else
            set.isRawOnly = false;
        canTurn = canTurn && isTurnedRound(change.name);
        const auto one = statementsOf(change);
        if (one)
            statements += *one + ";\n";
        else if (set.opaque.isEmpty())
            set.opaque = QStringLiteral("a changeset with \"%1\"").arg(sanitizedLine(change.name, 40));
    }
    if (set.opaque.isEmpty())
        set.sql = statements;
    set.reversible = canTurn ? Reversible::Yes : Reversible::No;
    set.wayBack = canTurn ? QString() : QStringLiteral("no rollback");
    takeRollback(set, node);
    return set;
}

LiquibaseInclude includeOf(const ChangeNode &node)
{
    const bool isAll = node.name == "includeAll";
    return {node.value(isAll ? "path" : "file").trimmed(), isAll, isYes(node.value("relativeToChangelogFile"))};
}

} // namespace

QByteArray ChangeNode::value(const char *attribute) const
{
    for (const auto &[key, content] : attributes) {
        if (key == attribute)
            return content;
    }
    const ChangeNode *inner = child(attribute);
    return inner && inner->children.empty() && inner->attributes.empty() ? inner->text.trimmed() : QByteArray();
}

const ChangeNode *ChangeNode::child(const char *childName) const
{
    const auto found = std::ranges::find(children, QByteArray(childName), &ChangeNode::name);
    return found == children.end() ? nullptr : &*found;
}

std::vector<const ChangeNode *> ChangeNode::all(const char *childName) const
{
    const QByteArray plural = QByteArray(childName) + 's';
    std::vector<const ChangeNode *> found;
    for (const ChangeNode &each : children) {
        if (each.name == childName)
            found.push_back(&each);
        if (each.name != plural)
            continue;
        for (const ChangeNode &inner : each.children) {
            if (inner.name == childName || inner.name.isEmpty())
                found.push_back(&inner);
        }
    }
    return found;
}

std::optional<LiquibaseChangelog> treeChangelog(const QByteArray &name, const QByteArray &content)
{
    if (!content.contains("databaseChangeLog"))
        return std::nullopt;
    ChangeNode root;
    LiquibaseChangelog log;
    const bool isRead
        = name.toLower().endsWith(".xml") ? readXml(content, root, log.fault) : readYaml(content, root, log.fault);
    if (!isRead)
        return std::nullopt;
    log.logicalPath = root.value("logicalFilePath");
    for (const ChangeNode &child : root.children) {
        if (child.name == "changeSet")
            log.entries.emplace_back(setOf(child));
        else if (child.name == "include" || child.name == "includeAll")
            log.entries.emplace_back(includeOf(child));
    }
    return log;
}

} // namespace taffrail::sources::migrations
