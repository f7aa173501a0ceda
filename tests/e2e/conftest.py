# SPDX-License-Identifier: Apache-2.0
"""One Kafka and one PostgreSQL for the session; a fresh register and topics for each test."""

import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from kit import paths
from kit.servers import Servers
from kit.world import World

LOGS = paths.BUILD / "test-logs" / "e2e"


@pytest.fixture(scope="session")
def servers():
    with Servers(LOGS) as both:
        yield both


@pytest.fixture
def world(servers, request):
    name = re.sub(r"\W+", "_", request.node.name)
    folder = LOGS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()
    made = World(servers, folder, name)
    yield made
    made.close()
    # A sanitizer's report anywhere is a failure, whatever the test thought.
    for log in folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert "Sanitizer" not in text and "runtime error:" not in text, f"{log}:\n{text[-3000:]}"


@pytest.fixture
def own_postgres(servers, request):
    """A world with a PostgreSQL of its own, which the test may stop and kill."""
    from kit import process
    from kit.postgres import PrivatePostgres

    folder = LOGS / (re.sub(r"\W+", "_", request.node.name) + ".own")
    folder.mkdir(parents=True, exist_ok=True)
    run = process.run_folder_for_session()
    postgres = PrivatePostgres(run, folder / "postgres.txt").start()

    class Both:
        pass

    both = Both()
    both.postgres, both.kafka = postgres, servers.kafka
    made = World(both, folder, request.node.name)
    yield made
    if not postgres.alive():
        postgres.start()
    made.close()
    postgres.stop_immediate()
    run.remove()


@pytest.fixture
def own_kafka(servers, request):
    """A world with a Kafka of its own, whose files the test may cut."""
    from kit import process
    from kit.kafka import PrivateKafka

    folder = LOGS / (re.sub(r"\W+", "_", request.node.name) + ".own")
    folder.mkdir(parents=True, exist_ok=True)
    run = process.run_folder_for_session()

    class Both:
        pass

    both = Both()
    both.postgres = servers.postgres
    both.kafka = PrivateKafka(run.path / "kafka", folder / "kafka.txt").start()
    made = World(both, folder, request.node.name)
    yield made
    made.close()
    both.kafka.kill9()
    run.remove()
