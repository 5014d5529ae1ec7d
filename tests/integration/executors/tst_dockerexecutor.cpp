// SPDX-License-Identifier: GPL-3.0-or-later
// Releases of a container, switched on a real Docker Engine by real jobs.
#include "dockerswitch.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;

namespace {

QStringList texts(const std::vector<PlannedChange> &changes)
{
    QStringList found;
    for (const PlannedChange &change : changes)
        found << change.kind + QLatin1Char(' ') + change.subject;
    return found;
}

// All settings by name, without those whose order the engine itself does not keep, and without the volume that had no
// name.
QJsonObject settingsOf(DockerFixture &engine, const QString &name)
{
    QJsonObject all
        = QJsonDocument::fromJson(
              engine.inspect(name, QStringLiteral("{\"Host\":{{json .HostConfig}},\"Config\":{{json .Config}}}"))
                  .toUtf8())
              .object();
    for (const char *part : {"Host", "Config"}) {
        QJsonObject object = all.value(QLatin1String(part)).toObject();
        for (const char *key : {"Binds", "Mounts", "Ulimits", "Env", "Labels", "Image", "Volumes", "AttachStdin",
                                "AttachStdout", "AttachStderr", "StdinOnce"})
            object.remove(QLatin1String(key));
        all.insert(QLatin1String(part), object);
    }
    return all;
}

} // namespace

class TestDockerExecutor : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_shop.start()); }
    void cleanup()
    {
        m_shop.engine.removeAll();
        m_shop.policy = {};
    }

    void forwardAndBack();
    void everyShellRunsIt_data();
    void everyShellRunsIt();
    void settingsAreCarriedOver();
    void otherNetworksAreJoinedAgain();
    void secretsStayOnTheHost();
    void variablesOfTheRelease();
    void whatCannotBeCarriedOverIsRefused_data();
    void whatCannotBeCarriedOverIsRefused();
    void aContainerThatOthersLeanOnIsRefused();
    void filesOfTheTarget();
    void theSourceSaysWhatItSees();

private:
    DockerShop m_shop;
};

void TestDockerExecutor::forwardAndBack()
{
    m_shop.engine.runContainer(QStringLiteral("shop"),
                               {QStringLiteral("-e"), QStringLiteral("GREETING=it's  \"two\" $(words) "),
                                QStringLiteral("--restart=always"), QStringLiteral("--label"),
                                QStringLiteral("note=a b,c='d'")},
                               m_shop.three);
    QCOMPARE(m_shop.history().live, m_shop.three);
    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const Result<HostSteps> back = m_shop.plan(m_shop.two, m_shop.three); // made before, as the undo is
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    QCOMPARE(texts(plan->changes),
             (QStringList{QStringLiteral("image web1:shop"), QStringLiteral("config web1:variable ONLY_IN_TWO"),
                          QStringLiteral("config web1:variable APP_VERSION")}));

    auto outcome = m_shop.host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    DeploymentHistory history = m_shop.history();
    QCOMPARE(history.live, m_shop.two);
    QCOMPARE(history.hosts.front().running, m_shop.two);
    QCOMPARE(history.events.front().kind, ReleaseKind::Rollback);
    QCOMPARE(history.events.front().from, m_shop.three);
    const QString variables = m_shop.variables(QStringLiteral("shop"));
    QVERIFY2(variables.contains(QStringLiteral("GREETING=it's  \"two\" $(words) \n")), qPrintable(variables));
    QVERIFY(variables.contains(QStringLiteral("APP_VERSION=1.2"))); // the image's own follow the image
    QVERIFY(variables.contains(QStringLiteral("ONLY_IN_TWO=x")));
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{index .Config.Labels \"note\"}}")),
             QStringLiteral("a b,c='d'"));
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.Config.Image}}")),
             QStringLiteral("shop:1.2"));
    // The former container waits, and does not start with the engine.
    QCOMPARE(m_shop.stateOf(m_shop.kept(m_shop.three)), QStringLiteral("exited"));
    QCOMPARE(m_shop.engine.inspect(m_shop.kept(m_shop.three), QStringLiteral("{{.HostConfig.RestartPolicy.Name}}")),
             QStringLiteral("no"));
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.HostConfig.RestartPolicy.Name}}")),
             QStringLiteral("always"));

    // The same again does nothing.
    const QString id = m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}"));
    outcome = m_shop.host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), QStringLiteral("{{.ID}}")), id);

    outcome = m_shop.host.runJob(back->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    history = m_shop.history();
    QCOMPARE(history.live, m_shop.three);
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("APP_VERSION=1.3")));
    QVERIFY(!m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("ONLY_IN_TWO")));
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("GREETING=it's")));
    QCOMPARE(m_shop.stateOf(m_shop.kept(m_shop.two)), QStringLiteral("exited"));
}

