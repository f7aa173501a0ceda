# SPDX-License-Identifier: Apache-2.0
"""Unmodified clients against the registry: they can use the schemas that they register, and the engine stores their events."""

import json
import uuid

import confluent_kafka.schema_registry as confluent
import pytest
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from kit import clients
from kit.clients import AvroSender
from kit.registry import basic

FIELDS = [{"name": "id", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "clinic", "type": "string"}]
NOTE = {"name": "note", "type": ["null", "string"], "default": None}


def visit(*more, **changed):
    fields = [{**f, "type": changed.get(f["name"], f["type"])} for f in FIELDS]
    return json.dumps({"type": "record", "name": "Visit", "namespace": "om.gov.moh", "fields": [*fields, *more]})


V1, V2, BROKEN = visit(), visit(NOTE), visit(NOTE, seq="string")


def rows(first, count, **more):
    return [{"id": f"v{n}", "seq": n, "clinic": f"عيادة {n}", **more} for n in range(first, first + count)]


def client_of(node, **conf):
    return confluent.SchemaRegistryClient({"url": node.url, **conf})


def visits(world, **more):
    return world.dataset("moh.visits", "id", **more)


# -- the registry alone


def serialize(serializer, value, topic="t"):
    return serializer(value, SerializationContext(topic, MessageField.VALUE))


def test_python_serializer_registers_by_itself_and_another_client_decodes(registry):
    row = {"id": "a", "seq": 1, "clinic": "c"}
    data = serialize(AvroSerializer(client_of(registry), V1), row, "auto")
    assert data[0] == 0 and registry.versions("auto-value") == [1]
    assert int.from_bytes(data[1:5], "big") == registry.get("/subjects/auto-value/versions/1").json["id"]
    decode = AvroDeserializer(client_of(registry))
    assert decode(data, SerializationContext("auto", MessageField.VALUE)) == row


def test_python_serializer_refuses_an_incompatible_evolution(registry):
    serialize(AvroSerializer(client_of(registry), V1), rows(1, 1)[0], "evolve")
    serialize(AvroSerializer(client_of(registry), V2), rows(1, 1)[0], "evolve")
    with pytest.raises(SchemaRegistryError) as refused:
        serialize(AvroSerializer(client_of(registry), BROKEN), {**rows(1, 1)[0], "seq": "x"}, "evolve")
    assert (refused.value.http_status_code, refused.value.error_code) == (409, 409)
    assert "/fields/1/type" in refused.value.error_message
    assert registry.versions("evolve-value") == [1, 2]


def test_python_serializer_uses_the_latest_version(registry):
    registry.register("latest-value", V1)
    latest = registry.register("latest-value", V2)
    conf = {"auto.register.schemas": False, "use.latest.version": True}
    data = serialize(AvroSerializer(client_of(registry), V1, conf=conf), {**rows(1, 1)[0], "note": "n"}, "latest")
    assert int.from_bytes(data[1:5], "big") == latest
    reader = AvroDeserializer(client_of(registry), V1)
    assert reader(data, SerializationContext("latest", MessageField.VALUE)) == rows(1, 1)[0]
    nothing = AvroSerializer(client_of(registry), V1, conf=conf)
    with pytest.raises(SchemaRegistryError) as unknown:
        serialize(nothing, rows(1, 1)[0], "latest-unknown")
    assert unknown.value.error_code == 40401


def test_python_serializer_sends_with_the_id_that_it_is_told(registry):
    first = registry.register("told-value", V1)
    registry.register("told-value", V2)
    conf = {"auto.register.schemas": False, "use.schema.id": first}
    data = serialize(AvroSerializer(client_of(registry), V1, conf=conf), rows(1, 1)[0], "told")
    assert data[0] == 0 and int.from_bytes(data[1:5], "big") == first
    decode = AvroDeserializer(client_of(registry))
    assert decode(data, SerializationContext("told", MessageField.VALUE)) == rows(1, 1)[0]
    registry.delete("/subjects/told-value/versions/1")
    again = serialize(AvroSerializer(client_of(registry), V1, conf=conf), rows(1, 1)[0], "told")
    assert again == data, "what is soft-deleted can still be sent"
    with pytest.raises(SchemaRegistryError) as unknown:
        serialize(AvroSerializer(client_of(registry), V1, conf=conf), rows(1, 1)[0], "told-by-nobody")
    assert unknown.value.error_code == 40401


