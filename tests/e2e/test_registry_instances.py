# SPDX-License-Identifier: Apache-2.0
"""Instances without a leader: they register at the same time, die, and lose and find their register again."""

import collections
import http.client
import json
import signal
import socket
import threading

import pytest

from kit import process, stream
from kit.registry import Ended, body_of, quote


def schema(name, fields=1):
    return {"type": "record", "name": name,
            "fields": [{"name": f"f{n}", "type": "long", "default": n} for n in range(fields)]}


def at_once(functions):
    """Runs them in threads that start together; the first failure is raised."""
    barrier, failures = threading.Barrier(len(functions)), []

    def run(function):
        try:
            barrier.wait()
            function()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_two_instances_register_at_once(world):
    nodes = [world.registry(f"r{n}").start() for n in (1, 2)]
    ids = collections.defaultdict(set)

    def register(node, own):
        def work():
            with node.session() as session:
                for n in range(12):
                    for subject, text in (("same", schema("Same", n + 1)), (f"s{n % 3}", schema("Turn", n + 1)),
                                          (own, schema(own, n + 1))):
                        answer = session.request("POST", f"/subjects/{subject}/versions", body_of(text))
                        assert answer.status == 200, answer
                        ids[text["name"], len(text["fields"])].add(answer.json["id"])
        return work

    at_once([register(nodes[n % 2], f"Own{n}") for n in range(6)])
    assert all(len(found) == 1 for found in ids.values()), "one text, one id"
    assert len({next(iter(found)) for found in ids.values()}) == len(ids) == 12 * 8, "two texts, two ids"
    for node in nodes:
        assert sorted(node.versions("same")) == list(range(1, 13))
        assert sorted(node.versions("Own0")) == list(range(1, 13))
        for n in range(3):
            assert node.versions(f"s{n}") == [1, 2, 3, 4]
        for (name, fields), found in ids.items():
            assert node.get(f"/schemas/ids/{next(iter(found))}/schema").json["fields"][fields - 1]["name"]
            if name == "Same":
                assert node.look_up("same", schema(name, fields)).json["id"] in found
    world.finish()


def test_of_incompatible_schemas_that_come_at_once_one_is_taken(world):
    """Given a check and another registration that comes before its end: then only one of the two may be accepted."""
    nodes = [world.registry(f"r{n}").start() for n in (1, 2)]
    kinds = ["int", "string", "boolean", "null"]
    answers = collections.defaultdict(list)

    def register(node, kind):
        def work():
            with node.session() as session:
                for n in range(15):
                    text = {"type": "record", "name": "One", "fields": [{"name": "a", "type": kind}]}
                    answers[n].append(session.request("POST", f"/subjects/one-{n}/versions", body_of(text)))
        return work

    at_once([register(nodes[n % 2], kind) for n, kind in enumerate(kinds)])
    for n, given in answers.items():
        assert sorted(a.status for a in given) == [200, 409, 409, 409], given
        assert nodes[0].versions(f"one-{n}") == [1]
    world.finish()


def test_what_one_instance_changes_the_other_answers(world):
    one, two = (world.registry(f"r{n}").start() for n in (1, 2))
    first = one.register("s", schema("S"))
    assert two.schema_of(first) and two.versions("s") == [1]
    one.put("/config/s", {"compatibility": "FULL"})
    assert two.get("/config/s").json["compatibilityLevel"] == "FULL"
    two.put("/mode/s", {"mode": "READONLY"})
    assert one.post("/subjects/s/versions", body_of(schema("S", 2))).code == 42205
    two.delete("/mode/s")
    assert two.delete("/subjects/s").json == [1]
    assert one.get("/subjects/s/versions").code == 40401
    assert two.delete("/subjects/s?permanent=true").json == [1]
    process.wait_until(lambda: one.get(f"/schemas/ids/{first}").status == 404, 30,
                       "the id that is gone is forgotten by the other instance")
    world.finish()


