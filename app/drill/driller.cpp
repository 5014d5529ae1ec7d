// SPDX-License-Identifier: GPL-3.0-or-later
#include "driller.h"

#include "drillcodec.h"
#include "runner.h"
#include "text.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

/// How often the keeper's word is looked for after a job was killed, and how long it has.
constexpr auto settleInterval = 1s;
constexpr int settleLooks = 25;

QByteArray detailOf(const DrillRun &run, const QVariantMap &more)
{
    QVariantMap detail = more;
    detail.insert(QStringLiteral("run"), run.id);
    detail.insert(QStringLiteral("plan_digest"), run.plan.digest);
    detail.insert(QStringLiteral("backup"), run.plan.backup);
    detail.insert(QStringLiteral("host"), run.plan.host);
    return QJsonDocument(QJsonObject::fromVariantMap(detail)).toJson(QJsonDocument::Compact);
}

/// Whether somebody or something ended the job, so that its keeper clears up after it.
bool wasKilled(int exitCode)
{
    return exitCode < 0 || exitCode >= 128;
}

} // namespace

Driller::Driller(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options, QObject *parent)
    : QObject(parent),
      m_environments(std::move(environments)),
      m_options(std::move(options)),
      m_courier(transports, this),
      m_shell(transports, this)
{
    if (m_options.actor.isEmpty())
        m_options.actor = personHere();
}

Driller::~Driller() = default;

EnvironmentSpecPtr Driller::environmentOf(const QString &id) const
{
    const auto found = std::ranges::find(m_environments, id, [](const EnvironmentSpecPtr &each) { return each->id; });
    return found == m_environments.end() ? nullptr : *found;
}

void Driller::open()
{
    needsAudit();
    auto store = ProofStore::open(m_options.proofsPath.isEmpty() ? ProofStore::defaultPath() : m_options.proofsPath);
    if (!store) {
        emit trouble(QStringLiteral("What was proved of backups: %1").arg(sentence(store.error())));
        emit opened();
        return;
    }
    m_store = std::move(*store);
    if (!m_store->notice().isEmpty())
        emit trouble(m_store->notice());
    if (const auto proofs = m_store->proofs())
        emit proofsChanged(*proofs);
    emit opened();
}

/// The audit, opened when it is not. False: nothing may be done.
bool Driller::needsAudit()
{
    if (m_audit)
        return true;
    auto audit = AuditLog::open(m_options.auditPath.isEmpty() ? AuditLog::defaultPath() : m_options.auditPath,
                                m_options.actor);
    if (!audit) {
        emit trouble(
            QStringLiteral("The audit can't be opened, so nothing can be run: %1").arg(sentence(audit.error())));
        return false;
    }
    m_audit = std::move(*audit);
    if (!m_audit->notice().isEmpty())
        emit trouble(m_audit->notice());
    return true;
}

bool Driller::record(const QString &action, const DrillRun &run, const QVariantMap &more, qint64 *seq)
{
    if (!needsAudit())
        return false;
    const auto entry = m_audit->append({action, run.plan.environment, run.plan.entry, detailOf(run, more)});
    if (!entry) {
        emit trouble(sentence(entry.error()));
        return false;
    }
    if (seq)
        *seq = entry->seq;
    emit auditGrew(entry->seq);
    return true;
}

void Driller::takeState(const EnvironmentStatePtr &state)
{
    m_states.insert(state->environment->id, state);
}

void Driller::plan(const drilling::Wish &wish)
{
    const EnvironmentStatePtr state = m_states.value(wish.environment);
    if (!state) {
        emit planRefused(wish.environment,
                         {ErrorKind::NotFound, QStringLiteral("plan"), wish.environment,
                          QStringLiteral("nothing is known of it yet"), QStringLiteral("Wait until it was read.")});
        return;
    }
    const auto subject = drilling::subjectOf(state, wish);
    if (!subject)
        emit planRefused(wish.environment, subject.error());
    else
        planFrom(*subject);
}

