// SPDX-License-Identifier: GPL-3.0-or-later
#include "executor.h"

#include <algorithm>

namespace taffrail::executors {

const std::vector<const Executor *> &allExecutors()
{
    static const std::vector<const Executor *> executors{
        &capistranoExecutor, &dockerExecutor, &aptExecutor,        &commandExecutor, &deployerExecutor, &gitExecutor,
        &composeExecutor,    &kamalExecutor,  &kubernetesExecutor, &helmExecutor,    &nomadExecutor};
    return executors;
}

const Executor *executorOf(const QString &method)
{
    const auto found = std::ranges::find_if(
        allExecutors(), [&](const Executor *executor) { return method == QLatin1String(executor->method); });
    return found == allExecutors().end() ? nullptr : *found;
}

const Executor *executorFor(const SourceEntry &entry, const RollbackPolicy &policy)
{
    return executorOf(!policy.method.isEmpty() ? policy.method : entry.source);
}

QString exitWords(int code)
{
    switch (code) {
    case 0: return QStringLiteral("done");
    case 74: return QStringLiteral("the job could not write its own state: is the disk full?");
    case 75: return QStringLiteral("another run holds the lock");
    case 77: return QStringLiteral("a newer run was here before");
    case 79: return QStringLiteral("it was stopped before it began");
    case stepexit::tooLong: return QStringLiteral("it took too long and was ended");
    case stepexit::noPlace: return QStringLiteral("the application is not where it was");
    case stepexit::noTarget: return QStringLiteral("the target release is gone");
    case stepexit::liveDiffers: return QStringLiteral("another release went live since the plan was made");
    case stepexit::unchanged: return QStringLiteral("the switch changed nothing");
    case stepexit::restartFailed: return QStringLiteral("the release was switched, but the restart failed");
    case stepexit::sudoAsks: return QStringLiteral("sudo would ask for a password");
    case stepexit::toolMissing: return QStringLiteral("a program that is needed is missing");
    case stepexit::busy: return QStringLiteral("the deploy tool's own lock is held");
    case stepexit::putBack: return QStringLiteral("the target did not start: the former release runs again");
    case 143: return QStringLiteral("it was stopped");
    case 137: return QStringLiteral("it was killed");
    default: return QStringLiteral("it failed with exit code %1").arg(code);
    }
}

} // namespace taffrail::executors
