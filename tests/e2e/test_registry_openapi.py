# SPDX-License-Identifier: Apache-2.0
"""The API's description is complete, and every request made from it gets an answer that it describes."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from kit import paths
from kit.registry import basic

FULL = os.environ.get("NRC_TEST_FULL") == "1"


def test_every_route_is_described(registry):
    described = registry.get("/nrc/v1/openapi.json").json
    assert described["openapi"].startswith("3.0")
    operations = {(verb, path) for path, verbs in described["paths"].items() for verb in verbs}
    for wanted in (("post", "/subjects/{subject}/versions"), ("get", "/schemas/ids/{id}"), ("put", "/mode/{subject}"),
                   ("post", "/nrc/v1/agencies"), ("get", "/nrc/v1/datasets/{dataset}"), ("get", "/readyz")):
        assert wanted in operations
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            assert operation["summary"].endswith(".") and operation["tags"]
            assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == set(
                part[1:-1] for part in path.split("/") if part.startswith("{"))
            assert operation["responses"]["2XX"]["content"]
    assert [server["url"] for server in described["servers"]] == ["/", "/contexts/{context}"]
    codes = described["components"]["schemas"]["Error"]["properties"]["error_code"]["enum"]
    assert {40401, 40403, 42201, 42203, 50001, 409, 401, 429} <= set(codes)


class Sources:
    """The registry's functions as text: which routes there are, and which parameters each handler comes to read."""

    def __init__(self):
        self.bodies, self.routes = {}, {}
        for file in (paths.ROOT / "registry").glob("*.c"):
            text = file.read_text(encoding="utf-8")
            for name, body in re.findall(r"^\w[\w *]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", text, re.M | re.S):
                self.bodies[file.name, name] = body
            words = dict(re.findall(r"^#define (\w+) +(.*/.*)$", text, re.M))
            for method, pattern, handler in re.findall(r"\{HTTP_(\w+), ([^,]+), *\w+, *(\w+),", text):
                for _ in words:
                    pattern = re.sub(r"\b[A-Z]+\b", lambda m: words.get(m[0], m[0]), pattern)
                pattern = "".join(re.findall(r'"([^"]*)"', pattern))
                self.routes[method.lower(), pattern] = file.name, handler

    def find(self, file, name):
        """A function of the same file goes before another's; statics of other files are not seen."""
        if (file, name) in self.bodies:
            return file, name
        return next((f for f in self.bodies if f[1] == name and name.startswith("reg_")), None)

    def parameters(self, function, seen):
        if function is None or function in seen:
            return set()
        seen.add(function)
        body = self.bodies[function]
        found = set(re.findall(r'\b(?:http_query\w*|reg_text_of|number_of)\(req, "(\w+)"', body))
        for name in set(re.findall(r"\b[a-z]\w+\b", body)):
            found |= self.parameters(self.find(function[0], name), seen)
        return found


def test_the_query_of_every_operation_is_described_as_its_handler_reads_it(registry):
    described = registry.get("/nrc/v1/openapi.json").json["paths"]
    sources = Sources()
    assert len(sources.routes) > 40
    assert all(sources.find(*handler) for handler in sources.routes.values())
    for (method, path), handler in sources.routes.items():
        if "*" not in path:
            listed = {p["name"] for p in described[path][method]["parameters"] if p["in"] == "query"}
            read = sources.parameters(sources.find(*handler), set())
            assert listed == read, f"{method} {path}: row of registry/routes.c"


@pytest.mark.timeout(1200 if FULL else 400)
def test_nothing_that_schemathesis_sends_breaks_the_server(world):
    secret = world.nrc.json("account", "add", "huda", "--person", "Huda", "--role", "steward",
                            "--decision", "No. 1 of 2026")["secret"]
    registry = world.registry(anonymous=False)
    registry.headers = basic("huda", secret)
    registry.start()
    # The agency, dataset and subject that the description's examples name.
    world.nrc.add_agency("moh")
    world.nrc.add_dataset("moh.births", topic="elsewhere", key="civil_no")
    registry.register("moh.births-value", '"string"')
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "st", "run", f"{registry.url}/nrc/v1/openapi.json",
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
         "--phases", "examples,coverage,fuzzing", "--max-examples", "400" if FULL else "8", "--seed", "20261122",
         "--generation-database", "none", "--suppress-health-check", "all", "--no-color",
         "--header", f"Authorization: {registry.headers['Authorization']}"],
        capture_output=True, text=True, cwd=world.folder, timeout=900)
    said = done.stdout + done.stderr
    (world.folder / "schemathesis.txt").write_text(said)
    assert done.returncode == 0, said[-6000:]
    tested = re.search(r"Tested: (\d+)", said)
    # It leaves out the one path that it has the description from.
    assert tested and int(tested[1]) == len(Sources().routes) - 1, said[-3000:]
    for refusal in ("401", "403", "429", "Rate limit", "Missing authentication"):
        assert f"returned {refusal}" not in said and (refusal[0] == "4" or refusal not in said), said[-3000:]
    answers = dict(re.findall(r'answers_total\{class="(.)xx"\} (\d+)', registry.get("/metrics").text))
    assert int(answers["2"]) > 300, answers
    assert registry.get("/subjects").status == 200
    assert registry.stop() == 0


def test_agencies_and_datasets_are_added_and_shown_as_the_commands_do(world):
    """NRL-5, NRL-9"""
    registry = world.registry().start()
    agency = {"code": "moh", "name": "Ministry of Health", "name_ar": "وزارة الصحة", "class": 1,
              "division": "دائرة الإحصاء", "head": "د. سلمى الحارثية"}
    made = registry.post("/nrc/v1/agencies", agency)
    assert made.status == 201 and made.json["name_ar"] == "وزارة الصحة"
    assert registry.post("/nrc/v1/agencies", agency).status == 409
    made = registry.post("/nrc/v1/datasets", {
        "dataset": "moh.births", "topic": "moh.births", "key": ["civil_no"], "key_format": "text", "order": "seq"})
    assert made.status == 201 and made.json["dataset"] == "moh.births"
    assert registry.get("/nrc/v1/agencies/moh").json == world.nrc.json("agency", "show", "moh")["agency"]
    assert registry.get("/nrc/v1/datasets?agency=moh").json == world.nrc.json("dataset", "list", "--agency", "moh")
    for path, body in (("/nrc/v1/agencies", {"code": "MOH"}), ("/nrc/v1/agencies", {**agency, "code": "moi", "class": 9}),
                       ("/nrc/v1/agencies", {**agency, "code": "moi", "head": None}), ("/nrc/v1/agencies", []),
                       ("/nrc/v1/datasets", {"dataset": "moh.deaths"}), ("/nrc/v1/datasets", {"dataset": "deaths", "key": ["a"]}),
                       ("/nrc/v1/datasets", {"dataset": "moh.deaths", "key": ["a"], "leaves": 999})):
        refused = registry.post(path, body)
        assert refused.status == 400 and set(refused.json) == {"error_code", "message"}, (path, body, refused)
    assert registry.get("/nrc/v1/agencies/xyz").status == 404
    assert registry.post("/nrc/v1/datasets", {"dataset": "xyz.a", "key": ["a"]}).status == 404
    assert registry.stop() == 0
