// SPDX-License-Identifier: GPL-3.0-or-later
#include "nomadhistory.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <algorithm>

namespace taffrail::executors {

namespace {

using namespace sources::nomad;
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
    Result<Settings> settings = sources::nomad::settingsOf(part.entry, true);
    if (!settings)
        return settings;
    settings->sudo = settings->sudo || part.policy.sudo;
    if (!isNumber(part.from.id) || !isNumber(part.to.id) || part.from.id == part.to.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by the number of a version"));
    return settings;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    const QByteArray script
        = sources::nomad::probeScript(*settings) + restartLook(part.policy) + "printf '\\nLOOKED\\n'\n";
    return sources::ShellPart{script, std::chrono::milliseconds(30'000), 4 * 1024 * 1024};
}

// Versions are compared by what they say: a revert makes a new number. tf_content leaves out what changes by itself.
constexpr char functions[] = R"sh(tf_stage=all
tf_current() { M job history "$J" </dev/null | sed -n 's/^Version  *= *\([0-9][0-9]*\).*/\1/p' | head -n 1; }
tf_content() {
tf_text=$(M job inspect -version "$1" "$J" 2>/dev/null </dev/null) || return 1
printf '%s\n' "$tf_text" | sed '/"VersionTag": {/,/}/d' | grep -v -E '"(Version|Stable|Status|StatusDescription|SubmitTime|CreateIndex|ModifyIndex|JobModifyIndex|NomadTokenID|ConsulToken|VaultToken|VersionTag|Stop)":' | cksum
}
tf_read() { tf_live=$(tf_current); [ -n "$tf_live" ] && tf_now=$(tf_content "$tf_live"); }
tf_rollout() { M job deployments -json -latest "$J" 2>/dev/null </dev/null | tr -d ' \n\t' | sed -n 's/.*"JobVersion":\([0-9]*\).*"Status":"\([a-z]*\)".*/\1 \2/p'; }
)sh";

constexpr char checkText[] = R"sh(command -v "$P" >/dev/null 2>&1 || tf_fail 97 "there is no $P"
tf_read || tf_fail 91 "job $J could not be read"
echo "live: version $tf_live"
tf_want=$(tf_content "$TO") || tf_fail 92 "version $TO is gone"
if [ "$tf_now" = "$tf_want" ]; then tf_stage=done
else
if [ -n "$NUMBER" ]; then [ "$tf_live" = "$NUMBER" ] || tf_fail 93 "version $tf_live is live, not $NUMBER"
else [ "$tf_now" = "$(tf_content "$FROM")" ] || tf_fail 93 "version $tf_live is live, and says other things than $FROM"; fi
set -- $(tf_rollout)
case ${2:-} in running|pending|initializing|blocked|unblocking) [ "$1" != "$tf_live" ] || tf_fail 98 "the deployment of version $1 is $2" ;; esac
fi
)sh";

// Through the interface the servers themselves compare: nothing is done unless this very version is live.
constexpr char revertText[] = R"sh(if [ "$tf_stage" = all ]; then
tf_before=$tf_live
if M operator api -h >/dev/null 2>&1 </dev/null; then
tf_said=$(M operator api -X PUT -d "{\"JobID\":\"$JSONJOB\",\"JobVersion\":$TO,\"EnforcePriorVersion\":$tf_before}" "/v1/job/$URLJOB/revert" 2>&1 </dev/null); tf_code=$?
else
[ "$(tf_current)" = "$tf_before" ] || tf_fail 93 'another version came in between'
tf_said=$(M job revert -detach "$J" "$TO" 2>&1 </dev/null); tf_code=$?
fi
printf '%s\n' "$tf_said"
case $tf_said in
*'enforcing version'*) tf_fail 93 'another version went live in between' ;;
*'revert to current version'*) tf_fail 94 'Nomad calls the target its current version' ;;
*'not found'*) tf_fail 92 "version $TO is gone" ;;
*'ermission denied'*) tf_fail 94 'the token may not revert the job' ;;
esac
[ "$tf_code" = 0 ] || tf_fail 94 "nomad ended with exit code $tf_code"
else echo 'what is live says the same already'
fi
)sh";

// An evaluation is reported also when nothing changed: only a new version is a revert.
constexpr char waitText[] = R"sh(tf_read || tf_fail 94 "job $J could not be read back"
if [ "$tf_stage" = all ]; then
[ "$tf_live" != "$tf_before" ] || tf_fail 94 'Nomad made no new version: nothing was changed'
tf_until=$(($(cut -d . -f 1 /proc/uptime)+LIMIT))
tf_last=
while :; do
set -- $(tf_rollout)
if [ "${1:-}" = "$tf_live" ]; then
[ "$2" = "$tf_last" ] || echo "deployment of version $1: $2"
tf_last=$2
case $2 in successful) break ;; failed|cancelled) tf_fail 95 "the deployment of version $1 is $2" ;; esac
elif [ "$KIND" != service ]; then echo "a $KIND job has no deployments"; break
fi
[ "$(cut -d . -f 1 /proc/uptime)" -lt "$tf_until" ] || tf_fail 95 "version $tf_live was not deployed within $LIMIT s"
sleep 1
done
fi
)sh";

