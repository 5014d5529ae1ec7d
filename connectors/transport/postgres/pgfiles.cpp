// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgfiles.h"

#include "secret.h"

#include <QDir>
#include <QFile>
#include <QStringList>

#include <sys/stat.h>
#include <unistd.h>

namespace taffrail::pg {

namespace {

/// Far above any real file of this kind, and a bound for a device or a log named by mistake.
constexpr qint64 maxFileBytes = 4 * 1024 * 1024;
constexpr QLatin1String configStep("configuration");

struct PrivateFile {
    QByteArray text;
    mode_t mode = 0;
    uid_t owner = 0;
    bool ownedByOthers() const { return owner != 0 && owner != geteuid(); }
};

/// The file with the rights that it had when it was opened; nothing when it is absent or not a plain file.
std::optional<PrivateFile> readPrivateFile(const QString &path)
{
    QFile file(path);
    struct stat info {};
    // Asked before open(): opening a FIFO named by mistake would block.
    if (stat(QFile::encodeName(path).constData(), &info) != 0 || !S_ISREG(info.st_mode)
        || !file.open(QIODevice::ReadOnly) || fstat(file.handle(), &info) != 0)
        return std::nullopt;
    return PrivateFile{file.read(maxFileBytes), info.st_mode, info.st_uid};
}

QString chmodHint(const QString &path)
{
    return QStringLiteral("Run: chmod 600 %1").arg(path);
}

QStringList serviceFiles()
{
    QStringList paths;
    const QByteArray named = qgetenv("PGSERVICEFILE");
    paths << (named.isEmpty() ? QDir::home().filePath(QStringLiteral(".pg_service.conf")) : QFile::decodeName(named));
    const QByteArray folder = qgetenv("PGSYSCONFDIR");
    // /etc/postgresql-common is what Debian's libpq is built with.
    paths << QDir(folder.isEmpty() ? QStringLiteral("/etc/postgresql-common") : QFile::decodeName(folder))
                 .filePath(QStringLiteral("pg_service.conf"));
    return paths;
}

/// One field of a passfile line up to an unescaped ":"; `at` moves behind it. Nothing when the line ends first.
std::optional<QByteArray> passfileField(const QByteArray &line, qsizetype &at)
{
    QByteArray field;
    field.reserve(line.size()); // so that no half of a password stays behind in an outgrown buffer
    while (at < line.size()) {
        char letter = line[at++];
        if (letter == ':')
            return field;
        if (letter == '\\' && at < line.size())
            letter = line[at++];
        field += letter;
    }
    return std::nullopt;
}

QByteArray unescapedRest(const QByteArray &line, qsizetype at)
{
    QByteArray rest;
    rest.reserve(line.size());
    while (at < line.size()) {
        char letter = line[at++];
        if (letter == '\\' && at < line.size())
            letter = line[at++];
        rest += letter;
    }
    return rest;
}

} // namespace

Result<std::optional<Keywords>> serviceSection(const QByteArray &text, const QByteArray &service, const QString &path)
{
    std::optional<Keywords> section;
    int number = 0;
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray &raw : lines) {
        ++number;
        const QByteArray line = raw.trimmed();
        if (line.isEmpty() || line.startsWith('#'))
            continue;
        if (line.startsWith('[')) {
            if (section)
                return section;
            if (line == '[' + service + ']')
                section.emplace();
            continue;
        }
        if (!section)
            continue;
        const qsizetype sign = line.indexOf('=');
        const QByteArray key = line.left(qMax<qsizetype>(sign, 0)).trimmed();
        // libpq takes the value as it stands behind the sign, and a nested service is an error there too.
        if (key.isEmpty() || key == "service" || line.startsWith("ldap"))
            return failure(ErrorKind::BadConfig, configStep, path,
                           QStringLiteral("line %1 of the service file is not key=value").arg(number));
        section->try_emplace(key, line.mid(sign + 1));
    }
    return section;
}

Result<Keywords> readService(const QByteArray &service, const QString &subject)
{
    const QStringList paths = serviceFiles();
    for (const QString &path : paths) {
        auto file = readPrivateFile(path);
        if (!file)
            continue;
        const WipeGuard guard(file->text);
        auto section = serviceSection(file->text, service, path);
        if (!section)
            return failure(section.error());
        if (!section->has_value())
            continue;
        if (file->ownedByOthers() || (file->mode & (S_IWGRP | S_IWOTH)) != 0)
            return failure(
                ErrorKind::BadConfig, configStep, subject,
                QStringLiteral("the service file %1 can be changed by other users, so it is not used").arg(path),
                QStringLiteral("Run: chmod go-w %1").arg(path));
        if ((*section)->contains("password") && (file->mode & (S_IRWXG | S_IRWXO)) != 0)
            return failure(ErrorKind::BadConfig, configStep, subject,
                           QStringLiteral("the service file %1 holds a password and other users can read it").arg(path),
                           chmodHint(path));
        return **section;
    }
    return failure(
        ErrorKind::BadConfig, configStep, subject,
        QStringLiteral("no service \"%1\" in %2").arg(QString::fromUtf8(service), paths.join(QStringLiteral(" or "))),
        QStringLiteral("Add the section to one of these files, or write host, dbname and user in the dsn."));
}

std::optional<QByteArray> passfileEntry(const QByteArray &text, const PassfileQuestion &question)
{
    const QByteArray *const wanted[]{&question.host, &question.port, &question.database, &question.user};
    for (qsizetype start = 0; start < text.size();) {
        qsizetype end = text.indexOf('\n', start);
        end = end < 0 ? text.size() : end;
        QByteArray line = text.mid(start, end - start);
        const WipeGuard guard(line);
        start = end + 1;
        if (line.endsWith('\r'))
            line.chop(1);
        if (line.isEmpty() || line.startsWith('#'))
            continue;
        qsizetype at = 0;
        bool fits = true;
        for (const QByteArray *value : wanted) {
            const bool starts = line.mid(at, 2) == "*:";
            const auto field = passfileField(line, at);
            fits = fits && field && (starts || *field == *value);
        }
        if (fits)
            return unescapedRest(line, at);
    }
    return std::nullopt;
}

Result<std::optional<QByteArray>> readPassfile(const QString &path, const PassfileQuestion &question,
                                               const QString &subject)
{
    auto file = readPrivateFile(path);
    if (!file)
        return std::optional<QByteArray>{};
    const WipeGuard guard(file->text);
    auto entry = passfileEntry(file->text, question);
    if (entry && (file->mode & (S_IRWXG | S_IRWXO)) != 0) {
        wipe(*entry);
        return failure(ErrorKind::BadConfig, configStep, subject,
                       QStringLiteral("the password file %1 can be read by other users, so it is not used").arg(path),
                       chmodHint(path));
    }
    return entry;
}

} // namespace taffrail::pg
