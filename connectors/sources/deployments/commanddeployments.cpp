// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "fleet.h"
#include "jsonlines.h"
#include "text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

/// The user's own program, run on each host of the entry, printing one JSON object:
///   {"app": text, "live": id or null, "releases": [{"id": text, …}], "locked": null or {"by", "since", "reason"}}
/// A release may carry version, revision, branch, deployed_by, note (texts), deployed_at (RFC 3339), status, kind,
/// confidence (words) and present (whether its files still exist; true when left out). Unknown keys are errors.
namespace taffrail::sources {

namespace {

using nlohmann::json;

constexpr size_t maxReleases = 5000;
const QString action = QStringLiteral("run command");

/// Raised inside this file only; parse() turns it into an Error.
struct Wrong {
    QString pointer;
    QString expected;
};

QString quoted(const std::string &text)
{
    return QLatin1Char('"') + sanitizedLine(QByteArray::fromStdString(text), 60) + QLatin1Char('"');
}

void allowKeys(const json &object, const QString &pointer, const std::set<std::string> &known)
{
    for (auto item = object.begin(); item != object.end(); ++item) {
        if (!known.contains(item.key()))
            throw Wrong{pointer + QLatin1Char('/') + QString::fromStdString(item.key()),
                        QStringLiteral("unknown key %1").arg(quoted(item.key()))};
    }
}

const json &objectAt(const json &value, const QString &pointer)
{
    if (!value.is_object())
        throw Wrong{pointer, QStringLiteral("expected an object, found %1").arg(QLatin1String(value.type_name()))};
    return value;
}

/// The text of a key; "" when it is absent or null.
QString textAt(const json &object, const char *key, const QString &pointer, bool isRequired = false)
{
    const auto found = object.find(key);
    const QString place = pointer + QLatin1Char('/') + QLatin1String(key);
    if (found == object.end() || found->is_null()) {
        if (isRequired)
            throw Wrong{found == object.end() ? pointer : place,
                        QStringLiteral("\"%1\" is missing").arg(QLatin1String(key))};
        return {};
    }
    if (!found->is_string())
        throw Wrong{place, QStringLiteral("expected a text, found %1").arg(QLatin1String(found->type_name()))};
    QString text = sanitizedLine(QByteArray::fromStdString(found->get<std::string>()));
    if (isRequired && text.isEmpty())
        throw Wrong{place, QStringLiteral("expected a text that is not empty")};
    return text;
}

/// The name of a release, "" when absent or null. It is handed on to programs, so it must be what people see of it:
/// a text that would have to be changed before it can be shown is refused.
QString nameAt(const json &object, const char *key, const QString &pointer, bool isRequired = false)
{
    const QString name = textAt(object, key, pointer, isRequired);
    const auto found = object.find(key);
    if (found != object.end() && found->is_string() && name.toStdString() != found->get_ref<const std::string &>())
        throw Wrong{pointer + QLatin1Char('/') + QLatin1String(key),
                    QStringLiteral("expected a name of one line of plain text, without spaces around it, of 400 "
                                   "characters at most")};
    return name;
}

QDateTime timeAt(const json &object, const char *key, const QString &pointer)
{
    const QString text = textAt(object, key, pointer);
    if (text.isEmpty())
        return {};
    const QDateTime time = fromRfc3339(text);
    if (!time.isValid())
        throw Wrong{pointer + QLatin1Char('/') + QLatin1String(key),
                    QStringLiteral("expected a time such as 2026-01-31T12:00:00Z")};
    return time.toUTC();
}

template <typename T>
T wordAt(const json &object, const char *key, const QString &pointer, T otherwise, T (*fromWord)(const QString &),
         QString (*toWord)(T))
{
    const QString word = textAt(object, key, pointer);
    if (word.isEmpty())
        return otherwise;
    const T value = fromWord(word);
    if (toWord(value) != word)
        throw Wrong{pointer + QLatin1Char('/') + QLatin1String(key), QStringLiteral("unknown word \"%1\"").arg(word)};
    return value;
}

bool presentAt(const json &object, const QString &pointer)
{
    const auto found = object.find("present");
    if (found == object.end())
        return true;
    if (!found->is_boolean())
        throw Wrong{pointer + QStringLiteral("/present"), QStringLiteral("expected true or false")};
    return found->get<bool>();
}

Release releaseOf(const json &value, const QString &pointer, const QString &host)
{
    const json &object = objectAt(value, pointer);
    allowKeys(object, pointer,
              {"id", "version", "revision", "branch", "deployed_at", "deployed_by", "status", "kind", "confidence",
               "present", "note"});
    Release release;
    release.id = nameAt(object, "id", pointer, true);
    release.version = textAt(object, "version", pointer);
    release.revision = textAt(object, "revision", pointer);
    release.branch = textAt(object, "branch", pointer);
    release.deployedAt = timeAt(object, "deployed_at", pointer);
    release.deployedBy = textAt(object, "deployed_by", pointer);
    release.note = redacted(textAt(object, "note", pointer));
    release.status
        = wordAt(object, "status", pointer, ReleaseStatus::Available, releaseStatusFromWord, releaseStatusWord);
    release.kind = wordAt(object, "kind", pointer, ReleaseKind::Deploy, releaseKindFromWord, releaseKindWord);
    release.confidence = wordAt(object, "confidence", pointer, Confidence::Logged, confidenceFromWord, confidenceWord);
    const bool present = presentAt(object, pointer);
    if (present && release.status != ReleaseStatus::Removed)
        release.presentOn << host;
    return release;
}

std::optional<HeldLock> lockOf(const json &root)
{
    const auto found = root.find("locked");
    if (found == root.end() || found->is_null())
        return std::nullopt;
    const QString pointer = QStringLiteral("/locked");
    const json &object = objectAt(*found, pointer);
    allowKeys(object, pointer, {"by", "since", "reason"});
    return HeldLock{textAt(object, "by", pointer), timeAt(object, "since", pointer),
                    redacted(textAt(object, "reason", pointer))};
}

/// What one host's program printed.
struct Printed {
    QString app;
    QString live;
    std::vector<Release> releases;
    std::optional<HeldLock> lock;
};

Printed readRoot(const json &root, const QString &host)
{
    objectAt(root, {});
    allowKeys(root, {}, {"source", "app", "live", "releases", "locked"});
    Printed printed{textAt(root, "app", {}), nameAt(root, "live", {}), {}, lockOf(root)};
    textAt(root, "source", {});
    const auto releases = root.find("releases");
    if (releases == root.end() || !releases->is_array())
        throw Wrong{releases == root.end() ? QString() : QStringLiteral("/releases"),
                    QStringLiteral("\"releases\" must be a list")};
    if (releases->size() > maxReleases)
        throw Wrong{QStringLiteral("/releases"), QStringLiteral("more than %1 releases").arg(maxReleases)};
    std::set<QString> ids;
    for (size_t i = 0; i < releases->size(); ++i) {
        const QString pointer = QStringLiteral("/releases/%1").arg(i);
        Release release = releaseOf((*releases)[i], pointer, host);
        if (!ids.insert(release.id).second)
            throw Wrong{pointer + QStringLiteral("/id"), QStringLiteral("the id \"%1\" appears twice").arg(release.id)};
        printed.releases.push_back(std::move(release));
    }
    if (!printed.live.isEmpty() && !ids.contains(printed.live))
        throw Wrong{QStringLiteral("/live"), QStringLiteral("\"live\" names no release of the list")};
    for (size_t i = 0; i < printed.releases.size(); ++i) {
        const Release &release = printed.releases[i];
        if (release.status == ReleaseStatus::Live && release.id != printed.live)
            throw Wrong{QStringLiteral("/releases/%1/status").arg(i),
                        QStringLiteral("only the release that \"live\" names is live")};
    }
    return printed;
}

Error commandError(ErrorKind kind, const QString &host, const QString &text)
{
    return {kind, action, host, text, {}};
}

Result<Printed> readText(const QByteArray &text, const QString &host)
{
    try {
        return readRoot(json::parse(text.constBegin(), text.constEnd()), host);
    } catch (const json::parse_error &error) {
        return failure(
            commandError(ErrorKind::BadData, host,
                         QStringLiteral("%1: this is not JSON").arg(jsonPlace(text, qsizetype(error.byte) - 1))));
    } catch (const json::exception &) {
        return failure(commandError(ErrorKind::BadData, host, QStringLiteral("the JSON can't be read")));
    } catch (const Wrong &wrong) {
        const QString place = wrong.pointer.isEmpty() ? QStringLiteral("the object") : sanitized(wrong.pointer);
        return failure(commandError(ErrorKind::BadData, host,
                                    QStringLiteral("line %1, %2: %3")
                                        .arg(std::max(1, jsonLineOf(text, wrong.pointer)))
                                        .arg(place, wrong.expected)));
    }
}

Result<Printed> readReply(const Reply &reply)
{
    if (const Error *error = reply.error())
        return failure(*error);
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return failure(commandError(ErrorKind::Internal, reply.subject, QStringLiteral("not the answer of a shell")));
    const QString said = redacted(sanitizedLine(shell->err.trimmed(), 200));
    if (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143)
        return failure(commandError(ErrorKind::Timeout, reply.subject, QStringLiteral("the program took too long")));
    if (shell->exitCode == 127 || shell->exitCode == 126)
        return failure(commandError(shell->exitCode == 127 ? ErrorKind::NotFound : ErrorKind::Denied, reply.subject,
                                    said.isEmpty() ? QStringLiteral("the program can't be run") : said));
    if (shell->exitCode != 0)
        return failure(
            commandError(ErrorKind::ToolFailed, reply.subject,
                         QStringLiteral("the program ended with %1: %2").arg(QString::number(shell->exitCode), said)));
    return readText(shell->out, reply.subject);
}

class Joiner {
public:
    void add(const QString &host, const Result<Printed> &printed)
    {
        HostRelease state;
        state.host = host;
        if (!printed) {
            state.error = printed.error();
            m_history.hosts.push_back(state);
            m_history.notes << sentence(printed.error());
            return;
        }
        state.live = printed->live;
        if (m_history.app.isEmpty())
            m_history.app = printed->app;
        if (!m_history.locked)
            m_history.locked = printed->lock;
        for (const Release &release : printed->releases)
            addRelease(host, release, printed->live);
        if (const auto live = m_releases.find(printed->live); live != m_releases.end())
            state.revision = live->second.revision;
        m_history.hosts.push_back(state);
    }

