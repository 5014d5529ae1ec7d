// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresruns.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;

/// The slow lane against a real server on which each thing that it looks for was made.
class PostgresCatalogTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;

    HealthReport read(const char *role = "watcher", const QVariantMap &options = {})
    {
        return healthOf(m_cluster.socketDsn(QString::fromLatin1(role)), options);
    }
    static QString text(const char *utf8) { return QString::fromUtf8(utf8); }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        for (const char *sql : {"create role watcher login", "grant pg_monitor to watcher",
                                "create role nobody_special login", "create table parents (id int primary key)",
                                "create table children (id serial primary key, parent int, other int, small smallint)",
                                "create sequence own_small owned by children.small",
                                "grant select on children_id_seq, own_small to watcher"})
            m_cluster.execute(sql);
    }

    void aCleanDatabaseHasNothingToSay()
    {
        const HealthReport report = read();
        for (const HealthCheck &check : report.checks)
            QVERIFY2(check.status != Status::Unknown, qPrintable(check.code + QLatin1Char(' ') + check.text));
        QCOMPARE(statusOf(report, "postgres.index_invalid"), text("ok"));
        QCOMPARE(statusOf(report, "postgres.index_unused"), text("none")); // the counters are too young
        QVERIFY(report.notes.join(QLatin1Char(' ')).contains(text("GRANT SELECT ON pg_hba_file_rules TO watcher;")));
    }

    void everyStatementRunsWithoutAnyRight()
    {
        const HealthReport report = read("nobody_special");
        for (const char *code :
             {"postgres.index_invalid", "postgres.sequence", "postgres.extension", "postgres.constraint",
              "postgres.foreign_key", "postgres.index_duplicate", "postgres.encryption"})
            QVERIFY2(statusOf(report, code) != text("unknown"), code);
    }

    void anInvalidIndex()
    {
        m_cluster.execute("insert into children (parent, other) values (1, 1), (1, 1)");
        try { // fails on the duplicate, and leaves its index behind
            pqxx::connection connection(m_cluster.socketDsn().toStdString());
            pqxx::nontransaction work(connection);
            work.exec("create unique index concurrently half_made on children (other)");
            QFAIL("it should not be unique");
        } catch (const pqxx::sql_error &) {
        }
        const HealthReport report = read();
        const HealthCheck *check = checkOf(report, "postgres.index_invalid", text("public.half_made"));
        QVERIFY(check);
        QCOMPARE(check->status, Status::Warning);
        QVERIFY(check->hint.contains(text("DROP INDEX CONCURRENTLY public.half_made")));
        m_cluster.execute("drop index half_made");
        QCOMPARE(statusOf(read(), "postgres.index_invalid"), text("ok"));
    }

    void theSameIndexTwice()
    {
        m_cluster.execute("create index once on children (other, lower(parent::text)) where other > 0");
        m_cluster.execute("create  index   twice on children (other,  lower(parent::text)) where other > 0");
        m_cluster.execute("create index not_the_same on children (other, lower(parent::text)) where other > 1");
        m_cluster.execute("create unique index id_again on children (id)");
        const HealthReport report = read();
        QStringList seen;
        for (const HealthCheck &check : report.checks) {
            if (check.code == QLatin1String("postgres.index_duplicate")) {
                QCOMPARE(check.status, Status::Notice);
                seen << check.hint;
            }
        }
        seen.sort();
        QCOMPARE(seen,
                 (QStringList{text("Keep public.children_pkey; drop the others one at a time"),
                              text("Keep public.once; drop the others one at a time")}));
        m_cluster.execute("drop index once, twice, not_the_same, id_again");
    }

    void aForeignKeyWithoutIndex()
    {
        m_cluster.execute("insert into parents select generate_series(1, 500)");
        m_cluster.execute("update children set parent = 1");
        m_cluster.execute(
            "alter table children add constraint to_parents foreign key (parent) references parents not valid");
        m_cluster.execute("delete from parents where id > 400");
        m_cluster.execute("analyze children");
        const QString subject = text("children to_parents");
        const QVariantMap all{
            {text("limits"), QVariantMap{{text("foreign_key_bytes"), QVariantMap{{text("warning"), 1}}}}}};
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(read("watcher", all), "postgres.foreign_key", subject), text("notice"),
                                  10'000);
        QCOMPARE(statusOf(read(), "postgres.foreign_key", subject), text("none")); // the table is small

        QCOMPARE(statusOf(read(), "postgres.constraint", subject), text("notice"));
        m_cluster.execute("alter table children validate constraint to_parents");
        QCOMPARE(statusOf(read(), "postgres.constraint", subject), text("none"));
        m_cluster.execute("create index for_parents on children (parent, other)");
        QCOMPARE(statusOf(read("watcher", all), "postgres.foreign_key", subject), text("none"));
    }

    void sequencesNearTheirEnd()
    {
        m_cluster.execute("select setval('children_id_seq', 1950000000)");
        m_cluster.execute("select setval('own_small', 25000)"); // the column ends at 32767, the sequence at 2^63
        const HealthReport report = read();
        QCOMPARE(statusOf(report, "postgres.sequence", text("public.children_id_seq")), text("critical"));
        QCOMPARE(statusOf(report, "postgres.sequence", text("public.own_small")), text("warning"));
        const HealthCheck *check = checkOf(report, "postgres.sequence", text("public.own_small"));
        QVERIFY2(check->text.contains(text("25000 of 32767 in children.small")), qPrintable(check->text));
        QCOMPARE(check->warning.value_or(0), 75.0);
        m_cluster.execute("select setval('children_id_seq', 10)");
        m_cluster.execute("select setval('own_small', 10)");
        QCOMPARE(statusOf(read(), "postgres.sequence", text("public.children_id_seq")), text("ok")); // the fullest

        m_cluster.execute(
            "create sequence down increment -1 minvalue -100 maxvalue -1; grant select on down to watcher");
        m_cluster.execute("create sequence round minvalue 1 maxvalue 100 cycle; grant select on round to watcher");
        m_cluster.execute("select setval('down', -95), setval('round', 99)");
        QCOMPARE(statusOf(read(), "postgres.sequence", text("public.down")), text("critical"));
        QCOMPARE(statusOf(read(), "postgres.sequence", text("public.round")), text("ok"));
        m_cluster.execute("drop sequence down, round");
    }

    void sequencesThatMayNotBeReadAreNotFine()
    {
        m_cluster.execute(
            "create schema \"Odd\"; create sequence \"Odd\".hidden; grant usage on schema \"Odd\" to watcher");
        const HealthReport report = read();
        const HealthCheck *check = checkOf(report, "postgres.sequence");
        QVERIFY(check);
        QCOMPARE(check->status, Status::Notice);
        QVERIFY2(check->text.startsWith(text("1 of 3 sequences cannot be judged")), qPrintable(check->text));
        QCOMPARE(check->hint, text("GRANT SELECT ON ALL SEQUENCES IN SCHEMA \"Odd\" TO watcher;"));
        for (const QString &statement : check->hint.split(QLatin1Char(';'), Qt::SkipEmptyParts))
            m_cluster.execute(statement.toUtf8().constData());
        QVERIFY(!checkOf(read(), "postgres.sequence"));
        m_cluster.execute("drop schema \"Odd\" cascade");
    }

    void hbaLinesAndFilesOnceTheRightIsGiven()
    {
        m_cluster.execute("grant select on pg_hba_file_rules, pg_file_settings to watcher");
        m_cluster.execute("grant execute on function pg_hba_file_rules(), pg_show_all_file_settings() to watcher");
        const auto add = [](const QString &name, const QByteArray &text) {
            QFile file(name);
            return file.open(QIODevice::Append) && file.write(text) > 0;
        };
        QVERIFY(add(m_cluster.path(QStringLiteral("data/pg_hba.conf")),
                    "host all all 10.0.0.0/8 trust\nhost shop app 10.1.0.0/16 password\nhost all all 0.0.0.0/0 "
                    "scram-sha-256\nhost all all 10.2.0.0/16 md5\nhost all all 10.0.0.1/8 magic\n"));
        QVERIFY(add(m_cluster.path(QStringLiteral("data/postgresql.conf")), "\nwork_mem = 'plenty'\n"));
        const HealthReport report = read();
        QCOMPARE(statusOf(report, "postgres.hba", text("trust")), text("warning"));
        QCOMPARE(statusOf(report, "postgres.hba", text("password")), text("warning"));
        QCOMPARE(statusOf(report, "postgres.hba", text("md5")), text("notice"));
        QCOMPARE(statusOf(report, "postgres.hba", text("anywhere")), text("notice"));
        QCOMPARE(statusOf(report, "postgres.hba", text("error")), text("warning"));
        QVERIFY(report.notes.isEmpty());
        QVERIFY(std::ranges::any_of(report.checks, [](const HealthCheck &check) {
            return check.code == QLatin1String("postgres.settings") && check.text.contains(QLatin1String("work_mem"));
        }));
    }
};

QTEST_GUILESS_MAIN(PostgresCatalogTest)
#include "tst_postgrescatalog.moc"
