// SPDX-License-Identifier: GPL-3.0-or-later
#include "composelook.h"

#include "restartlook.h"
#include "text.h"

namespace taffrail::executors::compose {

namespace {

using sources::shellQuoted;

constexpr char body[] = R"sh(tf_clean() { printf '%s' "$1" | tr '\000-\037\177' '?'; }
tf_label() { d inspect --type container -f "{{index .Config.Labels \"$1\"}}" -- "$c" 2>/dev/null; }
tf_look() {
command -v docker >/dev/null 2>&1 || { echo NOTOOL; return; }
v=$(d version --format '{{.Server.Version}}' 2>&1) || { printf 'NOENGINE\t%.400s\n' "$(tf_clean "$v")"; return; }
if [ -z "$S" ]; then
S=$(for c in $(d ps -a --no-trunc --filter "label=com.docker.compose.project=$P" --filter label=com.docker.compose.oneoff=False --format '{{.ID}}'); do tf_label com.docker.compose.service; done | sort -u)
[ "$(printf '%s\n' "$S" | wc -l)" = 1 ] || { echo SEVERAL; return; }
fi
a=$(tf_containers)
[ -n "$a" ] || { echo NOCONTAINER; return; }
printf 'SERVICE\t%s\n' "$(tf_clean "$S")"
for c in $a; do d inspect --type container -f 'CONTAINER{{"\t"}}{{.ID}}{{"\t"}}{{.Image}}{{"\t"}}{{.Config.Image}}' -- "$c"; done
c=$(printf '%s\n' "$a" | head -n 1)
W=$(tf_label com.docker.compose.project.working_dir); f=$(tf_label com.docker.compose.project.config_files)
v=$(tf_label com.docker.compose.version); h=$(tf_label com.docker.compose.config-hash); r=$(tf_label taffrail.from); t=$(tf_get '{{.Config.Image}}' "$c")
printf 'HASH\t%s\nMADEBY\t%s\nFROM\t%s\n' "$(tf_clean "$h")" "$(tf_clean "$v")" "$(tf_clean "$r")"
i=$c
l=$(d ps -aq --no-trunc 2>/dev/null | head -n 500)
[ -z "$l" ] || for i in $a; do d inspect --type container -f '{{.HostConfig.NetworkMode}} {{.HostConfig.IpcMode}} {{.HostConfig.PidMode}} {{.Name}}' $l 2>/dev/null | sed -n "s/^.*container:$i.* \/\(.*\)\$/LEANS\t\1/p"; done
d image inspect -f 'TARGET{{range .RepoTags}}{{"\t"}}{{.}}{{end}}' -- "$TO" 2>/dev/null
[ -n "$W" ] && [ -n "$f" ] || { echo NOFILES; return; }
cd -- "$W" 2>/dev/null || { printf 'NOFOLDER\t%s\n' "$(tf_clean "$W")"; return; }
printf 'FOLDER\t%s\n' "$(tf_clean "$W")"
[ "$W" = "$(tf_clean "$W")" ] || { printf 'NOFOLDER\t%s\n' "$(tf_clean "$W")"; return; }
[ ! -w . ] || echo WRITABLE
set --
IFS=,; for each in $f; do case ${each##*/} in .taffrail-*.yml) ;; *) set -- "$@" "$each" ;; esac; done; unset IFS
case $v in 1.*) tf_major=1 ;; *) tf_major=2 ;; esac
tf_compose version >/dev/null 2>&1
printf 'TOOL\t%s\nMAJOR\t%s\n' "$tf_tool" "$tf_major"
[ -n "$tf_tool" ] || return
for each do printf 'FILE\t%s\n' "$(tf_clean "$each")"; [ -r "$each" ] || { printf 'UNREADABLE\t%s\n' "$(tf_clean "$each")"; return; }; done
o=$(mktemp) || return
tf_first=$1
tf_override "$o" "$t" "$r"
w=; for each do w="$w -f $(printf '%s\n' "$each" | sed "s/'/'\\\\''/g; s/^/'/; s/\$/'/")"; done
eval "tf_base() { tf_compose -p \"\$P\" $w \"\$@\"; }"
n=$(tf_project "$o" config --hash "$S" 2>&1 </dev/null)
rm -f -- "$o"
l=$(printf '%s\n' "$n" | sed -n 's/^.* \([0-9a-f]\{64\}\)$/\1/p' | head -n 1)
if [ -n "$l" ]; then printf 'NOW\t%s\n' "$l"; else printf 'TROUBLE\t%.200s\n' "$(tf_clean "$(printf '%s\n' "$n" | tail -n 1)")"; fi
b=$(tf_project '' config 2>/dev/null </dev/null | awk -v s="$S" '/^services:/ { inside=1; next } /^[^ ]/ { inside=0 } inside && /^  [^ ]/ { k=$0; sub(/^  /,"",k); sub(/:.*$/,"",k); gsub(/["'"'"']/,"",k); mine=(k==s) } inside && mine && /^    image:/ { v=$0; sub(/^    image: */,"",v); gsub(/["'"'"']/,"",v); print v; exit }')
[ -z "$b" ] || printf 'BASE\t%s\n' "$(d image inspect -f '{{.Id}}' -- "$b" 2>/dev/null)"
}
tf_look
tf_restart
echo DONE
)sh";

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

