# SPDX-License-Identifier: Apache-2.0
"""Ordinary events: order, deletes, keys, structures that arrive while the engine runs."""

import json
import struct
import uuid

import pytest
from kit import process, residents, stream


def test_mixed_stream_equals_the_model(world):
    dataset, people = world.residents(partitions=3)
    world.engine(lanes=2).start()
    dataset.send_all(people.mixed(400) for _ in range(6000))
    dataset.wait_drained()
    counts = dataset.check()
    assert counts["applied"] and counts["duplicate"] and counts["stale"]
    world.finish()


def test_events_sent_before_the_engine_starts_are_taken_from_the_log_start(world):
    dataset, people = world.residents(partitions=2)
    dataset.send_all(people.change(n) for n in range(500))
    world.engine().start()
    world.finish()
    assert sum(row["received"] for row in dataset.ledger()) == 500


def test_order_survives_restarts(world):
    dataset, people = world.residents()
    node = world.engine().start()
    for _ in range(3):
        dataset.send_all(people.mixed(50) for _ in range(300))
        dataset.wait_drained()
        assert node.stop() == 0
        dataset.send_all(people.older(n) for n in list(people.seq)[:20])
        node.start()
    world.finish()


def test_late_event_cannot_bring_back_a_deleted_key(world):
    dataset, people = world.residents()
    world.engine().start()
    for number in (1, 2):
        for _ in range(3):
            dataset.send(people.change(number))
    dataset.send(people.delete(1, with_order=True))
    dataset.send(people.delete(2, with_order=False))
    dataset.wait_drained()
    for number in (1, 2):
        dataset.send(people.older(number))
    dataset.send(people.again(2))  # after a delete without an order only a greater order revives the key
    dataset.wait_drained()
    assert dataset.rows() == []
    dataset.send(people.change(1))
    dataset.send(people.change(2))
    dataset.wait_drained()
    assert [row["civil_no"] for row in dataset.rows()] == ["00000001", "00000002"]
    world.finish()


def test_delete_of_a_key_never_seen_is_remembered(world):
    dataset, people = world.residents()
    world.engine().start()
    people.seq[7] = 40
    dataset.send(people.delete(7, with_order=True))
    dataset.send(people.older(7))
    dataset.send(stream.tombstone("00000008"))
    world.finish()
    assert dataset.rows() == []
    assert len(dataset.rows("_state")) == 2


PLAIN = {"type": "record", "name": "Plain", "fields": [
    {"name": "id", "type": "string"}, {"name": "text", "type": ["null", "string"], "default": None}]}


def plain_event(structure, key, text):
    row = {"id": key, "text": text}
    return stream.Event(key=(key,), key_bytes=key.encode(), value_bytes=structure.frame(row), row=row)


def test_without_declared_order_the_greater_offset_wins(world):
    dataset = world.dataset("moh.plain", "id", stream.Structure(PLAIN), partitions=2, order=None)
    world.engine().start()
    for turn in range(50):
        for key in "abc":
            dataset.send(plain_event(dataset.structure, key, f"{key}{turn}"))
    dataset.send(stream.tombstone("a"))
    dataset.wait_drained()
    assert {row["id"]: row["text"] for row in dataset.rows()} == {"b": "b49", "c": "c49"}
    dataset.send(plain_event(dataset.structure, "a", "back"))
    world.finish()


@pytest.mark.parametrize("text", [
    "\\.", "a\tb\nc\rd", "it's; DROP TABLE x; --", '"quoted" \\N \\x00', "\u200f\u202eمرحبا\u202c", "𝕹𝕽𝕮 🇴🇲", "",
])
def test_text_is_stored_verbatim(world, text):
    dataset = world.dataset("moh.plain", "id", stream.Structure(PLAIN), order=None)
    world.engine().start()
    dataset.send(plain_event(dataset.structure, "k", text))
    dataset.wait_drained()
    assert dataset.rows()[0]["text"] == text
    world.finish()


