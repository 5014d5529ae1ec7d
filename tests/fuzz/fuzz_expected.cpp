// SPDX-License-Identifier: GPL-3.0-or-later
// The file of expected differences, and a baseline: what is read must be written the same and read again.
#include "comparecodec.h"
#include "expectedfile.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

using namespace taffrail;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    if (const auto expected = inventory::readExpected(text, QStringLiteral("fuzz"))) {
        const QByteArray written = inventory::expectedText(*expected);
        const auto again = inventory::readExpected(written, QStringLiteral("fuzz"));
        if (!again || inventory::expectedText(*again) != written)
            std::abort();
    }
    if (const auto baseline = codec::readBaseline(text)) {
        const QByteArray written = codec::baselineText(*baseline->environment, baseline->savedAt);
        const auto again = codec::readBaseline(written);
        if (!again || codec::baselineText(*again->environment, again->savedAt) != written)
            std::abort();
        const Matrix matrix = compareConfigs({baseline->environment, again->environment}, 0, {}, {}, baseline->savedAt);
        codec::jsonText(codec::comparisonJson(matrix, MatrixView::Everything));
    }
    return 0;
}
