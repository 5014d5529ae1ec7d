// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationasking.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <set>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

using Words = std::set<QString>;

Words wordsOf(const nlohmann::json &expected, const char *key)
{
    Words words;
    if (expected.contains(key)) {
        for (const auto &word : expected.at(key))
            words.insert(QString::fromStdString(word.get<std::string>()));
    }
    return words;
}

bool isRepeatable(const Migration &migration)
{
    return migration.version.startsWith(QLatin1String("R__"));
}

template <typename Test> Words versionsWhere(const MigrationHistory &history, Test test)
{
    Words words;
    for (const Migration &migration : history.migrations) {
        if (!isRepeatable(migration) && test(migration))
            words.insert(migration.version);
    }
    return words;
}

Words flagged(const MigrationHistory &history, MigrationState state)
{
    return versionsWhere(history, [state](const Migration &migration) { return migration.flags.contains(state); });
}

QByteArray shown(const Words &words)
{
    return QStringList(words.begin(), words.end()).join(QLatin1Char(' ')).toUtf8();
}

void compareWords(const char *what, const Words &actual, const Words &expected)
{
    QVERIFY2(actual == expected,
             (QByteArray(what) + ": found " + shown(actual) + ", expected " + shown(expected)).constData());
}

} // namespace

// Real dumps of databases that the tools themselves migrated, with the files they did it from.
class TestMigrationDumps : public QObject {
    Q_OBJECT

    PgCluster m_cluster;

    nlohmann::json expectedOf(const QString &name) const
    {
        QFile file(QFINDTESTDATA(QStringLiteral("data/%1.expected.json").arg(name)));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        return nlohmann::json::parse(file.readAll().toStdString());
    }

    Result<Value> load(const QString &name)
    {
        const QString database = QStringLiteral("dump_") + QString(name).replace(QLatin1Char('-'), QLatin1Char('_'));
        QFile dump(QFINDTESTDATA(QStringLiteral("data/%1.sql").arg(name)));
        if (!dump.open(QIODevice::ReadOnly))
            return failure(ErrorKind::NotFound, {}, {}, {});
        m_cluster.execute("CREATE DATABASE " + database.toUtf8());
        m_cluster.execute(dump.readAll(), database);
        pqxx::connection connection(m_cluster.socketDsn(PgCluster::superuser, database).toStdString());
        return readMigrations(sources::autoMigrationsSource,
                              migrationsEntry(QFINDTESTDATA(QStringLiteral("data/%1.files").arg(name))), connection);
    }

private slots:
    void initTestCase() { QVERIFY2(m_cluster.create(), m_cluster.log().constData()); }

    void readTool_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"alembic", "rails", "flyway", "django", "liquibase", "sqitch", "knex",
                                 "node-pg-migrate", "knex-odd", "knex-locked", "node-pg-migrate-odd", "typeorm",
                                 "sequelize", "drizzle", "kysely", "db-migrate", "mikro-orm", "prisma"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void readTool()
    {
        QFETCH(QString, name);
        const nlohmann::json expected = expectedOf(name);
        const Result<Value> value = load(name);
        QVERIFY(value.has_value());
        const auto &histories = std::get<MigrationHistories>(*value).histories;
        QCOMPARE(histories.size(), size_t(1));
        const MigrationHistory &history = histories[0];
        QCOMPARE(history.source, QString::fromStdString(expected.at("tool").get<std::string>()));
        QCOMPARE(history.database, QStringLiteral("main"));
        QCOMPARE(history.table, QString::fromStdString(expected.at("table").get<std::string>()));
        QVERIFY(history.readable && history.supported);
        QVERIFY(history.filesFrom.startsWith(QLatin1String("web1:/")));
        compareWords("applied", flagged(history, MigrationState::Applied), wordsOf(expected, "applied"));
        compareWords("pending", flagged(history, MigrationState::Pending), wordsOf(expected, "pending"));
        compareWords("failed", flagged(history, MigrationState::Failed), wordsOf(expected, "failed"));
        compareWords("missing", flagged(history, MigrationState::Missing), wordsOf(expected, "missing_on_disk"));
        compareWords("mismatch", flagged(history, MigrationState::Mismatch), wordsOf(expected, "checksum_mismatch"));
        compareWords("out of order", flagged(history, MigrationState::OutOfOrder), wordsOf(expected, "out_of_order"));
        if (expected.contains("skipped"))
            compareWords("skipped", flagged(history, MigrationState::Blocked), wordsOf(expected, "skipped"));
        if (expected.contains("lock"))
            QCOMPARE(history.lock.has_value(), expected.at("lock").at("held").get<bool>());
        QCOMPARE(
            history.recordsFailures,
            (QStringList{QStringLiteral("flyway"), QStringLiteral("prisma"), QStringLiteral("sqitch")}.contains(name)));
        for (size_t i = 0; i < history.migrations.size(); ++i)
            QCOMPARE(history.migrations[i].order, int(i));
    }

