// SPDX-License-Identifier: GPL-3.0-or-later
#include "backuptool.h"
#include "registry.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

/// A restore that somebody tried by hand: what the check queries printed and what the restored server logged, captured
/// and read. It asks nothing of any host.
namespace taffrail::sources {

namespace {

std::vector<Request> drillRequests(const SourceEntry &, const Replies &)
{
    return {};
}

struct Log {
    bool isLog = false;
    bool isStarted = false; ///< it began to recover or to run
    bool isConsistent = false;
    bool isOpen = false; ///< accepts connections, not only reading ones
    bool isWalRestored = false;
    QDateTime recoveredTo;
    QString fatal; ///< the first line that ended it
};

Log readLog(const QByteArray &text)
{
    static const QRegularExpression level(QStringLiteral("\\b(LOG|FATAL|PANIC|ERROR|WARNING):  ?(.*)$"));
    static const QRegularExpression lastTransaction(
        QStringLiteral("last completed transaction was at log time (\\S+ \\S+)"));
    Log log;
    for (const QByteArray &line : text.split('\n')) {
        const QRegularExpressionMatch match = level.match(QString::fromUtf8(line.left(2000)));
        if (!match.hasMatch())
            continue;
        const QString words = match.captured(2);
        log.isLog = true;
        log.isStarted = log.isStarted || words.startsWith(QLatin1String("starting "));
        log.isConsistent = log.isConsistent || words.contains(QLatin1String("consistent recovery state reached"));
        log.isWalRestored = log.isWalRestored || words.contains(QLatin1String("restored log file"));
        log.isOpen = log.isOpen || words.startsWith(QLatin1String("database system is ready to accept connections"));
        if (const QRegularExpressionMatch last = lastTransaction.match(words); last.hasMatch())
            log.recoveredTo = timeInZone(last.captured(1), QTimeZone::utc());
        const bool isEnd = match.captured(1) == QLatin1String("FATAL") || match.captured(1) == QLatin1String("PANIC");
        // Connections that came too early or were cut at the end are no failure of the restore.
        const bool isClient = words.contains(QLatin1String("the database system is"))
            || words.contains(QLatin1String("terminating connection")) || words.contains(QLatin1String("role \""))
            || words.contains(QLatin1String("database \"")) || words.contains(QLatin1String("password authentication"));
        if (isEnd && !isClient && log.fatal.isEmpty())
            log.fatal = sanitizedLine(words.toUtf8(), 300);
    }
    return log;
}

QString problemOfFatal(const QString &fatal)
{
    struct Row {
        const char *text;
        const char *problem;
    };
    static const Row rows[]{
        {"before configured recovery target", "target_not_reached"},
        {"is not a child of", "wal_gap"},
        {"could not locate required checkpoint", "wal_gap"},
        {"could not find redo location", "wal_gap"},
        {"WAL ends before", "wal_gap"},
        {"requested recovery stop point", "wal_gap"},
        {"invalid checkpoint record", "wal_gap"},
        {"could not locate a valid checkpoint", "wal_gap"},
        {"could not restore file", "wal_gap"},
        {"incorrect checksum in control file", "checksum_mismatch"},
        {"invalid page", "page_checksum_error"},
        {"could not open file", "file_missing"},
        {"is missing", "file_missing"},
    };
    for (const Row &row : rows) {
        if (fatal.contains(QLatin1String(row.text)))
            return QString::fromLatin1(row.problem);
    }
    return QStringLiteral("failed_backup");
}

/// The rows of psql, aligned or not: what stands under the column's name.
QString cellUnder(const QByteArray &text, const QByteArray &column)
{
    const QList<QByteArray> lines = text.split('\n');
    for (qsizetype i = 0; i + 1 < lines.size(); ++i) {
        const QList<QByteArray> names = lines[i].split('|');
        for (qsizetype k = 0; k < names.size(); ++k) {
            if (names[k].trimmed() != column)
                continue;
            const bool isRuled = lines[i + 1].startsWith("--");
            return sanitizedLine(lines.value(i + (isRuled ? 2 : 1)).split('|').value(k).trimmed(), 100);
        }
    }
    return {};
}

/// Whether this may be what psql printed: a ruled table, cells, a count of rows, or bare values.
bool holdsRows(const QByteArray &text)
{
    static const QRegularExpression shape(
        QStringLiteral("^(-{2,}[-+]*|.*\\|.*|\\(\\d+ rows?\\)|-?\\d+(\\.\\d+)?|t|f|\\d{4}-\\d\\d-\\d\\d.*)\\s*$"),
        QRegularExpression::MultilineOption);
    return shape.match(QString::fromUtf8(text)).hasMatch();
}

Result<Value> parseDrill(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    QByteArray checks;
    QByteArray everything;
    int exitCode = 0;
    for (const Reply &reply : replies) {
        if (const ShellReply *shell = reply.as<ShellReply>()) {
            everything += shell->out + '\n' + shell->err + '\n';
            if (reply.name == QLatin1String("checks"))
                checks = shell->out;
            exitCode = std::max(exitCode, shell->exitCode);
        }
    }
    if (everything.trimmed().isEmpty() && exitCode == 0)
        return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("restore drill"),
                       QStringLiteral("expected what the check queries printed or the server's log"));
    const Log log = readLog(everything);
    const QString recovering = cellUnder(checks, "pg_is_in_recovery");
    BackupSet set;
    set.source = QStringLiteral("drill");
    Backup backup;
    backup.type = backupTypeFromWord(optionText(entry, "type"));
    backup.id = optionText(entry, "backup");
    backup.trust = checks.trimmed().isEmpty() ? Trust::Restored : Trust::Queried;
    backup.verifiedAt = context.now;
    backup.verifiedBy = QStringLiteral("restore drill");
    QString problem = QStringLiteral("none");
    static const QRegularExpression failedQuery(
        QStringLiteral("^(psql: error|psql:.*ERROR:|ERROR:|FATAL:|pg_amcheck: error)"),
        QRegularExpression::MultilineOption);
    if (!log.fatal.isEmpty())
        problem = problemOfFatal(log.fatal);
    else if (exitCode != 0 || failedQuery.match(QString::fromUtf8(everything)).hasMatch())
        problem = everything.contains("invalid page") ? QStringLiteral("page_checksum_error")
            : everything.contains("could not connect") || everything.contains("connection to server")
            ? QStringLiteral("server_down")
            : QStringLiteral("failed_backup");
    else if (recovering == QLatin1String("t") || (log.isLog && !log.isOpen && !log.isConsistent))
        problem = log.isOpen ? QStringLiteral("none") : QStringLiteral("in_progress");
    else if (recovering.isEmpty() && !log.isOpen && !holdsRows(checks))
        problem = QStringLiteral("nothing_checked");
    if (problem != QLatin1String("none"))
        flaw(backup, problem == QLatin1String("in_progress") ? BackupState::Running : BackupState::Flawed,
             problem.toLatin1().constData(), log.fatal);
    QString reached = cellUnder(checks, "pg_last_xact_replay_timestamp");
    QDateTime recoveredTo = timeInZone(reached, QTimeZone::utc());
    if (!recoveredTo.isValid())
        recoveredTo = log.recoveredTo;
    if (recoveredTo.isValid())
        set.notes.append(QStringLiteral("recovered to %1").arg(rfc3339(recoveredTo)));
    if (!log.fatal.isEmpty())
        set.notes.append(log.fatal);
    backup.startedAt = recoveredTo;
    set.assessment.count = isUsable(backup) ? 1 : 0;
    if (!optionText(entry, "type").isEmpty())
        set.assessment.type = backup.type;
    set.backups.push_back(backup);
    setProblem(set, problem);
    return Value(std::move(set));
}

} // namespace

const Source drillCaptureSource{
    PaneKind::Backups,
    "drill",
    "Restore tried by hand (captured only)",
    false,
    false,
    {
        {"backup", "string", false, "label of the backup that was restored"},
        {"type", "string", false, "its type", R"("enum":["full","diff","incr","logical","archive","snapshot"])"},
    },
    {"checks", "log"},
    drillRequests,
    parseDrill,
    nullptr,
    "none: it reads captured output of restore drills",
};

} // namespace taffrail::sources
