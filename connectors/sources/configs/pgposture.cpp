// SPDX-License-Identifier: GPL-3.0-or-later
// How a database is set up to be safe: who may do everything, who gets in, what is encrypted, whether statements carry
// values, which indexes lack. Every role may run the statements; what a role may not see is told as unknown.
#include "posturereader.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

// Roles of the server's own (pg_…) cannot sign in. The role that the cluster was made with has the oid 10.
constexpr char rolesSql[] = R"sql(select r.rolname as name, r.oid = 10 as bootstrap, r.rolsuper as super,
 r.rolbypassrls as bypasses, r.rolcreaterole as creates, r.rolname = current_user as ours,
 exists (select 1 from pg_database d where d.datname = current_database() and d.datdba = r.oid) as owns,
 (select count(*) from pg_stat_activity a where a.usesysid = r.oid and a.pid <> pg_backend_pid()
   and a.client_addr is not null) as sessions,
 (select string_agg(distinct coalesce(nullif(a.application_name, ''), 'no name'), ', ') from pg_stat_activity a
   where a.usesysid = r.oid and a.pid <> pg_backend_pid() and a.client_addr is not null) as programs
from pg_roles r where r.rolcanlogin and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.oid = 10
 or exists (select 1 from pg_database d where d.datname = current_database() and d.datdba = r.oid))
order by r.oid = 10 desc, r.rolname limit 200)sql";

constexpr char tlsSql[] = R"sql(select current_setting('ssl') as ssl, current_setting('listen_addresses') as listens,
 pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER') as sees_stats, quote_ident(current_user) as role,
 (select count(*) from pg_stat_ssl s join pg_stat_activity a on a.pid = s.pid where not s.ssl
   and a.client_addr is not null and not a.client_addr <<= inet '127.0.0.0/8' and a.client_addr <> inet '::1') as plain,
 has_table_privilege('pg_hba_file_rules', 'SELECT') and has_function_privilege('pg_hba_file_rules()', 'EXECUTE') as sees_hba,
 exists (select 1 from pg_extension where extname = 'pg_stat_statements') as has_statements,
 (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
   where e.extname = 'pg_stat_statements') as statements_schema)sql";

// The text never leaves the server: counts do. A value in quotes behind a comparison is one that was written in.
constexpr char sessionsSql[] = R"sql(select count(*) filter (where dml) as sampled,
 count(*) filter (where dml and query ~ '(=|<>|!=|<|>|~~?\*?|\m[lL][iI][kK][eE]|\m[iI][nN]\s*\(|\m[vV][aA][lL][uU][eE][sS]\s*\([^)]*)\s*E?''[^'']+''') as with_literals,
 count(*) filter (where query = '<insufficient privilege>') as hidden
from (select query, query ~* '^\s*(/\*.*?\*/\s*)*(select|insert|update|delete|with|merge)\M' and query !~* '\mpg_' as dml
 from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
  and usename <> current_user and application_name not in ('taffrail', 'psql', 'pg_dump')) s)sql";

constexpr char hbaSql[] = R"sql(select line_number as line, type, array_to_string(database, ',') as databases,
 array_to_string(user_name, ',') as users, address, netmask, auth_method as method, error
from pg_hba_file_rules order by line_number limit 1000)sql";

constexpr char foreignKeysSql[] = R"sql(select k.conname as name, k.conrelid::regclass::text as relation,
 k.confrelid::regclass::text as parent, greatest(c.reltuples, coalesce(t.n_live_tup, 0))::bigint as tuples,
 c.relpages::bigint * 8192 as bytes
from pg_constraint k join pg_class c on c.oid = k.conrelid left join pg_stat_user_tables t on t.relid = k.conrelid
where k.contype = 'f' and k.conparentid = 0 and c.relkind in ('r', 'p')
 and not exists (select 1 from pg_index i where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
  and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)
order by 4 desc, 2, 1 limit 50)sql";

constexpr char usageSql[] = R"sql(select (select count(*) from pg_stat_replication)
  + (select count(*) from pg_replication_slots where slot_type = 'physical') as standbys,
 extract(epoch from clock_timestamp() - greatest(pg_postmaster_start_time(), d.stats_reset))::bigint as counted_s,
 pg_is_in_recovery() as in_recovery, u.kind, u.name, u.detail