    void readDetails()
    {
        pqxx::connection alembic(
            m_cluster.socketDsn(PgCluster::superuser, QStringLiteral("dump_alembic")).toStdString());
        const auto history = [](const sources::Source &source, const QString &files, pqxx::connection &connection) {
            const Result<Value> value = readMigrations(source, migrationsEntry(files), connection);
            return value ? std::get<MigrationHistories>(*value).histories.at(0) : MigrationHistory{};
        };
        const MigrationHistory heads = history(sources::alembicSource, QFINDTESTDATA("data/alembic.files"), alembic);
        QCOMPARE(heads.current, QStringLiteral("3c4d5e6f7081"));
        QCOMPARE(heads.migrations.back().version, QStringLiteral("4d5e6f708192"));
        QCOMPARE(heads.migrations[0].provenance, Provenance::Inferred);
        QCOMPARE(heads.migrations[2].provenance, Provenance::Recorded);
        QCOMPARE(heads.migrations[0].name, QStringLiteral("create orders"));
        QCOMPARE(heads.migrations[0].reversible, Reversible::Yes);
        const MigrationHistory bare = history(sources::alembicSource, {}, alembic);
        QCOMPARE(bare.migrations.size(), size_t(1));
        QVERIFY(bare.filesFrom.isEmpty());
        QVERIFY(bare.notes.contains(QStringLiteral("no files compared: what is pending is not known")));

        pqxx::connection rails(m_cluster.socketDsn(PgCluster::superuser, QStringLiteral("dump_rails")).toStdString());
        const MigrationHistory active
            = history(sources::autoMigrationsSource, QFINDTESTDATA("data/rails.files/db/migrate"), rails);
        QVERIFY(active.notes.contains(QStringLiteral("environment: default_env")));
        QCOMPARE(active.migrations[1].name, QStringLiteral("add status to orders"));

        pqxx::connection flyway(m_cluster.socketDsn(PgCluster::superuser, QStringLiteral("dump_flyway")).toStdString());
        const MigrationHistory versions
            = history(sources::autoMigrationsSource, QFINDTESTDATA("data/flyway.files"), flyway);
        const auto repeatable = std::ranges::find_if(versions.migrations, isRepeatable);
        QVERIFY(repeatable != versions.migrations.end());
        QCOMPARE(repeatable->version, QStringLiteral("R__open_orders.sql"));
        QCOMPARE(repeatable->state, MigrationState::Applied);
        QVERIFY(repeatable->note.contains(QStringLiteral("run 2 times")));
        QCOMPARE(versions.migrations[0].appliedAt, QDateTime(QDate(2026, 11, 20), QTime(16, 1, 28, 829), Qt::UTC));
        QCOMPARE(versions.migrations[0].took, std::chrono::milliseconds(22));
        QCOMPARE(versions.migrations[0].appliedBy, QStringLiteral("postgres"));

        pqxx::connection django(m_cluster.socketDsn(PgCluster::superuser, QStringLiteral("dump_django")).toStdString());
        const MigrationHistory apps = history(sources::djangoSource, QFINDTESTDATA("data/django.files"), django);
        compareWords(
            "irreversible",
            versionsWhere(apps, [](const Migration &migration) { return migration.reversible == Reversible::No; }),
            {QStringLiteral("shop.0004_bad")});
        compareWords(
            "external",
            versionsWhere(
                apps, [](const Migration &migration) { return migration.note.startsWith(QLatin1String("external")); }),
            wordsOf(expectedOf(QStringLiteral("django")), "external"));
        QCOMPARE(apps.current, QStringLiteral("shop.0003_backfill_status"));
        QCOMPARE(apps.migrations[0].appliedAt, QDateTime(QDate(2026, 11, 20), QTime(15, 52, 40, 46), Qt::UTC));
    }
};

QTEST_GUILESS_MAIN(TestMigrationDumps)
#include "tst_migrationdumps.moc"
