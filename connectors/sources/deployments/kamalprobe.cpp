// SPDX-License-Identifier: GPL-3.0-or-later
#include "kamalprobe.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::kamal {

namespace {

using containers::Container;
using probes::Record;

constexpr size_t mostLines = 3000;

constexpr char filesText[] = R"sh(a=$K/$N-audit.log
if [ -f "$a" ] && [ -r "$a" ]; then
printf 'LINES\t%s\n' "$(wc -l <"$a")"
tail -c 200000 "$a" | tail -n 600 | cut -b 1-600 | sed "s/^/AUDIT$(printf '\t')/"
echo
elif [ -e "$a" ] || { [ -e "$K" ] && [ ! -x "$K" ]; }; then echo AUDITHIDDEN
fi
for l in "$K/lock-$N" "$K/locks/$N"; do
[ -d "$l" ] || continue
printf 'LOCK\t%s\t%s\n' "$(stat -c '%Y	%U' "$l")" "$(head -c 4000 "$l/details" 2>/dev/null | tr -d '\n\000-\037')"
done
echo DONE
)sh";

Error hostError(ErrorKind kind, const QString &host, const QString &text)
{
    return {kind, QStringLiteral("read containers"), host, text, {}};
}

void keepOwn(const Settings &settings, HostFacts &facts)
{
    // Without a destination Kamal's own filter takes the containers of all of them; they are other applications.
    std::erase_if(facts.engine.containers, [&settings](const Container &container) {
        return container.label("role").isEmpty()
            || (!settings.service.isEmpty() && container.label("service") != settings.service)
            || container.label("destination") != settings.destination
            || (!settings.role.isEmpty() && container.label("role") != settings.role);
    });
    for (const Container &container : facts.engine.containers) {
        if (!facts.roles.contains(container.label("role")))
            facts.roles << container.label("role");
    }
    facts.roles.sort();
}

void takeAudit(const QByteArray &line, const Settings &settings, HostFacts &facts)
{
    facts.auditRead = true;
    if (line.trimmed().isEmpty() || facts.audit.size() >= mostLines)
        return;
    if (const auto read = readAuditLine(line, settings))
        facts.audit.push_back(*read);
    else
        ++facts.strangeLines;
}

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry)
{
    static const QRegularExpression name(QStringLiteral("\\A[a-zA-Z0-9][a-zA-Z0-9_-]*\\z"));
    static const QRegularExpression engine(QStringLiteral("\\Aunix://[^\\x00-\\x1f]+\\z"));
    const auto wrong = [&entry](const char *text) {
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QLatin1String(text));
    };
    Settings settings;
    settings.service = probes::optionText(entry, "service");
    settings.destination = probes::optionText(entry, "destination");
    settings.role = probes::optionText(entry, "role");
    settings.folder = entry.options.value(QStringLiteral("folder"), settings.folder).toString();
    settings.retain = entry.options.value(QStringLiteral("retain_containers"), settings.retain).toInt();
    settings.engine.engine = probes::optionText(entry, "engine");
    settings.engine.sudo = entry.options.value(QStringLiteral("sudo")).toBool();
    settings.command = probes::optionText(entry, "command");
    settings.app = probes::optionText(entry, "app");
    if (settings.app.isEmpty())
        settings.app = fileName(settings);
    if (!name.match(settings.service).hasMatch())
        return wrong("\"service\" must be the name of a service of Kamal");
    for (const QString &word : {settings.destination, settings.role}) {
        if (!word.isEmpty() && !name.match(word).hasMatch())
            return wrong("\"destination\" and \"role\" are names of Kamal");
    }
    if (settings.folder.isEmpty() || settings.folder.startsWith(QLatin1Char('-')) || settings.folder.contains(QChar(0)))
        return wrong("\"folder\" must be a path");
    if (!settings.engine.engine.isEmpty() && !engine.match(settings.engine.engine).hasMatch())
        return wrong("\"engine\" must be a socket such as unix:///run/docker.sock");
    return settings;
}

