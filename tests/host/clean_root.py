# SPDX-License-Identifier: Apache-2.0
"""Roots of Debian 12, as debootstrap makes them: one to install into, and one that boots with its own systemd."""

import os
import pathlib
import signal
import subprocess
import time

from kit import paths, process

CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def make(name="debian-root", more=()):
    """Once, under build/."""
    root = paths.BUILD / name
    mark = root / ".made"
    if not mark.exists():
        subprocess.run(["rm", "-rf", root], check=True)
        packages = ",".join(["systemd", "tzdata", "ca-certificates", *more])
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", root], check=True,
                       stdout=subprocess.DEVNULL)
        mark.touch()
    return root


def copy(base, to):
    subprocess.run(["cp", "-a", "--reflink=auto", base, to], check=True)
    return to


def inside(root, *argv, ok=True, **more):
    # With a /proc of its own, without which systemd-tmpfiles does nothing; it is gone with the process.
    script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, root, *map(str, argv)], env={**CLEAN, **more.pop("env", {})}, check=ok,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)


class Machine:
    """A root that has been booted: its systemd is process 1 of its own, and it has no network but its own loopback."""

    def __init__(self, root, log):
        env = dict(os.environ)
        if pathlib.Path("/sys/fs/cgroup/systemd").is_dir():  # the host's groups are of version 1, and so are the guest's
            env["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY"] = "0"
        self.log = log
        with open(log, "wb") as out:
            self.nspawn = subprocess.Popen(["systemd-nspawn", "--boot", f"--directory={root}", f"--machine=nrc-{os.getpid()}", "--private-network",
                                            "--register=no", "--keep-unit", "--console=read-only", "--link-journal=no"],
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
        self.first = self.wait_for(self.process_1)
        self.wait_for(lambda: self.run("systemctl", "is-system-running", ok=False).stdout.strip() in ("running", "degraded"))

    def wait_for(self, condition, seconds=120):
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert self.nspawn.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            process.pause(0.1)
        return found

    def process_1(self):
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        for pid in children.read_text().split():
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                return int(pid)
        return None

    def run(self, *argv, ok=True, **more):
        return subprocess.run(["nsenter", "--target", str(self.first), "--mount", "--uts", "--ipc", "--net", "--pid", *map(str, argv)],
                              env=CLEAN, check=ok, capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)

    def power_off(self):
        self.run("systemctl", "poweroff", ok=False)
        return self.nspawn.wait(120)

    def end(self):
        if self.nspawn.poll() is None:
            if self.first_lives():
                os.kill(self.first, signal.SIGKILL)
            self.nspawn.kill()
            self.nspawn.wait()

    def first_lives(self):
        first = getattr(self, "first", None) or self.process_1()
        return first is not None and pathlib.Path(f"/proc/{first}").exists()
