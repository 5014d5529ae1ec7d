# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with the parts that `up --with` adds: the machine with systemd, its package, the Docker engine."""

import signal

from . import engine, machine
from .faultregister import fault
from .processes import LabError, alive, signal_exact

# What is packed is a C struct flock of a 64-bit machine: type, whence, start, length, process.
HOLDER = """perl -e 'use Fcntl; open(F, ">", "/var/lib/dpkg/lock-frontend") or die;
$lock = pack("ssx4qqix4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; open(P, ">", "/run/lab-holder"); print P $$; close(P);
$0 = "unattended-upgrade"; sleep 86400' >/dev/null 2>&1 </dev/null &
i=0; while [ ! -s /run/lab-holder ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done; [ -s /run/lab-holder ]
"""


def _demand(lab, package=True):
    if "machine" not in lab.state or (package and not lab.state["machine"]["package"]):
        raise LabError(f"this lab has none: lab up --with {'apt' if package else 'systemd'}")


@fault("power-cut", "machine", machine.HOST)
class PowerCut:
    """The machine loses its power and stays off; mended, it boots again with what its disk kept."""

    def on(self, lab, _where):
        _demand(lab, package=False)
        machine.stop_machine(lab)

    def off(self, lab, _where, _memory):
        machine.boot(lab)
        machine.wait_machine(lab)


@fault("unit-failed", "machine", machine.HOST)
class UnitFailed:
    """The app's unit cannot start: its program lost the right to run."""

    def on(self, lab, _where):
        _demand(lab)
        machine.on_machine(lab, f"chmod a-x /usr/lib/billing/billingd; systemctl restart {machine.UNIT} || :\n", "breaking the unit")

    def off(self, lab, _where, _memory):
        machine.on_machine(lab, f"chmod a+x /usr/lib/billing/billingd; systemctl reset-failed {machine.UNIT} || :\n"
                                f"systemctl restart {machine.UNIT}\n", "mending the unit")


@fault("package-locked", "machine", machine.HOST)
class PackageLocked:
    """Another program holds dpkg's lock, as an unattended upgrade does."""

    def on(self, lab, _where):
        _demand(lab)
        machine.on_machine(lab, "rm -f /run/lab-holder\n" + HOLDER, "taking dpkg's lock")

    def off(self, lab, _where, _memory):
        machine.on_machine(lab, "kill \"$(cat /run/lab-holder)\" || :; rm -f /run/lab-holder\n", "letting go of dpkg's lock")


@fault("package-gone", "machine", machine.HOST)
class PackageGone:
    """The repository keeps the newest version only: there is nothing to go back to."""

    def on(self, lab, _where):
        _demand(lab)
        machine.on_machine(lab, f"""set -e; cd /srv/repo; mkdir ../kept; cp Packages ../kept/Packages
for f in *.deb; do case $f in *_{machine.HISTORY[-1][1]}_*) ;; *) mv "$f" ../kept/ ;; esac; done
perl -00 -ne 'print if /^Version: \\Q{machine.HISTORY[-1][1]}\\E$/m' ../kept/Packages >Packages
rm -f /var/cache/apt/archives/*.deb; apt-get update -q
""", "removing versions")

    def off(self, lab, _where, _memory):
        machine.on_machine(lab, "set -e; mv -f /srv/kept/* /srv/repo/; rmdir /srv/kept; apt-get update -q\n", "bringing versions back")


@fault("engine-silent", "engine", engine.HOST)
class EngineSilent:
    """The Docker engine is stopped: it takes connections and says nothing. Containers go on."""

    def on(self, lab, _where):
        self._signal(lab, signal.SIGSTOP)

    def off(self, lab, _where, _memory):
        self._signal(lab, signal.SIGCONT)

    def _signal(self, lab, number):
        process = lab.process("engine:docker")
        if not process or not alive(process):
            raise LabError("this lab has no Docker engine: lab up --with docker")
        signal_exact(process["pid"], process["ticks"], number)
