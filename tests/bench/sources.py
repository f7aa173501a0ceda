# SPDX-License-Identifier: Apache-2.0
"""The same number of events over ever more datasets: first with keys that are all new, then with the same keys again, and what
all costs when nothing comes.

Each dataset has a topic, a structure and tables of its own, declared as a user would: from a list (`nrc dataset load`), of which
one takes declare_ms, and the last ALONE of them each by a process (`nrc dataset add`), which takes declare_alone_ms. The engine
is started for each phase, and its CPU counts from start to exit, PostgreSQL's likewise, without the session that looks at the
positions. Idle is what the last phase's engine and the servers take once all is recorded."""

import os
import pathlib
import re
import secrets
import statistics
import time

from kit import process

import verify
from ground import HERE, PARTITIONS, Ground, emit, make_topics, warn_if_busy
from measure import Meter, process_cpu_s, say
from workloads import judged, median_of, rounded

AGENCY, ALONE = "bench", 20
PHASES = ("new", "known", "idle")
CHUNK = 50  # datasets a statement of the checks reads, so that its locks are few
LOOK_S, SETTLE_S = 0.1, 5


def partitions_of(options, datasets):
    return options.partitions or (PARTITIONS if datasets == 1 else 4 if datasets < 300 else 2)


# -- the register

def leaves_of(options, datasets):
    """One dataset of all events is a large one, whose user says so; others have what the product gives them."""
    return options.leaves or (8 if datasets == 1 else 1)


def timed_ms(ground, database, *words):
    began = time.monotonic()
    ground.nrc(database, "dataset", *words)
    return 1000 * (time.monotonic() - began)


def declare_listed(ground, database, datasets, leaves):
    """By a list, as the user of many would; milliseconds for each."""
    path = ground.servers.run.path / "datasets.csv"
    path.write_text("dataset,topic,key,key_format,order,event_time,leaves,structure\n" + "".join(
        f"{AGENCY}.s{number},unused.{number},civil_no,text,seq,occurred_at,{leaves},{HERE / 'typical.avsc'}\n"
        for number in range(datasets)))
    return timed_ms(ground, database, "load", str(path)) / datasets


def declare_alone(ground, database, number, leaves):
    return timed_ms(ground, database, "add", f"{AGENCY}.s{number}", "--topic", f"unused.{number}", "--key", "civil_no",
                    "--key-format", "text", "--order", "seq", "--event-time", "occurred_at", "--leaves", str(leaves),
                    "--structure", str(HERE / "typical.avsc"))


def declare(ground, datasets):
    """A database with so many datasets, and how long one took: of a list, and alone, the median."""
    database = ground.postgres.create_database(f"bench_{secrets.token_hex(3)}")
    ground.nrc(database, "db", "migrate")
    ground.postgres.grant_roles()
    ground.nrc(database, "agency", "add", AGENCY, "--name", "Bench", "--class", "1", "--division", "Bench", "--head", "Bench")
    leaves, listed = leaves_of(ground.options, datasets), max(1, datasets - ALONE)
    took = {"declare_ms": declare_listed(ground, database, listed, leaves)}
    alone = [declare_alone(ground, database, number, leaves) for number in range(listed, datasets)]
    if alone:
        took["declare_alone_ms"] = statistics.median(alone)
    with ground.postgres.connect(database) as connection: # as autovacuum would within minutes
        for table, in connection.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN"
                                         " ('nrc'::regnamespace, 'pg_catalog'::regnamespace)").fetchall():
            connection.execute(f"VACUUM (ANALYZE) {table}")
    return database, took


def make_their_topics(ground, database, datasets, partitions):
    """Fresh ones for the database's datasets. Returns what their names begin with; a dataset's number follows."""
    topic = f"bench.{secrets.token_hex(3)}.s"
    names = [f"{topic}{number}" for number in range(datasets)]
    make_topics(ground.kafka, names, partitions)
    ground.postgres.sql("UPDATE nrc.dataset SET topic = %s || substr(name, 2)", (topic,), database=database)
    ground.postgres.sql("UPDATE nrc.subject_version v SET subject = d.topic || '-value' FROM nrc.dataset d"
                        " WHERE d.id = v.dataset_id", database=database)
    return topic


def heap_mb(datasets):
    """The broker's: two indexes for each partition, and what its clients ask for in each session."""
    return 1536 if datasets > 300 else 768


def schema_id_of(ground, database):
    [(schema_id,)] = ground.postgres.sql("SELECT DISTINCT schema_id FROM nrc.subject_version WHERE part = 'value'",
                                         database=database)
    return schema_id


# -- an engine that is looked at

