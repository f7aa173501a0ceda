# SPDX-License-Identifier: Apache-2.0
"""The catalogue of sources: what it has of agencies, systems and datasets, and who answers for each (NRL-1, NRL-5, NRL-9)."""

import json
import re
import subprocess

import pytest
import rdflib

from kit import paths, process, stream
from kit.catalogue import BIRTH, DCTERMS, TODAY, Page, check_profile, day, edit, gaps, graph_of, health, refused


@pytest.fixture
def nrc(world):
    return health(world)


# ---- facts ----


def test_a_dataset_says_what_the_catalogue_asks(nrc):
    """NRL-1, NRL-5."""
    facts = {"title": "Births", "title_ar": "المواليد", "description": "Each birth", "description_ar": "كل ولادة",
             "origin": "produced", "legal_basis": "قانون رقم 36 لسنة 1968", "cadence": "continuous", "steward": "Huda",
             "contact": "births@moh.example"}
    edit(nrc, "moh.births", *(word for fact, value in facts.items() for word in ("--" + fact.replace("_", "-"), value)))
    shown = nrc.json("dataset", "show", "moh.births")["dataset"]
    assert {fact: shown[fact] for fact in facts} == facts
    assert (shown["answered_by"], shown["state"], shown["system"]) == ("moh", "active", None)
    edit(nrc, "moh.births", "--steward", "", "--title", "All births", reason="she left")
    shown = nrc.json("dataset", "show", "moh.births")["dataset"]
    assert (shown["steward"], shown["title"], shown["title_ar"]) == (None, "All births", "المواليد")
    first, *_ = nrc.json("audit", "list", "--object", "dataset/moh.births")
    row = nrc.json("audit", "show", first["id"])
    assert (row["what"], row["why"]) == ("dataset.changed", "she left")
    assert (row["before"]["title"], row["after"]["title"], row["after"]["steward"]) == ("Births", "All births", None)
    assert "المواليد" in nrc.run("dataset", "show", "moh.births").stdout


REFUSED = [
    (("--origin", "bought"), 1, "produced or held"), (("--cadence", "often"), 1, "the cadence is"),
    (("--title", "\u200f \u00a0"), 2, "title must be a text"), (("--title", "x" * 401), 2, "title must be a text"),
    (("--system", "moh.nothing"), 1, "no system moh.nothing"), (("--steward-account", "nobody"), 1, "no account nobody"),
    (("--steward", "A", "--steward-account", "huda"), 1, "a name or an account"), ((), 2, "nothing is given"),
    (("--contact", ""), 1, "says that of dataset moh.births already")]


def test_an_edit_that_cannot_be_is_refused_with_the_reason(nrc):
    nrc.run("account", "add", "huda", "--person", "Huda", "--role", "steward", "--decision", "1")
    before = nrc.json("audit", "list")
    for options, code, said in REFUSED:
        assert said in refused(nrc, "dataset", "edit", "moh.births", *options, "--reason", "r", code=code), options
    assert "the reason" in refused(nrc, "dataset", "edit", "moh.births", "--title", "x", "--reason", "\u200b", code=2)
    assert "no dataset moh.nothing" in refused(nrc, "dataset", "edit", "moh.nothing", "--title", "x", "--reason", "r")
    assert nrc.json("audit", "list") == before


def test_a_steward_who_has_left_cannot_be_named_and_is_seen(nrc):
    """Others' catalogues offer deleted users as owners, and keep them."""
    nrc.run("account", "add", "huda", "--person", "Huda", "--person-ar", "هدى", "--role", "steward", "--decision", "1")
    edit(nrc, "moh.births", "--steward-account", "huda")
    shown = nrc.json("dataset", "show", "moh.births")["dataset"]
    assert (shown["steward"], shown["steward_ar"], shown["steward_account"]) == ("Huda", "هدى", "huda")
    nrc.run("account", "disable", "huda", "--reason", "left")
    assert "disabled or has expired" in refused(nrc, "dataset", "edit", "moh.deaths", "--steward-account", "huda", "--reason", "r")
    (gone,) = [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == "steward_gone"]
    assert (gone["object"], gone["since"]) == ("moh.births", TODAY.isoformat())
    edit(nrc, "moh.births", "--steward", "Salem")
    assert not [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == "steward_gone"]


