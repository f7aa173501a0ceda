# SPDX-License-Identifier: Apache-2.0
"""The registry's paths by plain HTTP: what is registered, found, listed and deleted, and the code of each refusal."""

import json
import secrets

import pytest
from kit import process
from kit.registry import body_of, quote, record, refused


def field(name, avro_type="string", **more):
    return {"name": name, "type": avro_type, **more}


A = field("a")
B = field("b", default="")


def test_what_is_refused_is_said_in_the_words_that_programs_look_for(registry, subject):
    registry.register(subject, record(A))
    versions, unheard = f"/subjects/{subject}/versions", f"{subject}-unheard"
    no_version = "is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\""
    for method, path, body, code, message in (
            ("GET", f"/subjects/{unheard}/versions", None, 40401, f"Subject '{unheard}' not found."),
            ("GET", f"/subjects/{unheard}/versions/latest", None, 40401, f"Subject '{unheard}' not found."),
            ("POST", f"/subjects/{unheard}", body_of(record(A)), 40401, f"Subject '{unheard}' not found."),
            ("DELETE", f"/config/{unheard}", None, 40401, f"Subject '{unheard}' not found."),
            ("GET", f"{versions}/9", None, 40402, "Version 9 not found."),
            ("DELETE", f"{versions}/9", None, 40402, "Version 9 not found."),
            ("POST", f"/compatibility{versions}/9", body_of(record(A)), 40402, "Version 9 not found."),
            ("GET", "/schemas/ids/999999999", None, 40403, "Schema 999999999 not found"),
            ("GET", "/schemas/ids/999999999/versions", None, 40403, "Schema not found"),
            ("GET", "/schemas/ids/999999999/subjects", None, 40403, "Schema not found"),
            ("GET", "/schemas/guids/no-guid", None, 40403, "Schema no-guid not found"),
            ("POST", f"/subjects/{subject}", body_of(record(B)), 40403, "Schema not found"),
            ("GET", f"/config/{unheard}", None, 40408,
             f"Subject '{unheard}' does not have subject-level compatibility configured"),
            ("GET", f"{versions}/0", None, 42202, f"The specified version '0' {no_version}"),
            ("GET", f"{versions}/first", None, 42202, f"The specified version 'first' {no_version}"),
            ("POST", versions, body_of(record(A), schemaType="COBOL"), 42201, "Invalid schema type COBOL"),
            ("POST", f"/subjects/{unheard}/versions", {}, 42201, "Empty schema"),
            ("POST", versions, body_of(record(A, B), version=7), 42201,
             "Version is not one more than previous version"),
            ("POST", versions, body_of(record(field("u", "Used")), references=[
                {"name": "Used", "subject": unheard, "version": 3}]), 42201,
             f'No schema reference found for subject "{unheard}" and version 3'),
            ("PUT", f"/config/{subject}", {"compatibility": "SIDEWAYS"}, 42203,
             "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, "
             "forward_transitive, and full_transitive"),
            ("POST", "/subjects/__GLOBAL/versions", body_of(record(A)), 42208,
             "The specified subject '__GLOBAL' is not a valid."),
            ("PUT", "/config/__EMPTY", {"compatibility": "NONE"}, 42208,
             "The specified subject '__EMPTY' is not a valid.")):
        answer = registry.request(method, path, body)
        refused(answer, int(str(code)[:3]), code)
        assert answer.json["message"] == message, (method, path)


# -- register, look up, read


def test_a_schema_is_registered_once(registry, subject):
    first = registry.register(subject, record(A))
    assert registry.register(subject, record(A)) == first
    assert registry.register(subject + "-other", record(A)) == first
    assert registry.versions(subject) == [1]
    second = registry.register(subject, record(A, B))
    assert second != first and registry.versions(subject) == [1, 2]


