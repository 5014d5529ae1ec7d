# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab consists of, where it lies, and the record of what runs (state.json)."""

import dataclasses
import fcntl
import json
import os
import random
import secrets
import socket
import stat
import tempfile

from .processes import LabError, is_root

FILES = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "files")


@dataclasses.dataclass(frozen=True)
class HostPlan:
    name: str
    address: str
    app: str = ""  # "shop" or "ledger": a deployed web app; "reports": one with a program of its own
    cluster: str = ""  # its PostgreSQL cluster
    silent: bool = False  # accepts connections and says nothing


@dataclasses.dataclass(frozen=True)
class ClusterPlan:
    name: str
    address: str
    databases: tuple
    archive: str  # pgbackrest | folder


HOSTS = (
    HostPlan("shop-web1", "127.0.71.11", app="shop"),
    HostPlan("shop-web2", "127.0.71.12", app="shop"),
    HostPlan("shop-web3", "127.0.71.14", app="shop"),
    HostPlan("shop-db", "127.0.71.13", cluster="shop"),
    HostPlan("shop-staging-web", "127.0.71.21", app="shop"),
    HostPlan("ledger-web", "127.0.71.31", app="ledger"),
    HostPlan("ledger-db", "127.0.71.32", cluster="ledger"),
    HostPlan("ledger-staging-web", "127.0.71.41", app="ledger"),
    HostPlan("reports-app1", "127.0.71.61", app="reports"),
    HostPlan("reports-app2", "127.0.71.62", app="reports"),
    HostPlan("legacy-app", "127.0.71.51", silent=True),
)
CLUSTERS = (
    ClusterPlan("shop", "127.0.71.13", ("shop_production", "shop_staging"), "pgbackrest"),
    ClusterPlan("ledger", "127.0.71.32", ("ledger_production",), "folder"),
)


def host_plan(name):
    for host in HOSTS:
        if host.name == name:
            return host
    raise LabError(f"no host '{name}'; there are: {', '.join(host.name for host in HOSTS)}")


def cluster_plan(name):
    for cluster in CLUSTERS:
        if cluster.name == name:
            return cluster
    raise LabError(f"no database cluster '{name}'; there are: {', '.join(cluster.name for cluster in CLUSTERS)}")


def default_dir():
    return f"/tmp/taffrail-lab-{os.getuid()}"


def free_ports(addresses):
    """One free port per address, below the range that the kernel hands out for outgoing connections."""
    chooser, found, kept = random.SystemRandom(), [], []
    for address in addresses:
        for _ in range(200):
            port = chooser.randrange(20_000, 32_000)
            probe = socket.socket()
            try:
                probe.bind((address, port))
            except OSError:
                probe.close()
                continue
            kept.append(probe)
            found.append(port)
            break
        else:
            raise LabError(f"no free port on {address}")
    for probe in kept:
        probe.close()
    return found


class Lab:
    """The folder of one lab and its state."""

    def __init__(self, folder, state=None):
        self.dir = folder
        self.state = state or {"version": 1, "id": secrets.token_hex(16), "dir": folder, "isolation": "", "hosts": {},
                               "clusters": {}, "web": {}, "processes": [], "faults": {}}

    @classmethod
    def create(cls, folder):
        """Makes the folder, with rights that keep other users out (and let the database account through as root)."""
        if folder == "auto":
            folder = tempfile.mkdtemp(prefix="taffrail-lab-", dir="/tmp")
        folder = os.path.realpath(folder)
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o700)
        about = os.stat(folder)
        if about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o022:
            raise LabError(f"{folder}: belongs to another user or is writable by others")
        if os.listdir(folder):
            raise LabError(f"{folder}: not empty; end that lab first: tests/lab/lab down --dir {folder}")
        if len(folder) > 60 or any(not (c.isalnum() or c in "/._-") for c in folder):
            raise LabError(f"{folder}: choose a short path of letters, digits, '.', '_' and '-' (sockets and configurations lie there)")
        os.chmod(folder, 0o711 if is_root() else 0o700)
        parent = folder
        while is_root() and parent != "/":
            parent = os.path.dirname(parent)
            if not os.stat(parent).st_mode & stat.S_IXOTH:
                raise LabError(f"{parent}: the database account cannot pass; choose another --dir")
        lab = cls(folder)
        for name in ("hosts", "keys", "secrets", "run", "log", "tls", "config", "xdg-state", "xdg-cache", "pg", "repo"):
            os.mkdir(lab.path(name), 0o711)
        os.chmod(lab.path("secrets"), 0o700)
        return lab

    @classmethod
    def open(cls, folder):
        folder = os.path.realpath(folder)
        try:
            with open(os.path.join(folder, "state.json"), encoding="utf-8") as source:
                state = json.load(source)
        except FileNotFoundError as missing:
            raise LabError(f"{folder}: no lab here") from missing
        except ValueError as bad:
            raise LabError(f"{folder}/state.json: {bad}") from bad
        if state.get("version") != 1 or state.get("dir") != folder:
            raise LabError(f"{folder}/state.json: not the record of a lab in this folder")
        return cls(folder, state)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def host_path(self, host, *parts):
        return self.path("hosts", host, *parts)

    def save(self):
        fresh = self.path(".state.json.new")
        with open(fresh, "w", encoding="utf-8") as out:
            json.dump(self.state, out, indent=1)
            out.write("\n")
        os.replace(fresh, self.path("state.json"))

    def lock(self):
        """One command at a time changes a lab; the handle holds the lock until it is closed."""
        handle = open(self.path(".lock"), "w", encoding="utf-8")
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def write(self, name, text, mode=0o644):
        target = self.path(name)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(target, mode)
        return target

    def record(self, process):
        """Remembers a started process (one per name), on disk at once so that `down` finds it whatever happens next."""
        self.state["processes"] = [old for old in self.state["processes"] if old["name"] != process["name"]]
        self.state["processes"].append(process)
        self.save()

    def forget(self, name):
        self.state["processes"] = [old for old in self.state["processes"] if old["name"] != name]
        self.save()

    def process(self, name):
        for process in self.state["processes"]:
            if process["name"] == name:
                return process
        return None
