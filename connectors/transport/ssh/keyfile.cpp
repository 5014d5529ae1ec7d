// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyfile.h"

#include "identity.h"
#include "secret.h"
#include "sshwire.h"
#include "text.h"

#include <QFile>
#include <QHash>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

namespace taffrail::ssh {

namespace {

constexpr qint64 maxKeyBytes = 256 * 1024;
constexpr quint64 noEnd = std::numeric_limits<quint64>::max();

auto badKey(const QString &path, const QString &text, const QString &hint = {})
{
    return failure(ErrorKind::BadConfig, QStringLiteral("key file"), path, text, hint);
}

struct OpensshHead {
    QByteArray cipher, publicBlob;
};

/// What "-----BEGIN OPENSSH PRIVATE KEY-----" says before its private part; nothing for another format.
std::optional<OpensshHead> opensshHead(const QByteArray &text)
{
    const QByteArray begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const qsizetype start = text.indexOf(begin);
    const qsizetype end = text.indexOf("-----END OPENSSH PRIVATE KEY-----", start + 1);
    if (start < 0 || end < start + begin.size())
        return {};
    const qsizetype bodyStart = start + begin.size();
    QByteArray body = QByteArray::fromBase64(QByteArray::fromRawData(text.constData() + bodyStart, end - bodyStart));
    const WipeGuard wiped(body);
    const QByteArray magic("openssh-key-v1\0", 15);
    if (!body.startsWith(magic))
        return {};
    WireReader reader(QByteArrayView(body).sliced(magic.size()));
    OpensshHead head;
    head.cipher = reader.string().value_or(QByteArray());
    reader.string(); // key derivation
    reader.string(); // its options
    if (reader.number() == 1U)
        head.publicBlob = reader.string().value_or(QByteArray());
    return head;
}

/// How many fields the public key has between nonce and serial in a certificate of this type; 0 = not a known type.
int publicFieldCount(const QByteArray &plainType)
{
    static const QHash<QByteArray, int> counts{{"ssh-ed25519", 1},
                                               {"ssh-rsa", 2},
                                               {"ssh-dss", 4},
                                               {"ecdsa-sha2-nistp256", 2},
                                               {"ecdsa-sha2-nistp384", 2},
                                               {"ecdsa-sha2-nistp521", 2},
                                               {"sk-ssh-ed25519@openssh.com", 2},
                                               {"sk-ecdsa-sha2-nistp256@openssh.com", 3}};
    return counts.value(plainType, 0);
}

} // namespace

Result<QByteArray> readPrivateKeyFile(const QString &path)
{
    const int fd
        = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        const int error = errno;
        if (error == ELOOP)
            return badKey(path, QStringLiteral("is a symbolic link"), QStringLiteral("Name the key file itself."));
        return failure(error == ENOENT || error == ENOTDIR ? ErrorKind::NotFound : ErrorKind::BadConfig,
                       QStringLiteral("key file"), path, QString::fromLocal8Bit(strerror(error)));
    }
    QFile file;
    struct stat status {};
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle) || ::fstat(fd, &status) != 0)
        return badKey(path, QStringLiteral("cannot be read"));
    if (!S_ISREG(status.st_mode))
        return badKey(path, QStringLiteral("is not a regular file"));
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return badKey(path, QStringLiteral("belongs to another user"));
    if ((status.st_mode & 077) != 0)
        return badKey(path,
                      QStringLiteral("can be used by others (mode %1)").arg(QString::number(status.st_mode & 0777, 8)),
                      QStringLiteral("Run: chmod 600 '%1'").arg(path));
    if (status.st_size > maxKeyBytes)
        return badKey(path, QStringLiteral("is too large for a private key"));
    QByteArray text(qsizetype(status.st_size), '\0'); // one buffer, so that one wipe clears every copy
    const qint64 got = file.read(text.data(), text.size());
    if (got < 0)
        return badKey(path, file.errorString());
    text.truncate(qsizetype(got));
    return text;
}

QByteArray readPublicFile(const QString &path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    QFile file;
    struct stat status {};
    if (fd < 0 || !file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle) || ::fstat(fd, &status) != 0
        || !S_ISREG(status.st_mode))
        return {};
    return file.read(64 * 1024);
}

bool isEncryptedKey(const QByteArray &text)
{
    if (const auto head = opensshHead(text))
        return head->cipher != "none";
    return text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED");
}

QByteArray embeddedPublicBlob(const QByteArray &text)
{
    const auto head = opensshHead(text);
    return head ? head->publicBlob : QByteArray();
}

QByteArray publicBlobOf(const QByteArray &line)
{
    const QList<QByteArray> words = line.simplified().split(' ');
    if (words.size() < 2)
        return {};
    const auto blob = QByteArray::fromBase64Encoding(words[1], QByteArray::AbortOnBase64DecodingErrors);
    return blob && WireReader(*blob).string() == words[0] ? *blob : QByteArray();
}

std::optional<Certificate> parseCertificate(const QByteArray &blob)
{
    const QByteArray suffix = "-cert-v01@openssh.com";
    WireReader reader(blob);
    QByteArray type = reader.string().value_or(QByteArray());
    if (!type.endsWith(suffix))
        return {};
    type.chop(suffix.size());
    const bool isSecurityKey = type.startsWith("sk-");
    if (isSecurityKey)
        type += "@openssh.com";
    const int fields = publicFieldCount(type);
    if (fields == 0 || !reader.string()) // the nonce
        return {};
    Certificate certificate;
    certificate.plainBlob = wireString(type);
    for (int i = 0; i < fields; ++i)
        certificate.plainBlob += wireString(reader.string().value_or(QByteArray()));
    reader.longNumber(); // serial
    certificate.isUser = reader.number() == 1U;
    reader.string(); // key id
    reader.string(); // principals
    const auto after = reader.longNumber();
    const auto before = reader.longNumber();
    if (!after || !before)
        return {};
    certificate.validAfter = *after;
    certificate.validBefore = *before;
    return certificate;
}

QByteArray plainBlobOf(const QByteArray &blob)
{
    const auto certificate = parseCertificate(blob);
    return certificate ? certificate->plainBlob : blob;
}

std::optional<QString> certificateFault(const Certificate &certificate, const QDateTime &now)
{
    const auto seconds = quint64(std::max<qint64>(0, now.toSecsSinceEpoch()));
    const auto timeText = [](quint64 at) { return rfc3339(QDateTime::fromSecsSinceEpoch(qint64(at), Qt::UTC)); };
    if (!certificate.isUser)
        return QStringLiteral("the certificate is a host's, not a user's");
    if (certificate.validBefore != noEnd && seconds >= certificate.validBefore)
        return QStringLiteral("the certificate expired at %1").arg(timeText(certificate.validBefore));
    if (seconds < certificate.validAfter)
        return QStringLiteral("the certificate is not valid before %1").arg(timeText(certificate.validAfter));
    return {};
}

QDateTime certificateExpiry(const QByteArray &certificateBlob)
{
    const auto certificate = parseCertificate(certificateBlob);
    // beyond the year 9999 it is as good as for ever
    if (!certificate || certificate->validBefore > 253'402'300'799ULL)
        return {};
    return QDateTime::fromSecsSinceEpoch(qint64(certificate->validBefore), Qt::UTC);
}

} // namespace taffrail::ssh
