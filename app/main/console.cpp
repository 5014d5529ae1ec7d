// SPDX-License-Identifier: GPL-3.0-or-later
#include "console.h"

#include "agreedfiles.h"
#include "backend.h"
#include "colorscheme.h"
#include "commands.h"
#include "compareservice.h"
#include "drillservice.h"
#include "consolemodels.h"
#include "mainwindow.h"
#include "monitorclock.h"
#include "readinessservice.h"
#include "rollbackservice.h"
#include "savefile.h"
#include "setupways.h"
#include "statepaths.h"
#include "tableaccessible.h"
#include "text.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QIcon>
#include <QPixmap>
#include <QTimer>

#include <functional>
#include <map>

#include <unistd.h>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

constexpr auto applyInterval = 50ms; // states of one moment reach the models together
constexpr auto clockInterval = 1s;
constexpr auto pictureDeadline = 20s;
constexpr int environmentsPerTurn = 12; // keeps one UI turn short when hundreds change at once

/// Hands judged states to the models in small batches, the newest of each environment only.
class StateFeed : public QObject {
public:
    StateFeed(items::ConsoleModels &models, QObject *parent) : QObject(parent), m_models(models)
    {
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &StateFeed::apply);
    }

    void take(const EnvironmentStatePtr &state)
    {
        m_pending[state->environment->id] = state;
        if (!m_timer.isActive())
            m_timer.start(applyInterval);
    }

    bool isEmpty() const { return m_pending.empty(); }

private:
    void apply()
    {
        for (int i = 0; i < environmentsPerTurn && !m_pending.empty(); ++i) {
            const auto first = m_pending.begin();
            m_models.apply(first->second);
            m_pending.erase(first);
        }
        if (!m_pending.empty())
            m_timer.start(0ms); // the rest in the next turn
    }

    items::ConsoleModels &m_models;
    std::map<QString, EnvironmentStatePtr> m_pending;
    QTimer m_timer;
};

void wire(Backend &backend, ui::WindowModels &window, StateFeed &feed)
{
    Monitor &monitor = backend.monitor();
    QObject::connect(&monitor, &Monitor::stateChanged, &feed,
                     [&feed](const EnvironmentStatePtr &state) { feed.take(state); });
    QObject::connect(&monitor, &Monitor::refreshing, &window.console, &items::ConsoleModels::setRefreshing);
    QObject::connect(&monitor, &Monitor::nextRefresh, &window, &ui::WindowModels::setNextPoll);
    QObject::connect(&monitor, &Monitor::activity, &window,
                     [&window](const QDateTime &at, const QString &environment, const QString &text, Status severity) {
                         window.console.activity.append({at, severity, environment, sanitizedLine(text.toUtf8()), {}});
                     });
    QObject::connect(&window, &ui::WindowModels::refreshRequested, &backend, &Backend::refresh);
    QObject::connect(&window, &ui::WindowModels::cancelRequested, &monitor, &Monitor::cancel);
    QObject::connect(&window, &ui::WindowModels::retryRequested, &backend, &Backend::retry);
    QObject::connect(&window, &ui::WindowModels::testRequested, &backend.tester(), &ConnectionTester::test);
    QObject::connect(&backend.tester(), &ConnectionTester::changed, &window, &ui::WindowModels::takeTest);

    QuestionBroker &questions = backend.questions();
    QObject::connect(&questions, &QuestionBroker::hostKeyAsked, &window, &ui::WindowModels::askHostKey);
    QObject::connect(&questions, &QuestionBroker::secretAsked, &window, &ui::WindowModels::askSecret);
    QObject::connect(&questions, &QuestionBroker::closed, &window, &ui::WindowModels::withdrawHostKey);
    QObject::connect(&questions, &QuestionBroker::closed, &window, &ui::WindowModels::withdrawSecret);
    QObject::connect(&window, &ui::WindowModels::hostKeyAnswered, &questions, &QuestionBroker::answerHostKey);
    QObject::connect(&window, &ui::WindowModels::secretAnswered, &questions, &QuestionBroker::answerSecret);
}

/// Saves a picture of the window once everything was read (or the deadline passed) and ends the program.
void takePicture(const CommandLine &line, QApplication &application, QWidget &window, Backend &backend, StateFeed &feed)
{
    const auto shoot = [&application, &window, file = line.screenshot] {
        const bool saved = window.grab().save(file);
        if (saved)
            print(QDir::current().absoluteFilePath(file) + QLatin1Char('\n'));
        else
            complain(QStringLiteral("cannot save a picture to %1").arg(file));
        application.exit(saved ? 0 : exitcode::internal);
    };
    auto *deadline = new QTimer(&window);
    deadline->setSingleShot(true);
    QObject::connect(deadline, &QTimer::timeout, &window, shoot);
    deadline->start(pictureDeadline);
    QObject::connect(&backend.monitor(), &Monitor::allRead, &window, [deadline, &feed] {
        // One more moment, so that the last states are shown.
        deadline->start(feed.isEmpty() ? 500ms : 1000ms);
    });
}

/// Milliseconds since this process was started (its start is known to a hundredth of a second).
qint64 sinceProcessStart()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray stat = file.readAll();
    // The name may hold blanks and brackets; field 22, the start in clock ticks since boot, is the 20th after it.
    const qint64 ticks = stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(19).toLongLong();
    return bootMilliseconds() - ticks * 1000 / sysconf(_SC_CLK_TCK);
}

/// Runs something once, as soon as the whole window was painted for the first time.
class FirstPaint : public QObject {
public:
    FirstPaint(QWidget &window, std::function<void()> then) : QObject(&window), m_then(std::move(then))
    {
        window.installEventFilter(this);
    }

