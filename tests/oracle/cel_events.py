# SPDX-License-Identifier: Apache-2.0
"""Events that fastavro writes, and what a rule must read in each: `this.path == literal`, for every value at any depth."""

import base64
import datetime
import decimal
import io
import uuid

import fastavro

UTC = datetime.timezone.utc


class Maker:
    def __init__(self, rng):
        self.rng, self.names = rng, 0

    def name(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    def leaf(self):
        logical = [{"type": "int", "logicalType": "date"}, {"type": "int", "logicalType": "time-millis"},
                   {"type": "long", "logicalType": "time-micros"}, {"type": "long", "logicalType": "timestamp-millis"},
                   {"type": "long", "logicalType": "timestamp-micros"}, {"type": "string", "logicalType": "uuid"},
                   {"type": "long", "logicalType": "local-timestamp-micros"},
                   {"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 4}]
        named = [{"type": "enum", "name": self.name("E"), "symbols": ["A", "B"]},
                 {"type": "fixed", "name": self.name("F"), "size": 4},
                 {"type": "fixed", "name": self.name("D"), "size": 9, "logicalType": "decimal", "precision": 20, "scale": 2}]
        return self.rng.choice(["boolean", "int", "long", "float", "double", "string", "bytes", *logical, *named])

    def type(self, depth):
        roll = self.rng.random()
        if depth > 0 and roll < 0.15:
            return self.record(depth - 1)
        if depth > 0 and roll < 0.27:
            return {"type": "array", "items": self.type(depth - 1)}
        if depth > 0 and roll < 0.39:
            return {"type": "map", "values": self.type(depth - 1)}
        if roll < 0.55:
            return ["null", self.leaf()]
        if roll < 0.65:
            return ["null", "long", "string", {"type": "record", "name": self.name("W"),
                                               "fields": [{"name": "w", "type": "string"}]}]
        return self.leaf()

    def record(self, depth):
        fields = [{"name": self.name("f"), "type": self.type(depth)} for _ in range(self.rng.randint(1, 5))]
        return {"type": "record", "name": self.name("R"), "fields": fields}

    # -- values, and the rules that hold of them

    def value(self, schema, path, rules):
        if isinstance(schema, list):
            branch = self.rng.choice(schema)
            if branch == "null":
                rules.append(f"{path} == null")
                return None
            if isinstance(branch, dict) and branch["type"] == "record":
                value = self.value(branch, path, rules)
                return (branch["name"], value)
            return self.value(branch, path, rules)
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind == "record":
            return {f["name"]: self.value(f["type"], f"{path}.{f['name']}", rules) for f in schema["fields"]}
        if kind == "array":
            count = self.rng.randint(0, 3)
            rules.append(f"size({path}) == {count}")
            return [self.value(schema["items"], f"{path}[{i}]", rules) for i in range(count)]
        if kind == "map":
            keys = self.rng.sample(["a", "k 1", "مفتاح", ""], self.rng.randint(0, 3))
            rules.append(f"size({path}) == {len(keys)} && !('none' in {path})")
            return {key: self.value(schema["values"], f'{path}["{key}"]', rules) for key in keys}
        value, literal = self.scalar(kind, schema if isinstance(schema, dict) else {})
        rules.append(f"{path} == {literal}")
        return value

    def scalar(self, kind, schema):
        rng, logical = self.rng, schema.get("logicalType")
        if logical == "decimal":
            digits = rng.randint(0, 10 ** rng.randint(1, schema["precision"]) - 1) * rng.choice((1, -1))
            value = decimal.Decimal(digits).scaleb(-schema["scale"], decimal.Context(prec=60))
            return value, f'decimal("{value:f}")'
        if logical == "uuid":
            value = uuid.UUID(int=rng.getrandbits(128))
            return value, f'"{value}"'
        if logical == "date":
            value = datetime.date(rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28))
            return value, f'timestamp("{value.isoformat()}T00:00:00Z")'
        if logical in ("time-millis", "time-micros"):
            micros = rng.randint(0, 86399999) * 1000 + (rng.randint(0, 999) if logical == "time-micros" else 0)
            value = (datetime.datetime.min + datetime.timedelta(microseconds=micros)).time()
            return value, f'duration("{micros}us")'
        if logical:
            micros = rng.randint(-10**15, 10**15) // 1000 * 1000 + (rng.randint(0, 999) if "micros" in logical else 0)
            value = datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(microseconds=micros)
            literal = f'timestamp("{value.isoformat().replace("+00:00", "Z")}")'
            return (value.replace(tzinfo=None) if logical.startswith("local") else value), literal
        if kind == "boolean":
            value = rng.random() < 0.5
            return value, str(value).lower()
        if kind in ("int", "long"):
            value = rng.choice([0, 1, -1, 2**31 - 1, -2**31] + ([2**63 - 1, -2**63] if kind == "long" else []))
            return value, str(value)
        if kind in ("float", "double"):
            value = rng.choice([0.0, -1.5, 0.5, 1e10, 2.0**-20])
            return value, f"double({value!r})"
        if kind == "string":
            value = rng.choice(["", "abc", "محمد", "x😀y"])
            return value, f'"{value}"'
        if kind == "enum":
            value = rng.choice(schema["symbols"])
            return value, f'"{value}"'
        value = bytes(rng.randrange(256) for _ in range(schema.get("size", rng.randint(0, 5))))
        return value, 'b"' + "".join(f"\\x{b:02x}" for b in value) + '"'


def question(rng):
    """One event, and all that holds of it as one rule."""
    maker, rules = Maker(rng), []
    schema = maker.record(2)
    value = maker.value(schema, "this", rules)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return {"structure": schema, "event": base64.b64encode(out.getvalue()).decode(), "rules": rules}
