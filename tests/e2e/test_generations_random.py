# SPDX-License-Identifier: Apache-2.0
"""Random histories of structures against a model: every generation's view, the state and the history show what it says.

The model is written from the words of schema/plan/layout.h and of the head of 0019_views.sql, not from their code. All
datasets take a step, then one engine records the events of all, then each is compared. The first histories are given: they
are what users of other sinks and table formats complained of."""

import concurrent.futures
import datetime
import decimal
import hashlib
import os
import random
import re
import threading
import time
import uuid

import psycopg
import pytest
from kit import process, stream
from kit.registry import basic

FULL = os.environ.get("NRC_TEST_FULL") == "1"
SEED = int(os.environ.get("NRC_TEST_SEED", random.SystemRandom().randrange(10**6) if FULL else 10))
HISTORIES, STEPS = (60, 24) if FULL else (6, 8)
UTC = datetime.timezone.utc
AGENCY = "moh"

# ---- types: their columns, and values that others take and do not take ----

WHOLE = [0, 12, -7, 2**31 - 1]
TEXTS = ["12", "-0", "007", "0.5", "1e3", "true", "TRUE", "2024-02-29", "2023-02-29", "9999-12-31", "", " 1", "سالم",
         "9223372036854775807", "9223372036854775808", "9007199254740993", "123.45", "1000000", "NaN", "infinity", "today",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "x", "12\n", "0.1"]
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, 15, 250, tzinfo=UTC)


class Kind:
    """A type of Avro: its column's type, and values."""

    def __init__(self, avro, column, values, scale=0, precision=0):
        self.avro, self.column, self.values, self.scale, self.precision = avro, column, values, scale, precision

    @property
    def of_column(self):
        return self.column, self.scale


