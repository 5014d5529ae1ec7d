// SPDX-License-Identifier: GPL-3.0-or-later
// status, deployments, migrations, backups, health, check: the board without a window.
#include "agreedfiles.h"
#include "backend.h"
#include "proofstore.h"
#include "boardtext.h"
#include "codec.h"
#include "commands.h"
#include "readinessreading.h"
#include "statepaths.h"

#include <QTimer>

#include <nlohmann/json.hpp>

#include <algorithm>

#include <unistd.h>

namespace taffrail {

namespace {

/// The environments named on the command line (all when none is), or the first unknown word with its nearest neighbour.
tl::expected<std::vector<EnvironmentSpecPtr>, QString> chosen(const CommandLine &line, const Inventory &inventory)
{
    if (line.operands.isEmpty())
        return inventory.environments;
    std::vector<EnvironmentSpecPtr> environments;
    for (const QString &id : line.operands) {
        const EnvironmentSpecPtr environment = inventory.environment(id);
        if (!environment)
            return tl::make_unexpected(unknownEnvironment(inventory, id));
        environments.push_back(environment);
    }
    return environments;
}

class BoardRun : public QObject {
public:
    BoardRun(const CommandLine &line, std::vector<EnvironmentSpecPtr> wanted)
        : m_line(line),
          m_wanted(std::move(wanted))
    {
    }

    void take(const EnvironmentStatePtr &state)
    {
        m_states.insert(state->environment->id, state);
        m_dirty = true;
    }

    std::vector<EnvironmentStatePtr> states() const
    {
        std::vector<EnvironmentStatePtr> list;
        for (const EnvironmentSpecPtr &each : m_wanted) {
            if (const EnvironmentStatePtr state = m_states.value(each->id))
                list.push_back(state);
        }
        return list;
    }

    int exit() const
    {
        int code = 0;
        const auto pane = paneFromWord(m_line.verb);
        for (const EnvironmentStatePtr &state : states())
            code
                = worseExitCode(code, exitCode(pane ? state->assessment.pane(*pane).status : state->assessment.status));
        return code;
    }

    void show()
    {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const auto list = states();
        if (list.empty())
            return;
        m_dirty = false;
        const auto pane = paneFromWord(m_line.verb);
        if (m_line.verb == QLatin1String("check"))
            print(checkLine(*list.front(), now) + QLatin1Char('\n'));
        else if (m_line.json)
            print(QString::fromUtf8(codec::jsonText(pane ? codec::paneJson(*list.front(), *pane)
                                                         : codec::statusJson(list, now, m_line.values),
                                                    m_line.watch ? -1 : 2))
                  + QLatin1Char('\n'));
        else if (pane)
            print(paneText(*list.front(), *pane, now));
        else
            print((m_line.watch && isatty(STDOUT_FILENO) ? QStringLiteral("\x1b[H\x1b[2J") : QString())
                  + boardText(list, now));
    }

    bool isDirty() const { return m_dirty; }

private:
    const CommandLine &m_line;
    std::vector<EnvironmentSpecPtr> m_wanted;
    QHash<QString, EnvironmentStatePtr> m_states;
    bool m_dirty = false;
};

} // namespace

int runBoard(const CommandLine &line, const Inventory &inventory, QCoreApplication &application)
{
    const auto wanted = chosen(line, inventory);
    if (!wanted) {
        complain(wanted.error());
        return exitcode::usage;
    }
    Backend::Options options;
    options.once = !line.watch;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.askOnTerminal = true;
    options.proofsFile = ProofStore::defaultPath();
    options.expectedFile = line.expectedFile.isEmpty() ? expectedFileFor(inventory.files) : line.expectedFile;
    options.baselineFolder = statePath(QStringLiteral("baselines"));
    BoardRun run(line, *wanted);
    std::vector<EnvironmentSpecPtr> read = *wanted;
    std::ranges::copy(promotersOf(*wanted, inventory), std::back_inserter(read));
    Backend backend(read, options);
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &run,
                     [&run](const EnvironmentStatePtr &state) { run.take(state); });
    QTimer redraw;
    if (line.watch) {
        QObject::connect(&redraw, &QTimer::timeout, &run, [&run] {
            if (run.isDirty())
                run.show();
        });
        redraw.start(1000);
    } else {
        QObject::connect(&backend.monitor(), &Monitor::settled, &run, [&run, &application] {
            run.show();
            application.exit(run.exit());
        });
    }
    backend.start();
    return application.exec();
}

} // namespace taffrail
