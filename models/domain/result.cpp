// SPDX-License-Identifier: GPL-3.0-or-later
#include "result.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<ErrorKind, 21> words{{
    {ErrorKind::Cancelled, "cancelled"},
    {ErrorKind::Timeout, "timeout"},
    {ErrorKind::Unreachable, "unreachable"},
    {ErrorKind::NameNotFound, "name-not-found"},
    {ErrorKind::ConnectionLost, "connection-lost"},
    {ErrorKind::HostKeyUnknown, "host-key-unknown"},
    {ErrorKind::HostKeyChanged, "host-key-changed"},
    {ErrorKind::HostKeyRevoked, "host-key-revoked"},
    {ErrorKind::CertificateRefused, "certificate-refused"},
    {ErrorKind::AuthRefused, "auth-refused"},
    {ErrorKind::AnswerNeeded, "answer-needed"},
    {ErrorKind::Denied, "denied"},
    {ErrorKind::NotFound, "not-found"},
    {ErrorKind::BadConfig, "bad-config"},
    {ErrorKind::BadData, "bad-data"},
    {ErrorKind::TooLarge, "too-large"},
    {ErrorKind::Busy, "busy"},
    {ErrorKind::ToolFailed, "tool-failed"},
    {ErrorKind::Unsupported, "unsupported"},
    {ErrorKind::OutcomeUnknown, "outcome-unknown"},
    {ErrorKind::Internal, "internal"},
}};

} // namespace

QString errorKindWord(ErrorKind kind)
{
    return wordOf(words, kind);
}

ErrorKind errorKindFromWord(const QString &word)
{
    return valueOf(words, word, ErrorKind::Internal);
}

QString sentence(const Error &error)
{
    QString line;
    if (!error.subject.isEmpty())
        line += error.subject + QStringLiteral(": ");
    if (!error.step.isEmpty())
        line += error.step + QStringLiteral(" failed: ");
    line += error.text.isEmpty() ? errorKindWord(error.kind) : error.text;
    if (!error.hint.isEmpty()) {
        if (!line.endsWith(QLatin1Char('.')))
            line += QLatin1Char('.');
        line += QLatin1Char(' ') + error.hint;
    }
    return line;
}

} // namespace taffrail
