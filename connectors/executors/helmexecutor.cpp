// SPDX-License-Identifier: GPL-3.0-or-later
#include "helmhistory.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <algorithm>

namespace taffrail::executors {

namespace {

using namespace sources::helm;
using sources::shellQuoted;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

bool isNumber(const QString &text)
{
    return !text.isEmpty() && text.size() < 10
        && std::ranges::all_of(text, [](QChar c) { return c >= QLatin1Char('0') && c <= QLatin1Char('9'); });
}

Result<Settings> settingsFor(const HostSwitch &part)
{
    Result<Settings> settings = sources::helm::settingsOf(part.entry, true);
    if (!settings)
        return settings;
    settings->sudo = settings->sudo || part.policy.sudo;
    if (!isNumber(part.from.id) || !isNumber(part.to.id) || part.from.id == part.to.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by the number of a revision"));
    return settings;
}

// Hooks run with a rollback, too: migrations are often among them.
Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    const QByteArray script = sources::helm::probeScript(*settings) + "if command -v " + shellQuoted(settings->program)
        + " >/dev/null 2>&1; then printf '\\nHOOKS\\t%s\\n' \"$(H get hooks \"$N\" --revision " + part.to.id.toLatin1()
        + " 2>/dev/null </dev/null | sed -n 's/.*helm\\.sh\\/hook\\(\": \\|: \\)//p' | grep -o "
          "'\\(pre\\|post\\)-rollback' | sort -u | tr '\\n' ' ')\"\nelse printf '\\nNOHELM\\n'; fi\n"
        + restartLook(part.policy) + "printf '\\nLOOKED\\n'\n";
    return sources::ShellPart{script, std::chrono::milliseconds(30'000), 1024 * 1024};
}

// tf_read: tf_top (highest revision and its status), tf_live (highest deployed one), tf_origin (what that was rolled
// back to, else itself). Quotes inside of texts are written as \", so that the keys are found for sure.
constexpr char functions[] = R"sh(tf_stage=all
tf_rows() { H history "$N" -o json --max 256 </dev/null | tr '{' '\n' | sed -n 's/.*"revision":\([0-9]*\).*"status":"\([a-z-]*\)".*/&\
@ \1 \2/p' | awk '/^@ / { print $2, $3, back; next } { back="-"; if (match($0, /"rollback_revision":[0-9]+/)) back=substr($0, RSTART+20, RLENGTH-20); else if (match($0, /"description":"Rollback to [0-9]+"/)) back=substr($0, RSTART+27, RLENGTH-28) }' | sort -n; }
tf_origin() { tf_o=$1; while tf_b=$(printf '%s\n' "$tf_all" | awk -v n="$tf_o" '$1==n { print $3; exit }') && [ -n "$tf_b" ] && [ "$tf_b" != - ] && [ "$tf_b" -gt 0 ] && [ "$tf_b" -lt "$tf_o" ]; do tf_o=$tf_b; done; printf %s "$tf_o"; }
tf_read() {
tf_all=$(tf_rows)
[ -n "$tf_all" ] || return 1
set -- $(printf '%s\n' "$tf_all" | tail -n 1)
tf_top=$1 tf_status=$2
tf_live=$(printf '%s\n' "$tf_all" | awk '$2=="deployed" { n=$1 } END { print n }')
}
tf_same() { [ -n "$1" ] && [ "$(tf_origin "$1")" = "$(tf_origin "$2")" ]; }
)sh";

constexpr char checkText[] = R"sh(command -v "$P" >/dev/null 2>&1 || tf_fail 97 "there is no $P"
tf_read || tf_fail 91 "the history of $N could not be read"
echo "live: revision ${tf_live:-none}; newest: revision $tf_top, $tf_status"
case $tf_status in pending-*) [ "$tf_top" = "$STUCK" ] || tf_fail 98 "revision $tf_top is $tf_status: another operation is under way" ;; uninstalling) tf_fail 98 "$N is being uninstalled" ;; esac
if tf_same "$tf_live" "$TO" && [ "$tf_top" = "$tf_live" ]; then tf_stage=done
else
tf_same "$tf_live" "$FROM" || tf_fail 93 "revision ${tf_live:-none} is live, not $FROM"
[ -z "$NUMBER" ] || [ "$tf_live" = "$NUMBER" ] || tf_fail 93 "revision $tf_live is live, not $NUMBER"
printf '%s\n' "$tf_all" | grep -q "^$TO " || tf_fail 92 "revision $TO is gone from the history"
fi
)sh";

