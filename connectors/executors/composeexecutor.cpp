// SPDX-License-Identifier: GPL-3.0-or-later
#include "composelook.h"
#include "imageplace.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

namespace taffrail::executors {

namespace {

using namespace compose;
using sources::shellQuoted;
using Settings = sources::compose::Settings;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

QString shortOf(const QString &image)
{
    return sources::containers::shortOf(image);
}

Result<Settings> settingsOf(const HostSwitch &part)
{
    Result<Settings> settings = sources::compose::settingsOf(part.entry);
    if (!settings)
        return settings;
    if (!sources::containers::isImageId(part.to.id) || !sources::containers::isImageId(part.from.id)
        || part.to.id == part.from.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by the id of an image"));
    settings->engine.sudo = settings->engine.sudo || part.policy.sudo;
    return settings;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<Settings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    return sources::ShellPart{lookScript(*settings, part), std::chrono::milliseconds(30'000), 256 * 1024};
}

// What the steps share. tf_images: what the service's containers run, each once.
constexpr char functions[]
    = R"sh(tf_images() { for c in $(tf_containers); do tf_get '{{.Image}}' "$c"; done | sort -u; }
tf_up() { # OVERRIDE
set -- "$1" up -d --no-deps --no-build
case $tf_tool in 2*) set -- "$@" --pull never ;; esac
[ "$COUNT" -le 1 ] || set -- "$@" --scale "$S=$COUNT"
( tf_limit=600; tf_project "$@" "$S" 2>&1 </dev/null ); }
tf_stays() { for c in $(tf_containers); do
[ "$(tf_get '{{.State.Running}} {{.State.Restarting}} {{.RestartCount}} {{.Image}}' "$c")" = "true false 0 $1" ] || { tf_get 'container {{.Name}} is {{.State.Status}}, exit code {{.State.ExitCode}} {{.State.Error}}' "$c"; d logs --tail 20 "$c" 2>&1 | head -c 3000; return 1; }
[ "$(tf_get '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$c")" != unhealthy ] || { echo "container $c is unhealthy"; return 1; }
done; }
tf_half=0
# The way back of this very run: the former image by its own name in the former file.
tf_restore() {
tf_half=0
rm -f -- "$OVERRIDE.next"
if [ -n "$WAS" ]; then tf_override "$OVERRIDE" "$FROMREF" "$WASFROM" && tf_up "$OVERRIDE" || return 1
else
tf_up '' || return 1
rm -f -- "$OVERRIDE"
if [ "$(tf_images)" != "$FROM" ]; then tf_override "$OVERRIDE" "$FROMREF" '' && tf_up "$OVERRIDE" || return 1; fi
fi
sleep 1
[ "$(tf_images)" = "$FROM" ]; }
tf_giveUp() { printf '%s\n' "$1"
if tf_restore; then tf_fail 99 'the former image runs again'; else tf_fail 95 'the former image could not be started either'; fi; }
trap 'tf_code=$?; [ "$tf_half" = 0 ] || { trap "" TERM; tf_restore; }; [ "$tf_number" = 0 ] || tf_end "$tf_code"; exit "$tf_code"' EXIT
)sh";

constexpr char checkText[]
    = R"sh(v=$(d version --format '{{.Server.Version}}' 2>&1) || { case $v in *sudo:*) tf_fail 96 'sudo would ask for a password' ;; *) tf_fail 97 "the Docker engine does not answer: $v" ;; esac; }
cd -- "$W" || tf_fail 91 "the project's folder $W is gone"
tf_compose version >/dev/null 2>&1
[ -n "$tf_tool" ] || tf_fail 97 'there is no Docker Compose'
live=$(tf_images)
[ -n "$live" ] || tf_fail 91 "there is no container of $S"
if [ "$live" = "$TO" ]; then echo 'it is live already'
else
if [ "$live" != "$FROM" ]; then
for i in $live; do [ "$i" = "$FROM" ] || [ "$i" = "$TO" ] || tf_fail 93 "image $i is live, not $FROM"; done
[ -e "$OVERRIDE.next" ] || tf_fail 93 "images $(echo $live) are live, not $FROM alone"
echo 'a former try was cut off between its containers'
elif [ -n "$IDS" ] && [ "$(echo $(tf_containers))" != "$IDS" ]; then tf_fail 93 'the containers were made anew since the plan'
fi
for p in $(grep -als 'compose' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40); do
c=$({ tr '\000\011' '  ' <"$p" | head -c 300; } 2>/dev/null)
case $c in *compose*" $P "*' up'*|*compose*" $P "*' down'*) tf_fail 98 "Compose works on the project: $c" ;; esac
done
fi
[ "$(d image inspect -f '{{.Id}}' -- "$TO" 2>/dev/null)" = "$TO" ] || tf_fail 92 "image $TO is gone"
ref=$TO
[ -z "$TOREF" ] || [ "$(d image inspect -f '{{.Id}}' -- "$TOREF" 2>/dev/null)" != "$TO" ] || ref=$TOREF
tf_refOf=$(d image inspect -f '{{.Id}}' -- "$FROMREF" 2>/dev/null); [ "$tf_refOf" = "$FROM" ] || FROMREF=$FROM
echo "live: $live, with Compose $tf_tool"
)sh";

constexpr char writeText[] = R"sh(if [ "$(tf_images)" = "$TO" ]; then echo 'nothing to write'
elif [ "$PLAIN" = 1 ]; then echo "the project's own files name this image"; : >"$OVERRIDE.next"
else
tf_override "$OVERRIDE.next" "$ref" "$FROM" || tf_fail 94 "$W/$OVERRIDE cannot be written; nothing was changed"
tf_project "$OVERRIDE.next" config >/dev/null 2>&1 </dev/null || { tf_project "$OVERRIDE.next" config 2>&1 >/dev/null </dev/null | head -n 5; rm -f -- "$OVERRIDE.next"; tf_fail 94 'Compose refuses the file; nothing was changed'; }
cat -- "$OVERRIDE.next"
fi
)sh";

