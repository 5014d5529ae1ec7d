// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerprobe.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

namespace taffrail::sources::docker {

namespace {

using nlohmann::json;

constexpr int mostImages = 100;

QString optionOf(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

tl::unexpected<Error> wrong(const SourceEntry &entry, const QString &text)
{
    return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, text);
}

// The name filter is an expression; only what the name itself or a kept one can be is asked for. Labels of the person's
// own, commands and variables are not read: they may hold secrets.
constexpr char body[] = R"sh(tf_probe() {
command -v docker >/dev/null 2>&1 || { echo NOTOOL; return; }
v=$(d version --format '{{.Server.Version}}' 2>&1) || { printf 'NOENGINE\t%.400s\n' "$(printf %s "$v" | tr '\000-\037\177' ' ')"; return; }
printf 'ENGINE\t%.60s\n' "$v"
c=$(d ps -a --no-trunc --filter "name=^/?$P([._-]|\$)" --format '{{.ID}}' | head -n 60)
[ -z "$c" ] || d inspect --type container -f 'C{{"\t"}}{"id":{{json .ID}},"name":{{json .Name}},"image":{{json .Image}},"tag":{{json .Config.Image}},"created":{{json .Created}},"state":{{json .State.Status}},"started":{{json .State.StartedAt}},"exit":{{json .State.ExitCode}},"trouble":{{json .State.Error}},"memory":{{json .State.OOMKilled}},"restarts":{{json .RestartCount}},"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}},"from":{{json (index .Config.Labels "taffrail.from")}},"compose":{{json (index .Config.Labels "com.docker.compose.project")}}}' $c 2>/dev/null
if [ -z "$R" ]; then
R=$(d inspect --type container -f '{{.Config.Image}}' -- "$N" 2>/dev/null)
case $R in sha256:*) R=$(d image inspect -f '{{range .RepoTags}}{{println .}}{{end}}' -- "$R" 2>/dev/null | head -n 1) ;; esac
R=${R%@*}
case ${R##*/} in *:*) R=${R%:*} ;; esac
fi
printf 'REPOSITORY\t%.300s\n' "$R"
i=
[ -z "$R" ] || i=$(d images --no-trunc --format '{{.ID}}' -- "$R" | uniq)
[ "$(printf '%s\n' "$i" | wc -l)" -le "$MOST" ] || echo CUT
i=$(printf '%s\n' "$i" | head -n "$MOST")
[ -z "$c" ] || i="$i $(d inspect --type container -f '{{.Image}}' $c 2>/dev/null)"
i=$(printf '%s\n' $i | sort -u)
[ -z "$i" ] || d image inspect -f 'I{{"\t"}}{"id":{{json .ID}},"tags":{{json .RepoTags}},"created":{{json .Created}},"version":{{with .Config}}{{json (index .Labels "org.opencontainers.image.version")}}{{else}}""{{end}},"revision":{{with .Config}}{{json (index .Labels "org.opencontainers.image.revision")}}{{else}}""{{end}}}' $i 2>/dev/null
stat -f -c 'FREE	%a	%S' -- "$(d info -f '{{.DockerRootDir}}' 2>/dev/null)" 2>/dev/null
echo DONE
}
tf_probe
)sh";

QString textOf(const json &object, const char *key, int limit = 200)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string())
        return {};
    return sanitizedLine(QByteArray::fromStdString(found->get_ref<const std::string &>()), limit);
}

QDateTime timeOf(const json &object, const char *key)
{
    const QDateTime time = fromRfc3339(textOf(object, key));
    // The engine writes the year 1 for "never".
    return time.isValid() && time.date().year() > 1970 ? time.toUTC() : QDateTime();
}

int numberOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

bool isImageId(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\Asha256:[0-9a-f]{64}\\z"));
    return shape.match(text).hasMatch();
}

