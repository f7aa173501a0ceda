#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the functions of decimals in rules against Java's BigDecimal, which Confluent's rules use: values, and scales too.

Questions are written by hand for each edge and made at random; tests/tools/decimal_tool.c and tests/oracle/java/DecimalOracle.java
answer them.

    tests/oracle/decimal_oracle.py [--tool build/asan/tests/decimal_tool] [--cases N] [--seed S]

Exit 0 when all hold, 1 when something does not, 2 when the oracle cannot run."""

import argparse
import random
import sys

from programs import HERE, Program, Tally  # first: it puts the repository on the path

from tests.kit.paths import BUILD

MOST_DIGITS = 1000
TWO = ["decimals.eq", "decimals.lt", "decimals.le", "decimals.gt", "decimals.ge", "_<_", "_<=_", "_>_", "_>=_",
       "decimals.add", "decimals.sub", "decimals.mul", "decimals.div", "decimals.mod", "_+_", "_-_", "_*_", "_/_", "_%_",
       "decimals.greatest", "decimals.least"]
ONE = ["decimals.sqrt", "decimals.neg", "decimals.abs", "decimals.sign", "decimals.round", "decimals.trunc",
       "decimals.floor", "decimals.ceil", "-_", "string", "double"]
ROUNDING = ["decimals.round", "decimals.trunc"]
HANDED_ON = ["decimals.greatest", "decimals.least", "decimals.trunc"]  # an argument may be the result, with bytes of its own

# ---- arguments ----


def decimal(unscaled, scale, spare=0):
    """As the tools read it; spare: bytes of sign that say nothing, as a fixed of Avro has them."""
    size = (unscaled if unscaled >= 0 else ~unscaled).bit_length() // 8 + 1 + spare
    return f"c {scale} {unscaled.to_bytes(size, 'big', signed=True).hex()}"


def written(text):
    """"-1.50" as an argument."""
    whole, _, behind = text.partition(".")
    return decimal(int(whole + behind), len(behind))


EDGES = ["0", "0.00", "1", "-1", "1.0", "0.5", "-0.5", "1.5", "2.5", "-2.5", "0.05", "-0.05", "9", "9.5", "99.95", "10", "100", "3",
         "0.3", "0.30", "7", "144", "2", "1000000000", "999999999", "-999999999.999999999", "127", "128", "-128", "-129",
         "255", "256", "32767", "-32768", "999999999999999999", "1000000000000000000", "9223372036854775807",
         "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "0.000000000000000001",
         "99999999999999999999999999999999999999", "99999999999999999999999999999999999999.5",
         "12345678901234567890123456789012345678", "0." + "9" * 40, "0." + "0" * 37 + "1", "1" + "0" * 40,
         "9" * MOST_DIGITS, "-" + "9" * MOST_DIGITS, "1" + "0" * (MOST_DIGITS - 1), "0." + "0" * (MOST_DIGITS - 1) + "1",
         "0." + "9" * (MOST_DIGITS - 1)]

TEXTS = ["", "+", "-", ".", "1.", ".5", "+.5", "-1", "+1", "--1", "1e5", "1E+5", "1e-5", "1e", "1e+", "e5", "1.2.3", " 1", "1 ", "1_0",
         "0x1", "1f", "1d", "NaN", "Infinity", "00012.30", "-0", "-0.00", "0e10", "0e5000", "0e-5", "1e999", "1e1000", "1e-1000",
         "1e-1001", "9" * 1000, "9" * 1001, "0" * 3000 + "1", "1." + "0" * 999, "1e99999999999", "1e2147483648", "12,5", "١٢", "1\u00a00"]

DOUBLES = ["0.0", "-0.0", "1.0", "0.1", "-1.5", "100.0", "9999999.0", "10000000.0", "12345678.0", "123456789012345.0", "1e22", "1e100",
           "0.001", "0.0001", "1.25e-7", "1e-10", "9007199254740993.0", "1e308", "2.5e-300", "NaN", "Infinity", "-Infinity"]

SCALES = [0, 1, -1, 2, -2, 9, -9, 18, -18, 38, 999, 1000, 1001, -999, -1000, -1001, -100000, 2**31 - 1, 2**31, -2**31 - 1, 2**32]


def by_hand():
    edges = [written(text) for text in EDGES]
    for name in TWO:
        yield from ((name, a, b) for a in edges for b in edges)
    for name in ONE:
        yield from ((name, a) for a in edges)
    for name in ROUNDING:
        yield from ((name, a, f"i {scale}") for a in edges for scale in SCALES)
    yield from ((name, decimal(number, 2, 600)) for name in ONE for number in (5, -5, 10**20, -10**20))  # mostly sign
    yield from (("decimal", f"s {text}") for text in TEXTS)
    yield from (("decimal", f"d {text}") for text in DOUBLES)
    yield from (("decimal", f"i {number}") for number in (0, 1, -1, 2**63 - 1, -2**63))
    yield from (("decimal", f"u {number}") for number in (0, 1, 2**63, 2**64 - 1))
    yield from (("decimal", f"y {hexes}", f"i {scale}") for scale in SCALES if scale not in (-1001, -100000)
                for hexes in ("", "00", "ff", "0000", "ffff", "80", "0080", "7f" + "ff" * 20))


# ---- at random ----


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def digits(self):
        """How many: those of ordinary amounts mostly, and those where a word or a fast way ends."""
        rng = self.rng
        return rng.choice([1, 2, 3, 6, 9, 10, 17, 18, 19, 20, 27, 28, 37, 38, 39, 45, 80, rng.randint(1, 300), rng.randint(1, 999)])

    def number(self):
        rng, count = self.rng, self.digits()
        number = rng.choice([rng.randint(0, 10**count - 1), 10**count - 1, 10**(count - 1), 10**(count - 1) + 1,
                             rng.randint(0, 10**(count // 2)) * 10**(count - count // 2),
                             rng.randint(0, 10**((count + 1) // 2) - 1) ** 2, 5 * 10**(count - 1)])
        return rng.choice((1, -1)) * number

    def scale(self):
        return self.rng.choice([0, 0, 1, 2, 2, 3, 4, 9, 10, 18, 19, 30, self.rng.randint(0, 60), self.rng.randint(0, 1000)])

    def pair(self):
        """Two numbers, which are often one a multiple of the other, or nearly equal."""
        rng, a, scale = self.rng, self.number(), self.scale()
        roll = rng.random()
        if roll < 0.6:
            return (a, scale), (self.number(), self.scale())
        if roll < 0.8:
            more = rng.randint(0, 20)
            return (a, scale), (a * 10**more + rng.choice((-1, 0, 1)), min(scale + more, 1000))
        b = rng.randint(1, 10**rng.randint(1, 20))
        return (a * b, scale), (b, self.scale())

    def argument(self, number, scale):
        size = len(str(abs(number)))
        spare = self.rng.choice((0, 0, 0, 1, 9))
        return decimal(number, scale, spare if size <= MOST_DIGITS - 30 else 0) if size <= MOST_DIGITS else decimal(1, scale)

    def text(self):
        rng = self.rng
        text = str(self.number())
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(("", ".")) + text[at:] + rng.choice(("", "", f"e{rng.randint(-40, 40)}"))
        if rng.random() < 0.1:
            at = rng.randint(0, len(text))
            text = text[:at] + rng.choice("-+.eE x٣") + text[at:]
        return f"s {text}"

    def question(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.65:
            a, b = self.pair()
            return rng.choice(TWO), self.argument(*a), self.argument(*b)
        if roll < 0.80:
            return rng.choice(ONE), self.argument(self.number(), self.scale())
        if roll < 0.90:
            return (rng.choice(ROUNDING), self.argument(self.number(), self.scale()),
                    f"i {rng.choice([*SCALES, rng.randint(-40, 40)])}")
        if roll < 0.97:
            return "decimal", self.text()
        return "decimal", f"d {rng.uniform(-1, 1) * 10.0**rng.randint(-30, 30)!r}"


# ---- outcomes ----


def wanted(question, theirs):
    """What we are to answer where BigDecimal answers this."""
    if question[0] == "decimal" and question[1].startswith("s ") and not question[1].isascii():
        return {"error"}  # Java takes the digits of every script; ours are ASCII, as everywhere in the register
    if "error" in theirs or theirs.get("digits", 0) > MOST_DIGITS or theirs.get("scale", 0) > MOST_DIGITS:
        return {"error"}
    return theirs


def fault_of(question, ours, theirs):
    want = wanted(question, theirs)
    if want == {"error"}:
        return None if "error" in ours else "an error was expected"
    if "double" in want and "double" in ours:
        return None if float(ours["double"]) == float(want["double"]) else "another number"
    if "digits" in want and "decimal" in ours:
        mine, other = number_of(ours), number_of(want)
        if question[1].startswith("d ") and digits_of(mine) < digits_of(other):  # Java before 19 is not always the shortest
            return None if float("%de-%d" % mine) == float(question[1][2:]) else "another number"
        same_bytes = question[0] in HANDED_ON or ours["decimal"] == want["decimal"]
        return None if mine == other and same_bytes else "differs"
    return None if ours == want else "differs"


def digits_of(number):
    return len(str(abs(number[0])).rstrip("0"))


def number_of(answer):
    return int.from_bytes(bytes.fromhex(answer["decimal"]), "big", signed=True), answer["scale"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", default=BUILD / "asan" / "tests" / "decimal_tool")
    parser.add_argument("--cases", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    maker = Maker(random.Random(seed))
    java = Program("java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto", HERE / "java" / "DecimalOracle.java")
    tool, tally, failing = Program(args.tool), Tally(), 0
    questions = [*by_hand(), *(maker.question() for _ in range(args.cases))]
    for question in questions:
        ours = tool.ask({"call": question[0], "args": question[1:]})
        theirs = java.ask_line("\t".join(question))
        failing += "error" in ours
        fault = fault_of(question, ours, theirs)
        tally.put(question[0], fault and f"{fault}: ours {ours}, Java's {theirs}", question)
    if not len(questions) / 100 < failing < len(questions) / 3:
        tally.put("the questions that are made", f"{failing} of {len(questions)} fail: too few, or too many")
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
