// SPDX-License-Identifier: GPL-3.0-or-later
#include "kamallook.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QUuid>

#include <algorithm>

namespace taffrail::executors {

namespace {

using namespace kamal;
using sources::shellQuoted;
using Settings = sources::kamal::Settings;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

QString shortOf(const QString &version)
{
    return version.size() > 20 ? version.left(12) : version;
}

Result<Settings> settingsOf(const HostSwitch &part)
{
    Result<Settings> settings = sources::kamal::settingsOf(part.entry);
    if (!settings)
        return settings;
    if (!sources::kamal::isVersion(part.to.id) || !sources::kamal::isVersion(part.from.id)
        || part.to.id == part.from.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by a version of Kamal"));
    settings->engine.sudo = settings->engine.sudo || part.policy.sudo;
    return settings;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<Settings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    return sources::ShellPart{lookScript(*settings, part), std::chrono::milliseconds(20'000), 512 * 1024};
}

// Kamal's lock is a folder: who makes it has it. Its words are Kamal's own, so "kamal lock status" shows them. Ours
// names the process beside it; one that a killed run left is proven dead, and taken over.
constexpr char lockFunctions[] = R"sh(tf_held=
tf_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo noboot; }
tf_ticks() { sed -n 's/^.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
tf_unlock() { for l in $tf_held; do case $l in 1) l=$K/lock-$NAME ;; 2) l=$K/locks/$NAME ;; esac; rm -f -- "$l/details" "$l/taffrail" && rmdir -- "$l"; done; tf_held=; }
tf_lockOne() { # NUMBER FOLDER
if ! mkdir -- "$2" 2>/dev/null; then
[ -d "$2" ] || tf_fail 91 "the lock $2 cannot be made"
tf_by=$(base64 -d <"$2/details" 2>/dev/null | head -n 1 | tr -d '\000-\037\177')
read -r tf_pid tf_start tf_on 2>/dev/null <"$2/taffrail" || tf_fail 98 "the deploy lock is held: ${tf_by:-$2} ($(stat -c %y "$2" 2>/dev/null))"
[ "$tf_on" = "$(tf_boot)" ] && [ "$(tf_ticks "$tf_pid")" = "$tf_start" ] && tf_fail 98 "another run of Taffrail holds the deploy lock: process $tf_pid"
echo 'a former run was cut off: its lock is taken over'
mv -T -- "$2/taffrail" "$2/taffrail.$$" 2>/dev/null || tf_fail 98 'the deploy lock changed hands'
rm -f -- "$2/taffrail.$$"
fi
tf_held="$tf_held $1"
printf '%s %s %s\n' "$$" "$(tf_ticks $$)" "$(tf_boot)" >"$2/taffrail" && printf 'Locked by: %s (taffrail) at %s\nVersion: %s\nMessage: Rollback from %s' "$(id -un)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$TO" "$FROM" | base64 >"$2/details" || tf_fail 91 "the lock $2 cannot be written"
}
tf_audit() { printf '[%s] [%s (taffrail)]%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(id -un)" "${D:+ [$D]}${2:+ [$2]}" "$1" >>"$K/$NAME-audit.log"; }
)sh";

// tf_back leaves the former version serving, whatever was done before it.
constexpr char switchFunctions[] = R"sh(tf_half=0 tf_done=
tf_halt() { tf_grace=$(tf_get '{{.Config.StopTimeout}}' "$1"); case $tf_grace in ''|*[!0-9]*) tf_grace=30 ;; esac
( tf_limit=$((tf_limit+tf_grace)); d stop -t "$tf_grace" "$1" >/dev/null ); }
tf_up() { # CONTAINER: started, and it stays up
d start "$1" >/dev/null || return 1
tf_i=0
while [ "$tf_i" -lt 60 ]; do
sleep 1; tf_i=$((tf_i + 1))
[ "$(tf_get '{{.State.Running}} {{.State.Restarting}}' "$1")" = 'true false' ] || { tf_get 'it is {{.State.Status}}, exit code {{.State.ExitCode}} {{.State.Error}}' "$1"; d logs --tail 20 "$1" 2>&1 | head -c 3000; return 1; }
case $(tf_get '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$1") in healthy) return 0 ;; none) [ "$tf_i" -lt 4 ] || return 0 ;; unhealthy) echo 'it is unhealthy'; return 1 ;; esac
done
echo 'it did not become healthy within 60 s'; return 1; }
tf_back() { tf_half=0; tf_bad=0
for tf_role in $tf_done; do
f=$(tf_name "$tf_role" "$FROM"); o=$(tf_name "$tf_role" "$TO")
[ "$(tf_ports "$tf_role")" = 0 ] || tf_halt "$o"
if [ "$(tf_get '{{.State.Running}}' "$f")" = true ] || tf_up "$f"; then tf_proxy "$tf_role" "$f" || tf_bad=1; else tf_bad=1; fi
[ "$tf_bad" = 1 ] || tf_halt "$o"
done
return "$tf_bad"; }
tf_giveUp() { printf '%s\n' "$1"
if tf_back; then tf_fail 99 'the former version serves again'; else tf_fail 95 'the former version could not be brought back in full'; fi; }
trap 'tf_code=$?; [ "$tf_half" = 0 ] || { trap "" TERM; tf_back; }; tf_unlock; [ "$tf_number" = 0 ] || tf_end "$tf_code"; exit "$tf_code"' EXIT
)sh";

constexpr char checkText[]
    = R"sh(v=$(d version --format '{{.Server.Version}}' 2>&1) || { case $v in *sudo:*) tf_fail 96 'sudo would ask for a password' ;; *) tf_fail 97 "the Docker engine does not answer: $v" ;; esac; }
for r in $ROLES; do
o=$(tf_name "$r" "$TO"); live=$(tf_serving "$r"); version=$([ -z "$live" ] || tf_version "$r" "$live")
i=$(tf_get '{{.Image}}' "$o")
[ -n "$i" ] || tf_fail 92 "container $o is gone"
[ "$(d image inspect -f '{{.Id}}' -- "$i" 2>/dev/null)" = "$i" ] || tf_fail 92 "the image of $o is gone"
[ "$version" = "$TO" ] || [ "$version" = "$FROM" ] || { [ -z "$live" ] && [ "$(tf_get '{{.State.Status}}' "$(tf_name "$r" "$FROM")")" = exited ] && echo "nothing runs for the role $r: a former try was cut off"; } || tf_fail 93 "version ${version:-none} serves the role $r, not $FROM"
echo "live: $version for the role $r"
done
)sh";

constexpr char lockText[] = R"sh(mkdir -p -- "$K" || tf_fail 91 "$K cannot be made"
tf_lockOne 1 "$K/lock-$NAME"
[ ! -d "$K/locks" ] || tf_lockOne 2 "$K/locks/$NAME"
echo "locked: $K/lock-$NAME"
)sh";

