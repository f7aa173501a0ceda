# SPDX-License-Identifier: Apache-2.0
"""The monitor under load: many sources, each with a topic and a contract, of which at first nothing waits and then something in each.

Prints for each round what a turn costs: seconds until its sources are recorded, the monitor's CPU and PostgreSQL's, and the most
memory that the monitor had; and what of a core that is at a turn a minute. Verified: every source has the status that it must."""

import pathlib
import re
import time

from kit import engine, paths, process
from kit.servers import Servers

from ground import POSTGRES, emit, make_topics
from measure import family_cpu_s, process_cpu_s, say
from workloads import rounded

EVERY_MS, TURNS, WARM_TURNS, TURN_S = 1000, 8, 4, 60
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: bench
version: "1"
status: active
description: {purpose: To be judged.}
team: {members: [{username: a, role: coordinator}, {username: b, role: steward}]}
schema:
  - name: a2.s1
    properties: [{name: civil_no, logicalType: string, primaryKey: true}]
slaProperties:
  - {property: latency, value: 1, unit: h}
  - {property: frequency, value: continuous}
  - {property: heartbeat, value: 1, unit: h}
customProperties:
  - {property: legalBasis, value: Law 1}
  - {property: reviewDate, value: "2099-01-01"}
  - {property: collectionPoints, value: [{point: stations, mode: computer}]}
"""


class Monitor(engine.Node):
    def __init__(self, nrc, log):
        self.nrc = nrc
        self.process = process.Process("monitor", log)

    def start(self):
        self.process.spawn([self.nrc.program, "monitor"], env=self.nrc.environment(
            NRC_MONITOR_EVERY_MS=EVERY_MS, NRC_MONITOR_LISTEN="127.0.0.1:0", NRC_LOG_LEVEL="warn"))
        return self


def fill(db, nrc, count, folder):
    """Fifty agencies, and datasets as `nrc dataset add` makes them, with one contract's text for each; positions of one engine."""
    db.execute("INSERT INTO nrc.agency (code, name, legal_class) SELECT 'a' || i, 'Agency ' || i, 1 FROM generate_series(1, 50) i;"
               "INSERT INTO nrc.agency_head (agency_id, division, head, valid_from) SELECT id, 'D', 'H', '2020-01-01' FROM nrc.agency;"
               "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format) SELECT 1 + i % 50, 's' || i, 'bench.s' || i,"
               f" '{{civil_no}}', 'text' FROM generate_series(1, {count}) i")
    path = folder / "contract.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    nrc.run("contract", "apply", path)
    db.execute("INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, contract, applied_at) SELECT d.id,"
               " c.version, c.version_parts, c.status, c.text || '# ' || d.id, sha256(convert_to(d.id::text, 'UTF8')), c.contract,"
               " c.applied_at FROM nrc.contract c, nrc.dataset d WHERE d.id <> c.dataset_id")
    db.execute("INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset, first_offset, epoch, log_start,"
               " last_offset, owner, claimed_at, updated_at) SELECT id, topic, 0, 1, 1, 0, 1, 0, 0, 'bench-0', now(), now() FROM nrc.dataset")
    db.execute("ANALYZE")


def send_to_each(kafka, names):
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
    for name in names:
        producer.produce(name, b"x", partition=0)
        producer.poll(0)
    if producer.flush(120) > 0:
        raise RuntimeError("not every topic has its event")


def turns(db):
    return db.execute("SELECT count(*), coalesce(max(turned_at)::text, '') FROM nrc.monitor_turn").fetchone()


def wait_turns(db, count):
    """Until so many have ended; the seconds until the sources were recorded, of each."""
    took, last = [], turns(db)
    for _ in range(count):
        process.wait_until(lambda: turns(db) != last, TURN_S, "a turn has ended", every=0.05)
        last = turns(db)
        took.append(db.execute("SELECT took_ms FROM nrc.monitor_turn").fetchone()[0] / 1000)
    return took


def memory_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def one_round(db, monitor, postgres, waits, sources):
    wait_turns(db, WARM_TURNS)
    before = process_cpu_s(monitor.pid), family_cpu_s(postgres.pid), time.monotonic()
    took = wait_turns(db, TURNS)
    cpu, database = process_cpu_s(monitor.pid) - before[0], family_cpu_s(postgres.pid) - before[1]
    found = dict(db.execute("SELECT status, count(*) FROM nrc.source_status GROUP BY 1").fetchall())
    well = set(found) <= ({"stopped", "unknown", "behind", "late"} if waits else {"ok", "late", "quiet"})
    return {"workload": "monitor", "sources": sources, "waits": waits, "turn_s": sorted(took)[len(took) // 2],
            "monitor_cpu_s": cpu / TURNS, "postgres_cpu_s": database / TURNS, "core_share": cpu / TURNS / 60,
            "memory_mib": memory_mib(monitor.pid), "found": found, "verified": well and sum(found.values()) == sources}


def run(options):
    logs = paths.BUILD / "bench-logs"
    logs.mkdir(parents=True, exist_ok=True)
    answers = []
    with Servers(logs, postgres_settings=POSTGRES, heap_mb=768) as servers:
        database = servers.postgres.create_database()
        nrc = engine.Nrc(servers.postgres.dsn(database, "nrc"), servers.kafka.bootstrap, options.build_folder / "ops" / "nrc")
        nrc.migrate()
        servers.postgres.grant_roles()
        say(f"{options.sources} topics")
        topics = [f"bench.s{number}" for number in range(1, options.sources + 1)]
        make_topics(servers.kafka, topics)
        with servers.postgres.connect(database) as db:
            fill(db, nrc, options.sources, logs)
            monitor = Monitor(nrc, logs / "monitor.log").start()
            for waits in (False, True):
                send_to_each(servers.kafka, topics)
                answers.append(one_round(db, monitor, servers.postgres, waits, options.sources))
                emit(rounded(answers[-1]))
        monitor.kill()
    return 0 if all(a["verified"] for a in answers) else 1
