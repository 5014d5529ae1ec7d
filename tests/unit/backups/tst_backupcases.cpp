// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"
#include "pgdumptext.h"
#include "registry.h"

#include <QFile>
#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

const QDateTime now = QDateTime::fromSecsSinceEpoch(1795190000, Qt::UTC);

QByteArray captured(const char *name)
{
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/backups/data/") + QString::fromLatin1(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Reply shellReply(const QString &name, const QByteArray &out, int exitCode = 0, const QByteArray &err = {})
{
    Reply reply;
    reply.name = name;
    reply.subject = QStringLiteral("db1");
    reply.at = now;
    reply.result = ShellReply{exitCode, out, err};
    return reply;
}

Reply rows(const QString &name, const QList<QByteArray> &columns, const std::vector<std::optional<QByteArray>> &cells)
{
    Reply reply;
    reply.name = name;
    reply.subject = QStringLiteral("main");
    reply.at = now;
    reply.result = SqlReply{columns, {cells}};
    return reply;
}

Reply refusal(const QString &name, ErrorKind kind, const QString &text)
{
    Reply reply;
    reply.name = name;
    reply.subject = QStringLiteral("db1");
    reply.result = failure(kind, QStringLiteral("run"), QStringLiteral("db1"), text);
    return reply;
}

BackupSet setOf(const Source &source, const Replies &replies, const QVariantMap &options = {},
                const QDateTime &at = now.addSecs(3600))
{
    SourceEntry entry;
    entry.options = options;
    const Result<Value> value = source.parse(entry, replies, {at, {}});
    return value ? std::get<BackupSet>(*value) : BackupSet();
}

/// One stanza with full backups: {id of their database, stop time}.
QByteArray stanza(const QList<QPair<int, qint64>> &backups,
                  const QByteArray &status = R"({"code":0,"lock":{"backup":{"held":false}},"message":"ok"})")
{
    QByteArray list;
    for (const auto &[database, stop] : backups) {
        list += (list.isEmpty() ? "" : ",") + QByteArray(R"({"label":"L)") + QByteArray::number(stop)
            + R"(","type":"full","error":false,"database":{"id":)" + QByteArray::number(database)
            + R"(,"repo-key":1},"timestamp":{"start":)" + QByteArray::number(stop - 5) + R"(,"stop":)"
            + QByteArray::number(stop) + R"(}})";
    }
    return R"([{"name":"main","backup":[)" + list
        + R"(],"db":[{"id":1,"repo-key":1,"system-id":7710282973916741038,"version":"14"},{"id":2,"repo-key":1,"system-id":18446744073709551615,"version":"15"}],)"
          R"("repo":[{"key":1,"cipher":"none","status":{"code":0,"message":"ok"}}],"status":)"
        + status + "}]";
}

const QList<QByteArray> archiverColumns{"archive_mode",     "last_archived_wal", "last_archived_time", "failed_count",
                                        "last_failed_time", "server_now",        "in_recovery",        "lsn",
                                        "segment_bytes"};

} // namespace

class BackupCasesTest : public QObject {
    Q_OBJECT

private slots:
    void wordsGoBothWays()
    {
        for (BackupType type : {BackupType::Full, BackupType::Differential, BackupType::Incremental,
                                BackupType::Logical, BackupType::Archive, BackupType::Snapshot})
            QCOMPARE(backupTypeFromWord(backupTypeWord(type)), type);
        for (BackupState state : {BackupState::Ok, BackupState::Running, BackupState::Failed, BackupState::Flawed,
                                  BackupState::Obsolete, BackupState::Expired})
            QCOMPARE(backupStateFromWord(backupStateWord(state)), state);
        for (Trust trust :
             {Trust::Listed, Trust::Metadata, Trust::Checksums, Trust::AllBytes, Trust::Restored, Trust::Queried})
            QCOMPARE(trustFromWord(trustWord(trust)), trust);
        QCOMPARE(trustWord(Trust::AllBytes), QStringLiteral("all-bytes"));
        QVERIFY(backupStateFromWord(QStringLiteral("no such word")) != BackupState::Ok);
    }

