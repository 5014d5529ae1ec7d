// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "connectiontester.h"
#include "courier.h"
#include "localshell.h"

#include <algorithm>

namespace taffrail {

/// One test and what it runs on.
struct ConnectionTester::Run {
    // Destroyed in the other order: a database may go through the host's pool.
    struct Transports {
        std::unique_ptr<LocalShell> local;
        std::unique_ptr<ssh::Pool> ssh;
        std::unique_ptr<pg::Pool> postgres;
    };

    Key key;
    quint64 number = 0; ///< tells the answers of an earlier test of the same connection
    EnvironmentSpecPtr environment;
    ConnectionTest test;
    std::vector<TestStage> stages;
    std::vector<StageMoment> moments;
    std::chrono::steady_clock::time_point startedAt;
    ssh::Endpoint endpoint; ///< of the host, or of the one that a database is reached through
    QString peer; ///< the endpoint's, once resolved: stages of jump hosts have others
    std::shared_ptr<Transports> transports;

    bool isDatabase() const { return test.kind == TestedKind::Database; }
    bool hasWay() const { return !stages.empty() && stages.front() == TestStage::Way; }
    bool isPast(TestStage stage) const
    {
        return std::ranges::find(moments, stage, &StageMoment::stage) != moments.end();
    }
    std::chrono::microseconds since(std::chrono::steady_clock::time_point at) const
    {
        return std::chrono::duration_cast<std::chrono::microseconds>(at - startedAt);
    }
};

} // namespace taffrail
