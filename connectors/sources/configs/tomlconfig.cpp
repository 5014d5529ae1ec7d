// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

#include <toml++/toml.h>

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace taffrail::sources {

namespace {

constexpr int maxPieces = 64; ///< of one dotted key, and levels of brackets in one value
constexpr int maxTries = 8;

/// Where a dotted key or the brackets of a value are deeper than any honest file, whose tables toml++ would take down
/// by recursion. Skips strings and comments only as far as that needs.
class TomlDepth {
public:
    explicit TomlDepth(const QByteArray &text) : m_text(text) {}
    std::optional<int> firstTooDeep()
    {
        int brackets = 0, dots = 0;
        for (qsizetype at = 0; at < m_text.size(); ++at) {
            const char each = m_text[at];
            if (each == '"' || each == '\'') {
                at = behindString(at, each) - 1;
            } else if (each == '#') {
                while (at + 1 < m_text.size() && m_text[at + 1] != '\n')
                    ++at;
            } else if (each == '[' || each == '{') {
                ++brackets;
                dots = 0;
            } else if (each == ']' || each == '}') {
                brackets = std::max(0, brackets - 1);
            } else if (each == '.') {
                ++dots;
            } else if (each == '=' || each == ',' || each == '\n') {
                dots = 0;
                m_line += each == '\n' ? 1 : 0;
            }
            if (dots >= maxPieces || brackets > maxPieces)
                return m_line;
        }
        return {};
    }

private:
    qsizetype behindString(qsizetype at, char quote)
    {
        const QByteArray triple(3, quote);
        const bool isLong = m_text.mid(at, 3) == triple;
        for (at += isLong ? 3 : 1; at < m_text.size(); ++at) {
            if (m_text[at] == '\n') {
                if (!isLong)
                    return at;
                ++m_line;
            }
            if (quote == '"' && m_text[at] == '\\')
                ++at;
            else if (m_text[at] == quote && (!isLong || m_text.mid(at, 3) == triple))
                return at + (isLong ? 3 : 1);
        }
        return at;
    }

    const QByteArray &m_text;
    int m_line = 1;
};

QString textOf(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

QString dateText(const toml::date &date)
{
    return QStringLiteral("%1-%2-%3")
        .arg(int(date.year), 4, 10, QLatin1Char('0'))
        .arg(int(date.month), 2, 10, QLatin1Char('0'))
        .arg(int(date.day), 2, 10, QLatin1Char('0'));
}

QString timeText(const toml::time &time)
{
    QString text = QStringLiteral("%1:%2:%3")
                       .arg(int(time.hour), 2, 10, QLatin1Char('0'))
                       .arg(int(time.minute), 2, 10, QLatin1Char('0'))
                       .arg(int(time.second), 2, 10, QLatin1Char('0'));
    if (time.nanosecond > 0) {
        QString fraction = QStringLiteral("%1").arg(time.nanosecond, 9, 10, QLatin1Char('0'));
        while (fraction.endsWith(QLatin1Char('0')))
            fraction.chop(1);
        text += QLatin1Char('.') + fraction;
    }
    return text;
}

QString offsetText(const toml::time_offset &offset)
{
    if (offset.minutes == 0)
        return QStringLiteral("Z");
    const int minutes = std::abs(int(offset.minutes));
    return (offset.minutes < 0 ? QStringLiteral("-") : QStringLiteral("+"))
        + QStringLiteral("%1:%2").arg(minutes / 60, 2, 10, QLatin1Char('0')).arg(minutes % 60, 2, 10, QLatin1Char('0'));
}

class TomlReader {
public:
    explicit TomlReader(const QByteArray &text) : m_text(text) {}
    ParsedConfig read(const std::optional<BadPlace> &place);

private:
    struct Placed {
        ConfigEntry entry;
        toml::source_position position;
    };
    void takeTable(const toml::table &table, const QString &prefix, int line, toml::source_position position);
    void takeArray(const toml::array &array, const QString &key, int line);
    void takeNode(const toml::node &node, const QString &key, int line);
    void add(const QString &key, const QString &value, int line, toml::source_position position, ConfigType type);
    QString floatText(const toml::node &node, double number) const;
    qsizetype offsetOf(const toml::source_position &position) const;
    /// What stands before the error; the error itself.
    toml::table parsed(QByteArray text, std::optional<Error> &error);

    QByteArray m_text;
    std::vector<qsizetype> m_lineStarts;
    std::vector<Placed> m_found;
};

qsizetype TomlReader::offsetOf(const toml::source_position &position) const
{
    if (position.line == 0 || position.line > m_lineStarts.size())
        return m_text.size();
    // Columns count code points.
    qsizetype at = m_lineStarts[position.line - 1];
    for (toml::source_index column = 1; column < position.column && at < m_text.size(); ++column) {
        ++at;
        while (at < m_text.size() && (uchar(m_text[at]) & 0xC0) == 0x80)
            ++at;
    }
    return at;
}

/// A float as it stands in the file: its nearest double may be that of another text.
QString TomlReader::floatText(const toml::node &node, double number) const
{
    if (std::isnan(number))
        return QStringLiteral("nan");
    if (std::isinf(number) && m_text.mid(offsetOf(node.source().begin), 4).contains("inf"))
        return number < 0 ? QStringLiteral("-inf") : QStringLiteral("inf");
    qsizetype at = offsetOf(node.source().begin);
    QByteArray text;
    for (; at < m_text.size() && QByteArray("0123456789+-._eE").contains(m_text[at]); ++at) {
        if (m_text[at] != '_' && (m_text[at] != '+' || !text.isEmpty()))
            text += m_text[at];
    }
    bool isNumber = false;
    const double again = text.toDouble(&isNumber);
    if (isNumber && again == number)
        return QString::fromLatin1(text);
    return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

void TomlReader::add(const QString &key, const QString &value, int line, toml::source_position position,
                     ConfigType type)
{
    ConfigEntry entry;
    entry.line = line;
    entry.key = key;
    entry.value = value;
    entry.type = type;
    m_found.push_back({std::move(entry), position});
}

void TomlReader::takeNode(const toml::node &node, const QString &key, int line)
{
    const toml::source_position at = node.source().begin;
    switch (node.type()) {
    case toml::node_type::table: return takeTable(*node.as_table(), key, line, at);
    case toml::node_type::array: return takeArray(*node.as_array(), key, line);
    case toml::node_type::string: return add(key, textOf(**node.as_string()), line, at, ConfigType::Text);
    case toml::node_type::integer: return add(key, QString::number(**node.as_integer()), line, at, ConfigType::Integer);
    case toml::node_type::floating_point:
        return add(key, floatText(node, **node.as_floating_point()), line, at, ConfigType::Number);
    case toml::node_type::boolean:
        return add(key, **node.as_boolean() ? QStringLiteral("true") : QStringLiteral("false"), line, at,
                   ConfigType::Boolean);
    case toml::node_type::date: return add(key, dateText(**node.as_date()), line, at, ConfigType::Time);
    case toml::node_type::time: return add(key, timeText(**node.as_time()), line, at, ConfigType::Time);
    case toml::node_type::date_time: {
        const toml::date_time &time = **node.as_date_time();
        return add(key,
                   dateText(time.date) + QLatin1Char('T') + timeText(time.time)
                       + (time.offset ? offsetText(*time.offset) : QString()),
                   line, at, ConfigType::Time);
    }
    case toml::node_type::none: return;
    }
}

void TomlReader::takeArray(const toml::array &array, const QString &key, int line)
{
    if (array.empty())
        return add(key, {}, line, array.source().begin, ConfigType::EmptyList);
    for (size_t index = 0; index < array.size(); ++index)
        takeNode(*array.get(index), joinIndex(key, int(index)), int(array.get(index)->source().begin.line));
}

void TomlReader::takeTable(const toml::table &table, const QString &prefix, int line, toml::source_position position)
{
    if (table.empty() && !prefix.isEmpty())
        return add(prefix, {}, line, position, ConfigType::EmptyMap);
    for (const auto &[key, node] : table)
        takeNode(node, joinKey(prefix, textOf(key.str())), int(key.source().begin.line));
}

/// toml++ gives nothing of a text with an error: the text before the line of the error is read once more.
toml::table TomlReader::parsed(QByteArray text, std::optional<Error> &error)
{
    for (int attempt = 0; attempt < maxTries && !text.isEmpty(); ++attempt) {
        try {
            return toml::parse(std::string_view(text.constData(), size_t(text.size())));
        } catch (const toml::parse_error &wrong) {
            const int line = std::max(1, int(wrong.source().begin.line));
            if (!error) {
                const std::string_view words = wrong.description();
                QString found = withoutQuotes(QByteArray(words.data(), qsizetype(words.size())));
                found.replace(QLatin1String("Error while"), QLatin1String("a fault while"));
                error = lineError(line, QStringLiteral("valid TOML"), found);
            }
            const size_t row = std::min(size_t(line - 1), m_lineStarts.size() - 1);
            const qsizetype end = std::min(m_lineStarts[row], text.size());
            // The same line again: what begins above it does not end there.
            text = end < text.size() ? text.left(end) : text.left(text.lastIndexOf('\n', text.size() - 2) + 1);
        }
    }
    return {};
}

ParsedConfig TomlReader::read(const std::optional<BadPlace> &place)
{
    for (qsizetype at = 0; at >= 0 && at <= m_text.size(); at = m_text.indexOf('\n', at) + 1) {
        m_lineStarts.push_back(at);
        if (m_text.indexOf('\n', at) < 0)
            break;
    }
    ConfigReading reading;
    std::optional<Error> error;
    if (place)
        error = lineError(place->line, QStringLiteral("UTF-8 text"), place->found);
    const QByteArray text = place ? m_text.left(place->lineStart) : m_text;
    if (const std::optional<int> line = TomlDepth(text).firstTooDeep()) {
        reading.fail(*line, QStringLiteral("at most %1 levels").arg(maxPieces), QStringLiteral("more"));
        return reading.take();
    }
    const toml::table table = parsed(text, error);
    takeTable(table, {}, 1, {1, 1});
    // toml++ keeps tables by name; a person reads the file.
    std::ranges::stable_sort(m_found, [](const Placed &left, const Placed &right) {
        if (left.entry.line != right.entry.line)
            return left.entry.line < right.entry.line;
        return left.position.line != right.position.line ? left.position.line < right.position.line
                                                         : left.position.column < right.position.column;
    });
    for (const Placed &each : m_found)
        reading.add(each.entry.key, each.entry.value, each.entry.line, each.entry.type);
    ParsedConfig parsed = reading.take();
    if (!parsed.error)
        parsed.error = error;
    return parsed;
}

} // namespace

ParsedConfig parseToml(const QByteArray &bytes, const SourceEntry &)
{
    const QByteArray text = withoutByteOrderMark(bytes);
    return TomlReader(text).read(firstBadPlace(text));
}

const Source tomlSource{
    PaneKind::Configs,
    "toml",
    "TOML files",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Lines>,
    valueOfFiles<parseToml>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
