# SPDX-License-Identifier: Apache-2.0
"""Notifications on a Kafka topic, read with stock parts: each is there, in order, under the id that its webhook has, whatever
happens to relays and brokers."""

import datetime
import io
import json
import re
import shlex
import subprocess

import confluent_kafka
import fastavro
import psycopg
import pytest
from relay_room import Room, declare, declared, file_notice, receivers, room, see_and_tell  # noqa: F401

from kit import paths, process
from kit.topic_reader import TopicReader

# Given a broker that is slower than the relay's patience, then a message is there twice, and an incident is told besides.
PATIENT = {"NRC_RELAY_TIMEOUT_MS": 60000, "NRC_RELAY_LEASE_MS": 90000, "NRC_RELAY_RETRY_MS": 100}


class Stage:
    """A room with a topic, a registry and a reader."""

    def __init__(self, room, partitions=1, make=True):
        self.room, self.world, self.kafka = room, room.world, room.world.kafka
        self.topic = f"nrc.told-{self.world.tag}"
        if make:
            self.kafka.create_topic(self.topic, partitions)
        self.registry = self.world.registry().start()
        self.reader = TopicReader(self.kafka.bootstrap, self.topic, self.registry.url)
        self.world.closers.append(self.reader.close)

    def relay(self, name="relay", **settings):
        return self.room.relay(name, **{**PATIENT, "NRC_RELAY_TOPIC": self.topic, "NRC_RELAY_TOPIC_READERS": "center", **settings})

    def opened(self, relay=None):
        """The topic begins before its relay has told anything."""
        relay = (relay or self.relay()).start()
        process.wait_until(lambda: self.world.rows("SELECT FROM nrc.topic"), 30, "the topic is open")
        return relay

    def told(self):
        """The ids that are to be on the topic, in the outbox's order."""
        return [str(row["guid"]) for row in self.world.rows(
            "SELECT n.guid FROM nrc.topic_message m JOIN nrc.notification n ON n.id = m.notification_id ORDER BY m.ordinal")]

    def waiting(self):
        return self.world.value("SELECT count(*) FROM nrc.topic_message WHERE published_at IS NULL")

    def published(self, count):
        """The register knows that so many were taken, and none waits: in one look, as a message may come between two."""
        def counts():
            (row,) = self.world.rows("SELECT count(*) AS all, count(*) FILTER (WHERE published_at IS NULL) AS waiting"
                                     " FROM nrc.topic_message")
            return row

        process.wait_until(lambda: (now := counts())["waiting"] == 0 and now["all"] >= count, 40,
                           lambda: f"{counts()}; {self.world.rows('SELECT * FROM nrc.topic')}")
        return self.told()


@pytest.fixture
def stage(room):  # noqa: F811
    return Stage(room)


