// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <algorithm>
#include <set>

using namespace taffrail;
using namespace std::chrono_literals;
using codec::Json;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

/// QCOMPARE cannot print JSON: its conversions are implicit.
QString shown(const Json &json)
{
    return QString::fromUtf8(codec::jsonText(json));
}

const QDateTime noon(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);

std::set<std::string> keysOf(const Json &json)
{
    std::set<std::string> keys;
    for (const auto &[key, value] : json.items())
        keys.insert(key);
    return keys;
}

bool hasKeys(const Json &json, const std::set<std::string> &wanted)
{
    const std::set<std::string> keys = keysOf(json);
    return std::ranges::includes(keys, wanted);
}

EnvironmentStatePtr stateOf(const Result<ValuePtr> &lastTry)
{
    EnvironmentSpec environment;
    environment.id = utf8("shop-production");
    environment.name = utf8("Shop production");
    environment.service = utf8("shop");
    environment.tier = Tier::Production;
    SourceEntry entry;
    entry.id = utf8("pgbackrest");
    entry.source = utf8("pgbackrest");
    entry.pane = PaneKind::Backups;
    environment.entries = {entry};

    BackupSet set;
    set.source = utf8("pgbackrest");
    Observation observation;
    observation.pane = PaneKind::Backups;
    observation.entry = entry.id;
    observation.source = entry.source;
    observation.subject = utf8("main");
    observation.lastGood = Attempt{noon.addSecs(-20), 150ms, ValuePtr(std::make_shared<const Value>(set))};
    observation.lastAttempt = Attempt{noon.addSecs(-2), 3s, lastTry};
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->environment = environment.id;
    snapshot->observations = {observation};

    auto state = std::make_shared<EnvironmentState>();
    state->environment = std::make_shared<const EnvironmentSpec>(environment);
    state->snapshot = snapshot;
    state->now = noon;
    state->assessment = assess(Facts{*state->environment, *snapshot, nullptr, {}, noon});
    return state;
}

Error secretError()
{
    return {ErrorKind::ToolFailed, utf8("list"), utf8("db1"), utf8("cannot open s3://key:hunter2@bucket"),
            utf8("export PGPASSWORD=hunter2")};
}

} // namespace

class TestOutwardJson : public QObject {
    Q_OBJECT
private slots:
    void statusHasTheDocumentedShape()
    {
        const EnvironmentStatePtr state = stateOf(failure(secretError()));
        const Json json = codec::statusJson({state}, noon, false);
        QCOMPARE(shown(json.at("version")), shown(1));
        QCOMPARE(shown(json.at("generated_at")), shown("2026-11-20T12:00:00Z"));
        const Json &environment = json.at("environments").at(0);
        QVERIFY(hasKeys(environment, {"id", "name", "service", "tier", "status", "panes", "findings"}));
        QCOMPARE(shown(environment.at("tier")), shown("production"));
        QCOMPARE(keysOf(environment.at("panes")),
                 (std::set<std::string>{"deployments", "migrations", "backups", "health", "configs"}));
        for (const Json &pane : environment.at("panes"))
            QVERIFY(hasKeys(pane, {"status", "summary", "observed_at", "age_s", "stale", "observations"}));
        const Json &pane = environment.at("panes").at("backups");
        QCOMPARE(shown(pane.at("age_s")), shown(20));
        QCOMPARE(shown(pane.at("stale")), shown(false));
        const Json &observation = pane.at("observations").at(0);
        QVERIFY(hasKeys(observation, {"source", "subject", "observed_at", "took_s", "error"}));
        QVERIFY(!observation.contains("value"));
        QCOMPARE(shown(observation.at("observed_at")), shown("2026-11-20T11:59:40Z"));
        QCOMPARE(shown(observation.at("error").at("kind")), shown("tool-failed"));
        QVERIFY(hasKeys(observation.at("error"), {"kind", "step", "subject", "text", "hint"}));
        for (const Json &finding : environment.at("findings"))
            QVERIFY(hasKeys(finding,
                            {"code", "severity", "subject", "title", "evidence", "hint", "observed_at", "expected"}));
        QCOMPARE(shown(environment.at("status")), shown("unknown"));
        const Json &unset = environment.at("panes").at("health");
        QCOMPARE(shown(unset.at("status")), shown("none"));
        QVERIFY(unset.at("age_s").is_null());
        QVERIFY(unset.at("observed_at").is_null());
    }

