# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with databases and their backups."""

import glob
import json
import os
import signal
import time

from . import clusters, web
from .faultregister import fault
from .plan import cluster_plan
from .processes import LabError, as_database_user, give_to_database_user, signal_exact, start, start_ticks


@fault("db-refuse", "cluster", "shop")
class DatabaseRefuses:
    """The PostgreSQL server is shut down: connections are refused."""

    def on(self, lab, where):
        clusters.stop_cluster(lab, where)

    def off(self, lab, where, _memory):
        clusters.start_cluster(lab, where)


@fault("db-hang", "cluster", "shop")
class DatabaseHangs:
    """The PostgreSQL server and its sessions are stopped: connections are accepted, nothing is answered."""

    def on(self, lab, where):
        for pid in clusters.family(lab, where):
            signal_exact(pid, start_ticks(pid), signal.SIGSTOP)

    def off(self, lab, where, _memory):
        for pid in reversed(clusters.family(lab, where)):
            signal_exact(pid, start_ticks(pid), signal.SIGCONT)


@fault("db-no-rights", "cluster", "shop")
class DatabaseWithoutRights:
    """The monitoring role loses pg_monitor and its SELECTs."""

    TABLES = {"shop": ("alembic_version",), "ledger": ("schema_migrations", "ar_internal_metadata")}

    def on(self, lab, where):
        self._change(lab, where, "REVOKE", "FROM")

    def off(self, lab, where, _memory):
        self._change(lab, where, "GRANT", "TO")

    def _change(self, lab, where, verb, joined):
        clusters.sql(lab, where, f"{verb} pg_monitor {joined} taffrail;")
        for database in cluster_plan(where).databases:
            clusters.sql(lab, where, f"{verb} SELECT ON {', '.join(self.TABLES[where])} {joined} taffrail;", database)


@fault("lock-held", "cluster", "shop")
class LockHeld:
    """A session holds an exclusive lock on the migration history table, as a stuck migration does."""

    def on(self, lab, where):
        plan = cluster_plan(where)
        cluster = lab.state["clusters"][where]
        table = DatabaseWithoutRights.TABLES[where][0]
        process = start(f"lock:{where}", as_database_user(
            ["psql", "-X", "-q", "-h", cluster["socket"], "-p", str(cluster["port"]), "-U", "postgres", "-d", plan.databases[0],
             "-c", f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(86400);"]),
            lab.path("log", f"lock-{where}.log"), lab.state["id"], cwd="/")
        lab.record(process)
        held = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'AccessExclusiveLock' AND granted"
        deadline = time.monotonic() + 10
        while clusters.sql(lab, where, held, plan.databases[0]) != "1":
            if time.monotonic() > deadline:
                raise LabError("the lock was not granted")
            time.sleep(0.05)

    def off(self, lab, where, _memory):
        web.stop_process(lab, f"lock:{where}")
        clusters.sql(lab, where, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                 "WHERE query LIKE '%pg_sleep(86400)%' AND pid <> pg_backend_pid();")


@fault("wal-stuck", "cluster", "shop")
class WalStuck:
    """archive_command fails: finished WAL segments pile up."""

    def on(self, lab, where):
        clusters.sql(lab, where, "ALTER SYSTEM SET archive_command = 'false';")
        clusters.sql(lab, where, "SELECT pg_reload_conf();")
        clusters.sql(lab, where, "SELECT pg_create_restore_point('stuck'); SELECT pg_switch_wal();")

    def off(self, lab, where, _memory):
        clusters.sql(lab, where, "ALTER SYSTEM RESET archive_command;")
        clusters.sql(lab, where, "SELECT pg_reload_conf();")


@fault("repo-missing", "cluster", "shop")
class RepositoryMissing:
    """The first backup place is not mounted: its folder is gone."""

    def on(self, lab, where):
        os.rename(lab.path("repo", self.folder(where)), lab.path("repo", self.folder(where) + ".away"))

    def off(self, lab, where, _memory):
        away, place = lab.path("repo", self.folder(where) + ".away"), lab.path("repo", self.folder(where))
        if os.path.isdir(place):  # the archiver made a new one meanwhile
            clusters.remove_tree(place)
        os.rename(away, place)

    @staticmethod
    def folder(where):
        return where if cluster_plan(where).archive == "pgbackrest" else where + "-wal"


@fault("db-standby", "cluster", "shop")
class Standby:
    """The server runs as a standby: in recovery, read-only."""

    def on(self, lab, where):
        clusters.stop_cluster(lab, where)
        path = clusters.cluster_path(lab, where, "data", "standby.signal")
        with open(path, "w", encoding="utf-8"):
            pass
        give_to_database_user(clusters.cluster_path(lab, where, "data"))
        clusters.start_cluster(lab, where)

    def off(self, lab, where, _memory):
        clusters.stop_cluster(lab, where)
        os.remove(clusters.cluster_path(lab, where, "data", "standby.signal"))
        clusters.start_cluster(lab, where)


@fault("db-full", "cluster", "shop")
class DatabaseFull:
    """No more connections for the monitoring role; its open ones are ended."""

    END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'taffrail';"

    def on(self, lab, where):
        clusters.sql(lab, where, f"ALTER ROLE taffrail CONNECTION LIMIT 0; {self.END}")

    def off(self, lab, where, _memory):
        clusters.sql(lab, where, "ALTER ROLE taffrail CONNECTION LIMIT -1;")


@fault("db-password", "cluster", "shop")
class PasswordChanged:
    """The monitoring role's password is another one than the inventory's reference gives; open connections are ended."""

    def on(self, lab, where):
        clusters.sql(lab, where, f"ALTER ROLE taffrail PASSWORD 'changed'; {DatabaseFull.END}")

    def off(self, lab, where, _memory):
        with open(lab.path("secrets", "taffrail.password"), encoding="utf-8") as source:
            clusters.sql(lab, where, f"ALTER ROLE taffrail PASSWORD '{source.read().strip()}';")


@fault("wal-hole", "cluster", "shop")
class WalHole:
    """The WAL segment that the newest backup needs is gone from the first repository: listed as good, would not restore."""

    def on(self, lab, where):
        if cluster_plan(where).archive != "pgbackrest":
            raise LabError(f"{where} is not backed up by pgBackRest")
        stanza = json.loads(clusters.backrest(lab, where, "--repo=1", "--output=json", "info"))[0]
        segment = max(stanza["backup"], key=lambda backup: backup["timestamp"]["stop"])["archive"]["stop"]
        found = glob.glob(lab.path("repo", where, "archive", "main", "*", "*", segment + "-*"))
        if not found:
            raise LabError(f"no segment {segment} in the archive")
        os.rename(found[0], lab.path("run", os.path.basename(found[0])))
        return {"segment": found[0]}

    def off(self, lab, where, memory):
        os.rename(lab.path("run", os.path.basename(memory["segment"])), memory["segment"])


@fault("dump-missing", "host", "ledger-db")
class DumpsMissing:
    """The folder of the nightly dumps is empty."""

    def on(self, lab, where):
        folder = lab.host_path(where, "srv", "backups", "ledger")
        if not os.path.isdir(folder):
            raise LabError(f"{where} keeps no dumps")
        os.rename(folder, folder + ".away")
        os.mkdir(folder)

    def off(self, lab, where, _memory):
        folder = lab.host_path(where, "srv", "backups", "ledger")
        os.rmdir(folder)
        os.rename(folder + ".away", folder)
