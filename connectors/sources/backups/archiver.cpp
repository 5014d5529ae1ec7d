// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"
#include "registry.h"

#include "text.h"

#include <algorithm>
#include <chrono>

namespace taffrail::sources {

namespace {

constexpr qint64 idleBytes = 512; // a segment's page header and the records of an idle server's own housekeeping
constexpr qint64 stuckSeconds = 600; // a segment waits this long: the archiver is off or hangs

// Positions are compared here and not in SQL: 64 bit, and right for every segment size. next_xid tells whether any
// transaction wrote since the last checkpoint.
constexpr char archiverSql[] = R"sql(select current_setting('archive_mode', true) as archive_mode,
 a.archived_count as archived_count, a.last_archived_wal as last_archived_wal, a.last_archived_time as last_archived_time,
 a.failed_count as failed_count, a.last_failed_wal as last_failed_wal, a.last_failed_time as last_failed_time, a.stats_reset as stats_reset,
 clock_timestamp() as server_now, pg_is_in_recovery() as in_recovery,
 case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end as lsn,
 (select setting from pg_settings where name = 'wal_segment_size') as segment_bytes,
 (select system_identifier::text from pg_control_system()) as system_id,
 (select redo_lsn from pg_control_checkpoint()) as redo_lsn,
 (select next_xid from pg_control_checkpoint()) as checkpoint_xid,
 case when pg_is_in_recovery() then null else txid_snapshot_xmax(txid_current_snapshot()) end as next_xid
from pg_stat_archiver a)sql";

constexpr char readySql[] = R"sql(select count(*) filter (where name like '%.ready') as ready,
 min(modification) filter (where name like '%.ready') as oldest_ready,
 clock_timestamp() as server_now
from pg_ls_archive_statusdir())sql";

std::vector<Request> archiverRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty())
        return {};
    return {
        {QStringLiteral("archiver"), entry.database, SqlQuery{archiverSql, {}}, Lane::Fast},
        {QStringLiteral("ready"), entry.database, SqlQuery{readySql, {}}, Lane::Fast},
    };
}

/// psql's expanded form ("name | value" lines), so that what a person copied can be read too.
SqlReply rowOfPsql(const QByteArray &text)
{
    SqlReply reply;
    reply.rows.emplace_back();
    for (const QByteArray &line : text.split('\n')) {
        const qsizetype bar = line.indexOf('|');
        if (bar <= 0 || line.startsWith('-'))
            continue;
        const QByteArray value = line.mid(bar + 1).trimmed();
        reply.columns.append(line.left(bar).trimmed());
        reply.rows[0].push_back(value.isEmpty() ? std::nullopt : std::optional<QByteArray>(value));
    }
    return reply;
}

/// The first row with this column, in whichever form it came.
std::optional<SqlReply> answerWith(const Replies &replies, const QByteArray &column)
{
    for (const Reply &reply : replies) {
        const SqlReply *rows = reply.as<SqlReply>();
        if (rows && rows->column(column) >= 0 && !rows->rows.empty())
            return *rows;
        if (const ShellReply *shell = reply.as<ShellReply>()) {
            SqlReply row = rowOfPsql(shell->out);
            if (row.column(column) >= 0)
                return row;
        }
    }
    return std::nullopt;
}

QByteArray cellOf(const SqlReply &reply, const QByteArray &column)
{
    const QByteArray *cell = reply.cell(0, column);
    return cell ? *cell : QByteArray();
}

/// "2026-11-20 15:53:42.022936+00" (a zone of hours, or hours and minutes) → UTC.
QDateTime timeOfPostgres(const QByteArray &text)
{
    QString iso = QString::fromLatin1(text.trimmed());
    if (iso.size() < 19)
        return {};
    iso[10] = QLatin1Char('T');
    const qsizetype sign = std::max(iso.lastIndexOf(QLatin1Char('+')), iso.lastIndexOf(QLatin1Char('-')));
    if (sign > 10 && iso.size() - sign == 3)
        iso += QStringLiteral(":00");
    return fromRfc3339(iso);
}

qint64 countOf(const SqlReply &reply, const QByteArray &column)
{
    bool isNumber = false;
    const qint64 value = cellOf(reply, column).toLongLong(&isNumber);
    return isNumber && value >= 0 ? value : -1;
}

/// pg_control_checkpoint() writes "epoch:xid".
std::optional<quint64> checkpointXid(const QByteArray &text)
{
    const qsizetype colon = text.indexOf(':');
    bool isEpoch = false;
    bool isXid = false;
    const quint64 epoch = text.left(std::max<qsizetype>(0, colon)).toULongLong(&isEpoch);
    const quint64 xid = text.mid(colon + 1).toULongLong(&isXid);
    return colon > 0 && isEpoch && isXid ? std::optional<quint64>((epoch << 32) + xid) : std::nullopt;
}

/// No transaction wrote anything after the last checkpoint, and that lies in what is archived.
bool isIdleSinceArchived(const SqlReply &row, quint64 archivedEnd)
{
    const std::optional<quint64> redo = lsnBytes(cellOf(row, "redo_lsn"));
    const std::optional<quint64> then = checkpointXid(cellOf(row, "checkpoint_xid"));
    bool isNumber = false;
    const quint64 now = cellOf(row, "next_xid").toULongLong(&isNumber);
    return redo && then && isNumber && *redo <= archivedEnd && *then == now;
}

