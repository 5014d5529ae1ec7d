// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QStringList>

#include <chrono>

namespace taffrail::inventory {

/// Runs a program (absolute path first) without a shell, with /dev/null as input and a reduced environment, in a
/// session of its own that is killed at the limit; gives what it printed, at most 64 KiB. `subject` names it in errors.
Result<QByteArray> secretFromProgram(const QString &subject, const QStringList &words, std::chrono::milliseconds limit);

} // namespace taffrail::inventory
