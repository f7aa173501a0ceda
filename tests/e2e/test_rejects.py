# SPDX-License-Identifier: Apache-2.0
"""The reject topic of an agency, read with stock parts: each event that was refused is there, with its reason and every rule that
it broke, in order, under an id that stays; and no value of it, whatever happens to relays, brokers and other agencies."""

import io
import json
import re
import shlex
import subprocess

import confluent_kafka
import fastavro
import pytest
from kit import paths, process, stream
from kit.relay import Relay
from kit.topic_reader import TopicReader

SECRET = "سالم-Q7XK2V"
PATIENT = {"NRC_RELAY_TIMEOUT_MS": 60000, "NRC_RELAY_LEASE_MS": 90000}

HOME = {"type": "record", "name": "Home", "fields": [{"name": "zip", "type": {"type": "enum", "name": "Zip", "symbols": ["A", "B"]}}]}
VISIT = {
    "type": "record", "name": "Visit", "namespace": "om", "fields": [
        {"name": "no", "type": "string", "confluent:rules": [
            {"name": "digits", "doc": "a number of digits", "expr": "this.matches('[0-9]+')"}]},
        {"name": "seq", "type": "long"},
        {"name": "name", "type": "string"},
        {"name": "homes", "type": {"type": "map", "values": HOME}, "default": {}}],
    "confluent:rules": [{"name": "told", "expr": "this.name != 'bad' ? '' : 'the name is ' + this.name + this.no"}]}
RULES = [
    {"name": "قليل", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "message.seq < 1000000"},
    {"name": "counted", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "message.name != 'bad'", "onFailure": "NONE"}]


class Agency:
    """One with a dataset and a topic of rejects of its own in the servers that tests share."""

    def __init__(self, stage, code, partitions=1, options=(), topic=True, **more):
        self.stage, self.world = stage, stage.world
        self.code = f"{code}{stage.world.tag}"
        self.topic = f"{self.code}.rejected"
        self.dataset = self.world.dataset(f"{self.code}.visits", "no", partitions=partitions, options=options, **more)
        if topic:
            self.world.kafka.create_topic(self.topic)
        answer = stage.registry.post(f"/subjects/{self.dataset.topic}-value/versions",
                                     {"schema": json.dumps(VISIT), "ruleSet": {"domainRules": RULES}})
        assert answer.status == 200, answer.text
        self.structure = self.dataset.structure = stream.Structure(VISIT, answer.json["id"])
        self.reader = TopicReader(self.world.kafka.bootstrap, self.topic, stage.registry.url)
        self.world.closers.append(self.reader.close)

    def event(self, number, reason=None, path="", **change):
        row = {"no": f"{number}", "seq": 1, "name": SECRET, "homes": {}, **change}
        made = stream.upsert(self.structure, "no", row)
        if reason is not None:
            made.verdict, made.reason, made.path = "quarantined", reason, path
        return made

    def refused(self, number):
        return self.event(number, "rule_failed", name="bad")

    def send(self, *events, **where):
        for event in events:
            self.dataset.send(event, **where)
        self.dataset.wait_drained()

    def ids(self):
        """That are to be told, in the quarantine's order."""
        return [f"{r['topic']}/{r['partition']}/{r['topic_offset']}/{r['id']}" for r in self.world.rows(
            "SELECT q.*, p.topic, p.partition FROM nrc.quarantine q JOIN nrc.position p ON p.id = q.position_id"
            " WHERE p.topic = %s ORDER BY q.id", self.dataset.topic)]

    def published(self, count, timeout=40):
        def counts():
            (row,) = self.world.rows("SELECT count(*) AS all, count(*) FILTER (WHERE published_at IS NULL) AS waiting"
                                     " FROM nrc.reject r JOIN nrc.agency a ON a.id = r.agency_id WHERE a.code = %s", self.code)
            return row

        process.wait_until(lambda: counts() == {"all": count, "waiting": 0}, timeout,
                           lambda: f"{counts()}; {self.world.rows('SELECT * FROM nrc.reject_topic')}")
        return self.ids()

    def incidents(self):
        return [i for i in self.world.open_incidents("rejects_not_told") if i["engine"] == self.topic]


