# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Kubernetes API on loopback, for a real kubectl: one Deployment "shop" (and a StatefulSet "store"), with the
part of their controllers that hands out revision numbers. Prints its port. POST /test {...} changes the state."""
import copy
import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, urlparse

REV = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
CAUSE = "kubernetes.io/change-cause"
lock = Lock()
world = {"refuse": "", "stuck": False, "frozen": False, "mayPatch": True, "version": 1000}
sets = []  # ReplicaSets
revisions = []  # ControllerRevisions


def template(tag):
    return {"metadata": {"labels": {"app": "shop"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example.org:5000/shop:" + tag}]}}


def hash_of(value):
    # A real server fills in defaults; the images stand for the whole template here.
    images = [c["image"] for c in value["spec"]["containers"]]
    return hashlib.sha256(json.dumps(images).encode()).hexdigest()[:10]


deployment = {
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "shop", "namespace": "prod", "uid": "d-uid", "generation": 0,
                 "creationTimestamp": "2026-11-01T08:00:00Z", "labels": {"app": "shop"}, "annotations": {}},
    "spec": {"replicas": 2, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "shop"}},
             "strategy": {"type": "RollingUpdate"}, "template": template("v1")},
    "status": {}}
store = {
    "apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"name": "store", "namespace": "prod", "uid": "s-uid", "generation": 1,
                 "creationTimestamp": "2026-11-01T08:00:00Z", "annotations": {}},
    "spec": {"replicas": 2, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "store"}},
             "serviceName": "store", "updateStrategy": {"type": "RollingUpdate"}, "template": template("v1")},
    "status": {}}


def bump(item):
    world["version"] += 1
    item["metadata"]["resourceVersion"] = str(world["version"])


def settle():
    """What the controller of Deployments does."""
    if world["frozen"]:
        return
    meta, spec = deployment["metadata"], deployment["spec"]
    wanted = hash_of(spec["template"])
    highest = max([int(s["metadata"]["annotations"][REV]) for s in sets] or [0])
    own = next((s for s in sets if s["metadata"]["labels"]["pod-template-hash"] == wanted), None)
    if own is None and not spec.get("paused"):
        body = copy.deepcopy(spec["template"])
        body["metadata"]["labels"]["pod-template-hash"] = wanted
        own = {"apiVersion": "apps/v1", "kind": "ReplicaSet",
               "metadata": {"name": "shop-" + wanted, "namespace": "prod", "uid": "rs-" + wanted,
                            "creationTimestamp": "2026-11-%02dT10:00:00Z" % (len(sets) + 2),
                            "labels": {"app": "shop", "pod-template-hash": wanted},
                            "annotations": {REV: str(highest + 1)},
                            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop",
                                                 "uid": "d-uid", "controller": True}]},
               "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "shop", "pod-template-hash": wanted}},
                        "template": body}, "status": {"replicas": 0}}
        sets.append(own)
    elif own is not None and int(own["metadata"]["annotations"][REV]) < highest:
        notes = own["metadata"]["annotations"]
        notes[HISTORY] = ",".join(filter(None, [notes.get(HISTORY, ""), notes[REV]]))
        notes[REV] = str(highest + 1)
    if own is None:
        return
    if CAUSE in meta["annotations"]:
        own["metadata"]["annotations"][CAUSE] = meta["annotations"][CAUSE]
    meta["annotations"][REV] = own["metadata"]["annotations"][REV]
    good = 0 if world["stuck"] else spec["replicas"]
    for each in sets:
        mine = each is own
        count = (spec["replicas"] if mine else (spec["replicas"] if world["stuck"] and each is sets[-2] else 0))
        each["spec"]["replicas"] = count
        each["status"] = {"replicas": count, "availableReplicas": (good if mine else count)}
    deployment["status"] = {
        "observedGeneration": meta["generation"], "replicas": spec["replicas"] * (2 if world["stuck"] else 1),
        "updatedReplicas": spec["replicas"], "availableReplicas": spec["replicas"],
        "conditions": [{"type": "Available", "status": "True"},
                       {"type": "Progressing", "status": "False" if world["stuck"] else "True",
                        "reason": "ProgressDeadlineExceeded" if world["stuck"] else "NewReplicaSetAvailable",
                        "message": 'ReplicaSet "shop-%s" has %s.' % (wanted, "timed out progressing" if world["stuck"]
                                                                     else "successfully progressed"),
                        "lastUpdateTime": "2026-11-20T12:00:00Z", "lastTransitionTime": "2026-11-20T12:00:00Z"}]}
    if world["stuck"]:
        deployment["status"]["availableReplicas"] = spec["replicas"]
    bump(deployment)


def settle_store():
    """What the controller of StatefulSets does: an equal revision gets the highest number."""
    wanted = hash_of(store["spec"]["template"])
    own = next((r for r in revisions if r["metadata"]["labels"]["controller.kubernetes.io/hash"] == wanted), None)
    highest = max([r["revision"] for r in revisions] or [0])
    if own is None:
        own = {"apiVersion": "apps/v1", "kind": "ControllerRevision",
               "metadata": {"name": "store-" + wanted, "namespace": "prod", "uid": "cr-" + wanted,
                            "creationTimestamp": "2026-11-%02dT10:00:00Z" % (len(revisions) + 2),
                            "labels": {"app": "store", "controller.kubernetes.io/hash": wanted},
                            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "store",
                                                 "uid": "s-uid", "controller": True}]},
               "data": {"spec": {"template": dict(copy.deepcopy(store["spec"]["template"]), **{"$patch": "replace"})}},
               "revision": highest + 1}
        revisions.append(own)
    elif own["revision"] < highest:
        own["revision"] = highest + 1
    store["status"] = {"observedGeneration": store["metadata"]["generation"], "replicas": 2, "readyReplicas": 2,
                       "updatedReplicas": 2, "currentRevision": own["metadata"]["name"],
                       "updateRevision": own["metadata"]["name"], "availableReplicas": 2}
    bump(store)


def deploy(tag, cause=None):
    deployment["spec"]["template"] = template(tag)
    deployment["metadata"]["generation"] += 1
    if cause:
        deployment["metadata"]["annotations"][CAUSE] = cause
    settle()


def deploy_store(tag):
    store["spec"]["template"] = template(tag)
    store["metadata"]["generation"] += 1
    settle_store()


def merged(old, new):
    if not isinstance(old, dict) or not isinstance(new, dict) or new.get("$patch") == "replace":
        return {k: v for k, v in new.items() if k != "$patch"} if isinstance(new, dict) else new
    out = dict(old)
    for key, value in new.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merged(old.get(key), value)
    return out


def patched(item, kind, body):
    out = copy.deepcopy(item)
    if "json-patch" not in kind:
        return merged(out, body)
    for step in body:
        path = [p.replace("~1", "/").replace("~0", "~") for p in step["path"].strip("/").split("/")]
        here = out
        for key in path[:-1]:
            here = here[key]
        if step["op"] in ("replace", "add"):
            here[path[-1]] = step["value"]
        elif step["op"] == "remove":
            here.pop(path[-1], None)
        elif step["op"] == "test" and here.get(path[-1]) != step["value"]:
            raise ValueError("test failed")
    return out


RESOURCES = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "apps/v1", "resources": [
    {"name": n, "singularName": n[:-1], "namespaced": True, "kind": k, "shortNames": s,
     "verbs": ["get", "list", "patch", "watch"]}
    for n, k, s in (("deployments", "Deployment", ["deploy"]), ("replicasets", "ReplicaSet", ["rs"]),
                    ("statefulsets", "StatefulSet", ["sts"]), ("controllerrevisions", "ControllerRevision", []))]}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def status(self, code, reason, message):
        self.answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                     "reason": reason, "code": code}, code)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def do_GET(self):
        url = urlparse(self.path)
        with lock:
            if world["refuse"]:
                return self.status(403, "Forbidden", world["refuse"])
            self.get(url.path, parse_qs(url.query))

    def get(self, path, query):
        group = {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
                 "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"}}
        review = {"name": "authorization.k8s.io",
                  "versions": [{"groupVersion": "authorization.k8s.io/v1", "version": "v1"}],
                  "preferredVersion": {"groupVersion": "authorization.k8s.io/v1", "version": "v1"}}
        space = "/apis/apps/v1/namespaces/prod/"
        if path == "/api":
            return self.answer({"kind": "APIVersions", "versions": ["v1"]})
        if path == "/apis":
            return self.answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group, review]})
        if path == "/api/v1":
            return self.answer({"kind": "APIResourceList", "groupVersion": "v1", "resources": []})
        if path == "/apis/apps/v1":
            return self.answer(RESOURCES)
        if path == "/apis/authorization.k8s.io/v1":
            return self.answer({"kind": "APIResourceList", "groupVersion": "authorization.k8s.io/v1", "resources": [
                {"name": "selfsubjectaccessreviews", "namespaced": False, "kind": "SelfSubjectAccessReview",
                 "verbs": ["create"]}]})
        if path == "/version":
            return self.answer({"major": "1", "minor": "32", "gitVersion": "v1.32.0"})
        if path == space + "deployments/shop":
            return self.answer(deployment)
        if path == space + "statefulsets/store":
            return self.answer(store)
        for name, kind, items in (("replicasets", "ReplicaSetList", sets),
                                  ("controllerrevisions", "ControllerRevisionList", revisions)):
            if path == space + name:
                wanted = dict(p.split("=") for p in query.get("labelSelector", [""])[0].split(",") if "=" in p)
                found = [i for i in items if wanted.items() <= i["metadata"]["labels"].items()]
                return self.answer({"kind": kind, "apiVersion": "apps/v1", "metadata": {"resourceVersion": "1"},
                                    "items": found})
            if path.startswith(space + name + "/"):
                found = [i for i in items if i["metadata"]["name"] == path.rsplit("/", 1)[1]]
                if found:
                    return self.answer(found[0])
        last = path.rsplit("/", 1)[1]
        self.status(404, "NotFound", '%s "%s" not found' % (path.rsplit("/", 2)[-2] + ".apps", last))

    def do_PATCH(self):
        url = urlparse(self.path)
        dry = "dryRun" in parse_qs(url.query)
        body = self.body()
        with lock:
            item = deployment if url.path.endswith("/deployments/shop") else store
            new = patched(item, self.headers.get("Content-Type", ""), body)
            if not dry:
                if new["spec"] != item["spec"]:
                    new["metadata"]["generation"] += 1
                item.clear()
                item.update(new)
                settle() if item is deployment else settle_store()
            self.answer(new)

    def do_POST(self):
        if "selfsubjectaccessreviews" in self.path:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))  # newer ones send protobuf, and take JSON
            return self.answer({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                                "metadata": {}, "spec": {}, "status": {"allowed": world["mayPatch"]}}, 201)
        body = self.body()
        with lock:
            if "deploy" in body:
                deploy(body["deploy"], body.get("cause"))
            if "store" in body:
                deploy_store(body["store"])
            if "paused" in body:
                deployment["spec"]["paused"] = body["paused"]
                deployment["metadata"]["generation"] += 1
                deployment["status"]["observedGeneration"] = deployment["metadata"]["generation"]
            if "labels" in body:
                deployment["metadata"]["labels"].update(body["labels"])
            if "drop" in body:
                sets[:] = [s for s in sets if s["metadata"]["annotations"][REV] != body["drop"]]
            for key in ("refuse", "stuck", "frozen", "mayPatch"):
                if key in body:
                    world[key] = body[key]
            self.answer({"revision": deployment["metadata"]["annotations"].get(REV)})


for tag in ("v1", "v2", "v3"):
    deploy(tag, "kubectl set image deployment/shop web=shop:" + tag)
    deploy_store(tag)
server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
