# SPDX-License-Identifier: Apache-2.0
"""Pairs of schemas for compat_oracle.py, made at random: changed copies of kit.avro_cases' schemas, and records that hold
each other."""

import copy

from compat_pairs import PRIMITIVES, array, map_of
from tests.kit.avro_cases import NAMED, Cases, as_schema, kind


class Mutator:
    """Changes a schema in its graph form, where a named type is one shared dict."""

    def __init__(self, rng, cases):
        self.rng, self.cases = rng, cases

    def reach(self, root):
        """Every type, each named one once."""
        found, seen = [], set()

        def walk(t):
            if not isinstance(t, str):
                if id(t) in seen:
                    return
                seen.add(id(t))
            found.append(t)
            for inner in self.inside(t):
                walk(inner)

        walk(root)
        return found

    @staticmethod
    def inside(t):
        if isinstance(t, list):
            return t
        if isinstance(t, str):
            return []
        return [f["type"] for f in t.get("fields", [])] + [t[k] for k in ("items", "values") if k in t]

    def new_type(self, named):
        if named and self.rng.random() < 0.3:
            return self.rng.choice(named)
        return self.cases.type(2)

    def changed_type(self, old, named):
        roll = self.rng.random()
        if roll < 0.35 and isinstance(old, str):
            return self.rng.choice(PRIMITIVES[1:])
        if roll < 0.5 and kind(old) not in ("union", "null"):
            return self.rng.choice([["null", old], [old, "null"], [old]])
        if roll < 0.6 and kind(old) == "union":
            return self.rng.choice(old)
        if roll < 0.7:
            return self.rng.choice([array, map_of])(old)
        return self.new_type(named)

    def mutate(self, root):
        named = [t for t in self.reach(root) if kind(t) in NAMED]
        types = [t for t in self.reach(root) if not isinstance(t, str)]
        t = self.rng.choice(types)
        change = {"record": self.change_record, "enum": self.change_enum, "fixed": self.change_fixed,
                  "union": self.change_union}.get(kind(t), self.change_holder)
        change(t, named)
        if kind(t) in NAMED and self.rng.random() < 0.15:
            self.rename(t)

    def rename(self, t):
        space, _, old = t["name"].rpartition(".")
        new = (space + "." if space else "") + "Z" + old
        if self.rng.random() < 0.7:
            t["aliases"] = [t["name"] if self.rng.random() < 0.8 else old]
        t["name"] = new

    def change_record(self, t, named):
        rows = t["fields"]
        roll = self.rng.random()
        if roll < 0.3 or not rows:
            field = {"name": self.cases.name("n"), "type": self.new_type(named)}
            if self.rng.random() < 0.6:
                self.cases.add_default(field)
            rows.insert(self.rng.randint(0, len(rows)), field)
            return
        field = self.rng.choice(rows)
        if roll < 0.4:
            rows.remove(field)
        elif roll < 0.6:
            field["type"] = self.changed_type(field["type"], named)
        elif roll < 0.8:
            old, field["name"] = field["name"], self.cases.name("r")
            taken = {n for f in rows for n in [f["name"], *f.get("aliases", [])]}
            if self.rng.random() < 0.7 and old not in taken:
                field["aliases"] = [old]
        elif roll < 0.9:
            taken = {n for f in rows for n in [f["name"], *f.get("aliases", [])]}
            alias = "f%d" % self.rng.randint(1, self.cases.count)
            if alias not in taken:
                field.setdefault("aliases", []).append(alias)
        else:
            self.rng.shuffle(rows)

    def change_enum(self, t, _named):
        roll = self.rng.random()
        if roll < 0.35 and len(t["symbols"]) > 1:
            t["symbols"].pop(self.rng.randrange(len(t["symbols"])))
        elif roll < 0.7:
            t["symbols"].append(self.cases.name("N"))
        if self.rng.random() < 0.3:
            t["default"] = self.rng.choice(t["symbols"])
        elif t.get("default") not in t["symbols"]:
            t.pop("default", None)

    def change_fixed(self, t, _named):
        if "logicalType" not in t:
            t["size"] += self.rng.choice([0, 1, 3])

    def change_union(self, t, named):
        roll = self.rng.random()
        if roll < 0.3 and len(t) > 1:
            t.pop(self.rng.randrange(len(t)))
        elif roll < 0.5:
            self.rng.shuffle(t)
        elif roll < 0.75:
            self.put_branch(t, len(t), self.new_type(named))
        else:
            i = self.rng.randrange(len(t))
            old = t.pop(i)
            self.put_branch(t, i, self.changed_type(old, named)) or t.insert(i, old)

    @staticmethod
    def put_branch(union, i, new):
        if kind(new) == "union" or any(new["name"] == b["name"] if kind(new) in NAMED and kind(b) in NAMED else
                                       kind(new) == kind(b) for b in union):
            return False
        union.insert(i, new)
        return True

    def change_holder(self, t, named):
        key = "items" if t["type"] == "array" else "values" if t["type"] == "map" else None
        if key is None:
            return
        if self.rng.random() < 0.8:
            t[key] = self.changed_type(t[key], named)
        else:
            value = t.pop(key)
            t["type"] = "map" if key == "items" else "array"
            t["values" if key == "items" else "items"] = value

    def tidy(self, root):
        """Defaults and unions may no longer fit what has changed below them."""
        for t in self.reach(root):
            if isinstance(t, list):
                kept = []
                for branch in t:
                    self.put_branch(kept, len(kept), branch)
                t[:] = kept
        for t in self.reach(root):
            for field in t.get("fields", []) if isinstance(t, dict) else []:
                if "default" in field:
                    del field["default"]
                    self.cases.add_default(field)

    def spaces(self, root):
        """Full names with namespaces drawn anew; aliases follow, or not."""
        drawn = {}
        for t in self.reach(root):
            if kind(t) in NAMED:
                old = t["name"].rpartition(".")[2]
                drawn[old] = t["name"] = self.rng.choice(["a", "a", "b.c"]) + "." + old
        for t in self.reach(root):
            if kind(t) in NAMED and "aliases" in t:
                t["aliases"] = [self.rng.choice(["a.", "a.", "b.c."]) + a.rpartition(".")[2] for a in t["aliases"]]


