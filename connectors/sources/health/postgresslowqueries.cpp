// SPDX-License-Identifier: GPL-3.0-or-later
// Statements of the slow lane: catalog of the entry's own database. None takes a lock on a user's table, but for
// deparsing the expressions of indexes that have some.
#include "postgresview.h"

namespace taffrail::sources {

namespace {

// A build under way is no leftover; without pg_read_all_stats its index is not told, and every build may be meant.
constexpr char invalidSql[]
    = R"sql(select n.nspname || '.' || c.relname as index, i.indrelid::regclass::text as relation,
 c.relpages::bigint * 8192 as bytes, c.relname ~ '_cc(new|old)[0-9]*$' as leftover
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relkind = 'i' and n.nspname !~ '^pg_(temp|toast_temp)'
 and not exists (select 1 from pg_stat_progress_create_index p where p.index_relid = c.oid or p.index_relid is null)
order by c.relpages desc, 1 limit 50)sql";

// Keep first: what a constraint rests on, then a unique one, then the oldest.
constexpr char duplicateSql[] = R"sql(select relation, names, (pages * 8192)::bigint as bytes from (
 select i.indrelid::regclass::text as relation, sum(c.relpages) - max(c.relpages) as pages,
  string_agg(n.nspname || '.' || c.relname, ', ' order by (k.oid is not null) desc, i.indisunique desc, c.oid) as names
 from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x')
 where i.indisvalid and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
 group by i.indrelid, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
  coalesce(pg_get_expr(i.indexprs, i.indrelid), ''), coalesce(pg_get_expr(i.indpred, i.indrelid), '')
 having count(distinct c.oid) > 1) d
order by pages desc, relation limit 20)sql";

// Scans are counted where they run: with a standby nothing is said. The age of the counters is a lower bound.
constexpr char unusedSql[] = R"sql(select (select count(*) from pg_stat_replication)
  + (select count(*) from pg_replication_slots where slot_type = 'physical') as standbys,
 extract(epoch from clock_timestamp() - greatest(pg_postmaster_start_time(), d.stats_reset))::bigint as counted_s,
 u.index, u.bytes
from pg_stat_database d left join lateral (
 select n.nspname || '.' || c.relname as index, c.relpages::bigint * 8192 as bytes
 from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
 where s.idx_scan = 0 and i.indisvalid and not i.indisunique and not i.indisexclusion
  and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
  and not exists (select 1 from pg_constraint f where f.contype = 'f' and f.conrelid = i.indrelid
   and (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey)
 order by c.relpages desc, 1 limit 20) u on true
where d.datname = current_database())sql";

constexpr char foreignKeysSql[] = R"sql(select k.conname as name, k.conrelid::regclass::text as relation,
 k.confrelid::regclass::text as parent, c.relpages::bigint * 8192 as bytes, coalesce(p.n_tup_del, 0) as deletes
from pg_constraint k join pg_class c on c.oid = k.conrelid left join pg_stat_user_tables p on p.relid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and c.relkind = 'r'
 and not exists (select 1 from pg_index i where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
  and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)
order by c.relpages desc, 1 limit 50)sql";

constexpr char constraintsSql[] = R"sql(select k.conname as name, k.conrelid::regclass::text as relation
from pg_constraint k where not k.convalidated and k.conrelid <> 0 and k.conparentid = 0
 and coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true'
order by 2, 1 limit 50)sql";

// The end is that of the column where it is smaller than the sequence's own. A standby runs ahead: not asked there.
constexpr char sequencesSql[] = R"sql(select name, percent, is_cycle, last_value, last_possible, owner,
 count(*) over () as sequences, count(*) filter (where not is_readable) over () as hidden,
 string_agg(distinct_schema, ', ') over () as hidden_schemas
from (select s.name, s.is_cycle, s.last_value, s.last_possible, s.owner, s.is_readable,
  case when not s.is_readable and row_number() over (partition by s.schemaname, s.is_readable order by s.name) = 1
   then quote_ident(s.schemaname) end as distinct_schema,
  round(100.0 * s.last_value / nullif(s.last_possible, 0), 1) as percent
 from (select q.schemaname, q.schemaname || '.' || q.sequencename as name, q.cycle as is_cycle, q.last_value,
   has_sequence_privilege(c.oid, 'SELECT,USAGE') as is_readable, a.attrelid::regclass::text || '.' || a.attname as owner,
   case when q.increment_by > 0 then least(q.max_value, t.most) else greatest(q.min_value, - t.most - 1) end as last_possible
  from pg_sequences q join pg_namespace n on n.nspname = q.schemaname
   join pg_class c on c.relnamespace = n.oid and c.relname = q.sequencename
   left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
    and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
   left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   cross join lateral (select case a.atttypid when 'int2'::regtype then 32767::bigint when 'int4'::regtype then 2147483647
    else 9223372036854775807 end as most) t
  where not pg_is_in_recovery()) s) t
order by percent desc nulls last, name limit 20)sql";

constexpr char extensionsSql[] = R"sql(select name, installed_version, default_version from pg_available_extensions
where installed_version <> default_version order by name limit 100)sql";

constexpr char encryptionSql[] = R"sql(select count(*) filter (where not s.ssl) as plain,
 count(*) filter (where s.ssl and s.version in ('SSLv3', 'TLSv1', 'TLSv1.1')) as old, count(*) as remote,
 string_agg(distinct case when not s.ssl then coalesce(nullif(a.application_name, ''), a.usename::text) end, ', ') as who
from pg_stat_ssl s join pg_stat_activity a on a.pid = s.pid
where a.client_addr is not null and not a.client_addr <<= inet '127.0.0.0/8' and a.client_addr <> inet '::1')sql";

constexpr char hbaSql[] = R"sql(select line_number, type, array_to_string(database, ',') as databases,
 array_to_string(user_name, ',') as users, address, netmask, auth_method, error
from pg_hba_file_rules where error is not null or (type <> 'local' and (auth_method in ('trust', 'password', 'md5')
  or address in ('0.0.0.0', '::', '0.0.0.0/0', '::/0', 'all') and auth_method <> 'reject'))
order by line_number limit 100)sql";

// A setting that waits for a restart is told there in the same words as a wrong one; the fast lane has the former.
constexpr char filesSql[] = R"sql(select sourcefile, sourceline, name, error from pg_file_settings f
where error is not null and not exists (select 1 from pg_settings s where s.name = f.name and s.pending_restart)
order by seqno limit 20)sql";

} // namespace

const std::vector<PostgresPart> &postgresSlowParts()
{
    static const std::vector<PostgresPart> parts{
        {"invalid", invalidSql, "postgres.index_invalid"},
        {"duplicate", duplicateSql, "postgres.index_duplicate"},
        {"unused", unusedSql, "postgres.index_unused"},
        {"foreign_keys", foreignKeysSql, "postgres.foreign_key"},
        {"constraints", constraintsSql, "postgres.constraint"},
        {"sequences", sequencesSql, "postgres.sequence"},
        {"extensions", extensionsSql, "postgres.extension"},
        {"encryption", encryptionSql, "postgres.encryption"},
    };
    return parts;
}

const PostgresPart &hbaPart()
{
    static const PostgresPart part{"hba", hbaSql, "postgres.hba"};
    return part;
}

const PostgresPart &filesPart()
{
    static const PostgresPart part{"file_settings", filesSql, "postgres.settings"};
    return part;
}

} // namespace taffrail::sources
