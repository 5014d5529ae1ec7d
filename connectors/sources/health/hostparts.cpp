// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostparts.h"

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// /proc/stat is never sent whole (its "intr" line holds thousands of numbers); none of these files can block.
constexpr char statText[]
    = R"sh(rd() { for f; do printf '==> %s\n' "$f"; cat "$f" 2>/dev/null || printf '!rc\n'; done; }
printf '==> stat\n'; grep -E '^(cpu|btime|ctxt|processes|procs_)' /proc/stat
rd /proc/uptime /proc/loadavg /proc/meminfo /proc/diskstats /proc/sys/kernel/random/boot_id /proc/sys/fs/file-nr
printf '==> vmstat\n'; grep -E '^(oom_kill|pswpin|pswpout|pgmajfault) ' /proc/vmstat
for f in /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io /proc/mdstat \
/proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max; do [ -r "$f" ] && rd "$f"; done
:
)sh";

// Only local file systems, by mount point from the kernel's own table: a plain df blocks for ever on a dead server.
// A device that is mounted more than once (bind mounts) counts once.
constexpr char localMounts[] = R"sh(seen=' '
while read -r d m t x; do
case $m in /proc/*|/sys|/sys/*|/dev|/dev/*|/run/host*|/run/credentials/*) continue;; esac
case $t in
ext2|ext3|ext4|xfs|btrfs|zfs|f2fs|jfs|vfat|bcachefs|simfs|overlay|rootfs) case $seen in *" $d "*) continue;; esac; seen="$seen$d ";;
tmpfs) ;;
*) continue;;
esac
printf '%b\0' "$m"
done </proc/mounts | xargs -0 -r df -P )sh";

// Each network mount is asked by a process of its own, cut loose from this one: what does not answer in 3 s stays
// silent, and only that. "M" names a mount, "R" is its answer; both carry the name as /proc/mounts escapes it.
constexpr char networkMounts[] = R"sh(command -v timeout >/dev/null 2>&1 && able=yes || able=no
list() {
while read -r d m t x; do
case $t in nfs|nfs4|cifs|smb3|smbfs|9p|ceph|glusterfs|afs|lustre|fuse.*) printf '%s\n' "$m";; esac
done </proc/mounts
}
list | while read -r m; do printf 'M %s\n' "$m"; done
[ "$able" = yes ] || { printf 'no-timeout\n'; exit 0; }
list | head -n 30 | {
while read -r m; do
( p=$(printf '%b_' "$m"); a=$(timeout -s KILL 3 df -P -k "${p%_}" </dev/null 2>/dev/null | tail -n 1) && [ -n "$a" ] && printf 'R %s %s\n' "$m" "$a" ) </dev/null 2>/dev/null &
done
} | timeout -s KILL 4 cat
:
)sh";

// What is installed is not always what runs the host: OpenRC is asked only where it booted.
constexpr char unitsHead[] = R"sh(set -f
if [ -d /run/openrc ] && [ ! -d /run/systemd/system ] && command -v rc-status >/dev/null 2>&1; then
printf 'openrc\n'; rc-status -f ini -a
elif command -v systemctl >/dev/null 2>&1; then
systemctl show --no-pager -p Version,SystemState,NFailedUnits,NJobs || exit $?
l=$(systemctl list-units --all --full --plain --no-legend --no-pager --type=service,timer,mount,socket --state=failed,activating,deactivating,reloading)
printf '%s\n' "$l"
n=$(printf '%s\n' "$l" | while read -r u x; do case $u in *.service) printf '%s\n' "$u";; esac; done)
set -- )sh";
constexpr char unitsTail[] = R"sh( $n
[ $# -eq 0 ] || { printf '==> show\n'; systemctl show --no-pager -p Id,LoadState,ActiveState,SubState,Result,NRestarts,MainPID,ExecMainStatus,NeedDaemonReload -- "$@"; }
else printf 'no-service-manager\n'; fi
)sh";

constexpr char listenText[] = R"sh(if command -v ss >/dev/null 2>&1; then ss -H -ltn
elif command -v netstat >/dev/null 2>&1; then netstat -ltn
else exit 127; fi
)sh";

constexpr char clockSyncText[] = R"sh(if command -v chronyc >/dev/null 2>&1 && chronyc -n -c tracking; then :
elif command -v timedatectl >/dev/null 2>&1; then timedatectl show -p NTP -p NTPSynchronized -p TimeUSec
else printf 'none\n'; fi
)sh";

constexpr char journalText[] = R"sh(command -v journalctl >/dev/null 2>&1 || exit 127
journalctl -q --no-pager -p 3 --since=-10min -n 200 -o json --output-fields=PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER
r=$?
printf '==> id\n'; id -u; id -Gn
exit $r
)sh";

constexpr char containersText[] = R"sh(for d in docker podman; do
command -v "$d" >/dev/null 2>&1 || continue
printf '==> %s\n' "$d"
"$d" ps -a --no-trunc --format '{{json .}}' || exit $?
printf '==> inspect\n'
"$d" ps -a -q --no-trunc | head -n 200 | xargs -r "$d" inspect --format '{{.Name}} {{.RestartCount}} {{.State.Status}} {{.State.OOMKilled}} {{.State.ExitCode}}' 2>/dev/null
exit 0
done
exit 127
)sh";

constexpr char systemText[] = R"sh(cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release
printf '==> uname\n'; uname -snrm
printf '==> id\n'; id -u; id -Gn
:
)sh";

constexpr char rebootText[] = R"sh(for f in /run/reboot-required /var/run/reboot-required; do
[ -e "$f" ] && { printf 'required\n'; cat "$f.pkgs" 2>/dev/null; exit 0; }
done
uname -r
ls -1 /lib/modules
)sh";

// -s simulates and needs no rights; the count means something only with fresh package lists, so their age is told.
constexpr char updatesText[] = R"sh(if command -v apt-get >/dev/null 2>&1; then
stat -c 'lists %Y' /var/lib/apt/lists
a=$(apt-get -s -qq -o Debug::NoLocking=true upgrade) || exit 100
printf '%s\n' "$a" | grep '^Inst'
exit 0
elif command -v dnf >/dev/null 2>&1; then printf 'dnf\n'; dnf -q -C updateinfo list --security
elif command -v apk >/dev/null 2>&1; then printf 'apk\n'; apk version -l '<'
else exit 127; fi
)sh";

QByteArray unitsText(const QStringList &units)
{
    QByteArray names;
    for (const QString &unit : units)
        names += shellQuoted(unit) + ' ';
    return unitsHead + names + unitsTail;
}

} // namespace

std::vector<HostPart> hostParts(const QStringList &requiredUnits)
{
    return {
        {"st", Lane::Fast, {statText, 3s}},
        {"clock", Lane::Fast, {"date +%s", 2s, 64}},
        {"mounts", Lane::Fast, {"cat /proc/mounts", 2s}},
        {"dfk", Lane::Fast, {QByteArray(localMounts) + "-k", 5s}},
        {"dfi", Lane::Fast, {QByteArray(localMounts) + "-i", 5s}},
        {"netfs", Lane::Fast, {networkMounts, 6s}},
        {"units", Lane::Fast, {unitsText(requiredUnits), 8s}},
        {"listen", Lane::Fast, {listenText, 3s}},
        {"ntp", Lane::Fast, {clockSyncText, 3s, 8192}},
        {"journal", Lane::Fast, {journalText, 8s}},
        {"ctr", Lane::Fast, {containersText, 8s, 512 * 1024}},
        {"os", Lane::Slow, {systemText, 3s, 16 * 1024}},
        {"reboot", Lane::Slow, {rebootText, 3s, 64 * 1024}},
        {"updates", Lane::Slow, {updatesText, 60s, 512 * 1024}},
    };
}

} // namespace taffrail::sources
