// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpgbackrest.h"

#include "backupjson.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// One service's verdict, from whichever form.
struct Verdict {
    QString service; ///< "WAL_ARCHIVES", "BACKUPS_RETENTION"
    std::optional<int> code; ///< of Nagios: 0 to 3
    QString message;
    QHash<QString, QString> facts;
};

std::optional<int> codeOf(const QString &word)
{
    static const QStringList words{QStringLiteral("OK"), QStringLiteral("WARNING"), QStringLiteral("CRITICAL"),
                                   QStringLiteral("UNKNOWN")};
    const qsizetype code = words.indexOf(word);
    return code < 0 ? std::nullopt : std::optional<int>(int(code));
}

std::vector<Verdict> verdictsOfJson(const json &document)
{
    std::vector<Verdict> verdicts;
    for (const json &item : arrayOf(document)) {
        Verdict verdict;
        verdict.service = textOf(member(item, "service"), 60);
        const json &status = member(item, "status");
        if (const std::optional<qint64> code = integerOf(member(status, "code")); code && *code >= 0 && *code <= 3)
            verdict.code = int(*code);
        else
            verdict.code = codeOf(textOf(member(status, "message"), 20));
        verdict.message = textOf(member(item, "message"), 400);
        const json &facts = member(item, "long_message");
        for (auto fact = facts.is_object() ? facts.begin() : facts.end(); fact != facts.end(); ++fact)
            verdict.facts.insert(sanitizedLine(QByteArray::fromStdString(fact.key()), 60), textOf(fact.value(), 200));
        verdicts.push_back(verdict);
    }
    return verdicts;
}

/// "WAL_ARCHIVES OK - 13 unique WAL archived, … | latest_archive_age=112s", or "Service : …" lines for people.
std::vector<Verdict> verdictsOfText(const QByteArray &out)
{
    static const QRegularExpression nagios(
        QStringLiteral("^([A-Z_]{3,40}) (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]*)(?:\\|(.*))?$"));
    static const QRegularExpression human(QStringLiteral("^(Service|Returns|Message|Long message)\\s*: (.*)$"));
    static const QRegularExpression number(QStringLiteral("^(\\d)"));
    std::vector<Verdict> verdicts;
    for (const QByteArray &line : out.split('\n')) {
        const QString text = sanitizedLine(line, 2000);
        if (const QRegularExpressionMatch match = nagios.match(text); match.hasMatch()) {
            Verdict verdict{match.captured(1), codeOf(match.captured(2)), match.captured(3).trimmed(), {}};
            for (const QString &pair : match.captured(4).split(QLatin1Char(' '), Qt::SkipEmptyParts))
                verdict.facts.insert(pair.section(QLatin1Char('='), 0, 0), pair.section(QLatin1Char('='), 1));
            verdicts.push_back(verdict);
            continue;
        }
        const QRegularExpressionMatch match = human.match(text);
        if (!match.hasMatch())
            continue;
        const QString value = match.captured(2);
        if (match.captured(1) == QLatin1String("Service"))
            verdicts.push_back({value, std::nullopt, {}, {}});
        else if (verdicts.empty())
            continue;
        else if (match.captured(1) == QLatin1String("Returns"))
            verdicts.back().code = number.match(value).hasMatch() ? number.match(value).captured(1).toInt() : 3;
        else if (match.captured(1) == QLatin1String("Message"))
            verdicts.back().message += (verdicts.back().message.isEmpty() ? QString() : QStringLiteral("; ")) + value;
        else if (value.contains(QLatin1Char('=')))
            verdicts.back().facts.insert(value.section(QLatin1Char('='), 0, 0), value.section(QLatin1Char('='), 1));
    }
    return verdicts;
}

QString problemOf(const Verdict &verdict)
{
    struct Row {
        const char *text;
        const char *problem;
    };
    static const Row rows[]{
        {"error(s) detected during backup", "page_checksum_error"},
        {"directory missing", "file_missing"},
        {"wrong sequence", "wal_gap"},
        {"no valid backups", "no_backups"},
        {"missing stanza", "missing_stanza"},
        {"too old", "stale"},
        {"exceeded", "stale"},
        {"not enough", "too_few"},
        {"too young", "too_few"},
        {"WAL is not the", "wal_gap"},
    };
    if (verdict.code == 0)
        return QStringLiteral("none");
    for (const Row &row : rows) {
        if (verdict.message.contains(QLatin1String(row.text)))
            return QString::fromLatin1(row.problem);
    }
    return verdict.code ? QStringLiteral("repo_error") : QStringLiteral("nothing_checked");
}

} // namespace

bool isCheckPgbackrest(const Captured &captured)
{
    static const QRegularExpression service(
        QStringLiteral("(^|\"service\" ?: ?\"|^Service\\s*: )(WAL_ARCHIVES|BACKUPS_RETENTION)"),
        QRegularExpression::MultilineOption);
    return captured.command.contains(QLatin1String("check_pgbackrest"))
        || service.match(QString::fromUtf8(captured.reply.out.left(20'000))).hasMatch();
}

BackupSet readCheckPgbackrest(const Captured &captured)
{
    static const QRegularExpression range(
        QStringLiteral("(\\d+) missing file\\(s\\) \\(([0-9A-F]{24}) / ([0-9A-F]{24})\\)"));
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    const json document = jsonWithin(captured.reply.out);
    const std::vector<Verdict> verdicts
        = document.is_array() ? verdictsOfJson(document) : verdictsOfText(captured.reply.out);
    QString problem = verdicts.empty() ? QStringLiteral("nothing_checked") : QStringLiteral("none");
    for (const Verdict &verdict : verdicts) {
        if (problem == QLatin1String("none"))
            problem = problemOf(verdict);
        if (!verdict.message.isEmpty())
            set.notes.append(verdict.message);
        if (const QString type = verdict.facts.value(QStringLiteral("latest_bck_type")); !type.isEmpty())
            set.assessment.type = backupTypeFromWord(type);
        if (problem == QLatin1String("too_few") && verdict.facts.value(QStringLiteral("full")) == QLatin1String("0"))
            problem = QStringLiteral("no_backups"); // nothing restores without a full one
        if (verdict.service != QLatin1String("WAL_ARCHIVES"))
            continue;
        set.walChecked = true;
        if (const QRegularExpressionMatch match = range.match(verdict.message); match.hasMatch()) {
            WalGap gap;
            gap.count = match.captured(1).toLongLong();
            gap.first = match.captured(2);
            gap.last = match.captured(3);
            set.gaps.push_back(gap);
            set.notes.append(QStringLiteral("WAL segments missing: %1 to %2").arg(gap.first, gap.last));
        } else if (verdict.code == 0) {
            set.walChecked = false;
            set.notes.append(QStringLiteral("check_pgbackrest takes a backup history file for the segment of the same "
                                            "name: a missing first segment of a backup is not seen"));
        }
    }
    if (problem == QLatin1String("none") && captured.reply.exitCode != 0)
        problem = QStringLiteral("repo_error");
    if (problem == QLatin1String("no_backups") || problem == QLatin1String("missing_stanza"))
        set.assessment.count = 0;
    if (verdicts.empty())
        set.notes.append(firstLine(captured.reply.err.trimmed().isEmpty() ? captured.reply.out : captured.reply.err));
    setProblem(set, problem);
    return set;
}

} // namespace taffrail::sources
