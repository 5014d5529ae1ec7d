// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthcheckprobe.h"

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString web1 = QStringLiteral("web1");

HealthReport reportOf(const Replies &replies, const QVariantMap &options = {}, const QStringList &hosts = {web1})
{
    SourceEntry entry;
    entry.hosts = hosts;
    entry.options = options;
    const Result<Value> value = hostSource.parse(entry, replies, {sampleTime(), {}});
    return value ? std::get<HealthReport>(*value) : HealthReport();
}

Replies probeReplies(const QString &name, const QByteArray &nonce)
{
    const ProbeAnswer probe
        = parseProbe(nonce, captured(name + QStringLiteral(".txt")), captured(name + QStringLiteral(".stderr.txt")));
    Replies replies;
    for (auto it = probe.sections.begin(); it != probe.sections.end(); ++it)
        replies.push_back(answer(QString::fromLatin1(it.key()), web1, *it));
    return replies;
}

Replies debian()
{
    return probeReplies(QStringLiteral("debian12-fast"), "00112233445566778899aabbccddeeff");
}

HealthReport part(const char *name, const QByteArray &out, int exitCode = 0, const QByteArray &err = {},
                  const QVariantMap &options = {})
{
    return reportOf({answer(QString::fromLatin1(name), web1, ShellReply{exitCode, out, err})}, options);
}

} // namespace

class HostHealthTest : public QObject {
    Q_OBJECT

private slots:
    void readsADebianHost()
    {
        const HealthReport report = reportOf(debian());
        QCOMPARE(report.epoch, QStringLiteral("269ba393-96dd-4c43-9cd3-63a0bdceff48"));
        QCOMPARE(statusOf(report, "host.load"), QStringLiteral("warning")); // 25 on 2 cores, pressure 94 %
        QCOMPARE(statusOf(report, "host.memory"), QStringLiteral("ok"));
        QCOMPARE(find(report, "host.memory")->value.value_or(0), 100.0 * 22001992 / 24684092);
        QCOMPARE(find(report, "host.disk", QStringLiteral("/"))->value.value_or(0),
                 100.0 * 65906188 / (34431000.0 + 65906188));
        QCOMPARE(said(report, "host.unit", QStringLiteral("app-import.service")),
                 QStringLiteral("warning: failed: Nightly import"));
        QVERIFY(said(report, "host.unit", QStringLiteral("app-worker.service"))
                    .startsWith(QStringLiteral("warning: keeps crashing")));
        QCOMPARE(find(report, "host.journal")->value.value_or(-1), 7.0);
        QCOMPARE(report.counters.value(QStringLiteral("cpu.total")),
                 176613.0 + 0 + 67062 + 180832 + 1957 + 0 + 1214 + 867);
        QCOMPARE(report.counters.value(QStringLiteral("cpu.busy")), 176613.0 + 67062 + 1214 + 867);
        QVERIFY(report.counters.contains(QStringLiteral("oom_kill")));
        QCOMPARE(report.counters.value(QStringLiteral("disk.vda.read_bytes")), 13588314.0 * 512);
        QVERIFY(!report.counters.contains(QStringLiteral("disk.loop0.reads")));
    }

