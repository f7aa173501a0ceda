# SPDX-License-Identifier: Apache-2.0
"""The package on a Debian that has booted: systemd starts, watches, restarts and ends the daemons, and journald has their lines."""

import json
import os

import clean_root
import pytest

FULL = os.environ.get("NRC_TEST_FULL") == "1"
DAEMONS = {"ingest": "nrc_ingest", "registry": "nrc_registry", "relay": "nrc_relay", "monitor": "nrc_watch"}
UNITS = [f"nrc-{daemon}.service" for daemon in DAEMONS]
CONF = """[kafka]
bootstrap = 127.0.0.1:9092
[register]
dsn = host=/var/run/postgresql dbname=register
"""
# The times of the package are minutes.
SOON = """[Service]
WatchdogSec=4
TimeoutAbortSec=1
RestartSec=200ms
"""


@pytest.fixture(scope="module")
def machine(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    root = clean_root.copy(clean_root.make("booting-root", ["systemd-sysv", "dbus", "postgresql-15"]), folder / "root")
    (root / "nrc.deb").write_bytes(package.read_bytes())
    clean_root.inside(root, "apt-get", "-q", "-y", "install", "--no-install-recommends", "/nrc.deb")
    (root / "etc/nrc/nrc.conf").write_text(CONF)
    for unit in UNITS:
        (root / "etc/systemd/system" / f"{unit}.d").mkdir()
        (root / "etc/systemd/system" / f"{unit}.d" / "soon.conf").write_text(SOON)
    machine = clean_root.Machine(root, folder / "boot.log")
    try:
        make_register(machine)
        machine.run("systemctl", "start", *UNITS)  # returns when each has said that it is ready: Kafka is away, and no matter
        yield machine
    finally:
        machine.end()


def make_register(machine):
    """Each daemon logs in by its own account, without a password."""
    as_postgres = ["runuser", "-u", "postgres", "--"]
    machine.run(*as_postgres, "psql", "-qc", "CREATE DATABASE register")
    machine.run(*as_postgres, "env", f"NRC_REGISTER_DSN={CONF.split('dsn = ')[1].strip()}", "nrc", "db", "migrate", "--config", "/dev/null")
    for daemon, role in DAEMONS.items():
        machine.run(*as_postgres, "psql", "-q", "register", "-c", f'CREATE ROLE "nrc-{daemon}" LOGIN', "-c",
                    f'GRANT {role} TO "nrc-{daemon}"')


def of_unit(machine, unit, name):
    return machine.run("systemctl", "show", unit, "--property", name, "--value").stdout.strip()


def journal(machine, unit):
    lines = machine.run("journalctl", "--unit", unit, "--output", "json", "--no-pager").stdout.splitlines()
    return [entry for entry in map(json.loads, lines) if entry.get("NRC_EVENT")]


def are_active(machine):
    return [of_unit(machine, unit, "ActiveState") for unit in UNITS] == ["active"] * len(UNITS)


if FULL:  # a minute, and the network the first time

    def test_all_run_confined_under_their_own_accounts(machine):
        assert are_active(machine)
        for daemon, unit in zip(DAEMONS, UNITS):
            pid = of_unit(machine, unit, "MainPID")
            status = machine.run("cat", f"/proc/{pid}/status").stdout
            uid = machine.run("id", "-u", f"nrc-{daemon}").stdout.strip()
            assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
            assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status

    def test_the_journal_has_each_line_with_its_fields(machine):
        for unit in UNITS:
            started = [entry for entry in journal(machine, unit) if entry["NRC_EVENT"] == "started"]
            assert started and started[0]["PRIORITY"] == "6" and started[0]["SYSLOG_IDENTIFIER"] == "nrc", unit
        assert [e["NRC_LANE"] for e in journal(machine, "nrc-ingest.service") if e["NRC_EVENT"] == "catalogue_taken"]

    def test_one_that_stands_still_is_started_anew(machine):
        before = {unit: of_unit(machine, unit, "MainPID") for unit in UNITS}
        machine.run("sh", "-c", "kill -STOP $*", "sh", *before.values())
        machine.wait_for(lambda: all(of_unit(machine, unit, "NRestarts") == "1" for unit in UNITS) and are_active(machine))
        for unit, pid in before.items():
            assert of_unit(machine, unit, "MainPID") != pid
            assert f"{unit}: Failed with result 'watchdog'" in machine.run("journalctl", "--no-pager").stdout

    def test_an_upgrade_restarts_what_runs_and_leaves_alone_what_was_stopped(machine):
        machine.run("systemctl", "stop", "nrc-relay.service")
        before = {unit: of_unit(machine, unit, "MainPID") for unit in UNITS}
        machine.run("dpkg", "--install", "/nrc.deb")
        assert of_unit(machine, "nrc-relay.service", "ActiveState") == "inactive"
        machine.run("systemctl", "start", "nrc-relay.service")
        assert are_active(machine)
        for unit, pid in before.items():
            assert of_unit(machine, unit, "MainPID") != pid
        assert machine.run("systemctl", "list-units", "--state=failed", "--no-legend", "nrc-*").stdout == ""

    def test_each_ends_by_itself_and_the_machine_too(machine):
        machine.run("systemctl", "stop", *UNITS)
        for unit in UNITS:
            assert of_unit(machine, unit, "Result") == "success"
        assert machine.power_off() == 0
