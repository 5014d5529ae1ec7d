// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgschemaqueries.h"

#include "masktokens.h"

namespace taffrail::sources {

namespace {

// How the server prints a definition depends on the search path: with an empty one every name carries its schema. The
// path is an input of each printing function, so that it is set before the first of them runs; it ends with the
// statement.
constexpr char pathSql[] = "with p as materialized (select set_config('search_path', '', true) as path) ";
constexpr char userSchemas[] = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and ($1::text[] is null or "
                               "n.nspname = any($1::text[]))";

/// Not of an extension.
QByteArray own(const char *catalog, const char *oid)
{
    return QByteArray("not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.") + catalog
        + "'::regclass and e.objid = " + oid + " and e.deptype = 'e')";
}

/// The relations that are looked at: partitions are folded into their parents.
QByteArray relations(const char *kinds)
{
    return QByteArray("pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace and ")
        + userSchemas + " and c.relkind in (" + kinds + ") and not c.relispartition and " + own("pg_class", "c.oid");
}

QByteArray withPath(const char *oid)
{
    return QByteArray("case when p.path = '' then ") + oid + " end";
}

constexpr char endSql[] = " order by 1, 2, 3, 4 limit 50001";

QByteArray schemasSql()
{
    return QByteArray(
               "select n.nspname as k1, 'owner' as k2, null as k3, null as k4, pg_get_userbyid(n.nspowner) as value,"
               " null as note from pg_catalog.pg_namespace n where ")
        + userSchemas + " and " + own("pg_namespace", "n.oid") + endSql;
}

QByteArray relationsSql()
{
    return QByteArray(pathSql)
        + R"sql(select n.nspname as k1, c.relname as k2, w.what as k3, null as k4, w.value, w.note
from p, )sql"
        + relations("'r','p','v','m','f'") + R"sql(
left join pg_catalog.pg_foreign_table ft on ft.ftrelid = c.oid left join pg_catalog.pg_foreign_server fs on fs.oid = ft.ftserver
cross join lateral (values
 ('kind', case c.relpersistence when 'u' then 'unlogged ' when 't' then 'temporary ' else '' end
  || case c.relkind when 'r' then 'table' when 'p' then 'partitioned table by ' || pg_get_partkeydef()sql"
        + withPath("c.oid") + R"sql()
   when 'v' then 'view' when 'm' then 'materialized view' else 'foreign table on ' || coalesce(fs.srvname, '') end
  || coalesce((select ' inherits ' || string_agg(format('%I.%I', pn.nspname, pc.relname), ', ' order by i.inhseqno)
   from pg_catalog.pg_inherits i join pg_catalog.pg_class pc on pc.oid = i.inhparent
   join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where i.inhrelid = c.oid), '')
  || case when c.relkind not in ('r','p') then '' else case c.relreplident when 'f' then ' replica identity full' when 'n' then ' replica identity nothing'
   when 'i' then ' replica identity index' else '' end end
  || case when c.reloptions is null then '' else ' with (' || (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o) || ')' end,
  case when c.relkind = 'p' then (select count(*) || ' partitions, not compared one by one' from pg_catalog.pg_inherits i where i.inhparent = c.oid)
   when c.relkind = 'm' and not c.relispopulated then 'not populated' end),
 ('owner', pg_get_userbyid(c.relowner)::text, null),
 ('row_security', case when c.relrowsecurity or c.relforcerowsecurity then
  case when c.relrowsecurity then 'enabled' else 'disabled' end || case when c.relforcerowsecurity then ', forced' else '' end end, null),
 ('definition', case when c.relkind in ('v','m') then 'sha256:' || encode(sha256(convert_to(
  replace(pg_get_viewdef()sql"
        + withPath("c.oid") + R"sql(), E'\r', ''), 'UTF8')), 'hex') end, null)
) as w(what, value, note) where w.value is not null)sql"
        + endSql;
}

QByteArray columnsSql()
{
    const QByteArray written = "pg_get_expr(" + withPath("d.adbin") + ", d.adrelid)";
    // A literal as the default of a column that is named like a secret is one; an empty text and a sequence are none.
    const QByteArray isSecret = "(" + written + " ~ '''' and " + written + " !~ '^(''''(::|$)|nextval[(])' and ("
        + sqlNamesSecret("a.attname") + " or " + sqlLooksSecret(written) + "))";
    const QByteArray shown
        = "case when " + isSecret + " then " + sqlToken(written, "$2", "$3") + " else " + written + " end";
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, c.relname as k2, 'columns' as k3, a.attname as k4,
 format_type()sql"
        + withPath("a.atttypid") + R"sql(, a.atttypmod)
 || coalesce((select ' collate ' || quote_ident(co.collname) from pg_catalog.pg_collation co, pg_catalog.pg_type ct
  where co.oid = a.attcollation and ct.oid = a.atttypid and a.attcollation <> ct.typcollation), '')
 || case when a.attnotnull then ' not null' else '' end
 || case a.attidentity when 'a' then ' generated always as identity' when 'd' then ' generated by default as identity' else '' end
 || case when d.adbin is null then '' when a.attgenerated <> '' then ' generated always as (' || )sql"
        + shown + R"sql( || case a.attgenerated when 's' then ') stored' else ') virtual' end else ' default ' || )sql"
        + shown + R"sql( end as value,
 null as note from p, )sql"
        + relations("'r','p','v','m','f'") + R"sql(
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where true)sql"
        + endSql;
}

QByteArray constraintsSql()
{
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, c.relname as k2, 'constraints' as k3, k.conname as k4,
 pg_get_constraintdef()sql"
        + withPath("k.oid") + R"sql() as value, null as note
from p, )sql"
        + relations("'r','p','f'")
        + R"sql( join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype in ('c','f','p','u','x') where true)sql"
        + endSql;
}

QByteArray indexesSql()
{
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, c.relname as k2, 'indexes' as k3, ic.relname as k4,
 regexp_replace(pg_get_indexdef()sql"
        + withPath("x.indexrelid") + R"sql(), '^CREATE (UNIQUE )?INDEX .*? ON (ONLY )?.*? USING ', '\1using ')
 || case when x.indisvalid then '' else ' (invalid)' end || case when x.indisclustered then ' (clustered)' else '' end
 || case when x.indisreplident then ' (replica identity)' else '' end as value, null as note
from p, )sql"
        + relations("'r','p','m'") + R"sql( join pg_catalog.pg_index x on x.indrelid = c.oid
join pg_catalog.pg_class ic on ic.oid = x.indexrelid
where not exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.conrelid = c.oid
 and k.contype in ('p','u','x') and x.indisvalid))sql"
        + endSql;
}

