# SPDX-License-Identifier: Apache-2.0
"""Faults of Kafka: brokers that die, logs that start later, topics that were created again, holes in offsets."""

import os
import signal

import confluent_kafka
import pytest
from kit import process, stream

PLAIN = {"type": "record", "name": "Plain", "fields": [
    {"name": "id", "type": "string"}, {"name": "text", "type": "string"}]}


def halted(dataset, partition=0):
    position = dataset.position(partition)
    return position and position["state"] == "halted"


def test_broker_killed_and_restarted(world):
    dataset, people = world.residents(partitions=2)
    node = world.engine(lanes=2).start()
    dataset.send_all(people.mixed(200) for _ in range(1000))
    world.kafka.kill9()
    world.kafka.start()
    dataset.send_all(people.mixed(200) for _ in range(1000))
    assert node.alive()
    world.finish()


def test_log_start_above_the_position_halts_that_partition_until_the_gap_is_accepted(world):
    dataset, people = world.residents(partitions=2)
    node = world.engine().start()
    for number in range(200):
        dataset.send(people.change(number), partition=number % 2)
    dataset.wait_drained()
    assert node.stop() == 0
    for number in range(200):
        dataset.send(people.change(number), partition=number % 2)
    dataset.flush()
    at = dataset.position(0)["next_offset"]
    world.kafka.delete_records(dataset.topic, 0, at + 30)
    node.start()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    process.wait_until(lambda: dataset.position(1)["next_offset"] == 200, 60, "the other one flows")
    incident = world.incidents("gap")
    assert len(incident) == 1
    assert str(at) in incident[0]["detail"] and str(at + 30) in incident[0]["detail"], incident
    assert any(row["kind"] == "gap" for row in world.nrc.json("incident", "list"))
    shown = world.nrc.json("position", "show", dataset.topic)
    assert [row["state"] for row in sorted(shown, key=lambda r: int(r["partition"]))] == ["halted", "open"]

    # Without the reason it is tried again and halted again; with it the range is in the ledger and the stream goes on.
    world.nrc.run("position", "resume", dataset.topic, 0)
    process.wait_until(lambda: halted(dataset), 60, "it is halted again")
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "the agency deleted it")
    dataset.sender.sent = [e for e in dataset.sender.sent if not (e.partition == 0 and at <= e.offset < at + 30)]
    dataset.wait_drained()
    gap = dataset.ledger("gap")
    assert [(row["from_offset"], row["next_offset"], row["reason"]) for row in gap] == [
        (at, at + 30, "the agency deleted it")]
    world.finish()


def test_log_start_passes_the_position_while_the_engine_runs(world):
    dataset, people = world.residents()
    node = world.engine().start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    node.freeze()
    dataset.send_all(people.change(n) for n in range(100))
    world.kafka.delete_records(dataset.topic, 0, 150)
    node.thaw()
    # It may keep the events that it had fetched; then it stops at the gap, or has lost nothing.
    process.wait_until(lambda: halted(dataset) or dataset.drained(), 60, "it halts, or lost nothing")
    if halted(dataset):
        at = dataset.position()["next_offset"]
        assert at < 150
        world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "test")
        dataset.sender.sent = [e for e in dataset.sender.sent if not at <= e.offset < 150]
    world.finish()


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("refill", [30, 100, 250], ids=["shorter", "as-long", "refilled-past"])
def test_topic_deleted_and_created_again_is_halted(world, running, refill):
    dataset, people = world.residents()
    dataset.comparable = False
    node = world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    before = dataset.rows()
    if not running:
        assert node.stop() == 0
    world.kafka.delete_topic(dataset.topic)
    if running:  # a topic of the same name at once could not be told from the old one by its metadata
        node.wait_log("partition_recheck", 60)
    world.kafka.create_topic(dataset.topic, 1)
    again = stream.Sender(world.kafka.bootstrap)
    for number in range(refill):
        again.send(dataset.topic, people.change(number + 1000))
    again.flush()
    if not running:
        node.start()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert dataset.rows() == before, "not a record of the new topic is taken for one of the old"
    assert world.incidents("topic_replaced")
    assert node.alive()
    # A steward decides: the new topic is read from its start.
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "re-created by the agency")
    process.wait_until(lambda: dataset.position()["next_offset"] == refill, 60, "the new topic is drained")
    assert len(dataset.rows()) == 100 + refill
    world.verify()


