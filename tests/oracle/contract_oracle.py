#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `nrc contract check` with the outside examiners of ODCS: the standard's JSON Schemas (PyPI's
open-data-contract-standard 3.2.0 and 3.1.2, with jsonschema), and `datacontract lint` (datacontract-cli).

The corpus: good contracts, each changed by hand in the ways that people err in, and by many random changes of their tree. What the
check takes without a warning the examiners take; each error of a contract that they take is on the written list (REASONS), and
the whole list is needed. A JSON contract is read as its YAML.

    python3 tests/oracle/contract_oracle.py --tool build/asan/tests/contract_tool [--cases N] [--seed S]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import copy
import json
import logging
import pathlib
import random
import re
import sys
import tempfile

from programs import HERE, Program, Tally

try:
    import jsonschema
    import open_data_contract_standard
    import yaml
    from datacontract.data_contract import DataContract
    from datacontract.lint.resolve import _SafeLoaderNoTimestamp as Loader
except ImportError as missing:
    print(f"{missing}: ops/install")
    sys.exit(2)

ROOT = HERE.parents[1]
PAGE = (ROOT / "ops" / "doc" / "contracts.md").read_text(encoding="utf-8")
APART = ROOT / "build" / "venv" / "odcs-3.1" / "open_data_contract_standard" / "schema.json"
logging.disable(logging.WARNING)

# Why the check refuses what the standard takes: the words of the errors. ops/doc/contracts.md has the list for people.
REASONS = {
    "versions of the standard": r"apiVersion is v3\.1\.0 or v3\.2\.0",
    "what the Center needs": r"the contract says (its purpose|by which law|when it is reviewed|where the data)|the team names a|a contract needs status"
                             r"|the contract has personal data|is personal data: |the dataset has (a key|properties)|the rule has no threshold",
    "one dataset": r"schema has one object|the object's name is the dataset's|is there already, in line|two rules are called|is said already",
    "what is read is what is written": r"not taken|is given already|stands there already|second document|nothing is said|not YAML|nested deeper",
    "booleans and numbers": r"true or false is wanted|number is wanted|two numbers|is not below 0|primaryKeyPosition|position \d|above 100",
    "open words": r"^(status|unit|severity|type|metric|dimension) is |a version is one to four|classification is|a day is written"
                  r"|the smaller number stands first|timeZone is|a day of the week|hours are written|other hours|mode is computer",
    "open members": r"^the description has no member|a collection point|is a list of|is a text|names a property|there is no such property"
                    r"|has at most",
    "servers": r"^type is kafka|server (needs|has no member)",
    "rules nobody could run": r"this metric has no argument|a quality rule has no member rule|is of (the dataset|a property): write|needs arguments|names neither a metric"
                              r"|there is no property|a value is wanted here|implementation of engine|expression is empty|is for type"
                              r"|unit is rows|a list of values|pattern is a text|one threshold|arguments is an object|is a number of rows",
    "service levels": r"the unit|a time of the day|the value is a whole number|it is at most|frequency|valueExt|retention|timeOfAvailability",
    "references": r"a reference is written|a reference to another|gracePeriod|the severity of a relationship|one relationship|from names|from and to"
                  r"|stands in the row itself|is of a field in the row",
    "templates": r"there is no template",
}
# What the check takes with a warning, and why others may not.
WARNED = re.compile(r"to other tools it is no text|read a day without quotes")


def page_example(name):
    return re.search(rf"```yaml {re.escape(name)}\n(.*?)```", PAGE, re.S)[1]


def customs(**values):
    return [{"property": name, "value": value} for name, value in values.items()]


def minimal(api="v3.1.0"):
    return {
        "apiVersion": api, "kind": "DataContract", "id": "rop-residents", "version": "1.0.0", "status": "active",
        "description": {"purpose": "To know who lives where."},
        "team": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}],
        "schema": [{"name": "rop.residents", "properties": [{"name": "civil_no", "logicalType": "string", "primaryKey": True}]}],
        "customProperties": customs(legalBasis="Law 1", reviewDate="2027-01-01",
                                    collectionPoints=[{"point": "stations", "mode": "computer"}])}


