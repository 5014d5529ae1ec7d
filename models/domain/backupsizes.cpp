// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsizes.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace taffrail {

namespace {

constexpr size_t mostPoints = 14;
constexpr size_t fewPoints = 5;
constexpr double absoluteFloor = 1024 * 1024;
constexpr qint64 nothingInside = 100; // bytes: an empty gzip has 20

double medianOf(std::vector<double> values)
{
    std::ranges::sort(values);
    const size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

bool isOdd(double bytes, const std::vector<double> &before)
{
    const double median = medianOf(before);
    const double distance = std::abs(bytes - median);
    if (before.size() < fewPoints)
        return distance > std::max(median / 2, absoluteFloor);
    std::vector<double> deviations;
    for (const double value : before)
        deviations.push_back(std::abs(value - median));
    return distance > std::max({4 * 1.4826 * medianOf(deviations), median / 5, absoluteFloor});
}

/// Dumps of several databases lie in one folder: their names tell them apart, without what changes from one to the
/// next.
QString familyOf(const Backup &backup)
{
    if (backup.type != BackupType::Logical && backup.type != BackupType::Archive)
        return {};
    QString name = backup.id;
    for (QChar &letter : name) {
        if (letter.isDigit())
            letter = QLatin1Char('#');
    }
    return name;
}

} // namespace

std::vector<SizeAnomaly> oddSizes(const BackupSet &set)
{
    std::map<std::tuple<int, QString, QString>, std::vector<const Backup *>> kinds;
    for (const Backup &backup : set.backups) { // newest first
        const bool isPart = backup.type == BackupType::Differential || backup.type == BackupType::Incremental;
        if (isUsable(backup) && !isPart && backup.sizeBytes >= 0)
            kinds[{int(backup.type), backup.location, familyOf(backup)}].push_back(&backup);
    }
    std::vector<SizeAnomaly> odd;
    for (const auto &[kind, backups] : kinds) {
        // Snapshots and archives of one repository may be of quite different things: no trend without a name.
        if (backups.front()->type == BackupType::Snapshot)
            continue;
        std::vector<double> before;
        for (size_t i = 1; i < backups.size() && i <= mostPoints; ++i)
            before.push_back(double(backups[i]->sizeBytes));
        const Backup &newest = *backups.front();
        const bool isNothing = newest.sizeBytes <= nothingInside;
        if (!isNothing && (before.size() < 2 || !isOdd(double(newest.sizeBytes), before)))
            continue;
        odd.push_back({newest.id, newest.type, newest.location, newest.sizeBytes,
                       before.empty() ? 0 : qint64(medianOf(before)), int(before.size())});
    }
    return odd;
}

} // namespace taffrail
