// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostlists.h"

#include "linedjson.h"
#include "registry.h"

#include "text.h"

#include <QRegularExpression>
#include <QSet>

namespace taffrail::sources {

namespace {

// Variables are made members of an object, so that the host's masking sees their names. What a container runs may hold
// a secret anywhere: its key says "secret", so that it travels as a digest only. Nothing else is asked for.
constexpr char script[] = R"sh(command -v docker >/dev/null 2>&1 || return 127
e=$(d version --format '{{.Server.Version}}' 2>&1) || { printf '{"trouble":"%s"}\n' "$(printf %s "$e" | head -n 1 | cut -c1-300 | tr '\000-\037\177"\\' ' ')"; return 0; }
l=$(d ps $A --no-trunc --format '{{.ID}} {{.Names}}' 2>/dev/null) || { echo '{"trouble":"docker ps failed"}'; return 0; }
c=$(printf '%s\n' "$l" | while read -r i n; do case ${n%%,*} in $N) echo "$i" ;; esac; done | head -n 500)
printf '{"engine":"%s","containers":[\n' "$(printf %s "$e" | cut -c1-60 | tr '\000-\037\177"\\' ' ')"
[ -z "$c" ] || d inspect --type container -f '{"id":{{json .ID}},"name":{{json .Name}},
"image":{{json .Config.Image}},"image_id":{{json .Image}},"user":{{json .Config.User}},"workdir":{{json .Config.WorkingDir}},
"command_secret":{"entrypoint":{{json (json .Config.Entrypoint)}},"arguments":{{json (json .Config.Cmd)}}},
"env":{ {{range $i, $e := .Config.Env}}{{if $i}},
{{end}}{{$p := split $e "="}}{{json (index $p 0)}}:{{json (join (slice $p 1) "=")}}{{end}} },
"labels":{ {{$c := 0}}{{range $k, $v := .Config.Labels}}{{if $c}},
{{end}}{{$c = 1}}{{json $k}}:{{json $v}}{{end}} },
"mounts":{{json .Mounts}},
"host":{"restart":{{json .HostConfig.RestartPolicy}},
"ports":{{json .HostConfig.PortBindings}},"network_mode":{{json .HostConfig.NetworkMode}},
"memory":{{json .HostConfig.Memory}},"memory_swap":{{json .HostConfig.MemorySwap}},"nano_cpus":{{json .HostConfig.NanoCPUs}},
"cpu_shares":{{json .HostConfig.CPUShares}},"cpu_quota":{{json .HostConfig.CPUQuota}},"cpuset":{{json .HostConfig.CpusetCpus}},
"pids_limit":{{json .HostConfig.PidsLimit}},"shm_size":{{json .HostConfig.ShmSize}},"ulimits":{{json .HostConfig.Ulimits}},
"privileged":{{json .HostConfig.Privileged}},"read_only":{{json .HostConfig.ReadonlyRootfs}},"init":{{json .HostConfig.Init}},
"cap_add":{{json .HostConfig.CapAdd}},"cap_drop":{{json .HostConfig.CapDrop}},"security_opt":{{json .HostConfig.SecurityOpt}},
"devices":{{json .HostConfig.Devices}},"extra_hosts":{{json .HostConfig.ExtraHosts}},"dns":{{json .HostConfig.DNS}},
"tmpfs":{{json .HostConfig.Tmpfs}},"pid_mode":{{json .HostConfig.PidMode}},"ipc_mode":{{json .HostConfig.IpcMode}},
"userns_mode":{{json .HostConfig.UsernsMode}},"group_add":{{json .HostConfig.GroupAdd}},"sysctls":{{json .HostConfig.Sysctls}},
"oom_kill_disable":{{json .HostConfig.OomKillDisable}},"log":{{json .HostConfig.LogConfig}}},
"stop_signal":{{json .Config.StopSignal}},
"networks":{ {{$c := 0}}{{range $k, $v := .NetworkSettings.Networks}}{{if $c}},{{end}}{{$c = 1}}{{json $k}}:true{{end}} },
"healthcheck_secret":{{if .Config.Healthcheck}}{{json (json .Config.Healthcheck)}}{{else}}null{{end}}},' $c 2>/dev/null
printf '{}],"images":[\n'
i=$([ -z "$c" ] || d inspect --type container -f '{{.Image}}' $c 2>/dev/null | sort -u)
[ -z "$i" ] || d image inspect -f '{"id":{{json .ID}},"digests":{{json .RepoDigests}}},' $i 2>/dev/null
printf '{}],"done":true}\n'
)sh";

