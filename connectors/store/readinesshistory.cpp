// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesshistory.h"

#include "snapshotstore.h"
#include "statefile.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <cmath>

namespace taffrail {

namespace {

constexpr int schemaVersion = 1;
constexpr int mostPoints = 730; // per environment and per file system
constexpr qint64 keptMs = qint64(730) * 86400 * 1000;

QDateTime timeOf(const QVariant &value)
{
    return QDateTime::fromMSecsSinceEpoch(value.toLongLong(), Qt::UTC);
}

} // namespace

QString ReadinessHistory::defaultPath()
{
    return QFileInfo(SnapshotStore::defaultPath()).dir().filePath(QStringLiteral("readiness.db"));
}

Result<std::unique_ptr<ReadinessHistory>> ReadinessHistory::open(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    const auto make = [&absolute] { return std::unique_ptr<ReadinessHistory>(new ReadinessHistory(absolute)); };
    const auto prepare = [](ReadinessHistory &store) {
        const Result<void> opened = store.m_file.open();
        return opened ? store.prepare() : opened;
    };
    QString notice;
    const auto moved = [&notice](const QString &left, const QString &why) {
        notice
            = QStringLiteral("The record of earlier scorecards was damaged (%1). It was kept as %2, and a new one was "
                             "begun: trends and forecasts start anew.")
                  .arg(why, left);
    };
    auto store = openedStore<ReadinessHistory>(absolute, QDateTime::currentDateTimeUtc(), make, prepare, moved);
    if (store)
        (*store)->m_notice = notice;
    return store;
}

Result<void> ReadinessHistory::prepare()
{
    const Result<int> found = m_file.schemaVersion(schemaVersion);
    if (!found)
        return failure(found.error());
    if (const Result<void> set = m_file.setModes(SqliteFile::Sync::Batched); !set || *found == schemaVersion)
        return set;
    return m_file.transaction(
        {QStringLiteral("CREATE TABLE IF NOT EXISTS points(env TEXT NOT NULL, at INTEGER NOT NULL, passed INTEGER NOT "
                        "NULL, counted INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY(env, at))"),
         QStringLiteral("CREATE TABLE IF NOT EXISTS room(env TEXT NOT NULL, host TEXT NOT NULL, mount TEXT NOT NULL, "
                        "at INTEGER NOT NULL, used REAL NOT NULL, PRIMARY KEY(env, host, mount, at))"),
         QStringLiteral("PRAGMA user_version = %1").arg(schemaVersion)});
}

Result<void> ReadinessHistory::remember(const ReadinessReport &report, const std::vector<CapacitySample> &room)
{
    const qint64 now = report.judgedAt.toMSecsSinceEpoch();
    const auto point = m_file.run(
        QStringLiteral("INSERT INTO points(env, at, passed, counted, failed) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO "
                       "NOTHING"),
        {report.environment, now, report.passed, report.counted, countOf(report, ReadinessVerdict::Fail)});
    if (!point)
        return failure(point.error());
    for (const CapacitySample &sample : room) {
        if (!std::isfinite(sample.usedPercent))
            continue;
        const auto row = m_file.run(
            QStringLiteral("INSERT INTO room(env, host, mount, at, used) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
            {report.environment, sample.host, sample.mount, sample.at.toMSecsSinceEpoch(), sample.usedPercent});
        if (!row)
            return failure(row.error());
    }
    for (const char *table : {"points", "room"}) {
        const auto thinned
            = m_file.run(QStringLiteral("DELETE FROM %1 WHERE env = ? AND at < ?").arg(QLatin1String(table)),
                         {report.environment, now - keptMs});
        if (!thinned)
            return failure(thinned.error());
    }
    return {};
}

Result<std::vector<ReadinessPoint>> ReadinessHistory::trend(const QString &environment, int limit)
{
    auto rows = m_file.run(QStringLiteral("SELECT at, passed, counted, failed FROM points WHERE env = ? ORDER BY at "
                                          "DESC LIMIT ?"),
                           {environment, std::clamp(limit, 1, mostPoints)});
    if (!rows)
        return failure(rows.error());
    std::vector<ReadinessPoint> points;
    while (rows->next())
        points.push_back(
            {timeOf(rows->value(0)), rows->value(1).toInt(), rows->value(2).toInt(), rows->value(3).toInt()});
    std::ranges::reverse(points);
    return points;
}

Result<std::vector<CapacitySample>> ReadinessHistory::capacity(const QString &environment)
{
    // A forecast needs days, not every look: one a day and file system.
    auto rows = m_file.run(QStringLiteral("SELECT min(at), host, mount, used FROM room WHERE env = ? GROUP BY host, "
                                          "mount, at / 86400000 ORDER BY at DESC LIMIT 20000"),
                           {environment});
    if (!rows)
        return failure(rows.error());
    std::vector<CapacitySample> samples;
    while (rows->next())
        samples.push_back(
            {timeOf(rows->value(0)), rows->value(1).toString(), rows->value(2).toString(), rows->value(3).toDouble()});
    return samples;
}

} // namespace taffrail
