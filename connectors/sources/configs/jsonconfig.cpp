// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

#include <nlohmann/json.hpp>

#include <QHash>

namespace taffrail::sources {

namespace {

using Adapter = decltype(nlohmann::detail::input_adapter(std::declval<const char *>(), std::declval<const char *>()));
using Lexer = nlohmann::detail::lexer<nlohmann::json, Adapter>;
using Token = Lexer::token_type;

constexpr size_t maxDepth = 200;

/// The grammar over nlohmann's lexer. Its parser has no words for the line of a key, rounds numbers to double and
/// refuses what is beyond, and its messages quote the file.
class JsonReader {
public:
    explicit JsonReader(const QByteArray &bytes)
        : m_bytes(withoutByteOrderMark(bytes)),
          m_badPlace(firstBadPlace(m_bytes)),
          m_text(m_badPlace ? m_bytes.left(m_badPlace->lineStart) : m_bytes),
          m_lexer(nlohmann::detail::input_adapter(m_text.constData(), m_text.constData() + m_text.size()), true)
    {
    }
    ParsedConfig read();

private:
    struct Member {
        int line = 0;
        size_t first = 0, end = 0; ///< its entries
        bool isPlain = false;
    };
    struct Level {
        bool isList = false;
        QString key; ///< of this object or list
        int line = 0;
        int count = 0;
        QHash<QString, Member> members;
        QString name; ///< of the member being read
        int nameLine = 0;
        size_t first = 0; ///< first entry of the item being read
    };
    void next();
    bool readValue();
    bool readName();
    bool open(bool isList);
    void close();
    void valueIsDone(bool isPlain);
    void addPlain(const QString &value, ConfigType type);
    bool fail(const QString &expected);
    QString foundText() const;
    QString keyHere() const;
    int lineHere() const { return m_levels.empty() || m_levels.back().isList ? m_line : m_levels.back().nameLine; }

