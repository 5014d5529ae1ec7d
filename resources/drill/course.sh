# SPDX-License-Identifier: GPL-3.0-or-later
# The course of a drill. Variables besides those of base.sh: tf_bin tf_major tf_need tf_limit tf_check_limit tf_preload
# tf_roles tf_target tf_database tf_restore_command tf_logical tf_recovery_start.
tf_ms() { date +%s%3N; }
tf_begin() { tf_number=$1; tf_ms0=$(tf_ms); tf_report begin "$1" "$(date +%s)"; printf '== %s\n' "$2"; }
tf_end() { tf_fact "ms.$tf_number" $(($(tf_ms) - tf_ms0)); tf_report end "$tf_number" "$(date +%s)" "$1"; tf_number=0; }
tf_complaint() { # the last line of the log that says what is wrong
    sleep 0.3
    tail -n 60 "$TF_JOB/log" 2>/dev/null | grep -aiE 'error|fatal|panic|invalid|could not|cannot|corrupt|mismatch|no such|denied' | grep -v '^==' | tail -n 1; }
tf_long() { # SECONDS COMMAND…: a tool that may take long; the trap for TERM ends the wait
    tf_most=$1; shift
    (tf_as timeout -k 10 "$tf_most" "$@") </dev/null 8<&- & tf_child=$!
    wait "$tf_child"; tf_code=$?; tf_child=
    case $tf_code in 124|137) tf_problem "it took longer than $tf_most s"; exit 27;; esac
    return $tf_code; }
tf_done=
tf_teardown() {
    tf_done=yes
    tf_said=$(tf_remove "$tf_scratch"); printf '%s\n' "${tf_said:-left}"
    case $tf_said in
    removed|gone) tf_fact removed yes; rm -f "$TF_JOB/server.exit" "$TF_JOB/check.err" "$TF_JOB/check.out";;
    *) tf_fact removed no; return 26;; esac; }
tf_over() { # whatever ends the job, the scratch directory goes first
    tf_code=$?; trap - EXIT
    [ "$tf_number" = 0 ] || tf_end "$tf_code"
    if [ -z "$tf_done" ] && [ -n "$tf_made" ]; then
        tf_begin 7 teardown; tf_teardown; tf_last=$?; tf_end "$tf_last"
        [ "$tf_code" != 0 ] || tf_code=$tf_last
    elif [ -z "$tf_made" ]; then tf_fact removed yes; fi
    exit "$tf_code"; }
tf_made=
tf_preflight() {
    renice -n 10 -p $$ >/dev/null 2>&1; ionice -c 2 -n 7 -p $$ 2>/dev/null
    tf_why=$(tf_may_be) || tf_refuse "$tf_why"
    for tf_p in postgres psql initdb pg_controldata pg_ctl; do [ -x "$tf_bin/$tf_p" ] || tf_refuse "$tf_bin/$tf_p is missing"; done
    tf_v=$(tf_major_of "$tf_bin")
    [ "$tf_v" = "$tf_major" ] || tf_refuse "$tf_bin has PostgreSQL ${tf_v:-unknown}, not $tf_major"
    tf_as test -d "$tf_folder" || tf_refuse "$tf_folder is no directory"
    exec 8<"$tf_folder" || tf_refuse "$tf_folder cannot be read"
    flock -w 10 8 || { tf_problem "another drill runs in $tf_folder"; exit 75; }
    if tf_at=$(tf_inside "$tf_folder"); then tf_refuse "$tf_folder lies in a data directory: $tf_at"; fi
    tf_sweep_all
    if [ -e "$tf_scratch" ] || [ -L "$tf_scratch" ]; then tf_refuse "$tf_scratch is there already, and not a drill's"; fi
    tf_room=$(tf_free "$tf_folder"); tf_fact free "$tf_room"
    [ "${tf_room:-0}" -ge "$tf_need" ] || tf_refuse "$tf_folder has ${tf_room:-0} bytes free, but $tf_need are needed"
    tf_made=yes
    TF_KEEPER="$$ $(tf_ticks $$)" setsid sh "$TF_JOB/script" </dev/null >/dev/null 2>&1 8<&- &
    tf_as sh -c 'umask 077; mkdir "$1" && printf "%s\n" "$2" > "$1/taffrail-drill" && mkdir "$1/s" "$1/data" "$1/tablespaces" && : > "$1/drill.conf" \
        && printf "local all all trust\n" > "$1/hba.conf" && : > "$1/ident.conf"' sh "$tf_scratch" "$tf_id" || tf_refuse "$tf_scratch cannot be made"
    printf 'scratch directory %s, owner %s, %s bytes free\n' "$tf_scratch" "$tf_user" "$tf_room"; }