def test_python_serializer_sends_the_latest_versions_guid_in_a_header(registry):
    latest = registry.register("guids-value", V1)
    conf = {"auto.register.schemas": False, "use.latest.version": True,
            "schema.id.serializer": confluent.header_schema_id_serializer}
    where = SerializationContext("guids", MessageField.VALUE, [])
    data = AvroSerializer(client_of(registry), V1, conf=conf)(rows(1, 1)[0], where)
    guid = dict(where.headers)["__value_schema_id"]
    assert guid[0] == 1 and registry.get(f"/schemas/guids/{uuid.UUID(bytes=guid[1:])}/ids").json == [
        {"context": ".", "id": latest}]
    assert AvroDeserializer(client_of(registry))(data, where) == rows(1, 1)[0]


def test_each_way_by_which_a_client_gets_an_id_is_a_use_of_that_structure(world):
    """Also those that ask no GET: a registration, of a known schema too, and a look-up by the schema."""
    topic = visits(world).topic
    never = {"auto.register.schemas": False}
    ways = {"first": {}, "again": {}, "finds": never, "latest": {**never, "use.latest.version": True}, "strange": never}
    add = ("--service", "--person", "x", "--decision", "y", "--agency", "moh", "--role", "producer")
    secrets = {name: world.nrc.json("account", "add", name, *add)["secret"] for name in (*ways, "reads")}
    node = world.registry(anonymous=False).start(wait=False)

    def client(name):
        return client_of(node, **{"basic.auth.user.info": f"{name}:{secrets[name]}"})
    for name, conf in ways.items():
        serializer = AvroSerializer(client(name), V2 if name == "strange" else V1, conf=conf)
        if name == "strange":
            with pytest.raises(SchemaRegistryError):
                serialize(serializer, rows(1, 1, note=None)[0], topic)
        else:
            data = serialize(serializer, rows(1, 1)[0], topic)
    with pytest.raises(SchemaRegistryError):
        client("strange").register_schema("edu.marks-value", confluent.Schema(V1, "AVRO"))
    assert AvroDeserializer(client("reads"))(data, SerializationContext(topic, MessageField.VALUE)) == rows(1, 1)[0]
    assert node.stop() == 0
    users = world.nrc.json("structure", "users", "moh.visits")
    assert {user["account"] for user in users} == {"first", "again", "finds", "latest", "reads"}


def test_python_serializer_with_references(registry):
    address = {"type": "record", "name": "Address", "namespace": "om.gov",
               "fields": [{"name": "wilayat", "type": "string"}]}
    client = client_of(registry)
    client.register_schema("address", confluent.Schema(json.dumps(address), "AVRO"))
    reference = confluent.SchemaReference("om.gov.Address", "address", 1)
    person = {"type": "record", "name": "Person", "namespace": "om.gov", "fields": [
        {"name": "home", "type": "om.gov.Address"},
        {"name": "work", "type": ["null", "om.gov.Address"], "default": None}]}
    row = {"home": {"wilayat": "صور"}, "work": {"wilayat": "Nizwa"}}
    data = serialize(AvroSerializer(client, confluent.Schema(json.dumps(person), "AVRO", [reference])), row, "ref")
    decode = AvroDeserializer(client_of(registry))
    assert decode(data, SerializationContext("ref", MessageField.VALUE)) == row
    with pytest.raises(SchemaRegistryError) as referenced:
        client.delete_version("address", 1)
    assert referenced.value.error_code == 42206


def test_python_client_walks_the_surface(registry):
    client = client_of(registry)
    schema = confluent.Schema(V1, "AVRO")
    schema_id = client.register_schema("walk-value", schema, normalize_schemas=True)
    assert client.register_schema("walk-value", schema) == schema_id
    assert client.lookup_schema("walk-value", schema).schema_id == schema_id
    assert client.get_latest_version("walk-value").version == 1
    assert client.get_version("walk-value", 1).schema_id == schema_id
    assert json.loads(client_of(registry).get_schema(schema_id).schema_str) == json.loads(V1)
    assert client.get_versions("walk-value") == [1] and "walk-value" in client.get_subjects()
    assert client.test_compatibility("walk-value", confluent.Schema(V2, "AVRO")) is True
    assert client.test_compatibility("walk-value", confluent.Schema(BROKEN, "AVRO")) is False
    assert client.set_compatibility("walk-value", "FULL")["compatibility"] == "FULL"
    assert client.get_compatibility("walk-value") == "FULL"
    assert client.get_config("walk-value").compatibility_level == "FULL"
    assert client.delete_subject("walk-value") == [1]
    assert client.delete_subject("walk-value", permanent=True) == [1]


