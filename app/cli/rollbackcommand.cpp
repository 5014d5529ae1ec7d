// SPDX-License-Identifier: GPL-3.0-or-later
// rollback, host-setup: what the window's wizard does, without a window.
#include "backend.h"
#include "proofstore.h"
#include "commands.h"
#include "executor.h"
#include "planmaking.h"
#include "rollbackcodec.h"
#include "rollbacktext.h"
#include "runner.h"
#include "text.h"

#include <QSet>
#include <QTimer>

#include <nlohmann/json.hpp>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

/// A run whose hosts gave no answer for this long is left to itself: its job goes on there.
constexpr auto silence = 120s;

int exitOf(const Error &error)
{
    switch (error.kind) {
    case ErrorKind::Busy: return exitcode::lockHeld;
    case ErrorKind::Denied:
    case ErrorKind::Unsupported:
    case ErrorKind::BadConfig:
    case ErrorKind::NotFound: return exitcode::refused;
    default: return exitcode::unreachable;
    }
}

class RollbackCommand : public QObject {
public:
    RollbackCommand(const CommandLine &line, Runner &runner, QCoreApplication &application)
        : m_line(line),
          m_runner(runner),
          m_application(application)
    {
        connect(&runner, &Runner::planned, this, &RollbackCommand::planned);
        connect(&runner, &Runner::planRefused, this,
                [this](const QString &, const QString &, const Error &error) { refused(error); });
        connect(&runner, &Runner::startRefused, this, [this](const QString &, const Error &error) { refused(error); });
        connect(&runner, &Runner::runRefused, this, [this](const QString &, const Error &error) { refused(error); });
        connect(&runner, &Runner::runChanged, this, &RollbackCommand::changed);
        connect(&runner, &Runner::logGrew, this, &RollbackCommand::logGrew);
        connect(&runner, &Runner::auditTrouble, this, [](const QString &words) { complain(words); });
        m_silence.setSingleShot(true);
        connect(&m_silence, &QTimer::timeout, this, [this] {
            complain(QStringLiteral("no answer for %1 s; the job goes on there. Watch it again with --attach %2.")
                         .arg(silence.count())
                         .arg(m_run));
            leave(3);
        });
    }

    /// The run that this command is about: attached, aborted, continued, retried.
    void act()
    {
        m_run = !m_line.attach.isEmpty() ? m_line.attach
            : !m_line.abort.isEmpty()    ? m_line.abort
            : !m_line.proceed.isEmpty()  ? m_line.proceed
                                         : m_line.retry;
        m_mustAct = m_line.attach.isEmpty();
        m_runner.attach(m_line.operands.first(), m_run);
    }

private:
    void planned(const RollbackPlanPtr &plan)
    {
        if (m_line.plan) {
            print(m_line.json ? QString::fromUtf8(codec::jsonText(codec::toJson(*plan), 2)) + QLatin1Char('\n')
                              : planText(*plan, QDateTime::currentDateTimeUtc()));
            const bool startable = std::ranges::all_of(
                plan->gates, [](const Gate &gate) { return demandOf(gate) <= GateDemand::Reason; });
            leave(!startable || plan->hosts.empty()                ? exitcode::refused
                      : worstVerdict(plan->gates) == Verdict::Pass ? 0
                                                                   : 1);
            return;
        }
        if (plan->digest != m_line.planDigest) {
            complain(
                QStringLiteral("the plan is another than the one that was confirmed: its digest is %1 now. Look at "
                               "it again with --plan.")
                    .arg(plan->digest));
            leave(exitcode::refused);
            return;
        }
        std::vector<Override> overrides;
        for (auto each = m_line.accepted.constBegin(); each != m_line.accepted.constEnd(); ++each)
            overrides.push_back({each.key(), each.value()});
        m_isStarting = true;
        m_runner.start(plan->digest, m_line.confirm, m_line.reason, overrides);
    }

    void changed(const RollbackRunPtr &run)
    {
        if (m_isStarting) {
            m_isStarting = false;
            m_run = run->id;
            complain(
                QStringLiteral("run %1; should this console go, watch it again with: taffrail rollback %2 --attach "
                               "%1")
                    .arg(run->id, run->plan.environment));
        }
        if (run->id != m_run || m_left)
            return;
        if (std::exchange(m_mustAct, false)) {
            QTimer::singleShot(0, this, [this] {
                if (!m_line.abort.isEmpty())
                    m_runner.abort(m_run);
                else if (!m_line.proceed.isEmpty())
                    m_runner.proceed(m_run);
                else
                    m_runner.retry(m_run);
            });
            m_last = run;
            return;
        }
        if (!m_line.json)
            print(progressLine(m_last.get(), *run));
        m_last = run;
        watch(*run);
        if (hasEnded(*run) || run->stage == RunStage::Paused || run->stage == RunStage::Lost)
            showSoon(20);
    }

    /// The rest of the log comes first, if it comes at all.
    void showSoon(int tries)
    {
        const bool isAllThere = m_line.json || std::ranges::all_of(m_last->hosts, [this](const HostRun &host) {
                                    return !m_watched.contains(host.job) || m_logBytes.value(host.host) >= host.logSize;
                                });
        if (isAllThere || tries == 0)
            show();
        else
            QTimer::singleShot(100ms, this, [this, tries] { showSoon(tries - 1); });
    }

    void watch(const RollbackRun &run)
    {
        bool isSilent = false;
        for (const HostRun &host : run.hosts) {
            if (host.stage != HostStage::Waiting && !m_line.json && !m_watched.contains(host.job)) {
                m_watched.insert(host.job);
                m_runner.watchLog(run.id, host.host);
            }
            isSilent = isSilent
                || (!host.trouble.isEmpty() && (host.stage == HostStage::Starting || host.stage == HostStage::Running));
        }
        if (!isSilent)
            m_silence.stop();
        else if (!m_silence.isActive())
            m_silence.start(silence);
    }

