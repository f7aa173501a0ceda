# SPDX-License-Identifier: Apache-2.0
"""Changes of structures: who must agree, what clients see meanwhile, when they take effect (NRL-7)."""

import datetime
import json
import re
import shlex

import pytest

from kit import paths, process
from kit.registry import basic

SUBJECT = "moh.births-value"
PEOPLE = {"feed": ("producer", "The feed"), "salim": ("steward", "Salim"), "huda": ("steward", "Huda"),
          "noor": ("steward", "Noor"), "noor2": ("steward", "noor")}


def structure(*fields, **more):
    base = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]
    return {"type": "record", "name": "Birth", "fields": base + list(fields), **more}


PLACE = {"name": "place", "type": ["null", "string"], "default": None}
WEIGHT = {"name": "weight", "type": ["null", "double"], "default": None}
REQUIRED = {"name": "hospital", "type": "string"}


def at(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Center:
    """A registry with accounts, and the dataset moh.births whose changes people decide on."""

    def __init__(self, world):
        self.world = world
        world.nrc.add_agency("moh")
        world.nrc.add_dataset("moh.births", key="civil_no", decided=True)
        self.secrets = {}
        for name, (role, person) in PEOPLE.items():
            of = ["--agency", "moh", "--service"] if role == "producer" else []
            self.secrets[name] = world.nrc.json("account", "add", name, "--person", person, "--role", role,
                                                "--decision", "No. 1", *of)["secret"]
        self.node = world.registry(anonymous=False)
        self.node.start()

    def as_(self, name):
        self.node.headers = basic(name, self.secrets[name])
        return self.node

    def register(self, name, schema):
        return self.as_(name).post(f"/subjects/{SUBJECT}/versions", {"schema": json.dumps(schema)})

    def ask(self, name, schema, reason="law 12", **more):
        return self.as_(name).post("/nrc/v1/requests", {"dataset": "moh.births", "schema": json.dumps(schema),
                                                        "reason": reason, **more})

    def decide(self, name, request, verb="approval", reason="read it", **more):
        return self.as_(name).post(f"/nrc/v1/requests/{request}/{verb}", {"reason": reason, **more})

    def request(self, request):
        return self.as_("huda").get(f"/nrc/v1/requests/{request}").json

    def states(self):
        return {row["version"]: row["state"] for row in self.world.nrc.json("structure", "list", "moh.births")}

    def columns(self):
        return [row["name"] for row in self.world.nrc.json("dataset", "show", "moh.births")["columns"]]


@pytest.fixture
def center(world):
    return Center(world)


def refused(answer, status, code, *words):
    assert (answer.status, answer.json["error_code"]) == (status, code), answer
    for word in words:
        assert word in answer.json["message"], answer
    return answer.json["message"]


def test_a_safe_change_is_active_at_once_and_a_review_waits_for_a_steward(center):
    assert center.register("feed", structure(PLACE)).status == 200
    assert center.register("feed", structure(PLACE, WEIGHT)).status == 200
    (safe,) = center.world.nrc.json("structure", "requests", "--all")
    assert (safe["class"], safe["state"], safe["filed_by"], safe["people"]) == ("safe", "approved", "feed", 0)
    assert center.states() == {1: "active", 2: "active"}
    answer = center.register("feed", structure(WEIGHT))
    refused(answer, 422, 42205, "request 2", "review change of moh.births", "1 must approve")
    # Again, as a serialiser does at each start: the same request.
    refused(center.register("feed", structure(WEIGHT)), 422, 42205, "request 2", "waiting for approval")
    assert len(center.world.nrc.json("structure", "requests")) == 1
    shown = center.request(2)
    assert [finding["rule"] for finding in shown["difference"]["findings"]] == ["field-removed"]
    assert (shown["state"], shown["compared_with"], shown["version"]) == ("pending", 2, 3)
    assert center.decide("huda", 2).json["state"] == "approved"
    assert center.states() == {1: "active", 2: "active", 3: "active"}
    assert center.register("feed", structure(WEIGHT)).status == 200
    assert center.columns() == ["civil_no", "seq", "place", "weight"]
    done = center.request(2)
    assert [(d["decision"], d["by"], d["reason"]) for d in done["decisions"]] == [("approved", "huda", "read it")]


def test_a_pending_version_is_on_no_path_of_a_client(center):
    node = center.as_("huda")
    assert center.register("feed", structure(PLACE)).status == 200
    schema = structure()
    refused(center.register("feed", schema), 422, 42205)
    hidden = center.world.value("SELECT max(schema_id) FROM nrc.subject_version")
    guid = center.world.value("SELECT guid::text FROM nrc.schema WHERE id = %s", hidden)
    node = center.as_("feed")
    for path in (f"/schemas/ids/{hidden}", f"/schemas/ids/{hidden}/schema", f"/schemas/guids/{guid}",
                 f"/subjects/{SUBJECT}/versions/2", f"/subjects/{SUBJECT}/versions/2/schema"):
        assert node.get(path).status == 404, path
    assert node.get(f"/schemas/ids/{hidden}/subjects").json in ([], {"error_code": 40403, "message": "Schema not found"}) \
        or node.get(f"/schemas/ids/{hidden}/subjects").status == 404
    assert node.versions(SUBJECT) == [1]
    assert node.get(f"/subjects/{SUBJECT}/versions/latest").json["version"] == 1
    assert [row["version"] for row in node.get("/schemas").json] == [1]
    refused(node.look_up(SUBJECT, schema), 404, 40403)
    refused(node.post(f"/compatibility/subjects/{SUBJECT}/versions/2", {"schema": '"string"'}), 404, 40402)


def test_nobody_approves_what_they_filed_or_twice(center):
    """NRL-7: two different people; and an account of the same person, or a delegate, is no other one."""
    world = center.world
    assert center.register("feed", structure(PLACE)).status == 200
    assert center.ask("noor", structure(PLACE, REQUIRED)).status == 201
    refused(center.decide("noor", 1), 409, 409, "nobody approves what they filed")
    refused(center.decide("noor2", 1), 409, 409, "nobody approves what they filed")
    refused(center.decide("feed", 1), 403, 403)
    world.nrc.run("account", "delegate", "noor", "--to", "salim", "--role", "steward", "--from",
                  str(datetime.date.today() - datetime.timedelta(days=1)), "--until", str(datetime.date.today()), "--reason", "leave")
    refused(center.decide("salim", 1), 409, 409, "by delegation")
    world.nrc.run("notice", "file", "modification", "--dataset", "moh.births", "--from", at(3600), "--reason", "law 12")
    first = center.decide("huda", 1)
    assert (first.status, first.json["state"], first.json["approvals"]) == (200, "pending", 1)
    refused(center.decide("huda", 1), 409, 409, "approved request 1 already")
    refused(center.decide("huda", 99), 404, 40401, "there is no request 99")
    assert center.states() == {1: "active", 2: "pending"}


def test_a_breaking_change_needs_a_notice_and_takes_effect_by_the_clock(center):
    """NRL-7: told beforehand, and active from the time that was told, with nobody doing anything then."""
    world = center.world
    assert center.register("feed", structure(PLACE)).status == 200
    schema = structure(PLACE, REQUIRED)
    refused(center.register("feed", schema), 409, 409, "READER_FIELD_MISSING_DEFAULT_VALUE")  # by the level, as ever
    assert center.ask("feed", schema).json["class"] == "breaking"
    assert center.decide("huda", 1).status == 200
    refused(center.decide("noor", 1), 409, 409, "needs a notice")
    assert [o["by"] for o in center.request(1)["decisions"]] == ["huda"]  # nothing half done
    starts = at(4)
    notice = world.nrc.json("notice", "file", "modification", "--dataset", "moh.births", "--from", starts,
                            "--reason", "law 12")["filed"]
    refused(center.decide("noor", 1, effective_at=at(2)), 409, 409, f"outside the window of notice {notice}")
    done = center.decide("noor", 1).json
    assert (done["state"], done["approvals"], done["notice"]) == ("approved", 2, notice)
    assert datetime.datetime.fromisoformat(done["effective_at"]) == datetime.datetime.fromisoformat(starts)
    assert center.states()[2] == "approved"
    refused(center.register("feed", schema), 422, 42205, "takes effect at")
    assert center.as_("feed").versions(SUBJECT) == [1]
    process.wait_until(lambda: center.as_("feed").versions(SUBJECT) == [1, 2], 30, "the structure takes effect")
    assert center.register("feed", schema).status == 200
    assert center.states()[2] == "active"
    assert center.world.nrc.json("violation", "list") == []


def test_what_was_not_announced_is_a_violation(center):
    """NRL-7: a steward may let a breaking change pass, and more be collected; the record says that nobody was told."""
    world = center.world
    assert center.register("feed", structure()).status == 200
    assert center.register("feed", structure(PLACE)).status == 200
    assert [(v["kind"], v["object"]) for v in world.nrc.json("violation", "list")] == [("unannounced_collection", "request/1")]
    world.nrc.run("notice", "file", "additional_collection", "--dataset", "moh.births", "--from", at(-60), "--reason", "law 12")
    assert center.register("feed", structure(PLACE, WEIGHT)).status == 200
    assert len(world.nrc.json("violation", "list")) == 1
    world.nrc.run("dataset", "policy", "moh.births", "--breaking-people", 1, "--breaking-notice", "no", "--reason", "pilot")
    assert center.ask("feed", structure(PLACE, WEIGHT, REQUIRED)).json["people"] == 1
    assert center.decide("huda", 3).json["state"] == "approved"
    (newest, _) = center.as_("huda").get("/nrc/v1/violations?dataset=moh.births").json
    assert (newest["kind"], newest["object"], newest["class"]) == ("unannounced_change", "request/3", "breaking")


def test_data_of_no_registered_structure_is_a_violation_once_an_incident(center):
    """NRL-6."""
    world = center.world
    see = "SELECT nrc.see_incident(%s, 'good_event', (SELECT id FROM nrc.dataset), NULL, NULL, 'd', 1, now())"
    for kind in ("unknown_structure", "unknown_structure", "bad_frame", "foreign_structure"):
        world.rows(see, kind)
    world.nrc.run("incident", "close", 1, "--reason", "mended")
    world.rows(see, "unknown_structure")  # the same, again within a day
    kinds = [(v["kind"], v["object"], v["class"]) for v in world.nrc.json("violation", "list", "--dataset", "moh.births")]
    assert kinds == [("unregistered_data", f"incident/{n}", None) for n in (1, 3, 1)]


def test_a_rejected_structure_stays_out_until_a_person_asks_again(center):
    assert center.register("feed", structure(PLACE)).status == 200
    refused(center.register("feed", structure()), 422, 42205, "request 1")
    assert center.decide("huda", 1, "rejection", reason="the place is needed").json["state"] == "rejected"
    refused(center.register("feed", structure()), 422, 42205, "rejected (request 1): the place is needed")
    refused(center.decide("noor", 1), 409, 409, "request 1 was rejected")
    again = center.ask("feed", structure(), reason="another law").json
    assert (again["id"], again["state"], again["version"]) == (2, "pending", 2)
    refused(center.decide("feed", 1, "rejection"), 409, 409)
    assert center.decide("feed", 2, "rejection", reason="not yet").json["state"] == "rejected"  # one's own is taken back
    center.ask("salim", structure())
    refused(center.decide("feed", 3, "rejection"), 403, 403, "another account filed")
    assert center.decide("huda", 3).json["state"] == "approved"
    assert center.register("feed", structure()).status == 200


def test_others_come_before_it_meanwhile(center):
    """The approved version gets the next number; its columns are those that the dataset has by then."""
    assert center.register("feed", structure(PLACE)).status == 200
    refused(center.register("feed", structure()), 422, 42205)
    assert center.register("feed", structure(PLACE, WEIGHT)).status == 200
    assert center.states() == {1: "active", 2: "pending", 3: "active"}
    assert center.decide("huda", 1).json["version"] == 4
    assert center.states() == {1: "active", 3: "active", 4: "active"}
    assert center.as_("feed").get(f"/subjects/{SUBJECT}/versions/latest").json["version"] == 4


def test_a_retired_structure_is_read_but_not_written(center):
    first = center.register("feed", structure(PLACE)).json["id"]
    world = center.world
    failed = world.nrc.run("structure", "retire", "moh.births", 1, "--reason", "old", ok=(1,))
    assert "the last structure" in failed.stderr
    center.register("feed", structure(PLACE, WEIGHT))
    done = center.as_("huda").post("/nrc/v1/datasets/moh.births/versions/1/retirement", {"reason": "old"})
    assert done.status == 200 and center.states() == {1: "retired", 2: "active"}
    refused(center.register("feed", structure(PLACE)), 422, 42205, "was retired at")
    refused(center.as_("feed").look_up(SUBJECT, structure(PLACE)), 404, 40403)
    assert center.as_("feed").get(f"/schemas/ids/{first}").status == 200
    again = world.nrc.run("structure", "retire", "moh.births", 1, "--reason", "old", ok=(1,))
    assert "only what is in force is retired" in again.stderr
    assert "there is no dataset" in world.nrc.run("structure", "retire", "moh.x", 1, "--reason", "old", ok=(1,)).stderr


def test_the_trail_has_each_step_with_its_reason(center):
    """NRL-18."""
    center.register("feed", structure(PLACE))
    center.ask("feed", structure(), reason="the place is in another register")
    center.decide("huda", 1, reason="agreed in writing")
    rows = [(row["what"], row["by"], row["why"]) for row in center.world.nrc.json("audit", "list", "--object", "request/1")]
    assert rows[::-1] == [("request.filed", "feed", "the place is in another register"),
                          ("request.approved", "huda", "agreed in writing")]


WRONG = [
    ({"reason": " "}, 400, "the reason"), ({"reason": None}, 400, "the reason"), ({"effective_at": "tomorrow"}, 400, "YYYY-MM-DD"),
    ({"effective_at": "2027-02-30"}, 400, "calendar"), ({"notice": "x"}, 400, "number of a notice"), ({"notice": 9}, 404, "no notice"),
    ({"accept": ["field-removed@nowhere=why"]}, 404, "nowhere"), ({"dataset": "moh.x"}, 404, "no dataset"),
    ({"schema": "{"}, 422, ""), ({"schema": '"string"'}, 422, ""), ({"schema": None}, 400, "has the schema")]


def test_what_a_request_must_be(center):
    center.register("feed", structure(PLACE))
    good = {"dataset": "moh.births", "schema": json.dumps(structure()), "reason": "law 12"}
    for more, status, words in WRONG:
        answer = center.as_("feed").post("/nrc/v1/requests", {**good, **more})
        assert answer.status == status and words in answer.json["message"], (more, answer)
    assert center.states() == {1: "active"} and center.world.nrc.json("structure", "requests", "--all") == []


def test_the_command_line_does_the_same(center, monkeypatch):
    world = center.world
    folder = world.folder
    (folder / "1.avsc").write_text(json.dumps(structure(PLACE)))
    (folder / "2.avsc").write_text(json.dumps(structure()))
    nrc = world.nrc
    nrc.run("structure", "register", "moh.births", folder / "1.avsc")
    failed = nrc.run("structure", "register", "moh.births", folder / "2.avsc", "--from", "2030-01-01", ok=(2,))
    assert "--reason" in failed.stderr
    filed = nrc.json("structure", "register", "moh.births", folder / "2.avsc", "--reason", "القانون ١٢",
                     "--accept", "field-removed@place=it is in another register")
    assert (filed["request"], filed["class"], filed["people"]) == (1, "review", 1)
    shown = nrc.json("structure", "request", 1)
    assert shown["reason"] == "القانون ١٢"
    assert shown["difference"]["findings"][0]["accepted"] == "it is in another register"
    assert "nobody approves what they filed" in nrc.run("structure", "approve", 1, "--reason", "x", ok=(1,)).stderr
    monkeypatch.setenv("SUDO_USER", "huda")
    assert "1 approved" in nrc.run("structure", "approve", 1, "--reason", "read it").stdout
    assert center.states() == {1: "active", 2: "active"}
    assert "is decided" in nrc.run("structure", "reject", 1, "--reason", "x", ok=(1,)).stderr


def test_every_command_of_the_stewards_page_does_what_it_says(center, monkeypatch):
    """ops/doc/structures.md, from its first command to its last: the agency as one person, the stewards as others."""
    nrc, folder = center.world.nrc, center.world.folder
    monkeypatch.chdir(folder)
    (folder / "births-1.avsc").write_text(json.dumps(structure(PLACE, WEIGHT)))
    (folder / "births-2.avsc").write_text(json.dumps(structure(WEIGHT)))
    page = (paths.ROOT / "ops" / "doc" / "structures.md").read_text()
    commands = [shlex.split(line) for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
                for line in block.replace("\\\n", " ").splitlines()]
    assert len(commands) >= 16 and {command[0] for command in commands} == {"nrc", "psql"}
    nrc.run("structure", "register", "moh.births", "births-1.avsc")
    said = {}
    for command in commands:
        name = " ".join(command[1:3])
        if name == "structure reject":  # another change waits by then
            center.register("feed", structure(PLACE, {**WEIGHT, "name": "grams", "aliases": ["weight"]}))
        if name == "structure retire":
            center.world.execute("UPDATE nrc.subject_version SET active_from = '-infinity' WHERE version = 2")
        if name == "dataset show" and "dataset show" not in said:  # a type changed by then, and nobody had to agree
            center.world.execute("INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')")
            nrc.run("dataset", "policy", "moh.births", "--breaking-people", 0, "--breaking-notice", "no", "--reason", "x")
            (folder / "births-3.avsc").write_text(json.dumps(structure({**WEIGHT, "type": ["null", "string"]})))
            nrc.run("structure", "register", "moh.births", "births-3.avsc")
        if command[0] == "psql":
            center.world.execute(command[2])
            continue
        steward = name in ("structure approve", "structure reject")
        monkeypatch.setenv("SUDO_USER", "huda" if steward else "feed")
        done = nrc.run(*command[1:], ok=(0, 1) if "--from" in command and name == "structure diff" else (0,))
        said.setdefault(name, []).append(done.stdout)
    assert "field-removed" in said["structure diff"][0] and "field-removed" in said["structure diff"][1]
    assert "request 1: a review change, 1 must approve it" in said["structure register"][0]
    assert "law 12 of 2026" in said["structure requests"][0] and "request 1 approved" in said["structure approve"][0]
    assert "approved" in said["structure list"][0] and "request 2 rejected" in said["structure reject"][0]
    assert center.states() == {1: "retired", 2: "active", 3: "rejected", 4: "active"}
    assert "weight#2" in said["dataset show"][0] and "moh.births_g1" in said["dataset show"][1]
    assert "request.approved" in said["audit list"][0]
