// SPDX-License-Identifier: GPL-3.0-or-later
#include "backuptool.h"
#include "checkpgbackrest.h"
#include "pgbackrestinfo.h"
#include "pgbackresttext.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

/// pgbackrest as the user who may read the repository; it must not write a log either.
QByteArray commandOf(const SourceEntry &entry, const QByteArray &verb)
{
    QByteArray line = "command -v pgbackrest >/dev/null 2>&1 || exit 127\n";
    if (const QString user = optionText(entry, "user"); !user.isEmpty())
        line += "[ \"$(id -un)\" = " + shellQuoted(user) + " ] || set -- sudo -n -u " + shellQuoted(user) + " --\n";
    line += "\"$@\" pgbackrest " + verb + " --log-level-file=off --stanza=" + shellQuoted(optionText(entry, "stanza"));
    if (const QString config = optionText(entry, "config"); !config.isEmpty())
        line += " --config=" + shellQuoted(config);
    const int repository = entry.options.value(QStringLiteral("repo")).toInt();
    if (repository > 0)
        line += " --repo=" + QByteArray::number(repository);
    return line + '\n';
}

// Names and times of what lies in the archive of each repository; $1… runs pgbackrest. Only what names a segment or a
// timeline crosses the wire.
constexpr char listWal[]
    = R"sh(for r in $(run info --output=json | grep -o '"key":[0-9]*' | sort -u | cut -d : -f 2); do
printf '@repo %s\n' "$r"
o=$(run repo-ls "archive/$S" --recurse --repo="$r" --output=json) || continue
printf '%s\n' "$o" | tr '}' '\n' | sed -n 's|.*"\([^"]*/\)*\([0-9A-F]\{24\}[^"/]*\)":{.*"time":\([0-9]*\).*|\2 \3|p; s|.*"\([^"]*/\)*\([0-9A-F]\{8\}\.history[^"/]*\)":{.*|\2|p'
printf '@end\n'
done
)sh";

QByteArray walScript(const SourceEntry &entry)
{
    QByteArray text = "command -v pgbackrest >/dev/null 2>&1 || exit 127\nas=\n";
    if (const QString user = optionText(entry, "user"); !user.isEmpty())
        text += "[ \"$(id -un)\" = " + shellQuoted(user) + " ] || as='sudo -n -u '" + shellQuoted(user) + "' --'\n";
    const QString stanza = optionText(entry, "stanza");
    const QString config = optionText(entry, "config");
    const QByteArray words = config.isEmpty() ? QByteArray() : "--config=" + shellQuoted(config);
    return text + "S=" + shellQuoted(stanza)
        + "\nrun() { v=$1; shift; $as pgbackrest \"$v\" --log-level-file=off --log-level-console=off " + words
        + " --stanza=\"$S\" \"$@\"; }\n" + listWal;
}

std::vector<Request> pgbackrestRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    for (const QString &host : entry.hosts) {
        const QByteArray info = commandOf(entry, "info --output=json --log-level-console=off");
        requests.push_back({QStringLiteral("info"), host, ShellPart{info, 15s, 1024 * 1024}, Lane::Fast});
        if (entry.options.value(QStringLiteral("verify")).toBool()) {
            const QByteArray verify = commandOf(entry, "verify --output=text --verbose --log-level-console=detail");
            requests.push_back({QStringLiteral("verify"), host, ShellPart{verify, 300s, 1024 * 1024}, Lane::Slow});
        }
        requests.push_back(
            {QStringLiteral("wal"), host, ShellPart{walScript(entry), 120s, 8 * 1024 * 1024}, Lane::Slow});
    }
    for (Request &request : systemRequest(entry))
        requests.push_back(std::move(request));
    return requests;
}

