// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgdumptext.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr qint64 writtenJustNow = 60; // seconds: a file this young without its trailer may still be written

QByteArray nameOf(const QByteArray &path)
{
    return path.mid(path.lastIndexOf('/') + 1);
}

bool endsWithAny(const QByteArray &name, const QList<QByteArray> &endings)
{
    return std::any_of(endings.begin(), endings.end(), [&](const QByteArray &ending) { return name.endsWith(ending); });
}

QDateTime localTime(const QString &date, const QString &time, DumpZone zone)
{
    QDateTime value(QDate::fromString(date, QStringLiteral("yyyy-MM-dd")),
                    QTime::fromString(time, QStringLiteral("HH:mm:ss")), Qt::UTC);
    return value.isValid() ? value.addSecs(-zone.offsetSeconds) : QDateTime();
}

/// Finish: what the content tells first, then the name when the file was evidently copied, then the file's own time.
void setTimes(Backup &backup, const DumpFile &file, DumpZone zone)
{
    // A dump shows the data of its start: freshness counts from there.
    if (file.startedAt.isValid()) {
        backup.startedAt = backup.finishedAt = file.startedAt;
        backup.finishedIsStart = true;
        if (file.completedAt.isValid())
            backup.detail = QStringLiteral("completed %1").arg(rfc3339(file.completedAt));
        return;
    }
    const QDateTime named = timeInName(nameOf(file.path), zone);
    const bool wasCopied = named.isValid() && file.modifiedAt.isValid() && named.secsTo(file.modifiedAt) > 26 * 3600;
    if (wasCopied) {
        backup.startedAt = backup.finishedAt = named;
        backup.finishedIsStart = true;
        backup.detail
            = QStringLiteral("time taken from its name; the file was written %1").arg(rfc3339(file.modifiedAt));
        return;
    }
    backup.finishedAt = file.modifiedAt;
    backup.detail = QStringLiteral("time taken from the file");
}

bool isEncrypted(const DumpFile &file)
{
    return file.magic.startsWith("age-encryption") || endsWithAny(file.path, {".age", ".gpg", ".pgp", ".enc"});
}

bool isUnfinishedName(const QByteArray &path)
{
    return endsWithAny(path, {".tmp", ".part", ".partial", ".filepart", "~", ".inprogress"});
}

bool isGzip(const DumpFile &file)
{
    return file.magic.startsWith("\x1f\x8b") || file.path.endsWith(".gz");
}

void judge(Backup &backup, const DumpFile &file, const QDateTime &now)
{
    const bool isYoung = now.isValid() && file.modifiedAt.isValid() && file.modifiedAt.secsTo(now) < writtenJustNow;
    const QString words = file.detail;
    if (file.isGrowing || isUnfinishedName(file.path))
        flaw(backup, BackupState::Running, "in_progress", QStringLiteral("it is being written"));
    else if (file.size == 0)
        flaw(backup, isYoung ? BackupState::Running : BackupState::Failed, isYoung ? "in_progress" : "zero_bytes",
             QStringLiteral("the file is empty"));
    else if (isGzip(file) && file.size >= 0 && file.size <= 20)
        flaw(backup, BackupState::Failed, "empty_content",
             QStringLiteral("a gzip file with nothing inside: the dump before the pipe failed"));
    else if (!file.problem.isEmpty() && isYoung && file.problem == QLatin1String("truncated"))
        flaw(backup, BackupState::Running, "in_progress",
             QStringLiteral("written less than a minute ago and not complete yet"));
    else if (!file.problem.isEmpty())
        flaw(backup, BackupState::Flawed, file.problem.toLatin1().constData(), words);
}

} // namespace

QDateTime createdAtOf(const QByteArray &listing, DumpZone zone)
{
    static const QRegularExpression shape(
        QStringLiteral("^; Archive created at (\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d)"),
        QRegularExpression::MultilineOption);
    const QRegularExpressionMatch match = shape.match(QString::fromUtf8(listing.left(65536)));
    return match.hasMatch() ? localTime(match.captured(1), match.captured(2), zone) : QDateTime();
}

QDateTime commentTimeOf(const QByteArray &text, const QByteArray &words, DumpZone zone)
{
    const qsizetype at = text.indexOf("-- " + words + ' ');
    if (at < 0)
        return {};
    const QList<QByteArray> parts = text.mid(at + 4 + words.size(), 40).split(' ');
    return parts.size() >= 2 ? localTime(QString::fromLatin1(parts[0]), QString::fromLatin1(parts[1].left(8)), zone)
                             : QDateTime();
}

