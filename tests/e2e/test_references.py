# SPDX-License-Identifier: Apache-2.0
"""References between datasets (DSP-7.4.5, validity): what a contract says that another agency's dataset has, is looked for off the
event path; what is not there by the end of the grace period breaks the reference."""

import datetime
import json
import re
import shlex

import psycopg
import pytest
from kit import paths, stream
from kit.references import Writer, apply, declare, keys, listed, relationship, structure
from kit.registry import basic

PAGE = (paths.ROOT / "ops" / "doc" / "contracts.md").read_text()
TIME = {"type": "long", "logicalType": "timestamp-millis"}
FIELDS = {"no": "string", "employer_cr": "string", "branch": "integer"}
COMPANY = structure("Company", cr_no=("string",), name="string", seq="long")
CONTRACT = structure("Contract", no=("string",), employer_cr="string", branch="long", seq="long")
EMPLOYER = relationship("employer", ["employer_cr"], "moci.companies", ["cr_no"])


def check(world, *options):
    return world.nrc.json("reference", "check", "mol.contracts", *options)


def state_of(world, name="employer"):
    """Looks, and says (violations, within grace, rows)."""
    check(world)
    row = listed(world, "mol.contracts", name)
    assert row["state"] == "checked", row
    assert row["in_violation"] == (row["violations"] > 0)
    return row["violations"], row["within_grace"], row["rows"]


def pass_days(world, days):
    """The time since rows wait, moved instead of waited for."""
    world.execute(f"UPDATE nrc.reference_missing SET since = since - interval '{days} days'")


@pytest.fixture
def both(world):
    """Contracts of mol and companies of moci, written as their engines write them."""
    declare(world, "moci.companies", "cr_no", COMPANY)
    declare(world, "mol.contracts", "no", CONTRACT)
    return Writer(world, "mol.contracts", ["no"], list(FIELDS)), Writer(world, "moci.companies", ["cr_no"], ["cr_no", "name"])


# -- events of two agencies


def test_a_row_may_come_before_its_target_and_no_later_than_the_grace(world):
    """DSP-7.4.5. What kafka-connect-jdbc 769 and 1210 complain of: events of children come first, and are refused or lost."""
    companies = world.dataset("moci.companies", "cr_no", COMPANY)
    contracts = world.dataset("mol.contracts", "no", CONTRACT)
    apply(world, "mol.contracts", FIELDS, ["no"],
          [relationship("employer", ["employer_cr"], "moci.companies", ["cr_no"], grace="P2D")])
    assert listed(world, "mol.contracts", "employer")["reason"] == "no turn has looked at it yet"
    world.engine().start()

    def send(dataset, key, *rows):
        dataset.send_all([stream.upsert(dataset.structure, key, {"name": None, "branch": None, **row}) for row in rows])
        dataset.wait_drained()

    send(contracts, "no", {"no": "1", "employer_cr": "ش-7", "seq": 1}, {"no": "2", "employer_cr": None, "seq": 1})
    assert state_of(world) == (0, 1, 1)
    arrived = listed(world, "mol.contracts", "employer")["oldest"]
    assert datetime.datetime.fromisoformat(arrived) == world.value("SELECT _recorded_at FROM mol.contracts_state WHERE no = '1'")
    pass_days(world, 1.9)
    assert state_of(world) == (0, 1, 1)
    # A change of the row that changes nothing of what it refers to is no new grace.
    send(contracts, "no", {"no": "1", "employer_cr": "ش-7", "branch": 4, "seq": 2})
    pass_days(world, 0.2)
    assert state_of(world) == (1, 0, 1)
    assert world.value("SELECT count(*) FROM nrc.reference_now WHERE in_violation") == 1
    assert keys(world, "mol.contracts", "employer") == {("1",): ("ش-7",)}
    send(companies, "cr_no", {"cr_no": "ش-7", "seq": 1})
    assert state_of(world) == (0, 0, 1)
    assert keys(world, "mol.contracts", "employer") == {}
    # The target goes: the row lacks it from then on.
    companies.send_all([stream.tombstone("ش-7", order=2)])
    companies.wait_drained()
    assert state_of(world) == (0, 1, 1)
    send(contracts, "no", {"no": "1", "employer_cr": None, "seq": 3})
    assert state_of(world)[:2] == (0, 0)
    assert world.rows("SELECT checked, valid FROM nrc.reference_check") and world.value(
        "SELECT sum(checked) >= 1 AND sum(valid) <= sum(checked) FROM nrc.reference_check")
    assert check(world, "--full")["added"] == 0
    world.finish()