constexpr char rollbackText[] = R"sh(if [ "$tf_stage" = all ]; then
tf_before=$tf_top
tf_was=$tf_live
tf_read || tf_fail 91 "the history of $N could not be read again"
[ "$tf_top" = "$tf_before" ] && [ "$tf_live" = "$tf_was" ] || tf_fail 93 "revision $tf_top came in between"
set -- "$N" "$TO" --wait --timeout "${LIMIT}s"
tf_within $((LIMIT+60)) sh -c "$HELM" helm rollback "$@"
if [ "$tf_code" != 0 ]; then
tf_read || tf_fail 95 "helm ended with exit code $tf_code, and the history could not be read"
[ "$tf_top" = "$tf_before" ] || tf_fail 95 "revision $tf_top is $tf_status: helm ended with exit code $tf_code"
tf_fail 94 "helm ended with exit code $tf_code; nothing was changed"
fi
else echo 'the target is live already'
fi
)sh";

// helm may say yes without a new revision, and without pods that run.
constexpr char proofText[] = R"sh(tf_read || tf_fail 94 "the history of $N could not be read back"
echo "live: revision ${tf_live:-none}; newest: revision $tf_top, $tf_status"
[ "$tf_stage" != all ] || [ "$tf_top" -gt "$tf_before" ] || tf_fail 94 'helm made no new revision'
[ "$tf_top" = "$tf_live" ] || tf_fail 94 "the newest revision $tf_top is $tf_status"
tf_same "$tf_live" "$TO" || tf_fail 94 "revision $tf_live was not made from $TO"
)sh";

StepScript switching(const HostSwitch &part, const Settings &settings, const QString &stuck, bool isBack)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    QByteArray command = helmCommand(settings);
    StepScript script;
    // The words of `H` again, for a shell of its own that can be ended when its time is over.
    script.prelude(command + set("HELM", QString::fromUtf8(command) + QStringLiteral("H \"$@\""))
                   + set("P", settings.program) + set("N", settings.name) + set("FROM", part.from.id)
                   + set("TO", part.to.id) + set("NUMBER", isBack ? QString() : part.from.id) + set("STUCK", stuck)
                   + "LIMIT=" + QByteArray::number(qint64(part.policy.patience.count())) + '\n' + functions);
    const QString tool
        = settings.program + (settings.space.isEmpty() ? QString() : QStringLiteral(" -n ") + settings.space);
    script.step(QStringLiteral("check that revision %1 is live and %2 is there").arg(part.from.id, part.to.id),
                checkText,
                QStringLiteral("%1 history %2 → %3 deployed, none pending, %4 there")
                    .arg(tool, settings.name, part.from.id, part.to.id));
    script.step(QStringLiteral("roll back to revision %1").arg(part.to.id), rollbackText,
                QStringLiteral("%1 rollback %2 %3 --wait --timeout %4s")
                    .arg(tool, settings.name, part.to.id)
                    .arg(part.policy.patience.count()));
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(
        QStringLiteral("read back what is live"), proofText,
        QStringLiteral("%1 history %2 → a new revision, deployed, made from %3").arg(tool, settings.name, part.to.id));
    return script;
}

