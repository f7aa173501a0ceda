/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/stuck.h - how long partitions have stood still.
 *
 * A plain value; at most so many at once: of more nothing is known until one of these goes on. Times are monotonic. */
#ifndef OPS_MONITOR_STUCK_H
#define OPS_MONITOR_STUCK_H

#include <stdint.h>

enum { OPS_STUCK_MAX = 32 };
struct ops_stuck {
    struct {
        char agency[64]; /* "": the slot is free */
        int32_t partition;
        int64_t offset;
        int64_t since_ms;
    } slots[OPS_STUCK_MAX];
};

/* It stands there now: for how long it has, as far as is known. */
int64_t ops_stuck_ms(struct ops_stuck *stuck, const char *agency, int32_t partition, int64_t offset,
                     int64_t now_ms);
/* It goes on. */
void ops_stuck_forget(struct ops_stuck *stuck, const char *agency, int32_t partition);

#endif