/// Backups that finished while or after the repository was verified, and that it says nothing of. An older one that it
/// does not name lies in a repository that it did not read.
std::vector<size_t> newSinceVerify(const BackupSet &set, const Reply &verify)
{
    constexpr qint64 clocksAgree = 60; // seconds: the times are those of the database server
    const QByteArray &report = verify.as<ShellReply>()->out;
    const QDateTime began
        = verify.at.addSecs(-clocksAgree - std::chrono::duration_cast<std::chrono::seconds>(verify.took).count());
    std::vector<size_t> unread;
    for (size_t i = 0; i < set.backups.size(); ++i) {
        const Backup &backup = set.backups[i];
        if (isUsable(backup) && backup.finishedAt > began && !report.contains("backup: " + backup.id.toUtf8() + ','))
            unread.push_back(i);
    }
    return unread;
}

/// What verify proved of each backup, and what it found that the list does not know.
void mergeVerified(BackupSet &set, const BackupSet &verified, const Reply &reply)
{
    const QDateTime at = reply.at;
    for (Backup &backup : set.backups) {
        for (const Backup &other : verified.backups) {
            if (other.id != backup.id)
                continue;
            if (isUsable(other)) {
                backup.trust = other.trust;
                backup.verifiedAt = at;
                backup.verifiedBy = other.verifiedBy;
            } else if (isUsable(backup)) {
                flaw(backup, BackupState::Flawed, other.problem.toLatin1().constData(), other.detail);
            }
        }
    }
    markUnread(set, newSinceVerify(set, reply));
    assessNewest(set);
    if (!verified.assessment.ok && set.assessment.ok) {
        setProblem(set, verified.assessment.problem);
        set.notes += verified.notes;
    }
}

Result<BackupSet> readInfo(const SourceEntry &entry, const Replies &replies, const Reply &reply, const Context &context)
{
    const ShellReply &shell = *reply.as<ShellReply>();
    if (shell.exitCode == 127)
        return failure(ErrorKind::NotFound, QStringLiteral("run"), reply.subject,
                       QStringLiteral("pgbackrest is not installed there"));
    if (shell.exitCode == 124 || shell.exitCode == 137 || shell.exitCode == 143)
        return failure(ErrorKind::Timeout, QStringLiteral("run"), reply.subject,
                       QStringLiteral("pgbackrest gave no answer within its time limit"));
    const QByteArray out = isPgbackrestInfoText(shell.out)
        ? pgbackrestInfoJson(shell.out, zoneOfCaptured(entry, optionText(entry, "command")))
        : shell.out;
    if (shell.exitCode == 0 || out.trimmed().startsWith('['))
        return readPgbackrestInfo(out, optionText(entry, "stanza"), liveSystemIdOf(entry, replies), context.now,
                                  context.clockOffsets.value(reply.subject, 0));
    if (shell.err.contains("sudo:") && !shell.err.contains("ERROR: ["))
        return failure(ErrorKind::Denied, QStringLiteral("run"), reply.subject, firstLine(shell.err),
                       QStringLiteral("allow it in sudoers without a password: pgbackrest info"));
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    setProblem(set, problemOfExitCode(shell.exitCode, shell.err));
    set.notes.append(shell.err.trimmed().isEmpty()
                         ? QStringLiteral("pgbackrest ended with exit code %1").arg(shell.exitCode)
                         : firstLine(shell.err));
    return set;
}

Result<BackupSet> readAny(const SourceEntry &entry, const Replies &replies, const Reply &reply, const Context &context)
{
    const Captured captured{optionText(entry, "command"), *reply.as<ShellReply>(), reply.at};
    if (isCheckPgbackrest(captured))
        return readCheckPgbackrest(captured);
    switch (pgbackrestOutputOf(captured, reply.name)) {
    case PgbackrestOutput::Verify: return readPgbackrestVerify(captured);
    case PgbackrestOutput::Check: return readPgbackrestCheck(captured);
    case PgbackrestOutput::Backup: return readPgbackrestBackup(captured);
    case PgbackrestOutput::RepoLs: return readPgbackrestListing(captured);
    case PgbackrestOutput::Expire: return readPgbackrestExpire(captured);
    case PgbackrestOutput::Info:
    case PgbackrestOutput::Other: break;
    }
    return readInfo(entry, replies, reply, context);
}

