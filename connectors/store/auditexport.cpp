// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditexport.h"

#include "savefile.h"
#include "text.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace taffrail {

namespace {

/// Nothing in it can end the cell, begin markup or load anything.
QByteArray cell(const QString &text)
{
    QString safe = sanitizedLine(text.toUtf8(), 2000);
    for (const char special : {'\\', '|', '`', '*', '_', '<', '>', '[', ']', '!', '&'})
        safe.replace(QLatin1Char(special), QLatin1Char('\\') + QString(QLatin1Char(special)));
    return safe.toUtf8();
}

} // namespace

QByteArray auditJsonLine(const AuditEntry &entry)
{
    const QJsonObject object{{QStringLiteral("seq"), entry.seq},
                             {QStringLiteral("at"), rfc3339(entry.time())},
                             {QStringLiteral("at_us"), QString::number(entry.at)},
                             {QStringLiteral("actor"), entry.actor},
                             {QStringLiteral("app"), entry.app},
                             {QStringLiteral("action"), entry.action},
                             {QStringLiteral("environment"), entry.environment},
                             {QStringLiteral("object"), entry.object},
                             {QStringLiteral("detail"), QString::fromUtf8(entry.detail)},
                             {QStringLiteral("previous"), QString::fromLatin1(entry.previous.toHex())},
                             {QStringLiteral("hash"), QString::fromLatin1(entry.hash.toHex())}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray auditMarkdownHead()
{
    return "| # | Time (UTC) | Who | What | Environment | Object | Detail |\n| --- | --- | --- | --- | --- | --- | --- "
           "|\n";
}

QByteArray auditMarkdownRow(const AuditEntry &entry)
{
    const QJsonObject detail = QJsonDocument::fromJson(entry.detail).object();
    QStringList words;
    for (const char *key : {"reason", "message", "from", "to", "target", "outcome", "trouble"}) {
        const QString value = detail.value(QLatin1String(key)).toString();
        if (!value.isEmpty())
            words << QLatin1String(key) + QStringLiteral(": ") + value;
    }
    QByteArray row = "| " + QByteArray::number(entry.seq) + " | " + entry.time().toString(Qt::ISODate).toUtf8();
    for (const QString &text :
         {entry.actor, entry.action, entry.environment, entry.object, words.join(QStringLiteral("; "))})
        row += " | " + cell(text);
    return row + " |\n";
}

Result<QByteArray> auditText(AuditLog &log, const QString &format, const QString &environment)
{
    const bool isMarkdown = format == QLatin1String("markdown");
    if (!isMarkdown && format != QLatin1String("jsonl"))
        return failure(ErrorKind::Unsupported, QStringLiteral("export"), format,
                       QStringLiteral("the audit is exported as jsonl or markdown"));
    QByteArray text = isMarkdown ? auditMarkdownHead() : QByteArray();
    const auto walked = log.walk([&](const AuditEntry &entry) {
        if (environment.isEmpty() || entry.environment == environment)
            text += isMarkdown ? auditMarkdownRow(entry) : auditJsonLine(entry);
        return true;
    });
    if (!walked)
        return failure(walked.error());
    return text;
}

Result<void> exportedAudit(AuditLog &log, const QString &path, const QString &format)
{
    const Result<QByteArray> text = auditText(log, format);
    if (!text)
        return failure(text.error());
    return saveFile(path, *text);
}

} // namespace taffrail
