// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresview.h"

namespace taffrail::sources {

namespace {

constexpr char sessionSql[]
    = R"sql(select current_setting('server_version_num') as version_num, current_setting('server_version') as version,
 pg_is_in_recovery() as in_recovery, pg_postmaster_start_time() as started, extract(epoch from clock_timestamp()) as now_s,
 pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER') as sees_stats, quote_ident(current_user) as role,
 has_table_privilege('pg_hba_file_rules', 'SELECT') and has_function_privilege('pg_hba_file_rules()', 'EXECUTE') as sees_hba,
 has_table_privilege('pg_file_settings', 'SELECT') and has_function_privilege('pg_show_all_file_settings()', 'EXECUTE') as sees_files,
 (select system_identifier::text from pg_control_system()) as system_id,
 (select timeline_id from pg_control_checkpoint()) as timeline)sql";

// numbackends is open to every role: it bounds the count where backend_type of others is hidden.
constexpr char connectionsSql[] = R"sql(select count(*) filter (where backend_type = 'client backend') as clients,
 current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true), '0')::int as usable,
 count(*) filter (where backend_type is null) as hidden_state,
 (select sum(numbackends) from pg_stat_database) as backends
from pg_stat_activity)sql";

constexpr char statesSql[] = R"sql(select coalesce(state, 'not told') as st, count(*) as count,
 coalesce(max(extract(epoch from clock_timestamp() - state_change)), 0)::bigint as age_s
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1 order by 1)sql";

constexpr char transactionsSql[] = R"sql(select pid, datname, usename, application_name, state,
 extract(epoch from clock_timestamp() - xact_start)::bigint as tx_s,
 extract(epoch from clock_timestamp() - state_change)::bigint as st_s,
 age(backend_xmin) as xmin_age, wait_event_type, wait_event, query like '%/* no-alert */%' as muted
from pg_stat_activity
where xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'
order by xact_start limit 200)sql";

constexpr char horizonSql[]
    = R"sql((select 'session' as src, age(backend_xmin) as max, pid::text || ' ' || coalesce(application_name, '') as holder
 from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid() order by age(backend_xmin) desc limit 1)
union all (select 'slot', greatest(age(xmin), age(catalog_xmin)), slot_name::text from pg_replication_slots
 where coalesce(xmin, catalog_xmin) is not null order by 2 desc nulls last limit 1)
union all (select 'prepared', age(transaction), gid from pg_prepared_xacts order by age(transaction) desc limit 1)
union all (select 'standby', age(backend_xmin), application_name from pg_stat_replication
 where backend_xmin is not null order by age(backend_xmin) desc limit 1))sql";

// pg_blocking_pids locks the lock table for a moment: only for sessions that wait.
constexpr char blockingSql[]
    = R"sql(select pid, array_to_string(pg_blocking_pids(pid), ',') as blockers, wait_event_type, wait_event,
 extract(epoch from clock_timestamp() - query_start)::bigint as q_s, datname, usename, application_name
from pg_stat_activity where wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0 limit 500)sql";

constexpr char preparedSql[]
    = R"sql(select gid, database, owner, extract(epoch from clock_timestamp() - prepared)::bigint as age_s
from pg_prepared_xacts order by prepared limit 50)sql";

constexpr char replicationSql[] = R"sql(select application_name, client_addr, state, sync_state,
 pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, replay_lsn)::bigint as bytes,
 extract(epoch from replay_lag) as s, extract(epoch from clock_timestamp() - reply_time)::bigint as reply_age
from pg_stat_replication order by application_name, client_addr)sql";

constexpr char syncSql[] = R"sql(select current_setting('synchronous_standby_names') as names,
 (select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')) as synced,
 (select count(*) from pg_stat_activity where wait_event = 'SyncRep') as waiting)sql";

constexpr char receiverSql[] = R"sql(select pg_is_in_recovery() as rec,
 case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
  else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end as lag_s,
 pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint as gap,
 case when pg_is_in_recovery() then pg_is_wal_replay_paused() end as paused,
 (select count(*) from pg_stat_wal_receiver where status = 'streaming'
  and last_msg_receipt_time > clock_timestamp() - interval '60 s') as wr)sql";

constexpr char slotsSql[] = R"sql(select slot_name, slot_type, active, to_jsonb(s) ->> 'wal_status' as wal_status,
 to_jsonb(s) ->> 'safe_wal_size' as safe, to_jsonb(s) ->> 'inactive_since' as inact,
 extract(epoch from clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)::bigint as inactive_s,
 to_jsonb(s) ->> 'invalidation_reason' as inv, to_jsonb(s) ->> 'conflicting' as conf,
 pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)::bigint as retained
from pg_replication_slots s order by slot_name)sql";

