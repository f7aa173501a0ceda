# SPDX-License-Identifier: Apache-2.0
"""Compatibility levels and modes over HTTP: where they are set, which schemas they refuse, and with which reasons."""

import secrets

import pytest
from kit.registry import body_of, record, refused

A = {"name": "a", "type": "string"}
B = {"name": "b", "type": "string"}
B_DEFAULT = {**B, "default": ""}


def set_level(registry, subject, level):
    answer = registry.put(f"/config/{subject}", {"compatibility": level})
    assert answer.status == 200 and answer.json["compatibility"] == level, answer


def try_register(registry, subject, schema):
    return registry.post(f"/subjects/{subject}/versions", body_of(schema)).status


# -- levels


def test_levels_are_set_per_subject_and_before_it_exists(registry, subject):
    assert registry.get("/config").json["compatibilityLevel"] == "BACKWARD"
    refused(registry.get(f"/config/{subject}"), 404, 40408)
    assert registry.get(f"/config/{subject}?defaultToGlobal=true").json["compatibilityLevel"] == "BACKWARD"
    set_level(registry, subject, "FULL_TRANSITIVE")
    assert registry.get(f"/config/{subject}").json["compatibilityLevel"] == "FULL_TRANSITIVE"
    refused(registry.put(f"/config/{subject}", {"compatibility": "SIDEWAYS"}), 422, 42203)
    deleted = registry.delete(f"/config/{subject}")
    assert deleted.status == 200 and "FULL_TRANSITIVE" in deleted.json.values()
    refused(registry.get(f"/config/{subject}"), 404, 40408)
    refused(registry.delete(f"/config/{subject}"), 404, 40401)


def test_the_global_level_holds_where_a_subject_has_none(registry, subject):
    registry.register(subject, record(A))
    try:
        assert registry.put("/config", {"compatibility": "NONE"}).json["compatibility"] == "NONE"
        assert try_register(registry, subject, record(B)) == 200
    finally:
        registry.delete("/config")
    assert registry.get("/config").json["compatibilityLevel"] == "BACKWARD"
    assert try_register(registry, subject, record(A)) == 200, "the subject has it already"
    assert try_register(registry, subject, record(A, B)) == 409


# level → may a field without default be added / may a field without default go
MATRIX = [("NONE", True, True), ("BACKWARD", False, True), ("FORWARD", True, False), ("FULL", False, False),
          ("BACKWARD_TRANSITIVE", False, True), ("FORWARD_TRANSITIVE", True, False), ("FULL_TRANSITIVE", False, False)]


@pytest.mark.parametrize("level,may_add,may_drop", MATRIX)
def test_each_level_refuses_what_it_must(registry, subject, level, may_add, may_drop):
    set_level(registry, subject, level)
    registry.register(subject, record(A, B))
    added = record(A, B, {"name": "c", "type": "int"})
    dropped = record(A)
    for schema, allowed in ((added, may_add), (dropped, may_drop), (record(A, B, {**B_DEFAULT, "name": "d"}), True)):
        answer = registry.post(f"/compatibility/subjects/{subject}/versions/latest", body_of(schema))
        assert answer.json == {"is_compatible": allowed}, schema
    assert try_register(registry, subject, added) == (200 if may_add else 409)
    if level != "NONE":
        refused(registry.post(f"/subjects/{subject}/versions",
                              body_of(record({**A, "type": "int"}, B))), 409, 409)


@pytest.mark.parametrize("level,status", [("BACKWARD", 200), ("BACKWARD_TRANSITIVE", 409)])
def test_transitive_levels_look_at_every_live_version(registry, subject, level, status):
    registry.register(subject, record(A))
    registry.register(subject, record(A, B_DEFAULT))
    set_level(registry, subject, level)
    path = f"/compatibility/subjects/{subject}/versions"
    assert registry.post(path, body_of(record(A, B))).json["is_compatible"] == (status == 200)
    assert registry.post(f"{path}/latest", body_of(record(A, B))).json["is_compatible"] is True
    assert registry.post(f"{path}/1", body_of(record(A, B))).json["is_compatible"] is False
    assert try_register(registry, subject, record(A, B)) == status
    if status == 409:
        registry.delete(f"/subjects/{subject}/versions/1")
        assert try_register(registry, subject, record(A, B)) == 200


def test_an_incompatible_schema_is_refused_with_every_reason(registry, subject):
    registry.register(subject, record(A, B))
    worse = record({**A, "type": "int"}, {**B, "type": "long"}, {"name": "c", "type": "int"})
    answer = registry.post(f"/subjects/{subject}/versions", body_of(worse))
    refused(answer, 409, 409)
    for path in ("/fields/0/type", "/fields/1/type", "/fields/2"):
        assert path in answer.json["message"]
    path = f"/compatibility/subjects/{subject}/versions/latest"
    assert registry.post(path, body_of(worse)).json == {"is_compatible": False}
    told = registry.post(f"{path}?verbose=true", body_of(worse)).json
    assert told["is_compatible"] is False and any("/fields/0/type" in m for m in told["messages"])
    good = registry.post(f"{path}?verbose=true", body_of(record(A, B))).json
    assert good["is_compatible"] is True and not good.get("messages")


