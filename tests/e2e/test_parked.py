# SPDX-License-Identifier: Apache-2.0
"""Events that come before their structure is in force: kept, and recorded in their order when it takes effect (NRL-6)."""

import json

import pytest

from kit import process, stream

BASE = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]
OLD = {"type": "record", "name": "R", "fields": [*BASE, {"name": "place", "type": "string"}]}
NEW = {"type": "record", "name": "R", "fields": [*BASE, {"name": "town", "type": "string", "aliases": ["place"]},
                                                 {"name": "weight", "type": ["null", "double"], "default": None}]}


class Parked:
    """A dataset with a structure in force, and a newer one that waits for approval."""

    def __init__(self, world, order="seq"):
        self.world = world
        self.dataset = world.dataset("rop.residents", "civil_no", stream.Structure(OLD), order=order)
        world.nrc.run("dataset", "policy", self.dataset.name, "--review-people", 1, "--reason", "as by default")
        self.order = order
        path = world.folder / "new.avsc"
        path.write_text(json.dumps(NEW))
        filed = world.nrc.json("structure", "register", self.dataset.name, path, "--reason", "law 12")
        self.request = filed["request"]
        self.newer = stream.Structure(NEW, filed["schema_id"])

    def old(self, key, seq, place="x"):
        return stream.upsert(self.dataset.structure, "civil_no", {"civil_no": key, "seq": seq, "place": place}, self.order)

    def new(self, key, seq, town="y", weight=1.5):
        return stream.upsert(self.newer, "civil_no", {"civil_no": key, "seq": seq, "town": town, "weight": weight}, self.order)

    def send(self, *events):
        self.dataset.send_all(list(events))
        self.dataset.wait_drained()

    def approve(self, monkeypatch, *options):
        monkeypatch.setenv("SUDO_USER", "huda")
        self.world.nrc.run("structure", "approve", self.request, "--reason", "read it", *options)
        monkeypatch.delenv("SUDO_USER")

    def wait_recorded(self):
        process.wait_until(lambda: not self.waiting(), 60, "the parked events are recorded", every=0.1)

    def waiting(self):
        return [row for row in self.dataset.quarantine() if row["status"] == "open"]

    def state(self, *columns):
        return {row["civil_no"]: tuple(row[c] for c in columns) for row in self.dataset.rows("_state")}

    def history(self):
        return [(row["_offset"], row["_effect"].decode() if isinstance(row["_effect"], bytes) else row["_effect"])
                for row in self.dataset.rows("_history", order_by="_offset")]

    def verify(self):
        assert self.world.nrc.json("ledger", "verify")["faults"] == []


def test_parked_events_are_recorded_in_order_when_their_structure_is_approved(world, monkeypatch):
    parked = Parked(world)
    node = world.engine()
    node.start()
    parked.send(parked.old("a", 1), parked.new("a", 2, town="first"), parked.new("a", 3, town="second"),
                parked.new("b", 1), parked.old("c", 9, place="newer"), parked.new("c", 4, town="older"))
    assert [row["reason"] for row in parked.dataset.quarantine()] == ["not_yet_active"] * 4
    assert [i["kind"] for i in world.incidents() if i["closed_at"] is None] == ["not_yet_active"]
    assert set(parked.state("seq")) == {"a", "c"}
    parked.approve(monkeypatch)
    parked.wait_recorded()
    assert parked.state("seq", "town", "_offset") == {"a": (3, "second", 2), "b": (1, "y", 3), "c": (9, "newer", 4)}
    assert parked.history() == [(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "a"), (5, "s")]
    assert {row["status"] for row in parked.dataset.quarantine()} == {"replayed"}
    (replay,) = parked.dataset.ledger("replay")
    assert (replay["received"], replay["applied"], replay["stale"], replay["epoch"]) == (4, 3, 1, 0)
    parked.send(parked.new("b", 2))
    assert parked.state("seq")["b"] == (2,)
    parked.verify()
    assert node.stop() == 0