EVERY_KEY = [
    ("text", "string", "مفتاح", "مفتاح".encode()),
    ("text", "long", -42, b"-42"),
    ("text", {"type": "string", "logicalType": "uuid"}, "6f1e9c1e-0d0b-4c84-9d5c-1f0f3c6e2a11",
     b"6f1e9c1e-0d0b-4c84-9d5c-1f0f3c6e2a11"),
    ("text", {"type": "int", "logicalType": "date"}, 19000, b"2022-01-08"),
    ("text", {"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B", b"B"),
    ("long", "long", 77, struct.pack(">q", 77)),
    ("json", "string", "a\"b", json.dumps("a\"b").encode()),
    ("json", "long", 9, b"9"),
    ("auto", "string", "plain", b"plain"),
]


@pytest.mark.parametrize("key_format,avro_type,value,key_bytes", EVERY_KEY)
def test_key_formats(world, key_format, avro_type, value, key_bytes):
    structure = stream.Structure({"type": "record", "name": "K", "fields": [
        {"name": "k", "type": avro_type}, {"name": "seq", "type": "long"}]})
    dataset = world.dataset("moh.keyed", "k", structure, key_format=key_format)
    dataset.comparable = False
    world.engine().start()
    row = {"k": value, "seq": 1}
    dataset.send(stream.Event(key=(value,), key_bytes=key_bytes, value_bytes=structure.frame(row), row=row, order=1))
    dataset.wait_drained()
    assert dataset.quarantine() == []
    assert len(dataset.rows()) == 1
    dataset.send(stream.Event(key=(value,), key_bytes=key_bytes, value_bytes=None))
    dataset.wait_drained()
    assert dataset.quarantine() == []
    assert dataset.rows() == []
    assert len(dataset.rows("_state")) == 1
    world.finish()


COMPOSITE = {"type": "record", "name": "Visit", "fields": [
    {"name": "person", "type": "string"}, {"name": "number", "type": "int"},
    {"name": "what", "type": "string"}, {"name": "seq", "type": "long"}]}
COMPOSITE_KEY = {"type": "record", "name": "VisitKey", "fields": [
    {"name": "person", "type": "string"}, {"name": "number", "type": "int"}]}


def test_composite_avro_key(world):
    dataset = world.dataset("moh.visits", "person,number", stream.Structure(COMPOSITE), key_format="avro")
    key_structure = dataset.register(stream.Structure(COMPOSITE_KEY), is_key=True)
    world.engine().start()
    for seq, (person, number) in enumerate([("a", 1), ("a", 2), ("b", 1), ("a", 1)]):
        row = {"person": person, "number": number, "what": f"v{seq}", "seq": seq}
        dataset.send(stream.Event(key=(person, number), row=row, order=seq, value_bytes=dataset.structure.frame(row),
                                  key_bytes=key_structure.frame({"person": person, "number": number})))
    dataset.send(stream.Event(key=("b", 1), key_bytes=key_structure.frame({"person": "b", "number": 1}), value_bytes=None))
    dataset.wait_drained()
    assert [(r["person"], r["number"], r["what"]) for r in dataset.rows(order_by="person, number")] == [
        ("a", 1, "v3"), ("a", 2, "v1")]
    world.finish()


def test_composite_json_key(world):
    dataset = world.dataset("moh.visits", "person,number", stream.Structure(COMPOSITE), key_format="json")
    world.engine().start()
    for seq, (person, number) in enumerate([("a", 1), ("a", 2), ("a", 1)]):
        row = {"person": person, "number": number, "what": f"v{seq}", "seq": seq}
        dataset.send(stream.Event(key=(person, number), row=row, order=seq, value_bytes=dataset.structure.frame(row),
                                  key_bytes=json.dumps({"number": number, "person": person}).encode()))
    world.finish()
    assert len(dataset.rows(order_by="person, number")) == 2


def test_dataset_added_while_running_is_picked_up_without_restart(world):
    first, people = world.residents()
    node = world.engine().start()
    first.send_all(people.change(n) for n in range(20))
    first.wait_drained()
    second = world.dataset("moh.plain", "id", stream.Structure(PLAIN), order=None)
    second.send_all(plain_event(second.structure, f"k{n}", "x") for n in range(20))
    second.wait_drained()
    first.send_all(people.change(n) for n in range(20))
    assert node.alive()
    world.finish()


def test_structure_added_while_running_is_picked_up_without_restart(world):
    dataset, people = world.residents()
    node = world.engine().start()
    dataset.send_all(people.change(n) for n in range(20))
    dataset.wait_drained()
    schema = json.loads(dataset.structure.text)
    schema["fields"].append({"name": "blood", "type": ["null", "string"], "default": None})
    newer = dataset.register(stream.Structure(schema))
    assert newer.schema_id != dataset.structure.schema_id
    for number in range(20, 40):
        row = {**people.row(number, 1), "blood": "O+"}
        dataset.send(stream.upsert(newer, "civil_no", row))
    dataset.send(people.change(3))  # the older structure is in force still
    dataset.wait_drained()
    assert {row["blood"] for row in dataset.rows()} == {None, "O+"}
    assert node.alive()
    world.finish()


def test_field_renamed_by_an_alias_is_one_column_under_its_newest_name(world):
    """It has the rows stored before, and the later events of an older producer."""
    dataset = world.dataset("moh.plain", "id", stream.Structure(PLAIN), order=None)
    node = world.engine().start()
    before = {"id": "before", "text": "old"}
    dataset.send(stream.Event(key=("before",), key_bytes=b"before", value_bytes=dataset.structure.frame(before),
                              row={"id": "before", "note": "old"}))
    dataset.wait_drained()
    renamed = dataset.register(stream.Structure({**PLAIN, "fields": [PLAIN["fields"][0], {
        "name": "note", "type": ["null", "string"], "default": None, "aliases": ["text"]}]}))
    for structure, key, name in ((renamed, "new", "note"), (dataset.structure, "older", "text")):
        row = {"id": key, name: key}
        stored = {"id": key, "note": key}
        dataset.send(stream.Event(key=(key,), key_bytes=key.encode(), value_bytes=structure.frame(row), row=stored))
        dataset.wait_drained()
    assert {row["id"]: row["note"] for row in dataset.rows()} == {"before": "old", "new": "new", "older": "older"}
    assert "text" not in dataset.rows()[0]
    assert node.alive()
    world.finish()


def test_event_of_a_structure_registered_after_it_was_sent(world):
    """Unknown ids are asked anew for each batch: an id cached as unknown would quarantine good events."""
    dataset, people = world.residents()
    world.engine().start()
    schema = json.loads(dataset.structure.text)
    schema["fields"].append({"name": "blood", "type": ["null", "string"], "default": None})
    newer = stream.Structure(schema, dataset.structure.schema_id + 1)
    event = stream.upsert(newer, "civil_no", {**people.row(1, 1), "blood": "A"})
    event.verdict, event.reason = "quarantined", "unknown_structure"
    dataset.send_all([event])
    dataset.wait_drained()
    dataset.register(newer)
    dataset.send_all([stream.upsert(newer, "civil_no", {**people.row(2, 1), "blood": "A"})])
    world.finish()
    assert [row["blood"] for row in dataset.rows()] == ["A"]


def test_topic_created_after_its_dataset(world):
    dataset, people = world.residents()
    world.kafka.delete_topic(dataset.topic)
    world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    process.wait_until(lambda: world.incidents("topic_missing"), 60, "an incident says that the topic is missing")
    world.kafka.create_topic(dataset.topic, 1)
    dataset.send_all(people.change(n) for n in range(20))
    world.finish()


def test_every_avro_type_reaches_its_column(world):
    import datetime
    import decimal

    schema = {"type": "record", "name": "Every", "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"},
        {"name": "i", "type": "int"}, {"name": "f", "type": "float"}, {"name": "d", "type": "double"},
        {"name": "b", "type": "boolean"}, {"name": "raw", "type": "bytes"},
        {"name": "fix", "type": {"type": "fixed", "name": "F4", "size": 4}},
        {"name": "money", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 4}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "t", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "u", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "e", "type": {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}},
        {"name": "maybe", "type": ["null", "long"], "default": None},
        {"name": "list", "type": {"type": "array", "items": "int"}},
        {"name": "map", "type": {"type": "map", "values": "string"}},
        {"name": "inner", "type": {"type": "record", "name": "Inner", "fields": [
            {"name": "x", "type": "int"}, {"name": "y", "type": ["null", "string"]}]}}]}
    row = {"id": "k", "seq": 1, "i": -5, "f": 1.5, "d": 3.141592653589793, "b": True, "raw": b"\x00\xff",
           "fix": b"\x01\x02\x03\x04", "money": decimal.Decimal("-1234567890123456.7891"), "day": datetime.date(1970, 1, 2),
           "t": datetime.time(23, 59, 59, 999000),
           "ts": datetime.datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=datetime.timezone.utc),
           "local": datetime.datetime(2026, 2, 3, 4, 5, 6, 789012), "u": uuid.UUID(int=5), "e": "GREEN", "maybe": None,
           "list": [1, -2, 3], "map": {"ا": "ب"}, "inner": {"x": 1, "y": None}}
    dataset = world.dataset("moh.every", "id", stream.Structure(schema))
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "id", row)])
    world.finish()


