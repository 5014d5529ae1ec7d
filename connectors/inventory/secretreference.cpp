// SPDX-License-Identifier: GPL-3.0-or-later
#include "secretreference.h"

#include "secret.h"
#include "secretcommand.h"

#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTimer>

#include <qt6keychain/keychain.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace taffrail::inventory {

namespace {

constexpr qint64 maxSecretBytes = 64 * 1024;

auto secretError(ErrorKind kind, const QString &subject, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("read secret"), subject, text, hint);
}

QString expandedHome(const QString &path)
{
    return path.startsWith(QLatin1String("~/")) ? QDir::homePath() + path.mid(1) : path;
}

/// One line end at the end is not part of a secret; a NUL cannot be passed on, and nothing is no secret.
Result<QByteArray> asSecret(QByteArray bytes, const QString &subject, bool cutNewline)
{
    if (cutNewline && bytes.endsWith('\n'))
        bytes.chop(bytes.endsWith("\r\n") ? 2 : 1);
    if (bytes.isEmpty())
        return secretError(ErrorKind::BadData, subject, QStringLiteral("the secret is empty"));
    if (bytes.contains('\0')) {
        wipe(bytes);
        return secretError(ErrorKind::BadData, subject, QStringLiteral("the secret contains a NUL byte"));
    }
    return bytes;
}

Result<QByteArray> fromEnvironment(const QString &name, const QString &subject)
{
    const QByteArray key = name.toLocal8Bit();
    if (!qEnvironmentVariableIsSet(key.constData()))
        return secretError(ErrorKind::NotFound, subject, QStringLiteral("the environment variable is not set"),
                           QStringLiteral("Set %1 before starting Taffrail.").arg(name));
    return asSecret(qgetenv(key.constData()), subject, false);
}

Result<QByteArray> fromFile(const QString &path, const QString &subject)
{
    const int fd
        = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP)
        return secretError(ErrorKind::BadConfig, subject, QStringLiteral("is a symbolic link"),
                           QStringLiteral("Name the file itself."));
    if (fd < 0)
        return secretError(errno == ENOENT || errno == ENOTDIR ? ErrorKind::NotFound : ErrorKind::Denied, subject,
                           QString::fromLocal8Bit(strerror(errno)));
    QFile file;
    struct stat status {};
    if (!file.open(fd, QIODevice::ReadOnly | QIODevice::Unbuffered, QFileDevice::AutoCloseHandle)
        || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return secretError(ErrorKind::BadConfig, subject, QStringLiteral("is not a regular file"));
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return secretError(ErrorKind::BadConfig, subject, QStringLiteral("belongs to another user"));
    if ((status.st_mode & 077) != 0)
        return secretError(
            ErrorKind::BadConfig, subject,
            QStringLiteral("can be used by others (mode %1)").arg(QString::number(status.st_mode & 0777, 8)),
            QStringLiteral("Run: chmod 600 '%1'").arg(path));
    if (status.st_size > maxSecretBytes)
        return secretError(ErrorKind::TooLarge, subject, QStringLiteral("more than 64 KiB"));
    QByteArray bytes(qsizetype(status.st_size), '\0'); // one buffer, so that one wipe clears every copy
    const qint64 got = file.read(bytes.data(), bytes.size());
    if (got < 0)
        return secretError(ErrorKind::Denied, subject, file.errorString());
    bytes.truncate(qsizetype(got));
    return asSecret(std::move(bytes), subject, true);
}

Result<QByteArray> fromCommand(const QString &command, const QString &subject, std::chrono::milliseconds limit)
{
    QStringList words = QProcess::splitCommand(command);
    if (words.isEmpty())
        return secretError(ErrorKind::BadConfig, subject, QStringLiteral("names no program"));
    words.first() = expandedHome(words.first());
    Result<QByteArray> printed = secretFromProgram(subject, words, limit);
    if (!printed)
        return printed;
    return asSecret(std::move(*printed), subject, true);
}

ErrorKind kindOf(QKeychain::Error error)
{
    switch (error) {
    case QKeychain::EntryNotFound: return ErrorKind::NotFound;
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser: return ErrorKind::Denied;
    default: return ErrorKind::Unsupported;
    }
}

/// The job needs an event loop of this thread; it is a worker's, never the window's.
Result<QByteArray> fromKeychain(const QString &name, const QString &subject, std::chrono::milliseconds limit)
{
    const QString service = name.section(QLatin1Char('/'), 0, 0);
    const QString key = name.section(QLatin1Char('/'), 1);
    QKeychain::ReadPasswordJob job(service);
    job.setAutoDelete(false);
    job.setInsecureFallback(false);
    job.setKey(key);
    QEventLoop loop;
    bool isDone = false;
    QObject::connect(&job, &QKeychain::Job::finished, &loop, [&] {
        isDone = true;
        loop.quit();
    });
    QTimer::singleShot(limit, &loop, &QEventLoop::quit);
    job.start();
    if (!isDone)
        loop.exec();
    if (!isDone)
        return secretError(ErrorKind::Timeout, subject, QStringLiteral("the keychain gave no answer"),
                           QStringLiteral("Unlock it, or use another reference."));
    if (job.error() != QKeychain::NoError)
        return secretError(kindOf(job.error()), subject, QStringLiteral("the keychain says: %1").arg(job.errorString()),
                           QStringLiteral("Store it there, or use prompt, env:, file: or command: instead."));
    return asSecret(job.binaryData(), subject, false);
}

} // namespace

bool isSecretReference(const QString &text)
{
    static const QRegularExpression form(
        QStringLiteral("^(env:[A-Za-z_][A-Za-z0-9_]*|file:(/|~/).+|command:(/|~/).+|keychain:[^/]+/.+|prompt)\\z"));
    return form.match(text).hasMatch();
}

Result<QByteArray> resolveSecret(const QString &reference, std::chrono::milliseconds limit)
{
    if (!isSecretReference(reference)) // the text is not repeated: it may be the secret itself
        return secretError(
            ErrorKind::BadConfig, QStringLiteral("password"), QStringLiteral("is not a reference to a secret"),
            QStringLiteral("Use env:NAME, file:/PATH, command:/PROGRAM ARGS, keychain:SERVICE/KEY or prompt."));
    const QString kind = reference.section(QLatin1Char(':'), 0, 0);
    const QString rest = reference.section(QLatin1Char(':'), 1);
    if (kind == QLatin1String("env"))
        return fromEnvironment(rest, reference);
    if (kind == QLatin1String("file"))
        return fromFile(expandedHome(rest), reference);
    if (kind == QLatin1String("command")) // arguments are not repeated in errors, only the program
        return fromCommand(rest, QStringLiteral("command:") + QProcess::splitCommand(rest).value(0), limit);
    if (kind == QLatin1String("keychain"))
        return fromKeychain(rest, reference, limit);
    return secretError(ErrorKind::AnswerNeeded, reference, QStringLiteral("the password must be asked of a person"),
                       QStringLiteral("Open the console's window, or use env:, file:, command: or keychain:."));
}

} // namespace taffrail::inventory
