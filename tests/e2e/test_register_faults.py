# SPDX-License-Identifier: Apache-2.0
"""Faults of the engine and of PostgreSQL (the register): killed, cut, frozen, gone. The final rows never change."""

import os
import signal

import pytest
from kit import process, stream
from kit.postgres import process_children
from kit.proxy import CommitProxy

FULL = os.environ.get("NRC_TEST_FULL") == "1"
FAILPOINTS = ["after_claim", "after_seal", "after_fence", "after_merge", "after_history",
              "after_quarantine", "before_commit", "commit_sent", "after_commit", "after_ack"]


def load(dataset, people, count=2000, keys=300):
    for _ in range(count):
        dataset.send(people.mixed(keys))
    dataset.flush()


def test_sigterm_under_load_drains_and_exits_0(world):
    dataset, people = world.residents(partitions=2)
    node = world.engine(lanes=2)
    for turn in range(1, 4):
        before = world.value("SELECT count(*) FROM nrc.ledger")
        node.start()
        load(dataset, people)
        process.wait_until(lambda: world.value("SELECT count(*) FROM nrc.ledger") > before, 60, "some batch is in")
        process.wait_until(lambda: len(node.log_lines("started")) == turn, 60, "signals are waited for")
        assert node.stop() == 0, node.process.log_tail()
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
    node.wait_gone(60)
    assert node.exit_code == -signal.SIGKILL
    node.start()
    world.finish()


@pytest.mark.parametrize("failpoint", ["after_fence", "after_merge", "before_commit"])
def test_a_step_that_fails_once_is_repeated(world, failpoint):
    dataset, people = world.residents()
    node = world.engine().start(failpoint=f"{failpoint}:fail")
    load(dataset, people, 500)
    world.finish()
    assert node.log_lines("batch_retry"), "it did fail"


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
        process.wait_until(lambda: proxy.hits == turn, 60, "the proxy cut a COMMIT")
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
    """When a backend dies by SIGKILL, PostgreSQL restarts all of them."""
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
    group = f"g-{world.tag}"
    members = process.wait_until(lambda: world.kafka.group_members(group), 60)
    backends = world.postgres.backends(world.database)
    assert backends
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        before = node.rss_bytes()
        for number in range(4000 if FULL else 2000):
            event = people.change(number % 200)
            dataset.send(event, partition=number % 200 % 2)
            row = {**people.row(5000 + number % 50, number), "address": "س" * 13000}
            dataset.send(stream.upsert(dataset.structure, "civil_no", row), partition=number % 2)
        dataset.flush()
        assert sum(len(e.value_bytes or b"") for e in dataset.sender.sent) > (100 if FULL else 50) * 1024 * 1024
        # Longer than the session time-out: a member that does not poll loses its membership.
        process.holds(lambda: node.alive() and
                      process.wait_until(lambda: world.kafka.group_members(group), 60) == members, 9,
                      "the membership is kept", every=1)
        assert node.log_lines("register_slow"), "fetching is paused, and it says so"
        # A batch and the events fetched ahead of it, not a third of the waiting ones.
        assert node.rss_bytes() - before < 32 * 1024 * 1024
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
        process.wait_until(lambda: set(world.postgres.backends(world.database)) - set(backends), 60,
                           "the engine has a new connection")
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    world.finish()


def test_a_deadlock_is_retried(world):
    """Given a session that holds the history and waits for rows of the state, and a batch that has changed these rows and
    waits for the history: then the batch is the victim, as it finds the deadlock first."""
    dataset, people = world.residents()
    world.postgres.sql(f"ALTER DATABASE {world.database} SET deadlock_timeout = '5s'")
    node = world.engine().start()
    load(dataset, people, 200, keys=50)
    dataset.wait_drained()
    with world.connect() as db:
        db.execute("SET deadlock_timeout = '1h'")
        db.execute("BEGIN")
        db.execute("LOCK TABLE rop.residents_history IN ACCESS EXCLUSIVE MODE")
        dataset.send_all(people.change(n) for n in range(50))
        process.wait_until(lambda: world.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
            60, "a batch waits for the history")
        assert len(db.execute("SELECT 1 FROM rop.residents_state FOR UPDATE").fetchall()) >= 50
        db.execute("ROLLBACK")
    dataset.wait_drained()
    assert any("40P01" in line for line in node.log_text().splitlines() if "batch_retry" in line), node.log_text()
    world.finish()


def test_a_lock_wait_is_retried(world):
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


REFUSE = "ALTER TABLE rop.residents_history ADD CONSTRAINT refuse CHECK (address <> 'refuse me' OR address::int > 0)"


def refused(dataset, people, number):
    event = people.change(number)
    event.row["address"] = "refuse me"
    event.value_bytes = dataset.structure.frame(event.row)
    event.verdict, event.reason = "quarantined", "register_refused"
    return event


def test_events_that_the_register_refuses_are_quarantined_and_all_others_stored_in_order(world):
    dataset, people = world.residents()
    other, others = world.residents(name="moh.residents")
    world.execute(REFUSE)
    for number in range(1000):
        if number % 100 in (3, 4, 50):
            dataset.send(refused(dataset, people, 2000 + number))
        dataset.send(people.mixed(200))
        other.send(others.mixed(200))
    dataset.flush()
    other.flush()
    node = world.engine(NRC_INGEST_LINGER_MS=1000).start()
    world.finish()
    assert [row["reason"] for row in dataset.quarantine()] == ["register_refused"] * 30
    assert other.quarantine() == []
    assert len(node.log_lines("batch_refused")) > 10, "some batch held refused events among good ones"