constexpr char upText[] = R"sh(if [ "$(tf_images)" = "$TO" ]; then echo 'it is live already'
else
tf_half=1
use=$OVERRIDE
if [ "$PLAIN" = 1 ]; then use=; else cp -- "$OVERRIDE.next" "$OVERRIDE" || tf_giveUp 'the file could not be put in place'; fi
tf_up "$use" || tf_giveUp 'Compose did not bring it up'
sleep 2
[ "$(tf_images)" = "$TO" ] || tf_giveUp "Compose said yes, but the service runs $(echo $(tf_images))"
tf_stays "$TO" || tf_giveUp 'the new containers do not stay up'
[ "$PLAIN" != 1 ] || rm -f -- "$OVERRIDE"
tf_half=0
fi
rm -f -- "$OVERRIDE.next"
)sh";

constexpr char proofText[]
    = R"sh([ "$(tf_images)" = "$TO" ] || tf_fail 94 "the service runs $(echo $(tf_images)), not $TO"
use=$OVERRIDE; [ -e "$OVERRIDE" ] || use=
want=$(tf_project "$use" config --hash "$S" 2>/dev/null </dev/null | sed -n 's/^.* \([0-9a-f]\{64\}\)$/\1/p' | head -n 1)
for c in $(tf_containers); do
has=$(tf_get '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$c")
[ -z "$want" ] || [ "$has" = "$want" ] || tf_fail 94 "container $c was not made from the project's files: config hash $has, not $want"
tf_get 'live: {{.Image}}, container {{.Name}} {{.Id}}, {{.State.Status}} since {{.State.StartedAt}}' "$c"
[ "$(tf_get '{{.State.Running}}' "$c")" = true ] || tf_fail 94 "container $c does not run"
done
echo "config hash: ${want:-not known}"
)sh";

/// What the target is called in the service's own repository; "" = only its id is known.
QString referenceOf(const QStringList &tags, const QString &like)
{
    const QString repository = sources::containers::repositoryOf(like);
    for (const QString &tag : tags) {
        if (sources::containers::repositoryOf(tag) == repository
            && sources::containers::tagWord(tag) != QLatin1String("latest"))
            return tag;
    }
    return {};
}

bool isSafeReference(const QString &text)
{
    return !text.contains(QLatin1Char('"')) && !text.contains(QLatin1Char('\\')) && !text.contains(QLatin1Char('$'));
}

QByteArray preludeOf(const HostSwitch &part, const Settings &settings, const Looked &looked)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    const bool isLive = looked.image == part.from.id;
    // The way back: its target is what runs now, under the name by which it runs.
    QString to = isLive ? referenceOf(looked.targetTags, looked.tag) : looked.tag;
    QString from = isLive ? looked.tag : referenceOf(looked.targetTags, looked.tag);
    for (QString *each : {&to, &from}) {
        if (!isSafeReference(*each))
            each->clear();
    }
    QByteArray files;
    for (const QString &file : looked.files)
        files += " -f " + shellQuoted(file);
    const bool isPlain = looked.baseImage == part.to.id;
    return sources::docker::engineCommand(settings.engine, true) + sources::compose::composeCommand(settings.engine)
        + projectFunctions + set("P", settings.project) + set("S", looked.service) + set("W", looked.folder)
        + set("FROM", part.from.id) + set("TO", part.to.id) + set("TOREF", to) + set("FROMREF", from)
        + set("IDS", isLive ? looked.ids.join(QLatin1Char(' ')) : QString()) + "COUNT="
        + QByteArray::number(qsizetype(looked.ids.size())) + '\n' + set("OVERRIDE", overrideName(looked.service))
        + set("WAS", isLive && !looked.from.isEmpty() ? QStringLiteral("1") : QString()) + set("WASFROM", looked.from)
        + "PLAIN=" + (isPlain ? "1" : "0") + '\n' + set("tf_major", looked.major)
        + set("tf_first", looked.files.value(0)) + "tf_base() { tf_compose -p \"$P\"" + files + " \"$@\"; }\n"
        + functions;
}