def rich():
    """Whatever the standard has, in 3.2."""
    c = minimal("v3.2.0")
    c.update(name="المقيمون", tenant="rop", domain="d", dataProduct="p", tags=["a", "b"], contractCreatedTs="2027-01-01T00:00:00Z",
             context={"instructions": "i", "constraints": [{"constraint": "c"}], "verifiedStatements": [{"question": "q", "answer": "a"}]},
             servers=[{"server": "k", "type": "kafka", "host": "k:9092", "format": "avro"},
                      {"server": "o", "type": "oracle", "host": "h", "port": 1521, "serviceName": "s"},
                      {"server": "x", "type": "custom", "location": "https://x.example"}],
             support=[{"channel": "c", "url": "https://c.example", "tool": "email", "scope": "issues"}],
             roles=[{"role": "reader", "access": "read"}], price={"priceAmount": 9.5, "priceCurrency": "OMR", "priceUnit": "y"},
             authoritativeDefinitions=[{"url": "https://a.example", "type": "canonicalUrl"}])
    c["team"] = {"name": "t", "members": [{"username": "a", "role": "coordinator", "dateIn": "2026-01-01"},
                                          {"username": "b", "role": "steward", "customProperties": customs(x=[1, None, {"a": "b"}])}]}
    dataset = c["schema"][0]
    dataset.update(logicalType="object", physicalType="topic", description="d", businessName="b", deprecated=False,
                   synonyms=[{"synonym": "سكان", "locale": "ar"}], dataGranularityDescription="one a person",
                   relationships=[{"from": ["rop.residents.a", "rop.residents.n"], "to": ["ncsi.localities.a", "ncsi.localities.b"]}],
                   quality=[{"metric": "rowCount", "mustBeGreaterThan": 5, "severity": "info"},
                            {"type": "custom", "engine": "cel", "implementation": "message.n > 0", "dimension": "accuracy", "name": "n"},
                            {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["a", "n"]}},
                            {"type": "text", "description": "checked by hand"}, {"type": "sql", "query": "SELECT 1", "mustBe": 1}])
    dataset["properties"] += [
        {"name": "a", "logicalType": "string", "logicalTypeOptions": {"minLength": 1, "maxLength": 9, "pattern": "[a-z]+"},
         "examples": ["x", 1], "enum": [{"value": "x", "label": "X"}, {"value": "y"}], "semanticType": "dimension",
         "quality": [{"metric": "invalidValues", "arguments": {"validValues": ["x", "y"]}, "mustBeLessThan": 1, "unit": "percent"},
                     {"metric": "missingValues", "arguments": {"missingValues": [None, "", "N/A"]}, "mustBeLessOrEqualTo": 3}]},
        {"name": "n", "logicalType": "number", "logicalTypeOptions": {"minimum": 0.5, "multipleOf": 0.5, "format": "f64"},
         "quality": [{"metric": "nullValues", "mustBeBetween": [0, 10]}]},
        {"name": "i", "logicalType": "integer", "logicalTypeOptions": {"maximum": 10, "format": "i64"}, "unique": True},
        {"name": "d", "logicalType": "date", "logicalTypeOptions": {"format": "yyyy-MM-dd", "minimum": "1900-01-01"}},
        {"name": "t", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True, "defaultTimezone": "Asia/Muscat"}},
        {"name": "o", "logicalType": "object", "properties": [{"name": "zip", "logicalType": "string"}]},
        {"name": "l", "logicalType": "array", "logicalTypeOptions": {"minItems": 1},
         "items": {"logicalType": "object", "properties": [{"name": "zip", "logicalType": "boolean"}]}},
        {"name": "m", "logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}},
        {"name": "p", "logicalType": "string", "classification": "personal", "relationships": [{"to": "moci.companies.cr_no"}],
         "customProperties": customs(necessity="n", consent="c"), "transformSourceObjects": ["a"], "criticalDataElement": True}]
    c["slaProperties"] = [
        {"property": "latency", "value": 4, "unit": "h", "element": "rop.residents.t", "driver": "regulatory"},
        {"property": "frequency", "value": 1, "unit": "mo", "valueExt": -1}, {"property": "timeOfAvailability", "value": "08:30"},
        {"property": "retention", "value": 5, "unit": "y", "customProperties": customs(a=1)},
        {"property": "availability", "value": 99.9, "description": "percent"}, {"property": "ga", "value": "2027-01-01"}]
    c["customProperties"] += customs(controller="ROP", processors=["x"], eventTimeField="t", orderField="i", timeZone="Asia/Muscat",
                                     workingWeek=["sunday", "monday"], workingHours="07:30-14:30",
                                     otherHours=[{"from": "2027-02-08", "until": "2027-03-08", "hours": "09:00-14:00"}])
    return c