void readPositions(ArchiveState &state, const SqlReply &row)
{
    QByteArray lsn = cellOf(row, "lsn");
    if (lsn.isEmpty())
        lsn = cellOf(row, "pg_current_wal_lsn");
    const std::optional<quint64> position = lsnBytes(lsn);
    // A backup label counts with the segment it belongs to; a timeline history file has no position.
    const std::optional<quint64> end = segmentEnd(state.lastArchivedWal.toLatin1(), state.segmentBytes);
    if (!position || !end)
        return;
    state.unarchivedBytes = *position > *end ? qint64(*position - *end) : 0;
    if (state.inRecovery)
        return;
    const bool isIdle = state.unarchivedBytes == 0 || isIdleSinceArchived(row, *end)
        || (state.unarchivedBytes < idleBytes && state.readySegments == 0);
    if (isIdle)
        state.lag = std::chrono::seconds(0);
    else if (state.serverNow.isValid() && state.lastArchivedAt.isValid())
        state.lag = std::chrono::seconds(std::max<qint64>(0, state.lastArchivedAt.secsTo(state.serverNow)));
}

ArchiveState stateOf(const std::optional<SqlReply> &row, const std::optional<SqlReply> &ready)
{
    ArchiveState state;
    if (ready) {
        state.readySegments = countOf(*ready, "ready");
        state.oldestReadyAt = timeOfPostgres(cellOf(*ready, "oldest_ready"));
        state.serverNow = timeOfPostgres(cellOf(*ready, "server_now"));
    }
    if (!row)
        return state;
    state.mode = QString::fromLatin1(cellOf(*row, "archive_mode"));
    state.serverNow = timeOfPostgres(cellOf(*row, "server_now"));
    state.lastArchivedAt = timeOfPostgres(cellOf(*row, "last_archived_time"));
    state.lastFailedAt = timeOfPostgres(cellOf(*row, "last_failed_time"));
    state.lastArchivedWal = sanitizedLine(cellOf(*row, "last_archived_wal"), 80);
    state.lastFailedWal = sanitizedLine(cellOf(*row, "last_failed_wal"), 80);
    state.archivedCount = countOf(*row, "archived_count");
    state.failedCount = countOf(*row, "failed_count");
    const QByteArray recovery = cellOf(*row, "in_recovery");
    state.inRecovery = recovery == "t" || recovery == "true";
    state.systemId = QString::fromLatin1(cellOf(*row, "system_id"));
    if (const qint64 segment = countOf(*row, "segment_bytes");
        segment >= 1024 * 1024 && segment <= 1024LL * 1024 * 1024)
        state.segmentBytes = segment;
    readPositions(state, *row);
    return state;
}

QString problemOf(const ArchiveState &state, bool hasArchiver)
{
    if (state.mode == QLatin1String("off"))
        return QStringLiteral("archive_stopped");
    if (state.inRecovery && state.mode != QLatin1String("always"))
        return QStringLiteral("none"); // a standby archives only with "always"
    const bool isWaiting = state.readySegments != 0; // -1: not known
    if (!hasArchiver)
        return state.readySegments > 0 ? QStringLiteral("archive_failing") : QStringLiteral("none");
    const bool failedLast = state.lastFailedAt.isValid()
        && (!state.lastArchivedAt.isValid() || state.lastFailedAt > state.lastArchivedAt);
    if (failedLast && isWaiting)
        return QStringLiteral("archive_failing");
    const bool isStuck = state.readySegments > 0 && state.oldestReadyAt.isValid() && state.serverNow.isValid()
        && state.oldestReadyAt.secsTo(state.serverNow) > stuckSeconds;
    return isStuck ? QStringLiteral("archive_stopped") : QStringLiteral("none");
}

void addNotes(BackupSet &set, const Replies &replies, const ArchiveState &state)
{
    if (state.mode == QLatin1String("off"))
        set.notes.append(QStringLiteral("archive_mode is off: what is lost is everything since the newest backup"));
    if (state.inRecovery && state.mode == QLatin1String("on"))
        set.notes.append(QStringLiteral("this is a standby: its primary archives"));
    if (state.failedCount > 0 && set.assessment.problem == QLatin1String("none") && state.lastFailedAt.isValid())
        set.notes.append(QStringLiteral("last failure %1 (%2), archived again since")
                             .arg(rfc3339(state.lastFailedAt), state.lastFailedWal));
    for (const Reply &reply : replies) {
        const Error *error = reply.error();
        if (!error)
            continue;
        const bool isDenied
            = error->kind == ErrorKind::Denied || error->text.contains(QLatin1String("permission denied"));
        set.notes.append(isDenied ? QStringLiteral("not known how many segments wait: GRANT pg_monitor to this role")
                                  : QStringLiteral("%1: %2").arg(reply.name, error->text));
    }
}

Result<Value> parseArchiver(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const std::optional<SqlReply> row = answerWith(replies, "last_archived_wal");
    const std::optional<SqlReply> ready = answerWith(replies, "ready");
    if (!row && !ready) {
        for (const Reply &reply : replies) {
            if (const Error *error = reply.error())
                return failure(*error);
        }
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("expected a row of pg_stat_archiver, found none"));
    }
    BackupSet set;
    set.source = QStringLiteral("postgres");
    set.repository = QStringLiteral("WAL archive");
    set.archive = stateOf(row, ready);
    setProblem(set, problemOf(*set.archive, row.has_value()));
    addNotes(set, replies, *set.archive);
    return Value(std::move(set));
}

} // namespace

const Source archiverSource{
    PaneKind::Backups,
    "postgres",
    "PostgreSQL WAL archiver",
    false,
    true,
    {},
    {"archiver", "ready"},
    archiverRequests,
    parseArchiver,
    nullptr,
    "pg_monitor for the archive's directory; without it the rest is read",
};

} // namespace taffrail::sources
