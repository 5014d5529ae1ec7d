// SPDX-License-Identifier: GPL-3.0-or-later
#include "configentries.h"

#include "configsecrets.h"
#include "text.h"

#include <QRegularExpression>
#include <QStringDecoder>

namespace taffrail::sources {

void addEntry(ParsedConfig &parsed, const QString &key, const QString &value, int line, ConfigType type,
              const QString &note)
{
    if (qsizetype(parsed.entries.size()) >= mostConfigEntries) {
        parsed.partial = true;
        addNote(parsed, QStringLiteral("only the first %1 entries are shown").arg(mostConfigEntries));
        return;
    }
    ConfigEntry entry;
    entry.line = line;
    entry.key = key;
    entry.value = value;
    entry.type = type;
    entry.note = note;
    parsed.entries.push_back(std::move(entry));
}

void addError(ParsedConfig &parsed, int line, const QString &text)
{
    if (parsed.error)
        return;
    const QString place = line > 0 ? QStringLiteral("line %1: ").arg(line) : QString();
    parsed.error = Error{ErrorKind::BadData, QStringLiteral("parse"), {}, place + text, {}};
}

void addNote(ParsedConfig &parsed, const QString &text)
{
    if (!parsed.notes.contains(text))
        parsed.notes << text;
}

QString exactText(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString whole = decoder(bytes);
    if (!decoder.hasError())
        return whole;
    QString text;
    for (qsizetype at = 0; at < bytes.size();) {
        const auto first = static_cast<unsigned char>(bytes.at(at));
        const qsizetype length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        QStringDecoder piece(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
        const QString character = piece(QByteArrayView(bytes).sliced(at, qMin(length, bytes.size() - at)));
        if (first >= 0x80 && (first < 0xC2 || piece.hasError())) {
            text += QStringLiteral("\\x%1")
                        .arg(first, 2, 16, QLatin1Char('0'))
                        .toUpper()
                        .replace(QLatin1Char('X'), QLatin1Char('x'));
            ++at;
        } else {
            text += character;
            at += length;
        }
    }
    return text;
}

QByteArrayList linesWithoutReturn(const QByteArray &bytes)
{
    QByteArray text = bytes.startsWith("\xEF\xBB\xBF") ? bytes.mid(3) : bytes;
    text.replace('\0', QByteArrayLiteral("\\x00"));
    QByteArrayList lines = text.split('\n');
    for (QByteArray &line : lines) {
        while (line.endsWith('\r'))
            line.chop(1);
    }
    if (!lines.isEmpty() && lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

int conflictLine(const QByteArray &bytes)
{
    int line = 1;
    for (qsizetype at = 0; at >= 0 && at < bytes.size(); ++line) {
        for (const char *mark : {"<<<<<<< ", ">>>>>>> "}) {
            if (QByteArrayView(bytes).sliced(at).startsWith(mark))
                return line;
        }
        const qsizetype next = bytes.indexOf('\n', at);
        at = next < 0 ? -1 : next + 1;
    }
    return 0;
}

void settleShapes(ConfigEntry &entry)
{
    static const QRegularExpression token(QStringLiteral("TFMASK_(?:([0-9a-f]{64})_|short_|none_)"));
    QStringList digests;
    bool isComparable = true, isShort = false;
    for (auto match = token.globalMatch(entry.value); match.hasNext();) {
        const QRegularExpressionMatch found = match.next();
        entry.secret = true;
        isComparable = isComparable && found.hasCaptured(1);
        isShort = isShort || found.capturedView().endsWith(QLatin1String("short_"));
        digests << found.captured(1);
    }
    const bool hadTokens = !digests.isEmpty();
    if (hadTokens)
        entry.fingerprint = isComparable ? digests.join(QLatin1Char(',')) : QString();
    if (isShort && entry.note.isEmpty())
        entry.note = QStringLiteral("too short to be compared");
    entry.value.replace(token, maskMark.toString());
    static const QRegularExpression query(
        QStringLiteral(
            "([?&][\\w.-]{0,64}(?:pass|pwd|secret|token|key|auth|sig|credential)[\\w.-]{0,64}=)[^&#\\s\u2022]+"),
        QRegularExpression::CaseInsensitiveOption);
    QString masked = maskedShapes(entry.value);
    masked.replace(query, QStringLiteral("\\1") + maskMark.toString());
    if (masked != entry.value) { // what the host did not see has no digest, and so the whole cannot be compared
        entry.value = masked;
        entry.secret = true;
        entry.fingerprint.clear();
    }
}

std::optional<Error> shellError(const Reply &reply, const QString &step)
{
    if (const Error *error = reply.error())
        return *error;
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return Error{ErrorKind::Internal, step, reply.subject, QStringLiteral("not the answer of a shell"), {}};
    if (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143)
        return Error{ErrorKind::Timeout, step, reply.subject, QStringLiteral("its time limit passed"), {}};
    if (shell->out.isEmpty() && shell->exitCode == 127)
        return Error{ErrorKind::NotFound, step, reply.subject, QStringLiteral("the tool is not here"), {}};
    if (shell->out.isEmpty() && shell->exitCode != 0) {
        const QString said = redacted(sanitizedLine(shell->err, 300));
        return Error{ErrorKind::ToolFailed,
                     step,
                     reply.subject,
                     said.isEmpty() ? QStringLiteral("it ended with exit code %1").arg(shell->exitCode) : said,
                     {}};
    }
    return std::nullopt;
}

namespace {

void addFailedHost(ConfigSet &set, const QString &host, const Error &error)
{
    ConfigFile file;
    file.host = host;
    file.error = error;
    if (file.error->subject.isEmpty())
        file.error->subject = host;
    set.files.push_back(std::move(file));
    set.notes << QStringLiteral("%1: %2").arg(host, error.text);
}

} // namespace

Result<Value> configSetOfShell(const SourceEntry &entry, const Replies &replies, ConfigParser parse,
                               void (*settle)(ConfigEntry &))
{
    ConfigSet set;
    set.source = entry.source;
    std::optional<Error> first;
    bool isAnswered = false;
    for (const Reply &reply : replies) {
        std::optional<Error> error = shellError(reply, QStringLiteral("read %1").arg(entry.source));
        ParsedConfig parsed;
        if (!error) {
            parsed = parse(reply.as<ShellReply>()->out, entry);
            error = parsed.error;
            isAnswered = isAnswered || !error || !parsed.entries.empty();
        }
        if (error) {
            first = first ? first : error;
            addFailedHost(set, reply.subject, *error);
        }
        for (ConfigEntry &each : parsed.entries) {
            each.host = reply.subject;
            settle(each);
            set.entries.push_back(std::move(each));
        }
        set.partial = set.partial || parsed.partial;
        for (const QString &note : parsed.notes)
            set.notes << (entry.hosts.size() > 1 ? reply.subject + QStringLiteral(": ") + note : note);
    }
    if (!isAnswered)
        return failure(first.value_or(Error{
            ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("there is no answer to read"), {}}));
    return Value(std::move(set));
}

} // namespace taffrail::sources
