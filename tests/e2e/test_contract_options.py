# SPDX-License-Identifier: Apache-2.0
"""What a property promises by logicalTypeOptions, enum and unique: each option keeps a bad event out, or the check says that it does
not. A pattern means what JSON Schema's dialect means: a JavaScript is asked."""

import json
import random
import re
import subprocess

import pytest
import yaml
from kit import engine, paths

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: rop-residents
version: "1.0.0"
status: active
description: {purpose: To know who lives where.}
team:
  members: [{username: a, role: coordinator}, {username: b, role: steward}]
customProperties:
  - {property: legalBasis, value: Law 1}
  - {property: reviewDate, value: "2099-01-01"}
  - {property: collectionPoints, value: [{point: stations, mode: computer}]}
"""
LOGICAL = {"decimal": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 3},
           "date": {"type": "int", "logicalType": "date"}, "timestamp": {"type": "long", "logicalType": "timestamp-millis"},
           "time": {"type": "int", "logicalType": "time-millis"}, "uuid": {"type": "string", "logicalType": "uuid"}}
PLACE = {"type": "record", "name": "Place", "fields": [{"name": "zip", "type": ["null", "string"], "default": None},
                                                       {"name": "city", "type": ["null", "string"], "default": None}]}
MAP = {"type": "map", "values": "int"}
PARTS = [{"name": "zip", "logicalType": "string"}, {"name": "city", "logicalType": "string"}]


@pytest.fixture
def nrc():
    """The program alone."""
    return engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1")


def contract(*properties):
    text = yaml.safe_load(HEAD)
    text["schema"] = [{"name": "rop.residents", "properties": [
        {"name": "id", "logicalType": "string", "primaryKey": True}, *properties]}]
    return json.dumps(text, ensure_ascii=False)


def failed(nrc, folder, types, properties, events):
    """[[(rule, path)]] of each event, by nrc check."""
    schema = {"type": "record", "name": "R", "fields": [{"name": "id", "type": "string"}] + [
        {"name": name, "type": ["null", LOGICAL.get(t, t) if isinstance(t, str) else t], "default": None} for name, t in types.items()]}
    for name, text in (("r.avsc", json.dumps(schema)), ("c.yaml", contract(*properties)),
                       ("s.jsonl", "\n".join(json.dumps({"id": "1", **e}, ensure_ascii=False) for e in events))):
        (folder / name).write_text(text)
    done = nrc.run("check", "--structure", str(folder / "r.avsc"), "--contract", str(folder / "c.yaml"), "--json", "--limit", "10000",
                   str(folder / "s.jsonl"), ok=(0, 1))
    answer = json.loads(done.stdout)
    if "failures" not in answer:
        return done.stdout
    found = [[] for _ in events]
    for f in answer["failures"]:
        found[f["event"] - 1].append((f["rule"], f["path"]))
    return found


# (logicalType, options, type in Avro, good values, bad values)
OPTIONS = [
    ("string", {"minLength": 2}, "string", ["ab", "مس", "😀😀"], ["a", "", "😀"]),
    ("string", {"maxLength": 2}, "string", ["", "مس", "😀😀"], ["abc"]),
    ("string", {"pattern": "[0-9]{3}"}, "string", ["123", "a1234"], ["12", ""]),
    ("string", {"pattern": "^[0-9]{3}$"}, "string", ["123"], ["1234", "123\n"]),
    ("string", {"format": "email"}, "string", ["a@moh.gov.om"], ["a", "a@"]),
    ("string", {"format": "uuid"}, "uuid", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], []),
    ("string", {"format": "uri"}, "string", ["https://a.om/b"], ["b"]),
    ("string", {"format": "ipv4"}, "string", ["10.0.0.1"], ["10.0.0.256"]),
    ("integer", {"minimum": 1}, "int", [1, 2], [0, -1]),
    ("integer", {"exclusiveMinimum": 1.5}, "long", [2], [1]),
    ("integer", {"maximum": -3}, "long", [-3, -4], [-2]),
    ("integer", {"exclusiveMaximum": 10}, "int", [9], [10]),
    ("integer", {"multipleOf": 5}, "int", [0, -10, 15], [7]),
    ("integer", {"format": "u8"}, "int", [0, 255], [-1, 256]),
    ("integer", {"format": "i16"}, "int", [-32768, 32767], [-32769, 32768]),
    ("number", {"minimum": 0.1}, "double", [0.1, 3.5], [0.09, -1.0]),
    ("number", {"minimum": 0.1}, "decimal", ["0.100", "3.5"], ["0.099"]),
    ("number", {"multipleOf": 0.1}, "double", [0.3, 0.1 + 0.2 - 5.551115123125783e-17, 7.0], [0.35]),
    ("number", {"multipleOf": 0.01}, "decimal", ["0.01", "7.000"], ["0.001"]),
    ("number", {"maximum": 5}, "long", [5], [6]),
    ("date", {"minimum": "1900-01-01", "exclusiveMaximum": "2000-02-29"}, "date", ["1900-01-01", "2000-02-28"],
     ["1899-12-31", "2000-02-29"]),
    ("timestamp", {"minimum": "2020-01-01T00:00:00+04:00"}, "timestamp", ["2019-12-31T20:00:00Z"], ["2019-12-31T19:59:59Z"]),
    ("timestamp", {"maximum": "2020-01-01"}, "timestamp", ["2020-01-01T00:00:00Z"], ["2020-01-01T00:00:00.001Z"]),
    ("time", {"minimum": "07:30", "maximum": "14:30:00"}, "time", ["07:30:00", "14:30:00"], ["07:29:59", "14:30:00.001"]),
    ("array", {"minItems": 1}, {"type": "array", "items": "int"}, [[1]], [[]]),
    ("array", {"maxItems": 1}, {"type": "array", "items": "int"}, [[], [1]], [[1, 2]]),
    ("array", {"uniqueItems": True}, {"type": "array", "items": "int"}, [[], [1, 2]], [[1, 2, 1]]),
    ("array", {"uniqueItems": False}, {"type": "array", "items": "int"}, [[1, 1]], []),
    ("object", {"minProperties": 1}, PLACE, [{"zip": "1"}, {"zip": "1", "city": "2"}], [{}]),
    ("object", {"maxProperties": 1}, PLACE, [{}, {"city": "1"}], [{"zip": "1", "city": "2"}]),
    ("object", {"required": ["zip"]}, PLACE, [{"zip": ""}], [{"city": "2"}]),
    ("object", {"minProperties": 1}, MAP, [{"a": 1}], [{}]),
]


def test_each_option_keeps_out_what_it_forbids(nrc, tmp_path):
    types, properties, events, wanted = {}, [], [], []
    for number, (logical, options, avro, good, bad) in enumerate(OPTIONS):
        name = f"f{number}"
        more = ({"items": {"logicalType": "integer"}} if logical == "array" else
                {"properties": PARTS} if logical == "object" and avro is not MAP else {})
        types[name] = "Place" if avro is PLACE and PLACE in types.values() else avro
        properties.append({"name": name, "logicalType": logical, "logicalTypeOptions": options, **more})
        events += [{name: value} for value in [None, *good, *bad]]
        wanted += [set()] * (1 + len(good)) + [{(f"{option} of {name}", f"/{name}") for option in options}] * len(bad)
    found = failed(nrc, tmp_path, types, properties, events)
    for event, f, w in zip(events, found, wanted):
        assert (bool(f), set(f) <= w) == (bool(w), True), (event, f, w)


def test_options_of_items_keys_and_parts_say_where(nrc, tmp_path):
    text = {"logicalType": "string", "logicalTypeOptions": {"maxLength": 2}}
    inner = {"logicalType": "object", "logicalTypeOptions": {"required": ["zip"]},
             "properties": [{"name": "zip", "enum": [{"value": "1"}, {"value": "2"}], **text}, PARTS[1]]}
    types = {"tags": {"type": "array", "items": ["null", "string"]}, "by": {"type": "map", "values": {"type": "array", "items": "string"}},
             "kids": {"type": "array", "items": PLACE}, "of": "Place"}
    properties = [{"name": "tags", "logicalType": "array", "items": text},
                  {"name": "by", "logicalType": "map", "map": {"key": text, "value": {"logicalType": "array", "items": text}}},
                  {"name": "kids", "logicalType": "array", "items": inner}, {"name": "of", **inner}]
    bad = {"tags": ["a", None, "abc"], "by": {"abc": ["a"], "d": ["", "def"]}, "kids": [{"zip": "1"}, {"city": "x"}, {"zip": "123"}],
           "of": {"zip": "3"}}
    (found,) = failed(nrc, tmp_path, types, properties, [bad])
    assert sorted(found) == sorted([
        ("maxLength of tags/*", "/tags/2"), ("maxLength of by keys", "/by"), ("maxLength of by/*/*", "/by/d/1"),
        ("required of kids/*", "/kids/1"), ("maxLength of kids/zip", "/kids/2/zip"), ("enum of kids/zip", "/kids/2/zip"),
        ("enum of of/zip", "/of/zip")])


@pytest.mark.parametrize(("element", "said"), [
    ({"logicalType": "string", "logicalTypeOptions": {"format": "password"}}, "warning: format is kept and not checked"),
    ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}}, "warning: timezone is kept and not checked"),
    ({"logicalType": "date", "logicalTypeOptions": {"minimum": "1.1.1900"}}, "minimum is written YYYY-MM-DD, not 1.1.1900"),
    ({"logicalType": "date", "logicalTypeOptions": {"maximum": "2023-02-29"}}, "maximum is written YYYY-MM-DD"),
    ({"logicalType": "timestamp", "logicalTypeOptions": {"maximum": "2023-02-28T10:00:00"}}, "with Z or an offset"),
    ({"logicalType": "timestamp", "logicalTypeOptions": {"maximum": "2023-02-28T10:00:00+04:00:30"}}, "with Z or an offset"),
    ({"logicalType": "timestamp", "logicalTypeOptions": {"maximum": "2023-02-28T10:00Z"}}, "with Z or an offset"),
    ({"logicalType": "time", "logicalTypeOptions": {"maximum": "24:00"}}, "maximum is written HH:MM"),
    ({"logicalType": "string", "logicalTypeOptions": {"pattern": "(?<=a)b"}}, "at its byte 1: a look-behind"),
    ({"logicalType": "object", "properties": PARTS, "logicalTypeOptions": {"required": ["zap"]}}, "the object has no property zap"),
    ({"logicalType": "object", "properties": [{**PARTS[0], "unique": True}]}, "warning: unique is kept and not checked"),
    ({"logicalType": "array", "items": {"logicalType": "string", "quality": [{"metric": "nullValues", "mustBe": 0}]}},
     "of items there is invalidValues, and no nullValues"),
])
def test_what_is_not_applied_or_cannot_be_meant_is_said_with_its_place(nrc, tmp_path, element, said):
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(json.loads(contract({"name": "f", **element})), sort_keys=False))
    done = nrc.run("contract", "check", str(tmp_path / "c.yaml"), ok=(0, 1))
    (line,) = [line for line in done.stdout.splitlines() if said in line]
    assert line.startswith(f"{tmp_path}/c.yaml:") and line.split(":")[1].isdigit() and "/schema/0/properties/1" in line
    assert (done.returncode == 0) == ("warning" in said)


def test_an_option_that_does_not_fit_the_structure_is_refused_at_its_place(nrc, tmp_path):
    told = failed(nrc, tmp_path, {"f": "string"}, [{"name": "f", "logicalType": "integer", "logicalTypeOptions": {"minimum": 1}}], [{}])
    assert "/logicalTypeOptions/minimum" in told
    assert "rule minimum of f at /f: line 1, column 6: the operator >= does not take (string, int)" in told


def test_the_pages_example_is_what_it_says(nrc, tmp_path, monkeypatch):
    page = (paths.ROOT / "ops" / "doc" / "contracts.md").read_text()
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"```\w+ (pupils\.\S+)\n(.*?)```", page, re.S):
        (tmp_path / name).write_text(text)
    ((command, output),) = re.findall(r"```sh\nnrc (check --structure pupils.*?)\n```\n\n```output\n(.*?)```", page, re.S)
    assert nrc.run("contract", "check", "pupils.yaml").stdout.endswith("is good\n")
    assert nrc.run(*command.split(), ok=(1,)).stdout == output


# -- patterns

ATOMS = ["a", "b", "م", "é", "😀", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "[ab]", "[^a]", "[a-c1-3]", "[\\s\\d]", "[^\\S]", "[\\W]",
         "[\\-x]", "[x-]", "[[]", "\\u0645", "\\x61", "\\t", "\\v", "\\n", "\\.", "\\/", "\\$", "\\p{L}", "\\P{Lu}", "\\p{Script=Arabic}",
         "\\u{1F600}", "[\\u0621-\\u064A]", "[\\b]", "\\b", "\\B", "^", "$", "(?=a)", "(?!b)"]
LETTERS = ["a", "b", "c", "A", "1", "3", "_", "-", ".", " ", "\t", "\n", "\r", "\v", "\u00a0", "\u2028", "\ufeff", "\u1680", "م", "ي", "é", "É", "😀", "[", "$", "/"]
FIXED = [("^a$", "a\n"), ("a$", "a\nb"), (".", "\r"), (".", "\u2028"), ("\\s", "\u00a0"), ("\\s", "\u180e"), ("\\w", "é"), ("\\d", "٣"),
         ("[\\s]", "\ufeff"), ("^.$", "😀"), ("\\v", "\r"), ("\\bم", "م"), ("[^\\n]", "\r"), ("(?:a|ab)(?:c|bcd)$", "abcd")]


def pattern(rng, depth=0):
    parts = []
    for _ in range(rng.randrange(1, 4)):
        atom = rng.choice(ATOMS) if depth > 2 or rng.random() < 0.75 else rng.choice(["(%s)", "(?:%s)", "(?<n%d>%%s)" % rng.randrange(10**6),
                                                                                   "(?=%s)", "(?!%s)"]) % pattern(rng, depth + 1)
        assertion = atom in ("\\b", "\\B", "^", "$") or atom.startswith(("(?=", "(?!"))
        parts.append(atom + ("" if assertion else rng.choice(["", "", "", "+", "*", "?", "+?", "{2}", "{1,2}", "{0,}"])))
    return ("|" if rng.random() < 0.15 else "").join(parts)


def by_javascript(patterns, texts):
    script = ("const {p, t} = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
              "console.log(JSON.stringify(p.map(x => { const r = new RegExp(x, 'u'); return t.map(y => r.test(y)); })));")
    done = subprocess.run(["node", "-e", script], input=json.dumps({"p": patterns, "t": texts}), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_pattern_means_what_javascript_means(nrc, tmp_path):
    """120 patterns, each on 60 texts: a contract with as many properties, all of them with the same value."""
    rng = random.Random(20)
    patterns = [p for p, _ in FIXED] + [pattern(rng) for _ in range(120 - len(FIXED))]
    texts = [t for _, t in FIXED] + ["", *("".join(rng.choice(LETTERS) for _ in range(rng.randrange(1, 7))) for _ in range(45))]
    names = [f"p{i}" for i in range(len(patterns))]
    properties = [{"name": n, "logicalType": "string", "logicalTypeOptions": {"pattern": p}} for n, p in zip(names, patterns)]
    wanted = by_javascript(patterns, texts)
    for start in range(0, len(patterns), 30):  # of each event 32 failures are told
        some = slice(start, start + 30)
        found = failed(nrc, tmp_path, {n: "string" for n in names[some]}, properties[some], [dict.fromkeys(names[some], t) for t in texts])
        for i, text in enumerate(texts):
            bad = {rule.removeprefix("pattern of ") for rule, _ in found[i]}
            for n, p, w in zip(names[some], patterns[some], wanted[some]):
                assert (n not in bad) == w[i], (p, text)
    assert 0.2 < sum(map(sum, wanted)) / (len(patterns) * len(texts)) < 0.8, "both verdicts are met"
