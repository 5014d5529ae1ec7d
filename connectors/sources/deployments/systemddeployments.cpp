// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "text.h"
#include "unitfacts.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

#include <algorithm>

// What a unit of systemd proves: the release that its main process really runs, since when, and its starts.
namespace taffrail::sources {

namespace {

using nlohmann::json;
using probes::Record;
using unitfacts::UnitFacts;

constexpr size_t mostEvents = 500;

// Catalog ids of systemd's own messages.
constexpr char started[] = "39f53479d3a045ac8e11786248231fbf";
constexpr char stopped[] = "9d1aaa27d60140bd96365438aad20286";
constexpr char failed[] = "d9b373ed55a64feb8242e02dbe79a49c";

constexpr char journalText[] = R"sh(if command -v journalctl >/dev/null 2>&1; then
journalctl -u "$U" -o json --no-pager -n 400 --output-fields=MESSAGE,MESSAGE_ID,JOB_TYPE,JOB_RESULT,INVOCATION_ID 2>/dev/null </dev/null | grep -a -e 39f53479d3a045ac8e11786248231fbf -e 9d1aaa27d60140bd96365438aad20286 -e d9b373ed55a64feb8242e02dbe79a49c | tail -n 100 | cut -b 1-2000 | sed "s/^/J$(printf '\t')/"
echo
case " $(id -Gn) $(id -un) " in *' systemd-journal '*|*' adm '*|*' root '*) ;; *) echo NOJOURNAL ;; esac
fi
echo DONE
)sh";

struct Start {
    QDateTime at;
    QString what; ///< "started", "stopped", "failed"
    QString job, message, invocation;
};
struct HostFacts {
    QString host;
    std::optional<Error> error;
    UnitFacts unit;
    std::vector<Start> starts; ///< oldest first
    bool noJournal = false;
};

QString textOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string()
        ? sanitizedLine(QByteArray::fromStdString(found->get_ref<const std::string &>()), 200)
        : QString();
}

/// One line of `journalctl -o json`; other messages than those about starts are left out.
bool takeJournal(const QByteArray &line, HostFacts &facts)
{
    const json object = json::parse(line.constBegin(), line.constEnd(), nullptr, false);
    if (!object.is_object() || !object.contains("__REALTIME_TIMESTAMP"))
        return false;
    const QString id = textOf(object, "MESSAGE_ID");
    Start start;
    start.what = id == QLatin1String(started) ? QStringLiteral("started")
        : id == QLatin1String(stopped)        ? QStringLiteral("stopped")
        : id == QLatin1String(failed)         ? QStringLiteral("failed")
                                              : QString();
    start.at = probes::fromSeconds(textOf(object, "__REALTIME_TIMESTAMP").chopped(6).toLatin1());
    start.job = textOf(object, "JOB_TYPE");
    start.message = redacted(textOf(object, "MESSAGE"));
    start.invocation = textOf(object, "INVOCATION_ID");
    if (!start.what.isEmpty() && facts.starts.size() < mostEvents)
        facts.starts.push_back(start);
    return true;
}

