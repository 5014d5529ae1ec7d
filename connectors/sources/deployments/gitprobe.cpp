// SPDX-License-Identifier: GPL-3.0-or-later
#include "gitprobe.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources::gitdeploy {

namespace {

using probes::Record;

constexpr size_t mostMoves = 2000;
constexpr size_t mostCommits = 5000;

QString commitOf(const QByteArray &text)
{
    const QString commit = QString::fromLatin1(text.trimmed());
    return isFullCommit(commit) && commit.count(QLatin1Char('0')) != commit.size() ? commit : QString();
}

/// A line of `git status --porcelain=v2 --branch`.
void takeStatus(const QByteArray &line, HostFacts &facts)
{
    static const QRegularExpression ahead(QStringLiteral("\\A# branch\\.ab \\+([0-9]+) -([0-9]+)"));
    const QString text = sanitizedLine(line, 400);
    if (const auto match = ahead.match(text); match.hasMatch()) {
        facts.ahead = match.captured(1).toInt();
        facts.behind = match.captured(2).toInt();
    } else if (text.startsWith(QLatin1String("# branch.upstream "))) {
        facts.upstream = text.mid(18);
    } else if (text.startsWith(QLatin1String("# branch.oid "))) {
        if (facts.head.isEmpty())
            facts.head = commitOf(text.mid(13).toLatin1());
    } else if (text.startsWith(QLatin1String("# branch.head "))) {
        if (facts.branch.isEmpty() && text.mid(14) != QLatin1String("(detached)"))
            facts.branch = text.mid(14);
    } else if (text.startsWith(QLatin1String("? "))) {
        ++facts.untracked;
    } else if (text.startsWith(QLatin1String("u "))) {
        ++facts.unmerged;
    } else if (text.startsWith(QLatin1String("1 ")) || text.startsWith(QLatin1String("2 "))) {
        ++facts.changed;
        // "1 XY sub mH mI mW hH hI path"; a rename has a score more.
        const QString path = text.section(QLatin1Char(' '), text.startsWith(QLatin1String("1 ")) ? 8 : 9);
        if (facts.changedFiles.size() < 5)
            facts.changedFiles << path.section(QLatin1Char('\t'), 0, 0);
    }
}

class Reader {
public:
    explicit Reader(HostFacts &facts) : m_facts(facts) {}

    void take(const Record &record)
    {
        static const QHash<QByteArray, int> words{{"DONE", 0},         {"NOPATH", 1}, {"PATHHIDDEN", 2},
                                                  {"NOTDIRECTORY", 3}, {"NOREPO", 4}, {"GITHIDDEN", 5}};
        if (const auto word = words.find(record.key); word != words.end())
            m_seen |= 1 << *word;
        else if (record.key == "GITSAYS")
            said = record.text(0);
        else if (!takeState(record) && !takeHistory(record))
            unitfacts::takeUnitRecord(record, m_facts.unit);
    }
    void finish() { m_facts.movesCut = m_lines > qint64(m_facts.moves.size()); }

    bool has(int word) const { return (m_seen & (1 << word)) != 0; }
    bool done() const { return has(0); }
    QString said;

private:
    bool takeState(const Record &record)
    {
        if (record.key == "HEAD")
            m_facts.head = commitOf(record.field(0));
        else if (record.key == "BRANCH")
            m_facts.branch = record.text(0);
        else if (record.key == "NOGIT")
            m_facts.hasGit = false;
        else if (record.key == "FOREIGN")
            m_facts.isForeign = true;
        else if (record.key == "BARE")
            m_facts.isBare = true;
        else if (record.key == "SUBMODULES")
            m_facts.hasSubmodules = true;
        else if (record.key == "UNFINISHED")
            m_facts.unfinished = record.text(0);
        else if (record.key == "HOOK" && m_facts.hooks.size() < 10)
            m_facts.hooks << record.text(0);
        else if (record.key == "FREE")
            m_facts.freeBytes = probes::freeBytesOf(record);
        else if (record.key == "LOCK")
            m_facts.lock = HeldLock{
                record.text(1), probes::fromSeconds(record.field(0)),
                QStringLiteral(".git/%1 on %2: git works there, or was cut off").arg(record.text(2), m_facts.host)};
        else if (record.key == "STATUS")
            takeStatus(record.rest(0), m_facts);
        else if (record.key == "STATUSEND")
            m_facts.statusRead = !m_facts.isBare;
        else
            return false;
        return true;
    }

