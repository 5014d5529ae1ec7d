// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerflags.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QRegularExpression>
#include <QUuid>

namespace taffrail::executors {

namespace {

using namespace docker;
using sources::shellQuoted;
using EngineSettings = sources::docker::Settings;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

bool isImageId(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\Asha256:[0-9a-f]{64}\\z"));
    return shape.match(text).hasMatch();
}

QString shortOf(const QString &image)
{
    return image.section(QLatin1Char(':'), -1).left(12);
}

Result<EngineSettings> settingsOf(const HostSwitch &part)
{
    Result<EngineSettings> settings = sources::docker::settingsOf(part.entry);
    if (!settings)
        return settings;
    if (!isImageId(part.to.id) || !isImageId(part.from.id) || part.to.id == part.from.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by the id of an image"));
    settings->sudo = settings->sudo || part.policy.sudo;
    return settings;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<EngineSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    return sources::ShellPart{lookScript(*settings, part), std::chrono::milliseconds(15'000), 512 * 1024};
}

// What the steps share. tf_restore leaves the former container running under its name, whatever was done before it.
constexpr char functions[] = R"sh(tf_keptMost=3
tf_get() { d inspect --type container -f "$2" -- "$1" 2>/dev/null; }
tf_half=0 tf_stage=all
# A container may take its own time to stop: that comes on top.
tf_halt() { tf_grace=$(tf_get "$1" '{{.Config.StopTimeout}}'); case $tf_grace in ''|*[!0-9]*) tf_grace=10 ;; esac
( tf_limit=$((tf_limit+tf_grace)); d stop "$1" >/dev/null ); }
# Names of what was kept in former runs, the newest first; never the one that this run goes back to.
tf_keptBefore() { for tf_name in $(d ps -a --filter status=exited --filter status=created --filter status=dead --format '{{.Names}}'); do
tf_end=${tf_name#"$N".taffrail-}
case $tf_end in *[!0-9a-f]*) continue ;; ????????????) ;; *) continue ;; esac
[ "$tf_name" = "$KEPT" ] || tf_get "$tf_name" '{{.State.FinishedAt}} {{.Name}}'
done | sort -r | sed 's/^[^ ]* \///'; }
tf_tidy() { tf_keptBefore | tail -n "+$tf_keptMost" | while read -r tf_name; do d rm "$tf_name" >/dev/null 2>&1 && echo "removed, kept too long ago: $tf_name"; done; }
tf_runs() { [ "$(tf_get "$N" '{{.State.Running}} {{.State.Restarting}} {{.Image}}')" = "true false $1" ]; }
tf_restore() {
tf_half=0
if [ "$(tf_get "$N" '{{.Image}}')" = "$TO" ]; then
[ "$(tf_get "$KEPT" '{{.Image}}')" = "$FROM" ] || return 1
d update --restart=no "$N" >/dev/null; tf_halt "$N"
[ -z "$(tf_get "$FAILED" '{{.ID}}')" ] || d rm "$FAILED" >/dev/null
d rename "$N" "$FAILED" || return 1
fi
[ -n "$(tf_get "$N" '{{.ID}}')" ] || d rename "$KEPT" "$N" || return 1
d update --restart="$POLICY" "$N" >/dev/null; d start "$N" >/dev/null; sleep 1
tf_runs "$FROM"
}
tf_giveUp() {
printf '%s\n' "$1"
if tf_restore; then tf_fail 99 'the former container runs again'; else tf_fail 95 'the former container could not be started either'; fi
}
trap 'tf_code=$?; [ "$tf_half" = 0 ] || { trap "" TERM; tf_restore; }; [ "$tf_number" = 0 ] || tf_end "$tf_code"; exit "$tf_code"' EXIT
)sh";

constexpr char checkText[]
    = R"sh(v=$(d version --format '{{.Server.Version}}' 2>&1) || { case $v in *sudo:*) tf_fail 96 'sudo would ask for a password' ;; *) tf_fail 97 "the Docker engine does not answer: $v" ;; esac; }
live=$(tf_get "$N" '{{.Image}}')
if [ -z "$live" ] && [ "$(tf_get "$KEPT" '{{.Image}}')" = "$FROM" ]; then
echo 'a former try was cut off: the former container takes its place again'
tf_restore || tf_fail 95 'the former container does not start'
live=$FROM
fi
[ -n "$live" ] || tf_fail 91 "there is no container $N"
if [ "$live" = "$FROM" ] && [ "$POLICY" != no ] && [ "$(tf_get "$N" '{{.HostConfig.RestartPolicy.Name}} {{.ID}}')" = "no ${ID:-x}" ]; then
echo 'a former try was cut off: the container gets its restart policy back, and is started'
tf_restore || tf_fail 95 'the former container does not start'
fi
id=$(tf_get "$N" '{{.ID}}')
if [ "$live" = "$TO" ]; then
tf_stage=start
tf_runs "$TO" && tf_stage=done
elif [ "$live" != "$FROM" ]; then tf_fail 93 "image $live is live, not $FROM"
elif [ -n "$ID" ] && [ "$id" != "$ID" ]; then tf_fail 93 "container $N was made anew since the plan"
fi
[ "$(d image inspect -f '{{.ID}}' -- "$TO" 2>/dev/null)" = "$TO" ] || tf_fail 92 "image $TO is gone"
echo "live: $live in container $id"
)sh";

