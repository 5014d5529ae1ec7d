// SPDX-License-Identifier: GPL-3.0-or-later
#include "barmantext.h"

#include "barmanrun.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

BackupType typeOf(const QString &word)
{
    return word.startsWith(QLatin1String("incr")) ? BackupType::Incremental : BackupType::Full;
}

/// What a status word makes of a backup; the reason of a failure decides between a lost segment and the rest.
void judgeStatus(Backup &backup, const QString &status, const QString &error)
{
    if (status == QLatin1String("DONE"))
        return;
    if (status == QLatin1String("STARTED") || status == QLatin1String("EMPTY")) {
        flaw(backup, BackupState::Running, "in_progress", QStringLiteral("it is being taken"));
    } else if (status == QLatin1String("SYNCING")) {
        flaw(backup, BackupState::Running, "in_progress", QStringLiteral("it is being copied from another Barman"));
    } else if (status == QLatin1String("WAITING_FOR_WALS")) {
        flaw(backup, BackupState::Running, "in_progress",
             QStringLiteral("copied; the WAL that closes it has not arrived"));
    } else if (error.contains(QLatin1String("WAL file"), Qt::CaseInsensitive)
               && error.contains(QLatin1String("missing"), Qt::CaseInsensitive)) {
        flaw(backup, BackupState::Flawed, "wal_gap", error);
    } else {
        flaw(backup, BackupState::Failed, "failed_backup",
             !error.isEmpty()                        ? error
                 : status == QLatin1String("FAILED") ? QStringLiteral("Barman calls it failed")
                                                     : QStringLiteral("its status is \"%1\"").arg(status));
    }
}

/// Barman takes one backup of a server at a time, so an unfinished one that a newer one followed was killed; so was one
/// that began days ago. A copy that still waits for its closing WAL after an hour will not get it by itself.
void judgeUnfinished(BackupSet &set, const QTimeZone &zone, const QDateTime &now)
{
    constexpr qint64 tooLong = 2 * 86'400;
    constexpr qint64 closingWal = 3600;
    QString newestId;
    for (const Backup &backup : set.backups)
        newestId = std::max(newestId, backup.id);
    for (Backup &backup : set.backups) {
        if (backup.state != BackupState::Running)
            continue;
        const bool isWaiting = backup.detail.startsWith(QLatin1String("copied"));
        const QDateTime since = backup.finishedAt.isValid()
            ? backup.finishedAt
            : QDateTime(QDate::fromString(backup.id.left(8), QStringLiteral("yyyyMMdd")),
                        QTime::fromString(backup.id.mid(9, 6), QStringLiteral("HHmmss")), zone);
        if (!backup.startedAt.isValid() && !backup.finishedAt.isValid())
            backup.startedAt = since;
        const qint64 age = since.isValid() && now.isValid() ? since.secsTo(now) : 0;
        if (isWaiting && (backup.id != newestId || age > closingWal))
            flaw(backup, BackupState::Flawed, "wal_gap",
                 QStringLiteral("the WAL that closes it has not arrived for a long time"));
        else if (!isWaiting && (backup.id != newestId || age > tooLong))
            flaw(backup, BackupState::Failed, "failed_backup", QStringLiteral("it was started and never finished"));
    }
}

