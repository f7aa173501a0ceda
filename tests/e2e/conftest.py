# SPDX-License-Identifier: Apache-2.0
"""One Kafka and one PostgreSQL for each of pytest's workers; a fresh register and topics for each test."""

import os
import pathlib
import re
import secrets
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from kit import http_tool, paths, process
from kit.servers import PrivateKafka, PrivatePostgres, Servers
from kit.world import World

LOGS = pathlib.Path(os.environ.get("NRC_TEST_LOGS", paths.BUILD / "test-logs" / "e2e"))
LOGS = LOGS / os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.fixture(scope="session")
def servers():
    with Servers(LOGS) as both:
        yield both


def make_world(servers, name, template=None):
    name = re.sub(r"\W+", "_", name)
    folder = LOGS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()
    return World(servers, folder, name, template)


def close_world(made):
    made.close()
    # A sanitizer's report in any log is a failure, also of a test that passed.
    for log in made.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert "Sanitizer" not in text and "runtime error:" not in text, f"{log}:\n{text[-3000:]}"


@pytest.fixture
def world(servers, request):
    made = make_world(servers, request.node.name)
    yield made
    close_world(made)


@pytest.fixture(scope="module")
def module_world(servers, request):
    made = make_world(servers, request.node.name)
    yield made
    close_world(made)


class Pair:
    """Servers of which one is the test's own."""

    def __init__(self, postgres, kafka):
        self.postgres, self.kafka = postgres, kafka


@pytest.fixture
def own_postgres(servers, request):
    """A world with a PostgreSQL of its own, which the test may stop and kill."""
    run = process.run_folder_for_session()
    postgres = PrivatePostgres(run, LOGS / "own-postgres.txt").start()
    made = make_world(Pair(postgres, servers.kafka), request.node.name)
    yield made
    if not postgres.alive():
        postgres.start()
    close_world(made)
    postgres.stop_immediate()
    run.remove()


@pytest.fixture
def own_kafka(servers, request):
    """A world with a Kafka of its own, whose files the test may cut."""
    run = process.run_folder_for_session()
    kafka = PrivateKafka(run.path / "kafka", LOGS / "own-kafka.txt").start()
    made = make_world(Pair(servers.postgres, kafka), request.node.name)
    yield made
    close_world(made)
    kafka.kill9()
    run.remove()


@pytest.fixture
def guarded_kafka(servers, request):
    """A world with a Kafka of its own in which the engine has a login, and only the rights that the test grants it."""
    run = process.run_folder_for_session()
    kafka = PrivateKafka(run.path / "kafka", LOGS / "guarded-kafka.txt", login="nrc").start()
    made = make_world(Pair(servers.postgres, kafka), request.node.name)
    made.login = {"NRC_KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka.login_port}", "NRC_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                  "NRC_KAFKA_SASL_MECHANISM": "PLAIN", "NRC_KAFKA_SASL_USERNAME": "nrc", "NRC_KAFKA_SASL_PASSWORD": "nrc"}
    kafka.grant("GROUP", f"g-{made.tag}")
    yield made
    close_world(made)
    kafka.kill9()
    run.remove()


@pytest.fixture(scope="module")
def registry(module_world):
    """One registry for a module's tests: each has subjects of its own."""
    node = module_world.registry().start()
    yield node
    assert node.stop() == 0, node.process.log_tail(40)


# -- http_tool


@pytest.fixture
def serve(request):
    started = []

    def start(**options):
        started.append(http_tool.Server(f"{request.node.name.replace('/', '_')[:60]}-{len(started)}", **options))
        return started[-1]

    yield start
    for server in started:
        if server.process.alive():
            server.end()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return http_tool.make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def subject():
    """One that no other test has."""
    return f"s-{secrets.token_hex(4)}"
