#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares printed schemas with Java's Schema.toString(), byte by byte, through tests/tools/print_tool.c.

Hand-written and random schemas, alone and with references: the stored form must be Java's (two versions of Avro) after its
parser has read the references, the resolved form Java's without them. Each printed form is read again: the resolved form
alone gives the same canonical form, and printing it once more, in every form, changes nothing.

    python3 tests/oracle/print_oracle.py --tool build/asan/tests/print_tool [--cases N] [--seed S]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle
cannot run."""

import argparse
import json
import random
import re
import subprocess
import sys

import schema_oracle
from programs import Program, java, versions
from tests.kit import avro_cases


def record(fields, **more):
    return {"type": "record", "name": "T", **more, "fields": fields}


def field(type_, **more):
    return record([{"name": "x", "type": type_, **more}])


FIXED = {"type": "fixed", "name": "F", "size": 3}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
ARABIC = "سجل المواليد – الاسم الرباعي"

# Python values, or JSON texts where the spelling counts.
HAND_WRITTEN = [
    # words and objects
    *schema_oracle.PRIMITIVES,
    *({"type": p} for p in schema_oracle.PRIMITIVES),
    *({"type": p, "x": 1} for p in schema_oracle.PRIMITIVES),
    ' { "type" : "string" } ',
    {"type": "string", "avro.java.string": "String"},
    {"type": "int", "doc": "d", "name": "n", "namespace": "m", "aliases": ["a"], "size": 3, "items": 1, "values": 2,
     "fields": 3, "symbols": 4},
    {"type": "int", "default": 1, "order": "ignore", "precision": 3},
    {"type": "int", "x": None},
    {"type": "int", "": 1, "أي": "ب"},
    # arrays, maps, unions
    {"type": "array", "items": "int"},
    {"items": "int", "z": 1, "type": "array", "a": {"b": [1, {"c": None}]}, "doc": "gone", "name": "gone"},
    {"type": "array", "items": {"type": "int", "q": True}, "default": []},
    {"type": "array", "items": "int", "symbols": 1, "size": 2, "values": 3, "fields": 4, "namespace": "x", "order": 1},
    {"type": "map", "values": {"type": "string", "avro.java.string": "String"}, "z": 1},
    {"type": "map", "values": {"type": "map", "values": ["null", {"type": "array", "items": "long"}]}},
    ["null"],
    ["null", {"type": "int", "a": 1}, {"type": "string"}],
    ["null", FIXED, ENUM, field("F")],
    # named types
    record([]),
    {"fields": [], "name": "A", "type": "record"},
    {"type": "error", "name": "E", "fields": [{"name": "e", "type": {"type": "error", "name": "F", "fields": []}}]},
    {"type": "record", "zeta": 1, "aliases": ["B", "q.C", "n.D"], "name": "A", "doc": "d", "namespace": "n",
     "alpha": {"b": 1.5, "a": [True, None]}, "fields": []},
    {"type": "record", "name": "A", "fields": [], "symbols": ["a"], "items": 1, "values": 2, "size": 3, "default": 4,
     "order": "x", "precision": 4},
    {"type": "record", "name": "A", "doc": "", "aliases": [], "fields": []},
    {"type": "record", "name": "A", "doc": 5, "fields": []},
    {"type": "record", "name": "A", "doc": None, "fields": [{"name": "f", "type": "int", "doc": 7}]},
    {"type": "record", "name": "n.A", "aliases": ["n.C", "C", "C", "q.C", "A"], "fields": []},
    {"type": "record", "name": "A", "aliases": ["B", "n.C"], "fields": []},
    {"type": "record", "name": "record", "fields": [{"name": "a", "type": "record"},
                                                    {"name": "b", "type": {"type": "map", "values": "record"}}]},
    {"type": "enum", "symbols": ["A", "B"], "name": "a.E", "default": "B", "doc": "x", "aliases": ["G"], "p": 1},
    {"type": "enum", "name": "E", "symbols": []},
    {"type": "enum", "name": "E", "symbols": ["A"], "logicalType": "l", "size": 1},
    {"type": "fixed", "size": 12, "name": "F", "logicalType": "duration", "doc": "x", "aliases": ["G", "q.H"], "p": 1},
    {"type": "fixed", "name": "E", "size": 3, "default": "abc", "precision": 2},
    {"type": "fixed", "name": "E", "size": 16, "logicalType": "uuid"},
    # namespaces
    {"type": "record", "name": "A", "namespace": "", "fields": []},
    {"type": "record", "name": "A", "namespace": None, "fields": []},
    {"type": "record", "name": "a.b.A", "namespace": "ignored", "fields": []},
    {"type": "record", "name": ".A", "namespace": "ignored", "fields": []},
    {"type": "record", "name": "A", "namespace": "x", "fields": [
        {"name": "f", "type": "A"},
        {"name": "g", "type": ["null", {"type": "enum", "name": "E", "namespace": "x", "symbols": []}]},
        {"name": "h", "type": {"type": "enum", "name": "y.E", "namespace": "z", "symbols": ["q"]}},
        {"name": "i", "type": {"type": "array", "items": "y.E"}}, {"name": "j", "type": "x.E"},
        {"name": "k", "type": {"type": "E", "doc": "gone"}}]},
    {"type": "record", "name": "A", "namespace": "x", "fields": [
        {"name": "f", "type": {"type": "record", "namespace": None, "name": "B", "fields": []}}]},
    {"type": "record", "name": "n.A", "fields": [
        {"name": "b", "type": {"type": "record", "name": "B", "namespace": "", "fields": [
            {"name": "c", "type": {"type": "fixed", "name": "C", "size": 1}},
            {"name": "a", "type": "n.A"}, {"name": "c2", "type": "C"}]}},
        {"name": "b2", "type": "B"}, {"name": "b3", "type": {"type": "n.A", "doc": "x"}}]},
    {"type": "record", "name": "n.A", "fields": [
        {"name": "b", "type": {"type": "record", "name": "n.m.B", "fields": [
            {"name": "c", "type": {"type": "fixed", "name": "C", "size": 1}},
            {"name": "d", "type": {"type": "fixed", "name": "n.D", "size": 1}}, {"name": "e", "type": "n.D"}]}},
        {"name": "c", "type": "n.m.C"}, {"name": "d", "type": "D"},
        {"name": "after", "type": {"type": "enum", "name": "G", "symbols": ["X"]}}]},
    {"type": "array", "items": {"type": "record", "name": "a.A", "fields": [{"name": "n", "type": ["null", "A"]}]}},
    # recursion
    {"type": "record", "name": "Node", "namespace": "t", "fields": [
        {"name": "v", "type": "int"}, {"name": "next", "type": ["null", "Node"], "default": None},
        {"name": "kids", "type": {"type": "array", "items": "t.Node"}, "default": []},
        {"name": "by", "type": {"type": "map", "values": "Node"}, "default": {}}]},
    # fields
    record([{"p": 2, "order": "descending", "default": 1, "aliases": ["y"], "doc": "d", "type": "int", "name": "x"}]),
    field("int", order="ascending"), field("int", order="ignore"), field("int", order="IGNORE"),
    field("int", order="Descending"), field("int", aliases=[]), field("int", aliases=["y", "y", "z"]),
    field("int", doc=""), field("int", doc=ARABIC, q=None), field("int", logicalType="date"),
    field("int", namespace="a", symbols=1, size=2, items=3, fields=4),
    field({"type": "int", "logicalType": "date", "x": 1}, x=2),
    # logical types
    {"type": "bytes", "logicalType": "decimal", "scale": 2, "precision": 4, "a": 1},
    {"type": "bytes", "scale": 2, "logicalType": "decimal", "precision": -4, "a": 1},
    {"type": "bytes", "logicalType": "decimal", "precision": 4, "a": 1},
    {"type": "bytes", "a": 2, "scale": 0, "precision": 4, "logicalType": "decimal"},
    {"type": "fixed", "name": "D", "size": 8, "precision": 18, "logicalType": "decimal", "scale": 3},
    {"type": "int", "logicalType": "date", "x": 1}, {"type": "int", "x": 1, "logicalType": "time-millis"},
    {"type": "long", "x": 1, "logicalType": "timestamp-micros"}, {"type": "long", "logicalType": "timestamp-millis"},
    {"type": "long", "logicalType": "local-timestamp-micros"}, {"type": "long", "logicalType": "time-micros"},
    {"type": "string", "x": 1, "logicalType": "uuid"}, {"type": "string", "x": 1, "logicalType": "nosuch"},
    {"type": "int", "x": 1, "logicalType": "uuid"}, {"type": "string", "logicalType": 5},
    {"type": "record", "name": "A", "logicalType": 5, "fields": []},
    # defaults
    field("null", default=None), field("boolean", default=True), field("int", default=-5),
    field("long", default=2**63 - 1), field("long", default=-2**63), field("long", default=1099511627776),
    field("float", default=1), field("float", default=0.1), field("float", default=16777217.5),
    field("double", default=1), field("double", default=-1.5), field("string", default=ARABIC),
    '{"type":"record","name":"T","fields":[{"name":"x","type":"double","default":1e10}]}',
    '{"type":"record","name":"T","fields":[{"name":"x","type":"double","default":1.50E+2}]}',
    '{"type":"record","name":"T","fields":[{"name":"x","type":"double","default":-0.0}]}',
    '{"type":"record","name":"T","fields":[{"name":"x","type":"double","default":-0}]}',
    '{"type":"record","name":"T","fields":[{"name":"x","type":"int","default":-0}]}',
    r'{"type":"record","name":"T","fields":[{"name":"x","type":"string","default":"\u0001\b\t\n\u000b\f\r\u001f\"\\\/é"}]}',
    r'{"type":"record","name":"T","fields":[{"name":"x","type":"string","default":"\ud834\udd1e\u2028\u007f\u00ff"}]}',
    r'{"type":"record","name":"T","fields":[{"name":"x","type":"bytes","default":"\u0000\u00ff\u0080"}]}',
    r'{"type":"record","name":"T","fields":[{"name":"x","type":{"type":"fixed","name":"F","size":2},"default":"\u0000\u00ff"}]}',
    field(ENUM, default="B"), field({"type": "array", "items": "int"}, default=[1, 2]),
    field({"type": "map", "values": ["int", "null"]}, default={"b": 1, "a": 2, "ح": 3}),
    field(["null", "int"], default=None), field(["string", "null"], default="a"),
    field({"type": "record", "name": "S", "fields": [{"name": "q", "type": "int"}, {"name": "d", "type": "double"}]},
          default={"d": 1.0, "q": 1, "z": [2]}),
    field({"type": "array", "items": {"type": "map", "values": "double"}}, default=[{"b": 1, "a": 0.5}, {}]),
    *(field(kind, default=text) for kind in ("float", "double") for text in
      ("NaN", "Infinity", "-Infinity", "+NaN", "1.5", "-0", " 1e3\t", "1e10f", "0x1.8p1", "16777217.25", "1e-400", "0.1")),
    # a union that nothing is of
    [], {"type": "array", "items": []}, field([]), field({"type": "map", "values": []}, default={}),
    # names of other scripts, aliases that are no names
    {"type": "record", "name": "سجل", "namespace": "عمان.المواليد", "aliases": ["قيد", "قديم.سجل"], "fields": [
        {"name": "الرقم_المدني", "type": "string", "aliases": ["civil-no", "a.b", "", "1", "رقم \"مدني\""]},
        {"name": "النوع", "type": {"type": "enum", "name": "نوع", "symbols": ["ذكر", "أنثى"], "default": "ذكر"}, "default": "أنثى"},
        {"name": "صورة", "type": ["null", {"type": "fixed", "name": "ق.بصمة", "size": 4}], "default": None},
        {"name": "الأب", "type": ["null", "سجل"], "default": None}, {"name": "التالي", "type": ["null", "ق.بصمة"]}]},
    # numbers and texts in attributes
    '{"type":"int","a":[5e-324,1.7976931348623157e308,100000.0,9999999.999,12345678.9,1e21,123456789012345680000.0]}',
    '{"type":"int","a":[0.00099,1e-3,2e-323,9007199254740993.0,0.1,3.0,1E2,1e6,1e7,1234567.0,0.001234,2.5e-4,-7e-9]}',
    '{"type":"int","a":[0,-1,9223372036854775807,-9223372036854775808,0.0,-0.0,-0,true,false,null,[],{},"",[[],{}]]}',
    r'{"type":"int","a":"\"\\\/\b\f\n\r\t\u0007\u001f é \ud83d\ude00","é\"\n":{"é\"\n":[]},"e":{},"f":[[],{}]}',
    {"type": "int", "z": {"z": 1, "a": {"y": 1, "b": 2}}, "a": 1},
    # a register's schema
    {"type": "record", "name": "Birth", "namespace": "gov.ncsi.vital", "doc": ARABIC, "owner": {"unit": "الإحصاء", "n": 7},
     "fields": [
         {"name": "civil_number", "type": {"type": "string", "pattern": "[0-9]{8}"}, "doc": "الرقم المدني \"فريد\""},
         {"name": "weight", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 3}},
         {"name": "sex", "type": {"type": "enum", "name": "Sex", "symbols": ["M", "F"], "default": "M"}, "default": "F"},
         {"name": "place", "type": ["null", {"type": "record", "name": "gov.geo.Place", "fields": [
             {"name": "wilayat", "type": "string", "default": "مسقط", "pii": False},
             {"name": "sex", "type": ["null", "gov.ncsi.vital.Sex"], "default": None}]}], "default": None},
         {"name": "twins", "type": {"type": "array", "items": "Birth"}, "default": [], "order": "ignore"}]},
]

PLACE = {"type": "record", "name": "Place", "namespace": "geo", "fields": [
    {"name": "g", "type": {"type": "enum", "name": "Governorate", "symbols": ["A", "B"]}, "doc": ARABIC, "pii": 1}]}

# [schema, reference, …]
WITH_REFERENCES = [
    ["geo.Place", PLACE],
    [{"type": "array", "items": "geo.Governorate"}, PLACE],
    [record([{"name": "g", "type": "geo.Governorate"}, {"name": "p", "type": "geo.Place", "default": {"g": "A"}}]), PLACE],
    [record([{"name": "p", "type": "Place"}, {"name": "g", "type": "Governorate"}], namespace="geo"), PLACE],
    [record([{"name": "p", "type": ["null", "geo.Place"]}, {"name": "f", "type": "F"}], namespace="x"), FIXED, PLACE],
    [record([{"name": "b", "type": "u.B"}]), PLACE,
     {"type": "record", "name": "u.B", "fields": [{"name": "p", "type": {"type": "map", "values": "geo.Place"}},
                                                  {"name": "me", "type": ["null", "B"]}], "x": 1}],
    ["int", PLACE, {"type": "array", "items": "geo.Place"}],
    [record([{"name": "e", "type": "E"}, {"name": "f", "type": "F"}]), ["null", ENUM, FIXED]],
]

# Only Avro 1.12 takes a default of a later branch.
ONLY_1_12 = [
    field(["null", "string"], default="لا شيء"), field(["string", "null"], default=None), field(["int", "double"], default=1.50),
    field({"type": "array", "items": ["null", {"type": "map", "values": ["string", "float"]}]}, default=[None, {"أ": 1.0, "b": "x"}]),
]

# Only Avro 1.11 knows a name that a dot leads.
ONLY_1_11 = [
    {"type": "record", "name": "A", "fields": [
        {"name": "c0", "type": {"type": "fixed", "name": "C", "size": 1}},
        {"name": "b", "type": {"type": "record", "name": "n.B", "fields": [{"name": "c", "type": "C"},
                                                                          {"name": "d", "type": ".C"}]}}]},
]

# What some Java takes and we refuse, by the specification or to keep every event readable (schema/parse*.c say why). The
# reverse is not known: as_java fails on what either refuses.
WE_REFUSE = [
    r'{"type":"int","a":"\u0000"}', r'{"type":"int","a":"\ud800"}',
    '{"type":"int","a":12345678901234567890}',  # beyond 64 bits
    '{"type":"int","a":1e999}',  # Java prints "Infinity", a string
    '{"type":"record","name":"R","fields":[{"name":"x","type":"int","type":"long"}]}',  # a key twice
    {"type": "enum", "name": "E", "symbols": ["A"], "default": None},
    field("string", default="\0"), field(FIXED, default="ab"), field("bytes", default="ā"),
    {"type": "record", "name": "A", "aliases": ["n-m.B"], "fields": []},
    {"type": "record", "name": "A", "namespace": "1x", "fields": []},
    {"type": "record", "name": "A", "namespace": 5, "fields": []},
    {"type": "record", "name": "n.string", "fields": []},
    {"type": "fixed", "name": "F", "size": 0},
    record([{"name": "x", "type": "int", "aliases": ["y"]}, {"name": "y", "type": "int"}]),
]

# Where Java's own text means something else when Java reads it again; ours does not.
NOT_AS_JAVA = [
    ({"type": "record", "name": "n.A", "aliases": [".B"], "fields": []},
     '{"type":"record","name":"A","namespace":"n","fields":[],"aliases":[".B"]}'),
    ({"type": "record", "name": "A", "fields": [
        {"name": "c0", "type": {"type": "fixed", "name": "C", "size": 1}},
        {"name": "b", "type": {"type": "record", "name": "n.B", "fields": [
            {"name": "c", "type": {"type": "fixed", "name": "C", "size": 2}}, {"name": "d", "type": ".C"}]}}]},
     '{"type":"record","name":"A","fields":[{"name":"c0","type":{"type":"fixed","name":"C","size":1}},{"name":"b",'
     '"type":{"type":"record","name":"B","namespace":"n","fields":[{"name":"c","type":{"type":"fixed","name":"C",'
     '"size":2}},{"name":"d","type":".C"}]}}]}'),
]

# Java before 19 gives these a digit too many; the digits here are those of Java since.
SHORTEST = ('{"type":"int","a":[2e23,1e23,2.0e-3,8.41E21,5.0E-324,2.2250738585072014E-308]}',
            '{"type":"int","a":[2.0E23,1.0E23,0.002,8.41E21,4.9E-324,2.2250738585072014E-308]}')

# What a registry that is asked to normalise makes of a schema, and then stores.
NORMALIZED = [
    ({"type": "int", "z": {"b": 1, "a": {"d": 1, "c": 2}}, "a": [{"y": 1, "x": 2}]},
     '{"type":"int","a":[{"x":2,"y":1}],"z":{"a":{"c":2,"d":1},"b":1}}'),
    ({"type": "bytes", "a": 1, "scale": 2, "precision": 4, "logicalType": "decimal"},
     '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2,"a":1}'),
    ({"type": "bytes", "z": 1, "scale": 0, "precision": 4, "logicalType": "decimal"},
     '{"type":"bytes","logicalType":"decimal","precision":4,"scale":0,"z":1}'),
    ({"type": "string", "a": 1, "logicalType": "nosuch"}, '{"type":"string","a":1,"logicalType":"nosuch"}'),
    ({"type": "error", "name": "A", "doc": "", "aliases": ["z.B", "b.C", "b.C", "D"], "z": 1, "y": 2, "fields": [
        {"name": "f", "type": "float", "default": 1, "doc": "", "aliases": ["c", "b"], "q": 1, "p": 2},
        {"name": "d", "type": {"type": "map", "values": "double"}, "default": {"b": 1, "a": 0.1}, "order": "ignore"},
        {"name": "u", "type": ["float", "null"], "default": 3.4e38}, {"name": "l", "type": "long", "default": 1}]},
     '{"type":"record","name":"A","fields":[{"name":"f","type":"float","doc":"","default":1.0,"aliases":["b","c"],'
     '"p":2,"q":1},{"name":"d","type":{"type":"map","values":"double"},"default":{"a":0.1,"b":1.0},"order":"ignore"},'
     '{"name":"u","type":["float","null"],"default":3.4E38},{"name":"l","type":"long","default":1}],'
     '"y":2,"z":1,"aliases":["D","b.C","z.B"]}'),
    (record([{"name": "f", "type": "float", "default": "0.10"}, {"name": "d", "type": "double", "default": "1"},
             {"name": "n", "type": ["null", "double"], "default": 1}, {"name": "m", "type": ["int", "double"], "default": 1},
             {"name": "r", "type": [{"type": "map", "values": "double"}, "null"], "default": {"b": 1}},
             {"name": "s", "type": [{"type": "map", "values": "double"}, dict(field("int"), name="X")], "default": {"b": 1, "a": 2.50}}]),
     '{"type":"record","name":"T","fields":[{"name":"f","type":"float","default":0.1},{"name":"d","type":"double","default":1.0},'
     '{"name":"n","type":["null","double"],"default":1.0},{"name":"m","type":["int","double"],"default":1},'
     '{"name":"r","type":[{"type":"map","values":"double"},"null"],"default":{"b":1.0}},'
     '{"name":"s","type":[{"type":"map","values":"double"},{"type":"record","name":"X","fields":[{"name":"x","type":"int"}]}],'
     '"default":{"a":2.5,"b":1}}]}'),
    ({"type": "int", "\U0001d11e": 1, "\uff21": 2, "\ue000": 3, "z": 4},  # by UTF-16 code units, as Java's strings
     '{"type":"int","z":4,"\U0001d11e":1,"\ue000":3,"\uff21":2}'),
]


def text_of(schema):
    spelled = isinstance(schema, str) and schema.lstrip()[:1] in ("{", "[")
    return schema if spelled else json.dumps(schema, ensure_ascii=False)


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?:E-?\d+)?')


def java_double(v):
    """As Java since 19 prints it."""
    digits = re.sub(r"^-|\.|e.*", "", repr(v)).strip("0")
    text = "%.*e" % (max(1, len(digits) - 1), v)
    mantissa, exponent = text.split("e")
    digits = mantissa.replace(".", "").replace("-", "").rstrip("0") or "0"
    sign, e = mantissa[0] if mantissa[0] == "-" else "", int(exponent)
    if v != 0 and not -3 <= e < 7:
        return "%s%s.%sE%d" % (sign, digits[0], digits[1:] or "0", e)
    digits = "0" * -e + digits.ljust(e + 1, "0")
    point = max(e, 0) + 1
    return "%s%s.%s" % (sign, digits[:point], digits[point:] or "0")


def shortened(text):
    """The text with every double in the fewest digits."""
    return TOKEN.sub(lambda m: m[0] if m[0][0] == '"' else java_double(float(m[0])), text)


class Judge:
    def __init__(self, tool, libraries, java_version):
        self.tool = tool
        self.libraries = libraries
        self.java_version = java_version
        self.passed = 0
        self.failed = 0
        self.long_numbers = 0

    def say(self, what, texts, fault):
        if fault is None:
            self.passed += 1
            return
        self.failed += 1
        print("FAILED %s: %s\n    %s" % (what, fault, json.dumps(texts, ensure_ascii=False)[:3000]))

    def differs(self, ours, javas):
        if ours == javas:
            return False
        if self.java_version < 19 and ours == shortened(javas):
            self.long_numbers += 1
            return False
        return True

    def again(self, answer, texts):
        """Printed text read again: a fixed point of the printing, and the same schema."""
        for form, references in (("stored", texts[1:]), ("resolved", []), ("normalized", texts[1:])):
            second = self.tool.ask([answer[form], *references])
            if not second["ok"]:
                return "the %s form is refused: %s\n    %s" % (form, second["error"], answer[form])
            if second[form] != answer[form]:
                return "%s, printed again, is\n    %s\nnot\n    %s" % (form, second[form], answer[form])
            if second["canonical"] != answer["canonical"]:
                return "%s, read again, is another schema:\n    %s" % (form, answer[form])
        alone = self.tool.ask([answer["resolved"]])
        return None if alone["stored"] == answer["resolved"] else "stored and resolved differ without references"

    def as_java(self, what, schemas, only=""):
        texts = [text_of(s) for s in schemas]
        mine = self.tool.ask(texts)
        fault = None if not mine["ok"] else self.again(mine, texts)
        for version, library in self.libraries.items():
            if fault is None and version.startswith(only):
                fault = self.other(mine, library.ask(texts), version)
        self.say(what, texts, fault)

    def other(self, mine, javas, version):
        if not mine["ok"] or "refused" in javas:
            return "we say %r, Java with %s says %r" % (mine.get("error", "yes"), version, javas.get("refused", "yes"))
        for form in ("stored", "resolved"):
            if self.differs(mine[form], javas[form]):
                return "%s is\n    %s\nnot, by %s,\n    %s" % (form, mine[form], version, javas[form])
        return None

    def refused_by_us(self, schema):
        texts = [text_of(schema)]
        mine, javas = self.tool.ask(texts), [library.ask(texts) for library in self.libraries.values()]
        fine = not mine["ok"] and any("stored" in answer for answer in javas)
        self.say("refused by us alone", texts, None if fine else "we: %r, Java: %r" % (mine, javas))

    def is_text(self, what, form, schema, expected):
        texts = [text_of(schema)]
        mine = self.tool.ask(texts)
        fault = None if mine.get(form) == expected else "%r, not %r" % (mine.get(form, mine), expected)
        self.say(what, texts, fault or self.again(mine, texts))


class Decorator:
    """Adds to a random schema the parts that the model leaves out and the printer keeps."""

    def __init__(self, rng):
        self.rng = rng
        self.space = rng.choice([None, None, "n", "a.b"])

    def chance(self, p):
        return self.rng.random() < p

    def value(self, depth=0):
        pick = self.rng.randrange(9 if depth < 3 else 7)
        if pick < 2:
            return self.rng.choice([0, -1, 2**31, 2**63 - 1, self.rng.randint(-2**63, 2**63 - 1)])
        if pick < 4:
            return self.rng.choice([0.0, -0.0, 1.5, 1e7, 1e-3, 1e300, self.rng.uniform(-1, 1) * 10.0**self.rng.randint(-30, 30)])
        if pick < 7:
            return self.rng.choice([None, True, False, "", ARABIC, "a\"\\\n\x01/\u2028\x7f😀"])
        if pick == 7:
            return [self.value(depth + 1) for _ in range(self.rng.randrange(4))]
        return {self.key(i): self.value(depth + 1) for i in range(self.rng.randrange(4))}

    def key(self, i):
        return self.rng.choice(["x", "أ", "a b", "logical", "z\"", "😀"]) + str(i)

    def hang(self, out):
        for i in range(self.rng.randrange(3)):
            out[self.key(i)] = self.value()

    def shuffled(self, out):
        items = list(out.items())
        self.rng.shuffle(items)
        return dict(items)

    def named(self, out):
        if self.space and self.chance(0.3):
            out["aliases"] = self.rng.choice([["Old" + out["name"]], ["q.Old" + out["name"], "Older" + out["name"]]])
        if self.chance(0.3):
            out["doc"] = self.rng.choice(["", ARABIC, "a\n\"b\""])

    def field(self, f):
        out = dict(f, type=self.decorate(f["type"]))
        if self.chance(0.3):
            out["doc"] = self.rng.choice(["", ARABIC])
        if self.chance(0.3):
            out["order"] = self.rng.choice(["ascending", "descending", "ignore"])
        if self.chance(0.2):
            self.hang(out)
        return self.shuffled(out)

    def decorate(self, t):
        if isinstance(t, list):
            return [self.decorate(b) for b in t]
        if isinstance(t, str):
            if t in schema_oracle.PRIMITIVES and self.chance(0.15):
                out = {"type": t}
                self.hang(out)
                return self.shuffled(out)
            return t
        out = dict(t)
        if t["type"] in avro_cases.NAMED:
            self.named(out)
        for key in ("items", "values"):
            if key in out:
                out[key] = self.decorate(out[key])
        if "fields" in out:
            out["fields"] = [self.field(f) for f in out["fields"]]
        if self.chance(0.3):
            self.hang(out)
        return self.shuffled(out)

    def top(self, t):
        out = self.decorate(t)
        if self.space and isinstance(out, dict) and out["type"] in avro_cases.NAMED:
            out["namespace"] = self.space
        return out


def names_in(t, space, found):
    """Full names of the types that a schema of avro_cases (one namespace) defines."""
    if isinstance(t, list):
        for branch in t:
            names_in(branch, space, found)
    elif isinstance(t, dict):
        if t["type"] in avro_cases.NAMED:
            found.append((space + "." if space else "") + t["name"])
        for f in t.get("fields", []):
            names_in(f["type"], space, found)
        for key in ("items", "values"):
            names_in(t.get(key), space, found)


def random_ones(rng):
    """One list [schema, reference, …] of each sort."""
    writer, reader = avro_cases.Cases(rng).pair()
    for t in (writer, reader):
        plain = avro_cases.as_schema(t)
        yield [plain]
        decorator = Decorator(rng)
        yield [decorator.top(plain)]
    yield [schema_oracle.random_schema(rng)]
    yield [schema_oracle.Defaults(rng).make()[0]]
    decorator = Decorator(rng)
    plain = avro_cases.as_schema(reader)
    reference = decorator.top(plain)
    found = []
    names_in(plain, reference.get("namespace", "") if isinstance(reference, dict) else "", found)
    used = [rng.choice(found) for _ in range(3)] if found else ["int"]
    root = record([{"name": "f%d" % i, "type": {"type": "array", "items": name}} for i, name in enumerate(used)],
                  namespace=rng.choice(["", "n", "root"]))
    root["name"] = "Root"
    yield [root, reference]


def java_version():
    said = subprocess.run(["java", "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=True)
    return int(re.search(r"java\.specification\.version = (?:1\.)?(\d+)", said.stderr)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--cases", type=int, default=300, help="random rounds of seven schemas")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    rng = random.Random(seed)
    libraries = {version: java(version, "SchemaPrinter.java") for version in versions()}
    judge = Judge(Program(args.tool), libraries, java_version())
    print("seed %d, Avro %s, Java %d" % (seed, ", ".join(libraries), judge.java_version))
    for schema in HAND_WRITTEN:
        judge.as_java("by hand", [schema])
    for schemas in WITH_REFERENCES:
        judge.as_java("with references", schemas)
    for only, schemas in (("1.12", ONLY_1_12), ("1.11", ONLY_1_11)):
        for schema in schemas:
            judge.as_java("of %s" % only, [schema], only)
    for schema in WE_REFUSE:
        judge.refused_by_us(schema)
    for schema, expected in NOT_AS_JAVA + [SHORTEST]:
        judge.is_text("not as Java", "stored", schema, expected)
    for schema, expected in NORMALIZED:
        judge.is_text("normalized", "normalized", schema, expected)
    for _ in range(args.cases):
        for schemas in random_ones(rng):
            judge.as_java("random", schemas)
    print("%d hand-written; %d with a double that Java %d prints longer"
          % (len(HAND_WRITTEN) + len(WITH_REFERENCES), judge.long_numbers, judge.java_version))
    print("%d passed, %d failed" % (judge.passed, judge.failed))
    return 1 if judge.failed or judge.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