def test_a_dataset_of_which_the_register_refuses_everything_is_halted_and_the_other_goes_on(world):
    dataset, people = world.residents()
    other, others = world.residents(name="moh.residents")
    world.execute(REFUSE)
    events = [refused(dataset, people, number) for number in range(100)]
    dataset.send_all(events)
    node = world.engine(NRC_INGEST_LINGER_MS=1000).start()
    process.wait_until(lambda: dataset.position() and dataset.position()["state"] == "halted", 60, "it is halted")
    assert 10 <= len(dataset.quarantine()) < 100, "what was refused before is in the quarantine, once"
    other.send_all(others.mixed(100) for _ in range(100))
    other.wait_drained()
    assert node.alive()
    world.execute("ALTER TABLE rop.residents_history DROP CONSTRAINT refuse")
    world.nrc.run("position", "resume", dataset.topic, 0)
    dataset.wait_drained()
    for event in events[len(dataset.quarantine()):]:
        event.verdict, event.reason = "recorded", None
    world.finish()


def test_a_batch_that_takes_the_server_too_long_is_halved(world):
    dataset, people = world.residents()
    world.execute("CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS"
                       " $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$")
    world.execute("CREATE TRIGGER slow BEFORE INSERT ON rop.residents_history FOR EACH ROW"
                       " EXECUTE FUNCTION public.slow()")
    load(dataset, people, 200)
    node = world.engine(NRC_REGISTER_STATEMENT_TIMEOUT_MS=1200, NRC_INGEST_LINGER_MS=1000).start()
    world.finish()
    assert any(row.get("sqlstate") == "57014" for row in node.log_lines("batch_retry")), node.process.log_tail()


def test_a_dataset_whose_table_is_gone_is_halted_and_the_other_goes_on(world):
    dataset, people = world.residents()
    other, others = world.residents(name="moh.residents")
    node = world.engine().start()
    for one, events in ((dataset, people), (other, others)):
        one.send_all(events.mixed(100) for _ in range(100))
        one.wait_drained()
    world.execute("ALTER TABLE rop.residents_history RENAME TO gone")
    for one, events in ((dataset, people), (other, others)):
        one.send_all(events.mixed(100) for _ in range(100))
    other.wait_drained()
    process.wait_until(lambda: dataset.position()["state"] == "halted", 60, "it is halted")
    failed = node.log_lines("dataset_failed")
    assert failed and all(row["topic"] == dataset.topic and "partition" not in row for row in failed), failed
    shown = world.nrc.json("position", "show", dataset.topic)
    assert shown[0]["state"] == "halted" and "rop.residents" in str(shown[0]), shown
    assert [i["dataset_id"] for i in world.incidents("register_sql")] == [dataset.position()["dataset_id"]]
    # A restart does not end with it either, nor do the months' leaves.
    assert node.stop() == 0
    node.start()
    other.send_all(others.mixed(100) for _ in range(100))
    other.wait_drained()
    world.execute("ALTER TABLE rop.gone RENAME TO residents_history")
    world.nrc.run("position", "resume", dataset.topic, 0)
    world.finish()


def test_sigterm_with_many_partitions_and_a_frozen_register_ends_in_bounded_time(own_postgres):
    """Each claim waits for the same register: the waits must not add up."""
    dataset, people = own_postgres.residents(partitions=40)
    node = own_postgres.engine(NRC_INGEST_DRAIN_MS=2000, NRC_REGISTER_CONNECT_TIMEOUT_MS=2000,
                               NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    load(dataset, people, 200)
    dataset.wait_drained()
    server = own_postgres.postgres
    frozen = [server.pid, *process_children(server.pid)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        own_postgres.kafka.add_partitions(dataset.topic, 60)
        process.wait_until(lambda: len(node.log_lines("partitions_assigned")) > 1, 60, "partitions are given anew")
        node.process.send(signal.SIGTERM)
        assert node.wait_gone(20) in (0, 1)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    node.start()
    dataset.comparable = False  # keys moved to other partitions in the middle
    own_postgres.finish()


ARRAYS = {"type": "record", "name": "Arrays", "fields": [
    {"name": "id", "type": "string"}, {"name": "items", "type": {"type": "array", "items": "int"}}]}


def test_events_that_grow_when_decoded_do_not_grow_the_engine(world):
    dataset = world.dataset("moh.arrays", "id", stream.Structure(ARRAYS), order=None)
    dataset.comparable = False
    value = dataset.structure.frame({"id": "k", "items": [1] * 30000})
    for number in range(600):  # 18 MB as sent, many times that as cells
        dataset.send(stream.Event(key=("k",), key_bytes=b"k", value_bytes=value, row={}))
    dataset.flush()
    node = world.engine(NRC_INGEST_BATCH_BYTES=16 * 1024 * 1024, NRC_INGEST_LINGER_MS=1000).start()
    peak = 0

    def drained():
        nonlocal peak
        peak = max(peak, node.rss_bytes())
        return dataset.drained()

    process.wait_until(drained, 120, "all is taken", every=0.1)
    assert peak < 200 * 1024 * 1024, f"{peak >> 20} MiB"
    world.finish()


def test_a_catalogue_restored_from_a_backup_is_taken_although_its_version_is_older(world):
    """And without a notification: none is sent for what a restore brings."""
    dataset, people = world.residents()
    node = world.engine(NRC_INGEST_CATALOGUE_POLL_MS=300).start()
    load(dataset, people, 100)
    dataset.wait_drained()
    world.execute("UPDATE nrc.catalogue_version SET version = version - 6")
    node.wait_log("catalogue_went_back")
    other, others = world.residents(name="moh.residents")  # its versions were had already, before the restore
    load(other, others, 100)
    load(dataset, people, 100)
    world.finish()
