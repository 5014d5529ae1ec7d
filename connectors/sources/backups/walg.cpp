// SPDX-License-Identifier: GPL-3.0-or-later
#include "backuptool.h"
#include "registry.h"

#include "backupjson.h"
#include "text.h"
#include "walcontinuity.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::vector<Request> walgRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QByteArray config = optionWord(entry, "config", "--config");
    for (const QString &host : entry.hosts) {
        requests.push_back(
            {QStringLiteral("backup-list"), host,
             ShellPart{toolScript(entry, "wal-g", "backup-list --detail --json " + config), 60s, 4 * 1024 * 1024},
             Lane::Fast});
        requests.push_back(
            {QStringLiteral("wal-show"), host,
             ShellPart{toolScript(entry, "wal-g", "wal-show --detailed-json " + config), 120s, 4 * 1024 * 1024},
             Lane::Slow});
    }
    for (Request &request : systemRequest(entry))
        requests.push_back(std::move(request));
    return requests;
}

BackupSet emptySet()
{
    BackupSet set;
    set.source = QStringLiteral("wal-g");
    return set;
}

/// WAL-G writes LSNs as plain numbers.
QString segmentOfLsn(const QString &timeline, const json &lsn)
{
    const std::optional<qint64> bytes = integerOf(lsn);
    if (!bytes || timeline.size() != 8)
        return {};
    constexpr quint64 segment = 16 * 1024 * 1024;
    const quint64 index = quint64(*bytes > 0 ? *bytes - 1 : 0) / segment;
    return walSegmentName({timeline.toUInt(nullptr, 16), quint32(index / 256), quint32(index % 256)});
}

Backup backupOf(const json &item)
{
    Backup backup;
    backup.id = textOf(anyMember(item, {"backup_name", "name"}), 200);
    backup.type = backup.id.contains(QLatin1String("_D_")) ? BackupType::Incremental : BackupType::Full;
    backup.startedAt = secondOf(textOf(member(item, "start_time"), 60));
    backup.finishedAt = secondOf(textOf(member(item, "finish_time"), 60));
    if (!backup.finishedAt.isValid()) // the time at which its last object was written
        backup.finishedAt = secondOf(textOf(anyMember(item, {"time", "modified"}), 60));
    backup.sizeBytes = integerOf(member(item, "uncompressed_size")).value_or(-1);
    backup.storedBytes = integerOf(member(item, "compressed_size")).value_or(-1);
    backup.location = textOf(member(item, "storage_name"), 80);
    backup.systemId = numberText(member(item, "system_identifier"));
    if (backup.systemId == QLatin1String("0"))
        backup.systemId.clear();
    backup.walStart = textOf(anyMember(item, {"wal_file_name", "wal_segment_backup_start"}), 40).left(24);
    backup.walStop = segmentOfLsn(backup.walStart.left(8), member(item, "finish_lsn"));
    if (backup.walStop < backup.walStart)
        backup.walStop.clear(); // segments of another size than the usual one: not to be guessed
    if (isTrue(member(item, "is_permanent")))
        backup.detail = QStringLiteral("kept for good");
    if (!backup.finishedAt.isValid())
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no time"));
    return backup;
}

QString problemOfError(const ShellReply &reply)
{
    const QByteArray text = reply.err + reply.out;
    if (text.contains("No backups found"))
        return QStringLiteral("no_backups");
    if (text.contains("decrypt") || text.contains("openpgp") || text.contains("InvalidAccessKeyId")
        || text.contains("SignatureDoesNotMatch"))
        return QStringLiteral("wrong_password");
    if (text.contains("NoSuchBucket") || text.contains("no such file or directory"))
        return QStringLiteral("repo_missing");
    if (text.contains("connection refused") && text.toLower().contains("postgres"))
        return QStringLiteral("server_down");
    return QStringLiteral("repo_error");
}

/// A run that failed; empty for one that did not. "No backups found" comes with exit code 0 as well.
std::optional<BackupSet> failedRun(const ShellReply &reply)
{
    const bool isEmptyStore = reply.out.trimmed().isEmpty() && reply.err.contains("No backups found");
    if (reply.exitCode == 0 && !isEmptyStore)
        return std::nullopt;
    if (jsonWithin(reply.out).is_structured() && reply.exitCode <= 1)
        return std::nullopt;
    BackupSet set = emptySet();
    const QString problem = problemOfError(reply);
    setProblem(set, problem);
    if (problem == QLatin1String("no_backups"))
        set.assessment.count = 0;
    set.notes.append(redacted(firstLine(reply.err.trimmed().isEmpty() ? reply.out : reply.err)));
    return set;
}