class Looked:
    """The engine between its start and its end, by the rows of its positions."""

    def __init__(self, ground, database):
        self.ground = ground
        self.connection = ground.postgres.connect(database)
        self.meter = Meter(ground.servers)
        self.own_before = self.own_cpu_s()
        [self.since] = self.connection.execute("SELECT clock_timestamp()").fetchone()
        self.before = self.look()[1]
        self.first_claim_s = self.first_s = self.claimed_s = None
        self.rest = (0, 0, 0) # CPU seconds that are not the drain's: engine, PostgreSQL, broker
        self.meter.start()
        self.began = time.monotonic()
        self.child = ground.start_engine(database, ground.options.tables)

    def own_cpu_s(self):
        return process_cpu_s(self.connection.info.backend_pid)

    def look(self):
        """How many positions it has claimed, and the sum of all next offsets."""
        return self.connection.execute("SELECT count(*) FILTER (WHERE claimed_at > %s), coalesce(sum(next_offset), 0)::bigint"
                                       " FROM nrc.position", (self.since,)).fetchone()

    def wait(self, partitions, ends):
        """Until it has claimed all and recorded all that the topics hold."""
        def over():
            claimed, done = self.look()
            now = time.monotonic() - self.began
            if self.first_claim_s is None and claimed > 0:
                self.first_claim_s = now
            if self.first_s is None and done > self.before:
                self.first_s = now
            if self.claimed_s is None and claimed == partitions:
                self.claimed_s = now
            if self.claimed_s is not None and done == ends:
                return "all"
            return "ended" if os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) else None

        try:
            if process.wait_until(over, self.ground.options.timeout, every=LOOK_S) == "ended":
                raise RuntimeError(f"nrc ingest ended; see {self.ground.logs / 'ingest.log'}")
        except process.Timeout as error:
            self.child.kill()
            raise RuntimeError(f"claimed, recorded {self.look()} of {(partitions, ends)}") from error
        return time.monotonic() - self.began

    def sessions_mb(self):
        """What its sessions have that no other process has."""
        pids = self.connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                                       " AND backend_type = 'client backend' AND pid <> pg_backend_pid()").fetchall()
        return sum(private_kib(pid) for pid, in pids) / 1024

    def idle(self, seconds):
        """Each one's share of a core."""
        whole, engine_before = Meter(self.ground.servers), process_cpu_s(self.child.pid)
        whole.start()
        self.ground.settle(self.connection.info.dbname)
        process.pause(SETTLE_S)
        meter, engine = Meter(self.ground.servers), process_cpu_s(self.child.pid)
        meter.start()
        process.pause(seconds)
        engine = process_cpu_s(self.child.pid) - engine
        meter.stop()
        whole.stop()
        self.rest = (process_cpu_s(self.child.pid) - engine_before, whole.postgres_cpu_s, whole.broker_cpu_s)
        return {"idle_engine_cpu": engine / meter.wall_s, "idle_postgres_cpu": meter.postgres_cpu_s / meter.wall_s,
                "idle_broker_cpu": meter.broker_cpu_s / meter.wall_s}

    def end(self):
        """Its CPU seconds, PostgreSQL's, the broker's, and its greatest RSS."""
        engine_cpu_s, rss_mb = self.ground.end_engine(self.child)
        self.meter.stop()
        own_cpu_s = self.own_cpu_s() - self.own_before
        self.connection.close()
        return {"engine_cpu_s": engine_cpu_s - self.rest[0],
                "postgres_cpu_s": self.meter.postgres_cpu_s - own_cpu_s - self.rest[1],
                "broker_cpu_s": self.meter.broker_cpu_s - self.rest[2], "stolen_s": self.meter.stolen_s, "max_rss_mb": rss_mb}


def private_kib(pid):
    try:
        return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
    except FileNotFoundError:
        return 0


# -- whether it is right

def sums_over_all(ground, database, datasets, suffix):
    total = [0, 0, 0]
    for first in range(0, datasets, CHUNK):
        parts = " UNION ALL ".join(verify.SUMS.format(f"{AGENCY}.s{number}_{suffix}")
                                   for number in range(first, min(first + CHUNK, datasets)))
        for row in ground.postgres.sql(parts, (), database=database):
            total = [a + b for a, b in zip(total, row)]
    return tuple(total)


def faults_of(ground, database, datasets, partitions, expected):
    faults = []
    for suffix, wanted in (("history", ("good", "history_seq", "history_mix")), ("state", ("keys", "state_seq", "state_mix"))):
        wanted = tuple(expected[name] for name in wanted)
        found = sums_over_all(ground, database, datasets, suffix)
        if found != wanted:
            faults.append(f"{suffix}: count and sums {found}, expected {wanted}")
    [totals] = ground.postgres.sql("SELECT sum(received)::bigint, sum(applied + duplicate + stale)::bigint FROM nrc.ledger"
                                   " WHERE kind = 'stream'", database=database)
    [lag] = ground.postgres.sql("SELECT count(*), sum(next_offset)::bigint FROM nrc.position WHERE state = 'open'",
                                database=database)
    if totals != (expected["events"], expected["good"]):
        faults.append(f"ledger: received, recorded {totals}")
    if lag != (datasets * partitions, expected["events"]):
        faults.append(f"lag: open positions and the sum of their offsets {lag}")
    return faults + verify.verifier(ground, database)


