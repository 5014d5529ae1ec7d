// SPDX-License-Identifier: GPL-3.0-or-later
// Containers as Kamal makes them, switched on a real engine. A small program plays kamal-proxy.
#include "dockerfixture.h"

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;

namespace {

const QString oldVersion(40, QLatin1Char('1')), newVersion(40, QLatin1Char('2'));

constexpr char proxyProgram[] = R"sh(#!/bin/sh
case $1 in
deploy) [ ! -e /refuse ] || { echo 'target did not become healthy'; exit 1; }
echo "$*" >>/calls ;;
list) while read -r line; do last=$line; done </calls; echo "$last" ;;
esac
)sh";

} // namespace

class TestKamalExecutor : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_engine.start());
        write(QStringLiteral("root/bin/kamal-proxy"), proxyProgram);
        QFile(m_engine.path(QStringLiteral("root/bin/kamal-proxy"))).setPermissions(QFile::Permissions(0x7755));
        QDir().mkpath(m_engine.path(QStringLiteral("root/home/kamal-proxy/.config/kamal-proxy")));
        m_old = m_engine.addImage(oldVersion);
        m_new = m_engine.addImage(newVersion);
        m_entry.id = m_entry.source = QStringLiteral("kamal");
        m_entry.pane = PaneKind::Deployments;
        m_entry.hosts = QStringList{QStringLiteral("web1")};
        m_entry.options = {{QStringLiteral("service"), QStringLiteral("shop")},
                           {QStringLiteral("folder"), m_engine.path(QStringLiteral("my .kamal"))},
                           {QStringLiteral("engine"), m_engine.engine()}};
        m_host.setPlace(m_engine.path(QStringLiteral("jobs")));
    }
    void init()
    {
        m_policy = {};
        m_engine.removeAll();
        QDir(m_engine.path(QStringLiteral("my .kamal"))).removeRecursively();
        QDir().mkpath(m_engine.path(QStringLiteral("my .kamal")));
        boot(QStringLiteral("web"), oldVersion);
        m_engine.docker({QStringLiteral("kill"), QStringLiteral("shop-web-") + oldVersion});
        boot(QStringLiteral("web"), newVersion);
        m_engine.docker({QStringLiteral("tag"), m_new, QStringLiteral("shop:latest")});
    }

    void forwardAndBack();
    void proxyIsTold();
    void proxyThatRefusesChangesNothing();
    void settingsOfTheProxyThatWouldBeLost();
    void whatDoesNotStayUpIsPutBack();
    void everyRole();
    void lockIsHonoured();
    void whatChangedSince();
    void filesOfTheTarget();

private:
    void write(const QString &name, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(m_engine.path(name)).path());
        QFile out(m_engine.path(name));
        if (out.open(QIODevice::WriteOnly))
            out.write(text);
    }
    QString name(const QString &role, const QString &version) const
    {
        return QStringLiteral("shop-%1-%2").arg(role, version);
    }
    void boot(const QString &role, const QString &version, const QStringList &flags = {})
    {
        m_engine.runContainer(
            name(role, version),
            QStringList{QStringLiteral("--label=service=shop"), QStringLiteral("--label=destination="),
                        QStringLiteral("--label=role=") + role, QStringLiteral("-e"),
                        QStringLiteral("KAMAL_VERSION=") + version, QStringLiteral("--stop-timeout=1")}
                + flags,
            QStringLiteral("shop:") + version);
    }
    /// A proxy that serves web, with these settings of its own.
    void addProxy(const QByteArray &options = "'hosts':['shop.example.org'],'path_prefixes':['/'],'tls_enabled':true,"
                                              "'tls_redirect':true,'strip_prefix':true")
    {
        const QString serving
            = m_engine.inspect(name(QStringLiteral("web"), newVersion), QStringLiteral("{{.Id}}")).left(12);
        QByteArray state = "[{'name':'shop-web','options':{" + options
            + "},'target_options':{'health_check_config':{'path':'/"
              "up','port':0,'interval':1000000000,'timeout':5000000000},"
              "'response_timeout':30000000000,'buffer_requests':false,'max_memory_buffer_size':1048576,'log_request_"
              "headers':"
              "['User-Agent'],'forward_headers':false},'active_targets':['"
            + serving.toLatin1() + ":3000'],'rollout_targets':null}]";
        write(QStringLiteral("state"), state.replace('\'', '"'));
        m_engine.runContainer(QStringLiteral("kamal-proxy"), {}, QStringLiteral("shop:") + newVersion);
        m_engine.docker({QStringLiteral("cp"), m_engine.path(QStringLiteral("state")),
                         QStringLiteral("kamal-proxy:/home/kamal-proxy/.config/kamal-proxy/kamal-proxy.state")});
    }
    DeploymentHistory history() const
    {
        const Result<Value> value = m_host.read(sources::kamalSource, m_entry);
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
    }
    Result<HostSteps> plan(const QString &from = newVersion, const QString &to = oldVersion) const
    {
        return m_host.plan(executors::kamalExecutor, part(from, to));
    }
    executors::HostSwitch part(const QString &from, const QString &to) const
    {
        Release present, target;
        present.id = from;
        target.id = to;
        return {m_entry, m_policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target};
    }
    QString stateOf(const QString &role, const QString &version)
    {
        return m_engine.inspect(name(role, version), QStringLiteral("{{.State.Status}}"));
    }
    QString latest() { return m_engine.inspect(QStringLiteral("shop:latest"), QStringLiteral("{{.Id}}")); }

    DockerFixture m_engine;
    ExecutorHost m_host;
    SourceEntry m_entry;
    RollbackPolicy m_policy;
    QString m_old, m_new;
};

