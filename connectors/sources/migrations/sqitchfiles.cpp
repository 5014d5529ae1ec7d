// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqitchfiles.h"

#include "text.h"

#include <QCryptographicHash>
#include <QSet>

namespace taffrail::sources::migrations {

namespace {

bool isPlan(const FileRoot &, const MigrationFile &file)
{
    return file.name().endsWith(".plan") && file.content.contains("%project=");
}

/// deploy/<name>.sql near the plan: in its folder, else in any below it (top_dir).
const MigrationFile *scriptOf(const Planned &planned, const QByteArray &kind, const QByteArray &name)
{
    const QByteArray folder = planned.file.file->folder();
    const QByteArray wanted = kind + '/' + name + ".sql";
    const QByteArray near = folder.isEmpty() ? wanted : folder + '/' + wanted;
    const MigrationFile *other = nullptr;
    for (const MigrationFile &file : planned.file.root->files) {
        if (file.path == near)
            return &file;
        if (!other && file.path.endsWith('/' + wanted) && (folder.isEmpty() || file.path.startsWith(folder + '/')))
            other = &file;
    }
    return other;
}

/// What a change is called: its name; with the tag before which it stood when a later one has its name.
QByteArray instanceName(const PlannedChange &change)
{
    return change.name + change.reworkedAt;
}

DiskMigration diskOf(const Planned &planned, const PlannedChange &change)
{
    DiskMigration disk;
    const QByteArray name = instanceName(change);
    disk.key = keyFor(planned.plan.project, name);
    disk.version = sanitizedLine(name, 300);
    disk.name = sanitizedLine(
        change.note.left(change.note.indexOf('\n') < 0 ? change.note.size() : change.note.indexOf('\n')), 200);
    disk.root = planned.file.root;
    disk.file = planned.file.file;
    if (const MigrationFile *deploy = scriptOf(planned, "deploy", name)) {
        takeSql(disk, *deploy);
        if (deploy->isWhole)
            disk.checksums = {QCryptographicHash::hash(deploy->content, QCryptographicHash::Sha1).toHex()};
    } else {
        disk.note = QStringLiteral("its deploy script is not here");
    }
    takeDown(disk, scriptOf(planned, "revert", name), QStringLiteral("revert script"));
    if (!change.tags.isEmpty())
        disk.note
            += (disk.note.isEmpty() ? QString() : QStringLiteral("; ")) + sanitizedLine(change.tags.join(' '), 100);
    return disk;
}

} // namespace

std::vector<Planned> plansOf(const Roots &roots)
{
    std::vector<Planned> plans;
    for (const FoundFile &found : filesFitting(roots, isPlan)) {
        if (found.file->isWhole)
            plans.push_back({sqitchPlanOf(found.file->content), found});
    }
    return plans;
}

QByteArray keyFor(const QByteArray &project, const QByteArray &name)
{
    return project + ':' + name;
}

std::vector<DiskMigration> diskSqitch(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const Planned &planned : plansOf(roots)) {
        for (const PlannedChange &change : planned.plan.changes)
            all.push_back(diskOf(planned, change));
    }
    return all;
}

void adoptSqitch(std::vector<DiskMigration> &disk, const QStringList &versions)
{
    const QSet<QString> known(versions.cbegin(), versions.cend());
    bool hasLong = false;
    for (const DiskMigration &each : disk)
        hasLong = hasLong || known.contains(QString::fromUtf8(each.key));
    for (DiskMigration &each : disk) {
        if (hasLong)
            each.version = sanitizedLine(each.key, 300);
        each.key = each.version.toUtf8();
    }
}

} // namespace taffrail::sources::migrations
