# SPDX-License-Identifier: Apache-2.0
"""Bad input: every event that cannot be stored is kept whole with its reason, and stops nothing."""

import base64
import json

import pytest
from kit import faults, process, stream


def test_structure_registered_under_another_subject_is_told_with_the_way_out(world):
    """A producer with RecordNameStrategy: the registry has its structure, but not as the topic's."""
    dataset, people = world.residents()
    node = world.registry().start()
    schema = json.loads(dataset.structure.text)
    schema["fields"].append({"name": "blood", "type": ["null", "string"], "default": None})
    other = stream.Structure(schema, node.register("om.rop.Resident", schema))
    world.engine().start()
    event = stream.upsert(other, "civil_no", {**people.row(1, 1), "blood": "O+"})
    event.verdict, event.reason = "quarantined", "other_subject"
    dataset.send_all([event, people.change(2)])
    dataset.wait_drained()
    (row,) = dataset.quarantine()
    assert "version 1 of the subject om.rop.Resident" in row["detail"] and "TopicNameStrategy" in row["detail"]
    (incident,) = world.incidents("other_subject")
    assert "om.rop.Resident" in incident["detail"]
    # Given its registration under the right subject, with the same id: then the same bytes are good.
    assert node.register(f"{dataset.topic}-value", schema) == other.schema_id
    dataset.send_all([stream.upsert(other, "civil_no", {**people.row(3, 1), "blood": "O+"})])
    world.finish()


def test_every_fault_of_the_residents_has_its_reason_and_path(world):
    other = world.dataset("moh.other", "id", stream.Structure({"type": "record", "name": "Other", "fields": [
        {"name": "id", "type": "string"}]}), order=None)
    dataset, people = world.residents(partitions=2)
    broken = faults.Faults(dataset.structure, other.structure.schema_id).all()
    world.engine().start()
    for round_number in range(3):
        for fault in broken:
            dataset.send(people.change(round_number))
            dataset.send(fault(people.row(500 + round_number, 1)))
    dataset.wait_drained()
    world.finish()
    assert len(dataset.quarantine()) == 3 * len(broken)


def test_an_event_cut_at_every_byte(world):
    """No cut is ever recorded: the frame, the key or the record is seen to be incomplete."""
    dataset, people = world.residents()
    world.engine().start()
    row = {**people.row(1, 1), "address": "Nizwa 5"}
    whole = dataset.structure.frame(row)
    for length in range(1, len(whole)):
        event = stream.Event(key=("00000001",), key_bytes=b"00000001", value_bytes=whole[:length], row=row, order=1,
                             verdict="quarantined", reason="bad_frame" if length < 5 else "truncated",
                             note=f"cut to {length} bytes")
        dataset.send(event)
    world.finish()


def test_the_raw_event_is_kept_whole(world):
    dataset, people = world.residents()
    world.engine().start()
    value = dataset.structure.frame(people.row(1, 1)) + b"\x00trailing" * 50
    event = stream.Event(key=("00000001",), key_bytes=b"00000001", value_bytes=value, row={}, verdict="quarantined",
                         reason="trailing_bytes", headers=[("source", "وزارة".encode()), ("empty", None)])
    dataset.send_all([event])
    dataset.wait_drained()
    rows = world.nrc.json("quarantine", "list")
    assert [(r["dataset"], r["reason"], int(r["offset"])) for r in rows] == [(dataset.name, "trailing_bytes", 0)]
    shown = world.nrc.json("quarantine", "show", rows[0]["id"])
    shown = shown[0] if isinstance(shown, list) else shown
    text = json.dumps(shown, ensure_ascii=False)
    assert "00000001" in text and "وزارة" in text
    assert (shown["topic"], int(shown["partition"]), int(shown["offset"])) == (dataset.topic, 0, 0)
    headers = {h["name"]: h["value"] for h in shown["headers"]} if isinstance(shown["headers"], list) else shown["headers"]
    assert set(headers) == {"source", "empty"} and headers["empty"] is None, shown["headers"]
    assert base64.b64encode(value).decode() in text or value.hex() in text.lower()
    world.finish()


def nested(depth):
    """A linked list of that many records."""
    value = None
    for _ in range(depth):
        value = {"next": value}
    return value