from pg_stat_database d left join lateral (
 (select 'unused' as kind, n.nspname || '.' || c.relname as name, pg_size_pretty(c.relpages::bigint * 8192) as detail
 from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
 where s.idx_scan = 0 and i.indisvalid and not i.indisunique and not i.indisexclusion and c.relpages > 16
  and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
  and not exists (select 1 from pg_constraint f where f.contype = 'f' and f.conrelid = i.indrelid
   and (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey)
 order by c.relpages desc, 2 limit 20)
 union all
 (select 'scans', t.schemaname || '.' || t.relname, t.seq_scan || ' whole reads, ' || coalesce(t.idx_scan, 0)
   || ' by index, ' || t.n_live_tup || ' rows'
 from pg_stat_user_tables t where t.n_live_tup > 10000 and t.seq_scan >= 100 and t.seq_scan > coalesce(t.idx_scan, 0)
 order by t.seq_tup_read desc limit 20)) u on true
where d.datname = current_database())sql";

struct PgPart {
    const char *name;
    const char *part; ///< of the posture: what is unknown when the statement fails
    const char *sql;
};
constexpr PgPart parts[] = {
    {"roles", "roles", rolesSql},
    {"tls", "tls", tlsSql},
    {"sessions", "statements", sessionsSql},
    {"foreign_keys", "indexes", foreignKeysSql},
    {"usage", "indexes", usageSql},
};

QString cell(const SqlReply &reply, size_t row, const char *column, int limit = 120)
{
    const QByteArray *found = reply.cell(row, column);
    return found ? sanitizedLine(*found, limit) : QString();
}

bool isTrue(const SqlReply &reply, size_t row, const char *column)
{
    return cell(reply, row, column) == QLatin1String("t");
}

Request sqlRequest(const SourceEntry &entry, const char *name, QByteArray sql)
{
    return {QString::fromLatin1(name), entry.database, SqlQuery{std::move(sql), {}}, Lane::Slow};
}

std::vector<Request> pgRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (soFar.empty()) {
        for (const PgPart &part : parts)
            requests.push_back(sqlRequest(entry, part.name, part.sql));
        return requests;
    }
    const Reply *tls = replyOf(soFar, QStringLiteral("tls"), entry.database);
    const SqlReply *rows = tls ? tls->as<SqlReply>() : nullptr;
    if (!rows || rows->rows.empty())
        return {};
    const auto isAsked = [&](const char *name) { return replyOf(soFar, QString::fromLatin1(name), entry.database); };
    if (isTrue(*rows, 0, "sees_hba") && !isAsked("hba"))
        requests.push_back(sqlRequest(entry, "hba", hbaSql));
    const QByteArray *schema = rows->cell(0, "statements_schema"); // as quote_ident() wrote it
    if (isTrue(*rows, 0, "has_statements") && schema && !isAsked("statements"))
        requests.push_back(
            sqlRequest(entry, "statements",
                       "select count(*) filter (where query ~* '^\\s*(select|insert|update|delete|with|merge)\\M'"
                       " and query !~* '\\mpg_' and query ~ '''[^'']+''') as with_literals, count(*) as recorded from "
                           + *schema
                           + ".pg_stat_statements s join pg_roles r on r.oid = s.userid where s.dbid = (select oid "
                             "from pg_database"
                             " where datname = current_database()) and r.rolname <> current_user and not r.rolsuper"));
    return requests;
}

void readRoles(PostureReader &reader, const SqlReply &rows)
{
    QStringList owners;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const QString name = cell(rows, row, "name", 63);
        if (isTrue(rows, row, "owns"))
            owners << name;
        if (isTrue(rows, row, "bootstrap")) {
            reader.text(QStringLiteral("roles.bootstrap"), name);
            const QString ours
                = isTrue(rows, row, "ours") ? QStringLiteral("Taffrail itself signs in as it") : QString();
            const qint64 sessions = cell(rows, row, "sessions").toLongLong();
            reader.number(QStringLiteral("roles.bootstrap_sessions"), ours.isEmpty() ? sessions : sessions + 1,
                          ours.isEmpty() ? cell(rows, row, "programs") : ours);
            continue;
        }
        QStringList powers;
        if (isTrue(rows, row, "super"))
            powers << QStringLiteral("superuser");
        if (isTrue(rows, row, "bypasses"))
            powers << QStringLiteral("above row security (BYPASSRLS)");
        if (isTrue(rows, row, "creates") && isTrue(rows, row, "owns"))
            powers << QStringLiteral("able to make roles (CREATEROLE) though the app's own");
        if (!powers.isEmpty())
            reader.text(joinKey(QStringLiteral("roles.powerful"), name), powers.join(QStringLiteral(" and ")));
    }
    reader.text(QStringLiteral("roles.app"), owners.join(QStringLiteral(", ")));
}

