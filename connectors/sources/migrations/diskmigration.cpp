// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskmigration.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <cctype>

namespace taffrail::sources::migrations {

namespace {

bool isWordByte(char byte)
{
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || static_cast<unsigned char>(byte) > 127;
}

/// Past a string in single quotes or a quoted name that begins at `at`.
qsizetype pastQuotes(const QByteArray &sql, qsizetype at)
{
    const qsizetype end = sql.indexOf(sql[at], at + 1);
    return end < 0 ? sql.size() : end + 1;
}

/// Past a dollar-quoted string that begins at `at`, or `at` when none does.
qsizetype pastDollars(const QByteArray &sql, qsizetype at)
{
    qsizetype end = at + 1;
    while (end < sql.size() && isWordByte(sql[end]))
        ++end;
    if (end >= sql.size() || sql[end] != '$' || (end > at + 1 && std::isdigit(static_cast<unsigned char>(sql[at + 1]))))
        return at;
    const QByteArray tag = sql.mid(at, end - at + 1);
    const qsizetype close = sql.indexOf(tag, end + 1);
    return close < 0 ? sql.size() : close + tag.size();
}

qsizetype pastBlockComment(const QByteArray &sql, qsizetype at)
{
    int depth = 0;
    while (at < sql.size()) {
        if (sql.mid(at, 2) == "/*") {
            ++depth;
            at += 2;
        } else if (sql.mid(at, 2) == "*/") {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            ++at;
        }
    }
    return at;
}

qsizetype lineEnd(const QByteArray &text, qsizetype at)
{
    const qsizetype end = text.indexOf('\n', at);
    return end < 0 ? text.size() : end;
}

/// Past a comment or a string of a language with braces; `at` when there is none.
qsizetype pastBracedToken(const QByteArray &code, qsizetype at, bool &isComment)
{
    const char byte = code[at];
    isComment = true;
    if (byte == '/' && at + 1 < code.size() && code[at + 1] == '/')
        return lineEnd(code, at);
    if (byte == '#' && (at + 1 >= code.size() || code[at + 1] != '[')) // #[…] is an attribute in PHP
        return lineEnd(code, at);
    if (byte == '/' && at + 1 < code.size() && code[at + 1] == '*') {
        const qsizetype end = code.indexOf("*/", at + 2);
        return end < 0 ? code.size() : end + 2;
    }
    isComment = false;
    if (byte != '"' && byte != '\'' && byte != '`')
        return at;
    for (qsizetype end = at + 1; end < code.size(); ++end) {
        if (code[end] == '\\')
            ++end;
        else if (code[end] == byte)
            return end + 1;
    }
    return code.size();
}

} // namespace

std::vector<FoundFile> filesFitting(const Roots &roots, bool (*fits)(const FileRoot &root, const MigrationFile &file))
{
    std::vector<FoundFile> found;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            if (fits(*root, file))
                found.push_back({root, &file});
        }
    }
    return found;
}

void takeSql(DiskMigration &disk, const MigrationFile &file)
{
    disk.file = &file;
    if (file.isWhole)
        disk.sql = file.content;
}

void takeDownText(DiskMigration &disk, const std::optional<QByteArray> &text, const QString &what)
{
    disk.down.reset();
    if (!text) {
        disk.reversible = Reversible::No;
        disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; ")) + QStringLiteral("no %1").arg(what);
    } else if (!hasStatements(*text)) {
        disk.reversible = Reversible::No;
        disk.note
            += (disk.note.isEmpty() ? QString() : QStringLiteral("; ")) + QStringLiteral("its %1 is empty").arg(what);
    } else {
        disk.reversible = Reversible::Yes;
        disk.down = *text;
    }
}

void takeDown(DiskMigration &disk, const MigrationFile *file, const QString &what)
{
    if (file && !file->isWhole)
        disk.reversible = file->isRead ? Reversible::Yes : Reversible::Unknown; // long text is not empty
    else
        takeDownText(disk, file ? std::optional<QByteArray>(file->content) : std::nullopt, what);
}

void takeCode(DiskMigration &disk, const QString &what)
{
    disk.sql.reset();
    disk.opaque = what;
}

QByteArray withoutComments(const QByteArray &sql)
{
    QByteArray bare;
    for (qsizetype at = 0; at < sql.size();) {
        qsizetype end = at + 1;
        bool isKept = true;
        if (sql[at] == '-' && at + 1 < sql.size() && sql[at + 1] == '-') {
            end = lineEnd(sql, at);
            isKept = false;
        } else if (sql[at] == '/' && at + 1 < sql.size() && sql[at + 1] == '*') {
            end = pastBlockComment(sql, at);
            isKept = false;
        } else if (sql[at] == '\'' || sql[at] == '"') {
            end = pastQuotes(sql, at);
        } else if (sql[at] == '$' && (at == 0 || !isWordByte(sql[at - 1]))) {
            end = std::max(end, pastDollars(sql, at));
        }
        if (isKept)
            bare += sql.mid(at, end - at);
        else
            bare += ' ';
        at = end;
    }
    return bare;
}

