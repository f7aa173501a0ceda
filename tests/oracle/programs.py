# SPDX-License-Identifier: Apache-2.0
"""The oracles' programs: a tool of ours, and Avro's own Java library. One question a line, one JSON answer a line."""

import atexit
import contextlib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.kit.paths import AVRO_LIB  # noqa: E402


class Program:
    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.end)

    def end(self):
        """A sanitizer looks for leaks when its program ends: that fails the oracle too."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        code = self.process.wait(60)
        if code != 0:
            print("%s: exit %d at its end" % (self.process.args[0], code), flush=True)
            os._exit(1)

    def ask_line(self, line, **parsing):
        self.process.stdin.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("%s ended (%s) at: %s" % (self.process.args[0], self.process.wait(), line[:2000]))
        return json.loads(answer, **parsing)

    def ask(self, question):
        return self.ask_line(json.dumps(question))


class Tally:
    """What held, and what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def put(self, what, fault, *schemas):
        """fault: in words; None: it held."""
        if fault is None:
            self.passed += 1
            return
        self.failed += 1
        print("FAILED %s: %s\n    %s" % (what, fault, "\n    ".join(json.dumps(s)[:3000] for s in schemas)))


def versions():
    """Avro's versions that ops/install has installed; the oldest first."""
    found = sorted(f.name for f in AVRO_LIB.iterdir() if list(f.glob("avro-*.jar"))) if AVRO_LIB.is_dir() else []
    if len(found) < 2:
        print("Avro's jars are not in %s; ops/install puts them there" % AVRO_LIB, file=sys.stderr)
        sys.exit(2)
    return found


def java(version, source):
    """tests/oracle/java/SOURCE with that version of Avro."""
    return Program("java", "-Xss64m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto", "-cp",
                   "%s/*" % (AVRO_LIB / version), HERE / "java" / source)
