// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "automigrations.h"
#include "migrationoptions.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

/// A tool's name as a parameter of a template: sources are asked through plain functions.
template <size_t size> struct ToolName {
    char text[size];
    consteval ToolName(const char (&name)[size]) { std::copy_n(name, size, text); }
};

template <ToolName name> std::vector<Request> requestsOf(const SourceEntry &entry, const Replies &soFar)
{
    return migrations::requestsFor(QLatin1String(name.text), entry, soFar);
}

template <ToolName name> Result<Value> parseOf(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return migrations::parseFor(QLatin1String(name.text), entry, replies);
}

/// `more`: the parts of the tables that stand beside its history.
template <ToolName name>
Source sourceOf(const char *word, const char *title, const std::vector<const char *> &more = {})
{
    std::vector<const char *> parts{"rows", "files", "catalog", "locks"};
    parts.insert(parts.end(), more.begin(), more.end());
    return {PaneKind::Migrations,
            word,
            title,
            false,
            true,
            {migrations::filesOption, migrations::tableOption},
            parts,
            requestsOf<name>,
            parseOf<name>,
            migrations::areFilesOutdated,
            migrations::rights};
}

} // namespace

const Source atlasSource = sourceOf<"atlas">("atlas", "Atlas");
const Source dbmateSource = sourceOf<"dbmate">("dbmate", "dbmate");
const Source dieselSource = sourceOf<"diesel">("diesel", "Diesel");
const Source doctrineSource = sourceOf<"doctrine">("doctrine", "Doctrine Migrations");
const Source ectoSource = sourceOf<"ecto">("ecto", "Ecto");
const Source efcoreSource = sourceOf<"efcore">("efcore", "EF Core");
const Source golangMigrateSource = sourceOf<"golang-migrate">("golang-migrate", "golang-migrate");
const Source gooseSource = sourceOf<"goose">("goose", "goose", {"lock"});
const Source graphileMigrateSource = sourceOf<"graphile-migrate">("graphile-migrate", "graphile-migrate", {"current"});
const Source laravelSource = sourceOf<"laravel">("laravel", "Laravel");
const Source liquibaseSource = sourceOf<"liquibase">("liquibase", "Liquibase", {"lock"});
const Source pgrollSource = sourceOf<"pgroll">("pgroll", "pgroll");
const Source phinxSource = sourceOf<"phinx">("phinx", "Phinx");
const Source postgratorSource = sourceOf<"postgrator">("postgrator", "postgrator");
const Source refinerySource = sourceOf<"refinery">("refinery", "refinery");
const Source sqitchSource = sourceOf<"sqitch">("sqitch", "Sqitch", {"events", "tags", "dependencies"});
const Source sqlMigrateSource = sourceOf<"sql-migrate">("sql-migrate", "sql-migrate");
const Source sqlxSource = sourceOf<"sqlx">("sqlx", "sqlx");
const Source yoyoSource = sourceOf<"yoyo">("yoyo", "yoyo", {"log", "lock"});

} // namespace taffrail::sources
