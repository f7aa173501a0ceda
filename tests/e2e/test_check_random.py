# SPDX-License-Identifier: Apache-2.0
"""Random rules in the schema, the rule set and the contract, over random events: nrc check, the engine and a model in Python give one
verdict, and name the same rules at the same places."""

import io
import json
import os
import random

import fastavro
import pytest
import yaml
from kit import engine, rule_cases, stream
from test_contract_options import HEAD

FULL = os.environ.get("NRC_TEST_FULL") == "1"
SEED = int(os.environ.get("NRC_TEST_SEED", random.SystemRandom().randrange(10**6) if FULL else 11))
CASES, EVENTS, DATASETS = (400, 60, 8) if FULL else (10, 40, 2)


@pytest.fixture
def nrc():
    """The program alone."""
    return engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1")


def contract(case, dataset="rop.residents"):
    text = yaml.safe_load(HEAD)
    text["schema"] = [{"name": dataset, "properties": case.contract}]
    return json.dumps(text, ensure_ascii=False)


def checked(nrc, folder, case, events):
    """[[(rule, path, reason)]] of each event, by nrc check."""
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(json.loads(json.dumps(case.schema))), events, codec="null")
    (folder / "s.avro").write_bytes(out.getvalue())
    for name, text in (("r.avsc", json.dumps(case.schema)), ("rules.json", json.dumps(case.rule_set)), ("c.yaml", contract(case))):
        (folder / name).write_text(text)
    done = nrc.run("check", "--structure", folder / "r.avsc", "--rule-set", folder / "rules.json", "--contract", folder / "c.yaml",
                   "--json", "--limit", "10000", folder / "s.avro", ok=(0, 1))
    answer = json.loads(done.stdout)
    assert "failures" in answer, done.stdout
    found = [[] for _ in events]
    for f in answer["failures"]:
        found[f["event"] - 1].append((f["rule"], f["path"], f["reason"]))
    assert answer["events"] == len(events) and answer["refused"] == sum(map(bool, found)), "a refused event says why"
    return found


def compare(case, event, found):
    wanted = case.failures(event) if case.is_bad(event) else set()
    told = {(rule, path) for rule, path, _ in found}
    of_rule = [sum(rule == r for r, _ in wanted) for rule, _ in wanted]
    is_cut = len(wanted) > 32 or max(of_rule, default=0) > 8  # then some are told
    assert len(told) == len(found) and {reason for _, _, reason in found} <= {"rule_failed"}
    assert told == wanted or (is_cut and told and told < wanted), (event, "not told", wanted - told, "told", told - wanted)


def test_check_agrees_with_a_model(nrc, tmp_path):
    good = bad = within = 0
    for number in range(CASES):
        rng = random.Random(f"{SEED} {number}")
        case = rule_cases.Case(rng)
        events = [case.event(n) for n in range(EVENTS)]
        for event, found in zip(events, checked(nrc, tmp_path, case, events)):
            try:
                compare(case, event, found)
            except AssertionError as e:
                e.add_note(f"seed {SEED}, case {number}: {json.dumps(case.schema)} {case.rule_set} {contract(case)}")
                raise
            good, bad = good + (not found), bad + bool(found)
            within += any(step.isdigit() for _, path, _ in found for step in path.split("/"))
    assert good > 20 and bad > 20 and within > 20, (good, bad, within)


def test_check_and_engine_agree(world):
    datasets = []
    node = world.registry().start()
    for number in range(DATASETS):
        case = rule_cases.Case(random.Random(f"{SEED} engine {number}"))
        dataset = world.dataset(f"rop.d{number}", "id")
        answer = node.post(f"/subjects/{dataset.topic}-value/versions", {"schema": json.dumps(case.schema), "ruleSet": case.rule_set})
        assert answer.status == 200, answer.text
        dataset.structure = stream.Structure(case.schema, answer.json["id"])
        path = world.folder / f"c{number}.yaml"
        path.write_text(contract(case, f"rop.d{number}").replace("rop-residents", f"rop-d{number}"))
        world.nrc.run("contract", "apply", path)
        datasets.append((case, dataset))
    world.engine().start()
    sent = []
    for case, dataset in datasets:
        rows = [case.event(n) for n in range(EVENTS)]
        found = checked(world.nrc, world.folder, case, rows)
        events = [stream.upsert(dataset.structure, "id", row) for row in rows]
        for event, failures in zip(events, found):
            event.row = rule_cases.recorded(case.root, event.row)
            if failures:
                event.verdict, event.reason = "quarantined", "rule_failed"
        dataset.send_all(events)
        sent.append(found)
    for (case, dataset), found in zip(datasets, sent):
        dataset.wait_drained()
        by_engine = [[] for _ in found]
        for row in dataset.quarantine():
            by_engine[row["topic_offset"]] = [(f["rule"], f["path"], f["reason"]) for f in row["failures"]]
        assert by_engine == found
    world.finish()