@pytest.mark.parametrize("meanwhile", ["at_once", "after_it_let_go"])
def test_a_dataset_declared_with_a_wrong_key_is_removed_and_added_anew(world, meanwhile):
    """While an engine has its topic, and a producer its schema id."""
    dataset = world.dataset("rop.residents", "name_en", residents.structure(), partitions=2,
                            options=("--event-time", "updated_at"))
    schema_id = dataset.structure.schema_id
    node = world.engine().start()
    process.wait_until(lambda: len(dataset.positions()) == 2, 60, "the engine has its partitions")
    said = world.nrc.json("dataset", "remove", "rop.residents")
    assert said == {"dataset": "rop.residents", "structures_kept": 1}
    assert world.nrc.json("dataset", "list") == []
    assert [row["dataset"] for row in world.nrc.json("structure", "list")] == [None]
    if meanwhile == "after_it_let_go":
        node.wait_log("event=partitions_revoked")

    world.nrc.add_dataset("rop.residents", "--event-time", "updated_at", topic=dataset.topic, key="civil_no")
    dataset.key_fields = ["civil_no"]
    dataset.register(dataset.structure)
    assert dataset.structure.schema_id == schema_id
    people = residents.Residents(dataset.structure)
    dataset.send_all(people.mixed(50) for _ in range(500))
    world.finish()
    assert world.incidents("fenced_often") == []

    done = world.nrc.run("dataset", "remove", "rop.residents", "--json", ok=(1,))
    assert json.loads(done.stdout)["error"]["code"] == "refused"
    assert "500 events (500 recorded, 0 quarantined, 0 exempt)" in done.stderr
    assert "not_found" in world.nrc.run("dataset", "remove", "rop.nothing", ok=(1,)).stderr
    dataset.check()
