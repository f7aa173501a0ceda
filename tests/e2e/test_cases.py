# SPDX-License-Identifier: Apache-2.0
"""The quarantine worked like cases: grouped by cause, assigned, replayed through the door, discarded, and that taken back."""

import pytest
from kit import process, stream
from kit.registry import basic

SCHEMA = {"type": "record", "name": "R", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "sex", "type": "string"},
    {"name": "age", "type": "int"}]}

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: rop-residents
version: "{version}"
status: active
description: {{purpose: To know who lives where.}}
team: {{members: [{{username: a, role: coordinator}}, {{username: b, role: steward}}]}}
schema:
  - name: rop.residents
    quality:
      - {{name: sex, type: custom, engine: cel, implementation: "message.sex in {sexes}", severity: error}}
      - {{name: age, type: custom, engine: cel, implementation: "message.age < 150", severity: error}}
    properties: [{{name: civil_no, logicalType: string, primaryKey: true}}]
customProperties:
  - {{property: legalBasis, value: Law 1}}
  - {{property: reviewDate, value: "2099-01-01"}}
  - {{property: collectionPoints, value: [{{point: stations, mode: computer}}]}}
"""


class Cases:
    def __init__(self, world):
        self.world = world
        self.dataset = world.dataset("rop.residents", "civil_no", stream.Structure(SCHEMA))
        self.dataset.comparable = False  # what it becomes changes with the replay
        self.versions = 0

    def promise(self, *sexes):
        self.versions += 1
        path = self.world.folder / "contract.yaml"
        path.write_text(CONTRACT.format(version=f"1.{self.versions}.0", sexes=list(sexes)))
        self.world.nrc.run("contract", "apply", path)

    def send(self, *rows):
        self.dataset.send_all(stream.upsert(self.dataset.structure, "civil_no", dict(zip(("civil_no", "seq", "sex", "age"), row, strict=True)),
                                            "seq") for row in rows)
        self.dataset.wait_drained()

    def do(self, *words, ok=(0,)):
        return self.world.nrc.run("quarantine", *words, ok=ok)

    def changed(self, *words):
        return self.world.nrc.json("quarantine", *words)["changed"]

    def events(self, **where):
        """{key: row} of the quarantine."""
        rows = self.world.rows("SELECT id, convert_from(key, 'UTF8') AS key, reason, rule, status, assigned_to, note FROM nrc.quarantine")
        return {r["key"]: r for r in rows if all(r[name] == value for name, value in where.items())}

    def wait_replayed(self):
        process.wait_until(lambda: not self.events(status="replay"), 30, "an engine has replayed them")


@pytest.fixture
def cases(world):
    made = Cases(world)
    made.promise("M", "F")
    return made


def test_what_a_rule_kept_out_is_recorded_in_its_order_when_the_rule_is_mended(world, cases):
    world.engine(NRC_INGEST_CATALOGUE_POLL_MS=200).start()
    cases.send(("1", 1, "M", 30), ("2", 1, "X", 30), ("3", 1, "X", 30), ("4", 1, "X", 200), ("5", 1, "M", 999))
    cases.send(("3", 2, "F", 31))
    # A newer event of key 3 came: its case is over, until a person wants the older one too.
    process.wait_until(lambda: cases.events()["3"]["status"] == "superseded", 30, "the newer event has ended the case")
    cases.do("reopen", cases.events()["3"]["id"], "--why", "the history is to have it")
    groups = {(g["rule"], g["events"]) for g in world.nrc.json("quarantine", "groups", "--dataset", "rop.residents")}
    assert groups == {("sex", 3), ("age", 1)}
    of_sex = ["--dataset", "rop.residents", "--rule", "sex", "--why", "X is a sex since the decree of 1 May"]
    assert cases.changed("replay", *of_sex, "--dry-run") == 0 and not cases.events(status="replay")
    judged = world.nrc.json("quarantine", "replay", *of_sex, "--dry-run")["judged"]
    assert [(j["would"], j["reason"], j["rule"]) for j in judged] == [("quarantined", "rule_failed", "sex")] * 3
    # Replayed although nothing was mended: refused again, and nothing is doubled.
    assert cases.changed("replay", *of_sex) == 3
    cases.wait_replayed()
    assert set(cases.events(status="open")) == {"2", "3", "4", "5"}
    cases.promise("M", "F", "X")
    judged = world.nrc.json("quarantine", "replay", *of_sex, "--dry-run")["judged"]
    assert [(j["would"], j["rule"]) for j in judged] == [("applied", None), ("stale", None), ("quarantined", "age")]
    assert "stale" in cases.do("replay", *of_sex, "--dry-run").stdout
    assert not cases.events(status="replay") and not cases.events(status="replayed"), "nothing is changed"
    process.wait_until(lambda: replayed(cases, of_sex), 30, "an engine that knows the contract has replayed them")
    assert {key: (e["status"], e["rule"]) for key, e in cases.events().items()} == {
        "2": ("replayed", "sex"), "3": ("replayed", "sex"), "4": ("open", "age"), "5": ("open", "age")}
    rows = world.rows("SELECT civil_no, seq, sex, _offset, _effect::text AS effect FROM rop.residents_history ORDER BY civil_no, seq")
    assert [(r["civil_no"], r["seq"], r["effect"]) for r in rows] == [("1", 1, "a"), ("2", 1, "a"), ("3", 1, "s"), ("3", 2, "a")]
    assert world.value("SELECT sex FROM rop.residents WHERE civil_no = '3'") == "F", "the newer event that came meanwhile stays"
    assert [r["_offset"] for r in rows if r["civil_no"] == "2"] == [1], "with its own offset"
    assert cases.do("replay", *of_sex, ok=(1, 2)).returncode != 0, "none is left to be replayed"
    fates = [fate(world, offset) for offset in range(7)]
    assert [f["became"] for f in fates] == ["applied", "applied", "stale", "quarantined", "quarantined", "applied", "awaited"]
    assert [f["status"] for f in fates] == [None, "replayed", "replayed", "open", "open", None, None]
    assert [f["rule"] for f in fates] == [None, "sex", "sex", "age", "age", None, None] and fates[0]["order"] == 1
    audit = [a for a in world.nrc.json("audit", "list") if a["what"] == "quarantine.replay"]
    assert audit[0]["why"] == of_sex[-1] and audit[0]["object"] == "quarantine/rop.residents"
    world.finish()


def replayed(cases, words):
    """An engine that has not heard of the contract yet refuses them again."""
    if cases.events(status="open", rule="sex"):
        cases.do("replay", *words)
        cases.wait_replayed()
    return not cases.events(status="open", rule="sex")


def test_what_users_of_dead_letter_topics_complain_of_does_not_happen_here(world, cases):
    """Loops that multiply an event, headers that grow with each try, a timestamp that is the replay's, a key that is lost with its value,
    a second copy of what was replayed twice."""
    world.engine(NRC_INGEST_CATALOGUE_POLL_MS=200).start()
    event = stream.upsert(cases.dataset.structure, "civil_no", {"civil_no": "1", "seq": 1, "sex": "X", "age": 30}, "seq")
    event.headers = [("trace", b"a"), ("trace", b"b")]
    cases.dataset.send(event, ts_ms=1_700_000_000_123)
    cases.dataset.flush()
    cases.dataset.wait_drained()
    kept = "SELECT id, topic_offset, kafka_ts, key, headers, payload, reason FROM nrc.quarantine"
    before = world.rows(kept)
    of_sex = ["--dataset", "rop.residents", "--rule", "sex", "--why", "again"]
    for _ in range(3):
        assert cases.changed("replay", *of_sex) == 1
        cases.wait_replayed()
    assert world.rows(kept) == before and len(before) == 1
    cases.promise("M", "F", "X")
    process.wait_until(lambda: replayed(cases, of_sex), 30, "it is recorded")
    assert cases.do("replay", *of_sex, ok=None).returncode != 0
    (row,) = world.rows("SELECT _offset, extract(epoch FROM _kafka_ts) * 1000 AS ts FROM rop.residents_history")
    assert (row["_offset"], row["ts"]) == (0, 1_700_000_000_123)
    world.finish()


def test_cases_are_assigned_discarded_and_opened_again(world, cases):
    world.engine().start()
    cases.send(("1", 1, "X", 30), ("2", 1, "X", 30))
    first, second = (str(cases.events()[key]["id"]) for key in "12")
    assert cases.changed("assign", first, "--to", "سالم", "--why", "he knows the source") == 1
    (mine,) = world.nrc.json("quarantine", "list", "--assigned-to", "سالم")
    assert (str(mine["id"]), mine["assigned_to"]) == (first, "سالم")
    assert cases.changed("discard", second, "--why", "a test of the agency's") == 1
    assert cases.events()["2"]["status"] == "discarded" and cases.events()["2"]["note"] == "a test of the agency's"
    assert cases.do("replay", second, "--why", "x", ok=None).returncode != 0, "first it is opened again"
    assert cases.changed("reopen", second, "--why", "it was none") == 1
    assert cases.changed("assign", first, "--to-nobody", "--why", "he is on leave") == 1
    assert {e["status"] for e in cases.events().values()} == {"open"} and cases.events()["1"]["assigned_to"] is None
    for words in (("replay", "--why", "x"), ("replay", first), ("replay", "x", "--why", "x"), ("assign", first, "--why", "x"),
                  ("replay", "--dataset", "no.such", "--why", "x"), ("replay", "99999999999999999999", "--why", "x")):
        assert cases.do(*words, ok=None).returncode != 0, words
    world.finish()


def test_an_event_of_which_nothing_is_kept_is_not_replayed(world, cases):
    """NRL-2: nobody could tell whether it was exempt."""
    world.engine().start()
    cases.send(("1", 1, "X", 30))
    world.execute("UPDATE nrc.quarantine SET withheld = true, key = NULL, headers = NULL, payload = NULL, payload_bytes = NULL")
    found = world.nrc.json("quarantine", "replay", "--all", "--why", "x")
    assert found == {"selected": 1, "withheld": 1, "changed": 0}
    world.finish()


def test_a_corrected_event_that_arrives_by_itself_ends_its_case(world, cases):
    world.engine().start()
    undecodable = stream.Event(key=("3",), key_bytes=b"3", value_bytes=cases.dataset.structure.frame(
        {"civil_no": "3", "seq": 1, "sex": "M", "age": 1}) + b"!", row={}, verdict="quarantined", reason="trailing_bytes")
    keyless = stream.Event(key=("4",), key_bytes=None, value_bytes=cases.dataset.structure.frame(
        {"civil_no": "4", "seq": 1, "sex": "M", "age": 1}), row={}, verdict="quarantined", reason="missing_key")
    cases.send(("1", 1, "X", 30), ("2", 5, "X", 30), ("5", 5, "X", 30))
    cases.dataset.send_all([undecodable, keyless])
    cases.send(("1", 2, "M", 30), ("2", 4, "M", 30), ("3", 2, "M", 1), ("4", 2, "M", 1), ("5", 5, "M", 30))
    over = "SELECT topic_offset, ended_offset FROM nrc.quarantine WHERE status = 'superseded' ORDER BY 1"
    process.wait_until(lambda: len(world.rows(over)) >= 3, 30, "corrected events have ended their cases")
    assert [(r["topic_offset"], r["ended_offset"]) for r in world.rows(over)] == [(0, 5), (2, 9), (3, 7)]
    # Of key 2 an older version came, and of the keyless one nobody knows the key. Once opened again, a case waits for a newer event.
    first = cases.events()["1"]["id"]
    shown = world.nrc.json("quarantine", "show", first)
    assert shown["ended_by"] == {"topic": cases.dataset.topic, "partition": 0, "offset": 5} and shown["state"] == "superseded"
    assert [h["what"] for h in shown["history"]] == ["superseded"]
    assert cases.do("replay", first, "--why", "x", ok=None).returncode != 0
    cases.do("reopen", first, "--why", "both are needed")
    cases.send(("6", 1, "X", 30), ("6", 2, "M", 30))
    process.wait_until(lambda: cases.events()["6"]["status"] == "superseded", 30, "a later case was ended meanwhile")
    assert cases.events()["1"]["status"] == "open" and cases.events()["2"]["status"] == "open"
    cases.send(("1", 3, "F", 30))
    process.wait_until(lambda: cases.events()["1"]["status"] == "superseded", 30, "a newer event has ended it again")
    assert world.value("SELECT count(*) FROM nrc.quarantine WHERE key IS NULL AND status = 'open'") == 1
    world.finish()


def fate(world, offset):
    return world.nrc.json("event", "show", "rop.residents", "--partition", 0, "--offset", offset)


def test_a_producer_asks_what_became_of_its_event_and_of_no_others(world, cases):
    """NRL-1: the register's information is for the agency that it is of, and for the Center."""
    world.engine().start()
    cases.send(("1", 1, "M", 30), ("1", 2, "X", 30), ("2", 1, "X", 30))
    assert [(f["became"], f["offset"]) for f in world.nrc.json("event", "show", "rop.residents", "--key", "1")] == [
        ("applied", 0), ("quarantined", 1)]
    assert fate(world, 99)["became"] == "awaited"
    unclaimed = world.nrc.json("event", "show", "rop.residents", "--partition", 7, "--offset", 0)
    assert (unclaimed["became"], unclaimed["at"]) == ("unclaimed", None)
    for words in (("--key", "3"), ("--key", "1", "--key", "2"), ("--partition", "0"), ("--partition", "x", "--offset", "1"), ()):
        assert world.nrc.run("event", "show", "rop.residents", *words, ok=None).returncode != 0, words
    world.nrc.add_agency("edu")
    made = {agency: world.nrc.json("account", "add", f"{agency}-x", "--person", "P", "--role", "producer", "--decision", "1/2026",
                                   "--agency", agency)["secret"] for agency in ("rop", "edu")}
    own, other = (basic(f"{agency}-x", made[agency]) for agency in ("rop", "edu"))
    node = world.registry(anonymous=False).start()
    path = "/nrc/v1/datasets/rop.residents/events"
    assert node.get(f"{path}?partition=0&offset=2", **own).json[0]["rule"] == "sex"
    assert [f["became"] for f in node.get(f"{path}?key=1", **own).json] == ["applied", "quarantined"]
    assert node.get(f"{path}?key=1", **other).status == 403 and node.get(f"{path}?partition=0&offset=2", **other).status == 403
    assert node.get("/nrc/v1/datasets/rop.none/events?key=1", **own).status == 404
    for query in ("", "?partition=0", "?key=1&offset=1", "?partition=-1&offset=0", "?partition=0&offset=99999999999999999999"):
        assert node.get(path + query, **own).status == 400, query
    world.nrc.run("agency", "succeed", "rop", "edu", "--instrument", "Decree 2", "--reason", "merged")
    assert node.get(f"{path}?key=1", **other).status == 200, "the successor answers for the dataset"
    assert node.get(f"{path}?key=1", **own).status == 403
    assert node.stop() == 0
    world.finish()
