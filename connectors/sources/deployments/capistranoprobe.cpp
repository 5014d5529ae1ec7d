// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranoprobe.h"

#include "text.h"

#include <cstring>

namespace taffrail::sources::capistrano {

namespace {

// Hostile answers must not grow memory: what the script prints stays far below these.
constexpr size_t maxReleases = 1000;
constexpr size_t maxLogLines = 1000;
constexpr qsizetype maxNames = 20;
constexpr qint64 logTailBytes = 200'000; // as in the script

QDateTime fromSeconds(const QByteArray &text)
{
    bool ok = false;
    const qint64 seconds = text.trimmed().toLongLong(&ok);
    // Year 9999: beyond it a time is rubbish, and QDateTime would show another one.
    return ok && seconds > 0 && seconds < 253'402'300'800 ? QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC)
                                                          : QDateTime();
}

struct Record {
    QByteArray key;
    QList<QByteArray> fields;

    QByteArray field(qsizetype index) const { return index < fields.size() ? fields[index] : QByteArray(); }
    QString text(qsizetype index) const { return sanitizedLine(field(index)); }
};

class Reader {
public:
    explicit Reader(HostFacts &facts) : m_facts(facts) {}

    void read(const QByteArray &out)
    {
        for (qsizetype from = 0; from < out.size();) {
            const qsizetype end = out.indexOf('\n', from);
            const QByteArray line = out.mid(from, (end < 0 ? out.size() : end) - from);
            if (line.startsWith("LOG\t")) {
                addLogLine(line.mid(4));
            } else if (end >= 0) { // a record without its end may be cut anywhere
                QList<QByteArray> fields = line.split('\t');
                const QByteArray key = fields.takeFirst();
                readRecord({key, fields});
            }
            from = end < 0 ? out.size() : end + 1;
        }
        finishLog();
        m_facts.releasesReadable = !m_releasesUnknown;
    }

    bool done() const { return m_done; }
    bool noPath() const { return m_noPath; }
    bool pathHidden() const { return m_pathHidden; }
    bool notDirectory() const { return m_notDirectory; }

private:
    void readRecord(const Record &record)
    {
        if (!readPathRecord(record.key) && !readLinkRecord(record) && !readReleaseRecord(record))
            readOtherRecord(record);
    }

    bool readPathRecord(const QByteArray &key)
    {
        for (auto [word, flag] : {std::pair{"DONE", &m_done},
                                  {"NOPATH", &m_noPath},
                                  {"PATHHIDDEN", &m_pathHidden},
                                  {"NOTDIRECTORY", &m_notDirectory}}) {
            if (key == word) {
                *flag = true;
                return true;
            }
        }
        return false;
    }

    bool readLinkRecord(const Record &record)
    {
        if (record.key == "CURRENT") {
            m_facts.current = record.field(0) == "link" ? LinkKind::Link : LinkKind::Directory;
            setTarget(record.text(1));
        } else if (record.key == "SWITCHED") {
            m_facts.switchedAt = fromSeconds(record.field(0));
        } else if (record.key == "DANGLING") {
            m_facts.dangling = true;
        } else if (record.key == "HIDDEN") {
            m_facts.targetHidden = true;
        } else if (record.key == "LIVEREV") {
            m_facts.liveRevision = record.text(0);
        } else {
            return false;
        }
        return true;
    }

    void setTarget(const QString &target)
    {
        m_facts.target = target;
        QString path = target;
        while (path.endsWith(QLatin1Char('/')))
            path.chop(1);
        m_facts.live = path.section(QLatin1Char('/'), -1);
        m_facts.liveIsElsewhere = path.section(QLatin1Char('/'), -2, -2) != QLatin1String("releases");
    }

