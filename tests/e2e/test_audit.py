# SPDX-License-Identifier: Apache-2.0
"""The audit trail over HTTP: what the commands show, each reader within its rights (NRL-1, NRL-18)."""

import datetime

import pytest
from kit.registry import bearer

LIST = "/nrc/v1/audit"
SECRET = "T0p5ecretPath"


def login(world, name, role, agency=None):
    of = ["--agency", agency] if agency else []
    made = world.nrc.json("account", "add", name, "--person", name.title(), "--role", role, "--decision", "No. 1", *of)
    return bearer(f"{name}.{made['secret']}")


@pytest.fixture
def node(world):
    for agency in ("moh", "edu"):
        world.nrc.add_agency(agency)
        world.nrc.run("dataset", "add", f"{agency}.births", "--key", "id")
    return world.registry(anonymous=False).start()


def ids(answer):
    assert answer.status == 200, answer
    return [row["id"] for row in answer.json]


def moved(world, identity, when):
    """The row as if it had been written at that time: only whoever owns the machine can do that."""
    with world.connect() as db:
        db.execute("ALTER TABLE nrc.audit DISABLE TRIGGER kept")
        db.execute("UPDATE nrc.audit SET at = %s WHERE id = %s", (when, identity))
        db.execute("ALTER TABLE nrc.audit ENABLE TRIGGER kept")


def test_the_registry_shows_the_trail_as_the_commands_do(world, node):
    auditor = login(world, "omar", "auditor")
    world.nrc.run("notice", "file", "update", "--dataset", "moh.births", "--from", "2099-01-01", "--reason", "خوادم جديدة")
    assert node.get(LIST, **auditor).json == world.nrc.json("audit", "list", "--limit", 1000)
    filters = [("object", "dataset/moh.births"), ("object", "notice/*"), ("what", "agency_head.added"), ("what", "agency.*"),
               ("agency", "edu"), ("by", "nobody"), ("what", "agency*"), ("object", "notice/"), ("limit", 2)]
    sizes = []
    for name, value in filters:
        answer = node.get(f"{LIST}?{name}={value}", **auditor).json
        assert answer == world.nrc.json("audit", "list", f"--{name}", value), name
        sizes.append(len(answer))
    assert sizes == [1, 1, 2, 2, 3, 0, 0, 0, 2]
    newest = node.get(LIST, **auditor).json[0]
    shown = node.get(f"{LIST}/{newest['id']}", **auditor).json
    assert shown == world.nrc.json("audit", "show", newest["id"])
    assert (shown["what"], shown["before"], shown["after"]["reason"]) == ("notice.filed", None, "خوادم جديدة")


def test_the_page_after_a_row_has_none_twice_and_none_left_out_and_keeps_the_filter(world, node):
    """While rows are added meanwhile. An offset would show some of them again."""
    auditor = login(world, "omar", "auditor")
    whole = ids(node.get(f"{LIST}?agency=moh", **auditor))
    assert len(whole) == 3
    seen = ids(node.get(f"{LIST}?agency=moh&limit=1", **auditor))
    while True:
        world.nrc.run("dataset", "add", f"moh.more{len(seen)}", "--key", "id")
        page = ids(node.get(f"{LIST}?agency=moh&limit=1&before={seen[-1]}", **auditor))
        if not page:
            break
        seen += page
    assert seen == whole
    assert [row["id"] for row in world.nrc.json("audit", "list", "--agency", "moh", "--before", whole[0])] == whole[1:]


def test_a_day_counts_whole_and_a_time_is_of_its_zone(world, node):
    auditor = login(world, "omar", "auditor")
    last, first, *_ = ids(node.get(LIST, **auditor))
    moved(world, first, "2020-02-29T00:00:00Z")
    moved(world, last, "2020-02-29T23:59:59.999999Z")
    for since, until, want in (("2020-02-29", "2020-02-29", [last, first]), ("2020-03-01", "2020-03-01", []),
                               ("2020-02-28", "2020-02-28", []), ("2020-02-29T04:00%2B04:00", "2020-02-29T00:00:01Z", [first]),
                               ("2020-02-29T00:00:01Z", "2020-02-29T23:59Z", []), ("2020-02-29T00:00:01Z", "2020-02-29", [last])):
        assert ids(node.get(f"{LIST}?since={since}&until={until}", **auditor)) == want, (since, until)
        rows = world.nrc.json("audit", "list", "--since", since.replace("%2B", "+"), "--until", until)
        assert [row["id"] for row in rows] == want
    assert ids(node.get(f"{LIST}?until=2020-02-29T00:00Z", **auditor)) == [], "what is at the end is not before it"


