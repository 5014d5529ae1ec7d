// SPDX-License-Identifier: GPL-3.0-or-later
// The inventory for the console and the command line, and taffrail inventory check|schema.
#include "commands.h"
#include "inventoryreader.h"
#include "inventoryschema.h"
#include "snapshotstore.h"
#include "statepaths.h"

#include <QDir>
#include <QFileInfo>

namespace taffrail {

namespace {

QString everyProblem(const inventory::Problems &problems)
{
    QStringList lines;
    for (const inventory::Problem &problem : problems)
        lines << inventory::problemText(problem);
    return lines.join(QLatin1Char('\n'));
}

} // namespace

QString statePath(const QString &name)
{
    return QFileInfo(SnapshotStore::defaultPath()).dir().filePath(name);
}

InventoryOutcome readInventoryFor(const CommandLine &line)
{
    InventoryOutcome outcome;
    outcome.files = inventory::inventoryFiles(line.inventoryFiles);
    if (outcome.files.isEmpty()) {
        outcome.missing = true;
        outcome.trouble = QStringLiteral("There is no inventory yet");
        outcome.detail = QStringLiteral(
            "Write $XDG_CONFIG_HOME/taffrail/inventory.json (~/.config/taffrail/inventory.json), or name a file "
            "with --inventory; taffrail inventory schema prints its form.");
        return outcome;
    }
    auto reading = inventory::readInventory(outcome.files);
    if (reading) {
        outcome.inventory = std::move(*reading);
    } else {
        outcome.trouble = inventory::inventoryError(reading.error()).text;
        outcome.detail = everyProblem(reading.error());
    }
    return outcome;
}

tl::expected<Inventory, int> loadInventory(const CommandLine &line)
{
    InventoryOutcome outcome = readInventoryFor(line);
    if (outcome.trouble.isEmpty())
        return std::move(outcome.inventory);
    complain(outcome.missing ? outcome.trouble + QStringLiteral(". ") + outcome.detail : outcome.detail);
    return tl::make_unexpected(exitcode::badData);
}

int runInventory(const CommandLine &line)
{
    const QString &verb = line.operands.first();
    if (verb == QLatin1String("schema")) {
        print(QString::fromUtf8(inventory::inventorySchema()));
        return 0;
    }
    if (verb != QLatin1String("check")) {
        complain(QStringLiteral("usage: taffrail inventory check [FILE…] | inventory schema"));
        return exitcode::usage;
    }
    CommandLine named = line;
    named.inventoryFiles << line.operands.mid(1);
    const auto inventory = loadInventory(named);
    if (!inventory)
        return inventory.error();
    qsizetype hosts = 0, databases = 0, entries = 0;
    for (const EnvironmentSpecPtr &environment : inventory->environments) {
        hosts += qsizetype(environment->hosts.size());
        databases += qsizetype(environment->databases.size());
        entries += qsizetype(environment->entries.size());
    }
    print(QStringLiteral("%1 environments, %2 hosts, %3 databases, %4 sources: no mistakes in %5\n")
              .arg(inventory->environments.size())
              .arg(hosts)
              .arg(databases)
              .arg(entries)
              .arg(inventory->files.join(QStringLiteral(", "))));
    return 0;
}

} // namespace taffrail