def plain_3_1():
    """The same without what is of 3.2."""
    c = rich()
    c["apiVersion"] = "v3.1.0"
    del c["context"]
    dataset = c["schema"][0]
    del dataset["deprecated"], dataset["synonyms"], dataset["relationships"]
    dataset["properties"] = [p for p in dataset["properties"] if p["logicalType"] != "map"]
    for p in dataset["properties"]:
        p.pop("enum", None)
        p.pop("semanticType", None)
        p.pop("relationships", None)
    del c["slaProperties"][3]["customProperties"]
    return c


GOOD = {"page": lambda: yaml.load(page_example("births.yaml"), Loader), "minimal": minimal, "rich": rich, "rich 3.1": plain_3_1,
        "template": lambda: {**minimal(), "customProperties": minimal()["customProperties"] + customs(template="register@1")}}


# -- changes of the text, which a tree has no word for; and the trees that people get wrong

def texts():
    births = page_example("births.yaml")

    def swap(old, new):
        assert old in births, old
        return births.replace(old, new)

    yield "page", births
    yield "faulty", page_example("faulty.yaml")
    for name in ("register.1", "event.1"):
        text = (ROOT / "schema" / "contract" / "templates" / f"{name}.blank.yaml").read_text(encoding="utf-8")
        yield f"blank {name}", text
    for word in ("no", "on", "yes", "True", "0o17", "017", "1:30", "3.10", "1e3", "1_000", "~", "null", "2027-01-01", "''", "'3.10'", "[]", "{}"):
        for where in ('version: "1.2.0"', "name: Births", "status: active", "primaryKey: true", "mustBeLessThan: 0.5", "value: 30, unit",
                      "unit: min", "purpose: To record each birth, and to whom the child was born."):
            key = where.partition(":")[0]
            yield f"{key}: {word}", swap(where, f"{key}: {word}" + (", unit" if where.endswith(", unit") else ""))
    yield "anchor", swap("name: Births", "name: &x Births") + "domain: *x\n"
    yield "anchor alone", swap("name: Births", "name: &x Births")
    yield "merge key", swap("description:", "description: &d\n  usage: u\ntags: []\nx: {<<: *d}\ndescription_:")
    yield "tag", swap("name: Births", "name: !!str Births")
    yield "key twice", swap("name: Births", "name: Births\nname: Deaths")
    yield "two documents", births + "---\n" + births
    yield "document end", births + "...\n"
    yield "mark", "\ufeff" + births
    yield "windows", births.replace("\n", "\r\n")
    yield "json", json.dumps(yaml.load(births, Loader), ensure_ascii=False)
    yield "comment", "# x\n" + births + "# y\n"
    yield "tab", swap("  name: Directorate", "\tname: Directorate")
    yield "empty", ""
    yield "open quote", swap("name: Births", 'name: "Births')
    yield "key is a list", births + "? [a]\n: b\n"
    yield "day without quotes", swap('value: "2027-06-01"', "value: 2027-06-01")
    yield "dateIn without quotes", swap("role: steward}", "role: steward, dateIn: 2026-01-01}")