def random_pair(rng):
    cases = Cases(rng)
    mutator = Mutator(rng, cases)
    if rng.random() < 0.5:
        writer, reader = map(copy.deepcopy, cases.pair())
    else:
        writer = cases.record()
        reader = copy.deepcopy(writer)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        mutator.mutate(rng.choice([reader, writer]))
    if rng.random() < 0.4:
        for side in (reader, writer):
            mutator.spaces(side)
    for side in (reader, writer):
        mutator.tidy(side)
    pair = [as_schema(reader), as_schema(writer)]
    if rng.random() < 0.1:
        pair = [["null", p] for p in pair]
    return pair


def entangled(rng):
    """A union of a few records that hold each other, with hardly any names: most pairs of types are asked about while
    others are."""
    names = rng.sample(["%s.%s" % (space, name) for space in "xyz" for name in "NM"], rng.randint(2, 5))
    records = [{"type": "record", "name": n, "fields": []} for n in names]
    for record in records:
        for name in rng.sample("fgh", rng.randint(1, 3)):
            one, two = rng.choice(records), rng.choice(records)
            type_ = rng.choice(["int", "long", one, ["null", one], ["null", one], ["null", one, two], array(one), [one, two, "int"]])
            if isinstance(type_, list) and one is two:
                type_ = ["null", one]
            record["fields"].append({"name": name, "type": type_})
            if type_ == "int" and rng.random() < 0.6:
                record["fields"][-1]["default"] = 0
    return records


def untangle(rng, records):
    """The same with one field more, less or changed."""
    records = copy.deepcopy(records)
    record, other = rng.choice(records), rng.choice(records)
    if rng.random() < 0.5:
        record["fields"].append({"name": "g2", "type": rng.choice(["int", other])})
    elif record["fields"]:
        rng.choice(record["fields"])["type"] = rng.choice(["int", ["null", other]])
        record["fields"][-1].pop("default", None)
    for field in (f for r in records for f in r["fields"] if f["type"] != "int"):
        field.pop("default", None)
    return records


def readable(reader, writer, roots):
    """Avro's resolution once more, for `entangled`: as slow and as plain as can be. Every pair of records counts as
    readable until a round finds the contrary; the rounds end when one finds nothing new. Asked of the roots in the end."""
    wrong = set()

    def reads(r, w):
        if kind(w) == "union":
            return all(reads(r, b) for b in w)
        if kind(r) == "union":
            return any(reads(b, w) for b in r)
        if kind(r) == "array" == kind(w):
            return reads(r["items"], w["items"])
        if kind(r) == "record" == kind(w):
            return (r["name"], w["name"]) not in wrong
        return r == w or (r, w) == ("long", "int")

    def fits(r, w):
        there = {f["name"]: f["type"] for f in w["fields"]}
        return r["name"].split(".")[1] == w["name"].split(".")[1] and all(
            reads(f["type"], there[f["name"]]) if f["name"] in there else "default" in f for f in r["fields"])

    while True:
        found = {(r["name"], w["name"]) for r in reader for w in writer if not fits(r, w)} | wrong
        if found == wrong:
            return reads(*roots)
        wrong = found


def cut(rng, record):
    """The record with fewer fields; of another kind, the schema itself."""
    if not isinstance(record, dict):
        return record
    return {"type": "record", "name": "R1", "fields": [f for f in record["fields"] if f["type"] in PRIMITIVES and rng.random() < 0.7]}
