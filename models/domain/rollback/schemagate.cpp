// SPDX-License-Identifier: GPL-3.0-or-later
#include "schemagate.h"

#include "rulesupport.h"

#include <QSet>

#include <algorithm>

namespace taffrail {

namespace {

/// Whether the database holds what this row says.
bool isApplied(const Migration &migration)
{
    // A pending migration may be headlined by what else is odd about it.
    if (!migration.flags.empty())
        return migration.flags.contains(MigrationState::Applied);
    switch (migration.state) {
    case MigrationState::Applied:
    case MigrationState::Mismatch:
    case MigrationState::Missing:
    case MigrationState::OutOfOrder:
    case MigrationState::Outdated: return true;
    case MigrationState::Failed:
    case MigrationState::Dirty:
    case MigrationState::Blocked:
    case MigrationState::Pending:
    case MigrationState::RolledBack:
    case MigrationState::Baseline: break; // a baseline stands for a schema that every release began with
    }
    return false;
}

bool isBroken(const Migration &migration)
{
    return migration.state == MigrationState::Failed || migration.state == MigrationState::Dirty
        || migration.flags.contains(MigrationState::Failed) || migration.flags.contains(MigrationState::Dirty);
}

Verdict verdictOf(MigrationKind kind)
{
    switch (kind) {
    case MigrationKind::Expand: return Verdict::Pass;
    case MigrationKind::Data:
    case MigrationKind::Unknown: return Verdict::Warn;
    case MigrationKind::Contract:
    case MigrationKind::Irreversible: return Verdict::Block;
    }
    return Verdict::Block;
}

QStringList versionsOf(const std::vector<Migration> &migrations)
{
    QStringList versions;
    for (const Migration &migration : migrations)
        versions << migration.version;
    return versions;
}

/// Applied by the database's word, but not carried by the target, in the other direction.
QStringList notApplied(const MigrationHistory &history, const CarriedMigrations &carried)
{
    QSet<QString> applied(carried.below.begin(), carried.below.end());
    for (const Migration &migration : history.migrations) {
        if (isApplied(migration) || migration.state == MigrationState::Baseline)
            applied.insert(migration.version);
    }
    QStringList missing;
    for (const QString &version : carried.versions) {
        if (!applied.contains(version))
            missing << version;
    }
    return missing;
}

void judgeBeyond(const SchemaQuestion &question, const std::vector<Migration> &beyond, Gate &gate)
{
    MigrationKind worst = MigrationKind::Expand;
    for (const Migration &migration : beyond)
        worst = std::max(worst, worstKind(migration.kinds));
    QStringList deciding;
    for (const Migration &migration : beyond) {
        if (worstKind(migration.kinds) == worst)
            deciding << (migration.name.isEmpty() ? migration.version
                                                  : migration.version + QLatin1Char(' ') + migration.name);
    }
    gate.verdict = verdictOf(worst);
    gate.evidence.insert(QStringLiteral("kind"), migrationKindWord(worst));
    const QString count = rules::counted(qsizetype(beyond.size()), "migration");
    switch (worst) {
    case MigrationKind::Expand:
        gate.answer = QStringLiteral("%1 that the target does not know only add to the schema").arg(count);
        break;
    case MigrationKind::Data:
    case MigrationKind::Unknown:
        gate.answer = QStringLiteral("%1 that the target does not know, of which %2 may disturb it")
                          .arg(count, rules::listed(deciding));
        break;
    case MigrationKind::Contract:
    case MigrationKind::Irreversible:
        gate.answer = QStringLiteral("the target cannot run on this schema: %1").arg(rules::listed(deciding));
        gate.hint = QStringLiteral("Roll forward with a fix, or restore to before the first of them.");
        break;
    }
    if (startReaction(question.history.source) == StartReaction::Refuses) {
        gate.evidence.insert(QStringLiteral("start_reaction"), QStringLiteral("refuses"));
        const Verdict reaction = question.migratesAtStart ? Verdict::Block : Verdict::Warn;
        if (reaction > gate.verdict)
            gate.verdict = reaction;
        gate.answer += question.migratesAtStart
            ? QStringLiteral("; %1 refuses to start on a schema that is ahead of its files")
                  .arg(question.history.source)
            : QStringLiteral("; its %1 commands fail until these files are back").arg(question.history.source);
    }
}

} // namespace

StartReaction startReaction(const QString &source)
{
    static const QSet<QString> refusing{QStringLiteral("alembic"),     QStringLiteral("golang-migrate"),
                                        QStringLiteral("knex"),        QStringLiteral("sqitch"),
                                        QStringLiteral("sql-migrate"), QStringLiteral("sqlx"),
                                        QStringLiteral("refinery"),    QStringLiteral("kysely")};
    static const QSet<QString> hinting{QStringLiteral("flyway"), QStringLiteral("rails"), QStringLiteral("ecto"),
                                       QStringLiteral("liquibase")};
    static const QSet<QString> silent{QStringLiteral("prisma"), QStringLiteral("django"), QStringLiteral("goose"),
                                      QStringLiteral("dbmate"), QStringLiteral("laravel"), QStringLiteral("typeorm"),
                                      QStringLiteral("drizzle"), QStringLiteral("yoyo"), QStringLiteral("sequelize"),
                                      QStringLiteral("mikro-orm"), QStringLiteral("graphile-migrate"),
                                      // It compares as far as both go: what is newer than its files it does not see.
                                      QStringLiteral("node-pg-migrate"), QStringLiteral("db-migrate")};
    if (refusing.contains(source))
        return StartReaction::Refuses;
    if (hinting.contains(source))
        return StartReaction::Hints;
    return silent.contains(source) ? StartReaction::Silent : StartReaction::Unknown;
}

std::vector<Migration> migrationsBeyond(const MigrationHistory &history, const QStringList &carried)
{
    const QSet<QString> known(carried.cbegin(), carried.cend());
    std::vector<Migration> beyond;
    std::ranges::copy_if(history.migrations, std::back_inserter(beyond), [&](const Migration &migration) {
        return isApplied(migration) && !known.contains(migration.version);
    });
    return beyond;
}

Gate schemaGate(const SchemaQuestion &question)
{
    const MigrationHistory &history = question.history;
    Gate gate;
    gate.code = QStringLiteral("rollback.schema");
    gate.subject = history.database + QLatin1Char(' ') + history.table;
    gate.entry = question.entry;
    gate.observedAt = question.observedAt;
    gate.overridable = true;
    if (!history.readable) {
        gate.answer = QStringLiteral("the history cannot be read, so nobody knows which migrations are applied");
        return gate;
    }
    if (const auto broken = std::ranges::find_if(history.migrations, isBroken); broken != history.migrations.end()) {
        gate.answer
            = QStringLiteral("migration %1 failed half way: what the schema holds is not known").arg(broken->version);
        gate.hint = QStringLiteral("Repair it with its own tool first.");
        return gate;
    }
    if (!question.carried) {
        gate.answer = QStringLiteral("which migrations the target carries was not read");
        gate.hint = QStringLiteral("Name the folder: \"files\" of the migrations entry.");
        return gate;
    }
    gate.evidence.insert(QStringLiteral("carried_from"), question.carried->from);
    const std::vector<Migration> beyond = migrationsBeyond(history, question.carried->versions);
    const QStringList awaited = notApplied(history, *question.carried);
    gate.evidence.insert(QStringLiteral("beyond"), versionsOf(beyond));
    gate.evidence.insert(QStringLiteral("not_applied"), awaited);
    if (beyond.empty()) {
        gate.verdict = Verdict::Pass;
        gate.answer = QStringLiteral("every applied migration is known to the target");
    } else {
        judgeBeyond(question, beyond, gate);
    }
    if (!awaited.isEmpty()) {
        gate.verdict = std::max(gate.verdict, Verdict::Warn);
        gate.answer += QStringLiteral("; the target expects what is not applied: %1").arg(rules::listed(awaited));
    }
    return gate;
}

} // namespace taffrail
