// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresview.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr double lastXid = 2147483647.0 - 3e6; // new transactions are refused 3 million before the end

void checkAge(const PostgresView &view, const QString &database, const char *what, double age, double freezeAt,
              double failsafe)
{
    const Limits limits = limitsOf(view.entry, "wraparound", {50, 75});
    const double percent = 100.0 * age / lastXid;
    Status status = above(percent, limits);
    // Autovacuum should have frozen at freezeAt: clearly above it, it is losing.
    if (freezeAt > 0 && age > 1.25 * freezeAt)
        status = worse(status, Status::Warning);
    if (failsafe > 0 && age > failsafe)
        status = worse(status, Status::Critical);
    view.add(
        "postgres.wraparound", database + QLatin1String(what), status,
        QStringLiteral("%1 % of the way to wraparound (age %2 million)").arg(oneDigit(percent), oneDigit(age / 1e6)),
        percent, "%", limits);
}

} // namespace

void readWraparound(const PostgresView &view)
{
    const SqlReply *rows = view.rows("wraparound");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString database = cellLine(*rows, row, "datname");
        const std::optional<double> age = cellNumber(*rows, row, "xid_age");
        const std::optional<double> multi = cellNumber(*rows, row, "mxid_age");
        const double failsafe = cellNumber(*rows, row, "fs").value_or(0);
        if (age)
            checkAge(view, database, "", *age, cellNumber(*rows, row, "fz").value_or(0), failsafe);
        if (multi && *multi > 0)
            checkAge(view, database, " (multixact)", *multi, cellNumber(*rows, row, "mfz").value_or(0), failsafe);
        view.count(QStringLiteral("xid_age.%1").arg(database), *rows, row, "xid_age");
    }
}

void readVacuum(const PostgresView &view)
{
    const SqlReply *rows = view.rows("vacuum");
    if (!rows)
        return;
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        const double dead = cellNumber(*rows, row, "dead").value_or(0);
        const double due = std::max(1.0, cellNumber(*rows, row, "due").value_or(1));
        view.add("postgres.vacuum", cellLine(*rows, row, "relation", 120), Status::Warning,
                 QStringLiteral("%1 dead rows, %2 times what starts autovacuum")
                     .arg(dead, 0, 'f', 0)
                     .arg(oneDigit(dead / due)),
                 dead / due, "");
    }
    if (rows->rows.empty())
        view.add("postgres.vacuum", {}, Status::Ok, QStringLiteral("no table waits for vacuum"));
}

void readCheckpoints(const PostgresView &view)
{
    const SqlReply *checkpointer = view.rows("checkpointer");
    const SqlReply *rows = checkpointer ? checkpointer : view.rows("writer");
    if (!rows || rows->rows.empty())
        return;
    const QByteArray timedName = checkpointer ? "num_timed" : "checkpoints_timed";
    const QByteArray requestedName = checkpointer ? "num_requested" : "checkpoints_req";
    const std::optional<double> timed = cellNumber(*rows, 0, timedName);
    const std::optional<double> requested = cellNumber(*rows, 0, requestedName);
    if (!timed || !requested) { // 17 and later tell it in another view
        if (view.version < 170000)
            view.add(unknownCheck("postgres.checkpoints", {}, view.database,
                                  QStringLiteral("the checkpoints could not be counted")));
        return;
    }
    view.report.counters.insert(QStringLiteral("checkpoints.timed"), *timed);
    view.report.counters.insert(QStringLiteral("checkpoints.requested"), *requested);
    view.count(QStringLiteral("checkpoints.backend_fsync"), *rows, 0, "buffers_backend_fsync");
    view.add("postgres.checkpoints", {}, Status::Ok,
             QStringLiteral("%1 checkpoints by time, %2 because WAL ran full or on request")
                 .arg(*timed, 0, 'f', 0)
                 .arg(*requested, 0, 'f', 0),
             *requested, "");
}

