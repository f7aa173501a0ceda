# SPDX-License-Identifier: Apache-2.0
"""Notices: what an agency announces before it stops, changes or collects more (NRL-7, NRL-8), with all its forms."""

import datetime
import json
import secrets

import psycopg
import pytest

KINDS = {"stop": "إيقاف", "modification": "تعديل", "update": "تحديث", "restructure": "هيكلة أنظمة البيانات",
         "additional_collection": "عمليات جمع إضافية"}


def at(days, hours=0):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=hours)
    return when.strftime("%Y-%m-%dT%H:%MZ")


def time_of(text):
    return datetime.datetime.fromisoformat(text)


@pytest.fixture
def notice(world):
    for agency, datasets in (("moh", ("births", "deaths")), ("edu", ("marks",))):
        world.nrc.add_agency(agency)
        for dataset in datasets:
            world.nrc.run("dataset", "add", f"{agency}.{dataset}", "--key", "id")

    def call(verb, *args, ok=(0,)):
        return world.nrc.run("notice", verb, *args, ok=ok)
    return call


def filed(notice, kind, *options, reason="new servers"):
    return json.loads(notice("file", kind, *options, "--reason", reason, "--json").stdout)["filed"]


def test_each_of_the_laws_kinds_is_announced_with_window_reason_lead_time_and_author(world, notice):
    """NRL-7."""
    for days, kind in enumerate(KINDS, 2):
        means = ["--means", "a file each hour"] if kind == "stop" else []
        filed(notice, kind, "--dataset", "moh.births,moh.deaths", "--from", at(days), "--until", at(days, 6), *means)
    rows = {row["kind"]: row for row in world.nrc.json("notice", "list")}
    assert {kind: row["kind_ar"] for kind, row in rows.items()} == KINDS
    for days, kind in enumerate(KINDS, 2):
        row = rows[kind]
        assert (row["agency"], row["datasets"], row["state"]) == ("moh", ["moh.births", "moh.deaths"], "announced")
        assert (row["reason"], row["late"]) == ("new servers", False)
        assert days * 24 - 0.2 < row["lead_hours"] <= days * 24
        assert time_of(row["ends_at"]) - time_of(row["starts_at"]) == datetime.timedelta(hours=6)
        shown = world.nrc.json("notice", "show", row["id"])
        assert shown["filed_by"] and [entry["what"] for entry in shown["history"]] == ["notice.filed"]
    assert world.nrc.json("notice", "list", "--dataset", "edu.marks") == []


def test_a_stop_says_by_which_means_data_comes_meanwhile(world, notice):
    """NRL-8: the duty to supply goes on."""
    stop = ("stop", "--dataset", "moh.births", "--from", at(3), "--reason", "new servers")
    assert "by which means" in notice("file", *stop, ok=(1,)).stderr
    notice("file", *stop, "--means", "a file each hour")
    (row,) = world.nrc.json("notice", "list")
    assert world.nrc.json("notice", "show", row["id"])["means"] == "a file each hour" and row["ends_at"] is None


def test_a_window_crosses_midnight_a_months_end_and_zones(world, notice):
    year = datetime.date.today().year + 2
    night = filed(notice, "update", "--dataset", "moh.births", "--from", f"{year}-11-30T22:00+02:00", "--until",
                  f"{year}-12-01T04:30:15+02:00")
    days = filed(notice, "update", "--dataset", "moh.births", "--from", f"{year}-02-27", "--until", f"{year}-12-31")
    shown = world.nrc.json("notice", "show", night)
    assert time_of(shown["starts_at"]) == time_of(f"{year}-11-30T20:00:00+00:00")
    assert time_of(shown["ends_at"]) == time_of(f"{year}-12-01T02:30:15+00:00")
    shown = world.nrc.json("notice", "show", days)
    assert time_of(shown["starts_at"]) == time_of(f"{year}-02-27T00:00:00+00:00")
    assert time_of(shown["ends_at"]) == time_of(f"{year + 1}-01-01T00:00:00+00:00")


