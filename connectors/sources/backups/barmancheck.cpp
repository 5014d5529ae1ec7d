// SPDX-License-Identifier: GPL-3.0-or-later
#include "barmanrun.h"
#include "barmantext.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

struct Check {
    QString key; ///< "receive_wal_running"
    bool isOk = false;
    QString hint;
};

QString keyOf(const QString &words)
{
    return words.trimmed()
        .toLower()
        .replace(QLatin1Char(' '), QLatin1Char('_'))
        .replace(QLatin1Char('-'), QLatin1Char('_'));
}

std::vector<Check> checksOfJson(const json &values)
{
    std::vector<Check> checks;
    for (auto item = values.begin(); item != values.end(); ++item) {
        if (member(item.value(), "status").is_string())
            checks.push_back({keyOf(sanitizedLine(QByteArray::fromStdString(item.key()), 80)),
                              bytesOf(member(item.value(), "status")) == "OK",
                              textOf(member(item.value(), "hint"), 200)});
    }
    return checks;
}

/// "\tfailed backups: OK (there are 0 failed backups)", or of Nagios "main.failed backups: FAILED (…)"
std::vector<Check> checksOfText(const QByteArray &out)
{
    static const QRegularExpression shape(
        QStringLiteral("^\\s*(?:[A-Za-z0-9_-]+\\.)?([A-Za-z][A-Za-z0-9_ -]*): (OK|FAILED)(?: \\((.*)\\))?\\s*$"));
    static const QRegularExpression colour(QStringLiteral("\\x1b\\[[0-9;]*m"));
    std::vector<Check> checks;
    for (const QByteArray &line : out.split('\n')) {
        const QRegularExpressionMatch match = shape.match(QString::fromUtf8(line.left(1000)).remove(colour));
        if (match.hasMatch())
            checks.push_back({keyOf(match.captured(1)), match.captured(2) == QLatin1String("OK"),
                              sanitizedLine(match.captured(3).toUtf8(), 200)});
    }
    return checks;
}

/// The problem that a failed check means, gravest first.
QString problemOfKey(const Check &check)
{
    struct Row {
        const char *prefix;
        const char *problem;
    };
    static const Row rows[]{
        {"postgresql", "server_down"},         {"ssh", "server_down"},
        {"systemid_coherence", "db_mismatch"}, {"primary_and_standby_have_same", "db_mismatch"},
        {"directories", "repo_error"},         {"receive_wal_running", "receiver_down"},
        {"replication_slot", "receiver_down"}, {"pg_receivexlog", "receiver_down"},
        {"wal_maximum_age", "stale"},          {"wal_", "archive_failing"},
        {"archive", "archive_failing"},        {"continuous_archiving", "archive_failing"},
        {"backup_maximum_age", "stale"},       {"backup_minimum_size", "truncated"},
        {"failed_backups", "failed_backup"},   {"minimum_redundancy", "too_few"},
    };
    for (const Row &row : rows) {
        if (check.key.startsWith(QLatin1String(row.prefix)))
            return QString::fromLatin1(row.problem);
    }
    return QStringLiteral("repo_error");
}

QString gravest(const std::vector<Check> &checks)
{
    static const QStringList order{
        QStringLiteral("server_down"),     QStringLiteral("db_mismatch"), QStringLiteral("receiver_down"),
        QStringLiteral("archive_failing"), QStringLiteral("stale"),       QStringLiteral("failed_backup"),
        QStringLiteral("truncated"),       QStringLiteral("too_few"),     QStringLiteral("repo_error")};
    qsizetype first = order.size();
    for (const Check &check : checks) {
        if (!check.isOk)
            first = std::min(first, order.indexOf(problemOfKey(check)));
    }
    return first < order.size() ? order[first] : QString();
}

/// "have 0 backups, expected at least 1": the number, which stands there whether or not the check is content.
std::optional<int> countOf(const std::vector<Check> &checks)
{
    static const QRegularExpression shape(QStringLiteral("^have (\\d+) (?:non-incremental )?backups"));
    for (const Check &check : checks) {
        const QRegularExpressionMatch match = shape.match(check.hint);
        if (check.key.startsWith(QLatin1String("minimum_redundancy")) && match.hasMatch())
            return match.captured(1).toInt();
    }
    return std::nullopt;
}

} // namespace

Result<BackupSet> readBarmanCheck(const Captured &captured)
{
    const json document = jsonWithin(captured.reply.out);
    QString server;
    const json &values = firstBarmanServer(document, server);
    const std::vector<Check> checks = values.is_object() ? checksOfJson(values) : checksOfText(captured.reply.out);
    if (checks.empty()) {
        if (std::optional<BackupSet> failed = failedBarmanRun(captured, document))
            return *failed;
        const QByteArray nagios = captured.reply.out.trimmed();
        if (!nagios.startsWith("BARMAN "))
            return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman check"),
                           QStringLiteral("expected the checks of a server"));
        BackupSet set = barmanSet({});
        const bool isOk = nagios.startsWith("BARMAN OK - Ready") && captured.reply.exitCode == 0;
        setProblem(set, isOk ? QStringLiteral("none") : QStringLiteral("repo_error"));
        set.notes.append(firstLine(nagios));
        return set;
    }
    BackupSet set = barmanSet(server);
    const std::optional<int> count = countOf(checks);
    QString problem = gravest(checks);
    if (problem.isEmpty())
        problem = captured.reply.exitCode == 0 ? QStringLiteral("none") : QStringLiteral("repo_error");
    if (count == 0) { // also when no redundancy is asked for and the check is content
        problem = QStringLiteral("no_backups");
        set.assessment.count = 0;
    }
    setProblem(set, problem);
    for (const Check &check : checks) {
        if (!check.isOk)
            set.notes.append(check.hint.isEmpty() ? check.key : QStringLiteral("%1: %2").arg(check.key, check.hint));
    }
    return set;
}

