# SPDX-License-Identifier: Apache-2.0
"""Random Avro schemas, values for them, and an encoder of its own.

`pair` makes a reader's schema first; the writer's is derived from it by the changes that Avro's schema resolution allows
(and now and then one that it does not), so that most pairs resolve in some interesting way. `next_structure` changes a
schema as agencies do, whatever resolution says. Inside, a named type is
one shared dict, recursive ones point at themselves; `as_schema` writes it out in full at its first use and by name
afterwards. A union's value is (branch, value)."""

import copy
import math
import struct

LETTERS = "abcxyz ABC,\"\\/0129\t\n" + "éßñ" + "سالم محمد فاطمة" + "漢字" + "😀𝒳"
I32 = (-2**31, 2**31 - 1)
I64 = (-2**63, 2**63 - 1)
NAMED = ("record", "enum", "fixed")


def kind(t):
    return "union" if isinstance(t, list) else t if isinstance(t, str) else t["type"]


def logical(t):
    return t.get("logicalType") if isinstance(t, dict) else None


def as_schema(t, seen=None):
    """The type as JSON schema: named types in full at their first use."""
    seen = set() if seen is None else seen
    if isinstance(t, str):
        return t
    if isinstance(t, list):
        return [as_schema(b, seen) for b in t]
    if t["type"] in NAMED:
        if t["name"] in seen:
            return t["name"]
        seen.add(t["name"])
    out = dict(t)
    if "fields" in out:
        out["fields"] = [dict(f, type=as_schema(f["type"], seen)) for f in t["fields"]]
    for key in ("items", "values"):
        if key in out:
            out[key] = as_schema(out[key], seen)
    return out