class Stage:
    def __init__(self, world):
        self.world = world
        self.registry = world.registry().start()

    def agency(self, *args, **more):
        return Agency(self, *args, **more)

    def relay(self, name="relay", **settings):
        made = Relay(self.world.nrc, self.world.folder / f"{name}.log",
                     **{**PATIENT, "NRC_RELAY_RETRY_MS": 100, "NRC_RELAY_REJECTS": "yes", **settings})
        self.world.engines.append(made)
        return made


@pytest.fixture
def stage(world):
    return Stage(world)


def broken_events(agency):
    """One of each kind, and what is to be told of it: (event, reason, path, rules)."""
    good = agency.event(1)
    cut = agency.event(2, "truncated", "/homes")
    cut.value_bytes = cut.value_bytes[:-1]
    in_map = agency.event(3, "bad_enum", None, homes={SECRET: {"zip": "B"}})
    in_map.value_bytes = in_map.value_bytes[:-2] + b"\x0e\x00"
    no_key = agency.event(4, "missing_key")
    no_key.key_bytes = None
    other_key = agency.event(5, "key_mismatch")
    other_key.key_bytes = SECRET.encode()
    no_frame = agency.event(6, "bad_frame")
    no_frame.value_bytes = SECRET.encode()
    by_chance = agency.event(7, "unknown_structure")
    by_chance.value_bytes = b"\0" + b"\x7fQ7X" + SECRET.encode()
    empty = agency.event(8, "empty_value")
    empty.value_bytes = b""
    no_tombstone = stream.Event(key=(None,), key_bytes=None, value_bytes=None, verdict="quarantined", reason="missing_key")
    rules = agency.event("x9", "rule_failed", None, seq=1000000, name="bad")
    rules.headers = [("h", SECRET.encode())]
    return [(good, None, None, None), (cut, "truncated", "/homes", []), (in_map, "bad_enum", "/homes/*/zip", []),
            (no_key, "missing_key", "", []), (other_key, "key_mismatch", None, []), (no_frame, "bad_frame", "", []),
            (by_chance, "unknown_structure", "", []), (empty, "empty_value", "", []), (no_tombstone, "missing_key", "", []),
            (rules, "rule_failed", "", [("قليل", "CEL", "", "message.seq < 1000000"),
                                        ("counted", "CEL", "", "message.name != 'bad'"),
                                        ("told", "inline", "",
                                         "this.name != 'bad' ? '' : 'the name is ' + this.name + this.no"),
                                        ("digits", "inline", "/no", "a number of digits")])]


