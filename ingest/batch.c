/* SPDX-License-Identifier: Apache-2.0
 * ingest/batch.c - collecting and building; see the header.
 *
 * Neighbours: ingest/lane.c adds what ingest/source.c delivers; ingest/verdict.c judges each
 * message; storage/commit/commit.c writes `out`. The order of slots is the order of arrival, and so is the
 * order of the events in each section: storage folds the versions of a key by it. */
#include "ingest/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What librdkafka holds for a message besides its bytes, roughly. */
enum { MESSAGE_OVERHEAD_BYTES = 512 };

void ing_batch_init(struct ing_batch *batch, size_t arena_bytes)
{
    *batch = (struct ing_batch){.arena_bytes = arena_bytes};
}

void ing_batch_fini(struct ing_batch *batch)
{
    ing_batch_drop(batch);
    ing_datasets_unref(&batch->datasets);
    for (size_t i = 0; i < batch->section_cap; i++) {
        free(batch->sections[i].events);
    }
    free(batch->sections);
    free(batch->slots);
    free(batch->quarantined);
    free(batch->parts);
    free(batch->progress);
    free(batch->out_sections);
    ing_judge_fini(&batch->judge);
    arena_fini(&batch->arena);
    *batch = (struct ing_batch){0};
}

/* Room for one more in a list; what is new is zeroed. */
static bool grow(struct ing_batch *batch, void **items, size_t *cap, size_t count, size_t size)
{
    if (LIKELY(count < *cap)) {
        return true;
    }
    size_t new_cap = *cap > 0 ? *cap * 2 : 16;
    void *grown = realloc(*items, new_cap * size);
    if (grown == NULL) {
        batch->no_memory = true;
        return false;
    }
    memset((char *)grown + *cap * size, 0, (new_cap - *cap) * size);
    *items = grown;
    *cap = new_cap;
    return true;
}

#define GROW(batch, list, cap, count)                                                              \
    grow((batch), (void **)&(batch)->list, &(batch)->cap, (batch)->count, sizeof(*(batch)->list))

/* ---- building ---- */

static void forget_built(struct ing_batch *batch)
{
    for (size_t i = 0; i < batch->progress_count; i++) {
        batch->parts[i]->progress = ING_NO_PROGRESS;
    }
    for (size_t i = 0; i < batch->section_count; i++) {
        batch->sections[i].count = 0;
    }
    batch->progress_count = 0;
    batch->section_count = 0;
    batch->quarantined_count = 0;
    batch->built = 0;
    batch->final = false; /* each batch asks for itself: an id may be registered meanwhile */
    batch->asks = false;
    batch->broken_part = NULL;
    /* A full arena is kept for the next batch; what one great event, or blocks that fitted no later
     * one, added to it is not. */
    if (batch->arena.held_bytes > batch->arena_bytes + batch->arena_bytes / 2) {
        arena_fini(&batch->arena);
    } else {
        arena_reset(&batch->arena);
    }
}

static struct sto_progress *progress_of(struct ing_batch *batch, const struct ing_slot *slot)
{
    struct ing_part *part = slot->part;
    if (LIKELY(part->progress != ING_NO_PROGRESS)) {
        return &batch->progress[part->progress];
    }
    size_t parts_cap = batch->progress_cap;
    if (!grow(batch, (void **)&batch->parts, &parts_cap, batch->progress_count,
              sizeof(*batch->parts)) ||
        !GROW(batch, progress, progress_cap, progress_count)) {
        return NULL;
    }
    part->progress = (uint32_t)batch->progress_count++;
    batch->parts[part->progress] = part;
    struct sto_progress *progress = &batch->progress[part->progress];
    *progress = (struct sto_progress){
        .topic = part->topic,
        .partition = part->partition,
        .position_id = part->position.id,
        .dataset_id = part->dataset_id,
        .epoch = part->position.epoch,
        .from = slot->offset - slot->skipped,
        .last_offset = -1,
        .last_ts_ms = -1,
    };
    return progress;
}

static struct ing_section *section_of(struct ing_batch *batch, const struct ing_dataset *dataset)
{
    for (size_t i = 0; i < batch->section_count; i++) {
        if (batch->sections[i].dataset == dataset) {
            return &batch->sections[i];
        }
    }
    if (!GROW(batch, sections, section_cap, section_count)) {
        return NULL;
    }
    struct ing_section *section = &batch->sections[batch->section_count++];
    section->dataset = dataset;
    section->count = 0;
    return section;
}

