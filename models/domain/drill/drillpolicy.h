// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

namespace taffrail {

/// One question to the restored database, and what its answer must be. Exactly one kind of expectation is set, or none:
/// then the answer is only kept.
struct DrillCheck {
    QString name;
    QString sql; ///< its first column of its first row counts
    QString minimum, maximum; ///< numbers or times (RFC 3339); "" = open
    QString equals; ///< the very text
    std::optional<double> within; ///< per cent of what the live database answers to the same question

    bool operator==(const DrillCheck &) const = default;
};

/// How backups of one entry are tried: its "drill", read.
struct DrillPolicy {
    QString host; ///< host id; "" = the entry's first
    QString folder = QStringLiteral("/var/tmp"); ///< scratch directories are made here
    QString binaries; ///< folder with postgres, psql, initdb; "" = the usual places
    QString user; ///< who owns the scratch directory and runs everything; "" = the entry's user, else the login
    QString database; ///< that the checks ask; "" = as the live database is called, else "postgres"
    QStringList roles; ///< superusers to try; the first that can sign in is taken
    QString preload; ///< shared_preload_libraries of the copy; "" = none
    QString restoreCommand; ///< for a base backup: where its WAL comes from
    std::vector<DrillCheck> checks; ///< the tables to be counted among them
    std::chrono::seconds limit{6 * 3600}; ///< for the restore, and again for the recovery
    std::chrono::seconds checkLimit{60}; ///< for one question
    std::optional<std::chrono::seconds> every; ///< how often it should be done

    bool operator==(const DrillPolicy &) const = default;
};

/// Reads the policy of a backups entry; what is not written has its default. `problems` gets what cannot be read.
DrillPolicy drillPolicyOf(const EnvironmentSpec &environment, const SourceEntry &entry, QStringList &problems);

/// Whether a path may be used as it is in every place of a drill: absolute, of letters, digits and "._/@+-" alone,
/// without "..".
bool isPlainPath(const QString &path);

} // namespace taffrail
