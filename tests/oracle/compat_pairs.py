# SPDX-License-Identifier: Apache-2.0
"""Pairs of schemas for compat_oracle.py, written by hand: (what, reader, writer), each rule from both sides."""

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]


def rec(*fields, name="R", **more):
    return {"type": "record", "name": name, "fields": [dict(zip(("name", "type", "default"), f)) if isinstance(f, tuple)
                                                       else f for f in fields], **more}


def enum(*symbols, name="E", **more):
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


def fixed(size, name="F", **more):
    return {"type": "fixed", "name": name, "size": size, **more}


def array(items):
    return {"type": "array", "items": items}


def map_of(values):
    return {"type": "map", "values": values}


def aliased(name, type_, *aliases, **more):
    return {"name": name, "type": type_, "aliases": list(aliases), **more}


def node(value, name="Node", link="null", **more):
    return rec({"name": "v", "type": value}, {"name": "next", "type": [link, name]}, name=name, **more)


def every_kind():
    kinds = PRIMITIVES + [rec(("a", "int")), enum("A"), fixed(4), array("int"), map_of("int"), ["null", "int"]]
    for reader in kinds:
        for writer in kinds:
            yield "kinds", reader, writer


def places():
    """One mismatch, one promotion and one good pair in every place where a type can stand."""
    holders = [array, map_of, lambda t: array(array(t)), lambda t: rec(("a", "int"), ("b", t)),
               lambda t: rec(("a", rec(("b", array(t)), name="In"))), lambda t: ["null", array(t)], lambda t: ["null", t],
               lambda t: rec(("a", ["null", rec(("b", map_of(t)), name="In")]))]
    for hold in holders:
        for reader, writer in (("int", "string"), ("long", "int"), ("int", "long"), ("string", "bytes")):
            yield "places", hold(reader), hold(writer)


def names():
    for make in (lambda **m: rec(("a", "int"), **m), lambda **m: enum("A", **m), lambda **m: fixed(4, **m)):
        for reader, writer in (
                ({"name": "x.N"}, {"name": "N"}), ({"name": "x.N"}, {"name": "y.N"}), ({"name": "N"}, {"name": "M"}),
                ({"name": "N", "aliases": ["M"]}, {"name": "M"}), ({"name": "N"}, {"name": "M", "aliases": ["N"]}),
                ({"name": "N", "aliases": ["M"]}, {"name": "x.M"}), ({"name": "N", "aliases": ["x.M"]}, {"name": "x.M"}),
                ({"name": "N", "aliases": ["x.M"]}, {"name": "M"}), ({"name": "x.N", "aliases": ["M"]}, {"name": "x.M"}),
                ({"name": "x.N", "aliases": ["M"]}, {"name": "M"}), ({"name": "x.N", "aliases": ["y.M"]}, {"name": "y.M"}),
                ({"name": "N", "namespace": "x", "aliases": ["M"]}, {"name": "M", "namespace": "x"}),
                ({"name": "N", "aliases": ["K", "L", "M"]}, {"name": "M"}), ({"name": "N"}, {"name": "n"})):
            yield "names", make(**reader), make(**writer)
            yield "names in a union", ["null", make(**reader)], ["null", make(**writer)]
    yield "name and contents", rec(("a", "int"), ("b", "int"), name="N"), rec(("a", "string"), name="M")
    yield "name and symbols", enum("A", name="N"), enum("B", name="M")
    yield "name and size", fixed(3, name="N"), fixed(4, name="M")
    yield "error and record", dict(rec(("a", "int")), type="error"), rec(("a", "int"))


def enums_and_fixed():
    for reader, writer in (
            (enum("A", "B"), enum("A", "B")), (enum("A", "B"), enum("B", "A")), (enum("A", "B", "C"), enum("A")),
            (enum("A"), enum("A", "B")), (enum("A", default="A"), enum("A", "B")), (enum("A"), enum("A", "B", default="A")),
            (enum("A", default="A"), enum("X", "Y")), (enum("B"), enum("A", "B", "C", "D")), (enum("A"), enum("a"))):
        yield "enum", reader, writer
        yield "enum in a field", rec(("e", reader)), rec(("e", writer))
        yield "enum in a union", ["null", reader], ["null", writer]
    many = ["S%d" % i for i in range(60)]
    yield "long enum", enum(*many), enum(*reversed(many))
    yield "long enum", enum(*many[:50]), enum(*many)
    yield "enum twice", rec(("a", enum("A")), ("b", "E")), rec(("a", enum("A", "B")), ("b", "E"))
    for size in (3, 4, 5):
        yield "fixed", fixed(size), fixed(4)
        yield "fixed in a union", ["null", fixed(size)], fixed(4)
        yield "fixed twice", rec(("a", fixed(size)), ("b", "F")), rec(("a", fixed(4)), ("b", "F"))
    yield "fixed and bytes", fixed(4), "bytes"
    yield "enum and string", "string", enum("A")


