// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: configs
#include "configcheck.h"

using namespace taffrail::sources;

/// libfyaml 0.7.12 loses one buffer of some texts that it refuses, at most a few kilobytes each.
extern "C" const char *__lsan_default_suppressions()
{
    return "leak:libfyaml.so\n";
}

/// The input is a YAML file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    checkParsed(bytes, parseYaml);
    return 0;
}
