// SPDX-License-Identifier: GPL-3.0-or-later
#include "unitfacts.h"

#include "text.h"

#include <QRegularExpression>
#include <QTimeZone>

namespace taffrail::sources::unitfacts {

namespace {

// The unit's own words; those of its environment may hold secrets and are not asked for.
constexpr char ofUnit[] = R"sh(tf_unit() {
command -v systemctl >/dev/null 2>&1 || { printf 'UNIT\twhy\tthere is no systemctl\n'; return; }
tf_p=LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStartTimestamp,InvocationID,NeedDaemonReload,WorkingDirectory
tf_s=$(systemctl show --timestamp=unix -p "$tf_p" -- "$U" 2>/dev/null </dev/null) || tf_s=$(systemctl show -p "$tf_p" -- "$U" 2>&1 </dev/null) || {
printf 'UNIT\twhy\tsystemctl: %.200s\n' "$(printf %s "$tf_s" | tr '\000-\037\177' ' ')"; return; }
printf '%s\n' "$tf_s" | tr '\000-\010\013-\037\177' '?' | sed "s/^/UNIT$(printf '\t')show$(printf '\t')/"
p=$(printf '%s\n' "$tf_s" | sed -n 's/^MainPID=//p')
tf_process "$p"
}
tf_unit
)sh";

constexpr char ofPidFile[] = R"sh(tf_pid() {
if [ ! -e "$F" ]; then printf 'UNIT\twhy\tthere is no pid file\n'
elif [ ! -r "$F" ]; then printf 'UNIT\twhy\tno right to read the pid file\n'
else p=; IFS= read -r p <"$F"; case $p in ''|*[!0-9]*) printf 'UNIT\twhy\tno process id found\n' ;; *) tf_process "$p" ;; esac
fi
}
tf_pid
)sh";

constexpr char ofProcess[] = R"sh(tf_process() {
case $1 in ''|0|*[!0-9]*) return ;; esac
printf 'UNIT\tpid\t%.20s\n' "$1"
[ -d "/proc/$1" ] || { printf 'UNIT\twhy\tprocess %.20s does not exist\n' "$1"; return; }
printf 'UNIT\tfolder\t%s\n' "$(printf %s "$(readlink "/proc/$1/cwd" 2>/dev/null)" | tr '\000-\037\177' '?')"
printf 'UNIT\tprogram\t%s\n' "$(printf %s "$(readlink "/proc/$1/exe" 2>/dev/null)" | tr '\000-\037\177' '?')"
{ tr '\000\012' '\012?' <"/proc/$1/environ" | sed -n 's/^APP_VERSION=//p' | head -n 1 | cut -b 1-100 | tr '\000-\011\013-\037\177' '?' | sed "s/^/UNIT$(printf '\t')version$(printf '\t')/"; } 2>/dev/null
awk -v hz="$(getconf CLK_TCK 2>/dev/null || echo 100)" 'FNR==NR { if ($1=="btime") b=$2; next } { sub(/^.*\) /,""); if (b>0 && hz>0) printf "UNIT\tstarted\t%d\n", b+$20/hz }' /proc/stat "/proc/$1/stat" 2>/dev/null
}
)sh";

/// "@1795190160", or "Fri 2026-11-20 15:56:00 UTC" of a systemd that knows no other form.
QDateTime showTime(const QString &text)
{
    if (text.startsWith(QLatin1Char('@')))
        return probes::fromSeconds(text.mid(1).section(QLatin1Char('.'), 0, 0).toLatin1());
    static const QRegularExpression words(
        QStringLiteral("\\A(?:[A-Z][a-z]{2} )?([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\\.[0-9]+)? "
                       "(?:UTC|GMT)\\z"));
    const auto match = words.match(text);
    return match.hasMatch()
        ? probes::isoTime(match.captured(1) + QLatin1Char('T') + match.captured(2) + QLatin1Char('Z'))
        : QDateTime();
}

