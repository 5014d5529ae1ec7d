// SPDX-License-Identifier: GPL-3.0-or-later
// A project of Docker Compose, switched on a real engine by the real Compose.
#include "dockerfixture.h"

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;
using executors::HostSteps;

class TestComposeExecutor : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_engine.start());
        m_one = m_engine.addImage(QStringLiteral("1.1"));
        m_two = m_engine.addImage(QStringLiteral("1.2"));
        m_bad = m_engine.addImage(QStringLiteral("1.0"), {QStringLiteral("CMD [\"/bin/false\"]")});
        m_entry.id = m_entry.source = QStringLiteral("compose");
        m_entry.pane = PaneKind::Deployments;
        m_entry.hosts = QStringList{QStringLiteral("web1")};
        m_entry.options = {{QStringLiteral("project"), QStringLiteral("shop")},
                           {QStringLiteral("service"), QStringLiteral("web")},
                           {QStringLiteral("engine"), m_engine.engine()}};
        m_host.setPlace(m_engine.path(QStringLiteral("jobs")));
        m_folder = m_engine.path(QStringLiteral("the 'project'"));
        QDir().mkpath(m_folder);
    }
    void init()
    {
        m_policy = {};
        m_engine.removeAll();
        QFile::remove(file(QStringLiteral(".taffrail-web.yml")));
        write(QStringLiteral(".env"), "TAG=1.2\n");
        write(
            QStringLiteral("docker-compose.yml"),
            "version: '3.3'\nservices:\n  web:\n    image: shop:${TAG}\n    network_mode: none\n    stop_signal: KILL\n"
            "    environment:\n      GREETING: \"it's two words\"\n  job:\n    image: shop:1.1\n    network_mode: "
            "none\n"
            "    stop_signal: KILL\n");
        up("web");
    }

    void forwardAndBack();
    void replicasStay();
    void whatDoesNotStayUpIsPutBack();
    void driftIsRefused();
    void whatChangedSince_data();
    void whatChangedSince();
    void filesOfTheTarget();

private:
    QString file(const QString &name) const { return m_folder + QLatin1Char('/') + name; }
    void write(const QString &name, const QByteArray &text) const
    {
        QFile out(file(name));
        if (out.open(QIODevice::WriteOnly))
            out.write(text);
    }
    QByteArray compose(const QByteArray &words) const
    {
        const auto reply = m_host.run("cd " + sources::shellQuoted(m_folder) + " && docker-compose -H "
                                      + sources::shellQuoted(m_engine.engine()) + " -p shop " + words + " 2>&1\n");
        return reply.out;
    }
    void up(const QByteArray &more = {}) const
    {
        const QByteArray said = compose("up -d " + more);
        QVERIFY2(!live().isEmpty(), said);
    }
    DeploymentHistory history() const
    {
        const Result<Value> value = m_host.read(sources::composeSource, m_entry);
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
    }
    QString live() const { return history().live; }
    Result<HostSteps> plan(const QString &from, const QString &to) const
    {
        Release present, target;
        present.id = from;
        target.id = to;
        return m_host.plan(executors::composeExecutor,
                           {m_entry, m_policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target});
    }
    QString webs()
    {
        return m_engine.docker({QStringLiteral("ps"), QStringLiteral("-a"), QStringLiteral("--no-trunc"),
                                QStringLiteral("--filter"), QStringLiteral("label=com.docker.compose.service=web"),
                                QStringLiteral("--format"), QStringLiteral("{{.ID}}")});
    }
    bool hasNote(const QString &part) const
    {
        const DeploymentHistory found = history();
        return std::ranges::any_of(found.notes, [&part](const QString &note) { return note.contains(part); });
    }

    DockerFixture m_engine;
    ExecutorHost m_host;
    SourceEntry m_entry;
    RollbackPolicy m_policy;
    QString m_folder, m_one, m_two, m_bad;
};

