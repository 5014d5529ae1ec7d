// SPDX-License-Identifier: GPL-3.0-or-later
#include "containerprobe.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::containers {

namespace {

using nlohmann::json;

// Labels of the person's own, commands and other variables are not read: they may hold secrets.
constexpr char state[]
    = R"sh("id":{{json .ID}},"name":{{json .Name}},"image":{{json .Image}},"tag":{{json .Config.Image}},"created":{{json .Created}},"state":{{json .State.Status}},"started":{{json .State.StartedAt}},"exit":{{json .State.ExitCode}},"trouble":{{json .State.Error}},"memory":{{json .State.OOMKilled}},"restarts":{{json .RestartCount}},"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}})sh";

constexpr char body[] = R"sh(tf_engine() {
command -v docker >/dev/null 2>&1 || { echo NOTOOL; return; }
v=$(d version --format '{{.Server.Version}}' 2>&1) || { printf 'NOENGINE\t%.400s\n' "$(printf %s "$v" | tr '\000-\037\177' ' ')"; return; }
printf 'ENGINE\t%.60s\n' "$v"
c=$(tf_list | head -n 200)
[ -z "$c" ] || d inspect --type container -f "$F" $c 2>/dev/null
r=$R
[ -n "$r" ] || [ -z "$c" ] || r=$(d inspect --type container -f '{{.Config.Image}}' $c 2>/dev/null | grep -v '^sha256:' | sed -e 's/@.*//' -e 's/:[^:/]*$//' | sort -u | head -n 8)
i=$(for r in $r; do d images --no-trunc --format '{{.ID}}' -- "$r"; done | awk '!s[$0]++')
[ "$(printf '%s\n' "$i" | wc -l)" -le 100 ] || echo CUT
i=$(printf '%s\n' "$i" | head -n 100)
[ -z "$c" ] || i="$i $(d inspect --type container -f '{{.Image}}' $c 2>/dev/null)"
i=$(printf '%s\n' $i | sort -u)
[ -z "$i" ] || d image inspect -f 'I{{"\t"}}{"id":{{json .ID}},"tags":{{json .RepoTags}},"created":{{json .Created}},"version":{{with .Config}}{{json (index .Labels "org.opencontainers.image.version")}}{{else}}""{{end}},"revision":{{with .Config}}{{json (index .Labels "org.opencontainers.image.revision")}}{{else}}""{{end}}}' $i 2>/dev/null
echo IMAGES
stat -f -c 'FREE	%a	%S' -- "$(d info -f '{{.DockerRootDir}}' 2>/dev/null)" 2>/dev/null
}
tf_engine
)sh";

QString textOf(const json &value, int limit = 300)
{
    return value.is_string() ? sanitizedLine(QByteArray::fromStdString(value.get_ref<const std::string &>()), limit)
                             : QString();
}

