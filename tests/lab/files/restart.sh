#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts the service anew from `current` and waits until it listens with that release.
run=$(cd -- "$(dirname -- "$0")/../run" && pwd) || exit 1
want=$(basename -- "$(readlink "$run/../../current")")
read -r pid < "$run/service.pid" || exit 1
: > "$run/serving"
kill -HUP "$pid" || exit 1
i=0
while [ "$i" -lt 100 ]; do
    release=
    read -r release < "$run/serving"
    [ "$release" = "$want" ] && exit 0
    sleep 0.05
    i=$((i + 1))
done
echo "the service did not come up with $want (serving: ${release:-nothing})" >&2
exit 1
