// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsontree.h"

#include "text.h"

#include <QHash>

#include <libfyaml.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace taffrail::inventory {

namespace {

constexpr size_t maxDepth = 64;

struct Release {
    void operator()(fy_diag *diag) const { fy_diag_destroy(diag); }
    void operator()(fy_parser *parser) const { fy_parser_destroy(parser); }
};

void discardOutput(fy_diag *, void *, const char *, size_t) {}

QString validJson()
{
    return QStringLiteral("valid JSON");
}

/// libfyaml counts from 0; the mark of a quoted scalar stands behind its quote.
void setPlace(const fy_mark *mark, bool quoted, int &line, int &column)
{
    if (!mark)
        return;
    line = mark->line + 1;
    column = mark->column + (quoted ? 0 : 1);
}

/// Builds the tree from parser events with a stack of its own: no recursion, whatever the input.
class TreeBuilder {
public:
    /// False: too deep.
    bool take(const fy_event &event, const fy_mark *mark);
    JsonNode takeRoot() { return std::move(m_root); }

private:
    struct Level {
        JsonNode node;
        std::optional<JsonMember> pending; ///< an object's key that waits for its value
    };
    void add(JsonNode node);
    void takeScalar(const fy_event &event, const fy_mark *mark);

    std::vector<Level> m_levels;
    JsonNode m_root;
};

void TreeBuilder::add(JsonNode node)
{
    if (m_levels.empty()) {
        m_root = std::move(node);
        return;
    }
    Level &level = m_levels.back();
    if (level.node.isArray()) {
        level.node.items.push_back(std::move(node));
    } else if (level.pending) {
        level.pending->value = std::move(node);
        level.node.members.push_back(std::move(*level.pending));
        level.pending.reset();
    }
}

void TreeBuilder::takeScalar(const fy_event &event, const fy_mark *mark)
{
    size_t length = 0;
    const char *text = event.scalar.value ? fy_token_get_text(event.scalar.value, &length) : nullptr;
    const bool quoted = event.scalar.value && fy_token_scalar_style(event.scalar.value) == FYSS_DOUBLE_QUOTED;
    JsonNode node;
    setPlace(mark, quoted, node.line, node.column);
    node.text = text ? QString::fromUtf8(text, qsizetype(length)) : QString();
    if (quoted) {
        node.type = JsonNode::Type::String;
    } else if (node.text == QLatin1String("true") || node.text == QLatin1String("false")) {
        node.type = JsonNode::Type::Boolean;
        node.boolean = node.text == QLatin1String("true");
    } else if (node.text != QLatin1String("null")) {
        node.type = JsonNode::Type::Number;
    }
    if (!m_levels.empty() && m_levels.back().node.isObject() && !m_levels.back().pending)
        m_levels.back().pending = JsonMember{node.text, node.line, node.column, {}};
    else
        add(std::move(node));
}

bool TreeBuilder::take(const fy_event &event, const fy_mark *mark)
{
    switch (event.type) {
    case FYET_MAPPING_START:
    case FYET_SEQUENCE_START: {
        if (m_levels.size() >= maxDepth)
            return false;
        Level level;
        level.node.type = event.type == FYET_MAPPING_START ? JsonNode::Type::Object : JsonNode::Type::Array;
        setPlace(mark, false, level.node.line, level.node.column);
        m_levels.push_back(std::move(level));
        return true;
    }
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        if (!m_levels.empty()) {
            JsonNode done = std::move(m_levels.back().node);
            m_levels.pop_back();
            add(std::move(done));
        }
        return true;
    case FYET_SCALAR: takeScalar(event, mark); return true;
    default: return true;
    }
}

void findRepeatedKeys(const JsonNode &node, std::vector<JsonFault> &faults)
{
    QHash<QString, int> seen;
    for (const JsonMember &member : node.members) {
        if (const auto first = seen.constFind(member.key); first != seen.constEnd())
            faults.push_back({member.line, member.column, QStringLiteral("each key once"),
                              QStringLiteral("the key \"%1\" again (first in line %2)")
                                  .arg(sanitizedLine(member.key.toUtf8(), 60), QString::number(*first))});
        else
            seen.insert(member.key, member.line);
        findRepeatedKeys(member.value, faults);
    }
    for (const JsonNode &item : node.items)
        findRepeatedKeys(item, faults);
}

/// What libfyaml need not see: empty, UTF-16, NUL, invalid UTF-8.
std::optional<JsonFault> findBadBytes(const QByteArray &bytes)
{
    if (bytes.startsWith("\xff\xfe") || bytes.startsWith("\xfe\xff"))
        return JsonFault{1, 1, QStringLiteral("UTF-8 text"), QStringLiteral("UTF-16 text")};
    int line = 1, column = 1;
    bool blank = true;
    for (qsizetype at = 0; at < bytes.size(); ++column) {
        const auto lead = uchar(bytes[at]);
        const int length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        const QByteArray piece = bytes.mid(at, length);
        if (lead == 0)
            return JsonFault{line, column, QStringLiteral("UTF-8 text"), QStringLiteral("a NUL byte")};
        if (lead >= 0x80 && !piece.isValidUtf8())
            return JsonFault{line, column, QStringLiteral("UTF-8 text"),
                             QStringLiteral("the byte 0x%1, which is not UTF-8").arg(QString::number(lead, 16))};
        blank = blank && (lead == ' ' || lead == '\t' || lead == '\n' || lead == '\r');
        at += piece.size();
        if (lead == '\n') {
            ++line;
            column = 0;
        }
    }
    if (blank)
        return JsonFault{1, 1, QStringLiteral("a JSON object"), QStringLiteral("an empty file")};
    return {};
}

} // namespace

