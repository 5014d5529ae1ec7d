// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"
#include "source.h"

#include <functional>

namespace taffrail::sources {

/// What one place tells of an application: a command line on a host, or an interface over HTTP.
struct Told {
    QString app; ///< the name that the answer gives; "" = none
    HostRelease host; ///< `host` and `error` are set by whoever joins
    std::vector<Release> releases; ///< newest first; `presentOn` not empty = it can still be gone to from here
    std::vector<DeployEvent> events; ///< newest first
    std::optional<HeldLock> locked;
    int keepReleases = -1;
    QStringList notes;
};

/// Reads the answer of one host.
using ReadHost = std::function<Result<Told>(const QString &host, const ShellReply &reply)>;

/// The history of an entry whose hosts were each asked one part: an error only when no host could be read.
Result<Value> historyOfHosts(const char *source, const SourceEntry &entry, const Replies &replies,
                             const ReadHost &read);
/// The history of an entry that was read from one place without hosts.
Value historyOfPlace(const char *source, const SourceEntry &entry, Told told);

/// Adds a sentence to a note, once.
void addWords(QString &note, const QString &words);
/// Whether a text may be handed to a tool as one word: of these characters, and not an option.
bool isPlainWord(const QString &text);

} // namespace taffrail::sources
