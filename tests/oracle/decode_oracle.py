#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the decoder with fastavro and with Avro-C on random schemas and values.

The row of tests/tools/decode_tool.c must be what fastavro.schemaless_reader(schema) reads, and each value of a wide union
must name the branch that was written. Cut at every length the bytes must be refused as truncated, with one byte more as
trailing_bytes. Where there are no logical types, Avro-C's value API (tests/tools/avroc_oracle.c) must agree too, with its
own tags of branches. Some fields have no column: the others must come out the same.

A second structure, random or made from the first by what agencies do (fields dropped, renamed, widened, reordered, enum
symbols and branches added and taken away), is registered after the first: the same bytes must make the same cells, and
null in each column that is new.

    tests/oracle/decode_oracle.py [--tool build/asan/tests/decode_tool] [--cases N] [--seed S] [--full]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import base64
import collections
import datetime
import decimal
import io
import json
import math
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from kit.avro_cases import Cases, as_schema, encode, kind, logical  # noqa: E402
from programs import Program  # noqa: E402

try:
    import fastavro
except ImportError:
    print("decode_oracle: fastavro is not installed for " + sys.executable, file=sys.stderr)
    sys.exit(2)

# Where fastavro is not the measure, and the way around it:
# - of a union it reads the value and not the branch: the branch is the one that the generator wrote.
# - nothing is said of how deep, how long and how many: no such case is made here, tests/unit has them.
# - it takes U+0000 in text: none is made.

Num = type("Num", (str,), {})
EPOCH = datetime.datetime(1970, 1, 1)


class Tool(Program):
    def ask(self, question):
        return self.ask_line(json.dumps(question), parse_int=Num, parse_float=Num)


def microseconds(text):
    """As printed by the engine, in the years from 1 to 9999: microseconds since the epoch."""
    date, _, clock = text.rstrip("Z").partition("T")
    days = datetime.date.fromisoformat(date).toordinal() - EPOCH.toordinal()
    return days * 86400 * 10**6 + of_day(clock)


def of_day(clock):
    hours, minutes, seconds = clock.split(":")
    whole, _, fraction = seconds.partition(".")
    return (int(hours) * 3600 + int(minutes) * 60 + int(whole)) * 10**6 + int(fraction.ljust(6, "0") or 0)


def as_microseconds(t, expected):
    if isinstance(expected, int):
        return expected * 1000 if logical(t).endswith("millis") else expected
    if isinstance(expected, datetime.time):
        return ((expected.hour * 60 + expected.minute) * 60 + expected.second) * 10**6 + expected.microsecond
    return (expected.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1)


def same_logical(t, expected, got):
    name = logical(t)
    if name == "date":
        days = expected if isinstance(expected, int) else expected.toordinal() - EPOCH.toordinal()
        return datetime.date.fromisoformat(got).toordinal() - EPOCH.toordinal() == days
    if name.startswith("time-"):
        return of_day(got) == as_microseconds(t, expected)
    if name == "uuid":
        return got == str(expected)
    if name == "decimal":
        if isinstance(expected, str):
            raw = int.from_bytes(expected.encode("latin-1"), "big", signed=True)
            expected = decimal.Decimal(raw).scaleb(-t["scale"], decimal.Context(prec=200))
        number = decimal.Decimal(got)
        return isinstance(got, Num) and number == expected and number.as_tuple().exponent == -t["scale"]
    zone = got.endswith("Z")
    return zone != name.startswith("local") and microseconds(got) == as_microseconds(t, expected)


def same_number(expected, got, single):
    if isinstance(got, str) and not isinstance(got, Num):
        return str(expected) in {"NaN": ["nan"], "Infinity": ["inf"], "-Infinity": ["-inf"]}.get(got, [])
    wanted = float(expected)
    if single:
        wanted = struct.unpack("<f", struct.pack("<f", wanted))[0]
    return isinstance(got, Num) and float(got) == wanted and \
        math.copysign(1, float(got)) == math.copysign(1, wanted)


