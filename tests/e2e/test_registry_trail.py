# SPDX-License-Identifier: Apache-2.0
"""The log and the audit trail say of each request that may write whether it changed something (NRL-15, NRL-18)."""

import json
import os
import pwd
import re

from kit import process
from kit.registry import basic, body_of

EVENTS = ("changed", "unchanged", "change_refused", "change_failed")
ONE = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}
TWO = {**ONE, "fields": [*ONE["fields"], {"name": "b", "type": "int", "default": 0}]}
BAD = {**ONE, "fields": [{"name": "a", "type": "string"}]}
AGENCY = {"code": "edu", "name": "Education", "class": 1, "division": "Registers", "head": "The head"}
DATASET = {"dataset": "edu.schools", "key": ["id"], "topic": "edu.schools"}
SCHOOL = {"type": "record", "name": "School", "fields": [{"name": "id", "type": "string"}]}
NAMED = {**SCHOOL, "fields": [*SCHOOL["fields"], {"name": "name", "type": ["null", "string"], "default": None}]}
OTHER = {**NAMED, "fields": [*NAMED["fields"][:1], {**NAMED["fields"][1], "name": "title", "aliases": ["name"]}]}
REQUEST = {"dataset": "edu.schools", "reason": "law 12"}
SUCCESSION = {"successor": "edu", "instrument": "Law 1", "reason": "r"}
NOTICE = {"kind": "update", "datasets": ["edu.schools"], "starts_at": "2099-01-01", "reason": "new servers"}
RULES = {"domainRules": [{"name": "r", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "true"}]}

CONTROL = {"from": "2020-01-01", "until": "2020-01-31", "events": 3}

CONTRACT = json.dumps({
    "apiVersion": "v3.2.0", "kind": "DataContract", "id": "schools", "version": "1.0.0", "status": "active",
    "description": {"purpose": "p"},
    "team": {"members": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}]},
    "schema": [{"name": "edu.schools", "properties": [{"name": "id", "logicalType": "string", "primaryKey": True}]}],
    "customProperties": [{"property": "legalBasis", "value": "Law 1"}, {"property": "reviewDate", "value": "2099-01-01"},
                         {"property": "collectionPoints", "value": [{"point": "schools", "mode": "manual"}]}]})

