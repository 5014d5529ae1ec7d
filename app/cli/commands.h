// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "commandline.h"
#include "inventory.h"

#include <QCoreApplication>

namespace taffrail {

/// Runs a headless command; returns the exit code of the program.
int runCommand(const CommandLine &line, QCoreApplication &application);

/// The inventory that the command line names, or what is wrong with it on standard error (then the exit code).
tl::expected<Inventory, int> loadInventory(const CommandLine &line);

int runBoard(const CommandLine &line, const Inventory &inventory, QCoreApplication &application);
int runCompare(const CommandLine &line, const Inventory &inventory, QCoreApplication &application);
int runRollback(const CommandLine &line, const Inventory &inventory, QCoreApplication &application);
int runDrill(const CommandLine &line, const Inventory &inventory, QCoreApplication &application);
int runReadiness(const CommandLine &line, const Inventory &inventory, QCoreApplication &application);
int runAudit(const CommandLine &line);
int runHostSetup(const CommandLine &line, const Inventory &inventory);
int runSources(const CommandLine &line);
int runParse(const CommandLine &line);
int runInventory(const CommandLine &line);

/// "the inventory has no environment "x"; it has a, b"
QString unknownEnvironment(const Inventory &inventory, const QString &id);

/// Writes to standard output or error as UTF-8.
void print(const QString &text);
void complain(const QString &text);

} // namespace taffrail
