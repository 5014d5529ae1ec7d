// SPDX-License-Identifier: GPL-3.0-or-later
// Names that OpenSSH and libpq already know (ssh_config(5), PostgreSQL documentation "The Connection Service File").
#include "inventorydraft.h"
#include "text.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <glob.h>

namespace taffrail::inventory {

namespace {

constexpr int deepest = 16; // as OpenSSH
constexpr qint64 largestFile = 8 * 1024 * 1024;
constexpr qsizetype mostFiles = 1'000;
constexpr qsizetype mostNames = 10'000;

/// Words of a line as OpenSSH splits them: at blanks, and "=" after the keyword, with double quotes.
QStringList wordsOf(const QString &line)
{
    static const QRegularExpression word(QStringLiteral("\"([^\"]*)\"?|([^\\s\"]+)"));
    QString text = line.trimmed();
    static const QRegularExpression assignment(QStringLiteral("^([A-Za-z]+)\\s*=\\s*"));
    text.replace(assignment, QStringLiteral("\\1 "));
    QStringList words;
    for (auto match = word.globalMatch(text); match.hasNext();) {
        const QRegularExpressionMatch found = match.next();
        words << (found.capturedStart(1) >= 0 ? found.captured(1) : found.captured(2));
    }
    return words;
}

/// Whether a name can stand in an inventory as it is: the pattern "sshAlias" of the schema.
bool isConcrete(const QString &name)
{
    static const QRegularExpression alias(
        QStringLiteral("^[^-\\s\"'`$;|&<>(){}*?!,#\\\\][^\\s\"'`$;|&<>(){}*?!,#\\\\]{0,254}$"));
    return alias.match(name).hasMatch();
}

class Reader {
public:
    explicit Reader(const ImportPlaces &places) : m_places(places) {}

    void readSsh(const QString &path, int depth)
    {
        const auto text = textOf(path);
        if (!text)
            return;
        const QStringList lines = text->split(QLatin1Char('\n'));
        for (const QString &line : lines) {
            const QStringList words = line.trimmed().startsWith(QLatin1Char('#')) ? QStringList() : wordsOf(line);
            const QString keyword = words.value(0).toLower();
            if (keyword == QLatin1String("host"))
                takeNames(words.mid(1), found.sshAliases);
            else if (keyword == QLatin1String("include"))
                readIncludes(words.mid(1), path, depth);
        }
    }

    void readServices(const QString &path)
    {
        const auto text = textOf(path);
        if (!text)
            return;
        const QStringList lines = text->split(QLatin1Char('\n'));
        for (const QString &line : lines) {
            const QString trimmed = line.trimmed();
            if (trimmed.startsWith(QLatin1Char('[')) && trimmed.endsWith(QLatin1Char(']')))
                takeNames({trimmed.mid(1, trimmed.size() - 2)}, found.services);
        }
    }

    ImportCandidates found;

private:
    std::optional<QString> textOf(const QString &path)
    {
        const QFileInfo info(path);
        if (!info.isFile() || m_seen.contains(info.absoluteFilePath()) || m_seen.size() >= mostFiles)
            return {};
        m_seen << info.absoluteFilePath();
        QFile file(path);
        if (info.size() > largestFile || !file.open(QIODevice::ReadOnly)) {
            found.problems << QStringLiteral("Cannot read %1: %2")
                                  .arg(sanitizedLine(path.toUtf8()),
                                       info.size() > largestFile ? QStringLiteral("it is too large")
                                                                 : file.errorString());
            return {};
        }
        found.readFiles << info.absoluteFilePath();
        return QString::fromUtf8(file.read(largestFile));
    }

    void readIncludes(const QStringList &patterns, const QString &from, int depth)
    {
        if (depth >= deepest) {
            found.problems << QStringLiteral("%1 includes too deep").arg(sanitizedLine(from.toUtf8()));
            return;
        }
        for (QString pattern : patterns) {
            if (pattern.startsWith(QLatin1String("~/")))
                pattern = QFileInfo(m_places.sshFolder).path() + pattern.mid(1);
            else if (!pattern.startsWith(QLatin1Char('/')))
                pattern = m_places.sshFolder + QLatin1Char('/') + pattern;
            glob_t matches{};
            if (::glob(QFile::encodeName(pattern).constData(), 0, nullptr, &matches) == 0) {
                for (size_t i = 0; i < matches.gl_pathc; ++i)
                    readSsh(QFile::decodeName(matches.gl_pathv[i]), depth + 1);
            }
            ::globfree(&matches);
        }
    }

    void takeNames(const QStringList &names, QStringList &into)
    {
        for (const QString &name : names) {
            if (isConcrete(name) && !into.contains(name) && into.size() < mostNames)
                into << name;
        }
    }

    const ImportPlaces &m_places;
    QStringList m_seen;
};

} // namespace

ImportPlaces importPlaces(const QString &home)
{
    ImportPlaces places;
    places.sshFolder = home + QStringLiteral("/.ssh");
    places.sshConfig = places.sshFolder + QStringLiteral("/config");
    const QString own = qEnvironmentVariable("PGSERVICEFILE");
    places.serviceFiles << (own.isEmpty() ? home + QStringLiteral("/.pg_service.conf") : own);
    const QString system = qEnvironmentVariable("PGSYSCONFDIR");
    // Debian's libpq is built with this folder; pg_config --sysconfdir tells.
    places.serviceFiles << (system.isEmpty() ? QStringLiteral("/etc/postgresql-common") : system)
            + QStringLiteral("/pg_service.conf");
    return places;
}

ImportCandidates importCandidates(const ImportPlaces &places)
{
    Reader reader(places);
    reader.readSsh(places.sshConfig, 0);
    for (const QString &file : places.serviceFiles)
        reader.readServices(file);
    return std::move(reader.found);
}

} // namespace taffrail::inventory