def test_text_is_kept_as_avro_prints_it(registry, subject):
    first = registry.register(subject, '"string"')
    assert registry.register(subject, '{"type": "string"}') == first
    assert registry.schema_of(first) == '"string"'
    text = '{"type":"record","name":"P","namespace":"gov.om","doc":"ولادة","fields":[{"name":"a","type":"string",' \
           '"doc":"d","default":"\\u0001x","aliases":["b"],"pii":true}]}'
    stored = registry.schema_of(registry.register(subject + "-r", text))
    assert json.loads(stored) == json.loads(text)
    assert registry.schema_of(registry.register(subject + "-r", stored)) == stored


def test_the_reads_of_one_version_agree(registry, subject):
    schema_id = registry.register(subject, record(A))
    text = registry.schema_of(schema_id)
    for version in ("1", "latest", "LATEST", "-1"):
        row = registry.get(f"/subjects/{subject}/versions/{version}").json
        assert (row["subject"], row["version"], row["id"], row["schema"]) == (subject, 1, schema_id, text)
        assert registry.get(f"/subjects/{subject}/versions/{version}/schema").json == json.loads(text)
    assert registry.get(f"/schemas/ids/{schema_id}/schema").json == json.loads(text)
    assert subject in registry.get(f"/schemas/ids/{schema_id}/subjects").json
    assert {"subject": subject, "version": 1} in registry.get(f"/schemas/ids/{schema_id}/versions").json
    found = registry.look_up(subject, record(A)).json
    assert (found["subject"], found["version"], found["id"], found["schema"]) == (subject, 1, schema_id, text)
    assert registry.get(f"/subjects/{subject}/versions/1/referencedby").json == []
    most = registry.get(f"/schemas/ids/{schema_id}?fetchMaxId=true").json["maxId"]
    assert most >= schema_id


ALL = {"Confluent-Accept-Unknown-Properties": "true"}


def test_guid_names_a_schema(registry, subject):
    schema_id = registry.register(subject, record(A, field(subject.replace("-", "_"))))
    guid = registry.get(f"/subjects/{subject}/versions/1", **ALL).json["guid"]
    assert registry.get(f"/schemas/guids/{guid}").json["schema"] == registry.schema_of(schema_id)
    assert schema_id in [row["id"] for row in registry.get(f"/schemas/guids/{guid}/ids").json]
    refused(registry.get("/schemas/guids/00000000-0000-0000-0000-000000000000"), 404, 40403)


def test_what_is_not_there_has_its_code(registry, subject):
    for path in (f"/subjects/{subject}/versions", f"/subjects/{subject}/versions/1",
                 f"/subjects/{subject}/versions/latest", f"/subjects/{subject}/versions/1/schema"):
        refused(registry.get(path), 404, 40401)
    refused(registry.look_up(subject, record(A)), 404, 40401)
    registry.register(subject, record(A))
    refused(registry.get(f"/subjects/{subject}/versions/2"), 404, 40402)
    refused(registry.look_up(subject, record(B)), 404, 40403)
    refused(registry.get("/schemas/ids/2147483000"), 404, 40403)
    for version in ("0", "-2", "2147483648", "x", "1.5"):
        refused(registry.get(f"/subjects/{subject}/versions/{version}"), 422, 42202)


@pytest.mark.parametrize("schema", [
    "", "no json", '{"type":"unheard"}', '{"type":"record","name":"R"}', '{"type":"record","name":"R","fields":[{}]}',
    '{"type":"enum","name":"E","symbols":["A","A"]}', '{"type":"fixed","name":"F","size":-2}', '["null","null"]',
    '{"type":"record","name":"R","fields":[{"name":"a b","type":"int"}]}',
    '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}',
    '{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":"1"}]}',
    '{"type":"record","name":"R","fields":[{"name":"a","type":"unknown.Name"}]}', "[" * 5000])
def test_invalid_schemas_are_42201(registry, subject, schema):
    refused(registry.post(f"/subjects/{subject}/versions", {"schema": schema}), 422, 42201)
    refused(registry.post(f"/compatibility/subjects/{subject}/versions/latest", {"schema": schema}), 422, 42201)
    refused(registry.get(f"/subjects/{subject}/versions"), 404, 40401)


