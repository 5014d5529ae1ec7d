// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

/// What `auto` and the sources named after one tool share.
namespace taffrail::sources::migrations {

/// `tool` is "" for auto, else the one tool to look for.
std::vector<Request> requestsFor(const QString &tool, const SourceEntry &entry, const Replies &soFar);
/// Whether files changed since they were read into `kept`.
bool areFilesOutdated(const SourceEntry &entry, const Reply &kept, const Replies &replies);
/// What the login needs for any of them.
inline constexpr const char *rights = "SELECT on the history table; read access to the migration files on a host";
Result<Value> parseFor(const QString &tool, const SourceEntry &entry, const Replies &replies);

} // namespace taffrail::sources::migrations