    void noSecretLeaves()
    {
        const EnvironmentStatePtr state = stateOf(failure(secretError()));
        for (const Json &json : {codec::statusJson({state}, noon, true), codec::paneJson(*state, PaneKind::Backups),
                                 codec::parseResultJson(failure(secretError()), state->assessment.findings)})
            QVERIFY2(!codec::jsonText(json).contains("hunter2"), codec::jsonText(json, 2).constData());
    }

    void valuesOnlyWhenAsked()
    {
        const EnvironmentStatePtr state = stateOf(failure(secretError()));
        const Json with = codec::statusJson({state}, noon, true);
        const Json &value = with.at("environments")[0].at("panes").at("backups").at("observations")[0].at("value");
        QVERIFY(hasKeys(value, {"source", "repository", "latest_finished_at", "archive", "backups", "assessment"}));
        const Json pane = codec::paneJson(*state, PaneKind::Backups);
        QVERIFY(pane.at("findings").is_array());
        for (const Json &finding : pane.at("findings"))
            QCOMPARE(finding.at("pane").get<std::string>(), std::string("backups"));
        QCOMPARE(shown(pane.at("environment")), shown("shop-production"));
        QVERIFY(pane.at("pane").at("observations")[0].contains("value"));
    }

    void parseResultIsValueOrError()
    {
        const Json good = codec::parseResultJson(Value(HealthReport()), {});
        QVERIFY(good.at("value").is_object());
        QVERIFY(good.at("error").is_null());
        QVERIFY(good.at("findings").is_array());
        const Json bad
            = codec::parseResultJson(failure(ErrorKind::BadData, utf8("parse"), utf8("line 3"), utf8("cut off")), {});
        QVERIFY(bad.at("value").is_null());
        QCOMPARE(shown(bad.at("error").at("subject")), shown("line 3"));
    }

    void valuesHaveTheDocumentedMembers()
    {
        DeploymentHistory history;
        history.releases.resize(1);
        history.locked = HeldLock{utf8("ada"), noon, utf8("release day")};
        Json json = codec::toJson(Value(history));
        QVERIFY(hasKeys(json, {"source", "app", "live", "releases", "locked"}));
        QVERIFY(hasKeys(json.at("releases")[0],
                        {"id", "version", "revision", "branch", "deployed_at", "deployed_by", "status", "note"}));
        QCOMPARE(keysOf(json.at("locked")), (std::set<std::string>{"by", "since", "reason"}));

        MigrationHistory migrations;
        migrations.migrations.resize(1);
        migrations.migrations[0].kinds = {MigrationKind::Expand, MigrationKind::Contract};
        migrations.migrations[0].took = 1500ms;
        json = codec::toJson(Value(MigrationHistories{{migrations}})).at("histories")[0];
        QVERIFY(hasKeys(json, {"source", "table", "current", "lock", "migrations"}));
        const Json &migration = json.at("migrations")[0];
        QVERIFY(hasKeys(migration,
                        {"version", "name", "state", "provenance", "applied_at", "applied_by", "took_s", "checksum",
                         "kind", "reversible", "release"}));
        QCOMPARE(shown(migration.at("kind")), shown("contract"));
        QCOMPARE(shown(migration.at("took_s")), shown(1.5));

        BackupSet set;
        set.backups.resize(1);
        set.archive = ArchiveState();
        set.archive->lag = 0s;
        json = codec::toJson(Value(set));
        QVERIFY(hasKeys(json.at("archive"), {"last_archived_at", "lag_s", "failed_count"}));
        QCOMPARE(shown(json.at("archive").at("lag_s")), shown(0)); // nothing at risk is a zero, not known is null
        QVERIFY(hasKeys(json.at("backups")[0],
                        {"id", "type", "started_at", "finished_at", "size_bytes", "location", "encrypted", "state",
                         "problem", "verified_at"}));
        QVERIFY(
            hasKeys(json.at("assessment"), {"ok", "latest_finished_at", "time_is_start", "type", "count", "problem"}));

        HealthReport report;
        report.checks.resize(1);
        json = codec::toJson(Value(report));
        QVERIFY(hasKeys(json.at("checks")[0],
                        {"code", "subject", "status", "value", "unit", "warning", "critical", "text"}));
    }
};

QTEST_GUILESS_MAIN(TestOutwardJson)
#include "tst_outwardjson.moc"
