# SPDX-License-Identifier: Apache-2.0
"""The workloads: each a function of the options that prints its JSON lines and answers the exit code."""

import statistics

import sizes
import verify
from ground import DATASET, FLOOR, Ground, emit, warn_if_busy
from measure import say

WORKLOADS = {}


def workload(function):
    WORKLOADS[function.__name__] = function
    return function


def rounded(answer):
    return {k: (float(f"{v:.4g}") if abs(v) < 1000 else round(v)) if isinstance(v, float) else v
            for k, v in answer.items()}


def median_of(answers):
    """Key by key; a value that is no number is the first answer's."""
    def middle(key, first):
        values = [a[key] for a in answers]
        if isinstance(first, bool):
            return all(values)
        if all(value == first for value in values):
            return first
        return statistics.median(values) if isinstance(first, (int, float)) else first

    merged = {key: middle(key, first) for key, first in answers[0].items() if key not in ("run", "faults", "seconds")}
    return {**merged, "median_of": len(answers)}


def finish(answers):
    if len(answers) > 1:
        emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for a in answers) else 1


def judged(answer, faults):
    faults = [fault[:400] for fault in faults]
    for fault in faults:
        say(fault)
    return {**answer, "verified": not faults, **({"faults": faults} if faults else {})}


@workload
def decode(options):
    import rules_peers

    return rules_peers.run(options)


# -- peers

@workload
def peers(options):
    import sinks

    return sinks.run(options)


# -- drain

def floor_part(ground, database, tables, expected):
    got = ground.run_floor(database, tables)
    cpu = got["cpu_s"] + got["postgres_cpu_s"]
    events = expected["events"]
    say(f"floor: {events / got['wall_s']:,.0f} events/s, {events / cpu:,.0f} per CPU-second")
    faults = verify.floor(ground, database, FLOOR, tables, expected)
    # No ledger row accounts for these rows, and `nrc ledger verify` would rightly report them.
    ground.postgres.sql(f"TRUNCATE {FLOOR}_state, {FLOOR}_history", database=database)
    lanes = {f"floor_{part}_lane_s": got[f"{part}_lane_s"] for part in ("stage", "merge", "history", "commit")}
    return ({"floor_events_per_s": events / got["wall_s"], "floor_events_per_cpu_s": events / cpu,
             "floor_cpu_s": got["cpu_s"], "floor_postgres_cpu_s": got["postgres_cpu_s"],
             "floor_stolen_s": got["stolen_s"], **lanes}, faults)


def engine_part(ground, database, topic, tables, expected):
    wal_before = sizes.wal_position(ground, database)
    got = ground.run_engine(database, topic, tables)
    wal_bytes = sizes.wal_position(ground, database) - wal_before
    cpu = got["cpu_s"] + got["postgres_cpu_s"]
    events = expected["events"]
    say(f"engine: {events / got['wall_s']:,.0f} events/s, {events / cpu:,.0f} per CPU-second")
    return ({"events_per_s": events / got["wall_s"], "events_per_cpu_s": events / cpu, "engine_cpu_s": got["cpu_s"],
             "postgres_cpu_s": got["postgres_cpu_s"], "broker_cpu_s": got["broker_cpu_s"],
             "engine_share": got["cpu_s"] / cpu, "max_rss_mb": got["max_rss_mb"], "wall_s": got["wall_s"],
             "start_s": got["start_s"], "stolen_s": got["stolen_s"],
             **sizes.of_drain(ground, database, DATASET, tables, expected, wal_bytes)},
            verify.engine(ground, database, DATASET, topic, tables, expected))


def warm_up(ground, topic, tables):
    """Makes the WAL files that later runs use again, and fills the caches."""
    say("warming up")
    database, schema_id = ground.make_register(topic)
    ground.run_floor(database, tables)
    ground.drop_register(database)
    return schema_id


def in_turns(parts, run):
    """Each is first in every other run. Their figures together, and their faults."""
    warn_if_busy()
    answer, faults = {}, []
    for part in reversed(parts) if run % 2 == 1 else parts:
        figures, wrong = part()
        answer.update(figures)
        faults += wrong
    return answer, faults