void TestKamalExecutor::forwardAndBack()
{
    QCOMPARE(history().live, newVersion);
    const Result<HostSteps> plan = this->plan();
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const Result<HostSteps> back = this->plan(oldVersion, newVersion); // made before, as the undo is
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    const DeploymentHistory found = history();
    QCOMPARE(found.live, oldVersion);
    QCOMPARE(found.hosts.front().running, oldVersion);
    QCOMPARE(latest(), m_old);
    QCOMPARE(stateOf(QStringLiteral("web"), newVersion), QStringLiteral("exited"));
    QVERIFY(!found.locked);
    QCOMPARE(found.events.front().release, oldVersion); // of the audit log, in Kamal's own words
    QCOMPARE(found.events.front().outcome, ReleaseStatus::Live);
    QVERIFY(found.events.front().actor.endsWith(QStringLiteral("(taffrail)")));

    outcome = m_host.runJob(plan->script); // again: nothing
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QVERIFY(outcome.log.contains("it serves already"));

    outcome = m_host.runJob(back->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(history().live, newVersion);
    QCOMPARE(latest(), m_new);
    QCOMPARE(history().events.front().kind, ReleaseKind::Deploy);
}

void TestKamalExecutor::proxyIsTold()
{
    addProxy();
    const Result<HostSteps> plan = this->plan();
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    const QString calls = m_engine.docker(
        {QStringLiteral("exec"), QStringLiteral("kamal-proxy"), QStringLiteral("cat"), QStringLiteral("/calls")});
    const QString id = m_engine.inspect(name(QStringLiteral("web"), oldVersion), QStringLiteral("{{.Id}}")).left(12);
    for (const QString &word :
         {QStringLiteral("deploy shop-web --target=%1:3000 ").arg(id), QStringLiteral("--host=shop.example.org"),
          QStringLiteral("--tls "), QStringLiteral("--tls-redirect=true"), QStringLiteral("--forward-headers=false"),
          QStringLiteral("--health-check-path=/up"), QStringLiteral("--health-check-interval=1000000000ns"),
          QStringLiteral("--target-timeout=30000000000ns"), QStringLiteral("--buffer-memory=1048576"),
          QStringLiteral("--log-request-header=User-Agent")})
        QVERIFY2(calls.contains(word), qPrintable(calls + QStringLiteral(" lacks ") + word));
    QVERIFY(!calls.contains(QStringLiteral("buffer-requests")));
    QVERIFY(!calls.contains(QStringLiteral("path-prefix="))
            || calls.contains(QStringLiteral("strip-path-prefix=true")));
    QCOMPARE(history().live, oldVersion);
}

void TestKamalExecutor::proxyThatRefusesChangesNothing()
{
    addProxy();
    const Result<HostSteps> plan = this->plan();
    QVERIFY(plan);
    m_engine.docker(
        {QStringLiteral("cp"), m_engine.path(QStringLiteral("state")), QStringLiteral("kamal-proxy:/refuse")});
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 95 || outcome.exitCode == 99, outcome.log + QByteArray::number(outcome.exitCode));
    QCOMPARE(stateOf(QStringLiteral("web"), newVersion), QStringLiteral("running"));
    QCOMPARE(latest(), m_new);
    QCOMPARE(history().live, newVersion);
}

