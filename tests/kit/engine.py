# SPDX-License-Identifier: Apache-2.0
"""`nrc` as an object: its commands, and engines as nodes that start, stop, are killed, freeze and log."""

import json
import os
import pathlib
import shlex
import signal
import subprocess

from kit import paths, process

SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1:quarantine_size_mb=8",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "LSAN_OPTIONS": "exitcode=98",
    "TSAN_OPTIONS": "exitcode=97:halt_on_error=1",
}


def binary(preset=None):
    return paths.BUILD / (preset or os.environ.get("NRC_TEST_PRESET", "asan")) / "ops" / "nrc"


class CommandFailed(AssertionError):
    pass


class Nrc:
    """The command line, pointed at one register and one Kafka."""

    def __init__(self, dsn, bootstrap, program=None, **settings):
        self.program = pathlib.Path(program) if program else binary()
        self.settings = {"NRC_REGISTER_DSN": dsn, "NRC_KAFKA_BOOTSTRAP": bootstrap,
                         **{k: str(v) for k, v in settings.items()}}

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NRC_")}
        return {**SANITIZERS, **kept, **self.settings, **{k: str(v) for k, v in more.items()}}

    def run(self, *args, ok=(0,), timeout=120):
        done = subprocess.run([str(self.program), *map(str, args)], env=self.environment(), capture_output=True,
                              text=True, timeout=timeout, stdin=subprocess.DEVNULL)
        if ok is not None and done.returncode not in ok:
            raise CommandFailed(f"nrc {shlex.join(map(str, args))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args, ok=(0,)):
        return json.loads(self.run(*args, "--json", ok=ok).stdout)

    # -- what most tests and the demo do first

    def migrate(self):
        self.run("db", "migrate")

    def add_agency(self, code, name=None, name_ar=None, legal_class=1, division="Records", head="The head"):
        arabic = ["--name-ar", name_ar] if name_ar else []
        self.run("agency", "add", code, "--name", name or code.upper(), *arabic, "--class", legal_class,
                 "--division", division, "--head", head)

    def add_dataset(self, name, *options, topic=None, key=None, key_format="text", order="seq", decided=False):
        """decided: people decide on changes of its structure, as they do by default; else each is active at once."""
        args = ["--topic", topic or name, "--key", key, "--key-format", key_format]
        if not decided:
            args += ["--review-people", 0, "--breaking-people", 0]
        if order:
            args += ["--order", order]
        self.run("dataset", "add", name, *args, *options)

    def register(self, dataset, structure, folder, is_key=False):
        """Registers a stream.Structure and gives it its schema id."""
        path = pathlib.Path(folder) / f"{dataset}{'.key' if is_key else ''}.{abs(hash(structure.text))}.avsc"
        path.write_text(structure.text, encoding="utf-8")
        structure.schema_id = self.json("structure", "register", dataset, path,
                                        *(["--key"] if is_key else []))["schema_id"]
        return structure

    def lag(self):
        """Events not yet taken, over all partitions."""
        return sum(int(row["lag"] or 0) for row in self.json("lag"))


class Node:
    """A daemon of ours as a process: what every kind of it can do. `process` is the subclass's."""

    STOP_S = 60  # how long its drain may take

    @property
    def pid(self):
        return self.process.pid

    @property
    def exit_code(self):
        return self.process.exit_code

    def alive(self):
        return self.process.alive()

    def stop(self, timeout=None):
        """SIGTERM, once there is somebody to heed it, and the exit code after the drain."""
        process.wait_until(lambda: not self.alive() or self.process.is_in_main(), 60, f"{self.process.name} is in main")
        return self.process.end(signal.SIGTERM, self.STOP_S if timeout is None else timeout)

    def end_well(self):
        """Its drain ends with 0, or this with what it said."""
        code = self.stop()
        if code != 0:
            raise AssertionError(f"{self.process.name} exited {code}\n{self.process.log_tail(40)}")

    def kill(self):
        self.process.send(signal.SIGKILL)
        return self.process.wait(60)

    def log_text(self):
        return self.process.log.read_text(errors="replace") if self.process.log.exists() else ""

    def log_lines(self, event=None):
        """Logfmt lines as dictionaries."""
        rows = []
        for line in self.log_text().splitlines():
            row = parse_logfmt(line)
            if row and (event is None or row.get("event") == event):
                rows.append(row)
        return rows


class Engine(Node):
    """A node: one `nrc ingest`."""

    def __init__(self, nrc, log, instance="e1", lanes=1, keep=None, **settings):
        self.nrc = nrc
        self.settings = {"NRC_INGEST_INSTANCE": instance, "NRC_INGEST_LANES": lanes, **settings}
        self.process = process.Process(f"engine {instance}", log, keep)

    def start(self, failpoint=None, **more):
        environment = self.nrc.environment(**{**self.settings, **more})
        if failpoint:
            environment["NRC_FAILPOINT"] = failpoint
        self.process.spawn([self.nrc.program, "ingest"], env=environment)
        return self

    def freeze(self):
        self.process.send(signal.SIGSTOP)

    def thaw(self):
        self.process.send(signal.SIGCONT)

    def is_stopped(self):
        """By a failpoint of its own, or by freeze()."""
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def wait_stopped(self, timeout=60):
        process.wait_until(self.is_stopped, timeout, "it has stopped itself")

    def wait_gone(self, timeout=60):
        return self.process.wait(timeout)

    def rss_bytes(self):
        return process.rss_bytes(self.pid)

    def wait_log(self, text, timeout=60):
        return process.wait_until(lambda: text in self.log_text(), timeout, f"{text!r} in the engine's log")


def parse_logfmt(line):
    try:
        words = shlex.split(line)
    except ValueError:
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)