bool isLoopbackAddress(const QString &address)
{
    return address.startsWith(QLatin1String("127.")) || address == QLatin1String("::1")
        || address.startsWith(QLatin1String("::1/")) || address == QLatin1String("localhost");
}

void readTls(PostureReader &reader, const SqlReply &rows)
{
    if (rows.rows.empty())
        return;
    reader.text(QStringLiteral("tls.on"), cell(rows, 0, "ssl"));
    const QStringList listens = cell(rows, 0, "listens", 300).split(QLatin1Char(','), Qt::SkipEmptyParts);
    const bool isLocal
        = std::ranges::all_of(listens, [](const QString &each) { return isLoopbackAddress(each.trimmed()); });
    reader.flag(QStringLiteral("tls.loopback_only"), isLocal, listens.join(QLatin1Char(',')));
    reader.number(QStringLiteral("tls.plain_sessions"), cell(rows, 0, "plain").toLongLong());
    reader.flag(QStringLiteral("tls.sees_sessions"), isTrue(rows, 0, "sees_stats"));
    reader.flag(QStringLiteral("statements.extension"), isTrue(rows, 0, "has_statements"));
    if (!isTrue(rows, 0, "sees_hba"))
        reader.trouble(QStringLiteral("hba"), ErrorKind::Denied,
                       QStringLiteral("no right to read pg_hba_file_rules (role %1)").arg(cell(rows, 0, "role")));
}

bool isLoopbackRule(const QString &address, const QString &mask)
{
    return isLoopbackAddress(address) && (mask.isEmpty() || mask != QLatin1String("0.0.0.0"));
}

void readHbaRules(PostureReader &reader, const SqlReply &rows)
{
    int weak = 0, noted = 0;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const QString line = cell(rows, row, "line", 10), method = cell(rows, row, "method"),
                      type = cell(rows, row, "type");
        if (const QString error = cell(rows, row, "error", 160); error.contains(QLatin1String("cannot match"))) {
            reader.text(QStringLiteral("hba.noted.n%1").arg(++noted), QStringLiteral("line %1: %2").arg(line, error));
            continue;
        } else if (!error.isEmpty()) {
            reader.text(
                QStringLiteral("hba.weak.w%1").arg(++weak),
                QStringLiteral("line %1 is not understood (%2): the server goes by older lines").arg(line, error));
            continue;
        }
        const bool isWeak = method == QLatin1String("trust") || method == QLatin1String("password")
            || method == QLatin1String("ident");
        if (!isWeak && method != QLatin1String("md5"))
            continue;
        const QString address = cell(rows, row, "address");
        const QString what = QStringLiteral("line %1: %2 for %3 on %4 from %5")
                                 .arg(line, method, cell(rows, row, "users"), cell(rows, row, "databases"),
                                      address.isEmpty() ? QStringLiteral("this machine") : address);
        const bool isOutside = type != QLatin1String("local") && !isLoopbackRule(address, cell(rows, row, "netmask"))
            && address != QLatin1String("samehost");
        // `password` inside TLS shows it to the server alone.
        const bool isSealed = method == QLatin1String("password") && type == QLatin1String("hostssl");
        if (isWeak && isOutside && !isSealed)
            reader.text(QStringLiteral("hba.weak.w%1").arg(++weak), what);
        else
            reader.text(QStringLiteral("hba.noted.n%1").arg(++noted), what);
    }
    reader.number(QStringLiteral("hba.rules"), qint64(rows.rows.size()));
}