# Verb, route, its parameters, body, and the line of the log. The first request changes something, the second does not.
STEPS = [
    ("put", "/config", "", {"compatibility": "FULL"}, "changed"),
    ("put", "/config", "", {"compatibility": "full"}, "unchanged"),
    ("put", "/config", "", {}, "unchanged"),
    ("put", "/config", "", {"compatibility": "BACKWARD"}, "changed"),
    ("delete", "/config", "", None, "changed"),
    ("delete", "/config", "", None, "unchanged"),
    ("put", "/config/{subject}", "s", {"compatibility": "BACKWARD"}, "changed"),
    ("put", "/config/{subject}", "s", {"compatibility": "BACKWARD"}, "unchanged"),
    ("put", "/config/{subject}", "s", {"normalize": True}, "changed"),
    ("put", "/config/{subject}", "s", {"normalize": True}, "unchanged"),
    ("put", "/config/{subject}", "s", {"normalize": None}, "changed"),
    ("put", "/config/{subject}", "s", {"compatibility": "UPWARD"}, "change_refused"),
    ("delete", "/config/{subject}", "s", None, "changed"),
    ("delete", "/config/{subject}", "s", None, "change_refused"),
    ("put", "/config/{subject}", "settings", {"overrideRuleSet": RULES}, "changed"),
    ("put", "/config/{subject}", "settings", {"overrideRuleSet": RULES}, "unchanged"),
    ("post", "/subjects/{subject}/versions", "settings", body_of(ONE), "changed"),
    ("post", "/subjects/{subject}/versions", "settings", body_of(ONE), "unchanged"),
    ("put", "/config/{subject}", "settings", {"overrideRuleSet": None}, "changed"),
    ("post", "/subjects/{subject}/versions", "settings", body_of(ONE, ruleSet={}), "changed"),
    ("delete", "/config/{subject}", "settings", None, "changed"),
    ("delete", "/subjects/{subject}", "settings", None, "changed"),
    ("delete", "/subjects/{subject}", "settings?permanent=true", None, "changed"),
    ("put", "/mode", "", {"mode": "READWRITE"}, "changed"),
    ("put", "/mode", "", {"mode": "readwrite"}, "unchanged"),
    ("put", "/mode", "", {"mode": None}, "changed"),
    ("put", "/mode", "", {"mode": None}, "unchanged"),
    ("put", "/mode", "", {"mode": "READWRITE"}, "changed"),
    ("delete", "/mode", "", None, "changed"),
    ("delete", "/mode", "", None, "unchanged"),
    ("put", "/mode/{subject}", "s", {"mode": "READONLY"}, "changed"),
    ("put", "/mode/{subject}", "s", {"mode": "READONLY"}, "unchanged"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE), "change_refused"),
    ("put", "/config/{subject}", "s", {"compatibility": "NONE"}, "change_refused"),
    ("delete", "/mode/{subject}", "s", None, "changed"),
    ("delete", "/mode/{subject}", "s", None, "change_refused"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE), "changed"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE), "unchanged"),
    ("post", "/subjects/{subject}/versions", "s", body_of(json.dumps(ONE, indent=2)), "unchanged"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE), "unchanged"),
    ("post", "/subjects/{subject}/versions", "s", body_of(BAD), "change_refused"),
    ("post", "/subjects/{subject}/versions", "s", body_of(TWO), "changed"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE, metadata={"properties": {"a": "b"}}), "changed"),
    ("delete", "/subjects/{subject}/versions/{version}", "s 1", None, "changed"),
    ("delete", "/subjects/{subject}/versions/{version}", "s 1", None, "change_refused"),
    ("post", "/subjects/{subject}/versions", "s", body_of(ONE), "unchanged"),  # with the last one's metadata it is version 3
    ("delete", "/subjects/{subject}/versions/{version}", "s 2", None, "changed"),
    ("delete", "/subjects/{subject}/versions/{version}", "s 2?permanent=true", None, "changed"),
    ("delete", "/subjects/{subject}/versions/{version}", "s 2?permanent=true", None, "change_refused"),
    ("delete", "/subjects/{subject}", "s", None, "changed"),
    ("delete", "/subjects/{subject}", "s", None, "change_refused"),
    ("delete", "/subjects/{subject}", "s?permanent=true", None, "changed"),
    ("delete", "/subjects/{subject}", "s?permanent=true", None, "change_refused"),
    ("post", "/nrc/v1/agencies", "", AGENCY, "changed"),
    ("post", "/nrc/v1/agencies", "", AGENCY, "change_refused"),
    ("post", "/nrc/v1/datasets", "", DATASET, "changed"),
    ("post", "/nrc/v1/datasets", "", DATASET, "change_refused"),
    ("post", "/subjects/{subject}/versions", "edu.schools-value", body_of(SCHOOL), "changed"),
    ("post", "/nrc/v1/requests", "", {**REQUEST, "schema": json.dumps(NAMED)}, "changed"),
    ("post", "/nrc/v1/requests", "", {**REQUEST, "schema": json.dumps(NAMED)}, "unchanged"),
    ("post", "/nrc/v1/datasets/{dataset}/versions/{version}/retirement", "edu.schools 1", {"reason": "old"}, "changed"),
    ("post", "/nrc/v1/datasets/{dataset}/versions/{version}/retirement", "edu.schools 1", {"reason": "old"}, "change_refused"),
    ("post", "/subjects/{subject}/versions", "edu.schools-value", body_of(OTHER), "changed"),  # a request, and answered 422
    ("post", "/subjects/{subject}/versions", "edu.schools-value", body_of(OTHER), "change_refused"),
    ("post", "/nrc/v1/requests/{id}/approval", "2", {"reason": "mine"}, "change_refused"),
    ("post", "/nrc/v1/requests/{id}/rejection", "2", {"reason": "mine"}, "changed"),
    ("post", "/nrc/v1/requests/{id}/rejection", "2", {"reason": "mine"}, "change_refused"),
    ("put", "/nrc/v1/datasets/{dataset}/policy", "edu.schools", {"review_people": 2, "reason": "pilot"}, "changed"),
    ("put", "/nrc/v1/datasets/{dataset}/policy", "edu.schools", {"review_people": 4, "reason": "pilot"}, "change_refused"),
    ("post", "/nrc/v1/systems", "", {"system": "edu.exams", "name": "Exams"}, "changed"),
    ("post", "/nrc/v1/systems", "", {"system": "edu.exams", "name": "Exams"}, "change_refused"),
    ("put", "/nrc/v1/systems/{system}", "edu.exams", {"name": "All exams", "reason": "r"}, "changed"),
    ("put", "/nrc/v1/systems/{system}", "edu.exams", {"name": "All exams", "reason": "r"}, "change_refused"),
    ("put", "/nrc/v1/datasets/{dataset}", "edu.schools", {"title": "Schools", "reason": "r"}, "changed"),
    ("put", "/nrc/v1/datasets/{dataset}", "edu.schools", {"title": "Schools", "reason": "r"}, "change_refused"),
    ("put", "/nrc/v1/agencies/{code}", "edu", {"name": "Schools", "reason": "r"}, "changed"),
    ("put", "/nrc/v1/agencies/{code}", "edu", {"name": "Schools", "reason": "r"}, "change_refused"),
    ("put", "/nrc/v1/agencies/{code}/head", "edu", {"head": "Huda", "from": "2099-01-01", "reason": "r"}, "changed"),
    ("put", "/nrc/v1/agencies/{code}/head", "edu", {"head": "Huda", "from": "2099-01-01", "reason": "r"}, "change_refused"),
    ("post", "/nrc/v1/incidents/{id}/acknowledgement", "1", {}, "changed"),
    ("post", "/nrc/v1/incidents/{id}/acknowledgement", "1", {}, "change_refused"),
    ("post", "/nrc/v1/incidents/{id}/assignment", "1", {"to": "huda"}, "changed"),
    ("post", "/nrc/v1/incidents/{id}/assignment", "1", {"to": "huda"}, "change_refused"),
    ("post", "/nrc/v1/incidents/{id}/comment", "1", {"text": "it is known"}, "changed"),
    ("post", "/nrc/v1/incidents/{id}/comment", "1", {"text": ""}, "change_refused"),
    ("post", "/nrc/v1/incidents/{id}/closing", "1", {"why": "over"}, "changed"),
    ("post", "/nrc/v1/incidents/{id}/closing", "1", {"why": "again"}, "change_refused"),
    ("post", "/nrc/v1/notices", "", NOTICE, "changed"),
    ("post", "/nrc/v1/notices", "", {**NOTICE, "datasets": []}, "change_refused"),
    ("put", "/nrc/v1/notices/{id}", "1", {"reason": "more", "why": "it is more"}, "changed"),
    ("put", "/nrc/v1/notices/{id}", "1", {"reason": "more", "why": "again"}, "change_refused"),
    ("post", "/nrc/v1/notices/{id}/withdrawal", "1", {"why": "no more"}, "changed"),
    ("post", "/nrc/v1/notices/{id}/withdrawal", "1", {"why": "again"}, "change_refused"),
    ("post", "/nrc/v1/datasets/{dataset}/contracts", "edu.schools", {"text": CONTRACT}, "changed"),
    ("post", "/nrc/v1/datasets/{dataset}/contracts", "edu.schools", {"text": CONTRACT}, "unchanged"),
    ("post", "/nrc/v1/datasets/{dataset}/contracts", "edu.schools", {"text": CONTRACT + "# more"}, "change_refused"),
    ("post", "/nrc/v1/datasets/{dataset}/contracts", "edu.schools", {"text": "[", "dry_run": True}, "unchanged"),
    ("post", "/nrc/v1/datasets/{dataset}/controls", "edu.schools", CONTROL, "changed"),
    ("post", "/nrc/v1/datasets/{dataset}/controls", "edu.schools", CONTROL, "unchanged"),
    ("post", "/nrc/v1/datasets/{dataset}/controls", "edu.schools", {**CONTROL, "events": None}, "change_refused"),
    ("post", "/nrc/v1/datasets/{dataset}/retirement", "edu.schools", {"reason": "r"}, "changed"),
    ("post", "/nrc/v1/datasets/{dataset}/retirement", "edu.schools", {"reason": "r"}, "change_refused"),
    ("post", "/nrc/v1/datasets/{dataset}/reopening", "edu.schools", {"reason": "r"}, "changed"),
    ("post", "/nrc/v1/datasets/{dataset}/reopening", "edu.schools", {"reason": "r"}, "change_refused"),
    ("post", "/nrc/v1/systems/{system}/retirement", "edu.exams", {"reason": "r"}, "changed"),
    ("post", "/nrc/v1/systems/{system}/retirement", "edu.exams", {"reason": "r"}, "change_refused"),
    ("post", "/nrc/v1/agencies", "", {**AGENCY, "code": "old"}, "changed"),
    ("post", "/nrc/v1/agencies/{code}/succession", "old", SUCCESSION, "changed"),
    ("post", "/nrc/v1/agencies/{code}/succession", "old", SUCCESSION, "change_refused"),
    ("post", "/nrc/v1/agencies", "", {**AGENCY, "code": "gone"}, "changed"),
    ("post", "/nrc/v1/agencies/{code}/retirement", "gone", {"reason": "r"}, "changed"),
    ("post", "/nrc/v1/agencies/{code}/retirement", "gone", {"reason": "r"}, "change_refused"),
]


