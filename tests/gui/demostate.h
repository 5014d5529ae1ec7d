// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "consolemodels.h"

#include <memory>

/// Environments in every condition that a pane can be in, judged by hand, so that tests of the window rest on nothing
/// else.
namespace taffrail::demo {

inline QDateTime now()
{
    return QDateTime::fromString(QStringLiteral("2026-11-20T14:34:26Z"), Qt::ISODate);
}

inline QDateTime before(qint64 seconds)
{
    return now().addSecs(-seconds);
}

struct Draft {
    EnvironmentSpec spec;
    Snapshot snapshot;
    Assessment assessment;
};

inline SourceEntry entry(PaneKind pane, const QString &source, const QString &host)
{
    SourceEntry made;
    made.id = source;
    made.pane = pane;
    made.source = source;
    made.hosts = QStringList{host};
    return made;
}

inline Draft draft(const QString &id, const QString &name, const QString &service, Tier tier)
{
    Draft made;
    made.spec.id = id;
    made.spec.name = name;
    made.spec.service = service;
    made.spec.tier = tier;
    made.spec.mode = tier == Tier::Production ? Mode::Guarded : Mode::Open;
    made.spec.tags = QStringList{QStringLiteral("eu")};
    HostSpec host;
    host.id = QStringLiteral("web1");
    made.spec.hosts = {host};
    DatabaseSpec database;
    database.id = QStringLiteral("main");
    made.spec.databases = {database};
    made.spec.entries = {entry(PaneKind::Deployments, QStringLiteral("capistrano"), QStringLiteral("web1")),
                         entry(PaneKind::Migrations, QStringLiteral("alembic"), QStringLiteral("web1")),
                         entry(PaneKind::Backups, QStringLiteral("pgbackrest"), QStringLiteral("web1")),
                         entry(PaneKind::Health, QStringLiteral("host"), QStringLiteral("web1"))};
    made.snapshot.environment = id;
    made.snapshot.generation = 7;
    made.snapshot.takenAt = before(4);
    for (const SourceEntry &one : made.spec.entries) {
        Observation slot;
        slot.pane = one.pane;
        slot.entry = one.id;
        slot.source = one.source;
        slot.subject = one.hosts.value(0);
        made.snapshot.observations.push_back(slot);
    }
    Link up;
    up.subject = QStringLiteral("web1");
    up.state = LinkState::Up;
    up.since = before(3600);
    up.peer = QStringLiteral("deploy@10.0.0.5:22");
    Link data = up;
    data.subject = QStringLiteral("main");
    data.isDatabase = true;
    data.peer = QStringLiteral("main at 10.0.0.9:5432 (primary)");
    made.snapshot.links = {up, data};
    return made;
}

inline Observation &slotOf(Draft &draft, PaneKind pane)
{
    return draft.snapshot.observations[size_t(pane)];
}

template <typename T> void good(Draft &draft, PaneKind pane, T value, qint64 age, Status status, const QString &summary)
{
    Attempt attempt;
    attempt.at = before(age);
    attempt.took = std::chrono::milliseconds(38);
    attempt.result = std::make_shared<const Value>(std::move(value));
    slotOf(draft, pane).lastGood = attempt;
    slotOf(draft, pane).lastAttempt = attempt;
    draft.assessment.panes[size_t(pane)] = {pane, status, status == Status::Stale, summary, before(age)};
}

inline void failed(Draft &draft, PaneKind pane, const Error &error, Status status)
{
    Attempt attempt;
    attempt.at = before(2);
    attempt.result = failure(error);
    slotOf(draft, pane).lastAttempt = attempt;
    PaneAssessment &judged = draft.assessment.panes[size_t(pane)];
    judged.pane = pane;
    judged.status = status;
    if (judged.summary.isEmpty())
        judged.summary = error.text;
}

inline Release release(const QString &version, qint64 age, ReleaseStatus status)
{
    Release made;
    made.id = QStringLiteral("2026") + version;
    made.version = version;
    made.revision = QStringLiteral("9f31c2d84be17a0c55e0f2b6");
    made.deployedAt = before(age);
    made.deployedBy = QStringLiteral("ci-1");
    made.status = status;
    made.presentOn = QStringList{QStringLiteral("web1")};
    if (status == ReleaseStatus::Live)
        made.liveOn = made.presentOn;
    return made;
}

inline DeploymentHistory deployments(int extra = 0)
{
    DeploymentHistory history;
    history.source = QStringLiteral("capistrano");
    history.app = QStringLiteral("shop");
    HostRelease host;
    host.host = QStringLiteral("web1");
    history.hosts = {host};
    history.releases = {release(QStringLiteral("2.14.3"), 1860, ReleaseStatus::Live),
                        release(QStringLiteral("2.14.2"), 3 * 86400, ReleaseStatus::Available),
                        release(QStringLiteral("2.14.1"), 8 * 86400, ReleaseStatus::Failed),
                        release(QStringLiteral("2.14.0"), 9 * 86400, ReleaseStatus::RolledBack)};
    history.releases[2].note = QStringLiteral("assets:precompile exited with 1");
    for (int i = 0; i < extra; ++i)
        history.releases.push_back(
            release(QStringLiteral("1.%1.0").arg(i), (10 + i) * 86400LL, ReleaseStatus::Available));
    return history;
}

inline Migration migration(int order, const QString &name, MigrationState state)
{
    Migration made;
    made.version = QStringLiteral("2026111%1").arg(order, 2, 10, QLatin1Char('0'));
    made.name = name;
    made.state = state;
    made.flags = {state};
    made.order = order;
    made.reversible = order % 2 ? Reversible::No : Reversible::Yes;
    made.release = QStringLiteral("20262.14.3");
    if (state == MigrationState::Applied) {
        made.appliedAt = before(3600 * (20 - order));
        made.took = std::chrono::milliseconds(1200 * order + 80);
    }
    return made;
}

inline MigrationHistories migrations(bool pending)
{
    MigrationHistory history;
    history.source = QStringLiteral("alembic");
    history.database = QStringLiteral("main");
    history.table = QStringLiteral("public.alembic_version");
    history.migrations = {migration(0, QStringLiteral("create_orders"), MigrationState::Applied),
                          migration(1, QStringLiteral("split_address"), MigrationState::Applied),
                          migration(2, QStringLiteral("add_invoice_idx"), MigrationState::Applied)};
    if (pending)
        history.migrations.push_back(migration(3, QStringLiteral("drop_legacy_totals"), MigrationState::Pending));
    return {{history}};
}

inline BackupSet backups(qint64 newest)
{
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    set.repository = QStringLiteral("s3:shop-backups");
    for (int i = 0; i < 3; ++i) {
        Backup backup;
        backup.id = QStringLiteral("2026111%1-020000F").arg(9 - i);
        backup.type = i == 1 ? BackupType::Differential : BackupType::Full;
        backup.startedAt = before(newest + i * 86400 + 760);
        backup.finishedAt = before(newest + i * 86400);
        backup.sizeBytes = 48'318'382'080;
        backup.trust = i == 0 ? Trust::Checksums : Trust::Restored;
        backup.verifiedAt = before(newest + i * 86400 - 600);
        set.backups.push_back(backup);
    }
    ArchiveState archive;
    archive.mode = QStringLiteral("on");
    archive.lastArchivedAt = before(12);
    archive.unarchivedBytes = 1'048'576;
    archive.lag = std::chrono::seconds(12);
    set.archive = archive;
    return set;
}

inline HealthCheck check(const QString &code, Status status, double value, const QString &unit, const QString &text)
{
    HealthCheck made;
    made.code = code;
    made.host = QStringLiteral("web1");
    made.status = status;
    made.value = value;
    made.unit = unit;
    made.warning = 80;
    made.critical = 95;
    made.text = text;
    return made;
}

inline HealthReport health(Status worst)
{
    HealthReport report;
    report.source = QStringLiteral("host");
    report.checks = {
        check(QStringLiteral("host.cpu"), Status::Ok, 23.4, QStringLiteral("%"), QStringLiteral("23.4 % busy")),
        check(QStringLiteral("host.disk"), worst, 91, QStringLiteral("%"),
              QStringLiteral("/srv is 91 % full, 4.1 GiB left")),
        check(QStringLiteral("host.memory"), Status::Ok, 61, QStringLiteral("%"), QStringLiteral("3.2 GiB available"))};
    return report;
}

inline void addFinding(Draft &draft, PaneKind pane, Status severity, const QString &title, const QString &hint)
{
    Finding finding;
    finding.code = paneWord(pane) + QStringLiteral(".demo");
    finding.pane = pane;
    finding.severity = severity;
    finding.subject = QStringLiteral("main");
    finding.title = title;
    finding.hint = hint;
    finding.observedAt = before(4);
    finding.evidence.insert(QStringLiteral("limit"), 24);
    draft.assessment.findings.push_back(finding);
}

inline void fill(Draft &draft, qint64 age = 4)
{
    good(draft, PaneKind::Deployments, deployments(), age, Status::Ok, QStringLiteral("2.14.3, 31 min ago by ci-1"));
    good(draft, PaneKind::Migrations, migrations(false), age, Status::Ok, QStringLiteral("head add_invoice_idx"));
    good(draft, PaneKind::Backups, backups(5 * 3600), age, Status::Ok, QStringLiteral("full 5 h ago"));
    good(draft, PaneKind::Health, health(Status::Ok), age, Status::Ok, QStringLiteral("3 of 3 good"));
}

inline EnvironmentStatePtr stateOf(Draft draft)
{
    Assessment &assessment = draft.assessment;
    assessment.status = Status::None;
    for (const PaneAssessment &pane : assessment.panes) {
        assessment.status = worse(assessment.status, pane.status);
        assessment.stale = assessment.stale || pane.stale;
        if (pane.observedAt.isValid() && (!assessment.observedAt.isValid() || pane.observedAt < assessment.observedAt))
            assessment.observedAt = pane.observedAt;
    }
    auto state = std::make_shared<EnvironmentState>();
    state->environment = std::make_shared<const EnvironmentSpec>(std::move(draft.spec));
    state->snapshot = std::make_shared<const Snapshot>(std::move(draft.snapshot));
    state->assessment = std::move(draft.assessment);
    state->now = now();
    return state;
}

} // namespace taffrail::demo
