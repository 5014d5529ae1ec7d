// SPDX-License-Identifier: GPL-3.0-or-later
#include "borgtext.h"

#include "backupjson.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

BackupSet emptySet()
{
    BackupSet set;
    set.source = QStringLiteral("borg");
    return set;
}

bool isCheckpoint(const QString &name)
{
    static const QRegularExpression shape(QStringLiteral("\\.checkpoint(\\.\\d+)?$"));
    return shape.match(name).hasMatch();
}

Backup archiveOf(const json &item, const QTimeZone &zone)
{
    Backup backup;
    backup.type = BackupType::Archive;
    backup.id = textOf(anyMember(item, {"name", "archive"}), 200);
    backup.startedAt = timeInZone(textOf(anyMember(item, {"start", "time"}), 60), zone);
    backup.finishedAt = timeInZone(textOf(member(item, "end"), 60), zone);
    if (!backup.finishedAt.isValid()) {
        backup.finishedAt = backup.startedAt;
        backup.finishedIsStart = true;
    }
    const json &stats = member(item, "stats");
    backup.sizeBytes = integerOf(member(stats, "original_size")).value_or(-1);
    backup.storedBytes = integerOf(member(stats, "deduplicated_size")).value_or(-1);
    backup.detail = textOf(member(item, "comment"), 120);
    const std::optional<qint64> files = integerOf(member(stats, "nfiles"));
    if (isCheckpoint(backup.id))
        flaw(backup, BackupState::Failed, "failed_backup", QStringLiteral("an interrupted run left it incomplete"));
    else if (!backup.finishedAt.isValid())
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no time"));
    else if (backup.sizeBytes == 0 || files == 0)
        flaw(backup, BackupState::Flawed, "empty_content",
             QStringLiteral("nothing is in it: what was piped into it failed"));
    return backup;
}

bool isArchive(const json &item)
{
    return item.is_object() && (member(item, "name").is_string() || member(item, "archive").is_string());
}

/// "files-2026-11-20T15:00:00            Fri, 2026-11-20 16:04:43 [ffc1e5…]"
std::optional<Backup> archiveOfLine(const QByteArray &line, const QTimeZone &zone)
{
    static const QRegularExpression shape(QStringLiteral(
        "^(\\S.*?)\\s+[A-Z][a-z]{2}, (\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?: [+-]\\d{4})?) \\[[0-9a-f]+\\]"));
    const QRegularExpressionMatch match = shape.match(sanitizedLine(line, 600));
    if (!match.hasMatch())
        return std::nullopt;
    json item = json::object();
    item["name"] = match.captured(1).toStdString();
    item["time"] = match.captured(2).toStdString();
    return archiveOf(item, zone);
}

/// A locked repository is a run that goes on, as long as its holder lives.
void addMessages(BackupSet &set, const QByteArray &err)
{
    for (const QString &message : borgMessages(err)) {
        if (set.notes.size() < 5)
            set.notes.append(message);
    }
}

struct Known {
    const char *text;
    const char *problem;
};

// First the ids of --log-json, then the texts; what names the cause stands before what names a consequence.
constexpr Known knownErrors[]{
    {"PassphraseWrong", "wrong_password"},
    {"PasscommandFailure", "wrong_password"},
    {"passphrase supplied", "wrong_password"},
    {"passphrase is incorrect", "wrong_password"},
    {"Key file for repository", "wrong_password"},
    {"KeyfileNotFound", "wrong_password"},
    {"LockTimeout", "locked"},
    {"LockFailed", "repo_error"},
    {"Failed to create/acquire the lock", "locked"},
    {"Repository.DoesNotExist", "repo_missing"},
    {"PathDoesNotExist", "repo_missing"},
    {"does not exist.", "repo_missing"},
    {"InvalidRepository", "repo_missing"},
    {"is not a valid repository", "repo_missing"},
    {"Archive.DoesNotExist", "backup_not_found"},
    {"does not match any archives", "nothing_checked"},
    {"checksum mismatch", "checksum_mismatch"},
    {"Data integrity error", "checksum_mismatch"},
    {"IntegrityError", "checksum_mismatch"},
    {"integrity check failed", "checksum_mismatch"},
    {"chunk missing", "file_missing"},
    {"Missing file chunk", "file_missing"},
    {"missing chunk", "file_missing"},
    {"ObjectNotFound", "file_missing"},
    {"object missing", "file_missing"},
    {"not found in repository", "file_missing"},
    {"Repository manifest not found", "manifest_missing"},
    {"manifest", "manifest_corrupt"},
    {"Index object count mismatch", "file_missing"},
};

} // namespace

