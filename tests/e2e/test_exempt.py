# SPDX-License-Identifier: Apache-2.0
"""Exempt events (NRL-2) are counted and kept nowhere: not a byte of one is in the register, its files or the log."""

import datetime
import decimal
import pathlib
import subprocess
import uuid

import pytest
from kit import stream
from kit.postgres import BIN

SECRET = "سرّي-Q7XK2V-top-secret"


def dump_of(world):
    """Every column of every table."""
    return subprocess.run([BIN / "pg_dump", "-d", world.postgres.dsn(world.database)], capture_output=True, check=True).stdout


def found_anywhere(world, text):
    """The places of the text in a whole dump, in the server's raw files and in the engines' logs."""
    needles = [text.encode(), text.encode().hex().encode()]
    dump = dump_of(world)
    places = ["dump"] if any(n in dump for n in needles) else []
    world.postgres.sql("CHECKPOINT")
    for path in pathlib.Path(world.postgres.data).rglob("*"):
        if path.is_file() and needles[0] in path.read_bytes():
            places.append(str(path))
    places += [e.process.name for e in world.engines if text in e.log_text()]
    return places


def test_exempt_dataset_leaves_no_byte(world):
    dataset, people = world.residents(options=("--exempt",))
    world.engine().start()
    for number in range(50):
        row = {**people.row(number, 1), "name_ar": SECRET}
        event = stream.upsert(dataset.structure, "civil_no", row)
        event.verdict = "exempt"
        dataset.send(event)
        broken = stream.Event(key=("x",), key_bytes=SECRET.encode(), value_bytes=event.value_bytes[:-3], row={},
                              verdict="exempt", headers=[("h", SECRET.encode())])
        dataset.send(broken)
    dataset.wait_drained()
    assert found_anywhere(world, SECRET) == []
    assert dataset.rows("_state") == [] and dataset.rows("_history") == [] and dataset.quarantine() == []
    assert sum(row["exempt"] for row in dataset.ledger()) == 100
    world.finish()


def test_exempt_rows_leave_no_byte_and_others_are_recorded(world):
    dataset, people = world.residents(
        options=("--exempt-field", "governorate", "--exempt-value", "مسندم", "--exempt-value", "الوسطى"))
    world.engine().start()
    for number in range(200):
        row = people.row(number, 1)
        exempt = row["governorate"] in ("مسندم", "الوسطى")
        if exempt:
            row["name_ar"] = SECRET
        event = stream.upsert(dataset.structure, "civil_no", row)
        event.verdict = "exempt" if exempt else "recorded"
        dataset.send(event)
    # A broken event may have been exempt: its reason is kept, its bytes are not.
    broken = stream.upsert(dataset.structure, "civil_no", {**people.row(900, 1), "name_ar": SECRET})
    broken.value_bytes += SECRET.encode()
    broken.headers = [("h", SECRET.encode())]
    broken.verdict, broken.reason = "quarantined", "trailing_bytes"
    dataset.send(broken)
    dataset.wait_drained()
    assert found_anywhere(world, SECRET) == []
    rows = dataset.quarantine()
    assert len(rows) == 1 and rows[0]["withheld"]
    assert all(rows[0][column] is None for column in ("payload", "payload_bytes", "key", "headers"))
    assert all(p["last_hash"] == 0 for p in dataset.positions())
    world.finish()


def of_kind(world, avro_type, values, **more):
    """A dataset whose rows are exempt by the field `kind`."""
    structure = stream.Structure({"type": "record", "name": "Case", "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "kind", "type": avro_type},
        {"name": "note", "type": "string"}]})
    options = ["--exempt-field", "kind"]
    for value in values:
        options += ["--exempt-value", value]
    return world.dataset("moj.cases", "id", options=options, **more), structure


def case(structure, key, kind, note="public", seq=1, verdict="recorded"):
    event = stream.upsert(structure, "id", {"id": key, "seq": seq, "kind": kind, "note": note})
    event.verdict = verdict
    return event


def tombstone(key, verdict):
    event = stream.tombstone(key)
    event.verdict = verdict
    return event


@pytest.mark.parametrize("avro_type,exempt,secret,public", [
    ("string", "عسكري", "عسكري", "عسكري "),
    (["null", "string"], "secret", "secret", None),
    ({"type": "enum", "name": "Kind", "symbols": ["OPEN", "SECRET"]}, "SECRET", "SECRET", "OPEN"),
    ("boolean", "true", True, False),
    ("int", "-7", -7, 7),
    ("long", "9007199254740993", 9007199254740993, 9007199254740992),
])
def test_each_type_that_can_tell_exempt_rows(world, avro_type, exempt, secret, public):
    dataset, structure = of_kind(world, avro_type, [exempt])
    dataset.register(structure)
    world.engine().start()
    dataset.send_all([case(structure, "a", public), case(structure, "b", secret, SECRET, verdict="exempt"),
                      case(structure, "c", public)])
    world.finish()
    assert found_anywhere(world, SECRET) == []


