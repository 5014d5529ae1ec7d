// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationasking.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

QStringList statesOf(const MigrationHistory &history)
{
    QStringList words;
    for (const Migration &migration : history.migrations)
        words << migration.version + QLatin1Char(' ') + migrationStateWord(migration.state);
    return words;
}

const Migration *named(const MigrationHistory &history, const QString &version)
{
    const auto found = std::ranges::find(history.migrations, version, &Migration::version);
    return found == history.migrations.end() ? nullptr : &*found;
}

} // namespace

// The tools themselves migrate a real database; what they leave behind is read.
class TestMigrationRuns : public QObject {
    Q_OBJECT

    PgCluster m_cluster;

    void write(const QString &path, const QByteArray &text)
    {
        QDir().mkpath(QFileInfo(path).path());
        QFile out(path);
        QVERIFY2(out.open(QIODevice::WriteOnly), qPrintable(path));
        out.write(text);
    }

    /// Runs a shell line in a folder; its output.
    QByteArray run(const QString &folder, const QByteArray &line, bool mayFail = false)
    {
        const auto reply
            = runShell("cd '" + folder.toUtf8() + "' && export HOME='" + folder.toUtf8() + "' && " + line + " 2>&1");
        if (reply.exitCode != 0 && !mayFail)
            qWarning("%s: %s", line.constData(), reply.out.constData());
        return reply.out;
    }

    QByteArray port() const { return QByteArray::number(m_cluster.port()); }

    MigrationHistory read(const QString &database, const QString &files)
    {
        pqxx::connection connection(m_cluster.socketDsn(PgCluster::superuser, database).toStdString());
        const Result<Value> value = readMigrations(sources::autoMigrationsSource, migrationsEntry(files), connection);
        if (!value || std::get<MigrationHistories>(*value).histories.size() != 1)
            return {};
        return std::get<MigrationHistories>(*value).histories[0];
    }

private slots:
    void initTestCase() { QVERIFY2(m_cluster.create(), m_cluster.log().constData()); }

    void sqitch()
    {
        QTemporaryDir folder;
        const QString at = folder.path();
        m_cluster.execute("CREATE DATABASE sqitched");
        const QByteArray sqitch = "PGPASSWORD=sesame SQITCH_FULLNAME='Ada L' SQITCH_EMAIL=ada@example.com sqitch ";
        const QByteArray target = " db:pg://postgres@127.0.0.1:" + port() + "/sqitched";
        run(at, sqitch + "init shop --engine pg --uri https://example.com/shop/");
        const auto add = [&](const char *name, const char *more, const QByteArray &up, const QByteArray &down) {
            run(at, sqitch + "add " + name + " " + more + " -n 'a note'");
            write(at + QStringLiteral("/deploy/%1.sql").arg(QLatin1String(name)), up);
            write(at + QStringLiteral("/revert/%1.sql").arg(QLatin1String(name)), down);
            write(at + QStringLiteral("/verify/%1.sql").arg(QLatin1String(name)), "SELECT 1;\n");
        };
        add("orders", "", "CREATE TABLE orders (id int);\n", "DROP TABLE orders;\n");
        add("status", "-r orders", "ALTER TABLE orders ADD COLUMN status text;\n",
            "ALTER TABLE orders DROP COLUMN status;\n");
        run(at, sqitch + "tag v1 -n one");
        add("gone", "", "SELECT 1;\n", "SELECT 1;\n");
        run(at, sqitch + "deploy" + target);
        run(at, sqitch + "revert -y --to status" + target);
        MigrationHistory history = read(QStringLiteral("sqitched"), at);
        QCOMPARE(history.source, QStringLiteral("sqitch"));
        QCOMPARE(statesOf(history).join(QStringLiteral(", ")),
                 QStringLiteral("orders applied, status applied, gone pending"));
        QVERIFY(named(history, QStringLiteral("gone"))->flags.contains(MigrationState::RolledBack));
        QCOMPARE(history.migrations[0].appliedBy, QStringLiteral("Ada L <ada@example.com>"));
        QCOMPARE(migrationKindWord(worstKind(history.migrations[1].kinds)), QStringLiteral("expand"));
        QVERIFY(history.notes.contains(QStringLiteral("last tag: @v1")));

        add("bad", "", "CREATE INDEX ix ON orders (nothing);\n", "");
        run(at, sqitch + "deploy" + target, true); // takes back what it deployed before the bad one
        history = read(QStringLiteral("sqitched"), at);
        QCOMPARE(statesOf(history).join(QStringLiteral(", ")),
                 QStringLiteral("orders applied, status applied, gone pending, bad failed"));
        QVERIFY(history.recordsFailures);

        // A rework, an edited script, and a line of the plan that was edited.
        run(at, sqitch + "tag v2 -n two");
        write(at + QStringLiteral("/deploy/orders.sql"), "CREATE TABLE orders (id bigint);\n");
        history = read(QStringLiteral("sqitched"), at);
        QCOMPARE(history.migrations[0].state, MigrationState::Mismatch);
        QFile plan(at + QStringLiteral("/sqitch.plan"));
        QVERIFY(plan.open(QIODevice::ReadWrite));
        const QByteArray text = plan.readAll();
        plan.resize(0);
        plan.seek(0);
        plan.write(QByteArray(text).replace("status [orders]", "status"));
        plan.close();
        history = read(QStringLiteral("sqitched"), at);
        QVERIFY(named(history, QStringLiteral("status"))->note.contains(QStringLiteral("cannot find this change")));
        QVERIFY(run(at, sqitch + "deploy" + target, true).contains("Cannot find change"));
    }