def test_compatibility_with_what_is_not_there(registry, subject):
    path = f"/compatibility/subjects/{subject}/versions"
    assert registry.post(f"{path}/latest", body_of(record(A))).json == {"is_compatible": True}
    assert registry.post(path, body_of(record(A))).json == {"is_compatible": True}
    refused(registry.post(f"{path}/1", body_of(record(A))), 404, 40402)
    registry.register(subject, record(A))
    for body in (body_of(record(A)), body_of("no schema"), {}):
        refused(registry.post(f"{path}/7", body), 404, 40402)
    refused(registry.post(f"{path}/x", body_of(record(A))), 422, 42202)


def test_a_schema_the_subject_has_stays_registered_when_the_level_rises(registry, subject):
    set_level(registry, subject, "NONE")
    first = registry.register(subject, record(A))
    registry.register(subject, record({**A, "type": "int"}))
    set_level(registry, subject, "FULL_TRANSITIVE")
    assert registry.register(subject, record(A)) == first


# -- modes


def test_modes_are_set_per_subject(registry, subject):
    assert registry.get("/mode").json == {"mode": "READWRITE"}
    refused(registry.get(f"/mode/{subject}"), 404, 40409)
    assert registry.get(f"/mode/{subject}?defaultToGlobal=true").json == {"mode": "READWRITE"}
    refused(registry.put(f"/mode/{subject}", {"mode": "UPSIDE"}), 422, 42204)
    assert registry.put(f"/mode/{subject}", {"mode": "READONLY"}).json == {"mode": "READONLY"}
    assert registry.get(f"/mode/{subject}").json == {"mode": "READONLY"}
    assert registry.delete(f"/mode/{subject}").json == {"mode": "READONLY"}
    refused(registry.get(f"/mode/{subject}"), 404, 40409)


def test_a_read_only_subject_refuses_changes_and_answers_reads(registry, subject):
    first = registry.register(subject, record(A))
    registry.put(f"/mode/{subject}", {"mode": "READONLY"})
    refused(registry.post(f"/subjects/{subject}/versions", body_of(record(A, B_DEFAULT))), 422, 42205)
    refused(registry.delete(f"/subjects/{subject}/versions/1"), 422, 42205)
    refused(registry.delete(f"/subjects/{subject}"), 422, 42205)
    refused(registry.put(f"/config/{subject}", {"compatibility": "NONE"}), 422, 42205)
    assert registry.look_up(subject, record(A)).json["id"] == first
    registry.put(f"/mode/{subject}", {"mode": "READWRITE"})
    assert registry.register(subject, record(A, B_DEFAULT)) != first


def said(answer, status, code, message):
    """With Confluent's own messages, as programs search for them."""
    refused(answer, status, code)
    assert answer.json["message"] == message


def test_what_a_mode_refuses_is_said_in_the_words_that_programs_look_for(registry, subject):
    path, body = f"/subjects/{subject}/versions", body_of(record(A))
    registry.post(path, body)
    said(registry.post(path, body_of(record(B), id=7_654_321, version=9)), 422, 42205,
         f"Subject {subject} in context  is not in import mode")
    registry.put(f"/mode/{subject}?force=true", {"mode": "IMPORT"})
    said(registry.post(path, body_of(record(B))), 422, 42205,
         f"Subject {subject} in context  is not in read-write mode")
    registry.put(f"/mode/{subject}", {"mode": "READONLY"})
    read_only = f"Subject {subject} in context  is in read-only mode"
    for answer in (registry.post(path, body_of(record(B))), registry.delete(f"{path}/1"),
                   registry.delete(f"/subjects/{subject}"), registry.delete(f"/config/{subject}"),
                   registry.put(f"/config/{subject}", {"compatibility": "NONE"})):
        said(answer, 422, 42205, read_only)
    registry.delete(f"/mode/{subject}")
    said(registry.put(f"/mode/{subject}", {"mode": "IMPORT"}), 422, 42205,
         "Cannot import since found existing subjects")
    said(registry.put(f"/mode/{subject}", {"mode": "UPSIDE"}), 422, 42204,
         "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.")
    said(registry.get(f"/mode/{subject}"), 404, 40409,
         f"Subject '{subject}' does not have subject-level mode configured")