def fields():
    yield "same", rec(("a", "int")), rec(("a", "int"))
    yield "reader drops", rec(("a", "int")), rec(("a", "int"), ("b", "int"))
    yield "reader adds", rec(("a", "int"), ("b", "int")), rec(("a", "int"))
    yield "reader adds two", rec(("a", "int"), ("b", "int"), ("c", "string")), rec(("a", "int"))
    yield "no fields", rec(), rec()
    yield "writer has none", rec(("a", "int")), rec()
    yield "reader wants none", rec(), rec(("a", "int"))
    yield "order", rec(("a", "int"), ("b", "string")), rec(("b", "string"), ("a", "int"))
    yield "case", rec(("A", "int")), rec(("a", "int"))
    for type_, default in (("null", None), ("boolean", False), ("int", 0), ("long", 7), ("float", 1.5), ("double", 0.0),
                           ("bytes", "\u00ff"), ("string", ""), (rec(("x", "int"), name="I"), {"x": 1}), (rec(name="I"), {}),
                           (enum("A"), "A"), (fixed(1), "\u0000"), (array("int"), []), (map_of("int"), {}),
                           (["null", "int"], None), (["int", "null"], 5)):
        yield "adds with default", rec(("a", "int"), ("b", type_, default)), rec(("a", "int"))
        yield "adds without", rec(("a", "int"), ("b", type_)), rec(("a", "int"))
    yield "default in the writer only", rec(("a", "int"), ("b", "int")), rec(("a", "int"), ("b", "int", 1))
    yield "an enum's own default", rec(("a", "int"), ("b", enum("A", default="A"))), rec(("a", "int"))
    yield "an enum's own default, twice", rec(("a", enum("A", default="A")), ("b", "E"), ("c", "int")), rec(("c", "string"))
    yield "alias", rec(aliased("b", "int", "a")), rec(("a", "int"))
    yield "alias, wrong type", rec(aliased("b", "int", "a")), rec(("a", "string"))
    yield "alias of the writer", rec(("a", "int")), rec(aliased("b", "int", "a"))
    yield "alias on both sides", rec(aliased("c", "int", "a")), rec(aliased("b", "int", "a"))
    yield "aliases, one of them", rec(aliased("c", "int", "x", "a")), rec(("a", "int"))
    yield "alias unknown, default", rec(aliased("c", "int", "x", default=1)), rec(("a", "int"))
    yield "alias unknown", rec(aliased("c", "int", "x")), rec(("a", "int"))
    yield "alias and name", rec(aliased("b", "int", "a")), rec(("a", "int"), ("b", "int"))
    yield "two aliases", rec(aliased("c", "int", "a", "b")), rec(("a", "int"), ("b", "int"))
    yield "alias and name, default", rec(aliased("b", "int", "a", default=1)), rec(("a", "int"), ("b", "int"))
    yield "one alias twice", rec(aliased("b", "int", "z", default=1)), rec(("a", "int"))
    yield "swap by alias", rec(aliased("x", "int", "b"), aliased("y", "string", "a")), rec(("a", "string"), ("b", "int"))
    many = [("f%d" % i, "int") for i in range(40)]
    yield "wide", rec(*many), rec(*reversed(many))
    yield "wide, one more", rec(*many, ("g", "int")), rec(*many)
    yield "wide, types", rec(*many), rec(*[(n, "string" if i % 7 == 0 else t) for i, (n, t) in enumerate(many)])
    yield "wide, alias", rec(*many, aliased("g", "int", "h")), rec(("h", "int"), *many)
    yield "more than one fault", rec(("a", "int"), ("b", "long"), ("c", array("int"))), \
        rec(("a", "string"), ("b", "double"), ("c", array("float")))


