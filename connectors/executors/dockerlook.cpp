// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerlook.h"

#include "restartlook.h"
#include "text.h"

namespace taffrail::executors::docker {

namespace {

using nlohmann::json;
using sources::shellQuoted;

// The engine's command line prints an object key by key only from its raw answer, so a key that this program has never
// heard of is seen too.
constexpr char body[]
    = R"sh(tf_keys='{{range $k,$v := .Config}}{{if ne $k "Env"}}CONFIG{{"\t"}}{{$k}}{{"\t"}}{{json $v}}{{"\n"}}{{end}}{{end}}'
tf_look() {
command -v docker >/dev/null 2>&1 || { echo NOTOOL; return; }
v=$(d version --format '{{.Server.Version}}' 2>&1) || { printf 'NOENGINE\t%.400s\n' "$(printf %s "$v" | tr '\000-\037\177' ' ')"; return; }
o=$(d inspect --type container -f '{{.Image}}' -- "$N" 2>/dev/null) || { echo NOCONTAINER; return; }
printf 'HOSTNAME\t%.200s\n' "$(uname -n)"
d inspect --type container -f 'CONTAINER{{"\t"}}{"id":{{json .ID}},"image":{{json .Image}},"tag":{{json .Config.Image}},"mounts":{{json .Mounts}},"networks":{{json .NetworkSettings.Networks}}}' -- "$N" 2>/dev/null
d inspect --type container -f "$tf_keys"'{{range $k,$v := .HostConfig}}HOST{{"\t"}}{{$k}}{{"\t"}}{{json $v}}{{"\n"}}{{end}}' -- "$N" 2>/dev/null
i=$(d inspect --type container -f '{{.ID}}' -- "$N" 2>/dev/null)
a=$(d ps -aq --no-trunc 2>/dev/null | head -n 500)
[ -z "$a" ] || d inspect --type container -f '{{.HostConfig.NetworkMode}} {{.HostConfig.IpcMode}} {{.HostConfig.PidMode}} {{.Name}}' $a 2>/dev/null | sed -n "s/^.*container:$i.* \/\(.*\)\$/LEANS\t\1/p"
d image inspect -f "$tf_keys" -- "$o" 2>/dev/null | sed 's/^CONFIG/IMAGE/'
d image inspect -f 'TARGET{{"\t"}}{{json .RepoTags}}' -- "$TO" 2>/dev/null
k=
for c in $(d ps -a --no-trunc --filter "name=^/?$P[._-]" --format '{{.ID}}' 2>/dev/null | head -n 40); do
[ "$(d inspect --type container -f '{{.Image}} {{.State.Running}}' -- "$c" 2>/dev/null)" = "$TO false" ] || continue
n=$(d inspect --type container -f '{{.Name}}' -- "$c" 2>/dev/null); n=${n#/}
[ "$n" != "$FAILED" ] && [ "$n" != "$NEW" ] || continue
[ -z "$k" ] || [ "$n" = "$KEPT" ] || continue
k=$n
done
[ -z "$k" ] || printf 'KEPT\t%s\n' "$k"
for c in "$N" ${k:+"$k"}; do
d inspect --type container -f '{{range .Config.Env}}{{json .}}{{"\n"}}{{end}}' -- "$c"
d image inspect -f '{{range .Config.Env}}{{json .}}{{"\n"}}{{end}}' -- "$(d inspect --type container -f '{{.Image}}' -- "$c")"
done 2>/dev/null | awk '!/^$/ { l=$0; gsub(/\\\\/,"",l); n=$0; sub(/^"/,"",n); if (!sub(/=.*/,"",n)) n=substr(n,1,40)
if (l ~ /\\[nr]/ || l ~ /\\u000/ || l !~ /^"[^= \t#"\\][^= \t"\\]*=/) print "BAD\t" n }' | sort -u | head -n 50
{ tf_lines container "$N" | sed 's/^/P/'; tf_lines image "$o" | sed 's/^/I/'; tf_lines image "$TO" | sed 's/^/T/'
[ -z "$k" ] || tf_lines container "$k" | sed 's/^/K/'; } | awk -v release="$RELEASE" -v kept="$k" '
{ t=substr($0,1,1); l=substr($0,2); n=l; sub(/=.*/,"",n)
if (t=="P") { present[n]=l } else if (t=="I") { image[l]=1 } else if (t=="T") { target[l]=1; final[n]=l } else { old[n]=l } }
END {
for (n in present) if (!(present[n] in image)) today[n]=present[n]
for (n in old) if (!(old[n] in target)) then[n]=old[n]
if (release) { for (n in then) { final[n]=then[n]; print "OWN\t" n } } else for (n in today) { final[n]=today[n]; print "OWN\t" n }
for (n in final) { if (!(n in present)) print "GAINED\t" n; else if (present[n]!=final[n]) print "CHANGED\t" n }
for (n in present) if (!(n in final)) print "GONE\t" n
if (kept!="" && !release) { for (n in old) if (final[n]!=old[n]) print "OTHERWISE\t" n; for (n in final) if (!(n in old)) print "OTHERWISE\t" n }
}' | sort | head -n 2000
echo DONE
}
tf_look
)sh";

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

json parsed(const QByteArray &text)
{
    return json::parse(text.constBegin(), text.constEnd(), nullptr, false);
}

QString textOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

bool readContainer(const QByteArray &text, Looked &looked)
{
    const json object = parsed(text);
    if (!object.is_object())
        return false;
    looked.id = textOf(object, "id");
    looked.image = textOf(object, "image");
    looked.tag = textOf(object, "tag");
    looked.mounts = object.value("mounts", json::array());
    looked.networks = object.value("networks", json::object());
    return !looked.id.isEmpty() && !looked.image.isEmpty();
}

/// "KEY<tab>JSON" into an object.
bool readSetting(const QByteArray &text, json &object)
{
    const qsizetype tab = text.indexOf('\t');
    if (tab <= 0)
        return false;
    json value = parsed(text.mid(tab + 1));
    if (value.is_discarded())
        return false;
    object[text.left(tab).toStdString()] = std::move(value);
    return true;
}

bool readLine(const QByteArray &line, Looked &looked)
{
    const qsizetype tab = line.indexOf('\t');
    const QByteArray key = tab < 0 ? line : line.left(tab), rest = tab < 0 ? QByteArray() : line.mid(tab + 1);
    if (key == "CONTAINER")
        return readContainer(rest, looked);
    if (key == "CONFIG")
        return readSetting(rest, looked.config);
    if (key == "HOST")
        return readSetting(rest, looked.hostConfig);
    if (key == "IMAGE")
        return readSetting(rest, looked.imageConfig);
    if (key == "TARGET") {
        looked.hasTarget = true;
        const json tags = parsed(rest);
        for (const json &tag : tags.is_array() ? tags : json::array()) {
            if (tag.is_string())
                looked.targetTags << QString::fromStdString(tag.get<std::string>());
        }
        return true;
    }
    const QString word = sanitizedLine(rest, 200);
    if (key == "KEPT")
        looked.kept = word;
    else if (key == "HOSTNAME")
        looked.hostName = word;
    else if (key == "LEANS")
        looked.leaning << word;
    else if (key == "OWN")
        looked.variables << word;
    else if (key == "BAD")
        looked.badVariables << word;
    else if (key == "GAINED")
        looked.gained << word;
    else if (key == "GONE")
        looked.gone << word;
    else if (key == "CHANGED")
        looked.changed << word;
    else if (key == "OTHERWISE")
        looked.elsewise << word;
    else
        return key.isEmpty() || key == "DONE" || key == "RESTART";
    return true;
}

} // namespace

const char environmentFunctions[]
    = R"sh(tf_lines() { if [ "$1" = image ]; then d image inspect -f '{{range .Config.Env}}{{println .}}{{end}}' -- "$2"; else d inspect --type container -f '{{range .Config.Env}}{{println .}}{{end}}' -- "$2"; fi 2>/dev/null | grep -v '^$'; }
tf_own() { { tf_lines image "$(d inspect --type container -f '{{.Image}}' -- "$1")" | sed 's/^/I/'; tf_lines container "$1" | sed 's/^/P/'; } | awk '{ l=substr($0,2) } /^I/ { image[l]=1; next } !(l in image) { print l }'; }
)sh";

QByteArray lookScript(const sources::docker::Settings &settings, const HostSwitch &part)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    QString pattern = settings.container;
    pattern.replace(QLatin1Char('.'), QStringLiteral("\\."));
    return sources::docker::engineCommand(settings) + environmentFunctions + set("N", settings.container)
        + set("P", pattern) + set("TO", part.to.id)
        + set("KEPT", sources::docker::keptName(settings.container, part.to.id))
        + set("FAILED", sources::docker::failedName(settings.container))
        + set("NEW", settings.container + QStringLiteral(".taffrail-new"))
        + set("RELEASE", part.policy.environmentOfRelease ? QStringLiteral("1") : QString()) + body
        + restartLook(part.policy);
}

Result<Looked> readLook(const sources::docker::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply)
{
    Looked looked;
    looked.config = looked.hostConfig = looked.imageConfig = json::object();
    const QByteArrayList lines = reply.out.split('\n');
    if (lines.contains("NOTOOL"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("there is no program docker"));
    for (const QByteArray &line : lines) {
        if (line.startsWith("NOENGINE\t"))
            return refused(part, line.contains("sudo:") ? ErrorKind::Denied : ErrorKind::Unreachable,
                           QStringLiteral("the Docker engine does not answer: %1").arg(sanitizedLine(line.mid(9), 200)),
                           line.contains("sudo:") ? QStringLiteral("Allow docker in sudoers with NOPASSWD.")
                                                  : QString());
    }
    if (lines.contains("NOCONTAINER"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("there is no container %1").arg(settings.container));
    bool isWhole = lines.contains("DONE");
    for (const QByteArray &line : lines)
        isWhole = readLine(line, looked) && isWhole;
    // A setting that was not read would be lost without a word.
    if (!isWhole || looked.id.isEmpty() || looked.hostConfig.empty() || looked.config.empty())
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the container was not answered in full"));
    return looked;
}

} // namespace taffrail::executors::docker
