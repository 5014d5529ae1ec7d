// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>
#include <QStringList>

namespace taffrail::executors::kamal {

/// What kamal-proxy keeps about one service, as the words that would say the same to `kamal-proxy deploy`.
struct ProxyService {
    bool known = false; ///< false: the proxy does not serve it
    QStringList flags; ///< without --target
    QString port; ///< of the target
};

/// Reads the proxy's own state (JSON). A setting that no known flag carries is an error: it would be lost.
Result<ProxyService> readProxyState(const QByteArray &json, const QString &service, const QString &host);

} // namespace taffrail::executors::kamal