void Driller::planFrom(const drilling::Subject &subject)
{
    emit planning(subject.state->environment->id, QStringLiteral("looking at %1").arg(subject.policy.host));
    const QString &database = subject.entry->database;
    std::vector<sources::Request> live;
    if (!database.isEmpty())
        live.push_back({QStringLiteral("live"), database,
                        sources::SqlQuery{"select current_setting('server_version_num')::int / 10000 as major, "
                                          "pg_database_size(current_database()) as bytes",
                                          {}},
                        sources::Lane::Slow});
    // The live database first: a dump does not tell how large it becomes.
    const auto look = [this](drilling::Subject about) {
        const EnvironmentSpecPtr &environment = about.state->environment;
        m_courier.send(environment,
                       {{QStringLiteral("look"), about.policy.host, drills::lookPart(*about.tool, about.drill()),
                         sources::Lane::Slow}},
                       [this, about](size_t, const sources::Reply &reply) {
                           DrillLook seen;
                           if (const auto *shell = reply.as<sources::ShellReply>())
                               seen = drills::readLook(*about.tool, about.drill(), *shell);
                           else
                               seen.error = reply.error() ? sentence(*reply.error()) : QStringLiteral("no answer");
                           const DrillPlan made = drilling::planOf(about, seen, QDateTime::currentDateTimeUtc());
                           if (m_plans.size() > 64)
                               m_plans.clear();
                           m_plans.insert(made.digest, made);
                           emit planned(std::make_shared<const DrillPlan>(made));
                       });
    };
    if (live.empty())
        return look(subject);
    m_courier.send(subject.state->environment, live, [subject, look](size_t, const sources::Reply &reply) {
        drilling::Subject about = subject;
        if (const auto *rows = reply.as<sources::SqlReply>()) {
            const QByteArray *major = rows->cell(0, "major"), *bytes = rows->cell(0, "bytes");
            about.serverMajor = major ? major->toInt() : 0;
            about.liveBytes = bytes ? bytes->toLongLong() : -1;
        }
        look(about);
    });
}

void Driller::start(const QString &digest, const QString &reason)
{
    const auto refuse = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        emit startRefused(digest, {kind, QStringLiteral("start"), digest.left(12), text, hint});
    };
    const auto plan = m_plans.constFind(digest);
    if (plan == m_plans.cend())
        return refuse(ErrorKind::Denied, QStringLiteral("the plan is another than the one that was shown"),
                      QStringLiteral("Make the plan again."));
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (const auto may = mayDrill(*plan, digest, reason, now); !may)
        return emit startRefused(digest, may.error());
    const EnvironmentSpecPtr environment = environmentOf(plan->environment);
    const SourceEntry *entry = environment ? environment->entry(plan->entry) : nullptr;
    if (!entry)
        return refuse(ErrorKind::Denied, QStringLiteral("the inventory has no such entry any more"));
    if (!m_store || !needsAudit())
        return refuse(ErrorKind::Denied, QStringLiteral("audit or journals can't be written: no audit, no action"));
    DrillRun run;
    run.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    run.plan = *plan;
    run.startedBy = m_options.actor;
    run.reason = reason.trimmed();
    run.startedAt = now;
    run.message = QStringLiteral("Asking the live database where it is.");
    m_plans.remove(digest); // one plan, one drill
    // What it is held against is read just before: afterwards nobody could say what was lost.
    auto requests = drilling::liveRequests(run.plan, entry->database);
    if (requests.empty()) {
        run.live = drilling::liveOf(run.plan, entry->database, {});
        return begin(std::move(run));
    }
    auto replies = std::make_shared<sources::Replies>();
    const size_t count = requests.size();
    m_courier.send(environment, std::move(requests),
                   [this, run, replies, count, database = entry->database](size_t, const sources::Reply &reply) {
                       replies->push_back(reply);
                       if (replies->size() < count)
                           return;
                       DrillRun next = run;
                       next.live = drilling::liveOf(next.plan, database, *replies);
                       begin(std::move(next));
                   });
}

void Driller::begin(DrillRun run)
{
    run.message = QStringLiteral("Sent to %1.").arg(run.plan.host);
    if (const auto kept = m_store->keep(run); !kept)
        return emit startRefused(run.plan.digest, kept.error());
    qint64 seq = 0;
    if (!record(QStringLiteral("drill.start"), run,
                {{QStringLiteral("reason"), run.reason}, {QStringLiteral("target"), drillTargetWord(run.plan.target)}},
                &seq)) {
        run.stage = DrillStage::Failed;
        run.endedAt = QDateTime::currentDateTimeUtc();
        run.message = QStringLiteral("It was not begun: the audit can't be written.");
        static_cast<void>(m_store->keep(run));
        return emit startRefused(run.plan.digest,
                                 {ErrorKind::Denied,
                                  QStringLiteral("start"),
                                  run.id,
                                  QStringLiteral("the audit can't be written: no audit, no action"),
                                  {}});
    }
    Followed &followed = follow(run);
    tell(followed);
    followed.job->begin();
}

