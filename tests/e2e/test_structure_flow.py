# SPDX-License-Identifier: Apache-2.0
"""A dataset's structure changes while its events flow, while approvals race, and while the register is away."""

import concurrent.futures
import datetime
import json
import signal
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
BREAKING = structure({"name": "town", "type": "string"}, {"name": "note", "type": ["null", "long"], "default": None},
                     {"name": "ward", "type": "string"})
# What each one's rows have, and the columns that these are in at the end: a field has one for each of its types.
ROWS = {id(FIRST): lambda n: {"place": f"p{n}", "gone": n}, id(SAFE): lambda n: {"place": f"p{n}", "gone": n, "note": None},
        id(REVIEW): lambda n: {"town": f"p{n}", "note": note(n)},
        id(BREAKING): lambda n: {"town": f"p{n}", "note": n if n % 5 else None, "ward": "w"}}
COLUMNS = ("town", "gone", "note", "note#2", "ward")


def note(number):
    """Every third is text that no number prints as."""
    return f"{number}" if number % 3 else f"0{number}"


def place_of(field, made):
    return {"place": "town", "note": "note#2" if made is BREAKING else "note"}.get(field, field)


def seen(row, generation):
    """A row of the state as the view of a generation has it: what is of the other type only where nothing is lost."""
    text, number = row["note"], row["note#2"]
    if generation == 1:
        return {"town": row["town"], "gone": row["gone"], "note": text if number is None else str(number)}
    exact = text is not None and str(int(text)) == text
    return {"town": row["town"], "gone": row["gone"], "note": int(text) if exact else number, "ward": row["ward"]}


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
                    self.expected[f"k{number}"] = {**dict.fromkeys(COLUMNS), **{place_of(field, made): value
                                                                                for field, value in row.items()}}
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
    for suffix, generation in (("", 2), ("_g1", 1)):
        shown = {row.pop("id"): row for row in dataset.rows(suffix) if row.pop("seq")}
        assert shown == {key: seen(row, generation) for key, row in flow.expected.items()}
    history = {row["id"]: {c: row[c] for c in COLUMNS} for row in dataset.rows("_history")}
    assert history == flow.expected
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


def test_the_view_moves_at_its_time_whoever_is_there_and_whoever_dies(world):
    dataset = world.dataset("moh.births", "id", FIRST)
    nrc = world.nrc
    world.execute("INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')")  # nobody must agree, and no level
    shown = """SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)
               FROM information_schema.columns WHERE table_schema = 'moh' AND table_name = 'births'"""

    def change(type_, seconds):
        path = world.folder / "next.avsc"
        path.write_text(structure({"name": "place", "type": "string"}, {"name": "gone", "type": type_}).text)
        starts = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).replace(microsecond=0)
        nrc.run("structure", "register", dataset.name, path, "--reason", "law 12", "--from",
                starts.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return starts

    first = world.value(shown)
    starts = change("string", 3)
    assert world.value(shown) == first
    engine = world.engine()
    engine.start(failpoint="view_moved:kill")
    assert engine.wait_gone() == -signal.SIGKILL
    assert datetime.datetime.now(datetime.timezone.utc) >= starts
    assert world.value(shown) == first, "what was not committed is not seen"
    engine.start(failpoint="view_moved:fail")
    process.wait_until(lambda: world.value(shown) == first.replace("gone bigint", "gone text"), 60, "the view moved")
    assert engine.stop() == 0
    # A registry does it, too.
    registry = world.registry().start()
    change("double", 2)
    process.wait_until(lambda: world.value(shown) == first.replace("gone bigint", "gone double precision"), 60,
                       "the view moved")
    registry.stop()
    now = nrc.json("dataset", "show", dataset.name)
    assert {c["name"] for c in now["columns"] if c["kept"]} == {"gone", "gone#2"}
    generations = now["generations"]
    assert [(g["number"], g["view"], g["until"] is None) for g in generations] == [
        (1, "moh.births_g1", False), (2, "moh.births_g2", False), (3, "moh.births", True)]
    of_first = nrc.json("dataset", "show", f"{dataset.name}@1")
    assert [(c["name"], c["type"]) for c in of_first["columns"]] == [
        ("id", "text"), ("seq", "bigint"), ("place", "text"), ("gone", "bigint")]
    refused = nrc.run("dataset", "show", f"{dataset.name}@4", ok=(1,))
    assert "moh.births has no generation 4" in refused.stderr
