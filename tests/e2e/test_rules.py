# SPDX-License-Identifier: Apache-2.0
"""Rules at the door: what a structure's rules refuse is in the quarantine with every rule that does not hold, and what they
pass is recorded; as Confluent's data contracts carry them, and as they stand in the schema itself."""

import copy
import datetime
import decimal
import json

import pytest
from kit import stream

FUTURE = datetime.date(2999, 1, 1)


def rule(name, expr, **more):
    return {"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": expr, **more}


RULES = [
    rule("civilNumber", "message.civil_no.matches('[0-9]{8}')", doc="the civil number has eight digits"),
    rule("bornBeforeEntry", "message.birth_date <= message.updated_at"),
    rule("income", "decimals.ge(message.income, decimal('-1000'))"),
    rule("عنوان_مسقط", "message.governorate == 'مسقط' ; has(message.address)"),
    rule("noBlank", "typeName == 'STRING' ; size(value) > 0", type="CEL_FIELD"),
    rule("counted", "message.active", onFailure="NONE"),
    rule("ofReaders", "false", mode="READ"),
    rule("off", "false", disabled=True),
]


def with_inline(schema):
    """The residents' structure with rules in it."""
    schema = copy.deepcopy(schema)
    fields = {f["name"]: f for f in schema["fields"]}
    fields["address"]["confluent:rules"] = [{"name": "shortAddress", "expr": "size(this) < 60"}]
    schema["confluent:rules"] = [
        {"name": "names", "doc": "both names or none",
         "expr": "this.name_ar != '' || this.name_en == '' ? '' : 'no Arabic name for ' + this.name_en"}]
    return schema


@pytest.fixture
def register(world):
    """The residents' dataset with rules; rules: its rule set."""
    def made(rules, change=lambda schema: schema):
        dataset, people = world.residents()
        node = world.registry().start()
        schema = change(json.loads(dataset.structure.text))
        schema["doc"] = "with rules"
        answer = node.post(f"/subjects/{dataset.topic}-value/versions",
                           {"schema": json.dumps(schema), "ruleSet": {"domainRules": rules}})
        assert answer.status == 200, answer.text
        dataset.structure = people.structure = stream.Structure(schema, answer.json["id"])
        return dataset, people, node

    return made


def bad(people, number, rule_name, reason="rule_failed", path="", **change):
    event = stream.upsert(people.structure, "civil_no", {**people.row(number, 1), "address": "نزوى", **change})
    event.verdict, event.reason, event.path = "quarantined", reason, path
    event.note = rule_name
    return event


def test_each_rule_refuses_what_breaks_it_and_nothing_else(world, register):
    dataset, people, _ = register(RULES, with_inline)
    world.engine().start()
    good = stream.upsert(people.structure, "civil_no", {**people.row(1, 1), "address": "مسقط", "active": True})
    counted = stream.upsert(people.structure, "civil_no", {**people.row(2, 1), "address": "نزوى", "active": False})
    events = [
        good,
        counted,
        bad(people, 3, "bornBeforeEntry", birth_date=FUTURE),
        bad(people, 4, "income", income=decimal.Decimal("-1000.01")),
        bad(people, 5, "عنوان_مسقط", governorate="مسقط", address=None),
        bad(people, 6, "noBlank", path="/wilayat", wilayat=""),
        bad(people, 7, "shortAddress", path="/address", address="x" * 60),
        stream.upsert(people.structure, "civil_no", {**people.row(8, 1), "governorate": "ظفار", "address": None}),
        stream.upsert(people.structure, "civil_no", {**people.row(9, 1), "address": "x" * 59}),
    ]
    dataset.send_all(events)
    dataset.wait_drained()
    rows = {row["topic_offset"]: row for row in dataset.quarantine()}
    wanted = {i: e for i, e in enumerate(events) if e.verdict == "quarantined"}
    assert {i: rows[i]["rule"] for i in rows} == {i: e.note for i, e in wanted.items()}
    assert all([f["rule"] for f in rows[i]["failures"]] == [rows[i]["rule"]] for i in rows)
    world.finish()


def test_every_rule_that_does_not_hold_is_named_with_its_path(world, register):
    dataset, people, _ = register(RULES, with_inline)
    world.engine().start()
    dataset.send_all([bad(people, 1, "bornBeforeEntry", birth_date=FUTURE, wilayat="", name_ar="", name_en="Salim",
                          income=decimal.Decimal(-5000), active=False)])
    dataset.wait_drained()
    (row,) = dataset.quarantine()
    assert [(f["rule"], f["path"], f["reason"]) for f in row["failures"]] == [
        ("bornBeforeEntry", "", "rule_failed"), ("income", "", "rule_failed"), ("noBlank", "/name_ar", "rule_failed"),
        ("noBlank", "/wilayat", "rule_failed"), ("counted", "", "rule_failed"), ("names", "", "rule_failed")]
    assert row["failures"][-1]["text"] == "no Arabic name for Salim"
    shown = world.nrc.json("quarantine", "show", str(row["id"]))
    assert shown["rule"] == "bornBeforeEntry" and len(shown["violations"]) == 6
    assert "Salim" not in row["detail"], "who may not see the event does not see its values"
    world.finish()


