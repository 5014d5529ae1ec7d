#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs clang-tidy and clazy over compiled sources. Usage: lint.py BUILD ROOT [all | FILE...]

A file costs some twenty seconds, so what was found is kept in BUILD/lint/ under a hash of everything that it depends on:
the tool's version and settings, the compile command, and each source and header of the tree that the compiler read.
Ends with 1 when there are findings, or when a tool failed."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

PRODUCT = ("app", "ui", "models", "connectors")
FINDING = re.compile(r"^(/[^\n:]+:\d+:\d+: (?:warning|error): [^\n]*)$", re.MULTILINE)


def dependencies(build, root):
    """Of each object file: the files of the tree that its compiler read, as the build remembers them."""
    known, current = {}, None
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if line.startswith("    "):
            path = (build / line.strip()).resolve()
            if root in path.parents and build not in path.parents:
                known[current].add(path)
        elif ": #deps" in line:
            current = line.split(": #deps")[0]
            known[current] = set()
    return known


class Linter:
    def __init__(self, name, root, build, command, settings):
        version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
        self.name, self.root, self.build, self.command = name, root, build, command
        self.salt = version + " ".join(command) + settings

    def lint(self, source, compile_command, files):
        """Findings of one source, or None with a message when the tool failed."""
        digest = hashlib.sha256((self.salt + compile_command).encode())
        for path in sorted(files | {source}):
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
        kept = self.build / "lint" / f"{self.name}-{digest.hexdigest()[:32]}"
        if kept.exists():
            return kept.read_text()
        environment = dict(os.environ, CLAZY_IGNORE_DIRS=r".*/(build[^/]*|usr)/.*")
        run = subprocess.run(self.command + [str(source)], capture_output=True, text=True, errors="replace", env=environment)
        found = "\n".join(dict.fromkeys(FINDING.findall(run.stdout + "\n" + run.stderr)))
        if run.returncode and not found:
            return f"{source}:1:1: error: {self.name} ended with {run.returncode}: {run.stderr.strip()[-500:]}"
        if "error:" not in found:  # an error may be the fault of a build that is under way
            kept.write_text(found)
        return found


def main(build, root, wanted):
    build, root = pathlib.Path(build).resolve(), pathlib.Path(root).resolve()
    (build / "lint").mkdir(exist_ok=True)
    headers = f"^{root}/({'|'.join(PRODUCT)})/.*"
    tidy = Linter("clang-tidy", root, build, ["clang-tidy", "--quiet", "-p", str(build)], (root / ".clang-tidy").read_text())
    # qstring-ref: its remedy, QStringRef, is gone from Qt 6.
    clazy = Linter("clazy", root, build, ["clazy-standalone", "-p", str(build), "--checks=level0,level1,no-qstring-ref",
                                          f"--header-filter={headers}"], "")
    known = dependencies(build, root)
    jobs = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"]).resolve()
        if root not in source.parents or build in source.parents:
            continue
        relative = source.relative_to(root)
        in_product = relative.parts[0] in PRODUCT
        if wanted and wanted != ["all"] and str(relative) not in wanted:
            continue
        if not wanted and not in_product:
            continue
        built = known.get(entry.get("output", ""), set())
        if not built and (match := re.search(r" -o (\S+)", entry["command"])):
            built = known.get(match.group(1), set())
        for linter in (tidy, clazy):
            jobs.append((linter, source, entry["command"], built))
    if not jobs:
        print("lint: none of these files is compiled", file=sys.stderr)
        return 1
    findings, done = {}, 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("LINT_JOBS") or os.cpu_count() or 1)) as pool:
        running = {pool.submit(linter.lint, *job): (linter.name, job[0]) for linter, *job in jobs}
        for future in concurrent.futures.as_completed(running):
            done += 1
            print(f"\r[{done}/{len(jobs)}]", end="", file=sys.stderr, flush=True)
            for line in future.result().splitlines():
                if line not in findings:
                    findings[line] = True
                    print(("\r" if sys.stderr.isatty() else "") + line.replace(f"{root}/", ""), flush=True)
    print(file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
