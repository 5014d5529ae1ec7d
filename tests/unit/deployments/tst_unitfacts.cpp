// SPDX-License-Identifier: GPL-3.0-or-later
#include "posixshell.h"
#include "registry.h"

#include "unitfacts.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using sources::unitfacts::UnitFacts;

namespace {

UnitFacts read(const QByteArray &out)
{
    UnitFacts facts;
    sources::probes::eachRecord(
        out, [&facts](const sources::probes::Record &record) { sources::unitfacts::takeUnitRecord(record, facts); });
    return facts;
}

SourceEntry entry()
{
    SourceEntry made;
    made.id = made.source = QStringLiteral("systemd");
    made.pane = PaneKind::Deployments;
    made.hosts = QStringList{QStringLiteral("web1")};
    made.options = {{QStringLiteral("unit"), QStringLiteral("shop.service")}};
    return made;
}

Result<Value> parsed(const QByteArray &out, int code = 0)
{
    return sources::systemdDeploymentsSource.parse(entry(), {replyFrom(QStringLiteral("web1"), {code, out, {}})}, {});
}

bool hasNote(const DeploymentHistory &history, const QString &part)
{
    return std::ranges::any_of(history.notes, [&part](const QString &note) { return note.contains(part); });
}

QByteArray journal(const QByteArray &id, const QByteArray &seconds, const QByteArray &more = {})
{
    QByteArray line = "J\t{'MESSAGE_ID':'" + id + "','__REALTIME_TIMESTAMP':'" + seconds
        + "000000','MESSAGE':'Started shop.','JOB_TYPE':'restart'" + more + "}\n";
    return line.replace('\'', '"');
}

const QByteArray show
    = "UNIT\tshow\tLoadState=loaded\nUNIT\tshow\tActiveState=active\nUNIT\tshow\tSubState=running\n"
      "UNIT\tshow\tMainPID=4711\nUNIT\tshow\tNRestarts=0\nUNIT\tshow\tExecMainStartTimestamp=@1795190160\n"
      "UNIT\tshow\tInvocationID=abc\nUNIT\tpid\t4711\nUNIT\tfolder\t/srv/shop/releases/20261120154853\n"
      "UNIT\tprogram\t/usr/bin/ruby3.1\n";

} // namespace