    void onlyCompleteBackupsAreUsable()
    {
        Backup backup;
        QVERIFY(isUsable(backup));
        backup.problem = QStringLiteral("truncated");
        QVERIFY(!isUsable(backup));
        backup.problem.clear();
        for (BackupState state :
             {BackupState::Running, BackupState::Failed, BackupState::Flawed, BackupState::Expired}) {
            backup.state = state;
            QVERIFY(!isUsable(backup));
        }
    }

    /// Two dumps of the same night and the night before; only the older one was read to its end.
    void aDumpThatWasNotReadDoesNotCountWhileAnotherIsProved()
    {
        const qint64 base = now.toSecsSinceEpoch();
        const auto listed = [](const char *name, qint64 at) {
            return "F 5000 " + QByteArray::number(at) + " regular file|/srv/d/" + name + '\n';
        };
        const auto looked = [](const char *name) {
            return QByteArray("==> /srv/d/") + name + "\nmagic 5047444d500102030405060708090a0b\nlist 0\n";
        };
        const auto read = [&](const char *name, qint64 at, const char *result) {
            return QByteArray("==> /srv/d/") + name + '\n' + listed(name, at) + result + '\n';
        };
        const qint64 older = base - 86400;
        const qint64 newer = base - 300;
        Replies replies{
            shellReply(QStringLiteral("files"),
                       "T " + QByteArray::number(base) + "\nZ +0000\n" + listed("new.dump", newer)
                           + listed("old.dump", older) + looked("new.dump") + looked("old.dump")),
            shellReply(QStringLiteral("read"), read("old.dump", older, "read 0")),
        };
        SourceEntry entry;
        QVERIFY(pgdumpSource.isOutdated(entry, replies[1], replies));
        const BackupSet set = setOf(pgdumpSource, replies);
        QCOMPARE(set.backups[0].id, QStringLiteral("new.dump"));
        QCOMPARE(set.backups[0].state, BackupState::Ok);
        QCOMPARE(set.backups[0].trust, Trust::Metadata);
        QCOMPARE(set.backups[0].detail, QStringLiteral("listed, not read yet"));
        QVERIFY(!isUsable(set.backups[0]));
        QVERIFY(isUsable(set.backups[1]));
        QCOMPARE(set.assessment.latestFinishedAt.toSecsSinceEpoch(), older);
        QCOMPARE(set.assessment.problem, QStringLiteral("not_read"));
        QVERIFY(set.assessment.ok); // nobody is called for it

        replies[1]
            = shellReply(QStringLiteral("read"), read("new.dump", newer, "read 1") + read("old.dump", older, "read 0"));
        QVERIFY(!pgdumpSource.isOutdated(entry, replies[1], replies));
        QCOMPARE(setOf(pgdumpSource, replies).assessment.problem, QStringLiteral("truncated"));
        replies[1] = shellReply(QStringLiteral("read"), read("new.dump", newer, "read 0"));
        QVERIFY(pgdumpSource.isOutdated(entry, replies[1], replies)); // now the older one
        QCOMPARE(setOf(pgdumpSource, replies).assessment.latestFinishedAt.toSecsSinceEpoch(), newer);

        // The same name with another size or time is another dump.
        replies[1] = shellReply(QStringLiteral("read"),
                                read("new.dump", newer - 1, "read 0") + read("old.dump", older, "read 0"));
        QVERIFY(pgdumpSource.isOutdated(entry, replies[1], replies));
        // Nothing proved: then what is listed is all there is, as before.
        replies[1] = shellReply(QStringLiteral("read"), {}, 124);
        const BackupSet unproved = setOf(pgdumpSource, replies);
        QVERIFY(isUsable(unproved.backups[0]));
        QCOMPARE(unproved.backups[0].detail, QStringLiteral("listed, not read yet"));
        QCOMPARE(unproved.assessment.problem, QStringLiteral("none"));
        // What is being written, or cannot be read to its end by any tool, is not waited for.
        replies[0]
            = shellReply(QStringLiteral("files"),
                         "T " + QByteArray::number(base) + "\n" + listed("x.partial", newer) + looked("x.partial"));
        QVERIFY(!pgdumpSource.isOutdated(entry, replies[1], replies));
        replies[0] = shellReply(QStringLiteral("files"), "X absent\n");
        QVERIFY(!pgdumpSource.isOutdated(entry, replies[1], replies));
    }

