// SPDX-License-Identifier: GPL-3.0-or-later
#include "restictext.h"

#include "backupjson.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

constexpr qint64 staleLock = 30 * 60; // seconds; a living restic renews its lock every five minutes

BackupSet emptySet()
{
    BackupSet set;
    set.source = QStringLiteral("restic");
    return set;
}

void addErrors(BackupSet &set, const QByteArray &err)
{
    for (const QByteArray &line : err.split('\n')) {
        if (!line.trimmed().isEmpty() && set.notes.size() < 5)
            set.notes.append(redacted(sanitizedLine(line, 300)));
    }
}

/// A lock belongs to a run that goes on, unless it was not renewed: then nobody holds it and somebody must take it
/// away.
void judgeLock(BackupSet &set, const QByteArray &err)
{
    static const QRegularExpression age(QStringLiteral("lock was created at [^(]*\\((?:(\\d+)h)?(?:(\\d+)m)?"));
    const QRegularExpressionMatch match = age.match(QString::fromUtf8(err));
    const qint64 seconds = match.captured(1).toLongLong() * 3600 + match.captured(2).toLongLong() * 60;
    if (match.hasMatch() && seconds > staleLock) {
        set.assessment.ok = false;
        set.notes.append(QStringLiteral("the lock was not renewed for half an hour: the run that took it is dead"));
    }
}

Backup backupOf(const json &item)
{
    Backup backup;
    const json &summary = member(item, "summary");
    backup.id = textOf(anyMember(item, {"short_id", "id"}), 80);
    backup.type = BackupType::Snapshot;
    backup.encrypted = true; // restic knows no other way
    backup.startedAt = secondOf(textOf(member(item, "time"), 60));
    backup.finishedAt = secondOf(textOf(member(summary, "backup_end"), 60));
    if (!backup.finishedAt.isValid()) {
        backup.finishedAt = backup.startedAt;
        backup.finishedIsStart = true;
    }
    backup.sizeBytes = integerOf(member(summary, "total_bytes_processed")).value_or(-1);
    backup.storedBytes = integerOf(anyMember(summary, {"data_added_packed", "data_added"})).value_or(-1);
    QStringList paths;
    for (const json &path : arrayOf(member(item, "paths")))
        paths.append(textOf(path, 80));
    QStringList tags;
    for (const json &tag : arrayOf(member(item, "tags")))
        tags.append(textOf(tag, 40));
    backup.detail = (paths.mid(0, 3) + tags.mid(0, 5)).join(QStringLiteral(", "));
    if (!backup.finishedAt.isValid())
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no time"));
    else if (member(summary, "total_bytes_processed").is_number() && backup.sizeBytes == 0)
        flaw(backup, BackupState::Flawed, "empty_content",
             QStringLiteral("nothing is in it: what was piped into it failed"));
    return backup;
}

bool isSnapshot(const json &item)
{
    return item.is_object() && member(item, "time").is_string() && member(item, "id").is_string();
}

bool addSnapshots(std::vector<Backup> &backups, const json &list)
{
    for (const json &item : arrayOf(list)) {
        if (const json &group = member(item, "snapshots"); group.is_array()) {
            if (!addSnapshots(backups, group))
                return false;
        } else if (!isSnapshot(item)) {
            return false;
        } else {
            backups.push_back(backupOf(item));
        }
    }
    return true;
}

/// "3f6d70ae  2026-11-20 16:02:52  db1 …", until "3 snapshots"
std::optional<std::vector<Backup>> snapshotsOfTable(const QByteArray &out, const QTimeZone &zone)
{
    static const QRegularExpression row(
        QStringLiteral("^([0-9a-f]{8})\\s+(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)\\s+(.*)$"));
    static const QRegularExpression total(QStringLiteral("^(\\d+) snapshots?$"));
    std::vector<Backup> backups;
    bool hasTotal = false;
    for (const QByteArray &line : out.split('\n')) {
        const QString text = sanitizedLine(line, 300);
        if (const QRegularExpressionMatch match = row.match(text); match.hasMatch()) {
            Backup backup;
            backup.id = match.captured(1);
            backup.type = BackupType::Snapshot;
            backup.encrypted = true;
            backup.startedAt = backup.finishedAt = timeInZone(match.captured(2), zone);
            backup.finishedIsStart = true;
            backup.detail = match.captured(3).simplified();
            backups.push_back(backup);
        }
        hasTotal = hasTotal || total.match(text.trimmed()).hasMatch();
    }
    return hasTotal ? std::optional(backups) : std::nullopt;
}

