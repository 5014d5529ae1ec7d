// SPDX-License-Identifier: GPL-3.0-or-later
#include "aptlook.h"

#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QRegularExpression>

namespace taffrail::executors::apt {

namespace {

using sources::shellQuoted;

constexpr char body[] = R"sh(tf_clean() { tr '\000-\010\013-\037\177' '?'; }
tf_look() {
command -v apt-get >/dev/null 2>&1 || { echo NOTOOL; return; }
dpkg-query -W -f 'PACKAGE\t${Package}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\n' -- $W 2>/dev/null
s=$(apt-get -s -o Debug::NoLocking=true $OPTIONS install $SPEC 2>&1 </dev/null); printf 'SIMULATED\t%s\n' "$?"
printf '%s\n' "$s" | grep -E '^(Inst|Remv|E:) ' | head -n 300 | tf_clean
apt-get --print-uris --download-only -o Debug::NoLocking=true $OPTIONS --reinstall install $SPEC 2>/dev/null </dev/null | sed -n "s/^'file:\([^']*\)' .*/\1/p" | awk '{ r=""; while (match($0,/%[0-9A-Fa-f][0-9A-Fa-f]/)) { h=tolower(substr($0,RSTART+1,2)); c=16*(index("0123456789abcdef",substr(h,1,1))-1)+index("0123456789abcdef",substr(h,2,1))-1
r=r substr($0,1,RSTART-1) sprintf("%c",c); $0=substr($0,RSTART+3) } print r $0 }' | while IFS= read -r f; do [ -r "$f" ] || printf 'MISSING\t%s\n' "$f"; done | tf_clean
i=$(stat -c %i /var/lib/dpkg/lock-frontend 2>/dev/null)
for p in $(awk -v i="$i" '$2=="POSIX" { split($6,a,":"); if (a[3]==i) print $5 }' /proc/locks 2>/dev/null | head -n 20); do
tf_holds "$p" /var/lib/dpkg/lock-frontend || continue
c=$(tr '\000' ' ' <"/proc/$p/cmdline" 2>/dev/null | head -c 200 | tr '\000-\037\177' ' ')
case $c in *apt*|*dpkg*|*aptitude*|*unattended*|*packagekit*|*synaptic*) printf 'LOCK\tprocess %s: %s\n' "$p" "$c"; break ;; esac
done
dpkg-query -W -f '${Conffiles}\n' -- $W 2>/dev/null | while read -r f m x; do
[ -z "$x" ] && [ -f "$f" ] && [ -r "$f" ] || continue
case $(md5sum -- "$f" 2>/dev/null) in "$m "*) ;; *) printf 'CHANGED\t%s\n' "$f" ;; esac
done | head -n 50 | tf_clean
if [ -n "$SUDO" ]; then tf_may_sudo apt-get $OPTIONS $RUN install $SPEC || echo SUDOASKS; elif [ "$(id -u)" != 0 ]; then echo NOTROOT; fi
apt-config dump APT::Periodic::Unattended-Upgrade 2>/dev/null | grep -q '"[1-9a-z]' && command -v unattended-upgrade >/dev/null 2>&1 && echo UNATTENDED
apt-cache policy -- "$N" 2>/dev/null | sed -n 's/^  Candidate: /CANDIDATE	/p' | head -n 1 | tf_clean
echo DONE
}
tf_look
tf_restart
)sh";

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

void readPackage(const sources::apt::Settings &settings, const QByteArrayList &fields, Looked &looked)
{
    const QString name = QString::fromLatin1(fields.value(1));
    if (fields.value(4) == "hold")
        looked.held << name;
    if (name == settings.package) {
        looked.live = sanitizedLine(fields.value(2), 200);
        looked.state = sanitizedLine(fields.value(3), 40);
    }
}

void readLine(const sources::apt::Settings &settings, const QByteArray &line, Looked &looked)
{
    const QByteArrayList fields = line.split('\t');
    const QByteArray &key = fields.first();
    const QString rest = sanitizedLine(fields.mid(1).join(' '), 300);
    if (key == "PACKAGE")
        readPackage(settings, fields, looked);
    else if (key == "SIMULATED")
        looked.simulated = rest.toInt();
    else if (line.startsWith("Remv "))
        looked.removed << sanitizedLine(line.split(' ').value(1), 100);
    else if (line.startsWith("E: ") && looked.trouble.isEmpty())
        looked.trouble = sanitizedLine(line.mid(3), 300);
    else if (key == "MISSING")
        looked.missingFiles << rest;
    else if (key == "LOCK")
        looked.holder = redacted(rest);
    else if (key == "CHANGED")
        looked.changedFiles << rest;
    else if (key == "SUDOASKS")
        looked.asksForPassword = true;
    else if (key == "NOTROOT")
        looked.isNotRoot = true;
    else if (key == "UNATTENDED")
        looked.upgradesItself = true;
    else if (key == "CANDIDATE")
        looked.candidate = rest;
    else if (const std::optional<Planned> planned = readPlanned(line))
        looked.planned.push_back(*planned);
}

} // namespace

// The administrator's configuration files stay; "-q" and no terminal: nothing asks.
const char aptOptions[] = "-y -q --allow-downgrades -o Dpkg::Options::=--force-confdef "
                          "-o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0";

const char aptRunOptions[] = "--no-remove -o DPkg::Lock::Timeout=30";

QStringList wantedWords(const sources::apt::Settings &settings, const QString &version)
{
    QStringList words;
    for (const QString &package : settings.packages())
        words << package + QLatin1Char('=') + version;
    return words;
}

std::optional<Planned> readPlanned(const QByteArray &line)
{
    static const QRegularExpression shape(
        QStringLiteral("\\AInst ([a-z0-9][a-z0-9+.:-]*) (?:\\[([^\\] ]+)\\] )?\\(([^ )]+)"));
    const auto match = shape.match(QString::fromLatin1(line));
    if (!match.hasMatch())
        return std::nullopt;
    return Planned{match.captured(1), match.captured(2), match.captured(3)};
}

QByteArray lookScript(const sources::apt::Settings &settings, const HostSwitch &part)
{
    // Names and versions are plain words, so lists of them need no further quoting.
    return maySudo() + "tf_restart() {\n:\n" + restartLook(part.policy) + "}\nRUN='" + aptRunOptions
        + "'\nN=" + shellQuoted(settings.package) + "\nW=" + shellQuoted(settings.packages().join(QLatin1Char(' ')))
        + "\nSPEC=" + shellQuoted(wantedWords(settings, part.to.id).join(QLatin1Char(' '))) + "\nOPTIONS='" + aptOptions
        + "'\nSUDO=" + (part.policy.sudo ? "yes" : "") + '\n' + sources::apt::holdsFunction() + body;
}

Result<Looked> readLook(const sources::apt::Settings &settings, const HostSwitch &part,
                        const sources::ShellReply &reply)
{
    const QByteArrayList lines = reply.out.split('\n');
    if (lines.contains("NOTOOL"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("there is no apt-get: this is no Debian host"));
    if (!lines.contains("DONE"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the packages was not answered in full"));
    Looked looked;
    for (const QByteArray &line : lines)
        readLine(settings, line, looked);
    if (looked.live.isEmpty())
        return refused(part, ErrorKind::NotFound, QStringLiteral("package %1 is not installed").arg(settings.package));
    return looked;
}

} // namespace taffrail::executors::apt
