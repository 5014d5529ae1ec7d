// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillcodec.h"

#include "jsonreader.h"
#include "jsonwriting.h"

#include <QCryptographicHash>

namespace taffrail::codec {

namespace {

Json checkJson(const DrillCheck &check)
{
    return {{"name", check.name.toStdString()},   {"sql", check.sql.toStdString()},
            {"min", textOrNull(check.minimum)},   {"max", textOrNull(check.maximum)},
            {"equals", textOrNull(check.equals)}, {"within_percent", numberOrNull(check.within)}};
}

/// What the digest covers.
Json decisiveJson(const DrillPlan &plan)
{
    Json gates = Json::array(), checks = Json::array(), steps = Json::array();
    for (const Gate &gate : plan.gates)
        gates.push_back({{"code", gate.code.toStdString()},
                         {"subject", textOrNull(gate.subject)},
                         {"verdict", verdictWord(gate.verdict).toStdString()},
                         {"overridable", gate.overridable}});
    for (const DrillCheck &check : plan.checks)
        checks.push_back(checkJson(check));
    for (const PlannedStep &step : plan.steps)
        steps.push_back({{"title", step.title.toStdString()}, {"command", step.command.toStdString()}});
    return {{"version", version},
            {"environment", plan.environment.toStdString()},
            {"tier", tierWord(plan.tier).toStdString()},
            {"entry", plan.entry.toStdString()},
            {"tool", plan.tool.toStdString()},
            {"backup", plan.backup.toStdString()},
            {"type", backupTypeWord(plan.type).toStdString()},
            {"location", textOrNull(plan.location)},
            {"host", plan.host.toStdString()},
            {"user", textOrNull(plan.user)},
            {"folder", plan.folder.toStdString()},
            {"scratch", plan.scratch.toStdString()},
            {"socket", plan.socket.toStdString()},
            {"binaries", textOrNull(plan.binaries)},
            {"major", plan.major > 0 ? Json(plan.major) : Json(nullptr)},
            {"database", plan.database.toStdString()},
            {"target", drillTargetWord(plan.target).toStdString()},
            {"logical", plan.logical},
            {"system_id", textOrNull(plan.systemId)},
            {"checks", std::move(checks)},
            {"steps", std::move(steps)},
            {"script", plan.script.toStdString()},
            {"gates", std::move(gates)}};
}

DrillPlan readPlan(const JsonReader &reader)
{
    DrillPlan plan;
    plan.environment = reader.text("environment");
    plan.environmentName = reader.text("environment_name");
    if (const auto tier = tierFromWord(reader.text("tier")))
        plan.tier = *tier;
    plan.entry = reader.text("entry");
    plan.tool = reader.text("tool");
    plan.backup = reader.text("backup");
    plan.type = reader.word("type", backupTypeFromWord, backupTypeWord, BackupType::Full);
    plan.backupStartedAt = reader.time("backup_started_at");
    plan.backupFinishedAt = reader.time("backup_finished_at");
    plan.location = reader.text("location");
    plan.host = reader.text("host");
    plan.user = reader.text("user");
    plan.folder = reader.text("folder");
    plan.scratch = reader.text("scratch");
    plan.socket = reader.text("socket");
    plan.binaries = reader.text("binaries");
    plan.major = std::max(0, reader.smallCount("major"));
    plan.database = reader.text("database");
    plan.target = drillTargetFromWord(reader.text("target")).value_or(DrillTarget::Immediate);
    plan.logical = reader.flag("logical");
    plan.sizeBytes = reader.count("size_bytes");
    plan.needBytes = reader.count("need_bytes");
    plan.systemId = reader.text("system_id");
    reader.each("checks", [&](const JsonReader &each) {
        plan.checks.push_back({each.text("name"), each.text("sql"), each.text("min"), each.text("max"),
                               each.text("equals"), each.number("within_percent")});
    });
    reader.each("steps", [&](const JsonReader &step) {
        plan.steps.push_back({step.text("title"), step.text("command")});
    });
    plan.script = reader.text("script").toUtf8();
    reader.each("gates", [&](const JsonReader &gate) { plan.gates.push_back(readGate(gate)); });
    plan.madeAt = reader.time("made_at");
    plan.digest = reader.text("digest");
    return plan;
}

Json millisecondsOrNull(qint64 milliseconds)
{
    return milliseconds < 0 ? Json(nullptr) : secondsOf(std::chrono::milliseconds(milliseconds));
}

Json resultJson(const DrillResult &result)
{
    Json checks = Json::array();
    for (const DrillCheckResult &check : result.checks)
        checks.push_back({{"name", check.name.toStdString()},
                          {"expected", textOrNull(check.expected)},
                          {"seen", textOrNull(check.seen)},
                          {"live", textOrNull(check.live)},
                          {"verdict", checkVerdictWord(check.verdict).toStdString()},
                          {"detail", textOrNull(check.detail)}});
    return {{"recovered_to", timeOrNull(result.recoveredTo)},
            {"recovered_by", textOrNull(result.recoveredBy)},
            {"loss_s", secondsOrNull(result.loss)},
            {"loss_bytes", countOrNull(result.lossBytes)},
            {"system_id", textOrNull(result.systemId)},
            {"checks", std::move(checks)},
            {"amcheck", textOrNull(result.amcheck)},
            {"amcheck_detail", textOrNull(result.amcheckDetail)},
            {"checksums", textOrNull(result.checksums)},
            {"checksums_detail", textOrNull(result.checksumsDetail)},
            {"restored_bytes", countOrNull(result.restoredBytes)},
            {"wal_files", countOrNull(result.walFiles)},
            {"teardown_proven", result.teardownProven},
            {"backup_at_fault", result.backupAtFault},
            {"problem", textOrNull(result.problem)}};
}

DrillResult readResult(const JsonReader &reader)
{
    DrillResult result;
    result.recoveredTo = reader.time("recovered_to");
    result.recoveredBy = reader.text("recovered_by");
    result.loss = reader.seconds("loss_s");
    result.lossBytes = reader.count("loss_bytes");
    result.systemId = reader.text("system_id");
    reader.each("checks", [&](const JsonReader &each) {
        result.checks.push_back({each.text("name"), each.text("expected"), each.text("seen"), each.text("live"),
                                 each.word("verdict", checkVerdictFromWord, checkVerdictWord, CheckVerdict::Unknown),
                                 each.text("detail")});
    });
    result.amcheck = reader.text("amcheck");
    result.amcheckDetail = reader.text("amcheck_detail");
    result.checksums = reader.text("checksums");
    result.checksumsDetail = reader.text("checksums_detail");
    result.restoredBytes = reader.count("restored_bytes");
    result.walFiles = reader.count("wal_files");
    result.teardownProven = reader.flag("teardown_proven");
    result.backupAtFault = reader.flag("backup_at_fault");
    result.problem = reader.text("problem");
    return result;
}

DrillRun readRun(const JsonReader &reader)
{
    DrillRun run;
    run.id = reader.text("run");
    run.plan = readPlan(reader.object("plan"));
    run.startedBy = reader.text("started_by");
    run.reason = reader.text("reason");
    run.startedAt = reader.time("started_at");
    run.endedAt = reader.time("ended_at");
    run.stage = reader.word("outcome", drillStageFromWord, drillStageWord, DrillStage::Lost);
    const JsonReader live = reader.object("live");
    run.live = {live.time("at"), live.text("system_id"), live.text("lsn"), live.text("error"), {}};
    if (const Json *values = live.find("values"); values && values->is_array()) {
        for (const Json &value : *values) // in the order of the checks: what has no answer keeps its place
            run.live.values << (value.is_string() ? QString::fromStdString(value.get<std::string>()) : QString());
    }
    size_t number = 0;
    reader.each("phases", [&](const JsonReader &each) {
        if (number < run.phases.size()) {
            const auto took = each.seconds("took_s");
            run.phases[number]
                = {each.word("state", stepStageFromWord, stepStageWord, StepState::Stage::Waiting),
                   each.time("started_at"), took ? qint64(took->count()) : -1, each.smallCount("exit_code")};
        }
        ++number;
    });
    run.exitCode = reader.smallCount("exit_code");
    run.logSize = std::max<qint64>(0, reader.count("log_bytes"));
    run.trouble = reader.text("trouble");
    run.result = readResult(reader.object("result"));
    run.message = reader.text("message");
    run.wayForward = reader.text("way_forward");
    return run;
}

} // namespace

Json toJson(const DrillPlan &plan)
{
    Json json = decisiveJson(plan);
    json["environment_name"] = plan.environmentName.toStdString();
    json["backup_started_at"] = timeOrNull(plan.backupStartedAt);
    json["backup_finished_at"] = timeOrNull(plan.backupFinishedAt);
    json["size_bytes"] = countOrNull(plan.sizeBytes);
    json["need_bytes"] = countOrNull(plan.needBytes);
    Json gates = Json::array();
    for (const Gate &gate : plan.gates)
        gates.push_back(gateJson(gate));
    json["gates"] = std::move(gates);
    json["verdict"] = verdictWord(worstVerdict(plan.gates)).toStdString();
    json["made_at"] = timeOrNull(plan.madeAt);
    json["digest"] = textOrNull(plan.digest);
    return json;
}

Json toJson(const DrillRun &run)
{
    Json phases = Json::array();
    for (size_t i = 0; i < run.phases.size(); ++i) {
        const DrillPhaseState &phase = run.phases[i];
        phases.push_back({{"phase", drillPhaseWord(DrillPhase(i)).toStdString()},
                          {"state", stepStageWord(phase.stage).toStdString()},
                          {"started_at", timeOrNull(phase.startedAt)},
                          {"took_s", millisecondsOrNull(phase.tookMs)},
                          {"exit_code", countOrNull(phase.exitCode)}});
    }
    Json values = Json::array();
    for (const QString &value : run.live.values)
        values.push_back(textOrNull(value));
    return {{"version", version},
            {"run", run.id.toStdString()},
            {"plan", toJson(run.plan)},
            {"started_by", run.startedBy.toStdString()},
            {"reason", run.reason.toStdString()},
            {"started_at", timeOrNull(run.startedAt)},
            {"ended_at", timeOrNull(run.endedAt)},
            {"outcome", drillStageWord(run.stage).toStdString()},
            {"live",
             {{"at", timeOrNull(run.live.at)},
              {"system_id", textOrNull(run.live.systemId)},
              {"lsn", textOrNull(run.live.lsn)},
              {"error", textOrNull(run.live.error)},
              {"values", std::move(values)}}},
            {"phases", std::move(phases)},
            {"exit_code", countOrNull(run.exitCode)},
            {"log_bytes", run.logSize},
            {"trouble", textOrNull(run.trouble)},
            {"result", resultJson(run.result)},
            {"message", textOrNull(run.message)},
            {"way_forward", textOrNull(run.wayForward)}};
}

template <> Result<DrillPlan> fromJson<DrillPlan>(const Json &json)
{
    return readAll<DrillPlan>(json, [](const JsonReader &reader) { return readPlan(reader); });
}

template <> Result<DrillRun> fromJson<DrillRun>(const Json &json)
{
    return readAll<DrillRun>(json, [](const JsonReader &reader) { return readRun(reader); });
}

QString drillDigest(const DrillPlan &plan)
{
    // The script holds the room that is needed, which is an estimate: its steps are covered by their commands.
    Json json = decisiveJson(plan);
    json.erase("script");
    return QString::fromLatin1(QCryptographicHash::hash(jsonText(json), QCryptographicHash::Sha256).toHex());
}

} // namespace taffrail::codec
