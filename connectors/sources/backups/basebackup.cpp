// SPDX-License-Identifier: GPL-3.0-or-later
#include "basebackupfacts.h"
#include "registry.h"

#include "barmantext.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// $P is a folder of base backups, or one of them. Newest first by the time of what is written last.
constexpr char findBases[] = R"sh([ -e "$P" ] || { printf 'X absent\n'; exit 0; }
[ -r "$P" ] && [ -x "$P" ] || { printf 'X denied\n'; exit 0; }
is() { [ -e "$1/backup_label" ] || [ -e "$1/backup_manifest" ] || [ -e "$1/backup_manifest.tmp" ] || [ -e "$1/PG_VERSION" ] || [ -n "$(find "$1" -maxdepth 1 -name 'base.tar*' -print -quit)" ]; }
bases() { if is "$P"; then printf '%s\n' "$P"; else find "$P" -mindepth 1 -maxdepth 1 -type d ! -name '*
*' | while IFS= read -r d; do is "$d" && printf '%s\n' "$d"; done; fi; }
stamp() { for f in backup_manifest backup_label .; do [ -e "$1/$f" ] && { stat -c %Y "$1/$f"; return; }; done; }
L=$(bases | while IFS= read -r d; do printf '%s %s\n' "$(stamp "$d")" "$d"; done | sort -rn | head -n "$N" | sed 's/^[0-9]* //')
)sh";

constexpr char lookAtBases[] = R"sh(printf 'T %s\n' "$(date +%s)"
control() { for b in "$(command -v pg_controldata)" /usr/lib/postgresql/*/bin/pg_controldata /usr/pgsql-*/bin/pg_controldata; do [ -x "$b" ] && "$b" "$1" 2>/dev/null && return; done; }
printf '%s\n' "$L" | while IFS= read -r d; do [ -n "$d" ] || continue
printf '==> %s\n' "$d"
[ -r "$d" ] && [ -x "$d" ] || { printf 'denied\n'; continue; }
find "$d" -maxdepth 1 -name '*.tar*' -exec stat -c 'A %s %Y|%n' {} +
t=$(find "$d" -maxdepth 1 -name 'base.tar*' -print -quit)
[ -n "$t" ] && tar --occurrence=1 -xOf "$t" backup_label 2>/dev/null | head -c 2000 | sed 's/^/L /'
[ -r "$d/backup_label" ] && head -c 2000 "$d/backup_label" | sed 's/^/L /'
[ -e "$d/backup_label.old" ] && [ ! -e "$d/backup_label" ] && printf 'started yes\n'
[ -e "$d/postmaster.pid" ] && printf 'pidfile yes\n'
[ -e "$d/backup_manifest.tmp" ] && printf 'unfinished yes\n'
if [ -r "$d/backup_manifest" ]; then m=$d/backup_manifest
stat -c 'M %s %Y' "$m"
head -c 400 "$m" | sed 's/^/H /'; printf '\n'
tail -c 800 "$m" | sed 's/^/E /'; printf '\n'
printf 'hash %s\n' "$(sed '$d' "$m" | sha256sum | cut -d ' ' -f 1)"
awk '{ n = split($0, p, "\"Size\": "); for (i = 2; i <= n; i++) { s += p[i] + 0; c++ } } END { printf "sum %.0f %d\n", s, c }' "$m"
elif [ -e "$d/backup_manifest" ]; then printf 'denied\n'
else printf 'newest %s\n' "$(find "$d" -maxdepth 3 -printf '%T@\n' 2>/dev/null | sort -n | tail -n 1 | cut -d . -f 1)"; fi
[ -e "$d/global/pg_control" ] && printf 'system %s\n' "$(control "$d" | sed -n 's/^Database system identifier: *//p')"
done
:
)sh";

// The newest ones byte by byte; the WAL with them only where they brought it along (-X none leaves it to the archive).
// Before version 18 a tar form can only be listed, which reads and decompresses it.
constexpr char verifyBases[]
    = R"sh(verifier() { for b in /usr/lib/postgresql/"$1"/bin/pg_verifybackup /usr/pgsql-"$1"/bin/pg_verifybackup "$(command -v pg_verifybackup)" /usr/lib/postgresql/*/bin/pg_verifybackup; do [ -x "$b" ] && { printf '%s' "$b"; return; }; done; }
printf '%s\n' "$L" | while IFS= read -r d; do [ -n "$d" ] || continue
printf '==> %s\n' "$d"
stat -c 'M %s %Y' "$d/backup_manifest" 2>/dev/null || continue
t=$(find "$d" -maxdepth 1 -name '*.tar*')
if [ -n "$t" ]; then
printf '%s\n' "$t" | { b=0; while IFS= read -r f; do e=$(tar -tf "$f" 2>&1 >/dev/null) || { b=1; printf 'O %s: %s\n' "$f" "$(printf '%s' "$e" | head -n 1)"; }; done; printf 'tar %s\n' "$b"; }
else
v=$(verifier "$(cat "$d/PG_VERSION" 2>/dev/null)")
[ -n "$v" ] || { printf 'verify 127\n'; continue; }
n=; [ -n "$(find "$d/pg_wal" -maxdepth 1 -name '????????????????????????' -print -quit 2>/dev/null)" ] || n=-n
e=$("$v" $n "$d" 2>&1); r=$?
printf '%s\n' "$e" | head -n 5 | sed 's/^/O /'
printf 'verify %s\n' "$r"
fi
done
:
)sh";

