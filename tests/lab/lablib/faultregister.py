# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of faults, by name."""

from . import engine, machine, web
from .plan import CLUSTERS, HOSTS

REGISTRY = {}


def fault(name, kind, default, momentary=False):
    """Registers a fault. kind: host | web | cluster | machine | engine: what `--on` may name. momentary: over at once, nothing to mend."""
    def register(made):
        REGISTRY[name] = made
        made.kind, made.default, made.momentary = kind, default, momentary
        return made
    return register


def targets(kind):
    return {"host": [host.name for host in HOSTS if not host.silent], "web": [host.name for host in web.web_hosts()],
            "cluster": [cluster.name for cluster in CLUSTERS], "machine": [machine.HOST], "engine": [engine.HOST]}[kind]
