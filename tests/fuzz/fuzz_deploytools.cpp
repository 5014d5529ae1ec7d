// SPDX-License-Identifier: GPL-3.0-or-later
#include "executor.h"
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

void plan(const executors::Executor &executor, const SourceEntry &entry, const QString &from, const QString &to,
          const QByteArray &out)
{
    Release present, target;
    present.id = from;
    target.id = to;
    const RollbackPolicy policy;
    (void)executor.steps({entry, policy, QStringLiteral("e"), QStringLiteral("a"), present, target}, {0, out, {}});
}

} // namespace

/// The input is the answer of two hosts to the sources of Docker and of apt, and to the look of their executors.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes = QByteArray(reinterpret_cast<const char *>(data), qsizetype(size)) + "\nDONE\n";
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("a"), QStringLiteral("b")};
    entry.options = {{QStringLiteral("container"), QStringLiteral("shop")},
                     {QStringLiteral("package"), QStringLiteral("shop")},
                     {QStringLiteral("unit"), QStringLiteral("shop.service")}};
    const Replies replies{replyOf(QStringLiteral("a"), bytes),
                          replyOf(QStringLiteral("b"), bytes.mid(bytes.size() / 2) + "\nDONE\n")};
    const Context context{QDateTime::fromSecsSinceEpoch(1'795'200'000, Qt::UTC), {}};
    (void)dockerDeploymentsSource.parse(entry, replies, context);
    (void)aptDeploymentsSource.parse(entry, replies, context);
    const QString image = QStringLiteral("sha256:") + QString(64, QLatin1Char('a'));
    const QByteArray container = "CONTAINER\t{\"id\":\"c\",\"image\":\"" + image.toLatin1()
        + "\"}\nTARGET\t[]\nHOST\tNetworkMode\t\"none\"\nCONFIG\tUser\t\"\"\n" + bytes;
    plan(executors::dockerExecutor, entry, image, QStringLiteral("sha256:") + QString(64, QLatin1Char('b')), container);
    plan(executors::aptExecutor, entry, QStringLiteral("1"), QStringLiteral("2"),
         "PACKAGE\tshop\t1\tinstalled\tinstall\nSIMULATED\t0\n" + bytes);
    return 0;
}