Driller::Followed &Driller::follow(const DrillRun &run)
{
    Followed &followed = m_followed[run.id];
    followed.run = run;
    followed.settling = 0;
    if (followed.job)
        return followed;
    jobs::JobSpec spec;
    spec.id = run.id;
    spec.lock = drilling::lockName();
    spec.script = run.plan.script;
    spec.journal = codec::jsonText(codec::toJson(run));
    spec.places = drilling::places();
    followed.job = new HostJob(m_shell, environmentOf(run.plan.environment), run.plan.host, std::move(spec), this);
    connect(
        followed.job, &HostJob::changed, this,
        [this, id = run.id](const jobs::JobStatus &status, const QString &trouble) { changed(id, status, trouble); });
    connect(followed.job, &HostJob::ended, this,
            [this, id = run.id](const Result<jobs::JobStatus> &status) { ended(id, status); });
    return followed;
}

void Driller::changed(const QString &run, const jobs::JobStatus &status, const QString &trouble)
{
    Followed &followed = m_followed[run];
    applyReports(followed.run, status.steps);
    followed.run.logSize = std::max(followed.run.logSize, status.logSize);
    followed.run.trouble = trouble;
    const auto &phases = followed.run.phases;
    const auto running = std::ranges::find(phases, StepState::Stage::Running, &DrillPhaseState::stage);
    if (running != phases.end())
        followed.run.message = QStringLiteral("It runs on %1: %2.")
                                   .arg(followed.run.plan.host, drillPhaseWord(DrillPhase(running - phases.begin())));
    tell(followed);
}

void Driller::ended(const QString &run, const Result<jobs::JobStatus> &status)
{
    Followed &followed = m_followed[run];
    followed.job->deleteLater();
    followed.job = nullptr;
    if (!status) { // it certainly was not begun
        followed.run.stage = DrillStage::Failed;
        followed.run.endedAt = QDateTime::currentDateTimeUtc();
        followed.run.message = QStringLiteral("It was not begun: %1").arg(sentence(status.error()));
        followed.run.wayForward = QStringLiteral("Mend the cause, and try again.");
        return finish(followed);
    }
    applyReports(followed.run, status->steps);
    followed.run.logSize = std::max(followed.run.logSize, status->logSize);
    followed.exitCode = status->state == jobs::JobState::Exited ? status->exitCode : -1;
    if (wasKilled(followed.exitCode) && !followed.run.result.teardownProven
        && status->state != jobs::JobState::Absent) {
        followed.run.message = QStringLiteral("Its job was killed; its keeper clears up.");
        tell(followed);
        return settle(run);
    }
    judge(followed.run, followed.exitCode, QDateTime::currentDateTimeUtc());
    finish(followed);
}

/// The keeper beside a killed job needs moments to clear up: its word is waited for.
void Driller::settle(const QString &run)
{
    Followed &followed = m_followed[run];
    if (followed.run.result.teardownProven || followed.settling++ >= settleLooks) {
        judge(followed.run, followed.exitCode, QDateTime::currentDateTimeUtc());
        return finish(followed);
    }
    QTimer::singleShot(settleInterval, this, [this, run] {
        ExecRequest request;
        request.script = jobs::statusScript(drilling::places(), run);
        const Followed &waiting = m_followed[run];
        m_shell.run(environmentOf(waiting.run.plan.environment), waiting.run.plan.host, std::move(request),
                    [this, run](const Result<ExecReply> &reply) {
                        const auto status = reply ? jobs::parsedStatus(reply->out, run) : failure(reply.error());
                        if (status)
                            applyReports(m_followed[run].run, status->steps);
                        settle(run);
                    });
    });
}

void Driller::finish(Followed &followed)
{
    const DrillRun &run = followed.run;
    bool wasOver = false;
    if (m_store) {
        if (const auto before = m_store->find(run.id); before && *before)
            wasOver = hasEnded(**before);
        if (const auto kept = m_store->keep(run); !kept)
            emit trouble(sentence(kept.error()));
        if (const auto proof = proofOf(run)) {
            if (const auto remembered = m_store->remember({*proof}); !remembered)
                emit trouble(sentence(remembered.error()));
            if (const auto proofs = m_store->proofs())
                emit proofsChanged(*proofs);
        }
    }
    if (!wasOver)
        record(QStringLiteral("drill.") + drillStageWord(run.stage), run,
               {{QStringLiteral("message"), run.message}, {QStringLiteral("exit_code"), run.exitCode}});
    tell(followed);
    // Jobs that ended a month ago go with it.
    ExecRequest request;
    request.script = jobs::releaseScript(drilling::places(), drilling::lockName(), run.id);
    if (const EnvironmentSpecPtr environment = environmentOf(run.plan.environment))
        m_shell.run(environment, run.plan.host, std::move(request), [](const Result<ExecReply> &) {});
}

} // namespace taffrail
