#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as nomad does, from versions in STATE.json beside it; "mode" there says what goes wrong. It proves nothing
about nomad: only what the executor's shell text makes of such answers."""
import json
import os
import sys

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "STATE.json")
with open(path) as file:
    state = json.load(file)
words = sys.argv[1:]
mode = state.get("mode", "")
versions = state["versions"]


def save():
    with open(path, "w") as out:
        json.dump(state, out)


def add(image, status="successful"):
    number = versions[0]["Version"] + 1
    versions.insert(0, dict(versions[0], Version=number, Stable=status == "successful", JobModifyIndex=100 + number,
                            TaskGroups=[{"Name": "web", "Tasks": [{"Name": "app", "Config": {"image": image}}]}]))
    state["deployments"].insert(0, {"ID": "d%d" % number, "JobID": "shop", "JobVersion": number,
                                    "TaskGroups": {"web": {"Promoted": False}}, "Status": status,
                                    "StatusDescription": "x", "CreateIndex": 200 + number})


def image(number):
    job = next((v for v in versions if v["Version"] == number), None)
    if job is None:
        print('Error: job "shop" at version %d not found' % number, file=sys.stderr)
        sys.exit(1)
    return job["TaskGroups"][0]["Tasks"][0]["Config"]["image"]


def revert(number):
    state["calls"] = state.get("calls", 0) + 1
    if number == versions[0]["Version"]:
        print("Error: can't revert to current version", file=sys.stderr)
        sys.exit(1)
    old = image(number)
    if mode != "nothing":
        add(old, "failed" if mode == "fails" else "successful")
    save()


if words[:2] == ["job", "inspect"]:
    wanted = int(words[3]) if words[2] == "-version" else versions[0]["Version"]
    image(wanted)
    print(json.dumps({"Job": next(v for v in versions if v["Version"] == wanted)}, indent=4, sort_keys=True))
elif words[:2] == ["job", "history"]:
    if "-json" in words:
        print(json.dumps(versions, indent=4))
    else:
        for each in versions:
            print("Version     = %d\nStable      = %s\nSubmit Date = 2026-11-20T12:00:00Z\n"
                  % (each["Version"], str(each["Stable"]).lower()))
elif words[:2] == ["job", "deployments"]:
    print(json.dumps(state["deployments"][0] if "-latest" in words else state["deployments"], indent=4))
elif words[:2] == ["job", "revert"]:
    revert(int(words[4]))
    print("==> Monitoring evaluation")
elif words[:2] == ["operator", "api"] and mode != "old":
    if "-h" in words:
        sys.exit(0)
    body = json.loads(words[words.index("-d") + 1])
    if mode == "race":
        add("registry.example.org/shop:v9")
        save()
    now = versions[0]["Version"]
    if body["EnforcePriorVersion"] != now:
        print("Current job has version %d; enforcing version %d" % (now, body["EnforcePriorVersion"]))
        sys.exit(0)
    revert(body["JobVersion"])
    print('{"EvalID":"e","JobModifyIndex":1}')
else:
    print("Usage: nomad", file=sys.stderr)
    sys.exit(127 if words[:1] == ["operator"] else 1)
