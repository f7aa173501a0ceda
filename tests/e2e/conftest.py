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


# Tests kill processes, but never the machine: what the kernel has is safe, and a database costs no disk.
UNSAFE = {"fsync": "off"}


@pytest.fixture(scope="session")
def servers():
    with Servers(LOGS, postgres_settings=UNSAFE, in_memory=True, login="nrc") as both:
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
    """Servers of which one is not every test's."""

    def __init__(self, postgres, kafka):
        self.postgres, self.kafka = postgres, kafka


@pytest.fixture(scope="session")
def spare_postgres():
    """One for the tests that stop and kill theirs; the next test finds it running again."""
    run = process.run_folder_for_session(in_memory=True)
    postgres = PrivatePostgres(run, LOGS / "spare-postgres.txt", UNSAFE)
    yield postgres
    postgres.stop_immediate()
    run.remove()


@pytest.fixture(scope="session")
def spare_kafka():
    """One for the tests that kill and freeze theirs, and cut its files: those of their own topics."""
    run = process.run_folder_for_session(in_memory=True)
    kafka = PrivateKafka(run.path / "kafka", LOGS / "spare-kafka.txt")
    yield kafka
    kafka.kill9()
    run.remove()


def running(server):
    if not server.alive():
        server.start()
    return server


@pytest.fixture
def own_postgres(servers, spare_postgres, request):
    """A world with a PostgreSQL that no other test uses meanwhile: the test may stop and kill it."""
    made = make_world(Pair(running(spare_postgres), servers.kafka), request.node.name)
    yield made
    running(spare_postgres)
    close_world(made)


@pytest.fixture
def own_kafka(servers, spare_kafka, request):
    """A world with a Kafka that no other test uses meanwhile."""
    made = make_world(Pair(servers.postgres, running(spare_kafka)), request.node.name)
    process.wait_until(spare_kafka.answers, 60, "Kafka answers")
    yield made
    close_world(made)
    if spare_kafka.alive():
        spare_kafka.thaw()


@pytest.fixture
def guarded_kafka(world):
    """A world in whose Kafka the engine has a login, and only the rights that the test grants it."""
    kafka = world.kafka
    world.login = {"NRC_KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka.login_port}", "NRC_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                   "NRC_KAFKA_SASL_MECHANISM": "PLAIN", "NRC_KAFKA_SASL_USERNAME": kafka.login, "NRC_KAFKA_SASL_PASSWORD": kafka.login}
    kafka.grant("GROUP", f"g-{world.tag}")
    return world


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
