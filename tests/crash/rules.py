# SPDX-License-Identifier: Apache-2.0
"""The rules that the crash suite's dataset has, of each origin and action, and what each of them says of a row.

They stand here twice: as the product takes them (a rule set, rules within the schema, contracts), and as Python (`failures`), which
knows no CEL. Rules name no field that the structures of early.py do not have."""

import dataclasses
import datetime
import decimal
import json
import struct

from kit import residents, stream

FUTURE = datetime.date(2999, 1, 1)
REFUSED = "refuse me"  # PostgreSQL refuses this address: the batch is bisected
MUSCAT = "مسقط"


def cel(name, expr, on_failure=None, kind="CEL"):
    return {"name": name, "kind": "CONDITION", "mode": "WRITE", "type": kind, "expr": expr,
            **({"onFailure": on_failure} if on_failure else {})}


RULE_SET = {"domainRules": [
    cel("bornBefore", "message.birth_date <= message.updated_at", "ERROR"),
    cel("income", "decimals.ge(message.income, decimal('-1000'))", "DLQ"),
    cel("blank", "typeName == 'STRING' ; size(value) > 0", kind="CEL_FIELD"),
    cel("active", "message.active", "NONE"),
    cel("guarded", f"message.governorate == '{MUSCAT}' ; message.seq % 7 != 0", "NONE"),
    cel("divides", "100 / message.seq > -1000", "ERROR")]}
INLINE = [{"name": "names", "expr": "this.name_ar != '' || this.name_en == '' ? '' : 'no Arabic name for ' + this.name_en"}]
INLINE_OF_ADDRESS = [{"name": "shortAddress", "expr": "size(this) < 60"}]

# What a row is changed by, so that it breaks a rule, or the register refuses it.
BREACHES = [{"birth_date": FUTURE}, {"income": decimal.Decimal("-1000.01")}, {"wilayat": ""}, {"name_ar": ""}, {"note": ""},
            {"note": "N/A"}, {"address": "x" * 60}, {"address": REFUSED}]
BREACH_SHARE = 0.03


def schema():
    """The residents' with a number that the agency counts up, a note, and rules. `active` stays the last field, for kit/faults.py."""
    made = json.loads(residents.structure().text)
    made["confluent:rules"] = INLINE
    fields = {f["name"]: f for f in made["fields"]}
    fields["address"]["confluent:rules"] = INLINE_OF_ADDRESS
    made["fields"][-1:-1] = [{"name": "number", "type": ["null", "long"], "default": None},
                             {"name": "note", "type": ["null", "string"], "default": None}]
    return made


def ending(version):
    """A contract's version keeps out civil numbers with this end, so that it shows which version was in force."""
    return f"{version * 13 % 100:02}"


def contract(dataset, version):
    def rule(name, expr, severity):
        return {"name": name, "type": "custom", "engine": "cel", "implementation": expr, "severity": severity}

    types = {"civil_no": "string", "seq": "integer", "number": "integer", "note": "string", "updated_at": "timestamp"}
    properties = {name: {"name": name, "logicalType": kind} for name, kind in types.items()}
    properties["civil_no"]["primaryKey"] = True
    properties["note"]["quality"] = [
        {"metric": "nullValues", "mustBeLessThan": 50, "unit": "percent"},
        {"metric": "missingValues", "arguments": {"missingValues": ["", "N/A"]}, "mustBe": 0, "severity": "error"}]
    return json.dumps({
        "apiVersion": "v3.2.0", "kind": "DataContract", "id": "residents", "version": f"{version}.0.0", "status": "active",
        "description": {"purpose": "p"},
        "team": {"members": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}]},
        "schema": [{"name": dataset, "properties": list(properties.values()), "quality": [
            rule("this version's", f"!message.civil_no.endsWith('{ending(version)}')", "error"),
            rule("warned", f"message.active || message.governorate != '{MUSCAT}'", "warning"),
            rule("counted", "message.seq % 5 != 0", "info")]}],
        "customProperties": [
            {"property": "legalBasis", "value": "Law 1"}, {"property": "reviewDate", "value": "2099-01-01"},
            {"property": "collectionPoints", "value": [{"point": "offices", "mode": "computer"}]},
            {"property": "sequenceField", "value": "number"}, {"property": "sequenceFrom", "value": 1}]}, ensure_ascii=False)


class People(residents.Residents):
    """Residents that break rules now and then, and number what is sent: with holes, some of which are filled late."""

    def __init__(self, structure, seed):
        super().__init__(structure, seed)
        self.number, self.held = 0, []

    def row(self, number, seq):
        row = {**super().row(number, seq), "number": self.next_number(), "note": self.random.choice([None, "a", "b", "ملاحظة"])}
        if self.random.random() < BREACH_SHARE:
            for breach in self.random.sample(BREACHES, self.random.randrange(1, 3)):
                row.update(breach)
        return row

    def next_number(self):
        dice = self.random.random()
        if dice < 0.01:
            return None
        if dice < 0.02 and self.held:
            return self.held.pop(self.random.randrange(len(self.held)))
        if dice < 0.04:
            hole = self.random.randrange(1, 4)
            self.held += range(self.number + 1, self.number + 1 + hole)
            self.number += hole
        self.number += 1
        return self.number


