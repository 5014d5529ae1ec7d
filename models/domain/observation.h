// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backups.h"
#include "configs.h"
#include "deployments.h"
#include "health.h"
#include "inventory.h"
#include "migrations.h"

#include <memory>
#include <variant>

namespace taffrail {

/// Everything that a source can say.
using Value = std::variant<DeploymentHistory, MigrationHistories, BackupSet, HealthReport, ConfigSet>;
using ValuePtr = std::shared_ptr<const Value>;

/// One try of one source: a value or an error, never both, never neither.
struct Attempt {
    QDateTime at; ///< UTC, when the answer was complete
    std::chrono::milliseconds took{0};
    Result<ValuePtr> result = failure(ErrorKind::Internal, {}, {}, {});
};

/// One observation slot of a snapshot. Shows the last good value with its age and a newer failure in words.
struct Observation {
    PaneKind pane = PaneKind::Health;
    QString entry; ///< SourceEntry::id
    QString source;
    QString subject; ///< what it is about: "web1", "web1, web2", "main", a URL
    std::chrono::milliseconds interval{30'000};
    std::optional<Attempt> lastGood; ///< its result always holds a value
    std::optional<Attempt> lastAttempt; ///< the newest try, good or not

    const Value *value() const; ///< of lastGood, or null
    const Error *error() const; ///< of lastAttempt when it failed, or null
};

/// Typed access: the value if it is a T, else null.
template <typename T> const T *valueAs(const Observation &observation)
{
    const Value *value = observation.value();
    return value ? std::get_if<T>(value) : nullptr;
}

enum class LinkState { Idle, Connecting, Up, Down };
/// A connection as the user sees it: to a host or to a database.
struct Link {
    QString subject; ///< host or database id
    bool isDatabase = false;
    LinkState state = LinkState::Idle;
    QDateTime since; ///< of the present state
    std::optional<Error> error; ///< why it is down
    QDateTime retryAt; ///< next try, when down
    QString peer; ///< "deploy@10.0.0.5:22", "main at 10.0.0.9:5432 (primary)"
    QStringList missingGrants; ///< databases: exact GRANT statements that would show more

    bool operator==(const Link &) const = default;
};

/// All the latest observations of one environment; immutable, replaced whole.
struct Snapshot {
    QString environment;
    quint64 generation = 0;
    QDateTime takenAt; ///< UTC
    bool remembered = false; ///< read from disk at start, nothing observed yet in this run
    std::vector<Observation> observations; ///< in the order of EnvironmentSpec::entries
    std::vector<Link> links;

    const Observation *observation(const QString &entry) const;
    const Link *link(const QString &subject, bool isDatabase) const;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// What Facts::previous should be when `next` is judged. A generation comes with every single answer, so the generation
/// before mostly holds the very same look of a source; rates need the look before. Per entry: that of `base` (the
/// result of the last call, or null) while it is at most 10 minutes older than the one in `next`, else that of
/// `before`. Findings about growth thereby stay for minutes instead of one refresh.
SnapshotPtr rateBase(const SnapshotPtr &base, const SnapshotPtr &before, const Snapshot &next);

} // namespace taffrail
