/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/watch.h - what `nrc monitor` judges freshness by, and what came of it (0026_watch.sql).
 *
 * Instants are seconds since 1970-01-01 UTC; STO_NO_INSTANT is "none". Thread: the monitor's. */
#ifndef STORAGE_QUALITY_WATCH_H
#define STORAGE_QUALITY_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

#define STO_NO_INSTANT INT64_MIN

/* A dataset with a topic. */
struct sto_watched {
    int32_t dataset_id;
    const char *dataset; /* "moh.births" */
    const char *agency;
    const char *topic;
    const char *contract; /* its text; NULL: none is in force */
    int64_t since_s;      /* of its first contract */
    int64_t appended_s;   /* of the last batch that took something */
    int64_t newest_s;     /* the newest event's own time, at the earliest */
};

struct sto_watched_position {
    int32_t dataset_id;
    const char *topic;
    int32_t partition;
    int64_t next_offset;
    int32_t id;
    const char *state; /* "open", "halted" … */
    const char *halt_reason;
    const char *owner; /* an engine's lane, "a-0"; NULL: nobody's */
    bool owner_lives;
};

/* An open incident of what ingests. */
struct sto_watched_incident {
    int64_t id;
    const char *kind;
    int32_t dataset_id;  /* 0: of none */
    int32_t position_id; /* 0: of none */
    const char *engine;  /* NULL: of none */
};

struct sto_watched_stop {
    int32_t dataset_id;
    int64_t starts_s;
    int64_t ends_s; /* INT64_MAX: for good */
    int64_t announced_s;
};

struct sto_watched_holiday {
    int64_t first_day; /* since 1970-01-01 */
    int64_t last_day;
    bool is_estimated;
};

struct sto_watch {
    struct sto_watched *datasets; /* by id */
    size_t dataset_count;
    struct sto_watched_position *positions; /* by dataset, topic, partition */
    size_t position_count;
    struct sto_watched_incident *incidents; /* the oldest first */
    size_t incident_count;
    struct sto_watched_stop *stops; /* by dataset */
    size_t stop_count;
    struct sto_watched_holiday *holidays;
    size_t holiday_count;
    int64_t now_s; /* the register's clock */
    struct arena arena;
};

/* As one moment of the register. out needs sto_watch_fini after success only. */
MUST_CHECK int sto_watch_load(struct sto_conn *conn, struct sto_watch *out, struct err *err);
void sto_watch_fini(struct sto_watch *watch);

/* *alone false: another session watches. The lock is held until the connection ends. */
MUST_CHECK int sto_watch_alone(struct sto_conn *conn, bool *alone, struct err *err);

/* What a source says of itself. */
struct sto_life {
    int64_t seen_s; /* its last sign of life */
    int64_t said_s; /* when it said `said`; STO_NO_INSTANT: it did not count */
    int64_t said;   /* the first of its counts that was not reached; else the newest */
    int64_t arrived;
};
/* ends: of the agency's control topic, added up; -1: there is none, or nobody knows. */
MUST_CHECK int sto_watch_life(struct sto_conn *conn, int32_t dataset_id, const char *agency,
                              int64_t ends, struct sto_life *out, struct err *err);

struct sto_freshness {
    int32_t dataset_id;
    const char *state; /* tokens of ops/monitor/freshness.h */
    const char *reason;
    int64_t since_s;
    int64_t limit_s; /* INT64_MAX: never */
    int64_t last_arrival_s;
    bool rests_on_estimate;
    const char *sentence;
    const char *sentence_ar;
};
/* Opens, counts or ends the dataset's incident of lateness, too. */
MUST_CHECK int sto_watch_record(struct sto_conn *conn, const struct sto_freshness *freshness,
                                struct err *err);

/* Every source of a turn, as nrc.record_sources takes it: what is not there is watched no more. took_ms: the turn so far; good_s:
 * for so long it is news. */
MUST_CHECK int sto_watch_record_sources(struct sto_conn *conn, const char *json, int64_t took_ms,
                                        int64_t good_s, struct err *err);
/* Of sources whose last whole day has no scores yet, some get them. */
MUST_CHECK int sto_sources_score(struct sto_conn *conn, struct err *err);

#endif