def as_avro_reads(data):
    """A webhook's data, as the topic's structure has it."""
    def moment(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None

    change = {name: None for name in ("agency", "kind", "subject", "version", "schema_id", "notice", "object", "notification",
                                      "topic", "partition", "reopened", "closed_why")}
    change |= {"datasets": [], "collects_more": False, "shortened": False}
    given = data["change"]
    change |= {name: value for name, value in given.items() if name in change}
    change["ends_at"] = moment(given.get("ends_at"))
    return {"class": data.get("class"), "effective_at": moment(data.get("effective_at")), "change": change, "uri": data["uri"],
            "acknowledge": data["acknowledge"]}


def test_stock_readers_get_what_the_webhook_was_told(stage):
    """NRL-7; NRL-1: no value, no free text and no person's name. Its users complained of a binary mode without content-type, of
    payloads that are JSON in a string, and of ids that are not the outbox's."""
    room = stage.room  # noqa: F811
    receiver = room.subscribe("beside")
    stage.opened(stage.relay(NRC_REGISTRY_PUBLIC_URL="https://registry.example/"))
    number = file_notice(room, "moh.births", "moh.deaths")
    room.nrc.run("notice", "amend", number, "--until", "2031-05-06T07:08Z", "--why", "SECRET-WHY")
    (incident,) = room.see(1, "marks", kind="bad_frame")
    room.world.execute(f"SELECT nrc.close_incident({incident}, 'SECRET-WHY')")
    room.world.execute("SELECT nrc.notify_of('structure.approved', 'request/1', 1, 1, 'breaking', now() + interval '2 days',"
                       """ '{"subject":"moh.births-value","schema_id":3,"notice":1,"collects_more":true}')""")
    room.world.execute("SELECT nrc.notify_of('violation.recorded', 'violation/1', 1, 1, 'breaking', NULL, '{\"kind\":\"ولادة\"}')")
    webhooks = {m.id: m for m in receiver.wait(8)}  # and the structure of the topic, and the escalation
    messages = {m.id: m for m in stage.reader.wait(8)}
    assert set(messages) == set(webhooks) and len(messages) == 8
    latest = stage.registry.get(f"/subjects/{stage.topic}-value/versions/latest").json
    schema = fastavro.parse_schema(json.loads(latest["schema"]))
    assert json.loads(stage.registry.get(f"/schemas/ids/{latest['id']}").json["schema"]) == json.loads(latest["schema"])
    for told in messages.values():
        webhook = webhooks[told.id]
        assert told.data == as_avro_reads(webhook.data)
        attributes = {**told.event.get_attributes()}
        assert attributes.pop("datacontenttype") == "application/avro" == told.headers["content-type"].decode()
        assert attributes.pop("partitionkey") == told.key == told.data["change"]["agency"] or told.event.get_subject()
        assert attributes.pop("dataschema") == f"https://registry.example/schemas/ids/{latest['id']}/schema"
        of_webhook = {**webhook.event.get_attributes()}
        assert of_webhook.pop("datacontenttype") == "application/json" and attributes == of_webhook
        assert told.value[:5] == b"\0" + latest["id"].to_bytes(4, "big")
        assert fastavro.schemaless_reader(io.BytesIO(told.value[5:]), schema) == told.data
        rewritten = io.BytesIO()
        fastavro.schemaless_writer(rewritten, schema, told.data)
        assert rewritten.getvalue() == told.value[5:], "Avro-C writes as fastavro does"
    whole = b"".join(m.value for m in messages.values())
    assert b"SECRET" not in whole and "ولادة".encode() in whole
    assert not any(name in whole for name in (b"Huda", b"Salem", b"huda", b"salem")), "those who were silent, and the head"
    escalated = next(m for m in messages.values() if m.type == "nrc.structure.escalated")
    assert "agency_head" in webhooks[escalated.id].change and escalated.change["notification"] in messages


def test_the_structure_is_in_our_registry_and_nobody_changes_it(stage):
    """The numbers that the register gives it are those that the registry reckons: it finds it, and adds no version."""
    stage.opened()
    node, subject = stage.registry, f"{stage.topic}-value"
    latest = node.get(f"/subjects/{subject}/versions/latest").json
    same = {"schema": latest["schema"]}
    for query in ("", "?normalize=true"):
        assert node.post(f"/subjects/{subject}/versions{query}", same).json["id"] == latest["id"]
        assert node.post(f"/subjects/{subject}{query}", same).json["version"] == 1
    assert node.post("/subjects/elsewhere/versions", same).json["id"] == latest["id"], "the same schema is one row"
    assert node.get(f"/subjects/{subject}/versions").json == [1]
    other = node.post(f"/subjects/{subject}/versions", {"schema": '"string"'})
    gone = node.request("DELETE", f"/subjects/{subject}")
    assert (other.status, other.code, gone.status, gone.code) == (422, 42205, 422, 42205)
    row = stage.world.rows("SELECT s.crc64, o.crc64 AS ours, s.guid FROM nrc.schema s, nrc.topic_structure() o"
                           " WHERE s.sha256 = o.sha256")[0]
    assert row["crc64"] == row["ours"]
    assert stage.world.value("SELECT count(*) FROM nrc.subject_version WHERE subject = %s", subject) == 1


def test_a_topic_that_everyone_reads_has_what_everyone_may_know(stage):
    """NRL-1: problems and violations of an agency are told to it and to the Center, and a topic cannot tell its readers apart."""
    open_topic = stage.relay(NRC_RELAY_TOPIC_READERS="everyone")
    stage.opened(open_topic)
    stage.room.see(2, "births")
    stage.world.execute("SELECT nrc.notify_of('violation.recorded', 'violation/1', 1, 1, 'breaking', NULL, '{}')")
    file_notice(stage.room, "moh.births")
    stage.published(2)
    assert [m.type for m in stage.reader.drain()] == ["nrc.structure.active", "nrc.notice.filed"]
    other = stage.relay("other").start()
    assert other.wait_gone() == 1 and "was opened for everyone" in other.log_text()
    assert open_topic.stop() == 0


@pytest.mark.parametrize("point", ["topic_claimed", "topic_taken", "outbox_fanned_out"])
def test_a_relay_that_is_killed_loses_nothing_and_ids_stay(stage, point):
    """What Kafka had taken at that moment comes once more, under the same id."""
    first = stage.opened()
    stage.published(1)
    assert first.stop() == 0
    stage.room.see(6)
    file_notice(stage.room, "moh.births")
    relay = stage.relay("killed", NRC_RELAY_FAN_OUT=50, NRC_RELAY_TIMEOUT_MS=5000, NRC_RELAY_LEASE_MS=6000)
    assert relay.start(failpoint=f"{point}:kill:1").wait_gone() == -9
    again = stage.relay("again").start()
    ids = stage.published(8)
    stage.reader.drain()
    assert stage.reader.ids() == ids, "nothing is lost, and the first of each is in order"
    assert set(stage.reader.doubled()) == (set(ids[1:]) if point == "topic_taken" else set())
    assert again.stop() == 0


def test_two_relays_at_once_publish_each_once_and_in_order(room):  # noqa: F811
    stage = Stage(room, partitions=3)
    relays = [stage.relay(f"relay{n}", NRC_RELAY_FAN_OUT=3) for n in range(2)]
    for relay in relays:
        stage.opened(relay)
    for _ in range(6):
        room.see(4, "births"), room.see(3, "marks"), room.see(2)
    ids = stage.published(55)
    stage.reader.drain()
    assert sorted(stage.reader.ids()) == sorted(ids) and stage.reader.doubled() == []
    by_key = {}
    for m in stage.reader.messages:
        by_key.setdefault(m.key, []).append(m)
    place = {i: n for n, i in enumerate(ids)}
    for key, messages in by_key.items():
        assert len({m.partition for m in messages}) == 1, "one key, one partition"
        assert [place[m.id] for m in messages] == sorted(place[m.id] for m in messages), key
    assert {"moh", "edu"} <= set(by_key) and len({m.partition for m in stage.reader.messages}) > 1
    assert [relay.stop() for relay in relays] == [0, 0]
    recorded = {(row["partition"], row["topic_offset"]): row["guid"] for row in stage.world.rows(
        "SELECT m.*, n.guid FROM nrc.topic_message m JOIN nrc.notification n ON n.id = m.notification_id")}
    assert {(m.partition, m.offset): m.id for m in stage.reader.messages} == {k: str(v) for k, v in recorded.items()}


def test_a_late_commit_is_published_and_a_rollback_is_not(stage):
    stage.opened()
    with psycopg.connect(stage.world.postgres.dsn(stage.world.database)) as slow, \
            psycopg.connect(stage.world.postgres.dsn(stage.world.database)) as gone:
        see_and_tell(slow, "t", None, "slow")
        see_and_tell(gone, "t", None, "gone")
        gone.rollback()
        stage.room.see(2)
        stage.published(3)
        slow.commit()
    assert [m.id for m in stage.reader.wait(4)] == stage.published(4)
    numbers = [row["notification_id"] for row in stage.world.rows("SELECT * FROM nrc.topic_message ORDER BY ordinal")]
    assert numbers != sorted(numbers), "the slow one had a smaller number"


def test_what_waits_and_what_was_published_is_shown(room):  # noqa: F811
    """NRL-18: it is on record when each was told."""
    stage = Stage(room, make=False)
    relay = stage.opened()
    file_notice(room, "moh.births")
    process.wait_until(lambda: stage.waiting() == 2, 20)
    process.wait_until(lambda: room.nrc.json("notification", "topics")[0]["failing_since"], 20)
    (shown,) = room.nrc.json("notification", "topics")
    assert (shown["name"], shown["readers"], shown["published"]) == (stage.topic, "center", 0)
    assert shown["waiting"] >= 2, "and the incident"
    assert shown["error"] == "the topic does not exist"
    filed = stage.told()[1]
    (row,) = room.nrc.json("notification", "show", filed)["told"]
    assert (row["subscription"], row["state"], row["delivered_at"]) == (stage.topic, "waiting", None)
    stage.kafka.create_topic(stage.topic, 1)
    stage.published(2)
    (shown,) = room.nrc.json("notification", "topics")
    assert shown["waiting"] == 0 and shown["published"] >= 2 and shown["failing_since"] is None and shown["last_at"]
    (row,) = room.nrc.json("notification", "show", filed)["told"]
    assert row["state"] == "delivered" and row["delivered_at"] and stage.topic in room.nrc.run("notification", "topics").stdout
    assert relay.stop() == 0


def test_replays_tests_and_restarts_publish_nothing_again(stage):
    receiver = stage.room.subscribe("again")
    relay = stage.opened()
    stage.room.see(3)
    receiver.wait(3)
    stage.published(4)
    stage.room.nrc.run("subscription", "replay", "again", "--delivered")
    stage.room.nrc.run("subscription", "test", "again")
    process.wait_until(lambda: len(receiver.doubled()) >= 3, 20, "the same ids once more")
    assert relay.stop() == 0
    relay = stage.relay("second").start()
    stage.room.see(1)
    stage.published(5)
    assert len(stage.reader.drain()) == 5 and stage.reader.doubled() == []
    assert relay.stop() == 0


def broken(stage, relay, receiver):
    """Webhooks flow while the topic does not; it is said once, with an incident."""
    before = len(relay.log_lines("topic_back"))  # each ends one that began earlier: the broker was slow
    stage.room.see(4, "births")
    receiver.wait(4)
    (incident,) = process.wait_until(lambda: stage.world.open_incidents("topic_not_told"), 30, "an incident")
    assert incident["engine"] == stage.topic
    process.wait_until(lambda: stage.world.value("SELECT attempts FROM nrc.topic") >= 3, 60, "it is tried again")
    assert len(relay.log_lines("topic_away")) == before + 1
    return stage.world.open_incidents("topic_not_told")[0]


def settled(stage, count):
    """The incident is over, and what is to be told of it is told: nothing, if it was over before its cause could have shown."""
    process.wait_until(lambda: stage.world.open_incidents("topic_not_told") == [] and stage.world.value(
        "SELECT (SELECT count(*) FROM nrc.incident_news) + (SELECT count(*) FROM nrc.notification_new)") == 0, 60, "the incident is over")
    return stage.published(count)


def mended(stage, relay, count):
    """Everything comes, in order; and the incident is over."""
    ids = settled(stage, count)
    stage.reader.drain()
    assert stage.reader.ids() == ids and stage.world.open_incidents("topic_not_told") == []
    assert relay.log_lines("topic_back") and relay.stop() == 0


def test_a_topic_that_does_not_exist_is_waited_for(room):  # noqa: F811
    receiver = room.subscribe("flows")
    stage = Stage(room, make=False)
    relay = stage.opened()
    incident = broken(stage, relay, receiver)
    assert "does not exist" in incident["detail"] and "does not exist" in room.nrc.run("incident", "list").stdout
    assert stage.topic not in stage.kafka.topics(), "a relay makes no topic"
    stage.kafka.create_topic(stage.topic, 2)
    settled(stage, 5)
    by_key = [m.id for m in stage.reader.drain() if m.key == "moh"]
    told = stage.told()
    assert by_key == [i for i in told if i in by_key] and set(stage.reader.ids()) == set(told)
    assert relay.stop() == 0


def test_a_message_that_is_refused_is_not_passed_over(stage):
    """Nor are those behind it sent at every attempt."""
    receiver = stage.room.subscribe("flows")
    stage.kafka.alter_topic(stage.topic, {"max.message.bytes": "100"})
    relay = stage.opened()
    incident = broken(stage, relay, receiver)
    assert "size" in incident["detail"]
    stage.kafka.alter_topic(stage.topic, {"max.message.bytes": "1000000"})
    mended(stage, relay, 5)
    assert stage.reader.doubled() == []


def own_room(world, receivers):  # noqa: F811
    return Room(world, receivers, declare(world.nrc))


def test_a_slow_broker_gets_nothing_twice(own_kafka, receivers):  # noqa: F811
    """Within the relay's patience. The client asks anew each second meanwhile: the broker finds the same message in each."""
    receivers.by_name.clear()
    stage = Stage(own_room(own_kafka, receivers))
    relay = stage.opened(stage.relay(NRC_KAFKA_REQUEST_TIMEOUT_MS=1000, NRC_KAFKA_SOCKET_TIMEOUT_MS=1000))
    stage.published(1)
    own_kafka.kafka.freeze()
    stage.room.see(3)
    process.wait_until(lambda: stage.waiting() == 3, 20, "the relay has them")
    process.holds(lambda: stage.waiting() == 3, 7, "they are waited for, and nothing is told of it")
    own_kafka.kafka.thaw()
    assert stage.published(4) == [m.id for m in stage.reader.drain()]
    assert stage.world.incidents("topic_not_told") == [] and relay.stop() == 0


@pytest.mark.parametrize("how", ["dead", "frozen"])
def test_a_broker_that_is_away_delays_no_webhook(own_kafka, receivers, how):  # noqa: F811
    """A producer that gave messages up by itself lost some of them when brokers froze and thawed."""
    receivers.by_name.clear()
    room = own_room(own_kafka, receivers)  # noqa: F811
    receiver = room.subscribe("flows")
    stage = Stage(room)
    relay = stage.opened(stage.relay(NRC_RELAY_TIMEOUT_MS=1500, NRC_RELAY_LEASE_MS=2000))
    room.see(2, "births")
    stage.published(3)
    own_kafka.kafka.kill9() if how == "dead" else own_kafka.kafka.freeze()
    incident = broken(stage, relay, receiver)
    assert "within 1500 ms" in incident["detail"]
    own_kafka.kafka.start() if how == "dead" else own_kafka.kafka.thaw()
    mended(stage, relay, 7)
    # A frozen broker has what was in flight in its buffers; of the attempts after that it gets nothing.
    assert max(stage.reader.times().values()) <= (1 if how == "dead" else 2)


def test_a_login_without_the_right_to_write_is_told_so(guarded_kafka, receivers):  # noqa: F811
    receivers.by_name.clear()
    room = own_room(guarded_kafka, receivers)  # noqa: F811
    receiver = room.subscribe("flows")
    stage = Stage(room)
    relay = stage.opened(stage.relay(**guarded_kafka.login))
    incident = broken(stage, relay, receiver)
    assert "uthoriz" in incident["detail"] or "does not let" in incident["detail"]
    guarded_kafka.kafka.grant("TOPIC", stage.topic, "WRITE")
    mended(stage, relay, 5)


def test_a_register_that_goes_away_between_taking_and_recording(stage):
    """The outcome is kept, and recorded when the register is back: none comes twice as long as the claim holds."""
    relay = stage.opened()
    stage.published(1)
    postgres, database = stage.world.postgres, stage.world.database
    for _ in range(3):
        stage.room.see(3)
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = 'nrc relay'",
                     (database,))
    stage.published(10)
    assert stage.reader.wait(10) and stage.reader.doubled() == [] and stage.reader.ids() == stage.told()
    assert relay.stop() == 0