def decimal_kind(precision, scale, *more):
    unit, most = decimal.Decimal((0, (1,), -scale)), decimal.Decimal((1, (9,) * precision, -scale))
    return Kind({"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}, "numeric",
                [decimal.Decimal((0, (0,), -scale)), unit, most, *more], scale, precision)


def logical(base, name):
    return {"type": base, "logicalType": name}


KINDS = {
    "int": Kind("int", "bigint", WHOLE), "long": Kind("long", "bigint", [*WHOLE, 2**53, 2**53 + 1, 2**63 - 1, -2**63]),
    "float": Kind("float", "double precision", [0.0, 0.5, -3.0, 2.0**40]),
    "double": Kind("double", "double precision", [0.5, 0.1, 12.0, 1e300, 5e-324, 2.0**53, 1e15, -999.99, 1.7e308]),
    "string": Kind("string", "text", TEXTS), "bytes": Kind("bytes", "bytea", [b"", b"12", b"\xff", b"\x00", "س".encode()]),
    "boolean": Kind("boolean", "boolean", [True, False]),
    "d4.2": decimal_kind(4, 2, decimal.Decimal("10.02")), "d4.3": decimal_kind(4, 3, decimal.Decimal("1.002")),
    "d9.2": decimal_kind(9, 2), "d30.2": decimal_kind(30, 2), "d6.0": decimal_kind(6, 0), "d38.19": decimal_kind(38, 19),
    "d500.450": decimal_kind(500, 450),
    "date": Kind(logical("int", "date"), "date", [datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    "uuid": Kind(logical("string", "uuid"), "uuid", [uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]),
    "moment": Kind(logical("long", "timestamp-micros"), "timestamptz", [MOMENT]),
    "local": Kind(logical("long", "local-timestamp-micros"), "timestamp", [MOMENT.replace(tzinfo=None)]),
    "time": Kind(logical("long", "time-micros"), "time", [datetime.time(1, 2, 3, 4)]),
    "enum": Kind({"type": "enum", "name": "E", "symbols": ["true", "x"]}, "text", ["true", "x"]),
    "record": Kind({"type": "record", "name": "N", "fields": [{"name": "v", "type": "int"}]}, "jsonb", [{"v": 7}]),
    "array": Kind({"type": "array", "items": "string"}, "jsonb", [[], ["12"]]),
    "fixed": Kind({"type": "fixed", "name": "X", "size": 2}, "bytea", [b"12", b"\xff\xfe"]),
}
KEY_KIND, SEQ_KIND = KINDS["string"], KINDS["long"]


class Printed:
    """The text of a double: any that reads back as it."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, str) and float(other) == self.value

    def __repr__(self):
        return f"Printed({self.value!r})"


def fits(value, kind):
    unit = decimal.Decimal((0, (1,), -kind.scale))
    return value if value % unit == 0 and abs(value) < decimal.Decimal(10) ** (kind.precision - kind.scale) else None


def number_of(text):
    return decimal.Decimal(text) if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text, re.ASCII) else None


def to_text(value, kind):
    if kind.column == "bytea":
        try:
            return None if b"\0" in value else value.decode()
        except UnicodeDecodeError:
            return None
    return {"boolean": lambda: str(value).lower(), "numeric": lambda: f"{value:.{kind.scale}f}", "date": value.isoformat if
            kind.column == "date" else None, "double precision": lambda: Printed(value)}.get(kind.column, lambda: str(value))()


def of_text(text, kind):
    number = number_of(text)
    if kind.column == "bytea":
        return text.encode()
    if kind.column == "boolean":
        return {"true": True, "false": False}.get(text)
    if kind.column == "uuid":
        return uuid.UUID(text) if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) else None
    if kind.column == "date":
        try:
            return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
        except ValueError:
            return None
    if number is None:
        return None
    if kind.column == "bigint":
        return int(text) if "." not in text and str(int(text)) == text and -2**63 <= int(text) < 2**63 else None
    if kind.column == "double precision":
        return float(text) if decimal.Decimal(repr(float(text))) == number else None
    return fits(number, kind)


def converted(value, source, target):
    """A value of one column as another one's: None where something would be lost."""
    pair = source.column, target.column
    if target.column == "text":
        return to_text(value, source) if source.column in ("bigint", "boolean", "uuid", "numeric", "double precision", "date",
                                                           "bytea") else None
    if source.column == "text":
        return of_text(value, target) if target.column in ("bytea", "boolean", "date", "uuid", "bigint", "double precision",
                                                           "numeric") else None
    numbers = {"bigint", "double precision", "numeric"}
    if not set(pair) <= numbers:
        return None
    exact = decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
    if target.column == "bigint":
        most = 2**53 if source.column == "double precision" else 2**63 - 1
        return int(exact) if exact == exact.to_integral_value() and -most <= exact <= most else None
    if target.column == "numeric":
        return fits(exact, target) if abs(exact) < decimal.Decimal("1e300") else None
    if source.column == "bigint":
        return float(value) if abs(value) <= 2**53 else None
    return float(exact) if abs(exact) < decimal.Decimal("1e300") and decimal.Decimal(repr(float(exact))) == exact else None


# ---- the model ----


class Given:
    """A field of a structure."""

    def __init__(self, name, kind, optional=True, aliases=()):
        self.name, self.kind, self.optional, self.aliases = name, kind, optional, tuple(aliases)

    def avro(self):
        kind = KINDS[self.kind].avro
        if isinstance(kind, dict) and "name" in kind:
            kind = {**kind, "name": f"{kind['name']}_{hashlib.md5(self.name.encode()).hexdigest()}"}
        out = {"name": self.name, "type": ["null", kind] if self.optional else kind}
        if self.optional:
            out["default"] = None
        if self.aliases:
            out["aliases"] = list(self.aliases)
        return out


class Structure:
    def __init__(self, fields):
        self.fields = [Given("id", "string", False), Given("seq", "long", False), *fields]
        self.made = stream.Structure({"type": "record", "name": "R", "fields": [f.avro() for f in self.fields]})
        self.columns = None  # of each field
        self.version = None
        self.request = None

    @property
    def own(self):
        return self.fields[2:]


class Field:
    def __init__(self, name):
        self.name = name


class Column:
    def __init__(self, ordinal, field, kind):
        self.ordinal, self.field, self.kind = ordinal, field, kind


def column_name(field):
    """A name that PostgreSQL would cut, or that is an internal one, has a hash at its end."""
    if len(field) <= 63 and not field.startswith("_nrc_"):
        return field
    ours = field.startswith("_nrc_")
    return ("f" if ours else "") + field[:63 - 9 - ours] + "_" + hashlib.sha256(field.encode()).hexdigest()[:8]


class Shown:
    """A field in a view."""

    def __init__(self, column, name):
        self.column, self.base, self.name = column, name, name


class Refused(Exception):
    """The structure gives a field another type."""


class Model:
    def __init__(self):
        self.columns = []
        self.generations = [[]]  # of the Shown, the present one last
        self.rows = {}  # key → ordinal → value; None: deleted
        self.history = {}  # offset → the same

    def of_field(self, field):
        return [c for c in self.columns if c.field is field]

    def settle(self, structure, may_change_types):
        """Gives the structure its columns; raises before it changes anything."""
        names = {f.name for f in structure.fields}
        given = [None] * len(structure.fields)
        known = {c.field.name for c in self.columns}
        for i, f in enumerate(structure.fields):
            own = [c for c in self.columns if c.field.name == f.name]
            given[i] = next((c for c in own if c.kind.of_column == KINDS[f.kind].of_column), None)
            if own and given[i] is None and not may_change_types:
                raise Refused(f.name)
        for i, f in enumerate(structure.fields):
            if f.name not in known:
                given[i] = next((c for s in self.generations[-1] if s.name == column_name(f.name)
                                 for c in self.of_field(s.column.field)
                                 if c not in given and c.kind.of_column == KINDS[f.kind].of_column), None)
        renamed = []
        for i, f in enumerate(structure.fields):
            for alias in f.aliases if f.name not in known and given[i] is None else ():
                own = [c for c in self.columns if c.field.name == alias and alias not in names]
                fit = [c for c in own if c.kind.of_column == KINDS[f.kind].of_column]
                if fit and not any(c in given for c in own):
                    given[i] = fit[0]
                    renamed.append((fit[0].field, f.name))
                    break
        for i, f in enumerate(structure.fields):
            if given[i] is None:
                field = next((c.field for c in self.columns if c.field.name == f.name), None) or Field(f.name)
                given[i] = Column(len(self.columns) + 1, field, KINDS[f.kind])
                self.columns.append(given[i])
            elif given[i].kind.precision < KINDS[f.kind].precision:
                given[i].kind = KINDS[f.kind]
        for field, name in renamed:
            field.name = name
        structure.columns = given

    def take_up(self, structure):
        former = self.generations[-1]
        view = [Shown(s.column, s.base) for s in former]
        for column, f in sorted(zip(structure.columns, structure.fields), key=lambda pair: pair[0].ordinal):
            there = next((s for s in view if s.column.field is column.field), None)
            if there is None:
                view.append(Shown(column, column_name(f.name)))
            else:
                there.column, there.base = column, column_name(f.name)
        seen = set()
        for s in view:
            s.name = f"{s.base[:50]}#{s.column.ordinal}" if s.base in seen else s.base
            seen.add(s.base)
        if any(a.column.kind.column != b.column.kind.column for a, b in zip(former, view)):
            self.generations.append(view)
        else:
            self.generations[-1] = view

    def record(self, structure, row, offset=None):
        values = {c.ordinal: row[f.name] for c, f in zip(structure.columns, structure.fields) if row[f.name] is not None}
        now = self.rows.get(row["id"])
        if now is None or now[2] < values[2]:
            self.rows[row["id"]] = values
        self.history[offset] = values

    def value(self, values, column):
        """As a view shows it whose column it is."""
        if values.get(column.ordinal) is not None:
            return values[column.ordinal]
        for other in self.of_field(column.field):
            if values.get(other.ordinal) is not None:
                return converted(values[other.ordinal], other.kind, column.kind)
        return None

    def seen(self, generation):
        return {key: [self.value(values, s.column) for s in generation] for key, values in self.rows.items() if values}


# ---- one dataset and its history ----

NAMES = ["weight", "mass", "Weight", "ward", "_nrc_1", "n" * 70]


class History:
    def __init__(self, lab, number, script):
        self.lab, self.script = lab, script
        self.random = random.Random(f"{SEED}/{number}")
        self.name = f"d{number}"
        self.dataset = lab.world.dataset(f"{AGENCY}.{self.name}", "id")
        self.dataset.comparable = False
        self.subject = f"{self.dataset.topic}-value"
        self.people = number % 2
        self.model = Model()
        self.live, self.retired, self.pending, self.future, self.gone = [], [], [], [], []
        self.early, self.seq, self.trace, self.views = [], 0, [], []
        lab.db.execute("UPDATE nrc.dataset SET review_people = %s, breaking_people = %s, breaking_notice = false WHERE name = %s",
                       (self.people, self.people, self.name))
        self.ask(Structure([Given("weight", "int")]))

    # -- steps

    def say(self, *words):
        self.trace.append(" ".join(map(str, words)))

    def story(self, what):
        return "\n".join([f"seed {SEED}, {self.dataset.name}: {what}", *self.trace])

    def said(self, structure):
        return [(f.name[:12], f.kind, "" if f.optional else "required", *f.aliases) for f in structure.own]

    def newest(self):
        return self.live[-1] if self.live else None

    def ask(self, structure, days=0):
        """A structure is registered, and approved at once, later, or never."""
        self.say("ask", self.said(structure), f"in {days} days" if days else "")
        if self.newest() is None and not self.future and not self.gone:
            answer = self.lab.salim.request("POST", f"/subjects/{self.subject}/versions", {"schema": structure.made.text})
            assert answer.status == 200, self.story(answer)
            structure.made.schema_id = answer.json["id"]
            return self.applied(structure, True, 0)
        more = {"effective_at": at(days)} if days else {}
        answer = self.lab.salim.request("POST", "/nrc/v1/requests", {"dataset": self.dataset.name, "reason": "law 12",
                                                                 "schema": structure.made.text, **more})
        assert answer.status in (200, 201, 409, 422), self.story(answer)
        if answer.status in (409, 422):
            return self.refused(structure, answer)
        if not answer.json:
            return self.say("nothing new")
        structure.request, structure.days = answer.json["id"], days
        structure.made.schema_id = self.lab.one("SELECT schema_id FROM nrc.structure_request WHERE id = %s", structure.request)
        structure.breaking = answer.json["class"] == "breaking"
        self.say("request", structure.request, answer.json["class"], answer.json["state"])
        if answer.json["state"] == "approved":
            return self.applied(structure, structure.breaking, days)
        try:  # what waits could be applied
            self.copy().settle(structure, structure.breaking)
        except Refused as field:
            raise AssertionError(self.story(f"{field} has another type, and that is not breaking")) from None
        structure.columns = None
        self.pending.append(structure)
        return None

    def copy(self):
        model = Model()
        model.columns, model.generations = list(self.model.columns), self.model.generations
        kept = {c.field: c.field.name for c in model.columns}
        kinds = [(c, c.kind) for c in model.columns]
        settle = model.settle

        def undo(*args):
            try:
                settle(*args)
            finally:
                for field, name in kept.items():
                    field.name = name
                for column, kind in kinds:
                    column.kind = kind
        model.settle = undo
        return model

    def refused(self, structure, answer):
        """Only because a field changes its type by what is no breaking change."""
        self.say("refused", answer.text)
        if any(o.made.text == structure.made.text for o in self.retired + self.future + self.pending):
            return  # it is known, and is not to be used
        before = {f.name: KINDS[f.kind].of_column for f in self.newest().fields} if self.newest() else {}
        changed = [f.name for f in structure.fields if before.get(f.name, KINDS[f.kind].of_column) != KINDS[f.kind].of_column]
        assert not changed, self.story("a breaking change was refused")
        with pytest.raises(Refused):
            self.copy().settle(structure, False)

    def applied(self, structure, breaking, days):
        former = next((o for o in self.gone if o.made.text == structure.made.text), None)
        if former is not None:
            self.gone.remove(former)
            structure.columns = former.columns
        else:
            try:
                self.model.settle(structure, breaking)
            except Refused as field:
                raise AssertionError(self.story(f"{field} has another type, and that is not breaking")) from None
        row = self.lab.row("SELECT version, field_columns FROM nrc.subject_version WHERE subject = %s AND schema_id = %s"
                           " AND deleted_at IS NULL", self.subject, structure.made.schema_id)
        structure.version = row["version"]
        assert row["field_columns"] == [c.ordinal for c in structure.columns], self.story(row)
        if days:
            self.future.append(structure)
            structure.days = days
        else:
            self.in_force(structure)

    def in_force(self, structure):
        self.model.take_up(structure)
        self.live.append(structure)
        self.live.sort(key=lambda o: o.version)

    def decide(self, structure, verb):
        self.pending.remove(structure)
        self.say(verb, structure.request)
        answer = self.lab.huda.request("POST", f"/nrc/v1/requests/{structure.request}/{verb}", {"reason": "read it"})
        if answer.status == 409:
            with pytest.raises(Refused):
                self.copy().settle(structure, structure.breaking)
            structure.columns = None
            answer = self.lab.huda.request("POST", f"/nrc/v1/requests/{structure.request}/rejection", {"reason": "it is late"})
            verb = "rejection"
        assert answer.status == 200, self.story(answer)
        if verb == "approval":
            self.applied(structure, structure.breaking, structure.days)

    def let_time_come(self, every=False):
        """Of the first or of more, in the order of their times."""
        self.future.sort(key=lambda o: (o.days, o.version))
        until = self.future[-1 if every else self.random.randrange(len(self.future))].days
        come = [o for o in self.future if o.days <= until]
        self.say("the time comes of", [(o.request, o.version) for o in come])
        self.lab.db.execute("UPDATE nrc.subject_version SET active_from = active_from - make_interval(days => 1000)"
                            " WHERE subject = %s AND version = ANY (%s)", (self.subject, [o.version for o in come]))
        for o in come:
            self.future.remove(o)
            self.in_force(o)
            for event, row in [e for e in self.early if e[0] is o]:
                self.early.remove((event, row))
                self.model.record(o, row, row["seq"])

    def delete(self, structure):
        self.say("delete version", structure.version)
        answer = self.lab.salim.request("DELETE", f"/subjects/{self.subject}/versions/{structure.version}")
        assert answer.status == 200, self.story(answer)
        self.live.remove(structure)
        self.gone.append(structure)

    def retire(self, structure):
        self.say("retire version", structure.version)
        self.lab.world.nrc.run("structure", "retire", self.dataset.name, structure.version, "--reason", "law 12")
        self.live.remove(structure)
        self.retired.append(structure)

    def build_on_view(self):
        """Somebody builds a view on the present one: it stays as it is."""
        name = f"{self.name}_on_{len(self.views)}"
        generation = self.model.generations[-1]
        picked = [0] + [i for i in range(1, len(generation)) if self.random.random() < 0.7]
        listed = ", ".join(psycopg.sql.Identifier(generation[i].name).as_string(self.lab.db) for i in picked)
        self.lab.db.execute(f"CREATE VIEW bi.{name} AS SELECT {listed} FROM {AGENCY}.{self.name}")
        names = [generation[i].name for i in picked]
        self.views.append((name, len(self.model.generations) - 1, picked, names))
        self.say("a view on", names)

    # -- random ones

    def mutated(self, structure):
        pick, fields = self.random, list(structure.own)
        for _ in range(pick.choice([1, 1, 1, 2])):
            free = [n for n in NAMES if n not in {m for f in fields for m in (f.name, *f.aliases)}]
            act = pick.choice(["add", "add", "remove", "rename", "type", "type", "type", "reorder", "grow"])
            at_field = pick.randrange(len(fields)) if fields else None
            if act == "add" and free:
                fields.append(Given(pick.choice(free), pick.choice(list(KINDS)), pick.random() < 0.7))
            elif act == "remove" and len(fields) > 1:
                fields.pop(at_field)
            elif act == "rename" and fields and free:
                old = fields[at_field]
                kind = old.kind if pick.random() < 0.8 else pick.choice(list(KINDS))
                fields[at_field] = Given(pick.choice(free), kind, old.optional, [old.name])
            elif act == "type" and fields:
                old = fields[at_field]
                fields[at_field] = Given(old.name, pick.choice(list(KINDS)), old.optional, old.aliases)
            elif act == "grow" and fields and fields[at_field].kind in ("d4.2", "d9.2"):
                fields[at_field] = Given(fields[at_field].name, "d30.2", fields[at_field].optional)
            else:
                pick.shuffle(fields)
        return Structure(fields)

    def step(self):
        if self.script:
            act, *words = self.script.pop(0)
            return getattr(self, act)(*words)
        pick = self.random
        every = self.live + self.retired + self.gone
        acts = ["change"] * 6 + ["later"] * 2 + ["build_on_view"] + ["decide"] * 6 * bool(self.pending)
        acts += ["time"] * 2 * bool(self.future) + ["delete", "retire"] * (len(self.live) > 2) + ["again"] * 2 * bool(self.gone)
        act = pick.choice(acts)
        if act in ("change", "later"):
            return self.ask(self.mutated(pick.choice([self.newest(), *every])), pick.randint(1, 300) if act == "later" else 0)
        if act == "decide":
            return self.decide(pick.choice(self.pending), "approval" if pick.random() < 0.8 else "rejection")
        if act == "time":
            return self.let_time_come()
        if act in ("delete", "retire"):
            return getattr(self, act)(pick.choice(self.live[:-1]))
        if act == "again":
            return self.ask(Structure(pick.choice(self.gone).own))
        return self.build_on_view()

    # -- what the scripts say

    def change(self, *fields):
        self.ask(Structure([Given(*f) for f in fields]))
        if self.pending:
            self.decide(self.pending[-1], "approval")

    def later(self, days, *fields):
        self.ask(Structure([Given(*f) for f in fields]), days)
        if self.pending:
            self.decide(self.pending[-1], "approval")

    def forget(self, index):
        self.delete(self.live[index])

    def again(self):
        self.ask(Structure(self.gone[-1].own))
        if self.pending:
            self.decide(self.pending[-1], "approval")

    # -- events

    def row_of(self, structure, key):
        self.seq += 1
        row = {"id": key, "seq": self.seq}
        for f in structure.own:
            row[f.name] = None if f.optional and self.random.random() < 0.1 else self.random.choice(KINDS[f.kind].values)
        return row

    def send(self):
        """Of structures in force, the newest and an older one, for keys that come again; now and then one too early."""
        for _ in range(3):
            structure = self.random.choice([self.newest(), self.random.choice(self.live)])
            key = f"k{self.random.randrange(9)}"
            if self.random.random() < 0.1:
                self.seq += 1
                self.dataset.send(stream.tombstone(key, self.seq))
                self.model.rows[key] = None
                continue
            row = self.row_of(structure, key)
            self.dataset.send(stream.upsert(structure.made, "id", row))
            self.model.record(structure, row, row["seq"])
        if self.future:
            structure = self.random.choice(self.future)
            row = self.row_of(structure, f"early{self.seq}")
            self.dataset.send(stream.upsert(structure.made, "id", row))
            self.early.append((structure, row))

    # -- the properties

    def read(self, relation, what="*"):
        try:
            cursor = self.lab.db.execute(f"SELECT {what} FROM {relation}")
        except psycopg.Error as error:
            raise AssertionError(self.story(f"{relation} cannot be read: {error}")) from error
        return [c.name for c in cursor.description], cursor.fetchall()

    def same(self, what, expected, found):
        assert found == expected, self.story(f"{what}:\nexpected {expected}\nfound    {found}")

    def check(self):
        model, table = self.model, f"{AGENCY}.{self.name}"
        columns = self.lab.db.execute("SELECT c.name, c.type, c.field FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id ="
                                      " c.dataset_id WHERE d.name = %s ORDER BY ordinal", (self.name,)).fetchall()
        self.same("columns", [(c.kind.column, c.field.name) for c in model.columns], [(c[1], c[2]) for c in columns])
        at_name = {name: n for n, (name, _, _) in enumerate(columns, 1)}
        assert all(name.split("#")[0][:50] == column_name(field)[:50] for name, _, field in columns), self.story(columns)
        wide = range(1, len(columns) + 1)
        for suffix, expected in (("_state", {k: v for k, v in model.rows.items() if v}), ("_history", model.history)):
            names, rows = self.read(table + suffix)
            found = {}
            for row in rows:
                values = {at_name[n]: v for n, v in zip(names, row) if n in at_name}
                if dict(zip(names, row))["_op"] not in (b"d", "d"):
                    found[values[1] if suffix == "_state" else values[2]] = [values[n] for n in wide]
            self.same(suffix, {k: [v.get(n) for n in wide] for k, v in expected.items()}, found)
        for n, generation in enumerate(model.generations, 1):
            view = table + (f"_g{n}" if n < len(model.generations) else "")
            names, rows = self.read(view)
            self.same(view, [s.name for s in generation], names)
            self.same(view, model.seen(generation), {row[0]: list(row) for row in rows})
        for view, n, picked, shown in self.views:
            names, rows = self.read(f"bi.{view}")
            self.same(view, shown, names)
            seen = model.seen(model.generations[n])
            self.same(view, {k: [v[i] for i in picked] for k, v in seen.items()}, {row[0]: list(row) for row in rows})


def at(days):
    return (datetime.datetime.now(UTC) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Lab:
    """A register, its registry with two stewards, and an engine."""

    def __init__(self, world):
        self.world = world
        world.nrc.add_agency(AGENCY)
        world.agencies.add(AGENCY)
        self.db = world.connect()
        self.db.prepare_threshold = None  # a prepared SELECT * dies when its view gets a column
        self.db.execute("INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE'); CREATE SCHEMA bi")
        self.secrets = {n: world.nrc.json("account", "add", n, "--person", n, "--role", "steward", "--decision", "1")["secret"]
                        for n in ("salim", "huda")}
        self.node = world.registry(anonymous=False).start()
        self.salim, self.huda = (self.node.session(**basic(n, s)) for n, s in self.secrets.items())

    def row(self, sql, *parameters):
        cursor = self.db.execute(sql, parameters)
        return dict(zip([c.name for c in cursor.description], cursor.fetchone()))

    def one(self, sql, *parameters):
        return next(iter(self.row(sql, *parameters).values()))

    def wait_shown(self):
        process.wait_until(lambda: not self.one("SELECT count(*) FROM nrc.subject_version v WHERE shown IS NULL AND part = 'value'"
                                                " AND deleted_at IS NULL AND active_from <= now()"), 30, "the views moved")

    def wait_recorded(self, histories):
        for h in histories:
            h.dataset.flush()
        process.wait_until(lambda: all(h.dataset.drained() for h in histories), 60, "all is drained", every=0.1)
        early = sum(len(h.early) for h in histories)
        process.wait_until(lambda: self.one("SELECT count(*) FROM nrc.quarantine WHERE status = 'open'") == early, 30,
                           "what came too early is recorded")


# What users of other systems complained of, each a history.
SCRIPTS = [
    # A column that was text becomes a timestamp, and every load stops (airbyte 72484).
    [("change", ("weight", "string")), ("change", ("weight", "moment")), ("change", ("weight", "string"))],
    # After a rename there are both columns, and the old values are under the old name alone (paimon 1076).
    [("change", ("mass", "int", True, ["weight"])), ("build_on_view",), ("change", ("mass", "string")),
     ("change", ("weight", "string", True, ["mass"]))],
    # decimal(4,2) becomes decimal(4,3), and 10.02 is cut (iceberg 8389); the digits grow under a view of somebody
    # (pg-schema-diff 280).
    [("change", ("weight", "d4.2")), ("change", ("weight", "d4.3")), ("build_on_view",), ("change", ("weight", "d9.2"))],
    # A dropped column comes back and shows what another one has (paimon 8126, debezium 5665).
    [("change", ("ward", "int")), ("build_on_view",), ("forget", 0), ("again",), ("change", ("ward", "int"), ("weight", "int"))],
    # A field is dropped and comes back with another type (hudi 7283, ClickHouse 113324).
    [("change", ("ward", "int")), ("change", ("weight", "record"), ("mass", "int", False)), ("build_on_view",)],
    # The old name is given to another field (yugabyte 10005: old values under the new name).
    [("change", ("mass", "int", True, ["weight"])), ("change", ("mass", "int"), ("weight", "string")), ("build_on_view",),
     ("change", ("mass", "int"), ("weight", "double")), ("change", ("mass", "int"), ("weight", "bytes"))],
    # Values at the ends of the types: a view must be readable with any of them.
    [("change", ("weight", "d500.450")), ("change", ("weight", "double")), ("change", ("weight", "string"))],
    # A rename, and a further change, both to come.
    [("later", 9, ("mass", "int", True, ["weight"])), ("change", ("weight", "int"), ("ward", "string")), ("build_on_view",),
     ("later", 5, ("weight", "string")), ("let_time_come", True)],
]


def test_every_generation_shows_what_the_model_says(world):
    with decimal.localcontext(decimal.Context(prec=2000)):
        run_histories(world)


def run_histories(world):
    lab = Lab(world)
    print(f"seed {SEED}")
    histories = [History(lab, n, list(script)) for n, script in enumerate(SCRIPTS + [[] for _ in range(HISTORIES)])]
    engine = world.engine(lanes=2).start()
    for step in range(STEPS):
        for h in histories:
            if step:
                h.step()
            h.send()
        lab.wait_shown()
        lab.wait_recorded(histories)
        for h in histories:
            h.check()
    assert world.nrc.json("ledger", "verify")["faults"] == []
    assert engine.stop() == 0


# ---- all at once ----

BUSY = 50002  # "try again": readers have had the views all the time


class Crowd:
    """Threads that do something until they are told to end; the first failure of any is the test's."""

    def __init__(self):
        self.ending, self.failures, self.threads = threading.Event(), [], []

    def start(self, act):
        def run():
            try:
                while not self.ending.is_set():
                    act()
            except Exception as error:  # noqa: BLE001 - the test raises it
                self.failures.append(error)
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures


class Asker:
    """Registers what comes to mind at one registry, and approves at another one what waits."""

    def __init__(self, lab, asks, decides, number):
        self.random, self.lab, self.number, self.asked = random.Random(f"{SEED}/asker/{number}"), lab, number, 0
        self.salim, self.huda = asks.session(**basic("salim", lab.secrets["salim"])), decides.session(**basic("huda", lab.secrets["huda"]))

    def __call__(self):
        self.asked += 1
        fields = [Given("weight", self.random.choice(["int", "string", "double", "d9.2"]))] if self.random.random() < 0.7 else []
        fields += [Given(f"a{self.number}_{n}", "int") for n in range(self.random.randint(0, self.asked))]
        answer = self.salim.request("POST", "/nrc/v1/requests", {
            "dataset": "moh.births", "reason": "law 12", "schema": Structure(fields).made.text})
        assert answer.status in (200, 201, 409, 422) or answer.code == BUSY, answer
        if answer.status == 201 and answer.json["state"] == "pending":
            verb = "approval" if self.random.random() < 0.8 else "rejection"
            decided = self.huda.request("POST", f"/nrc/v1/requests/{answer.json['id']}/{verb}", {"reason": "read it"})
            assert decided.status in (200, 409) or decided.code == BUSY, decided
            if decided.status == 409:
                self.huda.request("POST", f"/nrc/v1/requests/{answer.json['id']}/rejection", {"reason": "it is late"})


class Reader:
    """Transactions that read several generations, in any order, and hold their locks for a while."""

    def __init__(self, world, number):
        self.random, self.db = random.Random(f"{SEED}/reader/{number}"), world.connect()
        self.db.prepare_threshold = None

    def __call__(self):
        views = [r[0] for r in self.db.execute("SELECT relname FROM pg_class WHERE relname ~ '^births(_g[0-9]+)?$'").fetchall()]
        with self.db.transaction():
            for view in self.random.sample(views, min(3, len(views))):
                self.db.execute(f"SELECT * FROM moh.{view}").fetchall()
                self.db.execute("SELECT pg_sleep(%s)", (self.random.choice([0, 0.05, 0.05, 0.4]),))
        self.db.execute("SELECT pg_sleep(0.4)")


def shown_by(lab):
    """The model after all structures, in the order in which the view took them up."""
    model, fields = Model(), {}
    kinds = {k.column: k for k in KINDS.values()}
    for ordinal, field, column, precision, scale in lab.db.execute(
            "SELECT ordinal, field, type, precision, scale FROM nrc.dataset_column ORDER BY ordinal").fetchall():
        kind = Kind(None, column, [], scale or 0, precision or 0) if column == "numeric" else kinds[column]
        model.columns.append(Column(ordinal, fields.setdefault(field, Field(field)), kind))
    for ordinals, names in lab.db.execute("SELECT field_columns, field_names FROM nrc.subject_version WHERE shown IS NOT NULL"
                                          " ORDER BY shown").fetchall():
        taken = Structure([])
        taken.columns, taken.fields = [model.columns[o - 1] for o in ordinals], [Given(n, "int") for n in names]
        model.take_up(taken)
    return model


def test_everybody_at_once_while_structures_come_into_force_each_second(world):
    lab = Lab(world)
    dataset = world.dataset("moh.births", "id")
    dataset.comparable = False
    lab.db.execute("UPDATE nrc.dataset SET review_people = 1, breaking_people = 0, breaking_notice = false")
    first = Structure([Given("weight", "int")])
    answer = lab.salim.request("POST", f"/subjects/{dataset.topic}-value/versions", {"schema": first.made.text})
    first.made.schema_id = answer.json["id"]
    other = world.registry("r2", anonymous=False).start()
    engines = [world.engine(f"e{n}").start() for n in range(2)]
    crowd, sent, seconds = Crowd(), {}, 30 if FULL else 6
    for n in range(seconds):
        fields = [Given("weight", ["string", "double", "long"][n % 3]), *(Given(f"t{i}", "int") for i in range(n))]
        answer = lab.salim.request("POST", "/nrc/v1/requests", {"dataset": "moh.births", "reason": "law 12", "effective_at":
                                                            at((n + 2) / 86400), "schema": Structure(fields).made.text})
        assert answer.status == 201, answer

    def send():
        for _ in range(20):
            row = {"id": f"k{len(sent)}", "seq": len(sent), "weight": len(sent)}
            dataset.send(stream.upsert(first.made, "id", row))
            sent[row["id"]] = row["weight"]
        dataset.flush()
        process.pause(0.02)

    try:
        crowd.start(send)
        for n in range(2):
            crowd.start(Asker(lab, (lab.node, other)[n], (other, lab.node)[n], n))
        for n in range(3):
            crowd.start(Reader(world, n))
        process.wait_until(lambda: crowd.failures or not lab.one(
            "SELECT count(*) FROM nrc.subject_version WHERE shown IS NULL AND isfinite(active_from)"), seconds + 30, "all is in force")
    finally:
        crowd.end()
    lab.wait_shown()
    dataset.wait_drained()
    model = shown_by(lab)
    (weight,) = {c.field for c in model.columns if c.field.name == "weight"}
    number = next(c for c in model.of_field(weight) if c.kind.column == "bigint")
    assert len(model.generations) > 3
    for n, generation in enumerate(model.generations, 1):
        cursor = lab.db.execute(f"SELECT * FROM moh.births{f'_g{n}' if n < len(model.generations) else ''}")
        assert [c.name for c in cursor.description] == [s.name for s in generation]
        column = next(s.column for s in generation if s.column.field is weight)
        at_place = [s.column for s in generation].index(column)
        assert {row[0]: row[at_place] for row in cursor.fetchall()} == {
            key: value if column is number else converted(value, number.kind, column.kind) for key, value in sent.items()}
    assert lab.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert world.nrc.json("ledger", "verify")["faults"] == []
    assert [engine.stop() for engine in engines] == [0, 0]