    void readsABusyboxHost()
    {
        const HealthReport report
            = reportOf(probeReplies(QStringLiteral("busybox-fast"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0"));
        QCOMPARE(statusOf(report, "host.disk", QStringLiteral("/")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.inodes", QStringLiteral("/")), QStringLiteral("ok"));
        QVERIFY(!find(report, "host.journal"));
        QVERIFY(!find(report, "host.containers"));
        QCOMPARE(statusOf(report, "host.units"), QStringLiteral("notice"));
    }

    void missingRightsAreUnknown()
    {
        const HealthReport report
            = reportOf(probeReplies(QStringLiteral("debian12-noise-nojournal"), "00112233445566778899aabbccddeeff"));
        QCOMPARE(statusOf(report, "host.journal"), QStringLiteral("unknown"));
        QVERIFY(find(report, "host.journal")->hint.contains(QStringLiteral("systemd-journal")));
        const HealthReport containers = part("ctr", {}, 1, captured(QStringLiteral("docker-denied.stderr.txt")));
        QCOMPARE(said(containers, "host.containers"), QStringLiteral("unknown: no right to ask the container engine"));
    }

    /// An empty list is an answer, a page or half a line is none.
    void whatIsNoListIsUnknown()
    {
        QCOMPARE(said(part("ctr", "==> docker\n==> inspect\n"), "host.containers"),
                 QStringLiteral("ok: 0 of 0 containers run"));
        for (const char *text : {"==> docker\n{\"Names\":\"api\",", "/api 0 running unhealthy false 0\n", "<html>\n"})
            QVERIFY2(said(part("ctr", text), "host.containers").startsWith(QLatin1String("unknown: expected")), text);
        QVERIFY(said(part("journal", "==> id\n0\nroot\n"), "host.journal").startsWith(QLatin1String("ok: no errors")));
        QVERIFY(said(part("journal", "{\"PRIO\n==> id\n0\nroot\n"), "host.journal")
                    .startsWith(QLatin1String("unknown: expected")));
    }

    void failedPartsAreUnknownAndTheRestStands()
    {
        Replies replies = debian();
        for (Reply &reply : replies) {
            if (reply.name == QStringLiteral("dfk"))
                reply.result = ShellReply{137, {}, {}};
            if (reply.name == QStringLiteral("units"))
                reply = refusal(QStringLiteral("units"), web1, ErrorKind::BadData,
                                QStringLiteral("the part is not in the answer"));
        }
        const HealthReport report = reportOf(replies);
        QCOMPARE(said(report, "host.disk"), QStringLiteral("unknown: no answer within its time limit"));
        QCOMPARE(said(report, "host.units"), QStringLiteral("unknown: the part is not in the answer"));
        QCOMPARE(statusOf(report, "host.memory"), QStringLiteral("ok"));
    }

    void clockOffset_data()
    {
        QTest::addColumn<qint64>("hostClock");
        QTest::addColumn<QString>("status");
        QTest::newRow("same") << qint64(1795191114) << "ok";
        QTest::newRow("two seconds are within the error") << qint64(1795191116) << "ok";
        QTest::newRow("ahead") << qint64(1795191124) << "notice";
        QTest::newRow("behind") << qint64(1795191074) << "warning";
        QTest::newRow("five minutes") << qint64(1795191414) << "warning";
    }

    void clockOffset()
    {
        QFETCH(qint64, hostClock);
        QFETCH(QString, status);
        const HealthReport report = part("clock", QByteArray::number(hostClock) + '\n');
        QCOMPARE(statusOf(report, "host.clock"), status);
        QVERIFY(report.clockOffsetSeconds.has_value());
        QVERIFY(qAbs(*report.clockOffsetSeconds - double(hostClock - 1795191114)) <= report.clockErrorSeconds);
    }

    void diskRows_data()
    {
        QTest::addColumn<QString>("mount");
        QTest::addColumn<QString>("status");
        QTest::newRow("half") << "/"
                              << "ok";
        QTest::newRow("long device") << "/srv/data"
                                     << "ok";
        QTest::newRow("blank in both") << "/srv/shared files"
                                       << "ok";
        QTest::newRow("full") << "/var"
                              << "critical";
    }

    void diskRows()
    {
        QFETCH(QString, mount);
        QFETCH(QString, status);
        for (const char *kind : {"gnu", "busybox"}) {
            const QString name = QString::fromLatin1(kind);
            const HealthReport report = reportOf({
                answer(QStringLiteral("mounts"), web1, ShellReply{0, captured(QStringLiteral("mounts.txt")), {}}),
                answer(QStringLiteral("dfk"), web1, ShellReply{0, captured(name + QStringLiteral("-Pk.txt")), {}}),
                answer(QStringLiteral("dfi"), web1, ShellReply{0, captured(name + QStringLiteral("-Pi.txt")), {}}),
            });
            QCOMPARE(statusOf(report, "host.disk", mount), status);
            QVERIFY(find(report, "host.inodes", mount));
        }
        // Of the share in the sample 98 of 100 inodes are used.
        const HealthReport report = reportOf({
            answer(QStringLiteral("mounts"), web1, ShellReply{0, captured(QStringLiteral("mounts.txt")), {}}),
            answer(QStringLiteral("dfi"), web1, ShellReply{0, captured(QStringLiteral("gnu-Pi.txt")), {}}),
        });
        QCOMPARE(statusOf(report, "host.inodes", QStringLiteral("/srv/shared files")), QStringLiteral("critical"));
    }

    void aForgedDfRowIsNotBelieved()
    {
        // Who may mount can name a device so that its row looks like the one of /var.
        const QByteArray mounts
            = "/dev/sda /var ext4 rw 0 0\nevil\\0401\\0401\\040999999999\\0400%\\040/var /mnt/x tmpfs rw 0 0\n";
        const QByteArray df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                              "evil 1 1 999999999 0% /var 100 0 100 0% /mnt/x\n"
                              "/dev/sda 100000000 99999000 1000 100% /var\n";
        const HealthReport report = reportOf({answer(QStringLiteral("mounts"), web1, ShellReply{0, mounts, {}}),
                                              answer(QStringLiteral("dfk"), web1, ShellReply{0, df, {}})});
        QCOMPARE(statusOf(report, "host.disk", QStringLiteral("/var")), QStringLiteral("critical"));
    }

    void spaceLimits_data()
    {
        QTest::addColumn<qint64>("size"); // MiB
        QTest::addColumn<qint64>("available");
        QTest::addColumn<QVariantMap>("options");
        QTest::addColumn<QString>("status");
        const QVariantMap own{
            {QStringLiteral("limits"),
             QVariantMap{{QStringLiteral("disk"),
                          QVariantMap{{QStringLiteral("warning"), 50}, {QStringLiteral("critical"), 20}}}}}};
        QTest::newRow("room") << qint64(100'000) << qint64(50'000) << QVariantMap() << "ok";
        QTest::newRow("under 10 %") << qint64(100'000) << qint64(9'000) << QVariantMap() << "warning";
        QTest::newRow("under 5 %") << qint64(100'000) << qint64(4'900) << QVariantMap() << "critical";
        QTest::newRow("under 5 GiB") << qint64(30'000) << qint64(4'000) << QVariantMap() << "warning";
        QTest::newRow("under 1 GiB") << qint64(9'000) << qint64(1'000) << QVariantMap() << "critical";
        QTest::newRow("small by nature") << qint64(500) << qint64(400) << QVariantMap() << "ok";
        QTest::newRow("own limits") << qint64(100'000) << qint64(40'000) << own << "warning";
    }

    void spaceLimits()
    {
        QFETCH(qint64, size);
        QFETCH(qint64, available);
        QFETCH(QVariantMap, options);
        QFETCH(QString, status);
        const auto kib = [](qint64 mib) { return QByteArray::number(mib * 1024); };
        const QByteArray df = "/dev/sda " + kib(size) + ' ' + kib(size - available) + ' ' + kib(available) + " 50% /\n";
        const HealthReport report
            = reportOf({answer(QStringLiteral("mounts"), web1, ShellReply{0, "/dev/sda / ext4 rw 0 0\n", {}}),
                        answer(QStringLiteral("dfk"), web1, ShellReply{0, df, {}})},
                       options);
        QCOMPARE(statusOf(report, "host.disk", QStringLiteral("/")), status);
    }

    void networkMounts()
    {
        const HealthReport report
            = part("netfs", "M /mnt/a\\040b\nM /mnt/dead\nR /mnt/a\\040b nas:/x 1000000 1 999999 1% /mnt/a b\n");
        QCOMPARE(statusOf(report, "host.mount", QStringLiteral("/mnt/a b")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.disk", QStringLiteral("/mnt/a b")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.mount", QStringLiteral("/mnt/dead")), QStringLiteral("critical"));
    }

    void requiredUnits()
    {
        const QVariantMap options{{QStringLiteral("units"),
                                   QStringList{QStringLiteral("app-web"), QStringLiteral("app-worker.service"),
                                               QStringLiteral("nosuch.service"), QStringLiteral("absent.service")}}};
        const QByteArray out = captured(QStringLiteral("show-manager.txt"))
            + captured(QStringLiteral("list-units-plain.txt")) + "==> show\n"
            + captured(QStringLiteral("show-units.txt"));
        const HealthReport report = part("units", out, 0, {}, options);
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("app-web")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("app-worker.service")), QStringLiteral("critical"));
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("nosuch.service")), QStringLiteral("critical"));
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("absent.service")), QStringLiteral("unknown"));
        QCOMPARE(report.counters.value(QStringLiteral("restarts.app-worker.service")), 515.0);
    }

    /// As rc-status of OpenRC 0.45 printed it.
    void openRcServices()
    {
        const QByteArray listed = "openrc\n[boot]\n[default]\nstuck = starting \ndb = failed\nweb =  stopped \ncron =  "
                                  "crashed \nsshd =  started \nagent =  started 2 day(s) 03:04:05 (1) \n[Dynamic "
                                  "hotplugged]\n[Dynamic needed/wanted]\n[Dynamic manual]\ndb = failed\n";
        const QVariantMap options{{QStringLiteral("units"),
                                   QStringList{QStringLiteral("sshd.service"), QStringLiteral("agent"),
                                               QStringLiteral("web"), QStringLiteral("nginx")}}};
        const HealthReport report = part("units", listed, 0, {}, options);
        const auto unit = [&](const char *name) { return said(report, "host.unit", QString::fromLatin1(name)); };
        QCOMPARE(unit("sshd.service"), QStringLiteral("ok: started"));
        QCOMPARE(unit("agent"), QStringLiteral("ok: started"));
        QCOMPARE(unit("web"), QStringLiteral("critical: required, but it is stopped"));
        QCOMPARE(unit("nginx"), QStringLiteral("unknown: OpenRC does not list it"));
        QCOMPARE(unit("db"), QStringLiteral("warning: failed (OpenRC, default)"));
        QCOMPARE(unit("cron"), QStringLiteral("warning: crashed (OpenRC, default)"));
        QVERIFY(!find(report, "host.unit", QStringLiteral("stuck")));
        QCOMPARE(said(report, "host.units"), QStringLiteral("warning: OpenRC, 2 of 6 services failed or crashed"));
        QCOMPARE(statusOf(part("units", "openrc\n[default]\nsshd =  started \n"), "host.units"), QStringLiteral("ok"));
        QCOMPARE(statusOf(part("units", "openrc\n[default]\n"), "host.units"), QStringLiteral("unknown"));
        QCOMPARE(statusOf(part("units", "openrc\n\xff = = \n[\n]\n = \n"), "host.units"), QStringLiteral("unknown"));
    }

    /// Without a service manager that is known, nothing is claimed of any unit.
    void noServiceManager()
    {
        const QVariantMap options{{QStringLiteral("units"), QStringList{QStringLiteral("sshd")}}};
        const HealthReport report = part("units", "no-service-manager\n", 0, {}, options);
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("sshd")), QStringLiteral("unknown"));
        QCOMPARE(statusOf(report, "host.units"), QStringLiteral("unknown"));
        QCOMPARE(statusOf(part("units", "no-service-manager\n"), "host.units"), QStringLiteral("notice"));
    }

    void unitListWithBulletsAndHeader()
    {
        const HealthReport report = part("units", captured(QStringLiteral("list-units-failed.legacy-text.txt")));
        QCOMPARE(statusOf(report, "host.unit", QStringLiteral("app-import.service")), QStringLiteral("warning"));
    }

    void containers()
    {
        const QByteArray out = "==> docker\n" + captured(QStringLiteral("docker-20.10-ps.jsonl")) + "==> inspect\n"
            + captured(QStringLiteral("docker-inspect-line.txt"));
        const HealthReport report
            = part("ctr", out, 0, {},
                   {{QStringLiteral("containers"), QStringList{QStringLiteral("web"), QStringLiteral("gone")}}});
        QCOMPARE(statusOf(report, "host.container", QStringLiteral("api")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "host.container", QStringLiteral("loop")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "host.container", QStringLiteral("dead")), QStringLiteral("notice"));
        QCOMPARE(statusOf(report, "host.container", QStringLiteral("web")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.container", QStringLiteral("gone")), QStringLiteral("critical"));
        QCOMPARE(report.counters.value(QStringLiteral("restarts.loop")), 6.0);
    }

    void timeSync_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QString>("status");
        QTest::newRow("chrony") << captured(QStringLiteral("chronyc-tracking-local.csv")) << "ok";
        QTest::newRow("off") << QByteArray("7F7F0101,,3,1795190388.0,0.2,0,0,0,0,0,0.01,0.01,64.0,Normal") << "warning";
        QTest::newRow("far off") << QByteArray("7F7F0101,,3,1795190388.0,-2.0,0,0,0,0,0,0.01,0.01,64.0,Normal")
                                 << "critical";
        QTest::newRow("free") << QByteArray("00000000,,0,0.0,0.0,0,0,0,0,0,1,1,0.0,Not synchronised") << "warning";
        QTest::newRow("no daemon") << captured(QStringLiteral("chronyc-no-daemon.txt")) << "unknown";
        QTest::newRow("timedatectl") << captured(QStringLiteral("timedatectl-show.txt")) << "notice";
        QTest::newRow("none") << QByteArray("none\n") << "unknown";
        QTest::newRow("no numbers") << QByteArray(",,,,,,,,,,,,,") << "unknown";
    }

    void timeSync()
    {
        QFETCH(QByteArray, out);
        QFETCH(QString, status);
        QCOMPARE(statusOf(part("ntp", out), "host.time"), status);
    }

    void listeners()
    {
        const HealthReport report = part("listen", "LISTEN 0 4096 *:22 *:*\nLISTEN 120 128 [::]:8080 [::]:*\n", 0, {},
                                         {{QStringLiteral("ports"), QVariantList{22, 5432}}});
        QCOMPARE(statusOf(report, "host.backlog", QStringLiteral("[::]:8080")), QStringLiteral("warning"));
        QCOMPARE(statusOf(report, "host.port", QStringLiteral("22")), QStringLiteral("ok"));
        QCOMPARE(statusOf(report, "host.port", QStringLiteral("5432")), QStringLiteral("critical"));
    }

    void updates()
    {
        const QByteArray fresh = "lists " + QByteArray::number(sampleTime().toSecsSinceEpoch() - 3600) + '\n';
        const QByteArray lines = captured(QStringLiteral("inst-lines.txt"));
        QCOMPARE(said(part("updates", fresh + lines), "host.updates"),
                 QStringLiteral("warning: 6 updates, 4 for security"));
        QCOMPARE(said(part("updates", fresh), "host.updates"), QStringLiteral("ok: 0 updates, 0 for security"));
        QCOMPARE(statusOf(part("updates", "lists 1700000000\n" + lines), "host.updates"), QStringLiteral("unknown"));
    }

    void rebootNeeded()
    {
        QCOMPARE(statusOf(part("reboot", "required\nlinux-image-amd64\n"), "host.reboot"), QStringLiteral("warning"));
        QCOMPARE(statusOf(part("reboot", "6.1.0-9-amd64\n6.1.0-28-amd64\n6.1.0-9-amd64\n"), "host.reboot"),
                 QStringLiteral("warning"));
        QCOMPARE(statusOf(part("reboot", "6.1.0-28-amd64\n6.1.0-28-amd64\n6.1.0-30-cloud-amd64\n"), "host.reboot"),
                 QStringLiteral("ok"));
    }

    void journalCountsByUnit()
    {
        QVERIFY(said(part("journal", captured(QStringLiteral("err.jsonl"))), "host.journal")
                    .contains(QStringLiteral("shop (")));
    }

    void severalHostsKeepTheirFiguresApart()
    {
        Replies replies = debian();
        Replies second = debian();
        for (Reply &reply : second)
            reply.subject = QStringLiteral("web2");
        replies.insert(replies.end(), second.begin(), second.end());
        replies.push_back(
            refusal(QStringLiteral("st"), QStringLiteral("web3"), ErrorKind::Unreachable, QStringLiteral("refused")));
        const HealthReport report = reportOf(replies, {}, {web1, QStringLiteral("web2"), QStringLiteral("web3")});
        QVERIFY(report.counters.contains(QStringLiteral("web1/oom_kill")));
        QVERIFY(report.counters.contains(QStringLiteral("web2/oom_kill")));
        QCOMPARE(said(report, "host.probe"), QStringLiteral("unknown: refused"));
    }

    void noAnswerIsAnError()
    {
        SourceEntry entry;
        entry.hosts = {web1};
        const Result<Value> value = hostSource.parse(
            entry, {refusal(QStringLiteral("st"), web1, ErrorKind::Timeout, QStringLiteral("silent"))},
            {sampleTime(), {}});
        QVERIFY(!value);
        QCOMPARE(value.error().kind, ErrorKind::Timeout);
        QVERIFY(!hostSource.parse(entry, {}, {sampleTime(), {}}));
    }

    void everyPartSurvivesGarbage()
    {
        const QList<QByteArray> inputs{QByteArray(),
                                       QByteArray("\0\xff\xfe", 3),
                                       QByteArray(300'000, '='),
                                       "==> stat\ncpu\n==> /proc/meminfo\nMemTotal:\n==> vmstat\n",
                                       "{\"UNIT\":[[[[",
                                       "LISTEN 99999999999999999999999 -1 : :",
                                       QByteArray(100'000, '['),
                                       "M \nR \nM /\n",
                                       "R \\777 x\nM \\777\n",
                                       "==> show\n=\n\nId=\n"};
        for (const char *name : hostSource.parts) {
            for (const QByteArray &input : inputs) {
                for (int code : {0, 1, 127, 137})
                    (void)part(name, input, code);
            }
        }
        const QByteArray whole = captured(QStringLiteral("debian12-fast.txt"));
        for (qsizetype cut = 0; cut < whole.size(); cut += 13)
            (void)part("st", whole.left(cut));
    }
};

QTEST_GUILESS_MAIN(HostHealthTest)
#include "tst_hosthealth.moc"