constexpr char progressSql[] = "select pid, phase, backup_total, backup_streamed from pg_stat_progress_basebackup";

std::vector<Request> basebackupRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QByteArray place = "P=" + shellQuoted(optionText(entry, "path")) + '\n';
    for (const QString &host : entry.hosts) {
        requests.push_back({QStringLiteral("folders"), host,
                            ShellPart{place + "N=50\n" + findBases + lookAtBases, 30s, 1024 * 1024}, Lane::Fast});
        if (entry.options.value(QStringLiteral("verify"), true).toBool())
            requests.push_back({QStringLiteral("verify"), host,
                                ShellPart{place + "N=2\n" + findBases + verifyBases, 900s}, Lane::Slow});
    }
    if (!entry.database.isEmpty())
        requests.push_back({QStringLiteral("progress"), entry.database, SqlQuery{progressSql, {}}, Lane::Fast});
    for (Request &request : systemRequest(entry))
        requests.push_back(std::move(request));
    return requests;
}

/// Whether the server itself says that a base backup runs.
bool isStreaming(const Replies &replies)
{
    const auto progress = repliesNamed(replies, QStringLiteral("progress"));
    return std::ranges::any_of(progress, [](const Reply *reply) {
        const SqlReply *rows = reply->as<SqlReply>();
        return rows && !rows->rows.empty();
    });
}

Result<Value> parseFolders(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    BackupSet set;
    set.source = QStringLiteral("pg_basebackup");
    set.repository = optionText(entry, "path");
    bool isAnswered = false;
    QString host;
    for (const Reply *reply : repliesNamed(replies, QStringLiteral("folders"))) {
        const ShellReply *shell = reply->as<ShellReply>();
        if (!shell || (shell->exitCode != 0 && shell->out.trimmed().isEmpty()) || shell->out.startsWith("X denied")) {
            set.notes.append(QStringLiteral("%1: %2").arg(reply->subject,
                                                          !shell ? reply->error()->text
                                                              : shell->out.startsWith("X ")
                                                              ? QStringLiteral("%1 may not be read").arg(set.repository)
                                                              : firstLine(shell->err)));
            continue;
        }
        isAnswered = true;
        host = reply->subject;
        if (shell->out.startsWith("X absent")) {
            set.notes.append(QStringLiteral("%1: %2 does not exist").arg(reply->subject, set.repository));
            continue;
        }
        std::vector<Backup> found = baseBackupsOf(shell->out, isStreaming(replies), context.now);
        const Reply *verify = replyOf(replies, QStringLiteral("verify"), reply->subject);
        if (const ShellReply *verified = verify ? verify->as<ShellReply>() : nullptr)
            applyBaseVerify(found, shell->out, verified->out, verify->at);
        set.backups.insert(set.backups.end(), found.begin(), found.end());
    }
    if (!isAnswered) {
        if (set.notes.isEmpty())
            return failure(whyNoAnswer(replies, entry));
        return failure(ErrorKind::Denied, QStringLiteral("read"), entry.id, set.notes.first());
    }
    assess(set, entry, replies, context, host);
    QString problem = problemOfList(set);
    if (isStreaming(replies) && (problem == QLatin1String("none") || set.backups.empty()))
        problem = QStringLiteral("in_progress");
    setProblem(set, problem);
    finish(set, entry, context);
    return Value(std::move(set));
}

Result<Value> parseBasebackup(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const Reply *folders = firstAnswer(replies, QStringLiteral("folders"));
    const Reply *first = folders;
    for (const Reply &reply : replies) {
        if (!first && reply.as<ShellReply>())
            first = &reply;
    }
    const ShellReply *shell = first ? first->as<ShellReply>() : nullptr;
    const bool isOwn
        = shell && folders && (shell->out.startsWith("T ") || shell->out.startsWith("X ")) && shell->exitCode == 0;
    if (!shell || isOwn || replies.size() > 1)
        return parseFolders(entry, replies, context);
    BackupSet set = readCapturedBase({optionText(entry, "command"), *shell, first->at},
                                     zoneOfCaptured(entry, optionText(entry, "command")));
    flawForeign(set, liveSystemIdOf(entry, replies));
    finish(set, entry, context);
    return Value(std::move(set));
}

} // namespace

const Source basebackupSource{
    PaneKind::Backups,
    "pg_basebackup",
    "pg_basebackup folders",
    true,
    false,
    {
        {"path", "string", true, "folder of the base backups, or one of them", R"("pattern":"^/")"},
        {"verify", "boolean", false, "read the newest two in the slow lane (pg_verifybackup); default true"},
        locationOption(),
        {"timezone", "string", false, "zone of the times of a captured output"},
    },
    {"folders", "verify", "progress", "system"},
    basebackupRequests,
    parseBasebackup,
    nullptr,
    "read the folders; pg_monitor to see a running one",
};

} // namespace taffrail::sources
