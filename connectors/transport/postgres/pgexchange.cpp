// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgexchange.h"

#include "pgerrors.h"
#include "text.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace taffrail::pg {

namespace {

/// libpq flushes at each sync of a pipeline, which would be a packet and a wake-up of the server per statement. Corked,
/// they leave together. Does nothing on a unix socket.
class Cork {
public:
    explicit Cork(int descriptor) : m_descriptor(descriptor) { set(1); }
    ~Cork() { set(0); }
    Q_DISABLE_COPY_MOVE(Cork)

private:
    void set(int on) const { setsockopt(m_descriptor, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)); }
    int m_descriptor;
};

struct ResultDeleter {
    void operator()(PGresult *result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

constexpr const char *settingsSql
    = "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)";
/// A server that computes for a console that is gone does so for nobody: since 14 it can look (in milliseconds).
constexpr const char *presenceSql = "SELECT set_config('client_connection_check_interval', '2000', false)";
constexpr const char *basicsSql = "SELECT current_setting('server_version_num'), pg_is_in_recovery(), current_user,"
                                  " current_setting('default_transaction_read_only')";
constexpr const char *systemIdSql = "SELECT system_identifier FROM pg_control_system()";
/// USAGE is what the statistics views ask for; MEMBER alone (a role without INHERIT) does not open them.
constexpr const char *rightsSql
    = "SELECT pg_has_role('pg_monitor', 'USAGE'), pg_has_role('pg_monitor', 'MEMBER'), current_user";

/// What a kept cell costs beside its bytes, so that many empty ones count too.
constexpr qint64 cellBytes = 32;

QByteArray cellText(const PGresult *result, int column)
{
    return PQntuples(result) > 0 && column < PQnfields(result)
        ? QByteArray(PQgetvalue(result, 0, column), PQgetlength(result, 0, column))
        : QByteArray();
}

QStringList missingGrants(const PGresult *result, int serverVersion)
{
    if (cellText(result, 0) == "t")
        return {};
    const QString user = QString::fromUtf8(quotedIdentifier(cellText(result, 2)));
    if (cellText(result, 1) != "t")
        return {QStringLiteral("GRANT pg_monitor TO %1;").arg(user)};
    return {serverVersion >= 160000 ? QStringLiteral("GRANT pg_monitor TO %1 WITH INHERIT TRUE;").arg(user)
                                    : QStringLiteral("ALTER ROLE %1 INHERIT;").arg(user)};
}

} // namespace

Exchange::Exchange(PGconn *connection, const Batch &batch, const QString &subject, SessionInfo &info, bool limitsHold,
                   bool isFirst)
    : m_connection(connection),
      m_batch(batch),
      m_subject(subject),
      m_info(info),
      m_limitsHold(limitsHold),
      m_isFirst(isFirst),
      m_results(batch.queries.size()),
      m_bytes(batch.queries.size(), 0)
{
}

bool Exchange::start()
{
    if (PQenterPipelineMode(m_connection) != 1) {
        noteLoss();
        return false;
    }
    const Cork cork(PQsocket(m_connection));
    bool sent = true;
    const int version = PQserverVersion(m_connection);
    if (!m_limitsHold) {
        const auto text = [](std::chrono::milliseconds limit) { return QByteArray::number(qint64(limit.count())); };
        sent = send(Step::Settings, 0, settingsSql, {text(m_batch.statementTimeout), text(m_batch.lockTimeout)});
    }
    // Since 14 the server tells by itself when a standby is promoted.
    if (m_isFirst || version < 140000)
        sent = sent && send(Step::Basics, 0, basicsSql, {});
    if (m_isFirst && version >= 140000)
        sent = sent && send(Step::Presence, 0, presenceSql, {});
    if (m_isFirst)
        sent = sent && send(Step::SystemId, 0, systemIdSql, {});
    // Asked again while something is missing, so that a GRANT shows at the next poll.
    if (version >= 100000 && (m_isFirst || !m_info.missingGrants.isEmpty()))
        sent = sent && send(Step::Rights, 0, rightsSql, {});
    for (size_t i = 0; sent && i < m_batch.queries.size(); ++i)
        sent = send(Step::Query, i, m_batch.queries[i].sql.constData(), m_batch.queries[i].parameters);
    if (!sent) {
        noteLoss();
        return false;
    }
    PQsetSingleRowMode(m_connection);
    return flush();
}

bool Exchange::send(Step step, size_t query, const char *sql, const std::vector<std::optional<QByteArray>> &parameters)
{
    std::vector<const char *> values;
    values.reserve(parameters.size());
    for (const auto &parameter : parameters)
        values.push_back(parameter ? parameter->constData() : nullptr);
    m_expected.push_back({step, query});
    return PQsendQueryParams(m_connection, sql, int(values.size()), nullptr, values.data(), nullptr, nullptr, 0) == 1
        && PQpipelineSync(m_connection) == 1;
}

bool Exchange::flush()
{
    const int left = PQflush(m_connection);
    m_wantsWrite = left == 1;
    if (left < 0)
        noteLoss();
    return left >= 0;
}

bool Exchange::advance()
{
    if (PQconsumeInput(m_connection) != 1) {
        // What arrived before the break may hold answers, and the server's own last words.
        readResults();
        noteLoss();
        return false;
    }
    if (!flush())
        return false;
    return readResults();
}

bool Exchange::readResults()
{
    while (!m_expected.empty() && PQisBusy(m_connection) == 0) {
        const ResultPtr result(PQgetResult(m_connection));
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) {
            m_lossText = "COPY has no place in a batch"; // libpq cannot get out of it in a pipeline
            return false;
        }
        if (result) {
            take(result.get());
        } else if (PQstatus(m_connection) == CONNECTION_BAD) {
            noteLoss();
            return false;
        }
    }
    if (m_expected.empty())
        PQexitPipelineMode(m_connection);
    if (const char *standby = PQparameterStatus(m_connection, "in_hot_standby"))
        m_info.inRecovery = qstrcmp(standby, "on") == 0;
    return true;
}

