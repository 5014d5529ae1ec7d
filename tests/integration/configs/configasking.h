// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgfixture.h"
#include "registry.h"

#include <QDebug>
#include <QTest>

/// Asks the config sources that read a database of a real server, as the monitor would.
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

/// Statement by statement, with their parameters, in a read-only session.
inline Replies askWithParameters(const Source &source, const SourceEntry &entry, const QString &dsn)
{
    pqxx::connection connection(
        (dsn + QStringLiteral(" options='-c default_transaction_read_only=on -c statement_timeout=10000'"))
            .toStdString());
    Replies replies;
    for (const Request &request : source.requests(entry, {})) {
        const auto &query = std::get<SqlQuery>(request.what);
        Reply reply;
        reply.name = request.name;
        reply.subject = request.subject;
        try {
            pqxx::nontransaction work(connection);
            std::vector<const char *> values;
            for (const auto &parameter : query.parameters)
                values.push_back(parameter ? parameter->constData() : nullptr);
            reply.result = rowsOf(work.exec_params(query.sql.toStdString(),
                                                   pqxx::prepare::make_dynamic_params(values.begin(), values.end())));
        } catch (const std::exception &error) {
            reply.result
                = failure(ErrorKind::Denied, QStringLiteral("query"), request.subject, QString::fromUtf8(error.what()));
            qInfo().noquote() << request.name << error.what();
        }
        reply.at = QDateTime::currentDateTimeUtc();
        replies.push_back(std::move(reply));
    }
    return replies;
}

inline ConfigSet configsOf(const Source &source, const QString &dsn, const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.id = entry.source = QString::fromLatin1(source.name);
    entry.database = mainDatabase;
    entry.options = options;
    const Replies replies = askWithParameters(source, entry, dsn);
    const Result<Value> value = source.parse(entry, replies, {QDateTime::currentDateTimeUtc(), {}});
    return value ? std::get<ConfigSet>(*value) : ConfigSet();
}

inline const ConfigEntry *entryOf(const ConfigSet &set, const QString &key)
{
    for (const ConfigEntry &entry : set.entries) {
        if (entry.key == key)
            return &entry;
    }
    return nullptr;
}

inline QString valueIn(const ConfigSet &set, const char *key)
{
    const ConfigEntry *entry = entryOf(set, QString::fromUtf8(key));
    return entry ? entry->value : QStringLiteral("(missing)");
}

/// Keys whose value is not the same on both sides.
inline QStringList differences(const ConfigSet &left, const ConfigSet &right)
{
    QStringList keys;
    for (const ConfigEntry &entry : left.entries) {
        const ConfigEntry *other = entryOf(right, entry.key);
        if (!other)
            keys << QLatin1Char('-') + entry.key;
        else if (other->value != entry.value || other->fingerprint != entry.fingerprint)
            keys << entry.key;
    }
    for (const ConfigEntry &entry : right.entries) {
        if (!entryOf(left, entry.key))
            keys << QLatin1Char('+') + entry.key;
    }
    keys.sort();
    return keys;
}

} // namespace taffrail::tests