REFUSED = [
    (("stopp", "moh.births", at(2), at(3)), 1, "no kind of notice"),
    (("update", "moh.births", at(3), at(2)), 1, "ends after it begins"),
    (("update", "moh.births", at(2), at(2)), 1, "ends after it begins"),
    (("update", "moh.births", at(-3), at(-2)), 1, "over already"),
    (("update", "moh.births,edu.marks", at(2), at(3)), 1, "datasets of one agency"),
    (("update", "moh.weddings", at(2), at(3)), 1, "there is no dataset moh.weddings"),
    (("update", "moh.births", "2027-02-30", at(900)), 2, "does not exist"),
    (("update", "moh.births", "2027-02-03T25:00Z", at(900)), 2, "does not exist"),
    (("update", "moh.births", "2027-02-03T05:00+99:00", at(900)), 2, "does not exist"),
    (("update", "moh.births", "2027-02-03T05:00", at(900)), 2, "YYYY-MM-DDTHH:MM"),
    (("update", "moh.births", "tomorrow", at(900)), 2, "YYYY-MM-DDTHH:MM"),
    (("update", "moh.births", "infinity", at(900)), 2, "YYYY-MM-DDTHH:MM"),
    (("update", "", at(2), at(3)), 2, "empty name")]


def test_what_cannot_be_announced_is_refused_with_the_reason(world, notice):
    for (kind, datasets, start, end), code, said in REFUSED:
        refused = notice("file", kind, "--dataset", datasets, "--from", start, "--until", end, "--reason", "r", ok=(code,))
        assert said in refused.stderr, (kind, datasets, start, end, refused.stderr)
    assert world.nrc.json("notice", "list", "--all") == []
    assert world.rows("SELECT * FROM nrc.audit WHERE what LIKE 'notice.%%'") == []


def test_a_notice_that_comes_after_its_begin_is_taken_and_marked(world, notice):
    filed(notice, "update", "--dataset", "moh.births", "--from", at(-1), "--until", at(1))
    (row,) = world.nrc.json("notice", "list")
    assert (row["state"], row["late"]) == ("in_force", True) and -24.2 < row["lead_hours"] < -23.8


def test_edits_and_withdrawals_keep_every_former_form(world, notice):
    identity = filed(notice, "stop", "--dataset", "moh.births", "--from", at(10), "--until", at(11), "--means", "files")
    notice("amend", identity, "--from", at(12), "--until", at(13), "--why", "servers come later")
    shown = world.nrc.json("notice", "show", identity)
    assert 287 < shown["lead_hours"] <= 288, "a later begin was known before"
    notice("amend", identity, "--from", at(1), "--for-good", "--reason", "they are sold", "--means", "paper", "--why",
           "a decision")
    shown = world.nrc.json("notice", "show", identity)
    assert 23 < shown["lead_hours"] <= 24 and shown["ends_at"] is None
    assert (shown["reason"], shown["means"]) == ("they are sold", "paper")
    assert "says that already" in notice("amend", identity, "--means", "paper", "--why", "x", ok=(1,)).stderr
    assert "or it is for good" in notice("amend", identity, "--until", at(20), "--for-good", "--why", "x", ok=(2,)).stderr
    assert "ends after" in notice("amend", identity, "--until", at(0.5), "--why", "x", ok=(1,)).stderr
    notice("withdraw", identity, "--why", "all stays")
    for verb, more in (("withdraw", ()), ("amend", ("--means", "x"))):
        assert "was withdrawn at" in notice(verb, identity, *more, "--why", "again", ok=(1,)).stderr
    assert world.nrc.json("notice", "list") == []
    (row,) = world.nrc.json("notice", "list", "--all")
    assert row["state"] == "withdrawn"

    history = world.nrc.json("notice", "show", identity)["history"]
    assert [(h["what"], h["why"]) for h in history] == [
        ("notice.filed", "new servers"), ("notice.amended", "servers come later"), ("notice.amended", "a decision"),
        ("notice.withdrawn", "all stays")]
    assert [h["before"] for h in history[1:]] == [h["after"] for h in history[:-1]]
    assert history[0]["before"] is None and "ends_at" not in history[2]["after"] and history[-1]["after"]["withdrawn_at"]
    assert all(h["by"] and h["db_login"] == "nrc" for h in history)
    assert "there is no notice" in notice("show", 999, ok=(1,)).stderr
    assert "there is no notice" in notice("withdraw", 999, "--why", "x", ok=(1,)).stderr


def test_reasons_may_be_arabic(world, notice):
    identity = filed(notice, "update", "--dataset", "moh.births", "--from", at(2), reason="خوادم جديدة")
    assert "خوادم جديدة" in notice("list").stdout and "تحديث" in notice("show", identity).stdout


