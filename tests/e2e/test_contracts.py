# SPDX-License-Identifier: Apache-2.0
"""Contracts: checked with no server, applied to the register by command and over HTTP, kept with every version."""

import hashlib
import json
import re
import time

import pytest
import yaml
from kit import engine, paths
from kit.registry import basic

PAGE = (paths.ROOT / "ops" / "doc" / "contracts.md").read_text()
EXAMPLES = {name: text for name, text in re.findall(r"```yaml (\S+)\n(.*?)```", PAGE, re.S)}
GOOD = EXAMPLES["births.yaml"]


@pytest.fixture
def nrc():
    """The program alone."""
    return engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1")


@pytest.fixture
def births(world):
    """The register with the dataset that the page's contract is for; and a writer of files."""
    world.nrc.add_agency("moh")
    world.nrc.run("dataset", "add", "moh.births", "--key", "civil_no", "--order", "seq", "--event-time", "born")

    def write(text, name="births.yaml"):
        path = world.folder / name
        path.write_text(text)
        return str(path)
    return write


def version(number, text=GOOD, **changes):
    text = text.replace('version: "1.2.0"', f'version: "{number}"')
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


# -- with no server


def test_the_pages_examples_are_what_they_say(nrc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text)
    steps = re.findall(r"```sh\nnrc (contract check (\S+))\n```\n\n```output\n(.*?)```", PAGE, re.S)
    assert [name for _, name, _ in steps] == ["births.yaml", "faulty.yaml"]
    for command, name, output in steps:
        done = nrc.run(*command.split(), ok=(0, 1))
        assert done.stdout == output
        assert done.returncode == ("faulty" in name)


def test_a_blank_contract_becomes_a_good_one_when_its_capitals_are_filled_in(nrc, tmp_path):
    """And a file that is there already is left alone."""
    for template in nrc.json("contract", "template"):
        path = tmp_path / f"{template['template']}.yaml"
        nrc.run("contract", "template", template["template"], "--output", path)
        blank = path.read_text()
        assert blank == nrc.run("contract", "template", template["template"].partition("@")[0]).stdout
        assert "exists" in nrc.run("contract", "template", template["template"], "--output", path, ok=(1,)).stderr
        told = json.loads(nrc.run("contract", "check", "--json", path, ok=(1,)).stdout)
        assert not told["valid"] and all(f["level"] == "error" for f in told["findings"])
        filled = blank.replace("AGENCY.DATASET", "moh.births").replace("YYYY-MM-DD", '"2027-06-01"').replace("draft", "active")
        path.write_text(re.sub(r": ([A-Z_@-][A-Z_@ -]+)$", lambda m: ": " + m[1].lower(), filled, flags=re.M))
        told = json.loads(nrc.run("contract", "check", "--json", path).stdout)
        assert told["valid"] and told["findings"] == []
        assert told["contract"]["template"] == template["template"]
        assert told["contract"]["service"]["time_zone"] == "Asia/Muscat"


def test_json_is_yaml(nrc, tmp_path):
    path = tmp_path / "births.json"
    path.write_text(json.dumps(yaml.safe_load(GOOD), ensure_ascii=False, indent=1))
    (tmp_path / "births.yaml").write_text(GOOD)
    both = [nrc.json("contract", "check", tmp_path / f"births.{end}")["contract"] for end in ("yaml", "json")]
    assert both[0] == both[1]
    assert both[0]["team"][0]["name"] == "د. سلمى الحارثية"


def laughs(levels):
    return "a0: &a0 lol\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, levels))


# Its users' complaints: js-yaml 738, pyyaml 235 (laughs), bitol-io 322 (logicalType), 344 (quality at the root), 346 (neither
# type nor metric), datacontract-cli 1067 (days), 781 (unknown members), 971 (what is wrong, and where), yaml/libyaml 334 (the mark).
COMPLAINTS = [
    (laughs(20), ":1:5: /: an anchor (&) is not taken"),
    (GOOD + "quality: []\n", ": /quality: a contract has no member quality"),
    (GOOD.replace("      - name: seq\n        logicalType: integer", "      - name: seq"), "/schema/0/properties/3: a property needs logicalType"),
    (GOOD.replace("      - metric: rowCount\n        must", "      - must"), "/schema/0/quality/1: the rule names neither a metric nor a type"),
    (GOOD.replace("        logicalType: integer", "        logicalType: integer\n        isNullable: true"), "a property has no member isNullable"),
    (GOOD.replace("id: moh-births", "id: moh-births\nid: moh-births"), ":4:1: /id: the key stands there already, in line 3"),
    (GOOD.replace("  name: Directorate", "\tname: Directorate"), "not YAML: a tab"),
    (GOOD.replace("{point: hospitals, ", "{point: !!python/object:os.system hospitals, "), "a tag (!) is not taken"),
    (GOOD.replace("status: active", "status: yes"), "/status: status is proposed"),
    (GOOD + "---\n" + GOOD, "a second document"),
]