constexpr char bootText[] = R"sh(tf_boot_role() {
r=$1; o=$(tf_name "$r" "$TO"); f=$(tf_name "$r" "$FROM")
[ "$(tf_version "$r" "$(tf_serving "$r")")" != "$TO" ] || [ "$(tf_get '{{.State.Running}}' "$f")" = true ] || { echo 'it serves already'; return; }
tf_audit "Booted app version $TO" "$r"
tf_half=1; tf_done="$tf_done $r"
[ "$(tf_ports "$r")" = 0 ] || { echo "it has ports of the host: $f is stopped first"; tf_halt "$f"; }
tf_up "$o" || tf_giveUp "container $o does not stay up"
tf_proxy "$r" "$o" || tf_giveUp "kamal-proxy did not take $o"
[ "$(tf_get '{{.State.Running}}' "$f")" != true ] || tf_halt "$f" || tf_giveUp "container $f could not be stopped"
tf_get 'started: {{.Name}} {{.Id}}' "$o"
}
)sh";

constexpr char tagText[] = R"sh(for r in $ROLES; do
o=$(tf_name "$r" "$TO"); latest=$(tf_latest "$o")
case $latest in sha256:*|:*) echo "the image of $o has no name: nothing is tagged"; continue ;; esac
d tag "$(tf_get '{{.Image}}' "$o")" "$latest" || tf_giveUp "$latest could not be tagged"
echo "tagged: $latest"
done
tf_half=0
tf_audit "Tagging ${latest%:latest*}:$TO as the latest image"
)sh";

