// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgfixture.h"
#include "posixshell.h"
#include "registry.h"

namespace taffrail::tests {

/// Runs one statement of a source as a read-only session does; an error becomes a value.
inline Result<sources::SqlReply> runQuery(pqxx::connection &connection, const sources::SqlQuery &query)
{
    try {
        pqxx::read_transaction transaction(connection);
        std::vector<std::string> parameters; // these sources pass no NULL
        for (const std::optional<QByteArray> &parameter : query.parameters)
            parameters.push_back(parameter->toStdString());
        const pqxx::result result
            = transaction.exec_params(query.sql.toStdString(), pqxx::prepare::make_dynamic_params(parameters));
        sources::SqlReply reply;
        for (int column = 0; column < int(result.columns()); ++column)
            reply.columns.append(result.column_name(column));
        for (const pqxx::row &row : result) {
            std::vector<std::optional<QByteArray>> cells;
            for (const pqxx::field &field : row)
                cells.push_back(field.is_null() ? std::nullopt : std::optional<QByteArray>(field.c_str()));
            reply.rows.push_back(cells);
        }
        return reply;
    } catch (const pqxx::insufficient_privilege &error) {
        return failure(ErrorKind::Denied, QStringLiteral("query"), QStringLiteral("main"),
                       QString::fromUtf8(error.what()));
    } catch (const std::exception &error) {
        return failure(ErrorKind::ToolFailed, QStringLiteral("query"), QStringLiteral("main"),
                       QString::fromUtf8(error.what()));
    }
}

/// Asks a source all its rounds: SQL over this connection, shell parts on this machine.
inline sources::Replies askAll(const sources::Source &source, const SourceEntry &entry, pqxx::connection &connection)
{
    sources::Replies replies;
    for (int round = 0; round < 4; ++round) {
        const std::vector<sources::Request> asked = source.requests(entry, replies);
        if (asked.empty())
            break;
        for (const sources::Request &request : asked) {
            sources::Reply reply;
            reply.name = request.name;
            reply.subject = request.subject;
            if (const auto *query = std::get_if<sources::SqlQuery>(&request.what)) {
                const Result<sources::SqlReply> answer = runQuery(connection, *query);
                if (answer)
                    reply.result
                        = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>(
                            *answer);
                else
                    reply.result = failure(answer.error());
            } else {
                reply = replyFrom(request.subject, runShell(std::get<sources::ShellPart>(request.what).script),
                                  request.name);
            }
            replies.push_back(reply);
        }
    }
    return replies;
}

inline Result<Value> readMigrations(const sources::Source &source, const SourceEntry &entry,
                                    pqxx::connection &connection)
{
    return source.parse(entry, askAll(source, entry, connection), {});
}

inline SourceEntry migrationsEntry(const QString &files = {})
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("auto");
    entry.pane = PaneKind::Migrations;
    entry.database = QStringLiteral("main");
    if (!files.isEmpty())
        entry.options.insert(
            QStringLiteral("files"),
            QVariantMap{{QStringLiteral("host"), QStringLiteral("web1")}, {QStringLiteral("path"), files}});
    return entry;
}

} // namespace taffrail::tests