def test_other_languages_of_schemas_are_42201(registry, subject):
    assert registry.post(f"/subjects/{subject}/versions", body_of(record(A), schemaType="AVRO")).status == 200
    for other in ("JSON", "PROTOBUF", "COBOL"):
        refused(registry.post(f"/subjects/{subject}/versions", body_of(record(A), schemaType=other)), 422, 42201)


def test_odd_subjects_are_one_segment_each(registry):
    for name in (f"a b/{secrets.token_hex(3)}%?#", f"مواليد-{secrets.token_hex(3)}", f"..{secrets.token_hex(3)}"):
        schema_id = registry.register(name, record(A))
        assert registry.get(f"/subjects/{quote(name)}/versions/1").json["subject"] == name
        assert name in registry.get(f"/schemas/ids/{schema_id}/subjects").json
        assert name in registry.get("/subjects").json


def test_only_a_client_that_says_so_gets_members_that_old_ones_do_not_know(registry, subject):
    schema_id = registry.register(subject, record(A, name="Old"))
    registry.register(subject, record(A, B, name="Old"))
    registry.delete(f"/subjects/{subject}/versions/1")
    known = {"subject", "version", "id", "schema"}
    versions = f"/subjects/{subject}/versions"
    for _ in range(2):  # the second time from the cache, where there is one
        for headers, more in (({}, set()), (ALL, {"guid", "schemaType"})):
            assert set(registry.get(f"{versions}/2", **headers).json) == known | more
            by_id = registry.get(f"/schemas/ids/{schema_id}", **headers).json
            assert set(by_id) == {"schema"} | more | ({"id"} if more else set())
            of_subject = registry.get(f"/schemas/ids/{schema_id}?subject={subject}", **headers).json
            assert set(of_subject) == set(by_id) | ({"subject", "version"} if more else set())
            assert of_subject.get("schemaType", "AVRO") == "AVRO" and of_subject.get("id", schema_id) == schema_id
    for headers, more in (({}, set()), (ALL, {"guid", "schemaType", "deleted"})):
        rows = registry.get(f"/schemas?subjectPrefix={subject}&deleted=true", **headers).json
        found = registry.post(f"/subjects/{subject}?deleted=true", body_of(record(A, name="Old")), **headers).json
        for row in (rows[0], found, registry.get(f"{versions}/1?deleted=true", **headers).json):
            assert set(row) == known | more and row.get("deleted", True) is True and row["version"] == 1
        assert set(rows[1]) == known | (more - {"deleted"})


# -- deletes


def test_a_subject_is_deleted_softly_then_for_good(registry, subject):
    first = registry.register(subject, record(A, name="Gone" + subject[2:]))
    registry.register(subject, record(A, B, name="Gone" + subject[2:]))
    refused(registry.delete("/subjects/not-there"), 404, 40401)
    refused(registry.delete(f"/subjects/{subject}?permanent=true"), 404, 40405)
    assert registry.delete(f"/subjects/{subject}").json == [1, 2]
    refused(registry.delete(f"/subjects/{subject}"), 404, 40404)
    refused(registry.get(f"/subjects/{subject}/versions"), 404, 40401)
    refused(registry.look_up(subject, record(A, name="Gone" + subject[2:])), 404, 40401)
    assert registry.look_up(subject, record(A, name="Gone" + subject[2:]), "?deleted=true").json["id"] == first
    assert registry.get(f"/subjects/{subject}/versions?deleted=true").json == [1, 2]
    assert subject not in registry.get("/subjects").json
    assert subject in registry.get("/subjects?deleted=true").json
    assert registry.get(f"/subjects?deletedOnly=true&subjectPrefix={subject}").json == [subject]
    assert registry.get(f"/schemas/ids/{first}").status == 200
    assert registry.delete(f"/subjects/{subject}?permanent=true").json == [1, 2]
    refused(registry.get(f"/schemas/ids/{first}"), 404, 40403)
    refused(registry.delete(f"/subjects/{subject}?permanent=true"), 404, 40401)
    assert registry.register(subject, record(A, name="Gone" + subject[2:])) > first


