# SPDX-License-Identifier: Apache-2.0
"""Two engines and one partition: the one whose epoch is stale writes nothing."""

import pytest
from kit import process


def owner(dataset):
    return dataset.position()["owner"]


def test_engine_frozen_before_its_transaction_is_fenced_when_it_wakes(world):
    dataset, people = world.residents()
    first = world.engine("e1").start(failpoint="after_seal:stop:2")
    dataset.send_all(people.mixed(100) for _ in range(100))
    dataset.wait_drained()
    owned_by = owner(dataset)
    dataset.send_all(people.mixed(100) for _ in range(100))  # the first stops itself with these in its hands
    second = world.engine("e2").start()
    process.wait_until(lambda: owner(dataset) != owned_by, 40, "the second engine has the partition")
    dataset.wait_drained()
    first.thaw()
    dataset.send_all(people.mixed(100) for _ in range(300))
    assert first.alive() and second.alive()
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
        # once PostgreSQL has ended that: idle_in_transaction_session_timeout, a minute.
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
    assert nodes[1].stop() == 0
    dataset.send_all(people.mixed(300) for _ in range(500))
    nodes[0].start()
    dataset.wait_drained(60)
    world.finish()
