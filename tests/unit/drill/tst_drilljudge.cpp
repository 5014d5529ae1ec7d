// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupproof.h"
#include "drillcases.h"
#include "drillchecks.h"
#include "drillgates.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

class TestDrillJudge : public QObject {
    Q_OBJECT

private slots:
    void outcomes_data();
    void outcomes();
    void lossIsMeasured();
    void garbageIsNotGood();
    void checks_data();
    void checks();
    void gates_data();
    void gates();
    void policies();
    void starts();
    void proofs();
    void estimates();

private:
    static DrillRun judged(const QStringList &reports, int exitCode)
    {
        DrillRun run = drillcases::run();
        applyReports(run, reports);
        judge(run, exitCode, drillcases::at(60));
        return run;
    }
    static QStringList without(const QString &beginning)
    {
        QStringList lines = drillcases::goodReports();
        lines.removeIf([&](const QString &line) { return line.startsWith(beginning); });
        return lines;
    }
};

void TestDrillJudge::outcomes_data()
{
    QTest::addColumn<QStringList>("reports");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<bool>("fault");
    const QStringList good = drillcases::goodReports();
    const auto plus = [&](const char *line) { return good + QStringList{QString::fromLatin1(line)}; };
    QTest::newRow("good") << good << 0 << "passed" << false;
    QTest::newRow("no word") << good << -1 << "lost" << false;
    QTest::newRow("killed") << good << 137 << "failed" << false;
    QTest::newRow("held") << QStringList{QStringLiteral("begin 1 1")} << 75 << "failed" << false;
    QTest::newRow("restore failed") << good << drillexit::restore << "failed" << true;
    QTest::newRow("recovery failed") << good << drillexit::recovery << "failed" << true;
    QTest::newRow("refused") << good << drillexit::refused << "failed" << false;
    QTest::newRow("time over") << good << drillexit::timeLimit << "failed" << false;
    QTest::newRow("corrupt") << plus("fact amcheck corrupt") << 0 << "failed" << true;
    QTest::newRow("bad pages") << plus("fact checksums bad") << drillexit::corrupt << "failed" << true;
    QTest::newRow("integrity not available") << plus("fact amcheck not available") << 0 << "passed" << false;
    QTest::newRow("not removed") << plus("fact removed no") << 0 << "failed" << false;
    QTest::newRow("removal not told") << without(QStringLiteral("fact removed")) << 0 << "failed" << false;
    QTest::newRow("a phase is missing") << without(QStringLiteral("end 5")) << 0 << "failed" << false;
    QTest::newRow("a check is missing") << without(QStringLiteral("fact check.3")) << 0 << "failed" << false;
    QTest::newRow("a check is off") << plus("fact check.2 80") << 0 << "failed" << false;
    QTest::newRow("a check could not be asked")
        << plus("fact check.1.error ERROR: no such table") << 0 << "failed" << false;
    QTest::newRow("another system") << plus("fact system_id 1") << 0 << "failed" << false;
    QTest::newRow("nothing reported") << QStringList() << 0 << "failed" << false;
}

void TestDrillJudge::outcomes()
{
    QFETCH(QStringList, reports);
    QFETCH(int, exitCode);
    QFETCH(QString, outcome);
    QFETCH(bool, fault);
    const DrillRun run = judged(reports, exitCode);
    QCOMPARE(drillStageWord(run.stage), outcome);
    QCOMPARE(run.result.backupAtFault, fault);
    QVERIFY(!run.message.isEmpty());
    QCOMPARE(run.wayForward.isEmpty(), outcome == QLatin1String("passed"));
}

