// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectiontester.h"

#include "connectiontestrun.h"
#include "text.h"

#include <QUuid>

#include <algorithm>

namespace taffrail {

using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

// Every stage of a sign-in has a limit of its own; a person may need two minutes to answer.
constexpr auto connectLimit = 120s;
constexpr auto databaseLimit = 30s;

QByteArray freshNonce()
{
    return QUuid::createUuid().toString(QUuid::Id128).toLatin1();
}

/// A shell that could be started and did something else. (Accounts without a shell and expired ones are told by the
/// transport.)
Error shellError(const QString &subject, const ExecReply &reply)
{
    const QByteArray said = reply.err + '\n' + reply.out;
    const QString words = sanitizedLine(said.trimmed(), 160);
    const QString end = reply.exitCode >= 0
        ? ConnectionTester::tr("the shell did not run the script and ended with %1").arg(reply.exitCode)
        : ConnectionTester::tr("the shell was ended before it ran the script");
    return {ErrorKind::ToolFailed, QStringLiteral("shell"), subject,
            words.isEmpty() ? end : ConnectionTester::tr("%1; it said: %2").arg(end, words),
            ConnectionTester::tr("Look at ForceCommand in sshd_config, at options in authorized_keys, and at what the "
                                 "account's shell runs at start.")};
}

} // namespace

ConnectionTester::ConnectionTester(const std::vector<EnvironmentSpecPtr> &environments, Options options,
                                   QObject *parent)
    : QObject(parent),
      m_environments(environments),
      m_options(std::move(options)),
      m_mailbox(std::make_shared<Mailbox<ConnectionTester>>(this))
{
    m_closers.setMaxThreadCount(std::max(m_options.atOnce, 1)); // a hanging name service holds each for seconds
}

ConnectionTester::~ConnectionTester()
{
    m_mailbox->close();
    for (const auto &[key, run] : m_runs)
        close(*run);
    m_closers.waitForDone();
}

void ConnectionTester::test(const QString &environment, const QString &subject, bool isDatabase)
{
    const auto spec = std::ranges::find_if(
        m_environments, [&environment](const EnvironmentSpecPtr &each) { return each->id == environment; });
    if (spec == m_environments.end())
        return;
    const HostSpec *host = isDatabase ? nullptr : (*spec)->host(subject);
    const DatabaseSpec *database = isDatabase ? (*spec)->database(subject) : nullptr;
    const Key key = environment + (isDatabase ? QStringLiteral("/database/") : QStringLiteral("/host/")) + subject;
    if ((!host && !database) || m_runs.contains(key))
        return;
    auto run = std::make_unique<Run>();
    run->key = key;
    run->number = ++m_lastNumber;
    run->environment = *spec;
    run->test.environment = environment;
    run->test.subject = subject;
    bool hasWay = false;
    if (host) {
        run->test.kind = host->local ? TestedKind::LocalHost : TestedKind::Host;
        run->endpoint = endpointOf(**spec, *host);
    } else {
        run->test.kind = TestedKind::Database;
        const HostSpec *via = database->via.isEmpty() ? nullptr : (*spec)->host(database->via);
        hasWay = via && !via->local;
        if (hasWay)
            run->endpoint = endpointOf(**spec, *via);
    }
    run->stages = testStages(run->test.kind, hasWay);
    for (const TestStage stage : run->stages)
        run->test.rows.push_back({stage, StageState::Waiting, {}, {}, {}});
    const ConnectionTestPtr shown = std::make_shared<const ConnectionTest>(run->test);
    m_runs.emplace(key, std::move(run));
    m_waiting.push_back(key);
    emit changed(shown);
    QMetaObject::invokeMethod(this, &ConnectionTester::begin, Qt::QueuedConnection);
}

void ConnectionTester::begin()
{
    while (m_underWay < m_options.atOnce && !m_waiting.empty()) {
        const Key key = m_waiting.front();
        m_waiting.pop_front();
        ++m_underWay;
        start(*m_runs.at(key));
    }
}