def test_a_read_only_override_of_the_registry_goes_before_every_other_mode(registry, subject):
    inside = f":.c{subject[2:]}:{subject}"
    for name in (subject, inside):
        registry.register(name, record(A))
        assert registry.put(f"/mode/{name}", {"mode": "READWRITE"}).status == 200
    registry.put("/mode", {"mode": "READONLY"})
    try:
        assert try_register(registry, subject, record(A, B_DEFAULT)) == 200, "READONLY yields to the subject's own"
        assert registry.put("/mode", {"mode": "READONLY_OVERRIDE"}).status == 200
        more = record(A, B_DEFAULT, {**B_DEFAULT, "name": "c"})
        for name in (subject, inside):
            context = name[:-len(subject)]
            said(registry.post(f"/subjects/{name}/versions", body_of(more)), 422, 42205,
                 f"Subject {name} in context {context} is in read-only mode")
            refused(registry.delete(f"/subjects/{name}"), 422, 42205)
            refused(registry.put(f"/config/{name}", {"compatibility": "NONE"}), 422, 42205)
            for query in ("", "?defaultToGlobal=true"):
                assert registry.get(f"/mode/{name}{query}").json == {"mode": "READONLY_OVERRIDE"}
        assert registry.get(f"/mode/{subject}-unset").json == {"mode": "READONLY_OVERRIDE"}
        assert registry.register(subject, record(A)), "what is there already is answered"
        assert registry.put(f"/mode/{subject}", {"mode": "IMPORT"}).status == 422
        assert registry.put(f"/mode/{subject}", {"mode": "READWRITE"}).status == 200, "modes can always be set"
        assert registry.put("/mode", {"mode": "READONLY"}).status == 200
        assert registry.get(f"/mode/{subject}").json == {"mode": "READWRITE"}
        assert try_register(registry, inside, more) == 200
    finally:
        registry.delete("/mode")


def test_a_read_only_override_of_all_contexts_yields_to_the_registrys_own_mode(registry, subject):
    every = "/mode/:.__GLOBAL:"
    registry.register(subject, record(A))
    registry.put(f"/mode/{subject}", {"mode": "READWRITE"})
    registry.put(every, {"mode": "READONLY_OVERRIDE"})
    try:
        assert try_register(registry, subject, record(A, B_DEFAULT)) == 422
        assert registry.get(f"/mode/{subject}").json == {"mode": "READWRITE"}
        assert registry.get(f"/mode/{subject}?defaultToGlobal=true").json == {"mode": "READONLY_OVERRIDE"}
        assert registry.get("/mode").json == {"mode": "READWRITE"}
        assert registry.get("/mode?defaultToGlobal=true").json == {"mode": "READONLY_OVERRIDE"}
        assert registry.put("/mode", {"mode": "READWRITE"}).status == 200
        assert try_register(registry, subject, record(A, B_DEFAULT)) == 200
        refused(registry.put(every, {"mode": "IMPORT"}), 422, 42205)
    finally:
        registry.delete(every)
        registry.delete("/mode")


def test_a_mode_that_is_not_named_is_cleared(registry, subject):
    for nothing in ({}, {"mode": None}):
        registry.put(f"/mode/{subject}", {"mode": "READONLY"})
        assert registry.put(f"/mode/{subject}", nothing).json == {}
        refused(registry.get(f"/mode/{subject}"), 404, 40409)
        registry.put("/mode", {"mode": "READONLY"})
        assert registry.put("/mode", nothing).json == {}
        assert registry.get("/mode").json == {"mode": "READWRITE"}


def test_forward_is_a_mode_of_all_contexts_that_takes_what_an_import_takes(registry, subject):
    wanted, every, path = 2_000_000 + secrets.randbelow(900_000), "/mode/:.__GLOBAL:", f"/subjects/{subject}/versions"
    for place in ("/mode", f"/mode/{subject}", "/mode/:.c:"):
        said(registry.put(place, {"mode": "FORWARD"}), 422, 42204, "Forward mode only supported on global level")
    assert registry.put(every, {"mode": "FORWARD"}).json == {"mode": "FORWARD"}
    try:
        assert registry.get(every).json == registry.get(f"/mode/{subject}?defaultToGlobal=true").json
        refused(registry.post(path, body_of(record(A, name="F" + subject[2:]))), 422, 42205)
        sent = body_of(record(A, name="F" + subject[2:]), id=wanted, version=3)
        assert registry.post(path, sent).json["id"] == wanted and registry.versions(subject) == [3]
        incompatible = body_of(record({**A, "type": "int"}, name="F" + subject[2:]), id=wanted + 1, version=5)
        assert registry.post(path, incompatible).json["id"] == wanted + 1
    finally:
        registry.delete(every)