void TestDrillJudge::lossIsMeasured()
{
    DrillRun run = judged(drillcases::goodReports(), 0);
    QCOMPARE(run.result.lossBytes, 0x3A204A30LL - 0x3A000000LL);
    QCOMPARE(run.result.recoveredTo, QDateTime(QDate(2026, 11, 20), QTime(15, 53, 7, 297), Qt::UTC));
    QCOMPARE(run.result.loss,
             std::optional(std::chrono::milliseconds(run.result.recoveredTo.msecsTo(drillcases::at(1)))));
    QCOMPARE(run.phases[1].tookMs, 200);

    run = judged(drillcases::goodReports() << QStringLiteral("fact end_lsn 0/3A204A30"), 0);
    QCOMPARE(run.result.loss, std::optional(0ms)); // an idle server loses nothing, however long it idles
    run = judged(drillcases::goodReports() << QStringLiteral("fact recovered_to "), 0);
    QCOMPARE(run.result.recoveredTo, drillcases::at(-720)); // no change since the backup's end

    DrillRun unheard = drillcases::run();
    unheard.live = {};
    unheard.plan.checks.clear();
    applyReports(unheard, drillcases::goodReports());
    QVERIFY(!unheard.result.loss);
    QCOMPARE(unheard.result.lossBytes, -1);
}

void TestDrillJudge::garbageIsNotGood()
{
    const QStringList lines{QString(),
                            QStringLiteral("begin"),
                            QStringLiteral("begin 99 1"),
                            QStringLiteral("end 0 0 0"),
                            QStringLiteral("end -1 x y"),
                            QStringLiteral("fact"),
                            QStringLiteral("fact removed"),
                            QStringLiteral("fact ms.1 -5"),
                            QStringLiteral("fact wal_files 99999999999999999999999"),
                            QStringLiteral("fact recovered_to tomorrow"),
                            QStringLiteral("fact end_lsn zz/1")};
    const DrillRun run = judged(lines, 0);
    QCOMPARE(run.stage, DrillStage::Failed);
    QCOMPARE(run.result.walFiles, -1);
    QVERIFY(!run.result.recoveredTo.isValid());
    QCOMPARE(run.result.lossBytes, -1);
    QVERIFY(!run.result.loss);
}

void TestDrillJudge::checks_data()
{
    QTest::addColumn<DrillCheck>("check");
    QTest::addColumn<QString>("seen");
    QTest::addColumn<QString>("live");
    QTest::addColumn<QString>("verdict");
    const auto range = [](const char *low, const char *high) {
        return DrillCheck{QStringLiteral("x"), {}, QString::fromLatin1(low), QString::fromLatin1(high), {}, {}};
    };
    const DrillCheck within{QStringLiteral("x"), {}, {}, {}, {}, 10.0};
    const DrillCheck equals{QStringLiteral("x"), {}, {}, {}, QStringLiteral("0042"), {}};
    QTest::newRow("in range") << range("1", "10") << "5"
                              << ""
                              << "passed";
    QTest::newRow("at its end") << range("1", "10") << "10"
                                << ""
                                << "passed";
    QTest::newRow("below") << range("1", "10") << "0.5"
                           << ""
                           << "failed";
    QTest::newRow("above") << range("", "10") << "11"
                           << ""
                           << "failed";
    QTest::newRow("no number") << range("1", "10") << "many"
                               << ""
                               << "unknown";
    QTest::newRow("NaN") << range("1", "10") << "NaN"
                         << ""
                         << "unknown";
    QTest::newRow("a time") << range("2026-11-20T15:00:00Z", "") << "2026-11-20 15:53:07.29+00"
                            << ""
                            << "passed";
    QTest::newRow("an old time") << range("2026-11-20T16:00:00Z", "") << "2026-11-20 15:53:07+00"
                                 << ""
                                 << "failed";
    QTest::newRow("equal") << equals << "0042"
                           << ""
                           << "passed";
    QTest::newRow("equal as a number only") << equals << "42"
                                            << ""
                                            << "failed";
    QTest::newRow("near") << within << "91"
                          << "100"
                          << "passed";
    QTest::newRow("far") << within << "89"
                         << "100"
                         << "failed";
    QTest::newRow("live is not known") << within << "100"
                                       << ""
                                       << "unknown";
    QTest::newRow("both empty tables") << within << "0"
                                       << "0"
                                       << "passed";
    QTest::newRow("no answer") << equals << ""
                               << ""
                               << "failed";
    QTest::newRow("nothing expected") << range("", "") << "7"
                                      << ""
                                      << "noted";
}

