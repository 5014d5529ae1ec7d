// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executor.h"

namespace taffrail::executors {

/// Shell text for the look of an executor: whether the unit that the policy restarts is there, and whether sudo would
/// ask. Empty when there is no unit to restart. It prints lines that begin with "RESTART\t" and runs nothing.
QByteArray restartLook(const RollbackPolicy &policy);
/// What these lines say, as words that a person must accept. Error Denied: sudo would ask for a password.
Result<QStringList> restartWarnings(const HostSwitch &part, const QByteArrayList &lines);

} // namespace taffrail::executors
