# SPDX-License-Identifier: GPL-3.0-or-later
# What every part of a restore drill needs. POSIX sh, util-linux, Linux /proc. Its values are variables that are set
# before: tf_id tf_user tf_folder tf_scratch. What a function prints is the log; what it found goes to tf_fact.
cd / || exit 20
umask 077
TZ=UTC; export TZ
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGDATA PGSSLMODE
tf_data=$tf_scratch/data tf_sock=$tf_scratch/s tf_server_log=$tf_scratch/postgres.log tf_port=54399 tf_mark=$tf_id
tf_fact() { tf_report fact "$1" "$(printf '%s' "$2" | tr '\n\r\t' '   ' | cut -c 1-400)"; }
tf_problem() { tf_fact problem "$1"; printf '%s\n' "$1"; }
tf_refuse() { tf_problem "$1"; exit 20; }
# The user who owns the scratch directory and runs everything in it: never root.
tf_me=$(id -un)
[ -n "$tf_user" ] || tf_user=$tf_me
tf_home=$(getent passwd "$tf_user" 2>/dev/null | cut -d : -f 6)
if [ "$tf_user" = "$tf_me" ]; then tf_switch() { "$@"; }
elif [ "$(id -u)" = 0 ]; then tf_switch() { setpriv --reuid="$tf_user" --regid="$(id -g "$tf_user")" --init-groups -- "$@"; }
else tf_switch() { sudo -n -u "$tf_user" -- "$@"; }; fi
tf_as() { tf_switch env "TF_DRILL=$tf_mark" LC_ALL=C TZ=UTC "HOME=${tf_home:-/}" "$@" 8<&-; }
tf_may_be() { # whether that user can be had; says why not
    id -u -- "$tf_user" >/dev/null 2>&1 || { echo "there is no user $tf_user"; return 1; }
    [ "$(id -u -- "$tf_user")" != 0 ] || { echo "PostgreSQL does not run as root: name a user in the entry's drill"; return 1; }
    tf_why=$(tf_as true 2>&1 </dev/null) || { echo "cannot become $tf_user: ${tf_why:-no reason was given}"; return 1; }; }
tf_inside() { # the data directory that a folder is or lies in; fails when it lies in none
    tf_at=$(tf_as sh -c 'cd -P -- "$1" && pwd -P' sh "$1" 2>/dev/null) || tf_at=$1
    while :; do
        if tf_as test -e "${tf_at%/}/PG_VERSION" || [ -e "${tf_at%/}/PG_VERSION" ] || tf_as test -e "${tf_at%/}/global/pg_control"; then
            printf '%s\n' "$tf_at"; return 0; fi
        [ "$tf_at" = / ] && return 1
        tf_at=$(dirname -- "$tf_at")
    done; }
