# SPDX-License-Identifier: Apache-2.0
"""Expressions that are made at random, each with the values of its variables.

An expression of a type is made of expressions of the types that its operator wants, so most of them are well-typed; one in
twelve is made of another type, for the checker's sake."""

import base64
import re

TYPES = {"b": "bool", "i": "int", "u": "uint", "d": "double", "s": "string", "y": "bytes",
         "t": "google.protobuf.Timestamp", "r": "google.protobuf.Duration", "li": "list(int)", "ls": "list(string)",
         "m": "map(string, int)", "x": "dyn"}

INTS = [0, 1, -1, 2, 7, 10, 100, 2**31, -2**31, 2**53 + 1, 2**63 - 1, -2**63]
UINTS = [0, 1, 2, 9, 2**32, 2**63, 2**64 - 1]
DOUBLES = ["0.0", "1.0", "-1.5", "0.1", "1e300", "-1e-300", "9007199254740993.0", "2.5", "1e18", "1e19"]
STRINGS = ["", "a", "abc", "ABC", "محمد", "é", "12", "-7", "1.5", "true", "a b", "x😀y", "2024-02-29T12:00:00Z", "90s",
           "name@moh.gov.om", "T", "0x1f", "1e3"]
PATTERNS = ["^a", "b+", "^[0-9]+$", "[A-Z]{2,3}", "a|c$", ".*", "^$", r"\\d\\d", "(a)(b)", "م.م"]
TIMES = [(0, 0), (1709208000, 0), (-2208988800, 0), (4102444800, 500000000), (951782400, 500000000), (-1, 1),
         (-62135596800, 0)]
