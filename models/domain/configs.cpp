// SPDX-License-Identifier: GPL-3.0-or-later
#include "configs.h"

#include "wordtable.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr WordTable<ConfigType, 8> typeWords{{
    {ConfigType::Text, "text"},
    {ConfigType::Integer, "integer"},
    {ConfigType::Number, "number"},
    {ConfigType::Boolean, "boolean"},
    {ConfigType::Null, "null"},
    {ConfigType::Time, "time"},
    {ConfigType::EmptyMap, "empty-map"},
    {ConfigType::EmptyList, "empty-list"},
}};

bool isPlain(const QString &name)
{
    return !name.isEmpty() && std::ranges::none_of(name, [](QChar each) {
        return each == QLatin1Char('.') || each == QLatin1Char('[') || each == QLatin1Char(']')
            || each == QLatin1Char('"') || each.unicode() < 0x20 || each.unicode() == 0x7F;
    });
}

QString quoted(const QString &name)
{
    QString text(QLatin1Char('"'));
    for (const QChar each : name) {
        if (each == QLatin1Char('"') || each == QLatin1Char('\\'))
            text += QLatin1Char('\\');
        text += each;
    }
    return text + QLatin1Char('"');
}

/// Reads a quoted name from the quote at `at`, and moves `at` behind it.
QString unquoted(const QString &key, qsizetype &at)
{
    QString name;
    for (++at; at < key.size() && key.at(at) != QLatin1Char('"'); ++at) {
        if (key.at(at) == QLatin1Char('\\') && at + 1 < key.size())
            ++at;
        name += key.at(at);
    }
    ++at;
    return name;
}

} // namespace

QString configTypeWord(ConfigType type)
{
    return wordOf(typeWords, type);
}

ConfigType configTypeFromWord(const QString &word)
{
    return valueOf(typeWords, word, ConfigType::Text);
}

QString joinKey(const QString &prefix, const QString &name)
{
    const QString segment = isPlain(name) ? name : quoted(name);
    return prefix.isEmpty() ? segment : prefix + QLatin1Char('.') + segment;
}

QString joinIndex(const QString &prefix, int index)
{
    return prefix + QLatin1Char('[') + QString::number(index) + QLatin1Char(']');
}

QStringList keySegments(const QString &key)
{
    QStringList segments;
    for (qsizetype at = 0; at < key.size();) {
        const QChar first = key.at(at);
        if (first == QLatin1Char('.')) {
            ++at;
        } else if (first == QLatin1Char('"')) {
            segments << unquoted(key, at);
        } else {
            qsizetype end = at + 1;
            if (first == QLatin1Char('[')) {
                end = key.indexOf(QLatin1Char(']'), at) + 1;
                if (end == 0)
                    end = key.size();
            } else {
                while (end < key.size() && key.at(end) != QLatin1Char('.') && key.at(end) != QLatin1Char('['))
                    ++end;
            }
            segments << key.mid(at, end - at);
            at = end;
        }
    }
    return segments;
}

} // namespace taffrail