# -- from the client to the register and back


def test_a_producer_names_the_level_in_force_and_sets_no_other(world):
    node = world.registry().start()
    dataset = visits(world)
    subject = f"{dataset.topic}-value"
    secret = producer(world, "moh-python")
    client = client_of(node, **{"basic.auth.user.info": f"moh-python:{secret}"})
    AvroSender(dataset, client, V1).event(rows(0, 1)[0])
    assert client.set_compatibility(subject, "BACKWARD")["compatibility"] == "BACKWARD"
    assert node.get(f"/config/{subject}").code == 40408, "it is not stored"
    who = basic("moh-python", secret)
    for path, body in ((subject, {"compatibility": "NONE"}), (subject, {"compatibility": "BACKWARD", "alias": "x"}),
                       (subject, {"normalize": True}), (subject, {}), ("rop.others-value", {"compatibility": "BACKWARD"}),
                       ("", {"compatibility": "BACKWARD"})):
        answer = node.put(f"/config/{path}", body, **who)
        assert answer.status == 403, (path, body, answer)
    node.put("/config", {"compatibility": "FULL"})
    assert node.put(f"/config/{subject}", {"compatibility": "backward"}, **who).status == 403
    assert node.put(f"/config/{subject}", {"compatibility": "full"}, **who).json == {"compatibility": "FULL"}
    node.put(f"/mode/{subject}?force=true", {"mode": "IMPORT"})
    imported = {"schema": V2, "id": 77, "version": 2}
    assert node.post(f"/subjects/{subject}/versions", imported, **who).status == 403
    assert node.post(f"/subjects/{subject}/versions", imported).json["id"] == 77
    assert node.post(f"/subjects/{subject}/versions", imported, **who).json["id"] == 77, "nothing is imported"
    world.finish()


def test_full_round_with_an_evolution_while_the_engine_runs(world):
    node = world.registry().start()
    dataset = visits(world, partitions=2)
    engine = world.engine(lanes=2).start()
    AvroSender(dataset, client_of(node), V1).send(rows(0, 40))
    dataset.wait_drained()
    assert len(dataset.rows()) == 40 and dataset.quarantine() == []
    old, new = AvroSender(dataset, client_of(node), V1), AvroSender(dataset, client_of(node), V2)
    for n in range(100, 140):
        new.send(rows(n, 1, note=f"ملاحظة {n}"))
        old.send(rows(n + 100, 1))
    dataset.wait_drained()
    assert dataset.quarantine() == []
    stored = {row["id"]: row["note"] for row in dataset.rows()}
    assert len(stored) == 120 and stored["v100"] == "ملاحظة 100" and stored["v200"] is None and stored["v0"] is None
    with pytest.raises(SchemaRegistryError) as refused:
        AvroSender(dataset, client_of(node), BROKEN).event({**rows(0, 1)[0], "seq": "x"})
    assert refused.value.error_code == 409
    read = {value["id"]: value for _, value in clients.consume(world, dataset, client_of(node), 120)}
    assert read["v139"] == rows(139, 1, note="ملاحظة 139")[0] and read["v0"] == rows(0, 1)[0]
    assert engine.alive()
    world.finish()


def test_registration_makes_the_tables_that_the_command_makes(world):
    node = world.registry().start()
    dataset = visits(world)
    value_id = node.register(f"{dataset.topic}-value", V1)
    assert dataset.rows() == []
    assert node.register(f"{dataset.topic}-value", V1) == value_id
    shown = world.nrc.json("structure", "list", "moh.visits")
    assert value_id in [row["schema_id"] for row in shown]
    node.register(f"{dataset.topic}-value", V2)
    assert "note" in world.value("SELECT string_agg(column_name, ',') FROM information_schema.columns"
                                 " WHERE table_schema = 'moh' AND table_name = 'visits_state'")
    without_key = {"type": "record", "name": "Visit", "fields": [{"name": "seq", "type": "long"}]}
    answer = node.post(f"/subjects/{dataset.topic}-value/versions?force=true", {"schema": json.dumps(without_key)})
    assert 400 <= answer.status < 500, "the dataset's key is not in it"
    assert node.versions(f"{dataset.topic}-value") == [1, 2]
    world.finish()


