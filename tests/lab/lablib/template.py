# SPDX-License-Identifier: GPL-3.0-or-later
"""The slow part of a lab, made once and kept: clusters with applied migrations and data, backups, dumps."""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile

from . import clusters
from .clusters import backrest, cluster_path, copy_tree, database_url, program, sql, start_cluster, stop_cluster
from .plan import CLUSTERS, FILES
from .processes import LabError, as_database_user, give_to_database_user, is_root, run

ROLES = ("shop", "ledger", "taffrail")
PARTS = ("pg/shop/data", "pg/ledger/data", "repo/shop", "repo/shop-offsite", "repo/ledger-wal", "secrets", "dumps")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "taffrail-lab")


def fingerprint():
    """What the template depends on: the files it is made from, the programs, and who runs them."""
    digest = hashlib.sha256()
    here = os.path.dirname(os.path.realpath(__file__))
    sources = [os.path.join(here, name) for name in ("template.py", "clusters.py")]
    for folder, _, names in sorted(os.walk(FILES)):
        sources += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".py", ".rb", ".sql", ".ini"))
                    and name != "service.py"]
    for source in sources:
        with open(source, "rb") as data:
            digest.update(source[len(here):].encode() + b"\0" + data.read() + b"\0")
    for command in ([program("postgres"), "--version"], ["pgbackrest", "version"]):
        digest.update(run(command, "asking a version").encode())
    digest.update(b"root" if is_root() else b"user")
    return digest.hexdigest()[:16]