@pytest.mark.parametrize("avro_type,exempt", [
    ({"type": "string", "logicalType": "uuid"}, str(uuid.UUID(int=1))),
    ({"type": "int", "logicalType": "date"}, str(datetime.date(2026, 1, 1))),
    ({"type": "long", "logicalType": "timestamp-micros"}, "2026-01-01T00:00:00Z"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, str(decimal.Decimal("1.50"))),
    ("double", "1.5"),
    ("bytes", "secret"),
    (["null", "string", "long"], "secret"),
    ({"type": "enum", "name": "Kind", "symbols": ["OPEN", "SECRET"]}, "secret"),
    ("int", "007"),
    ("int", "2147483648"),
    ("boolean", "yes"),
])
def test_what_cannot_tell_exempt_rows_is_refused(world, avro_type, exempt):
    dataset, structure = of_kind(world, avro_type, [exempt])
    path = world.folder / "case.avsc"
    path.write_text(structure.text)
    done = world.nrc.run("structure", "register", dataset.name, path, ok=(1,))
    assert "exempts rows" in done.stderr, done.stderr
    assert world.nrc.json("structure", "list") == []


def test_the_tombstone_of_an_exempt_key_leaves_no_byte(world):
    """A delete has only a key: it is recorded if the register has that key."""
    dataset, structure = of_kind(world, "string", ["secret"], partitions=2)
    dataset.register(structure)
    node = world.engine()
    batch = [
        case(structure, SECRET, "secret", SECRET, verdict="exempt"), tombstone(SECRET, "exempt"),
        tombstone("never seen", "exempt"),
        case(structure, "held", "open"), tombstone("held", "recorded"),
        tombstone("later", "exempt"), case(structure, "later", "open"), tombstone("later", "recorded"),
        case(structure, "kept", "open"),
    ]
    for event in batch:  # in one batch: the engine starts when all is there
        dataset.send(event, partition=0)
    dataset.flush()
    node.start()
    dataset.wait_drained()
    for event in (tombstone(SECRET, "exempt"), tombstone("kept", "recorded"), tombstone("held", "recorded"),
                  tombstone("never seen", "exempt")):  # each in a batch of its own
        dataset.send(event, partition=0)
        dataset.wait_drained()
    world.finish()
    assert found_anywhere(world, SECRET) == [] and found_anywhere(world, "never seen") == []
    assert sorted(row["id"] for row in dataset.rows("_state")) == ["held", "kept", "later"]
    assert sum(row["exempt"] for row in dataset.ledger()) == 6


def test_many_tombstones_of_exempt_keys(world):
    """More than the register takes as parameters of a statement: the other way into the tables."""
    dataset, structure = of_kind(world, "string", ["secret"])
    dataset.register(structure)
    for n in range(4000):
        exempt = n % 3 == 0
        dataset.send(case(structure, f"k{n}", "secret" if exempt else "open", verdict="exempt" if exempt else "recorded"))
        if n % 2 == 0:
            dataset.send(tombstone(f"k{n}", "exempt" if exempt else "recorded"))
    dataset.flush()
    world.engine().start()
    world.finish()


def test_a_held_row_that_becomes_exempt_stays_as_it_was(world):
    dataset, structure = of_kind(world, "string", ["secret"])
    dataset.register(structure)
    world.engine().start()
    dataset.send_all([case(structure, "a", "open"), case(structure, "a", "secret", SECRET, 2, "exempt")])
    dataset.wait_drained()
    assert [row["note"] for row in dataset.rows("")] == ["public"]
    dataset.send_all([tombstone("a", "recorded")])
    world.finish()
    assert found_anywhere(world, SECRET) == [] and dataset.rows("") == []


@pytest.mark.parametrize("key_format", ["text", "json", "auto"])
def test_the_reason_of_a_withheld_event_says_nothing_of_it(world, key_format):
    dataset, structure = of_kind(world, "string", ["secret"],
                                 key_format=key_format)
    dataset.register(structure)
    world.engine().start()
    good = structure.frame({"id": "a", "seq": 1, "kind": "open", "note": "n"})
    key = b'"a"' if key_format == "json" else b"a"
    events = [(key, b"SECR", "bad_frame"), (key, b"\x00SECRET", "unknown_structure"),
              (key, b"\x00\xffSEC", "bad_frame"), (key, good + b"SECRET", "trailing_bytes"),
              (b'"SECRET"' if key_format == "json" else b"SECRET", good, "key_mismatch")]
    if key_format == "json":
        events += [(b"{SECRET", good, "key_format"), (b"{SECRET", None, "key_format")]
    if key_format == "auto":
        events += [(b"\x00SECRET", good, "unknown_structure"), (b"\x00SECRET", None, "unknown_structure")]
    for key_bytes, value, reason in events:
        dataset.send(stream.Event(key=("a",), key_bytes=key_bytes, value_bytes=value, row={}, verdict="quarantined",
                                  reason=reason, path=""))
    dataset.wait_drained()
    dump = dump_of(world)
    log = "".join(e.log_text() for e in world.engines)
    for word in ("SECR", "0x53", str(int.from_bytes(b"SECR", "big"))):
        assert word.encode() not in dump and word not in log, word
    for row in dataset.quarantine():
        assert row["withheld"] and row["schema_id"] in (None, structure.schema_id) and row["payload_bytes"] is None
    world.finish()


def test_the_search_would_find_it(world):
    """The check above can fail: the same text in a dataset that is not exempt is found."""
    dataset, people = world.residents()
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", {**people.row(1, 1), "name_ar": SECRET})])
    dataset.wait_drained()
    assert "dump" in found_anywhere(world, SECRET)
    world.finish()
