#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the difference of structures against Avro's own library and against changes whose finding is known.

Of any two structures: what the difference calls safe, the Java library (two versions) can read backward, and its columns
and plan follow the older one's. Of a structure changed in known ways: exactly these findings, each once, at its path.
No structure differs from itself. By hand: what diff_contracts.py's second opinion says of each kind of change.

    tests/oracle/diff_oracle.py [--tool build/asan/tests/diff_tool] [--cases N] [--seed S]

Exit 0 when all hold, 1 when something does not, 2 when the oracle cannot run."""

import argparse
import collections
import copy
import random
import sys

from programs import Program, Tally, java, versions  # first: it puts the repository on the path

import diff_contracts
from compat_random import random_pair
from tests.kit.paths import BUILD

DEFAULTS = {"int": 1, "long": 2, "float": 0.5, "double": 0.25, "string": "s", "bytes": "b", "boolean": True}


class Changer:
    """A structure, and a copy of it in which each field has changed in at most one way."""

    def __init__(self, rng):
        self.rng, self.names = rng, 0
        self.expected = []

    def name(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    def type(self, depth):
        roll = self.rng.random()
        if depth > 0 and roll < 0.12:
            return self.record(depth - 1)
        if depth > 0 and roll < 0.2:
            return {"type": "array", "items": self.type(depth - 1)}
        if depth > 0 and roll < 0.28:
            return {"type": "map", "values": self.type(depth - 1)}
        if roll < 0.4:
            enum = {"type": "enum", "name": self.name("E"), "symbols": ["A", "B", "C"]}
            return {**enum, "default": "C"} if self.rng.random() < 0.5 else enum
        if roll < 0.5:
            return {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
        if roll < 0.55:
            return {"type": "fixed", "name": self.name("F"), "size": 4}
        return self.rng.choice(list(DEFAULTS))

    def record(self, depth):
        fields = [self.field(depth) for _ in range(self.rng.randint(1, 5))]
        return {"type": "record", "name": self.name("R"), "namespace": "x", "fields": fields}

    def field(self, depth):
        inner = self.type(depth)
        field = {"name": self.name("f"), "type": inner}
        if isinstance(inner, str) and self.rng.random() < 0.3:
            field["default"] = DEFAULTS[inner]
        elif self.rng.random() < 0.3:
            field["type"] = ["null", inner]
        return field

    # -- changes

    def expect(self, rule, path, more=False):
        self.expected.append((rule, path, more))

    def change(self, record, path):
        """The record itself; its fields' paths begin with `path`."""
        prefix = f"{path}." if path else ""
        for field in list(record["fields"]):
            if self.rng.random() < 0.35:
                self.change_field(record, field, prefix)
            else:
                self.descend(field["type"], prefix + field["name"])
        if self.rng.random() < 0.2:
            name = self.name("n")
            record["fields"].insert(self.rng.randint(0, len(record["fields"])),
                                    {"name": name, "type": ["null", "string"], "default": None})
            self.expect("optional-field-added", prefix + name, True)
        if self.rng.random() < 0.1:
            name = self.name("n")
            record["fields"].append({"name": name, "type": self.type(1)})
            self.expect("required-field-added", prefix + name, True)

    def descend(self, t, path):
        inner = t[1] if isinstance(t, list) else t
        if isinstance(inner, dict):
            if inner["type"] == "record":
                self.change(inner, path)
            elif inner["type"] in ("array", "map"):
                self.descend(inner.get("items", inner.get("values")), path + ("[]" if inner["type"] == "array" else "{}"))

    def change_field(self, record, field, prefix):
        path = prefix + field["name"]
        t = field["type"]
        nullable = isinstance(t, list)
        inner = t[1] if nullable else t
        choices = [self.remove, self.rename, self.document]
        choices += [self.unnull] if nullable else [self.null] if "default" not in field else [self.redefault]
        choices += [self.retype] * 2 if "default" not in field else []
        self.rng.choice(choices)(record, field, path, inner, nullable)

    def put(self, field, inner, nullable):
        field["type"] = ["null", inner] if nullable else inner

    def remove(self, record, field, path, *_):
        record["fields"].remove(field)
        self.expect("field-removed", path)

    def rename(self, record, field, path, *_):
        old, field["name"] = field["name"], self.name("g")
        field["aliases"] = [old]
        self.expect("field-renamed", path[:len(path) - len(old)] + field["name"])

    def document(self, record, field, path, *_):
        field["doc"] = "said later"
        self.expect("documentation-changed", path)

    def null(self, record, field, path, inner, _):
        field["type"] = [inner, "null"]
        self.expect("became-nullable", path)

    def unnull(self, record, field, path, inner, _):
        field["type"] = inner
        self.expect("became-required", path)

    def redefault(self, record, field, path, *_):
        if self.rng.random() < 0.5:
            del field["default"]
            self.expect("default-removed", path)
        else:
            field["default"] = {"string": "other", "bytes": "o", "boolean": False}.get(field["type"], 7)
            self.expect("default-changed", path)

    def retype(self, record, field, path, inner, nullable):
        kind = inner if isinstance(inner, str) else inner["type"]
        if inner in ("int", "float"):
            wider = {"int": "long", "float": "double"}[inner]
            new, rule = (wider, "type-widened") if self.rng.random() < 0.6 else ("boolean", "type-changed")
        elif kind == "enum":
            new, rule = self.resymbol(inner)
        elif isinstance(inner, dict) and inner.get("logicalType") == "decimal":
            new, rule = self.rng.choice([({**inner, "precision": 8}, "precision-grown"),
                                         ({**inner, "precision": 5}, "precision-lowered"),
                                         ({**inner, "precision": 9, "scale": 3}, "scale-changed"),
                                         ("bytes", "type-changed")])
        elif kind == "fixed":
            new, rule = {**inner, "size": 5}, "fixed-size-changed"
        elif kind == "record":
            new, rule = {**inner, "name": self.name("Q")}, "type-renamed"
        else:
            new, rule = "int", "type-changed"
        self.put(field, new, nullable)
        self.expect(rule, path)

    def resymbol(self, enum):
        has_default = "default" in enum
        return self.rng.choice([
            ({**enum, "symbols": ["A", "B", "C", "D"]},
             "enum-symbols-added" if has_default else "enum-symbols-added-without-default"),
            ({**enum, "symbols": ["A", "C"]}, "enum-symbols-removed"),
            ({**enum, "symbols": ["B", "A", "C"]}, "enum-symbols-reordered"),
            ({k: v for k, v in enum.items() if k != "default"} if has_default else {**enum, "default": "A"},
             "enum-default-changed")])


