// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: deployments
#include "registry.h"
#include "executor.h"

#include <cstddef>
#include <cstdint>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

using Answer = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>;

Reply replyOf(const char *name, const QString &subject, const Answer &answer)
{
    Reply reply;
    reply.name = QLatin1String(name);
    reply.subject = subject;
    reply.result = answer;
    return reply;
}

HttpReply httpOf(const QByteArray &body)
{
    HttpReply reply;
    reply.code = 200;
    reply.body = body;
    reply.headers.insert("retry-after", body.left(12));
    return reply;
}

void plan(const executors::Executor &executor, const SourceEntry &entry, const QByteArray &out)
{
    Release present, target;
    present.id = QStringLiteral("2");
    present.revision = QStringLiteral("bbb");
    target.id = QStringLiteral("1");
    target.revision = QStringLiteral("aaa");
    const RollbackPolicy policy;
    const ShellReply looked{0, out + "\n@tf dry\n@tf-end 0 \n\nDONE\nLOOKED\n", {}};
    (void)executor.steps({entry, policy, QStringLiteral("e"), QStringLiteral("a"), present, target}, looked);
    (void)executor.steps({entry, policy, QStringLiteral("e"), QStringLiteral("a"), target, present}, looked);
}

} // namespace

/// The input is what each of the tools may have printed, framed and unframed, and what each service may have answered.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const QString host = QStringLiteral("a");
    SourceEntry entry;
    entry.hosts = QStringList{host};
    const Context context{QDateTime::fromSecsSinceEpoch(1'795'200'000, Qt::UTC), {}};
    const ShellReply plain{0, bytes, {}};
    for (const Source *source : {&kubernetesSource, &helmSource, &nomadSource, &nixSource, &dokkuSource}) {
        (void)source->parse(entry, {replyOf("", host, plain)}, context);
        const QByteArray framed = "PROFILE\t/p\n@tf workload\n" + bytes + "\n@tf-end 0 \nDONE\n";
        (void)source->parse(entry, {replyOf("", host, ShellReply{0, framed, {}})}, context);
        (void)source->parse(entry, {replyOf("", host, ShellReply{1, {}, bytes})}, context);
    }
    const QString status = QStringLiteral("https://api.github.com/repos/o/shop/deployments/14/statuses");
    for (const Answer &answer : {Answer(plain), Answer(httpOf(bytes))}) {
        (void)githubSource.parse(entry, {replyOf("deployments", host, answer), replyOf("statuses", status, answer)},
                                 context);
        (void)gitlabSource.parse(entry, {replyOf("", host, answer)}, context);
        (void)argocdSource.parse(entry, {replyOf("", host, answer)}, context);
    }
    entry.options = {{QStringLiteral("workload"), QStringLiteral("deployment/shop")},
                     {QStringLiteral("release"), QStringLiteral("shop")},
                     {QStringLiteral("job"), QStringLiteral("shop")}};
    plan(executors::kubernetesExecutor, entry, bytes);
    plan(executors::helmExecutor, entry, bytes);
    plan(executors::nomadExecutor, entry, bytes);
    return 0;
}