def test_an_agency_is_edited_with_before_and_after(nrc):
    nrc.run("agency", "edit", "moh", "--name-ar", "وزارة الصحة العامة", "--class", "2", "--reason", "Decree 5")
    shown = nrc.json("agency", "show", "moh")["agency"]
    assert (shown["name"], shown["name_ar"], shown["class"]) == ("Ministry of Health", "وزارة الصحة العامة", 2)
    first, *_ = nrc.json("audit", "list", "--object", "agency/moh")
    row = nrc.json("audit", "show", first["id"])
    assert (row["before"]["name_ar"], row["after"]["name_ar"], row["why"]) == ("وزارة الصحة", "وزارة الصحة العامة", "Decree 5")
    assert "cannot be taken away" in refused(nrc, "agency", "edit", "moh", "--name", "", "--reason", "r")
    assert "1, 2 or 3" in refused(nrc, "agency", "edit", "moh", "--class", "4", "--reason", "r")
    nrc.run("agency", "edit", "moh", "--name-ar", "", "--reason", "r")
    assert nrc.json("agency", "show", "moh")["agency"]["name_ar"] is None


# ---- who answers, and when (NRL-9) ----


def test_who_answered_on_which_day_stays_known(nrc):
    """NRL-9."""
    nrc.run("agency", "head", "moh", "--head", "Salem", "--from", day(5), "--reason", "Decision 14")
    shown = nrc.json("agency", "show", "moh")
    assert shown["agency"]["head"] == "د. سلمى الحارثية", "the next one answers from his first day on"
    assert shown["heads"] == [
        {"division": "دائرة الإحصاء", "head": "Salem", "from": day(5), "until": None},
        {"division": "دائرة الإحصاء", "head": "د. سلمى الحارثية", "from": day(0), "until": day(4)}]
    nrc.run("agency", "head", "moh", "--head", "Salim", "--from", day(5), "--reason", "his name was misspelt")
    assert [head["head"] for head in nrc.json("agency", "show", "moh")["heads"]] == ["Salim", "د. سلمى الحارثية"]
    assert "answers for agency moh since" in refused(nrc, "agency", "head", "moh", "--head", "X", "--from", day(-1), "--reason", "r")
    assert "does not end before" in refused(nrc, "agency", "head", "moh", "--ends", day(2), "--reason", "r")
    assert "not both" in refused(nrc, "agency", "head", "moh", "--ends", day(9), "--head", "X", "--reason", "r", code=2)
    assert "new division, a new head" in refused(nrc, "agency", "head", "moh", "--reason", "r", code=2)
    assert "does not exist" in refused(nrc, "agency", "head", "moh", "--head", "X", "--from", "2027-02-30", "--reason", "r", code=2)
    rows = nrc.json("audit", "list", "--object", "agency_head/moh")
    assert [(row["what"], row["why"]) for row in rows] == [
        ("agency_head.changed", "his name was misspelt"), ("agency_head.added", "Decision 14"),
        ("agency_head.changed", "Decision 14"), ("agency_head.added", None)]


def test_an_agency_whose_head_left_without_successor_is_a_gap(world, nrc):
    """NRL-9."""
    nrc.run("agency", "head", "moh", "--ends", day(0), "--reason", "retires")
    assert not [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == "no_head"], "today she still answers"
    world.execute("UPDATE nrc.agency_head SET valid_from = valid_from - 9, valid_to = valid_to - 3")
    (gap,) = [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == "no_head"]
    assert gap["agency"] == "moh" and "د. سلمى الحارثية" in gap["detail"] and gap["since"] == day(-2)
    assert nrc.json("agency", "show", "moh")["agency"]["head"] is None
    nrc.run("agency", "head", "moh", "--head", "Salem", "--reason", "Decision 14")
    assert not [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == "no_head"]


