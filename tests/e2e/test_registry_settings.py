# SPDX-License-Identifier: Apache-2.0
"""What a config adds to the versions registered under it: defaults and overrides of metadata and rules, the property
confluent:version, and fields that are reserved. In Confluent's meaning, and with the complaints of its users and of
Apicurio's as cases."""

import concurrent.futures
import json
import re

import pytest
from kit import paths
from kit.registry import body_of, quote, record, refused

A = {"name": "a", "type": "string"}
B = {"name": "b", "type": "string", "default": ""}
ONE, TWO = record(A), record(A, B)
ALL = {"Confluent_Accept_Unknown_Properties": "true"}


def rule(name, expr="true", **more):
    return {"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": expr, **more}


def domain(*rules):
    return {"domainRules": list(rules)}


def configure(registry, subject, **settings):
    answer = registry.put(f"/config/{quote(subject)}" if subject else "/config", settings)
    assert answer.status == 200, answer


def version(registry, subject, number="latest"):
    answer = registry.get(f"/subjects/{quote(subject)}/versions/{number}")
    assert answer.status == 200, answer
    return answer.json


def rules_of(row, where="domainRules"):
    """What the rules say, by name, in their order."""
    return {r["name"]: r.get("expr") for r in row.get("ruleSet", {}).get(where, [])}


def names_of(row):
    return list(rules_of(row))


@pytest.fixture
def everywhere(registry):
    """Sets the registry's own config, for this test."""
    yield lambda **settings: configure(registry, "", **settings)
    registry.delete("/config")


# -- defaults and overrides


def test_a_version_is_the_default_under_its_own_under_the_override(registry, subject):
    configure(registry, subject,
              defaultMetadata={"properties": {"owner": "moh", "a": "d"}, "tags": {"**.a": ["PII", "KEY"]}, "sensitive": ["a"]},
              overrideMetadata={"properties": {"law": "19"}, "sensitive": ["law"]},
              defaultRuleSet=domain(rule("first", "'d' != ''"), rule("both", "'d' != ''")),
              overrideRuleSet=domain(rule("last", "'v' != ''")))
    sent = body_of(ONE, metadata={"properties": {"a": "o", "law": "none"}, "tags": {"**.a": ["PRIVATE"]}},
                   ruleSet=domain(rule("both", "'o' != ''"), rule("last", "'o' != ''")))
    answer = registry.post(f"/subjects/{subject}/versions", sent, **ALL)
    assert answer.status == 200, answer
    row = version(registry, subject)
    assert row["metadata"] == {"properties": {"owner": "moh", "a": "o", "law": "19"}, "tags": {"**.a": ["PRIVATE"]},
                               "sensitive": ["a", "law"]}
    assert rules_of(row) == {"first": "'d' != ''", "both": "'o' != ''", "last": "'v' != ''"}
    assert names_of(row) == ["first", "both", "last"]
    for told in (answer.json, registry.get(f"/schemas/ids/{row['id']}").json, registry.post(f"/subjects/{subject}", sent).json):
        assert (told["metadata"], told["ruleSet"]) == (row["metadata"], row["ruleSet"])


def test_the_same_again_is_the_same_version(registry, subject):
    """Apicurio 551: each start of a producer made a version."""
    configure(registry, subject, defaultRuleSet=domain(rule("d")), overrideRuleSet=domain(rule("v")),
              overrideMetadata={"properties": {"k": "v"}})
    first = registry.register(subject, ONE, ruleSet=domain(rule("own")))
    for again in ({"ruleSet": domain(rule("own"))}, {}, {"ruleSet": None}, {"version": -1}, {"metadata": None},
                  {"ruleSet": domain(rule("own")), "metadata": {}}, {"metadata": {"properties": {"k": "mine"}}}):
        assert registry.register(subject, ONE, **again) == first, again
        found = registry.look_up(subject, ONE, **{k: v for k, v in again.items() if k != "version"})
        assert (found.json["id"], found.json["version"]) == (first, 1), again
    assert registry.versions(subject) == [1]
    assert registry.register(subject, ONE, ruleSet=domain(rule("other"))) != first
    assert names_of(version(registry, subject)) == ["d", "other", "v"]
    assert registry.register(subject, ONE, ruleSet=domain(rule("own"))) == first, "an older version is still known"