/// The archive of each repository against the backups that were there when it was listed.
void mergeWal(BackupSet &set, const Reply &reply)
{
    QByteArray names;
    QString place;
    const auto apply = [&](bool isComplete) {
        if (place.isEmpty())
            return;
        WalListing listing = walListingOf(names);
        // Where info names a newest segment and the listing none, the listing is what is wrong.
        const auto told = std::ranges::find(set.locations, place, &BackupLocation::name);
        const bool isContrary = listing.newest.isEmpty() && told != set.locations.end() && !told->newestWal.isEmpty();
        listing.isComplete = isComplete && !isContrary;
        BackupSet then = set;
        std::erase_if(then.backups, [&](const Backup &backup) { return !(backup.finishedAt <= reply.at); });
        then.gaps.clear();
        applyWal(then, place, listing);
        for (Backup &backup : set.backups) {
            for (const Backup &judged : then.backups) {
                if (judged.id == backup.id && judged.location == backup.location)
                    backup = judged;
            }
        }
        set.locations = then.locations;
        set.gaps.insert(set.gaps.end(), then.gaps.begin(), then.gaps.end());
        set.walChecked = set.walChecked || then.walChecked;
    };
    for (const QByteArray &line : reply.as<ShellReply>()->out.split('\n')) {
        if (line.startsWith("@repo ")) {
            names.clear();
            place = QStringLiteral("repository %1").arg(line.mid(6).trimmed().toInt());
        } else if (line == "@end") {
            apply(true);
            place.clear();
        } else {
            names += line + '\n';
        }
    }
}

/// A backup is listed that the last verification cannot have seen.
bool isVerifyOutdated(const SourceEntry &entry, const Reply &kept, const Replies &replies)
{
    const Reply *reply = replyOf(replies, QStringLiteral("info"), kept.subject);
    const ShellReply *info = reply ? reply->as<ShellReply>() : nullptr;
    if (kept.name != QLatin1String("verify") || !kept.as<ShellReply>() || !info)
        return false;
    const auto set = readPgbackrestInfo(info->out, optionText(entry, "stanza"), {}, reply->at, 0);
    return set && !newSinceVerify(*set, kept).empty();
}

Result<Value> parsePgbackrest(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *info = firstAnswer(replies, QStringLiteral("info"));
    const Reply *first = info;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    if (!first)
        return failure(whyNoAnswer(replies, entry));
    Result<BackupSet> set = readAny(entry, replies, *first, context);
    if (!set)
        return failure(set.error());
    if (info) {
        const Reply *verify = firstAnswer(replies, QStringLiteral("verify"));
        if (verify)
            mergeVerified(*set, readPgbackrestVerify({QString(), *verify->as<ShellReply>(), verify->at}), *verify);
    }
    const Reply *wal = firstAnswer(replies, QStringLiteral("wal"));
    if (info && wal && !set->backups.empty()) {
        mergeWal(*set, *wal);
        assessNewest(*set);
        if (set->assessment.problem == QLatin1String("none"))
            setProblem(*set, problemOfList(*set));
        if (set->assessment.problem == QLatin1String("none") && !set->gaps.empty())
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

const Source pgbackrestSource{
    PaneKind::Backups,
    "pgbackrest",
    "pgBackRest",
    true,
    false,
    {
        {"stanza", "string", true, "stanza name", R"("minLength":1)"},
        {"repo", "integer", false, "only this repository", R"("minimum":1)"},
        {"config", "string", false, "configuration file, when not the usual one", R"("pattern":"^/")"},
        {"user", "string", false, "user who may read the repository; taken with sudo -n",
         R"("pattern":"^[A-Za-z_][A-Za-z0-9_.-]*$")"},
        {"verify", "boolean", false, "read every byte of the repository in the slow lane (pgbackrest verify)"},
        locationOption(),
        locationsOption(),
    },
    {"info", "verify", "check", "backup", "wal", "repo-ls", "expire", "system"},
    pgbackrestRequests,
    parsePgbackrest,
    isVerifyOutdated,
    "run pgbackrest as a user who may read the repository (option user: sudo -n)",
};

} // namespace taffrail::sources