def test_no_agency_is_active_without_its_division_and_head(world, nrc):
    """NRL-9, by the command, over HTTP, by the register's function, and by a row."""
    add = ("agency", "add", "edu", "--name", "Education", "--class", "1")
    for options in ((), ("--division", "D"), ("--division", "D", "--head", " \u200f"), ("--division", "\u00a0", "--head", "H")):
        said = refused(nrc, *add, *options, code=2)
        assert "NRL-9" in said or "needs --" in said or "missing" in said, said
    node = world.registry().start()
    body = {"code": "edu", "name": "Education", "class": 1, "division": "D"}
    assert node.post("/nrc/v1/agencies", {**body, "head": "\u2066\u2069"}).status == 400
    assert node.post("/nrc/v1/agencies", body).status == 400
    with world.connect() as db:
        for sql in ("SELECT nrc.add_agency('edu', 'E', NULL, 1, 'D', U&'\\200F')",
                    "INSERT INTO nrc.agency (code, name, legal_class) VALUES ('edu', 'E', 1)"):
            with pytest.raises(Exception, match="agency_head_named|NRL-9"):
                db.execute(sql)
    # Listed, but nobody is named yet: it is catalogued, takes no structure, and becomes active with its head.
    assert node.post("/nrc/v1/agencies", {**body, "declared": True}).status == 400
    assert node.post("/nrc/v1/agencies", {"code": "edu", "name": "Education", "class": 1, "declared": True}).status == 201
    nrc.run("agency", "declare", "law", "--name", "Law", "--class", "1")
    nrc.run("dataset", "add", "edu.marks", "--key", "civil_no", "--topic", f"marks.{world.tag}")
    schema = world.folder / "marks.avsc"
    schema.write_text(json.dumps(BIRTH))
    assert "not active" in refused(nrc, "structure", "register", "edu.marks", schema)
    with world.connect() as db:
        with pytest.raises(Exception, match="NRL-9"):
            db.execute("UPDATE nrc.agency SET state = 'active' WHERE code = 'edu'")
    assert [g["gap"] for g in nrc.json("catalogue", "gaps", "--agency", "edu")] == ["no_head", "no_structure", "facts_missing"]
    assert "answers today" in refused(nrc, "agency", "head", "edu", "--division", "D", "--head", "H", "--from", day(1), "--reason", "r")
    named = node.put("/nrc/v1/agencies/edu/head", {"division": "D", "head": "هدى", "reason": "Letter 3"})
    assert (named.json["state"], named.json["head"]) == ("active", "هدى")
    nrc.run("structure", "register", "edu.marks", schema)
    with world.connect() as db, pytest.raises(Exception, match="stays"):
        db.execute("DELETE FROM nrc.agency_head")


# ---- systems ----


def test_a_system_serves_datasets_of_its_agency(nrc):
    """NRL-5."""
    nrc.run("system", "add", "moh.registry", "--name", "Civil registry", "--name-ar", "السجل المدني")
    nrc.add_agency("edu")
    nrc.run("system", "add", "edu.exams", "--name", "Exams")
    edit(nrc, "moh.births", "--system", "moh.registry")
    assert "another agency's" in refused(nrc, "dataset", "edit", "moh.deaths", "--system", "edu.exams", "--reason", "r")
    shown = nrc.json("system", "show", "moh.registry")
    assert (shown["serves"], shown["datasets"], shown["state"], shown["name_ar"]) == (["moh.births"], 1, "active", "السجل المدني")
    assert [row["system"] for row in nrc.json("system", "list", "--agency", "moh")] == ["moh.registry"]
    assert [row["system"] for row in nrc.json("agency", "show", "moh")["systems"]] == ["moh.registry"]
    assert "السجل المدني" in nrc.run("system", "list").stdout
    nrc.run("system", "edit", "moh.registry", "--description", "Births and deaths", "--reason", "it does more")
    assert nrc.json("system", "show", "moh.registry")["description"] == "Births and deaths"
    assert "still serves moh.births" in refused(nrc, "system", "retire", "moh.registry", "--reason", "old")
    edit(nrc, "moh.births", "--system", "", reason="moved")
    nrc.run("system", "retire", "moh.registry", "--reason", "old")
    assert "was retired on" in refused(nrc, "dataset", "edit", "moh.births", "--system", "moh.registry", "--reason", "r")
    assert [(row["what"], row["why"]) for row in nrc.json("audit", "list", "--object", "system/moh.registry")] == [
        ("system.changed", "old"), ("system.changed", "it does more"), ("system.added", None)]
    for name, code, said in (("registry", 2, "AGENCY.CODE"), (".x", 2, "AGENCY.CODE"), ("moh.X", 2, "AGENCY.CODE"),
                             ("moh.", 2, "AGENCY.CODE"), ("moh.a.b", 2, "AGENCY.CODE"), ("xyz.a", 1, "no agency xyz"),
                             ("moh.registry", 1, "there already")):
        assert said in refused(nrc, "system", "add", name, "--name", "n", code=code), name
    for verb, more in (("show", ()), ("edit", ("--name", "x", "--reason", "r")), ("retire", ("--reason", "r"))):
        assert "no system moh.nothing" in refused(nrc, "system", verb, "moh.nothing", *more)


