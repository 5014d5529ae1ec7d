// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: backups
#include "backups.h"
#include "registry.h"

#include <cstdlib>

using namespace taffrail;
using namespace taffrail::sources;

/// All backup readers: the first byte picks the source, the second its part and exit code. A result must agree with
/// itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static const Source *all[]{&pgbackrestSource, &pgdumpSource, &archiverSource};
    const Source &source = *all[data[0] % 3];
    const QByteArray out(reinterpret_cast<const char *>(data + 2), qsizetype(size - 2));
    const QDateTime now = QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC);
    Reply reply;
    reply.name = QString::fromLatin1(source.parts[(data[1] >> 1) % source.parts.size()]);
    reply.subject = QStringLiteral("db1");
    reply.at = now;
    reply.result = ShellReply{data[1] & 1, out, out.left(64)};
    const Result<Value> value = source.parse(SourceEntry(), {reply}, {now, {}});
    const BackupSet *set = value ? std::get_if<BackupSet>(&*value) : nullptr;
    if (set && set->assessment.latestFinishedAt.isValid() && set->assessment.count.value_or(1) == 0)
        abort();
    return 0;
}
