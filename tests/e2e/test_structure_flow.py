# SPDX-License-Identifier: Apache-2.0
"""A dataset's structure changes while its events flow, while approvals race, and while the register is away."""

import concurrent.futures
import datetime
import json
import threading

from kit import process, stream
from kit.registry import basic

NULLABLE = ["null", "string"]
KEYS = [{"name": "id", "type": "string"}, {"name": "seq", "type": "long"}]


def structure(*fields):
    return stream.Structure({"type": "record", "name": "R", "fields": [*KEYS, *fields]})


FIRST = structure({"name": "place", "type": "string"}, {"name": "gone", "type": "int"})
SAFE = structure({"name": "place", "type": "string"}, {"name": "gone", "type": "long"},
                 {"name": "note", "type": NULLABLE, "default": None})
REVIEW = structure({"name": "town", "type": "string", "aliases": ["place"]}, {"name": "note", "type": NULLABLE, "default": None})
BREAKING = structure({"name": "town", "type": "string"}, {"name": "note", "type": NULLABLE, "default": None},
                     {"name": "ward", "type": "string"})
# What each one's rows have, and the columns that these are in at the end.
ROWS = {id(FIRST): lambda n: {"place": f"p{n}", "gone": n}, id(SAFE): lambda n: {"place": f"p{n}", "gone": n, "note": None},
        id(REVIEW): lambda n: {"town": f"p{n}", "note": f"n{n}"}, id(BREAKING): lambda n: {"town": f"p{n}", "note": None, "ward": "w"}}
COLUMNS = ("town", "gone", "note", "ward")


class Flow(threading.Thread):
    """Sends without pause, by turns with each structure that it has; every event has a key of its own."""

    def __init__(self, dataset):
        super().__init__()
        self.dataset, self.structures = dataset, [FIRST]
        self.stopping = threading.Event()
        self.expected = {}
        self.failed = None

    def run(self):
        number = 0
        try:
            while not self.stopping.is_set():
                for made in tuple(self.structures):
                    number += 1
                    row = ROWS[id(made)](number)
                    self.dataset.send(stream.upsert(made, "id", {"id": f"k{number}", "seq": number, **row}))
                    self.expected[f"k{number}"] = {**dict.fromkeys(COLUMNS), **{"town" if k == "place" else k: v
                                                                                for k, v in row.items()}}
                if number % 200 < len(self.structures):
                    self.dataset.flush()
        except Exception as error:  # noqa: BLE001 - the test's thread raises it
            self.failed = error

    def stop(self):
        self.stopping.set()
        self.join()
        assert self.failed is None, self.failed


def test_a_producer_evolves_through_every_class_while_its_events_flow(world, monkeypatch):
    """NRL-7: no event is lost, doubled or misread, those that come too early among them."""
    dataset = world.dataset("moh.births", "id", FIRST, partitions=3)
    nrc = world.nrc

    def ask(made, *options):
        path = world.folder / f"{id(made)}.avsc"
        path.write_text(made.text)
        filed = nrc.json("structure", "register", dataset.name, path, "--reason", "law 12", *options)
        made.schema_id = filed["schema_id"]
        return filed

    def approve(request, who):
        monkeypatch.setenv("SUDO_USER", who)
        nrc.run("structure", "approve", request, "--reason", "read it")
        monkeypatch.delenv("SUDO_USER")

    def taken(count=400):
        until = len(flow.expected) + count
        process.wait_until(lambda: len(flow.expected) > until or flow.failed, 60, "events flow")

    nrc.run("dataset", "policy", dataset.name, "--review-people", 1, "--breaking-people", 2, "--reason", "as by default")
    node = world.engine(lanes=2, NRC_INGEST_BATCH_ROWS=500)
    node.start()
    flow = Flow(dataset)
    flow.start()
    try:
        taken()
        assert ask(SAFE)["people"] == 0
        flow.structures.append(SAFE)
        taken()
        review = ask(REVIEW)
        flow.structures.append(REVIEW)  # too early: its events are parked
        process.wait_until(lambda: world.value("SELECT count(*) FROM nrc.quarantine") > 0, 60, "some came too early")
        approve(review["request"], "huda")
        flow.structures.remove(FIRST)
        taken()
        starts = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        nrc.run("notice", "file", "modification", "--dataset", dataset.name, "--from",
                starts.strftime("%Y-%m-%dT%H:%M:%SZ"), "--reason", "law 12")
        breaking = ask(BREAKING)
        flow.structures.append(BREAKING)
        approve(breaking["request"], "huda")
        approve(breaking["request"], "noor")
        process.wait_until(lambda: world.value("SELECT now() > %s", starts), 30, "its time has come")
        taken()
    finally:
        flow.stop()
    dataset.wait_drained(120)
    process.wait_until(lambda: not world.value("SELECT count(*) FROM nrc.quarantine WHERE status = 'open'"), 60,
                       "what came too early is recorded")
    recorded = {row["id"]: {c: row[c] for c in COLUMNS} for row in dataset.rows("_state")}
    assert recorded == flow.expected
    assert world.value("SELECT count(*) FROM moh.births_history") == len(flow.expected)
    assert nrc.json("ledger", "verify")["faults"] == []
    assert node.stop() == 0


