/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/fetching.h - how a consumer waits for what it fetches: asleep, or bundling.
 *
 * An idle consumer should sleep in its fetch until a record comes: hundreds of idle topics cost as little as one. In a stream
 * each record would then be a fetch of its own, and the broker used a whole core for it: a busy one lets the broker
 * gather for some milliseconds. Thread: the one that polls the consumer. */
#ifndef INGEST_KAFKA_FETCHING_H
#define INGEST_KAFKA_FETCHING_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As a busy consumer has them, from its start; settings of client_conf.c. */
#define ING_FETCH_MIN_BYTES   "65536"
#define ING_FETCH_WAIT_MAX_MS "5" /* as ING_FETCH_WAIT_MS */
enum { ING_FETCH_WAIT_MS = 5 };

struct ing_fetching {
    rd_kafka_t *rk;
    bool is_fixed; /* an operator's properties say how: nothing is changed */
    bool sleeps;
    char wait_ms[12]; /* of a fetch, while it is busy */
    char sleep_ms[12];
    int64_t since_ms; /* of the present count */
    size_t count;     /* of records */
    int64_t busy_ms;  /* when it last was busy */
};

void ing_fetching_init(struct ing_fetching *fetching, rd_kafka_t *rk);

/* So many records came with a poll; also of none it is told. */
void ing_fetching_note(struct ing_fetching *fetching, size_t count, int64_t now_ms);

/* Fetching starts anew, from other offsets, of so many partitions: what is to come must not wait behind a fetch that
 * sleeps. A fetch of many partitions costs client and broker more than its records do, so the broker gathers longer, and
 * one that sleeps sleeps longer. */
void ing_fetching_begin(struct ing_fetching *fetching, size_t partitions, int64_t now_ms);

#endif
