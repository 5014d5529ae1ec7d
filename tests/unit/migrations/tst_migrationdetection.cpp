// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationworld.h"

#include "automigrations.h"
#include "migrationlocks.h"
#include "registry.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources;
using namespace taffrail::sources::migrations;

class TestMigrationDetection : public QObject {
    Q_OBJECT

private:
    static SqlReply catalog(const QList<QByteArrayList> &rows)
    {
        return rowsOf("schema name columns readable reader", rows);
    }

    static Reply replyWith(const QString &name, const SqlReply &rows)
    {
        Reply reply;
        reply.name = name;
        reply.subject = QStringLiteral("main");
        reply.result = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(rows);
        return reply;
    }

    static Reply failedReply(const QString &name, ErrorKind kind)
    {
        Reply reply;
        reply.name = name;
        reply.subject = QStringLiteral("main");
        reply.result = failure(kind, QStringLiteral("query"), QStringLiteral("main"), QStringLiteral("it said no"));
        return reply;
    }

    static SourceEntry entry()
    {
        SourceEntry entry;
        entry.id = QStringLiteral("auto");
        entry.database = QStringLiteral("main");
        return entry;
    }

    const QByteArrayList m_versions{"public", "schema_migrations", "version character varying", "t", "me"};
    const QByteArrayList m_alembic{"public", "alembic_version", "version_num character varying(32)", "t", "me"};

private slots:
    void lookAlikes_data()
    {
        QTest::addColumn<bool>("metadata");
        QTest::addColumn<bool>("ruby");
        QTest::addColumn<bool>("dbmate");
        QTest::addColumn<QString>("named");
        QTest::addColumn<QString>("tool");
        // clang-format off
        QTest::newRow("metadata table") << true << false << false << QString() << QStringLiteral("rails");
        QTest::newRow("metadata and dbmate files") << true << false << true << QString() << QStringLiteral("rails");
        QTest::newRow("ruby files") << false << true << false << QString() << QStringLiteral("rails");
        QTest::newRow("dbmate files") << false << false << true << QString() << QStringLiteral("dbmate");
        QTest::newRow("both") << false << true << true << QString() << QString();
        QTest::newRow("neither") << false << false << false << QString() << QString();
        QTest::newRow("named") << false << false << false << QStringLiteral("rails") << QStringLiteral("rails");
        // clang-format on
    }
    void lookAlikes()
    {
        QFETCH(bool, metadata);
        QFETCH(bool, ruby);
        QFETCH(bool, dbmate);
        QFETCH(QString, named);
        QFETCH(QString, tool);
        QList<QByteArrayList> rows{m_versions};
        if (metadata)
            rows.append({"public", "ar_internal_metadata",
                         "created_at timestamp(6) without time zone\nkey character varying\nupdated_at timestamp(6) "
                         "without time zone\nvalue character varying",
                         "t", "me"});
        Hints hints;
        hints.tool = named;
        hints.hasRubyFiles = ruby;
        hints.hasDbmateFiles = dbmate;
        const auto found = detectHistories(catalog(rows), hints);
        QCOMPARE(found.size(), size_t(1));
        QCOMPARE(found[0].tool, tool);
        QCOMPARE(found[0].isSupported, !tool.isEmpty());
    }

    void rounds()
    {
        Replies replies;
        auto asked = autoMigrationsSource.requests(entry(), replies);
        QCOMPARE(asked.size(), size_t(2));
        replies.push_back(replyWith(QStringLiteral("catalog"), catalog({m_alembic})));
        asked = autoMigrationsSource.requests(entry(), replies);
        QCOMPARE(asked.size(), size_t(2));
        QCOMPARE(asked[0].name, QStringLiteral("rows"));
        QCOMPARE(asked[1].name, QStringLiteral("debris"));
        replies.push_back(replyWith(QStringLiteral("rows"), rowsOf("version_num", {{"abc"}})));
        QVERIFY(autoMigrationsSource.requests(entry(), replies).empty());
        QVERIFY(autoMigrationsSource.requests(entry(), {failedReply(QStringLiteral("catalog"), ErrorKind::Timeout)})
                    .empty());
        QVERIFY(autoMigrationsSource.requests(entry(), {replyWith(QStringLiteral("catalog"), catalog({}))}).empty());
    }

