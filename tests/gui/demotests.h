// SPDX-License-Identifier: GPL-3.0-or-later
// Connection tests as a tester would tell of them, for the environments of demoenvironments.h.
#pragma once

#include "demoenvironments.h"

#include "connectiontest.h"

namespace taffrail::demo {

inline ConnectionTestPtr testOf(int passed, const std::optional<TestEnd> &end)
{
    using namespace std::chrono_literals;
    const auto stages = testStages(TestedKind::Host, false);
    const std::vector<StageMoment> all{
        {TestStage::Resolve, 400us, QStringLiteral("10.0.0.5"), true},
        {TestStage::Connect, 12ms, QStringLiteral("10.0.0.5"), true},
        {TestStage::HostKey, 41ms, QStringLiteral("SHA256:hnTPdKZ2cH6vPZMGxH3y8oUe7PZBlCq6MT0dCWBgFMo"), true},
        {TestStage::SignIn, 68ms, QStringLiteral("deploy"), true},
        {TestStage::Shell, 74ms, QStringLiteral("/bin/sh runs"), true},
        {TestStage::ReadProbe, 83ms, QStringLiteral("Linux 6.1.0-28-amd64 x86_64"), true}};
    const std::vector<StageMoment> moments(all.begin(), all.begin() + passed);
    ConnectionTest test;
    test.environment = QStringLiteral("billing-testing");
    test.subject = QStringLiteral("web1");
    test.startedAt = now().addSecs(-121);
    if (end) {
        test.finishedAt = now().addSecs(-120);
        test.took = end->at;
        test.error = end->error;
    }
    test.rows = stageRows(test.kind, stages, moments, end);
    return std::make_shared<const ConnectionTest>(std::move(test));
}

inline ConnectionTestPtr testUnderWay()
{
    return testOf(2, {});
}
inline ConnectionTestPtr passedTest()
{
    return testOf(6, TestEnd{std::chrono::milliseconds(83), {}});
}
inline ConnectionTestPtr failedTest()
{
    return testOf(
        2,
        TestEnd{std::chrono::milliseconds(45),
                Error{ErrorKind::HostKeyChanged, QStringLiteral("host key"), QStringLiteral("deploy@10.0.0.5:22"),
                      QStringLiteral("the host's key is SHA256:8oUe7PZBlCq6MT0dCWBgFMohnTPdKZ2cH6vPZMGxH3y, "
                                     "but /home/ops/.ssh/known_hosts:14 has "
                                     "SHA256:hnTPdKZ2cH6vPZMGxH3y8oUe7PZBlCq6MT0dCWBgFMo"),
                      QStringLiteral("Somebody may be listening in. Ask who runs the host whether its key "
                                     "was changed; only then replace the known one.")}});
}
/// Of a host that no inventory names.
inline ConnectionTestPtr ofNobody()
{
    ConnectionTest test = *failedTest();
    test.subject = QStringLiteral("gone");
    return std::make_shared<const ConnectionTest>(std::move(test));
}

} // namespace taffrail::demo
