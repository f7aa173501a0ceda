# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of processes, from /proc and wait4."""

import ctypes
import os
import pathlib
import threading
import time

from kit import process

TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    import sys

    print(f"bench: {text}", file=sys.stderr, flush=True)


def _stat(pid):
    """The fields of /proc/<pid>/stat from `state` on; None: it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2:].split()


def process_cpu_s(pid):
    """User and system time of all its threads, dead ones too."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def _family(pid):
    """{id: fields} of a process and its children."""
    family = {pid: _stat(pid)}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(entry.name)
            if fields and int(fields[1]) == pid:
                family[int(entry.name)] = fields
    return family


def family_cpu_s(pid):
    """A process, the children it has reaped, and the ones that live: a PostgreSQL cluster from its postmaster. A child that
    is reaped meanwhile would count twice or not at all, so this reads until no child comes or goes between two readings."""

    def steady():
        before, family, after = _family(pid), _family(pid), _family(pid)
        same = before.keys() == family.keys() == after.keys() and not any(f[0] == "Z" for f in family.values())
        return family if same else None

    family = process.wait_until(steady, 60, "no process of the family comes or goes", every=0.1)
    own = sum(int(family[pid][i]) for i in (11, 12, 13, 14))
    return (own + sum(int(f[11]) + int(f[12]) for child, f in family.items() if child != pid)) / TICKS


def stolen_s():
    """CPU seconds that the machine's host gave to others, over all cores."""
    words = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()
    return int(words[8]) / TICKS


def reap(child):
    """Waits for a Popen of ours: exit code, CPU seconds of all its threads, greatest RSS in MiB."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Writeback:
    """Has the kernel write dirty pages each 100 ms, as vm.dirty_background_bytes does on a host set up for a database.

    With a machine's usual settings the kernel keeps them 30 s and writes half a gigabyte at once, the broker's log most of
    it, and each fsync of the WAL waits behind it for some 400 ms."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.over.wait(0.1):
            if self.libc.syncfs(self.folder) != 0:
                raise OSError(ctypes.get_errno(), "syncfs")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        os.close(self.folder)


class Meter:
    """The servers' CPU seconds between start and stop."""

    def __init__(self, servers):
        self.servers = servers

    def _now(self):
        kafka = self.servers.kafka
        return (time.monotonic(), family_cpu_s(self.servers.postgres.pid),
                process_cpu_s(kafka.pid) if kafka else 0.0, stolen_s())

    def start(self):
        self.before = self._now()

    def stop(self):
        self.wall_s, self.postgres_cpu_s, self.broker_cpu_s, self.stolen_s = (
            after - before for after, before in zip(self._now(), self.before))
