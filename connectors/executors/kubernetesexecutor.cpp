// SPDX-License-Identifier: GPL-3.0-or-later
#include "kuberneteshistory.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <algorithm>

namespace taffrail::executors {

namespace {

using namespace sources::kubernetes;
using sources::shellQuoted;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

bool isNumber(const QString &text)
{
    return !text.isEmpty() && text.size() < 19
        && std::ranges::all_of(text, [](QChar c) { return c >= QLatin1Char('0') && c <= QLatin1Char('9'); });
}

Result<Settings> settingsFor(const HostSwitch &part)
{
    Result<Settings> settings = sources::kubernetes::settingsOf(part.entry, true);
    if (!settings)
        return settings;
    if (!isNumber(part.from.id) || !isNumber(part.to.id) || part.from.id == part.to.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by the number of a revision"));
    if (!sources::isPlainWord(part.from.revision) || !sources::isPlainWord(part.to.revision)
        || part.from.revision == part.to.revision)
        return refused(part, ErrorKind::BadData,
                       QStringLiteral("the pod templates of the two revisions cannot be told apart"));
    return settings;
}

// The server plays the change through without keeping it: a refusal shows before anything is begun.
Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    const QByteArray script = sources::kubernetes::probeScript(*settings) + "tf_part may K auth can-i patch "
        + shellQuoted(settings->kind + QLatin1Char('/') + settings->name) + "\ntf_part dry K rollout undo "
        + shellQuoted(settings->workload()) + " --to-revision=" + part.to.id.toLatin1()
        + " --dry-run=server\nprintf '\\n'\n" + restartLook(part.policy) + "printf '\\nLOOKED\\n'\n";
    return sources::ShellPart{script, std::chrono::milliseconds(30'000), 4 * 1024 * 1024};
}

// A revision is known by the hash of its pod template: its number changes with every use. tf_look reads the workload
// anew; tf_list prints its revisions as "NUMBER HASH NAME".
constexpr char functions[] = R"sh(tf_stage=all
tf_look() {
tf_seen=$(K get "$W" -o go-template='{{.metadata.uid}} {{.metadata.generation}} {{with .metadata.annotations}}{{with index . "deployment.kubernetes.io/revision"}}{{.}}{{else}}-{{end}}{{else}}-{{end}} {{if .spec.paused}}paused{{else}}going{{end}} {{with .status.updateRevision}}{{.}}{{else}}-{{end}}' 2>&1 </dev/null) || { printf '%s\n' "$tf_seen"; return 1; }
set -- $tf_seen
[ $# = 5 ] || { printf 'kubectl said: %s\n' "$tf_seen"; return 1; }
tf_uid=$1 tf_generation=$2 tf_number=$3 tf_paused=$4 tf_newest=$5
}
tf_list() {
tf_select=$(K get "$W" -o go-template='{{range $k,$v := .spec.selector.matchLabels}}{{$k}}={{$v}},{{end}}' 2>/dev/null </dev/null); tf_select=${tf_select%,}
if [ "$R" = replicasets ]; then
K get "$R" ${tf_select:+-l "$tf_select"} -o go-template='{{range .items}}{{range .metadata.ownerReferences}}{{.uid}} {{end}}| {{with .metadata.annotations}}{{with index . "deployment.kubernetes.io/revision"}}{{.}}{{else}}-{{end}}{{else}}-{{end}} {{with .metadata.labels}}{{with index . "pod-template-hash"}}{{.}}{{else}}-{{end}}{{else}}-{{end}} {{.metadata.name}}{{"\n"}}{{end}}' </dev/null
else
K get "$R" ${tf_select:+-l "$tf_select"} -o go-template='{{range .items}}{{range .metadata.ownerReferences}}{{.uid}} {{end}}| {{.revision}} {{with .metadata.labels}}{{with index . "controller.kubernetes.io/hash"}}{{.}}{{else}}{{with index . "controller-revision-hash"}}{{.}}{{else}}-{{end}}{{end}}{{else}}-{{end}} {{.metadata.name}}{{"\n"}}{{end}}' </dev/null
fi | awk -v u="$tf_uid" '{ own=0; for (i=1;i<=NF && $i!="|";i++) if ($i==u) own=1; if (own) { h=$(i+2); if (h=="-") h=$(i+3); print $(i+1), h, $(i+3) } }'
}
# Which template the workload is set to: tf_live (hash) and tf_at (number).
tf_read() {
tf_look || return 1
tf_all=$(tf_list) || return 1
if [ "$R" = replicasets ]; then tf_row=$(printf '%s\n' "$tf_all" | awk -v n="$tf_number" '$1==n { print; exit }')
elif [ "$tf_newest" != - ]; then tf_row=$(printf '%s\n' "$tf_all" | awk -v n="$tf_newest" '$3==n { print; exit }')
else tf_row=$(printf '%s\n' "$tf_all" | sort -n | tail -n 1); fi
set -- $tf_row
tf_at=${1:-} tf_live=${2:-}
[ -n "$tf_live" ]
}
tf_count() { K get "$W" -o go-template="$COUNT" 2>/dev/null </dev/null; }
)sh";

constexpr char checkText[] = R"sh(command -v "$P" >/dev/null 2>&1 || tf_fail 97 "there is no $P"
tf_read || tf_fail 91 "$W and its revisions could not be read"
echo "live: revision $tf_at, template $tf_live"
if [ "$tf_live" = "$TO" ]; then tf_stage=done
else
[ "$tf_live" = "$FROM" ] || tf_fail 93 "revision $tf_at (template $tf_live) is live, not template $FROM"
[ -z "$NUMBER" ] || [ "$tf_at" = "$NUMBER" ] || tf_fail 93 "revision $tf_at is live, not $NUMBER: it was changed and changed back"
[ "$tf_paused" != paused ] || tf_fail 98 "the rollout of $W is paused"
tf_to=$(printf '%s\n' "$tf_all" | awk -v h="$TO" '$2==h { print $1; exit }')
[ -n "$tf_to" ] || tf_fail 92 "the revision with template $TO is gone"
echo "target: revision $tf_to"
fi
)sh";

// Exit 0 is no proof: kubectl also says it when it skipped everything.
constexpr char undoText[] = R"sh(if [ "$tf_stage" = all ]; then
tf_before=$tf_at
tf_read || tf_fail 91 "$W could not be read again"
[ "$tf_live" = "$FROM" ] && [ "$tf_at" = "$tf_before" ] || tf_fail 93 "revision $tf_at went live in between"
tf_said=$(K rollout undo "$W" --to-revision="$tf_to" 2>&1 </dev/null); tf_code=$?
printf '%s\n' "$tf_said"
if [ "$tf_code" != 0 ]; then
case $tf_said in
*'unable to find'*) tf_fail 92 "revision $tf_to is gone" ;;
*paused*) tf_fail 98 "the rollout of $W is paused" ;;
esac
tf_read && [ "$tf_live" = "$TO" ] || tf_fail 94 "kubectl ended with exit code $tf_code; nothing was changed"
fi
case $tf_said in *'skipped rollback'*) tf_fail 94 'kubectl skipped it: the template is that of the target already' ;; esac
else echo 'it is set to the target already'
fi
)sh";

