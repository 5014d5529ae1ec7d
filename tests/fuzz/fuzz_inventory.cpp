// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: inventory
#include "inventoryreader.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Any bytes are either an inventory or a list of problems that each say what was expected and found.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto reading = taffrail::inventory::readInventoryText(QStringLiteral("fuzz.json"), json);
    if (reading)
        return 0;
    if (reading.error().empty())
        std::abort();
    for (const taffrail::inventory::Problem &problem : reading.error()) {
        if (problem.expected.isEmpty() || problem.found.isEmpty() || problem.line < 1 || problem.column < 1)
            std::abort();
    }
    return 0;
}
