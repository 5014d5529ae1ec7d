// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgpool.h"

#include <memory>
#include <utility>
#include <vector>

namespace taffrail::pg {

/// A password in memory; its bytes are overwritten when the last holder lets go.
using SecretPtr = std::shared_ptr<const QByteArray>;
SecretPtr makeSecret(QByteArray &&bytes);

/// One place to try. `host` is what certificates and the passfile are matched with; a path is a unix socket's folder.
struct Endpoint {
    QByteArray host;
    QByteArray address; ///< numeric; "" = not resolved yet, or a unix socket
    QByteArray port;
    SecretPtr password; ///< from the passfile, or null

    /// What the far side of a tunnel connects to.
    QString farHost() const { return QString::fromUtf8(address.isEmpty() ? host : address); }
    bool isSocketFolder() const { return host.startsWith('/') || host.startsWith('@'); }
};

/// All that a connection needs and that is not learnt over the network: the dsn, its service file, the environment and
/// the passfile merged in libpq's order of precedence (dsn, service, environment, default).
struct ConnectPlan {
    std::vector<std::pair<QByteArray, QByteArray>>
        parameters; ///< for PQconnectStartParams, without host, hostaddr, port, password
    std::vector<Endpoint> endpoints; ///< in the order to try; never empty
    SecretPtr password; ///< for all endpoints; null = the endpoint's own, or none
    QByteArray user, database;
    QByteArray sessionKind; ///< target_session_attrs, "any" when not asked for
    bool verifiesName = false; ///< sslmode=verify-full
    std::chrono::milliseconds connectTimeout{5'000}; ///< for one endpoint
};

/// Reads dsn, service file, environment and passfile. Blocks on the file system, not on the network. Fails with
/// BadConfig, also for a service file or passfile that holds a password and that others can read.
Result<ConnectPlan> readPlan(const Target &target);

/// Fills in the addresses; a name with several becomes several endpoints. Blocks on the resolver. Error: NameNotFound.
Result<ConnectPlan> withAddresses(ConnectPlan plan, const QString &subject);

/// The dsn's keywords in one order, without any password; what cannot be read stays as it is but for its secrets.
QString canonicalDsn(const QString &dsn);

} // namespace taffrail::pg
