// SPDX-License-Identifier: GPL-3.0-or-later
#include "proofstore.h"

#include "drillcodec.h"
#include "snapshotstore.h"
#include "statefile.h"

#include <QDir>
#include <QFileInfo>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

constexpr int schemaVersion = 1;
constexpr qint64 keptMs = qint64(1096) * 86400 * 1000; // three years

QVariant millisecondsOf(const QDateTime &time)
{
    return time.isValid() ? QVariant(time.toMSecsSinceEpoch()) : QVariant();
}

QDateTime timeOf(const QVariant &value)
{
    return value.isNull() ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value.toLongLong(), Qt::UTC);
}

Result<DrillRun> journalOf(const QSqlQuery &row)
{
    const auto json = codec::parseJson(row.value(0).toByteArray());
    if (!json)
        return failure(json.error());
    return codec::fromJson<DrillRun>(*json);
}

} // namespace

QString ProofStore::defaultPath()
{
    return QFileInfo(SnapshotStore::defaultPath()).dir().filePath(QStringLiteral("proofs.db"));
}

Result<std::unique_ptr<ProofStore>> ProofStore::open(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QString notice;
    const auto make = [&absolute] { return std::unique_ptr<ProofStore>(new ProofStore(absolute)); };
    const auto prepare = [](ProofStore &store) {
        const Result<void> opened = store.m_file.open();
        return opened ? store.prepare() : opened;
    };
    const auto moved = [&](const QString &why, const QString &aside) {
        notice
            = QStringLiteral("What was proved of backups is damaged (%1). The file was moved to %2; no backup counts "
                             "as tried until it is tried again.")
                  .arg(why, aside);
    };
    auto store = openedStore<ProofStore>(absolute, QDateTime::currentDateTimeUtc(), make, prepare, moved);
    if (store)
        (*store)->m_notice = notice;
    return store;
}

Result<void> ProofStore::prepare()
{
    const Result<int> found = m_file.schemaVersion(schemaVersion);
    if (!found)
        return failure(found.error());
    if (const Result<void> set = m_file.setModes(SqliteFile::Sync::Durable); !set || *found == schemaVersion)
        return set;
    return m_file.transaction(
        {QStringLiteral("CREATE TABLE IF NOT EXISTS drills(id TEXT PRIMARY KEY, env TEXT NOT NULL, started INTEGER NOT "
                        "NULL, ended INTEGER NOT NULL, journal TEXT NOT NULL)"),
         QStringLiteral(
             "CREATE TABLE IF NOT EXISTS proofs(env TEXT NOT NULL, entry TEXT NOT NULL, location TEXT NOT "
             "NULL, backup TEXT NOT NULL, depth TEXT NOT NULL, at INTEGER NOT NULL, passed INTEGER NOT NULL, "
             "fault INTEGER NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL, took INTEGER NOT NULL, "
             "restore INTEGER NOT NULL, recovery INTEGER NOT NULL, other INTEGER NOT NULL, bytes INTEGER NOT "
             "NULL, wal INTEGER NOT NULL, recovered_to INTEGER, PRIMARY KEY(env, entry, location, backup, "
             "depth, at))"),
         QStringLiteral("PRAGMA user_version = %1").arg(schemaVersion)});
}

Result<void> ProofStore::keep(const DrillRun &run)
{
    const int ended = hasEnded(run) ? 1 : 0;
    const auto written = m_file.run(
        QStringLiteral(
            "INSERT INTO drills(id, env, started, ended, journal) VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO "
            "UPDATE SET ended = excluded.ended, journal = excluded.journal WHERE drills.ended <= excluded.ended"),
        {run.id, run.plan.environment, run.startedAt.toMSecsSinceEpoch(), ended,
         QString::fromUtf8(codec::jsonText(codec::toJson(run)))});
    return written ? Result<void>() : failure(written.error());
}

Result<std::optional<DrillRun>> ProofStore::find(const QString &id)
{
    auto rows = m_file.run(QStringLiteral("SELECT journal FROM drills WHERE id = ?"), {id});
    if (!rows)
        return failure(rows.error());
    if (!rows->next())
        return std::optional<DrillRun>();
    auto run = journalOf(*rows);
    if (!run)
        return failure(run.error());
    return std::optional<DrillRun>(std::move(*run));
}

Result<std::vector<DrillRun>> ProofStore::drills(const QString &environment, int limit)
{
    auto rows
        = m_file.run(QStringLiteral("SELECT journal FROM drills WHERE ? IN ('', env) ORDER BY started DESC LIMIT ?"),
                     {environment.isEmpty() ? QStringLiteral("") : environment, std::clamp(limit, 1, 10'000)});
    if (!rows)
        return failure(rows.error());
    std::vector<DrillRun> found;
    while (rows->next()) {
        if (auto run = journalOf(*rows)) // one that a newer program wrote hides no other
            found.push_back(std::move(*run));
    }
    return found;
}

Result<void> ProofStore::remember(const std::vector<BackupProof> &proofs)
{
    const auto text = [](const QString &value) { return value.isNull() ? QStringLiteral("") : value; };
    for (const BackupProof &proof : proofs) {
        if (!proof.at.isValid())
            continue;
        const auto written = m_file.run(
            QStringLiteral(
                "INSERT INTO proofs(env, entry, location, backup, depth, at, passed, fault, by, detail, took, "
                "restore, recovery, other, bytes, wal, recovered_to) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
            {text(proof.environment), text(proof.entry), text(proof.location), text(proof.backup),
             trustWord(proof.depth), proof.at.toMSecsSinceEpoch(), proof.passed ? 1 : 0, proof.backupAtFault ? 1 : 0,
             text(proof.by), text(proof.detail), qint64(proof.took.count()), qint64(proof.restoreTook.count()),
             qint64(proof.recoveryTook.count()), qint64(proof.otherTook.count()), proof.bytes, proof.walBytes,
             millisecondsOf(proof.recoveredTo)});
        if (!written)
            return failure(written.error());
        const auto thinned = m_file.run(QStringLiteral("DELETE FROM proofs WHERE env = ? AND at < ?"),
                                        {text(proof.environment), proof.at.toMSecsSinceEpoch() - keptMs});
        if (!thinned)
            return failure(thinned.error());
    }
    return {};
}

Result<std::vector<BackupProof>> ProofStore::proofs(const QString &environment)
{
    auto rows = m_file.run(
        QStringLiteral(
            "SELECT env, entry, location, backup, depth, at, passed, fault, by, detail, took, restore, recovery, "
            "other, bytes, wal, recovered_to FROM (SELECT *, row_number() OVER (PARTITION BY env, entry, "
            "location, backup, depth ORDER BY at DESC) AS place FROM proofs WHERE ? IN ('', env)) WHERE place "
            "<= 5 ORDER BY at DESC LIMIT 20000"),
        {environment.isEmpty() ? QStringLiteral("") : environment});
    if (!rows)
        return failure(rows.error());
    std::vector<BackupProof> found;
    while (rows->next()) {
        const auto text = [&rows](int column) { return rows->value(column).toString(); };
        const auto number = [&rows](int column) { return rows->value(column).toLongLong(); };
        using std::chrono::milliseconds;
        found.push_back({text(0), text(1), text(2), text(3), trustFromWord(text(4)), number(6) != 0, number(7) != 0,
                         timeOf(rows->value(5)), text(8), text(9), milliseconds(number(10)), milliseconds(number(11)),
                         milliseconds(number(12)), milliseconds(number(13)), number(14), number(15),
                         timeOf(rows->value(16))});
    }
    return found;
}

} // namespace taffrail
