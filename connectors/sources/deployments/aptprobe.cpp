// SPDX-License-Identifier: GPL-3.0-or-later
#include "aptprobe.h"

#include "debianversion.h"
#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources::apt {

namespace {

// Control characters are taken out of everything that others wrote, so that no text forges a record. Times in the logs
// are local to the process that wrote them; the host's own zone is the best guess, and `date -f` turns all at once.
constexpr char body[] = R"sh(T=$(printf '\t')
tf_clean() { tr '\000-\010\013-\037\177' '?'; }
tf_logs() { # oldest first
for n in 12 11 10 9 8 7 6 5 4 3 2 1; do for s in "" .gz; do [ -e "$1.$n$s" ] || continue
if [ -r "$1.$n$s" ]; then zcat -f -- "$1.$n$s" 2>/dev/null; echo; else printf 'HIDDEN\t%s\n' "$1.$n$s" >&3; fi; done; done
[ ! -e "$1" ] || if [ -r "$1" ]; then cat -- "$1"; else printf 'HIDDEN\t%s\n' "$1" >&3; fi
}
tf_probe() {
command -v dpkg-query >/dev/null 2>&1 || { echo NOTOOL; return; }
dpkg-query -W -f "PACKAGE$T\${Package}$T\${Version}$T\${db:Status-Status}$T\${db:Status-Want}$T\${db-fsys:Last-Modified}\n" -- $W 2>/dev/null
apt-cache madison -- "$N" 2>/dev/null | head -n 200 | sed "s/^/OFFERED$T/" | tf_clean
apt-cache policy -- "$N" 2>/dev/null | sed -n "s/^  Candidate: /CANDIDATE$T/p" | head -n 1 | tf_clean
for f in /var/cache/apt/archives/"$N"_*.deb; do [ ! -f "$f" ] || printf 'CACHED\t%s\n' "${f##*/}"; done | head -n 200 | tf_clean
find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -printf 'LISTS\t%T@\n' 2>/dev/null | sort | tail -n 1
h=$(tf_logs /var/log/apt/history.log | awk -v p="$N" 'BEGIN { RS=""; FS="\n" } { found=0; out=""
for (i=1; i<=NF; i++) { k=$i; sub(/:.*/,"",k); v=substr($i,length(k)+3)
if (k ~ /^(Install|Upgrade|Downgrade|Remove|Purge|Reinstall)$/) { n=split(v,a,/\), /); for (j=1; j<=n; j++) if (index(a[j],p ":")==1 || index(a[j],p " (")==1) { out=out "APT\t" k "\t" substr(a[j],1,300) "\n"; found=1 } }
else if (k ~ /^(Start-Date|End-Date|Commandline|Requested-By|Error)$/) out=out "APT\t" k "\t" substr(v,1,400) "\n" }
if (found) printf "%sAPT\tBLOCK\n", out }' | tail -n 800 | tf_clean)
l=$(tf_logs /var/log/dpkg.log | awk -v p="$N" '($3 ~ /^(install|upgrade|remove|purge)$/ && ($4==p || index($4,p ":")==1)) || ($3=="status" && ($5==p || index($5,p ":")==1)) { print "DPKG\t" substr($0,1,300) }' | tail -n 600 | tf_clean)
printf '%s\n%s\n' "$h" "$l"
printf '%s\n%s\n' "$h" "$l" | grep -o '[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]  *[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' | tr -s ' ' | sort -u | env -u TZ date -f - "+TIME$T%Y-%m-%d %H:%M:%S$T%s" 2>/dev/null
for f in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/cache/apt/archives/lock; do
i=$(stat -c %i -- "$f" 2>/dev/null) || continue
for p in $(awk -v i="$i" '$2=="POSIX" { split($6,a,":"); if (a[3]==i) print $5 }' /proc/locks 2>/dev/null | head -n 20); do
tf_holds "$p" "$f" || continue
c=$(tr '\000' ' ' <"/proc/$p/cmdline" 2>/dev/null | head -c 300 | tr '\000-\037\177' ' ')
case $c in *apt*|*dpkg*|*aptitude*|*unattended*|*packagekit*|*synaptic*) printf 'LOCK\t%s\t%s\t%s\t%s\t%s\n' "$p" "$(stat -c "%U$T%Y" "/proc/$p" 2>/dev/null)" "$f" "$c" ;; esac
done
done
for f in /usr /var; do stat -f -c "FREE$T%a$T%S" "$f" 2>/dev/null; done
apt-config dump APT::Periodic::Unattended-Upgrade 2>/dev/null | grep -q '"[1-9a-z]' && command -v unattended-upgrade >/dev/null 2>&1 && echo UNATTENDED
if [ -n "$U" ]; then
if command -v systemctl >/dev/null 2>&1; then systemctl show --timestamp=unix -p LoadState,ActiveState,ExecMainStartTimestamp,NeedDaemonReload -- "$U" 2>/dev/null | sed "s/^/UNIT$T/" | tf_clean
else printf 'UNIT\tActiveState=nosystemd\n'; fi
fi
echo DONE
}
tf_probe 3>&1
)sh";

