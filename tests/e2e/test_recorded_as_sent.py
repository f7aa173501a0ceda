# SPDX-License-Identifier: Apache-2.0
"""Each event is recorded as it was sent: by its own structure, to the last branch and bit (NRL-8: data flows as it is,
NRL-10: accuracy)."""

import datetime
import json
import math
import random
import struct
import uuid

from kit import avro_cases, stream

ANY_LEVEL = "INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')"


def record(*fields, name="Event"):
    return {"type": "record", "name": name, "fields": [
        {"name": "id", "type": "string"}, {"name": "seq", "type": "long"}, *fields]}


def field(name, type_, **more):
    return {"name": name, "type": type_, **more}


def history_of(world, dataset, key):
    """Every version of a key, in arrival order, without where it came from."""
    agency, name = dataset.name.split(".")
    rows = world.rows(f'SELECT * FROM "{agency}"."{name}_history" WHERE id = %s ORDER BY _topic_partition, _offset', key)
    return [{k: v for k, v in row.items() if not k.startswith("_") or k == "_schema_id"} for row in rows]


def as_json(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


NODE = {"type": "record", "name": "Addr", "fields": [field("street", "string"), field("zip", "string")]}
NARROWER = {"type": "record", "name": "Addr", "fields": [field("street", "string")]}
LETTERS = {"type": "enum", "name": "Letter", "symbols": ["A", "B", "C"]}
FEWER_LETTERS = {"type": "enum", "name": "Letter", "symbols": ["A", "B", "UNKNOWN"], "default": "UNKNOWN"}
NUMBER = {"type": "record", "name": "Num", "fields": [field("n", "long")]}
MOMENT = {"type": "record", "name": "Num", "fields": [
    field("n", {"type": "long", "logicalType": "timestamp-millis"})]}

CHANGES = {
    "a nested field dropped": ([field("x", NODE)], [field("x", NARROWER)], {"x": {"street": "s", "zip": "112"}}),
    "a nested field dropped in an array": (
        [field("x", {"type": "array", "items": NODE})], [field("x", {"type": "array", "items": NARROWER})],
        {"x": [{"street": "s", "zip": "112"}, {"street": "t", "zip": "113"}]}),
    "an enum symbol that only the older structure has": ([field("x", LETTERS)], [field("x", FEWER_LETTERS)], {"x": "C"}),
    "the same in an array": ([field("x", {"type": "array", "items": LETTERS})],
                             [field("x", {"type": "array", "items": FEWER_LETTERS})], {"x": ["C", "A"]}),
    "a default for a new field": ([], [field("x", "string", default="nobody said it")], {}),
    "a default for a new nested field": (
        [field("x", NARROWER)],
        [field("x", dict(NARROWER, fields=[*NARROWER["fields"], field("zip", "string", default="000")]))],
        {"x": {"street": "s"}}),
    "a logical type added to a nested long": ([field("x", NUMBER)], [field("x", MOMENT)], {"x": {"n": 1}}),
    "a union narrowed": ([field("x", ["null", "int", "string"])], [field("x", ["null", "string", "boolean"])], {"x": 7}),
    "a field dropped": ([field("x", "string")], [], {"x": "kept"}),
    "a required field added": ([], [field("x", "string")], {}),
    "a field renamed": ([field("x", "string")], [field("y", "string", aliases=["x"])], {"x": "moved"}),
}


def test_same_bytes_make_the_same_row_whatever_was_registered_meanwhile(world):
    """An event of the first structure comes before the second is registered, after it, and after a restart. Each change
    has a dataset of its own."""
    world.execute(ANY_LEVEL)
    node = world.engine().start()
    made = {}
    for n, (change, (before, after, values)) in enumerate(CHANGES.items()):
        dataset = made[change] = world.dataset(f"moh.change{n}", "id", stream.Structure(record(*before)))
        dataset.comparable = False
        dataset.after, dataset.event = after, {"id": "k", "seq": 1, **values}

    def send_all():
        for dataset in made.values():
            dataset.send(stream.upsert(dataset.structure, "id", dataset.event))
        for dataset in made.values():
            dataset.wait_drained()

    send_all()
    for dataset in made.values():
        newer = dataset.register(stream.Structure(record(*dataset.after)))
        assert newer.schema_id != dataset.structure.schema_id
    send_all()
    assert node.stop() == 0
    world.engine("e2").start()
    send_all()
    for change, dataset in made.items():
        assert dataset.quarantine() == [], change
        rows = history_of(world, dataset, "k")
        assert len(rows) == 3 and rows[0] == rows[1] == rows[2], change
        assert rows[0].pop("_schema_id") == dataset.structure.schema_id
        said = {k: {"int": 7} if v == 7 else v for k, v in dataset.event.items()}
        if change == "a field renamed":
            said["y"] = said.pop("x")
        assert as_json({k: v for k, v in rows[0].items() if v is not None}) == as_json(said), change
    world.finish()


def test_same_bytes_make_the_same_row_for_random_structures(world):
    """Six datasets, each with three structures made from each other at random: what was sent before, sent again at the end."""
    world.execute(ANY_LEVEL)
    rng = random.Random(20261126)
    sent = []
    world.engine().start()
    for n in range(6):
        cases = avro_cases.Cases(rng)
        structure = cases.record()
        structure["fields"] = [field("id", "string"), field("seq", "long"), *structure["fields"][:7]]
        dataset = world.dataset(f"moh.random{n}", "id", stream.Structure(avro_cases.as_schema(structure)))
        dataset.comparable = False
        for _ in range(3):
            for key in "abc":
                value = {**cases.value(structure), "id": key, "seq": 1}
                avro = avro_cases.encode(rng, structure, value)
                sent.append((dataset, stream.Event(key=(key,), key_bytes=key.encode(), row={}, order=1,
                                                   value_bytes=stream.frame(dataset.structure.schema_id, avro))))
                dataset.send(sent[-1][1])
            dataset.flush()
            following = cases.next_structure({**structure, "fields": structure["fields"][2:]})
            structure = {**following, "name": structure["name"],
                         "fields": [field("id", "string"), field("seq", "long"), *following["fields"]]}
            dataset.structure = dataset.register(stream.Structure(avro_cases.as_schema(structure)))
    for dataset, event in sent:
        dataset.send(stream.Event(key=event.key, key_bytes=event.key_bytes, value_bytes=event.value_bytes, row={}, order=1))
    for dataset in world.datasets:
        dataset.wait_drained()
        assert dataset.quarantine() == []
        for key in "abc":
            rows = [as_json(row) for row in history_of(world, dataset, key)]
            assert len(rows) == 6 and rows[:3] == rows[3:]
    world.finish()


def test_nrl_6_every_field_name_of_an_agency_has_a_column(world):
    """Arabic names, names that PostgreSQL cuts or refuses, names of ours: each has a column, and the dataset says which."""
    long = "رقم_السجل_المدني_للمولود_كما_ورد_في_شهادة_الميلاد"
    assert len(long.encode()) > 63
    odd = ["الاسم", long, long + "_الثاني", "xmin", "_op", "_content", "_nrc_x", "ord", "s", "Mixed"]
    structure = stream.Structure({"type": "record", "name": "مولود", "fields": [
        field("رقم", "string"), field("seq", "long"), *(field(name, ["null", "string"], default=None) for name in odd),
        field("عنوان", {"type": "record", "name": "عنوان_السكن", "fields": [field("الولاية", "string")]})]})
    dataset = world.dataset("moh.named", "رقم", structure)
    dataset.comparable = False
    world.engine().start()
    row = {"رقم": "1", "seq": 1, "عنوان": {"الولاية": "صلالة"}, **{name: f"قيمة {name}" for name in odd}}
    dataset.send(stream.upsert(structure, "رقم", row))
    dataset.wait_drained()
    assert dataset.quarantine() == []
    columns = {c["field"]: c["name"] for c in world.nrc.json("dataset", "show", "moh.named")["columns"]}
    assert list(columns) == [f["name"] for f in json.loads(structure.text)["fields"]]
    (stored,) = dataset.rows(order_by='"رقم"')
    assert {name: stored[column] for name, column in columns.items()} == row
    assert [name for name, column in columns.items() if name != column] == [long, long + "_الثاني", *odd[3:7]]
    # The fault of a value names the field as the structure does.
    broken = structure.avro(row)[:-3]
    dataset.send(stream.Event(key=("2",), key_bytes=b"1", value_bytes=stream.frame(structure.schema_id, broken), row=row))
    dataset.wait_drained()
    assert [(q["reason"], q["path"]) for q in dataset.quarantine()] == [("truncated", "/عنوان/الولاية")]
    world.finish()


PEOPLE = ["null", {"type": "record", "name": "civil.Married", "fields": [field("on", "int")]},
          {"type": "record", "name": "civil.Divorced", "fields": [field("on", "int")]}]


def test_the_branch_of_a_union_is_not_lost(world):
    dataset = world.dataset("moh.branches", "id", stream.Structure(record(
        field("what", {"type": "array", "items": PEOPLE}), field("raw", ["string", "bytes"]),
        field("plain", ["null", "civil.Married"]))))
    dataset.comparable = False
    world.engine().start()
    for n, (what, raw) in enumerate([
            ([("civil.Married", {"on": 1}), ("civil.Divorced", {"on": 1}), None], "aGk="),
            ([("civil.Divorced", {"on": 1})], b"hi")]):
        dataset.send(stream.upsert(dataset.structure, "id", {"id": str(n), "seq": 1, "what": what, "raw": raw,
                                                             "plain": {"on": 2} if n else None}))
    world.finish()
    assert [(row["what"], row["raw"], row["plain"]) for row in dataset.rows()] == [
        ([{"civil.Married": {"on": 1}}, {"civil.Divorced": {"on": 1}}, None], {"string": "aGk="}, None),
        ([{"civil.Divorced": {"on": 1}}], {"bytes": "aGk="}, {"on": 2})]


def test_numbers_and_times_at_their_ends_are_kept_inside_and_outside(world):
    """NaN and infinities, years beyond 9999 and before 1, 24:00:00: what a column holds, JSON holds, and casts back."""
    ends = {"type": "record", "name": "Ends", "fields": [
        field("d", {"type": "array", "items": "double"}), field("f", "float"),
        field("day", {"type": "int", "logicalType": "date"}),
        field("at", {"type": "long", "logicalType": "timestamp-micros"}),
        field("until", {"type": "int", "logicalType": "time-millis"})]}
    structure = stream.Structure(record(field("ends", ends), field("number", "double"),
                                        field("until", {"type": "int", "logicalType": "time-millis"}),
                                        field("u", {"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"})))
    dataset = world.dataset("moh.ends", "id", structure)
    dataset.comparable = False
    world.engine().start()
    days, late = 2932897, -719163  # 10000-01-01 and 0001-12-31 BC
    u = uuid.uuid4()
    plain = {"type": "record", "name": "Event", "fields": [
        field("id", "string"), field("seq", "long"),
        field("ends", {"type": "record", "name": "Ends", "fields": [
            field("d", {"type": "array", "items": "double"}), field("f", "float"), field("day", "int"),
            field("at", "long"), field("until", "int")]}),
        field("number", "double"), field("until", "int"), field("u", {"type": "fixed", "name": "U", "size": 16})]}
    for key, day in (("late", days), ("early", late)):
        row = {"id": key, "seq": 1, "number": math.inf, "until": 86400000, "u": u.bytes,
               "ends": {"d": [math.nan, -math.inf, 0.5], "f": math.inf, "day": day, "at": day * 86400 * 10**6,
                        "until": 86400000}}
        avro = stream.Structure(plain).avro(row)
        dataset.send(stream.Event(key=(key,), key_bytes=key.encode(), row=row, order=1,
                                  value_bytes=stream.frame(dataset.structure.schema_id, avro)))
    dataset.wait_drained()
    assert dataset.quarantine() == []
    shown = world.rows("SELECT id, ends->'d' AS d, ends->>'f' AS f, ends->>'day' AS day, ends->>'at' AS at,"
                       " (ends->>'day')::date = DATE '1970-01-01' + CASE id WHEN 'late' THEN %s ELSE %s END AS same_day,"
                       " (ends->>'at')::timestamptz = to_timestamp(0) + make_interval(days => CASE id WHEN 'late'"
                       " THEN %s ELSE %s END) AS same_at, (ends->>'until')::time = until AS same_until, until::text AS until,"
                       " number, u::text AS u, pg_typeof(u)::text AS type FROM moh.ends ORDER BY id", days, late, days, late)
    assert [(r["day"], r["at"]) for r in shown] == [("0001-12-31 BC", "0001-12-31T00:00:00Z BC"),
                                                    ("10000-01-01", "10000-01-01T00:00:00Z")]
    for row in shown:
        assert row["d"] == ["NaN", "-Infinity", 0.5] and row["f"] == "Infinity" and row["number"] == math.inf
        assert row["same_day"] and row["same_at"] and row["same_until"] and row["until"] == "24:00:00"
        assert row["u"] == str(u) and row["type"] == "uuid"
    world.finish()


def test_two_updates_of_one_order_both_count(world):
    """The order is a time in whole seconds, and two updates come within one: the later one is the state."""
    dataset = world.dataset("moh.ties", "id", stream.Structure(record(
        field("text", "string"), field("tags", {"type": "map", "values": "int"}))))
    world.engine().start()

    def send(text, tags, order=5):
        row = {"id": "k", "seq": order, "text": text, "tags": tags}
        dataset.send(stream.upsert(dataset.structure, "id", row))

    send("first", {})
    send("second", {"a": 1, "b": 2})
    dataset.wait_drained()
    send("second", {"b": 2, "a": 1})  # sent again, by a client whose maps have no order
    dataset.wait_drained()
    send("third", {})
    send("late", {}, order=4)
    dataset.wait_drained()
    effects = world.rows("SELECT _effect::text AS e FROM moh.ties_history ORDER BY _offset")
    assert "".join(row["e"] for row in effects) == "aadas"
    dataset.send(stream.tombstone("k", order=5))
    dataset.send(stream.tombstone("k", order=5))
    dataset.wait_drained()
    assert dataset.rows() == []
    send("after all", {})
    world.finish()
    assert dataset.rows()[0]["text"] == "after all"


def connect(payload, schema):
    return json.dumps({"schema": schema, "payload": payload}).encode()


INT64 = {"type": "int64", "optional": False}
STRUCT = {"type": "struct", "optional": False, "name": "k", "fields": [{"field": "k", **INT64}]}
KEYS = {
    "empty text": ("text", "string", "", b""),
    "empty text, found out": ("auto", "string", "", b""),
    "four bytes": ("int", "int", -7, struct.pack(">i", -7)),
    "Connect's scalar": ("json", "long", 9, connect(9, INT64)),
    "Connect's struct": ("json", "long", 9, connect({"k": 9}, STRUCT)),
    "Connect without a schema": ("json", "string", "a", connect("a", None)),
    "Connect's date": ("json", {"type": "int", "logicalType": "date"}, 19000, connect(
        19000, {"type": "int32", "name": "org.apache.kafka.connect.data.Date", "version": 1})),
    "Connect's bytes": ("json", "bytes", b"\x00\xff", connect("AP8=", {"type": "bytes"})),
}


def test_what_can_be_stored_under_a_key_can_be_deleted(world):
    """Each kind of key has a dataset of its own."""
    world.engine().start()
    made = {}
    for n, (case, (key_format, avro_type, value, key_bytes)) in enumerate(KEYS.items()):
        structure = stream.Structure({"type": "record", "name": "K", "fields": [
            field("k", avro_type), field("seq", "long")]})
        dataset = made[case] = world.dataset(f"moh.keyed{n}", "k", structure, key_format=key_format)
        dataset.comparable = False
        row = {"k": value, "seq": 1}
        dataset.send(stream.Event(key=(value,), key_bytes=key_bytes, value_bytes=structure.frame(row), row=row, order=1))
    for case, dataset in made.items():
        dataset.wait_drained()
        assert dataset.quarantine() == [], case
        value = KEYS[case][2]
        meant = datetime.date(1970, 1, 1) + datetime.timedelta(value) if isinstance(KEYS[case][1], dict) else value
        assert [row["k"] for row in dataset.rows()] == [meant], case
        dataset.send(stream.Event(key=(value,), key_bytes=KEYS[case][3], value_bytes=None))
    for case, dataset in made.items():
        dataset.wait_drained()
        assert dataset.quarantine() == [], case
        assert dataset.rows() == [], case
        assert len(dataset.rows("_state")) == 1, case
    world.finish()
