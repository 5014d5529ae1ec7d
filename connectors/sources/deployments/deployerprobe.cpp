// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployerprobe.h"

#include "deployerlog.h"
#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources::deployer {

namespace {

using probes::Record;

// Hostile answers must not grow memory: what the script prints stays below these.
constexpr size_t mostFolders = 1000;
constexpr size_t mostLogLines = 1000;

// Names lose their control characters, and lines of files get a prefix, so that none forges a record.
constexpr char begin[] = R"sh(T=$(printf '\t')
clean() { printf '%s' "$1" | tr '\000-\037\177' '?'; }
if cd -- "$A" 2>/dev/null; then
if [ -h current ]; then
L=$(readlink current)
printf 'CURRENT\tlink\t%s\n' "$(clean "$L")"
stat -c "SWITCHED${T}%Y" current
if [ ! -e current/. ]; then
case $L in */*) P=${L%/*} ;; *) P=. ;; esac
if [ -d "${P:-/}" ] && [ ! -x "${P:-/}" ]; then echo HIDDEN; else echo DANGLING; fi
fi
elif [ -d current ]; then printf 'CURRENT\tdirectory\t\n'
fi
r=
[ -f current/REVISION ] && [ -r current/REVISION ] && IFS= read -r r <current/REVISION
case $r in *[!A-Za-z0-9._-]*) r= ;; esac
printf 'LIVEREV\t%.64s\n' "$r"
[ ! -h release ] || printf 'UNFINISHED\t%s\n' "$(clean "$(readlink release)")"
if [ ! -d releases ]; then echo NORELEASES
elif [ ! -r releases ] || [ ! -x releases ]; then echo RELEASESHIDDEN
else
n=0 o=0
for d in releases/*; do
[ -e "$d" ] || [ -h "$d" ] || continue
f=${d#releases/}
case $f in -*|*[!A-Za-z0-9._-]*) o=$((o + 1)); [ "$o" -gt 10 ] || printf 'OTHER\t%s\n' "$(clean "$f")"; continue ;; esac
n=$((n + 1))
[ "$n" -le 500 ] || continue
r=; k=file; m=; y=
if [ -h "$d" ]; then k=link; elif [ -d "$d" ]; then k=directory; fi
[ -f "$d/REVISION" ] && [ -r "$d/REVISION" ] && IFS= read -r r <"$d/REVISION"
case $r in *[!A-Za-z0-9._-]*) r= ;; esac
[ ! -e "$d/DIRTY_RELEASE" ] || y=dirty
printf 'RELEASE\t%s\t%s\t%.64s\t%s\n' "$f" "$k" "$r" "$y"
if [ -e "$d/BAD_RELEASE" ]; then
[ -f "$d/BAD_RELEASE" ] && [ -r "$d/BAD_RELEASE" ] && IFS= read -r m <"$d/BAD_RELEASE"
printf 'BAD\t%s\t%s\t%.200s\n' "$f" "$(stat -c %Y "$d/BAD_RELEASE")" "$(clean "$m")"
fi
done
[ "$n" -le 500 ] || printf 'FURTHER\t%s\n' "$((n - 500))"
fi
stat -f -c "FREE${T}%a${T}%S" . 2>/dev/null
r=
[ -f .dep/latest_release ] && [ -r .dep/latest_release ] && IFS= read -r r <.dep/latest_release
printf 'LATEST\t%.100s\n' "$(clean "$r")"
if [ -e .dep/deploy.lock ]; then
r=
[ -f .dep/deploy.lock ] && [ -r .dep/deploy.lock ] && IFS= read -r r <.dep/deploy.lock
printf 'LOCK\t%s\t%.200s\n' "$(stat -c "%Y${T}%U" .dep/deploy.lock)" "$(clean "$r")"
fi
)sh";

constexpr char end[] = R"sh(if [ ! -e .dep ] || [ -x .dep ]; then :; else echo LOGHIDDEN; fi
for f in .dep/releases_log .dep/releases; do
[ -f "$f" ] || continue
if [ ! -r "$f" ]; then echo LOGHIDDEN; continue; fi
printf 'LINES\t%s\n' "$(wc -l <"$f")"
tail -c 200000 "$f" | tail -n 500 | cut -b 1-1500 | sed "s/^/LOG$T/"
echo
done
else
P=$A
while [ -n "$P" ] && [ ! -e "$P" ]; do P=${P%/*}; done
P=${P:-/}
if [ "$P" = "$A" ] && [ ! -d "$P" ]; then echo NOTDIRECTORY
elif [ -x "$P" ] && [ "$P" != "$A" ]; then echo NOPATH
else echo PATHHIDDEN
fi
fi
echo DONE
)sh";

QString lastPart(QString path)
{
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    return path.section(QLatin1Char('/'), -1);
}

class Reader {
public:
    explicit Reader(HostFacts &facts) : m_facts(facts) {}

    void take(const Record &record)
    {
        if (record.key == "DONE")
            done = true;
        else if (record.key == "NOPATH")
            noPath = true;
        else if (record.key == "PATHHIDDEN")
            pathHidden = true;
        else if (record.key == "NOTDIRECTORY")
            notDirectory = true;
        else if (!takeLink(record) && !takeFolder(record) && !unitfacts::takeUnitRecord(record, m_facts.unit))
            takeOther(record);
    }

    void finish()
    {
        m_facts.foldersReadable = !m_foldersHidden;
        m_facts.logCut = m_facts.log && m_lines > qint64(m_logLines);
    }

    bool done = false, noPath = false, pathHidden = false, notDirectory = false;

private:
    bool takeLink(const Record &record)
    {
        if (record.key == "CURRENT") {
            m_facts.hasLink = record.field(0) == "link";
            m_facts.isDirectory = !m_facts.hasLink;
            m_facts.target = record.text(1);
            m_facts.live = lastPart(m_facts.target);
        } else if (record.key == "SWITCHED") {
            m_facts.switchedAt = probes::fromSeconds(record.field(0));
        } else if (record.key == "DANGLING") {
            m_facts.dangling = true;
        } else if (record.key == "HIDDEN") {
            m_facts.targetHidden = true;
        } else if (record.key == "LIVEREV") {
            m_facts.liveRevision = record.text(0);
        } else if (record.key == "UNFINISHED") {
            m_facts.unfinished = lastPart(record.text(0));
        } else {
            return false;
        }
        return true;
    }

    bool takeFolder(const Record &record)
    {
        const QString name = QString::fromLatin1(record.field(0));
        if (record.key == "RELEASE") {
            if (isReleaseName(name) && m_facts.folders.size() < mostFolders)
                m_facts.folders[name]
                    = {record.field(1) == "directory", record.text(2), record.field(3) == "dirty", {}};
        } else if (record.key == "BAD") {
            const auto found = m_facts.folders.find(name);
            if (found != m_facts.folders.end()) {
                found->second.bad = readMark(record.rest(2));
                // A mark in other words is still a mark: then the file's own time says when.
                if (!found->second.bad->at.isValid())
                    found->second.bad->at = probes::fromSeconds(record.field(1));
            }
        } else if (record.key == "FURTHER") {
            m_facts.furtherFolders = record.field(0).toInt();
        } else if (record.key == "OTHER") {
            if (m_facts.otherNames.size() < 20)
                m_facts.otherNames << record.text(0);
        } else if (record.key == "NORELEASES") {
            m_facts.foldersAbsent = true;
        } else if (record.key == "RELEASESHIDDEN") {
            m_foldersHidden = true;
        } else {
            return false;
        }
        return true;
    }

    void takeOther(const Record &record)
    {
        if (record.key == "FREE") {
            m_facts.freeBytes = probes::freeBytesOf(record);
        } else if (record.key == "LATEST") {
            m_facts.latest = record.text(0);
        } else if (record.key == "LOCK") {
            const QString text = record.text(2);
            m_facts.lock = HeldLock{text.isEmpty() ? record.text(1) : text, probes::fromSeconds(record.field(0)),
                                    QStringLiteral(".dep/deploy.lock on %1").arg(m_facts.host)};
        } else if (record.key == "LOGHIDDEN") {
            m_facts.logHidden = true;
        } else if (record.key == "LINES") {
            m_lines += record.field(0).trimmed().toLongLong();
            if (!m_facts.log)
                m_facts.log.emplace();
        } else if (record.key == "LOG" && m_logLines < mostLogLines) {
            if (!record.rest(0).trimmed().isEmpty())
                readLogFile(record.rest(0), m_facts);
            ++m_logLines;
        }
    }

    HostFacts &m_facts;
    bool m_foldersHidden = false;
    qint64 m_lines = 0;
    size_t m_logLines = 0;
};

Error hostError(ErrorKind kind, const QString &host, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("read releases"), host, text, hint};
}

std::optional<Error> failureOf(const Reader &reader, const ShellReply &shell, const QString &host, const QString &path)
{
    if (reader.noPath)
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 does not exist").arg(path),
                         QStringLiteral("Check \"path\" (Deployer's deploy_path) in the inventory."));
    if (reader.notDirectory)
        return hostError(ErrorKind::NotFound, host, QStringLiteral("%1 is not a directory").arg(path));
    if (reader.pathHidden)
        return hostError(ErrorKind::Denied, host, QStringLiteral("no right to enter %1").arg(path),
                         QStringLiteral("Let the SSH user read and enter this directory."));
    if (reader.done)
        return std::nullopt;
    if (probes::wasEndedByTime(shell.exitCode))
        return hostError(ErrorKind::Timeout, host, QStringLiteral("reading %1 took too long").arg(path));
    const QString said = sanitizedLine(shell.err.trimmed(), 200);
    return hostError(ErrorKind::BadData, host,
                     said.isEmpty() ? QStringLiteral("the answer ended before its end mark")
                                    : QStringLiteral("the answer ended before its end mark: %1").arg(said));
}

/// The output of the tool itself, or its log, instead of the probe's.
std::optional<Error> readCaptured(const ShellReply &shell, const QString &command, HostFacts &facts)
{
    if (shell.exitCode == 127)
        return hostError(ErrorKind::NotFound, facts.host, QStringLiteral("there is no program dep"));
    if (command == QLatin1String("releases")) {
        if (readTable(shell.out, facts))
            return std::nullopt;
        const QString said = sanitizedLine((shell.err.isEmpty() ? shell.out : shell.err).trimmed(), 200);
        return hostError(
            shell.exitCode ? ErrorKind::ToolFailed : ErrorKind::BadData, facts.host,
            QStringLiteral("no table of releases%1").arg(said.isEmpty() ? said : QStringLiteral(": ") + said));
    }
    readLogFile(shell.out, facts);
    if (facts.log->empty())
        return hostError(ErrorKind::BadData, facts.host,
                         shell.out.trimmed().isEmpty() ? QStringLiteral("the log is empty")
                                                       : QStringLiteral("no line is one of .dep/releases_log"));
    return std::nullopt;
}

/// What the text is when nothing says so.
QString guessedCommand(const QByteArray &out)
{
    const QByteArray text = out.trimmed();
    if (text.startsWith("{\"") || readOldLine(text.left(text.indexOf('\n') < 0 ? text.size() : text.indexOf('\n'))))
        return QStringLiteral("releases_log");
    return text.contains("| Release ") && text.contains("| Date (") ? QStringLiteral("releases") : QString();
}

} // namespace

bool isReleaseName(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A(?!-)(?!\\.{1,2}\\z)[A-Za-z0-9._-]{1,200}\\z"));
    return shape.match(text).hasMatch();
}

Result<Settings> settingsOf(const SourceEntry &entry)
{
    Settings settings;
    settings.command = probes::optionText(entry, "command");
    settings.app = probes::optionText(entry, "app");
    settings.path = probes::optionText(entry, "path");
    while (settings.path.size() > 1 && settings.path.endsWith(QLatin1Char('/')))
        settings.path.chop(1);
    settings.keepReleases = entry.options.value(QStringLiteral("keep_releases"), settings.keepReleases).toInt();
    settings.pidFile = probes::optionText(entry, "pid_file");
    settings.unit = probes::optionText(entry, "unit");
    if (settings.app.isEmpty())
        settings.app = settings.path.section(QLatin1Char('/'), -1);
    if (!settings.path.startsWith(QLatin1Char('/')) || settings.path.contains(QChar(0)))
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("\"path\" must be an absolute path, Deployer's deploy_path"));
    return settings;
}

QByteArray probeScript(const Settings &settings)
{
    return "A=" + shellQuoted(settings.path) + '\n' + begin + unitfacts::unitScript(settings.unit, settings.pidFile)
        + end;
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
    facts.error = failureOf(reader, *shell, host, settings.path);
    return facts;
}

} // namespace taffrail::sources::deployer
