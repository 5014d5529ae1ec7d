// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"
#include "mounttable.h"

#include "text.h"

#include <QSet>

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

QString nameOf(const QByteArray &point)
{
    return sanitizedLine(point, 200);
}

/// Percent and bytes available, the worse of both counts. The floor in bytes is for systems that are large enough to
/// have it: a file system of 1 GiB is not critical because less than 1 GiB is free.
Status judgeSpace(double percent, double bytes, double size, bool isMemory, Limits percents, Limits floors)
{
    Status status = below(percent, percents);
    if (isMemory)
        return status;
    if (size >= 4 * floors.critical && bytes < floors.critical)
        status = worse(status, Status::Critical);
    if (size >= 4 * floors.warning && bytes < floors.warning)
        status = worse(status, Status::Warning);
    return status;
}

void checkSpace(const HostView &view, const Mount &mount, const DfRow &row)
{
    const QString name = nameOf(mount.point);
    if (!row.used || !row.available || !row.total || *row.used + *row.available <= 0) {
        view.add(unknownCheck("host.disk", name, view.host, QStringLiteral("df tells no size for it")));
        return;
    }
    const Limits percents = limitsOf(view.entry, "disk", {10, 5});
    const Limits floors = limitsOf(view.entry, "disk_bytes", {5 * gibibyte, 1 * gibibyte});
    // Available, not free: blocks reserved for root are full for everybody else.
    const double percent = std::max(0.0, 100.0 * *row.available / (*row.used + std::max(0.0, *row.available)));
    const double bytes = std::max(0.0, *row.available) * 1024;
    const double size = *row.total * 1024;
    const Status status = judgeSpace(percent, bytes, size, mount.type == "tmpfs", percents, floors);
    view.add(
        makeCheck("host.disk", name, view.host, status,
                  QStringLiteral("%1 % available (%2 of %3)").arg(oneDigit(percent), sizeText(bytes), sizeText(size)),
                  percent, "%", percents));
    view.count(QStringLiteral("disk.available_bytes.%1").arg(name), bytes);
    view.count(QStringLiteral("disk.size_bytes.%1").arg(name), size);
}

void checkInodes(const HostView &view, const Mount &mount, const DfRow &row)
{
    // btrfs and others have no fixed number of inodes: not a fact about room.
    if (!row.total || *row.total <= 0 || !row.available || !row.used || *row.used + *row.available <= 0)
        return;
    const Limits limits = limitsOf(view.entry, "inodes", {5, 3});
    const double percent = 100.0 * std::max(0.0, *row.available) / (*row.used + std::max(0.0, *row.available));
    view.add(makeCheck("host.inodes", nameOf(mount.point), view.host, below(percent, limits),
                       QStringLiteral("%1 % of the inodes free").arg(oneDigit(percent)), percent, "%", limits));
}

void checkReadOnly(const HostView &view, const Mount &mount)
{
    const bool isReadOnly = mount.options.contains("ro");
    view.count(QStringLiteral("mount.readonly.%1").arg(nameOf(mount.point)), isReadOnly ? 1 : 0);
    if (!isReadOnly || mount.type == "overlay" || mount.type == "tmpfs")
        return;
    // With errors=remount-ro the kernel itself takes away writing after a fault of the disk.
    const bool mayBeFault = mount.options.contains("errors=remount-ro");
    view.add(makeCheck("host.readonly", nameOf(mount.point), view.host, mayBeFault ? Status::Warning : Status::Notice,
                       mayBeFault ? QStringLiteral("mounted read-only; it is set to become so after a disk error")
                                  : QStringLiteral("mounted read-only")));
}

bool hasControls(const QByteArray &text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

/// Local mounts that df is asked for: each device once, the last mount on a point.
QList<Mount> judgedMounts(const HostView &view, const QList<Mount> &all)
{
    const QStringList ignored = view.entry.options.value(QStringLiteral("ignore_mounts")).toStringList();
    QSet<QByteArray> seen;
    QList<Mount> judged;
    for (qsizetype i = 0; i < all.size(); ++i) {
        const Mount &mount = all[i];
        if (!isLocalType(mount.type) || isSystemMount(mount.point))
            continue;
        if (mount.type != "tmpfs") {
            if (seen.contains(mount.device))
                continue;
            seen.insert(mount.device);
        }
        const auto isSame = [&](const Mount &later) { return later.point == mount.point; };
        const bool isCovered = std::any_of(all.begin() + i + 1, all.end(), isSame);
        if (!isCovered && !ignored.contains(QString::fromUtf8(mount.point)))
            judged.append(mount);
    }
    return judged;
}

void readLocalMounts(const HostView &view, const QList<Mount> &mounts)
{
    const ShellReply *blocks = view.reply("dfk", "host.disk");
    const ShellReply *inodes = view.reply("dfi", "host.inodes");
    const QList<QByteArray> blockLines = blocks ? linesOf(blocks->out) : QList<QByteArray>();
    const QList<QByteArray> inodeLines = inodes ? linesOf(inodes->out) : QList<QByteArray>();
    for (const Mount &mount : mounts) {
        checkReadOnly(view, mount);
        if (hasControls(mount.point) || hasControls(mount.device)) {
            view.add(makeCheck("host.disk", nameOf(mount.point), view.host, Status::Warning,
                               QStringLiteral("its name holds control characters: its size can't be told safely")));
            continue;
        }
        if (blocks) {
            if (const std::optional<DfRow> row = dfRowOf(blockLines, mount))
                checkSpace(view, mount, *row);
            else
                view.add(
                    unknownCheck("host.disk", nameOf(mount.point), view.host, QStringLiteral("df gave no row for it")));
        }
        if (const std::optional<DfRow> row = inodes ? dfRowOf(inodeLines, mount) : std::nullopt)
            checkInodes(view, mount, *row);
    }
}

void readNetworkMounts(const HostView &view)
{
    const ShellReply *shell = view.reply("netfs", "host.mount");
    if (!shell)
        return;
    const QList<QByteArray> lines = linesOf(shell->out);
    const bool isAble = !lines.contains("no-timeout");
    for (const QByteArray &line : lines) {
        if (!line.startsWith("M "))
            continue;
        const QByteArray escaped = line.mid(2);
        const QByteArray point = unescapedMount(escaped);
        const auto answer = std::find_if(lines.begin(), lines.end(), [&](const QByteArray &other) {
            return other.startsWith("R " + escaped + ' ');
        });
        if (!isAble) {
            view.add(unknownCheck("host.mount", nameOf(point), view.host,
                                  QStringLiteral("network mounts are not asked on a host without timeout(1)")));
        } else if (answer == lines.end()) {
            view.add(makeCheck("host.mount", nameOf(point), view.host, Status::Critical,
                               QStringLiteral("the network mount does not answer")));
        } else {
            view.add(makeCheck("host.mount", nameOf(point), view.host, Status::Ok,
                               QStringLiteral("the network mount answers")));
            if (const std::optional<DfRow> row = dfRowEndingWith(
                    answer->mid(3 + escaped.size()).mid(answer->mid(3 + escaped.size()).indexOf(' ')), point))
                checkSpace(view, {QByteArray(), point, "network", {}}, *row);
        }
    }
}

} // namespace

void readMounts(const HostView &view)
{
    const ShellReply *table = view.reply("mounts", "host.disk");
    if (table)
        readLocalMounts(view, judgedMounts(view, mountsOf(table->out)));
    readNetworkMounts(view);
}

} // namespace taffrail::sources