    bool readReleaseRecord(const Record &record)
    {
        if (record.key == "RELEASE") {
            const QString stamp = QString::fromLatin1(record.field(0));
            if (!isStamp(stamp) || m_facts.releases.size() >= maxReleases)
                return true;
            m_facts.releases[stamp]
                = {record.field(1) == "directory", record.text(2), fromSeconds(record.field(3)), {}};
        } else if (record.key == "CHANGED") {
            const auto found
                = m_facts.releases.find(QString::fromLatin1(record.field(1).mid(qsizetype(strlen("releases/")))));
            if (found != m_facts.releases.end())
                found->second.changedAt = fromSeconds(record.field(0));
        } else if (record.key == "OLDER") {
            m_facts.olderReleases = record.field(0).toInt();
        } else if (record.key == "OTHER") {
            if (m_facts.otherNames.size() < maxNames)
                m_facts.otherNames << record.text(0);
        } else if (record.key == "ARCHIVE") {
            if (isStamp(record.text(0)) && m_facts.archives.size() < qsizetype(maxReleases))
                m_facts.archives << record.text(0);
        } else if (record.key == "NORELEASES") {
            m_facts.releasesAbsent = true;
        } else if (record.key == "RELEASESHIDDEN") {
            m_releasesUnknown = true;
        } else {
            return false;
        }
        return true;
    }

    void readOtherRecord(const Record &record)
    {
        if (record.key == "FREE") {
            readFree(record);
        } else if (record.key == "LOCK") {
            readLock(record);
        } else if (record.key == "PROCESS") {
            readProcess(record);
        } else if (record.key == "RUNS") {
            readRuns(record);
        } else if (record.key == "LOGHIDDEN") {
            m_facts.logHidden = true;
        } else if (record.key == "LOGSTAT") {
            m_facts.logChangedAt = fromSeconds(record.field(0));
            m_logBytes = record.field(1).toLongLong();
            if (!m_facts.log)
                m_facts.log.emplace();
        } else if (record.key == "LINES") {
            m_logLines = record.field(0).trimmed().toLongLong();
        } else if (record.key == "LOGPARTIAL") {
            m_facts.logPartial = true;
        }
    }

    void readFree(const Record &record)
    {
        bool okBlocks = false;
        bool okSize = false;
        const qint64 blocks = record.field(0).toLongLong(&okBlocks);
        const qint64 size = record.field(1).toLongLong(&okSize);
        qint64 bytes = 0;
        if (okBlocks && okSize && blocks >= 0 && size > 0 && !__builtin_mul_overflow(blocks, size, &bytes))
            m_facts.freeBytes = bytes;
    }

    void readLock(const Record &record)
    {
        if (m_facts.lock)
            return;
        const QString text = record.text(3);
        HeldLock lock;
        lock.by = text.isEmpty() ? record.text(1) : text;
        lock.since = fromSeconds(record.field(0));
        lock.reason = QStringLiteral("%1 on %2").arg(record.text(2), m_facts.host);
        m_facts.lock = lock;
    }

    void readProcess(const Record &record)
    {
        const QString command = redacted(record.text(3));
        HeldLock lock;
        lock.by = record.text(2);
        lock.reason = QStringLiteral("running on %1: %2").arg(m_facts.host, command);
        if (record.field(0) == "unpack") {
            const qsizetype at = command.lastIndexOf(QLatin1String("/releases/"));
            const QString stamp = at < 0 ? QString() : command.mid(at + qsizetype(strlen("/releases/")), 14);
            if (isStamp(stamp)) {
                m_facts.extracting = stamp;
                lock.since = stampTime(stamp);
            }
        }
        // A running process is better evidence than a file that may have been left behind.
        m_facts.lock = lock;
    }

    void readRuns(const Record &record)
    {
        m_facts.asksProcess = true;
        m_facts.processText = record.text(0);
        const QByteArray word = record.field(1);
        if (word == "folder")
            m_facts.processFolder = record.text(2);
        else if (word == "absent")
            m_facts.processText = QStringLiteral("there is no pid file");
        else if (word == "denied")
            m_facts.processText = QStringLiteral("no right to read the pid file");
        else if (word == "stopped")
            m_facts.processText = QStringLiteral("the unit is not running");
        else if (word == "nosystemd")
            m_facts.processText = QStringLiteral("there is no systemctl");
        else if (word == "gone")
            m_facts.processText = QStringLiteral("process %1 of the pid file does not exist").arg(record.text(0));
        else if (word.isEmpty() && !m_facts.processText.isEmpty())
            m_facts.processText = QStringLiteral("no right to see the folder of process %1").arg(record.text(0));
        else
            m_facts.processText = QStringLiteral("no process id found");
    }