@dataclasses.dataclass(frozen=True)
class Failure:
    origin: str  # structure, contract
    rule: str
    path: str = ""
    action: str = "quarantine"
    reason: str = "rule_failed"


def failures(structure, row, contract_version):
    """All of a row's, in the order in which they are told. structure: a stream.Structure."""
    fields = {f["name"]: f["type"] for f in structure.parsed["fields"]}

    def of(origin, name, fails, path="", **more):
        return [Failure(origin, name, path, **more)] if fails else []

    texts = [n for n, kind in fields.items() if "string" in kind and row[n] is not None]  # or a union of it
    address = row.get("address") if "address" in fields else None
    return [
        *of("structure", "bornBefore", row["birth_date"] == FUTURE),
        *of("structure", "income", row["income"] < -1000),
        *[Failure("structure", "blank", f"/{n}") for n in texts if row[n] == ""],
        *of("structure", "active", not row["active"], action="count"),
        *of("structure", "guarded", row["governorate"] == MUSCAT and row["seq"] % 7 == 0, action="count"),
        *of("structure", "divides", row["seq"] == 0, reason="rule_error"),
        *of("structure", "names", row["name_ar"] == "" and row["name_en"] != ""),
        *of("structure", "shortAddress", address is not None and len(address) >= 60, "/address"),
        *of("contract", "this version's", row["civil_no"].endswith(ending(contract_version))),
        *of("contract", "warned", not row["active"] and row["governorate"] == MUSCAT, action="warn"),
        *of("contract", "counted", row["seq"] % 5 == 0, action="count"),
        *of("contract", "nullValues of note", row["note"] is None, action="count"),
        *of("contract", "missingValues of note", row["note"] in ("", "N/A")),
    ]


class Rules:
    """The dataset's rules through a run: its structures, its contract's versions, and the verdict of each event that was taken.

    A contract is changed while no engine runs. So the positions tell under which version an event was judged, or, if it was parked then,
    that it was judged later."""

    def __init__(self, world, dataset):
        self.world, self.dataset = world, dataset
        self.structures = {}  # schema id: (version, structure)
        self.contracts = []  # (version, {partition: next offset}, places of parked events)
        self.failures = {}  # place: of each event whose rules were run

    def add_structure(self, structure):
        self.structures[structure.schema_id] = (len(self.structures) + 1, structure)

    def apply_contract(self):
        version = len(self.contracts) + 1
        at = {p["partition"]: p["next_offset"] for p in self.dataset.positions()}
        path = self.world.folder / f"contract-{version}.json"
        path.write_text(contract(self.dataset.name, version))
        self.world.nrc.run("contract", "apply", path)
        waiting = self.world.rows("SELECT p.partition, q.topic_offset FROM nrc.quarantine q JOIN nrc.position p ON p.id = q.position_id"
                                  " WHERE q.reason = 'not_yet_active' AND q.status = 'open'")
        self.contracts.append((version, at, {(r["partition"], r["topic_offset"]) for r in waiting}))

    def contract_of(self, event):
        place = event.partition, event.offset
        return max(version for version, at, waiting in self.contracts
                   if event.offset >= at.get(event.partition, 0) or place in waiting)

    def judge(self):
        """The verdict of each event that came since: all were taken by now."""
        for event in self.dataset.sender.sent:
            place = event.partition, event.offset
            if event.verdict != "recorded" or event.is_delete or place in self.failures:
                continue
            failed = self.failures[place] = failures(self.structure_of(event)[1], event.row, self.contract_of(event))
            against = [f for f in failed if f.action == "quarantine"]
            if against:
                event.verdict, event.reason, event.path = "quarantined", against[0].reason, against[0].path
            elif event.row.get("address") == REFUSED:
                event.verdict, event.reason = "quarantined", "register_refused"

    def structure_of(self, event):
        (schema_id,) = struct.unpack(">i", event.value_bytes[1:5])
        return self.structures[schema_id]


def dataset(world, node, partitions, seed):
    """The dataset with its rule set and the first contract, and its people. node: a registry that runs."""
    made = world.dataset(f"rop{world.tag}.residents", "civil_no", partitions=partitions, options=("--event-time", "updated_at"))
    answer = node.post(f"/subjects/{made.topic}-value/versions", {"schema": json.dumps(schema()), "ruleSet": RULE_SET})
    assert answer.status == 200, answer.text
    made.structure = stream.Structure(schema(), answer.json["id"])
    rules = Rules(world, made)
    rules.add_structure(made.structure)
    rules.apply_contract()
    world.execute(f"ALTER TABLE {made.name}_history ADD CONSTRAINT refuse CHECK (address <> '{REFUSED}' OR address::int > 0)")
    return made, People(made.structure, seed), rules
