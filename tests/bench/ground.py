# SPDX-License-Identifier: Apache-2.0
"""The surroundings of a bench: the two servers, a fresh register for each run, the programs, and one drain of each kind."""

import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import threading
import time

from kit import paths, process
from kit.servers import Servers

import measure
from measure import say

HERE = pathlib.Path(__file__).resolve().parent
PRODUCER = paths.BUILD / "clients" / "producer" / "producer"
DATASET = "bench.residents"
FLOOR = "bench.floor"
PARTITIONS = 8

# One cluster for floor and engine. Durable (fsync, synchronous_commit); a gigabyte of buffers; no checkpoint by size within
# a run. WAL files are kept and used again, so that no run after the warm-up has to create them.
POSTGRES = {
    "shared_buffers": "1GB",
    "wal_buffers": "64MB",
    "max_wal_size": "8GB",
    "min_wal_size": "6GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "maintenance_work_mem": "256MB",
}
# None is due while a register is loaded and drained into.
BETWEEN_CHECKPOINTS = {"max_wal_size": "48GB", "checkpoint_timeout": "1d"}
KAFKA = {"log.segment.bytes": "268435456"}


def in_memory(name):
    """A folder's path on a file system without a disk, removed when this process ends; None: there is none."""
    memory = pathlib.Path("/dev/shm")
    if not memory.is_dir():
        return None
    folder = memory / f"nrc-{secrets.token_hex(4)}"
    process.Janitor.tell("remove", folder)
    folder.mkdir(mode=0o700)
    return folder / name


def make_topics(kafka, names, partitions=1):
    from confluent_kafka.admin import NewTopic

    for first in range(0, len(names), 100):
        new = [NewTopic(name, partitions, 1) for name in names[first:first + 100]]
        for future in kafka.admin.create_topics(new).values():
            future.result(60)


