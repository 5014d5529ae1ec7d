// SPDX-License-Identifier: GPL-3.0-or-later
#include "kamallook.h"

#include "restartlook.h"
#include "text.h"

#include <algorithm>

namespace taffrail::executors::kamal {

namespace {

using sources::shellQuoted;

// Which one serves: of those that run the newest whose image is tagged as the latest, else the newest.
constexpr char functions[] = R"sh(tf_get() { d inspect --type container -f "$1" -- "$2" 2>/dev/null; }
tf_name() { printf '%s-%s-%s%s' "$S" "$1" "${D:+$D-}" "$2"; }
tf_latest() { tf_image=$(tf_get '{{.Config.Image}}' "$1"); tf_image=${tf_image%@*}; case ${tf_image##*/} in *:*) tf_image=${tf_image%:*} ;; esac; printf '%s:latest%s' "$tf_image" "${D:+-$D}"; }
tf_running() { d ps --no-trunc --filter "label=service=$S" --filter "label=destination=$D" --filter "label=role=$1" --filter status=running --filter status=restarting --format '{{.ID}}' 2>/dev/null; }
tf_serving() { tf_found=
for c in $(tf_running "$1"); do
[ -n "$tf_found" ] || tf_found=$c
[ "$(d image inspect -f '{{.Id}}' -- "$(tf_latest "$c")" 2>/dev/null)" = "$(tf_get '{{.Image}}' "$c")" ] && { tf_found=$c; break; }
done
printf '%s' "$tf_found"; }
tf_version() { n=$(tf_get '{{.Name}}' "$2"); p=/$(tf_name "$1" ''); case $n in "$p"*) printf '%s' "${n#"$p"}" ;; esac; }
)sh";

constexpr char body[] = R"sh(tf_look() {
command -v docker >/dev/null 2>&1 || { echo NOTOOL; return; }
v=$(d version --format '{{.Server.Version}}' 2>&1) || { printf 'NOENGINE\t%.400s\n' "$(printf %s "$v" | tr '\000-\037\177' ' ')"; return; }
for r in $(d ps -a --no-trunc --filter "label=service=$S" --filter "label=destination=$D" --format '{{.Label "role"}}' | grep -E '^[A-Za-z0-9_-]+$' | sort -u); do
[ -z "$ONLY" ] || [ "$r" = "$ONLY" ] || continue
c=$(tf_serving "$r"); o=$(tf_name "$r" "$TO"); f=$(tf_name "$r" "$FROM")
printf 'ROLE\t%s\t%s\t%s\n' "$r" "$c" "$([ -z "$c" ] || tf_version "$r" "$c")"
[ -z "$(tf_get '{{.Id}}' "$f")" ] || printf 'HASFROM\t%s\n' "$r"
[ -n "$(tf_get '{{.Id}}' "$o")" ] || continue
printf 'HASTO\t%s\n' "$r"
i=$(tf_get '{{.Image}}' "$o")
[ "$(d image inspect -f '{{.Id}}' -- "$i" 2>/dev/null)" != "$i" ] || printf 'IMAGE\t%s\t%s\n' "$r" "$(tf_get '{{.Config.Image}}' "$o" | tr -d '\000-\037\177')"
[ -z "$(tf_get '{{range $p,$b := .HostConfig.PortBindings}}{{range $b}}x{{end}}{{end}}' "$o")" ] || printf 'PORTS\t%s\n' "$r"
[ -z "$c" ] || { d inspect --type container -f '{{range .Config.Env}}A{{println .}}{{end}}' -- "$c"; d inspect --type container -f '{{range .Config.Env}}B{{println .}}{{end}}' -- "$o"; } 2>/dev/null | awk '/^[AB][A-Za-z_][A-Za-z0-9_]*=/ { t=substr($0,1,1); l=substr($0,2); n=l; sub(/=.*/,"",n); if (n ~ /^KAMAL_/) next; if (t=="A") a[n]=l; else b[n]=l } END { for (n in a) if (a[n]!=b[n]) print n; for (n in b) if (!(n in a)) print n }' | sort -u | head -n 50 | sed "s/^/OTHERWISE$(printf '\t')$r$(printf '\t')/"
done
if [ "$(tf_get '{{.State.Running}}' kamal-proxy)" = true ]; then
p=$(d exec kamal-proxy sh -c 'cat "${HOME:-/home/kamal-proxy}/.config/kamal-proxy/kamal-proxy.state" 2>/dev/null || cat /home/kamal-proxy/.config/kamal-proxy/kamal-proxy.state' 2>/dev/null </dev/null | head -c 200000 | tr '\000-\037\177' ' ')
printf 'PROXY\t%s\n' "$p"
fi
[ -w "$K" ] || { [ ! -e "$K" ] && case $K in */*) [ -w "${K%/*}" ] ;; *) [ -w . ] ;; esac; } || echo READONLY
for l in "$K/lock-$NAME" "$K/locks/$NAME"; do [ ! -d "$l" ] || printf 'LOCK\t%s\n' "$(base64 -d <"$l/details" 2>/dev/null | head -n 1 | cut -b 1-200 | tr -d '\000-\037\177')"; done
}
tf_look
tf_restart
echo DONE
)sh";

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

Role *roleOf(Looked &looked, const QByteArray &name)
{
    const auto found = std::ranges::find(looked.roles, QString::fromLatin1(name), &Role::name);
    return found == looked.roles.end() ? nullptr : &*found;
}

void takeLine(const QByteArrayList &fields, Looked &looked)
{
    const QByteArray &key = fields.first();
    if (key == "ROLE" && fields.size() >= 4) {
        Role role;
        role.name = QString::fromLatin1(fields[1]);
        role.live = QString::fromLatin1(fields[2]);
        role.liveVersion = QString::fromUtf8(fields[3]);
        looked.roles.push_back(role);
        return;
    }
    Role *role = roleOf(looked, fields.value(1));
    if (!role)
        return;
    if (key == "HASFROM")
        role->hasFrom = true;
    else if (key == "HASTO")
        role->hasTo = true;
    else if (key == "PORTS")
        role->hasPorts = true;
    else if (key == "OTHERWISE")
        role->elsewise << sanitizedLine(fields.value(2), 100);
    else if (key == "IMAGE") {
        role->hasImage = true;
        const QString tag = QString::fromUtf8(fields.value(2));
        role->toRepository
            = tag.startsWith(QLatin1String("sha256:")) ? QString() : sources::containers::repositoryOf(tag);
    }
}

} // namespace

QByteArray kamalFunctions(const sources::kamal::Settings &settings, const HostSwitch &part)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    return set("S", settings.service) + set("D", settings.destination) + set("K", settings.folder)
        + set("NAME", sources::kamal::fileName(settings)) + set("FROM", part.from.id) + set("TO", part.to.id)
        + functions;
}

QByteArray lookScript(const sources::kamal::Settings &settings, const HostSwitch &part)
{
    return sources::docker::engineCommand(settings.engine) + kamalFunctions(settings, part)
        + "ONLY=" + shellQuoted(settings.role) + "\ntf_restart() {\n:\n" + restartLook(part.policy) + "}\n" + body;
}

Result<Looked> readLook(const sources::kamal::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply)
{
    Looked looked;
    QByteArray proxy;
    bool hasProxy = false;
    const QByteArrayList lines = reply.out.split('\n');
    for (const QByteArray &line : lines) {
        if (line == "NOTOOL")
            return refused(part, ErrorKind::NotFound, QStringLiteral("there is no program docker"));
        if (line.startsWith("NOENGINE\t"))
            return refused(
                part, line.contains("sudo:") ? ErrorKind::Denied : ErrorKind::Unreachable,
                QStringLiteral("the Docker engine does not answer: %1").arg(sanitizedLine(line.mid(9), 200)));
        if (line == "READONLY")
            return refused(part, ErrorKind::Denied,
                           QStringLiteral("%1 cannot be written: the deploy lock cannot be taken").arg(settings.folder),
                           QStringLiteral("Sign in as the user whom Kamal uses."));
        if (line.startsWith("PROXY\t")) {
            hasProxy = true;
            proxy = line.mid(6);
        } else {
            takeLine(line.split('\t'), looked);
        }
    }
    if (!lines.contains("DONE"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the host was not answered in full"));
    std::erase_if(looked.roles, [](const Role &role) { return role.live.isEmpty() && !role.hasTo; });
    if (looked.roles.empty())
        return refused(part, ErrorKind::NotFound,
                       QStringLiteral("no container of %1 runs").arg(sources::kamal::fileName(settings)));
    for (Role &role : looked.roles) {
        // The way back is planned while its target serves: of that its container and image are there.
        const bool isBack = role.liveVersion == part.to.id;
        if (!isBack && !role.hasTo)
            return refused(
                part, ErrorKind::NotFound,
                QStringLiteral("there is no container of %1 for the role %2: it was pruned, or never ran here")
                    .arg(part.to.id.left(20), role.name));
        if (!isBack && !role.hasImage)
            return refused(
                part, ErrorKind::NotFound,
                QStringLiteral("the image of %1 for the role %2 is gone").arg(part.to.id.left(20), role.name));
        if (!hasProxy)
            continue;
        QString service = sources::kamal::namePrefix(settings, role.name);
        service.chop(1);
        const Result<ProxyService> known = readProxyState(proxy, service, part.host);
        if (!known)
            return failure(known.error());
        role.proxy = *known;
    }
    return looked;
}

} // namespace taffrail::executors::kamal
