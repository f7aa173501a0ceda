# SPDX-License-Identifier: Apache-2.0
"""`nrc dataset load`: many datasets and their structures from one list, each as `nrc dataset add` would have made it."""

import json

import pytest

PERSON = {"type": "record", "name": "Person", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "name_ar", "type": "string"}, {"name": "seq", "type": "long"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}}, {"name": "level", "type": "string"}]}
HEAD = "Dataset,Topic,Key,Key format,Order,Event-time,Exempt field,exempt values,LEAVES,structure\n"


@pytest.fixture
def nrc(world):
    world.nrc.add_agency("edu")
    world.nrc.add_agency("moh")
    (world.folder / "structures").mkdir(exist_ok=True)
    (world.folder / "structures" / "شخص.avsc").write_text(json.dumps(PERSON))
    return world.nrc


def load(world, text, *options, ok=(0,)):
    path = world.folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return world.nrc.run("dataset", "load", path, *options, ok=ok)


def names(nrc):
    return {row["dataset"] for row in nrc.json("dataset", "list")}


def test_each_dataset_of_a_list_is_what_dataset_add_makes_of_it(world, nrc):
    tag = world.tag
    text = (HEAD + f'edu.pupils,pupils.{tag},civil_no,text,seq,at,level,"secret,hidden",4,structures/شخص.avsc\n'
            + f'moh.staff,staff.{tag},"civil_no,seq",avro,,,,,,{world.folder}/structures/شخص.avsc\n' + "moh.later,,id,,,,,,,\n")
    assert json.loads(load(world, text, "--dry-run", "--json").stdout) == {"datasets": 3, "added": 0, "there": 0, "dry_run": True}
    assert names(nrc) == set()
    assert "3 of 3 datasets added" in load(world, text).stdout
    nrc.run("dataset", "add", "edu.alone", "--topic", f"alone.{tag}", "--key", "civil_no", "--key-format", "text", "--order", "seq",
            "--event-time", "at", "--exempt-field", "level", "--exempt-value", "secret", "--exempt-value", "hidden", "--leaves", 4,
            "--structure", world.folder / "structures" / "شخص.avsc")
    rows = {row["name"]: row for row in world.rows("SELECT * FROM nrc.dataset")}
    own = {"id", "name", "topic", "created_at"}
    of_list, alone = ({k: v for k, v in rows[name].items() if k not in own} for name in ("pupils", "alone"))
    assert of_list == alone and rows["pupils"]["topic"] == f"pupils.{tag}"
    shown, other = (nrc.json("dataset", "show", f"edu.{name}") for name in ("pupils", "alone"))
    assert shown["columns"] == other["columns"] and len(shown["structures"]) == len(other["structures"]) == 1
    assert rows["staff"]["key_fields"] == ["civil_no", "seq"] and rows["staff"]["column_version"] == 1
    assert (rows["later"]["column_version"], rows["later"]["topic"], rows["later"]["key_format"]) == (0, None, "auto")


def test_what_the_register_refuses_ends_the_list_and_it_goes_on_when_that_is_mended(world, nrc):
    row = "moh.{0},{0}." + world.tag + ",civil_no,text,,,,,,structures/شخص.avsc\n"
    nrc.run("dataset", "add", "moh.c", "--key", "id")
    text = HEAD + "".join(row.format(name) for name in "abcd")
    said = load(world, text, ok=(1,)).stderr
    assert "already exists" in said and "line 4, moh.c, after 2 that were added" in said
    assert names(nrc) == {"moh.a", "moh.b", "moh.c"}
    again = json.loads(load(world, text, "--skip-existing", "--json").stdout)
    assert again == {"datasets": 4, "added": 1, "there": 3, "dry_run": False}
    assert {r["name"]: r["column_version"] for r in world.rows("SELECT name, column_version FROM nrc.dataset")} == {
        "a": 1, "b": 1, "c": 0, "d": 1}
    said = load(world, HEAD + row.format("e") + "tax.payers,,id,,,,,,,\n" + row.format("f"), "--skip-existing", ok=(1,)).stderr
    assert "line 3, tax.payers, after 1 that were added" in said and "moh.f" not in names(nrc)
    # A structure that the registry refuses leaves no dataset either.
    said = load(world, HEAD + "moh.g,,nobody,,,,,,,structures/شخص.avsc\n", ok=(1,)).stderr
    assert "nobody" in said and "line 2, moh.g, after 0" in said and "moh.g" not in names(nrc)


BAD_LISTS = [
    ("", "line 1: there is nothing in it"), ("dataset,key\n\n", "there is no dataset in it"),
    ("dataset,topic\nmoh.a,b\n", "line 1, column key: the column is missing"),
    ("key\nid\n", "line 1, column dataset: the column is missing"),
    ("dataset,key,keys\n", 'line 1, column 3: "keys" is no column of a list of datasets: these are dataset, topic, key,'),
    ("dataset,key,Key\n", "line 1, column Key: the column is there twice"),
    ("dataset,key\nmoh.a,id\n,id\n", "line 3, column dataset: no dataset is named"),
    ("dataset,key\nmoh.a,\n", "line 2, column key: no key field is named"),
    ("dataset,key\nmoh,id\n", "line 2, column dataset"),
    ("dataset,key\nmoh.a,id\nmoh.b,id\nmoh.a,no\n", "line 4, column dataset: the dataset is in line 2 too"),
    ('dataset,key\nmoh.a,"id,,no"\n', "line 2, column key: there is an empty name in it"),
    ("dataset,key,leaves\nmoh.a,id,257\n", "line 2, column leaves: a number from 1 to 256"),
    ("dataset,key,leaves\nmoh.a,id,4x\n", "line 2, column leaves: a number from 1 to 256"),
    ("dataset,key,exempt\nmoh.a,id,perhaps\n", "line 2, column exempt: yes or no"),
    ("dataset,key\nmoh.a,id,x\n", "line 2, column 3: the first line names only 2 columns"),
    ("dataset,key,structure\nmoh.a,id,\nmoh.b,id,none.avsc\n", "line 3, column structure"),
    ("dataset,key,structure\nmoh.a,id,\nmoh.b,id,bad.avsc\n", "bad.avsc"),
    ("dataset,key,structure\nmoh.a,id,nul.avsc\n", "nul.avsc"),
    (f"dataset,key,structure\nmoh.a,id,{'x' * 5000}\n", "line 2, column structure: the path is too long"),
    ("dataset,key\n" + "".join(f"moh.a{n},id\n" for n in range(10001)), "line 10002, column dataset: a list has at most 10,000"),
    ("dataset,key\nmoh.ا,id\n".encode("cp1256"), "is not UTF-8"),
    ("dataset,key\n" + "x" * (4 << 20), "at most 4194304 bytes")]


def test_a_fault_of_the_list_is_found_before_anything_is_added(world, nrc):
    (world.folder / "bad.avsc").write_text('{"type": "record", "name": "A"}')
    (world.folder / "nul.avsc").write_bytes(json.dumps(PERSON).encode() + b"\0")
    for text, said in BAD_LISTS:
        done = load(world, text, ok=(1, 2))
        assert said in done.stderr and "list.csv" in done.stderr, (text[:60], done.stderr)
    assert names(nrc) == set()
