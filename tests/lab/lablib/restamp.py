# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves backups in time. They are really taken when the lab's template is built; a lab needs them some hours or days
before *its* now. The bytes stay; labels, times and the checksums over them are written anew."""

import hashlib
import json
import os
import re
import shutil
import struct
import time

from .processes import LabError


def info_checksum(text):
    """pgBackRest's checksum of an info or manifest file: SHA-1 over its content written as one JSON object. The section
    that holds nothing but the checksum is no part of it."""
    sections = []
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            sections.append((line[1:-1], []))
        elif line and not line.startswith("backrest-checksum="):
            key, value = re.match(r'(.*?)=((?:["{\[]|-?\d|true|false|null).*)$', line).groups()
            sections[-1][1].append(f'"{key}":{value}')
    parts = [f'"{name}":{{{",".join(values)}}}' for name, values in sections if values]
    return hashlib.sha1(("{" + ",".join(parts) + "}").encode()).hexdigest()


def _written_checksum(text):
    return re.search(r'^backrest-checksum="([0-9a-f]{40})"$', text, re.M).group(1)


def _rewrite(path, change):
    with open(path, encoding="utf-8", newline="") as source:
        text = source.read()
    if info_checksum(text) != _written_checksum(text):
        raise LabError(f"{path}: unknown checksum rule of this pgBackRest; the lab knows that of 2.45")
    text = change(text)
    text = text.replace(_written_checksum(text), info_checksum(text))
    about = os.stat(path)
    for name in (path, path + ".copy"):
        if os.path.exists(name):
            with open(name, "w", encoding="utf-8", newline="") as out:
                out.write(text)
            os.utime(name, (about.st_atime, about.st_mtime))


def new_label(old, renamed, start):
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(start))
    return f"{renamed[old.split('_')[0]]}_{moment}{old[-1]}" if "_" in old else f"{moment}F"


def move_backups(stanza_folder, ages, now):
    """Gives the n-th oldest backup of a repository the age ages[n] (seconds). Returns {old label: new label}."""
    info = os.path.join(stanza_folder, "backup.info")
    with open(info, encoding="utf-8") as source:
        current = {}
        for line in source.read().partition("[backup:current]\n")[2].partition("\n\n")[0].splitlines():
            label, _, value = line.partition("=")
            current[label] = json.loads(value)
    labels = sorted(current, key=lambda label: current[label]["backup-timestamp-start"])
    if len(labels) != len(ages):
        raise LabError(f"{info}: {len(labels)} backups, expected {len(ages)}")
    renamed, shift = {}, {}
    for label, age in zip(labels, ages):
        shift[label] = int(now - age - current[label]["backup-timestamp-stop"])
        renamed[label] = new_label(label, renamed, current[label]["backup-timestamp-start"] + shift[label])

    def relabel(text):
        # A diff's label contains its full's: the longer ones go first, through marks that nothing else can match.
        order = sorted(renamed, key=len, reverse=True)
        for number, label in enumerate(order):
            text = text.replace(label, f"\x01{number}\x02")
        for number, label in enumerate(order):
            text = text.replace(f"\x01{number}\x02", renamed[label])
        return text

    def moved_times(text, by, keys):
        return re.sub(rf'({keys})("?[:=])(\d+)', lambda m: f"{m[1]}{m[2]}{int(m[3]) + by}", text)

    def change_info(text):
        lines = text.split("\n")
        for number, line in enumerate(lines):
            label = line.partition("=")[0]
            if label in shift:
                lines[number] = moved_times(line, shift[label], "backup-timestamp-start|backup-timestamp-stop")
        return relabel("\n".join(lines))

    _rewrite(info, change_info)
    for label in labels:
        keys = "backup-timestamp-copy-start|backup-timestamp-start|backup-timestamp-stop"
        _rewrite(os.path.join(stanza_folder, label, "backup.manifest"),
                 lambda text, by=shift[label]: relabel(moved_times(text, by, keys)))
    for label in labels:
        os.rename(os.path.join(stanza_folder, label), os.path.join(stanza_folder, renamed[label]))
    latest = os.path.join(stanza_folder, "latest")
    if os.path.islink(latest):
        target = renamed[os.readlink(latest)]
        os.remove(latest)
        os.symlink(target, latest)
    shutil.rmtree(os.path.join(stanza_folder, "backup.history"), ignore_errors=True)
    return renamed


def move_dump(path, moment):
    """Sets the creation time in the head of a custom-format pg_dump file (UTC) and the file's own times."""
    with open(path, "r+b") as dump:
        head = dump.read(64)
        if head[:5] != b"PGDMP":
            raise LabError(f"{path}: not a custom-format dump")
        width = head[8]
        if head[5] != 1 or head[6] > 14 or width != 4:
            raise LabError(f"{path}: unknown head {head[5]}.{head[6]}")
        then = time.gmtime(moment)
        values = (then.tm_sec, then.tm_min, then.tm_hour, then.tm_mday, then.tm_mon - 1, then.tm_year - 1900, 0)
        dump.seek(11 + 1 + width)  # magic, version, int and offset width, format; then the compression level
        dump.write(b"".join(b"\0" + struct.pack("<i", value) for value in values))
    os.utime(path, (moment + 4, moment + 4))