constexpr char proofText[] = R"sh(tf_read || tf_fail 94 "job $J could not be read back"
[ "$tf_now" = "$tf_want" ] || tf_fail 94 "version $tf_live says other things than version $TO"
echo "live: version $tf_live, which says what version $TO says"
)sh";

StepScript switching(const HostSwitch &part, const Settings &settings, const QString &kind, bool isBack)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    QString escaped = settings.job;
    escaped.replace(QLatin1Char('\\'), QStringLiteral("\\\\")).replace(QLatin1Char('"'), QStringLiteral("\\\""));
    StepScript script;
    script.prelude(nomadCommand(settings) + set("P", settings.program) + set("J", settings.job)
                   + set("JSONJOB", escaped) + set("URLJOB", QString::fromLatin1(QUrl::toPercentEncoding(settings.job)))
                   + set("FROM", part.from.id) + set("TO", part.to.id)
                   + set("NUMBER", isBack ? QString() : part.from.id)
                   + set("KIND", kind.isEmpty() ? QStringLiteral("service") : kind)
                   + "LIMIT=" + QByteArray::number(qint64(part.policy.patience.count())) + '\n' + functions);
    const QString &tool = settings.program;
    script.step(QStringLiteral("check that version %1 is live and %2 is there").arg(part.from.id, part.to.id),
                checkText,
                QStringLiteral("%1 job history %2 → %3; %1 job inspect -version %4 %2")
                    .arg(tool, settings.job, part.from.id, part.to.id));
    script.step(QStringLiteral("revert to version %1").arg(part.to.id), revertText,
                QStringLiteral("%1 operator api -X PUT /v1/job/%2/revert {JobVersion: %3, EnforcePriorVersion: %4}; "
                               "without it: %1 job revert %2 %3")
                    .arg(tool, settings.job, part.to.id, part.from.id));
    script.step(QStringLiteral("wait for its deployment"), waitText,
                QStringLiteral("%1 job deployments -latest %2 → successful, within %3 s")
                    .arg(tool, settings.job)
                    .arg(part.policy.patience.count()));
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("%1 job inspect %2 → says what version %3 says").arg(tool, settings.job, part.to.id));
    return script;
}

std::optional<Error> obstacle(const HostSwitch &part, const Facts &facts)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return refused(part, kind, text, hint).value();
    };
    const qint64 current = currentOf(facts);
    if (facts.isStopped)
        return error(ErrorKind::Unsupported, QStringLiteral("the job is stopped"));
    if (QString::number(current) != part.from.id)
        return error(ErrorKind::NotFound, QStringLiteral("version %1 is live now").arg(current));
    const auto target = std::ranges::find(facts.versions, part.to.id.toLongLong(), &Version::number);
    const auto live = std::ranges::find(facts.versions, current, &Version::number);
    if (target == facts.versions.end())
        return error(ErrorKind::NotFound, QStringLiteral("version %1 is gone").arg(part.to.id));
    if (live != facts.versions.end() && target->content == live->content)
        return error(ErrorKind::Unsupported,
                     QStringLiteral("version %1 says what version %2 says: Nomad would change nothing")
                         .arg(part.to.id, part.from.id));
    if (const sources::nomad::Rollout *rollout = rolloutOf(facts, target->number);
        rollout && rollout->status == QLatin1String("failed"))
        return error(ErrorKind::Unsupported, QStringLiteral("the deployment of version %1 failed").arg(part.to.id));
    if (const sources::nomad::Rollout *rollout = rolloutOf(facts, current); rollout && isUnderWay(*rollout))
        return error(ErrorKind::Busy,
                     QStringLiteral("the deployment of version %1 is %2").arg(current).arg(rollout->status));
    return std::nullopt;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<Settings> settings = settingsFor(part);
    if (!settings)
        return failure(settings.error());
    const QByteArrayList lines = reply.out.split('\n');
    if (!lines.contains("LOOKED"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the job was not answered in full"));
    const Result<Facts> facts = readFacts(part.host, *settings, reply);
    if (!facts)
        return failure(facts.error());
    const bool isBack = QString::number(currentOf(*facts)) == part.to.id; // planned while its target is live
    if (!isBack) {
        if (const std::optional<Error> error = obstacle(part, *facts))
            return failure(*error);
    }
    const Result<QStringList> restart = restartWarnings(part, lines);
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    const auto versionOf = [&](const QString &id) {
        const auto version = std::ranges::find(facts->versions, id.toLongLong(), &Version::number);
        return version == facts->versions.end() ? Version() : *version;
    };
    const Version before = versionOf(part.from.id), after = versionOf(part.to.id);
    if (!isBack && !after.isStable && after.type == QLatin1String("service"))
        found.warnings << QStringLiteral("Nomad never called version %1 stable").arg(part.to.id);
    if (before.images != after.images)
        found.changes.push_back({QStringLiteral("image"), settings->job, before.images.join(QStringLiteral(", ")),
                                 after.images.join(QStringLiteral(", "))});
    const StepScript script = switching(part, *settings, after.type, isBack);
    found.steps = script.steps();
    found.script = script.text();
    return found;
}

Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    return refused(part, ErrorKind::Unsupported,
                   QStringLiteral("where version %1 keeps %2 is not known").arg(part.to.id, path));
}

} // namespace

const Executor nomadExecutor{"nomad", "Nomad: revert the job to the version", look, steps, carried, true};

} // namespace taffrail::executors
