// SPDX-License-Identifier: GPL-3.0-or-later
#include "yamltree.h"

#include "configtext.h"
#include "text.h"
#include "yamltypes.h"

#include <QHash>

#include <libfyaml.h>

#include <algorithm>
#include <memory>

namespace taffrail::sources {

namespace {

constexpr size_t maxDepth = 64;
constexpr qsizetype maxKeyText = 4096;
constexpr qsizetype maxReadAgain = 8 * 1024 * 1024; ///< bytes, all tries together

struct Release {
    void operator()(fy_diag *diag) const { fy_diag_destroy(diag); }
    void operator()(fy_parser *parser) const { fy_parser_destroy(parser); }
};

void discardOutput(fy_diag *, void *, const char *, size_t) {}

QString textOf(fy_token *token)
{
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : nullptr;
    return text ? QString::fromUtf8(text, qsizetype(length)) : QString();
}

QString tagOf(fy_token *token)
{
    if (!token)
        return {};
    size_t handleLength = 0, suffixLength = 0;
    const char *handle = fy_tag_token_handle(token, &handleLength);
    const char *suffix = fy_tag_token_suffix(token, &suffixLength);
    const QString shortForm = handle ? QString::fromUtf8(handle, qsizetype(handleLength)) : QString();
    const QString name = suffix ? QString::fromUtf8(suffix, qsizetype(suffixLength)) : QString();
    static const QLatin1String core("tag:yaml.org,2002:");
    if (shortForm == QLatin1String("!!"))
        return name;
    if (shortForm.isEmpty() && name.startsWith(core))
        return name.mid(core.size());
    if (shortForm == QLatin1String("!") && name.isEmpty())
        return QStringLiteral("str");
    return shortForm.isEmpty() ? QStringLiteral("!<%1>").arg(name) : shortForm + name;
}

/// Builds the tree from parser events with a stack of its own.
class YamlBuilder {
public:
    explicit YamlBuilder(YamlTree &tree) : m_tree(tree) {}
    /// False after an error, which stands in the tree.
    bool take(fy_event *event);
    /// After an error: what is still open joins the tree, not whole.
    void attachOpen();

private:
    struct Level {
        int node = -1;
        std::optional<int> key; ///< a map's key that waits for its value
        QHash<QString, int> lines; ///< of the keys so far
    };
    int newNode(YamlNode::Kind kind, fy_event *event);
    bool add(int node);
    bool addKey(Level &level, int node);
    bool takeAlias(fy_event *event);
    bool open(YamlNode::Kind kind, fy_event *event);
    bool close();
    bool fail(int line, const QString &expected, const QString &found);