def account(world, name, role):
    made = world.nrc.json("account", "add", name, "--person", "The person", "--role", role, "--decision", "No. 1 of 2026")
    return basic(name, made["secret"])


def filled(route, words):
    given = iter(words.split())
    return re.sub(r"\{\w+\}", lambda _: next(given), route)


def lines_of(node, seen, path):
    """The log's new lines about requests of the path that are no reads."""
    return [r for r in node.log_lines()[seen:] if r["event"] in EVENTS and r["path"] == path.partition("?")[0]]


AT_THE_PAGE = ("/nrc/v1/quarantine/", "/nrc/v1/sources/")  # refused by every other process


def test_every_route_says_whether_it_changed_something(world):
    steward, auditor = account(world, "huda", "steward"), account(world, "salem", "auditor")
    node = world.registry(anonymous=False, NRC_LOG_LEVEL="debug").start()
    world.execute("SELECT nrc.see_incident('topic_missing', 'topic_read', NULL, NULL, NULL, 'it is not there', 1, now())")
    last_row = 0
    for number, (verb, route, words, body, event) in enumerate(STEPS):
        path, seen = filled(route, words), len(node.log_lines())
        answer = node.request(verb.upper(), path, body, **steward)
        process.wait_until(lambda: lines_of(node, seen, path), 30, f"a line about step {number}: {verb} {path} {answer}")
        told = [(r["event"], r["account"], r["method"], int(r["status"])) for r in lines_of(node, seen, path)]
        assert told == [(event, "huda", verb.upper(), answer.status)], f"step {number}: {verb} {path} {body}"
        added = world.rows("SELECT * FROM nrc.audit WHERE id > %s", last_row)
        last_row = max([last_row, *(row["id"] for row in added)])
        assert bool(added) == (event == "changed"), f"step {number}: {verb} {path}: {added}"
        assert {(row["by_name"], row["by_db_login"]) for row in added} <= {("huda", "nrc")}
    described = node.get("/nrc/v1/openapi.json").json["paths"]
    written = {(verb, route) for route, verbs in described.items() for verb in verbs
               if verb != "get" and not route.startswith(AT_THE_PAGE) and node.request(verb.upper(), filled(route, "x 1"), {}, **auditor).status == 403}
    assert written == {step[:2] for step in STEPS}, "every route that only writers may use is among the steps"
    world.finish()


