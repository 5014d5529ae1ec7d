// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configformats.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// What holds of every parser whatever it reads: each entry has a key and a line of the file, an error names its line.
inline void checkParsed(const QByteArray &bytes, taffrail::sources::ConfigParser parse)
{
    const taffrail::sources::ParsedConfig parsed = parse(bytes, {});
    const qsizetype lines = bytes.count('\n') + bytes.count('\r') + 1;
    for (const taffrail::ConfigEntry &entry : parsed.entries) {
        if (entry.key.isEmpty() || entry.line < 0 || entry.line > lines)
            std::abort();
        if (taffrail::keySegments(entry.key).isEmpty())
            std::abort();
    }
    if (parsed.error
        && (parsed.error->kind != taffrail::ErrorKind::BadData
            || !parsed.error->text.startsWith(QLatin1String("line "))))
        std::abort();
}
