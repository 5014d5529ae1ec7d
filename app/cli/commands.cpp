// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "text.h"

#include <cstdio>

namespace taffrail {

void print(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    std::fflush(stdout);
}

void complain(const QString &text)
{
    const QByteArray bytes = "taffrail: " + sanitized(text).toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stderr);
}

int runCommand(const CommandLine &line, QCoreApplication &application)
{
    if (line.version || line.verb == QLatin1String("version")) {
        print(QStringLiteral("taffrail %1 (Qt %2)\n")
                  .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())));
        return 0;
    }
    if (line.help || line.verb == QLatin1String("help")) {
        print(helpText(line.help ? line.verb : line.operands.value(0)));
        return 0;
    }
    if (line.verb == QLatin1String("sources"))
        return runSources(line);
    if (line.verb == QLatin1String("parse"))
        return runParse(line);
    if (line.verb == QLatin1String("inventory"))
        return runInventory(line);
    if (line.verb == QLatin1String("audit"))
        return runAudit(line);
    const auto inventory = loadInventory(line);
    if (!inventory)
        return inventory.error();
    if (line.verb == QLatin1String("compare"))
        return runCompare(line, *inventory, application);
    if (line.verb == QLatin1String("rollback"))
        return runRollback(line, *inventory, application);
    if (line.verb == QLatin1String("drill"))
        return runDrill(line, *inventory, application);
    if (line.verb == QLatin1String("readiness"))
        return runReadiness(line, *inventory, application);
    if (line.verb == QLatin1String("host-setup"))
        return runHostSetup(line, *inventory);
    return runBoard(line, *inventory, application);
}

QString unknownEnvironment(const Inventory &inventory, const QString &id)
{
    QStringList known;
    for (const EnvironmentSpecPtr &each : inventory.environments)
        known << each->id;
    return QStringLiteral("the inventory has no environment \"%1\"; it has %2")
        .arg(id, known.join(QStringLiteral(", ")));
}

} // namespace taffrail