def _make_clusters(lab):
    """initdb for all at the same time."""
    running = []
    for cluster in CLUSTERS:
        os.makedirs(cluster_path(lab, cluster.name), exist_ok=True)
        clusters.make_folders(lab, cluster.name)
        running.append((cluster.name, subprocess.Popen(clusters.init_command(lab, cluster.name), stdin=subprocess.DEVNULL, cwd="/",
                                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
    for name, process in running:
        words, _ = process.communicate(timeout=120)
        if process.returncode != 0:
            raise LabError(f"initdb for '{name}' failed:\n{words.strip()[-800:]}")


SEE_SEQUENCES = "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO taffrail;"


def _make_roles(lab, name, databases, owner):
    """The app's role owns the databases; `taffrail` may look at the server and read what it is granted."""
    text = []
    for role in (owner, "taffrail"):
        with open(lab.path("secrets", f"{role}.password"), encoding="utf-8") as source:
            text.append(f"CREATE ROLE {role} LOGIN PASSWORD '{source.read().strip()}';")
    text.append("GRANT pg_monitor TO taffrail;")
    text += [f"CREATE DATABASE {database} OWNER {owner};" for database in databases]
    sql(lab, name, "\n".join(text))
    for database in databases:
        sql(lab, name, "CREATE EXTENSION pg_stat_statements;", database)


def _environment(**more):
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **more}


def _migrate_shop(lab):
    """Alembic itself applies the revisions; the newest one is left for staging's pending migration."""
    with tempfile.TemporaryDirectory(prefix="taffrail-alembic-") as folder:
        shutil.copy(os.path.join(FILES, "alembic/alembic.ini"), folder)
        shutil.copytree(os.path.join(FILES, "alembic"), os.path.join(folder, "migrations"), ignore=shutil.ignore_patterns("*.ini"))
        for database in ("shop_production", "shop_staging"):
            run(["alembic", "-c", "alembic.ini", "upgrade", "head-1"], "alembic upgrade", cwd=folder, timeout=120,
                env=_environment(SHOP_DATABASE_URL=database_url(lab, "shop", database, "shop")))
            sql(lab, "shop", "GRANT SELECT ON alembic_version TO taffrail;", database)
            with open(os.path.join(FILES, "shop.sql"), encoding="utf-8") as source:
                sql(lab, "shop", f"SET ROLE shop;\n{source.read()}\n{SEE_SEQUENCES}", database)


def _migrate_ledger(lab):
    """ActiveRecord itself applies all but the newest migration."""
    folder = os.path.join(FILES, "rails/migrate")
    versions = sorted(name.split("_")[0] for name in os.listdir(folder) if name.endswith(".rb"))
    run(["ruby", os.path.join(FILES, "rails/migrate.rb"), folder, versions[-2]], "ActiveRecord migrations", timeout=120, cwd="/",
        env=_environment(RAILS_ENV="production", LEDGER_DATABASE_URL=database_url(lab, "ledger", "ledger_production", "ledger")))
    sql(lab, "ledger", "GRANT SELECT ON schema_migrations, ar_internal_metadata TO taffrail;", "ledger_production")
    with open(os.path.join(FILES, "ledger.sql"), encoding="utf-8") as source:
        sql(lab, "ledger", f"SET ROLE ledger;\n{source.read()}\n{SEE_SEQUENCES}", "ledger_production")


def _back_up_shop(lab):
    """Full, two differentials and a full in the second repository, with changes (and so WAL) between them."""
    more = "SET ROLE shop; INSERT INTO orders (customer_id, total) SELECT 1 + n % 4000, n % 300 FROM generate_series(1, 900) AS n;"
    for repository, kind in ((1, "full"), (2, "full"), (1, "diff"), (1, "diff")):
        backrest(lab, "shop", f"--repo={repository}", f"--type={kind}", "backup")
        sql(lab, "shop", more, "shop_production")
    sql(lab, "shop", "SELECT pg_switch_wal();")


def _dump_ledger(lab):
    """One whole dump and one cut short, as a full disk leaves it."""
    folder = lab.path("dumps")
    os.mkdir(folder, 0o755)
    give_to_database_user(folder)
    cluster = lab.state["clusters"]["ledger"]
    whole = os.path.join(folder, "whole.dump")
    run(as_database_user([program("pg_dump"), "-Fc", "-h", cluster["socket"], "-p", str(cluster["port"]), "-U", "postgres",
                          "-f", whole, "ledger_production"]), "pg_dump", timeout=120, cwd="/", env=_environment(TZ="UTC"))
    with open(whole, "rb") as source, open(os.path.join(folder, "cut.dump"), "wb") as out:
        out.write(source.read(os.path.getsize(whole) * 3 // 5))
    sql(lab, "ledger", "SELECT pg_switch_wal();")


def _fill_shop(lab):
    _migrate_shop(lab)
    _back_up_shop(lab)


def _fill_ledger(lab):
    _migrate_ledger(lab)
    _dump_ledger(lab)


def build(lab):
    """Makes everything in the lab's own folder, with the clusters stopped at the end."""
    for role in ROLES:
        lab.write(f"secrets/{role}.password", secrets.token_urlsafe(18) + "\n", 0o600)
    _make_clusters(lab)
    for cluster in CLUSTERS:
        clusters.write_settings(lab, cluster.name)
        start_cluster(lab, cluster.name, wait=False)
    for cluster in CLUSTERS:
        clusters.wait_cluster(lab, cluster.name)
        if cluster.archive == "pgbackrest":
            backrest(lab, cluster.name, "stanza-create")
        _make_roles(lab, cluster.name, cluster.databases, cluster.name)
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        for done in [both.submit(_fill_shop, lab), both.submit(_fill_ledger, lab)]:
            done.result()
    for cluster in CLUSTERS:
        sql(lab, cluster.name, "SELECT pg_stat_reset_shared('archiver');")
        stop_cluster(lab, cluster.name)


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _keep(lab, target):
    """Copies what was built into the cache; a half copy never gets the final name."""
    fresh = tempfile.mkdtemp(prefix=".new-", dir=os.path.dirname(target))
    os.chmod(fresh, 0o700)
    for part in PARTS:
        copy_tree(lab.path(part), os.path.join(fresh, part), pack=True)
    os.rename(fresh, target)
    _forget_old(os.path.dirname(target))


def _forget_old(folder, keep=2):
    """Other checkouts may use other templates: the newest few stay. Half copies of an interrupted run go."""
    found = sorted((entry for entry in os.scandir(folder) if entry.is_dir()), key=lambda entry: entry.stat().st_mtime, reverse=True)
    whole = [entry for entry in found if not entry.name.startswith(".")]
    for entry in whole[keep:] + [entry for entry in found if entry.name.startswith(".")]:
        shutil.rmtree(entry.path, ignore_errors=True)


def provide(lab, say):
    """Puts clusters, backups and dumps into the lab's folder: from the cache, or made now."""
    os.makedirs(cache_folder(), mode=0o700, exist_ok=True)
    name = fingerprint()
    target = os.path.join(cache_folder(), name)
    with _locked(os.path.join(cache_folder(), ".lock")):
        if not os.path.isdir(target):
            say("making databases, migrations and backups (once; they are kept for later starts)")
            build(lab)
            _keep(lab, target)
            return
        os.utime(target)
        for part in PARTS:
            if part == "secrets":
                for secret in os.listdir(os.path.join(target, part)):
                    shutil.copy2(os.path.join(target, part, secret), lab.path(part, secret))
            else:
                copy_tree(os.path.join(target, part), lab.path(part))
    for cluster in CLUSTERS:
        clusters.make_folders(lab, cluster.name)
