/* SPDX-License-Identifier: Apache-2.0
 * ingest/lane.h - a thread with its own consumer, decoder, batch and PostgreSQL connection. Lanes
 * share nothing but the feed.
 *
 * Thread: everything belongs to the lane's own, but metrics, histograms and vitals, which any may read. */
#ifndef INGEST_LANE_H
#define INGEST_LANE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/metric.h"
#include "ingest/batch.h"
#include "ingest/feed.h"
#include "ingest/fencing.h"
#include "ingest/handles.h"
#include "ingest/partition.h"
#include "ingest/source.h"
#include "ingest/turns.h"
#include "ingest/vitals.h"

struct sto_conn;
struct sto_writer;

struct ing_lane {
    const struct conf *conf;
    int number;      /* from 0 */
    char owner[128]; /* its name in the register: the instance and the number */
    struct ing_feed *feed;

    struct ing_source *source;
    struct sto_conn *conn;     /* NULL: not connected */
    struct sto_writer *writer; /* NULL with conn */
    size_t sections_max;       /* of a batch, as the server had room last; 0: not known yet */
    struct ing_part **parts;
    size_t part_count;
    struct ing_handles handles; /* finds parts */
    struct ing_batch batch;
    struct ing_datasets *datasets; /* the snapshot that the lane subscribed by */
    int64_t generation;            /* the feed's, of that snapshot */
    bool has_joined;               /* it has subscribed to something */
    int64_t rest_at_ms; /* other topics are to be subscribed to, after the first assignment
                                      or then (lane.c); 0: none */

    bool reassign;    /* some partition's fetching must move: hand librdkafka the list anew */
    int64_t retry_ms; /* the present pause between attempts; 0: none failed */
    int64_t commit_not_before_ms;
    int64_t commit_offsets_at_ms;
    int64_t drain_deadline_ms;       /* 0: not draining */
    int64_t claim_not_before_ms;     /* the register did not answer a claim */
    int64_t hand_over_not_before_ms; /* the client refused an assignment */
    struct ing_fencings fencings;
    struct ing_stalls stalls;
    struct ing_turns turns;

    struct metric_set metrics;
    struct metric_histogram commit_duration;
    struct metric_histogram event_age;
    struct ing_vitals vitals;
    struct err fatal; /* why it ended, if ing_lane_run answered -1 */
};

/* Until the feed says stop (0) or something FATAL (-1). */
MUST_CHECK int ing_lane_run(struct ing_lane *lane);

#endif
