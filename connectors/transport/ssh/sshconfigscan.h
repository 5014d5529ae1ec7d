// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QStringList>

namespace taffrail::ssh {

/// The OpenSSH client configuration files that would be read, checked before any program reads them.
struct ConfigScan {
    QStringList stamps; ///< one line per file that exists: path, time, size, inode; equal stamps = nothing changed
    /// No keyword in them bears on which host, user, port, key, jump or known_hosts file is used.
    bool isIrrelevant = true;
};

/// Reads `configFile` ("" = the user's and the system's) with everything it includes. BadConfig when a file belongs to
/// neither the user nor root, is writable by others, includes too deep, or holds a `Match exec` (reading it would run a
/// program).
Result<ConfigScan> scanConfig(const QString &configFile);

/// The home folder of the password database, which is what OpenSSH uses; and the user's login name.
QString accountHome();
QString accountName();

} // namespace taffrail::ssh
