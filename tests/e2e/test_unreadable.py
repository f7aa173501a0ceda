# SPDX-License-Identifier: Apache-2.0
"""Batches that can never be read, topics that may not be read, and waits that only look so: each is reported, and no event
is lost."""

import dataclasses
import os

import pytest

from kit import process, stream

FULL = os.environ.get("NRC_TEST_FULL") == "1"
LIMIT_MS = 2000
# A client that takes no response beyond 1.5 MB, and unpacks no batch beyond it either.
SMALL = {"NRC_KAFKA_MESSAGE_MAX_BYTES": 100_000, "NRC_KAFKA_FETCH_MAX_BYTES": 1_000_000,
         "NRC_KAFKA_RECEIVE_MESSAGE_MAX_BYTES": 1_500_000}


def start(world, **settings):
    return world.engine(NRC_INGEST_STUCK_HALT_MS=LIMIT_MS, **settings).start()


def halted(dataset, partition=0):
    position = dataset.position(partition)
    return position and position["state"] == "halted"


def send_batch(dataset, events, partition=0, **settings):
    """One batch: the producer waits for all of them."""
    sender = stream.Sender(dataset.world.kafka.bootstrap, **{"linger.ms": 300, **settings})
    for event in events:
        sender.send(dataset.topic, event, partition=partition)
    dataset.sender.sent += sender.flush()


def the_only(rows):
    return rows[0] if len(rows) == 1 else None


def raw(topic_value):
    return stream.Event(key=("x",), key_bytes=b"x", value_bytes=topic_value, row={}, verdict="quarantined",
                        reason="bad_frame")


@dataclasses.dataclass
class Fault:
    """A batch of `size` records that cannot be read: spoiled in the log, or sent as it is.

    silent: the client repeats no error, so that each look at the batch lasts several silences of 5 s."""

    size: int = 5
    silent: bool = False
    spoil: tuple = ()
    right_crc: bool = False
    send: object = None
    settings: dict = dataclasses.field(default_factory=dict)
    says: str = ""


FAULTS = {
    "flipped_byte": Fault(spoil=(70, b"\xff\xff"), says="CRC"),
    "unknown_codec": Fault(spoil=(22, b"\x07"), right_crc=True, says="Decompression"),
    "not_what_its_codec_says": Fault(spoil=(22, b"\x04"), right_crc=True, says="receive.message.max.bytes"),
    # The client reports these once, and then nothing; or it skips a single record as if it had never been.
    "unknown_version": Fault(silent=True, spoil=(16, b"\x03"), says="MagicByte"),
    "unknown_version_of_one_record": Fault(size=1, spoil=(16, b"\x03"), says="MagicByte"),
    # The client never reports this one.
    "records_of_garbage": Fault(silent=True, spoil=(61, b"\x7f"), right_crc=True, says="its records cannot be decoded"),
    # 3.7 kB on the wire.
    "bomb": Fault(size=1, send=lambda d: send_batch(d, [raw(b"a" * 120_000_000)], **{
        "compression.type": "zstd", "message.max.bytes": 200_000_000, "queue.buffering.max.kbytes": 2_000_000}),
        says="receive.message.max.bytes"),
    # It breaks the connection, on which the other partitions come too.
    "larger_than_any_response": Fault(size=1, settings=SMALL, says="receive.message.max.bytes", send=lambda d: send_batch(
        d, [raw(os.urandom(3_000_000))], **{"message.max.bytes": 8_000_000})),
}


def spoil(dataset, people, fault):
    """The bad batch at partition 0, behind what is there; its first offset."""
    before = len(dataset.sender.sent)
    if fault.send:
        fault.send(dataset)
    else:
        send_batch(dataset, [people.change(900 + n) for n in range(fault.size)])
    bad = dataset.sender.sent[before:]
    first = min(event.offset for event in bad)
    assert {event.offset for event in bad} == set(range(first, first + fault.size))
    if fault.spoil:
        dataset.world.kafka.spoil_batch(dataset.topic, 0, first, *fault.spoil, right_crc=fault.right_crc)
    dataset.sender.sent = dataset.sender.sent[:before]
    return first


# Nothing behind the batch: of a fault that is reported and of one that is skipped; of all of them in the long run.
CASES = [*((name, False) for name in FAULTS),
         *((name, True) for name in (FAULTS if FULL else ("flipped_byte", "unknown_version_of_one_record")))]