const json &at(const json &object, const char *key)
{
    static const json nothing;
    if (!object.is_object())
        return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

/// RFC 3339, or "2026-11-20 15:51:04 +0000 UTC". The engine writes the year 1 for "never".
QDateTime timeOf(const json &value)
{
    static const QRegularExpression listed(
        QStringLiteral("\\A([0-9-]{10}) ([0-9:]{8})(?:\\.[0-9]+)? ([+-][0-9]{4})(?: \\S+)?\\z"));
    const QString text = textOf(value);
    const auto match = listed.match(text);
    const QDateTime time = match.hasMatch()
        ? probes::isoTime(match.captured(1) + QLatin1Char('T') + match.captured(2) + match.captured(3))
        : fromRfc3339(text);
    return time.isValid() && time.date().year() > 1970 ? time.toUTC() : QDateTime();
}

int numberOf(const json &value)
{
    return value.is_number_integer() ? int(std::clamp<qint64>(value.get<qint64>(), -1'000'000, 1'000'000)) : 0;
}

void takeLabels(const json &labels, Container &container)
{
    if (labels.is_object()) {
        for (const auto &[key, value] : labels.items()) {
            if (value.is_string() && container.labels.size() < 100)
                container.labels[sanitizedLine(QByteArray::fromStdString(key), 120)] = textOf(value, 1000);
        }
    } else if (labels.is_string()) {
        // One text for all: a value with a comma cannot be told from two labels, so a piece without "=" is left out.
        for (const QString &pair : textOf(labels, 8000).split(QLatin1Char(','))) {
            if (pair.contains(QLatin1Char('=')) && container.labels.size() < 100)
                container.labels[pair.section(QLatin1Char('='), 0, 0)] = pair.section(QLatin1Char('='), 1);
        }
    }
}

void finish(Container &container, EngineFacts &facts)
{
    if (container.name.startsWith(QLatin1Char('/')))
        container.name.remove(0, 1);
    if (container.id.isEmpty() || container.name.isEmpty() || facts.containers.size() >= 500) {
        ++facts.unreadable;
        return;
    }
    container.state = container.state.toLower();
    container.trouble = redacted(container.trouble);
    facts.containers.push_back(container);
}

/// The shape of engineScript().
void takeOwn(const json &object, EngineFacts &facts)
{
    Container container;
    container.id = textOf(at(object, "id"));
    container.name = textOf(at(object, "name"));
    container.image = textOf(at(object, "image"));
    container.tag = textOf(at(object, "tag"));
    container.createdAt = timeOf(at(object, "created"));
    container.startedAt = timeOf(at(object, "started"));
    container.state = textOf(at(object, "state"), 20);
    container.exitCode = numberOf(at(object, "exit"));
    container.trouble = textOf(at(object, "trouble"));
    container.killedForMemory = at(object, "memory") == json(true);
    container.restarts = numberOf(at(object, "restarts"));
    container.health = textOf(at(object, "health"), 20);
    const json &variable = at(object, "variable");
    container.variable = variable.is_array() && !variable.empty() ? textOf(variable.front()) : QString();
    takeLabels(at(object, "labels"), container);
    if (!isImageId(container.image))
        container.image.clear();
    finish(container, facts);
}

/// One object of `docker inspect`.
void takeInspected(const json &object, EngineFacts &facts)
{
    const json &status = at(object, "State"), &config = at(object, "Config");
    Container container;
    container.id = textOf(at(object, "Id"));
    container.name = textOf(at(object, "Name"));
    container.image = textOf(at(object, "Image"));
    container.tag = textOf(at(config, "Image"));
    container.createdAt = timeOf(at(object, "Created"));
    container.startedAt = timeOf(at(status, "StartedAt"));
    container.state = textOf(at(status, "Status"), 20);
    container.exitCode = numberOf(at(status, "ExitCode"));
    container.trouble = textOf(at(status, "Error"));
    container.killedForMemory = at(status, "OOMKilled") == json(true);
    container.restarts = numberOf(at(object, "RestartCount"));
    container.health = textOf(at(at(status, "Health"), "Status"), 20);
    for (const json &each : at(config, "Env").is_array() ? at(config, "Env") : json::array()) {
        const QString pair = textOf(each);
        if (pair.startsWith(QLatin1String("KAMAL_VERSION=")))
            container.variable = pair.mid(14);
    }
    takeLabels(at(config, "Labels"), container);
    if (!isImageId(container.image))
        container.image.clear();
    finish(container, facts);
}

/// One line of `docker ps` or of `docker compose ps`.
void takeListed(const json &object, EngineFacts &facts)
{
    Container container;
    container.id = textOf(at(object, "ID"));
    container.name = textOf(at(object, at(object, "Names").is_string() ? "Names" : "Name"));
    container.tag = textOf(at(object, "Image"));
    container.createdAt = timeOf(at(object, "CreatedAt"));
    container.state = textOf(at(object, "State"), 20).section(QLatin1Char(' '), 0, 0);
    container.exitCode = numberOf(at(object, "ExitCode"));
    container.health = textOf(at(object, "Health"), 20);
    static const QRegularExpression exited(QStringLiteral("\\AExited \\(([0-9]+)\\)"));
    static const QRegularExpression health(QStringLiteral("\\((healthy|unhealthy|health: starting)\\)"));
    const QString status = textOf(at(object, "Status"));
    if (const auto match = exited.match(status); match.hasMatch())
        container.exitCode = match.captured(1).toInt();
    if (const auto match = health.match(status); match.hasMatch() && container.health.isEmpty())
        container.health = match.captured(1).section(QLatin1Char(' '), -1);
    takeLabels(at(object, "Labels"), container);
    for (auto [key, label] :
         {std::pair{"Project", "com.docker.compose.project"}, {"Service", "com.docker.compose.service"}}) {
        if (at(object, key).is_string())
            container.labels[QLatin1String(label)] = textOf(at(object, key));
    }
    finish(container, facts);
}

bool takeImage(const json &object, const char *id, const char *tags, EngineFacts &facts)
{
    docker::Image image;
    image.id = textOf(at(object, id));
    if (!isImageId(image.id) || facts.images.size() >= 1000)
        return false;
    for (const json &tag : at(object, tags).is_array() ? at(object, tags) : json::array()) {
        if (tag.is_string() && image.tags.size() < 20)
            image.tags << textOf(tag);
    }
    image.createdAt = timeOf(at(object, id == std::string_view("id") ? "created" : "Created"));
    const json &labels = at(at(object, "Config"), "Labels");
    const bool isOwn = id == std::string_view("id");
    image.version = textOf(isOwn ? at(object, "version") : at(labels, "org.opencontainers.image.version"), 120);
    image.revision = textOf(isOwn ? at(object, "revision") : at(labels, "org.opencontainers.image.revision"), 120);
    facts.images.push_back(image);
    return true;
}

bool takeObject(const json &object, EngineFacts &facts)
{
    if (!object.is_object())
        return false;
    if (object.contains("State") && object.contains("Id") && object["State"].is_object())
        takeInspected(object, facts);
    else if (object.contains("RepoTags") && object.contains("Id"))
        facts.imagesRead = takeImage(object, "Id", "RepoTags", facts) || facts.imagesRead;
    else if (object.contains("ID") && (object.contains("Names") || object.contains("Name")))
        takeListed(object, facts);
    else
        return false;
    return true;
}

} // namespace