def test_a_version_is_deleted_softly_then_for_good(registry, subject):
    first = registry.register(subject, record(A))
    registry.register(subject, record(A, B))
    refused(registry.delete("/subjects/not-there/versions/1"), 404, 40401)
    refused(registry.delete(f"/subjects/{subject}/versions/9"), 404, 40402)
    refused(registry.delete(f"/subjects/{subject}/versions/1?permanent=true"), 404, 40407)
    assert registry.delete(f"/subjects/{subject}/versions/1").json == 1
    refused(registry.delete(f"/subjects/{subject}/versions/1"), 404, 40406)
    refused(registry.get(f"/subjects/{subject}/versions/1"), 404, 40402)
    assert registry.get(f"/subjects/{subject}/versions/1?deleted=true").json["id"] == first
    assert registry.versions(subject) == [2]
    assert registry.versions(subject, "?deleted=true") == [1, 2]
    assert registry.versions(subject, "?deletedOnly=true") == [1]
    assert registry.register(subject, record(A)) == first
    assert registry.versions(subject) == registry.versions(subject, "?deleted=true") == [2, 3], "it took 1's place"
    assert registry.delete(f"/subjects/{subject}/versions/latest").json == 3
    assert registry.delete(f"/subjects/{subject}/versions/3?permanent=true").json == 3
    assert registry.versions(subject, "?deleted=true") == [2]


def test_a_subject_deleted_for_good_answers_every_version_that_goes(registry, subject):
    for n in range(4):
        registry.register(subject, record(A, *({**B, "name": f"b{i}"} for i in range(n))))
    for path in ("versions/1", "versions/1?permanent=true", "versions/3"):
        assert registry.delete(f"/subjects/{subject}/{path}").status == 200
    assert registry.delete(f"/subjects/{subject}").json == [2, 4]
    assert registry.delete(f"/subjects/{subject}?permanent=true").json == [2, 3, 4]
    refused(registry.get(f"/subjects/{subject}/versions?deleted=true"), 404, 40401)


# -- lists


def test_lists_are_filtered_and_paged(registry, subject):
    names = [f"{subject}-{n}" for n in range(5)]
    for name in names:
        registry.register(name, record(A, name="L" + name.replace("-", "_")))
    registry.register(names[0], record(A, B, name="L" + names[0].replace("-", "_")))
    prefix = f"subjectPrefix={subject}"
    assert sorted(registry.get(f"/subjects?{prefix}").json) == names
    paged = [registry.get(f"/subjects?{prefix}&offset={at}&limit=2").json for at in (0, 2, 4, 6)]
    assert [len(page) for page in paged] == [2, 2, 1, 0] and sorted(sum(paged, [])) == names
    assert registry.get(f"/subjects/{names[0]}/versions?offset=1&limit=1").json == [2]
    rows = registry.get(f"/schemas?{prefix}").json
    assert sorted((r["subject"], r["version"]) for r in rows) == sorted([(n, 1) for n in names] + [(names[0], 2)])
    latest = registry.get(f"/schemas?{prefix}&latestOnly=true").json
    assert sorted((r["subject"], r["version"]) for r in latest) == [(names[0], 2)] + [(n, 1) for n in names[1:]]
    assert len(registry.get(f"/schemas?{prefix}&offset=4&limit=10").json) == 2
    registry.delete(f"/subjects/{names[4]}")
    assert len(registry.get(f"/schemas?{prefix}").json) == 5
    assert len(registry.get(f"/schemas?{prefix}&deleted=true").json) == 6


