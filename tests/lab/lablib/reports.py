# SPDX-License-Identifier: GPL-3.0-or-later
"""An app whose releases only a program of its own knows, on two hosts: see files/reports.sh."""

import os
import shutil
import time

from .deploys import revision
from .plan import FILES, HOSTS

DAY = 86400
ENVIRONMENT = "reports-production"
# (days ago, version, who), newest first.
RELEASES = ((2, "3.2.0", "mary"), (16, "3.1.4", "linus"), (37, "3.1.3", "mary"))


def hosts():
    return [host.name for host in HOSTS if host.app == "reports"]


def deploy(lab, now):
    for name in hosts():
        folder = lab.host_path(name, "srv", "reports")
        os.makedirs(os.path.join(folder, "bin"))
        shutil.copy(os.path.join(FILES, "reports.sh"), os.path.join(folder, "bin/releases"))
        lines = [f"r{version}|{version}|{revision('reports', version)}|{_rfc3339(now - days * DAY)}|{who}\n"
                 for days, version, who in RELEASES]
        for file, text in (("releases", "".join(lines)), ("live", f"r{RELEASES[0][1]}\n")):
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(text)


def _rfc3339(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def environment(lab, host_entry, health):
    program = f"{lab.state['hosts'][hosts()[0]]['srv']}/reports/bin/releases"
    return {
        "id": ENVIRONMENT, "name": "Reports production", "service": "reports", "tier": "production",
        "hosts": [host_entry(lab, name) for name in hosts()],
        "deployments": [{"source": "command", "app": "reports", "hosts": hosts(), "command": [program, "list"],
                         "rollback": {"method": "command", "command": [program, "switch"], "hold": "3s"}}],
        "health": [health],
    }