def edits():
    """By hand: (what, base, change)."""
    def put(*path, value):
        def change(c):
            for step in path[:-1]:
                c = c[step]
            c[path[-1]] = value
        return change

    def drop(*path):
        def change(c):
            for step in path[:-1]:
                c = c[step]
            del c[path[-1]]
        return change

    prop, rule = ("schema", 0, "properties", 1), ("schema", 0, "properties", 1, "quality", 0)
    for api in ("v3.0.2", "v3.0.1", "v2.2.2", "v3.3.0", "3.2.0", None):
        yield f"apiVersion {api}", "minimal", put("apiVersion", value=api)
    for key in ("version", "kind", "apiVersion", "id", "status", "schema", "team", "description", "customProperties"):
        yield f"no {key}", "rich", drop(key)
    for value in (None, True, 5, "x", [], {}, ["x"], [{}], [None], {"x": 1}):
        for key in ("id", "status", "tags", "description", "team", "schema", "support", "servers", "slaProperties", "customProperties",
                    "price", "roles", "context", "authoritativeDefinitions", "quality"):
            yield f"{key} {value!r}", "rich", put(key, value=value)
        for key in ("logicalType", "logicalTypeOptions", "required", "primaryKeyPosition", "classification", "quality", "relationships",
                    "examples", "enum", "tags", "properties", "items", "transformSourceObjects", "isNullable"):
            yield f"property {key} {value!r}", "rich", put(*prop, key, value=value)
        for key in ("type", "metric", "arguments", "mustBe", "mustBeBetween", "unit", "severity", "dimension", "engine", "rule", "name"):
            yield f"rule {key} {value!r}", "rich", put(*rule, key, value=value)
        for key in ("property", "value", "unit", "element", "valueExt"):
            yield f"sla {key} {value!r}", "rich", put("slaProperties", 0, key, value=value)
    yield "two datasets", "rich", lambda c: c["schema"].append(copy.deepcopy(c["schema"][0]))
    yield "dataset's name", "rich", put("schema", 0, "name", value="Residents")
    yield "no logicalType", "rich 3.1", drop(*prop, "logicalType")
    yield "fields twice", "rich", lambda c: c["schema"][0]["properties"].append({"name": "a", "logicalType": "string"})
    yield "reference", "rich", put("schema", 0, "properties", 9, "relationships", 0, "to", value="companies.cr_no")
    yield "long reference", "rich", put("schema", 0, "properties", 9, "relationships", 0, "to", value="schema/companies/properties/cr")
    yield "server of no use", "rich", put("servers", 0, value={"server": "s", "type": "snowflake", "host": "h", "port": 1, "account": "a",
                                                              "database": "d", "warehouse": "w", "schema": "s"})
    yield "relationships in 3.1", "rich 3.1", put("schema", 0, "relationships", value=rich()["schema"][0]["relationships"])
    yield "personal without", "rich", drop("schema", 0, "properties", 9, "customProperties")
    yield "template", "minimal", lambda c: c["customProperties"].extend(customs(template="none@1"))
    yield "3.2 in 3.1", "rich", put("apiVersion", value="v3.1.0")
    for unit in ("m", "d", "days", "D", "y", "month", "fortnight"):
        yield f"unit {unit}", "rich", put("slaProperties", 0, "unit", value=unit)
    for value in ("09:00", "9:00", "09:00-08:00", "24:00", "25:00", 540):
        yield f"time {value}", "rich", put("slaProperties", 2, "value", value=value)


VALUES = [None, True, False, 0, -1, 1.5, 10**15, "", "x", "no", "true", "2027-01-01", [], {}, [1], {"a": 1}, ["a", "a"]]