def test_an_instance_killed_while_it_registers_harms_nothing(world):
    victim, other = (world.registry(f"r{n}").start() for n in (1, 2))
    taken = {}
    lost = threading.Event()

    def register(node, prefix):
        def work():
            with node.session() as session:
                for n in range(400):
                    if lost.is_set() and (node is victim or n > 60):
                        return
                    text = schema(f"{prefix}_{n}")
                    try:
                        answer = session.request("POST", f"/subjects/{prefix}-{n % 5}/versions", body_of(text))
                    except (OSError, http.client.HTTPException):
                        assert node is victim
                        return
                    assert answer.status in (200, 409), answer
                    if answer.status == 200:
                        taken[text["name"]] = answer.json["id"]
        return work

    def kill():
        process.wait_until(lambda: len(taken) > 30, 60, "both register", every=0.005)
        victim.kill()
        lost.set()

    other.put("/config", {"compatibility": "NONE"})
    at_once([register(victim, "v"), register(victim, "w"), register(other, "o"), kill])
    assert len(set(taken.values())) == len(taken)
    for name, schema_id in taken.items():
        assert other.get(f"/schemas/ids/{schema_id}/schema").json["name"] == name
    for subject in other.get("/subjects").json:
        versions = other.versions(subject)
        assert versions == list(range(1, len(versions) + 1)), subject
    before = len(taken)
    victim.start()
    assert victim.register("again", schema("Again")) not in taken.values() and before == len(taken)
    world.finish()


class Load:
    """Threads that register and read until they are stopped; the answers are kept by kind."""

    def __init__(self, node, threads=4):
        self.node, self.stop = node, threading.Event()
        self.answers = collections.Counter()
        self.odd, self.ids = [], {}
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def work(self, own):
        turn = 0
        with self.node.session() as session:
            while not self.stop.is_set():
                turn += 1
                text = schema(f"L{own}_{turn}")
                try:
                    self.take(session.request("POST", f"/subjects/load-{own}/versions", body_of(text)), text["name"])
                    self.take(session.request("GET", f"/subjects/load-{own}/versions/latest"), None)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self.odd.append(repr(error))
                    return

    def take(self, answer, name):
        if answer.status == 200:
            self.answers["good"] += 1
            if name:
                self.ids[name] = answer.json["id"]
        elif answer.status == 404 and answer.code == 40401:
            self.answers["unknown"] += 1  # the first registration failed
        elif answer.status == 500 and answer.code in (50001, 50002):
            self.answers[answer.code] += 1
            process.pause(0.01)
        else:
            self.odd.append(answer)

    def more(self, kind):
        before = self.answers[kind]
        process.wait_until(lambda: self.answers[kind] > before + 5 or self.odd, 60, f"more answers: {kind}", every=0.01)
        assert not self.odd, self.odd[:3]


def test_a_register_that_is_away_is_told_and_found_again(own_postgres):
    world = own_postgres
    node = world.registry().start()
    node.put("/config", {"compatibility": "NONE"})
    with Load(node) as load:
        load.more("good")
        world.postgres.stop()
        load.more(50001)
        assert node.get("/readyz").text == "not ready: the register is unavailable: try again\n"
        assert node.get("/subjects").json["message"] == "the register is unavailable: try again"
        assert node.get("/readyz").status == 503
        process.wait_until(lambda: str(world.postgres.socket) in node.log_text(), 30,
                           "who runs it is told where it was looked for")
        assert node.get("/healthz").status == 200
        assert "nrc_registry_" in node.get("/metrics").text
        world.postgres.start()
        node.wait_ready()
        load.more("good")
        assert node.log_lines("register_back")
        assert len(node.log_lines("register_away")) <= 15, "the same is not told again and again"
    assert not load.odd, load.odd[:3]
    assert len(set(load.ids.values())) == len(load.ids)
    for name, schema_id in load.ids.items():
        assert node.get(f"/schemas/ids/{schema_id}/schema").json["name"] == name
    world.finish()


