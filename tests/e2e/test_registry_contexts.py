# SPDX-License-Identifier: Apache-2.0
"""Clients that put a context into the registry's address, "http://host:8081/contexts/.lab", see that context alone."""

import json
import secrets

import confluent_kafka.schema_registry as confluent
import pytest
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from kit import clients
from kit.registry import basic, body_of, quote, record, refused

A = {"name": "a", "type": "string"}
B = {"name": "b", "type": "string", "default": ""}
ALL = {"Confluent-Accept-Unknown-Properties": "true"}


@pytest.fixture
def lab():
    """A context of the test's own: ".lab…"."""
    return f".lab{secrets.token_hex(4)}"


# -- names


@pytest.mark.parametrize("written", ["{}", ":{}:", "{}:", ":{}", "{without}", "%3A{}%3A"])
def test_a_context_is_one_however_it_is_written(registry, lab, written):
    prefix = "/contexts/" + written.format(lab, without=lab[1:])
    assert registry.post(f"{prefix}/subjects/s/versions", body_of(record(A))).status == 200
    assert registry.get(f"/subjects/{quote(f':{lab}:s')}/versions").json == [1]
    assert lab in registry.get("/contexts").json


@pytest.mark.parametrize("written", [".", ":.:", ":"])
def test_the_default_context_has_a_name_too(registry, lab, written):
    prefix, subject = f"/contexts/{written}", f"d{lab}"
    assert registry.post(f"{prefix}/subjects/{subject}/versions", body_of(record(A))).status == 200
    assert registry.versions(subject) == [1]
    assert registry.get(f"{prefix}/config").json == registry.get("/config").json
    registry.register(f":{lab}:{subject}", record(A))
    listed = registry.get(f"{prefix}/subjects").json
    assert subject in listed and not any(name.startswith(":") for name in listed)


@pytest.mark.parametrize("path", ["subjects", "config", "mode", "schemas/ids/1", "subjects/s/versions/1"])
def test_a_colon_inside_a_context_is_refused(registry, path):
    refused(registry.get(f"/contexts/.a:b/{path}"), 400, 400)


# -- every route


def test_every_route_is_served_in_the_context(registry, lab):
    prefix, full = f"/contexts/{lab}", f":{lab}:s"
    assert registry.get(prefix).json == registry.get(f"{prefix}/").json == {}
    assert registry.post(f"{prefix}/").json == {}
    first = registry.post(f"{prefix}/subjects/s/versions", body_of(record(A, name=lab[1:]))).json["id"]
    registry.register(f"other{lab}", record(B))
    assert registry.get(f"{prefix}/subjects").json == [full]
    assert registry.get(f"{prefix}/subjects?subjectPrefix=s").json == [full]
    assert registry.get(f"{prefix}/subjects?subjectPrefix=x").json == []
    assert f"other{lab}" in registry.get(f"{prefix}/subjects?subjectPrefix=:*:").json
    assert registry.get(f"{prefix}/subjects/s/versions/").json == [1]
    assert registry.get(f"{prefix}/subjects/s/versions/latest").json["subject"] == full
    assert json.loads(registry.get(f"{prefix}/subjects/s/versions/1/schema").text)["name"] == lab[1:]
    assert registry.get(f"{prefix}/subjects/s/versions/1/referencedby").json == []
    assert registry.post(f"{prefix}/subjects/s", body_of(record(A, name=lab[1:]))).json["subject"] == full
    assert [row["subject"] for row in registry.get(f"{prefix}/schemas").json] == [full]
    assert registry.get(f"{prefix}/schemas?latestOnly=true&subjectPrefix=x").json == []
    assert registry.get(f"{prefix}/schemas/types").json == ["AVRO"]
    by_id = registry.get(f"{prefix}/schemas/ids/{first}", **ALL).json
    assert (by_id["subject"], by_id["version"]) == (full, 1)
    assert registry.get(f"{prefix}/schemas/ids/{first}?subject=s", **ALL).json["subject"] == full
    assert registry.get(f"{prefix}/schemas/ids/{first}/subjects").json == [full]
    assert registry.get(f"{prefix}/schemas/ids/{first}/versions").json == [{"subject": full, "version": 1}]
    assert registry.get(f"{prefix}/contexts").json == registry.get("/contexts").json
    assert registry.get(f"{prefix}/v1/metadata/id").status == 200
    path = f"{prefix}/compatibility/subjects/s/versions"
    for below in ("", "/latest", "/1"):
        assert registry.post(path + below, body_of(record({**A, "type": "int"}, name=lab[1:]))).json == \
            {"is_compatible": False}
    refused(registry.get(f"{prefix}/subjects/s/metadata?key=x&value=y"), 404, 40403)
    for missing in ("nowhere", "associations/resources/x/y", "contexts/.b/subjects"):
        refused(registry.get(f"{prefix}/{missing}"), 404, 404)
    assert registry.delete(f"{prefix}/subjects/s/versions/1").json == 1
    assert registry.delete(f"{prefix}/subjects/s?permanent=true").json == [1]
    assert registry.get(f"{prefix}/subjects?deleted=true").json == []