    DeploymentHistory take()
    {
        fleet::agreeOnLive(m_history);
        for (const QString &id : m_order) {
            Release &release = m_releases[id];
            if (!release.liveOn.isEmpty())
                release.status = ReleaseStatus::Live;
            m_history.releases.push_back(release);
        }
        // As printed, newest first, unless the times say otherwise.
        const bool allTimed = std::ranges::all_of(m_history.releases,
                                                  [](const Release &release) { return release.deployedAt.isValid(); });
        if (allTimed)
            std::ranges::stable_sort(m_history.releases, std::greater<>(), &Release::deployedAt);
        addEvents();
        return std::move(m_history);
    }

private:
    void addRelease(const QString &host, const Release &release, const QString &live)
    {
        const auto [place, isNew] = m_releases.try_emplace(release.id, release);
        if (isNew)
            m_order << release.id;
        else
            place->second.presentOn += release.presentOn;
        if (release.id == live)
            place->second.liveOn << host;
    }

    void addEvents()
    {
        for (const Release &release : m_history.releases) {
            if (!release.deployedAt.isValid())
                continue;
            DeployEvent event;
            event.release = release.id;
            event.kind = release.kind;
            event.confidence = release.confidence;
            event.outcome = release.status == ReleaseStatus::Available ? ReleaseStatus::Superseded : release.status;
            event.actor = release.deployedBy;
            event.at = release.deployedAt;
            m_history.events.push_back(event);
        }
    }

