// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"
#include "result.h"

#include <QStringList>

#include <chrono>
#include <memory>

namespace taffrail::ssh {

/// One machine as the OpenSSH configuration describes it. Paths are absolute: ~, %-tokens and ${NAME} are replaced.
struct ResolvedHost {
    QString alias; ///< what was asked for
    QString hostName;
    int port = 22;
    QString user;
    QStringList identityFiles; ///< configured ones; empty = nothing configured
    QStringList defaultIdentityFiles; ///< what ssh would try otherwise, in its order
    QStringList certificateFiles;
    QStringList proxyJump; ///< hops in order, "user@host:port"; each is resolved like an alias
    QStringList userKnownHostsFiles, globalKnownHostsFiles;
    QString identityAgent; ///< socket path; "" = no agent
    bool identitiesOnly = false;
    QString hostKeyAlias; ///< name to look up in known_hosts instead, or ""

    bool operator==(const ResolvedHost &) const = default;
};

/// Asks `ssh -G`. Answers are kept per (alias, user, port) until a configuration file that was read changes. Functions
/// may be called from any thread.
class ConfigResolver {
public:
    /// `configFile`: "" = the user's and the system's; a path = that file only (`ssh -F`).
    explicit ConfigResolver(QString configFile = {}, std::chrono::milliseconds limit = std::chrono::seconds(5));
    ~ConfigResolver();
    Q_DISABLE_COPY_MOVE(ConfigResolver)

    /// Blocks up to the limit (a process is run): never call it on the UI or the network thread. A user or port given
    /// here (inventory, jump list) wins over the configuration. Refused with BadConfig: a ProxyCommand, a `Match exec`,
    /// configuration files of others or writable by others, an alias that is not a host name. Without an ssh program
    /// the alias itself is the host, with OpenSSH's defaults.
    Result<ResolvedHost> resolve(const QString &alias, const QString &user = {}, int port = 0);
    /// Forgets all answers.
    void forget();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// "host", "user@host:port", "[::1]:2222", "ssh://user@host:port" → alias, user, port; BadConfig for another shape.
Result<SshSpec> parseDestination(const QString &text);

} // namespace taffrail::ssh
