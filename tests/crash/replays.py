# SPDX-License-Identifier: Apache-2.0
"""People work the quarantine while engines are killed: they have events replayed, discard some, take that back, and pause the source.

A dataset of its own, so that each of its events is in one of two places, whatever was done: recorded once, or in the quarantine and not
recorded. Events of the sex X are refused until a later contract takes them; those of Y always are. No two of a key have one order, so
the orders alone say what the state holds."""

import collections
import json

from kit import process, stream

SCHEMA = {"type": "record", "name": "Case", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "sex", "type": "string"}]}
PEOPLE = 1000
ROUNDS_A_CONTRACT = 6


class Replays:
    def __init__(self, world, random):
        self.world, self.random = world, random
        self.agency = f"cas{world.tag}"
        self.dataset = world.dataset(f"{self.agency}.people", "civil_no", stream.Structure(SCHEMA), partitions=2)
        self.dataset.comparable = False  # by kit/checker.py: what was refused may be recorded later
        world.kafka.create_topic(f"{self.agency}.rejected")
        self.version, self.seq, self.oldest = 0, 0, 0
        self.is_paused = False
        self.done = collections.Counter()
        self.promise("M", "F")

    def promise(self, *sexes):
        self.version += 1
        rule = {"name": "sex", "type": "custom", "engine": "cel", "implementation": f"message.sex in {json.dumps(sexes)}",
                "severity": "error"}
        path = self.world.folder / "cases.json"
        path.write_text(json.dumps({
            "apiVersion": "v3.2.0", "kind": "DataContract", "id": "cases", "version": f"1.{self.version}.0", "status": "active",
            "description": {"purpose": "p"},
            "team": {"members": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}]},
            "schema": [{"name": self.dataset.name, "quality": [rule],
                        "properties": [{"name": "civil_no", "logicalType": "string", "primaryKey": True}]}],
            "customProperties": [
                {"property": "legalBasis", "value": "Law 1"}, {"property": "reviewDate", "value": "2099-01-01"},
                {"property": "collectionPoints", "value": [{"point": "offices", "mode": "computer"}]}]}))
        self.world.nrc.run("contract", "apply", path)

    # -- while engines die

    def send(self):
        for _ in range(self.random.randrange(3, 12)):
            if self.random.random() < 0.2:
                self.oldest -= 1
                seq = self.oldest
            else:
                self.seq += 1
                seq = self.seq
            row = {"civil_no": f"{self.random.randrange(PEOPLE):08}", "seq": seq, "sex": self.random.choice("MMFFXXY")}
            self.dataset.send(stream.upsert(self.dataset.structure, "civil_no", row))
        self.dataset.flush()

    def work(self, number):
        """Once a round, while its engine may be dying."""
        if number % ROUNDS_A_CONTRACT == ROUNDS_A_CONTRACT - 1:
            self.promise(*("MFX" if self.version % 2 else "MF"))
        if self.is_paused:
            self.pause(False)
        act = self.random.choice(["replay", "replay", "replay", "discard", "reopen", "pause"])
        if act == "pause":
            self.pause(True)
            return
        ids = [str(r["id"]) for r in self.dataset.quarantine()]
        few = self.random.sample(ids, min(len(ids), 5))
        which = few if act != "replay" or self.random.random() < 0.3 else ["--dataset", self.dataset.name]
        if which:
            self.do(act, *which)

    def do(self, act, *which):
        """None may be left of which that can be done."""
        changed = self.world.nrc.run("--json", "quarantine", act, *which, "--why", "the crash suite", ok=(0, 1, 2))
        if changed.returncode == 0:
            self.done[act] += json.loads(changed.stdout)["changed"]

    def pause(self, on):
        self.is_paused = on
        self.done["pause"] += on
        self.world.nrc.run("dataset", "pause" if on else "resume", self.dataset.name, "--why", "the crash suite")

    # -- an engine runs, and takes all

    def check(self):
        if self.is_paused:
            self.pause(False)
        if self.version % 2:
            self.promise("M", "F", "X")
        self.dataset.wait_drained(120)
        process.wait_until(self.all_replayed, 60, "what the contract takes is recorded when it is replayed", every=0.2)
        self.compare()

    def all_replayed(self):
        """An engine that has not heard of the contract yet refuses them again."""
        sent = self.by_place()
        waiting = [r for r in self.dataset.quarantine() if r["status"] in ("open", "replay")]
        takeable = [r for r in waiting if sent[r["partition"], r["topic_offset"]].row["sex"] == "X"]
        if any(r["status"] == "replay" for r in waiting):
            return False
        if takeable:
            self.do("replay", "--dataset", self.dataset.name)
        return not takeable

    def by_place(self):
        return {(e.partition, e.offset): e for e in self.dataset.sender.sent}

    def compare(self):
        sent = self.by_place()
        partition_of = {p["id"]: p["partition"] for p in self.dataset.positions()}
        recorded = collections.Counter((partition_of[r["_topic_partition"]], r["_offset"]) for r in self.dataset.rows("_history"))
        kept = {(r["partition"], r["topic_offset"]): r for r in self.dataset.quarantine()}
        faults = [f"{place} is recorded {count} times" for place, count in recorded.items() if count != 1]
        if len(kept) != len(self.dataset.quarantine()):
            faults.append("an event is twice in the quarantine")
        for place, event in sent.items():
            case = kept.get(place)
            is_kept_out = case is not None and case["status"] != "replayed"
            if (place in recorded) == is_kept_out:
                faults.append(f"{place} ({event.row}) is recorded: {place in recorded}; its case: {case and case['status']}")
            if event.row["sex"] == "Y" and not is_kept_out:
                faults.append(f"{place} was taken although no contract takes it")
        faults += self.faults_of_state(sent, recorded) + self.faults_of_ledger(sent, kept)
        if faults:
            shown = "\n  ".join(faults[:10])
            raise AssertionError(f"{self.dataset.name}: {len(faults)} differences after {dict(self.done)}\n  {shown}")
        self.states = collections.Counter(f"{sent[place].row['sex']} {case['status']}" for place, case in kept.items())

    def faults_of_state(self, sent, recorded):
        newest = {}
        for place in recorded:
            row = sent[place].row
            if row["seq"] >= newest.get(row["civil_no"], row)["seq"]:
                newest[row["civil_no"]] = row
        state = {r["civil_no"]: {name: r[name] for name in ("civil_no", "seq", "sex")} for r in self.dataset.rows()}
        return [f"the state of {key} is {state.get(key)}, expected {newest.get(key)}" for key in {**state, **newest}
                if state.get(key) != newest.get(key)]

    def faults_of_ledger(self, sent, kept):
        received = collections.Counter()
        for row in self.dataset.ledger():
            received[row["kind"]] += row["received"]
        expected = {"stream": len(sent), "replay": sum(r["status"] == "replayed" for r in kept.values())}
        return [f"the ledger received {dict(received)}, expected {expected}"] if +received != {k: n for k, n in expected.items() if n} else []