    void logGrew(const QString &run, const QString &host, qint64, const QByteArray &bytes)
    {
        if (run != m_run || m_line.json)
            return;
        QByteArray &rest = m_logs[host];
        rest += bytes;
        const qsizetype end = rest.lastIndexOf('\n');
        m_logBytes[host] += bytes.size();
        for (const QByteArray &text : end < 0 ? QByteArrayList() : rest.left(end).split('\n'))
            print(QStringLiteral("%1| %2\n").arg(host, sanitizedLine(text, 4000)));
        rest = rest.mid(end + 1);
    }

    void show()
    {
        if (m_left)
            return;
        const RollbackRun &run = *m_last;
        print(m_line.json ? QString::fromUtf8(codec::jsonText(codec::toJson(run), 2)) + QLatin1Char('\n')
                          : runText(run));
        // Taffrail's own lock, or that of the tool which does the switching.
        const bool wasLocked = std::ranges::any_of(run.hosts, [](const HostRun &host) {
            return host.exitCode == jobs::jobexit::lockHeld || host.exitCode == executors::stepexit::busy;
        });
        leave(run.stage == RunStage::Succeeded    ? 0
                  : run.stage != RunStage::Failed ? 3
                  : wasLocked                     ? exitcode::lockHeld
                                                  : 2);
    }

    void refused(const Error &error)
    {
        if (m_left)
            return;
        complain(sentence(error));
        leave(exitOf(error));
    }

    void leave(int code)
    {
        if (std::exchange(m_left, true))
            return;
        m_application.exit(code);
    }

    const CommandLine &m_line;
    Runner &m_runner;
    QCoreApplication &m_application;
    QString m_run;
    RollbackRunPtr m_last;
    QHash<QString, qint64> m_logBytes;
    QSet<QString> m_watched; ///< jobs whose log is printed
    QHash<QString, QByteArray> m_logs;
    QTimer m_silence;
    bool m_isStarting = false;
    bool m_mustAct = false;
    bool m_left = false;
};

/// What is missing or too much on the command line; "" = nothing.
QString usageTrouble(const CommandLine &line)
{
    const int acts = int(!line.attach.isEmpty()) + int(!line.abort.isEmpty()) + int(!line.proceed.isEmpty())
        + int(!line.retry.isEmpty()) + int(line.plan) + int(!line.confirm.isEmpty());
    if (acts != 1)
        return QStringLiteral(
            "say one of --plan, --confirm ENV, --attach RUN, --continue RUN, --retry RUN, --abort RUN");
    if (!line.confirm.isEmpty() && line.confirm != line.operands.first())
        return QStringLiteral("--confirm must name the same environment: %1").arg(line.operands.first());
    if (!line.confirm.isEmpty() && line.planDigest.isEmpty())
        return QStringLiteral("--confirm needs --plan-digest: look at the plan first, with --plan");
    if (!line.confirm.isEmpty() && line.reason.trimmed().isEmpty())
        return QStringLiteral("--confirm needs --reason: the audit keeps it");
    return {};
}

/// The environment that the command is about; null when there is none, which was said then.
EnvironmentSpecPtr namedEnvironment(const CommandLine &line, const Inventory &inventory)
{
    EnvironmentSpecPtr environment = inventory.environment(line.operands.first());
    if (!environment)
        complain(QStringLiteral("the inventory has no environment \"%1\"").arg(line.operands.first()));
    return environment;
}

} // namespace

int runRollback(const CommandLine &line, const Inventory &inventory, QCoreApplication &application)
{
    if (const QString trouble = usageTrouble(line); !trouble.isEmpty()) {
        complain(trouble);
        return exitcode::usage;
    }
    const EnvironmentSpecPtr environment = namedEnvironment(line, inventory);
    if (!environment)
        return exitcode::usage;
    Backend::Options options;
    options.once = true;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.askOnTerminal = true;
    options.proofsFile = ProofStore::defaultPath();
    Backend backend({environment}, options);
    Runner runner({environment}, backend.transports(), {});
    RollbackCommand command(line, runner, application);
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &runner, &Runner::takeState);
    QObject::connect(&backend.monitor(), &Monitor::settled, &runner,
                     [&] { runner.plan(environment->id, line.app, line.to); });
    QObject::connect(&runner, &Runner::opened, &command, [&] {
        if (line.plan || !line.confirm.isEmpty())
            backend.start();
        else
            command.act();
    });
    QTimer::singleShot(0, &runner, &Runner::open);
    return application.exec();
}

int runHostSetup(const CommandLine &line, const Inventory &inventory)
{
    const EnvironmentSpecPtr environment = namedEnvironment(line, inventory);
    if (!environment)
        return exitcode::usage;
    bool isFirst = true;
    for (const SourceEntry &entry : environment->entries) {
        if (entry.pane != PaneKind::Deployments)
            continue;
        if (std::exchange(isFirst, false))
            print(QStringLiteral("# As root, once on each host. Everybody who rolls back must be in the group.\n"
                                 "groupadd --system --force taffrail\n"));
        print(
            QStringLiteral("# %1 on %2\ninstall -d -o root -g taffrail -m 2770 %3\n")
                .arg(entry.id, entry.hosts.join(QStringLiteral(", ")),
                     QString::fromUtf8(sources::shellQuoted(planning::placesOf(environment->id, entry).constFirst()))));
    }
    return 0;
}

} // namespace taffrail
