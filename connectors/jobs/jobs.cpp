// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs.h"

#include "source.h"
#include "text.h"
#include "wordtable.h"

#include <QCryptographicHash>
#include <QFile>

static void initJobResources()
{
    Q_INIT_RESOURCE(jobs); // a static library's resources are not found otherwise
}

namespace taffrail::jobs {

namespace {

constexpr WordTable<JobState, 7> stateWords{{
    {JobState::Absent, "absent"},
    {JobState::Prepared, "prepared"},
    {JobState::Starting, "starting"},
    {JobState::Running, "running"},
    {JobState::Exited, "exited"},
    {JobState::Orphaned, "orphaned"},
    {JobState::Lost, "lost"},
}};

constexpr char tag[] = "TF1 ";

const QByteArray &listing()
{
    static const QByteArray text = [] {
        initJobResources();
        QFile file(QStringLiteral(":/taffrail/job.sh"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }();
    return text;
}

/// A word that no line of the payload is.
QByteArray endWord(const QByteArray &payload)
{
    QByteArray word;
    for (QByteArray seed = payload; word.isEmpty() || payload.contains(word); seed = word)
        word = "TF_END_" + QCryptographicHash::hash(seed, QCryptographicHash::Sha256).toHex().left(16);
    return word;
}

/// One function and its call: what is cut off before the last line defines nothing and runs nothing.
QByteArray calling(const QList<QByteArray> &words, const QByteArray &payload = {})
{
    QByteArray call = "tf_main";
    for (const QByteArray &word : words)
        call += ' ' + word;
    if (payload.isNull()) {
        call += " </dev/null";
    } else {
        const QByteArray end = endWord(payload);
        call += " <<\\" + end + '\n' + payload + "# tf-end\n" + end;
    }
    return "export LC_ALL=C\ntf_main() {\n" + listing() + "}\n" + call + "\nexit\n";
}

QList<QByteArray> quoted(const QStringList &words)
{
    QList<QByteArray> list;
    for (const QString &word : words)
        list << sources::shellQuoted(word);
    return list;
}

tl::unexpected<Error> badAnswer(const QString &host, const QString &text)
{
    return failure(ErrorKind::BadData, QStringLiteral("job"), host, text, {});
}

tl::unexpected<Error> refusal(const QByteArray &line, const QString &host)
{
    const QList<QByteArray> words = line.split(' ');
    const QByteArray code = words.value(1);
    const QString place = sanitizedLine(words.mid(2).join(' '));
    const QString step = QStringLiteral("job");
    if (code == "noroot")
        return failure(
            ErrorKind::Denied, step, host, QStringLiteral("no place for jobs: %1 cannot be made").arg(place),
            QStringLiteral("Is the disk full? If not: taffrail host-setup prints the commands that make one."));
    if (code == "remotefs")
        return failure(ErrorKind::Unsupported, step, host,
                       QStringLiteral("%1 is on a network file system, where locks do not hold").arg(place),
                       QStringLiteral("Make a place for jobs on a local disk."));
    if (code == "cannot-write-state")
        return failure(ErrorKind::Denied, step, host,
                       QStringLiteral("the job could not be written; nothing was started"),
                       QStringLiteral("Is the disk full, or the folder of another user?"));
    if (code == "nolauncher")
        return failure(ErrorKind::Unsupported, step, host,
                       QStringLiteral("logind ends every process of a user who logs out (KillUserProcesses)"),
                       QStringLiteral("As root, run: loginctl enable-linger USER"));
    if (code == "noflock")
        return failure(ErrorKind::Unsupported, step, host, QStringLiteral("flock is missing"),
                       QStringLiteral("Install util-linux."));
    if (code == "busy")
        return failure(ErrorKind::Busy, step, host, QStringLiteral("a job still runs under the lock"), {});
    if (code == "absent")
        return failure(ErrorKind::NotFound, step, host, QStringLiteral("there is no such job"), {});
    if (code == "log-shrank")
        return failure(ErrorKind::BadData, step, host, QStringLiteral("the job's log is shorter than before"), {});
    return badAnswer(host, QStringLiteral("the host refused: %1").arg(sanitizedLine(line)));
}

/// Where the tagged answer begins: a login shell may have talked before. -1 = nowhere.
qsizetype answerStart(const QByteArray &out)
{
    if (out.startsWith(tag))
        return 0;
    const qsizetype at = out.indexOf(QByteArray("\n") + tag);
    return at < 0 ? -1 : at + 1;
}

/// "state exited 3 log 120 …" → a status; the words after "log N" are left for the caller.
bool takeState(const QList<QByteArray> &words, JobStatus &status, qsizetype &next)
{
    if (words.value(0) != "state")
        return false;
    const QString word = QString::fromLatin1(words.value(1));
    status.state = valueOf(stateWords, word, JobState::Lost);
    if (jobStateWord(status.state) != word)
        return false;
    next = 2;
    bool isNumber = true;
    if (status.state == JobState::Exited)
        status.exitCode = words.value(next++).toInt(&isNumber);
    else if (status.state == JobState::Running || status.state == JobState::Orphaned)
        ++next; // the process
    return isNumber;
}

Result<JobStatus> parsedHeader(const QByteArray &line, const QString &host, qint64 *announced)
{
    const QByteArray text = line.mid(int(sizeof tag) - 1).trimmed();
    if (text.startsWith("error "))
        return refusal(text, host);
    const QList<QByteArray> words = text.split(' ');
    JobStatus status;
    qsizetype next = 0;
    bool isSize = false;
    if (!takeState(words, status, next) || words.value(next) != "log")
        return badAnswer(host, QStringLiteral("expected a job's state, found: %1").arg(sanitizedLine(line)));
    status.logSize = words.value(next + 1).toLongLong(&isSize);
    if (announced)
        *announced = words.value(next + 2) == "data" ? words.value(next + 3).toLongLong() : -1;
    if (!isSize)
        return badAnswer(host, QStringLiteral("expected the size of a log, found: %1").arg(sanitizedLine(line)));
    return status;
}

} // namespace

QByteArray startScript(const JobSpec &spec)
{
    QByteArray payload = spec.script;
    if (!payload.endsWith('\n'))
        payload += '\n';
    QStringList words{spec.id, spec.lock.isEmpty() ? QStringLiteral("-") : spec.lock, QString::number(spec.token),
                      spec.claim.isEmpty() ? QStringLiteral("-") : spec.claim, QString::fromUtf8(spec.journal)};
    return calling(QList<QByteArray>{"start"} + quoted(words + spec.places), payload);
}

QByteArray statusScript(const Places &places, const QString &id)
{
    return calling(QList<QByteArray>{"status"} + quoted(QStringList{id} + places));
}

QByteArray readScript(const Places &places, const QString &id, qint64 offset, qint64 most)
{
    return calling(QList<QByteArray>{"read"}
                   + quoted(QStringList{id, QString::number(offset), QString::number(most)} + places));
}

QByteArray journalScript(const Places &places, const QString &id)
{
    return calling(QList<QByteArray>{"journal"} + quoted(QStringList{id} + places));
}

QByteArray listScript(const Places &places)
{
    return calling(QList<QByteArray>{"list"} + quoted(places));
}

QByteArray stopScript(const Places &places, const QString &id, int graceSeconds)
{
    return calling(QList<QByteArray>{"stop"} + quoted(QStringList{id, QString::number(graceSeconds)} + places));
}

QByteArray claimScript(const Places &places, const QString &lock)
{
    return calling(QList<QByteArray>{"claim"} + quoted(QStringList{lock} + places));
}

QByteArray releaseScript(const Places &places, const QString &lock, const QString &claim)
{
    return calling(QList<QByteArray>{"release"} + quoted(QStringList{lock, claim} + places));
}

Result<JobStatus> parsedStatus(const QByteArray &out, const QString &host)
{
    const qsizetype start = answerStart(out);
    if (start < 0)
        return badAnswer(host,
                         out.isEmpty() ? QStringLiteral("no answer") : QStringLiteral("an answer without a state"));
    const QList<QByteArray> lines = out.mid(start).split('\n');
    Result<JobStatus> status = parsedHeader(lines.value(0), host, nullptr);
    if (!status)
        return status;
    for (const QByteArray &line : lines.mid(1)) {
        if (line.startsWith("TF1 step "))
            status->steps << sanitizedLine(line.mid(9));
        else if (line.startsWith("TF1 token "))
            status->token = line.mid(10).toLongLong();
        else if (line.startsWith("TF1 launcher "))
            status->launcher = sanitizedLine(line.mid(13));
    }
    return status;
}

Result<JobLog> parsedLog(const QByteArray &out, const QString &host, qint64 offset)
{
    const qsizetype start = answerStart(out);
    const qsizetype end = start < 0 ? -1 : out.indexOf('\n', start);
    if (end < 0)
        return badAnswer(host, QStringLiteral("an answer without a state"));
    qint64 announced = -1;
    const Result<JobStatus> status = parsedHeader(out.mid(start, end - start), host, &announced);
    if (!status)
        return failure(status.error());
    const QByteArray data = out.mid(end + 1);
    if (announced < 0 || data.size() != announced)
        return badAnswer(host, QStringLiteral("the log came in part: %1 of %2 bytes").arg(data.size()).arg(announced));
    return JobLog{*status, offset, data};
}

Result<QByteArray> parsedJournal(const QByteArray &out, const QString &host)
{
    const qsizetype start = answerStart(out);
    const qsizetype end = start < 0 ? -1 : out.indexOf('\n', start);
    if (end < 0)
        return badAnswer(host, QStringLiteral("no answer"));
    const QByteArray line = out.mid(start + 4, end - start - 4);
    if (line.startsWith("error "))
        return refusal(line, host);
    const QByteArray text = out.mid(end + 1);
    if (!line.startsWith("journal ") || line.mid(8).toLongLong() != text.size())
        return badAnswer(host, QStringLiteral("the journal came in part"));
    return text.endsWith('\n') ? text.chopped(1) : text;
}

Result<std::optional<Claim>> parsedClaim(const QByteArray &out, const QString &host)
{
    const qsizetype start = answerStart(out);
    if (start < 0)
        return badAnswer(host, QStringLiteral("no answer"));
    const QByteArray line = out.mid(start + 4).split('\n').first().trimmed();
    if (line.startsWith("error "))
        return refusal(line, host);
    if (line == "unclaimed")
        return std::optional<Claim>();
    const QList<QByteArray> words = line.split(' ');
    if (words.value(0) != "claim" || words.size() != 4)
        return badAnswer(host, QStringLiteral("expected a claim, found: %1").arg(sanitizedLine(line)));
    Claim claim{sanitizedLine(words[1]), {}, words[3] == "-" ? QString() : sanitizedLine(words[3])};
    if (const qint64 since = words[2].toLongLong(); since > 0)
        claim.since = QDateTime::fromSecsSinceEpoch(since, Qt::UTC);
    return std::optional<Claim>(claim);
}

Result<std::vector<ListedJob>> parsedList(const QByteArray &out, const QString &host)
{
    std::vector<ListedJob> jobs;
    for (const QByteArray &line : out.split('\n')) {
        if (!line.startsWith(tag))
            continue;
        const QList<QByteArray> words = line.mid(4).trimmed().split(' ');
        if (words.value(0) == "error")
            return refusal(line.mid(4), host);
        ListedJob job;
        qsizetype next = 0;
        job.id = sanitizedLine(words.value(1));
        const qint64 started = words.value(2).toLongLong();
        if (started > 0)
            job.startedAt = QDateTime::fromSecsSinceEpoch(started, Qt::UTC);
        if (words.value(0) != "job" || !takeState(QList<QByteArray>{"state"} + words.mid(3), job.status, next))
            return badAnswer(host, QStringLiteral("expected a job, found: %1").arg(sanitizedLine(line)));
        jobs.push_back(std::move(job));
    }
    return jobs;
}

QString jobStateWord(JobState state)
{
    return wordOf(stateWords, state);
}

} // namespace taffrail::jobs