QString fileName(const Settings &settings)
{
    return settings.destination.isEmpty() ? settings.service
                                          : settings.service + QLatin1Char('-') + settings.destination;
}

QString namePrefix(const Settings &settings, const QString &role)
{
    QString prefix = settings.service + QLatin1Char('-') + role + QLatin1Char('-');
    if (!settings.destination.isEmpty())
        prefix += settings.destination + QLatin1Char('-');
    return prefix;
}

QByteArray probeScript(const Settings &settings)
{
    containers::Question question;
    question.engine = settings.engine;
    question.filters = QStringList{QStringLiteral("label=service=%1").arg(settings.service)};
    if (!settings.destination.isEmpty())
        question.filters << QStringLiteral("label=destination=%1").arg(settings.destination);
    question.labels = QStringList{QStringLiteral("service"), QStringLiteral("role"), QStringLiteral("destination")};
    question.variable = QStringLiteral("KAMAL_VERSION");
    return containers::engineScript(question) + "K=" + shellQuoted(settings.folder)
        + "\nN=" + shellQuoted(fileName(settings)) + '\n' + filesText;
}

bool isVersion(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\\z"));
    return shape.match(text).hasMatch();
}

std::optional<AuditLine> readAuditLine(const QByteArray &line, const Settings &settings)
{
    static const QRegularExpression shape(QStringLiteral(
        "\\A\\s*\\[([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+))\\] ((?:\\[[^\\]]*\\] )*)(.*)\\z"));
    const auto match = shape.match(sanitizedLine(line, 600));
    if (!match.hasMatch())
        return std::nullopt;
    AuditLine read;
    read.at = probes::isoTime(match.captured(1));
    const QStringList tags = match.captured(2).split(QStringLiteral("] "), Qt::SkipEmptyParts);
    read.actor = tags.isEmpty() ? QString() : tags.first().mid(1);
    const QString text = match.captured(3);
    // What was run on the host may hold secrets in shapes of its own.
    read.raw = text.startsWith(QLatin1String("Executed cmd")) ? QStringLiteral("Executed cmd …") : redacted(text);
    const auto last = [&text] { return text.section(QLatin1Char(' '), -1); };
    static const QRegularExpression tagged(QStringLiteral("\\ATagging (\\S+) as the latest image\\z"));
    if (const auto image = tagged.match(text); image.hasMatch()) {
        read.what = AuditLine::What::Tagged;
        read.version = containers::tagWord(image.captured(1));
    } else if (text.startsWith(QLatin1String("Booted app version "))) {
        read.what = AuditLine::What::Booted;
        read.version = last();
    } else if (text.startsWith(QLatin1String("Started app version "))) {
        read.what = AuditLine::What::Started;
        read.version = last();
    } else if (text.startsWith(QLatin1String("Stopped app"))) {
        read.what = AuditLine::What::Stopped;
    } else if (text.startsWith(QLatin1String("Renaming container "))) {
        read.what = AuditLine::What::Renamed;
    } else if (text.startsWith(QLatin1String("Removed app container with version "))) {
        read.what = AuditLine::What::Removed;
        read.version = last();
    }
    if (!read.version.isEmpty() && !isVersion(read.version))
        return std::nullopt;
    // The destination is a tag of the line; a line of another one does not belong here.
    if (!settings.destination.isEmpty() && tags.size() > 1 && !tags.contains(QLatin1Char('[') + settings.destination)
        && tags.last() != QLatin1Char('[') + settings.destination)
        return read.what == AuditLine::What::Other ? std::optional(read) : std::nullopt;
    return read;
}

HeldLock readLock(const QByteArray &base64, const QString &host)
{
    static const QRegularExpression by(QStringLiteral("Locked by: (.*) at ([0-9T:.Z+-]+)\\s*(?:\\n|$)"));
    static const QRegularExpression message(QStringLiteral("Message: (.*)"));
    const QString text = sanitized(QByteArray::fromBase64(base64.trimmed()).left(4000));
    HeldLock lock;
    const auto who = by.match(text);
    lock.by = sanitizedLine(who.captured(1).toUtf8(), 120);
    lock.since = probes::isoTime(who.captured(2));
    const QString why = sanitizedLine(message.match(text).captured(1).toUtf8(), 200);
    lock.reason = (why.isEmpty() ? QStringLiteral("the deploy lock") : why) + QStringLiteral(" (on %1)").arg(host);
    return lock;
}