SPANS = [(0, 0), (90, 0), (-5, -500000000), (86400 * 366, 0), (3600, 1)]
ZONES = ["UTC", "+04:00", "-09:30", "Asia/Muscat", "Europe/Berlin", "No/Where"]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Maker:
    def __init__(self, rng):
        self.rng, self.locals = rng, []

    def one(self, *choices):
        return self.rng.choice(choices)

    # -- leaves

    def literal(self, kind):
        rng = self.rng
        if kind == "b":
            return self.one("true", "false")
        if kind == "i":
            return str(rng.choice(INTS)) if rng.random() < 0.5 else str(rng.randint(-20, 20))
        if kind == "u":
            return f"{rng.choice(UINTS)}u"
        if kind == "d":
            return rng.choice(DOUBLES)
        if kind == "s":
            return quoted(rng.choice(STRINGS))
        if kind == "y":
            return self.one('b""', 'b"abc"', r'b"\xff\x00"', 'b"é"')
        if kind == "t":
            return self.one('timestamp("2024-02-29T23:59:59Z")', 'timestamp("0001-01-01T00:00:00Z")',
                            'timestamp("1999-12-31T20:00:00.123456789-04:00")', "timestamp(1709208000)")
        if kind == "r":
            return self.one('duration("90m")', 'duration("-1.5s")', 'duration("0")', 'duration("1h2m3s4ms5us6ns")')
        if kind == "li":
            return "[" + ", ".join(self.literal("i") for _ in range(rng.randint(0, 4))) + "]"
        if kind == "ls":
            return "[" + ", ".join(self.literal("s") for _ in range(rng.randint(0, 4))) + "]"
        if kind == "m":
            keys = rng.sample(STRINGS, rng.randint(0, 3))
            return "{" + ", ".join(f"{quoted(key)}: {self.literal('i')}" for key in keys) + "}"
        return "dyn(" + self.literal(self.one("b", "i", "u", "d", "s", "li")) + ")"

    def leaf(self, kind):
        here = [name for name, of in self.locals if of == kind]
        if here and self.rng.random() < 0.7:
            return self.rng.choice(here)
        return kind + "0" if self.rng.random() < 0.55 else self.literal(kind)

    # -- the rest

    def make(self, kind, depth):
        if self.rng.random() < 0.02:
            kind = self.rng.choice(list(TYPES))
        if depth <= 0 or self.rng.random() < 0.15:
            return self.leaf(kind)
        return getattr(self, "make_" + kind)(depth - 1)

    def macro(self, depth, form):
        """form: a function of the list's text, the variable, and what makes its body."""
        of = self.one("i", "s")
        items = self.make("l" + of, depth)
        name = f"v{len(self.locals)}"
        self.locals.append((name, of))
        text = form(items, name, lambda kind: self.make(kind, depth - 1))
        self.locals.pop()
        return text

    def make_b(self, d):
        rng, m = self.rng, self.make
        roll = rng.randrange(20)
        if roll == 18:
            return f"math.{self.one('isNaN', 'isInf', 'isFinite')}({m('d', d)})"
        if roll == 19:
            kind = self.one("li", "ls")
            return f"sets.{self.one('contains', 'equivalent', 'intersects')}({m(kind, d)}, {m(kind, d)})"
        if roll < 3:
            return f"({m('b', d)} {self.one('&&', '||')} {m('b', d)})"
        if roll == 3:
            return f"!({m('b', d)})"
        if roll < 7:
            kind = self.one("i", "u", "d", "s", "y", "t", "r", "b")
            return f"({m(kind, d)} {self.one('<', '<=', '>', '>=', '==', '!=')} {m(kind, d)})"
        if roll == 7:
            return f"({m(self.one('i', 'u', 'd'), d)} {self.one('<', '<=', '>', '>=')} {m(self.one('i', 'u', 'd'), d)})"
        if roll == 8:
            return f"({m('x', d)} {self.one('==', '!=')} {m(self.one('i', 'u', 'd', 's', 'li', 'm', 'x'), d)})"
        if roll == 9:
            return f"{m('s', d)}.{self.one('contains', 'startsWith', 'endsWith')}({m('s', d)})"
        if roll == 10:
            return f"{m('s', d)}.matches({quoted(rng.choice(PATTERNS))})"
        if roll == 11:
            return f"({m('i', d)} in {m('li', d)})"
        if roll == 12:
            return f"({m('s', d)} in {self.one(m('ls', d), m('m', d))})"
        if roll < 16:
            return self.macro(d, lambda items, name, body: f"{items}.{self.one('all', 'exists', 'exists_one')}"
                                                           f"({name}, {body('b')})")
        if roll == 16:
            return f"has(m0.{self.one('a', 'abc', 'nothing')})"
        return f"({m('b', d)} ? {m('b', d)} : {m('b', d)})"

    def make_i(self, d):
        rng, m = self.rng, self.make
        roll = rng.randrange(18)
        if roll == 14:
            return self.one(f"{m('s', d)}.indexOf({m('s', d)}, {rng.randint(-1, 4)})",
                            f"({m('s', d)} + 'abc').lastIndexOf({m('s', d)}, {rng.randint(-1, 2)})")
        if roll == 15:
            return f"math.{self.one('bitAnd', 'bitOr', 'bitXor')}({m('i', d)}, {m('i', d)})"
        if roll == 16:
            return f"math.{self.one('bitShiftLeft', 'bitShiftRight')}({m('i', d)}, {self.one(0, 1, 63, 64, -1)})"
        if roll == 17:
            return self.one(f"math.{self.one('abs', 'sign', 'bitNot')}({m('i', d)})", self.extreme("i", d))
        if roll < 5:
            return f"({m('i', d)} {self.one('+', '-', '*', '/', '%')} {m('i', d)})"
        if roll == 5:
            return f"-({m('i', d)})"
        if roll == 6:
            return f"size({m(self.one('s', 'y', 'li', 'ls', 'm'), d)})"
        if roll == 7:
            return f"int({m(self.one('u', 'd', 's', 't'), d)})"
        if roll == 8:
            return f"{m('li', d)}[{m('i', d)}]"
        if roll == 9:
            return f"{m('m', d)}[{m('s', d)}]"
        if roll == 10:
            getter = self.one("getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate", "getDayOfWeek",
                              "getHours", "getMinutes", "getSeconds", "getMilliseconds")
            zone = quoted(rng.choice(ZONES)) if rng.random() < 0.5 else ""
            return f"{m('t', d)}.{getter}({zone})"
        if roll == 11:
            # a leaf: cel-go takes the parts of a long duration by way of a double
            return f"{self.leaf('r')}.{self.one('getHours', 'getMinutes', 'getSeconds', 'getMilliseconds')}()"
        if roll == 12:
            return f"{m('s', d)}.{self.one('indexOf', 'lastIndexOf')}({m('s', d)})"
        return f"({m('b', d)} ? {m('i', d)} : {m('i', d)})"

    def extreme(self, kind, d):
        items = ", ".join(self.make(kind, d) for _ in range(self.rng.randint(1, 4)))
        return f"math.{self.one('greatest', 'least')}({self.one(items, '[' + items + ']')})"

    def format(self, d):
        """Verbs and the values that they take."""
        kinds = {"%s": "biudsytr", "%d": "iud", "%f": "iud", "%.2f": "d", "%e": "d", "%.0e": "d", "%.17f": "d", "%b": "bi", "%o": "iu",
                 "%x": "iusy", "%X": "iusy"}
        verbs = [self.one(*kinds) for _ in range(self.rng.randint(0, 3))]
        values = [self.leaf("r") if kind == "r" else self.make(kind, d) for kind in (self.one(*kinds[verb]) for verb in verbs)]
        return f"{quoted(self.one('', '%% ', 'م: ') + self.one('', ', ').join(verbs))}.format([{', '.join(values)}])"

    def make_u(self, d):
        if self.rng.random() < 0.1:
            return self.extreme("u", d)
        if self.rng.random() < 0.6:
            return f"({self.make('u', d)} {self.one('+', '-', '*', '/', '%')} {self.make('u', d)})"
        return f"uint({self.make(self.one('i', 'd', 's'), d)})"

    def make_d(self, d):
        if self.rng.random() < 0.6:
            return f"({self.make('d', d)} {self.one('+', '-', '*', '/')} {self.make('d', d)})"
        return self.one(f"double({self.make(self.one('i', 'u', 's'), d)})", self.extreme("d", d),
                        f"math.{self.one('sign', 'sqrt')}({self.make('d', d)})",
                        f"math.{self.one('ceil', 'floor', 'round', 'trunc', 'abs')}({self.make('d', d)})",
                        f"-({self.make('d', d)})")

    def make_s(self, d):
        m = self.make
        roll = self.rng.randrange(14)
        if roll == 9:
            return self.format(d)
        if roll == 10:
            return f"{m('s', d)}.substring({m('i', d)}, {m('i', d)})"
        if roll == 11:
            return f"{m('s', d)}.replace({m('s', d)}, {m('s', d)}, {self.rng.randint(-1, 3)})"
        if roll == 12:
            return self.one(f"{m('s', d)}.reverse()", f"strings.quote({m('s', d)})")
        if roll == 13:
            return f"base64.encode({m('y', d)})"
        if roll < 2:
            return f"({m('s', d)} + {m('s', d)})"
        if roll == 2:
            kind = self.one("i", "u", "b", "s", "y", "t", "r")  # cel-go prints a long duration by way of a double
            return f"string({self.leaf('r') if kind == 'r' else m(kind, d)})"
        if roll == 3:
            return f"{m('s', d)}.{self.one('lowerAscii', 'upperAscii', 'trim')}()"
        if roll == 4:
            return f"{m('s', d)}.{self.one('charAt', 'substring')}({m('i', d)})"
        if roll == 5:
            return f"{m('s', d)}.replace({m('s', d)}, {m('s', d)})"
        if roll == 6:
            return f"{m('ls', d)}.join({self.one('', quoted('-'))})"
        if roll == 7:
            return f"{m('ls', d)}[{m('i', d)}]"
        return f"({m('b', d)} ? {m('s', d)} : {m('s', d)})"

    def make_y(self, d):
        return self.one(f"({self.make('y', d)} + {self.make('y', d)})", f"bytes({self.make('s', d)})",
                        f"base64.decode({self.make('s', d)})")

    def make_t(self, d):
        return self.one(f"({self.make('t', d)} {self.one('+', '-')} {self.make('r', d)})",
                        f"timestamp({self.make(self.one('s', 'i'), d)})", f"({self.make('r', d)} + {self.make('t', d)})")

    def make_r(self, d):
        return self.one(f"({self.make('r', d)} {self.one('+', '-')} {self.make('r', d)})",
                        f"({self.make('t', d)} - {self.make('t', d)})", f"duration({self.make('s', d)})")

    def make_li(self, d):
        if self.rng.random() < 0.4:
            return self.of_list("li", d)
        return self.one(f"lists.range({self.rng.randint(0, 4)})",
                        f"[{self.make('li', d)}, {self.make('li', d)}].flatten()",
                        f"({self.make('li', d)} + {self.make('li', d)})",
                        f"[{self.make('i', d)}, {self.make('i', d)}]",
                        self.macro(d, lambda items, name, body: f"{items}.map({name}, {body('i')})"),
                        self.macro(d, lambda items, name, body: f"{items}.map({name}, {body('b')}, {body('i')})"),
                        f"{self.make('li', d)}.filter(w, w > {self.make('i', d - 1)})")

    def of_list(self, kind, d):
        items = self.make(kind, d)
        return self.one(f"{items}.distinct()", f"{items}.reverse()", f"{items}.sort()",
                        f"{items}.slice({self.rng.randint(-1, 2)}, {self.rng.randint(0, 4)})",
                        f"{items}.sortBy(w, {'-w' if kind == 'li' else 'size(w)'})")

    def make_ls(self, d):
        if self.rng.random() < 0.4:
            return self.of_list("ls", d)
        return self.one(f"{self.make('s', d)}.split({self.make('s', d)}, {self.rng.randint(-1, 3)})",
                        f"({self.make('ls', d)} + {self.make('ls', d)})", f"{self.make('s', d)}.split({self.make('s', d)})",
                        self.macro(d, lambda items, name, body: f"{items}.map({name}, {body('s')})"))

    def make_m(self, d):
        return f"{{{quoted('a')}: {self.make('i', d)}, {quoted('abc')}: {self.make('i', d)}}}"

    def make_x(self, d):
        return f"dyn({self.make(self.one('b', 'i', 'u', 'd', 's', 'li', 'ls', 'm', 't'), d)})"


