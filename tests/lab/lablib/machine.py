# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a Debian and a systemd of its own, on demand (`up --with systemd`), and in it an app that is a Debian
package with a unit, from a repository of its own with three versions (`up --with apt`)."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

from .labhosts import fingerprint, speaks_ssh, ssh_command
from .plan import FILES, free_ports
from .processes import LabError, alive, descendants, end_all, is_root, run, signal_exact, start, start_ticks, wait_for

HOST = "billing-app"
ADDRESS = "127.0.71.71"
ENVIRONMENT = "billing-production"
PACKAGE, UNIT = "billing", "billing.service"
SCRIPT = os.path.join(FILES, "systemdhost.sh")
HOUR, DAY = 3600, 86400
# (how long ago, version, who), oldest first.
HISTORY = ((33 * DAY, "2.3.0-1", "grace"), (12 * DAY + 5 * HOUR, "2.3.1-1", "mary"), (27 * HOUR, "2.4.0-1", "grace"))


def obstacle(wants_package, say):
    """Why there can be none here; "" = there can. The first time makes the root file system, from the Debian archive."""
    if not is_root():
        return "a machine with systemd can be booted by root only"
    if wants_package and not shutil.which("dpkg-deb"):
        return "not installed: dpkg-deb"
    if not glob.glob(os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "taffrail-lab/systemd-*")):
        say("lab: making a Debian with systemd; only the first time takes some minutes")
    folder = tempfile.mkdtemp(prefix="taffrail-check-", dir="/tmp")
    try:
        for words in (["check", folder], ["template"]):
            done = subprocess.run([SCRIPT, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=900)
            if done.returncode != 0:
                return (done.stdout + done.stderr).strip() or f"systemdhost.sh {words[0]} ended with {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""


def plan_machine(lab, with_package):
    """Its keys, addresses and settings: all that it finds when it boots. What it writes stays in the lab's folder."""
    ports = free_ports([ADDRESS, ADDRESS])
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{HOST}@lab", "-f", lab.path("keys", HOST)], "making a key")
    lab.state["hosts"][HOST] = {"address": ADDRESS, "port": ports[0], "user": "root", "folder": lab.path("machine/upper"),
                                "host_key": fingerprint(lab.path("keys", HOST + ".pub")), "srv": "/srv", "link_srv": "/srv"}
    lab.state["machine"] = {"host": HOST, "package": PACKAGE if with_package else "", "service_port": ports[1]}
    with open(lab.path("keys/ops.pub"), encoding="utf-8") as public:
        _put(lab, "etc/ssh/taffrail_keys", public.read())
    _put(lab, "etc/ssh/sshd_config.d/taffrail.conf", f"ListenAddress {ADDRESS}\nPort {ports[0]}\nHostKey /etc/ssh/lab_host_key\n"
         "AuthorizedKeysFile /etc/ssh/taffrail_keys\nPermitRootLogin prohibit-password\nMaxStartups 300\nMaxSessions 20\n"
         f"SetEnv TAFFRAIL_LAB_HOST={HOST}\n")
    shutil.copy(lab.path("keys", HOST), _place(lab, "etc/ssh/lab_host_key"))
    _put(lab, "etc/hosts", f"127.0.0.1 localhost {HOST}\n")
    _put(lab, "etc/hostname", HOST + "\n")
    if with_package:
        _put(lab, "etc/default/billing", f"LISTEN={ADDRESS}:{ports[1]}\n")
        _make_repository(lab)


def _place(lab, name):
    path = lab.path("machine/upper", name)
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    return path


def _put(lab, name, text):
    _place(lab, name)
    lab.write(f"machine/upper/{name}", text)


def _make_repository(lab):
    """Three versions of the package, and the only repository that the machine knows."""
    source, build, words = os.path.join(FILES, PACKAGE), lab.path("machine/build"), [f". {FILES}/debrepo.sh"]
    repository = os.path.dirname(_place(lab, "srv/repo/Packages"))
    for _, version, _ in HISTORY:
        folder = os.path.join(build, version)
        for name, target, mode in (("billingd", "usr/lib/billing/billingd", 0o755), ("postinst", "DEBIAN/postinst", 0o755),
                                   ("billing.service", "lib/systemd/system/billing.service", 0o644)):
            path = os.path.join(folder, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(os.path.join(source, name), path)
            os.chmod(path, mode)
        os.makedirs(os.path.join(folder, "usr/share/billing"))
        with open(os.path.join(folder, "usr/share/billing/version"), "w", encoding="utf-8") as out:
            out.write(version + "\n")
        words.append(f"pack {folder} {PACKAGE} {version} {repository}")
    words.append(f"listed {repository} >{repository}/Packages")
    run(["sh", "-euc", "umask 022\n" + "\n".join(words)], "making packages")
    shutil.rmtree(build)
    _put(lab, "etc/apt/sources.list", "deb [trusted=yes] file:/srv/repo ./\n")


def boot(lab):
    """Starts it, without waiting. Its name in this machine's kernel carries the process that it goes with."""
    template = run([SCRIPT, "template"], "finding the machine's root file system").strip()
    lab.record(start(f"machine:{HOST}", [
        "sh", "-c", 'exec unshare --mount --pid --fork --kill-child --mount-proc -- "$0" run "$1" "$2" "taffrail-lab-$$"',
        SCRIPT, lab.path("machine"), template], lab.path("log", "machine.log"), lab.state["id"]))


def on_machine(lab, script, what):
    return run([*ssh_command(lab, HOST), "/bin/sh -s"], what, input=script, timeout=120)


def wait_machine(lab):
    host = lab.state["hosts"][HOST]
    process = lab.process(f"machine:{HOST}")
    wait_for(lambda: speaks_ssh(host["address"], host["port"]), f"sshd of {HOST} (see {process['log']})", seconds=90, process=process)
    # Its units are up, or one of them failed, which its health tells.
    on_machine(lab, "systemctl is-system-running --wait >/dev/null || :\n", f"booting {HOST}")


def install_history(lab, now):
    """Installs the versions one after another with the machine's own apt, and makes the logs tell when."""
    moments = []
    script = "set -e\nexport DEBIAN_FRONTEND=noninteractive\nrm -f /etc/apt/sources.list.d/*\napt-get update -q\n: >/var/log/apt/history.log\n"
    for _, version, _ in HISTORY:
        script += f"apt-get install -y -q {PACKAGE}={version}\n"
    for age, _, _ in HISTORY:
        moments.append(now - age)
    on_machine(lab, script + f"systemctl restart {UNIT}\n: >/var/log/dpkg.log\n", f"installing {PACKAGE}")
    told = iter([(moment, who) for moment, (_, _, who) in zip(moments, HISTORY)])
    entries = [_at(entry, *next(told)) for entry in
               on_machine(lab, "cat /var/log/apt/history.log\n", "reading apt's log").strip().split("\n\n") if entry.strip()]
    if len(entries) != len(HISTORY):
        raise LabError(f"{HOST}: apt's log has {len(entries)} entries, not {len(HISTORY)}")
    text = "\n" + "\n\n".join(entries) + "\n"
    on_machine(lab, f"cat >/var/log/apt/history.log <<'LOG'\n{text}LOG\n"
                    f"touch -d @{moments[-1]} /var/lib/dpkg/info/{PACKAGE}.*\n", "writing apt's log")


def _at(entry, moment, who):
    """An entry of apt's log as if it had been at that moment, asked for by that person."""
    for field, at in (("Start-Date", moment), ("End-Date", moment + 6)):
        said = time.strftime("%Y-%m-%d  %H:%M:%S", time.gmtime(at))
        entry = re.sub(rf"^{field}: .*$", f"{field}: {said}", entry, flags=re.M)
    return re.sub(r"^(Commandline: .*)$", rf"\1\nRequested-By: {who} (1000)", entry, flags=re.M)


def stop_machine(lab):
    """As when the plug is pulled: all of it goes with the one process that holds it."""
    process = lab.process(f"machine:{HOST}")
    if not process:
        return
    inside = {pid: start_ticks(pid) for pid in descendants([process["pid"]])} if alive(process) else {}
    signal_exact(process["pid"], process["ticks"], 9)
    left = end_all([pid for pid, ticks in inside.items() if ticks is not None and start_ticks(pid) == ticks]
                   + ([process["pid"]] if alive(process) else []), grace=0.5)
    if left:
        raise LabError(f"{HOST}: processes {left} did not end")
    subprocess.run([SCRIPT, "swept", f"taffrail-lab-{process['pid']}"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                   timeout=60)
    lab.forget(process["name"])


def environment(lab, host_entry, health):
    """Its packages, units and journal are its own, unlike those of the other hosts. It is too small to have `ss`."""
    about = lab.state["machine"]
    own = {**health, "skip": ["ntp", "ctr", "reboot", "listen"]}
    made = {"id": ENVIRONMENT, "name": "Billing production (systemd)", "service": "billing", "tier": "production", "hosts": [host_entry],
            "runbook": "https://runbooks.example.com/billing", "health": [own]}
    if about["package"]:
        own["units"] = [UNIT]
        made["deployments"] = [{"source": "apt", "app": "billing", "hosts": [HOST], "package": PACKAGE, "unit": UNIT,
                                "rollback": {"restart": f"unit:{UNIT}", "restart_timeout": "20s", "hold": "3s"}}]
        made["health"].append({"id": f"http-{HOST}", "source": "http", "url": f"http://{ADDRESS}:{about['service_port']}/healthz",
                               "expect": {"status": 200}})
    return made
