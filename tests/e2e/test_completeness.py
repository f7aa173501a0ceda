# SPDX-License-Identifier: Apache-2.0
"""Completeness (NRL-10, DSP-7.4.5): gaps of the agency's own sequence, and control totals, by command and over HTTP.

Complaints of users of other tools that became inputs: a database's counter has holes by itself (supabase 975), several counters in one
column (dbt-utils 447), a gap that is only on its way (FlipsideCrypto 458), numbers that are null (great_expectations 72), equal counts where a
lost row is made good by a doubled one (sqlmesh 2810, data-diff 850), checksums that depend on a session's time zone (tiflow 10573, in
tests/component/storage/quality/test_control.c), lists from Windows with CRLF and a last line without an end."""

import hashlib
import io
import contextlib
import json
import random
import re

import pytest
from kit import paths, stream
from kit.completeness import checksum, ranges
from kit.registry import basic

PAGE = (paths.ROOT / "ops" / "doc" / "completeness.md").read_text()
FIELDS = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "number", "type": ["null", "long"], "default": None},
          {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None}]
SCHEMA = {"type": "record", "name": "R", "fields": FIELDS}


def contract(version, sequence="number", start=None):
    customs = [{"property": "legalBasis", "value": "Law 1"}, {"property": "reviewDate", "value": "2099-01-01"},
               {"property": "collectionPoints", "value": [{"point": "offices", "mode": "computer"}]}]
    customs += [{"property": "sequenceField", "value": sequence}] if sequence else []
    customs += [{"property": "sequenceFrom", "value": start}] if start is not None else []
    types = {"civil_no": "string", "seq": "integer", "number": "integer", "at": "timestamp"}
    return json.dumps({
        "apiVersion": "v3.2.0", "kind": "DataContract", "id": "residents", "version": version, "status": "active",
        "description": {"purpose": "p"},
        "team": {"members": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}]},
        "schema": [{"name": "rop.residents", "properties": [
            {"name": name, "logicalType": kind, **({"primaryKey": True} if name == "civil_no" else {})} for name, kind in types.items()]}],
        "customProperties": customs})


def applied(world, *args, **more):
    path = world.folder / "contract.json"
    path.write_text(contract(*args, **more))
    world.nrc.run("contract", "apply", path)


def turn(world):
    """What nrc monitor does each minute."""
    while any(row["more"] for row in world.rows("SELECT nrc.sequence_step(d, 100000) AS more FROM nrc.sequences_due() d")):
        pass


def judge(world):
    world.execute("UPDATE nrc.control_judgement SET next_at = now() WHERE next_at > now() AND due_at <= now()")
    return world.rows("SELECT nrc.judge_control(c) FROM nrc.controls_due(1000) c")


def gaps(world, *options):
    return json.loads(world.nrc.run("gaps", "rop.residents", *options, "--json").stdout)


def open_ranges(world):
    return sorted((gap["from"], gap["to"]) for gap in gaps(world, "--limit", 10000)["gaps"])


@pytest.fixture
def residents(world):
    return world.dataset("rop.residents", "civil_no", stream.Structure(SCHEMA), partitions=3, options=("--event-time", "at"))


def event(dataset, number, key=None, seq=1, at=None):
    row = {"civil_no": key or f"c{number}", "seq": seq, "number": number, "at": at}
    return stream.upsert(dataset.structure, "civil_no", row)


# -- the agency's own sequence


def test_a_lost_number_is_a_gap_until_its_event_comes(world, residents):
    """NRL-10, DSP-7.4.5: the source's own numbering shows shortfall, with age, and late arrival closes it."""
    applied(world, "1", start=1)
    world.engine(lanes=2).start()
    numbers = [n for n in range(1, 200) if n not in (7, 8, 9, 50, 120)]
    random.Random(3).shuffle(numbers)
    residents.send_all([event(residents, n) for n in numbers])
    residents.send_all([event(residents, None, "without"), event(residents, 3, "c3"), event(residents, 199, "again", 0),
                        stream.tombstone("c5")])
    residents.wait_drained()
    turn(world)
    told = gaps(world)
    assert [(g["from"], g["to"], g["numbers"], g["state"]) for g in told["gaps"]] and open_ranges(world) == [(7, 9), (50, 50), (120, 120)]
    assert all(0 <= g["age_s"] < 600 and g["closed_at"] is None for g in told["gaps"])
    (sequence,) = told["sequences"]
    assert (sequence["field"], sequence["lowest"], sequence["highest"], sequence["gaps"], sequence["missing"]) == ("number", 1, 199, 3, 5)
    assert sequence["unnumbered"] >= 1 and sequence["may_be_exempt"] is False and sequence["state"] == "counting"
    shown = world.nrc.run("gaps", "rop.residents").stdout
    assert "AGE_S" in shown and "TOO_MANY_FROM" in shown
    residents.send_all([event(residents, 8), event(residents, 50)])
    residents.wait_drained()
    turn(world)
    assert open_ranges(world) == [(7, 7), (9, 9), (120, 120)]
    assert {(g["from"], g["to"]): g["state"] for g in gaps(world, "--all")["gaps"]} == {
        (7, 7): "open", (9, 9): "open", (120, 120): "open", (8, 8): "arrived", (50, 50): "arrived"}
    node = world.registry().start()
    answer = node.get("/nrc/v1/datasets/rop.residents/gaps")
    assert answer.status == 200 and [g["from"] for g in answer.json["gaps"]] == [g["from"] for g in gaps(world)["gaps"]]
    assert len(node.get("/nrc/v1/datasets/rop.residents/gaps?over=true").json["gaps"]) == 5
    assert node.get("/nrc/v1/datasets/rop.nothing/gaps").status == 404
    assert node.stop() == 0
    assert len(gaps(world, "--limit", 1)["gaps"]) == 1
    assert "no dataset" in world.nrc.run("gaps", "rop.nothing", ok=(1,)).stderr
    assert world.nrc.json("ledger", "verify")["faults"] == []