Error badData(const char *command, const QString &expected)
{
    return {ErrorKind::BadData, QStringLiteral("parse"), QString::fromLatin1(command), expected, {}};
}

/// The table without --json: name, modified, wal_file_name (…).
bool addTable(BackupSet &set, const QByteArray &out)
{
    bool hasHead = false;
    for (const QByteArray &line : out.split('\n')) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.contains("name") || words.contains("backup_name")) {
            hasHead = true;
            continue;
        }
        if (!hasHead || words.size() < 2 || !words[0].startsWith("base_"))
            continue;
        json item = json::object();
        item["backup_name"] = words[0].toStdString();
        item["time"] = words[1].toStdString();
        item["wal_file_name"] = words.value(2).toStdString();
        set.backups.push_back(backupOf(item));
    }
    return hasHead;
}

Result<BackupSet> readList(const ShellReply &reply)
{
    if (std::optional<BackupSet> failed = failedRun(reply))
        return *failed;
    BackupSet set = emptySet();
    const json document = jsonWithin(reply.out);
    if (document.is_array()) {
        for (const json &item : arrayOf(document)) {
            if (!member(item, "backup_name").is_string())
                return failure(badData("wal-g backup-list", QStringLiteral("expected backups with a backup_name")));
            set.backups.push_back(backupOf(item));
        }
    } else if (!document.is_null() && !addTable(set, reply.out)) {
        return failure(badData("wal-g backup-list", QStringLiteral("expected a JSON array of backups")));
    }
    // A delta restores only with what it stands on; the list names no parent, so an increment without any full is none.
    assessNewest(set);
    const bool hasFull
        = std::ranges::any_of(set.backups, [](const Backup &backup) { return backup.type == BackupType::Full; });
    if (!hasFull) {
        for (Backup &backup : set.backups)
            flaw(backup, BackupState::Flawed, "file_missing", QStringLiteral("no full backup is there to stand on"));
        assessNewest(set);
    }
    setProblem(set, problemOfList(set));
    return set;
}

/// `wal-verify integrity timeline --json`
Result<BackupSet> readVerify(const json &document)
{
    BackupSet set = emptySet();
    const json &integrity = member(document, "integrity");
    const json &timeline = member(document, "timeline");
    if (!integrity.is_object() && !timeline.is_object())
        return failure(badData("wal-g wal-verify", QStringLiteral("expected integrity or timeline")));
    QString problem = QStringLiteral("none");
    bool isLost = false;
    for (const json &range : arrayOf(member(integrity, "details"))) {
        const QByteArray status = bytesOf(member(range, "status"));
        if (status != "MISSING_LOST")
            continue;
        isLost = true;
        WalGap gap;
        gap.first = textOf(member(range, "start_segment"), 40);
        gap.last = textOf(member(range, "end_segment"), 40);
        gap.count = integerOf(member(range, "segments_count")).value_or(1);
        set.gaps.push_back(gap);
        if (set.notes.size() < 20)
            set.notes.append(QStringLiteral("WAL segments missing: %1 to %2").arg(gap.first, gap.last));
    }
    set.walChecked = integrity.is_object();
    const QByteArray integrityStatus = bytesOf(member(integrity, "status"));
    const QByteArray timelineStatus = bytesOf(member(timeline, "status"));
    const auto isKnown = [](const QByteArray &status) { return status == "OK" || status == "WARNING"; };
    if (isLost || integrityStatus == "FAILURE")
        problem = QStringLiteral("wal_gap");
    else if (timelineStatus == "FAILURE")
        problem = QStringLiteral("db_mismatch");
    else if ((integrity.is_object() && !isKnown(integrityStatus)) || (timeline.is_object() && !isKnown(timelineStatus)))
        problem = QStringLiteral("nothing_checked");
    if (integrityStatus == "WARNING")
        set.notes.append(QStringLiteral("the newest segments are not archived yet"));
    if (timelineStatus == "WARNING")
        set.notes.append(QStringLiteral("which timeline is the newest is not certain"));
    setProblem(set, problem);
    return set;
}

