#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the decoder with fastavro and with Avro-C on random schemas and values.

Each case is a pair of schemas, a value of the writer's, and its bytes. The row of tests/tools/decode_tool.c must be what
fastavro.schemaless_reader(writer, reader) reads; what fastavro cannot resolve must be refused. Cut at every length
the bytes must be refused as truncated, with one byte more as trailing_bytes. Where reader and writer are one schema without
logical types, Avro-C's value API (tests/tools/avroc_oracle.c) must agree too, union branches included.

    tests/oracle/decode_oracle.py [--tool build/asan/tests/decode_tool] [--cases N] [--seed S] [--full]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import base64
import datetime
import decimal
import io
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from kit.avro_cases import Cases, as_schema, encode, kind, logical  # noqa: E402

try:
    import fastavro
except ImportError:
    print("decode_oracle: fastavro is not installed for " + sys.executable, file=sys.stderr)
    sys.exit(2)

# Where fastavro is not the measure, and what is done about it:
# - reader's defaults come back as the JSON of the schema (a string for bytes, a number for a date, nothing filled in
#   inside records): `same` reads them so.
# - long to float is not rounded to a float: `same` rounds.
# - a reader's union takes the first branch that will do, promotions included; we prefer the same type, as Java does.
#   The generator makes no union with two branches of one family.
# - nothing is said of how deep, how long and how many: no such case is made here, tests/unit has them.
# - a field that the writer lacks and that admits null is null with us even without a default: not made.
# - an array or map whose items can never be read is refused when the plan is compiled; fastavro reads it while it is
#   empty. Where the generator broke a type on purpose, such a refusal is not a fault.
# - text and bytes: fastavro takes U+0000; not made in text, and where bytes become text the case counts as refused.

Num = type("Num", (str,), {})
EPOCH = datetime.datetime(1970, 1, 1)


class Tool:
    def __init__(self, path):
        self.path = path
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("%s died" % self.path)
        return json.loads(line, parse_int=Num, parse_float=Num)


def microseconds(text):
    """ISO 8601 as printed by the engine: microseconds since the epoch."""
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


def same(t, expected, got):
    """Whether what we printed is what fastavro read, for a reader's type."""
    k = kind(t)
    if k == "union":
        return any(same(b, expected, got) for b in t)
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
        raw = expected.encode("latin-1") if isinstance(expected, str) else expected
        return isinstance(raw, bytes) and isinstance(got, str) and got == base64.b64encode(raw).decode()
    if k == "array":
        return isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected) and \
            all(same(t["items"], e, g) for e, g in zip(expected, got))
    if not isinstance(got, dict) or not isinstance(expected, dict):
        return False
    if k == "map":
        return got.keys() == expected.keys() and all(same(t["values"], expected[n], got[n]) for n in got)
    return got.keys() == {f["name"] for f in t["fields"]} and \
        all(same(f["type"], expected.get(f["name"], f.get("default")), got[f["name"]]) for f in t["fields"])


def same_tagged(t, expected, got):
    """As `same`, for Avro-C's JSON: unions tagged with their branch, bytes as Latin-1 text, cut at their first zero."""
    k = kind(t)
    if k == "union":
        if expected is None:
            return "null" in t and got is None
        (tag, inner), = expected.items()
        return any((b["name"] if kind(b) in ("record", "enum", "fixed") else kind(b)) == tag and
                   same_tagged(b, inner, got) for b in t)
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


def read_with_fastavro(writer, reader, data):
    """(True, value) or (False, why)"""
    try:
        stream = io.BytesIO(data)
        value = fastavro.schemaless_reader(stream, fastavro.parse_schema(writer), fastavro.parse_schema(reader))
        return (True, value) if stream.tell() == len(data) else (False, "left bytes")
    except Exception as why:  # noqa: BLE001: each of its many kinds means that it would not read
        return False, "%s: %s" % (type(why).__name__, why)


def has_nul_text(value):
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(has_nul_text(k) or has_nul_text(v) for k, v in value.items())
    return isinstance(value, list) and any(has_nul_text(v) for v in value)


def fault_of_pair(tool, rng, cases):
    writer, reader = cases.pair()
    data = encode(rng, writer, cases.value(writer))
    w, r = as_schema(writer), as_schema(reader)
    answer = tool.ask({"writer": w, "reader": r, "hex": data.hex(), "cuts": len(data) < 600})
    good, value = read_with_fastavro(w, r, data)
    about = "%s\n    %s\n    %s" % (json.dumps(w), json.dumps(r), data.hex())
    fault = None
    if "refused" in answer:
        fault = "the schema was refused: %s" % answer["refused"]
    elif "row" in answer and not good:
        fault = "read as %s, fastavro: %s" % (answer["row"], value)
    elif "row" in answer and not same(reader, value, answer["row"]):
        fault = "read as %s, by fastavro as %s" % (json.dumps(answer["row"]), value)
    elif "incompatible" in answer and cases.broken:
        pass
    elif "row" not in answer and good and not (answer.get("error") == "bad_text" and has_nul_text(value)):
        fault = "refused: %s, by fastavro read as %s" % (answer, value)
    elif "row" in answer and (answer.get("survivors") or answer.get("longer", "trailing_bytes") != "trailing_bytes"):
        fault = "cut or lengthened: %s" % answer
    return ("row" in answer), fault, about


def fault_of_same(tool, avroc, rng, cases):
    schema = cases.record()
    data = encode(rng, schema, cases.value(schema))
    s = as_schema(schema)
    answer = tool.ask({"writer": s, "reader": s, "hex": data.hex(), "cuts": len(data) < 600})
    theirs = avroc.ask({"schema": s, "hex": data.hex()})
    about = "%s\n    %s" % (json.dumps(s), data.hex())
    if "unsupported" in theirs:
        return False, None, about
    if "error" in theirs and answer.get("error") == "bad_text":
        return False, None, about
    if "row" not in answer or "value" not in theirs or not same_tagged(schema, theirs["value"], answer["row"]):
        return True, "ours %s, Avro-C's %s" % (answer, theirs), about
    if answer.get("survivors") or answer.get("longer", "trailing_bytes") != "trailing_bytes":
        return True, "cut or lengthened: %s" % answer, about
    return True, None, about


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", type=pathlib.Path, default=ROOT / "build" / "asan" / "tests" / "decode_tool")
    parser.add_argument("--avroc", type=pathlib.Path, help="avroc_oracle; beside --tool when not given")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    count = args.cases if args.cases is not None else 40000 if args.full else 3000
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    print("seed %d, fastavro %s" % (seed, fastavro.__version__))
    tool = Tool(args.tool)
    avroc = Tool(args.avroc or args.tool.parent / "avroc_oracle")
    passed = failed = read = 0
    for n in range(count):
        rng = random.Random(seed * 1000003 + n)
        if n % 3 == 2:
            counts, fault, about = fault_of_same(tool, avroc, rng, Cases(rng, logical_types=False))
        else:
            counts, fault, about = fault_of_pair(tool, rng, Cases(rng))
        read += counts
        passed += fault is None
        failed += fault is not None
        if fault is not None and failed <= 20:
            print("FAILED case %d: %s\n    %s" % (n, fault[:3000], about[:6000]))
    if read < count // 2:
        print("FAILED: only %d of %d cases were read; the generator has gone wrong" % (read, count))
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
