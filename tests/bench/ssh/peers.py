# SPDX-License-Identifier: GPL-3.0-or-later
"""Other SSH clients doing what bench_ssh does: peers.py asyncssh|paramiko cold|warm HOSTSFILE PORT USER KEY KNOWNHOSTS

Prints "wall_ms cpu_ms pss_kib" for the whole (cold) or for the median refresh (warm); pss only grows over start.
"""
import asyncio
import resource
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PEER, WHAT, HOSTS_FILE, PORT, USER, KEY, KNOWN = sys.argv[1:8]
HOSTS = open(HOSTS_FILE).read().split()
PORT = int(PORT)
ROUNDS = 7


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def pss():
    for line in open("/proc/self/smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def report(walls, cpus, memory):
    print(f"{statistics.median(walls):.1f} {statistics.median(cpus):.1f} {memory}")


async def with_asyncssh():
    import asyncssh

    key = asyncssh.read_private_key(KEY)

    async def connect(host):
        return await asyncssh.connect(host, PORT, username=USER, client_keys=[key], known_hosts=KNOWN,
                                      config=None, agent_path=None)

    before, start, used = pss(), time.monotonic(), cpu()
    gate = asyncio.Semaphore(64)

    async def cold(host):
        async with gate:
            connection = await connect(host)
            if WHAT == "cold":
                await connection.run("true", check=True)
            return connection

    connections = await asyncio.gather(*(cold(host) for host in HOSTS))
    if WHAT == "cold":
        return report([(time.monotonic() - start) * 1000], [cpu() - used], pss() - before)
    memory = pss() - before
    walls, cpus = [], []
    for _ in range(ROUNDS):
        start, used = time.monotonic(), cpu()
        await asyncio.gather(*(connection.run("true", check=True) for connection in connections))
        walls.append((time.monotonic() - start) * 1000)
        cpus.append(cpu() - used)
    report(walls, cpus, memory)


def with_paramiko():
    import paramiko

    key = paramiko.Ed25519Key.from_private_key_file(KEY)

    class Accept(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client, hostname, host_key):
            return  # its known_hosts reader has no patterns for ports

    def connect(host):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(Accept())
        client.connect(host, PORT, USER, pkey=key, allow_agent=False, look_for_keys=False)
        return client

    def run(client):
        _, out, _ = client.exec_command("true")
        out.read()
        if out.channel.recv_exit_status() != 0:
            raise RuntimeError("exit status")

    before, start, used = pss(), time.monotonic(), cpu()
    with ThreadPoolExecutor(32) as pool:
        clients = list(pool.map(connect, HOSTS))
        if WHAT == "cold":
            list(pool.map(run, clients))
            return report([(time.monotonic() - start) * 1000], [cpu() - used], pss() - before)
        memory = pss() - before
        walls, cpus = [], []
        for _ in range(ROUNDS):
            start, used = time.monotonic(), cpu()
            list(pool.map(run, clients))
            walls.append((time.monotonic() - start) * 1000)
            cpus.append(cpu() - used)
        report(walls, cpus, memory)
    for client in clients:
        client.close()


if PEER == "asyncssh":
    asyncio.run(with_asyncssh())
else:
    with_paramiko()