def test_what_users_of_other_tools_complain_of_is_told_with_its_place(nrc, tmp_path):
    for number, (text, said) in enumerate(COMPLAINTS):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        done = nrc.run("contract", "check", path, ok=(1,))
        assert said in done.stdout, (number, done.stdout)
        assert re.match(rf"{re.escape(str(path))}:\d+:\d+: /", done.stdout)
    marked = tmp_path / "mark.yaml"
    marked.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    nrc.run("contract", "check", marked)
    dated = tmp_path / "dated.yaml"
    dated.write_text(GOOD.replace("role: steward}", "role: steward, dateIn: 2026-02-20}"))
    assert "warning: some tools read a day without quotes as a time" in nrc.run("contract", "check", dated).stdout


def test_hostile_files_are_refused_soon(nrc, tmp_path):
    path = tmp_path / "hostile.yaml"
    for text, said in ((GOOD + "tags:\n" + "  - x\n" * 2_000_000, "at most 1048576 bytes"), ("[" * 1_000_000, "nested deeper than 32"),
                       ("- \n" * 300_000, "at most 100,000 values"), (laughs(3000), "an anchor"), ("{a: " * 200_000, "nested deeper")):
        path.write_text(text)
        begin = time.monotonic()
        done = nrc.run("contract", "check", path, ok=(1,))
        assert said in done.stdout + done.stderr and time.monotonic() - begin < 20
    assert nrc.run("contract", "check", tmp_path / "none.yaml", ok=(1,)).stderr


# -- in the register


def test_a_contract_is_applied_kept_and_given_back(world, births):
    """PDP-1.1, NRL-18: the text byte for byte, every version of it, with who applied it and why."""
    first = births(GOOD.replace("\n", "\r\n"))
    tried = world.nrc.json("contract", "apply", first, "--dry-run")
    assert (tried["changed"], tried["dry_run"], tried["version"]) == (False, True, "1.2.0")
    assert world.nrc.json("contract", "list") == []
    done = world.nrc.json("contract", "apply", first, "--why", "قرار 12")
    assert (done["changed"], done["was"], done["dataset"]) == (True, None, "moh.births")
    assert not world.nrc.json("contract", "apply", first)["changed"]
    world.nrc.run("contract", "apply", births(version("1.10")))
    assert "1.9.9 is not above 1.10" in world.nrc.run("contract", "apply", births(version("1.9.9")), ok=(1,)).stderr
    assert "is not above" in world.nrc.run("contract", "apply", births(version("1.10") + "# more\n"), ok=(1,)).stderr

    old = world.nrc.json("contract", "show", "moh.births", "1.2.0")
    assert old["text"] == GOOD.replace("\n", "\r\n") and old["sha256"] == hashlib.sha256(old["text"].encode()).hexdigest()
    assert world.nrc.run("contract", "show", "moh.births", "--text").stdout == version("1.10")
    shown = world.nrc.json("contract", "show", "moh.births")
    assert (shown["version"], shown["in_force"], shown["template"]) == ("1.10", True, "register@1")
    assert shown["contract"]["key"] == ["civil_no"] and shown["text"] == version("1.10")
    text = world.nrc.run("contract", "show", "moh.births").stdout
    assert "د. سلمى الحارثية" in text and "1.10" in text and "in_force" in text
    assert [(row["version"], row["in_force"]) for row in world.nrc.json("contract", "list", "--all")] == [("1.10", True), ("1.2.0", False)]
    assert [row["version"] for row in world.nrc.json("contract", "list", "--dataset", "moh.births")] == ["1.10"]
    rows = world.nrc.json("audit", "list", "--object", "contract/moh.births")
    assert [(row["what"], row["why"]) for row in rows] == [("contract.applied", None), ("contract.applied", "قرار 12")]
    told = world.nrc.json("notification", "list", "--dataset", "moh.births")
    assert [row["object"] for row in told if row["type"] == "contract.applied"] == ["contract/moh.births"] * 2
    world.nrc.run("contract", "apply", births(version("2.0").replace("status: active", "status: retired")))
    assert world.nrc.json("contract", "show", "moh.births")["in_force"] is False


