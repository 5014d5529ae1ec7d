// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranoprobe.h"

namespace taffrail::sources::capistrano {

namespace {

// Every record is one line "KEY<tab>field…". Names and link targets lose their control characters before they are
// printed and log lines get a prefix, so that no name and no content can forge a record. Built-ins do the work per
// release: a process each would cost a busy host more than the whole rest.
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
if [ ! -d releases ]; then echo NORELEASES
elif [ ! -r releases ] || [ ! -x releases ]; then echo RELEASESHIDDEN
else
set -- releases/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]
[ -e "$1" ] || [ -h "$1" ] || shift
if [ "$#" -gt 400 ]; then printf 'OLDER\t%s\n' "$(($# - 400))"; shift "$(($# - 400))"; fi
for d do
r=; t=; k=file
if [ -h "$d" ]; then k=link; elif [ -d "$d" ]; then k=directory; fi
[ -f "$d/REVISION" ] && [ -r "$d/REVISION" ] && IFS= read -r r <"$d/REVISION"
[ -f "$d/REVISION_TIME" ] && [ -r "$d/REVISION_TIME" ] && IFS= read -r t <"$d/REVISION_TIME"
case $r in *[!A-Za-z0-9._-]*) r= ;; esac
case $t in *[!0-9]*) t= ;; esac
printf 'RELEASE\t%s\t%s\t%.64s\t%.20s\n' "${d#releases/}" "$k" "$r" "$t"
done
[ "$#" -eq 0 ] || stat -c "CHANGED${T}%Y${T}%n" -- "$@"
n=0
for d in releases/* releases/.[!.]*; do
[ -e "$d" ] || [ -h "$d" ] || continue
case ${d#releases/} in
[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]) continue ;;
esac
n=$((n + 1))
[ "$n" -gt 10 ] || printf 'OTHER\t%s\n' "$(clean "${d#releases/}")"
done
fi
for f in rolled-back-release-[0-9]*.tar.gz; do
[ -f "$f" ] || continue
f=${f#rolled-back-release-}
printf 'ARCHIVE\t%s\n' "$(clean "${f%.tar.gz}")"
done
stat -f -c "FREE${T}%a${T}%S" . 2>/dev/null
for f in capistrano*.lock* shared/capistrano*.lock* deploy*.lock* shared/deploy*.lock*; do
[ -e "$f" ] || continue
r=
[ -f "$f" ] && [ -r "$f" ] && IFS= read -r r <"$f"
printf 'LOCK\t%s\t%s\t%.200s\n' "$(stat -c "%Y${T}%U" -- "$f")" "$(clean "$f")" "$(clean "$r")"
done
for p in $(grep -als -e 'releases/[0-9]\{14\}' -e '/cap[^a-z ][a-z].*deploy' /proc/[0-9]*/cmdline 2>/dev/null | head -n 20); do
c=$({ tr '\000\011' '  ' <"$p" | head -c 400; } 2>/dev/null)
case $c in
*"tar -x"*"$A/releases/"[0-9]*) k=unpack ;;
*"/cap "[a-z]*"deploy"*) k=cap ;;
*) continue ;;
esac
printf 'PROCESS\t%s\t%s\t%s\t%s\n' "$k" "${p%/cmdline}" "$(stat -c %U "${p%/cmdline}" 2>/dev/null)" "$(clean "$c")"
done
p=; w=
)sh";

constexpr char ofPidFile[] = R"sh(if [ ! -e "$F" ]; then w=absent
elif [ ! -r "$F" ]; then w=denied
else IFS= read -r p <"$F"
fi
)sh";

constexpr char ofUnit[] = R"sh(if command -v systemctl >/dev/null 2>&1; then
p=$(systemctl show -p MainPID -- "$U" 2>/dev/null </dev/null)
p=${p#MainPID=}
[ "$p" != 0 ] || { p=; w=stopped; }
else w=nosystemd
fi
)sh";

constexpr char ofProcess[] = R"sh(case $p in
''|*[!0-9]*) printf 'RUNS\t\t%s\n' "${w:-nopid}" ;;
*) if [ -d "/proc/$p" ]; then c=$(readlink "/proc/$p/cwd" 2>/dev/null)
printf 'RUNS\t%.20s\t%s\t%s\n' "$p" "${c:+folder}" "$(clean "$c")"
else printf 'RUNS\t%.20s\tgone\n' "$p"
fi ;;
esac
)sh";

constexpr char end[] = R"sh(if [ ! -e revisions.log ]; then echo NOLOG
elif [ ! -r revisions.log ]; then echo LOGHIDDEN
else
stat -c "LOGSTAT${T}%Y${T}%s" revisions.log
printf 'LINES\t%s\n' "$(wc -l <revisions.log)"
[ -z "$(tail -c 1 revisions.log)" ] || echo LOGPARTIAL
tail -c 200000 revisions.log | tail -n 500 | cut -b 1-400 | sed "s/^/LOG$T/"
echo
fi
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

} // namespace

QByteArray probeScript(const Settings &settings)
{
    QByteArray script = "A=" + shellQuoted(settings.path) + '\n' + begin;
    if (!settings.pidFile.isEmpty())
        script += "F=" + shellQuoted(settings.pidFile) + '\n' + ofPidFile + ofProcess;
    else if (!settings.unit.isEmpty())
        script += "U=" + shellQuoted(settings.unit) + '\n' + ofUnit + ofProcess;
    return script + end;
}

} // namespace taffrail::sources::capistrano
