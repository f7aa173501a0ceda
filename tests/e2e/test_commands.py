# SPDX-License-Identifier: Apache-2.0
"""Commands as a person or a program uses them: their refusals, their lists, their errors when something is missing."""

import json
import secrets
import signal
import subprocess

import pytest

from kit import engine, stream, terminal

BIRTHS = {"type": "record", "name": "Birth", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"},
    *({"name": f"f{i}", "type": "string"} for i in range(12))]}


def failed(done, code, status=1):
    assert done.returncode == status, done
    assert f"({code})" in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.stderr


def test_a_login_that_may_only_migrate_is_told_what_to_grant(servers, world):
    """README's first command, by a login with CREATEROLE and CREATE alone."""
    login = f"plain_{secrets.token_hex(3)}"
    servers.postgres.sql(f"CREATE ROLE {login} LOGIN CREATEROLE")
    database = servers.postgres.create_database(owner=login)
    try:
        nrc = engine.Nrc(servers.postgres.dsn(database, login), "127.0.0.1:1")
        said = nrc.run("db", "migrate").stdout
        grant = next(line for line in said.splitlines() if "GRANT" in line).strip()
        refused = failed(nrc.run("agency", "list", ok=None), "bad_config")
        assert "nrc_monitor" in refused and "nrc db migrate --help" in refused
        assert "nrc_monitor" in nrc.json("db", "migrate")["roles_lacked"]
        servers.postgres.sql(grant)
        assert nrc.json("agency", "list") == []
        assert nrc.json("db", "migrate") == {"applied": 0, "roles_lacked": []}
        nrc.add_agency("moh")
    finally:
        servers.postgres.drop_database(database)
        servers.postgres.sql(f"DROP OWNED BY {login}")
        servers.postgres.sql(f"DROP ROLE {login}")


@pytest.mark.parametrize("options", [
    ("--key", "a,b", "--key-format", "text"), ("--key", "a,b", "--key-format", "long"),
    ("--key", "a", "--exempt", "--exempt-field", "b", "--exempt-value", "c")])
def test_a_dataset_that_could_never_take_an_event_is_refused(world, options):
    world.nrc.add_agency("moh")
    failed(world.nrc.run("dataset", "add", "moh.births", *options, ok=None), "usage", 2)
    assert world.nrc.json("dataset", "list") == []
    world.nrc.run("dataset", "add", "moh.births", "--key", "a,b")
    world.nrc.run("dataset", "add", "moh.deaths", "--key", "a,b", "--key-format", "json")


def test_lists_are_arrays_for_programs_and_commas_for_people(world):
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--key", "a,b", "--exempt-field", "x", "--exempt-value", "v,1",
                  "--exempt-value", 'q"')
    row = world.nrc.json("dataset", "list")[0]
    assert row["key"] == ["a", "b"] and row["exempt"] is False
    assert row["exempt_field"] == "x" and row["exempt_values"] == ["v,1", 'q"']
    table = world.nrc.run("dataset", "list").stdout
    assert " a,b " in table and 'v,1,q"' in table
    world.nrc.run("account", "add", "huda", "--person", "Huda", "--role", "steward,auditor", "--decision", "1")
    assert world.nrc.json("account", "list")[0]["roles"] == ["auditor", "steward"]
    assert "auditor,steward" in world.nrc.run("account", "list").stdout


def test_a_filter_that_names_nothing_there_is_not_found(world):
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--topic", "births", "--key", "a")
    for words in (("dataset", "list", "--agency", "nope"), ("quarantine", "list", "--dataset", "no.pe"),
                  ("position", "show", "nope"), ("structure", "list", "nope"), ("structure", "show", "nope")):
        failed(world.nrc.run(*words, ok=None), "not_found")
    for words in (("dataset", "list", "--agency", "moh"), ("quarantine", "list", "--dataset", "moh.births"),
                  ("position", "show", "births"), ("structure", "list", "moh.births")):
        world.nrc.run(*words)


def test_what_the_register_refuses_is_no_mistake_of_the_command_line(world):
    done = world.nrc.run("account", "add", "births", "--person", "P", "--role", "producer", "--decision", "1", ok=None)
    assert "--help" not in failed(done, "refused")


def test_a_lost_secret_is_said_to_be_lost(world):
    with open("/dev/full", "w") as full:
        done = subprocess.run([world.nrc.program, "account", "add", "huda", "--person", "Huda", "--role", "auditor",
                               "--decision", "1"], env=world.nrc.environment(), stdout=full, stderr=subprocess.PIPE,
                              text=True)
    assert "nrc account rotate huda" in failed(done, "io")


def test_a_dataset_comes_with_its_first_structure_or_not_at_all(world):
    path = world.folder / "births.avsc"
    path.write_text(json.dumps(BIRTHS))
    world.nrc.add_agency("moh")
    said = world.nrc.run("dataset", "add", "moh.births", "--topic", "births", "--key", "civil_no", "--structure", path).stdout
    shown = world.nrc.json("structure", "show", "moh.births")["structure"]["schema_id"]
    assert said == ("dataset moh.births added, topic births\n"
                    f"moh.births: value structure version 1, schema id {shown}\n")
    row = world.nrc.json("dataset", "add", "moh.deaths", "--key", "civil_no", "--structure", path)
    assert row == {"id": row["id"], "dataset": "moh.deaths", "schema_id": shown, "version": 1}
    for key, file, code in (("nobody", path, "incompatible"), ("civil_no", world.folder / "gone.avsc", "io")):
        failed(world.nrc.run("dataset", "add", "moh.plans", "--key", key, "--structure", file, ok=None), code)
    assert [row["dataset"] for row in world.nrc.json("dataset", "list")] == ["moh.births", "moh.deaths"]
    world.nrc.run("dataset", "add", "moh.plans", "--key", "civil_no")


