// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "automigrations.h"
#include "migrationoptions.h"

namespace taffrail::sources {

namespace {

using migrations::filesOption;
using migrations::parseFor;
using migrations::requestsFor;
using migrations::tableOption;

constexpr Option toolOption{"tool", "string", false,
                            "Only this tool's histories; needed where a table looks like two tools' own",
                            R"("enum":["alembic","rails","flyway","django",)"
                            R"("atlas","dbmate","diesel","doctrine","ecto","efcore","golang-migrate","goose",)"
                            R"("graphile-migrate","laravel","liquibase","pgroll","phinx","postgrator","refinery",)"
                            R"("sqitch","sql-migrate","sqlx","yoyo",)"
                            R"("prisma","knex","node-pg-migrate","typeorm","sequelize","drizzle","mikro-orm",)"
                            R"("kysely","db-migrate"])"};

std::vector<Request> requestsAuto(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor({}, entry, soFar);
}

Result<Value> parseAuto(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor({}, entry, replies);
}

std::vector<Request> requestsAlembic(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor(QStringLiteral("alembic"), entry, soFar);
}

Result<Value> parseAlembic(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor(QStringLiteral("alembic"), entry, replies);
}

std::vector<Request> requestsRails(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor(QStringLiteral("rails"), entry, soFar);
}

Result<Value> parseRails(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor(QStringLiteral("rails"), entry, replies);
}

std::vector<Request> requestsFlyway(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor(QStringLiteral("flyway"), entry, soFar);
}

Result<Value> parseFlyway(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor(QStringLiteral("flyway"), entry, replies);
}

std::vector<Request> requestsDjango(const SourceEntry &entry, const Replies &soFar)
{
    return requestsFor(QStringLiteral("django"), entry, soFar);
}

Result<Value> parseDjango(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return parseFor(QStringLiteral("django"), entry, replies);
}

} // namespace

const Source autoMigrationsSource{
    PaneKind::Migrations,
    "auto",
    "Found in the catalog",
    false,
    true,
    {filesOption, tableOption, toolOption},
    {"catalog", "locks", "files", "rows", "metadata", "lock"},
    requestsAuto,
    parseAuto,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source alembicSource{
    PaneKind::Migrations,
    "alembic",
    "Alembic",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsAlembic,
    parseAlembic,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source railsSource{
    PaneKind::Migrations,
    "rails",
    "Rails (Active Record)",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks", "metadata"},
    requestsRails,
    parseRails,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source flywaySource{
    PaneKind::Migrations,
    "flyway",
    "Flyway",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsFlyway,
    parseFlyway,
    migrations::areFilesOutdated,
    migrations::rights,
};

const Source djangoSource{
    PaneKind::Migrations,
    "django",
    "Django",
    false,
    true,
    {filesOption, tableOption},
    {"rows", "files", "catalog", "locks"},
    requestsDjango,
    parseDjango,
    migrations::areFilesOutdated,
    migrations::rights,
};

} // namespace taffrail::sources