void TestDrillJudge::checks()
{
    QFETCH(DrillCheck, check);
    QFETCH(QString, seen);
    QFETCH(QString, live);
    QFETCH(QString, verdict);
    QCOMPARE(checkVerdictWord(judgedCheck(check, seen, true, {}, live, {}).verdict), verdict);
    QVERIFY(judgedCheck(check, seen, false, {}, live, {}).verdict == CheckVerdict::Unknown);
    QVERIFY(judgedCheck(check, seen, true, QStringLiteral("ERROR"), live, {}).verdict == CheckVerdict::Failed);
}

void TestDrillJudge::gates_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("verdict");
    QTest::newRow("good") << ""
                          << ""
                          << "";
    QTest::newRow("inside") << "inside"
                            << "drill.folder"
                            << "block";
    QTest::newRow("gone") << "gone"
                          << "drill.folder"
                          << "block";
    QTest::newRow("network") << "remote"
                             << "drill.folder"
                             << "block";
    QTest::newRow("odd path") << "odd"
                              << "drill.folder"
                              << "block";
    QTest::newRow("long path") << "long"
                               << "drill.folder"
                               << "block";
    QTest::newRow("full") << "full"
                          << "drill.disk"
                          << "block";
    QTest::newRow("free not known") << "nofree"
                                    << "drill.disk"
                                    << "unknown";
    QTest::newRow("size not known") << "nosize"
                                    << "drill.disk"
                                    << "warn";
    QTest::newRow("other version") << "version"
                                   << "drill.version"
                                   << "block";
    QTest::newRow("version not known") << "noversion"
                                       << "drill.version"
                                       << "warn";
    QTest::newRow("busy") << "busy"
                          << "drill.lock"
                          << "block";
    QTest::newRow("backup running") << "running"
                                    << "drill.backup-running"
                                    << "block";
    QTest::newRow("root") << "root"
                          << "drill.user"
                          << "block";
    QTest::newRow("no host") << "host"
                             << "drill.host"
                             << "unknown";
    QTest::newRow("flawed") << "flawed"
                            << "drill.backup"
                            << "warn";
    QTest::newRow("expired") << "expired"
                             << "drill.backup"
                             << "block";
}

void TestDrillJudge::gates()
{
    QFETCH(QString, change);
    QFETCH(QString, code);
    QFETCH(QString, verdict);
    DrillLook look;
    look.folderThere = look.writable = look.readable = true;
    look.freeBytes = qint64(1) << 40;
    look.binaries
        = {{14, QStringLiteral("/usr/lib/postgresql/14/bin")}, {15, QStringLiteral("/usr/lib/postgresql/15/bin")}};
    look.major = 15;
    look.sizeBytes = 1000;
    DrillPlan plan = drillcases::plan();
    Backup backup;
    backup.id = plan.backup;
    const auto is = [&](const char *word) { return change == QLatin1String(word); };
    look.inside = is("inside") ? QStringLiteral("/srv/main") : QString();
    look.folderThere = !is("gone");
    look.remote = is("remote");
    plan.folder = is("odd") ? QStringLiteral("/var/tmp/a b") : plan.folder;
    plan.socket = is("long") ? QString(101, QLatin1Char('x')) : plan.socket;
    look.freeBytes = is("full") ? 100 : is("nofree") ? -1 : look.freeBytes;
    look.sizeBytes = is("nosize") ? -1 : look.sizeBytes;
    look.major = is("version") ? 16 : is("noversion") ? 0 : look.major;
    look.busy = is("busy");
    look.backupRunning = is("running");
    look.becomeTrouble = is("root") ? QStringLiteral("PostgreSQL does not run as root") : QString();
    look.error = is("host") ? QStringLiteral("unreachable") : QString();
    backup.state = is("flawed") ? BackupState::Flawed : is("expired") ? BackupState::Expired : BackupState::Ok;
    std::tie(plan.major, plan.binaries) = fittingBinaries(look);
    plan.needBytes = roomFor(look);
    const std::vector<Gate> gates = drillGates(plan, look, backup, {});
    for (const Gate &gate : gates)
        QCOMPARE(verdictWord(gate.verdict), gate.code == code ? verdict : QStringLiteral("pass"));
    QVERIFY(code.isEmpty() || std::ranges::any_of(gates, [&](const Gate &gate) { return gate.code == code; }));
}

