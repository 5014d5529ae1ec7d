// SPDX-License-Identifier: GPL-3.0-or-later
#include "setupways.h"

#include "inventorydraft.h"
#include "inventoryreader.h"
#include "savefile.h"
#include "snapshotstore.h"
#include "sshconfigscan.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace taffrail {

namespace {

QString configFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/taffrail");
}

QString originOfConfig()
{
    return qEnvironmentVariableIsEmpty("XDG_CONFIG_HOME") ? QStringLiteral("default")
                                                          : QStringLiteral("$XDG_CONFIG_HOME");
}

QString freePath()
{
    const QString first = configFolder() + QStringLiteral("/inventory.json");
    if (!QFileInfo::exists(first))
        return first;
    const QString form = configFolder() + QStringLiteral("/inventory.d/environments%1.json");
    QString path = form.arg(QString());
    for (int number = 2; QFileInfo::exists(path); ++number)
        path = form.arg(QStringLiteral("-%1").arg(number));
    return path;
}

QString problemsOf(const QString &path)
{
    const auto reading = inventory::readInventory({path});
    if (reading)
        return reading->environments.empty() ? QStringLiteral("It holds no environment.") : QString();
    QStringList lines;
    for (const inventory::Problem &problem : reading.error())
        lines << inventory::problemText(problem);
    return lines.join(QLatin1Char('\n'));
}

/// The program again, with another inventory and everything else as it was asked for.
bool startAgain(const CommandLine &line, const QString &path)
{
    QStringList arguments;
    const QStringList files = path.isEmpty() ? line.inventoryFiles : QStringList{path};
    const bool found = path.isEmpty() ? files.isEmpty() : inventory::inventoryFiles().contains(path);
    for (const QString &file : found ? QStringList() : files)
        arguments << QStringLiteral("--inventory") << file;
    if (line.acceptNewHostKeys)
        arguments << QStringLiteral("--accept-new-host-keys");
    if (!line.theme.isEmpty())
        arguments << QStringLiteral("--theme") << line.theme;
    if (!QProcess::startDetached(QCoreApplication::applicationFilePath(), arguments))
        return false;
    QCoreApplication::quit();
    return true;
}

} // namespace

Result<void> saveNewFile(const QString &path, const QByteArray &bytes)
{
    const QFileInfo info(path);
    const auto refused = [&](const QString &why, const QString &hint) {
        return failure(ErrorKind::Denied, QStringLiteral("write"), path, why, hint);
    };
    if (!info.isAbsolute())
        return refused(QStringLiteral("it is not a whole path"), QStringLiteral("Begin it with /"));
    if (!QDir().mkpath(info.absolutePath()))
        return refused(QStringLiteral("its folder cannot be made"), {});
    // Written whole beside it, then linked: link() fails when something has come to stand there.
    const QString draft = QStringLiteral("%1/.%2.%3").arg(info.absolutePath(), info.fileName()).arg(::getpid());
    if (const auto saved = saveFile(draft, bytes); !saved)
        return failure(saved.error());
    const int linked
        = ::link(QFile::encodeName(draft).constData(), QFile::encodeName(info.absoluteFilePath()).constData());
    const int error = errno;
    QFile::remove(draft);
    if (linked == 0)
        return {};
    if (error == EEXIST)
        return refused(QStringLiteral("a file stands there already, and it is left as it is"),
                       QStringLiteral("Choose another name"));
    return refused(QString::fromLocal8Bit(std::strerror(error)), {});
}

ui::SetupWays setupWays(const CommandLine &line, const InventoryOutcome &inventory)
{
    ui::SetupWays ways;
    ways.lookedIn = line.inventoryFiles.isEmpty() ? QStringList{configFolder() + QStringLiteral("/inventory.json"),
                                                                configFolder() + QStringLiteral("/inventory.d/*.json")}
                                                  : line.inventoryFiles;
    if (!inventory.missing) {
        ways.trouble = inventory.trouble;
        ways.troubleDetail = inventory.detail;
    }
    ways.inventoryText = inventory::inventoryTextOf;
    ways.freePath = freePath;
    ways.writeNew = saveNewFile;
    ways.problemsOf = problemsOf;
    ways.candidates = [] { return inventory::importCandidates(inventory::importPlaces(ssh::accountHome())); };
    ways.startWith = [line](const QString &path) { return startAgain(line, path); };
    return ways;
}

QStringList importedAliases()
{
    return inventory::importCandidates(inventory::importPlaces(ssh::accountHome())).sshAliases;
}

QList<ui::StoredPlace> storedPlaces(const CommandLine &line, const InventoryOutcome &inventory)
{
    QList<ui::StoredPlace> places;
    for (const QString &file : inventory.files) {
        const QString origin = line.inventoryFiles.isEmpty() ? originOfConfig() : QStringLiteral("--inventory");
        places.append({QStringLiteral("Inventory"), file, origin});
    }
    const QString origin
        = qEnvironmentVariableIsEmpty("XDG_STATE_HOME") ? QStringLiteral("default") : QStringLiteral("$XDG_STATE_HOME");
    places.append({QStringLiteral("Last known values"), SnapshotStore::defaultPath(), origin});
    return places;
}

} // namespace taffrail
