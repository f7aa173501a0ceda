# SPDX-License-Identifier: Apache-2.0
"""`nrc monitor`: whether each source is as fresh as its contract says, on its calendar, and where the fault is (NRL-8, NRL-10)."""

import datetime
import json
import re

from kit import engine, process, stream
from monitor_room import DAYS, MUSCAT, monitor, source  # noqa: F401 - fixtures


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
    told = world.told_of_incident(incident["id"])
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


def test_each_source_has_one_status_and_one_sentence(world, source, monitor):
    """`nrc status`, and the same over HTTP: what is stopped, since when, and what is to be done."""
    assert [row["status"] for row in world.nrc.json("status")] == ["not_watched"]
    node = world.engine().start()
    source.promise((1, "h"))
    source.send()
    source.dataset.wait_drained()
    monitor(NRC_MONITOR_COMMIT_MS=1000)

    def status(*wanted):
        (row,) = world.nrc.json("status")
        return row if row["status"] in wanted else None
    row = process.wait_until(lambda: status("ok"), 30, "it is ok")
    assert (row["lag"]["events"], row["freshness"]["state"], row["structure_version"]) == (0, "fresh", 1)
    assert node.stop() == 0
    source.send()
    source.dataset.flush()
    row = process.wait_until(lambda: status("stopped"), 60, "nobody takes it")
    process.wait_until(lambda: [i["kind"] for i in world.nrc.json("incident", "list") if i["engine"] == "e1"] == ["engine_gone"], 30,
                       "who had it is missed")
    assert row["lag"]["events"] == 1 and row["sentence"].startswith("No engine takes the topic: 1 event waits, the oldest since ")
    whole = world.nrc.json("status", source.dataset.name)
    assert [(p["state"], p["engine"]) for p in whole["partitions"] if p["events"] == 1] == [("open", None)]
    shown = world.nrc.run("status", source.dataset.name).stdout
    assert "Start an engine." in shown and "stop" in shown
    node.start()
    process.wait_until(lambda: status("ok", "catching_up"), 60, "it is taken")
    assert world.nrc.json("status", "--status", "stopped") == []
    world.finish()
