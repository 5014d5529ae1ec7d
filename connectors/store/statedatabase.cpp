// SPDX-License-Identifier: GPL-3.0-or-later
#include "statedatabase.h"

#include "codec.h"
#include "statefile.h"

#include <QFileInfo>
#include <QLockFile>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>

#include <algorithm>

namespace taffrail {

namespace {

constexpr int schemaVersion = 1;
constexpr qint64 dayMs = 86'400'000;
constexpr qint64 unusedKeptMs = 90 * dayMs; ///< environments that left the inventory
constexpr qint64 changesKeptMs = 400 * dayMs; ///< more than a year, so that a year can be looked back on

SnapshotPtr asRemembered(Snapshot snapshot)
{
    snapshot.remembered = true;
    for (Link &link : snapshot.links) {
        link.state = LinkState::Idle;
        link.since = {};
        link.error.reset();
        link.retryAt = {};
    }
    return std::make_shared<const Snapshot>(std::move(snapshot));
}

/// `next` with the last good values that only `stored` has: a try that failed forgets nothing.
SnapshotPtr withLastGood(const SnapshotPtr &stored, const SnapshotPtr &next)
{
    const auto kept = [&](const Observation &observation) -> const Observation * {
        const Observation *old = stored && !observation.value() ? stored->observation(observation.entry) : nullptr;
        return old && old->value() && old->source == observation.source && old->pane == observation.pane ? old
                                                                                                         : nullptr;
    };
    if (std::ranges::none_of(next->observations, kept))
        return next;
    auto merged = std::make_shared<Snapshot>(*next);
    for (Observation &observation : merged->observations) {
        if (const Observation *old = kept(observation))
            observation.lastGood = old->lastGood;
    }
    return merged;
}

} // namespace

StateDatabase::StateDatabase(QString path)
    : m_path(std::move(path)),
      m_connection(QStringLiteral("taffrail-state-") + QUuid::createUuid().toString(QUuid::Id128))
{
}

StateDatabase::~StateDatabase()
{
    {
        QSqlDatabase database = QSqlDatabase::database(m_connection, false);
        database.close();
    }
    QSqlDatabase::removeDatabase(m_connection);
}

Result<std::unique_ptr<StateDatabase>> StateDatabase::open(const QString &path, const QDateTime &now, QString &notice)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    if (const Result<void> made = makeFile(absolute); !made)
        return failure(made.error());
    // Two programs that find the same damage must not both move files.
    QLockFile lock(absolute + QStringLiteral(".lock"));
    lock.setStaleLockTime(0);
    static_cast<void>(lock.tryLock(5'000));
    for (bool isSecond = false;; isSecond = true) {
        std::unique_ptr<StateDatabase> database(new StateDatabase(absolute));
        Result<void> ready = database->connect();
        if (ready)
            ready = database->check();
        if (ready)
            ready = database->prepare();
        if (ready)
            return database;
        if (isSecond || ready.error().kind != ErrorKind::BadData)
            return failure(ready.error());
        database.reset();
        notice = QStringLiteral("What was remembered is damaged (%1). The file was moved to %2; history starts anew.")
                     .arg(ready.error().text, moveAside(absolute, now));
        if (const Result<void> made = makeFile(absolute); !made)
            return failure(made.error());
    }
}

Result<void> StateDatabase::connect()
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    database.setDatabaseName(m_path);
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!database.isValid())
        return failure(ErrorKind::Unsupported, QStringLiteral("open"), m_path,
                       QStringLiteral("Qt has no SQLite driver"), QStringLiteral("Install libqt6sql6-sqlite."));
    if (!database.open())
        return failure(storeError(database.lastError(), m_path, QStringLiteral("open")));
    return {};
}

Result<void> StateDatabase::run(const QString &sql, const QVariantList &values)
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    if (!query.prepare(sql))
        return failure(storeError(query.lastError(), m_path, QStringLiteral("write")));
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("write")));
    return {};
}

Result<void> StateDatabase::check()
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    if (!query.exec(QStringLiteral("PRAGMA quick_check(1)")) || !query.next()) {
        const QSqlError error = query.lastError();
        return failure(storeError(error, m_path, QStringLiteral("check")));
    }
    const QString verdict = query.value(0).toString();
    if (verdict != QLatin1String("ok"))
        return failure(ErrorKind::BadData, QStringLiteral("check"), m_path, verdict.left(200));
    return {};
}