@pytest.mark.parametrize("name, last", CASES, ids=[f"{name}-{'the_last' if last else 'among_others'}" for name, last in CASES])
def test_a_batch_that_can_never_be_read_halts_its_partition_and_is_left_out_by_a_steward(world, name, last):
    fault = FAULTS[name]
    dataset, people = world.residents(partitions=2, topic_config={"max.message.bytes": "8000000"})
    for number in range(6):
        dataset.send(people.change(number), partition=number % 2)
        dataset.flush()
    first = spoil(dataset, people, fault)
    behind = first + fault.size
    for number in range(0 if last else 6):
        dataset.send(people.change(number), partition=0)
    dataset.flush()
    node = start(world, **fault.settings)
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    dataset.send_all(people.change(number) for number in (1, 3))
    for number in range(20):
        dataset.send(people.change(number), partition=1)
    dataset.flush()
    ends = {p: high for p, (_, high) in world.kafka.watermarks(dataset.topic).items()}
    process.wait_until(lambda: dataset.position(1)["next_offset"] == ends[1], 60, "the other one flows")
    assert dataset.position()["next_offset"] == first, "all before it is in"
    # A connection that breaks makes the other partition wait for a moment, and that may be told too.
    incident = process.wait_until(lambda: the_only(world.open_incidents()), 30, "one incident is left")
    assert incident["kind"] == "unreadable", incident
    for words in (f"offset {first} cannot be read", fault.says, f"{behind} can be read", "position resume"):
        assert words in incident["detail"], (words, incident)
    said = [line for line in node.log_text().splitlines() if "partition_not_read" in line or "kafka_trouble" in line]
    assert len(said) < 8, said

    world.nrc.settings.update({k: str(v) for k, v in fault.settings.items()})  # commands read with the engine's settings
    probed = world.nrc.run("position", "probe", dataset.topic, 0, "--json", ok=(1,))
    assert f'"readable_from":{behind}' in probed.stdout and '"readable":false' in probed.stdout, probed.stdout
    if fault.silent:
        hurried = world.nrc.run("position", "probe", dataset.topic, 0, "--timeout", 1, ok=(1,))
        assert "give more with --timeout" in hurried.stdout + hurried.stderr and f"{behind} can" not in hurried.stdout, hurried
    if FULL or not fault.silent:
        # Nothing was mended: the engine tries, and halts again; the incident is the same one.
        world.nrc.run("position", "resume", dataset.topic, 0)
        process.wait_until(lambda: halted(dataset) and world.open_incidents(), 60, "the partition is halted again")
        assert [(row["id"], row["count"]) for row in world.incidents("unreadable")] == [(incident["id"], 2)]
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "nobody can read it")
    dataset.wait_drained()
    assert [(row["from_offset"], row["next_offset"], row["reason"]) for row in dataset.ledger("gap")] == [
        (first, behind, "nobody can read it")]
    assert sum(row["skipped"] for row in dataset.ledger()) == 0
    # The other partition, whose connection broke too, may have been told of: it is at its end, which the engine learns.
    process.wait_until(lambda: not world.open_incidents(), 30, "nothing is wrong any more")
    world.finish()


def test_a_limit_that_is_raised_reads_it_and_nothing_is_left_out(world):
    dataset, people = world.residents()
    dataset.send_all([people.change(1)])
    row = {**people.row(2, 1), "address": "a" * 2_000_000}
    event = stream.upsert(dataset.structure, "civil_no", row)
    send_batch(dataset, [event], **{"compression.type": "zstd", "message.max.bytes": 8_000_000})
    dataset.send_all([people.change(3)])
    node = start(world, **SMALL)
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert node.stop() == 0
    world.engine("e2", NRC_INGEST_STUCK_HALT_MS=LIMIT_MS).start()
    world.nrc.run("position", "resume", dataset.topic, 0)
    dataset.wait_drained()
    assert dataset.ledger("gap") == []
    process.wait_until(lambda: not world.open_incidents(), 30, "nothing is wrong any more")
    world.finish()


def test_a_byte_that_flips_while_the_engine_runs_and_a_restart_that_does_not_help(world):
    dataset, people = world.residents()
    node = start(world)
    dataset.send_all(people.change(number) for number in range(50))
    dataset.wait_drained()
    node.freeze()
    first = spoil(dataset, people, FAULTS["flipped_byte"])
    node.thaw()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    assert node.stop() == 0
    node.start()
    node.wait_log("state=halted")
    process.holds(lambda: halted(dataset), 3, "it stays halted")
    assert [row["count"] for row in world.incidents("unreadable")] == [1]
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "a bad disk", "--to", first + 5)
    dataset.send_all(people.change(number) for number in range(50))
    dataset.wait_drained()
    world.finish()


