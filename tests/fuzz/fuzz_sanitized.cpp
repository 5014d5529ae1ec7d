// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

bool isHarmless(const QString &text)
{
    for (const char32_t point : text.toStdU32String()) {
        const bool isControl = point < 0x20 ? (point != U'\n' && point != U'\t') : (point >= 0x7F && point <= 0x9F);
        const bool isBidi = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
        if (isControl || isBidi || (point >= 0xE0000 && point <= 0xE007F))
            return false;
    }
    return true;
}

void demand(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

/// Any bytes become text without controls, which sanitising leaves alone; every other function of text.h takes them
/// too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const QString clean = taffrail::sanitized(bytes);
    demand(isHarmless(clean));
    demand(taffrail::sanitized(clean) == clean);
    const QString line = taffrail::sanitizedLine(bytes, 80);
    demand(line.size() <= 80 && isHarmless(line) && !line.contains(QLatin1Char('\n')));
    static_cast<void>(taffrail::redacted(clean));
    static_cast<void>(taffrail::parseDuration(clean));
    const QDateTime time = taffrail::fromRfc3339(clean);
    demand(!time.isValid() || taffrail::fromRfc3339(taffrail::rfc3339(time)) == time
           || taffrail::rfc3339(time).isEmpty());
    return 0;
}
