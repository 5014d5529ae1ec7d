# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployed apps in Capistrano 3's layout, with the history that the tool would have left."""

import dataclasses
import hashlib
import io
import os
import shutil
import tarfile
import time

from .plan import FILES

HOUR, DAY = 3600, 86400


@dataclasses.dataclass(frozen=True)
class Step:
    """One line of history. kind: deploy | failed (a release folder, no log line) | rollback (to `version`)."""
    age: int  # seconds before now
    kind: str
    version: str
    who: str
    migrations: int = 0  # how many of the app's migrations the release carries


def history(environment):
    """What happened to an environment, oldest first."""
    shop = [
        Step(21 * DAY + 2 * HOUR, "deploy", "v2.9.0", "ada", 3),
        Step(14 * DAY + 5 * HOUR, "deploy", "v2.9.1", "grace", 3),
        Step(9 * DAY + 1 * HOUR, "deploy", "v2.10.0", "ada", 4),
        Step(6 * DAY + 3 * HOUR, "failed", "v2.10.1", "grace", 4),
        Step(3 * DAY + 4 * HOUR, "deploy", "v2.11.0", "Ada O'Brien", 4),
        Step(3 * DAY + 3 * HOUR, "rollback", "v2.10.0", "grace", 4),
        Step(26 * HOUR, "deploy", "v2.11.1", "ada", 5),
    ]
    ledger = [
        Step(40 * DAY, "deploy", "v1.3.0", "linus", 3),
        Step(19 * DAY + 6 * HOUR, "deploy", "v1.4.0", "linus", 4),
        Step(5 * DAY + 2 * HOUR, "deploy", "v1.4.1", "mary", 5),
    ]
    return {
        "shop-production": shop,
        "shop-staging": [dataclasses.replace(step, age=step.age + 20 * HOUR) for step in shop if step.kind == "deploy"]
        + [Step(3 * HOUR, "deploy", "v2.12.0", "ada", 6)],
        "ledger-production": ledger,
        "ledger-staging": [dataclasses.replace(step, age=step.age + 2 * DAY) for step in ledger],
    }[environment]


def stamp(moment):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment))


def revision(app, version):
    return hashlib.sha1(f"{app} {version}".encode()).hexdigest()


def migration_files(app):
    """The app's migration files in order: (name inside a release, source file)."""
    folder = os.path.join(FILES, "alembic/versions" if app == "shop" else "rails/migrate")
    inside = "db/migrations/versions" if app == "shop" else "db/migrate"
    return [(f"{inside}/{name}", os.path.join(folder, name)) for name in sorted(os.listdir(folder))
            if name.endswith((".py", ".rb"))]


def write_release(folder, app, step):
    """The files of one release, as an unpacked checkout."""
    os.makedirs(folder)
    for name in ("service.py",):
        shutil.copyfile(os.path.join(FILES, name), os.path.join(folder, name))
    for name, text in (("VERSION", step.version), ("REVISION", revision(app, step.version))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text + "\n")
    carried = migration_files(app)[:step.migrations]
    if app == "shop":
        carried += [("db/alembic.ini", os.path.join(FILES, "alembic/alembic.ini")),
                    ("db/migrations/env.py", os.path.join(FILES, "alembic/env.py"))]
    for name, source in carried:
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        shutil.copyfile(source, os.path.join(folder, name))


def touch_tree(folder, moment):
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            os.utime(os.path.join(base, name), (moment, moment), follow_symlinks=False)
    os.utime(folder, (moment, moment))


def archive_release(app_folder, link_folder, release, moment):
    """What the tool's rollback does with the release it leaves: a tarball of absolute names, then the folder goes."""
    name = os.path.join(app_folder, f"rolled-back-release-{release}.tar.gz")
    with tarfile.open(name, "w:gz") as archive:
        archive.add(os.path.join(app_folder, "releases", release), f"{link_folder.lstrip('/')}/releases/{release}")
    shutil.rmtree(os.path.join(app_folder, "releases", release))
    os.utime(name, (moment, moment))


def point_current(app_folder, link_folder, release, moment=None):
    """Switches the live release the way the tool does: a new link renamed over the old one."""
    fresh = os.path.join(app_folder, "releases", "current")
    os.symlink(f"{link_folder}/releases/{release}", fresh)
    os.replace(fresh, os.path.join(app_folder, "current"))
    if moment is not None:
        os.utime(os.path.join(app_folder, "current"), (moment, moment), follow_symlinks=False)


def deploy_history(app_folder, link_folder, environment, app, now, keep=5):
    """Plays the history into app_folder. Returns the live release."""
    for name in ("releases", "repo", "shared/log", "shared/run", "shared/config", "shared/bin"):
        os.makedirs(os.path.join(app_folder, name))
    shutil.copy(os.path.join(FILES, "restart.sh"), os.path.join(app_folder, "shared/bin/restart"))
    log, releases, live, moment = io.StringIO(), {}, "", now
    for step in history(environment):
        moment = now - step.age
        if step.kind == "rollback":
            left, live = live, releases[step.version]
            point_current(app_folder, link_folder, live, moment)
            archive_release(app_folder, link_folder, left, moment)
            log.write(f"{step.who} rolled back to release {live}\n")
            continue
        release = releases[step.version] = stamp(moment)
        folder = os.path.join(app_folder, "releases", release)
        write_release(folder, app, step)
        touch_tree(folder, moment)
        if step.kind == "failed":
            continue
        live = release
        point_current(app_folder, link_folder, live, moment + 41)
        log.write(f"Branch {step.version} (at {revision(app, step.version)}) deployed as release {release} by {step.who}\n")
        kept = sorted(os.listdir(os.path.join(app_folder, "releases")))
        for old in kept[:max(0, len(kept) - keep)]:
            if old != live:
                shutil.rmtree(os.path.join(app_folder, "releases", old))
    with open(os.path.join(app_folder, "revisions.log"), "w", encoding="utf-8") as out:
        out.write(log.getvalue())
    os.utime(os.path.join(app_folder, "revisions.log"), (moment + 42, moment + 42))
    return live