void TestDockerExecutor::everyShellRunsIt_data()
{
    QTest::addColumn<QStringList>("shell");
    for (const char *words : {"bash --posix -s", "busybox sh -s"})
        QTest::newRow(words) << QString::fromLatin1(words).split(QLatin1Char(' '));
}

void TestDockerExecutor::everyShellRunsIt()
{
    QFETCH(QStringList, shell);
    m_shop.engine.runContainer(QStringLiteral("shop"), {QStringLiteral("-e"), QStringLiteral("A=it's \\n $x")},
                               m_shop.three);
    const ExecutorHost host(shell);
    const Result<HostSteps> plan = host.plan(executors::dockerExecutor, m_shop.part(m_shop.three, m_shop.two));
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const sources::ShellReply reply = host.run("TF_STEPS=/dev/null\n" + plan->script);
    QVERIFY2(reply.exitCode == 0, reply.out + reply.err);
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("A=it's \\n $x\n")));
    const Result<Value> value = host.read(sources::dockerDeploymentsSource, m_shop.entry);
    QVERIFY(value);
    QCOMPARE(std::get<DeploymentHistory>(*value).live, m_shop.two);
}

void TestDockerExecutor::settingsAreCarriedOver()
{
    const QString folder = m_shop.engine.path(QStringLiteral("folder with spaces"));
    QVERIFY(QDir().mkpath(folder));
    m_shop.engine.docker({QStringLiteral("volume"), QStringLiteral("create"), QStringLiteral("named")}, false);
    const QStringList flags
        = QStringLiteral("--memory=64m --memory-swap=128m --cpus=0.5 --cpu-shares=512 --pids-limit=100 "
                         "--cap-drop=NET_RAW --cap-add=SYS_TIME --ulimit=nofile=100:200 --ulimit=nproc=50 "
                         "--log-driver=json-file --log-opt=max-size=1m --log-opt=max-file=2 "
                         "--add-host=db:10.0.0.9 --dns=10.0.0.1 --dns-search=example.org --dns-opt=ndots:2 "
                         "--tmpfs=/run:size=1m,mode=755 --tmpfs=/scratch --shm-size=32m --init --read-only "
                         "--hostname=shop-1 --user=12:34 --workdir=/app --group-add=5 --oom-score-adj=100 "
                         "--security-opt=no-new-privileges --sysctl=net.ipv4.ip_forward=0 "
                         "--stop-timeout=7 --restart=on-failure:3 --device=/dev/zero:/dev/nought:r "
                         "--health-interval=30s --health-retries=4 --publish=127.0.0.1:8080:80 --expose=99 "
                         "--volume=named:/named:ro --volume=/unnamed --tty --interactive "
                         "--mount=type=tmpfs,target=/quick,tmpfs-size=65536,tmpfs-mode=1770 --ipc=shareable "
                         "--cpuset-cpus=0 --blkio-weight=300 --device-cgroup-rule=c*1:3*r --cgroupns=host")
              .replace(QStringLiteral("c*1:3*r"), QStringLiteral("c_1:3_r"))
              .split(QLatin1Char(' '));
    QStringList words;
    for (QString flag : flags)
        words << (flag.startsWith(QLatin1String("--device-cgroup")) ? flag.replace(QLatin1Char('_'), QLatin1Char(' '))
                                                                    : flag);
    words << QStringLiteral("--volume=%1:/data").arg(folder)
          << QStringLiteral("--mount=type=bind,\"source=%1\",target=/bound,readonly").arg(folder)
          << QStringLiteral("--health-cmd=echo \"it's fine\" && true") << QStringLiteral("--entrypoint=/bin/sh");
    const QString id
        = m_shop.engine.runContainer(QStringLiteral("shop"), words, m_shop.three,
                                     {QStringLiteral("-c"), QStringLiteral("echo 'a  b' \"$HOME\"; exec sleep 1000")});
    QVERIFY(!id.isEmpty());
    const QJsonObject before = settingsOf(m_shop.engine, QStringLiteral("shop"));
    QVERIFY(before.value(QStringLiteral("Host")).toObject().size() > 40);
    const QString unnamed = m_shop.engine.inspect(
        QStringLiteral("shop"),
        QStringLiteral("{{range .Mounts}}{{if eq .Destination \"/unnamed\"}}{{.Name}}{{end}}{{end}}"));
    QCOMPARE(unnamed.size(), 64);

    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_shop.host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(m_shop.imageOf(QStringLiteral("shop")), m_shop.two);
    QCOMPARE(settingsOf(m_shop.engine, QStringLiteral("shop")), before);
    const QString mounts
        = QStringLiteral("{{range .Mounts}}{{.Type}} {{.Name}} {{.Source}} {{.Destination}} {{.RW}}{{println}}{{end}}");
    const auto lines = [&](const QString &name) {
        QStringList found = m_shop.engine.inspect(name, mounts).split(QLatin1Char('\n'));
        found.sort();
        return found;
    };
    QCOMPARE(lines(QStringLiteral("shop")), lines(m_shop.kept(m_shop.three)));
    for (const char *limit :
         {"{{range .HostConfig.Ulimits}}{{if eq .Name \"nofile\"}}{{.Soft}}:{{.Hard}}{{end}}{{end}}",
          "{{range .HostConfig.Ulimits}}{{if eq .Name \"nproc\"}}{{.Soft}}:{{.Hard}}{{end}}{{end}}"})
        QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), QLatin1String(limit)),
                 m_shop.engine.inspect(m_shop.kept(m_shop.three), QLatin1String(limit)));
}

