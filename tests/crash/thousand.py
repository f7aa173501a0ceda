# SPDX-License-Identifier: Apache-2.0
"""A thousand topics of which 400 do not exist, 50 have no leader, and one holds messages of 40 MB: the others' events are recorded meanwhile,
and the engine keeps within its memory."""

import time

from kit import process
from kit.bad_topics import BadTopics

MISSING, LEADERLESS, GOOD, SILENT = 400, 50, 30, 519
LARGE_BYTES, LARGE_EVENTS = 40_000_000, 4
MOST_BYTES = 512 << 20
HEAP_MB = 1536  # of the broker, which holds each of the large messages several times


class Thousand:
    def __init__(self, suite, world):
        self.suite, self.world = suite, world
        self.bad = BadTopics(world, MISSING, LEADERLESS, GOOD, SILENT, LARGE_BYTES, leaderless_partitions=1)
        self.engine = world.engine("thousand", lanes=2)

    def run(self):
        try:
            self.engine.start()
            self.flow("a leader that nobody reaches")
            self.bad.broker.kill()
            self.flow("no leader")
            self.judge()
            self.suite.passed += 1
        except Exception as error:  # noqa: BLE001 - counted
            self.suite.fault(f"thousand: {error}")

    def flow(self, what):
        """The large ones first: they must not keep the others from their turn. Nor do commands wait for each bad topic."""
        self.bad.send_large(LARGE_EVENTS)
        self.bad.send_good(200)
        self.bad.wait_good(300)
        print(f"thousand: {what}, all others are taken; the most memory was {self.peak() >> 20} MiB, lines of log"
              f" {len(self.engine.log_text().splitlines())}", flush=True)
        for command in (("lag",), ("status",), ("doctor",), ("monitor", "--once")):
            began = time.monotonic()
            self.world.nrc.run(*command, ok=(0, 1, 2))
            print(f"thousand: nrc {' '.join(command)} took {time.monotonic() - began:.1f} s", flush=True)

    def peak(self):
        return process.peak_rss_bytes(self.engine.pid)

    def judge(self):
        missing = {i["dataset_id"] for i in self.world.open_incidents("topic_missing")}
        if len(missing) != MISSING:
            raise AssertionError(f"{len(missing)} topics are said to be missing, not {MISSING}")
        if self.peak() > MOST_BYTES:
            raise AssertionError(f"the engine had {self.peak() >> 20} MiB")
        for dataset, _ in self.bad.leaderless:
            self.world.datasets.remove(dataset)
        self.world.finish()
