# SPDX-License-Identifier: Apache-2.0
"""Names in Arabic all the way: structure, columns, keys, JSON, paths of faults, answers of the registry (NRL-6)."""

import json
import struct

from kit import stream
from kit.registry import body_of

KEY, ORDER, SEX, ADDRESS, NOTE = "الرقم_المدني", "تسلسل", "النوع", "العنوان", "ملاحظة"
KIND = {"type": "enum", "name": "نوع", "symbols": ["ذكر", "أنثى"]}
PLACE = {"type": "record", "name": "عنوان", "fields": [
    {"name": "الولاية", "type": "string"},
    {"name": "سكان", "type": {"type": "array", "items": ["null", "نوع"]}, "default": ["أنثى", None]}]}
ENTRY = {"type": "record", "name": "قيد", "namespace": "عمان.سجل", "doc": "قيد مدني", "fields": [
    {"name": KEY, "type": "string"}, {"name": ORDER, "type": "long"}, {"name": SEX, "type": KIND},
    {"name": ADDRESS, "type": ["null", PLACE], "default": None}]}
WIDER = {**ENTRY, "fields": [*ENTRY["fields"], {"name": NOTE, "type": ["null", "string"], "default": "لا شيء", "aliases": ["note-1"]}]}


def number(n):
    n = (n << 1) ^ (n >> 63)
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return number(len(value)) + value


def entry(schema_id, key, order, sex, place=None, note=None):
    """An event of ENTRY, or of WIDER with a note: libraries that a test could use refuse these names."""
    value = text(key) + number(order) + number(KIND["symbols"].index(sex))
    if place is None:
        value += number(0)
    else:
        value += number(1) + text(place[0]) + number(len(place[1]))
        value += b"".join(number(1) + number(KIND["symbols"].index(s)) for s in place[1]) + number(0)
    return b"\x00" + struct.pack(">i", schema_id) + value + (number(1) + text(note) if note is not None else b"")


class Arabic:
    """A structure as the checker sees it."""

    def __init__(self, schema):
        self.text = json.dumps(schema, ensure_ascii=False)
        self.schema_id = None


def test_an_arabic_structure_is_stored_shown_and_judged(world):
    dataset = world.dataset("rop.entries", KEY, order=ORDER)
    first = dataset.register(Arabic(ENTRY))
    world.engine().start()

    def send(key, order, row, value, **expected):
        dataset.send(stream.Event(key=(key,), key_bytes=key.encode(), value_bytes=value, row=row, order=order, **expected))

    home = {"الولاية": "مسقط", "سكان": ["ذكر", "أنثى"]}
    send("أ1", 1, {KEY: "أ1", ORDER: 1, SEX: "ذكر", ADDRESS: None}, entry(first.schema_id, "أ1", 1, "ذكر"))
    send("أ1", 2, {KEY: "أ1", ORDER: 2, SEX: "أنثى", ADDRESS: home}, entry(first.schema_id, "أ1", 2, "أنثى", tuple(home.values())))
    send("ب2", 1, {}, entry(first.schema_id, "ب2", 1, "ذكر", (b"\xff", [])), verdict="quarantined", reason="bad_text",
         path=f"/{ADDRESS}/الولاية")
    dataset.wait_drained()
    second = dataset.register(Arabic(WIDER))
    send("ج3", 5, {KEY: "ج3", ORDER: 5, SEX: "ذكر", ADDRESS: None, NOTE: "نص"},
         entry(second.schema_id, "ج3", 5, "ذكر", None, "نص"))
    dataset.send(stream.tombstone("أ1", 9))
    dataset.wait_drained()
    rows = {r[KEY]: r for r in dataset.rows("_history")}
    assert set(rows) == {"أ1", "ج3"} and rows["ج3"][NOTE] == "نص"
    kept = [r[ADDRESS] for r in dataset.rows("_history") if r[ADDRESS] is not None]
    assert kept == [home]
    shown = world.nrc.run("structure", "show", dataset.name).stdout
    assert KEY in shown and NOTE in shown
    told = world.nrc.json("quarantine", "list")
    assert [r["path"] for r in told if "path" in r] in ([], [f"/{ADDRESS}/الولاية"])
    world.finish()


def test_the_registry_answers_in_the_names_that_it_was_sent(world):
    node = world.registry().start()
    given = node.register("عمان-value", ENTRY)
    assert node.register("عمان-value", ENTRY) == given
    printed = node.schema_of(given)
    assert json.loads(printed) == ENTRY and KEY in printed
    found = node.look_up("عمان-value", ENTRY).json
    assert (found["subject"], found["version"], found["schema"]) == ("عمان-value", 1, printed)
    assert node.register("عمان-value", WIDER) != given
    narrower = {**ENTRY, "fields": [{**f, "type": dict(KIND, symbols=["ذكر"])} if f["name"] == SEX else f
                                    for f in ENTRY["fields"][:3]]}
    refused = node.post("/subjects/%D8%B9%D9%85%D8%A7%D9%86-value/versions", body_of(narrower))
    assert refused.code == 409 and "أنثى" in refused.json["message"] and "نوع" in refused.json["message"]
    for broken, place in (({**ENTRY, "name": "قَيد"}, "/name"), ({**ENTRY, "namespace": "عمان\u202e"}, "/namespace"),
                          ({**ENTRY, "fields": [{"name": "رَقم", "type": "int"}]}, "/fields/0/name"),
                          ({**ENTRY, "fields": [{"name": "س", "type": KIND, "default": "لا"}]}, "/fields/0/default")):
        answer = node.post("/subjects/x/versions", body_of(broken))
        assert answer.code == 42201 and place in answer.json["message"], answer
    world.finish()
