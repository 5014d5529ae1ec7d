# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the lab is a set of namespaces: its own /srv, home and host name, the same kernel and loopback.

Works as root, and as an ordinary user through a user namespace. Where the kernel allows neither, a host is a folder that
every process of it holds open as descriptor 9 (see shell_wrapper)."""

import ctypes
import os
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER = 0x00020000, 0x04000000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source, target, kind, flags, options=None):
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    _check(_libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]), f"mount {target}")


def new_host(hostname, binds):
    """For preexec_fn: a fresh set of namespaces with (folder, mount point) binds."""
    uid, gid = os.getuid(), os.getgid()

    def enter():
        if uid == 0:
            _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS), "unshare")
        else:
            _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS), "unshare")
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with open(f"/proc/self/{name}", "w") as out:
                    out.write(text)
        _mount("none", "/", None, MS_REC | MS_PRIVATE)
        for folder, target in binds:
            _mount(folder, target, None, MS_BIND)
        name = hostname.encode()
        _check(_libc.sethostname(name, len(name)), "sethostname")

    return enter


def join_host(pid):
    """For preexec_fn: the namespaces of a process that new_host started."""
    kinds = (["user"] if os.getuid() != 0 else []) + ["mnt", "uts"]

    def enter():
        handles = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in kinds]
        for handle in handles:
            _check(_libc.setns(handle, 0), "setns")
            os.close(handle)

    return enter


def mount_small_disk(place, size):
    """For preexec_fn, after joining a host: a disk of its own in memory."""
    return lambda: _mount("tmpfs", place, "tmpfs", 0, f"size={size},mode=0777")


def unmount(place):
    """For preexec_fn, after joining a host."""
    return lambda: _check(_libc.umount2(os.fsencode(place), 0), f"unmount {place}")


def available():
    """Whether hosts can have namespaces here: tried, not guessed."""
    probe = subprocess.run(["/bin/true"], preexec_fn=_quiet(new_host("probe", [("/tmp", "/srv")])),
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return probe.returncode == 0


def _quiet(enter):
    def guarded():
        try:
            enter()
        except OSError:
            os._exit(1)

    return guarded


def shell_wrapper(folder):
    """ForceCommand for hosts without namespaces. Whatever runs there reaches the host's files as /proc/self/fd/9/…"""
    return f"""#!/bin/sh
exec 9<{folder}
cd {folder} || exit 1
case ${{SSH_ORIGINAL_COMMAND-}} in
'') exec /bin/sh ;;
internal-sftp | */sftp-server) exec /usr/lib/openssh/sftp-server ;;
*) exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" ;;
esac
"""


if __name__ == "__main__":
    sys.exit(0 if available() else 1)
