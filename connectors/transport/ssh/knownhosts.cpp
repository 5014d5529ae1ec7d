// SPDX-License-Identifier: GPL-3.0-or-later
#include "knownhosts.h"

#include "knownhostsfile.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QMutex>
#include <QtEndian>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace taffrail::ssh {

namespace {

constexpr qsizetype maxKnownAs = 5;
constexpr int lockWaitMs = 5'000;

QString typedFingerprint(const KnownLine &line)
{
    return QString::fromLatin1(line.keyType) + QLatin1Char(' ') + fingerprintOf(line.blob);
}

/// A name that can stand in a host field without meaning something else.
bool isPlainName(const QString &host)
{
    return !host.isEmpty() && host.size() <= 255 && std::ranges::all_of(host, [](QChar c) {
        return c.unicode() > 0x20 && c.unicode() != 0x7f && !QStringLiteral(",*?!|#@[]\"'\\").contains(c);
    });
}

bool writeAll(int fd, const QByteArray &bytes)
{
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t wrote = ::write(fd, bytes.constData() + done, size_t(bytes.size() - done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        done += wrote;
    }
    return true;
}

auto cannotWrite(const QString &path, int error)
{
    return failure(ErrorKind::Denied, QStringLiteral("save host key"), path, QString::fromLocal8Bit(strerror(error)));
}

void syncFolderOf(const QString &path)
{
    const int folder
        = ::open(QFile::encodeName(QFileInfo(path).absolutePath()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    ::fsync(folder);
    ::close(folder);
}

/// Appends one line and syncs it. A short write (full disk) is taken back, so that no half line stays.
Result<bool> appendLine(const QString &path, const QByteArray &line)
{
    const int fd
        = ::open(QFile::encodeName(path).constData(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return cannotWrite(path, errno);
    struct stat status {};
    int error = 0;
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(fd);
        return failure(ErrorKind::BadConfig, QStringLiteral("save host key"), path,
                       QStringLiteral("not a regular file"));
    }
    char last = '\n';
    if (status.st_size > 0 && ::pread(fd, &last, 1, status.st_size - 1) != 1)
        last = 0;
    if (!writeAll(fd, last == '\n' ? line : '\n' + line) || ::fsync(fd) != 0) {
        error = errno;
        if (::ftruncate(fd, status.st_size) == 0)
            ::fsync(fd);
    }
    if (::close(fd) != 0 && error == 0)
        error = errno;
    if (error != 0)
        return cannotWrite(path, error);
    syncFolderOf(path);
    return true;
}

} // namespace

struct KnownHosts::Private {
    std::vector<KnownHostsFile> user, global;
    QMutex mutex;

    void refresh()
    {
        for (auto *group : {&user, &global}) {
            for (KnownHostsFile &file : *group)
                file.refresh();
        }
    }
    bool findRevoked(const QList<QByteArray> &names, const QByteArray &blob, Verdict &verdict) const;
    bool judgeGroup(const std::vector<KnownHostsFile> &group, const QByteArray &name, const QByteArray &blob,
                    Verdict &verdict) const;
    bool findAuthority(const QByteArray &name, Verdict &verdict) const;
    QStringList namesOfKey(const QByteArray &blob) const;
    Verdict judge(const QList<QByteArray> &names, const QByteArray &blob) const;
};

bool KnownHosts::Private::findRevoked(const QList<QByteArray> &names, const QByteArray &blob, Verdict &verdict) const
{
    for (const auto *group : {&user, &global}) {
        for (const KnownHostsFile &file : *group) {
            for (const KnownLine *line : file.linesWithKey(blob)) {
                const bool here = std::ranges::any_of(
                    names, [&](const QByteArray &name) { return KnownHostsFile::matches(*line, name); });
                if (line->marker != KnownLine::Marker::Revoked || !here)
                    continue;
                verdict.kind = Verdict::Kind::Revoked;
                verdict.file = file.path();
                verdict.line = line->number;
                return true;
            }
        }
    }
    return false;
}

bool KnownHosts::Private::judgeGroup(const std::vector<KnownHostsFile> &group, const QByteArray &name,
                                     const QByteArray &blob, Verdict &verdict) const
{
    // by key first: a known host then costs no HMAC over all the hashed lines
    for (const KnownHostsFile &file : group) {
        for (const KnownLine *line : file.linesWithKey(blob)) {
            if (line->marker != KnownLine::Marker::Plain || !KnownHostsFile::matches(*line, name))
                continue;
            verdict.kind = Verdict::Kind::Ok;
            verdict.file = file.path();
            verdict.line = line->number;
            return true;
        }
    }
    for (const KnownHostsFile &file : group) {
        for (const KnownLine *line : file.linesOf(name)) {
            if (line->marker != KnownLine::Marker::Plain)
                continue;
            if (verdict.knownFingerprints.isEmpty()) {
                verdict.kind = Verdict::Kind::Changed;
                verdict.file = file.path();
                verdict.line = line->number;
            }
            const QString known = typedFingerprint(*line);
            if (!verdict.knownFingerprints.contains(known))
                verdict.knownFingerprints << known;
        }
    }
    return !verdict.knownFingerprints.isEmpty();
}

bool KnownHosts::Private::findAuthority(const QByteArray &name, Verdict &verdict) const
{
    for (const auto *group : {&user, &global}) {
        for (const KnownHostsFile &file : *group) {
            for (const KnownLine *line : file.linesOf(name)) {
                if (line->marker != KnownLine::Marker::Authority)
                    continue;
                verdict.kind = Verdict::Kind::CaOnly;
                verdict.file = file.path();
                verdict.line = line->number;
                return true;
            }
        }
    }
    return false;
}

QStringList KnownHosts::Private::namesOfKey(const QByteArray &blob) const
{
    QStringList names;
    for (const auto *group : {&user, &global}) {
        for (const KnownHostsFile &file : *group) {
            for (const KnownLine *line : file.linesWithKey(blob)) {
                const QString name = line->hosts.startsWith('|') ? QStringLiteral("(hashed name)")
                                                                 : QString::fromUtf8(line->hosts.left(200));
                if (line->marker == KnownLine::Marker::Plain && names.size() < maxKnownAs && !names.contains(name))
                    names << name;
            }
        }
    }
    return names;
}

Verdict KnownHosts::Private::judge(const QList<QByteArray> &names, const QByteArray &blob) const
{
    Verdict verdict;
    verdict.fingerprint = fingerprintOf(blob);
    // the user's own files are asked before the global ones: a key that the user knows as changed stays changed
    if (findRevoked(names, blob, verdict) || judgeGroup(user, names.first(), blob, verdict)
        || judgeGroup(global, names.first(), blob, verdict) || findAuthority(names.first(), verdict))
        return verdict;
    verdict.knownAs = namesOfKey(blob);
    return verdict;
}

KnownHosts::KnownHosts(QStringList userFiles, QStringList globalFiles) : d(std::make_unique<Private>())
{
    for (QString &path : userFiles)
        d->user.emplace_back(std::move(path));
    for (QString &path : globalFiles)
        d->global.emplace_back(std::move(path));
}

KnownHosts::~KnownHosts() = default;

Verdict KnownHosts::check(const QString &host, int port, const QString &address, const QByteArray &keyBlob) const
{
    QList<QByteArray> names{knownHostsName(host, port).toUtf8()};
    if (!address.isEmpty())
        names << knownHostsName(address, port).toUtf8();
    const QMutexLocker lock(&d->mutex);
    d->refresh();
    return d->judge(names, keyBlob);
}

QStringList KnownHosts::knownKeyTypes(const QString &host, int port) const
{
    const QByteArray name = knownHostsName(host, port).toUtf8();
    const QMutexLocker lock(&d->mutex);
    d->refresh();
    QStringList types;
    for (const auto *group : {&d->user, &d->global}) {
        for (const KnownHostsFile &file : *group) {
            for (const KnownLine *line : file.linesOf(name)) {
                const QString type = QString::fromLatin1(line->keyType);
                if (line->marker == KnownLine::Marker::Plain && !types.contains(type))
                    types << type;
            }
        }
        if (!types.isEmpty())
            break;
    }
    return types;
}

Result<bool> KnownHosts::add(const QString &host, int port, const QByteArray &keyBlob)
{
    const QString step = QStringLiteral("save host key");
    const QString name = knownHostsName(host, port);
    const QByteArray type = keyTypeOf(keyBlob);
    if (d->user.empty())
        return failure(ErrorKind::BadConfig, step, name, QStringLiteral("no known_hosts file to write to"));
    if (!isPlainName(host) || port < 1 || port > 65535 || type.isEmpty())
        return failure(ErrorKind::BadData, step, name, QStringLiteral("not a host name with a public key"));
    const QString path = d->user.front().path();
    const QFileInfo folder(QFileInfo(path).absolutePath());
    if (!folder.exists()
        && (!QDir().mkpath(QFileInfo(folder.filePath()).absolutePath())
            || ::mkdir(QFile::encodeName(folder.filePath()).constData(), 0700) != 0))
        return cannotWrite(folder.filePath(), errno);
    QLockFile fileLock(path + QStringLiteral(".taffrail.lock"));
    if (!fileLock.tryLock(lockWaitMs))
        return failure(fileLock.error() == QLockFile::PermissionError ? ErrorKind::Denied : ErrorKind::Busy, step, path,
                       QStringLiteral("the lock file cannot be taken"),
                       QStringLiteral("Look at %1.taffrail.lock").arg(path));
    const QMutexLocker lock(&d->mutex);
    d->refresh(); // under the lock: another console may have added it meanwhile
    const Verdict verdict = d->judge({name.toUtf8()}, keyBlob);
    if (verdict.kind == Verdict::Kind::Ok)
        return false;
    if (verdict.kind == Verdict::Kind::Changed || verdict.kind == Verdict::Kind::Revoked)
        return failure(hostKeyError(verdict, name, host, port));
    const QByteArray field = d->user.front().hasHashedLines() ? hashedHostField(name.toUtf8()) : name.toUtf8();
    return appendLine(path, field + ' ' + type + ' ' + keyBlob.toBase64() + '\n');
}

QStringList KnownHosts::problems() const
{
    const QMutexLocker lock(&d->mutex);
    d->refresh();
    QStringList all;
    for (const auto *group : {&d->user, &d->global}) {
        for (const KnownHostsFile &file : *group)
            all << file.problems();
    }
    return all.mid(0, 100);
}

QString fingerprintOf(const QByteArray &keyBlob)
{
    return QStringLiteral("SHA256:")
        + QString::fromLatin1(QCryptographicHash::hash(keyBlob, QCryptographicHash::Sha256)
                                  .toBase64(QByteArray::Base64Encoding | QByteArray::OmitTrailingEquals));
}

QByteArray keyTypeOf(const QByteArray &keyBlob)
{
    // a key is a row of length-prefixed fields (RFC 4253 6.6), the first one its type; nothing may be left over
    QByteArray type;
    int fields = 0;
    for (qsizetype at = 0; at < keyBlob.size(); ++fields) {
        if (keyBlob.size() - at < 4)
            return {};
        const qsizetype length = qFromBigEndian<quint32>(keyBlob.constData() + at);
        if (length > keyBlob.size() - at - 4)
            return {};
        if (fields == 0)
            type = keyBlob.mid(4, length);
        at += 4 + length;
    }
    return fields >= 2 ? type : QByteArray();
}

QString knownHostsName(const QString &host, int port)
{
    const QString lower = host.toLower();
    return port == 22 || port == 0 ? lower : QStringLiteral("[%1]:%2").arg(lower, QString::number(port));
}

Error hostKeyError(const Verdict &verdict, const QString &reached, const QString &host, int port)
{
    const QString step = QStringLiteral("host key");
    const QString name = knownHostsName(host, port);
    const QString place = QStringLiteral("%1:%2").arg(verdict.file, QString::number(verdict.line));
    switch (verdict.kind) {
    case Verdict::Kind::Changed:
        return {ErrorKind::HostKeyChanged, step, reached,
                QStringLiteral("the host shows another key than the known one: it shows %1, known is %2 (%3)")
                    .arg(verdict.fingerprint, verdict.knownFingerprints.join(QStringLiteral(", ")), place),
                QStringLiteral(
                    "Somebody may be listening in. Ask who runs the host whether its key was changed; only then remove "
                    "the old one: ssh-keygen -R '%1' -f '%2'")
                    .arg(name, verdict.file)};
    case Verdict::Kind::Revoked:
        return {ErrorKind::HostKeyRevoked, step, reached,
                QStringLiteral("the key %1 is marked as revoked (%2)").arg(verdict.fingerprint, place),
                QStringLiteral("Do not trust this host; ask who runs it for its new key.")};
    case Verdict::Kind::CaOnly:
        return {ErrorKind::HostKeyUnknown, step, reached,
                QStringLiteral(
                    "the host is known by a certificate authority only (%1), which is not supported; it shows %2")
                    .arg(place, verdict.fingerprint),
                QStringLiteral("CA-signed hosts need a pinned fingerprint here: set \"host_key\" in the inventory.")};
    case Verdict::Kind::Ok:
    case Verdict::Kind::Unknown: break;
    }
    QString text = QStringLiteral("nothing is known of the host's key %1").arg(verdict.fingerprint);
    if (!verdict.knownAs.isEmpty())
        text += QStringLiteral("; the same key is known as %1").arg(verdict.knownAs.join(QStringLiteral("; ")));
    return {
        ErrorKind::HostKeyUnknown, step, reached, text,
        QStringLiteral(
            "Compare it on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then accept it in the "
            "window, set \"host_key\" in the inventory, or use --accept-new-host-keys (not for production).")};
}

} // namespace taffrail::ssh
