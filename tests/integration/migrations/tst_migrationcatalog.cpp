// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationasking.h"

#include "migrationlocks.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources;

// What a real catalog shows: rights, look-alikes, several histories, odd names, locks.
class TestMigrationCatalog : public QObject {
    Q_OBJECT

    PgCluster m_cluster;
    int m_count = 0;

    /// A fresh database with these statements run in it.
    QString database(const QByteArray &sql)
    {
        const QString name = QStringLiteral("catalog_%1").arg(++m_count);
        m_cluster.execute("CREATE DATABASE " + name.toUtf8());
        if (!sql.isEmpty())
            m_cluster.execute(sql, name);
        return name;
    }

    std::vector<MigrationHistory> read(const QString &database, const SourceEntry &entry = migrationsEntry(),
                                       const QString &user = PgCluster::superuser,
                                       const Source &source = autoMigrationsSource)
    {
        pqxx::connection connection(m_cluster.socketDsn(user, database).toStdString());
        const Result<Value> value = readMigrations(source, entry, connection);
        return value ? std::get<MigrationHistories>(*value).histories : std::vector<MigrationHistory>{};
    }

    static QString allNotes(const MigrationHistory &history) { return history.notes.join(QLatin1Char('\n')); }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create(), m_cluster.log().constData());
        m_cluster.execute("CREATE ROLE watcher LOGIN");
    }

    void signatures_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QString>("tool"); // "-" = no history
        // clang-format off
        QTest::newRow("nothing") << QByteArray() << QStringLiteral("-");
        QTest::newRow("business tables") << QByteArray("CREATE TABLE users (id bigint, name text); CREATE TABLE app_version (version text); CREATE TABLE name (name text)")
            << QStringLiteral("-");
        QTest::newRow("birds migrate too") << QByteArray("CREATE TABLE migrations (id int, species text, batch int)") << QStringLiteral("-");
        QTest::newRow("wrong types") << QByteArray("CREATE TABLE alembic_version (version_num int)") << QStringLiteral("-");
        QTest::newRow("one column more") << QByteArray("CREATE TABLE alembic_version (version_num text, x int)") << QStringLiteral("-");
        QTest::newRow("dropped column") << QByteArray("CREATE TABLE alembic_version (version_num text, x int); ALTER TABLE alembic_version DROP x") << QStringLiteral("alembic");
        QTest::newRow("a view") << QByteArray("CREATE VIEW alembic_version AS SELECT 'a'::varchar AS version_num") << QStringLiteral("-");
        QTest::newRow("changes alone") << QByteArray("CREATE TABLE changes (change_id text, script_hash text, change text, project text, note text,"
            " committed_at timestamptz, committer_name text, committer_email text, planned_at timestamptz, planner_name text, planner_email text)") << QStringLiteral("-");
        QTest::newRow("alembic renamed") << QByteArray("CREATE TABLE my_heads (version_num varchar(32))") << QStringLiteral("alembic");
        QTest::newRow("rails") << QByteArray("CREATE TABLE schema_migrations (version varchar); CREATE TABLE ar_internal_metadata (key varchar, value varchar,"
            " created_at timestamp, updated_at timestamp)") << QStringLiteral("rails");
        QTest::newRow("dbmate or old rails") << QByteArray("CREATE TABLE schema_migrations (version varchar)") << QString();
        QTest::newRow("golang-migrate") << QByteArray("CREATE TABLE schema_migrations (version bigint, dirty boolean)") << QStringLiteral("golang-migrate");
        QTest::newRow("ecto") << QByteArray("CREATE TABLE schema_migrations (version bigint, inserted_at timestamp(0))") << QStringLiteral("ecto");
        QTest::newRow("typeorm") << QByteArray("CREATE TABLE migrations (id int, timestamp bigint, name varchar)") << QStringLiteral("typeorm");
        QTest::newRow("laravel") << QByteArray("CREATE TABLE migrations (id int, migration varchar(255), batch int)") << QStringLiteral("laravel");
        QTest::newRow("db-migrate") << QByteArray("CREATE TABLE migrations (id int, name varchar(255), run_on timestamp)") << QStringLiteral("db-migrate");
        QTest::newRow("efcore") << QByteArray("CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" varchar(150), \"ProductVersion\" varchar(32))") << QStringLiteral("efcore");
        QTest::newRow("sequelize") << QByteArray("CREATE TABLE \"SequelizeMeta\" (name varchar(255))") << QStringLiteral("sequelize");
        QTest::newRow("prisma") << QByteArray("CREATE TABLE _prisma_migrations (id varchar(36), checksum varchar(64), finished_at timestamptz, migration_name varchar(255),"
            " logs text, rolled_back_at timestamptz, started_at timestamptz, applied_steps_count int)") << QStringLiteral("prisma");
        QTest::newRow("atlas") << QByteArray("CREATE TABLE atlas_schema_revisions (version varchar, description varchar, type bigint, applied bigint, total bigint,"
            " executed_at timestamptz, execution_time bigint, error text, error_stmt text, hash varchar, partial_hashes jsonb, operator_version varchar)") << QStringLiteral("atlas");
        QTest::newRow("doctrine") << QByteArray("CREATE TABLE doctrine_migration_versions (version varchar(191), executed_at timestamp(0), execution_time int)") << QStringLiteral("doctrine");
        QTest::newRow("django, partitioned") << QByteArray("CREATE TABLE django_migrations (id bigint, app varchar, name varchar, applied timestamptz) PARTITION BY LIST (app)")
            << QStringLiteral("django");
        // clang-format on
    }
    void signatures()
    {
        QFETCH(QByteArray, sql);
        QFETCH(QString, tool);
        const auto histories = read(database(sql));
        if (tool == QLatin1String("-")) {
            QVERIFY(histories.empty());
            return;
        }
        QCOMPARE(histories.size(), size_t(1));
        QCOMPARE(histories[0].source, tool);
    }

    void unreadableIsNotEmpty_data()
    {
        QTest::addColumn<QByteArray>("rights");
        QTest::addColumn<bool>("readable");
        QTest::newRow("no right at all") << QByteArray("SELECT 1") << false;
        QTest::newRow("table without schema") << QByteArray("GRANT SELECT ON app.alembic_version TO watcher") << false;
        QTest::newRow("both") << QByteArray(
            "GRANT USAGE ON SCHEMA app TO watcher; GRANT SELECT ON app.alembic_version TO watcher")
                              << true;
    }
    void unreadableIsNotEmpty()
    {
        QFETCH(QByteArray, rights);
        QFETCH(bool, readable);
        const QString name = database("CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num varchar(32)); "
                                      "INSERT INTO app.alembic_version VALUES ('abc'); "
                                      + rights);
        const auto histories = read(name, migrationsEntry(), QStringLiteral("watcher"));
        QCOMPARE(histories.size(), size_t(1));
        QCOMPARE(histories[0].readable, readable);
        QCOMPARE(histories[0].source, QStringLiteral("alembic"));
        QCOMPARE(histories[0].current, readable ? QStringLiteral("abc") : QString());
        QCOMPARE(allNotes(histories[0])
                     .contains(QStringLiteral("GRANT SELECT ON \"app\".\"alembic_version\" TO \"watcher\"")),
                 !readable);
    }

    void severalHistories()
    {
        QTemporaryDir files;
        QFile file(files.filePath(QStringLiteral("b_second.py")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("revision = 'b'\ndown_revision = None\n");
        file.close();
        const QString name
            = database("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.alembic_version (version_num text); "
                       "CREATE TABLE two.alembic_version (version_num text);"
                       "INSERT INTO one.alembic_version VALUES ('a'); INSERT INTO two.alembic_version VALUES ('b');"
                       "CREATE TABLE schema_migrations (version bigint, dirty boolean)");
        auto histories = read(name, migrationsEntry(files.path()));
        QCOMPARE(histories.size(), size_t(3));
        QCOMPARE(histories[0].table, QStringLiteral("one.alembic_version"));
        QCOMPARE(histories[0].filesFrom, QString());
        QCOMPARE(histories[1].source, QStringLiteral("golang-migrate"));
        QCOMPARE(histories[2].filesFrom, QStringLiteral("web1:") + files.path());
        SourceEntry entry = migrationsEntry();
        entry.options.insert(QStringLiteral("table"), QStringLiteral("one.alembic_version"));
        histories = read(name, entry);
        QCOMPARE(histories.size(), size_t(1));
        QCOMPARE(histories[0].current, QStringLiteral("a"));
    }

    void oddNames()
    {
        const QString name = database(
            "CREATE SCHEMA \"we\"\"ird.; DROP\"; CREATE TABLE \"we\"\"ird.; DROP\".\"heads'x\" (version_num text);"
            "INSERT INTO \"we\"\"ird.; DROP\".\"heads'x\" VALUES ('a\"b')");
        const auto histories = read(name);
        QCOMPARE(histories.size(), size_t(1));
        QVERIFY(histories[0].readable);
        QCOMPARE(histories[0].current, QStringLiteral("a\"b"));
    }

    void namedTableAndTool()
    {
        const QString name = database(
            "CREATE TABLE releases_done (version varchar); INSERT INTO releases_done VALUES ('20260101000000')");
        SourceEntry entry = migrationsEntry();
        entry.options.insert(QStringLiteral("table"), QStringLiteral("releases_done"));
        QVERIFY(read(name, entry).empty()); // whose it is can't be told
        entry.options.insert(QStringLiteral("tool"), QStringLiteral("rails"));
        const auto histories = read(name, entry);
        QCOMPARE(histories.size(), size_t(1));
        QCOMPARE(histories[0].current, QStringLiteral("20260101000000"));
        entry.options.insert(QStringLiteral("table"), QStringLiteral("not_there"));
        pqxx::connection connection(m_cluster.socketDsn(PgCluster::superuser, name).toStdString());
        const Result<Value> value = readMigrations(autoMigrationsSource, entry, connection);
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::NotFound);
    }

    void toolWithoutATable()
    {
        QTemporaryDir files;
        QFile file(files.filePath(QStringLiteral("V1__first.sql")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("SELECT 1;\n");
        file.close();
        const auto histories = read(database({}), migrationsEntry(files.path()), PgCluster::superuser, flywaySource);
        QCOMPARE(histories.size(), size_t(1));
        QCOMPARE(histories[0].migrations.size(), size_t(1));
        QCOMPARE(histories[0].migrations[0].state, MigrationState::Pending);
        QVERIFY(allNotes(histories[0]).contains(QStringLiteral("does not exist")));
    }

    void filesThatAreNotThere()
    {
        const QString name
            = database("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a')");
        const auto histories = read(name, migrationsEntry(QStringLiteral("/nowhere/versions")));
        QCOMPARE(histories[0].filesFrom, QString());
        QCOMPARE(histories[0].migrations.size(), size_t(1));
        QCOMPARE(histories[0].migrations[0].state, MigrationState::Applied);
        QVERIFY(allNotes(histories[0]).contains(QStringLiteral("files not compared")));
    }

    void locksOfTools()
    {
        const QString name
            = database("CREATE TABLE schema_migrations (version varchar); CREATE TABLE ar_internal_metadata (key "
                       "varchar, value varchar, created_at timestamp, updated_at timestamp);"
                       "CREATE TABLE flyway_schema_history (installed_rank int, version varchar(50), description "
                       "varchar(200), type varchar(20), script varchar(1000), checksum int,"
                       " installed_by varchar(100), installed_on timestamp, execution_time int, success bool)");
        for (const MigrationHistory &history : read(name))
            QVERIFY(!history.lock);
        pqxx::connection holder(m_cluster.socketDsn(PgCluster::superuser, name).toStdString());
        {
            pqxx::nontransaction work(holder);
            work.exec("SET application_name = 'deployer'");
            work.exec("SELECT pg_advisory_lock(" + std::to_string(migrations::railsLockKey(name.toUtf8())) + ")");
            work.exec("SELECT pg_advisory_lock("
                      + std::to_string(migrations::flywayLockKey(
                          {QStringLiteral("public"), QStringLiteral("flyway_schema_history")}))
                      + ")");
        }
        for (const QString &user : {PgCluster::superuser, QStringLiteral("watcher")}) {
            const auto histories = read(name, migrationsEntry(), user);
            QCOMPARE(histories.size(), size_t(2));
            for (const MigrationHistory &history : histories) {
                QVERIFY(history.lock);
                QVERIFY(history.lock->by.contains(QStringLiteral("pid")));
            }
        }
        QVERIFY(read(name)[0].lock->by.contains(QStringLiteral("deployer")));
    }

    // A table that is locked in ACCESS EXCLUSIVE mode must end as words, not as an empty history.
    void historyThatIsLocked()
    {
        const QString name
            = database("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a')");
        pqxx::connection holder(m_cluster.socketDsn(PgCluster::superuser, name).toStdString());
        pqxx::work work(holder);
        work.exec("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE");
        pqxx::connection reader(m_cluster.socketDsn(PgCluster::superuser, name).toStdString()
                                + " options='-c lock_timeout=200ms'");
        const Result<Value> value = readMigrations(autoMigrationsSource, migrationsEntry(), reader);
        QVERIFY(value.has_value());
        const auto &histories = std::get<MigrationHistories>(*value).histories;
        QCOMPARE(histories.size(), size_t(1));
        QVERIFY(!histories[0].readable);
        QVERIFY(histories[0].supported);
        QVERIFY(allNotes(histories[0]).contains(QStringLiteral("lock timeout")));
    }
};

QTEST_GUILESS_MAIN(TestMigrationCatalog)
#include "tst_migrationcatalog.moc"
