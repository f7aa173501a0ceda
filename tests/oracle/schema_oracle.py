#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the schema parser with fastavro and with Avro's own Java library, through tests/tools/schema_tool.c.

Valid schemas (hand-written and random): the canonical form and both fingerprints must be theirs; the defaults of a random
record, laid end to end, must decode with fastavro to the values that were written as JSON. Invalid schemas
(hand-written, and valid ones broken in a known way) must be refused with a path. Names and defaults, right and wrong
ones, are taken where Java takes them: schema_names.py, schema_defaults.py.

    python3 tests/oracle/schema_oracle.py --tool build/asan/tests/schema_tool [--cases N] [--seed S]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import copy
import io
import json
import math
import random
import struct
import sys

import schema_defaults
import schema_names
from programs import Program, java, versions

try:
    import fastavro
    from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form
except ImportError:
    print("schema_oracle: fastavro is not installed for " + sys.executable, file=sys.stderr)
    sys.exit(2)

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

# Where fastavro is not the measure, and why:
# - logicalType: fastavro refuses a decimal whose parameters do not fit; Avro says to ignore the logical type. It is
#   taken off before fastavro sees the schema; the canonical form does not have it anyway.
# - default: fastavro does not look into arrays, maps and records. Only decoding with it is used.
# - names beyond ASCII: Java alone is asked.
# - {"type": "Name"} for a defined Name: fastavro knows no such type; Java reads it as a reference. Unwrapped.
# - "namespace": null: fastavro takes it for no namespace, Java for none given. Not generated.
# - ".Name": fastavro keeps the dot. Not generated; expected values are written by hand below.
# - an undotted reference inside a namespace to a type without one: fastavro does not find it, Java does. By hand too.