class Ground:
    def __init__(self, options, heap_mb=768):
        self.options = options
        self.bin = options.build_folder / "tests"
        self.settings = {**POSTGRES, "autovacuum": "on" if options.autovacuum else "off",
                         **(BETWEEN_CHECKPOINTS if options.between_checkpoints else {}),
                         **dict(setting.split("=", 1) for setting in options.settings)}
        self.logs = paths.BUILD / "bench-logs"
        # Brokers are other machines. Here, beside a steady stream, the optimising compiler's bursts would take a core from
        # it, and the broker's log the disk that the WAL is on.
        steady = options.workload in ("latency", "change")
        self.servers = Servers(self.logs, postgres_settings=self.settings, kafka_settings=KAFKA, heap_mb=heap_mb,
                               jit_level=1 if steady else 4, kafka_folder=in_memory("kafka") if steady else None)

    def __enter__(self):
        say("starting PostgreSQL and Kafka")
        self.servers.__enter__()
        self.postgres, self.kafka = self.servers.postgres, self.servers.kafka
        return self

    def __exit__(self, *what):
        self.servers.__exit__(*what)

    # -- programs

    def environment(self, database, tables="both"):
        return {
            **os.environ,
            "NRC_REGISTER_DSN": self.postgres.dsn(database, "nrc"),
            "NRC_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "NRC_KAFKA_GROUP": f"bench-{database}",
            "NRC_INGEST_INSTANCE": database,
            "NRC_INGEST_LANES": str(self.options.lanes),
            "NRC_INGEST_BATCH_ROWS": str(self.options.batch_rows),
            "NRC_INGEST_TABLES": tables,
            "NRC_LOG_LEVEL": "warn",
        }

    def nrc(self, database, *words, person=None):
        """As another person of the Center: the command line believes root's SUDO_USER."""
        program = self.options.build_folder / "ops" / "nrc"
        environment = {**self.environment(database), **({"SUDO_USER": person} if person else {})}
        done = subprocess.run([program, *words], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"nrc {' '.join(words)} answered {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def program(self, name, *words):
        """One of tests/bench/*.c that prints one JSON object."""
        done = subprocess.run([self.bin / name, *map(str, words)], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name} answered {done.returncode}")
        return json.loads(done.stdout)

    def producer_words(self, topic):
        """What bench_produce and bench_latency are told of where their events go."""
        return ["--producer", PRODUCER, "--bootstrap", self.kafka.bootstrap, "--topic", topic]

    def stream_words(self):
        return ["--keys", self.options.keys, "--seed", self.options.seed]

    # -- the register and the topic

    def make_register(self, topic, rules=0):
        """A fresh database with the engine's dataset, with so many rules, and the floor's, both of the same structure. Returns
        its name and the structure's id."""
        database = self.postgres.create_database(f"bench_{secrets.token_hex(3)}")
        self.nrc(database, "db", "migrate")
        self.postgres.grant_roles()
        self.nrc(database, "agency", "add", "bench", "--name", "Bench", "--class", "1", "--division", "Bench",
                 "--head", "Bench")
        for dataset, more in ((DATASET, ["--topic", topic]), (FLOOR, [])):
            self.nrc(database, "dataset", "add", dataset, *more, "--key", "civil_no", "--key-format", "text",
                     "--order", "seq", "--event-time", "occurred_at", "--leaves", str(self.options.leaves or 8))
            self.nrc(database, "structure", "register", dataset, str(HERE / "typical.avsc"))
        if rules > 0:
            self.apply_rules(database, rules)
        [(schema_id,)] = self.postgres.sql(
            "SELECT DISTINCT schema_id FROM nrc.subject_version WHERE part = 'value'", database=database)
        return database, schema_id

    def apply_rules(self, database, count):
        """The first so many of rules.json, in the dataset's contract."""
        rules = json.loads((HERE / "rules.json").read_text())["domainRules"][:count]
        quality = [{"name": r["name"], "type": "custom", "engine": "cel", "implementation": r["expr"]} for r in rules]
        customs = {"legalBasis": "a law", "reviewDate": "2099-01-01", "collectionPoints": [{"point": "a desk", "mode": "computer"}]}
        contract = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": "bench", "version": "1.0.0", "status": "active",
                    "description": {"purpose": "To be measured."},
                    "team": {"members": [{"username": "a", "role": "coordinator"}, {"username": "b", "role": "steward"}]},
                    "schema": [{"name": DATASET, "quality": quality,
                                "properties": [{"name": "civil_no", "logicalType": "string", "primaryKey": True}]}],
                    "customProperties": [{"property": name, "value": value} for name, value in customs.items()]}
        path = self.logs / "contract.json"
        path.write_text(json.dumps(contract))
        self.nrc(database, "contract", "apply", path)

    def drop_register(self, database):
        self.postgres.drop_database(database)

    def make_topic(self):
        return self.kafka.create_topic(f"bench.residents.{secrets.token_hex(3)}", PARTITIONS)

    def produce(self, topic, schema_id, per_million=0):
        """Sends all events to the topic. Returns the expected register."""
        expected = self.program("bench_produce", *self.producer_words(topic), "--schema-id", schema_id, "--events",
                                self.options.events, "--poison-per-million", per_million, *self.stream_words())
        say(f"produced {expected['events']} events in {expected['seconds']:.1f} s")
        return expected

    def settle(self, database):
        """Writes out what earlier runs left in memory."""
        if not self.options.between_checkpoints:
            self.postgres.sql("CHECKPOINT", database=database)
        os.sync()

    # -- the two ways of draining

    def run_floor(self, database, tables, events=None):
        words = ["--dsn", self.postgres.dsn(database), "--table", FLOOR, "--mode", tables, "--events",
                 events or self.options.events, "--lanes", self.options.lanes, "--batch-rows",
                 self.options.batch_rows, *self.stream_words(), "--hand-shake"]
        self.settle(database)
        meter = measure.Meter(self.servers)
        child = subprocess.Popen([self.bin / "bench_floor", *map(str, words)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        if child.stdout.readline() != "ready\n":
            raise RuntimeError("bench_floor did not get ready")
        meter.start()
        child.stdin.write("go\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        code = child.wait()
        meter.stop()
        if code != 0:
            raise RuntimeError(f"bench_floor answered {code}")
        return {**answer, "postgres_cpu_s": meter.postgres_cpu_s, "stolen_s": meter.stolen_s}

    def start_engine(self, database, tables="both"):
        with open(self.logs / "ingest.log", "ab") as log:
            child = subprocess.Popen([self.options.build_folder / "ops" / "nrc", "ingest"], stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, env=self.environment(database, tables))
        process.Janitor.tell("watch", child.pid, process.start_time(child.pid), int(signal.SIGKILL))
        return child

    def end_engine(self, child, timeout=60):
        """SIGTERM. Returns CPU seconds and the greatest RSS in MiB; an engine that does not drain in time is killed."""
        child.send_signal(signal.SIGTERM)
        killer = threading.Timer(timeout, child.kill)
        killer.start()
        code, cpu_s, rss_mb = measure.reap(child)
        killer.cancel()
        process.Janitor.tell("forget", child.pid)
        if code != 0:
            raise RuntimeError(f"nrc ingest answered {code}; see {self.logs / 'ingest.log'}")
        return cpu_s, rss_mb

    def wait_position(self, connection, child, topic, reached):
        """Asks every 20 ms (a thousandth of a core) until reached(rows, sum of next offsets) is true; then the time. Of one
        topic, or of all: None."""
        done = 0

        def reached_or_ended():
            nonlocal done
            rows, done = connection.execute(
                "SELECT count(*), coalesce(sum(next_offset), 0)::bigint FROM nrc.position WHERE topic = coalesce(%s, topic)",
                (topic,)).fetchone()
            if reached(rows, done):
                return time.monotonic()
            return "ended" if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) else None

        try:
            answer = process.wait_until(reached_or_ended, self.options.timeout, every=0.02)
        except process.Timeout as error:
            child.kill()
            raise RuntimeError(f"only {done} events after {self.options.timeout:g} s") from error
        if answer == "ended":
            raise RuntimeError(f"nrc ingest ended; see {self.logs / 'ingest.log'}")
        return answer

    def run_engine(self, database, topic, tables="both"):
        """Drains the topic. The rate counts from the first claim; the CPU from start to exit."""
        ends = sum(high for _, high in self.kafka.watermarks(topic).values())
        self.settle(database)
        meter = measure.Meter(self.servers)
        with self.postgres.connect(database) as connection:
            meter.start()
            began = time.monotonic()
            child = self.start_engine(database, tables)
            claimed = self.wait_position(connection, child, topic, lambda rows, done: rows > 0)
            drained = self.wait_position(connection, child, topic,
                                         lambda rows, done: rows == PARTITIONS and done == ends)
            engine_cpu_s, rss_mb = self.end_engine(child)
            meter.stop()
        return {"wall_s": drained - claimed, "start_s": claimed - began, "cpu_s": engine_cpu_s,
                "postgres_cpu_s": meter.postgres_cpu_s, "broker_cpu_s": meter.broker_cpu_s,
                "stolen_s": meter.stolen_s, "max_rss_mb": rss_mb}


def emit(answer):
    print(json.dumps(answer), flush=True)


def warn_if_busy():
    load = os.getloadavg()[0]
    if load > 0.7:
        print(f"bench: load average {load:.2f}: something else runs here", file=sys.stderr)