    YamlTree &m_tree;
    std::vector<Level> m_levels;
    QHash<QString, int> m_anchors;
    int m_line = 1;
};

bool YamlBuilder::fail(int line, const QString &expected, const QString &found)
{
    m_tree.error = lineError(line, expected, found);
    return false;
}

int YamlBuilder::newNode(YamlNode::Kind kind, fy_event *event)
{
    if (const fy_mark *mark = fy_event_start_mark(event); mark && mark->line >= 0)
        m_line = mark->line + 1; // an empty scalar has no place: that of the key before it
    YamlNode node;
    node.kind = kind;
    node.line = m_line;
    if (kind != YamlNode::Kind::Alias)
        node.tag = tagOf(fy_event_get_tag_token(event));
    const int index = int(m_tree.nodes.size());
    m_tree.nodes.push_back(std::move(node));
    if (fy_token *anchor = kind == YamlNode::Kind::Alias ? nullptr : fy_event_get_anchor_token(event))
        m_anchors.insert(textOf(anchor), index);
    return index;
}

bool YamlBuilder::addKey(Level &level, int node)
{
    const int target = m_tree.resolved(node);
    const std::optional<QString> text = yamlKeyText(m_tree, target);
    const int line = m_tree.at(node).line;
    if (!text)
        return fail(line, QStringLiteral("a key of at most %1 characters").arg(maxKeyText), QStringLiteral("more"));
    const YamlNode &key = m_tree.at(target);
    QString identity = *text;
    if (key.kind == YamlNode::Kind::Scalar) {
        const YamlScalar scalar = key.isPlain || !key.tag.isEmpty() ? yamlScalar(key.text, key.tag)
                                                                    : YamlScalar{key.text, ConfigType::Text, {}};
        identity = configTypeWord(scalar.type) + QLatin1Char(' ') + scalar.value;
    }
    if (const auto first = level.lines.constFind(identity); first != level.lines.constEnd())
        return fail(line, QStringLiteral("each key once"),
                    QStringLiteral("\"%1\" again (first in line %2)")
                        .arg(sanitizedLine(text->toUtf8(), 60), QString::number(*first)));
    level.lines.insert(identity, line);
    level.key = node;
    return true;
}

bool YamlBuilder::add(int node)
{
    if (m_levels.empty()) {
        m_tree.documents.push_back(node);
        return true;
    }
    Level &level = m_levels.back();
    YamlNode &parent = m_tree.nodes[size_t(level.node)];
    if (parent.kind == YamlNode::Kind::List) {
        parent.items.push_back(node);
        return true;
    }
    if (!level.key)
        return addKey(level, node);
    parent.items.push_back(*level.key);
    parent.items.push_back(node);
    level.key.reset();
    return true;
}

bool YamlBuilder::takeAlias(fy_event *event)
{
    const int index = newNode(YamlNode::Kind::Alias, event);
    const auto found = m_anchors.constFind(textOf(fy_event_get_token(event)));
    if (found == m_anchors.constEnd())
        return fail(m_line, QStringLiteral("an alias of an anchor above it"), QStringLiteral("one that is not there"));
    const YamlNode &target = m_tree.at(*found);
    if (target.kind != YamlNode::Kind::Scalar && !target.isWhole)
        return fail(m_line, QStringLiteral("an alias outside its own anchor"), QStringLiteral("one within it"));
    m_tree.nodes[size_t(index)].target = *found;
    return add(index);
}

bool YamlBuilder::open(YamlNode::Kind kind, fy_event *event)
{
    const int index = newNode(kind, event);
    if (m_levels.size() >= maxDepth)
        return fail(m_line, QStringLiteral("at most %1 levels").arg(maxDepth), QStringLiteral("a deeper one"));
    m_levels.push_back(Level{index, {}, {}});
    return true;
}

/// A list or map joins its parent at its end: as a key it must be whole to be compared.
bool YamlBuilder::close()
{
    if (m_levels.empty())
        return true;
    const int node = m_levels.back().node;
    m_levels.pop_back();
    m_tree.nodes[size_t(node)].isWhole = true;
    return add(node);
}

void YamlBuilder::attachOpen()
{
    while (!m_levels.empty()) {
        const int node = m_levels.back().node;
        m_levels.pop_back();
        const bool isKey
            = !m_levels.empty() && !m_levels.back().key && m_tree.at(m_levels.back().node).kind == YamlNode::Kind::Map;
        if (!isKey)
            (void)add(node);
    }
}

bool YamlBuilder::take(fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        m_anchors.clear();
        m_levels.clear();
        return true;
    case FYET_SCALAR: {
        const int index = newNode(YamlNode::Kind::Scalar, event);
        YamlNode &node = m_tree.nodes[size_t(index)];
        node.text = textOf(event->scalar.value);
        node.isPlain = !event->scalar.value || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
        return add(index);
    }
    case FYET_ALIAS: return takeAlias(event);
    case FYET_MAPPING_START: return open(YamlNode::Kind::Map, event);
    case FYET_SEQUENCE_START: return open(YamlNode::Kind::List, event);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: return close();
    default: return true;
    }
}

void appendKeyText(const YamlTree &tree, int index, QString &out, int depth)
{
    const YamlNode &node = tree.at(tree.resolved(index));
    if (out.size() > maxKeyText || depth > int(maxDepth)) {
        out += QString(maxKeyText, QLatin1Char('?'));
        return;
    }
    if (node.kind == YamlNode::Kind::Scalar) {
        out += node.text;
        return;
    }
    const bool isMap = node.kind == YamlNode::Kind::Map;
    out += QLatin1Char(isMap ? '{' : '[');
    for (size_t at = 0; at < node.items.size() && out.size() <= maxKeyText; ++at) {
        if (at > 0)
            out += isMap && at % 2 == 1 ? QStringLiteral(": ") : QStringLiteral(", ");
        appendKeyText(tree, node.items[at], out, depth + 1);
    }
    out += QLatin1Char(isMap ? '}' : ']');
}

/// "-" alone in its line, but for a comment.
bool isEmptyItem(const QByteArray &line)
{
    const QByteArray trimmed = line.trimmed();
    const QByteArray behind = trimmed.mid(1).trimmed();
    return trimmed.startsWith('-') && (behind.isEmpty() || (behind.startsWith('#') && trimmed[1] != '#'));
}

/// libfyaml 0.7.12 refuses an empty item of a list that stands below its key without indentation ("a:\n-\n- b"). Where
/// its error can be that, writes the null out: "- ~". False when the line before the error is no such item.
bool writeNullBefore(QByteArray &text, int errorLine)
{
    qsizetype end = 0;
    for (int line = 1; line < errorLine && end >= 0; ++line)
        end = text.indexOf('\n', end) + 1 > 0 ? text.indexOf('\n', end) + 1 : text.size();
    while (end > 0) {
        const qsizetype start = end < 2 ? 0 : text.lastIndexOf('\n', end - 2) + 1;
        const QByteArray line = text.mid(start, end - start);
        const QByteArray trimmed = line.trimmed();
        if (!trimmed.isEmpty() && !trimmed.startsWith('#')) {
            if (!isEmptyItem(line))
                return false;
            // Its neighbours below are items of the same list.
            const qsizetype dash = line.indexOf('-');
            QByteArray written;
            qsizetype at = start;
            while (at < text.size()) {
                const qsizetype next = text.indexOf('\n', at);
                const qsizetype behind = next < 0 ? text.size() : next + 1;
                const QByteArray each = text.mid(at, behind - at);
                if (!isEmptyItem(each) || each.indexOf('-') != dash)
                    break;
                written += each.left(dash + 1) + " ~" + each.mid(dash + 1);
                at = behind;
            }
            text.replace(start, at - start, written);
            return true;
        }
        end = start;
    }
    return false;
}

struct YamlReading {
    YamlTree tree;
    int errorLine = 0; ///< as libfyaml says it, 0 = none of its errors
};

YamlReading readOnce(const QByteArray &bytes)
{
    YamlReading reading;
    YamlTree &tree = reading.tree;
    fy_diag_cfg diagSettings{};
    fy_diag_cfg_default(&diagSettings);
    diagSettings.fp = nullptr;
    diagSettings.output_fn = discardOutput;
    const std::unique_ptr<fy_diag, Release> diag(fy_diag_create(&diagSettings));
    fy_parse_cfg settings{};
    settings.flags = FYPCF_JSON_NONE;
    settings.diag = diag.get();
    const std::unique_ptr<fy_parser, Release> parser(diag ? fy_parser_create(&settings) : nullptr);
    if (!parser || fy_parser_set_string(parser.get(), bytes.constData(), size_t(bytes.size())) != 0) {
        tree.error = lineError(1, QStringLiteral("valid YAML"), QStringLiteral("a text that the reader cannot take"));
        return reading;
    }
    fy_diag_set_collect_errors(diag.get(), true);
    YamlBuilder builder(tree);
    while (fy_event *event = fy_parser_parse(parser.get())) {
        const bool isGood = builder.take(event);
        fy_parser_event_free(parser.get(), event);
        if (!isGood)
            break;
    }
    builder.attachOpen();
    if (!tree.error && fy_parser_get_stream_error(parser.get())) {
        void *position = nullptr;
        const fy_diag_error *error = fy_diag_errors_iterate(diag.get(), &position);
        reading.errorLine = error ? error->line : 0;
        const int lines = int(bytes.count('\n')) + (bytes.endsWith('\n') ? 0 : 1); // the end is no line of its own
        tree.error = lineError(error ? std::clamp(error->line, 1, std::max(1, lines)) : 1, QStringLiteral("valid YAML"),
                               error && error->msg ? withoutQuotes(error->msg) : QStringLiteral("a text that is none"));
    }
    return reading;
}

} // namespace

std::optional<QString> yamlKeyText(const YamlTree &tree, int node)
{
    QString text;
    appendKeyText(tree, node, text, 0);
    if (text.size() > maxKeyText)
        return {};
    return text;
}

YamlTree readYamlTree(const QByteArray &bytes)
{
    QByteArray text = bytes;
    YamlReading reading = readOnce(text);
    for (qsizetype read = bytes.size(); reading.errorLine > 0 && read < maxReadAgain; read += text.size()) {
        if (!writeNullBefore(text, reading.errorLine))
            break;
        YamlReading again = readOnce(text);
        if (again.errorLine > 0 && again.errorLine <= reading.errorLine)
            break; // that was not it
        reading = std::move(again);
    }
    return std::move(reading.tree);
}

} // namespace taffrail::sources