def test_a_register_that_hangs_is_a_time_out_and_found_again(own_postgres):
    world = own_postgres
    node = world.registry(NRC_REGISTER_DEADLINE_MS=3000, NRC_REGISTER_CONNECT_TIMEOUT_MS=3000).start()
    node.register("s", schema("S"))
    frozen = [world.postgres.pid, *world.postgres.backends(world.database)]
    try:
        signal_all(frozen, signal.SIGSTOP)
        answer = node.post("/subjects/s/versions", body_of(schema("S", 2)))
        assert (answer.status, answer.code) in ((500, 50001), (500, 50002)), answer
        assert node.get("/readyz").status == 503
        assert node.get("/healthz").status == 200
    finally:
        signal_all(frozen, signal.SIGCONT)
    node.wait_ready()
    node.register("s", schema("S", 2))
    assert node.versions("s") == [1, 2]
    world.finish()


def signal_all(pids, number):
    import os

    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def test_a_drained_instance_finishes_what_it_was_asked(world):
    node = world.registry().start()
    node.register("before", schema("Before"))
    answers = []

    def ask():
        answers.append(node.post("/subjects/under-way/versions", body_of(schema("D"))))

    asking = threading.Thread(target=ask)
    with world.connect() as db:
        db.execute("BEGIN")
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended('under-way', 0))")
        asking.start()
        process.wait_until(lambda: world.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
            60, "the registration waits", every=0.01)
        node.process.send(signal.SIGTERM)
        process.wait_until(lambda: node.log_lines("stopping"), 60, "it drains", every=0.01)
        db.execute("COMMIT")
    asking.join()
    assert answers[0].status == 200 and answers[0].headers["Connection"] == "close", answers
    assert node.process.wait(60) == 0
    assert world.value("SELECT count(*) FROM nrc.subject_version WHERE subject = 'under-way'") == 1


def test_events_flow_while_the_registry_is_away(world):
    """The engine reads the catalogue from the register: with no registry it takes what has a structure, also what was
    registered a moment ago."""
    dataset, people = world.residents()
    node = world.registry().start()
    engine = world.engine().start()
    dataset.send_all(people.change(n) for n in range(100))
    dataset.wait_drained()
    wider = json.loads(dataset.structure.text)
    wider["fields"].append({"name": "blood", "type": ["null", "string"], "default": None})
    structure = stream.Structure(wider, node.register(f"{dataset.topic}-value", wider))
    assert node.stop() == 0
    dataset.send_all(people.change(n) for n in range(100))
    dataset.send_all(stream.upsert(structure, "civil_no", {**people.row(500 + n, 1), "blood": "O+"}) for n in range(50))
    dataset.wait_drained()
    assert engine.alive() and dataset.quarantine() == []
    world.finish()


def test_readiness_needs_a_migrated_database(world):
    empty = world.postgres.create_database()
    try:
        nrc = world.make_nrc(world.postgres.dsn(empty, "nrc"))
        node = world.registry(nrc=nrc).start(wait=False)
        assert node.get("/readyz").status == 503
        assert node.get("/healthz").status == 200
        nrc.migrate()
        node.wait_ready()
        node.register("s", schema("S"))
        assert node.stop() == 0
    finally:
        world.postgres.drop_database(empty)


def test_an_answer_that_quotes_half_of_a_name_is_still_json(world):
    """Messages cut long names by bytes; a cut inside a character must not leave half of it."""
    node = world.registry().start()
    for first in ("", "a"):
        for name in (first + "\u0639" * 200, first + "\u20ac" * 150, first + "\U0001f600" * 110):
            for method, path in (("GET", "/subjects/{}/versions"), ("GET", "/config/{}"), ("GET", "/mode/{}"),
                                 ("POST", "/subjects/{}")):
                body = body_of(schema("S")) if method == "POST" else None
                answer = node.request(method, path.format(quote(name)), body)
                assert answer.status == 404 and name[:70] in answer.json["message"], answer
    world.finish()


