# SPDX-License-Identifier: Apache-2.0
"""The catalogue of sources as JSON, CSV, a page to print, and DCAT-AP 3 (NRL-5)."""

import csv
import io
import json

import pytest
import rdflib

from kit.catalogue import BIRTH, DCAT, DCTERMS, FOAF, PROV, Page, check_profile, day, edit, graph_of, health, refused

# What others' catalogues stumbled over in names: quotes, markup, a formula, a line's end, direction marks, both scripts.
NASTY = 'The "Rote Nete", <b>Births</b> & \'deaths\'; =1+1'


@pytest.fixture
def nrc(world):
    return health(world)


@pytest.fixture
def filled(world, nrc):
    """Two agencies, a system, datasets with all facts and with none, one with a structure."""
    schema = world.folder / "births.avsc"
    schema.write_text(json.dumps(BIRTH))
    nrc.run("structure", "register", "moh.births", schema)
    nrc.run("system", "add", "moh.registry", "--name", "Civil registry", "--name-ar", "السجل المدني", "--description", "One")
    edit(nrc, "moh.births", "--system", "moh.registry", "--title", NASTY, "--title-ar", "المواليد \u202e والوفيات", "--description",
         "line\nbreak, \"quoted\"", "--origin", "produced", "--legal-basis", "قانون رقم 36", "--cadence", "continuous",
         "--steward", "هدى", "--contact", "births@moh.example")
    edit(nrc, "moh.deaths", "--title-ar", "الوفيات", "--origin", "held", "--contact", "tel 21 <script>")
    nrc.add_agency("edu", "Education")
    nrc.run("dataset", "add", "edu.marks", "--key", "id")
    return nrc


def test_json_has_the_whole_tree(filled):
    """NRL-5: agency, system, dataset, structures, steward, division and head."""
    tree = filled.json("catalogue", "export")
    edu, moh = tree["agencies"]
    assert (edu["code"], [d["dataset"] for d in edu["datasets"]], edu["systems"]) == ("edu", ["edu.marks"], [])
    assert (moh["division"], moh["head"], moh["since"], moh["class"]) == ("دائرة الإحصاء", "د. سلمى الحارثية", day(0), 1)
    assert moh["heads"] == [{"division": "دائرة الإحصاء", "head": "د. سلمى الحارثية", "from": day(0), "until": None}]
    (system,), (deaths,) = moh["systems"], moh["datasets"]
    (births,) = system["datasets"]
    assert (system["system"], system["name_ar"], births["dataset"], births["title"]) == (
        "moh.registry", "السجل المدني", "moh.births", NASTY)
    (structure,) = births["structures"]
    assert (structure["version"], structure["state"], structure["part"]) == (1, "active", "value") and structure["schema_id"]
    assert (births["key"], births["origin"], births["steward"]) == (["civil_no"], "produced", "هدى")
    assert (deaths["dataset"], deaths["title"], deaths["structures"], deaths["origin"]) == ("moh.deaths", None, [], "held")
    one = filled.json("catalogue", "export", "--agency", "edu")
    assert [agency["code"] for agency in one["agencies"]] == ["edu"]
    assert "no agency xyz" in refused(filled, "catalogue", "export", "--agency", "xyz")
    assert "no format xml" in refused(filled, "catalogue", "export", "--format", "xml", code=2)


def test_csv_is_read_back_and_holds_no_formula(filled, world):
    target = world.folder / "sources.csv"
    filled.run("catalogue", "export", "--format", "csv", "--output", target)
    raw = target.read_bytes()
    assert raw.count(b"\r\n") >= 4 and raw.endswith(b"\r\n") and not raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    assert [row["dataset"] for row in rows] == ["edu.marks", "moh.births", "moh.deaths"]
    births = rows[1]
    assert (births["title"], births["agency_name_ar"], births["system_name_ar"]) == (NASTY, "وزارة الصحة", "السجل المدني")
    assert births["description"] == 'line\nbreak, "quoted"' and births["head"] == "د. سلمى الحارثية"
    assert births["structures"].startswith("1: id ") and births["structures"].endswith(", active")
    assert {len(row) for row in rows} == {len(births)} and None not in births
    edit(filled, "moh.births", "--title", "=HYPERLINK(\"http://x\")")
    text = filled.run("catalogue", "export", "--format", "csv", "--bom").stdout
    assert text.startswith("\ufeff") and '"\'=HYPERLINK(""http://x"")"' in text
    before = raw
    assert "No such file" in refused(filled, "catalogue", "export", "--format", "csv", "--output", "/nonexistent/x")
    assert target.read_bytes() == before and list(world.folder.glob("sources.csv.new")) == []