    bool eventFilter(QObject *window, QEvent *event) override
    {
        if (event->type() == QEvent::Paint) {
            window->removeEventFilter(this);
            QTimer::singleShot(0, this, m_then);
        }
        return false;
    }

private:
    std::function<void()> m_then;
};

QSize sizeOf(const QString &text)
{
    const QStringList parts = text.split(QLatin1Char('x'));
    return parts.size() == 2 ? QSize(parts[0].toInt(), parts[1].toInt()) : QSize();
}

} // namespace

int runConsole(int &argc, char **argv, const CommandLine &line)
{
    QApplication application(argc, argv);
    QApplication::setApplicationDisplayName(QStringLiteral("Taffrail"));
    QApplication::setDesktopFileName(QStringLiteral("io.taffrail.Taffrail"));
    ui::TableAccessible::install();
    const auto chosen = ui::schemeFromWord(line.theme);
    ui::applyTheme(application, chosen.value_or(ui::Scheme::Light));

    items::ConsoleModels models;
    ui::WindowModels window(models);
    window.save = [](const QString &path, const QByteArray &bytes) { return saveFile(path, bytes).has_value(); };

    const InventoryOutcome inventory = readInventoryFor(line);
    window.inventoryFiles = inventory.files;
    window.places = storedPlaces(line, inventory);
    window.setup = setupWays(line, inventory);
    window.themeGiven = chosen.has_value();
    models.setEnvironments(inventory.inventory.environments);

    Backend::Options options;
    options.askPeople = true;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.stateFile = SnapshotStore::defaultPath();
    options.expectedFile = line.expectedFile.isEmpty() ? expectedFileFor(inventory.inventory.files) : line.expectedFile;
    options.baselineFolder = statePath(QStringLiteral("baselines"));
    options.proofsFile = ProofStore::defaultPath();
    Backend backend(inventory.inventory.environments, options);

    RollbackService rollbacks(inventory.inventory.environments, backend.transports(), {});
    window.setDesk(&rollbacks);
    CompareService comparisons(inventory.inventory.environments, backend.transports(),
                               {options.expectedFile, options.baselineFolder, personHere()});
    window.setCompareDesk(&comparisons);
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &rollbacks.runner(), &Runner::takeState);
    QObject::connect(&rollbacks.runner(), &Runner::refreshWanted, &backend, &Backend::refresh);
    DrillService drills(inventory.inventory.environments, backend.transports(), {});
    window.setDrillDesk(&drills);
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &drills.driller(), &Driller::takeState);
    QObject::connect(
        &drills.driller(), &Driller::proofsChanged, &drills.driller(),
        [book = backend.proofs()](const std::vector<BackupProof> &proofs) { book->replace(proofs); },
        Qt::DirectConnection);
    // What a drill proved is shown beside the backup at once.
    QObject::connect(&drills, &items::DrillDesk::drillChanged, &backend, [&backend](const DrillRunPtr &run) {
        if (hasEnded(*run) && run->endedAt > QDateTime::currentDateTimeUtc().addSecs(-60))
            backend.refresh(run->plan.environment);
    });

    ReadinessService readiness(inventory.inventory, backend.transports());
    window.setReadiness(&readiness);
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &readiness, &ReadinessService::takeState);

    StateFeed feed(models, &window);
    wire(backend, window, feed);
    QTimer clock;
    QObject::connect(&clock, &QTimer::timeout, &models, [&models] { models.setNow(QDateTime::currentDateTimeUtc()); });
    models.setNow(QDateTime::currentDateTimeUtc());
    clock.start(clockInterval);
    for (const EnvironmentStatePtr &state : backend.remembered())
        models.apply(state);

    ui::MainWindow mainWindow(window, statePath(QStringLiteral("ui.ini")));
    if (line.resetLayout)
        mainWindow.resetLayout();
    if (const QSize size = sizeOf(line.size); size.isValid())
        mainWindow.resize(size);
    if (!inventory.trouble.isEmpty() && !inventory.missing) // every mistake stands on the page that opens
        window.tell(Status::Critical, inventory.trouble);
    else if (!backend.storeTrouble().isEmpty())
        window.tell(Status::Warning, backend.storeTrouble());
    QObject::connect(&backend, &Backend::storeFailed, &window,
                     [&window](const QString &words) { window.tell(Status::Warning, words); });
    QObject::connect(&window, &ui::WindowModels::quitRequested, &application, &QApplication::quit);
    if (!line.environment.isEmpty())
        models.select(line.environment);
    if (!line.page.isEmpty())
        mainWindow.showPage(line.page);
    // What is remembered is on the screen before the first byte is asked for.
    const bool compares = line.page == QLatin1String("compare") && !line.environment.isEmpty();
    new FirstPaint(mainWindow,
                   [&backend, &rollbacks, &drills, &models, &mainWindow, compares, tellTime = line.startupTime] {
                       if (tellTime) {
                           print(QString::number(sinceProcessStart()) + QLatin1Char('\n'));
                           QApplication::quit();
                           return;
                       }
                       backend.start();
                       rollbacks.open();
                       drills.open();
                       if (compares)
                           mainWindow.compareSelected();
                       models.links.setConfigAliases(importedAliases());
                       QApplication::setWindowIcon(QIcon(QStringLiteral(":/taffrail/icons/taffrail.svg")));
                   });
    mainWindow.show();
    if (!line.screenshot.isEmpty())
        takePicture(line, application, mainWindow, backend, feed);
    return QApplication::exec();
}

} // namespace taffrail
