// SPDX-License-Identifier: GPL-3.0-or-later
// drill: restore drills without a window.
#include "backend.h"
#include "proofstore.h"
#include "commands.h"
#include "drillcodec.h"
#include "driller.h"
#include "drilltext.h"
#include "text.h"

#include <QTimer>

#include <nlohmann/json.hpp>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

/// A drill whose host gave no answer for this long is left to itself: its job goes on there.
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

class DrillCommand : public QObject {
public:
    DrillCommand(const CommandLine &line, Driller &driller, QCoreApplication &application)
        : m_line(line),
          m_driller(driller),
          m_application(application)
    {
        connect(&driller, &Driller::planned, this, &DrillCommand::planned);
        connect(&driller, &Driller::planRefused, this, [this](const QString &, const Error &error) { refused(error); });
        connect(&driller, &Driller::startRefused, this,
                [this](const QString &, const Error &error) { refused(error); });
        connect(&driller, &Driller::drillRefused, this,
                [this](const QString &, const Error &error) { refused(error); });
        connect(&driller, &Driller::drillChanged, this, &DrillCommand::changed);
        connect(&driller, &Driller::logGrew, this, &DrillCommand::logGrew);
        connect(&driller, &Driller::logEnded, this, [this] { m_isLogOver = true; });
        connect(&driller, &Driller::listed, this, &DrillCommand::listed);
        connect(&driller, &Driller::swept, this, &DrillCommand::swept);
        connect(&driller, &Driller::sweepEnded, this, [this](const QString &, bool isClean) {
            leave(isClean ? 0 : m_isBusy ? exitcode::lockHeld : 2);
        });
        connect(&driller, &Driller::trouble, this, [](const QString &words) { complain(words); });
        m_silence.setSingleShot(true);
        connect(&m_silence, &QTimer::timeout, this, [this] {
            complain(QStringLiteral("no answer for %1 s; the job goes on there. Watch it again with --attach %2.")
                         .arg(silence.count())
                         .arg(m_run));
            leave(3);
        });
    }

    /// Everything that needs no plan.
    void act()
    {
        const QString environment = m_line.operands.first();
        m_run = m_line.attach.isEmpty() ? m_line.abort : m_line.attach;
        if (m_line.list)
            m_driller.list(environment);
        else if (m_line.sweep)
            m_driller.sweep(environment);
        else {
            m_mustAbort = !m_line.abort.isEmpty();
            m_driller.attach(environment, m_run);
        }
    }

private:
    void planned(const DrillPlanPtr &plan)
    {
        if (m_line.plan) {
            print(m_line.json ? QString::fromUtf8(codec::jsonText(codec::toJson(*plan), 2)) + QLatin1Char('\n')
                              : drillPlanText(*plan));
            const bool startable = std::ranges::all_of(
                plan->gates, [](const Gate &gate) { return demandOf(gate) <= GateDemand::Reason; });
            leave(!startable ? exitcode::refused : worstVerdict(plan->gates) == Verdict::Pass ? 0 : 1);
            return;
        }
        // While another drill runs its lock is the only thing that differs from the plan that was looked at.
        if (plan->digest != m_line.planDigest) {
            for (const Gate &gate : plan->gates) {
                if (gate.code == QLatin1String("drill.lock") && gate.verdict == Verdict::Block) {
                    complain(gate.answer);
                    return leave(exitcode::lockHeld);
                }
            }
            complain(
                QStringLiteral("the plan is another than the one that was confirmed: its digest is %1 now. Look at "
                               "it again with --plan.")
                    .arg(plan->digest));
            return leave(exitcode::refused);
        }
        m_isStarting = true;
        m_driller.start(plan->digest, m_line.reason);
    }

    void changed(const DrillRunPtr &run)
    {
        if (m_isStarting) {
            m_isStarting = false;
            m_run = run->id;
            complain(
                QStringLiteral("drill %1; should this console go, watch it again with: taffrail drill %2 --attach %1")
                    .arg(run->id, run->plan.environment));
        }
        if (run->id != m_run || m_left)
            return;
        if (std::exchange(m_mustAbort, false) && !hasEnded(*run))
            QTimer::singleShot(0, this, [this] { m_driller.abort(m_run); });
        if (!m_line.json)
            print(drillProgress(m_last.get(), *run));
        m_last = run;
        if (!m_line.json && !m_isWatched && !hasEnded(*run)) {
            m_isWatched = true;
            m_driller.watchLog(m_run);
        }
        if (run->trouble.isEmpty())
            m_silence.stop();
        else if (!m_silence.isActive())
            m_silence.start(silence);
        if (run->stage != DrillStage::Running)
            showSoon(20);
    }