    DeploymentHistory m_history;
    std::map<QString, Release> m_releases;
    QStringList m_order;
};

QStringList commandOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("command")).toStringList();
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QStringList command = commandOf(entry);
    if (command.isEmpty())
        return {};
    QByteArray script;
    for (const QString &word : command)
        script += shellQuoted(word) + ' ';
    return fleet::askEveryHost(entry, soFar, {script + "</dev/null\n", std::chrono::milliseconds(8'000), 1024 * 1024});
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    Joiner joiner;
    std::optional<Error> first;
    bool anyGood = false;
    const auto add = [&](const QString &host, const Result<Printed> &printed) {
        anyGood |= printed.has_value();
        if (!printed && !first)
            first = printed.error();
        joiner.add(host, printed);
    };
    for (const fleet::HostReply &each : fleet::repliesByHost(entry, replies))
        add(each.host, each.reply ? readReply(*each.reply) : failure(fleet::unanswered(action, each.host)));
    if (anyGood) {
        DeploymentHistory history = joiner.take();
        history.source = QStringLiteral("command");
        if (const QString app = entry.options.value(QStringLiteral("app")).toString(); !app.isEmpty())
            history.app = app;
        return Value(std::move(history));
    }
    if (first)
        return failure(*first);
    return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                   QStringLiteral("\"command\" must be a list of words and at least one host be named"));
}

} // namespace

const Source commandDeploymentsSource{
    PaneKind::Deployments,
    "command",
    "Own program",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: what the program prints"},
        {"command", "array", true, "The program and its arguments, run on each host; prints the documented JSON",
         R"("items":{"type":"string"},"minItems":1)"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "run your program",
};

} // namespace taffrail::sources
