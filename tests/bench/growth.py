# SPDX-License-Identifier: Apache-2.0
"""The drain of updates into a register that already holds so many keys, then ten times, a hundred times as many.

The rows that are there are the stream's first lap, one event of each key, written by SQL in the key's order as an import would;
the drained events are those of the next laps, so each is an update, and they are spread over all keys. Both tables hold
them. Their ledger rows are missing, so the ledger's verdict is not asked for: counts and sums of both tables, the ledger's
totals and the lag prove the run."""

import math

import verify
from ground import DATASET, PARTITIONS, Ground, emit, warn_if_busy
from measure import say
from workloads import judged, median_of, rounded, warm_up

LOADED = """civil_no, name_ar, name_en, birth_date, sex, governorate, occupation, address, income, occurred_at, seq, active,
            _recorded_at, _offset, _topic_partition, _op, _schema_id, _order, _kafka_ts, _event_time"""

# By key, so that each index grows at its end: event i of the first lap has the key i * stride modulo keys.
LOAD_STATE = f"""
INSERT INTO {DATASET}_state ({LOADED}, _content)
SELECT (10000000 + key * 379)::text, 'سالم أحمد البوسعيدي ' || key %% 8, 'Salim Ahmed Al Busaidi ' || key %% 8,
       '1970-01-01'::date + (key %% 19000)::int, CASE key %% 2 WHEN 0 THEN 'male' ELSE 'female' END, 'Ad Dakhiliyah', 'fisherman',
       CASE WHEN key %% 4 <> 0 THEN 'Way ' || key %% 9000 || ', Building ' || key %% 4000 END, key %% 400000000 / 100.0,
       '2026-01-01'::timestamptz + i * interval '1 ms', i + 1, key %% 8 <> 0, now(), i, 0, 'u', %s, i + 1,
       '2026-01-01', '2026-01-01'::timestamptz + i * interval '1 ms', hashint8extended(i, 1)
FROM generate_series(0, %s::bigint - 1) AS key, LATERAL (SELECT key * %s::bigint %% %s::bigint AS i) AS event"""
LOAD_HISTORY = f"INSERT INTO {DATASET}_history ({LOADED}, _effect) SELECT {LOADED}, 'a' FROM {DATASET}_state"


def stride(keys):
    """typical_next_key's, of the first lap (tests/bench/typical.h)."""
    number = keys * 618 // 1000 + 1
    while math.gcd(number, keys) != 1:
        number += 1
    return number


def load(ground, database, schema_id, keys):
    with ground.postgres.connect(database) as connection:
        connection.execute(LOAD_STATE, (schema_id, keys, pow(stride(keys), -1, keys), keys))
        connection.execute(LOAD_HISTORY)
        # As autovacuum would have, long since.
        connection.execute(f"VACUUM (ANALYZE) {DATASET}_state, {DATASET}_history")
        return connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]


def faults_of(ground, database, topic, expected, keys):
    faults = verify.history(ground, database, DATASET, expected) + verify.state(ground, database, DATASET, expected)
    streamed = {**expected, "events": expected["events"] - keys, "good": expected["good"] - keys}
    return faults + verify.ledger(ground, database, topic, streamed)


def drain_into(ground, size, run):
    """size: how many keys the register holds."""
    options = ground.options
    topic = ground.make_topic()
    database, schema_id = ground.make_register(topic)
    say(f"loading {size:,} keys")
    bytes_held = load(ground, database, schema_id, size)
    expected = ground.program("bench_produce", *ground.producer_words(topic), "--schema-id", schema_id, "--events", options.events,
                              "--first", size, "--keys", size, "--each-key", "--seed", options.seed)
    warn_if_busy()
    [(before,)] = ground.postgres.sql("SELECT pg_current_wal_lsn()", database=database)
    got = ground.run_engine(database, topic, "both")
    [(wal,)] = ground.postgres.sql("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)::bigint", (before,), database=database)
    faults = faults_of(ground, database, topic, expected, size)
    ground.drop_register(database)
    ground.kafka.delete_topic(topic)
    cpu_s = got["cpu_s"] + got["postgres_cpu_s"]
    return judged({"workload": "growth", "run": run + 1, "held": size, "held_mb": bytes_held / 2**20, "events": options.events,
                   "events_per_s": options.events / got["wall_s"], "events_per_cpu_s": options.events / cpu_s,
                   "engine_cpu_s": got["cpu_s"], "postgres_cpu_s": got["postgres_cpu_s"], "wal_mb": wal / 2**20,
                   "max_rss_mb": got["max_rss_mb"], "stolen_s": got["stolen_s"]}, faults)


def one_run(ground, sizes, run):
    answers = []
    for size in sizes:
        answer = drain_into(ground, size, run)
        if answers:
            decades = math.log10(size / sizes[0])
            for figure, loss in (("events_per_s", "loss_per_10x"), ("events_per_cpu_s", "cpu_loss_per_10x")):
                answer[loss] = 1 - (answer[figure] / answers[0][figure]) ** (1 / decades)
        answers.append(answer)
        emit(rounded(answer))
    return answers


def run(options):
    sizes = [options.base * times for times in options.times]
    if min(sizes) < PARTITIONS or sorted(set(sizes)) != sizes:
        say("--times: rising, and --base a number of keys")
        return 2
    with Ground(options) as ground:
        warm_up(ground, ground.make_topic(), "both")
        rounds = [one_run(ground, sizes, number) for number in range(options.runs)]
    if options.runs > 1:
        for answers in zip(*rounds):
            emit(rounded(median_of(answers)))
    return 0 if all(a["verified"] for answers in rounds for a in answers) else 1
