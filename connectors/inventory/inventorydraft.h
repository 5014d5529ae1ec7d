// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "environmentdraft.h"

namespace taffrail::inventory {

/// An inventory file of these environments, as people would write it: what each one has is read by the sources that
/// need no more than that (host and PostgreSQL health, migration histories, the WAL archive, Capistrano when its path
/// is given). BadConfig with every mistake, told as readInventory() tells it, when the text would not be a valid
/// inventory.
Result<QByteArray> inventoryTextOf(const std::vector<EnvironmentDraft> &drafts);

/// Where ssh and libpq keep what they know.
struct ImportPlaces {
    QString sshConfig; ///< ~/.ssh/config; its Include files are read too
    QString sshFolder; ///< relative Include paths start here
    QStringList serviceFiles; ///< the user's first
};
/// The places of a person whose home is `home`, as OpenSSH and libpq find them.
ImportPlaces importPlaces(const QString &home);
/// Host aliases without wildcards, and services; doubled names once. Files that are missing are no problem.
ImportCandidates importCandidates(const ImportPlaces &places);

} // namespace taffrail::inventory
