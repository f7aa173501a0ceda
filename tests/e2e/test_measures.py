# SPDX-License-Identifier: Apache-2.0
"""What is measured in the stream: the counters equal the ledger, and `nrc measure` shows them (NRL-10)."""

import json

from kit import stream

FIELDS = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"},
          {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None},
          {"name": "town", "type": ["null", "string"], "default": None}]
SCHEMA = {"type": "record", "name": "R", "fields": FIELDS}


def windows(world, dataset, *options):
    return json.loads(world.nrc.run("measure", dataset, *options, "--json").stdout)


def total(rows, field):
    return sum(row[field] for row in rows)


def verified(world):
    assert world.nrc.json("ledger", "verify")["faults"] == []


def sent(world, *rows, config=None):
    dataset = world.dataset("rop.residents", "civil_no", stream.Structure(SCHEMA), options=("--event-time", "at"),
                            topic_config=config)
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", row, "seq") for row in rows])
    dataset.wait_drained()
    return dataset


def row(key, seq, at=None, town=None):
    return {"civil_no": key, "seq": seq, "at": at, "town": town}


def test_verdicts_and_nulls_are_counted_by_window(world):
    dataset = sent(world, row("a", 2, town="Sur"), row("a", 2, town="Sur"), row("a", 1), row("b", 1))
    for by in ("minute", "hour", "day"):
        rows = windows(world, dataset.name, "--by", by)
        assert [total(rows, f) for f in ("received", "applied", "duplicate", "stale")] == [4, 2, 1, 1]
        assert sum(r["fields"].get("town", {"null": 0})["null"] for r in rows) == 2
        assert {r["kind"] for r in rows} == {"stream"}
    verified(world)
    shown = world.nrc.run("measure", dataset.name).stdout
    assert "RECEIVED" in shown and "LEGS" not in shown


def test_an_unknown_time_is_unknown_and_one_ahead_is_negative(world):
    dataset = sent(world, row("a", 1), row("b", 1, at=4102444800000))
    rows = windows(world, dataset.name)
    assert (total(rows, "late_unknown"), total(rows, "late_negative")) == (1, 1)
    legs = [r["legs"] for r in rows]
    assert sum(leg["carried"]["known"] for leg in legs) == 2
    assert sum(leg["available"]["unknown"] for leg in legs) == 2
    verified(world)


def test_the_brokers_timestamp_is_the_arrival(world):
    dataset = sent(world, row("a", 1), config={"message.timestamp.type": "LogAppendTime"})
    (only,) = windows(world, dataset.name, "--by", "day")
    assert (only["legs"]["available"]["known"], only["legs"]["carried"]["unknown"]) == (1, 1)


def test_what_is_asked_for_wrongly_is_refused(world):
    dataset = sent(world, row("a", 1))
    for options, said in ((("--by", "week"), "minute, hour or day"), (("--since", "yesterday"), "a time has the form")):
        answer = world.nrc.run("measure", dataset.name, *options, ok=(1, 2))
        assert said in answer.stderr
    assert "no dataset" in world.nrc.run("measure", "rop.nothing", ok=(1, 2)).stderr
    assert windows(world, dataset.name, "--until", "2020-01-01") == []
