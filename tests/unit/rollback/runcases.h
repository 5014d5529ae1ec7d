// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackrun.h"

/// A plan and a run with something in every field, for tests.
namespace taffrail::runcases {

inline RollbackPlan plan(const QStringList &hosts
                         = {QStringLiteral("web1"), QStringLiteral("web2"), QStringLiteral("web3")})
{
    RollbackPlan plan;
    plan.environment = QStringLiteral("shop-production");
    plan.environmentName = QStringLiteral("Shop production");
    plan.tier = Tier::Production;
    plan.app = QStringLiteral("shop");
    plan.entry = QStringLiteral("capistrano");
    plan.method = QStringLiteral("capistrano");
    plan.target = QStringLiteral("20261120154850");
    plan.targetRevision = QString(40, QLatin1Char('a'));
    for (const QString &host : hosts)
        plan.hosts.push_back(
            {host,
             QStringLiteral("20261120154853"),
             {{QStringLiteral("switch"), QStringLiteral("mv 'a' \"b\"\n")}, {QStringLiteral("proof"), {}}},
             "echo 'ü' $x\n",
             {{QStringLiteral("back"), QStringLiteral("mv b a")}},
             "echo back\n"});
    plan.hold = std::chrono::seconds(30);
    plan.healthGate = {QStringLiteral("http")};
    plan.badBefore = {QStringLiteral("http.status /healthz")};
    plan.changes = {{QStringLiteral("commit"), QStringLiteral("8039f4745173"), QStringLiteral("Ada: fix"), {}}};
    plan.gates = {{QStringLiteral("rollback.schema"),
                   Verdict::Warn,
                   QStringLiteral("main"),
                   QStringLiteral("3 s ago"),
                   {{QStringLiteral("migrations"), QStringList{QStringLiteral("1"), QStringLiteral("2")}},
                    {QStringLiteral("at"), QDateTime::fromSecsSinceEpoch(1'790'000'000, Qt::UTC)},
                    {QStringLiteral("share"), 0.25}},
                   QStringLiteral("hint"),
                   QStringLiteral("auto"),
                   QDateTime::fromSecsSinceEpoch(1'790'000'000, Qt::UTC),
                   true}};
    plan.madeAt = QDateTime::fromSecsSinceEpoch(1'790'000'100, Qt::UTC);
    plan.digest = QString(64, QLatin1Char('0'));
    return plan;
}

inline RollbackRun run(RollbackPlan made = plan())
{
    return newRun(QStringLiteral("0f8fad5b-d9cb-469f-a165-70867728950e"), std::move(made),
                  QStringLiteral("mary@laptop"), QStringLiteral("5xx after the deploy"),
                  {{QStringLiteral("rollback.schema"), QStringLiteral("tolerated")}},
                  QDateTime::fromSecsSinceEpoch(1'790'000'200, Qt::UTC));
}

} // namespace taffrail::runcases