Backup backupOf(const json &item, const QTimeZone &zone)
{
    Backup backup;
    const json &base = member(item, "base_backup_information");
    const auto get = [&](std::initializer_list<const char *> keys) -> const json & {
        const json &inner = anyMember(base, keys);
        return inner.is_null() ? anyMember(item, keys) : inner;
    };
    backup.id = textOf(member(item, "backup_id"), 80);
    backup.type = typeOf(textOf(get({"backup_type"}), 40));
    backup.startedAt = timeOf(roundedOf(get({"begin_time_timestamp"})).value_or(0));
    if (!backup.startedAt.isValid())
        backup.startedAt = timeInZone(textOf(get({"begin_time"}), 60), zone);
    backup.finishedAt = timeOf(roundedOf(get({"end_time_timestamp"})).value_or(0));
    if (const QString end = textOf(get({"end_time"}), 60); !backup.finishedAt.isValid() && !end.isEmpty()) {
        const QDateTime iso = timeInZone(end, zone);
        backup.finishedAt = iso.isValid() ? iso : ctimeInZone(end, zone);
    }
    backup.sizeBytes
        = integerOf(get({"cluster_size_bytes", "backup_size_bytes", "disk_usage_bytes", "size_bytes"})).value_or(-1);
    backup.storedBytes
        = integerOf(get({"backup_size_with_wals_bytes", "disk_usage_with_wals_bytes", "size_bytes"})).value_or(-1);
    backup.walStart = textOf(get({"begin_wal"}), 40);
    backup.walStop = textOf(get({"end_wal"}), 40);
    backup.parent = textOf(get({"parent_backup_id"}), 80);
    backup.systemId = numberText(get({"system_id", "systemid", "system_identifier"}));
    const QString encryption = textOf(get({"encryption"}), 40);
    if (!encryption.isEmpty())
        backup.encrypted = encryption != QLatin1String("None") && encryption != QLatin1String("none");
    const QString retention = textOf(anyMember(item, {"retention_status"}), 40)
        + textOf(member(member(item, "catalog_information"), "retention_policy"), 40);
    judgeStatus(backup, textOf(member(item, "status"), 40), textOf(member(item, "error"), 300));
    if (isUsable(backup) && retention.startsWith(QLatin1String("OBSOLETE")))
        backup.state = BackupState::Obsolete;
    if (isUsable(backup) && !backup.finishedAt.isValid())
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no finish time"));
    return backup;
}

/// "main 20261120T155937 - Fri Nov 20 15:59:39 2026 - Size: 121.3 MiB - WAL Size: 0 B - OBSOLETE"
std::optional<Backup> backupOfLine(const QByteArray &line, const QTimeZone &zone, QString &server)
{
    static const QRegularExpression shape(QStringLiteral("^(\\S+) (\\d{8}T\\d{6}) (?:'[^']*' )?(?:- )?(.*)$"));
    const QRegularExpressionMatch match = shape.match(sanitizedLine(line, 400));
    if (!match.hasMatch())
        return std::nullopt;
    Backup backup;
    server = match.captured(1);
    backup.id = match.captured(2);
    const QStringList words = match.captured(3).split(QStringLiteral(" - "));
    backup.finishedAt = ctimeInZone(words.value(0), zone);
    for (const QString &word : words)
        backup.type = word == QLatin1String("I") ? BackupType::Incremental : backup.type;
    const bool isWaiting = words.contains(QLatin1String("WAITING_FOR_WALS"));
    QString status = isWaiting ? QStringLiteral("WAITING_FOR_WALS") : QStringLiteral("DONE");
    if (!backup.finishedAt.isValid())
        status = words.last().trimmed();
    judgeStatus(backup, status, {});
    if (isUsable(backup) && words.last().startsWith(QLatin1String("OBSOLETE")))
        backup.state = BackupState::Obsolete;
    return backup;
}

void judgeList(BackupSet &set)
{
    assessNewest(set);
    QString problem = problemOfList(set);
    // Barman keeps what failed until somebody deletes it, and its own check stays red: so does this.
    const bool hasFailed
        = std::ranges::any_of(set.backups, [](const Backup &backup) { return backup.state == BackupState::Failed; });
    if (hasFailed
        && (problem == QLatin1String("none") || problem == QLatin1String("obsolete")
            || problem == QLatin1String("in_progress")))
        problem = QStringLiteral("failed_backup");
    setProblem(set, problem);
}

} // namespace

