// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshconfigscan.h"

#include <QFile>
#include <QSet>

#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace taffrail::ssh {

namespace {

constexpr int maxDepth = 16; // as OpenSSH
constexpr qint64 maxBytes = 8 * 1024 * 1024;
constexpr qsizetype maxFiles = 1'000;

/// Keywords that don't change where a connection goes or what is shown there. Anything else makes `ssh -G` be asked.
const QSet<QByteArray> &harmlessKeywords()
{
    static const QSet<QByteArray> words{"host",
                                        "include",
                                        "sendenv",
                                        "setenv",
                                        "hashknownhosts",
                                        "gssapiauthentication",
                                        "gssapidelegatecredentials",
                                        "serveraliveinterval",
                                        "serveralivecountmax",
                                        "addkeystoagent",
                                        "controlmaster",
                                        "controlpath",
                                        "controlpersist",
                                        "compression",
                                        "loglevel",
                                        "forwardagent",
                                        "forwardx11",
                                        "forwardx11trusted",
                                        "visualhostkey",
                                        "stricthostkeychecking",
                                        "updatehostkeys",
                                        "checkhostip",
                                        "connecttimeout",
                                        "tcpkeepalive",
                                        "batchmode",
                                        "requesttty",
                                        "escapechar",
                                        "localcommand",
                                        "permitlocalcommand",
                                        "remotecommand",
                                        "localforward",
                                        "remoteforward",
                                        "dynamicforward",
                                        "exitonforwardfailure",
                                        "ciphers",
                                        "macs",
                                        "kexalgorithms"};
    return words;
}

struct PasswordEntry {
    QString name, home;
};

PasswordEntry passwordEntry()
{
    std::array<char, 16 * 1024> buffer{};
    struct passwd entry {};
    struct passwd *found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found)
        return {QString::fromLocal8Bit(found->pw_name), QFile::decodeName(found->pw_dir)};
    return {qEnvironmentVariable("USER"), qEnvironmentVariable("HOME")};
}

/// Words of a line as OpenSSH splits them: at blanks and '=', with double quotes.
QList<QByteArray> wordsOf(const QByteArray &line)
{
    QList<QByteArray> words;
    for (qsizetype at = 0; at < line.size();) {
        const char c = line[at];
        if (c == ' ' || c == '\t' || c == '=' || c == '\r' || c == '\f') {
            ++at;
            continue;
        }
        qsizetype end = at;
        QByteArray word;
        if (c == '"') {
            end = line.indexOf('"', at + 1);
            word = line.mid(at + 1, (end < 0 ? line.size() : end) - at - 1);
            at = end < 0 ? line.size() : end + 1;
        } else {
            while (end < line.size() && !QByteArray(" \t=\"\r\f").contains(line[end]))
                ++end;
            word = line.mid(at, end - at);
            at = end;
        }
        words << word;
    }
    return words;
}

class Scanner {
public:
    std::optional<Error> readFile(const QString &path, const QString &includeBase, int depth);
    ConfigScan result;

private:
    std::optional<Error> readLines(const QByteArray &text, const QString &path, const QString &includeBase, int depth);
    std::optional<Error> readIncludes(const QList<QByteArray> &words, const QString &path, const QString &base,
                                      int depth);
};

Error refused(const QString &path, const QString &text, const QString &hint)
{
    return {ErrorKind::BadConfig, QStringLiteral("read ssh configuration"), path, text, hint};
}