def for_fastavro(schema):
    """The schema with what the list above says taken off."""
    if isinstance(schema, list):
        return [for_fastavro(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    words = PRIMITIVES + ["record", "error", "enum", "fixed", "array", "map"]
    if schema.get("type") not in words and isinstance(schema.get("type"), str):
        return schema["type"]
    out = {k: v for k, v in schema.items() if k not in ("logicalType", "default")}
    for key in ("items", "values"):
        if key in out:
            out[key] = for_fastavro(out[key])
    if "fields" in out:
        out["fields"] = [{k: (for_fastavro(v) if k == "type" else v) for k, v in f.items()
                          if k != "default"} for f in out["fields"]]
    return out


class Generator:
    """Random valid schemas. Named types are remembered with their full names, so that they can be referred to."""

    def __init__(self, rng):
        self.rng = rng
        self.count = 0
        self.named = {}

    def fresh(self, letter):
        self.count += 1
        return self.rng.choice(["", "_", "x"]) + letter + str(self.count)

    def schema(self):
        self.named = {}
        self.count = 0
        if self.rng.random() < 0.75:
            return self.record("", 0)
        return self.type("", 0)

    def type(self, space, depth, union=True):
        r = self.rng.random()
        if depth > 4 or r < 0.4:
            return self.primitive()
        if r < 0.5 and self.named:
            return self.reference(space)
        makers = [self.record, self.enum, self.fixed, self.array, self.map]
        return self.rng.choice(makers + ([self.union, self.union] if union else []))(space, depth)

    def primitive(self):
        name = self.rng.choice(PRIMITIVES)
        if self.rng.random() < 0.7:
            return name
        out = {"type": name}
        if self.rng.random() < 0.5:
            out["logicalType"] = self.rng.choice(
                ["date", "uuid", "decimal", "time-millis", "timestamp-micros", "no-such-type"])
            if self.rng.random() < 0.7:
                out["precision"] = self.rng.choice([0, 4, 38, -1, "x", 2.5])
                out["scale"] = self.rng.choice([0, 2, 5, -2])
        if self.rng.random() < 0.3:
            out["x-note"] = {"أي": [1, None, {"b": "\u2028\"\\"}]}
        return out

    def reference(self, space):
        full = self.rng.choice(list(self.named))
        own, _, name = full.rpartition(".")
        if own == "" and space != "":
            return "string"
        short = name if own == space and self.rng.random() < 0.7 else full
        return {"type": short} if self.rng.random() < 0.1 else short

    def declare(self, out, space, letter):
        name = self.fresh(letter)
        how = self.rng.random()
        if how < 0.2:
            own = self.rng.choice(["a", "a.b", "org.example.x", "_n1"])
            out["name"] = own + "." + name
            if self.rng.random() < 0.3:
                out["namespace"] = "ignored.one"
        elif how < 0.45:
            own = self.rng.choice(["a", "a.b", "c"])
            out["name"] = name
            out["namespace"] = own
        else:
            own = space
            out["name"] = name
        if self.rng.random() < 0.15:
            out["aliases"] = ["Old" + name, "z.Old" + name]
        if self.rng.random() < 0.2:
            out["doc"] = "سجل \"x\" \\ \t"
        return own, (own + "." if own else "") + name

    def record(self, space, depth):
        out = {"type": self.rng.choice(["record"] * 9 + ["error"])}
        own, full = self.declare(out, space, "R")
        self.named[full] = out
        out["fields"] = []
        for _ in range(self.rng.randint(0, 5)):
            field = {"name": self.fresh("f"), "type": self.type(own, depth + 1)}
            if self.rng.random() < 0.1:
                field["aliases"] = [self.fresh("g")]
            if self.rng.random() < 0.1:
                field["order"] = self.rng.choice(["ascending", "descending", "ignore"])
            out["fields"].append(field)
        return self.shuffled(out)

    def enum(self, space, depth):
        out = {"type": "enum", "symbols": [self.fresh("S") for _ in range(self.rng.randint(1, 4))]}
        _, full = self.declare(out, space, "E")
        self.named[full] = out
        if self.rng.random() < 0.3:
            out["default"] = self.rng.choice(out["symbols"])
        return self.shuffled(out)

    def fixed(self, space, depth):
        out = {"type": "fixed", "size": self.rng.choice([1, 2, 12, 16, 255])}
        _, full = self.declare(out, space, "F")
        self.named[full] = out
        if self.rng.random() < 0.3:
            out["logicalType"] = self.rng.choice(["decimal", "duration", "uuid"])
            out["precision"] = self.rng.choice([2, 9, 1000])
        return self.shuffled(out)

    def array(self, space, depth):
        return self.shuffled({"type": "array", "items": self.type(space, depth + 1)})

    def map(self, space, depth):
        return self.shuffled({"type": "map", "values": self.type(space, depth + 1)})

    def union(self, space, depth):
        out = []
        seen = set()
        for _ in range(self.rng.randint(1, 4)):
            before = dict(self.named)
            branch = self.type(space, depth + 1, union=False)
            key = self.branch_key(branch, space)
            if key in seen:
                if len(self.named) == len(before):
                    continue
                raise AssertionError("a new name cannot be seen")
            seen.add(key)
            out.append(branch)
        return out

    def branch_key(self, branch, space):
        word = branch if isinstance(branch, str) else branch["type"]
        if word in ("record", "error", "enum", "fixed"):
            return id(branch)
        if word in PRIMITIVES + ["array", "map"]:
            # Two arrays are alike whatever their items; a second with new names inside would leave them undefined.
            return word
        full = word if "." in word or not space else space + "." + word
        return id(self.named.get(full, full))

    def shuffled(self, out):
        items = list(out.items())
        self.rng.shuffle(items)
        known = [k for k, v in self.named.items() if v is out]
        new = dict(items)
        for k in known:
            self.named[k] = new
        return new


def random_schema(rng):
    while True:
        try:
            schema = Generator(rng).schema()
            parse_schema(copy.deepcopy(for_fastavro(schema)))
            return schema
        except AssertionError:
            continue


class Defaults:
    """A record of fields that all have defaults, with what they must decode to."""

    def __init__(self, rng):
        self.rng = rng
        self.count = 0

    def name(self, letter):
        self.count += 1
        return letter + str(self.count)

    def record(self, fields):
        return {"type": "record", "name": self.name("R"), "fields": fields}

    def make(self):
        fields, expected = [], {}
        for _ in range(self.rng.randint(1, 6)):
            schema, default, value = self.pair(0)
            name = self.name("f")
            fields.append({"name": name, "type": schema, "default": default})
            expected[name] = value
        return self.record(fields), expected

    def pair(self, depth):
        """A type, a default for it as JSON, and the value that it decodes to."""
        kinds = ["null", "boolean", "int", "long", "float", "double", "bytes", "string", "fixed", "enum"]
        if depth < 3:
            kinds += ["array", "map", "record", "union"] * 2
        return getattr(self, "pair_" + self.rng.choice(kinds))(depth)

    def pair_null(self, depth):
        return "null", None, None

    def pair_boolean(self, depth):
        v = self.rng.random() < 0.5
        return "boolean", v, v

    def pair_int(self, depth):
        v = self.rng.choice([0, -1, 1, 63, 64, -64, -65, 2**31 - 1, -2**31, self.rng.randint(-2**31, 2**31 - 1)])
        return "int", v, v

    def pair_long(self, depth):
        v = self.rng.choice([0, 2**63 - 1, -2**63, self.rng.randint(-2**63, 2**63 - 1), 2**31, -2**31 - 1])
        return {"type": "long"}, v, v

    def pair_float(self, depth):
        v = self.rng.choice([0, 1.5, -2, 16777217, 1e-50, 3.4e38, self.rng.uniform(-1e6, 1e6)])
        return "float", v, struct.unpack("<f", struct.pack("<f", v))[0]

    def pair_double(self, depth):
        v = self.rng.choice([0, 7, 2**53 + 1, -2**63, 1e308, 5e-324, self.rng.uniform(-1e6, 1e6)])
        return "double", v, float(v)

    def pair_bytes(self, depth):
        raw = bytes(self.rng.choice([1, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xFF])
                    for _ in range(self.rng.choice([0, 1, 5, 70])))
        return "bytes", raw.decode("latin-1"), raw

    def pair_fixed(self, depth):
        size = self.rng.choice([1, 3, 16])
        raw = bytes(self.rng.randint(1, 255) for _ in range(size))
        return {"type": "fixed", "name": self.name("F"), "size": size}, raw.decode("latin-1"), raw

    def pair_string(self, depth):
        v = self.rng.choice(["", "سجل مدني", "a\"\\\n", "𝄞", "x" * 200])
        return "string", v, v

    def pair_enum(self, depth):
        symbols = [self.name("S") for _ in range(3)]
        v = self.rng.choice(symbols)
        return {"type": "enum", "name": self.name("E"), "symbols": symbols}, v, v

    def pair_array(self, depth):
        item, default, value = self.pair(depth + 1)
        n = self.rng.choice([0, 1, 3])
        return {"type": "array", "items": item}, [default] * n, [value] * n

    def pair_map(self, depth):
        item, default, value = self.pair(depth + 1)
        keys = self.rng.sample(["", "a", "مفتاح", "b/c"], self.rng.choice([0, 1, 3]))
        return {"type": "map", "values": item}, {k: default for k in keys}, {k: value for k in keys}

    def pair_union(self, depth):
        first, default, value = self.pair_null(0) if self.rng.random() < 0.4 else self.pair(depth + 1)
        if isinstance(first, list):
            return first, default, value
        word = first if isinstance(first, str) else first["type"]
        others = [p for p in ("null", "string", "long") if p != word]
        return [first] + others[:2], default, value

    def pair_record(self, depth):
        fields, given, expected = [], {}, {}
        for _ in range(self.rng.randint(0, 4)):
            schema, default, value = self.pair(depth + 1)
            name = self.name("f")
            field = {"name": name, "type": schema}
            expected[name] = value
            if self.rng.random() < 0.5:
                field["default"] = default
            else:
                given[name] = default
            fields.append(field)
        given["not_a_field"] = 1
        return self.record(fields), given, expected


def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return type(a) is type(b) and a == b


def field(type_, **more):
    return {"type": "record", "name": "T", "fields": [{"name": "x", "type": type_, **more}]}


def hand_written_valid():
    nested = "int"
    for _ in range(64):
        nested = {"type": "array", "items": nested}
    yield nested
    yield from PRIMITIVES
    yield from ({"type": p} for p in PRIMITIVES)
    yield ["int"]
    yield ["null", {"type": "string"}]
    yield {"type": "error", "name": "E", "fields": [{"name": "why", "type": "string"}]}
    yield {"type": "record", "name": "record", "fields": [{"name": "x", "type": ["null", "record"]}]}
    yield {"type": "record", "name": "A", "namespace": "", "fields": []}
    yield {"type": "record", "name": "A", "namespace": "a.b", "fields": [
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["X", "Y"], "default": "Y"}},
        {"name": "e2", "type": "E"}, {"name": "e3", "type": "a.b.E"},
        {"name": "f", "type": {"type": "fixed", "name": "c.F", "size": 3}}, {"name": "f2", "type": "c.F"},
        {"name": "r", "type": {"type": "record", "name": "R", "namespace": "d", "fields": [
            {"name": "g", "type": {"type": "fixed", "name": "F", "size": 4}}, {"name": "g2", "type": "F"}]}},
        {"name": "me", "type": {"type": "array", "items": ["null", "A"]}, "default": []}]}
    yield {"type": "enum", "name": "E", "symbols": []}
    yield field(["null", {"type": "map", "values": ["null", "T"]}], default=None)
    yield field("int", aliases=["y", "z"], order="ignore", doc="a")
    yield {"type": "record", "name": "A", "fields": [{"name": "f%d" % i, "type": "int"} for i in range(1600)]}