// Variables go from the engine to the engine through a pipe: no argument, no file and no log ever holds their values.
// What the new container has otherwise than the present one is asked of the engine itself.
constexpr char createText[] = R"sh(if [ "$tf_stage" != all ]; then echo 'it is made already'
else
[ -z "$(tf_get "$NEW" '{{.ID}}')" ] || d rm "$NEW" >/dev/null || tf_fail 91 "an unfinished container $NEW is in the way"
source=$N
[ -z "$OF_RELEASE" ] || source=$OF_RELEASE
[ -n "$(tf_get "$source" '{{.ID}}')" ] || tf_fail 92 "container $source, whose variables are wanted, is gone"
own=$(tf_own "$source")
[ "$(printf '%s\n' "$own" | grep -c .)" = "$(printf '%s\n' "$own" | grep -c '^[^=#[:space:]][^=[:space:]]*=')" ] || tf_fail 93 'a variable has a value of several lines'
case $own in *"$(printf '\r')"*) tf_fail 93 'a variable holds a carriage return' ;; esac
image=$TO
[ -z "$TAG" ] || [ "$(d image inspect -f '{{.ID}}' -- "$TAG" 2>/dev/null)" != "$TO" ] || image=$TAG
printf '%s\n' "$own" | tf_create "$image" || tf_fail 94 'the engine did not make the container; nothing was changed'
tf_connect || { d rm "$NEW" >/dev/null; tf_fail 94 'the container could not join its networks; nothing was changed'; }
[ "$(tf_get "$NEW" '{{.Image}}')" = "$TO" ] || { d rm "$NEW" >/dev/null; tf_fail 94 'the engine took another image; nothing was changed'; }
lost=$({ tf_settings "$N" | sed 's/^/P/'; tf_settings "$NEW" | sed 's/^/N/'; } | awk '{ t=substr($0,1,1); l=substr($0,2); k=l; sub(/\t.*/,"",k); if (t=="P") p[k]=l; else n[k]=l } END { for (k in p) if (p[k]!=n[k]) print k; for (k in n) if (!(k in p)) print k }' | sort -u | tr '\n' ' ')
[ -z "$lost" ] || { d rm "$NEW" >/dev/null; tf_fail 94 "the new container would differ in: $lost; nothing was changed"; }
tf_get "$NEW" 'made: {{.ID}}'
fi
)sh";

constexpr char settingsFunction[]
    = R"sh(tf_settings() { tf_get "$1" '{{range $k,$v := .HostConfig}}{{$k}}{{"\t"}}{{json $v}}{{"\n"}}{{end}}' | grep -v -E '	(null|\[\]|\{\}|""|0|-1|false)$|^(Binds|Mounts|ConsoleSize|MaskedPaths|ReadonlyPaths|Ulimits|Links|VolumesFrom)	|^$'; }
)sh";

constexpr char switchText[] = R"sh(if [ "$tf_stage" = all ]; then
tf_half=1
d update --restart=no "$N" >/dev/null || tf_giveUp 'its restart policy could not be changed'
tf_halt "$N" || tf_giveUp 'the container could not be stopped'
if [ -n "$(tf_get "$KEPT" '{{.ID}}')" ]; then d rm "$KEPT" >/dev/null || tf_giveUp "the older container $KEPT is in the way"; fi
d rename "$N" "$KEPT" || tf_giveUp 'it could not be renamed'
d rename "$NEW" "$N" || tf_giveUp 'the new container could not be renamed'
tf_stage=start
echo "kept: $KEPT"
fi
)sh";

