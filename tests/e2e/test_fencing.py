# SPDX-License-Identifier: Apache-2.0
"""Two engines and one partition: the one whose epoch is stale writes nothing."""

import os
import signal

import pytest
from kit import process


def owner(dataset):
    return dataset.position()["owner"]


def test_engine_frozen_before_its_transaction_is_fenced_when_it_wakes(world):
    dataset, people = world.residents()
    # All there before it starts, and a batch that lingers: one batch, so that the failpoint meets the next.
    dataset.send_all(people.mixed(100) for _ in range(100))
    first = world.engine("e1", NRC_INGEST_LINGER_MS=2000).start(failpoint="after_seal:stop:2")
    dataset.wait_drained()
    owned_by = owner(dataset)
    dataset.send_all(people.mixed(100) for _ in range(100))  # the first stops itself with these in its hands
    second = world.engine("e2").start()
    process.wait_until(lambda: owner(dataset) != owned_by, 60, "the second engine has the partition")
    dataset.wait_drained()
    first.thaw()
    dataset.send_all(people.mixed(100) for _ in range(300))
    assert first.alive() and second.alive()
    world.finish()


def test_of_two_engines_with_one_name_the_first_ends_and_the_second_goes_on(world):
    """The group gives the place of a name to the last engine of that name. The first would take it back if it went on."""
    dataset, people = world.residents(partitions=3)
    first = world.engine("twin").start()
    dataset.send_all(people.mixed(100) for _ in range(100))
    dataset.wait_drained()
    second = world.engine("twin-again", NRC_INGEST_INSTANCE="twin").start()
    assert first.wait_gone(60) == 1
    assert "another engine joined the group with the same instance name" in first.log_text()
    assert len(world.incidents("instance_fenced")) == 1
    dataset.send_all(people.mixed(100) for _ in range(300))
    dataset.wait_drained()
    epochs = [position["epoch"] for position in dataset.positions()]
    # Longer than the session time-out, after which a fenced partition is claimed again.
    process.holds(lambda: [position["epoch"] for position in dataset.positions()] == epochs, 8,
                  "nobody claims what the second one has", every=1)
    assert second.alive()
    world.finish()


@pytest.mark.timeout(300)
def test_engines_frozen_in_turn(world):
    dataset, people = world.residents(partitions=4)
    nodes = [world.engine(f"e{n}", lanes=2).start() for n in (1, 2)]
    for turn in range(2):
        frozen = nodes[turn % 2]
        dataset.send_all(people.mixed(200) for _ in range(1000))
        frozen.freeze()
        dataset.send_all(people.mixed(200) for _ in range(300))
        # The other one takes over all of it once the session is over, and, if this one froze inside a transaction,
        # once PostgreSQL has ended that (it was idle: 15 s) or the claim has (it was in a COPY: 20 s).
        dataset.wait_drained(100)
        frozen.thaw()
        dataset.send_all(people.mixed(200) for _ in range(300))
    world.finish()


def test_engines_that_come_and_go_share_the_work(world):
    dataset, people = world.residents(partitions=6)
    nodes = [world.engine(f"e{n}") for n in (1, 2, 3)]
    for node in nodes:
        node.start()
        dataset.send_all(people.mixed(300) for _ in range(500))
    nodes[0].kill()
    dataset.send_all(people.mixed(300) for _ in range(500))
    nodes[1].wait_log("event=started")  # before main a signal ends any process
    assert nodes[1].stop() == 0
    dataset.send_all(people.mixed(300) for _ in range(500))
    nodes[0].start()
    dataset.wait_drained(60)
    world.finish()


def test_partitions_are_given_away_while_a_commit_is_stuck(world):
    """The batch ends first: at the engine's deadline, as its backend does not answer. The other engine takes all of it."""
    dataset, people = world.residents(partitions=4)
    node = world.engine("e1", NRC_REGISTER_DEADLINE_MS=8000).start()
    dataset.send_all(people.mixed(200) for _ in range(400))
    dataset.wait_drained()
    stuck = world.postgres.backends(world.database, like="nrc ingest lane%")
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    try:
        dataset.send_all(people.mixed(200) for _ in range(400))
        node.wait_log("register_slow")
        world.engine("e2").start()
        node.wait_log("partitions_revoked")
        node.wait_log("batch_abandoned")
        process.wait_until(lambda: len({p["owner"] for p in dataset.positions()}) == 2, 60, "both have partitions")
    finally:
        for pid in stuck:
            os.kill(pid, signal.SIGCONT)
    world.finish()


def test_a_topic_declared_while_the_engine_is_away_is_read_when_it_comes_back(world):
    """Back within its session time-out it is a static member: the broker gives it its former assignment, and starts no rebalance
    although it subscribes to one topic more."""
    settings = {"NRC_INGEST_SESSION_TIMEOUT_MS": 120_000}  # longer than the test waits for its events
    first, people = world.residents()
    first.send_all(people.mixed(100) for _ in range(50))
    engine = world.engine("e1", lanes=2, **settings).start()
    first.wait_drained()
    engine.end_well()
    second, others = world.residents(seed=2, name="rop.foreigners")
    second.send_all(others.mixed(100) for _ in range(50))
    world.engine("e1-again", lanes=2, NRC_INGEST_INSTANCE="e1", **settings).start()
    second.wait_drained(60)
    first.send_all(people.mixed(100) for _ in range(50))
    world.finish()