# -- what users of other tools complain of


def test_a_null_among_the_targets_values_hides_nothing(world):
    """dbt-core 887: with a null in the parent's column no child was ever missing."""
    declare(world, "moci.companies", "id", structure("Company", id=("string",), cr_no="string"))
    declare(world, "mol.contracts", "no", CONTRACT)
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    contracts, companies = Writer(world, "mol.contracts", ["no"], list(FIELDS)), Writer(world, "moci.companies", ["id"], ["id", "cr_no"])
    companies.put({"id": "a"}, {"id": "b", "cr_no": "c1"})
    contracts.put({"no": "1", "employer_cr": "c1"}, {"no": "2", "employer_cr": "c2"}, {"no": "3"})
    assert state_of(world) == (1, 0, 2)
    assert set(keys(world, "mol.contracts", "employer")) == {("2",)}
    # Not by key: two rows may have the value, and one of them may lose it.
    companies.put({"id": "c", "cr_no": "c1"})
    companies.put({"id": "b", "cr_no": None})
    assert set(keys(world, "mol.contracts", "employer")) == {("2",)} and state_of(world) == (1, 0, 2)
    companies.put({"id": "c", "cr_no": "c9"})
    assert state_of(world) == (2, 0, 2)


def test_a_null_refers_to_nothing_in_whole_or_in_part(world, both):
    """dbt-core 11829, soda-core 1509, dqx 1106: SQL's MATCH SIMPLE; a part that is null matches nothing and breaks nothing."""
    contracts, _ = both
    declare(world, "moci.branches", "cr_no,branch", structure("Branch", cr_no=("string",), branch=("long",)))
    branches = Writer(world, "moci.branches", ["cr_no", "branch"], ["cr_no", "branch"])
    apply(world, "mol.contracts", FIELDS, ["no"],
          [relationship("branch", ["employer_cr", "branch"], "moci.branches", ["cr_no", "branch"])])
    branches.put({"cr_no": "c1", "branch": 2})
    contracts.put({"no": "1", "employer_cr": "c1", "branch": 2}, {"no": "2", "employer_cr": "c1"}, {"no": "3", "branch": 8}, {"no": "4"},
                  {"no": "5", "employer_cr": "c1", "branch": 8}, {"no": "6", "employer_cr": "c8", "branch": 2})
    assert state_of(world, "branch") == (2, 0, 3)
    assert keys(world, "mol.contracts", "branch") == {("5",): ("c1", 8), ("6",): ("c8", 2)}


def test_a_deleted_target_is_not_there(world, both):
    """teamster 3724: children of rows that were deleted softly. The tombstone stays in the register, and is no row."""
    contracts, companies = both
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    companies.put({"cr_no": "c1"}, {"cr_no": "c2"})
    contracts.put({"no": "1", "employer_cr": "c1"}, {"no": "2", "employer_cr": "c2"})
    assert state_of(world) == (0, 0, 2)
    companies.delete("c1")
    assert state_of(world) == (1, 0, 2)
    went = world.value("SELECT _recorded_at FROM moci.companies_state WHERE cr_no = 'c1'")
    assert world.value("SELECT since FROM nrc.reference_missing") == went  # its grace begins when the target goes
    contracts.delete("1")
    assert state_of(world)[:2] == (0, 0)


def test_sides_that_are_read_at_two_moments_break_nothing_within_the_grace(world, both):
    """teamster 5334: a child that came between the two reads made the whole run fail."""
    contracts, companies = both
    apply(world, "mol.contracts", FIELDS, ["no"],
          [relationship("employer", ["employer_cr"], "moci.companies", ["cr_no"], grace="PT1H")])
    late = companies.begin().put({"cr_no": "c1"}).write()  # it began first, and commits last
    contracts.put({"no": "1", "employer_cr": "c1"})
    assert state_of(world) == (0, 1, 1)
    late.commit()
    assert state_of(world) == (0, 0, 1)


def test_as_many_fields_as_the_target_names(world, both):
    """pudl 5207: one column was held against two."""
    with pytest.raises(AssertionError, match="relationships/0"):
        apply(world, "mol.contracts", FIELDS, ["no"], [relationship("x", ["employer_cr"], "moci.companies", ["cr_no", "name"])])


