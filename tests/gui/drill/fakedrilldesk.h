// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "../../unit/drill/drillcases.h"
#include "drilldesk.h"

namespace taffrail::demo {

/// Keeps what the window wished, and answers when it is told to.
class FakeDrillDesk : public items::DrillDesk {
public:
    void plan(const QString &environment, const QString &entry, const QString &backup, const QString &,
              DrillTarget target) override
    {
        wished << QStringLiteral("plan %1 %2 %3 %4").arg(environment, entry, backup, drillTargetWord(target));
    }
    void start(const DrillPlanPtr &plan, const QString &reason) override
    {
        wished << QStringLiteral("start %1 %2").arg(plan->digest.left(4), reason);
    }
    void abort(const QString &run) override { wished << QStringLiteral("abort %1").arg(run.left(4)); }
    void watchLog(const QString &run) override { wished << QStringLiteral("watch %1").arg(run.left(4)); }
    void unwatchLog(const QString &run) override { wished << QStringLiteral("unwatch %1").arg(run.left(4)); }
    std::vector<DrillRunPtr> runs() const override { return known; }

    QStringList wished;
    std::vector<DrillRunPtr> known;
};

inline DrillPlan drillPlan()
{
    DrillPlan plan = drillcases::plan();
    plan.gates.clear();
    const auto gate = [&plan](const char *code, Verdict verdict, const char *answer, const char *hint = "") {
        Gate each;
        each.code = QString::fromLatin1(code);
        each.verdict = verdict;
        each.subject = plan.host;
        each.answer = QString::fromLatin1(answer);
        each.hint = QString::fromLatin1(hint);
        each.overridable = verdict == Verdict::Warn;
        each.observedAt = plan.madeAt;
        plan.gates.push_back(each);
    };
    gate("drill.backup", Verdict::Pass, "20261120-154801F is listed as usable");
    gate("drill.user", Verdict::Pass, "everything runs as postgres");
    gate("drill.folder", Verdict::Pass, "taffrail-drill-0123456789ab in /var/tmp");
    gate("drill.disk", Verdict::Pass, "41.2 GiB are free, 190.7 MiB are needed");
    gate("drill.version", Verdict::Pass, "PostgreSQL 15 in /usr/lib/postgresql/15/bin");
    gate("drill.lock", Verdict::Pass, "no other drill runs there");
    gate("drill.backup-running", Verdict::Pass, "no backup is being made");
    plan.steps.clear();
    const char *const steps[drillPhaseCount][2]
        = {{"preflight", "flock /var/tmp; sweep dead drills there; mkdir -m 0700 /var/tmp/taffrail-drill-0123456789ab"},
           {"restore", "pgbackrest restore --stanza='main' --set='20261120-154801F' --type=default --pg1-path=…/data"},
           {"start", "/usr/lib/postgresql/15/bin/postgres -D …/data -c listen_addresses= -c archive_mode=off …"},
           {"recovery", "psql -h …/s -p 54399 -c 'select pg_is_in_recovery()'   until it says f"},
           {"checks", "tables: select 1"},
           {"integrity", "/usr/lib/postgresql/15/bin/pg_amcheck --all --install-missing"},
           {"teardown", "end what runs in it; rm -rf; look that it is gone"}};
    for (const auto &[title, command] : steps)
        plan.steps.push_back({QString::fromUtf8(title), QString::fromUtf8(command)});
    return plan;
}

inline DrillRun drillUnderWay()
{
    DrillRun run = drillcases::run();
    run.plan = drillPlan();
    QStringList lines = drillcases::goodReports().mid(0, 7);
    applyReports(run, lines);
    run.message = QStringLiteral("It runs on db1: start.");
    return run;
}

inline DrillRun passedDrill()
{
    DrillRun run = drillUnderWay();
    applyReports(run, drillcases::goodReports());
    judge(run, 0, drillcases::at(60));
    return run;
}

inline DrillRun failedDrill()
{
    DrillRun run = drillUnderWay();
    QStringList lines = drillcases::goodReports().mid(0, 6);
    lines << QStringLiteral("begin 3 1")
          << QStringLiteral("fact problem FATAL:  could not locate required checkpoint record")
          << QStringLiteral("end 3 2 23") << QStringLiteral("begin 7 3") << QStringLiteral("end 7 3 0")
          << QStringLiteral("fact removed yes");
    applyReports(run, lines);
    judge(run, drillexit::recovery, drillcases::at(60));
    return run;
}

} // namespace taffrail::demo
