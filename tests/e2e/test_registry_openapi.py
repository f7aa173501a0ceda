# SPDX-License-Identifier: Apache-2.0
"""The API's description is one, and whatever is sent by it gets an answer that it describes."""

import os
import pathlib
import subprocess
import sys

FULL = os.environ.get("NRC_TEST_FULL") == "1"


def test_every_route_is_described(registry):
    described = registry.get("/nrc/v1/openapi.json").json
    assert described["openapi"].startswith("3.0")
    operations = {(verb, path) for path, verbs in described["paths"].items() for verb in verbs}
    for wanted in (("post", "/subjects/{subject}/versions"), ("get", "/schemas/ids/{id}"), ("put", "/mode/{subject}"),
                   ("post", "/nrc/v1/agencies"), ("get", "/nrc/v1/datasets/{dataset}"), ("get", "/readyz")):
        assert wanted in operations
    for path, verbs in described["paths"].items():
        for operation in verbs.values():
            assert operation["summary"].endswith(".")
            assert {p["name"] for p in operation["parameters"]} == set(
                part[1:-1] for part in path.split("/") if part.startswith("{"))


def test_nothing_that_schemathesis_sends_breaks_the_server(world):
    registry = world.registry().start()
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "st", "run", f"{registry.url}/nrc/v1/openapi.json",
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
         "--phases", "examples,coverage,fuzzing", "--max-examples", "400" if FULL else "12", "--seed", "20261122",
         "--generation-database", "none", "--suppress-health-check", "all", "--no-color"],
        capture_output=True, text=True, cwd=world.folder, timeout=900)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
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