def test_clients_that_take_every_file_leave_the_register_reachable(world):
    """With 40 files and two workers eight clients are served at once, and the rest waits."""
    node = world.registry(NRC_REGISTRY_IDLE_TIMEOUT_MS=2000)
    node.under = ("prlimit", "--nofile=40")
    node.start()
    assert [(row["to"], row["reserve"]) for row in node.log_lines("connections_lowered")] == [("8", "32")]
    idle = []
    try:
        for _ in range(3):
            with node.session() as session:
                assert session.request("GET", "/subjects").status == 200
                idle += [socket.create_connection(("127.0.0.1", node.port), 30) for _ in range(16)]
                process.wait_until(lambda: "nrc_http_connections 8\n" in session.request("GET", "/metrics").text,
                                   30, "no more clients are let in")
                for pid in world.postgres.backends(world.database, "nrc registry%"):
                    world.postgres.sql("SELECT pg_terminate_backend(%s, 10000)", (pid,))
                answer = session.request("GET", "/subjects")
                assert answer.status == 200, answer
    finally:
        for s in idle:
            s.close()
    world.finish()


@pytest.mark.parametrize("limit, lowered", [("40:4000", ["3968"]), ("40:8000", [])])
def test_the_limit_of_open_files_is_raised_to_what_the_system_allows(world, limit, lowered):
    node = world.registry()
    node.under = ("prlimit", f"--nofile={limit}")
    node.start()
    assert [row["to"] for row in node.log_lines("connections_lowered")] == lowered
    world.finish()


def test_too_few_files_for_any_client_are_a_configuration_error(world):
    node = world.registry()
    node.under = ("prlimit", "--nofile=32")
    with pytest.raises(Ended):
        node.start()
    assert node.exit_code == 1 and "32 files may be open" in node.log_text()


def test_an_instance_whose_listener_hears_nothing_any_more_does_not_answer_from_memory(world):
    one = world.registry("one", NRC_REGISTRY_WORKERS=1).start()
    first = one.register("s", schema("S"))
    process.wait_until(lambda: "nrc_registry_listening 1\n" in one.get("/metrics").text, 30, "it listens")
    frozen = world.postgres.backends(world.database, "nrc registry listener")
    assert len(frozen) == 1
    two = world.registry("two").start()
    assert one.schema_of(first)
    try:
        signal_all(frozen, signal.SIGSTOP)
        assert one.schema_of(first)  # and remembers it
        assert two.delete("/subjects/s").status == 200
        assert two.delete("/subjects/s?permanent=true").status == 200
        process.wait_until(lambda: one.get(f"/schemas/ids/{first}").status == 404, 60,
                           "the frozen listener is found out")
    finally:
        signal_all(frozen, signal.SIGCONT)
    process.wait_until(lambda: "nrc_registry_listening 1\n" in one.get("/metrics").text, 30, "it listens again")
    world.finish()


def test_a_register_that_will_not_have_us_ends_the_process(world):
    world.postgres.sql("DROP ROLE IF EXISTS stranger")
    world.postgres.sql("CREATE ROLE stranger LOGIN")
    for name, dsn, words in (("garbage", "no dsn at all", "neither a libpq connection string nor a URI"),
                             ("stranger", world.postgres.dsn(world.database, "stranger"),
                              "GRANT nrc_registry TO stranger")):
        node = world.registry(name, nrc=world.make_nrc(dsn))
        with pytest.raises(Ended):
            node.start()
        assert node.exit_code == 1 and words in node.log_text(), node.log_text()
    world.postgres.sql("DROP ROLE stranger")


def test_a_register_without_its_migrations_is_told_at_the_start(world):
    empty = world.postgres.create_database()
    try:
        node = world.registry(nrc=world.make_nrc(world.postgres.dsn(empty, "nrc"))).start(wait=False)
        assert "nrc db migrate" in node.log_lines("register_not_ready")[0]["error"]
        assert node.stop() == 0
    finally:
        world.postgres.drop_database(empty)