/// "postgres@sha256:…" of an image id.
using Digests = QHash<QString, QString>;

Digests digestsOf(const LinedJson *images)
{
    Digests digests;
    for (const LinedJson &image : images ? images->items : std::vector<LinedJson>()) {
        QStringList names;
        if (const LinedJson *list = image.find(u"digests")) {
            for (const LinedJson &each : list->items)
                names << each.text.section(QLatin1Char('@'), 1);
        }
        names.removeDuplicates();
        names.sort();
        if (!names.isEmpty())
            digests.insert(image.string(u"id"), names.join(QStringLiteral(", ")));
    }
    return digests;
}

QString label(const LinedJson &container, const char16_t *name)
{
    const LinedJson *labels = container.find(u"labels");
    return labels ? labels->string(name) : QString();
}

QString ownName(const LinedJson &container)
{
    const QString name = container.string(u"name");
    return name.startsWith(QLatin1Char('/')) ? name.mid(1) : name;
}

/// The name that the same container has in another environment.
QString sharedName(const LinedJson &container)
{
    QString name = label(container, u"com.docker.swarm.service.name");
    if (!name.isEmpty()) {
        const QString stack = label(container, u"com.docker.stack.namespace");
        return !stack.isEmpty() && name.startsWith(stack + QLatin1Char('_')) ? name.mid(stack.size() + 1) : name;
    }
    name = label(container, u"com.docker.compose.service");
    const QString number = label(container, u"com.docker.compose.container-number");
    if (label(container, u"com.docker.compose.oneoff") == QLatin1String("True") || name.isEmpty())
        return ownName(container);
    return number.isEmpty() || number == QLatin1String("1") ? name : QStringLiteral("%1-%2").arg(name, number);
}

class ContainerReader {
public:
    ContainerReader(ParsedConfig &parsed, const Digests &digests) : m_parsed(parsed), m_digests(digests) {}

    void read(const LinedJson &container, const QString &key)
    {
        const QString image = container.string(u"image"), id = container.string(u"image_id");
        addEntry(m_parsed, joinKey(key, QStringLiteral("image")), image, container.line);
        // A tag can be moved: without the digest two environments only seem to run the same.
        addEntry(
            m_parsed, joinKey(key, QStringLiteral("digest")), m_digests.value(id, id), container.line, ConfigType::Text,
            m_digests.contains(id) ? QString() : QStringLiteral("no registry knows it: this is the image's own id"));
        for (const char16_t *name : {u"user", u"workdir", u"stop_signal", u"healthcheck_secret", u"env", u"networks",
                                     u"command_secret.entrypoint", u"command_secret.arguments"}) {
            if (const LinedJson *value = container.find(name))
                flatten(*value, joinKey(key, QString::fromUtf16(name)));
        }
        if (const LinedJson *command = container.find(u"command_secret"))
            flatten(*command, joinKey(key, QStringLiteral("command_secret")));
        readLabels(container, joinKey(key, QStringLiteral("labels")));
        readMounts(container.find(u"mounts"), joinKey(key, QStringLiteral("mounts")));
        if (const LinedJson *host = container.find(u"host")) {
            for (const LinedJson::Member &member : host->members)
                readHost(member, key);
        }
    }

private:
    void readLabels(const LinedJson &container, const QString &key)
    {
        const LinedJson *labels = container.find(u"labels");
        for (const LinedJson::Member &member : labels ? labels->members : std::vector<LinedJson::Member>()) {
            // What the tools write for themselves differs with every folder and every start.
            if (!member.name.startsWith(QLatin1String("com.docker."))
                && !member.name.startsWith(QLatin1String("desktop.docker.")))
                flatten(member.value, joinKey(key, member.name));
        }
    }

