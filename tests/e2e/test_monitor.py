# SPDX-License-Identifier: Apache-2.0
"""`nrc monitor`: whether each source is as fresh as its contract says, on its calendar, and where the fault is (NRL-8, NRL-10)."""

import datetime
import json
import re
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


def test_a_silent_weekend_raises_nothing_and_the_same_silence_on_a_working_day_does(world, source):
    """NRL-10, with the clock injected: nobody works today, tomorrow and the day after it; then a working day begins."""
    world.engine().start()
    now = datetime.datetime.now(MUSCAT)
    off = {DAYS[(now + datetime.timedelta(days=n)).isoweekday() % 7] for n in range(3)}
    source.promise((1, "h"), week=[day for day in DAYS if day not in off])
    source.send()
    source.dataset.wait_drained()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sunday = midnight + datetime.timedelta(days=3)
    assert source.at(sunday - datetime.timedelta(hours=10))["state"] == "fresh"
    assert source.at(sunday + datetime.timedelta(minutes=59))["state"] == "fresh"
    late = source.at(sunday + datetime.timedelta(minutes=61))
    assert (late["state"], late["reason"]) == ("late", "no_cause")
    assert late["limit"] == (sunday + datetime.timedelta(hours=1)).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A holiday is announced for that day: the lateness is taken back. One that is only estimated says so.
    world.nrc.run("holiday", "announce", sunday.date().isoformat(), "--name", "A day off", "--instrument", "Decree 1", "--dated",
                  now.date().isoformat())
    assert source.at(sunday + datetime.timedelta(hours=12))["state"] == "fresh"
    assert source.incidents() == [] and source.found()["state"] == "not_judged", "a trial records nothing"
    source.send()
    world.finish()


def test_a_late_source_is_an_incident_until_it_is_in_time_again(world, source, monitor):
    world.engine().start()
    source.promise((2, "s"))
    source.send()
    source.dataset.wait_drained()
    monitor()
    source.wait("late", "no_cause")
    (incident,) = source.incidents()
    assert incident["closed_at"] is None and "Last arrival" in incident["detail"]
    told = [n for n in world.nrc.json("notification", "list") if n["object"] == f"incident/{incident['id']}"]
    assert [n["type"] for n in told] == ["incident.opened"], "who answers for the source is told"
    # In time again: the incident stays for two minutes, which the test lets pass in the register.
    source.promise((1, "h"))
    source.wait("fresh", "on_time")
    assert source.incidents()[0]["closed_at"] is None
    world.execute("UPDATE nrc.incident SET last_seen_at = now() - interval '121 seconds'")
    process.wait_until(lambda: source.incidents()[0]["closed_why"] == "data_fresh", 30, "the incident is over")
    assert [row["state"] for row in world.rows("SELECT state FROM nrc.freshness_change ORDER BY at")][-2:] == ["late", "fresh"]
    world.finish()


def test_an_announced_stop_suspends_it(world, source, monitor):
    """NRL-7: for its dataset and its window; the duty goes on, the alarm does not."""
    world.engine().start()
    source.promise((1, "h"))
    source.send()
    source.dataset.wait_drained()
    soon = datetime.datetime.now(datetime.timezone.utc)
    world.nrc.run("notice", "file", "stop", "--dataset", source.dataset.name, "--from", (soon + datetime.timedelta(seconds=2)).isoformat(
        timespec="seconds").replace("+00:00", "Z"), "--until", (soon + datetime.timedelta(days=2)).isoformat(timespec="seconds").replace(
            "+00:00", "Z"), "--reason", "a new building", "--means", "a file each evening")
    assert source.at(soon + datetime.timedelta(hours=20))["state"] == "suspended"
    assert source.at(soon + datetime.timedelta(days=2, minutes=30))["state"] == "catching_up"
    missed = source.at(soon + datetime.timedelta(days=2, hours=3))
    assert (missed["state"], missed["reason"]) == ("late", "catch_up_missed")
    monitor()
    source.wait("suspended", "declared_outage")
    assert source.incidents() == []
    world.finish()