def test_what_disagrees_with_the_dataset_is_refused_and_both_are_named(world, births):
    other_key = GOOD.replace("        primaryKey: true\n", "").replace("      - name: born\n", "      - name: born\n        primaryKey: true\n")
    other_order = GOOD.replace("orderField, value: seq", "orderField, value: registered")
    other_time = GOOD.replace("eventTimeField, value: born", "eventTimeField, value: registered")
    for text, said in ((other_key, "the contract's key is born, and moh.births's is civil_no"),
                       (other_order, "the contract's order field is registered, and moh.births's is seq"),
                       (other_time, "the contract's event-time field is registered, and moh.births's is born"),
                       (GOOD.replace("moh.births", "moh.deaths"), "there is no dataset moh.deaths"),
                       (GOOD.replace("status: active", "status: draft"), "status is draft")):
        for dry in ([], ["--dry-run"]):
            assert said in world.nrc.run("contract", "apply", births(text), *dry, ok=(1,)).stderr
    refused = world.nrc.run("contract", "apply", births(EXAMPLES["faulty.yaml"]), ok=(1,)).stderr
    assert refused.count("births.yaml:") == 14 and "births.yaml:14:21: " in refused
    assert world.nrc.json("contract", "list", "--all") == []
    assert "has no contract" in world.nrc.run("contract", "show", "moh.births", ok=(1,)).stderr
    assert "no dataset moh.x" in world.nrc.run("contract", "show", "moh.x", ok=(1,)).stderr
    world.nrc.run("contract", "apply", births(GOOD))
    assert "has contracts, and these stay" in world.nrc.run("dataset", "remove", "moh.births", ok=(1,)).stderr


def test_an_agency_applies_its_own_over_http(world, births):
    world.nrc.add_agency("edu")
    headers = {}
    for name, role, agency in (("moh-births", "producer", "moh"), ("edu-x", "producer", "edu"), ("salem", "auditor", None)):
        of = ["--agency", agency] if agency else []
        made = world.nrc.json("account", "add", name, "--person", "P", "--role", role, "--decision", "1/2026", *of)
        headers[name] = basic(name, made["secret"])
    node = world.registry(anonymous=False).start()
    url = "/nrc/v1/datasets/moh.births/contracts"
    mine = headers["moh-births"]
    assert node.post(url, {"text": GOOD}, **headers["edu-x"]).status == 409
    assert node.post(url, {"text": GOOD}, **headers["salem"]).status == 403
    assert node.get(f"{url}/latest", **mine).status == 404
    tried = node.post(url, {"text": EXAMPLES["faulty.yaml"], "dry_run": True}, **mine)
    assert tried.status == 200 and not tried.json["valid"] and len(tried.json["findings"]) == 14
    assert {"level": "error", "line": 14, "column": 21}.items() <= tried.json["findings"][11].items()
    refused = node.post(url, {"text": EXAMPLES["faulty.yaml"]}, **mine)
    assert (refused.status, refused.json["error_code"]) == (422, 42211) and "with 12 errors" in refused.json["message"]
    assert node.post(url, {"why": "x"}, **mine).status == 400
    assert node.post("/nrc/v1/datasets/moh.deaths/contracts", {"text": GOOD}, **mine).status == 422
    assert node.post(url, {"text": GOOD, "dry_run": True}, **mine).json["changed"] is False
    assert node.get(url, **mine).json == []
    done = node.post(url, {"text": GOOD, "why": "first"}, **mine)
    assert done.status == 201 and done.json["changed"] and done.json["version"] == "1.2.0"
    again = node.post(url, {"text": GOOD}, **mine)
    assert again.status == 200 and not again.json["changed"]
    shown = node.get(f"{url}/latest", **headers["salem"]).json
    assert shown == node.get(f"{url}/1.2.0", **headers["edu-x"]).json
    assert shown["text"] == GOOD and shown["applied_by"] == "moh-births" and shown["contract"]["dataset"] == "moh.births"
    assert [row["version"] for row in node.get(url, **mine).json] == ["1.2.0"]
    assert node.get(f"{url}/9", **mine).status == 404
    assert node.get("/nrc/v1/datasets/moh.x/contracts", **mine).status == 404
    assert node.stop() == 0