    void readMounts(const LinedJson *mounts, const QString &key)
    {
        for (const LinedJson &mount : mounts ? mounts->items : std::vector<LinedJson>()) {
            const QString type = mount.string(u"Type"), name = mount.string(u"Name");
            static const QRegularExpression anonymous(QStringLiteral("\\A[0-9a-f]{64}\\z"));
            QString source = name.isEmpty() ? mount.string(u"Source") : name;
            if (anonymous.match(source).hasMatch())
                source = QStringLiteral("(no name)");
            const QString mode = mount.isTrue(u"RW") ? QStringLiteral("rw") : QStringLiteral("ro");
            addEntry(m_parsed, joinKey(key, mount.string(u"Destination")),
                     QStringLiteral("%1 %2 %3").arg(type, source, mode).simplified(), mount.line);
        }
    }

    void readHost(const LinedJson::Member &member, const QString &key)
    {
        const LinedJson &value = member.value;
        if (member.name == QLatin1String("restart")) {
            const QString policy = value.string(u"Name"), retries = value.scalar(u"MaximumRetryCount");
            addEntry(m_parsed, joinKey(key, QStringLiteral("restart")),
                     policy.isEmpty() ? QStringLiteral("no")
                         : policy == QLatin1String("on-failure") && retries != QLatin1String("0")
                         ? QStringLiteral("%1:%2").arg(policy, retries)
                         : policy,
                     value.line);
        } else if (member.name == QLatin1String("ports")) {
            for (const LinedJson::Member &port : value.members) {
                QStringList bindings;
                for (const LinedJson &each : port.value.items)
                    bindings << (each.string(u"HostIp").isEmpty() ? QString()
                                                                  : each.string(u"HostIp") + QLatin1Char(':'))
                            + each.string(u"HostPort");
                bindings.sort();
                addEntry(m_parsed, joinKey(joinKey(key, QStringLiteral("ports")), port.name),
                         bindings.join(QStringLiteral(", ")), port.value.line);
            }
        } else if (member.name == QLatin1String("cap_add") || member.name == QLatin1String("cap_drop")
                   || member.name == QLatin1String("security_opt") || member.name == QLatin1String("group_add")) {
            QStringList names; // no order
            for (const LinedJson &each : value.items)
                names << each.text;
            names.sort();
            if (!names.isEmpty())
                addEntry(m_parsed, joinKey(key, member.name), names.join(QStringLiteral(", ")), value.line);
        } else if (!(value.kind == LinedJson::Kind::Null) && !(value.isArray() && value.items.empty())
                   && !(value.isObject() && value.members.empty()) && value.text != QLatin1String("0")
                   && !(value.kind == LinedJson::Kind::String && value.text.isEmpty())) {
            flatten(value, joinKey(key, member.name));
        }
    }

    void flatten(const LinedJson &tree, const QString &key)
    {
        for (const LinedJson::Member &member : tree.members)
            flatten(member.value, joinKey(key, member.name));
        for (size_t i = 0; i < tree.items.size(); ++i)
            flatten(tree.items[i], joinIndex(key, int(i)));
        if (tree.kind == LinedJson::Kind::Null || tree.isObject() || tree.isArray())
            return;
        const bool isNumber = tree.kind == LinedJson::Kind::Number, isWord = tree.kind == LinedJson::Kind::Boolean;
        addEntry(m_parsed, key, tree.text, tree.line,
                 isNumber     ? ConfigType::Integer
                     : isWord ? ConfigType::Boolean
                              : ConfigType::Text);
    }

    ParsedConfig &m_parsed;
    const Digests &m_digests;
};

LinedJson::Member member(const QString &name, const LinedJson *value)
{
    return {name, value ? *value : LinedJson()};
}

