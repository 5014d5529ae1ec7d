// SPDX-License-Identifier: GPL-3.0-or-later
#include "linedjson.h"
#include "lockformats.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

struct LogicalLine {
    QString text;
    int line = 0;
};

/// Lines joined where they end with a backslash; comments and empty lines left out, as pip does.
std::vector<LogicalLine> logicalLines(const QByteArray &bytes)
{
    static const QRegularExpression comment(QStringLiteral("(?:^|\\s+)#.*$"));
    std::vector<LogicalLine> lines;
    QString open;
    int openLine = 0, number = 0;
    const auto take = [&lines](const QString &text, int line) {
        const QString plain = text.trimmed();
        if (!plain.isEmpty())
            lines.push_back({plain, line});
    };
    for (const QByteArray &raw : linesWithoutReturn(bytes)) {
        ++number;
        QString text = exactText(raw);
        const bool isComment = text.trimmed().startsWith(QLatin1Char('#'));
        const bool goesOn = text.endsWith(QLatin1Char('\\')) && !isComment;
        if (goesOn)
            text.chop(1);
        else
            text.remove(comment);
        openLine = open.isEmpty() ? number : openLine;
        open += text;
        if (goesOn && open.size() < 1'000'000)
            continue;
        take(open, openLine);
        open.clear();
    }
    take(open.remove(comment), openLine);
    return lines;
}

struct Requirement {
    QString name, extras, version, marker, hashes;
    int line = 0;
};

QString sortedSpecifier(const QString &text)
{
    QStringList parts;
    for (const QString &part : text.split(QLatin1Char(','))) {
        QString plain = part;
        plain.remove(QRegularExpression(QStringLiteral("\\s+")));
        if (!plain.isEmpty())
            parts << plain;
    }
    // A plain pin is the version itself; "==1.*" and "===" say something else.
    if (parts.size() == 1 && parts.first().startsWith(QLatin1String("==")) && parts.first().at(2) != QLatin1Char('=')
        && !parts.first().contains(QLatin1Char('*')))
        return parts.first().mid(2);
    parts.sort();
    return parts.join(QLatin1Char(','));
}

