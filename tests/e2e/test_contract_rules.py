# SPDX-License-Identifier: Apache-2.0
"""A dataset's contract at the door: its rules keep events out, warn, or only count, and each failure is counted under the
contract's version (NRL-10)."""

import datetime
import json
import random

import pytest
from kit import process, stream

ADDRESS = {"type": "record", "name": "Address", "fields": [{"name": "zip", "type": ["null", "string"], "default": None}]}
FIELDS = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"},
          {"name": "sex", "type": {"type": "enum", "name": "Sex", "symbols": ["M", "F", "X"]}},
          {"name": "born", "type": {"type": "long", "logicalType": "timestamp-millis"}},
          {"name": "filed", "type": {"type": "long", "logicalType": "timestamp-millis"}},
          {"name": "town", "type": ["null", "string"], "default": None},
          {"name": "in", "type": ["null", "string"], "default": None},
          {"name": "address", "type": ["null", ADDRESS], "default": None}]
SCHEMA = {"type": "record", "name": "R", "fields": FIELDS}

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: rop-residents
version: "1.0.0"
status: active
description: {purpose: To know who lives where.}
team:
  members: [{username: a, role: coordinator}, {username: b, role: steward}]
schema:
  - name: rop.residents
    quality:
      - {name: filed later, type: custom, engine: cel, implementation: message.filed >= message.born, severity: error}
      - {name: old, type: custom, engine: cel, implementation: "message.seq < 100", severity: warning}
      - {metric: rowCount, mustBeGreaterThan: 0}
    properties:
      - name: civil_no
        logicalType: string
        primaryKey: true
        quality:
          - {metric: invalidValues, arguments: {pattern: '[0-9]{8}'}, mustBe: 0, severity: error}
          - {name: no zeros, type: custom, engine: cel, implementation: "!this.startsWith('00')", severity: error}
      - name: sex
        logicalType: string
        quality:
          - {metric: invalidValues, arguments: {validValues: [M, F]}, mustBe: 0, severity: error}
      - name: town
        logicalType: string
        quality:
          - {metric: nullValues, mustBeLessThan: 50, unit: percent}
          - {metric: missingValues, arguments: {missingValues: ['', 'N/A', "'\\"\\\\"]}, mustBe: 0, severity: error}
      - name: in
        logicalType: string
        quality:
          - {metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0, severity: info}
      - name: address
        logicalType: object
        properties:
          - name: zip
            logicalType: string
            quality:
              - {metric: nullValues, mustBe: 0, severity: error}
customProperties:
  - {property: legalBasis, value: Law 1}
  - {property: reviewDate, value: "2099-01-01"}
  - {property: collectionPoints, value: [{point: stations, mode: computer}]}
"""


def at(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc)


def row(key, **changes):
    return {"civil_no": key, "seq": 1, "sex": "F", "born": at(1), "filed": at(2), "town": "صور", "in": "x", "address": {"zip": "411"}, **changes}


BAD = [("filed later", "", row("10000001", filed=at(0))),
       ("invalidValues of civil_no", "/civil_no", row("1")),
       ("no zeros", "/civil_no", row("00000001")),
       ("invalidValues of sex", "/sex", row("10000002", sex="X")),
       ("missingValues of town", "", row("10000003", town="N/A")),
       ("missingValues of town", "", row("10000004", town="'\"\\")),
       ("nullValues of zip", "/address", row("10000005", address={"zip": None}))]
GOOD = [row("20000001"), row("20000002", address=None), row("20000003", town=None), row("20000004", seq=100, town=None),
        row("20000005", **{"in": None}), row("20000006", **{"in": ""})]


@pytest.fixture
def residents(world):
    """The dataset; and a function that applies a text as its contract."""
    dataset = world.dataset("rop.residents", "civil_no", stream.Structure(SCHEMA))

    def apply(text, ok=(0,)):
        path = world.folder / "contract.yaml"
        path.write_text(text)
        return world.nrc.run("contract", "apply", path, ok=ok)
    return dataset, apply


def counted(world, dataset):
    """{(rule, version): events that failed it} of the contract, summed over windows."""
    return {rule: failed for rule, (failed, _, _) in runs(world, dataset).items() if failed}


def runs(world, dataset):
    """{(rule, version): (events that failed it, that it was run on, that it skipped)}"""
    total = {}
    for window in json.loads(world.nrc.run("measure", dataset.name, "--json").stdout):
        for r in window["rules"]:
            assert r["origin"] == "contract"
            numbers = r["count"], r["evaluated"], r["skipped"]
            before = total.get((r["rule"], r["version"]), (0, 0, 0))
            total[r["rule"], r["version"]] = tuple(map(sum, zip(before, numbers)))
    return total


def test_each_rule_of_the_contract_does_what_its_severity_says(world, residents):
    dataset, apply = residents
    apply(CONTRACT)
    world.engine().start()
    events = []
    for _, path, bad in BAD:
        event = stream.upsert(dataset.structure, "civil_no", bad)
        event.verdict, event.reason, event.path = "quarantined", "rule_failed", path
        events.append(event)
    events += [stream.upsert(dataset.structure, "civil_no", good) for good in GOOD]
    dataset.send_all(events)
    dataset.wait_drained()
    rows = sorted(dataset.quarantine(), key=lambda r: r["topic_offset"])
    assert [(r["rule"], r["failures"][0]["path"]) for r in rows] == [(rule, path) for rule, path, _ in BAD]
    assert all(f["origin"] == "contract" for r in rows for f in r["failures"])
    assert counted(world, dataset) == {(rule, "1.0.0"): n for rule, n in (
        ("filed later", 1), ("invalidValues of civil_no", 1), ("no zeros", 1), ("invalidValues of sex", 1), ("missingValues of town", 2),
        ("nullValues of zip", 1), ("old", 1), ("nullValues of town", 2), ("missingValues of in", 2))}
    world.finish()


def test_a_rule_that_warns_is_an_incident_until_it_has_held_for_an_hour(world, residents):
    """And one that only counts is none. The coordinator is told; no value of an event is in it."""
    dataset, apply = residents
    apply(CONTRACT)
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", row(f"4000000{n}", seq=100 + n, town=None)) for n in range(3)])
    dataset.wait_drained()
    # A minute has passed, in the register.
    world.execute("UPDATE nrc.measure_minute SET minute = date_trunc('minute', now()) - interval '1 minute';"
                  " INSERT INTO nrc.measure_minute SELECT (jsonb_populate_record(m, jsonb_build_object('minute', date_trunc('minute',"
                  " now())))).* FROM nrc.measure_minute m")  # another may pass while it runs
    world.nrc.run("monitor", "--once", ok=(0, 1))
    incidents = world.rows("SELECT * FROM nrc.incident WHERE closes = 'quality_holds'")
    assert [(i["kind"], i["engine"], i["count"], i["closed_at"]) for i in incidents] == [("rule_warned", "old", 3, None)]
    assert "version 1.0.0" in incidents[0]["detail"] and "4000000" not in incidents[0]["detail"]
    world.nrc.run("monitor", "--once", ok=(0, 1))
    assert world.value("SELECT closed_at FROM nrc.incident WHERE kind = 'rule_warned'") is None
    world.execute("UPDATE nrc.incident SET last_seen_at = now() - interval '61 minutes';"
                  " UPDATE nrc.measure_minute SET minute = minute - interval '1 hour'")
    world.nrc.run("monitor", "--once", ok=(0, 1))
    assert world.value("SELECT closed_why FROM nrc.incident WHERE kind = 'rule_warned'") == "quality_holds"
    told = [n["type"] for n in world.told_of_incident(incidents[0]["id"])]
    assert told == ["incident.closed", "incident.opened"]


def test_a_metric_is_judged_when_its_day_is_over(world, residents):
    """Half of yesterday's towns are null, and fewer were promised; null addresses are only counted."""
    dataset, apply = residents
    apply(CONTRACT)
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", row(f"5000000{n}", town=None if n < 2 else "صور")) for n in range(4)])
    dataset.wait_drained()
    world.nrc.run("monitor", "--once", ok=(0, 1))
    assert world.rows("SELECT * FROM nrc.incident WHERE kind = 'metric_missed' AND engine = 'nullValues of town'") == []
    # It all happened around noon of the day that is judged, whatever the hour is now.
    world.execute("UPDATE nrc.measure_minute SET minute = minute + (((((now() - interval '15 minutes') AT TIME ZONE 'Asia/Muscat')::date - 1)"
                  "  + time '12:00') AT TIME ZONE 'Asia/Muscat' - date_trunc('hour', now()));"
                  " ALTER TABLE nrc.contract DISABLE TRIGGER kept; UPDATE nrc.contract SET applied_at = applied_at - interval '3 days';"
                  " ALTER TABLE nrc.contract ENABLE TRIGGER kept; UPDATE nrc.metric_judged SET day = day - 1; DELETE FROM nrc.metric_day")
    world.nrc.run("monitor", "--once", ok=(0, 1))
    (incident,) = world.rows("SELECT * FROM nrc.incident WHERE kind = 'metric_missed'")
    assert incident["engine"] == "nullValues of town" and "2 of 4" in incident["detail"], incident
    assert world.value("SELECT holds FROM nrc.metric_day WHERE rule = 'rowCount of rop.residents'") is True
    world.nrc.run("monitor", "--once", ok=(0, 1))
    assert world.value("SELECT count(*) FROM nrc.metric_day WHERE rule = 'nullValues of town'") == 1


def test_a_new_version_holds_from_then_on_and_a_retired_one_no_more(world, residents):
    """An engine takes a contract up as it takes up a structure: soon, and between two batches."""
    dataset, apply = residents
    world.engine().start()
    keys = iter(range(1000))

    def sent():
        """Whether an event with a civil number that is too short is kept out."""
        event = stream.upsert(dataset.structure, "civil_no", row(str(next(keys))))
        dataset.send_all([event])
        dataset.wait_drained()
        kept_out = any(r["topic_offset"] == event.offset for r in dataset.quarantine())
        if kept_out:
            event.verdict, event.reason, event.path = "quarantined", "rule_failed", "/civil_no"
        return kept_out

    assert not sent()
    apply(CONTRACT)
    process.wait_until(sent, 30, "the contract is in force")
    apply(CONTRACT.replace('"1.0.0"', '"1.1.0"').replace("[0-9]{8}", "[0-9]+"))
    process.wait_until(lambda: not sent(), 30, "the wider pattern is in force")
    apply(CONTRACT.replace('"1.0.0"', '"1.2.0"'))
    process.wait_until(sent, 30, "the narrow pattern is in force again")
    apply(CONTRACT.replace('"1.0.0"', '"1.3.0"').replace("status: active", "status: retired"))
    process.wait_until(lambda: not sent(), 30, "no contract is in force")
    assert {version for _, version in counted(world, dataset)} == {"1.0.0", "1.2.0"}
    world.finish()


def test_a_rule_that_does_not_fit_the_structure_is_refused_at_its_place(world, residents):
    dataset, apply = residents
    structure = world.folder / "r.avsc"
    structure.write_text(json.dumps(SCHEMA))
    contract = world.folder / "contract.yaml"
    for old, new, place, said in (
            ("message.filed >= message.born", "message.filed >= message.seq", "12:72: /schema/0/quality/0/implementation: ", "the operator >= does not take"),
            ("message.filed >= message.born", "message.fled > message.born", "12:72: /schema/0/quality/0/implementation: ", "fled"),
            ("!this.startsWith('00')", "this + 1 > 0", "21:73: /schema/0/properties/0/quality/1/implementation: ", "does not take"),
            ("      - name: town\n", "      - name: village\n", "29:13: /schema/0/properties/2/quality/0: ", "has no field village"),
            ("'[0-9]{8}'", "'[0-9'", "20:13: /schema/0/properties/0/quality/0: ", "missing terminating ]")):
        text = CONTRACT.replace(old, new)
        assert text != CONTRACT
        done = apply(text, ok=(1,))
        assert place in done.stderr and said in done.stderr, done.stderr
        contract.write_text(text)
        checked = world.nrc.run("contract", "check", contract, "--structure", structure, ok=(1,))
        assert place in checked.stdout and said in checked.stdout, checked.stdout
    contract.write_text(CONTRACT)
    assert "is good" in world.nrc.run("contract", "check", contract, "--structure", structure).stdout
    apply(CONTRACT)


def test_check_and_engine_give_one_verdict(world, residents):
    """Random events against the contract, with no server and at the door."""
    dataset, apply = residents
    apply(CONTRACT)
    rng = random.Random(11)
    changes = [("filed", at(0)), ("seq", 500), ("sex", "X"), ("town", None), ("town", ""), ("town", "N/A"), ("in", None), ("in", ""),
               ("address", None), ("address", {"zip": None}), ("civil_no", "007"), ("civil_no", "00123456")]
    rows = [row(f"{30000000 + n}", **dict(rng.sample(changes, rng.randrange(4)))) for n in range(60)]
    sample, structure = world.folder / "sample.jsonl", world.folder / "r.avsc"
    sample.write_text("\n".join(json.dumps(r, ensure_ascii=False, default=lambda t: t.isoformat()) for r in rows))
    structure.write_text(json.dumps(SCHEMA))
    told = json.loads(world.nrc.run("check", "--structure", structure, "--contract", world.folder / "contract.yaml", "--limit", "100", "--json",
                                    sample, ok=(1,)).stdout)
    refused = {f["event"] for f in told["failures"]}
    assert told["refused"] == len(refused) and 10 < len(refused) < 60
    world.engine().start()
    events = []
    for number, value in enumerate(rows, 1):
        event = stream.upsert(dataset.structure, "civil_no", value)
        if number in refused:
            event.verdict, event.reason = "quarantined", "rule_failed"
        events.append(event)
    dataset.send_all(events)
    dataset.wait_drained()
    at_the_door = [(r["topic_offset"] + 1, f["rule"], f["path"]) for r in dataset.quarantine() for f in r["failures"]]
    assert at_the_door == [(f["event"], f["rule"], f["path"]) for f in told["failures"]]
    assert counted(world, dataset) == {(rule, "1.0.0"): n for rule, n in told["rules"].items()}
    no_address = sum(value["address"] is None for value in rows)
    assert no_address and len(runs(world, dataset)) == 9
    for (rule, _), (_, evaluated, skipped) in runs(world, dataset).items():
        assert (evaluated, skipped) == ((60 - no_address, no_address) if rule == "nullValues of zip" else (60, 0)), rule
    world.finish()
