# SPDX-License-Identifier: Apache-2.0
"""Kills the engine at every failpoint and at random moments under load, restarts it, and compares the register with what
was sent, row by row.

A round starts an engine and sends events until the engine is dead; the next round's engine takes the rest. Some of the events
are of a structure that is approved only meanwhile, for a moment that soon comes: they are parked, and recorded then. Others break
rules (rules.py), of a contract that changes between rounds; a relay that is killed as well tells of them. People have events replayed
meanwhile (replays.py). Every ROUNDS_A_CHECK rounds,
and at the end, an engine drains the topic, and the checkers compare: kit/checker.py the rows, measured.py what is counted beside them.
Then come rounds of a register with sixty datasets: many.py."""

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

import rules
from early import Early
from kit import faults, paths, process
from kit.relay import Relay
from kit.servers import Servers
from kit.world import World
from many import Many
from measured import Measured
from replays import Replays
from thousand import HEAP_MB, Thousand

LOGS = paths.BUILD / "test-logs" / "crash"
TABLE = paths.ROOT / "base" / "failpoint.h"
ROUNDS_A_REGISTER = 60
ROUNDS_A_CHECK = 20
ROUNDS_A_STRUCTURE = 5
ROUNDS_A_CONTRACT = 7
ROUNDS_A_MONITOR = 4
PARTITIONS = 4
PEOPLE = 400
BROKEN_SHARE = 0.01
ROUND_SECONDS = 30


def failpoints():
    """The engine's in base/failpoint.h, so that a new one is tried without a change here. The monitor's: e2e/test_statements.py."""
    return [name for name in named() if not name.startswith(("outbox_", "delivery_", "topic_", "rejects_", "statements_"))]


def failpoints_of_rejects():
    """The relay's others: e2e/test_relay.py, test_topic.py"""
    return [name for name in named() if name.startswith("rejects_")]


def named():
    return re.findall(r'X\(FP_\w+,\s*"(\w+)"', TABLE.read_text())


class Suite:
    def __init__(self, servers, seed, rounds):
        self.servers, self.rounds = servers, rounds
        self.random = random.Random(seed)
        self.seed = seed
        self.passed = self.failed = 0
        self.points, self.points_of_rejects = failpoints(), failpoints_of_rejects()

    def run(self):
        for first in range(0, self.rounds, ROUNDS_A_REGISTER):
            last = min(first + ROUNDS_A_REGISTER, self.rounds)
            self.in_world(f"rounds-{first}", lambda world: Register(self, world, first).run(first, last))

    def run_many(self, rounds):
        if rounds > 0:
            self.in_world("many", lambda world: Many(self, world).run(rounds))

    def run_thousand(self):
        self.in_world("thousand", lambda world: Thousand(self, world).run())

    def in_world(self, name, work):
        folder = LOGS / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.log"):
            old.unlink()
        world = World(self.servers, folder, name)
        try:
            work(world)
        finally:
            world.close()

    def plan(self, number):
        """(failpoint setting or None, seconds until a kill from outside)"""
        turn = number % (2 * len(self.points))
        if turn < len(self.points):
            # A lane claims all that it is assigned at once: two lanes may pass there twice in all.
            often = 1 if self.is_about_structures(number) else 2 if self.points[turn] == "after_claim" else 4
            return f"{self.points[turn]}:kill:{self.random.randint(1, often)}", None
        return None, self.random.uniform(0.02, 1.5)

    def is_about_structures(self, number):
        turn = number % (2 * len(self.points))
        return turn < len(self.points) and self.points[turn].startswith(("parked_", "view_"))

    def fault(self, text):
        self.failed += 1
        print(f"FAIL {text}", flush=True)