HostFacts readHost(const QString &host, const Reply &reply)
{
    HostFacts facts;
    facts.host = host;
    const auto error = [&](ErrorKind kind, const QString &text) {
        return Error{kind, QStringLiteral("ask systemd"), host, text, {}};
    };
    const ShellReply *shell = reply.as<ShellReply>();
    if (reply.error() || !shell) {
        facts.error
            = reply.error() ? *reply.error() : error(ErrorKind::Internal, QStringLiteral("not the answer of a shell"));
        return facts;
    }
    bool done = false, isCaptured = false;
    probes::eachRecord(shell->out, [&](const Record &record) {
        if (record.key == "DONE")
            done = true;
        else if (record.key == "NOJOURNAL")
            facts.noJournal = true;
        else if (record.key == "J")
            takeJournal(record.rest(0), facts);
        else
            unitfacts::takeUnitRecord(record, facts.unit);
    });
    if (!done) { // output of systemctl show, or of journalctl -o json
        facts.unit = unitfacts::fromShow(shell->out);
        for (const QByteArray &line : shell->out.split('\n')) {
            if (line.startsWith('{'))
                isCaptured = takeJournal(line, facts) || isCaptured;
        }
        isCaptured = isCaptured || facts.unit.asked;
    }
    if (shell->exitCode == 127)
        facts.error = error(ErrorKind::NotFound, QStringLiteral("there is no systemctl"));
    else if (!done && probes::wasEndedByTime(shell->exitCode))
        facts.error = error(ErrorKind::Timeout, QStringLiteral("systemd did not answer in time"));
    else if (!done && !isCaptured)
        facts.error = error(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
    else if (facts.unit.loadState == QLatin1String("not-found"))
        facts.error = error(ErrorKind::NotFound, QStringLiteral("systemd knows no such unit"));
    else if (done && facts.unit.loadState.isEmpty())
        facts.error = error(ErrorKind::NotFound,
                            facts.unit.reason.isEmpty() ? QStringLiteral("systemd said nothing of the unit")
                                                        : facts.unit.reason);
    return facts;
}

/// What the main process runs, in the most telling words that it gives; "" = not known.
QString releaseOf(const UnitFacts &unit)
{
    static const QRegularExpression inside(QStringLiteral("/releases/([A-Za-z0-9._-]+)(?:/|$| \\(deleted\\)$)"));
    static const QRegularExpression gone(QStringLiteral(" \\(deleted\\)\\z"));
    if (!unit.version.isEmpty())
        return unit.version;
    for (const QString &path : {unit.folder, unit.program}) {
        if (const auto match = inside.match(path); match.hasMatch())
            return match.captured(1);
    }
    QString path = unit.folder.isEmpty() || unit.folder == QLatin1String("/") ? unit.program : unit.folder;
    return path.remove(gone);
}

class Builder {
public:
    Builder(const QString &app, const std::vector<HostFacts> &hosts) : m_hosts(hosts)
    {
        m_history.source = QStringLiteral("systemd");
        m_history.app = app;
    }

    DeploymentHistory build()
    {
        for (const HostFacts &facts : m_hosts)
            addHost(facts);
        probes::mergeEvents(m_history, std::chrono::minutes(5));
        probes::agree(m_history);
        return std::move(m_history);
    }

private:
    void addHost(const HostFacts &facts)
    {
        HostRelease host;
        host.host = facts.host;
        host.error = facts.error;
        if (facts.error) {
            m_history.notes << sentence(*facts.error);
        } else {
            const bool runs = facts.unit.activeState == QLatin1String("active");
            host.live = host.running = runs ? releaseOf(facts.unit) : QString();
            host.switchedAt = facts.unit.startedAt;
            if (!host.live.isEmpty())
                addLive(facts, host);
            for (auto start = facts.starts.rbegin(); start != facts.starts.rend(); ++start)
                addEvent(facts, *start, host);
            addNotes(facts, host);
        }
        m_history.hosts.push_back(host);
    }

    void addLive(const HostFacts &facts, const HostRelease &host)
    {
        Release &release = probes::releaseOf(m_history, host.live);
        release.status = ReleaseStatus::Live;
        release.liveOn << facts.host;
        release.presentOn << facts.host;
        if (!release.deployedAt.isValid() || host.switchedAt > release.deployedAt)
            release.deployedAt = host.switchedAt;
        probes::addNote(release.note,
                        QStringLiteral("%1: process %2 since %3: %4")
                            .arg(facts.host, facts.unit.pid, rfc3339(facts.unit.startedAt),
                                 facts.unit.program.isEmpty() ? facts.unit.folder : facts.unit.program));
    }

    void addEvent(const HostFacts &facts, const Start &start, const HostRelease &host)
    {
        DeployEvent event;
        // Only of the start that still runs is it known what it started.
        const bool isPresent = start.what == QLatin1String("started") && !start.invocation.isEmpty()
            && start.invocation == facts.unit.invocation;
        event.release = isPresent ? host.live : QString();
        event.kind = ReleaseKind::Unknown;
        event.confidence = Confidence::Logged;
        event.outcome = isPresent                   ? ReleaseStatus::Live
            : start.what == QLatin1String("failed") ? ReleaseStatus::Failed
                                                    : ReleaseStatus::Superseded;
        event.at = start.at;
        event.host = facts.host;
        event.raw = start.job.isEmpty() ? start.message : QStringLiteral("%1 (%2)").arg(start.message, start.job);
        m_history.events.push_back(event);
    }

    void addNotes(const HostFacts &facts, const HostRelease &host)
    {
        m_history.notes << unitfacts::unitNotes(facts.host, facts.unit);
        for (const QString &path : {facts.unit.program, facts.unit.folder}) {
            if (path.endsWith(QLatin1String(" (deleted)")))
                m_history.notes << QStringLiteral("%1: %2: it was replaced or removed since the process began")
                                       .arg(facts.host, path);
        }
        if (host.live.isEmpty() && facts.unit.activeState == QLatin1String("active") && facts.unit.reason.isEmpty()
            && facts.unit.pid.isEmpty())
            m_history.notes << QStringLiteral("%1: the unit has no main process").arg(facts.host);
        if (facts.noJournal)
            m_history.notes
                << QStringLiteral("%1: no right to read the journal: earlier starts are not known").arg(facts.host);
    }

    const std::vector<HostFacts> &m_hosts;
    DeploymentHistory m_history;
};

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QString unit = probes::optionText(entry, "unit");
    if (!soFar.empty() || !unitfacts::isUnitName(unit))
        return {};
    std::vector<Request> asked;
    const ShellPart part{unitfacts::unitScript(unit, {}) + journalText, std::chrono::milliseconds(10'000), 384 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const QString unit = probes::optionText(entry, "unit");
    if (!unitfacts::isUnitName(unit) && replies.empty())
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("\"unit\" must be the name of a unit, such as shop.service"));
    const auto hosts = probes::readHosts<HostFacts>(entry, replies, QStringLiteral("ask systemd"), readHost);
    if (const std::optional<Error> error = probes::nothingRead(entry, hosts))
        return failure(*error);
    const QString app = probes::optionText(entry, "app");
    return Value(Builder(app.isEmpty() ? unit : app, hosts).build());
}

} // namespace

const Source systemdDeploymentsSource{
    PaneKind::Deployments,
    "systemd",
    "systemd unit: what really runs",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the unit"},
        {"unit", "string", true, "systemd unit of the application: its main process tells what really runs",
         R"("pattern":"^[A-Za-z0-9][A-Za-z0-9:_.@-]*$")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "systemctl show (anybody); the user of the process or root, to see what it runs; group systemd-journal for its "
    "starts",
};

} // namespace taffrail::sources