def branch_name(t):
    """As Avro's JSON encoding has it."""
    return t["name"] if kind(t) in ("record", "enum", "fixed") else kind(t)


def is_tagged(t):
    return sum(b != "null" for b in t) > 1


def same_branch(t, written, expected, got):
    pick, inner = written
    if t[pick] == "null":
        return expected is None and got is None
    if is_tagged(t):
        if not isinstance(got, dict) or list(got) != [branch_name(t[pick])]:
            return False
        (got,) = got.values()
    return same(t[pick], inner, expected, got)


def same(t, written, expected, got):
    """Whether our output equals fastavro's, with the branches that the generator wrote."""
    k = kind(t)
    if k == "union":
        return same_branch(t, written, expected, got)
    if logical(t):
        return got is not None and expected is not None and same_logical(t, expected, got)
    if k == "null":
        return expected is None and got is None
    if k == "boolean":
        return isinstance(expected, bool) and got is expected
    if k in ("int", "long"):
        return type(expected) is int and isinstance(got, Num) and int(got) == expected
    if k in ("float", "double"):
        return type(expected) in (int, float) and same_number(expected, got, k == "float")
    if isinstance(got, Num) or got is None:
        return False
    if k in ("string", "enum"):
        return got == expected
    if k in ("bytes", "fixed"):
        return isinstance(expected, bytes) and isinstance(got, str) and got == base64.b64encode(expected).decode()
    if k == "array":
        return isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected) and \
            all(same(t["items"], w, e, g) for w, e, g in zip(written, expected, got))
    if not isinstance(got, dict) or not isinstance(expected, dict):
        return False
    if k == "map":
        return got.keys() == expected.keys() and \
            all(same(t["values"], written[n], expected[n], got[n]) for n in got)
    return got.keys() == {f["name"] for f in t["fields"]} and \
        all(same(f["type"], written[f["name"]], expected[f["name"]], got[f["name"]]) for f in t["fields"])


def same_tagged(t, expected, got):
    """As `same`, for Avro-C's JSON: every union tagged with its branch, bytes as Latin-1 text, cut at their first zero."""
    k = kind(t)
    if k == "union":
        if expected is None:
            return "null" in t and got is None
        (tag, inner), = expected.items()
        if is_tagged(t):
            if not isinstance(got, dict) or list(got) != [tag]:
                return False
            got = got[tag]
        return any(branch_name(b) == tag and same_tagged(b, inner, got) for b in t)
    if k in ("int", "long"):
        return isinstance(got, Num) and int(expected) == int(got)
    if k in ("float", "double"):
        return same_number(float(expected), got, k == "float")
    if k in ("bytes", "fixed"):
        return base64.b64decode(got).partition(b"\0")[0] == expected.encode("latin-1")
    if k == "array":
        return len(got) == len(expected) and all(same_tagged(t["items"], e, g) for e, g in zip(expected, got))
    if k == "map":
        return got.keys() == expected.keys() and all(same_tagged(t["values"], expected[n], got[n]) for n in got)
    if k == "record":
        return all(same_tagged(f["type"], expected[f["name"]], got[f["name"]]) for f in t["fields"])
    return expected == got


def read_with_fastavro(schema, data):
    stream = io.BytesIO(data)
    value = fastavro.schemaless_reader(stream, fastavro.parse_schema(schema))
    return value if stream.tell() == len(data) else "left bytes"


def fault_of_cuts(answer):
    if answer.get("survivors") or answer.get("longer", "trailing_bytes") != "trailing_bytes":
        return "cut or lengthened: %s" % answer
    return None