def test_the_last_record_taken_that_can_no_longer_be_read_halts_and_can_be_passed(world):
    """The engine cannot know whether the topic is the same: a steward decides. No event is left out."""
    dataset, people = world.residents()
    node = start(world)
    send_batch(dataset, [people.change(number) for number in range(5)])
    dataset.wait_drained()
    assert node.stop() == 0
    world.kafka.spoil_batch(dataset.topic, 0, 0, 70, b"\xff\xff")
    dataset.send_all(people.change(number) for number in range(50))
    node.start()
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    incident, = world.open_incidents()
    assert incident["kind"] == "unreadable" and "offset 4 cannot be read" in incident["detail"], incident
    world.nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "the topic is the same")
    dataset.wait_drained()
    assert [(row["from_offset"], row["next_offset"]) for row in dataset.ledger("gap")] == [(5, 5)]
    world.finish()


# -- rights


@pytest.mark.parametrize("how", ["denied", "withdrawn"])
def test_rights_that_are_revoked_on_one_topic_halt_its_partition_alone(guarded_kafka, how):
    """Denied: the topic is listed and cannot be fetched. Withdrawn: it leaves the group's assignment."""
    world = guarded_kafka
    dataset, people = world.residents()
    other, others = world.residents(name="moh.residents")
    for one in (dataset, other):
        world.kafka.grant("TOPIC", one.topic)
    node = start(world, NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=500, **world.login)
    for one, events in ((dataset, people), (other, others)):
        one.send_all(events.change(number) for number in range(20))
        one.wait_drained()
    if how == "denied":
        world.kafka.grant("TOPIC", dataset.topic, permission="DENY")
    else:
        world.kafka.revoke("TOPIC", dataset.topic)
    dataset.send_all(people.change(number) for number in range(20))
    process.wait_until(lambda: halted(dataset), 60, "the partition is halted")
    incident, = world.open_incidents("unreadable")
    at = dataset.position()["next_offset"]
    for words in (f"offset {at} cannot be read", "uthorization", "READ", "position resume"):
        assert words in incident["detail"], (words, incident)
    if how == "withdrawn":
        assert world.open_incidents("topic_forbidden")
    other.send_all(others.change(number) for number in range(20))
    other.wait_drained()
    assert other.position()["state"] == "open"

    nrc = world.make_nrc(world.postgres.dsn(world.database, "nrc"))
    nrc.settings.update(world.login)
    refused = nrc.run("position", "resume", dataset.topic, 0, "--accept-gap", "x", ok=(1,))
    assert "(topic_forbidden)" in refused.stderr, "nothing is to be left out"
    if how == "denied":
        world.kafka.revoke("TOPIC", dataset.topic, permission="DENY")
    else:
        world.kafka.grant("TOPIC", dataset.topic)
    world.nrc.run("position", "resume", dataset.topic, 0)
    dataset.wait_drained()
    process.wait_until(lambda: not world.open_incidents(), 30, "nothing is wrong any more")
    assert node.alive()
    world.finish()


def test_rights_that_come_back_soon_halt_nothing(guarded_kafka):
    world = guarded_kafka
    dataset, people = world.residents()
    world.kafka.grant("TOPIC", dataset.topic)
    node = world.engine(NRC_INGEST_STUCK_HALT_MS=6000, **world.login).start()
    dataset.send_all(people.change(number) for number in range(20))
    dataset.wait_drained()
    world.kafka.grant("TOPIC", dataset.topic, permission="DENY")
    node.wait_log("partition_not_read")
    world.kafka.revoke("TOPIC", dataset.topic, permission="DENY")
    process.holds(lambda: not halted(dataset), 7.5, "it is not halted, idle as it is", every=0.5)
    dataset.send_all(people.change(number) for number in range(20))
    dataset.wait_drained()
    assert not world.open_incidents()
    world.finish()