def test_an_engine_whose_topic_was_gone_and_came_back_still_ends(world):
    """Without care the client would wait for itself for ever when it is closed."""
    dataset, people = world.residents()
    dataset.comparable = False
    node = world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    world.kafka.delete_topic(dataset.topic)
    node.wait_log("partitions_revoked")
    world.kafka.create_topic(dataset.topic, 1)
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert node.stop(timeout=20) == 0


def test_without_declared_order_events_of_a_topic_created_again_are_newer(world):
    """Offsets start again at 0, so they do not tell which of two events is newer."""
    dataset = world.dataset("moh.notes", "id", stream.Structure(PLAIN), order=None)
    dataset.comparable = False

    def send(sender, text, count):
        for number in range(count):
            row = {"id": "a", "text": f"{text} {number}"}
            sender.send(dataset.topic, stream.Event(key=("a",), key_bytes=b"a",
                                                    value_bytes=dataset.structure.frame(row), row=row))
        sender.flush()

    node = world.engine().start()
    send(stream.Sender(world.kafka.bootstrap), "old", 50)
    dataset.wait_drained()
    assert node.stop() == 0
    world.kafka.delete_topic(dataset.topic)
    world.kafka.create_topic(dataset.topic, 1)
    send(stream.Sender(world.kafka.bootstrap), "new", 3)
    node.start()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "re-created by the agency")
    process.wait_until(lambda: dataset.position()["next_offset"] == 3, 60, "the new topic is drained")
    assert [row["text"] for row in dataset.rows()] == ["new 2"]
    world.verify()


def test_topic_created_again_while_the_register_is_slow_is_halted(world):
    """Nothing is fetched meanwhile, so no fetch could notice."""
    dataset, people = world.residents()
    dataset.comparable = False
    node = world.engine().start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    frozen = world.postgres.backends(world.database)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        dataset.send_all([people.change(1)])
        node.wait_log("register_slow", 60)
        world.kafka.delete_topic(dataset.topic)
        world.kafka.create_topic(dataset.topic, 1)
        again = stream.Sender(world.kafka.bootstrap)
        for number in range(250):
            again.send(dataset.topic, people.change(number + 1000))
        again.flush()
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert len(dataset.rows()) == 100, "not a record of the new topic is taken for one of the old"
    assert world.incidents("topic_replaced")
    assert node.alive()


def test_truncated_log_is_halted(own_kafka):
    dataset, people = own_kafka.residents()
    dataset.comparable = False
    node = own_kafka.engine().start()
    for _ in range(5):
        dataset.send_all(people.change(n) for n in range(20))
        dataset.wait_drained()
    assert node.stop() == 0
    own_kafka.kafka.stop()
    own_kafka.kafka.truncate_log(dataset.topic, 0, keep_batches=2)
    own_kafka.kafka.start()
    assert own_kafka.kafka.watermarks(dataset.topic)[0][1] < 100
    node.start()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert own_kafka.incidents("topic_replaced")


def test_aborted_transactions_are_skipped_and_accounted(world):
    dataset, people = world.residents()
    world.engine().start()
    sender = stream.Sender(world.kafka.bootstrap, **{"transactional.id": f"tx-{world.tag}"})
    sender.producer.init_transactions(30)
    kept = []
    for turn in range(12):
        sender.sent = []
        sender.producer.begin_transaction()
        state = dict(people.seq)
        for number in range(40):
            sender.send(dataset.topic, people.change(number))
        sender.flush()
        if turn % 3 == 2 or turn == 11:
            people.seq = state
            sender.producer.abort_transaction(30)
        else:
            kept += sender.sent
            sender.producer.commit_transaction(30)
    dataset.sender.sent = kept
    dataset.wait_drained()  # the log ends with an aborted transaction and its marker: lag reaches 0 all the same
    assert world.nrc.lag() == 0
    assert sum(row["received"] for row in dataset.ledger()) == len(kept)
    assert sum(row["skipped"] for row in dataset.ledger()) == 4 * 40 + 12
    world.finish()