QByteArray functionsSql()
{
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, 'functions' as k2,
 f.proname || '(' || pg_get_function_identity_arguments()sql"
        + withPath("f.oid") + R"sql() || ')' as k3, w.what as k4, w.value, null as note
from p, pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace and )sql"
        + userSchemas + " and " + own("pg_proc", "f.oid") + R"sql( join pg_catalog.pg_language l on l.oid = f.prolang
left join pg_catalog.pg_aggregate g on g.aggfnoid = f.oid
cross join lateral (values ('definition', case f.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end
 || coalesce(' returns ' || pg_get_function_result()sql"
        + withPath("f.oid") + R"sql(), '') || ' language ' || l.lanname
 || case f.provolatile when 'i' then ' immutable' when 's' then ' stable' else '' end || case when f.prosecdef then ' security definer' else '' end
 || ' sha256:' || encode(sha256(convert_to(replace(case when f.prokind = 'a'
  then case when p.path = '' then concat_ws(' ', g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn,
   g.aggminvtransfn, g.aggmfinalfn, format_type()sql"
        + withPath("g.aggtranstype") + R"sql(, null), g.agginitval, g.aggminitval, f.proparallel) end
  else pg_get_functiondef(case when p.path = '' and f.prokind <> 'a' then f.oid end) end, E'\r', ''), 'UTF8')), 'hex')),
 ('owner', pg_get_userbyid(f.proowner)::text)) as w(what, value) where true)sql"
        + endSql;
}