def test_the_page_is_in_arabic_and_english_and_lets_nothing_through(filled):
    text = filled.run("catalogue", "export", "--format", "html").stdout
    page = Page(text)
    assert page.tags.count("section") == 2 and "<script" not in text and "http" not in page.text[None]
    arabic, english = page.text["rtl"], page.text["ltr"]
    for word in ("قائمة مصادر البيانات", "وزارة الصحة", "السجل المدني", "المواليد", "التقسيم المختص بالتنسيق مع المركز", "تنتجها الجهة", "مستمر"):
        assert word in arabic, word
    for word in ("Catalogue of data sources", "Ministry of Health", "Civil registry", NASTY, "Coordinating division", "produced",
                 "tel 21 <script>"):
        assert word in english, word
    assert "الوفيات" in english, "a name that is there in one language alone stands in both parts"
    assert text.count("<bdi>") == text.count("</bdi>") > 20


def test_dcat_reads_as_rdf_and_fits_the_profile(filled):
    text = filled.run("catalogue", "export", "--format", "dcat").stdout
    graph = graph_of(text)
    check_profile(graph)
    base = "http://localhost:8081/nrc/v1/"
    births, marks, moh = (rdflib.URIRef(base + tail) for tail in ("datasets/moh.births", "datasets/edu.marks", "agencies/moh"))
    assert set(graph.objects(births, DCTERMS.title)) == {
        rdflib.Literal(NASTY, lang="en"), rdflib.Literal("المواليد \u202e والوفيات", lang="ar")}
    assert graph.value(births, DCTERMS.publisher) == moh
    assert set(graph.objects(moh, FOAF.name)) == {
        rdflib.Literal("Ministry of Health", lang="en"), rdflib.Literal("وزارة الصحة", lang="ar")}
    assert graph.value(births, PROV.wasGeneratedBy) == rdflib.URIRef(base + "systems/moh.registry")
    assert str(graph.value(births, DCTERMS.accrualPeriodicity)).endswith("/frequency/UPDATE_CONT")
    assert set(graph.objects(marks, DCTERMS.title)) == {rdflib.Literal("edu.marks")}, "a code is of no language"
    assert set(graph.objects(predicate=DCAT.dataset)) == set(graph.subjects(rdflib.RDF.type, DCAT.Dataset))
    assert len(set(graph.objects(predicate=DCAT.dataset))) == 3
    mails = {str(o) for o in graph.objects(predicate=rdflib.URIRef("http://www.w3.org/2006/vcard/ns#hasEmail"))}
    assert mails == {"mailto:births@moh.example"} and text.count("mailto:") == 1, "what is no address makes no IRI"
    for term in graph.all_nodes():
        assert not isinstance(term, rdflib.URIRef) or not set(' <>"{}|\\^`') & set(str(term)), term


def test_the_shapes_see_what_is_missing(filled):
    graph = graph_of(filled.run("catalogue", "export", "--format", "dcat").stdout)
    births = rdflib.URIRef("http://localhost:8081/nrc/v1/datasets/moh.births")
    graph.remove((births, DCTERMS.title, None))
    with pytest.raises(AssertionError, match="title"):
        check_profile(graph)


def test_an_address_that_makes_no_iris_is_refused(filled):
    filled.settings["NRC_REGISTRY_PUBLIC_URL"] = "https://registry.example/base/"
    graph = graph_of(filled.run("catalogue", "export", "--format", "dcat").stdout)
    assert (rdflib.URIRef("https://registry.example/base/nrc/v1/datasets/moh.births"), None, None) in graph
    for bad in ("registry.example", "https://a b", "ftp://x", "https://", "https://x/\"", "https:///x", "https://x?y"):
        filled.settings["NRC_REGISTRY_PUBLIC_URL"] = bad
        assert "public_url" in filled.run("catalogue", "export", "--format", "dcat", ok=(1,)).stderr, bad


def test_over_http_the_form_is_what_accept_or_the_query_asks(filled, world):
    node = world.registry(NRC_REGISTRY_PUBLIC_URL="https://registry.example").start()
    path = "/nrc/v1/catalogue"

    def without_time(answer):
        return {**answer.json, "taken_at": None}
    assert without_time(node.get(path)) == {**filled.json("catalogue", "export"), "taken_at": None}
    for accept, kind in ((None, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"),
                         ("application/ld+json", "application/ld+json"),
                         ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
                         ("application/vnd.schemaregistry.v1+json", "application/json"), ("text/csv;q=0.1, text/*;q=0.5", "text/html")):
        answer = node.get(path, **({"Accept": accept} if accept else {}))
        assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, kind), accept
        assert answer.headers["Vary"] == "Accept"
    for form, kind in (("json", "application/json"), ("csv", "text/csv"), ("html", "text/html"), ("dcat", "application/ld+json")):
        answer = node.get(f"{path}?format={form}", Accept="application/json")
        assert answer.headers["Content-Type"].split(";")[0] == kind
    check_profile(graph_of(node.get(f"{path}?format=dcat").text))
    Page(node.get(f"{path}?format=html&agency=moh").text)
    assert node.get(path, Accept="image/png").status == 406
    assert node.get(f"{path}?format=xml").status == 400
    assert node.get(f"{path}?agency=xyz").status == 404
    assert [a["code"] for a in node.get(f"{path}?agency=edu").json["agencies"]] == ["edu"]
