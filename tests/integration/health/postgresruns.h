// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgfixture.h"
#include "registry.h"

#include <QDebug>

/// Asks the sources that read a database of a real server, as the monitor would.
namespace taffrail::tests {

using namespace sources;

inline const QString mainDatabase = QStringLiteral("main");

inline SqlReply rowsOf(const pqxx::result &result)
{
    SqlReply reply;
    for (int column = 0; column < int(result.columns()); ++column)
        reply.columns.append(result.column_name(column));
    for (const auto &row : result) {
        std::vector<std::optional<QByteArray>> cells;
        for (const auto &field : row)
            cells.push_back(field.is_null() ? std::nullopt : std::optional<QByteArray>(field.c_str()));
        reply.rows.push_back(std::move(cells));
    }
    return reply;
}

/// Asks everything the source wants, as the monitor would: statement by statement, each with its own verdict.
inline Replies ask(const Source &source, const SourceEntry &entry, const QString &dsn)
{
    pqxx::connection connection(
        (dsn + QStringLiteral(" options='-c default_transaction_read_only=on -c statement_timeout=2000'"))
            .toStdString());
    Replies replies;
    for (int round = 0; round < 4; ++round) {
        const std::vector<Request> requests = source.requests(entry, replies);
        if (requests.empty())
            break;
        for (const Request &request : requests) {
            Reply reply;
            reply.name = request.name;
            reply.subject = request.subject;
            try {
                pqxx::nontransaction work(connection);
                reply.result = rowsOf(work.exec(std::get<SqlQuery>(request.what).sql.toStdString()));
            } catch (const std::exception &error) {
                reply.result = failure(ErrorKind::Denied, QStringLiteral("query"), request.subject,
                                       QString::fromUtf8(error.what()));
            }
            reply.at = QDateTime::currentDateTimeUtc();
            replies.push_back(std::move(reply));
        }
    }
    return replies;
}

inline HealthReport healthOf(const QString &dsn, const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.database = mainDatabase;
    entry.options = options;
    const Replies replies = ask(postgresHealthSource, entry, dsn);
    for (const Reply &reply : replies) {
        if (reply.error())
            qInfo().noquote() << reply.name << reply.error()->text;
    }
    const Result<Value> value = postgresHealthSource.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}});
    return value ? std::get<HealthReport>(*value) : HealthReport();
}

inline QString statusOf(const HealthReport &report, const char *code, const QString &subject = {})
{
    for (const HealthCheck &check : report.checks) {
        if (check.code == QLatin1String(code) && check.subject == subject)
            return statusWord(check.status);
    }
    return QStringLiteral("none");
}

inline const HealthCheck *checkOf(const HealthReport &report, const char *code, const QString &subject = {})
{
    for (const HealthCheck &check : report.checks) {
        if (check.code == QLatin1String(code) && check.subject == subject)
            return &check;
    }
    return nullptr;
}

} // namespace taffrail::tests
