// SPDX-License-Identifier: GPL-3.0-or-later
// A container's settings as words that make another one like it: each is carried over, or refused by its name.
#include "dockerflags.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::executors;
using nlohmann::json;

namespace {

const QByteArray from = "sha256:" + QByteArray(64, 'a'), to = "sha256:" + QByteArray(64, 'b'),
                 self = QByteArray(64, 'c');

struct Question {
    SourceEntry entry;
    RollbackPolicy policy;

    Question()
    {
        entry.id = entry.source = QStringLiteral("docker");
        entry.options = {{QStringLiteral("container"), QStringLiteral("shop")}};
    }
    HostSwitch part() const
    {
        Release present, target;
        present.id = QString::fromLatin1(from);
        target.id = QString::fromLatin1(to);
        return {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target};
    }
};

/// What the engine answers for a container that was made without any flag, and one line more.
QByteArray answer(const QByteArray &more = {}, const QByteArray &networks = "{\"none\":{\"IPAMConfig\":null}}",
                  const QByteArray &mounts = "[]")
{
    return "HOSTNAME\tmachine\nCONTAINER\t{\"id\":\"" + self + "\",\"image\":\"" + from
        + "\",\"tag\":\"shop:2\",\"mounts\":" + mounts + ",\"networks\":" + networks
        + "}\nCONFIG\tHostname\t\"cccccccccccc\"\nCONFIG\tCmd\t[\"run\"]"
          "\nCONFIG\tEntrypoint\tnull\nCONFIG\tUser\t\"app\"\n"
          "CONFIG\tLabels\t{\"maker\":\"image\",\"taffrail.from\":\"x\"}\nHOST\tNetworkMode\t\"none\"\n"
          "HOST\tRestartPolicy\t{\"MaximumRetryCount\":0,\"Name\":\"no\"}\nHOST\tMaskedPaths\t[\"/proc/kcore\"]\n"
          "HOST\tReadonlyPaths\t[\"/proc/sysrq-trigger\"]\nHOST\tMemorySwappiness\t-1\nHOST\tOomKillDisable\tfalse\n"
          "HOST\tInit\tnull\nHOST\tConsoleSize\t[24,80]\nIMAGE\tCmd\t[\"run\"]"
          "\nIMAGE\tEntrypoint\tnull\nIMAGE\tUser\t\"app\"\n"
          "IMAGE\tLabels\t{\"maker\":\"image\"}\nTARGET\t[\"shop:1\"]\n"
        + more + "DONE\n";
}

docker::CreateFlags flagsOf(const QByteArray &text)
{
    const Question question;
    const auto settings = sources::docker::settingsOf(question.entry);
    const auto looked = docker::readLook(*settings, question.part(), {0, text, {}});
    return looked ? docker::createFlags(*looked)
                  : docker::CreateFlags{{}, {}, {}, {}, {QStringLiteral("NOT READ")}, {}};
}

} // namespace

class TestDockerFlags : public QObject {
    Q_OBJECT

private slots:
    void aPlainContainerNeedsNothing()
    {
        const docker::CreateFlags made = flagsOf(answer());
        QCOMPARE(made.flags, (QStringList{QStringLiteral("--restart=no"), QStringLiteral("--network=none")}));
        QCOMPARE(made.arguments, QStringList());
        QCOMPARE(made.lost, QStringList());
        QCOMPARE(made.warnings, QStringList());
    }