constexpr char startText[] = R"sh(if [ "$tf_stage" = start ]; then
tf_half=1
d start "$N" >/dev/null || tf_giveUp 'the engine did not start it'
sleep 2
tf_runs "$TO" && [ "$(tf_get "$N" '{{.RestartCount}}')" = 0 ] || {
tf_get "$N" 'it is {{.State.Status}}, exit code {{.State.ExitCode}} {{.State.Error}}'
d logs --tail 20 "$N" 2>&1 | head -c 4000
tf_giveUp 'the new container does not stay up'; }
tf_half=0
else echo 'it runs already'
fi
)sh";

constexpr char proofText[]
    = R"sh(tf_runs "$TO" || tf_fail 94 "container $N: $(tf_get "$N" '{{.State.Status}} with image {{.Image}}'), not $TO"
tf_get "$N" 'live: {{.Image}}, container {{.ID}}, {{.State.Status}} since {{.State.StartedAt}}'
tf_tidy
:
)sh";

QByteArray words(const QStringList &list)
{
    QByteArray text;
    for (const QString &word : list)
        text += ' ' + shellQuoted(word);
    return text;
}

/// Shell text of everything that depends on this container.
QByteArray preludeOf(const HostSwitch &part, const EngineSettings &settings, const Looked &looked,
                     const CreateFlags &made)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    const QString &name = settings.container;
    // The way back is planned before its container exists: only its image is known then.
    const bool isLive = looked.image == part.from.id;
    QString tag;
    for (const QString &each : isLive ? looked.targetTags : QStringList{looked.tag}) {
        if (tag.isEmpty() || each == looked.tag.section(QLatin1Char(':'), 0, -2) + QLatin1Char(':') + part.to.version)
            tag = each;
    }
    QByteArray text = sources::docker::engineCommand(settings, true) + environmentFunctions + set("N", name)
        + set("NEW", name + QStringLiteral(".taffrail-new"))
        + set("KEPT", sources::docker::keptName(name, part.from.id)) + set("FAILED", sources::docker::failedName(name))
        + set("FROM", part.from.id) + set("TO", part.to.id) + set("ID", isLive ? looked.id : QString())
        + set("TAG", isImageId(tag) ? QString() : tag) + set("POLICY", made.restart);
    const QString kept = isLive && !looked.kept.isEmpty() ? looked.kept : sources::docker::keptName(name, part.to.id);
    text += set("OF_RELEASE", part.policy.environmentOfRelease ? kept : QString()) + settingsFunction + functions;
    text += "tf_create() { d create --name=\"$NEW\" --env-file=/dev/stdin --label=taffrail.from=\"$FROM\""
        + words(made.flags) + " -- \"$1\"" + words(made.arguments) + " >/dev/null; }\ntf_connect() {\n:";
    for (const QStringList &connect : made.connects)
        text += " &&\nd network connect" + words(connect) + " \"$NEW\"";
    return text + "\n}\n";
}

/// The words that make the container, as a person reads them.
QString shownCreate(const HostSwitch &part, const EngineSettings &settings, const Looked &looked,
                    const CreateFlags &made)
{
    QStringList names;
    for (const QString &name : looked.variables)
        names << QStringLiteral("--env %1=…").arg(name);
    QByteArray text = "docker create --name=" + shellQuoted(settings.container + QStringLiteral(".taffrail-new"));
    for (const QString &word : made.flags)
        text += ' ' + shellQuoted(redacted(word));
    QString line = QString::fromUtf8(text);
    if (!names.isEmpty())
        line += QLatin1Char(' ') + names.join(QLatin1Char(' '));
    line += QLatin1Char(' ') + part.to.id + redacted(QString::fromUtf8(words(made.arguments)));
    for (const QStringList &connect : made.connects)
        line += QStringLiteral("; docker network connect") + QString::fromUtf8(words(connect))
            + QStringLiteral(" %1.taffrail-new").arg(settings.container);
    return line;
}

StepScript switching(const HostSwitch &part, const EngineSettings &settings, const Looked &looked,
                     const CreateFlags &made)
{
    const QString &name = settings.container;
    const QString kept = sources::docker::keptName(name, part.from.id);
    StepScript script;
    script.prelude(preludeOf(part, settings, looked, made));
    script.step(QStringLiteral("check that %1 is live and %2 is there").arg(shortOf(part.from.id), shortOf(part.to.id)),
                checkText,
                QStringLiteral("docker inspect %1 → image %2, container %3; docker image inspect %4")
                    .arg(name, part.from.id, looked.id.left(12), part.to.id));
    script.step(QStringLiteral("make a container of %1").arg(shortOf(part.to.id)), createText,
                shownCreate(part, settings, looked, made));
    script.step(QStringLiteral("stop %1 and keep it as %2").arg(name, kept), switchText,
                QStringLiteral("docker update --restart=no %1 && docker stop %1 && docker rename %1 %2 && docker "
                               "rename %1.taffrail-new %1")
                    .arg(name, kept));
    script.step(
        QStringLiteral("start the new %1").arg(name), startText,
        QStringLiteral("docker start %1 (when it does not stay up for 2 s: %2 takes its place again)").arg(name, kept));
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("docker inspect %1 → image %2, running").arg(name, part.to.id));
    return script;
}