def test_each_kind_of_refusal_is_told_and_no_value_of_it(stage):
    """NRL-1: no value. Users of dead letter queues complained of records without a value or key that stopped the queue, of values in
    messages of exceptions, of headers that grew, and of a queue with fewer partitions than the topic."""
    agency = stage.agency("moh", partitions=3)
    stage.world.engine().start()
    relay = stage.relay(NRC_REGISTRY_PUBLIC_URL="https://registry.example/").start()
    wanted = broken_events(agency)
    for number, (event, *_) in enumerate(wanted):
        agency.dataset.send(event, partition=number % 3)
    agency.dataset.wait_drained()
    ids = agency.published(9)
    told = {m.id: m for m in agency.reader.wait(9)}
    assert set(told) == set(ids) and len(agency.reader.drain()) == 9
    latest = stage.registry.get(f"/subjects/{agency.topic}-value/versions/latest").json
    schema = fastavro.parse_schema(json.loads(latest["schema"]))
    by_place = {(m.data["event"]["partition"], m.data["event"]["offset"]): m for m in told.values()}
    rows = {(r["partition"], r["topic_offset"]): r for r in agency.dataset.quarantine()}
    for event, reason, path, failures in wanted[1:]:
        m, row = by_place[event.partition, event.offset], rows[event.partition, event.offset]
        assert m.id == f"{agency.dataset.topic}/{event.partition}/{event.offset}/{row['id']}"
        assert (m.data["reason"], m.data["rejected_at"]) == (reason, row["recorded_at"]), row
        assert path is None or m.data["path"] == path, row
        assert [(f["rule"], f["kind"], f["path"], f["expects"]) for f in m.data["failures"]] == failures
        assert m.data["event"]["appended_at"] == row["kafka_ts"] and m.data["meaning"]
        known = reason not in ("bad_frame", "unknown_structure", "empty_value") and event.value_bytes is not None
        assert m.data["event"]["schema_id"] == (agency.structure.schema_id if known else None)
        assert m.data["event"]["version"] == (1 if known else None)
        attributes = m.event.get_attributes()
        assert (m.type, m.key, m.event.get_subject()) == ("nrc.event.rejected", agency.dataset.name, agency.dataset.name)
        assert m.event.get_source() == "https://registry.example/nrc/v1" and m.event.get_time() == row["recorded_at"]
        assert attributes["dataschema"] == f"https://registry.example/schemas/ids/{latest['id']}/schema"
        rewritten = io.BytesIO()
        fastavro.schemaless_writer(rewritten, schema, m.data)
        assert m.value == b"\0" + latest["id"].to_bytes(4, "big") + rewritten.getvalue()
        everything = m.value + m.key.encode() + b"".join(m.headers.values())
        assert SECRET.encode() not in everything and b"Q7X" not in everything and b"the name is bad" not in everything
    assert any(SECRET in (r["path"] or "") for r in rows.values()), "the quarantine has the key of the map"
    assert any("the name is bad" in json.dumps(r["failures"]) for r in rows.values())
    other = stage.registry.post(f"/subjects/{agency.topic}-value/versions", {"schema": '"string"'})
    assert (other.status, other.code) == (422, 42205)
    assert relay.stop() == 0
    stage.world.finish()


@pytest.mark.parametrize("point", ["rejects_queued", "rejects_claimed", "rejects_taken"])
def test_a_relay_that_is_killed_loses_nothing_and_ids_stay(stage, point):
    """Users complained of records that were in the queue twice, and could not be told apart."""
    agency = stage.agency("moh")
    stage.world.engine().start()
    agency.send(*(agency.refused(n) for n in range(6)))
    relay = stage.relay("killed", NRC_RELAY_TIMEOUT_MS=5000, NRC_RELAY_LEASE_MS=6000)
    assert relay.start(failpoint=f"{point}:kill:1").wait_gone() == -9
    again = stage.relay("again").start()
    ids = agency.published(6)
    agency.reader.drain()
    assert agency.reader.ids() == ids, "nothing is lost, and the first of each is in order"
    assert set(agency.reader.doubled()) == (set(ids) if point == "rejects_taken" else set())
    assert again.stop() == 0
    stage.world.finish()


