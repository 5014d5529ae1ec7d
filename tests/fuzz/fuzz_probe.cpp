// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: probe
#include "probe.h"

#include <cstdlib>

using namespace taffrail::sources;

/// The first byte splits the input into standard output and standard error. Nothing may be told that was not closed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray all(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    const qsizetype cut = all.size() * data[0] / 256;
    const QByteArray nonce = "00112233445566778899aabbccddeeff";
    const QByteArray out = QByteArray(all.left(cut)).replace("NONCE", nonce);
    const ProbeAnswer answer = parseProbe(nonce, out, QByteArray(all.mid(cut)).replace("NONCE", nonce));
    for (auto it = answer.sections.begin(); it != answer.sections.end(); ++it) {
        if (!out.contains("@TFR1 " + nonce + " E " + it.key() + ' '))
            abort();
    }
    return 0;
}
