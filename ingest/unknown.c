/* SPDX-License-Identifier: Apache-2.0
 * ingest/unknown.c - see the header. */
#include "ingest/unknown.h"

#include <string.h>

static bool is_frames(const struct sto_elsewhere *item, const struct sch_frame *frame)
{
    return frame->by_guid
               ? item->schema_id == 0 && memcmp(item->guid, frame->guid, sizeof(item->guid)) == 0
               : item->schema_id == frame->schema_id;
}

static const struct sto_elsewhere *find(const struct ing_unknown *unknown,
                                        const struct sch_frame *frame)
{
    for (size_t i = 0; i < unknown->count; i++) {
        if (is_frames(&unknown->items[i], frame)) {
            return &unknown->items[i];
        }
    }
    return NULL;
}

void ing_unknown_note(struct ing_unknown *unknown, const struct sch_frame *frame)
{
    bool possible = frame->by_guid || frame->schema_id != 0;
    if (!possible || unknown->count == ING_UNKNOWN_MAX || find(unknown, frame) != NULL) {
        return;
    }
    struct sto_elsewhere *item = &unknown->items[unknown->count++];
    *item = (struct sto_elsewhere){.schema_id = frame->by_guid ? 0 : frame->schema_id};
    if (frame->by_guid) {
        memcpy(item->guid, frame->guid, sizeof(item->guid));
    }
}

const struct sto_elsewhere *ing_unknown_find(const struct ing_unknown *unknown,
                                             const struct sch_frame *frame)
{
    const struct sto_elsewhere *item = find(unknown, frame);
    return item != NULL && item->version > 0 ? item : NULL;
}