void TestDockerExecutor::otherNetworksAreJoinedAgain()
{
    for (const QString &words : {QStringLiteral("front 10.91.0.0/24"), QStringLiteral("back 10.92.0.0/24")})
        m_shop.engine.docker({QStringLiteral("network"), QStringLiteral("create"), QStringLiteral("--internal"),
                              QStringLiteral("--subnet"), words.section(QLatin1Char(' '), 1),
                              words.section(QLatin1Char(' '), 0, 0)},
                             false);
    m_shop.engine.docker({QStringLiteral("create"), QStringLiteral("--name"), QStringLiteral("shop"),
                          QStringLiteral("--stop-signal=KILL"), QStringLiteral("--network=front"),
                          QStringLiteral("--network-alias=web"), QStringLiteral("--ip=10.91.0.7"), m_shop.three},
                         false);
    m_shop.engine.docker({QStringLiteral("network"), QStringLiteral("connect"), QStringLiteral("--alias=inner"),
                          QStringLiteral("--ip=10.92.0.8"), QStringLiteral("back"), QStringLiteral("shop")},
                         false);
    m_shop.engine.docker({QStringLiteral("start"), QStringLiteral("shop")}, false);
    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_shop.host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(m_shop.imageOf(QStringLiteral("shop")), m_shop.two);
    const QString format
        = QStringLiteral("{{range $k,$v := .NetworkSettings.Networks}}{{$k}} {{.IPAMConfig.IPv4Address}} "
                         "{{index .Aliases 0}};{{end}}");
    QCOMPARE(m_shop.engine.inspect(QStringLiteral("shop"), format),
             QStringLiteral("back 10.92.0.8 inner;front 10.91.0.7 web;"));
}