// A container's lock has the same inode at times. What cannot be seen counts as held.
constexpr char holds[] = R"sh(tf_holds() { # PROCESS FILE
tf_seen=
for d in "/proc/$1/fd/"*; do
[ ! "$d" -ef "$2" ] || return 0
[ ! -e "$d" ] || tf_seen=yes
done
[ -z "$tf_seen" ]
}
)sh";

tl::unexpected<Error> wrong(const SourceEntry &entry, const QString &text)
{
    return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, text);
}

bool isPackage(const QString &name)
{
    static const QRegularExpression shape(QStringLiteral("\\A[a-z0-9][a-z0-9+.-]{0,100}\\z"));
    return shape.match(name).hasMatch();
}

QDateTime secondsTime(const QByteArray &text)
{
    bool isNumber = false;
    const double seconds = text.toDouble(&isNumber);
    return isNumber && seconds > 0 && seconds < 4e9 ? QDateTime::fromSecsSinceEpoch(qint64(seconds), Qt::UTC)
                                                    : QDateTime();
}

/// "shop_1%3a1.3.0-1_amd64.deb" → "1:1.3.0-1"
QString cachedVersion(const QByteArray &name)
{
    const QString version = QString::fromLatin1(QByteArray::fromPercentEncoding(name.split('_').value(1)));
    return isDebianVersion(version) ? version : QString();
}

void readPackage(const QByteArrayList &fields, HostFacts &facts)
{
    const QString version = QString::fromLatin1(fields.value(2));
    if (!isDebianVersion(version))
        return;
    Installed &installed = facts.installed[QString::fromLatin1(fields.value(1))];
    installed.version = version;
    installed.state = sanitizedLine(fields.value(3), 40);
    installed.isHeld = fields.value(4) == "hold";
    installed.changedAt = secondsTime(fields.value(5));
}

void readUnit(const QByteArray &line, HostFacts &facts)
{
    facts.hasUnit = true;
    const QByteArray key = line.left(std::max<qsizetype>(0, line.indexOf('='))), value = line.mid(key.size() + 1);
    if (key == "ActiveState")
        facts.unitState = sanitizedLine(value, 40);
    else if (key == "LoadState" && value != "loaded")
        facts.unitState = QStringLiteral("not known to systemd");
    else if (key == "ExecMainStartTimestamp" && value.startsWith('@'))
        facts.unitStartedAt = secondsTime(value.mid(1));
    else if (key == "NeedDaemonReload")
        facts.needsReload = value == "yes";
}

void readFree(const QByteArrayList &fields, HostFacts &facts)
{
    bool hasBlocks = false, hasSize = false;
    const qint64 blocks = fields.value(1).toLongLong(&hasBlocks), size = fields.value(2).toLongLong(&hasSize);
    if (!hasBlocks || !hasSize || blocks < 0 || size <= 0 || blocks >= (1LL << 62) / size)
        return;
    facts.freeBytes = facts.freeBytes < 0 ? blocks * size : std::min(facts.freeBytes, blocks * size);
}

void readLock(const QByteArrayList &fields, HostFacts &facts)
{
    if (facts.lock)
        return;
    facts.lock = HeldLock{sanitizedLine(fields.value(2), 60), secondsTime(fields.value(3)),
                          QStringLiteral("process %1 holds %2: %3")
                              .arg(sanitizedLine(fields.value(1), 20), sanitizedLine(fields.value(4), 80),
                                   redacted(sanitizedLine(fields.mid(5).join(' '), 200)))};
}