tf_control() { printf '%s\n' "$tf_controls" | sed -n "s/^$1: *//p" | head -n 1; }
tf_confined() { # nothing in the copy may lead out of it
    tf_out=$(tf_as sh -c 'find "$1" -type l -exec sh -c '\''for l; do t=$(readlink -m -- "$l"); case $t in "$0"/*) ;; *) printf "%s -> %s\n" "$l" "$t";; esac; done'\'' "$2" {} +' sh "$tf_data" "$(tf_as readlink -m "$tf_scratch")" | head -n 3)
    [ -z "$tf_out" ] || { tf_problem "the copy leads out of the scratch directory: $tf_out"; exit 22; }
    if tf_as test -s "$tf_data/tablespace_map"; then tf_problem "the copy has a tablespace_map: its tablespaces cannot be kept apart"; exit 22; fi; }
tf_psql() { # DATABASE COMMAND
    tf_as env "PGOPTIONS=-c statement_timeout=${tf_check_limit}000 -c lock_timeout=5000 -c default_transaction_read_only=on" PGCONNECT_TIMEOUT=5 \
        "$tf_bin/psql" -X -q -A -t -F "$(printf '\037')" -v ON_ERROR_STOP=1 -h "$tf_sock" -p "$tf_port" -U "$tf_role" -d "$1" -c "$2" </dev/null; }
tf_launch() { # starts the server; it ends by itself or by tf_remove
    tf_controls=$(tf_as "$tf_bin/pg_controldata" -D "$tf_data" 2>&1) || { tf_problem "pg_controldata: $tf_controls"; exit 22; }
    tf_v=$(tf_as cat "$tf_data/PG_VERSION" 2>/dev/null)
    [ "$tf_v" = "$tf_major" ] || { tf_problem "the copy is of PostgreSQL ${tf_v:-unknown}, not $tf_major"; exit 22; }
    tf_fact system_id "$(tf_control 'Database system identifier')"
    tf_confined
    tf_as rm -f -- "$tf_data/postmaster.pid" "$tf_data/postmaster.opts"
    # A copy that waits for a primary would wait for ever.
    if tf_as test -e "$tf_data/standby.signal"; then tf_as mv -- "$tf_data/standby.signal" "$tf_data/recovery.signal"; fi
    if [ "$tf_recovery_start" = yes ]; then tf_as sh -c ': > "$1/recovery.signal"' sh "$tf_data"; fi
    tf_as chmod 0700 "$tf_data"
    # The command line wins over postgresql.auto.conf. Given as arguments, not through pg_ctl's -o: a shell between
    # drops what follows a line's end. Limits below those of the primary end recovery.
    set -- -D "$tf_data" -c config_file="$tf_scratch/drill.conf" -c hba_file="$tf_scratch/hba.conf" -c ident_file="$tf_scratch/ident.conf" \
        -c listen_addresses= -c unix_socket_directories="$tf_sock" -c unix_socket_permissions=0700 -c port="$tf_port" -c cluster_name=taffrail-drill \
        -c archive_mode=off -c archive_command= -c archive_cleanup_command= -c recovery_end_command= -c primary_conninfo= -c primary_slot_name= \
        -c synchronous_standby_names= -c "shared_preload_libraries=$tf_preload" -c session_preload_libraries= -c local_preload_libraries= \
        -c max_logical_replication_workers=0 -c autovacuum=off -c shared_buffers=64MB -c huge_pages=off -c dynamic_shared_memory_type=mmap \
        -c logging_collector=off -c log_destination=stderr -c log_min_messages=warning -c log_line_prefix='%m [%p] ' -c log_timezone=UTC -c timezone=UTC \
        -c lc_messages=C -c ssl=off -c restart_after_crash=off -c hot_standby=on -c external_pid_file="$tf_scratch/pid" -c recovery_target_action=promote
    [ -z "$tf_restore_command" ] || set -- "$@" -c "restore_command=$tf_restore_command"
    [ "$tf_logical" = yes ] || set -- "$@" -c max_connections="$(tf_control 'max_connections setting')" -c max_worker_processes="$(tf_control 'max_worker_processes setting')" \
        -c max_wal_senders="$(tf_control 'max_wal_senders setting')" -c max_prepared_transactions="$(tf_control 'max_prepared_xacts setting')" \
        -c max_locks_per_transaction="$(tf_control 'max_locks_per_xact setting')" -c wal_level="$(tf_control 'wal_level setting')"
    rm -f "$TF_JOB/server.exit"
    (tf_as sh -c 'umask 077; log=$1; shift; exec setsid "$@" </dev/null >>"$log" 2>&1' sh "$tf_server_log" "$tf_bin/postgres" "$@"
        echo "$?" > "$TF_JOB/server.exit") >/dev/null 2>&1 8<&- &
    tf_seen=0; }
tf_follow() { # prints what the server's log has got since the last call
    tf_new=$(tf_as sh -c 'tail -c +"$2" "$1" | head -c 65536' sh "$tf_server_log" $((tf_seen + 1)) 2>/dev/null; printf x)
    tf_new=${tf_new%x}; [ -z "$tf_new" ] || { printf '%s' "$tf_new"; tf_seen=$((tf_seen + $(printf '%s' "$tf_new" | wc -c))); }; }
tf_fatal() { # what the server ended with; what it says to those who come too early is none of it
    tf_as grep -aE 'FATAL|PANIC|could not restore|invalid checkpoint' "$tf_server_log" 2>/dev/null \
        | grep -avE 'is starting up|not yet accepting|is shutting down|role ".*" does not exist' | sed 's/^[^[]*\[[0-9]*\] //' | sort -s -k1,1 | head -n 1; }
tf_answers() { tf_as grep -aq 'ready to accept' "$tf_server_log" 2>/dev/null && tf_connect; }
tf_connect() { # finds a role that can sign in; fails while none can
    tf_ifs=$IFS; IFS='
'
    for tf_role in $tf_roles; do IFS=$tf_ifs; tf_psql postgres 'select 1' >/dev/null 2>&1 && return 0; IFS='
'
    done; IFS=$tf_ifs; return 1; }
tf_await() { # SECONDS CODE: until the server answers
    tf_until=$(($(date +%s) + $1))
    until tf_answers; do
        tf_follow
        if [ -e "$TF_JOB/server.exit" ]; then sleep 0.2; tf_follow; tf_problem "$(tf_fatal)"; exit "$2"; fi
        [ "$(date +%s)" -lt "$tf_until" ] || { tf_problem "the copy gave no answer within $1 s: $(tf_fatal)"; exit 27; }
        sleep 0.2
    done; }
tf_assert() { # the copy must be the copy, before anything is asked
    tf_is=$(tf_psql postgres "select current_setting('cluster_name') || ' ' || current_setting('listen_addresses') || ' ' || current_setting('archive_mode') || ' ' || current_setting('data_directory')")
    [ "$tf_is" = "taffrail-drill  off $tf_data" ] || { tf_problem "the server that answers is not the copy: $tf_is"; exit 22; }; }
tf_start() {
    [ "$tf_logical" = yes ] || tf_launch
    tf_await "$tf_limit" 23
    tf_assert
    tf_follow
    printf 'it answers as %s\n' "$tf_role"; }
tf_recovery() {
    tf_until=$(($(date +%s) + tf_limit))
    while :; do
        tf_follow
        if [ -e "$TF_JOB/server.exit" ]; then sleep 0.2; tf_follow; tf_problem "$(tf_fatal)"; exit 23; fi
        [ "$(tf_psql postgres 'select pg_is_in_recovery()' 2>/dev/null)" = f ] && break
        [ "$(date +%s)" -lt "$tf_until" ] || { tf_problem "recovery did not end within $tf_limit s"; exit 27; }
        sleep 0.2
    done
    tf_follow
    tf_log() { tf_as sed -n "$1" "$tf_server_log" 2>/dev/null | tail -n 1; }
    tf_fact wal_files "$(tf_as grep -ac 'restored log file' "$tf_server_log")"
    tf_fact end_lsn "$(tf_log 's/.*redo done at \([0-9A-F]*\/[0-9A-F]*\).*/\1/p')"
    tf_fact recovered_to "$(tf_log 's/.*last completed transaction was at log time \(.*\)$/\1/p')"
    tf_fact recovered yes
    tf_fact restored_bytes "$(tf_as du -sb --apparent-size "$tf_data" 2>/dev/null | cut -f 1)"; }
tf_check() { # NUMBER NAME COMMAND
    tf_ms1=$(tf_ms)
    (tf_psql "$tf_database" "$3" 2>"$TF_JOB/check.err" | head -c 4096 > "$TF_JOB/check.out") 8<&-
    tf_answer=$(head -n 1 "$TF_JOB/check.out" | cut -d "$(printf '\037')" -f 1)
    if tf_error=$(grep -aE 'ERROR:|FATAL:|PANIC:|error:' "$TF_JOB/check.err" | head -n 1) && [ -n "$tf_error" ]; then
        tf_fact "check.$1.error" "${tf_error#psql: }"; printf '%s: %s\n' "$2" "$tf_error"
    else tf_fact "check.$1" "$tf_answer"; printf '%s: %s\n' "$2" "$tf_answer"; fi
    tf_fact "check.$1.ms" $(($(tf_ms) - tf_ms1)); }
tf_integrity() {
    tf_bad=
    if [ "$tf_logical" = yes ]; then tf_fact amcheck 'not available'; tf_fact amcheck_detail 'a dump is restored into new pages'
    elif [ ! -x "$tf_bin/pg_amcheck" ]; then tf_fact amcheck 'not available'; tf_fact amcheck_detail 'pg_amcheck is missing'
    else
        (tf_as timeout -k 10 "$tf_limit" "$tf_bin/pg_amcheck" -h "$tf_sock" -p "$tf_port" -U "$tf_role" --all --install-missing --no-strict-names) > "$TF_JOB/check.out" 2>&1 </dev/null 8<&- &
        tf_child=$!; wait "$tf_child"; tf_code=$?; tf_child=
        head -c 65536 "$TF_JOB/check.out"
        tf_line=$(grep -av -e '^ *$' -e 'extension.*is not' "$TF_JOB/check.out" | head -n 2 | tr '\n' ' ')
        case $tf_code in
        0) tf_fact amcheck ok;;
        2) tf_fact amcheck corrupt; tf_fact amcheck_detail "$tf_line"; tf_bad=yes;;
        *) tf_fact amcheck 'not available'; tf_fact amcheck_detail "$tf_line";; esac
    fi
    tf_as "$tf_bin/pg_ctl" -D "$tf_data" -m fast -w -t 120 stop >/dev/null 2>&1
    tf_follow
    tf_state=$(tf_as "$tf_bin/pg_controldata" -D "$tf_data" 2>/dev/null | sed -n 's/^Database cluster state: *//p')
    if [ "$tf_logical" = yes ]; then tf_fact checksums 'not available'; tf_fact checksums_detail 'a dump is restored into new pages'
    elif [ "$(tf_control 'Data page checksum version')" = 0 ]; then tf_fact checksums off
    elif [ "$tf_state" != 'shut down' ] || [ ! -x "$tf_bin/pg_checksums" ]; then
        tf_fact checksums 'not available'; tf_fact checksums_detail "state: $tf_state"
    else
        (tf_as timeout -k 10 "$tf_limit" "$tf_bin/pg_checksums" --check -D "$tf_data") > "$TF_JOB/check.out" 2>&1 </dev/null 8<&- &
        tf_child=$!; wait "$tf_child"; tf_code=$?; tf_child=
        head -c 65536 "$TF_JOB/check.out"
        if [ "$tf_code" = 0 ]; then tf_fact checksums ok
        elif grep -qa '^Bad checksums: *[1-9]' "$TF_JOB/check.out"; then
            tf_fact checksums bad; tf_bad=yes
            tf_fact checksums_detail "$(grep -a -m 1 'checksum verification failed' "$TF_JOB/check.out")"
        else tf_fact checksums 'not available'; tf_fact checksums_detail "$(head -n 1 "$TF_JOB/check.out")"; fi
    fi
    [ -z "$tf_bad" ] || exit 25; }
if [ -n "${TF_KEEPER:-}" ]; then tf_keeper $TF_KEEPER; exit 0; fi
trap tf_over EXIT
