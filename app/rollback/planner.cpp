// SPDX-License-Identifier: GPL-3.0-or-later
#include "planner.h"

#include "carried.h"

#include <algorithm>

namespace taffrail {

using planning::HostLook;
namespace files = sources::migrations;

namespace {

constexpr char lookName[] = "look";
constexpr char claimName[] = "claim";
constexpr char filesName[] = "files";
constexpr auto filesLimit = std::chrono::milliseconds(20'000);
constexpr qint64 mostFileBytes = 4 * 1024 * 1024;

/// The answer to one shell part, or why there is none.
Result<sources::ShellReply> shellOf(const sources::Reply &reply)
{
    if (const auto *shell = reply.as<sources::ShellReply>())
        return *shell;
    return failure(reply.error() ? *reply.error()
                                 : Error{ErrorKind::BadData,
                                         QStringLiteral("plan"),
                                         reply.subject,
                                         QStringLiteral("an answer of another kind"),
                                         {}});
}

} // namespace

Planner::Planner(Courier &courier, planning::Subject subject, QObject *parent)
    : QObject(parent),
      m_courier(courier),
      m_subject(std::move(subject))
{
}

void Planner::start()
{
    askHosts();
    askFiles();
    m_open = m_requests.size();
    if (m_open == 0) {
        QMetaObject::invokeMethod(this, &Planner::finish, Qt::QueuedConnection);
        return;
    }
    m_courier.send(m_subject.state->environment, m_requests, [this](size_t index, const sources::Reply &reply) {
        take(m_requests[index].name, reply);
        if (--m_open == 0)
            finish();
    });
}

void Planner::askHosts()
{
    const QString &environment = m_subject.state->environment->id;
    const QString lock = planning::lockOf(environment, *m_subject.entry);
    const jobs::Places places = planning::placesOf(environment, *m_subject.entry);
    // Hosts that have the target live already are asked for claims, too: a run may be under way there.
    for (const HostRelease &host : m_subject.history->hosts) {
        m_requests.push_back(
            {QLatin1String(claimName), host.host,
             sources::ShellPart{jobs::claimScript(places, lock), std::chrono::milliseconds(5'000), 8192},
             sources::Lane::Slow});
    }
    for (const QString &host : m_subject.hosts()) {
        const auto part = m_subject.executor->look(m_subject.switchOf(host));
        if (!part)
            m_looks[host].look = failure(part.error());
        else if (!part->script.isEmpty())
            m_requests.push_back({QLatin1String(lookName), host, *part, sources::Lane::Slow});
    }
}

void Planner::askFiles()
{
    for (const gates::AppHistory &each : gates::historiesOf(*m_subject.state->snapshot, m_subject.policy)) {
        if (const SourceEntry *entry = m_subject.state->environment->entry(each.observation->entry))
            wantFiles(*entry, *each.history);
    }
}

void Planner::wantFiles(const SourceEntry &entry, const MigrationHistory &history)
{
    const auto specs = files::filesOf(entry);
    if (!specs) {
        m_troubles << sentence(specs.error());
        return;
    }
    for (const files::FilesSpec &spec : *specs) {
        if (!spec.table.isEmpty() && spec.table != history.table
            && !history.table.endsWith(QLatin1Char('.') + spec.table))
            continue;
        // Files of another host's checkout say nothing about a release of this application.
        const auto hosts = m_subject.history->hosts;
        if (std::ranges::find(hosts, spec.host, &HostRelease::host) == hosts.end())
            continue;
        const auto place = m_subject.executor->carried(m_subject.switchOf(spec.host), spec.path);
        if (!place) {
            m_troubles << sentence(place.error());
            continue;
        }
        m_wanted.push_back({&history, spec.host, place->path, history.source, *place});
        m_requests.push_back(
            {QLatin1String(filesName) + QString::number(m_wanted.size() - 1), spec.host,
             sources::ShellPart{place->before + files::filesScript(place->path, history.source) + place->after,
                                filesLimit, mostFileBytes},
             sources::Lane::Slow});
        return;
    }
}

void Planner::take(const QString &what, const sources::Reply &reply)
{
    if (what == QLatin1String(lookName)) {
        m_looks[reply.subject].look = shellOf(reply);
    } else if (what == QLatin1String(claimName)) {
        const Result<sources::ShellReply> shell = shellOf(reply);
        m_looks[reply.subject].claim = shell ? jobs::parsedClaim(shell->out, reply.subject)
                                             : Result<std::optional<jobs::Claim>>(failure(shell.error()));
    } else {
        const Wanted &wanted = m_wanted[what.mid(qsizetype(sizeof filesName) - 1).toULong()];
        const files::FileRoot root = files::readFiles({wanted.host, wanted.path, {}}, reply);
        const auto carried = files::carriedMigrations(*wanted.history, root);
        if (carried)
            m_carried.push_back(*carried);
        else
            m_troubles << sentence(carried.error());
    }
}

void Planner::finish()
{
    emit finished(planning::planOf(m_subject, m_looks, m_carried, m_troubles, QDateTime::currentDateTimeUtc()));
    deleteLater();
}

} // namespace taffrail
