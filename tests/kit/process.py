# SPDX-License-Identifier: Apache-2.0
"""Processes that are ended by their own id, from this process or a later one.

A process is known by its id and its start time, so that an id used again is never signalled. Either it lives as long
as we do (the janitor ends it should we die), or it is kept: its identity stands in a file that `stop` reads later."""

import errno
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

from kit import paths


class Timeout(AssertionError):
    pass


def pause(seconds):
    threading.Event().wait(seconds)


def wait_until(condition, timeout=30.0, what=None, every=0.05):
    """Calls the condition until its answer is true, and returns that; an exception counts as "not yet"."""
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            answer = condition()
            if answer:
                return answer
            last = answer
        except Exception as error:  # noqa: BLE001 - told when time is up
            last = error
        if time.monotonic() > deadline:
            told = what() if callable(what) else what
            raise Timeout(f"not within {timeout:g} s: {told or condition}; last: {last!r}")
        pause(every)


def holds(condition, seconds, what=None, every=0.2):
    """The condition is true now and stays true for as long as a fault needs to show itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"did not hold for {seconds:g} s: {what or condition}")
        pause(every)


def free_port():
    """A TCP port of 127.0.0.1 below the ephemeral range, so that no outgoing connection takes it meanwhile."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def _stat(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return {"state": fields[0], "start": fields[19]}


def start_time(pid):
    stat = _stat(pid)
    return stat["start"] if stat else None


def rss_bytes(pid):
    return _memory(pid, "VmRSS:")


def peak_rss_bytes(pid):
    return _memory(pid, "VmHWM:")


def _memory(pid, kind):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(kind):
            return int(line.split()[1]) * 1024
    return 0


def cpu_s(pid, with_children=False):
    """The CPU seconds of a process, in its own code and in the kernel's. with_children: and of those that it has reaped."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15 if with_children else 13])) / os.sysconf("SC_CLK_TCK")


class Janitor:
    """A small process that ends our processes and removes our folders when this process ends, in whatever way."""

    _one = None

    @classmethod
    def tell(cls, *words):
        if cls._one is None or cls._one.pid_of_owner != os.getpid():
            cls._one = cls()
        cls._one.process.stdin.write((" ".join(str(w) for w in words) + "\n").encode())
        cls._one.process.stdin.flush()

    def __init__(self):
        self.pid_of_owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("janitor.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


class Process:
    """One process: started here, or found again by its identity file."""

    def __init__(self, name, log, keep=None):
        """keep: the identity file of a process that outlives us; None: the janitor ends it with us."""
        self.name = name
        self.log = pathlib.Path(log)
        self.keep = pathlib.Path(keep) if keep else None
        self.child = None
        self.pid = None
        self.start = None
        if self.keep and self.keep.exists():
            words = self.keep.read_text().split()
            if len(words) == 2 and start_time(int(words[0])) == words[1]:
                self.pid, self.start = int(words[0]), words[1]

    def spawn(self, argv, user=None, env=None, cwd=None, end_signal=signal.SIGKILL):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        account = {}
        if user is not None and os.geteuid() == 0:
            account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd,
                start_new_session=True, **account)
        self.pid = self.child.pid
        self.start = start_time(self.pid)
        if self.keep:
            self.keep.parent.mkdir(parents=True, exist_ok=True)
            self.keep.write_text(f"{self.pid} {self.start}\n")
        else:
            Janitor.tell("watch", self.pid, self.start, int(end_signal))

    def alive(self):
        if self.pid is None:
            return False
        if self.child is not None:
            return self.child.poll() is None
        stat = _stat(self.pid)
        return stat is not None and stat["start"] == self.start and stat["state"] != "Z"

    @property
    def exit_code(self):
        return self.child.poll() if self.child else None

    def is_in_main(self):
        """Of a daemon of ours. Before main there is only the loader, which no program can protect. Signals are seen to
        first, SIGPIPE among them: that one is ignored from then on (those that are waited for do not show as blocked)."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("SigIgn:"):
                return bool(int(line.split()[1], 16) & 1 << (signal.SIGPIPE - 1))
        return False

    def send(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def wait(self, timeout=30.0):
        wait_until(lambda: not self.alive(), timeout, f"{self.name} (process {self.pid}) ends")
        if self.keep:
            self.keep.unlink(missing_ok=True)
        elif self.pid:
            Janitor.tell("forget", self.pid)
        return self.exit_code

    def end(self, number=signal.SIGTERM, timeout=30.0):
        """Sends the signal, waits, and kills the process if it does not end. Returns the exit code of a child of ours."""
        if self.pid is None:
            return None
        # First: a SIGCONT that comes while the leak sanitizer stops the threads of a process that ends keeps it for ever.
        self.send(signal.SIGCONT)
        self.send(number)
        try:
            return self.wait(timeout)
        except Timeout:
            self.note_threads()
            self.send(signal.SIGKILL)
            return self.wait(60)

    def note_threads(self):
        """What each thread waits for, into the log: of a process that does not end nothing else tells."""
        with open(self.log, "a", encoding="utf-8") as log:
            for task in sorted(pathlib.Path(f"/proc/{self.pid}/task").glob("*")):
                facts = []
                for name in ("comm", "wchan", "syscall", "stack"):
                    try:
                        facts.append((task / name).read_text().strip().replace("\n", " < "))
                    except OSError as error:
                        facts.append(f"{name}: {error.strerror}")
                log.write(f"thread {task.name}: {' | '.join(facts)}\n")

    def log_tail(self, lines=20):
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def run_folder_for_session(in_memory=False):
    """A run folder that goes when this process does."""
    folder = paths.RunFolder(in_memory=in_memory)
    Janitor.tell("remove", folder.path)
    return folder
