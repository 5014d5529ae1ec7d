// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillplanning.h"

#include "drillcodec.h"
#include "text.h"

#include <algorithm>

namespace taffrail::drilling {

namespace {

tl::unexpected<Error> refused(ErrorKind kind, const QString &subject, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), subject, text, hint);
}

Result<const SourceEntry *> entryOf(const EnvironmentSpec &environment, const QString &wanted)
{
    QStringList known;
    const SourceEntry *only = nullptr;
    for (const SourceEntry &entry : environment.entries) {
        if (entry.pane != PaneKind::Backups)
            continue;
        if (!wanted.isEmpty() && entry.id == wanted) {
            if (drills::drillToolFor(entry.source))
                return &entry;
            return refused(
                ErrorKind::Unsupported, entry.id, QStringLiteral("backups of %1 can't be tried").arg(entry.source),
                QStringLiteral("Drills know %1.").arg(drills::drillableSources().join(QStringLiteral(", "))));
        }
        if (drills::drillToolFor(entry.source)) {
            known << entry.id;
            only = &entry;
        }
    }
    if (wanted.isEmpty() && known.size() == 1)
        return only;
    if (known.isEmpty())
        return refused(ErrorKind::BadConfig, environment.id, QStringLiteral("it has no backups that can be tried"),
                       QStringLiteral("Drills know %1.").arg(drills::drillableSources().join(QStringLiteral(", "))));
    return refused(
        ErrorKind::NotFound, environment.id,
        wanted.isEmpty()
            ? QStringLiteral("it has several backups: %1").arg(known.join(QStringLiteral(", ")))
            : QStringLiteral("it has no backups \"%1\"; it has %2").arg(wanted, known.join(QStringLiteral(", "))),
        QStringLiteral("Name one with --source."));
}

Result<Backup> backupOf(const BackupSet &set, const SourceEntry &entry, const QString &wanted)
{
    for (const Backup &backup : set.backups) {
        if (wanted.isEmpty() ? isUsable(backup) : backup.id == wanted)
            return backup;
    }
    return wanted.isEmpty()
        ? Result<Backup>(refused(ErrorKind::NotFound, entry.id, QStringLiteral("no usable backup is listed")))
        : Result<Backup>(refused(ErrorKind::NotFound, entry.id, QStringLiteral("there is no backup \"%1\"").arg(wanted),
                                 QStringLiteral("\"taffrail backups\" lists them.")));
}

/// A copy without any table is no copy, whatever the inventory asks.
DrillCheck tablesCheck()
{
    DrillCheck check;
    check.name = QStringLiteral("tables");
    check.sql = QStringLiteral("select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = "
                               "c.relnamespace where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> "
                               "'information_schema'");
    check.minimum = QStringLiteral("1");
    return check;
}

constexpr char liveName[] = "live";

} // namespace

Result<Subject> subjectOf(const EnvironmentStatePtr &state, const Wish &wish)
{
    const EnvironmentSpec &environment = *state->environment;
    if (environment.mode == Mode::Locked)
        return refused(ErrorKind::Denied, environment.id, QStringLiteral("the environment is locked"),
                       QStringLiteral("Its mode in the inventory refuses every act."));
    const auto entry = entryOf(environment, wish.entry);
    if (!entry)
        return failure(entry.error());
    const Observation *observation = state->snapshot->observation((*entry)->id);
    const auto *set = observation ? valueAs<BackupSet>(*observation) : nullptr;
    if (!set)
        return observation && observation->error()
            ? Result<Subject>(failure(*observation->error()))
            : Result<Subject>(
                refused(ErrorKind::NotFound, (*entry)->id, QStringLiteral("its backups were not read yet")));
    auto backup = backupOf(*set, **entry, wish.backup);
    if (!backup)
        return failure(backup.error());
    Subject subject;
    subject.state = state;
    subject.entry = *entry;
    subject.backup = std::move(*backup);
    subject.policy = drillPolicyOf(environment, **entry, subject.problems);
    if (!wish.host.isEmpty())
        subject.policy.host = wish.host;
    if (!environment.host(subject.policy.host))
        return refused(ErrorKind::NotFound, environment.id,
                       QStringLiteral("it has no host \"%1\"").arg(subject.policy.host),
                       QStringLiteral("Name one with --host."));
    subject.tool = drills::drillToolFor((*entry)->source);
    subject.target = wish.target;
    if (wish.target == DrillTarget::Latest && !subject.tool->reachesLatest
        && (subject.tool->logical || subject.policy.restoreCommand.isEmpty()))
        return refused(ErrorKind::Unsupported, (*entry)->id,
                       QStringLiteral("a backup of %1 holds no WAL beyond its own end").arg((*entry)->source),
                       QStringLiteral("Use --target immediate."));
    return subject;
}