QString problemOfDumpError(const QByteArray &err)
{
    struct Row {
        const char *text;
        const char *problem;
    };
    static const Row rows[]{
        {"input file is too short (read 0", "zero_bytes"},
        {"\"toc.dat\" does not exist", "manifest_missing"},
        {"could not uncompress data", "checksum_mismatch"},
        {"incorrect data check", "checksum_mismatch"},
        {"crc error", "checksum_mismatch"},
        {"invalid compressed data", "checksum_mismatch"},
        {"end of file", "truncated"},
        {"input file is too short", "truncated"},
        {"could not open input file", "file_missing"},
        {"does not appear to be a valid archive", "not_a_dump"},
        {"appears to be a text format dump", "not_a_dump"},
        {"not in gzip format", "not_a_dump"},
    };
    for (const Row &row : rows) {
        if (err.contains(row.text))
            return QString::fromLatin1(row.problem);
    }
    return {};
}

QDateTime timeInName(const QByteArray &name, DumpZone zone)
{
    static const QRegularExpression shape(
        QStringLiteral("(?<!\\d)(20\\d\\d)[-_.]?(\\d\\d)[-_.]?(\\d\\d)(?:[T "
                       "_.-]?(\\d\\d)[-_.:]?(\\d\\d)(?:[-_.:]?(\\d\\d))?)?(Z?)(?!\\d)"));
    const QRegularExpressionMatch match = shape.match(QString::fromUtf8(name));
    if (!match.hasMatch())
        return {};
    const QDate date(match.captured(1).toInt(), match.captured(2).toInt(), match.captured(3).toInt());
    const QTime time(match.captured(4).toInt(), match.captured(5).toInt(), match.captured(6).toInt());
    if (!date.isValid() || !time.isValid())
        return {};
    const QDateTime value(date, time, Qt::UTC);
    return match.captured(7).isEmpty() ? value.addSecs(-zone.offsetSeconds) : value;
}

bool isToBeRead(const DumpFile &file)
{
    return file.isProbed && !file.isGrowing && !isUnfinishedName(file.path) && file.size != 0
        && (file.isDirectory || file.magic.startsWith("PGDMP") || file.magic.startsWith("toc.dat")
            || file.magic.startsWith("\x1f\x8b"));
}

Backup backupOf(const DumpFile &file, DumpZone zone, const QDateTime &now)
{
    Backup backup;
    backup.id = sanitizedLine(nameOf(file.path), 200);
    backup.type = BackupType::Logical;
    backup.sizeBytes = backup.storedBytes = file.size;
    backup.location = sanitizedLine(file.path.left(qMax<qsizetype>(1, file.path.lastIndexOf('/'))), 200);
    backup.trust = file.trust;
    backup.verifiedAt = file.verifiedAt;
    if (file.verifiedAt.isValid())
        backup.verifiedBy
            = isGzip(file) ? QStringLiteral("gzip -t and trailer") : QStringLiteral("pg_restore -f /dev/null");
    if (isEncrypted(file))
        backup.encrypted = true;
    else if (file.isProbed)
        backup.encrypted = false;
    setTimes(backup, file, zone);
    judge(backup, file, now);
    if (!file.completedAt.isValid() && backup.state == BackupState::Failed)
        backup.finishedIsStart = false;
    return backup;
}

BackupSet setOf(const std::vector<DumpFile> &files, DumpZone zone, const QDateTime &now)
{
    BackupSet set;
    set.source = QStringLiteral("pg_dump");
    std::vector<size_t> unread;
    for (const DumpFile &file : files) {
        if (file.isUnread)
            unread.push_back(set.backups.size());
        set.backups.push_back(backupOf(file, zone, now));
    }
    markUnread(set, unread);
    flawFutureTimes(set, now, 0);
    assessNewest(set);
    QString problem = set.backups.empty() ? QStringLiteral("no_backups") : QStringLiteral("none");
    for (const Backup &backup : set.backups) {
        if (isUsable(backup))
            break;
        if (backup.problem == QLatin1String("not_read")) {
            problem = backup.problem;
            continue; // what stands behind it speaks
        }
        problem = backup.problem; // a newer bad file counts, also when an older good one stands behind it
        if (backup.state != BackupState::Running)
            break;
    }
    setProblem(set, problem);
    return set;
}

} // namespace taffrail::sources
