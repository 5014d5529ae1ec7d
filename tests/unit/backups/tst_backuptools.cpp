// SPDX-License-Identifier: GPL-3.0-or-later
#include "backups.h"
#include "registry.h"
#include "text.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

const QDateTime now = QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC); // 2026-11-20T16:11:54Z

QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

Reply shellReply(const char *name, const QByteArray &out, int code = 0, const QByteArray &err = {})
{
    Reply reply;
    reply.name = QString::fromLatin1(name);
    reply.subject = QStringLiteral("db1");
    reply.at = now;
    reply.result = ShellReply{code, out, err};
    return reply;
}

Result<Value> parsed(const Source &source, const Replies &replies, const QVariantMap &options = {})
{
    SourceEntry entry;
    entry.id = QString::fromLatin1(source.name);
    entry.options = options;
    return source.parse(entry, replies, {now, {}});
}

QVariantMap command(const char *line)
{
    return {{QStringLiteral("command"), QString::fromLatin1(line)}};
}

} // namespace

/// Cases of the backup tools that no captured sample shows.
class BackupToolsTest : public QObject {
    Q_OBJECT

private slots:
    void problems_data()
    {
        QTest::addColumn<const Source *>("source");
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QByteArray>("err");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("problem"); // "error" = no value
        QTest::addColumn<bool>("ok");
        const auto row = [](const char *name, const Source &source, const char *line, const QByteArray &out,
                            const QByteArray &err, int code, const char *problem, bool ok) {
            QTest::newRow(name) << &source << QByteArray(line) << out << err << code << QString::fromLatin1(problem)
                                << ok;
        };
        const char *list = "barman -f json list-backup main";
        row("Barman text", barmanSource, "barman list-backup main",
            "main 20261120T155937 - Fri Nov 20 15:59:39 2026 - Size: 121.3 MiB - WAL Size: 0 B\n", {}, 0, "none", true);
        row("Barman text, failed", barmanSource, "barman list-backup main", "main 20261120T155937 - FAILED\n", {}, 0,
            "failed_backup", false);
        row("Barman started days ago", barmanSource, list,
            json("{'main': [{'backup_id': '20261101T160032', 'status': 'STARTED'}]}"), {}, 0, "failed_backup", false);
        row("Barman started, then overtaken", barmanSource, list,
            json("{'main': [{'backup_id': '20261120T160100', 'status': 'DONE', 'end_time_timestamp': '1795190500'},"
                 "{'backup_id': '20261120T160032', 'status': 'STARTED'}]}"),
            {}, 0, "failed_backup", false);
        row("Barman waits for its last WAL", barmanSource, list,
            json("{'main': [{'backup_id': '20261120T160100', 'status': 'WAITING_FOR_WALS', "
                 "'end_time_timestamp': '1795191000'}]}"),
            {}, 0, "in_progress", true);
        row("Barman waits in vain", barmanSource, list,
            json("{'main': [{'backup_id': '20261119T160100', 'status': 'WAITING_FOR_WALS', "
                 "'end_time_timestamp': '1795100000'}]}"),
            {}, 0, "wal_gap", false);
        row("Barman only obsolete", barmanSource, list,
            json("{'main': [{'backup_id': '20261120T155937', 'status': 'DONE', 'end_time_timestamp': '1795190379', "
                 "'retention_status': 'OBSOLETE'}]}"),
            {}, 0, "obsolete", true);
        row("Barman check without redundancy", barmanSource, "barman check main",
            "Server main:\n\tPostgreSQL: OK\n\tfailed backups: OK (there are 0 failed backups)\n\tminimum redundancy "
            "requirements: OK (have 0 backups, expected at least 0)\n",
            {}, 0, "no_backups", false);
        row("Barman check, server down", barmanSource, "barman check main",
            "Server main:\n\tWAL archive: OK\n\tPostgreSQL: FAILED\n\tdirectories: OK\n\tminimum redundancy "
            "requirements: OK (have 3 backups, expected at least 1)\n",
            {}, 1, "server_down", false);
        row("Barman check, too few", barmanSource, "barman check main",
            "Server main:\n\tPostgreSQL: OK\n\tminimum redundancy requirements: FAILED (have 1 backups, expected at "
            "least 2)\n",
            {}, 1, "too_few", false);
        row("Barman nagios", barmanSource, "barman check --nagios main",
            "BARMAN CRITICAL - server main has issues * main FAILED: receive-wal running\nmain.receive-wal running: "
            "FAILED (See the Barman log file for more details)\n",
            {}, 2, "receiver_down", false);
        row("Barman nagios well", barmanSource, "barman check --nagios main",
            "BARMAN OK - Ready to serve the Espresso backup for main|main=1B\n", {}, 0, "none", true);
        row("Barman check-backup says nothing", barmanSource, "barman check-backup main 20261120T155937", {}, {}, 0,
            "nothing_checked", false);
        row("Barman verify without a verdict", barmanSource, "barman verify-backup main latest",
            "Calling pg_verifybackup\n", {}, 0, "nothing_checked", false);
        row("Barman second backup", barmanSource, "barman backup main", {},
            "ERROR: Another backup process is running\n", 1, "locked", true);
        row("Barman empty", barmanSource, "", {}, {}, 0, "no_backups", false);
        row("Barman cut", barmanSource, list, "{\"main\": [{\"backup_id\": \"2026", {}, 0, "error", false);

        row("restic locked", resticSource, "restic check", {},
            "unable to create lock in backend: repository is already locked by PID 7 on db1 by root (UID 0, GID "
            "0)\nlock was created at 2026-11-20 16:10:00 (1m54s ago)\n",
            1, "locked", true);
        row("restic lock left behind", resticSource, "restic check", {},
            "repository is already locked by PID 7 on db1 by root (UID 0, GID 0)\nlock was created at 2026-11-18 "
            "16:10:00 (48h1m54s ago)\n",
            1, "locked", false);
        row("restic null", resticSource, "restic snapshots --json", "null\n", {}, 0, "no_backups", false);
        row("restic without words", resticSource, "restic snapshots", {}, {}, 0, "no_backups", false);
        row("restic no repository", resticSource, "restic snapshots --json", {},
            "Fatal: unable to open config file: stat nosuch/config: no such file or directory\n", 1, "repo_missing",
            false);
        row("restic 0.17 codes", resticSource, "restic snapshots --json", {}, "Fatal\n", 12, "wrong_password", false);
        row("restic left out", resticSource, "restic snapshots --json", "[]",
            "could not load snapshot 9dc5cdf3: load <snapshot/9dc5cdf32c>: invalid data returned\n", 0,
            "checksum_mismatch", false);
        row("restic short pack", resticSource, "restic check", "check all packs\n",
            "pack af11: unexpected file size: got 1000, expected 100121\nFatal: repository contains errors\n", 1,
            "truncated", false);
        row("restic lost pack", resticSource, "restic check", "check all packs\n",
            "pack af11: does not exist\nFatal: repository contains errors\n", 1, "file_missing", false);
        row("restic check says nothing", resticSource, "restic check", "load indexes\n", {}, 0, "nothing_checked",
            false);
        row("restic stored nothing", resticSource, "restic backup --stdin --json",
            json("{'message_type':'summary','total_bytes_processed':0,'snapshot_id':'aa'}\n"), {}, 0, "empty_content",
            false);
        row("restic took nothing", resticSource, "restic backup --json src", {},
            "Fatal: unable to save snapshot: snapshot is empty\n", 1, "failed_backup", false);
        row("restic 0.17 summary", resticSource, "restic snapshots --json",
            json("[{'id':'aa','time':'2026-11-20T16:00:00Z','summary':{'backup_end':'2026-11-20T16:01:00Z',"
                 "'total_bytes_processed':5}}]"),
            {}, 0, "none", true);
        row("restic grouped", resticSource, "restic snapshots --json --group-by host",
            json("[{'group_key':{},'snapshots':[{'id':'aa','time':'2026-11-20T16:00:00Z'}]}]"), {}, 0, "none", true);
        row("restic in the future", resticSource, "restic snapshots --json",
            json("[{'id':'aa','time':'2026-11-21T16:00:00Z'}]"), {}, 0, "time_in_future", false);
        row("restic garbage", resticSource, "restic snapshots --json", "\xff\xfe[", {}, 0, "error", false);

        row("borg locked", borgSource, "borg list --json repo", {},
            json("{'type':'log_message','message':'Failed to create/acquire the lock','levelname':'ERROR','msgid':"
                 "'LockTimeout'}\n"),
            2, "locked", true);
        row("borg nothing matched", borgSource, "borg check --archives-only --glob-archives 'zz*' repo", {},
            "--glob-archives zz* does not match any archives\n", 0, "nothing_checked", false);
        row("borg check silent", borgSource, "borg check repo", {}, {}, 0, "none", true);
        row("borg not there", borgSource, "borg list --json nosuch", {}, "Repository nosuch does not exist.\n", 2,
            "repo_missing", false);
        row("borg modern code", borgSource, "borg list --json repo", {}, {}, 52, "wrong_password", false);
        row("borg empty archive", borgSource, "borg info --json --last 1 repo",
            json("{'archives':[{'name':'pg','start':'2026-11-20T16:00:00','end':'2026-11-20T16:00:01','stats':{"
                 "'original_size':0,'nfiles':1}}],'repository':{'location':'r'},'encryption':{'mode':'none'}}"),
            {}, 0, "empty_content", false);
        row("borg checkpoint", borgSource, "borg list --json --consider-checkpoints repo",
            json("{'archives':[{'name':'pg.checkpoint','start':'2026-11-20T16:00:00'}],'repository':{'location':'r'}}"),
            {}, 0, "failed_backup", false);
        row("borg text", borgSource, "borg list repo", "a1            Fri, 2026-11-20 16:04:43 [ffc1e56f6815]\n", {}, 0,
            "none", true);
        row("borgmatic skipped", borgmaticSource, "borgmatic check", {},
            "repo: Skipping archives check due to configured frequency; 2 weeks until next check\n", 0, "check_skipped",
            true);
        row("borgmatic nothing matched", borgmaticSource, "borgmatic check", {},
            "--glob-archives db1-* does not match any archives\nArchive consistency check complete, no problems "
            "found.\n",
            0, "nothing_checked", false);
        row("borgmatic silent", borgmaticSource, "borgmatic rlist --json", {}, "borg: error\n", 1, "repo_error", false);
        row("borgmatic one down", borgmaticSource, "",
            "@repository /a\n"
                + json("[{'archives':[{'name':'x','start':'2026-11-20T16:00:00'}],'encryption':{'mode':"
                       "'none'},'repository':{'location':'/a'}}]")
                + "\n@end 0\n@repository /b\nRepository /b does not exist.\n@end 2\n",
            {}, 0, "repo_mixed", false);
        row("borgmatic one locked", borgmaticSource, "",
            "@repository /a\n"
                + json("[{'archives':[{'name':'x','start':'2026-11-20T16:00:00'}],'encryption':{'mode':"
                       "'none'},'repository':{'location':'/a'}}]")
                + "\n@end 0\n@repository /b\nFailed to create/acquire the lock /b/lock.exclusive (timeout).\n@end 2\n",
            {}, 0, "in_progress", true);

        const QByteArray base = json("[{'backup_name':'base_000000010000000000000004','time':'2026-11-20T16:00:00Z',"
                                     "'wal_file_name':'000000010000000000000004','finish_time':'2026-11-20T15:59:00Z',"
                                     "'system_identifier':7710282973916741038,'finish_lsn':83886080}]");
        row("WAL-G list", walgSource, "wal-g backup-list --detail --json", base, {}, 0, "none", true);
        row("WAL-G nothing", walgSource, "wal-g backup-list --json", {}, "INFO: No backups found\n", 0, "no_backups",
            false);
        row("WAL-G only a delta", walgSource, "wal-g backup-list --json",
            json("[{'backup_name':'base_000000010000000000000006_D_000000010000000000000004','time':"
                 "'2026-11-20T16:00:00Z'}]"),
            {}, 0, "file_missing", false);
        row("WAL-G lost", walgSource, "wal-g wal-verify integrity timeline --json",
            json("{'integrity':{'status':'FAILURE','details':[{'timeline_id':1,'start_segment':"
                 "'000000010000000000000005','end_segment':'000000010000000000000005','segments_count':1,'status':"
                 "'MISSING_LOST'}]},'timeline':{'status':'OK'}}"),
            {}, 0, "wal_gap", false);
        row("WAL-G delayed", walgSource, "wal-g wal-verify integrity --json",
            json("{'integrity':{'status':'WARNING','details':[{'status':'MISSING_DELAYED'}]}}"), {}, 0, "none", true);
        row("WAL-G unknown status", walgSource, "wal-g wal-verify integrity --json", json("{'integrity':{}}"), {}, 0,
            "nothing_checked", false);
        row("WAL-G show", walgSource, "wal-g wal-show --detailed-json",
            json("[{'id':1,'segments_count':4,'missing_segments':['000000010000000000000007'],'backups':[],'status':"
                 "'LOST_SEGMENTS'}]"),
            {}, 0, "wal_gap", false);

        row("verifybackup silent", basebackupSource, "pg_verifybackup -q x", {}, {}, 0, "nothing_checked", false);
        row("verifybackup size", basebackupSource, "pg_verifybackup x", {},
            "pg_verifybackup: error: \"base/1/1\" has size 1 on disk but size 2 in the manifest\n", 1, "truncated",
            false);
        row("verifybackup WAL", basebackupSource, "pg_verifybackup x", {},
            "pg_waldump: error: could not find any WAL file\npg_verifybackup: error: WAL parsing failed for timeline "
            "1\n",
            1, "wal_gap", false);
        row("no base backup runs", basebackupSource, "psql -x -c 'select * from pg_stat_progress_basebackup'",
            "(0 rows)\n", {}, 0, "none", true);

        row("own program", commandBackupsSource, "",
            json("{'backups':[{'id':'a','type':'logical','finished_at':'2026-11-20T16:00:00Z'}]}"), {}, 0, "none",
            true);
        row("own program, no time", commandBackupsSource, "", json("{'backups':[{'id':'a'}]}"), {}, 0, "failed_backup",
            false);
        row("own program, nothing", commandBackupsSource, "", json("{'backups':[]}"), {}, 0, "no_backups", false);
        row("own program, no list", commandBackupsSource, "", json("{'backup':[]}"), {}, 0, "error", false);
        row("own program, wrong word", commandBackupsSource, "", json("{'backups':[{'id':'a','type':'huge'}]}"), {}, 0,
            "error", false);
        row("own program failed", commandBackupsSource, "", {}, "no\n", 3, "error", false);

        row("check_pgbackrest retention", pgbackrestSource, "check_pgbackrest --service=retention --output=json",
            json("[{'service':'BACKUPS_RETENTION','status':{'code':2,'message':'CRITICAL'},'message':'backups are too "
                 "old','long_message':{'full':'1','latest_bck_type':'full'}}]"),
            {}, 2, "stale", false);
        row("check_pgbackrest dies", pgbackrestSource, "check_pgbackrest --service=archives", {},
            "Can't get pgBackRest info.\n", 255, "nothing_checked", false);
        const QByteArray infoText
            = "stanza: main\n    status: ok\n    cipher: none\n\n    db (current)\n        wal archive min/max (15): "
              "000000010000000000000005/000000010000000000000008\n\n        full backup: 20261120-154808F\n            "
              "timestamp start/stop: 2026-11-20 15:48:08 / 2026-11-20 15:48:16\n            wal start/stop: "
              "000000010000000000000005 / 000000010000000000000005\n            database size: 22.1MB, database backup "
              "size: 22.1MB\n            repo1: backup set size: 2.9MB, backup size: 2.9MB\n";
        row("info text", pgbackrestSource, "pgbackrest info", infoText, {}, 0, "none", true);
        row("info text, bad pages", pgbackrestSource, "pgbackrest info",
            infoText + "            error(s) detected during backup\n", {}, 0, "page_checksum_error", false);
        row("info text, other database", pgbackrestSource, "pgbackrest info",
            QByteArray(infoText).replace("(current)", "(prior)"), {}, 0, "wrong_database", false);
        row("info text, empty", pgbackrestSource, "pgbackrest info",
            "stanza: main\n    status: error (no valid backups)\n    cipher: none\n", {}, 0, "no_backups", false);
        row("info text, mixed", pgbackrestSource, "pgbackrest info",
            QByteArray(infoText).replace("status: ok\n",
                                         "status: mixed\n        repo1: ok\n        repo2: error (missing stanza "
                                         "data)\n"),
            {}, 0, "repo_mixed", false);
        row("info text, no stanza", pgbackrestSource, "pgbackrest info", "No stanzas exist in the repository.\n", {}, 0,
            "missing_stanza", false);
        row("info text, running", pgbackrestSource, "pgbackrest info",
            QByteArray(infoText).replace("status: ok", "status: ok (backup/expire running)"), {}, 0, "in_progress",
            true);
        row("repo-ls with a hole", pgbackrestSource, "pgbackrest repo-ls archive/main --recurse",
            "15-1/0000000100000000/000000010000000000000007-da39a3ee5e6b4b0d3255bfef95601890afd80709.gz\n"
            "15-1/0000000100000000/000000010000000000000008.00000028.backup\n"
            "15-1/0000000100000000/000000010000000000000009-da39a3ee5e6b4b0d3255bfef95601890afd80709.gz\n",
            {}, 0, "wal_gap", false);
        row("repo-ls of nothing", pgbackrestSource, "pgbackrest repo-ls archive/main", {}, {}, 0, "nothing_checked",
            false);
    }