void ConnectionTester::start(Run &run)
{
    run.startedAt = Clock::now();
    run.test.startedAt = QDateTime::currentDateTimeUtc();
    run.transports = std::make_shared<Run::Transports>();
    show(run);
    if (run.test.kind == TestedKind::LocalHost) {
        run.transports->local = std::make_unique<LocalShell>();
        return startShell(run);
    }
    if (!run.isDatabase() || run.hasWay()) {
        const auto post = [mailbox = m_mailbox, key = run.key, number = run.number](auto work) {
            mailbox->post([key, number, work](ConnectionTester &self) {
                if (Run *open = self.running(key, number))
                    work(self, *open);
            });
        };
        ssh::Settings settings = m_options.ssh;
        settings.onStage = [post](const ssh::StageEvent &event) {
            post([event](ConnectionTester &self, Run &open) { self.loginStage(open, event); });
        };
        run.transports->ssh = std::make_unique<ssh::Pool>(std::move(settings));
        run.transports->ssh->onLink([post, wanted = ssh::Pool::keyOf(run.endpoint)](const ssh::LinkEvent &event) {
            if (event.key == wanted)
                post([peer = event.peer](ConnectionTester &, Run &open) { open.peer = peer; });
        });
    }
    if (!run.isDatabase())
        startShell(run);
    else if (run.hasWay())
        openWay(run);
    else
        startDatabase(run);
}

ConnectionTester::Run *ConnectionTester::running(const Key &key, quint64 number)
{
    const auto found = m_runs.find(key);
    return found != m_runs.end() && found->second->number == number ? found->second.get() : nullptr;
}

template <typename Reply>
Done<Reply> ConnectionTester::answered(const Run &run,
                                       std::function<void(ConnectionTester &, Run &, const Result<Reply> &)> then)
{
    return [mailbox = m_mailbox, key = run.key, number = run.number, then = std::move(then)](Result<Reply> reply) {
        mailbox->post([key, number, then, reply = std::move(reply)](ConnectionTester &self) {
            if (Run *open = self.running(key, number))
                then(self, *open, reply);
        });
    };
}

// --- hosts ---------------------------------------------------------------------------------------------------------

void ConnectionTester::startShell(Run &run)
{
    const QByteArray nonce = freshNonce();
    ExecRequest request;
    request.script = "printf '%s\\n' " + nonce + "\n";
    request.deadline = run.transports->local ? m_options.probeLimit : std::chrono::milliseconds(connectLimit);
    auto done = answered<ExecReply>(run, [nonce](ConnectionTester &self, Run &open, const Result<ExecReply> &reply) {
        self.shellDone(open, nonce, reply);
    });
    if (run.transports->local)
        run.transports->local->exec(std::move(request), std::move(done));
    else
        run.transports->ssh->exec(run.endpoint, std::move(request), std::move(done));
}

void ConnectionTester::shellDone(Run &run, const QByteArray &nonce, const Result<ExecReply> &reply)
{
    if (!reply)
        return finish(run, reply.error());
    if (reply->exitCode != 0 || !reply->out.contains(nonce))
        return finish(run, shellError(run.test.subject, *reply));
    passed(run, {TestStage::Shell, run.since(Clock::now()), tr("/bin/sh runs"), true});
    startProbe(run);
}

void ConnectionTester::startProbe(Run &run)
{
    const QByteArray nonce = freshNonce();
    sources::ShellPart part;
    part.script = "uname -s -r -m";
    part.limit = std::min<std::chrono::milliseconds>(part.limit, m_options.probeLimit);
    const sources::Probe probe = sources::assembleProbe(nonce, {{"who", part}});
    ExecRequest request;
    request.script = probe.script;
    request.maxOut = probe.maxBytes;
    request.deadline = std::max(probe.limit, m_options.probeLimit);
    auto done = answered<ExecReply>(run, [nonce](ConnectionTester &self, Run &open, const Result<ExecReply> &reply) {
        self.probeDone(open, nonce, reply);
    });
    if (run.transports->local)
        run.transports->local->exec(std::move(request), std::move(done));
    else
        run.transports->ssh->probe(run.endpoint, nonce, std::move(request), std::move(done));
}

