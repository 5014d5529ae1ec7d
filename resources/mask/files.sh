# SPDX-License-Identifier: GPL-3.0-or-later
# Reads files on a host and sends them masked. Set before: tf_max (bytes a file may have), tf_most (files a pattern may
# name), tf_prog (the masking program), and exported TF_FORM and TF_KEY (64 hex digits or empty).
# A reply is made of lines. Text lines start with '|', all others with "@TFC1 ": no content can look like a frame.
tf_count=0
tf_say() { printf '@TFC1 %s\n' "$*"; }
tf_name() { printf '@TFC1 %s ' "$1"; printf '%s\n' "$2" | tf_awk '{ gsub(/%/, "%25"); gsub(/\r/, "%0D"); if (NR > 1) printf "%%0A"; printf "%s", $0 } END { print "" }'; }
tf_pick() {
  for tf_bin in awk mawk gawk original-awk busybox; do
    command -v "$tf_bin" >/dev/null 2>&1 && return 0
  done
  tf_bin=
}
# A slow or endless file costs its own time only.
if command -v timeout >/dev/null 2>&1 && timeout 1 true 2>/dev/null; then tf_lim() { timeout 20 "$@"; }; else tf_lim() { "$@"; }; fi
tf_awk() { if [ "$tf_bin" = busybox ]; then tf_lim busybox awk "$@"; else tf_lim "$tf_bin" "$@"; fi; }
tf_read() { tf_lim head -c "$((tf_max + 1))" < "$1"; }
tf_stat() { stat -L -c '%s %Y %a %U:%G %i %y %z' "$1" 2>/dev/null; }
tf_why() { # what keeps a path from being read
  tf_e=$(ls -dL "$1" 2>&1 >/dev/null)
  case $tf_e in
  *': Permission denied') echo denied ;;
  *': Too many levels of symbolic links') echo loop ;;
  *': File name too long') echo toolong ;;
  *) if [ -L "$1" ]; then echo dangling; else echo absent; fi ;;
  esac
}
tf_begin() { tf_count=$((tf_count + 1)); tf_name file "$1"; tf_name name "$2"; }
# A tool that doesn't do what the program counts on must not be given a file.
tf_proof() {
  [ -n "$tf_bin" ] || return 1
  [ "$(TF_KEY= TF_FORM=lines; export TF_KEY TF_FORM; printf '%s\n' 'a=1' 'my_password="x y"' | tf_awk "$tf_prog" 2>/dev/null)" = '|a=1
|my_password="TFMASK_none_"
@TFC1 done 2 0' ]
}
tf_mask() { tr -d '\000' | tf_awk "$tf_prog" 2>/dev/null; }
tf_file() { # path name
  tf_begin "$1" "$2"
  if [ ! -e "$1" ]; then tf_say "fail $(tf_why "$1")"; return; fi
  if [ -d "$1" ]; then tf_say 'fail directory'; return; fi
  if [ ! -f "$1" ]; then tf_say 'fail special'; return; fi
  if [ ! -r "$1" ]; then tf_say 'fail denied'; return; fi
  tf_s=$(tf_stat "$1")
  tf_size=${tf_s%% *}
  [ -z "$tf_s" ] || { set -- "$1" "$2" $tf_s; tf_say "stat $3 $4 $5 $6"; }
  if [ "${tf_size:-0}" -gt "$tf_max" ]; then tf_say "fail large $tf_size"; return; fi
  tf_n=$(tf_read "$1" | wc -c) tf_t=$(tf_read "$1" | tr -d '\000' | wc -c)
  tf_n=$((tf_n)) tf_t=$((tf_t))
  if [ "$tf_n" -gt "$tf_max" ]; then tf_say "fail large $tf_n"; return; fi
  if [ "$tf_n" -ne "$tf_t" ]; then tf_say 'fail binary'; return; fi
  # Files of /proc and their like say 0 and change with every look.
  [ "${tf_size:-0}" -gt 0 ] || tf_s=
  if [ -n "$tf_s" ] && [ "$tf_size" -ne "$tf_n" ]; then
    if [ "$(tf_stat "$1")" = "$tf_s" ]; then tf_say 'fail unreadable'; else tf_say 'fail changed'; fi
    return
  fi
  tf_nl=$(tf_read "$1" | tail -c 1 | wc -l)
  tf_say text
  if ! tf_read "$1" | tf_mask; then tf_say 'fail tool'; return; fi
  if [ -n "$tf_s" ] && [ "$(tf_stat "$1")" != "$tf_s" ]; then tf_say 'fail changed'; return; fi
  tf_say "end $((tf_nl)) $tf_n"
}
# Whether a folder that the pattern leads through keeps what is in it to itself: then nothing is known of its files.
tf_shut() { # pattern, the part of it before the first wildcard, up to a slash
  tf_w=${1%/*}/
  while [ "${#tf_w}" -ge "${#2}" ]; do
    tf_z=${1#"$tf_w"} tf_z=${tf_z%%/*}
    case $tf_z in *[*?[]*) tf_z=-r ;; *) tf_z=-x ;; esac
    IFS=
    set -- $tf_w
    unset IFS
    for tf_f in "$@"; do
      if [ -d "$tf_f" ]; then
        if [ ! -x "$tf_f" ] || [ ! "$tf_z" "$tf_f" ]; then return 0; fi
      elif [ "$(tf_why "$tf_f")" = denied ]; then return 0; fi
    done
    set -- "$tf_p" "$tf_d"
    tf_w=${tf_w%/} tf_w=${tf_w%/*}/
    [ "$tf_w" != / ] || break
  done
  return 1
}
tf_glob() { # pattern, the part of it before the first wildcard, up to a slash
  tf_name asked "$1"
  tf_match "$1" "$2"
  tf_say asked
}
tf_match() {
  if [ -e "$1" ] || [ -L "$1" ]; then tf_file "$1" "${1#"$2"}"; return; fi
  tf_p=$1 tf_d=$2
  tf_bad=
  if tf_shut "$1" "$2"; then tf_bad=denied; fi
  IFS=
  set -- $tf_p
  unset IFS
  if [ $# -eq 1 ] && [ ! -e "$1" ] && [ ! -L "$1" ]; then
    tf_begin "$tf_p" ''
    tf_say "fail ${tf_bad:-unmatched}"
    return
  fi
  if [ -n "$tf_bad" ]; then tf_begin "$tf_p" ''; tf_say "fail $tf_bad"; fi
  [ $# -le "$tf_most" ] || tf_name "many $#" "$tf_p"
  tf_i=0
  for tf_f in "$@"; do
    tf_i=$((tf_i + 1))
    [ "$tf_i" -le "$tf_most" ] || break
    tf_file "$tf_f" "${tf_f#"$tf_d"}"
  done
}
# The output of tf_given as one file; its exit code travels on descriptor 3 past the pipe.
tf_command() { # name
  tf_begin "$1" "$1"
  tf_say text
  { tf_r=$({ { tf_given 3>&- 4>&-; printf %s "$?" >&3; } | tf_lim head -c "$((tf_max + 1))" | tf_mask >&4; } 3>&1); } 4>&1
  if [ "$tf_r" = 0 ]; then tf_say 'end 1 0'; else tf_say "fail command $tf_r"; fi
}
tf_pick
if ! tf_proof; then tf_say noawk; exit 0; fi
