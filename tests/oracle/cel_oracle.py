#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our CEL against the specification's simple tests, against cel-go on expressions that are made at random, against
fastavro on what rules read of events, and against Python's decimal.

The first two come from packages (ops/install puts them into build/clients/cel): the tests of the Go module cel.dev/expr, and cel-go
as a program. Which of the tests do not concern us stands in cel_left_out.py, each with its reason; one that stands there
and would pass is a failure too, so that the list stays true.

    tests/oracle/cel_oracle.py [--tool build/asan/tests/cel_tool] [--cases N] [--seed S]

Exit 0 when all hold, 1 when something does not, 2 when the oracle cannot run."""

import argparse
import decimal
import json
import math
import random
import re
import sys

from programs import Program, Tally  # first: it puts the repository on the path

import cel_events
import cel_left_out
import cel_random
from tests.kit.paths import BUILD

CEL = BUILD / "clients" / "cel"

# ---- values ----


def seconds_of(text):
    """Protobuf's JSON of a time or duration, as (seconds, nanos)."""
    found = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?s", text)
    if found:
        sign = -1 if found[1] else 1
        return sign * int(found[2]), sign * int((found[3] or "0").ljust(9, "0"))
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z", text)
    year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
    return (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second,
            int((found[7] or "0").ljust(9, "0")))


def days_of(year, month, day):
    import datetime
    return datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal()


def plain(value):
    """A tagged value as something that == compares as the specification's tests mean it."""
    (kind, inner), = value.items()
    if kind == "double":
        number = float(inner.replace("Infinity", "inf"))
        return (kind, "NaN") if math.isnan(number) else (kind, number, math.copysign(1, number))
    if kind in ("timestamp", "duration"):
        return ("time" if kind == "timestamp" else "span", *seconds_of(inner))
    if kind in ("time", "span"):
        return (kind, *map(int, inner.split()))
    if kind == "list":
        return (kind, tuple(plain(item) for item in inner))
    if kind == "map":
        return (kind, frozenset((plain(key), plain(item)) for key, item in inner))
    return kind, inner


# ---- the specification's tests ----


def fault_of(test, answer):
    """What is wrong with the answer, or None."""
    if "refused" in answer:
        return None if test.get("error") else f"refused: {answer['refused']}"
    if test.get("error"):
        return None if "error" in answer else f"is {answer['value']}, where an error was expected"
    if test.get("deduced") and not test["untyped"] and answer.get("type") != test["deduced"]:
        return f"has the type {answer.get('type')}, where {test['deduced']} was expected"
    if test.get("check_only"):
        return None
    if "error" in answer:
        return f"fails with {answer['error']} ({answer['text']}), where {test['value']} was expected"
    if "value" in test and plain(answer["value"]) != plain(test["value"]):
        return f"is {answer['value']}, where {test['value']} was expected"
    return None


def conformance(tool, tally):
    tests = [json.loads(line) for line in (CEL / "spec.jsonl").open()]
    seen = set()
    for test in tests:
        name = f"{test['file']}/{test['section']}/{test['name']}"
        why = test.get("unsupported") or cel_left_out.reason(name, test["expr"], seen)
        if test.get("unsupported"):
            continue
        answer = tool.ask(test)
        fault = fault_of(test, answer)
        if why is not None:
            if fault is None and not test.get("error"):
                tally.put(name, f"is left out ({why}), and passes", test["expr"])
            continue
        tally.put(name, fault, test["expr"])
    tally.put("the list of what is left out", cel_left_out.unused(seen))
    ours = sum(1 for t in tests if not t.get("unsupported")
               and cel_left_out.reason(f"{t['file']}/{t['section']}/{t['name']}", t["expr"], seen) is None)
    print(f"{ours} of the specification's {len(tests)} tests concern us")


# ---- cel-go ----


def outcome(answer):
    if "refused" in answer:
        return "refused"
    return "error" if "error" in answer else plain(answer["value"])