/// A snapshot that could not be read is left out of the list, and only stderr tells.
QString problemOfLeftOut(const QByteArray &err)
{
    if (!err.contains("could not load snapshot") && !err.contains("Ignoring \""))
        return {};
    if (err.contains("no such file") || err.contains("does not exist"))
        return QStringLiteral("file_missing");
    return QStringLiteral("checksum_mismatch");
}

} // namespace

ResticOutput resticOutputOf(const Captured &captured, const QString &partName)
{
    static const QStringList verbs{QStringLiteral("snapshots"), QStringLiteral("check"), QStringLiteral("backup"),
                                   QStringLiteral("forget"),    QStringLiteral("prune"), QStringLiteral("list"),
                                   QStringLiteral("cat"),       QStringLiteral("stats"), QStringLiteral("unlock"),
                                   QStringLiteral("restore"),   QStringLiteral("dump"),  QStringLiteral("init"),
                                   QStringLiteral("copy")};
    const QByteArray &out = captured.reply.out;
    QString verb = verbOf(captured.command, QStringLiteral("restic"), verbs);
    if (verb.isEmpty() && !out.trimmed().isEmpty()) {
        const bool hasReasons = out.contains("\"keep\":") && out.contains("\"reasons\":");
        verb = hasReasons ? QStringLiteral("forget")
            : out.contains("\"message_type\":\"summary\"")
            ? (out.contains("num_errors") ? QStringLiteral("check") : QStringLiteral("backup"))
            : out.contains("check snapshots, trees and blobs") || out.contains("no errors were found")
            ? QStringLiteral("check")
            : out.trimmed().startsWith('{') ? QStringLiteral("cat")
                                            : QString();
    }
    if (verb.isEmpty())
        verb = partName;
    return verb == QLatin1String("snapshots") || verb.isEmpty() ? ResticOutput::Snapshots
        : verb == QLatin1String("check")                        ? ResticOutput::Check
        : verb == QLatin1String("backup")                       ? ResticOutput::Backup
        : verb == QLatin1String("forget")                       ? ResticOutput::Forget
                                                                : ResticOutput::Other;
}

QString problemOfRestic(const ShellReply &reply)
{
    struct Row {
        const char *text;
        const char *problem;
    };
    static const Row rows[]{
        {"wrong password or no key found", "wrong_password"},
        {"an empty password is not", "wrong_password"},
        {"no password found", "wrong_password"},
        {"unable to open config file", "repo_missing"},
        {"Is there a repository at the following location", "repo_missing"},
        {"repository does not exist", "repo_missing"},
        {"Please specify repository location", "repo_missing"},
        {"already locked", "locked"},
        {"unable to create lock", "locked"},
        {"no snapshot found", "backup_not_found"},
        {"no matching ID found", "backup_not_found"},
        {"ciphertext verification failed", "checksum_mismatch"},
        {"does not match", "checksum_mismatch"},
        {"mismatch", "checksum_mismatch"},
        {"invalid data returned", "checksum_mismatch"},
        {"unexpected file size", "truncated"},
        {"unexpected pack size", "truncated"},
        {"does not exist", "file_missing"},
        {"no such file", "file_missing"},
        {"not found in index", "file_missing"},
        {"not found in repository", "file_missing"},
        {"source file could not be read", "partial_source"},
        {"permission denied", "repo_error"},
    };
    if (reply.exitCode == 10)
        return QStringLiteral("repo_missing");
    if (reply.exitCode == 11)
        return QStringLiteral("locked");
    if (reply.exitCode == 12)
        return QStringLiteral("wrong_password");
    const QByteArray text = reply.err + '\n' + reply.out;
    if (reply.exitCode == 0)
        return QStringLiteral("none");
    for (const Row &row : rows) {
        if (text.contains(row.text))
            return QString::fromLatin1(row.problem);
    }
    return QStringLiteral("repo_error");
}

