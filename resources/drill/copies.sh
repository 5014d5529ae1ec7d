# SPDX-License-Identifier: GPL-3.0-or-later
# Backups that are files: copies of a data directory, and dumps. Variables: those of course.sh, and tf_path (of the
# backup).
tf_give_up() { tf_problem "${1:-$(tf_complaint)}"; exit 21; }
# A tool with the variables of a file that its user may read: they never leave the host.
tf_with_environment='f=$1; shift
if [ -n "$f" ]; then [ -r "$f" ] || { echo "the environment file cannot be read: $f" >&2; exit 77; }; set -a; . "$f" >/dev/null 2>&1; set +a; fi
LC_ALL=C.UTF-8 TZ=UTC; export LC_ALL TZ; exec "$@"'
tf_unpacker() { # the program that unpacks a file of this name
    case $1 in
    *.gz|*.tgz) echo gzip;; *.zst) echo zstd;; *.bz2) echo bzip2;; *.xz) echo xz;; *.lz4) echo lz4;; *) echo cat;; esac; }
tf_unpacked() { # FILE: its contents; fails where packed data is cut or damaged
    tf_how=$(tf_unpacker "$1")
    command -v "$tf_how" >/dev/null || { printf '%s is missing\n' "$tf_how" >&2; return 127; }
    case $tf_how in cat) tf_as cat -- "$1";; *) tf_as "$tf_how" -dc -- "$1";; esac; }
tf_copy_base() { # a directory that pg_basebackup made: as files or as archives
    if tf_as test -e "$tf_path/PG_VERSION"; then
        tf_long "$tf_limit" cp -a --no-preserve=ownership --reflink=auto -- "$tf_path/." "$tf_data/" || tf_give_up
        for tf_link in $(tf_as find "$tf_data/pg_tblspc" -mindepth 1 -maxdepth 1 -type l -printf '%f\n' 2>/dev/null); do
            tf_from=$(tf_as readlink -- "$tf_data/pg_tblspc/$tf_link")
            tf_as mkdir "$tf_scratch/tablespaces/$tf_link" && tf_long "$tf_limit" cp -a --no-preserve=ownership -- "$tf_from/." "$tf_scratch/tablespaces/$tf_link/" \
                && tf_as ln -sfn "$tf_scratch/tablespaces/$tf_link" "$tf_data/pg_tblspc/$tf_link" || tf_give_up
        done
        return 0
    fi
    tf_found=
    for tf_tar in $(tf_as sh -c 'cd -- "$1" && ls' sh "$tf_path" 2>/dev/null | grep -E '^([0-9]+|base|pg_wal)\.tar(\.(gz|zst|lz4|bz2|xz))?$'); do
        case $tf_tar in
        base.tar*) tf_into=$tf_data; tf_found=yes;;
        pg_wal.tar*) tf_into=$tf_data/pg_wal;;
        *) tf_into=$tf_scratch/tablespaces/${tf_tar%%.*};; esac
        tf_as mkdir -p "$tf_into"
        { tf_unpacked "$tf_path/$tf_tar" || echo unpack > "$TF_JOB/check.err"; } | tf_as timeout "$tf_limit" tar -x -C "$tf_into" --no-same-owner -f - || tf_give_up
        [ ! -s "$TF_JOB/check.err" ] || tf_give_up
    done
    [ -n "$tf_found" ] || tf_give_up "$tf_path holds no base backup"
    if tf_as test -s "$tf_data/tablespace_map"; then
        tf_as mkdir -p "$tf_data/pg_tblspc"
        for tf_oid in $(tf_as sed -n 's/^\([0-9][0-9]*\) .*/\1/p' "$tf_data/tablespace_map"); do
            tf_as test -d "$tf_scratch/tablespaces/$tf_oid" && tf_as ln -sfn "$tf_scratch/tablespaces/$tf_oid" "$tf_data/pg_tblspc/$tf_oid" || tf_give_up "the archive of tablespace $tf_oid is missing"
        done
        tf_as rm -f -- "$tf_data/tablespace_map"
    fi; }
