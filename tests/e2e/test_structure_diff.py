# SPDX-License-Identifier: Apache-2.0
"""nrc structure diff: what an agency's build and a steward ask before a structure changes (NRL-7)."""

import json
import xml.etree.ElementTree

import pytest

from kit import engine, stream
from kit.registry import basic

OLD = {"type": "record", "name": "Birth", "namespace": "moh", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"},
    {"name": "weight", "type": "int", "title": "Weight", "title_ar": "الوزن"},
    {"name": "sex", "type": {"type": "enum", "name": "Sex", "symbols": ["M", "F"]}}]}
NOTE = {"name": "note", "type": ["null", "string"], "default": None}


def changed(**types):
    """The old structure with other types, and what is None taken out."""
    fields = [{**f, "type": types.get(f["name"], f["type"])} for f in OLD["fields"]]
    return {**OLD, "fields": [f for f in fields if f["type"] is not None]}


SAFE = {**changed(weight="long"), "fields": [*changed(weight="long")["fields"], NOTE]}
REVIEW = changed(sex=None)
BREAKING = changed(weight="string", seq="int")


@pytest.fixture
def offline(tmp_path):
    """A command line that reaches neither a register nor Kafka, and files to give it."""
    nrc = engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1")
    for name, structure in (("old", OLD), ("safe", SAFE), ("review", REVIEW), ("breaking", BREAKING)):
        (tmp_path / f"{name}.avsc").write_text(json.dumps(structure, ensure_ascii=False))

    def diff(name, *options, ok=(0,)):
        return nrc.run("structure", "diff", "--from", tmp_path / "old.avsc", "--to", tmp_path / f"{name}.avsc",
                       *options, ok=ok)
    return diff


@pytest.mark.parametrize("name, fail_on, code", [
    ("old", "review", 0), ("safe", "review", 0), ("review", "review", 1), ("breaking", "review", 2),
    ("review", None, 0), ("breaking", None, 2), ("breaking", "never", 0)])
def test_the_exit_code_is_the_worst_class_that_counts(offline, name, fail_on, code):
    offline(name, *(["--fail-on", fail_on] if fail_on else []), ok=(code,))


def test_findings_for_programs_have_rule_path_both_sides_and_both_languages(offline):
    """NRL-7: what is collected in addition is marked."""
    answer = json.loads(offline("safe", "--json").stdout)
    assert (answer["worst"], answer["collects_more"], answer["omitted"]) == ("safe", True, 0)
    assert (answer["safe"], answer["review"], answer["breaking"]) == (2, 0, 0)
    wider, added = answer["findings"]
    assert {key: wider[key] for key in ("rule", "class", "path", "before", "after", "title", "title_ar")} == {
        "rule": "type-widened", "class": "safe", "path": "weight", "before": "int", "after": "long",
        "title": "Weight", "title_ar": "الوزن"}
    assert (added["rule"], added["before"], added["collects_more"]) == ("optional-field-added", None, True)
    rules = {row["rule"]: row for row in json.loads(engine.Nrc("", "").run("structure", "rules", "--json").stdout)}
    assert rules["type-widened"]["text_ar"] == wider["text_ar"] and len(rules) > 20
    assert json.loads(offline("old", "--json").stdout)["worst"] is None


def test_people_see_the_worst_first_and_no_colour_in_a_file(offline):
    said = offline("breaking", "--order", "seq", ok=(2,)).stdout
    assert said.index("order-field-changed  seq: long -> int") < said.index("2 breaking, 0 review, 0 safe")
    assert "the type changed (Weight, الوزن)" in said and "\033" not in said


