// SPDX-License-Identifier: GPL-3.0-or-later
#include "assessment.h"

#include "rulesupport.h"
#include "summary.h"

#include <algorithm>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds staleAfter(const Observation &observation)
{
    return std::max<std::chrono::milliseconds>(3 * observation.interval, 90s);
}

/// How far the last good value is from now; one from the future is as far off as an old one (our clock was set back).
std::chrono::milliseconds distance(const Observation &observation, const QDateTime &now)
{
    return std::chrono::milliseconds(std::abs(observation.lastGood->at.msecsTo(now)));
}

bool isTransportFailure(const Error &error)
{
    switch (error.kind) {
    case ErrorKind::Timeout:
    case ErrorKind::Unreachable:
    case ErrorKind::NameNotFound:
    case ErrorKind::ConnectionLost:
    case ErrorKind::HostKeyUnknown:
    case ErrorKind::HostKeyChanged:
    case ErrorKind::HostKeyRevoked:
    case ErrorKind::AuthRefused:
    case ErrorKind::AnswerNeeded: return true;
    default: return false;
    }
}

bool isAccepted(const Finding &finding, const QDateTime &now)
{
    return finding.expected && now < finding.expected->until;
}

/// One entry of a pane: its findings, and what the age and the connection of what they rest on make of them.
struct EntryState {
    Status status = Status::Ok;
    bool stale = false;
    QDateTime at;
};

EntryState stateOf(const Facts &facts, const SourceEntry &entry, const std::vector<Finding> &findings)
{
    EntryState state;
    const Observation *observation = facts.snapshot.observation(entry.id);
    const bool hasValue = observation && observation->value();
    if (hasValue) {
        state.at = observation->lastGood->at;
        state.stale = isStale(*observation, facts.now) && entry.onNoData != QLatin1String("ok");
    } else {
        state.status = Status::Unknown;
    }
    for (const Finding &finding : findings) {
        if (finding.pane == entry.pane && finding.entry == entry.id && !isAccepted(finding, facts.now))
            state.status = worse(state.status, finding.severity);
    }
    if (state.stale && state.status < Status::Stale)
        state.status = Status::Stale;
    const Error *error = observation ? observation->error() : nullptr;
    const bool isLost = hasValue && error && isTransportFailure(*error) && isGone(*observation, facts.now);
    if (isLost || rules::isCutOff(facts, entry))
        state.status = worse(state.status, Status::Offline);
    return state;
}

PaneAssessment assessPane(const Facts &facts, PaneKind pane, const std::vector<Finding> &findings)
{
    PaneAssessment result;
    result.pane = pane;
    bool isSetUp = false;
    bool isUnread = false;
    for (const SourceEntry &entry : facts.environment.entries) {
        if (entry.pane != pane)
            continue;
        const Observation *observation = facts.snapshot.observation(entry.id);
        if (pane == PaneKind::Configs && (!observation || (!observation->lastGood && !observation->lastAttempt))) {
            isUnread = true; // settings come after everything else, and are not remembered
            continue;
        }
        isSetUp = true;
        const EntryState state = stateOf(facts, entry, findings);
        result.status = worse(result.status, state.status);
        result.stale = result.stale || state.stale;
        if (state.at.isValid() && (!result.observedAt.isValid() || state.at < result.observedAt))
            result.observedAt = state.at;
    }
    if (!isSetUp) {
        result.summary = isUnread ? QStringLiteral("not read yet") : statusTitle(Status::None);
        return result;
    }
    for (const Finding &finding : findings) {
        if (finding.pane == pane && finding.entry.isEmpty() && !isAccepted(finding, facts.now))
            result.status = worse(result.status, finding.severity);
    }
    result.summary = summaryOf(facts, pane);
    return result;
}

} // namespace

bool isStale(const Observation &observation, const QDateTime &now)
{
    return !observation.value() || !now.isValid() || distance(observation, now) > staleAfter(observation);
}

bool isGone(const Observation &observation, const QDateTime &now)
{
    if (!observation.value())
        return false;
    return distance(observation, now) > std::max(10 * observation.interval, staleAfter(observation));
}

Assessment assess(const Facts &facts)
{
    Assessment result;
    result.findings = findingsOf(facts);
    for (int i = 0; i < paneCount; ++i) {
        const PaneAssessment pane = assessPane(facts, PaneKind(i), result.findings);
        result.status = worse(result.status, pane.status);
        result.stale = result.stale || pane.stale;
        // Settings are read at a slower pace of their own; their pane says how old they are.
        const bool counts = PaneKind(i) != PaneKind::Configs && pane.observedAt.isValid();
        if (counts && (!result.observedAt.isValid() || pane.observedAt < result.observedAt))
            result.observedAt = pane.observedAt;
        result.panes[size_t(i)] = pane;
    }
    for (const Finding &finding :
         result.findings) { // such as a host that is down under an environment without a health pane
        if (finding.entry.isEmpty() && !isAccepted(finding, facts.now))
            result.status = worse(result.status, finding.severity);
    }
    return result;
}

} // namespace taffrail
