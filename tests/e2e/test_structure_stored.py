# SPDX-License-Identifier: Apache-2.0
"""nrc structure diff --stored: what a newer structure would make of the rows that are stored already."""

import decimal
import json
import secrets

import psycopg
import pytest

from kit import engine, stream

ADDRESS = {"type": "record", "name": "Address", "fields": [
    {"name": "street", "type": "string"}, {"name": "zip", "type": ["null", "string"]}]}
FEE = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
OLD = {"type": "record", "name": "Birth", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "weight", "type": "long"},
    {"name": "sex", "type": {"type": "enum", "name": "Sex", "symbols": ["M", "F", "X"]}},
    {"name": "note", "type": ["null", "string"], "default": None}, {"name": "fee", "type": FEE},
    {"name": "born", "type": "string"}, {"name": "addr", "type": ADDRESS}]}
MOTHER = {"name": "mother", "type": ["null", "string"], "default": None}
ROWS = 30


def row(number):
    """Every third weighs too much for an int, each tenth is of a symbol to come; none has a note."""
    return {"civil_no": f"قيد-{number}", "seq": number, "weight": 3_000_000_000 + number if number % 3 == 0 else number,
            "sex": "X" if number % 10 == 0 else "MF"[number % 2], "note": None,
            "fee": decimal.Decimal("12345.67" if number == 7 else "1.50"),
            "born": "29/02/2024" if number == 8 else "2024-02-29", "addr": {"street": "خالد", "zip": None if number == 9 else "112"}}


@pytest.fixture
def births(world):
    """30 rows of the first structure, 5 of the second, two deletes."""
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    second = dataset.register(stream.Structure({**OLD, "fields": [*OLD["fields"], MOTHER]}))
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", row(n)) for n in range(1, ROWS + 1)])
    dataset.send_all([stream.upsert(second, "civil_no", {**row(n), "seq": 100 + n, "mother": "م" if n > 2 else None})
                      for n in range(1, 6)])
    dataset.send_all([stream.tombstone(row(n)["civil_no"], 200 + n) for n in (1, 2)])
    world.engine().start()
    dataset.wait_drained()
    return dataset


def changed(*more, **fields):
    """The older structure with other fields; None: the field is taken out, ...: the attribute."""
    kept = [{**f, **fields.get(f["name"], {})} for f in OLD["fields"] if fields.get(f["name"], {}) is not None]
    return {**OLD, "fields": [*({k: v for k, v in f.items() if v is not ...} for f in kept), *more]}


@pytest.fixture
def stored(world, births, tmp_path):
    def check(structure, *options, nrc=world.nrc, ok=(0, 2)):
        (tmp_path / "next.avsc").write_text(json.dumps(structure))
        return nrc.json("structure", "diff", "moh.births", "--to", tmp_path / "next.avsc", "--stored", *options, ok=ok)["stored"]
    return check


def counts(answer):
    return {(m["path"], m["misfit"]): m["rows"] for m in answer["misfits"]}


def test_rows_that_would_not_read_or_convert_are_counted_by_field_with_their_keys(world, stored):
    answer = stored(changed(
        {"name": "mother", "type": "string", "default": "?"}, {"name": "added", "type": "int"},
        weight={"type": "int"}, note={"type": "string", "default": ...}, sex={"type": {"type": "enum", "name": "Sex", "symbols": ["M", "F"]}},
        fee={"type": {**FEE, "precision": 5}}, born={"type": {"type": "int", "logicalType": "date"}},
        addr={"type": {**ADDRESS, "fields": [ADDRESS["fields"][0], {"name": "zip", "type": "string"}]}}))
    all_rows = ROWS + 5
    assert (answer["rows"], answer["unknown_structure"], answer["sample"], answer["omitted"]) == (all_rows, 0, False, 0)
    assert counts(answer) == {
        ("weight", "out-of-range"): 11, ("note", "null"): all_rows, ("sex", "unknown-symbol"): 3, ("fee", "out-of-range"): 1,
        ("born", "not-of-type"): 1, ("addr.zip", "null"): 1, ("added", "missing"): all_rows, ("mother", "null"): 2}
    misfits = {(m["path"], m["misfit"]): m for m in answer["misfits"]}
    assert misfits["fee", "out-of-range"]["keys"] == [{"civil_no": "قيد-7"}]
    assert [len(m["keys"]) for m in misfits.values()].count(10) == 3, "of each, the first ten at most"
    assert misfits["born", "not-of-type"]["text_ar"]
    assert "29/02/2024" not in json.dumps(answer) and "12345" not in json.dumps(answer), "keys and places, no other value"