    bool takeHistory(const Record &record)
    {
        if (record.key == "MOVES") {
            m_lines = record.field(0).trimmed().toLongLong();
        } else if (record.key == "MOVESHIDDEN") {
            m_facts.movesHidden = true;
        } else if (record.key == "MOVE") {
            if (const auto move = readReflogLine(record.rest(0)); move && m_facts.moves.size() < mostMoves)
                m_facts.moves.push_back(*move);
        } else if (record.key == "COMMIT") {
            if (const QString id = commitOf(record.field(0)); !id.isEmpty() && m_facts.commits.size() < mostCommits)
                m_facts.commits[id]
                    = {probes::fromSeconds(record.field(1)), record.text(2, 80), sanitizedLine(record.rest(3), 160)};
        } else if (record.key == "COMMITS") {
            m_facts.commitsRead = true;
        } else if (record.key == "BACK" || record.key == "AHEAD") {
            if (m_facts.isBack.size() < mostMoves)
                m_facts.isBack[{commitOf(record.field(0)), commitOf(record.field(1))}] = record.key == "BACK";
        } else if (record.key == "TAG") {
            // An annotated tag is an object of its own; what it names is the commit.
            const QString commit = commitOf(record.field(0) == "tag" ? record.field(2) : record.field(1));
            if (!commit.isEmpty() && m_facts.tags.size() < 200)
                m_facts.tags.push_back(
                    {sanitizedLine(record.rest(4), 120), commit, probes::fromSeconds(record.field(3))});
        } else {
            return false;
        }
        return true;
    }

    HostFacts &m_facts;
    int m_seen = 0;
    qint64 m_lines = 0;
};

Error hostError(ErrorKind kind, const QString &host, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("read the checkout"), host, text, hint};
}

std::optional<Error> failureOf(const Reader &reader, const ShellReply &shell, const HostFacts &facts,
                               const QString &path)
{
    const QString &host = facts.host;
    if (reader.has(1))
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 does not exist").arg(path),
                         QStringLiteral("Check \"path\" (the working tree) in the inventory."));
    if (reader.has(2))
        return hostError(ErrorKind::Denied, host, QStringLiteral("no right to enter %1").arg(path),
                         QStringLiteral("Let the SSH user read and enter this directory."));
    if (reader.has(3))
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 is not a directory").arg(path));
    if (reader.has(4))
        return hostError(ErrorKind::NotFound, host,
                         reader.said.isEmpty() ? QStringLiteral("%1 is no checkout of git").arg(path)
                                               : QStringLiteral("git says: %1").arg(reader.said));
    if (reader.has(5))
        return hostError(ErrorKind::Denied, host, QStringLiteral("no right to read %1/.git").arg(path));
    if (!reader.done() && probes::wasEndedByTime(shell.exitCode))
        return hostError(ErrorKind::Timeout, host, QStringLiteral("reading %1 took too long").arg(path));
    if (!reader.done())
        return hostError(ErrorKind::BadData, host, QStringLiteral("the answer ended before its end mark"));
    if (facts.head.isEmpty())
        return hostError(ErrorKind::NotFound, host, QStringLiteral("HEAD of %1 names no commit").arg(path));
    return std::nullopt;
}

/// Output of git itself instead of the probe's.
std::optional<Error> readCaptured(const ShellReply &shell, const QString &command, HostFacts &facts)
{
    if (shell.exitCode == 127)
        return hostError(ErrorKind::NotFound, facts.host, QStringLiteral("there is no program git"));
    const QByteArray words = shell.err.isEmpty() ? shell.out : shell.err;
    if (words.contains("dubious ownership"))
        return hostError(ErrorKind::Denied, facts.host, QStringLiteral("git refuses: the repository has another owner"),
                         QStringLiteral("Run it as the owner, or read .git/logs/HEAD."));
    if (command == QLatin1String("status")) {
        for (const QByteArray &line : shell.out.split('\n'))
            takeStatus(line, facts);
        facts.statusRead = shell.exitCode == 0 && !facts.head.isEmpty();
    } else {
        for (const QByteArray &line : shell.out.split('\n')) {
            std::optional<Move> move = readReflogLine(line);
            const bool isFile = move.has_value();
            if (!move)
                move = readLogLine(line);
            if (move && facts.moves.size() < mostMoves)
                facts.moves.insert(isFile ? facts.moves.end() : facts.moves.begin(), *move);
        }
        for (size_t i = 1; i < facts.moves.size(); ++i) {
            if (facts.moves[i].from.isEmpty())
                facts.moves[i].from = facts.moves[i - 1].to;
        }
        if (!facts.moves.empty())
            facts.head = facts.moves.back().to;
    }
    if (facts.head.isEmpty())
        return hostError(shell.exitCode ? ErrorKind::ToolFailed : ErrorKind::BadData, facts.host,
                         words.trimmed().isEmpty()
                             ? QStringLiteral("git printed nothing")
                             : QStringLiteral("no reflog and no status: %1").arg(sanitizedLine(words.trimmed(), 160)));
    return std::nullopt;
}

