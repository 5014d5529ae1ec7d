# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader of the lab needs: inventory.json, ssh_config, known_hosts, env."""

import json
import os
import time

from . import engine, machine, reports
from .clusters import port_open
from .plan import free_ports
from .processes import is_root, postgres_account
from .restamp import move_dump
from .settings import config_entries, expected_differences

HOUR, DAY = 3600, 86400
SHOP_WEBS = ["shop-web1", "shop-web2", "shop-web3"]


def _ssh(lab, name):
    host = lab.state["hosts"][name]
    return {"host": host["address"], "port": host["port"], "user": host["user"], "identity_file": lab.path("keys", "ops"),
            "host_key": host["host_key"]}


def _drill(tables):
    """How the lab tries its backups: as whom its databases run, and what is counted afterwards."""
    drill = {"tolerance": "10%"}
    if tables:
        drill["tables"] = tables
    if is_root():
        drill["user"] = postgres_account().pw_name
    return drill


def _host(lab, name):
    return {"id": name, "ssh": _ssh(lab, name)}


def _database(lab, cluster_name, database, via=None):
    cluster = lab.state["clusters"][cluster_name]
    dsn = f"host={cluster['address']} port={cluster['port']} dbname={database} user=taffrail"
    if cluster_name == "shop":
        dsn += f" sslmode=verify-full sslrootcert={lab.path('tls/ca.pem')}"
    entry = {"id": "main", "dsn": dsn, "password": f"file:{cluster['password_file']}"}
    if via:
        entry["via"] = via
    return entry


def _web_health(lab, names):
    checks = []
    for name in names:
        web = lab.state["web"][name]
        checks.append({"id": f"http-{name}", "source": "http", "url": web["url"], "expect": {"status": 200}, "ca_file": web["ca_file"]})
        checks.append({"id": f"tls-{name}", "source": "tls", "endpoint": f"{web['address']}:{web['port']}", "ca_file": web["ca_file"]})
    return checks


# The hosts share one machine, which may be busy or full for reasons of its own: those judge it as "This machine" only.
LIMITS = {"load": {"warning": 64, "critical": 99.9}, "psi_memory": {"warning": 90, "critical": 99},
          "psi_io": {"warning": 95, "critical": 99.9},
          # These are what is left, in percent and bytes.
          "memory": {"warning": 3, "critical": 1}, "disk": {"warning": 2, "critical": 1}, "inodes": {"warning": 1, "critical": 0.5},
          "disk_bytes": {"warning": 64 << 20, "critical": 8 << 20}}
# Packages, units and containers are those of the one machine, too.
SKIPPED = ["updates", "reboot", "ctr", "units", "ntp", "journal"]
HOST_HEALTH = {"source": "host", "hosts": ["*"], "limits": LIMITS, "skip": SKIPPED}


def _capistrano(lab, app, names):
    path = f"{lab.state['hosts'][names[0]]['srv']}/{app}"
    return {"source": "capistrano", "app": app, "hosts": names, "path": path, "pid_file": "shared/run/service.pid",
            "rollback": {"restart": f"{path}/shared/bin/restart", "restart_timeout": "20s", "hold": "3s"}}


def _files(lab, name, app):
    inside = "db/migrations/versions" if app == "shop" else "db/migrate"
    return {"host": name, "path": f"{lab.state['hosts'][name]['srv']}/{app}/current/{inside}"}


# What readiness would find in every environment alike, because the lab is one machine and its addresses are examples.
OFF = {"updates.unattended": "the hosts share one machine, whose updates are not the lab's",
       "runbook.reachable": "the lab's runbooks are examples"}
OFF_STAGING = {"backup.policy": "staging is filled anew from production", "backup.places": "staging is filled anew from production",
               "backup.restore-tested": "staging is filled anew from production",
               "rollback.rehearsed": "staging only ever goes forward"}
OFF_HERE = {"ssh.password-login": "the sshd of this machine is not the lab's", "rollback.rehearsed": "its tools are examples"}
# The criteria that the lab's faults fail, and no others: tst_labreadiness holds the scorecard against this list.
READINESS_FAULTS = {
    "shop-production": ["tls.valid"],  # one certificate ends in two weeks
    "shop-staging": ["migrations.clean"],  # the newest revision is pending
    "ledger-production": ["https.headers", "web.rate-limit",  # its front has neither
                          "migrations.clean",  # the newest migration is pending
                          "rollback.rehearsed",  # it was never taken back
                          "backup.policy", "backup.places"],  # nights are missing, the newest dump is cut, all on one disk
    "ledger-staging": ["https.headers", "web.rate-limit",
                       "connections.tested", "health.honest"],  # its database is away, and the app says that all is well
    "legacy-production": ["connections.tested"],  # the host accepts and is silent
    "this-machine": [],
}