tf_free() { df -P -B1 -- "$1" 2>/dev/null | awk 'NR == 2 { print $4 }'; }
tf_major_of() { tf_as "$1/postgres" --version 2>/dev/null </dev/null | sed -n 's/.*PostgreSQL) \([0-9][0-9]*\).*/\1/p'; }
# Ends what runs in one scratch directory and removes it; prints "gone", "removed", "foreign" or "left". It touches
# nothing that is not marked as a drill's by a file of this user; with a second argument only that drill's.
tf_sweeper='
d=$1 only=$2
[ -e "$d" ] || [ -L "$d" ] || { echo gone; exit 0; }
[ -d "$d" ] && [ ! -L "$d" ] && [ -O "$d" ] || { echo foreign; exit 1; }
if [ ! -f "$d/taffrail-drill" ]; then rmdir -- "$d" 2>/dev/null && { echo removed; exit 0; }; echo foreign; exit 1; fi
id=; read -r id < "$d/taffrail-drill"
[ -z "$only" ] || [ "$id" = "$only" ] || { echo gone; exit 0; }
servers() { for c in $(grep -lx -e postgres -e postmaster /proc/[0-9]*/comm 2>/dev/null); do p=${c%/comm}
    case $(readlink "$p/cwd" 2>/dev/null) in "$d"/*) echo "${p#/proc/}";; esac; done; }
others() { [ -z "$id" ] || grep -lzxF -e "TF_DRILL=$id" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }
pm=; shm=
if [ -f "$d/data/postmaster.pid" ]; then pm=$(sed -n 1p "$d/data/postmaster.pid"); shm=$(sed -n "7s/.* //p" "$d/data/postmaster.pid"); fi
case $(readlink "/proc/$pm/cwd" 2>/dev/null) in "$d"/*) kill -QUIT "$pm" 2>/dev/null;; esac
i=0; while [ $i -lt 50 ] && [ -n "$(servers)" ]; do sleep 0.1; i=$((i+1)); done
i=0; while all="$(servers) $(others)" && [ -n "${all# }" ] && [ $i -lt 50 ]; do
    for p in $all; do kill -KILL "$p" 2>/dev/null; done; sleep 0.1; i=$((i+1)); done
case $shm in ""|*[!0-9]*) ;; *) ipcrm -m "$shm" 2>/dev/null;; esac
i=0; while [ $i -lt 5 ] && [ -e "$d" ]; do rm -rf -- "$d" 2>/dev/null || chmod -R u+rwX -- "$d" 2>/dev/null; i=$((i+1)); done
[ ! -e "$d" ] && [ -z "$(servers)" ] || { echo left; exit 1; }
echo removed'
tf_remove() { tf_mark=sweep; tf_as sh -c "$tf_sweeper" tf-sweep "$1" "${2:-}" </dev/null; tf_rc=$?; tf_mark=$tf_id; return $tf_rc; }
tf_sweep_all() { # what drills left that are dead: to be called with the folder's lock held
    for tf_left in "$tf_folder"/taffrail-drill-*; do
        [ -e "$tf_left" ] || [ -L "$tf_left" ] || continue
        tf_said=$(tf_remove "$tf_left"); printf 'left over: %s: %s\n' "$tf_left" "${tf_said:-left}"
    done; }
tf_ticks() { # when a process began, in clock ticks since boot; fails when it is gone or a zombie
    tf_s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    tf_s=${tf_s##*) }; set -- $tf_s; [ "$1" != Z ] || return 1; shift 19; printf %s "$1"; }
tf_keeper() { # beside the job: clears up at once when the job is killed without a word
    trap '' HUP TERM INT
    while [ "$(tf_ticks "$1")" = "$2" ]; do sleep 1; done
    [ -e "$tf_scratch" ] || return 0
    # What the job began may hold the folder's lock yet; the mark says whose directory it is.
    tf_said=$(tf_remove "$tf_scratch" "$tf_id") && tf_fact removed yes
    printf 'the job was killed; its scratch directory: %s\n' "${tf_said:-left}" >> "$TF_JOB/log"; }
tf_look() { # reads what the plan needs to know; changes nothing
    tf_say() { printf 'TFD %s\n' "$(printf '%s' "$*" | tr '\n\r' '  ')"; }
    tf_say user "$tf_user"
    if tf_why=$(tf_may_be); then tf_say become ok; else tf_say become "$tf_why"; fi
    for tf_d in "$tf_wanted_bin" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /usr/bin; do
        [ -n "$tf_d" ] && [ -x "$tf_d/postgres" ] && [ -x "$tf_d/initdb" ] && tf_say bin "$(tf_major_of "$tf_d") $tf_d"; done
    if tf_as test -d "$tf_folder"; then tf_say folder yes; else tf_say folder no; return 0; fi
    if tf_as test -w "$tf_folder" && tf_as test -x "$tf_folder"; then tf_say writable yes; else tf_say writable no; fi
    if [ -r "$tf_folder" ]; then tf_say readable yes; else tf_say readable no; fi
    case $(stat -f -c %T "$tf_folder" 2>/dev/null) in nfs*|cifs|smb*|fuse*) tf_say remote yes;; esac
    tf_say free "$(tf_free "$tf_folder")"
    if tf_at=$(tf_inside "$tf_folder"); then tf_say inside "$tf_at"; fi
    command -v flock >/dev/null || tf_say missing flock
    if (exec 8<"$tf_folder" && { flock -n 8; [ $? != 1 ]; }) 2>/dev/null; then :; else tf_say busy yes; fi
    tf_n=0; for tf_d in "$tf_folder"/taffrail-drill-*; do [ -e "$tf_d" ] && tf_n=$((tf_n+1)); done
    tf_say leftovers "$tf_n"; }