bool JsonNode::isInteger() const
{
    bool fits = false;
    if (type == Type::Number)
        (void)text.toLongLong(&fits);
    return fits;
}

const JsonNode *JsonNode::member(const QString &key) const
{
    const auto found = std::ranges::find(members, key, &JsonMember::key);
    return found == members.end() ? nullptr : &found->value;
}

QVariant JsonNode::toVariant() const
{
    switch (type) {
    case Type::Null: return {};
    case Type::Boolean: return boolean;
    case Type::Number: return isInteger() ? QVariant(text.toLongLong()) : QVariant(text.toDouble());
    case Type::String: return text;
    case Type::Array: {
        QVariantList list;
        for (const JsonNode &item : items)
            list << item.toVariant();
        return list;
    }
    case Type::Object: {
        QVariantMap map;
        for (const JsonMember &member : members)
            map.insert(member.key, member.value.toVariant());
        return map;
    }
    }
    return {};
}

JsonReading readJson(const QByteArray &utf8)
{
    JsonReading reading;
    const QByteArray bytes = utf8.startsWith("\xef\xbb\xbf") ? utf8.mid(3) : utf8;
    if (auto fault = findBadBytes(bytes)) {
        reading.faults.push_back(std::move(*fault));
        return reading;
    }
    fy_diag_cfg diagSettings{};
    fy_diag_cfg_default(&diagSettings);
    diagSettings.fp = nullptr;
    diagSettings.output_fn = discardOutput;
    const std::unique_ptr<fy_diag, Release> diag(fy_diag_create(&diagSettings));
    fy_parse_cfg settings{};
    settings.flags = FYPCF_JSON_FORCE;
    settings.diag = diag.get();
    const std::unique_ptr<fy_parser, Release> parser(diag ? fy_parser_create(&settings) : nullptr);
    if (!parser || fy_parser_set_string(parser.get(), bytes.constData(), size_t(bytes.size())) != 0) {
        reading.faults.push_back({1, 1, validJson(), QStringLiteral("a text that the reader cannot take")});
        return reading;
    }
    fy_diag_set_collect_errors(diag.get(), true);
    TreeBuilder builder;
    while (fy_event *event = fy_parser_parse(parser.get())) {
        const fy_mark *mark = fy_event_start_mark(event);
        const bool taken = builder.take(*event, mark);
        int line = 1, column = 1;
        setPlace(mark, false, line, column);
        fy_parser_event_free(parser.get(), event);
        if (!taken) {
            reading.faults.push_back(
                {line, column, QStringLiteral("at most %1 levels").arg(maxDepth), QStringLiteral("a deeper one")});
            return reading;
        }
    }
    void *position = nullptr;
    if (const fy_diag_error *error = fy_diag_errors_iterate(diag.get(), &position))
        reading.faults.push_back({std::max(1, error->line), std::max(1, error->column), validJson(),
                                  sanitizedLine(QByteArray(error->msg), 200)});
    else if (fy_parser_get_stream_error(parser.get()))
        reading.faults.push_back({1, 1, validJson(), QStringLiteral("a text that is none")});
    if (reading.faults.empty()) {
        reading.root = builder.takeRoot();
        findRepeatedKeys(reading.root, reading.faults);
    }
    return reading;
}

} // namespace taffrail::inventory