constexpr char waitText[] = R"sh(tf_until=$(($(cut -d . -f 1 /proc/uptime)+LIMIT))
tf_last=
while :; do
tf_counts=$(tf_count)
set -- $tf_counts
if [ $# = 8 ]; then
[ "$tf_counts" = "$tf_last" ] || echo "pods: $4 of $3 new, $5 available, $6 in all"
tf_last=$tf_counts
[ "$8" != OnDelete ] || { echo 'its pods change only when they are deleted by hand'; break; }
if [ "$2" -ge "$1" ] && [ "$4" = "$3" ] && [ "$5" -ge "$3" ] && [ "$6" = "$4" ]; then break; fi
[ "$2" -lt "$1" ] || [ "$7" != False ] || tf_fail 95 'the template is set, but its pods do not come up: the progress deadline has passed'
fi
[ "$(cut -d . -f 1 /proc/uptime)" -lt "$tf_until" ] || tf_fail 95 "the template is set, but its pods were not up within $LIMIT s"
sleep 1
done
)sh";

constexpr char proofText[] = R"sh(tf_read || tf_fail 94 "$W could not be read back"
[ "$tf_live" = "$TO" ] || tf_fail 94 "revision $tf_at (template $tf_live) is live, not template $TO"
echo "live: revision $tf_at, template $tf_live"
)sh";