    void sqlMigrate()
    {
        QTemporaryDir folder;
        const QString at = folder.path();
        m_cluster.execute("CREATE DATABASE sqlmigrated");
        write(at + QStringLiteral("/dbconfig.yml"),
              "development:\n  dialect: postgres\n  dir: migrations\n  datasource: host=127.0.0.1 port=" + port()
                  + " user=postgres password=sesame dbname=sqlmigrated sslmode=disable\n");
        write(at + QStringLiteral("/migrations/1_a.sql"),
              "-- +migrate Up\nCREATE TABLE a (id int);\n-- +migrate Down\nDROP TABLE a;\n");
        write(at + QStringLiteral("/migrations/3_c.sql"),
              "-- +migrate Up\nCREATE TABLE c (id int);\n-- +migrate Down\n");
        run(at, "sql-migrate up");
        write(at + QStringLiteral("/migrations/2_b.sql"),
              "-- +migrate Up\nALTER TABLE a RENAME TO b;\n-- +migrate Down\n");
        write(at + QStringLiteral("/migrations/4_bad.sql"), "-- +migrate Up\nCREATE INDEX x ON nothing (n);\n");
        MigrationHistory history = read(QStringLiteral("sqlmigrated"), at);
        QCOMPARE(history.source, QStringLiteral("sql-migrate"));
        QCOMPARE(statesOf(history).join(QStringLiteral(", ")),
                 QStringLiteral("1_a.sql applied, 3_c.sql applied, 2_b.sql out-of-order, 4_bad.sql pending"));
        QCOMPARE(history.migrations[1].reversible, Reversible::No);
        QCOMPARE(migrationKindWord(worstKind(history.migrations[2].kinds)), QStringLiteral("contract"));
        run(at, "sql-migrate up", true); // the late one runs, the bad one leaves no trace
        history = read(QStringLiteral("sqlmigrated"), at);
        QVERIFY(named(history, QStringLiteral("2_b.sql"))->flags.contains(MigrationState::Applied));
        QCOMPARE(named(history, QStringLiteral("4_bad.sql"))->state, MigrationState::Pending);
        QVERIFY(!history.recordsFailures);
        QVERIFY(QFile::remove(at + QStringLiteral("/migrations/3_c.sql")));
        history = read(QStringLiteral("sqlmigrated"), at);
        QVERIFY(named(history, QStringLiteral("3_c.sql"))->flags.contains(MigrationState::Missing));
        QVERIFY(run(at, "sql-migrate up", true).contains("unknown migration"));
    }

    void yoyo()
    {
        QTemporaryDir folder;
        const QString at = folder.path();
        m_cluster.execute("CREATE DATABASE yoyoed");
        write(at + QStringLiteral("/migrations/0001.a.sql"), "CREATE TABLE a (id int);\n");
        write(at + QStringLiteral("/migrations/0001.a.rollback.sql"), "DROP TABLE a;\n");
        write(at + QStringLiteral("/migrations/0002.b.py"),
              "from yoyo import step\n__depends__ = {'0001.a'}\nsteps = [step('CREATE TABLE b ()', 'DROP TABLE b')]\n");
        const QByteArray options
            = " --no-config-file -b -d postgresql://postgres:sesame@127.0.0.1:" + port() + "/yoyoed migrations";
        run(at, "yoyo apply" + options);
        MigrationHistory history = read(QStringLiteral("yoyoed"), at);
        QCOMPARE(history.source, QStringLiteral("yoyo"));
        QCOMPARE(statesOf(history).join(QStringLiteral(", ")), QStringLiteral("0001.a applied, 0002.b applied"));
        QVERIFY(!history.migrations[0].appliedBy.isEmpty());
        QCOMPARE(migrationKindWord(worstKind(history.migrations[1].kinds)), QStringLiteral("unknown"));
        run(at, "yoyo rollback -r 0002.b" + options);
        history = read(QStringLiteral("yoyoed"), at);
        QVERIFY(named(history, QStringLiteral("0002.b"))->flags.contains(MigrationState::RolledBack));
        QVERIFY(named(history, QStringLiteral("0002.b"))->flags.contains(MigrationState::Pending));
        QVERIFY(!history.lock);
        m_cluster.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 99)", QStringLiteral("yoyoed"));
        QVERIFY(read(QStringLiteral("yoyoed"), at).lock);
    }
};

QTEST_GUILESS_MAIN(TestMigrationRuns)
#include "tst_migrationruns.moc"