def test_many_producers_at_once_make_one_version(registry, subject):
    configure(registry, subject, overrideRuleSet=domain(rule("v")))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: registry.register(subject, ONE), range(64)))
    assert len(ids) == 1 and registry.versions(subject) == [1]


def test_another_override_makes_another_version_and_older_ones_stay(registry, subject):
    old = registry.register(subject, ONE)
    configure(registry, subject, overrideRuleSet=domain(rule("v", "'1' != ''")))
    assert version(registry, subject)["id"] == old and "ruleSet" not in version(registry, subject)
    second = registry.register(subject, ONE)
    assert second != old and registry.register(subject, ONE) == second
    configure(registry, subject, overrideRuleSet=domain(rule("v", "'2' != ''"), rule("w")))
    third = registry.register(subject, ONE)
    assert len({old, second, third}) == 3 and registry.versions(subject) == [1, 2, 3]
    assert [rules_of(version(registry, subject, n)) for n in (1, 2, 3)] == [
        {}, {"v": "'1' != ''"}, {"v": "'2' != ''", "w": "true"}]
    assert registry.look_up(subject, ONE).json["version"] == 1, "what is looked up as it was sent is found as it was sent"


def test_what_was_merged_stays_until_rules_are_sent(registry, subject):
    configure(registry, subject, overrideRuleSet=domain(rule("v")), overrideMetadata={"properties": {"k": "v"}})
    registry.register(subject, ONE)
    configure(registry, subject, overrideRuleSet=None, overrideMetadata=None)
    registry.register(subject, TWO)
    assert names_of(version(registry, subject)) == ["v"] and version(registry, subject)["metadata"]["properties"] == {"k": "v"}
    registry.register(subject, TWO, metadata={}, ruleSet={})
    row = version(registry, subject)
    assert row["version"] == 3 and names_of(row) == [] and row["metadata"] == {}


@pytest.mark.parametrize("empty", [{}, {"domainRules": []}])
def test_a_look_up_finds_what_registering_finds(registry, subject, empty):
    """Confluent 3555: stored with an empty rule set, looked up with none."""
    made = registry.register(subject, ONE, ruleSet=empty, metadata={})
    assert registry.register(subject, ONE) == made
    assert registry.look_up(subject, ONE).json["id"] == made
    configure(registry, subject, defaultMetadata={"properties": {"k": "d"}})
    other = registry.register(subject, TWO)
    assert registry.look_up(subject, TWO).json["id"] == other == registry.register(subject, TWO)


def test_each_list_is_merged_for_itself_and_a_name_stands_once_in_all(registry, subject):
    up = {"name": "up", "kind": "TRANSFORM", "mode": "UPGRADE", "type": "JSONATA", "expr": "$"}
    configure(registry, subject, defaultRuleSet={"migrationRules": [up], "domainRules": [rule("d")]},
              overrideRuleSet={"encodingRules": [rule("e")]})
    registry.register(subject, ONE, ruleSet=domain(rule("own")))
    row = version(registry, subject)
    assert [list(rules_of(row, w)) for w in ("migrationRules", "domainRules", "encodingRules")] == [["up"], ["d", "own"], ["e"]]
    answer = registry.post(f"/subjects/{subject}/versions", body_of(TWO, ruleSet=domain(rule("e"))))
    refused(answer, 422, 42210)
    assert 'rule "e" is there twice' in answer.json["message"]
    assert f"overrideRuleSet of the config of {subject}" in answer.json["message"]
    assert registry.versions(subject) == [1]
    refused(registry.look_up(subject, TWO, ruleSet=domain(rule("e"))), 404, 40403)


# -- whose config


