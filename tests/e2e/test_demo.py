# SPDX-License-Identifier: Apache-2.0
"""The demo's producers, without its servers: their model of the register is right, and each fault that they plant is caught."""

import json
import subprocess
import sys

from kit import paths, process, relay, stream

FOLDER = paths.ROOT / "ops" / "demo.d"


def test_the_producers_know_what_the_register_must_hold_and_each_planted_fault_is_caught(world, tmp_path, monkeypatch):
    """NRL-10: no part of a score tells of anything else."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import planted

    node = world.registry().start()
    for name, key, options in (("ncsi.localities", "geonameid", ()), ("rop.residents", "civil_no", ("--event-time", "updated_at")),
                               ("mol.permits", "permit_no", ("--event-time", "issued_at"))):
        world.kafka.create_topic(name, 4)
        world.nrc.add_agency(name.split(".")[0])
        world.nrc.add_dataset(name, *options, key=key)
    for name in ("rop.residents", "mol.permits"):
        world.nrc.run("contract", "apply", FOLDER / f"{name}.yaml")
    world.engine(lanes=2).start()
    out = tmp_path / "expected.json"
    subprocess.run([sys.executable, FOLDER / "produce.py", "--bootstrap", world.kafka.bootstrap, "--registry", node.url,
                    "--expected", out, "--people", "300", "--events", "3000", "--rate", "0"], check=True, timeout=120)
    told = json.loads(out.read_text())
    expected = told["datasets"]

    def held():
        found = {}
        for name, told in expected.items():
            agency, dataset = name.split(".")
            counts = [c for c in told if c not in ("live_keys", "reasons", "rules")]
            sums = ", ".join(f"coalesce(sum(l.{c}), 0)::bigint AS {c}" for c in counts)
            (found[name],) = world.rows(
                f"SELECT (SELECT count(*) FROM {agency}.{dataset}) AS live_keys, {sums}"
                " FROM nrc.ledger l JOIN nrc.dataset d ON d.id = l.dataset_id WHERE d.name = %s", dataset)
            found[name]["reasons"] = {row["reason"]: row["n"] for row in world.rows(
                "SELECT q.reason, count(*) AS n FROM nrc.quarantine q JOIN nrc.dataset d ON d.id = q.dataset_id"
                " WHERE d.name = %s GROUP BY 1", dataset)}
            found[name]["rules"] = {}
            for window in world.nrc.json("measure", name, "--by", "day"):
                for rule in window["rules"]:
                    total = found[name]["rules"].setdefault(rule["rule"], {"failed": 0, "evaluated": 0})
                    total["failed"] += rule["count"]
                    total["evaluated"] += rule["evaluated"]
        return found

    process.wait_until(lambda: all(held()[n]["received"] == expected[n]["received"] for n in expected), 120,
                       "all that was sent is in the register")
    assert held() == expected
    assert expected["rop.residents"]["reasons"]["rule_failed"] >= 6, "each rule of the contract is broken once"
    assert len(expected["rop.residents"]["rules"]) == 8 and len(expected["mol.permits"]["rules"]) == 9
    planted.state_totals(world.nrc, told["statements"])
    caught, missed, strange = planted.judge_when_ready(world.nrc, lambda: world.nrc.run("monitor", "--once", ok=(0, 1)))
    assert (missed, strange) == ([], {})
    assert len(caught) == len(planted.TABLE) == len({(row.dataset, row.dimension, row.part) for row in planted.TABLE})
    assert {row.dimension for row, _, _ in caught} == {d["dimension"] for d in world.rows("SELECT dimension FROM nrc.quality_dimension"
                                                                                         " WHERE dimension <> 'flow_readiness'")}
    for row in planted.PERMITS:  # what nobody broke is whole
        assert row.bad or row.part == planted.ROWS
    text = "\n".join(planted.lines(caught, is_terminal=True))
    assert "الأجر بالريال العماني\u200e  " in text
    world.finish()


def test_the_demos_changes_are_told_in_their_order(world, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import changes

    world.nrc.add_agency("rop")
    world.nrc.settings["NRC_RELAY_ALLOW"] = "127.0.0.0/8"
    monkeypatch.setattr(changes, "TOPIC", f"nrc.demo-{world.tag}")
    world.kafka.create_topic(changes.TOPIC, 4)
    sent = relay.Relay(world.nrc, world.folder / "relay.log", NRC_RELAY_TIMEOUT_MS=20000, NRC_RELAY_LEASE_MS=60000,
                       NRC_RELAY_TOPIC=changes.TOPIC)
    world.engines.append(sent)
    sent.start()
    said = []
    changes.play(world.nrc, world.registry().start().url, world.kafka.bootstrap, said.append)
    told = [line.split("is told: nrc.")[1].split(",")[0] for line in said if "is told" in line and "escalated" not in line]
    assert told == ["structure.active structure/rop.vehicles-value/2", "structure.requested request/2", "structure.approved request/2",
                    "structure.active structure/rop.vehicles-value/3", "structure.requested request/3",
                    "structure.approved request/3", "structure.active structure/rop.vehicles-value/4"]
    on_topic = [line.split("too: nrc.")[1].split(",")[0] for line in said if "the topic has it" in line and "escalated" not in line]
    assert on_topic == told
    assert any("acknowledges it: on record since" in line for line in said)
    assert any("stays on rop.vehicles_g1" in line for line in said)
    world.finish()


def test_the_producers_model_is_told_of_an_event_when_it_is_delivered(world, tmp_path, monkeypatch):
    """Of two updates with one order the model must know partition and time, whenever delivery told them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import produce

    dataset, people = world.residents()
    producer = produce.Producer(world.kafka.bootstrap, tmp_path / "expected.json")
    dataset.name = dataset.topic
    first = people.row(1, 1)
    producer.send(dataset, stream.upsert(dataset.structure, "civil_no", first))
    second = stream.upsert(dataset.structure, "civil_no", {**first, "name_ar": "غيره"})
    monkeypatch.setattr(producer.sender, "send", lambda topic, event, send=producer.sender.send: (
        send(topic, event), producer.sender.flush())[0])
    producer.send(dataset, second)
    producer.publish()
    (told,) = json.loads((tmp_path / "expected.json").read_text())["datasets"].values()
    assert (told["received"], told["applied"]) == (2, 2)