Result<BackupSet> readResticSnapshots(const Captured &captured, const QTimeZone &zone)
{
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    if (reply.exitCode != 0) {
        setProblem(set, problemOfRestic(reply));
        addErrors(set, reply.err.trimmed().isEmpty() ? reply.out : reply.err);
        if (set.assessment.problem == QLatin1String("locked"))
            judgeLock(set, reply.err);
        return set;
    }
    const json document = jsonWithin(reply.out);
    if (document.is_array()) {
        if (!addSnapshots(set.backups, document))
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restic snapshots"),
                           QStringLiteral("expected a list of snapshots with id and time"));
    } else if (!document.is_null()) {
        std::optional<std::vector<Backup>> table = snapshotsOfTable(reply.out, zone);
        // Without --json an empty repository is told by no line at all.
        const bool isSilent = reply.out.trimmed().isEmpty() && captured.command.contains(QLatin1String("snapshots"))
            && !captured.command.contains(QLatin1String("--json"));
        if (!table && isSilent)
            table.emplace();
        if (!table)
            return failure(
                ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restic snapshots"),
                QStringLiteral("expected a JSON array of snapshots, found %1")
                    .arg(reply.out.trimmed().isEmpty() ? QStringLiteral("nothing") : firstLine(reply.out).left(80)));
        set.backups = std::move(*table);
    }
    std::ranges::reverse(set.backups); // listed oldest first: of two in one second the later one is the newer
    assessNewest(set);
    setProblem(set, problemOfList(set));
    if (const QString leftOut = problemOfLeftOut(reply.err); !leftOut.isEmpty()) {
        setProblem(set, leftOut);
        addErrors(set, reply.err);
    }
    return set;
}

BackupSet readResticCheck(const Captured &captured)
{
    static const QRegularExpression snapshots(QStringLiteral("(\\d+) / (\\d+) snapshots"));
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    std::optional<qint64> errors;
    for (const json &line : jsonLinesOf(reply.out)) {
        if (bytesOf(member(line, "message_type")) == "summary")
            errors = integerOf(member(line, "num_errors"));
    }
    QRegularExpressionMatchIterator each = snapshots.globalMatch(QString::fromUtf8(reply.out));
    while (each.hasNext()) {
        const QRegularExpressionMatch match = each.next();
        set.assessment.count = match.captured(1).toInt();
    }
    const QByteArray text = reply.out + '\n' + reply.err;
    const bool isClean = text.contains("no errors were found") || errors == 0;
    QString problem = problemOfRestic(reply);
    if (errors.value_or(0) > 0 && problem == QLatin1String("none"))
        problem = QStringLiteral("repo_error");
    // Silence is no verdict: check says so when it found nothing wrong (but not with --quiet).
    const bool isQuiet
        = captured.command.contains(QLatin1String(" -q")) || captured.command.contains(QLatin1String("--quiet"));
    if (problem == QLatin1String("none") && !isClean && !(isQuiet && text.trimmed().isEmpty()))
        problem = QStringLiteral("nothing_checked");
    setProblem(set, problem);
    if (problem != QLatin1String("none"))
        addErrors(set, reply.err);
    if (problem == QLatin1String("locked"))
        judgeLock(set, reply.err);
    return set;
}