def test_junit_is_xml_whatever_the_reason_says(offline):
    reason = 'agreed <b> & "so" on 3 May'
    done = offline("breaking", "--junit", "--accept", f"type-changed@weight={reason}", ok=(2,))
    suite = xml.etree.ElementTree.fromstring(done.stdout)
    assert (suite.tag, suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("testsuite", "2", "1", "1")
    cases = {case.get("classname"): case for case in suite}
    assert cases["weight"].find("skipped").get("message") == f"accepted: {reason}"
    assert cases["seq"].find("failure").get("type") == "breaking"
    done = offline("breaking", "--accept", f"type-changed@weight={reason}", "--accept", "type-changed@seq=also")
    assert f"accepted: {reason}" in done.stdout
    assert len(xml.etree.ElementTree.fromstring(offline("old", "--junit").stdout)) == 1


@pytest.mark.parametrize("options, code, said", [
    (("--accept", "type-changed@nothing=x"), 1, "no finding is type-changed@nothing"),
    (("--accept", "type-changed"), 2, "RULE@PATH=REASON"), (("--fail-on", "safe"), 2, "review, breaking or never"),
    (("--key-field", ""), 2, "empty name")])
def test_what_cannot_be_meant_is_refused(offline, options, code, said):
    refused = offline("breaking", *options, ok=(code,))
    assert said in refused.stderr and not refused.stdout


def test_a_file_that_is_no_structure_is_named_with_the_place_and_the_reason(offline, tmp_path):
    (tmp_path / "bad.avsc").write_text('{"type": "record", "name": "R", "fields": [{"name": "a", "type": "nothing"}]}')
    refused = offline("bad", ok=(1,)).stderr
    assert "bad.avsc" in refused and "/fields/0/type" in refused and "nothing" in refused
    assert "No such file" in offline("missing", ok=(1,)).stderr


def test_a_steward_compares_a_file_or_two_versions_with_what_is_registered(world, tmp_path):
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    file = tmp_path / "next.avsc"
    file.write_text(json.dumps(BREAKING))
    diff = world.nrc.json("structure", "diff", "moh.births", "--to", file, ok=(2,))
    assert (diff["dataset"], diff["from"], diff["to"]) == ("moh.births", {"version": 1}, {"file": str(file)})
    assert [(f["rule"], f["path"]) for f in diff["findings"]] == [("order-field-changed", "seq"),
                                                                 ("type-changed", "weight")]

    assert "no earlier value structure" in world.nrc.run("structure", "diff", "moh.births", ok=(1,)).stderr
    dataset.register(stream.Structure(SAFE))
    diff = world.nrc.json("structure", "diff", "moh.births")
    assert (diff["from"], diff["to"], diff["worst"]) == ({"version": 1}, {"version": 2}, "safe")
    back = world.nrc.json("structure", "diff", "moh.births", "--from", 2, "--to", 1, ok=(2,))
    assert [f["rule"] for f in back["findings"]] == ["type-changed", "field-removed"]
    assert "version 9" in world.nrc.run("structure", "diff", "moh.births", "--from", 9, ok=(1,)).stderr
    assert "key structure" in world.nrc.run("structure", "diff", "moh.births", "--key", ok=(1,)).stderr
    assert "there is no dataset" in world.nrc.run("structure", "diff", "moh.deaths", ok=(1,)).stderr
    assert "--key-field" in world.nrc.run("structure", "diff", "moh.births", "--order", "seq", ok=(2,)).stderr
    assert "name a dataset" in world.nrc.run("structure", "diff", "--to", file, ok=(2,)).stderr


# -- whom it concerns


def test_those_who_asked_the_registry_for_the_older_structure_are_told_of(world):
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    add = ("--service", "--person", "x", "--decision", "y", "--agency", "moh", "--role")
    secrets = {name: world.nrc.json("account", "add", name, *add, role)["secret"]
               for name, role in (("moh-app", "beneficiary"), ("moh-feed", "producer"))}
    node = world.registry(anonymous=False).start(wait=False)
    schema_id = world.nrc.json("structure", "show", "moh.births")["structure"]["schema_id"]
    for _ in range(3):
        assert node.get(f"/schemas/ids/{schema_id}", **basic("moh-app", secrets["moh-app"])).status == 200
    assert node.get(f"/subjects/{dataset.topic}-value/versions/1", **basic("moh-feed", secrets["moh-feed"])).status == 200
    assert node.get(f"/schemas/ids/{schema_id}", **basic("moh-app", "wrong")).status == 401
    assert node.stop() == 0  # what it counted is in the register
    users = world.nrc.json("structure", "users", "moh.births")
    assert {(u["account"], u["agency"], u["days"], u["count"]) for u in users} == {
        ("moh-app", "moh", 1, 3), ("moh-feed", "moh", 1, 1)}
    assert world.nrc.json("structure", "users", schema_id) == users
    assert "no structure has the schema id 4711" in world.nrc.run("structure", "users", 4711, ok=(1,)).stderr
    dataset.register(stream.Structure(SAFE))
    assert world.nrc.json("structure", "diff", "moh.births")["asked_by"] == users
    assert world.nrc.json("structure", "users", "moh.births") == []
    said = world.nrc.run("structure", "diff", "moh.births").stdout
    assert "asked for the older one" in said and "moh-app" in said
    assert "moh-app" not in world.nrc.run("structure", "diff", "moh.births", "--from", 2, "--to", 2).stdout


WAYS = {"all": (), "own": ("--dataset", "moh.births"), "moh": ("--agency", "moh"), "worst": ("--class", "breaking"),
        "mild": ("--class", "safe,review"), "structures": ("--type", "structure.*"), "asked": ("--type", "structure.requested"),
        "notices": ("--type", "notice.*,incident.opened"), "other": ("--dataset", "moh.deaths"), "edu": ("--agency", "edu"),
        "off": (), "left": ()}


def test_the_subscriptions_that_are_told_of_such_a_change_are_those_that_the_relay_would_tell(world, tmp_path):
    """Each kind of filter, and the relay's own rule (nrc.wanted) about a notification that is written afterwards."""
    world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    world.nrc.run("dataset", "add", "moh.deaths", "--key", "id")
    world.nrc.add_agency("edu")
    for name, agency in (("salem", "moh"), ("amal", "edu"), ("gone", "edu")):
        world.nrc.run("account", "add", name, "--person", name, "--role", "producer", "--agency", agency, "--decision", "No. 1")
    for name, filters in WAYS.items():
        owner = {"left": "gone", "moh": "salem"}.get(name, "amal")
        world.nrc.run("subscription", "add", name, "--account", owner, "--notify", *filters)
    world.nrc.run("subscription", "disable", "off", "--reason", "holiday")
    world.nrc.run("account", "disable", "gone", "--reason", "left")
    file = tmp_path / "next.avsc"
    for body, cls in ((BREAKING, "breaking"), (REVIEW, "review"), (SAFE, "safe")):
        file.write_text(json.dumps(body))
        found = world.nrc.json("structure", "diff", "moh.births", "--to", file, ok=(0, 2))
        told = [row["subscription"] for row in found["subscribers"]]
        relayed = world.value(
            "WITH n AS MATERIALIZED (SELECT nrc.notify_of(t, 'request/1', d.agency_id, d.id, %s, NULL, NULL) AS id"
            "  FROM nrc.dataset d, unnest(ARRAY['structure.requested', 'structure.active']) t WHERE d.name = 'births')"
            " SELECT array_agg(id) FROM n", cls)
        wanted = world.rows("SELECT DISTINCT s.name FROM nrc.wanted w JOIN nrc.subscription s ON s.id = w.subscription_id"
                            " WHERE w.notification_id = ANY (%s) AND w.is_active ORDER BY 1", relayed)
        assert (found["worst"], told) == (cls, [row["name"] for row in wanted])
        assert set(told) == {"all", "own", "moh", "structures", "asked", "worst" if cls == "breaking" else "mild"}
    channels = {row["subscription"]: (row["account"], row["agency"], row["channel"]) for row in found["subscribers"]}
    assert channels["moh"] == ("salem", "moh", "pg_notify") and channels["own"] == ("amal", "edu", "pg_notify")
    said = world.nrc.run("structure", "diff", "moh.births", "--to", file).stdout
    assert "who is told of such a change:" in said and "structures" in said and "notices" not in said
    file.write_text(json.dumps(OLD))
    assert world.nrc.json("structure", "diff", "moh.births", "--to", file)["subscribers"] == []


def test_what_others_made_from_a_changed_field_is_named_beforehand(world, tmp_path):
    world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    for statement in (
            "CREATE SCHEMA bi",
            'CREATE VIEW bi."الأوزان" AS SELECT civil_no, weight FROM moh.births',
            'CREATE MATERIALIZED VIEW bi.monthly AS SELECT count(*) AS n, avg(weight) FROM bi."الأوزان"',
            "CREATE VIEW bi.heavy AS SELECT civil_no FROM moh.births WHERE weight::text > '4000'",
            "CREATE VIEW bi.sexes AS SELECT sex FROM moh.births_history",
            "CREATE VIEW bi.alive AS SELECT count(*) FROM moh.births",
            "CREATE VIEW bi.when AS SELECT max(_recorded_at) FROM moh.births_history",
            "CREATE FUNCTION bi.heaviest() RETURNS bigint BEGIN ATOMIC SELECT max(weight) FROM moh.births; END",
            "CREATE FUNCTION bi.unknown() RETURNS bigint LANGUAGE sql AS 'SELECT max(weight) FROM moh.births'",
            "CREATE PUBLICATION out FOR TABLE moh.births_state (civil_no, seq, sex) WITH (publish_via_partition_root)"):
        world.execute(statement)
    file = tmp_path / "next.avsc"
    file.write_text(json.dumps(BREAKING))  # weight and seq
    diff = world.nrc.json("structure", "diff", "moh.births", "--to", file, ok=(2,))
    found = {(d["path"], d["kind"], d["name"], d["through"]) for d in diff["dependents"]}
    assert found == {("weight", "view", 'bi."الأوزان"', None), ("weight", "materialized view", "bi.monthly", 'bi."الأوزان"'),
                     ("weight", "function", "bi.heaviest()", None), ("weight", "view", "bi.heavy", None),
                     (None, "view", "bi.alive", None),
                     ("seq", "publication", "moh.births_state in publication out", None)}
    said = world.nrc.run("structure", "diff", "moh.births", "--to", file, ok=(2,)).stdout
    assert 'used by materialized view bi.monthly through bi."الأوزان"' in said
    assert "all of it is used by view bi.alive" in said and "bi.sexes" not in said
    assert diff["begins_generation"] and "a generation begins: the view moh.births is made anew" in said
    file.write_text(json.dumps(REVIEW))  # sex is gone
    diff = world.nrc.json("structure", "diff", "moh.births", "--to", file)
    assert not diff["begins_generation"]
    assert {(d["path"], d["name"]) for d in diff["dependents"] if d["path"]} == {
        ("sex", "bi.sexes"), ("sex", "moh.births_state in publication out")}
    renamed = [{**f, "name": "mass", "aliases": ["weight"]} if f["name"] == "weight" else f for f in OLD["fields"]]
    file.write_text(json.dumps({**OLD, "fields": renamed}))
    diff = world.nrc.json("structure", "diff", "moh.births", "--to", file)
    assert ("mass", 'bi."الأوزان"') in {(d["path"], d["name"]) for d in diff["dependents"]}
    file.write_text(json.dumps(OLD))
    assert world.nrc.json("structure", "diff", "moh.births", "--to", file)["dependents"] == []


def test_two_files_concern_nobody_that_is_known(offline):
    answer = json.loads(offline("safe", "--json").stdout)
    assert (answer["dependents"], answer["asked_by"], answer["subscribers"]) == (None, None, None)


def test_the_difference_over_http_is_the_commands_with_accounts_for_those_who_look_after_the_register(world):
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(OLD))
    for statement in ("CREATE SCHEMA bi", "CREATE VIEW bi.weights AS SELECT weight FROM moh.births"):
        world.execute(statement)
    path = "/nrc/v1/datasets/moh.births/structures/diff"
    add = ("--service", "--person", "x", "--decision", "y", "--agency", "moh", "--role")
    secrets = {role: world.nrc.json("account", "add", role, *add, role)["secret"] for role in ("beneficiary", "producer")}
    secrets["auditor"] = world.nrc.json("account", "add", "auditor", *add[:-3], "--role", "auditor")["secret"]
    world.nrc.run("subscription", "add", "own", "--account", "auditor", "--notify", "--class", "safe")
    node = world.registry(anonymous=False).start(wait=False)

    def ask(role, query=""):
        return node.get(path + query, **basic(role, secrets[role]))
    schema_id = world.nrc.json("structure", "show", "moh.births")["structure"]["schema_id"]
    assert node.get(f"/schemas/ids/{schema_id}", **basic("producer", secrets["producer"])).status == 200
    assert ask("producer").status == 404 and "no earlier structure" in ask("producer").text
    dataset.register(stream.Structure(SAFE))
    dataset.register(stream.Structure({**SAFE, "doc": "later"}))
    node.stop()
    node.start(wait=False)
    for query, options in (("", ()), ("?from=1", ("--from", 1)), ("?from=1&to=2", ("--from", 1, "--to", 2)),
                           ("?from=2&to=1", ("--from", 2, "--to", 1)), ("?to=latest", ())):
        answer = ask("auditor", query)
        assert answer.status == 200 and answer.json == world.nrc.json("structure", "diff", "moh.births", *options, ok=(0, 2))
    answer = ask("auditor", "?from=1&to=2").json
    assert [d["name"] for d in answer["dependents"]] == ["bi.weights"] and answer["asked_by"][0]["account"] == "producer"
    assert answer["subscribers"] == [{"subscription": "own", "account": "auditor", "agency": None, "channel": "pg_notify"}]
    for role in ("beneficiary", "producer"):
        assert ask(role, "?from=1&to=2").json == {**answer, "asked_by": None, "subscribers": None}
    assert [ask("auditor", q).status for q in ("?from=9", "?to=9", "?from=0", "?to=x")] == [404, 404, 422, 422]
    assert node.get(path.replace("births", "deaths"), **basic("auditor", secrets["auditor"])).status == 404
    assert node.get(path).status == 401
