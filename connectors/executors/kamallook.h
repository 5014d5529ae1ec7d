// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executor.h"
#include "kamalprobe.h"
#include "kamalproxy.h"

namespace taffrail::executors::kamal {

/// One role on one host.
struct Role {
    QString name;
    QString live; ///< id of the container that serves
    QString liveVersion;
    bool hasFrom = false, hasTo = false; ///< containers of both versions by their names
    bool hasImage = false; ///< of the target
    QString toRepository; ///< of the target's image; "" = it was started by an id
    bool hasPorts = false; ///< both cannot run at a time
    ProxyService proxy;
    QStringList elsewise; ///< variables that the target's container has otherwise
};
struct Looked {
    std::vector<Role> roles;
};

/// Shell text that sets what look and run share: S, D, K, NAME, FROM, TO and the functions tf_get, tf_name ROLE
/// VERSION, tf_serving ROLE.
QByteArray kamalFunctions(const sources::kamal::Settings &settings, const HostSwitch &part);
QByteArray lookScript(const sources::kamal::Settings &settings, const HostSwitch &part);
/// Errors: NotFound, Denied, BadData, Unsupported (what cannot be taken back from here, and why).
Result<Looked> readLook(const sources::kamal::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply);

} // namespace taffrail::executors::kamal
