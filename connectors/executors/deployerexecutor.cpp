// SPDX-License-Identifier: GPL-3.0-or-later
#include "linkedreleases.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QRegularExpression>

namespace taffrail::executors {

namespace {

using sources::shellQuoted;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

QString pathOf(const HostSwitch &part)
{
    return part.entry.options.value(QStringLiteral("path")).toString();
}

bool isName(const QString &id)
{
    static const QRegularExpression shape(QStringLiteral("\\A(?!-)(?!\\.{1,2}\\z)[A-Za-z0-9._-]{1,200}\\z"));
    return shape.match(id).hasMatch();
}

/// Whether this goes to an older release: only then is what it leaves a bad one.
bool goesBack(const HostSwitch &part)
{
    bool isFromNumber = false, isToNumber = false;
    const qint64 from = part.from.id.toLongLong(&isFromNumber), to = part.to.id.toLongLong(&isToNumber);
    if (isFromNumber && isToNumber)
        return to < from;
    return !part.to.deployedAt.isValid() || !part.from.deployedAt.isValid()
        || part.to.deployedAt <= part.from.deployedAt;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    if (!isName(part.to.id) || !isName(part.from.id))
        return refused(part, ErrorKind::BadData, QStringLiteral("a release has a name that the tool does not give"));
    QByteArray script = linkedLook(part, pathOf(part), QStringLiteral(".dep/repo"));
    script += "[ -w .dep ] || echo NODEP\n"
              "[ ! -e .dep/deploy.lock ] || printf 'LOCK\\t%s\\t%.200s\\n' \"$(stat -c %Y .dep/deploy.lock)\" "
              "\"$(head -n 1 .dep/deploy.lock 2>/dev/null | tr '\\000-\\037\\177' ' ')\"\n"
              "[ ! -e \"releases/$NEW/BAD_RELEASE\" ] || printf 'BAD\\t%.200s\\n' \"$(head -n 1 "
              "\"releases/$NEW/BAD_RELEASE\" "
              "2>/dev/null | tr '\\000-\\037\\177' ' ')\"\n"
              "[ ! -h release ] || echo CUT\n:\n";
    return sources::ShellPart{script, std::chrono::milliseconds(8'000), 128 * 1024};
}

// The lock names its holder's process. One that a killed run of ours left is proven dead, and taken over; any other is
// honoured for as long as it lies there.
constexpr char lockFunctions[] = R"sh(tf_locked=0
tf_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo noboot; }
tf_ticks() { sed -n 's/^.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
tf_unlock() { [ "$tf_locked" = 0 ] || { tf_locked=0; rm -f -- "$A/.dep/deploy.lock"; }; }
tf_lock() {
tf_own="$(id -un) (taffrail $$ $(tf_ticks $$) $(tf_boot))"
tf_tries=0
while ! (set -C; printf '%s\n' "$tf_own" >.dep/deploy.lock) 2>/dev/null; do
tf_tries=$((tf_tries + 1))
if [ ! -e .dep/deploy.lock ]; then [ "$tf_tries" -lt 4 ] || tf_fail 91 'the lock .dep/deploy.lock cannot be written'; continue; fi
tf_by=$(head -n 1 .dep/deploy.lock 2>/dev/null)
tf_rest=${tf_by##*"(taffrail "}
[ "$tf_rest" != "$tf_by" ] && [ "$tf_tries" -lt 5 ] || tf_fail 98 "the deploy lock is held by $tf_by since $(stat -c %y .dep/deploy.lock 2>/dev/null)"
set -- ${tf_rest%")"}
[ "$3" = "$(tf_boot)" ] && [ "$(tf_ticks "$1")" = "$2" ] && tf_fail 98 "another run of Taffrail holds the deploy lock: process $1"
echo 'a former run was cut off: its lock is taken over'
mv -Tf -- .dep/deploy.lock ".dep/.taffrail-lock.$$" 2>/dev/null && {
[ "$(head -n 1 ".dep/.taffrail-lock.$$")" = "$tf_by" ] && rm -f -- ".dep/.taffrail-lock.$$" || { ln -- ".dep/.taffrail-lock.$$" .dep/deploy.lock; rm -f -- ".dep/.taffrail-lock.$$"; tf_fail 98 'the deploy lock changed hands'; }; }
done
tf_locked=1
echo "locked: $tf_own"
}
trap 'tf_code=$?; tf_unlock; [ "$tf_number" = 0 ] || tf_end "$tf_code"; exit "$tf_code"' EXIT
)sh";

constexpr char markText[] = R"sh(if [ "$BACK" = 1 ]; then
if [ ! -d "releases/$FROM" ]; then echo "release $FROM is gone: there is nothing to mark"
elif [ -e "releases/$FROM/BAD_RELEASE" ]; then echo 'it is marked already'
else printf '%s,%s (taffrail)\n' "$(date -u +%Y-%m-%dT%H:%M:%S+0000)" "$(id -un)" >"releases/$FROM/BAD_RELEASE" || tf_fail 95 'the bad release could not be marked'
cat "releases/$FROM/BAD_RELEASE"
fi
elif grep -qs '(taffrail)$' "releases/$TO/BAD_RELEASE"; then rm -f -- "releases/$TO/BAD_RELEASE" && echo "the mark on $TO is taken off again"
else echo 'this goes forward: nothing is marked'
fi
)sh";

constexpr char proofText[]
    = R"sh([ "$BACK" != 1 ] || [ ! -d "releases/$FROM" ] || [ -e "releases/$FROM/BAD_RELEASE" ] || tf_fail 94 "release $FROM is not marked as bad"
)sh";

StepScript switching(const HostSwitch &part)
{
    const QString path = pathOf(part);
    const bool isBack = goesBack(part);
    StepScript script;
    script.prelude(linkedVariables(part, path) + "BACK=" + (isBack ? "1" : "0") + '\n' + lockFunctions);
    script.step(QStringLiteral("take the deploy lock"),
                QByteArray("cd -- \"$A\" || tf_fail 91 'the folder of the application is gone'\ntf_lock\n"),
                QStringLiteral("set -C; echo … > %1/.dep/deploy.lock (held by somebody: nothing is done)").arg(path));
    addLinkedCheck(script, part, path);
    addLinkedSwitch(script, part);
    script.step(isBack ? QStringLiteral("mark %1 as bad").arg(part.from.id)
                       : QStringLiteral("take the mark off %1").arg(part.to.id),
                markText,
                isBack
                    ? QStringLiteral("echo DATE,USER > releases/%1/BAD_RELEASE").arg(part.from.id)
                    : QStringLiteral("rm -f releases/%1/BAD_RELEASE (only one that Taffrail wrote)").arg(part.to.id));
    addRestart(script, part.policy, path + QStringLiteral("/current"));
    addLinkedProof(script, part, path, proofText);
    return script;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &looked)
{
    Result<HostSteps> found = linkedFindings(part, pathOf(part), looked);
    if (!found)
        return found;
    for (const QByteArray &line : looked.out.split('\n')) {
        const QByteArrayList fields = line.split('\t');
        const QString words = sanitizedLine(fields.mid(1).join('\t'), 200);
        if (line == "NODEP")
            return refused(part, ErrorKind::Denied,
                           QStringLiteral("%1/.dep cannot be written: its lock cannot be taken").arg(pathOf(part)),
                           QStringLiteral("Sign in as the user who deploys."));
        if (fields.first() == "LOCK")
            found->warnings << QStringLiteral("the deploy lock is held by %1: the rollback does nothing while it lies "
                                              "there (dep deploy:unlock takes it away)")
                                   .arg(sanitizedLine(fields.mid(2).join('\t'), 200));
        else if (fields.first() == "BAD" && goesBack(part))
            found->warnings << QStringLiteral("release %1 is marked as bad: %2").arg(part.to.id, words);
        else if (fields.first() == "CUT")
            found->warnings << QStringLiteral("a deploy on %1 runs, or was cut off").arg(part.host);
    }
    const StepScript script = switching(part);
    found->steps = script.steps();
    found->script = script.text();
    return found;
}

Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    return linkedPlace(part, pathOf(part), path);
}

} // namespace

const Executor deployerExecutor{"deployer", "Deployer: switch the link, mark the bad release", look, steps, carried};

} // namespace taffrail::executors
