// SPDX-License-Identifier: GPL-3.0-or-later
#include "gitprobe.h"

namespace taffrail::sources::gitdeploy {

namespace {

// What a repository's settings may name is not run: no file monitor, no signatures, no hooks, no fetch of what is
// missing; and nothing is written, not even the index.
constexpr char begin[] = R"sh(T=$(printf '\t')
GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_PAGER=cat
export GIT_OPTIONAL_LOCKS GIT_TERMINAL_PROMPT GIT_NO_LAZY_FETCH GIT_PAGER
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
clean() { printf '%s' "$1" | tr '\000-\037\177' '?'; }
lines() { tr '\000-\010\013-\037\177' '?'; }
g() { command git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c log.showSignature=false -c i18n.logOutputEncoding=UTF-8 "$@" 2>/dev/null </dev/null; }
tf_status() { set -- -c core.fsmonitor=false -c core.hooksPath=/dev/null status --porcelain=v2 --branch --untracked-files=normal --ignore-submodules=dirty
if timeout 5 true 2>/dev/null; then timeout 6 git "$@" 2>/dev/null </dev/null; else command git "$@" 2>/dev/null </dev/null; fi; }
tf_files() { case $(cat "$G/HEAD" 2>/dev/null) in
'ref: '*) b=$(sed -n 's/^ref: //p' "$G/HEAD"); x=
for f in "$G/$b" "$C/$b"; do [ ! -f "$f" ] || x=$(head -c 64 "$f" | head -n 1); done
[ -n "$x" ] || x=$(sed -n "s|^\([0-9a-f]*\) $(printf %s "$b" | sed 's/[].[*^$|\\]/\\&/g')\$|\1|p" "$C/packed-refs" 2>/dev/null | head -n 1)
printf 'HEAD\t%s\nBRANCH\t%s\n' "$(clean "$x")" "$(clean "${b#refs/heads/}")" ;;
*) printf 'HEAD\t%s\n' "$(clean "$(head -c 64 "$G/HEAD" 2>/dev/null | head -n 1)")" ;;
esac; }
tf_git() {
G=; C=; foreign=
if command -v git >/dev/null 2>&1; then
r=$(command git rev-parse --absolute-git-dir 2>&1 </dev/null) || case $r in
*'dubious ownership'*) foreign=1; echo FOREIGN
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
r=$(g rev-parse --absolute-git-dir) || r= ;;
*'not a git repository'*) r= ;;
*) printf 'GITSAYS\t%.300s\n' "$(clean "$r")"; r= ;;
esac
G=$r
[ -z "$G" ] || C=$(cd -- "$(g rev-parse --git-common-dir)" 2>/dev/null && pwd)
else echo NOGIT
fi
if [ -z "$G" ]; then
if [ -d .git ]; then G=$(pwd)/.git
elif [ -f .git ]; then G=$(sed -n 's/^gitdir: //p' .git)
elif [ -f HEAD ] && [ -d objects ] && [ -d refs ]; then G=$(pwd); echo BARE
else echo NOREPO; return
fi
fi
[ -n "$C" ] || { C=$G; [ ! -f "$G/commondir" ] || C=$(cd -- "$G" && cd -- "$(cat commondir)" && pwd); }
[ -r "$G/HEAD" ] || { echo GITHIDDEN; return; }
h=
if command -v git >/dev/null 2>&1; then
h=$(g rev-parse --verify -q HEAD)
[ "$(g rev-parse --is-bare-repository)" != true ] || echo BARE
fi
if [ -n "$h" ]; then
printf 'HEAD\t%s\nBRANCH\t%s\n' "$h" "$(clean "$(g symbolic-ref -q --short HEAD)")"
else tf_files
fi
printf 'OWNER\t%s\t%s\n' "$(stat -c %U "$G")" "$(id -un)"
stat -f -c "FREE${T}%a${T}%S" . 2>/dev/null
for f in MERGE_HEAD:merge CHERRY_PICK_HEAD:cherry-pick REVERT_HEAD:revert rebase-merge:rebase rebase-apply:rebase BISECT_LOG:bisect; do
[ ! -e "$G/${f%%:*}" ] || printf 'UNFINISHED\t%s\n' "${f#*:}"
done
for f in "$G/index.lock" "$G/HEAD.lock"; do [ ! -e "$f" ] || printf 'LOCK\t%s\t%s\n' "$(stat -c "%Y${T}%U" "$f")" "${f##*/}"; done
[ ! -e .gitmodules ] || echo SUBMODULES
k=$C/hooks
[ -n "$foreign" ] || ! command -v git >/dev/null 2>&1 || { p=$(command git config --type=path --get core.hooksPath 2>/dev/null) && k=$p; }
for f in post-checkout post-merge post-rewrite reference-transaction post-index-change; do [ ! -x "$k/$f" ] || printf 'HOOK\t%s\n' "$f"; done
if [ -f "$G/logs/HEAD" ] && [ -r "$G/logs/HEAD" ]; then
printf 'MOVES\t%s\n' "$(wc -l <"$G/logs/HEAD")"
tail -c 100000 "$G/logs/HEAD" | tail -n 200 | cut -b 1-500 | sed "s/^/MOVE$T/"
echo
elif [ -e "$G/logs/HEAD" ]; then echo MOVESHIDDEN
else echo NOMOVES
fi
[ -n "$h" ] || return
s=$({ echo "$h"; tail -n 200 "$G/logs/HEAD" 2>/dev/null | sed -n 's/^\([0-9a-f]\{40,64\}\) \([0-9a-f]\{40,64\}\) .*/\1\n\2/p'; } | grep -v '^0*$' | sort -u)
[ -z "$s" ] || printf '%s\n' "$s" | command git -c log.showSignature=false -c i18n.logOutputEncoding=UTF-8 log --no-walk=unsorted --ignore-missing --stdin --format='COMMIT%x09%H%x09%ct%x09%an%x09%s' 2>/dev/null | cut -b 1-600 | lines
echo COMMITS
tail -n 60 "$G/logs/HEAD" 2>/dev/null | cut -d ' ' -f 1,2 | sort -u | while read -r a b; do
[ "$a" != "$b" ] || continue
case $a$b in *[!0-9a-f]*) continue ;; esac
case $a in *[!0]*) ;; *) continue ;; esac
if g merge-base --is-ancestor "$b" "$a"; then echo "BACK$T$a$T$b"; elif [ $? = 1 ]; then echo "AHEAD$T$a$T$b"; fi
done
g for-each-ref refs/tags --sort=-creatordate --count=100 --format='TAG%09%(objecttype)%09%(objectname)%09%(*objectname)%09%(creatordate:unix)%09%(refname:short)' | lines
[ -z "$foreign" ] || return
o=$(tf_status); [ $? != 124 ] || return
printf '%s\n' "$o" | head -n 200 | cut -b 1-400 | lines | sed "s/^/STATUS$T/"
echo STATUSEND
}
if cd -- "$A" 2>/dev/null; then tf_git
)sh";

constexpr char end[] = R"sh(else
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
    return "A=" + shellQuoted(settings.path) + '\n' + begin + unitfacts::unitScript(settings.unit, settings.pidFile)
        + end;
}

} // namespace taffrail::sources::gitdeploy
