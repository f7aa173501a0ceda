#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the compatibility check with Avro's own (the Java library, two versions of it, as Confluent's registry uses it).

Pairs of schemas, written by hand for each rule and made at random, are asked of tests/tools/compat_tool.c and of
tests/oracle/java/CompatOracle.java. Results must be equal; so must the types and places of the faults, see `known_differences`.
Levels are checked against the results of pairs.

    tests/oracle/compat_oracle.py [--tool build/asan/tests/compat_tool] [--cases N] [--seed S]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import collections
import random
import sys

from programs import Program, Tally, java, versions  # first: it puts the repository on the path

from compat_pairs import ON_PURPOSE, by_hand, defaults_of_a_later_branch
from compat_random import cut, entangled, random_pair, readable, untangle
from tests.kit.avro_cases import as_schema
from tests.kit.paths import BUILD

LEVELS = ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"]


def as_path(location):
    """The library's location as a pointer into the reader: without the numbers of the writer's branches. (A number is the
    reader's own only after "fields".)"""
    words = location.strip("/").split("/") if location != "/" else []
    return "".join("/" + w for before, w in zip([None, *words], words) if not w.isdigit() or before == "fields")


def known_differences(theirs, ours, used):
    """What is left of two sets of (type, path) without the differences that are on purpose:

    - what the library found while it tried a union's branches it keeps for the same pair of types met elsewhere, with a
      path that begins at that branch (1.11 begins anew at every branch of a writer's union); ours begins at the root;
    - a field that the writer lacks, an enum with a default of its own, is a mismatch of that enum and the writer's whole
      record to the library, reported once for all fields of that enum; to us each is a field without default."""
    lacking = "READER_FIELD_MISSING_DEFAULT_VALUE"
    for fault in [f for f in theirs - ours if f[0] == "TYPE_MISMATCH" and f[2:] == ("enum", "record")]:
        place = fault[1].removesuffix("/type")  # it may begin at a branch, too
        if any(kind == lacking and path.endswith(place) for kind, path in ours):
            theirs = theirs - {fault} | {f for f in ours if f[0] == lacking}
            used["an enum's own default"] += 1
    theirs = {f[:2] for f in theirs}
    mine, others = ours - theirs, theirs - ours
    left_mine = {m for m in mine if not any(m[0] == t[0] and m[1].endswith(t[1]) for t in theirs)}
    left_others = {t for t in others if not any(m[0] == t[0] and m[1].endswith(t[1]) for m in ours)}
    if (mine or others) and not (left_mine or left_others):
        used["a path from a branch"] += 1
    return left_others, left_mine


def difference(theirs, ours, used):
    """None, or in words."""
    if "compatible" not in ours:
        return "we have no verdict: %s" % ours
    if "refused" in theirs:
        return "the library refused: %s" % theirs["refused"]
    verdict = theirs.get("compatible", False)
    if verdict != ours["compatible"]:
        return "the library says %s (%s), we say %s" % (verdict, theirs.get("thrown", theirs.get("faults")), ours)
    types = [f["type"] for f in ours["faults"]]
    if "thrown" in theirs:
        # In a union's branch the ambiguous field is one reason among others why the branch is not the one.
        good = {"READER_FIELD_AMBIGUOUS", "MISSING_UNION_BRANCH"} & set(types)
        return None if good else "the library throws %s, we say %s" % (theirs["thrown"], ours)
    left = known_differences({(f["type"], as_path(f["location"]), f["reader"], f["writer"]) for f in theirs["faults"]},
                 {(f["type"], f["path"]) for f in ours["faults"]}, used)
    return "only the library: %s; only we: %s" % tuple(sorted(x) for x in left) if left[0] or left[1] else None