def test_of_approvals_that_race_as_many_count_as_are_needed(world):
    nrc = world.nrc
    nrc.add_agency("moh")
    nrc.add_dataset("moh.births", key="id", decided=True)
    nrc.run("dataset", "policy", "moh.births", "--breaking-notice", "no", "--reason", "a test")
    names = ("feed", "huda", "noor", "salim", "maryam")
    secrets = {name: nrc.json("account", "add", name, "--person", name, "--role", "steward", "--decision", "1")["secret"]
               for name in names}
    nodes = [world.registry(f"r{n}", anonymous=False).start() for n in range(2)]
    fields = [{"name": f"f{n}", "type": "string"} for n in range(4)]
    nodes[0].headers = basic("feed", secrets["feed"])
    for n in range(len(fields)):
        answer = nodes[0].post("/nrc/v1/requests", {"dataset": "moh.births", "reason": "law 12",
                                                   "schema": structure(*fields[:n]).text})
        if n == 0:
            assert answer.json == {}  # the first changes nothing
            continue
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda who: nodes[len(who) % 2].request(
                "POST", f"/nrc/v1/requests/{answer.json['id']}/approval", {"reason": "read it"}, **basic(who, secrets[who])),
                names[1:]))
        assert sorted(d.status for d in done) == [200, 200, 409, 409], done
        assert all("is decided" in d.json["message"] for d in done if d.status == 409), done
        shown = nodes[1].request("GET", f"/nrc/v1/requests/{answer.json['id']}", **basic("feed", secrets["feed"])).json
        assert (shown["state"], shown["approvals"], shown["version"]) == ("approved", 2, n + 1)


def test_the_time_comes_while_the_register_is_away(own_postgres, monkeypatch):
    world = own_postgres
    dataset = world.dataset("moh.births", "id", FIRST)
    world.nrc.run("dataset", "policy", dataset.name, "--review-people", 1, "--reason", "as by default")
    path = world.folder / "review.avsc"
    path.write_text(REVIEW.text)
    filed = world.nrc.json("structure", "register", dataset.name, path, "--reason", "law 12")
    REVIEW.schema_id = filed["schema_id"]
    engine = world.engine()
    engine.start()
    registry = world.registry().start()
    dataset.send_all([stream.upsert(REVIEW, "id", {"id": "early", "seq": 1, "town": "t", "note": None})])
    dataset.wait_drained()
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    monkeypatch.setenv("SUDO_USER", "huda")
    world.nrc.run("structure", "approve", filed["request"], "--reason", "read it", "--from", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    world.postgres.stop_immediate()
    process.wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) > moment, 30, "its time has come")
    world.postgres.start()
    dataset.send_all([stream.upsert(REVIEW, "id", {"id": "after", "seq": 1, "town": "t", "note": None})])
    dataset.wait_drained()
    process.wait_until(lambda: {row["id"] for row in dataset.rows("_state")} == {"early", "after"}, 60, "both are recorded")
    subject = f"{dataset.topic}-value"
    process.wait_until(lambda: registry.get(f"/subjects/{subject}/versions").text == "[1,2]", 30, "the registry shows it")
    assert world.nrc.json("ledger", "verify")["faults"] == []
    assert engine.stop() == 0
