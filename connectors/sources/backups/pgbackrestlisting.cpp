// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupjson.h"
#include "backuptool.h"
#include "pgbackresttext.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

BackupSet emptySet()
{
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    return set;
}

bool isFailed(BackupSet &set, const Captured &captured)
{
    if (captured.reply.exitCode == 0)
        return false;
    setProblem(set, problemOfExitCode(captured.reply.exitCode, captured.reply.err));
    set.notes.append(firstLine(captured.reply.err.trimmed().isEmpty() ? captured.reply.out : captured.reply.err));
    return true;
}

} // namespace

BackupSet readPgbackrestListing(const Captured &captured)
{
    BackupSet set = emptySet();
    if (isFailed(set, captured))
        return set;
    const nlohmann::json document = jsonWithin(captured.reply.out);
    QByteArray names = captured.reply.out;
    if (document.is_object()) {
        names.clear();
        for (auto file = document.begin(); file != document.end(); ++file)
            names += QByteArray::fromStdString(file.key()) + ' '
                + QByteArray::number(integerOf(member(file.value(), "time")).value_or(0)) + '\n';
    }
    const WalListing listing = walListingOf(names);
    BackupLocation place;
    set.locations.push_back(place);
    applyWal(set, QString(), listing);
    QStringList missing;
    for (const WalGap &gap : set.gaps)
        missing.append(gap.count == 1 ? gap.first : QStringLiteral("%1 to %2").arg(gap.first, gap.last));
    if (!missing.isEmpty())
        set.notes.append(QStringLiteral("WAL segments missing: %1").arg(missing.mid(0, 20).join(QStringLiteral(", "))));
    setProblem(set,
               !set.gaps.empty()              ? QStringLiteral("wal_gap")
                   : listing.newest.isEmpty() ? QStringLiteral("nothing_checked")
                                              : QStringLiteral("none"));
    return set;
}

BackupSet readPgbackrestExpire(const Captured &captured)
{
    static const QRegularExpression removed(
        QStringLiteral("expire (?:full|diff|incr)(?: backup)?(?: set)?:? ([0-9A-Za-z_, -]+)"));
    static const QRegularExpression one(QStringLiteral("remove expired backup (\\S+)"));
    BackupSet set = emptySet();
    if (isFailed(set, captured))
        return set;
    const bool isDone = captured.reply.out.contains("expire command end: completed successfully");
    const bool isSilent = captured.reply.out.trimmed().isEmpty();
    QStringList labels;
    for (const QByteArray &line : captured.reply.out.split('\n')) {
        const QString text = sanitizedLine(line, 2000);
        const QRegularExpressionMatch set2 = removed.match(text);
        const QString found = set2.hasMatch() ? set2.captured(1) : one.match(text).captured(1);
        for (const QString &label : found.split(QRegularExpression(QStringLiteral("[, ]+")), Qt::SkipEmptyParts)) {
            static const QRegularExpression shape(QStringLiteral("^\\d{8}-\\d{6}F(_\\d{8}-\\d{6}[DI])?$"));
            if (shape.match(label).hasMatch() && !labels.contains(label))
                labels.append(label);
        }
    }
    if (isDone)
        set.expiring = labels;
    setProblem(set, isDone || isSilent ? QStringLiteral("none") : QStringLiteral("nothing_checked"));
    return set;
}

} // namespace taffrail::sources
