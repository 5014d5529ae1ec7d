// SPDX-License-Identifier: GPL-3.0-or-later
#include "signaturetable.h"

namespace taffrail::sources::migrations {

namespace {

// clang-format off
constexpr Signature signatures[] = {
    {"flyway", "Flyway", "installed_rank:i version:s description:s type:s script:s checksum:i installed_by:s installed_on:t execution_time:i success:b", "", true},
    {"flyway", "Flyway", "installed_rank:i version_rank:i version:s description:s type:s script:s checksum:i installed_by:s installed_on:t execution_time:i success:b", "", true},
    {"liquibase", "Liquibase", "orderexecuted:i id:s author:s filename:s dateexecuted:t exectype:s md5sum:s description:s comments:s tag:s liquibase:s contexts:s labels:s deployment_id:s", "", true},
    {"liquibase", "Liquibase", "orderexecuted:i id:s author:s filename:s dateexecuted:t exectype:s md5sum:s description:s comments:s tag:s liquibase:s contexts:s labels:s", "", true},
    {"liquibase", "Liquibase", "orderexecuted:i id:s author:s filename:s dateexecuted:t exectype:s md5sum:s description:s comments:s tag:s liquibase:s", "", true},
    {"alembic", "Alembic", "version_num:s", "", true},
    {"django", "Django", "applied:t id:i app:s name:s", "", true},
    {"rails", "Rails", "version:s", "schema_migrations", true},
    {"dbmate", "dbmate", "version:s", "schema_migrations", true},
    {"+metadata", "", "value:s key:s created_at:t updated_at:t", "ar_internal_metadata"},
    {"ecto", "Ecto", "inserted_at:t version:i", "migration", true},
    {"golang-migrate", "golang-migrate", "dirty:b version:i", "", true},
    {"prisma", "Prisma", "applied_steps_count:i id:s checksum:s finished_at:t migration_name:s logs:s rolled_back_at:t started_at:t", "", true},
    {"goose", "goose", "version_id:i id:i is_applied:b tstamp:t", "", true},
    {"sqlx", "sqlx", "installed_on:t version:i description:s success:b checksum:y execution_time:i", "", true},
    {"knex", "Knex", "migration_time:t id:i name:s batch:i", "", true},
    {"sequelize", "Sequelize", "name:s", "=SequelizeMeta", true},
    {"sequelize", "Sequelize", "name:s createdAt:t updatedAt:t", "=SequelizeMeta", true},
    {"typeorm", "TypeORM", "timestamp:i id:i name:s", "migration", true},
    {"laravel", "Laravel", "migration:s id:i batch:i", "", true},
    {"node-pg-migrate", "node-pg-migrate", "run_on:t id:i name:s", "migration", true},
    {"drizzle", "Drizzle", "hash:s id:i created_at:i", "drizzle", true},
    {"drizzle", "Drizzle", "hash:s id:i created_at:i name:s applied_at:t", "drizzle", true},
    {"mikro-orm", "MikroORM", "executed_at:t id:i name:s", "migration", true},
    {"kysely", "Kysely", "name:s timestamp:s", "=kysely_migration", true},
    {"efcore", "EF Core", "MigrationId:s ProductVersion:s", "", true},
    {"efcore", "EF Core", "migration_id:s product_version:s", "", true},
    {"diesel", "Diesel", "run_on:t version:s", "migration", true},
    {"refinery", "refinery", "applied_on:s version:i name:s checksum:s", "", true},
    {"doctrine", "Doctrine", "executed_at:t version:s execution_time:i", "", true},
    {"phinx", "Phinx", "breakpoint:b version:i migration_name:s start_time:t end_time:t", "", true},
    {"phinx", "Phinx", "start_time:t version:i migration_name:s end_time:t", "phinx", true},
    {"phinx", "Phinx", "start_time:t version:i end_time:t", "phinx", true},
    {"yoyo", "yoyo", "applied_at_utc:t migration_hash:s migration_id:s", "", true},
    {"sqitch", "Sqitch", "change_id:s script_hash:s change:s project:s note:s committed_at:t committer_name:s committer_email:s planned_at:t planner_name:s planner_email:s", "=changes", true},
    {"sqitch", "Sqitch", "change_id:s change:s project:s note:s committed_at:t committer_name:s committer_email:s planned_at:t planner_name:s planner_email:s", "=changes", true},
    {"+sqitch-events", "", "change_id:s event:s change:s project:s note:s requires:a conflicts:a tags:a committed_at:t committer_name:s committer_email:s planned_at:t planner_name:s planner_email:s", "=events"},
    {"+sqitch-tags", "", "change_id:s tag_id:s tag:s project:s note:s committed_at:t committer_name:s committer_email:s planned_at:t planner_name:s planner_email:s", "=tags"},
    {"+sqitch-dependencies", "", "change_id:s type:s dependency:s dependency_id:s", "=dependencies"},
    {"+sqitch-projects", "", "creator_email:s project:s uri:s created_at:t creator_name:s", "=projects"},
    {"+sqitch-releases", "", "installer_email:s version:r installed_at:t installer_name:s", "=releases"},
    {"graphile-migrate", "graphile-migrate", "previous_hash:s hash:s filename:s date:t", "", true},
    {"atlas", "Atlas", "partial_hashes:j version:s description:s type:i applied:i total:i executed_at:t execution_time:i error:s error_stmt:s hash:s operator_version:s", "", true},
    {"sql-migrate", "sql-migrate", "applied_at:t id:s", "migration", true},
    {"postgrator", "postgrator", "run_at:t version:i name:s md5:s", "", true},
    {"db-migrate", "db-migrate", "run_on:t id:i name:s", "migration", true}, // told from node-pg-migrate by its rows
    {"pgroll", "pgroll", "resulting_schema:j schema:s name:s migration:j created_at:t updated_at:t parent:s done:b migration_type:s", "", true},
    {"pgroll", "pgroll", "resulting_schema:j schema:s name:s migration:j created_at:t updated_at:t parent:s done:b", "", true},
    {"+liquibase-lock", "", "lockedby:s id:i locked:b lockgranted:t", ""},
    {"+yoyo-log", "", "created_at_utc:t id:s migration_hash:s migration_id:s operation:s username:s hostname:s comment:s", ""},
    {"+yoyo-lock", "", "ctime:t locked:i pid:i", ""},
    {"+graphile-current", "", "content:s filename:s date:t", "=current"},
    {"+goose-lock", "", "lease_expires_at:t lock_id:i locked:b locked_at:t locked_by:s updated_at:t", ""},
    {"+lock", "", "is_locked:i index:i", "_lock"},
    {"+lock", "", "is_locked:i id:s", "_lock"},
};
// clang-format on

} // namespace

std::span<const Signature> signatureTable()
{
    return signatures;
}

} // namespace taffrail::sources::migrations
