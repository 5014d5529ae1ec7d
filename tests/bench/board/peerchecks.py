#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board's facts by the classic checks (check_by_ssh, check_postgres, check_pgbackrest), as a monitor runs them: one
process per check, a few at once. Prints the seconds of each round as JSON, for bench_board."""
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PLUGINS = "/usr/lib/nagios/plugins"
AT_ONCE = 4
ANSWERING = {"shop-production", "shop-staging", "ledger-production"}


def by_ssh(ssh, command):
    return [PLUGINS + "/check_by_ssh", "-H", ssh["host"], "-p", str(ssh["port"]), "-l", ssh["user"], "-i", ssh["identity_file"],
            "-t", "20", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-C", command]


def commands(inventory):
    out = []
    for environment in inventory["environments"]:
        if environment["id"] not in ANSWERING:
            continue
        hosts = {h["id"]: h["ssh"] for h in environment["hosts"]}
        for ssh in hosts.values():
            for check in ("df -P -k; df -P -i", "cat /proc/loadavg /proc/meminfo /proc/pressure/cpu", "systemctl --failed 2>/dev/null; true",
                          "date +%s; cat /proc/uptime"):
                out.append(by_ssh(ssh, check))
        for entry in environment.get("deployments", []):
            for host in entry["hosts"]:
                path = entry["path"]
                out.append(by_ssh(hosts[host], f"readlink {path}/current; ls {path}/releases; tail -n 500 {path}/revisions.log"))
        for entry in environment.get("backups", []):
            if entry["source"] == "pgbackrest":
                ssh = hosts[entry["host"]]
                config = f" --config {entry['config']}" if entry.get("config") else ""
                for service in ("retention --retention-full=1", "archives"):
                    out.append(by_ssh(ssh, f"check_pgbackrest --stanza={entry['stanza']}{config} --service={service} || true"))
            elif entry["source"] == "pg_dump":
                out.append(by_ssh(hosts[entry["host"]], f"ls -l {entry['path']}"))
        for database in environment.get("databases", []):
            words = dict(word.split("=", 1) for word in database["dsn"].split())
            secret = database["password"].removeprefix("file:")
            for action in ("backends", "txn_idle", "query_time", "locks", "txn_wraparound", "prepared_txns", "replication_slots",
                           "wal_files", "archive_ready"):
                out.append(["env", "PGPASSFILE=" + passfile(words, secret), "check_postgres", "--action=" + action, "-H", words["host"],
                            "-p", words["port"], "--dbname=" + words["dbname"], "--dbuser=" + words["user"]])
        for entry in environment.get("health", []):
            if entry["source"] == "http":
                rest = entry["url"].split("//", 1)[1]
                host, _, port = rest.split("/", 1)[0].partition(":")
                out.append([PLUGINS + "/check_http", "-H", host, "-p", port or "443", "-S", "-u", "/" + rest.split("/", 1)[1]])
            elif entry["source"] == "tls":
                host, _, port = entry["endpoint"].partition(":")
                out.append([PLUGINS + "/check_http", "-H", host, "-p", port, "-S", "-C", "21,7"])
    return out


def passfile(words, secret):
    path = os.path.join(os.environ["PEER_SCRATCH"], words["dbname"] + ".pgpass")
    if not os.path.exists(path):
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file, open(secret, encoding="utf-8") as source:
            file.write("*:*:*:*:" + source.read().strip() + "\n")
    return path


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        checks = commands(json.load(file))
    rounds = []
    for _ in range(int(sys.argv[2])):
        started = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda c: subprocess.run(c, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                                   timeout=60, check=False), checks))
        rounds.append(time.monotonic() - started)
    print(json.dumps({"checks": len(checks), "rounds_s": rounds}))


main()