QByteArray triggersSql()
{
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, c.relname as k2, 'triggers' as k3, t.tgname as k4,
 pg_get_triggerdef()sql"
        + withPath("t.oid") + R"sql() || case t.tgenabled when 'D' then ' (disabled)' when 'R' then ' (replica only)'
 when 'A' then ' (always)' else '' end as value, null as note
from p, )sql"
        + relations("'r','p','v','f'")
        + R"sql( join pg_catalog.pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal where true
union all select n.nspname, c.relname, 'rules', r.rulename, pg_get_ruledef()sql"
        + withPath("r.oid") + R"sql()
 || case r.ev_enabled when 'D' then ' (disabled)' else '' end, null
from p, )sql"
        + relations("'r','p','v','f'")
        + R"sql( join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.rulename <> '_RETURN' where true
union all select n.nspname, c.relname, 'policies', y.polname,
 case when y.polpermissive then 'permissive' else 'restrictive' end || ' for '
 || case y.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
 || ' to ' || coalesce((select string_agg(case when o = 0 then 'public' else pg_get_userbyid(o)::text end, ', '
  order by case when o = 0 then 'public' else pg_get_userbyid(o)::text end) from unnest(y.polroles) o), 'public')
 || coalesce(' using (' || pg_get_expr()sql"
        + withPath("y.polqual") + R"sql(, c.oid) || ')', '')
 || coalesce(' with check (' || pg_get_expr()sql"
        + withPath("y.polwithcheck") + R"sql(, c.oid) || ')', ''), null
from p, )sql"
        + relations("'r','p'") + " join pg_catalog.pg_policy y on y.polrelid = c.oid where true" + endSql;
}

QByteArray typesSql()
{
    return QByteArray(pathSql) + R"sql(select n.nspname as k1, 'types' as k2, t.typname as k3, null as k4,
 case t.typtype when 'e' then 'enum (' || coalesce((select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
  from pg_catalog.pg_enum e where e.enumtypid = t.oid), '') || ')'
 when 'd' then 'domain over ' || format_type()sql"
        + withPath("t.typbasetype") + R"sql(, t.typtypmod) || case when t.typnotnull then ' not null' else '' end
  || coalesce(' default ' || coalesce(pg_get_expr(case when p.path = '' then t.typdefaultbin end, 0), t.typdefault), '')
  || coalesce((select string_agg(' constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(case when p.path = '' then k.oid end), '' order by k.conname)
   from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'), '')
 when 'r' then 'range of ' || (select format_type(case when p.path = '' then g.rngsubtype end, null) from pg_catalog.pg_range g where g.rngtypid = t.oid)
 when 'c' then '(' || coalesce((select string_agg(quote_ident(a.attname) || ' ' || format_type(case when p.path = '' then a.atttypid end, a.atttypmod), ', ' order by a.attnum)
  from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '') || ')'
 else 'base type' end as value, 'owner ' || pg_get_userbyid(t.typowner) as note
from p, pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace and )sql"
        + userSchemas + " and " + own("pg_type", "t.oid")
        + R"sql( where (t.typtype in ('e','d','r') or (t.typtype = 'b' and t.typelem = 0)
 or (t.typtype = 'c' and (select c.relkind from pg_catalog.pg_class c where c.oid = t.typrelid) = 'c')))sql"
        + endSql;
}

QByteArray sequencesSql()
{
    return QByteArray(pathSql)
        + R"sql(select n.nspname as k1, c.relname as k2, w.what as k3, null as k4, w.value, null as note
from p, )sql"
        + relations("'S'") + R"sql( join pg_catalog.pg_sequence s on s.seqrelid = c.oid
cross join lateral (values ('kind', 'sequence ' || format_type()sql"
        + withPath("s.seqtypid") + R"sql(, null) || ' start ' || s.seqstart
 || ' increment ' || s.seqincrement || ' min ' || s.seqmin || ' max ' || s.seqmax || ' cache ' || s.seqcache
 || case when s.seqcycle then ' cycle' else '' end
 || coalesce((select ' owned by ' || format('%I.%I.%I', tn.nspname, tc.relname, a.attname) from pg_catalog.pg_depend d
  join pg_catalog.pg_class tc on tc.oid = d.refobjid join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = tc.oid and a.attnum = d.refobjsubid
  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.deptype in ('a','i') limit 1), '')),
 ('owner', pg_get_userbyid(c.relowner)::text)) as w(what, value) where true)sql"
        + endSql;
}