QString sortedExtras(const QString &text)
{
    QStringList extras;
    for (const QString &extra : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
        extras << pythonName(extra.trimmed());
    extras.sort();
    return extras.join(QLatin1Char(','));
}

/// Takes the --hash=… words out of the line.
QStringList takeHashes(QString &text)
{
    static const QRegularExpression hash(QStringLiteral("\\s--hash[=\\s]+(\\S+)"));
    QStringList hashes;
    for (auto match = hash.globalMatch(text); match.hasNext();)
        hashes << match.next().captured(1);
    text.remove(hash);
    return hashes;
}

std::optional<Requirement> requirementOf(QString text)
{
    static const QRegularExpression named(
        QStringLiteral("\\A([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\\s*(?:\\[([^\\]]*)\\])?\\s*(.*)\\z"),
        QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression specifier(
        QStringLiteral("\\A\\(?((?:\\s*(?:===|==|~=|!=|<=|>=|<|>)\\s*[A-Za-z0-9.*+!_-]+\\s*,?)*)\\)?\\z"));
    static const QRegularExpression egg(QStringLiteral("[#&]egg=([A-Za-z0-9._-]+)"));
    static const QRegularExpression wheel(QStringLiteral("(?:^|/)([A-Za-z0-9._]+)-([0-9][^-/]*)-[^/]*\\.whl(?:#|\\z)"));
    Requirement found;
    found.hashes = joinedHashes(takeHashes(text));
    QString rest = text;
    const bool isUrl = text.contains(QLatin1String("://")) || text.startsWith(QLatin1Char('.'))
        || text.startsWith(QLatin1Char('/')) || wheel.match(text).hasMatch();
    const QRegularExpressionMatch match = named.match(text);
    const bool isDirect = match.hasMatch() && match.capturedView(3).startsWith(QLatin1Char('@'));
    // The marker is behind the first ';'; in front of it a URL wants a space.
    const qsizetype semicolon = isUrl ? text.indexOf(QLatin1String(" ;")) : text.indexOf(QLatin1Char(';'));
    if (semicolon >= 0) {
        found.marker = text.mid(semicolon + (isUrl ? 2 : 1)).simplified().replace(QLatin1Char('\''), QLatin1Char('"'));
        rest = text.left(semicolon).trimmed();
    }
    if (isUrl && !isDirect) {
        const QRegularExpressionMatch name = egg.match(rest), file = wheel.match(rest);
        found.name = name.hasMatch() ? pythonName(name.captured(1))
            : file.hasMatch()        ? pythonName(file.captured(1))
                                     : rest;
        found.version = rest;
        return found;
    }
    const QRegularExpressionMatch parts = named.match(rest);
    if (!parts.hasMatch())
        return std::nullopt;
    found.name = pythonName(parts.captured(1));
    found.extras = sortedExtras(parts.captured(2));
    const QString wanted = parts.captured(3).trimmed();
    if (isDirect) {
        found.version = wanted;
        return found;
    }
    const QRegularExpressionMatch versions = specifier.match(wanted);
    if (!versions.hasMatch())
        return std::nullopt;
    found.version = sortedSpecifier(versions.captured(1));
    if (found.version.isEmpty())
        found.version = QStringLiteral("any");
    return found;
}

/// -r base.txt, --index-url=https://…; several of one kind are numbered.
void readOption(ParsedConfig &parsed, const LogicalLine &line, QHash<QString, int> &counts, const SourceEntry &entry)
{
    static const QRegularExpression shape(QStringLiteral("\\A--?([A-Za-z][\\w-]*)(?:[=\\s]+|(?<=-[a-z]))?(.*)\\z"),
                                          QRegularExpression::DotMatchesEverythingOption);
    static const QHash<QString, QString> longNames{{QStringLiteral("r"), QStringLiteral("requirement")},
                                                   {QStringLiteral("c"), QStringLiteral("constraint")},
                                                   {QStringLiteral("e"), QStringLiteral("editable")},
                                                   {QStringLiteral("i"), QStringLiteral("index-url")},
                                                   {QStringLiteral("f"), QStringLiteral("find-links")}};
    const QRegularExpressionMatch match = shape.match(line.text);
    if (!match.hasMatch()) {
        addError(parsed, line.line, QStringLiteral("an option is expected behind the -"));
        return;
    }
    QString name = match.captured(1), value = match.captured(2).trimmed();
    if (!line.text.startsWith(QLatin1String("--")) && name.size() > 1) { // -rbase.txt
        value = name.mid(1) + line.text.mid(1 + name.size());
        name = name.left(1);
    }
    name = longNames.value(name, name);
    if (name == QLatin1String("requirement") || name == QLatin1String("constraint")) {
        const QString file = value.section(QLatin1Char('/'), -1);
        const QStringList paths = entry.options.value(QStringLiteral("path")).toStringList();
        const bool isRead = std::ranges::any_of(
            paths, [&](const QString &path) { return path.section(QLatin1Char('/'), -1) == file; });
        if (!isRead)
            addNote(parsed,
                    QStringLiteral("line %1: %2 is not followed; name it in \"path\", too").arg(line.line).arg(value));
        // A constraint installs nothing by itself.
        parsed.partial = parsed.partial || (!isRead && name == QLatin1String("requirement"));
    }
    const QString key = joinKey(QStringLiteral("options"), name);
    const int count = counts[key]++;
    const bool isRepeatable = name != QLatin1String("index-url") && !value.isEmpty();
    addEntry(parsed, isRepeatable ? joinIndex(key, count) : key, value.isEmpty() ? QStringLiteral("true") : value,
             line.line);
}

} // namespace

QString pythonName(const QString &name)
{
    static const QRegularExpression marks(QStringLiteral("[-_.]+"));
    return name.toLower().replace(marks, QStringLiteral("-"));
}

ParsedConfig parseRequirements(const QByteArray &bytes, const SourceEntry &entry)
{
    const bool withIntegrity = entry.options.value(QStringLiteral("integrity"), true).toBool();
    ParsedConfig parsed;
    QHash<QString, int> counts;
    QMap<QString, std::vector<Requirement>> found;
    QStringList order;
    for (const LogicalLine &line : logicalLines(bytes)) {
        if (line.text.startsWith(QLatin1Char('-'))) {
            readOption(parsed, line, counts, entry);
            continue;
        }
        std::optional<Requirement> requirement = requirementOf(line.text);
        if (!requirement) {
            addError(parsed, line.line, QStringLiteral("a requirement such as name==1.2.3 is expected"));
            continue;
        }
        requirement->line = line.line;
        if (!found.contains(requirement->name))
            order << requirement->name;
        found[requirement->name].push_back(std::move(*requirement));
    }
    for (const QString &name : order) {
        const std::vector<Requirement> &all = found[name];
        const QString key = joinKey({}, name);
        QStringList values, hashes;
        for (const Requirement &each : all) {
            const QString value = all.size() > 1 && !each.marker.isEmpty()
                ? each.version + QStringLiteral(" ; ") + each.marker
                : each.version;
            if (!values.contains(value))
                values << value;
            if (!each.hashes.isEmpty())
                hashes << each.hashes;
        }
        const Requirement &first = all.front();
        addEntry(parsed, key, values.join(QStringLiteral(" | ")), first.line, ConfigType::Text,
                 all.size() > 1 ? QStringLiteral("named %1 times").arg(all.size()) : QString());
        if (!first.extras.isEmpty())
            addEntry(parsed, joinKey(key, QStringLiteral("extras")), first.extras, first.line);
        if (all.size() == 1 && !first.marker.isEmpty())
            addEntry(parsed, joinKey(key, QStringLiteral("marker")), first.marker, first.line);
        if (withIntegrity && !hashes.isEmpty())
            addEntry(parsed, joinKey(key, QStringLiteral("integrity")), joinedHashes(hashes), first.line);
    }
    return parsed;
}

namespace {

void readPipfileGroup(ParsedConfig &parsed, const LinedJson &group, const QString &note, LockedVersions &versions)
{
    for (const LinedJson::Member &member : group.members) {
        const LinedJson &value = member.value;
        LockedPackage package{pythonName(member.name), value.string(u"version"), {}, note, value.line, true};
        if (package.version.startsWith(QLatin1String("==")) && !package.version.startsWith(QLatin1String("===")))
            package.version.remove(0, 2);
        for (const char16_t *origin : {u"git", u"hg", u"svn", u"path", u"file"}) {
            const QString where = value.string(origin);
            if (!where.isEmpty())
                package.version = QStringLiteral("%1 %2%3").arg(
                    QString::fromUtf16(origin), where,
                    value.string(u"ref").isEmpty() ? QString() : QStringLiteral(" @ ") + value.string(u"ref"));
        }
        QStringList hashes;
        if (const LinedJson *list = value.find(u"hashes")) {
            for (const LinedJson &hash : list->items)
                hashes << hash.text;
        }
        package.integrity = joinedHashes(hashes);
        if (package.version.isEmpty())
            addError(parsed, value.line, QStringLiteral("%1 has no version").arg(member.name.left(80)));
        else
            versions.add(std::move(package));
    }
}

} // namespace

ParsedConfig parsePipfileLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const ReadJson json = readJson(bytes);
    if (json.errorLine > 0)
        addError(parsed, json.errorLine, json.error);
    parsed.notes << json.repeated;
    if (!json.root.isObject() || (!json.root.find(u"default") && !json.root.find(u"_meta"))) {
        addError(parsed, 1, QStringLiteral("this is no Pipfile.lock: \"_meta\" and \"default\" are expected"));
        return parsed;
    }
    if (const LinedJson *meta = json.root.find(u"_meta")) {
        if (const LinedJson *hash = meta->find(u"hash"); hash && !hash->string(u"sha256").isEmpty())
            addEntry(parsed, QStringLiteral("metadata.content-hash"), hash->string(u"sha256"), hash->line);
        if (const LinedJson *wanted = meta->find(u"requires")) {
            for (const LinedJson::Member &member : wanted->members)
                addEntry(parsed, joinKey(QStringLiteral("metadata"), member.name), member.value.text,
                         member.value.line);
        }
        if (const LinedJson *list = meta->find(u"sources")) {
            for (size_t i = 0; i < list->items.size(); ++i)
                addEntry(parsed, joinIndex(QStringLiteral("metadata.sources"), int(i)), list->items[i].string(u"url"),
                         list->items[i].line);
        }
    }
    for (const LinedJson::Member &group : json.root.members) {
        if (!group.value.isObject() || group.name == QLatin1String("_meta"))
            continue;
        LockedVersions versions;
        readPipfileGroup(parsed, group.value, {}, versions);
        ParsedConfig part;
        versions.write(part, entry);
        for (const ConfigEntry &each : part.entries) {
            const QString key = group.name == QLatin1String("default")
                ? each.key
                : joinKey({}, group.name) + QLatin1Char('.') + each.key;
            addEntry(parsed, key, each.value, each.line, each.type, each.note);
        }
    }
    return parsed;
}

} // namespace taffrail::sources