def test_contexts_keep_their_subjects_apart(registry, subject):
    context = f":.lab{subject[2:]}:"
    registry.register(context + subject, record(A))
    registry.register(subject, record(B))
    contexts = registry.get("/contexts").json
    assert "." in contexts and context[1:-1] in contexts
    assert registry.get(f"/subjects/{quote(context + subject)}/versions/1").json["subject"] == context + subject
    assert registry.get(f"/subjects?subjectPrefix={quote(context)}").json == [context + subject]
    assert registry.get(f"/subjects?subjectPrefix={quote(context[:-1])}").json == [context + subject]
    for path, both in (("/subjects", True), ("/subjects?subjectPrefix=:*:", True), ("/subjects?subjectPrefix=", False),
                       ("/subjects?subjectPrefix=:.:", False), (f"/subjects?subjectPrefix=:.:{subject}", False)):
        found = registry.get(path).json
        assert (subject in found, context + subject in found) == (True, both), path
    for path, both in (("/schemas", False), ("/schemas?subjectPrefix=", False), ("/schemas?subjectPrefix=:.:", False),
                       ("/schemas?subjectPrefix=:*:", True)):
        found = {row["subject"] for row in registry.get(path).json}
        assert (subject in found, context + subject in found) == (True, both), path
    shared = registry.register(subject, record(B, field("c", default="")))
    assert registry.register(context + subject, record(B, field("c", default=""))) == shared
    for what in ("subjects", "versions"):
        every = registry.get(f"/schemas/ids/{shared}/{what}").json
        of_default = registry.get(f"/schemas/ids/{shared}/{what}?subject=:.:").json
        assert len(every) == 1 + len(of_default) and "lab" not in str(of_default)
    refused(registry.look_up(context + subject, record(B)), 404, 40403)


# -- identity beyond the text


def test_normalize_makes_texts_one_that_differ_in_the_order_of_their_attributes(registry, subject):
    one = '{"type":"record","name":"N","fields":[{"name":"a","type":"string","pii":true,"label":"x"}]}'
    two = '{"type":"record","name":"N","fields":[{"name":"a","type":"string","label":"x","pii":true}]}'
    first = registry.register(subject, one)
    assert registry.register(subject + "-plain", two) != first
    assert registry.register(subject + "-n", one, "?normalize=true") == \
        registry.register(subject + "-n", two, "?normalize=true")
    assert registry.versions(subject + "-n") == [1]
    assert registry.look_up(subject + "-n", two, "?normalize=true").json["version"] == 1


def test_metadata_and_rules_are_kept_and_part_of_identity(registry, subject):
    metadata = {"properties": {"owner": "moh", "year": "2026"}, "tags": {"**.a": ["PII"]}, "sensitive": []}
    rules = {"domainRules": [{"name": "long", "kind": "CONDITION", "mode": "WRITE", "type": "CEL",
                              "expr": "size(message.a) > 3"}]}
    plain = registry.register(subject, record(A), metadata=None, ruleSet=None)
    described = registry.register(subject, record(A), metadata=metadata)
    ruled = registry.register(subject, record(A), metadata=metadata, ruleSet=rules)
    assert len({plain, described, ruled}) == 3 and registry.versions(subject) == [1, 2, 3]
    assert registry.register(subject, record(A), metadata=metadata, ruleSet=rules) == ruled
    row = registry.get(f"/subjects/{subject}/versions/3").json
    assert row["metadata"]["properties"] == metadata["properties"]
    assert row["ruleSet"]["domainRules"][0]["expr"] == rules["domainRules"][0]["expr"]
    by_id = registry.get(f"/schemas/ids/{ruled}").json
    assert by_id["metadata"]["properties"] == metadata["properties"] and by_id["ruleSet"]["domainRules"]
    found = registry.get(f"/subjects/{subject}/metadata?key=owner&value=moh&key=year&value=2026").json
    assert found["version"] == 3
    refused(registry.get(f"/subjects/{subject}/metadata?key=owner&value=mof"), 404, 40403)