class Judge(Tally):
    def __init__(self, tool, libraries):
        super().__init__()
        self.tool, self.libraries = tool, libraries
        self.rules, self.classes = collections.Counter(), collections.Counter()
        self.refused = 0

    def safe(self, before, after):
        """Safe is what nobody is harmed by: the second opinion is the Java library's."""
        answer = self.tool.ask([before, after])
        if "refused" in answer:
            self.refused += 1
            return
        self.classes[answer["worst"]] += 1
        if answer["worst"] != "safe":
            return
        fault = None if answer["follows"] else "called safe, but its columns or plan do not follow"
        for version, library in self.libraries.items():
            said = library.ask([after, before])
            if not said.get("compatible") and "refused" not in said:
                fault = fault or "called safe, but Avro %s cannot read it: %s" % (version, said)
        self.put("safe", fault, before, after)

    def same(self, structure):
        answer = self.tool.ask([structure, copy.deepcopy(structure)])
        if "refused" not in answer:
            self.put("same", None if answer["findings"] == [] else "differs from itself: %s" % answer, structure)

    def known(self, before, after, expected):
        answer = self.tool.ask([before, after])
        found = sorted((f["rule"], f["path"], f["more"]) for f in answer.get("findings", []))
        self.rules.update(rule for rule, *_ in expected)
        fault = None if found == sorted(expected) else "not %s but %s" % (sorted(expected), answer)
        self.put("known changes", fault, before, after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", default=BUILD / "asan/tests/diff_tool")
    parser.add_argument("--cases", type=int, default=600, help="of each kind")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    libraries = {version: java(version, "CompatOracle.java") for version in versions()}
    print("seed %d, Avro %s" % (seed, ", ".join(libraries)))
    rng = random.Random(seed)
    judge = Judge(Program(args.tool), libraries)
    for what, before, after, fault in diff_contracts.judge(lambda *pair: judge.tool.ask(list(pair)).get("worst")):
        judge.put(what, fault, before, after)
    for _ in range(args.cases):
        changer = Changer(rng)
        before = changer.record(3)
        after = copy.deepcopy(before)
        changer.change(after, "")
        judge.known(before, after, changer.expected)
        judge.safe(before, after)
        judge.safe(after, before)
        judge.same(before)
        pair = [{"type": "record", "name": "Whole", "namespace": "whole", "fields": [{"name": "x", "type": t}]}
                for t in random_pair(rng)]
        judge.safe(*pair)
        judge.safe(*pair[::-1])
        judge.same(pair[0])
    print("changes: %s" % dict(judge.rules.most_common()))
    print("classes: %s, refused: %d" % (dict(judge.classes), judge.refused))
    if args.cases >= 200 and (len(judge.rules) < 18 or judge.classes["safe"] < args.cases // 10):
        judge.put("at random", "too few kinds of changes, or hardly one that is safe")
    print("%d passed, %d failed" % (judge.passed, judge.failed))
    return 1 if judge.failed or judge.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
