// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: health
#include "registry.h"

using namespace taffrail;
using namespace taffrail::sources;

/// The first byte picks the part, the second its exit code; a second part follows behind a 0xff byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static const int codes[]{0, 1, 127, 137};
    const QByteArray all(reinterpret_cast<const char *>(data + 2), qsizetype(size - 2));
    const qsizetype cut = all.indexOf('\xff');
    const QDateTime now = QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC);
    const auto reply = [&](size_t part, const QByteArray &out) {
        Reply answer;
        answer.name = QString::fromLatin1(hostSource.parts[part % hostSource.parts.size()]);
        answer.subject = QStringLiteral("web1");
        answer.at = now;
        answer.result = ShellReply{codes[data[1] % 4], out, out.left(64)};
        return answer;
    };
    SourceEntry entry;
    entry.hosts = {QStringLiteral("web1")};
    entry.options.insert(QStringLiteral("units"), QStringList{QStringLiteral("app-web.service")});
    Replies replies{reply(data[0], cut < 0 ? all : all.left(cut))};
    if (cut >= 0)
        replies.push_back(reply(size_t(data[0]) + 1, all.mid(cut + 1)));
    (void)hostSource.parse(entry, replies, {now, {}});
    return 0;
}