QString Container::label(const char *key) const
{
    const auto found = labels.find(QLatin1String(key));
    return found == labels.end() ? QString() : found->second;
}

bool isImageId(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\Asha256:[0-9a-f]{64}\\z"));
    return shape.match(text).hasMatch();
}

QString shortOf(const QString &image)
{
    return isImageId(image) ? image.mid(7, 12) : image;
}

QString repositoryOf(const QString &tag)
{
    const QString name = tag.section(QLatin1Char('@'), 0, 0);
    const qsizetype colon = name.lastIndexOf(QLatin1Char(':'));
    return colon > name.lastIndexOf(QLatin1Char('/')) ? name.left(colon) : name;
}

QString tagWord(const QString &tag)
{
    return tag.section(QLatin1Char('@'), 0, 0).mid(repositoryOf(tag).size() + 1);
}

QByteArray engineScript(const Question &question)
{
    QByteArray format = QByteArray("C{{\"\\t\"}}{") + state + ",\"labels\":{";
    for (qsizetype i = 0; i < question.labels.size(); ++i) {
        const QByteArray key = '"' + question.labels[i].toUtf8() + '"';
        format += (i > 0 ? "," : "") + key + ":{{json (index .Config.Labels " + key + ")}}";
    }
    format += '}';
    if (!question.variable.isEmpty())
        format += ",\"variable\":[{{range .Config.Env}}{{$p := split . \"=\"}}{{if eq (index $p 0) \""
            + question.variable.toUtf8() + "\"}}{{json (index $p 1)}},{{end}}{{end}}null]";
    format += '}';
    QByteArray list = "tf_list() { d ps -a --no-trunc";
    for (const QString &filter : question.filters)
        list += " --filter " + shellQuoted(filter);
    return docker::engineCommand(question.engine) + "F=" + shellQuoted(QString::fromUtf8(format))
        + "\nR=" + shellQuoted(question.repository) + '\n' + list + " --format '{{.ID}}'; }\n" + body;
}

bool takeEngineRecord(const probes::Record &record, EngineFacts &facts)
{
    if (record.key == "C" || record.key == "I") {
        const QByteArray text = record.rest(0);
        const json object = json::parse(text.constBegin(), text.constEnd(), nullptr, false);
        if (!object.is_object())
            ++facts.unreadable;
        else if (record.key == "C")
            takeOwn(object, facts);
        else if (!takeImage(object, "id", "tags", facts))
            ++facts.unreadable;
    } else if (record.key == "CUT") {
        facts.imagesCut = true;
    } else if (record.key == "IMAGES") {
        facts.imagesRead = true;
    } else if (record.key == "FREE") {
        facts.freeBytes = probes::freeBytesOf(record);
    } else if (record.key == "NOTOOL") {
        facts.noTool = true;
    } else if (record.key == "NOENGINE") {
        facts.noEngine = record.rest(0);
    } else if (record.key == "DONE") {
        facts.done = true;
    } else {
        return record.key == "ENGINE";
    }
    return true;
}

