/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/stuck.c - see the header. */
#include "ops/monitor/stuck.h"

#include <stdio.h>
#include <string.h>

enum { NOWHERE = -1 };

/* "": a free slot. */
static int find(const struct ops_stuck *stuck, const char *agency, int32_t partition)
{
    for (int i = 0; i < OPS_STUCK_MAX; i++) {
        if (strcmp(stuck->slots[i].agency, agency) == 0 &&
            (*agency == '\0' || stuck->slots[i].partition == partition)) {
            return i;
        }
    }
    return NOWHERE;
}

int64_t ops_stuck_ms(struct ops_stuck *stuck, const char *agency, int32_t partition, int64_t offset,
                     int64_t now_ms)
{
    int at = find(stuck, agency, partition);
    if (at != NOWHERE && stuck->slots[at].offset == offset) {
        return now_ms - stuck->slots[at].since_ms;
    }
    at = at != NOWHERE ? at : find(stuck, "", 0);
    if (at != NOWHERE) {
        snprintf(stuck->slots[at].agency, sizeof(stuck->slots[at].agency), "%s", agency);
        stuck->slots[at].partition = partition;
        stuck->slots[at].offset = offset;
        stuck->slots[at].since_ms = now_ms;
    }
    return 0;
}

void ops_stuck_forget(struct ops_stuck *stuck, const char *agency, int32_t partition)
{
    const int at = find(stuck, agency, partition);
    if (at != NOWHERE) {
        stuck->slots[at].agency[0] = '\0';
    }
}