def places(node, found):
    """Every (container, key) of the tree."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        found.append((node, key))
        if isinstance(node[key], (dict, list)):
            places(node[key], found)
    return found


def random_change(rng, contract):
    spots = places(contract, [])
    node, key = rng.choice(spots)
    kind = rng.randrange(5)
    if kind == 0:
        del node[key]
    elif kind == 1:
        node[key] = copy.deepcopy(rng.choice(VALUES))
    elif kind == 2 and isinstance(node, dict):
        node[rng.choice([key + "s", key[:-1], key.upper(), "x"]) or "x"] = node.pop(key)
    elif kind == 3 and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    else:
        other, other_key = rng.choice(spots)
        if isinstance(other, (dict, list)) and other_key in (other if isinstance(other, dict) else range(len(other))):
            node[key] = copy.deepcopy(other[other_key])


def dump(contract):
    return yaml.safe_dump(contract, allow_unicode=True, sort_keys=False, width=1000)


def corpus(rng, count):
    for name, make in GOOD.items():
        yield f"good {name}", dump(make())
    yield from texts()
    for what, base, change in edits():
        contract = GOOD[base]()
        change(contract)
        yield what, dump(contract)
    for number in range(count):
        name = rng.choice(sorted(GOOD))
        contract = GOOD[name]()
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            random_change(rng, contract)
        yield f"random {number} of {name}", dump(contract)


# -- the examiners

class Examiners:
    def __init__(self):
        newer = json.loads((pathlib.Path(open_data_contract_standard.__file__).parent / "schema.json").read_text(encoding="utf-8"))
        older = json.loads(APART.read_text(encoding="utf-8"))
        self.newer, self.older = (jsonschema.Draft201909Validator(schema) for schema in (newer, older))

    def schema_says(self, text):
        """None: good."""
        try:
            read = list(yaml.load_all(text, Loader))
        except (yaml.YAMLError, ValueError) as error:
            return f"not YAML: {str(error)[:100]}"
        if len(read) != 1 or not isinstance(read[0], dict):
            return "not one object"
        contract = json.loads(json.dumps(read[0], default=str))
        of = [self.newer] + ([self.older] if contract.get("apiVersion") != "v3.2.0" else [])
        for validator in of:
            error = jsonschema.exceptions.best_match(validator.iter_errors(contract))
            if error is not None:
                return f"{error.json_path}: {error.message[:200]}"
        return None

    @staticmethod
    def lint_says(text):
        try:
            run = DataContract(data_contract_str=text, inline_references=False).lint()
        except Exception as error:  # noqa: BLE001 - it fails in many ways on what is no contract
            return f"{type(error).__name__}: {str(error)[:100]}"
        return None if run.result == "passed" else "; ".join(str(c.reason)[:200] for c in run.checks if c.result != "passed")


def examine(what, text, told, examiners, tally, used):
    errors = [f for f in told["findings"] if f["level"] == "error"]
    warned = any(WARNED.search(f["message"]) for f in told["findings"])
    says = examiners.schema_says(text)
    if told["valid"]:
        # The linter is slow, so it sees what the check takes, and what both take.
        says = says or examiners.lint_says(text)
        tally.put(what, None if says is None or warned else f"the check takes it, and they do not: {says}", text)
        return
    if says is not None:
        tally.put(what, None)
        return
    odd = []
    for error in errors:
        reasons = [name for name, words in REASONS.items() if re.search(words, error["message"])]
        used.update(reasons)
        if not reasons:
            odd.append(error["message"])
    tally.put(what, None if not odd else f"they take it, and the check says: {odd}", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--cases", type=int, default=150, help="random changes beside the corpus by hand")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    args = parser.parse_args()
    if not APART.exists():
        print(f"{APART} is missing: ops/install")
        return 2
    print(f"seed {args.seed}", flush=True)
    tool, examiners, tally, used = Program(args.tool), Examiners(), Tally(), set()
    taken = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, text) in enumerate(corpus(random.Random(args.seed), min(args.cases, 4000))):
            path = pathlib.Path(folder) / f"{number}.yaml"
            path.write_text(text, encoding="utf-8", newline="")
            told = tool.ask_line(str(path))
            taken += told["valid"]
            examine(what, text, told, examiners, tally, used)
            if what.startswith("good "):
                tally.put(what, None if told["valid"] and not told["findings"] or what == "good rich" or what == "good rich 3.1"
                          else f"it is good: {told['findings']}", text)
    for reason in sorted(set(REASONS) - used):
        tally.put(f"the list of reasons", f"no contract needs the reason: {reason}")
    tally.put("how many are taken", None if taken >= 60 else f"only {taken}: the corpus tells too little")
    print(f"{taken} taken by the check", flush=True)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