void TestDrillJudge::policies()
{
    EnvironmentSpec environment;
    environment.databases = {{QStringLiteral("main"), QStringLiteral("host=x dbname='my shop' user=y"), {}, {}}};
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("db1"), QStringLiteral("db2")};
    entry.database = QStringLiteral("main");
    entry.options.insert(QStringLiteral("user"), QStringLiteral("barman"));
    QStringList problems;
    DrillPolicy policy = drillPolicyOf(environment, entry, problems);
    QCOMPARE(policy.host, QStringLiteral("db1"));
    QCOMPARE(policy.user, QStringLiteral("barman"));
    QCOMPARE(policy.database, QStringLiteral("my shop"));
    QCOMPARE(policy.folder, QStringLiteral("/var/tmp"));
    QVERIFY(problems.isEmpty());
    entry.options.insert(QStringLiteral("drill"),
                         QVariantMap{{QStringLiteral("host"), QStringLiteral("db2")},
                                     {QStringLiteral("tables"), QVariantList{QStringLiteral("public.odd\"name")}},
                                     {QStringLiteral("tolerance"), QStringLiteral("2.5%")},
                                     {QStringLiteral("limit"), QStringLiteral("2h")},
                                     {QStringLiteral("check_limit"), QStringLiteral("soon")}});
    policy = drillPolicyOf(environment, entry, problems);
    QCOMPARE(policy.host, QStringLiteral("db2"));
    QCOMPARE(policy.checks.size(), size_t(1));
    QCOMPARE(policy.checks[0].sql, QStringLiteral("select count(*) from \"public\".\"odd\"\"name\""));
    QCOMPARE(policy.checks[0].within, std::optional(2.5));
    QCOMPARE(policy.limit, std::chrono::seconds(7200));
    QCOMPARE(problems.size(), 1);
    for (const char *path : {"/", "relative", "/a/../b", "/a b", "/a'", "/a;b", "/a/", ""})
        QVERIFY2(!isPlainPath(QString::fromLatin1(path)), path);
    QVERIFY(isPlainPath(QStringLiteral("/var/tmp/x-1_2.3@h+z")));
}

void TestDrillJudge::starts()
{
    const DrillPlan plan = drillcases::plan();
    const QString reason = QStringLiteral("monthly");
    QVERIFY(mayDrill(plan, plan.digest, reason, drillcases::at(60)));
    QVERIFY(!mayDrill(plan, plan.digest, QStringLiteral("  "), drillcases::at(60)));
    QVERIFY(!mayDrill(plan, QStringLiteral("other"), reason, drillcases::at(60)));
    QVERIFY(!mayDrill(plan, plan.digest, reason, drillcases::at(1000)));
    DrillPlan blocked = plan;
    blocked.gates[0].verdict = Verdict::Block;
    QCOMPARE(mayDrill(blocked, plan.digest, reason, drillcases::at(60)).error().kind, ErrorKind::Denied);
    blocked.gates[0].code = QStringLiteral("drill.lock");
    QCOMPARE(mayDrill(blocked, plan.digest, reason, drillcases::at(60)).error().kind, ErrorKind::Busy);
    blocked.gates[0].verdict = Verdict::Warn;
    blocked.gates[0].overridable = true;
    QVERIFY(mayDrill(blocked, plan.digest, reason, drillcases::at(60)));
}

