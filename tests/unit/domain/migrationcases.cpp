// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <functional>

namespace taffrail::test {

namespace {

using namespace std::chrono_literals;

Migration migration(const char *version, MigrationState state = MigrationState::Applied)
{
    Migration result;
    result.version = text(version);
    result.state = state;
    result.flags = {state};
    return result;
}

MigrationHistory wellHistory()
{
    MigrationHistory history;
    history.source = text("rails");
    history.database = text("main");
    history.table = text("public.schema_migrations");
    history.current = text("118");
    history.filesFrom = text("web1:/srv/shop/current/db/migrate");
    history.migrations = {migration("116"), migration("117"), migration("118")};
    return history;
}

RuleCase change(const char *name, const std::function<void(MigrationHistory &)> &edit, const QStringList &expected,
                Tier tier = Tier::Production)
{
    MigrationHistory history = wellHistory();
    edit(history);
    World world(tier);
    world.add(PaneKind::Migrations, text("auto"), text("auto"), MigrationHistories{{history}});
    return {name, world, expected};
}

/// A case in which the last migration is in a state.
RuleCase inState(const char *name, MigrationState state, const char *expected, Tier tier = Tier::Production)
{
    const QStringList findings
        = *expected ? QStringList{text(expected) + text(" main public.schema_migrations")} : QStringList();
    return change(
        name, [state](MigrationHistory &h) { h.migrations[2] = migration("118", state); }, findings, tier);
}

RuleCase promoted(const char *name, const std::function<void(MigrationHistory &)> &editOurs,
                  const std::function<void(MigrationHistory &)> &editTheirs, const QStringList &expected)
{
    RuleCase result = change(name, editOurs, expected);
    MigrationHistory theirs = wellHistory();
    editTheirs(theirs);
    result.world.environment.promotesFrom = text("shop-staging");
    result.world.sibling(text("shop-staging"), PaneKind::Migrations, MigrationHistories{{theirs}});
    return result;
}

} // namespace

std::vector<RuleCase> migrationCases()
{
    const QString subject = text(" main public.schema_migrations");
    const auto nothing = [](MigrationHistory &) {};
    std::vector<RuleCase> cases;
    cases.push_back(change("migrations well", nothing, {}));
    cases.push_back(inState("failed", MigrationState::Failed, "critical migration.failed"));
    cases.push_back(inState("dirty", MigrationState::Dirty, "critical migration.dirty"));
    cases.push_back(inState("mismatch", MigrationState::Mismatch, "warning migration.mismatch"));
    cases.push_back(inState("missing", MigrationState::Missing, "warning migration.missing"));
    cases.push_back(inState("out of order", MigrationState::OutOfOrder, "warning migration.out-of-order"));
    cases.push_back(inState("blocked", MigrationState::Blocked, "warning migration.blocked"));
    cases.push_back(inState("outdated", MigrationState::Outdated, "notice migration.outdated"));
    cases.push_back(inState("pending in production", MigrationState::Pending, "warning migration.pending"));
    cases.push_back(inState("pending in staging", MigrationState::Pending, "notice migration.pending", Tier::Staging));
    cases.push_back(
        inState("pending in development", MigrationState::Pending, "notice migration.pending", Tier::Development));
    cases.push_back(inState("rolled back", MigrationState::RolledBack, ""));
    cases.push_back(inState("baseline", MigrationState::Baseline, ""));
    cases.push_back(
        change("several flags at once",
               [](MigrationHistory &h) {
                   h.migrations[1] = migration("117", MigrationState::Mismatch);
                   h.migrations[1].flags = {MigrationState::Mismatch, MigrationState::OutOfOrder};
               },
               {text("warning migration.mismatch") + subject, text("warning migration.out-of-order") + subject}));
    cases.push_back(change("blocked is not pending too",
                           [](MigrationHistory &h) {
                               h.migrations[2] = migration("118", MigrationState::Blocked);
                               h.migrations[2].flags = {MigrationState::Blocked, MigrationState::Pending};
                           },
                           {text("warning migration.blocked") + subject}));
    cases.push_back(change("no right to read",
                           [](MigrationHistory &h) {
                               h.readable = false;
                               h.migrations.clear();
                           },
                           {text("unknown migration.unreadable") + subject}));
    cases.push_back(change("tool not supported",
                           [](MigrationHistory &h) {
                               h.readable = h.supported = false;
                               h.source = text("sqitch");
                           },
                           {text("unknown migration.unsupported") + subject}));
    cases.push_back(change("lock just taken",
                           [](MigrationHistory &h) {
                               h.lock = HeldLock{text("deploy@web1"), ago(2min), {}};
                           },
                           {text("running migration.locked") + subject}));
    cases.push_back(change("lock without a time", [](MigrationHistory &h) { h.lock = HeldLock{}; },
                           {text("running migration.locked") + subject}));
    cases.push_back(change("lock left behind",
                           [](MigrationHistory &h) {
                               h.lock = HeldLock{text("gone"), ago(2h), text("no live backend")};
                           },
                           {text("warning migration.stale-lock") + subject}));
    cases.push_back(change("a pending one locks a table",
                           [](MigrationHistory &h) {
                               h.migrations[2] = migration("118", MigrationState::Pending);
                               h.migrations[2].note = text("risk: line 1: CREATE INDEX without CONCURRENTLY");
                           },
                           {text("warning migration.pending") + subject, text("warning migration.risk") + subject}));
    cases.push_back(change(
        "an aborted index is left",
        [](MigrationHistory &h) { h.notes = QStringList{text("left behind: invalid index public.orders_note_idx")}; },
        {text("notice migration.debris") + subject}));
    cases.push_back(change("two heads",
                           [](MigrationHistory &h) { h.notes = QStringList{text("2 heads: merge needed")}; },
                           {text("warning migration.merge-needed") + subject}));
    cases.push_back(change("a tool that records no failures is only noted",
                           [](MigrationHistory &h) { h.notes = QStringList{text("no failure record in this tool")}; },
                           {}));
    cases.push_back(change("no files compared", [](MigrationHistory &h) { h.filesFrom.clear(); },
                           {text("notice migration.no-files") + subject}));

    World none;
    none.add(PaneKind::Migrations, text("auto"), text("auto"), MigrationHistories{});
    cases.push_back({"auto found none", none, {text("notice migration.none main")}});
    World named;
    named.add(PaneKind::Migrations, text("alembic"), text("alembic"), MigrationHistories{});
    cases.push_back({"a named tool has none", named, {text("unknown migration.none main")}});

    cases.push_back(promoted("same as staging", nothing, nothing, {}));
    cases.push_back(promoted("staging has more", nothing,
                             [](MigrationHistory &h) { h.migrations.push_back(migration("119")); }, {}));
    cases.push_back(promoted("ahead of staging", nothing, [](MigrationHistory &h) { h.migrations.pop_back(); },
                             {text("warning migration.ahead-of-staging") + subject}));
    cases.push_back(promoted("staging has it pending", nothing,
                             [](MigrationHistory &h) { h.migrations[2] = migration("118", MigrationState::Pending); },
                             {text("warning migration.ahead-of-staging") + subject}));
    cases.push_back(promoted("staging not readable", nothing,
                             [](MigrationHistory &h) {
                                 h.readable = false;
                                 h.migrations.clear();
                             },
                             {}));
    cases.push_back(promoted("another tool there", nothing,
                             [](MigrationHistory &h) {
                                 h.source = text("flyway");
                                 h.migrations.clear();
                             },
                             {}));
    const auto headOnly = [](MigrationHistory &h) {
        h.source = text("alembic");
        h.filesFrom.clear();
        h.migrations = {migration("9f3")};
    };
    cases.push_back(promoted("a tool that stores its head only proves nothing", headOnly,
                             [&](MigrationHistory &h) {
                                 headOnly(h);
                                 h.migrations = {migration("8a2")};
                             },
                             {text("notice migration.no-files") + subject}));
    return cases;
}

} // namespace taffrail::test