# Schema, canonical form: where fastavro is not asked (see above).
BY_HAND = [
    ({"type": "record", "name": ".A", "fields": []}, '{"name":"A","type":"record","fields":[]}'),
    ({"type": "record", "name": "A", "namespace": None, "fields": []}, '{"name":"A","type":"record","fields":[]}'),
    ({"type": "record", "name": "A", "fields": [{"name": "b", "type": {
        "type": "record", "name": "x.B", "fields": [{"name": "c", "type": ["null", "A"]}]}}]},
     '{"name":"A","type":"record","fields":[{"name":"b","type":{"name":"x.B","type":"record",'
     '"fields":[{"name":"c","type":["null","A"]}]}}]}'),
    ({"type": "record", "name": "x.A", "fields": [{"name": "b", "type": {
        "type": "record", "name": "B", "namespace": "", "fields": [{"name": "c", "type": ["null", "B"]}]}}]},
     '{"name":"x.A","type":"record","fields":[{"name":"b","type":{"name":"B","type":"record",'
     '"fields":[{"name":"c","type":["null","B"]}]}}]}'),
]


def hand_written_invalid():
    """(JSON text or schema, start of the path that the refusal must name)"""
    deep = "int"
    for _ in range(65):
        deep = {"type": "array", "items": deep}
    yield deep, "/items/items"
    yield "[" * 2000 + "]" * 2000, ""
    yield '{"type":"array","items":' * 2000 + '"int"' + "}" * 2000, ""
    yield "", ""
    for text in ("int", '"int" "int"', "{", "nul", '{"type":"int","type":"long"}', '"in\\u0000t"', '"\\ud800"',
                 '{"type":"int","x":123456789012345678901234567890}', '{"type":"int",}', "[1e999]", '"a\tb"'):
        yield text, ""
    for schema in (None, 5, True, "", "Int", "record", "A", "a.B", {}, {"name": "x"}, {"type": "no.such"},
                   {"type": "union"}, {"type": "array"}, {"type": "map"}, {"type": "record", "fields": []},
                   {"type": "record", "name": "A"}, {"type": "enum", "name": "A"}, {"type": "fixed", "name": "A"},
                   {"type": "enum", "symbols": ["A"]}, {"type": "fixed", "size": 4}):
        yield schema, ""
    yield {"type": None}, "/type"
    yield {"type": 3}, "/type"
    yield {"type": {"type": "int"}}, "/type"
    yield {"type": ["int"]}, "/type"
    yield [["int"]], "/0"
    yield ["int", ["null"]], "/1"
    yield ["int", "int"], "/1"
    yield ["int", {"type": "int", "logicalType": "date"}], "/1"
    yield [{"type": "array", "items": "int"}, "null", {"type": "array", "items": "long"}], "/2"
    yield [{"type": "map", "values": "int"}, {"type": "map", "values": "long"}], "/1"
    yield [{"type": "fixed", "name": "F", "size": 1}, "F"], "/1"
    yield ["null", 3], "/1"
    for bad in ("", "1a", "a-b", "a b", "a.", "..a", ".a.b", "a..b", "1.a", "a.1", "int", "a.string", 5,
                None, [], "x" * 600):
        yield {"type": "record", "name": bad, "fields": []}, "/name"
        yield {"type": "enum", "name": bad, "symbols": []}, "/name"
        yield {"type": "fixed", "name": bad, "size": 1}, "/name"
    for bad in ("a-b", "a.", ".a", "1", 5, "a..b"):
        yield {"type": "record", "name": "A", "namespace": bad, "fields": []}, "/namespace"
    for bad in ("b", 5, None, {"a": 1}):
        yield {"type": "record", "name": "A", "aliases": bad, "fields": []}, "/aliases"
        yield field("int", aliases=bad), "/fields/0/aliases"
    for bad in ("b-c", "", 5, "1"):
        yield {"type": "record", "name": "A", "aliases": ["ok", bad], "fields": []}, "/aliases/1"
    for bad in (5, None, [], "x" * 600):
        yield field("int", aliases=["ok", bad]), "/fields/0/aliases/1"
    for bad in (None, {}, "x", 3):
        yield {"type": "record", "name": "A", "fields": bad}, ""
    for bad in (None, [], "x", 3):
        yield {"type": "record", "name": "A", "fields": [bad]}, "/fields/0"
    yield {"type": "record", "name": "A", "fields": [{"type": "int"}]}, "/fields/0"
    yield {"type": "record", "name": "A", "fields": [{"name": "x"}]}, "/fields/0"
    for bad in ("", "1a", "a.b", "a-b", 5, None):
        yield {"type": "record", "name": "A", "fields": [{"name": bad, "type": "int"}]}, "/fields/0/name"
    yield {"type": "record", "name": "A", "fields": [{"name": "x", "type": "int"}] * 2}, "/fields/1/name"
    yield {"type": "record", "name": "A", "fields": [
        {"name": "x", "type": "int"}, {"name": "y", "type": "int", "aliases": ["q", "x"]}]}, "/fields/1/aliases/1"
    yield {"type": "record", "name": "A", "fields": [
        {"name": "x", "type": "int", "aliases": ["q"]}, {"name": "y", "type": "int", "aliases": ["q"]}]}, \
        "/fields/1/aliases/0"
    yield field({"type": "record", "name": "T", "fields": []}), "/fields/0/type/name"
    yield field("U"), "/fields/0/type"
    yield field("T", default={}), "/fields/0/default"
    for bad in ("up", 1, None, ""):
        yield field("int", order=bad), "/fields/0/order"
    for bad in (0, -1, -2, 2**31, 1.5, "4", None, True):
        yield {"type": "fixed", "name": "F", "size": bad}, ""
    yield {"type": "enum", "name": "E", "symbols": ["A", "B", "A"]}, "/symbols/2"
    for bad in ("", "a-b", "1", "a.b", 5, None):
        yield {"type": "enum", "name": "E", "symbols": ["ok", bad]}, "/symbols/1"
    for bad in ("C", 1, None, ""):
        yield {"type": "enum", "name": "E", "symbols": ["A"], "default": bad}, "/default"
    yield from hand_written_bad_defaults()