def test_a_notice_of_a_system_is_about_every_dataset_that_it_serves(world, nrc):
    """NRL-7."""
    nrc.run("system", "add", "moh.registry", "--name", "Civil registry")
    edit(nrc, "moh.births", "--system", "moh.registry")
    window = ("--from", day(3), "--until", day(4), "--reason", "new servers")
    made = json.loads(nrc.run("notice", "file", "update", "--system", "moh.registry", *window, "--json").stdout)["filed"]
    shown = nrc.json("notice", "show", made)
    assert (shown["system"], shown["datasets"], shown["agency"]) == ("moh.registry", ["moh.births"], "moh")
    edit(nrc, "moh.deaths", "--system", "moh.registry", reason="joins")
    assert nrc.json("notice", "show", made)["datasets"] == ["moh.births", "moh.deaths"]
    assert [row["id"] for row in nrc.json("notice", "list", "--dataset", "moh.deaths")] == [made]
    edit(nrc, "moh.deaths", "--system", "", reason="leaves")
    assert nrc.json("notice", "show", made)["datasets"] == ["moh.births", "moh.deaths"], "what was announced stays announced"
    nrc.run("notice", "withdraw", made, "--why", "over")
    nrc.run("dataset", "add", "moh.late", "--key", "id")
    edit(nrc, "moh.late", "--system", "moh.registry", reason="joins after it was withdrawn")
    assert nrc.json("notice", "show", made)["datasets"] == ["moh.births", "moh.deaths"]
    assert "no system moh.x" in refused(nrc, "notice", "file", "update", "--system", "moh.x", *window)
    assert "at least one dataset, or a system" in refused(nrc, "notice", "file", "update", *window)
    nrc.add_agency("edu")
    nrc.run("system", "add", "edu.exams", "--name", "Exams")
    assert "datasets of one agency" in refused(nrc, "notice", "file", "update", "--system", "edu.exams", "--dataset", "moh.births",
                                               *window)
    secret = nrc.json("account", "add", "amal", "--person", "Amal", "--role", "producer", "--decision", "1", "--agency", "edu")
    node = world.registry(anonymous=False).start()
    amal = {"Authorization": f"Bearer amal.{secret['secret']}"}
    body = {"kind": "update", "system": "moh.registry", "starts_at": day(3), "reason": "r"}
    answer = node.post("/nrc/v1/notices", body, **amal)
    assert answer.status == 409 and "another agency's system" in answer.json["message"]
    filed = node.post("/nrc/v1/notices", {**body, "system": "edu.exams"}, **amal).json
    assert (filed["system"], filed["datasets"], filed["agency"]) == ("edu.exams", [], "edu")
    history = nrc.json("notice", "show", made)["history"]
    assert history[0]["after"]["system"] == "moh.registry" and history[0]["after"]["datasets"] == ["moh.births"]


# ---- retired, merged, succeeded ----


