// SPDX-License-Identifier: GPL-3.0-or-later
#include "executor.h"
#include "registry.h"

#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

Reply replyOf(const QString &host, const QByteArray &out, const QString &name = {})
{
    Reply reply;
    reply.name = name;
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

/// The first byte chooses the tool; the rest is the answer of two hosts, as it is and with its end mark, the second one
/// cut, and the look of its executor.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size) - 1);
    static const Source *const tools[]
        = {&deployerSource, &gitSource, &composeSource, &kamalSource, &systemdDeploymentsSource};
    const Source &source = *tools[data[0] % 5];
    SourceEntry entry;
    entry.hosts = QStringList{QStringLiteral("a"), QStringLiteral("b")};
    entry.options = {{QStringLiteral("path"), QStringLiteral("/srv/shop")},
                     {QStringLiteral("project"), QStringLiteral("shop")},
                     {QStringLiteral("service"), QStringLiteral("shop")},
                     {QStringLiteral("unit"), QStringLiteral("shop.service")}};
    const Context context{QDateTime::fromSecsSinceEpoch(1'795'200'000, Qt::UTC), {}};
    const QByteArray whole = bytes + "\nDONE\n";
    const Replies replies{replyOf(QStringLiteral("a"), whole),
                          replyOf(QStringLiteral("a"), whole, QStringLiteral("files")),
                          replyOf(QStringLiteral("b"), bytes.mid(bytes.size() / 2) + "\nDONE\n")};
    (void)source.parse(entry, replies, context);
    SourceEntry bare;
    bare.hosts = QStringList{QStringLiteral("a")};
    (void)source.parse(bare, {replyOf(QStringLiteral("a"), bytes)}, context);
    if (source.isOutdated)
        (void)source.isOutdated(entry, replies[1], replies);
    const QString one(40, QLatin1Char('a')), two(40, QLatin1Char('b'));
    switch (data[0] % 5) {
    case 0:
        plan(executors::deployerExecutor, entry, QStringLiteral("2"), QStringLiteral("1"), "LINK\tx\n" + bytes);
        break;
    case 1: plan(executors::gitExecutor, entry, two, one, "HEAD\t" + two.toLatin1() + "\tmain\n" + whole); break;
    case 2: {
        const QString image = QStringLiteral("sha256:") + QString(64, QLatin1Char('a'));
        plan(executors::composeExecutor, entry, image, QStringLiteral("sha256:") + QString(64, QLatin1Char('b')),
             "CONTAINER\tid\t" + image.toLatin1()
                 + "\tshop:1\nSERVICE\tshop\nFOLDER\t/srv\nWRITABLE\nTOOL\t1 1\nMAJOR\t1\n" + whole);
        break;
    }
    case 3:
        plan(executors::kamalExecutor, entry, two, one,
             "ROLE\tweb\tid\t" + two.toLatin1() + "\nHASTO\tweb\nIMAGE\tweb\tshop:1\nPROXY\t" + whole);
        break;
    default: break;
    }
    return 0;
}