def hand_written_bad_defaults():
    fixed = {"type": "fixed", "name": "F", "size": 2}
    enum = {"type": "enum", "name": "E", "symbols": ["A"]}
    inner = {"type": "record", "name": "I", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int",
                                                                                       "default": 1}]}
    wrong = {
        "null": [0, "", False, {}], "boolean": [0, "true", None], "int": [1.0, "1", None, 2**31, -2**31 - 1, True],
        "long": [1.5, "1", None, 2**63], "float": ["INF", None, 1e39, "1e39"], "double": ["1,5", None, "nan", True],
        "bytes": [1, None, "\u0100", "سن"], "string": [1, None, [5]],
    }
    for name, values in wrong.items():
        for value in values:
            path = "" if value == 2**63 else "/fields/0/default"
            yield field(name, default=value), path
            yield field({"type": name}, default=value), path
            yield field([name, {"type": "array", "items": name}], default=value), path
            yield field({"type": "array", "items": name}, default=[value]), path and path + "/0"
            yield field({"type": "map", "values": name}, default={"k": value}), path and path + "/k"
    for type_, values in ((fixed, ["", "a", "abc", 5, "a\u0100"]), (enum, ["B", "", 0, None]),
                          ({"type": "array", "items": "int"}, [{}, None, 1]),
                          ({"type": "map", "values": "int"}, [[], None, 1]),
                          (inner, [{}, {"b": 2}, {"a": "x"}, [], None]), ([], [None, 1, {}])):
        for value in values:
            yield field(type_, default=value), "/fields/0/default"


