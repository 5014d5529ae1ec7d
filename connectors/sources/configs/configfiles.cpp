// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"

#include "maskprogram.h"
#include "text.h"

#include <QDir>

namespace taffrail::sources {

namespace {

constexpr std::chrono::seconds timeLimit{60};
constexpr qint64 replyBytes = 48 * 1024 * 1024;

/// The part of a pattern before its first wildcard, up to a slash.
QString fixedPart(const QString &pattern)
{
    qsizetype wild = 0;
    while (wild < pattern.size() && !QStringLiteral("*?[").contains(pattern.at(wild)))
        ++wild;
    return pattern.left(pattern.left(wild).lastIndexOf(QLatin1Char('/')) + 1);
}

/// What a file is called in every environment: nothing when it is the only one, else its own name where that is enough.
QString nameAmong(const QString &path, const QStringList &all)
{
    if (all.size() == 1)
        return {};
    const auto baseName = [](const QString &each) { return each.mid(each.lastIndexOf(QLatin1Char('/')) + 1); };
    qsizetype same = 0;
    for (const QString &each : all)
        same += baseName(each) == baseName(path) ? 1 : 0;
    return same == 1 ? baseName(path) : path.mid(1);
}

QByteArray readingCalls(const QStringList &patterns)
{
    QByteArray calls;
    for (const QString &pattern : patterns) {
        if (isGlob(pattern))
            calls += "tf_glob " + shellQuoted(pattern) + ' ' + shellQuoted(fixedPart(pattern)) + '\n';
        else
            calls += "tf_file " + shellQuoted(pattern) + ' ' + shellQuoted(nameAmong(pattern, patterns)) + '\n';
    }
    return calls + "tf_say \"all $tf_count\"\n";
}

} // namespace

bool isGlob(const QString &pattern)
{
    return pattern.contains(QLatin1Char('*')) || pattern.contains(QLatin1Char('?'))
        || pattern.contains(QLatin1Char('['));
}

std::vector<Option> fileOptions(std::vector<Option> more)
{
    std::vector<Option> options{
        {"path", "", true, "Absolute path of the file, or a list; * ? [ ] stand for any file names, ** does not",
         R"("oneOf":[{"type":"string","pattern":"^/"},{"type":"array","items":{"type":"string","pattern":"^/"},"minItems":1}])"},
        {"max_bytes", "integer", false, "A larger file is refused (default 1048576, at most 16777216)",
         R"("minimum":1,"maximum":16777216)"},
    };
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

std::vector<Request> fileRequests(const SourceEntry &entry, MaskForm form)
{
    std::vector<Request> requests;
    const QByteArray script = maskPrelude(entry, form) + readingCalls(filePatterns(entry));
    for (const QString &host : entry.hosts)
        requests.push_back({QStringLiteral("files"), host, ShellPart{script, timeLimit, replyBytes}, Lane::Slow});
    return requests;
}

Request namedFilesRequest(const SourceEntry &entry, MaskForm form, const QString &name, const QString &host,
                          const QStringList &patterns)
{
    return {name, host, ShellPart{maskPrelude(entry, form) + readingCalls(patterns), timeLimit, replyBytes},
            Lane::Slow};
}

QByteArray maskedCommandScript(const SourceEntry &entry, const QByteArray &command, const QString &name, MaskForm form)
{
    return maskPrelude(entry, form) + "tf_given() {\n" + command + "\n}\ntf_command " + shellQuoted(name)
        + "\ntf_say \"all $tf_count\"\n";
}

} // namespace taffrail::sources