def test_keys_in_avro_are_decoded_by_their_own_subject(world):
    node = world.registry().start()
    dataset = world.dataset("moh.stays", "person,number", key_format="avro")
    key = json.dumps({"type": "record", "name": "StayKey", "fields": [
        {"name": "person", "type": "string"}, {"name": "number", "type": "int"}]})
    value = json.dumps({"type": "record", "name": "Stay", "fields": [
        {"name": "person", "type": "string"}, {"name": "number", "type": "int"}, {"name": "ward", "type": "string"},
        {"name": "seq", "type": "long"}]})
    world.engine().start()
    sender = AvroSender(dataset, client_of(node), value, key)
    sent = [{"person": p, "number": n, "ward": f"w{s}", "seq": s}
            for s, (p, n) in enumerate([("a", 1), ("a", 2), ("b", 1), ("a", 1)])]
    sender.send(sent)
    dataset.wait_drained()
    assert dataset.quarantine() == []
    assert [r["ward"] for r in dataset.rows(order_by="person, number")] == ["w3", "w1", "w2"]
    assert node.versions(f"{dataset.topic}-key") == [1] and node.versions(f"{dataset.topic}-value") == [1]
    pairs = clients.consume(world, dataset, client_of(node), 4, key=True)
    assert pairs == [({"person": r["person"], "number": r["number"]}, r) for r in sent]
    world.finish()


def test_ids_in_headers_are_understood(world):
    """Clients may put the schema's GUID into a header, instead of the id before the value."""
    from confluent_kafka.schema_registry import header_schema_id_serializer

    node = world.registry().start()
    dataset = visits(world)
    world.engine().start()
    sender = AvroSender(dataset, client_of(node), V1, schema_id_serializer=header_schema_id_serializer)
    sender.send(rows(0, 5))
    dataset.wait_drained()
    assert dataset.quarantine() == [] and len(dataset.rows()) == 5
    read = [value for _, value in clients.consume(world, dataset, client_of(node), 5)]
    assert read == rows(0, 5)
    world.finish()


def producer(world, name):
    return world.nrc.json("account", "add", name, "--person", "The feed", "--role", "producer", "--service",
                          "--agency", "moh", "--decision", "No. 1 of 2026")["secret"]


@pytest.mark.parametrize("language", clients.LANGUAGES)
def test_full_round_in_other_languages(world, language):
    """With an account of a producer, as agencies have one. The JavaScript client puts the level that it expects."""
    node = world.registry().start()
    dataset = visits(world)
    engine = world.engine().start()
    name = f"moh-{language}"
    secret = producer(world, name)
    AvroSender(dataset, client_of(node), V1).send(rows(0, 10))
    sent = [{**row, "note": None if row["seq"] % 3 else f"ملاحظة {row['seq']}"} for row in rows(10, 10)]
    outcome = clients.turn(language, url=node.url, bootstrap=world.kafka.bootstrap, topic=dataset.topic, schema=V2,
                           incompatible=BROKEN, version=2, rows=sent, expect=20, name=name, secret=secret)
    row = node.get(f"/subjects/{dataset.topic}-value/versions/2").json
    assert {outcome[way] for way in ("id", "again", "found", "latest", "by_version")} == {row["id"]}
    assert outcome.get("told") == (row["id"] if language == "java" else None)
    assert outcome["refused"] == 409 and "/fields/1/type" in outcome["reason"]
    assert [{"note": None, **r} for r in outcome["rows"]] == [{**r, "note": None} for r in rows(0, 10)] + sent
    clients.adopt(dataset, sent, first_offset=10)
    dataset.wait_drained()
    assert dataset.quarantine() == [] and len(dataset.rows()) == 20
    assert {r["id"]: r["note"] for r in dataset.rows()}["v12"] == "ملاحظة 12"
    read = [value for _, value in clients.consume(world, dataset, client_of(node), 20)]
    assert read == rows(0, 10) + sent
    assert engine.alive()
    world.finish()
