# SPDX-License-Identifier: Apache-2.0
"""Statements as events on <agency>.control (NRL-10): an unmodified serialiser's heartbeats and control totals are each taken once, over
kills of the monitor; what is no statement holds up nothing, and is told with its place and its reason.

Users of such topics elsewhere complain of a record that is tried again for ever, of serialisers that cannot send a null, of
audit messages that are counted again with each delivery, of readers that break at a newer writer, and of counts that are compared
while the events are still on their way."""

import datetime
import json
import re

import confluent_kafka
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from monitor_room import CONTRACT, DAYS, SCHEMA, Monitor

from kit import paths, process, stream
from kit.registry import basic

AVSC = paths.ROOT / "ops" / "doc" / "control-statement.avsc"
PAGE = (paths.ROOT / "ops" / "doc" / "completeness.md").read_text()
SUBJECT = "nrc.control.Statement"


def day(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


class Agency:
    """One with a dataset, a control topic, and a program that states what it sent."""

    def __init__(self, world, partitions=1):
        self.world, self.code = world, f"c{world.tag}"
        self.topic = f"{self.code}.control"
        self.dataset = world.dataset(f"{self.code}.residents", "civil_no", stream.Structure(SCHEMA))
        world.kafka.create_topic(self.topic, partitions)
        self.producer = confluent_kafka.Producer({"bootstrap.servers": world.kafka.bootstrap, "linger.ms": 0})
        self.serializer = None
        self.monitors = 0

    def monitor(self, failpoint=None, **settings):
        self.monitors += 1
        node = Monitor(self.world.nrc, self.world.folder / f"m{self.monitors}.log",
                       **{**settings, **({"NRC_FAILPOINT": failpoint} if failpoint else {})})
        self.world.closers.append(node.kill)
        return node.start()

    def connect(self, registry):
        """As an agency's program does it: the structure is a file of the product, and the registry has its id."""
        process.wait_until(lambda: registry.get(f"/subjects/{SUBJECT}/versions/latest").status == 200, 30, "the structure is published")
        self.serializer = AvroSerializer(SchemaRegistryClient({"url": registry.url}), AVSC.read_text(), conf={
            "auto.register.schemas": False, "subject.name.strategy": record_subject_name_strategy})

    def send(self, value, partition=0):
        self.producer.produce(self.topic, value, partition=partition)
        assert self.producer.flush(30) == 0

    def frame(self, kind, **fields):
        names = [field["name"] for field in json.loads(AVSC.read_text())["fields"]]
        whole = {**dict.fromkeys(names), "kind": kind, **fields}
        return self.serializer(whole, SerializationContext(self.topic, MessageField.VALUE))

    def state(self, kind, **fields):
        self.send(self.frame(kind, **fields))

    def total(self, events, **fields):
        self.state("CONTROL_TOTAL", **{"dataset": self.dataset.name, "from": day("2023-01-01"), "until": day("2023-02-01"),
                                       "events": events, **fields})

    def totals(self):
        return [row["events"] for row in self.world.rows("SELECT events FROM nrc.control_total ORDER BY id")]

    def read(self):
        """Whether all of the topic was."""
        ends = {p: high for p, (_, high) in self.world.kafka.watermarks(self.topic).items() if high > 0}
        at = {row["partition"]: row["next_offset"] for row in self.world.rows("SELECT * FROM nrc.control_position")}
        return all(at.get(p) == end for p, end in ends.items())

    def wait_read(self, timeout=30):
        process.wait_until(self.read, timeout, lambda: f"{self.world.rows('SELECT * FROM nrc.control_position')}")

    def refused(self):
        return self.world.nrc.json("control", "list", "--refused", "--agency", self.code)

    def promise(self, latency_s):
        path = self.world.folder / "contract.yaml"
        text = CONTRACT.replace("rop.residents", self.dataset.name)
        path.write_text(text.format(version="1.1", week=json.dumps(DAYS), sla=json.dumps([
            {"property": "latency", "value": latency_s, "unit": "s"}, {"property": "frequency", "value": "continuous"},
            {"property": "heartbeat", "value": 1, "unit": "h"}])))
        self.world.nrc.run("contract", "apply", path)

    def is_found(self, state, reason):
        (row,) = self.world.nrc.json("freshness", self.dataset.name)
        return (row["state"], row["reason"]) == (state, reason)


@pytest.fixture
def agency(world):
    made = Agency(world)
    yield made
    world.kafka.delete_topic(made.topic)


def event(agency, number):
    return stream.upsert(agency.dataset.structure, "civil_no", {"civil_no": str(number), "seq": 1}, "seq")


def test_each_statement_is_taken_once_whatever_lies_beside_it(world, agency):
    registry = world.registry().start()
    first = agency.monitor("statements_taken:kill")
    agency.connect(registry)
    agency.total(7, statement_id="2023-01", keys=2, key_list=["1", "2"])
    agency.total(8, statement_id="2023-01")
    agency.total(7, statement_id="2023-01", keys=2, key_list=["1", "2"])  # the producer sends it again
    agency.send(b"I live")
    agency.send(b"")
    agency.send(b"\x00\x00\x0f\x42\x3f")
    agency.send(agency.dataset.structure.frame({"civil_no": "SECRET-1", "seq": 1}))
    agency.send(agency.frame("HEARTBEAT", dataset="SECRET-2"))
    agency.send(agency.frame("HEARTBEAT")[:-2])
    agency.total(1, **{"from": day("2023-03-01")})
    world.nrc.add_agency("rop")
    world.nrc.add_dataset("rop.residents", key="civil_no")
    agency.total(1, dataset="rop.residents")
    agency.send(None)
    agency.state("HEARTBEAT", dataset=agency.dataset.name, events=3)
    assert first.wait_gone() == -9
    assert agency.totals() == [] and world.rows("SELECT * FROM nrc.control_position") == []
    assert agency.monitor("statements_read:kill").wait_gone() == -9
    agency.monitor()
    agency.wait_read()
    assert agency.totals() == [7, 8]
    refused = agency.refused()
    assert [(row["from_offset"], row["reason"]) for row in reversed(refused)] == [
        (3, "bad_frame"), (4, "empty_value"), (5, "unknown_structure"), (6, "unknown_structure"), (7, "no_dataset"),
        (8, "truncated"), (9, "refused"), (10, "refused")]
    assert "ends after it begins" in refused[1]["detail"] and "another agency's" in refused[0]["detail"]
    assert "SECRET" not in json.dumps(refused)
    (at,) = world.rows("SELECT taken, repeated, refused FROM nrc.control_position")
    assert at == {"taken": 4, "repeated": 1, "refused": 8}
    (life,) = world.rows("SELECT h.sent, o.beat_at FROM nrc.heartbeat_dataset h, nrc.heartbeat o WHERE o.beat_at IS NOT NULL")
    assert life["sent"] == 3
    (incident,) = world.open_incidents("control_refused")
    told = world.told_of_incident(incident["id"])
    assert [(n["type"], n["agency"]) for n in told] == [("incident.opened", agency.code)]
    # What the page tells agencies to write, run.
    (code,) = re.findall(r"```python\n(import datetime.*?)```", PAGE, re.S)
    for name, here in (("https://registry.example:8081", registry.url), (', "basic.auth.user.info": "moh-births:THE-SECRET"', ""),
                       ("kafka.example:9092", world.kafka.bootstrap), ("control-statement.avsc", str(AVSC)),
                       ("moh.control", agency.topic), ("moh.births", agency.dataset.name)):
        assert name in code
        code = code.replace(name, here)
    exec(code, {})  # pylint: disable=exec-used
    agency.wait_read()
    assert agency.totals() == [7, 8, 7215] and world.value("SELECT sent FROM nrc.heartbeat_dataset") == 231
    # A registry serves the structure, and changes nothing of it.
    assert registry.post(f"/subjects/{SUBJECT}/versions", {"schema": '"string"'}).json["error_code"] == 42205
    assert "--refused has no --dataset" in world.nrc.run("control", "list", "--refused", "--dataset", "rop.residents", ok=(2,)).stderr
    world.finish()


def test_refused_statements_are_told_to_their_agency_and_the_center_alone(world, agency):
    agency.monitor()
    agency.send(b"I live")
    agency.wait_read()
    node = world.registry(anonymous=False).start()
    world.nrc.add_agency("rop")
    headers = {}
    for name, role, of in (("mine", "producer", ["--agency", agency.code]), ("other", "producer", ["--agency", "rop"]),
                           ("reader", "beneficiary", []), ("huda", "steward", [])):
        made = world.nrc.json("account", "add", name, "--person", "P", "--role", role, "--decision", "1/2026", *of)
        headers[name] = basic(name, made["secret"])
    seen = {}
    for name, mine in headers.items():
        answer = node.get("/nrc/v1/refused-statements", **mine)
        seen[name] = [row["agency"] for row in answer.json] if answer.status == 200 else answer.status
    assert seen == {"mine": [agency.code], "other": [], "reader": 403, "huda": [agency.code]}
    world.finish()


def test_a_source_that_sent_more_than_came_is_no_quiet_source(world, agency):
    """The count has the time that the contract gives; a heartbeat each turn does not begin it anew."""
    world.engine().start()
    registry = world.registry().start()
    agency.monitor()
    agency.connect(registry)
    agency.dataset.send_all([event(agency, n) for n in range(2)])
    agency.dataset.wait_drained()
    agency.promise(latency_s=2)

    def with_heartbeats(state, reason):
        agency.state("HEARTBEAT", dataset=agency.dataset.name, events=5)
        return agency.is_found(state, reason)
    process.wait_until(lambda: with_heartbeats("late", "broken_path"), 30, "the path is broken")
    agency.dataset.send_all([event(agency, n) for n in range(2, 5)])
    agency.dataset.wait_drained()
    process.wait_until(lambda: with_heartbeats("quiet", "quiet_source"), 30, "all is here, and the source is quiet")
    world.finish()


def test_a_topic_that_loses_what_it_had_is_told_and_read_on(world, agency):
    """Removed before it was read; a batch that no one can read; deleted and made anew, as long as before."""
    registry = world.registry().start()
    node = agency.monitor(NRC_INGEST_STUCK_HALT_MS=1000)
    agency.connect(registry)
    agency.total(1)
    agency.wait_read()
    assert node.stop() == 0
    for number in (2, 3, 4, 5):
        agency.total(number)
    world.kafka.delete_records(agency.topic, 0, 2)
    world.kafka.spoil_batch(agency.topic, 0, 3, 70, b"\xff\xff")
    node = agency.monitor(NRC_INGEST_STUCK_HALT_MS=1000)
    agency.wait_read(60)
    assert agency.totals() == [1, 3, 5]
    assert [(r["reason"], r["from_offset"], r["next_offset"]) for r in reversed(agency.refused())] == [
        ("removed", 1, 2), ("unreadable", 3, 4)]
    assert node.stop() == 0
    world.kafka.delete_topic(agency.topic)
    world.kafka.create_topic(agency.topic)
    for number in range(6, 12):
        agency.total(number)
    agency.monitor()
    process.wait_until(lambda: agency.totals()[-1] == 11, 60, "the new topic is read")
    agency.wait_read()
    assert agency.totals() == [1, 3, 5, *range(6, 12)]
    assert agency.refused()[0]["reason"] == "log_replaced"
    world.finish()