bool readCaptured(const QByteArray &out, EngineFacts &facts)
{
    const QByteArray text = out.trimmed();
    if (text.startsWith('[')) {
        const json list = json::parse(text.constBegin(), text.constEnd(), nullptr, false);
        if (!list.is_array())
            return false;
        for (const json &object : list) {
            if (!takeObject(object, facts))
                ++facts.unreadable;
        }
        return list.empty() || !facts.containers.empty() || !facts.images.empty();
    }
    if (!text.startsWith('{'))
        return false;
    for (const QByteArray &line : text.split('\n')) {
        const json object = json::parse(line.constBegin(), line.constEnd(), nullptr, false);
        if (!line.trimmed().isEmpty() && !takeObject(object, facts))
            ++facts.unreadable;
    }
    return !facts.containers.empty() || !facts.images.empty();
}

std::optional<Error> engineError(const QString &host, const docker::Settings &settings, const EngineFacts &facts,
                                 const ShellReply &shell)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return Error{kind, QStringLiteral("ask docker"), host, text, hint};
    };
    if (facts.noEngine) {
        const QByteArray &said = *facts.noEngine;
        if (said.contains("permission denied"))
            return error(ErrorKind::Denied, QStringLiteral("the sign-in user may not speak to the Docker engine"),
                         QStringLiteral("Add the user to the group that owns its socket, or say \"sudo\": true."));
        if (said.contains("sudo:"))
            return error(ErrorKind::Denied, QStringLiteral("sudo would ask for a password to run docker"),
                         QStringLiteral("Allow docker in sudoers with NOPASSWD."));
        if (said.contains("Cannot connect to the Docker daemon") || said.contains("Is the docker daemon running"))
            return error(ErrorKind::Unreachable,
                         settings.engine.isEmpty()
                             ? QStringLiteral("the Docker engine does not run")
                             : QStringLiteral("no Docker engine answers at %1").arg(settings.engine));
        return error(ErrorKind::ToolFailed, redacted(sanitizedLine(said, 300)));
    }
    if (facts.noTool || shell.exitCode == 127)
        return error(ErrorKind::NotFound, QStringLiteral("there is no program docker"));
    if (probes::wasEndedByTime(shell.exitCode))
        return error(ErrorKind::Timeout, QStringLiteral("the Docker engine did not answer in time"));
    // Without its last line the answer may miss the very container that is asked for.
    if (!facts.done)
        return error(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
    return std::nullopt;
}

QString stateWords(const Container &container)
{
    QString words = container.state.isEmpty() ? QStringLiteral("in a state that is not known") : container.state;
    if (container.state == QLatin1String("exited") || container.state == QLatin1String("dead"))
        words += QStringLiteral(" with code %1").arg(container.exitCode);
    if (container.restarts > 0)
        words += QStringLiteral(", restarted %1 times").arg(container.restarts);
    if (container.killedForMemory)
        words += QStringLiteral(", killed for want of memory");
    if (!container.health.isEmpty())
        words += QStringLiteral(", ") + container.health;
    if (!container.trouble.isEmpty())
        words += QStringLiteral(": ") + container.trouble;
    return words;
}

void addImages(const EngineFacts &facts, const QString &host, DeploymentHistory &history)
{
    // A label that several images share comes from a base image and names none of them.
    std::map<QString, int> versions, revisions;
    for (const docker::Image &image : facts.images) {
        ++versions[image.version];
        ++revisions[image.revision];
    }
    for (const docker::Image &image : facts.images) {
        Release &release = probes::releaseOf(history, image.id);
        if (!release.presentOn.contains(host))
            release.presentOn << host;
        release.revision
            = probes::isCommit(image.revision) && revisions[image.revision] == 1 ? image.revision : image.id;
        QStringList words;
        for (const QString &tag : image.tags) {
            const QString word = tagWord(tag);
            if (!words.contains(word) && word != QLatin1String("latest"))
                words << word;
            if (probes::isCommit(word) && probes::isCommit(image.revision) && !image.revision.startsWith(word))
                probes::addNote(release.note,
                                QStringLiteral("its tag says %1, its label revision %2").arg(word, image.revision));
        }
        if (!image.version.isEmpty() && versions[image.version] == 1)
            release.version = image.version;
        else if (release.version.isEmpty())
            release.version = words.isEmpty() ? shortOf(image.id) : words.join(QStringLiteral(", "));
    }
}

} // namespace taffrail::sources::containers
