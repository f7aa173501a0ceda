# SPDX-License-Identifier: Apache-2.0
"""Defaults for schema_oracle.py: right and wrong ones of every type, with the rule for each.

`fits` is the rule, written once more: Avro 1.12's, where a union's default is of any branch; with any_branch=False that of
1.11, of the first. Java is loose in five things, in which we are strict, because what is written there cannot be
what is read later: an enum's default that is none of its symbols (thrown when it is read), a fixed's of another size
(padded or cut), bytes beyond U+00FF (read as '?'), a number beyond a float's range (read as an infinity), U+0000 in a
string, which the register cannot hold. (Java in turn refuses what takes a look into a record that is still being read.)"""

import json
import math
import struct

INTS = [0, -1, 1, 63, -65, 2**31 - 1, -2**31, 2**31, -2**31 - 1, 2**63 - 1, -2**63, 16777217]
REALS = [0.5, -2.25, 1.0, 1e300, 3.4e38, 1e39, -0.0, 5e-324]
NUMBER_TEXTS = ["NaN", "Infinity", "-Infinity", "+Infinity", "-NaN", " NaN ", "1.5", "-1", ".5", "5.", "1e3", "1E+3", "1.5f", "2d", "0x1p3",
         "0X1.8P-1", "0x.8p0D", "\t7\n", "INF", "inf", "-inf", "nan", "NAN", "infinity", "", " ", "1,5", "1_0", "0x1.8", "0x", "1e", "+-1",
         "1.5x", "1 5", "١", "1e39", "-3.5e38", "1e-400", "--1", "e5", ".", "1.5ff", "NaNf", "Infinityd", "0x1p3f", "1f5", "null", "1e999", "-1e999f"]
TEXTS = ["", "A", "B", "C", "ab", "abc", "\u00ff", "سجل", "a\u0100", "x" * 70, "a\0b", *NUMBER_TEXTS]


def word(schema):
    return "union" if isinstance(schema, list) else schema if isinstance(schema, str) else schema["type"]


def parse_number(text):
    """Java's Double.valueOf, or None. (Python takes more words, and no hexadecimal here.)"""
    text = text.strip("".join(map(chr, range(33))))
    sign = -1.0 if text[:1] == "-" else 1.0
    bare = text[1:] if text[:1] in ("+", "-") else text
    if bare in ("NaN", "Infinity"):
        return math.nan if bare == "NaN" else sign * math.inf
    if not bare or bare[0] not in "0123456789." or not bare.isascii() or "_" in bare:
        return None
    hexadecimal = bare[:2] in ("0x", "0X")
    if hexadecimal and "p" not in bare.lower():
        return None
    for cut in (bare, bare[:-1] if bare[-1] in "fFdD" else ""):
        try:
            return sign * (float.fromhex(cut) if hexadecimal else float(cut))
        except ValueError:
            pass
    return None


def single(v):
    """Whether a float can hold it; None of the infinities."""
    try:
        return math.isfinite(struct.unpack("<f", struct.pack("<f", v))[0])
    except OverflowError:
        return False


class Rule:
    def __init__(self, strict, any_branch):
        self.strict, self.any_branch = strict, any_branch

    def fits(self, schema, value):
        return getattr(self, "fits_" + word(schema))(schema, value)

    def field(self, field):
        """Of a field's own default alone a text may be a number."""
        value = field["default"]
        if word(field["type"]) in ("float", "double") and isinstance(value, str):
            number = parse_number(value)
            return number is not None and self.holds(word(field["type"]), value, number)
        return self.fits(field["type"], value)

    def holds(self, kind, written, number):
        """A number that is written out must not become an infinity."""
        if not self.strict or math.isnan(number) or (isinstance(written, str) and "n" in written):
            return True
        return math.isfinite(number) if kind == "double" else single(number)

    def fits_null(self, _, v):
        return v is None

    def fits_boolean(self, _, v):
        return isinstance(v, bool)

    def fits_int(self, _, v):
        return type(v) is int and -2**31 <= v < 2**31

    def fits_long(self, _, v):
        return type(v) is int and -2**63 <= v < 2**63

    def fits_float(self, _, v):
        return type(v) in (int, float) and self.holds("float", v, v)

    def fits_double(self, _, v):
        return type(v) in (int, float)

    def fits_string(self, _, v):
        return isinstance(v, str) and not (self.strict and "\0" in v)

    def fits_bytes(self, _, v):
        return isinstance(v, str) and not (self.strict and any(c > "\u00ff" for c in v))

    def fits_fixed(self, schema, v):
        return self.fits_bytes(schema, v) and not (self.strict and len(v) != schema["size"])

    def fits_enum(self, schema, v):
        return isinstance(v, str) and not (self.strict and v not in schema["symbols"])

    def fits_array(self, schema, v):
        return isinstance(v, list) and all(self.fits(schema["items"], i) for i in v)

    def fits_map(self, schema, v):
        return isinstance(v, dict) and all(self.fits(schema["values"], i) for i in v.values())

    def fits_union(self, schema, v):
        return any(self.fits(branch, v) for branch in (schema if self.any_branch else schema[:1]))

    def fits_record(self, schema, v):
        return isinstance(v, dict) and all(self.fits(f["type"], v[f["name"]]) if f["name"] in v else "default" in f
                                           for f in schema["fields"])

    def first(self, schema, v):
        """The branch of a union that a default is of."""
        return next(i for i, branch in enumerate(schema) if self.fits(branch, v))


