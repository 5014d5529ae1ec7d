// SPDX-License-Identifier: GPL-3.0-or-later
#include "linedjson.h"
#include "lockformats.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

bool isRegistry(const QString &resolved)
{
    static const QRegularExpression usual(QStringLiteral("\\Ahttps?://registry\\.(?:npmjs\\.org|yarnpkg\\.com)/"));
    return resolved.isEmpty() || usual.match(resolved).hasMatch();
}

/// The version, with where it comes from when that is not the public registry: a mirror's host, a git commit, a file.
QString withOrigin(const QString &version, const QString &resolved)
{
    if (isRegistry(resolved) || version == resolved)
        return version;
    static const QRegularExpression mirror(QStringLiteral("\\A(https?://[^/]+)/.*\\.tgz(?:[?#].*)?\\z"));
    const QRegularExpressionMatch match = mirror.match(resolved);
    const QString origin = match.hasMatch() ? QStringLiteral("from ") + match.captured(1) : resolved;
    return version.isEmpty() ? origin : QStringLiteral("%1 (%2)").arg(version, origin);
}

QString noteOf(const LinedJson &package)
{
    QStringList notes;
    for (const char16_t *flag : {u"dev", u"optional", u"peer", u"devOptional"}) {
        if (package.isTrue(flag))
            notes << QString::fromUtf16(flag);
    }
    return notes.join(QStringLiteral(", "));
}

/// "packages" of versions 2 and 3: keys are folders.
void readFolders(ParsedConfig &parsed, const LinedJson &packages, LockedVersions &versions)
{
    const QString folder = QStringLiteral("node_modules/");
    for (const LinedJson::Member &member : packages.members) {
        const LinedJson &package = member.value;
        if (member.name.isEmpty()) {
            for (const char16_t *key : {u"name", u"version"}) {
                if (!package.string(key).isEmpty())
                    addEntry(parsed, joinKey(QStringLiteral("metadata"), QString::fromUtf16(key)), package.string(key),
                             package.line);
            }
            continue;
        }
        if (!package.isObject()) {
            addError(parsed, package.line,
                     QStringLiteral("an object is expected for \"%1\"").arg(member.name.left(80)));
            continue;
        }
        const qsizetype last = member.name.lastIndexOf(folder);
        if (last < 0) // a workspace's own folder: its link below node_modules names it
            continue;
        LockedPackage locked{member.name.mid(last + folder.size()),
                             {},
                             package.string(u"integrity"),
                             noteOf(package),
                             package.line,
                             last == 0};
        if (package.isTrue(u"link")) {
            const LinedJson *target = packages.find(package.string(u"resolved"));
            const QString version = target ? target->string(u"version") : QString();
            locked.version
                = QStringLiteral("%1%2").arg(version.isEmpty() ? QString() : version + QLatin1Char(' '),
                                             QStringLiteral("(link to %1)").arg(package.string(u"resolved")));
        } else {
            locked.version = withOrigin(package.string(u"version"), package.string(u"resolved"));
        }
        // Another package under this name.
        if (const QString alias = package.string(u"name"); !alias.isEmpty() && alias != locked.name)
            locked.version = QStringLiteral("%1 (as %2)").arg(locked.version, alias);
        if (locked.version.isEmpty())
            addError(parsed, package.line, QStringLiteral("%1 has no version").arg(locked.name.left(80)));
        else
            versions.add(std::move(locked));
    }
}

/// "dependencies" of version 1: nested as the folders are.
void readNested(ParsedConfig &parsed, const LinedJson &dependencies, bool isTop, LockedVersions &versions)
{
    for (const LinedJson::Member &member : dependencies.members) {
        const LinedJson &package = member.value;
        if (!package.isObject()) {
            addError(parsed, package.line,
                     QStringLiteral("an object is expected for \"%1\"").arg(member.name.left(80)));
            continue;
        }
        const QString version = package.string(u"version");
        if (version.isEmpty())
            addError(parsed, package.line, QStringLiteral("%1 has no version").arg(member.name.left(80)));
        else
            versions.add({member.name, withOrigin(version, package.string(u"resolved")), package.string(u"integrity"),
                          noteOf(package), package.line, isTop});
        if (const LinedJson *inner = package.find(u"dependencies"))
            readNested(parsed, *inner, false, versions);
    }
}

QString unquotedWord(QString word)
{
    word = word.trimmed();
    if (word.size() > 1 && (word.startsWith(QLatin1Char('"')) || word.startsWith(QLatin1Char('\'')))
        && word.endsWith(word.at(0))) {
        word = word.mid(1, word.size() - 2);
        word.replace(QStringLiteral("\\\""), QStringLiteral("\""));
    }
    return word;
}

/// "@babel/core@npm:^7.1.0" → "@babel/core".
QString nameOfPattern(const QString &pattern)
{
    const qsizetype at = pattern.indexOf(QLatin1Char('@'), 1);
    return at < 0 ? pattern : pattern.left(at);
}