def break_one(rng, schema):
    """Spoils a random valid schema in one place; None when the place does not offer itself."""
    schema = copy.deepcopy(schema)
    named, unions, arrays = [], [], []

    def walk(s):
        if isinstance(s, list):
            unions.append(s)
            for b in s:
                walk(b)
        elif isinstance(s, dict):
            if s.get("type") in ("record", "error", "enum", "fixed"):
                named.append(s)
            if s.get("type") in ("array", "map"):
                arrays.append(s)
            for f in s.get("fields", []):
                walk(f["type"])
            walk(s.get("items"))
            walk(s.get("values"))

    walk(schema)
    records = [s for s in named if s["type"] in ("record", "error")]
    fields = [f for r in records for f in r["fields"]]
    enums = [s for s in named if s["type"] == "enum"]
    fixeds = [s for s in named if s["type"] == "fixed"]
    ways = []
    if named:
        ways += [lambda: rng.choice(named).update(name="bad-name"), lambda: rng.choice(named).pop("name"),
                 lambda: rng.choice(named).update(aliases="x"), lambda: rng.choice(named).update(namespace="a b", name="q")]
    if records:
        ways += [lambda: rng.choice(records).pop("fields"),
                 lambda: rng.choice(records)["fields"].append({"name": "q", "type": "NoSuch"}),
                 lambda: rng.choice(records)["fields"].append({"name": "q", "type": "int", "default": "x"})]
    if fields:
        ways += [lambda: rng.choice(fields).pop("type"), lambda: rng.choice(fields).update(name="9"),
                 lambda: rng.choice(fields).update(order="none"),
                 lambda: rng.choice(records + [r for r in records if r["fields"]])["fields"].append(
                     copy.deepcopy({"name": rng.choice(fields)["name"], "type": 7}))]
    if enums:
        ways += [lambda: rng.choice(enums)["symbols"].append(rng.choice(enums)["symbols"][0] + "-"),
                 lambda: rng.choice(enums).update(default="NotThere")]
    if fixeds:
        ways += [lambda: rng.choice(fixeds).update(size=0), lambda: rng.choice(fixeds).pop("size")]
    if arrays:
        ways += [lambda: rng.choice(arrays).update(items=["int", "int"], values=["int", "int"])]
    if unions:
        ways += [lambda: rng.choice(unions).append(["null"]),
                 lambda: rng.choice(unions).extend([{"type": "array", "items": "int"}] * 2)]
    if not ways:
        return None
    rng.choice(ways)()
    return schema


