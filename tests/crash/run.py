# SPDX-License-Identifier: Apache-2.0
"""Kills the engine at every failpoint and at random moments under load, restarts it, and compares the register with what
was sent, row by row.

A round starts an engine and sends events until the engine is dead; the next round's engine takes the rest. Some of the events
are of a structure that is approved only meanwhile, for a moment that soon comes: they are parked, and recorded then. Every
ROUNDS_A_CHECK rounds, and at the end, an engine drains the topic and the checker compares."""

import argparse
import os
import pathlib
import random
import re
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

os.environ.setdefault("NRC_TEST_PRESET", "crash")

from early import Early
from kit import faults, paths, process
from kit.servers import Servers
from kit.world import World

LOGS = paths.BUILD / "test-logs" / "crash"
TABLE = paths.ROOT / "base" / "failpoint.h"
ROUNDS_A_REGISTER = 60
ROUNDS_A_CHECK = 20
ROUNDS_A_STRUCTURE = 5
PEOPLE = 400
BROKEN_SHARE = 0.01
ROUND_SECONDS = 30


def failpoints():
    """The engine's in base/failpoint.h, so that a new one is tried without a change here."""
    names = re.findall(r'X\(FP_\w+,\s*"(\w+)"', TABLE.read_text())
    # The relay's and the monitor's: e2e/test_relay.py, test_topic.py, test_rejects.py, test_statements.py.
    return [name for name in names if not name.startswith(("outbox_", "delivery_", "topic_", "rejects_", "statements_"))]


class Suite:
    def __init__(self, servers, seed, rounds):
        self.servers, self.rounds = servers, rounds
        self.random = random.Random(seed)
        self.seed = seed
        self.passed = self.failed = 0
        self.points = failpoints()

    def run(self):
        for first in range(0, self.rounds, ROUNDS_A_REGISTER):
            last = min(first + ROUNDS_A_REGISTER, self.rounds)
            folder = LOGS / f"rounds-{first}"
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*.log"):
                old.unlink()
            world = World(self.servers, folder, f"rounds-{first}")
            try:
                self.register(world, first, last)
            finally:
                world.close()
        return self.failed == 0

    def register(self, world, first, last):
        dataset, people = world.residents(partitions=4, seed=self.seed + first)
        broken = faults.Faults(dataset.structure).all()
        early = Early(world, dataset, people)
        node = world.engine("crash", lanes=2, NRC_INGEST_BATCH_ROWS=500)
        dataset.send_all(people.mixed(PEOPLE, broken, BROKEN_SHARE) for _ in range(2000))
        for number in range(first, last):
            if number % ROUNDS_A_STRUCTURE == 0 or self.is_about_structures(number):
                early.begin()
            self.round(number, node, dataset, people, broken, early)
            if (number + 1) % ROUNDS_A_CHECK == 0 or number + 1 == last:
                self.compare(number, node, world, dataset, early)

    def plan(self, number):
        """(failpoint setting or None, seconds until a kill from outside)"""
        turn = number % (2 * len(self.points))
        if turn < len(self.points):
            nth = 1 if self.is_about_structures(number) else self.random.randrange(1, 5)
            return f"{self.points[turn]}:kill:{nth}", None
        return None, self.random.uniform(0.02, 1.5)

    def is_about_structures(self, number):
        turn = number % (2 * len(self.points))
        return turn < len(self.points) and self.points[turn].startswith(("parked_", "view_"))

    def round(self, number, node, dataset, people, broken, early):
        failpoint, delay = self.plan(number)
        began = time.monotonic()
        node.start(failpoint=failpoint)
        while node.alive() and time.monotonic() - began < ROUND_SECONDS:
            for _ in range(self.random.randrange(20, 200)):
                dataset.send(people.mixed(PEOPLE, broken, BROKEN_SHARE))
            dataset.send_all(early.events(20))
            dataset.flush()
            early.approve_when_parked()
            if delay is not None and time.monotonic() - began >= delay:
                node.kill()
            else:
                process.pause(0.01)
        how = failpoint or f"after {delay:.2f} s"
        if node.alive():
            node.kill()
            self.fault(f"round {number}: {how} was never reached in {ROUND_SECONDS} s")
        elif node.wait_gone() != -signal.SIGKILL:
            self.fault(f"round {number}: {how}: the engine ended by itself with {node.exit_code}\n{node.process.log_tail()}")
        else:
            self.passed += 1
        print(f"round {number:4}  killed {how:28} {len(dataset.sender.sent):8} events sent", flush=True)

    def compare(self, number, node, world, dataset, early):
        node.start()
        try:
            dataset.wait_drained(120)
            early.finish()
            counts = dataset.check()
            world.verify()
            code = node.stop()
            if code != 0:
                raise AssertionError(f"the engine exited {code}\n{node.process.log_tail()}")
            self.passed += 1
            print(f"after round {number}: the register equals the stream: {counts}, {early.parked()} of them were parked", flush=True)
        except Exception as error:  # noqa: BLE001 - the other rounds still tell something
            self.fault(f"after round {number}: {error}")
            if node.alive():
                node.kill()

    def fault(self, text):
        self.failed += 1
        print(f"FAIL {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/crash/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, help="as an earlier run printed it; default: a new one")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed} (tests/crash/run --seed {seed} --rounds {args.rounds} makes the same stream)", flush=True)
    with Servers(LOGS) as servers:
        suite = Suite(servers, seed, args.rounds)
        suite.run()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
