# SPDX-License-Identifier: Apache-2.0
"""A daemon that gets SIGTERM while it starts ends with 0, as one that has run for days."""

import os
import signal

import pytest

from kit import process

DELAYS = [0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.5, 0.8]
if os.environ.get("NRC_TEST_FULL") != "1":
    DELAYS = DELAYS[::2]


def start(world, daemon, log, **more):
    environment = world.nrc.environment(NRC_REGISTRY_LISTEN="127.0.0.1:0", NRC_INGEST_INSTANCE=f"start-{daemon}", **more)
    node = process.Process(daemon, log)
    node.spawn([world.nrc.program, daemon], env=environment)
    return node


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("daemon", ["ingest", "registry"])
def test_a_signal_that_comes_while_the_configuration_is_read_ends_with_0(world, daemon, number):
    """The first step that may take long: here the file is a pipe that nobody has written to yet."""
    pipe = world.folder / f"{daemon}.conf"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    node = start(world, daemon, world.folder / f"{daemon}-{number}.log", NRC_CONFIG=pipe)
    with open(pipe, "w", encoding="utf-8") as conf:  # opens once the other end is open: it reads
        node.send(number)
        conf.write("[log]\nlevel = info\n")
    if daemon == "registry" and number == signal.SIGHUP:  # which reads the certificate anew, and goes on
        process.wait_until(lambda: "event=started" in node.log_tail(), 60, "it serves")
        node.send(signal.SIGTERM)
    assert node.wait(60) == 0, node.log_tail()


@pytest.mark.parametrize("daemon", ["ingest", "registry"])
def test_sigterm_at_any_moment_of_the_start_ends_with_0(world, daemon):
    dataset, people = world.residents(partitions=4)
    dataset.send_all(people.change(number) for number in range(50))
    ends = {}
    for delay in DELAYS:
        node = start(world, daemon, world.folder / f"{daemon}-{delay}.log")
        process.wait_until(lambda: node.is_in_main(), 60, "main has begun", every=0.001)
        process.pause(delay)
        node.send(signal.SIGTERM)
        ends[delay] = node.wait(60)
    assert set(ends.values()) == {0}, ends
    world.engine("last").start()
    world.finish()


@pytest.mark.parametrize("daemon", ["ingest", "registry"])
def test_sigterm_while_the_register_is_silent_at_the_start_ends_with_0(own_postgres, daemon):
    """Neither the register nor Kafka answers."""
    world = own_postgres
    os.kill(world.postgres.pid, signal.SIGSTOP)
    try:
        node = start(world, daemon, world.folder / f"{daemon}.log", NRC_KAFKA_BOOTSTRAP="127.0.0.1:9",
                     NRC_REGISTER_CONNECT_TIMEOUT_MS=3000)
        process.wait_until(lambda: node.is_in_main(), 60, "main has begun", every=0.001)
        process.pause(0.5)
        node.send(signal.SIGTERM)
        assert node.wait(30) == 0, node.log_tail()
    finally:
        os.kill(world.postgres.pid, signal.SIGCONT)