BackupSet readResticBackup(const Captured &captured)
{
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    std::optional<Backup> taken;
    for (const json &line : jsonLinesOf(reply.out)) {
        if (bytesOf(member(line, "message_type")) != "summary")
            continue;
        Backup backup;
        backup.id = textOf(member(line, "snapshot_id"), 80);
        backup.type = BackupType::Snapshot;
        backup.encrypted = true;
        backup.startedAt = secondOf(textOf(member(line, "backup_start"), 60));
        backup.finishedAt = secondOf(textOf(member(line, "backup_end"), 60));
        backup.sizeBytes = integerOf(member(line, "total_bytes_processed")).value_or(-1);
        backup.storedBytes = integerOf(anyMember(line, {"data_added_packed", "data_added"})).value_or(-1);
        if (backup.sizeBytes == 0)
            flaw(backup, BackupState::Flawed, "empty_content",
                 QStringLiteral("nothing is in it: what was piped into it failed"));
        if (!backup.id.isEmpty())
            taken = backup;
    }
    static const QRegularExpression saved(QStringLiteral("snapshot ([0-9a-f]{8,}) saved"));
    if (const QRegularExpressionMatch match = saved.match(QString::fromUtf8(reply.out)); !taken && match.hasMatch()) {
        taken.emplace();
        taken->id = match.captured(1);
        taken->type = BackupType::Snapshot;
        taken->encrypted = true;
        if (reply.out.contains("processed 0 files") || reply.out.contains(", 0 B in"))
            flaw(*taken, BackupState::Flawed, "empty_content", QStringLiteral("nothing is in it"));
    }
    QString problem = problemOfRestic(reply);
    if (taken) {
        set.backups.push_back(*taken);
        assessNewest(set);
        set.assessment.type = BackupType::Snapshot;
        if (reply.exitCode == 3)
            problem = QStringLiteral("partial_source");
        else if (problem == QLatin1String("none") && !isUsable(*taken))
            problem = taken->problem;
    } else if (problem == QLatin1String("none") || problem == QLatin1String("repo_error")
               || problem == QLatin1String("partial_source")) {
        problem = QStringLiteral("failed_backup");
    }
    setProblem(set, problem);
    addErrors(set, reply.err);
    if (problem == QLatin1String("locked"))
        judgeLock(set, reply.err);
    return set;
}

Result<BackupSet> readResticForget(const Captured &captured)
{
    BackupSet set = emptySet();
    const QString problem = problemOfRestic(captured.reply);
    setProblem(set, problem);
    if (problem != QLatin1String("none")) {
        addErrors(set, captured.reply.err);
        return set;
    }
    set.assessment.type = BackupType::Snapshot;
    const json document = jsonWithin(captured.reply.out);
    if (!document.is_array()) {
        const bool isText = captured.reply.out.contains("keep ") || captured.reply.out.contains("snapshots");
        if (isText)
            return set;
        return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restic forget"),
                       QStringLiteral("expected a JSON array of groups"));
    }
    QStringList removed;
    for (const json &group : arrayOf(document)) {
        if (!group.is_object())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restic forget"),
                           QStringLiteral("expected groups with keep and remove"));
        for (const json &snapshot : arrayOf(member(group, "remove")))
            removed.append(textOf(anyMember(snapshot, {"short_id", "id"}), 80));
        if (arrayOf(member(group, "keep")).empty() && !arrayOf(member(group, "remove")).empty())
            set.notes.append(QStringLiteral("of one group nothing would be kept"));
    }
    set.expiring = removed;
    return set;
}

BackupSet readResticOther(const Captured &captured)
{
    BackupSet set = emptySet();
    setProblem(set, problemOfRestic(captured.reply));
    const json document = jsonWithin(captured.reply.out);
    if (document.is_object() && member(document, "exclusive").is_boolean()
        && member(document, "hostname").is_string()) {
        const QDateTime since = secondOf(textOf(member(document, "time"), 60));
        const bool isStale = since.isValid() && captured.at.isValid() && since.secsTo(captured.at) > staleLock;
        setProblem(set, isStale ? QStringLiteral("locked") : QStringLiteral("in_progress"));
        set.assessment.ok = !isStale;
        set.notes.append(
            QStringLiteral("locked by %1 since %2").arg(textOf(member(document, "hostname"), 80), rfc3339(since)));
    }
    if (captured.reply.exitCode != 0)
        addErrors(set, captured.reply.err);
    return set;
}

} // namespace taffrail::sources
