// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackcodec.h"

#include "drillcodec.h"
#include "jsonreader.h"
#include "jsonwriting.h"

#include <QCryptographicHash>

namespace taffrail::codec {

namespace {

Json stepsJson(const std::vector<PlannedStep> &steps)
{
    Json list = Json::array();
    for (const PlannedStep &step : steps)
        list.push_back({{"title", step.title.toStdString()}, {"command", step.command.toStdString()}});
    return list;
}

std::vector<PlannedStep> readSteps(const JsonReader &reader, const char *key)
{
    std::vector<PlannedStep> steps;
    reader.each(key, [&](const JsonReader &step) { steps.push_back({step.text("title"), step.text("command")}); });
    return steps;
}

Json hostsJson(const std::vector<HostPlan> &hosts)
{
    Json list = Json::array();
    for (const HostPlan &host : hosts) {
        list.push_back({{"host", host.host.toStdString()},
                        {"from", textOrNull(host.from)},
                        {"steps", stepsJson(host.steps)},
                        {"script", host.script.toStdString()},
                        {"undo_steps", stepsJson(host.undoSteps)},
                        {"undo", host.undo.toStdString()}});
    }
    return list;
}

Json changesJson(const std::vector<PlannedChange> &changes)
{
    Json list = Json::array();
    for (const PlannedChange &change : changes)
        list.push_back({{"kind", change.kind.toStdString()},
                        {"subject", textOrNull(change.subject)},
                        {"before", textOrNull(change.before)},
                        {"after", textOrNull(change.after)}});
    return list;
}

/// What the digest covers.
Json decisiveJson(const RollbackPlan &plan)
{
    Json gates = Json::array();
    for (const Gate &gate : plan.gates)
        gates.push_back({{"code", gate.code.toStdString()},
                         {"subject", textOrNull(gate.subject)},
                         {"verdict", verdictWord(gate.verdict).toStdString()},
                         {"overridable", gate.overridable}});
    return {{"version", version},
            {"environment", plan.environment.toStdString()},
            {"tier", tierWord(plan.tier).toStdString()},
            {"app", textOrNull(plan.app)},
            {"entry", plan.entry.toStdString()},
            {"method", plan.method.toStdString()},
            {"target", plan.target.toStdString()},
            {"target_revision", textOrNull(plan.targetRevision)},
            {"hosts", hostsJson(plan.hosts)},
            {"batch", plan.batch},
            {"hold_s", plan.hold.count()},
            {"patience_s", plan.patience.count()},
            {"health_gate", listOf(plan.healthGate)},
            {"changes", changesJson(plan.changes)},
            {"gates", std::move(gates)}};
}

RollbackPlan readPlan(const JsonReader &reader)
{
    RollbackPlan plan;
    plan.environment = reader.text("environment");
    plan.environmentName = reader.text("environment_name");
    if (const auto tier = tierFromWord(reader.text("tier")))
        plan.tier = *tier;
    plan.app = reader.text("app");
    plan.entry = reader.text("entry");
    plan.method = reader.text("method");
    plan.target = reader.text("target");
    plan.targetRevision = reader.text("target_revision");
    reader.each("hosts", [&](const JsonReader &host) {
        plan.hosts.push_back({host.text("host"), host.text("from"), readSteps(host, "steps"),
                              host.text("script").toUtf8(), readSteps(host, "undo_steps"), host.text("undo").toUtf8()});
    });
    plan.batch = std::max(1, reader.smallCount("batch"));
    plan.hold = std::chrono::seconds(std::max<qint64>(0, reader.count("hold_s")));
    plan.patience = std::chrono::seconds(std::max<qint64>(0, reader.count("patience_s")));
    plan.healthGate = reader.words("health_gate");
    plan.badBefore = reader.words("bad_before");
    reader.each("changes", [&](const JsonReader &change) {
        plan.changes.push_back(
            {change.text("kind"), change.text("subject"), change.text("before"), change.text("after")});
    });
    reader.each("gates", [&](const JsonReader &gate) { plan.gates.push_back(readGate(gate)); });
    plan.madeAt = reader.time("made_at");
    plan.digest = reader.text("digest");
    return plan;
}

Json hostRunJson(const HostRun &host)
{
    Json steps = Json::array();
    for (const StepState &step : host.steps)
        steps.push_back({{"title", step.title.toStdString()},
                         {"state", stepStageWord(step.stage).toStdString()},
                         {"started_at", timeOrNull(step.startedAt)},
                         {"ended_at", timeOrNull(step.endedAt)},
                         {"exit_code", countOrNull(step.exitCode)}});
    return {{"host", host.host.toStdString()},
            {"state", hostStageWord(host.stage).toStdString()},
            {"attempt", host.attempt},
            {"job", textOrNull(host.job)},
            {"token", std::to_string(host.token)},
            {"steps", std::move(steps)},
            {"exit_code", countOrNull(host.exitCode)},
            {"log_bytes", host.logSize},
            {"trouble", textOrNull(host.trouble)},
            {"proof", textOrNull(host.proof)}};
}

HostRun readHostRun(const JsonReader &reader)
{
    HostRun host;
    host.host = reader.text("host");
    host.stage = reader.word("state", hostStageFromWord, hostStageWord, HostStage::Lost);
    host.attempt = std::max(0, reader.smallCount("attempt"));
    host.job = reader.text("job");
    host.token = qint64(reader.unsignedText("token"));
    reader.each("steps", [&](const JsonReader &step) {
        host.steps.push_back({step.text("title"),
                              step.word("state", stepStageFromWord, stepStageWord, StepState::Stage::Waiting),
                              step.time("started_at"), step.time("ended_at"), step.smallCount("exit_code")});
    });
    host.exitCode = reader.smallCount("exit_code");
    host.logSize = std::max<qint64>(0, reader.count("log_bytes"));
    host.trouble = reader.text("trouble");
    host.proof = reader.text("proof");
    return host;
}

RollbackRun readRun(const JsonReader &reader)
{
    RollbackRun run;
    run.id = reader.text("run");
    run.version = std::max<qint64>(0, reader.count("revision"));
    run.plan = readPlan(reader.object("plan"));
    run.startedBy = reader.text("started_by");
    run.reason = reader.text("reason");
    reader.each("overrides", [&](const JsonReader &each) {
        run.overrides.push_back({each.text("code"), each.text("reason")});
    });
    run.startedAt = reader.time("started_at");
    run.endedAt = reader.time("ended_at");
    run.stage = reader.word("state", runStageFromWord, runStageWord, RunStage::Lost);
    run.stopAsked = reader.flag("stop_asked");
    reader.each("hosts", [&](const JsonReader &host) { run.hosts.push_back(readHostRun(host)); });
    const JsonReader check = reader.object("verification");
    run.verification
        = {check.time("since"), check.time("until"), check.words("problems"), std::max(0, check.smallCount("looks"))};
    run.message = reader.text("message");
    return run;
}

} // namespace

Json gateJson(const Gate &gate)
{
    return {{"code", gate.code.toStdString()},         {"verdict", verdictWord(gate.verdict).toStdString()},
            {"subject", textOrNull(gate.subject)},     {"answer", textOrNull(gate.answer)},
            {"evidence", evidenceJson(gate.evidence)}, {"hint", textOrNull(gate.hint)},
            {"entry", textOrNull(gate.entry)},         {"observed_at", timeOrNull(gate.observedAt)},
            {"overridable", gate.overridable}};
}

Gate readGate(const JsonReader &reader)
{
    Gate gate;
    gate.code = reader.text("code");
    gate.verdict = reader.word("verdict", verdictFromWord, verdictWord, Verdict::Unknown);
    gate.subject = reader.text("subject");
    gate.answer = reader.text("answer");
    gate.evidence = readEvidence(reader, "evidence");
    gate.hint = reader.text("hint");
    gate.entry = reader.text("entry");
    gate.observedAt = reader.time("observed_at");
    gate.overridable = reader.flag("overridable");
    return gate;
}

Json toJson(const RollbackPlan &plan)
{
    Json json = decisiveJson(plan);
    json["environment_name"] = plan.environmentName.toStdString();
    json["bad_before"] = listOf(plan.badBefore);
    Json gates = Json::array();
    for (const Gate &gate : plan.gates)
        gates.push_back(gateJson(gate));
    json["gates"] = std::move(gates);
    json["verdict"] = verdictWord(worstVerdict(plan.gates)).toStdString();
    json["made_at"] = timeOrNull(plan.madeAt);
    json["digest"] = textOrNull(plan.digest);
    return json;
}

Json toJson(const RollbackRun &run)
{
    Json hosts = Json::array();
    for (const HostRun &host : run.hosts)
        hosts.push_back(hostRunJson(host));
    Json overrides = Json::array();
    for (const Override &each : run.overrides)
        overrides.push_back({{"code", each.code.toStdString()}, {"reason", each.reason.toStdString()}});
    return {{"version", version},
            {"run", run.id.toStdString()},
            {"revision", run.version},
            {"plan", toJson(run.plan)},
            {"started_by", run.startedBy.toStdString()},
            {"reason", run.reason.toStdString()},
            {"overrides", std::move(overrides)},
            {"started_at", timeOrNull(run.startedAt)},
            {"ended_at", timeOrNull(run.endedAt)},
            {"state", runStageWord(run.stage).toStdString()},
            {"stop_asked", run.stopAsked},
            {"hosts", std::move(hosts)},
            {"verification",
             {{"since", timeOrNull(run.verification.since)},
              {"until", timeOrNull(run.verification.until)},
              {"problems", listOf(run.verification.problems)},
              {"looks", run.verification.looks}}},
            {"message", textOrNull(run.message)}};
}

template <> Result<RollbackPlan> fromJson<RollbackPlan>(const Json &json)
{
    return readAll<RollbackPlan>(json, [](const JsonReader &reader) { return readPlan(reader); });
}

template <> Result<RollbackRun> fromJson<RollbackRun>(const Json &json)
{
    return readAll<RollbackRun>(json, [](const JsonReader &reader) { return readRun(reader); });
}

QString planDigest(const RollbackPlan &plan)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(jsonText(decisiveJson(plan)), QCryptographicHash::Sha256).toHex());
}

} // namespace taffrail::codec
