// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "probe.h"
#include "registry.h"

#include <QFile>
#include <QTest>

/// What the tests of health sources share: captured files, replies made from them, and looking up a check.
namespace taffrail::tests {

using Answer = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>;

inline QByteArray captured(const QString &name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/health/data/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline QDateTime sampleTime()
{
    return QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC);
}

inline sources::Reply answer(const QString &name, const QString &subject, const Answer &value)
{
    sources::Reply reply;
    reply.name = name;
    reply.subject = subject;
    reply.at = sampleTime();
    reply.took = std::chrono::milliseconds(200);
    reply.result = value;
    return reply;
}

inline sources::Reply refusal(const QString &name, const QString &subject, ErrorKind kind, const QString &text)
{
    sources::Reply reply;
    reply.name = name;
    reply.subject = subject;
    reply.at = sampleTime();
    reply.result = failure(kind, QStringLiteral("query"), subject, text);
    return reply;
}

inline const HealthCheck *find(const HealthReport &report, const char *code, const QString &subject = {})
{
    for (const HealthCheck &check : report.checks) {
        if (check.code == QLatin1String(code) && check.subject == subject)
            return &check;
    }
    return nullptr;
}

/// "critical: its text", or "none" when there is no such check.
inline QString said(const HealthReport &report, const char *code, const QString &subject = {})
{
    const HealthCheck *check = find(report, code, subject);
    return check ? statusWord(check->status) + QStringLiteral(": ") + check->text : QStringLiteral("none");
}

inline QString statusOf(const HealthReport &report, const char *code, const QString &subject = {})
{
    const HealthCheck *check = find(report, code, subject);
    return check ? statusWord(check->status) : QStringLiteral("none");
}

} // namespace taffrail::tests
