// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"
#include "yamltree.h"
#include "yamltypes.h"

#include <QSet>

namespace taffrail::sources {

namespace {

constexpr int maxDepth = 200; ///< with aliases followed
constexpr int maxAliasNodes = 100'000; ///< that aliases and merge keys may stand for, in all

/// A pair of a map as it counts, merge keys merged.
struct Pair {
    int key = -1, value = -1;
    int mergedIn = 0; ///< line of the merge key that brought it, or 0
};

class YamlFlattener {
public:
    explicit YamlFlattener(const YamlTree &tree) : m_tree(tree) {}
    ParsedConfig read();

private:
    struct Place {
        QString key;
        int line = 0;
        int depth = 0;
        int aliasLine = 0; ///< of the outermost alias that leads here, or 0
    };
    bool flatten(int node, const Place &place);
    void addScalar(const YamlNode &node, const Place &place);
    bool flattenList(const YamlNode &node, const Place &place);
    bool flattenMap(const YamlNode &node, const Place &place);
    bool collect(const YamlNode &map, std::vector<Pair> &pairs, QSet<QString> &names, int mergedIn, int depth);
    bool collectMerged(int value, std::vector<Pair> &pairs, QSet<QString> &names, int line, int depth);
    bool count(int line);
    bool fail(int line, const QString &expected, const QString &found);