def test_the_page_for_readers_of_the_topic_holds(guarded_kafka, receivers, monkeypatch, capsys):  # noqa: F811
    """ops/doc/notifications.md: Kafka's own commands give the rights that are needed, and the few lines of Python read it."""
    page = (paths.ROOT / "ops" / "doc" / "notifications.md").read_text()
    room, kafka = own_room(guarded_kafka, receivers), guarded_kafka.kafka  # noqa: F811
    stage = Stage(room, make=False)
    stage.topic = "nrc.notifications"
    tools = {"kafka-topics.sh": "org.apache.kafka.tools.TopicCommand", "kafka-acls.sh": "kafka.admin.AclCommand"}
    ran = []
    for line in "".join(re.findall(r"```sh\n(.*?)```", page, re.S)).splitlines():
        words = shlex.split(line.replace("kafka.example:9092", kafka.bootstrap).replace("User:relay", "User:nrc"), comments=True)
        if words[0] in tools:
            subprocess.run(["java", "-Xmx128m", "-cp", f"{paths.KAFKA_LIB}/*", tools[words[0]], *words[1:]], check=True)
            ran.append(words[0])
    assert ran == ["kafka-topics.sh", "kafka-acls.sh", "kafka-acls.sh"]
    relay = stage.opened(stage.relay(NRC_RELAY_TOPIC_READERS="everyone", **guarded_kafka.login))
    file_notice(room, "moh.births")
    stage.published(2)
    assert stage.world.incidents("topic_not_told") == [] and relay.stop() == 0
    _, code = re.findall(r"```python\n(.*?)```", page, re.S)
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "nrc", "sasl.password": "nrc"}
    kafka.grant("GROUP", "statistics")
    real = confluent_kafka.Consumer
    monkeypatch.setattr(confluent_kafka, "Consumer", lambda conf: real({**conf, **login}))
    code = code.replace("kafka.example:9092", f"127.0.0.1:{kafka.login_port}").replace("https://registry.example:8081", stage.registry.url)
    exec(code.replace('"basic.auth.user.info": "huda:THE-SECRET"', "").replace("poll(10)", "poll(20 if len(known) < 2 else 1)"), {})
    structure, notice = capsys.readouterr().out.splitlines()
    assert structure.startswith("nrc.structure.active structure/nrc.notifications-value/1 ")
    assert notice.startswith("nrc.notice.filed notice/1 ") and "'datasets': ['moh.births']" in notice