StepScript switching(const HostSwitch &part, const Settings &settings, const Looked &looked)
{
    StepScript script;
    script.prelude(preludeOf(part, settings, looked));
    const bool isPlain = looked.baseImage == part.to.id;
    const QString name = looked.folder + QLatin1Char('/') + overrideName(looked.service);
    QString command = looked.tool.startsWith(QLatin1Char('2')) ? QStringLiteral("docker compose")
                                                               : QStringLiteral("docker-compose");
    command += QStringLiteral(" -p ") + settings.project;
    for (const QString &file : looked.files)
        command += QStringLiteral(" -f ") + file;
    if (!isPlain)
        command += QStringLiteral(" -f ") + overrideName(looked.service);
    script.step(QStringLiteral("check that %1 is live and %2 is there").arg(shortOf(part.from.id), shortOf(part.to.id)),
                checkText,
                QStringLiteral("docker inspect → image %1, containers as planned; docker image inspect %2")
                    .arg(part.from.id, part.to.id));
    script.step(isPlain ? QStringLiteral("use the project's own files") : QStringLiteral("write %1").arg(name),
                writeText,
                isPlain ? QStringLiteral("(they name %1)").arg(shortOf(part.to.id))
                        : QStringLiteral("services: {%1: {image: %2}}").arg(looked.service, part.to.id));
    script.step(QStringLiteral("bring %1 up with %2").arg(looked.service, shortOf(part.to.id)), upText,
                command
                    + QStringLiteral(" up -d --no-deps --no-build %1%2")
                          .arg(looked.tool.startsWith(QLatin1Char('2')) ? QStringLiteral("--pull never ") : QString(),
                               looked.service));
    addRestart(script, part.policy, looked.folder);
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("docker inspect → image %1, running; config hash as expected").arg(part.to.id));
    return script;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<Settings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    const Result<Looked> looked = readLook(*settings, part, reply);
    if (!looked)
        return failure(looked.error());
    const bool isBack = looked->image == part.to.id;
    if (looked->image != part.from.id && !isBack)
        return refused(part, ErrorKind::NotFound,
                       looked->image.isEmpty()
                           ? QStringLiteral("the containers of %1 run different images").arg(looked->service)
                           : QStringLiteral("%1 runs image %2 now").arg(looked->service, shortOf(looked->image)));
    if (!looked->hasTarget)
        return refused(part, ErrorKind::NotFound, QStringLiteral("image %1 is gone").arg(part.to.id));
    if (!looked->leaning.isEmpty())
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("other containers live in the network or processes of %1 and would lose it: %2")
                           .arg(looked->service, looked->leaning.join(QStringLiteral(", "))));
    if (looked->hashNow.isEmpty())
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("Compose cannot read the project's files: %1").arg(looked->trouble),
                       QStringLiteral("Variables of the deploy belong into the project's file .env."));
    const QString version = looked->tool.section(QLatin1Char(' '), 1);
    if (looked->hashNow != looked->hash && version == looked->madeBy)
        return refused(
            part, ErrorKind::Unsupported,
            QStringLiteral("the project's files, read now, differ in more than the image from what runs: the new "
                           "containers would be others"),
            QStringLiteral("Were they edited, or were variables set for the deploy that are not in .env? "
                           "Deploy once, then it can be taken back."));
    const Result<QStringList> restart = restartWarnings(part, reply.out.split('\n'));
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    if (looked->hashNow != looked->hash)
        found.warnings << QStringLiteral(
                              "Compose is %1 now, the containers were made by %2: whether the files changed since "
                              "is not known")
                              .arg(version, looked->madeBy);
    if (looked->baseImage != part.to.id)
        found.warnings << QStringLiteral(
                              "the project's own files keep their image: an \"up\" without %1 brings it back")
                              .arg(overrideName(looked->service));
    found.changes.push_back(
        {QStringLiteral("image"), part.host + QLatin1Char(':') + looked->service, part.from.id, part.to.id});
    const StepScript script = switching(part, *settings, *looked);
    found.steps = script.steps();
    found.script = script.text();
    return found;
}

Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    const Result<Settings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    return imagePlace(part, settings->engine, part.to.id, path);
}

} // namespace

const Executor composeExecutor{"compose", "Compose: bring the service up with the earlier image", look, steps, carried};

} // namespace taffrail::executors