    /// Contents are read in the slow lane; a stamp in the fast one tells when that is not enough.
    void changedFilesAreReadAtOnce()
    {
        SourceEntry own = entry();
        own.hosts = QStringList{QStringLiteral("web1")};
        own.options.insert(QStringLiteral("files"),
                           QVariantMap{{QStringLiteral("host"), QStringLiteral("web1")},
                                       {QStringLiteral("path"), QStringLiteral("/srv")}});
        const QDateTime noon(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);
        const auto shell = [&](const char *name, const QByteArray &out, int seconds) {
            Reply reply;
            reply.name = QString::fromLatin1(name);
            reply.subject = QStringLiteral("web1");
            reply.at = noon.addSecs(seconds);
            reply.result = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(ShellReply{0, out, {}});
            return reply;
        };
        const auto names = [&](const Replies &replies) {
            QStringList list;
            for (const Request &request : autoMigrationsSource.requests(own, replies))
                list << request.name + (request.lane == Lane::Slow ? QStringLiteral(" slow") : QString());
            return list;
        };
        const QByteArray file = "BATCH 1\n9 V1__a.sql\nLIMIT 65536\n9\nDATA\nSELECT 1;\nENDBATCH\nDONE\n";
        QCOMPARE(names({}),
                 (QStringList{QStringLiteral("catalog"), QStringLiteral("locks"), QStringLiteral("stamp"),
                              QStringLiteral("files slow")}));
        const Reply tables = replyWith(QStringLiteral("catalog"), catalog({m_alembic}));
        const Reply stamp = shell("stamp", "STAMP 7 70\n", 0);
        const Reply kept = shell("files", "STAMP 7 70\n" + file, -3600);
        const Reply older = shell("files", "STAMP 6 60\n" + file, -3600);
        const Reply fresh = shell("files", "STAMP 8 80\n" + file, 1); // changed again meanwhile: next time
        const QStringList reading{QStringLiteral("files")};
        const QStringList goingOn{QStringLiteral("rows"), QStringLiteral("debris")};
        QCOMPARE(names({tables, stamp}), reading);
        QCOMPARE(names({kept, tables, stamp}), goingOn);
        QCOMPARE(names({older, tables, stamp}), reading);
        QCOMPARE(names({older, tables, stamp, fresh}), goingOn);
        QVERIFY(!autoMigrationsSource.isOutdated(own, kept, {kept, tables, stamp}));
        QVERIFY(autoMigrationsSource.isOutdated(own, older, {older, tables, stamp, fresh}));
        QVERIFY(!autoMigrationsSource.isOutdated(own, older, {older, tables}));

        // A host that does not answer now is not spoken for by what it said an hour ago.
        Reply silent = failedReply(QStringLiteral("stamp"), ErrorKind::Timeout);
        silent.subject = QStringLiteral("web1");
        QCOMPARE(names({kept, tables, silent}), goingOn);
        const Replies all{kept, tables, silent, replyWith(QStringLiteral("rows"), rowsOf("version_num", {{"abc"}}))};
        const Result<Value> value = autoMigrationsSource.parse(own, all, {});
        QVERIFY(value);
        QVERIFY2(notesOf(std::get<MigrationHistories>(*value).histories[0]).contains(QStringLiteral("it said no")),
                 qPrintable(notesOf(std::get<MigrationHistories>(*value).histories[0])));
    }

    void emptyCatalogIsAnAnswer()
    {
        const Result<Value> value
            = autoMigrationsSource.parse(entry(), {replyWith(QStringLiteral("catalog"), catalog({}))}, {});
        QVERIFY(value.has_value());
        QVERIFY(std::get<MigrationHistories>(*value).histories.empty());
    }