constexpr char proofText[] = R"sh(for r in $ROLES; do
o=$(tf_name "$r" "$TO"); id=$(tf_get '{{.Id}}' "$o")
live=$(tf_serving "$r")
[ -n "$live" ] && [ "$live" = "$id" ] || tf_fail 94 "version $(tf_version "$r" "$live") serves the role $r, not $TO"
[ "$(tf_running "$r" | wc -l)" = 1 ] || tf_fail 94 "several containers run for the role $r: $(echo $(tf_running "$r" | cut -b 1-12))"
[ "$(tf_proxied "$r")" = 0 ] || d exec kamal-proxy kamal-proxy list 2>/dev/null </dev/null | grep -q "$(printf %s "$id" | cut -b 1-12)" || tf_fail 94 "kamal-proxy does not list $o"
tf_get 'live: {{.Name}} {{.Id}}, {{.State.Status}} since {{.State.StartedAt}}' "$o"
done
)sh";

/// What the proxy is told for each role, and which roles keep ports of the host.
QByteArray roleFunctions(const Settings &settings, const Looked &looked)
{
    QByteArray proxy = "tf_proxy() { tf_t=$(tf_get '{{.Id}}' \"$2\" | cut -b 1-12)\ncase $1 in\n";
    QByteArray proxied = "tf_proxied() { case $1 in", ports = "tf_ports() { case $1 in", names;
    for (const Role &role : looked.roles) {
        const QByteArray name = role.name.toLatin1();
        names += (names.isEmpty() ? "" : " ") + name;
        if (role.hasPorts)
            ports += ' ' + name + ") echo 1 ;;";
        if (!role.proxy.known)
            continue;
        QString service = sources::kamal::namePrefix(settings, role.name);
        service.chop(1);
        proxied += ' ' + name + ") echo 1 ;;";
        proxy += name + ") d exec kamal-proxy kamal-proxy deploy " + shellQuoted(service)
            + " --target=\"$tf_t:" + role.proxy.port.toLatin1() + '"';
        for (const QString &flag : role.proxy.flags)
            proxy += ' ' + shellQuoted(flag);
        proxy += " </dev/null ;;\n";
    }
    return "ROLES='" + names + "'\n" + proxy + "esac; }\n" + proxied + " *) echo 0 ;; esac; }\n" + ports
        + " *) echo 0 ;; esac; }\n";
}