def test_each_setting_is_the_nearest_one_that_is_set(registry, everywhere, subject):
    """Apicurio 536: one setting of its own switched all of the general ones off. And 803: there must be a way to do that."""
    named = f":.c{subject[2:]}:{subject}"
    context = named[: named.index(subject)]
    everywhere(defaultRuleSet=domain(rule("registry")))
    configure(registry, ":.__GLOBAL:", defaultRuleSet=domain(rule("all")), overrideRuleSet=domain(rule("allToo")))
    try:
        configure(registry, subject, compatibility="NONE")
        registry.register(subject, ONE)
        assert names_of(version(registry, subject)) == ["registry", "allToo"]
        registry.register(named, ONE)
        assert names_of(version(registry, named)) == ["all", "allToo"], "the registry's own is the default context's"
        configure(registry, context, defaultRuleSet=domain(rule("context")))
        registry.register(named, TWO, ruleSet={})
        assert names_of(version(registry, named)) == ["context", "allToo"]
        configure(registry, named, overrideRuleSet={})
        registry.register(named, ONE, ruleSet={})
        assert names_of(version(registry, named)) == ["context"], "an empty one of its own switches off"
        shown = registry.get(f"/config/{quote(named)}?defaultToGlobal=true").json
        assert [r["name"] for r in shown["defaultRuleSet"]["domainRules"]] == ["context"] and shown["overrideRuleSet"] == {}
    finally:
        registry.delete("/config/" + quote(":.__GLOBAL:"))


def test_an_import_is_stored_as_it_comes(registry, subject):
    configure(registry, subject, overrideRuleSet=domain(rule("v")))
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    brought = record(A, name="Brought")
    registry.register(subject, brought, id=90_000_001, version=7)
    assert "ruleSet" not in version(registry, subject) and "metadata" not in version(registry, subject)
    assert registry.register(subject, brought, id=90_000_001, version=7) == 90_000_001
    registry.put(f"/mode/{subject}", {"mode": "READWRITE"})
    assert registry.register(subject, brought) != 90_000_001
    assert names_of(version(registry, subject)) == ["v"] and registry.versions(subject) == [7, 8]


# -- confluent:version

def number(value):
    return {"properties": {"confluent:version": value}}


def test_a_version_that_is_asked_for_by_number_says_so_in_its_metadata(registry, subject):
    """Confluent 3322: who does not send the property finds the version that has it."""
    plain = registry.register(subject, ONE)
    assert "metadata" not in version(registry, subject)
    assert registry.register(subject, ONE, version=-1) == plain, "it is the latest already"
    second = registry.register(subject, ONE, version=2)
    assert second != plain and version(registry, subject)["metadata"] == number("2")
    assert registry.register(subject, ONE, version=-1) == second
    refused(registry.post(f"/subjects/{subject}/versions", body_of(ONE, version=2)), 422, 42201)
    found = {"1": 1, "2": 2}
    for value, at in found.items():
        assert registry.look_up(subject, ONE, metadata=number(value)).json["version"] == at
        assert registry.register(subject, ONE, metadata=number(value)) == (plain, second)[at - 1]
    assert registry.look_up(subject, ONE).json["version"] == 1, "the one that was sent so"
    refused(registry.look_up(subject, ONE, metadata=number("3")), 404, 40403)
    registry.delete(f"/subjects/{subject}/versions/1")
    assert registry.look_up(subject, ONE).json["version"] == 2
    assert registry.look_up(subject, ONE, metadata={}).json["version"] == 2
    assert registry.register(subject, ONE) == second
    # A number that is no version's is replaced by the next.
    third = registry.register(subject, ONE, metadata=number("0"))
    assert version(registry, subject)["metadata"] == number("3") and third not in (plain, second)
    assert registry.register(subject, ONE, metadata=number("2")) == second
    # Other metadata: another version, which has no number.
    registry.register(subject, ONE, metadata={"properties": {"k": "v"}})
    assert version(registry, subject)["metadata"]["properties"] == {"k": "v"}
    registry.register(subject, ONE, version=5)
    assert version(registry, subject)["metadata"]["properties"] == {"k": "v", "confluent:version": "5"}
    assert registry.versions(subject) == [2, 3, 4, 5]


