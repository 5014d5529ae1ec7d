// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr double clockTolerance = 60; // seconds; more is a wrong zone or a skewed clock

/// Timeline, log and segment of a 24-digit name; empty for history, backup label and partial files.
struct Segment {
    quint64 timeline = 0, log = 0, number = 0;
};

std::optional<Segment> segmentOf(const QByteArray &name)
{
    if (name.size() < 24 || (name.size() > 24 && name[24] != '.'))
        return std::nullopt;
    Segment segment;
    bool a = false;
    bool b = false;
    bool c = false;
    segment.timeline = name.mid(0, 8).toULongLong(&a, 16);
    segment.log = name.mid(8, 8).toULongLong(&b, 16);
    segment.number = name.mid(16, 8).toULongLong(&c, 16);
    return a && b && c ? std::optional<Segment>(segment) : std::nullopt;
}

} // namespace

void assessNewest(BackupSet &set)
{
    const auto timeOfBackup
        = [](const Backup &backup) { return backup.finishedAt.isValid() ? backup.finishedAt : backup.startedAt; };
    std::stable_sort(set.backups.begin(), set.backups.end(),
                     [&](const Backup &a, const Backup &b) { return timeOfBackup(b) < timeOfBackup(a); });
    int usable = 0;
    set.assessment.latestFinishedAt = {}; // what was usable at an earlier look may be flawed now
    set.assessment.timeIsStart = false;
    set.assessment.type.reset();
    for (const Backup &backup : set.backups) {
        if (!isUsable(backup))
            continue;
        if (usable++ == 0) {
            set.assessment.latestFinishedAt = backup.finishedAt;
            set.assessment.timeIsStart = backup.finishedIsStart;
            set.assessment.type = backup.type;
        }
    }
    set.assessment.count = usable;
}

void setProblem(BackupSet &set, const QString &problem)
{
    static const QStringList harmless{QStringLiteral("none"),          QStringLiteral("in_progress"),
                                      QStringLiteral("locked"),        QStringLiteral("obsolete"),
                                      QStringLiteral("check_skipped"), QStringLiteral("not_read")};
    set.assessment.problem = problem;
    set.assessment.ok = harmless.contains(problem);
}

void flaw(Backup &backup, BackupState state, const char *problem, const QString &detail)
{
    backup.state = state;
    backup.problem = QString::fromLatin1(problem);
    backup.detail = detail;
}

void flawFutureTimes(BackupSet &set, const QDateTime &now, double clockOffsetSeconds)
{
    if (!now.isValid())
        return;
    const QDateTime latest = now.addMSecs(qint64((clockOffsetSeconds + clockTolerance) * 1000));
    for (Backup &backup : set.backups) {
        if (isUsable(backup) && backup.finishedAt.isValid() && backup.finishedAt > latest)
            flaw(backup, BackupState::Flawed, "time_in_future",
                 QStringLiteral("its time lies in the future: a wrong zone or a wrong clock"));
    }
}

void markUnread(BackupSet &set, const std::vector<size_t> &unread)
{
    const bool isOneProved = std::ranges::any_of(
        set.backups, [](const Backup &backup) { return isUsable(backup) && backup.trust >= Trust::Checksums; });
    for (const size_t index : unread) {
        Backup &backup = set.backups[index];
        if (!isUsable(backup))
            continue;
        backup.detail = QStringLiteral("listed, not read yet");
        if (isOneProved)
            backup.problem = QStringLiteral("not_read");
    }
}

QDateTime timeOf(qint64 epochSeconds)
{
    if (epochSeconds <= 0 || epochSeconds > 253402300799) // the year 9999
        return {};
    return QDateTime::fromSecsSinceEpoch(epochSeconds, Qt::UTC);
}

QString firstLine(const QByteArray &text)
{
    for (const QByteArray &line : text.split('\n')) {
        const QByteArray trimmed = line.trimmed();
        if (!trimmed.isEmpty())
            return sanitizedLine(trimmed, 300);
    }
    return {};
}

QString optionText(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key)).toString();
}

const Reply *firstAnswer(const Replies &replies, const QString &name)
{
    for (const Reply &reply : replies) {
        if (reply.name == name && reply.as<ShellReply>())
            return &reply;
    }
    return nullptr;
}

Error whyNoAnswer(const Replies &replies, const SourceEntry &entry)
{
    for (const Reply &reply : replies) {
        if (const Error *error = reply.error())
            return *error;
    }
    return {ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("there is no answer to read"), {}};
}

std::optional<quint64> segmentEnd(const QByteArray &name, qint64 segmentBytes)
{
    const std::optional<Segment> segment = segmentOf(name);
    if (!segment || segmentBytes <= 0)
        return std::nullopt;
    const quint64 size = quint64(segmentBytes);
    const quint64 perLog = 0x100000000ULL / size;
    if (segment->number >= perLog)
        return std::nullopt;
    return (segment->log * perLog + segment->number + 1) * size;
}

std::optional<quint64> lsnBytes(const QByteArray &lsn)
{
    const qsizetype slash = lsn.indexOf('/');
    bool isHigh = false;
    bool isLow = false;
    const quint64 high = lsn.left(qMax<qsizetype>(0, slash)).toULongLong(&isHigh, 16);
    const quint64 low = lsn.mid(slash + 1).toULongLong(&isLow, 16);
    if (slash <= 0 || !isHigh || !isLow || high > 0xffffffffULL || low > 0xffffffffULL)
        return std::nullopt;
    return (high << 32) + low;
}

QByteArray nextSegment(const QByteArray &name, qint64 segmentBytes)
{
    std::optional<Segment> segment = segmentOf(name);
    if (!segment || segmentBytes <= 0)
        return {};
    const quint64 perLog = 0x100000000ULL / quint64(segmentBytes);
    if (++segment->number >= perLog) {
        segment->number = 0;
        ++segment->log;
    }
    const auto hex = [](quint64 value) { return QByteArray::number(value, 16).toUpper().rightJustified(8, '0'); };
    return hex(segment->timeline) + hex(segment->log) + hex(segment->number);
}

} // namespace taffrail::sources