def expect_valid(tool, schema, canonical=None):
    answer = tool.ask_line(json.dumps(schema, ensure_ascii=False))
    if not answer["ok"]:
        return "refused: " + answer["error"]
    if canonical is None:
        canonical = to_parsing_canonical_form(copy.deepcopy(for_fastavro(schema)))
    if answer["canonical"] != canonical:
        return "canonical %s, not %s" % (answer["canonical"], canonical)
    crc64 = fingerprint(canonical, "CRC-64-AVRO")
    # The Rabin fingerprint is printed by fastavro as the bytes of single-object encoding: little-endian.
    crc64 = bytes.fromhex(crc64)[::-1].hex()
    if answer["crc64"] != crc64:
        return "crc64 %s, not %s" % (answer["crc64"], crc64)
    sha256 = fingerprint(canonical, "SHA-256")
    return None if answer["sha256"] == sha256 else "sha256 %s, not %s" % (answer["sha256"], sha256)


def read_defaults(schema, defaults):
    """The record that the defaults of all its fields make, as fastavro reads it."""
    stream = io.BytesIO(bytes.fromhex("".join(defaults)))
    value = fastavro.schemaless_reader(stream, for_fastavro(schema))
    return value if not stream.read() else "bytes are left after the defaults"


def expect_defaults(tool, schema, expected):
    answer = tool.ask_line(json.dumps(schema))
    if not answer["ok"]:
        return "refused: " + answer["error"]
    value = read_defaults(schema, answer["defaults"])
    return None if same(value, expected) else "defaults %r, not %r" % (value, expected)