class Batches:
    """Batches of the dataset's partitions as the engine writes them, but that stay open until the test commits them."""

    def __init__(self, world):
        self.world, self.open = world, {}

    def put(self, partition, numbers):
        """False: another batch of the partition is open, for which the engine would wait."""
        if partition in self.open:
            return False
        db = self.world.connect()
        db.autocommit = False
        self.open[partition] = db
        position, at = db.execute("SELECT id, next_offset FROM nrc.position WHERE partition = %s FOR UPDATE", (partition,)).fetchone()
        db.cursor().executemany(
            "INSERT INTO rop.residents_history (_recorded_at, _offset, _topic_partition, _op, _effect, civil_no, number)"
            " VALUES (now(), %s, %s, 'u', 'a', 'x', %s)", [(at + i, position, n) for i, n in enumerate(numbers)])
        count = len(numbers)
        db.execute("INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset, next_offset, received, skipped,"
                   " applied, duplicate, stale, quarantined, exempt) SELECT now(), %s, 1, 'stream', 1, %s, %s, %s, 0, %s, 0, 0, 0, 0",
                   (position, at, at + count, count, count))
        db.execute("UPDATE nrc.position SET next_offset = %s WHERE id = %s", (at + count, position))
        return True

    def end(self, partition, keep=True):
        db = self.open.pop(partition)
        (db.commit if keep else db.rollback)()
        db.close()


def test_whatever_the_order_of_arrival_the_gaps_are_those_of_the_set(world, residents):
    """NRL-10, DSP-7.4.5. Random numbers in batches of three partitions that commit, fail and overlap at random, with steps of random
    sizes between: the open gaps are the holes of what is committed; the closed ones came; and ages never grow younger."""
    dice = random.Random(11)
    world.execute("INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset, first_offset, epoch, log_start)"
                  " SELECT 1, 'rop.residents', p, 3, 0, 0, 1, 0 FROM generate_series(0, 2) p")
    for round_no in range(8):
        start = dice.choice([None, 1, 40])
        applied(world, str(round_no + 1), start=start)
        world.execute("UPDATE nrc.position SET next_offset = 0; DELETE FROM nrc.ledger; DELETE FROM rop.residents_history;"
                      " DELETE FROM nrc.sequence_gap; DELETE FROM nrc.sequence_cursor; DELETE FROM nrc.sequence")
        batches, written, came, opened = Batches(world), {}, set(), {}

        def check():
            floor = start if start is not None else min(came, default=0)
            counted = {n for n in came if n >= floor}
            missing = set(range(floor, max(counted, default=floor - 1) + 1)) - counted
            rows = world.rows("SELECT from_number, to_number, opened_at, closed_at FROM nrc.sequence_gap")
            assert sorted((r["from_number"], r["to_number"]) for r in rows if r["closed_at"] is None) == ranges(missing)
            for row in rows:
                numbers = range(row["from_number"], row["to_number"] + 1)
                if row["closed_at"] is None:
                    for n in numbers:
                        assert opened.setdefault(n, row["opened_at"]) == row["opened_at"], "a gap keeps its age"
                else:
                    assert came.issuperset(numbers) and row["closed_at"] >= row["opened_at"]

        for _ in range(30):
            partition = dice.randrange(3)
            what = dice.random()
            if what < 0.45:
                numbers = [dice.randrange(1, 120) for _ in range(dice.randrange(0, 12))]
                if batches.put(partition, numbers):
                    written[partition] = numbers
            elif what < 0.8 and partition in batches.open:
                keep = dice.random() < 0.8
                batches.end(partition, keep)
                came.update(written.pop(partition) if keep else ())
            else:
                size = dice.choice([1, 5, 20, 100000])
                while world.value("SELECT nrc.sequence_step(1, %s)", size):
                    pass
                check()
        for partition in list(batches.open):
            batches.end(partition)
            came.update(written.pop(partition))
        turn(world)
        check()


