// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include "phpmigration.h"

// Doctrine Migrations: a row per class name (old versions: its digits alone); PHP classes "Version<digits>".
namespace taffrail::sources::migrations {

namespace {

bool isDoctrineFile(const FileRoot &, const MigrationFile &file)
{
    static const QRegularExpression shape(QStringLiteral("^Version[0-9]\\w*\\.php$"));
    if (shape.match(QString::fromUtf8(file.name())).hasMatch())
        return true;
    return file.name().endsWith(".php") && file.content.contains("Doctrine\\Migrations\\AbstractMigration");
}

QByteArray classOf(const MigrationFile &file)
{
    static const QRegularExpression space(QStringLiteral("\\bnamespace\\s+([\\w\\\\]+)\\s*[;{]"));
    static const QRegularExpression name(QStringLiteral("\\bclass\\s+(\\w+)\\s+extends\\b"));
    const QString code = QString::fromUtf8(withoutBracedComments(file.content.left(16384)));
    const QByteArray inner = name.match(code).captured(1).toUtf8();
    const QByteArray outer = space.match(code).captured(1).toUtf8();
    if (inner.isEmpty())
        return file.name().chopped(4);
    return outer.isEmpty() ? inner : outer + '\\' + inner;
}

/// The part that all ways of writing a version share: the class name without namespace, without "Version".
QByteArray bareVersion(const QByteArray &version)
{
    const QByteArray last = version.mid(version.lastIndexOf('\\') + 1);
    return last.startsWith("Version") ? last.mid(7) : last;
}

std::vector<DiskMigration> diskDoctrine(const Roots &roots)
{
    std::vector<DiskMigration> all;
    for (const FoundFile &found : filesFitting(roots, isDoctrineFile)) {
        DiskMigration disk;
        disk.key = classOf(*found.file);
        disk.version = sanitizedLine(disk.key, 300);
        disk.root = found.root;
        takePhp(disk, *found.file);
        static const QRegularExpression described(
            QStringLiteral("function\\s+getDescription\\s*\\([^{]*\\{\\s*return\\s+['\"]([^'\"]*)['\"]"));
        disk.name = sanitizedLine(described.match(QString::fromUtf8(found.file->content)).captured(1).toUtf8(), 200);
        all.push_back(std::move(disk));
    }
    std::ranges::stable_sort(all, {}, &DiskMigration::key);
    return all;
}

/// Rows of old versions hold the digits alone.
void adoptDoctrine(std::vector<DiskMigration> &disk, const QStringList &versions)
{
    for (const QString &version : versions) {
        if (version.contains(QLatin1Char('\\')))
            continue;
        for (DiskMigration &each : disk) {
            if (bareVersion(each.key) == bareVersion(version.toUtf8())) {
                each.version = version;
                each.key = version.toUtf8();
            }
        }
    }
}

QByteArray selectDoctrine(const TableName &table)
{
    return "SELECT version, " + sqlAnyTime("executed_at") + " AS executed_at, execution_time FROM " + quotedTable(table)
        + " t ORDER BY t.executed_at NULLS FIRST, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

bool classBefore(const QByteArray &left, const QByteArray &right)
{
    const QByteArray a = bareVersion(left), b = bareVersion(right);
    return a != b ? a < b : left < right;
}

MigrationHistory readDoctrine(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "doctrine");
    std::vector<RecordedMigration> recorded;
    QStringList versions;
    QByteArray highest;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "version"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 300);
        each.migration.appliedAt = anyTime(*input.rows, row, "executed_at");
        if (const auto took = numberOf(*input.rows, row, "execution_time"); took && *took >= 0)
            each.migration.took = std::chrono::milliseconds(*took);
        each.migration.flags = {MigrationState::Applied};
        versions << QString::fromUtf8(each.key);
        if (highest.isEmpty() || classBefore(highest, each.key))
            highest = each.key;
        recorded.push_back(std::move(each));
    }
    history.current = sanitizedLine(highest, 300);
    std::vector<DiskMigration> files = diskDoctrine(input.roots);
    adoptDoctrine(files, versions);
    history.notes << noFailureRecord();
    if (!recorded.empty())
        history.notes << timesWithoutZone();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.before = classBefore;
    rules.missing = QStringLiteral("\"migrations:status\" counts it as executed unavailable");
    join(history, input, std::move(recorded), files, rules);
    return history;
}

} // namespace

const Tool doctrineTool{.name = "doctrine",
                        .defaultTable = "doctrine_migration_versions",
                        .read = readDoctrine,
                        .select = selectDoctrine,
                        .disk = diskDoctrine,
                        .adopt = adoptDoctrine};

} // namespace taffrail::sources::migrations
