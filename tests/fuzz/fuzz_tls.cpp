// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: health
#include "registry.h"

using namespace taffrail;
using namespace taffrail::sources;

/// PEM text is read as a captured chain; anything else is taken as DER.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    Reply reply;
    reply.subject = QStringLiteral("shop.example.test:443");
    if (bytes.startsWith("-----BEGIN")) {
        reply.result = ShellReply{0, bytes, {}};
    } else {
        TlsReply tls;
        tls.chainDer = {bytes};
        reply.result = tls;
    }
    SourceEntry entry;
    entry.options.insert(QStringLiteral("endpoint"), reply.subject);
    (void)tlsSource.parse(entry, {reply}, {QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC), {}});
    return 0;
}
