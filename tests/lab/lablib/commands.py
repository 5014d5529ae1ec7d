# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's verbs."""

import argparse
import os
import signal
import sys
import time

from . import clusters, engine, labhosts, machine, reports, template, web
from .inventoryfile import plan_refused, write_all, write_dumps
from .settings import write_settings
from .plan import CLUSTERS, Lab, cluster_plan, default_dir
from .processes import LabError, ServerEnded, alive, descendants, end_all, give_to_database_user, marked, parent_of, start, start_ticks
from .restamp import move_backups

HOUR, DAY = 3600, 86400
# How long ago each backup of the shop was taken, oldest first, per repository.
BACKUP_AGES = {"shop": (4 * DAY, 28 * HOUR, 47 * 60), "shop-offsite": (2 * DAY,)}


def say(text):
    print(text, file=sys.stderr, flush=True)


def place_backups(lab, now):
    for repository, ages in BACKUP_AGES.items():
        folder = lab.path("repo", repository, "backup", "main")
        move_backups(folder, ages, now)
        give_to_database_user(folder)


def bring_up(lab, arguments):
    began = time.monotonic()
    now = int(time.time())
    marks = []

    def step(name):
        marks.append(f"{name} {time.monotonic() - began:.1f} s")

    lab.state["want_namespaces"] = not arguments.no_namespaces
    labhosts.make_keys(lab)
    labhosts.plan_hosts(lab)
    if "docker" in arguments.wanted:
        engine.plan_engine(lab)
    if "systemd" in arguments.wanted:
        machine.plan_machine(lab, "apt" in arguments.wanted)
    clusters.plan_clusters(lab)
    web.plan_web(lab)
    plan_refused(lab)
    lab.save()
    step("keys")
    template.provide(lab, say)
    step("template")
    web.make_certificates(lab, now)
    place_backups(lab, now)
    for cluster in CLUSTERS:
        clusters.write_settings(lab, cluster.name)
        clusters.start_cluster(lab, cluster.name, wait=False)
    step("certificates")
    web.deploy_all(lab, now)
    reports.deploy(lab, now)
    write_settings(lab)
    write_dumps(lab, now)
    write_all(lab, now)
    if "systemd" in arguments.wanted:
        machine.boot(lab)  # it takes longest
    labhosts.start_hosts(lab)
    step("hosts")
    web.start_web(lab)
    for cluster in CLUSTERS:
        clusters.wait_cluster(lab, cluster.name)
    freshen(lab)
    web.wait_web(lab)
    if "docker" in arguments.wanted:
        engine.start_engine(lab)
        step("engine")
    if "systemd" in arguments.wanted:
        machine.wait_machine(lab)
        step("machine")
    if "apt" in arguments.wanted:
        machine.install_history(lab, now)
        step("package")
    step("ready")
    if arguments.owner:
        watch_owner(lab, arguments.owner)
    lab.save()
    if arguments.verbose:
        say("took: " + ", ".join(marks))


def freshen(lab):
    """Something happens in every database, so that the archive's newest segment is of today."""
    for cluster in CLUSTERS:
        for database in cluster.databases:
            clusters.sql(lab, cluster.name, "ANALYZE;", database)
        clusters.sql(lab, cluster.name, "SELECT pg_switch_wal();")


def watch_owner(lab, owner):
    """Ends the lab when the process that wanted it is gone."""
    program = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lab")
    lab.record(start("owner-watch", [program, "watch", "--dir", lab.dir, "--owner", str(owner)], lab.path("log", "watch.log"),
                     lab.state["id"]))


def wanted_of(arguments):
    """What was asked for with --with and can be had here; what cannot is told."""
    asked = {word for words in arguments.also for word in words.split(",") if word}
    if unknown := sorted(asked - {"docker", "systemd", "apt"}):
        raise LabError(f"--with takes docker, systemd and apt, not '{unknown[0]}'")
    if arguments.no_namespaces and "docker" in asked:
        raise LabError("--with docker needs hosts with namespaces")
    wanted = asked | ({"systemd"} if "apt" in asked else set())  # the package has a unit
    for parts, trouble in (({"docker"}, engine.obstacle() if "docker" in wanted else ""),
                           ({"systemd", "apt"}, machine.obstacle("apt" in wanted, say) if "systemd" in wanted else "")):
        if trouble:
            say(f"lab: skipped: {', '.join(sorted(parts & asked))}: {trouble}")
            wanted -= parts
    return wanted