def test_a_rule_that_cannot_be_computed_or_takes_too_long_keeps_the_event_out(world, register):
    many = "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, " \
           "[1,2,3,4,5,6,7,8,9].all(e, message.seq != a * b * c * d * e * 1000000007)))))"
    dataset, people, _ = register([rule("divides", "1000 / message.seq > 1 || message.seq > 400"),
                                   rule("long", f"message.seq != 77 || {many}")])
    world.engine().start()
    events = [bad(people, 1, "divides", "rule_error", seq=0), bad(people, 2, "long", "rule_cost", seq=77),
              stream.upsert(people.structure, "civil_no", people.row(3, 5))]
    for event, order in zip(events, (0, 77, 5)):
        event.order = order
    dataset.send_all(events)
    dataset.wait_drained()
    assert [(row["reason"], row["rule"]) for row in dataset.quarantine()] == [("rule_error", "divides"), ("rule_cost", "long")]
    world.finish()


@pytest.mark.parametrize(("expr", "why"), [
    ("message.incom > 1", "line 1, column 8: the record om.rop.Resident has no field incom; did you mean income?"),
    ("message.seq > 'x'", "line 1, column 13: the operator > does not take (int, string)"),
    ("message.seq", "line 1, column 8: the result must be bool; this one is int"),
    ("message.name_ar.matches('(')", "the regular expression is wrong at its byte 1"),
    ("(" * 10000 + "true" + ")" * 10000, "the rule is nested too deep"),
])
def test_an_ill_typed_rule_is_refused_at_registration_with_its_place(world, expr, why):
    dataset, _ = world.residents()
    node = world.registry().start()
    schema = {**json.loads(dataset.structure.text), "doc": "with rules"}
    answer = node.post(f"/subjects/{dataset.topic}-value/versions",
                       {"schema": json.dumps(schema), "ruleSet": {"domainRules": [rule("mine", expr)]}})
    assert (answer.status, answer.code) == (422, 42210) and why in answer.json["message"], answer.text
    assert "rule mine: " in answer.json["message"]
    assert node.versions(f"{dataset.topic}-value") == [1], "nothing is registered"
    world.finish()


# -- rules of a config


def with_doc(dataset, doc):
    return {**json.loads(dataset.structure.text), "doc": doc}


def test_a_rule_of_an_override_keeps_an_event_out(world):
    """Nobody sent the rule with the structure: the steward has set it, for all structures of the registry."""
    dataset, people = world.residents()
    node = world.registry().start()
    assert node.put("/config", {"overrideRuleSet": {"domainRules": [rule("bornBeforeEntry", "message.birth_date <= message.updated_at")]},
                                "defaultRuleSet": {"domainRules": [rule("income", "false")]}}).status == 200
    schema = with_doc(dataset, "with the rules of the config")
    answer = node.post(f"/subjects/{dataset.topic}-value/versions", {"schema": json.dumps(schema), "ruleSet": {
        "domainRules": [rule("income", "decimals.ge(message.income, decimal('-1000'))"), rule("bornBeforeEntry", "true")]}})
    assert answer.status == 200, answer.text
    dataset.structure = people.structure = stream.Structure(schema, answer.json["id"])
    world.engine().start()
    dataset.send_all([
        bad(people, 1, "bornBeforeEntry", birth_date=FUTURE),
        stream.upsert(people.structure, "civil_no", people.row(2, 1)),
        bad(people, 3, "income", income=decimal.Decimal("-1000.01")),
    ])
    dataset.wait_drained()
    assert [(row["topic_offset"], row["rule"]) for row in dataset.quarantine()] == [(0, "bornBeforeEntry"), (2, "income")]
    world.finish()


def test_who_is_refused_for_a_rule_of_a_config_is_told_whose_it_is(world):
    dataset, _ = world.residents()
    node = world.registry().start()
    subject = f"{dataset.topic}-value"

    def refusal(rules=None):
        answer = node.post(f"/subjects/{subject}/versions", {"schema": json.dumps(with_doc(dataset, "x")), **(
            {} if rules is None else {"ruleSet": {"domainRules": rules}})})
        assert (answer.status, answer.code) == (422, 42210), answer.text
        return answer.json["message"]

    bad_rule, good = rule("typo", "message.incom > 1"), rule("typo", "message.income > decimal('1')")
    no_field = "rule typo: line 1, column 8: the record om.rop.Resident has no field incom"
    for where, setting, told in (("/config", "defaultRuleSet", "the registry"), ("/config", "overrideRuleSet", "the registry"),
                                 (f"/config/{subject}", "overrideRuleSet", subject)):
        assert node.put(where, {setting: {"domainRules": [bad_rule]}}).status == 200
        assert refusal().startswith(f"in the {setting} of the config of {told}: {no_field}")
        assert refusal([rule("mine", "true")]).startswith(f"in the {setting} of the config of {told}: {no_field}")
        assert node.put(where, {setting: None}).status == 200
    assert refusal([bad_rule]).startswith(no_field), "the client's own"
    node.put("/config", {"overrideRuleSet": {"domainRules": [good]}, "defaultRuleSet": {"domainRules": [bad_rule]}})
    answer = node.post(f"/subjects/{subject}/versions",
                       {"schema": json.dumps(with_doc(dataset, "x")), "ruleSet": {"domainRules": [bad_rule]}})
    assert answer.status == 200, "the override takes the place of the wrong ones"
    # A rule that the version before has cannot be run on the new structure: the version is named.
    node.put("/config", {"overrideRuleSet": None, "defaultRuleSet": None})
    schema = with_doc(dataset, "y")
    schema["fields"] = [f for f in schema["fields"] if f["name"] != "income"]
    answer = node.post(f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})
    assert (answer.status, answer.code) == (422, 42210), answer.text
    assert "has no field income" in answer.json["message"] and "while taking the rules of version 2" in answer.json["message"]
    world.finish()