def test_an_id_that_only_another_context_uses_is_not_found(registry, lab):
    elsewhere = registry.register(f"x{lab}", record(A, name="X" + lab[1:]))
    for below in ("", "/schema", "/subjects", "/versions", "?subject=s"):
        refused(registry.get(f"/contexts/{lab}/schemas/ids/{elsewhere}{below}"), 404, 40403)
    registry.register(f":{lab}:y", record(A, name="X" + lab[1:]))
    for _ in range(2):  # the second time from the cache
        assert registry.get(f"/contexts/{lab}/schemas/ids/{elsewhere}", **ALL).json["subject"] == f":{lab}:y"
        assert "subject" not in registry.get(f"/schemas/ids/{elsewhere}", **ALL).json


def test_levels_and_modes_are_the_contexts(registry, lab):
    prefix, full = f"/contexts/{lab}", quote(f":{lab}:")
    refused(registry.get(f"{prefix}/config"), 404, 40408)
    refused(registry.get(f"{prefix}/mode/"), 404, 40409)
    assert registry.get(f"{prefix}/config?defaultToGlobal=true").json == {"compatibilityLevel": "BACKWARD"}
    assert registry.put(f"{prefix}/config", {"compatibility": "FULL"}).json == {"compatibility": "FULL"}
    assert registry.get(f"/config/{full}").json == {"compatibilityLevel": "FULL"}
    assert registry.get("/config").json == {"compatibilityLevel": "BACKWARD"}
    assert registry.put(f"{prefix}/config/s", {"compatibility": "NONE"}).status == 200
    assert registry.get(f"/config/{full}s").json == {"compatibilityLevel": "NONE"}
    assert registry.put(f"{prefix}/mode", {"mode": "READONLY"}).json == {"mode": "READONLY"}
    assert registry.get("/mode").json == {"mode": "READWRITE"}
    denied = registry.post(f"{prefix}/subjects/s/versions", body_of(record(A)))
    refused(denied, 422, 42205)
    assert denied.json["message"] == f"Subject :{lab}:s in context :{lab}: is in read-only mode"
    assert registry.delete(f"{prefix}/mode").json == {"mode": "READONLY"}
    assert registry.post(f"{prefix}/subjects/s/versions", body_of(record(A))).status == 200
    for what in ("config", "config/s"):
        assert registry.delete(f"{prefix}/{what}").status == 200


def test_a_name_that_has_a_context_of_its_own_keeps_it(registry, lab):
    prefix, other = f"/contexts/{lab}", f":.other{lab[1:]}:s"
    assert registry.post(f"{prefix}/subjects/{quote(other)}/versions", body_of(record(A))).status == 200
    assert registry.versions(other) == [1] and registry.get(f"{prefix}/subjects").json == []
    assert registry.get(f"{prefix}/subjects?subjectPrefix={quote(other)}").json == [other]
    here = registry.post(f"{prefix}/subjects/:.:plain{lab}/versions", body_of(record(A)))
    assert here.status == 200 and registry.versions(f"plain{lab}") == [1]


def test_references_are_looked_for_in_the_context(registry, lab):
    prefix = f"/contexts/{lab}"
    assert registry.post(f"{prefix}/subjects/used/versions", body_of(record(A, name="Used"))).status == 200
    whole = body_of(record({"name": "u", "type": "Used"}),
                    references=[{"name": "Used", "subject": "used", "version": 1}])
    assert registry.post(f"{prefix}/subjects/s/versions", whole).status == 200
    refused(registry.post(f"/subjects/s{lab}/versions", whole), 422, 42201)
    assert len(registry.get(f"{prefix}/subjects/used/versions/1/referencedby").json) == 1


# -- rights


