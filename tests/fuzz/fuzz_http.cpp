// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: health
#include "registry.h"

using namespace taffrail;
using namespace taffrail::sources;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    static const char *types[]{"application/json", "text/plain", "text/html", ""};
    HttpReply http;
    http.code = 200 + (data[0] & 0x7f) * 3;
    http.contentType = types[data[0] % 4];
    http.body = QByteArray(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    Reply reply;
    reply.subject = QStringLiteral("https://shop.example.test/healthz");
    reply.result = http;
    (void)httpSource.parse(SourceEntry(), {reply}, {QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC), {}});
    return 0;
}
