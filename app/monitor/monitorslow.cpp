// SPDX-License-Identifier: GPL-3.0-or-later
// What the Monitor asks of the slow lane.
#include "watched.h"

namespace taffrail {

using namespace std::chrono_literals;

namespace {

constexpr auto gathering = 300ms; // slow answers of several hosts lead to one reading of their entry, not to several

} // namespace

void Monitor::expireSlow(Watched &watched)
{
    watched.slow.expire();
    for (size_t entry = 0; entry < watched.observations.size(); ++entry) {
        if (watched.observations[entry].pane == PaneKind::Configs)
            m_schedule.hurryEntry(watched.spec->id, entry, std::chrono::steady_clock::now());
    }
}

void Monitor::askSlow(Watched &watched, size_t entry, const sources::Request &request)
{
    const QString name = watched.spec->entries[entry].id;
    watched.slow.setUnderWay(name, request);
    ++m_slowUnderWay;
    m_courier.send(watched.spec, {request},
                   [this, &watched, entry, name, request](size_t, const sources::Reply &reply) {
                       const bool good = reply.result.has_value();
                       --m_slowUnderWay;
                       const Observation &observation = watched.observations[entry];
                       watched.slow.keep(name, request, reply,
                                         observation.pane == PaneKind::Configs ? observation.interval * 4 / 5
                                                                               : SlowReplies::lifetime);
                       if (good || !watched.slow.find(name, request)->result) {
                           m_schedule.hurryEntry(watched.spec->id, entry, std::chrono::steady_clock::now() + gathering);
                           schedule();
                       }
                   });
}

} // namespace taffrail