void TestDockerExecutor::secretsStayOnTheHost()
{
    const QByteArray secret = "hunter2-very-secret";
    m_shop.engine.runContainer(QStringLiteral("shop"),
                               {QStringLiteral("-e"), QStringLiteral("PASSWORD=") + QString::fromLatin1(secret)},
                               m_shop.three);
    const executors::HostSwitch part = m_shop.part(m_shop.three, m_shop.two);
    const sources::ShellReply looked = m_shop.host.run(executors::dockerExecutor.look(part)->script);
    QVERIFY(looked.out.contains("OWN\tPASSWORD\n"));
    QVERIFY(!looked.out.contains(secret) && !looked.err.contains(secret));
    const Result<HostSteps> plan = executors::dockerExecutor.steps(part, looked);
    QVERIFY(plan);
    QVERIFY(!plan->script.contains(secret));
    QVERIFY(std::ranges::any_of(plan->steps, [](const PlannedStep &step) {
        return step.command.contains(QStringLiteral("--env PASSWORD=…"));
    }));
    const auto outcome = m_shop.host.runJob(plan->script);
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY(!outcome.log.contains(secret));
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QString::fromLatin1(secret)));
    const sources::Request probe = sources::dockerDeploymentsSource.requests(m_shop.entry, {}).front();
    QVERIFY(!m_shop.host.run(std::get<sources::ShellPart>(probe.what).script).out.contains(secret));
    // Nor does a file of the job hold it.
    QCOMPARE(QProcess::execute(QStringLiteral("grep"),
                               {QStringLiteral("-rqF"), QString::fromLatin1(secret),
                                m_shop.engine.path(QStringLiteral("jobs with 'quotes'"))}),
             1);
}

void TestDockerExecutor::variablesOfTheRelease()
{
    m_shop.policy.environmentOfRelease = true;
    m_shop.engine.runContainer(QStringLiteral("shop"), {QStringLiteral("-e"), QStringLiteral("MODE=today")},
                               m_shop.three);
    const Result<HostSteps> none = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY(!none);
    QCOMPARE(none.error().kind, ErrorKind::NotFound);

    m_shop.engine.docker({QStringLiteral("create"), QStringLiteral("--name"), m_shop.kept(m_shop.two),
                          QStringLiteral("--network=none"), QStringLiteral("-e"), QStringLiteral("MODE=then"),
                          m_shop.two},
                         false);
    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    const Result<HostSteps> back = m_shop.plan(m_shop.two, m_shop.three);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    QVERIFY(texts(plan->changes).contains(QStringLiteral("config web1:variable MODE")));
    auto outcome = m_shop.host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("MODE=then")));
    outcome = m_shop.host.runJob(back->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QVERIFY(m_shop.variables(QStringLiteral("shop")).contains(QStringLiteral("MODE=today")));
}

void TestDockerExecutor::whatCannotBeCarriedOverIsRefused_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::addColumn<QString>("named");
    QTest::newRow("removes itself") << QStringList{QStringLiteral("--rm")} << QStringLiteral("AutoRemove");
    QTest::newRow("value of two lines") << QStringList{QStringLiteral("-e"), QStringLiteral("KEY=one\ntwo")}
                                        << QStringLiteral("KEY");
    QTest::newRow("carriage return") << QStringList{QStringLiteral("-e"), QStringLiteral("KEY=one\r")}
                                     << QStringLiteral("KEY");
}

void TestDockerExecutor::whatCannotBeCarriedOverIsRefused()
{
    QFETCH(QStringList, flags);
    QFETCH(QString, named);
    m_shop.engine.runContainer(QStringLiteral("shop"), flags, m_shop.three);
    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY(!plan);
    QCOMPARE(plan.error().kind, ErrorKind::Unsupported);
    QVERIFY2(plan.error().text.contains(named), qPrintable(plan.error().text));
}