def bound(rng, kind):
    """A value for a variable, tagged."""
    if kind == "b":
        return {"bool": rng.random() < 0.5}
    if kind == "i":
        return {"int": str(rng.choice(INTS))}
    if kind == "u":
        return {"uint": str(rng.choice(UINTS))}
    if kind == "d":
        return {"double": rng.choice([*DOUBLES, "NaN", "Infinity", "-Infinity"])}
    if kind == "s":
        return {"string": rng.choice(STRINGS)}
    if kind == "y":
        return {"bytes": base64.b64encode(rng.choice([b"", b"abc", b"\xff\x00", "é".encode()])).decode()}
    if kind == "t":
        return {"time": "%d %d" % rng.choice(TIMES)}
    if kind == "r":
        return {"span": "%d %d" % rng.choice(SPANS)}
    if kind in ("li", "ls"):
        return {"list": [bound(rng, kind[1]) for _ in range(rng.randint(0, 4))]}
    if kind == "m":
        return {"map": [[{"string": key}, bound(rng, "i")] for key in rng.sample(STRINGS, rng.randint(0, 3))]}
    return bound(rng, rng.choice(["b", "i", "u", "d", "s", "li", "m"]))


def question(rng):
    kind = rng.choice(["b", "b", "b", "b", "i", "u", "d", "s", "y", "t", "r", "li", "ls", "m"])
    return {"expr": Maker(rng).make(kind, rng.randint(1, 4)), "types": {k + "0": t for k, t in TYPES.items()},
            "bindings": {k + "0": bound(rng, k) for k in TYPES}}


