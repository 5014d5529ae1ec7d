// SPDX-License-Identifier: GPL-3.0-or-later
#include "statedatabase.h"

#include "codec.h"
#include "statefile.h"

#include <QFileInfo>

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

StateDatabase::StateDatabase(const QString &path) : m_file(path) {}

Result<std::unique_ptr<StateDatabase>> StateDatabase::open(const QString &path, const QDateTime &now, QString &notice)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    const auto make = [&absolute] { return std::unique_ptr<StateDatabase>(new StateDatabase(absolute)); };
    const auto prepare = [](StateDatabase &store) {
        const Result<void> opened = store.m_file.open();
        return opened ? store.prepare() : opened;
    };
    const auto moved = [&](const QString &why, const QString &aside) {
        notice = QStringLiteral("What was remembered is damaged (%1). The file was moved to %2; history starts anew.")
                     .arg(why, aside);
    };
    return openedStore<StateDatabase>(absolute, now, make, prepare, moved);
}

Result<void> StateDatabase::run(const QString &sql, const QVariantList &values)
{
    const Result<QSqlQuery> done = m_file.run(sql, values);
    return done ? Result<void>() : failure(done.error());
}

Result<void> StateDatabase::prepare()
{
    const Result<int> found = m_file.schemaVersion(schemaVersion);
    if (!found)
        return failure(found.error());
    const Result<void> modes = m_file.setModes(SqliteFile::Sync::Batched);
    if (!modes || *found == schemaVersion)
        return modes;
    return m_file.transaction(
        {QStringLiteral(
             "CREATE TABLE IF NOT EXISTS snapshots (environment TEXT PRIMARY KEY, revision INTEGER NOT NULL, "
             "taken_at INTEGER NOT NULL, used_at INTEGER NOT NULL, body BLOB NOT NULL)"),
         QStringLiteral("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, env TEXT NOT "
                        "NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, before TEXT, after TEXT)"),
         QStringLiteral("CREATE INDEX IF NOT EXISTS events_by_time ON events (env, at)"),
         QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion)});
}

Result<SnapshotPtr> StateDatabase::stored(const QString &environment, qint64 &revision, qint64 &takenAt)
{
    auto row
        = m_file.run(QStringLiteral("SELECT revision, taken_at FROM snapshots WHERE environment = ?"), {environment});
    if (!row)
        return failure(row.error());
    if (!row->next())
        return SnapshotPtr();
    revision = row->value(0).toLongLong();
    takenAt = row->value(1).toLongLong();
    const auto known = m_known.constFind(environment);
    if (known != m_known.constEnd() && known->revision == revision)
        return known->snapshot;
    auto body = m_file.run(QStringLiteral("SELECT body FROM snapshots WHERE environment = ?"), {environment});
    if (!body)
        return failure(body.error());
    Result<Snapshot> decoded
        = codec::decodedSnapshot(qUncompress(body->next() ? body->value(0).toByteArray() : QByteArray()));
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
    auto rows = m_file.run(QStringLiteral("SELECT environment, revision, body FROM snapshots ORDER BY environment"));
    if (!rows) {
        errors.push_back(rows.error());
        return snapshots;
    }
    while (rows->next()) {
        const QString environment = rows->value(0).toString();
        Result<Snapshot> snapshot = codec::decodedSnapshot(qUncompress(rows->value(2).toByteArray()));
        if (!snapshot) {
            Error error = snapshot.error();
            error.text = QStringLiteral("what is remembered of %1 cannot be read (%2: %3)")
                             .arg(environment, error.subject, error.text);
            error.subject = m_file.path();
            errors.push_back(std::move(error));
            continue;
        }
        m_known.insert(environment, {rows->value(1).toLongLong(), std::make_shared<const Snapshot>(*snapshot)});
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
    auto rows = m_file.run(
        QStringLiteral("SELECT at, env, kind, subject, before, after FROM events WHERE (? = '' OR env = ?) AND at >= ? "
                       "ORDER BY at DESC, id DESC LIMIT ?"),
        {environment.isNull() ? QStringLiteral("") : environment, environment,
         since.isValid() ? since.toMSecsSinceEpoch() : qint64(0), limit});
    if (!rows)
        return failure(rows.error());
    std::vector<StateChange> result;
    while (rows->next())
        result.push_back({QDateTime::fromMSecsSinceEpoch(rows->value(0).toLongLong(), Qt::UTC),
                          rows->value(1).toString(), rows->value(2).toString(), rows->value(3).toString(),
                          rows->value(4).toString(), rows->value(5).toString()});
    return result;
}

} // namespace taffrail