void TestDockerExecutor::aContainerThatOthersLeanOnIsRefused()
{
    m_shop.engine.runContainer(QStringLiteral("shop"), {}, m_shop.three);
    m_shop.engine.docker({QStringLiteral("create"), QStringLiteral("--name"), QStringLiteral("sidecar"),
                          QStringLiteral("--network=container:shop"), m_shop.one},
                         false);
    const Result<HostSteps> plan = m_shop.plan(m_shop.three, m_shop.two);
    QVERIFY(!plan);
    QVERIFY2(plan.error().text.contains(QStringLiteral("sidecar")), qPrintable(plan.error().text));
    m_shop.engine.docker({QStringLiteral("rm"), QStringLiteral("sidecar")}, false);
    QVERIFY(m_shop.plan(m_shop.three, m_shop.two));
}

void TestDockerExecutor::filesOfTheTarget()
{
    const auto place
        = executors::dockerExecutor.carried(m_shop.part(m_shop.three, m_shop.two), QStringLiteral("/app/db/migrate"));
    QVERIFY(place);
    const sources::ShellReply reply
        = m_shop.host.run(place->before + "ls -- " + sources::shellQuoted(place->path) + "; stat -c %a -- "
                          + sources::shellQuoted(place->path + QStringLiteral("/..")) + '\n' + place->after);
    QCOMPARE(reply.out, QByteArray("1.1.sql\n1.2.sql\n700\n"));
    QVERIFY(!QFile::exists(place->path));
    QCOMPARE(m_shop.engine.docker({QStringLiteral("ps"), QStringLiteral("-aq")}), QString());
    QVERIFY(!executors::dockerExecutor.carried(m_shop.part(m_shop.three, m_shop.two), QStringLiteral("app")));
}

void TestDockerExecutor::theSourceSaysWhatItSees()
{
    DeploymentHistory history = m_shop.history();
    QCOMPARE(history.live, QString());
    QVERIFY(history.notes.join(QLatin1Char('|')).contains(QStringLiteral("there is no container shop")));

    m_shop.engine.runContainer(QStringLiteral("shop"), {QStringLiteral("--restart=on-failure:1")}, m_shop.three,
                               {QStringLiteral("/bin/false")});
    QTRY_COMPARE_WITH_TIMEOUT(m_shop.stateOf(QStringLiteral("shop")), QStringLiteral("exited"), 20'000);
    history = m_shop.history();
    QCOMPARE(history.live, m_shop.three); // that is what this host was given
    QCOMPARE(history.hosts.front().running, QString()); // but it does not run
    QVERIFY(
        history.notes.join(QLatin1Char('|')).contains(QStringLiteral("shop is exited with code 1, restarted 1 times")));
    QCOMPARE(history.releases.size(), size_t(3));
    QCOMPARE(history.releases.front().version, QStringLiteral("1.3"));
    QVERIFY(history.hosts.front().freeBytes > 0);

    SourceEntry entry = m_shop.entry;
    entry.options.insert(QStringLiteral("engine"), QStringLiteral("unix:///nowhere/socket"));
    const Result<Value> none = m_shop.host.read(sources::dockerDeploymentsSource, entry);
    QVERIFY(!none);
    QCOMPARE(none.error().kind, ErrorKind::Unreachable);
    QFile::setPermissions(m_shop.engine.path({}), QFile::Permissions(0x7755));
    const ExecutorHost stranger({QStringLiteral("setpriv"), QStringLiteral("--reuid=nobody"),
                                 QStringLiteral("--clear-groups"), QStringLiteral("/bin/sh"), QStringLiteral("-s")});
    const Result<Value> denied = stranger.read(sources::dockerDeploymentsSource, m_shop.entry);
    QVERIFY(!denied);
    QCOMPARE(denied.error().kind, ErrorKind::Denied);
}

int main(int argc, char **argv)
{
    if (const char *obstacle = DockerFixture::obstacle())
        return skip(obstacle);
    QCoreApplication application(argc, argv);
    TestDockerExecutor test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dockerexecutor.moc"
