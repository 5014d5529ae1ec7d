# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL clusters: settings, start, stop, SQL as the superuser."""

import os
import shutil
import signal
import socket
import time

from .plan import CLUSTERS, cluster_plan, free_ports
from .processes import (LabError, as_database_user, descendants, end_all, give_to_database_user, login_name, run,
                        signal_exact, start, start_ticks, wait_for)

BIN = "/usr/lib/postgresql/15/bin"


def program(name):
    path = os.path.join(BIN, name)
    if not os.path.exists(path):
        raise LabError(f"{path} is missing: install postgresql-15 (./dev does)")
    return path


def cluster_path(lab, name, *parts):
    return lab.path("pg", name, *parts)


def plan_clusters(lab):
    for cluster, port in zip(CLUSTERS, free_ports([cluster.address for cluster in CLUSTERS])):
        lab.state["clusters"][cluster.name] = {
            "address": cluster.address, "port": port, "data": cluster_path(lab, cluster.name, "data"),
            "socket": cluster_path(lab, cluster.name, "socket"), "databases": list(cluster.databases),
            "password_file": lab.path("secrets", "taffrail.password"),
        }


def make_folders(lab, name):
    """The folders around a cluster's data; owned by the account that it runs as."""
    folder = cluster_path(lab, name)
    for part in ("socket", "lock", "spool", "log"):
        os.makedirs(os.path.join(folder, part), mode=0o755, exist_ok=True)
    for part in (name, name + "-offsite", name + "-wal"):
        os.makedirs(lab.path("repo", part), mode=0o755, exist_ok=True)
        give_to_database_user(lab.path("repo", part))
    give_to_database_user(folder)
    os.chmod(lab.path("pg"), 0o755)
    os.chmod(lab.path("repo"), 0o755)


def archive_command(lab, name):
    if cluster_plan(name).archive == "pgbackrest":
        return f"pgbackrest --config={cluster_path(lab, name, 'pgbackrest.conf')} --stanza=main archive-push %p"
    folder = lab.path("repo", name + "-wal")
    return f"test ! -f {folder}/%f && cp %p {folder}/.%f.part && mv {folder}/.%f.part {folder}/%f"


def write_settings(lab, name):
    """postgresql.conf, pg_hba.conf and pg_ident.conf for the place where the cluster lies now."""
    cluster = lab.state["clusters"][name]
    settings = {
        "listen_addresses": cluster["address"], "port": cluster["port"], "unix_socket_directories": cluster["socket"],
        "max_connections": 60, "shared_buffers": "32MB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
        "wal_level": "replica", "archive_mode": "on", "archive_command": archive_command(lab, name), "archive_timeout": "300s",
        "min_wal_size": "32MB", "max_wal_size": "256MB", "track_io_timing": "on", "logging_collector": "off",
        "log_line_prefix": "%m [%p] %q%u@%d ", "shared_preload_libraries": "pg_stat_statements", "cluster_name": name,
        "password_encryption": "scram-sha-256",
    }
    if os.path.exists(cluster_path(lab, name, "server.pem")):
        settings |= {"ssl": "on", "ssl_cert_file": cluster_path(lab, name, "server.pem"),
                     "ssl_key_file": cluster_path(lab, name, "server.key")}
    lines = [f"{key} = '{value}'" for key, value in settings.items()]
    lab.write(f"pg/{name}/data/postgresql.conf", "\n".join(lines) + "\n", 0o600)
    lab.write(f"pg/{name}/data/pg_hba.conf", "local all postgres peer map=lab\nhost all all 127.0.0.0/8 scram-sha-256\n", 0o600)
    owners = {login_name(), "postgres"}
    lab.write(f"pg/{name}/data/pg_ident.conf", "".join(f"lab {owner} postgres\n" for owner in sorted(owners)), 0o600)
    if cluster_plan(name).archive == "pgbackrest":
        lab.write(f"pg/{name}/pgbackrest.conf", "\n".join([
            "[global]", f"repo1-path={lab.path('repo', name)}", f"repo2-path={lab.path('repo', name + '-offsite')}",
            "repo1-retention-full=4", "repo2-retention-full=4", f"log-path={cluster_path(lab, name, 'log')}",
            f"lock-path={cluster_path(lab, name, 'lock')}", f"spool-path={cluster_path(lab, name, 'spool')}",
            "log-level-console=warn", "log-level-file=off", "start-fast=y", "compress-type=lz4", "archive-timeout=20",
            "", "[main]", f"pg1-path={cluster['data']}", f"pg1-port={cluster['port']}", f"pg1-socket-path={cluster['socket']}",
            "pg1-user=postgres", ""]))
    give_to_database_user(cluster_path(lab, name))