/// `wal-show --detailed-json`: timelines with what is missing in each.
Result<BackupSet> readShow(const ShellReply &reply)
{
    if (std::optional<BackupSet> failed = failedRun(reply))
        return *failed;
    const json document = jsonWithin(reply.out);
    if (!document.is_array())
        return failure(badData("wal-g wal-show", QStringLiteral("expected a JSON array of timelines")));
    BackupSet set = emptySet();
    bool isLost = false;
    for (const json &timeline : arrayOf(document)) {
        if (!timeline.is_object() || !member(timeline, "status").is_string())
            return failure(badData("wal-g wal-show", QStringLiteral("expected timelines with a status")));
        QStringList missing;
        for (const json &name : arrayOf(member(timeline, "missing_segments")))
            missing.append(textOf(name, 40));
        isLost = isLost || !missing.isEmpty() || bytesOf(member(timeline, "status")) != "OK";
        for (const QString &name : missing) {
            WalGap gap;
            gap.first = gap.last = name;
            gap.count = 1;
            set.gaps.push_back(gap);
        }
        if (!missing.isEmpty())
            set.notes.append(
                QStringLiteral("WAL segments missing: %1").arg(missing.mid(0, 20).join(QStringLiteral(", "))));
        for (const json &backup : arrayOf(member(timeline, "backups")))
            set.backups.push_back(backupOf(backup));
        BackupLocation place;
        place.newestWal = textOf(member(timeline, "end_segment"), 40);
        if (set.locations.empty() || place.newestWal > set.locations.front().newestWal)
            set.locations = {place};
    }
    set.walChecked = true;
    assessNewest(set);
    setProblem(set, isLost ? QStringLiteral("wal_gap") : problemOfList(set));
    return set;
}

/// Which backups the missing segments break: those that need them, and those whose recovery ends before them.
void mergeWal(BackupSet &set, const BackupSet &shown)
{
    set.walChecked = true;
    set.locations = shown.locations;
    set.gaps = shown.gaps;
    for (WalGap &gap : set.gaps) {
        for (Backup &backup : set.backups) {
            if (backup.walStart.isEmpty() || gap.first < backup.walStart)
                continue;
            const bool isInside = gap.first == backup.walStart
                || (!backup.walStop.isEmpty() && gap.first.mid(8) <= backup.walStop.mid(8));
            gap.breaks.append(backup.id);
            gap.insideBackup = gap.insideBackup || isInside;
            if (isInside && isUsable(backup))
                flaw(backup, BackupState::Flawed, "wal_gap",
                     QStringLiteral("WAL segment %1 that it needs is missing").arg(gap.first));
        }
    }
}

Result<BackupSet> readCaptured(const SourceEntry &entry, const Reply &reply)
{
    const ShellReply &shell = *reply.as<ShellReply>();
    const json document = jsonWithin(shell.out);
    const QString command = optionText(entry, "command");
    QString verb = verbOf(command, QStringLiteral("wal-g"),
                          {QStringLiteral("backup-list"), QStringLiteral("wal-show"), QStringLiteral("wal-verify")});
    if (member(document, "integrity").is_object() || member(document, "timeline").is_object())
        verb = QStringLiteral("wal-verify");
    else if (document.is_array() && !document.empty() && !member(document[0], "segments_count").is_null())
        verb = QStringLiteral("wal-show");
    if (verb.isEmpty())
        verb = reply.name;
    if (verb == QLatin1String("wal-show"))
        return readShow(shell);
    if (verb != QLatin1String("wal-verify"))
        return readList(shell);
    if (std::optional<BackupSet> failed = failedRun(shell))
        return *failed;
    return readVerify(document);
}

Result<Value> parseWalg(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *list = firstAnswer(replies, QStringLiteral("backup-list"));
    const Reply *first = list;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    if (const std::optional<Error> error = notRun(*first, QStringLiteral("wal-g")))
        return failure(*error);
    Result<BackupSet> set = readCaptured(entry, *first);
    if (!set)
        return failure(set.error());
    if (first == list && set->assessment.count) {
        const Reply *wal = firstAnswer(replies, QStringLiteral("wal-show"));
        if (wal && wal != first) {
            if (const Result<BackupSet> shown = readShow(*wal->as<ShellReply>()); shown && shown->walChecked)
                mergeWal(*set, *shown);
        }
        assess(*set, entry, replies, context, first->subject);
        if (set->assessment.ok)
            setProblem(*set, problemOfList(*set));
        if (set->assessment.ok && !set->gaps.empty())
            setProblem(*set, QStringLiteral("wal_gap"));
    }
    for (const Reply &reply : replies) {
        if (const Error *error = reply.error())
            set->notes.append(QStringLiteral("%1: %2").arg(reply.subject, error->text));
    }
    finish(*set, entry, context);
    return Value(std::move(*set));
}

} // namespace

const Source walgSource{
    PaneKind::Backups,
    "wal-g",
    "WAL-G",
    true,
    false,
    {
        {"config", "string", false, "its configuration file; default: that of its user", R"("pattern":"^/")"},
        userOption(),
        environmentFileOption(),
        locationOption(),
        locationsOption(),
    },
    {"backup-list", "wal-show", "wal-verify", "system"},
    walgRequests,
    parseWalg,
    nullptr,
    "run wal-g as the user of the database server, with its storage settings",
};

} // namespace taffrail::sources