def test_a_retired_dataset_takes_no_more_events_and_structures_and_keeps_its_rows(world):
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(BIRTH))
    other = world.dataset("moh.deaths", "civil_no", stream.Structure({**BIRTH, "name": "Death"}))

    def send(to, key):
        row = {"civil_no": key, "seq": 1}
        to.send(stream.Event(key=(key,), key_bytes=key.encode(), value_bytes=to.structure.frame(row), row=row, order=1))
        to.flush()
    engine = world.engine().start()
    send(dataset, "a")
    dataset.wait_drained()
    revoked = len(engine.log_lines("partitions_revoked"))
    assert "not a later one" in world.nrc.run("dataset", "retire", "--help").stdout
    assert "still to come" in refused(world.nrc, "dataset", "retire", "moh.births", "--on", day(1), "--reason", "r")
    world.nrc.run("dataset", "retire", "moh.births", "--successor", "moh.deaths", "--reason", "one register for both")
    shown = world.nrc.json("dataset", "show", "moh.births")["dataset"]
    assert (shown["state"], shown["retired_on"], shown["successor"], shown["retired_reason"]) == (
        "retired", day(0), "moh.deaths", "one register for both")
    process.wait_until(lambda: len(engine.log_lines("partitions_revoked")) > revoked, 60, "the engine lets the topic go")
    send(dataset, "b")
    send(other, "c")
    other.wait_drained()
    assert [row["civil_no"] for row in dataset.rows()] == ["a"] and dataset.position()["next_offset"] == 1
    assert dataset.topic not in {row["topic"] for row in world.nrc.json("lag")}
    longer = {**BIRTH, "fields": [*BIRTH["fields"], {"name": "w", "type": "int", "default": 0}]}
    with pytest.raises(AssertionError, match="was retired on"):
        dataset.register(stream.Structure(longer))
    node = world.registry().start()
    answer = node.post(f"/subjects/{dataset.topic}-value/versions", {"schema": json.dumps(longer)})
    assert answer.status == 409 and "was retired on" in answer.json["message"], "by a serialiser, too"
    known = node.post(f"/subjects/{dataset.topic}-value/versions", {"schema": dataset.structure.text})
    assert known.json["id"] == dataset.structure.schema_id, "what is stored can still be read"
    world.nrc.run("dataset", "reopen", "moh.births", "--reason", "by mistake")
    dataset.wait_drained()
    assert [row["civil_no"] for row in dataset.rows()] == ["a", "b"]
    dataset.register(stream.Structure(longer))
    world.finish()


def test_a_request_that_waited_is_not_approved_once_its_dataset_is_retired(world):
    world.nrc.add_agency("moh")
    world.nrc.add_dataset("moh.births", key="civil_no", decided=True)
    steward = {}
    for name, role, more in (("feed", "producer", ("--agency", "moh")), ("huda", "steward", ())):
        made = world.nrc.json("account", "add", name, "--person", name, "--role", role, "--decision", "1", *more)
        steward[name] = {"Authorization": f"Bearer {name}.{made['secret']}"}
    node = world.registry(anonymous=False).start()
    more = {"name": "place", "type": ["null", "string"], "default": None}
    for fields, status in ((BIRTH["fields"] + [more], 200), (BIRTH["fields"], 422)):
        body = {"schema": json.dumps({**BIRTH, "fields": fields})}
        assert node.post("/subjects/moh.births-value/versions", body, **steward["feed"]).status == status
    world.nrc.run("dataset", "retire", "moh.births", "--reason", "over")
    answer = node.post("/nrc/v1/requests/1/approval", {"reason": "read it"}, **steward["huda"])
    assert answer.status == 409 and "was retired on" in answer.json["message"]
    world.nrc.run("dataset", "reopen", "moh.births", "--reason", "by mistake")
    assert node.post("/nrc/v1/requests/1/approval", {"reason": "read it"}, **steward["huda"]).status == 200