void ConnectionTester::probeDone(Run &run, const QByteArray &nonce, const Result<ExecReply> &reply)
{
    const auto failed = [&run](ErrorKind kind, const QString &text, const QString &hint) {
        return Error{kind, QStringLiteral("probe"), run.test.subject, text, hint};
    };
    if (!reply) {
        Error error = reply.error();
        error.step = QStringLiteral("probe");
        return finish(run, error);
    }
    const sources::ProbeAnswer answer = sources::parseProbe(nonce, reply->out, reply->err);
    const auto section = answer.sections.constFind("who");
    if (!answer.complete || section == answer.sections.cend())
        return finish(run,
                      failed(ErrorKind::BadData, tr("the host's answer was cut off or mixed with other output"),
                             tr("Look at what the account's shell prints at start.")));
    if (section->exitCode != 0)
        return finish(run,
                      failed(ErrorKind::ToolFailed,
                             tr("a plain command ended with %1; it said: %2")
                                 .arg(section->exitCode)
                                 .arg(sanitizedLine((section->err + section->out).trimmed(), 160)),
                             tr("Is the account's PATH set, and may it run commands?")));
    passed(run, {TestStage::ReadProbe, run.since(Clock::now()), sanitizedLine(section->out.trimmed(), 80), true});
    finish(run, {});
}

// --- databases -----------------------------------------------------------------------------------------------------

/// The host first: its own limits and words are better than those of a database that waits for it.
void ConnectionTester::openWay(Run &run)
{
    ExecRequest request;
    request.script = "exit 0\n";
    request.deadline = connectLimit;
    run.transports->ssh->exec(
        run.endpoint, std::move(request),
        answered<ExecReply>(run, [](ConnectionTester &self, Run &open, const Result<ExecReply> &reply) {
            // An account that may forward need not have a shell: being signed in is enough.
            if (!reply && !open.isPast(TestStage::Way))
                self.finish(open, reply.error());
        }));
}

void ConnectionTester::startDatabase(Run &run)
{
    const DatabaseSpec *database = run.environment->database(run.test.subject);
    run.transports->postgres = std::make_unique<pg::Pool>(1, m_options.askPassword, m_options.resolveSecret);
    const auto key = run.key;
    run.transports->postgres->onStage([mailbox = m_mailbox, key, number = run.number](const pg::StageEvent &event) {
        mailbox->post([key, number, event](ConnectionTester &self) {
            if (Run *open = self.running(key, number))
                self.connectStage(*open, event);
        });
    });
    pg::Target target;
    if (run.hasWay()) {
        target = targetOf(*run.transports->ssh, *run.environment, *database);
    } else {
        target.spec = *database;
        target.production = run.environment->tier == Tier::Production;
    }
    pg::Batch batch;
    batch.queries = {{"SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity", {}}};
    const bool asks = database->password == QLatin1String("prompt") && m_options.askPassword;
    batch.deadline = asks ? std::chrono::milliseconds(connectLimit) : std::chrono::milliseconds(databaseLimit);
    run.transports->postgres->run(
        target, std::move(batch),
        answered<pg::BatchReply>(run, [](ConnectionTester &self, Run &open, const Result<pg::BatchReply> &reply) {
            self.databaseDone(open, reply);
        }));
}

void ConnectionTester::databaseDone(Run &run, const Result<pg::BatchReply> &reply)
{
    if (!reply)
        return finish(run, reply.error());
    if (reply->results.empty() || !reply->results.front())
        return finish(run,
                      reply->results.empty() ? Error{ErrorKind::BadData,
                                                     QStringLiteral("query"),
                                                     run.test.subject,
                                                     tr("the server sent no answer"),
                                                     {}}
                                             : reply->results.front().error());
    const int version = reply->session.serverVersion;
    QString note = tr("PostgreSQL %1.%2, read-only as %3")
                       .arg(version / 10000)
                       .arg(version % 10000)
                       .arg(sanitizedLine(reply->session.user.toUtf8(), 60));
    if (reply->session.inRecovery)
        note += tr(", a standby");
    passed(run, {TestStage::ReadProbe, run.since(Clock::now()), note, true});
    if (!reply->session.missingGrants.isEmpty())
        run.test.rows.back().hint
            = tr("More would be shown after: %1").arg(reply->session.missingGrants.join(QLatin1Char(' ')));
    finish(run, {});
}

} // namespace taffrail