bool readContainer(const json &object, HostFacts &facts)
{
    Container container;
    container.id = textOf(object, "id");
    container.name = textOf(object, "name");
    container.image = textOf(object, "image");
    if (container.name.startsWith(QLatin1Char('/')))
        container.name.remove(0, 1);
    if (container.id.isEmpty() || container.name.isEmpty() || !isImageId(container.image))
        return false;
    container.tag = textOf(object, "tag", 300);
    container.createdAt = timeOf(object, "created");
    container.startedAt = timeOf(object, "started");
    container.state = textOf(object, "state", 20);
    container.exitCode = numberOf(object, "exit");
    container.trouble = redacted(textOf(object, "trouble"));
    container.killedForMemory = object.value("memory", json()) == json(true);
    container.restarts = numberOf(object, "restarts");
    container.health = textOf(object, "health", 20);
    container.from = textOf(object, "from");
    container.isCompose = !textOf(object, "compose").isEmpty();
    facts.containers.push_back(container);
    return true;
}

bool readImage(const json &object, HostFacts &facts)
{
    Image image;
    image.id = textOf(object, "id");
    if (!isImageId(image.id))
        return false;
    if (const auto tags = object.find("tags"); tags != object.end() && tags->is_array()) {
        for (const json &tag : *tags) {
            if (tag.is_string() && image.tags.size() < 20)
                image.tags << sanitizedLine(QByteArray::fromStdString(tag.get_ref<const std::string &>()), 300);
        }
    }
    image.createdAt = timeOf(object, "created");
    image.version = textOf(object, "version", 120);
    image.revision = textOf(object, "revision", 120);
    facts.images.push_back(image);
    return true;
}

bool readLine(const QByteArray &line, HostFacts &facts)
{
    const qsizetype tab = line.indexOf('\t');
    const QByteArray key = tab < 0 ? line : line.left(tab), rest = tab < 0 ? QByteArray() : line.mid(tab + 1);
    if (key == "C" || key == "I") {
        const json object = json::parse(rest.constBegin(), rest.constEnd(), nullptr, false);
        return object.is_object() && (key == "C" ? readContainer(object, facts) : readImage(object, facts));
    }
    if (key == "ENGINE")
        facts.engineVersion = sanitizedLine(rest, 60);
    else if (key == "REPOSITORY")
        facts.repository = sanitizedLine(rest, 300);
    else if (key == "CUT")
        facts.imagesCut = true;
    else if (key == "FREE") {
        bool hasBlocks = false, hasSize = false;
        const qint64 blocks = rest.split('\t').value(0).toLongLong(&hasBlocks);
        const qint64 size = rest.split('\t').value(1).toLongLong(&hasSize);
        if (hasBlocks && hasSize && blocks >= 0 && size > 0 && blocks < (1LL << 62) / size)
            facts.freeBytes = blocks * size;
    } else
        return key == "DONE" || key.isEmpty();
    return true;
}

/// Why the engine did not answer, from the words of its command line.
Error engineError(const QString &host, const Settings &settings, const QByteArray &said)
{
    Error error{ErrorKind::ToolFailed, QStringLiteral("ask docker"), host, redacted(sanitizedLine(said, 300)), {}};
    if (said.contains("permission denied")) {
        error.kind = ErrorKind::Denied;
        error.text = QStringLiteral("the sign-in user may not speak to the Docker engine");
        error.hint = QStringLiteral("Add the user to the group that owns its socket, or say \"sudo\": true.");
    } else if (said.contains("sudo:")) {
        error.kind = ErrorKind::Denied;
        error.text = QStringLiteral("sudo would ask for a password to run docker");
        error.hint = QStringLiteral("Allow docker in sudoers with NOPASSWD.");
    } else if (said.contains("Cannot connect to the Docker daemon") || said.contains("Is the docker daemon running")) {
        error.kind = ErrorKind::Unreachable;
        error.text = settings.engine.isEmpty() ? QStringLiteral("the Docker engine does not run")
                                               : QStringLiteral("no Docker engine answers at %1").arg(settings.engine);
    }
    return error;
}