OURS = Rule(strict=True, any_branch=True)


def number_of(kind, v):
    return struct.unpack("<f", struct.pack("<f", v))[0] if kind == "float" else float(v)


def value_of(schema, v):
    """What fastavro reads where our bytes hold the default."""
    kind = word(schema)
    if kind in ("float", "double"):
        return number_of(kind, parse_number(v) if isinstance(v, str) else v)
    if kind in ("bytes", "fixed"):
        return v.encode("latin-1")
    if kind == "array":
        return [value_of(schema["items"], i) for i in v]
    if kind == "map":
        return {k: value_of(schema["values"], i) for k, i in v.items()}
    if kind == "record":
        return {f["name"]: value_of(f["type"], v[f["name"]] if f["name"] in v else f["default"]) for f in schema["fields"]}
    return v if kind != "union" else value_of(schema[OURS.first(schema, v)], v)


class Guesses:
    """A type, and a default that is often near to it."""

    def __init__(self, rng):
        self.rng = rng
        self.count = 0

    def name(self, letter):
        self.count += 1
        return "%s%d" % (letter, self.count)

    def type(self, depth, union=True):
        kinds = ["null", "boolean", "int", "long", "float", "double", "bytes", "string", "fixed", "enum"]
        if depth < 3:
            kinds += ["array", "map", "record"] + ["union"] * (4 if union else 0)
        return self.of_kind(self.rng.choice(kinds), depth)

    def of_kind(self, kind, depth):
        if kind == "fixed":
            return {"type": "fixed", "name": self.name("F"), "size": self.rng.randint(1, 3)}
        if kind == "enum":
            return {"type": "enum", "name": self.name("E"), "symbols": self.rng.sample(["A", "B", "C", "NaN"], 2)}
        if kind in ("array", "map"):
            return {"type": kind, "items" if kind == "array" else "values": self.type(depth + 1)}
        if kind == "record":
            return {"type": "record", "name": self.name("R"), "fields": [self.field(depth) for _ in range(self.rng.randint(0, 3))]}
        return self.union(depth) if kind == "union" else kind

    def union(self, depth):
        branches = {}
        for _ in range(self.rng.choice([0, 1, 2, 2, 2, 3, 3, 4])):
            branch = self.type(depth + 1, union=False)
            key = branch.get("name", branch["type"]) if isinstance(branch, dict) else branch
            branches.setdefault(key, branch)
        return list(branches.values())

    def field(self, depth):
        """Inside of a record: a default of its own must be good, or the whole is refused for it."""
        out = {"name": self.rng.choice("abc") + self.name(""), "type": self.type(depth + 1)}
        if self.rng.random() < 0.4:
            out["default"] = self.value(out["type"], 0)
            if not OURS.field(out):
                del out["default"]
        return out

    def value(self, schema, wrong=0.06):
        """JSON that a default of the type may be, or, with that chance at each place, any other."""
        if self.rng.random() < wrong:
            return self.rng.choice([None, True, self.rng.choice(INTS), self.rng.choice(REALS), self.rng.choice(TEXTS), [], {}, [1], {"a": 1}])
        kind = word(schema)
        if kind == "union":
            return self.value(self.rng.choice(schema), wrong) if schema else None
        if kind == "array":
            return [self.value(schema["items"], wrong) for _ in range(self.rng.randrange(3))]
        if kind == "map":
            return {k: self.value(schema["values"], wrong) for k in self.rng.sample(["k", "مفتاح", ""], self.rng.randrange(3))}
        if kind == "record":
            return {f["name"]: self.value(f["type"], wrong) for f in schema["fields"]
                    if "default" not in f or self.rng.random() < 0.5}
        if kind == "enum":
            return self.rng.choice([*schema["symbols"], *schema["symbols"], "C"])
        if kind == "fixed":
            return self.rng.choice("Aé\u00ff") * self.rng.choice([schema["size"], schema["size"], 2])
        return self.rng.choice({"null": [None], "boolean": [True, False], "int": INTS, "long": INTS, "float": INTS + REALS,
                                "double": INTS + REALS, "bytes": TEXTS, "string": TEXTS}[kind])


def enum(*symbols):
    return {"type": "enum", "name": "E", "symbols": list(symbols)}


INNER = {"type": "record", "name": "I", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "double", "default": "NaN"}]}

