// SPDX-License-Identifier: GPL-3.0-or-later
#include "mounttable.h"

#include "healthsupport.h"

#include <array>

namespace taffrail::sources {

namespace {

bool isOctal(char character)
{
    return character >= '0' && character <= '7';
}

/// "100 40 60 40%" → the row; the percentage is checked for its shape and not used: tools round it differently.
std::optional<DfRow> rowOf(const QByteArray &figures)
{
    const QList<QByteArray> words = figures.simplified().split(' ');
    if (words.size() != 4 || !(words[3] == "-" || words[3].endsWith('%')))
        return std::nullopt;
    std::array<std::optional<double>, 3> values;
    for (size_t i = 0; i < values.size(); ++i) {
        if (words[qsizetype(i)] == "-")
            continue;
        const std::optional<qint64> value = integerOf(words[qsizetype(i)]);
        if (!value)
            return std::nullopt;
        values[i] = double(*value);
    }
    return DfRow{values[0], values[1], values[2]};
}

} // namespace

QByteArray unescapedMount(const QByteArray &text)
{
    QByteArray decoded;
    decoded.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && isOctal(text[i + 1]) && isOctal(text[i + 2])
            && isOctal(text[i + 3])) {
            decoded += char((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

QList<Mount> mountsOf(const QByteArray &text)
{
    QList<Mount> mounts;
    for (const QByteArray &line : linesOf(text)) {
        const QList<QByteArray> words = line.split(' ');
        if (words.size() < 4 || !words[1].startsWith('/'))
            continue;
        mounts.append({unescapedMount(words[0]), unescapedMount(words[1]), words[2], words[3].split(',')});
    }
    return mounts;
}

bool isLocalType(const QByteArray &type)
{
    static const QList<QByteArray> types{"ext2", "ext3", "ext4",     "xfs",   "btrfs",   "zfs",    "f2fs",
                                         "jfs",  "vfat", "bcachefs", "simfs", "overlay", "rootfs", "tmpfs"};
    return types.contains(type);
}

bool isSystemMount(const QByteArray &point)
{
    static const QList<QByteArray> roots{"/proc", "/sys", "/dev", "/run/host", "/run/credentials"};
    for (const QByteArray &root : roots) {
        if (point == root || point.startsWith(root + '/'))
            return true;
    }
    return false;
}

std::optional<DfRow> dfRowOf(const QList<QByteArray> &lines, const Mount &mount)
{
    for (const QByteArray &line : lines) {
        if (!line.startsWith(mount.device + ' '))
            continue;
        if (const std::optional<DfRow> row = dfRowEndingWith(line.mid(mount.device.size()), mount.point))
            return row;
    }
    return std::nullopt;
}

std::optional<DfRow> dfRowEndingWith(const QByteArray &line, const QByteArray &point)
{
    if (!line.endsWith(' ' + point))
        return std::nullopt;
    return rowOf(line.left(line.size() - point.size()));
}

} // namespace taffrail::sources