std::optional<Error> errorOf(const QString &host, const Settings &settings, const Reply &reply)
{
    const auto error = [&](ErrorKind kind, const QString &text) {
        return Error{kind, QStringLiteral("ask docker"), host, text, {}};
    };
    if (reply.error())
        return *reply.error();
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return error(ErrorKind::Internal, QStringLiteral("not the answer of a shell"));
    const QByteArrayList lines = shell->out.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith("NOENGINE\t"))
            return engineError(host, settings, line.mid(9));
    }
    if (lines.contains("NOTOOL") || shell->exitCode == 127)
        return error(ErrorKind::NotFound, QStringLiteral("there is no program docker"));
    if (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143)
        return error(ErrorKind::Timeout, QStringLiteral("the Docker engine did not answer in time"));
    // Without its last line the answer may miss the very container that is asked for.
    if (!lines.contains("DONE"))
        return error(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
    return std::nullopt;
}

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry)
{
    static const QRegularExpression name(QStringLiteral("\\A[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}\\z"));
    static const QRegularExpression repository(QStringLiteral("\\A[a-zA-Z0-9][a-zA-Z0-9_./:-]{0,255}\\z"));
    static const QRegularExpression engine(QStringLiteral("\\Aunix://[\\x20-\\x7e]{1,200}\\z"));
    Settings settings;
    settings.container = optionOf(entry, "container");
    if (!name.match(settings.container).hasMatch())
        return wrong(entry, QStringLiteral("\"container\" must be the name of a container"));
    settings.repository = optionOf(entry, "image");
    if (!settings.repository.isEmpty() && !repository.match(settings.repository).hasMatch())
        return wrong(entry, QStringLiteral("\"image\" must be a repository such as registry.example.org/shop"));
    settings.engine = optionOf(entry, "engine");
    if (!settings.engine.isEmpty() && !engine.match(settings.engine).hasMatch())
        return wrong(entry, QStringLiteral("\"engine\" must be a socket such as unix:///run/docker.sock"));
    settings.sudo = entry.options.value(QStringLiteral("sudo")).toBool();
    settings.app = optionOf(entry, "app");
    if (settings.app.isEmpty())
        settings.app = settings.container;
    return settings;
}

QByteArray engineCommand(const Settings &settings, bool isLimited)
{
    const QByteArray engine
        = settings.engine.isEmpty() ? QByteArray() : QByteArray(" -H " + shellQuoted(settings.engine));
    // "command": a person's alias or function of that name is not meant.
    const QByteArray docker = settings.sudo ? "sudo -n -- docker" : "docker";
    const QByteArray plain
        = QByteArray("d() { ") + (settings.sudo ? "" : "command ") + docker + engine + " \"$@\"; }\n";
    // In the foreground: who stops the script reaches the command, too.
    return !isLimited
        ? plain
        : "tf_limit=120\nif timeout --foreground 5 true 2>/dev/null; then\nd() { timeout --foreground -k 10 "
          "\"$tf_limit\" "
            + docker + engine + " \"$@\"; }\nelse\n" + plain + "fi\n";
}

QString keptName(const QString &container, const QString &image)
{
    return container + QStringLiteral(".taffrail-") + image.section(QLatin1Char(':'), -1).left(12);
}

QString failedName(const QString &container)
{
    return container + QStringLiteral(".taffrail-failed");
}

QByteArray probeScript(const Settings &settings)
{
    QString pattern = settings.container;
    pattern.replace(QLatin1Char('.'), QStringLiteral("\\."));
    return engineCommand(settings) + "N=" + shellQuoted(settings.container) + "\nP=" + shellQuoted(pattern)
        + "\nR=" + shellQuoted(settings.repository) + "\nMOST=" + QByteArray::number(mostImages) + '\n' + body;
}

HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply)
{
    HostFacts facts;
    facts.host = host;
    facts.error = errorOf(host, settings, reply);
    if (facts.error)
        return facts;
    for (const QByteArray &line : reply.as<ShellReply>()->out.split('\n')) {
        if (!readLine(line, facts))
            ++facts.unreadable;
    }
    return facts;
}

} // namespace taffrail::sources::docker
