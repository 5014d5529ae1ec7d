// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

#include <libpq-fe.h>

#include <chrono>

namespace taffrail::pg {

/// Where a connection attempt ended. All bytes are libpq's own; none of them holds a password.
struct ConnectFailure {
    ConnStatusType phase = CONNECTION_STARTED; ///< the last one seen before it failed
    QByteArray message; ///< PQerrorMessage() under PQERRORS_VERBOSE, so that it carries the SQLSTATE
    bool needsPassword = false;
    bool verifiesName = false;
    QByteArray host, port, user, database;
};

/// What was asked when a statement failed.
struct StatementContext {
    QString subject; ///< database id
    QByteArray user;
    QByteArray sql;
    size_t number = 0; ///< from 1
    size_t count = 0;
    std::chrono::milliseconds statementTimeout{0};
    std::chrono::milliseconds lockTimeout{0};
};

/// The SQLSTATE of the last server message in `message`, or "".
QByteArray sqlStateIn(const QByteArray &message);

Error connectError(const QString &subject, const ConnectFailure &failed);
Error statementError(const StatementContext &context, const PGresult *result);
/// The link broke while statements were on their way. `message` is libpq's.
Error lostError(const QString &subject, const QByteArray &message);

/// `"name"`, quoted as PostgreSQL wants an identifier.
QByteArray quotedIdentifier(const QByteArray &name);
/// "statement 2 of 5 (SELECT count(*) FROM …)"
QString statementName(const StatementContext &context);

} // namespace taffrail::pg