def test_two_counters_in_one_field_hide_each_others_gaps_and_the_page_says_so(world, residents):
    """And numbers that a database never used stay a gap: nobody can tell them from lost ones."""
    told = " ".join(PAGE.split())
    assert "hide each other's gaps" in told and "each number that was never used is a gap that stays" in told
    applied(world, "1", start=1)
    world.engine().start()
    residents.send_all([event(residents, n, f"a{n}") for n in (1, 2, 4)] + [event(residents, n, f"b{n}") for n in (1, 3, 4, 6)])
    residents.wait_drained()
    turn(world)
    assert open_ranges(world) == [(5, 5)]


def test_a_contract_may_name_another_sequence(world, residents):
    applied(world, "1")
    world.engine().start()
    residents.send_all([event(residents, n, seq=n * 2) for n in (1, 2, 4)])
    residents.wait_drained()
    turn(world)
    assert open_ranges(world) == [(3, 3)]
    applied(world, "2", sequence="seq")
    turn(world)
    assert open_ranges(world) == [(3, 3), (5, 7)]
    applied(world, "3", sequence=None)
    turn(world)
    assert gaps(world)["sequences"][0]["state"] == "stopped"


# -- control totals


def test_the_pages_example_is_what_it_says():
    ((code, output),) = re.findall(r"```python\n(.*?)```\n\n```output\n(.*?)```", PAGE, re.S)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})  # pylint: disable=exec-used
    assert printed.getvalue() == output
    assert output.split() == [checksum(["10001", "10002"]), checksum(["10001\x1f2027-01-31"])]


DAY = 1577836800000  # 2020-01-01


def state(world, *options, ok=(0,)):
    done = world.nrc.run("control", "add", "rop.residents", "--from", "2020-01-01", "--until", "2020-01-31", "--grace", 0, *options, "--json", ok=ok)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def show(world, identity, *options):
    return world.nrc.json("control", "show", identity, *options)


def test_what_was_sent_is_proved_or_the_difference_is_named_by_key(world, residents):
    """NRL-10, DSP-7.4.5: control totals against what is recorded, with the checksum computed here by itself."""
    keys = [f"سجل {n}" for n in range(40)]
    world.engine().start()
    residents.send_all([event(residents, n, key, at=DAY + n) for n, key in enumerate(keys) if n != 17])
    residents.send_all([event(residents, 3, keys[3], at=DAY + 3), event(residents, 99, "outside", at=DAY + 31 * 86400000),
                        event(residents, 98, "before", at=DAY - 1)])
    residents.wait_drained()
    file = world.folder / "keys.txt"
    file.write_bytes("\r\n".join(keys[:20] + [f"sha256:{hashlib.sha256(k.encode()).hexdigest()}" for k in keys[20:]]).encode())
    counted = state(world, "--events", 40, "--statement-id", "2020-01")
    assert counted["changed"] and show(world, counted["stated"])["state"] == "open"
    judge(world)
    shown = show(world, counted["stated"])
    assert (shown["state"], shown["received"], shown["duplicate"]) == ("equal", 40, 1), "a lost one and a doubled one make good for each other"
    listed = state(world, "--events", 40, "--keys-file", file)
    assert listed["contradicts"] is None
    judge(world)
    shown = show(world, listed["stated"], "--differing-keys")
    assert (shown["state"], shown["keys"], shown["keys_here"]) == ("different", 40, 39)
    assert (shown["missing_keys"], shown["beyond_keys"]) == (1, 0)
    digest = hashlib.sha256(keys[17].encode()).hexdigest()
    assert shown["differing_keys"] == [{"side": "missing", "key": keys[17], "sha256": digest}]
    assert shown["lone_digest"] == digest and shown["checksum"] == checksum(keys)
    assert shown["checksum_here"] == checksum(set(keys) - {keys[17]})
    assert keys[17] in world.nrc.run("control", "show", listed["stated"], "--differing-keys").stdout
    residents.send_all([event(residents, 17, keys[17], at=DAY + 17)])
    residents.wait_drained()
    judge(world)
    shown = show(world, listed["stated"])
    assert shown["state"] == "different" and shown["missing_events"] == -1 and shown["missing_keys"] == 0
    right = state(world, "--events", 41, "--keys", 40, "--checksum", checksum(keys))
    assert right["contradicts"] == listed["stated"]
    judge(world)
    assert show(world, right["stated"])["state"] == "equal"
    assert not state(world, "--events", 41, "--keys", 40, "--checksum", checksum(keys))["changed"]
    rows = world.nrc.json("control", "list", "--dataset", "rop.residents")
    assert [(r["id"], r["state"]) for r in rows] == [(right["stated"], "equal"), (listed["stated"], "contradicted"), (counted["stated"], "equal")]
    assert [r["id"] for r in world.nrc.json("control", "list", "--state", "contradicted")] == [listed["stated"]]


