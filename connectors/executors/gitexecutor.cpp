// SPDX-License-Identifier: GPL-3.0-or-later
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QDir>
#include <QRegularExpression>
#include <QUuid>

namespace taffrail::executors {

namespace {

using sources::shellQuoted;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

QString pathOf(const HostSwitch &part)
{
    return QDir::cleanPath(part.entry.options.value(QStringLiteral("path")).toString());
}

bool isCommit(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A(?:[0-9a-f]{40}|[0-9a-f]{64})\\z"));
    return shape.match(text).hasMatch();
}

// A missing object must not be fetched in the middle of it; a person's settings of the moment are not meant.
constexpr char functions[] = R"sh(unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_PAGER=cat
g() { command git -c core.fsmonitor=false -c log.showSignature=false "$@" </dev/null; }
tf_collisions() { g diff --name-only --no-renames --diff-filter=A -z "$1" "$2" -- 2>/dev/null | tr '\n\000' '?\n' | while IFS= read -r f; do if [ -e "$f" ] || [ -h "$f" ]; then printf '%s\n' "$f"; fi; done | head -n 20; }
tf_edits() { g status --porcelain --untracked-files=no --ignore-submodules=dirty 2>/dev/null | head -n 20; }
tf_begun() { for f in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply BISECT_LOG; do [ ! -e "$(g rev-parse --git-path "$f" 2>/dev/null)" ] || echo "$f"; done; }
)sh";

constexpr char lookText[] = R"sh(cd -- "$A" 2>/dev/null || { echo GONE; exit 0; }
command -v git >/dev/null 2>&1 || { echo NOGIT; exit 0; }
r=$(g rev-parse --show-toplevel 2>&1) || { printf 'REFUSED\t%.300s\n' "$(printf %s "$r" | tr '\000-\037\177' ' ')"; exit 0; }
printf 'HEAD\t%s\t%s\n' "$(g rev-parse --verify -q HEAD)" "$(printf %s "$(g symbolic-ref -q --short HEAD)" | tr '\000-\037\177' '?')"
[ "$r" = "$(pwd -P)" ] || echo INNER
g cat-file -e "$NEW^{commit}" 2>/dev/null || echo NOTARGET
{ [ -w . ] && [ -w "$(g rev-parse --git-dir)" ]; } || echo READONLY
tf_edits | tr '\000-\011\013-\037\177' '?' | sed "s/^/EDITED$(printf '\t')/"
tf_collisions "$OLD" "$NEW" | tr '\000-\011\013-\037\177' '?' | sed "s/^/INTHEWAY$(printf '\t')/"
tf_begun | sed "s/^/BEGUN$(printf '\t')/"
f=$(g rev-parse --git-path index.lock); [ ! -e "$f" ] || printf 'LOCK\t%s\t%s\n' "$(stat -c %U "$f")" "$(stat -c %Y "$f")"
[ ! -e .gitmodules ] || echo SUBMODULES
! grep -qs 'filter=lfs' .gitattributes || echo LFS
for f in post-checkout post-index-change reference-transaction; do [ ! -x "$(g rev-parse --git-path "hooks/$f")" ] || printf 'HOOK\t%s\n' "$f"; done
g diff --name-only "$OLD" "$NEW" -- 2>/dev/null | grep -E '(^|/)(composer\.lock|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Gemfile\.lock|poetry\.lock|Pipfile\.lock|uv\.lock|requirements[^/]*\.txt|go\.sum|Cargo\.lock|mix\.lock)$' | head -n 10 | tr '\000-\011\013-\037\177' '?' | sed "s/^/DEPENDS$(printf '\t')/"
commits() { g log --max-count=50 --format="$1%x09%H%x09%an%x09%s" "$2" 2>/dev/null | tr '\000-\010\013-\037\177' '?'; }
commits LOST "$NEW..$OLD"; commits GAINED "$OLD..$NEW"
tf_restart
echo DONE
)sh";

