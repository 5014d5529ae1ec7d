// SPDX-License-Identifier: GPL-3.0-or-later
#include "configasking.h"

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QString text(const char *utf8)
{
    return QString::fromUtf8(utf8);
}

const char *const worldSql[]{
    "create schema shop",
    "create table shop.customers (id bigint generated always as identity primary key, mail text collate \"C\" not null "
    "unique,"
    " full_name varchar(80), low text generated always as (lower(mail)) stored, api_token text default "
    "'tok-0123456789abcdef', password text default '', access_key_id serial)",
    "create table shop.orders (id serial primary key, customer bigint not null references shop.customers on delete "
    "cascade,"
    " total numeric(10,2) not null default 0, placed timestamptz default now(), note text, check (total >= 0))",
    "create index orders_by_time on shop.orders using btree (placed desc) where total > 10",
    "create unlogged table shop.scratch (a int) with (fillfactor = 70)",
    "create table shop.events (at date not null, what jsonb) partition by range (at)",
    "create table shop.events_2024 partition of shop.events for values from ('2024-01-01') to ('2025-01-01')",
    "create table shop.special_orders (extra int) inherits (shop.orders)",
    "create type shop.mood as enum ('sad', 'it''s ok', 'happy')",
    "create domain shop.percent as numeric default 0 not null constraint in_range check (value between 0 and 100)",
    "create type shop.place as (street text, number int)",
    "create type shop.span as range (subtype = float8)",
    "create view shop.big_orders as select id, total from shop.orders where total > 100",
    "create materialized view shop.sums as select customer, sum(total) as total from shop.orders group by 1 with no "
    "data",
    "create function shop.add(a int, b int default 1) returns int language sql immutable as 'select a + b'",
    "create function shop.add(a text) returns text language plpgsql as $$ begin return a || 'x'; end $$",
    "create procedure shop.clean() language sql as 'delete from shop.scratch'",
    "create aggregate shop.total_of(int) (sfunc = int4pl, stype = int, initcond = '0')",
    "create function shop.touched() returns trigger language plpgsql as $$ begin return new; end $$",
    "create trigger keep_note before update on shop.orders for each row when (old.note is distinct from new.note)"
    " execute function shop.touched()",
    "create rule quiet as on delete to shop.scratch do instead nothing",
    "create sequence shop.numbers as smallint start 5 increment 2 cycle",
    "alter table shop.orders enable row level security",
    "create policy own_rows on shop.orders for select to reader, postgres using (customer = 1)",
    "grant select, insert on shop.orders to reader with grant option",
    "grant update (note) on shop.orders to reader",
    "revoke delete on shop.orders from postgres",
    "grant usage on schema shop to reader",
    "revoke execute on procedure shop.clean() from public",
    "alter default privileges in schema shop grant select on tables to reader",
    "create table public.\"Odd.Name\" (\"a \"\"b\" int)",
};

} // namespace

