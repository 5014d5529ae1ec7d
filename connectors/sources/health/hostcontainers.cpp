// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"

#include "text.h"

#include <nlohmann/json.hpp>

namespace taffrail::sources {

namespace {

using nlohmann::json;

struct Container {
    QString name, state, status; ///< "api", "running", "Up 6 seconds (unhealthy)"
    int restarts = -1;
    bool killedForMemory = false;
};

QByteArray textOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    if (found == object.end())
        return {};
    if (found->is_string())
        return QByteArray::fromStdString(found->get_ref<const std::string &>());
    if (found->is_array() && !found->empty() && found->front().is_string()) // podman: "Names" is a list
        return QByteArray::fromStdString(found->front().get_ref<const std::string &>());
    return {};
}

QList<Container> containersOf(const QByteArray &text)
{
    QList<Container> containers;
    for (const QByteArray &line : linesOf(text)) {
        if (!line.startsWith('{'))
            continue;
        const QByteArray utf8 = QString::fromUtf8(line).toUtf8();
        const json object = json::parse(utf8.begin(), utf8.end(), nullptr, false);
        if (!object.is_object() || textOf(object, "Names").isEmpty())
            continue;
        containers.append({sanitizedLine(textOf(object, "Names"), 120), sanitizedLine(textOf(object, "State"), 40),
                           sanitizedLine(textOf(object, "Status"), 120)});
    }
    return containers;
}

/// Lines "/name RESTARTS STATE OOM EXIT" of `docker inspect`.
void addInspected(QList<Container> &containers, const QByteArray &text)
{
    for (const QByteArray &line : linesOf(text)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 4)
            continue;
        const QString name = sanitizedLine(words[0].startsWith('/') ? words[0].mid(1) : words[0], 120);
        for (Container &container : containers) {
            if (container.name == name) {
                container.restarts = int(integerOf(words[1]).value_or(-1));
                container.killedForMemory = words.contains("true");
            }
        }
    }
}

/// Exit code inside "Exited (137) 6 seconds ago"; -1 = not told.
int exitCodeOf(const QString &status)
{
    const qsizetype open = status.indexOf(QLatin1Char('('));
    const qsizetype close = status.indexOf(QLatin1Char(')'), open);
    bool isNumber = false;
    const int code = open >= 0 && close > open ? status.mid(open + 1, close - open - 1).toInt(&isNumber) : -1;
    return isNumber ? code : -1;
}

Status statusOf(const Container &container, bool isRequired)
{
    const QString state = container.state.toLower();
    const bool isRunning = state == QLatin1String("running") || container.status.startsWith(QLatin1String("Up "));
    if (isRunning) {
        if (container.status.contains(QLatin1String("(unhealthy)")))
            return isRequired ? Status::Critical : Status::Warning;
        return container.status.contains(QLatin1String("(health: starting)")) ? Status::Running : Status::Ok;
    }
    if (isRequired)
        return Status::Critical;
    if (state == QLatin1String("restarting") || state == QLatin1String("dead") || container.killedForMemory)
        return Status::Warning;
    return exitCodeOf(container.status) > 0 || state == QLatin1String("paused") ? Status::Notice : Status::Ok;
}

QString textOf(const Container &container)
{
    QString text = container.status.isEmpty() ? container.state : container.status;
    if (container.killedForMemory)
        text += QStringLiteral(", killed for memory");
    if (container.restarts > 0)
        text += QStringLiteral(", restarted %1 times").arg(container.restarts);
    return text;
}

void checkContainers(const HostView &view, const QList<Container> &containers, const QStringList &required)
{
    int running = 0;
    Status worst = Status::Ok;
    QStringList missing = required;
    for (const Container &container : containers) {
        const Status status = statusOf(container, required.contains(container.name));
        missing.removeAll(container.name);
        worst = worse(worst, status);
        running += container.status.startsWith(QLatin1String("Up ")) ? 1 : 0;
        if (container.restarts >= 0)
            view.count(QStringLiteral("restarts.%1").arg(container.name), container.restarts);
        if (status != Status::Ok || required.contains(container.name))
            view.add(makeCheck("host.container", container.name, view.host, status, textOf(container)));
    }
    for (const QString &name : missing)
        view.add(makeCheck("host.container", name, view.host, Status::Critical,
                           QStringLiteral("required, but there is no such container")));
    view.add(makeCheck("host.containers", {}, view.host, missing.isEmpty() ? worst : Status::Critical,
                       QStringLiteral("%1 of %2 containers run").arg(running).arg(containers.size()), running, ""));
}

} // namespace

void readContainers(const HostView &view)
{
    const QStringList required = view.entry.options.value(QStringLiteral("containers")).toStringList();
    const Reply *reply = replyOf(view.replies, QStringLiteral("ctr"), view.host);
    const ShellReply *shell = reply ? reply->as<ShellReply>() : nullptr;
    if (shell && shell->exitCode == 127 && required.isEmpty()) // no container engine there: not a fault
        return;
    if (shell && shell->exitCode != 0 && shell->exitCode != 127) {
        if (shell->err.contains("Cannot connect to the Docker daemon") && required.isEmpty()) {
            view.add(makeCheck("host.containers", {}, view.host, Status::Notice,
                               QStringLiteral("Docker is installed but does not run")));
            return;
        }
        const bool isDenied = shell->err.contains("permission denied");
        view.add(unknownCheck(
            "host.containers", {}, view.host,
            isDenied ? QStringLiteral("no right to ask the container engine") : reasonOf(*shell),
            isDenied ? QStringLiteral("membership in the docker group equals root: grant it only if you mean that")
                     : QString()));
        return;
    }
    if (!shell || shell->exitCode == 127) {
        (void)view.reply("ctr", "host.containers");
        return;
    }
    const qsizetype inspected = shell->out.indexOf("==> inspect\n");
    const QByteArray listed = inspected < 0 ? shell->out : shell->out.left(inspected);
    QList<Container> containers = containersOf(listed);
    // Nothing printed is no container; something that is not a list of them is no answer.
    QByteArray strange;
    for (const QByteArray &line : linesOf(listed)) {
        if (strange.isEmpty() && !line.startsWith("==> "))
            strange = line.trimmed();
    }
    if (containers.isEmpty() && !strange.isEmpty()) {
        view.add(unknownCheck("host.containers", {}, view.host,
                              QStringLiteral("expected a line of JSON for each container, found \"%1\"")
                                  .arg(sanitizedLine(strange, 80))));
        return;
    }
    addInspected(containers, pieceOf(shell->out, "inspect").value_or(QByteArray()));
    checkContainers(view, containers, required);
}

} // namespace taffrail::sources
