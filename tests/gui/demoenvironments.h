// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demostate.h"

namespace taffrail::demo {

inline Draft well(const QString &id = QStringLiteral("shop-production"))
{
    Draft draft = demo::draft(id, QStringLiteral("Shop production"), QStringLiteral("shop"), Tier::Production);
    fill(draft);
    return draft;
}

inline Draft warning()
{
    Draft draft = demo::draft(QStringLiteral("shop-staging"), QStringLiteral("Shop staging"), QStringLiteral("shop"),
                              Tier::Staging);
    fill(draft);
    good(draft, PaneKind::Migrations, migrations(true), 2, Status::Notice, QStringLiteral("1 pending"));
    good(draft, PaneKind::Health, health(Status::Warning), 2, Status::Warning, QStringLiteral("1 of 3 bad: host.disk"));
    addFinding(draft, PaneKind::Health, Status::Warning, QStringLiteral("Disk /srv on web1 is 91 % full"),
               QStringLiteral("Remove old releases or grow the volume"));
    addFinding(draft, PaneKind::Migrations, Status::Notice, QStringLiteral("1 migration is pending"),
               QStringLiteral("Apply it before the next deploy"));
    return draft;
}

inline Draft critical()
{
    Draft draft = demo::draft(QStringLiteral("billing-production"), QStringLiteral("Billing production"),
                              QStringLiteral("billing"), Tier::Production);
    fill(draft);
    good(draft, PaneKind::Backups, backups(9 * 86400), 4, Status::Critical, QStringLiteral("full 9 d ago"));
    addFinding(draft, PaneKind::Backups, Status::Critical,
               QStringLiteral("The newest usable backup is 9 d old, the target is 1 d"),
               QStringLiteral("Run pgbackrest --stanza=main backup on db1 and see why cron did not"));
    return draft;
}

inline Draft stale()
{
    Draft draft = demo::draft(QStringLiteral("ledger-production"), QStringLiteral("Ledger production"),
                              QStringLiteral("ledger"), Tier::Production);
    fill(draft, 420);
    for (PaneAssessment &pane : draft.assessment.panes) {
        if (pane.status == Status::Ok) {
            pane.status = Status::Stale;
            pane.stale = true;
        }
    }
    draft.snapshot.remembered = true;
    return draft;
}

inline Error unreachable()
{
    return {ErrorKind::Unreachable, QStringLiteral("connect"), QStringLiteral("deploy@web1:22"),
            QStringLiteral("no answer within 10 s"), QStringLiteral("Check the route to 10.0.0.5")};
}

inline Draft offline()
{
    Draft draft = demo::draft(QStringLiteral("billing-testing"), QStringLiteral("Billing testing"),
                              QStringLiteral("billing"), Tier::Testing);
    fill(draft, 2300);
    for (const PaneKind pane : {PaneKind::Deployments, PaneKind::Migrations, PaneKind::Backups, PaneKind::Health}) {
        draft.assessment.panes[size_t(pane)].stale = true;
        failed(draft, pane, unreachable(), Status::Offline);
    }
    Link &link = draft.snapshot.links.front();
    link.state = LinkState::Down;
    link.since = before(2300);
    link.retryAt = now().addSecs(20);
    link.error = unreachable();
    return draft;
}

inline Draft denied()
{
    Draft draft = demo::draft(QStringLiteral("ledger-staging"), QStringLiteral("Ledger staging"),
                              QStringLiteral("ledger"), Tier::Staging);
    fill(draft);
    slotOf(draft, PaneKind::Migrations).lastGood.reset();
    failed(draft, PaneKind::Migrations,
           {ErrorKind::Denied, QStringLiteral("read"), QStringLiteral("main"),
            QStringLiteral("permission denied for table alembic_version"),
            QStringLiteral("GRANT SELECT ON public.alembic_version TO taffrail;")},
           Status::Unknown);
    slotOf(draft, PaneKind::Backups).lastGood.reset();
    failed(draft, PaneKind::Backups,
           {ErrorKind::Timeout,
            QStringLiteral("read"),
            QStringLiteral("web1"),
            QStringLiteral("pgbackrest info gave no answer within 8 s"),
            {}},
           Status::Unknown);
    slotOf(draft, PaneKind::Health).lastGood.reset();
    failed(draft, PaneKind::Health,
           {ErrorKind::BadData,
            QStringLiteral("parse"),
            QStringLiteral("web1"),
            QStringLiteral("line 3: expected a number, found \"abc\""),
            {}},
           Status::Unknown);
    draft.assessment.panes[size_t(PaneKind::Migrations)].observedAt = {};
    return draft;
}

inline Draft empty()
{
    Draft draft = demo::draft(QStringLiteral("search-testing"), QStringLiteral("Search testing"),
                              QStringLiteral("search"), Tier::Testing);
    DeploymentHistory none;
    none.source = QStringLiteral("capistrano");
    MigrationHistories histories = migrations(false);
    histories.histories.front().migrations.clear();
    good(draft, PaneKind::Deployments, none, 4, Status::Unknown, QStringLiteral("no releases"));
    good(draft, PaneKind::Migrations, histories, 4, Status::Ok, QStringLiteral("none applied"));
    good(draft, PaneKind::Backups, BackupSet(), 4, Status::Critical, QStringLiteral("no backup"));
    good(draft, PaneKind::Health, HealthReport(), 4, Status::Unknown, QStringLiteral("no checks"));
    return draft;
}

inline Draft unread()
{
    Draft draft = demo::draft(QStringLiteral("search-development"), QStringLiteral("Search development"),
                              QStringLiteral("search"), Tier::Development);
    for (PaneAssessment &pane : draft.assessment.panes)
        pane.status = Status::Unknown;
    draft.assessment.panes[size_t(PaneKind::Configs)].status = Status::None;
    return draft;
}

inline Draft bare()
{
    Draft draft
        = demo::draft(QStringLiteral("tools-development"), QStringLiteral("Tools development"), {}, Tier::Development);
    draft.spec.entries.clear();
    draft.snapshot.observations.clear();
    return draft;
}

inline Draft partial()
{
    Draft draft = demo::draft(QStringLiteral("search-production"), QStringLiteral("Search production"),
                              QStringLiteral("search"), Tier::Production);
    fill(draft);
    SourceEntry http = entry(PaneKind::Health, QStringLiteral("http"), QStringLiteral("web1"));
    draft.spec.entries.push_back(http);
    Observation slot;
    slot.pane = PaneKind::Health;
    slot.entry = http.id;
    slot.source = http.source;
    slot.subject = QStringLiteral("https://search.example.com/healthz");
    Attempt attempt;
    attempt.at = before(1);
    attempt.result = failure(
        Error{ErrorKind::ToolFailed, QStringLiteral("read"), slot.subject, QStringLiteral("answered 503"), {}});
    slot.lastAttempt = attempt;
    draft.snapshot.observations.push_back(slot);
    draft.assessment.panes[size_t(PaneKind::Health)].status = Status::Unknown;
    return draft;
}

inline Draft large()
{
    Draft draft = demo::draft(QStringLiteral("archive-staging"), QStringLiteral("Archive staging"),
                              QStringLiteral("archive"), Tier::Staging);
    fill(draft);
    good(draft, PaneKind::Deployments, deployments(300), 4, Status::Ok, QStringLiteral("2.14.3, 31 min ago by ci-1"));
    return draft;
}

inline Draft hostile()
{
    Draft draft = demo::draft(QStringLiteral("hostile-testing"), QStringLiteral("<b>ALL GREEN</b><br>&name"),
                              QStringLiteral("<i>hostile</i>"), Tier::Testing);
    fill(draft);
    DeploymentHistory history = deployments();
    history.releases.front().version = QStringLiteral("<img src=x>%1 %2 ") + QString(600, QLatin1Char('W'));
    history.releases.front().note = QStringLiteral("line one\nline two\t| <script>alert(1)</script>");
    good(draft, PaneKind::Deployments, history, 4, Status::Ok, QStringLiteral("<u>2.14.3</u> %1"));
    good(draft, PaneKind::Health, health(Status::Critical), 4, Status::Critical, QStringLiteral("1 of 3 bad"));
    addFinding(draft, PaneKind::Health, Status::Critical,
               QStringLiteral("<h1>fine</h1> %1 ") + QString(400, QLatin1Char('x')), {});
    return draft;
}

inline std::vector<EnvironmentStatePtr> allStates()
{
    return {stateOf(well()),    stateOf(warning()), stateOf(critical()), stateOf(stale()),
            stateOf(offline()), stateOf(denied()),  stateOf(empty()),    stateOf(unread()),
            stateOf(bare()),    stateOf(partial()), stateOf(large()),    stateOf(hostile())};
}

inline void feed(items::ConsoleModels &models, const std::vector<EnvironmentStatePtr> &states)
{
    models.setNow(now());
    std::vector<EnvironmentSpecPtr> specs;
    for (const EnvironmentStatePtr &state : states)
        specs.push_back(state->environment);
    models.setEnvironments(specs);
    for (const EnvironmentStatePtr &state : states)
        models.apply(state);
}

} // namespace taffrail::demo
