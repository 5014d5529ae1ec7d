// SPDX-License-Identifier: GPL-3.0-or-later
// What tells that something is wrong, and whether it tells the truth.
#include "readinesssupport.h"

#include "readinessentries.h"
#include "rulesupport.h"
#include "text.h"

#include <QRegularExpression>
#include <QSet>
#include <QUrl>

#include <algorithm>

namespace taffrail::readiness {

namespace {

using rules::counted;

const HealthReport *healthOf(const Facts &facts, const SourceEntry &entry, const Observation *&observation)
{
    observation = facts.snapshot.observation(entry.id);
    return observation ? valueAs<HealthReport>(*observation) : nullptr;
}

const HealthCheck *checkOf(const HealthReport &report, const char *code)
{
    const auto found = std::ranges::find(report.checks, QString::fromLatin1(code), &HealthCheck::code);
    return found == report.checks.end() ? nullptr : &*found;
}

QString shownUrl(const SourceEntry &entry)
{
    const QUrl url(entry.options.value(QStringLiteral("url")).toString());
    return url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
}

/// An endpoint that says of itself how it is: a body that is understood, or the text that the inventory expects.
ReadinessResult healthEndpoint(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health, "http")) {
        const Observation *observation = nullptr;
        const HealthReport *report = healthOf(facts, *entry, observation);
        const QString url = shownUrl(*entry);
        if (!report) {
            judgement.unknown(QStringLiteral("%1: %2").arg(url, reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        const HealthCheck *status = checkOf(*report, "http.status");
        const HealthCheck *body = checkOf(*report, "http.body");
        if (status && status->value.value_or(0) == 404)
            judgement.fail(QStringLiteral("%1: there is none (404)").arg(url));
        else if (!status || status->status == Status::Unknown || !status->value)
            judgement.unknown(QStringLiteral("%1: %2").arg(url, status ? status->text : QStringLiteral("no answer")));
        else if (!body || body->status == Status::Unknown)
            judgement.fail(QStringLiteral("%1: %2, and says nothing of its health").arg(url, status->text));
        else
            judgement.pass(QStringLiteral("%1: %2").arg(url, status->text));
    }
    judgement.fix(
        QStringLiteral("Serve a health answer (application/health+json or a word such as \"pass\") and name it in an "
                       "http health entry"));
    if (judgement.isEmpty())
        return unknownBecause(QStringLiteral("the inventory names no HTTP endpoint"),
                              QStringLiteral("Add an http health entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// The databases that could not be reached at the newest look, with the reason.
QStringList databasesAway(const Facts &facts)
{
    QStringList away;
    for (const DatabaseSpec &database : facts.environment.databases) {
        const Link *link = facts.snapshot.link(database.id, true);
        if (link && link->state == LinkState::Down && link->error
            && (link->error->kind == ErrorKind::Unreachable || link->error->kind == ErrorKind::ConnectionLost))
            away << QStringLiteral("%1: %2").arg(database.id, link->error->text);
    }
    return away;
}

bool namesDatabase(const QString &components)
{
    static const QRegularExpression words(
        QStringLiteral(
            "(^|[^a-z])(db|database|databases|postgres|postgresql|pg|sql|datasource|jdbc|mysql|npgsql|ecto|repo|"
            "active_?record|sqlalchemy)([^a-z]|$)"),
        QRegularExpression::CaseInsensitiveOption);
    return words.match(components).hasMatch();
}

/// Its own report turns red when the database is away: seen when it was, or told by a component of that name.
ReadinessResult honestEndpoint(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (facts.environment.databases.empty())
        return notApplicable(QStringLiteral("the inventory names no database here"));
    const QStringList away = databasesAway(facts);
    Judgement judgement;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health, "http")) {
        const Observation *observation = nullptr;
        const HealthReport *report = healthOf(facts, *entry, observation);
        const HealthCheck *status = report ? checkOf(*report, "http.status") : nullptr;
        const QString url = shownUrl(*entry);
        if (!status || status->status == Status::Unknown) {
            judgement.unknown(QStringLiteral("%1: %2").arg(url, status ? status->text : reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        QString components;
        for (const HostPosture &posture : endpointPostures(facts)) {
            if (posture.host == entry->options.value(QStringLiteral("url")).toString())
                components = posture.value(QStringLiteral("health.components"));
        }
        if (!away.isEmpty() && status->status == Status::Ok)
            judgement.fail(
                QStringLiteral("%1 %2 while the database is away (%3)").arg(url, status->text, away.first()));
        else if (!away.isEmpty())
            judgement.pass(QStringLiteral("%1 %2 while the database is away").arg(url, status->text));
        else if (namesDatabase(components))
            judgement.pass(QStringLiteral("%1 reports its database: %2").arg(url, components));
        else
            judgement.unknown(
                QStringLiteral("%1 reports no database%2: whether it turns red is not known")
                    .arg(url, components.isEmpty() ? QString() : QStringLiteral(", only %1").arg(components)));
    }
    judgement.fix(
        QStringLiteral("Let the endpoint ask the database and name it as a component (\"checks\": {\"database\": …}), "
                       "and answer 503 when it is away"));
    if (judgement.isEmpty())
        return unknownBecause(QStringLiteral("the inventory names no HTTP endpoint"),
                              QStringLiteral("Add an http health entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

struct Exporter {
    int port;
    const char *name;
};
// Ports that the exporters' own documentation gives as the default.
constexpr Exporter exporters[] = {{9100, "node_exporter"},
                                  {9187, "postgres_exporter"},
                                  {9113, "nginx exporter"},
                                  {9101, "haproxy_exporter"},
                                  {8125, "statsd"},
                                  {4317, "OpenTelemetry collector"},
                                  {4318, "OpenTelemetry collector"},
                                  {9256, "process-exporter"},
                                  {9115, "blackbox_exporter"}};

/// Seen: /metrics in the Prometheus format, or an exporter at its usual port. Elsewhere may be others.
ReadinessResult metricsExposed(const ReadinessFacts &all)
{
    Judgement judgement;
    for (const HostPosture &endpoint : endpointPostures(all.facts)) {
        if (endpoint.value(QStringLiteral("metrics.state")) != QLatin1String("exposed"))
            continue;
        judgement.seen(*endpoint.observation);
        judgement.pass(QStringLiteral("%1: /metrics answers in the Prometheus format").arg(QUrl(endpoint.host).host()));
    }
    for (const HostPosture &posture : hostPostures(all.facts)) {
        const QStringList ports = posture.value(QStringLiteral("listen.ports")).split(QLatin1Char(','));
        QStringList found;
        for (const Exporter &exporter : exporters) {
            if (ports.contains(QString::number(exporter.port)))
                found << QStringLiteral("%1 (port %2)").arg(QLatin1String(exporter.name)).arg(exporter.port);
        }
        if (found.isEmpty())
            continue;
        judgement.seen(*posture.observation);
        judgement.pass(QStringLiteral("%1: %2 listens").arg(posture.host, found.join(QStringLiteral(", "))));
    }
    if (judgement.isEmpty())
        return unknownBecause(
            QStringLiteral("no /metrics and no exporter at its usual port was seen; others may be there"),
            QStringLiteral("Expose /metrics or run node_exporter and postgres_exporter; switch this off with "
                           "the reason where metrics are pushed"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// That an alert reached a person only a person can say: the day stands in the inventory. What is read of the alert
/// manager shows that there is a channel, no more.
ReadinessResult alertsTested(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    const ReadinessPolicy policy = readinessPolicyOf(facts.environment);
    Judgement judgement;
    if (policy.alertsTestedAt.isValid())
        judgeRecorded(judgement, facts, policy.alertsTestedAt, policy.alertsTestedEvery,
                      QStringLiteral("a test alert arrived"));
    for (const char *source : {"alertmanager", "prometheus"}) {
        for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health, source)) {
            const Observation *observation = nullptr;
            const HealthReport *report = healthOf(facts, *entry, observation);
            if (!report) {
                judgement.unknown(QStringLiteral("%1: %2").arg(entry->id, reasonOf(observation)));
                continue;
            }
            judgement.seen(*observation);
            const QString line = QStringLiteral("%1: alerts are read from it").arg(entry->id);
            if (policy.alertsTestedAt.isValid())
                judgement.note(line);
            else
                judgement.unknown(line + QStringLiteral("; no test of the way to people is on record"));
        }
    }
    if (judgement.isEmpty())
        return notApplicable(QStringLiteral("not set up: the inventory names neither an alert manager nor the day of a "
                                            "test (readiness: alerts_tested_at)"));
    judgement.fix(QStringLiteral("Send a test alert to the people on call, and write the day into the inventory: "
                                 "\"readiness\": {\"alerts_tested_at\": \"%1\"}")
                      .arg(facts.now.toString(QStringLiteral("yyyy-MM-dd"))));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// A health entry that a person wrote counts the connections of every database.
ReadinessResult connectionsMonitored(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    if (facts.environment.databases.empty())
        return notApplicable(QStringLiteral("the inventory names no database here"));
    Judgement judgement;
    for (const DatabaseSpec &database : facts.environment.databases) {
        const auto entries = writtenEntries(facts, PaneKind::Health, "postgres");
        const auto entry = std::ranges::find(entries, database.id, &SourceEntry::database);
        if (entry == entries.end()) {
            judgement.fail(QStringLiteral("%1: no health entry watches it").arg(database.id));
            continue;
        }
        const Observation *observation = nullptr;
        const HealthReport *report = healthOf(facts, **entry, observation);
        const HealthCheck *check = report ? checkOf(*report, "postgres.connections") : nullptr;
        if (!check || check->status == Status::Unknown) {
            judgement.unknown(QStringLiteral("%1: %2").arg(database.id, check ? check->text : reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        judgement.pass(QStringLiteral("%1: %2").arg(database.id, check->text));
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("Add {\"source\": \"postgres\", \"database\": …} to the health entries")
                      : QStringLiteral("Mend the connection to the database; GRANT pg_monitor to Taffrail's role"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// The runbook is linked, and its address answers from here. A sign-in page counts as an answer.
ReadinessResult runbookReachable(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    judgement.fix(
        QStringLiteral("\"runbook\": \"https://…\" in the environment, at an address that answers from this computer"));
    if (facts.environment.runbook.isEmpty()) {
        judgement.fail(QStringLiteral("the environment has no runbook"));
        return judgement.result(ReadinessVerdict::Fail);
    }
    for (const HostPosture &posture : endpointPostures(facts, "reachable")) {
        const QString state = posture.value(QStringLiteral("reachable.state"));
        const ConfigEntry *entry = posture.entry(QStringLiteral("reachable.state"));
        const QString line = QStringLiteral("%1: %2").arg(posture.host, entry ? entry->note : posture.why);
        if (posture.set)
            judgement.seen(*posture.observation);
        if (state == QLatin1String("yes"))
            judgement.pass(line);
        else if (state == QLatin1String("no"))
            judgement.fail(line);
        else
            judgement.unknown(line);
    }
    if (judgement.isEmpty())
        judgement.unknown(QStringLiteral("%1: not asked yet").arg(facts.environment.runbook));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Every host's and database's clock is in step, as far as it is watched.
ReadinessResult clocksInStep(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    QSet<QString> watched;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health)) {
        const Observation *observation = nullptr;
        const HealthReport *report = healthOf(facts, *entry, observation);
        for (const HealthCheck &check : report ? report->checks : std::vector<HealthCheck>()) {
            if (check.code != QLatin1String("host.clock") && check.code != QLatin1String("postgres.clock"))
                continue;
            watched.insert(check.host);
            judgement.seen(*observation);
            const QString line = QStringLiteral("%1: %2").arg(check.host, check.text);
            if (check.status == Status::Unknown)
                judgement.unknown(line);
            else if (check.status >= Status::Notice)
                judgement.fail(line);
            else
                judgement.pass(line);
        }
    }
    for (const HostSpec &host : facts.environment.hosts) {
        if (!watched.contains(host.id) && !host.local)
            judgement.unknown(QStringLiteral("%1: its clock was not read").arg(host.id));
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail) ? QStringLiteral("Run chrony or systemd-timesyncd on the host")
                                                        : QStringLiteral("Add a host health entry for every host"));
    return judgement.result(ReadinessVerdict::NotApplicable);
}

/// Every host and database answered at the newest look.
ReadinessResult connectionsTested(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    const auto judge = [&](const QString &subject, bool isDatabase) {
        const Link *link = facts.snapshot.link(subject, isDatabase);
        const QString what = isDatabase ? QStringLiteral("database %1").arg(subject) : subject;
        if (link && link->state == LinkState::Up)
            judgement.pass(
                QStringLiteral("%1: %2").arg(what, link->peer.isEmpty() ? QStringLiteral("connected") : link->peer));
        else if (link && link->state == LinkState::Down)
            judgement.fail(
                QStringLiteral("%1: %2").arg(what, link->error ? link->error->text : QStringLiteral("no connection")));
        else
            judgement.unknown(QStringLiteral("%1: not tried yet").arg(what));
    };
    for (const HostSpec &host : facts.environment.hosts) {
        if (!host.local)
            judge(host.id, false);
    }
    for (const DatabaseSpec &database : facts.environment.databases)
        judge(database.id, true);
    judgement.seen(facts.snapshot.takenAt);
    judgement.fix(QStringLiteral("Test the connection in the window: it says which stage fails and what mends it"));
    return judgement.isEmpty() ? notApplicable(QStringLiteral("nothing here is reached over a network"))
                               : judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &healthCriteria()
{
    static const std::vector<Criterion> table{
        {"connections.tested", "Health", "Every host and database answers", connectionsTested},
        {"health.endpoint", "Health", "A health endpoint is there", healthEndpoint},
        {"health.honest", "Health", "It turns red when the database is away", honestEndpoint},
        {"metrics.exposed", "Health", "Metrics are exposed", metricsExposed},
        {"alerts.tested", "Health", "Alerts reach people, tested", alertsTested},
        {"db.connections-watched", "Health", "Database connections are watched", connectionsMonitored},
        {"clock.in-step", "Health", "Clocks are in step", clocksInStep},
        {"runbook.reachable", "Health", "The runbook can be reached", runbookReachable},
    };
    return table;
}

} // namespace taffrail::readiness
