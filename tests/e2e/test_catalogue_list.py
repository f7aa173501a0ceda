# SPDX-License-Identifier: Apache-2.0
"""The regulation's list of sources (NRL-5), and what is missing (NRL-6)."""

import pytest

from kit import stream
from kit.catalogue import BIRTH, TODAY, edit, gaps, health, refused


@pytest.fixture
def nrc(world):
    return health(world)


def load(nrc, world, text, *more, ok=(0,), instrument="Decision 7/2026", dated="2026-05-01"):
    path = world.folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return nrc.run("catalogue", "load", path, "--instrument", instrument, "--dated", dated, *more, ok=ok)


LISTS = [
    "agency,name,name_ar,class,note\r\nmoh,Births,المواليد,1,\r\nmoh,Marriages,الزيجات,1,x\r\n",
    "\ufeffagency;name;name_ar;class;note\r\nmoh;Births;المواليد;1;\"a, b; c\"\r\nmoh;Marriages;الزيجات;1;\r\n;;;;\r\n",
    "sep=;\r\nAgency;Name;Name AR\r\nMINISTRY OF HEALTH; births ;\r\nوزارة الصحه;Marriages;الزيجات\r\n",
    "Name-ar\tagency\r\"المَواليـد\"\tmoh\rالزيجات\tmoh\r",
    "agency,name_ar,class,name\n\nmoh,المواليد,١,\nmoh,الزيجات,۱,Marriages,,\n"]


@pytest.mark.parametrize("text", LISTS, ids=["rfc4180", "excel", "sep", "tab", "arabic-digits"])
def test_the_regulations_list_is_read_as_it_comes(world, nrc, text):
    """NRL-5; with a byte order mark, semicolons, one language, other spellings: what others' imports stumbled over."""
    edit(nrc, "moh.births", "--title", "Births", "--title-ar", "المواليد")
    assert "2 sources" in load(nrc, world, text).stdout
    (gap,) = gaps(nrc, "undeclared")
    assert gap["agency"] == "moh" and gap["object"] in ("Marriages", "الزيجات") and "Decision 7/2026, line" in gap["detail"]
    assert gap["since"] == "2026-05-01" and gaps(nrc, "class_differs") == []


BAD_LISTS = [
    (b"", "there is nothing in it"), (b"\xef\xbb\xbf\r\n", "there is nothing in it"),
    ("agency,name\n", "line 2: there is no source in it"), ("name,class\nx,1\n", "line 1, column agency: the column is missing"),
    ("agency,class\nmoh,1\n", "line 1, column name: the column is missing"),
    ("agency,name,colour\nmoh,x,y\n", "line 1, column 3: \"colour\" is no column"),
    ("agency,name,name\nmoh,x,y\n", "line 1, column name: the column is there twice"),
    ("agency,name,class\nmoh,Births,1\nmoh,Deaths,4\n", "line 3, column class: a legal class is 1, 2 or 3"),
    ("agency,name\nmoh,Births\n,Deaths\n", "line 3, column agency: no agency is named"),
    ("agency,name\n\nmoh,\u200f\n", "line 3, column name: no source is named"),
    ("agency,name\nmoh,Births,x\n", "line 2, column 3: the first line names only 2 columns"),
    ("agency,name\nmoh,\"Births\nmoh,Deaths\n", "line 2, column 2: a quote opens here and never closes"),
    ("agency,name\nmoh,a\"b\n", "line 2, column 2: a quote stands inside a field"),
    (f"agency,name\nmoh,{'x' * 401}\n", "line 2, column name: a text has at most 400 bytes"),
    ("agency,name\nmoh,المواليد\n".encode("cp1256"), "line 2, column 5: this byte is not UTF-8"),
    ("agency,name\nmoh,x\n".encode("utf-16"), "the file is UTF-16"),
    ("agency,name\n" + "moh,x\n" * 10001, "line 10002, column agency: a list has at most 10,000 sources"),
    ("agency,name\n" + "x" * (4 << 20), "at most 4194304 bytes")]