std::optional<Error> obstacle(const HostSwitch &part, const Facts &facts, const QString &stuck)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return refused(part, kind, text, hint).value();
    };
    const Revision *live = deployedOf(facts);
    if (!live || QString::number(live->number) != part.from.id)
        return error(ErrorKind::NotFound,
                     live ? QStringLiteral("revision %1 is live now").arg(live->number)
                          : QStringLiteral("no revision is deployed"));
    const Revision &newest = facts.revisions.front();
    if (isPending(newest) && stuck.isEmpty())
        return error(
            ErrorKind::Busy,
            QStringLiteral("revision %1 is %2: an operation is under way").arg(newest.number).arg(newest.status),
            QStringLiteral("Wait for it. When it is known to have died, it counts as stuck after 15 minutes."));
    const auto target = std::ranges::find(facts.revisions, part.to.id.toLongLong(), &Revision::number);
    if (target == facts.revisions.end())
        return error(ErrorKind::NotFound, QStringLiteral("revision %1 is gone from the history").arg(part.to.id));
    if (target->status != QLatin1String("superseded") && target->status != QLatin1String("deployed"))
        return error(ErrorKind::Unsupported,
                     QStringLiteral("revision %1 is %2: it never ran well").arg(part.to.id, target->status));
    if (target->chart == QLatin1String("MISSING"))
        return error(ErrorKind::BadData, QStringLiteral("the record of revision %1 is corrupt").arg(part.to.id));
    return std::nullopt;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    const QByteArrayList lines = reply.out.split('\n');
    if (lines.contains("NOHELM") || lines.contains("NOTOOL"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("there is no program %1").arg(settings->program));
    if (!lines.contains("LOOKED"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the history was not answered in full"));
    const Result<Facts> facts = readFacts(part.host, *settings, reply);
    if (!facts)
        return failure(facts.error());
    const Revision &newest = facts->revisions.front();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const bool isStuck = isPending(newest) && newest.at.isValid() && newest.at.secsTo(now) >= pendingSeconds;
    const QString stuck = isStuck ? QString::number(newest.number) : QString();
    const Revision *live = deployedOf(*facts);
    const bool isBack = live && QString::number(live->number) == part.to.id; // planned while its target is live
    if (!isBack) {
        if (const std::optional<Error> error = obstacle(part, *facts, stuck))
            return failure(*error);
    }
    const Result<QStringList> restart = restartWarnings(part, lines);
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    if (isStuck && !isBack)
        found.warnings << QStringLiteral("revision %1 is %2 for %3: it counts as dead, and the rollback goes over it")
                              .arg(newest.number)
                              .arg(newest.status, ageText(ageOf(newest.at, now)));
    for (const QByteArray &line : lines) {
        if (line.startsWith("HOOKS\t") && !line.mid(6).trimmed().isEmpty())
            found.warnings << QStringLiteral("the chart runs hooks with a rollback (%1): they may change the database")
                                  .arg(sanitizedLine(line.mid(6).trimmed(), 100));
    }
    const auto chartOf = [&](const QString &id) {
        const auto revision = std::ranges::find(facts->revisions, id.toLongLong(), &Revision::number);
        return revision == facts->revisions.end() ? QString() : revision->chart;
    };
    if (chartOf(part.from.id) != chartOf(part.to.id))
        found.changes.push_back(
            {QStringLiteral("package"), settings->name, chartOf(part.from.id), chartOf(part.to.id)});
    found.changes.push_back({QStringLiteral("config"), settings->name + QStringLiteral(": values"),
                             QStringLiteral("those of revision %1").arg(part.from.id),
                             QStringLiteral("those of revision %1").arg(part.to.id)});
    const StepScript script = switching(part, *settings, stuck, isBack);
    found.steps = script.steps();
    found.script = script.text();
    return found;
}

Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    return refused(
        part, ErrorKind::Unsupported,
        QStringLiteral("the image of revision %1, which has %2, is not read from a cluster").arg(part.to.id, path));
}

} // namespace

const Executor helmExecutor{"helm", "Helm: roll back to the revision", look, steps, carried, true};

} // namespace taffrail::executors