def up(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments.wanted = wanted_of(arguments)
    for attempt in (1, 2):
        lab = Lab.create(arguments.dir)
        lab.save()
        try:
            bring_up(lab, arguments)
            break
        except BaseException as error:
            if arguments.keep_failed:
                raise
            take_down(lab)
            if attempt == 2 or not isinstance(error, ServerEnded):
                raise
            say(f"lab: {error}\nlab: trying once more, with other ports")
    print(lab.dir)
    say(f"The lab runs in {lab.dir} ({lab.state['isolation']}). Inventory: {lab.path('inventory.json')}")


def take_down(lab, keep_folder=False):
    """Ends every process of the lab: the recorded ones, what they started, and what carries the lab's mark."""
    engine.stop_engine(lab)
    machine.stop_machine(lab)
    for cluster in CLUSTERS:
        if lab.process(f"postgres:{cluster.name}"):
            clusters.stop_cluster(lab, cluster.name)
    recorded = [process["pid"] for process in lab.state["processes"] if alive(process)]
    pids = set(recorded) | set(descendants(recorded)) | set(marked(lab.state["id"]))
    ancestors, pid = set(), os.getpid()
    while pid:
        ancestors.add(pid)
        pid = parent_of(pid)
    left = end_all(pids - ancestors, grace=2.0) + marked_after(lab, ancestors)
    if left:
        raise LabError(f"processes {left} did not end; {lab.dir} is kept")
    lab.state["processes"] = []
    lab.save()
    if not keep_folder:
        clusters.remove_tree(lab.dir)


def marked_after(lab, ancestors):
    """A process that was starting while the others ended."""
    return end_all(set(marked(lab.state["id"])) - ancestors, grace=0.5)


def down(arguments):
    if not os.path.isdir(arguments.dir):
        return
    lab = Lab.open(arguments.dir)
    with lab.lock():
        take_down(lab)


def watch(arguments):
    """Waits until the owner is gone, then ends the lab."""
    ticks = start_ticks(arguments.owner)
    while ticks is not None and start_ticks(arguments.owner) == ticks:
        if not os.path.exists(os.path.join(arguments.dir, "state.json")):
            return
        time.sleep(0.5)
    down(arguments)


def status(arguments):
    lab = Lab.open(arguments.dir)
    stopped = 0
    for process in lab.state["processes"]:
        runs = alive(process)
        stopped += not runs
        kind, _, name = process["name"].partition(":")
        about = {"sshd": lab.state["hosts"], "silent": lab.state["hosts"], "machine": lab.state["hosts"], "nginx": lab.state["web"],
                 "postgres": lab.state["clusters"]}.get(kind, {}).get(name)
        place = f"{about['address']}:{about['port']}" if about else ""
        print(f"{process['name']:<28} {place:<22} pid {process['pid']:<8} {'runs' if runs else 'ENDED'}")
    for name, value in lab.state["faults"].items():
        print(f"fault {name}: on {value.get('on', '')}".rstrip())
    return 1 if stopped else 0


def sql(arguments):
    lab = Lab.open(arguments.dir)
    cluster_plan(arguments.cluster)
    print(clusters.sql(lab, arguments.cluster, arguments.text, arguments.database))


def ssh(arguments):
    lab = Lab.open(arguments.dir)
    command = labhosts.ssh_command(lab, arguments.host) + arguments.command
    os.execvp(command[0], command)


def fault(arguments):
    from . import faults
    if arguments.name == "list":
        print(faults.listing())
        return
    lab = Lab.open(arguments.dir)
    with lab.lock():
        lab = Lab.open(arguments.dir)
        faults.switch(lab, arguments.name, arguments.state != "off", arguments.on, arguments.value)


def selftest(arguments):
    from . import selftest as tests
    return tests.run_all(arguments)


def parser():
    root = argparse.ArgumentParser(prog="lab", description="Real servers on loopback for Taffrail's demo, tests and benches.")
    verbs = root.add_subparsers(dest="verb", required=True)

    def verb(name, function, words):
        made = verbs.add_parser(name, help=words, description=words)
        made.set_defaults(function=function)
        return made

    def folder(made):
        made.add_argument("--dir", default=default_dir(), help="the lab's folder (default: %(default)s)")

    def parts(made):
        made.add_argument("--with", dest="also", action="append", default=[], metavar="WHAT,…",
                          help="as root: docker (an engine of its own with an app in it), systemd (a machine with an init of its own), "
                               "apt (an app in that machine that is a Debian package with a unit)")

    made = verb("up", up, "starts everything and returns when it answers; prints the folder")
    folder(made)
    made.add_argument("--owner", type=int, metavar="PID", help="end the lab when this process is gone")
    made.add_argument("--no-namespaces", action="store_true", help="hosts as plain folders, as where the kernel allows no namespaces")
    made.add_argument("--keep-failed", action="store_true", help="leave a lab that did not come up for inspection")
    parts(made)
    made.add_argument("--verbose", action="store_true", help="say how long each step took")
    folder(verb("down", down, "ends every process of the lab and removes its folder"))
    folder(verb("status", status, "what runs, where; exit 1 when something has ended"))
    made = verb("fault", fault, "makes something go wrong, or right again; `fault list` names what there is")
    folder(made)
    made.add_argument("name")
    made.add_argument("state", nargs="?", choices=("on", "off"), default="on")
    made.add_argument("--on", default="", metavar="WHAT", help="host, cluster or environment, where the fault has a choice")
    made.add_argument("--value", type=int, default=0, help="milliseconds of slow-wire")
    made = verb("sql", sql, "runs SQL as the superuser of a cluster")
    folder(made)
    made.add_argument("cluster")
    made.add_argument("text")
    made.add_argument("--database", default="postgres")
    made = verb("ssh", ssh, "runs a command on a host")
    folder(made)
    made.add_argument("host")
    made.add_argument("command", nargs=argparse.REMAINDER)
    made = verb("watch", watch, "used by up --owner")
    folder(made)
    made.add_argument("--owner", type=int, required=True)
    made = verb("selftest", selftest, "starts a lab, checks that everything answers, breaks and mends things, ends it")
    made.add_argument("--no-namespaces", action="store_true", help="as for up")
    parts(made)
    return root


def main(words):
    arguments = parser().parse_args(words)
    try:
        return arguments.function(arguments) or 0
    except LabError as error:
        say(f"lab: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
