# SPDX-License-Identifier: Apache-2.0
"""Reads a run's processes and folders from its standard input. When the input ends, the run has ended: it removes them.

Lines: watch PID START SIGNAL, forget PID, remove FOLDER."""

import os
import pathlib
import shutil
import signal
import sys
import threading
import time


def same(pid, start):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    fields = text[text.rindex(")") + 2 :].split()
    return fields[19] == start and fields[0] != "Z"


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched = {}
    folders = []
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "watch":
            watched[int(rest[0])] = (rest[1], int(rest[2]))
        elif word == "forget":
            watched.pop(int(rest[0]), None)
        elif word == "remove":
            folders.append(rest[0])

    for pid, (start, number) in watched.items():
        if same(pid, start):
            send(pid, number)
            send(pid, signal.SIGCONT)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(same(p, s) for p, (s, _) in watched.items()):
        threading.Event().wait(0.05)
    for pid, (start, _) in watched.items():
        if same(pid, start):
            send(pid, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
