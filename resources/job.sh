# A job that outlives the connection that started it. POSIX sh, util-linux (setsid, flock), Linux /proc.
# tf_main COMMAND ARGUMENT…; every line that it prints begins with "TF1 ".
tf_say() { printf 'TF1 %s\n' "$*"; }
tf_die() { tf_rc=$1; shift; tf_say "error $*"; exit "$tf_rc"; }
tf_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo noboot; }
tf_ticks() { # start of a process in clock ticks since boot; fails when it is gone or a zombie
    s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    s=${s##*) }; set -- $s; [ $# -ge 20 ] || return 1; [ "$1" = Z ] && return 1; shift 19; printf %s "$1"; }
tf_alive() { [ "$3" = "$(tf_boot)" ] && [ "$(tf_ticks "$1")" = "$2" ]; }
tf_root() { # the first of the given places that exists; with "make" as first word the last one is made
    make=$1; shift; root=
    for r in "$@"; do
        case $r in '~/'*) r=${HOME:?}/${r#'~/'};; esac
        [ -d "$r" ] && { root=$r; break; }; last=$r; done
    if [ -z "$root" ] && [ "$make" = make ]; then (umask 077; mkdir -p -- "$last") 2>/dev/null && root=$last; fi
    if [ -z "$root" ]; then [ "$make" = make ] && tf_die 73 "noroot $last"; return 1; fi
    case $(stat -f -c %T "$root" 2>/dev/null) in nfs*|cifs|smb*|fuse*) tf_die 73 "remotefs $root";; esac
    # Operators who share a place share its files; elsewhere they are private.
    case $(stat -L -c %A "$root" 2>/dev/null) in ?????w*) umask 007;; *) umask 077;; esac; }
tf_state() { d=$1
    [ -d "$d" ] || { echo absent; return; }
    r=; [ -f "$d/exit" ] && read -r r _ < "$d/exit"
    case $r in [0-9]*) echo "exited $r"; return;; esac
    [ -d "$d/started" ] || { echo prepared; return; }
    if [ -f "$d/pid" ] && read -r p t b < "$d/pid" && tf_alive "$p" "$t" "$b"; then echo "running $p"; return; fi
    if [ -f "$d/child" ] && read -r p t b < "$d/child" && tf_alive "$p" "$t" "$b"; then echo "orphaned $p"; return; fi
    r=; [ -f "$d/exit" ] && read -r r _ < "$d/exit"
    case $r in [0-9]*) echo "exited $r"; return;; esac
    if [ ! -f "$d/pid" ] && tf_young "$d"; then echo starting; else echo lost; fi; }
tf_uptime() { cut -d . -f 1 /proc/uptime; } # clocks are set, this one is not
tf_young() { # whether the start of the job is less than a minute ago
    if read -r up b < "$1/launched" && [ -n "$b" ]; then [ "$b" = "$(tf_boot)" ] && [ $(($(tf_uptime)-up)) -lt 60 ]
    else [ -n "$(find "$1/started" -prune -mmin -1 2>/dev/null)" ]; fi; } 2>/dev/null
tf_size() { if [ -f "$1" ]; then wc -c < "$1" | tr -d ' '; else echo 0; fi; }
tf_logind() { busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager "$1" 2>/dev/null; }
tf_plain() { # whether a process of this user outlives the logout by itself
    case $(tf_logind KillUserProcesses) in *true*) ;; *) echo setsid; return;; esac
    u=$(id -un)
    case $(tf_logind KillExcludeUsers) in *"\"$u\""*) echo setsid; return;; esac
    case $(tf_logind KillOnlyUsers) in ''|'as 0'*|*"\"$u\""*) echo none;; *) echo setsid;; esac; }
tf_launcher() { # what keeps a process alive after logout: system, user, setsid, or none
    [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || { echo setsid; return; }
    [ "$(id -u)" = 0 ] && { echo system; return; }
    [ "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)" = yes ] && { echo user; return; }
    tf_plain; }
tf_literal() { printf '%s\n' "$1" | sed 's/\$/$$/g'; } # a service manager replaces "${…}" and "$$" in what it starts
tf_unit() { # DIRECTORY MANAGER…: the runner as a service. What a script leaves running is not ended with it (KillMode).
    d=$1; shift; set -- "$@" --quiet --collect --unit="tf-${d##*/}" -p KillMode=process -p TimeoutStopSec=20
    for v in HOME USER LOGNAME SHELL PATH LC_ALL; do eval "[ -z \"\${$v-}\" ] || set -- \"\$@\" --setenv=\"$v=\$$v\""; done
    systemd-run "$@" sh -c "$(tf_literal "$tf_runner")" tf-runner "$(tf_literal "$d")" </dev/null >/dev/null 2>&1; }
tf_launch() { d=$1; l=$(tf_launcher); printf '%s\n' "$l" > "$d/launcher"; printf '%s %s\n' "$(tf_uptime)" "$(tf_boot)" > "$d/launched"
    case $l in system) tf_unit "$d" --system || l=;;
    user) (export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"; tf_unit "$d" --user) || l=;; esac
    # Should a manager have started it without saying so, this start of it does nothing.
    [ -n "$l" ] || { l=$(tf_plain); printf '%s\n' "$l" > "$d/launcher"; }
    case $l in
    setsid) if command -v setsid >/dev/null; then setsid sh -c "$tf_runner" tf-runner "$d" </dev/null >/dev/null 2>&1 &
        else nohup sh -c "$tf_runner" tf-runner "$d" </dev/null >/dev/null 2>&1 & fi;;
    none) rm -rf -- "$d"; tf_die 78 nolauncher;;
    esac; }
