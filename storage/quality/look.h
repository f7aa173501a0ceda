/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/look.h - the looks of the last hour at each partition: its position beside the ends of its log
 * (0032_looks.sql).
 *
 * Thread: the connection's. */
#ifndef STORAGE_QUALITY_LOOK_H
#define STORAGE_QUALITY_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct sto_look {
    const char *topic;
    int32_t partition;
    int64_t at_s;        /* seconds since 1970-01-01 UTC, by the register's clock */
    int64_t next_offset; /* the position; -1: nobody has claimed the partition */
    int64_t log_start;   /* -1, and log_end: the broker did not say */
    int64_t log_end;
    int64_t age_s; /* of the oldest event that waited; -1: unknown. Not loaded. */
};

/* Those of one moment, which the register dates: at_s is not heeded. Role nrc_watch. */
MUST_CHECK int sto_looks_keep(struct sto_conn *conn, const struct sto_look *looks, size_t count,
                              struct err *err);

/* By topic (its bytes), partition and time, the newest last. topic: NULL for all. *now_s: the register's clock. Role nrc_monitor. RETRY
 * ERR_NO_MEMORY. */
MUST_CHECK int sto_looks_load(struct sto_conn *conn, const char *topic, struct arena *arena,
                              struct sto_look **looks, size_t *count, int64_t *now_s,
                              struct err *err);

#endif
