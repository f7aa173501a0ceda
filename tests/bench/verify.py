# SPDX-License-Identifier: Apache-2.0
"""Whether a register holds what the producer sent. Each check answers a list of faults, empty when all is well."""

import json

# The sums that bench_produce computes from its own stream.
SUMS = """SELECT count(*), coalesce(sum(seq), 0)::bigint,
                 coalesce(sum((seq %% 10007) * (civil_no::bigint %% 10007)), 0)::bigint FROM {}"""

COMPARED = """civil_no, name_ar, name_en, birth_date, sex, governorate, occupation, address, income, occurred_at, seq, active,
              _order, _op, _event_time, _recorded_at, _schema_id, _topic_partition, _offset"""


def sums(ground, database, table, count, seq, mix):
    [found] = ground.postgres.sql(SUMS.format(table), (), database=database)
    return [] if found == (count, seq, mix) else [f"{table}: count and sums {found}, expected {(count, seq, mix)}"]


def history(ground, database, dataset, expected):
    return sums(ground, database, f"{dataset}_history", expected["good"], expected["history_seq"],
                expected["history_mix"])


def state(ground, database, dataset, expected):
    return sums(ground, database, f"{dataset}_state", expected["keys"], expected["state_seq"], expected["state_mix"])


def newest(ground, database, dataset):
    """State against the newest version of each key in history, whole rows."""
    with ground.postgres.connect(database) as connection:
        connection.execute("SET work_mem = '1GB'")
        wrong = connection.execute(
            f"""WITH newest AS (SELECT civil_no, max(seq) AS seq FROM {dataset}_history GROUP BY 1),
                     rows AS (SELECT {COMPARED} FROM {dataset}_history JOIN newest USING (civil_no, seq))
                SELECT count(*) FROM rows r FULL JOIN (SELECT {COMPARED} FROM {dataset}_state) s USING (civil_no)
                WHERE r IS DISTINCT FROM s""").fetchone()[0]
    return [f"{dataset}: {wrong} keys whose state is not their newest history"] if wrong else []


def ledger(ground, database, topic, expected):
    """The ledger's totals, and its ranges without hole or overlap from 0 to the log's end."""
    with ground.postgres.connect(database) as connection:
        totals = connection.execute(
            """SELECT coalesce(sum(received), 0)::bigint, coalesce(sum(applied + duplicate + stale), 0)::bigint,
                      coalesce(sum(quarantined), 0)::bigint FROM nrc.ledger WHERE kind = 'stream'""").fetchone()
        broken = connection.execute(
            """SELECT count(*) FROM (SELECT from_offset, lag(next_offset, 1, 0::bigint)
                   OVER (PARTITION BY position_id ORDER BY from_offset) AS before
                   FROM nrc.ledger WHERE kind = 'stream') l WHERE from_offset <> before""").fetchone()[0]
        positions = dict(connection.execute("SELECT partition, next_offset FROM nrc.position WHERE topic = %s",
                                            (topic,)).fetchall())
    faults = []
    if totals != (expected["events"], expected["good"], expected["bad"]):
        faults.append(f"ledger: received, recorded, quarantined {totals}")
    if broken:
        faults.append(f"ledger: {broken} rows do not begin where the one before ended")
    ends = {p: high for p, (_, high) in ground.kafka.watermarks(topic).items()}
    if positions != ends:
        faults.append(f"lag: positions {positions}, log ends {ends}")
    return faults


def quarantine(ground, database, expected):
    [(count,)] = ground.postgres.sql("SELECT count(*) FROM nrc.quarantine", database=database)
    return [] if count == expected["bad"] else [f"quarantine: {count} rows, expected {expected['bad']}"]


def verifier(ground, database):
    """The product's own verdict."""
    try:
        answer = json.loads(ground.nrc(database, "ledger", "verify", "--json"))
    except RuntimeError as error:
        return [str(error)]
    return [] if answer.get("balanced") is True else [f"nrc ledger verify: {answer}"]


def engine(ground, database, dataset, topic, tables, expected):
    faults = ledger(ground, database, topic, expected) + quarantine(ground, database, expected)
    if tables != "state":
        faults += history(ground, database, dataset, expected)
    if tables != "history":
        faults += state(ground, database, dataset, expected)
    if tables == "both": # a register with one table only cannot be balanced
        faults += newest(ground, database, dataset) + verifier(ground, database)
    return faults


def floor(ground, database, dataset, tables, expected):
    faults = [] if tables == "state" else history(ground, database, dataset, expected)
    return faults + ([] if tables == "history" else state(ground, database, dataset, expected))
