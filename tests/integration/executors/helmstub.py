#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as helm does, from a history in STATE.json beside it; "mode" there says what goes wrong. It proves nothing
about helm: only what the executor's shell text makes of such answers."""
import json
import os
import sys

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "STATE.json")
with open(path) as file:
    state = json.load(file)
words = [w for w in sys.argv[1:] if not w.startswith("--namespace") and not w.startswith("--kube")]


def add(status, description):
    old = next(r for r in state["history"] if r["revision"] == int(words[2]))
    state["history"].append(dict(old, revision=state["history"][-1]["revision"] + 1, status=status,
                                 updated="2026-11-20T12:00:00Z", description=description))


def save():
    with open(path, "w") as out:
        json.dump(state, out)


if words[0] == "history":
    print(json.dumps(state["history"], separators=(",", ":")))
elif words[:2] == ["get", "hooks"]:
    print(state.get("hooks", ""))
elif words[0] == "rollback":
    state["calls"] = state.get("calls", []) + [words]
    mode = state.get("mode", "")
    if not any(r["revision"] == int(words[2]) for r in state["history"]):
        print("Error: release has no %s version" % words[2], file=sys.stderr)
        save()
        sys.exit(1)
    if mode == "fails":
        add("failed", 'Rollback "shop" failed: timed out waiting for the condition')
    elif mode == "refuses":
        print("Error: Kubernetes cluster unreachable", file=sys.stderr)
    elif mode != "nothing":
        for each in state["history"]:
            if each["status"] in ("deployed", "pending-upgrade"):
                each["status"] = "superseded"
        add("deployed", "Rollback to " + words[2])
    save()
    if mode in ("fails", "refuses"):
        sys.exit(1)
    print("Rollback was a success! Happy Helming!")
else:
    print("Error: unknown command", file=sys.stderr)
    sys.exit(1)
