// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health.h"

#include <tl/expected.hpp>

#include <QHash>

#include <vector>

namespace taffrail::sources {

/// One line of HAProxy's statistics: cells by the name of their column, never by position (health reference C3).
using HaproxyRow = QHash<QByteArray, QByteArray>;

struct HaproxyStats {
    std::vector<HaproxyRow> rows;
    bool isCut = false; ///< the last line was not whole; it is left out
};

/// Comma separated values with quotes as HAProxy writes them, header line "# pxname,svname,…" first. The error says on
/// which line what was expected.
tl::expected<HaproxyStats, QString> readHaproxyStats(const QByteArray &csv);
/// What is wrong with frontends, backends and servers. HAProxy calls a backend UP while one server counts as usable,
/// also one that is never checked: a backend is judged by the servers that a check proved to be up.
void addHaproxyChecks(const HaproxyStats &stats, const QString &host, HealthReport &report);

} // namespace taffrail::sources