# -- what is not checked


@pytest.mark.parametrize("to, field, options, reason", [
    ("moci.nowhere", "cr_no", None, "there is no dataset moci.nowhere"),  # dbt-databricks 784
    ("moci.companies", "cr", [], "no structure of moci.companies has a field cr"),
    ("moci.companies", "seq", [], "employer_cr of mol.contracts is text, and seq of moci.companies is bigint: they cannot be compared"),
    ("moci.companies", "cr_no", ["--exempt"], "moci.companies is exempt: the register has none of its rows"),
])
def test_what_cannot_be_checked_says_why_and_is_never_good(world, to, field, options, reason):
    declare(world, "mol.contracts", "no", CONTRACT)
    declare(world, "moci.companies", "cr_no", COMPANY, *(options or []))
    apply(world, "mol.contracts", FIELDS, ["no"], [relationship("employer", ["employer_cr"], to, [field])])
    Writer(world, "mol.contracts", ["no"], list(FIELDS)).put({"no": "1", "employer_cr": "c1"})
    check(world)
    row = listed(world, "mol.contracts", "employer")
    assert (row["state"], row["reason"]) == ("not_checked", reason)
    assert [row[count] for count in ("rows", "within_grace", "violations", "oldest")] == [None] * 4 and not row["in_violation"]
    assert reason in world.nrc.run("reference", "list", "mol.contracts").stdout
    assert check(world, "--full")["rows"] == 0


def test_a_target_that_comes_to_be_is_checked_from_then_on(world):
    declare(world, "mol.contracts", "no", CONTRACT)
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    Writer(world, "mol.contracts", ["no"], list(FIELDS)).put({"no": "1", "employer_cr": "c1"}, {"no": "2", "employer_cr": "c2"})
    check(world)
    world.nrc.add_agency("moci")
    world.nrc.run("dataset", "add", "moci.companies", "--key", "cr_no")
    check(world)
    assert listed(world, "mol.contracts", "employer")["reason"] == "moci.companies has no structure yet"
    world.nrc.register("moci.companies", COMPANY, world.folder)
    Writer(world, "moci.companies", ["cr_no"], ["cr_no", "name"]).put({"cr_no": "c1"})
    assert state_of(world) == (1, 0, 2)


def test_rows_of_a_former_type_are_compared_as_the_view_shows_them(world):
    """The field had bytes, and has text: 0019_views.sql."""
    declare(world, "moci.companies", "id", structure("Company", id=("string",), cr_no="bytes"))
    declare(world, "mol.contracts", "no", CONTRACT)
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    contracts = Writer(world, "mol.contracts", ["no"], list(FIELDS))
    contracts.put({"no": "1", "employer_cr": "7"}, {"no": "2", "employer_cr": "8"}, {"no": "3", "employer_cr": "9"})
    Writer(world, "moci.companies", ["id"], ["id", "cr_no"]).put({"id": "a", "cr_no": b"7"})
    check(world)
    assert "cannot be compared" in listed(world, "mol.contracts", "employer")["reason"]
    world.nrc.register("moci.companies", structure("Company", id=("string",), cr_no="string"), world.folder)
    Writer(world, "moci.companies", ["id"], ["id", "cr_no", "cr_no#2"]).put({"id": "b", "cr_no#2": "8"})
    assert state_of(world) == (1, 0, 3)
    assert set(keys(world, "mol.contracts", "employer")) == {("3",)}


def test_a_target_with_exempt_rows_may_be_exempt(world):
    """NRL-2: an exempt row is not in the register, so it may be what a row refers to."""
    declare(world, "mol.contracts", "no", CONTRACT)
    declare(world, "moci.companies", "cr_no", COMPANY, "--exempt-field", "name", "--exempt-value", "سرّي")
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    check(world)
    assert listed(world, "mol.contracts", "employer")["may_be_exempt"] is True
    assert "MAY_BE_EXEMPT" in world.nrc.run("reference", "list", "mol.contracts").stdout