# -- one number of datasets

def produce(ground, topic, database, datasets, partitions, first):
    count = ground.options.events // datasets * datasets
    expected = ground.program("bench_produce", *ground.producer_words(topic), "--schema-id", schema_id_of(ground, database),
                              "--events", count, "--first", first, "--datasets", datasets, "--partitions", partitions,
                              "--keys", count // datasets, "--each-key", "--seed", ground.options.seed)
    say(f"produced {count} events to {datasets} topics in {expected['seconds']:.1f} s")
    return count, expected


def drain(ground, database, partitions, count, ends, idle):
    """The figures of one start of the engine, and its idle ones, if asked for."""
    ground.settle(database)
    warn_if_busy()
    engine = Looked(ground, database)
    wall_s = engine.wait(partitions, ends)
    sessions_mb = engine.sessions_mb()
    rest = engine.idle(ground.options.idle_seconds) if idle else None
    figures = engine.end()
    cpu_s = figures["engine_cpu_s"] + figures["postgres_cpu_s"]
    return {"events_per_s": count / max(wall_s - engine.first_claim_s, LOOK_S), "events_per_cpu_s": count / cpu_s, **figures,
            "wall_s": wall_s, "start_s": engine.first_s, "claim_s": engine.claimed_s, "postgres_rss_mb": sessions_mb}, rest


def of_so_many(ground, database, datasets, declared, run):
    """The answers of its phases."""
    options, partitions = ground.options, partitions_of(ground.options, datasets)
    topic = make_their_topics(ground, database, datasets, partitions)
    head = {"workload": "sources", "run": run + 1, "datasets": datasets, "partitions": partitions}
    answers, ends, faults = [], 0, []
    streams = [phase for phase in options.phases if phase != "idle"] or [None]
    for phase in streams:
        count = 0
        if phase:
            count, expected = produce(ground, topic, database, datasets, partitions, ends)
            ends += count
        idle = "idle" in options.phases and phase == streams[-1]
        try:
            figures, rest = drain(ground, database, datasets * partitions, count, ends, idle)
        except RuntimeError as error: # the other numbers of datasets have their turn all the same
            answers.append(judged({**head, "phase": phase or "idle"}, [str(error)]))
            break
        if phase:
            faults = faults_of(ground, database, datasets, partitions, expected)
            answers.append(judged({**head, "phase": phase, "events": count, **figures, **declared}, faults))
        if rest:
            answers.append(judged({**head, "phase": "idle", **rest, "max_rss_mb": figures["max_rss_mb"],
                                   "postgres_rss_mb": figures["postgres_rss_mb"], "claim_s": figures["claim_s"]}, faults))
    ground.kafka.admin.delete_topics([f"{topic}{number}" for number in range(datasets)])
    return answers


def one_run(ground, registers, run):
    """By turns over the numbers of datasets. On the last run in the registers themselves, before in copies."""
    answers, of_one = [], {}
    for datasets, (register, declared) in registers.items():
        last = run + 1 == ground.options.runs
        database = register if last else ground.postgres.copy_database(register)
        for answer in of_so_many(ground, database, datasets, declared, run):
            rate = answer.get("events_per_cpu_s")
            if rate and datasets == 1:
                of_one[answer["phase"]] = rate
            if rate and answer["phase"] in of_one:
                answer["ratio_to_one"] = rate / of_one[answer["phase"]]
            emit(rounded(answer))
            answers.append(answer)
        if not last: # to drop one of a thousand datasets takes minutes; the last ones go with their server
            ground.drop_register(database)
    return answers


def emit_medians(answers, runs):
    """Of what ended in each run."""
    kinds = {(answer["datasets"], answer["phase"]): [] for answer in answers}
    for answer in answers:
        if "max_rss_mb" in answer:
            kinds[answer["datasets"], answer["phase"]].append(answer)
    for of_one in kinds.values():
        if len(of_one) == runs:
            emit(rounded(median_of(of_one)))


def run(options):
    counts = [int(count) for count in options.datasets.split(",")]
    unknown = set(options.phases) - set(PHASES)
    if unknown or ("known" in options.phases and "new" not in options.phases):
        say(f"--phases: of {', '.join(PHASES)}, and known after new")
        return 2
    with Ground(options, heap_mb=heap_mb(max(counts))) as ground:
        registers = {}
        for count in counts:
            began = time.monotonic()
            registers[count] = declare(ground, count)
            say(f"declared {count} in {time.monotonic() - began:.1f} s, {registers[count][1]['declare_ms']:.0f} ms each of a list")
        rounds = [one_run(ground, registers, number) for number in range(options.runs)]
    if options.runs > 1:
        emit_medians([answer for answers in rounds for answer in answers], options.runs)
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1
