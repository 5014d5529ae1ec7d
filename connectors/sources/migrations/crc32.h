// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace taffrail::sources {

/// CRC-32 as in zip and zlib (polynomial 0xEDB88320). `seed` continues an earlier result.
quint32 crc32(const QByteArray &bytes, quint32 seed = 0);

} // namespace taffrail::sources
