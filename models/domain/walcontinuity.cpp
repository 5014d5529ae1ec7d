// SPDX-License-Identifier: GPL-3.0-or-later
#include "walcontinuity.h"

#include <QRegularExpression>

#include <algorithm>
#include <map>
#include <set>

namespace taffrail {

namespace {

constexpr qint64 usualSegment = 16 * 1024 * 1024;
constexpr quint64 wholeLog = 0x100000000ULL;
constexpr size_t mostGaps = 1000;

/// Endings that tools add to a name; any other ending makes it another kind of file.
const QString endings = QStringLiteral("(?:\\.(?:gz|zst|zstd|lz4|lzma|lzo|br|bz2|xz|snappy|Z|gpg|age|enc|aes))*");

quint64 perLogOf(qint64 segmentBytes)
{
    const bool isPossible = segmentBytes >= 1024 * 1024 && segmentBytes <= 1024LL * 1024 * 1024;
    return wholeLog / quint64(isPossible ? segmentBytes : usualSegment);
}

quint64 indexOf(const WalSegment &segment, quint64 perLog)
{
    return segment.log * perLog + segment.number;
}

WalSegment segmentAt(quint32 timeline, quint64 index, quint64 perLog)
{
    return {timeline, quint32(index / perLog), quint32(index % perLog)};
}

struct Archive {
    std::map<quint32, std::set<quint64>> timelines; ///< indexes present, by timeline
    std::set<quint32> histories;
    quint64 perLog = 256;
};

Archive archiveOf(const QStringList &fileNames, qint64 segmentBytes)
{
    Archive archive;
    archive.perLog = perLogOf(segmentBytes > 0 ? segmentBytes : walSegmentBytesOf(fileNames));
    for (const QString &name : fileNames) {
        if (const std::optional<WalSegment> segment = walSegmentOf(name)) {
            if (segment->number < archive.perLog)
                archive.timelines[segment->timeline].insert(indexOf(*segment, archive.perLog));
        } else if (const std::optional<quint32> history = walHistoryOf(name)) {
            archive.histories.insert(*history);
        }
    }
    return archive;
}

struct Range {
    quint32 timeline = 0;
    quint64 first = 0, last = 0; ///< both missing
};

/// Missing segments between the first and the last of each timeline, and between a timeline and the next one.
std::vector<Range> holesOf(const Archive &archive)
{
    std::vector<Range> holes;
    std::optional<std::pair<quint32, quint64>> before; ///< timeline and last index of the one before
    for (const auto &[timeline, indexes] : archive.timelines) {
        if (before && *indexes.begin() > before->second + 1)
            holes.push_back({before->first, before->second + 1, *indexes.begin() - 1});
        std::optional<quint64> last;
        for (const quint64 index : indexes) {
            if (last && index > *last + 1)
                holes.push_back({timeline, *last + 1, index - 1});
            last = index;
        }
        if (!before || *last >= before->second)
            before = {timeline, *last};
    }
    return holes;
}

struct Needed {
    const Backup *backup = nullptr;
    quint32 timeline = 0;
    quint64 start = 0, stop = 0;
};

std::vector<Needed> neededBy(const std::vector<Backup> &backups, const QString &location, quint64 perLog)
{
    std::vector<Needed> all;
    for (const Backup &backup : backups) {
        const std::optional<WalSegment> start = walSegmentOf(backup.walStart);
        const std::optional<WalSegment> stop
            = walSegmentOf(backup.walStop.isEmpty() ? backup.walStart : backup.walStop);
        const bool isOther = !location.isEmpty() && !backup.location.isEmpty() && backup.location != location;
        if (isOther || !start || !stop || backup.state == BackupState::Running || backup.state == BackupState::Failed
            || backup.state == BackupState::Expired)
            continue;
        all.push_back({&backup, start->timeline, indexOf(*start, perLog),
                       std::max(indexOf(*start, perLog), indexOf(*stop, perLog))});
    }
    return all;
}

WalGap gapOf(const Range &hole, quint64 perLog, const QString &location)
{
    WalGap gap;
    gap.location = location;
    gap.first = walSegmentName(segmentAt(hole.timeline, hole.first, perLog));
    gap.last = walSegmentName(segmentAt(hole.timeline, hole.last, perLog));
    gap.count = qint64(std::min<quint64>(hole.last - hole.first + 1, quint64(INT64_MAX)));
    return gap;
}

/// Segments of a backup that are missing, also where nothing later lies behind them. Walks what is there, not what
/// should be: a name may claim any distance.
std::vector<Range> missingOf(const Needed &needed, const Archive &archive)
{
    static const std::set<quint64> nothing;
    const auto own = archive.timelines.find(needed.timeline);
    const std::set<quint64> &present = own == archive.timelines.end() ? nothing : own->second;
    std::vector<Range> missing;
    quint64 next = needed.start;
    for (auto at = present.lower_bound(needed.start); at != present.end() && *at <= needed.stop; ++at) {
        if (*at > next && missing.size() < mostGaps)
            missing.push_back({needed.timeline, next, *at - 1});
        next = *at + 1;
    }
    if (next <= needed.stop)
        missing.push_back({needed.timeline, next, needed.stop});
    return missing;
}

/// Timelines that cannot be followed to, because their history file is lost.
void addLostHistories(std::vector<WalGap> &gaps, const Archive &archive, const std::vector<Needed> &needed,
                      const QString &location)
{
    if (archive.histories.empty() || archive.timelines.empty())
        return;
    const quint32 oldest = archive.timelines.begin()->first;
    for (const auto &[timeline, indexes] : archive.timelines) {
        if (timeline == oldest || archive.histories.contains(timeline))
            continue;
        WalGap gap;
        gap.location = location;
        gap.first = gap.last = QStringLiteral("%1.history")
                                   .arg(timeline, 8, 16, QLatin1Char('0'))
                                   .toUpper()
                                   .replace(QStringLiteral(".HISTORY"), QStringLiteral(".history"));
        gap.count = 1;
        for (const Needed &each : needed) {
            if (each.timeline < timeline)
                gap.breaks.append(each.backup->id);
        }
        if (!gap.breaks.isEmpty())
            gaps.push_back(gap);
    }
}

} // namespace

std::optional<WalSegment> walSegmentOf(const QString &fileName)
{
    static const QRegularExpression shape(
        QStringLiteral("^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(?:-[0-9a-f]{40})?%1$").arg(endings));
    const QRegularExpressionMatch match = shape.match(fileName.trimmed().section(QLatin1Char('/'), -1));
    if (!match.hasMatch())
        return std::nullopt;
    const WalSegment segment{match.captured(1).toUInt(nullptr, 16), match.captured(2).toUInt(nullptr, 16),
                             match.captured(3).toUInt(nullptr, 16)};
    return segment.timeline > 0 ? std::optional<WalSegment>(segment) : std::nullopt;
}

QString walSegmentName(const WalSegment &segment)
{
    return QStringLiteral("%1%2%3")
        .arg(segment.timeline, 8, 16, QLatin1Char('0'))
        .arg(segment.log, 8, 16, QLatin1Char('0'))
        .arg(segment.number, 8, 16, QLatin1Char('0'))
        .toUpper();
}

std::optional<quint32> walHistoryOf(const QString &fileName)
{
    static const QRegularExpression shape(QStringLiteral("^([0-9A-F]{8})\\.history%1$").arg(endings));
    const QRegularExpressionMatch match = shape.match(fileName.trimmed().section(QLatin1Char('/'), -1));
    return match.hasMatch() ? std::optional<quint32>(match.captured(1).toUInt(nullptr, 16)) : std::nullopt;
}

qint64 walSegmentBytesOf(const QStringList &fileNames)
{
    std::map<std::pair<quint32, quint32>, std::pair<quint32, quint32>> logs; ///< first and last number of each log
    quint32 highest = 0;
    for (const QString &name : fileNames) {
        const std::optional<WalSegment> segment = walSegmentOf(name);
        if (!segment)
            continue;
        const auto [log, isNew]
            = logs.try_emplace({segment->timeline, segment->log}, std::pair(segment->number, segment->number));
        log->second.first = std::min(log->second.first, segment->number);
        log->second.second = std::max(log->second.second, segment->number);
        highest = std::max(highest, segment->number);
    }
    const auto sizeFor = [](quint64 perLog) { return qint64(wholeLog / perLog); };
    if (highest > 255) { // only smaller segments have such numbers
        quint64 perLog = 512;
        while (perLog <= highest && perLog < 4096)
            perLog *= 2;
        return sizeFor(perLog);
    }
    // Every log that is left for the next one ends with the same number, one less than a power of two: that is the
    // size.
    const quint64 perLog = quint64(highest) + 1;
    bool isLeft = false;
    for (auto log = logs.begin(); log != logs.end(); ++log) {
        const auto next = logs.find({log->first.first, log->first.second + 1});
        if (next == logs.end())
            continue;
        if (log->second.second != highest || next->second.first != 0)
            return usualSegment;
        isLeft = true;
    }
    const bool isPower = (perLog & (perLog - 1)) == 0 && perLog >= 4;
    return isLeft && isPower ? sizeFor(perLog) : usualSegment;
}

std::vector<WalGap> walGaps(const QStringList &fileNames, const std::vector<Backup> &backups, const QString &location,
                            qint64 segmentBytes)
{
    std::vector<WalGap> gaps;
    const Archive archive = archiveOf(fileNames, segmentBytes);
    const std::vector<Needed> needed = neededBy(backups, location, archive.perLog);
    std::optional<quint64> oldest;
    for (const Needed &each : needed)
        oldest = std::min(oldest.value_or(each.start), each.start);
    std::map<std::pair<QString, QString>, size_t> seen; ///< by first and last name
    for (const Needed &each : needed) {
        for (const Range &missing : missingOf(each, archive)) {
            WalGap gap = gapOf(missing, archive.perLog, location);
            const auto [place, isNew] = seen.try_emplace({gap.first, gap.last}, gaps.size());
            if (isNew && gaps.size() < mostGaps) {
                gap.insideBackup = true;
                gaps.push_back(gap);
            }
            if (place->second < gaps.size() && !gaps[place->second].breaks.contains(each.backup->id))
                gaps[place->second].breaks.append(each.backup->id);
        }
    }
    for (const Range &hole : holesOf(archive)) {
        WalGap gap = gapOf(hole, archive.perLog, location);
        if ((oldest && hole.last < *oldest) || seen.contains({gap.first, gap.last}) || gaps.size() >= mostGaps)
            continue;
        bool isInside = false;
        for (const Needed &each : needed) {
            // A hole that a backup's own missing segments are a part of is told there already.
            isInside
                = isInside || (each.timeline == hole.timeline && hole.first >= each.start && hole.last <= each.stop);
            if (each.stop < hole.first)
                gap.breaks.append(each.backup->id);
        }
        if (!isInside)
            gaps.push_back(gap);
    }
    addLostHistories(gaps, archive, needed, location);
    return gaps;
}

} // namespace taffrail