void takeShow(const QString &line, UnitFacts &facts)
{
    const QString key = line.section(QLatin1Char('='), 0, 0), value = line.section(QLatin1Char('='), 1);
    if (key == QLatin1String("LoadState"))
        facts.loadState = value;
    else if (key == QLatin1String("ActiveState"))
        facts.activeState = value;
    else if (key == QLatin1String("SubState"))
        facts.subState = value;
    else if (key == QLatin1String("Result"))
        facts.result = value;
    else if (key == QLatin1String("MainPID"))
        facts.pid = value == QLatin1String("0") ? QString() : value;
    else if (key == QLatin1String("InvocationID"))
        facts.invocation = value;
    else if (key == QLatin1String("WorkingDirectory"))
        facts.workingDirectory = value;
    else if (key == QLatin1String("NeedDaemonReload"))
        facts.needsReload = value == QLatin1String("yes");
    else if (key == QLatin1String("ExecMainStartTimestamp"))
        facts.startedAt = showTime(value);
    else if (key == QLatin1String("ExecStart"))
        facts.command = value.section(QStringLiteral("path="), 1).section(QLatin1String(" ;"), 0, 0).trimmed();
    else if (key == QLatin1String("NRestarts")) {
        bool isNumber = false;
        const int count = value.toInt(&isNumber);
        facts.restarts = isNumber && count >= 0 ? count : -1;
    }
}

} // namespace

QByteArray unitScript(const QString &unit, const QString &pidFile)
{
    if (!pidFile.isEmpty())
        return QByteArray(ofProcess) + "F=" + shellQuoted(pidFile) + '\n' + ofPidFile;
    if (!unit.isEmpty())
        return QByteArray(ofProcess) + "U=" + shellQuoted(unit) + '\n' + ofUnit;
    return {};
}

bool takeUnitRecord(const probes::Record &record, UnitFacts &facts)
{
    if (record.key != "UNIT")
        return false;
    facts.asked = true;
    const QByteArray what = record.field(0);
    const QString value = sanitizedLine(record.rest(1), 1000);
    if (what == "show")
        takeShow(value, facts);
    else if (what == "why")
        facts.reason = value;
    else if (what == "pid")
        facts.pid = value;
    else if (what == "folder")
        facts.folder = value;
    else if (what == "program")
        facts.program = value;
    else if (what == "version")
        facts.version = redacted(value);
    else if (what == "started" && !facts.startedAt.isValid())
        facts.startedAt = probes::fromSeconds(record.field(1));
    return true;
}

UnitFacts fromShow(const QByteArray &out)
{
    UnitFacts facts;
    for (const QByteArray &line : out.split('\n')) {
        const QString text = sanitizedLine(line, 1000);
        facts.asked = facts.asked || text.startsWith(QLatin1String("LoadState="))
            || text.startsWith(QLatin1String("ActiveState="));
        takeShow(text, facts);
    }
    return facts;
}

QStringList unitNotes(const QString &host, const UnitFacts &facts)
{
    QStringList notes;
    if (!facts.asked)
        return notes;
    if (facts.loadState == QLatin1String("not-found"))
        notes << QStringLiteral("%1: systemd knows no such unit").arg(host);
    else if (!facts.activeState.isEmpty() && facts.activeState != QLatin1String("active"))
        notes << QStringLiteral("%1: the unit is %2 (%3)%4")
                     .arg(host, facts.activeState, facts.subState,
                          facts.result.isEmpty() || facts.result == QLatin1String("success")
                              ? QString()
                              : QStringLiteral(": ") + facts.result);
    if (!facts.reason.isEmpty())
        notes << QStringLiteral("%1: not known what the process runs: %2").arg(host, facts.reason);
    else if (!facts.pid.isEmpty() && facts.folder.isEmpty() && facts.program.isEmpty())
        notes << QStringLiteral("%1: no right to see the folder of process %2").arg(host, facts.pid);
    if (facts.needsReload)
        notes << QStringLiteral("%1: the unit's file changed: what systemd runs is older (daemon-reload is due)")
                     .arg(host);
    if (facts.restarts > 2)
        notes << QStringLiteral("%1: systemd restarted the unit %2 times").arg(host).arg(facts.restarts);
    return notes;
}

bool startedBefore(const UnitFacts &facts, const QDateTime &switchedAt)
{
    return facts.startedAt.isValid() && switchedAt.isValid() && facts.startedAt < switchedAt;
}

bool isUnitName(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[A-Za-z0-9][A-Za-z0-9:_.@\\\\-]*\\z"));
    return shape.match(text).hasMatch();
}

} // namespace taffrail::sources::unitfacts