Result<sources::ShellPart> look(const HostSwitch &part)
{
    if (!isCommit(part.to.id) || !isCommit(part.from.id))
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by a whole commit id"));
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    return sources::ShellPart{set("A", pathOf(part)) + set("NEW", part.to.id) + set("OLD", part.from.id) + functions
                                  + "GIT_OPTIONAL_LOCKS=0; export GIT_OPTIONAL_LOCKS\ntf_restart() {\n:\n"
                                  + restartLook(part.policy) + "}\n" + lookText,
                              std::chrono::milliseconds(15'000), 128 * 1024};
}

constexpr char checkText[] = R"sh(cd -- "$A" || tf_fail 91 'the checkout is gone'
command -v git >/dev/null 2>&1 || tf_fail 97 'there is no program git'
live=$(g rev-parse --verify -q HEAD) || tf_fail 91 "git cannot read the checkout: $(g rev-parse HEAD 2>&1 | head -n 1)"
[ "$live" = "$FROM" ] || [ "$live" = "$TO" ] || tf_fail 93 "commit $live is live, not $FROM"
g cat-file -e "$TO^{commit}" 2>/dev/null || tf_fail 92 "commit $TO is gone"
lock=$(g rev-parse --git-path index.lock)
[ ! -e "$lock" ] || tf_fail 98 "git works in the checkout, or was cut off there: $lock of $(stat -c '%U, %y' "$lock")"
begun=$(tf_begun); [ -z "$begun" ] || tf_fail 93 "something was begun in the checkout and not ended: $begun"
edits=$(tf_edits); [ -z "$edits" ] || { printf '%s\n' "$edits"; tf_fail 93 'files were edited on the host: they would be lost'; }
if [ "$live" = "$FROM" ]; then
inTheWay=$(tf_collisions "$FROM" "$TO"); [ -z "$inTheWay" ] || { printf '%s\n' "$inTheWay"; tf_fail 93 'files that git does not keep are in the way: they would be lost'; }
fi
branch=$(g symbolic-ref -q --short HEAD)
echo "live: $live${branch:+ on branch $branch}"
)sh";

// git takes its own lock for this, and moves HEAD last. "--keep": what somebody edits just now is not overwritten.
constexpr char switchText[] = R"sh(if [ "$live" = "$TO" ]; then echo 'it is live already'
else
[ "$(g rev-parse --verify -q HEAD)" = "$FROM" ] || tf_fail 93 "commit $(g rev-parse HEAD) is live, not $FROM"
export GIT_REFLOG_ACTION='taffrail rollback'
umask 022
if [ -n "$branch" ]; then said=$(g reset --keep "$TO" -- 2>&1); else said=$(g checkout -q --detach "$TO" -- 2>&1); fi
tf_code=$?
[ -z "$said" ] || printf '%s\n' "$said" | head -n 20
case $tf_code,$said in 0,*) ;; *'.lock'*'File exists'*) tf_fail 98 'git was busy in the checkout; nothing was changed' ;; *) tf_fail 94 'git refused; see above' ;; esac
fi
)sh";

constexpr char proofText[] = R"sh(live=$(g rev-parse --verify -q HEAD)
[ "$live" = "$TO" ] || tf_fail 94 "commit $live is live, not $TO"
edits=$(tf_edits); [ -z "$edits" ] || { printf '%s\n' "$edits"; tf_fail 94 'HEAD was moved, but files of the working tree differ from it'; }
g log -1 --format='live: %H of %cI: %s' HEAD
)sh";

StepScript switching(const HostSwitch &part)
{
    const QString path = pathOf(part);
    StepScript script;
    script.prelude("A=" + shellQuoted(path) + "\nFROM=" + shellQuoted(part.from.id) + "\nTO=" + shellQuoted(part.to.id)
                   + '\n' + functions);
    const QString from = part.from.id.left(12), to = part.to.id.left(12);
    script.step(QStringLiteral("check that %1 is live, %2 is there and nothing was edited").arg(from, to), checkText,
                QStringLiteral("git -C %1 rev-parse HEAD → %2; git cat-file -e %3; git status --porcelain → nothing")
                    .arg(path, part.from.id, part.to.id));
    script.step(
        QStringLiteral("move the checkout to %1").arg(to), switchText,
        QStringLiteral("git reset --keep %1 (no branch checked out: git checkout --detach %1)").arg(part.to.id));
    addRestart(script, part.policy, path);
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("git -C %1 rev-parse HEAD; git status --porcelain").arg(path));
    return script;
}

std::optional<Error> obstacle(const HostSwitch &part, const QByteArray &line, bool isBack)
{
    const QByteArrayList fields = line.split('\t');
    const QString words = sanitizedLine(fields.mid(1).join('\t'), 200);
    const auto no = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return Error{kind, QStringLiteral("plan"), part.host, text, hint};
    };
    if (line == "GONE")
        return no(ErrorKind::NotFound, QStringLiteral("%1 is gone or cannot be entered").arg(pathOf(part)));
    if (line == "NOGIT")
        return no(ErrorKind::NotFound, QStringLiteral("there is no program git"));
    if (fields.first() == "REFUSED")
        return line.contains("dubious ownership")
            ? no(ErrorKind::Denied, QStringLiteral("%1 has another owner: git refuses to work there").arg(pathOf(part)),
                 QStringLiteral("Sign in as the owner of the checkout."))
            : no(ErrorKind::NotFound, QStringLiteral("git says: %1").arg(words));
    if (line == "INNER")
        return no(ErrorKind::BadConfig,
                  QStringLiteral("%1 is a folder inside a checkout: all of it would be switched").arg(pathOf(part)),
                  QStringLiteral("Name the top of the checkout as \"path\"."));
    if (line == "NOTARGET")
        return no(ErrorKind::NotFound, QStringLiteral("commit %1 is gone").arg(part.to.id.left(12)),
                  QStringLiteral("git fetch on the host may bring it back."));
    if (line == "READONLY")
        return no(ErrorKind::Denied, QStringLiteral("%1 cannot be written").arg(pathOf(part)),
                  QStringLiteral("Sign in as the owner of the checkout."));
    if (fields.first() == "EDITED")
        return no(ErrorKind::Unsupported,
                  QStringLiteral("files were edited on the host, and would be lost: %1").arg(words.trimmed()),
                  QStringLiteral("Commit, stash or undo the edits first."));
    // Of the way back this tells nothing yet: the files that lie there now are the target's own.
    if (fields.first() == "INTHEWAY" && !isBack)
        return no(ErrorKind::Unsupported, QStringLiteral("a file that git does not keep is in the way: %1").arg(words),
                  QStringLiteral("Move it away first."));
    if (fields.first() == "BEGUN")
        return no(ErrorKind::Unsupported,
                  QStringLiteral("something was begun in the checkout and not ended: %1").arg(words));
    return std::nullopt;
}

