# SPDX-License-Identifier: Apache-2.0
"""The units of systemd: valid, confined, and without a secret in sight."""

import re
import subprocess

import pytest

from kit import paths

UNITS = ["nrc-ingest.service", "nrc-ingest@.service", "nrc-registry.service", "nrc-relay.service", "nrc-monitor.service"]
EXPOSURE = 1.2  # of ten; what is left is the network, which a daemon of it needs


@pytest.fixture(scope="module")
def units(unpacked):
    return unpacked / "usr" / "lib" / "systemd" / "system"


def keys(text):
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]\w+=", line))


def test_there_is_one_for_each_daemon(units):
    assert sorted(p.name for p in units.iterdir()) == sorted(UNITS)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_no_fault(units, unit, tmp_path):
    program = paths.BUILD / "release" / "ops" / "nrc"
    copy = tmp_path / unit
    copy.write_text((units / unit).read_text().replace("ExecStart=/usr/bin/nrc", f"ExecStart={program}"))
    done = subprocess.run(["systemd-analyze", "--man=no", "verify", copy], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_confined(units, unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={int(EXPOSURE * 10)}",
                           units / unit], capture_output=True, text=True)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE, done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("unit", UNITS)
def test_it_waits_for_ready_and_is_watched(units, unit):
    has = keys((units / unit).read_text())
    daemon = re.match(r"nrc-(\w+)", unit)[1]
    assert has["Type"] == "notify" and has["WatchdogSec"] and has["Restart"] == "on-failure"
    assert has["ExecStart"] == f"/usr/bin/nrc {daemon}"
    assert has["User"] == f"nrc-{daemon}"
    assert has["LoadCredential"] == f"nrc:/etc/nrc/credentials/{daemon}"


@pytest.mark.parametrize("unit", UNITS)
def test_no_secret_is_in_environment_or_arguments(units, unit):
    text = (units / unit).read_text()
    for line in re.findall(r"^(?:Environment|ExecStart|SetCredential)=.*", text, re.M):
        assert not re.search(r"DSN|PASSWORD|SASL|SECRET|TOKEN", line, re.I), line


def test_engines_of_one_host_have_names_of_their_own(units):
    assert "NRC_INGEST_INSTANCE=%H-%i" in (units / "nrc-ingest@.service").read_text()
    without = re.sub(r"Description.*|Environment=NRC_INGEST.*|# Engines of.*", "", (units / "nrc-ingest@.service").read_text())
    plain = re.sub(r"Description.*", "", (units / "nrc-ingest.service").read_text())
    assert without.split() == plain.split()