/// One container as `docker inspect` itself prints it, in the form of the script.
LinedJson fromInspect(const LinedJson &raw)
{
    LinedJson container, env, host;
    container.kind = env.kind = host.kind = LinedJson::Kind::Object;
    container.line = raw.line;
    const LinedJson none;
    const LinedJson *config = raw.find(u"Config"), *limits = raw.find(u"HostConfig");
    config = config ? config : &none;
    const LinedJson *variables = config->find(u"Env");
    for (const LinedJson &each : variables ? variables->items : std::vector<LinedJson>()) {
        LinedJson value = each;
        value.text = each.text.section(QLatin1Char('='), 1);
        env.members.push_back({each.text.section(QLatin1Char('='), 0, 0), std::move(value)});
    }
    for (const auto &[name, key] :
         std::initializer_list<std::pair<const char *, const char *>>{{"restart", "RestartPolicy"},
                                                                      {"ports", "PortBindings"},
                                                                      {"network_mode", "NetworkMode"},
                                                                      {"memory", "Memory"},
                                                                      {"memory_swap", "MemorySwap"},
                                                                      {"nano_cpus", "NanoCpus"},
                                                                      {"cpu_shares", "CpuShares"},
                                                                      {"cpu_quota", "CpuQuota"},
                                                                      {"cpuset", "CpusetCpus"},
                                                                      {"pids_limit", "PidsLimit"},
                                                                      {"shm_size", "ShmSize"},
                                                                      {"ulimits", "Ulimits"},
                                                                      {"privileged", "Privileged"},
                                                                      {"read_only", "ReadonlyRootfs"},
                                                                      {"init", "Init"},
                                                                      {"cap_add", "CapAdd"},
                                                                      {"cap_drop", "CapDrop"},
                                                                      {"security_opt", "SecurityOpt"},
                                                                      {"devices", "Devices"},
                                                                      {"extra_hosts", "ExtraHosts"},
                                                                      {"dns", "Dns"},
                                                                      {"tmpfs", "Tmpfs"},
                                                                      {"pid_mode", "PidMode"},
                                                                      {"ipc_mode", "IpcMode"},
                                                                      {"userns_mode", "UsernsMode"},
                                                                      {"group_add", "GroupAdd"},
                                                                      {"sysctls", "Sysctls"},
                                                                      {"oom_kill_disable", "OomKillDisable"},
                                                                      {"log", "LogConfig"}})
        host.members.push_back(member(QLatin1String(name), limits ? limits->find(QString::fromLatin1(key)) : nullptr));
    container.members = {member(QStringLiteral("name"), raw.find(u"Name")),
                         member(QStringLiteral("image"), config->find(u"Image")),
                         member(QStringLiteral("image_id"), raw.find(u"Image")),
                         member(QStringLiteral("user"), config->find(u"User")),
                         member(QStringLiteral("workdir"), config->find(u"WorkingDir")),
                         member(QStringLiteral("stop_signal"), config->find(u"StopSignal")),
                         member(QStringLiteral("env"), &env),
                         member(QStringLiteral("labels"), config->find(u"Labels")),
                         member(QStringLiteral("mounts"), raw.find(u"Mounts")),
                         member(QStringLiteral("host"), &host)};
    for (const auto &[name, key] : {std::pair(u"Entrypoint", "entrypoint"), std::pair(u"Cmd", "arguments")}) {
        const LinedJson *words = config->find(name);
        LinedJson whole;
        whole.kind = LinedJson::Kind::String;
        for (const LinedJson &word : words ? words->items : std::vector<LinedJson>())
            whole.text += (whole.text.isEmpty() ? QString() : QStringLiteral(" ")) + word.text;
        if (!whole.text.isEmpty())
            container.members.push_back({QStringLiteral("command_secret.") + QLatin1String(key), whole});
    }
    return container;
}

std::optional<QByteArray> containerCommand(const SourceEntry &entry)
{
    static const QRegularExpression pattern(QStringLiteral("\\A[A-Za-z0-9_.*?-]{1,128}\\z"));
    static const QRegularExpression engine(QStringLiteral("\\Aunix://[\\x20-\\x7e]{1,200}\\z"));
    QStringList names = entry.options.value(QStringLiteral("name")).toStringList();
    if (names.isEmpty())
        names << QStringLiteral("*");
    for (const QString &name : names) {
        if (!pattern.match(name).hasMatch())
            return std::nullopt;
    }
    const QString socket = entry.options.value(QStringLiteral("engine")).toString();
    if (!socket.isEmpty() && !engine.match(socket).hasMatch())
        return std::nullopt;
    QByteArray text = script;
    text.replace("in $N)", "in " + names.join(QLatin1Char('|')).toLatin1() + ")");
    text.replace("ps $A", entry.options.value(QStringLiteral("stopped")).toBool() ? "ps -a" : "ps");
    return QByteArray("d() { ")
        + (entry.options.value(QStringLiteral("sudo")).toBool() ? "sudo -n -- docker" : "command docker")
        + (socket.isEmpty() ? QByteArray() : " -H " + shellQuoted(socket)) + " \"$@\"; }\n" + text;
}