tf_start() { # ID LOCK TOKEN CLAIM JOURNAL PLACE…; the script is on standard input and ends with "# tf-end"
    id=$1 lock=$2 tok=$3 claim=$4 journal=$5; shift 5; tf_root make "$@"; d=$root/$id
    command -v flock >/dev/null || tf_die 78 noflock
    if [ ! -d "$d" ]; then
        n=$root/.new.$id.$$
        mkdir "$n" 2>/dev/null && cat > "$n/script" && printf '%s\n' "$journal" > "$n/journal" && printf 'pending          \n' > "$n/exit" && : > "$n/log" && : > "$n/steps" \
            && printf '%s %s %s\n' "$lock" "$tok" "$claim" > "$n/lockname" && [ "$(tail -n 1 "$n/script")" = '# tf-end' ] || { rm -rf -- "$n"; tf_die 74 cannot-write-state; }
        mv -T -- "$n" "$d" 2>/dev/null || rm -rf -- "$n"
    fi
    if [ "$(tf_state "$d")" = prepared ]; then
        tf_launch "$d"; i=0
        while [ $i -lt 60 ] && { s=$(tf_state "$d"); [ "$s" = prepared ] || [ "$s" = starting ]; }; do [ $i -lt 10 ] && sleep 0.02 || sleep 0.1; i=$((i+1)); done
    fi
    tf_status "$id" "$root"; }
tf_status() { id=$1; shift; tf_root find "$@" || { tf_say "state absent log 0"; return; }
    d=$root/$id; tf_say "state $(tf_state "$d") log $(tf_size "$d/log")"
    [ -f "$d/steps" ] && tail -n 500 "$d/steps" | sed 's/^/TF1 step /'
    [ -f "$d/token" ] && sed 's/^/TF1 token /' "$d/token"
    [ -f "$d/launcher" ] && sed 's/^/TF1 launcher /' "$d/launcher"; :; }
tf_read() { id=$1 from=$2 most=$3; shift 3; tf_root find "$@" || { tf_say "state absent log 0 data 0"; return; }
    d=$root/$id; st=$(tf_state "$d"); sz=$(tf_size "$d/log"); n=$((sz-from))
    [ $n -gt "$most" ] && n=$most; [ $n -lt 0 ] && tf_die 76 log-shrank
    tf_say "state $st log $sz data $n"; [ $n -gt 0 ] && tail -c "+$((from+1))" "$d/log" | head -c "$n"; :; }
tf_journal() { id=$1; shift; tf_root find "$@" || tf_die 72 absent
    [ -f "$root/$id/journal" ] || tf_die 72 absent
    tf_say "journal $(tf_size "$root/$id/journal")"; cat "$root/$id/journal"; }
tf_list() { tf_root find "$@" || return 0
    for d in "$root"/*/; do d=${d%/}; [ -f "$d/lockname" ] && tf_say "job ${d##*/} $(stat -c %Y "$d/started" 2>/dev/null || echo 0) $(tf_state "$d")"; done; :; }
tf_claim() { # LOCK PLACE…: who claims the lock between its jobs, since when, and that run's newest job here
    lock=$1; shift; tf_root find "$@" || { tf_say unclaimed; return; }
    c=; [ -f "$root/claim.$lock" ] && read -r c at < "$root/claim.$lock"
    [ -n "$c" ] || { tf_say unclaimed; return; }
    h=-; [ -f "$root/holder.$lock" ] && read -r h < "$root/holder.$lock"
    tf_say "claim $c $at $h"; }
tf_release() { # LOCK CLAIM PLACE…: gives the claim up, once no job runs under the lock
    lock=$1 claim=$2; shift 2; tf_root find "$@" || { tf_say unclaimed; return; }
    exec 9>>"$root/lock.$lock"; flock -n 9 || tf_die 75 busy
    h=; [ -f "$root/holder.$lock" ] && read -r h < "$root/holder.$lock"
    case $(tf_state "$root/$h") in running*|orphaned*) tf_die 75 busy;; esac
    c=; [ -f "$root/claim.$lock" ] && read -r c _ < "$root/claim.$lock"
    if [ "$c" = "$claim" ]; then rm -f -- "$root/claim.$lock" || tf_die 74 cannot-write-state; c=; fi
    # Jobs that ended a month ago have told what they had to tell.
    find "$root" -mindepth 1 -maxdepth 1 -type d -mtime +30 2>/dev/null | while IFS= read -r d; do
        case $(tf_state "$d") in exited*) rm -rf -- "$d";; esac; done
    if [ -n "$c" ]; then tf_say "claim $c 0 -"; else tf_say unclaimed; fi; }
