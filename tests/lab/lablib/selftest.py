# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab checks itself: every server really answers, faults bite and heal, nothing is left behind."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

from . import clusters, labhosts, web
from .plan import HOSTS, Lab
from .processes import all_pids, marked, start_ticks

LAB = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lab")
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def call(*words, code=0, timeout=120):
    done = subprocess.run([LAB, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == code, f"lab {' '.join(words)}: exit {done.returncode}\n{done.stderr}{done.stdout}"
    return done.stdout


def on_host(lab, host, command, timeout=20):
    done = subprocess.run(labhosts.ssh_command(lab, host) + [command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def inventory_entry(lab, environment, pane=None, source=None):
    with open(lab.path("inventory.json"), encoding="utf-8") as text:
        for found in json.load(text)["environments"]:
            if found["id"] == environment:
                return next(entry for entry in found[pane] if entry["source"] == source) if pane else found
    raise AssertionError(f"no environment {environment}")


def as_monitor(lab, environment, sql, patience=15):
    """psql with the inventory's own connection string and password reference."""
    database = inventory_entry(lab, environment)["databases"][0]
    with open(database["password"].removeprefix("file:"), encoding="utf-8") as secret:
        password = secret.read().strip()
    environment = {"PATH": "/usr/bin:/bin", "PGPASSWORD": password, "PGCONNECT_TIMEOUT": str(patience), "LC_ALL": "C"}
    done = subprocess.run(["psql", "-X", "-A", "-t", "-c", sql, database["dsn"]], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=patience + 15, check=False, env=environment)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@check
def hosts_answer(lab):
    names = set()
    for host in HOSTS:
        if host.silent:
            continue
        code, out, err = on_host(lab, host.name, "printf '%s ' \"$TAFFRAIL_LAB_HOST\"; hostname")
        assert code == 0 and out.split()[0] == host.name, f"{host.name}: {code} {out} {err}"
        names.add(out.split()[1])
    assert len(names) == (len(HOSTS) - 1 if lab.state["isolation"] == "namespaces" else 1), names
    code, _, err = on_host(lab, "shop-web1", "exit 7")
    assert code == 7, err


@check
def silent_host_says_nothing(lab):
    host = lab.state["hosts"]["legacy-app"]
    with socket.create_connection((host["address"], host["port"]), timeout=2) as link:
        link.sendall(b"SSH-2.0-probe\r\n")
        link.settimeout(0.4)
        try:
            assert link.recv(1) is None, "the silent host spoke or hung up"
        except TimeoutError:
            pass


@check
def files_over_sftp(lab):
    path = inventory_entry(lab, "shop-production", "deployments", "capistrano")["path"]
    target = lab.path("run", "fetched")
    subprocess.run(["sftp", "-q", "-F", lab.path("ssh_config"), f"shop-web2:{path}/revisions.log", target], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    with open(target, encoding="utf-8") as text:
        assert "rolled back to release" in text.read()


@check
def deployments_are_as_capistrano_leaves_them(lab):
    path = inventory_entry(lab, "shop-production", "deployments", "capistrano")["path"]
    for host in ("shop-web1", "shop-web2", "shop-web3"):
        code, out, err = on_host(lab, host, f"cd {path} && readlink current && [ -e current/. ] && ls releases && echo -- && "
                                            "cat revisions.log && ls rolled-back-release-*.tar.gz && cat current/REVISION")
        assert code == 0, err
        head, _, tail = out.partition("--\n")
        live, *releases = head.splitlines()
        assert len(releases) == 5 and os.path.basename(live) == releases[-1], head
        log = [line for line in tail.splitlines() if re.match(r"^Branch .+ \(at [0-9a-f]{40}\) deployed as release \d{14} by .+$", line)]
        assert len(log) == 5, tail
        assert re.search(r"^grace rolled back to release \d{14}$", tail, re.M), tail
        logged = set(re.findall(r"release (\d{14})", tail))
        assert [name for name in releases if name not in logged], "no failed release"
        assert re.search(r"^[0-9a-f]{40}$", tail, re.M)


@check
def web_services_answer(lab):
    for name, about in lab.state["web"].items():
        code, body = web.healthz(lab, name)
        assert code == 200 and json.loads(body)["releaseId"] == about["live"], f"{name}: {code} {body}"
    about = lab.state["web"]["shop-web1"]
    try:
        ssl_context = ssl.create_default_context()
        with socket.create_connection((about["address"], about["port"]), timeout=3) as plain:
            ssl_context.wrap_socket(plain, server_hostname=about["address"]).close()
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("the lab's certificate verified without the lab's authority")


@check
def monitor_reads_what_it_may(lab):
    code, out, err = as_monitor(lab, "shop-production", "SELECT version_num FROM alembic_version")
    assert (code, out) == (0, "5d0f9a6c21be"), err
    code, out, err = as_monitor(lab, "ledger-production", "SELECT count(*), max(version) FROM schema_migrations")
    assert (code, out) == (0, "4|20260114092700"), err
    code, out, err = as_monitor(lab, "shop-production", "SELECT count(*) FROM customers")
    assert code == 1 and "permission denied" in err, out
    code, out, err = as_monitor(lab, "ledger-staging", "SELECT 1")
    assert code == 2 and "refused" in err, err


@check
def alembic_knows_the_pending_one(lab):
    for database, host, pending in (("shop_production", "shop-web1", False), ("shop_staging", "shop-staging-web", True)):
        folder = os.path.realpath(os.path.join(lab.state["web"][host]["folder"], "releases", lab.state["web"][host]["live"], "db"))
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                       "SHOP_DATABASE_URL": clusters.database_url(lab, "shop", database, "shop")}
        words = {}
        for verb in ("current", "heads"):
            words[verb] = subprocess.run(["alembic", "-c", "alembic.ini", verb], cwd=folder, env=environment, capture_output=True,
                                         text=True, check=True, timeout=60).stdout.split()[0]
        assert (words["current"] != words["heads"]) == pending, words


@check
def backups_are_there(lab):
    code, out, err = on_host(lab, "shop-db", "pgbackrest info --stanza=main --output=json")
    assert code == 0, err
    stanza = json.loads(out)[0]
    kinds = [backup["type"] for backup in stanza["backup"]]
    assert stanza["status"]["code"] == 0 and sorted(kinds) == ["diff", "diff", "full", "full"], out
    newest = max(backup["timestamp"]["stop"] for backup in stanza["backup"])
    assert 40 * 60 < time.time() - newest < 60 * 60, newest
    verified = clusters.backrest(lab, "shop", "--repo=1", "--output=text", "--verbose", "verify")
    assert "status: ok" in verified and "invalid: 0" in verified, verified


@check
def dumps_are_stale_and_cut(lab):
    folder = lab.host_path("ledger-db", "srv", "backups", "ledger")
    names = sorted(os.listdir(folder))
    for name in names:
        listed = subprocess.run(["pg_restore", "-l", os.path.join(folder, name)], capture_output=True, text=True, check=False,
                                env={"PATH": "/usr/bin:/bin", "TZ": "UTC"}, timeout=20)
        created = re.search(r"Archive created at (\S+) (\S+)", listed.stdout)
        assert listed.returncode == 0 and (created[1] + "T" + created[2]).replace("-", "").replace(":", "") in name, listed
    read = [subprocess.run(["pg_restore", "-f", "/dev/null", os.path.join(folder, name)], capture_output=True, check=False,
                           timeout=60).returncode for name in names]
    assert read == [0, 0, 0, 1], read


@check
def archiving_works(lab):
    for cluster in ("shop", "ledger"):
        sql = "SELECT archived_count > 0, failed_count FROM pg_stat_archiver"
        assert clusters.sql(lab, cluster, sql) == "t|0", cluster


def switch_fault(lab, name, state, *more):
    call("fault", "--dir", lab.dir, name, state, *more)
    lab.state = Lab.open(lab.dir).state


@check
def database_faults(lab):
    switch_fault(lab, "db-refuse", "on")
    assert as_monitor(lab, "shop-production", "SELECT 1")[0] == 2
    switch_fault(lab, "db-refuse", "off")
    assert as_monitor(lab, "shop-production", "SELECT 1")[:2] == (0, "1")
    switch_fault(lab, "db-hang", "on", "--on", "ledger")
    assert as_monitor(lab, "ledger-production", "SELECT 1", patience=2)[0] == 2
    switch_fault(lab, "db-hang", "off")
    assert as_monitor(lab, "ledger-production", "SELECT 1")[:2] == (0, "1")
    switch_fault(lab, "lock-held", "on")
    code, _, err = as_monitor(lab, "shop-production", "SET lock_timeout = '200ms'; SELECT 1 FROM alembic_version")
    assert code == 1 and "lock timeout" in err, err
    switch_fault(lab, "lock-held", "off")
    switch_fault(lab, "db-no-rights", "on")
    assert "permission denied" in as_monitor(lab, "shop-production", "SELECT 1 FROM alembic_version")[2]
    switch_fault(lab, "db-no-rights", "off")
    assert as_monitor(lab, "shop-production", "SELECT count(*) FROM alembic_version")[:2] == (0, "1")
    switch_fault(lab, "wal-stuck", "on")
    deadline = time.monotonic() + 10
    while clusters.sql(lab, "shop", "SELECT failed_count > 0 FROM pg_stat_archiver") != "t":
        assert time.monotonic() < deadline, "archiving did not fail"
        time.sleep(0.05)
    switch_fault(lab, "wal-stuck", "off")


@check
def host_faults(lab):
    switch_fault(lab, "host-down", "on", "--on", "shop-web1")
    code, _, err = on_host(lab, "shop-web1", "true")
    assert code == 255 and "refused" in err, err
    switch_fault(lab, "host-down", "off")
    assert on_host(lab, "shop-web1", "hostname")[0] == 0
    switch_fault(lab, "host-silent", "on")
    host = lab.state["hosts"]["shop-web2"]
    with socket.create_connection((host["address"], host["port"]), timeout=2) as link:
        link.settimeout(0.3)
        try:
            assert link.recv(1) is None
        except TimeoutError:
            pass
    switch_fault(lab, "host-silent", "off")
    assert on_host(lab, "shop-web2", "true")[0] == 0
    switch_fault(lab, "key-changed", "on")
    assert "IDENTIFICATION HAS CHANGED" in on_host(lab, "shop-web2", "true")[2]
    switch_fault(lab, "key-changed", "off")
    switch_fault(lab, "shell-banner", "on")
    assert on_host(lab, "shop-web2", "echo answer")[1].startswith("\x1b[31mWelcome!")
    switch_fault(lab, "shell-banner", "off")
    assert on_host(lab, "shop-web2", "echo answer")[1] == "answer\n"
    switch_fault(lab, "slow-wire", "on", "--value", "120")
    began = time.monotonic()
    assert on_host(lab, "shop-web1", "true")[0] == 0
    assert time.monotonic() - began > 0.5, "the wire is not slow"
    switch_fault(lab, "slow-wire", "off")
    if lab.state["isolation"] == "namespaces":
        switch_fault(lab, "disk-full", "on")
        assert on_host(lab, "shop-db", "df -P /srv/spool | tail -n 1")[1].split()[4] == "100%"
        switch_fault(lab, "disk-full", "off")


@check
def cut_sessions_end(lab):
    with subprocess.Popen(labhosts.ssh_command(lab, "shop-web1") + ["echo on; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as session:
        assert session.stdout.readline() == b"on\n"
        switch_fault(lab, "cut-host", "on")
        assert session.wait(timeout=10) == 255
    switch_fault(lab, "cut-host", "off")


@check
def web_and_deploy_faults(lab):
    switch_fault(lab, "app-red", "on")
    assert web.healthz(lab, "shop-web1")[0] == 503
    switch_fault(lab, "app-red", "off")
    assert web.healthz(lab, "shop-web1")[0] == 200
    switch_fault(lab, "cert-expired", "on")
    try:
        web.healthz(lab, "shop-web2")
        raise AssertionError("an expired certificate verified")
    except ssl.SSLCertVerificationError as error:
        assert "expired" in str(error), error
    switch_fault(lab, "cert-expired", "off")
    assert web.healthz(lab, "shop-web2")[0] == 200
    link = os.path.join(lab.state["web"]["shop-web2"]["folder"], "current")
    before = os.readlink(link)
    for name in ("mixed-hosts", "dangling-current"):
        switch_fault(lab, name, "on")
        assert os.readlink(link) != before
        switch_fault(lab, name, "off")
        assert os.readlink(link) == before
    path = inventory_entry(lab, "shop-production", "deployments", "capistrano")["path"]
    switch_fault(lab, "mixed-hosts", "on")
    older = os.path.basename(os.readlink(link))
    code, _, err = on_host(lab, "shop-web2", f"{path}/shared/bin/restart")
    assert code == 0 and json.loads(web.healthz(lab, "shop-web2")[1])["releaseId"] == older, err
    switch_fault(lab, "mixed-hosts", "off")
    assert on_host(lab, "shop-web2", f"{path}/shared/bin/restart")[0] == 0


@check
def remaining_database_faults(lab):
    switch_fault(lab, "db-full", "on")
    assert "too many connections" in as_monitor(lab, "shop-production", "SELECT 1")[2]
    switch_fault(lab, "db-full", "off")
    switch_fault(lab, "db-password", "on")
    assert "password authentication failed" in as_monitor(lab, "shop-production", "SELECT 1")[2]
    switch_fault(lab, "db-password", "off")
    switch_fault(lab, "db-standby", "on")
    assert as_monitor(lab, "shop-production", "SELECT pg_is_in_recovery()")[1] == "t"
    switch_fault(lab, "db-standby", "off")
    assert as_monitor(lab, "shop-production", "SELECT pg_is_in_recovery()")[1] == "f"
    switch_fault(lab, "wal-hole", "on")
    ranges = clusters.backrest(lab, "shop", "--repo=1", "--output=text", "--verbose", "--log-level-console=detail", "verify")
    assert ranges.count("wal start:") == 2, ranges
    switch_fault(lab, "wal-hole", "off")
    switch_fault(lab, "repo-missing", "on")
    assert json.loads(on_host(lab, "shop-db", "pgbackrest info --repo=1 --stanza=main --output=json")[1])[0]["status"]["code"] == 1
    switch_fault(lab, "repo-missing", "off")
    switch_fault(lab, "dump-missing", "on")
    assert not os.listdir(lab.host_path("ledger-db", "srv", "backups", "ledger"))
    switch_fault(lab, "dump-missing", "off")
    assert len(os.listdir(lab.host_path("ledger-db", "srv", "backups", "ledger"))) == 4


@check
def remaining_host_and_web_faults(lab):
    switch_fault(lab, "login-refused", "on")
    assert "Permission denied" in on_host(lab, "shop-web2", "true")[2]
    switch_fault(lab, "login-refused", "off")
    assert on_host(lab, "shop-web2", "true")[0] == 0
    switch_fault(lab, "app-down", "on")
    assert web.healthz(lab, "shop-web1")[0] == 502
    switch_fault(lab, "app-down", "off")
    assert web.healthz(lab, "shop-web1")[0] == 200
    links = [os.path.join(lab.state["web"][name]["folder"], "current") for name in ("shop-web1", "shop-web2")]
    before = [os.readlink(link) for link in links]
    switch_fault(lab, "stale-link", "on")
    after = [os.path.basename(os.readlink(link)) for link in links]
    assert after[0] == after[1] != os.path.basename(before[0]), after
    switch_fault(lab, "stale-link", "off")
    assert [os.readlink(link) for link in links] == before
    assert not lab.state["faults"], lab.state["faults"]


@check
def own_program_knows_the_releases(lab):
    program = inventory_entry(lab, "reports-production", "deployments", "command")["command"][0]
    for host in ("reports-app1", "reports-app2"):
        code, out, err = on_host(lab, host, f"{program} list")
        assert code == 0 and len(json.loads(out)["releases"]) == 3, err
        live = json.loads(out)["live"]
        assert on_host(lab, host, f"TAFFRAIL_FROM=other TAFFRAIL_TO={live} {program} switch")[0] == 9
        assert on_host(lab, host, f"TAFFRAIL_FROM={live} TAFFRAIL_TO=r9 {program} switch")[0] == 8


@check
def refuses_a_second_lab_in_one_folder(lab):
    call("up", "--dir", lab.dir, code=1)


def run_all(arguments):
    from . import partchecks  # noqa: F401 (it registers its checks)
    began = time.monotonic()
    flags = ["--no-namespaces"] if arguments.no_namespaces else []
    flags += [f"--with={words}" for words in arguments.also]
    folder = call("up", "--dir", "auto", "--owner", str(os.getpid()), *flags, timeout=300).strip()
    print(f"up: {time.monotonic() - began:.1f} s", flush=True)
    lab, failed = Lab.open(folder), 0
    try:
        for function in CHECKS:
            start = time.monotonic()
            try:
                function(lab)
                word = "ok"
            except Exception as error:  # a check that breaks must not keep the others from running
                failed += 1
                word = f"FAILED: {type(error).__name__}: {error}"
            print(f"{function.__name__:<44} {time.monotonic() - start:5.1f} s  {word}", flush=True)
        # One that left its session and its parent must be found all the same.
        on_host(lab, "shop-web1", "setsid sleep 600 </dev/null >/dev/null 2>&1 &")
    finally:
        # Interrupted or not: nothing may be left.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        recorded = [(process["pid"], process["ticks"]) for process in Lab.open(folder).state["processes"]]
        call("down", "--dir", folder)
    left = [pid for pid, ticks in recorded if start_ticks(pid) == ticks] + marked(lab.state["id"])
    mentioned = []
    for pid in all_pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if folder.encode() in line.read():
                    mentioned.append(pid)
        except OSError:
            continue
    if left or mentioned or os.path.exists(folder):
        print(f"left behind: {left} {mentioned} {folder if os.path.exists(folder) else ''}")
        failed += 1
    print(f"{len(CHECKS)} checks, {failed} failed, {time.monotonic() - began:.1f} s")
    sys.stdout.flush()
    return 1 if failed else 0
