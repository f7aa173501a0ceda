# SPDX-License-Identifier: Apache-2.0
"""A steady stream into one dataset or many: how long each event takes, and what it costs beside the drain's.

PostgreSQL's and the engine's CPU count once the stream is warm. What the bench's own readers take, who look at the positions 250
times a second and at the state for one event after the other, is measured by themselves: reader_cpu_s is theirs, and
reader_postgres_cpu_s that of their two sessions, which postgres_us_per_event is without."""

import dataclasses
import threading
import time
import typing
from contextlib import nullcontext

import sources
import verify
from ground import DATASET, PARTITIONS, Ground, emit
from measure import Meter, Writeback, process_cpu_s
from workloads import engine_part, judged, median_of, rounded, warm_up


def measured_drain(ground, schema_id):
    """The figures of a drain of one dataset."""
    topic = ground.make_topic()
    expected = ground.produce(topic, schema_id)
    database, _ = ground.make_register(topic)
    figures, faults = engine_part(ground, database, topic, "both", expected)
    ground.drop_register(database)
    if faults:
        raise RuntimeError(f"the drain that gives the rate is wrong: {faults}")
    return {**figures, "postgres_us_per_event": 1e6 * figures["postgres_cpu_s"] / expected["events"]}


# -- where the stream flows

@dataclasses.dataclass
class Place:
    """words: what bench_latency is told of it, stream_words: what bench_produce is told to make the same stream. check: the
    faults, of what must be there."""

    database: str
    partitions: int
    words: list
    stream_words: list
    check: typing.Callable


def one_dataset(ground):
    topic = ground.make_topic()
    database, schema_id = ground.make_register(topic)
    words = [*ground.producer_words(topic), "--schema-id", schema_id, *ground.stream_words()]
    if ground.options.tables != "history":
        words += ["--state", f"{DATASET}_state"]
    return Place(database, PARTITIONS, words, ground.stream_words(),
                 lambda expected: verify.engine(ground, database, DATASET, topic, ground.options.tables, expected))


def many_datasets(ground, register, datasets):
    partitions = sources.partitions_of(ground.options, datasets)
    database = ground.postgres.copy_database(register)
    topic = sources.make_their_topics(ground, database, datasets, partitions)
    stream = ["--datasets", datasets, "--partitions", partitions, "--keys", ground.options.keys // datasets, "--seed",
              ground.options.seed]
    words = [*ground.producer_words(topic), "--schema-id", sources.schema_id_of(ground, database), "--state",
             f"{sources.AGENCY}.s", *stream]
    return Place(database, datasets * partitions, words, stream,
                 lambda expected: sources.faults_of(ground, database, datasets, partitions, expected))


# -- the stream

class Warm:
    """What is taken from the time on when the stream is warm."""

    def __init__(self, ground, place, engine_pid):
        self.ground, self.place, self.engine_pid = ground, place, engine_pid
        self.meter = Meter(ground.servers)
        self.timer = threading.Timer(ground.options.warm_seconds, self._begin)
        self.timer.start()

    def _now(self):
        [(now,)] = self.ground.postgres.sql("SELECT clock_timestamp()", database=self.place.database)
        return now

    def _begin(self):
        self.since, self.engine_cpu_s = self._now(), process_cpu_s(self.engine_pid)
        self.meter.start()

    def figures(self, got):
        """An event's cost, and how many batches were committed a second, with how many datasets each."""
        self.timer.join()
        self.meter.stop()
        engine_cpu_s, until = process_cpu_s(self.engine_pid) - self.engine_cpu_s, self._now()
        seconds, warm_seconds = self.ground.options.seconds, self.ground.options.warm_seconds
        events = got["events"] * (1 - warm_seconds / seconds)
        [(commits, parts)] = self.ground.postgres.sql(
            "SELECT count(DISTINCT recorded_at), count(DISTINCT (recorded_at, dataset_id)) FROM nrc.ledger"
            " WHERE recorded_at BETWEEN %s AND %s", (self.since, until), database=self.place.database)
        postgres_cpu_s = self.meter.postgres_cpu_s - got["reader_postgres_cpu_s"]
        return {"postgres_us_per_event": 1e6 * postgres_cpu_s / events, "engine_us_per_event": 1e6 * engine_cpu_s / events,
                "broker_cpu_s": self.meter.broker_cpu_s, "warm_s": self.meter.wall_s,
                "commits_per_s": commits / (seconds - warm_seconds), "datasets_per_commit": parts / max(commits, 1)}


def steady_stream(ground, rate, flow, place=None):
    """An engine on empty topics while flow(database, words) has bench_latency send its stream: that one's report with
    the surroundings' figures, and the faults."""
    options = ground.options
    place = place or one_dataset(ground)
    ground.settle(place.database)
    child = ground.start_engine(place.database, options.tables)
    with ground.postgres.connect(place.database) as connection:
        # A topic without records has its positions claimed all the same.
        ground.wait_position(connection, child, None, lambda rows, done: rows == place.partitions)
    meter = Meter(ground.servers)
    meter.start()
    words = ["--dsn", ground.postgres.dsn(place.database), "--rate", rate, "--seconds", options.seconds, "--warm-seconds",
             options.warm_seconds, *place.words]
    with nullcontext() if options.lazy_writeback else Writeback(ground.servers.run.path):
        warm = Warm(ground, place, child.pid)
        got, faults = flow(place.database, words)
        costs = warm.figures(got)
    cpu_s, rss_mb = ground.end_engine(child)
    meter.stop()
    expected = ground.program("bench_produce", "--expect-only", "--events", got["events"], *place.stream_words)
    faults += place.check(expected)
    if got["unseen"]:
        faults.append(f"{got['unseen']} events were never seen")
    ground.drop_register(place.database)
    return {**got, **costs, "engine_cpu_s": cpu_s, "postgres_cpu_s": meter.postgres_cpu_s, "stolen_s": meter.stolen_s,
            "max_rss_mb": rss_mb}, faults


# -- latency

def latency_once(ground, load, rate, run, drain, register):
    datasets = int(ground.options.datasets)
    place = many_datasets(ground, register, datasets) if register else one_dataset(ground)
    figures, faults = steady_stream(ground, rate, lambda _, words: (ground.program("bench_latency", *words), []), place)
    head = {"workload": "latency", "run": run + 1, "datasets": datasets, "load_percent": load, "rate": rate}
    if drain:
        figures["drain_postgres_us_per_event"] = drain["postgres_us_per_event"]
        figures["postgres_to_drain"] = figures["postgres_us_per_event"] / drain["postgres_us_per_event"]
    return judged({**head, **figures}, faults)


def run(options):
    rounds = []
    datasets = int(options.datasets)
    with Ground(options, heap_mb=sources.heap_mb(datasets)) as ground:
        schema_id = warm_up(ground, ground.make_topic(), "both")
        drain = None if options.drain_rate else measured_drain(ground, schema_id)
        rate = options.drain_rate or drain["events_per_s"]
        register = sources.declare(ground, datasets)[0] if datasets > 1 else None
        for number in range(options.runs):
            rounds.append([])
            for load in options.loads or [20, 50, 80]:
                rounds[-1].append(latency_once(ground, load, rate * load / 100, number, drain, register))
                emit(rounded(rounds[-1][-1]))
    if options.runs > 1:
        for answers in zip(*rounds):
            emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1
