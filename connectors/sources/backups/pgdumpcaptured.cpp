// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgdumptext.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

/// One file about which a command spoke, with what its output says.
BackupSet oneFile(const DumpFile &file, DumpZone zone, const QDateTime &now, bool isTyped)
{
    BackupSet set = setOf({file}, zone, now);
    // The command reads one file: what it is called is not part of its output.
    if (!isTyped)
        set.assessment.type.reset();
    else if (!set.assessment.type)
        set.assessment.type = BackupType::Logical;
    return set;
}

/// `pg_restore -l FILE`
BackupSet readListing(const Captured &captured, DumpZone zone)
{
    DumpFile file;
    file.path = "dump";
    file.isProbed = true;
    file.startedAt = createdAtOf(captured.reply.out, zone);
    file.trust = Trust::Metadata;
    const QByteArray err = captured.reply.err;
    if (captured.reply.exitCode != 0 || !file.startedAt.isValid()) {
        const QString known = problemOfDumpError(err);
        file.problem = known.isEmpty() ? QStringLiteral("not_a_dump") : known;
        file.detail = firstLine(err);
        file.size = file.problem == QLatin1String("zero_bytes") ? 0 : -1;
    }
    return oneFile(file, zone, captured.at, file.problem != QLatin1String("zero_bytes"));
}

/// `pg_restore -f /dev/null FILE`: silence and exit 0 = every block was read.
BackupSet readVerify(const Captured &captured, DumpZone zone)
{
    DumpFile file;
    file.path = "dump";
    file.isProbed = true;
    file.verifiedAt = captured.at;
    file.trust = Trust::AllBytes;
    if (captured.reply.exitCode == 0 && !captured.reply.out.trimmed().isEmpty()) {
        file.problem = QStringLiteral("not_a_dump");
        file.detail = QStringLiteral("expected no output at all, found %1").arg(firstLine(captured.reply.out).left(80));
        file.trust = Trust::Listed;
    } else if (captured.reply.exitCode != 0) {
        const QString known = problemOfDumpError(captured.reply.err);
        file.problem = known.isEmpty() ? QStringLiteral("truncated") : known;
        file.detail = firstLine(captured.reply.err);
        file.trust = Trust::Listed;
    }
    return oneFile(file, zone, captured.at, true);
}

struct Looked {
    DumpFile file;
    QDateTime now;
    bool found = false;
};

/// Lines of stat: "SIZE MTIME NAME", "SIZE NAME" or "DATE TIME ZONE NAME", then perhaps the clock of the machine.
Looked readStat(const QByteArray &out)
{
    static const QRegularExpression full(QStringLiteral("^(\\d+) (\\d+) (/.*)$"));
    static const QRegularExpression sized(QStringLiteral("^(\\d+) (/.*)$"));
    static const QRegularExpression dated(
        QStringLiteral("^(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d)\\S* ([+-]\\d\\d)(\\d\\d) (/.*)$"));
    static const QRegularExpression clock(QStringLiteral("^(\\d{9,11})(\\.\\d+)?$"));
    Looked looked;
    for (const QByteArray &raw : out.left(16384).split('\n')) {
        const QString line = QString::fromUtf8(raw);
        if (const auto match = full.match(line); match.hasMatch()) {
            looked.file.size = match.captured(1).toLongLong();
            looked.file.modifiedAt = timeOf(match.captured(2).toLongLong());
            looked.file.path = match.captured(3).toUtf8();
            looked.found = true;
        } else if (const auto short2 = sized.match(line); short2.hasMatch()) {
            looked.file.size = short2.captured(1).toLongLong();
            looked.file.path = short2.captured(2).toUtf8();
            looked.found = true;
        } else if (const auto iso = dated.match(line); iso.hasMatch()) {
            looked.file.modifiedAt = fromRfc3339(
                QStringLiteral("%1T%2%3:%4").arg(iso.captured(1), iso.captured(2), iso.captured(3), iso.captured(4)));
            looked.file.path = iso.captured(5).toUtf8();
            looked.found = true;
        } else if (const auto now = clock.match(line); now.hasMatch() && !looked.now.isValid()) {
            looked.now = timeOf(now.captured(1).toLongLong());
        }
    }
    return looked;
}

bool hasTrailer(const QByteArray &out)
{
    return out.contains("-- PostgreSQL database dump complete")
        || out.contains("-- PostgreSQL database cluster dump complete");
}

} // namespace

BackupSet readCapturedDump(const Captured &captured, DumpZone zone)
{
    const QByteArray &out = captured.reply.out;
    Looked looked = readStat(out);
    if (looked.found) {
        DumpFile &file = looked.file;
        file.startedAt = createdAtOf(out, zone);
        file.isProbed = true;
        if (out.contains("gzip_t=") && !out.contains("gzip_t=0")) {
            file.problem = QStringLiteral("truncated");
            file.detail = QStringLiteral("gzip -t failed");
        }
        const bool isPlain = file.path.endsWith(".sql");
        if (isPlain && !hasTrailer(out)) {
            file.problem = QStringLiteral("truncated");
            file.detail = QStringLiteral("the closing line of the dump is missing");
        }
        // The copy's own time says nothing once the content tells one.
        const QDateTime now = looked.now.isValid() ? looked.now : captured.at;
        return oneFile(file, zone, file.startedAt.isValid() ? QDateTime() : now, true);
    }
    const bool isVerify = captured.command.contains(QLatin1String("-f /dev/null"))
        || captured.command.contains(QLatin1String("--file=/dev/null")) || captured.command == QLatin1String("verify");
    if (isVerify
        || (out.trimmed().isEmpty() && captured.reply.exitCode == 0
            && captured.command.contains(QLatin1String("pg_restore"))))
        return readVerify(captured, zone);
    if (out.trimmed().isEmpty() && problemOfDumpError(captured.reply.err) == QLatin1String("checksum_mismatch"))
        return readVerify(captured, zone);
    return readListing(captured, zone);
}

} // namespace taffrail::sources
