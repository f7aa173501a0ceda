# SPDX-License-Identifier: Apache-2.0
"""Daemons under a service manager, whose part is played here: ready, alive as long as their workers are, stopping."""

import ctypes
import errno
import os
import pathlib
import signal
import socket

import pytest

from kit import process

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
SETTINGS = {"NRC_REGISTRY_LISTEN": "127.0.0.1:0", "NRC_REGISTRY_ANONYMOUS": "loopback", "NRC_MONITOR_EVERY_MS": "200"}
WATCHDOG_S = 1.2


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = str(path)
        pathlib.Path(path).unlink(missing_ok=True)
        self.socket.bind(self.path)

    def next(self, timeout=60):
        self.socket.settimeout(timeout)
        return self.socket.recv(4096).decode()

    def wait(self, state, timeout=60):
        """The next message that is no sign of life is this one."""
        while (said := self.next(timeout)) == "WATCHDOG=1" and said != state:
            pass
        assert said.split("\n")[0] == state, said

    def drain(self):
        self.socket.setblocking(False)
        said = []
        try:
            while True:
                said.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            return said

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(world):
    made = Manager(world.postgres.run.path / f"n-{world.tag}")
    yield made
    made.close()


def start(world, manager, daemon):
    environment = world.nrc.environment(NRC_INGEST_INSTANCE=f"notify-{world.tag}", NOTIFY_SOCKET=manager.path,
                                        WATCHDOG_USEC=int(WATCHDOG_S * 1e6), **SETTINGS)
    node = process.Process(daemon, world.folder / f"{daemon}.log")
    node.spawn([world.nrc.program, daemon], env=environment)
    world.closers.append(lambda: node.alive() and node.end(signal.SIGKILL))
    return node


@pytest.mark.parametrize("daemon", ["ingest", "registry", "relay", "monitor"])
def test_ready_alive_stopping(world, manager, daemon):
    node = start(world, manager, daemon)
    assert manager.next() == "READY=1", node.log_tail()
    assert manager.next() == manager.next() == "WATCHDOG=1"
    if daemon == "registry":
        node.send(signal.SIGHUP)
        manager.wait("RELOADING=1")
        manager.wait("READY=1")
    node.send(signal.SIGTERM)
    manager.wait("STOPPING=1")
    assert node.wait(60) == 0, node.log_tail()


def trace(request, thread):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, thread, None, None) != 0 and ctypes.get_errno() != errno.ESRCH:
        raise OSError(ctypes.get_errno(), "ptrace")


class Hung:
    """Threads of a process stand still, all but its first one, which goes on."""

    def __init__(self, pid):
        self.threads = [int(t.name) for t in pathlib.Path(f"/proc/{pid}/task").iterdir() if int(t.name) != pid]

    def __enter__(self):
        for thread in self.threads:
            trace(SEIZE, thread)
            trace(INTERRUPT, thread)
            os.waitpid(thread, 0x40000000)  # __WALL
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            trace(DETACH, thread)


@pytest.mark.parametrize("daemon", ["ingest", "registry"])
def test_workers_that_hang_are_no_sign_of_life_though_the_process_lives(world, manager, daemon):
    node = start(world, manager, daemon)
    assert manager.next() == "READY=1", node.log_tail()
    assert manager.next() == "WATCHDOG=1"
    with Hung(node.pid):
        # One may still be due for a turn that came before.
        process.pause(WATCHDOG_S / 2)
        manager.drain()
        process.holds(lambda: manager.drain() == [], 2 * WATCHDOG_S, "no sign of life")
    assert manager.next() == "WATCHDOG=1"
    node.send(signal.SIGTERM)
    manager.wait("STOPPING=1")
    assert node.wait(60) == 0, node.log_tail()


def test_a_register_that_is_away_does_not_hold_up_the_start(world, manager):
    """Or a boot would wait for it, and the unit fail for a reason that heals by itself."""
    world.nrc.settings["NRC_REGISTER_DSN"] = "host=127.0.0.1 port=1 dbname=x user=x"
    for daemon in ("ingest", "registry", "relay", "monitor"):
        node = start(world, manager, daemon)
        assert manager.next() == "READY=1", node.log_tail()
        node.send(signal.SIGTERM)
        assert node.wait(60) == 0, node.log_tail()
        manager.drain()


def test_a_journal_gets_fields(world, manager):
    """What systemd gives a unit: standard error is a stream to the journal, which $JOURNAL_STREAM names. Without the
    journal's socket the lines are as ever."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    status = os.fstat(theirs.fileno())
    environment = world.nrc.environment(JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}", NRC_REGISTER_DSN="nonsense=1")
    import subprocess
    child = subprocess.Popen([world.nrc.program, "relay"], env=environment, stderr=theirs, stdout=subprocess.DEVNULL)
    theirs.close()
    assert child.wait(60) == 1
    text = ours.makefile("rb").read().decode()
    ours.close()
    if pathlib.Path("/run/systemd/journal/socket").exists():
        assert text.splitlines()[-1].startswith("<3>nrc: ")
    else:
        assert "event=started" in text and text.splitlines()[-1].startswith("nrc: ")