def test_what_waits_in_the_log_is_the_centers_fault(world, source, monitor):
    node = world.engine().start()
    source.promise((1, "h"))
    source.send()
    source.dataset.wait_drained()
    monitor(NRC_MONITOR_COMMIT_MS=1000)
    source.wait("fresh")
    assert node.stop() == 0
    source.send()
    source.dataset.flush()
    source.wait("late", "slow_center")
    node.start()
    source.wait("fresh")
    world.finish()


def test_a_sign_of_life_tells_a_quiet_source_from_a_dead_one(world, source, monitor):
    world.kafka.create_topic("rop.control")
    world.engine().start()
    source.promise((1, "s"), heartbeat=(3, "s"))
    source.send()
    source.dataset.wait_drained()
    beat = stream.Sender(world.kafka.bootstrap)

    def quiet():
        beat.producer.produce("rop.control", b"I live")
        beat.flush()
        return source.found()["state"] == "quiet"
    monitor()
    process.wait_until(quiet, 30, "the source is quiet")
    assert source.found()["reason"] == "quiet_source"
    source.wait("late", "dead_source")
    world.finish()


def test_two_monitors_are_one(world, source, monitor):
    world.engine().start()
    source.promise((1, "h"))
    source.send()
    source.dataset.wait_drained()
    first = monitor()
    first.wait_log("event=watching")
    second = monitor("m2")
    second.wait_log("another_monitor_watches")
    assert "another monitor watches" in world.nrc.run("monitor", "--once", ok=(1,)).stderr
    first.kill()
    second.wait_log("event=watching")
    source.wait("fresh")
    assert second.stop() == 0
    world.finish()


def test_what_is_not_promised_or_not_known_is_never_fresh(world, source):
    """And a topic that nobody made is not the source's silence."""
    assert source.found()["state"] == "not_promised"
    source.promise((1, "h"), frequency=None)
    assert source.found()["state"] == "not_promised"
    source.promise((1, "h"))
    assert source.found()["state"] == "not_judged"
    assert source.at(datetime.datetime.now(MUSCAT))["reason"] == "awaited"
    late = source.at(datetime.datetime.now(MUSCAT) + datetime.timedelta(hours=2))
    assert (late["state"], late["reason"]) == ("late", "no_cause")
    world.kafka.delete_topic(source.dataset.topic)
    process.wait_until(lambda: source.at(datetime.datetime.now(MUSCAT) + datetime.timedelta(hours=2))["reason"] == "broken_path", 30,
                       "the topic is gone")
    refused = world.nrc.run("monitor", "--at", "tomorrow", ok=(1, 2)).stderr
    assert "--at is a time" in refused


def test_a_partition_that_nobody_takes_is_told_from_one_that_is_quiet(world, source, monitor):
    """What waits is judged by the monitor's looks of the last hour; the hour is put into the register."""
    node = world.engine().start()
    source.send()
    source.dataset.wait_drained()
    monitor()
    process.wait_until(lambda: world.rows("SELECT FROM nrc.look WHERE log_end = 1"), 30, "the monitor has looked")
    (row,) = [r for r in world.nrc.json("lag") if r["lag"] == 0 and r["next_offset"] == 1]
    assert (row["verdict"], row["waits_s"], row["catch_up_s"], row["headroom"]) == ("ok", 0, 0, "never")
    assert node.stop() == 0
    source.send()
    world.execute("""INSERT INTO nrc.look SELECT topic, partition, extract(minute FROM m), m, 1, 0, CASE WHEN m < now() - interval '20 minutes'
                     THEN 1 ELSE 2 END FROM nrc.position CROSS JOIN generate_series(now() - interval '50 minutes', now() - interval
                     '2 minutes', interval '1 minute') m WHERE next_offset = 1 ON CONFLICT DO NOTHING""")
    (row,) = [r for r in world.nrc.json("lag") if r["lag"] == 1]
    assert (row["verdict"], row["waits"], row["trend"], row["catch_up"], row["headroom"]) == ("stop", "known", "steady", "never", "known")
    assert 1200 <= row["waits_s"] <= 1290, "since between the looks of 21 and of 20 minutes ago"
    week = 7 * 86400  # the broker's own retention
    assert row["headroom_s"] == week - row["waits_s"]
    shown = world.nrc.run("lag").stdout
    assert " stop " in shown and re.search(r" 2[01] min", shown) and " 6 d 23 h" in shown
    world.engine("e2").start()
    world.finish()
