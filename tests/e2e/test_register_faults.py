# SPDX-License-Identifier: Apache-2.0
"""Faults of the engine and of PostgreSQL (the register): killed, cut, frozen, gone. The final rows never change."""

import os
import signal

import pytest
from kit import process, stream
from kit.proxy import CommitProxy

FAILPOINTS = ["after_claim", "after_seal", "after_fence", "after_stage", "after_merge", "after_history",
              "after_quarantine", "before_commit", "commit_sent", "after_commit", "after_ack"]


def load(dataset, people, count=2000, keys=300):
    for _ in range(count):
        dataset.send(people.mixed(keys))
    dataset.flush()


def test_sigterm_under_load_drains_and_exits_0(world):
    dataset, people = world.residents(partitions=2)
    node = world.engine(lanes=2)
    for _ in range(3):
        node.start()
        load(dataset, people)
        process.wait_until(lambda: world.value("SELECT count(*) FROM nrc.ledger"), 30, "some batch is in")
        assert node.stop(30) == 0, node.process.log_tail()
    node.start()
    world.finish()


def test_sigint_ends_an_idle_engine(world):
    dataset, people = world.residents()
    node = world.engine().start()
    load(dataset, people, 50)
    dataset.wait_drained()
    assert node.process.end(signal.SIGINT, 20) == 0


def test_sigterm_while_the_register_is_away_ends_in_bounded_time(own_postgres):
    dataset, people = own_postgres.residents()
    node = own_postgres.engine(NRC_INGEST_DRAIN_MS=3000).start()
    load(dataset, people, 200)
    dataset.wait_drained()
    own_postgres.postgres.stop_immediate()
    load(dataset, people, 200)
    assert node.stop(20) in (0, 1), f"it had to be killed\n{node.process.log_tail()}"
    own_postgres.postgres.start()
    node.start()
    own_postgres.finish()


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_killed_at_a_failpoint(world, failpoint):
    """Dies with SIGKILL at the failpoint; the next engine goes on with the same result."""
    dataset, people = world.residents(partitions=2)
    node = world.engine()
    load(dataset, people, 500)
    node.start(failpoint=f"{failpoint}:kill")
    dataset.send_all(people.mixed(300) for _ in range(200))
    node.wait_gone(30)
    assert node.exit_code == -signal.SIGKILL
    node.start()
    world.finish()


@pytest.mark.parametrize("failpoint", ["after_fence", "after_merge", "before_commit"])
def test_a_step_that_fails_once_is_repeated(world, failpoint):
    dataset, people = world.residents()
    world.engine().start(failpoint=f"{failpoint}:fail")
    load(dataset, people, 500)
    world.finish()


@pytest.mark.parametrize("mode", ["lost_reply", "lost_request"])
def test_commit_in_doubt_is_decided_by_the_position(world, mode):
    """The reply of COMMIT is lost, whether it was done or not: nothing is missing, nothing is there twice."""
    proxy = CommitProxy(world.postgres.run, world.postgres.socket, f"proxy-{world.tag}")
    world.closers.append(proxy.close)
    through = world.make_nrc(world.postgres.dsn(world.database, "nrc", proxy.folder))
    dataset, people = world.residents(partitions=2)
    world.engine(nrc=through).start()
    for turn in range(1, 4):
        load(dataset, people, 300)
        dataset.wait_drained()
        proxy.arm(mode)
        dataset.send_all(people.mixed(300) for _ in range(20))
        process.wait_until(lambda: proxy.hits == turn, 20, "the proxy cut a COMMIT")
    world.finish()


def test_backend_terminated_under_load(world):
    dataset, people = world.residents(partitions=2)
    world.engine(lanes=2).start()
    for _ in range(6):
        load(dataset, people, 500)
        world.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                   " AND pid <> pg_backend_pid() AND application_name LIKE 'nrc%'")
    world.finish()


def test_register_stopped_immediately_and_killed(own_postgres):
    dataset, people = own_postgres.residents(partitions=2)
    node = own_postgres.engine(lanes=2).start()
    server = own_postgres.postgres
    load(dataset, people)
    for crash in (server.stop_immediate, server.kill9, server.stop):
        crash()
        load(dataset, people, 500)
        server.start()
        load(dataset, people, 500)
        dataset.wait_drained()
    assert node.alive()
    own_postgres.finish()


def test_backend_killed_by_9(own_postgres):
    """The whole cluster restarts itself when one backend dies so."""
    dataset, people = own_postgres.residents()
    own_postgres.engine().start()
    load(dataset, people)
    dataset.wait_drained()
    for pid in own_postgres.postgres.backends(own_postgres.database)[:1]:
        os.kill(pid, signal.SIGKILL)
    load(dataset, people, 500)
    own_postgres.finish()


def test_frozen_register_bounds_memory_and_keeps_the_membership(world):
    dataset, people = world.residents(partitions=2)
    node = world.engine(NRC_INGEST_PREFETCH_KB=2048, NRC_INGEST_BATCH_BYTES=1048576).start()
    load(dataset, people, 300)
    dataset.wait_drained()
    members = process.wait_until(lambda: world.kafka.group_members(f"g-{world.tag}"), 10)
    backends = world.postgres.backends(world.database)
    assert backends
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        before = node.rss_bytes()
        for number in range(12000):
            event = people.change(number % 200)
            dataset.send(event, partition=number % 200 % 2)
            if number % 3 == 0:
                row = {**people.row(5000 + number % 50, number), "address": "س" * 2000}
                dataset.send(stream.upsert(dataset.structure, "civil_no", row), partition=number % 2)
        dataset.flush()
        # Longer than the session time-out: who does not poll is thrown out.
        process.holds(lambda: node.alive() and world.kafka.group_members(f"g-{world.tag}") == members, 9,
                      "the membership is kept", every=1)
        assert node.rss_bytes() - before < 64 * 1024 * 1024
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    dataset.comparable = False  # keys were put on partitions by hand; the counts must hold all the same
    world.finish()
    assert sum(row["received"] for row in dataset.ledger()) == len(dataset.sender.sent)


def test_deadline_frees_the_engine_from_a_frozen_backend(world):
    dataset, people = world.residents()
    world.engine(NRC_REGISTER_DEADLINE_MS=2000).start()
    load(dataset, people, 200)
    dataset.wait_drained()
    backends = world.postgres.backends(world.database)
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        load(dataset, people, 200)
        # A new connection gets through while the old backends still sleep: none of them holds a row.
        process.wait_until(lambda: set(world.postgres.backends(world.database)) - set(backends), 30,
                           "the engine has a new connection")
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    world.finish()


def test_deadlocks_and_lock_waits_are_retried(world):
    dataset, people = world.residents()
    world.engine(NRC_REGISTER_STATEMENT_TIMEOUT_MS=1000).start()
    load(dataset, people, 200)
    dataset.wait_drained()
    with world.connect() as db:
        db.execute("BEGIN")
        db.execute("LOCK TABLE rop.residents_state IN ACCESS EXCLUSIVE MODE")
        load(dataset, people, 200)
        process.holds(lambda: not dataset.drained(), 3, "nothing passes the lock")
        db.execute("COMMIT")
    world.finish()
