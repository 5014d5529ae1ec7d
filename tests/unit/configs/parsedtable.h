// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configformats.h"

#include <QtTest>

/// What a parser made of a file, as lines of text that a test table can hold.
namespace parsedtable {

using namespace taffrail;

/// "3 db.port integer 5432", with line ends in values as ⏎; an error last: "! line 4: expected …".
inline QString shown(const sources::ParsedConfig &parsed)
{
    QStringList lines;
    for (const ConfigEntry &entry : parsed.entries) {
        QString value = entry.value;
        value.replace(QLatin1Char('\n'), QChar(0x23CE));
        lines << QStringLiteral("%1 %2 %3").arg(QString::number(entry.line), entry.key, configTypeWord(entry.type))
                + (value.isEmpty() ? value : QLatin1Char(' ') + value);
    }
    if (parsed.error)
        lines << QStringLiteral("! ") + parsed.error->text;
    return lines.join(QLatin1Char('\n'));
}

inline QString noteOf(const sources::ParsedConfig &parsed, const QString &key)
{
    for (const ConfigEntry &entry : parsed.entries) {
        if (entry.key == key)
            return entry.note;
    }
    return QStringLiteral("no such key");
}

/// Files that each begin with "=== path", through a parser, as configSetOf() does it on one host.
inline ConfigSet setOf(const QByteArray &files, sources::ConfigParser parse)
{
    ConfigSet set;
    for (qsizetype at = 0; at < files.size();) {
        const qsizetype lineEnd = files.indexOf('\n', at);
        qsizetype end = files.indexOf("\n=== ", lineEnd - 1);
        end = end < 0 ? files.size() : end + 1;
        ConfigFile file;
        file.host = QStringLiteral("web1");
        file.path = QString::fromUtf8(files.mid(at + 4, lineEnd - at - 4));
        const sources::ParsedConfig parsed = parse(files.mid(lineEnd + 1, end - lineEnd - 1), {});
        file.error = parsed.error;
        for (ConfigEntry entry : parsed.entries) {
            entry.host = file.host;
            entry.file = file.path;
            set.entries.push_back(entry);
        }
        set.files.push_back(file);
        at = end;
    }
    return set;
}

/// "3 10.conf Service.User shop" per entry, with the file's name; errors of files last.
inline QString shownSet(const ConfigSet &set)
{
    QStringList lines;
    for (const ConfigEntry &entry : set.entries)
        lines << QStringLiteral("%1 %2 %3%4")
                     .arg(QString::number(entry.line), entry.file.section(QLatin1Char('/'), -1), entry.key,
                          entry.value.isEmpty() ? QString() : QLatin1Char(' ') + entry.value);
    for (const ConfigFile &file : set.files) {
        if (file.error)
            lines << QStringLiteral("! %1 %2").arg(file.path.section(QLatin1Char('/'), -1), file.error->text);
    }
    return lines.join(QLatin1Char('\n'));
}

inline SourceEntry entryWith(const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.options = options;
    return entry;
}

/// What no text should do to any of them: crash, hang, or be taken for good.
inline std::vector<QByteArray> hostileTexts()
{
    const QByteArray million(1'000'000, 'x');
    return {
        {},
        "\n",
        "\r",
        "\xef\xbb\xbf",
        "\xff\xfe"
        "a\0=\0",
        QByteArray("a\0b=1\n", 6),
        "\xc3\x28=1\n",
        "a=\xf0\x28\x8c\x28\n",
        million,
        "a=" + million,
        "a: \"" + million + "\"",
        "{\"a\":\"" + million + "\"}",
        QByteArray(100'000, '['),
        QByteArray(100'000, '{'),
        QByteArray("a{").repeated(50'000),
        QByteArray("{\"a\":").repeated(50'000),
        QByteArray("- ").repeated(50'000),
        QByteArray("a.").repeated(200'000) + "b = 1",
        QByteArray("[a.").repeated(50'000),
        QByteArray("\\\n").repeated(100'000),
        QByteArray("\"").repeated(100'001),
        QByteArray("'").repeated(100'001),
        QByteArray("a=\"\n").repeated(20'000),
        QByteArray("&a *a\n").repeated(20'000),
        "a:\n" + QByteArray("-\n").repeated(300'000),
        "a:\n" + QByteArray("-\n- b\n").repeated(5'000),
    };
}

} // namespace parsedtable