def test_a_successor_answers_for_the_datasets_and_its_accounts_write(world, nrc):
    """NRL-9; and least privilege: the former agency's accounts write no more."""
    nrc.add_agency("hlt", "Health Authority", "هيئة الصحة", head="Salem")

    def client(name, agency):
        made = nrc.json("account", "add", name, "--person", name, "--role", "producer", "--agency", agency, "--decision", "1")
        return {"Authorization": f"Bearer {name}.{made['secret']}"}
    old, new = client("feed", "moh"), client("successor", "hlt")
    node = world.registry(anonymous=False).start()
    path = f"/subjects/births.{world.tag}-value/versions"
    body = {"schema": json.dumps(BIRTH)}
    notice = {"kind": "update", "datasets": ["moh.births"], "starts_at": day(3), "reason": "r"}
    assert node.post(path, body, **new).status == 403
    before = node.post("/nrc/v1/notices", notice, **old).json["id"]
    nrc.run("agency", "succeed", "moh", "hlt", "--instrument", "مرسوم 12", "--reason", "one body for health")
    assert node.post(path, body, **old).status == 403
    assert node.post(path, body, **new).status == 200
    assert node.post("/subjects/moh.other/versions", body, **old).status == 403
    assert node.post("/subjects/moh.other/versions", body, **new).status == 200
    assert node.post("/nrc/v1/notices", notice, **old).status == 409
    made = node.post("/nrc/v1/notices", notice, **new).json
    assert made["agency"] == "hlt"
    assert node.put(f"/nrc/v1/notices/{before}", {"why": "w", "reason": "later"}, **new).status == 200
    assert node.put(f"/nrc/v1/notices/{made['id']}", {"why": "w", "reason": "x"}, **old).status == 409

    shown = nrc.json("agency", "show", "moh")
    assert [shown["agency"][k] for k in ("state", "successor", "instrument", "retired_on")] == [
        "retired", "hlt", "مرسوم 12", day(0)]
    assert shown["heads"][0]["until"] == day(0), "who answered until then stays known"
    (dataset,) = [d for d in nrc.json("catalogue", "export", "--agency", "hlt")["agencies"][1]["datasets"] if d["dataset"] == "moh.births"]
    (former,) = [a for a in nrc.json("catalogue", "export")["agencies"] if a["code"] == "moh"]
    assert (former["answered_by"], former["head"], former["successor"]) == ("hlt", "Salem", "hlt") and dataset["state"] == "active"
    graph = graph_of(nrc.run("catalogue", "export", "--format", "dcat").stdout)
    check_profile(graph)
    base = "http://localhost:8081/nrc/v1/"
    assert graph.value(rdflib.URIRef(base + "datasets/moh.births"), DCTERMS.publisher) == rdflib.URIRef(base + "agencies/hlt")
    assert "مرسوم 12" in Page(nrc.run("catalogue", "export", "--format", "html").stdout).text["rtl"]
    assert [(row["what"], row["why"]) for row in nrc.json("audit", "list", "--object", "agency_succession/moh")] == [
        ("agency_succession.added", "one body for health")]

    for words, said in ((("agency", "succeed", "moh", "hlt", "--instrument", "i"), "was retired on"),
                        (("agency", "succeed", "hlt", "moh", "--instrument", "i"), "was retired on"),
                        (("agency", "succeed", "hlt", "hlt", "--instrument", "i"), "does not succeed itself"),
                        (("agency", "retire", "hlt"), "still answers for 2 datasets"), (("agency", "edit", "moh", "--name", "x"), "was retired on"),
                        (("agency", "head", "moh", "--head", "x"), "was retired on")):
        assert said in refused(nrc, *words, "--reason", "r"), words
    assert "was retired on" in refused(nrc, "dataset", "add", "moh.late", "--key", "id")
    nrc.run("agency", "declare", "law", "--name", "Law", "--class", "1")
    assert "NRL-9" in refused(nrc, "agency", "succeed", "hlt", "law", "--instrument", "i", "--reason", "r")
    assert gaps(nrc, "no_head")[0]["agency"] == "law"
    for dataset in ("moh.births", "moh.deaths"):
        nrc.run("dataset", "retire", dataset, "--reason", "over")
    nrc.run("agency", "retire", "hlt", "--reason", "over")
    assert node.post("/subjects/moh.more/versions", body, **new).status == 403