    void aBackupAfterTheLastVerifyIsNotProved()
    {
        const qint64 base = now.toSecsSinceEpoch();
        SourceEntry entry;
        entry.options.insert(QStringLiteral("stanza"), QStringLiteral("main"));
        const QByteArray report = "stanza: main\nstatus: ok\n  backup: L" + QByteArray::number(base - 7200)
            + ", status: valid, total files checked: 9, total valid files: 9\n";
        Reply verify = shellReply(QStringLiteral("verify"), report);
        verify.at = now.addSecs(-3600);
        const auto info = [&](const QList<QPair<int, qint64>> &backups) {
            return shellReply(QStringLiteral("info"), stanza(backups));
        };
        Replies replies{info({{2, base - 7200}}), verify};
        QVERIFY(!pgbackrestSource.isOutdated(entry, verify, replies));
        QVERIFY(isUsable(setOf(pgbackrestSource, replies).backups[0]));

        replies[0] = info({{2, base - 7200}, {2, base - 600}});
        QVERIFY(pgbackrestSource.isOutdated(entry, verify, replies));
        const BackupSet set = setOf(pgbackrestSource, replies);
        QCOMPARE(set.backups[0].detail, QStringLiteral("listed, not read yet"));
        QVERIFY(!isUsable(set.backups[0]));
        QCOMPARE(set.assessment.latestFinishedAt.toSecsSinceEpoch(), base - 7200);
        QVERIFY(set.assessment.ok);

        // One that was there before and is not named lies where verify does not look: asking again would not help.
        replies[0] = info({{2, base - 90000}, {2, base - 7200}});
        QVERIFY(!pgbackrestSource.isOutdated(entry, verify, replies));
        QCOMPARE(setOf(pgbackrestSource, replies).assessment.count.value_or(0), 2);
        QVERIFY(!pgbackrestSource.isOutdated(entry, verify, {verify, shellReply(QStringLiteral("info"), "junk")}));
    }

