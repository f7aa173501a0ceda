/* SPDX-License-Identifier: Apache-2.0
 * ingest/source_priv.h - a lane's consumer, for source.c, which moves it, and source_ask.c, which only asks. */
#ifndef INGEST_SOURCE_PRIV_H
#define INGEST_SOURCE_PRIV_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

#include "ingest/kafka/fetching.h"
#include "ingest/source.h"

struct ing_source {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    struct ing_fetching fetching;
    rd_kafka_message_t *native[ING_POLL_COUNT];
    struct ing_incoming items[ING_POLL_COUNT];
    rd_kafka_message_t *spent[ING_POLL_COUNT]; /* not messages; freed at the next poll */
    size_t spent_count;
    rd_kafka_topic_partition_list_t *given; /* by the group; NULL: nothing to answer */
    struct ing_assigned *given_list;
    enum ing_rebalance pending;
    bool closing;
    bool all_paused;
    bool heard;        /* something other than an error, since ing_source_heard */
    bool troubled;     /* since ing_source_trouble */
    char trouble[160]; /* the last error of a broker */
    rd_kafka_topic_partition_list_t *assigned; /* what librdkafka has now */
    rd_kafka_topic_partition_list_t *paused;   /* of these; NULL: none */
    rd_kafka_topic_partition_list_t *stored;   /* offsets not committed to the group yet */
};

/* What an error of a partition or a topic means to the lane. */
enum ing_incoming_kind source_kind_of(rd_kafka_resp_err_t code);

#endif