tf_bury() { # a job that has not begun never will, should its start still be on the way
    if [ ! -d "$d" ]; then n=$root/.new.$id.$$
        mkdir "$n" 2>/dev/null && mkdir "$n/started" && printf '%-16s\n' 79 > "$n/exit" && : > "$n/log" && : > "$n/steps" \
            && printf '%s\n' '- 0 -' > "$n/lockname" && mv -T -- "$n" "$d" 2>/dev/null || rm -rf -- "$n"
    fi
    [ "$(tf_state "$d")" = prepared ] && mkdir "$d/started" 2>/dev/null && printf '%-16s\n' 79 | dd of="$d/exit" conv=notrunc 2>/dev/null; :; }
tf_stop() { id=$1 grace=$2; shift 2; tf_root make "$@"; d=$root/$id; sig=TERM; tf_bury
    while case $(tf_state "$d") in running*|orphaned*) :;; *) false;; esac && read -r p t b < "$d/child"; do
        tf_alive "$p" "$t" "$b" && kill -$sig "-$p"; i=0
        while [ $i -lt $((grace*10)) ] && tf_alive "$p" "$t" "$b"; do sleep 0.1; i=$((i+1)); done
        [ $sig = KILL ] && break; sig=KILL; tf_alive "$p" "$t" "$b" || break
    done
    i=0; while [ $i -lt 20 ] && case $(tf_state "$d") in running*) :;; *) false;; esac; do sleep 0.1; i=$((i+1)); done
    tf_status "$id" "$root"; }
tf_runner='
d=$1 root=${1%/*}; trap "" HUP; cd "${HOME:-/}" 2>/dev/null || cd /
case $(stat -L -c %A "$root") in ?????w*) umask 007;; *) umask 077;; esac
mkdir "$d/started" 2>/dev/null || exit 0
ident() { s=$(cat /proc/$1/stat) || return 1; s=${s##*) }; case $s in Z*|X*) return 1;; esac; set -- $1 $s; p=$1; shift 20; printf "%s %s %s\n" "$p" "$1" "$(cat /proc/sys/kernel/random/boot_id)"; }
live() { [ -f "$1" ] && read -r p t b < "$1" && [ "$(ident "$p" 2>/dev/null)" = "$p $t $b" ]; }
put() { printf "%s\n" "$2" > "$1.n" && mv -- "$1.n" "$1"; }
fin() { printf "%-16s\n" "$1" | dd of="$d/exit" conv=notrunc 2>/dev/null; }
read -r l tok claim < "$d/lockname"
if [ -n "$l" ] && [ "$l" != - ]; then exec 9>>"$root/lock.$l"
  h=; [ -f "$root/holder.$l" ] && read -r h < "$root/holder.$l"
  if ! flock -n 9 || { [ -n "$h" ] && live "$root/$h/child"; }; then echo "lock $l held by ${h:-unknown}" >> "$d/log"; fin 75; exit 75; fi
  c=; [ -f "$root/claim.$l" ] && read -r c _ < "$root/claim.$l"
  if [ -n "$c" ] && [ "$c" != "$claim" ]; then echo "run $c has not ended" >> "$d/log"; fin 75; exit 75; fi
  m=0; [ -f "$root/fence.$l" ] && read -r m < "$root/fence.$l"
  [ "$tok" = 0 ] && tok=$((m+1))
  if [ "$tok" -lt "$m" ]; then echo "token $tok is older than $m" >> "$d/log"; fin 77; exit 77; fi
  put "$root/fence.$l" "$tok" && put "$root/holder.$l" "${d##*/}" && put "$d/token" "$tok" \
    && { [ "$claim" = - ] || [ "$c" = "$claim" ] || put "$root/claim.$l" "$claim $(date +%s)"; } || { fin 74; exit 74; }; fi
put "$d/pid" "$(ident $$)" || { fin 74; exit 74; }
trap : TERM INT
# The log has a limit (64 MiB), the script has none: what is over it is read and dropped.
mkfifo "$d/out" || { fin 74; exit 74; }
{ (ulimit -c 0; ulimit -f 131072; exec cat) >> "$d/log"
  if [ "$(head -c 1 | wc -c)" -gt 0 ]; then printf "\n[the log is cut here]\n" >> "$d/log"; cat > /dev/null; fi; } < "$d/out" 2>/dev/null 9>&- &
k=$!
TF_JOB=$d TF_STEPS=$d/steps setsid sh "$d/script" </dev/null > "$d/out" 2>&1 9>&- &
c=$!; put "$d/child" "$(ident $c)"
while :; do wait $c; rc=$?; kill -0 $c 2>/dev/null || break; done
# A service that the script left behind may hold the pipe for ever.
i=0; while [ $i -lt 20 ] && ident $k >/dev/null 2>&1; do sleep 0.05; i=$((i+1)); done
rm -f "$d/out"
fin $rc; exit $rc'
tf_command=$1; shift
tf_"$tf_command" "$@"
