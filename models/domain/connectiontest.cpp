// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectiontest.h"

#include <algorithm>

namespace taffrail {

namespace {

const StageMoment *momentOf(const std::vector<StageMoment> &moments, TestStage stage)
{
    const auto found = std::ranges::find(moments, stage, &StageMoment::stage);
    return found == moments.end() ? nullptr : &*found;
}

/// Whether an error of this kind can only be met on a connection that has come as far as its stage. What is wrong on
/// this side (a secret, a file) may be found before the first packet.
bool impliesEarlierStages(const Error &error)
{
    return error.kind != ErrorKind::BadConfig && error.kind != ErrorKind::Cancelled && error.kind != ErrorKind::Internal
        && error.step != QLatin1String("password") && error.step != QLatin1String("key file");
}

std::size_t failedStage(TestedKind kind, const std::vector<TestStage> &stages, const std::vector<StageMoment> &moments,
                        const Error &error)
{
    const auto unpassed
        = std::ranges::find_if(stages, [&moments](TestStage stage) { return !momentOf(moments, stage); });
    const auto first = std::min<std::size_t>(std::size_t(unpassed - stages.begin()), stages.size() - 1);
    // Behind a way that did not open nothing was tried: the error speaks of the way.
    if (stages[first] == TestStage::Way)
        return first;
    if (error.kind == ErrorKind::Cancelled)
        return first;
    const std::optional<TestStage> told = stageOfError(kind, error);
    const auto named = told ? std::ranges::find(stages, *told) : stages.end();
    if (named == stages.end())
        return first;
    return std::max(first, std::size_t(named - stages.begin()));
}

} // namespace

std::vector<TestStage> testStages(TestedKind kind, bool hasWay)
{
    std::vector<TestStage> stages;
    if (hasWay)
        stages.push_back(TestStage::Way);
    switch (kind) {
    case TestedKind::LocalHost: return {TestStage::Shell, TestStage::ReadProbe};
    case TestedKind::Host:
        stages.insert(stages.end(),
                      {TestStage::Resolve, TestStage::Connect, TestStage::HostKey, TestStage::SignIn, TestStage::Shell,
                       TestStage::ReadProbe});
        break;
    case TestedKind::Database:
        stages.insert(stages.end(),
                      {TestStage::Resolve, TestStage::Connect, TestStage::Tls, TestStage::SignIn, TestStage::Database,
                       TestStage::ReadProbe});
        break;
    }
    return stages;
}

std::optional<TestStage> stageOfError(TestedKind kind, const Error &error)
{
    const auto isStep = [&error](const char *step) { return error.step == QLatin1String(step); };
    // What the kind says is surer than the step: "sign in" covers all that PostgreSQL says at connect.
    switch (error.kind) {
    case ErrorKind::NameNotFound: return TestStage::Resolve;
    case ErrorKind::HostKeyUnknown:
    case ErrorKind::HostKeyChanged:
    case ErrorKind::HostKeyRevoked: return TestStage::HostKey;
    case ErrorKind::CertificateRefused: return TestStage::Tls;
    case ErrorKind::NotFound:
    case ErrorKind::Denied:
        if (kind == TestedKind::Database && isStep("sign in"))
            return TestStage::Database;
        break;
    default: break;
    }
    if (isStep("resolve") || isStep("name") || isStep("read ssh configuration"))
        return TestStage::Resolve;
    if (isStep("banner") || isStep("host key"))
        return TestStage::HostKey; // the greeting comes with the keys, once TCP stands
    if (isStep("tls"))
        return TestStage::Tls;
    if (isStep("sign in") || isStep("password") || isStep("key file"))
        return TestStage::SignIn;
    if (isStep("channel") || isStep("run") || isStep("shell"))
        return TestStage::Shell;
    if (isStep("query") || isStep("probe"))
        return TestStage::ReadProbe;
    if (isStep("connect") && error.kind == ErrorKind::Unreachable)
        return TestStage::Connect;
    return {}; // a link that broke, a deadline: wherever it was
}

std::vector<StageRow> stageRows(TestedKind kind, const std::vector<TestStage> &stages,
                                const std::vector<StageMoment> &moments, const std::optional<TestEnd> &end)
{
    std::vector<StageRow> rows;
    if (stages.empty())
        return rows;
    const bool failed = end && end->error;
    const std::size_t failure = failed ? failedStage(kind, stages, moments, *end->error) : stages.size();
    std::optional<std::chrono::microseconds> before = std::chrono::microseconds(0);
    bool isFirstOpen = true;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        StageRow row;
        row.stage = stages[i];
        const StageMoment *moment = momentOf(moments, stages[i]);
        if (failed && i == failure) {
            row.state = StageState::Failed;
            row.text = end->error->text;
            row.hint = end->error->hint;
            if (before && impliesEarlierStages(*end->error))
                row.took = std::max(end->at - *before, std::chrono::microseconds(0));
        } else if (failed && i > failure) {
            row.state = StageState::NotReached;
        } else if (moment) {
            row.state = moment->isUsed ? StageState::Passed : StageState::NotUsed;
            row.text = moment->note;
            if (moment->isUsed && before)
                row.took = std::max(moment->at - *before, std::chrono::microseconds(0));
            before = moment->at;
        } else if (failed) {
            const bool implied = impliesEarlierStages(*end->error);
            row.state = implied ? StageState::Passed : StageState::NotReached;
            before.reset();
        } else if (end) {
            row.state = StageState::Passed;
            before.reset();
        } else {
            row.state = std::exchange(isFirstOpen, false) ? StageState::Running : StageState::Waiting;
        }
        rows.push_back(row);
    }
    return rows;
}

} // namespace taffrail