def unions():
    i = rec(("a", "int"), name="I")
    for reader, writer in (
            (["null", "int"], "int"), (["null", "int"], "null"), (["null", "int"], "string"), ("int", ["int"]),
            ("int", ["null", "int"]), ("long", ["int", "long"]), ("double", ["int", "long", "float", "double"]),
            ("string", ["bytes", "string"]), ("int", ["string", "boolean"]), (["int"], ["long"]), (["long"], ["int"]),
            (["null", "int"], ["int", "null"]), (["null", "string"], ["null", "int"]), (["null", "int"], ["null"]),
            (["null"], ["null", "int"]), (["null", "long", "string"], ["int", "bytes"]), (["int", "string"], ["int", "null"]),
            (["null", "int"], ["string", "bytes", "boolean"]), (["double", "null"], ["int", "float", "null"]),
            (["null", array("int")], array("int")), (["null", array("int")], array("string")),
            (["null", array("long")], ["null", array("int")]), ([array("int"), map_of("int")], map_of("int")),
            (["null", i], i), (["null", i], rec(("a", "string"), name="I")), (["null", i], ["null", dict(i, name="J")]),
            ([i, rec(("b", "int"), name="J")], rec(("b", "int"), name="J")),
            ([i, dict(i, name="x.I")], dict(i, name="y.I")), ([enum("A"), "string"], enum("A", "B")),
            ([enum("A"), enum("A", "B", name="x.E")], enum("A", "B")), ([fixed(2), fixed(4, name="x.F")], fixed(4)),
            (["null", enum("A", default="A")], enum("Q")), (i, ["null", i]), (i, [i, dict(i, name="x.I")]),
            (["bytes"], "string"), (["string"], "bytes"), (["float"], "long"), (["boolean"], "int"), (["null", "int"], i)):
        yield "union", reader, writer
        yield "union in a field", rec(("z", "int"), ("u", reader)), rec(("u", writer), ("z", "int"))
        yield "union in an array", array(reader), array(writer)
    yield "both in one", rec(("a", ["null", "int"]), ("b", "int")), rec(("a", ["null", "string"]), ("b", "string"))


def recursion():
    yield "recursive", node("int"), node("int")
    yield "recursive, promoted", node("long"), node("int")
    yield "recursive, wrong", node("int"), node("string")
    yield "recursive, new field", rec(("v", "int"), ("w", "int"), ("next", ["null", "Node"]), name="Node"), node("int")
    yield "recursive, added default", rec(("v", "int"), ("w", "int", 1), ("next", ["null", "Node"]), name="Node"), node("int")
    yield "recursive, no end", rec(("v", "int"), ("next", "Node"), name="Node"), node("int")
    yield "recursive, other name", node("int", name="Other"), node("int")
    yield "recursive, alias", node("int", name="Other", aliases=["Node"]), node("int")
    yield "recursive to a plain one", node("int"), rec(("v", "int"), ("next", ["null", rec(("v", "int"), name="x.Node")]), name="Node")
    yield "recursive to an unrolled one", node("int"), \
        rec(("v", "int"), ("next", ["null", rec(("v", "int"), ("next", ["null", "Node"]), name="x.Node")]), name="Node")
    yield "in arrays", rec(("kids", array("R")), ("v", "int")), rec(("kids", array("R")), ("v", "int"))
    yield "in arrays, wrong", rec(("kids", array("R")), ("v", "int")), rec(("kids", array("R")), ("v", "string"))
    yield "in maps, wrong after", rec(("by", map_of(["null", "R"])), ("v", "int")), rec(("by", map_of(["null", "R"])), ("v", "null"))
    mutual = [rec(("b", ["null", rec(("a", ["null", "A"]), ("v", t), name="B")]), ("v", "int"), name="A")
              for t in ("int", "string")]
    for reader in mutual:
        for writer in mutual:
            yield "mutual", reader, writer
    shared = [rec(("a", rec(("v", t), name="S")), ("b", "S"), ("c", array("S"))) for t in ("int", "string")]
    yield "shared", *shared
    yield "shared under a union", rec(("a", ["null", rec(("v", "int"), name="S")]), ("b", "S")), \
        rec(("a", ["null", rec(("v", "string"), name="S")]), ("b", "S"))
    yield "shared, then under a union", rec(("a", rec(("v", "int"), name="S")), ("b", ["null", "S"])), \
        rec(("a", rec(("v", "string"), name="S")), ("b", ["null", "S"]))


def logical_types():
    def logical(type_, name, **more):
        return dict(type_ if isinstance(type_, dict) else {"type": type_}, logicalType=name, **more)
    date, millis, micros = logical("int", "date"), logical("long", "timestamp-millis"), logical("long", "timestamp-micros")
    money = [logical("bytes", "decimal", precision=p, scale=s) for p, s in ((9, 2), (9, 3), (12, 2))]
    for reader, writer in ((date, "int"), ("int", date), (millis, micros), (millis, date), (date, millis),
                           (logical("string", "uuid"), "string"), ("string", logical("string", "uuid")),
                           (logical("string", "uuid"), "bytes"), (money[0], money[1]), (money[0], money[2]), (money[0], "bytes"),
                           ("bytes", money[0]), (money[0], "string"), (logical(fixed(8), "decimal", precision=9, scale=2), fixed(8)),
                           (logical(fixed(8), "decimal", precision=9, scale=2), logical(fixed(8), "decimal", precision=9, scale=1)),
                           (logical(fixed(8), "decimal", precision=9, scale=2), money[0]), (date, logical("int", "time-millis")),
                           (logical(fixed(12), "duration"), fixed(12)), (logical("int", "no-such"), "int")):
        yield "logical", reader, writer
        yield "logical in a union", ["null", reader], ["null", writer]