void TestComposeExecutor::forwardAndBack()
{
    up();
    QCOMPARE(live(), m_two);
    QVERIFY(!hasNote(QStringLiteral("say something else")));
    const QString job = m_engine.inspect(QStringLiteral("shop_job_1"), QStringLiteral("{{.ID}}"));
    const Result<HostSteps> plan = this->plan(m_two, m_one);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const Result<HostSteps> back = this->plan(m_one, m_two); // made before, as the undo is
    QVERIFY2(back, back ? "" : qPrintable(sentence(back.error())));
    auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    DeploymentHistory found = history();
    QCOMPARE(found.live, m_one);
    QCOMPARE(found.events.front().kind, ReleaseKind::Rollback);
    QCOMPARE(found.events.front().from, m_two);
    QCOMPARE(found.hosts.front().running, m_one);
    QVERIFY(hasNote(QStringLiteral("a rollback holds the image")));
    QVERIFY(!hasNote(QStringLiteral("say something else")));
    QVERIFY(m_engine.inspect(QStringLiteral("shop_web_1"), QStringLiteral("{{.Config.Env}}"))
                .contains(QStringLiteral("GREETING=it's two words")));
    QCOMPARE(m_engine.inspect(QStringLiteral("shop_web_1"), QStringLiteral("{{.Config.Image}}")),
             QStringLiteral("shop:1.1"));
    QCOMPARE(m_engine.inspect(QStringLiteral("shop_job_1"), QStringLiteral("{{.ID}}")), job); // not touched

    // The same again does nothing.
    const QString id = webs();
    outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(webs(), id);

    // The way back is what the project's own files say: no file of ours stays.
    outcome = m_host.runJob(back->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(live(), m_two);
    QVERIFY(!QFile::exists(file(QStringLiteral(".taffrail-web.yml"))));
    QVERIFY(!hasNote(QStringLiteral("a rollback holds")));
}

void TestComposeExecutor::replicasStay()
{
    up("--scale web=2 web");
    QCOMPARE(webs().split(QLatin1Char('\n')).size(), 2);
    const Result<HostSteps> plan = this->plan(m_two, m_one);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 0, outcome.log);
    QCOMPARE(webs().split(QLatin1Char('\n')).size(), 2);
    QCOMPARE(live(), m_one);
}

void TestComposeExecutor::whatDoesNotStayUpIsPutBack()
{
    const Result<HostSteps> plan = this->plan(m_two, m_bad);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == 99, outcome.log + QByteArray::number(outcome.exitCode));
    QCOMPARE(live(), m_two);
    QCOMPARE(m_engine.inspect(QStringLiteral("shop_web_1"), QStringLiteral("{{.State.Running}}")),
             QStringLiteral("true"));
    QVERIFY(QDir(m_folder).entryList({QStringLiteral(".taffrail-*")}, QDir::Files | QDir::Hidden).isEmpty());
}

void TestComposeExecutor::driftIsRefused()
{
    write(QStringLiteral(".env"), "TAG=1.1\n"); // only the image differs: that is what a rollback changes
    QVERIFY(hasNote(QStringLiteral("say something else")));
    QVERIFY(plan(m_two, m_one));
    QFile compose(file(QStringLiteral("docker-compose.yml")));
    QVERIFY(compose.open(QIODevice::ReadOnly));
    QByteArray text = compose.readAll();
    compose.close();
    write(QStringLiteral("docker-compose.yml"), QByteArray(text).replace("two words", "other words"));
    Result<HostSteps> late = plan(m_two, m_one);
    QVERIFY(!late);
    QVERIFY2(late.error().text.contains(QStringLiteral("differ in more than the image")),
             qPrintable(sentence(late.error())));
    write(QStringLiteral("docker-compose.yml"), text.replace("stop_signal", "no_such_key"));
    late = plan(m_two, m_one);
    QVERIFY(!late);
    QVERIFY(late.error().text.contains(QStringLiteral("cannot read the project's files")));
    QFile::remove(file(QStringLiteral("docker-compose.yml")));
    QVERIFY(!plan(m_two, m_one));
}

void TestComposeExecutor::whatChangedSince_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<int>("exitCode");
    QTest::newRow("made anew") << QByteArray("up -d --force-recreate web") << 93;
    QTest::newRow("removed") << QByteArray("rm -sf web") << 91;
}
void TestComposeExecutor::whatChangedSince()
{
    QFETCH(QByteArray, change);
    QFETCH(int, exitCode);
    const Result<HostSteps> plan = this->plan(m_two, m_one);
    QVERIFY2(plan, plan ? "" : qPrintable(sentence(plan.error())));
    compose(change);
    const QString before = webs();
    const auto outcome = m_host.runJob(plan->script);
    QVERIFY2(outcome.exitCode == exitCode, outcome.log + QByteArray::number(outcome.exitCode));
    QCOMPARE(webs(), before);
}

void TestComposeExecutor::filesOfTheTarget()
{
    Release present, target;
    present.id = m_two;
    target.id = m_one;
    const auto place = executors::composeExecutor.carried(
        {m_entry, m_policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target},
        QStringLiteral("/app/db/migrate"));
    QVERIFY(place);
    const auto listed
        = m_host.run(place->before + "ls -1 -- " + sources::shellQuoted(place->path) + '\n' + place->after);
    QCOMPARE(listed.out, QByteArray("1.1.sql\n"));
    QVERIFY(!QFile::exists(place->path));
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (const char *reason = DockerFixture::obstacle())
        return skip(reason);
    if (QStandardPaths::findExecutable(QStringLiteral("docker-compose")).isEmpty())
        return skip("docker-compose is not installed");
    TestComposeExecutor test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_composeexecutor.moc"