void readDatabases(const PostgresView &view)
{
    const SqlReply *rows = view.rows("databases");
    static const QList<QByteArray> counters{"xact_commit", "xact_rollback", "blks_read",
                                            "blks_hit",    "temp_files",    "temp_bytes",
                                            "deadlocks",   "conflicts",     "checksum_failures"};
    const Limits limits = limitsOf(view.entry, "connections", {80, 90});
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString name = cellLine(*rows, row, "datname");
        if (name.isEmpty())
            continue;
        for (const QByteArray &counter : counters)
            view.count(QStringLiteral("db.%1.%2").arg(name, QString::fromLatin1(counter)), *rows, row, counter);
        const double failures = cellNumber(*rows, row, "checksum_failures").value_or(0);
        if (failures > 0)
            view.add("postgres.checksum_failures", name, Status::Critical,
                     QStringLiteral("%1 pages failed their checksum, last %2")
                         .arg(failures, 0, 'f', 0)
                         .arg(cellLine(*rows, row, "checksum_last_failure", 40)),
                     failures, "");
        const double most = cellNumber(*rows, row, "datconnlimit").value_or(-1);
        const std::optional<double> used = cellNumber(*rows, row, "numbackends");
        if (most > 0 && used)
            view.add("postgres.connection_limit", name, above(100.0 * *used / most, limits),
                     QStringLiteral("%1 of the %2 connections of this database used")
                         .arg(*used, 0, 'f', 0)
                         .arg(most, 0, 'f', 0),
                     100.0 * *used / most, "%", limits);
    }
}

void readSettings(const PostgresView &view)
{
    const SqlReply *rows = view.rows("settings");
    if (!rows || rows->rows.empty())
        return;
    const auto isOff = [&](const char *name) { return cellText(*rows, 0, name) == "off"; };
    for (const char *name : {"fsync", "full_page_writes"}) {
        if (isOff(name))
            view.add("postgres.settings", QString::fromLatin1(name), Status::Critical,
                     QStringLiteral("%1 is off: a crash can destroy data").arg(QLatin1String(name)));
    }
    if (isOff("autovacuum"))
        view.add("postgres.settings", QStringLiteral("autovacuum"), Status::Warning,
                 QStringLiteral("autovacuum is off"));
    view.add("postgres.settings", QStringLiteral("data_checksums"),
             isOff("data_checksums") ? Status::Notice : Status::Ok,
             isOff("data_checksums") ? QStringLiteral("data checksums are off: corrupt pages stay unseen")
                                     : QStringLiteral("data checksums are on"));
    if (const QString pending = cellLine(*rows, 0, "pending_restart", 200); !pending.isEmpty())
        view.add("postgres.settings", QStringLiteral("pending_restart"), Status::Warning,
                 QStringLiteral("changed, but waits for a restart: %1").arg(pending));
    const std::optional<double> workers = cellNumber(*rows, 0, "workers");
    const std::optional<double> most = cellNumber(*rows, 0, "max_workers");
    if (workers && most && *most > 0)
        view.add("postgres.autovacuum", {}, *workers >= *most ? Status::Notice : Status::Ok,
                 QStringLiteral("%1 of %2 autovacuum workers busy").arg(*workers, 0, 'f', 0).arg(*most, 0, 'f', 0),
                 *workers, "");
}

void readWal(const PostgresView &view)
{
    const SqlReply *rows = view.rows("wal");
    if (!rows || rows->rows.empty())
        return;
    const std::optional<double> bytes = cellNumber(*rows, 0, "bytes");
    const std::optional<double> most = cellNumber(*rows, 0, "max_bytes");
    if (!bytes)
        return;
    // Above max_wal_size something keeps WAL from being recycled: a slot, a failing archiver, a long checkpoint.
    const Status status = most && *most > 0 && *bytes > 3 * *most ? Status::Warning : Status::Ok;
    view.add("postgres.wal", {}, status,
             QStringLiteral("%1 of WAL in %2 files").arg(sizeText(*bytes), cellLine(*rows, 0, "files", 20)), *bytes,
             "B");
}

} // namespace taffrail::sources