class Judge(Tally):
    def __init__(self, tool, libraries):
        super().__init__()
        self.tool, self.libraries = tool, libraries
        self.verdicts = collections.Counter()
        self.types = collections.Counter()
        self.used = collections.Counter()
        self.refused = collections.Counter()
        self.tangles = collections.Counter()

    def readable(self, *schemas):
        """Whether the libraries take the schemas at all: they cannot check a default of a record that is still being read."""
        answers = [library.ask([s, s]) for library in self.libraries.values() for s in schemas]
        refused = [a["refused"] for a in answers if "refused" in a]
        self.refused.update(set(refused))
        return not refused

    def pair(self, what, reader, writer, since=""):
        ours = self.tool.ask([reader, writer])
        fault = None
        for version, library in self.libraries.items():
            if version < since:
                continue
            theirs = library.ask([reader, writer])
            found = difference(theirs, ours, self.used)
            fault = fault or (found and "%s: %s" % (version, found))
        self.verdicts[ours.get("compatible")] += 1
        self.types.update(f["type"] for f in ours.get("faults", []))
        self.put(what, fault, reader, writer)

    def entangled(self, reader, writer, roots):
        """The library may keep answers that it should not, and then says yes where the plain way says no (ON_PURPOSE)."""
        schemas = [as_schema(root) for root in roots]
        mine = self.tool.ask(schemas).get("compatible")
        plain = readable(reader, writer, roots)
        theirs = {library.ask(schemas).get("compatible") for library in self.libraries.values()}
        self.used["the library keeps an answer"] += theirs == {True} and not plain
        good = mine == plain and (theirs == {plain} or (theirs == {True} and not plain))
        self.put("entangled", None if good else "plainly %s, the library %s, we %s" % (plain, theirs, mine), *schemas)
        self.tangles[plain] += 1

    def on_purpose(self, why, reader, writer, theirs, ours):
        found = [library.ask([reader, writer]).get("compatible", False) for library in self.libraries.values()]
        mine = self.tool.ask([reader, writer]).get("compatible")
        good = set(found) == {theirs} and mine == ours
        self.put("on purpose", None if good else "%s: the library says %s, we %s" % (why, found, mine), reader, writer)

    def level(self, level, upcoming, earlier):
        answer = self.tool.ask({"level": level, "next": upcoming, "earlier": earlier})
        asked = range(len(earlier)) if level.endswith("TRANSITIVE") else range(len(earlier))[-1:]
        library = next(iter(self.libraries.values()))
        expected = set()
        for i in asked:
            if "BACKWARD" in level or "FULL" in level:
                expected |= {(i, True)} - ({(i, True)} if library.ask([upcoming, earlier[i]]).get("compatible") else set())
            if "FORWARD" in level or "FULL" in level:
                expected |= {(i, False)} - ({(i, False)} if library.ask([earlier[i], upcoming]).get("compatible") else set())
        order = [(f["earlier"], f["backward"]) for f in answer.get("faults", [])]
        fault = None
        if set(order) != expected or answer.get("compatible") != (not expected):
            fault = "%s: not %s but %s" % (level, sorted(expected), answer)
        elif order != sorted(order, key=lambda x: (-x[0], x[1])):
            fault = "%s: not from the newest to the oldest: %s" % (level, order)
        self.put("level", fault, upcoming, *earlier)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", default=BUILD / "asan/tests/compat_tool")
    parser.add_argument("--cases", type=int, default=600, help="random pairs, each asked both ways")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    libraries = {version: java(version, "CompatOracle.java") for version in versions()}
    print("seed %d, Avro %s" % (seed, ", ".join(libraries)))
    rng = random.Random(seed)
    judge = Judge(Program(args.tool), libraries)

    for case in by_hand():
        judge.pair(*case)
    for case in defaults_of_a_later_branch():
        judge.pair(*case, since="1.12")
    for case in ON_PURPOSE:
        judge.on_purpose(*case)
    print("by hand: %s" % dict(judge.verdicts))
    judge.verdicts.clear()
    for i in range(args.cases):
        reader, writer = random_pair(rng)
        if not judge.readable(reader, writer):
            continue
        judge.pair("random", reader, writer)
        judge.pair("random, turned", writer, reader)
        if i % 5 == 0:
            earlier = [writer, reader, cut(rng, writer), writer][rng.randint(0, 3):]
            judge.level(LEVELS[i // 5 % len(LEVELS)], reader, earlier)
        reader = entangled(rng)
        writer = entangled(rng) if rng.random() < 0.3 else untangle(rng, reader)
        judge.entangled(reader, writer, [reader, writer])
        judge.entangled(reader, writer, [reader[0], writer[0]])
    print("at random: %s, entangled: %s" % (dict(judge.verdicts), dict(judge.tangles)))
    print("faults: %s; on purpose: %s; refused by the library: %s" % tuple(map(dict, (judge.types, judge.used, judge.refused))))
    if sum(judge.refused.values()) > max(5, args.cases // 100):
        judge.put("at random", "too many schemas that the library refuses")
    if args.cases >= 200 and min(judge.verdicts[True], judge.verdicts[False]) < args.cases // 5:
        judge.put("at random", "hardly any pair that is %s" % (judge.verdicts[True] < judge.verdicts[False]))
    print("%d passed, %d failed" % (judge.passed, judge.failed))
    return 1 if judge.failed or judge.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