def test_a_statement_for_the_future_is_kept_and_told(world, residents):
    done = world.nrc.json("control", "add", "rop.residents", "--from", "2099-01-01", "--until", "2099-12-31", "--events", 3)
    judge(world)
    shown = show(world, done["stated"])
    assert (shown["state"], shown["early"], shown["until"]) == ("open", True, "2100-01-01T00:00:00Z")


def test_what_cannot_be_stated_is_refused(world, residents):
    file = world.folder / "keys.txt"
    for text, options, said in (("a\nb\n", ["--keys", 3], "the list has 2 distinct keys"), ("sha256:abc\n", [], "64 digits"),
                                ("a\n" * 100001, [], "at most 100000 keys"), ("a\x00b\n", [], "byte 0")):
        file.write_text(text)
        assert said in state(world, "--keys-file", file, *options, ok=(1, 2))
    for options, said in (([], "how many events"), (["--events", "many"], "whole number"), (["--checksum", "AB"], "64 digits")):
        assert said in state(world, *options, ok=(1, 2))
    file.write_bytes(b"\xff\n")
    assert state(world, "--keys-file", file, ok=(1, 2))
    assert "not different-ish" in world.nrc.run("control", "list", "--state", "different-ish", ok=(2,)).stderr
    assert "no control total 77" in world.nrc.run("control", "show", 77, ok=(1,)).stderr
    assert world.nrc.json("control", "list") == []
    state(world, "--events", 1)
    assert "has control totals" in world.nrc.run("dataset", "remove", "rop.residents", ok=(1,)).stderr


def test_an_agency_states_for_its_own_datasets_alone_over_http(world, residents):
    world.nrc.add_agency("edu")
    headers = {}
    for name, role, agency in (("rop-x", "producer", "rop"), ("edu-x", "producer", "edu"), ("omar", "auditor", None)):
        of = ["--agency", agency] if agency else []
        made = world.nrc.json("account", "add", name, "--person", "P", "--role", role, "--decision", "1/2026", *of)
        headers[name] = basic(name, made["secret"])
    node = world.registry(anonymous=False).start()
    url = "/nrc/v1/datasets/rop.residents/controls"
    mine = headers["rop-x"]
    body = {"from": "2020-01-01", "until": "2020-01-31", "events": 2, "key_list": ["أ", "ب"], "statement_id": "كانون", "grace_s": 0}
    assert node.post(url, body, **headers["edu-x"]).status == 409
    assert node.post(url, body, **headers["omar"]).status == 403
    assert node.get(url, **mine).json == []
    done = node.post(url, body, **mine)
    assert done.status == 201 and done.json["changed"] and done.json["control"]["checksum"] == checksum(["أ", "ب"])
    assert done.json["control"]["stated_by"] == "rop-x" and done.json["control"]["statement_id"] == "كانون"
    again = node.post(url, body, **mine)
    assert again.status == 200 and not again.json["changed"] and again.json["stated"] == done.json["stated"]
    judge(world)
    (row,) = node.get(url, **headers["omar"]).json
    assert (row["state"], row["missing_keys"], row["received"]) == ("different", 2, 0)
    assert "أ" not in node.get(url, **mine).text, "which keys differ is for stewards"
    other = node.post(url, {**body, "events": 3}, **mine)
    assert other.status == 201 and other.json["contradicts"] == done.json["stated"]
    for wrong in ({"events": -1}, {"events": "2"}, {"key_list": "a"}, {"key_list": ["a"] * 100001}, {"events": 1.5}, {"checksum": 4}):
        assert node.post(url, {**body, **wrong}, **mine).status == 400, wrong
    assert node.post(url, {**body, "key_list": [1]}, **mine).status == 409
    assert node.post("/nrc/v1/datasets/rop.x/controls", body, **mine).status == 404
    assert node.get("/nrc/v1/datasets/rop.x/controls", **mine).status == 404
    assert [r["what"] for r in world.nrc.json("audit", "list", "--object", f"control/{done.json['stated']}")] == ["control.stated"]
    assert node.stop() == 0
