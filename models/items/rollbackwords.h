// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "words.h"

#include "rollbackrun.h"

namespace taffrail::items {

Worded worded(Verdict verdict);
Worded worded(RunStage stage);
Worded worded(HostStage stage);
Worded worded(StepState::Stage stage);

/// What a gate asks, as a person reads it: "Schema fits the target?". A code that is not known is shown itself.
QString gateQuestion(const QString &code);
/// The evidence as "limit 24, newest 2026-11-20 14:03Z"; "" = none.
QString evidenceText(const QVariantMap &evidence);

/// All of a gate: "Is the lock free? (shop) Block: ci-1 holds it. since 2026-11-20 14:03Z. Wait until it has ended."
QString gateText(const Gate &gate);
/// Why a gate stops the rollback, in words; "" for one that does not.
QString closedText(const Gate &gate);

/// Steps that are done, and all.
struct StepCount {
    int done = 0;
    int all = 0;
};
StepCount stepsOf(const RollbackRun &run);
StepCount stepsOf(const HostRun &host);
/// "5 of 9 steps"
QString stepsText(const RollbackRun &run);
/// "host 2 of 3": the one at work, or how many are through.
QString hostsText(const RollbackRun &run);
/// "20261120 → 20261119": from what to what; several releases before are all named.
QString moveText(const RollbackPlan &plan);
/// What a button says that plans the same with the releases swapped: "Return to 2.14.3…".
QString returnText(const RollbackPlan &plan);
/// "9 steps on 3 hosts, one host after another"
QString extentText(const RollbackPlan &plan);
/// The first eight digits of the digest, in two groups: "7c1e-90ab".
QString shortDigest(const QString &digest);

} // namespace taffrail::items
