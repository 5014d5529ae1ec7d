// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

#include <map>
#include <optional>

namespace taffrail::pg {

/// Connection keywords and their values.
using Keywords = std::map<QByteArray, QByteArray>;

/// The section of `service` in `text` (a pg_service.conf: "[name]", "key=value", "#"). Nothing when it is not there;
/// BadConfig with the line when the section cannot be read.
Result<std::optional<Keywords>> serviceSection(const QByteArray &text, const QByteArray &service, const QString &path);

/// The section from PGSERVICEFILE or ~/.pg_service.conf, then from the system's pg_service.conf. BadConfig when the
/// service is unknown, or when its file may be changed by others, or holds a password there and others may read it.
Result<Keywords> readService(const QByteArray &service, const QString &subject);

/// What a line of the passfile is matched with, as libpq does.
struct PassfileQuestion {
    QByteArray host, port, database, user;
};

/// The password of the first matching line "host:port:database:user:password" ("\" escapes, "*" matches all, "#" starts
/// a comment), or nothing.
std::optional<QByteArray> passfileEntry(const QByteArray &text, const PassfileQuestion &question);

/// passfileEntry() from a file. No file, or no line that fits: nothing. BadConfig with the chmod hint when the line
/// that fits is in a file that others may read: libpq would skip such a file with a warning that nobody sees.
Result<std::optional<QByteArray>> readPassfile(const QString &path, const PassfileQuestion &question,
                                               const QString &subject);

} // namespace taffrail::pg
