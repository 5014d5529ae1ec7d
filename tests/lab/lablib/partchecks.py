# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab checks the parts that `--with` adds."""

import json
import os
import subprocess
import urllib.request

from . import engine, machine
from .selftest import check, on_host, switch_fault


@check
def jobs_of_each_host_stay_there(lab):
    if lab.state["isolation"] != "namespaces":
        return
    for host in lab.state["own_var_lib"]:
        code, _, err = on_host(lab, host, "mkdir -p /var/lib/taffrail && touch /var/lib/taffrail/of-$TAFFRAIL_LAB_HOST")
        assert code == 0, err
        assert not os.path.exists(f"/var/lib/taffrail/of-{host}"), host


@check
def machine_runs_its_package(lab):
    if not lab.state.get("machine", {}).get("package"):
        return
    version = machine.HISTORY[-1][1]
    code, out, err = on_host(lab, machine.HOST, "cat /proc/1/comm; systemctl is-active billing; dpkg-query -W -f '${Version}' billing")
    assert code == 0 and out.split() == ["systemd", "active", version], out + err

    def served():
        with urllib.request.urlopen(f"http://{machine.ADDRESS}:{lab.state['machine']['service_port']}/healthz", timeout=5) as answer:
            return json.load(answer)["version"]

    assert served() == version
    policy = "apt-cache policy billing"
    switch_fault(lab, "package-gone", "on")
    assert machine.HISTORY[0][1] not in on_host(lab, machine.HOST, policy)[1]
    switch_fault(lab, "package-gone", "off")
    assert machine.HISTORY[0][1] in on_host(lab, machine.HOST, policy)[1]
    switch_fault(lab, "package-locked", "on")
    code, _, err = on_host(lab, machine.HOST, "apt-get install -y --reinstall billing")
    assert code == 100 and "lock" in err, err
    switch_fault(lab, "package-locked", "off")
    switch_fault(lab, "unit-failed", "on")
    assert on_host(lab, machine.HOST, "systemctl is-active billing")[1] != "active\n"
    switch_fault(lab, "unit-failed", "off")
    switch_fault(lab, "power-cut", "on")
    assert on_host(lab, machine.HOST, "true")[0] == 255
    switch_fault(lab, "power-cut", "off")
    assert served() == version


@check
def engine_runs_its_container(lab):
    if "engine" not in lab.state:
        return
    asked = ["docker", "-H", lab.state["engine"]["socket"], "inspect", "-f", "{{.Image}}", "kiosk"]
    assert engine.docker(lab, *asked[3:]) == lab.state["engine"]["live"]
    switch_fault(lab, "engine-silent", "on")
    try:
        subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=1, check=False)
        raise AssertionError("a stopped engine answered")
    except subprocess.TimeoutExpired:
        pass
    switch_fault(lab, "engine-silent", "off")
    assert engine.docker(lab, *asked[3:]) == lab.state["engine"]["live"]
