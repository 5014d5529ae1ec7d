// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: backups
#include "backupsizes.h"
#include "registry.h"
#include "walcontinuity.h"

#include <cstdlib>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

/// Command lines that lead to each reader of a source.
const char *const commands[]{
    "",
    "barman -f json list-backup main",
    "barman show-backup main latest",
    "barman check main",
    "barman -f json status main",
    "barman verify-backup main latest",
    "restic snapshots --json",
    "restic check",
    "restic backup --json",
    "restic forget --json --dry-run",
    "borg list --json r",
    "borg info --json r",
    "borg create --json r::a",
    "borg check r",
    "borgmatic rlist --json",
    "wal-g backup-list --detail --json",
    "wal-g wal-show --detailed-json",
    "wal-g wal-verify integrity --json",
    "check_pgbackrest --service=archives",
    "pgbackrest repo-ls archive/main",
    "pgbackrest expire --dry-run",
    "pg_verifybackup x",
};

} // namespace

/// The readers of the backup tools: the first byte picks the source, the second its part and exit code, the third the
/// command. A result must agree with itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    static const Source *all[]{&barmanSource,         &walgSource,         &basebackupSource,
                               &resticSource,         &borgSource,         &borgmaticSource,
                               &commandBackupsSource, &drillCaptureSource, &pgbackrestSource};
    const Source &source = *all[data[0] % std::size(all)];
    const QByteArray out(reinterpret_cast<const char *>(data + 3), qsizetype(size - 3));
    const QDateTime now = QDateTime::fromSecsSinceEpoch(1795191114, Qt::UTC);
    Reply reply;
    reply.name = QString::fromLatin1(source.parts[(data[1] >> 2) % source.parts.size()]);
    reply.subject = QStringLiteral("db1");
    reply.at = now;
    // Half of the inputs hold an error text behind the output.
    const qsizetype half = data[1] & 2 ? out.indexOf('\0') : -1;
    reply.result
        = ShellReply{data[1] & 1, half < 0 ? out : out.left(half), half < 0 ? QByteArray() : out.mid(half + 1)};
    SourceEntry entry;
    entry.options.insert(QStringLiteral("command"), QString::fromLatin1(commands[data[2] % std::size(commands)]));
    entry.options.insert(QStringLiteral("max_age_s"), 600);
    Replies replies{reply};
    if (data[1] & 0x80) { // a second part that is merged into the first one
        Reply other = reply;
        other.name = QString::fromLatin1(source.parts[data[2] % source.parts.size()]);
        replies.push_back(other);
    }
    const Result<Value> value = source.parse(entry, replies, {now, {}});
    const BackupSet *set = value ? std::get_if<BackupSet>(&*value) : nullptr;
    if (!set)
        return 0;
    if (set->assessment.latestFinishedAt.isValid() && set->assessment.count == 0)
        abort();
    for (const WalGap &gap : set->gaps) {
        if (gap.count < 0)
            abort();
    }
    (void)oddSizes(*set);
    (void)walGaps(QString::fromUtf8(out).split(QLatin1Char('\n')), set->backups, QString());
    return 0;
}
