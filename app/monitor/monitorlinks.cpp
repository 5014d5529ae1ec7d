// SPDX-License-Identifier: GPL-3.0-or-later
// Connections as the monitor sees them, and what is worth a line in the activity list.
#include "monitor.h"

#include "watched.h"

#include <algorithm>

namespace taffrail {

void Monitor::linkChanged(const ssh::LinkEvent &event)
{
    Link link;
    link.state = event.state;
    link.since = event.since;
    link.error = event.error;
    link.retryAt = event.retryAt;
    link.peer = event.peer;
    for (const auto &[environment, host] : m_hostsOfKey.values(event.key)) {
        link.subject = host;
        setLink(*m_watched[environment], link);
    }
}

void Monitor::databaseLinkChanged(const QString &key, const Link &link)
{
    for (const auto &[environment, database] : m_databasesOfKey.values(key)) {
        Link own = link;
        own.subject = database;
        own.isDatabase = true;
        // Rights are told with the session, not with the state of its link.
        for (const Link &old : m_watched[environment]->links) {
            if (old.isDatabase && old.subject == database)
                own.missingGrants = old.missingGrants;
        }
        setLink(*m_watched[environment], own);
    }
}

void Monitor::setLink(Watched &watched, const Link &link)
{
    const auto old = std::ranges::find_if(watched.links, [&link](const Link &each) {
        return each.subject == link.subject && each.isDatabase == link.isDatabase;
    });
    if (old == watched.links.end() || *old == link)
        return;
    const bool turned = old->state != link.state && link.state != LinkState::Connecting
        && !(old->state == LinkState::Idle && link.state == LinkState::Up);
    *old = link;
    markChanged(watched);
    if (!turned)
        return;
    const bool down = link.state == LinkState::Down;
    const QString words = down
        ? tr("%1 is offline: %2").arg(link.subject, link.error ? sentence(*link.error) : tr("the connection ended"))
        : tr("%1 is connected again").arg(link.subject);
    if (down || link.state == LinkState::Up)
        emit activity(QDateTime::currentDateTimeUtc(), watched.spec->id, words, down ? Status::Offline : Status::Ok);
}

void Monitor::noteChanges(const Watched &watched, const EnvironmentState &state)
{
    if (!watched.shown || watched.shown->snapshot->remembered)
        return;
    const auto firstPane = int(PaneKind::Deployments);
    for (int i = firstPane; i < paneCount; ++i) {
        const PaneAssessment &was = watched.shown->assessment.panes[size_t(i)];
        const PaneAssessment &is = state.assessment.panes[size_t(i)];
        if (was.status == is.status || !was.observedAt.isValid())
            continue;
        emit activity(
            state.now, watched.spec->id,
            tr("%1: %2 → %3. %4").arg(paneWord(is.pane), statusTitle(was.status), statusTitle(is.status), is.summary),
            is.status);
    }
}

} // namespace taffrail
