# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that go wrong, and their mending: the register. Each fault is one class with on() and off()."""

from . import databasefaults, hostfaults, machinefaults, webfaults  # noqa: F401 (they register their faults)
from .faultregister import REGISTRY, targets
from .processes import LabError


def listing():
    lines = []
    for name, made in sorted(REGISTRY.items()):
        lines.append(f"{name:<17} {' '.join(made.__doc__.split())} [{made.kind}: {made.default}]")
    lines += ["", "--on names another:"] + [f"  {kind:<8} {', '.join(targets(kind))}" for kind in ("host", "web", "cluster")]
    return "\n".join(lines)


def switch(lab, name, on, where, value=0):
    if name not in REGISTRY:
        raise LabError(f"no fault '{name}'; there are: {', '.join(sorted(REGISTRY))}")
    made = REGISTRY[name]
    where = where or lab.state["faults"].get(name, {}).get("on", "") or made.default
    if where not in targets(made.kind):
        raise LabError(f"{name}: --on takes one of {', '.join(targets(made.kind))}")
    active = lab.state["faults"].get(name)
    if on:
        if active:
            raise LabError(f"{name} is on already (on {active['on']}); switch it off first")
        if name == "slow-wire":
            memory = made().on(lab, where, value or 200)
        else:
            memory = made().on(lab, where)
        if not made.momentary:
            lab.state["faults"][name] = {"on": where, **(memory or {})}
    elif active:
        made().off(lab, active["on"], active)
        del lab.state["faults"][name]
    lab.save()
