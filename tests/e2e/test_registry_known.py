# SPDX-License-Identifier: Apache-2.0
"""A body that the registry knows is answered from the register of now, also when another instance has changed it.

A worker remembers the meaning of the bytes; it does not remember whether the subject has the schema. There is one worker,
so that each request meets the memory of the one before."""

import json

import pytest

from kit.registry import body_of, quote

ONE = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "doc": "d", "z": 1, "b": 2}]}
SAME = json.dumps({"name": "R", "fields": [{"b": 2, "name": "a", "z": 1, "type": "int", "doc": "d"}], "type": "record"})
WIDER = {**ONE, "fields": [*ONE["fields"], {"name": "b", "type": "int", "default": 0}]}


@pytest.fixture
def pair(world):
    """Two instances of one worker each; the first knows every body that it is sent."""
    nodes = [world.registry(f"r{n}", NRC_REGISTRY_WORKERS=1).start() for n in (1, 2)]
    yield nodes
    world.finish()


def post(node, subject, body, query=""):
    return node.post(f"/subjects/{quote(subject)}/versions{query}", body)


def ask(node, subject, body, query=""):
    return node.post(f"/subjects/{quote(subject)}{query}", body)


def test_a_known_body_keeps_its_id_and_answers_the_same(pair):
    one, _ = pair
    first = post(one, "s", body_of(ONE))
    assert first.status == 200
    for body in (body_of(ONE), body_of(SAME), body_of(ONE), body_of(SAME)):
        again = post(one, "s", body)
        assert (again.status, again.json) == (200, first.json)
        found = ask(one, "s", body)
        assert found.json == ask(one, "s", body).json and found.json["id"] == first.json["id"]
    whole = {"Confluent-Accept-Unknown-Properties": "true"}
    full = one.request("POST", "/subjects/s/versions", body_of(ONE), **whole)
    assert full.json["version"] == 1 and json.loads(full.json["schema"]) == ONE


def test_what_another_instance_deletes_is_gone_at_once(pair):
    one, two = pair
    body = body_of(ONE)
    first = post(one, "s", body).json["id"]
    assert post(one, "s", body).json["id"] == first and ask(one, "s", body).status == 200
    assert two.delete("/subjects/s").json == [1]
    assert ask(one, "s", body).code == 40401
    assert ask(one, "s", body, "?deleted=true").json["version"] == 1
    assert two.delete("/subjects/s?permanent=true").json == [1]
    assert ask(one, "s", body, "?deleted=true").code == 40401
    second = post(one, "s", body)
    assert second.status == 200 and second.json["id"] != first
    assert ask(one, "s", body).json["id"] == second.json["id"]


def test_a_deleted_version_comes_back_as_a_new_one_and_obeys_mode_and_level(pair):
    one, two = pair
    bodies = body_of(ONE), body_of(WIDER)
    for body in bodies * 2:
        assert post(one, "s", body).status == 200
    assert two.delete("/subjects/s/versions/1").json == 1
    two.put("/mode/s", {"mode": "READONLY"})
    assert post(one, "s", bodies[0]).code == 42205, "it is no longer known, so the mode holds"
    assert post(one, "s", bodies[1]).status == 200, "what is known is answered in any mode"
    two.delete("/mode/s")
    assert post(one, "s", bodies[0]).status == 200
    assert one.versions("s") == [2, 3]


def test_one_body_means_each_subject_its_own(pair):
    one, _ = pair
    body = body_of(ONE)
    first = post(one, "s", body).json["id"]
    assert ask(one, "t", body).code == 40401
    assert post(one, "t", body).json["id"] == first
    assert one.versions("t") == [1]
    assert ask(one, ":.other:s", body).code == 40401


def test_settings_and_queries_decide_anew_how_a_known_body_is_printed(pair):
    one, two = pair
    body = body_of(ONE)
    assert post(one, "s", body).status == post(one, "s", body).status == 200
    assert "\"z\":1,\"b\":2" in ask(one, "s", body).json["schema"]
    two.put("/config/t", {"normalize": True})
    assert post(one, "t", body).status == 200
    assert "\"b\":2,\"z\":1" in ask(one, "t", body).json["schema"]
    assert ask(one, "t", body, "?normalize=true").json["id"] != one.look_up("s", ONE).json["id"]


def test_metadata_rules_and_asked_numbers_are_part_of_a_body(pair):
    one, two = pair
    plain, dressed = body_of(ONE), body_of(ONE, metadata={"properties": {"owner": "huda"}})
    first, second = post(one, "s", plain).json["id"], post(one, "s", dressed).json["id"]
    assert first != second
    assert [post(one, "s", b).json["id"] for b in (plain, dressed, plain, dressed)] == [first, second] * 2
    numbered = {**plain, "id": first, "version": 1}
    assert post(one, "s", numbered).json["id"] == post(one, "s", numbered).json["id"] == first
    for other in ({**plain, "id": first + 100, "version": 1}, {**plain, "id": first, "version": 2}):
        assert [post(one, "s", other).code for _ in range(2)] == [42205, 42205]
    refused = body_of(ONE, ruleSet={"domainRules": [{"name": "mask", "kind": "TRANSFORM", "mode": "WRITE", "type": "ENCRYPT",
                                                     "tags": ["PII"]}]})
    assert [post(one, "s", refused).status for _ in range(2)] == [422, 422]


def test_references_mean_what_the_register_has_under_them_now(pair):
    one, two = pair
    inner = {"type": "record", "name": "In", "fields": [{"name": "a", "type": "int"}]}
    post(one, "in", body_of(inner))
    body = body_of({"type": "record", "name": "Out", "fields": [{"name": "i", "type": "In"}]},
                   references=[{"name": "In", "subject": "in", "version": -1}])
    first = post(one, "out", body).json["id"]
    assert post(one, "out", body).json["id"] == first
    two.post("/subjects/in/versions", body_of({**inner, "doc": "newer"}))
    assert post(one, "out", body).json["id"] != first, "the latest is another version now"


def test_bodies_that_are_refused_are_refused_each_time(pair):
    one, _ = pair
    for body in (b"{", b"[]", body_of("{"), body_of(ONE, schemaType="JSON"), {"schema": ""}, body_of({"type": "nosuch"})):
        answers = [(post(one, "s", body).status, ask(one, "t", body).status) for _ in range(3)]
        assert len(set(answers)) == 1 and answers[0][0] >= 400