    QByteArray m_bytes;
    std::optional<BadPlace> m_badPlace;
    QByteArray m_text; ///< up to the line of the bad place
    Lexer m_lexer;
    Token m_token = Token::uninitialized;
    int m_line = 1;
    std::vector<Level> m_levels;
    ConfigReading m_reading;
    std::vector<bool> m_isOverridden; ///< by entry
};

void JsonReader::next()
{
    qsizetype at = qsizetype(m_lexer.get_position().chars_read_total);
    while (at < m_text.size() && (m_text[at] == ' ' || m_text[at] == '\t' || m_text[at] == '\n' || m_text[at] == '\r'))
        ++at;
    if (at < m_text.size() && m_text[at] == '/')
        m_reading.note(QStringLiteral("has comments, which strict readers of JSON refuse"));
    m_token = m_lexer.scan();
    m_line = int(m_lexer.get_position().lines_read) + 1;
    const auto read = qsizetype(m_lexer.get_position().chars_read_total);
    if (m_token == Token::parse_error && read > 0 && read <= m_text.size() && m_text[read - 1] == '\n')
        --m_line; // the line end is what is wrong: it is in the line that it ends
}

QString JsonReader::foundText() const
{
    switch (m_token) {
    case Token::end_of_input: return QStringLiteral("the end of the file");
    case Token::parse_error:
        return QStringLiteral("a text that is none (%1)").arg(withoutQuotes(m_lexer.get_error_message()));
    case Token::begin_array: return QStringLiteral("'['");
    case Token::begin_object: return QStringLiteral("'{'");
    case Token::end_array: return QStringLiteral("']'");
    case Token::end_object: return QStringLiteral("'}'");
    case Token::name_separator: return QStringLiteral("':'");
    case Token::value_separator: return QStringLiteral("','");
    default: return QStringLiteral("a value");
    }
}

bool JsonReader::fail(const QString &expected)
{
    if (m_badPlace)
        m_reading.fail(m_badPlace->line, QStringLiteral("UTF-8 text"), m_badPlace->found);
    else
        m_reading.fail(m_line, expected, foundText());
    return false;
}

QString JsonReader::keyHere() const
{
    if (m_levels.empty())
        return joinKey({}, {});
    const Level &level = m_levels.back();
    if (level.isList)
        return joinIndex(level.key, level.count);
    return joinKey(level.key, level.name);
}

void JsonReader::addPlain(const QString &value, ConfigType type)
{
    m_reading.add(keyHere(), value, lineHere(), type);
    m_isOverridden.resize(m_reading.entries().size());
    valueIsDone(true);
}

bool JsonReader::open(bool isList)
{
    if (m_levels.size() >= maxDepth) {
        m_reading.fail(m_line, QStringLiteral("at most %1 levels").arg(maxDepth), QStringLiteral("a deeper one"));
        return false;
    }
    Level level;
    level.isList = isList;
    level.key = m_levels.empty() ? QString() : keyHere();
    level.line = lineHere();
    m_levels.push_back(std::move(level));
    return true;
}

void JsonReader::close()
{
    const Level done = std::move(m_levels.back());
    m_levels.pop_back();
    if (done.count == 0) {
        m_reading.add(m_levels.empty() ? joinKey({}, {}) : done.key, {}, done.line,
                      done.isList ? ConfigType::EmptyList : ConfigType::EmptyMap);
        m_isOverridden.resize(m_reading.entries().size());
    }
    valueIsDone(false);
}

/// Of a name that comes again readers keep the last value whole: what an earlier object held is not set.
void JsonReader::valueIsDone(bool isPlain)
{
    if (m_levels.empty())
        return;
    Level &level = m_levels.back();
    ++level.count;
    const Member now{level.nameLine, level.first, m_reading.entries().size(), isPlain};
    level.first = now.end;
    if (level.isList)
        return;
    if (const auto before = level.members.constFind(level.name); before != level.members.constEnd()) {
        if (!before->isPlain || !isPlain) {
            for (size_t at = before->first; at < before->end; ++at)
                m_isOverridden[at] = true;
            if (now.first < now.end)
                appendNote(m_reading.entries()[now.first].note,
                           QStringLiteral("\"%1\" is set in line %2 already; the last one counts")
                               .arg(level.name, QString::number(before->line)));
        }
    }
    level.members.insert(level.name, now);
}

bool JsonReader::readName()
{
    Level &level = m_levels.back();
    if (m_token != Token::value_string)
        return fail(QStringLiteral("a name in double quotes"));
    level.name = QString::fromStdString(m_lexer.get_string());
    level.nameLine = m_line;
    level.first = m_reading.entries().size();
    next();
    if (m_token != Token::name_separator)
        return fail(QStringLiteral("':' after the name"));
    next();
    return true;
}

/// One plain value, or the beginning of an object or list. False after an error.
bool JsonReader::readValue()
{
    switch (m_token) {
    case Token::value_string: addPlain(QString::fromStdString(m_lexer.get_string()), ConfigType::Text); return true;
    case Token::value_integer:
    case Token::value_unsigned:
    case Token::value_float: {
        // The token as it stands: the lexer's own buffer has the decimal point of the locale.
        const QString text = QString::fromStdString(m_lexer.get_token_string());
        const bool isInteger
            = !text.contains(QLatin1Char('.')) && !text.contains(QLatin1Char('e'), Qt::CaseInsensitive);
        addPlain(text, isInteger ? ConfigType::Integer : ConfigType::Number);
        return true;
    }
    case Token::literal_true: addPlain(QStringLiteral("true"), ConfigType::Boolean); return true;
    case Token::literal_false: addPlain(QStringLiteral("false"), ConfigType::Boolean); return true;
    case Token::literal_null: addPlain(QStringLiteral("null"), ConfigType::Null); return true;
    case Token::begin_object: return open(false);
    case Token::begin_array: return open(true);
    default: return fail(QStringLiteral("a value"));
    }
}

ParsedConfig JsonReader::read()
{
    bool isGood = true;
    next();
    if (m_token == Token::end_of_input && !m_badPlace)
        isGood = fail(QStringLiteral("a value"));
    bool isValueNext = true;
    while (isGood && (isValueNext || !m_levels.empty())) {
        const size_t depth = m_levels.size();
        if (isValueNext) {
            isGood = readValue();
            if (!isGood || m_reading.isFull())
                break;
            next();
            isValueNext = false;
            if (m_levels.size() <= depth)
                continue;
            const Token end = m_levels.back().isList ? Token::end_array : Token::end_object;
            if (m_token != end) {
                isValueNext = isGood = m_levels.back().isList || readName();
                continue;
            }
            close();
            next();
            continue;
        }
        const bool isList = m_levels.back().isList;
        if (m_token == (isList ? Token::end_array : Token::end_object)) {
            close();
            next();
        } else if (m_token == Token::value_separator) {
            next();
            isValueNext = isGood = isList || readName();
        } else {
            isGood = fail(isList ? QStringLiteral("',' or ']'") : QStringLiteral("',' or '}'"));
        }
    }
    isGood = isGood && !m_reading.isFull();
    if (isGood && m_token != Token::end_of_input)
        isGood = fail(QStringLiteral("the end of the file after the value"));
    if (isGood && m_badPlace)
        (void)fail({});
    ParsedConfig parsed = m_reading.take();
    std::vector<ConfigEntry> kept;
    for (size_t at = 0; at < parsed.entries.size(); ++at) {
        if (!m_isOverridden[at])
            kept.push_back(std::move(parsed.entries[at]));
    }
    parsed.entries = std::move(kept);
    return parsed;
}

} // namespace

ParsedConfig parseJson(const QByteArray &bytes, const SourceEntry &)
{
    return JsonReader(bytes).read();
}

const Source jsonSource{
    PaneKind::Configs,
    "json",
    "JSON files",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Json>,
    valueOfFiles<parseJson>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
