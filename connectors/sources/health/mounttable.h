// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

#include <optional>

namespace taffrail::sources {

/// One line of /proc/mounts, its \040-style escapes decoded.
struct Mount {
    QByteArray device, point, type;
    QList<QByteArray> options;
};
QList<Mount> mountsOf(const QByteArray &text);
QByteArray unescapedMount(const QByteArray &text);
/// File systems whose space is judged; network ones are asked apart, images are always full.
bool isLocalType(const QByteArray &type);
/// Mount points that are the system's own.
bool isSystemMount(const QByteArray &point);

/// The figures of one `df -P` row: blocks of 1024 bytes, or inodes. Empty = "-".
struct DfRow {
    std::optional<double> total, used, available;
};
/// The row of this mount in the output of `df -P`. Device and mount point may hold spaces and text that looks like a
/// row, so the row must be exactly device, four figures, mount point.
std::optional<DfRow> dfRowOf(const QList<QByteArray> &lines, const Mount &mount);
/// The figures of a row of which only the mount point is known.
std::optional<DfRow> dfRowEndingWith(const QByteArray &line, const QByteArray &point);

} // namespace taffrail::sources