tf_verify_base() { # the manifest tells which bytes were copied
    if [ ! -x "$tf_bin/pg_verifybackup" ] || ! tf_as test -e "$tf_path/backup_manifest"; then echo 'there is no backup_manifest to verify with'; return 0; fi
    tf_as test -d "$tf_data/pg_wal" || tf_as mkdir "$tf_data/pg_wal"
    tf_long "$tf_limit" "$tf_bin/pg_verifybackup" -e -n -m "$tf_path/backup_manifest" -i tablespace_map -i pg_tblspc -i backup_manifest -i standby.signal "$tf_data" || tf_give_up; }
tf_kind() { # what a dump is: custom, directory, tar, plain, cluster, empty, encrypted, unknown
    if tf_as test -d "$1"; then if tf_as test -e "$1/toc.dat" || tf_as test -e "$1/toc.dat.gz"; then echo directory; else echo unknown; fi; return; fi
    tf_head=$(tf_unpacked "$1" 2>/dev/null | head -c 4096 | tr -d '\000')
    case $tf_head in
    '') echo empty;; PGDMP*) echo custom;; toc.dat*) echo tar;; age-encryption.org*|'-----BEGIN PGP'*|Salted__*) echo encrypted;;
    *'PostgreSQL database cluster dump'*) echo cluster;; *'PostgreSQL database dump'*) echo plain;; *) echo unknown;; esac; }
tf_fetch() { # COMMAND…: what another tool keeps, as a file in the scratch directory
    tf_as sh -c 'umask 077; f=$1; shift; exec "$@" > "$f"' sh "$tf_scratch/dump" timeout -k 10 "$tf_limit" "$@" </dev/null & tf_child=$!
    wait "$tf_child"; tf_code=$?; tf_child=
    case $tf_code in 0) ;; 124|137) tf_problem "it took longer than $tf_limit s"; exit 27;; *) tf_give_up;; esac
    tf_packed=$(tf_as head -c 6 "$tf_scratch/dump" | od -An -tx1 | tr -d ' \n')
    case $tf_packed in 1f8b*) tf_suffix=.gz;; 28b52ffd*) tf_suffix=.zst;; 425a68*) tf_suffix=.bz2;; fd377a585a00) tf_suffix=.xz;; 04224d18*) tf_suffix=.lz4;; *) tf_suffix=;; esac
    tf_path=$tf_scratch/dump$tf_suffix
    [ -z "$tf_suffix" ] || tf_as mv "$tf_scratch/dump" "$tf_path"
    printf 'fetched %s bytes\n' "$(tf_as stat -c %s "$tf_path")"; }
tf_whole_dump() { # a dump that was cut lists well, and restores without a word
    tf_as test -r "$tf_path" || tf_refuse "$tf_path cannot be read"
    tf_form=$(tf_kind "$tf_path"); printf 'the dump is: %s\n' "$tf_form"; tf_fact dump_kind "$tf_form"
    case $tf_form in
    custom|tar) if [ "$(tf_unpacker "$tf_path")" != cat ]; then
            tf_as sh -c 'umask 077; "$2" -dc -- "$3" > "$1"' sh "$tf_scratch/dump.raw" "$(tf_unpacker "$tf_path")" "$tf_path" || tf_give_up 'the dump cannot be unpacked: it is cut or damaged'
            tf_path=$tf_scratch/dump.raw; fi
        tf_long "$tf_limit" "$tf_bin/pg_restore" -f /dev/null -- "$tf_path" || tf_give_up;;
    directory) tf_long "$tf_limit" "$tf_bin/pg_restore" -f /dev/null -- "$tf_path" || tf_give_up;;
    plain|cluster)
        if [ "$(tf_unpacker "$tf_path")" != cat ]; then tf_long "$tf_limit" "$(tf_unpacker "$tf_path")" -t -- "$tf_path" || tf_give_up 'the dump cannot be unpacked: it is cut or damaged'; fi
        tf_unpacked "$tf_path" | tail -c 4096 | grep -qaE '^-- PostgreSQL database (cluster )?dump complete' || tf_give_up 'the dump has no end: it was cut off';;
    empty) tf_give_up 'the dump is empty';;
    encrypted) tf_give_up 'the dump is encrypted: there is no key here';;
    *) tf_give_up 'this is no dump of PostgreSQL';; esac; }
