/* SPDX-License-Identifier: Apache-2.0
 * ingest/batch.c - see the header.
 *
 * Neighbours: ingest/lane.c adds what ingest/source.c delivers; ingest/build.c makes rows of it;
 * ingest/engine.c delivers it and drops it. */
#include "ingest/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/list.h"

/* What librdkafka holds for a message besides its bytes, roughly. */
enum { MESSAGE_OVERHEAD_BYTES = 512 };

void ing_batch_init(struct ing_batch *batch, size_t arena_bytes)
{
    *batch = (struct ing_batch){0};
    ing_build_init(&batch->build, arena_bytes);
}

void ing_batch_fini(struct ing_batch *batch)
{
    ing_batch_drop(batch);
    ing_build_fini(&batch->build);
    free(batch->slots);
    *batch = (struct ing_batch){0};
}

void ing_batch_use(struct ing_batch *batch, struct ing_datasets *datasets)
{
    ing_build_anew(&batch->build, NULL, 0, datasets, false);
}

void ing_batch_rebuild(struct ing_batch *batch, size_t count, struct ing_datasets *datasets,
                       bool final)
{
    ing_build_anew(&batch->build, batch->slots, count < batch->count ? count : batch->count,
                   datasets, final);
}

static void add(struct ing_batch *batch, const struct ing_slot *slot)
{
    if (!ing_list_grow((void **)&batch->slots, &batch->cap, batch->count, sizeof(*batch->slots))) {
        batch->build.no_memory = true;
        struct ing_message lost = slot->message; /* the lane sees no_memory and reads it again */
        ing_message_free(&lost);
        return;
    }
    if (batch->count == 0) {
        batch->started_ms = clock_mono_ms();
        batch->build.unknown.count = 0;
    }
    batch->slots[batch->count++] = *slot;
    batch->bytes += slot->message.key_len + slot->message.value_len + MESSAGE_OVERHEAD_BYTES;
    ing_build_add(&batch->build, &batch->slots[batch->count - 1]);
}

void ing_batch_add(struct ing_batch *batch, struct ing_part *part, struct ing_message *taken,
                   int64_t skipped)
{
    const struct ing_slot slot = {
        .part = part, .message = *taken, .offset = taken->offset, .skipped = skipped};
    taken->native = NULL;
    add(batch, &slot);
}

void ing_batch_add_end(struct ing_batch *batch, struct ing_part *part, int64_t offset,
                       int64_t skipped)
{
    const struct ing_slot slot = {
        .part = part, .offset = offset, .skipped = skipped, .is_end = true};
    add(batch, &slot);
}

static void free_slot(struct ing_batch *batch, struct ing_slot *slot)
{
    batch->bytes -= slot->message.key_len + slot->message.value_len + MESSAGE_OVERHEAD_BYTES;
    ing_message_free(&slot->message);
    free(slot->refused);
    slot->refused = NULL;
}

void ing_batch_drop_part(struct ing_batch *batch, const struct ing_part *part)
{
    ing_build_forget(&batch->build);
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->slots[i].part == part) {
            free_slot(batch, &batch->slots[i]);
        } else {
            batch->slots[kept++] = batch->slots[i];
        }
    }
    batch->count = kept;
}

void ing_batch_drop_first(struct ing_batch *batch, size_t count)
{
    ing_build_forget(&batch->build);
    for (size_t i = 0; i < count; i++) {
        free_slot(batch, &batch->slots[i]);
    }
    batch->count -= count;
    if (batch->count > 0) {
        memmove(batch->slots, batch->slots + count, batch->count * sizeof(*batch->slots));
    }
}

void ing_batch_drop(struct ing_batch *batch)
{
    ing_batch_drop_first(batch, batch->count);
    batch->build.no_memory = false;
}