Result<void> StateDatabase::prepare()
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    if (!query.exec(QStringLiteral("PRAGMA user_version")) || !query.next())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("check")));
    const int found = query.value(0).toInt();
    if (found > schemaVersion)
        return failure(ErrorKind::Unsupported, QStringLiteral("open"), m_path,
                       QStringLiteral("the file has schema %1, this program knows %2").arg(found).arg(schemaVersion),
                       QStringLiteral("A newer Taffrail wrote it: use that, or another state folder."));
    query.finish();
    const bool isWal = query.exec(QStringLiteral("PRAGMA journal_mode=WAL")) && query.next()
        && query.value(0).toString() == QLatin1String("wal");
    query.finish();
    // Where there is no WAL (a network file system), only a full sync keeps the file whole.
    for (const QString &pragma :
         {isWal ? QStringLiteral("PRAGMA synchronous=NORMAL") : QStringLiteral("PRAGMA synchronous=EXTRA"),
          QStringLiteral("PRAGMA foreign_keys=ON"), QStringLiteral("PRAGMA trusted_schema=OFF"),
          QStringLiteral("PRAGMA journal_size_limit=4194304")}) {
        if (!query.exec(pragma))
            return failure(storeError(query.lastError(), m_path, QStringLiteral("open")));
        query.finish();
    }
    if (found == schemaVersion)
        return {};
    for (const QString &sql :
         {QStringLiteral("BEGIN IMMEDIATE"),
          QStringLiteral(
              "CREATE TABLE IF NOT EXISTS snapshots (environment TEXT PRIMARY KEY, revision INTEGER NOT NULL, "
              "taken_at INTEGER NOT NULL, used_at INTEGER NOT NULL, body BLOB NOT NULL)"),
          QStringLiteral(
              "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, env TEXT NOT NULL, "
              "kind TEXT NOT NULL, subject TEXT NOT NULL, before TEXT, after TEXT)"),
          QStringLiteral("CREATE INDEX IF NOT EXISTS events_by_time ON events (env, at)"),
          QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion), QStringLiteral("COMMIT")}) {
        if (!query.exec(sql)) {
            const Error error = storeError(query.lastError(), m_path, QStringLiteral("create tables"));
            query.exec(QStringLiteral("ROLLBACK"));
            return failure(error);
        }
    }
    return {};
}

Result<SnapshotPtr> StateDatabase::stored(const QString &environment, qint64 &revision, qint64 &takenAt)
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    query.prepare(QStringLiteral("SELECT revision, taken_at FROM snapshots WHERE environment = ?"));
    query.addBindValue(environment);
    if (!query.exec())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("read")));
    if (!query.next())
        return SnapshotPtr();
    revision = query.value(0).toLongLong();
    takenAt = query.value(1).toLongLong();
    const auto known = m_known.constFind(environment);
    if (known != m_known.constEnd() && known->revision == revision)
        return known->snapshot;
    query.prepare(QStringLiteral("SELECT body FROM snapshots WHERE environment = ?"));
    query.addBindValue(environment);
    if (!query.exec() || !query.next())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("read")));
    Result<Snapshot> decoded = codec::decodedSnapshot(qUncompress(query.value(0).toByteArray()));
    return decoded ? std::make_shared<const Snapshot>(std::move(*decoded)) : SnapshotPtr(); // unreadable: replaced
}

Result<void> StateDatabase::writeOne(const SnapshotPtr &snapshot, const QDateTime &now)
{
    const QString &environment = snapshot->environment;
    qint64 revision = 0;
    qint64 takenAt = 0;
    const Result<SnapshotPtr> before = stored(environment, revision, takenAt);
    if (!before)
        return failure(before.error());
    if (revision > 0 && takenAt > snapshot->takenAt.toMSecsSinceEpoch() && takenAt <= now.toMSecsSinceEpoch())
        return {}; // another process has seen more
    const SnapshotPtr merged = withLastGood(*before, snapshot);
    if (*before) {
        for (const StateChange &change : changesBetween(**before, *merged)) {
            const Result<void> added = run(
                QStringLiteral("INSERT INTO events (at, env, kind, subject, before, after) VALUES (?, ?, ?, ?, ?, ?)"),
                {change.at.toMSecsSinceEpoch(), environment, change.kind, change.subject, change.before, change.after});
            if (!added)
                return added;
        }
    }
    const Result<void> written = run(
        QStringLiteral("INSERT INTO snapshots (environment, revision, taken_at, used_at, body) VALUES (?, ?, ?, ?, ?) "
                       "ON CONFLICT (environment) DO UPDATE SET revision = excluded.revision, "
                       "taken_at = excluded.taken_at, used_at = excluded.used_at, body = excluded.body"),
        {environment, revision + 1, merged->takenAt.toMSecsSinceEpoch(), now.toMSecsSinceEpoch(),
         qCompress(codec::encoded(*merged), 1)});
    if (written)
        m_known.insert(environment, {revision + 1, merged});
    return written;
}

