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

const QSet<QString> answering{QStringLiteral("shop-production"), QStringLiteral("shop-staging"),
                              QStringLiteral("ledger-production")};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? -1 : values[values.size() / 2];
}

/// Milliseconds of a first read and of further full reads, all environments that answer.
struct Ours {
    double cold = -1;
    std::vector<double> warm;
};

Ours measure(const std::vector<EnvironmentSpecPtr> &environments)
{
    Ours ours;
    Backend backend(environments, {});
    QElapsedTimer watch;
    QSet<QString> busy;
    bool started = false;
    QTimer next;
    next.setSingleShot(true);
    const auto begin = [&] {
        started = false;
        watch.start();
        backend.refresh({});
    };
    QObject::connect(&next, &QTimer::timeout, begin);
    QObject::connect(&backend.monitor(), &Monitor::refreshing, &next, [&](const QString &environment, bool active) {
        if (active) {
            started = true;
            busy.insert(environment);
            return;
        }
        busy.remove(environment);
        if (!busy.isEmpty() || !started)
            return;
        if (ours.cold < 0)
            ours.cold = double(watch.nsecsElapsed()) / 1e6;
        else
            ours.warm.push_back(double(watch.nsecsElapsed()) / 1e6);
        if (ours.warm.size() >= rounds)
            QCoreApplication::exit(0);
        else
            next.start(1500); // slow facts that were asked meanwhile come in and are out of the way
    });
    watch.start();
    backend.start();
    QTimer::singleShot(120'000, &next, [] { QCoreApplication::exit(1); });
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
    std::printf("board: first read %.0f ms, full refresh %.1f ms (median of %zu)\n", ours.cold, warm, ours.warm.size());
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
