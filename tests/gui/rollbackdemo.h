// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demoenvironments.h"

#include "auditchain.h"
#include "rollbackrun.h"

/// Plans, runs and audit entries as a planner and runner would make them, by hand.
namespace taffrail::demo {

inline PlannedStep step(const QString &title, const QString &command)
{
    return {title, command};
}

inline HostPlan hostPlan(const QString &host, const QString &from, const QString &target)
{
    HostPlan plan;
    plan.host = host;
    plan.from = from;
    plan.steps = {step(QStringLiteral("check that %1 is live").arg(from),
                       QStringLiteral("test \"$(readlink /srv/shop/current)\" = /srv/shop/releases/%1").arg(from)),
                  step(QStringLiteral("switch current to %1").arg(target),
                       QStringLiteral("ln -sfn /srv/shop/releases/%1 /srv/shop/.current.new\n"
                                      "mv -T /srv/shop/.current.new /srv/shop/current")
                           .arg(target)),
                  step(QStringLiteral("restart shop"), QStringLiteral("sudo -n systemctl restart shop.service"))};
    plan.undoSteps = {step(QStringLiteral("switch current to %1").arg(from),
                           QStringLiteral("ln -sfn /srv/shop/releases/%1 /srv/shop/.current.new\n"
                                          "mv -T /srv/shop/.current.new /srv/shop/current")
                               .arg(from)),
                      step(QStringLiteral("restart shop"), QStringLiteral("sudo -n systemctl restart shop.service"))};
    for (const PlannedStep &each : plan.steps)
        plan.script += each.command.toUtf8() + '\n';
    for (const PlannedStep &each : plan.undoSteps)
        plan.undo += each.command.toUtf8() + '\n';
    return plan;
}

inline Gate gate(const char *code, Verdict verdict, const QString &subject, const QString &answer, bool overridable)
{
    Gate made;
    made.code = QString::fromLatin1(code);
    made.verdict = verdict;
    made.subject = subject;
    made.answer = answer;
    made.overridable = overridable;
    made.observedAt = before(4);
    return made;
}

inline std::vector<Gate> goodGates()
{
    std::vector<Gate> gates{
        gate("rollback.target", Verdict::Pass, QStringLiteral("20262.14.2"),
             QStringLiteral("it is on every host with the same revision"), false),
        gate("rollback.host", Verdict::Pass, QStringLiteral("shop"), QStringLiteral("every host was read"), true),
        gate("rollback.fresh", Verdict::Pass, {}, QStringLiteral("everything that decides was read just now"), false),
        gate("rollback.lock", Verdict::Pass, QStringLiteral("shop"), QStringLiteral("nobody holds a lock"), false),
        gate("rollback.schema", Verdict::Pass, QStringLiteral("main"),
             QStringLiteral("20261112 add_invoice_idx only adds; the target runs on it"), true),
        gate("rollback.loss-now", Verdict::Pass, QStringLiteral("main"),
             QStringLiteral("at most 12 s would be lost, the target is 5 min"), true),
        gate("rollback.approval", Verdict::Pass, QStringLiteral("shop-production"),
             QStringLiteral("nobody else has to agree"), false)};
    gates[4].evidence = {{QStringLiteral("beyond"), 1}, {QStringLiteral("rule"), QStringLiteral("expand")}};
    return gates;
}

inline std::vector<Gate> warningGates()
{
    std::vector<Gate> gates = goodGates();
    gates.push_back(gate("rollback.health", Verdict::Warn, {},
                         QStringLiteral("the health of web3 was not read: worse afterwards cannot be told"), true));
    gates.back().hint = QStringLiteral("Read the environment again when web3 answers");
    return gates;
}

inline RollbackPlan plan(const std::vector<Gate> &gates, char digit = 'a')
{
    RollbackPlan made;
    made.environment = QStringLiteral("shop-production");
    made.environmentName = QStringLiteral("Shop production");
    made.tier = Tier::Production;
    made.app = QStringLiteral("shop");
    made.entry = QStringLiteral("capistrano");
    made.method = QStringLiteral("capistrano");
    made.target = QStringLiteral("20262.14.2");
    made.targetRevision = QStringLiteral("77ab10c9d2e84b1fa0");
    const QString from = QStringLiteral("20262.14.3");
    for (const char *host : {"web1", "web2", "web3"})
        made.hosts.push_back(hostPlan(QString::fromLatin1(host), from, made.target));
    made.changes = {
        {QStringLiteral("release"), QStringLiteral("web1, web2, web3"), from, made.target},
        {QStringLiteral("revision"), QStringLiteral("shop"), QStringLiteral("9f31c2d84b"),
         QStringLiteral("77ab10c9d2")},
        {QStringLiteral("commit"), QStringLiteral("9f31c2d84b"), QStringLiteral("Round invoice totals once (ada)"), {}},
        {QStringLiteral("config"), QStringLiteral("shop.toml: pool.max"), QStringLiteral("40"), QStringLiteral("20")},
        {QStringLiteral("migration"), QStringLiteral("main"), QStringLiteral("20261112 add_invoice_idx"),
         QStringLiteral("stays applied")}};
    made.gates = gates;
    made.madeAt = now();
    made.digest = QString(64, QLatin1Char(digit));
    made.digest.replace(1, 7, QStringLiteral("c1e90ab"));
    return made;
}

inline RollbackRun run(const RollbackPlan &plan,
                       const QString &id = QStringLiteral("6f1c9a52-0d67-4a3e-9a39-0c5a1d3e7b11"))
{
    return newRun(id, plan, QStringLiteral("mary@laptop"), QStringLiteral("5xx after 2.14.3, incident 4711"), {},
                  before(70));
}

/// The first `hosts` hosts are through, the next one is in its step `steps`.
inline RollbackRun runAt(RollbackRun run, size_t hosts, size_t steps)
{
    for (size_t i = 0; i < run.hosts.size(); ++i) {
        HostRun &host = run.hosts[i];
        host.token = qint64(i) + 7;
        if (i > hosts)
            continue;
        host.stage = i < hosts ? HostStage::Switched : HostStage::Running;
        for (size_t s = 0; s < host.steps.size(); ++s) {
            StepState &step = host.steps[s];
            if (i == hosts && s > steps)
                break;
            step.startedAt = before(60 - qint64(i) * 20 - qint64(s) * 4);
            step.stage = StepState::Stage::Running;
            if (i < hosts || s < steps) {
                step.stage = StepState::Stage::Done;
                step.endedAt = step.startedAt.addMSecs(1800);
                step.exitCode = 0;
            }
        }
    }
    ++run.version;
    return run;
}

/// Every host is through and proved.
inline RollbackRun verifying(RollbackRun run)
{
    run = runAt(std::move(run), run.hosts.size(), 0);
    for (HostRun &host : run.hosts)
        host.proof = QStringLiteral(
            "current \u2192 releases/20262.14.2, revision 77ab10c9d2, process of 14:33:58Z runs from it");
    run.stage = RunStage::Verifying;
    run.verification.since = before(17);
    run.verification.until = before(-43);
    run.verification.looks = 3;
    return run;
}

inline AuditEntry auditEntry(qint64 seq, const QString &action, const QByteArray &detail,
                             const QString &environment = QStringLiteral("shop-production"))
{
    AuditEntry entry;
    entry.seq = seq;
    entry.at = (before(100'000).toMSecsSinceEpoch() + seq * 1000) * 1000;
    entry.actor = QStringLiteral("mary@laptop");
    entry.app = QStringLiteral("taffrail 0.1.0");
    entry.action = action;
    entry.environment = environment;
    entry.object = QStringLiteral("6f1c9a52-0d67-4a3e-9a39-0c5a1d3e7b11");
    entry.detail = detail;
    entry.previous = QByteArray(32, char(seq));
    entry.hash = QByteArray(32, char(seq + 1));
    return entry;
}

} // namespace taffrail::demo