def test_what_is_asked_wrongly_is_refused_with_the_reason(world, node):
    auditor = login(world, "omar", "auditor")
    for query, said in (("since=2021-02-29", "does not exist in the calendar"), ("until=yesterday", "has the form"),
                        ("since=infinity", "has the form"), ("since=2020-01-01T00:00", "has the form"), ("since=", "has the form"),
                        ("until=2020-01-01T00:00%2B99:00", "does not exist"), ("before=0", "id of a row"),
                        ("before=-1", "id of a row"), ("before=12a", "id of a row"), ("before=" + "9" * 30, "id of a row"),
                        ("limit=ten", "whole number"), ("object=%ff", "UTF-8"), ("limit=99999999999", "whole number")):
        refused = node.get(f"{LIST}?{query}", **auditor)
        assert refused.status == 400 and said in refused.json["message"], (query, refused)
    for unknown in ("0", "999999", "x", "-1", "9" * 30):
        assert node.get(f"{LIST}/{unknown}", **auditor).status == 404, unknown
    for options, code in ((("--since", "soon"), 2), (("--before", 0), 2), (("--until", "2021-02-29"), 2)):
        world.nrc.run("audit", "list", *options, ok=(code,))
    assert len(ids(node.get(f"{LIST}?limit=0", **auditor))) == len(ids(node.get(LIST, **auditor))) > 2
    assert ids(node.get(f"{LIST}?object=%27%3B+DROP+TABLE+nrc.audit%3B--", **auditor)) == []


def test_an_agency_reads_what_is_about_itself_alone(world, node, tmp_path):
    """NRL-1: of others it learns nothing, not even that a row is there."""
    (tmp_path / "a.avsc").write_text('{"type":"record","name":"B","fields":[{"name":"id","type":"string"}]}')
    world.nrc.run("structure", "register", "moh.births", tmp_path / "a.avsc")
    readers = {name: login(world, name, role, agency) for name, role, agency in (
        ("salem", "producer", "moh"), ("muna", "auditor", "moh"), ("amal", "beneficiary", "edu"))}
    auditor, steward = login(world, "omar", "auditor"), login(world, "huda", "steward")
    node.put("/config", {"compatibility": "FULL"}, **steward)
    rows = node.get(LIST, **auditor).json
    assert {row["agency"] for row in rows} == {None, "moh", "edu"} and node.get(LIST, **steward).json == rows
    for name, agency in (("salem", "moh"), ("muna", "moh"), ("amal", "edu")):
        own = [row for row in rows if row["agency"] == agency]
        assert len(own) > 2 and node.get(LIST, **readers[name]).json == own
        assert node.get(f"{LIST}?agency={'edu' if agency == 'moh' else 'moh'}", **readers[name]).json == []
        for row in rows:
            wanted = 200 if row["agency"] == agency else 404
            assert node.get(f"{LIST}/{row['id']}", **readers[name]).status == wanted, (name, row)
    for role in ("operator", "beneficiary"):
        other = login(world, f"the-{role}", role)
        assert node.get(LIST, **other).status == 403 and node.get(f"{LIST}/{rows[0]['id']}", **other).status == 403
    assert node.get(LIST).status == 401


def test_who_succeeds_an_agency_reads_its_trail_too(world, node):
    salem, amal = login(world, "salem", "producer", "moh"), login(world, "amal", "producer", "edu")
    before = ids(node.get(f"{LIST}?agency=moh", **salem))
    assert ids(node.get(f"{LIST}?agency=moh", **amal)) == []
    world.nrc.run("agency", "succeed", "moh", "edu", "--instrument", "Law 1", "--reason", "merged")
    after = ids(node.get(f"{LIST}?agency=moh", **amal))
    assert set(before) < set(after) and ids(node.get(f"{LIST}?agency=moh", **salem)) == after


def test_no_row_has_a_secret(world, node):
    """Neither of an account nor of a subscription; what a URL says behind its server may be one."""
    auditor, salem = login(world, "omar", "auditor"), login(world, "salem", "producer", "moh")
    world.nrc.settings["NRC_RELAY_ALLOW"] = "127.0.0.0/8"
    made = world.nrc.json("subscription", "add", "moh-changes", "--account", "salem", "--webhook",
                          f"http://127.0.0.1:8443/{SECRET}?key={SECRET}")
    world.nrc.json("subscription", "rotate", "moh-changes")
    rows = [node.get(f"{LIST}/{row['id']}", **auditor) for row in node.get(f"{LIST}?what=subscription.*", **salem).json]
    assert len(rows) == 2 and rows[-1].json["after"]["server"] == "127.0.0.1:8443"
    assert not any(word in row.text for row in rows for word in (SECRET, made["secret"], "whsec_"))
