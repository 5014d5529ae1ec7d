// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QDateTime>

#include <chrono>
#include <functional>

/// What every transport shares: requests with deadlines in, bytes or a typed error out.
namespace taffrail {

/// Called once, on a thread of the transport; it must return quickly and not throw.
template <typename T> using Done = std::function<void(Result<T>)>;

/// Names a request that can be cancelled; 0 = none.
using RequestId = quint64;

/// A script for `exec /bin/sh -s`, sent on stdin. Never a command line.
struct ExecRequest {
    QByteArray script;
    std::chrono::milliseconds deadline{20'000}; ///< from the call to the complete answer, connecting included
    qint64 maxOut = 1024 * 1024;
    qint64 maxErr = 64 * 1024;
};

struct ExecReply {
    QByteArray out, err;
    int exitCode = -1; ///< -1 = killed by `signal` or not told
    QByteArray signal;
    std::chrono::microseconds took{0}; ///< of the command alone, without connecting
    QDateTime startedAt, finishedAt; ///< our clock, UTC
};

} // namespace taffrail