void readSessions(PostureReader &reader, const SqlReply &rows)
{
    for (const char *name : {"sampled", "with_literals", "hidden"})
        reader.number(QStringLiteral("statements.") + QLatin1String(name), cell(rows, 0, name).toLongLong());
}

constexpr qint64 manyRows = 10'000, manyBytes = 1024 * 1024; // reading a smaller table whole costs little

void readForeignKeyRows(PostureReader &reader, const SqlReply &rows)
{
    int count = 0;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const qint64 tuples = cell(rows, row, "tuples").toLongLong(), bytes = cell(rows, row, "bytes").toLongLong();
        if (tuples < manyRows && bytes < manyBytes)
            continue;
        reader.text(QStringLiteral("indexes.foreign_keys.k%1").arg(++count),
                    QStringLiteral("%1 has no index for %2, its reference to %3 (%4 rows)")
                        .arg(cell(rows, row, "relation"), cell(rows, row, "name"), cell(rows, row, "parent"),
                             QString::number(tuples)));
    }
}

void readUsage(PostureReader &reader, const SqlReply &rows)
{
    if (rows.rows.empty())
        return;
    reader.number(QStringLiteral("indexes.counted_s"), cell(rows, 0, "counted_s").toLongLong());
    reader.number(QStringLiteral("indexes.standbys"),
                  cell(rows, 0, "standbys").toLongLong() + (isTrue(rows, 0, "in_recovery") ? 1 : 0));
    int unused = 0, scans = 0;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const QString kind = cell(rows, row, "kind"), name = cell(rows, row, "name"),
                      detail = cell(rows, row, "detail");
        if (kind == QLatin1String("unused"))
            reader.text(QStringLiteral("indexes.unused.u%1").arg(++unused),
                        QStringLiteral("%1 was never used (%2)").arg(name, detail));
        else if (kind == QLatin1String("scans"))
            reader.text(QStringLiteral("indexes.scans.s%1").arg(++scans), QStringLiteral("%1: %2").arg(name, detail));
    }
}

void readReply(PostureReader &reader, const Reply &reply)
{
    const SqlReply *rows = reply.as<SqlReply>();
    if (!rows) {
        QString part = reply.name;
        for (const PgPart &each : parts)
            part = reply.name == QLatin1String(each.name) ? QString::fromLatin1(each.part) : part;
        if (const Error *error = reply.error())
            reader.trouble(part, error->kind, error->text.isEmpty() ? errorKindWord(error->kind) : error->text);
        return;
    }
    if (reply.name == QLatin1String("roles"))
        readRoles(reader, *rows);
    else if (reply.name == QLatin1String("tls"))
        readTls(reader, *rows);
    else if (reply.name == QLatin1String("hba"))
        readHbaRules(reader, *rows);
    else if (reply.name == QLatin1String("sessions"))
        readSessions(reader, *rows);
    else if (reply.name == QLatin1String("statements"))
        reader.number(QStringLiteral("statements.recorded_with_literals"),
                      cell(*rows, 0, "with_literals").toLongLong());
    else if (reply.name == QLatin1String("foreign_keys"))
        readForeignKeyRows(reader, *rows);
    else if (reply.name == QLatin1String("usage"))
        readUsage(reader, *rows);
}

Result<Value> parsePg(const SourceEntry &entry, const Replies &replies, const Context &)
{
    ConfigSet set;
    set.source = QStringLiteral("pg_posture");
    const Error *firstError = nullptr;
    bool answered = false;
    PostureReader reader(set, QString());
    for (const Reply &reply : replies) {
        answered = answered || reply.as<SqlReply>();
        firstError = firstError ? firstError : reply.error();
        readReply(reader, reply);
    }
    if (!answered)
        return firstError ? Result<Value>(failure(*firstError))
                          : Result<Value>(failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                                                  QStringLiteral("there is no answer to read")));
    return Value(std::move(set));
}

} // namespace

const Source pgPostureSource{
    PaneKind::Configs,
    "pg_posture",
    "Posture of a PostgreSQL database",
    false,
    true,
    {},
    {"roles", "tls", "hba", "sessions", "statements", "foreign_keys", "usage"},
    pgRequests,
    parsePg,
    nullptr,
    "pg_monitor; pg_read_all_settings for pg_hba rules",
};

} // namespace taffrail::sources
