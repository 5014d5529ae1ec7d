// SPDX-License-Identifier: GPL-3.0-or-later
#include "knownhostsfile.h"

#include "knownhosts.h"

#include <QCryptographicHash>
#include <QFile>
#include <QMessageAuthenticationCode>
#include <QRandomGenerator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace taffrail::ssh {

namespace {

constexpr qint64 maxFileBytes = 256 * 1024 * 1024;
constexpr int maxProblems = 100;
constexpr int maxCachedNames = 20'000;

/// Key types that OpenSSH 9 reads in known_hosts; a line with another type is skipped by it as well.
constexpr std::array<const char *, 8> keyTypes{"ssh-ed25519",
                                               "ecdsa-sha2-nistp256",
                                               "ecdsa-sha2-nistp384",
                                               "ecdsa-sha2-nistp521",
                                               "ssh-rsa",
                                               "ssh-dss",
                                               "sk-ssh-ed25519@openssh.com",
                                               "sk-ecdsa-sha2-nistp256@openssh.com"};

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

/// Cuts the first blank-separated word off `text`.
QByteArray takeWord(QByteArray &text)
{
    qsizetype start = 0;
    while (start < text.size() && isBlank(text[start]))
        ++start;
    qsizetype end = start;
    while (end < text.size() && !isBlank(text[end]))
        ++end;
    QByteArray word = text.mid(start, end - start);
    text.remove(0, end);
    return word;
}

/// * and ? as in OpenSSH patterns, without recursion, so that no pattern takes exponential time.
bool matchesPattern(const char *pattern, const char *patternEnd, const char *text, const char *textEnd)
{
    const char *star = nullptr;
    const char *retry = nullptr;
    while (text < textEnd) {
        if (pattern < patternEnd && *pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (pattern < patternEnd && (*pattern == '?' || *pattern == *text)) {
            ++pattern;
            ++text;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < patternEnd && *pattern == '*')
        ++pattern;
    return pattern == patternEnd;
}

bool matchesList(const QByteArray &list, const QByteArray &name)
{
    bool found = false;
    const char *end = list.constData() + list.size();
    for (const char *start = list.constData(); start < end;) {
        const char *comma = std::find(start, end, ',');
        const bool negated = start < comma && *start == '!';
        if (matchesPattern(start + (negated ? 1 : 0), comma, name.constData(), name.constData() + name.size())) {
            if (negated)
                return false;
            found = true;
        }
        start = comma < end ? comma + 1 : end;
    }
    return found;
}

struct HashedField {
    QByteArray salt, digest;
};

/// "|1|salt|hmac" → its parts; an empty salt when it is not one.
HashedField parseHashed(const QByteArray &field)
{
    const QList<QByteArray> parts = field.split('|');
    if (parts.size() != 4 || parts[1] != "1")
        return {};
    const auto salt = QByteArray::fromBase64Encoding(parts[2], QByteArray::AbortOnBase64DecodingErrors);
    const auto digest = QByteArray::fromBase64Encoding(parts[3], QByteArray::AbortOnBase64DecodingErrors);
    if (!salt || !digest || (*salt).size() != 20 || (*digest).size() != 20)
        return {};
    return {*salt, *digest};
}

/// Reads a regular file whole; a missing file or anything that is not a regular file is empty.
QByteArray readRegular(int fd, qint64 size)
{
    QByteArray bytes(qsizetype(size), Qt::Uninitialized);
    qint64 done = 0;
    while (done < size) {
        const ssize_t got = ::read(fd, bytes.data() + done, size_t(size - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += got;
    }
    bytes.truncate(qsizetype(done));
    return bytes;
}

} // namespace

KnownHostsFile::KnownHostsFile(QString path) : m_path(std::move(path)) {}

void KnownHostsFile::report(int number, const QString &why)
{
    if (m_problems.size() < maxProblems)
        m_problems << (number > 0 ? QStringLiteral("%1:%2: %3").arg(m_path, QString::number(number), why)
                                  : QStringLiteral("%1: %2").arg(m_path, why));
}

void KnownHostsFile::refresh()
{
    // O_NONBLOCK: a pipe named as known_hosts must not stop the network thread
    const int fd = ::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const int openError = errno;
    struct stat status {};
    const bool usable = fd >= 0 && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    Stamp stamp;
    if (usable)
        stamp = {qint64(status.st_dev), qint64(status.st_ino), qint64(status.st_size),
                 qint64(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
    if (stamp != m_stamp || !usable) {
        m_stamp = stamp;
        load(usable && stamp.size <= maxFileBytes ? readRegular(fd, stamp.size) : QByteArray());
        if (fd < 0 && openError != ENOENT && openError != ENOTDIR)
            report(0, QString::fromLocal8Bit(strerror(openError)));
        if (stamp.size > maxFileBytes)
            report(0, QStringLiteral("larger than 256 MiB, not read"));
        if (usable && (status.st_mode & 022) != 0)
            report(0, QStringLiteral("writable by others; run: chmod go-w %1").arg(m_path));
    }
    if (fd >= 0)
        ::close(fd);
}

void KnownHostsFile::load(const QByteArray &bytes)
{
    m_lines.clear();
    m_exact.clear();
    m_byKey.clear();
    m_patterns.clear();
    m_hashed.clear();
    m_hashedMatches.clear();
    m_problems.clear();
    int number = 0;
    for (qsizetype start = 0; start < bytes.size();) {
        qsizetype end = bytes.indexOf('\n', start);
        if (end < 0)
            end = bytes.size();
        addLine(++number, bytes.mid(start, end - start));
        start = end + 1;
    }
}

void KnownHostsFile::addLine(int number, const QByteArray &text)
{
    QByteArray rest = text.endsWith('\r') ? text.chopped(1) : text;
    KnownLine line;
    line.number = number;
    QByteArray word = takeWord(rest);
    if (word.isEmpty() || word.startsWith('#'))
        return;
    if (word.startsWith('@')) {
        if (word == "@revoked")
            line.marker = KnownLine::Marker::Revoked;
        else if (word == "@cert-authority")
            line.marker = KnownLine::Marker::Authority;
        else
            return report(number, QStringLiteral("unknown marker, line skipped"));
        word = takeWord(rest);
    }
    if (text.contains('\0'))
        return report(number, QStringLiteral("NUL byte, line skipped"));
    line.hosts = word.startsWith('|') ? word : word.toLower();
    if (word.startsWith('|') && parseHashed(word).salt.isEmpty())
        return report(number, QStringLiteral("malformed hashed host name, line skipped"));
    line.keyType = takeWord(rest);
    if (std::ranges::none_of(keyTypes, [&](const char *type) { return line.keyType == type; }))
        return report(number, QStringLiteral("unknown or missing key type, line skipped"));
    const auto blob = QByteArray::fromBase64Encoding(takeWord(rest), QByteArray::AbortOnBase64DecodingErrors);
    if (!blob || keyTypeOf(*blob) != line.keyType)
        return report(number, QStringLiteral("malformed key, line skipped"));
    line.blob = *blob;
    m_lines.push_back(std::move(line));
    indexLast();
}

void KnownHostsFile::indexLast()
{
    const int index = int(m_lines.size()) - 1;
    const KnownLine &line = m_lines.back();
    m_byKey[line.blob].push_back(index);
    if (line.hosts.startsWith('|')) {
        m_hashed.push_back(index);
    } else if (std::ranges::any_of(line.hosts, [](char c) { return c == '*' || c == '?' || c == '!'; })) {
        m_patterns.push_back(index);
    } else {
        for (const QByteArray &name : line.hosts.split(',')) {
            std::vector<int> &lines = m_exact[name];
            if (lines.empty() || lines.back() != index)
                lines.push_back(index);
        }
    }
}

bool KnownHostsFile::matches(const KnownLine &line, const QByteArray &name)
{
    if (!line.hosts.startsWith('|'))
        return matchesList(line.hosts, name);
    const HashedField field = parseHashed(line.hosts);
    return QMessageAuthenticationCode::hash(name, field.salt, QCryptographicHash::Sha1) == field.digest;
}

std::vector<const KnownLine *> KnownHostsFile::linesOf(const QByteArray &name) const
{
    std::vector<int> found = m_exact.value(name);
    std::ranges::copy_if(m_patterns, std::back_inserter(found),
                         [&](int index) { return matches(m_lines[size_t(index)], name); });
    if (!m_hashed.empty()) {
        auto cached = m_hashedMatches.find(name);
        if (cached == m_hashedMatches.end()) {
            std::vector<int> matching;
            std::ranges::copy_if(m_hashed, std::back_inserter(matching),
                                 [&](int index) { return matches(m_lines[size_t(index)], name); });
            if (m_hashedMatches.size() >= maxCachedNames)
                m_hashedMatches.clear();
            cached = m_hashedMatches.insert(name, matching);
        }
        found.insert(found.end(), cached->begin(), cached->end());
    }
    std::ranges::sort(found);
    std::vector<const KnownLine *> lines;
    lines.reserve(found.size());
    for (const int index : found)
        lines.push_back(&m_lines[size_t(index)]);
    return lines;
}

std::vector<const KnownLine *> KnownHostsFile::linesWithKey(const QByteArray &blob) const
{
    std::vector<const KnownLine *> lines;
    const auto found = m_byKey.constFind(blob);
    if (found == m_byKey.constEnd())
        return lines;
    for (const int index : *found)
        lines.push_back(&m_lines[size_t(index)]);
    return lines;
}

QByteArray hashedHostField(const QByteArray &name)
{
    std::array<quint32, 5> words{};
    QRandomGenerator::system()->fillRange(words.data(), qsizetype(words.size()));
    const QByteArray salt(reinterpret_cast<const char *>(words.data()), 20);
    return "|1|" + salt.toBase64() + '|'
        + QMessageAuthenticationCode::hash(name, salt, QCryptographicHash::Sha1).toBase64();
}

} // namespace taffrail::ssh
