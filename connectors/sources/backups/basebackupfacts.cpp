// SPDX-License-Identifier: GPL-3.0-or-later
#include "basebackupfacts.h"

#include "backupjson.h"
#include "barmantext.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr qint64 writtenJustNow = 120; // seconds: files this young without a manifest are still being written

struct Piece {
    QByteArray path;
    QList<QByteArray> lines;

    QByteArray value(const char *key) const
    {
        const QByteArray begin = QByteArray(key) + ' ';
        for (const QByteArray &line : lines) {
            if (line.startsWith(begin))
                return line.mid(begin.size()).trimmed();
        }
        return {};
    }
    /// All lines of one kind, joined.
    QByteArray text(const char *key) const
    {
        const QByteArray begin = QByteArray(key) + ' ';
        QByteArray all;
        for (const QByteArray &line : lines) {
            if (line.startsWith(begin))
                all += line.mid(begin.size()) + '\n';
        }
        return all;
    }
    bool has(const QByteArray &line) const { return lines.contains(line); }
};

std::vector<Piece> piecesOf(const QByteArray &out)
{
    std::vector<Piece> pieces;
    for (const QByteArray &line : out.split('\n')) {
        if (line.startsWith("==> /"))
            pieces.push_back({line.mid(4), {}});
        else if (!pieces.empty())
            pieces.back().lines.append(line);
    }
    return pieces;
}

