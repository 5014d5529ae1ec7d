#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A Debian 12 with systemd as its init, for tests. As root; needs debootstrap and systemd-container.
#   systemdhost.sh check FOLDER               says why it can't be done here and ends with 77, or prints nothing
#   systemdhost.sh template                   prints the folder of its root file system; makes it when it is not there
#   systemdhost.sh run FOLDER TEMPLATE NAME   boots it on a copy-on-write layer in FOLDER, in the foreground. To be called
#                                             through "unshare --mount --pid --fork --kill-child --mount-proc", so that
#                                             mounts and processes go with the caller
#   systemdhost.sh swept NAME                 removes what a machine of that name left behind in this machine's kernel
set -eu

cannot() { printf '%s\n' "$*"; exit 77; }

check() {
    [ "$(id -u)" = 0 ] || cannot "a machine with systemd can be booted by root only"
    for tool in debootstrap systemd-nspawn nsenter unshare setpriv flock; do
        command -v "$tool" >/dev/null || cannot "$tool is missing: apt-get install debootstrap systemd-container util-linux"
    done
    mkdir -p "$1/upper" "$1/work" "$1/merged"
    unshare -m sh -c 'mount --make-rprivate / && mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" "$1/merged"' \
        sh "$1" 2>/dev/null || cannot "there is no overlay file system in $1"
    for group in $(groups); do # of tests that were killed
        for left in "$group"/taffrail-*; do
            [ ! -d "$left" ] || [ -d "/proc/${left##*-}" ] || swept "${left##*/}"
        done
    done
    if [ ! -d /run/systemd/system ]; then
        [ -w /sys/fs/cgroup/systemd/cgroup.procs ] || [ -w /sys/fs/cgroup/cgroup.procs ] || cannot "control groups cannot be made here"
    fi
}

mirror() { # the one that this machine takes Debian 12 from
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null \
        | sed -n 's/^Debian bookworm main //p' | head -n 1
}

make() { # FOLDER
    from=$(mirror)
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,procps \
        bookworm "$1" "${from:-http://deb.debian.org/debian}" >"$1.log" 2>&1 || { tail -n 5 "$1.log"; return 1; }
    rm -rf -- "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale
    chroot "$1" sh -eu <<'INSIDE'
for user in lingering fleeting deploy; do useradd -m -s /bin/sh "$user"; usermod -p '*' "$user"; done
usermod -p '*' root
mkdir -p /var/lib/systemd/linger /etc/systemd/logind.conf.d /etc/systemd/journald.conf.d /etc/ssh/sshd_config.d
touch /var/lib/systemd/linger/lingering
systemctl -q mask console-getty.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
# What logind does to a user who went away, it does soon.
printf '[Login]\nUserStopDelaySec=1\n' >/etc/systemd/logind.conf.d/50-test.conf
printf '[Journal]\nStorage=volatile\n' >/etc/systemd/journald.conf.d/50-test.conf
: >/etc/machine-id
INSIDE
}

template() {
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/taffrail-lab
    folder=$cache/systemd-$(sed -n '/^make()/,/^}/p' "$0" | sha256sum | head -c 16)
    mkdir -p -m 700 "$cache"
    exec 9>"$cache/.systemd.lock"
    flock 9
    if [ ! -d "$folder" ]; then
        rm -rf -- "$cache"/systemd-*
        new=$cache/systemd-new
        make "$new" >&2 9>&- || { rm -rf -- "$new" "$new.log"; exit 1; }
        rm -f -- "$new.log"
        mv -T -- "$new" "$folder"
    fi
    printf '%s\n' "$folder"
}

groups() { # where this machine keeps control groups, when no systemd of its own does
    [ ! -d /run/systemd/system ] || return 0
    for folder in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
        [ ! -e "$folder/cgroup.procs" ] || printf '%s\n' "$folder"
    done
}

run() { # FOLDER TEMPLATE NAME
    folder=$1 template=$2 name=$3
    mkdir -p "$folder/upper" "$folder/work" "$folder/merged"
    mount --make-rprivate /
    mount -t overlay overlay -o "lowerdir=$template,upperdir=$folder/upper,workdir=$folder/work" "$folder/merged"
    keep=
    for group in $(groups); do
        keep=--keep-unit
        mkdir -p "$group/$name"
        echo 0 >"$group/$name/cgroup.procs"
    done
    # Its network is this machine's: its sshd listens on a loopback address.
    systemd-nspawn --quiet --boot --register=no $keep --directory="$folder/merged" --machine="$name" --link-journal=no \
        --resolv-conf=off --timezone=off --console=pipe </dev/null
}

swept() { # NAME
    for group in $(groups); do
        [ ! -d "$group/$1" ] || find "$group/$1" -depth -type d -exec rmdir {} \;
    done
    rmdir "/run/systemd/nspawn/propagate/$1" 2>/dev/null || :
}

verb=$1
shift
"$verb" "$@"