    void problems()
    {
        QFETCH(const Source *, source);
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, out);
        QFETCH(QByteArray, err);
        QFETCH(int, code);
        QFETCH(QString, problem);
        QFETCH(bool, ok);
        const Result<Value> value
            = parsed(*source, {shellReply(source->parts.front(), out, code, err)}, command(line.constData()));
        if (problem == QLatin1String("error")) {
            QVERIFY(!value);
            return;
        }
        QVERIFY2(value, value ? "" : qPrintable(value.error().text));
        const BackupAssessment &said = std::get<BackupSet>(*value).assessment;
        QCOMPARE(said.problem, problem);
        QCOMPARE(said.ok, ok);
        if (!ok && said.count == 0)
            QVERIFY(!said.latestFinishedAt.isValid());
    }

    void whatIsTooOldIsStale()
    {
        QVariantMap options = command("restic snapshots --json");
        options.insert(QStringLiteral("max_age_s"), 600);
        const QByteArray out = json("[{'id':'aa','time':'2026-11-20T16:00:00Z'}]");
        const auto stale = parsed(resticSource, {shellReply("snapshots", out)}, options);
        QCOMPARE(std::get<BackupSet>(*stale).assessment.problem, QStringLiteral("stale"));
        options.insert(QStringLiteral("max_age_s"), 900);
        const auto fresh = parsed(resticSource, {shellReply("snapshots", out)}, options);
        QVERIFY(std::get<BackupSet>(*fresh).assessment.ok);
    }

    void backupsOfAnotherSystemDoNotCount()
    {
        QVariantMap options = command("wal-g backup-list --detail --json");
        options.insert(QStringLiteral("live_system_identifier"), QStringLiteral("7710282973916741039"));
        const QByteArray out = json("[{'backup_name':'base_000000010000000000000004','finish_time':"
                                    "'2026-11-20T15:59:00Z','system_identifier':7710282973916741038}]");
        const auto value = parsed(walgSource, {shellReply("backup-list", out)}, options);
        const BackupSet &set = std::get<BackupSet>(*value);
        QCOMPARE(set.assessment.problem, QStringLiteral("wrong_database"));
        QCOMPARE(set.assessment.count.value_or(-1), 0);
        options.insert(QStringLiteral("live_system_identifier"), QStringLiteral("7710282973916741038"));
        QVERIFY(std::get<BackupSet>(*parsed(walgSource, {shellReply("backup-list", out)}, options)).assessment.ok);
    }

    /// The configuration and the environment file are read by the tool's own shell: no request holds their content, and
    /// no password option exists that could.
    void passwordsStayOnTheHost()
    {
        for (const Source *source : {&resticSource, &borgSource, &borgmaticSource, &walgSource, &barmanSource}) {
            SourceEntry entry;
            entry.hosts = {QStringLiteral("db1")};
            for (const Option &option : source->options)
                QVERIFY(!QByteArray(option.name).endsWith("password")
                        && !QByteArray(option.name).endsWith("passphrase"));
            entry.options.insert(QStringLiteral("environment_file"), QStringLiteral("/etc/it's.env"));
            bool isUsed = false;
            for (const Request &request : source->requests(entry, {})) {
                if (const ShellPart *part = std::get_if<ShellPart>(&request.what))
                    isUsed = isUsed || part->script.contains("'/etc/it'\\''s.env'");
            }
            QVERIFY2(isUsed, source->name);
        }
    }

    void everyReaderSurvivesGarbage()
    {
        const QList<QByteArray> inputs{QByteArray(),
                                       QByteArray(100'000, '['),
                                       QByteArray(100'000, '\xff'),
                                       "{}",
                                       "[]",
                                       "[{}]",
                                       "null",
                                       json("{'main':{}}"),
                                       json("{'main':[null,1,{'backup_id':{},'status':[]}]}"),
                                       json("{'archives':[{'name':1},{'name':'a','start':'x','stats':[]}]}"),
                                       json("[{'archives':{}},[],{'archives':[null]}]"),
                                       json("{'integrity':{'details':{}},'timeline':[]}"),
                                       "@repository x\n@end 0\n@repository y\n",
                                       "T 1\n==> /\n==> /a\nM x\nL START TIME: x\n",
                                       "X denied\n"};
        for (const Source *source : {&barmanSource, &walgSource, &basebackupSource, &resticSource, &borgSource,
                                     &borgmaticSource, &commandBackupsSource, &drillCaptureSource}) {
            for (const char *part : source->parts) {
                for (const QByteArray &input : inputs) {
                    for (const int code : {0, 1, 2, 127})
                        (void)parsed(*source, {shellReply(part, input, code, input.left(200))});
                }
            }
            QVERIFY2(!source->parse(SourceEntry(), {}, {now, {}}), source->name);
        }
    }
};

QTEST_GUILESS_MAIN(BackupToolsTest)
#include "tst_backuptools.moc"
