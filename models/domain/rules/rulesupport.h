// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "finding.h"

namespace taffrail::rules {

/// A finding about one observation; observedAt is that of its last good value.
Finding findingOn(const Observation &observation, const char *code, Status severity, const QString &subject,
                  const QString &title);

/// "a, b, c and 4 more": the first `limit` words in order.
QString listed(const QStringList &words, int limit = 5);
/// "1 migration", "3 migrations": `one` gets an s.
QString counted(qsizetype count, const char *one);

/// What the user calls the thing: "app" of a history, or the entry.
QString appOf(const Observation &observation, const DeploymentHistory &history);
/// The record of a release id, or null.
const Release *releaseOf(const DeploymentHistory &history, const QString &id);
/// What people call a release: its version, else its id.
QString releaseName(const DeploymentHistory &history, const QString &id);

/// Whether the connection to this host, or to this database or the host it is reached through, is down.
bool isHostDown(const Facts &facts, const QString &host);
bool isDatabaseDown(const Facts &facts, const QString &database);
/// Whether an entry has nothing left to be read from: its database, or every host that it names, is down.
bool isCutOff(const Facts &facts, const SourceEntry &entry);

/// Calls `use` with each observation whose value is a T.
template <typename T, typename Use> void forEach(const Facts &facts, Use use)
{
    for (const Observation &observation : facts.snapshot.observations) {
        if (const T *value = valueAs<T>(observation))
            use(observation, *value);
    }
}

/// The sibling that this environment promotes from, or null.
const Snapshot *promotionSource(const Facts &facts);

} // namespace taffrail::rules