    void carried_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QStringList>("flags");
        const auto row = [](const char *line, const QStringList &flags) {
            QTest::newRow(line) << QByteArray(line) + '\n' << flags;
        };
        const auto one = [](const char *flag) { return QStringList{QString::fromUtf8(flag)}; };
        row("HOST\tMemory\t67108864", one("--memory=67108864"));
        row("HOST\tNanoCpus\t1500000000", one("--cpus=1.500000000"));
        row("HOST\tInit\ttrue", one("--init=true"));
        row("HOST\tInit\tfalse", one("--init=false"));
        row("HOST\tPrivileged\ttrue", one("--privileged=true"));
        row("HOST\tMemorySwappiness\t0", one("--memory-swappiness=0"));
        row("HOST\tCapAdd\t[\"NET_ADMIN\",\"SYS_TIME\"]",
            {QStringLiteral("--cap-add=NET_ADMIN"), QStringLiteral("--cap-add=SYS_TIME")});
        row("HOST\tExtraHosts\t[\"db:10.0.0.9\"]", one("--add-host=db:10.0.0.9"));
        row("HOST\tTmpfs\t{\"/run\":\"size=1m\",\"/x\":\"\"}",
            {QStringLiteral("--tmpfs=/run:size=1m"), QStringLiteral("--tmpfs=/x")});
        row("HOST\tSysctls\t{\"a.b\":\"1\"}", one("--sysctl=a.b=1"));
        row("HOST\tUlimits\t[{\"Name\":\"nofile\",\"Hard\":2,\"Soft\":1}]", one("--ulimit=nofile=1:2"));
        row("HOST\tDevices\t[{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\",\"CgroupPermissions\":\"rwm\"}]",
            one("--device=/dev/a:/dev/b:rwm"));
        row("HOST\tBlkioDeviceReadBps\t[{\"Path\":\"/dev/a\",\"Rate\":10}]", one("--device-read-bps=/dev/a:10"));
        row("HOST\tLogConfig\t{\"Type\":\"syslog\",\"Config\":{\"tag\":\"a b\"}}",
            {QStringLiteral("--log-driver=syslog"), QStringLiteral("--log-opt=tag=a b")});
        row("HOST\tPortBindings\t{\"80/"
            "tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"},{\"HostIp\":\"::1\",\"HostPort\":\"81\"}]}",
            {QStringLiteral("--publish=8080:80/tcp"), QStringLiteral("--publish=[::1]:81:80/tcp")});
        row("HOST\tBinds\t[\"/a b:/c:ro\"]", one("--volume=/a b:/c:ro"));
        row("HOST\tMounts\t[{\"Type\":\"bind\",\"Source\":\"/a,b\",\"Target\":\"/c\\\"d\",\"ReadOnly\":true}]",
            one("--mount=type=bind,\"source=/a,b\",\"target=/c\"\"d\",readonly"));
        row("HOST\tLinks\t[\"/db:/shop/database\"]", one("--link=db:database"));
        row("HOST\tSecurityOpt\t[\"seccomp=unconfined\"]", one("--security-opt=seccomp=unconfined"));
        row("HOST\tMaskedPaths\t[]", one("--security-opt=systempaths=unconfined"));
        row("CONFIG\tUser\t\"root\"", one("--user=root"));
        row("CONFIG\tHostname\t\"shop-1\"", one("--hostname=shop-1"));
        row("CONFIG\tTty\ttrue", one("--tty"));
        row("CONFIG\tStopTimeout\t0", one("--stop-timeout=0"));
        row("CONFIG\tExposedPorts\t{\"99/udp\":{}}", one("--expose=99/udp"));
        row("CONFIG\tLabels\t{\"maker\":\"me\",\"note\":\"a=b\\nc\"}",
            {QStringLiteral("--label=maker=me"), QStringLiteral("--label=note=a=b\nc")});
        row("CONFIG\tHealthcheck\t{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":30000000000,\"Retries\":4}",
            {QStringLiteral("--health-cmd=true"), QStringLiteral("--health-interval=30000000000ns"),
             QStringLiteral("--health-retries=4")});
        row("CONFIG\tHealthcheck\t{\"Test\":[\"NONE\"]}", one("--no-healthcheck"));
    }
    void carried()
    {
        QFETCH(QByteArray, line);
        QFETCH(QStringList, flags);
        const docker::CreateFlags made = flagsOf(answer(line)), plain = flagsOf(answer());
        QStringList more;
        for (const QString &flag : made.flags) {
            if (!plain.flags.contains(flag))
                more << flag;
        }
        QCOMPARE(more, flags);
        QCOMPARE(made.lost, QStringList());
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("name");
        const auto row = [](const char *line, const char *name) {
            QTest::newRow(line) << QByteArray(line) + '\n' << QString::fromLatin1(name);
        };
        row("HOST\tAutoRemove\ttrue", "HostConfig.AutoRemove");
        row("HOST\tDeviceRequests\t[{\"Driver\":\"nvidia\"}]", "HostConfig.DeviceRequests");
        row("HOST\tContainerIDFile\t\"/run/x\"", "HostConfig.ContainerIDFile");
        row("HOST\tSomethingNew\t{\"a\":1}", "HostConfig.SomethingNew");
        row("HOST\tKernelMemory\t5", "HostConfig.KernelMemory");
        row("HOST\tMaskedPaths\t[\"/proc/mine\"]", "HostConfig.MaskedPaths");
        row("HOST\tSecurityOpt\t[\"seccomp={\\\"a\\\":1}\"]", "seccomp profile");
        row("HOST\tMounts\t[{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/"
            "b\",\"BindOptions\":{\"NonRecursive\":true}}]",
            "BindOptions.NonRecursive");
        row("CONFIG\tNetworkDisabled\ttrue", "Config.NetworkDisabled");
        row("CONFIG\tSomethingNew\t[1]", "Config.SomethingNew");
        row("CONFIG\tHealthcheck\t{\"Test\":[\"CMD\",\"/bin/check\",\"-x\"]}", "Config.Healthcheck");
        row("CONFIG\tLabels\t{\"com.docker.swarm.service.id\":\"x\"}", "swarm");
    }
    void refused()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, name);
        const docker::CreateFlags made = flagsOf(answer(line));
        QCOMPARE(made.lost.size(), 1);
        QVERIFY2(made.lost.front().contains(name), qPrintable(made.lost.front()));
        const Question question;
        const auto steps = dockerExecutor.steps(question.part(), {0, answer(line), {}});
        QVERIFY(!steps);
        QVERIFY(steps.error().text.contains(name));
    }

    void commands_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QString>("entrypoint");
        QTest::addColumn<QStringList>("arguments");
        const QString none = QStringLiteral("-");
        QTest::newRow("other words") << QByteArray("CONFIG\tCmd\t[\"a b\",\"\"]\n") << none
                                     << QStringList{QStringLiteral("a b"), QString()};
        QTest::newRow("other entry") << QByteArray("CONFIG\tEntrypoint\t[\"/e\",\"-x\"]\nCONFIG\tCmd\t[\"y\"]\n")
                                     << QStringLiteral("/e") << QStringList{QStringLiteral("-x"), QStringLiteral("y")};
        QTest::newRow("no words left") << QByteArray(
            "CONFIG\tEntrypoint\t[\"/e\"]\nIMAGE\tEntrypoint\t[\"/e\"]\nCONFIG\tCmd\tnull\n")
                                       << QStringLiteral("/e") << QStringList();
        QTest::newRow("entry taken away") << QByteArray("CONFIG\tCmd\t[\"x\"]\nIMAGE\tEntrypoint\t[\"/e\"]\n")
                                          << QString() << QStringList{QStringLiteral("x")};
    }
    void commands()
    {
        QFETCH(QByteArray, lines);
        QFETCH(QString, entrypoint);
        QFETCH(QStringList, arguments);
        const docker::CreateFlags made = flagsOf(answer(lines));
        QCOMPARE(made.arguments, arguments);
        QCOMPARE(made.flags.filter(QStringLiteral("--entrypoint=")),
                 entrypoint == QLatin1String("-") ? QStringList()
                                                  : QStringList{QStringLiteral("--entrypoint=") + entrypoint});
    }

    void namesOfTheEngineAreNoSettings()
    {
        QVERIFY(flagsOf(answer("HOST\tNetworkMode\t\"host\"\nCONFIG\tHostname\t\"machine\"\n"))
                    .flags.filter(QStringLiteral("--hostname"))
                    .isEmpty());
        QVERIFY(flagsOf(answer("HOST\tNetworkMode\t\"container:abc\"\nCONFIG\tHostname\t\"other\"\n"))
                    .flags.filter(QStringLiteral("--hostname"))
                    .isEmpty());
    }

    void volumesWithoutANameAreKept()
    {
        const docker::CreateFlags made = flagsOf(
            answer("HOST\tBinds\t[\"named:/named\"]\n", "{}",
                   "[{\"Type\":\"volume\",\"Name\":\"named\",\"Destination\":\"/named\",\"RW\":true},"
                   "{\"Type\":\"volume\",\"Name\":\"0123abcd\",\"Destination\":\"/un,named\",\"RW\":false}]"));
        QCOMPARE(made.flags.filter(QStringLiteral("named")),
                 (QStringList{QStringLiteral("--volume=named:/named"),
                              QStringLiteral("--mount=type=volume,source=0123abcd,\"target=/un,named\",readonly")}));
    }

    void networks()
    {
        const docker::CreateFlags made = flagsOf(
            answer("HOST\tNetworkMode\t\"front\"\n",
                   "{\"back\":{\"Aliases\":[\"cccccccccccc\",\"inner\"],\"IPAMConfig\":{\"IPv4Address\":\"10.2.0.8\"}},"
                   "\"front\":{\"Aliases\":[\"web\"],\"IPAMConfig\":{\"IPv6Address\":\"fd00::7\"},\"MacAddress\":\"02:"
                   "42\"}}"));
        QCOMPARE(made.flags.mid(1),
                 (QStringList{QStringLiteral("--network=front"), QStringLiteral("--network-alias=web"),
                              QStringLiteral("--ip6=fd00::7")}));
        QCOMPARE(made.connects.size(), size_t(1));
        QCOMPARE(
            made.connects.front(),
            (QStringList{QStringLiteral("--alias=inner"), QStringLiteral("--ip=10.2.0.8"), QStringLiteral("back")}));
        QCOMPARE(flagsOf(answer({}, "{\"none\":{\"DriverOpts\":{\"a\":\"b\"}}}")).lost,
                 QStringList{QStringLiteral("NetworkSettings.Networks.none.DriverOpts")});
    }

    // No word of a container's own can end the quotes of the script.
    void hostileWords()
    {
        const QByteArray nasty = "'; touch /tmp/x; '$(id)`id`";
        const QByteArray text
            = answer("CONFIG\tCmd\t[\"" + nasty + "\"]\nCONFIG\tLabels\t{\"" + nasty + "\":\"" + nasty + "\"}\n");
        const Question question;
        const auto steps = dockerExecutor.steps(question.part(), {0, text, {}});
        QVERIFY(steps);
        QVERIFY(steps->script.contains(sources::shellQuoted(QString::fromLatin1(nasty))));
        QVERIFY(!steps->script.contains(" " + nasty));
    }

    void answersThatAreNotWhole_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("empty") << QByteArray() << ErrorKind::BadData;
        QTest::newRow("cut") << answer().chopped(5) << ErrorKind::BadData;
        QTest::newRow("setting cut") << answer("HOST\tMemory\t671{\n") << ErrorKind::BadData;
        QTest::newRow("unknown line") << answer("WHAT\tx\n") << ErrorKind::BadData;
        QTest::newRow("no tool") << QByteArray("NOTOOL\n") << ErrorKind::NotFound;
        QTest::newRow("no container") << QByteArray("NOCONTAINER\n") << ErrorKind::NotFound;
        QTest::newRow("sudo") << QByteArray("NOENGINE\tsudo: a password is required\n") << ErrorKind::Denied;
        QTest::newRow("off") << QByteArray("NOENGINE\tCannot connect\n") << ErrorKind::Unreachable;
        QTest::newRow("target gone") << answer().replace("TARGET\t[\"shop:1\"]\n", "") << ErrorKind::NotFound;
        QTest::newRow("lines in a value") << answer("BAD\tKEY\n") << ErrorKind::Unsupported;
    }
    void answersThatAreNotWhole()
    {
        QFETCH(QByteArray, text);
        QFETCH(ErrorKind, kind);
        const Question question;
        const auto steps = dockerExecutor.steps(question.part(), {0, text, {}});
        QVERIFY(!steps);
        QCOMPARE(steps.error().kind, kind);
    }

    void odd_data()
    {
        QTest::addColumn<QByteArray>("line");
        for (const char *value : {"1", "\"x\"", "[[[]]]", "{\"a\":{}}", "[null]", "true", "-5", "1e400"}) {
            for (const char *key : {"PortBindings", "Mounts", "Binds", "Ulimits", "Devices", "Tmpfs", "LogConfig",
                                    "Links", "SecurityOpt", "NetworkMode", "RestartPolicy", "NanoCpus", "CapAdd"})
                QTest::addRow("%s %s", key, value) << QByteArray("HOST\t") + key + '\t' + value + '\n';
            for (const char *key : {"Labels", "Cmd", "Entrypoint", "Healthcheck", "ExposedPorts", "Hostname"})
                QTest::addRow("%s %s", key, value) << QByteArray("CONFIG\t") + key + '\t' + value + '\n';
        }
    }
    void odd() // only must not end the program
    {
        QFETCH(QByteArray, line);
        const docker::CreateFlags made
            = flagsOf(answer(line, line.mid(line.lastIndexOf('\t') + 1), "[1,{\"Type\":5}]"));
        QVERIFY(!made.flags.isEmpty() || !made.lost.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestDockerFlags)
#include "tst_dockerflags.moc"