static void accept(struct ing_batch *batch, const struct ing_dataset *dataset,
                   const struct sto_event *event)
{
    struct ing_section *section = section_of(batch, dataset);
    if (section != NULL && grow(batch, (void **)&section->events, &section->cap, section->count,
                                sizeof(*section->events))) {
        section->events[section->count++] = *event;
    }
}

/* What may be said of an event that may be an exempt one: that it came, and why it is refused. Its
 * path may hold a map's key, its text a number; four bytes of anything make a schema id. */
static void withhold(struct sto_quarantined *row, const struct ing_datasets *datasets)
{
    row->withheld = true;
    row->path = "";
    row->detail = err_sentence(row->reason);
    row->key = row->payload = row->headers = NULL;
    row->key_len = row->payload_len = row->headers_len = 0;
    if (!ing_datasets_know_schema(datasets, row->schema_id)) {
        row->schema_id = 0;
    }
}

/* Texts live in the arena: the error is gone with the next event. */
static void quarantine(struct ing_batch *batch, const struct ing_slot *slot,
                       const struct ing_dataset *dataset, int32_t schema_id, const struct err *err)
{
    if (!GROW(batch, quarantined, quarantined_cap, quarantined_count)) {
        return;
    }
    const struct ing_message *message = &slot->message;
    struct buf headers = BUF_INIT;
    ing_message_headers(message, &headers);
    struct sto_quarantined *row = &batch->quarantined[batch->quarantined_count++];
    *row = (struct sto_quarantined){
        .dataset_id = dataset->row->id,
        .progress = slot->part->progress,
        .offset = slot->offset,
        .kafka_ts_us = ing_message_time_us(message),
        .schema_id = schema_id,
        .reason = err->code,
        .path = arena_strdup(&batch->arena, err->path),
        .detail = arena_strdup(&batch->arena, err->text),
        .key = message->key,
        .key_len = message->key_len,
        .payload = message->value,
        .payload_len = message->value_len,
        .headers = headers.len > 0 ? arena_memdup(&batch->arena, headers.data, headers.len) : NULL,
        .headers_len = headers.len,
    };
    if (row->path == NULL || row->detail == NULL || (headers.len > 0 && row->headers == NULL) ||
        buf_failed(&headers)) {
        batch->no_memory = true;
    }
    /* Nobody can tell whether a broken event is one of the exempt ones (NRL-2). */
    if (dataset->row->exempt_field != NULL) {
        withhold(row, batch->datasets);
    }
    buf_fini(&headers);
}

static void judge(struct ing_batch *batch, struct ing_slot *slot, struct sto_progress *progress)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(batch->datasets, slot->part->dataset_id);
    struct sto_event event;
    int32_t schema_id = 0;
    struct err err;
    err.kind = ERR_KIND_NONE;
    if (dataset == NULL) {
        batch->broken_part = slot->part;
        err_set(&batch->broken, ERR_KIND_FATAL, ERR_NOT_FOUND, "the dataset is gone");
        return;
    }
    const struct ing_hearing hearing = {
        .judge = &batch->judge,
        .datasets = batch->datasets,
        .dataset = dataset,
        .message = &slot->message,
        .final = batch->final,
        .unknown = &batch->unknown,
        .arena = &batch->arena,
        .event = &event,
        .schema_id = &schema_id,
        .err = &err,
    };
    enum ing_verdict verdict = ing_judge_event(&hearing);
    if (verdict == ING_ACCEPT && slot->refused != NULL) {
        verdict = ING_QUARANTINE;
        err = *slot->refused;
    }
    switch (verdict) {
    case ING_ACCEPT:
        event.progress = slot->part->progress;
        accept(batch, dataset, &event);
        break;
    case ING_QUARANTINE: quarantine(batch, slot, dataset, schema_id, &err); break;
    case ING_EXEMPT: progress->exempt++; break;
    case ING_UNKNOWN: batch->asks = true; break;
    case ING_BROKEN:
        if (batch->broken_part == NULL) {
            batch->broken_part = slot->part;
            batch->broken = err;
        }
        break;
    }
}

