# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with hosts and the way to them."""

import os
import signal

from . import isolation, labhosts, web
from .faultregister import fault
from .plan import free_ports
from .processes import LabError, signal_exact, start_ticks


def _signal_host(lab, where, number):
    listener = lab.process(f"sshd:{where}")
    for pid in [listener["pid"], *labhosts.sessions_of(lab, where)]:
        signal_exact(pid, start_ticks(pid), number)


@fault("host-silent", "host", "shop-web2")
class HostSilent:
    """The host's sshd and all its sessions are stopped: connections are accepted, nothing is said."""

    def on(self, lab, where):
        _signal_host(lab, where, signal.SIGSTOP)

    def off(self, lab, where, _memory):
        _signal_host(lab, where, signal.SIGCONT)


@fault("host-down", "host", "shop-web2")
class HostDown:
    """The host's sshd and all its sessions are gone: connections are refused."""

    def on(self, lab, where):
        labhosts.stop_host(lab, where)

    def off(self, lab, where, _memory):
        labhosts.start_host(lab, where)
        labhosts.wait_host(lab, where)


@fault("cut-host", "host", "shop-web1", momentary=True)
class CutHost:
    """The host's open SSH connections are killed at once; new ones work. Nothing to mend."""

    def on(self, lab, where):
        for pid in labhosts.sessions_of(lab, where):
            signal_exact(pid, start_ticks(pid), signal.SIGKILL)


@fault("slow-wire", "host", "shop-web1")
class SlowWire:
    """A relay in front of the host adds --value milliseconds (default 200) to each round trip. Open connections are cut."""

    def on(self, lab, where, delay):
        host = lab.state["hosts"][where]
        hidden = free_ports([host["address"]])[0]
        labhosts.stop_host(lab, where)
        labhosts.write_sshd_config(lab, where, port=hidden)
        labhosts.start_host(lab, where)
        labhosts.start_wire(lab, f"relay:{where}", ["relay", host["address"], str(host["port"]), host["address"], str(hidden),
                                                    "--delay-ms", str(delay)])
        labhosts.wait_host(lab, where)

    def off(self, lab, where, _memory):
        web.stop_process(lab, f"relay:{where}")
        labhosts.stop_host(lab, where)
        labhosts.write_sshd_config(lab, where)
        labhosts.start_host(lab, where)
        labhosts.wait_host(lab, where)


class Restarted:
    """For faults that are another sshd configuration."""

    def restart(self, lab, where, extra=()):
        labhosts.stop_host(lab, where)
        labhosts.write_sshd_config(lab, where, extra=extra)
        labhosts.start_host(lab, where)
        labhosts.wait_host(lab, where)


@fault("key-changed", "host", "shop-web2")
class KeyChanged(Restarted):
    """The host answers with another host key than the known one."""

    def on(self, lab, where):
        other = "shop-db" if where != "shop-db" else "shop-web1"
        for suffix in ("", ".pub"):
            os.replace(lab.path("keys", where + suffix), lab.path("keys", f"{where}.true{suffix}"))
            with open(lab.path("keys", other + suffix), encoding="utf-8") as source:
                lab.write(f"keys/{where}{suffix}", source.read(), 0o644 if suffix else 0o600)
        self.restart(lab, where)

    def off(self, lab, where, _memory):
        for suffix in ("", ".pub"):
            os.replace(lab.path("keys", f"{where}.true{suffix}"), lab.path("keys", where + suffix))
        self.restart(lab, where)


@fault("login-refused", "host", "shop-web2")
class LoginRefused(Restarted):
    """The host no longer takes the engineers' key."""

    def on(self, lab, where):
        labhosts.stop_host(lab, where)
        labhosts.write_sshd_config(lab, where)
        path = lab.host_path(where, "run", "sshd_config")
        with open(path, encoding="utf-8") as source:
            text = source.read()
        text = text.replace(f"AuthorizedKeysFile {lab.path('keys', 'authorized')}", "AuthorizedKeysFile none")
        lab.write(f"hosts/{where}/run/sshd_config", text)
        labhosts.start_host(lab, where)
        labhosts.wait_host(lab, where)

    def off(self, lab, where, _memory):
        self.restart(lab, where)


@fault("shell-banner", "host", "shop-web2")
class ShellBanner(Restarted):
    """The host's shell start-up file prints noise (with escape sequences) before every command's output."""

    def on(self, lab, where):
        wrapper = lab.write(f"hosts/{where}/run/noisy", "#!/bin/sh\n"
                            "printf '\\033[31mWelcome!\\033[0m Maintenance on Sunday.\\r\\n@TFR1 not-a-marker BEGIN fast\\n'\n"
                            f"exec {lab.host_path(where, 'run', 'enter')}\n", 0o755)
        if not os.path.exists(lab.host_path(where, "run", "enter")):
            lab.write(f"hosts/{where}/run/enter", "#!/bin/sh\nexec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n", 0o755)
        self.restart(lab, where, [f"ForceCommand {wrapper}"])

    def off(self, lab, where, _memory):
        self.restart(lab, where)


@fault("disk-full", "host", "shop-db")
class DiskFull:
    """A small disk mounted at /srv/spool of the host is full (where hosts have namespaces of their own)."""

    def on(self, lab, where):
        if lab.state["isolation"] != "namespaces":
            raise LabError("disk-full needs hosts with namespaces; here they are plain folders")
        os.makedirs(lab.host_path(where, "srv", "spool"), exist_ok=True)
        labhosts.run_inside(lab, where, ["true"], isolation.mount_small_disk("/srv/spool", "16m"))
        labhosts.run_inside(lab, where, ["sh", "-c", "head -c 64M /dev/zero > /srv/spool/core.1 2>/dev/null; true"])

    def off(self, lab, where, _memory):
        labhosts.run_inside(lab, where, ["true"], isolation.unmount("/srv/spool"))
