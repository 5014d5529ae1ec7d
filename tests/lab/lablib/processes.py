# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, find and end processes of one lab. A process is named by pid and start tick, so a reused pid is never hit."""

import os
import pwd
import signal
import subprocess
import time

MARK = "TAFFRAIL_LAB_ID"


class LabError(Exception):
    """Something a person must read; printed without a traceback."""


class ServerEnded(LabError):
    """A server ended instead of answering: its port may have been taken by another program meanwhile."""


def start_ticks(pid):
    """Start time of a process in clock ticks since boot, or None when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rsplit(b")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def descendants(roots):
    """Pids under the given ones, the given ones left out."""
    children = {}
    for pid in all_pids():
        children.setdefault(parent_of(pid), []).append(pid)
    found, queue = [], list(roots)
    while queue:
        for child in children.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def marked(lab_id):
    """Pids whose environment carries this lab's mark: also those that left their process group."""
    wanted = f"{MARK}={lab_id}".encode()
    found = []
    for pid in all_pids():
        if pid == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                if wanted in environ.read().split(b"\0"):
                    found.append(pid)
        except OSError:
            continue
    return found


def alive(process):
    return start_ticks(process["pid"]) == process["ticks"]


def signal_exact(pid, ticks, number):
    """Signals a process only if it still is the one that was meant."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if start_ticks(pid) == ticks:
            signal.pidfd_send_signal(handle, number)
    except OSError:
        pass
    finally:
        os.close(handle)


def end_all(pids, grace=3.0):
    """TERM (and CONT, for stopped ones), then KILL after the grace time. Returns the pids that are still there."""
    left = {pid: start_ticks(pid) for pid in pids}
    left = {pid: ticks for pid, ticks in left.items() if ticks is not None}
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 3.0)):
        for pid, ticks in left.items():
            signal_exact(pid, ticks, number)
            signal_exact(pid, ticks, signal.SIGCONT)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            left = {pid: ticks for pid, ticks in left.items() if start_ticks(pid) == ticks}
            if left:
                time.sleep(0.01)
    return sorted(left)


def login_name():
    return pwd.getpwuid(os.getuid()).pw_name


def is_root():
    return os.getuid() == 0


def postgres_account():
    """The account that database programs run as when we are root: PostgreSQL refuses root."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError as missing:
        raise LabError("no account 'postgres' here: install postgresql-15") from missing


def as_database_user(command):
    if not is_root():
        return list(command)
    account = postgres_account()
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--", *command]


def give_to_database_user(path):
    """Hands a folder tree to the database account; nothing to do for an ordinary user."""
    if not is_root():
        return
    account = postgres_account()
    os.chown(path, account.pw_uid, account.pw_gid)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            os.chown(os.path.join(folder, name), account.pw_uid, account.pw_gid, follow_symlinks=False)


def run(command, what, **options):
    """Runs a program to its end; a failure carries its last words."""
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except FileNotFoundError as missing:
        raise LabError(f"{what}: program not found: {missing.filename} (./dev installs what the lab needs)") from missing
    except subprocess.TimeoutExpired as slow:
        raise LabError(f"{what}: no end after {slow.timeout:.0f} s") from slow
    if done.returncode != 0:
        words = "\n".join((done.stderr + done.stdout).strip().splitlines()[-12:])
        raise LabError(f"{what} failed (exit {done.returncode}):\n{words}")
    return done.stdout


def start(name, command, log, lab_id, enter=None, environment=None, cwd=None):
    """Starts a server in a session of its own and returns its record."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
           "HOME": os.path.expanduser("~"), MARK: lab_id, **(environment or {})}
    with open(log, "ab") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                 env=env, preexec_fn=enter, cwd=cwd)
    ticks = start_ticks(child.pid)
    if ticks is None:
        raise ServerEnded(f"{name} ended at once:\n{last_lines(log)}")
    return {"name": name, "pid": child.pid, "ticks": ticks, "log": log}


def last_lines(path, count=6):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-count:]).rstrip()
    except OSError as error:
        return str(error)


def must_live(process):
    """Raises when a recorded server has ended."""
    if not alive(process):
        raise ServerEnded(f"{process['name']} ended:\n{last_lines(process['log'])}")


def wait_for(condition, what, seconds=15.0, process=None):
    """Waits until condition() is true; its own errors count as 'not yet'. A process that ends meanwhile ends the waiting."""
    deadline = time.monotonic() + seconds
    last = ""
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError as error:
            last = f": {error}"
        if process:
            must_live(process)
        time.sleep(0.02)
    raise LabError(f"{what}: not after {seconds:.0f} s{last}")