def test_compaction_leaves_holes_that_are_skipped(world):
    dataset, people = world.residents(topic_config={
        "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "100", "min.compaction.lag.ms": "0"})
    node = world.engine().start()
    dataset.send_all(people.change(n % 10) for n in range(200))
    dataset.wait_drained()
    assert node.stop() == 0

    def compacted():
        dataset.send_all([people.change(10 + len(dataset.sender.sent) % 3)])
        # Only events that the engine has not taken yet: an earlier hole is no hole for it.
        left = [o for o in world.kafka.surviving_offsets(dataset.topic, 0) if o >= taken]
        return len(left) < 0.7 * sum(1 for e in dataset.sender.sent if e.offset >= taken)

    taken = dataset.position()["next_offset"]
    dataset.send_all(people.change(n % 10) for n in range(300))
    process.wait_until(compacted, 120, "the log is compacted", every=0.5)
    node.start()
    dataset.wait_drained()
    received = {row["_offset"] for row in dataset.rows("_history", "_offset")}
    dataset.sender.sent = [e for e in dataset.sender.sent if e.offset < taken or e.offset in received]
    assert sum(row["skipped"] for row in dataset.ledger()) > 50
    assert set(world.kafka.surviving_offsets(dataset.topic, 0)) <= received | set(range(taken))
    world.finish()


def test_partitions_added_and_another_partitioner(world):
    """With a declared order no newer event is judged stale, wherever its key now lives."""
    dataset, people = world.residents(partitions=2)
    world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    dataset.send_all(people.change(n % 100) for n in range(600))
    dataset.wait_drained()
    world.kafka.add_partitions(dataset.topic, 8)
    sender = stream.Sender(world.kafka.bootstrap, partitioner="murmur2_random")
    for n in range(600):
        sender.send(dataset.topic, people.change(n % 100))
    dataset.sender.sent += sender.flush()
    dataset.wait_drained()
    assert len(dataset.positions()) == 8
    newest = {f"{n:08d}": people.seq[n] for n in range(100)}
    assert {row["civil_no"]: row["seq"] for row in dataset.rows()} == newest
    world.finish()


def test_without_declared_order_a_key_that_moves_to_a_new_partition_is_newer(world):
    dataset = world.dataset("moh.plain", "id", stream.Structure(PLAIN), partitions=1, order=None)
    world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()

    def event(text):
        row = {"id": "k", "text": text}
        return stream.Event(key=("k",), key_bytes=b"k", value_bytes=dataset.structure.frame(row), row=row)

    for n in range(300):
        dataset.send(event(f"old {n}"), partition=0)
    dataset.wait_drained()
    world.kafka.add_partitions(dataset.topic, 2)
    grown = stream.Sender(world.kafka.bootstrap)
    grown.send(dataset.topic, event("new"), partition=1)  # offset 0 of the new partition against 299 of the old
    dataset.sender.sent += grown.flush()
    dataset.wait_drained()
    assert [row["text"] for row in dataset.rows()] == ["new"]
    process.wait_until(lambda: [i for i in world.incidents() if "partition" in i["kind"]], 60,
                       "an incident says that the partition count changed")
    world.finish()


def test_another_consumer_of_the_group_does_not_move_positions(world):
    """Offsets told to Kafka are a courtesy: resetting them changes nothing."""
    dataset, people = world.residents()
    node = world.engine().start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    assert node.stop() == 0
    reset = confluent_kafka.Consumer({"bootstrap.servers": world.kafka.bootstrap, "group.id": f"g-{world.tag}"})

    def moved():
        return reset.commit(offsets=[confluent_kafka.TopicPartition(dataset.topic, 0, 3)], asynchronous=False)

    process.wait_until(moved, 60, "the group's offset is moved back")
    reset.close()
    node.start()
    dataset.send_all(people.change(n) for n in range(100))
    world.finish()