tf_new_cluster() {
    tf_as "$tf_bin/initdb" -k --no-sync -A trust -U taffrail_drill -E UTF8 --locale=C.UTF-8 -D "$tf_data" >/dev/null 2>"$TF_JOB/check.err" \
        || tf_as "$tf_bin/initdb" -k --no-sync -A trust -U taffrail_drill -E UTF8 --locale=C -D "$tf_data" >/dev/null || { tf_problem "initdb failed: $(head -n 1 "$TF_JOB/check.err")"; exit 22; }
    tf_launch
    tf_await 120 22
    tf_assert; }
tf_sql() { tf_as "$tf_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$tf_sock" -p "$tf_port" -U taffrail_drill "$@"; }
tf_wanted_roles() { # the roles that a plain dump names, as it writes them
    tf_unpacked "$tf_path" | LC_ALL=C sed -nE -e 's/^ALTER [^;]* OWNER TO ([^;]+);$/\1/p' -e 's/^GRANT [^;]* TO ([^;]+);$/\1/p' -e 's/^REVOKE [^;]* FROM ([^;]+);$/\1/p' \
        -e 's/^ALTER DEFAULT PRIVILEGES FOR ROLE ([^ ]+) .*/\1/p' -e 's/^CREATE SCHEMA [^;]* AUTHORIZATION ([^;]+);$/\1/p' | sed 's/ WITH GRANT OPTION$//' \
        | LC_ALL=C grep -aE '^([a-z_][a-z0-9_$]*|"[^"]+")$' | grep -avixE 'public|taffrail_drill' | sort -u; }
tf_load_plain() { # DATABASE
    if [ "$tf_form" = cluster ]; then : > "$TF_JOB/check.out"; else tf_wanted_roles | sed 's/.*/create role &;/' > "$TF_JOB/check.out"; fi
    [ ! -s "$TF_JOB/check.out" ] || tf_sql -d postgres < "$TF_JOB/check.out" || tf_give_up
    # Text in a dump could start programs through psql; a newer one can be told to take SQL alone.
    tf_shut=
    if ! tf_unpacked "$tf_path" 2>/dev/null | grep -qaE '^\\(connect|restrict)'; then
        tf_key=drill$(printf %s "$tf_id" | tr -cd 'a-z0-9')
        printf '\\restrict %s\n' "$tf_key" | tf_sql -d postgres >/dev/null 2>&1 && tf_shut="\\restrict $tf_key"; fi
    rm -f "$TF_JOB/check.err"
    ({ [ -z "$tf_shut" ] || printf '%s\n' "$tf_shut"; tf_unpacked "$tf_path" || echo unpack > "$TF_JOB/check.err"; } | tf_as timeout -k 10 "$tf_limit" \
        "$tf_bin/psql" -X -q -o /dev/null -v ON_ERROR_STOP=1 $2 -h "$tf_sock" -p "$tf_port" -U taffrail_drill -d "$1") 8<&- & tf_child=$!
    wait "$tf_child"; tf_code=$?; tf_child=
    case $tf_code in 0) ;; 124|137) tf_problem "it took longer than $tf_limit s"; exit 27;; *) tf_give_up;; esac
    [ ! -s "$TF_JOB/check.err" ] || tf_give_up 'the dump cannot be unpacked: it is cut or damaged'; }
tf_makes_database() { tf_unpacked "$tf_path" 2>/dev/null | head -n 200 | grep -qa '^\\connect'; }
tf_load() { # the dump into the new cluster
    if [ "$tf_form" = cluster ]; then tf_load_plain postgres ''; return; fi
    if [ "$tf_form" = plain ] && tf_makes_database; then tf_load_plain postgres ''; return; fi
    if [ "$tf_database" != postgres ]; then tf_as "$tf_bin/createdb" -h "$tf_sock" -p "$tf_port" -U taffrail_drill -T template0 -- "$tf_database" || tf_give_up; fi
    if [ "$tf_form" = plain ]; then tf_load_plain "$tf_database" -1; return; fi
    tf_jobs=; case $tf_form in custom|directory) tf_jobs='-j 2';; esac
    tf_long "$tf_limit" "$tf_bin/pg_restore" --no-owner --no-privileges --no-tablespaces --exit-on-error $tf_jobs -h "$tf_sock" -p "$tf_port" -U taffrail_drill -d "$tf_database" -- "$tf_path" || tf_give_up; }
tf_restore_dump() { tf_whole_dump; tf_new_cluster; tf_load; }