    void failedCatalogIsAnError()
    {
        const Result<Value> value
            = autoMigrationsSource.parse(entry(), {failedReply(QStringLiteral("catalog"), ErrorKind::Timeout)}, {});
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::Timeout);
        QVERIFY(!autoMigrationsSource.parse(entry(), {}, {}).has_value());
    }

    void failedRowsAreNotEmpty()
    {
        for (const Replies &replies : {Replies{replyWith(QStringLiteral("catalog"), catalog({m_alembic})),
                                               failedReply(QStringLiteral("rows"), ErrorKind::Busy)},
                                       Replies{replyWith(QStringLiteral("catalog"), catalog({m_alembic}))}}) {
            const Result<Value> value = autoMigrationsSource.parse(entry(), replies, {});
            QVERIFY(value.has_value());
            const MigrationHistory &history = std::get<MigrationHistories>(*value).histories.at(0);
            QVERIFY(!history.readable);
            QVERIFY(notesOf(history).contains(QStringLiteral("could not be read")));
        }
    }

    // `taffrail parse migrations/alembic` with captured rows and nothing else.
    void rowsAlone()
    {
        const Replies replies{replyWith(QStringLiteral("rows"), rowsOf("version_num", {{"abc"}}))};
        const Result<Value> value = alembicSource.parse(entry(), replies, {});
        QVERIFY(value.has_value());
        QCOMPARE(std::get<MigrationHistories>(*value).histories.at(0).current, QStringLiteral("abc"));
    }

    void standbyIsNamed()
    {
        const Replies replies{
            replyWith(QStringLiteral("catalog"), catalog({m_alembic})),
            replyWith(QStringLiteral("rows"), rowsOf("version_num", {{"abc"}})),
            replyWith(QStringLiteral("locks"), rowsOf("database standby key", {{"shop", "t", "NULL"}}))};
        const Result<Value> value = autoMigrationsSource.parse(entry(), replies, {});
        QVERIFY(notesOf(std::get<MigrationHistories>(*value).histories.at(0)).contains(QStringLiteral("standby")));
    }

    void lockKeys()
    {
        QCOMPARE(flywayLockKey({QStringLiteral("public"), QStringLiteral("flyway_schema_history")}), 77433833903597LL);
        QVERIFY(railsLockKey("shop") > 0);
        const SqlReply locks = rowsOf("database standby key pid usename application_name client since query",
                                      {{"shop", "f", QByteArray::number(railsLockKey("shop")), "42", "deploy", "rake",
                                        "10.0.0.1", "2026-11-20T15:00:00.000Z", "ALTER ROLE x PASSWORD 'secret'"}});
        const auto lock
            = lockOf(locks, QStringLiteral("rails"), {QStringLiteral("public"), QStringLiteral("schema_migrations")});
        QVERIFY(lock);
        QCOMPARE(lock->by, QStringLiteral("deploy (rake) pid 42 from 10.0.0.1"));
        QVERIFY(lock->since.isValid());
        QVERIFY(!lockOf(locks, QStringLiteral("flyway"),
                        {QStringLiteral("public"), QStringLiteral("flyway_schema_history")}));
        QVERIFY(!lockOf(locks, QStringLiteral("alembic"), {}));
    }

    void identifiers()
    {
        QCOMPARE(quotedIdentifier(QStringLiteral("a\"b")), QByteArray("\"a\"\"b\""));
        QCOMPARE(quotedIdentifier(QString::fromLatin1("a\0b", 3)), QByteArray("\"ab\""));
        QCOMPARE(quotedTable({QStringLiteral("s"), QStringLiteral("t; DROP")}), QByteArray("\"s\".\"t; DROP\""));
        QCOMPARE(tableNameFrom(QStringLiteral("a.b")), (TableName{QStringLiteral("a"), QStringLiteral("b")}));
        QCOMPARE(tableNameFrom(QStringLiteral("\"a.b\".c")), (TableName{QStringLiteral("a.b"), QStringLiteral("c")}));
        QCOMPARE(tableNameFrom(QStringLiteral("\"a\"\"b\"")), (TableName{{}, QStringLiteral("a\"b")}));
        for (const char *wrong : {"", ".", "a.", ".b", "a.b.c", "\"a"})
            QVERIFY(!tableNameFrom(QString::fromLatin1(wrong)));
    }

    void hostileCatalogRows()
    {
        const auto found = detectHistories(catalog({{"NULL", "x", "y text", "t", "me"},
                                                    {"s", "t", "", "t", "me"},
                                                    {"s", "t", "\n\n", "t", "NULL"},
                                                    {"s", "t", "version_num", "t", "me"}}),
                                           {});
        QVERIFY(found.empty());
    }

    void words()
    {
        for (const MigrationState state :
             {MigrationState::Failed, MigrationState::Dirty, MigrationState::Mismatch, MigrationState::Missing,
              MigrationState::OutOfOrder, MigrationState::Outdated, MigrationState::Blocked, MigrationState::Pending,
              MigrationState::RolledBack, MigrationState::Baseline, MigrationState::Applied})
            QCOMPARE(migrationStateFromWord(migrationStateWord(state)), state);
        for (const MigrationKind kind : {MigrationKind::Expand, MigrationKind::Data, MigrationKind::Unknown,
                                         MigrationKind::Contract, MigrationKind::Irreversible})
            QCOMPARE(migrationKindFromWord(migrationKindWord(kind)), kind);
        QCOMPARE(worstKind({}), MigrationKind::Unknown);
        QCOMPARE(worstKind({MigrationKind::Expand, MigrationKind::Contract}), MigrationKind::Contract);
        QCOMPARE(headline({}), MigrationState::Applied);
        QCOMPARE(headline({MigrationState::Applied, MigrationState::Missing, MigrationState::Pending}),
                 MigrationState::Missing);
        QVERIFY(migrationStateFromWord(QStringLiteral("nonsense")) != MigrationState::Applied);
    }
};

QTEST_GUILESS_MAIN(TestMigrationDetection)
#include "tst_migrationdetection.moc"