class Register:
    """One register, its dataset, its stream, and the nodes that are killed."""

    def __init__(self, suite, world, first):
        self.suite, self.world, self.random = suite, world, suite.random
        node = world.registry("registry")
        self.dataset, self.people, self.rules = rules.dataset(world, node.start(), PARTITIONS, seed=suite.seed + first)
        node.stop()
        self.broken = faults.Faults(self.dataset.structure).all()
        self.early = Early(world, self.dataset, self.people, self.rules)
        self.replays = Replays(world, self.random)
        self.measured = Measured(world, self.dataset, self.rules, node)
        self.engine = world.engine("crash", lanes=2, NRC_INGEST_BATCH_ROWS=500)
        self.relay = Relay(world.nrc, world.folder / "relay.log", NRC_RELAY_REJECTS="yes")
        world.engines.append(self.relay)

    def run(self, first, last):
        self.dataset.send_all(self.event() for _ in range(1000))
        for number in range(first, last):
            if number % ROUNDS_A_STRUCTURE == 0 or self.suite.is_about_structures(number):
                self.early.begin()
            if number % ROUNDS_A_CONTRACT == ROUNDS_A_CONTRACT - 1:
                self.change_contract()
            self.round(number)
            if (number + 1) % ROUNDS_A_CHECK == 0 or number + 1 == last:
                self.compare(number)

    def event(self):
        return self.people.mixed(PEOPLE, self.broken, BROKEN_SHARE)

    def change_contract(self):
        """A session whose engine is dead may still be in COMMIT."""
        process.wait_until(lambda: self.world.value(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'nrc ingest%%'"),
            60, "the engine's sessions end")
        self.rules.apply_contract()

    def round(self, number):
        failpoint, delay = self.suite.plan(number)
        if not self.relay.alive():
            self.relay.start(failpoint=f"{self.random.choice(self.suite.points_of_rejects)}:kill:{self.random.randrange(1, 4)}")
        began = time.monotonic()
        self.engine.start(failpoint=failpoint)
        self.replays.work(number)
        while self.engine.alive() and time.monotonic() - began < ROUND_SECONDS:
            for _ in range(self.random.randrange(5, 40)):
                self.dataset.send(self.event())
            self.dataset.send_all(self.early.events(8))
            self.replays.send()
            self.dataset.flush()
            self.early.approve_when_parked()
            if delay is not None and time.monotonic() - began >= delay:
                self.engine.kill()
            else:
                process.pause(0.01)
        if number % ROUNDS_A_MONITOR == 0:
            self.world.nrc.run("monitor", "--once", ok=(0, 1))
        self.judge_end(number, failpoint or f"after {delay:.2f} s")

    def judge_end(self, number, how):
        if self.engine.alive():
            self.engine.kill()
            self.suite.fault(f"round {number}: {how} was never reached in {ROUND_SECONDS} s")
        elif self.engine.wait_gone() != -signal.SIGKILL:
            self.suite.fault(f"round {number}: {how}: the engine ended by itself with {self.engine.exit_code}\n"
                             f"{self.engine.process.log_tail()}")
        elif not self.relay.alive() and self.relay.wait_gone() != -signal.SIGKILL:
            self.suite.fault(f"round {number}: the relay ended by itself with {self.relay.exit_code}\n{self.relay.process.log_tail()}")
        else:
            self.suite.passed += 1
        print(f"round {number:4}  killed {how:28} {len(self.dataset.sender.sent):8} events sent", flush=True)

    def send_last(self):
        """The last event of each partition is refused: no good one behind it moves the position on."""
        for partition in range(PARTITIONS):
            self.dataset.send(self.random.choice(self.broken)(self.people.row(1, 1)), partition=partition)

    def compare(self, number):
        self.send_last()
        self.relay.kill()
        self.relay.start()
        self.engine.start()
        try:
            self.dataset.wait_drained(120)
            self.early.finish()
            self.rules.judge()
            counts = self.dataset.check()
            self.world.verify()
            self.measured.check()
            self.replays.check()
            self.relay.end_well()
            self.engine.end_well()
            self.suite.passed += 1
            print(f"after round {number}: the register equals the stream: {counts}, {self.early.parked()} of them were parked;"
                  f" contract {len(self.rules.contracts)}, {len(self.measured.refused)} rejects, cases {dict(self.replays.states)}, {dict(self.replays.done)}", flush=True)
        except Exception as error:  # noqa: BLE001 - the other rounds still tell something
            self.suite.fault(f"after round {number}: {error}")
            self.relay.kill()
            self.engine.kill()


def main():
    parser = argparse.ArgumentParser(prog="tests/crash/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--many", type=int, default=5, help="rounds with sixty datasets")
    parser.add_argument("--thousand", action="store_true", help="then a thousand topics, of which most are bad (thousand.py)")
    parser.add_argument("--seed", type=int, help="as an earlier run printed it; default: a new one")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed} (tests/crash/run --seed {seed} --rounds {args.rounds} --many {args.many} makes the same stream)", flush=True)
    with Servers(LOGS, heap_mb=HEAP_MB if args.thousand else 384) as servers:
        suite = Suite(servers, seed, args.rounds)
        suite.run()
        suite.run_many(args.many)
        if args.thousand:
            suite.run_thousand()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