def drain_once(ground, topic, expected, run):
    """Floor and engine by turns first, on tables of the same shape in the same database."""
    options = ground.options
    database, _ = ground.make_register(topic, int(options.rules or 0))
    parts = []
    if not options.no_floor:
        parts.append(lambda: floor_part(ground, database, options.tables, expected))
    if not options.floor_only:
        parts.append(lambda: engine_part(ground, database, topic, options.tables, expected))
    answer, faults = in_turns(parts, run)
    ground.drop_register(database)
    if "floor_events_per_s" in answer and "events_per_s" in answer:
        answer["ratio_to_floor"] = answer["events_per_cpu_s"] / answer["floor_events_per_cpu_s"]
        answer["wall_ratio_to_floor"] = answer["events_per_s"] / answer["floor_events_per_s"]
    return judged(answer, faults)


def engine_with_rules(ground, topic, expected, run, counts):
    """The engine alone, once with each number of rules; against the first number, which does best to be 0."""
    answers = []
    for count in counts if run % 2 == 0 else reversed(counts):
        database, _ = ground.make_register(topic, rules=count)
        warn_if_busy()
        figures, faults = engine_part(ground, database, topic, ground.options.tables, expected)
        ground.drop_register(database)
        answers.append(judged({"workload": "drain", "tables": ground.options.tables, "run": run + 1,
                               "events": expected["events"], "rules": count, **figures}, faults))
    answers.sort(key=lambda answer: counts.index(answer["rules"]))
    for answer in answers:
        answer["loss_per_cpu_s"] = 1 - answer["events_per_cpu_s"] / answers[0]["events_per_cpu_s"]
        emit(rounded(answer))
    return answers


def drain_by_turns(options, counts):
    with Ground(options) as ground:
        topic = ground.make_topic()
        expected = ground.produce(topic, warm_up(ground, topic, options.tables))
        rounds = [engine_with_rules(ground, topic, expected, run, counts) for run in range(options.runs)]
    if options.runs > 1:
        for answers in zip(*rounds):
            emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1


@workload
def drain(options):
    if "," in (options.rules or ""):
        return drain_by_turns(options, [int(count) for count in options.rules.split(",")])
    answers = []
    with Ground(options) as ground:
        topic = ground.make_topic()
        schema_id = warm_up(ground, topic, options.tables)
        expected = ground.produce(topic, schema_id)
        head = {"workload": "drain", "tables": options.tables, "events": options.events, "keys": options.keys,
                "distinct_keys": expected["keys"], "lanes": options.lanes, "batch_rows": options.batch_rows}
        for run in range(options.runs):
            answers.append({**head, "run": run + 1, **drain_once(ground, topic, expected, run),
                            "postgres_settings": ground.settings})
            emit(rounded(answers[-1]))
    return finish(answers)


# -- poison

def poison_once(ground, topics, run):
    answers = []
    for per_million, (topic, expected) in topics.items():
        database, _ = ground.make_register(topic)
        warn_if_busy()
        figures, faults = engine_part(ground, database, topic, "both", expected)
        ground.drop_register(database)
        answers.append(judged({"workload": "poison", "run": run + 1, "events": expected["events"],
                               "bad": expected["bad"], "bad_percent": per_million / 1e4, **figures}, faults))
    for answer in answers: # against the first rate, which is none unless asked otherwise
        answer["loss"] = 1 - answer["events_per_s"] / answers[0]["events_per_s"]
        answer["loss_per_cpu_s"] = 1 - answer["events_per_cpu_s"] / answers[0]["events_per_cpu_s"]
        emit(rounded(answer))
    return answers


@workload
def poison(options):
    with Ground(options) as ground:
        schema_id = warm_up(ground, ground.make_topic(), "both")
        topics = {}
        for per_million in options.per_million:
            topic = ground.make_topic()
            topics[per_million] = (topic, ground.produce(topic, schema_id, per_million))
        rounds = [poison_once(ground, topics, run) for run in range(options.runs)]
    if options.runs > 1:
        for answers in zip(*rounds):
            emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1


# -- latency

@workload
def latency(options):
    import latency as bench_latency

    return bench_latency.run(options)


# -- sources

@workload
def sources(options):
    import sources as bench_sources

    return bench_sources.run(options)


# -- growth

@workload
def growth(options):
    import growth as bench_growth

    return bench_growth.run(options)


# -- change

@workload
def change(options):
    import change as bench_change

    return bench_change.run(options)


# -- registry

@workload
def registry(options):
    import registry as bench_registry

    return bench_registry.run(options)


# -- relay

@workload
def relay(options):
    import relay as bench_relay

    return bench_relay.run(options)


# -- monitor

@workload
def monitor(options):
    import monitor as bench_monitor

    return bench_monitor.run(options)