/// A real server with two databases of one schema that holds every kind of object.
class PgSchemaTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;

    ConfigSet read(const char *database, const QVariantMap &options = {}, const char *role = "postgres")
    {
        return configsOf(pgSchemaSource, m_cluster.socketDsn(text(role), text(database)), options);
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        for (const char *sql : {"create role reader login", "create role nobody_special login",
                                "create database left_one", "create database right_one"})
            m_cluster.execute(sql);
        for (const char *database : {"left_one", "right_one"}) {
            for (const char *sql : worldSql)
                m_cluster.execute(sql, text(database));
        }
    }

    void everyKind_data()
    {
        QTest::addColumn<QString>("value");
        const auto row = [](const char *key, const char *value) { QTest::newRow(key) << text(value); };
        row("shop.owner", "postgres");
        row("shop.orders.kind", "table");
        row("shop.orders.columns.total", "numeric(10,2) not null default 0");
        row("shop.orders.columns.customer", "bigint not null");
        row("shop.orders.columns.id", "integer not null default nextval('shop.orders_id_seq'::regclass)");
        row("shop.customers.columns.id", "bigint not null generated always as identity");
        row("shop.customers.columns.mail", "text collate \"C\" not null");
        row("shop.customers.columns.password", "text default ''::text");
        row("shop.customers.columns.access_key_id",
            "integer not null default nextval('shop.customers_access_key_id_seq'::regclass)");
        row("shop.customers.columns.low", "text generated always as (lower(mail)) stored");
        row("shop.orders.constraints.orders_customer_fkey",
            "FOREIGN KEY (customer) REFERENCES shop.customers(id) ON DELETE CASCADE");
        row("shop.orders.constraints.orders_total_check", "CHECK ((total >= (0)::numeric))");
        row("shop.orders.constraints.orders_pkey", "PRIMARY KEY (id)");
        row("shop.orders.indexes.orders_by_time", "using btree (placed DESC) WHERE (total > (10)::numeric)");
        row("shop.orders.indexes.orders_pkey", "(missing)"); // the constraint says it
        row("shop.orders.row_security", "enabled");
        row("shop.orders.policies.own_rows", "permissive for select to postgres, reader using ((customer = 1))");
        row("shop.orders.grants.reader", "INSERT*, SELECT*");
        row("shop.orders.grants.postgres", "INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE");
        row("shop.customers.grants.postgres", "(missing)");
        row("shop.orders.column_grants.note reader", "UPDATE");
        row("shop.grants.reader", "USAGE");
        row("shop.function_grants.clean().public", "(missing)");
        row("shop.function_grants.\"add(a text)\".public", "(missing)");
        row("shop.function_grants.add(a text).public", "EXECUTE");
        row("shop.default_grants.tables by postgres.reader", "SELECT");
        row("shop.scratch.kind", "unlogged table with (fillfactor=70)");
        row("shop.events.kind", "partitioned table by RANGE (at)");
        row("shop.events_2024.kind", "(missing)");
        row("shop.special_orders.kind", "table inherits shop.orders");
        row("shop.big_orders.kind", "view");
        row("shop.sums.kind", "materialized view");
        row("shop.types.mood", "enum ('sad', 'it''s ok', 'happy')");
        row("shop.types.percent",
            "domain over numeric not null default 0 constraint in_range CHECK (((VALUE >= (0)::numeric) AND (VALUE <= "
            "(100)::numeric)))");
        row("shop.types.place", "(street text, number integer)");
        row("shop.types.span", "range of double precision");
        row("shop.numbers.kind", "sequence smallint start 5 increment 2 min 1 max 32767 cache 1 cycle");
        row("shop.orders_id_seq.kind",
            "sequence integer start 1 increment 1 min 1 max 2147483647 cache 1 owned by shop.orders.id");
        row("shop.orders.triggers.keep_note",
            "CREATE TRIGGER keep_note BEFORE UPDATE ON shop.orders FOR EACH ROW WHEN ((old.note IS DISTINCT FROM "
            "new.note))"
            " EXECUTE FUNCTION shop.touched()");
        row("shop.scratch.rules.quiet", "CREATE RULE quiet AS\n    ON DELETE TO shop.scratch DO INSTEAD NOTHING;");
        row("public.\"Odd.Name\".columns.\"a \\\"b\"", "integer");
        row("extensions.plpgsql", "1.0 in pg_catalog");
        row("database.encoding", "UTF8");
    }

    void everyKind()
    {
        QFETCH(QString, value);
        static const ConfigSet set = read("left_one");
        QCOMPARE(valueIn(set, QTest::currentDataTag()), value);
    }

    void definitionsAreHashed()
    {
        const ConfigSet set = read("left_one");
        QVERIFY(valueIn(set, "shop.big_orders.definition").startsWith(text("sha256:")));
        const QString function = valueIn(set, "shop.functions.add(a integer, b integer).definition");
        QVERIFY2(function.startsWith(text("function returns integer language sql immutable sha256:")),
                 qPrintable(function));
        QVERIFY(
            valueIn(set, "shop.functions.total_of(integer).definition").startsWith(text("aggregate returns integer")));
        QVERIFY(valueIn(set, "shop.functions.clean().definition").startsWith(text("procedure language sql sha256:")));
        QCOMPARE(entryOf(set, text("shop.events.kind"))->note, text("1 partitions, not compared one by one"));
        QCOMPARE(set.files.size(), size_t(0)); // nothing failed
        for (const ConfigEntry &entry : set.entries) {
            QVERIFY2(!entry.key.startsWith(text("pg_")) && !entry.key.startsWith(text("information_schema")),
                     qPrintable(entry.key));
            QVERIFY(!entry.value.contains(text("TFMASK")));
        }
    }

    void keysAreUnique()
    {
        QSet<QString> seen;
        for (const ConfigEntry &entry : read("left_one").entries) {
            QVERIFY2(!seen.contains(entry.key), qPrintable(entry.key));
            seen.insert(entry.key);
        }
    }

    void aSecretDefaultIsMasked()
    {
        const QVariantMap key{{text("compare_key"), QString(64, QLatin1Char('a'))}};
        const ConfigSet plain = read("left_one"), keyed = read("left_one", key), other = read("right_one", key);
        const QString name = text("shop.customers.columns.api_token");
        QCOMPARE(entryOf(plain, name)->value, text("text default ") + maskMark.toString());
        QVERIFY(entryOf(plain, name)->secret);
        QVERIFY(entryOf(plain, name)->fingerprint.isEmpty());
        QCOMPARE(entryOf(keyed, name)->fingerprint.size(), 64);
        QCOMPARE(entryOf(keyed, name)->fingerprint, entryOf(other, name)->fingerprint);
        for (const ConfigSet *set : {&plain, &keyed}) {
            for (const ConfigEntry &entry : set->entries)
                QVERIFY2(!entry.value.contains(text("tok-0123")), qPrintable(entry.key));
        }
    }

    void theSameSchemaIsTheSame() { QCOMPARE(differences(read("left_one"), read("right_one")), QStringList()); }

    void theSearchPathChangesNothing()
    {
        const ConfigSet before = read("left_one");
        m_cluster.execute("alter role reader in database left_one set search_path = shop, public");
        QCOMPARE(differences(before, read("left_one", {}, "reader")), QStringList());
    }

    void aRoleWithoutRightsSeesTheSame()
    {
        QCOMPARE(differences(read("left_one"), read("left_one", {}, "nobody_special")), QStringList());
    }

    void schemasCanBeNamed()
    {
        const ConfigSet set = read("left_one", {{text("schemas"), QStringList{text("shop"), text("no \"such, {one")}}});
        QCOMPARE(valueIn(set, "public.owner"), text("(missing)"));
        QCOMPARE(valueIn(set, "shop.orders.kind"), text("table"));
        QCOMPARE(set.notes, QStringList{text("there is no schema no \"such, {one")});
    }

    void plantedDifferences_data()
    {
        QTest::addColumn<QStringList>("changes");
        QTest::addColumn<QStringList>("keys");
        const auto row = [](const char *name, const QStringList &changes, const QStringList &keys) {
            QTest::newRow(name) << changes << keys;
        };
        row("a type", {text("alter table shop.orders alter note type varchar(10)")},
            {text("shop.orders.columns.note"), text("shop.orders.triggers.keep_note"),
             text("shop.special_orders.columns.note")});
        row("a default", {text("alter table shop.customers alter full_name set default 'x'")},
            {text("shop.customers.columns.full_name")});
        row("a secret default", {text("alter table shop.customers alter api_token set default 'tok-fedcba9876543210'")},
            {text("shop.customers.columns.api_token")});
        row("a column", {text("alter table shop.scratch add b int")}, {text("+shop.scratch.columns.b")});
        row("an index", {text("drop index shop.orders_by_time")}, {text("-shop.orders.indexes.orders_by_time")});
        row("a function's text",
            {text("create or replace function shop.add(a text) returns text language plpgsql as $$ begin return a; end "
                  "$$")},
            {text("shop.functions.add(a text).definition")});
        row("a view's text",
            {text("create or replace view shop.big_orders as select id, total from shop.orders where total > 101")},
            {text("shop.big_orders.definition")});
        row("an enum's order", {text("alter type shop.mood add value 'mad' before 'sad'")}, {text("shop.types.mood")});
        row("a right", {text("revoke insert on shop.orders from reader")}, {text("shop.orders.grants.reader")});
        row("a right to grant", {text("revoke grant option for select on shop.orders from reader")},
            {text("shop.orders.grants.reader")});
        row("all rights", {text("revoke all on shop.customers from postgres")},
            {text("+shop.customers.grants.postgres")});
        row("an owner", {text("alter table shop.scratch owner to reader")}, {text("shop.scratch.owner")});
        row("a trigger off", {text("alter table shop.orders disable trigger keep_note")},
            {text("shop.orders.triggers.keep_note")});
        row("row security", {text("alter table shop.orders force row level security")},
            {text("shop.orders.row_security")});
        row("a sequence", {text("alter sequence shop.numbers increment 3")}, {text("shop.numbers.kind")});
        row("a partition",
            {text("create table shop.events_2025 partition of shop.events for values from ('2025-01-01') to "
                  "('2026-01-01')")},
            {});
        row("public may", {text("grant execute on procedure shop.clean() to public")},
            {text("+shop.function_grants.clean().public")});
    }

    void plantedDifferences()
    {
        QFETCH(QStringList, changes);
        QFETCH(QStringList, keys);
        m_cluster.execute("drop database if exists changed_one");
        m_cluster.execute("create database changed_one template right_one");
        m_cluster.execute("revoke all on database changed_one from reader");
        for (const QString &sql : changes) {
            try {
                m_cluster.execute(sql.toUtf8(), text("changed_one"));
            } catch (const std::exception &error) {
                // A column that a trigger reads cannot change its type: without it, the trigger is the other
                // difference.
                m_cluster.execute("drop trigger keep_note on shop.orders", text("changed_one"));
                m_cluster.execute(sql.toUtf8(), text("changed_one"));
                keys.replaceInStrings(text("shop.orders.triggers.keep_note"), text("-shop.orders.triggers.keep_note"));
                keys.sort();
            }
        }
        const QVariantMap key{{text("compare_key"), QString(64, QLatin1Char('a'))}};
        QCOMPARE(differences(read("right_one", key), read("changed_one", key)), keys);
    }
};

QTEST_GUILESS_MAIN(PgSchemaTest)
#include "tst_pgschema.moc"
