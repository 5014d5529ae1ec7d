// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresview.h"
#include "registry.h"

#include "text.h"

#include <algorithm>
#include <cmath>

namespace taffrail::sources {

QByteArray cellText(const SqlReply &reply, size_t row, const QByteArray &column)
{
    const QByteArray *cell = reply.cell(row, column);
    return cell ? *cell : QByteArray();
}

QString cellLine(const SqlReply &reply, size_t row, const QByteArray &column, int limit)
{
    return sanitizedLine(cellText(reply, row, column), limit);
}

std::optional<double> cellNumber(const SqlReply &reply, size_t row, const QByteArray &column)
{
    const QByteArray *cell = reply.cell(row, column);
    return cell ? numberOf(*cell) : std::nullopt;
}

bool cellTrue(const SqlReply &reply, size_t row, const QByteArray &column)
{
    const QByteArray text = cellText(reply, row, column);
    return text == "t" || text == "true" || text == "on";
}

QString spanText(double seconds)
{
    return ageText(std::chrono::seconds(qint64(std::clamp(seconds, 0.0, 1e10))));
}

const SqlReply *PostgresView::rows(const char *part) const
{
    const Reply *reply = replyOf(replies, QString::fromLatin1(part), database);
    return reply ? reply->as<SqlReply>() : nullptr;
}

void PostgresView::add(const char *code, const QString &subject, Status status, const QString &text) const
{
    add(makeCheck(code, subject, database, status, text));
}

void PostgresView::add(const char *code, const QString &subject, Status status, const QString &text, double value,
                       const char *unit, std::optional<Limits> limits) const
{
    add(makeCheck(code, subject, database, status, text, value, unit, limits));
}

void PostgresView::count(const QString &name, const SqlReply &reply, size_t row, const QByteArray &column) const
{
    if (const std::optional<double> value = cellNumber(reply, row, column))
        report.counters.insert(name, *value);
}

namespace {

std::vector<Request> postgresRequests(const SourceEntry &entry, const Replies &soFar)
{
    const auto ask = [&](const PostgresPart &part, Lane lane = Lane::Fast) {
        return Request{QString::fromLatin1(part.name), entry.database, SqlQuery{part.sql, {}}, lane};
    };
    const auto isAsked = [&](const PostgresPart &part) {
        return replyOf(soFar, QString::fromLatin1(part.name), entry.database) != nullptr;
    };
    std::vector<Request> requests;
    if (soFar.empty()) {
        for (const PostgresPart &part : postgresParts())
            requests.push_back(ask(part));
        for (const PostgresPart &part : postgresSlowParts())
            requests.push_back(ask(part, Lane::Slow));
        return requests;
    }
    // Before 17 the view does not exist, and asking would write an error into the server's log.
    const Reply *session = replyOf(soFar, QStringLiteral("session"), entry.database);
    const SqlReply *rows = session ? session->as<SqlReply>() : nullptr;
    const bool isNew = rows && cellNumber(*rows, 0, "version_num").value_or(0) >= 170000;
    if (isNew && !isAsked(checkpointerPart()))
        requests.push_back(ask(checkpointerPart()));
    if (rows && cellTrue(*rows, 0, "sees_hba") && !isAsked(hbaPart()))
        requests.push_back(ask(hbaPart(), Lane::Slow));
    if (rows && cellTrue(*rows, 0, "sees_files") && !isAsked(filesPart()))
        requests.push_back(ask(filesPart(), Lane::Slow));
    return requests;
}

/// What a refused connection says of the server. Empty when it says nothing of its health.
std::optional<HealthCheck> factOfRefusal(const Error &error, const QString &database)
{
    const QString &text = error.text;
    if (text.contains(QLatin1String("too many clients already"))
        || text.contains(QLatin1String("remaining connection slots are reserved")))
        return makeCheck("postgres.connections", {}, database, Status::Critical,
                         QStringLiteral("the server is up, but all connections are taken"));
    for (const char *state : {"starting up", "shutting down", "in recovery mode", "not yet accepting connections"}) {
        if (text.contains(QStringLiteral("the database system is %1").arg(QLatin1String(state))))
            return makeCheck("postgres.up", {}, database, Status::Warning,
                             QStringLiteral("the server is %1").arg(QLatin1String(state)));
    }
    return std::nullopt;
}

void readSession(PostgresView &view, const SourceEntry &, const Reply &reply, const SqlReply &rows)
{
    HealthReport &report = view.report;
    report.version = cellLine(rows, 0, "version", 60);
    report.epoch = cellLine(rows, 0, "started", 60);
    view.version = int(std::clamp(cellNumber(rows, 0, "version_num").value_or(0), 0.0, 1e9));
    view.inRecovery = cellTrue(rows, 0, "in_recovery");
    if (const QString role = cellLine(rows, 0, "role"); !role.isEmpty())
        view.role = role;
    view.seesEverything = rows.column("sees_stats") < 0 || cellTrue(rows, 0, "sees_stats");
    view.add("postgres.session", {}, view.seesEverything ? Status::Ok : Status::Notice,
             QStringLiteral("PostgreSQL %1, %2, up since %3")
                 .arg(report.version, view.inRecovery ? QStringLiteral("standby") : QStringLiteral("primary"),
                      report.epoch.left(19)));
    if (!view.seesEverything) {
        report.checks.back().text += QStringLiteral("; this role sees only its own sessions");
        report.checks.back().hint = QString::fromLatin1(monitorHint);
    }
    const std::optional<double> now = cellNumber(rows, 0, "now_s");
    if (!now || !reply.at.isValid())
        return;
    const double took = double(reply.took.count()) / 1000.0;
    report.clockOffsetSeconds = *now - (double(reply.at.toMSecsSinceEpoch()) / 1000.0 - took / 2);
    report.clockErrorSeconds = took / 2 + 0.01;
    const double sure = std::max(0.0, std::abs(*report.clockOffsetSeconds) - report.clockErrorSeconds);
    const Limits limits = limitsOf(view.entry, "clock", {30, 60});
    const Status status = sure > limits.warning ? Status::Warning : sure > 2 ? Status::Notice : Status::Ok;
    view.add("postgres.clock", {}, status,
             sure > 2 ? QStringLiteral("its clock is %1 s off ours").arg(oneDigit(*report.clockOffsetSeconds))
                      : QStringLiteral("its clock agrees with ours"),
             *report.clockOffsetSeconds, "s", limits);
}

/// A statement that failed makes its own check unknown, with the right that it needs.
void addFailures(const PostgresView &view)
{
    for (const Reply &reply : view.replies) {
        const Error *error = reply.error();
        if (!error)
            continue;
        const char *code = "postgres.session";
        for (const auto *parts : {&postgresParts(), &postgresSlowParts()}) {
            for (const PostgresPart &part : *parts)
                code = reply.name == QLatin1String(part.name) ? part.code : code;
        }
        for (const PostgresPart *part : {&checkpointerPart(), &hbaPart(), &filesPart()})
            code = reply.name == QLatin1String(part->name) ? part->code : code;
        const bool isDenied
            = error->kind == ErrorKind::Denied || error->text.contains(QLatin1String("permission denied"));
        const QString hint = isDenied && error->hint.isEmpty() ? QString::fromLatin1(monitorHint) : error->hint;
        view.add(unknownCheck(code, {}, view.database, error->text.isEmpty() ? errorKindWord(error->kind) : error->text,
                              hint));
    }
}

Result<Value> parsePostgres(const SourceEntry &entry, const Replies &replies, const Context &)
{
    HealthReport report;
    report.source = QStringLiteral("postgres");
    const Reply *answered = nullptr;
    const Error *firstError = nullptr;
    for (const Reply &reply : replies) {
        answered = !answered && reply.as<SqlReply>() ? &reply : answered;
        firstError = firstError ? firstError : reply.error();
    }
    if (!answered) {
        if (!firstError)
            return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                           QStringLiteral("there is no answer to read"));
        const std::optional<HealthCheck> fact = factOfRefusal(*firstError, entry.database);
        if (!fact)
            return failure(*firstError);
        report.checks.push_back(*fact);
        return Value(std::move(report));
    }
    PostgresView view{entry, replies, answered->subject, report};
    const Reply *session = replyOf(replies, QStringLiteral("session"), view.database);
    if (const SqlReply *rows = session ? session->as<SqlReply>() : nullptr; rows && !rows->rows.empty())
        readSession(view, entry, *session, *rows);
    readConnections(view);
    readTransactions(view);
    readHorizon(view);
    readBlocking(view);
    readPrepared(view);
    readReplication(view);
    readReceiver(view);
    readSlots(view);
    readWraparound(view);
    readVacuum(view);
    readCheckpoints(view);
    readDatabases(view);
    readSettings(view);
    readWal(view);
    readCatalog(view);
    readHba(view);
    readFileSettings(view);
    addFailures(view);
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source postgresHealthSource{
    PaneKind::Health,
    "postgres",
    "PostgreSQL",
    false,
    true,
    {
        {"standbys", "array", false, "application names of standbys that must stream",
         R"("items":{"type":"string","minLength":1})"},
        {"limits", "object", false,
         "own limits: connections, transaction, idle_in_transaction, horizon, blocked, prepared, replication_bytes, "
         "replication_s, standby_s, slot_bytes, wraparound, clock, sequence, foreign_key_bytes",
         R"("additionalProperties":{"type":"object","properties":{"warning":{"type":"number"},"critical":{"type":"number"}},"additionalProperties":false})"},
    },
    {"session",      "connections", "states",    "transactions", "horizon",    "blocking",  "prepared",
     "replication",  "sync",        "receiver",  "slots",        "wraparound", "vacuum",    "writer",
     "checkpointer", "databases",   "settings",  "wal",          "invalid",    "duplicate", "unused",
     "foreign_keys", "constraints", "sequences", "extensions",   "encryption", "hba",       "file_settings"},
    postgresRequests,
    parsePostgres,
    nullptr,
    "pg_monitor; missing rights are named with the GRANT that mends them",
};

} // namespace taffrail::sources
