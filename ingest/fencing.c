/* SPDX-License-Identifier: Apache-2.0
 * ingest/fencing.c - see the header. */
#include "ingest/fencing.h"

#include <string.h>

#include "base/hash.h"

/* The partition's row, else a free one, else the oldest. */
static struct ing_fencing *row_of(struct ing_fencings *fencings, uint64_t topic_hash,
                                  int32_t partition)
{
    struct ing_fencing *best = &fencings->rows[0];
    for (size_t i = 0; i < ING_FENCINGS_MAX; i++) {
        struct ing_fencing *row = &fencings->rows[i];
        if (row->times > 0 && row->topic_hash == topic_hash && row->partition == partition) {
            return row;
        }
        if (best->times > 0 && (row->times == 0 || row->first_ms < best->first_ms)) {
            best = row;
        }
    }
    *best = (struct ing_fencing){.topic_hash = topic_hash, .partition = partition};
    return best;
}

bool ing_fencings_alarm(struct ing_fencings *fencings, const char *topic, int32_t partition,
                        int64_t now_ms)
{
    uint64_t topic_hash = hash_bytes((const uint8_t *)topic, strlen(topic), 0);
    struct ing_fencing *row = row_of(fencings, topic_hash, partition);
    if (row->times == 0 || now_ms - row->first_ms > ING_FENCED_ALARM_MS) {
        row->times = 0;
        row->first_ms = now_ms;
    }
    row->times++;
    return row->times == ING_FENCED_ALARM_TIMES;
}
