# SPDX-License-Identifier: Apache-2.0
"""Random structures with rules in all the places where rules may stand, events for them, and a model of which rule does not hold where.

The model walks an event as Confluent's clients do: a record's rules, then each field's, then what is within; lists and maps item by
item. It is written in Python without a look at the C."""

from kit.avro_cases import as_schema

INTS = [-1, 0, 2, 4, 4, 6, 6, 8]
TEXTS = ["", "a", "b", "b", "c", "c", "ab", "7", "م"]


def fullmatch_letters(text):
    return text != "" and all("a" <= c <= "z" for c in text)


class Case:
    """schema, rule_set, contract (a list of properties) and events; failures(event): {(rule, path)}, is_bad(event)."""

    def __init__(self, rng):
        self.rng, self.count = rng, 0
        self.inline, self.domain, self.promises = {}, [], []  # {id(record or field): [(name, check)]}
        self.named, self.whole = [], []
        self.counting = set()  # rules that keep no event out
        self.root = self.record("Row", 0, root=True)
        self.ruled(self.root)
        self.schema = as_schema(self.root)
        self.rule_set = {"domainRules": [self.domain_rule() for _ in range(rng.randrange(0, 3))]}
        self.contract = [{"name": "id", "logicalType": "string", "primaryKey": True}]
        for field in self.root["fields"][2:]:
            self.promise(field)

    def name(self, prefix="r"):
        self.count += 1
        return f"{prefix}{self.count}"

    # -- structures

    def primitive(self):
        return self.rng.choice(["int", "string"])

    def record(self, name, depth, root=False):
        made = {"type": "record", "name": name, "fields": []}
        self.named.append(made)
        first = [("id", "string"), ("seq", "long")] if root else [("x", "int"), ("s", ["null", "string"])]
        made["fields"] = [{"name": n, "type": t} for n, t in first]
        for i in range(self.rng.randrange(3, 6) if root else self.rng.randrange(0, 3)):
            made["fields"].append({"name": f"f{i}", "type": self.type(depth + 1, made)})
        self.whole.append(made)
        return made

    def type(self, depth, around):
        rng = self.rng
        pick = rng.random()
        if depth > 3 or pick < 0.2:
            return self.primitive()
        if pick < 0.3:
            return ["null", self.primitive()]
        if pick < 0.5:
            items = self.type(depth + 1, around)
            return {"type": "array", "items": items if isinstance(items, list) or rng.random() < 0.7 else ["null", items]}
        if pick < 0.65:
            return {"type": "map", "values": self.type(depth + 1, around)}
        if pick < 0.75:
            return ["null", "string", "int", self.some_record(depth)]
        if pick < 0.85 and around["name"] != "Row":
            return {"type": "array", "items": around}  # within itself
        return self.some_record(depth)

    def some_record(self, depth):
        """A new one, or one that is whole: within itself a record stands in lists alone, or no value of it would end."""
        return self.rng.choice(self.whole) if self.whole and self.rng.random() < 0.4 else self.record(f"R{len(self.named)}", depth)

    # -- rules: text in CEL of the variable, and what it means

    def check(self, t, v):
        k = self.rng.choice([0, 1, 2, 3])
        if isinstance(t, list):
            branches = [b for b in t if b != "null"]
            return self.check(branches[0], v) if len(branches) == 1 else (f"{v} != 'a'", lambda x: x != "a")
        if t in ("int", "long"):
            return self.rng.choice([(f"{v} > {k}", lambda x: x > k), (f"{v} % 2 == 0", lambda x: x % 2 == 0), (f"{v} != {k}", lambda x: x != k)])
        if t == "string":
            return self.rng.choice([(f"size({v}) <= {k}", lambda x: len(x) <= k), (f"{v}.matches('[a-z]+')", fullmatch_letters),
                                    (f"{v} != 'a'", lambda x: x != "a")])
        if t["type"] == "record" and t["name"] != "Row":
            return self.rng.choice([(f"{v}.x > {k} || has({v}.s)", lambda x: x["x"] > k or x["s"] is not None),
                                    (f"{v}.x != {k} ? '' : 'x is ' + string({v}.x)", lambda x: x["x"] != k)])
        if t["type"] == "record":
            return f"{v}.seq > {k}", lambda x: x["seq"] > k
        return f"size({v}) <= {k}", lambda x: len(x) <= k

    def ruled(self, record):
        """Rules on every record that there is, and on some of their fields; and tags."""
        for r in self.named:
            for holder, t in [(r, r), *((f, f["type"]) for f in r["fields"])]:
                if self.rng.random() < 0.12:
                    text, holds = self.check(t, "this")
                    name = self.name()
                    holder["confluent:rules"] = [{"name": name, "expr": text}]
                    self.inline.setdefault(id(holder), []).append((name, holds))
                if holder is not r and self.rng.random() < 0.3:
                    holder["confluent:tags"] = ["T"]

    def domain_rule(self):
        rng, name = self.rng, self.name("d")
        rule = {"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL_FIELD"}
        if rng.random() < 0.3:
            self.counting.add(name)
            rule["onFailure"] = "NONE"
        kind = rng.choice(["int", "string"])
        text, holds = self.check(kind, "value")
        rule["expr"] = f"typeName == '{kind.upper()}' ; {text}"
        tags = ["T"] if rng.random() < 0.5 else []
        rule["tags"] = tags
        self.domain.append((name, kind, tags, holds))
        return rule

    def promise(self, field):
        """A property of the contract for the field, and for what is within it as far as a contract can say."""
        made = self.element(field["type"], f"{field['name']}", [("field", field["name"])])
        if made is not None:
            self.contract.append({"name": field["name"], **made})

    def element(self, t, path, steps):
        if isinstance(t, list):
            branches = [b for b in t if b != "null"]
            if len(branches) > 1:
                return None
            t = branches[0]
        k = self.rng.choice([0, 1, 2])
        if t == "int":
            return self.optional("integer", path, steps, "minimum", k, lambda v: v >= k)
        if t == "string":
            return self.rng.choice([
                lambda: self.optional("string", path, steps, "maxLength", k, lambda v: len(v) <= k),
                lambda: self.optional("string", path, steps, "pattern", "[a-z]", lambda v: any("a" <= c <= "z" for c in v))])()
        if t["type"] == "array":
            made = self.optional("array", path, steps, "maxItems", k, lambda v: len(v) <= k)
            items = self.element(t["items"], path + "/*", [*steps, ("items", None)])
            return {**made, **({"items": items} if items is not None else {})}
        if t["type"] == "map":
            value = self.element(t["values"], path + "/*", [*steps, ("items", None)])
            return None if value is None else {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": value}}
        made = self.optional("object", path, steps, "required", ["s"], lambda v: v["s"] is not None)
        base = path.replace("/*", "")
        return {**made, "properties": [{"name": "x", **self.element("int", base + "/x", [*steps, ("field", "x")])},
                                       {"name": "s", **self.element("string", base + "/s", [*steps, ("field", "s")])}]}

    def optional(self, logical, path, steps, option, value, holds):
        if self.rng.random() < 0.8:
            return {"logicalType": logical}
        self.promises.append((f"{option} of {path}", steps, holds))
        return {"logicalType": logical, "logicalTypeOptions": {option: value}}

    # -- events

    def event(self, number):
        return {**self.value(self.root, 0), "id": f"k{number}", "seq": self.rng.randrange(0, 5)}

    def value(self, t, depth):
        rng = self.rng
        if isinstance(t, list):
            some = rng.choice([b for b in t if b != "null" or depth > 1 or rng.random() < 0.6] or t)
            if some == "null":
                return None
            value = self.value(some, depth)
            return (some["name"], value) if isinstance(some, dict) and some["type"] == "record" and len(t) > 2 else value
        if t in ("int", "long"):
            return rng.choice(INTS)
        if t == "string":
            return rng.choice(TEXTS)
        count = rng.randrange(0, 4 if depth < 3 else 2 if depth < 5 else 1)
        if t["type"] == "array":
            return [self.value(t["items"], depth + 1) for _ in range(count)]
        if t["type"] == "map":
            return {key: self.value(t["values"], depth + 1) for key in rng.sample(["a", "b/c", "~", "", "م"], count)}
        return {f["name"]: self.value(f["type"], depth + 1) for f in t["fields"]}

    # -- the model

    def failures(self, event):
        found = set()
        self.walk(self.root, event, "", None, found)
        for name, steps, holds in self.promises:
            self.follow(name, steps, holds, self.root, event, "", found)
        return found

    def is_bad(self, event):
        return any(name not in self.counting for name, _ in self.failures(event))

    def judge(self, holder, value, path, found):
        found |= {(name, path) for name, holds in self.inline.get(id(holder), []) if not holds(value)}

    def walk(self, t, value, path, field, found):
        """field: of which record's field the value is, itself or as an item: (field, its record)."""
        t, value = branch(t, value)
        if value is None:
            return
        if isinstance(t, str):
            for name, kind, tags, holds in self.domain:
                tagged = not tags or set(tags) & set(field.get("confluent:tags", []))
                if t == kind and tagged and not holds(value):
                    found.add((name, path))
        elif t["type"] == "record":
            self.judge(t, value, path, found)
            for f in t["fields"]:
                inner = branch(f["type"], value[f["name"]])[1]
                if inner is not None:
                    self.judge(f, inner, f"{path}/{f['name']}", found)
                self.walk(f["type"], value[f["name"]], f"{path}/{f['name']}", f, found)
        else:
            for key, item in items(value):
                self.walk(t.get("items", t.get("values")), item, f"{path}/{key}", field, found)

    def follow(self, name, steps, holds, t, value, path, found):
        """The contract's path; lists on the way to a field are gone through."""
        t, value = branch(t, value)
        if value is None:
            return
        if not steps:
            if not holds(value):
                found.add((name, path))
            return
        (kind, field), *rest = steps
        if isinstance(t, dict) and t["type"] in ("array", "map"):
            for key, item in items(value):
                self.follow(name, rest if kind == "items" else steps, holds, t.get("items", t.get("values")), item, f"{path}/{key}", found)
            return
        (inner,) = (f["type"] for f in t["fields"] if f["name"] == field)
        self.follow(name, rest, holds, inner, value[field], f"{path}/{field}", found)


def recorded(t, value):
    """As the register shows it: a value of a union of many is under its branch's name."""
    tag = isinstance(t, list) and len(t) > 2
    t, value = branch(t, value)
    if value is None:
        return None
    if isinstance(t, dict):
        inner = {f["name"]: f["type"] for f in t.get("fields", [])}
        of = t.get("items", t.get("values"))
        value = ([recorded(of, v) for v in value] if isinstance(value, list) else
                 {k: recorded(inner.get(k, of), v) for k, v in value.items()})
    return {t if isinstance(t, str) else t["name"]: value} if tag else value


def branch(t, value):
    """The type that a union's value has."""
    if not isinstance(t, list) or value is None:
        return t, value
    if isinstance(value, tuple):
        return next(b for b in t if isinstance(b, dict) and b.get("name") == value[0]), value[1]
    if isinstance(value, str):
        return "string", value
    if isinstance(value, int):
        return "int", value
    return next(b for b in t if isinstance(b, dict)), value


def items(value):
    return enumerate(value) if isinstance(value, list) else ((k.replace("~", "~0").replace("/", "~1"), v) for k, v in value.items())