def test_a_structure_that_may_not_follow_is_refused_with_every_reason(world):
    world.nrc.add_agency("moh")
    world.nrc.add_dataset("moh.births", key="civil_no")
    world.nrc.register("moh.births", stream.Structure(BIRTHS), world.folder)
    wanted = [f"g{i}" for i in range(12)]
    changed = {**BIRTHS, "fields": BIRTHS["fields"] + [{"name": name, "type": "string"} for name in wanted]}
    path = world.folder / "changed.avsc"
    path.write_text(json.dumps(changed))
    done = world.nrc.run("structure", "register", "moh.births", path, "--json", ok=None)
    said = failed(done, "incompatible")
    reasons = json.loads(done.stdout)["error"]["reasons"]
    for name in wanted:
        assert any(name in reason for reason in reasons), name
        assert name in said


def test_structures_say_whose_they_are_and_that_they_are_deleted(world):
    registry = world.registry().start()
    made = registry.post("/subjects/plain/versions", {"schema": '"string"'}).json["id"]
    registry.post("/subjects/plain/versions", {"schema": '["null", "string"]'})
    assert registry.delete("/subjects/plain/versions/1").status == 200
    rows = world.nrc.json("structure", "list", "plain")
    assert [(r["subject"], r["dataset"], r["version"], r["state"]) for r in rows] == [
        ("plain", None, 1, "deleted"), ("plain", None, 2, "active")]
    shown = world.nrc.json("structure", "show", "plain")
    assert shown["structure"]["text"] == '["null","string"]' or "null" in shown["structure"]["text"]
    assert [v["version"] for v in shown["versions"]] == [2]
    by_id = world.nrc.json("structure", "show", made)
    assert by_id["structure"]["schema_id"] == made and by_id["versions"][0]["state"] == "deleted"
    assert registry.stop() == 0


def test_an_error_moves_no_cursor(world):
    done = world.nrc.run("agency", "show", "a\x1b[2Jb\nc", ok=None)
    said = failed(done, "not_found")
    assert "\x1b" not in said and "\\u001B[2J" in said and said.count("\n") == 1


def test_lag_shows_what_is_missing_and_makes_no_topic(world):
    dataset = world.dataset("moh.births", "civil_no")
    world.nrc.run("dataset", "add", "moh.deaths", "--topic", f"gone.{world.tag}", "--key", "a")
    for _ in range(2):
        rows = {row["topic"]: row for row in world.nrc.json("lag")}
        assert rows[dataset.topic]["log_end"] == 0
        assert rows[f"gone.{world.tag}"]["state"] == "no such topic" and rows[f"gone.{world.tag}"]["lag"] is None
    assert "?" in world.nrc.run("lag").stdout


def test_lag_without_a_broker_is_one_line(world):
    world.dataset("moh.births", "civil_no")
    nrc = engine.Nrc(world.nrc.settings["NRC_REGISTER_DSN"], "127.0.0.1:1")
    assert failed(nrc.run("lag", ok=None), "kafka").count("\n") == 1


def test_verify_and_migrate_outlive_the_statements_limit(world):
    """The statement time-out is for the event path: a check or a change of a whole register may last longer."""
    nrc = engine.Nrc(world.nrc.settings["NRC_REGISTER_DSN"], "", NRC_REGISTER_STATEMENT_TIMEOUT_MS=1,
                     NRC_REGISTER_DEADLINE_MS=1)
    failed(nrc.run("agency", "list", ok=None), "register_timeout")
    nrc.run("ledger", "verify")
    nrc.run("db", "migrate")


def test_a_list_that_is_cut_says_so(world):
    dataset, _ = world.residents()
    world.engine().start()
    dataset.send_all([stream.Event(key=("x",), key_bytes=b"x", value_bytes=b"\x07", row={}, verdict="quarantined",
                                   reason="bad_frame") for _ in range(3)])
    dataset.wait_drained()
    done = world.nrc.run("quarantine", "list", "--limit", 2, "--json")
    assert len(json.loads(done.stdout)) == 2 and "--limit" in done.stderr
    done = world.nrc.run("quarantine", "list", "--limit", 3, "--json")
    assert len(json.loads(done.stdout)) == 3 and done.stderr == ""


WAITING = [
    ("migrating", "nrc.migration", "db migrate"),
    ("checking references", "nrc.reference", "reference check moh.births"),
    ("reading the catalogue", "nrc.agency", "catalogue export"),
    ("looking for gaps", "nrc.agency", "catalogue gaps"),
    ("loading the list", "nrc.source_list", "catalogue load {folder}/list.csv --instrument 12/2027 --dated 2027-01-01"),
    ("changing cases", "nrc.quarantine", "quarantine discard --dataset moh.births --why test")]


def test_a_command_that_the_register_keeps_waiting_says_so_and_can_be_interrupted(world, tmp_path):
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--key", "a")
    (tmp_path / "list.csv").write_text("agency,name,class\nmoh,births,1\n")
    for shown, table, command in WAITING:
        with world.connect() as db:
            db.execute("BEGIN")
            db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            watched = terminal.OnTerminal(world.nrc, *command.format(folder=tmp_path).split())
            watched.read(until=shown)
            watched.process.send_signal(signal.SIGINT)
            code, out, told = watched.end()
        assert (code, out) == (130, ""), told
        assert told.endswith("\r\x1b[Knrc: interrupted\r\n"), told