def test_over_http_the_catalogue_is_changed_as_by_the_commands(world, nrc):
    """NRL-5, NRL-9; stewards alone."""
    def client(name, role, *more):
        made = nrc.json("account", "add", name, "--person", name, "--role", role, "--decision", "1", *more)
        return {"Authorization": f"Bearer {name}.{made['secret']}"}
    steward, moh = client("huda", "steward"), client("feed", "producer", "--agency", "moh")
    node = world.registry(anonymous=False).start()
    made = node.post("/nrc/v1/systems", {"system": "moh.registry", "name": "Registry", "name_ar": "السجل"}, **steward)
    assert made.status == 201 and made.json == nrc.json("system", "show", "moh.registry") == node.get(
        "/nrc/v1/systems/moh.registry", **moh).json
    assert node.get("/nrc/v1/systems?agency=moh", **moh).json == nrc.json("system", "list")
    path = "/nrc/v1/datasets/moh.births"
    facts = {"system": "moh.registry", "title_ar": "المواليد", "origin": "held", "steward_account": "huda"}
    assert node.put(path, {**facts, "reason": "r"}, **moh).status == 403
    answer = node.put(path, {**facts, "reason": "first"}, **steward)
    assert answer.status == 200 and answer.json == nrc.json("dataset", "show", "moh.births")["dataset"]
    assert {fact: answer.json[fact] for fact in facts} == facts
    assert node.put(path, {"title_ar": None, "reason": "r"}, **steward).json["title_ar"] is None
    assert node.put("/nrc/v1/agencies/moh", {"class": 3, "reason": "r"}, **steward).json["class"] == 3
    assert node.put("/nrc/v1/agencies/moh/head", {"head": "Salem", "from": day(0), "reason": "r"}, **steward).json["head"] == "Salem"
    assert node.put("/nrc/v1/agencies/moh/head", {"ends": day(9), "reason": "r"}, **steward).status == 200
    (row, *_) = nrc.json("audit", "list", "--object", "dataset/moh.births")
    assert (row["by"], row["why"]) == ("huda", "r")
    for target, body, status in (
            (path, {"title": "x"}, 400), (path, {"title": 5.5, "reason": "r"}, 400), (path, {"title": ["x"], "reason": "r"}, 400),
            (path, {"reason": "r"}, 400), (path, {"colour": "x", "reason": "r"}, 400), (path, [], 400), (path, {"title": True, "reason": "r"}, 400),
            (path, {"origin": "bought", "reason": "r"}, 409), (path, {"cadence": "never", "reason": "r"}, 409),
            ("/nrc/v1/datasets/moh.x", {"title": "x", "reason": "r"}, 404), ("/nrc/v1/systems/moh.x", {"name": "x", "reason": "r"}, 404),
            ("/nrc/v1/agencies/xyz", {"name": "x", "reason": "r"}, 404), ("/nrc/v1/agencies/moh", {"class": 4, "reason": "r"}, 409),
            ("/nrc/v1/agencies/moh", {"class": 99, "reason": "r"}, 400), ("/nrc/v1/agencies/moh", {"name": None, "reason": "r"}, 409),
            ("/nrc/v1/agencies/moh/head", {"head": "x", "ends": day(1), "reason": "r"}, 400),
            ("/nrc/v1/agencies/moh/head", {"head": "x", "from": "soon", "reason": "r"}, 400)):
        assert node.put(target, body, **steward).status == status, (target, body)
    before = nrc.json("audit", "list")
    for target, body, status in (
            (f"{path}/retirement", {}, 400), (f"{path}/retirement", {"on": day(2), "reason": "r"}, 409),
            (f"{path}/retirement", {"successor": "moh.x", "reason": "r"}, 404), (f"{path}/reopening", {"reason": "r"}, 409),
            ("/nrc/v1/systems/moh.registry/retirement", {"reason": "r"}, 409), ("/nrc/v1/systems", {"system": "x", "name": "x"}, 400),
            ("/nrc/v1/systems", {"system": "moh.registry", "name": "x"}, 409), ("/nrc/v1/agencies/moh/retirement", {"reason": "r"}, 409),
            ("/nrc/v1/agencies/moh/succession", {"successor": "xyz", "instrument": "i", "reason": "r"}, 404),
            ("/nrc/v1/agencies/moh/succession", {"successor": "moh", "reason": "r"}, 400)):
        assert node.post(target, body, **steward).status == status, (target, body)
    assert nrc.json("audit", "list") == before
    retired = node.post(f"{path}/retirement", {"successor": "moh.deaths", "reason": "over"}, **steward).json
    assert (retired["state"], retired["successor"]) == ("retired", "moh.deaths")
    assert node.post(f"{path}/reopening", {"reason": "by mistake"}, **steward).json["state"] == "active"


def test_every_command_of_the_stewards_page_runs(world):
    """ops/doc/catalogue.md, from its first command to its last."""
    page = (paths.ROOT / "ops" / "doc" / "catalogue.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S)
    (world.folder / "list.csv").write_text(next(text for kind, text in blocks if kind == "csv"), encoding="utf-8")
    commands = [line for kind, text in blocks if kind == "sh" for line in text.replace("\\\n", " ").splitlines()]
    node = world.registry().start()
    environment = {**world.nrc.environment(), "NRC_REGISTRY_URL": node.url, "NRC": str(world.nrc.program)}
    verbs = set()
    for command in commands:
        done = subprocess.run(["sh", "-c", f'nrc() {{ "$NRC" "$@"; }}\n{command}'], env=environment, cwd=world.folder, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        verbs.add(" ".join(command.split()[:3]))
    assert len(commands) > 25 and "Sanitizer" not in page
    Page((world.folder / "sources.html").read_text(encoding="utf-8"))
    check_profile(graph_of((world.folder / "catalogue.jsonld").read_text(encoding="utf-8")))
    for noun, verb in (("system", "add"), ("agency", "succeed"), ("dataset", "edit"), ("catalogue", "load"), ("catalogue", "gaps")):
        assert f"nrc {noun} {verb}" in verbs