BarmanOutput barmanOutputOf(const Captured &captured, const QString &partName)
{
    static const QList<std::pair<QString, BarmanOutput>> verbs{
        {QStringLiteral("list-backup"), BarmanOutput::List},
        {QStringLiteral("list-backups"), BarmanOutput::List},
        {QStringLiteral("show-backup"), BarmanOutput::Show},
        {QStringLiteral("show-backups"), BarmanOutput::Show},
        {QStringLiteral("check-backup"), BarmanOutput::CheckBackup},
        {QStringLiteral("verify-backup"), BarmanOutput::Verify},
        {QStringLiteral("verify"), BarmanOutput::Verify},
        {QStringLiteral("check"), BarmanOutput::Check},
        {QStringLiteral("status"), BarmanOutput::Status},
    };
    QStringList words;
    for (const auto &[word, output] : verbs)
        words.append(word);
    const QString verb = verbOf(captured.command, QStringLiteral("barman"), words);
    for (const auto &[word, output] : verbs) {
        if (word == verb)
            return output;
    }
    const QByteArray &out = captured.reply.out;
    if (out.contains("Calling pg_verifybackup") || out.contains("backup successfully verified"))
        return BarmanOutput::Verify;
    if (out.contains("\"base_backup_information\"") || out.contains("Base backup information:"))
        return BarmanOutput::Show;
    if (out.contains("\"hint\"") || out.contains("BARMAN ") || out.contains("failed backups:"))
        return BarmanOutput::Check;
    if (out.contains("\"backups_number\"") || out.contains("No. of available backups"))
        return BarmanOutput::Status;
    for (const auto &[word, output] : verbs) {
        if (word == partName)
            return output;
    }
    return partName == QLatin1String("show") ? BarmanOutput::Show
        : partName == QLatin1String("list")  ? BarmanOutput::List
                                             : BarmanOutput::Other;
}

Result<BackupSet> readBarmanList(const Captured &captured, const QTimeZone &zone)
{
    const json document = jsonWithin(captured.reply.out);
    if (std::optional<BackupSet> failed = failedBarmanRun(captured, document))
        return *failed;
    QString server;
    std::vector<Backup> backups;
    if (document.is_object()) {
        const json &list = firstBarmanServer(document, server);
        if (!list.is_array())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman list-backup"),
                           QStringLiteral("expected a list of backups by server"));
        for (const json &item : arrayOf(list))
            backups.push_back(backupOf(item, zone));
    } else {
        for (const QByteArray &line : captured.reply.out.split('\n')) {
            if (std::optional<Backup> backup = backupOfLine(line, zone, server))
                backups.push_back(std::move(*backup));
        }
        if (backups.empty() && !captured.reply.out.trimmed().isEmpty())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman list-backup"),
                           QStringLiteral("expected JSON or lines of backups, found \"%1\"")
                               .arg(firstLine(captured.reply.out).left(80)));
    }
    BackupSet set = barmanSet(server);
    set.backups = std::move(backups);
    judgeUnfinished(set, zone, captured.at);
    judgeList(set);
    return set;
}

Result<BackupSet> readBarmanShow(const Captured &captured, const QTimeZone &zone)
{
    const json document = jsonWithin(captured.reply.out);
    if (std::optional<BackupSet> failed = failedBarmanRun(captured, document))
        return *failed;
    QString server;
    BackupSet set;
    if (document.is_object()) {
        const json &item = firstBarmanServer(document, server);
        if (!item.is_object() || !member(item, "backup_id").is_string())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman show-backup"),
                           QStringLiteral("expected one backup by server"));
        set = barmanSet(server);
        set.backups.push_back(backupOf(item, zone));
    } else {
        static const QRegularExpression row(QStringLiteral("^ *([A-Za-z ]+?) *: (.*)$"));
        json item = json::object();
        for (const QByteArray &line : captured.reply.out.split('\n')) {
            const QString text = QString::fromUtf8(line);
            if (text.startsWith(QLatin1String("Backup ")) && text.trimmed().endsWith(QLatin1Char(':')))
                item["backup_id"] = text.mid(7).trimmed().chopped(1).toStdString();
            const QRegularExpressionMatch match = row.match(text);
            if (match.hasMatch())
                item[match.captured(1).toLower().replace(QLatin1Char(' '), QLatin1Char('_')).toStdString()]
                    = match.captured(2).trimmed().toStdString();
        }
        if (!member(item, "backup_id").is_string() || !member(item, "status").is_string())
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman show-backup"),
                           QStringLiteral("expected JSON or the lines of one backup"));
        set = barmanSet(textOf(member(item, "server_name"), 80));
        item["retention_status"] = member(item, "retention_policy");
        set.backups.push_back(backupOf(item, zone));
    }
    judgeUnfinished(set, zone, captured.at);
    judgeList(set);
    if (!set.backups.front().problem.isEmpty() && set.backups.front().state != BackupState::Running)
        setProblem(set, set.backups.front().problem);
    return set;
}

} // namespace taffrail::sources
