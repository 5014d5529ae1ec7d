// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"
#include "jsonwriting.h"

#include "text.h"

namespace taffrail::codec {

namespace {

Json ageOrNull(const QDateTime &at, const QDateTime &now)
{
    return at.isValid() ? Json(ageOf(at, now).count()) : Json(nullptr);
}

/// Output leaves the program here: what looks like a secret in a message is blotted out.
Json outwardError(const Error *error)
{
    if (!error)
        return nullptr;
    Error shown = *error;
    shown.text = redacted(shown.text);
    shown.hint = redacted(shown.hint);
    return toJson(shown);
}

Json observationJson(const SourceEntry &entry, const Observation *observation, bool withValue)
{
    const bool hasGood = observation && observation->lastGood;
    const bool hasTry = observation && observation->lastAttempt;
    Json json{
        {"source", textOrNull(entry.source)},
        {"entry", textOrNull(entry.id)},
        {"subject", observation ? textOrNull(observation->subject) : Json(nullptr)},
        {"observed_at", hasGood ? timeOrNull(observation->lastGood->at) : Json(nullptr)},
        {"attempted_at", hasTry ? timeOrNull(observation->lastAttempt->at) : Json(nullptr)},
        {"took_s", hasTry ? secondsOf(observation->lastAttempt->took) : Json(nullptr)},
        {"error", outwardError(observation ? observation->error() : nullptr)},
    };
    if (withValue) {
        const Value *value = observation ? observation->value() : nullptr;
        json["value"] = value ? toJson(*value) : Json(nullptr);
    }
    return json;
}

Json paneShape(const EnvironmentState &state, PaneKind pane, bool withValues)
{
    const PaneAssessment &assessment = state.assessment.pane(pane);
    Json observations = Json::array();
    for (const SourceEntry &entry : state.environment->entries) {
        if (entry.pane == pane)
            observations.push_back(
                observationJson(entry, state.snapshot ? state.snapshot->observation(entry.id) : nullptr, withValues));
    }
    return {
        {"status", statusWord(assessment.status).toStdString()},
        {"summary", textOrNull(redacted(assessment.summary))},
        {"observed_at", timeOrNull(assessment.observedAt)},
        {"age_s", ageOrNull(assessment.observedAt, state.now)},
        {"stale", assessment.stale},
        {"observations", std::move(observations)},
    };
}

Json findingsJson(const std::vector<Finding> &findings)
{
    Json list = Json::array();
    for (Finding finding : findings) {
        finding.title = redacted(finding.title);
        finding.hint = redacted(finding.hint);
        list.push_back(toJson(finding));
    }
    return list;
}

Json environmentJson(const EnvironmentState &state, bool withValues)
{
    Json panes = Json::object();
    for (int i = 0; i < paneCount; ++i)
        panes[paneWord(PaneKind(i)).toStdString()] = paneShape(state, PaneKind(i), withValues);
    return {
        {"id", state.environment->id.toStdString()},
        {"name", textOrNull(state.environment->name)},
        {"service", textOrNull(state.environment->service)},
        {"tier", tierWord(state.environment->tier).toStdString()},
        {"status", statusWord(state.assessment.status).toStdString()},
        {"stale", state.assessment.stale},
        {"observed_at", timeOrNull(state.assessment.observedAt)},
        {"panes", std::move(panes)},
        {"findings", findingsJson(state.assessment.findings)},
    };
}

} // namespace

Json statusJson(const std::vector<EnvironmentStatePtr> &states, const QDateTime &now, bool withValues)
{
    Json environments = Json::array();
    for (const EnvironmentStatePtr &state : states) {
        if (state && state->environment)
            environments.push_back(environmentJson(*state, withValues));
    }
    return {{"version", version}, {"generated_at", timeOrNull(now)}, {"environments", std::move(environments)}};
}

Json paneJson(const EnvironmentState &state, PaneKind pane)
{
    std::vector<Finding> own;
    std::ranges::copy_if(state.assessment.findings, std::back_inserter(own),
                         [pane](const Finding &finding) { return finding.pane == pane; });
    return {
        {"version", version},
        {"generated_at", timeOrNull(state.now)},
        {"environment", state.environment->id.toStdString()},
        {"pane", paneShape(state, pane, true)},
        {"findings", findingsJson(own)},
    };
}

Json parseResultJson(const Result<Value> &result, const std::vector<Finding> &findings)
{
    return {
        {"value", result ? toJson(*result) : Json(nullptr)},
        {"error", result ? Json(nullptr) : outwardError(&result.error())},
        {"findings", findingsJson(findings)},
    };
}

} // namespace taffrail::codec
