# SPDX-License-Identifier: Apache-2.0
"""/metrics, /readyz and /healthz of all four daemons, as others read them."""

import os
import signal
import threading

import pytest
from monitor_room import Monitor, Source

from kit import metrics, process
from kit.postgres import process_children
from kit.relay import Relay

ANY_PORT = "127.0.0.1:0"
# What has a series only where there is something to tell.
CONDITIONAL = {"nrc_partition_lost_events", "nrc_source_waiting_since_timestamp_seconds", "nrc_source_newest_event_timestamp_seconds",
               "nrc_source_headroom_seconds", "nrc_register_free_bytes", "nrc_register_full_seconds"}


@pytest.fixture
def daemons():
    """Starts all four in a world: {name: Probes}."""
    def start(world, **settings):
        engine = world.engine(lanes=2, NRC_INGEST_LISTEN=ANY_PORT, **settings).start()
        relay = Relay(world.nrc, world.folder / "relay.log", NRC_RELAY_LISTEN=ANY_PORT)
        monitor = Monitor(world.nrc, world.folder / "monitor.log", NRC_MONITOR_LISTEN=ANY_PORT, NRC_PAGE_LISTEN=ANY_PORT)
        for node in (relay, monitor):
            world.closers.append(node.kill)
            node.start()
        registry = world.registry().start()
        return {"ingest": metrics.Probes(engine), "relay": metrics.Probes(relay), "monitor": metrics.Probes(monitor),
                "registry": metrics.Probes(registry, registry.port)}
    return start


class Watcher(threading.Thread):
    """Scrapes again and again, and sees that no counter falls."""

    def __init__(self, probes):
        super().__init__(daemon=True)
        self.probes, self.over, self.faults, self.count, self.last = probes, threading.Event(), [], 0, {}

    def run(self):
        while not self.over.is_set():
            try:
                self.look(self.probes.scrape())
            except Exception as error:  # noqa: BLE001 - told at the end
                self.faults.append(repr(error))
                return

    def look(self, scrape):
        now = {(s.name, tuple(s.labels.items())): s.value for f in scrape.families for s in f.samples
               if f.type in ("counter", "histogram")}
        self.faults += [f"{key} fell from {self.last[key]} to {now.get(key)}" for key in self.last
                        if now.get(key, -1) < self.last[key]]
        self.count, self.last = self.count + 1, now

    def finish(self):
        self.over.set()
        self.join(20)
        assert self.faults == [] and self.count > 3


def test_all_four_daemons_tell_prometheus(world, daemons):
    source = Source(world)
    source.promise((1, "h"))
    table = metrics.table()
    probes = daemons(world)
    watcher = Watcher(probes["ingest"])
    watcher.start()
    for _ in range(40):
        source.send()
    source.dataset.wait_drained()
    watcher.finish()
    for probe in probes.values():
        probe.wait_ready()
        assert probe.get("/healthz") == (200, "ok\n")
    process.wait_until(lambda: probes["monitor"].scrape().values("nrc_source_lag_events") == [0], 30, "the monitor has seen it all")

    for name, probe in probes.items():
        scrape = probe.scrape()
        assert metrics.promtool("check", "metrics", text=scrape.text) == "", name
        told = set()
        for family in scrape.families:
            full = family.name + ("_total" if family.type == "counter" else "")
            kind, _, of = table[full]
            assert family.type == kind and (of == {"all"} or name in of), full
            told.add(full)
        missing = {full for full, (_, _, of) in table.items() if of == {"all"} or name in of} - told - CONDITIONAL
        assert missing == set(), name
        assert scrape.value("nrc_build_info", daemon=name) == 1
        assert scrape.value("process_resident_memory_bytes") > 1e6
        samples = [s for f in scrape.families for s in f.samples]
        assert len(samples) < 110, name

    engine = probes["ingest"].scrape()
    assert sum(engine.values("nrc_ingest_events_total")) == engine.value("nrc_ingest_received_events_total") == 40
    assert engine.value("nrc_ingest_events_total", verdict="applied") == 40
    assert engine.value("nrc_ingest_event_age_seconds_count") == 40
    assert engine.value("nrc_ingest_commit_duration_seconds_count") >= engine.value("nrc_ingest_commits_total") > 0
    assert engine.value("nrc_ingest_commit_failing_seconds") == 0

    def is_at_rest(scrape):
        return (scrape.values("nrc_ingest_partitions", state="flowing") == [1]
                and scrape.values("nrc_ingest_waiting_events") == scrape.values("nrc_ingest_standstill_seconds") == [0])
    process.wait_until(lambda: is_at_rest(probes["ingest"].scrape()), 30, "the lanes have counted")
    monitor = probes["monitor"].scrape()
    topic = source.dataset.topic
    assert monitor.value("nrc_source_state", dataset="rop.residents", topic=topic, state="fresh", reason="on_time") == 1
    assert monitor.value("nrc_partition_position_offset", topic=topic, partition="0") == 40
    assert monitor.value("nrc_partition_lag_events", topic=topic, partition="0") == 0
    assert monitor.value("nrc_monitor_watching") == 1
    assert probes["relay"].scrape().value("nrc_relay_register_connected") == 1


def test_a_second_monitor_is_ready_and_tells_no_source_twice(world):
    source = Source(world)
    source.promise((1, "h"))
    world.engine().start()
    source.send()
    source.dataset.wait_drained()
    probes = []
    for name in ("m1", "m2"):
        node = Monitor(world.nrc, world.folder / f"{name}.log", NRC_MONITOR_LISTEN=ANY_PORT)
        world.closers.append(node.kill)
        probes.append(metrics.Probes(node.start()))
        probes[-1].wait_ready()
    first, second = (probe.scrape() for probe in probes)
    assert first.values("nrc_monitor_watching") == [1] and len(first.values("nrc_source_state")) == 1
    assert second.values("nrc_monitor_watching") == [0] and second.values("nrc_source_state") == []


def test_a_register_that_hangs_or_is_gone_makes_daemons_unready_and_keeps_no_probe_waiting(own_postgres, daemons):
    world, server = own_postgres, own_postgres.postgres
    source = Source(world)
    source.promise((1, "h"))
    probes = daemons(world, NRC_INGEST_STUCK_HALT_MS=1000)
    source.send()
    source.dataset.wait_drained()
    for probe in probes.values():
        probe.wait_ready()

    frozen = [server.pid, *process_children(server.pid)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        source.send()
        source.dataset.flush()
        probes["ingest"].wait_unready("events wait, and no position has moved for")
        scrape = probes["ingest"].scrape()
        assert scrape.value("nrc_ingest_standstill_seconds") >= 1 and scrape.value("nrc_ready") == 0
        for name in ("ingest", "relay", "monitor"):
            assert probes[name].get("/healthz") == (200, "ok\n")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    source.dataset.wait_drained()
    probes["ingest"].wait_ready()

    server.stop_immediate()
    source.send()
    source.dataset.flush()
    probes["relay"].wait_unready("the register cannot be reached")
    probes["monitor"].wait_unready("the last turn failed: ")
    probes["ingest"].wait_unready("the register has taken no commit for")
    assert probes["monitor"].scrape().value("nrc_monitor_failed_turns_total") >= 1
    for name in ("ingest", "relay", "monitor"):
        assert probes[name].get("/healthz") == (200, "ok\n")
    server.start()
    source.dataset.wait_drained()
    for probe in probes.values():
        probe.wait_ready()