def test_an_import_is_stored_as_it_is_brought(registry, subject):
    """The registry that it comes from knows it by this text."""
    wanted, path = 6_000_000 + secrets.randbelow(1_000_000), f"/subjects/{subject}/versions"
    text = '{"type":"record","name":"W%s","fields":[{"name":"a","type":"string","zz":1,"pii":true}]}' % subject[2:]
    registry.put(f"/config/{subject}", {"normalize": True})
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    assert registry.post(f"{path}?normalize=true", body_of(text, id=wanted, version=1)).json["id"] == wanted
    assert registry.schema_of(wanted) == text
    assert registry.post(f"{path}?normalize=true", body_of(text, id=wanted, version=1)).json["id"] == wanted


def test_import_keeps_ids_and_versions(registry, subject):
    wanted = 1_000_000 + secrets.randbelow(1_000_000)
    imported = body_of(record(A, name="I" + subject[2:]), id=wanted, version=4)
    refused(registry.post(f"/subjects/{subject}/versions", imported), 422, 42205)
    assert registry.put(f"/mode/{subject}", {"mode": "IMPORT"}).status == 200
    assert registry.post(f"/subjects/{subject}/versions", imported).json["id"] == wanted
    assert registry.versions(subject) == [4]
    said(registry.post(f"/subjects/{subject}/versions",
                       body_of(record(B, name="J" + subject[2:]), id=wanted, version=5)), 422, 42205,
         f"Overwrite new schema with id {wanted} in context  is not permitted.")
    said(registry.post(f"/subjects/{subject}/versions",
                       body_of(record(A, name="I" + subject[2:]), id=wanted + 1, version=5)), 422, 42207,
         f"Schema already registered with id {wanted} instead of input id {wanted + 1}")
    registry.put(f"/mode/{subject}", {"mode": "READWRITE"})
    after = registry.register(subject, record(A, B_DEFAULT, name="I" + subject[2:]))
    assert after != wanted and registry.versions(subject) == [4, 5]
    other = f"{subject}-used"
    registry.register(other, record(A))
    refused(registry.put(f"/mode/{other}", {"mode": "IMPORT"}), 422, 42205)
    assert registry.put(f"/mode/{other}?force=true", {"mode": "IMPORT"}).status == 200


def test_an_import_that_is_repeated_later_is_known(registry, subject):
    wanted = 3_000_000 + secrets.randbelow(1_000_000)
    imported = body_of(record(A, name="K" + subject[2:]), id=wanted, version=7)
    path = f"/subjects/{subject}/versions"
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    assert registry.post(path, imported).json["id"] == wanted
    assert registry.post(path, imported).json["id"] == wanted
    again = registry.post(path, {**imported, "version": 9})
    refused(again, 422, 42205)
    assert "version 7" in again.json["message"] and registry.versions(subject) == [7]
    registry.delete(f"/mode/{subject}")
    assert registry.post(path, imported).json["id"] == wanted
    refused(registry.post(path, {**imported, "id": wanted + 1}), 422, 42205)
    refused(registry.post(path, {**imported, "version": 8}), 422, 42205)


def test_numbers_that_leave_no_room_are_not_imported(registry, subject):
    path = f"/subjects/{subject}/versions"
    most = 2**31 - 1
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    for numbers in ({"id": most, "version": 1}, {"id": 2**30 + 1}, {"id": 5_000_000, "version": most}):
        answer = registry.post(path, body_of(record(A, name="Q" + subject[2:]), **numbers))
        refused(answer, 422, 42205)
        assert "room" in answer.json["message"]
    registry.delete(f"/mode/{subject}")
    assert registry.register(subject, record(A, name="Q" + subject[2:])) < 2**30


def test_an_import_may_refer_to_what_was_deleted(registry, subject):
    wanted = 5_000_000 + secrets.randbelow(1_000_000)
    used = f"{subject}-used"
    registry.register(used, record(A, name="Used"))
    registry.delete(f"/subjects/{used}")
    reference = {"name": "Used", "subject": used, "version": 1}
    whole = body_of(record({"name": "u", "type": "Used"}), references=[reference])
    refused(registry.post(f"/subjects/{subject}/versions", whole), 422, 42201)
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    assert registry.post(f"/subjects/{subject}/versions", {**whole, "id": wanted, "version": 1}).json["id"] == wanted


def test_settings_beside_a_level_can_always_be_read_back(registry):
    """jsonb prints 1e30 as an integer that no reader of JSON integers takes back."""
    for name in ("defaultMetadata", "overrideMetadata"):
        for odd in (b"1e30", b"1e300", b'{"a":1e30}'):
            body = b'{"compatibility":"FULL","%s":{"properties":%s,"x":%s}}' % (name.encode(), odd, odd)
            assert registry.put("/config/odd", body).status == 400
            registry.put("/config/odd", b'{"compatibility":"FULL","%s":{"x":%s}}' % (name.encode(), odd))
            assert registry.get("/config/odd").json["compatibilityLevel"] == "FULL"
    assert registry.delete("/config/odd").status == 200