def test_a_structure_takes_effect_while_events_flow_and_the_engine_is_frozen(world, monkeypatch):
    """Whoever judges by the clock of before is judged by the register's: no event is lost, doubled or misread."""
    parked = Parked(world)
    node = world.engine()
    node.start()
    parked.send(parked.old("k", 0))
    moment = world.value("SELECT (now() + interval '3 seconds')::timestamptz(0)")
    parked.approve(monkeypatch, "--from", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    number = 0
    while world.value("SELECT now() < %s - interval '1 second'", moment):
        parked.send(*[parked.new(f"n{number}", 1), parked.old(f"o{number}", 1)])
        number += 1
    node.freeze()
    parked.dataset.send_all([parked.new(f"n{number}", 1)])
    process.wait_until(lambda: world.value("SELECT now() > %s", moment), 30, "the time has come")
    node.thaw()
    parked.dataset.send_all([parked.new(f"n{number + 1}", 1)])
    parked.dataset.wait_drained()
    parked.wait_recorded()
    assert len(parked.state("seq")) == 1 + 2 * number + 2
    assert len(parked.history()) == 1 + 2 * number + 2
    early = [row for row in parked.dataset.quarantine() if row["recorded_at"] >= moment]
    assert early == []  # nothing was parked after its structure was in force
    parked.verify()
    assert node.stop() == 0


def test_a_batch_judged_before_the_moment_and_committed_after_it_is_judged_again(world, monkeypatch):
    """The batch transaction's own time decides."""
    parked = Parked(world)
    node = world.engine()
    node.start(failpoint="after_seal:stop:2")
    parked.send(parked.old("k", 0))
    moment = world.value("SELECT (now() + interval '5 seconds')::timestamptz(0)")
    parked.approve(monkeypatch, "--from", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    parked.dataset.send_all([parked.new("a", 1)])
    parked.dataset.flush()
    node.wait_stopped()
    process.wait_until(lambda: world.value("SELECT now() > %s", moment), 30, "the time has come")
    node.thaw()
    parked.dataset.wait_drained()
    assert parked.dataset.quarantine() == [] and parked.state("seq") == {"k": (0,), "a": (1,)}
    assert node.stop() == 0


@pytest.mark.parametrize("point", ["parked_taken:kill", "before_commit:kill:3", "commit_sent:kill:3", "parked_taken:fail"])
def test_an_engine_that_dies_while_it_records_them_loses_and_doubles_none(world, monkeypatch, point):
    parked = Parked(world)
    node = world.engine()
    node.start()
    parked.send(*[parked.new(f"k{n % 40}", n) for n in range(100)])
    assert node.stop() == 0
    parked.approve(monkeypatch)
    node.start(failpoint=point)
    if "kill" in point:
        parked.dataset.send_all([parked.old("z", n) for n in range(3)])
        if point.startswith("parked"):
            node.wait_gone()
        else:
            parked.dataset.flush()
            process.wait_until(lambda: not node.alive() or not parked.waiting(), 60, "it died, or recorded them")
            node.kill()
            node.wait_gone()
        node.start()
    parked.wait_recorded()
    parked.dataset.wait_drained()
    history = [row["_offset"] for row in parked.dataset.rows("_history", order_by="_offset")]
    assert history == sorted(set(history)) and set(range(100)) <= set(history)
    assert len([k for k in parked.state("seq") if k != "z"]) == 40
    parked.verify()
    assert node.stop() == 0


def test_two_engines_record_them_once(world, monkeypatch):
    parked = Parked(world)
    nodes = [world.engine("e1"), world.engine("e2")]
    nodes[0].start()
    parked.send(*[parked.new(f"k{n}", n) for n in range(1200)])
    nodes[1].start()
    parked.approve(monkeypatch)
    parked.wait_recorded()
    assert len(parked.history()) == len(parked.state("seq")) == 1200
    assert sum(row["received"] for row in parked.dataset.ledger("replay")) == 1200
    parked.verify()
    assert [node.stop() for node in nodes] == [0, 0]


def test_what_came_after_a_parked_event_stays(world, monkeypatch):
    """A delete by arrival, a later event of a dataset without a declared order, and what is refused after all."""
    parked = Parked(world)
    node = world.engine()
    node.start()
    broken = parked.new("q", 1)
    broken.value_bytes = broken.value_bytes[:-3]
    parked.send(parked.old("a", 1), parked.new("a", 2), stream.tombstone("a"), parked.new("b", 2), stream.tombstone("b"),
                parked.new("c", 5), broken)
    parked.approve(monkeypatch)
    process.wait_until(lambda: len(parked.waiting()) == 1, 60, "all but one are recorded", every=0.1)
    ops = {key: op for key, (op,) in parked.state("_op").items()}
    assert {k: v.decode() if isinstance(v, bytes) else v for k, v in ops.items()} == {"a": "d", "b": "d", "c": "u"}
    (left,) = parked.waiting()
    assert (left["reason"], left["topic_offset"]) == ("truncated", 6)
    parked.verify()
    assert node.stop() == 0


def test_without_a_declared_order_the_later_offset_wins(world, monkeypatch):
    parked = Parked(world, order=None)
    node = world.engine()
    node.start()
    parked.send(parked.new("a", 1, town="parked"), parked.old("a", 2, place="later"), parked.new("b", 1, town="parked"))
    parked.approve(monkeypatch)
    parked.wait_recorded()
    assert parked.state("town") == {"a": ("later",), "b": ("parked",)}
    assert parked.history() == [(0, "s"), (1, "a"), (2, "a")]
    parked.verify()
    assert node.stop() == 0


def test_events_of_a_rejected_structure_stay_in_the_quarantine(world, monkeypatch):
    parked = Parked(world)
    node = world.engine()
    node.start()
    parked.send(parked.new("a", 1))
    world.nrc.run("structure", "reject", parked.request, "--reason", "not needed")
    parked.send(parked.new("a", 2), parked.old("b", 1))
    assert [row["reason"] for row in parked.dataset.quarantine()] == ["not_yet_active", "structure_rejected"]
    assert len(parked.waiting()) == 2 and set(parked.state("seq")) == {"b"}
    assert node.stop() == 0