def test_a_change_that_the_register_did_not_take_is_no_refusal(own_postgres):
    world = own_postgres
    node = world.registry(NRC_LOG_LEVEL="debug").start()
    assert node.put("/config/s", {"compatibility": "FULL"}).status == 200
    world.postgres.stop_immediate()
    seen = len(node.log_lines())
    assert node.put("/config/s", {"compatibility": "NONE"}).status >= 500
    process.wait_until(lambda: lines_of(node, seen, "/config/s"), 30, "a line about it")
    assert [r["event"] for r in lines_of(node, seen, "/config/s")] == ["change_failed"]
    world.postgres.start()
    world.finish()


def test_the_audit_trail_has_who_changed_what_with_before_and_after(world):
    """NRL-18: also by the commands, in the name of the user who runs them."""
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--key", "id")
    rows = world.nrc.json("audit", "list", "--agency", "moh")
    assert [(row["what"], row["object"]) for row in rows] == [
        ("dataset.added", "dataset/moh.births"), ("agency_head.added", "agency_head/moh"), ("agency.added", "agency/moh")]
    me = pwd.getpwuid(os.geteuid()).pw_name if not os.environ.get("SUDO_USER") else os.environ["SUDO_USER"]
    assert {(row["by"], row["db_login"], row["agency"]) for row in rows} == {(me, "nrc", "moh")}
    node = world.registry().start()
    node.put("/config/moh.births-value", {"compatibility": "FULL"})
    node.put("/config/moh.births-value", {"compatibility": "NONE"})
    first, *_ = world.nrc.json("audit", "list", "--object", "config/moh.births-value")
    assert (first["what"], first["by"]) == ("config.changed", "anonymous")
    shown = world.nrc.json("audit", "show", first["id"])
    assert (shown["before"]["level"], shown["after"]["level"]) == ("FULL", "NONE")
    assert world.nrc.json("audit", "list", "--by", "anonymous", "--limit", 1) == [first]
    assert world.nrc.json("audit", "list", "--by", "nobody") == []
    assert "has no row" in world.nrc.run("audit", "show", 999999, ok=(1,)).stderr
    world.nrc.run("dataset", "remove", "moh.births")
    removed = world.nrc.json("audit", "list", "--object", "dataset/moh.births")
    assert [row["what"] for row in removed] == ["dataset.removed", "dataset.added"]
    world.finish()