/// Rights on one kind of objects, one row a role. An owner has all rights unless some were taken: only that is shown.
QByteArray grantsOf(const QByteArray &names, const QByteArray &acl, const QByteArray &defaults, const QByteArray &from)
{
    return "select " + names + R"sql( || case when grantee = 0 then 'public' else pg_get_userbyid(grantee)::text end,
 string_agg(privilege_type || case when is_grantable then '*' else '' end, ', ' order by privilege_type, is_grantable), null::text
from ()sql"
        + from
        + ") o cross join lateral (select grantee, privilege_type, bool_or(is_grantable) as is_grantable"
          " from pg_catalog.aclexplode(coalesce("
        + acl + ", " + defaults + R"sql()) group by 1, 2
 union all select o.owner, 'none', false where not exists (select from pg_catalog.aclexplode(coalesce()sql"
        + acl + ", " + defaults + R"sql()) where grantee = o.owner)) x
group by o.k1, o.k2, o.k3, o.owner, x.grantee having x.grantee <> o.owner
 or array_agg(privilege_type order by privilege_type) <> (select array_agg(privilege_type order by privilege_type)
  from pg_catalog.aclexplode()sql"
        + defaults + R"sql() where grantee = o.owner))sql";
}

QByteArray grantsSql()
{
    const QByteArray schema = QByteArray("n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and "
                                         "($1::text[] is null or n.nspname = any($1::text[]))");
    const QByteArray tables = "select n.nspname as k1, c.relname as k2, null::name as k3, c.relacl as acl, c.relowner "
                              "as owner, c.relkind from "
        + relations("'r','p','v','m','f','S'");
    const QByteArray columns
        = "select n.nspname as k1, c.relname as k2, a.attname as k3, a.attacl as acl, c.relowner as owner from "
        + relations("'r','p','v','m','f'")
        + " join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped";
    const QByteArray schemas
        = "select n.nspname as k1, null::name as k2, null::name as k3, n.nspacl as acl, n.nspowner as owner"
          " from pg_catalog.pg_namespace n where "
        + schema;
    const QByteArray functions
        = "select n.nspname as k1, f.proname || '(' || pg_get_function_identity_arguments(case when p.path = ''"
          " then f.oid end) || ')' as k2, null::name as k3, f.proacl as acl, f.proowner as owner from p,"
          " pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace and "
        + schema + " and " + own("pg_proc", "f.oid");
    const QByteArray types
        = "select n.nspname as k1, t.typname as k2, null::name as k3, t.typacl as acl, t.typowner as owner from"
          " pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace and "
        + schema + " and t.typacl is not null and " + own("pg_type", "t.oid");
    return QByteArray(pathSql) + "select * from ("
        + grantsOf(
              "o.k1::text as k1, o.k2::text as k2, 'grants'::text as k3, ''", "o.acl",
              "pg_catalog.acldefault(case when o.relkind = 'S' then 's'::\"char\" else 'r'::\"char\" end, o.owner)",
              tables)
              .replace("group by o.k1, o.k2, o.k3,", "group by o.k1, o.k2, o.k3, o.relkind,")
        + ") t(k1, k2, k3, k4, value, note) union all "
        + grantsOf("o.k1::text, o.k2::text, 'column_grants', o.k3::text || ' '", "o.acl",
                   "pg_catalog.acldefault('c'::\"char\", o.owner)", columns)
        + " union all "
        + grantsOf("o.k1::text, 'grants', null, ''", "o.acl", "pg_catalog.acldefault('n'::\"char\", o.owner)", schemas)
        + " union all "
        + grantsOf("o.k1::text, 'function_grants', o.k2::text, ''", "o.acl",
                   "pg_catalog.acldefault('f'::\"char\", o.owner)", functions)
        + " union all "
        + grantsOf("o.k1::text, 'type_grants', o.k2::text, ''", "o.acl",
                   "pg_catalog.acldefault('T'::\"char\", o.owner)", types)
        + R"sql( union all select coalesce(n.nspname, 'all schemas'), 'default_grants',
 case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'others' end
  || ' by ' || pg_get_userbyid(d.defaclrole),
 case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee)::text end,
 string_agg(x.privilege_type || case when x.is_grantable then '*' else '' end, ', ' order by x.privilege_type), null
from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
cross join lateral pg_catalog.aclexplode(d.defaclacl) x where n.nspname is null or ()sql"
        + schema + ") group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit 50001";
}

QByteArray databaseSql()
{
    return R"sql(select 'extensions' as k1, e.extname as k2, null as k3, null as k4, e.extversion || ' in ' || n.nspname as value,
 'owner ' || pg_get_userbyid(e.extowner) as note
from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
union all select 'database', w.what, null, null, w.value, null from pg_catalog.pg_database d
cross join lateral (values ('owner', pg_get_userbyid(d.datdba)::text), ('encoding', pg_encoding_to_char(d.encoding)::text),
 ('collate', d.datcollate::text), ('ctype', d.datctype::text), ('connection_limit', d.datconnlimit::text)) as w(what, value)
where d.datname = current_database()
union all select 'event_triggers', t.evtname, null, null, t.evtevent || ' executes ' || (select format('%I.%I', fn.nspname, f.proname) from pg_catalog.pg_proc f join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace where f.oid = t.evtfoid)
 || coalesce(' when tag in (' || array_to_string(t.evttags, ', ') || ')', '') || case t.evtenabled when 'D' then ' (disabled)' else '' end, null
from pg_catalog.pg_event_trigger t
union all select 'publications', b.pubname, null, null, case when b.puballtables then 'all tables' else coalesce((select
 string_agg(format('%I.%I', t.schemaname, t.tablename), ', ' order by t.schemaname, t.tablename) from pg_catalog.pg_publication_tables t
 where t.pubname = b.pubname), 'no tables') end || ' (' || concat_ws(', ', case when b.pubinsert then 'insert' end,
 case when b.pubupdate then 'update' end, case when b.pubdelete then 'delete' end, case when b.pubtruncate then 'truncate' end) || ')', null
from pg_catalog.pg_publication b where $1::text[] is null or true)sql"
        + QByteArray(endSql);
}

} // namespace

const std::vector<SchemaPart> &schemaParts()
{
    static const std::vector<SchemaPart> parts{
        {"database", databaseSql()},     {"schemas", schemasSql()},         {"relations", relationsSql()},
        {"columns", columnsSql(), true}, {"constraints", constraintsSql()}, {"indexes", indexesSql()},
        {"functions", functionsSql()},   {"triggers", triggersSql()},       {"types", typesSql()},
        {"sequences", sequencesSql()},   {"grants", grantsSql()},
    };
    return parts;
}

} // namespace taffrail::sources
