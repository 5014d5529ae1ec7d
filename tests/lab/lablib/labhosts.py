# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts: one sshd each, with a host key, a /srv, a home and a name of its own."""

import os
import pwd
import socket
import sys

from . import isolation
from .plan import HOSTS, free_ports, host_plan
from .processes import LabError, descendants, end_all, is_root, login_name, run, start, start_ticks, wait_for

SSHD = "/usr/sbin/sshd"


def make_keys(lab):
    """Host keys and the engineers' key. ssh-keygen takes ~5 ms each."""
    for name in [host.name for host in HOSTS] + ["ops"]:
        target = lab.path("keys", name)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@lab", "-f", target], "making a key")
    with open(lab.path("keys", "ops.pub"), encoding="utf-8") as public:
        lab.write("keys/authorized", public.read())


def fingerprint(public_key_file):
    return run(["ssh-keygen", "-l", "-E", "sha256", "-f", public_key_file], "reading a key").split()[1]


def plan_hosts(lab):
    """Fills state["hosts"]: address, port, host key, folders; where the app lies as seen on that host."""
    lab.state["isolation"] = "namespaces" if lab.state.pop("want_namespaces", True) and isolation.available() else "folders"
    apart = lab.state["isolation"] == "namespaces"
    # Jobs of root lie below /var/lib: of two hosts that share it, each would find the other's lock, and leave files behind.
    lab.state["own_var_lib"] = [host.name for host in HOSTS if host.app == "reports"]
    for host, port in zip(HOSTS, free_ports([host.address for host in HOSTS])):
        folder = lab.host_path(host.name)
        for name in ("srv", "home", "run"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        lab.state["hosts"][host.name] = {
            "address": host.address, "port": port, "user": login_name(), "folder": folder,
            "host_key": fingerprint(lab.path("keys", host.name + ".pub")),
            # How the inventory names /srv of the host, and what an absolute link on the host must say.
            "srv": "/srv" if apart else "/proc/self/fd/9/srv",
            "link_srv": "/srv" if apart else os.path.join(folder, "srv"),
        }


def _pam_needed():
    """sshd without PAM refuses an account whose password starts with '!': root on some machines."""
    if not is_root():
        return False
    try:
        with open("/etc/shadow", encoding="utf-8") as shadow:
            for line in shadow:
                name, password = line.split(":")[:2]
                if name == login_name():
                    return password.startswith("!")
    except (OSError, ValueError):
        pass
    return False


def _session_environment(lab, name):
    variables = {"TAFFRAIL_LAB_ID": lab.state["id"], "TAFFRAIL_LAB_HOST": name}
    cluster = host_plan(name).cluster
    if cluster and os.path.exists(lab.path("pg", cluster, "pgbackrest.conf")):
        variables["PGBACKREST_CONFIG"] = lab.path("pg", cluster, "pgbackrest.conf")
    return " ".join(f"{key}={value}" for key, value in variables.items())


def write_sshd_config(lab, name, port=None, extra=()):
    host = lab.state["hosts"][name]
    lines = [
        f"ListenAddress {host['address']}:{port or host['port']}",
        f"HostKey {lab.path('keys', name)}",
        f"AuthorizedKeysFile {lab.path('keys', 'authorized')}",
        f"PidFile {lab.host_path(name, 'run', 'sshd.pid')}",
        f"AllowUsers {login_name()}",
        "PermitRootLogin prohibit-password", "PubkeyAuthentication yes", "PasswordAuthentication no",
        "KbdInteractiveAuthentication no", "StrictModes no", f"UsePAM {'yes' if _pam_needed() else 'no'}", "UseDNS no",
        "PrintMotd no", "PrintLastLog no", "X11Forwarding no", "AllowAgentForwarding no", "AllowTcpForwarding yes",
        "PermitUserRC no", "MaxStartups 300", "MaxSessions 20", "LoginGraceTime 30", "LogLevel VERBOSE",
        "Subsystem sftp internal-sftp", f"SetEnv {_session_environment(lab, name)}",
    ]
    if lab.state["isolation"] == "folders" and not any(line.startswith("ForceCommand") for line in extra):
        wrapper = lab.write(f"hosts/{name}/run/enter", isolation.shell_wrapper(host["folder"]), 0o755)
        lines.append(f"ForceCommand {wrapper}")
    lab.write(f"hosts/{name}/run/sshd_config", "\n".join([*lines, *extra]) + "\n")


def enter_host(lab, name):
    """preexec_fn for a process of this host: makes its namespaces, or joins those that its servers have."""
    if lab.state["isolation"] != "namespaces":
        return None
    for process in lab.state["processes"]:
        if process["name"].endswith(f":{name}") and process.get("inside") and start_ticks(process["pid"]) == process["ticks"]:
            return isolation.join_host(process["pid"])
    return isolation.new_host(name, _binds(lab, name))


# What each host has of its own besides /srv: services, containers, journal and package lists of the machine around the lab are
# not the lab's, and must not colour it.
OWN_PLACES = (("run", "/run"), ("log", "/var/log/journal"), ("lists", "/var/lib/apt/lists"), ("cache", "/var/cache/apt"))


def _binds(lab, name):
    """(folder, mount point) pairs of a host."""
    binds = [(lab.host_path(name, "srv"), "/srv")]
    home = os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    places = OWN_PLACES
    if name in lab.state.get("own_var_lib", ()):  # what lies below it on this machine is not seen there
        places = (("varlib", "/var/lib"), *(each for each in OWN_PLACES if not each[1].startswith("/var/lib/")))
    for folder, place in (("home", home), *((f"own/{part}", place) for part, place in places)):
        hides_lab = (lab.dir + "/").startswith(place + "/")
        if place not in ("/", "/tmp") and os.path.isdir(place) and not os.path.islink(place) and not hides_lab:
            os.makedirs(lab.host_path(name, folder), exist_ok=True)
            binds.append((lab.host_path(name, folder), place))
    os.makedirs(lab.host_path(name, "own/run/sshd"), mode=0o755, exist_ok=True)  # sshd run by root demands /run/sshd
    return binds


def start_inside(lab, kind, name, command, environment=None, cwd=None):
    """Starts a server on a host and records it as kind:name."""
    process = start(f"{kind}:{name}", command, lab.path("log", f"{kind}-{name}.log"), lab.state["id"],
                    enter=enter_host(lab, name), environment=environment, cwd=cwd)
    process["inside"] = lab.state["isolation"] == "namespaces"
    lab.record(process)
    return process


def run_inside(lab, name, command, first=None):
    """Runs a short command on a host without SSH; `first` is called in its namespaces, with rights to mount."""
    enter = enter_host(lab, name)

    def entered():
        if enter:
            enter()
        if first:
            first()

    return run(command, f"{command[0]} on {name}", preexec_fn=entered, cwd="/")


def hold_host(lab, name):
    """Keeps the host's namespaces (its /srv, its mounts) while its sshd is stopped."""
    if lab.state["isolation"] == "namespaces":
        start_inside(lab, "hold", name, ["sleep", "infinity"])


def start_host(lab, name, port=None):
    if host_plan(name).silent:
        host = lab.state["hosts"][name]
        return start_wire(lab, f"silent:{name}", ["silent", host["address"], str(host["port"])])
    if is_root():
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # sshd demands it; the ssh service makes it at boot
    return start_inside(lab, "sshd", name, [SSHD, "-D", "-e", "-f", lab.host_path(name, "run", "sshd_config")])


def start_wire(lab, process_name, arguments):
    """A process that plays a bad network: see wire.py."""
    program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "wire.py")
    process = start(process_name, [sys.executable, "-B", program, *arguments],
                    lab.path("log", process_name.replace(":", "-") + ".log"), lab.state["id"])
    lab.record(process)
    return process