QString captured(const QByteArray &text, const QString &pattern)
{
    const QRegularExpression shape(pattern, QRegularExpression::MultilineOption);
    return shape.match(QString::fromUtf8(text.left(100'000))).captured(1);
}

/// "START TIME: 2026-11-20 15:58:30 UTC": a zone other than UTC is named, not counted; the label then gives no time.
void readLabel(Backup &backup, const QByteArray &label, const QTimeZone &zone)
{
    const QString start = captured(label, QStringLiteral("^START TIME: (\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)"));
    const QString name = captured(label, QStringLiteral("^START TIME: \\S+ \\S+ (\\S+)"));
    QTimeZone told(name.toLatin1());
    if (name == QLatin1String("UTC") || name == QLatin1String("GMT"))
        told = QTimeZone::utc();
    static const QRegularExpression offset(QStringLiteral("^[+-]\\d\\d"));
    if (offset.match(name).hasMatch())
        backup.startedAt = timeInZone(start + name, zone);
    else if (told.isValid() || name.isEmpty())
        backup.startedAt = timeInZone(start, name.isEmpty() ? zone : told);
    backup.walStart = captured(label, QStringLiteral("^START WAL LOCATION: \\S+ \\(file ([0-9A-F]{24})\\)"));
    backup.detail = sanitizedLine(captured(label, QStringLiteral("^LABEL: (.*)$")).toUtf8(), 120);
}

/// Reads the end of a manifest: complete, of which system, and whether its own checksum is right.
void judgeManifest(Backup &backup, const QByteArray &head, const QByteArray &end, const QByteArray &hash)
{
    const QString checksum = captured(end, QStringLiteral("\"Manifest-Checksum\": \"([0-9a-f]{64})\""));
    const QString system = captured(head, QStringLiteral("\"System-Identifier\": \"?(\\d{1,20})"));
    if (!system.isEmpty())
        backup.systemId = system;
    if (!head.contains("PostgreSQL-Backup-Manifest-Version"))
        flaw(backup, BackupState::Flawed, "manifest_corrupt", QStringLiteral("its manifest does not begin like one"));
    else if (checksum.isEmpty())
        flaw(backup, BackupState::Flawed, "manifest_corrupt", QStringLiteral("its manifest is cut off"));
    else if (!hash.isEmpty() && checksum.toLatin1() != hash)
        flaw(backup, BackupState::Flawed, "manifest_corrupt", QStringLiteral("its manifest was changed"));
}

void judgeUnfinished(Backup &backup, const Piece &piece, bool isStreaming, const QDateTime &now)
{
    const QDateTime newest = timeOf(piece.value("newest").toLongLong());
    const bool isYoung = newest.isValid() && now.isValid() && newest.secsTo(now) < writtenJustNow;
    backup.startedAt = backup.startedAt.isValid() ? backup.startedAt : newest;
    if (isYoung || (isStreaming && newest.isValid() && now.isValid() && newest.secsTo(now) < 3600))
        flaw(backup, BackupState::Running, "in_progress", QStringLiteral("it is being written"));
    else
        flaw(backup, BackupState::Failed, "manifest_missing",
             QStringLiteral("it has no manifest: aborted, or taken without one"));
}

Backup baseOf(const Piece &piece, bool isStreaming, const QDateTime &now)
{
    Backup backup;
    backup.id = sanitizedLine(piece.path.mid(piece.path.lastIndexOf('/') + 1), 200);
    backup.location = sanitizedLine(piece.path.left(std::max<qsizetype>(1, piece.path.lastIndexOf('/'))), 200);
    backup.type = BackupType::Full;
    backup.encrypted = false;
    if (piece.has("denied")) {
        flaw(backup, BackupState::Flawed, "repo_error", QStringLiteral("no right to read it"));
        return backup;
    }
    readLabel(backup, piece.text("L"), QTimeZone::utc());
    backup.systemId = QString::fromLatin1(piece.value("system").left(20));
    const QList<QByteArray> archives = piece.text("A").split('\n');
    qint64 stored = 0;
    for (const QByteArray &line : archives)
        stored += line.left(line.indexOf(' ')).toLongLong();
    const bool isTar = stored > 0;
    const QList<QByteArray> manifest = piece.value("M").split(' ');
    if (manifest.size() < 2) {
        judgeUnfinished(backup, piece, isStreaming, now);
        return backup;
    }
    backup.finishedAt = timeOf(manifest[1].toLongLong());
    backup.sizeBytes = piece.value("sum").split(' ').first().toLongLong();
    backup.storedBytes = isTar ? stored : backup.sizeBytes;
    backup.trust = Trust::Listed;
    if (piece.has("pidfile yes"))
        flaw(backup, BackupState::Flawed, "checksum_mismatch",
             QStringLiteral("a server has been started in it: it is no backup any more"));
    else if (!isTar && (piece.has("started yes") || piece.text("L").isEmpty()))
        flaw(backup, BackupState::Flawed, "file_missing", QStringLiteral("its backup_label is missing"));
    else
        judgeManifest(backup, piece.text("H"), piece.text("E"), piece.value("hash"));
    if (isUsable(backup) && isTar && piece.text("A").contains("|") == false)
        flaw(backup, BackupState::Flawed, "file_missing", QStringLiteral("its archive is missing"));
    if (isUsable(backup))
        backup.trust = Trust::Metadata;
    if (!backup.finishedAt.isValid() && isUsable(backup))
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no time"));
    return backup;
}

BackupSet setOfOne(const Backup &backup, bool isCounted)
{
    BackupSet set;
    set.source = QStringLiteral("pg_basebackup");
    set.backups.push_back(backup);
    assessNewest(set);
    set.assessment.type = BackupType::Full;
    if (!isCounted)
        set.assessment.count.reset();
    setProblem(set, backup.problem.isEmpty() ? QStringLiteral("none") : backup.problem);
    return set;
}

BackupSet readProgress(const QByteArray &out)
{
    BackupSet set;
    set.source = QStringLiteral("pg_basebackup");
    set.assessment.type = BackupType::Full;
    set.assessment.count = 0;
    const bool isRow = out.contains("RECORD 1") || captured(out, QStringLiteral("^\\s*pid\\s*\\|\\s*(\\d+)")).size() > 0
        || captured(out,
                    QStringLiteral("(initializing|waiting for checkpoint|estimating backup size|streaming database "
                                   "files|waiting for wal archiving|transferring wal files)"))
                .size()
            > 0;
    if (!isRow) {
        set.assessment.type.reset();
        set.assessment.count.reset();
        setProblem(set, QStringLiteral("none"));
        set.notes.append(QStringLiteral("no base backup runs"));
        return set;
    }
    setProblem(set, QStringLiteral("in_progress"));
    const qint64 total = captured(out, QStringLiteral("^backup_total\\s*\\|\\s*(\\d+)")).toLongLong();
    const qint64 done = captured(out, QStringLiteral("^backup_streamed\\s*\\|\\s*(\\d+)")).toLongLong();
    if (total > 0)
        set.notes.append(QStringLiteral("%1 of %2 written").arg(bytesText(done), bytesText(total)));
    return set;
}

BackupSet readManifest(const QByteArray &out)
{
    Backup backup;
    backup.type = BackupType::Full;
    const qsizetype last = out.lastIndexOf("\"Manifest-Checksum\"");
    const QByteArray before = last < 0 ? QByteArray() : out.left(last);
    judgeManifest(backup, out.left(400), out.right(800),
                  last < 0 ? QByteArray() : QCryptographicHash::hash(before, QCryptographicHash::Sha256).toHex());
    return setOfOne(backup, true);
}

} // namespace

std::vector<Backup> baseBackupsOf(const QByteArray &listing, bool isStreaming, const QDateTime &now)
{
    // Ages are judged by the clock that stamped the files.
    QDateTime clock = now;
    if (listing.startsWith("T "))
        clock = timeOf(listing.mid(2, listing.indexOf('\n') - 2).trimmed().toLongLong());
    std::vector<Backup> backups;
    for (const Piece &piece : piecesOf(listing))
        backups.push_back(baseOf(piece, isStreaming, clock.isValid() ? clock : now));
    return backups;
}

void applyBaseVerify(std::vector<Backup> &backups, const QByteArray &listing, const QByteArray &verified,
                     const QDateTime &at)
{
    const std::vector<Piece> listed = piecesOf(listing);
    for (const Piece &piece : piecesOf(verified)) {
        const auto same = std::ranges::find(listed, piece.path, &Piece::path);
        const size_t index = size_t(same - listed.begin());
        if (same == listed.end() || index >= backups.size() || same->value("M") != piece.value("M"))
            continue;
        Backup &backup = backups[index];
        const QByteArray said = piece.text("O");
        const bool isTar = !piece.value("tar").isEmpty();
        const QByteArray code = isTar ? piece.value("tar") : piece.value("verify");
        if (code.isEmpty() || code == "127" || !isUsable(backup))
            continue;
        if (isTar && code == "0") {
            backup.trust = Trust::Checksums;
            backup.verifiedBy = QStringLiteral("tar -t");
        } else if (isTar) {
            flaw(backup, BackupState::Flawed, "truncated", sanitizedLine(said, 200));
        } else {
            const QString problem = problemOfVerifybackup({code.toInt(), said, said});
            if (problem == QLatin1String("none")) {
                backup.trust = Trust::AllBytes;
                backup.verifiedBy = QStringLiteral("pg_verifybackup");
            } else if (problem != QLatin1String("nothing_checked")) {
                flaw(backup, BackupState::Flawed, problem.toLatin1().constData(), sanitizedLine(said, 200));
            }
        }
        if (backup.trust >= Trust::Checksums)
            backup.verifiedAt = at;
    }
}

BackupSet readCapturedBase(const Captured &captured, const QTimeZone &zone)
{
    const QByteArray &out = captured.reply.out;
    const QByteArray text = out + captured.reply.err;
    if (out.contains("PostgreSQL-Backup-Manifest-Version"))
        return readManifest(out);
    if (out.contains("START WAL LOCATION:")) {
        Backup backup;
        backup.type = BackupType::Full;
        readLabel(backup, out, zone);
        const QString stop = ::taffrail::sources::captured(out, QStringLiteral("^STOP TIME: (\\S+ \\S+)"));
        backup.finishedAt = stop.isEmpty() ? backup.startedAt : timeInZone(stop, zone);
        backup.finishedIsStart = stop.isEmpty();
        return setOfOne(backup, true);
    }
    const bool isVerify = text.contains("pg_verifybackup:") || text.contains("backup successfully verified")
        || text.contains("pg_waldump: error") || captured.command.contains(QLatin1String("pg_verifybackup"));
    if (!isVerify
        && (out.contains("backup_streamed") || captured.command.contains(QLatin1String("pg_stat_progress_basebackup"))))
        return readProgress(out);
    Backup backup;
    backup.type = BackupType::Full;
    const QString problem = problemOfVerifybackup(captured.reply);
    if (problem == QLatin1String("none")) {
        backup.trust = Trust::AllBytes;
        backup.verifiedAt = captured.at;
        backup.verifiedBy = QStringLiteral("pg_verifybackup");
    } else {
        flaw(backup, BackupState::Flawed, problem.toLatin1().constData(), firstLine(captured.reply.err));
    }
    BackupSet set = setOfOne(backup, problem != QLatin1String("nothing_checked"));
    for (const QByteArray &line : captured.reply.err.split('\n')) {
        if (!line.trimmed().isEmpty() && set.notes.size() < 5)
            set.notes.append(sanitizedLine(line, 300));
    }
    return set;
}

} // namespace taffrail::sources