def test_the_prefix_leads_around_no_grant(world):
    world.nrc.add_agency("moh")
    world.nrc.add_dataset("moh.visits", topic="clinic-visits", key="id")
    node = world.registry(anonymous=False).start()

    def account(name, role, *options):
        return basic(name, world.nrc.json("account", "add", name, "--person", "P", "--role", role, "--decision",
                                          "No. 1 of 2026", *options)["secret"])

    producer = account("feed", "producer", "--service", "--agency", "moh")
    scoped = account("huda", "steward", "--scope", "moh.")
    of_lab = account("salem", "steward", "--scope", ":.lab:")
    body = body_of(record(A))

    def register(prefix, subject, who):
        return node.post(f"{prefix}/subjects/{quote(subject)}/versions", body, **who).status

    for who in (producer, scoped):
        assert register("", "moh.a", who) == register("/contexts/.", "moh.b", who) == 200
        for prefix, subject in (("/contexts/.lab", "moh.a"), ("/contexts/.lab", "clinic-visits-value"),
                                ("/contexts/moh.", "a"), ("/contexts/moh.", ""), ("/contexts/.lab", ":.moh.:a"),
                                ("/contexts/moh.a", ":.:rop.a")):
            assert register(prefix, subject, who) in (403, 404), (prefix, subject, who)
    for method, path in (("PUT", "/contexts/.lab/config"), ("PUT", "/contexts/.lab/mode/moh.a"),
                         ("DELETE", "/contexts/.lab/subjects/moh.a"), ("PUT", "/contexts/moh./mode")):
        assert node.request(method, path, {"mode": "READONLY"}, **scoped).status == 403, path
    assert register("/contexts/.lab", "s", of_lab) == register("", ":.lab:t", of_lab) == 200
    assert node.put("/contexts/.lab/config", {"compatibility": "FULL"}, **of_lab).status == 200
    for prefix, subject in (("/contexts/.other", "s"), ("/contexts/.", "s"), ("/contexts/.lab", ":.other:s"),
                            ("/contexts/.lab", ":.:s"), ("/contexts/.labour", "s")):
        assert register(prefix, subject, of_lab) == 403, (prefix, subject)
    assert node.get("/contexts/.lab/subjects").status == 401
    assert node.get("/contexts/.lab/healthz").status == 200
    assert node.get("/contexts", **producer).json == [".", ".lab"]
    world.finish()


# -- clients


def test_pythons_client_works_in_the_context_of_its_address(registry, lab):
    client = confluent.SchemaRegistryClient({"url": f"{registry.url}/contexts/{lab}/"})
    text = json.dumps(record(A, name=lab[1:]))
    where = SerializationContext("t", MessageField.VALUE)
    data = AvroSerializer(client, text)({"a": "x"}, where)
    assert registry.get(f"/contexts/{lab}/subjects").json == [f":{lab}:t-value"]
    fresh = confluent.SchemaRegistryClient({"url": f"{registry.url}/contexts/{lab}"})
    assert AvroDeserializer(fresh)(data, where) == {"a": "x"}
    assert fresh.get_latest_version("t-value").version == 1
    assert fresh.set_compatibility("t-value", "FULL")["compatibility"] == "FULL"
    assert registry.get(f"/config/{quote(f':{lab}:t-value')}").json == {"compatibilityLevel": "FULL"}


# Go's looks for the name that it sent among those of an answer, which are in full here as in Confluent's.
@pytest.mark.parametrize("language", sorted({*clients.LANGUAGES} - {"go"}))
def test_clients_in_other_languages_work_in_the_context_of_their_address(world, language):
    node = world.registry().start()
    topic = f"lab.{language}.{world.tag}"
    world.kafka.create_topic(topic, 1)
    secret = world.nrc.json("account", "add", "huda", "--person", "Huda", "--role", "steward",
                            "--decision", "No. 1 of 2026")["secret"]
    fields = [{"name": "id", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "clinic", "type": "string"}]
    visit = record(*fields, {"name": "note", "type": ["null", "string"], "default": None}, name="Visit")
    broken = record(fields[0], {"name": "seq", "type": "string"}, *fields[2:], name="Visit")
    sent = [{"id": f"v{n}", "seq": n, "clinic": "عيادة", "note": None} for n in range(5)]
    outcome = clients.turn(language, url=f"{node.url}/contexts/.lab", bootstrap=world.kafka.bootstrap,
                           topic=topic, schema=json.dumps(visit), incompatible=json.dumps(broken), version=1,
                           rows=sent, expect=5, name="huda", secret=secret)
    assert outcome["rows"] == sent and outcome["refused"] == 409
    assert node.get("/subjects").json == [f":.lab:{topic}-value"]
    world.finish()