def sessions_of(lab, name):
    """Pids of the host's open SSH connections and what runs in them."""
    listener = lab.process(f"sshd:{name}")
    return descendants([listener["pid"]]) if listener else []


def stop_host(lab, name, sessions=True):
    """Ends the listener, by default with its connections."""
    listener = lab.process(f"sshd:{name}")
    if not listener:
        return
    pids = [listener["pid"]] if start_ticks(listener["pid"]) == listener["ticks"] else []
    left = end_all(pids + (sessions_of(lab, name) if sessions else []), grace=1.0)
    if left:
        raise LabError(f"{name}: processes {left} did not end")
    lab.forget(listener["name"])


def speaks_ssh(address, port):
    with socket.create_connection((address, port), timeout=2) as link:
        link.settimeout(2)
        return link.recv(4) == b"SSH-"


def wait_host(lab, name):
    host = lab.state["hosts"][name]
    if host_plan(name).silent:
        wait_for(lambda: socket.create_connection((host["address"], host["port"]), timeout=2).close() is None, f"port of {name}",
                 process=lab.process(f"silent:{name}"))
        return
    wait_for(lambda: speaks_ssh(host["address"], host["port"]), f"sshd of {name} (see {lab.path('log')}/sshd-{name}.log)",
             process=lab.process(f"sshd:{name}"))


def start_hosts(lab):
    for host in HOSTS:
        if not host.silent:
            write_sshd_config(lab, host.name)
            hold_host(lab, host.name)
        start_host(lab, host.name)
    for host in HOSTS:
        wait_host(lab, host.name)


def ssh_command(lab, name):
    """The ssh program with this lab's key and known hosts, for the lab's own checks."""
    return ["ssh", "-F", lab.path("ssh_config"), "-o", "BatchMode=yes", name]
