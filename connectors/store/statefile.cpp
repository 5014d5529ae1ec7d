// SPDX-License-Identifier: GPL-3.0-or-later
#include "statefile.h"

#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <QSqlError>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace taffrail {

namespace {

/// SQLITE_CORRUPT and SQLITE_NOTADB; QtSql does not always give a code, so the text counts too.
bool isDamage(const QSqlError &error)
{
    const int code = error.nativeErrorCode().toInt() & 0xFF;
    const QString text = error.databaseText() + error.driverText();
    return code == 11 || code == 26 || text.contains(QLatin1String("malformed"))
        || text.contains(QLatin1String("not a database"));
}

tl::unexpected<Error> systemError(const QString &path, const QString &step, int code)
{
    const bool denied = code == EACCES || code == EPERM || code == EROFS;
    const bool absent = code == ENOENT || code == ENOTDIR;
    return failure(denied       ? ErrorKind::Denied
                       : absent ? ErrorKind::NotFound
                                : ErrorKind::ToolFailed,
                   step, path, QString::fromLocal8Bit(std::strerror(code)),
                   QStringLiteral("Nothing is remembered until the file and its folder can be written."));
}

} // namespace

Error storeError(const QSqlError &error, const QString &path, const QString &step)
{
    const QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    Error result{ErrorKind::ToolFailed, step, path, text, {}};
    if (isDamage(error)) {
        result.kind = ErrorKind::BadData;
        result.hint = QStringLiteral("It is checked, and replaced if damaged, at the next start.");
    } else if (text.contains(QLatin1String("readonly")) || text.contains(QLatin1String("unable to open"))) {
        result.kind = ErrorKind::Denied;
        result.hint = QStringLiteral("Nothing is remembered until the file and its folder can be written.");
    } else if (text.contains(QLatin1String("locked"))) {
        result.kind = ErrorKind::Busy;
    } else if (text.contains(QLatin1String("full")) || text.contains(QLatin1String("disk I/O"))) {
        result.hint = QStringLiteral("Make room on that disk: nothing is remembered until then.");
    }
    return result;
}

Result<void> makeFile(const QString &path)
{
    const QString folder = QFileInfo(path).absolutePath();
    QStringList missing;
    for (QString each = folder; !QFileInfo::exists(each) && each != QFileInfo(each).path();
         each = QFileInfo(each).path())
        missing.prepend(each);
    for (const QString &each : missing) {
        if (::mkdir(QFile::encodeName(each).constData(), 0700) != 0 && errno != EEXIST)
            return systemError(each, QStringLiteral("create folder"), errno);
    }
    const int file = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return systemError(path, QStringLiteral("open"), errno);
    struct stat facts {};
    if (::fstat(file, &facts) == 0 && facts.st_uid == ::geteuid() && (facts.st_mode & 077) != 0)
        static_cast<void>(::fchmod(file, 0600));
    ::close(file);
    return {};
}

QString moveAside(const QString &path, const QDateTime &now)
{
    const QString stem
        = QStringLiteral("%1.damaged-%2").arg(path, now.toUTC().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'")));
    QString aside = stem;
    for (int i = 2; QFileInfo::exists(aside); ++i)
        aside = QStringLiteral("%1-%2").arg(stem).arg(i);
    for (const char *suffix : {"", "-wal", "-shm"})
        QFile::rename(path + QLatin1String(suffix), aside + QLatin1String(suffix));
    return aside;
}

Result<void> openOrSetAside(const QString &path, const QDateTime &now, const std::function<Result<void>()> &open,
                            const std::function<void(const QString &why, const QString &aside)> &moved)
{
    if (const Result<void> made = makeFile(path); !made)
        return made;
    QLockFile lock(path + QStringLiteral(".lock"));
    lock.setStaleLockTime(0);
    static_cast<void>(lock.tryLock(5'000));
    const Result<void> ready = open();
    if (ready || ready.error().kind != ErrorKind::BadData)
        return ready;
    moved(ready.error().text, moveAside(path, now));
    if (const Result<void> made = makeFile(path); !made)
        return made;
    return open();
}

} // namespace taffrail