def test_people_see_the_same_and_nothing_where_all_fits(world, births, tmp_path):
    file = tmp_path / "next.avsc"
    file.write_text(json.dumps(changed(weight={"type": "int"})))
    said = world.nrc.run("structure", "diff", "moh.births", "--to", file, "--stored", ok=(2,)).stdout
    assert "35 stored rows were checked:" in said and "weight: out-of-range in 11 rows: the number is too large" in said
    assert "civil_no = قيد-3" in said and "\n            …\n" in said
    file.write_text(json.dumps(changed(born=None)))
    said = world.nrc.run("structure", "diff", "moh.births", "--to", file, "--stored").stdout
    assert "35 stored rows were checked: all fit" in said


def test_what_becomes_of_each_value_is_what_reading_it_would_make_of_it(stored):
    """A default is for fields that an event did not have; a symbol that is gone reads as the enum's default."""
    symbols = {"type": "enum", "name": "Sex", "symbols": ["M", "F"], "default": "M"}
    assert counts(stored(changed(sex={"type": symbols}))) == {}
    assert counts(stored(changed(weight={"type": "string"}))) == {}
    assert counts(stored(changed(weight={"name": "mass", "aliases": ["weight"], "type": "int"}))) == {("mass", "out-of-range"): 11}
    assert counts(stored(changed(weight={"type": "boolean"}))) == {("weight", "no-conversion"): 35}


def test_a_sample_and_a_time_bound_what_is_read(world, stored):
    structure = changed(note={"type": "string", "default": ...})
    answer = stored(structure, "--sample", 7)
    assert (answer["rows"], answer["sample"], counts(answer)) == (7, True, {("note", "null"): 7})
    assert stored(structure, "--sample", 1000)["rows"] == 35
    assert stored(structure, "--since", "2100-01-01")["rows"] == 0
    assert stored(structure, "--since", "2020-01-01T00:00:00Z")["rows"] == 35


@pytest.mark.parametrize("options, said", [
    (("moh.births", "--stored", "--since", "soon"), '"soon" is no time'), (("moh.births", "--stored", "--sample", "0"), "--sample"),
    (("moh.births", "--since", "2020-01-01"), "go with --stored"), (("moh.births", "--stored", "--key"), "goes with neither"),
    (("--from", "FILE", "--stored"), "needs a dataset")])
def test_what_cannot_be_checked_is_refused(world, births, tmp_path, options, said):
    (tmp_path / "next.avsc").write_text(json.dumps(OLD))
    options = [tmp_path / "next.avsc" if o == "FILE" else o for o in options]
    assert said in world.nrc.run("structure", "diff", *options, "--to", tmp_path / "next.avsc", ok=(2,)).stderr


def test_a_structure_that_is_gone_from_the_register_is_told_of(world, stored):
    world.execute("UPDATE moh.births_history SET _schema_id = NULL WHERE seq = 5")
    answer = stored(changed(weight={"type": "int"}))
    assert (answer["rows"], answer["unknown_structure"]) == (35, 1)


def test_history_is_read_by_stewards_alone_and_the_trail_has_who_and_what(servers, world, stored):
    """NRL-15, NRL-18."""
    stored(changed(weight={"type": "int"}))
    (entry,) = world.rows("SELECT * FROM nrc.audit WHERE what = 'history.read'")
    assert (entry["object"], entry["after"], entry["by_db_login"]) == (
        "dataset/moh.births", {"columns": ["civil_no", "weight"]}, "nrc")
    login = f"other_{secrets.token_hex(3)}"
    servers.postgres.sql(f"CREATE ROLE {login} LOGIN IN ROLE nrc_ingest, nrc_registry, nrc_monitor, nrc_reader")
    try:
        other = engine.Nrc(servers.postgres.dsn(world.database, login), "127.0.0.1:1")
        with pytest.raises(engine.CommandFailed, match="nrc_steward"):
            stored(OLD, nrc=other, ok=(0,))
        with psycopg.connect(servers.postgres.dsn(world.database, login), autocommit=True) as db:
            for call in ("begin_history('moh.births', '[]', NULL)", "open_history('moh.births', 'x', '[]', NULL, 0, 1)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"SELECT nrc.{call}")
    finally:
        servers.postgres.sql(f"DROP ROLE {login}")