def test_topics_that_are_missing_or_refuse_hold_up_no_other_agency(stage):
    """Users complained of a queue that is not there and stops the task, again and again. (A topic that never answers:
    tests/unit/ops/relay/test_rejects.c.)"""
    kafka = stage.world.kafka
    small, fine = stage.agency("small"), stage.agency("fine")
    missing = [stage.agency(f"missing{n}", topic=False) for n in range(4)]
    kafka.alter_topic(small.topic, {"max.message.bytes": "100"})
    away = (*missing, small)
    stage.world.engine().start()
    relay = stage.relay().start()
    for agency in (*away, fine):
        agency.send(*(agency.refused(n) for n in range(3)))
    for number in range(3, 8):
        fine.send(fine.refused(number))
        assert [m.id for m in fine.reader.wait(number + 1)] == fine.ids()
    for agency in away:
        (incident,) = process.wait_until(agency.incidents, 60, agency.topic)
        assert ("size" if agency is small else "does not exist") in incident["detail"]
        assert agency.topic in stage.world.nrc.run("incident", "list").stdout
    assert fine.incidents() == [] and not {a.topic for a in missing} & set(kafka.topics()), "a relay makes no topic"
    process.wait_until(lambda: stage.world.value("SELECT min(attempts) FROM nrc.reject_topic WHERE failing_since IS NOT NULL") >= 2,
                       60, "each is tried again")
    assert len(relay.log_lines("rejects_away")) == len(away), "it is said once"
    shown = {row["name"]: row for row in stage.world.nrc.json("notification", "topics")}
    assert [(shown[a.topic]["waiting"], shown[a.topic]["readers"]) for a in away] == [(3, "agency")] * len(away)
    assert shown[missing[0].topic]["error"] == "the topic does not exist"
    assert (shown[fine.topic]["published"], shown[fine.topic]["waiting"], shown[fine.topic]["error"]) == (8, 0, None)
    for agency in missing:
        kafka.create_topic(agency.topic)
    kafka.alter_topic(small.topic, {"max.message.bytes": "1000000"})
    for agency in away:
        ids = agency.published(3, timeout=90)
        agency.reader.drain()
        assert agency.reader.ids() == ids
        process.wait_until(lambda a=agency: a.incidents() == [], 20, "the incident is over")
    assert fine.reader.doubled() == [] and len(fine.reader.drain()) == 8, "no other's trouble sends a message twice"
    assert relay.stop() == 0
    stage.world.finish()


def test_two_relays_and_engines_at_once_tell_each_event_once_and_in_order(stage):
    agencies = [stage.agency(code, partitions=4) for code in ("moh", "edu")]
    for n in range(2):
        stage.world.engine(f"e{n}", lanes=2).start()
    relays = [stage.relay(f"relay{n}").start() for n in range(2)]
    for number in range(120):
        for agency in agencies:
            agency.dataset.send(agency.refused(number) if number % 3 else agency.event(number), partition=number % 4)
            if number % 30 == 29:
                agency.dataset.flush()
    for agency in agencies:
        agency.dataset.wait_drained()
        ids = agency.published(80)
        agency.reader.drain()
        assert sorted(agency.reader.ids()) == sorted(ids) and agency.reader.doubled() == []
        by_partition = {}
        for m in agency.reader.messages:
            by_partition.setdefault(m.data["event"]["partition"], []).append(m.data["event"]["offset"])
        assert len(by_partition) == 4 and all(offsets == sorted(offsets) for offsets in by_partition.values())
    assert [relay.stop() for relay in relays] == [0, 0]
    stage.world.finish()


def test_NRL_2_no_exempt_event_is_told(stage):
    """NRL-2: nor one that may be exempt; of other datasets of the agency each is."""
    agency = stage.agency("rop", options=("--exempt-field", "name", "--exempt-value", SECRET))
    exempt = stage.world.dataset(f"{agency.code}.secret", "no", stream.Structure({**VISIT, "name": "Secret"}), options=("--exempt",))
    plain = stage.world.dataset(f"{agency.code}.plain", "no", stream.Structure({**VISIT, "name": "Plain"}))
    stage.world.engine().start()
    relay = stage.relay().start()
    hidden = agency.event(1)
    hidden.verdict = "exempt"
    cut = agency.event(2, "truncated")
    cut.value_bytes = cut.value_bytes[:-1]
    agency.send(hidden, cut, agency.refused(3))
    broken = stream.Event(key=("x",), key_bytes=SECRET.encode(), value_bytes=b"\0", row={}, verdict="exempt")
    exempt.send(broken)
    exempt.wait_drained()
    bad = stream.Event(key=("x",), key_bytes=b"x", value_bytes=b"\1", row={}, verdict="quarantined", reason="bad_frame")
    plain.send(bad)
    plain.wait_drained()
    (told,) = agency.reader.wait(1)
    assert told.data["event"]["dataset"] == plain.name and agency.published(1)
    assert [m.id for m in agency.reader.drain()] == [told.id] and len(agency.dataset.quarantine()) == 2
    assert relay.stop() == 0
    stage.world.finish()


