/* SPDX-License-Identifier: Apache-2.0
 * ingest/message.h - one Kafka message as the event path sees it; its bytes stay librdkafka's until
 * the batch is durable. */
#ifndef INGEST_MESSAGE_H
#define INGEST_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct ing_message {
    const uint8_t *key;   /* NULL: none */
    const uint8_t *value; /* NULL: a tombstone */
    size_t key_len;
    size_t value_len;
    int64_t offset;
    int64_t ts_ms; /* -1: the broker gave none */
    uint8_t clock; /* enum sto_clock: whose ts_ms is; of a parked event it is not known any more */
    void *native;  /* rd_kafka_message_t; NULL in tests, and of a parked event */
    const uint8_t
        *kept_headers; /* without `native`: in storage/commit/batch.h's form; NULL: none */
    size_t kept_headers_len;
};

/* The last header of that name: its bytes and *len, or NULL. */
const uint8_t *ing_message_header(const struct ing_message *message, const char *name, size_t *len);

/* All headers in storage/commit/batch.h's form for the quarantine. */
void ing_message_headers(const struct ing_message *message, struct buf *out);

/* Its Kafka timestamp in microseconds since 1970, STO_NO_TIME when there is none. Producers send
 * any int64 (nanoseconds where milliseconds belong): what is after the last time that the register
 * holds is kept as that time. The event is good, and two timestamps still compare as they did. */
int64_t ing_message_time_us(const struct ing_message *message);

/* What a position remembers its last record by; never ING_NO_HASH, which stands for a record of
 * which nothing may be kept (NRL-2): only its timestamp is compared. */
enum { ING_NO_HASH = 0 };
uint64_t ing_message_hash(const struct ing_message *message);

/* Gives the bytes back; native becomes NULL. */
void ing_message_free(struct ing_message *message);

#endif