void TestDrillJudge::proofs()
{
    const DrillRun passed = judged(drillcases::goodReports(), 0);
    const auto proof = proofOf(passed);
    QVERIFY(proof && proof->passed);
    QCOMPARE(proof->depth, Trust::Queried);
    QCOMPARE(proof->restoreTook, std::chrono::milliseconds(200));
    QVERIFY(!proofOf(drillcases::run()));
    QVERIFY(!proofOf(judged({}, 75)));

    Backup backup;
    backup.id = passed.plan.backup;
    backup.location = passed.plan.location;
    backup.finishedAt = drillcases::at(-720);
    Backup elsewhere = backup;
    elsewhere.location = QStringLiteral("repository 2");
    BackupSet set;
    set.backups = {backup, elsewhere};
    BackupSet told = withProofs(set, {*proof});
    QCOMPARE(told.backups[0].trust, Trust::Queried);
    QCOMPARE(told.backups[0].verifiedAt, proof->at);
    QCOMPARE(told.backups[1].trust, Trust::Listed); // another place is another backup

    BackupProof refuted = *proof;
    refuted.passed = false;
    refuted.backupAtFault = true;
    refuted.at = proof->at.addDays(1);
    told = withProofs(set, {*proof, refuted});
    QCOMPARE(told.backups[0].state, BackupState::Flawed);
    QCOMPARE(told.assessment.count, std::optional<int>(1));
    refuted.backupAtFault = false; // the drill failed, not the backup
    QCOMPARE(withProofs(set, {*proof, refuted}).backups[0].trust, Trust::Queried);
    // What was proved once does not make good what the tool calls bad.
    set.backups[0].state = BackupState::Expired;
    QCOMPARE(withProofs(set, {*proof}).backups[0].trust, Trust::Listed);

    BackupSet verified;
    backup.trust = Trust::AllBytes;
    backup.verifiedAt = drillcases::at(5);
    verified.backups = {backup};
    QCOMPARE(proofsIn(QStringLiteral("e"), QStringLiteral("x"), verified).size(), size_t(1));
    QVERIFY(proofsIn(QStringLiteral("e"), QStringLiteral("x"), set).empty());
}

void TestDrillJudge::estimates()
{
    const QString place = QStringLiteral("repository 1");
    QVERIFY(!restoreEstimate(-1, 0, 1e6, {}, place));
    QVERIFY(!restoreEstimate(1'000'000, 0, 0, {}, place));
    const auto guess = restoreEstimate(700'000'000, 0, 1e6, {}, place);
    QVERIFY(guess && guess->isGuess);
    QCOMPARE(guess->best, std::chrono::milliseconds(1'030'000));

    std::vector<BackupProof> proofs;
    for (int i = 0; i < 7; ++i) {
        BackupProof proof;
        proof.location = place;
        proof.passed = true;
        proof.depth = Trust::Queried;
        proof.at = drillcases::at(i);
        proof.bytes = 100'000'000;
        proof.restoreTook
            = std::chrono::milliseconds(i < 2 ? 999'000 : 10'000 * i); // the first two are too old to count
        proof.recoveryTook = 10s;
        proof.walBytes = 50'000'000;
        proof.otherTook = 2s;
        proofs.push_back(proof);
    }
    const auto estimate = restoreEstimate(200'000'000, 50'000'000, 1e6, proofs, place);
    QVERIFY(estimate && !estimate->isGuess);
    QCOMPARE(estimate->drills, 5);
    QCOMPARE(estimate->best, 40s + 10s + 2s);
    QCOMPARE(estimate->worst, 120s + 10s + 2s);
    QCOMPARE(estimate->dominatedBy, QStringLiteral("fetching"));
    // Twice the WAL, twice its replay.
    QCOMPARE(restoreEstimate(200'000'000, 100'000'000, 1e6, proofs, place)->best, 40s + 20s + 2s);
    QVERIFY(restoreEstimate(200'000'000, 0, 1e6, proofs, QStringLiteral("elsewhere"))->isGuess);
}

QTEST_APPLESS_MAIN(TestDrillJudge)
#include "tst_drilljudge.moc"
