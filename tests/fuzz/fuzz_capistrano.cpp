// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

Reply replyOf(const QString &host, const QByteArray &out)
{
    Reply reply;
    reply.subject = host;
    reply.result = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(ShellReply{0, out, {}});
    return reply;
}

} // namespace

/// The input is the answer of two hosts, cut in the middle; then the same bytes as the JSON of an own program.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("a"), QStringLiteral("b")};
    entry.options = {{QStringLiteral("path"), QStringLiteral("/srv/shop")}};
    const qsizetype half = bytes.size() / 2;
    const Context context{QDateTime::fromSecsSinceEpoch(1'795'200'000, Qt::UTC), {}};
    (void)capistranoSource.parse(
        entry, {replyOf(QStringLiteral("a"), bytes), replyOf(QStringLiteral("b"), bytes.mid(half) + "\nDONE\n")},
        context);
    (void)commandDeploymentsSource.parse(entry, {replyOf(QStringLiteral("a"), bytes)}, context);
    return 0;
}
