// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: health
// What other monitoring systems print: the first byte chooses which and which part of it.
#include "registry.h"

#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const Source *all[] = {&prometheusSource, &alertmanagerSource, &nginxHealthSource, &haproxySource, &nagiosSource};
    const Source &source = *all[data[0] % std::size(all)];
    const QByteArray text(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    SourceEntry entry;
    entry.options.insert(QStringLiteral("queries"),
                         QVariantList{QVariantMap{{QStringLiteral("name"), QStringLiteral("q")},
                                                  {QStringLiteral("warning"), 1},
                                                  {QStringLiteral("critical"), 2}}});
    Reply reply;
    reply.name = QString::fromLatin1(source.parts[(data[0] / std::size(all)) % source.parts.size()]);
    reply.subject = QStringLiteral("there");
    reply.at = QDateTime::fromSecsSinceEpoch(1'795'000'000, Qt::UTC);
    if (&source == &nagiosSource) {
        reply.result = ShellReply{data[0] / 32, text, {}};
    } else {
        HttpReply http;
        http.code = 200;
        http.body = text;
        reply.result = http;
    }
    static_cast<void>(source.parse(entry, {reply}, {reply.at, {}}));
    return 0;
}