bool hasStatements(const QByteArray &sql)
{
    static const QByteArrayList frames{"",
                                       "begin",
                                       "begin work",
                                       "begin transaction",
                                       "start transaction",
                                       "commit",
                                       "commit work",
                                       "end",
                                       "commit transaction",
                                       "rollback",
                                       "end transaction"};
    for (const QByteArray &statement : withoutComments(sql).replace("\xEF\xBB\xBF", "").split(';')) {
        if (!frames.contains(statement.simplified().toLower()))
            return true;
    }
    return false;
}

Sections sectionsOf(const QByteArray &content, const char *marker)
{
    const QRegularExpression shape(QLatin1String(marker), QRegularExpression::CaseInsensitiveOption);
    Sections sections;
    std::optional<QByteArray> *current = nullptr;
    int number = 0;
    for (qsizetype at = 0; at < content.size();) {
        const qsizetype end = lineEnd(content, at);
        const QByteArray line = content.mid(at, end - at);
        at = end + 1;
        ++number;
        const auto match = line.contains("--") && line.size() < 500 ? shape.match(QString::fromUtf8(line))
                                                                    : QRegularExpressionMatch();
        const QString word = match.hasMatch() ? match.captured(1).toLower() : QString();
        if (word == QLatin1String("up") || word == QLatin1String("down")) {
            current = word == QLatin1String("up") ? &sections.up : &sections.down;
            if (!*current) {
                *current = QByteArray();
                if (current == &sections.up) {
                    sections.upLine = number + 1;
                    sections.options = match.captured(2).trimmed().toUtf8();
                }
            }
            continue;
        }
        if (current)
            **current += line + '\n';
    }
    return sections;
}

bool isAllDigits(const QByteArray &text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](char byte) { return byte >= '0' && byte <= '9'; });
}

QByteArray plainNumber(const QByteArray &digits)
{
    if (!isAllDigits(digits))
        return digits;
    qsizetype zeros = 0;
    while (zeros + 1 < digits.size() && digits[zeros] == '0')
        ++zeros;
    return digits.mid(zeros);
}

bool numberBefore(const QByteArray &left, const QByteArray &right)
{
    const bool isLeft = isAllDigits(left), isRight = isAllDigits(right);
    if (isLeft != isRight)
        return isLeft;
    if (!isLeft)
        return left < right;
    const QByteArray a = plainNumber(left), b = plainNumber(right);
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool textBefore(const QByteArray &left, const QByteArray &right)
{
    return left < right;
}

QByteArray placeOf(const FileRoot &root, const MigrationFile &file)
{
    return '/' + root.rootParent() + '/' + root.rootName() + '/' + file.folder() + '/';
}

bool isMarkedForAnother(const MigrationFile &file, const char *own)
{
    static constexpr const char *marks[] = {"-- +goose up",          "-- migrate:up",          "-- +migrate up",
                                            "--liquibase formatted", "-- liquibase formatted", "--! previous:"};
    const QByteArray head = file.content.left(4096).toLower();
    return std::ranges::any_of(marks, [&](const char *mark) { return qstrcmp(mark, own) != 0 && head.contains(mark); });
}

std::vector<QByteArray> withOtherLineEnds(const QByteArray &content)
{
    QByteArray unixEnds = content;
    unixEnds.replace("\r\n", "\n");
    QByteArray windows = unixEnds;
    windows.replace("\n", "\r\n");
    std::vector<QByteArray> others;
    for (const QByteArray &text : {unixEnds, windows}) {
        if (text != content)
            others.push_back(text);
    }
    return others;
}

std::optional<QByteArray> bracedBody(const QByteArray &content, const char *start)
{
    const QByteArray code = withoutBracedComments(content);
    const QRegularExpression shape(QLatin1String(start), QRegularExpression::CaseInsensitiveOption);
    const auto match = shape.match(QString::fromLatin1(code)); // one character per byte
    if (!match.hasMatch())
        return std::nullopt;
    const qsizetype open = code.indexOf('{', match.capturedEnd());
    const qsizetype semicolon = code.indexOf(';', match.capturedEnd());
    if (open < 0 || (semicolon >= 0 && semicolon < open))
        return std::nullopt;
    int depth = 0;
    for (qsizetype at = open; at < code.size(); ++at) {
        bool isComment = false;
        if (const qsizetype past = pastBracedToken(code, at, isComment); past > at) {
            at = past - 1;
            continue;
        }
        if (code[at] == '{')
            ++depth;
        else if (code[at] == '}' && --depth == 0)
            return code.mid(open + 1, at - open - 1);
    }
    return std::nullopt;
}

QByteArray withoutBracedComments(const QByteArray &code)
{
    QByteArray bare;
    for (qsizetype at = 0; at < code.size();) {
        bool isComment = false;
        const qsizetype past = pastBracedToken(code, at, isComment);
        if (past == at) {
            bare += code[at++];
            continue;
        }
        bare += isComment ? QByteArray(" ") : code.mid(at, past - at);
        at = past;
    }
    return bare;
}

} // namespace taffrail::sources::migrations
