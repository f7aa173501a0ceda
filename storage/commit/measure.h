/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure.h - what a batch adds to the counters of its topic partitions, in its own transaction.
 *
 * What depends on the register's answers (verdicts, and lateness until the batch's now()) is counted here; what is seen in
 * the events alone (nulls, rules) comes with the batch: ingest/measure.h. An exempt event is counted as one and in no other
 * way (NRL-2).
 *
 * Lateness is a count in one of STO_LATENESS_BUCKETS buckets: an octave of microseconds has three, equal in ratio, from 2^10 µs
 * (1,024 µs) to 2^49 µs (17.8 years). Counts of two windows add up to those of both, and a percentile of them is exact but for
 * its bucket's width: the geometric middle is at most 2^(1/6), 12.3 %, from the truth. Unknown is a bucket of its own, and so
 * is negative, when the clock at a leg's end is behind that at its start: neither is ever taken for 0.
 *
 * Memory: 2.5 kB and a counter for each reason, for each topic partition of the greatest batch, and what minute.h says; none
 * for a dataset. */
#ifndef STORAGE_COMMIT_MEASURE_H
#define STORAGE_COMMIT_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* A row's keys: a class × 65536 + an index; below 0, of a rule. 0021_measures.sql and 0031_rule_runs.sql know them too. */
enum sto_measure_class {
    STO_MEASURE_NULL = 1,    /* index: the column's ordinal, from 1 */
    STO_MEASURE_MISSING = 2, /* the same */
    STO_MEASURE_LEG = 3      /* and the four after it; index: the bucket */
};

/* occurred: the event's time, by its own field; captured: the producer's timestamp; arrived: the broker's; available: the
 * transaction's now(). A message has one timestamp, so of captured and arrived one is unknown. */
enum sto_leg {
    STO_LEG_CAPTURED = 0, /* occurred → captured */
    STO_LEG_ARRIVED,      /* captured → arrived */
    STO_LEG_AVAILABLE,    /* arrived → available */
    STO_LEG_CARRIED,      /* captured → available */
    STO_LEG_WHOLE,        /* occurred → available */
    STO_LEG_COUNT
};

enum {
    STO_LATE_UNKNOWN = 0,
    STO_LATE_NEGATIVE = 1,
    STO_LATE_UNDER = 2, /* 0 to 1,023 µs */
    STO_LATE_FIRST = 3,
    STO_LATE_OVER = STO_LATE_FIRST + 39 * 3, /* 2^49 µs and more */
    STO_LATENESS_BUCKETS = STO_LATE_OVER + 1
};

/* From one time to another, in microseconds since 1970; STO_NO_TIME is unknown. */
unsigned sto_lateness_bucket(int64_t from_us, int64_t to_us);

/* Events of a rule. The key of each number is −(its class × STO_RULE_IDS + the rule's id). */
struct sto_rule_count {
    int32_t rule_id;    /* from 1, below STO_RULE_IDS */
    uint32_t failed;    /* of those that it was run on */
    uint32_t evaluated; /* that it was run on */
    uint32_t
        skipped; /* that it has nothing to say of: a guard, a null, a field that was not sent */
};
enum sto_rule_class { STO_RULE_FAILED = 0, STO_RULE_EVALUATED = 1, STO_RULE_SKIPPED = 2 };
enum { STO_RULE_IDS = 1 << 29 };

/* What was seen in the events of one topic partition. */
struct sto_measure {
    const uint32_t *nulls;   /* by column: of recorded upserts whose structure has the field */
    const uint32_t *missing; /* by column: of those whose structure does not have it */
    size_t column_count;
    const struct sto_rule_count *rules; /* each id once */
    size_t rule_count;
};

#endif
