// SPDX-License-Identifier: GPL-3.0-or-later
// A full refresh of the lab's board against the same facts by check_by_ssh, check_postgres and check_pgbackrest in the
// same run, and the time from process start to the first paint with the last known snapshot. Prints medians and ratios.
#include "backend.h"
#include "inventoryreader.h"
#include "labfixture.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QSet>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>

using namespace taffrail;

namespace {

constexpr int rounds = 10;
constexpr int peerRounds = 3;
constexpr int quietMs = 2'000; // nothing is under way any more

const QSet<QString> answering{QStringLiteral("shop-production"), QStringLiteral("shop-staging"),
                              QStringLiteral("ledger-production")};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? -1 : values[values.size() / 2];
}

/// Milliseconds of a first read and of further reads that a person asked for, all environments that answer: until every
/// fact that the peers read is there, and until the slow ones too (updates, content of dumps), which are asked after.
struct Ours {
    double cold = -1;
    std::vector<double> warm;
    std::vector<double> whole;
};

Ours measure(const std::vector<EnvironmentSpecPtr> &environments)
{
    Ours ours;
    Backend backend(environments, {});
    QElapsedTimer watch;
    QSet<QString> busy;
    QSet<QString> awaited;
    double last = 0;
    QTimer quiet;
    quiet.setSingleShot(true);
    const auto expectAll = [&] {
        for (const EnvironmentSpecPtr &each : environments)
            awaited.insert(each->id);
        watch.start();
    };
    QObject::connect(&quiet, &QTimer::timeout, [&] {
        if (ours.warm.size() > ours.whole.size())
            ours.whole.push_back(last);
        if (ours.warm.size() >= rounds)
            return QCoreApplication::exit(0);
        expectAll();
        backend.refresh({});
    });
    QObject::connect(&backend.monitor(), &Monitor::refreshing, &quiet, [&](const QString &environment, bool active) {
        if (active) {
            busy.insert(environment);
            quiet.stop();
            return;
        }
        last = double(watch.nsecsElapsed()) / 1e6;
        busy.remove(environment);
        if (awaited.remove(environment) && awaited.isEmpty()) {
            if (ours.cold < 0)
                ours.cold = last;
            else
                ours.warm.push_back(last);
        }
        if (busy.isEmpty())
            quiet.start(quietMs);
    });
    expectAll();
    backend.start();
    QTimer::singleShot(120'000, &quiet, [] { QCoreApplication::exit(1); });
    QCoreApplication::exec();
    return ours;
}

/// What a program prints as a number, -1 when it fails.
QByteArray outputOf(const QString &program, const QStringList &arguments, const QProcessEnvironment &environment)
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(program, arguments);
    process.waitForFinished(600'000);
    return process.readAllStandardOutput();
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    tests::LabFixture lab;
    if (!lab.up()) {
        std::fprintf(stderr, "%s\n", qPrintable(lab.problem()));
        return 1;
    }
    const auto inventory = inventory::readInventory({lab.inventory()});
    if (!inventory)
        return 1;
    std::vector<EnvironmentSpecPtr> environments;
    for (const EnvironmentSpecPtr &each : inventory->environments) {
        if (answering.contains(each->id))
            environments.push_back(each);
    }
    const Ours ours = measure(environments);
    if (ours.warm.empty()) {
        std::fprintf(stderr, "the board was not read\n");
        return 1;
    }
    QTemporaryDir scratch;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PEER_SCRATCH"), scratch.path());
    const QJsonObject peers
        = QJsonDocument::fromJson(outputOf(QStringLiteral("python3"),
                                           {QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/bench/board/peerchecks.py"),
                                            lab.inventory(), QString::number(peerRounds)},
                                           environment))
              .object();
    std::vector<double> theirs;
    for (const auto &seconds : peers.value(QLatin1String("rounds_s")).toArray())
        theirs.push_back(seconds.toDouble() * 1000);
    const double warm = median(ours.warm);
    std::printf("board: first read %.0f ms, full refresh %.1f ms (median of %zu), slow facts after it until %.0f ms\n",
                ours.cold, warm, ours.warm.size(), median(ours.whole));
    if (theirs.empty())
        std::printf(
            "board: the peers are not installed (check-postgres, check-pgbackrest, monitoring-plugins-basic)\n");
    else
        std::printf("board: the same facts by %d checks %.0f ms (median of %zu); ratio %.1f\n",
                    peers.value(QLatin1String("checks")).toInt(), median(theirs), theirs.size(), median(theirs) / warm);

    environment.insert(QStringLiteral("XDG_STATE_HOME"), scratch.path());
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    const QStringList start{QStringLiteral("--inventory"), lab.inventory()};
    outputOf(QStringLiteral(TAFFRAIL_BINARY),
             start + QStringList{QStringLiteral("--screenshot"), scratch.filePath(QStringLiteral("first.png"))},
             environment);
    std::vector<double> paints;
    for (int i = 0; i < rounds; ++i)
        paints.push_back(outputOf(QStringLiteral(TAFFRAIL_BINARY),
                                  start + QStringList{QStringLiteral("--startup-time")}, environment)
                             .trimmed()
                             .toDouble());
    std::printf("start: process start to first paint with the last known snapshot %.0f ms (median of %zu)\n",
                median(paints), paints.size());
    return 0;
}