/// Template text that prints generation, seen generation, wanted, new, available, all pods, the condition Progressing
/// and the strategy.
QByteArray countTemplate(const QString &kind)
{
    const auto number = [](const char *path) { return QByteArray("{{with ") + path + "}}{{.}}{{else}}0{{end}} "; };
    const QByteArray head = "{{.metadata.generation}} " + number(".status.observedGeneration");
    const QByteArray progress = "{{$p := \"-\"}}{{range .status.conditions}}{{if eq .type \"Progressing\"}}{{$p = "
                                ".status}}{{end}}{{end}}{{$p}} ";
    const auto strategy = [](const char *key) {
        return QByteArray("{{with .spec.") + key + "}}{{with .type}}{{.}}{{else}}-{{end}}{{else}}-{{end}}";
    };
    if (kind == QLatin1String("daemonset"))
        return head + number(".status.desiredNumberScheduled") + number(".status.updatedNumberScheduled")
            + number(".status.numberAvailable") + number(".status.updatedNumberScheduled") + progress
            + strategy("updateStrategy");
    if (kind == QLatin1String("statefulset"))
        return head + number(".spec.replicas") + number(".status.updatedReplicas") + number(".status.readyReplicas")
            + number(".status.replicas") + progress + strategy("updateStrategy");
    return head + number(".spec.replicas") + number(".status.updatedReplicas") + number(".status.availableReplicas")
        + number(".status.replicas") + progress + strategy("strategy");
}

StepScript switching(const HostSwitch &part, const Settings &settings, bool isBack)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    const QString workload = settings.workload();
    StepScript script;
    script.prelude(kubectl(settings, 15) + set("P", settings.program) + set("W", workload)
                   + set("R",
                         settings.kind == QLatin1String("deployment") ? QStringLiteral("replicasets")
                                                                      : QStringLiteral("controllerrevisions"))
                   + set("FROM", part.from.revision) + set("TO", part.to.revision)
                   + set("NUMBER", isBack ? QString() : part.from.id)
                   + "LIMIT=" + QByteArray::number(qint64(part.policy.patience.count()))
                   + "\nCOUNT=" + shellQuoted(QString::fromLatin1(countTemplate(settings.kind))) + '\n' + functions);
    const QString tool
        = settings.program + (settings.space.isEmpty() ? QString() : QStringLiteral(" -n ") + settings.space);
    script.step(QStringLiteral("check that revision %1 is live and %2 is there").arg(part.from.id, part.to.id),
                checkText,
                QStringLiteral("%1 get %2 → template %3, not paused; the revision with template %4")
                    .arg(tool, workload, part.from.revision, part.to.revision));
    script.step(QStringLiteral("undo to revision %1").arg(part.to.id), undoText,
                QStringLiteral("%1 rollout undo %2 --to-revision=%3 (the number that template %4 has then)")
                    .arg(tool, workload, part.to.id, part.to.revision));
    script.step(QStringLiteral("wait for its pods"), waitText,
                QStringLiteral("%1 get %2 → all pods new and available, within %3 s")
                    .arg(tool, workload)
                    .arg(part.policy.patience.count()));
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("%1 get %2 → template %3").arg(tool, workload, part.to.revision));
    return script;
}

bool isTryImpossible(const sources::ToolPart &dry)
{
    return dry.said.contains(QLatin1String("openapi")) || dry.said.contains(QLatin1String("dry-run"))
        || dry.said.contains(QLatin1String("dryRun"));
}

