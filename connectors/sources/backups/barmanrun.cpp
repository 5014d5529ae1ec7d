// SPDX-License-Identifier: GPL-3.0-or-later
#include "barmanrun.h"

#include "text.h"

namespace taffrail::sources {

using nlohmann::json;

BackupSet barmanSet(const QString &server)
{
    BackupSet set;
    set.source = QStringLiteral("barman");
    set.repository = server.isEmpty() ? QString() : QStringLiteral("server %1").arg(server);
    return set;
}

QString problemOfBarmanMessage(const QByteArray &text)
{
    if (text.contains("Unknown server"))
        return QStringLiteral("unknown_server");
    if (text.contains("Unknown backup") || text.contains("does not exist for server")
        || text.contains("No available backups"))
        return QStringLiteral("backup_not_found");
    if (text.contains("Another backup process is running") || text.contains("is in progress")
        || text.contains("Another action is in progress"))
        return QStringLiteral("locked");
    if (text.contains("could not connect to server") || text.contains("Connection refused"))
        return QStringLiteral("server_down");
    return QStringLiteral("repo_error");
}

std::optional<BackupSet> failedBarmanRun(const Captured &captured, const json &document)
{
    QStringList errors;
    for (const json &line : arrayOf(member(document, "_ERROR")))
        errors.append(textOf(line, 300));
    const bool isJson = document.is_object();
    if (errors.isEmpty() && !isJson) {
        for (const QByteArray &text : {captured.reply.out, captured.reply.err}) {
            for (const QByteArray &line : text.split('\n')) {
                if (line.startsWith("ERROR:") || line.startsWith("CRITICAL:") || line.startsWith("EXCEPTION:"))
                    errors.append(sanitizedLine(line, 300));
            }
        }
    }
    if (errors.isEmpty() && captured.reply.exitCode != 0 && captured.reply.out.trimmed().isEmpty())
        errors.append(captured.reply.err.trimmed().isEmpty()
                          ? QStringLiteral("barman ended with exit code %1").arg(captured.reply.exitCode)
                          : firstLine(captured.reply.err));
    if (errors.isEmpty())
        return std::nullopt;
    BackupSet set = barmanSet({});
    const QString problem = problemOfBarmanMessage(errors.join(QLatin1Char('\n')).toUtf8());
    setProblem(set, problem);
    if (problem == QLatin1String("unknown_server") || problem == QLatin1String("backup_not_found"))
        set.assessment.count = 0;
    set.notes = errors;
    return set;
}

const json &firstBarmanServer(const json &document, QString &server)
{
    static const json nothing;
    if (!document.is_object())
        return nothing;
    for (auto item = document.begin(); item != document.end(); ++item) {
        if (!item.key().empty() && item.key()[0] != '_') {
            server = sanitizedLine(QByteArray::fromStdString(item.key()), 80);
            return item.value();
        }
    }
    return nothing;
}

} // namespace taffrail::sources