Result<void> StateDatabase::write(const std::vector<SnapshotPtr> &snapshots, const QDateTime &now)
{
    Result<void> result = run(QStringLiteral("BEGIN IMMEDIATE"));
    if (!result)
        return result;
    for (const SnapshotPtr &snapshot : snapshots) {
        result = writeOne(snapshot, now);
        if (!result)
            break;
    }
    if (result)
        result = run(QStringLiteral("COMMIT"));
    if (!result) {
        m_known.clear(); // they may hold what was just rolled back
        static_cast<void>(run(QStringLiteral("ROLLBACK")).has_value());
    }
    return result;
}

std::vector<SnapshotPtr> StateDatabase::load(std::vector<Error> &errors)
{
    std::vector<SnapshotPtr> snapshots;
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    query.setForwardOnly(true);
    if (!query.exec(QStringLiteral("SELECT environment, revision, body FROM snapshots ORDER BY environment"))) {
        errors.push_back(storeError(query.lastError(), m_path, QStringLiteral("read")));
        return snapshots;
    }
    while (query.next()) {
        const QString environment = query.value(0).toString();
        Result<Snapshot> snapshot = codec::decodedSnapshot(qUncompress(query.value(2).toByteArray()));
        if (!snapshot) {
            Error error = snapshot.error();
            error.text = QStringLiteral("what is remembered of %1 cannot be read (%2: %3)")
                             .arg(environment, error.subject, error.text);
            error.subject = m_path;
            errors.push_back(std::move(error));
            continue;
        }
        m_known.insert(environment, {query.value(1).toLongLong(), std::make_shared<const Snapshot>(*snapshot)});
        snapshots.push_back(asRemembered(std::move(*snapshot)));
    }
    return snapshots;
}

Result<void> StateDatabase::keep(const QStringList &environments, const QDateTime &now)
{
    const qint64 at = now.toMSecsSinceEpoch();
    Result<void> result = run(QStringLiteral("BEGIN IMMEDIATE"));
    if (!result)
        return result;
    for (const QString &environment : environments) {
        if (result)
            result = run(QStringLiteral("UPDATE snapshots SET used_at = ? WHERE environment = ?"), {at, environment});
    }
    if (result)
        result = run(QStringLiteral("DELETE FROM snapshots WHERE used_at < ?"), {at - unusedKeptMs});
    if (result)
        result = run(QStringLiteral("DELETE FROM events WHERE at < ?"), {at - changesKeptMs});
    if (result)
        result = run(QStringLiteral("COMMIT"));
    if (!result)
        static_cast<void>(run(QStringLiteral("ROLLBACK")).has_value());
    return result;
}

Result<std::vector<StateChange>> StateDatabase::changes(const QString &environment, const QDateTime &since, int limit)
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    query.prepare(
        QStringLiteral("SELECT at, env, kind, subject, before, after FROM events WHERE (? = '' OR env = ?) AND at >= ? "
                       "ORDER BY at DESC, id DESC LIMIT ?"));
    query.addBindValue(environment.isNull() ? QStringLiteral("") : environment);
    query.addBindValue(environment);
    query.addBindValue(since.isValid() ? since.toMSecsSinceEpoch() : qint64(0));
    query.addBindValue(limit);
    if (!query.exec())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("read")));
    std::vector<StateChange> result;
    while (query.next())
        result.push_back({QDateTime::fromMSecsSinceEpoch(query.value(0).toLongLong(), Qt::UTC),
                          query.value(1).toString(), query.value(2).toString(), query.value(3).toString(),
                          query.value(4).toString(), query.value(5).toString()});
    return result;
}

} // namespace taffrail
