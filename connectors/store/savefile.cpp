// SPDX-License-Identifier: GPL-3.0-or-later
#include "savefile.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace taffrail {

namespace {

/// A descriptor that is closed when it goes out of sight.
class Descriptor {
public:
    explicit Descriptor(int number) : m_number(number) {}
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { close(); }
    int number() const { return m_number; }
    bool isOpen() const { return m_number >= 0; }
    bool close()
    {
        const int number = m_number;
        m_number = -1;
        return number < 0 || ::close(number) == 0;
    }

private:
    int m_number;
};

tl::unexpected<Error> failed(const QString &path, const char *step, int code)
{
    ErrorKind kind = ErrorKind::ToolFailed;
    QString hint;
    if (code == EACCES || code == EPERM || code == EROFS)
        kind = ErrorKind::Denied;
    else if (code == ENOENT || code == ENOTDIR)
        kind = ErrorKind::NotFound;
    else if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        hint = QStringLiteral("Make room there, then try again. The old file is untouched.");
    return failure(kind, QString::fromLatin1(step), path, QString::fromLocal8Bit(std::strerror(code)), hint);
}

bool writeAll(int descriptor, const QByteArray &bytes)
{
    qsizetype done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::write(descriptor, bytes.constData() + done, size_t(bytes.size() - done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            if (count == 0)
                errno = ENOSPC;
            return false;
        }
        done += count;
    }
    return true;
}

void keepOwner(const QByteArray &target, int descriptor)
{
    struct stat old {};
    if (::stat(target.constData(), &old) == 0 && (old.st_uid != ::geteuid() || old.st_gid != ::getegid())) {
        if (::fchown(descriptor, old.st_uid, old.st_gid) != 0)
            errno = 0; // only root may give files away; then the new one is ours
    }
}

} // namespace

Result<void> saveFile(const QString &path, const QByteArray &bytes, unsigned mode)
{
    const QFileInfo info(path);
    const QString wanted = info.isSymLink() && info.exists() ? info.canonicalFilePath() : info.absoluteFilePath();
    const QString folder = QFileInfo(wanted).absolutePath();
    const QByteArray target = QFile::encodeName(wanted);
    const QByteArray draft = QFile::encodeName(
        QStringLiteral("%1/.%2.%3")
            .arg(folder, QFileInfo(wanted).fileName(), QString::number(QRandomGenerator::system()->generate64(), 36)));

    Descriptor file(::open(draft.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.isOpen())
        return failed(path, "create", errno);
    keepOwner(target, file.number());
    const bool isWritten = ::fchmod(file.number(), mode_t(mode & 07777U)) == 0 && writeAll(file.number(), bytes)
        && ::fsync(file.number()) == 0 && file.close() && std::rename(draft.constData(), target.constData()) == 0;
    if (!isWritten) {
        const int code = errno;
        ::unlink(draft.constData());
        return failed(path, "write", code);
    }
    const Descriptor directory(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.isOpen() && ::fsync(directory.number()) != 0 && errno != EINVAL && errno != ENOTSUP)
        return failed(path, "sync", errno);
    return {};
}

} // namespace taffrail