def test_no_agency_and_no_dataset_takes_the_topic_or_its_subject(room):  # noqa: F811
    stage = Stage(room)
    node = room.world.registry("guarded", anonymous=False).start()
    refused = room.nrc.run("dataset", "add", "moh.told", "--topic", "nrc.notifications", "--key", "id", ok=(1,)).stderr
    assert "begin with nrc. are the Center's own" in refused
    assert room.nrc.run("agency", "add", "nrc", "--name", "X", "--name-ar", "س", "--class", "1", "--division", "D", "--head",
                        "H", ok=(1, 2)).returncode != 0
    node.headers = room.secrets["salem"]
    for subject in ("nrc.notifications-value", f"{stage.topic}-value"):
        assert node.post(f"/subjects/{subject}/versions", {"schema": '"string"'}).status == 403
    node.headers = {}
    for name, topic in (("theirs", "moh.births"), ("shouting", "nrc.NOTIFICATIONS"), ("long", "nrc." + "x" * 300)):
        relay = stage.relay(name, NRC_RELAY_TOPIC=topic).start()
        assert relay.wait_gone() == 1 and "published on a topic nrc." in relay.log_text()
    assert room.world.rows("SELECT FROM nrc.topic") == []


def test_settings_that_cannot_publish_are_refused_at_the_start(room):  # noqa: F811
    stage = Stage(room)
    relay = stage.relay("nowhere", NRC_KAFKA_BOOTSTRAP="").start()
    assert relay.wait_gone() == 1 and "no Kafka brokers" in relay.log_text()
    relay = stage.relay("odd", NRC_KAFKA_COMPRESSION_TYPE="rar").start()
    assert relay.wait_gone() == 1 and "compression" in relay.log_text()
    relay = stage.relay("readers", NRC_RELAY_TOPIC_READERS="all").start()
    assert relay.wait_gone() != 0 and "everyone" in relay.log_text()