QStringList borgMessages(const QByteArray &err)
{
    QStringList messages;
    for (const QByteArray &line : err.split('\n')) {
        if (line.trimmed().isEmpty() || messages.size() >= 200)
            continue;
        QByteArray text = line;
        if (line.startsWith('{')) {
            const json object = jsonOf(line);
            const QByteArray level = bytesOf(member(object, "levelname"));
            if (level == "INFO" || level == "DEBUG" || !member(object, "message").is_string())
                continue;
            text = bytesOf(member(object, "message"));
        }
        messages.append(redacted(sanitizedLine(text, 300)));
    }
    return messages;
}

BorgOutput borgOutputOf(const Captured &captured, const QString &tool, const QString &partName)
{
    static const QStringList verbs{QStringLiteral("list"),    QStringLiteral("rlist"),   QStringLiteral("repo-list"),
                                   QStringLiteral("info"),    QStringLiteral("rinfo"),   QStringLiteral("repo-info"),
                                   QStringLiteral("create"),  QStringLiteral("check"),   QStringLiteral("prune"),
                                   QStringLiteral("compact"), QStringLiteral("extract"), QStringLiteral("init"),
                                   QStringLiteral("delete"),  QStringLiteral("mount"),   QStringLiteral("break-lock")};
    QString verb = verbOf(captured.command, tool, verbs);
    const QByteArray all = captured.reply.out + '\n' + captured.reply.err;
    if (verb.isEmpty()) {
        verb = all.contains("repository check") || all.contains("consistency check") ? QStringLiteral("check")
            : captured.reply.out.contains("\"archive\": {")                          ? QStringLiteral("create")
                                                                                     : partName;
    }
    if (verb.endsWith(QLatin1String("list")) || verb.isEmpty())
        return BorgOutput::List;
    if (verb.endsWith(QLatin1String("info")))
        return BorgOutput::Info;
    return verb == QLatin1String("create") ? BorgOutput::Create
        : verb == QLatin1String("check")   ? BorgOutput::Check
        : verb == QLatin1String("prune")   ? BorgOutput::Prune
                                           : BorgOutput::Other;
}

QString problemOfBorg(const ShellReply &reply)
{
    switch (reply.exitCode) {
    case 0: return QStringLiteral("none");
    case 13:
    case 15: return QStringLiteral("repo_missing");
    case 50:
    case 51:
    case 52: return QStringLiteral("wrong_password");
    case 73:
    case 72: return QStringLiteral("locked");
    case 90:
    case 91:
    case 92: return QStringLiteral("checksum_mismatch");
    default: break;
    }
    for (const Known &known : knownErrors) {
        if (reply.err.contains(known.text))
            return QString::fromLatin1(known.problem);
    }
    return QStringLiteral("repo_error");
}

void addBorgRepository(BackupSet &set, const json &document, const QTimeZone &zone)
{
    const json &repository = member(document, "repository");
    const QString name = redacted(textOf(anyMember(repository, {"location", "label", "path"}), 300));
    const QString mode = textOf(member(member(document, "encryption"), "mode"), 60);
    BackupLocation place;
    place.name = name;
    place.cipher = mode;
    place.storedBytes = integerOf(member(member(member(document, "cache"), "stats"), "unique_csize")).value_or(-1);
    set.locations.push_back(place);
    // Listed oldest first: of two in one second the later one is the newer.
    const json::array_t &archives = arrayOf(member(document, "archives"));
    for (auto item = archives.rbegin(); item != archives.rend(); ++item) {
        if (!isArchive(*item))
            continue;
        Backup backup = archiveOf(*item, zone);
        backup.location = name;
        if (!mode.isEmpty())
            backup.encrypted = mode != QLatin1String("none") && !mode.startsWith(QLatin1String("authenticated"));
        set.backups.push_back(std::move(backup));
    }
}

Result<BackupSet> readBorgList(const Captured &captured, const QTimeZone &zone)
{
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    const json document = jsonWithin(reply.out);
    const bool hasList = member(document, "archives").is_array();
    // Exit code 1 is a warning: the answer stands.
    if (reply.exitCode != 0 && !(reply.exitCode == 1 && hasList)) {
        setProblem(set, problemOfBorg(reply));
        addMessages(set, reply.err);
        return set;
    }
    if (hasList) {
        addBorgRepository(set, document, zone);
        set.repository = set.locations.front().name;
    } else {
        for (const QByteArray &line : reply.out.split('\n')) {
            if (const std::optional<Backup> backup = archiveOfLine(line, zone))
                set.backups.push_back(*backup);
        }
        const bool isListText = !document.is_object() && captured.command.contains(QLatin1String("borg"))
            && !captured.command.contains(QLatin1String("--json")) && reply.out.trimmed().isEmpty();
        if (set.backups.empty() && !isListText)
            return failure(
                ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("borg list"),
                QStringLiteral("expected JSON with archives, found %1")
                    .arg(reply.out.trimmed().isEmpty() ? QStringLiteral("nothing") : firstLine(reply.out).left(80)));
    }
    assessNewest(set);
    setProblem(set, problemOfList(set));
    if (reply.exitCode == 1)
        addMessages(set, reply.err);
    return set;
}