void readLine(const QByteArray &line, HostFacts &facts)
{
    const QByteArrayList fields = line.split('\t');
    const QByteArray &key = fields.first();
    if (key == "PACKAGE")
        readPackage(fields, facts);
    else if (key == "OFFERED" && isDebianVersion(QString::fromLatin1(line.split('|').value(1).trimmed())))
        facts.offered.insert(QString::fromLatin1(line.split('|').value(1).trimmed()));
    else if (key == "CANDIDATE")
        facts.candidate = sanitizedLine(fields.value(1), 100);
    else if (key == "CACHED" && !cachedVersion(fields.value(1)).isEmpty())
        facts.cached.insert(cachedVersion(fields.value(1)));
    else if (key == "LISTS")
        facts.listsAt = secondsTime(fields.value(1));
    else if (key == "HIDDEN")
        facts.hiddenLogs << sanitizedLine(fields.value(1), 100);
    else if (key == "LOCK")
        readLock(fields, facts);
    else if (key == "FREE")
        readFree(fields, facts);
    else if (key == "UNATTENDED")
        facts.upgradesItself = true;
    else if (key == "UNIT")
        readUnit(line.mid(5), facts);
}

std::optional<Error> errorOf(const QString &host, const Reply &reply)
{
    const auto error = [&](ErrorKind kind, const QString &text) {
        return Error{kind, QStringLiteral("ask dpkg"), host, text, {}};
    };
    if (reply.error())
        return *reply.error();
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return error(ErrorKind::Internal, QStringLiteral("not the answer of a shell"));
    const QByteArrayList lines = shell->out.split('\n');
    if (lines.contains("NOTOOL") || shell->exitCode == 127)
        return error(ErrorKind::NotFound, QStringLiteral("there is no dpkg: this is no Debian host"));
    if (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143)
        return error(ErrorKind::Timeout, QStringLiteral("dpkg and apt did not answer in time"));
    if (!lines.contains("DONE"))
        return error(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
    return std::nullopt;
}

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry)
{
    static const QRegularExpression unit(QStringLiteral("\\A[A-Za-z0-9][A-Za-z0-9:_.@-]{0,200}\\z"));
    Settings settings;
    settings.package = entry.options.value(QStringLiteral("package")).toString();
    settings.with = entry.options.value(QStringLiteral("with")).toStringList();
    for (const QString &name : settings.packages()) {
        if (!isPackage(name))
            return wrong(entry,
                         QStringLiteral("\"%1\" is no name of a Debian package").arg(sanitizedLine(name.toUtf8(), 60)));
    }
    settings.unit = entry.options.value(QStringLiteral("unit")).toString();
    if (!settings.unit.isEmpty() && !unit.match(settings.unit).hasMatch())
        return wrong(entry, QStringLiteral("\"unit\" must be the name of a systemd unit"));
    settings.app = entry.options.value(QStringLiteral("app"), settings.package).toString();
    return settings;
}

QByteArray probeScript(const Settings &settings)
{
    // Names of packages are plain words, so a list of them is one too.
    return "N=" + shellQuoted(settings.package) + "\nW=" + shellQuoted(settings.packages().join(QLatin1Char(' ')))
        + "\nU=" + shellQuoted(settings.unit) + '\n' + holds + body;
}

QByteArray holdsFunction()
{
    return holds;
}

HostFacts readHost(const QString &host, const Settings &, const Reply &reply)
{
    HostFacts facts;
    facts.host = host;
    facts.error = errorOf(host, reply);
    if (facts.error)
        return facts;
    QByteArrayList apt, dpkg;
    QHash<QString, qint64> times;
    for (const QByteArray &line : reply.as<ShellReply>()->out.split('\n')) {
        if (line.startsWith("APT\t"))
            apt << line.mid(4);
        else if (line.startsWith("DPKG\t"))
            dpkg << line.mid(5);
        else if (line.startsWith("TIME\t") && times.size() < 2000)
            times.insert(QString::fromLatin1(line.split('\t').value(1)), line.split('\t').value(2).toLongLong());
        else
            readLine(line, facts);
    }
    facts.changes = mergeLogs(readAptHistory(apt, times), readDpkgLog(dpkg, times));
    return facts;
}

} // namespace taffrail::sources::apt
