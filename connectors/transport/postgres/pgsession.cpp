// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgsession.h"

#include "pgcancel.h"
#include "pgerrors.h"
#include "text.h"

#include <algorithm>

namespace taffrail::pg {

namespace {

using std::chrono::milliseconds;

Error cancelledError(const QString &subject)
{
    return {ErrorKind::Cancelled, QStringLiteral("query"), subject, QStringLiteral("no longer wanted"), {}};
}

std::chrono::microseconds since(Clock::time_point start)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

} // namespace

Session::Session(QString key, Target target, bool reports, bool keepsLong, std::shared_ptr<Services> services,
                 std::weak_ptr<Mailbox> mailbox)
    : m_key(std::move(key)),
      m_target(std::move(target)),
      m_reports(reports),
      m_keepsLong(keepsLong),
      m_services(std::move(services)),
      m_mailbox(std::move(mailbox))
{
    m_link.subject = m_target.spec.id;
    m_link.isDatabase = true;
}

void Session::add(const Target &target, Job job)
{
    m_target = target; // equal by key, but the way through a host may have been made anew
    m_lastUse = Clock::now();
    if (m_state == State::Down && m_lastError && Clock::now() < m_retryAt) {
        job.done(failure(*m_lastError));
        return;
    }
    m_waiting.push_back(std::move(job));
    begin();
}

void Session::begin()
{
    if (m_waiting.empty())
        return;
    if (m_state == State::Idle)
        runNext();
    else if (m_state == State::Down)
        prepare();
}

void Session::prepare()
{
    m_state = State::Preparing;
    m_plan.reset();
    setLink(LinkState::Connecting);
    // Files, names and secrets are read anew for each attempt: they may be what was wrong the last time.
    m_services->errands.run([weak = weak_from_this(), mailbox = m_mailbox, attempt = ++m_attempt, target = m_target,
                             resolve = m_services->resolveSecret] {
        auto plan = std::make_shared<Result<ConnectPlan>>(prepareConnection(target, resolve));
        if (const auto box = mailbox.lock())
            box->post([weak, attempt, plan] {
                if (const auto session = weak.lock())
                    session->prepared(attempt, std::move(*plan));
            });
    });
}

void Session::prepared(quint64 attempt, Result<ConnectPlan> plan)
{
    if (attempt != m_attempt || m_state != State::Preparing)
        return;
    if (!plan) {
        fail(plan.error());
        return;
    }
    m_plan = std::move(*plan);
    const Endpoint &first = m_plan->endpoints.front();
    tell(ConnectStage::Resolved, !m_target.tunnel && !first.isSocketFolder(), QString::fromLatin1(first.address));
    if (m_target.spec.password == QLatin1String("prompt") && !m_prompted)
        ask();
    else
        connectNow();
}

void Session::ask()
{
    if (m_prompt == Prompt::Open)
        return;
    if (m_prompt == Prompt::Declined || !m_services->askPassword) {
        fail({ErrorKind::AnswerNeeded, QStringLiteral("password"), m_target.spec.id,
              QStringLiteral("a password is needed and nobody gave one"),
              QStringLiteral("Refresh to be asked again.")});
        return;
    }
    m_prompt = Prompt::Open;
    m_services->askPassword(m_target.spec.id, [weak = weak_from_this(), mailbox = m_mailbox](QByteArray answer) {
        auto shared = std::make_shared<QByteArray>(std::move(answer));
        if (const auto box = mailbox.lock())
            box->post([weak, shared] {
                if (const auto session = weak.lock())
                    session->promptAnswered(std::move(*shared));
            });
    });
}

void Session::promptAnswered(QByteArray answer)
{
    if (m_prompt != Prompt::Open)
        return;
    m_prompt = answer.isEmpty() ? Prompt::Declined : Prompt::None;
    if (!answer.isEmpty())
        m_prompted = makeSecret(std::move(answer));
    if (m_state != State::Preparing || !m_plan)
        return; // the batch gave up meanwhile; the next one has the answer
    if (m_prompted)
        connectNow();
    else
        ask();
}

void Session::connectNow()
{
    m_state = State::Connecting;
    m_connector
        = std::make_shared<Connector>(std::move(*m_plan), m_prompted, m_target, m_waiting.front().batch, m_mailbox);
    m_plan.reset();
    m_statementTimeout = m_waiting.front().batch.statementTimeout;
    m_lockTimeout = m_waiting.front().batch.lockTimeout;
    m_connector->staged = [this](ConnectStage stage, bool used, const QString &detail) { tell(stage, used, detail); };
    m_connector->start();
}

void Session::connectorDecided()
{
    const auto connector = std::exchange(m_connector, nullptr);
    if (connector->error()) {
        if (connector->error()->kind == ErrorKind::AuthRefused)
            m_prompted.reset(); // it was wrong: ask again
        fail(*connector->error());
        return;
    }
    m_connection = connector->take();
    m_place = connector->place();
    m_endpoint = connector->endpoint();
    m_state = State::Idle;
    m_isFresh = true;
    m_info = {};
    m_info.tls = PQsslInUse(m_connection.get()) == 1;
    m_info.user = QString::fromUtf8(PQuser(m_connection.get()));
    m_info.serverVersion = PQserverVersion(m_connection.get());
    if (m_waiting.empty())
        drop();
    else
        runNext();
}

void Session::runNext()
{
    m_running = std::move(m_waiting.front());
    m_waiting.pop_front();
    const Batch &batch = m_running->batch;
    const bool limitsHold = m_statementTimeout == batch.statementTimeout && m_lockTimeout == batch.lockTimeout;
    m_statementTimeout = batch.statementTimeout;
    m_lockTimeout = batch.lockTimeout;
    m_state = State::Running;
    m_runningSince = Clock::now();
    m_exchange = std::make_unique<Exchange>(m_connection.get(), batch, m_target.spec.id, m_info, limitsHold, m_isFresh);
    exchangeAdvanced(m_exchange->start());
}

void Session::exchangeAdvanced(bool alive)
{
    if (!m_exchange->isReadOnly()) {
        fail({ErrorKind::Unsupported, QStringLiteral("connect"), m_target.spec.id,
              QStringLiteral("the session is not read-only, so it is not used"),
              QStringLiteral("A pooler in between? Point the dsn at PostgreSQL itself.")});
        return;
    }
    if (!alive) {
        const bool wasFresh = m_isFresh;
        const Error lost = lostError(m_target.spec.id, m_exchange->lossText());
        finishRunning(lost);
        if (wasFresh) {
            fail(lost);
            return;
        }
        // The first loss of a link that worked is mended at once; the others who wait needn't know.
        close();
        setLink(LinkState::Down, lost);
        begin();
        return;
    }
    if (!m_exchange->isComplete())
        return;
    m_isFresh = false;
    m_backOff.reset();
    m_lastError.reset();
    m_info.peer = QStringLiteral("%1 at %2 (%3)")
                      .arg(m_target.spec.id, m_place,
                           m_info.inRecovery ? QStringLiteral("standby") : QStringLiteral("primary"));
    m_state = State::Idle;
    m_lastUse = Clock::now();
    setLink(LinkState::Up);
    finishRunning({});
    begin();
}

void Session::finishRunning(const Error &missing)
{
    if (!m_running)
        return;
    Job job = std::move(*m_running);
    m_running.reset();
    const auto exchange = std::exchange(m_exchange, nullptr);
    if (!exchange->isComplete() && exchange->answered() == 0) {
        job.done(failure(missing));
        return;
    }
    BatchReply reply;
    reply.results = exchange->takeResults(missing);
    reply.session = m_info;
    reply.took = since(m_runningSince);
    job.done(std::move(reply));
}

bool Session::cancel(RequestId id)
{
    if (m_running && m_running->id == id) {
        sendCancel();
        Job job = std::move(*m_running);
        m_running.reset();
        drop();
        job.done(failure(cancelledError(m_target.spec.id)));
        begin();
        return true;
    }
    const auto found = std::ranges::find(m_waiting, id, &Job::id);
    if (found == m_waiting.end())
        return false;
    Job job = std::move(*found);
    m_waiting.erase(found);
    job.done(failure(cancelledError(m_target.spec.id)));
    return true;
}

void Session::sendCancel()
{
    requestCancel(m_connection.get(), m_target, m_endpoint, m_services->errands, m_mailbox);
}

void Session::wake()
{
    m_retryAt = Clock::time_point::min();
    m_backOff.reset();
    if (m_prompt == Prompt::Declined)
        m_prompt = Prompt::None;
    if (m_state == State::Preparing)
        return;
    if (m_running) {
        m_waiting.push_front(std::move(*m_running)); // it only reads, so it can be asked twice
        m_running.reset();
    }
    drop();
    begin();
}

void Session::end()
{
    drop();
    if (m_running)
        m_waiting.push_front(std::move(*std::exchange(m_running, std::nullopt)));
    for (Job &job : std::exchange(m_waiting, {}))
        job.done(failure(cancelledError(m_target.spec.id)));
}

void Session::close()
{
    ++m_attempt;
    m_exchange.reset();
    m_connector.reset();
    m_connection.reset();
    m_plan.reset();
    m_state = State::Down;
}

void Session::drop()
{
    close();
    setLink(LinkState::Idle);
}

void Session::fail(const Error &error)
{
    m_lastError = error;
    const milliseconds pause = m_backOff.next(error.kind);
    m_retryAt = Clock::now() + pause;
    close();
    m_link.retryAt = QDateTime::currentDateTimeUtc().addMSecs(pause.count());
    setLink(LinkState::Down, error);
    if (m_running)
        m_waiting.push_front(std::move(*std::exchange(m_running, std::nullopt)));
    for (Job &job : std::exchange(m_waiting, {}))
        job.done(failure(error));
}

void Session::collect(std::vector<pollfd> &descriptors) const
{
    if (m_connector) {
        m_connector->collect(descriptors);
    } else if (m_connection) {
        const bool writes = m_exchange && m_exchange->wantsWrite();
        descriptors.push_back({PQsocket(m_connection.get()), short(writes ? POLLIN | POLLOUT : POLLIN), 0});
    }
}

void Session::ready(int descriptor)
{
    if (m_connector) {
        m_connector->ready(descriptor);
    } else if (m_exchange) {
        exchangeAdvanced(m_exchange->advance());
    } else if (m_connection) {
        // Nothing was asked: a notice, a changed parameter, or the end of the link.
        const bool alive = PQconsumeInput(m_connection.get()) == 1;
        PQisBusy(m_connection.get()); // lets libpq read what came
        if (alive && PQstatus(m_connection.get()) == CONNECTION_OK)
            return;
        const Error lost = lostError(m_target.spec.id, PQerrorMessage(m_connection.get()));
        close();
        setLink(LinkState::Down, lost);
    }
}

void Session::advance(Clock::time_point now)
{
    if (m_connector) {
        m_connector->advance(now);
        if (m_connector->isDecided())
            connectorDecided();
    }
    jobExpired(now);
    if (now >= idleEnd())
        drop();
}

void Session::tell(ConnectStage stage, bool used, const QString &detail) const
{
    m_services->tell({m_key, stage, Clock::now(), used, detail});
}

void Session::setLink(LinkState state, std::optional<Error> error)
{
    if (state != LinkState::Down)
        m_link.retryAt = {};
    Link next = m_link;
    next.state = state;
    next.error = std::move(error);
    if (state == LinkState::Up)
        next.peer = m_info.peer;
    if (next == m_link && m_link.since.isValid())
        return;
    next.since = next.state == m_link.state && m_link.since.isValid() ? m_link.since : QDateTime::currentDateTimeUtc();
    m_link = next;
    if (m_reports)
        m_services->tell(m_key, m_link);
}

} // namespace taffrail::pg