def known_difference(question, ours, theirs):
    """Where cel-go has its own way. Its durations are at most 292 years long and printed by way of a double; getMilliseconds()
    of a duration is all of them there, and those within the second by the specification's tests; int(duration) is no
    overload of the specification; string(timestamp) keeps the zone that the text had. It looks into literals when it
    compiles; to sort or to sign what may be anything gives the type that stands first in its table of functions, and the
    greatest of one such value is an error. A search that begins behind the text finds nothing there, and is an error by
    the specification's tests. It prints bytes that are no text."""
    text = question["expr"]
    timed = any(word in text for word in ("timestamp", "duration", "t0", "r0"))
    return (theirs.get("error") == "integer overflow" and "error" not in ours and timed
            or ".getMilliseconds()" in text
            or "int does not take (google.protobuf.Duration)" in ours.get("refused", "")
            or ("string(" in text or "format(" in text) and "-04:00" in text
            or any(word in theirs.get("refused", "") for word in ("simple literal", "invalid single argument", "clause can", "can be formatted"))
            or "'sort'" in theirs.get("refused", "") or "AssociatedKeys" in theirs.get("refused", "")
            or "refused" in theirs and re.search(r"sort|math\.|-\(", text) and re.search(r"\[\]|\{\}|flatten", text)
            or theirs.get("error", "").startswith("no such overload: math.@m")
            or re.search(r"string\(\(.*(duration|r0)", text)
            or "ndexOf(" in text and ours.get("text") == "the position is outside the text"
            or "%s" in text and ours.get("error") == "bad_utf8")
