// SPDX-License-Identifier: GPL-3.0-or-later
// The sources of the migration tools that npm offers.
#include "registry.h"

#include "automigrations.h"

namespace taffrail::sources {

namespace {

using migrations::parseFor;
using migrations::requestsFor;

// An object, or a list of them.
constexpr Option filesOption{
    "files", "object", false,
    "Where the migration files lie: they tell what is pending, missing or changed. One place or a list; \"table\" "
    "names the "
    "history that they belong to, where there are several of one tool",
    R"("type":["object","array"],"required":["host","path"],"additionalProperties":false,)"
    R"("properties":{"host":{"type":"string"},"path":{"type":"string","pattern":"^/"},"table":{"type":"string"}},)"
    R"("items":{"type":"object","required":["host","path"],"additionalProperties":false,)"
    R"("properties":{"host":{"type":"string"},"path":{"type":"string","pattern":"^/"},"table":{"type":"string"}}})"};

constexpr Option tableOption{"table", "string", false, "Only this history table: name or schema.name",
                             R"("minLength":1)"};

/// The name is a constant of each source: one pair of functions for every one.
template <const char *const &Name> std::vector<Request> requestsOf(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor(QLatin1String(Name), entry, soFar);
}

template <const char *const &Name>
Result<Value> parseOf(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor(QLatin1String(Name), entry, replies);
}

constexpr const char *prismaName = "prisma";
constexpr const char *knexName = "knex";
constexpr const char *nodePgMigrateName = "node-pg-migrate";
constexpr const char *typeormName = "typeorm";
constexpr const char *sequelizeName = "sequelize";
constexpr const char *drizzleName = "drizzle";
constexpr const char *mikroOrmName = "mikro-orm";
constexpr const char *kyselyName = "kysely";
constexpr const char *dbMigrateName = "db-migrate";

} // namespace

const Source prismaSource{
    PaneKind::Migrations,
    prismaName,
    "Prisma",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<prismaName>,
    parseOf<prismaName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source knexSource{
    PaneKind::Migrations,
    knexName,
    "Knex",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks", "lock"},
    requestsOf<knexName>,
    parseOf<knexName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source nodePgMigrateSource{
    PaneKind::Migrations,
    nodePgMigrateName,
    "node-pg-migrate",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<nodePgMigrateName>,
    parseOf<nodePgMigrateName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source typeormSource{
    PaneKind::Migrations,
    typeormName,
    "TypeORM",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<typeormName>,
    parseOf<typeormName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source sequelizeSource{
    PaneKind::Migrations,
    sequelizeName,
    "Sequelize (Umzug)",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<sequelizeName>,
    parseOf<sequelizeName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source drizzleSource{
    PaneKind::Migrations,
    drizzleName,
    "Drizzle",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<drizzleName>,
    parseOf<drizzleName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source mikroOrmSource{
    PaneKind::Migrations,
    mikroOrmName,
    "MikroORM",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<mikroOrmName>,
    parseOf<mikroOrmName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source kyselySource{
    PaneKind::Migrations,
    kyselyName,
    "Kysely",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks", "lock"},
    requestsOf<kyselyName>,
    parseOf<kyselyName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source dbMigrateSource{
    PaneKind::Migrations,
    dbMigrateName,
    "db-migrate",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsOf<dbMigrateName>,
    parseOf<dbMigrateName>,
    migrations::areFilesOutdated,
    migrations::rights,
};

} // namespace taffrail::sources