std::vector<PlannedChange> changesOf(const HostSwitch &part, const EngineSettings &settings, const Looked &looked)
{
    std::vector<PlannedChange> changes{
        {QStringLiteral("image"), part.host + QLatin1Char(':') + settings.container, part.from.id, part.to.id}};
    const auto add = [&](const QStringList &names, const QString &before, const QString &after) {
        for (const QString &name : names)
            changes.push_back(
                {QStringLiteral("config"), part.host + QStringLiteral(":variable ") + name, before, after});
    };
    add(looked.gained, {}, QStringLiteral("will be set"));
    add(looked.gone, QStringLiteral("is set"), {});
    add(looked.changed, QStringLiteral("has one value"), QStringLiteral("will have another value"));
    add(looked.elsewise, {}, QStringLiteral("differs from what %1 ran with").arg(shortOf(part.to.id)));
    return changes;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<EngineSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    const Result<Looked> looked = readLook(*settings, part, reply);
    if (!looked)
        return failure(looked.error());
    const bool isBack = looked->image == part.to.id; // the way back, planned while its target is live
    if (looked->image != part.from.id && !isBack)
        return refused(part, ErrorKind::NotFound,
                       QStringLiteral("%1 runs image %2 now").arg(settings->container, shortOf(looked->image)));
    if (!looked->hasTarget)
        return refused(part, ErrorKind::NotFound, QStringLiteral("image %1 is gone").arg(part.to.id));
    const CreateFlags made = createFlags(*looked);
    if (!made.lost.isEmpty())
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("%1 has settings that cannot be carried over: %2")
                           .arg(settings->container, sanitizedLine(made.lost.join(QStringLiteral(", ")).toUtf8())),
                       QStringLiteral("Let your own program do it: the method \"command\"."));
    if (!looked->leaning.isEmpty())
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("other containers live in the network or processes of %1 and would lose it: %2")
                           .arg(settings->container, looked->leaning.join(QStringLiteral(", "))),
                       QStringLiteral("Let your own program do it: the method \"command\"."));
    if (!looked->badVariables.isEmpty())
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("the values of some variables have several lines: %1")
                           .arg(looked->badVariables.join(QStringLiteral(", "))));
    if (part.policy.environmentOfRelease && looked->kept.isEmpty() && !isBack)
        return refused(
            part, ErrorKind::NotFound,
            QStringLiteral("no container of %1 is kept, so its variables are not known").arg(shortOf(part.to.id)),
            QStringLiteral("Say \"container_environment\": \"today\"."));
    const Result<QStringList> restart = restartWarnings(part, reply.out.split('\n'));
    if (!restart)
        return failure(restart.error());
    const StepScript script = switching(part, *settings, *looked, made);
    return HostSteps{script.steps(), script.text(), changesOf(part, *settings, *looked), made.warnings + *restart};
}

// The image is never run: a container that is only made gives its files away.
Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    const Result<EngineSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    if (!path.startsWith(QLatin1Char('/')) || path.contains(QChar::Null))
        return refused(part, ErrorKind::BadConfig,
                       QStringLiteral("%1 is no absolute path inside the image").arg(sanitized(path)));
    const QString folder = QStringLiteral("/tmp/.taffrail-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QByteArray before = sources::docker::engineCommand(*settings) + "(umask 077; mkdir -- " + shellQuoted(folder)
        + ") && tf_made=$(d create --network=none -- " + shellQuoted(part.to.id)
        + " true) && { d cp \"$tf_made\":" + shellQuoted(path) + ' ' + shellQuoted(folder + QStringLiteral("/carried"))
        + " >/dev/null; d rm \"$tf_made\" >/dev/null; }\n";
    return CarriedPlace{before, folder + QStringLiteral("/carried"), "rm -rf -- " + shellQuoted(folder) + '\n'};
}

} // namespace

const Executor dockerExecutor{"docker", "Docker: make the container anew from the image", look, steps, carried};

} // namespace taffrail::executors
