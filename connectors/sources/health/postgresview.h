// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "healthsupport.h"

namespace taffrail::sources {

/// One statement of the fast lane. All of them run on 12 to 18: columns that a version lacks are read through to_jsonb,
/// settings with missing_ok.
struct PostgresPart {
    const char *name;
    const char *sql;
    const char *code; ///< the check that is unknown when the statement fails
};
const std::vector<PostgresPart> &postgresParts();
/// The statement that only 17 and later understand (pg_stat_checkpointer).
const PostgresPart &checkpointerPart();

/// Statements of the slow lane, all of which every role may run.
const std::vector<PostgresPart> &postgresSlowParts();
/// Statements of the slow lane that need a right of their own (health reference B1): asked only of a role that has it,
/// because a refusal is an error in the server's log.
const PostgresPart &hbaPart();
const PostgresPart &filesPart();

/// The first row of each part, and where checks go.
struct PostgresView {
    const SourceEntry &entry;
    const Replies &replies;
    QString database;
    HealthReport &report;
    bool seesEverything = true; ///< member of pg_read_all_stats
    bool inRecovery = false;
    int version = 0; ///< 150020; 0 = not known
    QString role = QStringLiteral("the role that Taffrail signs in as"); ///< as a GRANT names it

    const SqlReply *rows(const char *part) const;
    void add(HealthCheck check) const { report.checks.push_back(std::move(check)); }
    void add(const char *code, const QString &subject, Status status, const QString &text) const;
    void add(const char *code, const QString &subject, Status status, const QString &text, double value,
             const char *unit, std::optional<Limits> limits = std::nullopt) const;
    void count(const QString &name, const SqlReply &reply, size_t row, const QByteArray &column) const;
};

QByteArray cellText(const SqlReply &reply, size_t row, const QByteArray &column);
QString cellLine(const SqlReply &reply, size_t row, const QByteArray &column, int limit = 80);
std::optional<double> cellNumber(const SqlReply &reply, size_t row, const QByteArray &column);
/// "t", "true", "on"
bool cellTrue(const SqlReply &reply, size_t row, const QByteArray &column);
/// "12 min" of a number of seconds.
QString spanText(double seconds);

inline constexpr char monitorHint[] = "GRANT pg_monitor TO the role that Taffrail signs in as";

void readConnections(const PostgresView &view);
void readTransactions(const PostgresView &view);
void readHorizon(const PostgresView &view);
void readBlocking(const PostgresView &view);
void readPrepared(const PostgresView &view);
void readReplication(const PostgresView &view);
void readReceiver(const PostgresView &view);
void readSlots(const PostgresView &view);
void readWraparound(const PostgresView &view);
void readVacuum(const PostgresView &view);
void readCheckpoints(const PostgresView &view);
void readDatabases(const PostgresView &view);
void readSettings(const PostgresView &view);
void readWal(const PostgresView &view);
void readCatalog(const PostgresView &view);
void readHba(const PostgresView &view);
void readFileSettings(const PostgresView &view);

} // namespace taffrail::sources
