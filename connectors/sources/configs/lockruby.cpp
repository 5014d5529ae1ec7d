// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockformats.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

/// One section of a Gemfile.lock while it is read: GEM, GIT, PATH …
struct Section {
    QString name, remote, revision;
    bool inSpecs = false;
};

/// "1.15.4-x86_64-linux" → version and platform. A Ruby version has no dash of its own: 1.0.pre1 is how it says that.
void splitPlatform(QString &version, QString &platform)
{
    const qsizetype dash = version.indexOf(QLatin1Char('-'));
    if (dash > 0) {
        platform = version.mid(dash + 1);
        version.truncate(dash);
    }
}

QString originOf(const Section &section)
{
    if (section.name == QLatin1String("GIT"))
        return QStringLiteral(" (git %1 @ %2)").arg(section.remote, section.revision);
    if (section.name == QLatin1String("PATH"))
        return QStringLiteral(" (path %1)").arg(section.remote);
    static const QRegularExpression usual(QStringLiteral("\\Ahttps?://(?:index\\.)?rubygems\\.org/?\\z"));
    if (section.name == QLatin1String("PLUGIN SOURCE")
        || (!section.remote.isEmpty() && !usual.match(section.remote).hasMatch()))
        return QStringLiteral(" (from %1)").arg(section.remote);
    return {};
}

class GemfileReader {
public:
    ParsedConfig read(const QByteArray &bytes, const SourceEntry &entry)
    {
        int number = 0;
        for (const QByteArray &raw : linesWithoutReturn(bytes)) {
            ++number;
            const QString line = exactText(raw);
            if (line.trimmed().isEmpty())
                continue;
            if (!line.startsWith(QLatin1Char(' ')))
                m_section = {line.trimmed(), {}, {}, false};
            else if (m_section.name.isEmpty())
                addError(m_parsed, number, QStringLiteral("a section such as GEM is expected"));
            else
                readLine(line, number);
        }
        for (auto it = m_gems.begin(); it != m_gems.end(); ++it) {
            it->integrity = m_checksums.value(it->integrity);
            m_versions.add(*it);
        }
        m_versions.write(m_parsed, entry);
        m_platforms.sort();
        if (!m_platforms.isEmpty())
            addEntry(m_parsed, QStringLiteral("metadata.platforms"), m_platforms.join(QStringLiteral(", ")));
        if (m_parsed.entries.empty())
            addError(m_parsed, 1, QStringLiteral("this is no Gemfile.lock: no section holds anything"));
        return std::move(m_parsed);
    }

private:
    void readLine(const QString &line, int number)
    {
        const QString text = line.trimmed();
        const qsizetype indent = line.indexOf(text.at(0));
        const QString &name = m_section.name;
        if (name == QLatin1String("GEM") || name == QLatin1String("GIT") || name == QLatin1String("PATH")
            || name == QLatin1String("PLUGIN SOURCE"))
            readSource(text, indent, number);
        else if (name == QLatin1String("PLATFORMS"))
            m_platforms << text;
        else if (name == QLatin1String("DEPENDENCIES"))
            readWish(text, number);
        else if (name == QLatin1String("RUBY VERSION"))
            addEntry(m_parsed, QStringLiteral("metadata.ruby"),
                     text.startsWith(QLatin1String("ruby ")) ? text.mid(5) : text, number);
        else if (name == QLatin1String("BUNDLED WITH"))
            addEntry(m_parsed, QStringLiteral("metadata.bundler"), text, number);
        else if (name == QLatin1String("CHECKSUMS"))
            readChecksum(text);
        else
            addNote(m_parsed, QStringLiteral("the section %1 is not known here").arg(name.left(60)));
    }

    void readSource(const QString &text, qsizetype indent, int number)
    {
        if (indent == 2) {
            m_section.inSpecs = text == QLatin1String("specs:");
            if (text.startsWith(QLatin1String("remote: ")))
                m_section.remote = m_section.remote.isEmpty() || m_section.name != QLatin1String("GEM")
                    ? text.mid(8)
                    : m_section.remote + QStringLiteral(", ") + text.mid(8);
            else if (text.startsWith(QLatin1String("revision: ")))
                m_section.revision = text.mid(10);
        } else if (m_section.inSpecs && indent == 4) {
            readGem(text, number);
        } else if (!m_section.inSpecs || indent < 4) {
            addError(m_parsed, number, QStringLiteral("a gem such as \"    rack (3.0.8)\" is expected"));
        }
    }

    void readGem(const QString &text, int number)
    {
        static const QRegularExpression shape(QStringLiteral("\\A(\\S+) \\(([^)]+)\\)\\z"));
        const QRegularExpressionMatch match = shape.match(text);
        if (!match.hasMatch()) {
            addError(m_parsed, number, QStringLiteral("a gem such as \"rack (3.0.8)\" is expected"));
            return;
        }
        const QString full = match.captured(2);
        QString version = full, platform;
        splitPlatform(version, platform);
        // Each platform has its own row, whatever the others have.
        const QString name = match.captured(1), key = platform.isEmpty() ? name : name + QLatin1Char('@') + platform;
        m_gems.push_back({key, version + originOf(m_section), name + QLatin1Char(' ') + full, {}, number, true});
    }

    void readWish(const QString &text, int number)
    {
        static const QRegularExpression shape(QStringLiteral("\\A(\\S+?)(!?)(?: \\(([^)]*)\\))?(!?)\\z"));
        const QRegularExpressionMatch match = shape.match(text);
        if (!match.hasMatch()) {
            addError(m_parsed, number, QStringLiteral("a dependency such as \"rails (~> 7.1)\" is expected"));
            return;
        }
        QStringList wishes = match.captured(3).split(QStringLiteral(", "), Qt::SkipEmptyParts);
        wishes.sort();
        addEntry(m_parsed, joinKey(QStringLiteral("dependencies"), match.captured(1)),
                 wishes.isEmpty() ? QStringLiteral("any") : wishes.join(QStringLiteral(", ")), number);
    }

    void readChecksum(const QString &text)
    {
        static const QRegularExpression shape(QStringLiteral("\\A(\\S+) \\(([^)]+)\\)(?: (.*))?\\z"));
        const QRegularExpressionMatch match = shape.match(text);
        if (match.hasMatch() && !match.captured(3).isEmpty())
            m_checksums.insert(match.captured(1) + QLatin1Char(' ') + match.captured(2), match.captured(3));
    }

    ParsedConfig m_parsed;
    Section m_section;
    LockedVersions m_versions;
    std::vector<LockedPackage> m_gems; ///< their `integrity` is the name in m_checksums until these are read
    QHash<QString, QString> m_checksums; ///< "name version"
    QStringList m_platforms;
};

} // namespace

ParsedConfig parseGemfileLock(const QByteArray &bytes, const SourceEntry &entry)
{
    return GemfileReader().read(bytes, entry);
}

} // namespace taffrail::sources
