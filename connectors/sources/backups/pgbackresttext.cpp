// SPDX-License-Identifier: GPL-3.0-or-later
// clazy:excludeall=use-static-qregularexpression (two patterns hold a name that is handed in)
#include "pgbackresttext.h"

#include "pgbackrestinfo.h"

#include "text.h"

#include <QRegularExpression>
#include <QSet>

namespace taffrail::sources {

namespace {

constexpr qint64 segmentBytes = 16 * 1024 * 1024; // verify doesn't tell the size; pgBackRest refuses to say more

/// A line without the log prefix "2026-11-20 15:52:24.763 P00 DETAIL: " and without indentation.
QByteArray unlogged(const QByteArray &line)
{
    static const QRegularExpression prefix(
        QStringLiteral("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+ P\\d+ +[A-Z]+: "));
    const QString text = QString::fromUtf8(line);
    const QRegularExpressionMatch match = prefix.match(text);
    return (match.hasMatch() ? text.mid(match.capturedLength()) : text).trimmed().toUtf8();
}

BackupType typeOfLabel(const QString &label)
{
    return label.endsWith(QLatin1Char('D')) ? BackupType::Differential
        : label.endsWith(QLatin1Char('I'))  ? BackupType::Incremental
                                            : BackupType::Full;
}

/// "missing: 0, checksum invalid: 1, size invalid: 0, other: 2" → the word of the first counter that is not zero.
QString problemOfCounters(const QByteArray &line, bool isArchive)
{
    const auto count = [&](const char *name) {
        const QRegularExpression counter(QStringLiteral("(?:^|, )%1: (\\d+)").arg(QLatin1String(name)));
        return counter.match(QString::fromUtf8(line)).captured(1).toLongLong();
    };
    if (count("checksum invalid") > 0)
        return isArchive ? QStringLiteral("wal_corrupt") : QStringLiteral("checksum_mismatch");
    if (count("missing") > 0)
        return isArchive ? QStringLiteral("wal_gap") : QStringLiteral("file_missing");
    if (count("size invalid") > 0)
        return isArchive ? QStringLiteral("wal_corrupt") : QStringLiteral("truncated");
    if (count("other") > 0)
        return isArchive ? QStringLiteral("wal_corrupt") : QStringLiteral("repo_error");
    return {};
}

/// What the lines of one verify run said.
struct Verified {
    bool hasReport = false;
    bool saysError = false;
    bool hasNoBackupInfo = false;
    bool isFinished = false;
    bool asksForText = false;
    std::vector<Backup> backups;
    QSet<QString> seen;
    QString archiveProblem;
    QHash<QByteArray, QByteArray> rangeEnds; ///< archive id and timeline → end of the last contiguous range
    QStringList missingWal;
    qint64 missingCount = 0;
};

void readBackupLine(Verified &verified, const QByteArray &line, Backup *&current)
{
    static const QRegularExpression shape(QStringLiteral("^backup: ([^,]+), status: ([^,]+)"));
    const QRegularExpressionMatch match = shape.match(QString::fromUtf8(line));
    current = nullptr;
    if (!match.hasMatch())
        return;
    const QString label = sanitizedLine(match.captured(1).toUtf8(), 120);
    if (verified.seen.contains(label)) // the report stands twice when it is logged too
        return;
    verified.seen.insert(label);
    Backup backup;
    backup.id = label;
    backup.type = typeOfLabel(label);
    const QString status = match.captured(2).trimmed();
    if (status == QLatin1String("valid")) {
        backup.trust = Trust::Checksums;
    } else if (status == QLatin1String("in-progress")) {
        flaw(backup, BackupState::Running, "in_progress", QStringLiteral("it is being taken"));
    } else if (status == QLatin1String("manifest missing")) {
        flaw(backup, BackupState::Flawed, "manifest_missing", QStringLiteral("its manifest is missing"));
    } else {
        flaw(backup, BackupState::Flawed, "repo_error",
             QStringLiteral("verify calls it %1").arg(sanitizedLine(status.toUtf8(), 60)));
    }
    verified.backups.push_back(backup);
    current = &verified.backups.back();
}

/// Two ranges of one archive and timeline that do not join = a hole, which the status of the report ignores.
void readRange(Verified &verified, const QByteArray &line)
{
    static const QRegularExpression shape(
        QStringLiteral("^archiveId: ([^,]+), wal start: ([0-9A-F]{24}), wal stop: ([0-9A-F]{24})"));
    const QRegularExpressionMatch match = shape.match(QString::fromUtf8(line));
    if (!match.hasMatch())
        return;
    const QByteArray start = match.captured(2).toLatin1();
    const QByteArray key = match.captured(1).toUtf8() + '/' + start.left(8);
    const QByteArray last = verified.rangeEnds.value(key);
    verified.rangeEnds.insert(key, match.captured(3).toLatin1());
    if (last.isEmpty())
        return;
    for (QByteArray name = nextSegment(last, segmentBytes); !name.isEmpty() && name < start;
         name = nextSegment(name, segmentBytes)) {
        if (++verified.missingCount > 1000)
            break;
        if (verified.missingWal.size() < 20)
            verified.missingWal.append(QString::fromLatin1(name));
    }
}

Verified readReport(const QByteArray &out)
{
    Verified verified;
    Backup *current = nullptr;
    bool isArchive = false;
    for (const QByteArray &raw : out.split('\n')) {
        const QByteArray line = unlogged(raw);
        if (line.startsWith("verify command begin"))
            verified.asksForText = line.contains("--output=text");
        else if (line.startsWith("verify command end: completed"))
            verified.isFinished = true;
        else if (line.startsWith("status: "))
            verified.saysError = verified.saysError || line == "status: error";
        else if (line.startsWith("No usable backup.info"))
            verified.hasNoBackupInfo = true;
        else if (line.startsWith("backup: ")) {
            readBackupLine(verified, line, current);
            isArchive = false;
        } else if (line.startsWith("archiveId: ")) {
            readRange(verified, line);
            isArchive = true;
        } else if (line.contains(": ")
                   && (line.startsWith("missing: ") || line.contains("invalid: ") || line.startsWith("other: "))) {
            const QString problem = problemOfCounters(line, isArchive);
            if (isArchive && verified.archiveProblem.isEmpty())
                verified.archiveProblem = problem;
            else if (!isArchive && current && !problem.isEmpty())
                flaw(*current, BackupState::Flawed, problem.toLatin1().constData(), sanitizedLine(line, 200));
        }
        verified.hasReport = verified.hasReport || line.startsWith("stanza: ");
    }
    return verified;
}

QString problemOf(const Verified &verified, const Captured &captured)
{
    if (captured.reply.exitCode != 0)
        return problemOfExitCode(captured.reply.exitCode, captured.reply.err);
    if (verified.hasNoBackupInfo)
        return QStringLiteral("repo_error");
    for (const Backup &backup : verified.backups) {
        if (!isUsable(backup) && backup.state != BackupState::Running)
            return backup.problem;
    }
    if (!verified.missingWal.isEmpty())
        return QStringLiteral("wal_gap");
    if (!verified.archiveProblem.isEmpty())
        return verified.archiveProblem;
    if (verified.saysError)
        return QStringLiteral("repo_error");
    if (verified.hasReport)
        return verified.backups.empty() ? QStringLiteral("no_backups") : QStringLiteral("none");
    // A clean run prints no report unless it is verbose; without --output=text none is ever printed.
    if (verified.isFinished && (verified.asksForText || captured.command.contains(QLatin1String("--output=text"))))
        return QStringLiteral("none");
    return verified.isFinished ? QStringLiteral("no_backups") : QStringLiteral("nothing_checked");
}

BackupSet emptySet()
{
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    return set;
}

} // namespace

PgbackrestOutput pgbackrestOutputOf(const Captured &captured, const QString &partName)
{
    const QByteArray head = captured.reply.out.left(4096);
    const auto is = [&](const char *word) {
        const QString name = QString::fromLatin1(word);
        const QRegularExpression inCommand(QStringLiteral("(^|pgbackrest(\\s+-\\S+)*\\s+)%1(\\s|$)").arg(name));
        return inCommand.match(captured.command).hasMatch() || partName == name
            || head.contains(QByteArray(word) + " command begin");
    };
    if (isPgbackrestInfoText(captured.reply.out))
        return PgbackrestOutput::Info;
    if (is("verify") || (!head.trimmed().startsWith('[') && head.contains("stanza: ") && head.contains("status: ")))
        return PgbackrestOutput::Verify;
    if (is("repo-ls") || is("ls"))
        return PgbackrestOutput::RepoLs;
    if (is("check"))
        return PgbackrestOutput::Check;
    if (is("backup"))
        return PgbackrestOutput::Backup;
    if (is("expire"))
        return PgbackrestOutput::Expire;
    return PgbackrestOutput::Info;
}

BackupSet readPgbackrestVerify(const Captured &captured)
{
    Verified verified = readReport(captured.reply.out);
    BackupSet set = emptySet();
    const QString problem = problemOf(verified, captured);
    setProblem(set, problem);
    int good = 0;
    for (Backup &backup : verified.backups) {
        if (isUsable(backup)) {
            ++good;
            backup.verifiedAt = captured.at;
            backup.verifiedBy = QStringLiteral("pgbackrest verify");
        }
    }
    const bool isSilent = verified.backups.empty();
    if (!isSilent || problem == QLatin1String("no_backups"))
        set.assessment.count = good;
    if (!verified.missingWal.isEmpty())
        set.notes.append(
            QStringLiteral("WAL segments missing: %1").arg(verified.missingWal.join(QStringLiteral(", "))));
    if (!captured.reply.err.trimmed().isEmpty())
        set.notes.append(firstLine(captured.reply.err));
    set.backups = std::move(verified.backups);
    return set;
}

BackupSet readPgbackrestCheck(const Captured &captured)
{
    BackupSet set = emptySet();
    const bool isDone = captured.reply.out.contains("check command end: completed successfully");
    QString problem = problemOfExitCode(captured.reply.exitCode, captured.reply.err);
    if (captured.reply.exitCode == 0 && !isDone && !captured.reply.out.trimmed().isEmpty())
        problem = QStringLiteral("nothing_checked");
    setProblem(set, problem);
    if (!captured.reply.err.trimmed().isEmpty())
        set.notes.append(firstLine(captured.reply.err));
    return set;
}

BackupSet readPgbackrestBackup(const Captured &captured)
{
    static const QRegularExpression size(QStringLiteral("\\b(full|diff|incr) backup size = "));
    static const QRegularExpression label(QStringLiteral("new backup label = (\\S+)"));
    BackupSet set = emptySet();
    const QString log = QString::fromUtf8(captured.reply.out);
    const bool hasBadPages
        = captured.reply.err.contains("invalid page checksum") || log.contains(QLatin1String("invalid page checksum"));
    if (const QRegularExpressionMatch match = label.match(log); match.hasMatch()) {
        Backup backup;
        backup.id = sanitizedLine(match.captured(1).toUtf8(), 120);
        backup.type = backupTypeFromWord(size.match(log).captured(1));
        if (hasBadPages)
            flaw(backup, BackupState::Flawed, "page_checksum_error", firstLine(captured.reply.err));
        set.assessment.type = backup.type;
        set.backups.push_back(backup);
    }
    const QString problem = captured.reply.exitCode != 0
        ? problemOfExitCode(captured.reply.exitCode, captured.reply.err)
        : hasBadPages         ? QStringLiteral("page_checksum_error")
        : set.backups.empty() ? QStringLiteral("failed_backup")
                              : QStringLiteral("none");
    setProblem(set, problem);
    if (!captured.reply.err.trimmed().isEmpty())
        set.notes.append(firstLine(captured.reply.err));
    return set;
}

QString problemOfExitCode(int exitCode, const QByteArray &err)
{
    switch (exitCode) {
    case 0: return QStringLiteral("none");
    case 37: // no such section in the configuration
    case 55: // file missing: backup.info
    case 73: return QStringLiteral("missing_stanza");
    case 28:
    case 44:
    case 58: return QStringLiteral("db_mismatch");
    case 50: return QStringLiteral("locked");
    case 56: return QStringLiteral("server_down");
    case 68:
    case 82:
    case 87: return QStringLiteral("archive_failing");
    case 75: return QStringLiteral("target_not_reached");
    case 95: return QStringLiteral("wrong_password");
    default: break;
    }
    return err.contains("cipher") ? QStringLiteral("wrong_password") : QStringLiteral("repo_error");
}

} // namespace taffrail::sources
