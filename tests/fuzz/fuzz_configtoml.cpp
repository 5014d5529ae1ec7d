// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: configs
#include "configcheck.h"

using namespace taffrail::sources;

/// The input is a TOML file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    checkParsed(bytes, parseToml);
    return 0;
}