std::optional<Error> obstacle(const HostSwitch &part, const Facts &facts, const std::vector<sources::ToolPart> &parts)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return refused(part, kind, text, hint).value();
    };
    const Workload &workload = *facts.workload;
    const qint64 live = wantedRevision(facts);
    if (QString::number(live) != part.from.id)
        return error(ErrorKind::NotFound,
                     live < 0 ? QStringLiteral("which revision is live is not known")
                              : QStringLiteral("revision %1 is live now").arg(live));
    if (workload.isDeleted)
        return error(ErrorKind::Unsupported, QStringLiteral("%1 is being deleted").arg(workload.name));
    if (workload.isPaused)
        return error(ErrorKind::Busy, QStringLiteral("the rollout of %1 is paused").arg(workload.name),
                     QStringLiteral("kubectl rollout resume %1/%2").arg(workload.kind, workload.name));
    if (workload.isOwnerInsistent)
        return error(ErrorKind::Unsupported,
                     QStringLiteral("%1 manages it, and would take the rollback back").arg(workload.owner),
                     QStringLiteral("Roll back there."));
    const auto target = std::ranges::find(facts.revisions, part.to.revision, &Revision::hash);
    if (target == facts.revisions.end())
        return error(ErrorKind::NotFound, QStringLiteral("revision %1 is gone").arg(part.to.id));
    if (const sources::ToolPart *may = sources::partNamed(parts, "may"); may && may->out.trimmed().startsWith("no"))
        return error(ErrorKind::Denied,
                     QStringLiteral("the account that kubectl uses there may not change %1").arg(workload.name));
    const sources::ToolPart *dry = sources::partNamed(parts, "dry");
    if (!dry)
        return error(ErrorKind::BadData, QStringLiteral("the try without effect was not answered"));
    if (dry->out.contains("skipped rollback"))
        return error(ErrorKind::Unsupported,
                     QStringLiteral("the template is that of revision %1 already").arg(part.to.id));
    // Where the try itself is not possible, the real act still checks all that matters.
    if (dry->exitCode != 0 && !isTryImpossible(*dry))
        return error(ErrorKind::ToolFailed, QStringLiteral("kubectl would refuse: %1").arg(dry->said));
    return std::nullopt;
}

std::vector<PlannedChange> changesOf(const HostSwitch &part, const Facts &facts)
{
    const auto images = [&](const QString &hash) {
        const auto found = std::ranges::find(facts.revisions, hash, &Revision::hash);
        return found == facts.revisions.end() ? QString() : found->images.join(QStringLiteral(", "));
    };
    const QString &name = facts.workload->name;
    return {{QStringLiteral("image"), name, images(part.from.revision), images(part.to.revision)},
            {QStringLiteral("config"),
             name + QStringLiteral(": ConfigMaps, Secrets, replicas"),
             {},
             QStringLiteral("are no part of a revision: they stay as they are")}};
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    if (!reply.out.split('\n').contains("LOOKED"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the cluster was not answered in full"));
    sources::ShellReply probe = reply;
    // What comes behind the probe is no part of the source's answer.
    const qsizetype end = probe.out.indexOf("\n@tf may");
    if (end >= 0)
        probe.out.truncate(end + 1);
    const Result<Facts> facts = readFacts(part.host, *settings, probe);
    if (!facts)
        return failure(facts.error());
    if (!facts->workload)
        return refused(part, ErrorKind::NotFound, QStringLiteral("the workload could not be read"));
    const std::vector<sources::ToolPart> parts = sources::toolParts(reply);
    const bool isBack = QString::number(wantedRevision(*facts)) == part.to.id; // planned while its target is live
    if (!isBack) {
        if (const std::optional<Error> error = obstacle(part, *facts, parts))
            return failure(*error);
    }
    const Result<QStringList> restart = restartWarnings(part, reply.out.split('\n'));
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    if (!isBack && !facts->workload->owner.isEmpty())
        found.warnings
            << QStringLiteral("%1 manages it: its next upgrade brings its own state").arg(facts->workload->owner);
    const sources::ToolPart *dry = sources::partNamed(parts, "dry");
    if (!isBack && dry && dry->exitCode != 0)
        found.warnings << QStringLiteral("it could not be tried without effect: %1").arg(dry->said);
    found.changes = changesOf(part, *facts);
    const StepScript script = switching(part, *settings, isBack);
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

const Executor kubernetesExecutor{"kubernetes", "Kubernetes: undo the rollout to the revision", look, steps, carried,
                                  true};

} // namespace taffrail::executors
