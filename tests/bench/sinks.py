# SPDX-License-Identifier: Apache-2.0
"""The engine beside what a user would write in its place (tests/bench/peer/sink): by turns, each drains the same topic into
tables of its own in one database.

  state    the engine's state alone     against the program's upsert
  history  the engine's history alone   against the program's append
  both     the engine's two tables      against the program's upsert

The program's tables have the shape of the engine's and its columns too; with --plain only those of the event, as a user might
have it who keeps nothing of where an event came from."""

import json
import subprocess

import measure
import verify
from ground import DATASET, FLOOR, HERE, Ground, emit
from measure import say
from workloads import engine_part, in_turns, judged, median_of, rounded, warm_up

SINK = HERE.parents[1] / "build" / "clients" / "sink" / "sink"
PAIRS = {"state": "upsert", "history": "append", "both": "upsert"}

# In the order that PostgreSQL packs best, as the engine's are.
FIELDS = """occurred_at timestamptz, seq bigint, birth_date date, active boolean, civil_no text COLLATE "C", name_ar text,
            name_en text, sex text, governorate text, occupation text, address text, income numeric(12,2)"""
PLAIN_STATE = f"""CREATE TABLE public.plain_state ({FIELDS}, PRIMARY KEY (civil_no)) PARTITION BY HASH (civil_no)"""
PLAIN_LEAF = """CREATE TABLE public.plain_state_p{0} PARTITION OF public.plain_state
                FOR VALUES WITH (MODULUS 8, REMAINDER {0}) WITH (fillfactor = 60)"""
PLAIN_HISTORY = f"""CREATE TABLE public.plain_history (_recorded_at timestamptz, {FIELDS}) PARTITION BY RANGE (_recorded_at);
    CREATE INDEX ON public.plain_history USING brin (_recorded_at);
    CREATE TABLE public.plain_history_now PARTITION OF public.plain_history FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"""


def make_tables(ground, database, plain):
    """The name that _state and _history are appended to."""
    if not plain:
        return FLOOR
    for statement in (PLAIN_STATE, *(PLAIN_LEAF.format(i) for i in range(8)), *PLAIN_HISTORY.split(";")):
        ground.postgres.sql(statement, database=database)
    return "public.plain"


def not_committed(ground, group, topic):
    """Faults of the group's offsets: at least once is only true if they are there."""
    from confluent_kafka import Consumer, TopicPartition

    ends = {partition: high for partition, (_, high) in ground.kafka.watermarks(topic).items()}
    consumer = Consumer({"bootstrap.servers": ground.kafka.bootstrap, "group.id": group})
    try:
        found = {t.partition: t.offset for t in consumer.committed([TopicPartition(topic, p) for p in ends], timeout=30)}
    finally:
        consumer.close()
    return [] if found == ends else [f"offsets of the sink's group {found}, log ends {ends}"]


def sink_part(ground, database, topic, mode, table, expected):
    """The rate counts from its first record, the CPU from start to exit, as the engine's do."""
    group = f"sink-{database}"
    words = [SINK, "-bootstrap", ground.kafka.bootstrap, "-group", group, "-topic", topic, "-schema", HERE / "typical.avsc",
             "-dsn", ground.postgres.dsn(database), "-table", table, "-events", expected["events"], "-workers",
             ground.options.lanes, "-batch-rows", ground.options.batch_rows]
    words += ["-key", "civil_no"] if mode == "upsert" else []
    ground.settle(database)
    meter = measure.Meter(ground.servers)
    meter.start()
    child = subprocess.Popen([*map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    line = child.stdout.readline()
    code, cpu_s, rss_mb = measure.reap(child)
    meter.stop()
    if code != 0:
        raise RuntimeError(f"the sink answered {code}")
    got = json.loads(line)
    events, cpu = expected["events"], cpu_s + meter.postgres_cpu_s
    say(f"sink, {mode}: {events / got['wall_s']:,.0f} events/s, {events / cpu:,.0f} per CPU-second")
    if mode == "upsert":
        faults = verify.sums(ground, database, table, expected["keys"], expected["state_seq"], expected["state_mix"])
    else:
        faults = verify.sums(ground, database, table, expected["good"], expected["history_seq"], expected["history_mix"])
    # No ledger row accounts for these rows, and `nrc ledger verify` would rightly report them.
    ground.postgres.sql(f"TRUNCATE {table}", database=database)
    figures = {"events_per_s": events / got["wall_s"], "events_per_cpu_s": events / cpu, "cpu_s": cpu_s,
               "postgres_cpu_s": meter.postgres_cpu_s, "broker_cpu_s": meter.broker_cpu_s, "max_rss_mb": rss_mb,
               "batches": got["batches"], "stolen_s": meter.stolen_s}
    return {f"sink_{name}": value for name, value in figures.items()}, faults + not_committed(ground, group, topic)


def pair_once(ground, topic, tables, expected, run):
    mode = PAIRS[tables]
    database, _ = ground.make_register(topic)
    name = make_tables(ground, database, ground.options.plain) + ("_state" if mode == "upsert" else "_history")
    parts = [lambda: sink_part(ground, database, topic, mode, name, expected),
             lambda: engine_part(ground, database, topic, tables, expected)]
    answer, faults = in_turns(parts, run)
    ground.drop_register(database)
    answer["ratio"] = answer["events_per_cpu_s"] / answer["sink_events_per_cpu_s"]
    answer["wall_ratio"] = answer["events_per_s"] / answer["sink_events_per_s"]
    return judged(answer, faults)


def run(options):
    with Ground(options) as ground:
        topic = ground.make_topic()
        expected = ground.produce(topic, warm_up(ground, topic, "both"))
        rounds = []
        for number in range(options.runs):
            rounds.append([])
            for tables in options.pairs or PAIRS:
                head = {"workload": "peers", "tables": tables, "sink": PAIRS[tables],
                        "columns": "plain" if options.plain else "same", "run": number + 1, "events": options.events,
                        "keys": options.keys, "lanes": options.lanes, "batch_rows": options.batch_rows}
                rounds[-1].append({**head, **pair_once(ground, topic, tables, expected, number)})
                emit(rounded(rounds[-1][-1]))
    if options.runs > 1:
        for answers in zip(*rounds):
            emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1