def test_another_contract_begins_anew(world, both):
    contracts, companies = both
    contracts.put({"no": "1", "employer_cr": "c1"})
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    assert state_of(world) == (1, 0, 1)
    apply(world, "mol.contracts", FIELDS, ["no"],
          [relationship("employer", ["employer_cr"], "moci.companies", ["cr_no"], grace="P3D", severity="info")], version="1.1")
    assert "the contract has changed" in listed(world, "mol.contracts", "employer")["reason"]
    assert state_of(world) == (0, 1, 1)
    apply(world, "mol.contracts", FIELDS, ["no"], [relationship("employer", ["no"], "moci.companies", ["cr_no"])], version="1.2")
    companies.put({"cr_no": "1"})
    assert state_of(world) == (0, 0, 1)
    companies.delete("1")
    assert state_of(world) == (1, 0, 1)
    apply(world, "mol.contracts", FIELDS, ["no"], [], version="1.3")
    check(world)
    assert listed(world, "mol.contracts") == {} and world.value("SELECT count(*) FROM nrc.reference_missing") == 0


# -- who sees what


def test_counts_are_for_those_who_watch_and_keys_for_stewards(world, both):
    """PDP: keys and values are the agency's data."""
    contracts, _ = both
    contracts.put({"no": "S3CR3T-no", "employer_cr": "S3CR3T-cr"})
    apply(world, "mol.contracts", FIELDS, ["no"], [EMPLOYER])
    assert state_of(world) == (1, 0, 1)
    for options in ([], ["--json"]):
        assert "S3CR3T" not in world.nrc.run("reference", "list", *options).stdout
    shown = world.nrc.json("reference", "keys", "mol.contracts", "employer")
    assert [(row["key"], row["refers"], row["violates"]) for row in shown] == [(["S3CR3T-no"], ["S3CR3T-cr"], True)]
    assert "no contract in force of mol.contracts has a reference other" in world.nrc.run(
        "reference", "keys", "mol.contracts", "other", ok=(1,)).stderr
    assert "no dataset mol.x" in world.nrc.run("reference", "list", "mol.x", ok=(1,)).stderr
    assert "no dataset mol.x" in world.nrc.run("reference", "check", "mol.x", ok=(1,)).stderr
    for role in ("nrc_monitor", "nrc_registry", "nrc_ingest", "nrc_reader"):
        with world.connect() as db:
            db.execute(f"SET ROLE {role}")
            for column in ("key", "refers", "since", "key_hash"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"SELECT {column} FROM nrc.reference_missing")
    made = world.nrc.json("account", "add", "salem", "--person", "P", "--role", "auditor", "--decision", "1/2026")
    node = world.registry(anonymous=False).start()
    answer = node.get("/nrc/v1/datasets/mol.contracts/references", **basic("salem", made["secret"]))
    assert answer.status == 200 and answer.json == world.nrc.json("reference", "list", "mol.contracts")
    assert "S3CR3T" not in json.dumps(answer.json)
    assert node.get("/nrc/v1/datasets/mol.x/references", **basic("salem", made["secret"])).status == 404
    assert node.get("/nrc/v1/datasets/moci.companies/references", **basic("salem", made["secret"])).json == []
    assert node.stop() == 0


def test_the_pages_example_is_what_it_says(world):
    declare(world, "moci.companies", "cr_no", COMPANY)
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--key", "civil_no", "--order", "seq", "--event-time", "born",
                  "--review-people", 0, "--breaking-people", 0)
    world.nrc.register("moh.births", structure("Birth", civil_no=("string",), hospital_cr="string", seq="long", born=TIME,
                                               registered=TIME), world.folder)
    path = world.folder / "births.yaml"
    path.write_text(re.search(r"```yaml births.yaml\n(.*?)```", PAGE, re.S)[1])
    world.nrc.run("contract", "apply", path)
    births = Writer(world, "moh.births", ["civil_no"], ["civil_no", "hospital_cr"])
    births.put({"civil_no": "10000001", "hospital_cr": "1000001"}, {"civil_no": "10000002", "hospital_cr": "1000002"})
    Writer(world, "moci.companies", ["cr_no"], ["cr_no", "name"]).put({"cr_no": "1000001"})
    steps = re.findall(r"```sh\nnrc (reference [^`]*?)\n```\n\n```output\n(.*?)```", PAGE, re.S)
    assert [command.split()[1] for command, _ in steps] == ["check", "list", "keys"]
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
    for command, output in steps:
        done = world.nrc.run(*shlex.split(command)).stdout
        if "--json" in command:
            done, output = (json.dumps(json.loads(text), sort_keys=True) for text in (done, output))
        assert moment.sub("TIME", done).split() == moment.sub("TIME", output).split(), command