def init_command(lab, name):
    """initdb for a new cluster."""
    return as_database_user([program("initdb"), "-D", cluster_path(lab, name, "data"), "-U", "postgres", "-k", "--no-sync",
                             "--locale=C.UTF-8", "-E", "UTF8", "-A", "peer"])


def accepts(lab, name):
    """Whether the server takes connections (asked over its socket, as the superuser)."""
    cluster = lab.state["clusters"][name]
    try:
        return run([program("pg_isready"), "-q", "-h", cluster["socket"], "-p", str(cluster["port"])], "pg_isready") is not None
    except LabError:
        return False


def start_cluster(lab, name, wait=True):
    process = start(f"postgres:{name}", as_database_user([program("postgres"), "-D", cluster_path(lab, name, "data")]),
                    lab.path("log", f"postgres-{name}.log"), lab.state["id"], cwd="/")
    lab.record(process)
    if wait:
        wait_cluster(lab, name)


def wait_cluster(lab, name):
    wait_for(lambda: accepts(lab, name), f"PostgreSQL '{name}'", 30, process=lab.process(f"postgres:{name}"))


def family(lab, name):
    """The postmaster's pid and those of its children."""
    process = lab.process(f"postgres:{name}")
    if not process or start_ticks(process["pid"]) != process["ticks"]:
        return []
    return [process["pid"], *descendants([process["pid"]])]


def stop_cluster(lab, name, smooth=True):
    """A fast shutdown (sessions are cut, data is flushed); KILL when that takes too long."""
    pids = family(lab, name)
    if pids:
        ticks = start_ticks(pids[0])
        for pid in pids:
            signal_exact(pid, start_ticks(pid), signal.SIGCONT)
        if smooth:
            signal_exact(pids[0], ticks, signal.SIGINT)
            deadline = time.monotonic() + 15
            while start_ticks(pids[0]) == ticks and time.monotonic() < deadline:
                time.sleep(0.01)
        left = end_all([pid for pid in pids if start_ticks(pid) is not None], grace=0.5)
        if left:
            raise LabError(f"PostgreSQL '{name}': processes {left} did not end")
    lab.forget(f"postgres:{name}")


def sql(lab, name, text, database="postgres", variables=()):
    """Runs SQL as the superuser; returns unaligned rows."""
    cluster = lab.state["clusters"][name]
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster["socket"], "-p", str(cluster["port"]),
               "-U", "postgres", "-d", database]
    for key, value in variables:
        command += ["-v", f"{key}={value}"]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}
    return run(command, f"SQL on {database}", input=text, env=environment, timeout=120).strip()


def database_url(lab, name, database, role):
    """For the migration tools; the password is in the environment of that one run only."""
    cluster = lab.state["clusters"][name]
    with open(lab.path("secrets", f"{role}.password"), encoding="utf-8") as source:
        password = source.read().strip()
    return f"postgresql://{role}:{password}@{cluster['address']}:{cluster['port']}/{database}"


def backrest(lab, name, *arguments):
    return run(as_database_user(["pgbackrest", f"--config={cluster_path(lab, name, 'pgbackrest.conf')}", "--stanza=main", *arguments]),
               f"pgbackrest {arguments[-1]}", timeout=120, cwd="/")


def copy_tree(source, target, pack=False):
    """cp -a, sharing blocks where the file system can; pack = leave out the zeros (unused WAL is mostly zeros)."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    run(["cp", "-a", "--sparse=always" if pack else "--reflink=auto", source, target], "copying")


def remove_tree(path):
    shutil.rmtree(path, ignore_errors=False)


def port_open(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False
