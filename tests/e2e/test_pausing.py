# SPDX-License-Identifier: Apache-2.0
"""A source is paused and goes on: its positions stand, the others keep pace, and it holds over a restart."""

from datetime import datetime, timedelta, timezone

from kit import process, stream


def send(dataset, people, *numbers):
    dataset.send_all([stream.upsert(people.structure, "civil_no", people.row(number, 1)) for number in numbers])


def paused(world, dataset):
    return {p["state"] for p in world.nrc.json("position", "show", dataset.topic)} == {"paused"}


def test_a_paused_source_stands_still_and_the_others_go_on(world):
    births, people = world.residents(name="rop.births")
    deaths, others = world.residents(name="rop.deaths")
    node = world.engine(NRC_INGEST_CATALOGUE_POLL_MS=200).start()
    send(births, people, 1)
    births.wait_drained()
    world.nrc.run("dataset", "pause", "rop.births", "--why", "the agency asks for an hour")
    node.wait_log("partition_paused")
    assert paused(world, births) and not paused(world, deaths)
    send(births, people, 2, 3)
    send(deaths, others, 1, 2)
    deaths.wait_drained()
    assert births.position()["next_offset"] == 1
    # Another engine of the same name, claimed from nobody: it knows.
    assert node.stop() == 0
    world.engine(NRC_INGEST_CATALOGUE_POLL_MS=200).start().wait_log("partition_paused")
    send(deaths, others, 3)
    deaths.wait_drained()
    assert births.position()["next_offset"] == 1
    world.nrc.run("dataset", "resume", "rop.births", "--why", "it is over")
    births.wait_drained()
    for words in (("resume", "rop.births", "--why", "x"), ("pause", "rop.none", "--why", "x"), ("pause", "rop.births"),
                  ("pause", "rop.births", "--why", "x", "--until", "2020-01-01")):
        assert world.nrc.run("dataset", *words, ok=None).returncode != 0, words
    trail = [(a["what"], a["why"]) for a in world.nrc.json("audit", "list") if a["what"].startswith("source.")]
    assert trail == [("source.resumed", "it is over"), ("source.paused", "the agency asks for an hour")]
    world.finish()


def test_a_pause_ends_by_itself(world):
    births, people = world.residents(name="rop.births")
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=4)
    world.nrc.run("dataset", "pause", "rop.births", "--why", "a minute", "--until", until.isoformat(timespec="seconds"))
    world.engine(NRC_INGEST_CATALOGUE_POLL_MS=60000).start()
    send(births, people, 1)
    births.wait_drained()
    assert world.rows("SELECT recorded_at >= %s AS after FROM nrc.ledger WHERE received > 0", until)[0]["after"]
    process.wait_until(lambda: not paused(world, births), 30, "it is not paused any more")
    world.finish()