static void build_slot(struct ing_batch *batch, struct ing_slot *slot)
{
    struct sto_progress *progress = progress_of(batch, slot);
    batch->built++;
    if (progress == NULL) {
        return;
    }
    progress->skipped += slot->skipped;
    progress->next = slot->offset + (slot->is_end ? 0 : 1);
    if (slot->is_end) {
        return;
    }
    progress->received++;
    progress->last_offset = slot->offset;
    progress->last_ts_ms = slot->message.ts_ms;
    judge(batch, slot, progress);
}

void ing_batch_build(struct ing_batch *batch, size_t count, struct ing_datasets *datasets,
                     bool final)
{
    forget_built(batch);
    if (datasets != batch->datasets) {
        ing_datasets_unref(&batch->datasets);
        batch->datasets = ing_datasets_ref(datasets);
    }
    batch->final = final;
    for (size_t i = 0; i < count && i < batch->count; i++) {
        build_slot(batch, &batch->slots[i]);
    }
}

static int by_dataset(const void *a, const void *b)
{
    const struct sto_section *x = a;
    const struct sto_section *y = b;
    return (x->table->dataset_id > y->table->dataset_id) -
           (x->table->dataset_id < y->table->dataset_id);
}

/* Whether some of a dataset's events leave no trace: then not even the hash of one, by which who
 * guesses key and value could see that he guessed right (NRL-2). */
static bool may_be_exempt(const struct ing_batch *batch, int32_t dataset_id)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(batch->datasets, dataset_id);
    return dataset == NULL || dataset->row->exempt || dataset->row->exempt_field != NULL;
}

/* The hash of each partition's last record is made here, once a batch, not for each message. */
static void hash_last_records(struct ing_batch *batch)
{
    size_t left = batch->progress_count;
    for (size_t i = batch->built; i > 0 && left > 0; i--) {
        const struct ing_slot *slot = &batch->slots[i - 1];
        struct sto_progress *progress = &batch->progress[slot->part->progress];
        if (!slot->is_end && progress->last_offset == slot->offset) {
            progress->last_hash = may_be_exempt(batch, progress->dataset_id)
                                      ? ING_NO_HASH
                                      : ing_message_hash(&slot->message);
            left--;
        }
    }
}

void ing_batch_seal(struct ing_batch *batch)
{
    size_t count = 0;
    while (batch->out_section_cap < batch->section_count) {
        if (!grow(batch, (void **)&batch->out_sections, &batch->out_section_cap,
                  batch->out_section_cap, sizeof(*batch->out_sections))) {
            return;
        }
    }
    for (size_t i = 0; i < batch->section_count; i++) {
        const struct ing_section *section = &batch->sections[i];
        batch->out_sections[count++] = (struct sto_section){
            .table = &section->dataset->row->table,
            .events = section->events,
            .count = section->count,
        };
    }
    if (count > 1) {
        qsort(batch->out_sections, count, sizeof(*batch->out_sections), by_dataset);
    }
    hash_last_records(batch);
    batch->out = (struct sto_batch){
        .sections = batch->out_sections,
        .section_count = count,
        .quarantined = batch->quarantined,
        .quarantined_count = batch->quarantined_count,
        .progress = batch->progress,
        .progress_count = batch->progress_count,
    };
}

/* ---- collecting ---- */

void ing_batch_use(struct ing_batch *batch, struct ing_datasets *datasets)
{
    ing_batch_build(batch, 0, datasets, false);
}

static void add(struct ing_batch *batch, const struct ing_slot *slot)
{
    if (!GROW(batch, slots, cap, count)) {
        struct ing_message lost = slot->message; /* the lane sees no_memory and reads it again */
        ing_message_free(&lost);
        return;
    }
    if (batch->count == 0) {
        batch->started_ms = clock_mono_ms();
        batch->unknown.count = 0;
    }
    batch->slots[batch->count++] = *slot;
    batch->bytes += slot->message.key_len + slot->message.value_len + MESSAGE_OVERHEAD_BYTES;
    build_slot(batch, &batch->slots[batch->count - 1]);
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
    forget_built(batch);
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
    forget_built(batch);
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
    batch->no_memory = false;
}