Result<BackupSet> readBarmanStatus(const Captured &captured)
{
    const json document = jsonWithin(captured.reply.out);
    if (std::optional<BackupSet> failed = failedBarmanRun(captured, document))
        return *failed;
    QString server;
    QHash<QString, QString> messages; ///< by description in lower case
    const json &values = firstBarmanServer(document, server);
    if (values.is_object()) {
        for (auto item = values.begin(); item != values.end(); ++item)
            messages.insert(textOf(member(item.value(), "description"), 80).toLower(),
                            textOf(member(item.value(), "message"), 200));
    } else {
        for (const QByteArray &line : captured.reply.out.split('\n')) {
            const QString text = sanitizedLine(line, 300).trimmed();
            const qsizetype colon = text.indexOf(QLatin1String(": "));
            if (colon > 0)
                messages.insert(text.left(colon).toLower(), text.mid(colon + 2));
        }
    }
    bool isNumber = false;
    const int count = messages.value(QStringLiteral("no. of available backups")).toInt(&isNumber);
    if (!isNumber && messages.isEmpty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("barman status"),
                       QStringLiteral("expected the state of a server"));
    BackupSet set = barmanSet(server);
    if (isNumber)
        set.assessment.count = count;
    const QString version = messages.value(QStringLiteral("postgresql version"));
    const bool isDown = version.contains(QLatin1String("FAILED")) || version == QLatin1String("None");
    const bool isUnsatisfied
        = messages.value(QStringLiteral("minimum redundancy requirements")).startsWith(QLatin1String("FAILED"));
    setProblem(set,
               isNumber && count == 0 ? QStringLiteral("no_backups")
                   : isDown           ? QStringLiteral("server_down")
                   : isUnsatisfied    ? QStringLiteral("too_few")
                   : isNumber         ? QStringLiteral("none")
                                      : QStringLiteral("nothing_checked"));
    if (messages.value(QStringLiteral("disabled")) == QLatin1String("True"))
        set.notes.append(QStringLiteral("the server is disabled in Barman's configuration"));
    if (messages.value(QStringLiteral("active")) == QLatin1String("False"))
        set.notes.append(QStringLiteral("the server is not active in Barman's configuration"));
    return set;
}

QString problemOfVerifybackup(const ShellReply &reply)
{
    struct Row {
        const char *text;
        const char *problem;
    };
    static const Row rows[]{
        {"checksum mismatch for file", "checksum_mismatch"},
        {"manifest checksum mismatch", "manifest_corrupt"},
        {"could not parse backup manifest", "manifest_corrupt"},
        {"manifest has no checksum", "manifest_corrupt"},
        {"present in the manifest but not", "file_missing"},
        {"has size", "truncated"},
        {"manifest system identifier", "wrong_database"},
        {"WAL parsing failed", "wal_gap"},
        {"could not find any WAL file", "wal_gap"},
        {"could not find WAL", "wal_gap"},
        {"not in the manifest", "file_missing"},
        {"backup_manifest", "manifest_missing"},
        {"could not open directory", "repo_missing"},
        {"could not open file", "repo_error"},
    };
    const QByteArray text = reply.out + '\n' + reply.err;
    for (const Row &row : rows) {
        if (text.contains(row.text) && (reply.exitCode != 0 || text.contains("pg_verifybackup: error:")))
            return QString::fromLatin1(row.problem);
    }
    if (reply.exitCode == 0)
        return text.contains("backup successfully verified") ? QStringLiteral("none")
                                                             : QStringLiteral("nothing_checked");
    return QStringLiteral("repo_error");
}

BackupSet readBarmanVerify(const Captured &captured)
{
    BackupSet set = barmanSet({});
    const QByteArray text = captured.reply.out + '\n' + captured.reply.err;
    QString problem = problemOfVerifybackup(captured.reply);
    if (problem == QLatin1String("repo_error") && !text.contains("pg_verifybackup: error:"))
        problem = problemOfBarmanMessage(text);
    setProblem(set, problem);
    if (problem == QLatin1String("unknown_server") || problem == QLatin1String("backup_not_found"))
        set.assessment.count = 0;
    for (const QByteArray &line : captured.reply.err.split('\n')) {
        if (!line.trimmed().isEmpty() && set.notes.size() < 5)
            set.notes.append(sanitizedLine(line, 300));
    }
    return set;
}

BackupSet readBarmanCheckBackup(const Captured &captured)
{
    if (std::optional<BackupSet> failed = failedBarmanRun(captured, jsonWithin(captured.reply.out)))
        return *failed;
    BackupSet set = barmanSet({});
    setProblem(set, QStringLiteral("nothing_checked"));
    set.notes.append(QStringLiteral("check-backup ends without a word either way: list-backup tells what it found"));
    return set;
}

} // namespace taffrail::sources
