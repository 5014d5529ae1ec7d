// SPDX-License-Identifier: GPL-3.0-or-later
#include "flywayfiles.h"

#include "crc32.h"

#include <QRegularExpression>
#include <QStringDecoder>

namespace taffrail::sources::migrations {

namespace {

struct FileName {
    char kind = '\0'; ///< V, U, R, B; 0 = not one of Flyway's
    QByteArray version, description;
};

// The default prefixes, separator and suffix. In a version "_" means ".".
FileName fileName(const QByteArray &name)
{
    static const QRegularExpression versioned(QStringLiteral("^([VUB])([0-9]+(?:[._][0-9]+)*)__(.*)\\.sql$"));
    static const QRegularExpression repeatable(QStringLiteral("^R__(.*)\\.sql$"));
    const QString text = QString::fromUtf8(name);
    FileName result;
    if (const auto match = versioned.match(text); match.hasMatch()) {
        result.kind = match.captured(1).front().toLatin1();
        result.version = match.captured(2).toLatin1().replace('_', '.');
        result.description = match.captured(3).toUtf8();
    } else if (const auto again = repeatable.match(text); again.hasMatch()) {
        result.kind = 'R';
        result.description = again.captured(1).toUtf8();
    }
    result.description.replace('_', ' ');
    return result;
}

bool isUtf8(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    static_cast<void>(QString(decoder(bytes)));
    return !decoder.hasError();
}

QByteArray withoutMark(const QByteArray &content)
{
    return content.startsWith("\xEF\xBB\xBF") ? content.mid(3) : content;
}

} // namespace

FlywayVersion::FlywayVersion(const QByteArray &text)
{
    QByteArray dotted = text;
    dotted.replace('_', '.');
    m_parts = dotted.split('.');
    for (QByteArray &part : m_parts) {
        while (part.startsWith('0'))
            part.remove(0, 1);
    }
    while (!m_parts.isEmpty() && m_parts.back().isEmpty())
        m_parts.removeLast();
}

std::strong_ordering FlywayVersion::operator<=>(const FlywayVersion &other) const
{
    for (qsizetype i = 0; i < std::max(m_parts.size(), other.m_parts.size()); ++i) {
        const QByteArray left = m_parts.value(i);
        const QByteArray right = other.m_parts.value(i);
        if (left.size() != right.size())
            return left.size() <=> right.size();
        if (const int order = left.compare(right); order != 0)
            return order <=> 0;
    }
    return std::strong_ordering::equal;
}

bool isFlywayFile(const FileRoot &, const MigrationFile &file)
{
    return fileName(file.name()).kind != '\0';
}

FlywayFiles flywayFiles(const std::vector<RootedFile> &files)
{
    FlywayFiles result;
    for (const RootedFile &rooted : files) {
        const FileName name = fileName(rooted.file->name());
        if (name.kind == 'V') {
            const auto [place, isNew] = result.versioned.try_emplace(
                FlywayVersion(name.version), FlywayFiles::Versioned{name.version, name.description, rooted.file});
            if (!isNew && place->second.file->name() != rooted.file->name())
                result.twice << QString::fromLatin1(name.version);
        } else if (name.kind == 'U') {
            result.undo.try_emplace(FlywayVersion(name.version), rooted.file);
        } else if (name.kind == 'R') {
            result.repeatable.try_emplace(name.description, rooted.file);
        }
    }
    return result;
}

std::optional<qint32> flywayChecksum(const MigrationFile &file)
{
    if (!file.isWhole || !isUtf8(file.content))
        return std::nullopt;
    QByteArray text = withoutMark(file.content);
    text.replace('\r', "").replace('\n', "");
    return static_cast<qint32>(crc32(text));
}

bool differsInLineEndsOnly(const MigrationFile &file, qint32 stored)
{
    if (!file.isWhole)
        return false;
    QByteArray unix = file.content;
    unix.replace("\r\n", "\n").replace('\r', '\n');
    QByteArray windows = unix;
    windows.replace("\n", "\r\n");
    for (const QByteArray &text : {file.content, unix, windows, withoutMark(unix), withoutMark(windows)}) {
        if (static_cast<qint32>(crc32(text)) == stored)
            return true;
    }
    return false;
}

} // namespace taffrail::sources::migrations
