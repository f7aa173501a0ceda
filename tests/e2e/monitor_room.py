# SPDX-License-Identifier: Apache-2.0
"""`nrc monitor` as a node, and a source that it judges: fixtures of the tests of the monitor and of metrics."""

import datetime
import json
import zoneinfo

import pytest

from kit import engine, process, stream

MUSCAT = zoneinfo.ZoneInfo("Asia/Muscat")
DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
SCHEMA = {"type": "record", "name": "R", "fields": [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]}

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: rop-residents
version: "{version}"
status: active
description: {{purpose: To know who lives where.}}
team: {{members: [{{username: a, role: coordinator}}, {{username: b, role: steward}}]}}
schema:
  - name: rop.residents
    properties: [{{name: civil_no, logicalType: string, primaryKey: true}}]
slaProperties: {sla}
customProperties:
  - {{property: legalBasis, value: Law 1}}
  - {{property: reviewDate, value: "2099-01-01"}}
  - {{property: collectionPoints, value: [{{point: stations, mode: computer}}]}}
  - {{property: workingWeek, value: {week}}}
"""


class Monitor(engine.Node):
    STOP_S = 30

    def __init__(self, nrc, log, **settings):
        self.nrc = nrc
        self.settings = {"NRC_MONITOR_EVERY_MS": 150, **settings}
        self.process = process.Process(f"monitor {log.stem}", log)

    def start(self):
        self.process.spawn([self.nrc.program, "monitor"], env=self.nrc.environment(**self.settings))
        return self

    def wait_gone(self, timeout=30):
        return self.process.wait(timeout)

    def wait_log(self, text, timeout=60):
        return process.wait_until(lambda: text in self.log_text(), timeout, f"{text!r} in the monitor's log")


class Source:
    """A dataset whose contract is given anew with each call of `promise`."""

    def __init__(self, world):
        self.world, self.versions, self.sent = world, 0, 0
        self.dataset = world.dataset("rop.residents", "civil_no", stream.Structure(SCHEMA))

    def promise(self, latency, frequency="continuous", week=None, heartbeat=None):
        value, unit = latency
        sla = [{"property": "latency", "value": value, "unit": unit}]
        if frequency is not None:
            sla.append({"property": "frequency", "value": frequency})
        if heartbeat is not None:
            sla.append({"property": "heartbeat", "value": heartbeat[0], "unit": heartbeat[1]})
        self.versions += 1
        path = self.world.folder / "contract.yaml"
        path.write_text(CONTRACT.format(version=f"1.{self.versions}", sla=json.dumps(sla), week=json.dumps(week or DAYS)))
        self.world.nrc.run("contract", "apply", path)

    def send(self):
        self.sent += 1
        self.dataset.send_all([stream.upsert(self.dataset.structure, "civil_no", {"civil_no": str(self.sent), "seq": 1}, "seq")])

    def at(self, instant):
        """The verdict as it would be then."""
        text = instant.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        (found,) = json.loads(self.world.nrc.run("monitor", "--at", text, "--json", ok=(0, 1)).stdout)
        return found

    def found(self):
        (row,) = self.world.nrc.json("freshness", self.dataset.name)
        return row

    def wait(self, state, reason=None, timeout=30):
        def there():
            row = self.found()
            return row["state"] == state and (reason is None or row["reason"] == reason)
        process.wait_until(there, timeout, f"{state} {reason}: {self.found()}")

    def incidents(self):
        return self.world.rows("SELECT * FROM nrc.incident WHERE kind = 'late' ORDER BY id")


@pytest.fixture
def source(world):
    return Source(world)


@pytest.fixture
def monitor(world):
    """Starts one; all are ended with the test."""
    def start(name="m1", **settings):
        node = Monitor(world.nrc, world.folder / f"{name}.log", **settings)
        world.closers.append(node.kill)
        return node.start()
    return start