    void systemIdentifiersAreExact()
    {
        const BackupSet set
            = setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), stanza({{1, 1795189000}, {2, 1795189500}}))});
        QCOMPARE(set.backups[1].systemId, QStringLiteral("7710282973916741038"));
        QCOMPARE(set.backups[0].systemId, QStringLiteral("18446744073709551615"));
    }

    void backupsOfAnEarlierDatabaseDoNotCount()
    {
        const BackupSet set
            = setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), stanza({{1, 1795189000}, {1, 1795189500}}))});
        QCOMPARE(set.assessment.problem, QStringLiteral("wrong_database"));
        QVERIFY(!set.assessment.ok);
        QCOMPARE(set.assessment.count.value_or(-1), 0);
        QVERIFY(!set.assessment.latestFinishedAt.isValid());
    }

    void theLiveServerDecidesWhichSystemItIs()
    {
        const QByteArray info = captured("pgbr-info-ok.out");
        const Reply same = rows(QStringLiteral("system"), {"system_id"}, {QByteArray("7710280775383175434")});
        const Reply other = rows(QStringLiteral("system"), {"system_id"}, {QByteArray("7710280775383175435")});
        QVERIFY(setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), info), same}).assessment.ok);
        QCOMPARE(setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), info), other}).assessment.problem,
                 QStringLiteral("wrong_database"));
    }

    void aTimeInTheFutureIsAFlaw()
    {
        const BackupSet set
            = setOf(pgbackrestSource,
                    {shellReply(QStringLiteral("info"), stanza({{2, 1795189000}, {2, now.toSecsSinceEpoch() + 7200}}))},
                    {}, now);
        QCOMPARE(set.assessment.problem, QStringLiteral("time_in_future"));
        QCOMPARE(set.assessment.latestFinishedAt.toSecsSinceEpoch(), qint64(1795189000));
    }

    void statusCodes_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QString>("problem");
        QTest::newRow("no backups") << QByteArray(R"({"code":2,"message":"no valid backups"})") << "no_backups";
        QTest::newRow("mismatch") << QByteArray(R"({"code":5,"message":"database mismatch across repos"})")
                                  << "db_mismatch";
        QTest::newRow("other") << QByteArray(R"({"code":99,"message":"unable to open file"})") << "repo_error";
        QTest::newRow("cipher") << QByteArray(
            R"({"code":99,"message":"cipher header invalid: HINT: is the passphrase right"})")
                                << "wrong_password";
        QTest::newRow("no code") << QByteArray("{}") << "repo_error";
    }

    void statusCodes()
    {
        QFETCH(QByteArray, status);
        QFETCH(QString, problem);
        QCOMPARE(setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), stanza({}, status))}).assessment.problem,
                 problem);
    }

    void anOlderFlawIsHistory()
    {
        QByteArray info = captured("pgbr-info-pagechecksum.out");
        info.replace(R"("error":true)", R"("error":false)");
        const qsizetype first = info.indexOf(R"("error":false)");
        info.replace(first, int(qstrlen(R"("error":false)")), R"("error":true)");
        const BackupSet set = setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), info)});
        QVERIFY(set.assessment.ok);
        QCOMPARE(set.assessment.problem, QStringLiteral("none"));
        QCOMPARE(set.assessment.count.value_or(-1), 5);
    }

    void verifyProvesAndCondemns()
    {
        const Reply info
            = shellReply(QStringLiteral("info"),
                         captured("pgbr-info-pagechecksum.out").replace(R"("error":true)", R"("error":false)"));
        const BackupSet good = setOf(
            pgbackrestSource, {info, shellReply(QStringLiteral("verify"), captured("pgbr-verify-ok-verbose.out"))});
        QCOMPARE(good.backups.back().trust, Trust::Checksums);
        QVERIFY(good.backups.back().verifiedAt.isValid());
        QCOMPARE(good.backups.front().trust, Trust::Listed); // not in the report
        const BackupSet bad = setOf(
            pgbackrestSource, {info, shellReply(QStringLiteral("verify"), captured("pgbr-verify-flip-text.out"))});
        QCOMPARE(bad.assessment.problem, QStringLiteral("checksum_mismatch"));
        QCOMPARE(bad.assessment.count.value_or(-1), 1); // the full of the other repository
        const BackupSet gap = setOf(
            pgbackrestSource, {info, shellReply(QStringLiteral("verify"), captured("pgbr-verify-walgapC-detail.out"))});
        QCOMPARE(gap.assessment.problem, QStringLiteral("wal_gap"));
        QVERIFY(!gap.assessment.ok);
    }

    void whatTheToolRefuses()
    {
        SourceEntry entry;
        const auto kindOf = [&](const Reply &reply) {
            return pgbackrestSource.parse(entry, {reply}, {now, {}}).error().kind;
        };
        QCOMPARE(kindOf(shellReply(QStringLiteral("info"), {}, 127)), ErrorKind::NotFound);
        QCOMPARE(kindOf(shellReply(QStringLiteral("info"), {}, 137)), ErrorKind::Timeout);
        QCOMPARE(kindOf(shellReply(QStringLiteral("info"), "garbage", 0)), ErrorKind::BadData);
        QCOMPARE(kindOf(shellReply(QStringLiteral("info"), {}, 1, "sudo: a password is required")), ErrorKind::Denied);
        QCOMPARE(kindOf(refusal(QStringLiteral("info"), ErrorKind::Unreachable, QStringLiteral("gone"))),
                 ErrorKind::Unreachable);
        QCOMPARE(
            setOf(pgbackrestSource,
                  {shellReply(QStringLiteral("info"), {}, 37, "ERROR: [037]: info command requires option: stanza")})
                .assessment.problem,
            QStringLiteral("missing_stanza"));
    }

    void theCommandQuotesWhatItIsGiven()
    {
        SourceEntry entry;
        entry.hosts = {QStringLiteral("db1")};
        entry.options = {{QStringLiteral("stanza"), QStringLiteral("a'b; rm -rf /")}, {QStringLiteral("verify"), true}};
        const std::vector<Request> requests = pgbackrestSource.requests(entry, {});
        QCOMPARE(requests.size(), size_t(3));
        QVERIFY(std::get<ShellPart>(requests[0].what).script.contains("--stanza='a'\\''b; rm -rf /'"));
        QVERIFY(std::get<ShellPart>(requests[2].what).script.contains("S='a'\\''b; rm -rf /'"));
        QCOMPARE(requests[1].lane, Lane::Slow);
        QCOMPARE(requests[2].lane, Lane::Slow);
    }

    void archiverStates_data()
    {
        QTest::addColumn<std::vector<std::optional<QByteArray>>>("cells");
        QTest::addColumn<int>("ready");
        QTest::addColumn<QString>("problem");
        QTest::addColumn<qint64>("unarchived");
        QTest::addColumn<qint64>("lag"); // -1 = not known
        using Cells = std::vector<std::optional<QByteArray>>;
        const QByteArray segment = "16777216";
        const QByteArray then = "2026-11-20 10:00:00+00";
        const QByteArray server = "2026-11-20 15:00:00.5+00";
        QTest::newRow("idle for hours")
            << Cells{"on", "000000010000000000000014", then, "0", std::nullopt, server, "f", "0/15000000", segment} << 0
            << "none" << qint64(0) << qint64(0);
        QTest::newRow("a few bytes of housekeeping")
            << Cells{"on", "000000010000000000000014", then, "0", std::nullopt, server, "f", "0/15000060", segment} << 0
            << "none" << qint64(96) << qint64(0);
        QTest::newRow("changes wait in the open segment")
            << Cells{"on", "000000010000000000000014", then, "0", std::nullopt, server, "f", "0/15100000", segment} << 0
            << "none" << qint64(0x100000) << qint64(18000);
        QTest::newRow("backup label is of its segment") << Cells{
            "on",   "000000010000000000000014.00000028.backup", then, "0", std::nullopt, server, "f", "0/15000000",
            segment} << 0 << "none" << qint64(0) << qint64(0);
        QTest::newRow("history file has no position")
            << Cells{"on", "00000002.history", then, "0", std::nullopt, server, "f", "0/15100000", segment} << 0
            << "none" << qint64(-1) << qint64(-1);
        QTest::newRow("old failure")
            << Cells{"on",   "000000010000000000000014", then, "6", "2026-11-20 09:00:00+00", server, "f", "0/15000000",
                     segment}
            << 0 << "none" << qint64(0) << qint64(0);
        QTest::newRow("fails now")
            << Cells{"on",   "000000010000000000000014", then, "6", "2026-11-20 14:59:00+00", server, "f", "0/16000000",
                     segment}
            << 1 << "archive_failing" << qint64(0x1000000) << qint64(18000);
        QTest::newRow("never archived") << Cells{"on",   std::nullopt, std::nullopt, "6",    "2026-11-20 14:59:00+00",
                                                 server, "f",          "0/16000000", segment}
                                        << 3 << "archive_failing" << qint64(-1) << qint64(-1);
        QTest::newRow("hangs")
            << Cells{"on", "000000010000000000000014", then, "0", std::nullopt, server, "f", "0/17000000", segment} << 2
            << "archive_stopped" << qint64(0x2000000) << qint64(18000);
        QTest::newRow("off") << Cells{"off",  std::nullopt, std::nullopt, "0",    std::nullopt,
                                      server, "f",          "0/17000000", segment}
                             << 0 << "archive_stopped" << qint64(-1) << qint64(-1);
        QTest::newRow("standby") << Cells{"on",   std::nullopt, std::nullopt, "0",    std::nullopt,
                                          server, "t",          "0/17000000", segment}
                                 << 0 << "none" << qint64(-1) << qint64(-1);
        QTest::newRow("64 MiB segments")
            << Cells{"on", "00000001000000010000003F", then, "0", std::nullopt, server, "f", "2/0", "67108864"} << 0
            << "none" << qint64(0) << qint64(0);
        QTest::newRow("next log")
            << Cells{"on", "0000000100000001000000FF", then, "0", std::nullopt, server, "f", "2/0", segment} << 0
            << "none" << qint64(0) << qint64(0);
        QTest::newRow("nonsense") << Cells{"on", "xyz", "yesterday", "many", "x", "y", "z", "0/", "-5"} << -1 << "none"
                                  << qint64(-1) << qint64(-1);
    }

    void archiverStates()
    {
        QFETCH(std::vector<std::optional<QByteArray>>, cells);
        QFETCH(int, ready);
        QFETCH(QString, problem);
        QFETCH(qint64, unarchived);
        QFETCH(qint64, lag);
        const BackupSet set
            = setOf(archiverSource,
                    {rows(QStringLiteral("archiver"), archiverColumns, cells),
                     rows(QStringLiteral("ready"), {"ready", "oldest_ready"},
                          {QByteArray::number(ready),
                           ready > 0 ? std::optional<QByteArray>("2026-11-20 14:00:00+00") : std::nullopt})});
        QCOMPARE(set.assessment.problem, problem);
        QCOMPARE(set.archive->unarchivedBytes, unarchived);
        QCOMPARE(set.archive->lag ? qint64(set.archive->lag->count()) : -1, lag);
    }

    void aDeniedDirectoryIsToldWithItsGrant()
    {
        const BackupSet set = setOf(
            archiverSource,
            {rows(QStringLiteral("archiver"), archiverColumns,
                  {QByteArray("on"), QByteArray("000000010000000000000014"), QByteArray("2026-11-20 10:00:00+00"),
                   QByteArray("0"), std::nullopt, QByteArray("2026-11-20 15:00:00+00"), QByteArray("f"),
                   QByteArray("0/15000000"), QByteArray("16777216")}),
             refusal(QStringLiteral("ready"), ErrorKind::Denied, QStringLiteral("permission denied"))});
        QCOMPARE(set.archive->readySegments, qint64(-1));
        QVERIFY(set.notes.join(QLatin1Char(' ')).contains(QStringLiteral("pg_monitor")));
        SourceEntry entry;
        QVERIFY(!archiverSource.parse(
            entry, {refusal(QStringLiteral("archiver"), ErrorKind::Timeout, QStringLiteral("x"))}, {now, {}}));
    }

    void timesInNames_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<qint64>("epoch"); // 0 = none
        QTest::newRow("UTC stamp") << QByteArray("shop-20261120T160500Z.dump") << qint64(1795190700);
        QTest::newRow("dashes") << QByteArray("shop_2026-11-20_16-05.sql.gz") << qint64(1795190700 - 3600);
        QTest::newRow("date") << QByteArray("shop.2026-11-20.sql") << qint64(1795132800 - 3600);
        QTest::newRow("no date") << QByteArray("shop-20269999.sql") << qint64(0);
        QTest::newRow("long number") << QByteArray("shop-120261120161.sql") << qint64(0);
    }

    void timesInNames()
    {
        QFETCH(QByteArray, name);
        QFETCH(qint64, epoch);
        const QDateTime time = timeInName(name, {3600});
        QCOMPARE(time.isValid() ? time.toSecsSinceEpoch() : 0, epoch);
    }

    void everyReaderSurvivesGarbage()
    {
        const QList<QByteArray> inputs{QByteArray(),
                                       QByteArray(200'000, '['),
                                       QByteArray(200'000, '\xff'),
                                       "[{}]",
                                       "[1,null,{\"backup\":{\"a\":1},\"repo\":3,\"status\":[]}]",
                                       "T 1\nF x y z|/\n==> /\n",
                                       "T 9\nF 1 1 directory|/a\n==> /a\ntable \ndata \nlist 0\n",
                                       "stanza: \nstatus: \n  backup: , status: \n",
                                       "-[ RECORD 1 ]\nready | \nlast_archived_wal | \n"};
        for (const Source *source : {&pgbackrestSource, &pgdumpSource, &archiverSource}) {
            for (const char *part : source->parts) {
                for (const QByteArray &input : inputs) {
                    for (int code : {0, 1, 127})
                        (void)setOf(*source, {shellReply(QString::fromLatin1(part), input, code, input.left(100))});
                }
            }
        }
        const QByteArray whole = captured("pgbr-info-ok.out");
        for (qsizetype cut = 0; cut < whole.size(); cut += 17)
            (void)setOf(pgbackrestSource, {shellReply(QStringLiteral("info"), whole.left(cut))});
        QVERIFY(!pgdumpSource.parse(SourceEntry(), {}, {now, {}}));
        QVERIFY(!pgbackrestSource.parse(SourceEntry(), {}, {now, {}}));
    }
};

QTEST_GUILESS_MAIN(BackupCasesTest)
#include "tst_backupcases.moc"