# Type, default: those that people have met, and the kinds that the random ones rarely make.
BY_HAND = [
    # defaults of a later branch, and of none
    (["string", "null"], None), (["null", "string"], "none"), (["string", "null"], "null"), (["int", "null"], "null"),
    (["string", "long"], 10), (["null", {"type": "string", "avro.java.string": "String"}], ""),
    ([dict(INNER, name="A"), {"type": "record", "name": "B", "fields": [{"name": "b", "type": "string"}]}], {"b": "x"}),
    # numbers that JSON has no word for
    ("double", "NaN"), ("float", "NaN"), ("double", "Infinity"), ("float", "-Infinity"), ("double", None), ("double", "INF"),
    (["null", "double"], "NaN"), (["double", "null"], "NaN"), ({"type": "array", "items": "double"}, ["NaN"]), (INNER, {"a": 1, "b": "NaN"}),
    (INNER, {"a": 1}), ("int", "1"), ("long", "NaN"),
    # bytes as text
    ("bytes", "\u00ff\u00ff"), ("bytes", "\0"), ({"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 1}, "\0"),
    ({"type": "fixed", "name": "Code", "size": 3}, "Привет"), ({"type": "fixed", "name": "F", "size": 1}, "\0"),
    # null for what is not nullable
    ("string", None), ({"type": "string", "avro.java.string": "String"}, None), ("int", None),
    # symbols that are none
    (enum("A", "B"), "C"), ([enum("A"), "string"], "x"), (["null", enum("A")], "A"),
    # a union of nothing
    ([], None), ([], 1), ([], {}), ({"type": "array", "items": []}, []), ({"type": "array", "items": []}, [None]),
    ({"type": "map", "values": []}, {}),
    # Java reads these as another branch, or throws: see different_bytes
    (["int", "long"], 2**40), (["int", "double"], 1.5), (["float", "double"], 1e300), (["bytes", "string"], "سجل"),
    ([{"type": "fixed", "name": "F", "size": 2}, "bytes"], "abc"), ([{"type": "array", "items": "int"}, "null"], None),
    ([{"type": "map", "values": "int"}, "string"], "x"), ([INNER, "null"], None),
    ([{"type": "map", "values": "int"}, INNER], {"a": 1, "b": 1.5}), ([INNER, {"type": "map", "values": "int"}], {"k": 1}),
]


def field(type_, default):
    return {"type": "record", "name": "T", "fields": [{"name": "x", "type": type_, "default": default}]}


def fields_of(schema):
    """All fields, of records inside too."""
    if isinstance(schema, list):
        for branch in schema:
            yield from fields_of(branch)
    elif isinstance(schema, dict):
        for f in schema.get("fields", []):
            yield f
            yield from fields_of(f["type"])
        yield from fields_of(schema.get("items", schema.get("values")))


def expected(rule, schema):
    """Whether all defaults fit."""
    return all(rule.field(f) for f in fields_of(schema) if "default" in f)


def fault_of(answer, schema, read):
    """None, or what is wrong with our own verdict and bytes."""
    good = expected(OURS, schema)
    if answer["ok"] != good:
        return "we say %s" % answer.get("error", "yes")
    if not good:
        path = answer["path"]
        return None if path.startswith("/fields/0/default") and answer["error"].startswith(path + ": ") else "path %r" % path
    found = read(schema, answer["defaults"])
    wanted = {f["name"]: value_of(f["type"], f["default"]) for f in schema["fields"]}
    return None if repr(found) == repr(wanted) else "%r, not %r" % (found, wanted)


def java_agrees(answer, schema, any_branch):
    """None, or a difference that `Rule` does not know."""
    loose = expected(Rule(strict=False, any_branch=any_branch), schema)
    return None if loose == ("refused" not in answer) else "Java says %s" % answer.get("refused", "yes")


def different_bytes(ours, javas, schema):
    """Java looks for the branch by the JSON's kind alone, and takes records, enums, arrays and maps for anything: what it then
    reads may be another value, or nothing. Ours is the first branch that the default fits."""
    if not ours["ok"] or "refused" in javas or ours["defaults"] == javas["defaults"]:
        return None
    has_union = "[" in json.dumps(schema["fields"][0]["type"])
    return "other bytes: %s, Java's %s" % (ours["defaults"], javas["defaults"]) if not has_union else "union"


def check(tool, libraries, rng, cases, read, judge):
    """Returns how often Java read another branch than the first that fits."""
    others = 0
    schemas = [field(*case) for case in BY_HAND] + [field(kind, text) for kind in ("float", "double") for text in NUMBER_TEXTS]
    guesses = Guesses(rng)
    for _ in range(cases):
        type_ = guesses.type(0)
        schemas.append(field(type_, guesses.value(type_)))
    for schema in schemas:
        text = json.dumps(schema, ensure_ascii=False)
        ours = tool.ask_line(text)
        judge("a default", text, fault_of(ours, schema, read))
        for version, library in libraries.items():
            javas = library.ask_line(text)
            judge("a default, %s" % version, text, java_agrees(javas, schema, version >= "1.12"))
            if version >= "1.12":
                found = different_bytes(ours, javas, schema)
                others += found == "union"
                judge("a default's bytes", text, found if found != "union" else None)
    return others