BackupSet readBorgCreate(const Captured &captured, const QTimeZone &zone)
{
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    json document = jsonWithin(reply.out);
    if (const json &archive = member(document, "archive"); archive.is_object()) {
        document["archives"] = json::array({archive});
        addBorgRepository(set, document, zone);
        set.repository = set.locations.front().name;
    }
    assessNewest(set);
    const bool isWarning = reply.exitCode == 1 || (reply.exitCode >= 100 && reply.exitCode <= 127);
    QString problem = set.backups.empty() ? problemOfBorg(reply) : set.backups.front().problem;
    if (problem.isEmpty())
        problem = QStringLiteral("none");
    if (reply.exitCode != 0 && isWarning && (problem == QLatin1String("none") || set.backups.empty()))
        problem = QStringLiteral("partial_source");
    else if (reply.exitCode != 0 && problem == QLatin1String("none"))
        problem = problemOfBorg(reply);
    if (problem == QLatin1String("repo_error") && set.backups.empty())
        problem = QStringLiteral("failed_backup");
    if (set.backups.empty())
        set.assessment.count.reset();
    setProblem(set, problem);
    addMessages(set, reply.err);
    return set;
}

BackupSet readBorgCheck(const Captured &captured)
{
    static const QRegularExpression analysed(QStringLiteral("Analyzing archive .*\\((\\d+)/(\\d+)\\)"));
    BackupSet set = emptySet();
    const ShellReply &reply = captured.reply;
    const QByteArray text = reply.err + '\n' + reply.out;
    QRegularExpressionMatchIterator each = analysed.globalMatch(QString::fromUtf8(text.right(1'000'000)));
    int count = -1;
    while (each.hasNext())
        count = each.next().captured(2).toInt();
    QString problem = problemOfBorg(reply);
    const bool isSkipped = text.contains("due to configured frequency");
    const bool isDone = text.contains("no problems found");
    if (problem == QLatin1String("none")) {
        for (const Known &known : knownErrors) {
            const QString word = QString::fromLatin1(known.problem);
            if (problem == QLatin1String("none") && word != QLatin1String("manifest_corrupt")
                && text.contains(known.text))
                problem = word; // whatever the exit code says
        }
        if (problem == QLatin1String("none") && text.contains("errors found"))
            problem = QStringLiteral("repo_error");
        if (problem == QLatin1String("none") && isSkipped && !isDone)
            problem = QStringLiteral("check_skipped");
        // Without --info a clean check says nothing at all; words that hold no verdict are no clean check.
        else if (problem == QLatin1String("none") && !isDone && !text.trimmed().isEmpty())
            problem = QStringLiteral("nothing_checked");
    }
    setProblem(set, problem);
    if (problem == QLatin1String("none") && count >= 0)
        set.assessment.count = count;
    if (problem != QLatin1String("none"))
        addMessages(set, reply.err);
    return set;
}

BackupSet readBorgOther(const Captured &captured)
{
    BackupSet set = emptySet();
    setProblem(set, problemOfBorg(captured.reply));
    if (captured.reply.exitCode != 0)
        addMessages(set, captured.reply.err);
    return set;
}

bool isStrayOutput(const Captured &captured)
{
    const QByteArray out = captured.reply.out.trimmed();
    if (captured.reply.exitCode != 0 || out.isEmpty())
        return false;
    const json document = jsonWithin(out);
    const json &first = document.is_array() && !document.empty() ? document[0] : document;
    if (member(first, "archive").is_object() || member(first, "repository").is_object())
        return false;
    return !out.contains("Archive name:") && !out.contains("archive") && !out.contains("repository")
        && !borgPrunedBy(captured.reply);
}

std::optional<QStringList> borgPrunedBy(const ShellReply &reply)
{
    static const QRegularExpression shape(QStringLiteral("Would prune:\\s+(.+?)\\s+[A-Z][a-z]{2}, \\d{4}-"));
    if (reply.exitCode != 0)
        return std::nullopt;
    QStringList names;
    bool isReport = false;
    for (const QByteArray &raw : (reply.err + '\n' + reply.out).split('\n')) {
        const bool isJson = raw.startsWith('{');
        const QString line = sanitizedLine(isJson ? bytesOf(member(jsonOf(raw), "message")) : raw, 600);
        isReport = isReport || line.contains(QLatin1String("Keeping archive"))
            || line.contains(QLatin1String("Would prune"));
        const QRegularExpressionMatch match = shape.match(line);
        if (match.hasMatch())
            names.append(match.captured(1));
    }
    return isReport ? std::optional(names) : std::nullopt;
}

} // namespace taffrail::sources
