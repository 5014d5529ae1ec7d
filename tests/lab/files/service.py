# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's web service: answers /healthz with the release that this process was started from.

service.py ADDRESS PORT APP_FOLDER. HUP starts it anew from whatever `current` points to now, as a restart after a deploy does."""

import http.server
import json
import os
import signal
import sys
import time

ADDRESS, PORT, APP = sys.argv[1], int(sys.argv[2]), sys.argv[3]
STARTED = time.time()


def first_line(path):
    try:
        with open(path, encoding="utf-8") as source:
            return source.readline().strip()
    except OSError:
        return ""


def restart(_signal, _frame):
    os.chdir(os.path.realpath(os.path.join(APP, "current")))
    os.execv(sys.executable, [sys.executable, "-B", "service.py", ADDRESS, str(PORT), APP])


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "shop"
    sys_version = ""

    def do_GET(self):
        broken = first_line(os.path.join(APP, "shared", "run", "broken"))
        if self.path not in ("/", "/healthz"):
            return self.answer(404, {"error": "not found"})
        return self.answer(503 if broken else 200, {
            "status": "fail" if broken else "pass",
            "releaseId": os.path.basename(os.getcwd()),
            "version": first_line("VERSION"),
            "revision": first_line("REVISION"),
            "output": broken,
            "uptime_s": int(time.time() - STARTED),
        })

    def answer(self, code, value):
        body = (json.dumps(value) + "\n").encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/health+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


signal.signal(signal.SIGHUP, restart)
http.server.ThreadingHTTPServer.allow_reuse_address = True
server = http.server.ThreadingHTTPServer((ADDRESS, PORT), Service)
for name, text in (("service.pid", str(os.getpid())), ("serving", os.path.basename(os.getcwd()))):
    fresh = os.path.join(APP, "shared", "run", f".{name}")
    with open(fresh, "w", encoding="utf-8") as out:
        out.write(text + "\n")
    os.rename(fresh, os.path.join(APP, "shared", "run", name))  # it listens: only now a start has happened
server.serve_forever()