@pytest.mark.parametrize("rules", [
    {"domainRules": [{"name": "e", "kind": "TRANSFORM", "mode": "WRITEREAD", "type": "ENCRYPT", "tags": ["PII"]}]},
    {"encodingRules": [{"name": "e", "kind": "TRANSFORM", "mode": "WRITEREAD", "type": "ENCRYPT_PAYLOAD"}]},
    {"domainRules": [{"name": "m", "kind": "TRANSFORM", "mode": "WRITE", "type": "CEL_FIELD",
                      "expr": "typeName == 'STRING'; '***'"}]}])
def test_rules_that_hide_values_from_the_center_are_refused(registry, subject, rules):
    refused(registry.post(f"/subjects/{subject}/versions", body_of(record(A), ruleSet=rules)), 422, 42210)
    refused(registry.get(f"/subjects/{subject}/versions"), 404, 40401)


# -- references


def test_references_are_resolved_and_protect_what_they_name(registry, subject):
    address = {"type": "record", "name": "Address", "namespace": "gov", "fields": [A]}
    person = record(field("home", "gov.Address"), name="Person")
    reference = {"name": "gov.Address", "subject": f"{subject}-address", "version": 1}
    refused(registry.post(f"/subjects/{subject}/versions", body_of(person)), 422, 42201)
    refused(registry.post(f"/subjects/{subject}/versions", body_of(person, references=[reference])), 422, 42201)
    registry.register(f"{subject}-address", address)
    person_id = registry.register(subject, person, references=[reference])
    assert registry.register(subject, person, references=[reference]) == person_id
    row = registry.get(f"/subjects/{subject}/versions/1").json
    assert row["references"] == [reference]
    assert registry.get(f"/schemas/ids/{person_id}").json["references"] == [reference]
    resolved = json.loads(registry.get(f"/schemas/ids/{person_id}?format=resolved").json["schema"])
    assert resolved["fields"][0]["type"]["name"] == "Address"
    assert registry.get(f"/subjects/{subject}-address/versions/1/referencedby").json == [person_id]
    refused(registry.delete(f"/subjects/{subject}-address/versions/1"), 422, 42206)
    refused(registry.delete(f"/subjects/{subject}-address"), 422, 42206)
    wider = record(field("home", "gov.Address"), field("b", default=""), name="Person")
    assert registry.post(f"/compatibility/subjects/{subject}/versions/latest",
                         body_of(wider, references=[reference])).json == {"is_compatible": True}
    assert registry.delete(f"/subjects/{subject}").json == [1]
    assert registry.delete(f"/subjects/{subject}-address").json == [1]


def test_what_only_a_deleted_schema_refers_to_may_go_for_good_and_nothing_takes_its_place(registry, subject):
    used, reference = f"{subject}-used", {"name": "Used", "subject": f"{subject}-used", "version": 1}
    whole = record(field("u", "Used"), name="W" + subject[2:])
    registry.register(used, record(A, name="Used"))
    first = registry.register(subject, whole, references=[reference])
    refused(registry.delete(f"/subjects/{used}/versions/1"), 422, 42206)
    registry.delete(f"/subjects/{subject}")
    assert registry.delete(f"/subjects/{used}/versions/1").json == 1
    assert registry.delete(f"/subjects/{used}/versions/1?permanent=true").json == 1
    resolved = registry.get(f"/schemas/ids/{first}?format=resolved").json["schema"]
    assert json.loads(resolved)["fields"][0]["type"]["fields"] == [A], "an id means one schema for ever"
    refused(registry.post(f"/subjects/{subject}/versions", body_of(whole, references=[reference])), 422, 42201)
    registry.register(used, record(field("other"), name="Used"))
    refused(registry.post(f"/subjects/{subject}/versions", body_of(whole, references=[reference])), 422, 42201)
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    refused(registry.post(f"/subjects/{subject}/versions", body_of(whole, references=[reference], id=first, version=7)),
            422, 42201)
    registry.delete(f"/mode/{subject}")
    for path in ("versions/1", "versions/1?permanent=true"):
        registry.delete(f"/subjects/{used}/{path}")
    registry.register(used, record(A, name="Used"))
    assert registry.register(subject, whole, references=[reference]) == first, "it is what it was"
    assert registry.get(f"/schemas/ids/{first}?format=resolved").json["schema"] == resolved