def fault_of_one(tool, rng, cases):
    """One structure; now and then with fields that have no column."""
    schema = cases.record()
    written = cases.value(schema)
    data = encode(rng, schema, written)
    s = as_schema(schema)
    names = [f["name"] for f in schema["fields"]]
    keep = rng.sample(names, rng.randint(0, len(names))) if rng.random() < 0.3 else names
    answer = tool.ask({"structures": [s], "of": 0, "keep": keep, "hex": data.hex(), "cuts": len(data) < 600})
    about = "%s\n    %s" % (json.dumps(s), data.hex())
    value = read_with_fastavro(s, data)
    if "row" not in answer:
        return "refused: %s, by fastavro read as %s" % (answer, value), about
    kept = {"type": "record", "name": "kept", "fields": [f for f in schema["fields"] if f["name"] in keep]}
    if not same(kept, written, {n: value[n] for n in keep}, answer["row"]):
        return "read as %s, by fastavro as %s" % (json.dumps(answer["row"]), value), about
    return fault_of_cuts(answer), about


def fault_of_avroc(tool, avroc, rng, cases):
    schema = cases.record()
    data = encode(rng, schema, cases.value(schema))
    s = as_schema(schema)
    answer = tool.ask({"structures": [s], "of": 0, "hex": data.hex(), "cuts": len(data) < 600})
    theirs = avroc.ask({"schema": s, "hex": data.hex()})
    about = "%s\n    %s" % (json.dumps(s), data.hex())
    if "unsupported" in theirs:
        return None, about
    if "row" not in answer or "value" not in theirs or not same_tagged(schema, theirs["value"], answer["row"]):
        return "ours %s, Avro-C's %s" % (answer, theirs), about
    return fault_of_cuts(answer), about


def fault_of_later(tool, rng, cases, tally):
    """The same bytes before and after other structures are registered."""
    structures = [cases.record()]
    for _ in range(rng.randint(1, 3)):
        structures.append(cases.next_structure(structures[-1]))
    of = rng.randrange(len(structures))
    written = cases.value(structures[of])
    data = encode(rng, structures[of], written)
    schemas = [as_schema(s) for s in structures]
    answer = tool.ask({"structures": schemas, "of": of, "hex": data.hex()})
    about = "%s\n    of %d: %s" % ("\n    ".join(map(json.dumps, schemas)), of, data.hex())
    if "refused" in answer:
        tally["refused"] += 1
        return None, about
    if "row" not in answer:
        return "not read: %s" % answer, about
    if not same(structures[of], written, read_with_fastavro(schemas[of], data), answer["row"]):
        return "read as %s" % json.dumps(answer["row"]), about
    first, *later = answer["after"]
    for cells in later:
        if cells is None:
            tally["refused"] += 1
        elif not isinstance(cells, list) or cells[:len(first)] != first or any(c is not None for c in cells[len(first):]):
            return "then %s, later %s" % (first, cells), about
        else:
            tally["later"] += 1
    return None, about


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", type=pathlib.Path, default=ROOT / "build" / "asan" / "tests" / "decode_tool")
    parser.add_argument("--avroc", type=pathlib.Path, help="avroc_oracle; beside --tool when not given")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    count = args.cases if args.cases is not None else 40000 if args.full else 6000
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    print("seed %d, fastavro %s" % (seed, fastavro.__version__))
    tool = Tool(args.tool)
    avroc = Tool(args.avroc or args.tool.parent / "avroc_oracle")
    passed = failed = 0
    tally = collections.Counter()
    for n in range(count):
        rng = random.Random(seed * 1000003 + n)
        if n % 4 == 0:
            fault, about = fault_of_one(tool, rng, Cases(rng))
        elif n % 4 == 1:
            fault, about = fault_of_avroc(tool, avroc, rng, Cases(rng, logical_types=False))
        else:
            fault, about = fault_of_later(tool, rng, Cases(rng), tally)
        passed += fault is None
        failed += fault is not None
        if fault is not None and failed <= 20:
            print("FAILED case %d: %s\n    %s" % (n, fault[:3000], about[:6000]))
    print("%d readings after a later structure, %d structures refused" % (tally["later"], tally["refused"]))
    if tally["later"] < count // 3:
        print("FAILED: too few structures followed another; the generator has gone wrong")
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
