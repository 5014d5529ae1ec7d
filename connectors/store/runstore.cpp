// SPDX-License-Identifier: GPL-3.0-or-later
#include "runstore.h"

#include "rollbackcodec.h"
#include "snapshotstore.h"
#include "statefile.h"

#include <QDir>
#include <QFileInfo>

#include <nlohmann/json.hpp>

namespace taffrail {

namespace {

constexpr int schemaVersion = 1;

Result<RollbackRun> journalOf(const QSqlQuery &row)
{
    const auto json = codec::parseJson(row.value(0).toByteArray());
    if (!json)
        return failure(json.error());
    return codec::fromJson<RollbackRun>(*json);
}

QString journalText(const RollbackRun &run)
{
    return QString::fromUtf8(codec::jsonText(codec::toJson(run)));
}

tl::unexpected<Error> busy(const RollbackRun &run, const QString &text)
{
    return failure(ErrorKind::Busy, QStringLiteral("run journal"), run.id, text,
                   QStringLiteral("Look at the run again before going on."));
}

} // namespace

QString RunStore::defaultPath()
{
    return QFileInfo(SnapshotStore::defaultPath()).dir().filePath(QStringLiteral("runs.db"));
}

Result<std::unique_ptr<RunStore>> RunStore::open(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QString notice;
    const auto make = [&absolute] { return std::unique_ptr<RunStore>(new RunStore(absolute)); };
    const auto prepare = [](RunStore &store) {
        const Result<void> opened = store.m_file.open();
        return opened ? store.prepare() : opened;
    };
    const auto moved = [&](const QString &why, const QString &aside) {
        notice = QStringLiteral("The run journals are damaged (%1). The file was moved to %2; the hosts still have "
                                "those of their jobs.")
                     .arg(why, aside);
    };
    auto store = openedStore<RunStore>(absolute, QDateTime::currentDateTimeUtc(), make, prepare, moved);
    if (store)
        (*store)->m_notice = notice;
    return store;
}

Result<void> RunStore::prepare()
{
    const Result<int> found = m_file.schemaVersion(schemaVersion);
    if (!found)
        return failure(found.error());
    if (const Result<void> set = m_file.setModes(SqliteFile::Sync::Durable); !set || *found == schemaVersion)
        return set;
    return m_file.transaction(
        {QStringLiteral("CREATE TABLE IF NOT EXISTS runs(id TEXT PRIMARY KEY, version INTEGER NOT NULL, env TEXT NOT "
                        "NULL, entry TEXT NOT NULL, ended INTEGER NOT NULL, started INTEGER NOT NULL, journal TEXT NOT "
                        "NULL)"),
         // One run of an app at a time: SQLite itself refuses a second that has not ended.
         QStringLiteral("CREATE UNIQUE INDEX IF NOT EXISTS one_run ON runs(env, entry) WHERE NOT ended"),
         QStringLiteral("PRAGMA user_version = %1").arg(schemaVersion)});
}

Result<void> RunStore::insert(RollbackRun &run)
{
    RollbackRun next = run;
    next.version = 1;
    const auto written = m_file.run(
        QStringLiteral("INSERT INTO runs(id, version, env, entry, ended, started, journal) VALUES(?, ?, ?, ?, ?, ?, ?) "
                       "ON CONFLICT DO NOTHING"),
        {next.id, next.version, next.plan.environment, next.plan.entry, hasEnded(next) ? 1 : 0,
         next.startedAt.toMSecsSinceEpoch(), journalText(next)});
    if (!written)
        return failure(written.error());
    if (written->numRowsAffected() != 1)
        return busy(run,
                    QStringLiteral("another run of %1 in %2 has not ended").arg(run.plan.entry, run.plan.environment));
    run = next;
    return {};
}

Result<void> RunStore::adopt(const RollbackRun &run)
{
    const auto written = m_file.run(
        QStringLiteral("INSERT INTO runs(id, version, env, entry, ended, started, journal) VALUES(?, ?, ?, ?, ?, ?, ?) "
                       "ON CONFLICT(id) DO UPDATE SET version = excluded.version, ended = excluded.ended, journal = "
                       "excluded.journal WHERE excluded.version > version"),
        {run.id, run.version, run.plan.environment, run.plan.entry, hasEnded(run) ? 1 : 0,
         run.startedAt.toMSecsSinceEpoch(), journalText(run)});
    return written ? Result<void>() : Result<void>(failure(written.error()));
}

Result<void> RunStore::replace(RollbackRun &run)
{
    RollbackRun next = run;
    ++next.version;
    const auto written
        = m_file.run(QStringLiteral("UPDATE runs SET version = ?, ended = ?, journal = ? WHERE id = ? AND version = ?"),
                     {next.version, hasEnded(next) ? 1 : 0, journalText(next), next.id, run.version});
    if (!written)
        return failure(written.error());
    if (written->numRowsAffected() != 1)
        return busy(run, QStringLiteral("another console goes on with this run"));
    run = next;
    return {};
}

Result<std::optional<RollbackRun>> RunStore::find(const QString &id)
{
    auto rows = m_file.run(QStringLiteral("SELECT journal FROM runs WHERE id = ?"), {id});
    if (!rows)
        return failure(rows.error());
    if (!rows->next())
        return std::optional<RollbackRun>();
    Result<RollbackRun> run = journalOf(*rows);
    if (!run)
        return failure(run.error());
    return std::optional<RollbackRun>(std::move(*run));
}

Result<std::vector<RunStore::Head>> RunStore::heads(int limit)
{
    auto rows
        = m_file.run(QStringLiteral("SELECT id, version FROM runs ORDER BY ended, started DESC LIMIT ?"), {limit});
    if (!rows)
        return failure(rows.error());
    std::vector<Head> heads;
    while (rows->next())
        heads.push_back({rows->value(0).toString(), rows->value(1).toLongLong()});
    return heads;
}

} // namespace taffrail