void takeLine(const HostSwitch &part, const QByteArray &line, const QString &branch, HostSteps &found)
{
    const QByteArrayList fields = line.split('\t');
    const QString words = sanitizedLine(fields.mid(1).join('\t'), 200);
    if (fields.first() == "LOST" || fields.first() == "GAINED") {
        const QString commit
            = sanitizedLine(fields.value(2), 60) + QStringLiteral(": ") + sanitizedLine(fields.mid(3).join('\t'), 160);
        const bool isLost = fields.first() == "LOST";
        found.changes.push_back({QStringLiteral("commit"), sanitizedLine(fields.value(1).left(12)),
                                 isLost ? commit : QString(), isLost ? QString() : commit});
    } else if (fields.first() == "LOCK") {
        found.warnings
            << QStringLiteral("git works in the checkout, or was cut off there: index.lock of %1").arg(words);
    } else if (line == "SUBMODULES") {
        found.warnings << QStringLiteral("submodules stay where they are: git submodule update is not run");
    } else if (line == "LFS") {
        found.warnings << QStringLiteral(
            "large files (LFS) may have to be fetched: without a network they stay pointers");
    } else if (fields.first() == "HOOK" && (branch.isEmpty() || words != QLatin1String("post-checkout"))) {
        found.warnings << QStringLiteral("git runs the hook %1 of the checkout").arg(words);
    } else if (fields.first() == "DEPENDS") {
        found.warnings << QStringLiteral("%1 differs: installed packages stay as they are").arg(words);
        found.changes.push_back(
            {QStringLiteral("config"),
             part.host + QLatin1Char(':') + words,
             {},
             QStringLiteral("as of %1; what was installed for it is not touched").arg(part.to.id.left(12))});
    }
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &looked)
{
    const QByteArrayList lines = looked.out.split('\n');
    QString head, branch;
    for (const QByteArray &line : lines) {
        if (line.startsWith("HEAD\t")) {
            head = QString::fromLatin1(line.split('\t').value(1));
            branch = sanitizedLine(line.split('\t').value(2), 120);
        }
    }
    const bool isBack = head == part.to.id;
    for (const QByteArray &line : lines) {
        if (const std::optional<Error> error = obstacle(part, line, isBack))
            return failure(*error);
    }
    if (!lines.contains("DONE") || head.isEmpty())
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the host was not answered"));
    const Result<QStringList> restart = restartWarnings(part, lines);
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    for (const QByteArray &line : lines)
        takeLine(part, line, branch, found);
    if (!branch.isEmpty())
        found.warnings << QStringLiteral(
                              "branch %1 is moved: the next git pull on the host brings the newer commits back")
                              .arg(branch);
    found.warnings << QStringLiteral("files change one after the other: requests in between may see a mixture");
    if (part.policy.restart.isEmpty())
        found.warnings << QStringLiteral(
            "no restart is configured: what runs keeps its release until something restarts it");
    const StepScript script = switching(part);
    found.steps = script.steps();
    found.script = script.text();
    return found;
}

// The files of a commit are written into a folder of their own, and read there.
Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    const QString root = pathOf(part), clean = QDir::cleanPath(path);
    if (!clean.startsWith(root + QLatin1Char('/')))
        return refused(part, ErrorKind::BadConfig,
                       QStringLiteral("%1 does not lie in %2, so the target's files are not known").arg(clean, root),
                       QStringLiteral("Name the files of the migrations below the checkout."));
    if (!isCommit(part.to.id))
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by a whole commit id"));
    const QString folder = QStringLiteral("/tmp/.taffrail-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QString inside = clean.mid(root.size() + 1);
    const QByteArray before = "(umask 077; mkdir -- " + shellQuoted(folder) + ") && git -C " + shellQuoted(root)
        + " archive " + part.to.id.toLatin1() + " -- " + shellQuoted(QStringLiteral(":(literal)") + inside)
        + " 2>/dev/null </dev/null | tar -xf - -C " + shellQuoted(folder) + " 2>/dev/null\n";
    return CarriedPlace{before, folder + QLatin1Char('/') + inside, "rm -rf -- " + shellQuoted(folder) + '\n'};
}

} // namespace

const Executor gitExecutor{"git", "git: move the checkout to the earlier commit", look, steps, carried};

} // namespace taffrail::executors
