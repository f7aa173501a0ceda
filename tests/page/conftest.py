# SPDX-License-Identifier: Apache-2.0
"""A browser is driven from JavaScript, by Node.js's own test runner; here are the servers that it looks at."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(HERE)]

from kit import paths, process  # noqa: E402

# The fixtures of the end-to-end tests: Kafka, PostgreSQL, a register.
spec = importlib.util.spec_from_file_location("e2e_conftest", TESTS / "e2e" / "conftest.py")
e2e = importlib.util.module_from_spec(spec)
spec.loader.exec_module(e2e)
servers, module_world = e2e.servers, e2e.module_world

SHOTS = paths.BUILD / "page" / "shots"
LOGS = pathlib.Path(os.environ.get("NRC_TEST_LOGS", paths.BUILD / "test-logs" / "page"))


def in_browser(script, url, only=None, timeout=300, **about):
    """Runs the tests of a script; `about` is what it must know of the server, as JSON in PAGE_ABOUT."""
    names = [f"--test-name-pattern={only}"] if only else []
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{script}.log"
    with open(log, "wb") as out:
        child = subprocess.Popen(["node", "--test", "--test-reporter=spec", *names, HERE / f"{script}.test.mjs"], stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                                 env={**os.environ, "PAGE_URL": url, "PAGE_SHOTS": str(SHOTS), "PAGE_ABOUT": json.dumps(about)})
        process.Janitor.tell("watch", child.pid, process.start_time(child.pid), 15)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 15)
            code = child.wait()
        process.Janitor.tell("forget", child.pid)
    said = log.read_text(errors="replace")
    assert code == 0, said[said.find("failing tests"):][:6000]
    assert re.search(r"^ℹ pass [1-9]", said, re.M), said[-2000:]


@pytest.fixture(scope="session", autouse=True)
def pictures():
    """Those of this run alone."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        for old in SHOTS.glob("*.png"):
            old.unlink()


@pytest.fixture(scope="session")
def standin():
    child = subprocess.Popen([sys.executable, HERE / "standin.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield child.stdout.readline().strip()
    child.stdin.close()
    child.wait(10)
