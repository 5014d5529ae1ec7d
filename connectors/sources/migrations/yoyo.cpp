// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>
#include <QSet>

#include <map>

// yoyo: a row per migration by its file's stem; a log of applies and rollbacks, and a lock row, stand beside it.
namespace taffrail::sources::migrations {

namespace {

bool isYoyoFile(const FileRoot &, const MigrationFile &file)
{
    const QByteArray name = file.name();
    if (name.startsWith("post-apply") || name.startsWith("__"))
        return false;
    if (name.endsWith(".sql")) {
        static const QRegularExpression others(
            QStringLiteral("^(?:up|down)\\.sql$|\\.(?:up|down)\\.sql$|^[VU][0-9._]+__"));
        return !isMarkedForAnother(file) && !others.match(QString::fromUtf8(name)).hasMatch();
    }
    return name.endsWith(".py") && (!file.isRead || file.content.isEmpty() || file.content.contains("yoyo"));
}

/// "-- depends: a b" of SQL, __depends__ = {"a"} of Python.
QByteArrayList dependsOf(const MigrationFile &file)
{
    static const QRegularExpression sql(QStringLiteral("^\\s*--\\s*depends:\\s*(.*)$"),
                                        QRegularExpression::MultilineOption);
    static const QRegularExpression python(QStringLiteral("__depends__\\s*=\\s*[\\[{(]([^\\]})]*)[\\]})]"));
    static const QRegularExpression quoted(QStringLiteral("[\"']([^\"']+)[\"']"));
    const QString head = QString::fromUtf8(file.content.left(8192));
    QByteArrayList names;
    if (file.name().endsWith(".sql")) {
        for (const QString &word : sql.match(head).captured(1).split(QLatin1Char(' '), Qt::SkipEmptyParts))
            names << word.trimmed().toUtf8();
        return names;
    }
    auto words = quoted.globalMatch(python.match(head).captured(1));
    while (words.hasNext())
        names << words.next().captured(1).toUtf8();
    return names;
}

/// By name, each after what it depends on; without recursion, so that no chain is too long.
std::vector<DiskMigration> inOrder(std::map<QByteArray, DiskMigration> files,
                                   const std::map<QByteArray, QByteArrayList> &depends)
{
    std::vector<DiskMigration> ordered;
    QSet<QByteArray> done, entered;
    for (const auto &[first, unused] : files) {
        QByteArrayList stack{first};
        while (!stack.isEmpty()) {
            const QByteArray name = stack.back();
            if (done.contains(name) || !files.contains(name)) {
                stack.removeLast();
                continue;
            }
            const bool isSecond = entered.contains(name);
            entered.insert(name);
            if (!isSecond) {
                const auto found = depends.find(name);
                for (const QByteArray &need : found == depends.end() ? QByteArrayList() : found->second) {
                    if (!entered.contains(need))
                        stack << need;
                }
                if (stack.back() != name)
                    continue;
            }
            stack.removeLast();
            done.insert(name);
            ordered.push_back(std::move(files.at(name)));
        }
    }
    return ordered;
}

std::vector<DiskMigration> diskYoyo(const Roots &roots)
{
    std::map<QByteArray, DiskMigration> files;
    std::map<QByteArray, const MigrationFile *> undo;
    std::map<QByteArray, QByteArrayList> depends;
    for (const FoundFile &found : filesFitting(roots, isYoyoFile)) {
        const QByteArray name = found.file->name();
        if (name.endsWith(".rollback.sql")) {
            undo.try_emplace(name.chopped(13), found.file);
            continue;
        }
        const QByteArray stem = name.left(name.lastIndexOf('.'));
        DiskMigration disk;
        disk.key = stem;
        disk.version = sanitizedLine(stem, 300);
        disk.root = found.root;
        takeSql(disk, *found.file);
        if (name.endsWith(".py")) {
            takeCode(disk, QStringLiteral("a Python migration"));
            disk.reversible = Reversible::Unknown;
        }
        depends[stem] = dependsOf(*found.file);
        files.try_emplace(stem, std::move(disk));
    }
    for (auto &[stem, disk] : files) {
        const auto down = undo.find(stem);
        if (disk.opaque.isEmpty())
            takeDown(disk, down == undo.end() ? nullptr : down->second, QStringLiteral(".rollback.sql"));
        for (const QByteArray &need : depends[stem]) {
            if (!files.contains(need))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("it depends on %1, which is not here").arg(sanitizedLine(need, 100));
        }
    }
    return inOrder(std::move(files), depends);
}

QByteArray selectYoyo(const TableName &table)
{
    return "SELECT migration_hash, migration_id, " + sqlUtcTime("applied_at_utc") + " AS applied_at_utc FROM "
        + quotedTable(table) + " t ORDER BY t.applied_at_utc, t.migration_id LIMIT " + QByteArray::number(maxRows + 1);
}

QByteArray selectLog(const TableName &table)
{
    return "SELECT DISTINCT ON (migration_id) migration_id, operation, username, hostname, "
        + sqlUtcTime("created_at_utc") + " AS created_at_utc FROM " + quotedTable(table)
        + " t ORDER BY migration_id, t.created_at_utc DESC LIMIT " + QByteArray::number(maxRows);
}

QByteArray selectLock(const TableName &table)
{
    return "SELECT locked, pid, " + sqlUtcTime("ctime") + " AS ctime FROM " + quotedTable(table) + " LIMIT 10";
}

/// The newest event of each migration.
std::map<QByteArray, size_t> lastEvents(const SqlReply *log)
{
    std::map<QByteArray, size_t> last;
    for (size_t row = 0; log && row < log->rows.size(); ++row) {
        const QByteArray id = cellText(*log, row, "migration_id");
        const auto [place, isNew] = last.try_emplace(id, row);
        if (!isNew && anyTime(*log, place->second, "created_at_utc") <= anyTime(*log, row, "created_at_utc"))
            place->second = row;
    }
    return last;
}

QString whoRan(const SqlReply &log, size_t row)
{
    const QString user = sanitizedLine(cellText(log, row, "username"), 60);
    const QString host = sanitizedLine(cellText(log, row, "hostname"), 60);
    return host.isEmpty() ? user : QStringLiteral("%1@%2").arg(user, host);
}

void readLock(MigrationHistory &history, const SqlReply *rows)
{
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        HeldLock lock;
        lock.by = QStringLiteral("process %1").arg(sanitizedLine(cellText(*rows, row, "pid"), 20));
        lock.since = anyTime(*rows, row, "ctime");
        lock.reason = QStringLiteral("a row in yoyo_lock; a killed run leaves it: \"yoyo break-lock\"");
        history.lock = lock;
    }
}

MigrationHistory readYoyo(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "yoyo");
    const SqlReply *log = input.parts.value("log");
    std::map<QByteArray, size_t> events = lastEvents(log);
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{cellText(*input.rows, row, "migration_id"), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 300);
        each.migration.appliedAt = anyTime(*input.rows, row, "applied_at_utc");
        each.migration.flags = {MigrationState::Applied};
        if (const auto event = events.find(each.key); event != events.end()) {
            each.migration.appliedBy = whoRan(*log, event->second);
            if (cellText(*log, event->second, "operation") == "mark")
                addNote(each.migration, QStringLiteral("marked as applied without being run"));
            events.erase(event);
        }
        history.current = each.migration.version;
        recorded.push_back(std::move(each));
    }
    for (const auto &[id, row] : events) {
        if (cellText(*log, row, "operation") != "rollback")
            continue;
        RecordedMigration each{id, {}};
        each.migration.version = sanitizedLine(id, 300);
        each.migration.appliedBy = whoRan(*log, row);
        each.migration.flags = {MigrationState::RolledBack};
        recorded.push_back(std::move(each));
    }
    readLock(history, input.parts.value("lock"));
    history.notes << input.notes << noFailureRecord();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.missing = QStringLiteral("yoyo does not speak of it");
    join(history, input, std::move(recorded), diskYoyo(input.roots), rules);
    return history;
}

constexpr CompanionPart companions[]
    = {{"log", "+yoyo-log", "_yoyo_log", selectLog}, {"lock", "+yoyo-lock", "yoyo_lock", selectLock}};

} // namespace

const Tool yoyoTool{.name = "yoyo",
                    .defaultTable = "_yoyo_migration",
                    .read = readYoyo,
                    .select = selectYoyo,
                    .disk = diskYoyo,
                    .companions = companions};

} // namespace taffrail::sources::migrations
