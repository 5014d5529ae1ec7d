// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QDateTime>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace taffrail {

/// What a connection test looks at, in the order in which it happens. `Way` is the jump host, or the host that a
/// database is reached through.
enum class TestStage { Way, Resolve, Connect, HostKey, Tls, SignIn, Shell, Database, ReadProbe };

enum class StageState {
    Waiting, ///< its turn has not come
    Running,
    Passed,
    Failed,
    NotReached, ///< an earlier one failed: nothing is known of it
    NotUsed, ///< this connection does without it
};

/// A stage that is behind, told by the transport. `at` counts from the start of the test.
struct StageMoment {
    TestStage stage = TestStage::Resolve;
    std::chrono::microseconds at{0};
    QString note; ///< what was seen: an address, a fingerprint, a version
    bool isUsed = true;
};

/// How a test ended; not at all while it runs.
struct TestEnd {
    std::chrono::microseconds at{0};
    std::optional<Error> error; ///< none = everything passed
};

struct StageRow {
    TestStage stage = TestStage::Resolve;
    StageState state = StageState::Waiting;
    std::optional<std::chrono::microseconds> took; ///< none = the transport could not tell
    QString text; ///< what was seen, or why it failed
    QString hint; ///< what to do about it

    bool operator==(const StageRow &) const = default;
};

enum class TestedKind { Host, LocalHost, Database };

/// One test of one connection, under way or over.
struct ConnectionTest {
    QString environment;
    QString subject; ///< host or database id
    TestedKind kind = TestedKind::Host;
    QDateTime startedAt; ///< UTC; invalid = it waits for its turn
    QDateTime finishedAt; ///< UTC; invalid = under way
    std::chrono::microseconds took{0};
    std::vector<StageRow> rows;
    std::optional<Error> error;

    bool isOver() const { return finishedAt.isValid(); }
    bool hasPassed() const { return isOver() && !error; }
};
using ConnectionTestPtr = std::shared_ptr<const ConnectionTest>;

/// The stages of a kind of connection; with `Way` first when there is one.
std::vector<TestStage> testStages(TestedKind kind, bool hasWay);
/// The stage that an error's step and kind speak of; none when they do not say.
std::optional<TestStage> stageOfError(TestedKind kind, const Error &error);
/// The rows of a test from what is known of it. A stage counts as passed when the transport said so, or when the error
/// can only arise behind it. `end` null = still under way.
std::vector<StageRow> stageRows(TestedKind kind, const std::vector<TestStage> &stages,
                                const std::vector<StageMoment> &moments, const std::optional<TestEnd> &end);

} // namespace taffrail