void Exchange::take(const PGresult *result)
{
    const Expected current = m_expected.front();
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        if (current.step == Step::Query)
            ++m_answered;
        m_expected.pop_front();
        PQsetSingleRowMode(m_connection); // for the next one: rows are taken as they come, so that a limit can hold
        return;
    }
    const QByteArray state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const bool failed = PQresultStatus(result) == PGRES_FATAL_ERROR;
    // A failure without a code is libpq's own: the link broke. 57P0x: the server ends this session and says why.
    if (failed && (state.isEmpty() || state.startsWith("57P"))) {
        if (m_lossText.isEmpty() || !state.isEmpty())
            m_lossText = state.isEmpty() ? QByteArray(PQresultErrorMessage(result))
                                         : QByteArray(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
        return;
    }
    if (current.step == Step::Query)
        takeQuery(current.query, result);
    else if (!failed)
        takeInfo(current.step, result);
    else if (current.step == Step::Basics)
        m_readOnly = false; // a session that can't tell what it is isn't used
}

void Exchange::takeQuery(size_t query, const PGresult *result)
{
    StatementContext context;
    context.subject = m_subject;
    context.user = m_info.user.toUtf8();
    context.sql = m_batch.queries[query].sql;
    context.number = query + 1;
    context.count = m_batch.queries.size();
    context.statementTimeout = m_batch.statementTimeout;
    context.lockTimeout = m_batch.lockTimeout;
    std::optional<Result<sources::SqlReply>> &slot = m_results[query];
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK: slot.emplace(sources::SqlReply{}); break;
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        if (!slot)
            slot.emplace(sources::SqlReply{});
        if (!*slot)
            break; // already over its limit
        takeRows(query, result);
        if (m_bytes[query] > m_batch.maxBytes)
            slot.emplace(failure(
                ErrorKind::TooLarge, QStringLiteral("query"), m_subject,
                QStringLiteral("%1 answered more than %2").arg(statementName(context), bytesText(m_batch.maxBytes))));
        break;
    case PGRES_FATAL_ERROR: slot.emplace(failure(statementError(context, result))); break;
    default:
        slot.emplace(failure(ErrorKind::Unsupported, QStringLiteral("query"), m_subject,
                             QStringLiteral("%1 does not answer with rows").arg(statementName(context))));
        break;
    }
}

void Exchange::takeRows(size_t query, const PGresult *result)
{
    sources::SqlReply &reply = **m_results[query];
    const int columns = PQnfields(result);
    if (reply.columns.isEmpty()) {
        for (int column = 0; column < columns; ++column)
            reply.columns << QByteArray(PQfname(result, column));
    }
    for (int row = 0; row < PQntuples(result); ++row) {
        std::vector<std::optional<QByteArray>> cells(static_cast<size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            m_bytes[query] += cellBytes;
            if (PQgetisnull(result, row, column))
                continue;
            const int length = PQgetlength(result, row, column);
            m_bytes[query] += length;
            cells[static_cast<size_t>(column)] = QByteArray(PQgetvalue(result, row, column), length);
        }
        reply.rows.push_back(std::move(cells));
    }
}

void Exchange::takeInfo(Step step, const PGresult *result)
{
    if (PQntuples(result) == 0)
        return; // the empty end of an answer that was given row by row
    switch (step) {
    case Step::Basics:
        m_info.serverVersion = cellText(result, 0).toInt();
        m_info.inRecovery = cellText(result, 1) == "t";
        m_info.user = QString::fromUtf8(cellText(result, 2));
        m_readOnly = cellText(result, 3) == "on";
        break;
    case Step::SystemId: m_info.systemId = QString::fromLatin1(cellText(result, 0)); break;
    case Step::Rights: m_info.missingGrants = missingGrants(result, PQserverVersion(m_connection)); break;
    case Step::Settings:
    case Step::Presence:
    case Step::Query: break;
    }
}

void Exchange::noteLoss()
{
    if (m_lossText.isEmpty())
        m_lossText = PQerrorMessage(m_connection);
}

std::vector<Result<sources::SqlReply>> Exchange::takeResults(const Error &missing)
{
    std::vector<Result<sources::SqlReply>> results;
    for (size_t i = 0; i < m_results.size(); ++i) {
        // An answer that broke off in the middle of its rows is no answer.
        const bool whole = i < m_answered && m_results[i];
        results.push_back(whole ? std::move(*m_results[i]) : Result<sources::SqlReply>(failure(missing)));
    }
    return results;
}

} // namespace taffrail::pg