def test_rejects_are_told_from_the_oldest_on_once_they_are_switched_on(stage):
    """And what came while they were switched off is not passed over."""
    agency = stage.agency("moh")
    stage.world.engine().start()
    off = stage.relay("off", NRC_RELAY_REJECTS="no").start()
    agency.send(agency.refused(1))
    assert off.stop() == 0 and stage.world.rows("SELECT FROM nrc.reject") == []
    for number in (2, 3):
        on = stage.relay(f"on{number}").start()
        agency.published(number - 1)
        assert on.stop() == 0
        agency.send(agency.refused(number))
    assert stage.relay("last").start() and agency.published(3) == [m.id for m in agency.reader.wait(3)]
    assert agency.reader.doubled() == []
    stage.world.finish()


def test_the_page_for_agencies_holds_and_a_missing_right_is_the_incident_of_one(guarded_kafka, monkeypatch, capsys):
    """ops/doc/rejects.md: Kafka's own commands give the rights that are needed, and the few lines of Python read the topic."""
    page = (paths.ROOT / "ops" / "doc" / "rejects.md").read_text()
    world, kafka = guarded_kafka, guarded_kafka.kafka
    stage = Stage(world)
    moh, edu = (stage.agency(code, topic=False) for code in ("moh", "edu"))
    kafka.create_topic(edu.topic)
    tools = {"kafka-topics.sh": "org.apache.kafka.tools.TopicCommand", "kafka-acls.sh": "kafka.admin.AclCommand"}
    ran = []
    page = page.replace("moh.rejected", moh.topic)
    for line in "".join(re.findall(r"```sh\n(.*?)```", page, re.S)).splitlines():
        words = shlex.split(line.replace("kafka.example:9092", kafka.bootstrap).replace("User:relay", "User:nrc")
                            .replace("User:moh", "User:nrc"))
        subprocess.run(["java", "-Xmx128m", "-cp", f"{paths.KAFKA_LIB}/*", tools[words[0]], *words[1:]], check=True)
        ran.append(words[0])
    assert ran == ["kafka-topics.sh", "kafka-acls.sh", "kafka-acls.sh"]
    world.engine().start()
    relay = stage.relay(**world.login).start()
    for agency in (edu, moh):
        agency.send(*(agency.refused(n) for n in range(3)))
    moh.published(3)
    (incident,) = process.wait_until(edu.incidents, 60, "the agency without the right")
    assert "uthoriz" in incident["detail"] or "does not let" in incident["detail"]
    assert moh.incidents() == []
    kafka.grant("TOPIC", edu.topic, "WRITE")
    edu.published(3, timeout=90)
    assert edu.incidents() == [] and relay.stop() == 0
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "nrc", "sasl.password": "nrc"}
    kafka.grant("GROUP", "moh-rejects")
    real = confluent_kafka.Consumer
    monkeypatch.setattr(confluent_kafka, "Consumer", lambda conf: real({**conf, **login}))
    code = code.replace("kafka.example:9092", f"127.0.0.1:{kafka.login_port}").replace("https://registry.example:8081", stage.registry.url)
    exec(code.replace('"basic.auth.user.info": "salem:THE-SECRET"', "").replace("poll(10)", "poll(20 if len(known) < 3 else 1)"), {})
    assert capsys.readouterr().out.splitlines() == [
        f"{moh.dataset.topic} 0 {n} rule_failed ['counted', 'told']" for n in range(3)]
    monkeypatch.undo()
    world.finish()