DrillPlan planOf(const Subject &subject, const DrillLook &look, const QDateTime &now)
{
    const EnvironmentSpec &environment = *subject.state->environment;
    DrillPlan plan;
    plan.environment = environment.id;
    plan.environmentName = environment.name;
    plan.tier = environment.tier;
    plan.entry = subject.entry->id;
    plan.tool = subject.entry->source;
    plan.backup = subject.backup.id;
    plan.type = subject.backup.type;
    plan.backupStartedAt = subject.backup.startedAt;
    plan.backupFinishedAt = subject.backup.finishedIsStart ? QDateTime() : subject.backup.finishedAt;
    if (subject.tool->logical && !plan.backupStartedAt.isValid() && subject.backup.finishedIsStart)
        plan.backupStartedAt = subject.backup.finishedAt;
    plan.location = subject.backup.location;
    plan.host = subject.policy.host;
    plan.user = subject.policy.user;
    plan.folder = subject.policy.folder;
    plan.database = subject.policy.database;
    plan.target = subject.target;
    plan.logical = subject.tool->logical;
    plan.scratch = plan.folder + QLatin1Char('/') + scratchName(plan);
    plan.socket = plan.scratch + QStringLiteral("/s");
    std::tie(plan.major, plan.binaries) = fittingBinaries(look);
    plan.sizeBytes = look.sizeBytes;
    plan.needBytes = roomFor(look);
    plan.systemId = look.systemId;
    plan.checks = subject.policy.checks;
    plan.checks.insert(plan.checks.begin(), tablesCheck());
    plan.madeAt = now;
    QStringList problems = subject.problems;
    const bool isCompared
        = std::ranges::any_of(plan.checks, [](const DrillCheck &check) { return check.within.has_value(); });
    if (isCompared && subject.entry->database.isEmpty())
        problems << QStringLiteral(
            "checks are held against the live database, but the entry names none: they can't pass");
    plan.gates = drillGates(plan, look, subject.backup, problems);
    drills::writeSteps(*subject.tool, subject.drill(), look, plan);
    plan.digest = codec::drillDigest(plan);
    return plan;
}

QString lockName()
{
    return QStringLiteral("drill");
}

jobs::Places places()
{
    return {QStringLiteral("/var/lib/taffrail/drills"), QStringLiteral("~/.taffrail/drills")};
}

std::vector<sources::Request> liveRequests(const DrillPlan &plan, const QString &database)
{
    std::vector<sources::Request> requests;
    if (database.isEmpty())
        return requests;
    const auto ask = [&](const QString &name, const QByteArray &sql) {
        requests.push_back({name, database, sources::SqlQuery{sql, {}}, sources::Lane::Slow});
    };
    ask(QLatin1String(liveName),
        "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as at, (case when "
        "pg_is_in_recovery() "
        "then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end)::text as lsn, (select system_identifier::text "
        "from "
        "pg_control_system()) as system_id");
    for (size_t i = 0; i < plan.checks.size(); ++i) {
        if (plan.checks[i].within)
            ask(QString::number(i), plan.checks[i].sql.toUtf8());
    }
    return requests;
}

DrillLive liveOf(const DrillPlan &plan, const QString &database, const sources::Replies &replies)
{
    DrillLive live;
    live.values.resize(qsizetype(plan.checks.size()));
    if (database.isEmpty())
        live.error = QStringLiteral("the entry names no database");
    for (const sources::Reply &reply : replies) {
        const auto *rows = reply.as<sources::SqlReply>();
        if (!rows) {
            if (live.error.isEmpty())
                live.error = reply.error() ? sentence(*reply.error()) : QStringLiteral("no answer");
            continue;
        }
        if (reply.name == QLatin1String(liveName)) {
            const auto text = [rows](const char *column) {
                const QByteArray *cell = rows->cell(0, column);
                return cell ? QString::fromUtf8(*cell) : QString();
            };
            live.at = fromRfc3339(text("at"));
            live.lsn = text("lsn");
            live.systemId = text("system_id");
        } else if (const qsizetype index = reply.name.toInt(); index >= 0 && index < live.values.size()) {
            const bool hasValue = !rows->rows.empty() && !rows->rows.front().empty() && rows->rows.front().front();
            if (hasValue)
                live.values[index] = sanitizedLine(*rows->rows.front().front(), 400);
        }
    }
    return live;
}

} // namespace taffrail::drilling