def test_a_fault_of_the_list_is_named_by_file_line_and_column(world, nrc):
    for text, said in BAD_LISTS:
        done = load(nrc, world, text, ok=(1, 2))
        assert said in done.stderr and "list.csv" in done.stderr, (text[:60], done.stderr)
    assert nrc.json("catalogue", "lists") == [] and nrc.json("audit", "list", "--agency", "xyz") == []
    assert "YYYY-MM-DD" in load(nrc, world, LISTS[0], ok=(2,), dated="1 May").stderr
    assert "No such file" in refused(nrc, "catalogue", "load", "/nonexistent", "--instrument", "x", "--dated", "2026-01-01")


def test_a_list_replaces_the_former_one_of_its_instrument_and_keeps_it(world, nrc):
    load(nrc, world, LISTS[0])
    load(nrc, world, "agency,name\nmoh,Graves\n", instrument="القرار 9")
    load(nrc, world, "agency,name,class\nmoh,Clinics,2\nwho,Visitors,\n", dated="2026-06-01")
    assert {gap["object"] for gap in gaps(nrc, "undeclared")} == {"Clinics", "Visitors", "Graves"}
    (stranger,) = [gap for gap in gaps(nrc, "undeclared") if gap["agency"] == "who"]
    assert "no agency here has this name" in stranger["detail"]
    (differs,) = gaps(nrc, "class_differs")
    assert differs["object"] == "Clinics" and "has class 2; the catalogue has 1" in differs["detail"]
    assert "older one does not replace" in load(nrc, world, LISTS[0], ok=(1,)).stderr
    rows = nrc.json("catalogue", "lists")
    assert [(row["instrument"], row["dated"], row["sources"], row["in_force"]) for row in rows] == [
        ("Decision 7/2026", "2026-06-01", 2, True), ("القرار 9", "2026-05-01", 1, True), ("Decision 7/2026", "2026-05-01", 2, False)]
    assert all(row["loaded_by"] for row in rows)
    # A list that names the dataset here needs no name that fits.
    load(nrc, world, "agency,name,dataset\nHealth,Whatever,moh.births\n", dated="2026-07-01")
    assert {gap["object"] for gap in gaps(nrc, "undeclared")} == {"Graves"}
    assert [row["what"] for row in nrc.json("audit", "list", "--object", f"source_list/{rows[0]['id']}")] == ["source_list.loaded"]


def test_structures_without_data_and_data_without_structure_are_told(world):
    """NRL-6."""
    dataset = world.dataset("moh.births", "civil_no", stream.Structure(BIRTH))
    world.nrc.run("dataset", "add", "moh.plans", "--key", "id")
    assert {(g["gap"], g["object"]) for g in world.nrc.json("catalogue", "gaps") if g["gap"] != "facts_missing"} == {
        ("no_data", "moh.births"), ("no_structure", "moh.plans")}
    world.engine().start()
    unknown = b"\0" + (999999).to_bytes(4, "big") + b"\2a"
    dataset.send(stream.Event(key=("x",), key_bytes=b"x", value_bytes=unknown, row={}, verdict="quarantined",
                              reason="unknown_structure"))
    dataset.wait_drained()
    (gap,) = gaps(world.nrc, "data_without_structure")
    assert gap["object"] == "moh.births" and gap["agency"] == "moh" and gap["since"] == TODAY.isoformat()
    assert "1 events" in gap["detail"] and dataset.topic in gap["detail"] and "999999" in gap["detail"]
    assert [g["object"] for g in gaps(world.nrc, "no_data")] == ["moh.births"], "what was quarantined was not stored"
    row = {"civil_no": "a", "seq": 1}
    dataset.send(stream.Event(key=("a",), key_bytes=b"a", value_bytes=dataset.structure.frame(row), row=row, verdict="applied"))
    dataset.wait_drained()
    assert gaps(world.nrc, "no_data") == []
    node = world.registry().start()
    assert node.get("/nrc/v1/catalogue/gaps").json == world.nrc.json("catalogue", "gaps")
    assert node.get("/nrc/v1/catalogue/gaps?agency=xyz").json == []