    void logGrew(const QString &run, qint64, const QByteArray &bytes)
    {
        if (run != m_run || m_line.json)
            return;
        m_log += bytes;
        const qsizetype end = m_log.lastIndexOf('\n');
        for (const QByteArray &text : end < 0 ? QByteArrayList() : m_log.left(end).split('\n'))
            print(QStringLiteral("| %1\n").arg(sanitizedLine(text, 4000)));
        m_log = m_log.mid(end + 1);
    }

    /// The rest of the log comes first, if it comes at all.
    void showSoon(int tries)
    {
        if (m_line.json || !m_isWatched || m_isLogOver || tries == 0)
            show();
        else
            QTimer::singleShot(100ms, this, [this, tries] { showSoon(tries - 1); });
    }

    void show()
    {
        if (m_left)
            return;
        print(m_line.json ? QString::fromUtf8(codec::jsonText(codec::toJson(*m_last), 2)) + QLatin1Char('\n')
                          : drillText(*m_last));
        leave(m_last->stage == DrillStage::Passed               ? 0
                  : m_last->stage != DrillStage::Failed         ? 3
                  : m_last->exitCode == jobs::jobexit::lockHeld ? exitcode::lockHeld
                                                                : 2);
    }

    void listed(const std::vector<DrillRunPtr> &runs)
    {
        if (m_line.json) {
            codec::Json list = codec::Json::array();
            for (const DrillRunPtr &run : runs)
                list.push_back(codec::toJson(*run));
            print(QString::fromUtf8(codec::jsonText({{"version", codec::version}, {"drills", list}}, 2))
                  + QLatin1Char('\n'));
        } else {
            print(drillListText(runs, QDateTime::currentDateTimeUtc()));
        }
        leave(0);
    }

    void swept(const QString &, const QString &host, const QString &folder, const QStringList &lines,
               const QString &trouble)
    {
        m_isBusy = m_isBusy || trouble.contains(QLatin1String("a drill runs there"));
        if (!trouble.isEmpty())
            complain(trouble);
        for (const QString &line : lines)
            print(QStringLiteral("%1: %2\n").arg(host, sanitized(line)));
        if (trouble.isEmpty() && lines.isEmpty())
            print(QStringLiteral("%1: nothing is left in %2\n").arg(host, folder));
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
        if (!std::exchange(m_left, true))
            m_application.exit(code);
    }

    const CommandLine &m_line;
    Driller &m_driller;
    QCoreApplication &m_application;
    QString m_run;
    DrillRunPtr m_last;
    QByteArray m_log;
    QTimer m_silence;
    bool m_isStarting = false, m_mustAbort = false, m_isWatched = false, m_isLogOver = false, m_isBusy = false;
    bool m_left = false;
};

/// What is missing or too much on the command line; "" = nothing.
QString usageTrouble(const CommandLine &line)
{
    const int acts = int(!line.attach.isEmpty()) + int(!line.abort.isEmpty()) + int(line.list) + int(line.sweep)
        + int(line.plan) + int(!line.confirm.isEmpty());
    if (acts != 1)
        return QStringLiteral("say one of --plan, --confirm ENV, --attach RUN, --abort RUN, --list, --sweep");
    if (line.sources.size() > 1)
        return QStringLiteral("--source names one backups entry");
    if (!line.confirm.isEmpty() && line.confirm != line.operands.first())
        return QStringLiteral("--confirm must name the same environment: %1").arg(line.operands.first());
    if (!line.confirm.isEmpty() && line.planDigest.isEmpty())
        return QStringLiteral("--confirm needs --plan-digest: look at the plan first, with --plan");
    if (!line.confirm.isEmpty() && line.reason.trimmed().isEmpty())
        return QStringLiteral("--confirm needs --reason: the audit keeps it");
    return {};
}

} // namespace

int runDrill(const CommandLine &line, const Inventory &inventory, QCoreApplication &application)
{
    if (const QString trouble = usageTrouble(line); !trouble.isEmpty()) {
        complain(trouble);
        return exitcode::usage;
    }
    const EnvironmentSpecPtr environment = inventory.environment(line.operands.first());
    if (!environment) {
        complain(unknownEnvironment(inventory, line.operands.first()));
        return exitcode::usage;
    }
    Backend::Options options;
    options.once = true;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.askOnTerminal = true;
    options.proofsFile = ProofStore::defaultPath();
    Backend backend({environment}, options);
    Driller driller({environment}, backend.transports(), {});
    DrillCommand command(line, driller, application);
    const drilling::Wish wish{environment->id, line.sources.value(0), line.backup, line.host,
                              drillTargetFromWord(line.target).value_or(DrillTarget::Immediate)};
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &driller, &Driller::takeState);
    QObject::connect(&backend.monitor(), &Monitor::settled, &driller, [&] { driller.plan(wish); });
    QObject::connect(&driller, &Driller::opened, &command, [&] {
        if (line.plan || !line.confirm.isEmpty())
            backend.start();
        else
            command.act();
    });
    QTimer::singleShot(0, &driller, &Driller::open);
    return application.exec();
}

} // namespace taffrail
