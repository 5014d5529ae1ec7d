// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"
#include "liquibasechangelog.h"

/// The changesets of a checkout in the order in which its changelogs include one another.
namespace taffrail::sources::migrations {

struct LiquibaseFiles {
    std::vector<DiskMigration> disk; ///< key and version: "file::id::author"
    std::vector<LiquibaseChangeSet> sets; ///< of each of them
    std::vector<QByteArray> paths; ///< of the changelog of each of them, below the root
    std::vector<QByteArray> cut; ///< changelogs that are not known to their end
    QStringList notes;
};
LiquibaseFiles liquibaseFiles(const Roots &roots);
/// A path as Liquibase compares it: "classpath:" and leading slashes do not count.
QByteArray comparablePath(QByteArray path);

} // namespace taffrail::sources::migrations
