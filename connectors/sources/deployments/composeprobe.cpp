// SPDX-License-Identifier: GPL-3.0-or-later
#include "composeprobe.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::compose {

namespace {

using containers::Container;
using probes::Record;

// Its command lines are seen only as far as the sign-in user may see them.
constexpr char busyText[] = R"sh(for p in $(grep -als 'compose' /proc/[0-9]*/cmdline 2>/dev/null | head -n 20); do
c=$({ tr '\000\011' '  ' <"$p" | head -c 300; } 2>/dev/null)
case $c in *compose*' up '*|*compose*' up'|*compose*' down'*|*compose*' restart'*|*compose*' pull'*) printf 'BUSY\t%s\n' "$(printf %s "$c" | tr '\000-\037\177' '?')" ;; esac
done
echo DONE
)sh";

constexpr char commandText[] = R"sh(tf_tool=
tf_pick() { case $tf_major in 1) set -- 1 2 ;; *) set -- 2 1 ;; esac
for tf_each in "$@"; do
if [ "$tf_each" = 2 ]; then tf_v=$(d compose version --short 2>/dev/null) && { tf_tool="2 $tf_v"; return; }
elif command -v docker-compose >/dev/null 2>&1; then tf_v=$(command docker-compose version --short 2>/dev/null) && { tf_tool="1 $tf_v"; return; }
fi
done; }
tf_compose() { [ -n "$tf_tool" ] || tf_pick
case $tf_tool in 2*) d compose "$@" ;; 1*) tf_old "$@" ;; *) return 127 ;; esac; }
)sh";

// The hash is the tool's own, over the service with its variables filled in: the same words say that nothing changed.
constexpr char filesText[] = R"sh(tf_files() {
c=$(d ps -a --no-trunc --filter "label=com.docker.compose.project=$P" --filter label=com.docker.compose.oneoff=False ${S:+--filter "label=com.docker.compose.service=$S"} --format '{{.ID}}' 2>/dev/null | head -n 1)
[ -n "$c" ] || { printf 'WHY\tthere is no container\n'; return; }
tf_label() { d inspect --type container -f "{{index .Config.Labels \"com.docker.compose.$1\"}}" "$c" 2>/dev/null; }
printf 'OF\t%s\n' "$c"
w=$(tf_label project.working_dir); f=$(tf_label project.config_files); v=$(tf_label version); S=$(tf_label service)
[ -n "$w" ] && [ -n "$f" ] || { printf 'WHY\tthe container does not say which files made it\n'; return; }
cd -- "$w" 2>/dev/null || { printf 'WHY\tits project folder is gone, or there is no right to enter it\n'; return; }
case $v in 1.*) tf_major=1 ;; *) tf_major=2 ;; esac
set -- -p "$P"
IFS=,; for each in $f; do [ -r "$each" ] || { printf 'WHY\ta file of the project is gone, or there is no right to read it: %.200s\n' "$(printf %s "$each" | tr '\000-\037\177' '?')"; unset IFS; return; }; set -- "$@" -f "$each"; done; unset IFS
h=$(tf_compose "$@" config --hash "$S" 2>&1 </dev/null)
e=$?
printf 'TOOL\t%s\t%s\n' "$tf_tool" "$v"
[ "$e" != 127 ] || { printf 'WHY\tthere is no Compose\n'; return; }
l=$(printf '%s\n' "$h" | sed -n 's/^.* \([0-9a-f]\{64\}\)$/\1/p' | head -n 1)
[ -n "$l" ] || { printf 'WHY\tCompose says: %.200s\n' "$(printf %s "$h" | tail -n 1 | tr '\000-\037\177' '?')"; return; }
printf 'HASH\t%s\n' "$l"
}
tf_files
echo DONE
)sh";

FileFacts readFiles(const Reply &reply)
{
    FileFacts facts;
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return facts;
    bool done = false;
    probes::eachRecord(shell->out, [&](const Record &record) {
        if (record.key == "OF")
            facts.of = record.text(0);
        else if (record.key == "HASH")
            facts.hash = record.text(0);
        else if (record.key == "WHY")
            facts.reason = redacted(record.text(0));
        else if (record.key == "TOOL")
            facts.tool = record.text(0);
        else if (record.key == "DONE")
            done = true;
    });
    // `docker-compose config --hash` itself: "web 64 hex digits"
    static const QRegularExpression line(QStringLiteral("(?:^|\\n)\\S+ ([0-9a-f]{64})(?:\\n|$)"));
    if (const auto match = line.match(QString::fromLatin1(shell->out)); !done && match.hasMatch()) {
        facts.hash = match.captured(1);
        done = true;
    }
    facts.asked = done;
    return facts;
}

