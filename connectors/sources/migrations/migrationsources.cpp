// SPDX-License-Identifier: GPL-3.0-or-later
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

constexpr Option toolOption{"tool", "string", false,
                            "Only this tool's histories; needed where a table looks like two tools' own",
                            R"("enum":["alembic","rails","flyway","django"])"};

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
    {"catalog", "locks", "files", "rows", "metadata"},
    requestsAuto,
    parseAuto,
    migrations::areFilesOutdated,
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
};

} // namespace taffrail::sources
