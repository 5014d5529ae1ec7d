// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <functional>

namespace taffrail::test {

namespace {

using namespace std::chrono_literals;

Backup backup(const char *id, BackupType type, std::chrono::seconds age)
{
    Backup result;
    result.id = text(id);
    result.type = type;
    result.startedAt = ago(age + 10min);
    result.finishedAt = ago(age);
    result.location = text("repo1");
    result.systemId = text("7710282973916741038");
    result.trust = Trust::Restored;
    result.verifiedAt = ago(24h);
    return result;
}

ArchiveState quietArchive()
{
    ArchiveState archive;
    archive.mode = text("on");
    archive.serverNow = noon();
    archive.lastArchivedAt = ago(9h); // idle: old, and fine
    archive.archivedCount = 412;
    archive.failedCount = 0;
    archive.unarchivedBytes = 1000;
    archive.readySegments = 0;
    archive.lag = 0s;
    archive.systemId = text("7710282973916741038");
    return archive;
}

BackupSet wellSet()
{
    BackupSet set;
    set.source = text("pgbackrest");
    set.repository = text("repo1");
    set.backups = {backup("d2", BackupType::Differential, 5h), backup("f1", BackupType::Full, 3 * 24h)};
    set.archive = quietArchive();
    set.assessment = {true, ago(5h), false, BackupType::Differential, 2, text("none")};
    return set;
}

BackupTarget wholeTarget()
{
    return BackupTarget{1h, 7 * 24h, 1, 30 * 24h};
}

using Edit = std::function<void(BackupSet &)>;

RuleCase change(const char *name, const Edit &edit, const QStringList &expected,
                const BackupTarget &target = wholeTarget(), Tier tier = Tier::Production)
{
    BackupSet set = wellSet();
    edit(set);
    World world(tier);
    world.add(PaneKind::Backups, text("pgbackrest"), text("pgbackrest"), set);
    world.entry(text("pgbackrest")).target = target;
    return {name, world, expected};
}

RuleCase withProblem(const char *name, const char *problem, const char *expected,
                     const BackupTarget &target = wholeTarget())
{
    const auto edit = [problem](BackupSet &set) {
        set.backups.clear();
        set.archive.reset();
        set.assessment = {false, {}, false, {}, {}, text(problem)};
    };
    BackupTarget noRpo = target;
    noRpo.rpo.reset();
    noRpo.locations.reset();
    noRpo.restoreTestedEvery.reset();
    return change(name, edit, {text(expected) + text(" main")}, noRpo);
}

void dropUsable(BackupSet &set)
{
    set.backups.clear();
    set.assessment = {false, {}, false, {}, 0, text("no_backups")};
}

void addListCases(std::vector<RuleCase> &cases)
{
    const auto nothing = [](BackupSet &) {};
    const BackupTarget fullOnly{{}, 7 * 24h, {}, {}};
    cases.push_back(change("backups well", nothing, {}));
    cases.push_back(change("no target", nothing, {text("notice backup.no-target main")}, {}));
    cases.push_back(change("no backup, target set", dropUsable, {text("critical backup.none main")}, fullOnly));
    cases.push_back(change("no backup, no target", dropUsable,
                           {text("unknown backup.none main"), text("notice backup.no-target main")}, {}));
    const auto place = [](const char *kind, const char *cipher) {
        BackupLocation each;
        each.name = text("repo1");
        each.kind = text(kind);
        each.cipher = text(cipher);
        return each;
    };
    const auto gap = [](bool inside, const QStringList &breaks) {
        WalGap each;
        each.location = text("repo1");
        each.first = each.last = text("00000001000000000000000C");
        each.count = 1;
        each.insideBackup = inside;
        each.breaks = breaks;
        return each;
    };
    cases.push_back(change("hole after the newest backup",
                           [gap](BackupSet &s) {
                               s.gaps = {gap(false, {text("d2"), text("f1")})};
                           },
                           {text("critical backup.wal-gap main")}));
    cases.push_back(change("hole between two backups", [gap](BackupSet &s) { s.gaps = {gap(false, {text("f1")})}; },
                           {text("warning backup.wal-gap main")}));
    cases.push_back(change("hole inside an older backup", [gap](BackupSet &s) { s.gaps = {gap(true, {text("f1")})}; },
                           {text("warning backup.wal-gap main")}));
    cases.push_back(change("hole that nothing needs", [gap](BackupSet &s) { s.gaps = {gap(false, {})}; }, {}));
    cases.push_back(change("all copies at home", [place](BackupSet &s) { s.locations = {place("onsite", "none")}; },
                           {text("warning backup.no-offsite main")}));
    cases.push_back(change("an encrypted copy away",
                           [place](BackupSet &s) { s.locations = {place("offsite", "aes-256-cbc")}; }, {}));
    cases.push_back(change("a plain copy away", [place](BackupSet &s) { s.locations = {place("offsite", "none")}; },
                           {text("warning backup.plaintext-offsite main")}));
    cases.push_back(change("a plain copy at home and an unread place away",
                           [place](BackupSet &s) {
                               s.locations = {place("onsite", "none"), place("offsite", "")};
                               s.locations[1].name = text("repo2");
                               s.locations[1].readable = false;
                           },
                           {text("warning backup.no-offsite main")}));
    cases.push_back(change("retention takes the last full one",
                           [](BackupSet &s) { s.expiring = QStringList{text("f1")}; },
                           {text("critical backup.expires-last main")}));
    cases.push_back(
        change("retention takes nothing that counts", [](BackupSet &s) { s.expiring = QStringList{text("f0")}; }, {}));
    cases.push_back(change("an empty full one", [](BackupSet &s) { s.backups[1].sizeBytes = 20; },
                           {text("warning backup.size main")}));
    cases.push_back(change("full too old", [](BackupSet &s) { s.backups[1].finishedAt = ago(8 * 24h); },
                           {text("warning backup.stale main")}));
    cases.push_back(change("full twice too old", [](BackupSet &s) { s.backups[1].finishedAt = ago(15 * 24h); },
                           {text("critical backup.stale main")}));
    cases.push_back(
        change("only parts listed", [](BackupSet &s) { s.backups.pop_back(); }, {text("critical backup.stale main")}));
    cases.push_back(change("age counts from the start where no finish is told",
                           [](BackupSet &s) {
                               s.backups[1].finishedAt = {};
                               s.backups[1].startedAt = ago(8 * 24h);
                           },
                           {text("warning backup.stale main")}));
    cases.push_back(change("newest damaged, older stands",
                           [](BackupSet &s) {
                               s.backups[0].state = BackupState::Flawed;
                               s.backups[0].problem = text("wal_gap");
                           },
                           {text("warning backup.flawed-newest main")}));
    cases.push_back(change(
        "all damaged",
        [](BackupSet &s) {
            for (Backup &each : s.backups)
                each.state = BackupState::Flawed;
            s.assessment = {false, {}, false, {}, 0, text("wal_gap")};
        },
        {text("critical backup.flawed-newest main"), text("critical backup.none main")}, fullOnly));
    cases.push_back(change("newest failed", [](BackupSet &s) { s.backups[0].state = BackupState::Failed; },
                           {text("warning backup.failed main")}));
    cases.push_back(change("newest running",
                           [](BackupSet &s) {
                               s.backups[0].state = BackupState::Running;
                               s.backups[0].finishedAt = {};
                           },
                           {text("running backup.running main")}));
    cases.push_back(change("expired ones don't matter",
                           [](BackupSet &s) {
                               s.backups.insert(s.backups.begin(), backup("x", BackupType::Full, 1h));
                               s.backups[0].state = BackupState::Expired;
                           },
                           {}));
    cases.push_back(change("dated in the future", [](BackupSet &s) { s.backups[0].finishedAt = ago(-2h); },
                           {text("warning backup.time-in-future main")}));
    cases.push_back(change("half a minute ahead is a clock, not a flaw",
                           [](BackupSet &s) { s.backups[0].finishedAt = ago(-30s); }, {}));
    cases.push_back(
        change("too few places", nothing, {text("warning backup.locations main")}, {1h, 7 * 24h, 2, 30 * 24h}));
    cases.push_back(change("two places", [](BackupSet &s) { s.backups[1].location = text("repo2"); }, {},
                           {1h, 7 * 24h, 2, 30 * 24h}));
    cases.push_back(change("restore test overdue",
                           [](BackupSet &s) {
                               for (Backup &b : s.backups)
                                   b.verifiedAt = ago(40 * 24h);
                           },
                           {text("warning backup.restore-untested main")}));
    cases.push_back(change("never restored, production",
                           [](BackupSet &s) {
                               for (Backup &b : s.backups)
                                   b.trust = Trust::AllBytes;
                           },
                           {text("warning backup.restore-untested main")}));
    cases.push_back(change(
        "never restored, staging",
        [](BackupSet &s) {
            for (Backup &b : s.backups)
                b.trust = Trust::AllBytes;
        },
        {text("notice backup.restore-untested main")}, wholeTarget(), Tier::Staging));
    cases.push_back(change("another system's backups",
                           [](BackupSet &s) { s.archive->systemId = text("7710282973916741039"); },
                           {text("critical backup.wrong-database main")}));
    cases.push_back(change("system not known", [](BackupSet &s) { s.archive->systemId.clear(); }, {}));
    cases.push_back(withProblem("stanza missing", "missing_stanza", "critical backup.repo-error"));
    cases.push_back(withProblem("repository missing", "repo_missing", "critical backup.repo-error"));
    cases.push_back(withProblem("repository not readable", "repo_error", "unknown backup.repo-error"));
    cases.push_back(withProblem("wrong password", "wrong_password", "unknown backup.repo-error"));
    cases.push_back(change("one of two repositories bad",
                           [](BackupSet &s) { s.assessment.problem = text("repo_mixed"); },
                           {text("warning backup.repo-error main")}));
    cases.push_back(change("the tool says wrong database",
                           [](BackupSet &s) { s.assessment.problem = text("db_mismatch"); },
                           {text("critical backup.wrong-database main")}));
}

RuleCase archiving(const char *name, const std::function<void(ArchiveState &)> &edit, const QStringList &expected)
{
    return change(
        name, [&](BackupSet &set) { edit(*set.archive); }, expected);
}

void addArchiveCases(std::vector<RuleCase> &cases)
{
    const QString stopped = text("backup.archiver-stopped main");
    cases.push_back(archiving("failing just now",
                              [](ArchiveState &a) {
                                  a.lastFailedAt = ago(10s);
                                  a.lastArchivedAt = ago(2min);
                                  a.readySegments = 1;
                              },
                              {text("warning backup.archiver-failing main")}));
    cases.push_back(archiving("failing for long",
                              [](ArchiveState &a) {
                                  a.lastFailedAt = ago(10s);
                                  a.readySegments = 3;
                                  a.oldestReadyAt = ago(20min);
                              },
                              {text("critical backup.archiver-failing main")}));
    cases.push_back(archiving("an old failure is history",
                              [](ArchiveState &a) {
                                  a.lastFailedAt = ago(10h);
                                  a.failedCount = 6;
                              },
                              {}));
    cases.push_back(
        archiving("a failure with nothing left to send", [](ArchiveState &a) { a.lastFailedAt = ago(10s); }, {}));
    cases.push_back(archiving("stopped without a failure",
                              [](ArchiveState &a) {
                                  a.readySegments = 2;
                                  a.oldestReadyAt = ago(11min);
                              },
                              {text("warning ") + stopped}));
    cases.push_back(archiving("a segment is on its way",
                              [](ArchiveState &a) {
                                  a.readySegments = 1;
                                  a.oldestReadyAt = ago(20s);
                              },
                              {}));
    cases.push_back(archiving("stopped, seen without rights to the folder",
                              [](ArchiveState &a) {
                                  a.readySegments = -1;
                                  a.unarchivedBytes = 40 * 1024 * 1024;
                              },
                              {text("warning ") + stopped}));
    RuleCase still = archiving("stopped and nothing moved",
                               [](ArchiveState &a) {
                                   a.readySegments = 2;
                                   a.oldestReadyAt = ago(11min);
                               },
                               {text("critical ") + stopped});
    still.world.previous(text("pgbackrest"), 35s, wellSet());
    cases.push_back(still);
    cases.push_back(archiving("archiving off", [](ArchiveState &a) { a.mode = text("off"); },
                              {text("critical backup.rpo main"), text("notice backup.archiving-off main")}));
    cases.push_back(archiving("a standby does not archive",
                              [](ArchiveState &a) {
                                  a.inRecovery = true;
                                  a.readySegments = 9;
                                  a.oldestReadyAt = ago(9h);
                              },
                              {}));
    cases.push_back(
        archiving("over the rpo", [](ArchiveState &a) { a.lag = 90min; }, {text("warning backup.rpo main")}));
    cases.push_back(archiving("at the rpo", [](ArchiveState &a) { a.lag = 60min; }, {}));
    cases.push_back(
        archiving("over twice the rpo", [](ArchiveState &a) { a.lag = 121min; }, {text("critical backup.rpo main")}));
    cases.push_back(
        archiving("exposure not known", [](ArchiveState &a) { a.lag.reset(); }, {text("unknown backup.rpo main")}));
    const BackupTarget rpoOnly{5h, {}, {}, {}};
    cases.push_back(change(
        "a dump counts from its start",
        [](BackupSet &s) {
            s.archive.reset();
            s.backups = {backup("dump", BackupType::Logical, 4h + 55min)};
        },
        {text("warning backup.rpo main")}, rpoOnly));
    cases.push_back(change(
        "a dump in time",
        [](BackupSet &s) {
            s.archive.reset();
            s.backups = {backup("dump", BackupType::Logical, 4h)};
        },
        {}, rpoOnly));
    cases.push_back(change(
        "WAL does not help a dump", [](BackupSet &s) { s.backups = {backup("dump", BackupType::Logical, 20h)}; },
        {text("critical backup.rpo main")}, rpoOnly));

    RuleCase other = change("the archiver is another entry of the same database",
                            [](BackupSet &s) { s.archive.reset(); }, {text("warning backup.rpo main")});
    BackupSet archiver;
    archiver.source = text("archiver");
    archiver.archive = quietArchive();
    archiver.archive->lag = 90min;
    other.world.add(PaneKind::Backups, text("archiver"), text("archiver"), archiver);
    cases.push_back(other);
}

} // namespace

std::vector<RuleCase> backupCases()
{
    std::vector<RuleCase> cases;
    addListCases(cases);
    addArchiveCases(cases);
    return cases;
}

} // namespace taffrail::test