def against_cel_go(tool, go, cases, seed, tally):
    rng = random.Random(seed)
    kinds = {"refused": 0, "error": 0, "value": 0}
    for number in range(cases):
        question = cel_random.question(rng)
        ours, theirs = tool.ask(question), go.ask(question)
        mine, other = outcome(ours), outcome(theirs)
        kinds[mine if isinstance(mine, str) else "value"] += 1
        if mine != other and not cel_random.known_difference(question, ours, theirs):
            tally.put(f"case {number} of seed {seed}", f"ours {ours}, cel-go {theirs}", question)
        else:
            tally.put(f"case {number}", None)
    print(f"at random: {kinds['value']} values, {kinds['error']} errors, {kinds['refused']} refused")
    if kinds["value"] < cases / 3:
        tally.put("the expressions that are made", "too few of them have a value")


# ---- events ----


def of_events(tool, cases, rng, tally):
    """What fastavro has written is what a rule reads; and a rule that says the contrary fails."""
    for number in range(cases):
        question = cel_events.question(rng)
        for rule in question["rules"]:
            answer = tool.ask({**question, "expr": rule})
            fault = None if answer.get("value") == {"bool": True} else f"{rule}: {answer}"
            tally.put(f"event {number}", fault, {"structure": question["structure"]})


# ---- decimals ----

DIVIDING = decimal.Context(prec=38, rounding=decimal.ROUND_HALF_UP, Emin=-9999, Emax=9999)
EXACT = decimal.Context(prec=5000, Emin=-99999, Emax=99999)


def random_decimal(rng):
    digits = rng.choice([1, 3, 9, 10, 18, 19, 27, 40, 100, 400])
    number = decimal.Decimal(rng.randint(-10**digits, 10**digits)).scaleb(-rng.randint(0, 30), EXACT)
    return rng.choice([number, number, decimal.Decimal(rng.choice(["0", "1", "-1", "0.5", "-0.05", "999999999", "1e9"]))])


def of_decimals(tool, cases, rng, tally):
    """Against Python's decimal: exact, and 38 digits where something is divided."""
    trunc = decimal.ROUND_DOWN
    operations = {
        "decimals.add": lambda a, b: EXACT.add(a, b), "decimals.sub": lambda a, b: EXACT.subtract(a, b),
        "decimals.mul": lambda a, b: EXACT.multiply(a, b), "decimals.div": lambda a, b: DIVIDING.divide(a, b),
        "decimals.mod": lambda a, b: EXACT.remainder(a, b), "decimals.greatest": max, "decimals.least": min,
        "decimals.round": lambda a, b: a.quantize(decimal.Decimal(1), decimal.ROUND_HALF_UP, EXACT),
        "decimals.trunc": lambda a, b: a.quantize(decimal.Decimal(1), trunc, EXACT),
        "decimals.floor": lambda a, b: a.quantize(decimal.Decimal(1), decimal.ROUND_FLOOR, EXACT),
        "decimals.ceil": lambda a, b: a.quantize(decimal.Decimal(1), decimal.ROUND_CEILING, EXACT),
        "decimals.sqrt": lambda a, b: DIVIDING.sqrt(a), "decimals.neg": lambda a, b: EXACT.minus(a)}
    for number in range(cases):
        a, b = random_decimal(rng), random_decimal(rng)
        name = rng.choice(sorted(operations))
        one = name.split(".")[1] in ("round", "trunc", "floor", "ceil", "sqrt", "neg")
        try:
            wanted = operations[name](a, b)
        except decimal.InvalidOperation:
            wanted = None
        except decimal.DivisionByZero:
            wanted = None
        text = f'{name}(decimal("{a:f}"){"" if one else f""", decimal("{b:f}")"""})'
        answer = tool.ask({"expr": text})
        if wanted is None:
            fault = None if "error" in answer else "an error was expected"
        else:
            got = answer.get("value", {}).get("decimal")
            fault = None if got is not None and decimal.Decimal(got) == wanted else f"{wanted:f} was expected"
        tally.put(f"decimal {number}", fault and f"{text}: {answer}; {fault}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", default=BUILD / "asan" / "tests" / "cel_tool")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    if not (CEL / "spec.jsonl").is_file():
        print(f"{CEL}/spec.jsonl is not there; ops/install makes it", file=sys.stderr)
        sys.exit(2)
    tally = Tally()
    tool = Program(args.tool)
    conformance(tool, tally)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    against_cel_go(tool, Program(CEL / "celoracle", "evaluate"), args.cases, seed, tally)
    rng = random.Random(seed)
    of_events(tool, args.cases // 10, rng, tally)
    of_decimals(tool, args.cases, rng, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