std::optional<Error> Scanner::readFile(const QString &path, const QString &includeBase, int depth)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return {}; // what we may not read, ssh may not read either; a missing file is no configuration
    QFile file;
    struct stat status {};
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle) || ::fstat(fd, &status) != 0
        || !S_ISREG(status.st_mode))
        return {};
    if ((status.st_uid != ::geteuid() && status.st_uid != 0) || (status.st_mode & 022) != 0)
        return refused(path, QStringLiteral("the file belongs to somebody else or can be written by others"),
                       QStringLiteral("It must be yours or root's: chmod go-w '%1'").arg(path));
    if (depth > maxDepth || result.stamps.size() >= maxFiles)
        return refused(path, QStringLiteral("too many or too deep Includes"),
                       QStringLiteral("Remove the circle of Includes."));
    if (status.st_size > maxBytes)
        return refused(path, QStringLiteral("larger than 8 MiB"), {});
    result.stamps << QStringLiteral("%1 %2.%3 %4 %5")
                         .arg(path, QString::number(status.st_mtim.tv_sec), QString::number(status.st_mtim.tv_nsec),
                              QString::number(status.st_size), QString::number(status.st_ino));
    return readLines(file.read(std::min(maxBytes, file.size())), path, includeBase, depth);
}

std::optional<Error> Scanner::readLines(const QByteArray &text, const QString &path, const QString &includeBase,
                                        int depth)
{
    int number = 0;
    for (const QByteArray &line : text.split('\n')) {
        ++number;
        const QList<QByteArray> words = wordsOf(line);
        if (words.isEmpty() || words.first().startsWith('#'))
            continue;
        const QByteArray keyword = words.first().toLower();
        if (!harmlessKeywords().contains(keyword))
            result.isIrrelevant = false;
        if (keyword == "match") {
            for (QByteArray word : words.mid(1)) {
                if (word.startsWith('!'))
                    word.remove(0, 1);
                if (word.toLower() == "exec")
                    return refused(
                        QStringLiteral("%1:%2").arg(path, QString::number(number)),
                        QStringLiteral("\"Match exec\" would run a program"),
                        QStringLiteral(
                            "Taffrail runs no program to read a configuration: use Match host, or give the host's data "
                            "in the inventory."));
            }
        } else if (keyword == "include") {
            if (auto error = readIncludes(words.mid(1), path, includeBase, depth))
                return error;
        }
    }
    return {};
}

std::optional<Error> Scanner::readIncludes(const QList<QByteArray> &words, const QString &path, const QString &base,
                                           int depth)
{
    for (const QByteArray &word : words) {
        if (word.startsWith('#'))
            break;
        QByteArray pattern = word;
        if (pattern.startsWith("~/"))
            pattern = QFile::encodeName(accountHome()) + pattern.mid(1);
        else if (pattern.startsWith('~'))
            return refused(path, QStringLiteral("Include of another user's home folder"),
                           QStringLiteral("Write the full path."));
        else if (!pattern.startsWith('/'))
            pattern = QFile::encodeName(base) + '/' + pattern;
        glob_t found{};
        QStringList files;
        if (::glob(pattern.constData(), 0, nullptr, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; ++i)
                files << QFile::decodeName(found.gl_pathv[i]);
        }
        ::globfree(&found);
        for (const QString &file : files) {
            if (auto error = readFile(file, base, depth + 1))
                return error;
        }
    }
    return {};
}

} // namespace

QString accountHome()
{
    return passwordEntry().home;
}

QString accountName()
{
    return passwordEntry().name;
}

Result<ConfigScan> scanConfig(const QString &configFile)
{
    const QString userFolder = accountHome() + QStringLiteral("/.ssh");
    const QString systemFolder = QStringLiteral("/etc/ssh");
    Scanner scanner;
    std::optional<Error> error;
    if (configFile.isEmpty()) {
        error = scanner.readFile(userFolder + QStringLiteral("/config"), userFolder, 0);
        if (!error)
            error = scanner.readFile(systemFolder + QStringLiteral("/ssh_config"), systemFolder, 0);
    } else if (!QFile::exists(configFile)) {
        error = refused(configFile, QStringLiteral("no such file"), {});
    } else {
        error = scanner.readFile(configFile, userFolder, 0);
    }
    if (error)
        return failure(std::move(*error));
    return scanner.result;
}

} // namespace taffrail::ssh