class YarnReader {
public:
    ParsedConfig read(const QByteArray &bytes, const SourceEntry &entry)
    {
        for (const QByteArray &raw : linesWithoutReturn(bytes)) {
            ++m_number;
            const QString line = exactText(raw);
            const QString text = line.trimmed();
            if (text.isEmpty() || text.startsWith(QLatin1Char('#')))
                continue;
            const qsizetype indent = line.indexOf(text.at(0));
            if (indent == 0)
                startBlock(text);
            else if (m_heads.isEmpty())
                addError(m_parsed, m_number, QStringLiteral("a package such as lodash@^4.0.0: is expected"));
            else if (indent == 2)
                readField(text);
        }
        endBlock();
        m_versions.write(m_parsed, entry);
        return std::move(m_parsed);
    }

private:
    void startBlock(const QString &text)
    {
        endBlock();
        m_line = m_number;
        if (!text.endsWith(QLatin1Char(':'))) {
            addError(m_parsed, m_number, QStringLiteral("a package such as lodash@^4.0.0: is expected"));
            return;
        }
        for (const QString &part : unquotedWord(text.chopped(1)).split(QLatin1Char(','))) {
            const QString word = part.trimmed();
            m_heads << unquotedWord(word.startsWith(QLatin1Char('"')) && !word.endsWith(QLatin1Char('"')) ? word.mid(1)
                                        : !word.startsWith(QLatin1Char('"')) && word.endsWith(QLatin1Char('"'))
                                        ? word.chopped(1)
                                        : word);
        }
    }

    void readField(const QString &text)
    {
        // Version 1 puts a space behind the name, Berry a colon.
        static const QRegularExpression shape(QStringLiteral("\\A([A-Za-z][\\w-]*)(?::\\s*|\\s+)(.*)\\z"));
        const QRegularExpressionMatch match = shape.match(text);
        if (match.hasMatch() && !match.capturedView(2).isEmpty() && !match.captured(2).trimmed().isEmpty())
            m_fields.insert(match.captured(1), unquotedWord(match.captured(2)));
    }

    void endBlock()
    {
        if (m_heads.isEmpty())
            return;
        const QString first = m_heads.first();
        const QString version = m_fields.value(QStringLiteral("version"));
        const QString resolution = m_fields.value(QStringLiteral("resolution"));
        if (first == QLatin1String("__metadata")) {
            addEntry(m_parsed, QStringLiteral("metadata.version"), version, m_line);
        } else if (version.isEmpty()) {
            addError(m_parsed, m_line, QStringLiteral("%1 has no version").arg(first.left(80)));
        } else {
            LockedPackage locked{
                nameOfPattern(first), version, m_fields.value(QStringLiteral("integrity")), {}, m_line, false};
            if (resolution.isEmpty()) {
                const QString resolved = m_fields.value(QStringLiteral("resolved"));
                locked.version = withOrigin(version, resolved);
                if (locked.integrity.isEmpty() && resolved.contains(QLatin1Char('#')) && isRegistry(resolved))
                    locked.integrity = QStringLiteral("sha1-hex:") + resolved.section(QLatin1Char('#'), -1);
            } else {
                locked.integrity = m_fields.value(QStringLiteral("checksum"));
                const QString usual = QStringLiteral("%1@npm:%2").arg(locked.name, version);
                if (resolution != usual)
                    locked.version = QStringLiteral("%1 (%2)").arg(version, resolution);
            }
            m_versions.add(std::move(locked));
        }
        m_heads.clear();
        m_fields.clear();
    }

    ParsedConfig m_parsed;
    LockedVersions m_versions;
    QStringList m_heads;
    QHash<QString, QString> m_fields;
    int m_number = 0, m_line = 0;
};

} // namespace

ParsedConfig parseNpmLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const ReadJson json = readJson(bytes);
    if (json.errorLine > 0)
        addError(parsed, json.errorLine, json.error);
    parsed.notes << json.repeated;
    const LinedJson *packages = json.root.find(u"packages"), *dependencies = json.root.find(u"dependencies");
    const QString version = json.root.scalar(u"lockfileVersion");
    if (!packages && !dependencies && version.isEmpty()) {
        addError(parsed, 1, QStringLiteral("this is no package-lock.json: \"lockfileVersion\" is expected"));
        return parsed;
    }
    LockedVersions versions;
    addEntry(parsed, QStringLiteral("metadata.lockfileVersion"), version, json.root.line, ConfigType::Integer);
    if (packages && packages->isObject())
        readFolders(parsed, *packages, versions);
    else if (dependencies)
        readNested(parsed, *dependencies, true, versions);
    versions.write(parsed, entry);
    return parsed;
}

ParsedConfig parseYarnLock(const QByteArray &bytes, const SourceEntry &entry)
{
    return YarnReader().read(bytes, entry);
}

} // namespace taffrail::sources