def test_an_engine_that_may_read_no_topic_waits_and_says_so(guarded_kafka):
    """The login lost its rights, not a topic: no steward has to resume each partition by hand afterwards."""
    world = guarded_kafka
    both = [world.residents(), world.residents(name="moh.residents")]
    for dataset, _ in both:
        world.kafka.grant("TOPIC", dataset.topic)
    start(world, **world.login)
    for dataset, people in both:
        dataset.send_all(people.change(number) for number in range(20))
        dataset.wait_drained()
    for dataset, people in both:
        world.kafka.grant("TOPIC", dataset.topic, permission="DENY")
        dataset.send_all(people.change(number) for number in range(20))
    waiting = process.wait_until(lambda: len(world.open_incidents("partition_waits")) == 2
                                 and world.open_incidents("partition_waits"), 60, "both are told of")
    assert all("no topic may be read" in row["detail"] for row in waiting)
    assert [halted(dataset) for dataset, _ in both] == [False, False]
    for dataset, _ in both:
        world.kafka.revoke("TOPIC", dataset.topic, permission="DENY")
    for dataset, _ in both:
        dataset.wait_drained()
    process.wait_until(lambda: not world.open_incidents(), 30, "nothing is wrong any more")
    world.finish()


# -- waits that only look so


def test_an_idle_partition_is_no_stall(world):
    """Nor one whose log ends with a transaction's marker, nor an empty one."""
    dataset, people = world.residents(partitions=3)
    node = start(world)
    dataset.send(people.change(1), partition=0)
    dataset.flush()
    sender = stream.Sender(world.kafka.bootstrap, **{"transactional.id": f"tx-{world.tag}"})
    sender.producer.init_transactions(30)
    sender.producer.begin_transaction()
    sender.send(dataset.topic, people.change(2), partition=1)
    sender.flush()
    sender.producer.commit_transaction(30)
    dataset.sender.sent += sender.sent
    dataset.wait_drained()
    process.holds(lambda: not world.incidents(), 4 * LIMIT_MS / 1000, "nothing is told of them", every=0.5)
    assert node.log_lines("partition_stuck") == []
    world.finish()


def test_a_transaction_that_is_never_ended_is_told_of_and_halts_nothing(world):
    dataset, people = world.residents()
    start(world)
    dataset.send_all([people.change(1)])
    dataset.wait_drained()
    sender = stream.Sender(world.kafka.bootstrap, **{"transactional.id": f"tx-{world.tag}",
                                                     "transaction.timeout.ms": 600000})
    sender.producer.init_transactions(30)
    sender.producer.begin_transaction()
    sender.send(dataset.topic, people.change(2), partition=0)
    sender.flush()
    dataset.send_all([people.change(3)])  # committed, and behind it
    incident = process.wait_until(lambda: world.open_incidents("transaction_open"), 60, "it is told of")[0]
    assert "offset 1" in incident["detail"]
    assert not halted(dataset)
    sender.producer.commit_transaction(30)
    dataset.sender.sent += sender.sent
    dataset.wait_drained()
    process.wait_until(lambda: not world.open_incidents(), 30, "it is over")
    world.finish()


def test_a_broker_that_is_away_halts_nothing_and_is_told_of(own_kafka):
    world = own_kafka
    dataset, people = world.residents(partitions=2)
    node = start(world)
    dataset.send_all(people.change(number) for number in range(50))
    dataset.wait_drained()
    # The client reports an error once in 30 s, and the engine passes over it when it heard from Kafka a moment before.
    process.holds(node.alive, 3, "nothing comes")
    world.kafka.kill9()
    incident = process.wait_until(lambda: world.open_incidents("kafka_trouble"), 60, "it is told of")[0]
    assert incident["engine"] == "e1" and incident["detail"]
    process.holds(lambda: not halted(dataset), 2 * LIMIT_MS / 1000, "nothing is halted")
    world.kafka.start()
    dataset.send_all(people.change(number) for number in range(50))
    dataset.wait_drained()
    process.wait_until(lambda: not world.open_incidents(), 60, "it is over")
    assert node.alive()
    assert len(node.log_lines("kafka_trouble")) < 20
    world.finish()


def test_a_group_that_refuses_the_engine_is_told_of(guarded_kafka):
    world = guarded_kafka
    dataset, people = world.residents()
    world.kafka.grant("TOPIC", dataset.topic)
    world.kafka.revoke("GROUP", f"g-{world.tag}")
    start(world, **world.login)
    incident = process.wait_until(lambda: world.open_incidents("kafka_trouble"), 60, "it is told of")[0]
    assert "roup" in incident["detail"]
    world.kafka.grant("GROUP", f"g-{world.tag}")
    dataset.send_all(people.change(number) for number in range(20))
    dataset.wait_drained()
    process.wait_until(lambda: not world.open_incidents(), 60, "it is over")
    world.finish()