def readiness(environment):
    """What the scorecard of an environment is held against."""
    more = OFF_STAGING if environment["tier"] == "staging" else OFF_HERE if environment["tier"] == "development" else {}
    return {"off": OFF | more}


def environments(lab):
    refused = lab.state["refused"]
    return [
        {
            "id": "shop-production", "name": "Shop production", "service": "shop", "tier": "production",
            "promotes_from": "shop-staging", "runbook": "https://runbooks.example.com/shop",
            "hosts": [_host(lab, name) for name in (*SHOP_WEBS, "shop-db")],
            "databases": [_database(lab, "shop", "shop_production")],
            "deployments": [_capistrano(lab, "shop", SHOP_WEBS)],
            "migrations": [{"source": "auto", "database": "main", "files": _files(lab, "shop-web1", "shop")}],
            "backups": [{"source": "pgbackrest", "host": "shop-db", "stanza": "main", "database": "main",
                         "config": lab.path("pg", "shop", "pgbackrest.conf"), "verify": True,
                         "target": {"rpo": "1h", "full_every": "7d", "locations": 2}, "drill": _drill(["alembic_version"])},
                        {"source": "postgres", "database": "main", "target": {"rpo": "1h"}}],
            "health": [HOST_HEALTH, {"source": "postgres", "database": "main"},
                       *_web_health(lab, SHOP_WEBS)],
            "configs": config_entries(lab, "shop", SHOP_WEBS),
        },
        {
            "id": "shop-staging", "name": "Shop staging", "service": "shop", "tier": "staging",
            "hosts": [_host(lab, "shop-staging-web")],
            "databases": [_database(lab, "shop", "shop_staging", via="shop-staging-web")],
            "deployments": [_capistrano(lab, "shop", ["shop-staging-web"])],
            "migrations": [{"source": "auto", "database": "main", "files": _files(lab, "shop-staging-web", "shop")}],
            "backups": [{"source": "postgres", "database": "main", "target": {"rpo": "1d"}}],
            "health": [HOST_HEALTH, {"source": "postgres", "database": "main"},
                       *_web_health(lab, ["shop-staging-web"])],
            "configs": config_entries(lab, "shop", ["shop-staging-web"]),
        },
        {
            "id": "ledger-production", "name": "Ledger production", "service": "ledger", "tier": "production",
            "promotes_from": "ledger-staging", "runbook": "https://runbooks.example.com/ledger",
            "hosts": [_host(lab, "ledger-web"), _host(lab, "ledger-db")],
            "databases": [_database(lab, "ledger", "ledger_production")],
            "deployments": [_capistrano(lab, "ledger", ["ledger-web"])],
            "migrations": [{"source": "auto", "database": "main", "files": _files(lab, "ledger-web", "ledger")}],
            "backups": [{"source": "pg_dump", "host": "ledger-db", "database": "main",
                         "path": f"{lab.state['hosts']['ledger-db']['srv']}/backups/ledger",
                         "target": {"rpo": "1d", "full_every": "1d"}, "drill": _drill(["schema_migrations"])},
                        {"source": "postgres", "database": "main", "target": {"rpo": "1h"}}],
            "health": [HOST_HEALTH, {"source": "postgres", "database": "main"},
                       *_web_health(lab, ["ledger-web"])],
            "configs": config_entries(lab, "ledger", ["ledger-web"]),
        },
        {
            "id": "ledger-staging", "name": "Ledger staging", "service": "ledger", "tier": "staging",
            "hosts": [_host(lab, "ledger-staging-web")],
            "databases": [{"id": "main", "dsn": f"host={refused['address']} port={refused['port']} dbname=ledger_staging user=taffrail",
                           "password": f"file:{lab.path('secrets', 'taffrail.password')}"}],
            "deployments": [_capistrano(lab, "ledger", ["ledger-staging-web"])],
            "migrations": [{"source": "auto", "database": "main", "files": _files(lab, "ledger-staging-web", "ledger")}],
            "health": [HOST_HEALTH, {"source": "postgres", "database": "main"},
                       *_web_health(lab, ["ledger-staging-web"])],
            "configs": config_entries(lab, "ledger", ["ledger-staging-web"], database=False),
        },
        {
            "id": "legacy-production", "name": "Legacy production", "service": "legacy", "tier": "production",
            "hosts": [_host(lab, "legacy-app")],
            "deployments": [{"source": "capistrano", "app": "legacy", "hosts": ["legacy-app"], "path": "/srv/legacy"}],
            "health": [HOST_HEALTH],
        },
        {
            "id": "this-machine", "name": "This machine", "service": "workstation", "tier": "development",
            "hosts": [{"id": "here", "local": True}],
            "deployments": [{"source": "command", "app": "tools", "hosts": ["here"], "command": [lab.path("config", "deployments-here")]}],
            "health": [{"source": "host", "hosts": ["here"]}],
        },
        reports.environment(lab, _host, HOST_HEALTH),
        *([engine.environment(lab, _host(lab, engine.HOST), HOST_HEALTH)] if "engine" in lab.state else []),
        *([machine.environment(lab, _host(lab, machine.HOST), HOST_HEALTH)] if "machine" in lab.state else []),
    ]