    void addLogLine(const QByteArray &line)
    {
        if (!m_facts.log)
            m_facts.log.emplace();
        if (m_facts.log->size() < maxLogLines)
            m_facts.log->push_back(line);
    }

    void finishLog()
    {
        if (!m_facts.log)
            return;
        m_facts.logCut = m_logLines > qint64(m_facts.log->size());
        // The tail by bytes may begin in the middle of a line.
        if (m_facts.logCut && m_logBytes > logTailBytes && m_facts.log->size() < 500 && !m_facts.log->empty())
            m_facts.log->erase(m_facts.log->begin());
    }

    HostFacts &m_facts;
    bool m_done = false, m_noPath = false, m_pathHidden = false, m_notDirectory = false, m_releasesUnknown = false;
    qint64 m_logBytes = 0;
    qint64 m_logLines = 0;
};

Error hostError(ErrorKind kind, const QString &host, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("read releases"), host, text, hint};
}

std::optional<Error> failureOf(const Reader &reader, const ShellReply &shell, const QString &host, const QString &path)
{
    if (reader.noPath())
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 does not exist").arg(path),
                         QStringLiteral("Check \"path\" (Capistrano's deploy_to) in the inventory."));
    if (reader.notDirectory())
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 is not a directory").arg(path));
    if (reader.pathHidden())
        return hostError(ErrorKind::Denied, host, QStringLiteral("no right to enter %1").arg(path),
                         QStringLiteral("Let the SSH user read and enter this directory."));
    if (reader.done())
        return std::nullopt;
    if (shell.exitCode == 124 || shell.exitCode == 137 || shell.exitCode == 143)
        return hostError(ErrorKind::Timeout, host, QStringLiteral("reading %1 took too long").arg(path));
    const QString said = sanitizedLine(shell.err.trimmed(), 200);
    return hostError(ErrorKind::BadData, host,
                     said.isEmpty() ? QStringLiteral("the answer ended before its end mark")
                                    : QStringLiteral("the answer ended before its end mark: %1").arg(said));
}

} // namespace

bool isStamp(const QString &text)
{
    if (text.size() != 14)
        return false;
    for (const QChar character : text) {
        if (character < QLatin1Char('0') || character > QLatin1Char('9'))
            return false;
    }
    return true;
}

QDateTime stampTime(const QString &stamp)
{
    if (!isStamp(stamp))
        return {};
    const auto number = [&stamp](int from, int length) { return QStringView(stamp).mid(from, length).toInt(); };
    const QDate date(number(0, 4), number(4, 2), number(6, 2));
    const QTime time(number(8, 2), number(10, 2), number(12, 2));
    return date.isValid() && time.isValid() ? QDateTime(date, time, Qt::UTC) : QDateTime();
}

Result<Settings> settingsOf(const SourceEntry &entry)
{
    Settings settings;
    settings.app = entry.options.value(QStringLiteral("app")).toString();
    settings.path = entry.options.value(QStringLiteral("path")).toString();
    while (settings.path.size() > 1 && settings.path.endsWith(QLatin1Char('/')))
        settings.path.chop(1);
    if (!settings.path.startsWith(QLatin1Char('/')) || settings.path.contains(QChar(0)))
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("\"path\" must be an absolute path, Capistrano's deploy_to"));
    settings.keepReleases = entry.options.value(QStringLiteral("keep_releases"), settings.keepReleases).toInt();
    settings.pidFile = entry.options.value(QStringLiteral("pid_file")).toString();
    settings.unit = entry.options.value(QStringLiteral("unit")).toString();
    if (settings.app.isEmpty())
        settings.app = settings.path.section(QLatin1Char('/'), -1);
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
    Reader reader(facts);
    reader.read(shell->out);
    facts.error = failureOf(reader, *shell, host, settings.path);
    return facts;
}

} // namespace taffrail::sources::capistrano