constexpr char wraparoundSql[] = R"sql(select datname, age(datfrozenxid) as xid_age, mxid_age(datminmxid) as mxid_age,
 current_setting('autovacuum_freeze_max_age') as fz, current_setting('autovacuum_multixact_freeze_max_age') as mfz,
 current_setting('vacuum_failsafe_age', true) as fs
from pg_database order by age(datfrozenxid) desc limit 100)sql";

// Due as autovacuum reckons: threshold + factor × rows, with the table's own settings; 18 caps it.
constexpr char vacuumSql[]
    = R"sql(select * from (select n.nspname || '.' || c.relname as relation, s.n_dead_tup as dead,
  least(coalesce((select option_value::float8 from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_threshold'),
    current_setting('autovacuum_vacuum_threshold')::float8)
   + coalesce((select option_value::float8 from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_scale_factor'),
    current_setting('autovacuum_vacuum_scale_factor')::float8) * greatest(c.reltuples, 0),
   nullif(coalesce(current_setting('autovacuum_vacuum_max_threshold', true), '-1'), '-1')::float8) as due,
  extract(epoch from clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::bigint as vacuumed_s
 from pg_stat_user_tables s join pg_class c on c.oid = s.relid join pg_namespace n on n.oid = c.relnamespace
 where s.n_dead_tup > 1000) t
where dead > 2 * due order by dead / greatest(due, 1) desc limit 10)sql";

constexpr char writerSql[]
    = R"sql(select to_jsonb(b) ->> 'checkpoints_timed' as checkpoints_timed, to_jsonb(b) ->> 'checkpoints_req' as checkpoints_req,
 to_jsonb(b) ->> 'buffers_backend_fsync' as buffers_backend_fsync, to_jsonb(b) ->> 'checkpoint_write_time' as checkpoint_write_time,
 b.maxwritten_clean as maxwritten_clean, b.stats_reset as stats_reset
from pg_stat_bgwriter b)sql";

constexpr char checkpointerSql[]
    = R"sql(select num_timed, num_requested, to_jsonb(c) ->> 'num_done' as num_done, restartpoints_done, write_time, stats_reset
from pg_stat_checkpointer c)sql";

constexpr char databasesSql[]
    = R"sql(select coalesce(s.datname::text, 'shared objects') as datname, s.numbackends as numbackends, d.datconnlimit as datconnlimit, s.xact_commit as xact_commit,
 s.xact_rollback as xact_rollback, s.blks_read as blks_read, s.blks_hit as blks_hit, s.temp_files as temp_files, s.temp_bytes as temp_bytes,
 s.deadlocks as deadlocks, s.conflicts as conflicts, s.checksum_failures as checksum_failures,
 s.checksum_last_failure as checksum_last_failure, s.stats_reset as stats_reset
from pg_stat_database s left join pg_database d on d.oid = s.datid
where d.datallowconn or s.datid = 0 order by s.datname limit 200)sql";

constexpr char settingsSql[]
    = R"sql(select current_setting('data_checksums') as data_checksums, current_setting('fsync') as fsync,
 current_setting('full_page_writes') as full_page_writes, current_setting('autovacuum') as autovacuum,
 (select string_agg(name, ', ' order by name) from pg_settings where pending_restart) as pending_restart,
 (select count(*) from pg_stat_activity where backend_type = 'autovacuum worker') as workers,
 current_setting('autovacuum_max_workers')::int as max_workers)sql";

constexpr char walSql[] = R"sql(select count(*) as files, coalesce(sum(size), 0)::bigint as bytes,
 (select setting::bigint * 1048576 from pg_settings where name = 'max_wal_size') as max_bytes
from pg_ls_waldir())sql";

} // namespace

const std::vector<PostgresPart> &postgresParts()
{
    static const std::vector<PostgresPart> parts{
        {"session", sessionSql, "postgres.session"},
        {"connections", connectionsSql, "postgres.connections"},
        {"states", statesSql, "postgres.states"},
        {"transactions", transactionsSql, "postgres.transactions"},
        {"horizon", horizonSql, "postgres.horizon"},
        {"blocking", blockingSql, "postgres.blocking"},
        {"prepared", preparedSql, "postgres.prepared"},
        {"replication", replicationSql, "postgres.replication"},
        {"sync", syncSql, "postgres.sync"},
        {"receiver", receiverSql, "postgres.receiver"},
        {"slots", slotsSql, "postgres.slots"},
        {"wraparound", wraparoundSql, "postgres.wraparound"},
        {"vacuum", vacuumSql, "postgres.vacuum"},
        {"writer", writerSql, "postgres.checkpoints"},
        {"databases", databasesSql, "postgres.databases"},
        {"settings", settingsSql, "postgres.settings"},
        {"wal", walSql, "postgres.wal"},
    };
    return parts;
}

const PostgresPart &checkpointerPart()
{
    static const PostgresPart part{"checkpointer", checkpointerSql, "postgres.checkpoints"};
    return part;
}

} // namespace taffrail::sources