def test_no_role_alters_or_deletes_what_the_audit_trail_has(servers, world, notice):
    """NRL-18: evidence stays."""
    filed(notice, "update", "--dataset", "moh.births", "--from", at(2))
    before = world.rows("SELECT * FROM nrc.audit")
    add = "INSERT INTO nrc.audit (what, object, by_name) VALUES ('notice.filed', 'notice/1', 'me')"
    change = ("DELETE FROM nrc.audit", "UPDATE nrc.audit SET why = 'x'", "TRUNCATE nrc.audit")
    login = f"all_{secrets.token_hex(3)}"
    servers.postgres.sql(f"CREATE ROLE {login} LOGIN IN ROLE nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader")
    try:
        with psycopg.connect(servers.postgres.dsn(world.database, login), autocommit=True) as db:
            for sql in (*change, add, "DELETE FROM nrc.notice", "UPDATE nrc.notice SET reason = 'x'"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(sql)
    finally:
        servers.postgres.sql(f"DROP ROLE {login}")
    with world.connect() as db:  # a superuser is stopped by the trigger
        for sql in change:
            with pytest.raises(psycopg.Error, match="what is recorded there stays"):
                db.execute(sql)
    assert world.rows("SELECT * FROM nrc.audit") == before


def test_a_dataset_with_notices_is_not_removed(world, notice):
    filed(notice, "update", "--dataset", "moh.births", "--from", at(2))
    assert "has notices" in world.nrc.run("dataset", "remove", "moh.births", ok=(1,)).stderr
    world.nrc.run("dataset", "remove", "moh.deaths")


def test_over_http_an_agency_announces_for_its_own_datasets_alone(world, notice):
    """NRL-7, and who may: what `nrc notice` does, by the account that logged in."""
    def client(name, role, agency=None):
        of = ["--agency", agency] if agency else []
        made = world.nrc.json("account", "add", name, "--person", name.title(), "--role", role, "--decision", "No. 1", *of)
        return {"Authorization": f"Bearer {name}.{made['secret']}"}
    moh, edu, steward, auditor = (client("salem", "producer", "moh"), client("amal", "producer", "edu"),
                                  client("huda", "steward"), client("omar", "auditor"))
    node = world.registry(anonymous=False).start()
    body = {"kind": "stop", "datasets": ["moh.births"], "starts_at": at(2), "ends_at": at(3), "reason": "خوادم جديدة"}
    refused = node.post("/nrc/v1/notices", body, **moh)
    assert refused.status == 409 and "by which means" in refused.json["message"]
    body["means"] = "a file each hour"
    assert node.post("/nrc/v1/notices", body, **auditor).status == 403
    refused = node.post("/nrc/v1/notices", body, **edu)
    assert refused.status == 409 and "another agency's dataset" in refused.json["message"]
    made = node.post("/nrc/v1/notices", body, **moh)
    assert made.status == 201, made
    path = f"/nrc/v1/notices/{made.json['id']}"
    assert (made.json["filed_by"], made.json["agency"], made.json["state"]) == ("salem", "moh", "announced")
    assert node.get(path, **auditor).json == world.nrc.json("notice", "show", made.json["id"]) == made.json
    listed = node.get("/nrc/v1/notices?dataset=moh.births", **auditor).json
    assert listed == world.nrc.json("notice", "list", "--dataset", "moh.births") and len(listed) == 1
    assert node.get("/nrc/v1/notices?dataset=moh.deaths", **auditor).json == []

    assert node.put(path, {"why": "later", "ends_at": at(9)}, **edu).status == 409
    assert node.put(path, {"ends_at": at(9)}, **moh).status == 400
    assert node.put(path, {"why": "for good", "ends_at": None}, **moh).json["ends_at"] is None
    assert node.put(path, {"why": "sooner", "starts_at": "2020-01-01"}, **steward).json["late"] is True
    for bad in ({"why": "x", "starts_at": "soon"}, {"why": "x", "starts_at": 5}, [], {"why": ["x"]}):
        assert node.put(path, bad, **moh).status == 400
    assert node.post(f"{path}/withdrawal", {"why": "x"}, **edu).status == 409
    gone = node.post(f"{path}/withdrawal", {"why": "all stays"}, **steward).json
    assert gone["state"] == "withdrawn" and [(h["what"], h["by"]) for h in gone["history"]] == [
        ("notice.filed", "salem"), ("notice.amended", "salem"), ("notice.amended", "huda"), ("notice.withdrawn", "huda")]
    assert node.get("/nrc/v1/notices", **auditor).json == []
    assert [row["id"] for row in node.get("/nrc/v1/notices?over=true", **auditor).json] == [made.json["id"]]
    for unknown in ("999", "0x1", "9" * 30, "-1"):
        assert node.get(f"/nrc/v1/notices/{unknown}", **auditor).status == 404
        assert node.post(f"/nrc/v1/notices/{unknown}/withdrawal", {"why": "x"}, **steward).status == 404