StepScript switching(const HostSwitch &part, const Settings &settings, const Looked &looked)
{
    StepScript script;
    script.prelude(sources::docker::engineCommand(settings.engine, true) + kamalFunctions(settings, part)
                   + roleFunctions(settings, looked) + lockFunctions + switchFunctions + bootText);
    const QString lock = settings.folder + QStringLiteral("/lock-") + sources::kamal::fileName(settings);
    script.step(QStringLiteral("take the deploy lock"), lockText,
                QStringLiteral("mkdir %1 (held by somebody: nothing is done)").arg(lock));
    script.step(QStringLiteral("check that %1 is live and %2 is there").arg(shortOf(part.from.id), shortOf(part.to.id)),
                checkText,
                QStringLiteral("docker ps → %1 serves every role; docker inspect %2… → its container and image")
                    .arg(part.from.id, sources::kamal::namePrefix(settings, looked.roles.front().name)));
    for (const Role &role : looked.roles) {
        const QString name = sources::kamal::namePrefix(settings, role.name);
        QString shown = QStringLiteral("docker start %1%2").arg(name, part.to.id);
        if (role.proxy.known)
            shown += QStringLiteral(" && docker exec kamal-proxy kamal-proxy deploy %1 --target=…:%2 %3")
                         .arg(name.chopped(1), role.proxy.port, redacted(role.proxy.flags.join(QLatin1Char(' '))));
        shown += QStringLiteral(" && docker stop %1%2").arg(name, part.from.id);
        script.step(QStringLiteral("switch the role %1 to %2").arg(role.name, shortOf(part.to.id)),
                    "tf_boot_role " + role.name.toLatin1(), shown);
    }
    script.step(QStringLiteral("tag the image as the latest"), tagText,
                QStringLiteral("docker tag IMAGE …:latest%1")
                    .arg(settings.destination.isEmpty() ? QString() : QLatin1Char('-') + settings.destination));
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(QStringLiteral("read back what is live"), proofText,
                QStringLiteral("docker ps → one running container of %1 for each role").arg(part.to.id));
    return script;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<Settings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    // The look names the containers of the way there; of the way back it tells the same with both swapped.
    Result<Looked> looked = readLook(*settings, part, reply);
    if (!looked)
        return failure(looked.error());
    HostSteps found;
    for (const Role &role : looked->roles) {
        const bool isBack = role.liveVersion == part.to.id;
        if (!role.live.isEmpty() && role.liveVersion != part.from.id && !isBack)
            return refused(
                part, ErrorKind::NotFound,
                QStringLiteral("version %1 serves the role %2 now").arg(shortOf(role.liveVersion), role.name));
        if (!role.elsewise.isEmpty() && !isBack)
            found.warnings << QStringLiteral("the role %1 runs with the variables that it had then; different now: %2")
                                  .arg(role.name, role.elsewise.join(QStringLiteral(", ")));
        if (role.hasPorts)
            found.warnings << QStringLiteral("the role %1 has ports of the host: it is down between stop and start")
                                  .arg(role.name);
        for (const QString &name : role.elsewise)
            found.changes.push_back({QStringLiteral("config"),
                                     part.host + QStringLiteral(":variable ") + name,
                                     {},
                                     QStringLiteral("as it was when %1 ran").arg(shortOf(part.to.id))});
        found.changes.push_back(
            {QStringLiteral("image"), part.host + QLatin1Char(':') + role.name, part.from.id, part.to.id});
    }
    const QByteArrayList lines = reply.out.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith("LOCK\t"))
            found.warnings << QStringLiteral(
                                  "the deploy lock is held: %1: the rollback does nothing while it lies there")
                                  .arg(sanitizedLine(line.mid(5), 200));
    }
    found.warnings << QStringLiteral("hooks of Kamal (pre-deploy, post-deploy) are not run");
    const Result<QStringList> restart = restartWarnings(part, lines);
    if (!restart)
        return failure(restart.error());
    found.warnings << *restart;
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
    if (!path.startsWith(QLatin1Char('/')) || path.contains(QChar::Null))
        return refused(part, ErrorKind::BadConfig,
                       QStringLiteral("%1 is no absolute path inside the image").arg(sanitized(path)));
    // All roles run one image; the container that is kept may have files that the image has not.
    const QString folder = QStringLiteral("/tmp/.taffrail-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QByteArray before = sources::docker::engineCommand(settings->engine) + kamalFunctions(*settings, part)
        + "tf_one=; for r in $(d ps -a --filter \"label=service=$S\" --filter \"label=destination=$D\" --format "
          "'{{.Label "
          "\"role\"}}' | sort -u); do [ -n \"$tf_one\" ] || tf_one=$(tf_get '{{.Image}}' \"$(tf_name \"$r\" "
          "\"$TO\")\"); done\n"
          "(umask 077; mkdir -- "
        + shellQuoted(folder)
        + ") && [ -n \"$tf_one\" ] && tf_made=$(d create --network=none -- \"$tf_one\" true) && { d cp \"$tf_made\":"
        + shellQuoted(path) + ' ' + shellQuoted(folder + QStringLiteral("/carried"))
        + " >/dev/null; d rm \"$tf_made\" >/dev/null; }\n";
    return CarriedPlace{before, folder + QStringLiteral("/carried"), "rm -rf -- " + shellQuoted(folder) + '\n'};
}

} // namespace

const Executor kamalExecutor{"kamal", "Kamal: start the kept container, stop the present one", look, steps, carried};

} // namespace taffrail::executors