def expect_invalid(tool, schema, path):
    text = schema if isinstance(schema, str) and schema[:1] in ("[", "{", '"', "i", "n", "") else json.dumps(schema)
    if "\n" in text:
        raise AssertionError("one line a schema")
    answer = tool.ask_line(text)
    if answer["ok"]:
        return "accepted as " + answer["canonical"]
    if answer["code"] != "bad_schema":
        return "code " + answer["code"]
    if not answer["path"].startswith(path) or not answer["error"].startswith((answer["path"] or "/") + ": "):
        return "path %r in %r, not %r" % (answer["path"], answer["error"], path)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--cases", type=int, default=400, help="random schemas of each sort")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    libraries = {version: java(version, "SchemaOracle.java") for version in versions()}
    print("seed %d, fastavro %s, Avro %s" % (seed, fastavro.__version__, ", ".join(libraries)))
    rng = random.Random(seed)
    tool = Program(args.tool)
    passed = failed = 0

    def judge(what, schema, fault):
        nonlocal passed, failed
        if fault is None:
            passed += 1
            return
        failed += 1
        text = schema if isinstance(schema, str) else json.dumps(schema, ensure_ascii=False)
        print("FAILED %s: %s\n    %s" % (what, fault, text[:2000]))

    for schema in hand_written_valid():
        judge("valid", schema, expect_valid(tool, schema))
    for schema, canonical in BY_HAND:
        judge("by hand", schema, expect_valid(tool, schema, canonical))
    for schema, path in hand_written_invalid():
        judge("invalid", schema, expect_invalid(tool, schema, path))
    for _ in range(args.cases):
        schema = random_schema(rng)
        judge("random", schema, expect_valid(tool, schema))
        broken = break_one(rng, schema)
        if broken is not None:
            judge("broken", broken, expect_invalid(tool, broken, ""))
        schema, expected = Defaults(rng).make()
        judge("default", schema, expect_defaults(tool, schema, expected))
    schema_names.check(tool, libraries, rng, args.cases, judge)
    others = schema_defaults.check(tool, libraries, rng, 4 * args.cases, read_defaults, judge)
    print("%d defaults that Java reads as another branch of a union" % others)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