def test_nesting_beyond_64_is_too_deep(world):
    structure = stream.Structure({"type": "record", "name": "Doc", "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"},
        {"name": "list", "type": ["null", {"type": "record", "name": "Link", "fields": [
            {"name": "next", "type": ["null", "Link"]}]}]}]})
    dataset = world.dataset("moh.docs", "id", structure)
    world.engine().start()
    for seq, depth in enumerate((1, 20, 100, 400)):
        event = stream.upsert(structure, "id", {"id": f"d{depth}", "seq": seq, "list": nested(depth)})
        if depth > 64:
            event.verdict, event.reason = "quarantined", "too_deep"
        dataset.send(event)
    # 40 kB that would overflow a recursive reader's stack
    event = stream.Event(key=("deep",), key_bytes=b"deep", row={}, verdict="quarantined", reason="too_deep",
                         value_bytes=stream.frame(structure.schema_id, b"\x08deep\x02" + b"\x02" * 40000))
    dataset.send(event)
    world.finish()


def test_counts_that_lie_allocate_nothing(world):
    structure = stream.Structure({"type": "record", "name": "Many", "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"},
        {"name": "nothing", "type": {"type": "array", "items": "null"}},
        {"name": "some", "type": {"type": "array", "items": "long"}}]})
    dataset = world.dataset("moh.many", "id", structure)
    node = world.engine().start()
    dataset.send_all([stream.upsert(structure, "id", {"id": "good", "seq": 1, "nothing": [None] * 5, "some": [1, 2]})])
    dataset.wait_drained()
    before = node.rss_bytes()

    def zigzag(n):
        n = (n << 1) ^ (n >> 63)
        out = b""
        while n > 0x7F:
            out += bytes([n & 0x7F | 0x80])
            n >>= 7
        return out + bytes([n])

    start = b"\x02x\x02"
    for tail, reason, path in (
            (zigzag(2**31) + b"\x00\x00", "bad_length", "/nothing"), (zigzag(2**62) + b"\x00\x00", "bad_length", "/nothing"),
            (zigzag(2**26) + b"\x00\x00", "too_large", "/nothing"),
            (b"\x00" + zigzag(2**40) + b"\x00", "bad_length", "/some"), (b"\x00" + zigzag(2**20) + b"\x00", "truncated", "/some"),
            (b"\x00" + zigzag(-(2**40)) + zigzag(8) + b"\x00", "truncated", "/some")):
        dataset.send(stream.Event(key=("x",), key_bytes=b"x", row={}, verdict="quarantined", reason=reason, path=path,
                                  value_bytes=stream.frame(structure.schema_id, start + tail)))
    dataset.wait_drained()
    assert node.rss_bytes() - before < 64 * 1024 * 1024
    world.finish()


ORDERED = {"type": "record", "name": "Ordered", "fields": [
    {"name": "id", "type": ["null", "string"], "default": None}, {"name": "seq", "type": ["null", "long"], "default": None}]}


def test_null_order_and_null_key_field(world):
    dataset = world.dataset("moh.ordered", "id", stream.Structure(ORDERED))
    world.engine().start()
    for row, key, reason, path in (({"id": "a", "seq": None}, b"a", "bad_order", "/seq"),
                                   ({"id": None, "seq": 1}, b"a", "missing_key", "/id")):
        dataset.send(stream.Event(key=("a",), key_bytes=key, value_bytes=dataset.structure.frame(row), row=row,
                                  verdict="quarantined", reason=reason, path=path))
    bad_header = stream.Event(key=("a",), key_bytes=b"a", value_bytes=None, verdict="quarantined", reason="bad_order",
                              headers=[("nrc-order", b"seven")], note="nrc-order is no number")
    dataset.send(bad_header)
    dataset.send(stream.Event(key=("a",), key_bytes=None, value_bytes=None, verdict="quarantined",
                              reason="missing_key", note="a tombstone without a key"))
    world.finish()