void takeLine(const QByteArrayList &fields, Looked &looked)
{
    const QByteArray &key = fields.first();
    const QString word = QString::fromUtf8(fields.value(1));
    if (key == "CONTAINER") {
        looked.image = looked.ids.isEmpty() || looked.image == QString::fromLatin1(fields.value(2))
            ? QString::fromLatin1(fields.value(2))
            : QString();
        looked.ids << word;
        looked.tag = QString::fromUtf8(fields.value(3));
    } else if (key == "SERVICE") {
        looked.service = word;
    } else if (key == "HASH") {
        looked.hash = word;
    } else if (key == "MADEBY") {
        looked.madeBy = word;
    } else if (key == "FROM") {
        looked.from = word;
    } else if (key == "LEANS") {
        looked.leaning << sanitizedLine(fields.value(1), 120);
    } else if (key == "TARGET") {
        looked.hasTarget = true;
        for (const QByteArray &tag : fields.mid(1))
            looked.targetTags << QString::fromUtf8(tag);
    } else if (key == "FOLDER") {
        looked.folder = word;
    } else if (key == "WRITABLE") {
        looked.canWrite = true;
    } else if (key == "TOOL") {
        looked.tool = word;
    } else if (key == "MAJOR") {
        looked.major = word;
    } else if (key == "FILE") {
        looked.files << word;
    } else if (key == "NOW") {
        looked.hashNow = word;
    } else if (key == "TROUBLE") {
        looked.trouble = redacted(sanitizedLine(fields.value(1), 200));
    } else if (key == "BASE") {
        looked.baseImage = word;
    }
}

/// What ends the look early.
std::optional<Error> obstacle(const HostSwitch &part, const sources::compose::Settings &settings,
                              const QByteArray &line)
{
    const QByteArrayList fields = line.split('\t');
    const QString word = sanitizedLine(fields.mid(1).join('\t'), 200);
    const auto no = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return Error{kind, QStringLiteral("plan"), part.host, text, hint};
    };
    if (line == "NOTOOL")
        return no(ErrorKind::NotFound, QStringLiteral("there is no program docker"));
    if (fields.first() == "NOENGINE")
        return no(line.contains("sudo:") ? ErrorKind::Denied : ErrorKind::Unreachable,
                  QStringLiteral("the Docker engine does not answer: %1").arg(word));
    if (line == "SEVERAL")
        return no(ErrorKind::BadConfig,
                  QStringLiteral("project %1 has several services, or none").arg(settings.project),
                  QStringLiteral("Name one of them as \"service\"."));
    if (line == "NOCONTAINER")
        return no(ErrorKind::NotFound,
                  QStringLiteral("there is no container of the service in project %1").arg(settings.project));
    if (line == "NOFILES")
        return no(ErrorKind::Unsupported, QStringLiteral("the containers do not say which files made them"));
    if (fields.first() == "NOFOLDER")
        return no(ErrorKind::NotFound,
                  QStringLiteral("the project's folder %1 is gone, or there is no right to enter it").arg(word));
    if (fields.first() == "UNREADABLE")
        return no(ErrorKind::NotFound,
                  QStringLiteral("a file of the project is gone, or there is no right to read it: %1").arg(word));
    return std::nullopt;
}

} // namespace

// The version of the first file is repeated: older Compose mixes no versions.
const char projectFunctions[] = R"sh(tf_get() { d inspect --type container -f "$1" -- "$2" 2>/dev/null; }
tf_containers() { d ps -a --no-trunc --filter "label=com.docker.compose.project=$P" --filter "label=com.docker.compose.service=$S" --filter label=com.docker.compose.oneoff=False --format '{{.ID}}' | sort; }
tf_override() { { grep -E '^version:' "$tf_first" 2>/dev/null | head -n 1
printf 'services:\n  "%s":\n    image: "%s"\n' "$S" "$2"
[ -z "$3" ] || printf '    labels:\n      taffrail.from: "%s"\n' "$3"; } >"$1"; }
tf_project() { tf_o=$1; shift; if [ -n "$tf_o" ]; then tf_base -f "$tf_o" "$@"; else tf_base "$@"; fi; }
)sh";

QString overrideName(const QString &service)
{
    return QStringLiteral(".taffrail-%1.yml").arg(service);
}

QByteArray lookScript(const sources::compose::Settings &settings, const HostSwitch &part)
{
    return sources::docker::engineCommand(settings.engine) + sources::compose::composeCommand(settings.engine)
        + projectFunctions + "P=" + shellQuoted(settings.project) + "\nS=" + shellQuoted(settings.service) + "\nTO="
        + shellQuoted(part.to.id) + "\ntf_major=\ntf_restart() {\n:\n" + restartLook(part.policy) + "}\n" + body;
}

Result<Looked> readLook(const sources::compose::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply)
{
    Looked looked;
    const QByteArrayList lines = reply.out.split('\n');
    for (const QByteArray &line : lines) {
        if (const std::optional<Error> error = obstacle(part, settings, line))
            return failure(*error);
        takeLine(line.split('\t'), looked);
    }
    if (!lines.contains("DONE") || looked.ids.isEmpty() || looked.folder.isEmpty())
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the project was not answered in full"));
    if (looked.tool.isEmpty())
        return refused(part, ErrorKind::NotFound, QStringLiteral("there is no Docker Compose on the host"),
                       QStringLiteral("Install the one that deploys there."));
    if (!looked.tool.startsWith(looked.major))
        return refused(part, ErrorKind::Unsupported,
                       QStringLiteral("the containers were made by Compose %1, and the host has %2 now")
                           .arg(looked.madeBy, looked.tool.section(QLatin1Char(' '), 1)),
                       QStringLiteral("Deploy once with the present Compose; then it can be taken back."));
    if (!looked.canWrite)
        return refused(part, ErrorKind::Denied, QStringLiteral("%1 cannot be written").arg(looked.folder),
                       QStringLiteral("Sign in as the user who deploys."));
    return looked;
}

} // namespace taffrail::executors::compose