class TestUnitFacts : public QObject {
    Q_OBJECT

private slots:
    void processOfAPidFile_data()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }
    // A real process: where it runs, what, and since when.
    void processOfAPidFile()
    {
        QFETCH(QStringList, shell);
        QTemporaryDir folder;
        const QString place = folder.filePath(QStringLiteral("the\nUNIT\tfolder\tforged"));
        QDir().mkpath(place);
        QProcess process;
        process.setWorkingDirectory(place);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("APP_VERSION"), QStringLiteral("1.4.0"));
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral("sleep"), {QStringLiteral("60")});
        QVERIFY(process.waitForStarted());
        QFile pid(folder.filePath(QStringLiteral("pid")));
        QVERIFY(pid.open(QIODevice::WriteOnly));
        pid.write(QByteArray::number(process.processId()) + '\n');
        pid.close();
        const auto script = sources::unitfacts::unitScript({}, pid.fileName());
        UnitFacts facts = read(runShell(script, shell).out);
        QVERIFY(facts.asked);
        QVERIFY2(facts.folder.endsWith(QStringLiteral("the?UNIT?folder?forged")), qPrintable(facts.folder));
        QVERIFY2(facts.program.contains(QStringLiteral("/bin/")), qPrintable(facts.program));
        QCOMPARE(facts.version, QStringLiteral("1.4.0"));
        const qint64 age = facts.startedAt.secsTo(QDateTime::currentDateTimeUtc());
        QVERIFY2(age >= -2 && age < 120, qPrintable(QString::number(age)));
        QVERIFY(!sources::unitfacts::startedBefore(facts, facts.startedAt.addSecs(-60)));
        QVERIFY(sources::unitfacts::startedBefore(facts, facts.startedAt.addSecs(60)));
        process.kill();
        process.waitForFinished();
        facts = read(runShell(script, shell).out);
        QVERIFY(facts.reason.contains(QStringLiteral("does not exist")));
        QVERIFY(read(runShell(sources::unitfacts::unitScript({}, QStringLiteral("/nowhere/pid")), shell).out)
                    .reason.contains(QStringLiteral("there is no pid file")));
    }

    void unitOfAPlayedSystemctl()
    {
        QTemporaryDir folder;
        const QByteArray where = sources::shellQuoted(folder.path());
        // An old systemctl that does not know --timestamp.
        const QByteArray program
            = "#!/bin/sh\ncase $* in *--timestamp*) exit 1;; esac\nprintf 'LoadState=loaded\\nActiveState="
              "active\\nMainPID=0\\nNeedDaemonReload=yes\\nNRestarts=7\\nExecMainStartTimestamp=Fri "
              "2026-11-20 15:56:00 UTC\\n'\n";
        const auto reply
            = runShell("cd " + where + " && printf '%s' " + sources::shellQuoted(QString::fromLatin1(program))
                       + " > systemctl && chmod +x systemctl; PATH=" + where + ":$PATH\n"
                       + sources::unitfacts::unitScript(QStringLiteral("shop.service"), {}));
        const UnitFacts facts = read(reply.out);
        QCOMPARE(facts.startedAt, QDateTime(QDate(2026, 11, 20), QTime(15, 56), Qt::UTC));
        QCOMPARE(facts.restarts, 7);
        QVERIFY(facts.needsReload);
        const QStringList notes = sources::unitfacts::unitNotes(QStringLiteral("web1"), facts);
        QVERIFY(notes.filter(QStringLiteral("daemon-reload")).size() == 1);
        QVERIFY(notes.filter(QStringLiteral("7 times")).size() == 1);
    }

    void sourceTellsWhatRuns()
    {
        const Result<Value> value
            = parsed(show + journal("39f53479d3a045ac8e11786248231fbf", "1795190000", ",'INVOCATION_ID':'old'")
                     + journal("d9b373ed55a64feb8242e02dbe79a49c", "1795190100")
                     + journal("39f53479d3a045ac8e11786248231fbf", "1795190160", ",'INVOCATION_ID':'abc'") + "DONE\n");
        QVERIFY(value);
        const auto history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QStringLiteral("20261120154853"));
        QCOMPARE(history.hosts[0].running, history.live);
        QCOMPARE(history.hosts[0].switchedAt, QDateTime::fromSecsSinceEpoch(1795190160, Qt::UTC));
        QCOMPARE(history.events.size(), size_t(3));
        QCOMPARE(history.events[0].outcome, ReleaseStatus::Live);
        QCOMPARE(history.events[0].release, history.live);
        QCOMPARE(history.events[1].outcome, ReleaseStatus::Failed);
        QCOMPARE(history.events[2].release, QString());
    }

    void whatDoesNotRun()
    {
        const Result<Value> value
            = parsed("UNIT\tshow\tLoadState=loaded\nUNIT\tshow\tActiveState=failed\nUNIT\tshow\tSubState="
                     "failed\nUNIT\tshow\tResult=exit-code\nDONE\n");
        QVERIFY(value);
        const auto history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QString());
        QVERIFY(hasNote(history, QStringLiteral("the unit is failed (failed): exit-code")));
        const Result<Value> replaced = parsed(
            "UNIT\tshow\tLoadState=loaded\nUNIT\tshow\tActiveState=active\nUNIT\tpid\t5\nUNIT\tfolder\t/\nUNIT\tprogram"
            "\t/opt/shop/shop-1.3 (deleted)\nDONE\n");
        QCOMPARE(std::get<DeploymentHistory>(*replaced).live, QStringLiteral("/opt/shop/shop-1.3"));
        QVERIFY(hasNote(std::get<DeploymentHistory>(*replaced), QStringLiteral("replaced or removed")));
    }

    void capturedShow()
    {
        const Result<Value> value = parsed("Id=shop.service\nLoadState=loaded\nActiveState=active\nMainPID=12\n"
                                           "ExecMainStartTimestamp=@1795190160\n");
        QVERIFY(value);
        QCOMPARE(std::get<DeploymentHistory>(*value).live, QString()); // the process itself was not looked at
    }

    void errors_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<int>("code");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("no such unit") << QByteArray("UNIT\tshow\tLoadState=not-found\nDONE\n") << 0
                                      << ErrorKind::NotFound;
        QTest::newRow("no systemd") << QByteArray("UNIT\twhy\tthere is no systemctl\nDONE\n") << 0
                                    << ErrorKind::NotFound;
        QTest::newRow("cut") << show.left(40) << 0 << ErrorKind::BadData;
        QTest::newRow("hangs") << show << 124 << ErrorKind::Timeout;
        QTest::newRow("empty") << QByteArray() << 0 << ErrorKind::BadData;
    }
    void errors()
    {
        QFETCH(QByteArray, out);
        QFETCH(int, code);
        QFETCH(ErrorKind, kind);
        const Result<Value> value = parsed(out, code);
        QVERIFY(!value);
        QCOMPARE(value.error().kind, kind);
    }
};

QTEST_GUILESS_MAIN(TestUnitFacts)
#include "tst_unitfacts.moc"