class Cases:
    def __init__(self, rng, logical_types=True):
        self.rng = rng
        self.count = 0
        self.logical_types = logical_types
        self.broken = False  # a writer's type was changed so that it can hardly be read

    def name(self, prefix):
        self.count += 1
        return "%s%d" % (prefix, self.count)

    # -- readers ---------------------------------------------------------------------------------------------------

    def scalar(self):
        pick = self.rng.randrange(22 if self.logical_types else 12)
        plain = ["boolean", "int", "long", "float", "double", "bytes", "string", "string"]
        if pick < 8:
            return plain[pick]
        if pick < 10:
            return {"type": "enum", "name": self.name("E"), "symbols": self.symbols()}
        if pick < 12:
            return {"type": "fixed", "name": self.name("X"), "size": self.rng.randint(1, 20)}
        return self.logical_type(pick - 12)

    def symbols(self):
        return ["S%d" % i for i in range(self.rng.randint(1, 6))]

    def logical_type(self, pick):
        times = [("int", "date"), ("int", "time-millis"), ("long", "time-micros"),
                 ("long", "timestamp-millis"), ("long", "timestamp-micros"),
                 ("long", "local-timestamp-millis"), ("long", "local-timestamp-micros"), ("string", "uuid")]
        if pick < len(times):
            return {"type": times[pick][0], "logicalType": times[pick][1]}
        if pick == len(times):
            precision = self.rng.choice([1, 2, 5, 12, 18, 19, 20, 38, 77])
            return {"type": "bytes", "logicalType": "decimal", "precision": precision,
                    "scale": self.rng.randint(0, precision)}
        size = self.rng.randint(1, 12)
        most = int(math.log10(2) * (8 * size - 1))
        precision = self.rng.randint(1, max(1, most))
        return {"type": "fixed", "name": self.name("D"), "size": size, "logicalType": "decimal",
                "precision": precision, "scale": self.rng.randint(0, precision)}

    def type(self, depth):
        pick = self.rng.randrange(20)
        if depth > 3 or pick < 9:
            return self.scalar()
        if pick < 13:
            branches = ["null", self.scalar()]
            self.rng.shuffle(branches)
            return branches
        if pick < 15:
            return {"type": "array", "items": self.type(depth + 1)}
        if pick < 16:
            return {"type": "map", "values": self.type(depth + 1)}
        if pick < 17:
            return self.union(depth)
        if pick < 18:
            return self.recursive()
        return self.record(depth + 1)

    def union(self, depth):
        """Its branches are so different that only one can be meant: fastavro takes the first that will do."""
        branches = [self.rng.choice(["int", "long", "float", "double"]), self.rng.choice(["string", "bytes"])]
        branches += [b for b in ("null", "boolean") if self.rng.random() < 0.5]
        if self.rng.random() < 0.4:
            branches.append({"type": "array", "items": self.type(depth + 2)})
        if self.rng.random() < 0.4:
            branches.append(self.record(depth + 2))
        if self.rng.random() < 0.3:
            branches.append({"type": "enum", "name": self.name("E"), "symbols": self.symbols()})
        self.rng.shuffle(branches)
        return branches[:self.rng.randint(1, len(branches))]

    def recursive(self):
        node = {"type": "record", "name": self.name("N"), "fields": []}
        node["fields"] = [{"name": "v", "type": self.scalar()},
                          {"name": "next", "type": ["null", node]}]
        if self.rng.random() < 0.5:
            node["fields"].append({"name": "kids", "type": {"type": "array", "items": node}})
        if self.rng.random() < 0.5:
            node["fields"].append({"name": "by", "type": {"type": "map", "values": node}})
        self.rng.shuffle(node["fields"])
        return node

    def record(self, depth=0):
        record = {"type": "record", "name": self.name("R"), "fields": []}
        least = 0 if depth and self.logical_types else 1  # Avro-C has no arrays of empty records
        for _ in range(self.rng.randint(least, 5 if depth else 9)):
            field = {"name": self.name("f"), "type": self.type(depth)}
            if self.rng.random() < 0.5:
                self.add_default(field)
            record["fields"].append(field)
        return record

    def add_default(self, field):
        value = self.default(field["type"], 0)
        if value is not NotImplemented:
            field["default"] = value

    def default(self, t, depth):
        """A JSON default, or NotImplemented where making one is no use."""
        k = kind(t)
        if depth > 3 or logical(t) == "uuid":
            return NotImplemented
        if k == "union":
            return self.default(t[0], depth + 1)
        if k == "record":
            made = {f["name"]: self.default(f["type"], depth + 1) for f in t["fields"]}
            return NotImplemented if NotImplemented in made.values() else made
        if k == "array":
            item = self.default(t["items"], depth + 1)
            return [] if item is NotImplemented else [item] * self.rng.randint(0, 3)
        if k == "map":
            value = self.default(t["values"], depth + 1)
            return {} if value is NotImplemented else {"k%d" % i: value for i in range(self.rng.randint(0, 3))}
        if k in ("bytes", "fixed"):
            size = t["size"] if k == "fixed" else self.rng.randint(1, 6)
            if logical(t) == "decimal":
                return "\u00ff" * size if k == "fixed" else "\x05"
            return "".join(chr(self.rng.randrange(0, 256)) for _ in range(size))
        value = self.value(t, 5)
        return t["symbols"][value] if k == "enum" else value

    # -- writers ---------------------------------------------------------------------------------------------------

    def writer_of(self, t, made=None):
        made = {} if made is None else made
        k = kind(t)
        if k == "union":
            return self.writer_union(t, made)
        if k in NAMED:
            if t["name"] not in made:
                made[t["name"]] = out = dict(t)
                self.change_named(out, t, made)
            return made[t["name"]]
        if k == "array":
            return {"type": "array", "items": self.writer_of(t["items"], made)}
        if k == "map":
            return {"type": "map", "values": self.writer_of(t["values"], made)}
        return self.writer_scalar(t)

    def writer_scalar(self, t):
        roll = self.rng.random()
        if logical(t):
            swap = {"timestamp-millis": "timestamp-micros", "timestamp-micros": "timestamp-millis",
                    "local-timestamp-millis": "local-timestamp-micros",
                    "local-timestamp-micros": "local-timestamp-millis"}
            if roll < 0.3 and logical(t) in swap:
                return dict(t, logicalType=swap[logical(t)])
            if roll < 0.3 and logical(t) == "time-micros":
                return {"type": "int", "logicalType": "time-millis"}
            return t
        narrower = {"long": ["int"], "float": ["int", "long"], "double": ["int", "long", "float"],
                    "string": ["bytes"], "bytes": ["string"]}
        if roll < 0.3 and t in narrower:
            return self.rng.choice(narrower[t])
        if roll < 0.32 and t != "null":
            self.broken = True
            return self.rng.choice(["boolean", "null"])
        return t

    def writer_union(self, t, made):
        branches = []
        for branch in t:
            out = self.writer_of(branch, made)
            if kind(out) != "union" and all(kind(out) != kind(b) or kind(out) in NAMED for b in branches):
                branches.append(out)
        if self.rng.random() < 0.15 and all(kind(b) != "fixed" for b in branches):
            self.broken = True
            branches.append({"type": "fixed", "name": self.name("Z"), "size": 3})  # the reader does not know it
        if self.rng.random() < 0.2:
            self.rng.shuffle(branches)
        endless = any(b is m for b in branches for m in made.values())  # without its way out
        if self.rng.random() < 0.15 and not endless:
            return self.rng.choice(branches)
        return branches

    def change_named(self, out, t, made):
        if self.rng.random() < 0.15:
            out["name"] = self.name("W")
            t.setdefault("aliases", []).append(out["name"])
        out.pop("aliases", None)
        out.pop("default", None)
        if t["type"] == "enum":
            out["symbols"] = list(t["symbols"])
            if self.rng.random() < 0.3:
                out["symbols"].insert(self.rng.randint(0, len(out["symbols"])), "T0")
                if self.rng.random() < 0.6:
                    t["default"] = t["symbols"][-1]
            if self.rng.random() < 0.3:
                self.rng.shuffle(out["symbols"])
        if t["type"] == "record":
            self.change_fields(out, t, made)

    def change_fields(self, out, t, made):
        out["fields"] = []
        for field in t["fields"]:
            if "default" in field and self.rng.random() < 0.25:
                continue  # the reader's default fills it
            mine = {"name": field["name"], "type": self.writer_of(field["type"], made)}
            if self.rng.random() < 0.15:
                mine["name"] = self.name("g")
                field["aliases"] = [mine["name"]]
            if kind(mine["type"]) not in ("union", "null") and kind(field["type"]) == "union" and \
                    self.rng.random() < 0.3:
                mine["type"] = ["null", mine["type"]] if "null" in field["type"] else mine["type"]
            out["fields"].append(mine)
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            out["fields"].append({"name": self.name("s"), "type": self.type(1)})  # to be skipped
        if self.rng.random() < 0.3:
            self.rng.shuffle(out["fields"])

    def pair(self):
        """(writer, reader)"""
        reader = self.record()
        return self.writer_of(reader), reader

    # -- what comes after ---------------------------------------------------------------------------------------------

    def next_structure(self, old):
        new = copy.deepcopy(old)  # named types stay shared
        self.change_record(new, top=True, done=set())
        return new

    def change_record(self, record, top, done):
        if id(record) in done:
            return
        done.add(id(record))
        fields = [f for f in record["fields"] if self.rng.random() > 0.15] or record["fields"][:1]
        for field in fields:
            field.pop("default", None)
            field["type"] = self.changed(field["type"], top, done)
            taken = {n for f in fields for n in [f["name"], *f.get("aliases", [])]}
            if self.rng.random() < 0.15 and "aliases" not in field:
                field["aliases"] = [field["name"]]
                field["name"] = self.name("n")
            elif self.rng.random() < 0.05 and not any(a in taken for a in field.get("aliases", [])):
                field["aliases"] = [self.name("never")]
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            field = {"name": self.name("a"), "type": self.type(2)}
            if self.rng.random() < 0.5:
                self.add_default(field)
            fields.append(field)
        if self.rng.random() < 0.3:
            self.rng.shuffle(fields)
        record["fields"] = fields

    def changed(self, t, top, done):
        """top: the column of the register stays as it is; further in everything may change."""
        roll = self.rng.random()
        k = kind(t)
        if k == "record":
            self.change_record(t, False, done)
        elif k == "enum" and id(t) not in done:
            done.add(id(t))
            self.change_symbols(t)
        elif k in ("array", "map"):
            inner = "items" if k == "array" else "values"
            return dict(t, **{inner: self.changed(t[inner], False, done)})
        elif k == "union":
            return self.changed_union(t, top, done)
        elif roll < 0.2 and t in ("int", "float"):
            return {"int": "long", "float": "double"}[t]
        elif roll < 0.4 and t == "long" and not top:
            return {"type": "long", "logicalType": "timestamp-millis"}
        elif roll < 0.2 and not top:
            return self.scalar()
        if roll > 0.85 and k not in ("union", "null") and (not top or k not in ("array", "map", "record")):
            return ["null", t]
        return t

    def change_symbols(self, enum):
        symbols = [s for s in enum["symbols"] if self.rng.random() > 0.2] or enum["symbols"][:1]
        if self.rng.random() < 0.5:
            symbols.append("UNKNOWN" if "UNKNOWN" not in symbols else self.name("T"))
            enum["default"] = symbols[-1]
        elif enum.get("default") not in symbols:
            enum.pop("default", None)
        if self.rng.random() < 0.3:
            self.rng.shuffle(symbols)
        enum["symbols"] = symbols

    def changed_union(self, t, top, done):
        wide = sum(b != "null" for b in t) > 1
        branches = [b if b == "null" or not wide else self.changed_branch(b, done) for b in t]
        if wide and self.rng.random() < 0.3 and len(branches) > 3:
            branches.pop(self.rng.randrange(len(branches)))
        if wide and self.rng.random() < 0.3:
            branches.append({"type": "fixed", "name": self.name("Z"), "size": 3})
        if self.rng.random() < 0.3:
            self.rng.shuffle(branches)
        return branches

    def changed_branch(self, branch, done):
        """Its kind stays, or the union might have one twice."""
        if kind(branch) == "record":
            self.change_record(branch, False, done)
        elif kind(branch) == "enum" and id(branch) not in done:
            done.add(id(branch))
            self.change_symbols(branch)
        return branch

    # -- values ----------------------------------------------------------------------------------------------------

    def text(self):
        return "".join(self.rng.choice(LETTERS) for _ in range(self.rng.choice([0, 1, 5, 15, 16, 17, 40, 90])))

    def whole(self, limits):
        edge = [limits[0], limits[1], 0, -1, 1, 63, 64, -64, -65, 8191, 8192, 2**24 + 1]
        if self.rng.random() < 0.3:
            return self.rng.choice(edge)
        return self.rng.randint(-2**self.rng.randint(1, limits[1].bit_length()),
                                2**self.rng.randint(1, limits[1].bit_length()) - 1)

    def logical_value(self, t):
        name = logical(t)
        day_us = 86400 * 10**6
        if name == "date":
            return self.rng.randint(-719162, 2932896)
        if name.startswith("time-"):
            us = self.rng.choice([0, day_us - 1, self.rng.randrange(day_us)])
            return us if name == "time-micros" else us // 1000
        if name == "uuid":
            h = "%032x" % self.rng.getrandbits(128)
            return "-".join([h[:8], h[8:12], h[12:16], h[16:20], h[20:]])
        if name == "decimal":
            limit = 10**t["precision"] - 1
            value = self.rng.choice([limit, -limit, 0, self.rng.randint(-limit, limit), self.rng.randint(-99, 99)])
            value = max(-limit, min(limit, value))
            size = t.get("size", (value.bit_length() + 8) // 8 + self.rng.choice([0, 0, 3]))
            return value.to_bytes(size, "big", signed=True)
        us = self.rng.choice([0, -1, 253402300799999999, -62135596800000000,
                              self.rng.randint(-10**16, 4 * 10**15)])
        return us // 1000 if name.endswith("millis") else us

    def value(self, t, depth=0):
        k = kind(t)
        if logical(t):
            return self.logical_value(t)
        if k == "null":
            return None
        if k == "boolean":
            return self.rng.random() < 0.5
        if k in ("int", "long"):
            return self.whole(I32 if k == "int" else I64)
        if k == "float":
            return struct.unpack("<f", struct.pack("<f", self.rng.choice([0.0, -0.0, 1.5, 0.1, 1e38, 1e-45,
                                                                           self.rng.uniform(-1e6, 1e6)])))[0]
        if k == "double":
            return self.rng.choice([0.0, -0.0, 0.1, 1e308, 5e-324, 2.0**53 + 2, self.rng.uniform(-1e9, 1e9)])
        if k == "string":
            return self.text()
        if k == "bytes":
            return self.text().encode() if self.rng.random() < 0.6 else \
                bytes(self.rng.randrange(256) for _ in range(self.rng.randint(0, 30)))
        if k == "fixed":
            return bytes(self.rng.randrange(256) for _ in range(t["size"]))
        if k == "enum":
            return self.rng.randrange(len(t["symbols"]))
        if k == "union":
            nulls = [i for i, b in enumerate(t) if b == "null"]
            pick = nulls[0] if nulls and depth > 6 else self.rng.randrange(len(t))
            return pick, self.value(t[pick], depth + 1)
        if k == "record":
            return {f["name"]: self.value(f["type"], depth + 1) for f in t["fields"]}
        most = 0 if depth > 5 else self.rng.choice([0, 1, 2, 5])
        if k == "array":
            return [self.value(t["items"], depth + 1) for _ in range(most)]
        return {self.text()[:20] + str(i): self.value(t["values"], depth + 1) for i in range(most)}


def varint(value):
    z = (value << 1) ^ (value >> 63)
    out = bytearray()
    while z > 127:
        out.append(z & 127 | 128)
        z >>= 7
    out.append(z)
    return bytes(out)


def blocks(rng, items):
    """Encoded items as blocks, some of which tell their size."""
    out = b""
    while items:
        take = rng.randint(1, len(items))
        body = b"".join(items[:take])
        if rng.random() < 0.4:
            out += varint(-take) + varint(len(body)) + body
        else:
            out += varint(take) + body
        items = items[take:]
    return out + varint(0)


def encode(rng, t, v):
    k = kind(t)
    if k == "null":
        return b""
    if k == "boolean":
        return b"\1" if v else b"\0"
    if k in ("int", "long", "enum"):
        return varint(v)
    if k == "float":
        return struct.pack("<f", v)
    if k == "double":
        return struct.pack("<d", v)
    if k in ("string", "bytes"):
        raw = v.encode() if isinstance(v, str) else v
        return varint(len(raw)) + raw
    if k == "fixed":
        return v
    if k == "union":
        return varint(v[0]) + encode(rng, t[v[0]], v[1])
    if k == "record":
        return b"".join(encode(rng, f["type"], v[f["name"]]) for f in t["fields"])
    if k == "array":
        return blocks(rng, [encode(rng, t["items"], i) for i in v])
    return blocks(rng, [encode(rng, "string", key) + encode(rng, t["values"], i) for key, i in v.items()])