std::vector<Request> containerRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    const std::optional<QByteArray> command = containerCommand(entry);
    if (!soFar.empty() || !command)
        return requests;
    const QByteArray masked = maskedCommandScript(entry, *command, QStringLiteral("docker"), MaskForm::Json);
    for (const QString &host : entry.hosts)
        requests.push_back(
            {QStringLiteral("files"), host, ShellPart{masked, std::chrono::seconds(30), 8 * 1024 * 1024}, Lane::Slow});
    return requests;
}

Result<Value> parseContainerReplies(const SourceEntry &entry, const Replies &replies, const Context &)
{
    if (!containerCommand(entry))
        return failure(
            ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
            QStringLiteral("\"name\" must be a name of containers, * and ? allowed; \"engine\" a socket such as "
                           "unix:///run/docker.sock"));
    return configSetOf(entry, replies, parseContainers);
}

} // namespace

ParsedConfig parseContainers(const QByteArray &bytes, const SourceEntry &)
{
    ParsedConfig parsed;
    const ReadJson json = readJson(bytes);
    if (json.errorLine > 0) {
        addError(parsed, json.errorLine, json.error);
        return parsed;
    }
    if (!json.root.string(u"trouble").isEmpty()) {
        const QString trouble = sanitizedLine(json.root.string(u"trouble").toUtf8(), 300);
        addError(parsed, 0,
                 trouble.contains(QLatin1String("permission denied"))
                     ? QStringLiteral("the sign-in user may not speak to the Docker engine")
                     : redacted(trouble));
        return parsed;
    }
    LinedJson inspected;
    inspected.kind = LinedJson::Kind::Array;
    for (const LinedJson &raw : json.root.items) {
        if (raw.find(u"Config"))
            inspected.items.push_back(fromInspect(raw));
    }
    const bool isInspect = !inspected.items.empty();
    const LinedJson *containers = isInspect ? &inspected : json.root.find(u"containers");
    if (!containers || (!isInspect && !json.root.isTrue(u"done"))) {
        addError(parsed, 1, QStringLiteral("this is no answer of the Docker engine, or not all of it"));
        return parsed;
    }
    if (!isInspect)
        addEntry(parsed, QStringLiteral("engine"), json.root.string(u"engine"), 1);
    const Digests digests = digestsOf(json.root.find(u"images"));
    QHash<QString, int> uses;
    for (const LinedJson &container : containers->items)
        ++uses[sharedName(container)];
    ContainerReader reader(parsed, digests);
    for (const LinedJson &container : containers->items) {
        if (container.members.empty()) // ends the list
            continue;
        const QString shared = sharedName(container);
        const QString name = uses.value(shared) > 1 ? ownName(container) : shared;
        if (name.isEmpty())
            addError(parsed, container.line, QStringLiteral("a container without a name"));
        else
            reader.read(container, joinKey({}, name));
    }
    return parsed;
}

const Source containerSource{
    PaneKind::Configs,
    "container",
    "Docker containers",
    true,
    false,
    {
        {"name", "", false, "name or names of containers, * and ? allowed; left out: all",
         R"("oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"},"minItems":1}])"},
        {"stopped", "boolean", false, "true: those that do not run as well"},
        {"engine", "string", false, "the engine's socket, e.g. unix:///run/docker.sock"},
        {"sudo", "boolean", false, "true: by sudo -n"},
    },
    {"files"},
    containerRequests,
    parseContainerReplies,
    nullptr,
    "the docker socket (group docker, or sudo -n)",
};

} // namespace taffrail::sources
