# SPDX-License-Identifier: Apache-2.0
"""Topics that do not exist, that nobody leads, whose messages are very large: the datasets beside them keep their pace."""

import collections
import os

import pytest

from kit import process
from kit.bad_topics import BadTopics

FULL = os.environ.get("NRC_TEST_FULL") == "1"
MISSING, LEADERLESS, GOOD, SILENT = 24, 2, 6, 28
LEADERLESS_PARTITIONS = 8
LANES = 2
SAID_AT_MOST = 3  # of a missing topic, by a lane: not at each look at the cluster


@pytest.mark.timeout(300)
def test_bad_topics_delay_no_good_one(own_kafka):
    """A claim that asks a leader nobody reaches costs a whole time-out, and there are more such partitions than the pauses between their
    claims have room for: an engine that waits for each of them never comes to the good ones."""
    world = own_kafka
    bad = BadTopics(world, MISSING, LEADERLESS, GOOD, SILENT, 3_000_000, LEADERLESS_PARTITIONS)
    nobody_leads = {("partition_waits", dataset.name) for dataset, _ in bad.leaderless}
    is_missing = {("topic_missing", f"aab.s{i}") for i in range(1, MISSING + 1)}

    def flows():
        bad.send_good(30)
        bad.send_large(4)
        bad.wait_good()
        assert not any(dataset.position(p) for dataset, _ in bad.leaderless for p in range(LEADERLESS_PARTITIONS)), "they are bad all the time"

    def wait_incidents(expected, what):
        process.wait_until(lambda: bad.open_incidents().keys() == expected, 60, lambda: f"{what}: {bad.open_incidents()}")

    node = world.engine(lanes=LANES, NRC_INGEST_STUCK_HALT_MS=2000, NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    flows()
    bad.broker.kill()
    flows()
    wait_incidents(nobody_leads | is_missing, "each has its incident, and the right one")
    assert all(bad.open_incidents()[incident] == 1 for incident in is_missing)
    said = collections.Counter(line["topic"] for line in node.log_lines("topic_missing"))
    assert set(said) == set(bad.missing) and max(said.values()) <= LANES * SAID_AT_MOST, said

    if FULL:  # the claims' pauses are half a minute by now
        bad.mend()
        for dataset, _ in bad.leaderless:
            dataset.wait_drained()
        wait_incidents(is_missing, "what is led again flows")
    else:
        world.datasets = [d for d in world.datasets if d not in [bad_one for bad_one, _ in bad.leaderless]]
    world.finish()
