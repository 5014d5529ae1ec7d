# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker engine of the lab's own, on demand (`up --with docker`): everything of it lies in the lab's folder."""

import os
import shutil
import signal
import subprocess

from .labhosts import run_inside
from .processes import LabError, alive, end_all, descendants, is_root, run, signal_exact, start, wait_for

HOST = "ledger-staging-web"  # where it is read and acted on; it gets a /var/lib of its own for the jobs
VERSIONS = ("1.1", "1.2", "1.3")
ENVIRONMENT = "kiosk-staging"


def obstacle():
    """Why there can be none here; "" = there can."""
    if not is_root():
        return "the Docker engine runs as root only"
    missing = [name for name in ("dockerd", "docker", "containerd", "busybox", "ldd", "tar", "unshare") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)} (Debian packages docker.io and busybox)" if missing else ""


def socket_of(lab):
    return f"unix://{lab.path('docker/socket')}"


def docker(lab, *words):
    return run(["docker", "-H", socket_of(lab), *words], f"docker {words[0]}").strip()


def answers(lab):
    return subprocess.run(["docker", "-H", socket_of(lab), "version"], capture_output=True, check=False, timeout=30).returncode == 0


def plan_engine(lab):
    """Before the hosts start: theirs is the place of the jobs."""
    if lab.state["isolation"] != "namespaces":
        raise LabError("--with docker needs hosts with namespaces; here they are plain folders")
    lab.state["own_var_lib"].append(HOST)
    lab.state["engine"] = {"host": HOST, "socket": socket_of(lab), "container": "kiosk", "live": "", "images": {}}


def _make_root(lab):
    """A file system of busybox and the libraries that it names."""
    root = lab.path("docker/root")
    os.makedirs(os.path.join(root, "bin"))
    busybox = os.path.realpath(shutil.which("busybox"))
    shutil.copy(busybox, os.path.join(root, "bin/busybox"))
    listed = subprocess.run(["ldd", busybox], capture_output=True, text=True, check=False).stdout
    for name in (word for word in listed.split() if word.startswith("/")):
        os.makedirs(os.path.dirname(root + name), exist_ok=True)
        shutil.copy(os.path.realpath(name), root + name)
    for name in ("sh", "sleep", "cat"):
        os.symlink("busybox", os.path.join(root, "bin", name))
    run(["tar", "-C", root, "-cf", lab.path("docker/root.tar"), "."], "packing an image")


def start_engine(lab):
    """The engine in a network and with mounts of its own, three releases, the newest one running."""
    os.makedirs(lab.path("docker"), mode=0o711)
    lab.record(start("engine:docker", [
        "unshare", "-n", "-m", "--propagation", "private", "--", "dockerd", "--data-root", lab.path("docker/data"), "--exec-root",
        lab.path("docker/exec"), "--pidfile", lab.path("docker/pid"), "-H", socket_of(lab), "--bridge=none", "--iptables=false",
        "--ip-forward=false", "--ip-masq=false", "--storage-driver=vfs"], lab.path("log", "dockerd.log"), lab.state["id"]))
    _make_root(lab)
    wait_for(lambda: answers(lab), f"the engine (see {lab.path('log')}/dockerd.log)",
             process=lab.process("engine:docker"), seconds=60)
    engine = lab.state["engine"]
    for version in VERSIONS:
        engine["images"][version] = docker(
            lab, "import", "-c", 'CMD ["/bin/sleep","1000000"]', "-c", "ENV PATH=/bin", "-c", f"ENV APP_VERSION={version}",
            "-c", f"LABEL org.opencontainers.image.version={version}", lab.path("docker/root.tar"), f"kiosk:{version}")
    for version in VERSIONS[1:]:  # as a deploy by hand leaves it: the former container stays, under another name
        docker(lab, "run", "-d", "--name", "kiosk", "--restart=always", "--network=none", "--stop-signal=KILL", "--env",
               "GREETING=Hello, world", f"kiosk:{version}")
        if version != VERSIONS[-1]:
            docker(lab, "stop", "kiosk")
            docker(lab, "rename", "kiosk", "kiosk-previous")
    engine["live"] = engine["images"][VERSIONS[-1]]
    run_inside(lab, HOST, ["mkdir", "-p", "/var/lib/taffrail"])


def stop_engine(lab):
    """Containers end with their engine only if it is asked; what it mounted goes with its namespace."""
    process = lab.process("engine:docker")
    if not process or not alive(process):
        return
    signal_exact(process["pid"], process["ticks"], signal.SIGCONT)  # a fault may have stopped it
    try:
        found = docker(lab, "ps", "-aq").split()
        if found:
            docker(lab, "rm", "-f", *found)
    except LabError:
        pass  # it does not answer: its processes are ended one by one below
    left = end_all([process["pid"], *descendants([process["pid"]])], grace=10.0)
    if left:
        raise LabError(f"the Docker engine's processes {left} did not end")
    lab.forget("engine:docker")


def environment(lab, host_entry, health):
    return {
        "id": ENVIRONMENT, "name": "Kiosk staging (Docker)", "service": "kiosk", "tier": "staging", "hosts": [host_entry],
        "deployments": [{"source": "docker", "app": "kiosk", "hosts": [HOST], "container": "kiosk", "engine": socket_of(lab),
                         "rollback": {"hold": "3s"}}],
        "health": [health],
    }