def empty_unions():
    """A union without branches has no values, so every reader can read it."""
    for other in ("int", "null", ["null", "int"], [], rec(("a", "int"), name="I"), array("int"), ["string"]):
        yield "empty union", [], other
        yield "empty union", other, []
        yield "empty union in a field", rec(("a", []), ("b", "int")), rec(("a", other), ("b", "int"))
        yield "empty union in a field", rec(("a", other), ("b", "int")), rec(("a", []), ("b", "int"))
        yield "empty union in an array", array([]), array(other)
        yield "empty union in an array", array(other), array([])
    yield "empty union added", rec(("a", "int"), ("b", [])), rec(("a", "int"))
    yield "empty union added", rec(("a", "int"), ("b", array([]), [])), rec(("a", "int"))
    yield "empty union dropped", rec(("a", "int")), rec(("a", "int"), ("b", []))


def other_scripts():
    place = rec(("الولاية", "string"), name="عمان.مكان")
    for reader, writer in (
            (place, place), (place, rec(("الولاية", "string"), name="قطر.مكان")), (place, rec(("الولاية", "string"), name="موضع")),
            (rec(("الولاية", "string"), name="موضع", aliases=["عمان.مكان"]), place), (place, rec(("ولاية", "string"), name="مكان")),
            (rec(aliased("ولاية", "string", "الولاية"), name="مكان"), place), (enum("ذكر", "أنثى", name="نوع"), enum("أنثى", name="نوع")),
            (enum("ذكر", name="نوع"), enum("ذكر", "أنثى", name="نوع")), (enum("ذكر", name="نوع", default="ذكر"), enum("أنثى", name="نوع")),
            (rec(("\u212b", "int")), rec(("\u00c5", "int"))), (fixed(3, name="بصمة"), fixed(4, name="بصمة")),
            (enum("ا", name="ن"), enum("ا", *("_قيدمنقيودالسجلالمدنيرقمكذا_%d" % i for i in range(12)), name="ن")),
            (rec(("_" + "ح" * 90, "int"), name="_" + "س" * 90), rec(name="_" + "س" * 90))):
        yield "other scripts", reader, writer
        yield "other scripts, turned", writer, reader


def defaults_of_a_later_branch():
    """Avro 1.11 refuses these schemas."""
    for type_, default in ((["null", "string"], "x"), (["string", "null"], None), (["int", "long"], 2**40), ([enum("A"), "string"], "x"),
                           ([rec(("x", "int"), name="I"), "null"], None), (array(["null", "int"]), [1, None])):
        yield "adds with default", rec(("a", "int"), ("b", type_, default)), rec(("a", "int"))
        yield "default in the writer only", rec(("a", "int"), ("b", type_)), rec(("a", "int"), ("b", type_, default))
    yield "number as text", rec(("a", "int"), ("b", "double", "NaN"), ("c", "float", "-Infinity")), rec(("a", "int"))


def by_hand():
    for source in (every_kind, places, names, enums_and_fixed, fields, unions, recursion, logical_types, empty_unions, other_scripts):
        yield from source()


# Where we differ from the Java library on purpose: (why, reader, writer, the library's verdict, ours).
ON_PURPOSE = [
    ("an alias that repeats the field's own name is harmless; the library takes it for a second field and throws",
     rec(aliased("a", "int", "a")), rec(("a", "int")), False, True),
    ("a branch with an ambiguous field is not the one; the library throws and looks at no other",
     [rec(aliased("b", "int", "a"), name="x.R"), rec(("a", "int"), ("b", "int"), name="y.R")], rec(("a", "int"), ("b", "int")),
     False, True),
    ("the library keeps an answer that was given on an assumption which proved wrong: y.N cannot be read here, because the "
     "N inside would be read as x.N, which wants g",
     [rec(("f", ["null", rec(("f", ["null", "x.N"]), name="y.N")]), ("g", "int"), name="x.N"), "y.N"],
     rec(("f", ["null", "N"]), name="N"), True, False),
]
