// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

namespace taffrail::codec {

namespace {

Json hostJson(const HostRelease &host)
{
    return {
        {"host", host.host.toStdString()},
        {"live", textOrNull(host.live)},
        {"dangling", host.dangling},
        {"revision", textOrNull(host.revision)},
        {"switched_at", timeOrNull(host.switchedAt)},
        {"free_bytes", countOrNull(host.freeBytes)},
        {"running", textOrNull(host.running)},
        {"error", host.error ? toJson(*host.error) : Json(nullptr)},
    };
}

Json releaseJson(const Release &release)
{
    return {
        {"id", textOrNull(release.id)},
        {"version", textOrNull(release.version)},
        {"revision", textOrNull(release.revision)},
        {"branch", textOrNull(release.branch)},
        {"deployed_at", timeOrNull(release.deployedAt)},
        {"deployed_by", textOrNull(release.deployedBy)},
        {"status", releaseStatusWord(release.status).toStdString()},
        {"kind", releaseKindWord(release.kind).toStdString()},
        {"confidence", confidenceWord(release.confidence).toStdString()},
        {"live_on", listOf(release.liveOn)},
        {"present_on", listOf(release.presentOn)},
        {"deploys_until_pruned", countOrNull(release.deploysUntilPruned)},
        {"note", textOrNull(release.note)},
    };
}

Json eventJson(const DeployEvent &event)
{
    return {
        {"release", textOrNull(event.release)},
        {"from", textOrNull(event.from)},
        {"kind", releaseKindWord(event.kind).toStdString()},
        {"confidence", confidenceWord(event.confidence).toStdString()},
        {"outcome", releaseStatusWord(event.outcome).toStdString()},
        {"actor", textOrNull(event.actor)},
        {"at", timeOrNull(event.at)},
        {"not_before", timeOrNull(event.notBefore)},
        {"not_after", timeOrNull(event.notAfter)},
        {"host", textOrNull(event.host)},
        {"raw", textOrNull(event.raw)},
    };
}

Release readRelease(const JsonReader &reader)
{
    Release release;
    release.id = reader.text("id");
    release.version = reader.text("version");
    release.revision = reader.text("revision");
    release.branch = reader.text("branch");
    release.deployedAt = reader.time("deployed_at");
    release.deployedBy = reader.text("deployed_by");
    release.status = reader.word("status", releaseStatusFromWord, releaseStatusWord, ReleaseStatus::Available);
    release.kind = reader.word("kind", releaseKindFromWord, releaseKindWord, ReleaseKind::Unknown);
    release.confidence = reader.word("confidence", confidenceFromWord, confidenceWord, Confidence::Inferred);
    release.liveOn = reader.words("live_on");
    release.presentOn = reader.words("present_on");
    release.deploysUntilPruned = reader.smallCount("deploys_until_pruned");
    release.note = reader.text("note");
    return release;
}

DeployEvent readEvent(const JsonReader &reader)
{
    DeployEvent event;
    event.release = reader.text("release");
    event.from = reader.text("from");
    event.kind = reader.word("kind", releaseKindFromWord, releaseKindWord, ReleaseKind::Unknown);
    event.confidence = reader.word("confidence", confidenceFromWord, confidenceWord, Confidence::Inferred);
    event.outcome = reader.word("outcome", releaseStatusFromWord, releaseStatusWord, ReleaseStatus::Superseded);
    event.actor = reader.text("actor");
    event.at = reader.time("at");
    event.notBefore = reader.time("not_before");
    event.notAfter = reader.time("not_after");
    event.host = reader.text("host");
    event.raw = reader.text("raw");
    return event;
}

} // namespace

Json deploymentsJson(const DeploymentHistory &history)
{
    Json hosts = Json::array();
    for (const HostRelease &host : history.hosts)
        hosts.push_back(hostJson(host));
    Json releases = Json::array();
    for (const Release &release : history.releases)
        releases.push_back(releaseJson(release));
    Json events = Json::array();
    for (const DeployEvent &event : history.events)
        events.push_back(eventJson(event));
    return {
        {"kind", "deployments"},
        {"source", textOrNull(history.source)},
        {"app", textOrNull(history.app)},
        {"live", textOrNull(history.live)},
        {"hosts", std::move(hosts)},
        {"releases", std::move(releases)},
        {"events", std::move(events)},
        {"locked", lockJson(history.locked)},
        {"keep_releases", countOrNull(history.keepReleases)},
        {"notes", listOf(history.notes)},
    };
}

DeploymentHistory readDeployments(const JsonReader &reader)
{
    DeploymentHistory history;
    history.source = reader.text("source");
    history.app = reader.text("app");
    history.live = reader.text("live");
    reader.each("hosts", [&](const JsonReader &host) {
        history.hosts.push_back({host.text("host"), host.text("live"), host.flag("dangling"), host.text("revision"),
                                 host.time("switched_at"), host.count("free_bytes"), host.text("running"),
                                 readOptionalError(host, "error")});
    });
    reader.each("releases", [&](const JsonReader &release) { history.releases.push_back(readRelease(release)); });
    reader.each("events", [&](const JsonReader &event) { history.events.push_back(readEvent(event)); });
    history.locked = readLock(reader, "locked");
    history.keepReleases = reader.smallCount("keep_releases");
    history.notes = reader.words("notes");
    return history;
}

} // namespace taffrail::codec