    const YamlTree &m_tree;
    ConfigReading m_reading;
    int m_aliasNodes = 0;
};

bool YamlFlattener::fail(int line, const QString &expected, const QString &found)
{
    m_reading.fail(line, expected, found);
    return false;
}

bool YamlFlattener::count(int line)
{
    return ++m_aliasNodes <= maxAliasNodes
        || fail(line, QStringLiteral("aliases that stand for at most %1 values").arg(maxAliasNodes),
                QStringLiteral("more"));
}

void YamlFlattener::addScalar(const YamlNode &node, const Place &place)
{
    const bool isTyped = node.isPlain || !node.tag.isEmpty();
    YamlScalar scalar{node.text, ConfigType::Text, {}};
    if (!node.isCoreTag())
        scalar = {node.tag + QLatin1Char(' ') + node.text, ConfigType::Text, QStringLiteral("with a tag of its own")};
    else if (isTyped)
        scalar = yamlScalar(node.text, node.tag);
    if (node.tag == QLatin1String("binary"))
        scalar.note = QStringLiteral("binary, in base 64");
    m_reading.add(place.key, scalar.value, place.line, scalar.type, scalar.note);
}

bool YamlFlattener::flattenList(const YamlNode &node, const Place &place)
{
    int index = 0;
    for (const int item : node.items) {
        const Place below{joinIndex(place.key, index++), m_tree.at(item).line, place.depth + 1, place.aliasLine};
        if (!flatten(item, below))
            return false;
    }
    return true;
}

bool YamlFlattener::collectMerged(int value, std::vector<Pair> &pairs, QSet<QString> &names, int line, int depth)
{
    const YamlNode &node = m_tree.at(m_tree.resolved(value));
    if (node.kind == YamlNode::Kind::Map)
        return collect(node, pairs, names, line, depth + 1);
    if (node.kind == YamlNode::Kind::List) {
        for (const int item : node.items) {
            const YamlNode &each = m_tree.at(m_tree.resolved(item));
            if (each.kind != YamlNode::Kind::Map)
                return fail(line, QStringLiteral("maps behind <<"), QStringLiteral("something else in the list"));
            if (!collect(each, pairs, names, line, depth + 1))
                return false;
        }
        return true;
    }
    return fail(line, QStringLiteral("a map or a list of maps behind <<"), QStringLiteral("something else"));
}

/// Own keys first: they win over merged ones, and of several merged maps the earlier one wins.
bool YamlFlattener::collect(const YamlNode &map, std::vector<Pair> &pairs, QSet<QString> &names, int mergedIn,
                            int depth)
{
    if (depth > maxDepth)
        return fail(mergedIn, QStringLiteral("at most %1 levels").arg(maxDepth), QStringLiteral("a deeper one"));
    for (size_t at = 0; at + 1 < map.items.size(); at += 2) {
        const YamlNode &key = m_tree.at(map.items[at]);
        if (key.isMergeKey())
            continue;
        if (mergedIn > 0 && !count(mergedIn))
            return false;
        const QString name = yamlKeyText(m_tree, map.items[at]).value_or(QString());
        if (mergedIn > 0 && names.contains(name))
            continue;
        names.insert(name);
        pairs.push_back({map.items[at], map.items[at + 1], mergedIn});
    }
    for (size_t at = 0; at + 1 < map.items.size(); at += 2) {
        const YamlNode &key = m_tree.at(map.items[at]);
        if (key.isMergeKey()
            && !collectMerged(map.items[at + 1], pairs, names, mergedIn > 0 ? mergedIn : key.line, depth))
            return false;
    }
    return true;
}

bool YamlFlattener::flattenMap(const YamlNode &node, const Place &place)
{
    std::vector<Pair> pairs;
    QSet<QString> names;
    const bool isGood = collect(node, pairs, names, 0, place.depth);
    QSet<QString> used;
    for (const Pair &pair : pairs) {
        QString name = yamlKeyText(m_tree, pair.key).value_or(QString());
        if (used.contains(name)) { // 1 and "1" are two keys
            const YamlNode &key = m_tree.at(m_tree.resolved(pair.key));
            const bool isTyped = key.isPlain || !key.tag.isEmpty();
            name += QStringLiteral(" (%1)").arg(
                configTypeWord(isTyped ? yamlScalar(key.text, key.tag).type : ConfigType::Text));
        }
        used.insert(name);
        const int aliasLine = place.aliasLine > 0 ? place.aliasLine : pair.mergedIn;
        const Place below{joinKey(place.key, name), m_tree.at(pair.key).line, place.depth + 1, aliasLine};
        if (!flatten(pair.value, below))
            return false;
    }
    return isGood;
}

bool YamlFlattener::flatten(int index, const Place &from)
{
    Place place = from;
    if (m_tree.at(index).kind == YamlNode::Kind::Alias && place.aliasLine == 0)
        place.aliasLine = m_tree.at(index).line;
    if (place.aliasLine > 0 && !count(place.aliasLine))
        return false;
    if (place.depth > maxDepth)
        return fail(place.line, QStringLiteral("at most %1 levels").arg(maxDepth), QStringLiteral("a deeper one"));
    const YamlNode &node = m_tree.at(m_tree.resolved(index));
    if (node.kind == YamlNode::Kind::Scalar) {
        addScalar(node, place);
        return !m_reading.isFull();
    }
    const bool isMap = node.kind == YamlNode::Kind::Map;
    if (!node.isCoreTag())
        m_reading.add(place.key, node.tag, place.line, ConfigType::Text, QStringLiteral("the tag of what is below"));
    if (node.items.empty()) {
        if (node.isWhole)
            m_reading.add(place.key, {}, place.line, isMap ? ConfigType::EmptyMap : ConfigType::EmptyList);
        return true;
    }
    return isMap ? flattenMap(node, place) : flattenList(node, place);
}

ParsedConfig YamlFlattener::read()
{
    std::vector<int> documents;
    for (const int root : m_tree.documents) {
        const YamlNode &node = m_tree.at(root);
        if (node.kind != YamlNode::Kind::Scalar || !node.text.isEmpty() || !node.isPlain)
            documents.push_back(root);
    }
    for (size_t at = 0; at < documents.size(); ++at) {
        Place place;
        place.line = m_tree.at(documents[at]).line;
        if (documents.size() > 1)
            place.key = joinIndex({}, int(at));
        if (!flatten(documents[at], place))
            break;
    }
    for (ConfigEntry &each : m_reading.entries()) {
        if (each.key.isEmpty())
            each.key = joinKey({}, {}); // the document itself
    }
    ParsedConfig parsed = m_reading.take();
    if (m_tree.error) {
        if (parsed.error)
            parsed.notes << m_tree.error->text;
        else
            parsed.error = m_tree.error;
    }
    return parsed;
}

/// NUL, bytes that are not UTF-8, and control characters, which YAML 1.2 (5.1) does not allow.
std::optional<BadPlace> firstForbidden(const QByteArray &bytes)
{
    std::optional<BadPlace> place = firstBadPlace(bytes);
    const qsizetype end = place ? place->lineStart : bytes.size();
    int line = 1;
    qsizetype lineStart = 0;
    for (qsizetype at = 0; at < end; ++at) {
        const auto each = uchar(bytes[at]);
        if (each == '\n' || (each == '\r' && (at + 1 == end || bytes[at + 1] != '\n'))) {
            ++line;
            lineStart = at + 1;
        } else if ((each < 0x20 && each != '\t' && each != '\r') || each == 0x7F) {
            return BadPlace{line, lineStart, QStringLiteral("a control character")};
        }
    }
    return place;
}

} // namespace

ParsedConfig parseYaml(const QByteArray &bytes, const SourceEntry &)
{
    const QByteArray text = withoutByteOrderMark(bytes);
    const std::optional<BadPlace> place = firstForbidden(text);
    YamlTree tree = readYamlTree(place ? text.left(place->lineStart) : text);
    if (place)
        tree.error = lineError(place->line, QStringLiteral("printable UTF-8 text"), place->found);
    ParsedConfig parsed = YamlFlattener(tree).read();
    if (text.startsWith("%YAML 1.1") || text.contains("\n%YAML 1.1"))
        parsed.notes << QStringLiteral("says %YAML 1.1, and is read as YAML 1.2");
    return parsed;
}

const Source yamlSource{
    PaneKind::Configs,
    "yaml",
    "YAML files",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Yaml>,
    valueOfFiles<parseYaml>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
