// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresruns.h"
#include "readinesssupport.h"

#include <QTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;

/// The posture of a real server on which each fault was made, and the verdicts that follow.
class PgPostureTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;

    static QString text(const char *utf8) { return QString::fromUtf8(utf8); }

    ReadinessReport judged(const char *role = "watcher")
    {
        EnvironmentSpec environment;
        environment.databases = {{mainDatabase, text("host=x sslmode=verify-full"), {}, {}}};
        SourceEntry entry;
        entry.id = text("pg");
        entry.pane = PaneKind::Configs;
        entry.source = text("pg_posture");
        entry.database = mainDatabase;
        environment.entries = {entry};
        const Replies replies = ask(pgPostureSource, entry, m_cluster.socketDsn(QString::fromLatin1(role)));
        for (const Reply &reply : replies) {
            if (reply.error())
                qInfo().noquote() << reply.name << reply.error()->text;
        }
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const auto value = pgPostureSource.parse(entry, replies, {now, {}});
        Observation observation;
        observation.pane = entry.pane;
        observation.entry = entry.id;
        observation.source = entry.source;
        if (value)
            observation.lastGood = Attempt{now, std::chrono::milliseconds(1), std::make_shared<const Value>(*value)};
        observation.lastAttempt = observation.lastGood;
        Snapshot snapshot;
        snapshot.observations = {observation};
        return readinessOf(Facts{environment, snapshot, nullptr, {}, now});
    }
    static const ReadinessResult &of(const ReadinessReport &report, const char *code)
    {
        return *std::ranges::find(report.results, QString::fromLatin1(code), &ReadinessResult::code);
    }
    static QString verdictOf(const ReadinessReport &report, const char *code)
    {
        return readinessWord(of(report, code).verdict);
    }
    static QString evidenceOf(const ReadinessReport &report, const char *code)
    {
        return of(report, code).evidence.join(QLatin1Char('\n'));
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create({text("shared_preload_libraries = 'pg_stat_statements'")}),
                 m_cluster.log().constData());
        for (const char *sql :
             {"create role watcher login", "grant pg_monitor to watcher",
              "grant select on pg_hba_file_rules to watcher",
              "grant execute on function pg_hba_file_rules() to watcher", "create role nobody_special login",
              "create role shop login", "create extension pg_stat_statements",
              "create table parents (id int primary key)",
              "create table children (id serial primary key, parent int references parents, note text)",
              "insert into parents select generate_series(1, 20)"})
            m_cluster.execute(sql);
    }

    void aSoundDatabase()
    {
        const ReadinessReport report = judged();
        for (const char *code : {"db.roles", "db.hba", "db.encrypted", "db.foreign-keys"})
            QVERIFY2(verdictOf(report, code) == text("pass"), qPrintable(text(code) + evidenceOf(report, code)));
        QCOMPARE(verdictOf(report, "db.parameterised"), text("unknown")); // nobody else is connected
        QCOMPARE(verdictOf(report, "db.unused-indexes"), text("unknown")); // counted for seconds only
        QVERIFY(evidenceOf(report, "db.hba").contains(text("trust for all"))); // on the socket: noted, not failed
    }

    void withoutRights()
    {
        const ReadinessReport report = judged("nobody_special");
        QCOMPARE(verdictOf(report, "db.hba"), text("unknown"));
        QVERIFY(of(report, "db.hba").fix.contains(text("GRANT SELECT ON pg_hba_file_rules")));
        for (const char *code : {"db.roles", "db.foreign-keys"})
            QVERIFY2(verdictOf(report, code) == text("pass"), qPrintable(evidenceOf(report, code)));
    }

    void roles()
    {
        m_cluster.execute("create role ops login superuser");
        m_cluster.execute("create role \"odd.name\" login bypassrls");
        m_cluster.execute("create role group_of_power superuser"); // nobody signs in as it
        const ReadinessReport report = judged();
        QCOMPARE(verdictOf(report, "db.roles"), text("fail"));
        const QString evidence = evidenceOf(report, "db.roles");
        QVERIFY2(evidence.contains(text("role ops")) && evidence.contains(text("role odd.name")), qPrintable(evidence));
        QVERIFY(!evidence.contains(text("group_of_power")));
        for (const char *sql : {"drop role ops", "drop role \"odd.name\"", "drop role group_of_power"})
            m_cluster.execute(sql);
        QCOMPARE(verdictOf(judged(), "db.roles"), text("pass"));
        QCOMPARE(verdictOf(judged("postgres"), "db.roles"), text("fail")); // we ourselves as the superuser
    }

    void hba_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("verdict");
        const auto row
            = [](const char *line, const char *verdict) { QTest::newRow(line) << QByteArray(line) << text(verdict); };
        row("host all all 10.0.0.0/8 trust", "fail");
        row("host all all 0.0.0.0/0 trust", "fail");
        row("host all all all trust", "fail");
        row("host all all samenet trust", "fail");
        row("hostssl all all 10.0.0.0/8 trust", "pass"); // cannot match: this server has no TLS
        row("host all all 10.0.0.0 255.0.0.0 password", "fail");
        row("hostssl all all 10.0.0.0/8 password", "pass");
        row("host all all 127.0.0.1/32 trust", "pass");
        row("host all all ::1/128 trust", "pass");
        row("host all all samehost trust", "pass");
        row("host all all 10.0.0.0/8 scram-sha-256", "pass");
        row("host all all 10.0.0.0/8 reject", "pass");
        row("host all all 10.0.0.0/8 ident", "fail");
        row("host all all nonsense/99 trust", "fail");
    }

    void hba()
    {
        QFETCH(QByteArray, line);
        QFile file(m_cluster.dataFolder() + QStringLiteral("/pg_hba.conf"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray before = file.readAll();
        file.close();
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(before + line + '\n');
        file.close();
        const ReadinessReport report = judged(); // the view reads the file, loaded or not
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(before);
        file.close();
        QFETCH(QString, verdict);
        QVERIFY2(verdictOf(report, "db.hba") == verdict, qPrintable(evidenceOf(report, "db.hba")));
    }

    void foreignKeys()
    {
        m_cluster.execute("insert into children (parent) select 1 + n % 20 from generate_series(1, 12000) n");
        m_cluster.execute("analyze children");
        QCOMPARE(verdictOf(judged(), "db.foreign-keys"), text("fail"));
        QVERIFY(evidenceOf(judged(), "db.foreign-keys").contains(text("children_parent_fkey")));
        m_cluster.execute("create index half on children (parent) where id > 5");
        QCOMPARE(verdictOf(judged(), "db.foreign-keys"), text("fail")); // a partial one does not serve
        m_cluster.execute("create index whole on children (parent, id)");
        QCOMPARE(verdictOf(judged(), "db.foreign-keys"), text("pass"));
    }

    void statements_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QString>("verdict");
        QTest::newRow("literal") << QByteArray("select * from children where note = 'top-secret-value'")
                                 << text("fail");
        QTest::newRow("insert") << QByteArray("insert into children (note) values ('top-secret-value')")
                                << text("fail");
        QTest::newRow("number") << QByteArray("select * from children where id = 5") << text("pass");
        QTest::newRow("empty text") << QByteArray("select * from children where note = ''") << text("pass");
        QTest::newRow("settings") << QByteArray("set application_name = 'web'") << text("unknown");
    }

    void statements()
    {
        QFETCH(QByteArray, sql);
        QFETCH(QString, verdict);
        m_cluster.execute("grant all on children to shop");
        m_cluster.execute("grant all on sequence children_id_seq to shop");
        pqxx::connection app(m_cluster.socketDsn(text("shop")).toStdString());
        {
            pqxx::nontransaction work(app);
            work.exec(sql.toStdString());
        }
        const ReadinessReport report = judged();
        QVERIFY2(verdictOf(report, "db.parameterised") == verdict, qPrintable(evidenceOf(report, "db.parameterised")));
        QVERIFY(!evidenceOf(report, "db.parameterised").contains(text("top-secret")));
    }

    void parametersOfADriver()
    {
        pqxx::connection app(m_cluster.socketDsn(text("shop")).toStdString());
        {
            pqxx::nontransaction work(app);
            work.exec_params("select * from children where note = $1", "top-secret-value");
        }
        const ReadinessReport report = judged();
        QVERIFY2(verdictOf(report, "db.parameterised") == text("pass"),
                 qPrintable(evidenceOf(report, "db.parameterised")));
        QCOMPARE(verdictOf(judged("nobody_special"), "db.parameterised"), text("unknown"));
    }
};

QTEST_GUILESS_MAIN(PgPostureTest)
#include "tst_pgposture.moc"