Named versionOf(const Settings &settings, const Container &container)
{
    static const QRegularExpression replaced(QStringLiteral("_replaced_[0-9a-f]{16}\\z"));
    const QString prefix = namePrefix(
        settings.service.isEmpty() ? Settings{{}, container.label("service"), settings.destination, {}, {}, 5, {}, {}}
                                   : settings,
        container.label("role"));
    // Another name is no container that Kamal would find; its variable still says what it runs.
    QString version = container.name.startsWith(prefix) ? container.name.mid(prefix.size()) : container.variable;
    const bool isReplaced = replaced.match(version).hasMatch() || !container.name.startsWith(prefix);
    version.remove(replaced);
    return {isVersion(version) ? version : QString(), isReplaced};
}

const Container *liveOf(const Settings &settings, const HostFacts &facts, const QString &role)
{
    const QString latest
        = settings.destination.isEmpty() ? QStringLiteral("latest") : QStringLiteral("latest-") + settings.destination;
    const auto isLatest = [&](const Container &container) {
        return std::ranges::any_of(facts.engine.images, [&](const docker::Image &image) {
            return image.id == container.image && std::ranges::any_of(image.tags, [&](const QString &tag) {
                       return containers::tagWord(tag) == latest;
                   });
        });
    };
    const Container *found = nullptr;
    for (const Container &container : facts.engine.containers) {
        if (container.label("role") != role || !container.runs())
            continue;
        const auto rank = [&](const Container &each) { return std::pair(isLatest(each), each.createdAt); };
        if (!found || rank(container) > rank(*found))
            found = &container;
    }
    return found;
}

HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply)
{
    HostFacts facts;
    facts.host = host;
    if (const Error *error = reply.error()) {
        facts.error = *error;
        return facts;
    }
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell) {
        facts.error = hostError(ErrorKind::Internal, host, QStringLiteral("not the answer of a shell"));
        return facts;
    }
    if (containers::readCaptured(shell->out, facts.engine)) {
        facts.isCaptured = true;
        keepOwn(settings, facts);
        return facts;
    }
    facts.engine = {};
    const bool isProbe = shell->out.contains("\nDONE\n") || shell->out.startsWith("NOENGINE\t")
        || shell->out.startsWith("ENGINE\t") || shell->out.startsWith("NOTOOL\n");
    if (settings.command == QLatin1String("audit") || (!isProbe && shell->out.contains("] ["))) {
        for (const QByteArray &line : shell->out.split('\n'))
            takeAudit(line, settings, facts);
        facts.isCaptured = true;
        if (facts.audit.empty())
            facts.error = hostError(ErrorKind::BadData, host, QStringLiteral("no line is one of Kamal's audit log"));
        return facts;
    }
    qint64 lines = 0;
    probes::eachRecord(shell->out, [&](const Record &record) {
        if (record.key == "AUDIT")
            takeAudit(record.rest(0), settings, facts);
        else if (record.key == "LINES")
            lines = record.field(0).trimmed().toLongLong();
        else if (record.key == "AUDITHIDDEN")
            facts.auditHidden = true;
        else if (record.key == "LOCK") {
            facts.lock = readLock(record.field(2), host);
            if (!facts.lock->since.isValid())
                facts.lock->since = probes::fromSeconds(record.field(0));
            if (facts.lock->by.isEmpty())
                facts.lock->by = record.text(1);
        } else if (!record.key.isEmpty() && !containers::takeEngineRecord(record, facts.engine)) {
            ++facts.engine.unreadable;
        }
    });
    facts.auditCut = lines > qint64(facts.audit.size()) + facts.strangeLines + 1;
    facts.error = containers::engineError(host, settings.engine, facts.engine, *shell);
    keepOwn(settings, facts);
    return facts;
}

} // namespace taffrail::sources::kamal