void TestKamalExecutor::settingsOfTheProxyThatWouldBeLost()
{
    addProxy("'hosts':['a'],'brand_new':{'x':1}");
    const Result<HostSteps> plan = this->plan();
    QVERIFY(!plan);
    QVERIFY2(plan.error().text.contains(QStringLiteral("brand_new")), qPrintable(sentence(plan.error())));
    QCOMPARE(plan.error().kind, ErrorKind::Unsupported);
}

void TestKamalExecutor::whatDoesNotStayUpIsPutBack()
{
    const QString bad(40, QLatin1Char('3'));
    m_engine.addImage(bad, {QStringLiteral("CMD [\"/bin/false\"]")});
    boot(QStringLiteral("web"), bad);
    const Result<HostSteps> plan = this->plan(newVersion, bad);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 99, outcome.log + QByteArray::number(outcome.exitCode));
    QCOMPARE(stateOf(QStringLiteral("web"), newVersion), QStringLiteral("running"));
    QCOMPARE(latest(), m_new);
    const DeploymentHistory found = history();
    QCOMPARE(found.live, newVersion);
    QVERIFY(!found.locked);
}

void TestKamalExecutor::everyRole()
{
    boot(QStringLiteral("job"), newVersion);
    Result<HostSteps> plan = this->plan();
    QVERIFY(!plan); // no container of the old version for it
    QVERIFY(plan.error().text.contains(QStringLiteral("role job")));
    m_engine.docker({QStringLiteral("rm"), QStringLiteral("-f"), name(QStringLiteral("job"), newVersion)});
    boot(QStringLiteral("job"), oldVersion);
    m_engine.docker({QStringLiteral("kill"), name(QStringLiteral("job"), oldVersion)});
    boot(QStringLiteral("job"), newVersion);
    plan = this->plan();
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    for (const char *role : {"web", "job"}) {
        QCOMPARE(stateOf(QLatin1String(role), oldVersion), QStringLiteral("running"));
        QCOMPARE(stateOf(QLatin1String(role), newVersion), QStringLiteral("exited"));
    }
    QCOMPARE(history().live, oldVersion);
}

void TestKamalExecutor::lockIsHonoured()
{
    const Result<HostSteps> plan = this->plan();
    QVERIFY(plan);
    write(QStringLiteral("my .kamal/lock-shop/details"),
          QByteArray("Locked by: Ada at 2026-11-20T15:59:02Z\nVersion: x\nMessage: Automatic deploy lock").toBase64());
    QCOMPARE(history().locked->by, QStringLiteral("Ada"));
    auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 98, outcome.log);
    QVERIFY(outcome.log.contains("Locked by: Ada"));
    QCOMPARE(history().live, newVersion);
    QVERIFY(history().locked);
    // What a killed run of ours left is proven dead.
    write(QStringLiteral("my .kamal/lock-shop/taffrail"), "999999 1 otherboot\n");
    outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QVERIFY(!QFile::exists(m_engine.path(QStringLiteral("my .kamal/lock-shop"))));
}

void TestKamalExecutor::whatChangedSince()
{
    const Result<HostSteps> plan = this->plan();
    QVERIFY(plan);
    m_engine.docker({QStringLiteral("rm"), QStringLiteral("-f"), name(QStringLiteral("web"), oldVersion)});
    auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 92, outcome.log);
    boot(QStringLiteral("web"), oldVersion);
    m_engine.docker({QStringLiteral("kill"), name(QStringLiteral("web"), oldVersion)});
    const QString third(40, QLatin1Char('4'));
    m_engine.addImage(third);
    m_engine.docker({QStringLiteral("kill"), name(QStringLiteral("web"), newVersion)});
    boot(QStringLiteral("web"), third);
    outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 93, outcome.log);
    QCOMPARE(stateOf(QStringLiteral("web"), third), QStringLiteral("running"));
}

void TestKamalExecutor::filesOfTheTarget()
{
    const auto place
        = executors::kamalExecutor.carried(part(newVersion, oldVersion), QStringLiteral("/app/db/migrate"));
    QVERIFY(place);
    const auto listed
        = m_host.run(place->before + "ls -1 -- " + sources::shellQuoted(place->path) + '\n' + place->after);
    QCOMPARE(listed.out.split('\n').first(), oldVersion.toLatin1() + ".sql");
    QVERIFY(!QFile::exists(place->path));
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (const char *reason = DockerFixture::obstacle())
        return skip(reason);
    TestKamalExecutor test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_kamalexecutor.moc"