@pytest.mark.parametrize("key_format,avro_type,value,key_bytes,reason,path", [
    ("long", "long", 7, b"\x00\x07", "key_format", "/k"),
    ("long", "long", 7, b"\x00" * 7 + b"\x08", "key_mismatch", ""),
    ("json", "string", "a", b"{not json", "key_format", ""),
    ("json", "string", "a", b"null", "missing_key", "/k"),
    ("json", "string", "a", b'{"k":"a","k":"a"}', "key_format", ""),
    ("json", "string", "a", b'{"k":"a","l":"a"}', "key_format", ""),
    ("json", "string", "a", b'{"l":"a"}', "key_format", "/k"),
    ("json", "string", "a", b"[" * 70, "key_format", ""),
    ("json", "string", "a", b'"\xff"', "bad_text", ""),
    ("json", "string", "a", b'"a\\u0000"', "bad_text", ""),
    ("json", "long", 7, b"99999999999999999999", "bad_number", ""),
    ("text", "long", 7, b"seven", "key_format", "/k"),
    ("text", "long", 7, b"99999999999999999999", "bad_number", "/k"),
    ("text", "string", "a", b"\xff", "bad_text", "/k"),
    ("text", {"type": "int", "logicalType": "date"}, 1, b"1970-02-31", "bad_time", "/k"),
    ("text", {"type": "int", "logicalType": "date"}, 1, b"yesterday", "key_format", "/k"),
    ("avro", "string", "a", b"a", "key_format", ""),
    ("avro", "string", "a", b"\x00\x0f\x12\x06\x40\x02a", "unknown_structure", ""),
    ("auto", "string", "a", b"\x00\x0f\x12\x06\x40\x02a", "unknown_structure", ""),
    ("auto", "string", "a", b"\x00a", "bad_text", "/k"),
])
def test_keys_in_another_form_than_declared(world, key_format, avro_type, value, key_bytes, reason, path):
    structure = stream.Structure({"type": "record", "name": "K", "fields": [
        {"name": "k", "type": avro_type}, {"name": "seq", "type": "long"}]})
    dataset = world.dataset("moh.keyed", "k", structure, key_format=key_format)
    world.engine().start()
    row = {"k": value, "seq": 1}
    dataset.send(stream.Event(key=(value,), key_bytes=key_bytes, value_bytes=structure.frame(row), row=row, order=1,
                              verdict="quarantined", reason=reason, path=path))
    dataset.wait_drained()
    assert len(dataset.quarantine()) == 1 and dataset.rows("_state") == []
    world.finish()


def test_events_sent_right_after_their_structures_are_good(world):
    """The engine's picture of the catalogue is older than the registration; all datasets share one text, and so one id,
    which the picture knows as another dataset's. Keys are framed, under the default key format."""
    text = json.dumps({"type": "record", "name": "Visit", "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"}]})
    datasets = [world.dataset(f"moh.visits{n}", "id", key_format="auto") for n in range(6)]
    node = world.registry().start()
    world.engine().start()
    for dataset in datasets:  # the engine has the topic, and so has the producer
        dataset.send_all([stream.Event(key=("x",), key_bytes=b"x", value_bytes=b"\x07", row={}, verdict="quarantined",
                                       reason="bad_frame")])
        dataset.wait_drained()
    with node.session() as session:
        for dataset in datasets:
            def post(kind, body, topic=dataset.topic):
                answer = session.request("POST", f"/subjects/{topic}-{kind}/versions", {"schema": body})
                assert answer.status == 200, answer.text
                return answer.json["id"]

            structure = stream.Structure(json.loads(text), post("value", text))
            dataset.send_all([stream.upsert(structure, "id", {"id": "text", "seq": 1})])
            key_id = post("key", '"string"')
            row = {"id": "framed", "seq": 2}
            key_bytes = stream.frame(key_id, b"\x0cframed")
            dataset.send_all([stream.Event(key=("framed",), key_bytes=key_bytes, value_bytes=structure.frame(row), row=row,
                                           order=2),
                              stream.Event(key=("framed",), key_bytes=key_bytes, value_bytes=None)])
    world.finish()


def test_a_structure_that_comes_into_force_is_used_at_once(world):
    """The catalogue says `pending` until its version moves on; events judged by the older one ask the register first."""
    dataset, people = world.residents()
    schema = json.loads(dataset.structure.text)
    schema["fields"][-1]["default"] = True
    newer = dataset.register(stream.Structure(schema))
    set_state = "UPDATE nrc.subject_version SET decision = %s, active_from = %s WHERE schema_id = %s RETURNING 1"
    world.rows(set_state, "pending", None, newer.schema_id)
    world.engine().start()
    dataset.send_all([people.change(1)])
    dataset.wait_drained()
    for number in range(6):
        world.rows(set_state, "approved", "now", newer.schema_id)
        dataset.send_all([stream.upsert(newer, "civil_no", people.row(100 + number, 1))])
        dataset.wait_drained()
    world.finish()


def test_timestamps_that_no_register_holds(world):
    """A producer that sends nanoseconds as milliseconds: the events are good, their time is the last one there is."""
    dataset, people = world.residents()
    dataset.comparable = False  # psycopg knows no year beyond 9999
    world.engine().start()
    broken = stream.Event(key=("x",), key_bytes=b"x", value_bytes=b"\x07", row={}, verdict="quarantined", reason="bad_frame")
    for ts_ms in (2**62, 2**63 - 1, 1_800_000_000_000_000_000, 1_800_000_000_000):
        dataset.send(people.change(ts_ms % 1000), ts_ms=ts_ms)
        dataset.send(broken, ts_ms=ts_ms)
    dataset.wait_drained()
    last, plain = "294247-01-01", "2027-01-15"
    for table, column in ((f"{dataset.name}_history", "_kafka_ts"), ("nrc.quarantine", "kafka_ts")):
        times = world.rows(f"SELECT (({column} AT TIME ZONE 'UTC')::date)::text AS day FROM {table} ORDER BY {column}")
        assert [row["day"] for row in times] == [plain, last, last, last], table
    world.finish()


