// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jsonfields.h"
#include "source.h"

namespace taffrail::sources {

/// One answer of an HTTP interface that speaks JSON.
struct WebAnswer {
    fields::Json body;
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    bool hasMore = false; ///< it says that a further page exists
};
/// The body, or why there is none: refused (401), no right (403), absent (404), over the rate limit (with the time at
/// which it ends), cut, not JSON. Captured text (a body, or a whole answer with its head) is read the same way.
Result<WebAnswer> webAnswer(const QString &service, const Reply &reply, const QDateTime &now);

/// What the entries of such a service have in common: `url` (or `otherwise`), via, ca_file, token.
HttpGet webRequest(const SourceEntry &entry, const QUrl &url);
/// The address of the service without a slash at its end; invalid when it is no http(s) address.
QUrl serviceUrl(const SourceEntry &entry, const char *otherwise);
/// `base` with a path (encoded) and a query added.
QUrl below(const QUrl &base, const QString &path, const QString &query = {});
/// A deployment that says that it is under way for longer than this has been left behind (own choice).
inline constexpr qint64 webDeploySeconds = 24 * 3600;

} // namespace taffrail::sources
