/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/scan.h - reads a topic from given offsets to its end, a bounded batch at a time, without a group.
 *
 * Only committed records; a batch whose CRC is wrong is an error. Where a partition stands after a batch, and whether anything
 * is behind that, is told with it: a partition of which nothing came in the time is as it was. Thread: the one that opened it. */
#ifndef INGEST_KAFKA_SCAN_H
#define INGEST_KAFKA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct ing_scan; /* body in scan.c */

enum {
    ING_SCAN_RECORDS = 500,           /* of a batch */
    ING_SCAN_BYTES = 4 * 1024 * 1024, /* of a batch's values; one record may be beyond it */
    ING_SCAN_HEADER_BYTES = 17        /* of a schema's GUID */
};

/* Borrowed until the next call. */
struct ing_scanned {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us; /* INT64_MIN: none, or none between 1970 and 9999 */
    const uint8_t *value; /* NULL: null */
    size_t len;
    const uint8_t *guid_header; /* of __value_schema_id; NULL: none */
    size_t guid_header_len;
};

enum ing_scan_state {
    ING_SCAN_GOES_ON,   /* there may be more */
    ING_SCAN_AT_END,    /* nothing that is committed is behind `next` */
    ING_SCAN_NO_OFFSET, /* the log does not have the offset */
    ING_SCAN_SILENT,    /* wait_ms brought neither a record nor the log's end */
    ING_SCAN_FAILED     /* `text` says why; so it does of the two before */
};
struct ing_scan_part {
    int32_t partition;
    int64_t next; /* from where on to read; then behind the batch */
    enum ing_scan_state state;
    char text[128];
};

/* FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ing_scan *ing_scan_open(const struct conf *conf, struct err *err);
void ing_scan_close(struct ing_scan **taken);

/* One batch of one topic: until it is full, each partition is at its end or has failed, or wait_ms brought nothing more.
 * RETRY ERR_KAFKA: the client does not take the topic. */
MUST_CHECK int ing_scan_batch(struct ing_scan *scan, const char *topic, struct ing_scan_part *parts,
                              size_t part_count, int wait_ms, const struct ing_scanned **records,
                              size_t *count, struct err *err);

#endif
