#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An app that is deployed by a program of its own: "list" prints its releases as Taffrail reads them, "switch" is its
# rollback. What is meant comes in TAFFRAIL_FROM and TAFFRAIL_TO.
cd -- "$(dirname -- "$0")/.." || exit 3
case ${1-} in
list)
    printf '{"app": "reports", "live": "%s", "releases": [' "$(cat live)"
    comma=
    while IFS='|' read -r id version revision at who; do
        printf '%s\n {"id": "%s", "version": "%s", "revision": "%s", "deployed_at": "%s", "deployed_by": "%s"}' \
            "$comma" "$id" "$version" "$revision" "$at" "$who"
        comma=,
    done <releases
    printf ']}\n'
    ;;
switch)
    [ "$(cat live)" = "$TAFFRAIL_FROM" ] || { echo "live is $(cat live), not $TAFFRAIL_FROM" >&2; exit 9; }
    cut -d '|' -f 1 releases | grep -qxF -e "$TAFFRAIL_TO" || { echo "there is no release $TAFFRAIL_TO" >&2; exit 8; }
    printf '%s\n' "$TAFFRAIL_TO" >live.new && mv -f live.new live || exit 7
    printf '%s %s: %s -> %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$TAFFRAIL_HOST" "$TAFFRAIL_FROM" "$TAFFRAIL_TO" | tee -a history
    ;;
*)
    echo "usage: $0 list|switch" >&2
    exit 64
    ;;
esac