def test_a_number_is_kept_up_to_date_and_costs_no_version(registry, subject):
    """With a default: the version before has a number, and the same again is still the same."""
    configure(registry, subject, defaultMetadata={"properties": {"k": "d"}})
    first = registry.register(subject, ONE, version=1)
    assert version(registry, subject)["metadata"]["properties"] == {"k": "d", "confluent:version": "1"}
    assert {registry.register(subject, ONE) for _ in range(3)} == {first}
    assert registry.register(subject, ONE, version=-1) == first
    registry.register(subject, TWO)
    assert version(registry, subject)["metadata"]["properties"] == {"k": "d", "confluent:version": "2"}
    assert registry.versions(subject) == [1, 2]


# -- reserved fields

def reserve(names):
    return {"properties": {"confluent:reserved": names}}


CONFLICT = "The new schema has field that conflicts with the reserved field {}."
REMOVED = ("The new schema has reserved field {} removed from its metadata which is present in the old schema's metadata.")


def test_reserved_fields_are_refused_where_the_config_asks(registry, everywhere, subject):
    path = f"/subjects/{subject}/versions"
    sent = body_of(TWO, metadata=reserve(" b ,,c, b"))
    everywhere(validateFields=True)
    answer = registry.post(path, sent)
    refused(answer, 409, 409)
    assert answer.json["message"].count(CONFLICT.format("b")) == 1
    assert "{validateFields: 'true', compatibility: 'BACKWARD'}]" in answer.json["message"]
    asked = registry.post(f"/compatibility{path}?verbose=true", sent).json
    assert not asked["is_compatible"] and CONFLICT.format("b") in asked["messages"]
    configure(registry, subject, validateFields=False)
    first = registry.register(subject, TWO, metadata=reserve("b,c"))
    configure(registry, subject, validateFields=True)
    assert registry.register(subject, TWO, metadata=reserve("b,c")) == first, "what is there is there"
    # What is reserved stays so: the field goes, its name is not given to another, and the list loses nothing.
    registry.register(subject, ONE)
    again = record(A, {**B, "default": "x"})
    for broken, why in ((body_of(again), CONFLICT.format("b")), (body_of(ONE, metadata=reserve("c")), REMOVED.format("b")),
                        (body_of(ONE, metadata={}), REMOVED.format("c"))):
        answer = registry.post(path, broken)
        refused(answer, 409, 409)
        assert why in answer.json["message"]
        assert not registry.post(f"/compatibility{path}", broken).json["is_compatible"]
    registry.register(subject, ONE, metadata=reserve("c,d,b"))
    assert registry.versions(subject) == [1, 2, 3]
    configure(registry, subject, compatibility="NONE")
    refused(registry.post(path, body_of(again)), 409, 409)
    assert registry.post(f"{path}?force=true", body_of(again)).status == 200


def test_a_default_can_reserve(registry, subject):
    configure(registry, subject, validateFields=True, defaultMetadata=reserve("b"))
    registry.register(subject, ONE)
    refused(registry.post(f"/subjects/{subject}/versions", body_of(TWO)), 409, 409)
    refused(registry.post(f"/subjects/{subject}/versions", body_of(ONE, metadata=reserve("a"))), 409, 409)
    nested = record(A, {"name": "n", "type": ["null", record(B, name="N")], "default": None})
    registry.register(subject, nested)  # the record's own fields are meant, and no others


# -- the page


def test_the_page_of_rules_is_true(registry, subject):
    """The example of a config in ops/doc/rules.md, with the structure and the rules that stand there."""
    page = (paths.ROOT / "ops" / "doc" / "rules.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```", page, re.M | re.S))
    config, sent = json.loads(blocks["config"]), json.loads(blocks["rules"])
    configure(registry, subject, **config)
    registry.register(subject, blocks["avsc"], ruleSet=sent)
    row = version(registry, subject)
    whose = {"the override's": config["overrideRuleSet"], "the agency's": sent, "the default's": config["defaultRuleSet"]}
    shown = [f"{name}: {next(w for w, s in whose.items() if expr in [r['expr'] for r in s['domainRules'] if r['name'] == name])}"
             for name, expr in rules_of(row).items()]
    assert "\n".join(shown) + "\n" == blocks["merged"]
    assert row["metadata"] == config["overrideMetadata"]
