// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

/// A drill with every member set.
namespace taffrail::drillcases {

inline QDateTime at(int second)
{
    return QDateTime(QDate(2026, 11, 20), QTime(16, 0, 0), Qt::UTC).addSecs(second);
}

inline DrillPlan plan()
{
    DrillPlan plan;
    plan.environment = QStringLiteral("shop-production");
    plan.environmentName = QStringLiteral("Shop");
    plan.entry = QStringLiteral("pgbackrest");
    plan.tool = QStringLiteral("pgbackrest");
    plan.backup = QStringLiteral("20261120-154801F");
    plan.type = BackupType::Full;
    plan.backupStartedAt = at(-900);
    plan.backupFinishedAt = at(-720);
    plan.location = QStringLiteral("repository 1");
    plan.host = QStringLiteral("db1");
    plan.user = QStringLiteral("postgres");
    plan.folder = QStringLiteral("/var/tmp");
    plan.scratch = QStringLiteral("/var/tmp/taffrail-drill-0123456789ab");
    plan.socket = plan.scratch + QStringLiteral("/s");
    plan.binaries = QStringLiteral("/usr/lib/postgresql/15/bin");
    plan.major = 15;
    plan.database = QStringLiteral("shop");
    plan.target = DrillTarget::Latest;
    plan.sizeBytes = 105'000'000;
    plan.needBytes = 200'000'000;
    plan.systemId = QStringLiteral("7710282973916741038");
    plan.checks = {{QStringLiteral("tables"), QStringLiteral("select 1"), QStringLiteral("1"), {}, {}, {}},
                   {QStringLiteral("rows"), QStringLiteral("select count(*) from orders"), {}, {}, {}, 10.0},
                   {QStringLiteral("version"), QStringLiteral("select 2"), {}, {}, QStringLiteral("0042"), {}}};
    plan.steps = {{QStringLiteral("preflight"), QStringLiteral("look")},
                  {QStringLiteral("restore"), QStringLiteral("pgbackrest restore")}};
    plan.script = QByteArrayLiteral("true\n");
    Gate gate;
    gate.code = QStringLiteral("drill.disk");
    gate.verdict = Verdict::Pass;
    gate.subject = QStringLiteral("db1");
    gate.answer = QStringLiteral("enough");
    gate.evidence = {{QStringLiteral("free_bytes"), 1}};
    gate.observedAt = at(0);
    plan.gates = {gate};
    plan.madeAt = at(0);
    plan.digest = QString(64, QLatin1Char('a'));
    return plan;
}

/// The lines of a job that went well.
inline QStringList goodReports()
{
    QStringList lines;
    for (int phase = 1; phase <= drillPhaseCount; ++phase) {
        const qint64 second = at(phase).toSecsSinceEpoch();
        lines << QStringLiteral("begin %1 %2").arg(phase).arg(second)
              << QStringLiteral("fact ms.%1 %2").arg(phase).arg(phase * 100)
              << QStringLiteral("end %1 %2 0").arg(phase).arg(second);
    }
    return lines << QStringLiteral("fact system_id 7710282973916741038") << QStringLiteral("fact wal_files 3")
                 << QStringLiteral("fact end_lsn 0/3A000000")
                 << QStringLiteral("fact recovered_to 2026-11-20 15:53:07.297121+00")
                 << QStringLiteral("fact recovered yes") << QStringLiteral("fact restored_bytes 105000000")
                 << QStringLiteral("fact check.1 12") << QStringLiteral("fact check.2 98")
                 << QStringLiteral("fact check.3 0042") << QStringLiteral("fact amcheck ok")
                 << QStringLiteral("fact checksums ok") << QStringLiteral("fact removed yes");
}

inline DrillRun run()
{
    DrillRun run;
    run.id = QStringLiteral("2f1c2f6e-5a4d-4d0e-9d3a-0c6f7f0e1a2b");
    run.plan = plan();
    run.startedBy = QStringLiteral("mary@laptop");
    run.reason = QStringLiteral("monthly");
    run.startedAt = at(1);
    run.live = {at(1),
                QStringLiteral("7710282973916741038"),
                QStringLiteral("0/3A204A30"),
                {},
                {QString(), QStringLiteral("100"), QString()}};
    return run;
}

} // namespace taffrail::drillcases