/// Takes the containers of the service that the entry means; an error when it is not clear which one.
std::optional<Error> chooseService(const Settings &settings, HostFacts &facts)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return Error{kind, QStringLiteral("read the project"), facts.host, text, hint};
    };
    for (const Container &container : facts.engine.containers) {
        const QString project = container.label(projectLabel), service = container.label(serviceLabel);
        const bool isOther = !settings.project.isEmpty() && project != settings.project;
        if (service.isEmpty() || isOther
            || container.label(oneOffLabel).compare(QLatin1String("true"), Qt::CaseInsensitive) == 0)
            continue;
        if (!facts.services.contains(service))
            facts.services << service;
    }
    facts.services.sort();
    if (settings.service.isEmpty() && facts.services.size() > 1)
        return error(
            ErrorKind::BadConfig,
            QStringLiteral("the project has several services: %1").arg(facts.services.join(QStringLiteral(", "))),
            QStringLiteral("Name one of them as \"service\"; each has images of its own."));
    const QString wanted = settings.service.isEmpty() ? facts.services.value(0) : settings.service;
    for (const Container &container : facts.engine.containers) {
        const bool isOther = !settings.project.isEmpty() && container.label(projectLabel) != settings.project;
        if (!wanted.isEmpty() && container.label(serviceLabel) == wanted && !isOther
            && container.label(oneOffLabel).compare(QLatin1String("true"), Qt::CaseInsensitive) != 0)
            facts.service.push_back(container);
    }
    std::ranges::stable_sort(facts.service, {}, [](const Container &each) { return each.label(numberLabel).toInt(); });
    return std::nullopt;
}

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry)
{
    static const QRegularExpression name(QStringLiteral("\\A[a-zA-Z0-9][a-zA-Z0-9_.-]*\\z"));
    static const QRegularExpression engine(QStringLiteral("\\Aunix://[^\\x00-\\x1f]+\\z"));
    static const QRegularExpression repository(QStringLiteral("\\A[a-zA-Z0-9][a-zA-Z0-9_./:-]*\\z"));
    const auto wrong = [&entry](const char *text) {
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QLatin1String(text));
    };
    Settings settings;
    settings.project = probes::optionText(entry, "project");
    settings.service = probes::optionText(entry, "service");
    settings.engine.engine = probes::optionText(entry, "engine");
    settings.engine.repository = probes::optionText(entry, "image");
    settings.engine.sudo = entry.options.value(QStringLiteral("sudo")).toBool();
    settings.app = probes::optionText(entry, "app");
    if (settings.app.isEmpty())
        settings.app = settings.project;
    if (!name.match(settings.project).hasMatch())
        return wrong("\"project\" must be the name of a Compose project");
    if (!settings.service.isEmpty() && !name.match(settings.service).hasMatch())
        return wrong("\"service\" must be the name of a service");
    if (!settings.engine.repository.isEmpty() && !repository.match(settings.engine.repository).hasMatch())
        return wrong("\"image\" must be a repository such as registry.example.org/shop");
    if (!settings.engine.engine.isEmpty() && !engine.match(settings.engine.engine).hasMatch())
        return wrong("\"engine\" must be a socket such as unix:///run/docker.sock");
    return settings;
}

QByteArray probeScript(const Settings &settings)
{
    containers::Question question;
    question.engine = settings.engine;
    question.repository = settings.engine.repository;
    question.filters = QStringList{QStringLiteral("label=%1=%2").arg(QLatin1String(projectLabel), settings.project)};
    for (const char *label : {projectLabel, serviceLabel, numberLabel, oneOffLabel, hashLabel, versionLabel,
                              folderLabel, filesLabel, fromLabel})
        question.labels << QLatin1String(label);
    return containers::engineScript(question) + busyText;
}

QByteArray composeCommand(const docker::Settings &engine)
{
    // The old Compose is a program of its own, which takes the engine from a flag. Where calls have a limit it has the
    // same.
    const QByteArray flag = engine.engine.isEmpty() ? QByteArray() : " -H " + shellQuoted(engine.engine);
    const QByteArray program = engine.sudo ? "sudo -n -- docker-compose" : "docker-compose";
    return QByteArray(commandText)
        + "tf_old() { if [ -n \"${tf_limit-}\" ] && timeout --foreground 5 true 2>/dev/null; then "
          "timeout --foreground -k 10 \"$tf_limit\" "
        + program + flag + " \"$@\"; else " + (engine.sudo ? "" : "command ") + program + flag + " \"$@\"; fi; }\n";
}

QByteArray filesScript(const Settings &settings)
{
    return docker::engineCommand(settings.engine) + composeCommand(settings.engine)
        + "P=" + shellQuoted(settings.project) + "\nS=" + shellQuoted(settings.service) + '\n' + filesText;
}

HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply, const Reply *files)
{
    HostFacts facts;
    facts.host = host;
    if (const Error *error = reply.error()) {
        facts.error = *error;
        return facts;
    }
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell) {
        facts.error = probes::unanswered(host, QStringLiteral("ask docker"));
        return facts;
    }
    facts.isCaptured = containers::readCaptured(shell->out, facts.engine);
    if (!facts.isCaptured) {
        facts.engine = {};
        probes::eachRecord(shell->out, [&facts](const Record &record) {
            if (record.key == "BUSY")
                facts.busy = redacted(record.text(0, 200));
            else if (!containers::takeEngineRecord(record, facts.engine))
                ++facts.engine.unreadable;
        });
        if (facts.engine.noEngine == std::nullopt && !shell->err.isEmpty() && !facts.engine.done && shell->exitCode != 0
            && !probes::wasEndedByTime(shell->exitCode))
            facts.engine.noEngine = shell->err; // words of the command line itself
        facts.error = containers::engineError(host, settings.engine, facts.engine, *shell);
    }
    if (!facts.error)
        facts.error = chooseService(settings, facts);
    if (files && !facts.error)
        facts.files = readFiles(*files);
    return facts;
}

} // namespace taffrail::sources::compose