def _rfc3339(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def plan_refused(lab):
    """An address of a database where nothing listens."""
    address = "127.0.71.42"
    port = free_ports([address])[0]
    assert not port_open(address, port)
    lab.state["refused"] = {"address": address, "port": port}


def write_dumps(lab, now):
    """Nightly dumps of the ledger: the last nights' are missing, the newest is cut short."""
    folder = lab.host_path("ledger-db", "srv", "backups", "ledger")
    os.makedirs(folder)
    for age, name in ((4 * DAY, "whole"), (3 * DAY, "whole"), (50 * HOUR, "whole"), (2 * HOUR, "cut")):
        moment = now - age
        target = os.path.join(folder, time.strftime("ledger_production-%Y%m%dT%H%M%SZ.dump", time.gmtime(moment)))
        with open(lab.path("dumps", f"{name}.dump"), "rb") as source, open(target, "wb") as out:
            out.write(source.read())
        move_dump(target, moment)


def write_all(lab, now):
    releases = {"app": "tools", "live": "tools-42", "releases": [
        {"id": "tools-42", "version": "42", "deployed_at": _rfc3339(now - 6 * DAY), "deployed_by": "ada", "status": "live"},
        {"id": "tools-41", "version": "41", "deployed_at": _rfc3339(now - 27 * DAY), "deployed_by": "grace", "status": "available"}]}
    lab.write("config/deployments-here", "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\ncat <<'JSON'\n"
              + json.dumps(releases, indent=1) + "\nJSON\n", 0o755)
    judged = [{**environment, "readiness": readiness(environment)} for environment in environments(lab)]
    lab.state["readiness_faults"] = READINESS_FAULTS
    inventory = {"version": 1, "defaults": {"refresh": "10s"}, "environments": judged}
    lab.write("inventory.json", json.dumps(inventory, indent=2) + "\n", 0o600)
    lab.write("expected-differences.json", expected_differences(now), 0o600)
    known, config = [], []
    for name, about in lab.state["hosts"].items():
        with open(lab.path("keys", name + ".pub"), encoding="utf-8") as public:
            kind, key = public.read().split()[:2]
        known.append(f"[{about['address']}]:{about['port']} {kind} {key}")
        config.append(f"Host {name}\n  HostName {about['address']}\n  Port {about['port']}\n")
    config.append(f"Host *\n  User {about['user']}\n  IdentityFile {lab.path('keys', 'ops')}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
                  f"  UserKnownHostsFile {lab.path('known_hosts')}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n")
    lab.write("known_hosts", "\n".join(known) + "\n", 0o600)
    lab.write("ssh_config", "\n".join(config), 0o600)
    lab.write("env", "".join(f"export {key}={value}\n" for key, value in (
        ("XDG_CONFIG_HOME", lab.path("config")), ("XDG_STATE_HOME", lab.path("xdg-state")), ("XDG_CACHE_HOME", lab.path("xdg-cache")),
        ("TAFFRAIL_LAB", lab.dir), ("TAFFRAIL_LAB_INVENTORY", lab.path("inventory.json")))), 0o600)
    lab.state["paths"] = {"inventory": lab.path("inventory.json"), "ssh_config": lab.path("ssh_config"),
                          "known_hosts": lab.path("known_hosts"), "env": lab.path("env"), "ca_file": lab.path("tls/ca.pem"),
                          "identity": lab.path("keys", "ops")}
    lab.state["made_at"] = int(now)