def test_operators_properties_do_not_weaken_what_is_promised(stage):
    relay = stage.opened(stage.relay(NRC_KAFKA_ACKS="0", NRC_KAFKA_ENABLE_IDEMPOTENCE="false", NRC_KAFKA_MESSAGE_TIMEOUT_MS="1",
                                     NRC_KAFKA_RETRIES="0", NRC_KAFKA_QUEUING_STRATEGY="lifo", NRC_KAFKA_COMPRESSION_TYPE="gzip"))
    stage.room.see(20)
    ids = stage.published(21)
    stage.reader.drain()
    assert stage.reader.ids() == ids and relay.stop() == 0
    assert stage.world.incidents("topic_not_told") == []


def test_the_relays_role_moves_the_position_by_its_claims_alone(servers, stage):
    """NRL-15: least privilege."""
    assert stage.opened().stop() == 0
    for role in ("nrc_relay", "nrc_registry", "nrc_monitor", "nrc_steward", "nrc_ingest"):
        with psycopg.connect(servers.postgres.dsn(stage.world.database, "nrc"), autocommit=True) as db:
            db.execute(f"SET ROLE {role}")
            for sql in ("UPDATE nrc.topic SET readers = 'everyone'", "INSERT INTO nrc.topic (name, readers) VALUES ('nrc.x', 'center')",
                        "UPDATE nrc.topic_message SET published_at = now()", "DELETE FROM nrc.topic_message",
                        "SELECT nrc.queue_for_topics('{}')", "SELECT nrc.intern_schema(1, '', '', '', '', 1, '{}', '{}', '[]')"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(sql)
            for sql in ("SELECT nrc.open_topic('nrc.y', 'center')", "SELECT nrc.claim_topic('nrc.y', 'r', '1 s', 1)",
                        "SELECT nrc.record_topic('nrc.y', 1, '[]', NULL, '1 s')"):
                if role == "nrc_relay":
                    db.execute(sql)
                else:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        db.execute(sql)
    with pytest.raises(psycopg.errors.Error, match="not"):
        stage.world.execute("DELETE FROM nrc.topic_message")
