# SPDX-License-Identifier: Apache-2.0
"""Looks for data races between the threads of `nrc ingest` and `nrc registry`: ThreadSanitizer, real servers.

It builds the preset tsan (build/tsan) and runs three things with it:
  canary      a race with a thread of the Kafka client is reported, the same under a lock is not
  unit        the unit tests of base, ingest and registry
  end to end  the files in E2E of tests/races/run.py: streams, starts and ends, fencing, faults, several registries

ThreadSanitizer of GCC 12 does not know C11 threads, which Debian's librdkafka uses. Therefore the first run takes the
source of the same version from Debian's mirror, compares its SHA-256 (tests/races/librdkafka.cmake) and builds it in
build/tsan-rdkafka. This takes a minute or two. Nothing is installed. Reports that are left out stand in
tests/races/suppressions, with the reason.

Logs: build/test-logs/races/. Each report is printed once. The last line is 'N passed, N failed'; exit 1 when any
failed."""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from kit import paths

HERE = pathlib.Path(__file__).resolve().parent
LOGS = paths.BUILD / "test-logs" / "races"
TSAN = paths.BUILD / "tsan"
RACE_EXIT = 97
JOBS = 2
E2E_WORKERS = 3
UNIT = ("base", "ingest", "registry")
# Lanes that come and go, a catalogue that changes meanwhile, faults of both servers, every end of a process.
E2E = ("test_stream.py", "test_start.py", "test_fencing.py", "test_register_faults.py", "test_kafka_faults.py",
       "test_registry_instances.py")
# About memory, of which ThreadSanitizer takes a multiple.
NOT_E2E = ("frozen_register_bounds_memory", "events_that_grow_when_decoded")
REPORT = re.compile(r"^=+\n(WARNING: ThreadSanitizer.*?)^=+$", re.M | re.S)
FATAL = re.compile(r"^.*(?:FATAL: ThreadSanitizer|==\d+==(?:ERROR: )?ThreadSanitizer).*$", re.M)


def without_aslr():
    """The start of a command line. GCC 12's ThreadSanitizer does not start where the kernel spreads addresses over more
    than 28 bits (vm.mmap_rnd_bits)."""
    setarch = ["setarch", "-R"]
    try:
        return setarch if subprocess.run([*setarch, "true"], capture_output=True).returncode == 0 else []
    except FileNotFoundError:
        return []


def call(argv, log, **env):
    """Runs a program with its output in a log. Returns the exit code."""
    with open(LOGS / log, "ab") as out:
        return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=paths.ROOT,
                              env={**os.environ, **env}).returncode


class Races:
    def __init__(self):
        self.passed = self.failed = 0
        self.aslr = without_aslr()

    def count(self, good, what, log=None):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print(f"FAIL {what}{f'; see {(LOGS / log).relative_to(paths.ROOT)}' if log else ''}", flush=True)
        return good

    def build(self):
        """Configures, and builds the engine and the unit tests that are run. None: it cannot be built."""
        if not self.count(call(["cmake", "--preset", "tsan"], "build.log") == 0, "cmake --preset tsan", "build.log"):
            return None
        listed = subprocess.run(["ctest", "--test-dir", TSAN, "-L", "^unit$", "--show-only=json-v1"],
                                capture_output=True, text=True, check=True)
        units = [t["name"] for t in json.loads(listed.stdout)["tests"] if t["name"].split("_")[0] in UNIT]
        code = call(["cmake", "--build", TSAN, "-j", JOBS, "--target", "nrc", "races_canary", *units], "build.log")
        return units if self.count(code == 0, "the build", "build.log") else None

    def canary(self):
        program = [*self.aslr, TSAN / "races_canary"]
        seen = call([*program, "race"], "canary-race.txt") == RACE_EXIT
        self.count(seen, "a race with the Kafka client's thread is reported", "canary-race.txt")
        self.count(call(program, "canary.log") == 0, "the same with a lock is none", "canary.log")
        return seen

    def unit(self, names):
        for name in names:
            self.count(call([*self.aslr, TSAN / "tests" / name], f"{name}.log") == 0, name, f"{name}.log")

    def e2e(self, only):
        report = LOGS / "e2e.xml"
        chosen = ["-k", only or " and ".join(f"not {name}" for name in NOT_E2E)]
        code = call([*self.aslr, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=10",
                     "-n", E2E_WORKERS, "--dist", "worksteal", f"--junitxml={report}", *chosen,
                     *(paths.ROOT / "tests" / "e2e" / name for name in E2E)],
                    "e2e.log", NRC_TEST_PRESET="tsan", NRC_TEST_LOGS=str(LOGS / "e2e"))
        if not report.exists():
            self.count(False, "pytest", "e2e.log")
            return
        for case in tree.parse(report).getroot().iter("testcase"):
            self.count(not len(case), case.get("name"), "e2e.log")
        if not self.failed:
            self.count(code == 0, "pytest", "e2e.log")

    def tell_reports(self):
        """Each report once, with the number of times and one log that has it."""
        found = collections.defaultdict(list)
        for log in sorted(LOGS.rglob("*.log")):
            text = log.read_text(errors="replace") if log.name != "e2e.log" else ""  # quotes the others
            for report in [*REPORT.findall(text), *FATAL.findall(text)]:
                summary = re.search(r"^SUMMARY: (.*)$", report, re.M)
                found[summary[1] if summary else re.sub(r"0x\w+|==\d+==", "", report)].append((log, report))
        for summary, all_of_it in sorted(found.items()):
            log, report = all_of_it[0]
            print(f"\n{summary}: {len(all_of_it)} times, first in {log.relative_to(paths.ROOT)}\n{report}", flush=True)
        self.count(not found, f"{len(found)} different reports")


def main():
    parser = argparse.ArgumentParser(prog="tests/races/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="EXPRESSION", help="the end-to-end tests that match, as pytest -k takes it")
    args = parser.parse_args()
    os.environ["TSAN_OPTIONS"] = (f"exitcode={RACE_EXIT}:halt_on_error=0:second_deadlock_stack=1"
                                  f":suppressions={HERE / 'suppressions'}:print_suppressions=0")
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    races = Races()
    units = races.build()
    if units is not None and races.canary():
        races.unit(units)
        races.e2e(args.only)
        races.tell_reports()
    print(f"{races.passed} passed, {races.failed} failed")
    return 1 if races.failed else 0


if __name__ == "__main__":
    sys.exit(main())