def test_a_schema_registered_again_leaves_the_version_that_others_refer_to(registry, subject):
    """Though who refers to it is soft-deleted: it may come back."""
    used, reference = f"{subject}-used", {"name": "Used", "subject": f"{subject}-used", "version": 1}
    whole = record(field("u", "Used"), name="X" + subject[2:])
    registry.register(used, record(A, name="Used"))
    first = registry.register(subject, whole, references=[reference])
    registry.delete(f"/subjects/{subject}")
    registry.delete(f"/subjects/{used}")
    registry.register(used, record(A, name="Used"))
    assert registry.versions(used, "?deleted=true") == [1, 2]
    registry.put(f"/mode/{subject}", {"mode": "IMPORT"})
    again = registry.post(f"/subjects/{subject}/versions", body_of(whole, references=[reference], id=first, version=9))
    assert again.json["id"] == first


# -- what is bounded


def test_an_ordinary_subject_is_not_bounded_by_a_tables_columns(registry, subject):
    wide = record(*(field(f"f{n}") for n in range(2000)))
    wider = record(*(field(f"f{n}", default="") for n in range(2400)))
    first = registry.register(subject, wide)
    assert len(json.loads(registry.schema_of(first))["fields"]) == 2000
    assert registry.look_up(subject, wide).json["id"] == first
    assert registry.post(f"/compatibility/subjects/{subject}/versions", body_of(wider)).json == {"is_compatible": True}
    assert registry.register(subject, wider, "?normalize=true") != first
    assert registry.post(f"/compatibility/subjects/{subject}/versions/latest?verbose=true",
                         body_of(record(*(field(f"f{n}", "int") for n in range(2000))))).json["is_compatible"] is False


def test_a_wide_schema_costs_what_its_fields_cost_and_not_their_square(registry, subject):
    """As many fields as 1 MiB has room for, with a default that names each of them."""

    def cost(count):
        inner = record(*(field(f"f{n}", "int") for n in range(count)), name="I")
        default = {f"f{n}": n for n in reversed(range(count))}
        text = json.dumps(record({"name": "i", "type": inner, "default": default}), separators=(",", ":"))
        before, name = process.cpu_s(registry.process.pid), f"{subject}-{count}"
        schema_id = registry.register(name, text)
        assert registry.register(name, text) == schema_id
        assert registry.post(f"/compatibility/subjects/{name}/versions", body_of(text)).json["is_compatible"] is True
        return process.cpu_s(registry.process.pid) - before, len(text)

    (narrow, _), (wide, length) = cost(2_750), cost(22_000)
    assert 900_000 < length < 1024 * 1024
    assert wide < 24 * narrow, "eight times the fields"


def test_tags_that_would_not_be_written_are_refused(registry, subject):
    tags = [{"schemaEntity": {"entityPath": "R", "entityType": "sr_record"}, "tags": ["PII"]}]
    registry.register(subject, record(A))
    for more in ({"schemaTagsToAdd": tags}, {"schemaTagsToRemove": tags}, {"propagateSchemaTags": True}):
        for path in (f"/subjects/{subject}/versions", f"/subjects/{subject}",
                     f"/compatibility/subjects/{subject}/versions"):
            answer = registry.post(path, body_of(record(A), **more))
            refused(answer, 422, 42201)
            assert "confluent:tags" in answer.json["message"]
    refused(registry.post(f"/subjects/{subject}/versions/1/tags", {"tagsToAdd": tags}), 404, 404)
    assert registry.register(subject, record(A), schemaTagsToAdd=[], schemaTagsToRemove=None) and \
        registry.versions(subject) == [1]