QString guessedCommand(const QByteArray &out)
{
    const QByteArray text = out.trimmed();
    const qsizetype end = text.indexOf('\n');
    const QByteArray first = end < 0 ? text : text.left(end);
    if (first.startsWith("# branch."))
        return QStringLiteral("status");
    return readReflogLine(first) || readLogLine(first) ? QStringLiteral("reflog") : QString();
}

} // namespace

bool isFullCommit(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A(?:[0-9a-f]{40}|[0-9a-f]{64})\\z"));
    return shape.match(text).hasMatch();
}

std::optional<Move> readReflogLine(const QByteArray &line)
{
    static const QRegularExpression shape(QStringLiteral(
        "\\A([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.*) ?<([^<>]*)> ([0-9]{1,12}) [+-][0-9]{4}(?:\t(.*))?\\z"));
    // The tab before the message would become a blank.
    const qsizetype tab = line.indexOf('\t');
    const QString head = sanitizedLine(tab < 0 ? line : line.left(tab), 600);
    const auto match = shape.match(head);
    if (!match.hasMatch() || !isFullCommit(match.captured(2)))
        return std::nullopt;
    Move move;
    move.from = commitOf(match.captured(1).toLatin1());
    move.to = match.captured(2);
    move.by = match.captured(3).trimmed();
    move.at = probes::fromSeconds(match.captured(5).toLatin1());
    move.message = tab < 0 ? QString() : redacted(sanitizedLine(line.mid(tab + 1), 300));
    move.raw = move.message;
    return move;
}

std::optional<Move> readLogLine(const QByteArray &line)
{
    static const QRegularExpression when(QStringLiteral("@\\{([^}]*)\\}"));
    static const QRegularExpression plain(
        QStringLiteral("\\A([0-9a-f]{7,64})(?: \\([^)]*\\))? (\\S+@\\{[^}]*\\}): (.*)\\z"));
    Move move;
    QString place;
    const QList<QByteArray> fields = line.split('\t');
    if (fields.size() >= 5 && isFullCommit(QString::fromLatin1(fields[0]))) {
        move.to = QString::fromLatin1(fields[0]);
        place = sanitizedLine(fields[1], 100);
        move.by = sanitizedLine(fields[2], 100);
        move.message = redacted(sanitizedLine(fields.mid(4).join('\t'), 300));
    } else if (const auto match = plain.match(sanitizedLine(line, 600)); match.hasMatch()) {
        move.to = match.captured(1);
        place = match.captured(2);
        move.message = redacted(match.captured(3));
    } else {
        return std::nullopt;
    }
    const QString time = when.match(place).captured(1);
    QDateTime at = probes::isoTime(time);
    if (!at.isValid()) // "2026-11-20 16:00:26 +0000", or seconds
        at = time.size() >= 9 && !time.contains(QLatin1Char('-'))
            ? probes::fromSeconds(time.section(QLatin1Char(' '), 0, 0).toLatin1())
            : probes::isoTime(QString(time).replace(10, 1, QLatin1Char('T')).remove(QLatin1Char(' ')));
    move.at = at;
    move.raw = move.message;
    return move;
}

Result<Settings> settingsOf(const SourceEntry &entry)
{
    Settings settings;
    settings.path = probes::optionText(entry, "path");
    while (settings.path.size() > 1 && settings.path.endsWith(QLatin1Char('/')))
        settings.path.chop(1);
    settings.app = probes::optionText(entry, "app");
    if (settings.app.isEmpty())
        settings.app = settings.path.section(QLatin1Char('/'), -1);
    settings.unit = probes::optionText(entry, "unit");
    settings.pidFile = probes::optionText(entry, "pid_file");
    settings.command = probes::optionText(entry, "command");
    if (!settings.path.startsWith(QLatin1Char('/')) || settings.path.contains(QChar(0)))
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("\"path\" must be an absolute path, the working tree"));
    return settings;
}

HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply)
{
    HostFacts facts;
    facts.host = host;
    if (const Error *error = reply.error()) {
        facts.error = *error;
        return facts;
    }
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell) {
        facts.error = hostError(ErrorKind::Internal, host, QStringLiteral("not the answer of a shell"));
        return facts;
    }
    const QString command = settings.command.isEmpty() ? guessedCommand(shell->out) : settings.command;
    if (!command.isEmpty()) {
        facts.error = readCaptured(*shell, command, facts);
        return facts;
    }
    Reader reader(facts);
    probes::eachRecord(shell->out, [&reader](const Record &record) { reader.take(record); });
    reader.finish();
    facts.error = failureOf(reader, *shell, facts, settings.path);
    return facts;
}

} // namespace taffrail::sources::gitdeploy