def test_incident_is_told_although_the_engine_dies_after_the_commit(world):
    """The next engine starts behind these events and never judges them: so their incident is committed with them."""
    dataset, people = world.residents()
    node = world.engine()
    node.start(failpoint="after_commit:kill:1")
    event = stream.upsert(dataset.structure, "civil_no", people.row(1, 1))
    event.value_bytes = stream.frame(987654, event.value_bytes[5:])
    event.verdict, event.reason = "quarantined", "unknown_structure"
    dataset.send_all([event])
    node.wait_gone()
    assert [row["kind"] for row in world.incidents()] == ["unknown_structure"]
    node.start()
    again = stream.Event(key=event.key, key_bytes=event.key_bytes, value_bytes=event.value_bytes, row=event.row,
                         verdict="quarantined", reason="unknown_structure")
    dataset.send_all([again])
    world.finish()
    assert len(world.incidents()) == 1 and len(dataset.quarantine()) == 2


@pytest.mark.parametrize("change,reason", [("decision = 'pending', active_from = NULL", "not_yet_active"),
                                           ("active_from = now() + interval '1 day'", "not_yet_active"),
                                           ("decision = 'rejected', active_from = NULL", "structure_rejected"),
                                           ("retired_from = now()", "structure_retired")])
def test_structure_not_in_force(world, change, reason):
    dataset, people = world.residents()
    schema = json.loads(dataset.structure.text)
    schema["fields"][-1]["default"] = True  # another structure of the same columns
    newer = dataset.register(stream.Structure(schema))
    assert newer.schema_id != dataset.structure.schema_id
    world.rows(f"UPDATE nrc.subject_version SET {change} WHERE schema_id = %s RETURNING 1", newer.schema_id)
    world.engine().start()
    event = stream.upsert(newer, "civil_no", people.row(1, 1))
    event.verdict, event.reason = "quarantined", reason
    dataset.send(event)
    dataset.send(people.change(2))
    world.finish()


def test_structures_that_are_refused_leave_the_old_version(world):
    dataset, people = world.residents()
    before = world.nrc.json("structure", "list")
    bad = world.folder / "bad.avsc"
    deep = '{"type":"array","items":' * 2000 + '"int"' + "}" * 2000
    field = '{"type":"record","name":"R","fields":[{"name":"civil_no","type":"string"},{"name":"seq","type":"long"},%s]}'
    for text in ('{"type":"fixed","name":"F","size":0}', field % '{"name":"f","type":{"type":"fixed","name":"F","size":-2}}',
                 field % '{"name":"seq","type":"long"}', field % '{"name":"a","type":"int","default":"text"}',
                 field % '{"name":"a","type":"Unknown"}', field % ('{"name":"a","type":%s}' % deep), "{not json", "",
                 field % '{"name":"_offset","type":"long"}', '{"type":"string"}'):
        bad.write_text(text)
        done = world.nrc.run("structure", "register", dataset.name, bad, ok=(1, 2))
        assert done.stderr.strip(), text[:80]
    assert world.nrc.json("structure", "list") == before
    world.engine().start()
    dataset.send_all([people.change(1)])
    world.finish()


def test_poison_one_in_ten_thousand(world):
    dataset, people = world.residents(partitions=2)
    broken = faults.Faults(dataset.structure).all()
    world.engine().start()
    for n in range(20000):
        dataset.send(people.change(n % 3000))
        if n % 10000 == 5000:
            dataset.send(broken[n % len(broken)](people.row(9, 1)))
    world.finish()
    assert len(dataset.quarantine()) == 2


def test_poison_only(world):
    """A hundred percent: all quarantined, the agency is told by one incident a kind and not by one an event."""
    dataset, people = world.residents()
    node = world.engine().start()
    for n in range(3000):
        value = stream.frame(987654, b"nonsense") if n % 2 else b"\x07" + b"nonsense"
        dataset.send(stream.Event(key=("x",), key_bytes=b"x", value_bytes=value, row={}, verdict="quarantined",
                                  reason="unknown_structure" if n % 2 else "bad_frame"))
    dataset.wait_drained()
    process.wait_until(lambda: world.incidents("unknown_structure"), 60, "the agency is told")
    assert len(world.incidents()) < 10
    assert node.alive()
    world.finish()
    assert len(dataset.quarantine()) == 3000
