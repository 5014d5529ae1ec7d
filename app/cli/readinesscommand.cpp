// SPDX-License-Identifier: GPL-3.0-or-later
// readiness: the scorecard without a window.
#include "backend.h"
#include "proofstore.h"
#include "commands.h"
#include "readinesscodec.h"
#include "readinessreading.h"
#include "readinesstext.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

tl::expected<std::vector<EnvironmentSpecPtr>, QString> chosen(const CommandLine &line, const Inventory &inventory)
{
    std::vector<EnvironmentSpecPtr> environments;
    for (const QString &id : line.operands) {
        const EnvironmentSpecPtr environment = inventory.environment(id);
        if (!environment) {
            QStringList known;
            for (const EnvironmentSpecPtr &each : inventory.environments)
                known << each->id;
            return tl::make_unexpected(QStringLiteral("the inventory has no environment \"%1\"; it has %2")
                                           .arg(id, known.join(QStringLiteral(", "))));
        }
        if (std::ranges::find(environments, environment) == environments.end())
            environments.push_back(environment);
    }
    return environments;
}

void show(const CommandLine &line, const std::vector<ReadinessReport> &reports)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (line.json) {
        print(QString::fromUtf8(codec::jsonText(codec::readinessJson(reports), 2)) + QLatin1Char('\n'));
        return;
    }
    QStringList texts;
    for (const ReadinessReport &report : reports)
        texts << (line.markdown ? readinessMarkdown(report, now) : readinessText(report, now));
    print(texts.join(QLatin1Char('\n')));
}

/// A fail is told before an unknown: it is sure.
int exitOf(const std::vector<ReadinessReport> &reports)
{
    int code = 0;
    for (const ReadinessReport &report : reports) {
        const int one = exitCode(report);
        code = one == 1 || code == 1 ? 1 : std::max(code, one);
    }
    return code;
}

} // namespace

int runReadiness(const CommandLine &line, const Inventory &inventory, QCoreApplication &application)
{
    const auto wanted = chosen(line, inventory);
    if (!wanted) {
        complain(wanted.error());
        return exitcode::usage;
    }
    ReadinessMemory memory;
    ReadinessReading reading(*wanted, inventory, memory);
    Backend::Options options;
    options.once = true;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.askOnTerminal = true;
    options.proofsFile = ProofStore::defaultPath();
    Backend backend(reading.environments(), options);
    QObject context;
    QObject::connect(&backend.monitor(), &Monitor::stateChanged, &context,
                     [&reading](const EnvironmentStatePtr &state) { reading.take(state); });
    QObject::connect(&backend.monitor(), &Monitor::settled, &context, [&] {
        const std::vector<ReadinessReport> reports = reading.reports(QDateTime::currentDateTimeUtc());
        for (const QString &trouble : memory.takeTroubles())
            complain(trouble);
        show(line, reports);
        application.exit(exitOf(reports));
    });
    backend.start();
    return application.exec();
}

} // namespace taffrail
